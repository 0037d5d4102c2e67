// SPDX-License-Identifier: AGPL-3.0-or-later
// What a ratio at birth means by cohort of birth: against the projection's own people
// added up by hand, and where both sexes are equally many.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/project_forecast.h"

enum { GROUPS = 21, YEARS = 90, MOST = 101 };

struct world {
    double people[2][MOST], survival[2][YEARS * (MOST + 1)], fertility[YEARS * MOST];
    double boys[YEARS];
    struct project_input in;
};

// Everybody lives to 65; as many children as keep the number, of women of 25-29; `boys` a
// girl from the start, men `times` as many at the start.
static void invent(struct world *w, int32_t width, double boys, double times)
{
    memset(w, 0, sizeof *w);
    size_t ages = (size_t)(100 / width) + 1, steps = (size_t)(YEARS / width);
    w->in = (struct project_input){
        .shape = {2020, width, ages, steps}, .fertility = w->fertility, .boys = w->boys};
    for (int sex = 0; sex < 2; sex++) {
        w->in.population[sex] = w->people[sex];
        w->in.survival[sex] = w->survival[sex];
        for (size_t a = 0; a < ages; a++)
            w->people[sex][a] =
                (int32_t)a * width < 65 ? 1000. * width * (sex ? times : 1) : 0;
        for (size_t t = 0; t < steps; t++)
            for (size_t a = 0; a <= ages; a++)
                w->survival[sex][t * (ages + 1) + a] =
                    (int32_t)a * width < 65 ? 1 : exp(-.05 * width);
    }
    for (size_t t = 0; t < steps; t++) {
        w->boys[t] = boys;
        for (size_t a = 0; a < ages; a++)
            if ((int32_t)a * width >= 25 && (int32_t)a * width < 30)
                w->fertility[t * ages + a] = (1 + boys) / 5;
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

static double middle(const struct project_forecast *f, int figure, size_t moment)
{
    return f->cohort[figure][moment * PROJECT_QUANTILES + 2];
}

static void near(double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within))
        fail_msg("%.12g is not within %g of %.12g", found, within, wanted);
}

// As many of both: what is declared comes about, in steps of one year and of five.
static void as_declared(void **state)
{
    (void)state;
    static struct world w;
    for (int32_t width = 1; width <= 5; width += 4)
        for (int rule = 0; rule < 2; rule++) {
            struct arena a;
            arena_init(&a, 0);
            invent(&w, width, 1, 1);
            struct project_forecast_choice choice = {.certain = true,
                                                     .couples = true,
                                                     .rule = (enum marriage_rule)rule,
                                                     .reference = 1};
            struct project_forecast *f = make(&a, &w.in, &choice);
            for (size_t t = 0; t < f->moments; t++) {
                int32_t years = (int32_t)t * width;
                near(middle(f, PROJECT_COHORT_TO_100, t), 100, 1e-6);
                near(middle(f, PROJECT_COHORT_BEYOND, t), 0, 1e-4);
                near(middle(f, PROJECT_COHORT_MEN, t), 1000. * width, 1e-4);
                bool seen = years - (width - 1) >= 35; // since 15
                assert_int_equal(!isnan(middle(f, PROJECT_COHORT_SINGLE_MEN, t)), seen);
                if (seen) {
                    near(middle(f, PROJECT_COHORT_SINGLE_MEN, t), 2, 1e-3);
                    near(middle(f, PROJECT_COHORT_SINGLE_WOMEN, t), 2, 1e-3);
                }
                if (t)
                    near(middle(f, PROJECT_COHORT_MISSING, t), 0, 1e-6);
                else
                    assert_true(isnan(middle(f, PROJECT_COHORT_BOYS, t)));
            }
            arena_free(&a);
        }
}

