// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/latent.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/latent_private.h"

struct latent_options latent_defaults(void)
{
    return (struct latent_options){.refine = 4, .grid_step = 1};
}

static void close_work(struct latent_fit *fit)
{
    for (unsigned k = 0; fit->work && k < fit->n_work; k++) {
        if (fit->work[k])
            fit->account.n_factorisations += fit->work[k]->n_factorisations;
        latent_work_close(fit->work[k]);
    }
    mem_free(fit->work);
    fit->work = NULL;
    fit->pool = NULL;
}

void latent_close(struct latent_fit *fit)
{
    if (!fit)
        return;
    close_work(fit);
    sparse_close(fit->form.sparse);
    mem_free(fit->point);
    arena_free(&fit->arena);
    mem_free(fit);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double latent_halton(uint32_t i, uint32_t prime)
{
    double value = 0, part = 1;
    for (; i; i /= prime) {
        part /= prime;
        value += part * (i % prime);
    }
    return value;
}

static double normal_quantile(double p)
{
    double x = 0; // Newton on the distribution function, from the centre outwards
    for (int k = 0; k < 60; k++) {
        double f = erfc(-x / M_SQRT2) / 2 - p;
        double step = f / (exp(-x * x / 2) / sqrt(2 * M_PI));
        step = step > 1 ? 1 : step < -1 ? -1 : step;
        x -= step;
        if (fabs(step) < 1e-12)
            break;
    }
    return x;
}

// Of a design: what each hyper-parameter's posterior looks like, from half Gaussians on
// each axis, moved to the mean and sd that the design's weights give.
static enum err make_shape(struct latent_fit *fit, struct error *e)
{
    static const uint32_t primes[LATENT_MAX_HYPER] = {2, 3, 5, 7, 11, 13, 17, 19};
    uint32_t p = fit->form.n_theta;
    fit->shape = ARENA_ARRAY(&fit->arena, double, (size_t)SHAPE_DRAWS *p);
    if (!fit->shape)
        return error_memory(e);
    for (uint32_t i = 0; i < SHAPE_DRAWS; i++)
        for (uint32_t k = 0; k < p; k++) {
            double below = fit->spread[2 * k], above = fit->spread[2 * k + 1];
            double u = latent_halton(i + 1, primes[k]), left = below / (below + above);
            double z = u < left
                           ? below * normal_quantile(u / left / 2)
                           : above * normal_quantile(0.5 + (u - left) / (1 - left) / 2);
            for (uint32_t j = 0; j < p; j++)
                fit->shape[(size_t)j * SHAPE_DRAWS + i] += fit->axis[j * p + k] * z;
        }
    for (uint32_t j = 0; j < p; j++) {
        double *draw = fit->shape + (size_t)j * SHAPE_DRAWS, mean = 0, square = 0;
        for (uint32_t i = 0; i < SHAPE_DRAWS; i++)
            mean += draw[i] / SHAPE_DRAWS;
        for (uint32_t i = 0; i < SHAPE_DRAWS; i++)
            square += (draw[i] - mean) * (draw[i] - mean) / SHAPE_DRAWS;
        for (uint32_t i = 0; i < SHAPE_DRAWS; i++)
            draw[i] =
                fit->theta_mean[j] + (draw[i] - mean) * fit->theta_sd[j] / sqrt(square);
        qsort(draw, SHAPE_DRAWS, sizeof *draw, by_value);
    }
    return ERR_OK;
}

static enum err open_work(struct latent_fit *fit, struct pool *pool, struct error *e)
{
    fit->pool = pool;
    fit->n_work = pool ? pool_threads(pool) : 1;
    fit->work = mem_alloc(fit->n_work, sizeof *fit->work);
    if (!fit->work)
        return error_memory(e);
    for (unsigned k = 0; k < fit->n_work; k++) {
        enum err err = latent_work_open(fit->work + k, &fit->form, e);
        if (err)
            return err;
    }
    return ERR_OK;
}

enum err latent_estimate(struct latent_fit **out, const struct latent_model *model,
                         const struct latent_options *options, struct pool *pool,
                         struct error *e)
{
    *out = NULL;
    struct latent_fit *fit = mem_alloc(1, sizeof *fit);
    if (!fit)
        return error_memory(e);
    fit->options = options ? *options : latent_defaults();
    if (!(fit->options.grid_step > 0))
        fit->options.grid_step = 1;
    arena_init(&fit->arena, (size_t)1 << 35);
    enum err err = latent_build(&fit->form, model, &fit->arena, e);
    if (!err) {
        fit->start = ARENA_ARRAY(&fit->arena, double, fit->form.total);
        err = fit->start ? open_work(fit, pool, e) : error_memory(e);
    }
    if (!err)
        err = latent_search(fit, e);
    if (!err)
        err = latent_integrate(fit, e);
    if (!err && fit->account.design)
        err = make_shape(fit, e);
    if (!err)
        err = latent_judge_rows(fit, e);
    close_work(fit);
    if (err) {
        latent_close(fit);
        return err;
    }
    fit->account.n_unknowns = fit->form.n;
    fit->account.n_constraints = fit->form.n_constraints;
    fit->account.n_hyper = fit->form.n_theta;
    fit->account.n_points = fit->n_points;
    fit->account.n_entries = sparse_entries(fit->form.sparse);
    *out = fit;
    return ERR_OK;
}

struct latent_criteria latent_criteria_of(const struct latent_fit *fit)
{
    return fit->criteria;
}

struct latent_account latent_account_of(const struct latent_fit *fit)
{
    return fit->account;
}

uint32_t latent_n_hyper(const struct latent_fit *fit)
{
    return fit->form.n_hyper;
}

// P(theta_t < value). Each point stands for a small Gaussian (of a grid as wide as its
// cell), all drawn in so that mean and sd are those of the points.
static double theta_below(const struct latent_fit *fit, uint32_t t, double value)
{
    if (fit->shape) {
        const double *draw = fit->shape + (size_t)t * SHAPE_DRAWS;
        size_t low = 0, high = SHAPE_DRAWS;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (draw[middle] < value)
                low = middle + 1;
            else
                high = middle;
        }
        double within = 0;
        if (low > 0 && low < SHAPE_DRAWS && draw[low] > draw[low - 1])
            within = (value - draw[low - 1]) / (draw[low] - draw[low - 1]) - 0.5;
        double below = ((double)low + within) / SHAPE_DRAWS;
        return below < 0 ? 0 : below > 1 ? 1 : below;
    }
    uint32_t p = fit->form.n_theta;
    double width = 0, sd = fit->theta_sd[t], sum = 0;
    for (uint32_t k = 0; k < p; k++)
        width += fit->axis[t * p + k] * fit->axis[t * p + k];
    width = sqrt(width) * 0.6 * fit->options.grid_step * (p == 1 ? 0.5 : 1);
    if (fit->account.sample)
        width = 0.2 * sd;
    if (fit->n_points == 1 || !(sd > 0)) { // the Gaussian at the mode
        width = fit->options.mode_only ? 0 : width / 0.6;
        sd = width;
        if (!(width > 0))
            return value > fit->theta_mean[t] ? 1 : 0;
        return erfc(-(value - fit->theta_mean[t]) / width / M_SQRT2) / 2;
    }
    double grow = sqrt(sd * sd + width * width) / sd;
    double at = fit->theta_mean[t] + (value - fit->theta_mean[t]) * grow;
    for (uint32_t k = 0; k < fit->n_points; k++)
        sum += fit->point[k].weight *
               erfc(-(at - fit->point[k].theta[t]) / width / M_SQRT2) / 2;
    return sum;
}

