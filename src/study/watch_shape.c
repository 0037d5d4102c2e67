// SPDX-License-Identifier: AGPL-3.0-or-later
// Looks at the shape of what facilities write: values that are too round, and reports
// that are too even. Either may have a plain reason; a signal says where to look.
#include "study/watch_private.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "stats/interval.h"
#include "stats/robust.h"

enum {
    LEAST_ROWS = 20,     // of a facility, to speak of the share of round values
    LEAST_REPORTS = 8,   // to speak of how they vary
    LEAST_MEAN = 1,      // of such reports
    LEAST_FACILITIES = 5 // to know how much they differ among themselves
};

// --- round values ----------------------------------------------------------------------

struct round_counts { // [facility][stretch]
    int64_t *all, *round;
};

static bool is_round(const struct look *look, int64_t value)
{
    if (look->field->type != TYPE_DATE)
        return value % look->round_to == 0;
    int year, month, day;
    date_to_ymd((int32_t)value, &year, &month, &day);
    return day == 1 || day % look->round_to == 0;
}

// Rows that count: current, of the stretches and the root, with a facility and a value.
static void count_rows(const struct watching *x, const struct look *look,
                       const struct cube_view *v, size_t from, size_t n,
                       const uint8_t *keep, struct round_counts *out)
{
    const struct reg *r = look->reg;
    const struct column *c = v->batch.columns;
    const struct places *places = x->m->county->places;
    for (size_t i = 0; i < n; i++) {
        size_t row = from + i;
        int64_t facility = cube_int(&c[r->facility->index], row);
        int64_t value = cube_int(&c[look->field->index], row);
        int64_t day = cube_int(&c[FIELD_DATE], row);
        if (!keep[i] || facility < 0 || value == INT64_MIN || day < x->time.first[0] ||
            day > x->time.last || cube_int(&c[FIELD_STATE], row) != 0)
            continue;
        if (x->run->root >= 0) {
            int64_t area = cube_int(&c[FIELD_AREA], row);
            if (area < 0 || !places_within(places, (int32_t)area, x->run->root))
                continue;
        }
        bool round = is_round(look, value);
        for (uint32_t t = 0; t < x->time.n && day >= x->time.first[t]; t++) {
            out->all[(size_t)facility * x->time.n + t]++;
            out->round[(size_t)facility * x->time.n + t] += round;
        }
    }
}

static enum err count_round(const struct watching *x, const struct look *look,
                            struct round_counts *out, struct error *e)
{
    struct cube_view v;
    struct expr_scratch *scratch = expr_scratch_open();
    enum err code =
        scratch ? cube_view_begin(x->m->cube, look->reg, &v, e) : error_memory(e);
    if (!code) {
        for (size_t from = 0; from < v.batch.n_rows; from += EXPR_BLOCK) {
            uint8_t keep[EXPR_BLOCK];
            size_t n = v.batch.n_rows - from;
            n = n < EXPR_BLOCK ? n : EXPR_BLOCK;
            memset(keep, 1, sizeof keep);
            if (look->where)
                expr_select(look->where, &v.batch, from, n, keep, scratch);
            count_rows(x, look, &v, from, n, keep, out);
        }
        cube_view_end(x->m->cube, look->reg);
    }
    expr_scratch_close(scratch);
    return code;
}

struct usual {            // what facilities do in one stretch
    double share, spread; // spread: variance over that of chance, at least 1
    double all, round;    // of those that are not far out, together
    size_t n;
};

static double distance(const struct usual *u, double all, double round)
{
    return (round - all * u->share) / sqrt(all * u->share * (1 - u->share));
}

enum { FAR_OUT = 4 }; // spreads from the middle: not what the others are held against

// The share of the middle facility, and how far facilities are from it by more than
// chance: the median of squared distances, over that of a chi-square of one degree.
static struct usual usual_of(const struct watching *x, const struct round_counts *c,
                             size_t n_facilities, uint32_t stretch, double *scratch)
{
    struct usual u = {.share = NAN, .spread = 1};
    for (size_t i = 0; i < n_facilities; i++) {
        size_t at = i * x->time.n + stretch;
        if (c->all[at] >= LEAST_ROWS)
            scratch[u.n++] = ((double)c->round[at] + 0.5) / ((double)c->all[at] + 1);
    }
    if (u.n < LEAST_FACILITIES)
        return u;
    u.share = robust_median(scratch, u.n);
    size_t n = 0;
    for (size_t i = 0; i < n_facilities; i++) {
        size_t at = i * x->time.n + stretch;
        double far = distance(&u, (double)c->all[at], (double)c->round[at]);
        if (c->all[at] >= LEAST_ROWS)
            scratch[n++] = far * far;
    }
    u.spread = fmax(1, robust_median(scratch, n) / 0.454936);
    for (size_t i = 0; i < n_facilities; i++) {
        size_t at = i * x->time.n + stretch;
        double all = (double)c->all[at], round = (double)c->round[at];
        if (all < LEAST_ROWS || fabs(distance(&u, all, round)) > FAR_OUT * sqrt(u.spread))
            continue;
        u.all += all;
        u.round += round;
    }
    return u;
}

// One facility against the others together, both with their chance. Where facilities
// differ no more than chance makes them: Fisher's exact test.
static double round_p(const struct usual *u, double all, double round, double *against)
{
    double others = u->all, theirs = u->round;
    if (fabs(distance(u, all, round)) <= FAR_OUT * sqrt(u->spread)) {
        others -= all; // it is one of them
        theirs -= round;
    }
    if (!(others > 0))
        return 1;
    *against = theirs / others;
    if (round <= all * *against)
        return 1;
    double share = (round + theirs) / (all + others);
    if (u->spread > 1)
        return gsl_cdf_ugaussian_Q(
            (round / all - *against) /
            sqrt(u->spread * share * (1 - share) * (1 / all + 1 / others)));
    return gsl_cdf_hypergeometric_Q((unsigned)round - 1, (unsigned)(round + theirs),
                                    (unsigned)(all + others - round - theirs),
                                    (unsigned)all);
}

