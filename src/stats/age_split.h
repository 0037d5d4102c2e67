// SPDX-License-Identifier: AGPL-3.0-or-later
// Groups of age of any widths split to groups of one width, and joined again.
//
// Counts are split along a monotone cubic through their sums from the youngest on
// (Fritsch and Carlson 1980; slopes of Fritsch and Butland 1984), so that every group
// keeps its sum and none falls below 0. Pure functions on arrays of the caller; safe on
// any thread; nothing is allocated.
#ifndef STATS_AGE_SPLIT_H
#define STATS_AGE_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AGE_SPLIT_MOST = 151 };

// Counts of n groups that begin at age[i] (age[0] is 0, rising, the last open) to groups
// of `width` years, the last of `ages` open at width x (ages - 1), which must be a
// beginning of the source's groups or lie below its open one. n from 2 to AGE_SPLIT_MOST.
// False: it does not. O(n + ages x width).
bool age_split_counts(const int32_t *age, const double *count, size_t n, int32_t width,
                      size_t ages, double *out);

// Rates of n groups, the last ending before `end`, to groups of `width` years from 0 (0
// where there are none): the mean of a group stays. O(n + ages x width).
void age_split_rates(const int32_t *age, const double *rate, size_t n, int32_t end,
                     int32_t width, size_t ages, double *out);

// Death rates of abridged groups (0, 1, 5, 10 ..., the last open) to single ages 0 ...
// last: the logarithm is straight between the middles of groups, and the mean hazard of a
// group stays. out [age[n - 1] + 1].
void age_split_hazards(const int32_t *age, const double *rate, size_t n, double *out);

#endif
