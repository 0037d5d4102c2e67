// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/ccm_private.h"

#include <math.h>
#include <string.h>

void ccm_series_weigh(struct ccm_series *s, const double *omega)
{
    for (size_t t = 0; t < s->n; t++)
        s->mean[t] = s->precision[t] = 0;
    for (size_t i = 0; i < s->n_observations; i++) {
        const struct ccm_observation *o = s->observations[i];
        size_t t = (size_t)(o->year - s->first);
        double w = 1 / (omega[o->type] * omega[o->type] + o->sd * o->sd);
        s->precision[t] += w;
        s->mean[t] += w * (o->log_ratio - s->log_baseline);
    }
    for (size_t t = 0; t < s->n; t++)
        if (s->precision[t] > 0)
            s->mean[t] /= s->precision[t];
}

bool ccm_series_copy(struct ccm_series *to, const struct ccm_series *from,
                     struct arena *a)
{
    *to = *from;
    to->mean = ARENA_ARRAY(a, double, from->n + 1);
    to->precision = ARENA_ARRAY(a, double, from->n + 1);
    if (!to->mean || !to->precision)
        return false;
    memcpy(to->mean, from->mean, from->n * sizeof *to->mean);
    memcpy(to->precision, from->precision, from->n * sizeof *to->precision);
    return true;
}

bool ccm_pass_new(struct ccm_pass *p, size_t n_years, struct arena *a)
{
    double *all = ARENA_ARRAY(a, double, 4 * (n_years + 1));
    if (!all)
        return false;
    *p = (struct ccm_pass){all, all + n_years + 1, all + 2 * (n_years + 1),
                           all + 3 * (n_years + 1), 0};
    return true;
}

// Share of the height: the lower of the rising and the falling line, between 0 and 1.
static double share(double year, double start, double per_rise, double end,
                    double per_fall)
{
    double rise = (year - start) * per_rise, fall = (end - year) * per_fall;
    double low = rise < fall ? rise : fall;
    low = low < 1 ? low : 1;
    return low > 0 ? low : 0;
}

double ccm_inflation_at(const double *x, double year)
{
    const double *length = x + CCM_LENGTH;
    double end = x[CCM_START] + length[0] + length[1] + length[2];
    return x[CCM_HEIGHT] * share(year, x[CCM_START], 1 / length[0], end, 1 / length[2]);
}

// log(1 + u) for u of .5 at the most, as 2 atanh(u / (2 + u)): a loop a compiler can
// vectorise. Error below 1e-12.
static double log1p_small(double u)
{
    double s = u / (2 + u), q = s * s;
    double sum =
        1 + q * (1. / 3 +
                 q * (1. / 5 +
                      q * (1. / 7 + q * (1. / 9 + q * (1. / 11 +
                                                       q * (1. / 13 + q * (1. / 15)))))));
    return 2 * s * sum;
}

// level = log(1 + alpha / beta) and weight = beta / (beta + alpha): value and slope of
// log(beta e^x + alpha) - log beta at x = 0.
static void linearise(struct ccm_pass *p, const struct ccm_series *s, const double *x)
{
    double *restrict level = p->level, *restrict weight = p->weight;
    size_t n = s->n;
    if (!x) {
        for (size_t t = 0; t < n; t++)
            level[t] = 0, weight[t] = 1;
        return;
    }
    const double *length = x + CCM_LENGTH;
    double start = x[CCM_START] - s->first, height = x[CCM_HEIGHT] / s->baseline;
    double end = start + length[0] + length[1] + length[2];
    double per_rise = 1 / length[0], per_fall = 1 / length[2];
    for (size_t t = 0; t < n; t++)
        level[t] = height * share((double)(int32_t)t, start, per_rise, end, per_fall);
    for (size_t t = 0; t < n; t++)
        weight[t] = 1 / (1 + level[t]);
    if (height <= 0.5)
        for (size_t t = 0; t < n; t++)
            level[t] = log1p_small(level[t]);
    else
        for (size_t t = 0; t < n; t++)
            level[t] = log1p(level[t]);
}

double ccm_forward(struct ccm_pass *p, const struct ccm_series *s, struct ccm_ar1 ar,
                   const double *x)
{
    linearise(p, s, x);
    double rho = ar.rho, rr = rho * rho, ss = ar.sigma * ar.sigma;
    double m = 0, v = ss / (1 - rr), squares = 0, product = 1, logs = 0;
    for (size_t t = 0; t < s->n; t++) {
        double w = p->weight[t], precision = s->precision[t];
        double gain = w * precision * v, q = 1 / (1 + w * gain);
        double e = s->mean[t] - p->level[t] - w * m;
        squares += precision * q * e * e;
        product *= q;
        if (product < 1e-250) {
            logs += log(product);
            product = 1;
        }
        m += gain * q * e;
        v *= q;
        p->mean[t] = m;
        p->variance[t] = v;
        m *= rho;
        v = rr * v + ss;
    }
    p->log_likelihood = (logs + log(product) - squares) / 2;
    return p->log_likelihood;
}

// log(w e^x + 1 - w) - w x: the cumulants of a Bernoulli(w) from the second on.
static double curvature(double w, double x)
{
    if (fabs(x) > 0.06)
        return log1p(w * expm1(x)) - w * x;
    double u = w * (1 - w), odd = 1 - 2 * w;
    return u * x * x *
           (1. / 2 + x * (odd / 6 + x * ((1 - 6 * u) / 24 +
                                         x * (odd * (1 - 12 * u) / 120 +
                                              x * (1 - 30 * u + 120 * u * u) / 720))));
}

static inline double correction_in(const struct ccm_pass *p, const struct ccm_series *s,
                                   size_t t, double x)
{
    double w = p->weight[t];
    if (!(w < 1) || !(s->precision[t] > 0))
        return 0;
    double d = curvature(w, x), e = s->mean[t] - p->level[t] - w * x;
    return s->precision[t] * d * (e - d / 2);
}

double ccm_correction(const struct ccm_pass *p, const struct ccm_series *s,
                      const double *log_eta)
{
    double sum = 0;
    for (size_t t = s->n; t-- > 0;)
        sum += correction_in(p, s, t, log_eta[t]);
    return sum;
}

double ccm_backward(const struct ccm_pass *p, const struct ccm_series *s,
                    struct ccm_ar1 ar, struct rng *r, double *log_eta)
{
    double rho = ar.rho, ss = ar.sigma * ar.sigma, x = 0, correction = 0;
    for (size_t t = s->n; t-- > 0;) {
        double m = p->mean[t], v = p->variance[t];
        if (t + 1 < s->n) {
            double ahead = 1 / (rho * rho * v + ss);
            m += rho * v * ahead * (x - rho * m);
            v *= ss * ahead;
        }
        x = m + sqrt(v) * rng_normal(r);
        log_eta[t] = x;
        correction += correction_in(p, s, t, x);
    }
    return correction;
}

void ccm_extend(double *log_eta, size_t n_years, size_t at, size_t n, struct ccm_ar1 ar,
                struct rng *r)
{
    double still = ar.sigma / sqrt(1 - ar.rho * ar.rho);
    if (!n) { // nothing known: begin anywhere
        log_eta[0] = still * rng_normal(r);
        at = 0;
        n = 1;
    }
    for (size_t t = at + n; t < n_years; t++)
        log_eta[t] = ar.rho * log_eta[t - 1] + ar.sigma * rng_normal(r);
    for (size_t t = at; t-- > 0;) // the process is the same read backwards
        log_eta[t] = ar.rho * log_eta[t + 1] + ar.sigma * rng_normal(r);
}
