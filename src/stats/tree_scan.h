// SPDX-License-Identifier: AGPL-3.0-or-later
// Is a share too high anywhere in a tree: of all windows looked at (an area and what is
// below it, an order of birth, a stretch of time), which stand out more than chance among
// so many gives. The tree-based scan statistic of Kulldorff, Fang and Walsh (2003,
// Biometrics 59:323), for counts out of counts with an expected share by cell.
//
// A cell is leaf x stratum x time with n events of which k count (boys); under the null k
// is binomial with the cell's own share. A window's statistic is the signed root of twice
// its binomial log-likelihood ratio against the mean share of its cells: about standard
// normal where the null holds, above 0 where there are more than expected. The p-value of
// a window is corrected for all windows of its family by the Monte Carlo distribution of
// the family's maximum (Westfall and Young 1993, single step), so that the chance of any
// false alarm in a family is the level that is compared with it. Windows may take unequal
// shares of that chance (Genovese, Roeder and Wasserman 2006, weights fixed beforehand):
// the maximum is then of log(weight) - log(p of the window alone).
//
// The null may have a doubt of its own: each replication then shifts all shares together
// by a normal on the scale of log odds.
//
// Pure; the draws of replication r come from rng_stream(seed, r): the same answer on any
// number of threads. O(replications x (cells + windows)).
#ifndef STATS_TREE_SCAN_H
#define STATS_TREE_SCAN_H

#include <stdint.h>

#include "base/pool.h"

struct tree_scan_window { // both ends inside
    uint32_t first_leaf, last_leaf, first_stratum, last_stratum, first_time, last_time;
    uint32_t family; // numbered from 0
    double weight; // share of the family's chance that it takes, relative to the others;
                   // 0 means 1
};

struct tree_scan_data { // arrays are the caller's, read only
    uint32_t n_leaves, n_strata, n_times;
    const int64_t *n, *k; // [leaf][stratum][time]
    const double *share;  // the same shape, inside (0, 1) where n > 0
    double doubt;         // standard deviation of the null's log odds; may be 0
    const struct tree_scan_window *windows;
    size_t n_windows;
    uint32_t n_families;
    uint32_t replications; // at least 99
    uint64_t seed;
};

struct tree_scan_found { // by window
    int64_t n, k;
    double expected;  // of k
    double statistic; // 0 where n = 0
    double p;         // of this window alone, one-sided (normal)
    double
        p_family; // corrected for its family; (1 + maxima as high) / (1 + replications)
};

// found: n_windows. ERR_INPUT: k above n, a share outside (0, 1), a window outside the
// cells; ERR_MEMORY.
enum err tree_scan(const struct tree_scan_data *data, struct pool *pool,
                   struct tree_scan_found *found, struct error *e) WARN_UNUSED;

// Signed root of twice the log-likelihood ratio of k of n against an expected k.
double tree_scan_statistic(double n, double k, double expected);

#endif
