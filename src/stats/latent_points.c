// SPDX-License-Identifier: AGPL-3.0-or-later
// Points of the hyper-parameters over which everything is integrated: a grid of one or
// two, an importance sample of more where that is
// cheap, else a central composite design (Rue, Martino and Chopin 2009, 6.5).
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/latent_private.h"

enum { P = LATENT_MAX_HYPER, MOST_GRID = 400, MOST_REACH = 12 };

static const double grid_fall = 6;       // of log density, where a grid ends
static const double sample_work = 2e9;   // multiplications in factorisations of a sample
static const double design_radius = 1.1; // f0 of the design, times sqrt p

static uint32_t sample_size(uint32_t p)
{
    return p == 3 ? 256 : 384;
}

static enum err point_space(struct latent_fit *fit, struct latent_point *p,
                            struct error *e)
{
    const struct latent_form *f = &fit->form;
    size_t rows = f->model->n_rows, levels = f->levels.n, fixed = f->model->n_fixed;
    double *block =
        ARENA_ARRAY(&fit->arena, double, f->total + 7 * rows + 2 * levels + 2 * fixed);
    if (!block)
        return error_memory(e);
    p->x = block;
    p->mean = p->x + f->total;
    p->variance = p->mean + rows;
    p->site_linear = p->variance + rows;
    p->site_precision = p->site_linear + rows;
    p->cavity_mean = p->site_precision + rows;
    p->cavity_variance = p->cavity_mean + rows;
    p->log_integral = p->cavity_variance + rows;
    p->level_mean = p->log_integral + rows;
    p->level_variance = p->level_mean + levels;
    p->fixed_mean = p->level_variance + levels;
    p->fixed_variance = p->fixed_mean + fixed;
    return ERR_OK;
}

static void keep_point(const struct latent_work *w, struct latent_point *p)
{
    const struct latent_form *f = w->form;
    size_t rows = f->model->n_rows * sizeof(double);
    memcpy(p->x, w->x, f->total * sizeof *p->x);
    memcpy(p->mean, w->eta, rows);
    memcpy(p->variance, w->variance, rows);
    memcpy(p->site_linear, w->site_linear, rows);
    memcpy(p->site_precision, w->site_precision, rows);
    memcpy(p->cavity_mean, w->cavity_mean, rows);
    memcpy(p->cavity_variance, w->cavity_variance, rows);
    memcpy(p->log_integral, w->log_part, rows);
    for (uint32_t j = 0; j < f->model->n_fixed; j++) {
        p->fixed_mean[j] = w->x[j];
        p->fixed_variance[j] = w->inverse[f->pattern.start[j]];
    }
    for (uint32_t l = 0; l < f->levels.n; l++) {
        p->level_mean[l] = latent_row_value(&f->levels, l, w->setting.scale, w->x);
        p->level_variance[l] =
            latent_row_variance(&f->levels, l, w->setting.scale, w->inverse);
    }
}

struct batch {
    struct latent_fit *fit;
    uint32_t first;
};

static void run_point(void *argument, size_t i, unsigned thread)
{
    struct batch *b = argument;
    struct latent_fit *fit = b->fit;
    struct latent_point *p = fit->point + b->first + i;
    struct latent_work *w = fit->work[thread];
    const double *x = fit->start;
    const struct latent_setting *setting = &fit->start_setting;
    p->log_posterior = NAN;
    if (fit->options.refine && b->first) {
        const struct latent_point *centre = fit->point; // its sites are nearly these
        latent_start_from(&fit->form, x, setting, p->theta, w->x);
        p->log_posterior =
            latent_refine_from(w, p->theta, fit->options.refine, centre->site_linear,
                               centre->site_precision);
    }
    if (!isfinite(p->log_posterior)) {
        latent_start_from(&fit->form, x, setting, p->theta, w->x);
        if (latent_mode(w, p->theta))
            p->log_posterior = latent_refine(w, fit->options.refine, &p->laplace);
    }
    p->ok = isfinite(p->log_posterior);
    if (p->ok)
        keep_point(w, p);
}

