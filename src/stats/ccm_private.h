// SPDX-License-Identifier: AGPL-3.0-or-later
// Between the files of the sampler: an area by year and its Kalman pass, the prior of a
// transition, mixtures that propose, one chain.
#ifndef STATS_CCM_PRIVATE_H
#define STATS_CCM_PRIVATE_H

#include "base/rng.h"
#include "stats/ccm.h"

// --- a transition: start, height, length[3] as a vector
enum { CCM_WIDTH = 2 + CCM_LENGTHS, CCM_START = 0, CCM_HEIGHT, CCM_LENGTH };

struct ccm_prior { // t_3 cut at earliest; normals cut at 0
    double start, scale, earliest;
    struct ccm_normal of[CCM_WIDTH]; // [CCM_START] is not used
    double log_constant;
    // A start so late or early that the data are not touched: without inflation in the
    // data much of the posterior lies there, in the tails. Probabilities of either.
    double late, early, p_late, p_early;
};
void ccm_prior_make(struct ccm_prior *p);             // the normalising constant
double ccm_start_constant(const struct ccm_prior *p); // its part for the start
double ccm_prior_log(const struct ccm_prior *p, const double *x);
void ccm_prior_draw(const struct ccm_prior *p, struct rng *r, double *x);
// Where proposals begin: the prior, with more of the late and early starts. The density
// is that of the source over the prior's.
double ccm_start_source_density(const struct ccm_prior *p, double start);
void ccm_start_source_draw(const struct ccm_prior *p, struct rng *r, double *x);
double ccm_t3_log(double z);                                  // unnormalised
double ccm_cut_normal(struct rng *r, double mean, double sd); // > 0
// log of P(N(mean, sd^2) > 0).
double ccm_log_positive(double mean, double sd);

// pi, mu and s integrated out: log odds of delta = 1 for one of n areas when k of the
// others are inflated, k from 0 to n - 1.
void ccm_exchangeable_odds(size_t n_areas, double *log_odds);

// --- an area by year
struct ccm_series {
    int32_t first;
    size_t n;          // years first .. first + n - 1; 0: no data
    double *mean;      // of log ratio - log baseline; 0 where precision is 0
    double *precision; // sum of 1 / (omega^2 + v^2)
    double baseline, log_baseline;
    // the observations themselves, by year
    size_t n_observations;
    const struct ccm_observation **observations;
};

// Observations of an area before a year, by year; not weighed yet.
enum err ccm_series_make(struct ccm_series *s, const struct ccm_data *d, uint32_t area,
                         int32_t before, double baseline, struct arena *a,
                         struct error *e) WARN_UNUSED;
// Weighted means by year for these errors of sources.
void ccm_series_weigh(struct ccm_series *s, const double *omega);

bool ccm_series_copy(struct ccm_series *to, const struct ccm_series *from,
                     struct arena *a); // own means and precisions

struct ccm_ar1 {
    double rho, sigma;
};

struct ccm_pass { // scratch of one forward pass, arrays of CCM_MAX_YEARS at most
    double *level, *weight, *mean, *variance;
    double log_likelihood;
};
bool ccm_pass_new(struct ccm_pass *p, size_t n_years, struct arena *a);

// Linearised log-likelihood of a transition (NULL: none), constants of the data left out.
double ccm_forward(struct ccm_pass *p, const struct ccm_series *s, struct ccm_ar1 ar,
                   const double *transition);
// log eta given the pass just made; returns log of model over linearisation at the draw.
double ccm_backward(const struct ccm_pass *p, const struct ccm_series *s,
                    struct ccm_ar1 ar, struct rng *r, double *log_eta);
// The same for a given log eta.
double ccm_correction(const struct ccm_pass *p, const struct ccm_series *s,
                      const double *log_eta);
double ccm_inflation_at(const double *transition, double year);
// Continues log eta before and after its first years, in place: [at, at + n) is known.
void ccm_extend(double *log_eta, size_t n_years, size_t at, size_t n, struct ccm_ar1 ar,
                struct rng *r);

// --- a mixture of t distributions as a proposal
enum { CCM_MAX_DIMENSIONS = 16, CCM_MAX_PARTS = 8, CCM_DEGREES = 7 };

struct ccm_part {
    double weight, scale; // scale: norm of the density
    double mean[CCM_MAX_DIMENSIONS];
    double lower[CCM_MAX_DIMENSIONS * CCM_MAX_DIMENSIONS];   // Cholesky, row by row
    double inverse[CCM_MAX_DIMENSIONS * CCM_MAX_DIMENSIONS]; // of lower
};

struct ccm_mixture {
    size_t n_parts, n; // n dimensions
    struct ccm_part parts[CCM_MAX_PARTS];
    double walk[CCM_MAX_DIMENSIONS * CCM_MAX_DIMENSIONS]; // Cholesky of all together
};

// Fits by weighted EM; weights sum to 1. points: n_points x n. False when they span
// nothing.
bool ccm_mixture_fit(struct ccm_mixture *m, size_t n, size_t n_parts,
                     const double *points, const double *weights, size_t n_points,
                     struct rng *r, struct arena *scratch);
double ccm_mixture_density(const struct ccm_mixture *m, const double *x);
void ccm_mixture_draw(const struct ccm_mixture *m, struct rng *r, double *x);

