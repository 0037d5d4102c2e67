// SPDX-License-Identifier: AGPL-3.0-or-later
// Curves of migration by age: the standard's published values, the United Nations' shares
// by five years, spreads that add up, curves found again from their own rates.
#include <math.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/migration_age.h"

// United Nations, migration age patterns (per 100,000 immigrants of both sexes), from 0-4
// to 80-84, where its tables end.
static const double published[3][PROJECT_SEXES][17] = {
    {{3080.3, 1338.7, 1095.0, 5789.1, 10073.8, 9327.4, 6803.1, 4543.3, 2937.5, 1876.8,
      1194.0, 758.5, 481.5, 305.7, 194.0, 123.1, 78.2},
     {3082.9, 1339.8, 1027.1, 5237.0, 9426.2, 9059.2, 6861.3, 4758.8, 3195.5, 2120.5,
      1401.2, 924.4, 609.6, 401.9, 264.9, 174.6, 115.1}},
    {{2124.3, 923.2, 755.2, 3992.5, 6947.4, 6432.7, 4691.8, 3133.3, 2025.8, 1294.4, 823.5,
      523.1, 332.1, 210.8, 133.8, 84.9, 53.9},
     {2136.3, 928.4, 1020.0, 7082.7, 12987.6, 12522.1, 9494.8, 6589.0, 4425.9, 2937.7,
      1941.4, 1280.9, 844.7, 556.9, 367.1, 242.0, 159.6}},
    {{3974.5, 1727.3, 1412.9, 7469.8, 12998.4, 12035.4, 8778.2, 5862.3, 3790.3, 2421.7,
      1540.7, 978.7, 621.3, 394.4, 250.3, 158.9, 100.9},
     {3945.5, 1714.7, 1029.8, 3513.1, 6102.1, 5827.5, 4403.8, 3050.9, 2047.3, 1358.0,
      897.1, 591.7, 390.1, 257.2, 169.5, 111.8, 73.7}}};
static const char *const names[3] = {"family", "male-labour", "female-labour"};

static void standard_as_published(void **state)
{
    (void)state;
    struct error e;
    const struct migration_age_pattern *p = migration_age_standard("rogers-castro", &e);
    assert_non_null(p);
    const struct migration_age *c = &p->curve[PROJECT_MALE];
    // by hand: .02 exp(-2) + .06 exp(-1) + .003 and, far away, the constant alone
    assert_true(fabs(migration_age_rate(c, 20) - 0.027779472135) < 1e-9);
    assert_true(fabs(migration_age_rate(c, 300) - .003) < 1e-9);
    // the labour hump is highest at mu2 + ln(lambda2 / alpha2) / lambda2 = 23.466
    double best = 0, at = 0;
    for (double x = 15; x < 35; x += .01)
        if (migration_age_rate(c, x) - .02 * exp(-.1 * x) > best) {
            best = migration_age_rate(c, x) - .02 * exp(-.1 * x);
            at = x;
        }
    assert_true(fabs(at - 23.466) < .011);
    assert_null(migration_age_standard("Family", &e));
    assert_int_equal(e.code, ERR_INPUT);
    assert_non_null(strstr(e.cure, "family"));
}

static void standards_as_the_un(void **state)
{
    (void)state;
    struct error e;
    for (int k = 0; k < 3; k++) {
        const struct migration_age_pattern *p = migration_age_standard(names[k], &e);
        double female[17], male[17], sum = 0, *const persons[] = {female, male};
        assert_non_null(p);
        assert_ok(migration_age_spread(p, -100000, 5, 17, persons, &e));
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            for (int i = 0; i < 17; i++) {
                sum += persons[sex][i];
                double off = fabs(-persons[sex][i] - published[k][sex][i]);
                // the published tables end at 84; their last group is not an open one
                if (i < 16 && off > 150)
                    fail_msg("%s sex %d group %d: %g is not %g", names[k], sex, i,
                             -persons[sex][i], published[k][sex][i]);
            }
        assert_true(fabs(sum + 100000) < 1e-6);
    }
}

static void exchange_takes_only_who_is_here(void **state)
{
    (void)state;
    struct error e;
    const struct migration_age_pattern *p = migration_age_standard("family", &e);
    double here_f[21], here_m[21], f[21], m[21], left;
    const double *const here[] = {here_f, here_m};
    double *const persons[] = {f, m};
    struct rng r = rng_seed(20140901);
    for (int turn = 0; turn < 50; turn++) {
        double total = 0, net = 0;
        for (int i = 0; i < 21; i++) {
            here_f[i] = rng_chance(&r, .2) ? 0 : 1000 * rng_uniform(&r);
            here_m[i] = rng_chance(&r, .2) ? 0 : 1000 * rng_uniform(&r);
            total += here_f[i] + here_m[i];
        }
        double going = total * rng_uniform(&r) * .9;
        assert_ok(
            migration_age_exchange(p, 0, p, going, here, 5, 21, persons, &left, &e));
        for (int i = 0; i < 21; i++) {
            assert_true(here_f[i] + f[i] >= -1e-9 && here_m[i] + m[i] >= -1e-9);
            net += f[i] + m[i];
        }
        assert_true(fabs(net + going - left) < 1e-6 * (1 + going));
        assert_true(left < 1e-6 * going);
        // more than all: everybody goes, and the rest is said
        assert_ok(migration_age_exchange(p, 7, p, total + 100, here, 5, 21, persons,
                                         &left, &e));
        assert_true(fabs(left - 100) < 1e-6 * total);
    }
    here_m[3] = -1;
    assert_int_equal(migration_age_exchange(p, 0, p, 1, here, 5, 21, persons, &left, &e),
                     ERR_INPUT);
    assert_int_equal(migration_age_exchange(p, -1, p, 1, here, 5, 21, persons, &left, &e),
                     ERR_INPUT);
}

