// SPDX-License-Identifier: AGPL-3.0-or-later
// Fertility against sums done by hand, populations that were made by it, and the
// published model of marriage.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/fertility.h"

static struct error e;

static void near(double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within))
        fail_msg("%.10g is not within %g of %.10g", found, within, wanted);
}

static const struct fertility_ages fives = {15, 5, 7};

static void sums(void **state)
{
    (void)state;
    const double rate[7] = {.02, .09, .11, .06, .02, .004, .0005};
    const double births[7] = {40, 180, 220, 120, 40, 8, 1};
    const double lived[7] = {4.8, 4.79, 4.78, 4.77, 4.75, 4.7, 4.65};
    struct fertility f = fertility_sum(&fives, rate, births, lived, 1.06);
    double sum = 0, net = 0;
    for (int i = 0; i < 7; i++) {
        sum += rate[i];
        net += rate[i] * lived[i];
    }
    near(f.tfr, 5 * sum, 1e-12);
    near(f.mean_age,
         (17.5 * .02 + 22.5 * .09 + 27.5 * .11 + 32.5 * .06 + 37.5 * .02 + 42.5 * .004 +
          47.5 * .0005) /
             sum,
         1e-12);
    near(f.gross, f.tfr / 2.06, 1e-12);
    near(f.net, net / 2.06, 1e-12);
    near(f.tfr_sd,
         5 * sqrt(.02 * .02 / 40 + .09 * .09 / 180 + .11 * .11 / 220 + .06 * .06 / 120 +
                  .02 * .02 / 40 + .004 * .004 / 8 + .0005 * .0005),
         1e-12);
    f = fertility_sum(&fives, rate, NULL, NULL, 1.05);
    assert_true(isnan(f.tfr_sd) && isnan(f.net));
    const double none[7] = {0};
    f = fertility_sum(&fives, none, NULL, NULL, 1.05);
    near(f.tfr, 0, 0);
    assert_true(isnan(f.mean_age));
}

static void married_fertility(void **state)
{
    (void)state;
    // the note of 1978: n and v of five-year groups
    const double n[6] = {.460, .431, .395, .322, .167, .024};
    const double v[6] = {0, -.279, -.667, -1.042, -1.414, -1.671};
    for (int i = 0; i < 6; i++) {
        near(fertility_natural(22.5 + 5 * i), n[i], 1e-12);
        near(fertility_control(22.5 + 5 * i), v[i], 1e-12);
    }
    near(fertility_natural(25), (.460 + .431) / 2, 1e-12);
    near(fertility_natural(52), 0, 0);
    struct rng r = rng_seed(2);
    for (int round = 0; round < 100; round++) {
        double M = .4 + rng_uniform(&r), m = 2 * rng_uniform(&r), births[7], exposure[7];
        for (int i = 0; i < 7; i++) {
            double age = 17.5 + 5 * i;
            exposure[i] = 1000 + 1000 * rng_uniform(&r);
            births[i] = exposure[i] * fertility_natural(age) * M *
                        exp(m * fertility_control(age));
        }
        struct fertility_marital f;
        assert_ok(fertility_marital_fit(&fives, births, exposure, &f, &e));
        near(f.M, M, 1e-9);
        near(f.m, m, 1e-9);
        assert_true(f.sd_m > 0 && f.sd_m < 1 && f.sd_log_M > 0 && f.sd_log_M < .2);
        near(f.deviance, 0, 1e-9);
        assert_int_equal(f.groups, 6);
        exposure[2] = exposure[3] = exposure[4] = exposure[5] = 0;
        assert_int_equal(fertility_marital_fit(&fives, births, exposure, &f, &e),
                         ERR_INPUT);
    }
}

// Coale and McNeil: the mean is a0 + 11.36 k, and all who ever marry do.
static void first_marriages(void **state)
{
    (void)state;
    for (double k = .4; k < 1.3; k += .2) {
        double mean = 0, all = 0, step = .01;
        for (double x = 14; x < 90; x += step) {
            double g = fertility_marriage(x + step / 2, 14, k) * step;
            all += g;
            mean += (x + step / 2) * g;
        }
        near(all, 1, .002);
        near(mean / all, 14 + 11.36 * k, .06);
        near(fertility_married(14 + 11.36 * k, 14, k),
             fertility_married(14 + 11.36, 14, 1), 1e-6);
    }
    near(fertility_married(13, 14, 1), 0, 0);
    double rate[7];
    fertility_model(&fives, 14, .8, .95, 1, .5, rate);
    near(rate[2], .95 * fertility_married(27.5, 14, .8) * .431 * exp(-.5 * .279), 1e-12);
}

