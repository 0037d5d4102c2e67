// SPDX-License-Identifier: AGPL-3.0-or-later
// Small-area smoothing: bends put in are found again, nothing nearby fits better, and
// with few deaths the standard stays.
#include <math.h>
#include <stdio.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/lifetable_model.h"
#include "stats/lifetable_smooth.h"

static struct error e;

struct columns {
    int32_t age[LIFETABLE_MODEL_MOST];
    double c[8][LIFETABLE_MODEL_MOST];
    struct lifetable t;
};

static void near(double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within))
        fail_msg("%.10g is not within %g of %.10g", found, within, wanted);
}

static const struct lifetable *standard(struct columns *c, double e0)
{
    struct lifetable_level level = {e0, NAN, NAN};
    c->t = (struct lifetable){0,       c->age,  c->c[0], c->c[1], c->c[2],
                              c->c[3], c->c[4], c->c[5], c->c[6], c->c[7]};
    assert_ok(lifetable_model_table(LIFETABLE_MODEL_WEST, LIFETABLE_FEMALE, &level,
                                    c->age, &c->t, &e));
    return &c->t;
}

static const struct lifetable_penalty loose = {1e3, 1e3};

static void bends_are_found_again(void **state)
{
    (void)state;
    struct columns c;
    const struct lifetable *t = standard(&c, 70);
    const struct lifetable_bend put[] = {
        {.kind = LIFETABLE_BRASS, .n = 2, .coefficient = {.3, 1.1}},
        {.kind = LIFETABLE_TOPALS, .n = 7, .coefficient = {.2, -.1, .3, .5, -.2, .1, 0}},
    };
    for (size_t k = 0; k < 2; k++) {
        double m[LIFETABLE_MODEL_MOST], deaths[LIFETABLE_MODEL_MOST],
            exposure[LIFETABLE_MODEL_MOST];
        struct lifetable_bend found;
        lifetable_smooth_bent(t, &put[k], m);
        for (size_t i = 0; i < t->n; i++) {
            exposure[i] = 1e8 * t->L[i];
            deaths[i] = exposure[i] * m[i];
        }
        assert_ok(lifetable_smooth(put[k].kind, t, deaths, exposure, &loose, &found, &e));
        assert_int_equal(found.n, put[k].n);
        for (size_t i = 0; i < found.n; i++)
            near(found.coefficient[i], put[k].coefficient[i], 2e-3);
        near(found.deviance, 0, 1);
    }
}

// logit l bent by hand.
static void brass_by_hand(void **state)
{
    (void)state;
    struct columns c, bent;
    const struct lifetable *t = standard(&c, 70);
    struct lifetable_bend b = {.kind = LIFETABLE_BRASS, .n = 2, .coefficient = {.2, .9}};
    bent = c;
    bent.t = (struct lifetable){t->n,      bent.age,  bent.c[0], bent.c[1], bent.c[2],
                                bent.c[3], bent.c[4], bent.c[5], bent.c[6], bent.c[7]};
    lifetable_smooth_bent(t, &b, bent.t.m);
    struct lifetable_rule rule = {.separation = LIFETABLE_GIVEN};
    assert_ok(lifetable_from_rates(&bent.t, &rule, &e));
    for (size_t i = 1; i < t->n; i++) {
        double y = .2 + .9 * log((1 - t->l[i]) / t->l[i]) / 2;
        near(bent.t.l[i], 1 / (1 + exp(2 * y)), 1e-9);
    }
    b.coefficient[0] = 0;
    b.coefficient[1] = 1;
    lifetable_smooth_bent(t, &b, bent.t.m);
    for (size_t i = 0; i < t->n; i++)
        near(bent.t.m[i], t->m[i], 1e-9);
}

static double loss(const struct lifetable *t, const struct lifetable_bend *b,
                   const double *deaths, const double *exposure)
{
    double m[LIFETABLE_MODEL_MOST], sum = 0;
    lifetable_smooth_bent(t, b, m);
    for (size_t i = 0; i < t->n; i++)
        sum += 2 * (exposure[i] * m[i] - deaths[i] * log(exposure[i] * m[i]));
    if (b->kind == LIFETABLE_BRASS)
        return sum + pow((b->coefficient[1] - 1) / .2, 2);
    for (size_t k = 0; k < 6; k++) // Gonzaga and Schmertmann: variance 1/2
        sum += 2 * pow(b->coefficient[k + 1] - b->coefficient[k], 2);
    return sum;
}

