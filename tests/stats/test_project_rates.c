// SPDX-License-Identifier: AGPL-3.0-or-later
// Rates to steps: survival of a stationary population, migrants found again, totals
// spread, ratios put back on their line, shocks by half-year.
#include <math.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/project_rates.h"

enum { AGES = 21, STEPS = 4, MORTALITY = 22 };

static const struct project_shape shape = {2020, 5, AGES, STEPS};
static int32_t mortality_age[MORTALITY];
static double rates[STEPS * MORTALITY], survival[2][STEPS * (AGES + 1)], e0[STEPS];
static double fertility[STEPS * AGES], boys[STEPS], population[2][AGES];

static void near(double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within))
        fail_msg("%.12g is not within %g of %.12g", found, within, wanted);
}

static void set_rates(void)
{
    for (int i = 0; i < MORTALITY; i++) {
        mortality_age[i] = i < 2 ? i : 5 * (i - 1);
        for (int t = 0; t < STEPS; t++)
            rates[t * MORTALITY + i] =
                0.0003 * exp(0.075 * mortality_age[i]) + (i == 0   ? 0.02
                                                          : i == 1 ? 0.001
                                                                   : 0);
    }
    struct error e = {0};
    struct project_mortality m = {MORTALITY, mortality_age, rates};
    for (int sex = 0; sex < 2; sex++)
        assert_ok(project_survival(&shape, (enum project_sex)sex, &m,
                                   (struct lifetable_rule){0}, survival[sex], e0, &e));
    double share[AGES] = {[3] = 10, [4] = 35, [5] = 35, [6] = 15, [7] = 5};
    for (int t = 0; t < STEPS; t++) {
        project_fertility(&shape, 2.1, share, fertility + t * AGES);
        boys[t] = 1.06;
    }
}

// A population as the life table has it stays, when as many are born as die.
static void stationary_stays(void **state)
{
    (void)state;
    set_rates();
    for (int sex = 0; sex < 2; sex++) {
        double births = sex ? 106 : 100, before = births * 5;
        for (int a = 0; a < AGES - 1; a++)
            before = population[sex][a] = before * survival[sex][a];
        double s = survival[sex][AGES]; // T / (L + T) of the open group
        population[sex][AGES - 1] = before * s / (1 - s);
    }
    // fertility that gives these births
    double born = 0;
    for (int a = 0; a < AGES; a++)
        born += fertility[a] * population[0][a];
    for (int i = 0; i < STEPS * AGES; i++)
        fertility[i] *= 206 / born;
    double after[2][(STEPS + 1) * AGES];
    struct project_input in = {.shape = shape,
                               .population = {population[0], population[1]},
                               .survival = {survival[0], survival[1]},
                               .fertility = fertility,
                               .boys = boys};
    struct project_output out = {.population = {after[0], after[1]}};
    struct error e = {0};
    assert_ok(project_check(&in, &e));
    project_run(&in, &out);
    for (int sex = 0; sex < 2; sex++)
        for (int a = 0; a < AGES; a++)
            near(after[sex][STEPS * AGES + a] / population[sex][a], 1, 1e-9);
    near(project_children(&shape, fertility), 2.1 * 206 / born, 1e-12);
    // years lived at birth: all who live over those born a year
    double all = 0;
    for (int a = 0; a < AGES; a++)
        all += population[1][a];
    near(all / 106, e0[0], 1e-9);
}

static void bad_mortality_is_named(void **state)
{
    (void)state;
    set_rates();
    rates[2 * MORTALITY + 5] = -0.01;
    struct error e = {0};
    struct project_mortality m = {MORTALITY, mortality_age, rates};
    assert_int_equal(project_survival(&shape, PROJECT_MALE, &m,
                                      (struct lifetable_rule){0}, survival[1], NULL, &e),
                     ERR_INPUT);
    assert_non_null(strstr(e.where, "male, year 2030"));
    assert_non_null(strstr(e.where, "20"));
}

// Migrants that were put in come out, with either timing and either rule of births.
static void migrants_found_again(void **state)
{
    (void)state;
    set_rates();
    for (int rule = 0; rule < 4; rule++) {
        struct rng rng = rng_seed((uint64_t)rule + 1);
        double in_[2][AGES], out_[2][AGES], after[2][2 * AGES];
        for (int sex = 0; sex < 2; sex++)
            for (int a = 0; a < AGES; a++) {
                population[sex][a] = 1000 + 500 * rng_uniform(&rng);
                in_[sex][a] = 40 * rng_uniform(&rng) - 20;
            }
        struct project_input in = {.shape = {2020, 5, AGES, 1},
                                   .population = {population[0], population[1]},
                                   .survival = {survival[0], survival[1]},
                                   .fertility = fertility,
                                   .boys = boys,
                                   .migration = {in_[0], in_[1]},
                                   .timing = (enum project_timing)(rule % 2),
                                   .mothers = (enum project_mothers)(rule / 2)};
        struct project_output out = {.population = {after[0], after[1]}};
        project_run(&in, &out);
        const double *const end[2] = {after[0] + AGES, after[1] + AGES};
        double *const found[2] = {out_[0], out_[1]};
        project_infer(&in, end, found);
        for (int sex = 0; sex < 2; sex++)
            for (int a = 0; a < AGES; a++)
                near(out_[sex][a], in_[sex][a], 1e-9);
    }
}

static double sum(double v[2][AGES])
{
    double all = 0;
    for (int a = 0; a < AGES; a++)
        all += v[0][a] + v[1][a];
    return all;
}

