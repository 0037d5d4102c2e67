// SPDX-License-Identifier: AGPL-3.0-or-later
// From a model as the caller tells it to unknowns, rows and a pattern.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats/latent_private.h"

static bool is_area_time(enum latent_kind kind)
{
    return kind >= LATENT_TYPE_1;
}

static bool needs_graph(enum latent_kind kind)
{
    return kind == LATENT_ICAR || kind == LATENT_BYM2 || kind == LATENT_TYPE_3 ||
           kind == LATENT_TYPE_4;
}

static enum err check_row(const struct latent_model *m, uint32_t i, struct error *e)
{
    char where[40];
    snprintf(where, sizeof where, "row %u", i + 1);
    double y = m->y[i], size = m->size[i];
    if (!isfinite(y) || y < 0 || y != floor(y) || y > 1e15)
        return error_set(e, ERR_INPUT, "latent.count", where,
                         "the count is %g; a whole number of 0 or more is needed", y);
    if (!isfinite(size) || size < 0 || size > 1e15)
        return error_set(
            e, ERR_INPUT, "latent.size", where,
            "the %s is %g; a number from 0 to 1e15 is needed",
            m->family == LATENT_BINOMIAL ? "number of trials" : "expected count", size);
    if (m->family == LATENT_BINOMIAL ? y > size || size != floor(size)
                                     : size <= 0 && y > 0)
        return error_set(e, ERR_INPUT, "latent.above", where,
                         "a count of %g can not come of %g", y, size);
    if (m->offset && !isfinite(m->offset[i]))
        return error_set(e, ERR_INPUT, "latent.offset", where,
                         "the offset is not a finite number");
    for (uint32_t j = 0; j < m->n_fixed; j++)
        if (m->fixed[j].x && !isfinite(m->fixed[j].x[i]))
            return error_set(e, ERR_INPUT, "latent.covariate", where,
                             "the covariate %s is not a finite number", m->fixed[j].name);
    return ERR_OK;
}

static enum err check_effect(const struct latent_model *m, const struct latent_effect *f,
                             struct error *e)
{
    if (!f->n_levels || !f->level)
        return error_set(e, ERR_INPUT, "latent.levels", f->name,
                         "the effect has no levels");
    uint32_t least = f->kind == LATENT_RW1 ? 2 : f->kind == LATENT_RW2 ? 3 : 1;
    if (f->n_levels < least)
        return error_set(e, ERR_INPUT, "latent.levels", f->name,
                         "the effect has %u levels; %u are the least", f->n_levels,
                         least);
    uint32_t areas = f->n_levels;
    if (is_area_time(f->kind)) {
        if (!f->n_times || f->n_levels % f->n_times)
            return error_set(e, ERR_INPUT, "latent.times", f->name,
                             "%u levels are not areas of %u times each", f->n_levels,
                             f->n_times);
        areas = f->n_levels / f->n_times;
        if (f->kind == LATENT_TYPE_2 || f->kind == LATENT_TYPE_4) {
            if (f->time_order < 1 || f->time_order > 2 || f->n_times <= f->time_order)
                return error_set(e, ERR_INPUT, "latent.times", f->name,
                                 "%u times are too few for differences of order %u",
                                 f->n_times, f->time_order);
            if (f->n_times > LATENT_MAX_TIMES)
                return error_set(e, ERR_LIMIT, "latent.times", f->name,
                                 "%u times are more than %d, the most of types II and IV",
                                 f->n_times, LATENT_MAX_TIMES);
        }
    }
    if (needs_graph(f->kind) && (!f->graph || f->graph->n != areas))
        return error_set(e, ERR_INPUT, "latent.graph", f->name,
                         "the effect has %u areas, its graph of neighbours %u", areas,
                         f->graph ? f->graph->n : 0);
    for (uint32_t i = 0; i < m->n_rows; i++) {
        char where[40];
        snprintf(where, sizeof where, "row %u", i + 1);
        if (f->level[i] != LATENT_NO_LEVEL && f->level[i] >= f->n_levels)
            return error_set(e, ERR_INPUT, "latent.level", where,
                             "level %u of %s is past the last of %u", f->level[i] + 1,
                             f->name, f->n_levels);
        if (f->weight && !isfinite(f->weight[i]))
            return error_set(e, ERR_INPUT, "latent.weight", where,
                             "the weight of %s is not a finite number", f->name);
    }
    return ERR_OK;
}

