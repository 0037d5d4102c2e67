// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../tap.h"
#include "latent_worlds.h"
#include "stats/latent_private.h"

static bool near(double a, double b, double tolerance)
{
    if (fabs(a - b) <= tolerance * (1 + fabs(b)))
        return true;
    printf("# %.10g is not near %.10g\n", a, b);
    return false;
}

// The gradient of the Laplace approximation equals differences of its value, for every
// kind of effect.
static void gradients_are_exact(void **state)
{
    (void)state;
    static const struct {
        enum latent_kind kind[3];
        int n;
        unsigned order;
        enum latent_family family;
    } trials[] = {
        {{LATENT_IID}, 1, 1, LATENT_BINOMIAL},
        {{LATENT_BYM2, LATENT_RW1}, 2, 1, LATENT_BINOMIAL},
        {{LATENT_BYM2, LATENT_AR1, LATENT_TYPE_1}, 3, 1, LATENT_POISSON},
        {{LATENT_ICAR, LATENT_RW2, LATENT_TYPE_2}, 3, 2, LATENT_BINOMIAL},
        {{LATENT_BYM2, LATENT_RW1, LATENT_TYPE_3}, 3, 1, LATENT_POISSON},
        {{LATENT_ICAR, LATENT_AR1, LATENT_TYPE_4}, 3, 1, LATENT_BINOMIAL},
        {{LATENT_TYPE_4}, 1, 2, LATENT_BINOMIAL},
    };
    static struct world w;
    struct rng r = rng_seed(77);
    for (size_t k = 0; k < sizeof trials / sizeof *trials; k++) {
        struct error e = {0};
        struct arena a;
        arena_init(&a, 0);
        assert_ok(world_make(&w, 4, true, 2, 6, &e));
        w.model.family = trials[k].family;
        w.model.n_fixed = 2;
        for (int n = 0; n < trials[k].n; n++)
            world_add(&w, trials[k].kind[n], trials[k].order);
        world_fill(&w, &r, 6, 0.3);
        struct latent_form f;
        struct latent_work *work;
        assert_ok(latent_build(&f, &w.model, &a, &e));
        assert_ok(latent_work_open(&work, &f, &e));
        work->tolerance = 1e-13;
        double theta[LATENT_MAX_HYPER], gradient[LATENT_MAX_HYPER];
        for (uint32_t t = 0; t < f.n_theta; t++)
            theta[t] = -0.7 + 0.4 * t;
        assert_true(latent_mode(work, theta));
        latent_laplace(work, gradient);
        double h = 2e-2; // a mode is found to 1e-6 sd, so not smaller
        for (uint32_t t = 0; t < f.n_theta; t++) {
            double at[5], middle = theta[t];
            for (int side = -2; side <= 2; side++) {
                theta[t] = middle + side * h;
                assert_true(latent_mode(work, theta));
                at[side + 2] = latent_laplace(work, NULL);
            }
            theta[t] = middle;
            double slope = (8 * (at[3] - at[1]) - (at[4] - at[0])) / (12 * h);
            assert_true(near(gradient[t], slope, 1e-5));
        }
        latent_work_close(work);
        sparse_close(f.sparse);
        arena_free(&a);
        arena_free(&w.arena);
    }
}

static double log_binomial(double y, double n, double eta)
{
    return lgamma(n + 1) - lgamma(y + 1) - lgamma(n - y + 1) + y * eta -
           n * log1p(exp(eta));
}

static double normal_density(double x, double mean, double sd)
{
    double z = (x - mean) / sd;
    return exp(-z * z / 2) / (sd * sqrt(2 * M_PI));
}

