// SPDX-License-Identifier: AGPL-3.0-or-later
// The sex ratio at birth with its doubt: estimates, comparison with a reference that is
// itself in doubt, missing girls, standardisation by birth order, and how many births it
// takes to tell one ratio from another.
//
// Pure functions on numbers and arrays; safe on any thread; nothing is allocated. Ratios
// are boys per 100 girls throughout. A ratio of no births is NaN, one without girls is
// infinite; what cannot be computed from such numbers is NaN.
#ifndef STATS_SRB_H
#define STATS_SRB_H

#include <stdbool.h>
#include <stddef.h>

#include "stats/interval.h"

// A reference ratio; its logarithm is normal about log(ratio) with this standard
// deviation (0: known exactly). reference_log_sd() makes it from an interval.
struct srb_reference {
    double ratio, log_sd;
};

double srb_ratio(double boys, double girls);
struct interval srb_wilson(double boys, double girls, double level);
struct interval srb_jeffreys(double boys, double girls, double level);
struct interval srb_exact(double boys, double girls, double level); // Clopper-Pearson

// Probability that the ratio behind the births is above the reference: share of boys ~
// Beta(boys + 1/2, girls + 1/2) (Jeffreys), reference as above, averaged over both.
// Gauss-Hermite or trapezoid rule over the reference, error below 1e-6 (1e-3 relative in
// the tails); above 100,000 of each sex the logarithm of the odds is taken as normal with
// its exact mean and variance.
double srb_probability_above(double boys, double girls,
                             const struct srb_reference *reference);

// Exact binomial tails against the reference, averaged over its doubt (prior predictive
// p-values, Box 1980): chance of as many boys or more, of as many or fewer, and twice the
// smaller of the two. NaN without births.
struct srb_p {
    double high, low, two_sided;
};
struct srb_p srb_p_values(double boys, double girls,
                          const struct srb_reference *reference);

// Girls that are missing: boys x 100 / reference - girls (Guilmoto, Chao and Kulkarni
// 2020), and its interval from the Jeffreys interval of the share of boys and the
// reference's interval of the same level, put together by MOVER (Zou and Donner 2008,
// Statistics in Medicine 27:1693): low = M - sqrt((M - M(share low))^2 + (M - M(reference
// high))^2). Negative where girls are more than expected.
struct srb_missing {
    double girls, low, high;
};
struct srb_missing srb_missing_girls(double boys, double girls,
                                     const struct srb_reference *reference, double level);

// Births that it takes to tell ratio a from ratio b, which is known, by a two-sided test
// of size 1 - level with this power: ((z1 sqrt(pb qb) + z2 sqrt(pa qa)) / (pa - pb))^2,
// rounded up. 115 against 105 at .95 and .8: 3,805. INFINITY when a = b; NaN for ratios
// that are not above 0.
double srb_sample(double a, double b, double level, double power);
// The same when both are counted: births needed in each of two groups of one size.
double srb_sample_each(double a, double b, double level, double power);
// The smallest ratio above the reference that this many births would find with this
// power. INFINITY when no ratio would.
double srb_detectable(double births, double reference, double level, double power);

// Difference of two groups: ratio of the two sex ratios with its interval, and the
// two-sided p-value that they are one (Wald on the log odds with 1/2 added to each count,
// Gart 1966).
struct srb_difference {
    double times, low, high, p; // times: a's ratio over b's
};
struct srb_difference srb_compare(double boys_a, double girls_a, double boys_b,
                                  double girls_b, double level);

// Do areas differ more than chance alone makes them? Pearson's chi-square against their
// common share of boys over n - 1, and the spread of the true ratios among areas.
struct srb_spread {
    double chi_square, dispersion; // dispersion 1: chance alone
    double p;                      // of a chi-square so large
    size_t degrees;                // areas with births - 1
    double log_sd; // of the true log ratios, by moments; 0 when chance explains all
};
struct srb_spread srb_spread(const double *boys, const double *girls, size_t n);

// Direct standardisation by birth order. boys, girls: n each; weight: n, the standard
// population's births by order (need not add up to 1). NaN when an order that has weight
// has no births here. Interval: delta method on the log odds, with the variance of each
// share taken at (boys + 1/2) / (births + 1).
struct srb_standard {
    double ratio, low, high;
};
struct srb_standard srb_standardise(const double *boys, const double *girls,
                                    const double *weight, size_t n, double level);

// What of the change from b to a (ratio of a minus ratio of b) is composition by order,
// and what is change within orders: Kitagawa (1955), JASA 50:1168, on shares of boys,
// then in points of the ratio so that both add up to the change. An order without births
// on one side counts with the other side's share. Intervals by the delta method.
struct srb_decomposition {
    double change;                          // within + composition
    double within, within_low, within_high; // at equal orders
    double composition, composition_low, composition_high;
};
struct srb_decomposition srb_decompose(const double *boys_a, const double *girls_a,
                                       const double *boys_b, const double *girls_b,
                                       size_t n, double level);

#endif
