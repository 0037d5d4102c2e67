// SPDX-License-Identifier: AGPL-3.0-or-later
// Draws of the linear predictors together. At a point of the hyper-parameters the field
// is Gaussian with precision K = G'G + A'DA on C x = 0. Of independent standard normals
// e1, e2 the vector z = G' e1 + A' sqrt(D) e2 has covariance K, and x = K^-1 z (bordered
// by the constraints) that of the field, so no square root of K is needed (Papandreou and
// Yuille, NIPS 23, 2010).
#include <math.h>
#include <string.h>

#include "stats/latent_private.h"

// G' e1 of one copy of a structure.
static void perturb_structure(const struct latent_structure *s, struct rng *r, double *z)
{
    for (uint32_t row = 0; row < s->n_rows; row++) {
        double e1 = rng_normal(r);
        for (uint32_t k = s->row_start[row]; k < s->row_start[row + 1]; k++)
            z[s->row_column[k]] += s->row_value[k] * e1;
    }
}

static void perturb_autoregression(uint32_t n, double rho, struct rng *r, double *z)
{
    double scale = 1 / sqrt(1 - rho * rho);
    z[0] += rng_normal(r);
    for (uint32_t t = 1; t < n; t++) {
        double e1 = rng_normal(r) * scale;
        z[t] += e1;
        z[t - 1] -= rho * e1;
    }
}

static void perturb(const struct latent_work *w, struct rng *r, double *z)
{
    const struct latent_form *f = w->form;
    memset(z, 0, f->total * sizeof *z);
    for (uint32_t j = 0; j < f->model->n_fixed; j++)
        z[j] = sqrt(f->fixed_precision[j]) * rng_normal(r);
    for (uint32_t k = 0, ar = 0; k < f->model->n_effects; k++) {
        const struct latent_block *b = f->block + k;
        for (uint32_t i = 0; i < b->n_ones; i++)
            z[b->first + i] += rng_normal(r);
        for (uint32_t copy = 0; copy < b->n_copies; copy++)
            perturb_structure(b->structure, r,
                              z + b->first_structured + copy * b->structure->n);
        if (f->model->effects[k].kind == LATENT_AR1) {
            perturb_autoregression(f->ar[ar].n, w->setting.value[f->ar[ar].rho], r,
                                   z + b->first);
            ar++;
        }
    }
}

struct drawing {
    const struct latent_fit *fit;
    struct latent_work **work;
    uint32_t *order; // draws by point
    uint32_t *first; // n_points + 1
    struct rng *stream;
    double *out;
    bool *failed; // by point
};

static void draw_one(struct latent_work *w, const struct latent_point *p, struct rng *r,
                     double *out)
{
    const struct latent_form *f = w->form;
    double *x = w->x;
    perturb(w, r, x);
    for (uint32_t i = 0; i < f->model->n_rows; i++)
        w->score[i] = sqrt(p->site_precision[i]) * rng_normal(r);
    latent_transposed(w, w->score, x);
    sparse_solve(w->factor, x);
    for (uint32_t i = 0; i < f->model->n_rows; i++)
        out[i] = p->mean[i] + latent_row_value(&f->data, i, w->setting.scale, x);
}

static void draw_point(void *argument, size_t k, unsigned thread)
{
    struct drawing *d = argument;
    const struct latent_point *p = d->fit->point + k;
    struct latent_work *w = d->work[thread];
    if (d->first[k] == d->first[k + 1])
        return;
    latent_set_structure(w, p->theta);
    d->failed[k] = !latent_factorise(w, p->site_precision);
    size_t rows = d->fit->form.model->n_rows;
    for (uint32_t n = d->first[k]; n < d->first[k + 1] && !d->failed[k]; n++)
        draw_one(w, p, d->stream + d->order[n], d->out + d->order[n] * rows);
}

// Which point each draw comes from; draws sorted by it.
static enum err choose_points(struct drawing *d, uint32_t n_draws, uint64_t seed,
                              struct arena *a, struct error *e)
{
    uint32_t n_points = d->fit->n_points;
    uint32_t *chosen = ARENA_ARRAY(a, uint32_t, n_draws);
    double *weight = ARENA_ARRAY(a, double, n_points);
    d->order = ARENA_ARRAY(a, uint32_t, n_draws);
    d->first = ARENA_ARRAY(a, uint32_t, (size_t)n_points + 1);
    d->stream = ARENA_ARRAY(a, struct rng, n_draws);
    d->failed = ARENA_ARRAY(a, bool, n_points);
    if (!chosen || !weight || !d->order || !d->first || !d->stream || !d->failed)
        return error_memory(e);
    for (uint32_t k = 0; k < n_points; k++)
        weight[k] = d->fit->point[k].weight;
    for (uint32_t i = 0; i < n_draws; i++) {
        d->stream[i] = rng_stream(seed, i);
        chosen[i] = (uint32_t)rng_choose(d->stream + i, weight, n_points);
        d->first[chosen[i] + 1]++;
    }
    for (uint32_t k = 0; k < n_points; k++)
        d->first[k + 1] += d->first[k];
    for (uint32_t i = 0; i < n_draws; i++)
        d->order[d->first[chosen[i]]++] = i;
    for (uint32_t k = n_points; k-- > 0;)
        d->first[k + 1] = d->first[k];
    d->first[0] = 0;
    return ERR_OK;
}

enum err latent_draws(const struct latent_fit *fit, uint32_t n_draws, uint64_t seed,
                      double *out, struct pool *pool, struct error *e)
{
    struct drawing d = {.fit = fit, .out = out};
    struct arena a;
    arena_init(&a, 0);
    unsigned n_work = pool ? pool_threads(pool) : 1;
    d.work = ARENA_ARRAY(&a, struct latent_work *, n_work);
    enum err err = d.work ? choose_points(&d, n_draws, seed, &a, e) : error_memory(e);
    for (unsigned k = 0; k < n_work && !err; k++)
        err = latent_work_open(d.work + k, &fit->form, e);
    if (!err && pool)
        pool_run(pool, fit->n_points, draw_point, &d);
    for (uint32_t k = 0; k < fit->n_points && !err; k++) {
        if (!pool)
            draw_point(&d, k, 0);
        if (d.failed[k])
            err = error_set(e, ERR_INTERNAL, "latent.draws", NULL,
                            "the field could not be factorised again for draws");
    }
    for (unsigned k = 0; d.work && k < n_work; k++)
        latent_work_close(d.work[k]);
    arena_free(&a);
    return err;
}
