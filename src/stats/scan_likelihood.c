// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>

#include "stats/scan_private.h"

// (1 + u) log(1 + u) - u, for u >= -1: half of u squared near 0, where the terms cancel.
static double excess(double u)
{
    if (fabs(u) < 0.02) {
        double tail = u * (1.0 / 42 - u * (1.0 / 56 - u / 72));
        return u * u *
               (0.5 -
                u * (1.0 / 6 - u * (1.0 / 12 - u * (0.05 - u * (1.0 / 30 - tail)))));
    }
    return u <= -1 ? 1 : (1 + u) * log1p(u) - u;
}

// Part of the ratio of a count that is `more` above what is expected.
static double part(double expected, double more)
{
    return expected > 0 ? expected * excess(more / expected) : 0;
}

double scan_log_ratio(const struct scan_likelihood *l, double cases, double measure)
{
    double expected = scan_expected_cases(l, measure), more = cases - expected;
    double ratio = part(expected, more) + part(l->cases - expected, -more);
    if (l->bernoulli)
        ratio += part(measure - expected, -more) +
                 part(l->measure - measure - (l->cases - expected), more);
    return ratio;
}

// d/dc of the ratio.
static double slope(const struct scan_likelihood *l, double cases, double measure)
{
    double expected = scan_expected_cases(l, measure);
    double s = log(cases / expected) - log((l->cases - cases) / (l->cases - expected));
    if (l->bernoulli)
        s += log((l->measure - measure - l->cases + cases) /
                 (l->measure - measure - l->cases + expected)) -
             log((measure - cases) / (measure - expected));
    return s;
}

static double curvature(const struct scan_likelihood *l, double expected, double measure)
{
    double s = 1 / expected + 1 / (l->cases - expected);
    if (l->bernoulli)
        s += 1 / (measure - expected) + 1 / (l->measure - measure - l->cases + expected);
    return s;
}

// |cases - expected| at which the ratio is b, or that of the utmost count when it never
// is.
static double distance_at(const struct scan_likelihood *l, double measure, double b,
                          bool high)
{
    double expected = scan_expected_cases(l, measure), most = l->cases, least = 0;
    if (l->bernoulli) {
        most = fmin(most, measure);
        least = fmax(0, l->cases - (l->measure - measure));
    }
    double utmost = high ? most : least;
    if (!(fabs(utmost - expected) > 1e-12 * l->cases))
        return 0;
    if (!isfinite(b) || scan_log_ratio(l, utmost, measure) <= b)
        return fabs(utmost - expected);
    // The ratio is convex: Newton's steps come from above. Bisection guards them.
    double inside = expected, outside = utmost;
    double c = expected + (high ? 1 : -1) * sqrt(2 * b / curvature(l, expected, measure));
    for (int i = 0; i < 60 && fabs(outside - inside) > 1e-9 * fabs(outside - expected);
         i++) {
        if (!((c - inside) * (c - outside) < 0))
            c = 0.5 * (inside + outside);
        double less = scan_log_ratio(l, c, measure) - b;
        if (less > 0)
            outside = c;
        else
            inside = c;
        double next = c - less / slope(l, c, measure);
        if (fabs(next - c) <= 1e-11 * fabs(c - expected)) {
            inside = c;
            break;
        }
        c = next;
    }
    return fabs(inside - expected);
}

static double reach_of(const struct scan_likelihood *l, double measure, double from,
                       double to, bool high)
{
    double expected = scan_expected_cases(l, measure), least;
    if (!(measure > 0) || !(measure < l->measure))
        return 0;
    if (from > 0)
        least = distance_at(l, measure, from, high) / sqrt(from);
    else
        least = sqrt(2 / curvature(l, expected, measure));
    if (isfinite(to))
        return fmin(least, distance_at(l, measure, to, high) / sqrt(to));
    double utmost = distance_at(l, measure, INFINITY, high);
    if (!(utmost > 0))
        return 0;
    double c = expected + (high ? utmost : -utmost);
    return fmin(least, utmost / sqrt(scan_log_ratio(l, c, measure)));
}

void scan_reach_make(struct scan_reach *out, const struct scan_likelihood *l,
                     enum scan_rates rates, double penalty, double from, double to)
{
    out->scale = SCAN_REACH_POINTS / sqrt(l->measure);
    for (int i = 0; i <= SCAN_REACH_POINTS; i++) {
        double measure = (i / out->scale) * (i / out->scale);
        // a little less, so that no rounding on the way loses a window
        double keep = (1 - 1e-6) / sqrt(penalty);
        double least = from / penalty, most = to / penalty;
        out->high[i] =
            rates == SCAN_LOW ? 0 : keep * reach_of(l, measure, least, most, true);
        out->low[i] =
            rates == SCAN_HIGH ? 0 : keep * reach_of(l, measure, least, most, false);
        if (i < SCAN_REACH_POINTS)
            out->inverse_width[i] = 1.0f / (float)(2 * i + 1);
    }
    out->high[SCAN_REACH_POINTS] = out->low[SCAN_REACH_POINTS] = 0;
}

static double x_log_x(double x, const double *table)
{
    if (table)
        return table[(size_t)x];
    return x > 0 ? x * log(x) : 0;
}

// Categories whose share inside is not above the next one's (as the order demands) are
// pooled with it until none is left: the estimates under the order (Jung et al. 2007).
double scan_ordinal_ratio(const double *in, const double *all, unsigned n, bool high,
                          const double *table)
{
    double pooled_in[SCAN_MOST_CATEGORIES], pooled_all[SCAN_MOST_CATEGORIES];
    double inside = 0, total = 0;
    unsigned groups = 0;
    for (unsigned k = 0; k < n; k++) {
        unsigned category = high ? k : n - 1 - k;
        double i = in[category], t = all[category];
        inside += i;
        total += t;
        if (!(t > 0))
            continue;
        while (groups && pooled_in[groups - 1] * t >= i * pooled_all[groups - 1]) {
            groups--;
            i += pooled_in[groups];
            t += pooled_all[groups];
        }
        pooled_in[groups] = i;
        pooled_all[groups++] = t;
    }
    if (groups < 2)
        return 0;
    double ratio =
        x_log_x(total, table) - x_log_x(inside, table) - x_log_x(total - inside, table);
    if (!table) { // large counts: as departures from what is expected, which do not
                  // cancel
        ratio = 0;
        for (unsigned k = 0; k < groups; k++) {
            double expected = inside * (pooled_all[k] / total),
                   more = pooled_in[k] - expected;
            ratio += part(expected, more) + part(pooled_all[k] - expected, -more);
        }
        return ratio;
    }
    for (unsigned k = 0; k < groups; k++)
        ratio += x_log_x(pooled_in[k], table) +
                 x_log_x(pooled_all[k] - pooled_in[k], table) -
                 x_log_x(pooled_all[k], table);
    return ratio > 0 ? ratio : 0;
}
