// SPDX-License-Identifier: AGPL-3.0-or-later
// Does the model fit: left-out observations, replicated data, each chain's say. Results
// in the caller's arena.
#ifndef STATS_CCM_CHECK_H
#define STATS_CCM_CHECK_H

#include "stats/ccm_summary.h"

// Leave-one-out by importance sampling (PSIS; sources in diagnose.h).
struct ccm_loo {
    double elpd, se; // expected log predictive density of all observations, its error
    double p_loo;    // effective number of parameters
    size_t n, n_bad; // observations; those with a shape of .7 or more
    double *by_observation, *pareto_k; // n each, in the order of the data
    double *by_chain;                  // [chain][observation]: the same from one chain
    double weights[CCM_MAX_CHAINS];    // of chains, by stacking
    double waic;                       // -2 (lppd - p_waic), for comparison
};
// The fit must be of this data and model. O(draws observations), by the pool.
enum err ccm_leave_one_out(struct ccm_loo *out, const struct ccm_fit *fit,
                           const struct ccm_data *data, struct pool *pool,
                           struct arena *a, struct error *e) WARN_UNUSED;

// Posterior predictive checks of an area: how often replicated data are as far out as the
// observed. Near 0 or 1: the model does not make data like these.
struct ccm_replicated {
    size_t n;          // observations
    double chi_square; // P(replicated >= observed) of the sum of squared residuals
    double largest;    // of the largest residual
    double runs;       // of the correlation of neighbouring residuals by year
    double outside_95; // share of observations outside their 95 % predictive interval
};
enum err ccm_replicate(struct ccm_replicated *out, const struct ccm_fit *fit,
                       const struct ccm_data *data, size_t area, uint64_t seed,
                       struct arena *scratch, struct error *e) WARN_UNUSED;

// Leaves observations out, fits the rest and predicts them: the papers' validation.
struct ccm_validation {
    size_t n_left_out, n; // of n in all
    double median_error;  // ratio: observed - median predicted
    double median_absolute_error, mean_absolute_error;
    double below_95, above_95, below_80, above_80; // shares outside on either side
};
// left_out: by observation.
enum err ccm_validate(struct ccm_validation *out, const struct ccm_data *data,
                      const struct ccm_model *model, const struct ccm_settings *settings,
                      const bool *left_out, struct pool *pool, struct arena *a,
                      struct error *e) WARN_UNUSED;
// Marks the last share of observations by year (a year is left out whole: the year at
// which their share comes nearest); returns the first year left out, INT32_MAX for none.
int32_t ccm_leave_last(bool *left_out, const struct ccm_data *data, double share);
void ccm_leave_random(bool *left_out, const struct ccm_data *data, double share,
                      uint64_t seed);

#endif