static enum err judge_round(struct watching *x, const struct round_counts *c,
                            size_t n_facilities, struct watch_look *out, struct error *e)
{
    struct watch_signal *best = ARENA_ARRAY(x->a, struct watch_signal, n_facilities + 1);
    double *scratch = ARENA_ARRAY(x->a, double, n_facilities + 1);
    if (!best || !scratch)
        return error_memory(e);
    for (size_t i = 0; i < n_facilities; i++)
        best[i].p = 2;
    for (uint32_t t = 0; t < x->time.n; t++) {
        struct usual u = usual_of(x, c, n_facilities, t, scratch);
        for (size_t i = 0; u.n >= LEAST_FACILITIES && i < n_facilities; i++) {
            double all = (double)c->all[i * x->time.n + t];
            double round = (double)c->round[i * x->time.n + t];
            if (all < LEAST_ROWS)
                continue;
            double against = u.share, p = round_p(&u, all, round, &against);
            struct interval interval = interval_wilson(round, all, 0.95);
            out->n_windows++;
            if (p >= best[i].p)
                continue;
            best[i] = (struct watch_signal){.area = -1,
                                            .facility = (int32_t)i,
                                            .stratum = -1,
                                            .first = x->time.first[t],
                                            .counted = round,
                                            .of_all = all,
                                            .expected = all * against,
                                            .value = 100 * round / all,
                                            .low = 100 * interval.low,
                                            .high = 100 * interval.high,
                                            .against = 100 * against,
                                            .p = p};
        }
    }
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < n_facilities; i++) {
        if (best[i].p > 1)
            continue;
        out->n_subjects++;
        best[i].p = watch_least_of(best[i].p, out->n_windows);
        code = watch_signal(x, out, &best[i], e);
    }
    return code;
}

enum err watch_round(struct watching *x, const struct look *look, struct watch_look *out,
                     struct error *e)
{
    size_t n = x->m->county->places->n_facilities;
    struct round_counts c = {ARENA_ARRAY(x->a, int64_t, n * x->time.n + 1),
                             ARENA_ARRAY(x->a, int64_t, n * x->time.n + 1)};
    if (!c.all || !c.round)
        return error_memory(e);
    if (!access_shows_count(x->m->who, look->reg->purpose, 1))
        return watch_suppressed(e);
    enum err code = count_round(x, look, &c, e);
    return code ? code : judge_round(x, &c, n, out, e);
}

// --- even reports ----------------------------------------------------------------------

struct reports {
    double n, sum, squares;
    int32_t first; // day of the first
};

// How the sum of squared distances from the mean, over the mean, falls below what counts
// that come by chance have (Fisher's index of dispersion; Hoel 1943).
static double even_p(const struct reports *r, double *dispersion)
{
    double mean = r->sum / r->n;
    double index = fmax(0, r->squares - r->n * mean * mean) / mean;
    *dispersion = index / (r->n - 1);
    return gsl_cdf_chisq_P(index, r->n - 1);
}

enum err watch_even(struct watching *x, const struct look *look, struct watch_look *out,
                    struct error *e)
{
    const struct axis axes[2] = {{.kind = AXIS_FACILITY},
                                 {.kind = AXIS_PERIOD, .period = look->every}};
    struct measure_scope scope = {
        .period = x->time.range, .root = x->run->root, .axes = axes, .n_axes = 2};
    struct figures f;
    enum err code = measure_expression(x->m, x->a, look->value, &scope, &f, e);
    if (code)
        return code;
    size_t n = f.axes[0].n, n_times = f.axes[1].n;
    struct watch_signal *found = ARENA_ARRAY(x->a, struct watch_signal, n + 1);
    if (!found)
        return error_memory(e);
    for (size_t i = 0; i < n; i++) {
        struct reports r = {.first = DATE_NONE};
        for (size_t t = 0; t < n_times; t++) {
            const struct figure *one = &f.list[i * n_times + t];
            if (one->state != FIGURE_OK || isnan(one->numerator))
                continue;
            if (r.first == DATE_NONE)
                r.first = f.axes[1].buckets[t].period.first;
            r.n++;
            r.sum += one->numerator;
            r.squares += one->numerator * one->numerator;
        }
        found[i].p = 2;
        if (r.n < LEAST_REPORTS || r.sum < LEAST_MEAN * r.n)
            continue;
        double dispersion;
        double p = even_p(&r, &dispersion);
        out->n_windows++;
        out->n_subjects++;
        found[i] = (struct watch_signal){
            .area = -1,
            .facility = f.axes[0].buckets[i].index,
            .stratum = -1,
            .first = r.first,
            .counted = r.n,
            .of_all = r.sum,
            .expected = r.sum / r.n,
            .value = dispersion,
            .low = dispersion * (r.n - 1) / gsl_cdf_chisq_Pinv(0.975, r.n - 1),
            .high = dispersion * (r.n - 1) / gsl_cdf_chisq_Pinv(0.025, r.n - 1),
            .against = 1,
            .p = p};
    }
    for (size_t i = 0; !code && i < n; i++) {
        if (found[i].p > 1)
            continue;
        found[i].p = watch_least_of(found[i].p, out->n_windows);
        code = watch_signal(x, out, &found[i], e);
    }
    return code;
}
