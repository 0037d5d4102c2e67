// SPDX-License-Identifier: AGPL-3.0-or-later
// Latent Gaussian models by nested Laplace approximation: counts of small areas borrow
// strength from other areas, neighbours and times, without simulation.
//
//     y_i ~ Binomial(size_i, 1 / (1 + exp(-eta_i)))  or  Poisson(size_i exp(eta_i))
//     eta_i = offset_i + sum of fixed effects + sum of random effects at the row's levels
//
// Random effects are Gaussian with a known structure and one or two hyper-parameters:
//     iid      independent levels, sd sigma (several make nested areas)
//     icar     neighbours (intrinsic autoregression), scaled, sd sigma
//     bym2     sigma (sqrt(1 - phi) v + sqrt(phi) u), v iid, u scaled icar; phi the share
//              of neighbours
//     rw1 rw2  first and second differences in time, scaled, sd sigma. rw1 sums to zero;
//              rw2 is also free of a linear trend: give the trend as a fixed effect
//     ar1      stationary, correlation rho, sd sigma
//     types I-IV of area x time (Knorr-Held): iid x iid, iid x differences, neighbours x
//              iid, neighbours x differences; level = area * n_times + time. They are
//              free of their main effects (null spaces), which stand as effects of their
//              own
// Scaled: the geometric mean of the marginal variances is 1 in each connected part of the
// graph, so that sigma means the same on every map; each part sums to zero; an area
// without neighbours is independent with variance 1.
//
// Inference. For each value of the hyper-parameters the mode of the latent field is found
// by Newton's method and the likelihood replaced by its Gaussian expansion there
// (Laplace); the posterior of the hyper-parameters is climbed with its exact gradient and
// integrated on a grid (one or two of them) or a central composite design. At each point
// the expansion is then refined by cavities (the field without one row's own count, times
// that count's exact likelihood: expectation propagation started at the Laplace
// solution), which makes means, skewness, evidence and leave-one-out figures right for
// small counts. With `refine` 0 it is the plain nested Laplace approximation.
//
// Rows of size 0 hold no data and get predictions. All numbers are the same on any number
// of threads. The model and its arrays are the caller's and must outlive the fit; a fit
// is read-only and free to share.
//
// Sources
//   Rue, Martino and Chopin, J. R. Stat. Soc. B 71, 2009 (nested Laplace; composite
//   design
//     6.5); Rue and Held, Gaussian Markov Random Fields, 2005 (constraints 2.3.3).
//   Riebler et al., Stat. Methods Med. Res. 25, 2016 (BYM2, prior of phi); Sorbye and
//   Rue,
//     Spat. Stat. 8, 2014 (scaling); Freni-Sterrantino et al., Spat. Spatiotemp. Epidem.
//     26, 2018 (islands); Simpson et al., Stat. Sci. 32, 2017 and Sorbye and Rue, J. Time
//     Ser. Anal. 38, 2017 (priors of penalised complexity); Knorr-Held, Stat. Med. 19,
//     2000.
//   Kristensen et al., J. Stat. Softw. 70, 2016 (gradient of a Laplace approximation);
//   Cseke and Heskes, J. Mach. Learn. Res. 12, 2011 (cavity marginals); Opper, Paquet and
//     Winther, J. Mach. Learn. Res. 14, 2013 (evidence); Held, Schroedle and Rue 2010
//     (CPO, PIT); Spiegelhalter et al. 2002 (DIC); Watanabe 2010 (WAIC).
#ifndef STATS_LATENT_H
#define STATS_LATENT_H

#include "base/pool.h"
#include "stats/graph.h"

enum latent_family { LATENT_BINOMIAL, LATENT_POISSON };

enum latent_kind {
    LATENT_IID,
    LATENT_ICAR,
    LATENT_BYM2,
    LATENT_RW1,
    LATENT_RW2,
    LATENT_AR1,
    LATENT_TYPE_1,
    LATENT_TYPE_2,
    LATENT_TYPE_3,
    LATENT_TYPE_4
};

// Of sigma:     pc: P(sigma > a) = b;  half_normal: sd a;  fixed: sigma = a.
// Of phi:       pc: P(phi < a) = b;    beta: of shapes a, b;  fixed: phi = a.
// Of rho:       pc: P(rho > a) = b, simplest model rho = 1;  beta: (rho + 1) / 2 is beta;
//               fixed: rho = a.
// Default: pc with sigma (1, 0.01), phi (0.5, 2/3), rho (0.5, 0.75).
enum latent_prior_kind {
    LATENT_PRIOR_DEFAULT,
    LATENT_PRIOR_PC,
    LATENT_PRIOR_HALF_NORMAL,
    LATENT_PRIOR_BETA,
    LATENT_PRIOR_FIXED
};

struct latent_prior {
    enum latent_prior_kind kind;
    double a, b;
};

#define LATENT_NO_LEVEL UINT32_MAX

struct latent_effect {
    const char *name;
    enum latent_kind kind;
    uint32_t n_levels;
    const uint32_t *level;     // by row; LATENT_NO_LEVEL: the row has none of it
    const double *weight;      // by row; NULL: 1
    const struct graph *graph; // icar, bym2, types III and IV
    uint32_t n_times;          // types I-IV; n_levels is areas * n_times
    unsigned time_order;       // types II and IV: 1 or 2 (differences)
    struct latent_prior sigma;
    struct latent_prior second; // phi of bym2, rho of ar1
};

