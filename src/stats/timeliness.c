// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/timeliness.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

static const double LEVEL = 0.95;
static const struct interval unknown = {__builtin_nan(""), __builtin_nan("")};

// Two-sided exact p of `part` boys among `in` drawn from boys and girls: all outcomes
// that are no more likely.
static double fisher(uint64_t part, uint64_t boys, uint64_t girls, uint64_t in)
{
    uint64_t low = in > girls ? in - girls : 0, high = in < boys ? in : boys;
    double own = gsl_ran_hypergeometric_pdf((unsigned)part, (unsigned)boys,
                                            (unsigned)girls, (unsigned)in);
    double p = 0;
    for (uint64_t k = low; k <= high; k++) {
        double other = gsl_ran_hypergeometric_pdf((unsigned)k, (unsigned)boys,
                                                  (unsigned)girls, (unsigned)in);
        if (other <= own * (1 + 1e-7))
            p += other;
    }
    return fmin(1, p);
}

// p that two shares are the same: table {{a, b}, {c, d}}.
static double fourfold_p(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    double n = (double)(a + b + c + d), rows[2] = {(double)(a + b), (double)(c + d)};
    double columns[2] = {(double)(a + c), (double)(b + d)};
    double least = fmin(rows[0], rows[1]) * fmin(columns[0], columns[1]) / n;
    if (!(least > 0))
        return NAN;
    // the loop of the exact test is as long as the smallest margin
    if (least < 50 && n < 4e9)
        return fisher(a, a + c, b + d, a + b);
    double off = (double)a - rows[0] * columns[0] / n;
    return gsl_cdf_chisq_Q(
        off * off * n * n * n / (rows[0] * rows[1] * columns[0] * columns[1]), 1);
}

struct timeliness_part timeliness_compare(uint64_t boys_rest, uint64_t girls_rest,
                                          uint64_t boys_part, uint64_t girls_part)
{
    double cells[4] = {(double)boys_part, (double)girls_part, (double)boys_rest,
                       (double)girls_rest};
    struct timeliness_part out;
    out.ratio[0] = girls_rest ? 100 * cells[2] / cells[3] : NAN;
    out.ratio[1] = girls_part ? 100 * cells[0] / cells[1] : NAN;
    out.range[0] = interval_ratio(cells[2], cells[3], 100, LEVEL);
    out.range[1] = interval_ratio(cells[0], cells[1], 100, LEVEL);
    out.p = fourfold_p(boys_part, girls_part, boys_rest, girls_rest);
    if (isnan(out.p)) { // one sex only, or nothing in a row
        out.odds = NAN;
        out.odds_range = unknown;
        return out;
    }
    double variance = 0;
    bool empty = !boys_part || !girls_part || !boys_rest || !girls_rest;
    for (int i = 0; i < 4; i++) {
        cells[i] += empty ? 0.5 : 0;
        variance += 1 / cells[i];
    }
    out.odds = cells[0] / cells[1] * cells[3] / cells[2];
    double wide = exp(normal_quantile(0.5 + LEVEL / 2) * sqrt(variance));
    out.odds_range = (struct interval){out.odds / wide, out.odds * wide};
    return out;
}

// Newcombe's interval of the difference of two shares from the Wilson interval of each.
static struct interval difference_of(double p, struct interval of_p, double q,
                                     struct interval of_q)
{
    return (struct interval){p - q - hypot(p - of_p.low, of_q.high - q),
                             p - q + hypot(of_p.high - p, q - of_q.low)};
}

static bool counts(const struct timeliness_births *b, size_t i)
{
    return b->sex[i] <= TIMELINESS_GIRL && b->born[i] != DATE_NONE &&
           (b->registered[i] == DATE_NONE || b->registered[i] >= b->born[i]);
}

static bool followed(const struct timeliness_births *b, size_t i,
                     const struct timeliness *out)
{
    return (int64_t)out->as_of - b->born[i] >= out->followed_days;
}

// Counts what is there, and how long births are followed.
static enum err look_over(const struct timeliness_births *b, const int *days,
                          size_t n_days, struct timeliness *out, struct error *e)
{
    uint64_t reach[TIMELINESS_MOST_DAYS] = {0}, registrations = 0;
    out->as_of = b->as_of;
    for (size_t i = 0; i < b->n; i++) {
        out->no_date += b->born[i] == DATE_NONE;
        out->no_sex += b->born[i] != DATE_NONE && b->sex[i] > TIMELINESS_GIRL;
        out->before_birth += b->born[i] != DATE_NONE && b->sex[i] <= TIMELINESS_GIRL &&
                             b->registered[i] != DATE_NONE &&
                             b->registered[i] < b->born[i];
        if (!counts(b, i))
            continue;
        out->births[b->sex[i]]++;
        out->unregistered[b->sex[i]] += b->registered[i] == DATE_NONE;
        registrations += b->registered[i] != DATE_NONE;
        if (b->as_of == DATE_NONE && b->registered[i] > out->as_of)
            out->as_of = b->registered[i];
    }
    if (!registrations) {
        error_set(e, ERR_INPUT, "timeliness.none", NULL,
                  "no birth has a date of birth, a sex and a date of registration that "
                  "is not before it");
        return error_cure(e, "name the columns of both dates and of the sex");
    }
    for (int sex = TIMELINESS_BOY; sex <= TIMELINESS_GIRL; sex++)
        if (!out->births[sex]) {
            error_set(e, ERR_INPUT, "timeliness.sex", NULL,
                      "no %s has both dates: there is nothing to compare with",
                      sex == TIMELINESS_BOY ? "boy" : "girl");
            return error_cure(e, "check the column of the sex");
        }
    for (size_t i = 0; i < b->n; i++)
        for (size_t d = 0; d < n_days && counts(b, i); d++)
            reach[d] += (int64_t)out->as_of - b->born[i] >= days[d];
    for (size_t d = 0; d < n_days; d++)
        if (d == 0 || 2 * reach[d] >= out->births[0] + out->births[1])
            out->followed_days = days[d];
    return ERR_OK;
}