// One area, nothing else: its posterior is an integral in one dimension.
static void one_area_is_exact(void **state)
{
    (void)state;
    static const double counts[][2] = {{0, 1}, {1, 1}, {0, 3}, {5, 5}, {2, 40}, {0, 0}};
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        double y = counts[k][0], n = counts[k][1];
        double ys[2] = {y, 0}, sizes[2] = {n, 0};
        uint32_t level[2] = {0, 0};
        // a second row, empty, of the same area: a prediction
        struct latent_fixed intercept = {"intercept", NULL, 0.2, 0.8};
        struct latent_effect area = {.name = "area", .kind = LATENT_IID, .n_levels = 1};
        area.level = level;
        area.sigma = (struct latent_prior){LATENT_PRIOR_FIXED, 0.6, 0};
        struct latent_model m = {.family = LATENT_BINOMIAL, .n_rows = 2, .y = ys};
        m.size = sizes;
        m.n_fixed = 1;
        m.fixed = &intercept;
        m.n_effects = 1;
        m.effects = &area;
        struct latent_fit *fit;
        struct error e = {0};
        enum err err = latent_estimate(&fit, &m, NULL, NULL, &e);
        if (n == 0) {
            assert_int_equal(err, ERR_INPUT);
            continue;
        }
        assert_ok(err);
        double sum = 0, mean = 0, square = 0, above = 0, deviance = 0;
        for (int i = -8000; i < 8000; i++) {
            double eta = (i + 0.5) / 1000, l = log_binomial(y, n, eta);
            double p = normal_density(eta, 0.2, 1) * exp(l) / 1000;
            sum += p;
            mean += p * eta;
            square += p * eta * eta;
            above += eta > 0.5 ? p : 0;
            deviance += -2 * p * l;
        }
        mean /= sum;
        struct latent_marginal eta = latent_predictor(fit, 0);
        assert_true(near(eta.mean, mean, 2e-4));
        assert_true(near(eta.sd, sqrt(square / sum - mean * mean), 2e-4));
        assert_true(near(latent_predictor_above(fit, 0, 0.5), above / sum, 3e-4));
        assert_true(near(latent_predictor_above(fit, 0, eta.low), 0.975, 1e-4));
        struct latent_criteria c = latent_criteria_of(fit);
        assert_true(near(c.log_evidence, log(sum), 1e-4));
        assert_true(near(c.dic - c.dic_parameters, deviance / sum, 1e-3));
        assert_int_equal(c.n_data, 1);
        // the empty row has the same mean (Gaussian shape), no leave-one-out figure
        assert_true(near(latent_predictor(fit, 1).mean, mean, 5e-3));
        assert_true(isnan(latent_cpo(fit, 1)) && isnan(latent_pit(fit, 1)));
        // without its only count the row has its prior
        assert_true(near(log(latent_cpo(fit, 0)), log(sum), 1e-3));
        latent_close(fit);
    }
}

