// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <stdlib.h>

#include "stats/scan_private.h"

static const double gini_p = 0.05; // clusters above it do not count (Han et al. 2016)

void scan_limits_make(struct scan_limits *out, const struct scan_options *options)
{
    static const double percents[SCAN_MOST_LIMITS] = {1,  2,  3,  4,  5,  6,  8, 10,
                                                      12, 15, 20, 25, 30, 40, 50};
    out->n = 0;
    for (unsigned i = 0; options->report == SCAN_GINI && i < SCAN_MOST_LIMITS; i++)
        if (percents[i] / 100 < options->most_population * (1 - SCAN_TIE))
            out->share[out->n++] = percents[i] / 100;
    out->share[out->n++] = options->most_population;
}

// ---- order ----

static int by_statistic(const void *a, const void *b)
{
    const struct scan_best *x = a, *y = b;
    if (x->found != y->found)
        return x->found ? -1 : 1;
    if (x->statistic != y->statistic)
        return x->statistic > y->statistic ? -1 : 1;
    return (x->centre > y->centre) - (x->centre < y->centre);
}

static int by_areas(const void *a, const void *b)
{
    const struct scan_best *x = a, *y = b;
    if (x->n != y->n)
        return x->n < y->n ? -1 : 1;
    return (x->centre > y->centre) - (x->centre < y->centre);
}

uint32_t scan_rank(struct scan_best *best, uint32_t n)
{
    qsort(best, n, sizeof *best, by_statistic);
    uint32_t found = 0;
    while (found < n && best[found].found)
        found++;
    for (uint32_t i = 0, next; i < found; i = next) {
        for (next = i + 1;
             next < found && best[next].statistic >= best[i].statistic * (1 - SCAN_TIE);)
            next++;
        qsort(best + i, next - i, sizeof *best, by_areas);
    }
    return found;
}

// ---- p-values ----