static double theta_quantile(const struct latent_fit *fit, uint32_t t, double p)
{
    double sd = fmax(fit->theta_sd[t], 1e-8);
    double low = fit->theta_mean[t] - 12 * sd, high = fit->theta_mean[t] + 12 * sd;
    for (int k = 0; k < 60; k++) {
        double middle = (low + high) / 2;
        if (theta_below(fit, t, middle) < p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

double latent_hyper_above(const struct latent_fit *fit, uint32_t hyper, double value)
{
    assert(hyper < fit->form.n_hyper);
    const struct latent_hyper_state *h = fit->form.hyper + hyper;
    if (h->theta == LATENT_NO_THETA)
        return h->value > value;
    if (h->kind == LATENT_SIGMA && value <= 0)
        return 1;
    if (h->kind != LATENT_SIGMA && value >= 1)
        return 0;
    if (value <= (h->kind == LATENT_RHO ? -1 : 0))
        return 1;
    return 1 - theta_below(fit, (uint32_t)h->theta, latent_theta(h->kind, value));
}

struct latent_marginal latent_hyper(const struct latent_fit *fit, uint32_t hyper,
                                    uint32_t *effect, enum latent_hyper_kind *kind)
{
    assert(hyper < fit->form.n_hyper);
    const struct latent_hyper_state *h = fit->form.hyper + hyper;
    if (effect)
        *effect = h->effect;
    if (kind)
        *kind = h->kind;
    if (h->theta == LATENT_NO_THETA)
        return (struct latent_marginal){h->value, 0, h->value, h->value, h->value};
    uint32_t t = (uint32_t)h->theta;
    struct latent_marginal m = {0};
    m.low = latent_natural(h->kind, theta_quantile(fit, t, 0.025));
    m.median = latent_natural(h->kind, theta_quantile(fit, t, 0.5));
    m.high = latent_natural(h->kind, theta_quantile(fit, t, 0.975));
    double square = 0, n = fit->shape ? SHAPE_DRAWS : fit->n_points;
    for (uint32_t k = 0; k < n; k++) {
        double w = fit->shape ? 1.0 / SHAPE_DRAWS : fit->point[k].weight;
        double v =
            latent_natural(h->kind, fit->shape ? fit->shape[(size_t)t * SHAPE_DRAWS + k]
                                               : fit->point[k].theta[t]);
        m.mean += w * v;
        square += w * v * v;
    }
    m.sd = sqrt(fmax(square - m.mean * m.mean, 0));
    return m;
}