static enum err run_points(struct latent_fit *fit, uint32_t first, struct error *e)
{
    for (uint32_t k = first; k < fit->n_points; k++) {
        enum err err = point_space(fit, fit->point + k, e);
        if (err)
            return err;
    }
    struct batch b = {fit, first};
    if (!first) { // the mode by itself: others start from its sites
        run_point(&b, 0, 0);
        if (!fit->point->ok)
            return error_set(e, ERR_INPUT, "latent.points", NULL,
                             "the model could not be integrated: the mode of its "
                             "hyper-parameters gives no answer");
        fit->account.shift =
            fit->options.refine ? fit->point->log_posterior - fit->point->laplace : 0;
        first = b.first = 1;
    }
    if (fit->pool)
        pool_run(fit->pool, fit->n_points - first, run_point, &b);
    else
        for (uint32_t k = first; k < fit->n_points; k++)
            run_point(&b, k - first, 0);
    return ERR_OK;
}

static enum err add_point(struct latent_fit *fit, const double *z, bool *inside,
                          struct error *e)
{
    uint32_t p = fit->form.n_theta;
    if (fit->n_points == fit->point_space) {
        uint32_t space = fit->point_space ? 2 * fit->point_space : 32;
        struct latent_point *more = mem_resize(fit->point, space, sizeof *more);
        if (!more)
            return error_memory(e);
        fit->point = more;
        fit->point_space = space;
    }
    struct latent_point *point = fit->point + fit->n_points;
    *point = (struct latent_point){0};
    *inside = true;
    for (uint32_t j = 0; j < p; j++) {
        double low, high;
        latent_theta_range(fit->form.hyper[fit->form.theta_hyper[j]].kind, &low, &high);
        point->theta[j] = fit->mode[j];
        for (uint32_t k = 0; k < p; k++)
            point->theta[j] += fit->axis[j * p + k] * z[k];
        if (point->theta[j] < low || point->theta[j] > high)
            *inside = false;
    }
    fit->n_points += *inside;
    return ERR_OK;
}

// Grows the grid from the mode by rounds: the neighbours of all points that are not too
// low. Each round is decided by finished ones, so that threads do not matter.
static enum err run_grid(struct latent_fit *fit, struct error *e)
{
    enum { SIDE = 2 * MOST_REACH + 1 };
    uint32_t p = fit->form.n_theta;
    double step = fit->options.grid_step * (p == 1 ? 0.5 : 1);
    bool taken[SIDE][SIDE] = {{false}};
    int place[MOST_GRID + 2 * SIDE][2];
    bool inside;
    taken[MOST_REACH][MOST_REACH] = true;
    place[0][0] = place[0][1] = 0;
    enum err err = add_point(fit, (double[P]){0}, &inside, e);
    if (!err)
        err = run_points(fit, 0, e);
    double best = -INFINITY;
    for (uint32_t from = 0; !err && from < fit->n_points && fit->n_points < MOST_GRID;) {
        uint32_t end = fit->n_points;
        for (uint32_t k = from; k < end; k++)
            if (fit->point[k].ok)
                best = fmax(best, fit->point[k].log_posterior);
        for (uint32_t k = from; k < end && !err; k++) {
            if (!fit->point[k].ok || fit->point[k].log_posterior < best - grid_fall)
                continue;
            for (uint32_t n = 0; n < 2 * p && !err && fit->n_points < MOST_GRID; n++) {
                int at[2] = {place[k][0], place[k][1]};
                at[n / 2] += n % 2 ? -1 : 1;
                if (abs(at[n / 2]) > MOST_REACH ||
                    taken[at[0] + MOST_REACH][at[1] + MOST_REACH])
                    continue;
                taken[at[0] + MOST_REACH][at[1] + MOST_REACH] = true;
                place[fit->n_points][0] = at[0];
                place[fit->n_points][1] = at[1];
                err = add_point(fit, (double[P]){at[0] * step, at[1] * step}, &inside, e);
            }
        }
        if (!err)
            err = run_points(fit, end, e);
        from = end;
    }
    return err;
}

