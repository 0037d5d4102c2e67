// SPDX-License-Identifier: AGPL-3.0-or-later
// One value of the hyper-parameters: mode of the latent field, Laplace approximation of
// their posterior and its gradient.
#include <math.h>
#include <string.h>

#include "stats/latent_private.h"

enum { MOST_NEWTON = 100, MOST_HALVINGS = 40 };

double latent_likelihood_constant(const struct latent_model *m, uint32_t i)
{
    double y = m->y[i], n = m->size[i];
    if (!(n > 0))
        return 0;
    if (m->family == LATENT_POISSON)
        return y * log(n) - lgamma(y + 1);
    return lgamma(n + 1) - lgamma(y + 1) - lgamma(n - y + 1);
}

double latent_likelihood(const struct latent_model *m, uint32_t i, double eta,
                         double derivative[3])
{
    double y = m->y[i], n = m->size[i];
    if (!(n > 0)) {
        derivative[0] = derivative[1] = derivative[2] = 0;
        return 0;
    }
    if (m->family == LATENT_POISSON) {
        double mean = n * exp(eta);
        derivative[0] = y - mean;
        derivative[1] = derivative[2] = -mean;
        return y * eta - mean;
    }
    double small = exp(-fabs(eta)), p = 1 / (1 + small), q = small / (1 + small);
    double log_p = -log1p(small), log_q = log_p - fabs(eta); // of the likelier side
    if (eta < 0) {
        double t = p;
        p = q;
        q = t;
        t = log_p;
        log_p = log_q;
        log_q = t;
    }
    derivative[0] = y * q - (n - y) * p;
    derivative[1] = -n * p * q;
    derivative[2] = derivative[1] * (q - p);
    return y * log_p + (n - y) * log_q;
}

enum err latent_work_open(struct latent_work **out, const struct latent_form *f,
                          struct error *e)
{
    *out = NULL;
    struct latent_work *w = mem_alloc(1, sizeof *w);
    if (!w)
        return error_memory(e);
    w->form = f;
    w->tolerance = 1e-9;
    size_t entries = f->pattern.start[f->total], n = f->total, rows = f->model->n_rows;
    double **by_entry[] = {&w->structure, &w->values, &w->inverse};
    double **by_unknown[] = {&w->x, &w->x_try, &w->product, &w->step};
    double **by_row[] = {&w->eta,
                         &w->score,
                         &w->curvature,
                         &w->third,
                         &w->variance,
                         &w->site_linear,
                         &w->site_precision,
                         &w->cavity_mean,
                         &w->cavity_variance,
                         &w->log_part};
    bool ok = true;
    for (size_t k = 0; k < sizeof by_entry / sizeof *by_entry; k++)
        ok = (*by_entry[k] = mem_alloc(entries, sizeof(double))) && ok;
    for (size_t k = 0; k < sizeof by_unknown / sizeof *by_unknown; k++)
        ok = (*by_unknown[k] = mem_alloc(n, sizeof(double))) && ok;
    for (size_t k = 0; k < sizeof by_row / sizeof *by_row; k++)
        ok = (*by_row[k] = mem_alloc(rows, sizeof(double))) && ok;
    enum err err = ok ? sparse_factor_open(&w->factor, f->sparse, e) : error_memory(e);
    if (err) {
        latent_work_close(w);
        return err;
    }
    *out = w;
    return ERR_OK;
}

void latent_work_close(struct latent_work *w)
{
    if (!w)
        return;
    sparse_factor_close(w->factor);
    mem_free(w->structure);
    mem_free(w->values);
    mem_free(w->inverse);
    mem_free(w->x);
    mem_free(w->x_try);
    mem_free(w->product);
    mem_free(w->step);
    mem_free(w->eta);
    mem_free(w->score);
    mem_free(w->curvature);
    mem_free(w->third);
    mem_free(w->variance);
    mem_free(w->site_linear);
    mem_free(w->site_precision);
    mem_free(w->cavity_mean);
    mem_free(w->cavity_variance);
    mem_free(w->log_part);
    mem_free(w);
}

double latent_row_value(const struct latent_rows *r, uint32_t row, const double *scale,
                        const double *x)
{
    double sum = 0;
    for (size_t k = r->start[row]; k < r->start[row + 1]; k++)
        sum += r->weight[k] * scale[r->scale[k]] * x[r->column[k]];
    return sum;
}

