// SPDX-License-Identifier: AGPL-3.0-or-later
// Many tests at once: what would be found by chance among so many. Pure functions; a
// p-value that is NaN belongs to no test and is left out.
#ifndef STATS_MULTIPLE_H
#define STATS_MULTIPLE_H

#include "base/error.h"
#include "base/memory.h"

// q[i]: the smallest false discovery rate at which test i is among the findings.
// Benjamini and Hochberg (1995), JRSS B 57:289, as adjusted p-values: q of rank k of m is
// the least of p(j) m / j over j >= k. Holds for independent tests and for those that
// depend positively. q may be p. ERR_MEMORY; the arena gets n numbers. O(n log n).
enum err multiple_benjamini_hochberg(const double *p, size_t n, double *q,
                                     struct arena *a, struct error *e) WARN_UNUSED;

// Chance that the smallest of m p-values is as small as p when nothing is the matter and
// the tests are independent: 1 - (1 - p)^m (Sidak 1967).
double multiple_smallest(double p, size_t m);

#endif