enum err latent_check(const struct latent_model *m, struct error *e)
{
    if (!m->n_rows || m->n_rows > LATENT_MAX_ROWS)
        return error_set(e, m->n_rows ? ERR_LIMIT : ERR_INPUT, "latent.rows", NULL,
                         "the model has %u rows; 1 to %d are possible", m->n_rows,
                         LATENT_MAX_ROWS);
    if (m->n_effects > LATENT_MAX_EFFECTS || m->n_fixed > 1000)
        return error_set(e, ERR_LIMIT, "latent.effects", NULL,
                         "%u random and %u fixed effects are too many (%d and 1000)",
                         m->n_effects, m->n_fixed, LATENT_MAX_EFFECTS);
    if (!m->n_effects && !m->n_fixed)
        return error_set(e, ERR_INPUT, "latent.effects", NULL,
                         "the model has no effects");
    double data = 0;
    for (uint32_t i = 0; i < m->n_rows; i++) {
        enum err err = check_row(m, i, e);
        if (err)
            return err;
        data += m->size[i] > 0;
    }
    if (data <= 0) {
        error_set(
            e, ERR_INPUT, "latent.empty", NULL,
            "none of the %u rows has a size above 0: there is nothing to learn from",
            m->n_rows);
        return error_cure(e, "Give rows with births (or with an expected count).");
    }
    for (uint32_t j = 0; j < m->n_fixed; j++)
        if (isnan(m->fixed[j].sd) || m->fixed[j].sd < 0 || !isfinite(m->fixed[j].mean))
            return error_set(e, ERR_INPUT, "latent.prior", m->fixed[j].name,
                             "the prior of a fixed effect can not have mean %g and sd %g",
                             m->fixed[j].mean, m->fixed[j].sd);
    for (uint32_t k = 0; k < m->n_effects; k++) {
        enum err err = check_effect(m, m->effects + k, e);
        if (err)
            return err;
    }
    return ERR_OK;
}

static uint32_t unknowns_of(const struct latent_effect *f)
{
    switch (f->kind) {
    case LATENT_BYM2:
        return 2 * f->n_levels;
    case LATENT_TYPE_2:
    case LATENT_TYPE_4:
        return f->n_levels / f->n_times * (f->n_times - f->time_order);
    default:
        return f->n_levels;
    }
}

// How often the effect's structure stands in R.
static uint32_t copies_of(const struct latent_effect *f)
{
    switch (f->kind) {
    case LATENT_TYPE_3:
        return f->n_times;
    case LATENT_TYPE_4:
        return f->n_times - f->time_order;
    case LATENT_ICAR:
    case LATENT_BYM2:
    case LATENT_RW1:
    case LATENT_RW2:
        return 1;
    default:
        return 0;
    }
}

static struct latent_block block_of(const struct latent_effect *f, uint32_t first,
                                    const struct latent_structure *s)
{
    struct latent_block b = {.first = first, .first_structured = first, .structure = s};
    b.n_copies = copies_of(f);
    if (f->kind == LATENT_IID || f->kind == LATENT_BYM2 || f->kind == LATENT_TYPE_1)
        b.n_ones = f->n_levels;
    else if (f->kind == LATENT_TYPE_2)
        b.n_ones = unknowns_of(f);
    if (f->kind == LATENT_BYM2)
        b.first_structured += f->n_levels;
    return b;
}

static enum err add_hyper(struct latent_form *f, uint32_t effect,
                          enum latent_hyper_kind kind, const struct latent_structure *s,
                          struct arena *a, struct error *e)
{
    const struct latent_effect *of = f->model->effects + effect;
    struct latent_hyper_state *h = f->hyper + f->n_hyper;
    *h = (struct latent_hyper_state){.effect = effect, .kind = kind};
    h->prior = kind == LATENT_SIGMA ? of->sigma : of->second;
    h->theta = LATENT_NO_THETA;
    enum err err = latent_prior_prepare(h, of->name, s, a, e);
    if (err)
        return err;
    if (h->prior.kind != LATENT_PRIOR_FIXED) {
        if (f->n_theta == LATENT_MAX_HYPER) {
            error_set(e, ERR_LIMIT, "latent.hyper", of->name,
                      "the model has more than %d hyper-parameters", LATENT_MAX_HYPER);
            return error_cure(e, "Leave out an effect, or fix some hyper-parameters.");
        }
        f->theta_hyper[f->n_theta] = f->n_hyper;
        h->theta = (int)f->n_theta++;
    }
    f->n_hyper++;
    return ERR_OK;
}

