// SPDX-License-Identifier: AGPL-3.0-or-later
// Parts whose trajectories add up to those of their whole: each count of each trajectory;
// what has no part is shared out; a whole of one part is that part.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/project_forecast.h"

enum { AGES = 21, STEPS = 6, MOMENTS = STEPS + 1, PARTS = 3, DRAWN = 200 };
enum { N = MOMENTS * DRAWN, CELLS = 2 + 2 * AGES + 2 };

struct area {
    double people[2][AGES], survival[2][STEPS * (AGES + 1)], fertility[STEPS * AGES];
    double boys[STEPS];
    struct project_input in;
};

static void invent(struct area *f, uint64_t seed, double size)
{
    struct rng r = rng_seed(seed);
    memset(f, 0, sizeof *f);
    double long_life = .9 + .2 * rng_uniform(&r);
    for (int sex = 0; sex < 2; sex++) {
        for (int i = 0; i < AGES; i++)
            f->people[sex][i] = size * exp(-.004 * i * i) * (.6 + .8 * rng_uniform(&r));
        for (int t = 0; t < STEPS; t++)
            for (int i = 0; i <= AGES; i++)
                f->survival[sex][t * (AGES + 1) + i] =
                    exp(-.0007 * long_life * exp(.37 * i) * (sex ? 1.5 : 1));
    }
    for (int t = 0; t < STEPS; t++) {
        for (int i = 0; i < 6; i++)
            f->fertility[t * AGES + 3 + i] = (.1 + .1 * rng_uniform(&r)) / 3;
        f->boys[t] = 1.04 + .1 * rng_uniform(&r);
    }
    f->in = (struct project_input){
        .shape = {2020, 5, AGES, STEPS}, .fertility = f->fertility, .boys = f->boys};
    for (int sex = 0; sex < 2; sex++) {
        f->in.population[sex] = f->people[sex];
        f->in.survival[sex] = f->survival[sex];
    }
}

static struct project_forecast *make(struct arena *a, const struct area *area,
                                     const struct project_forecast_choice *choice)
{
    struct error e;
    struct pool *pool;
    struct project_forecast *out;
    assert_ok(pool_open(&pool, 2, &e));
    assert_ok(project_forecast_make(a, pool, &area->in, choice, &out, &e));
    pool_close(pool);
    return out;
}

static struct project_forecast_choice plain(void)
{
    struct project_forecast_choice choice = {
        .trajectories = DRAWN, .seed = 9, .couples = true};
    project_forecast_errors(choice.error);
    return choice;
}

static void near(double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within))
        fail_msg("%.12g is not within %g of %.12g", found, within, wanted);
}

static void trajectories_add_up(void **state)
{
    (void)state;
    static struct area whole, part[PARTS];
    static double of_whole[CELLS * N], sum[CELLS * N], kept[PARTS][CELLS * N];
    struct project_forecast *made[PARTS], *all;
    struct arena a;
    arena_init(&a, 0);
    invent(&whole, 1, 9000);
    struct project_forecast_choice choice = plain();
    choice.keep = of_whole;
    all = make(&a, &whole, &choice);
    assert_int_equal(project_together_cells(&whole.in.shape), CELLS);
    for (int i = 0; i < PARTS; i++) {
        invent(&part[i], 2 + (uint64_t)i, 2000 + 1000 * i);
        part[i].people[0][10] = 0; // nobody of this age in any part: shared out
        choice = plain();
        choice.add_to = sum;
        make(&a, &part[i], &choice);
    }
    for (int i = 0; i < PARTS; i++) {
        choice = plain();
        choice.whole = of_whole;
        choice.sum = sum;
        choice.keep = kept[i];
        made[i] = make(&a, &part[i], &choice);
    }
    for (int k = 0; k < CELLS * N; k++) {
        double parts = 0;
        for (int i = 0; i < PARTS; i++) {
            parts += kept[i][k];
            assert_true(kept[i][k] >= 0);
        }
        near(parts, of_whole[k], 1e-9 * of_whole[k] + 1e-9);
    }
    double middle = 0, middles = 0;
    for (size_t t = 0; t < MOMENTS; t++) {
        const double *q = all->figure[PROJECT_ALL] + t * PROJECT_QUANTILES;
        double mean = 0, means = 0;
        for (int k = 0; k < DRAWN; k++)
            mean += of_whole[t * DRAWN + (size_t)k] / DRAWN;
        for (int i = 0; i < PARTS; i++) {
            const double *p = made[i]->figure[PROJECT_ALL] + t * PROJECT_QUANTILES;
            assert_true(t ? p[4] > p[0] : p[4] >= p[0]);
            for (int k = 0; k < DRAWN; k++)
                means += kept[i][t * DRAWN + (size_t)k] / DRAWN;
            middles += p[2];
            // figures are of the raked people
            double old = 0, everybody = kept[i][t * DRAWN];
            for (int sex = 0; sex < 2; sex++)
                for (int age = 0; age < AGES; age++)
                    old += kept[i][(size_t)(2 + sex * AGES + age) * N + t * DRAWN];
            near(old, everybody, 1e-9 * everybody);
        }
        near(means, mean, 1e-9 * mean);
        middle += q[2];
    }
    near(middles / middle, 1, .01); // near, but medians do not add up
    arena_free(&a);
}

// Raked to itself an area stays what it is in every figure, need, ratio and cohort; alone
// within its whole it is the whole.
static void of_itself(void **state)
{
    (void)state;
    static struct area whole, part;
    static double cells[CELLS * N], sum[CELLS * N];
    struct arena a;
    arena_init(&a, 0);
    invent(&whole, 1, 9000);
    invent(&part, 5, 50);
    struct project_forecast_choice choice = plain(), raked = plain();
    choice.keep = cells;
    struct project_forecast *all = make(&a, &whole, &choice), *one;
    choice = plain();
    choice.add_to = sum;
    make(&a, &part, &choice);
    for (int again = 0; again < 2; again++) {
        raked.whole = cells;
        raked.sum = again ? cells : sum;
        one = make(&a, again ? &whole : &part, &raked);
        for (size_t k = 0; k < MOMENTS * PROJECT_QUANTILES; k++) {
            for (int i = 0; i < PROJECT_FIGURES; i++)
                assert_true(isnan(all->figure[i][k]) == isnan(one->figure[i][k]) &&
                            !(fabs(one->figure[i][k] - all->figure[i][k]) >
                              1e-8 * fabs(all->figure[i][k]) + 1e-6));
            for (int i = 0; i < PROJECT_COHORT_FIGURES; i++)
                assert_true(!(fabs(one->cohort[i][k] - all->cohort[i][k]) >
                              1e-8 * fabs(all->cohort[i][k]) + 1e-6));
            for (size_t i = 0; i < all->n_needs; i++)
                assert_true(!(fabs(one->needed[i][k] - all->needed[i][k]) >
                              1e-8 * fabs(all->needed[i][k]) + 1e-6));
        }
    }
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trajectories_add_up),
        cmocka_unit_test(of_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
