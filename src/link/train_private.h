// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files of train.h share.
#ifndef LINK_TRAIN_PRIVATE_H
#define LINK_TRAIN_PRIVATE_H

#include "link/train.h"

enum { TRAIN_ROUNDS = 200 }; // at the most
// Weight, in pairs, of the start values that m is pulled to, so that a level which few
// matches can show is not given an extreme weight.
static const double TRAIN_START_PAIRS = 2;

typedef double level_table[LINK_MAX_COMPARISONS][LINK_MAX_LEVELS + 1];

// The joint EM.
struct train_state {
    struct link_model *m;
    const struct link_view *v;
    const struct train_tables *t;
    uint32_t uses[LINK_MAX_COMPARISONS];
    enum link_kind kinds[LINK_MAX_COMPARISONS]; // LINK_RAW where it is not known
    level_table start;                          // of m
    level_table weight;                         // log2(m / u)
    level_table alike_weight;                   // log2(look-alikes / u)
    level_table m_counts;                       // pairs that count for m
    level_table m_all;                          // all candidate pairs
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

// The parameters as they were in some round.
struct train_snapshot {
    level_table m, u, alike;
    double prior, alike_prior, matches, doubt, recall;
    bool has_alike;
};

// Sum of counts over the levels that are not null.
double train_sum(const struct link_comparison *c, const double *counts);
// Probability that a pair of this pattern is one person; that it is of strangers.
double train_match(const struct train_state *j, uint64_t pattern);
double train_stranger(const struct train_state *j, uint64_t pattern);
// log2 of the odds of a match to a pair of strangers.
double train_odds(const struct train_state *j, uint64_t pattern);
// Counts of a comparison's levels by rules that do not look at it; when these are too
// few, all.
const double *train_counts_for(const struct train_state *j, unsigned c,
                               const double *independent, const double *all);
// One expectation step over the candidates and the random pairs.
void train_expect(struct train_state *j);
// Rounds of EM until nothing changes. *clearest is filled; changes: [TRAIN_ROUNDS].
void train_rounds(struct train_state *j, struct train_snapshot *clearest,
                  struct account_session *told, double *changes);
void train_take(const struct train_state *j, struct train_snapshot *s);
void train_go_back(struct train_state *j, const struct train_snapshot *s);

// train_alike.c: parameters of the third class from the counts.
void train_maximise_alike(struct train_state *j);
// Tries a third class behind the rounds of two, and keeps what is better. ERR_MEMORY.
enum err train_look_alikes(struct train_state *j, struct train_snapshot *clearest,
                           struct arena *a, struct account_session *told,
                           struct error *e) WARN_UNUSED;

// train_dependence.c: measures all pairs of comparisons, and puts the corrections that
// matter into the model. ERR_MEMORY.
enum err train_dependence(struct train_state *j, struct arena *a, struct train_told *told,
                          struct error *e) WARN_UNUSED;

#endif
