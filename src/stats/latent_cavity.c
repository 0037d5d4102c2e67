// SPDX-License-Identifier: AGPL-3.0-or-later
// Refines a Laplace approximation by cavities: each row's Gaussian site is taken out of
// the field, the row's exact likelihood put in, and the site made again from the mean and
// variance that result (expectation propagation, all rows at once). The evidence is that
// of Opper, Paquet and Winther: of the Gaussian field, times each row's own integral.
#include <math.h>
#include <string.h>

#include "stats/latent_private.h"

enum { NODES = 11, MOST_STEPS = 50 };

// Gauss-Hermite nodes of order 21 from 0 up, and log of weight times exp(x^2).
static const double nodes[NODES][2] = {
#include "stats/latent_nodes.def"
};

static const double settled = 2e-3; // change of a site, in posterior sds of its row

struct tilted {
    double mean, variance, log_integral; // of N(eta; cavity) p(y | eta)
};

// Mode of cavity times likelihood: both are log-concave.
static double tilted_mode(const struct latent_model *m, uint32_t i, double mean,
                          double precision, double start, double *curvature)
{
    double eta = start, d[3];
    for (int k = 0; k < MOST_STEPS; k++) {
        latent_likelihood(m, i, eta, d);
        *curvature = precision - d[1];
        double step = (d[0] - precision * (eta - mean)) / *curvature;
        if (!isfinite(step))
            return NAN;
        // far up the slope of a Poisson the quadratic undershoots, far down it overshoots
        step = step > 2 ? 2 : step < -2 ? -2 : step;
        eta += step;
        if (fabs(step) < 1e-9 * (1 + fabs(eta)))
            break;
    }
    latent_likelihood(m, i, eta, d);
    *curvature = precision - d[1];
    return eta;
}

static bool tilt(const struct latent_model *m, uint32_t i, double mean, double variance,
                 double start, struct tilted *out)
{
    double precision = 1 / variance, curvature, d[3];
    double mode = tilted_mode(m, i, mean, precision, start, &curvature);
    if (!isfinite(mode) || !(curvature > 0))
        return false;
    double width = sqrt(2 / curvature), at_mode = latent_likelihood(m, i, mode, d);
    double top = at_mode - precision * (mode - mean) * (mode - mean) / 2;
    double sum = 0, first = 0, second = 0;
    for (int k = 0; k < 2 * NODES - 1; k++) {
        int n = k < NODES ? k : k - NODES + 1;
        double z = (k < NODES ? 1 : -1) * nodes[n][0] * width, eta = mode + z;
        double log_value = latent_likelihood(m, i, eta, d) -
                           precision * (eta - mean) * (eta - mean) / 2 - top;
        double value = exp(log_value + nodes[n][1]);
        sum += value;
        first += value * z;
        second += value * z * z;
    }
    first /= sum;
    out->mean = mode + first;
    out->variance = second / sum - first * first;
    out->log_integral = top + log(sum * width) - log(2 * M_PI * variance) / 2;
    return isfinite(out->log_integral) && out->variance > 0;
}

// Cavity of row i; 0 variance when the site is all there is (then the field knows nothing
// of the row without its own count, to working precision).
static void take_out(struct latent_work *w, uint32_t i)
{
    double precision = 1 / w->variance[i] - w->site_precision[i];
    if (!(precision > 1e-7 / w->variance[i])) {
        w->cavity_variance[i] = 0;
        return;
    }
    w->cavity_variance[i] = 1 / precision;
    w->cavity_mean[i] = (w->eta[i] / w->variance[i] - w->site_linear[i]) / precision;
}

// log of the site's own integral over the cavity.
static double log_site(const struct latent_work *w, uint32_t i)
{
    double c = 1 / w->cavity_variance[i], m = w->cavity_mean[i];
    double p = c + w->site_precision[i], linear = w->site_linear[i];
    // ((c m + linear)^2 / p - c m^2) / 2 without taking large numbers from each other
    double pull = linear - w->site_precision[i] * m;
    return log(c / p) / 2 + linear * m - w->site_precision[i] * m * m / 2 +
           pull * pull / p / 2;
}

