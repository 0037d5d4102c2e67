// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/fabrication.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_bessel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_PERIODS = 6, LEAST_MEAN = 5, LEAST_BIRTHS = 10, LEAST_ROUND = 8 };
enum { LEAST_SAME = 3, LEAST_VALUES = 30 };

static enum err add(struct fabrication *out, struct arena *a,
                    struct fabrication_signal signal, struct error *e)
{
    if (out->n == out->capacity) {
        size_t capacity = out->capacity ? 2 * out->capacity : 256;
        struct fabrication_signal *more =
            ARENA_ARRAY(a, struct fabrication_signal, capacity);
        if (!more)
            return error_memory(e);
        if (out->n)
            memcpy(more, out->signals, out->n * sizeof *more);
        out->signals = more;
        out->capacity = capacity;
    }
    signal.p = fmin(1, signal.p);
    signal.q = NAN;
    out->tested[signal.sign]++;
    out->signals[out->n++] = signal;
    return ERR_OK;
}

// P(at least k) of a binomial and of a Poisson number.
static double binomial_tail(uint64_t k, uint64_t n, double p)
{
    return k == 0 ? 1 : gsl_cdf_beta_P(p, (double)k, (double)(n - k) + 1);
}

static double poisson_tail(uint64_t k, double mean)
{
    return k == 0 ? 1 : gsl_cdf_gamma_P(mean, (double)k, 1);
}

// What the tests of one facility share.
struct bench {
    const struct fabrication_counts *c;
    double *all;      // [period] births of all facilities
    double *expected; // [facility][period] births, as the others' spread over periods
};

static double boys_of(const struct fabrication_counts *c, uint32_t f, uint32_t t)
{
    return c->boys[(size_t)f * c->n_periods + t];
}

static double girls_of(const struct fabrication_counts *c, uint32_t f, uint32_t t)
{
    return c->girls ? c->girls[(size_t)f * c->n_periods + t] : 0;
}

static double births_of(const struct fabrication_counts *c, uint32_t f, uint32_t t)
{
    return boys_of(c, f, t) + girls_of(c, f, t);
}

// Spreads the facility's births over its periods as those of all the others; evenly when
// there are no others.
static void expect(const struct bench *b, uint32_t f)
{
    const struct fabrication_counts *c = b->c;
    double own = 0, others = 0;
    uint32_t periods = 0;
    for (uint32_t t = 0; t < c->n_periods; t++)
        if (!isnan(births_of(c, f, t))) {
            own += births_of(c, f, t);
            others += b->all[t] - births_of(c, f, t);
            periods++;
        }
    for (uint32_t t = 0; t < c->n_periods; t++) {
        double births = births_of(c, f, t);
        b->expected[(size_t)f * c->n_periods + t] =
            isnan(births) ? NAN
            : others > 0  ? own * (b->all[t] - births) / others
                          : own / periods;
    }
}

static enum err even_counts(const struct bench *b, uint32_t f, struct arena *a,
                            struct fabrication *out, struct error *e)
{
    const struct fabrication_counts *c = b->c;
    const double *expected = b->expected + (size_t)f * c->n_periods;
    double spread = 0, total = 0;
    uint64_t n = 0;
    for (uint32_t t = 0; t < c->n_periods; t++)
        if (expected[t] > 0) { // not a gap
            double off = births_of(c, f, t) - expected[t];
            spread += off * off / expected[t];
            total += expected[t];
            n++;
        }
    if (n < LEAST_PERIODS || total < LEAST_MEAN * (double)n)
        return ERR_OK;
    struct fabrication_signal s = {.facility = f,
                                   .sign = FABRICATION_EVEN_COUNTS,
                                   .n = n,
                                   .found = spread / (double)(n - 1),
                                   .expected = 1,
                                   .p = gsl_cdf_chisq_P(spread, (double)(n - 1))};
    return add(out, a, s, e);
}

