// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/srb.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>

enum { HERMITE = 7, MOST_STEPS = 4000 };

#define LARGE 1e5 // of each sex: the log odds are as good as normal

static const struct interval no_interval = {__builtin_nan(""), __builtin_nan("")};

// Pi/(1 - pi) x 100, and back.
static double ratio_of(double share)
{
    return share >= 1 ? INFINITY : 100 * share / (1 - share);
}

static double share_of(double ratio)
{
    return ratio / (100 + ratio);
}

static bool is_count(double boys, double girls)
{
    return boys >= 0 && girls >= 0 && isfinite(boys) && isfinite(girls) &&
           boys + girls > 0;
}

double srb_ratio(double boys, double girls)
{
    return !is_count(boys, girls) ? NAN : girls > 0 ? 100 * boys / girls : INFINITY;
}

static struct interval as_ratio(struct interval share)
{
    return (struct interval){ratio_of(share.low), ratio_of(share.high)};
}

struct interval srb_wilson(double boys, double girls, double level)
{
    return is_count(boys, girls) ? interval_ratio(boys, girls, 100, level) : no_interval;
}

struct interval srb_jeffreys(double boys, double girls, double level)
{
    return is_count(boys, girls) ? as_ratio(interval_jeffreys(boys, boys + girls, level))
                                 : no_interval;
}

struct interval srb_exact(double boys, double girls, double level)
{
    return is_count(boys, girls) ? as_ratio(interval_exact(boys, boys + girls, level))
                                 : no_interval;
}

// Chance that x ~ Beta(a, b) is above (or, when low, below) share r / (1 + r), averaged
// over r = reference ratio.

static double beta_side(double a, double b, double log_ratio, bool low)
{
    double share = 1 / (1 + exp(-log_ratio));
    return low ? gsl_cdf_beta_P(share, a, b) : gsl_cdf_beta_Q(share, a, b);
}

static double normal_side(double a, double b, double log_ratio, double log_sd, bool low)
{
    double mean = gsl_sf_psi(a) - gsl_sf_psi(b);
    double variance = gsl_sf_psi_1(a) + gsl_sf_psi_1(b) + log_sd * log_sd;
    double z = (mean - log_ratio) / sqrt(variance);
    return low ? gsl_cdf_ugaussian_Q(z) : gsl_cdf_ugaussian_P(z);
}

static double averaged_side(double a, double b, const struct srb_reference *reference,
                            bool low)
{
    // nodes and weights for exp(-x^2), Abramowitz and Stegun table 25.10
    static const double nodes[HERMITE] = {
        -2.651961356835233, -1.673551628767471, -0.816287882858965, 0,
        0.816287882858965,  1.673551628767471,  2.651961356835233};
    static const double weights[HERMITE] = {9.717812450995192e-4, 0.05451558281912703,
                                            0.4256072526101278,   0.8102646175568073,
                                            0.4256072526101278,   0.05451558281912703,
                                            9.717812450995192e-4};
    double centre = log(reference->ratio / 100), sd = reference->log_sd;
    if (a > LARGE && b > LARGE)
        return normal_side(a, b, centre, sd, low);
    if (!(sd > 0))
        return beta_side(a, b, centre, low);
    double own = sqrt(1 / a + 1 / b), sum = 0;
    if (sd <= 0.5 * own) { // smooth over the reference: few points are enough
        for (size_t i = 0; i < HERMITE; i++)
            sum += weights[i] * beta_side(a, b, centre + sd * M_SQRT2 * nodes[i], low);
        return fmin(sum / sqrt(M_PI), 1);
    }
    double step = fmin(0.25, 0.25 * own / sd), all = 0;
    step = fmax(step, 16.0 / MOST_STEPS);
    for (double z = -8; z <= 8; z += step) {
        double weight = exp(-z * z / 2);
        sum += weight * beta_side(a, b, centre + sd * z, low);
        all += weight;
    }
    return fmin(sum / all, 1);
}

static bool is_reference(const struct srb_reference *r)
{
    return r->ratio > 0 && isfinite(r->ratio) && r->log_sd >= 0 && isfinite(r->log_sd);
}

double srb_probability_above(double boys, double girls,
                             const struct srb_reference *reference)
{
    if (!is_count(boys, girls) || !is_reference(reference))
        return NAN;
    return averaged_side(boys + 0.5, girls + 0.5, reference, false);
}

struct srb_p srb_p_values(double boys, double girls,
                          const struct srb_reference *reference)
{
    if (!is_count(boys, girls) || !is_reference(reference))
        return (struct srb_p){NAN, NAN, NAN};
    // P(X >= k) is P(Beta(k, n - k + 1) < share), and so on
    struct srb_p p = {
        .high = boys > 0 ? averaged_side(boys, girls + 1, reference, true) : 1,
        .low = girls > 0 ? averaged_side(boys + 1, girls, reference, false) : 1};
    p.two_sided = fmin(1, 2 * fmin(p.high, p.low));
    return p;
}