static void fill_at(struct timeliness_at *at)
{
    for (int sex = 0; sex < 2; sex++) {
        double n = (double)at->all[sex], late = n - (double)at->in[sex];
        at->late[sex] = n > 0 ? late / n : NAN;
        at->late_range[sex] = interval_wilson(late, n, LEVEL);
    }
    at->difference = at->late[1] - at->late[0];
    at->difference_range =
        difference_of(at->late[1], at->late_range[1], at->late[0], at->late_range[0]);
    at->p =
        fourfold_p(at->all[1] - at->in[1], at->in[1], at->all[0] - at->in[0], at->in[0]);
    at->ratio = at->in[1] ? 100 * (double)at->in[0] / (double)at->in[1] : NAN;
    at->ratio_range = interval_ratio((double)at->in[0], (double)at->in[1], 100, LEVEL);
}

static void by_days(const struct timeliness_births *b, const int *days, size_t n_days,
                    struct timeliness *out)
{
    uint64_t all[2] = {0};
    for (size_t d = 0; d < n_days; d++)
        if (days[d] <= out->followed_days)
            out->at[out->n_at++].days = days[d];
    for (size_t i = 0; i < b->n; i++) {
        if (!counts(b, i) || !followed(b, i, out))
            continue;
        all[b->sex[i]]++;
        for (size_t d = 0; d < out->n_at; d++)
            out->at[d].in[b->sex[i]] += b->registered[i] != DATE_NONE &&
                                        b->registered[i] - b->born[i] <= out->at[d].days;
    }
    for (size_t d = 0; d < out->n_at; d++) {
        out->at[d].all[0] = all[0];
        out->at[d].all[1] = all[1];
        fill_at(&out->at[d]);
    }
    out->ratio = all[1] ? 100 * (double)all[0] / (double)all[1] : NAN;
    out->ratio_range = interval_ratio((double)all[0], (double)all[1], 100, LEVEL);
}

// Births by sex and delay: registered on that day, or known to wait at least so long.
struct delay {
    uint64_t in[2], waiting[2];
};

static void log_rank(struct timeliness *out, const struct delay *delays, size_t n)
{
    double at_risk[2] = {0}, left[2] = {1, 1}, off = 0, variance = 0;
    for (size_t d = 0; d < n; d++)
        for (int sex = 0; sex < 2; sex++)
            at_risk[sex] += (double)(delays[d].in[sex] + delays[d].waiting[sex]);
    for (size_t d = 0; d < n; d++) {
        double in = (double)(delays[d].in[0] + delays[d].in[1]);
        double risk = at_risk[0] + at_risk[1];
        if (in > 0) {
            double girls = at_risk[1] / risk;
            off += (double)delays[d].in[1] - in * girls;
            if (risk > 1)
                variance += in * girls * (1 - girls) * (risk - in) / (risk - 1);
        }
        for (int sex = 0; sex < 2; sex++) {
            if (at_risk[sex] > 0)
                left[sex] *= 1 - (double)delays[d].in[sex] / at_risk[sex];
            if (isnan(out->median[sex]) && left[sex] <= 0.5)
                out->median[sex] = (double)d;
            // what rounding leaves of a tenth
            if (isnan(out->nine_tenths[sex]) && left[sex] <= 0.1 + 1e-12)
                out->nine_tenths[sex] = (double)d;
            at_risk[sex] -= (double)(delays[d].in[sex] + delays[d].waiting[sex]);
        }
    }
    if (!(variance > 0))
        return;
    double z = normal_quantile(0.5 + LEVEL / 2) / sqrt(variance);
    out->log_rank = off * off / variance;
    out->p = gsl_cdf_chisq_Q(out->log_rank, 1);
    out->pace = exp(off / variance);
    out->pace_range = (struct interval){out->pace * exp(-z), out->pace * exp(z)};
}

static int64_t waited(const struct timeliness_births *b, size_t i, int32_t as_of)
{
    int64_t until = b->registered[i] == DATE_NONE ? as_of : b->registered[i];
    return until < b->born[i] ? 0 : until - b->born[i];
}

enum err timeliness_run(const struct timeliness_births *births, const int *days,
                        size_t n_days, struct arena *a, struct timeliness *out,
                        struct error *e)
{
    *out = (struct timeliness){.median = {NAN, NAN},
                               .nine_tenths = {NAN, NAN},
                               .log_rank = NAN,
                               .p = NAN,
                               .pace = NAN,
                               .pace_range = unknown};
    enum err code = look_over(births, days, n_days, out, e);
    if (code)
        return code;
    by_days(births, days, n_days, out);
    bool all_in = !out->unregistered[0] && !out->unregistered[1];
    int64_t longest = 0;
    for (size_t i = 0; i < births->n; i++)
        if (counts(births, i) && waited(births, i, out->as_of) > longest)
            longest = waited(births, i, out->as_of);
    struct delay *delays = ARENA_ARRAY(a, struct delay, (size_t)longest + 1);
    if (!delays)
        return error_memory(e);
    for (size_t i = 0; i < births->n; i++) {
        if (!counts(births, i) || (all_in && !followed(births, i, out)))
            continue;
        struct delay *delay = &delays[waited(births, i, out->as_of)];
        if (births->registered[i] == DATE_NONE)
            delay->waiting[births->sex[i]]++;
        else
            delay->in[births->sex[i]]++;
    }
    log_rank(out, delays, (size_t)longest + 1);
    return ERR_OK;
}
