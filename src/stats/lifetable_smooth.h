// SPDX-License-Identifier: AGPL-3.0-or-later
// Mortality of few people, by the shape of many: a standard table bent until it fits the
// deaths that were counted. Both fits maximise the likelihood of Poisson's deaths, with a
// penalty that keeps the standard where deaths say little.
//
// Pure functions on arrays of the caller; safe on any thread; nothing is allocated. The
// standard has the groups of age of the deaths.
#ifndef STATS_LIFETABLE_SMOOTH_H
#define STATS_LIFETABLE_SMOOTH_H

#include "base/rng.h"
#include "stats/lifetable.h"

enum lifetable_smoothing {
    // logit l = alpha + beta logit l of the standard (Brass 1971), logit l = ln((1 - l) /
    // l) / 2
    LIFETABLE_BRASS,
    // ln m = ln m of the standard + a line bent at ages 0, 1, 10, 20, 40, 70 and 100
    // (TOPALS:
    // de Beer 2012; Gonzaga and Schmertmann 2016), at the middle of each group
    LIFETABLE_TOPALS,
};

enum { LIFETABLE_BENDS = 7 };

struct lifetable_bend {
    enum lifetable_smoothing kind;
    size_t n; // coefficients: 2 (alpha, beta) or 7
    double coefficient[LIFETABLE_BENDS];
    double root[LIFETABLE_BENDS][LIFETABLE_BENDS]; // of their covariance, lower triangle
    double deviance;
};

struct lifetable_penalty {
    double beta_sd;  // of beta about 1: 0.2; 0: beta is 1
    double slope_sd; // of the difference of two neighbouring bends: sqrt(1/2), Gonzaga
                     // and Schmertmann's
};

static const struct lifetable_penalty lifetable_penalty_usual = {.2, .70710678118654752};

// standard: a whole table. deaths[n] and exposure[n] by its groups. ERR_INPUT: no deaths,
// or a standard in which nobody dies at an age. O(groups x coefficients^2) a round, at
// most 100 rounds.
enum err lifetable_smooth(enum lifetable_smoothing kind, const struct lifetable *standard,
                          const double *deaths, const double *exposure,
                          const struct lifetable_penalty *penalty,
                          struct lifetable_bend *bend, struct error *e) WARN_UNUSED;

// The rates [standard->n] of a bent standard. O(groups x coefficients).
void lifetable_smooth_bent(const struct lifetable *standard,
                           const struct lifetable_bend *bend, double *m);

// The same bend with its coefficients drawn about those found (normal, of their
// covariance).
struct lifetable_bend lifetable_smooth_draw(const struct lifetable_bend *bend,
                                            struct rng *r);

#endif
