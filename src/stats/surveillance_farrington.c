// SPDX-License-Identifier: AGPL-3.0-or-later
// Farrington's method, original and flexible.
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "base/date.h"
#include "stats/interval.h"
#include "stats/surveillance_private.h"

enum { MOST_YEARS = 32 };

size_t surveillance_farrington_scratch(const struct surveillance_options *o, size_t n)
{
    return n + surveillance_glm_scratch(n, (size_t)o->blocks + 1);
}

// The period whose first day is nearest to this one; n when none is within half a step.
static size_t nearest_period(const struct surveillance_series *s, int32_t day)
{
    size_t low = 0, high = s->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->days[middle] < day)
            low = middle + 1;
        else
            high = middle;
    }
    if (low > 0 && (low == s->n || day - s->days[low - 1] < s->days[low] - day))
        low--;
    int32_t step = s->days[1] - s->days[0];
    int32_t off = s->days[low] - day;
    return 2 * (off < 0 ? -off : off) <= step ? low : s->n;
}

// The same time of the year so many years before; n when the series does not have it.
static size_t years_before(const struct surveillance_series *s, size_t at, unsigned years)
{
    if (!s->days || s->n < 2) {
        size_t back = (size_t)years * s->season;
        return back <= at ? at - back : s->n;
    }
    int year, month, day;
    int32_t then;
    date_to_ymd(s->days[at], &year, &month, &day);
    year -= (int)years;
    if (!date_from_ymd(year, month, day, &then) && !date_from_ymd(year, 3, 1, &then))
        return s->n; // 29 February counts as 1 March
    return then < s->days[0] ? s->n : nearest_period(s, then);
}

// Which block of the year each period of the past belongs to; 0: not in the past. The
// windows around this time of the year are block o->blocks.
static enum surveillance_state mark_blocks(const struct surveillance_series *s,
                                           const struct surveillance_options *o,
                                           size_t at, double *block)
{
    size_t w = o->half_window, later = at;
    for (size_t i = 0; i <= at; i++)
        block[i] = i + w >= at ? o->blocks : 0;
    for (unsigned year = 1; year <= o->years; year++) {
        size_t same = years_before(s, at, year);
        if (same == s->n || same < w)
            return SURVEILLANCE_SHORT;
        for (size_t i = same - w; i <= same + w && i <= at; i++)
            block[i] = o->blocks;
        if (o->blocks > 1) {
            size_t parts = o->blocks - 1, at_part = same + w + 1;
            if (later < same + 2 * w + 1 || later - same - 2 * w - 1 < parts)
                return SURVEILLANCE_NO_FIT; // more blocks than periods
            size_t between = later - same - 2 * w - 1;
            for (size_t part = 0; part < parts; part++) {
                size_t length = between / parts + (part < between % parts);
                for (size_t i = 0; i < length; i++)
                    block[at_part++] = (double)part + 1;
            }
        }
        later = same;
    }
    for (size_t back = 0; back <= o->leave_out && back <= at; back++)
        block[at - back] = 0;
    return SURVEILLANCE_JUDGED;
}

// One row of the design: level, trend, blocks but the first that there is.
struct design {
    bool trend;
    size_t first, at; // periods: the first of the past, and that which is judged
    unsigned blocks[SURVEILLANCE_MOST_BLOCKS], n_blocks;
};

static size_t fill_row(const struct design *d, size_t period, double block, double *row)
{
    size_t columns = 0;
    row[columns++] = 1;
    if (d->trend)
        row[columns++] = (double)period - (double)d->first;
    for (unsigned b = 1; b < d->n_blocks; b++)
        row[columns++] = block == d->blocks[b];
    return columns;
}

static double offset_of(const struct surveillance_series *s, size_t period)
{
    return s->of ? log(s->of[period]) : 0;
}

static bool in_past(const struct surveillance_series *s, const double *block, size_t i)
{
    return block[i] > 0 && !isnan(s->count[i]) && (!s->of || s->of[i] > 0);
}

static bool fit(struct glm *g, const struct surveillance_series *s,
                const struct surveillance_options *o, const struct design *d,
                const double *block, double *scratch)
{
    size_t n = 0;
    double row[GLM_MOST_COLUMNS];
    for (size_t i = 0; i <= d->at; i++)
        n += in_past(s, block, i);
    surveillance_glm_place(g, scratch, n, fill_row(d, d->first, block[d->first], row));
    n = 0;
    for (size_t i = 0; i <= d->at; i++)
        if (in_past(s, block, i)) {
            fill_row(d, i, block[i], g->x + n * g->columns);
            g->y[n] = s->count[i];
            g->offset[n++] = offset_of(s, i);
        }
    return surveillance_glm_fit_reweighted(g, o->reweight_above);
}

// The dispersion that errors of the fit are computed with.
static double error_dispersion(const struct glm *g, const struct surveillance_options *o)
{
    return o->as_published ? fmax(1, g->dispersion) : g->dispersion_of_priors;
}

// Is the trend sure enough, and does it not lead above all that was seen?
static bool keep_trend(const struct glm *g, const struct surveillance_options *o,
                       const double *row, double offset)
{
    double largest = 0, se = sqrt(error_dispersion(g, o) * g->covariance[g->columns + 1]);
    for (size_t i = 0; i < g->n; i++)
        largest = fmax(largest, g->y[i]);
    double p = 2 * gsl_cdf_tdist_Q(fabs(g->beta[1]) / se, (double)(g->n - g->columns));
    return o->years >= 3 && p < o->trend_below &&
           exp(surveillance_glm_predict(g, row, offset)) <= largest;
}

