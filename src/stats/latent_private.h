// SPDX-License-Identifier: AGPL-3.0-or-later
// What the parts of the latent Gaussian models share.
//
// Inside, every random effect is standardised: x has a structure matrix R of unit scale
// that depends on no hyper-parameter (but rho of ar1), and the linear predictor is
// eta = offset + A x with A = weights times scales (sigma, sigma sqrt(phi), ...). So
// nothing is singular at sigma = 0 or phi = 0 or 1. Unknowns are numbered: fixed effects,
// random effects one after the other, constraints.
#ifndef STATS_LATENT_PRIVATE_H
#define STATS_LATENT_PRIVATE_H

#include "base/rng.h"
#include "stats/latent.h"
#include "stats/sparse.h"

enum {
    LATENT_MAX_EFFECTS = 16,
    LATENT_MAX_SCALES = 2 * LATENT_MAX_EFFECTS + 1,
    LATENT_MAX_TIMES = 120, // of types II and IV
    LATENT_NO_THETA = -1,
    PHI_KNOTS = 41
};

// Sparse rows over unknowns, with the place in the pattern of each pair of a row.
struct latent_rows {
    uint32_t n;
    size_t *start;      // n + 1
    uint32_t *column;   //
    double *weight;     //
    uint8_t *scale;     // which scale multiplies the weight
    size_t *pair_start; // n + 1
    uint32_t *pair;     // of entries a >= b of a row: a (a + 1) / 2 + b
};

// A structure of unit scale: a graph's Laplacian or differences in time.
struct latent_structure {
    uint32_t n, n_constraints;
    uint32_t n_rows; // R = G'G: rows of G
    uint32_t *row_start, *row_column;
    double *row_value;
    uint32_t *bound_start, *bound_column; // constraints
    double *bound_value;
    double log_determinant; // log|det| of R bordered by its constraints
    double log_bound;       // log|CC'|
    double trace;           // of the constrained covariance
};

struct latent_hyper_state {
    uint32_t effect;
    enum latent_hyper_kind kind;
    struct latent_prior prior;
    int theta;    // its number among the free ones, or LATENT_NO_THETA
    double value; // when fixed
    double rate;  // of a pc prior
    // log distance of phi from 0, a natural spline over logit phi
    double *distance, *curvature; // PHI_KNOTS
};

// A scale is exp of theta, times sqrt(1 - phi) or sqrt(phi).
enum latent_scale_kind { SCALE_ONE, SCALE_SIGMA, SCALE_OWN, SCALE_SHARED };
struct latent_scale {
    enum latent_scale_kind kind;
    uint32_t sigma, phi; // hyper-parameters
};

struct latent_ar {
    uint32_t first, n, rho; // unknowns; hyper-parameter
    uint32_t *next_place;   // n - 1: entry (j + 1, j) of the pattern
};

// Where an effect's unknowns stand: ones of unit precision from first, then (or in their
// place) copies of a structure.
struct latent_block {
    uint32_t first, n_ones, first_structured, n_copies;
    const struct latent_structure *structure;
};

struct latent_form {
    const struct latent_model *model;
    uint32_t n, n_constraints, total;
    uint32_t n_hyper, n_theta, n_scales, n_ar;
    struct latent_hyper_state hyper[2 * LATENT_MAX_EFFECTS];
    uint32_t theta_hyper[LATENT_MAX_HYPER];
    struct latent_scale scale[LATENT_MAX_SCALES];
    struct latent_ar ar[LATENT_MAX_EFFECTS];
    struct latent_block block[LATENT_MAX_EFFECTS];
    struct latent_rows data, levels;
    uint32_t level_start[LATENT_MAX_EFFECTS + 1]; // rows of `levels`
    double *fixed_mean, *fixed_precision;
    uint8_t *unknown_scale; // n: the scale of an unknown
    struct sparse_pattern pattern;
    double *base; // entries of R and C that no hyper-parameter changes
    double
        log_structure; // half the log-determinants of the structures, and of flat priors
    double log_likelihood_constant;
    struct sparse *sparse;
};

// Values of the hyper-parameters made ready.
struct latent_setting {
    double theta[LATENT_MAX_HYPER];
    double value[2 * LATENT_MAX_EFFECTS]; // sigma, phi, rho
    double scale[LATENT_MAX_SCALES];
};

// One thread's workspace. After latent_mode: x, eta, the likelihood's derivatives and the
// factor belong together.
struct latent_work {
    const struct latent_form *form;
    struct sparse_factor *factor;
    struct latent_setting setting;
    double *structure, *values, *inverse; // by entry of the pattern
    double *x, *x_try, *product, *step;   // by unknown, constraints included
    double *eta, *score, *curvature, *third, *variance; // by row
    double *site_linear, *site_precision; // exp(linear eta - precision eta^2/2)
    double *cavity_mean, *cavity_variance, *log_part; // variance 0: none
    double log_likelihood, quadratic;
    double tolerance; // of a mode: half the squared length of Newton's next step, in sds
    uint32_t n_factorisations;
};

enum err latent_structure_graph(struct latent_structure *out, const struct graph *g,
                                struct arena *a, struct error *e) WARN_UNUSED;
enum err latent_structure_time(struct latent_structure *out, uint32_t n, unsigned order,
                               struct arena *a, struct error *e) WARN_UNUSED;
// basis[t * (n - order) + k]: what unit-variance coefficient k adds at time t.
enum err latent_time_basis(double **basis, uint32_t n, unsigned order, struct arena *a,
                           struct error *e) WARN_UNUSED;
