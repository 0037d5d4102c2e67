// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/watch_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/interval.h"

double watch_least_of(double p, size_t n)
{
    return p >= 1 ? 1 : -expm1((double)n * log1p(-p));
}

// --- time ------------------------------------------------------------------------------

static enum err make_stretches(struct watching *x, struct period period, struct error *e)
{
    struct stretches *t = &x->time;
    if (period.kind == PERIOD_DAY || period.first == DATE_NONE) {
        (void)error_set(e, ERR_INPUT, "watch.period", period.id,
                        "a watch needs a month or more to look at");
        return error_cure(e, "Ask for a month, a quarter, a half-year or a year.");
    }
    int32_t starts[WATCH_MAX_STRETCHES];
    size_t n = 0;
    starts[n++] = period.first;
    for (size_t i = 0; i < x->w->n_look_back && n < WATCH_MAX_STRETCHES; i++) {
        int32_t first = date_add_months(period.last + 1, -12 * x->w->look_back_years[i]);
        if (first != DATE_NONE && first < starts[n - 1])
            starts[n++] = first;
    }
    t->n = (uint32_t)n;
    for (size_t i = 0; i < n; i++) // oldest first
        t->first[i] = starts[n - 1 - i];
    t->last = period.last;
    t->range = period;
    t->range.first = t->first[0];
    return ERR_OK;
}

static uint32_t segment_of(const struct stretches *t, int32_t day)
{
    uint32_t i = t->n - 1;
    while (i && day < t->first[i])
        i--;
    return i;
}

enum err watch_suppressed(struct error *e)
{
    (void)error_set(
        e, ERR_FORBIDDEN, "watch.suppressed", NULL,
        "small counts of care are hidden from you, so they cannot be watched");
    return error_cure(e, "Watch a register of another purpose.");
}

// --- counts ----------------------------------------------------------------------------

static enum err add_up(struct watching *x, const struct expr *expression,
                       const struct axis *axes, size_t n_axes, struct figures *figures,
                       size_t *n_groups, int64_t **counts, struct error *e)
{
    struct axis all[CUBE_MAX_AXES];
    memcpy(all, axes, n_axes * sizeof *axes);
    all[n_axes] = (struct axis){.kind = AXIS_PERIOD, .period = x->time.range.kind};
    struct measure_scope scope = {
        .period = x->time.range, .root = x->run->root, .axes = all, .n_axes = n_axes + 1};
    enum err code = measure_expression(x->m, x->a, expression, &scope, figures, e);
    if (code)
        return code;
    size_t n_times = figures->axes[n_axes].n;
    *n_groups = n_times ? figures->n / n_times : 0;
    int64_t *out = *counts = ARENA_ARRAY(x->a, int64_t, *n_groups * x->time.n);
    if (!out)
        return error_memory(e);
    for (size_t i = 0; i < figures->n; i++) {
        const struct figure *f = &figures->list[i];
        if (f->state == FIGURE_SUPPRESSED)
            return watch_suppressed(e);
        if (isnan(f->numerator))
            continue;
        int32_t day = figures->axes[n_axes].buckets[i % n_times].period.first;
        out[i / n_times * x->time.n + segment_of(&x->time, day)] +=
            (int64_t)llround(f->numerator);
    }
    return ERR_OK;
}

enum err watch_count(struct watching *x, const struct expr *first,
                     const struct expr *second, const struct axis *axes, size_t n_axes,
                     struct watch_counts *out, struct error *e)
{
    struct figures other;
    size_t n;
    enum err code =
        add_up(x, first, axes, n_axes, &out->figures, &out->n_groups, &out->first, e);
    if (!code)
        code = add_up(x, second, axes, n_axes, &other, &n, &out->second, e);
    if (!code && n != out->n_groups)
        code = error_set(e, ERR_INTERNAL, "watch.groups", NULL,
                         "two counts of one ratio have different groups");
    return code;
}

// --- signals ---------------------------------------------------------------------------

enum err watch_signal(struct watching *x, struct watch_look *look,
                      const struct watch_signal *signal, struct error *e)
{
    struct watch_run *run = x->run;
    look->least_p = fmin(look->least_p, signal->p);
    bool review = signal->p <= look->look->alarm;
    if (!review && !(signal->p <= WATCH_KEEP_IN_MIND))
        return ERR_OK;
    if (run->n_signals == x->capacity) {
        size_t more = x->capacity ? 2 * x->capacity : 16;
        struct watch_signal *list = ARENA_ARRAY(x->a, struct watch_signal, more);
        if (!list)
            return error_memory(e);
        if (run->n_signals)
            memcpy(list, run->signals, run->n_signals * sizeof *list);
        run->signals = list;
        x->capacity = more;
    }
    struct watch_signal *s = &run->signals[run->n_signals++];
    *s = *signal;
    s->look = look->look;
    s->review = review;
    s->last = x->time.last;
    run->n_reviews += review;
    look->n_reviews += review;
    return watch_words(x, look, s, e);
}