static void totals_are_spread(void **state)
{
    (void)state;
    double share[2][AGES], to[2][AGES], past[2][3 * AGES] = {{0}};
    double *const shares[2] = {share[0], share[1]}, *const out[2] = {to[0], to[1]};
    const double *const before[2] = {past[0], past[1]};
    project_migrants_general(&shape, shares);
    near(sum(share), 1, 1e-12);
    near(share[0][4], share[1][4], 0);
    assert_true(share[0][4] > share[0][2] && share[0][4] > share[0][8]); // 20-24

    project_migrants_spread(&shape, -50, before, 0, out);
    near(sum(to), -50, 1e-9);
    near(to[0][4], -50 * share[0][4], 1e-12);

    for (int a = 3; a < 9; a++) { // three past steps of one pattern: it goes on
        past[0][a] = past[0][AGES + a] = past[0][2 * AGES + a] = -1;
        past[1][a] = past[1][AGES + a] = past[1][2 * AGES + a] = -3;
    }
    project_migrants_spread(&shape, -48, before, 3, out);
    near(sum(to), -48, 1e-9);
    near(to[0][3], -2, 1e-12);
    near(to[1][3], -6, 1e-12);
    project_migrants_spread(&shape, 12, before, 3, out);
    near(to[1][3], 1.5, 1e-12);
    project_migrants_spread(&shape, 0, before, 3, out);
    near(sum(to), 0, 0);

    for (int a = 3; a < 9;
         a++) // the last went both ways: kept as far as the total allows
        past[0][2 * AGES + a] = a % 2 ? 10 : -9, past[1][2 * AGES + a] = 0;
    project_migrants_spread(&shape, 1.5, before, 3, out); // its net is 3
    near(sum(to), 1.5, 1e-9);
    near(to[0][3], 5, 1e-9);
    project_migrants_spread(&shape, 103, before, 3, out);
    near(sum(to), 103, 1e-9);
    near(to[0][3], 10 + 100 * share[0][3], 1e-9);
}

// The UN's ratio of Azerbaijan falls by .0104 a step, as printed .010 or .011.
static void ratios_on_their_line(void **state)
{
    (void)state;
    double given[] = {1.119, 1.109, 1.098, 1.088, 1.077, 1.067, 1.067, 1.067};
    project_unround_ratio(given, 8, 3);
    for (int i = 0; i < 5; i++)
        near(given[i], 1.067 + 0.0104 * (5 - i), 1e-6);
    near(given[5], 1.067, 0);
    double others[] = {1.16, 1.13, 1.13, 1.05, 1.06, 1.06}; // no line: left alone
    project_unround_ratio(others, 6, 3);
    near(others[0], 1.16, 0);
    near(others[3], 1.05, 0);
    double constant[] = {1.06, 1.06, 1.06};
    project_unround_ratio(constant, 3, 3);
    near(constant[0], 1.06, 0);
}

static void shocks_by_half_year(void **state)
{
    (void)state;
    struct project_shock k = {.kind = PROJECT_SHOCK_DEATHS,
                              .year = 2023,
                              .first_half = 0.8,
                              .sex = -1,
                              .from = 60,
                              .to = 150,
                              .factor = 1.5};
    near(project_shock_part(&k, 2023, 1), 1, 1e-12);
    near(project_shock_part(&k, 2022.5, 1), 0.8, 1e-12); // ends in the middle of 2023
    near(project_shock_part(&k, 2023.5, 1), 0.2, 1e-12);
    near(project_shock_part(&k, 2020, 5), 1, 1e-12);
    near(project_shock_part(&k, 2018, 5), 0, 0);
    const int32_t age[] = {0, 5, 50, 55, 60, 100};
    double rate[] = {1, 1, 1, 1, 1, 1};
    project_shock_rates(&k, 2022.5, 1, age, 6, rate);
    near(rate[3], 1, 0);
    near(rate[4], 1.4, 1e-12);
    near(rate[5], 1.4, 1e-12);
    k.from = 52, k.factor = 1, k.more = 0.5; // part of a group; five years dilute it
    double again[] = {1, 1, 1, 1, 1, 1};
    project_shock_rates(&k, 2020, 5, age, 6, again);
    near(again[2], 1 + 0.1 * 0.6, 1e-12);
    near(again[3], 1.1, 1e-12);
    k = (struct project_shock){.kind = PROJECT_SHOCK_MIGRANTS,
                               .year = 2023,
                               .first_half = 0.5,
                               .sex = -1,
                               .from = 20,
                               .to = 29,
                               .factor = 1,
                               .more = 1000};
    double people[AGES] = {0};
    project_shock_migrants(&k, 2020, &shape, people);
    near(people[4], 500, 1e-9);
    near(people[5], 500, 1e-9);
    near(people[6], 0, 0);
    k.from = 0, k.to = 149;
    double all = 0;
    memset(people, 0, sizeof people);
    project_shock_migrants(&k, 2020, &shape, people);
    for (int a = 0; a < AGES; a++)
        all += people[a];
    near(all, 1000, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stationary_stays),     cmocka_unit_test(bad_mortality_is_named),
        cmocka_unit_test(migrants_found_again), cmocka_unit_test(totals_are_spread),
        cmocka_unit_test(ratios_on_their_line), cmocka_unit_test(shocks_by_half_year),
    };
    return cmocka_run_group_tests_name("stats/project_rates", tests, NULL, NULL);
}