double latent_row_variance(const struct latent_rows *r, uint32_t row, const double *scale,
                           const double *inverse)
{
    const uint32_t *pair = r->pair + r->pair_start[row];
    double sum = 0;
    for (size_t k = r->start[row]; k < r->start[row + 1]; k++) {
        double a = r->weight[k] * scale[r->scale[k]], across = 0;
        for (size_t l = r->start[row]; l < k; l++)
            across += r->weight[l] * scale[r->scale[l]] * inverse[*pair++];
        sum += a * (2 * across + a * inverse[*pair++]);
    }
    return sum;
}

void latent_predict(struct latent_work *w, const double *x, double *eta)
{
    const struct latent_model *m = w->form->model;
    for (uint32_t i = 0; i < m->n_rows; i++)
        eta[i] = (m->offset ? m->offset[i] : 0) +
                 latent_row_value(&w->form->data, i, w->setting.scale, x);
}

void latent_variances(struct latent_work *w)
{
    for (uint32_t i = 0; i < w->form->model->n_rows; i++)
        w->variance[i] =
            latent_row_variance(&w->form->data, i, w->setting.scale, w->inverse);
}

void latent_transposed(const struct latent_work *w, const double *r, double *out)
{
    const struct latent_rows *rows = &w->form->data;
    const double *scale = w->setting.scale;
    for (uint32_t i = 0; i < rows->n; i++)
        for (size_t k = rows->start[i]; k < rows->start[i + 1]; k++)
            out[rows->column[k]] += rows->weight[k] * scale[rows->scale[k]] * r[i];
}

// Structure at the setting: what is constant, and autoregressions of their rho.
void latent_set_structure(struct latent_work *w, const double *theta)
{
    const struct latent_form *f = w->form;
    latent_set(f, theta, &w->setting);
    memcpy(w->structure, f->base, f->pattern.start[f->total] * sizeof *w->structure);
    for (uint32_t a = 0; a < f->n_ar; a++) {
        const struct latent_ar *ar = f->ar + a;
        double rho = w->setting.value[ar->rho], rest = 1 - rho * rho;
        for (uint32_t t = 0; t < ar->n; t++) {
            bool inner = t && t + 1 < ar->n;
            w->structure[f->pattern.start[ar->first + t]] =
                ar->n == 1 ? 1 : (inner ? 1 + rho * rho : 1) / rest;
            if (t + 1 < ar->n)
                w->structure[ar->next_place[t]] = -rho / rest;
        }
    }
}

double latent_quadratic(struct latent_work *w, const double *x)
{
    const struct latent_form *f = w->form;
    const struct sparse_pattern *p = &f->pattern;
    double *centred = w->step, sum = 0; // free outside a Newton step
    memcpy(centred, x, f->n * sizeof *centred);
    memset(centred + f->n, 0, f->n_constraints * sizeof *centred);
    for (uint32_t j = 0; j < f->model->n_fixed; j++)
        centred[j] -= f->fixed_mean[j];
    memset(w->product, 0, f->total * sizeof *w->product);
    for (uint32_t j = 0; j < f->total; j++) {
        double xj = centred[j], inner = w->structure[p->start[j]] * xj;
        for (uint32_t k = p->start[j] + 1; k < p->start[j + 1]; k++) {
            inner += w->structure[k] * centred[p->row[k]];
            w->product[p->row[k]] += w->structure[k] * xj;
        }
        w->product[j] += inner;
    }
    for (uint32_t j = 0; j < f->n; j++)
        sum += centred[j] * w->product[j];
    return sum;
}

bool latent_factorise(struct latent_work *w, const double *curvature)
{
    const struct latent_rows *rows = &w->form->data;
    const double *scale = w->setting.scale;
    memcpy(w->values, w->structure,
           w->form->pattern.start[w->form->total] * sizeof *w->values);
    for (uint32_t i = 0; i < rows->n; i++) {
        if (curvature[i] == 0)
            continue;
        const uint32_t *pair = rows->pair + rows->pair_start[i];
        for (size_t k = rows->start[i]; k < rows->start[i + 1]; k++) {
            double a = curvature[i] * rows->weight[k] * scale[rows->scale[k]];
            for (size_t l = rows->start[i]; l <= k; l++)
                w->values[*pair++] += a * rows->weight[l] * scale[rows->scale[l]];
        }
    }
    w->n_factorisations++;
    return sparse_factorise(w->factor, w->values);
}

