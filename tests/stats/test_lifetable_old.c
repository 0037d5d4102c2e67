// SPDX-License-Identifier: AGPL-3.0-or-later
// Laws of old age against populations that die by them, against a search, and single ages
// against the single-year tables of Canada from which the groups were made.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/lifetable_old.h"

static struct error e;

static void near(double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within))
        fail_msg("%.10g is not within %g of %.10g", found, within, wanted);
}

static const struct lifetable_law laws[] = {
    {.kind = LIFETABLE_KANNISTO, .log_a = -3, .b = .11, .from = 75},
    {.kind = LIFETABLE_GOMPERTZ, .log_a = -3.5, .b = .09, .from = 75},
    {.kind = LIFETABLE_MAKEHAM, .log_a = -4, .b = .12, .c = .02, .from = 75},
};

static void laws_are_found_again(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++)
        for (int32_t width = 1; width <= 5; width += 4) {
            int32_t age[40];
            double deaths[40], exposure[40];
            size_t n = 0;
            for (int32_t x = 60; x <= 100; x += width, n++) {
                age[n] = x;
                exposure[n] = 1e5 * exp(-.1 * (x - 60));
                deaths[n] = exposure[n] * lifetable_old_hazard(&laws[k], x + width / 2.0);
                if (n >= 39)
                    break;
            }
            struct lifetable_law found;
            assert_ok(lifetable_old_fit(laws[k].kind, age, n, deaths, exposure, 75, 100,
                                        &found, &e));
            near(found.b, laws[k].b, 1e-5);
            near(found.log_a, laws[k].log_a, 1e-4);
            near(found.c, laws[k].c, 1e-5);
            near(found.deviance, 0, 1e-6);
            assert_int_equal(found.from, 75);
        }
}

static double deviance(const struct lifetable_law *law, const int32_t *age, size_t n,
                       const double *deaths, const double *exposure)
{
    double sum = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        double mean =
            exposure[i] * lifetable_old_hazard(law, (age[i] + age[i + 1]) / 2.0);
        sum += 2 * ((deaths[i] > 0 ? deaths[i] * log(deaths[i] / mean) : 0) - deaths[i] +
                    mean);
    }
    return sum;
}

// No law nearby is likelier than the one found.
static void nothing_nearby_is_better(void **state)
{
    (void)state;
    struct rng r = rng_seed(5);
    for (int round = 0; round < 150; round++) {
        const struct lifetable_law *law = &laws[round % 3];
        int32_t age[9];
        double deaths[9], exposure[9];
        for (size_t i = 0; i < 9; i++) {
            age[i] = 70 + 5 * (int32_t)i;
            exposure[i] = 3000 * exp(-.08 * 5 * (double)i);
            deaths[i] = (double)rng_poisson(
                &r, exposure[i] * lifetable_old_hazard(law, age[i] + 2.5));
        }
        struct lifetable_law found, other;
        assert_ok(
            lifetable_old_fit(law->kind, age, 9, deaths, exposure, 70, 110, &found, &e));
        near(found.deviance, deviance(&found, age, 9, deaths, exposure), 1e-8);
        for (int k = 0; k < 40; k++) {
            other = found;
            other.log_a += .02 * rng_normal(&r);
            other.b += .001 * rng_normal(&r);
            other.c *= exp(.1 * rng_normal(&r));
            assert_true(deviance(&other, age, 9, deaths, exposure) >=
                        found.deviance - 1e-6);
        }
    }
}

static void years_left_by_a_law(void **state)
{
    (void)state;
    // Gompertz with b so small that the hazard stands still: 1 / hazard
    struct lifetable_law flat = {
        .kind = LIFETABLE_GOMPERTZ, .log_a = log(.25), .b = 1e-13, .from = 80};
    near(lifetable_old_e(&flat, 80), 4, 1e-7);
    for (size_t k = 0; k < 3; k++) // a sum of small steps
        for (double x = 75; x <= 115; x += 20) {
            double left = 1, sum = 0, step = .001;
            for (double y = x; y < x + 150; y += step) {
                double next =
                    left * exp(-step * lifetable_old_hazard(&laws[k], y + step / 2));
                sum += step * (left + next) / 2;
                left = next;
            }
            near(lifetable_old_e(&laws[k], x), sum, 1e-5);
        }
}

static void extended_tables(void **state)
{
    (void)state;
    int32_t age[] = {0,  1,  5,  10, 15, 20, 25, 30, 35, 40,
                     45, 50, 55, 60, 65, 70, 75, 80, 85},
            out_age[40];
    double m[19], out[40];
    for (size_t i = 0; i < 19; i++)
        m[i] = .001 * (double)(i + 1);
    const struct lifetable_law *law = &laws[0];
    assert_int_equal(lifetable_old_extend(age, m, 19, 85, 110, law, out_age, out, 40),
                     24);
    assert_int_equal(out_age[17], 80);
    assert_int_equal(out_age[23], 110);
    near(out[17], m[17], 0);
    near(out[18], lifetable_old_hazard(law, 87.5), 0);
    near(out[23], 1 / lifetable_old_e(law, 110), 0);
    assert_int_equal(lifetable_old_extend(age, m, 19, 75, 130, law, out_age, out, 40),
                     28);
    assert_int_equal(lifetable_old_extend(age, m, 19, 85, 110, law, out_age, out, 23), 0);
    assert_int_equal(lifetable_old_extend(age, m, 19, 84, 110, law, out_age, out, 40), 0);
    assert_int_equal(lifetable_old_extend(age, m, 19, 85, 112, law, out_age, out, 40), 0);
    assert_int_equal(lifetable_old_extend(age, m, 19, 90, 110, law, out_age, out, 40), 0);
}