static int by_weight(const void *a, const void *b)
{
    const struct watch_signal *x = a, *y = b;
    if (x->review != y->review)
        return x->review ? -1 : 1;
    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    // of equal p the larger excess first
    double more_x = x->counted - x->expected, more_y = y->counted - y->expected;
    return (more_x < more_y) - (more_x > more_y);
}

// --- the run ---------------------------------------------------------------------------

static enum err count_whole(struct watching *x, struct error *e)
{
    struct measure_scope scope = {.period = x->run->period, .root = x->run->root};
    struct figures f;
    enum err code = measure_indicator(x->m, x->a, x->w->ratio, &scope, &f, e);
    if (code)
        return code;
    const struct figure *one = &f.list[0];
    x->run->whole = (struct watch_signal){.area = x->run->root,
                                          .facility = -1,
                                          .stratum = -1,
                                          .first = x->run->period.first,
                                          .last = x->run->period.last,
                                          .counted = one->numerator,
                                          .of_all = one->numerator + one->denominator,
                                          .value = one->value,
                                          .low = one->low,
                                          .high = one->high,
                                          .against = x->run->reference,
                                          .p = NAN};
    return ERR_OK;
}

static enum err prepare(struct watching *x, struct error *e)
{
    const struct indicator *r = x->w->ratio;
    struct watch_run *run = x->run;
    run->first = x->time.first[0];
    run->reference = run->reference_low = run->reference_high = NAN;
    run->whole = (struct watch_signal){.area = run->root, .facility = -1, .value = NAN};
    if (r) {
        run->reference = r->reference;
        run->reference_low = r->reference_low;
        run->reference_high = r->reference_high;
        x->reference_share = r->reference / (r->per + r->reference);
        x->doubt =
            log(r->reference_high / r->reference_low) / (2 * normal_quantile(0.975));
    }
    // buckets of a code field: its codes, then "not recorded"
    x->n_strata = x->w->strata ? (uint32_t)x->w->strata->n_codes + 1 : 1;
    x->stratum_share = ARENA_ARRAY(x->a, double, x->n_strata);
    x->area_shift = ARENA_ARRAY(x->a, double, x->m->county->places->n_areas + 1);
    run->looks = ARENA_ARRAY(x->a, struct watch_look, x->w->n_looks);
    if (!x->stratum_share || !x->area_shift || !run->looks)
        return error_memory(e);
    for (uint32_t i = 0; i < x->n_strata; i++)
        x->stratum_share[i] = x->reference_share;
    return r ? count_whole(x, e) : ERR_OK;
}

static enum err run_look(struct watching *x, const struct look *look,
                         struct watch_look *out, struct error *e)
{
    *out = (struct watch_look){.look = look, .least_p = 1, .detectable = NAN};
    switch (look->kind) {
    case LOOK_STRATA:
        return watch_strata(x, look, out, e);
    case LOOK_AREA:
        return watch_areas(x, look, out, e);
    case LOOK_FACILITY:
        return watch_facilities(x, look, out, e);
    case LOOK_CONTRAST:
        return watch_contrast(x, look, out, e);
    case LOOK_ROUND:
        return watch_round(x, look, out, e);
    case LOOK_EVEN:
        return watch_even(x, look, out, e);
    case LOOK_FOUND:
        return watch_rows(x, look, out, e);
    case LOOK_LEDGER:
        return watch_ledger(x, look, out, e);
    }
    return ERR_OK;
}

enum err watch_run(const struct measure *m, const struct watch *w, struct period period,
                   int32_t root, const struct watch_options *options, struct pool *pool,
                   struct arena *a, struct watch_run *out, struct error *e)
{
    *out = (struct watch_run){.watch = w, .period = period, .root = root};
    struct watching x = {.m = m,
                         .w = w,
                         .pool = pool,
                         .a = a,
                         .run = out,
                         .replications = options && options->replications
                                             ? options->replications
                                             : WATCH_DEFAULT_REPLICATIONS,
                         .seed = options ? options->seed : 0};
    enum err code = measure_allows(m, root, e);
    if (!code)
        code = make_stretches(&x, period, e);
    if (!code)
        code = prepare(&x, e);
    for (size_t i = 0; !code && i < w->n_looks; i++) {
        x.seed++; // looks do not share their chance
        code = run_look(&x, &w->looks[i], &out->looks[i], e);
        out->n_looks = i + 1;
    }
    if (!code && w->ratio)
        code = watch_smooth(&x, e);
    if (!code && out->n_signals)
        qsort(out->signals, out->n_signals, sizeof *out->signals, by_weight);
    return code;
}
