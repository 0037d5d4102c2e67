// SPDX-License-Identifier: AGPL-3.0-or-later
// Connected sets that hold their centre and lie among its K nearest areas (Tango and
// Takahashi 2005), each once for a centre: a set grows by an area that touches it, and
// an area passed over is passed over in all that grows later from the same set.
#include <math.h>

#include "stats/scan_private.h"

static bool is_far(const struct scan_problem *p, uint32_t centre, uint32_t area)
{
    double most = p->options->most_distance;
    return most > 0 && scan_length(p, scan_squared_distance(p, centre, 0, area)) >
                           most * (1 + SCAN_TIE);
}

// The K nearest by distance; areas at the same distance in their order.
static void nearest_by_distance(const struct scan_problem *p, uint32_t centre,
                                uint32_t most, struct scan_local *out)
{
    double squared[SCAN_MOST_NEIGHBOURS];
    for (uint32_t area = 0; area < p->n_areas; area++) {
        double d = area == centre ? -1 : scan_squared_distance(p, centre, 0, area);
        uint32_t at = out->n;
        if (at == most && d >= squared[at - 1])
            continue;
        if (area != centre && is_far(p, centre, area))
            continue;
        if (out->n < most)
            out->n++;
        else
            at--;
        for (; at && squared[at - 1] > d; at--) {
            squared[at] = squared[at - 1];
            out->areas[at] = out->areas[at - 1];
        }
        squared[at] = d;
        out->areas[at] = area;
    }
}

static uint32_t member_of(const struct scan_local *l, uint32_t area)
{
    for (uint32_t i = 0; i < l->n; i++)
        if (l->areas[i] == area)
            return i;
    return UINT32_MAX;
}

// Without coordinates: fewest borders crossed, then in the areas' order.
static void nearest_by_borders(const struct graph *g, uint32_t centre, uint32_t most,
                               struct scan_local *out)
{
    out->areas[0] = centre;
    out->n = 1;
    for (uint32_t ring = 0, end; ring < out->n && out->n < most; ring = end) {
        end = out->n;
        for (uint32_t i = ring; i < end; i++)
            for (uint32_t k = g->start[out->areas[i]]; k < g->start[out->areas[i] + 1];
                 k++) {
                uint32_t area = g->to[k], at = out->n;
                uint32_t found = member_of(out, area);
                if (found != UINT32_MAX || (at == most && area >= out->areas[at - 1]))
                    continue;
                if (at == most && at == end)
                    continue;
                if (out->n < most)
                    out->n++;
                else
                    at--;
                for (; at > end && out->areas[at - 1] > area; at--)
                    out->areas[at] = out->areas[at - 1];
                out->areas[at] = area;
            }
    }
}

struct growth {
    const struct scan_windows *w;
    const struct scan_local *local;
    scan_visit *visit; // NULL: only count
    void *argument;
    struct scan_step step;
    bool distinct;
    uint64_t room; // sets that may still be walked
};

// A set of which an earlier centre has every member, and every member that may yet join.
static bool is_elsewhere(const struct scan_local *l, uint32_t set, uint32_t shut,
                         uint32_t sees)
{
    uint32_t may_join = ((1u << l->n) - 1) & ~shut;
    for (uint32_t c = sees & l->earlier & set; c; c &= c - 1)
        if (!(may_join & ~l->has[__builtin_ctz(c)]))
            return true;
    return false;
}

// set: members so far, at place `depth`; border: members that may join it; shut: those
// passed over, and the set; sees: members that have all of the set among their nearest.
static void grow(struct growth *g, uint32_t depth, uint32_t set, uint32_t border,
                 uint32_t shut, uint32_t sees, double population)
{
    const struct scan_local *l = g->local;
    while (border && g->room) {
        uint32_t member = (uint32_t)__builtin_ctz(border), bit = 1u << member;
        border &= ~bit;
        shut |= bit;
        double more = population + g->w->problem->population[l->areas[member]];
        if (more > g->w->most_population)
            continue;
        uint32_t grown = set | bit, seen_by = sees & l->seen_by[member];
        if (g->distinct && is_elsewhere(l, grown, shut, seen_by))
            continue;
        g->room--;
        if (g->visit) {
            g->step.area = l->areas[member];
            g->step.from = depth;
            g->step.to = depth + 1;
            g->step.n = depth + 2;
            g->step.mask = grown;
            g->step.population = more;
            g->step.seen = seen_by & l->earlier & grown;
            g->visit(g->argument, &g->step);
        }
        grow(g, depth + 1, grown, border | (l->touches[member] & ~shut), shut, seen_by,
             more);
    }
}

static void grow_from(struct growth *g, uint32_t centre)
{
    const struct scan_local *l = g->local = &g->w->locals[centre];
    double population = g->w->problem->population[centre];
    if (population > g->w->most_population)
        return;
    g->step = (struct scan_step){.area = centre,
                                 .from = SCAN_START,
                                 .ends = true,
                                 .centre = centre,
                                 .n = 1,
                                 .mask = 1,
                                 .population = population};
    if (g->visit)
        g->visit(g->argument, &g->step);
    grow(g, 0, 1, l->touches[0] & ~1u, 1, l->seen_by[0], population);
}

void scan_flexible_walk(const struct scan_windows *w, uint32_t centre, bool distinct,
                        scan_visit *visit, void *argument)
{
    struct growth g = {.w = w,
                       .visit = visit,
                       .argument = argument,
                       .distinct = distinct,
                       .room = UINT64_MAX};
    grow_from(&g, centre);
}

static enum err check_number(const struct scan_windows *w, struct error *e)
{
    struct growth g = {.w = w, .room = (UINT64_C(1) << 31) / w->n_intervals};
    for (uint32_t c = 0; c < w->n_centres && g.room; c++)
        grow_from(&g, c);
    if (g.room)
        return ERR_OK;
    error_set(
        e, ERR_LIMIT, "scan.windows", NULL,
        "connected sets of up to %u of the %u areas give more than 2147483648 windows",
        w->locals[0].n, w->n_centres);
    return error_cure(e, "Lower the number of areas in a window, or the limits of "
                         "population and time.");
}

enum err scan_flexible_make(struct scan_windows *w, struct arena *a, struct error *e)
{
    const struct scan_problem *p = w->problem;
    const struct graph *g = p->data->graph;
    uint32_t most = p->options->most_areas ? p->options->most_areas : 15;
    w->locals = ARENA_ARRAY(a, struct scan_local, w->n_centres);
    if (!w->locals)
        return error_memory(e);
    for (uint32_t c = 0; c < w->n_centres; c++) {
        if (p->data->x && p->data->y)
            nearest_by_distance(p, c, most, &w->locals[c]);
        else
            nearest_by_borders(g, c, most, &w->locals[c]);
    }
    for (uint32_t c = 0; c < w->n_centres; c++) {
        struct scan_local *l = &w->locals[c];
        for (uint32_t i = 0; i < l->n; i++) {
            uint32_t area = l->areas[i];
            if (area < c)
                l->earlier |= 1u << i;
            for (uint32_t k = 0; k < l->n; k++) {
                if (graph_touches(g, area, l->areas[k]))
                    l->touches[i] |= 1u << k;
                if (member_of(&w->locals[l->areas[k]], area) != UINT32_MAX) {
                    l->has[k] |= 1u << i;
                    l->seen_by[i] |= 1u << k;
                }
            }
        }
    }
    return check_number(w, e);
}
