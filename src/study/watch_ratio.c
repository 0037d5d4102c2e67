// SPDX-License-Identifier: AGPL-3.0-or-later
// Looks at the ratio itself: by stratum, area and facility; and two ratios side by side.
#include "study/watch_private.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/interval.h"
#include "stats/robust.h"

static double log_odds(double share)
{
    return log(share / (1 - share));
}

static double from_log_odds(double x)
{
    return 1 / (1 + exp(-x));
}

// Of the whole, both counts in tree_scan's terms; [group][segment].
static void fill(const struct watch_counts *c, size_t n, int64_t *all, int64_t *first)
{
    for (size_t i = 0; i < n; i++) {
        first[i] = c->first[i];
        all[i] = c->first[i] + c->second[i];
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The value that a subject of middle size must have to be found with a power of .8 at the
// look's alarm, were all its tests independent (so: at most this).
static void say_power(const struct watching *x, struct watch_look *out, double *sizes,
                      size_t n)
{
    if (!n || !out->n_windows)
        return;
    qsort(sizes, n, sizeof *sizes, by_value);
    out->typical = sizes[n / 2];
    double z = normal_quantile(1 - out->look->alarm / (double)out->n_windows) +
               normal_quantile(0.8);
    double p = x->reference_share;
    double step = z / sqrt(out->typical * p * (1 - p)); // of log odds
    if (step < 3)
        out->detectable = x->w->ratio->per * exp(log_odds(p) + step);
}

struct scanned { // one family of a look
    struct tree_scan_data data;
    struct tree_scan_window *windows;
    struct tree_scan_found *found;
    int64_t *n, *k;
    double *share;
    size_t n_cells;
};

static enum err scan_open(struct watching *x, struct scanned *s, uint32_t leaves,
                          uint32_t strata, size_t windows, struct error *e)
{
    s->n_cells = (size_t)leaves * strata * x->time.n;
    s->n = ARENA_ARRAY(x->a, int64_t, s->n_cells);
    s->k = ARENA_ARRAY(x->a, int64_t, s->n_cells);
    s->share = ARENA_ARRAY(x->a, double, s->n_cells);
    s->windows = ARENA_ARRAY(x->a, struct tree_scan_window, windows);
    s->found = ARENA_ARRAY(x->a, struct tree_scan_found, windows);
    s->data = (struct tree_scan_data){.n_leaves = leaves,
                                      .n_strata = strata,
                                      .n_times = x->time.n,
                                      .n = s->n,
                                      .k = s->k,
                                      .share = s->share,
                                      .doubt = x->doubt,
                                      .windows = s->windows,
                                      .n_families = 1,
                                      .replications = x->replications,
                                      .seed = x->seed};
    return s->n && s->k && s->share && s->windows && s->found ? ERR_OK : error_memory(e);
}

// All stretches of a leaf and a run of strata.
static void add_windows(struct watching *x, struct scanned *s, uint32_t leaf,
                        uint32_t first_stratum, uint32_t last_stratum)
{
    for (uint32_t t = 0; t < x->time.n; t++)
        s->windows[s->data.n_windows++] = (struct tree_scan_window){
            leaf, leaf, first_stratum, last_stratum, t, x->time.n - 1, 0, 0};
}

// A subject's share of the look's chance goes with its births: a small one could not be
// found anyway.
static void weigh(struct scanned *s)
{
    size_t each = s->n_cells / s->data.n_leaves;
    for (size_t i = 0; i < s->data.n_windows; i++) {
        const int64_t *n = s->n + s->windows[i].first_leaf * each;
        double births = 0;
        for (size_t k = 0; k < each; k++)
            births += (double)n[k];
        s->windows[i].weight = fmax(births, 1);
    }
}

static size_t count_tests(const struct scanned *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->data.n_windows; i++)
        n += s->found[i].n > 0;
    return n;
}

// The strongest of the stretches that begin at this window; NULL when nothing was there.
static const struct tree_scan_found *best_of(const struct watching *x,
                                             const struct scanned *s, size_t window)
{
    const struct tree_scan_found *best = NULL;
    for (size_t t = 0; t < x->time.n; t++) {
        const struct tree_scan_found *f = &s->found[window + t];
        if (f->n && (!best || f->statistic > best->statistic))
            best = f;
    }
    return best;
}

static struct watch_signal signal_of(const struct watching *x, const struct scanned *s,
                                     const struct tree_scan_found *f)
{
    double per = x->w->ratio->per, n = (double)f->n, k = (double)f->k;
    struct interval i = interval_ratio(k, n - k, per, 0.95);
    uint32_t t = s->windows[f - s->found].first_time;
    return (struct watch_signal){.area = -1,
                                 .facility = -1,
                                 .stratum = -1,
                                 .first = x->time.first[t],
                                 .counted = k,
                                 .of_all = n,
                                 .expected = f->expected,
                                 .value = per * k / (n - k),
                                 .low = i.low,
                                 .high = i.high,
                                 .against = per * f->expected / (n - f->expected),
                                 .p = f->p_family};
}

static const struct axis no_axis = {0};

static struct axis strata_axis(const struct watching *x)
{
    return (struct axis){.kind = AXIS_FIELD, .field = x->w->strata};
}

static enum err count_ratio(struct watching *x, const struct axis *axes, size_t n_axes,
                            struct watch_counts *out, struct error *e)
{
    return watch_count(x, x->w->ratio->numerator, x->w->ratio->denominator, axes, n_axes,
                       out, e);
}

// --- strata ----------------------------------------------------------------------------

// A stratum that is raised in the whole is expected to be raised in its parts.
static void expect_stratum(struct watching *x, const struct scanned *s, uint32_t stratum)
{
    double n = 0, k = 0;
    for (uint32_t t = 0; t < x->time.n; t++) {
        n += (double)s->n[stratum * x->time.n + t];
        k += (double)s->k[stratum * x->time.n + t];
    }
    x->stratum_share[stratum] = fmax(x->reference_share, (k + 1) / (n + 2));
}

enum err watch_strata(struct watching *x, const struct look *look, struct watch_look *out,
                      struct error *e)
{
    struct watch_counts c;
    struct scanned s;
    const struct axis axis = strata_axis(x);
    enum err code = count_ratio(x, &axis, 1, &c, e);
    if (!code)
        code = scan_open(x, &s, 1, (uint32_t)c.n_groups, (c.n_groups + 1) * x->time.n, e);
    if (code)
        return code;
    assert(c.n_groups == x->n_strata);
    fill(&c, s.n_cells, s.n, s.k);
    for (size_t i = 0; i < s.n_cells; i++)
        s.share[i] = x->reference_share;
    add_windows(x, &s, 0, 0, x->n_strata - 1);
    for (uint32_t i = 0; i < x->n_strata; i++)
        add_windows(x, &s, 0, i, i);
    code = tree_scan(&s.data, x->pool, s.found, e);
    out->n_windows = code ? 0 : count_tests(&s);
    double *sizes = ARENA_ARRAY(x->a, double, x->n_strata);
    if (!code && !sizes)
        code = error_memory(e);
    for (uint32_t i = 0; !code && i <= x->n_strata; i++) {
        const struct tree_scan_found *f = best_of(x, &s, (size_t)i * x->time.n);
        if (!f)
            continue;
        if (i)
            sizes[out->n_subjects++] = (double)s.found[(size_t)i * x->time.n].n;
        struct watch_signal signal = signal_of(x, &s, f);
        signal.area = x->run->root;
        signal.stratum = (int32_t)i - 1;
        code = watch_signal(x, out, &signal, e);
        if (!code && i && signal.p <= look->alarm)
            expect_stratum(x, &s, i - 1);
    }
    say_power(x, out, sizes, code ? 0 : out->n_subjects);
    return code;
}

// --- areas -----------------------------------------------------------------------------

static enum err level_axis(struct watching *x, struct str level, struct axis *out,
                           struct error *e)
{
    return measure_axis(x->m, NULL, level, out, e);
}

enum err watch_areas(struct watching *x, const struct look *look, struct watch_look *out,
                     struct error *e)
{
    struct axis axes[2] = {no_axis, strata_axis(x)};
    struct watch_counts c;
    struct scanned s;
    size_t n_axes = x->w->strata ? 2 : 1;
    enum err code = level_axis(x, look->level, &axes[0], e);
    if (!code)
        code = count_ratio(x, axes, n_axes, &c, e);
    size_t n_areas = code ? 0 : c.figures.axes[0].n;
    if (!code)
        code = scan_open(x, &s, (uint32_t)n_areas, x->n_strata, n_areas * x->time.n, e);
    double *sizes = ARENA_ARRAY(x->a, double, n_areas);
    if (!code && !sizes)
        code = error_memory(e);
    if (code)
        return code;
    fill(&c, s.n_cells, s.n, s.k);
    for (size_t i = 0; i < s.n_cells; i++) {
        s.share[i] = x->reference_share;
        if (x->stratum_share[i / x->time.n % x->n_strata] != x->reference_share)
            s.n[i] = s.k[i] = 0; // raised everywhere: its own signal
    }
    for (uint32_t i = 0; i < n_areas; i++)
        add_windows(x, &s, i, 0, x->n_strata - 1);
    if (n_areas) {
        weigh(&s);
        code = tree_scan(&s.data, x->pool, s.found, e);
    }
    out->n_windows = code ? 0 : count_tests(&s);
    bool shifts = !x->area_look;
    for (uint32_t i = 0; !code && i < n_areas; i++) {
        const struct tree_scan_found *f = best_of(x, &s, (size_t)i * x->time.n);
        if (!f)
            continue;
        const struct tree_scan_found *longest = &s.found[(size_t)i * x->time.n];
        sizes[out->n_subjects++] = (double)longest->n;
        struct watch_signal signal = signal_of(x, &s, f);
        signal.area = c.figures.axes[0].buckets[i].index;
        code = watch_signal(x, out, &signal, e);
        // what an area has above the reference is not held against those who serve it,
        // found or not
        if (shifts && (double)longest->k > longest->expected && longest->k < longest->n)
            x->area_shift[signal.area] =
                log_odds((double)longest->k / (double)longest->n) -
                log_odds(longest->expected / (double)longest->n);
    }
    if (shifts)
        x->area_look = look;
    say_power(x, out, sizes, code ? 0 : out->n_subjects);
    return code;
}

// --- facilities ------------------------------------------------------------------------

enum err watch_facilities(struct watching *x, const struct look *look,
                          struct watch_look *out, struct error *e)
{
    struct axis axes[3] = {{.kind = AXIS_FACILITY}, no_axis, strata_axis(x)};
    struct watch_counts c;
    struct scanned s;
    size_t n_axes = 1;
    enum err code = ERR_OK;
    (void)look;
    if (x->area_look)
        code = level_axis(x, x->area_look->level, &axes[n_axes++], e);
    if (x->w->strata)
        axes[n_axes++] = strata_axis(x);
    if (!code)
        code = count_ratio(x, axes, n_axes, &c, e);
    size_t n = code ? 0 : c.figures.axes[0].n;
    size_t n_places = code || !x->area_look ? 1 : c.figures.axes[1].n;
    size_t n_cells_each = n_places * x->n_strata;
    if (!code)
        code = scan_open(x, &s, (uint32_t)n, (uint32_t)n_cells_each, n * x->time.n, e);
    double *sizes = ARENA_ARRAY(x->a, double, n);
    if (!code && !sizes)
        code = error_memory(e);
    if (code)
        return code;
    fill(&c, s.n_cells, s.n, s.k);
    for (size_t i = 0; i < s.n_cells; i++) {
        size_t stratum = i / x->time.n % x->n_strata;
        size_t place = i / x->time.n / x->n_strata % n_places;
        double shift =
            x->area_look ? x->area_shift[c.figures.axes[1].buckets[place].index] : 0;
        s.share[i] = from_log_odds(log_odds(x->stratum_share[stratum]) + shift);
    }
    for (uint32_t i = 0; i < n; i++)
        add_windows(x, &s, i, 0, (uint32_t)n_cells_each - 1);
    if (n && n_cells_each) {
        weigh(&s);
        code = tree_scan(&s.data, x->pool, s.found, e);
    }
    out->n_windows = code ? 0 : count_tests(&s);
    for (uint32_t i = 0; !code && i < n; i++) {
        const struct tree_scan_found *f = best_of(x, &s, (size_t)i * x->time.n);
        if (!f)
            continue;
        sizes[out->n_subjects++] = (double)s.found[(size_t)i * x->time.n].n;
        struct watch_signal signal = signal_of(x, &s, f);
        signal.facility = c.figures.axes[0].buckets[i].index;
        code = watch_signal(x, out, &signal, e);
    }
    say_power(x, out, sizes, code ? 0 : out->n_subjects);
    return code;
}

// --- two ratios side by side -----------------------------------------------------------

struct four {
    double a, b, c, d; // of[0], of[1], against[0], against[1]
};

// Fisher's exact test, one-sided: the chance of a and more with all margins as they are.
static double fisher(const struct four *t)
{
    if (t->a < 1)
        return 1;
    return gsl_cdf_hypergeometric_Q((unsigned)t->a - 1, (unsigned)(t->a + t->c),
                                    (unsigned)(t->b + t->d), (unsigned)(t->a + t->b));
}

static struct four add_four(struct four a, const struct watch_counts *of,
                            const struct watch_counts *against, size_t at)
{
    return (struct four){a.a + (double)of->first[at], a.b + (double)of->second[at],
                         a.c + (double)against->first[at],
                         a.d + (double)against->second[at]};
}

struct odds { // log odds ratio and its variance, were the two sides independent (Woolf)
    double ratio, variance;
};

static struct odds odds_of(const struct four *t)
{
    double h =
        t->a != 0 && t->b != 0 && t->c != 0 && t->d != 0 ? 0 : 0.5; // Haldane's half
    double a = t->a + h, b = t->b + h, c = t->c + h, d = t->d + h;
    return (struct odds){log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d};
}

static struct watch_signal contrast_signal(const struct four *t, double usual)
{
    struct odds o = odds_of(t);
    double half = normal_quantile(0.975) * sqrt(o.variance);
    return (struct watch_signal){.area = -1,
                                 .facility = -1,
                                 .stratum = -1,
                                 .counted = t->a,
                                 .of_all = t->a + t->b,
                                 .expected = (t->a + t->b) * t->c / (t->c + t->d),
                                 .value = exp(o.ratio),
                                 .low = exp(o.ratio - half),
                                 .high = exp(o.ratio + half),
                                 .against = exp(usual)};
}

enum { LEAST_AREAS = 8 }; // to know how much areas differ among themselves

struct usual {             // how areas differ among themselves in one stretch
    double middle, spread; // spread: of squared distances, over Woolf's variance
    size_t n;
};

static bool has_both(const struct four *t)
{
    return t->a + t->b > 0 && t->c + t->d > 0;
}

// The two sides are often the same children, so that they differ less than independent
// counts would, or are kept in ways that differ more: the other areas say how much.
static struct usual usual_of(const struct four *t, size_t n, double *scratch)
{
    struct usual u = {0};
    for (size_t i = 0; i < n; i++)
        if (has_both(&t[i]))
            scratch[u.n++] = odds_of(&t[i]).ratio;
    u.middle = u.n ? robust_median(scratch, u.n) : 0;
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (has_both(&t[i])) {
            struct odds o = odds_of(&t[i]);
            scratch[k++] = (o.ratio - u.middle) * (o.ratio - u.middle) / o.variance;
        }
    u.spread = k ? fmax(robust_median(scratch, k) / 0.454936, 0.02) : 1;
    return u;
}

// Tail of the distance from the other areas' middle. The spread has as many degrees of
// freedom as a median absolute deviation of normal values leaves: 0.37 of n - 1.
static double unusual_p(const struct usual *u, const struct four *t)
{
    if (u->n < LEAST_AREAS)
        return fisher(t);
    struct odds o = odds_of(t);
    return gsl_cdf_tdist_Q((o.ratio - u->middle) / sqrt(u->spread * o.variance),
                           0.37 * (double)(u->n - 1));
}

static void keep_best(struct watch_signal *best, const struct watching *x,
                      const struct four *t, double p, double usual, uint32_t stretch,
                      int32_t area)
{
    if (p >= best->p)
        return;
    *best = contrast_signal(t, usual);
    best->p = p;
    best->first = x->time.first[stretch];
    best->area = area;
}

// Areas against each other, and the whole (the last of best) against no difference.
static void judge_contrast(const struct watching *x, const struct watch_counts *of,
                           const struct watch_counts *against, struct four *areas,
                           double *scratch, struct watch_signal *best,
                           struct watch_look *out)
{
    size_t n = of->n_groups;
    struct four whole = {0};
    for (uint32_t k = x->time.n; k-- > 0;) { // from the last stretch back
        for (size_t i = 0; i < n; i++) {
            areas[i] = add_four(areas[i], of, against, i * x->time.n + k);
            whole = add_four(whole, of, against, i * x->time.n + k);
        }
        struct usual u = usual_of(areas, n, scratch);
        for (size_t i = 0; i < n; i++) {
            if (!has_both(&areas[i]))
                continue;
            out->n_windows++;
            keep_best(&best[i], x, &areas[i], unusual_p(&u, &areas[i]), u.middle, k,
                      of->figures.axes[0].buckets[i].index);
        }
        if (has_both(&whole)) {
            out->n_windows++;
            keep_best(&best[n], x, &whole, fisher(&whole), 0, k, x->run->root);
        }
    }
}

enum err watch_contrast(struct watching *x, const struct look *look,
                        struct watch_look *out, struct error *e)
{
    struct axis axis;
    struct watch_counts of, against;
    enum err code = level_axis(x, look->level, &axis, e);
    if (!code)
        code = watch_count(x, look->of[0], look->of[1], &axis, 1, &of, e);
    if (!code)
        code = watch_count(x, look->against[0], look->against[1], &axis, 1, &against, e);
    if (!code && of.n_groups != against.n_groups)
        code = error_set(e, ERR_INTERNAL, "watch.groups", NULL,
                         "the two sides of a look have different areas");
    if (code)
        return code;
    size_t n = of.n_groups;
    struct watch_signal *best = ARENA_ARRAY(x->a, struct watch_signal, n + 1);
    struct four *areas = ARENA_ARRAY(x->a, struct four, n);
    double *scratch = ARENA_ARRAY(x->a, double, n);
    if (!best || !areas || !scratch)
        return error_memory(e);
    for (size_t i = 0; i <= n; i++)
        best[i].p = 2;
    judge_contrast(x, &of, &against, areas, scratch, best, out);
    for (size_t i = 0; !code && i <= n; i++) {
        if (best[i].p > 1)
            continue;
        out->n_subjects += i < n;
        best[i].p = watch_least_of(best[i].p, out->n_windows);
        code = watch_signal(x, out, &best[i], e);
    }
    return code;
}