// Rows of one level each, beta and sigma unknown, counts of 0 to 4: everything is an
// integral over (beta, log sigma) of products of integrals in one dimension.
static void small_counts_agree_with_integration(void **state)
{
    (void)state;
    enum { ROWS = 12, B = 120, S = 90, N = 81 };
    static const double y[ROWS] = {0, 0, 1, 3, 0, 2, 4, 1, 0, 3, 0, 2};
    static const double n[ROWS] = {3, 5, 4, 3, 2, 6, 4, 1, 7, 9, 1, 2};
    uint32_t level[ROWS];
    for (uint32_t i = 0; i < ROWS; i++)
        level[i] = i;
    struct latent_fixed intercept = {"intercept", NULL, 0, 1.5};
    struct latent_effect area = {.name = "area", .kind = LATENT_IID, .n_levels = ROWS};
    area.level = level;
    area.sigma = (struct latent_prior){LATENT_PRIOR_PC, 1, 0.1};
    struct latent_model m = {.family = LATENT_BINOMIAL, .n_rows = ROWS, .y = y};
    m.size = n;
    m.n_fixed = 1;
    m.fixed = &intercept;
    m.n_effects = 1;
    m.effects = &area;
    double rate = -log(0.1), sum = 0, beta_mean = 0, beta_square = 0, sigma_mean = 0;
    double eta_mean[ROWS] = {0}, eta_square[ROWS] = {0};
    for (int b = 0; b < B; b++)
        for (int s = 0; s < S; s++) {
            double beta = -4 + 7.0 * (b + 0.5) / B, theta = -6 + 8.0 * (s + 0.5) / S;
            double sigma = exp(theta), p = rate * exp(-rate * sigma + theta);
            p *= normal_density(beta, 0, 1.5) * 7.0 / B * 8.0 / S;
            double each[ROWS], first[ROWS], second[ROWS];
            for (int i = 0; i < ROWS; i++) {
                each[i] = first[i] = second[i] = 0;
                for (int k = 0; k < N; k++) {
                    double z = -6 + 12.0 * k / (N - 1), eta = beta + sigma * z;
                    double q = normal_density(z, 0, 1) * 12 / (N - 1) *
                               exp(log_binomial(y[i], n[i], eta));
                    each[i] += q;
                    first[i] += q * eta;
                    second[i] += q * eta * eta;
                }
                p *= each[i];
            }
            sum += p;
            beta_mean += p * beta;
            beta_square += p * beta * beta;
            sigma_mean += p * sigma;
            for (int i = 0; i < ROWS; i++) {
                eta_mean[i] += p * first[i] / each[i];
                eta_square[i] += p * second[i] / each[i];
            }
        }
    struct latent_fit *fit;
    struct error e = {0};
    struct latent_options options = latent_defaults();
    options.refine = 10;
    assert_ok(latent_estimate(&fit, &m, &options, NULL, &e));
    beta_mean /= sum;
    struct latent_marginal beta = latent_fixed_effect(fit, 0);
    struct latent_marginal sigma = latent_hyper(fit, 0, NULL, NULL);
    double beta_sd = sqrt(beta_square / sum - beta_mean * beta_mean), worst = 0;
    printf("# beta %.4f %.4f exact %.4f %.4f; sigma %.4f exact %.4f; evidence %.4f exact "
           "%.4f\n",
           beta.mean, beta.sd, beta_mean, beta_sd, sigma.mean, sigma_mean / sum,
           latent_criteria_of(fit).log_evidence, log(sum));
    assert_true(fabs(beta.mean - beta_mean) < 0.02 * beta_sd);
    assert_true(fabs(beta.sd / beta_sd - 1) < 0.02);
    assert_true(fabs(sigma.mean * sum / sigma_mean - 1) < 0.02);
    assert_true(fabs(latent_criteria_of(fit).log_evidence - log(sum)) < 0.02);
    for (uint32_t i = 0; i < ROWS; i++) {
        struct latent_marginal eta = latent_predictor(fit, i);
        double mean = eta_mean[i] / sum, sd = sqrt(eta_square[i] / sum - mean * mean);
        worst = fmax(worst, fabs(eta.mean - mean) / sd);
        worst = fmax(worst, fabs(eta.sd / sd - 1));
    }
    printf("# linear predictors: worst difference %.4f sd\n", worst);
    assert_true(worst < 0.03);
    latent_close(fit);
}

