// SPDX-License-Identifier: AGPL-3.0-or-later
// All windows over SCAN_LANES replications side by side: the counts of an area are one
// row of numbers, one for each replication, so that a set grows by vector additions. A
// window's ratio is worked out only for replications in which its count passes what the
// reach says is needed to better that replication's maximum so far.
#include <math.h>

#include "stats/scan_private.h"

// Four at a time, as the processor has them: compilers take wider vectors apart badly.
enum { QUADS = SCAN_LANES / 4 };
typedef double quad __attribute__((vector_size(4 * sizeof(double))));
typedef int64_t quad_mask __attribute__((vector_size(4 * sizeof(int64_t))));
struct row {
    quad quads[QUADS];
};

struct lanes { // one thread's
    const struct scan_sweep *s;
    const struct scan_problem *p;
    const struct scan_reach *reaches;
    double from, to;     // roots stay between the roots of these
    size_t row_size;     // times x categories
    struct row *counts;  // [area][time][category], up to and with this time
    struct row *sums;    // [place][time][category]
    struct row *between; // [category]
    double *measures;    // [place][time]
    struct row best, root;
    int64_t *drawn;
    void *draw_scratch;
    double all[SCAN_MOST_CATEGORIES], weight[SCAN_MOST_CATEGORIES]; // ordinal
    double least;
};

static double lane_of(const struct row *r, unsigned lane)
{
    return r->quads[lane / 4][lane % 4];
}

static void set_lane(struct row *r, unsigned lane, double x)
{
    r->quads[lane / 4][lane % 4] = x;
}

static double root_of(const struct lanes *l, double best)
{
    return sqrt(fmin(fmax(best, l->from), l->to));
}

// ---- windows whose ratio depends on cases and measure ----

static void __attribute__((noinline))
pass(struct lanes *l, const struct row *cases, double measure, uint32_t ellipse)
{
    const struct scan_ellipse *shape = &l->s->windows->ellipses[ellipse];
    const struct scan_reach *reach = &l->reaches[shape->reach];
    const struct scan_likelihood *likelihood = &l->p->likelihood;
    double expected = scan_expected_cases(likelihood, measure);
    double high = scan_reach_at(reach->high, reach, measure),
           low = scan_reach_at(reach->low, reach, measure);
    enum scan_rates rates = l->p->options->rates;
    for (unsigned lane = 0; lane < SCAN_LANES; lane++) {
        double n = lane_of(cases, lane), root = lane_of(&l->root, lane);
        bool above = rates != SCAN_LOW && n > expected && n >= l->least &&
                     n >= expected + high * root,
             below = rates != SCAN_HIGH && n < expected && n <= expected - low * root;
        if (!above && !below)
            continue;
        double statistic = shape->penalty * scan_log_ratio(likelihood, n, measure);
        if (statistic > lane_of(&l->best, lane)) {
            set_lane(&l->best, lane, statistic);
            set_lane(&l->root, lane, root_of(l, statistic));
        }
    }
}

static inline __attribute__((always_inline)) bool any(const quad_mask *m)
{
    return ((*m)[0] | (*m)[1] | (*m)[2] | (*m)[3]) != 0;
}

static inline __attribute__((always_inline)) void
test_window(struct lanes *l, const struct row *cases, double measure, uint32_t ellipse)
{
    const struct scan_reach *reach = &l->reaches[l->s->windows->ellipses[ellipse].reach];
    double expected = scan_expected_cases(&l->p->likelihood, measure);
    enum scan_rates rates = l->p->options->rates;
    quad_mask passes = {0};
    if (rates != SCAN_LOW) {
        double high = scan_reach_at(reach->high, reach, measure);
        for (int i = 0; i < QUADS; i++)
            passes |= cases->quads[i] >= expected + high * l->root.quads[i];
    }
    if (rates != SCAN_HIGH) {
        double low = scan_reach_at(reach->low, reach, measure);
        for (int i = 0; i < QUADS; i++)
            passes |= cases->quads[i] <= expected - low * l->root.quads[i];
    }
    if (__builtin_expect(any(&passes), 0))
        pass(l, cases, measure, ellipse);
}

static inline __attribute__((always_inline)) void add_area(struct lanes *l,
                                                           const struct scan_step *step)
{
    size_t size = l->row_size, times = l->p->n_times;
    struct row *sums = l->sums + step->to * size;
    const struct row *more = l->counts + step->area * size;
    double *measures = l->measures + step->to * times;
    const double *measure = l->p->measure + step->area * times;
    if (step->from == SCAN_START) {
        for (size_t i = 0; i < size; i++)
            sums[i] = more[i];
        for (size_t i = 0; i < times; i++)
            measures[i] = measure[i];
        return;
    }
    const struct row *old = l->sums + step->from * size;
    const double *old_measures = l->measures + step->from * times;
    for (size_t i = 0; i < size; i++)
        for (int h = 0; h < QUADS; h++)
            sums[i].quads[h] = old[i].quads[h] + more[i].quads[h];
    for (size_t i = 0; i < times; i++)
        measures[i] = old_measures[i] + measure[i];
}

