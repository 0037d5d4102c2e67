// SPDX-License-Identifier: AGPL-3.0-or-later
// Rows of data and levels of effects as sparse rows over the unknowns.
#include "stats/latent_private.h"

// One of the unknowns that a level of an effect is made of.
struct part {
    uint32_t column;
    double weight;
    uint8_t scale;
};

static uint32_t parts_of(const struct latent_effect *f, const double *basis,
                         uint32_t first, uint8_t scale, uint32_t level, struct part *out)
{
    if (f->kind == LATENT_BYM2) {
        out[0] = (struct part){first + level, 1, scale};
        out[1] = (struct part){first + f->n_levels + level, 1, (uint8_t)(scale + 1)};
        return 2;
    }
    if (f->kind == LATENT_TYPE_3) { // by times, each a copy of the map
        uint32_t areas = f->n_levels / f->n_times;
        out[0] = (struct part){first + level % f->n_times * areas + level / f->n_times, 1,
                               scale};
        return 1;
    }
    if (f->kind == LATENT_TYPE_2 || f->kind == LATENT_TYPE_4) {
        uint32_t areas = f->n_levels / f->n_times, rank = f->n_times - f->time_order;
        uint32_t area = level / f->n_times, time = level % f->n_times;
        for (uint32_t k = 0; k < rank; k++)
            out[k] = (struct part){first + k * areas + area,
                                   basis[(size_t)time * rank + k], scale};
        return rank;
    }
    out[0] = (struct part){first + level, 1, scale};
    return 1;
}

static uint32_t most_parts(const struct latent_effect *f)
{
    if (f->kind == LATENT_TYPE_2 || f->kind == LATENT_TYPE_4)
        return f->n_times - f->time_order;
    return f->kind == LATENT_BYM2 ? 2 : 1;
}

static enum err rows_space(struct latent_rows *r, uint32_t n, size_t entries,
                           struct arena *a, struct error *e)
{
    r->n = n;
    r->start = ARENA_ARRAY(a, size_t, (size_t)n + 1);
    r->column = ARENA_ARRAY(a, uint32_t, entries);
    r->weight = ARENA_ARRAY(a, double, entries);
    r->scale = ARENA_ARRAY(a, uint8_t, entries);
    return r->start && r->column && r->weight && r->scale ? ERR_OK : error_memory(e);
}

static void put(struct latent_rows *r, size_t *at, struct part p, double weight)
{
    if (weight == 0 || p.weight == 0)
        return;
    r->column[*at] = p.column;
    r->weight[*at] = p.weight * weight;
    r->scale[(*at)++] = p.scale;
}

static void fill_data(struct latent_form *f, double *const *bases, const uint32_t *first,
                      const uint8_t *scale)
{
    const struct latent_model *m = f->model;
    struct part parts[LATENT_MAX_TIMES];
    size_t at = 0;
    for (uint32_t i = 0; i < m->n_rows; i++) {
        for (uint32_t j = 0; j < m->n_fixed; j++)
            put(&f->data, &at, (struct part){j, 1, 0},
                m->fixed[j].x ? m->fixed[j].x[i] : 1);
        for (uint32_t k = 0; k < m->n_effects; k++) {
            const struct latent_effect *of = m->effects + k;
            if (of->level[i] == LATENT_NO_LEVEL)
                continue;
            uint32_t n = parts_of(of, bases[k], first[k], scale[k], of->level[i], parts);
            for (uint32_t p = 0; p < n; p++)
                put(&f->data, &at, parts[p], of->weight ? of->weight[i] : 1);
        }
        f->data.start[i + 1] = at;
    }
}

enum err latent_build_rows(struct latent_form *f, double *const *bases,
                           const uint32_t *first, struct arena *a, struct error *e)
{
    const struct latent_model *m = f->model;
    uint8_t scale[LATENT_MAX_EFFECTS];
    size_t in_data = (size_t)m->n_rows * m->n_fixed, in_levels = 0;
    for (uint32_t k = 0, next = 1; k < m->n_effects; k++) {
        const struct latent_effect *of = m->effects + k;
        scale[k] = (uint8_t)next;
        next += of->kind == LATENT_BYM2 ? 2 : 1;
        in_data += (size_t)m->n_rows * most_parts(of);
        in_levels += (size_t)of->n_levels * most_parts(of);
    }
    enum err err = rows_space(&f->data, m->n_rows, in_data, a, e);
    if (!err)
        err = rows_space(&f->levels, f->level_start[m->n_effects], in_levels, a, e);
    if (err)
        return err;
    fill_data(f, bases, first, scale);
    struct part parts[LATENT_MAX_TIMES];
    size_t at = 0;
    for (uint32_t k = 0, row = 0; k < m->n_effects; k++)
        for (uint32_t l = 0; l < m->effects[k].n_levels; l++) {
            uint32_t n = parts_of(m->effects + k, bases[k], first[k], scale[k], l, parts);
            for (uint32_t p = 0; p < n; p++)
                put(&f->levels, &at, parts[p], 1);
            f->levels.start[++row] = at;
        }
    return ERR_OK;
}
