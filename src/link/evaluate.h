// SPDX-License-Identifier: AGPL-3.0-or-later
// How right a linkage is, where the truth is known.
//
// Pairwise: over all pairs of records. Cluster: a cluster is right when it is exactly an
// entity of the truth; and B-cubed (Bagga and Baldwin 1998), the mean over records.
//
// Pure functions on arrays, any thread; ERR_MEMORY. Precision, recall and F1 are from 0
// to 1, and NaN where there is nothing to divide by.
#ifndef LINK_EVALUATE_H
#define LINK_EVALUATE_H

#include "base/error.h"

#include <stdint.h>

struct link_verdict {
    uint64_t true_pairs, found_pairs, right_pairs;
    double precision, recall, f1;
};
struct cluster_verdict {
    struct link_verdict pairs;
    uint64_t clusters, entities, exact; // of all sizes
    double precision, recall, f1;       // exact clusters
    double b3_precision, b3_recall, b3_f1;
};

// truth[i]: entity of record i; UINT32_MAX: not known (its pairs do not count). source
// may be NULL; with it only pairs between different sources count. O(n log n).
enum err link_evaluate_clusters(uint32_t n, const uint32_t *cluster,
                                const uint32_t *truth, const uint8_t *source,
                                struct cluster_verdict *out, struct error *e) WARN_UNUSED;

struct scored_pair {
    uint32_t left, right;
    double probability;
};
struct threshold_verdict {
    double threshold;
    struct link_verdict pairs;
};
// At each of the thresholds (ascending); a pair given twice counts once, with its highest
// probability. best: where F1 is highest, over all distinct probabilities.
enum err link_evaluate_pairs(uint32_t n, const uint32_t *truth, const uint8_t *source,
                             const struct scored_pair *pairs, uint64_t n_pairs,
                             struct threshold_verdict *at, unsigned n_at,
                             struct threshold_verdict *best, struct error *e) WARN_UNUSED;

// Calibration: pairs gathered in ranges of probability, what was said and what is true.
struct calibration_bin {
    double from, to, said, found; // mean probability; share of true pairs
    uint64_t pairs;
};
// *error: expected calibration error, sum over ranges of share x |said - found|.
enum err link_calibration(const uint32_t *truth, const struct scored_pair *pairs,
                          uint64_t n_pairs, struct calibration_bin *bins, unsigned n_bins,
                          double *error, struct error *e) WARN_UNUSED;

#endif