// Cavities, tilted moments and the correction of the evidence; new sites into next_*.
// Returns the sum of log parts.
static double tilt_rows(struct latent_work *w, double *next_linear,
                        double *next_precision)
{
    const struct latent_model *m = w->form->model;
    double sum = 0;
    for (uint32_t i = 0; i < m->n_rows; i++) {
        next_linear[i] = w->site_linear[i];
        next_precision[i] = w->site_precision[i];
        w->log_part[i] = 0;
        w->cavity_variance[i] = 0;
        if (!(m->size[i] > 0))
            continue;
        take_out(w, i);
        struct tilted t;
        if (w->cavity_variance[i] > 0 &&
            tilt(m, i, w->cavity_mean[i], w->cavity_variance[i], w->eta[i], &t)) {
            double c = 1 / w->cavity_variance[i], precision = 1 / t.variance - c;
            w->log_part[i] = t.log_integral;
            sum += t.log_integral - log_site(w, i);
            if (precision > 0) {
                next_precision[i] = precision;
                next_linear[i] = t.mean / t.variance - w->cavity_mean[i] * c;
            }
        } else { // its Gaussian site is as good as the likelihood
            double d[3];
            w->cavity_variance[i] = 0;
            sum += latent_likelihood(m, i, w->eta[i], d) - w->site_linear[i] * w->eta[i] +
                   w->site_precision[i] * w->eta[i] * w->eta[i] / 2;
        }
    }
    return sum;
}

// Mean of the field under the sites. False when the matrix can not be factorised.
static bool settle(struct latent_work *w)
{
    const struct latent_form *f = w->form;
    double *pull = w->third, *step = w->x_try;
    if (!latent_factorise(w, w->site_precision))
        return false;
    for (int turn = 0; turn < 2; turn++) { // the second takes out rounding
        for (uint32_t i = 0; i < f->model->n_rows; i++)
            pull[i] = w->site_linear[i] - w->site_precision[i] * w->eta[i];
        latent_quadratic(w, w->x);
        for (uint32_t j = 0; j < f->total; j++)
            step[j] = -w->product[j];
        latent_transposed(w, pull, step);
        sparse_solve(w->factor, step);
        for (uint32_t j = 0; j < f->n; j++)
            w->x[j] += step[j];
        latent_predict(w, w->x, w->eta);
    }
    w->quadratic = latent_quadratic(w, w->x);
    sparse_select(w->factor, w->inverse);
    latent_variances(w);
    return true;
}

// log of the Gaussian field's integral with the sites in place of the likelihood.
static double log_field(const struct latent_work *w)
{
    double sum = latent_log_gaussian(w) - w->quadratic / 2;
    for (uint32_t i = 0; i < w->form->model->n_rows; i++)
        sum += (w->site_linear[i] - w->site_precision[i] * w->eta[i] / 2) * w->eta[i];
    return sum;
}

// Sweeps from the sites, variances and mean that w holds.
static double sweep_rows(struct latent_work *w, unsigned sweeps)
{
    const struct latent_model *m = w->form->model;
    double *next_linear = w->score, *next_precision = w->curvature;
    double constant = w->form->log_likelihood_constant + latent_log_prior_all(w);
    for (unsigned sweep = 0;; sweep++) {
        double value =
            constant + log_field(w) + tilt_rows(w, next_linear, next_precision);
        double change = 0;
        for (uint32_t i = 0; i < m->n_rows; i++) {
            double v = w->variance[i];
            double linear = next_linear[i] - w->site_linear[i];
            double precision = next_precision[i] - w->site_precision[i];
            change = fmax(change, fabs(linear - precision * w->eta[i]) * sqrt(v));
            change = fmax(change, fabs(precision) * v);
        }
        if (sweep == sweeps || change < settled)
            return value;
        memcpy(w->site_linear, next_linear, m->n_rows * sizeof *next_linear);
        memcpy(w->site_precision, next_precision, m->n_rows * sizeof *next_precision);
        if (!settle(w))
            return NAN;
    }
}

double latent_refine(struct latent_work *w, unsigned sweeps, double *laplace)
{
    const struct latent_model *m = w->form->model;
    sparse_select(w->factor, w->inverse);
    latent_variances(w);
    for (uint32_t i = 0; i < m->n_rows; i++) {
        w->site_precision[i] = w->curvature[i];
        w->site_linear[i] = w->score[i] + w->curvature[i] * w->eta[i];
    }
    *laplace = latent_laplace(w, NULL);
    double value = sweep_rows(w, sweeps);
    return sweeps ? value : *laplace;
}

double latent_refine_from(struct latent_work *w, const double *theta, unsigned sweeps,
                          const double *site_linear, const double *site_precision)
{
    size_t rows = w->form->model->n_rows * sizeof(double);
    latent_set_structure(w, theta);
    memcpy(w->site_linear, site_linear, rows);
    memcpy(w->site_precision, site_precision, rows);
    latent_predict(w, w->x, w->eta);
    return settle(w) ? sweep_rows(w, sweeps) : NAN;
}
