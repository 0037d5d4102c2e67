// SPDX-License-Identifier: AGPL-3.0-or-later
// Simulation-based calibration (Talts et al. 2018, by probabilities instead of ranks): a
// truth is drawn from the prior, counts from the truth; where the truth stands in its
// posterior is then uniform. With a number as argument that many worlds are drawn.
#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "latent_worlds.h"

static unsigned worlds = 150;

static const double sigma_rate = 3; // sigma is exponential: P(sigma > 1) = exp(-3)

enum { MOST_WORLDS = 20000 };

struct stands {
    const char *name;
    double at[MOST_WORLDS];
    unsigned n;
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Kolmogorov's distance times sqrt n: above 1.95 once in 1,000.
static void assert_uniform(struct stands *s)
{
    double largest = 0, tails = 0;
    qsort(s->at, s->n, sizeof *s->at, by_value);
    for (unsigned i = 0; i < s->n; i++) {
        largest = fmax(largest, fabs(s->at[i] - (i + 0.5) / s->n) + 0.5 / s->n);
        tails += s->at[i] < 0.05 || s->at[i] > 0.95;
    }
    // outside the 90 % interval, in standard errors
    double outside = (tails - 0.1 * s->n) / sqrt(0.09 * s->n);
    printf("# %-9s %u worlds: distance %.2f, outside 90 %% %.1f %% (%.1f)\n", s->name,
           s->n, largest * sqrt(s->n), 100 * tails / s->n, outside);
    assert_true(largest * sqrt(s->n) < 1.95);
    assert_true(fabs(outside) < 3.5);
}

static void stand(struct stands *s, double above)
{
    s->at[s->n++] = 1 - above;
}

// An independent draw of the scaled autoregression over the first `n` areas of the graph
// (a connected part), by eigenvectors.
static void draw_icar(struct rng *r, const struct graph *g, uint32_t n, double *u)
{
    gsl_matrix *q = gsl_matrix_calloc(n, n), *v = gsl_matrix_alloc(n, n);
    gsl_vector *l = gsl_vector_alloc(n);
    gsl_eigen_symmv_workspace *w = gsl_eigen_symmv_alloc(n);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = g->start[i]; k < g->start[i + 1]; k++) {
            *gsl_matrix_ptr(q, i, i) += 1;
            *gsl_matrix_ptr(q, i, g->to[k]) -= 1;
        }
    gsl_eigen_symmv(q, l, v, w);
    gsl_eigen_symmv_sort(l, v, GSL_EIGEN_SORT_VAL_DESC);
    double log_scale = 0;
    for (uint32_t i = 0; i < n; i++) {
        double variance = 0;
        for (uint32_t k = 0; k + 1 < n; k++)
            variance += pow(gsl_matrix_get(v, i, k), 2) / gsl_vector_get(l, k);
        log_scale += log(variance) / n;
        u[i] = 0;
    }
    for (uint32_t k = 0; k + 1 < n; k++) {
        double z = rng_normal(r) / sqrt(gsl_vector_get(l, k) * exp(log_scale));
        for (uint32_t i = 0; i < n; i++)
            u[i] += z * gsl_matrix_get(v, i, k);
    }
    gsl_matrix_free(q);
    gsl_matrix_free(v);
    gsl_vector_free(l);
    gsl_eigen_symmv_free(w);
}

static struct latent_prior exponential(void)
{
    return (struct latent_prior){LATENT_PRIOR_PC, 1, exp(-sigma_rate)};
}