static enum err add_hypers(struct latent_form *f, uint32_t effect,
                           const struct latent_structure *s, struct arena *a,
                           struct error *e)
{
    enum latent_kind kind = f->model->effects[effect].kind;
    uint32_t sigma = f->n_hyper;
    enum err err = add_hyper(f, effect, LATENT_SIGMA, s, a, e);
    if (!err && kind == LATENT_BYM2)
        err = add_hyper(f, effect, LATENT_PHI, s, a, e);
    if (!err && kind == LATENT_AR1)
        err = add_hyper(f, effect, LATENT_RHO, s, a, e);
    if (err)
        return err;
    struct latent_scale scale = {SCALE_SIGMA, sigma, sigma + 1};
    if (kind == LATENT_BYM2) {
        scale.kind = SCALE_OWN;
        f->scale[f->n_scales++] = scale;
        scale.kind = SCALE_SHARED;
    }
    f->scale[f->n_scales++] = scale;
    return ERR_OK;
}

static enum err structures_of(const struct latent_model *m, struct latent_structure *s,
                              double **bases, struct arena *a, struct error *e)
{
    for (uint32_t k = 0; k < m->n_effects; k++) {
        const struct latent_effect *f = m->effects + k;
        enum err err = ERR_OK;
        if (needs_graph(f->kind)) {
            uint32_t same = 0; // one graph serves several effects
            while (same < k && !(needs_graph(m->effects[same].kind) &&
                                 m->effects[same].graph == f->graph))
                same++;
            if (same < k)
                s[k] = s[same];
            else
                err = latent_structure_graph(s + k, f->graph, a, e);
        } else if (f->kind == LATENT_RW1 || f->kind == LATENT_RW2) {
            err = latent_structure_time(s + k, f->n_levels, f->kind == LATENT_RW1 ? 1 : 2,
                                        a, e);
        }
        if (!err && (f->kind == LATENT_TYPE_2 || f->kind == LATENT_TYPE_4))
            err = latent_time_basis(bases + k, f->n_times, f->time_order, a, e);
        if (err)
            return err;
    }
    return ERR_OK;
}

// Growing list of entries of the pattern: column << 32 | row.
struct keys {
    uint64_t *key;
    size_t n, space;
};

