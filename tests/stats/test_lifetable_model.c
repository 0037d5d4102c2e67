// SPDX-License-Identifier: AGPL-3.0-or-later
// Model life tables: the published levels of Coale and Demeny, what the principal
// components of the United Nations' must be, and that a table asked for is the one found.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../tap.h"
#include "stats/lifetable_model.h"

static struct error e;

struct columns {
    int32_t age[LIFETABLE_MODEL_MOST];
    double c[8][LIFETABLE_MODEL_MOST];
    struct lifetable t;
};

static struct lifetable *fresh(struct columns *c)
{
    c->t = (struct lifetable){0,       c->age,  c->c[0], c->c[1], c->c[2],
                              c->c[3], c->c[4], c->c[5], c->c[6], c->c[7]};
    return &c->t;
}

static void near(double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within))
        fail_msg("%.10g is not within %g of %.10g", found, within, wanted);
}

// Women's levels have e(0) = 17.5 + 2.5 x level by definition; higher ones have less
// mortality of infants in every family and sex.
static void levels_of_coale_and_demeny(void **state)
{
    (void)state;
    struct columns c;
    for (int model = LIFETABLE_MODEL_WEST; model <= LIFETABLE_MODEL_SOUTH; model++)
        for (int sex = 0; sex < 2; sex++) {
            double before = 1;
            for (int level = 1; level <= 25; level++) {
                struct lifetable_level wanted = {17.5 + 2.5 * level, NAN, NAN};
                struct lifetable *t = fresh(&c);
                assert_ok(lifetable_model_table((enum lifetable_model)model,
                                                (enum lifetable_sex)sex, &wanted, c.age,
                                                t, &e));
                near(t->e[0], wanted.e0, 1e-6);
                assert_true(t->q[0] < before);
                before = t->q[0];
                for (size_t i = 0; i < t->n; i++)
                    assert_true(t->m[i] > 0 && t->q[i] <= 1);
            }
        }
}

// West, women, level 13 (e(0) = 50): q by the published regressions at e(10) = 52.08187.
static void west_level_13(void **state)
{
    (void)state;
    struct columns c;
    struct lifetable *t = fresh(&c);
    struct lifetable_level wanted = {50, NAN, NAN};
    assert_ok(lifetable_model_table(LIFETABLE_MODEL_WEST, LIFETABLE_FEMALE, &wanted,
                                    c.age, t, &e));
    near(t->e[3], 52.08, .08); // e(10)
    near(t->q[0], .53774 - .008044 * 52.08187, .0002);
    near(t->a[0], .35, 1e-9);
    near(t->a[2], 2.25, 0);
    assert_int_equal(t->n, 22);
    assert_int_equal(t->age[21], 100);
}

static void every_model_finds_its_level(void **state)
{
    (void)state;
    struct columns c;
    for (int model = 0; model < LIFETABLE_MODELS; model++)
        for (int sex = 0; sex < 3; sex++) {
            struct lifetable_level by_e0 = {62.5, NAN, NAN}, by_q5 = {NAN, .08, NAN};
            struct lifetable *t = fresh(&c);
            if (sex == LIFETABLE_BOTH && model != LIFETABLE_MODEL_LOG_QUADRATIC) {
                assert_int_equal(lifetable_model_table((enum lifetable_model)model,
                                                       (enum lifetable_sex)sex, &by_e0,
                                                       c.age, t, &e),
                                 ERR_INPUT);
                continue;
            }
            assert_ok(lifetable_model_table((enum lifetable_model)model,
                                            (enum lifetable_sex)sex, &by_e0, c.age, t,
                                            &e));
            near(t->e[0], 62.5, 1e-6);
            assert_ok(lifetable_model_table((enum lifetable_model)model,
                                            (enum lifetable_sex)sex, &by_q5, c.age, t,
                                            &e));
            near(1 - t->l[2], .08, 1e-7);
            // between the poorest and the best of the world's tables with such a 5q0
            assert_true(t->e[0] > 52 && t->e[0] < 72);
        }
}

// Wilmoth et al. 2012, equation 1, by hand at h = ln .1 and k = 0: ages 0 and 40-44.
static void the_quadratic_model_by_hand(void **state)
{
    (void)state;
    struct columns c;
    struct lifetable *t = fresh(&c);
    double h = log(.1);
    struct lifetable_level level = {NAN, .1, NAN};
    assert_ok(lifetable_model_table(LIFETABLE_MODEL_LOG_QUADRATIC, LIFETABLE_FEMALE,
                                    &level, c.age, t, &e));
    near(log(t->m[0]), -.66186281334 + .768375458076 * h - .0276526585094 * h * h, 1e-6);
    near(log(t->m[9]), -3.26899913882 + .933945495751 * h + .0532645824343 * h * h, 1e-6);
    near(1 - t->l[2], .1, 1e-9);
    assert_int_equal(t->age[23], 110);
    // and with the mortality of adults
    double usual = 1 - t->l[13] / t->l[4];
    level.q45 = usual * 1.2;
    assert_ok(lifetable_model_table(LIFETABLE_MODEL_LOG_QUADRATIC, LIFETABLE_FEMALE,
                                    &level, c.age, t, &e));
    near(1 - t->l[2], .1, 1e-7);
    near(1 - t->l[13] / t->l[4], usual * 1.2, 1e-7);
    level.q45 = .9999;
    assert_int_equal(lifetable_model_table(LIFETABLE_MODEL_LOG_QUADRATIC,
                                           LIFETABLE_FEMALE, &level, c.age, t, &e),
                     ERR_INPUT);
}

