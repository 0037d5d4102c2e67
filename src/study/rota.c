// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/rota.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { NONE = -1 };

struct candidate {
    double weight, key; // key: the lot, smallest first
    uint32_t rank, facility;
    int32_t rounds; // it may still wait for: 1 is this one
    int32_t team;   // NONE: not (yet) visited
    enum rota_why why;
};

struct planner {
    const struct rota_input *in;
    struct arena *a;
    struct candidate *all; // by facility
    uint32_t *by_lot, *by_weight;
    uint64_t *barred; // by facility: teams that may not go
    uint32_t *chosen; // facilities
    size_t n_chosen;
    uint32_t load[ROTA_MOST_TEAMS];
    uint32_t order[ROTA_MOST_TEAMS]; // of teams, shuffled: whom equal ones go to
    struct rng rng;                  // of what is not a facility's own luck
};

// ---- input ----

static enum err check(const struct rota_input *in, struct error *e)
{
    if (!in->n || !in->teams || !in->days || !in->per_day || in->most_days < 1 ||
        in->next_days < 1) {
        error_set(e, ERR_INPUT, "rota.numbers", NULL,
                  "%zu facilities, %u teams, %u days, %u visits a day, a visit within %d "
                  "days, the next round in %d: none of them may be 0",
                  in->n, in->teams, in->days, in->per_day, (int)in->most_days,
                  (int)in->next_days);
        return error_cure(e, "A usual round has 2 teams, 3 days and 6 visits a day.");
    }
    if (in->teams > ROTA_MOST_TEAMS || in->days > ROTA_MOST_DAYS || in->per_day > 1000 ||
        in->n > ROTA_MOST_FACILITIES) {
        error_set(e, ERR_LIMIT, "rota.limit", NULL,
                  "%zu facilities, %u teams, %u days, %u visits a day: the most are %d, "
                  "%d, %d and 1000",
                  in->n, in->teams, in->days, in->per_day, ROTA_MOST_FACILITIES,
                  ROTA_MOST_TEAMS, ROTA_MOST_DAYS);
        return error_cure(e, "Plan smaller rounds.");
    }
    for (size_t i = 0; i < in->n; i++) {
        const struct rota_facility *f = &in->facilities[i];
        if (!isfinite(f->risk) || f->risk < 0 || f->risk > 1e6 || f->since < -1) {
            char where[48];
            snprintf(where, sizeof where, "facility %zu", i + 1);
            error_set(e, ERR_INPUT, "rota.facility", where,
                      "a risk of %g and %d days since the last visit cannot be", f->risk,
                      (int)f->since);
            return error_cure(e, "The risk is 0 or more; the last visit is not in the "
                                 "time to come.");
        }
    }
    for (size_t i = 0; i < in->n_conflicts; i++)
        if (in->conflicts[i].team >= in->teams || in->conflicts[i].facility >= in->n)
            return error_set(e, ERR_INPUT, "rota.conflict", NULL,
                             "conflict %zu is of no such team or facility", i + 1);
    return ERR_OK;
}

// ---- the lot ----

static int by_key(const void *a, const void *b, void *all)
{
    const struct candidate *x = (struct candidate *)all + *(const uint32_t *)a,
                           *y = (struct candidate *)all + *(const uint32_t *)b;
    return x->key != y->key ? (x->key > y->key) - (x->key < y->key)
                            : (x->rank > y->rank) - (x->rank < y->rank);
}

static int by_weight(const void *a, const void *b, void *all)
{
    const struct candidate *x = (struct candidate *)all + *(const uint32_t *)a,
                           *y = (struct candidate *)all + *(const uint32_t *)b;
    return x->weight != y->weight
               ? (x->weight < y->weight) - (x->weight > y->weight)
               : (x->facility > y->facility) - (x->facility < y->facility);
}

static void draw_lots(struct planner *p)
{
    const struct rota_input *in = p->in;
    for (uint32_t i = 0; i < in->n; i++) {
        const struct rota_facility *f = &in->facilities[i];
        struct candidate *c = &p->all[i];
        struct rng own = rng_stream(in->seed, i);
        // one of which nothing is known stands as one at the end of its time
        double days = f->since < 0 ? in->most_days : f->since;
        int32_t spare = f->since < 0 ? 0 : in->most_days - f->since;
        c->facility = i;
        c->team = NONE;
        c->weight = (1 + f->risk) * days;
        c->key = c->weight > 0 ? -log(1 - rng_uniform(&own)) / c->weight : INFINITY;
        c->rounds = f->since < 0 || spare < 0 ? 1 : 1 + spare / in->next_days;
        p->by_lot[i] = p->by_weight[i] = i;
    }
    qsort_r(p->by_weight, in->n, sizeof *p->by_weight, by_weight, p->all);
    for (uint32_t i = 0; i < in->n; i++)
        p->all[p->by_weight[i]].rank = i + 1;
    qsort_r(p->by_lot, in->n, sizeof *p->by_lot, by_key, p->all);
}

