// SPDX-License-Identifier: AGPL-3.0-or-later
// Intervals against published limits, against their own definition, and by how often they
// hold the truth.
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/interval.h"

static void near(double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within))
        fail_msg("%.10g is not within %g of %.10g", found, within, wanted);
}

static void quantiles_of_the_normal(void **state)
{
    (void)state;
    near(normal_quantile(0.975), 1.959963984540054, 1e-9);
    near(normal_quantile(0.995), 2.575829303548901, 1e-9);
    near(normal_quantile(0.5), 0, 1e-12);
    near(normal_quantile(1e-10), -6.361340902404056, 1e-8);
    for (double p = 0.001; p < 1; p += 0.013)
        near(erfc(-normal_quantile(p) / sqrt(2)) / 2, p, 1e-9);
}

// Newcombe, Two-sided confidence intervals for the single proportion, Statistics in
// Medicine 17 (1998), table I: methods 3 (score) and 5 (exact), to four decimals.
static void limits_of_newcombe(void **state)
{
    (void)state;
    static const struct {
        double k, n, score[2], exact[2];
    } rows[] = {
        {81, 263, {0.2553, 0.3662}, {0.2527, 0.3676}},
        {15, 148, {0.0624, 0.1605}, {0.0578, 0.1617}},
        {0, 20, {0, 0.1611}, {0, 0.1684}},
        {1, 29, {0.0061, 0.1718}, {0.0009, 0.1776}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct interval w = interval_wilson(rows[i].k, rows[i].n, 0.95);
        struct interval x = interval_exact(rows[i].k, rows[i].n, 0.95);
        near(w.low, rows[i].score[0], 0.00005001);
        near(w.high, rows[i].score[1], 0.00005001);
        near(x.low, rows[i].exact[0], 0.00005001);
        near(x.high, rows[i].exact[1], 0.00005001);
    }
}

// P(X <= k) of a binomial, summed.
static double binomial_up_to(int k, int n, double p)
{
    double sum = 0;
    for (int i = 0; i <= k; i++)
        sum += exp(lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1) + i * log(p) +
                   (n - i) * log1p(-p));
    return sum;
}

static void exact_limits_leave_their_tails(void **state)
{
    (void)state;
    for (int n = 1; n < 60; n += 7)
        for (int k = 0; k <= n; k++) {
            struct interval x = interval_exact(k, n, 0.9);
            if (k > 0)
                near(1 - binomial_up_to(k - 1, n, x.low), 0.05, 1e-8);
            if (k < n)
                near(binomial_up_to(k, n, x.high), 0.05, 1e-8);
            assert_true(k > 0 ? x.low > 0 : x.low == 0);
            assert_true(k < n ? x.high < 1 : x.high == 1);
        }
}

// Area of the beta density under x, by the substitution u = sin^2, which has no poles for
// shapes of a half and more; Simpson's rule.
static double beta_under(double x, double a, double b)
{
    enum { STEPS = 4000 };
    double top = asin(sqrt(x)), h = top / STEPS, sum = 0;
    for (int i = 0; i <= STEPS; i++) {
        double s = sin(i * h), c = cos(i * h);
        double y = pow(s, 2 * a - 1) * pow(c, 2 * b - 1);
        sum += y * (i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2);
    }
    return 2 * sum * h / 3 * exp(lgamma(a + b) - lgamma(a) - lgamma(b));
}

static void jeffreys_limits_leave_their_tails(void **state)
{
    (void)state;
    for (int n = 5; n < 60; n += 9)
        for (int k = 0; k <= n; k += 2) {
            struct interval x = interval_jeffreys(k, n, 0.95);
            if (k > 0)
                near(beta_under(x.low, k + 0.5, n - k + 0.5), 0.025, 1e-6);
            if (k < n)
                near(beta_under(x.high, k + 0.5, n - k + 0.5), 0.975, 1e-6);
        }
    near(interval_jeffreys(0, 20, 0.95).low, 0, 0);
    near(interval_jeffreys(20, 20, 0.95).high, 1, 0);
}

static void ratio_of_boys_and_girls(void **state)
{
    (void)state;
    struct interval x = interval_ratio(463, 395, 100, 0.95);
    near(x.low, 102.5, 0.05);
    near(x.high, 134.0, 0.05);
    // turned round it is the reciprocal
    struct interval y = interval_ratio(395, 463, 100, 0.95);
    near(x.low * y.high, 1e4, 1e-6);
    near(x.high * y.low, 1e4, 1e-6);
    x = interval_ratio(7, 0, 100, 0.95);
    assert_true(x.low > 0 && isinf(x.high));
    x = interval_ratio(0, 7, 100, 0.95);
    assert_true(x.low == 0 && x.high > 0 && isfinite(x.high));
    x = interval_ratio(0, 0, 100, 0.95);
    assert_true(isnan(x.low) && isnan(x.high));
}