static enum err even_ratio(const struct bench *b, uint32_t f, struct arena *a,
                           struct fabrication *out, struct error *e)
{
    const struct fabrication_counts *c = b->c;
    double boys = 0, births = 0, spread = 0;
    uint64_t n = 0;
    for (uint32_t t = 0; c->girls && t < c->n_periods; t++)
        if (births_of(c, f, t) >= LEAST_BIRTHS) {
            boys += boys_of(c, f, t);
            births += births_of(c, f, t);
            n++;
        }
    if (n < LEAST_PERIODS || !(boys > 0) || !(boys < births))
        return ERR_OK;
    double share = boys / births;
    for (uint32_t t = 0; t < c->n_periods; t++)
        if (births_of(c, f, t) >= LEAST_BIRTHS) {
            double of = births_of(c, f, t), off = boys_of(c, f, t) - of * share;
            spread += off * off / (of * share * (1 - share));
        }
    struct fabrication_signal s = {.facility = f,
                                   .sign = FABRICATION_EVEN_RATIO,
                                   .n = n,
                                   .found = spread / (double)(n - 1),
                                   .expected = 1,
                                   .p = gsl_cdf_chisq_P(spread, (double)(n - 1))};
    return add(out, a, s, e);
}

// Share of multiples of 5 among the Poisson numbers of this mean that are at least 10.
static double round_share(double mean)
{
    double low = LEAST_BIRTHS, sd = sqrt(mean), round = 0, all = 0;
    if (mean > 400)
        return 0.2;
    for (double k = low; k <= mean + 9 * sd + 20; k++) {
        double p = gsl_ran_poisson_pdf((unsigned)k, mean);
        all += p;
        round += fmod(k, 5) == 0 ? p : 0;
    }
    return all > 1e-12 ? round / all : 0.2;
}

static enum err round_counts(const struct bench *b, uint32_t f, struct arena *a,
                             struct fabrication *out, struct error *e)
{
    const struct fabrication_counts *c = b->c;
    uint64_t n = 0, found = 0;
    double expected = 0, boys = 0, births = 0;
    for (uint32_t t = 0; t < c->n_periods; t++)
        if (!isnan(births_of(c, f, t))) {
            boys += boys_of(c, f, t);
            births += births_of(c, f, t);
        }
    for (uint32_t t = 0; t < c->n_periods; t++)
        for (int sex = 0; sex < (c->girls ? 2 : 1); sex++) {
            double count = sex ? girls_of(c, f, t) : boys_of(c, f, t);
            double share = sex ? 1 - boys / births : boys / births;
            if (!(count >= LEAST_BIRTHS))
                continue;
            n++;
            found += fmod(count, 5) == 0;
            expected += round_share(share * b->expected[(size_t)f * c->n_periods + t]);
        }
    if (n < LEAST_ROUND)
        return ERR_OK;
    struct fabrication_signal s = {.facility = f,
                                   .sign = FABRICATION_ROUND,
                                   .n = n,
                                   .found = (double)found,
                                   .expected = expected,
                                   .p = binomial_tail(found, n, expected / (double)n)};
    return add(out, a, s, e);
}

// Chance that two Poisson numbers are the same.
static double equal_by_chance(double mean, double other)
{
    double between = 2 * sqrt(mean * other);
    // I0 is scaled by exp(-between)
    return exp(between - mean - other) * gsl_sf_bessel_I0_scaled(between);
}

struct match {
    uint64_t n, found;
    double expected;
};

// Periods of facility f that have the numbers of facility g so many periods before. With
// `fully` the expectation is added up; it costs most.
static struct match compare(const struct bench *b, uint32_t f, uint32_t g, uint32_t lag,
                            bool fully)
{
    const struct fabrication_counts *c = b->c;
    struct match m = {0, 0, 0};
    for (uint32_t t = lag; t < c->n_periods; t++) {
        double births = births_of(c, f, t), before = births_of(c, g, t - lag);
        if (!(births >= LEAST_MEAN) || !(before >= LEAST_MEAN))
            continue;
        m.n++;
        m.found += births == before && boys_of(c, f, t) == boys_of(c, g, t - lag);
        if (!fully)
            continue;
        double mean = b->expected[(size_t)f * c->n_periods + t];
        double other = b->expected[(size_t)g * c->n_periods + t - lag];
        // half of the births are boys: near enough for a chance
        m.expected += c->girls ? equal_by_chance(mean / 2, other / 2) *
                                     equal_by_chance(mean / 2, other / 2)
                               : equal_by_chance(mean, other);
    }
    return m;
}