static int falling(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

// How many of the sorted maxima are as high; a tie counts.
static uint32_t as_high(const double *sorted, uint32_t n, double statistic)
{
    double bound = statistic * (1 - SCAN_TIE);
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (sorted[middle] >= bound)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct chance { // what the replications say
    const double *sorted;
    uint32_t n;
    bool stopped;
    double place, scale; // of the Gumbel distribution, by moments
};

static double p_of(const struct chance *c, double statistic)
{
    if (!c->n)
        return NAN;
    double high = as_high(c->sorted, c->n, statistic);
    return c->stopped ? high / c->n : (1 + high) / (1.0 + c->n);
}

static double gumbel_p(const struct chance *c, double statistic)
{
    if (c->n < 2 || !(c->scale > 0))
        return NAN;
    return -expm1(-exp((c->place - statistic) / c->scale));
}

static double critical(const struct chance *c, double level)
{
    uint32_t rank = (uint32_t)((c->n + 1.0) * level + SCAN_TIE);
    return rank && rank <= c->n ? c->sorted[rank - 1] : NAN;
}

static enum err make_chance(struct chance *c, struct scan_result *out, struct arena *a,
                            struct error *e)
{
    uint32_t n = out->replications;
    double *sorted = ARENA_ARRAY(a, double, n);
    if (!sorted)
        return error_memory(e);
    double mean = 0, squares = 0;
    for (uint32_t i = 0; i < n; i++) {
        sorted[i] = out->maxima[i];
        mean += sorted[i] / n;
    }
    for (uint32_t i = 0; i < n; i++)
        squares += (sorted[i] - mean) * (sorted[i] - mean);
    qsort(sorted, n, sizeof *sorted, falling);
    *c = (struct chance){.sorted = sorted, .n = n, .stopped = out->stopped};
    if (n > 1)
        c->scale = sqrt(6 * squares / (n - 1)) / M_PI;
    c->place = mean - 0.57721566490153286061 * c->scale;
    out->critical_05 = critical(c, 0.05);
    out->critical_01 = critical(c, 0.01);
    out->critical_001 = critical(c, 0.001);
    return ERR_OK;
}

// ---- which are reported ----

// Areas of a window, nearest first, into areas; returns how many.
static uint32_t areas_of(const struct scan_windows *w, const struct scan_best *b,
                         uint32_t *areas)
{
    uint32_t n = 0;
    if (w->locals) {
        const struct scan_local *l = &w->locals[b->centre];
        for (uint32_t i = 0; i < l->n; i++)
            if (b->mask >> i & 1)
                areas[n++] = l->areas[i];
        return n;
    }
    if (w->problem->options->span == SCAN_TEMPORAL) { // all areas were one
        for (; n < w->problem->data->n_areas; n++)
            areas[n] = n;
        return n;
    }
    size_t path = (size_t)b->centre * w->n_ellipses + b->ellipse;
    for (; n < b->n; n++)
        areas[n] = w->steps[w->path_start[path] + n] >> SCAN_STEP_BITS;
    return n;
}

struct choice {
    const struct scan_windows *w;
    enum scan_report report;
    uint32_t *areas; // of the window looked at
    bool *taken;     // areas of those kept
    struct scan_best *kept;
    uint32_t n_kept;
};

static double squared_radius(const struct scan_windows *w, const struct scan_best *b,
                             uint32_t last)
{
    return scan_squared_distance(w->problem, b->centre, b->ellipse, last);
}

// A centre that is not an area lies in a window when it is as near as its last area.
static bool centre_is_inside(const struct choice *c, uint32_t centre)
{
    const struct scan_problem *p = c->w->problem;
    if (!p->data->n_centres)
        return c->taken[centre];
    for (uint32_t i = 0; i < c->n_kept; i++) {
        const struct scan_best *b = &c->kept[i];
        uint32_t n = areas_of(c->w, b, c->areas);
        if (scan_squared_between(p, b->centre, b->ellipse, p->data->centre_x[centre],
                                 p->data->centre_y[centre]) <=
            squared_radius(c->w, b, c->areas[n - 1]) * (1 + SCAN_TIE))
            return true;
    }
    return false;
}

static void choose(struct choice *c, const struct scan_best *ranked, uint32_t n)
{
    uint32_t n_areas = c->w->problem->data->n_areas;
    for (uint32_t i = 0; i < n_areas; i++)
        c->taken[i] = false;
    c->n_kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        bool keep = true;
        if (c->report == SCAN_NO_CENTRE_IN_OTHER)
            keep = !centre_is_inside(c, ranked[i].centre);
        uint32_t have = areas_of(c->w, &ranked[i], c->areas);
        for (uint32_t k = 0; c->report == SCAN_NO_OVERLAP && k < have; k++)
            keep &= !c->taken[c->areas[k]];
        if (!keep)
            continue;
        for (uint32_t k = 0; k < have; k++)
            c->taken[c->areas[k]] = true;
        c->kept[c->n_kept++] = ranked[i];
    }
}

// ---- the Gini coefficient ----

static double rate_of(const struct scan_likelihood *l, const struct scan_best *b)
{
    return b->cases / scan_expected_cases(l, b->measure);
}

// Of the Lorenz curve through the clusters and all that is outside, by falling rate. kept
// has room for one more.
static double gini_of(const struct scan_likelihood *l, struct scan_best *kept, uint32_t n)
{
    struct scan_best rest = {.cases = l->cases, .measure = l->measure};
    for (uint32_t i = 0; i < n; i++) {
        rest.cases -= kept[i].cases;
        rest.measure -= kept[i].measure;
    }
    kept[n] = rest;
    double cases = 0, area = 0;
    for (uint32_t i = 0; i <= n; i++) {
        uint32_t highest = i;
        for (uint32_t k = i + 1; k <= n; k++)
            if (rate_of(l, &kept[k]) > rate_of(l, &kept[highest]))
                highest = k;
        struct scan_best next = kept[highest];
        kept[highest] = kept[i];
        kept[i] = next;
        area += scan_expected_cases(l, next.measure) / l->cases *
                (2 * cases + next.cases / l->cases);
        cases += next.cases / l->cases;
    }
    return fmax(0, area - 1);
}

static uint32_t keep_significant(struct choice *c, const struct chance *chance)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->n_kept; i++)
        if (!chance->n || p_of(chance, c->kept[i].statistic) <= gini_p)
            c->kept[n++] = c->kept[i];
    return c->n_kept = n;
}

// The limit whose clusters give the largest coefficient; the last when none is
// significant under any.
static unsigned choose_limit(struct choice *c, struct scan_best *best,
                             const struct scan_limits *limits,
                             const struct chance *chance, struct scan_result *out)
{
    unsigned chosen = limits->n - 1;
    out->gini = 0;
    for (unsigned i = 0; i < limits->n; i++) {
        struct scan_best *mine = best + (size_t)i * c->w->n_centres;
        choose(c, mine, scan_rank(mine, c->w->n_centres));
        uint32_t n = keep_significant(c, chance);
        double gini = n ? gini_of(&c->w->problem->likelihood, c->kept, n) : 0;
        if (gini > out->gini * (1 + SCAN_TIE)) {
            out->gini = gini;
            chosen = i;
        }
    }
    out->gini_limit = limits->share[chosen];
    return chosen;
}