// Columns of a two-level fraction of resolution V: the first are free, the rest products.
static uint32_t fraction(uint32_t p, uint32_t run, int *signs)
{
    static const struct {
        uint32_t free;
        uint32_t product[2]; // masks of free columns, of the columns after them
    } of[P + 1] = {[3] = {3, {0, 0}},    [4] = {4, {0, 0}},    [5] = {4, {0xf, 0}},
                   [6] = {5, {0x1f, 0}}, [7] = {6, {0x3f, 0}}, [8] = {6, {0x0f, 0x33}}};
    for (uint32_t k = 0; k < p; k++) {
        uint32_t mask = k < of[p].free ? 1u << k : of[p].product[k - of[p].free];
        signs[k] = __builtin_popcount(run & mask) % 2 ? -1 : 1;
    }
    return 1u << of[p].free;
}

// Factor of a half axis: its width against the Gaussian's.
static double half_width(const struct latent_fit *fit, uint32_t k, double z)
{
    double below = fit->spread[2 * k], above = fit->spread[2 * k + 1];
    return z < 0 ? below : z > 0 ? above : (below + above) / 2;
}

static enum err add_design_point(struct latent_fit *fit, const double *z,
                                 double *log_width, struct error *e)
{
    double scaled[P] = {0};
    bool inside;
    double sum = 0;
    for (uint32_t k = 0; k < fit->form.n_theta; k++) {
        double width = half_width(fit, k, z[k]);
        scaled[k] = z[k] * width;
        sum += log(width);
    }
    log_width[fit->n_points] = sum;
    return add_point(fit, scaled, &inside, e);
}

// Weights that give a Gaussian its mass and variance: with n points outside the centre at
// distance f0 sqrt p, each counts exp(p f0^2 / 2) / (n f0^2) of its density, the centre
// 1 - 1 / f0^2.
static enum err run_design(struct latent_fit *fit, double *log_factor, struct error *e)
{
    uint32_t p = fit->form.n_theta, runs = 1, planned = 2 * p;
    double radius = design_radius * sqrt(p), z[P] = {0};
    int signs[P];
    enum err err = add_design_point(fit, z, log_factor, e);
    for (uint32_t k = 0; k < 2 * p && !err; k++) {
        memset(z, 0, sizeof z);
        z[k / 2] = k % 2 ? -radius : radius;
        err = add_design_point(fit, z, log_factor, e);
    }
    for (uint32_t r = 0; r < runs && !err; r++) {
        runs = fraction(p, r, signs);
        for (uint32_t k = 0; k < p; k++)
            z[k] = signs[k] * design_radius;
        err = add_design_point(fit, z, log_factor, e);
    }
    planned += runs;
    double f2 = design_radius * design_radius;
    for (uint32_t k = 0; k < fit->n_points && !err; k++)
        log_factor[k] += k ? p * f2 / 2 - log(planned * f2) : log(1 - 1 / f2);
    return err ? err : run_points(fit, 0, e);
}

// Quantile of Student's t with 4 degrees of freedom (Shaw, J. Comput. Finance 9, 2006)
// and log of its density.
static double student_quantile(double p)
{
    double a = 4 * p * (1 - p), root = sqrt(a);
    double t = 2 * sqrt(fmax(cos(acos(root) / 3) / root - 1, 0));
    return p < 0.5 ? -t : t;
}

static double student_log_density(double t)
{
    return log(0.375) - 2.5 * log1p(t * t / 4);
}