static void nothing_nearby_is_better(void **state)
{
    (void)state;
    struct columns c;
    const struct lifetable *t = standard(&c, 72);
    struct rng r = rng_seed(3);
    for (int round = 0; round < 60; round++) {
        double deaths[LIFETABLE_MODEL_MOST], exposure[LIFETABLE_MODEL_MOST];
        double people = round % 3 ? 2000 : 50000;
        struct lifetable_bend b;
        for (size_t i = 0; i < t->n; i++) {
            exposure[i] = people * t->L[i] / 70;
            deaths[i] = (double)rng_poisson(&r, 1.3 * exposure[i] * t->m[i]);
        }
        enum lifetable_smoothing kind = round % 2 ? LIFETABLE_BRASS : LIFETABLE_TOPALS;
        assert_ok(lifetable_smooth(kind, t, deaths, exposure, &lifetable_penalty_usual,
                                   &b, &e));
        double best = loss(t, &b, deaths, exposure);
        for (int k = 0; k < 60; k++) {
            struct lifetable_bend other = b;
            for (size_t i = 0; i < b.n; i++)
                other.coefficient[i] += .01 * rng_normal(&r);
            assert_true(loss(t, &other, deaths, exposure) > best - 1e-5);
        }
        // how far draws lie from what was found: some 1 / sqrt(deaths)
        double spread = 0, all = 0;
        for (size_t i = 0; i < t->n; i++)
            all += deaths[i];
        for (int k = 0; k < 400; k++) {
            struct lifetable_bend drawn = lifetable_smooth_draw(&b, &r);
            spread += pow(drawn.coefficient[b.n - 2] - b.coefficient[b.n - 2], 2) / 400;
        }
        assert_true(sqrt(spread) > .3 / sqrt(all) && sqrt(spread) < 12 / sqrt(all));
    }
}

// A village of a few deaths keeps the shape of the standard: its e(0) errs far less than
// that of its own rates.
static void few_deaths_keep_the_standard(void **state)
{
    (void)state;
    struct columns c, own;
    const struct lifetable *t = standard(&c, 75);
    struct rng r = rng_seed(9);
    double raw = 0, smooth[2] = {0};
    enum { ROUNDS = 200 };
    own = c;
    own.t = (struct lifetable){t->n,     own.age,  own.c[0], own.c[1], own.c[2],
                               own.c[3], own.c[4], own.c[5], own.c[6], own.c[7]};
    for (int round = 0; round < ROUNDS; round++) {
        double deaths[LIFETABLE_MODEL_MOST], exposure[LIFETABLE_MODEL_MOST];
        struct lifetable_rule rule = {0};
        for (size_t i = 0; i < t->n; i++) {
            exposure[i] = 2000 * t->L[i] / 75;
            deaths[i] = (double)rng_poisson(&r, exposure[i] * t->m[i]);
            own.t.m[i] = deaths[i] / exposure[i];
        }
        own.t.m[t->n - 1] = t->m[t->n - 1];
        assert_ok(lifetable_from_rates(&own.t, &rule, &e));
        raw += pow(own.t.e[0] - t->e[0], 2);
        for (int kind = 0; kind < 2; kind++) {
            struct lifetable_bend b;
            assert_ok(lifetable_smooth((enum lifetable_smoothing)kind, t, deaths,
                                       exposure, &lifetable_penalty_usual, &b, &e));
            lifetable_smooth_bent(t, &b, own.t.m);
            assert_ok(lifetable_from_rates(&own.t, &rule, &e));
            smooth[kind] += pow(own.t.e[0] - t->e[0], 2);
        }
    }
    print_message("# rms error of e(0): raw %.2f, Brass %.2f, TOPALS %.2f\n",
                  sqrt(raw / ROUNDS), sqrt(smooth[0] / ROUNDS), sqrt(smooth[1] / ROUNDS));
    assert_true(smooth[0] < raw && smooth[1] < raw);
}

static void bad_fits(void **state)
{
    (void)state;
    struct columns c;
    struct lifetable_bend b;
    double deaths[LIFETABLE_MODEL_MOST] = {0}, exposure[LIFETABLE_MODEL_MOST] = {0};
    struct lifetable *t = (struct lifetable *)standard(&c, 70);
    assert_int_equal(lifetable_smooth(LIFETABLE_TOPALS, t, deaths, exposure,
                                      &lifetable_penalty_usual, &b, &e),
                     ERR_INPUT);
    deaths[3] = exposure[3] = 10;
    t->m[4] = 0;
    assert_int_equal(lifetable_smooth(LIFETABLE_BRASS, t, deaths, exposure,
                                      &lifetable_penalty_usual, &b, &e),
                     ERR_INPUT);
    t->n = 1;
    assert_int_equal(lifetable_smooth(LIFETABLE_BRASS, t, deaths, exposure,
                                      &lifetable_penalty_usual, &b, &e),
                     ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bends_are_found_again),
        cmocka_unit_test(brass_by_hand),
        cmocka_unit_test(nothing_nearby_is_better),
        cmocka_unit_test(few_deaths_keep_the_standard),
        cmocka_unit_test(bad_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