// Sums that must be 0: of the mean over each connected part, over times, over both.
static void constraints_hold(void **state)
{
    (void)state;
    static const struct {
        enum latent_kind kind;
        unsigned order;
        uint32_t rank; // unknowns less constraints, of 18 areas (16 + 2) and 5 times
    } trials[] = {
        {LATENT_ICAR, 1, 18 + 1 - 2},
        {LATENT_RW1, 1, 4},
        {LATENT_RW2, 2, 3},
        {LATENT_TYPE_1, 1, 19 * 5},
        {LATENT_TYPE_2, 1, 19 * 4},
        {LATENT_TYPE_2, 2, 19 * 3},
        {LATENT_TYPE_3, 1, (19 - 2) * 5},
        {LATENT_TYPE_4, 1, (19 - 2) * 4},
        {LATENT_TYPE_4, 2, (19 - 2) * 3},
    };
    static struct world w;
    struct rng r = rng_seed(3);
    for (size_t k = 0; k < sizeof trials / sizeof *trials; k++) {
        struct error e = {0};
        assert_ok(world_make(&w, 4, true, 1, 5, &e));
        world_add(&w, trials[k].kind, trials[k].order);
        world_fill(&w, &r, 40, 0.5);
        struct latent_fit *fit;
        assert_ok(latent_estimate(&fit, &w.model, NULL, NULL, &e));
        struct latent_account account = latent_account_of(fit);
        assert_int_equal(account.n_unknowns - 1 - account.n_constraints, trials[k].rank);
        bool both = trials[k].kind >= LATENT_TYPE_1;
        bool in_time = trials[k].kind == LATENT_RW1 || trials[k].kind == LATENT_RW2;
        uint32_t areas = in_time ? 1 : w.n_areas;
        uint32_t times = both || in_time ? w.n_times : 1;
        double largest = 0, over_time = 0, trend = 0, over_space = 0;
        for (uint32_t a = 0; a < areas; a++) {
            double sum = 0, slope = 0;
            for (uint32_t t = 0; t < times; t++) {
                double v = latent_level(fit, 0, a * times + t).mean;
                sum += v;
                slope += v * (t - 2.0);
                largest = fmax(largest, fabs(v));
            }
            over_time = fmax(over_time, fabs(sum));
            trend = fmax(trend, fabs(slope));
        }
        for (uint32_t t = 0; t < times && !in_time; t++) {
            double sum = 0, pair = 0;
            for (uint32_t a = 0; a < 16; a++)
                sum += latent_level(fit, 0, a * times + t).mean;
            for (uint32_t a = 16; a < 18; a++)
                pair += latent_level(fit, 0, a * times + t).mean;
            over_space = fmax(over_space, fmax(fabs(sum), fabs(pair)));
        }
        printf("# kind %d order %u: largest %.3g, sums over time %.2g, trend %.2g, space "
               "%.2g\n",
               trials[k].kind, trials[k].order, largest, over_time, trend, over_space);
        assert_true(largest > 0.01);
        bool by_time =
            in_time || trials[k].kind == LATENT_TYPE_2 || trials[k].kind == LATENT_TYPE_4;
        assert_int_equal(over_time < 1e-7, by_time);
        if (by_time && trials[k].order == 2)
            assert_true(trend < 1e-7);
        if (!in_time)
            assert_int_equal(over_space < 1e-7, trials[k].kind == LATENT_ICAR ||
                                                    trials[k].kind == LATENT_TYPE_3 ||
                                                    trials[k].kind == LATENT_TYPE_4);
        latent_close(fit);
        arena_free(&w.arena);
    }
}

// With one uninformative row the posterior is the prior: variances of scaled effects have
// a geometric mean of sigma^2 in each part, and an island has sigma^2.
static void effects_are_scaled(void **state)
{
    (void)state;
    static struct world w;
    for (int k = 0; k < 3; k++) {
        struct error e = {0};
        assert_ok(world_make(&w, 5, true, 2, 7, &e));
        static const enum latent_kind kinds[] = {LATENT_ICAR, LATENT_BYM2, LATENT_TYPE_4};
        world_add(&w, kinds[k], 1);
        w.effect[0].sigma = (struct latent_prior){LATENT_PRIOR_FIXED, 0.3, 0};
        w.effect[0].second = (struct latent_prior){LATENT_PRIOR_FIXED, 1, 0};
        w.fixed[0].sd = 1e3;
        w.size[0] = w.y[0] = 1; // tells of nothing but the intercept
        struct latent_options options = latent_defaults();
        options.refine = 0;
        struct latent_fit *fit;
        assert_ok(latent_estimate(&fit, &w.model, &options, NULL, &e));
        uint32_t times = k == 2 ? 7 : 1;
        double lattice = 0, pair = 0, island = 0;
        for (uint32_t a = 0; a < w.n_areas; a++)
            for (uint32_t t = 0; t < times; t++) {
                double l = log(latent_level(fit, 0, a * times + t).sd / 0.3) / times;
                if (a < 25)
                    lattice += l / 25;
                else if (a < 27)
                    pair += l / 2;
                else
                    island += fabs(l) / 2;
            }
        printf("# log scale of a lattice %.2g, a pair %.2g, islands %.2g\n", lattice,
               pair, island);
        assert_true(fabs(lattice) < 1e-4 && fabs(pair) < 1e-4);
        assert_true(k == 2 ? island < 0.4 : island < 1e-4);
        latent_close(fit);
        arena_free(&w.arena);
    }
}

