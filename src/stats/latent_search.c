// SPDX-License-Identifier: AGPL-3.0-or-later
// Climbs the posterior of the hyper-parameters and measures its width.
#include <gsl/gsl_eigen.h>
#include <math.h>
#include <string.h>

#include "stats/latent_private.h"

enum { P = LATENT_MAX_HYPER, MOST_CLIMBS = 80 };

static const double difference_step = 0.03; // of the gradient, for the curvature

void latent_start_from(const struct latent_form *f, const double *x,
                       const struct latent_setting *from, const double *theta,
                       double *out)
{
    struct latent_setting to;
    latent_set(f, theta, &to);
    for (uint32_t j = 0; j < f->n; j++) {
        double a = from->scale[f->unknown_scale[j]], b = to.scale[f->unknown_scale[j]];
        out[j] = b > 0 ? x[j] * a / b : x[j];
    }
    memset(out + f->n, 0, f->n_constraints * sizeof *out);
}

// Where a search starts: the fixed effects at the overall level, the rest 0.
static void cold_start(const struct latent_form *f, double *x)
{
    const struct latent_model *m = f->model;
    double y = 0.5, n = 1, offset = 0, rows = 0;
    for (uint32_t i = 0; i < m->n_rows; i++) {
        if (!(m->size[i] > 0))
            continue;
        y += m->y[i];
        n += m->size[i];
        offset += m->offset ? m->offset[i] : 0;
        rows++;
    }
    memset(x, 0, f->total * sizeof *x);
    for (uint32_t j = 0; j < m->n_fixed; j++) {
        x[j] = f->fixed_precision[j] > 0 ? f->fixed_mean[j] : 0;
        if (!m->fixed[j].x) {
            x[j] = log(y / n) - offset / rows;
            if (m->family == LATENT_BINOMIAL)
                x[j] -= log1p(-y / n);
        }
    }
}

// Value at theta, from the mode kept in `from` (or cold); NAN when there is none.
static double climb_value(struct latent_work *w, const double *from,
                          const struct latent_setting *setting, const double *theta)
{
    if (from) {
        latent_start_from(w->form, from, setting, theta, w->x);
        if (latent_mode(w, theta))
            return latent_laplace(w, NULL);
    }
    cold_start(w->form, w->x);
    return latent_mode(w, theta) ? latent_laplace(w, NULL) : NAN;
}

static void clip(const struct latent_form *f, double *theta, bool *at_border)
{
    for (uint32_t t = 0; t < f->n_theta; t++) {
        double low, high;
        latent_theta_range(f->hyper[f->theta_hyper[t]].kind, &low, &high);
        if (theta[t] <= low || theta[t] >= high) {
            theta[t] = theta[t] <= low ? low : high;
            *at_border = true;
        }
    }
}

// Broyden, Fletcher, Goldfarb and Shanno: the inverse curvature from a step and the fall
// of the gradient over it.
static void learn_curvature(double *h, const double *s, const double *y, uint32_t p)
{
    double sy = 0, hy[P], yhy = 0;
    for (uint32_t j = 0; j < p; j++)
        sy += s[j] * y[j];
    for (uint32_t j = 0; j < p; j++) {
        hy[j] = 0;
        for (uint32_t k = 0; k < p; k++)
            hy[j] += h[j * p + k] * y[k];
        yhy += y[j] * hy[j];
    }
    if (sy <= 1e-12 * (1 + yhy))
        return;
    for (uint32_t j = 0; j < p; j++)
        for (uint32_t k = 0; k < p; k++)
            h[j * p + k] +=
                (1 + yhy / sy) * s[j] * s[k] / sy - (hy[j] * s[k] + s[j] * hy[k]) / sy;
}

static double direction(const double *h, const double *g, double *d, uint32_t p)
{
    double rise = 0, longest = 0;
    for (uint32_t j = 0; j < p; j++) {
        d[j] = 0;
        for (uint32_t k = 0; k < p; k++)
            d[j] += h[j * p + k] * g[k];
        longest = fmax(longest, fabs(d[j]));
        rise += d[j] * g[j];
    }
    if (longest > 1.5)
        for (uint32_t j = 0; j < p; j++)
            d[j] *= 1.5 / longest;
    return rise;
}

static enum err no_mode(struct error *e)
{
    error_set(
        e, ERR_INPUT, "latent.mode", NULL,
        "the model could not be fitted: its fixed effects are not told apart by the "
        "data, or an effect grows without end");
    return error_cure(e, "Give fixed effects a proper prior, or leave out what repeats "
                         "another effect.");
}