// A population made by known rates, moved forward by its life table: going back gives the
// births and the rates again.
static void going_back(void **state)
{
    (void)state;
    enum { GROUPS = 20, MOTHERS = 7, PERIODS = 3, STEPS = 12 };
    double lived[GROUPS], women[GROUPS], children[PERIODS], share[MOTHERS], births[STEPS];
    double tfr[STEPS];
    const double usual[MOTHERS] = {.05, .25, .35, .2, .1, .04, .01};
    for (size_t i = 0; i < GROUPS; i++) {
        lived[i] = 4.8 * exp(-.0006 * (double)(i * i));
        women[i] = 1000 + 30 * (double)i;
    }
    for (size_t i = 0; i < MOTHERS; i++)
        share[i] = usual[i];
    for (size_t step = 0; step < STEPS; step++) {
        double next[GROUPS], expected = 0;
        tfr[step] = 4 - .2 * (double)step;
        for (size_t i = GROUPS; i-- > 1;)
            next[i] = women[i - 1] * lived[i] / lived[i - 1];
        for (size_t i = 0; i < MOTHERS; i++)
            expected += (women[3 + i] + next[3 + i]) / 2 * share[i] / 5;
        births[step] = tfr[step] * expected;
        next[0] = births[step] * lived[0] / 2;
        for (size_t i = 0; i < GROUPS; i++)
            women[i] = next[i];
    }
    for (size_t i = 0; i < PERIODS; i++)
        children[i] = 2 * women[i]; // as many boys
    struct fertility_reverse in = {.width = 5,
                                   .periods = PERIODS,
                                   .children = children,
                                   .women = women,
                                   .groups = GROUPS,
                                   .lived_children = lived,
                                   .lived_women = lived,
                                   .from = 15,
                                   .mothers = MOTHERS,
                                   .share = share};
    struct fertility_past past[PERIODS];
    assert_ok(fertility_reverse(&in, past, &e));
    for (size_t k = 0; k < PERIODS; k++) {
        near(past[k].births, births[STEPS - 1 - k], 1e-9 * births[0]);
        near(past[k].tfr, tfr[STEPS - 1 - k], 1e-9);
        assert_true(past[k].general > 0 && past[k].general < 1);
    }
    in.groups = 12;
    assert_int_equal(fertility_reverse(&in, past, &e), ERR_INPUT);
    in.groups = GROUPS;
    share[0] = .2;
    assert_int_equal(fertility_reverse(&in, past, &e), ERR_INPUT);
    share[0] = .05;
    lived[14] = 0;
    assert_int_equal(fertility_reverse(&in, past, &e), ERR_INPUT);
}

enum { OWN_AGES = 80, OWN_YEARS = 15, OWN_FROM = 15, OWN_TO = 50 };

struct own { // a population from single rates, as a census finds it
    double children[OWN_YEARS][OWN_AGES], alone[OWN_YEARS], women[OWN_AGES];
    double lived_children[OWN_YEARS], lived_women[OWN_AGES];
    double rate[OWN_YEARS][OWN_TO - OWN_FROM];
    struct fertility_own_past past[OWN_YEARS];
};

static double rate_at(double age)
{
    return age < OWN_FROM || age >= OWN_TO ? 0 : .16 * exp(-pow((age - 27) / 6, 2));
}

static enum err own_run(struct own *o)
{
    struct fertility_own in = {.periods = OWN_YEARS,
                               .from = OWN_FROM,
                               .to = OWN_TO,
                               .groups = OWN_AGES,
                               .children = &o->children[0][0],
                               .alone = o->alone,
                               .women = o->women,
                               .lived_children = o->lived_children,
                               .lived_women = o->lived_women};
    return fertility_own(&in, o->past, &o->rate[0][0], &e);
}