// Population Monte Carlo for any target.
typedef double ccm_target(void *argument, const double *x); // log density; -INFINITY: no
typedef void ccm_source(void *argument, struct rng *r, double *x);
typedef double ccm_source_density(void *argument, const double *x); // log, normalised
struct ccm_problem {
    size_t n; // dimensions
    ccm_target *target;
    ccm_source *source; // where to begin; a tenth of each proposal stays its
    ccm_source_density *source_density;
    void *argument;
};
enum { CCM_FIRST_ROUND = 3000, CCM_ROUND = 2000, CCM_ROUNDS = 5, CCM_MOST_ROUNDS = 20 };
struct ccm_population {
    struct ccm_mixture mixture;
    double log_evidence, pareto_k, effective; // effective: share of a round's points
    double points[CCM_MAX_CHAINS][CCM_MAX_DIMENSIONS]; // to begin chains from
};
enum err ccm_populate(struct ccm_population *out, const struct ccm_problem *p,
                      size_t n_parts, struct rng *r, struct error *e) WARN_UNUSED;
static const double CCM_KEPT_SOURCE = 0.1;

// --- stage two: areas with a transition
struct ccm_stage { // what chains share; nothing of it changes while they run
    size_t n_areas, n_types;
    const uint32_t *numbers;         // of its areas among those of the fit
    const struct ccm_series *series; // weighed for omega
    struct ccm_ar1 ar;
    const struct ccm_prior *priors;
    bool exchangeable; // means and deviations of the priors are unknown
    bool always;
    double omega[CCM_MAX_TYPES]; // to begin with where unknown
    bool unknown[CCM_MAX_TYPES];
    struct ccm_mixture *mixtures; // by area
    double *chance;               // by area: how often inflation is proposed
    const double *log_odds;       // ccm_exchangeable_odds
    int leaps, walks;             // proposals of either kind in a turn
    int32_t first_year;
    size_t n_years; // of the draws
};

struct ccm_hypers {                  // of an exchangeable stage
    struct ccm_normal of[CCM_WIDTH]; // [CCM_START].sd: scale of the t_3
};
enum { CCM_HYPERS = 2 * CCM_WIDTH - 1 }; // behind those of stage one

struct ccm_area_state {
    double x[CCM_WIDTH];
    bool inflated;
    double likelihood;         // linearised
    double log_prior, mixture; // mixture: density, not its log
    double correction;
    struct ccm_pass now, next; // now: of the state
    double *log_eta, *spare;
    double spare_correction;
    struct {
        double x, likelihood, log_prior;
    } moved; // while all areas are carried along
    uint64_t proposed, accepted;
};

struct ccm_chain {
    const struct ccm_stage *stage;
    struct rng rng;
    struct ccm_series *series; // own: weighed for own omega
    struct ccm_prior *priors;  // own: of own hypers
    struct ccm_area_state *areas, *before;
    size_t n_inflated;
    double omega[CCM_MAX_TYPES];
    struct ccm_hypers hypers;
};

// Fits the mixtures and begins; then warm-up and kept turns of n_chains, all by the pool.
// populations: by area.
enum err ccm_stage_run(struct ccm_stage *s, struct ccm_fit *out,
                       const struct ccm_settings *settings, struct pool *pool,
                       struct arena *a, struct error *e) WARN_UNUSED;

bool ccm_chain_new(struct ccm_chain *c, const struct ccm_stage *s, uint64_t seed,
                   size_t number, const struct ccm_population *from, struct arena *a);
void ccm_chain_turn(struct ccm_chain *c);
void ccm_common_turn(struct ccm_chain *c);
void ccm_common_shift(struct ccm_chain *c);
void ccm_omega_turn(struct ccm_chain *c);
// The state as draw number `at` of all chains.
void ccm_chain_keep(struct ccm_chain *c, struct ccm_fit *out, size_t at);

// --- stage one, and the form without transitions
enum { CCM_LEVEL_PARAMETERS = 3 }; // rho, sigma, spread of levels; then omega

struct ccm_levels {
    size_t n_areas, n_groups, n_types;
    const struct ccm_series *series;
    const uint32_t *groups; // by area
    bool heavy; // levels ~ t_3 about the baseline; else normal about the group's
    double given[CCM_LEVEL_PARAMETERS + CCM_MAX_TYPES]; // where not unknown
    size_t n_unknown, unknown[CCM_LEVEL_PARAMETERS + CCM_MAX_TYPES];
    const struct ccm_mixture *mixture; // set by the run
};
// Draws of all areas of the fit; out has room for hypers and group levels.
enum err ccm_levels_run(struct ccm_levels *l, struct ccm_fit *out,
                        const struct ccm_settings *settings, struct pool *pool,
                        struct arena *a, struct error *e) WARN_UNUSED;

enum err ccm_form_run(struct ccm_fit *out, const struct ccm_data *data,
                      const struct ccm_model *model, const struct ccm_settings *settings,
                      struct pool *pool, struct arena *a, struct error *e) WARN_UNUSED;

// A draw of one coordinate by slice sampling (Neal, Ann. Statist. 31, 2003: doubling left
// out, stepping out with a bound).
double ccm_slice(struct rng *r, double x, double low, double high, double width,
                 double (*log_density)(const void *, double), const void *argument);

#endif
