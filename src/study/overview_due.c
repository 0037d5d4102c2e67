// SPDX-License-Identifier: AGPL-3.0-or-later
// Who reported in time, as a map of reporters and months; and the tree below an area.
#include "study/overview_private.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_REPORTERS = 300 };

int overview_level_below(const struct places *p, int32_t area, struct period period)
{
    int32_t first = area < 0 ? 0 : area + 1,
            last = area < 0 ? (int32_t)p->n_areas - 1 : p->areas[area].last;
    int level = -1;
    for (int32_t i = first; i <= last; i++) {
        const struct area *x = &p->areas[i];
        if (x->parent == area && (level < 0 || x->level < level) &&
            (x->valid_from == DATE_NONE || x->valid_from <= period.last) &&
            (x->valid_to == DATE_NONE || x->valid_to >= period.first))
            level = x->level;
    }
    return level;
}

// --- the map

struct map {
    const struct measure *m;
    struct arena *arena;
    struct overview_timeliness *out;
    int32_t *row_of; // by area, then by facility; -1: none
};

// The shortest kind that a register is due by; false: nothing is due.
static bool find_kind(const struct overview_timeliness *t, enum period_kind *out)
{
    for (size_t i = 0; i < t->n_registers; i++)
        if (!i || t->registers[i]->due.every < *out)
            *out = t->registers[i]->due.every;
    return t->n_registers > 0;
}

static enum err find_registers(struct map *x, struct error *e)
{
    const struct pack *p = x->m->county->pack;
    x->out->registers = ARENA_ARRAY(x->arena, const struct reg *, p->n_registers + 1);
    if (!x->out->registers)
        return error_memory(e);
    for (size_t i = 0; i < p->n_registers; i++)
        if (p->registers[i].due.set)
            x->out->registers[x->out->n_registers++] = &p->registers[i];
    return ERR_OK;
}

// A year that ends with the period, or the period where it is longer.
static struct period range_of(struct period period)
{
    int32_t first = date_add_months(period.last + 1, -12);
    if (first != DATE_NONE && first < period.first)
        period.first = first;
    return period;
}

static enum err find_periods(struct map *x, struct period range, enum period_kind kind,
                             struct error *e)
{
    size_t n = 0;
    struct period p = period_of(kind, range.first);
    for (; p.first != DATE_NONE && p.first <= range.last; p = period_step(p, 1))
        n++;
    x->out->periods = ARENA_ARRAY(x->arena, struct period, n + 1);
    if (!x->out->periods)
        return error_memory(e);
    p = period_of(kind, range.first);
    for (; p.first != DATE_NONE && p.first <= range.last; p = period_step(p, 1))
        x->out->periods[x->out->n_periods++] = p;
    return ERR_OK;
}

static size_t column_of(const struct overview_timeliness *t, int32_t day)
{
    size_t low = 0, high = t->n_periods;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (t->periods[middle].first <= day)
            low = middle;
        else
            high = middle;
    }
    return low;
}

// How bad a state is beside others: missing, late, open, on time, nothing owed.
static int badness(int state)
{
    static const int order[] = {
        [DUE_ON_TIME] = 1, [DUE_LATE] = 3, [DUE_MISSING] = 4, [DUE_OPEN] = 2};
    return state < 0 ? 0 : order[state];
}

static void mark(struct map *x, const struct due_summary *s, struct period period)
{
    struct overview_timeliness *t = x->out;
    size_t n_areas = x->m->county->places->n_areas;
    for (size_t i = 0; i < s->n; i++) {
        const struct due_item *item = &s->items[i];
        size_t place =
            item->area >= 0 ? (size_t)item->area : n_areas + (size_t)item->facility;
        if (x->row_of[place] < 0) {
            x->row_of[place] = (int32_t)t->n_reporters;
            t->reporters[t->n_reporters++] =
                (struct overview_reporter){item->area, item->facility};
        }
        int8_t *state = &t->states[(size_t)x->row_of[place] * t->n_periods +
                                   column_of(t, item->period.last)];
        if (badness((int)item->state) > badness(*state))
            *state = (int8_t)item->state;
        if (period_contains(period, item->period.last) && item->state != DUE_OPEN) {
            t->owed++;
            t->on_time += item->state == DUE_ON_TIME;
        }
    }
}