static void any_number_of_threads_gives_the_same(void **state)
{
    (void)state;
    static struct world w;
    struct rng r = rng_seed(8);
    for (int k = 0; k < 2; k++) { // a grid, a design
        struct error e = {0};
        assert_ok(world_make(&w, 5, false, 1, 5, &e));
        world_add(&w, LATENT_BYM2, 1);
        if (k) {
            world_add(&w, LATENT_RW1, 1);
            world_add(&w, LATENT_TYPE_4, 1);
        }
        world_fill(&w, &r, 30, 0.3);
        double *draws[2];
        struct latent_fit *fits[2];
        for (int n = 0; n < 2; n++) {
            struct pool *pool = NULL;
            if (n)
                assert_ok(pool_open(&pool, 3, &e));
            assert_ok(latent_estimate(fits + n, &w.model, NULL, pool, &e));
            draws[n] = mem_alloc((size_t)w.n_rows * 50, sizeof(double));
            assert_ok(latent_draws(fits[n], 50, 9, draws[n], pool, &e));
            pool_close(pool);
        }
        assert_memory_equal(draws[0], draws[1], (size_t)w.n_rows * 50 * sizeof(double));
        for (uint32_t i = 0; i < w.n_rows; i++) {
            struct latent_marginal a = latent_odds(fits[0], i, 100);
            struct latent_marginal b = latent_odds(fits[1], i, 100);
            assert_memory_equal(&a, &b, sizeof a);
            assert_true(latent_pit(fits[0], i) == latent_pit(fits[1], i) ||
                        !(w.size[i] > 0));
        }
        for (int n = 0; n < 2; n++) {
            mem_free(draws[n]);
            latent_close(fits[n]);
        }
        arena_free(&w.arena);
    }
}

// Draws have the means and variances of the marginals.
static void draws_agree_with_marginals(void **state)
{
    (void)state;
    enum { DRAWS = 4000 };
    static struct world w;
    struct rng r = rng_seed(21);
    struct error e = {0};
    assert_ok(world_make(&w, 3, true, 1, 4, &e));
    world_add(&w, LATENT_BYM2, 1);
    world_add(&w, LATENT_AR1, 1);
    world_add(&w, LATENT_TYPE_4, 1);
    world_fill(&w, &r, 30, 0.4);
    struct latent_fit *fit;
    assert_ok(latent_estimate(&fit, &w.model, NULL, NULL, &e));
    double *draws = mem_alloc((size_t)DRAWS * w.n_rows, sizeof *draws);
    assert_ok(latent_draws(fit, DRAWS, 1, draws, NULL, &e));
    double worst_mean = 0, worst_sd = 0;
    for (uint32_t i = 0; i < w.n_rows; i++) {
        double mean = 0, square = 0;
        for (int d = 0; d < DRAWS; d++)
            mean += draws[(size_t)d * w.n_rows + i] / DRAWS;
        for (int d = 0; d < DRAWS; d++)
            square += pow(draws[(size_t)d * w.n_rows + i] - mean, 2) / DRAWS;
        struct latent_marginal m = latent_predictor(fit, i);
        worst_mean = fmax(worst_mean, fabs(mean - m.mean) / m.sd * sqrt(DRAWS));
        worst_sd = fmax(worst_sd, fabs(sqrt(square) / m.sd - 1) * sqrt(2.0 * DRAWS));
    }
    printf("# worst of %u rows: mean %.2f, sd %.2f standard errors\n", w.n_rows,
           worst_mean, worst_sd);
    assert_true(worst_mean < 4.5 && worst_sd < 5.5);
    mem_free(draws);
    latent_close(fit);
    arena_free(&w.arena);
}