// Where a model is small enough: evenly spread points (Halton's) of a wider distribution,
// each weighed by the posterior over it, so that no shape of the posterior is assumed.
static enum err run_sample(struct latent_fit *fit, double *log_factor, struct error *e)
{
    static const uint32_t primes[P] = {2, 3, 5, 7, 11, 13, 17, 19};
    enum { SKIPPED = 20 };
    uint32_t p = fit->form.n_theta, n = sample_size(p);
    bool inside;
    log_factor[0] = -INFINITY; // the mode is computed first, and not counted
    enum err err = add_point(fit, (double[P]){0}, &inside, e);
    for (uint32_t i = 0; i < n && !err; i++) {
        double z[P], log_density = 0;
        for (uint32_t k = 0; k < p; k++) {
            double below = fit->spread[2 * k], above = fit->spread[2 * k + 1];
            double u = latent_halton(i + SKIPPED, primes[k]),
                   left = below / (below + above);
            double t = student_quantile(u < left ? u / left / 2
                                                 : 0.5 + (u - left) / (1 - left) / 2);
            z[k] = t * (t < 0 ? below : above);
            log_density += student_log_density(t) + log(2 / (below + above));
        }
        log_factor[fit->n_points] = -log_density - log(n);
        err = add_point(fit, z, &inside, e);
    }
    return err ? err : run_points(fit, 0, e);
}

// Weights, and the scale of the evidence: the integral over theta.
static enum err weigh(struct latent_fit *fit, const double *log_factor, struct error *e)
{
    uint32_t p = fit->form.n_theta, kept = 0;
    double best = -INFINITY, sum = 0;
    for (uint32_t k = 0; k < fit->n_points; k++)
        if (fit->point[k].ok)
            best = fmax(best, fit->point[k].log_posterior + log_factor[k]);
    if (!isfinite(best))
        return error_set(e, ERR_INPUT, "latent.points", NULL,
                         "the model could not be integrated: no value of its "
                         "hyper-parameters gave an answer");
    for (uint32_t k = 0; k < fit->n_points; k++) {
        struct latent_point point = fit->point[k];
        if (!point.ok)
            continue;
        point.weight = exp(point.log_posterior + log_factor[k] - best);
        sum += point.weight;
        if (point.weight > 1e-4) // of the heaviest
            fit->point[kept++] = point;
    }
    double all = sum;
    sum = 0;
    for (uint32_t k = 0; k < kept; k++)
        sum += fit->point[k].weight;
    fit->n_points = kept;
    double log_volume = 0;
    for (uint32_t k = 0; k < p; k++) { // |axis|: axes are orthogonal
        double square = 0;
        for (uint32_t j = 0; j < p; j++)
            square += fit->axis[j * p + k] * fit->axis[j * p + k];
        log_volume += log(square) / 2;
    }
    fit->criteria.log_evidence = best + log(all) + log_volume;
    for (uint32_t k = 0; k < kept; k++)
        fit->point[k].weight /= sum;
    for (uint32_t j = 0; j < p; j++) {
        double mean = 0, square = 0;
        for (uint32_t k = 0; k < kept; k++)
            mean += fit->point[k].weight * fit->point[k].theta[j];
        for (uint32_t k = 0; k < kept; k++) {
            double d = fit->point[k].theta[j] - mean;
            square += fit->point[k].weight * d * d;
        }
        fit->theta_mean[j] = mean;
        fit->theta_sd[j] = sqrt(square);
    }
    return ERR_OK;
}

enum err latent_integrate(struct latent_fit *fit, struct error *e)
{
    double log_factor[MOST_GRID] = {0};
    uint32_t p = fit->form.n_theta;
    enum err err;
    bool inside;
    if (!p || fit->options.mode_only) {
        err = add_point(fit, (double[P]){0}, &inside, e);
        if (!err)
            err = run_points(fit, 0, e);
        log_factor[0] = p * log(2 * M_PI) / 2; // a Gaussian around the mode
    } else if (p <= 2) {
        err = run_grid(fit, e);
        double step = fit->options.grid_step * (p == 1 ? 0.5 : 1);
        for (uint32_t k = 0; k < fit->n_points; k++)
            log_factor[k] = p * log(step);
    } else if (sparse_multiplications(fit->form.sparse) * sample_size(p) < sample_work) {
        fit->account.sample = true;
        err = run_sample(fit, log_factor, e);
    } else {
        fit->account.design = true;
        err = run_design(fit, log_factor, e);
        for (uint32_t k = 0; k < fit->n_points; k++)
            log_factor[k] += p * log(2 * M_PI) / 2;
    }
    return err ? err : weigh(fit, log_factor, e);
}