static inline __attribute__((always_inline)) void
visit_rates(struct lanes *l, const struct scan_step *step)
{
    add_area(l, step);
    if (!step->ends || step->seen)
        return;
    const struct scan_windows *w = l->s->windows;
    const struct row *sums = l->sums + step->to * l->row_size;
    const double *measures = l->measures + step->to * l->p->n_times;
    for (uint32_t k = 0; k < w->n_intervals; k++) {
        struct scan_interval t = w->intervals[k];
        if (t.first == 0) {
            test_window(l, sums + t.last, measures[t.last], step->ellipse);
            continue;
        }
        struct row between;
        for (int h = 0; h < QUADS; h++)
            between.quads[h] = sums[t.last].quads[h] - sums[t.first - 1].quads[h];
        test_window(l, &between, measures[t.last] - measures[t.first - 1], step->ellipse);
    }
}

static void visit_plain(void *argument, const struct scan_step *step)
{
    visit_rates(argument, step);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void visit_avx2(void *argument,
                                                       const struct scan_step *step)
{
    visit_rates(argument, step);
}
#endif

// ---- ordinal ----

// The ratio of one lane's window, by category.
static void __attribute__((noinline))
pass_ordinal(struct lanes *l, const struct row *in, unsigned lane, double penalty)
{
    double one[SCAN_MOST_CATEGORIES], best = lane_of(&l->best, lane);
    enum scan_rates rates = l->p->options->rates;
    uint32_t n = l->p->n_categories;
    for (uint32_t c = 0; c < n; c++)
        one[c] = lane_of(in + c, lane);
    for (int high = 0; high < 2; high++)
        if (rates != (high ? SCAN_LOW : SCAN_HIGH))
            best = fmax(
                best, penalty * scan_ordinal_ratio(one, l->all, n, high, l->p->x_log_x));
    set_lane(&l->best, lane, best);
}

// Pearson's chi-squared of the window's categories against all is never below the ratio,
// for relative entropy is at most chi-squared and the order only lowers the ratio.
static inline __attribute__((always_inline)) void
test_ordinal(struct lanes *l, const struct row *in, double measure, double penalty)
{
    double all = l->p->likelihood.cases;
    if (measure < l->least || !(measure > 0) || !(measure < all))
        return;
    struct row chi = {0};
    for (uint32_t c = 0; c < l->p->n_categories; c++) {
        double expected = measure * (l->all[c] / all), weight = l->weight[c];
        for (int i = 0; i < QUADS; i++) {
            quad more = in[c].quads[i] - expected;
            chi.quads[i] += more * more * weight;
        }
    }
    double factor = penalty * (all / measure) * (all / (all - measure)) * (1 + SCAN_TIE);
    for (int i = 0; i < QUADS; i++) {
        quad_mask passes = chi.quads[i] * factor > l->best.quads[i];
        if (!any(&passes))
            continue;
        for (unsigned k = 0; k < 4; k++)
            if (passes[k])
                pass_ordinal(l, in, (unsigned)i * 4 + k, penalty);
    }
}

static inline __attribute__((always_inline)) void
visit_categories(struct lanes *l, const struct scan_step *step)
{
    add_area(l, step);
    if (!step->ends || step->seen)
        return;
    const struct scan_windows *w = l->s->windows;
    uint32_t n = l->p->n_categories;
    const struct row *sums = l->sums + step->to * l->row_size;
    const double *measures = l->measures + step->to * l->p->n_times;
    double penalty = w->ellipses[step->ellipse].penalty;
    for (uint32_t k = 0; k < w->n_intervals; k++) {
        struct scan_interval t = w->intervals[k];
        const struct row *last = sums + (size_t)t.last * n;
        if (t.first == 0) {
            test_ordinal(l, last, measures[t.last], penalty);
            continue;
        }
        const struct row *before = sums + (size_t)(t.first - 1) * n;
        for (uint32_t c = 0; c < n; c++)
            for (int h = 0; h < QUADS; h++)
                l->between[c].quads[h] = last[c].quads[h] - before[c].quads[h];
        test_ordinal(l, l->between, measures[t.last] - measures[t.first - 1], penalty);
    }
}

static void visit_categories_plain(void *argument, const struct scan_step *step)
{
    visit_categories(argument, step);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void
visit_categories_avx2(void *argument, const struct scan_step *step)
{
    visit_categories(argument, step);
}
#endif

// ---- a batch ----

static scan_visit *visit_for(const struct scan_problem *p)
{
    bool ordinal = p->options->model == SCAN_ORDINAL;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2"))
        return ordinal ? visit_categories_avx2 : visit_avx2;
#endif
    return ordinal ? visit_categories_plain : visit_plain;
}

static void draw_lanes(struct lanes *l, uint32_t first)
{
    const struct scan_draws *d = l->s->draws;
    size_t categories = l->p->n_categories;
    for (unsigned lane = 0; lane < SCAN_LANES; lane++) {
        struct rng r = rng_stream(l->s->seed, (uint64_t)first + lane);
        scan_draw(d, &r, l->draw_scratch, l->drawn);
        for (size_t i = 0; i < d->n_out; i++)
            set_lane(&l->counts[i], lane, (double)l->drawn[i]);
    }
    for (size_t i = 0; i < d->n_out; i++)
        if (i / categories % l->p->n_times)
            for (int h = 0; h < QUADS; h++)
                l->counts[i].quads[h] += l->counts[i - categories].quads[h];
}

static void walk_all(struct lanes *l, const struct scan_reach *reaches, double from,
                     double to)
{
    l->reaches = reaches;
    l->from = from;
    l->to = to;
    for (unsigned lane = 0; lane < SCAN_LANES; lane++)
        set_lane(&l->root, lane, root_of(l, lane_of(&l->best, lane)));
    scan_visit *visit = visit_for(l->p);
    for (uint32_t c = 0; c < l->s->windows->n_centres; c++)
        scan_walk(l->s->windows, c, true, visit, l);
}

static size_t round_up(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

static size_t lay_out(struct lanes *l, const struct scan_sweep *s, char *at)
{
    const struct scan_problem *p = s->windows->problem;
    size_t places = scan_depth(s->windows), size = (size_t)p->n_times * p->n_categories;
    size_t counts = s->draws->n_out * sizeof(struct row),
           sums = places * size * sizeof(struct row),
           between = p->n_categories * sizeof(struct row),
           measures = round_up(places * p->n_times * sizeof(double)),
           drawn = round_up(s->draws->n_out * sizeof(int64_t));
    if (at) {
        l->counts = (struct row *)(void *)at;
        l->sums = (struct row *)(void *)(at + counts);
        l->between = (struct row *)(void *)(at + counts + sums);
        at += counts + sums + between;
        l->measures = (double *)(void *)at;
        l->drawn = (int64_t *)(void *)(at + measures);
        l->draw_scratch = at + measures + drawn;
    }
    return counts + sums + between + measures + drawn + round_up(s->draws->scratch_size);
}

size_t scan_sweep_scratch(const struct scan_sweep *s)
{
    return s->narrow ? scan_narrow_scratch(s->narrow) : lay_out(NULL, s, NULL);
}

void scan_sweep_scratch_make(const struct scan_sweep *s, void *scratch)
{
    struct lanes l = {0};
    if (s->narrow) {
        scan_narrow_scratch_make(s->narrow, scratch);
        return;
    }
    (void)lay_out(&l, s, scratch);
    scan_scratch_make(s->draws, l.draw_scratch);
}

void scan_sweep_run(const struct scan_sweep *s, uint32_t first, void *scratch,
                    double *maxima)
{
    if (s->narrow) {
        scan_narrow_run(s, first, scratch, maxima);
        return;
    }
    const struct scan_problem *p = s->windows->problem;
    struct lanes l = {.s = s,
                      .p = p,
                      .row_size = (size_t)p->n_times * p->n_categories,
                      .least = p->options->least_cases ? p->options->least_cases : 2};
    (void)lay_out(&l, s, scratch);
    for (uint32_t k = 0; p->options->model == SCAN_ORDINAL && k < p->n_categories; k++) {
        l.all[k] = (double)p->by_category[k];
        l.weight[k] = l.all[k] > 0 ? 1 / l.all[k] : 0;
    }
    draw_lanes(&l, first);
    walk_all(&l, s->reaches, s->from, s->to);
    bool below = false;
    for (unsigned lane = 0; lane < SCAN_LANES; lane++)
        below |= lane_of(&l.best, lane) <= s->from;
    if (below && s->reaches != s->loose)
        walk_all(&l, s->loose, 0, INFINITY);
    for (unsigned lane = 0; lane < SCAN_LANES; lane++)
        maxima[lane] = lane_of(&l.best, lane);
}