// 120 boys to 100 girls from 2020 on: 30 years later so many men, less what comes of
// wives who were born before; figures are those of the people by age.
static void more_boys(void **state)
{
    (void)state;
    static struct world w;
    struct arena a;
    arena_init(&a, 0);
    invent(&w, 1, 1.2, 1);
    struct project_forecast_choice choice = {.certain = true, .couples = true};
    struct project_forecast *f = make(&a, &w.in, &choice);
    struct marriage_schedule s = marriage_schedule_usual();
    for (size_t t = 0; t < f->moments; t++) {
        double men = 0, women = 0, all = 0;
        const double *q = f->people[PROJECT_FEMALE] + t * 101 * PROJECT_QUANTILES;
        men = f->people[PROJECT_MALE][(t * 101 + 30) * PROJECT_QUANTILES + 2];
        for (int gap = -15; gap <= 20; gap++) {
            double p = exp(-(gap - 2.) * (gap - 2.) / 18);
            all += p;
            women += p * q[(30 - gap) * PROJECT_QUANTILES + 2];
        }
        near(s.mean[1] - s.mean[0], 2, 0);
        near(middle(f, PROJECT_COHORT_TO_100, t), 100 * men / (women / all), 1e-3);
        near(middle(f, PROJECT_COHORT_BEYOND, t), men - women / all, 1e-2);
        if (t)
            near(middle(f, PROJECT_COHORT_MISSING, t),
                 middle(f, PROJECT_COHORT_BOYS, t) / 1.06 -
                     middle(f, PROJECT_COHORT_GIRLS, t),
                 1e-6);
    }
    near(middle(f, PROJECT_COHORT_TO_100, 20), 100, 1); // born before
    near(middle(f, PROJECT_COHORT_TO_100, 80), 120, 2);
    double before = middle(f, PROJECT_COHORT_SINGLE_MEN, 36);
    double later = middle(f, PROJECT_COHORT_SINGLE_MEN, 90);
    near(before, 2, .2); // married before the others came
    assert_true(later > 8 && later < 25);
    double women = middle(f, PROJECT_COHORT_SINGLE_WOMEN, 90);
    assert_true(women < 2);
    arena_free(&a);
}

// The same quantiles on any threads; a scenario's change shows only in those born after.
static void drawn(void **state)
{
    (void)state;
    static struct world w;
    struct arena a;
    arena_init(&a, 0);
    invent(&w, 5, 1.15, 1.05);
    const struct project_change normal = {
        STR("106"), PROJECT_BOYS, PROJECT_STEP, PROJECT_VALUE, 2035, 2035, 1.06};
    struct project_forecast_choice choice = {.trajectories = 300,
                                             .seed = 3,
                                             .couples = true,
                                             .changes = &normal,
                                             .n_changes = 1};
    project_forecast_errors(choice.error);
    choice.error[PROJECT_E0].sd = choice.error[PROJECT_GAP].sd = 0;
    struct project_forecast *f = make(&a, &w.in, &choice), *again;
    again = make(&a, &w.in, &choice);
    choice.scenario = STR("106");
    struct project_forecast *after = make(&a, &w.in, &choice);
    for (int i = 0; i < PROJECT_COHORT_FIGURES; i++)
        assert_memory_equal(f->cohort[i], again->cohort[i],
                            f->moments * PROJECT_QUANTILES * sizeof(double));
    for (size_t t = 1; t < f->moments; t++) {
        const double *q = f->cohort[PROJECT_COHORT_TO_100] + t * PROJECT_QUANTILES;
        const double *p = after->cohort[PROJECT_COHORT_TO_100] + t * PROJECT_QUANTILES;
        assert_true(t <= 6 || q[4] > q[0]); // those of 30-34 were born after 2020
        if (t <= 3)                         // the change is of 2035
            assert_memory_equal(p, q, PROJECT_QUANTILES * sizeof *p);
        else if (t > 13)
            assert_true(p[2] < q[2] - 4);
        double single = middle(f, PROJECT_COHORT_SINGLE_MEN, t);
        double less = middle(after, PROJECT_COHORT_SINGLE_MEN, t);
        if (t >= 16)
            assert_true(less < single - 1);
    }
    struct error e;
    struct pool *pool;
    struct project_forecast *out;
    assert_ok(pool_open(&pool, 1, &e));
    choice.trajectories = 1000000;
    assert_int_equal(project_forecast_make(&a, pool, &w.in, &choice, &out, &e),
                     ERR_LIMIT);
    choice.trajectories = 20;
    for (int64_t n = 0; n < 6; n++) {
        mem_fail_after(n);
        enum err code = project_forecast_make(&a, pool, &w.in, &choice, &out, &e);
        mem_fail_after(-1);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
    }
    pool_close(pool);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_declared),
        cmocka_unit_test(more_boys),
        cmocka_unit_test(drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
