// SPDX-License-Identifier: AGPL-3.0-or-later
// Intervals for a proportion and for a ratio of two disjoint counts (boys : girls). Pure
// functions.
#ifndef STATS_INTERVAL_H
#define STATS_INTERVAL_H

struct interval {
    double low, high;
};

// Standard normal quantile, |error| < 1e-9 for p in (0, 1). Wichura (1988), AS 241,
// PPND16.
double normal_quantile(double p);

// Wilson (1927) score interval of k successes of n, as proportions in [0, 1]. k and n
// need not be whole. NaN when n <= 0 or k is outside 0..n.
struct interval interval_wilson(double k, double n, double level);

// scale * a/b for disjoint counts a, b: the Wilson interval of a/(a+b), carried over by
// p/(1-p). 463 boys and 395 girls (117.2) give 102.5-134.0 at level .95; b = 0 gives high
// = infinity.
struct interval interval_ratio(double a, double b, double scale, double level);

// The difference of two independent proportions, a of n less b of m: the hybrid of their
// score intervals (Newcombe 1998, Statistics in Medicine 17:873, method 10). 56 of 70
// less 48 of 80 gives 0.0524-0.3339 at level .95. NaN as for interval_wilson.
struct interval interval_difference(double a, double n, double b, double m, double level);

// Exact (Clopper-Pearson 1934) and Jeffreys intervals of k of n; by the beta quantile, to
// 1e-10 relative; where k and n - k pass 100,000, by the normal law of the log odds.
struct interval interval_exact(double k, double n, double level);
struct interval interval_jeffreys(double k, double n, double level);

#endif