static double sum_likelihood(struct latent_work *w, bool keep)
{
    const struct latent_model *m = w->form->model;
    double sum = 0, d[3];
    for (uint32_t i = 0; i < m->n_rows; i++) {
        sum += latent_likelihood(m, i, w->eta[i], d);
        if (keep) {
            w->score[i] = d[0];
            w->curvature[i] = -d[1];
            w->third[i] = d[2];
        }
    }
    return sum;
}

// Tries x + step times smaller and smaller; true when the objective has risen (or
// rounding hides whether it has).
static bool search_line(struct latent_work *w, const double *step, double decrement,
                        double objective)
{
    const struct latent_form *f = w->form;
    double length = 1;
    for (int k = 0; k < MOST_HALVINGS; k++, length /= 2) {
        for (uint32_t j = 0; j < f->total; j++)
            w->x_try[j] = w->x[j] + length * step[j];
        latent_predict(w, w->x_try, w->eta);
        double likelihood = sum_likelihood(w, false);
        double to = likelihood - latent_quadratic(w, w->x_try) / 2;
        double slack = 1e-12 * (fabs(objective) + 1);
        if (isfinite(to) && to >= objective + 1e-4 * length * decrement - slack) {
            memcpy(w->x, w->x_try, f->total * sizeof *w->x);
            return true;
        }
    }
    return false;
}

bool latent_mode(struct latent_work *w, const double *theta)
{
    const struct latent_form *f = w->form;
    double *step = w->inverse; // long enough: the pattern holds the diagonal
    latent_set_structure(w, theta);
    for (int turn = 0; turn < MOST_NEWTON; turn++) {
        latent_predict(w, w->x, w->eta);
        w->log_likelihood = sum_likelihood(w, true);
        w->quadratic = latent_quadratic(w, w->x);
        if (!isfinite(w->log_likelihood) || !latent_factorise(w, w->curvature))
            return false;
        double decrement = 0;
        for (uint32_t j = 0; j < f->total; j++)
            step[j] = -w->product[j]; // of constraints: -C x
        latent_transposed(w, w->score, step);
        memcpy(w->x_try, step, f->n * sizeof *step);
        sparse_solve(w->factor, step);
        for (uint32_t j = 0; j < f->n; j++)
            decrement += step[j] * w->x_try[j];
        for (uint32_t j = f->n; j < f->total; j++)
            step[j] = 0;
        if (!isfinite(decrement))
            return false;
        double objective = w->log_likelihood - w->quadratic / 2;
        if (decrement < w->tolerance || !search_line(w, step, decrement, objective)) {
            latent_predict(w, w->x, w->eta);
            return decrement < 1e-4;
        }
    }
    return false;
}

double latent_log_gaussian(const struct latent_work *w)
{
    const struct latent_form *f = w->form;
    double sum = f->log_structure - sparse_log_determinant(w->factor) / 2;
    for (uint32_t a = 0; a < f->n_ar; a++) {
        double rho = w->setting.value[f->ar[a].rho];
        sum -= (f->ar[a].n - 1) / 2.0 * log1p(-rho * rho);
    }
    return sum;
}

double latent_log_prior_all(const struct latent_work *w)
{
    const struct latent_form *f = w->form;
    double sum = 0, slope = 0;
    for (uint32_t t = 0; t < f->n_theta; t++)
        sum +=
            latent_log_prior(f->hyper + f->theta_hyper[t], w->setting.theta[t], &slope);
    return sum;
}

// d log scale / d theta of a hyper-parameter.
static double scale_slope(const struct latent_form *f, const struct latent_setting *s,
                          uint32_t scale, uint32_t hyper)
{
    const struct latent_scale *of = f->scale + scale;
    if (of->kind == SCALE_ONE)
        return 0;
    if (of->sigma == hyper)
        return 1;
    if (of->kind == SCALE_SIGMA || of->phi != hyper)
        return 0;
    double phi = s->value[hyper];
    return of->kind == SCALE_OWN ? -phi / 2 : (1 - phi) / 2;
}