static enum err same_before(const struct bench *b, uint32_t f, struct arena *a,
                            struct fabrication *out, struct error *e)
{
    struct fabrication_signal best = {
        .facility = f, .sign = FABRICATION_SAME_BEFORE, .p = 2};
    double lags = 0;
    for (uint32_t lag = 1; lag < b->c->n_periods; lag++) {
        struct match m = compare(b, f, f, lag, false);
        if (m.n < LEAST_SAME)
            continue;
        lags++;
        if (lags > 1 && m.found < LEAST_SAME)
            continue;
        m = compare(b, f, f, lag, true);
        double p = poisson_tail(m.found, m.expected);
        if (p < best.p) {
            best.p = p;
            best.other = lag;
            best.n = m.n;
            best.found = (double)m.found;
            best.expected = m.expected;
        }
    }
    if (lags < 1)
        return ERR_OK;
    best.p *= lags;
    return add(out, a, best, e);
}

// Each pair once; the better of the two facilities' tests is kept for both.
static enum err same_other(const struct bench *b, struct arena *a,
                           struct fabrication *out, struct error *e)
{
    uint32_t n = b->c->n_facilities;
    struct fabrication_signal *best = ARENA_ARRAY(a, struct fabrication_signal, n);
    double *others = ARENA_ARRAY(a, double, n);
    if (!best || !others)
        return error_memory(e);
    for (uint32_t f = 0; f < n; f++)
        best[f] = (struct fabrication_signal){
            .facility = f, .sign = FABRICATION_SAME_OTHER, .p = 1};
    for (uint32_t f = 0; f < n; f++)
        for (uint32_t g = f + 1; g < n; g++) {
            struct match m = compare(b, f, g, 0, false);
            if (m.n < LEAST_SAME)
                continue;
            others[f]++;
            others[g]++;
            if (m.found < LEAST_SAME)
                continue;
            m = compare(b, f, g, 0, true);
            double p = poisson_tail(m.found, m.expected);
            for (int side = 0; side < 2; side++) {
                struct fabrication_signal *s = &best[side ? g : f];
                if (p < s->p) {
                    s->p = p;
                    s->other = side ? f : g;
                    s->n = m.n;
                    s->found = (double)m.found;
                    s->expected = m.expected;
                }
            }
        }
    for (uint32_t f = 0; f < n; f++) {
        if (!(others[f] > 0))
            continue;
        if (best[f].p < 1)
            best[f].p *= others[f];
        enum err code = add(out, a, best[f], e);
        if (code)
            return code;
    }
    return ERR_OK;
}