static void found_again(const struct migration_age *truth, enum migration_age_kind kind,
                        const int32_t *age, size_t n, int32_t end, double worst)
{
    struct error e;
    double rate[120];
    for (size_t i = 0; i < n; i++) {
        int32_t until = i + 1 < n ? age[i + 1] : end;
        rate[i] = 0;
        for (int32_t x = age[i]; x < until; x++)
            rate[i] += migration_age_rate(truth, x) / (until - age[i]);
    }
    struct migration_age_rates rates = {n, age, end, rate, NULL};
    struct migration_age_fit fit;
    assert_ok(migration_age_fit(&rates, kind, &fit, &e));
    for (int32_t x = 0; x < end; x++) {
        double wanted = migration_age_rate(truth, x);
        double found = migration_age_rate(&fit.curve, x);
        if (fabs(found - wanted) > worst * wanted)
            fail_msg("kind %d age %d: %g is not %g (r2 %g, %d turns)", (int)kind, (int)x,
                     found, wanted, fit.r_squared, fit.turns);
    }
    assert_true(fit.r_squared > .9999 && fit.mean_error < 1e-2);
}

static void curves_found_again(void **state)
{
    (void)state;
    int32_t single[95], fives[19];
    for (int i = 0; i < 95; i++)
        single[i] = i;
    for (int i = 0; i < 19; i++)
        fives[i] = 5 * i;
    struct migration_age m = {.a1 = .02,
                              .alpha1 = .1,
                              .a2 = .06,
                              .alpha2 = .1,
                              .mu2 = 20,
                              .lambda2 = .4,
                              .c = .003};
    found_again(&m, MIGRATION_AGE_7, single, 95, 95, 1e-4);
    found_again(&m, MIGRATION_AGE_7, fives, 19, 95, 1e-2);
    m.a4 = 1e-4;
    m.lambda4 = .05;
    found_again(&m, MIGRATION_AGE_9, single, 95, 95, 2e-2);
    m.a4 = 0;
    m.a3 = .02;
    m.alpha3 = .6;
    m.mu3 = 67;
    m.lambda3 = .3;
    found_again(&m, MIGRATION_AGE_11, single, 95, 95, 2e-2);
    m.a4 = 1e-4;
    m.lambda4 = .05;
    found_again(&m, MIGRATION_AGE_13, single, 95, 95, 3e-2);
}

static void noise_does_not_matter_much(void **state)
{
    (void)state;
    struct error e;
    const struct migration_age_pattern *p = migration_age_standard("rogers-castro", &e);
    struct rng r = rng_seed(71);
    int32_t age[80];
    double rate[80];
    for (int i = 0; i < 80; i++) {
        age[i] = i;
        rate[i] =
            fmax(0, migration_age_rate(&p->curve[0], i) * (1 + .1 * rng_normal(&r)));
    }
    struct migration_age_rates rates = {80, age, 80, rate, NULL};
    struct migration_age_fit fit;
    assert_ok(migration_age_fit(&rates, MIGRATION_AGE_7, &fit, &e));
    assert_true(fit.converged && fit.r_squared > .95);
    for (int i = 0; i < 80; i++) {
        double truth = migration_age_rate(&p->curve[0], i);
        assert_true(fabs(migration_age_rate(&fit.curve, i) - truth) < .2 * truth);
    }
}

static void bad_input(void **state)
{
    (void)state;
    struct error e;
    int32_t age[10] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    double rate[10] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, shares[10];
    struct migration_age_rates r = {6, age, 10, rate, NULL};
    struct migration_age_fit fit;
    assert_int_equal(migration_age_fit(&r, MIGRATION_AGE_7, &fit, &e), ERR_INPUT);
    assert_string_equal(e.key, "migration.few");
    r.n = 10;
    age[4] = 3;
    assert_int_equal(migration_age_fit(&r, MIGRATION_AGE_7, &fit, &e), ERR_INPUT);
    age[4] = 4;
    rate[2] = -1;
    assert_int_equal(migration_age_fit(&r, MIGRATION_AGE_7, &fit, &e), ERR_INPUT);
    assert_non_null(strstr(e.text, "age 2"));
    rate[2] = NAN;
    assert_int_equal(migration_age_fit(&r, MIGRATION_AGE_7, &fit, &e), ERR_INPUT);
    memset(rate, 0, sizeof rate);
    assert_int_equal(migration_age_fit(&r, MIGRATION_AGE_7, &fit, &e), ERR_INPUT);
    assert_string_equal(e.key, "migration.zero");
    struct migration_age curve = {0};
    assert_int_equal(migration_age_shares(&curve, 5, 10, shares, &e), ERR_INPUT);
    curve.c = -1;
    assert_int_equal(migration_age_shares(&curve, 5, 10, shares, &e), ERR_INPUT);
    assert_int_equal(migration_age_shares(&curve, 0, 10, shares, &e), ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standard_as_published),
        cmocka_unit_test(standards_as_the_un),
        cmocka_unit_test(exchange_takes_only_who_is_here),
        cmocka_unit_test(curves_found_again),
        cmocka_unit_test(noise_does_not_matter_much),
        cmocka_unit_test(bad_input),
    };
    return cmocka_run_group_tests_name("migration by age", tests, NULL, NULL);
}
