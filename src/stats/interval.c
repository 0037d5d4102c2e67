// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/interval.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include <stdbool.h>

// Counts from which on the log odds are as good as normal (error below 1e-5).
#define NORMAL_FROM 1e5

double normal_quantile(double p)
{
    return gsl_cdf_ugaussian_Pinv(p);
}

static int outside(double k, double n)
{
    return !(n > 0) || !(k >= 0) || !(k <= n);
}

static const struct interval none = {__builtin_nan(""), __builtin_nan("")};

struct interval interval_wilson(double k, double n, double level)
{
    if (outside(k, n))
        return none;
    double z = normal_quantile(0.5 + level / 2), p = k / n, zz = z * z;
    double middle = (p + zz / (2 * n)) / (1 + zz / n);
    double half = z * sqrt(p * (1 - p) / n + zz / (4 * n * n)) / (1 + zz / n);
    return (struct interval){k == 0 ? 0 : fmax(0, middle - half),
                             k == n ? 1 : fmin(1, middle + half)};
}

struct interval interval_ratio(double a, double b, double scale, double level)
{
    struct interval p = interval_wilson(a, a + b, level);
    return (struct interval){scale * p.low / (1 - p.low),
                             p.high >= 1 ? INFINITY : scale * p.high / (1 - p.high)};
}

struct interval interval_difference(double a, double n, double b, double m, double level)
{
    struct interval x = interval_wilson(a, n, level), y = interval_wilson(b, m, level);
    double p = a / n, q = b / m;
    return (struct interval){p - q - hypot(p - x.low, y.high - q),
                             p - q + hypot(x.high - p, q - y.low)};
}

// Chance that x ~ Beta(a, b) is below log odds t.
static double beta_below(double t, double a, double b)
{
    return t <= 0 ? gsl_cdf_beta_P(1 / (1 + exp(-t)), a, b)
                  : gsl_cdf_beta_Q(1 / (1 + exp(t)), b, a);
}

// The same as a normal deviate, which is nearly straight in t.
static double beta_deviate(double t, double a, double b)
{
    double below = beta_below(t, a, b);
    return below > 0 ? gsl_cdf_ugaussian_Pinv(fmin(below, 1 - 1e-16)) : -40;
}

// Log odds below which x ~ Beta(a, b) is with chance p; b may be far larger than a. (The
// library's own inverse gives up, and the process with it, on some of these.) Regula
// falsi with halving (Dowell and Jarratt 1971).
static double beta_quantile(double p, double a, double b)
{
    double wanted = gsl_cdf_ugaussian_Pinv(p);
    double sd = sqrt(gsl_sf_psi_1(a) + gsl_sf_psi_1(b));
    double low = gsl_sf_psi(a) - gsl_sf_psi(b) + wanted * sd, high = low;
    if (a > NORMAL_FROM && b > NORMAL_FROM)
        return low;
    int last_side = 0;
    double step = 0.05 * sd, f = beta_deviate(low, a, b) - wanted, g = f;
    while (f > 0 && low > -700) {
        high = low;
        g = f;
        f = beta_deviate(low -= step, a, b) - wanted;
        step *= 2;
    }
    while (g < 0 && high < 700) {
        low = high;
        f = g;
        g = beta_deviate(high += step, a, b) - wanted;
        step *= 2;
    }
    for (int i = 0; i < 100 && f < 0 && g > 0 && high - low > 1e-12 * (1 + fabs(low));
         i++) {
        double t = low + (high - low) * f / (f - g);
        double h = beta_deviate(t, a, b) - wanted;
        if (h == 0 || t <= low || t >= high)
            return t;
        if (h < 0) {
            g *= last_side == -1 ? 0.5 : 1;
            low = t;
            f = h;
        } else {
            f *= last_side == 1 ? 0.5 : 1;
            high = t;
            g = h;
        }
        last_side = h < 0 ? -1 : 1;
    }
    return fabs(f) < fabs(g) ? low : high;
}

// Share of a below which (upper: above which) Beta(a, b) is with chance p.
static double beta_share(double p, double a, double b, bool upper)
{
    return upper ? 1 / (1 + exp(beta_quantile(p, b, a)))
                 : 1 / (1 + exp(-beta_quantile(p, a, b)));
}

struct interval interval_exact(double k, double n, double level)
{
    if (outside(k, n))
        return none;
    double tail = (1 - level) / 2;
    return (struct interval){k > 0 ? beta_share(tail, k, n - k + 1, false) : 0,
                             k < n ? beta_share(tail, k + 1, n - k, true) : 1};
}

struct interval interval_jeffreys(double k, double n, double level)
{
    if (outside(k, n))
        return none;
    double tail = (1 - level) / 2;
    return (struct interval){k > 0 ? beta_share(tail, k + 0.5, n - k + 0.5, false) : 0,
                             k < n ? beta_share(tail, k + 0.5, n - k + 0.5, true) : 1};
}
