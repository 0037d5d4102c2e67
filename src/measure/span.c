// SPDX-License-Identifier: AGPL-3.0-or-later
// Figures over several periods: each part in its own edition, and their sum.
#include <assert.h>
#include <math.h>

#include "measure/measure_private.h"

// --- what adds up

// Of the axes of time the first; *n: how many there are.
static size_t time_axis(const struct measure_scope *scope, size_t *n)
{
    size_t first = SIZE_MAX;
    *n = 0;
    for (size_t d = 0; d < scope->n_axes; d++)
        if (scope->axes[d].kind == AXIS_PERIOD && ++*n == 1)
            first = d;
    return first;
}

// Rows, and numbers in rows, add up where every row has its day; a stand at the end of a
// period (last, as_of), a mean and an extreme do not. Of several only what + and - join:
// then the value of two sums is the sum of their values, which two lines of numbers that
// have nothing in common tell.
static bool adds_up(const struct expr *x)
{
    size_t n = x ? expr_aggregates(x) : 0;
    enum { MOST = 64 };
    double one[MOST], two[MOST], both[MOST];
    if (n > MOST)
        return false;
    for (size_t k = 0; k < n; k++) {
        const struct aggregate *g = expr_aggregate(x, k);
        if ((g->function != AGGREGATE_COUNT && g->function != AGGREGATE_SUM) ||
            !g->reg->date)
            return false;
        one[k] = 1 + 0.37 * (double)k;
        two[k] = 2.5 + 1.13 * (double)(k * k);
        both[k] = one[k] + two[k];
    }
    double apart = x ? expr_combine(x, one) + expr_combine(x, two) : 0,
           together = x ? expr_combine(x, both) : 0;
    return fabs(apart - together) < 1e-9 * (1 + fabs(together));
}

static const struct indicator *edition_at(const struct measure *m,
                                          const struct indicator *i, int32_t day)
{
    return i ? pack_indicator(m->county->pack, i->name, day) : NULL;
}

// One edition from the first part to the last.
static bool keeps_edition(const struct measure *m, const struct formula *f,
                          struct period span)
{
    const struct indicator *i = f->indicator;
    int32_t first = period_of(span.kind, span.first).last;
    return !i || (edition_at(m, i, first) == i && edition_at(m, i, span.last) == i);
}

static bool has_sum(const struct measure *m, const struct formula *f, struct period span)
{
    return adds_up(f->numerator) && adds_up(f->denominator) && keeps_edition(m, f, span);
}

bool measure_has_sum(const struct measure *m, const struct indicator *i,
                     struct period span)
{
    struct formula f = {.indicator = i, i->numerator, i->denominator};
    return has_sum(m, &f, span);
}

// --- the sum

// The sum of the parts of one group. A part that is hidden hides it: what is shown says
// nothing that its parts do not say.
static void add_parts(const struct formula *f, const struct figure *parts, size_t n,
                      size_t step, struct figure *out)
{
    const struct figure none = {
        .numerator = NAN, .denominator = NAN, .value = NAN, .low = NAN, .high = NAN};
    bool any = false, outside = false, is_rate = f->denominator != NULL;
    *out = none;
    for (size_t k = 0; k < n; k++) {
        const struct figure *part = &parts[k * step];
        if (part->state == FIGURE_SUPPRESSED) {
            measure_hide(out);
            return;
        }
        if (part->state == FIGURE_NO_DATA)
            continue;
        out->numerator = (any ? out->numerator : 0) + part->numerator;
        out->denominator = (any ? out->denominator : 0) + part->denominator;
        out->rows += part->rows;
        outside |= part->outside;
        any = true;
    }
    if (!any) {
        out->state = FIGURE_NO_DATA;
        return;
    }
    measure_finish(out, f->indicator, is_rate);
    if (outside) // wrong in a part, so wrong as a whole
        out->outside = true;
    if (out->outside)
        out->low = out->high = NAN;
    if (!is_rate || out->outside)
        out->target = 0; // a target for one period is none for several
}

static enum err add_up(struct arena *a, const struct formula *f,
                       const struct figures *parts, size_t at, struct figures *out,
                       struct error *e)
{
    struct figures sum = {.unplaced = parts->unplaced};
    size_t n = parts->axes[at].n, step = 1, d = 0;
    for (size_t k = 0; k < CUBE_MAX_AXES; k++) {
        if (k != at)
            sum.axes[d++] = parts->axes[k];
        if (k > at && parts->axes[k].buckets)
            step *= parts->axes[k].n;
    }
    sum.n = n ? parts->n / n : 0;
    sum.list = ARENA_ARRAY(a, struct figure, sum.n + 1);
    if (!sum.list)
        return error_memory(e);
    for (size_t g = 0; g < sum.n; g++)
        add_parts(f, &parts->list[g / step * step * n + g % step], n, step, &sum.list[g]);
    *out = sum;
    return ERR_OK;
}

