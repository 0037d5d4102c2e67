// SPDX-License-Identifier: AGPL-3.0-or-later
// Priors of hyper-parameters, on the scale on which they are looked for: log sigma, logit
// phi, logit (rho + 1) / 2.
#include <assert.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

#include "stats/latent_private.h"

double latent_natural(enum latent_hyper_kind kind, double theta)
{
    switch (kind) {
    case LATENT_SIGMA:
        return exp(theta);
    case LATENT_PHI:
        return 1 / (1 + exp(-theta));
    case LATENT_RHO:
        break;
    }
    return tanh(theta / 2);
}

double latent_theta(enum latent_hyper_kind kind, double natural)
{
    switch (kind) {
    case LATENT_SIGMA:
        return log(natural);
    case LATENT_PHI:
        return log(natural) - log1p(-natural);
    case LATENT_RHO:
        break;
    }
    return 2 * atanh(natural);
}

void latent_theta_range(enum latent_hyper_kind kind, double *low, double *high)
{
    *low = kind == LATENT_SIGMA ? -12 : -10;
    *high = kind == LATENT_SIGMA ? 5 : 10;
}

static void default_prior(struct latent_hyper_state *h)
{
    static const struct latent_prior defaults[] = {
        [LATENT_SIGMA] = {LATENT_PRIOR_PC, 1, 0.01},
        [LATENT_PHI] = {LATENT_PRIOR_PC, 0.5, 2.0 / 3},
        [LATENT_RHO] = {LATENT_PRIOR_PC, 0.5, 0.75},
    };
    if (h->prior.kind == LATENT_PRIOR_DEFAULT)
        h->prior = defaults[h->kind];
}

static bool prior_fits(const struct latent_hyper_state *h)
{
    double a = h->prior.a, b = h->prior.b;
    if (!isfinite(a) || !isfinite(b))
        return false;
    switch (h->prior.kind) {
    case LATENT_PRIOR_FIXED:
        return h->kind == LATENT_SIGMA ? a >= 0 && a < 1e6
               : h->kind == LATENT_PHI ? a >= 0 && a <= 1
                                       : a > -1 && a < 1;
    case LATENT_PRIOR_HALF_NORMAL:
        return h->kind == LATENT_SIGMA && a > 0;
    case LATENT_PRIOR_BETA:
        return h->kind != LATENT_SIGMA && a > 0 && b > 0;
    case LATENT_PRIOR_PC:
        if (!(b > 0 && b < 1))
            return false;
        return h->kind == LATENT_SIGMA ? a > 0
               : h->kind == LATENT_PHI ? a > 0 && a < 1
                                       : a > -1 && a < 1;
    case LATENT_PRIOR_DEFAULT:
        break;
    }
    return false;
}

// The distance's log, its slope and the slope of that at theta.
static double phi_distance(const struct latent_hyper_state *h, double theta,
                           double *slope, double *bend)
{
    double low, high;
    latent_theta_range(LATENT_PHI, &low, &high);
    double width = (high - low) / (PHI_KNOTS - 1), at = (theta - low) / width;
    int i = at < 0 ? 0 : at >= PHI_KNOTS - 1 ? PHI_KNOTS - 2 : (int)at;
    double b = at - i, a = 1 - b;
    const double *y = h->distance + i, *c = h->curvature + i;
    *slope = (y[1] - y[0]) / width +
             width / 6 * ((3 * b * b - 1) * c[1] - (3 * a * a - 1) * c[0]);
    *bend = a * c[0] + b * c[1];
    return a * y[0] + b * y[1] +
           width * width / 6 * ((a * a * a - a) * c[0] + (b * b * b - b) * c[1]);
}