// --- in the order of places, the ones with gaps where there are too many

struct ranked {
    size_t row;
    int32_t place; // areas, then facilities
    int gaps;
};

static int by_gaps(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return x->gaps != y->gaps ? y->gaps - x->gaps : x->place < y->place ? -1 : 1;
}

static int by_place(const void *a, const void *b)
{
    return ((const struct ranked *)a)->place < ((const struct ranked *)b)->place ? -1 : 1;
}

static enum err arrange(struct map *x, struct error *e)
{
    struct overview_timeliness *t = x->out;
    size_t n = t->n_reporters, kept = n < MOST_REPORTERS ? n : MOST_REPORTERS;
    struct ranked *list = ARENA_ARRAY(x->arena, struct ranked, n + 1);
    struct overview_reporter *reporters =
        ARENA_ARRAY(x->arena, struct overview_reporter, kept + 1);
    int8_t *states = ARENA_ARRAY(x->arena, int8_t, kept * t->n_periods + 1);
    if (!list || !reporters || !states)
        return error_memory(e);
    for (size_t i = 0; i < n; i++) {
        const struct overview_reporter *r = &t->reporters[i];
        list[i] = (struct ranked){
            i,
            r->area >= 0 ? r->area : (int32_t)x->m->county->places->n_areas + r->facility,
            0};
        for (size_t k = 0; k < t->n_periods; k++)
            list[i].gaps += badness(t->states[i * t->n_periods + k]) > 2;
    }
    if (n > kept)
        qsort(list, n, sizeof *list, by_gaps);
    if (kept)
        qsort(list, kept, sizeof *list, by_place);
    for (size_t i = 0; i < kept; i++) {
        reporters[i] = t->reporters[list[i].row];
        memcpy(states + i * t->n_periods, t->states + list[i].row * t->n_periods,
               t->n_periods);
    }
    t->reporters = reporters;
    t->states = states;
    t->n_reporters = kept;
    t->n_left_out = n - kept;
    return ERR_OK;
}

enum err overview_timeliness(const struct measure *m, struct arena *a,
                             struct period period, int32_t root,
                             struct overview_timeliness *out, struct error *e)
{
    *out = (struct overview_timeliness){0};
    struct map x = {.m = m, .arena = a, .out = out};
    const struct places *p = m->county->places;
    struct period range = range_of(period);
    enum period_kind kind;
    enum err code = find_registers(&x, e);
    if (code || !find_kind(out, &kind))
        return code;
    code = find_periods(&x, range, kind, e);
    if (code)
        return code;
    struct due_summary *list = ARENA_ARRAY(a, struct due_summary, out->n_registers + 1);
    size_t places = p->n_areas + p->n_facilities, items = 0;
    x.row_of = ARENA_ARRAY(a, int32_t, places + 1);
    if (!list || !x.row_of)
        return error_memory(e);
    memset(x.row_of, -1, places * sizeof *x.row_of);
    for (size_t i = 0; !code && i < out->n_registers; i++) {
        code = due_list(m, a, out->registers[i], range, root, &list[i], e);
        items += list[i].n_reporters;
    }
    if (code)
        return code;
    size_t most = items < places ? items : places;
    out->reporters = ARENA_ARRAY(a, struct overview_reporter, most + 1);
    out->states = ARENA_ARRAY(a, int8_t, most * out->n_periods + 1);
    if (!out->reporters || !out->states)
        return error_memory(e);
    memset(out->states, OVERVIEW_NOT_OWED, most * out->n_periods);
    for (size_t i = 0; i < out->n_registers; i++)
        mark(&x, &list[i], period);
    return arrange(&x, e);
}
