// SPDX-License-Identifier: AGPL-3.0-or-later
// The match weight of a pair: log2 of the odds that two records are one person.
//
//   log2(prior / (1 - prior)) + sum of log2(m / u) over the levels
//     + term frequencies + dependence corrections, then calibrated
//
// Term frequency as Splink: weight x (log2 of u of the exact level - log2 max(tf_left,
// tf_right, floor)). A null level, or one whose m or u is not known, counts nothing. With
// look-alikes in the model the odds are those against strangers and look-alikes together;
// what that takes off is told with the dependence.
// Read-only after score_open; threads share it.
#ifndef LINK_SCORE_H
#define LINK_SCORE_H

#include "link/candidates.h"

struct score;
// The model and the view must outlive it. Close *out in any case. ERR_MEMORY.
enum err score_open(struct score **out, const struct link_model *m,
                    const struct link_view *v, struct error *e) WARN_UNUSED;
void score_close(struct score *s);

double score_pattern(const struct score *s, uint64_t pattern); // without term frequencies
double score_pair(const struct score *s, const struct candidate *pair);
// The same of many pairs, much faster.
void score_pairs(const struct score *s, const struct candidate *pairs, size_t n,
                 double *weights);
double score_probability(double weight); // 1 / (1 + 2^-weight)
double score_weight(double probability); // its inverse; infinite at 0 and 1
// parts[n_comparisons + 2]: prior, each comparison, dependence; tf_parts[n_comparisons].
// The sum is the weight before calibration.
void score_parts(const struct score *s, const struct candidate *pair, double *parts,
                 double *tf_parts);

#endif
