// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/ccm_private.h"

#include <gsl/gsl_sf_erf.h>
#include <math.h>

static const double SMALLEST = 1e-9; // a length or height below is no trapezoid

double ccm_log_positive(double mean, double sd)
{
    return gsl_sf_log_erfc(-mean / sd * M_SQRT1_2) - M_LN2;
}

double ccm_t3_log(double z)
{
    return -2 * log1p(z * z / 3);
}

static double t3_below(double z)
{
    double s = z / sqrt(3);
    return 0.5 + (s / (1 + s * s) + atan(s)) / M_PI;
}

double ccm_start_constant(const struct ccm_prior *p)
{
    double above =
        isfinite(p->earliest) ? t3_below((p->start - p->earliest) / p->scale) : 1;
    return log(2 / (M_PI * sqrt(3))) - log(p->scale * fmax(above, 1e-300));
}

void ccm_prior_make(struct ccm_prior *p)
{
    p->log_constant = ccm_start_constant(p);
    for (int k = CCM_HEIGHT; k < CCM_WIDTH; k++)
        p->log_constant -= 0.5 * log(2 * M_PI) + log(p->of[k].sd) +
                           ccm_log_positive(p->of[k].mean, p->of[k].sd);
}

double ccm_prior_log(const struct ccm_prior *p, const double *x)
{
    if (x[CCM_START] < p->earliest)
        return -INFINITY;
    double squares = 0;
    for (int k = CCM_HEIGHT; k < CCM_WIDTH; k++) {
        if (x[k] < SMALLEST)
            return -INFINITY;
        double z = (x[k] - p->of[k].mean) / p->of[k].sd;
        squares += z * z;
    }
    return p->log_constant + ccm_t3_log((x[CCM_START] - p->start) / p->scale) -
           squares / 2;
}

// Robert, Simulation of truncated normal variables, Stat. Comput. 5, 1995.
double ccm_cut_normal(struct rng *r, double mean, double sd)
{
    double cut = -mean / sd, z;
    if (cut < 0.5) {
        do
            z = rng_normal(r);
        while (z < cut);
        return fmax(mean + sd * z, SMALLEST);
    }
    double rate = (cut + sqrt(cut * cut + 4)) / 2;
    do
        z = cut + rng_exponential(r) / rate;
    while (rng_uniform(r) > exp(-(z - rate) * (z - rate) / 2));
    return fmax(mean + sd * z, SMALLEST);
}

static double draw_start(const struct ccm_prior *p, struct rng *r)
{
    enum { TRIES = 60, HALVINGS = 80 };
    for (int i = 0; i < TRIES; i++) {
        double x = p->start + p->scale * rng_normal(r) / sqrt(2 * rng_gamma(r, 1.5) / 3);
        if (x >= p->earliest)
            return x;
    }
    // far in the tail: from the distribution function, the upper tail read from below
    double most = t3_below((p->start - p->earliest) / p->scale);
    double tail = most * (1 - rng_uniform(r)), low = -1e9, high = 0;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        *(t3_below(middle) < tail ? &low : &high) = middle;
    }
    return fmax(p->earliest, p->start - p->scale * low);
}

void ccm_prior_draw(const struct ccm_prior *p, struct rng *r, double *x)
{
    x[CCM_START] = draw_start(p, r);
    for (int k = CCM_HEIGHT; k < CCM_WIDTH; k++)
        x[k] = ccm_cut_normal(r, p->of[k].mean, p->of[k].sd);
}

// P(delta = 1 | mu, s): mean of the logistic function over a normal.
static double chance(double mu, double s)
{
    enum { NODES = 25 };
    double sum = 0, total = 0;
    for (int i = 0; i < NODES; i++) {
        double z = -4.5 + 9. * i / (NODES - 1), w = exp(-z * z / 2);
        sum += w / (1 + exp(-(mu + s * z)));
        total += w;
    }
    return sum / total;
}

void ccm_exchangeable_odds(size_t n_areas, double *log_odds)
{
    enum { LEVELS = 200, SPREADS = 16, CELLS = LEVELS * SPREADS };
    double chances[CELLS], before = 0;
    for (int i = 0; i < CELLS; i++) {
        double u = (i / SPREADS + 0.5) / LEVELS;
        chances[i] = chance(log(u / (1 - u)), 2 * (i % SPREADS + 0.5) / SPREADS);
    }
    for (size_t k = 0; k <= n_areas; k++) {
        double most = -INFINITY, sum = 0;
        for (int i = 0; i < CELLS; i++) {
            double term =
                (double)k * log(chances[i]) + (double)(n_areas - k) * log1p(-chances[i]);
            if (term > most) {
                sum *= exp(most - term);
                most = term;
            }
            sum += exp(term - most);
        }
        double now = most + log(sum);
        if (k)
            log_odds[k - 1] = now - before;
        before = now;
    }
}
