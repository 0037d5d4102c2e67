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

// P(t_3 > z); without cancellation far out.
static double t3_above(double z)
{
    if (z == INFINITY || z == -INFINITY)
        return z < 0;
    double s = fabs(z) / sqrt(3), tail = (atan2(1, s) - s / (1 + s * s)) / M_PI;
    return z > 0 ? tail : 1 - tail;
}

// The z from `from` on above which lies this much; at most t3_above(from).
static double t3_from_above(double above, double from)
{
    enum { HALVINGS = 64 };
    double low = from, high = fmax(from, 1) * 2;
    while (t3_above(high) > above && high < 1e12)
        high *= 4;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        *(t3_above(middle) > above ? &low : &high) = middle;
    }
    return high;
}

double ccm_start_constant(const struct ccm_prior *p)
{
    double above = t3_above((p->earliest - p->start) / p->scale);
    return log(2 / (M_PI * sqrt(3))) - log(p->scale * fmax(above, 1e-300));
}

void ccm_prior_make(struct ccm_prior *p)
{
    p->log_constant = ccm_start_constant(p);
    for (int k = CCM_HEIGHT; k < CCM_WIDTH; k++)
        p->log_constant -= 0.5 * log(2 * M_PI) + log(p->of[k].sd) +
                           ccm_log_positive(p->of[k].mean, p->of[k].sd);
    double first = (p->earliest - p->start) / p->scale, all = t3_above(first);
    p->p_late = t3_above(fmax(first, (p->late - p->start) / p->scale)) / all;
    p->p_early = p->early > p->earliest
                     ? (all - t3_above((p->early - p->start) / p->scale)) / all
                     : 0;
    // the same without cancellation
    if (p->early > p->earliest && p->early < p->start)
        p->p_early =
            (t3_above((p->start - p->early) / p->scale) - t3_above(-first)) / all;
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
    enum { TRIES = 60 };
    for (int i = 0; i < TRIES; i++) {
        double x = p->start + p->scale * rng_normal(r) / sqrt(2 * rng_gamma(r, 1.5) / 3);
        if (x >= p->earliest)
            return x;
    }
    double first = (p->earliest - p->start) / p->scale;
    double above = t3_above(first) * (1 - rng_uniform(r));
    return fmax(p->earliest, p->start + p->scale * t3_from_above(above, first));
}

void ccm_prior_draw(const struct ccm_prior *p, struct rng *r, double *x)
{
    x[CCM_START] = draw_start(p, r);
    for (int k = CCM_HEIGHT; k < CCM_WIDTH; k++)
        x[k] = ccm_cut_normal(r, p->of[k].mean, p->of[k].sd);
}

// --- the source of proposals

static const double SHARE_LATE = 0.25, SHARE_EARLY = 0.15;

double ccm_start_source_density(const struct ccm_prior *p, double start)
{
    double late = p->p_late > 0 ? SHARE_LATE : 0;
    double early = p->p_early > 0 ? SHARE_EARLY : 0, density = 1 - late - early;
    if (late > 0 && start > p->late)
        density += late / p->p_late;
    if (early > 0 && start < p->early)
        density += early / p->p_early;
    return density;
}

void ccm_start_source_draw(const struct ccm_prior *p, struct rng *r, double *x)
{
    double first = (p->earliest - p->start) / p->scale, u = rng_uniform(r);
    ccm_prior_draw(p, r, x);
    if (u < SHARE_LATE && p->p_late > 0) {
        double from = fmax(first, (p->late - p->start) / p->scale);
        double above = t3_above(from) * (1 - rng_uniform(r));
        x[CCM_START] = p->start + p->scale * t3_from_above(above, from);
    } else if (u > 1 - SHARE_EARLY && p->p_early > 0) {
        // mirrored: between the earliest and the early year
        double from = (p->start - p->early) / p->scale;
        double least = t3_above(-first), most = t3_above(from);
        double above = least + (most - least) * (1 - rng_uniform(r));
        x[CCM_START] = p->start - p->scale * t3_from_above(above, from);
    }
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