// Of n births at this share of boys against this reference.
static double missing_at(double n, double share, double reference)
{
    return n * (share * 100 / reference - (1 - share));
}

struct srb_missing srb_missing_girls(double boys, double girls,
                                     const struct srb_reference *reference, double level)
{
    if (!is_count(boys, girls) || !is_reference(reference))
        return (struct srb_missing){NAN, NAN, NAN};
    double n = boys + girls, share = boys / n, r = reference->ratio;
    double spread = exp(normal_quantile(0.5 + level / 2) * reference->log_sd);
    struct interval s = interval_jeffreys(boys, n, level);
    double m = missing_at(n, share, r);
    double low = hypot(m - missing_at(n, s.low, r), m - missing_at(n, share, r * spread));
    double high =
        hypot(missing_at(n, s.high, r) - m, missing_at(n, share, r / spread) - m);
    return (struct srb_missing){m, m - low, m + high};
}

static bool are_ratios(double a, double b, double level, double power)
{
    return a > 0 && b > 0 && isfinite(a) && isfinite(b) && level > 0 && level < 1 &&
           power > 0 && power < 1;
}

double srb_sample(double a, double b, double level, double power)
{
    if (!are_ratios(a, b, level, power))
        return NAN;
    double p = share_of(a), q = share_of(b);
    double z = normal_quantile(0.5 + level / 2) * sqrt(q * (1 - q)) +
               normal_quantile(power) * sqrt(p * (1 - p));
    return p == q ? INFINITY : ceil(z * z / ((p - q) * (p - q)));
}

double srb_sample_each(double a, double b, double level, double power)
{
    if (!are_ratios(a, b, level, power))
        return NAN;
    double p = share_of(a), q = share_of(b), m = (p + q) / 2;
    double z = normal_quantile(0.5 + level / 2) * sqrt(2 * m * (1 - m)) +
               normal_quantile(power) * sqrt(p * (1 - p) + q * (1 - q));
    return p == q ? INFINITY : ceil(z * z / ((p - q) * (p - q)));
}

double srb_detectable(double births, double reference, double level, double power)
{
    if (!are_ratios(reference, reference, level, power) || !(births > 0))
        return NAN;
    double low = share_of(reference), high = 1;
    double z1 = normal_quantile(0.5 + level / 2) * sqrt(low * (1 - low) / births);
    double q = low, z2 = normal_quantile(power);
    // p - q = z1 + z2 sqrt(p (1 - p) / births) has one root above q
    if (1 - q <= z1)
        return INFINITY;
    for (int i = 0; i < 100; i++) {
        double p = (low + high) / 2;
        if (p - q < z1 + z2 * sqrt(p * (1 - p) / births))
            low = p;
        else
            high = p;
    }
    return ratio_of((low + high) / 2);
}

struct srb_difference srb_compare(double boys_a, double girls_a, double boys_b,
                                  double girls_b, double level)
{
    if (!is_count(boys_a, girls_a) || !is_count(boys_b, girls_b))
        return (struct srb_difference){NAN, NAN, NAN, NAN};
    double a = boys_a + 0.5, b = girls_a + 0.5, c = boys_b + 0.5, d = girls_b + 0.5;
    double log_times = log(a / b) - log(c / d), sd = sqrt(1 / a + 1 / b + 1 / c + 1 / d);
    double z = normal_quantile(0.5 + level / 2);
    return (struct srb_difference){.times = exp(log_times),
                                   .low = exp(log_times - z * sd),
                                   .high = exp(log_times + z * sd),
                                   .p = 2 * gsl_cdf_ugaussian_Q(fabs(log_times) / sd)};
}

struct srb_spread srb_spread(const double *boys, const double *girls, size_t n)
{
    double all_boys = 0, all = 0, pairs = 0;
    struct srb_spread s = {NAN, NAN, NAN, 0, NAN};
    size_t areas = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_count(boys[i], girls[i]))
            continue;
        all_boys += boys[i];
        all += boys[i] + girls[i];
        pairs += (boys[i] + girls[i]) * (boys[i] + girls[i]);
        areas++;
    }
    double share = all > 0 ? all_boys / all : 0, unit = share * (1 - share);
    if (areas < 2 || !(unit > 0))
        return s;
    s.degrees = areas - 1;
    s.chi_square = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_count(boys[i], girls[i]))
            continue;
        double births = boys[i] + girls[i], off = boys[i] - births * share;
        s.chi_square += off * off / (births * unit);
    }
    s.dispersion = s.chi_square / (double)s.degrees;
    s.p = gsl_cdf_chisq_Q(s.chi_square, (double)s.degrees);
    // expectation of chi-square: n - 1 + variance / unit x (all - sum n^2 / all)
    double over = s.chi_square - (double)s.degrees, room = all - pairs / all;
    s.log_sd = over > 0 && room > 0 ? sqrt(over / room / unit) : 0;
    return s;
}