enum err latent_phi_distance(struct latent_hyper_state *h,
                             const struct latent_structure *s, struct arena *a,
                             struct error *e) WARN_UNUSED;

enum err latent_build(struct latent_form *f, const struct latent_model *m,
                      struct arena *a, struct error *e) WARN_UNUSED;
enum err latent_build_rows(struct latent_form *f, double *const *bases,
                           const uint32_t *first, struct arena *a,
                           struct error *e) WARN_UNUSED;
enum err latent_check(const struct latent_model *m, struct error *e) WARN_UNUSED;

enum err latent_prior_prepare(struct latent_hyper_state *h, const char *name,
                              const struct latent_structure *s, struct arena *a,
                              struct error *e) WARN_UNUSED;
// Natural value of theta and back; the range in which theta is looked for.
double latent_natural(enum latent_hyper_kind kind, double theta);
double latent_theta(enum latent_hyper_kind kind, double natural);
void latent_theta_range(enum latent_hyper_kind kind, double *low, double *high);
// Log density on the scale of theta; its slope is added to *slope.
double latent_log_prior(const struct latent_hyper_state *h, double theta, double *slope);
void latent_set(const struct latent_form *f, const double *theta,
                struct latent_setting *s);

enum err latent_work_open(struct latent_work **out, const struct latent_form *f,
                          struct error *e) WARN_UNUSED;
void latent_work_close(struct latent_work *w);
// Mode of the latent field at theta, from w->x. False when no mode was found.
bool latent_mode(struct latent_work *w, const double *theta) WARN_UNUSED;
void latent_set_structure(struct latent_work *w, const double *theta);
// After latent_mode: log posterior of theta (Laplace); the gradient when not NULL (this
// makes the inverse).
double latent_laplace(struct latent_work *w, double *gradient);
// Variances of the linear predictors from w->inverse.
void latent_variances(struct latent_work *w);
double latent_row_variance(const struct latent_rows *r, uint32_t row, const double *scale,
                           const double *inverse);
double latent_row_value(const struct latent_rows *r, uint32_t row, const double *scale,
                        const double *x);
void latent_predict(struct latent_work *w, const double *x, double *eta);
bool latent_factorise(struct latent_work *w, const double *curvature) WARN_UNUSED;
// w->product = R (x - mean); returns the quadratic form.
double latent_quadratic(struct latent_work *w, const double *x);
double latent_log_gaussian(const struct latent_work *w); // 1/2 (log|R| - log|K|)
double latent_log_prior_all(const struct latent_work *w);
// A' r added to out.
void latent_transposed(const struct latent_work *w, const double *r, double *out);
// After latent_mode: cavities, refined in at most `sweeps` sweeps; returns the refined
// log posterior of theta and sets *laplace to that of the Laplace approximation. Leaves
// x, eta, variance, inverse, sites and cavities.
double latent_refine(struct latent_work *w, unsigned sweeps, double *laplace);
// The same at theta from sites of another setting, without the Laplace approximation; NAN
// when the field can not be factorised.
double latent_refine_from(struct latent_work *w, const double *theta, unsigned sweeps,
                          const double *site_linear, const double *site_precision);

// Log likelihood of a row at eta without its constant; derivatives one to three.
double latent_likelihood(const struct latent_model *m, uint32_t row, double eta,
                         double derivative[3]);
double latent_likelihood_constant(const struct latent_model *m, uint32_t row);

// One value of the hyper-parameters of which the results are kept.
struct latent_point {
    double theta[LATENT_MAX_HYPER], log_posterior, laplace, weight;
    double *x;                             // unknowns: means
    double *mean, *variance;               // rows
    double *site_linear, *site_precision;  // rows
    double *cavity_mean, *cavity_variance; // rows; variance 0: none
    double *log_integral;                  // rows: of cavity times likelihood
    double *fixed_mean, *fixed_variance;   //
    double *level_mean, *level_variance;   // rows of form->levels
    bool ok;
};

struct latent_fit {
    struct latent_form form;
    struct latent_options options;
    struct arena arena;
    struct latent_work **work; // one a thread while estimating
    unsigned n_work;
    struct pool *pool; // while estimating
    // mode of the hyper-parameters; theta = mode + axis z, axis[j * p + k]
    double mode[LATENT_MAX_HYPER], axis[LATENT_MAX_HYPER * LATENT_MAX_HYPER];
    double spread[2 * LATENT_MAX_HYPER]; // of z_k below and above 0
    double *start;                       // unknowns at the mode
    struct latent_setting start_setting;
    struct latent_point *point;
    uint32_t n_points, point_space;
    double theta_mean[LATENT_MAX_HYPER], theta_sd[LATENT_MAX_HYPER];
    double *shape; // SHAPE_DRAWS x n_theta, by theta, sorted: of a design
    double *cpo, *pit;
    struct latent_criteria criteria;
    struct latent_account account;
};

enum { SHAPE_DRAWS = 2048 };

// Number i of the sequence of a prime: the digits of i in that base turned round.
double latent_halton(uint32_t i, uint32_t prime);
// Mode, axes and spreads of the hyper-parameters.
enum err latent_search(struct latent_fit *fit, struct error *e) WARN_UNUSED;
// The points of integration with their weights.
enum err latent_integrate(struct latent_fit *fit, struct error *e) WARN_UNUSED;
// Unknowns of the mode at another setting, to start from.
void latent_start_from(const struct latent_form *f, const double *x,
                       const struct latent_setting *from, const double *theta,
                       double *out);
// cpo, pit and criteria of rows; needs the points.
enum err latent_judge_rows(struct latent_fit *fit, struct error *e) WARN_UNUSED;

#endif