// What one row adds to the slopes by log scale. x: mode; v: K^-1 A' h with h the pull of
// the log-determinant on the row's linear predictor.
static void row_slopes(const struct latent_work *w, uint32_t i, const double *v,
                       double *slopes)
{
    const struct latent_rows *r = &w->form->data;
    const double *scale = w->setting.scale;
    const uint32_t *pair = r->pair + r->pair_start[i];
    size_t from = r->start[i], to = r->start[i + 1];
    double score = w->score[i], curvature = w->curvature[i];
    double pull = w->third[i] * w->variance[i] / 2, shift = 0;
    for (size_t k = from; k < to; k++)
        shift += r->weight[k] * scale[r->scale[k]] * v[r->column[k]];
    for (size_t k = from; k < to; k++) {
        double a = r->weight[k] * scale[r->scale[k]], x = w->x[r->column[k]];
        slopes[r->scale[k]] +=
            a * (x * (score + pull - curvature * shift) + score * v[r->column[k]]);
        for (size_t l = from; l <= k; l++) {
            double c =
                curvature * a * r->weight[l] * scale[r->scale[l]] * w->inverse[*pair++];
            slopes[r->scale[k]] -= c; // once for each side of a (k, l) and (l, k)
            if (l < k)
                slopes[r->scale[l]] -= c;
        }
    }
}

// d / d theta of what rho of an autoregression changes: its determinant, its quadratic
// form, the trace with the covariance, and the mode by it.
static double ar_slope(const struct latent_work *w, const struct latent_ar *ar,
                       const double *v)
{
    const struct sparse_pattern *p = &w->form->pattern;
    double rho = w->setting.value[ar->rho], rest = 1 - rho * rho;
    if (ar->n == 1)
        return 0;
    double by_end = 2 * rho / (rest * rest), by_inner = 4 * rho / (rest * rest);
    double by_next = -(1 + rho * rho) / (rest * rest);
    double sum = (ar->n - 1) * rho / rest;
    for (uint32_t t = 0; t < ar->n; t++) {
        uint32_t j = ar->first + t;
        double by = t && t + 1 < ar->n ? by_inner : by_end;
        sum -=
            by * (w->x[j] * w->x[j] / 2 + w->inverse[p->start[j]] / 2 + v[j] * w->x[j]);
        if (t + 1 < ar->n)
            sum -= by_next * (w->x[j] * w->x[j + 1] + w->inverse[ar->next_place[t]] +
                              v[j] * w->x[j + 1] + v[j + 1] * w->x[j]);
    }
    return sum * rest / 2; // d rho / d theta
}

double latent_laplace(struct latent_work *w, double *gradient)
{
    const struct latent_form *f = w->form;
    double value = f->log_likelihood_constant + w->log_likelihood - w->quadratic / 2 +
                   latent_log_gaussian(w) + latent_log_prior_all(w);
    if (!gradient)
        return value;
    sparse_select(w->factor, w->inverse);
    latent_variances(w);
    double *v = w->step, *pull = w->log_part, slopes[LATENT_MAX_SCALES] = {0};
    memset(v, 0, f->total * sizeof *v);
    for (uint32_t i = 0; i < f->model->n_rows; i++)
        pull[i] = w->third[i] * w->variance[i] / 2;
    latent_transposed(w, pull, v);
    sparse_solve(w->factor, v);
    for (uint32_t i = 0; i < f->model->n_rows; i++)
        if (f->model->size[i] > 0)
            row_slopes(w, i, v, slopes);
    for (uint32_t t = 0; t < f->n_theta; t++) {
        uint32_t h = f->theta_hyper[t];
        gradient[t] = 0;
        latent_log_prior(f->hyper + h, w->setting.theta[t], gradient + t);
        for (uint32_t s = 0; s < f->n_scales; s++)
            gradient[t] += slopes[s] * scale_slope(f, &w->setting, s, h);
        for (uint32_t a = 0; a < f->n_ar; a++)
            if (f->ar[a].rho == h)
                gradient[t] += ar_slope(w, f->ar + a, v);
    }
    return value;
}