// Principal components are orthogonal and of length 1: a digit copied wrongly would show.
static void components_are_orthonormal(void **state)
{
    (void)state;
    static const struct {
        int sex;
        double v[18];
    } components[] = {
#define FEMALE 0
#define MALE 1
#define PATTERN(pattern, sex, ...)
#define COMPONENT(sex, ...) {sex, {__VA_ARGS__}},
#include "stats/lifetable_united_nations.def"
    };
    assert_int_equal(sizeof components / sizeof *components, 6);
    for (size_t i = 0; i < 6; i++)
        for (size_t k = 0; k < 6; k++) {
            double dot = 0;
            if (components[i].sex != components[k].sex)
                continue;
            for (size_t x = 0; x < 18; x++)
                dot += components[i].v[x] * components[k].v[x];
            near(dot, i == k, 1e-4);
        }
}

static void names(void **state)
{
    (void)state;
    enum lifetable_model m;
    for (int i = 0; i < LIFETABLE_MODELS; i++) {
        assert_true(lifetable_model_find(
            str_of(lifetable_model_name((enum lifetable_model)i)), &m));
        assert_int_equal((int)m, i);
    }
    assert_true(lifetable_model_find(STR("CD_West"), &m));
    assert_int_equal(m, LIFETABLE_MODEL_WEST);
    assert_true(lifetable_model_find(STR("UN Far_Eastern"), &m));
    assert_int_equal(m, LIFETABLE_MODEL_FAR_EASTERN);
    assert_true(lifetable_model_find(STR("LogQuad"), &m));
    assert_int_equal(m, LIFETABLE_MODEL_LOG_QUADRATIC);
    assert_false(lifetable_model_find(STR("middle"), &m));
    assert_false(lifetable_model_find(STR(""), &m));
    assert_null(lifetable_model_name(LIFETABLE_MODELS));
}

static void bad_levels(void **state)
{
    (void)state;
    struct columns c;
    const struct lifetable_level wrong[] = {
        {5, NAN, NAN},   {99, NAN, NAN}, {NAN, NAN, NAN}, {60, .1, NAN},
        {NAN, .99, NAN}, {60, NAN, .2},  {NAN, .1, .2},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(lifetable_model_table(LIFETABLE_MODEL_NORTH, LIFETABLE_MALE,
                                               &wrong[i], c.age, fresh(&c), &e),
                         ERR_INPUT);
        assert_true(e.text[0] && e.cure[0]);
    }
}

// Ages 0-4 of the model's own tables come apart as they were; the parts make the whole.
static void infancy_in_one_group(void **state)
{
    (void)state;
    struct columns c;
    struct lifetable_infancy by;
    for (int sex = 0; sex < 3; sex++)
        for (double q5 = .0005; q5 < .5; q5 *= 1.7) {
            struct lifetable *t = fresh(&c);
            const struct lifetable_level level = {NAN, q5, NAN};
            enum lifetable_sex of = (enum lifetable_sex)sex;
            assert_ok(lifetable_model_table(LIFETABLE_MODEL_LOG_QUADRATIC, of, &level,
                                            c.age, t, &e));
            double rate = (t->d[0] + t->d[1]) / (t->L[0] + t->L[1]);
            for (int by_q = 0; by_q < 2; by_q++) {
                assert_ok(lifetable_model_infancy(of, by_q ? NAN : rate, by_q ? q5 : NAN,
                                                  &by, &e));
                near(by.m0, t->m[0], 1e-9 * t->m[0]);
                near(by.m1, t->m[1], 1e-6 * t->m[1]);
                near(by.q0, t->q[0], 1e-9 * t->q[0]);
                near((1 - by.q0) * (1 - by.q1), 1 - q5, 1e-12);
                near(by.deaths / by.lived * rate, by.m0, 1e-9);
                near((1 - by.deaths) / (1 - by.lived) * rate, by.m1, 1e-9);
                assert_true(by.m0 > by.m1 && by.lived > .2 && by.lived < .35);
            }
        }
    assert_ok(lifetable_model_infancy(LIFETABLE_BOTH, 0, NAN, &by, &e)); // nobody died
    assert_true(by.m0 == 0 && by.m1 == 0 && by.q0 == 0 && by.q1 == 0);
    assert_true(by.deaths > .5 && by.deaths < 1);
    assert_ok(lifetable_model_infancy(LIFETABLE_MALE, 1e-5, NAN, &by, &e));
    near(by.lived * by.m0 + (1 - by.lived) * by.m1, 1e-5, 1e-9);
    assert_int_equal(lifetable_model_infancy(LIFETABLE_MALE, .9, NAN, &by, &e),
                     ERR_INPUT);
    assert_int_equal(lifetable_model_infancy(LIFETABLE_MALE, -.1, NAN, &by, &e),
                     ERR_INPUT);
    assert_int_equal(lifetable_model_infancy(LIFETABLE_MALE, NAN, NAN, &by, &e),
                     ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_of_coale_and_demeny),
        cmocka_unit_test(west_level_13),
        cmocka_unit_test(every_model_finds_its_level),
        cmocka_unit_test(the_quadratic_model_by_hand),
        cmocka_unit_test(components_are_orthonormal),
        cmocka_unit_test(names),
        cmocka_unit_test(bad_levels),
        cmocka_unit_test(infancy_in_one_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
