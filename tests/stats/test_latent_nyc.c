// SPDX-License-Identifier: AGPL-3.0-or-later
// The BYM2 model of injuries in New York's 1,921 census tracts that Morris et al. fitted
// by Stan (Spat. Spatiotemp. Epidem. 31, 2019): y ~ Poisson(E exp(beta0 + sigma (sqrt(1 -
// rho) theta + sqrt(rho) phi))), E the population of school age of the tract, at least
// 10; beta0 ~ N(0, 1), sigma ~ N+(0, 1), rho ~ Beta(1/2, 1/2).
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../tap.h"
#include "latent_data.h"
#include "stats/latent.h"

enum { TRACTS = 1921, EDGES = 5461 };

struct city {
    double y[TRACTS], size[TRACTS];
    uint32_t level[TRACTS], pairs[2 * EDGES];
    struct graph graph;
    struct arena arena;
};

static struct city *read_city(void)
{
    FILE *areas = open_shared("bym2/nyc_tracts_events_pop.csv");
    FILE *edges = open_shared("bym2/nyc_tracts_edges.csv");
    struct city *c = areas && edges ? mem_alloc(1, sizeof *c) : NULL;
    char line[256], *field[8];
    struct error e = {0};
    if (c) {
        assert_non_null(fgets(line, sizeof line, areas));
        for (int i = 0; i < TRACTS; i++) {
            assert_non_null(fgets(line, sizeof line, areas));
            assert_int_equal(split(line, field, 8), 4);
            c->y[i] = strtod(field[2], NULL);
            c->size[i] = fmax(strtod(field[3], NULL), 10);
            c->level[i] = (uint32_t)i;
        }
        assert_non_null(fgets(line, sizeof line, edges));
        for (int i = 0; i < EDGES; i++) {
            assert_non_null(fgets(line, sizeof line, edges));
            assert_int_equal(split(line, field, 8), 2);
            c->pairs[2 * i] = (uint32_t)strtoul(field[0], NULL, 10) - 1;
            c->pairs[2 * i + 1] = (uint32_t)strtoul(field[1], NULL, 10) - 1;
        }
        arena_init(&c->arena, 0);
        assert_ok(graph_make(&c->graph, TRACTS, c->pairs, EDGES, &c->arena, &e));
    }
    if (areas)
        fclose(areas);
    if (edges)
        fclose(edges);
    return c;
}

static void city_free(struct city *c)
{
    arena_free(&c->arena);
    mem_free(c);
}

static void print_marginal(const char *name, struct latent_marginal m)
{
    printf("# %-8s %9.4f %8.4f %9.4f %9.4f %9.4f\n", name, m.mean, m.sd, m.low, m.median,
           m.high);
}

static void stan_is_reproduced(void **state)
{
    (void)state;
    struct city *c = read_city();
    if (!c)
        skip();
    struct latent_fixed intercept = {"beta0", NULL, 0, 1};
    struct latent_effect area = {.name = "area",
                                 .kind = LATENT_BYM2,
                                 .n_levels = TRACTS,
                                 .level = c->level,
                                 .graph = &c->graph,
                                 .sigma = {LATENT_PRIOR_HALF_NORMAL, 1, 0},
                                 .second = {LATENT_PRIOR_BETA, 0.5, 0.5}};
    struct latent_model m = {.family = LATENT_POISSON,
                             .n_rows = TRACTS,
                             .y = c->y,
                             .size = c->size,
                             .n_fixed = 1,
                             .fixed = &intercept,
                             .n_effects = 1,
                             .effects = &area};
    struct latent_fit *fit;
    struct error e = {0};
    clock_t before = clock();
    assert_ok(latent_estimate(&fit, &m, NULL, NULL, &e));
    double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
    struct latent_account a = latent_account_of(fit);
    printf("# %.2f s, %u points, %u factorisations\n", seconds, a.n_points,
           a.n_factorisations);
    printf("#              mean       sd      2.5%%       50%%     97.5%%\n");
    struct latent_marginal beta = latent_fixed_effect(fit, 0);
    struct latent_marginal sigma = latent_hyper(fit, 0, NULL, NULL);
    struct latent_marginal rho = latent_hyper(fit, 1, NULL, NULL);
    print_marginal("beta0", beta);
    print_marginal("rho", rho);
    print_marginal("sigma", sigma);
    // as published, to their digits
    assert_true(fabs(beta.mean + 6.61) < 0.005);
    assert_true(fabs(rho.mean - 0.540) < 0.006);
    assert_true(fabs(sigma.mean - 1.18) < 0.006);
    // the same model by another program (NumPyro 0.19, NUTS, 2 chains of 2,500 after 800;
    // Monte Carlo errors .0005, .0019, .0025 of the means)
    assert_true(fabs(beta.mean + 6.6132) < 0.0015 && fabs(beta.sd / 0.0230 - 1) < 0.05);
    assert_true(fabs(sigma.mean - 1.1833) < 0.005 && fabs(sigma.sd / 0.0341 - 1) < 0.08);
    assert_true(fabs(rho.mean - 0.5425) < 0.007 && fabs(rho.sd / 0.0402 - 1) < 0.08);
    static const struct {
        uint32_t tract;
        double mean, sd, low, median, high;
    } tracts[] = {
        {0, -9.3071, 0.7144, -10.8684, -9.2503, -8.0751},
        {1, -7.8948, 0.6196, -9.2109, -7.8609, -6.7781},
        {100, -7.6752, 0.7137, -9.2359, -7.6100, -6.4374},
        {1000, -6.9528, 0.4018, -7.7875, -6.9332, -6.1975},
        {1500, -7.3530, 0.7231, -8.8623, -7.3193, -6.0501},
    };
    for (size_t k = 0; k < sizeof tracts / sizeof *tracts; k++) {
        struct latent_marginal eta = latent_predictor(fit, tracts[k].tract);
        print_marginal("tract", eta);
        double sd = tracts[k].sd; // Monte Carlo errors: mean .02 sd, tails .06 sd
        assert_true(fabs(eta.mean - tracts[k].mean) < 0.06 * sd);
        assert_true(fabs(eta.sd / sd - 1) < 0.06);
        assert_true(fabs(eta.low - tracts[k].low) < 0.16 * sd);
        assert_true(fabs(eta.median - tracts[k].median) < 0.08 * sd);
        assert_true(fabs(eta.high - tracts[k].high) < 0.16 * sd);
    }
    latent_close(fit);
    city_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stan_is_reproduced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