// What a file may hold and a model must not stumble over: an answer for each row.
static void odd_data_get_an_answer(void **state)
{
    (void)state;
    static struct world w;
    struct rng r = rng_seed(31);
    for (int k = 0; k < 7; k++) {
        struct error e = {0};
        assert_ok(world_make(&w,
                             k == 3   ? 1
                             : k == 4 ? 0
                                      : 4,
                             false, k == 4 ? 9 : 1, 3, &e));
        world_add(&w, LATENT_BYM2, 1);
        world_add(&w, k == 5 ? LATENT_RW2 : LATENT_RW1, 1);
        if (k == 6)
            world_add(&w, LATENT_TYPE_1, 1);
        world_fill(&w, &r, k == 6 ? 1e9 : 20, 0.2);
        for (uint32_t i = 0; i < w.n_rows; i++) {
            if (k == 0)
                w.y[i] = w.size[i]; // one sex only
            else if (k == 1)
                w.y[i] = 0;
            else if (k == 2 && w.area[i] % 3)
                w.y[i] = w.size[i] = 0; // areas without births
        }
        struct latent_fit *fit;
        assert_ok(latent_estimate(&fit, &w.model, NULL, NULL, &e));
        struct latent_criteria c = latent_criteria_of(fit);
        assert_true(isfinite(c.log_evidence) && isfinite(c.dic) && isfinite(c.waic));
        for (uint32_t i = 0; i < w.n_rows; i++) {
            struct latent_marginal m = latent_odds(fit, i, 100);
            assert_true(isfinite(m.mean) && m.sd > 0 && m.low < m.median &&
                        m.median < m.high);
            double above = latent_predictor_above(fit, i, log(m.median / 100));
            assert_true(fabs(above - 0.5) < 1e-6);
        }
        if (k == 6) { // so many births that nothing is borrowed
            double raw = 100 * w.y[0] / (w.size[0] - w.y[0]);
            assert_true(fabs(latent_odds(fit, 0, 100).mean / raw - 1) < 1e-4);
        }
        latent_close(fit);
        arena_free(&w.arena);
    }
}

static void bad_data_are_refused(void **state)
{
    (void)state;
    static struct world w;
    struct rng r = rng_seed(32);
    static const char *const expected[] = {
        "row 3|the count is nan; a whole number of 0 or more is needed",
        "row 3|the count is -1; a whole number of 0 or more is needed",
        "row 3|the count is 1.5; a whole number of 0 or more is needed",
        "row 3|the number of trials is inf; a number from 0 to 1e15 is needed",
        "row 3|a count of 21 can not come of 20",
        "row 3|the covariate x is not a finite number",
        "row 3|level 1000 of bym2 is past the last of 17",
        "bym2|the effect has 17 areas, its graph of neighbours 16",
        "|none of the 51 rows has a size above 0: there is nothing to learn from",
        "bym2|the prior of phi of this effect can not have the numbers 2 and 0",
        "rw1|the effect has 1 levels; 2 are the least",
    };
    for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
        struct error e = {0};
        assert_ok(world_make(&w, 4, false, 1, 3, &e));
        world_add(&w, LATENT_BYM2, 1);
        world_add(&w, LATENT_RW1, 1);
        world_fill(&w, &r, 20, 0.2);
        w.model.n_fixed = 2;
        w.size[2] = 20;
        w.y[2] = k == 0 ? NAN : k == 1 ? -1 : k == 2 ? 1.5 : k == 4 ? 21 : 3;
        w.size[2] = k == 3 ? INFINITY : 20;
        w.x[2] = k == 5 ? NAN : 0;
        uint32_t area = w.area[2];
        w.area[2] = k == 6 ? 999 : area;
        w.graph.n = k == 7 ? 16 : 17;
        for (uint32_t i = 0; i < w.n_rows && k == 8; i++)
            w.y[i] = w.size[i] = 0;
        if (k == 9)
            w.effect[0].second = (struct latent_prior){LATENT_PRIOR_FIXED, 2, 0};
        if (k == 10)
            w.effect[1].n_levels = 1;
        struct latent_fit *fit;
        assert_int_equal(latent_estimate(&fit, &w.model, NULL, NULL, &e), ERR_INPUT);
        assert_null(fit);
        char found[sizeof e.where + sizeof e.text + 1];
        snprintf(found, sizeof found, "%s|%s", e.where, e.text);
        assert_string_equal(found, expected[k]);
        arena_free(&w.arena);
    }
}