enum err latent_prior_prepare(struct latent_hyper_state *h, const char *name,
                              const struct latent_structure *s, struct arena *a,
                              struct error *e)
{
    static const char *const words[] = {"sigma", "phi", "rho"};
    default_prior(h);
    if (!prior_fits(h)) {
        error_set(e, ERR_INPUT, "latent.prior", name,
                  "the prior of %s of this effect can not have the numbers %g and %g",
                  words[h->kind], h->prior.a, h->prior.b);
        return error_cure(e, "See the ranges in stats/latent.h.");
    }
    if (h->prior.kind == LATENT_PRIOR_FIXED) {
        h->value = h->prior.a;
        return ERR_OK;
    }
    if (h->prior.kind != LATENT_PRIOR_PC)
        return ERR_OK;
    double u = h->prior.a, alpha = h->prior.b;
    if (h->kind == LATENT_SIGMA) {
        h->rate = -log(alpha) / u;
    } else if (h->kind == LATENT_PHI) {
        double slope, bend;
        enum err err = latent_phi_distance(h, s, a, e);
        if (err)
            return err;
        h->rate = -log1p(-alpha) /
                  exp(phi_distance(h, latent_theta(LATENT_PHI, u), &slope, &bend));
    } else {
        // P(rho > u) = (1 - exp(-rate sqrt(1 - u))) / (1 - exp(-rate sqrt 2)): the rate
        // by halving; at rate 0 it is sqrt((1 - u) / 2)
        double low = 0, high = 1e4, d = sqrt(1 - u);
        if (alpha <= sqrt((1 - u) / 2)) {
            error_set(e, ERR_INPUT, "latent.prior", name,
                      "P(rho > %g) = %g is too small for this prior", u, alpha);
            return error_cure(e, "Give a probability above %.3g.", sqrt((1 - u) / 2));
        }
        for (int i = 0; i < 200; i++) {
            h->rate = (low + high) / 2;
            double p = expm1(-h->rate * d) / expm1(-h->rate * M_SQRT2);
            if (p < alpha)
                low = h->rate;
            else
                high = h->rate;
        }
    }
    return ERR_OK;
}

// Of beta shapes a, b on (0, 1) for theta = logit.
static double log_beta(double theta, double a, double b, double *slope)
{
    double p = 1 / (1 + exp(-theta));
    *slope += a - (a + b) * p;
    double log_p = theta < 0 ? theta - log1p(exp(theta)) : -log1p(exp(-theta));
    return a * log_p + b * (log_p - theta) - gsl_sf_lnbeta(a, b);
}

static double log_half_normal(double theta, double sd, double *slope)
{
    double z = exp(theta) / sd;
    *slope += 1 - z * z;
    return 0.5 * log(2 / M_PI) - log(sd) - z * z / 2 + theta;
}

static double log_pc_sigma(double theta, double rate, double *slope)
{
    double d = rate * exp(theta);
    *slope += 1 - d;
    return log(rate) - d + theta;
}

static double log_pc_phi(const struct latent_hyper_state *h, double theta, double *slope)
{
    double s, bend, log_d = phi_distance(h, theta, &s, &bend), d = exp(log_d);
    s = fmax(s, 1e-8); // the distance rises; far out the spline may not
    *slope += -h->rate * d * s + s + bend / s;
    return log(h->rate) - h->rate * d + log_d + log(s);
}

// d = sqrt(1 - rho); rho = tanh(theta / 2), d rho / d theta = (1 - rho^2) / 2.
static double log_pc_rho(double theta, double rate, double *slope)
{
    double q = 1 / (1 + exp(theta)); // (1 - rho) / 2
    double d = sqrt(2 * q);
    // density of d times |d d / d theta| = d (1 - q) / 2
    *slope += rate * d * (1 - q) / 2 - (1 - q) / 2 + q;
    return log(rate) - log(-expm1(-rate * M_SQRT2)) - rate * d + log(d / 2) + log1p(-q);
}

double latent_log_prior(const struct latent_hyper_state *h, double theta, double *slope)
{
    switch (h->prior.kind) {
    case LATENT_PRIOR_HALF_NORMAL:
        return log_half_normal(theta, h->prior.a, slope);
    case LATENT_PRIOR_BETA:
        return log_beta(theta, h->prior.a, h->prior.b, slope);
    case LATENT_PRIOR_PC:
        return h->kind == LATENT_SIGMA ? log_pc_sigma(theta, h->rate, slope)
               : h->kind == LATENT_PHI ? log_pc_phi(h, theta, slope)
                                       : log_pc_rho(theta, h->rate, slope);
    case LATENT_PRIOR_DEFAULT:
    case LATENT_PRIOR_FIXED:
        break;
    }
    return 0;
}

void latent_set(const struct latent_form *f, const double *theta,
                struct latent_setting *s)
{
    for (uint32_t h = 0; h < f->n_hyper; h++) {
        const struct latent_hyper_state *state = f->hyper + h;
        s->value[h] = state->theta == LATENT_NO_THETA
                          ? state->value
                          : latent_natural(state->kind, theta[state->theta]);
    }
    for (uint32_t t = 0; t < f->n_theta; t++)
        s->theta[t] = theta[t];
    for (uint32_t k = 0; k < f->n_scales; k++) {
        const struct latent_scale *scale = f->scale + k;
        if (scale->kind == SCALE_ONE) {
            s->scale[k] = 1;
            continue;
        }
        double sigma = s->value[scale->sigma], part = 1;
        if (scale->kind == SCALE_OWN)
            part = sqrt(1 - s->value[scale->phi]);
        else if (scale->kind == SCALE_SHARED)
            part = sqrt(s->value[scale->phi]);
        s->scale[k] = sigma * part;
    }
}