// ---- teams ----

static bool may_go(const struct planner *p, uint32_t team, uint32_t facility)
{
    return !(p->barred[facility] >> team & 1);
}

static void put(struct planner *p, uint32_t facility, int32_t team)
{
    struct candidate *c = &p->all[facility];
    if (c->team != NONE)
        p->load[c->team]--;
    c->team = team;
    if (team != NONE)
        p->load[team]++;
}

// How many of an area a team has already.
static uint32_t near_by(const struct planner *p, uint32_t team, uint32_t facility)
{
    int32_t area = p->in->facilities[facility].area;
    uint32_t n = 0;
    for (size_t i = 0; i < p->n_chosen && area >= 0; i++)
        n += p->all[p->chosen[i]].team == (int32_t)team &&
             p->in->facilities[p->chosen[i]].area == area;
    return n;
}

// A team for the facility among those with less than `most`; others change teams for it
// where that helps (an augmenting path). tried: teams that were looked at on the way.
static bool find_team(struct planner *p, uint32_t facility, uint32_t most,
                      uint64_t *tried)
{
    int32_t best = NONE;
    uint32_t best_near = 0;
    for (uint32_t k = 0; k < p->in->teams; k++) {
        uint32_t t = p->order[k];
        if (!may_go(p, t, facility) || *tried >> t & 1 || p->load[t] >= most)
            continue;
        uint32_t close = near_by(p, t, facility);
        if (best == NONE || close > best_near ||
            (close == best_near && p->load[t] < p->load[best])) {
            best = (int32_t)t;
            best_near = close;
        }
    }
    if (best != NONE) {
        put(p, facility, best);
        return true;
    }
    for (uint32_t k = 0; k < p->in->teams; k++) {
        uint32_t t = p->order[k];
        if (!may_go(p, t, facility) || *tried >> t & 1)
            continue;
        *tried |= UINT64_C(1) << t;
        for (size_t i = 0; i < p->n_chosen; i++) {
            uint32_t other = p->chosen[i];
            if (p->all[other].team != (int32_t)t)
                continue;
            put(p, other, NONE);
            if (find_team(p, other, most, tried)) {
                put(p, facility, (int32_t)t);
                return true;
            }
            put(p, other, (int32_t)t);
        }
    }
    return false;
}

// ---- whom ----

static uint32_t room_of_team(const struct rota_input *in)
{
    return in->days * in->per_day;
}

static bool choose(struct planner *p, uint32_t facility, enum rota_why why)
{
    uint64_t tried = 0;
    if (!find_team(p, facility, room_of_team(p->in), &tried))
        return false;
    p->chosen[p->n_chosen++] = facility;
    p->all[facility].why = why;
    return true;
}

static void choose_all(struct planner *p)
{
    const struct rota_input *in = p->in;
    size_t room = (size_t)in->teams * room_of_team(in);
    if (room > in->n)
        room = in->n;
    size_t n_sets = (size_t)(1 + in->most_days / in->next_days);
    for (size_t h = 1; h <= n_sets && p->n_chosen < room; h++) {
        size_t in_set = 0, have = 0;
        for (size_t i = 0; i < in->n; i++)
            if ((size_t)p->all[i].rounds <= h) {
                in_set++;
                have += p->all[i].team != NONE;
            }
        size_t later = (h - 1) * in->teams * room_of_team(in);
        for (size_t i = 0; i < in->n && in_set > later + have; i++) {
            uint32_t f = p->by_lot[i];
            if (p->all[f].team != NONE || (size_t)p->all[f].rounds > h)
                continue;
            enum rota_why why = in->facilities[f].since < 0 ? ROTA_NEVER
                                : p->all[f].rounds == 1     ? ROTA_DUE
                                                            : ROTA_AHEAD;
            have += choose(p, f, why);
        }
    }
    for (size_t i = 0; i < in->n && p->n_chosen < room; i++)
        if (p->all[p->by_lot[i]].team == NONE)
            (void)choose(p, p->by_lot[i], room == in->n ? ROTA_ROOM : ROTA_DRAWN);
}

// ---- by area, evenly ----

struct cluster { // the chosen facilities of an area
    uint32_t first, n;
    uint64_t luck;
};

static int larger_first(const void *a, const void *b)
{
    const struct cluster *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n) - (x->n > y->n)
                        : (x->luck > y->luck) - (x->luck < y->luck);
}

