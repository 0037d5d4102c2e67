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
    for (unsigned refine = 0; refine <= 4; refine += 4) {
        struct latent_options options = latent_defaults();
        options.refine = refine;
        clock_t before = clock();
        assert_ok(latent_estimate(&fit, &m, &options, NULL, &e));
        double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
        struct latent_account a = latent_account_of(fit);
        printf("# refine %u: %.2f s, %u points, %u factorisations of %zu entries, shift "
               "%.3g\n",
               refine, seconds, a.n_points, a.n_factorisations, a.n_entries, a.shift);
        printf("#              mean       sd      2.5%%       50%%     97.5%%\n");
        struct latent_marginal beta = latent_fixed_effect(fit, 0);
        struct latent_marginal sigma = latent_hyper(fit, 0, NULL, NULL);
        struct latent_marginal rho = latent_hyper(fit, 1, NULL, NULL);
        print_marginal("beta0", beta);
        print_marginal("sigma", sigma);
        print_marginal("rho", rho);
        for (uint32_t i = 0; i < 3; i++) {
            print_marginal("eta", latent_predictor(fit, i));
        }
        struct latent_criteria k = latent_criteria_of(fit);
        printf(
            "# evidence %.3f DIC %.2f (%.2f) WAIC %.2f (%.2f) score %.4f difficult %u\n",
            k.log_evidence, k.dic, k.dic_parameters, k.waic, k.waic_parameters,
            k.log_score, k.n_difficult);
        latent_close(fit);
    }
    city_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stan_is_reproduced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
