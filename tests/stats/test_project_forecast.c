// SPDX-License-Identifier: AGPL-3.0-or-later
// An area's years ahead: without errors it is project_run, with them its median is near;
// scenarios change what they say; errors keep their spread in steps of one year.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/project_forecast.h"
#include "stats/project_survival.h"

enum { AGES = 21, STEPS = 8, MOMENTS = STEPS + 1 };

struct figures {
    double people[2][AGES], survival[2][STEPS * (AGES + 1)], fertility[STEPS * AGES];
    double boys[STEPS], net[2][STEPS * AGES];
    struct project_input in;
};

static void invent(struct figures *f)
{
    static const double by_age[7] = {.01, .18, .38, .28, .11, .03, .01};
    struct rng r = rng_seed(12);
    memset(f, 0, sizeof *f);
    for (int sex = 0; sex < 2; sex++) {
        for (int i = 0; i < AGES; i++)
            f->people[sex][i] = 9000 * exp(-.004 * i * i) * (.8 + .4 * rng_uniform(&r));
        for (int t = 0; t < STEPS; t++)
            for (int i = 0; i <= AGES; i++)
                f->survival[sex][t * (AGES + 1) + i] =
                    exp(-.0007 * exp(.37 * i) * exp(-.05 * t) * (sex ? 1.5 : 1));
        for (int i = 0; i < STEPS * AGES; i++)
            f->net[sex][i] = i % AGES < 10 ? 40 * (rng_uniform(&r) - .3) : 0;
    }
    for (int t = 0; t < STEPS; t++) {
        for (int i = 0; i < 7; i++)
            f->fertility[t * AGES + 3 + i] = (1.5 + .02 * t) * by_age[i] / 5;
        f->boys[t] = 1.17;
    }
    f->in = (struct project_input){
        .shape = {2020, 5, AGES, STEPS}, .fertility = f->fertility, .boys = f->boys};
    for (int sex = 0; sex < 2; sex++) {
        f->in.population[sex] = f->people[sex];
        f->in.survival[sex] = f->survival[sex];
        f->in.migration[sex] = f->net[sex];
    }
}

static struct project_forecast *make(struct arena *a, const struct project_input *in,
                                     const struct project_forecast_choice *choice)
{
    struct error e;
    struct pool *pool;
    struct project_forecast *out;
    assert_ok(pool_open(&pool, 2, &e));
    assert_ok(project_forecast_make(a, pool, in, choice, &out, &e));
    pool_close(pool);
    return out;
}

static void certain_is_project_run(void **state)
{
    (void)state;
    struct figures f;
    struct arena a;
    double people[2][MOMENTS * AGES], births[2][STEPS];
    invent(&f);
    arena_init(&a, 0);
    struct project_output out = {.population = {people[0], people[1]},
                                 .births = {births[0], births[1]}};
    for (int mothers = 0; mothers < 2; mothers++) {
        f.in.mothers = (enum project_mothers)mothers;
        project_run(&f.in, &out);
        struct project_forecast_choice choice = {.certain = true};
        struct project_forecast *p = make(&a, &f.in, &choice);
        // survival is looked up between rows .02 years apart, at a life expectancy that
        // is on none of them: 1e-6, not 1e-9
        for (int sex = 0; sex < 2; sex++)
            for (int i = 0; i < MOMENTS * AGES; i++)
                for (int k = 0; k < PROJECT_QUANTILES; k++) {
                    double found = p->people[sex][i * PROJECT_QUANTILES + k];
                    if (fabs(found - people[sex][i]) > 1e-6 * people[sex][i] + 1e-6)
                        fail_msg("sex %d place %d: %.9g is not %.9g", sex, i, found,
                                 people[sex][i]);
                }
        for (int t = 1; t < MOMENTS; t++) {
            double missing =
                births[PROJECT_MALE][t - 1] / 1.06 - births[PROJECT_FEMALE][t - 1];
            double found = p->figure[PROJECT_MISSING][t * PROJECT_QUANTILES + 2];
            assert_true(fabs(found / missing - 1) < 1e-5);
            assert_true(fabs(p->figure[PROJECT_BOYS_BORN][t * PROJECT_QUANTILES + 2] -
                             117) < 1e-9);
        }
        assert_true(isnan(p->figure[PROJECT_BORN][2]) && p->negative == 0);
    }
    arena_free(&a);
}