static void bad_fits(void **state)
{
    (void)state;
    int32_t age[] = {60, 65, 70, 75, 80, 85};
    double deaths[] = {50, 40, 30, 20, 10, 5},
           exposure[] = {100, 100, 100, 100, 100, 100};
    struct lifetable_law law;
    assert_int_equal(
        lifetable_old_fit(LIFETABLE_KANNISTO, age, 6, deaths, exposure, 60, 85, &law, &e),
        ERR_INPUT);
    assert_int_equal(
        lifetable_old_fit(LIFETABLE_KANNISTO, age, 6, deaths, exposure, 75, 85, &law, &e),
        ERR_INPUT);
    memset(deaths, 0, sizeof deaths);
    assert_int_equal(
        lifetable_old_fit(LIFETABLE_KANNISTO, age, 6, deaths, exposure, 60, 85, &law, &e),
        ERR_INPUT);
    memset(exposure, 0, sizeof exposure);
    assert_int_equal(
        lifetable_old_fit(LIFETABLE_MAKEHAM, age, 6, deaths, exposure, 60, 85, &law, &e),
        ERR_INPUT);
}

struct columns {
    int32_t age[110];
    double c[8][110];
};

static struct lifetable bind(struct columns *c, size_t n)
{
    return (struct lifetable){n,       c->age,  c->c[0], c->c[1], c->c[2],
                              c->c[3], c->c[4], c->c[5], c->c[6], c->c[7]};
}

static void single_ages_of_canada(void **state)
{
    (void)state;
    char path[1024], line[256];
    const char *root = getenv("HENG_SOURCE");
    snprintf(path, sizeof path,
             "%s/../shared/data/projection/canada_1x1/canada1x1_lt_nMx_Sx_1950_1969.csv",
             root ? root : ".");
    FILE *f = fopen(path, "r");
    if (!f)
        skip();
    static double m[20][2][101];
    while (fgets(line, sizeof line, f)) {
        char sex[16];
        int year, age;
        double value;
        if (sscanf(line, "\"lt_nMx\",%d,\"%15[^\"]\",%d,%lf", &year, sex, &age, &value) ==
            4)
            m[year - 1950][strcmp(sex, "female") != 0][age] = value;
    }
    fclose(f);
    for (size_t k = 0; k < 40; k++) {
        struct columns one, five;
        struct lifetable t = bind(&one, 101), u = bind(&five, 22);
        struct lifetable_rule rule = {.sex = k % 2 ? LIFETABLE_MALE : LIFETABLE_FEMALE};
        double l[101];
        for (int32_t i = 0; i < 101; i++) {
            one.age[i] = i;
            t.m[i] = m[k / 2][k % 2][i];
        }
        assert_ok(lifetable_from_rates(&t, &rule, &e));
        for (size_t i = 0; i < 22; i++) {
            size_t x = i < 2 ? i : 5 * (i - 1);
            five.age[i] = (int32_t)x;
            u.l[i] = t.l[x];
        }
        assert_ok(lifetable_old_single(&u, l, &e));
        for (size_t x = 0; x < 101; x++) {
            near(l[x], t.l[x], .0012);
            if (x % 5 == 0 || x == 1)
                near(l[x], t.l[x], 1e-12);
            if (x)
                assert_true(l[x] < l[x - 1]);
            if (x > 15 && x < 95) { // by year within 6 % of its own rate
                double q = 1 - l[x + 1] / l[x];
                near(q, t.q[x], .06 * t.q[x] + 1e-5);
            }
        }
    }
}

static void bad_single_ages(void **state)
{
    (void)state;
    struct columns c = {.age = {0, 1, 5, 10}};
    struct lifetable t = bind(&c, 4);
    double l[11];
    t.l[0] = 1;
    assert_int_equal(lifetable_old_single(&t, l, &e), ERR_INPUT);
    t.l[1] = .9;
    t.l[2] = .9;
    t.l[3] = .8;
    assert_ok(lifetable_old_single(&t, l, &e));
    for (size_t i = 2; i <= 5; i++)
        near(l[i], .9, 1e-12);
    c.age[0] = 1;
    assert_int_equal(lifetable_old_single(&t, l, &e), ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(laws_are_found_again),
        cmocka_unit_test(nothing_nearby_is_better),
        cmocka_unit_test(years_left_by_a_law),
        cmocka_unit_test(extended_tables),
        cmocka_unit_test(bad_fits),
        cmocka_unit_test(single_ages_of_canada),
        cmocka_unit_test(bad_single_ages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