// Variance of a share; never 0 of a few births.
static double share_variance(double boys, double girls)
{
    double n = boys + girls, p = (boys + 0.5) / (n + 1);
    return n > 0 ? p * (1 - p) / n : 0;
}

struct srb_standard srb_standardise(const double *boys, const double *girls,
                                    const double *weight, size_t n, double level)
{
    double share = 0, variance = 0, all = 0;
    for (size_t k = 0; k < n; k++)
        all += weight[k];
    for (size_t k = 0; k < n; k++) {
        if (!(weight[k] > 0))
            continue;
        if (!is_count(boys[k], girls[k]))
            return (struct srb_standard){NAN, NAN, NAN};
        double w = weight[k] / all;
        share += w * boys[k] / (boys[k] + girls[k]);
        variance += w * w * share_variance(boys[k], girls[k]);
    }
    if (!(share > 0) || !(share < 1))
        return (struct srb_standard){all > 0 ? ratio_of(share) : NAN, NAN, NAN};
    double odds = share / (1 - share);
    double half =
        normal_quantile(0.5 + level / 2) * sqrt(variance) / (share * (1 - share));
    return (struct srb_standard){100 * odds, 100 * odds * exp(-half),
                                 100 * odds * exp(half)};
}

// One order of one side: its share of the side's births, its share of boys.
struct part {
    double weight, share, variance;
};

static struct part part_of(const double *boys, const double *girls, size_t k, double all,
                           const double *other_boys, const double *other_girls)
{
    double n = boys[k] + girls[k], other = other_boys[k] + other_girls[k];
    struct part p = {n / all, n > 0 ? boys[k] / n : 0, share_variance(boys[k], girls[k])};
    if (!(n > 0) && other > 0) {
        p.share = other_boys[k] / other;
        p.variance = share_variance(other_boys[k], other_girls[k]);
    }
    return p;
}

static double sum_of(const double *boys, const double *girls, size_t n)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += boys[k] + girls[k];
    return sum;
}

struct srb_decomposition srb_decompose(const double *boys_a, const double *girls_a,
                                       const double *boys_b, const double *girls_b,
                                       size_t n, double level)
{
    double all_a = sum_of(boys_a, girls_a, n), all_b = sum_of(boys_b, girls_b, n);
    struct srb_decomposition none = {NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (!(all_a > 0) || !(all_b > 0))
        return none;
    double within = 0, composition = 0, within_v = 0, composition_v = 0;
    double share_a = 0, share_b = 0;
    // sums for the variance that comes from the weights (multinomial)
    double d[2] = {0, 0}, dd[2] = {0, 0}, m[2] = {0, 0}, mm[2] = {0, 0};
    for (size_t k = 0; k < n; k++) {
        struct part a = part_of(boys_a, girls_a, k, all_a, boys_b, girls_b);
        struct part b = part_of(boys_b, girls_b, k, all_b, boys_a, girls_a);
        double by = a.share - b.share, middle = (a.share + b.share) / 2;
        double weight = (a.weight + b.weight) / 2, shift = a.weight - b.weight;
        share_a += a.weight * a.share;
        share_b += b.weight * b.share;
        within += by * weight;
        composition += shift * middle;
        within_v += weight * weight * (a.variance + b.variance);
        composition_v += shift * shift / 4 * (a.variance + b.variance);
        const double w[2] = {a.weight, b.weight};
        for (int i = 0; i < 2; i++) {
            d[i] += w[i] * by / 2;
            dd[i] += w[i] * by * by / 4;
            m[i] += w[i] * middle;
            mm[i] += w[i] * middle * middle;
        }
    }
    within_v += (dd[0] - d[0] * d[0]) / all_a + (dd[1] - d[1] * d[1]) / all_b;
    composition_v += (mm[0] - m[0] * m[0]) / all_a + (mm[1] - m[1] * m[1]) / all_b;
    double change = ratio_of(share_a) - ratio_of(share_b);
    // points of the ratio for one of the share: exact over the whole change
    double scale = 100 / ((1 - share_a) * (1 - share_b));
    if (!isfinite(change) || !isfinite(scale))
        return none;
    double z = normal_quantile(0.5 + level / 2) * scale;
    double half = z * sqrt(fmax(within_v, 0)), wide = z * sqrt(fmax(composition_v, 0));
    return (struct srb_decomposition){.change = change,
                                      .within = within * scale,
                                      .within_low = within * scale - half,
                                      .within_high = within * scale + half,
                                      .composition = composition * scale,
                                      .composition_low = composition * scale - wide,
                                      .composition_high = composition * scale + wide};
}