static void intervals_and_scenarios(void **state)
{
    (void)state;
    struct figures f;
    struct arena a;
    invent(&f);
    arena_init(&a, 0);
    const struct project_change normal[2] = {
        {STR("106"), PROJECT_BOYS, PROJECT_STEP, PROJECT_VALUE, 2030, 2030, 1.06},
        {STR("other"), PROJECT_TFR, PROJECT_STEP, PROJECT_PLUS, 2020, 2020, 1}};
    struct project_forecast_choice choice = {
        .trajectories = 2000, .seed = 4, .changes = normal, .n_changes = 2};
    struct project_forecast_choice certain = {.certain = true};
    project_forecast_errors(choice.error);
    choice.error[PROJECT_NET] = (struct project_error){.sd = 100, .rho = .5};
    struct project_forecast *base = make(&a, &f.in, &choice);
    struct project_forecast *sure = make(&a, &f.in, &certain);
    choice.scenario = STR("106");
    struct project_forecast *after = make(&a, &f.in, &choice);
    for (size_t t = 0; t < MOMENTS; t++) {
        const double *q = base->figure[PROJECT_ALL] + t * PROJECT_QUANTILES;
        for (int k = 1; k < PROJECT_QUANTILES; k++)
            assert_true(t ? q[k] > q[k - 1] : q[k] == q[k - 1]);
        double middle = sure->figure[PROJECT_ALL][t * PROJECT_QUANTILES + 2];
        assert_true(fabs(q[2] / middle - 1) < .01);
        // the same draws: until the change nothing differs, then girls are born
        const double *p = after->figure[PROJECT_ALL] + t * PROJECT_QUANTILES;
        const double *missing = after->figure[PROJECT_MISSING] + t * PROJECT_QUANTILES;
        if (t <= 2)
            assert_memory_equal(p, q, PROJECT_QUANTILES * sizeof *p);
        if (t > 2)
            assert_true(fabs(missing[2]) < 12 && missing[0] < 0 && missing[4] > 0);
        else if (t)
            assert_true(missing[0] > 0);
    }
    // whoever would marry in 2060 was born after the change
    double then = after->figure[PROJECT_SUITORS][8 * PROJECT_QUANTILES + 2];
    double else_then = base->figure[PROJECT_SUITORS][8 * PROJECT_QUANTILES + 2];
    assert_true(else_then - then > 3);
    size_t needs = 0;
    for (size_t i = 0; i < base->n_needs; i++)
        needs += base->needed[i][3 * PROJECT_QUANTILES] <
                 base->needed[i][3 * PROJECT_QUANTILES + 4];
    assert_int_equal(needs, base->n_needs);
    arena_free(&a);
}

static void errors_of_one_year(void **state)
{
    (void)state;
    struct project_error five = {.sd = .09, .rho = .893};
    struct project_error one = project_error_of_width(&five, 1);
    assert_true(fabs(pow(one.rho, 5) - .893) < 1e-12);
    // after 5, 10 ... years the spread is the same
    for (size_t t = 0; t < 10; t++)
        assert_true(fabs(project_error_sd(&one, 5 * t + 4) / project_error_sd(&five, t) -
                         1) < 1e-9);
    struct project_error same = project_error_of_width(&five, 5);
    assert_true(same.sd == five.sd && fabs(same.rho - five.rho) < 1e-15);
}

static void bad_input(void **state)
{
    (void)state;
    struct figures f;
    struct arena a;
    struct error e;
    struct pool *pool;
    struct project_forecast *out;
    invent(&f);
    arena_init(&a, 0);
    assert_ok(pool_open(&pool, 1, &e));
    struct project_forecast_choice choice = {.trajectories = 20};
    choice.error[PROJECT_TFR].sd = -1;
    assert_int_equal(project_forecast_make(&a, pool, &f.in, &choice, &out, &e),
                     ERR_INPUT);
    choice.error[PROJECT_TFR].sd = 0;
    f.people[0][3] = -1;
    assert_int_equal(project_forecast_make(&a, pool, &f.in, &choice, &out, &e),
                     ERR_INPUT);
    f.people[0][3] = 1;
    enum err code = ERR_MEMORY;
    int64_t n = 0;
    for (; code == ERR_MEMORY && n < 400; n += 1 + n / 8) {
        struct arena b;
        arena_init(&b, 0);
        mem_fail_after(n);
        code = project_forecast_make(&b, pool, &f.in, &choice, &out, &e);
        mem_fail_after(-1);
        arena_free(&b);
    }
    assert_int_equal(code, ERR_OK);
    pool_close(pool);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certain_is_project_run),
        cmocka_unit_test(intervals_and_scenarios),
        cmocka_unit_test(errors_of_one_year),
        cmocka_unit_test(bad_input),
    };
    return cmocka_run_group_tests_name("an area's years ahead", tests, NULL, NULL);
}
