// SPDX-License-Identifier: AGPL-3.0-or-later
// Are chains of draws one sample, and how much of one: R-hat, effective sample sizes, the
// shape of a tail of weights, weights of chains that do not agree. Pure functions; any
// number of threads, each with its own arena.
//
// Draws are chain by chain: value of draw d in chain c at x[c * n_draws + d].
//
// Sources
//   R-hat, ESS: Vehtari, Gelman, Simpson, Carpenter and Buerkner, Rank-normalization,
//     folding, and localization: an improved R-hat, Bayesian Analysis 16(2), 2021.
//   monotone sequence of pairs: Geyer, Practical Markov chain Monte Carlo, Stat. Sci. 7,
//     1992; as Stan uses it.
//   Pareto tail: Vehtari, Simpson, Gelman, Yao and Gabry, Pareto smoothed importance
//     sampling, JMLR 25(72), 2024; fit of Zhang and Stephens, Technometrics 51(3), 2009.
//   stacking: Yao, Vehtari and Gelman, Stacking for non-mixing Bayesian computations,
//     JMLR 23(79), 2022 (arXiv 2006.12335, 2020).
#ifndef STATS_DIAGNOSE_H
#define STATS_DIAGNOSE_H

#include "base/memory.h"

struct diagnosis {
    double r_hat;    // rank-normalised and split, the larger of bulk and folded
    double ess_bulk; // of the rank-normalised draws: for a mean or median
    double ess_tail; // the smaller of the 5 % and 95 % quantiles': for an interval
    double mean, sd;
    double mcse; // Monte Carlo standard error of the mean, by the ESS of the draws
};

// NaN figures where they do not exist: fewer than 8 draws a chain, a value that is not
// finite, draws all equal (a constant has no R-hat). False when the arena is out.
// O(n log n + n lags).
bool diagnose(const double *x, size_t n_chains, size_t n_draws, struct diagnosis *out,
              struct arena *scratch) __attribute__((warn_unused_result));

// ESS of the draws as they are (no ranks, no split), for one chain or several. NaN as
// above.
double diagnose_ess(const double *x, size_t n_chains, size_t n_draws,
                    struct arena *scratch);

// Smooths the largest of n log weights in place as the order statistics of a generalised
// Pareto distribution and gives its shape k: below .5 good, .7 and more: what is
// estimated with the weights is not to be trusted. Infinite when the tail is too short to
// fit. Weights end normalised: exp of them sums to 1. NaN when the arena is out.
double diagnose_pareto(double *log_weight, size_t n, struct arena *scratch);

// Weights of chains (>= 0, sum 1) that maximise sum over points of
// log sum_c w_c exp(log_density[c * n_points + i]), log predictive density of a left-out
// point in each chain, by EM from equal weights; chains of equal fit share theirs
// equally.
void diagnose_stack(const double *log_density, size_t n_chains, size_t n_points,
                    double *weights);

#endif