static int by_area(const void *a, const void *b, void *facilities)
{
    const struct rota_facility *all = facilities;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int32_t i = all[x].area, k = all[y].area;
    return i != k ? (i > k) - (i < k) : (x > y) - (x < y);
}

// Groups a list by area, the largest group first, equal ones by lot; those of no known
// area are each their own. The list is put in the order of the groups' `first`.
static size_t clusters_of(struct planner *p, uint32_t *list, size_t n,
                          struct cluster *out)
{
    size_t groups = 0;
    const struct rota_facility *all = p->in->facilities;
    qsort_r(list, n, sizeof *list, by_area, (void *)(uintptr_t)all);
    for (size_t i = 0; i < n; i++) {
        bool same =
            i && all[list[i]].area >= 0 && all[list[i]].area == all[list[i - 1]].area;
        if (same)
            out[groups - 1].n++;
        else
            out[groups++] = (struct cluster){(uint32_t)i, 1, rng_next(&p->rng)};
    }
    qsort(out, groups, sizeof *out, larger_first);
    return groups;
}

// The chosen ones over the teams again, evenly and an area to one team where that goes.
static enum err spread_over_teams(struct planner *p, struct error *e)
{
    size_t n = p->n_chosen, at = 0;
    uint32_t teams = p->in->teams, least = (uint32_t)((n + teams - 1) / teams);
    uint32_t *list = ARENA_ARRAY(p->a, uint32_t, n + 1);
    uint32_t *sorted = ARENA_ARRAY(p->a, uint32_t, n + 1);
    struct cluster *groups = ARENA_ARRAY(p->a, struct cluster, n + 1);
    if (!list || !sorted || !groups)
        return error_memory(e);
    for (size_t i = 0; i < n; i++)
        list[i] = p->chosen[i];
    size_t n_groups = clusters_of(p, list, n, groups);
    for (size_t g = 0; g < n_groups; g++)
        for (uint32_t i = 0; i < groups[g].n; i++)
            sorted[at++] = list[groups[g].first + i];
    for (uint32_t most = least; most <= room_of_team(p->in); most++) {
        for (size_t i = 0; i < n; i++)
            put(p, sorted[i], NONE);
        p->n_chosen = 0;
        for (size_t i = 0; i < n; i++) {
            uint64_t tried = 0;
            if (!find_team(p, sorted[i], most, &tried))
                break;
            p->chosen[p->n_chosen++] = sorted[i];
        }
        if (p->n_chosen == n)
            return ERR_OK;
    }
    // cannot be: all were placed before with the largest room
    return error_set(e, ERR_INTERNAL, "rota.teams", NULL,
                     "the teams of %zu visits were lost", n);
}

// The day that takes `n` more: the fullest with room for all of them, else the emptiest.
static uint32_t day_for(const uint32_t *days, uint32_t n_days, uint32_t most, uint32_t n)
{
    uint32_t best = 0;
    bool fits = false;
    for (uint32_t d = 0; d < n_days; d++) {
        bool ok = days[d] + n <= most;
        if (d == 0 || (ok && !fits) || (ok && days[d] > days[best]) ||
            (!ok && !fits && days[d] < days[best])) {
            best = d;
            fits = ok;
        }
    }
    return best;
}

static enum err days_of_team(struct planner *p, uint32_t team, struct rota *out,
                             struct error *e)
{
    uint32_t n_days = p->in->days, n = 0, used = 0;
    uint32_t *list = ARENA_ARRAY(p->a, uint32_t, p->n_chosen + 1);
    struct cluster *groups = ARENA_ARRAY(p->a, struct cluster, p->n_chosen + 1);
    uint32_t *days = ARENA_ARRAY(p->a, uint32_t, n_days);
    size_t *turn = ARENA_ARRAY(p->a, size_t, n_days);
    if (!list || !groups || !days || !turn)
        return error_memory(e);
    for (size_t i = 0; i < p->n_chosen; i++)
        if (p->all[p->chosen[i]].team == (int32_t)team)
            list[n++] = p->chosen[i];
    uint32_t most = (n + n_days - 1) / n_days;
    size_t n_groups = clusters_of(p, list, n, groups);
    for (size_t d = 0; d < n_days; d++)
        turn[d] = d; // which day it really is, so that large areas are not always first
    rng_shuffle(&p->rng, turn, n_days);
    for (size_t g = 0; g < n_groups; g++)
        for (uint32_t i = 0; i < groups[g].n;) {
            uint32_t rest = groups[g].n - i;
            uint32_t d = day_for(days, n_days, most, rest);
            for (; rest && days[d] < most; rest--, i++) {
                uint32_t f = list[groups[g].first + i];
                const struct candidate *c = &p->all[f];
                out->visits[out->n_visits + used++] =
                    (struct rota_visit){.facility = f,
                                        .team = team,
                                        .day = (uint32_t)turn[d],
                                        .order = days[d]++,
                                        .why = c->why,
                                        .weight = c->weight,
                                        .rank = c->rank};
            }
        }
    out->n_visits += used;
    return ERR_OK;
}