// A map of 25 areas and an island, about 8 births each.
static void a_map_is_calibrated(void **state)
{
    (void)state;
    static struct world w;
    static struct stands sigma, phi, beta, eta, level;
    sigma = (struct stands){.name = "sigma"};
    phi = (struct stands){.name = "phi"};
    beta = (struct stands){.name = "intercept"};
    eta = (struct stands){.name = "predictor"};
    level = (struct stands){.name = "level"};
    uint64_t seed = 1907;
    printf("# seed %llu\n", (unsigned long long)seed);
    for (unsigned k = 0; k < worlds; k++) {
        struct rng r = rng_stream(seed, k);
        struct error e = {0};
        assert_ok(world_make(&w, 5, false, 1, 1, &e));
        world_add(&w, LATENT_BYM2, 1);
        w.effect[0].sigma = exponential();
        w.effect[0].second = (struct latent_prior){LATENT_PRIOR_BETA, 1, 1};
        w.fixed[0].sd = 0.5;
        double s = rng_exponential(&r) / sigma_rate, f = rng_uniform(&r), u[26],
               truth[26];
        double b = 0.5 * rng_normal(&r);
        draw_icar(&r, &w.graph, 25, u);
        u[25] = rng_normal(&r);
        for (uint32_t i = 0; i < w.n_rows; i++) {
            truth[i] = s * (sqrt(1 - f) * rng_normal(&r) + sqrt(f) * u[i]);
            w.size[i] = (double)rng_poisson(&r, 8);
            w.y[i] = (double)rng_binomial(&r, (int64_t)w.size[i],
                                          1 / (1 + exp(-b - truth[i])));
        }
        struct latent_fit *fit;
        assert_ok(latent_estimate(&fit, &w.model, NULL, NULL, &e));
        uint32_t row = (uint32_t)rng_below(&r, w.n_rows);
        stand(&sigma, latent_hyper_above(fit, 0, s));
        stand(&phi, latent_hyper_above(fit, 1, f));
        stand(&beta, latent_fixed_above(fit, 0, b));
        stand(&eta, latent_predictor_above(fit, row, b + truth[row]));
        stand(&level, latent_level_above(fit, 0, row, truth[row]));
        latent_close(fit);
        arena_free(&w.arena);
    }
    assert_uniform(&sigma);
    assert_uniform(&phi);
    assert_uniform(&beta);
    assert_uniform(&eta);
    assert_uniform(&level);
}

// Areas, an autoregression in time and cells, Poisson counts of about 4: three or more
// hyper-parameters, so by design.
static void a_panel_is_calibrated(void **state)
{
    (void)state;
    static struct world w;
    static struct stands areas, times, cells, beta, eta;
    areas = (struct stands){.name = "areas"};
    times = (struct stands){.name = "times"};
    cells = (struct stands){.name = "cells"};
    beta = (struct stands){.name = "intercept"};
    eta = (struct stands){.name = "predictor"};
    uint64_t seed = 1908;
    printf("# seed %llu\n", (unsigned long long)seed);
    for (unsigned k = 0; k < (worlds + 2) / 3; k++) {
        struct rng r = rng_stream(seed, k);
        struct error e = {0};
        assert_ok(world_make(&w, 0, false, 12, 8, &e));
        w.model.family = LATENT_POISSON;
        world_add(&w, LATENT_IID, 1);
        world_add(&w, LATENT_AR1, 1);
        world_add(&w, LATENT_TYPE_1, 1);
        for (int n = 0; n < 3; n++)
            w.effect[n].sigma = exponential();
        w.effect[1].second = (struct latent_prior){LATENT_PRIOR_BETA, 2, 1};
        w.fixed[0].sd = 0.5;
        double s[3], rho = 2 * rng_beta(&r, 2, 1) - 1, b = 0.5 * rng_normal(&r);
        double area[12], time[8], truth[WORLD_MOST_ROWS];
        for (int n = 0; n < 3; n++)
            s[n] = rng_exponential(&r) / sigma_rate;
        for (int a = 0; a < 12; a++)
            area[a] = s[0] * rng_normal(&r);
        for (int t = 0; t < 8; t++)
            time[t] = t ? rho * time[t - 1] + s[1] * sqrt(1 - rho * rho) * rng_normal(&r)
                        : s[1] * rng_normal(&r);
        for (uint32_t i = 0; i < w.n_rows; i++) {
            truth[i] = b + area[w.area[i]] + time[w.time[i]] + s[2] * rng_normal(&r);
            w.size[i] = 4;
            w.y[i] = (double)rng_poisson(&r, 4 * exp(truth[i]));
        }
        struct latent_fit *fit;
        assert_ok(latent_estimate(&fit, &w.model, NULL, NULL, &e));
        uint32_t row = (uint32_t)rng_below(&r, w.n_rows);
        stand(&areas, latent_hyper_above(fit, 0, s[0]));
        stand(&times, latent_hyper_above(fit, 1, s[1]));
        stand(&cells, latent_hyper_above(fit, 3, s[2]));
        stand(&beta, latent_fixed_above(fit, 0, b));
        stand(&eta, latent_predictor_above(fit, row, truth[row]));
        latent_close(fit);
        arena_free(&w.arena);
    }
    assert_uniform(&areas);
    assert_uniform(&times);
    assert_uniform(&cells);
    assert_uniform(&beta);
    assert_uniform(&eta);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        worlds = (unsigned)strtoul(argv[1], NULL, 10);
    worlds = worlds > MOST_WORLDS ? MOST_WORLDS : worlds;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_is_calibrated),
        cmocka_unit_test(a_panel_is_calibrated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
