// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/today.h"

#include <stdlib.h>

static int order_of_places(const struct due_item *x, const struct due_item *y)
{
    if (x->reg != y->reg)
        return x->reg < y->reg ? -1 : 1;
    if (x->area != y->area)
        return x->area < y->area ? -1 : 1;
    return (x->facility > y->facility) - (x->facility < y->facility);
}

static int nearest_first(const void *a, const void *b)
{
    const struct due_item *x = a, *y = b;
    return x->due != y->due ? (x->due < y->due ? -1 : 1) : order_of_places(x, y);
}

static int latest_first(const void *a, const void *b)
{
    const struct due_item *x = a, *y = b;
    return x->due != y->due ? (x->due > y->due ? -1 : 1) : order_of_places(x, y);
}

// From a year before this month to its end.
static struct period range_around(int32_t today)
{
    struct period range = period_of(PERIOD_MONTH, today);
    int32_t first = date_add_months(range.first, -TODAY_BACK_MONTHS);
    if (first != DATE_NONE)
        range.first = first;
    return range;
}

static bool is_near(const struct due_item *x, int32_t today)
{
    return x->state == DUE_OPEN && x->due <= today + TODAY_AHEAD;
}

static enum err gather(const struct measure *m, struct arena *a,
                       const struct due_summary *list, size_t n, bool late,
                       struct due_item **out, size_t *n_out, struct error *e)
{
    size_t room = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < list[i].n; k++) {
                const struct due_item *x = &list[i].items[k];
                if (late ? x->state != DUE_MISSING : !is_near(x, m->today))
                    continue;
                if (pass)
                    (*out)[(*n_out)++] = *x;
                else
                    room++;
            }
        if (pass)
            break;
        *n_out = 0;
        *out = ARENA_ARRAY(a, struct due_item, room + 1);
        if (!*out)
            return error_memory(e);
    }
    if (*n_out)
        qsort(*out, *n_out, sizeof **out, late ? latest_first : nearest_first);
    return ERR_OK;
}

enum err today_make(const struct measure *m, struct arena *a, int32_t root, size_t most,
                    struct today *out, struct error *e)
{
    const struct pack *p = m->county->pack;
    struct period range = range_around(m->today);
    *out = (struct today){.period = period_step(period_of(PERIOD_MONTH, m->today), -1)};
    struct due_summary *list = ARENA_ARRAY(a, struct due_summary, p->n_registers + 1);
    if (!list)
        return error_memory(e);
    enum err code = measure_allows(m, root, e);
    for (size_t i = 0; !code && i < p->n_registers; i++)
        code = due_list(m, a, &p->registers[i], range, root, &list[i], e);
    if (!code)
        code = gather(m, a, list, p->n_registers, true, &out->late, &out->late_total, e);
    if (!code)
        code = gather(m, a, list, p->n_registers, false, &out->due, &out->due_total, e);
    out->n_late = out->late_total < most ? out->late_total : most;
    out->n_due = out->due_total < most ? out->due_total : most;
    return code;
}
