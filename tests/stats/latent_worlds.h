// SPDX-License-Identifier: AGPL-3.0-or-later
// Small invented worlds for the tests of latent models: a lattice of areas with an
// island, some times, counts drawn from a stated seed.
#ifndef TESTS_STATS_LATENT_WORLDS_H
#define TESTS_STATS_LATENT_WORLDS_H

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "stats/latent.h"

enum { WORLD_MOST_ROWS = 4000, WORLD_MOST_AREAS = 400 };

struct world {
    struct arena arena;
    struct graph graph;
    uint32_t n_areas, n_times, n_rows;
    uint32_t area[WORLD_MOST_ROWS], time[WORLD_MOST_ROWS], cell[WORLD_MOST_ROWS];
    double y[WORLD_MOST_ROWS], size[WORLD_MOST_ROWS], x[WORLD_MOST_ROWS];
    struct latent_fixed fixed[2];
    struct latent_effect effect[6];
    struct latent_model model;
};

// A side x side lattice, then a pair of areas apart when `apart`, then `islands` alone;
// each area has a row at each time.
static inline enum err world_make(struct world *w, uint32_t side, bool apart,
                                  uint32_t islands, uint32_t n_times, struct error *e)
{
    memset(w, 0, sizeof *w);
    arena_init(&w->arena, 0);
    uint32_t pairs[4 * WORLD_MOST_AREAS], n = 0;
    for (uint32_t i = 0; i < side * side; i++) {
        if (i % side + 1 < side)
            pairs[n++] = i, pairs[n++] = i + 1;
        if (i + side < side * side)
            pairs[n++] = i, pairs[n++] = i + side;
    }
    w->n_areas = side * side + (apart ? 2 : 0) + islands;
    w->n_times = n_times;
    if (apart)
        pairs[n++] = side * side, pairs[n++] = side * side + 1;
    for (uint32_t a = 0; a < w->n_areas; a++)
        for (uint32_t t = 0; t < n_times; t++, w->n_rows++) {
            w->area[w->n_rows] = a;
            w->time[w->n_rows] = t;
            w->cell[w->n_rows] = a * n_times + t;
        }
    w->fixed[0] = (struct latent_fixed){"intercept", NULL, 0, 2};
    w->fixed[1] = (struct latent_fixed){"x", w->x, 0, 1};
    w->model = (struct latent_model){.family = LATENT_BINOMIAL,
                                     .n_rows = w->n_rows,
                                     .y = w->y,
                                     .size = w->size,
                                     .n_fixed = 1,
                                     .fixed = w->fixed,
                                     .effects = w->effect};
    return graph_make(&w->graph, w->n_areas, pairs, n / 2, &w->arena, e);
}

static inline void world_add(struct world *w, enum latent_kind kind, unsigned time_order)
{
    static const char *const names[] = {"iid", "icar", "bym2", "rw1", "rw2",
                                        "ar1", "I",    "II",   "III", "IV"};
    struct latent_effect *f = w->effect + w->model.n_effects++;
    bool in_time = kind == LATENT_RW1 || kind == LATENT_RW2 || kind == LATENT_AR1;
    bool both = kind >= LATENT_TYPE_1;
    *f = (struct latent_effect){.name = names[kind], .kind = kind};
    f->level = both ? w->cell : in_time ? w->time : w->area;
    f->n_levels = both ? w->n_areas * w->n_times : in_time ? w->n_times : w->n_areas;
    f->graph = &w->graph;
    f->n_times = w->n_times;
    f->time_order = time_order;
}

// Counts with a wavy truth of the given amplitude and births of about `births` a row.
static inline void world_fill(struct world *w, struct rng *r, double births,
                              double amplitude)
{
    for (uint32_t i = 0; i < w->n_rows; i++) {
        double a = w->area[i], t = w->time[i];
        double eta = 0.1 + amplitude * (sin(a) + cos(0.7 * t + 0.3 * a));
        w->x[i] = rng_normal(r);
        w->size[i] = (double)rng_poisson(r, births);
        double p = 1 / (1 + exp(-eta - 0.1 * w->x[i]));
        w->y[i] = w->model.family == LATENT_POISSON
                      ? (double)rng_poisson(r, w->size[i] * exp(eta))
                      : (double)rng_binomial(r, (int64_t)w->size[i], p);
    }
}

#endif