struct latent_fixed {
    const char *name;
    const double *x; // by row; NULL: 1 (the intercept)
    double mean, sd; // Gaussian prior; sd 0 or infinite: flat
};

struct latent_model {
    enum latent_family family;
    uint32_t n_rows;
    const double *y;      // whole numbers
    const double *size;   // trials, or expected count (> 0); 0: no data
    const double *offset; // NULL: 0
    uint32_t n_fixed;
    const struct latent_fixed *fixed;
    uint32_t n_effects;
    const struct latent_effect *effects;
};

struct latent_options {
    unsigned refine;  // most sweeps of cavities at a point of hyper-parameters; 0: none
    bool mode_only;   // hyper-parameters at their mode, not integrated
    double grid_step; // in posterior sds, of one or two hyper-parameters
};

enum {
    LATENT_MAX_HYPER = 8, // hyper-parameters that are not fixed
    LATENT_MAX_ROWS = 1000000
};

struct latent_options latent_defaults(void); // 4 sweeps, integrated, step 1

struct latent_marginal {
    double mean, sd, low, median, high; // 2.5 and 97.5 %
};

struct latent_criteria {
    double log_evidence; // log of the marginal likelihood (flat priors: of density 1)
    double dic, dic_parameters; // deviance information criterion and its p_D
    double waic, waic_parameters;
    double log_score;     // mean of -log CPO over rows with data
    uint32_t n_data;      // rows with data
    uint32_t n_difficult; // rows whose cavity could not be had (their CPO is NaN)
};

// How the work went.
struct latent_account {
    uint32_t n_unknowns, n_constraints, n_hyper, n_points, n_factorisations;
    size_t n_entries; // of the factor
    bool sample;      // importance sample of hyper-parameters
    bool design;      // central composite design, else grid or one point
    bool at_border;   // a hyper-parameter ran to the end of its range
    double shift;     // change of the log evidence by refining, at the mode
};

struct latent_fit;

// Errors: ERR_INPUT names the row or level (not a number, not whole, y above size, level
// past the end, a graph of another size, nothing to estimate from); ERR_LIMIT;
// ERR_MEMORY. pool may be NULL. One factorisation costs what sparse.h tells; about 5 (p +
// 5) of them for the mode and 3 to 6 a point of integration.
enum err latent_estimate(struct latent_fit **out, const struct latent_model *model,
                         const struct latent_options *options, struct pool *pool,
                         struct error *e) WARN_UNUSED;
void latent_close(struct latent_fit *fit); // NULL is accepted

struct latent_criteria latent_criteria_of(const struct latent_fit *fit);
struct latent_account latent_account_of(const struct latent_fit *fit);

// Of row i: the linear predictor with its offset; the probability or rate (per unit of
// size); the chance that the linear predictor is above a value.
struct latent_marginal latent_predictor(const struct latent_fit *fit, uint32_t row);
struct latent_marginal latent_rate(const struct latent_fit *fit, uint32_t row);
double latent_predictor_above(const struct latent_fit *fit, uint32_t row, double value);
// The same for several values at once.
void latent_predictor_chances(const struct latent_fit *fit, uint32_t row,
                              const double *values, size_t n, double *above);
// The odds p / (1 - p) of a row times `factor`: with boys of births and 100 the sex
// ratio.
struct latent_marginal latent_odds(const struct latent_fit *fit, uint32_t row,
                                   double factor);
// Leave-one-out: probability of the row's own count given all others, and P(Y < y) +
// P(Y = y) / 2 likewise. NaN for a row without data.
double latent_cpo(const struct latent_fit *fit, uint32_t row);
double latent_pit(const struct latent_fit *fit, uint32_t row);

struct latent_marginal latent_fixed_effect(const struct latent_fit *fit, uint32_t fixed);
// What a level adds to the linear predictor.
struct latent_marginal latent_level(const struct latent_fit *fit, uint32_t effect,
                                    uint32_t level);
double latent_level_above(const struct latent_fit *fit, uint32_t effect, uint32_t level,
                          double value);
double latent_fixed_above(const struct latent_fit *fit, uint32_t fixed, double value);

// Hyper-parameters in the order of effects, sigma first; fixed ones as well (sd 0).
enum latent_hyper_kind { LATENT_SIGMA, LATENT_PHI, LATENT_RHO };
uint32_t latent_n_hyper(const struct latent_fit *fit);
struct latent_marginal latent_hyper(const struct latent_fit *fit, uint32_t hyper,
                                    uint32_t *effect, enum latent_hyper_kind *kind);
double latent_hyper_above(const struct latent_fit *fit, uint32_t hyper, double value);

// Draws of all linear predictors together, for sums over rows: out is n_draws x n_rows,
// by draws. Each draw has its own stream of the seed.
enum err latent_draws(const struct latent_fit *fit, uint32_t n_draws, uint64_t seed,
                      double *out, struct pool *pool, struct error *e) WARN_UNUSED;

#endif
