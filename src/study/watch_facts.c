// SPDX-License-Identifier: AGPL-3.0-or-later
// Looks at facts: rows that should not be there, goods that do not add up. No test is
// made and nothing is left to chance; what is found opens a review of the facility.
#include "study/watch_private.h"

#include <math.h>

#include "register/ledger.h"

static enum err add_fact(struct watching *x, struct watch_look *out, int32_t facility,
                         double counted, double against, struct error *e)
{
    const struct watch_signal s = {.area = -1,
                                   .facility = facility,
                                   .stratum = -1,
                                   .first = x->run->period.first,
                                   .counted = counted,
                                   .of_all = NAN,
                                   .expected = NAN,
                                   .value = counted,
                                   .low = NAN,
                                   .high = NAN,
                                   .against = against};
    return watch_signal(x, out, &s, e);
}

// --- rows

enum err watch_rows(struct watching *x, const struct look *look, struct watch_look *out,
                    struct error *e)
{
    const struct axis axis = {.kind = AXIS_FACILITY};
    struct measure_scope scope = {
        .period = x->run->period, .root = x->run->root, .axes = &axis, .n_axes = 1};
    struct figures f;
    enum err code = measure_expression(x->m, x->a, look->value, &scope, &f, e);
    for (size_t i = 0; !code && i < f.n; i++) {
        const double n = f.list[i].value;
        if (f.list[i].state == FIGURE_SUPPRESSED)
            return watch_suppressed(e);
        out->n_subjects++;
        if (f.list[i].state == FIGURE_OK && n > 0)
            code = add_fact(x, out, f.axes[0].buckets[i].index, n, 0, e);
    }
    return code;
}

// --- goods

struct goods { // by facility
    double *counts, *consignments;
};

static bool inside(const struct watching *x, int64_t facility, int32_t *index)
{
    const struct places *p = x->m->county->places;
    *index = facility ? places_facility_index(p, facility) : -1;
    return *index >= 0 && places_within(p, p->facilities[*index].area, x->run->root);
}

// What a count found missing (or too much), as a per cent of what should have been there.
static bool much(const struct look *look, const struct ledger_difference *d)
{
    const double off = fabs((double)(d->sent - d->arrived));
    return d->sent <= 0 || 100 * off > look->more_than * (double)d->sent;
}

// Of a consignment either end, for neither is known to be the one that is wrong.
static enum err find_differences(struct watching *x, const struct look *look,
                                 const struct goods *g, struct error *e)
{
    struct ledger_difference *list;
    size_t n;
    enum err code =
        ledger_reconcile(x->m->county, x->m->who, look->ledger, x->run->period.first,
                         x->run->period.last, look->wait, x->a, &list, &n, e);
    for (size_t i = 0; !code && i < n; i++) {
        const struct ledger_difference *d = &list[i];
        int32_t at;
        if (d->counted) {
            if (inside(x, d->from, &at))
                g->counts[at] += much(look, d);
            continue;
        }
        if (i && d->entry == list[i - 1].entry)
            continue;
        if (inside(x, d->from, &at))
            g->consignments[at]++;
        if (inside(x, d->to, &at))
            g->consignments[at]++;
    }
    return code;
}

enum err watch_ledger(struct watching *x, const struct look *look, struct watch_look *out,
                      struct error *e)
{
    const size_t n = x->m->county->places->n_facilities;
    const struct goods g = {ARENA_ARRAY(x->a, double, n + 1),
                            ARENA_ARRAY(x->a, double, n + 1)};
    if (!g.counts || !g.consignments)
        return error_memory(e);
    enum err code = find_differences(x, look, &g, e);
    for (size_t i = 0; !code && i < n; i++) {
        out->n_subjects +=
            inside(x, x->m->county->places->facilities[i].id, &(int32_t){0});
        if (g.counts[i] + g.consignments[i] > 0)
            code = add_fact(x, out, (int32_t)i, g.counts[i] + g.consignments[i],
                            g.consignments[i], e);
    }
    return code;
}
