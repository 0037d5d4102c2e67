// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files of train.h share.
#ifndef LINK_TRAIN_PRIVATE_H
#define LINK_TRAIN_PRIVATE_H

#include "link/train.h"

typedef double level_table[LINK_MAX_COMPARISONS][LINK_MAX_LEVELS + 1];

// The joint EM.
struct train_state {
    struct link_model *m;
    const struct link_view *v;
    const struct train_tables *t;
    uint32_t uses[LINK_MAX_COMPARISONS];
    level_table start;        // of m
    level_table weight;       // log2(m / u)
    level_table alike_weight; // log2(look-alikes / u)
    level_table m_counts;     // pairs that count for m
    level_table m_all;        // all candidate pairs
    level_table alike_counts, alike_all;
    level_table alike_start;
    level_table u_counts; // of random pairs, by being strangers
    double alike;         // expected look-alikes among candidates
    double first_prior, first_alike_prior;
    bool has_alike, had_alike;   // now; in the model that is learned anew
    double matches, once, twice; // among candidates; found by one and by two rules
    double doubt;                // mean of 1 - p over expected matches
    double recall;
};

// Sum of counts over the levels that are not null.
double train_sum(const struct link_comparison *c, const double *counts);
// Probability that a pair of this pattern is one person; that it is of strangers.
double train_match(const struct train_state *j, uint64_t pattern);
double train_stranger(const struct train_state *j, uint64_t pattern);
// train_dependence.c: measures all pairs of comparisons, and puts the corrections that
// matter into the model. ERR_MEMORY.
enum err train_dependence(struct train_state *j, struct arena *a, struct train_told *told,
                          struct error *e) WARN_UNUSED;

#endif