enum err fabrication_of_counts(const struct fabrication_counts *c, struct arena *a,
                               struct fabrication *out, struct error *e)
{
    struct bench b = {.c = c};
    b.all = ARENA_ARRAY(a, double, c->n_periods);
    b.expected = ARENA_ARRAY(a, double, (size_t)c->n_facilities * c->n_periods);
    if (!b.all || !b.expected)
        return error_memory(e);
    for (uint32_t f = 0; f < c->n_facilities; f++)
        for (uint32_t t = 0; t < c->n_periods; t++)
            if (!isnan(births_of(c, f, t)))
                b.all[t] += births_of(c, f, t);
    for (uint32_t f = 0; f < c->n_facilities; f++)
        expect(&b, f);
    enum err code = ERR_OK;
    for (uint32_t f = 0; f < c->n_facilities && !code; f++) {
        code = even_counts(&b, f, a, out, e);
        if (!code)
            code = even_ratio(&b, f, a, out, e);
        if (!code)
            code = round_counts(&b, f, a, out, e);
        if (!code)
            code = same_before(&b, f, a, out, e);
    }
    return code ? code : same_other(&b, a, out, e);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Values of one facility, in the order of the file; sorts them.
static enum err values_of_one(double *v, size_t n, uint32_t facility, struct arena *a,
                              struct fabrication *out, struct error *e)
{
    uint64_t found = 0;
    double pairs = 0;
    if (n < LEAST_VALUES)
        return ERR_OK;
    for (size_t i = 1; i < n; i++)
        found += v[i] == v[i - 1];
    qsort(v, n, sizeof *v, ascending);
    for (size_t i = 0, from = 0; i <= n; i++)
        if (i == n || v[i] != v[from]) {
            pairs += (double)(i - from) * (double)(i - from - 1);
            from = i;
        }
    // each neighbouring two are any two of the values: (n - 1) x pairs / (n (n - 1))
    double expected = pairs / (double)n;
    struct fabrication_signal s = {.facility = facility,
                                   .sign = FABRICATION_REPEATED,
                                   .n = n,
                                   .found = (double)found,
                                   .expected = expected,
                                   .p = poisson_tail(found, expected)};
    return add(out, a, s, e);
}

enum err fabrication_of_values(const double *values, const uint32_t *facility, size_t n,
                               uint32_t n_facilities, double step, struct arena *a,
                               struct fabrication *out, struct error *e)
{
    size_t *start = ARENA_ARRAY(a, size_t, (size_t)n_facilities + 2);
    uint64_t *round = ARENA_ARRAY(a, uint64_t, n_facilities);
    double *sorted = ARENA_ARRAY(a, double, n);
    if (!start || !round || !sorted)
        return error_memory(e);
    uint64_t all = 0, all_round = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(values[i]))
            continue;
        bool whole = step > 0 && fmod(values[i], step) == 0;
        start[facility[i] + 2]++;
        round[facility[i]] += whole;
        all_round += whole;
        all++;
    }
    for (uint32_t f = 0; f < n_facilities; f++)
        start[f + 2] += start[f + 1];
    for (size_t i = 0; i < n; i++) // keeps the order of the file
        if (!isnan(values[i]))
            sorted[start[facility[i] + 1]++] = values[i];
    for (uint32_t f = 0; f < n_facilities; f++) {
        size_t own = start[f + 1] - start[f];
        enum err code = values_of_one(sorted + start[f], own, f, a, out, e);
        if (code)
            return code;
        uint64_t others = all - own, others_round = all_round - round[f];
        if (step > 0 && own >= LEAST_VALUES && others >= LEAST_VALUES) {
            double share = ((double)others_round + 0.5) / ((double)others + 1);
            struct fabrication_signal s = {.facility = f,
                                           .sign = FABRICATION_ROUND_VALUES,
                                           .n = own,
                                           .found = (double)round[f],
                                           .expected = share * (double)own,
                                           .p = binomial_tail(round[f], own, share)};
            code = add(out, a, s, e);
            if (code)
                return code;
        }
    }
    return ERR_OK;
}

static int by_p(const void *a, const void *b)
{
    const struct fabrication_signal *x = a, *y = b;
    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    if (x->facility != y->facility)
        return x->facility < y->facility ? -1 : 1;
    return (x->sign > y->sign) - (x->sign < y->sign);
}

enum err fabrication_of_days(const double *days, const uint32_t *facility, size_t n,
                             uint32_t n_facilities, struct arena *a,
                             struct fabrication *out, struct error *e)
{
    uint64_t *own = ARENA_ARRAY(a, uint64_t, n_facilities), all = 0, all_round = 0;
    uint64_t *round = ARENA_ARRAY(a, uint64_t, n_facilities);
    if (!own || !round)
        return error_memory(e);
    for (size_t i = 0; i < n; i++) {
        bool on_round_day = days[i] == 1 || fmod(days[i], 5) == 0;
        if (isnan(days[i]))
            continue;
        own[facility[i]]++;
        round[facility[i]] += on_round_day;
        all_round += on_round_day;
        all++;
    }
    for (uint32_t f = 0; f < n_facilities; f++) {
        uint64_t others = all - own[f];
        if (own[f] < LEAST_VALUES || others < LEAST_VALUES)
            continue;
        double share = ((double)(all_round - round[f]) + 0.5) / ((double)others + 1);
        struct fabrication_signal s = {.facility = f,
                                       .sign = FABRICATION_ROUND_DAYS,
                                       .n = own[f],
                                       .found = (double)round[f],
                                       .expected = share * (double)own[f],
                                       .p = binomial_tail(round[f], own[f], share)};
        enum err code = add(out, a, s, e);
        if (code)
            return code;
    }
    return ERR_OK;
}

void fabrication_adjust(struct fabrication *f)
{
    if (!f->n)
        return;
    qsort(f->signals, f->n, sizeof *f->signals, by_p);
    double q = 1;
    for (size_t i = f->n; i-- > 0;) {
        q = fmin(q, f->signals[i].p * (double)f->n / (double)(i + 1));
        f->signals[i].q = q;
    }
}