static int by_key(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void keys_settle(struct keys *k)
{
    qsort(k->key, k->n, sizeof *k->key, by_key);
    size_t unique = 0;
    for (size_t i = 0; i < k->n; i++)
        if (!i || k->key[i] != k->key[i - 1])
            k->key[unique++] = k->key[i];
    k->n = unique;
}

static bool keys_add(struct keys *k, uint32_t i, uint32_t j)
{
    if (k->n == k->space) {
        if (k->n)
            keys_settle(k); // rows repeat each other: most of it goes
        if (k->n * 2 > k->space || !k->space) {
            size_t space = k->space ? 2 * k->space : 1 << 16;
            uint64_t *more = mem_resize(k->key, space, sizeof *more);
            if (!more)
                return false;
            k->key = more;
            k->space = space;
        }
    }
    k->key[k->n++] = (uint64_t)(i < j ? i : j) << 32 | (i < j ? j : i);
    return true;
}

static uint32_t entry_of(const struct sparse_pattern *p, uint32_t i, uint32_t j)
{
    uint32_t column = i < j ? i : j, row = i < j ? j : i;
    uint32_t low = p->start[column], high = p->start[column + 1];
    while (low + 1 < high) {
        uint32_t middle = (low + high) / 2;
        if (p->row[middle] <= row)
            low = middle;
        else
            high = middle;
    }
    assert(p->row[low] == row);
    return low;
}

static bool add_row_keys(struct keys *keys, const struct latent_rows *r)
{
    for (uint32_t i = 0; i < r->n; i++)
        for (size_t k = r->start[i]; k < r->start[i + 1]; k++)
            for (size_t l = r->start[i]; l < k; l++)
                if (!keys_add(keys, r->column[k], r->column[l]))
                    return false;
    return true;
}

static enum err place_pairs(struct latent_rows *r, const struct sparse_pattern *p,
                            struct arena *a, struct error *e)
{
    r->pair_start = ARENA_ARRAY(a, size_t, (size_t)r->n + 1);
    if (!r->pair_start)
        return error_memory(e);
    for (uint32_t i = 0; i < r->n; i++) {
        size_t length = r->start[i + 1] - r->start[i];
        r->pair_start[i + 1] = r->pair_start[i] + length * (length + 1) / 2;
    }
    r->pair = ARENA_ARRAY(a, uint32_t, r->pair_start[r->n]);
    if (!r->pair)
        return error_memory(e);
    for (uint32_t i = 0; i < r->n; i++) {
        uint32_t *pair = r->pair + r->pair_start[i];
        for (size_t k = r->start[i]; k < r->start[i + 1]; k++)
            for (size_t l = r->start[i]; l <= k; l++)
                *pair++ = entry_of(p, r->column[k], r->column[l]);
    }
    return ERR_OK;
}

// Of one copy of an effect's structure, whose first unknown and first constraint are
// given: into keys, or into values where the pattern is known.
static bool put_structure(struct latent_form *f, const struct latent_structure *s,
                          uint32_t first, uint32_t bound, struct keys *keys)
{
    for (uint32_t r = 0; r < s->n_rows; r++)
        for (uint32_t k = s->row_start[r]; k < s->row_start[r + 1]; k++)
            for (uint32_t l = s->row_start[r]; l <= k; l++) {
                uint32_t i = first + s->row_column[k], j = first + s->row_column[l];
                if (keys && !keys_add(keys, i, j))
                    return false;
                if (!keys)
                    f->base[entry_of(&f->pattern, i, j)] +=
                        s->row_value[k] * s->row_value[l];
            }
    for (uint32_t c = 0; c < s->n_constraints; c++)
        for (uint32_t k = s->bound_start[c]; k < s->bound_start[c + 1]; k++) {
            uint32_t i = first + s->bound_column[k], j = f->n + bound + c;
            if (keys && !keys_add(keys, i, j))
                return false;
            if (!keys)
                f->base[entry_of(&f->pattern, i, j)] = s->bound_value[k];
        }
    return true;
}

static bool put_structures(struct latent_form *f, struct keys *keys)
{
    uint32_t bound = 0;
    for (uint32_t k = 0; k < f->model->n_effects; k++) {
        const struct latent_block *b = f->block + k;
        for (uint32_t copy = 0; copy < b->n_copies; copy++) {
            uint32_t first = b->first_structured + copy * b->structure->n;
            if (!put_structure(f, b->structure, first, bound, keys))
                return false;
            bound += b->structure->n_constraints;
        }
        const struct latent_effect *of = f->model->effects + k;
        if (of->kind == LATENT_AR1 && keys)
            for (uint32_t t = 0; t + 1 < of->n_levels; t++)
                if (!keys_add(keys, b->first + t, b->first + t + 1))
                    return false;
    }
    return true;
}

static enum err make_pattern(struct latent_form *f, struct arena *a, struct error *e)
{
    struct keys keys = {0};
    bool ok = true;
    for (uint32_t i = 0; i < f->total && ok; i++)
        ok = keys_add(&keys, i, i);
    ok = ok && add_row_keys(&keys, &f->data) && add_row_keys(&keys, &f->levels) &&
         put_structures(f, &keys);
    if (!ok) {
        mem_free(keys.key);
        return error_memory(e);
    }
    keys_settle(&keys);
    f->pattern.n = f->total;
    f->pattern.start = ARENA_ARRAY(a, uint32_t, (size_t)f->total + 1);
    f->pattern.row = ARENA_ARRAY(a, uint32_t, keys.n);
    f->base = ARENA_ARRAY(a, double, keys.n);
    if (!f->pattern.start || !f->pattern.row || !f->base) {
        mem_free(keys.key);
        return error_memory(e);
    }
    for (size_t k = 0; k < keys.n; k++) {
        f->pattern.start[(keys.key[k] >> 32) + 1]++;
        f->pattern.row[k] = (uint32_t)keys.key[k];
    }
    for (uint32_t i = 0; i < f->total; i++)
        f->pattern.start[i + 1] += f->pattern.start[i];
    mem_free(keys.key);
    return ERR_OK;
}

// Diagonals of what is independent, fixed effects' precisions; and the log-determinants.
static void fill_base(struct latent_form *f)
{
    const struct latent_model *m = f->model;
    put_structures(f, NULL);
    for (uint32_t j = 0; j < m->n_fixed; j++) {
        double p = f->fixed_precision[j];
        f->base[f->pattern.start[j]] = p;
        f->log_structure += p > 0 ? log(p) / 2 : log(2 * M_PI) / 2;
    }
    for (uint32_t k = 0; k < m->n_effects; k++) {
        const struct latent_block *b = f->block + k;
        for (uint32_t i = 0; i < b->n_ones; i++)
            f->base[f->pattern.start[b->first + i]] += 1;
        f->log_structure += b->n_copies * b->structure->log_determinant / 2;
    }
}

static enum err set_unknown_scales(struct latent_form *f, struct arena *a,
                                   struct error *e)
{
    f->unknown_scale = ARENA_ARRAY(a, uint8_t, f->n);
    if (!f->unknown_scale)
        return error_memory(e);
    for (size_t k = 0; k < f->levels.start[f->levels.n]; k++)
        f->unknown_scale[f->levels.column[k]] = f->levels.scale[k];
    return ERR_OK;
}

static enum err place_ar(struct latent_form *f, struct arena *a, struct error *e)
{
    for (uint32_t h = 0; h < f->n_hyper; h++) {
        if (f->hyper[h].kind != LATENT_RHO)
            continue;
        uint32_t k = f->hyper[h].effect, n = f->model->effects[k].n_levels;
        struct latent_ar *ar = f->ar + f->n_ar++;
        *ar = (struct latent_ar){.first = f->block[k].first, .n = n, .rho = h};
        ar->next_place = ARENA_ARRAY(a, uint32_t, n);
        if (!ar->next_place)
            return error_memory(e);
        for (uint32_t t = 0; t + 1 < n; t++)
            ar->next_place[t] = entry_of(&f->pattern, ar->first + t, ar->first + t + 1);
    }
    return ERR_OK;
}

enum err latent_build(struct latent_form *f, const struct latent_model *m,
                      struct arena *a, struct error *e)
{
    *f = (struct latent_form){.model = m, .n_scales = 1, .n = m->n_fixed};
    enum err err = latent_check(m, e);
    struct latent_structure *s = ARENA_ARRAY(a, struct latent_structure, m->n_effects);
    double **bases = ARENA_ARRAY(a, double *, m->n_effects);
    uint32_t *first = ARENA_ARRAY(a, uint32_t, m->n_effects);
    f->fixed_mean = ARENA_ARRAY(a, double, m->n_fixed);
    f->fixed_precision = ARENA_ARRAY(a, double, m->n_fixed);
    if (!err && (!s || !bases || !first || !f->fixed_mean || !f->fixed_precision))
        err = error_memory(e);
    if (!err)
        err = structures_of(m, s, bases, a, e);
    if (err)
        return err;
    for (uint32_t j = 0; j < m->n_fixed; j++) {
        double sd = m->fixed[j].sd;
        f->fixed_mean[j] = m->fixed[j].mean;
        f->fixed_precision[j] = sd > 0 && isfinite(sd) ? 1 / (sd * sd) : 0;
    }
    uint64_t unknowns = f->n;
    for (uint32_t k = 0; k < m->n_effects; k++) {
        first[k] = (uint32_t)unknowns;
        f->block[k] = block_of(m->effects + k, first[k], s + k);
        unknowns += unknowns_of(m->effects + k);
        f->n_constraints += f->block[k].n_copies * s[k].n_constraints;
        if (unknowns > INT32_MAX / 4)
            return error_set(e, ERR_LIMIT, "latent.unknowns", m->effects[k].name,
                             "the model has too many unknowns");
        f->level_start[k + 1] = f->level_start[k] + m->effects[k].n_levels;
        err = add_hypers(f, k, s + k, a, e);
        if (err)
            return err;
    }
    f->n = (uint32_t)unknowns;
    f->total = f->n + f->n_constraints;
    err = latent_build_rows(f, bases, first, a, e);
    if (!err)
        err = make_pattern(f, a, e);
    if (!err)
        err = place_pairs(&f->data, &f->pattern, a, e);
    if (!err)
        err = place_pairs(&f->levels, &f->pattern, a, e);
    if (!err)
        err = place_ar(f, a, e);
    if (!err)
        err = set_unknown_scales(f, a, e);
    if (err)
        return err;
    fill_base(f);
    for (uint32_t i = 0; i < m->n_rows; i++)
        f->log_likelihood_constant += latent_likelihood_constant(m, i);
    return sparse_analyse(&f->sparse, &f->pattern, f->n_constraints, e);
}
