// SPDX-License-Identifier: AGPL-3.0-or-later
// Robust description of a series of counts: what is far from its own history. Pure
// functions; arrays are the caller's and may be reordered only where said.
#ifndef STATS_ROBUST_H
#define STATS_ROBUST_H

#include <stddef.h>

// Median; reorders x. NaN for n = 0. O(n log n).
double robust_median(double *x, size_t n);

struct robust_history {
    double expected; // on the scale of the counts
    double z; // distance in robust standard deviations; NaN when the history is too short
    size_t n; // values of the history that were used
};

// How far x[at] is from the values before it. Counts are brought to unit variance by
// Anscombe's 2 sqrt(x + 3/8) (1948). With at least two whole years of `season` values a
// year, each place in the year has its own level (median over years of the distance from
// the year's median, shrunk by half where there are only two years). Spread: 1.4826 x
// MAD of what the season leaves, not under what four fifths of it need, and not under 1,
// the spread of pure chance. NaN values are gaps. Needs 6 values. scratch: at + 1
// doubles.
struct robust_history robust_against_history(const double *x, size_t at, size_t season,
                                             double *scratch);

// Length of the run of equal values that ends at x[at] (1 when the one before differs; 0
// for a gap).
size_t robust_run(const double *x, size_t at);

#endif