static enum err climb(struct latent_fit *fit, struct error *e)
{
    const struct latent_form *f = &fit->form;
    struct latent_work *w = fit->work[0];
    uint32_t p = f->n_theta;
    double *theta = fit->mode, g[P], h[P * P] = {0};
    for (uint32_t t = 0; t < p; t++) {
        enum latent_hyper_kind kind = f->hyper[f->theta_hyper[t]].kind;
        theta[t] = kind == LATENT_SIGMA ? -1.5 : kind == LATENT_PHI ? 0 : 1.5;
        h[t * p + t] = 0.3;
    }
    double value = climb_value(w, NULL, NULL, theta);
    if (!isfinite(value))
        return no_mode(e);
    latent_laplace(w, g);
    for (int turn = 0; turn < MOST_CLIMBS && p; turn++) {
        double d[P], to[P], next[P], s[P], y[P], rise = direction(h, g, d, p), length = 1;
        if (rise < 1e-5)
            break;
        memcpy(fit->start, w->x, f->total * sizeof *w->x);
        fit->start_setting = w->setting;
        bool border = false, found = false;
        double there = 0;
        for (int k = 0; k < 12 && !found; k++, length /= 2) {
            for (uint32_t j = 0; j < p; j++)
                to[j] = theta[j] + length * d[j];
            clip(f, to, &border);
            there = climb_value(w, fit->start, &fit->start_setting, to);
            found = isfinite(there) && there > value + 1e-8;
        }
        if (!found) { // the top, to working precision
            latent_start_from(f, fit->start, &fit->start_setting, theta, w->x);
            if (!latent_mode(w, theta))
                return no_mode(e);
            break;
        }
        latent_laplace(w, next);
        for (uint32_t j = 0; j < p; j++) {
            s[j] = to[j] - theta[j];
            y[j] = g[j] - next[j];
            g[j] = next[j];
            theta[j] = to[j];
        }
        learn_curvature(h, s, y, p);
        value = there;
        fit->account.at_border = border;
    }
    memcpy(fit->start, w->x, f->total * sizeof *w->x);
    fit->start_setting = w->setting;
    return ERR_OK;
}

struct probe {
    double theta[P], gradient[P], value;
    bool with_gradient;
};

struct probes {
    struct latent_fit *fit;
    struct probe probe[4 * P + 1];
};

static void run_probe(void *argument, size_t i, unsigned thread)
{
    struct probes *all = argument;
    struct probe *probe = all->probe + i;
    struct latent_work *w = all->fit->work[thread];
    probe->value =
        climb_value(w, all->fit->start, &all->fit->start_setting, probe->theta);
    if (probe->with_gradient && isfinite(probe->value))
        latent_laplace(w, probe->gradient);
}

static void run_probes(struct probes *all, size_t n)
{
    if (all->fit->pool)
        pool_run(all->fit->pool, n, run_probe, all);
    else
        for (size_t i = 0; i < n; i++)
            run_probe(all, i, 0);
}

// Axes of the curvature at the mode by differences of the gradient.
static enum err find_axes(struct latent_fit *fit, struct probes *all, struct error *e)
{
    uint32_t p = fit->form.n_theta;
    double curvature[P * P], vectors[P * P], values[P], space[4 * P];
    for (uint32_t j = 0; j < 2 * p; j++) {
        struct probe *probe = all->probe + j;
        memcpy(probe->theta, fit->mode, sizeof probe->theta);
        probe->theta[j / 2] += j % 2 ? -difference_step : difference_step;
        probe->with_gradient = true;
    }
    run_probes(all, 2 * p);
    for (uint32_t j = 0; j < 2 * p; j++)
        if (!isfinite(all->probe[j].value))
            return no_mode(e);
    for (uint32_t j = 0; j < p; j++)
        for (uint32_t k = 0; k < p; k++)
            curvature[j * p + k] =
                (all->probe[2 * j + 1].gradient[k] - all->probe[2 * j].gradient[k] +
                 all->probe[2 * k + 1].gradient[j] - all->probe[2 * k].gradient[j]) /
                (4 * difference_step);
    gsl_matrix_view matrix = gsl_matrix_view_array(curvature, p, p);
    gsl_matrix_view vector = gsl_matrix_view_array(vectors, p, p);
    gsl_vector_view value = gsl_vector_view_array(values, p);
    gsl_eigen_symmv_workspace work = {p, space, space + P, space + 2 * P, space + 3 * P};
    gsl_eigen_symmv(&matrix.matrix, &value.vector, &vector.matrix, &work);
    gsl_eigen_symmv_sort(&value.vector, &vector.matrix, GSL_EIGEN_SORT_VAL_DESC);
    for (uint32_t k = 0; k < p; k++) {
        double sd = 1 / sqrt(fmax(values[k], 1.0 / 9)), sign = 0;
        for (uint32_t j = 0; j < p; j++) // the same direction on every machine
            if (fabs(vectors[j * p + k]) > fabs(sign) + 1e-6)
                sign = vectors[j * p + k];
        for (uint32_t j = 0; j < p; j++)
            fit->axis[j * p + k] = vectors[j * p + k] * (sign < 0 ? -sd : sd);
    }
    return ERR_OK;
}

// How wide the posterior is below and above the mode on each axis: where the Gaussian
// would have fallen by 1.
static void find_spreads(struct latent_fit *fit, struct probes *all)
{
    uint32_t p = fit->form.n_theta;
    for (uint32_t k = 0; k < 2 * p; k++) {
        struct probe *probe = all->probe + k;
        bool border = false;
        for (uint32_t j = 0; j < p; j++)
            probe->theta[j] =
                fit->mode[j] + fit->axis[j * p + k / 2] * (k % 2 ? M_SQRT2 : -M_SQRT2);
        clip(&fit->form, probe->theta, &border);
        probe->with_gradient = false;
    }
    struct probe *top = all->probe + 2 * p;
    memcpy(top->theta, fit->mode, sizeof top->theta);
    top->with_gradient = false;
    run_probes(all, 2 * p + 1);
    for (uint32_t k = 0; k < 2 * p; k++) {
        double fall = top->value - all->probe[k].value;
        fall = isfinite(fall) ? fall : 1;
        fit->spread[k] = 1 / sqrt(fmin(fmax(fall, 1.0 / 9), 9));
    }
}

enum err latent_search(struct latent_fit *fit, struct error *e)
{
    enum err err = climb(fit, e);
    if (err || !fit->form.n_theta)
        return err;
    struct probes all = {.fit = fit};
    err = find_axes(fit, &all, e);
    if (!err)
        find_spreads(fit, &all);
    return err;
}