// Two fixed effects that are the same, both flat, can not be told apart; with a prior
// they can be estimated.
static void what_is_not_identified_is_told(void **state)
{
    (void)state;
    static struct world w;
    struct rng r = rng_seed(33);
    struct error e = {0};
    assert_ok(world_make(&w, 3, false, 0, 2, &e));
    world_add(&w, LATENT_IID, 1);
    world_fill(&w, &r, 20, 0.2);
    for (uint32_t i = 0; i < w.n_rows; i++)
        w.x[i] = 1;
    w.model.n_fixed = 2;
    struct latent_fit *fit;
    assert_ok(latent_estimate(&fit, &w.model, NULL, NULL, &e));
    latent_close(fit);
    w.fixed[0].sd = w.fixed[1].sd = 0;
    enum err err = latent_estimate(&fit, &w.model, NULL, NULL, &e);
    if (err) { // rounding may leave a very flat direction instead of none
        assert_int_equal(err, ERR_INPUT);
        assert_string_equal(e.key, "latent.mode");
    } else {
        assert_true(latent_fixed_effect(fit, 0).sd > 1e3);
        latent_close(fit);
    }
    arena_free(&w.arena);
}

static void no_memory_is_told(void **state)
{
    (void)state;
    static struct world w;
    struct rng r = rng_seed(34);
    struct error e = {0};
    assert_ok(world_make(&w, 3, true, 1, 3, &e));
    world_add(&w, LATENT_BYM2, 1);
    world_add(&w, LATENT_TYPE_4, 1);
    world_fill(&w, &r, 20, 0.2);
    double *draws = mem_alloc((size_t)w.n_rows * 5, sizeof *draws);
    int64_t failures = 0;
    for (int64_t fail = 0;; fail += 1 + fail / 20) {
        struct latent_fit *fit = NULL;
        mem_fail_after(fail);
        enum err err = latent_estimate(&fit, &w.model, NULL, NULL, &e);
        if (!err)
            err = latent_draws(fit, 5, 1, draws, NULL, &e);
        int64_t made = mem_fail_after(-1);
        latent_close(fit);
        if (!err) {
            assert_true(made <= fail);
            break;
        }
        assert_int_equal(err, ERR_MEMORY);
        failures++;
    }
    printf("# failed at %lld places\n", (long long)failures);
    assert_true(failures > 50);
    mem_free(draws);
    arena_free(&w.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_exact),
        cmocka_unit_test(one_area_is_exact),
        cmocka_unit_test(small_counts_agree_with_integration),
        cmocka_unit_test(constraints_hold),
        cmocka_unit_test(effects_are_scaled),
        cmocka_unit_test(any_number_of_threads_gives_the_same),
        cmocka_unit_test(draws_agree_with_marginals),
        cmocka_unit_test(odd_data_get_an_answer),
        cmocka_unit_test(bad_data_are_refused),
        cmocka_unit_test(what_is_not_identified_is_told),
        cmocka_unit_test(no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
