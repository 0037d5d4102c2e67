// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/interval.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

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

struct interval interval_exact(double k, double n, double level)
{
    if (outside(k, n))
        return none;
    double tail = (1 - level) / 2;
    return (struct interval){k > 0 ? gsl_cdf_beta_Pinv(tail, k, n - k + 1) : 0,
                             k < n ? gsl_cdf_beta_Qinv(tail, k + 1, n - k) : 1};
}

struct interval interval_jeffreys(double k, double n, double level)
{
    if (outside(k, n))
        return none;
    double tail = (1 - level) / 2;
    return (struct interval){k > 0 ? gsl_cdf_beta_Pinv(tail, k + 0.5, n - k + 0.5) : 0,
                             k < n ? gsl_cdf_beta_Qinv(tail, k + 0.5, n - k + 0.5) : 1};
}