static double negative_binomial_below(double k, double mean, double dispersion)
{
    if (k < 0)
        return 0;
    // GSL's incomplete gamma function does not converge for millions of cases; there the
    // distribution is normal but for its skewness (Edgeworth's first term)
    if (mean > 1e6 * fmax(1, dispersion - 1)) {
        double sd = sqrt(mean * dispersion), z = (k + 0.5 - mean) / sd;
        double skewness = (2 * fmax(1, dispersion) - 1) / sd;
        double density = exp(-z * z / 2) / sqrt(2 * acos(-1));
        double below = gsl_cdf_ugaussian_P(z) - skewness / 6 * (z * z - 1) * density;
        return fmin(fmax(below, 0), 1);
    }
    if (dispersion > 1)
        return gsl_cdf_negative_binomial_P((unsigned)k, 1 / dispersion,
                                           mean / (dispersion - 1));
    return gsl_cdf_poisson_P((unsigned)k, mean);
}

// The least k that at most alpha are above.
static double upper_quantile(double mean, double dispersion, double alpha)
{
    double sd = sqrt(mean * dispersion), wanted = 1 - alpha, step = ceil(sd / 4 + 1);
    double k = floor(mean + sd * normal_quantile(wanted));
    if (!(k < 4e9)) // no number of cases of a place
        return NAN;
    k = fmax(k, 0);
    wanted *= 1 - 64 * 2.220446049250313e-16;
    for (; negative_binomial_below(k, mean, dispersion) < wanted; k += step)
        ;
    for (; step >= 1; step = floor(step / 2))
        while (k - step >= 0 &&
               negative_binomial_below(k - step, mean, dispersion) >= wanted)
            k -= step;
    return k;
}

static void set_bound(struct surveillance_point *out, const struct glm *g,
                      const struct surveillance_options *o, double eta, double variance,
                      double count)
{
    double z = normal_quantile(1 - o->alpha), se = sqrt(variance);
    double dispersion = out->dispersion = fmax(1, g->dispersion), mean = exp(eta);
    out->expected = mean;
    if (o->bound == SURVEILLANCE_DELTA) {
        double tau = dispersion + se * se * mean; // se is of the log of the mean
        double spread = sqrt(4 / 9.0 * cbrt(mean) * tau), middle = pow(mean, 2 / 3.0);
        out->bound = pow(middle + z * spread, 1.5);
        out->p = gsl_cdf_ugaussian_Q((pow(count, 2 / 3.0) - middle) / spread);
    } else {
        double high = o->bound == SURVEILLANCE_MUAN ? exp(eta + z * se) : mean;
        out->bound = isfinite(high) ? upper_quantile(high, dispersion, o->alpha) : NAN;
        out->p = isfinite(high) && count < 4e9
                     ? 1 - negative_binomial_below(count - 1, high, dispersion)
                     : NAN;
    }
    out->statistic = (count - mean) / (out->bound - mean);
    out->alarm = count > 0 && count > out->bound;
    if (isnan(out->bound))
        out->state = SURVEILLANCE_NO_FIT;
}

// Enough cases now and in the periods before?
static enum surveillance_state enough(const struct surveillance_series *s,
                                      const struct surveillance_options *o, size_t at)
{
    double cases = 0;
    if (at + 1 < o->least_periods)
        return SURVEILLANCE_SHORT;
    for (size_t back = 0; back < o->least_periods; back++)
        if (!isnan(s->count[at - back]))
            cases += s->count[at - back];
    return cases >= o->least_cases ? SURVEILLANCE_JUDGED : SURVEILLANCE_FEW;
}

struct surveillance_point surveillance_farrington_at(const struct surveillance_series *s,
                                                     const struct surveillance_options *o,
                                                     size_t at, double *scratch)
{
    struct surveillance_point out = {
        .expected = NAN, .bound = NAN, .statistic = NAN, .p = NAN, .dispersion = NAN};
    double *block = scratch, row[GLM_MOST_COLUMNS];
    struct glm g;
    if (isnan(s->count[at]) || (s->of && !(s->of[at] > 0))) {
        out.state = SURVEILLANCE_GAP;
        return out;
    }
    if (o->blocks < 1 || o->blocks > SURVEILLANCE_MOST_BLOCKS || o->years > MOST_YEARS) {
        out.state = SURVEILLANCE_NO_FIT;
        return out;
    }
    out.state = mark_blocks(s, o, at, block);
    if (out.state == SURVEILLANCE_JUDGED)
        out.state = enough(s, o, at);
    if (out.state != SURVEILLANCE_JUDGED)
        return out;
    struct design d = {.trend = true, .at = at, .first = at};
    bool present[SURVEILLANCE_MOST_BLOCKS + 1] = {false};
    for (size_t i = at + 1; i-- > 0;)
        if (in_past(s, block, i)) {
            present[(size_t)block[i]] = true;
            d.first = i;
        }
    for (unsigned b = 1; b <= o->blocks; b++)
        if (present[b])
            d.blocks[d.n_blocks++] = b;
    if (!present[o->blocks]) { // nothing of this time of the year
        out.state = SURVEILLANCE_GAP;
        return out;
    }
    double offset = offset_of(s, at);
    scratch += at + 1;
    out.trend = fit(&g, s, o, &d, block, scratch);
    if (out.trend) {
        fill_row(&d, at, o->blocks, row);
        out.trend = keep_trend(&g, o, row, offset);
    }
    if (!out.trend) {
        d.trend = false;
        if (!fit(&g, s, o, &d, block, scratch)) {
            out.state = SURVEILLANCE_NO_FIT;
            return out;
        }
        fill_row(&d, at, o->blocks, row);
    }
    set_bound(&out, &g, o, surveillance_glm_predict(&g, row, offset),
              error_dispersion(&g, o) * surveillance_glm_variance(&g, row), s->count[at]);
    return out;
}