// ---- what is said of a cluster ----

static enum err describe(struct scan_cluster *out, const struct scan_best *b,
                         const struct scan_windows *w, const struct chance *chance,
                         uint32_t *found, struct arena *a, struct error *e)
{
    const struct scan_problem *p = w->problem;
    const struct scan_ellipse *shape = &w->ellipses[b->ellipse];
    bool ordinal = p->options->model == SCAN_ORDINAL;
    uint32_t n = areas_of(w, b, found);
    uint32_t *areas = ARENA_ARRAY(a, uint32_t, n);
    int64_t *by_category = ARENA_ARRAY(a, int64_t, ordinal ? p->n_categories : 0);
    if (!areas || !by_category)
        return error_memory(e);
    double people = 0, squared = NAN;
    int64_t cases = 0, total = 0;
    for (uint32_t i = 0; i < n; i++) {
        areas[i] = found[i];
        uint32_t area = p->options->span == SCAN_TEMPORAL ? 0 : found[i];
        if (p->data->x && p->options->span != SCAN_TEMPORAL)
            squared = fmax(i ? squared : 0,
                           scan_squared_distance(p, b->centre, b->ellipse, area));
        if (i && p->options->span == SCAN_TEMPORAL)
            continue;
        people += p->population[area];
        for (uint32_t t = b->first; t <= b->last; t++) {
            size_t cell = (size_t)area * p->n_times + t;
            total += p->trials[cell];
            for (uint32_t k = 0; k < p->n_categories; k++) {
                cases += p->cases[cell * p->n_categories + k];
                if (ordinal)
                    by_category[k] += p->cases[cell * p->n_categories + k];
            }
        }
    }
    double expected = ordinal ? NAN : scan_expected_cases(&p->likelihood, b->measure);
    double outside = (double)(p->total_cases - cases) / (p->likelihood.cases - expected);
    *out = (struct scan_cluster){.centre = b->centre,
                                 .areas = areas,
                                 .n_areas = n,
                                 .first_time = b->first,
                                 .last_time = b->last,
                                 .radius = scan_length(p, squared),
                                 .axis_ratio = shape->axis_ratio,
                                 .angle = shape->angle,
                                 .cases = cases,
                                 .total = total,
                                 .by_category = ordinal ? by_category : NULL,
                                 .population = people,
                                 .expected = expected,
                                 .ratio = (double)cases / expected,
                                 .relative_risk = (double)cases / expected / outside,
                                 .log_likelihood_ratio = b->log_ratio,
                                 .statistic = b->statistic,
                                 .p = p_of(chance, b->statistic),
                                 .p_gumbel = gumbel_p(chance, b->statistic),
                                 .recurrence_times = NAN,
                                 .high = b->high};
    if (p->options->span == SCAN_PROSPECTIVE)
        out->recurrence_times = 1 / out->p;
    return ERR_OK;
}

enum err scan_report_make(struct scan_result *out, struct scan_best *best,
                          const struct scan_limits *limits, const struct scan_windows *w,
                          struct arena *a, struct error *e)
{
    const struct scan_problem *p = w->problem;
    struct chance chance = {0};
    enum err code = make_chance(&chance, out, a, e);
    if (code)
        return code;
    enum scan_report report = p->options->report;
    struct choice c = {.w = w,
                       .report = report == SCAN_GINI ? SCAN_NO_OVERLAP : report,
                       .areas = ARENA_ARRAY(a, uint32_t, p->data->n_areas),
                       .taken = ARENA_ARRAY(a, bool, p->data->n_areas),
                       .kept = ARENA_ARRAY(a, struct scan_best, w->n_centres + 1)};
    if (!c.areas || !c.taken || !c.kept)
        return error_memory(e);
    out->gini = out->gini_limit = NAN;
    unsigned limit = limits->n - 1;
    if (report == SCAN_GINI)
        limit = choose_limit(&c, best, limits, &chance, out);
    struct scan_best *mine = best + (size_t)limit * w->n_centres;
    choose(&c, mine, scan_rank(mine, w->n_centres));
    if (report == SCAN_GINI && out->gini > 0)
        keep_significant(&c, &chance);
    out->clusters = ARENA_ARRAY(a, struct scan_cluster, c.n_kept);
    if (!out->clusters)
        return error_memory(e);
    for (uint32_t i = 0; i < c.n_kept && !code; i++)
        code = describe(&out->clusters[i], &c.kept[i], w, &chance, c.areas, a, e);
    out->n_clusters = code ? 0 : c.n_kept;
    return code;
}
