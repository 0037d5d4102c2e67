// SPDX-License-Identifier: AGPL-3.0-or-later
// Counts of what is owed by day, point and area: a calendar needs no rows.
#include "measure/schedule.h"

#include <stdlib.h>

#include "measure/schedule_private.h"
#include "register/rights.h"

enum { MOST_GROUPS = 200000 };

struct grouping {
    const struct places *places;
    int level;
    struct owed_group *list;
    size_t n, capacity;
    int32_t *table; // by hash, -1
    size_t mask;
    bool no_memory, too_many;
};

static size_t hash_of(const struct owed_group *x)
{
    uint64_t h = (uint64_t)(uintptr_t)x->point ^ (uint64_t)(uint32_t)x->due << 32 ^
                 (uint64_t)(uint32_t)x->area;
    return (size_t)((h * 0x9E3779B97F4A7C15ULL) >> 24);
}

static bool same(const struct owed_group *a, const struct owed_group *b)
{
    return a->point == b->point && a->due == b->due && a->area == b->area;
}

static void put(struct grouping *g, size_t i)
{
    size_t at = hash_of(&g->list[i]) & g->mask;
    while (g->table[at] >= 0)
        at = (at + 1) & g->mask;
    g->table[at] = (int32_t)i;
}

static bool widen(struct grouping *g)
{
    size_t more = g->capacity ? 2 * g->capacity : 256;
    struct owed_group *list = mem_resize(g->list, more, sizeof *list);
    if (!list)
        return false;
    g->list = list;
    int32_t *table = mem_resize(g->table, 2 * more, sizeof *table);
    if (!table)
        return false;
    g->table = table;
    g->capacity = more;
    g->mask = 2 * more - 1;
    for (size_t i = 0; i < 2 * more; i++)
        table[i] = -1;
    for (size_t i = 0; i < g->n; i++)
        put(g, i);
    return true;
}

static void take(void *argument, const struct owed *x)
{
    struct grouping *g = argument;
    int32_t area = rights_place(g->places, x->area, x->facility);
    int32_t above =
        area < 0 || g->level < 0 ? -1 : places_at_level(g->places, area, g->level);
    struct owed_group one = {.schedule = x->schedule,
                             .point = x->point,
                             .due = x->due,
                             .area = above < 0 && g->level >= 0 ? area : above};
    if (g->no_memory || g->too_many)
        return;
    if (g->n == g->capacity && !widen(g)) {
        g->no_memory = true;
        return;
    }
    size_t at = hash_of(&one) & g->mask;
    while (g->table[at] >= 0 && !same(&g->list[g->table[at]], &one))
        at = (at + 1) & g->mask;
    if (g->table[at] < 0) {
        g->too_many = g->n >= MOST_GROUPS;
        if (g->too_many)
            return;
        g->list[g->n] = one;
        g->table[at] = (int32_t)g->n++;
    }
    g->list[g->table[at]].n[x->state]++;
}

static int by_day(const void *a, const void *b)
{
    const struct owed_group *x = a, *y = b;
    if (x->due != y->due)
        return x->due < y->due ? -1 : 1;
    if (x->schedule != y->schedule)
        return x->schedule < y->schedule ? -1 : 1;
    if (x->point != y->point)
        return x->point < y->point ? -1 : 1;
    return (x->area > y->area) - (x->area < y->area);
}

enum err schedule_days(const struct measure *m, const struct access *who, struct arena *a,
                       const struct owed_query *q, int level, struct owed_group **out,
                       size_t *n, struct error *e)
{
    struct grouping g = {.places = m->county->places, .level = level};
    *n = 0;
    *out = NULL;
    enum err code = schedule_scan_all(m, who, a, q, take, &g, e);
    if (!code && g.no_memory)
        code = error_memory(e);
    if (!code && g.too_many) {
        error_set(e, ERR_LIMIT, "schedule.many", "from",
                  "on these days more than %d different things are owed", MOST_GROUPS);
        code = error_cure(e, "ask for fewer days");
    }
    if (!code && !(*out = ARENA_ARRAY(a, struct owed_group, g.n + 1)))
        code = error_memory(e);
    for (size_t i = 0; !code && i < g.n; i++)
        (*out)[i] = g.list[i];
    if (!code && g.n)
        qsort(*out, g.n, sizeof **out, by_day);
    *n = code ? 0 : g.n;
    mem_free(g.list);
    mem_free(g.table);
    return code;
}
