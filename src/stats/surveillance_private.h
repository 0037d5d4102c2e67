// SPDX-License-Identifier: AGPL-3.0-or-later
// What the surveillance kernels share: a small quasi-Poisson regression with log link,
// one period judged by each method.
#ifndef STATS_SURVEILLANCE_PRIVATE_H
#define STATS_SURVEILLANCE_PRIVATE_H

#include "stats/surveillance.h"

enum {
    GLM_MOST_COLUMNS = SURVEILLANCE_MOST_BLOCKS + 2,
    CUSUM_STATES = 100 // of the Markov chain
};

struct glm {
    size_t n, columns;
    double *x;                        // n x columns
    double *y;                        // n
    double *offset;                   // n
    double *weight;                   // n, prior
    double *mu, *eta, *hat, *working; // n; working: weights of the last turn
    double beta[GLM_MOST_COLUMNS];
    double covariance[GLM_MOST_COLUMNS * GLM_MOST_COLUMNS]; // times the dispersion
    double dispersion;           // Pearson, of the working weights
    double dispersion_of_priors; // of the prior weights, as R surveillance has it
};

// Doubles of the arrays for n rows; surveillance_glm_place lays them into scratch.
size_t surveillance_glm_scratch(size_t n, size_t columns);
void surveillance_glm_place(struct glm *g, double *scratch, size_t n, size_t columns);

// Iteratively reweighted least squares from mu = y + 0.1, at most 25 turns, until the
// deviance changes by less than 1e-8 of itself (McCullagh and Nelder 1989, 2.5; the
// defaults of R's glm). False: columns that depend on each other, or no convergence.
bool surveillance_glm_fit(struct glm *g);

// surveillance_glm_fit twice: values whose standardised Anscombe residual is above the
// limit get a weight in proportion to its -2nd power (Farrington et al. 1996, 3.6);
// weights sum to n.
bool surveillance_glm_fit_reweighted(struct glm *g, double above);

double surveillance_glm_predict(const struct glm *g, const double *row, double offset);
// Variance of the linear predictor, times the dispersion.
double surveillance_glm_variance(const struct glm *g, const double *row);

// Judges one period by EARS (z: normal quantile of alpha), and by Farrington.
struct surveillance_point surveillance_ears_at(const struct surveillance_series *s,
                                               const struct surveillance_options *o,
                                               size_t at, double z);
struct surveillance_point surveillance_farrington_at(const struct surveillance_series *s,
                                                     const struct surveillance_options *o,
                                                     size_t at, double *scratch);
size_t surveillance_farrington_scratch(const struct surveillance_options *o, size_t n);

// What a case, and one that is none, adds to a CUSUM: log-likelihood ratios.
struct cusum_steps {
    double with, without;
};
struct cusum_steps surveillance_cusum_steps(double share, double share_out);

#endif