static int in_order(const void *a, const void *b)
{
    const struct rota_visit *x = a, *y = b;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    if (x->team != y->team)
        return x->team < y->team ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

int32_t rota_date(int32_t start, uint32_t day)
{
    int32_t date = start;
    for (;; date++) {
        int weekday = (int)(((date % 7) + 7 + 3) % 7); // 1970-01-01 was a Thursday
        if (weekday < 5 && day-- == 0)
            return date;
    }
}

// ---- the account ----

static void account(struct planner *p, struct rota *out)
{
    const struct rota_input *in = p->in;
    uint32_t passed = 0; // of larger weight that are not visited, so far
    for (size_t i = 0; i < in->n; i++) {
        const struct candidate *c = &p->all[p->by_weight[i]];
        if (c->team != NONE)
            continue;
        const struct rota_facility *f = &in->facilities[c->facility];
        uint64_t every = in->teams == 64 ? UINT64_MAX : (UINT64_C(1) << in->teams) - 1;
        struct rota_left *l = &out->left[out->n_left++];
        *l = (struct rota_left){.facility = c->facility,
                                .why = (p->barred[c->facility] & every) == every
                                           ? ROTA_NO_TEAM
                                       : c->rounds == 1 ? ROTA_FULL
                                                        : ROTA_NOT_DRAWN,
                                .weight = c->weight,
                                .rank = c->rank,
                                .within = f->since < 0 ? 0 : in->most_days - f->since};
        out->overdue += c->rounds == 1;
    }
    for (size_t i = 0; i < out->n_visits; i++) {
        struct rota_visit *v = &out->visits[i];
        passed = 0;
        for (size_t k = 0; k < out->n_left; k++)
            passed += out->left[k].rank < v->rank;
        v->lucky = v->why == ROTA_DRAWN && passed > 0;
        for (size_t k = 0; k < in->n_conflicts; k++)
            v->conflicts += in->conflicts[k].facility == v->facility;
    }
}

static enum err prepare(struct planner *p, struct rota *out, struct error *e)
{
    const struct rota_input *in = p->in;
    size_t room = (size_t)in->teams * room_of_team(in);
    if (room > in->n)
        room = in->n;
    p->all = ARENA_ARRAY(p->a, struct candidate, in->n);
    p->by_lot = ARENA_ARRAY(p->a, uint32_t, in->n);
    p->by_weight = ARENA_ARRAY(p->a, uint32_t, in->n);
    p->barred = ARENA_ARRAY(p->a, uint64_t, in->n);
    p->chosen = ARENA_ARRAY(p->a, uint32_t, room);
    out->visits = ARENA_ARRAY(p->a, struct rota_visit, room);
    out->left = ARENA_ARRAY(p->a, struct rota_left, in->n);
    if (!p->all || !p->by_lot || !p->by_weight || !p->barred || !p->chosen ||
        !out->visits || !out->left)
        return error_memory(e);
    for (size_t i = 0; i < in->n_conflicts; i++)
        p->barred[in->conflicts[i].facility] |= UINT64_C(1) << in->conflicts[i].team;
    for (size_t i = 0; i < in->n; i++) {
        int32_t team = in->facilities[i].last_team;
        if (team >= 0 && (uint32_t)team < in->teams)
            p->barred[i] |= UINT64_C(1) << team;
    }
    p->rng = rng_stream(in->seed, UINT64_MAX);
    size_t order[ROTA_MOST_TEAMS];
    for (size_t t = 0; t < in->teams; t++)
        order[t] = t;
    rng_shuffle(&p->rng, order, in->teams);
    for (size_t t = 0; t < in->teams; t++)
        p->order[t] = (uint32_t)order[t];
    return ERR_OK;
}

enum err rota_plan(const struct rota_input *in, struct arena *a, struct rota *out,
                   struct error *e)
{
    struct planner p = {.in = in, .a = a};
    *out = (struct rota){0};
    enum err code = check(in, e);
    if (!code)
        code = prepare(&p, out, e);
    if (code)
        return code;
    draw_lots(&p);
    choose_all(&p);
    code = spread_over_teams(&p, e);
    for (uint32_t team = 0; team < in->teams && !code; team++)
        code = days_of_team(&p, team, out, e);
    if (code)
        return code;
    qsort(out->visits, out->n_visits, sizeof *out->visits, in_order);
    account(&p, out);
    return ERR_OK;
}