static void what_is_no_proportion_has_no_interval(void **state)
{
    (void)state;
    static const double bad[][2] = {{1, 0}, {0, 0},       {-1, 5},
                                    {6, 5}, {1435, 1275}, {1, -3}};
    for (size_t i = 0; i <= sizeof bad / sizeof *bad; i++) {
        double k = i < 6 ? bad[i][0] : (double)NAN, n = i < 6 ? bad[i][1] : 5;
        struct interval x[] = {interval_wilson(k, n, 0.95), interval_exact(k, n, 0.95),
                               interval_jeffreys(k, n, 0.95)};
        for (size_t m = 0; m < 3; m++)
            assert_true(isnan(x[m].low) && isnan(x[m].high));
    }
}

typedef struct interval method(double k, double n, double level);

static double coverage(method *f, int n, double p)
{
    double sum = 0;
    for (int k = 0; k <= n; k++) {
        struct interval x = f(k, n, 0.95);
        if (x.low <= p && p <= x.high)
            sum += exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) +
                       (n - k) * log1p(-p));
    }
    return sum;
}

// Brown, Cai and DasGupta, Interval estimation for a binomial proportion, Statistical
// Science 16 (2001): Wilson's and Jeffreys' hold the truth 95 % of the time on average,
// the exact one never less often.
static void they_hold_the_truth(void **state)
{
    (void)state;
    for (int n = 20; n <= 100; n += 40) {
        double wilson = 0, jeffreys = 0;
        int points = 0;
        for (double p = 0.01; p < 0.995; p += 0.007, points++) {
            wilson += coverage(interval_wilson, n, p);
            jeffreys += coverage(interval_jeffreys, n, p);
            assert_true(coverage(interval_exact, n, p) >= 0.95 - 1e-9);
            assert_true(coverage(interval_wilson, n, p) > 0.83);
        }
        near(wilson / points, 0.95, 0.008);
        near(jeffreys / points, 0.95, 0.008);
    }
}

static void the_ratio_holds_the_truth(void **state)
{
    (void)state;
    enum { DRAWS = 4000 };
    struct rng rng = rng_seed(20140630);
    static const double ratios[] = {100, 106, 117, 140};
    for (size_t r = 0; r < 4; r++) {
        int held = 0;
        for (int i = 0; i < DRAWS; i++) {
            int64_t boys = rng_binomial(&rng, 858, ratios[r] / (100 + ratios[r]));
            struct interval x =
                interval_ratio((double)boys, (double)(858 - boys), 100, 0.95);
            held += x.low <= ratios[r] && ratios[r] <= x.high;
        }
        near(held / (double)DRAWS, 0.95, 0.015); // more than four standard errors
    }
}

// Counts of every size, and very unequal ones: each end leaves its tail outside.
static void quantiles_of_any_counts(void **state)
{
    (void)state;
    static const double counts[] = {0, 1, 2, 5, 30, 628, 4438, 4e4, 99999, 1e7, 1e15};
    enum { N = sizeof counts / sizeof *counts };
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            double k = counts[i], g = counts[j];
            struct interval jeffreys = interval_jeffreys(k, k + g, 0.95);
            struct interval exact = interval_exact(k, k + g, 0.95);
            if (k + g == 0) {
                assert_true(isnan(jeffreys.low));
                continue;
            }
            assert_true(exact.low <= jeffreys.low && jeffreys.high <= exact.high);
            if (k > 1e5 && g > 1e5) // by the normal law
                continue;
            if (k > 0 && jeffreys.low < 0.99)
                near(gsl_cdf_beta_P(jeffreys.low, k + 0.5, g + 0.5), 0.025, 1e-8);
            if (g > 0 && jeffreys.high < 0.99)
                near(gsl_cdf_beta_Q(jeffreys.high, k + 0.5, g + 0.5), 0.025, 1e-8);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_of_the_normal),
        cmocka_unit_test(limits_of_newcombe),
        cmocka_unit_test(exact_limits_leave_their_tails),
        cmocka_unit_test(jeffreys_limits_leave_their_tails),
        cmocka_unit_test(ratio_of_boys_and_girls),
        cmocka_unit_test(what_is_no_proportion_has_no_interval),
        cmocka_unit_test(they_hold_the_truth),
        cmocka_unit_test(the_ratio_holds_the_truth),
        cmocka_unit_test(quantiles_of_any_counts),
    };
    return cmocka_run_group_tests_name("interval", tests, NULL, NULL);
}
