// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>

#include "stats/scan_private.h"

struct observation { // shared by the threads
    const struct scan_windows *w;
    const struct scan_reach *loose;
    const double *limits;
    unsigned n_limits;
    struct scan_best *best;
    double *scratch; // [thread][size]
    size_t size;
    uint64_t *n_windows; // [centre], of sets that no earlier centre has
};

struct looking { // at the sets of one centre
    const struct observation *o;
    double *cases;   // [place][time][category]
    double *measure; // [place][time]
    double *between; // [category]
    uint32_t centre;
    unsigned limit; // the lowest that allows this set
    uint64_t n_sets;
};

// Equal within the tie goes to fewer areas, then to what came first.
static bool is_better(double statistic, uint32_t n, const struct scan_best *than)
{
    if (!than->found)
        return statistic > 0;
    double tie = SCAN_TIE * than->statistic;
    if (fabs(statistic - than->statistic) <= tie)
        return n < than->n;
    return statistic > than->statistic;
}

static void keep(struct looking *l, const struct scan_step *step,
                 const struct scan_interval *t, struct scan_best found)
{
    const struct observation *o = l->o;
    found.statistic = o->w->ellipses[step->ellipse].penalty * found.log_ratio;
    found.centre = step->centre;
    found.ellipse = step->ellipse;
    found.n = step->n;
    found.mask = step->mask;
    found.first = t->first;
    found.last = t->last;
    found.found = true;
    for (unsigned i = l->limit; i < o->n_limits; i++) {
        struct scan_best *best = &o->best[(size_t)i * o->w->n_centres + l->centre];
        if (is_better(found.statistic, found.n, best))
            *best = found;
    }
}

// The best so far under the lowest limit that this set could still better.
static double least_best(const struct looking *l)
{
    double least = INFINITY;
    for (unsigned i = l->limit; i < l->o->n_limits; i++) {
        const struct scan_best *best =
            &l->o->best[(size_t)i * l->o->w->n_centres + l->centre];
        least = fmin(least, best->found ? best->statistic : 0);
    }
    return least * (1 - 2 * SCAN_TIE);
}

static void look_rates(struct looking *l, const struct scan_step *step,
                       const struct scan_interval *t, double cases, double measure)
{
    const struct scan_problem *p = l->o->w->problem;
    const struct scan_reach *reach = &l->o->loose[l->o->w->ellipses[step->ellipse].reach];
    double expected = scan_expected_cases(&p->likelihood, measure);
    double root = sqrt(least_best(l));
    enum scan_rates rates = p->options->rates;
    uint32_t least = p->options->least_cases ? p->options->least_cases : 2;
    bool high = rates != SCAN_LOW && cases > expected && cases >= least &&
                cases >= expected + scan_reach_at(reach->high, reach, measure) * root;
    bool low = rates != SCAN_HIGH && cases < expected &&
               cases <= expected - scan_reach_at(reach->low, reach, measure) * root;
    if (high || low)
        keep(l, step, t,
             (struct scan_best){.log_ratio =
                                    scan_log_ratio(&p->likelihood, cases, measure),
                                .cases = cases,
                                .measure = measure,
                                .high = high});
}

static void look_ordinal(struct looking *l, const struct scan_step *step,
                         const struct scan_interval *t, const double *last,
                         const double *before, double measure)
{
    const struct scan_problem *p = l->o->w->problem;
    double all[SCAN_MOST_CATEGORIES];
    uint32_t least = p->options->least_cases ? p->options->least_cases : 2;
    for (uint32_t k = 0; k < p->n_categories; k++) {
        l->between[k] = last[k] - (before ? before[k] : 0);
        all[k] = (double)p->by_category[k];
    }
    for (int high = 0; high < 2; high++) {
        if (p->options->rates == (high ? SCAN_LOW : SCAN_HIGH) || measure < least)
            continue;
        double ratio =
            scan_ordinal_ratio(l->between, all, p->n_categories, high, p->x_log_x);
        keep(l, step, t,
             (struct scan_best){
                 .log_ratio = ratio, .cases = measure, .measure = measure, .high = high});
    }
}

static void look(void *argument, const struct scan_step *step)
{
    struct looking *l = argument;
    const struct scan_windows *w = l->o->w;
    const struct scan_problem *p = w->problem;
    size_t times = p->n_times, row = times * p->n_categories;
    double *cases = l->cases + step->to * row, *measure = l->measure + step->to * times;
    const double *more = p->cumulative + step->area * row,
                 *more_measure = p->measure + step->area * times;
    bool start = step->from == SCAN_START;
    const double *old = start ? NULL : l->cases + step->from * row,
                 *old_measure = start ? NULL : l->measure + step->from * times;
    for (size_t i = 0; i < row; i++)
        cases[i] = more[i] + (old ? old[i] : 0);
    for (size_t i = 0; i < times; i++)
        measure[i] = more_measure[i] + (old ? old_measure[i] : 0);
    if (!step->ends)
        return;
    l->n_sets += !step->seen;
    l->limit = 0;
    while (l->limit + 1 < l->o->n_limits && step->population > l->o->limits[l->limit])
        l->limit++;
    for (uint32_t i = w->n_intervals_at; i < w->n_intervals; i++) {
        const struct scan_interval *t = &w->intervals[i];
        double inside = measure[t->last] - (t->first ? measure[t->first - 1] : 0);
        const double *last = cases + t->last * (size_t)p->n_categories,
                     *before = t->first ? cases + (t->first - 1) * (size_t)p->n_categories
                                        : NULL;
        if (p->options->model == SCAN_ORDINAL)
            look_ordinal(l, step, t, last, before, inside);
        else
            look_rates(l, step, t, *last - (before ? *before : 0), inside);
    }
}

static void look_at_centre(void *argument, size_t task, unsigned thread)
{
    const struct observation *o = argument;
    const struct scan_problem *p = o->w->problem;
    size_t places = scan_depth(o->w), row = (size_t)p->n_times * p->n_categories;
    double *scratch = o->scratch + thread * o->size;
    struct looking l = {.o = o,
                        .cases = scratch,
                        .measure = scratch + places * row,
                        .between = scratch + places * (row + p->n_times),
                        .centre = (uint32_t)task};
    scan_walk(o->w, (uint32_t)task, false, look, &l);
    o->n_windows[task] = l.n_sets * (o->w->n_intervals - o->w->n_intervals_at);
}

enum err scan_observe(struct scan_best *best, const struct scan_windows *w,
                      const double *limits, unsigned n_limits,
                      const struct scan_reach *loose, struct pool *pool,
                      uint64_t *n_windows, struct error *e)
{
    const struct scan_problem *p = w->problem;
    size_t places = scan_depth(w), row = (size_t)p->n_times * p->n_categories;
    struct observation o = {.w = w,
                            .loose = loose,
                            .limits = limits,
                            .n_limits = n_limits,
                            .best = best,
                            .size = places * (row + p->n_times) + p->n_categories};
    o.scratch = mem_alloc((pool ? pool_threads(pool) : 1) * o.size, sizeof *o.scratch);
    o.n_windows = mem_alloc(w->n_centres, sizeof *o.n_windows);
    enum err code = ERR_OK;
    if (!o.scratch || !o.n_windows) {
        code = error_memory(e);
        goto out;
    }
    scan_for_each(pool, w->n_centres, look_at_centre, &o);
    *n_windows = 0;
    for (uint32_t c = 0; c < w->n_centres; c++)
        *n_windows += o.n_windows[c];
out:
    mem_free(o.scratch);
    mem_free(o.n_windows);
    return code;
}