// Cohorts of women go through the ages; in each year half of their births come at either
// age. Back from the census, without chance: the same births, rates and mean age.
static void own_children_exact(void **state)
{
    (void)state;
    struct own o = {0};
    for (size_t a = 0; a < OWN_AGES; a++) {
        o.lived_women[a] = exp(-.00002 * (double)(a * a));
        o.women[a] = 800 + 4 * (double)a;
    }
    double born[OWN_YEARS] = {0}, mean = 0, sum = 0;
    for (int i = OWN_FROM; i < OWN_TO; i++) {
        sum += rate_at(i);
        mean += rate_at(i) * (i + .5);
    }
    for (size_t x = 0; x < OWN_YEARS; x++) {
        o.lived_children[x] = .98 - .001 * (double)x;
        double whole = 0;
        for (int i = OWN_FROM; i < OWN_TO; i++) {
            double then = 0; // women of age i, mean of both ends of the year
            for (size_t k = 0; k < 2; k++)
                then += o.women[(size_t)i + x + k] * o.lived_women[i] /
                        o.lived_women[(size_t)i + x + k] / 2;
            double births = then * rate_at(i) * (1 + .05 * (double)x);
            born[x] += births;
            whole += births * o.lived_children[x];
            for (size_t k = 0; k < 2; k++) // half of either cohort that passed the age
                o.children[x][(size_t)i + x + k] += .9 * births * o.lived_children[x] / 2;
        }
        o.alone[x] = .1 * whole;
    }
    assert_ok(own_run(&o));
    for (size_t x = 0; x < OWN_YEARS; x++) {
        near(o.past[x].births, born[x], 1e-9 * born[x]);
        near(o.past[x].matched, .9, 1e-12);
        assert_true(o.past[x].general > 0 && o.past[x].tfr_sd > 0);
        // a cohort's births lie in two ages, half and half: within .001 of the rate
        near(o.past[x].tfr, sum * (1 + .05 * (double)x), .002 * sum);
        near(o.past[x].mean_age, mean / sum, .03);
    }
    o.alone[3] = -1;
    assert_int_equal(own_run(&o), ERR_INPUT);
    o.alone[3] = 5;
    for (size_t a = 0; a < OWN_AGES; a++)
        o.children[3][a] = 0;
    assert_int_equal(own_run(&o), ERR_INPUT);
    assert_non_null(strstr(e.text, "at age 3 no child"));
    o.alone[3] = 0; // nobody was born
    assert_ok(own_run(&o));
    assert_true(o.past[3].tfr == 0 && isnan(o.past[3].mean_age));
    o.lived_women[60] = 0;
    assert_int_equal(own_run(&o), ERR_INPUT);
}

// Women one by one, in continuous time: born anywhere in the year, bearing and dying by
// chance; a child of a dead mother, and one in twelve others, has no mother in the file.
static void own_children_simulated(void **state)
{
    (void)state;
    enum { ROUNDS = 20, WOMEN = 30000 };
    const double hazard = .002, infant = .03;
    unsigned seed = 17;
    double off = 0, squares = 0, spread = 0, tfr = 0;
    print_message("# seed %u\n", seed);
    struct rng r = rng_seed(seed);
    for (int i = 0; i < 350; i++)
        tfr += .1 * rate_at(OWN_FROM + .1 * (i + .5));
    for (int round = 0; round < ROUNDS; round++) {
        static struct own o;
        memset(&o, 0, sizeof o);
        for (int w = 0; w < WOMEN; w++) { // exact age now, or at death
            double age = 15 + 60 * rng_uniform(&r);
            double dies = rng_exponential(&r) / hazard;
            bool alive = dies > age;
            if (alive)
                o.women[(int)age]++;
            double at = fmax(OWN_FROM, age - OWN_YEARS);
            for (;;) { // thinning
                at += rng_exponential(&r) / .16;
                if (at >= OWN_TO || at >= age || at >= dies)
                    break;
                if (rng_uniform(&r) * .16 > rate_at(at) || rng_chance(&r, infant))
                    continue;
                int x = (int)(age - at);
                if (alive && !rng_chance(&r, 1. / 12))
                    o.children[x][(int)age]++;
                else
                    o.alone[x]++;
            }
        }
        for (size_t a = 0; a < OWN_AGES; a++)
            o.lived_women[a] = exp(-hazard * ((double)a + .5));
        for (size_t x = 0; x < OWN_YEARS; x++)
            o.lived_children[x] = 1 - infant;
        for (size_t a = 75; a < OWN_AGES; a++)
            o.women[a] = 1;
        assert_ok(own_run(&o));
        for (size_t x = 0; x < OWN_YEARS; x++) {
            double z = (o.past[x].tfr - tfr) / o.past[x].tfr_sd;
            off += z;
            squares += z * z;
            spread += o.past[x].matched;
        }
    }
    double n = ROUNDS * OWN_YEARS;
    near(off / n, 0, 4 / sqrt(n)); // no bias that a census could see
    near(squares / n, 1.1, .3);    // and the doubt that is said
    near(spread / n, 11. / 12 * .985, .02);
}

static void tempo(void **state)
{
    (void)state;
    near(fertility_tempo(.8, 26.0, 26.2, 2), .8 / .9, 1e-12);
    near(fertility_tempo(.8, 26.2, 26.0, 2), .8 / 1.1, 1e-12);
    assert_true(isnan(fertility_tempo(.8, 26, 29, 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums),
        cmocka_unit_test(married_fertility),
        cmocka_unit_test(first_marriages),
        cmocka_unit_test(going_back),
        cmocka_unit_test(own_children_exact),
        cmocka_unit_test(own_children_simulated),
        cmocka_unit_test(tempo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