enum err measure_sums(const struct measure *m, struct arena *a, const struct indicator *i,
                      const struct measure_scope *scope, const struct figures *parts,
                      struct figures *out, struct error *e)
{
    struct formula f = {.indicator = i, i->numerator, i->denominator};
    size_t n_times, at = time_axis(scope, &n_times);
    *out = (struct figures){0};
    if (!period_is_span(&scope->period) || n_times != 1 || !has_sum(m, &f, scope->period))
        return ERR_OK;
    return add_up(a, &f, parts, at, out, e);
}

// --- over a span

static bool is_guarded(const struct measure *m, const struct expr *x)
{
    for (size_t k = 0; x && k < expr_aggregates(x); k++)
        if (!access_shows_count(m->who, expr_aggregate(x, k)->reg->purpose, 1))
            return true;
    return false;
}

// What is hidden in a part that is asked for alone is hidden here too, whatever else the
// lines of time hide; else the two answers together would tell it.
static enum err compute(const struct measure *m, struct arena *a, const struct formula *f,
                        const struct measure_scope *scope, struct figures *out,
                        struct error *e)
{
    struct formula each = *f, all = *f;
    struct figures alone;
    enum err code = ERR_OK;
    if (is_guarded(m, f->numerator) || is_guarded(m, f->denominator)) {
        each.apart = true;
        all.alone = &alone;
        code = measure_compute(m, a, &each, scope, &alone, e);
    }
    return code ? code : measure_compute(m, a, &all, scope, out, e);
}

// Parts whose edition is another than the last one's are counted by theirs: a part is
// what it is when asked for alone. Parts without an edition have no figure.
static enum err by_edition(const struct measure *m, struct arena *a,
                           const struct formula *formula,
                           const struct measure_scope *scope, size_t at,
                           struct figures *out, struct error *e)
{
    const struct indicator *i = formula->indicator, *counted = NULL;
    size_t n = out->axes[at].n, step = 1;
    struct figures other;
    for (size_t k = at + 1; k < scope->n_axes; k++)
        step *= out->axes[k].n;
    for (size_t b = 0; i && b < n; b++) {
        const struct indicator *own =
            edition_at(m, i, out->axes[at].buckets[b].period.last);
        if (own == i)
            continue;
        if (own && own != counted) {
            struct formula f = {.indicator = own, own->numerator, own->denominator};
            enum err code = compute(m, a, &f, scope, &other, e);
            if (code)
                return code;
            if (other.n != out->n)
                return error_set(e, ERR_INPUT, "measure.axis", NULL,
                                 "two editions of '" STR_FMT
                                 "' cannot be broken down alike",
                                 STR_ARG(i->name));
            counted = own;
        }
        for (size_t g = 0; g < out->n; g++)
            if (g / step % n == b && own)
                out->list[g] = other.list[g];
            else if (g / step % n == b)
                add_parts(formula, NULL, 0, 0, &out->list[g]); // no data
    }
    return ERR_OK;
}

static enum err no_sum(const struct formula *f, struct period span, struct error *e)
{
    error_set(e, ERR_INPUT, "measure.sum", "by",
              "'" STR_FMT
              "' has no sum over %s: it tells how things stood in each period, "
              "or its definition changed",
              STR_ARG(f->indicator ? f->indicator->name : STR("count")), span.id);
    return error_cure(e, "break it down by time, as with by=year");
}

enum err measure_span(const struct measure *m, struct arena *a,
                      const struct formula *formula, const struct measure_scope *scope,
                      struct figures *out, struct error *e)
{
    size_t n_times, at = time_axis(scope, &n_times);
    if (n_times) {
        enum err code = compute(m, a, formula, scope, out, e);
        return code ? code : by_edition(m, a, formula, scope, at, out, e);
    }
    if (!has_sum(m, formula, scope->period))
        return no_sum(formula, scope->period, e);
    if (scope->n_axes == CUBE_MAX_AXES) {
        error_set(e, ERR_LIMIT, "measure.axes", "by",
                  "over several periods figures can be broken down by %d things at most",
                  CUBE_MAX_AXES - 1);
        return error_cure(e, "leave one out, or ask for one period");
    }
    struct axis axes[CUBE_MAX_AXES] = {0};
    struct measure_scope parts_scope = *scope;
    struct figures parts;
    for (size_t d = 0; d < scope->n_axes; d++)
        axes[d] = scope->axes[d];
    axes[parts_scope.n_axes++] =
        (struct axis){.kind = AXIS_PERIOD, .period = scope->period.kind};
    parts_scope.axes = axes;
    enum err code = compute(m, a, formula, &parts_scope, &parts, e);
    return code ? code : add_up(a, formula, &parts, scope->n_axes, out, e);
}
