// SPDX-License-Identifier: AGPL-3.0-or-later
// Couples of two sexes: what is declared comes about where both are equally many; brides
// are grooms; nobody marries who is not there; both sexes are treated alike; cases done
// by hand.
#include <math.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/fertility.h"
#include "stats/marriage.h"

enum { AGES = MARRIAGE_AGES, YEARS = 120, WOMEN = MARRIAGE_WOMEN, MEN = MARRIAGE_MEN };

static struct error e;
static struct marriage_model m;
static double single[2][AGES], couples[AGES][AGES];

static void near(double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within))
        fail_msg("%.12g is not within %g of %.12g", found, within, wanted);
}

static void make(const struct marriage_schedule *s, int rule)
{
    assert_ok(marriage_model_make(&m, s, (enum marriage_rule)rule, &e));
}

// The declared shares and means, when there are as many of one sex as of the other.
static void reference(void **state)
{
    (void)state;
    static double people[2][YEARS * AGES], ever[2][YEARS + 1], all[YEARS];
    for (int rule = 0; rule < 2; rule++) {
        struct marriage_schedule s = {{23.5, 26}, {3.5, 4.5}, .96, 3};
        make(&s, rule);
        for (int sex = 0; sex < 2; sex++) {
            double mean = 0, sum = 0;
            near(m.single[sex][0], 1, 0);
            near(m.single[sex][AGES], .04, 1e-12);
            for (int i = 0; i < AGES; i++) {
                double g = m.single[sex][i] - m.single[sex][i + 1];
                assert_true(g >= 0);
                sum += g;
                mean += g * (MARRIAGE_FROM + i + 1); // from x + 1/2 to x + 3/2
            }
            near(mean / sum, s.mean[sex], .25); // cut at 15 and 50
            for (int i = 0; i < YEARS * AGES; i++)
                people[sex][i] = 1000;
        }
        for (int i = 0; i < AGES; i++) { // the table of couples has these margins
            double row = 0, column = 0;
            for (int k = 0; k < AGES; k++) {
                row += m.couples[i][k];
                column += m.couples[k][i];
            }
            near(row, m.single[MEN][i] - m.single[MEN][i + 1], 1e-10);
            near(column, m.single[WOMEN][i] - m.single[WOMEN][i + 1], 1e-10);
        }
        const double *const there[2] = {people[0], people[1]};
        double *const to[2] = {ever[0], ever[1]};
        marriage_run(&m, YEARS, there, to, all);
        for (int t = 0; t < YEARS; t++) {
            near(ever[MEN][t], .96, 1e-7);
            near(ever[WOMEN][t], .96, 1e-7);
            near(all[t], 960, 1e-4);
        }
    }
}

static void totals(double grooms[AGES], double brides[AGES])
{
    for (int i = 0; i < AGES; i++) {
        grooms[i] = brides[i] = 0;
        for (int k = 0; k < AGES; k++) {
            grooms[i] += couples[i][k];
            brides[i] += couples[k][i];
        }
    }
}

static void draw_singles(struct rng *r)
{
    double much = exp(4 * rng_normal(r));
    for (int sex = 0; sex < 2; sex++)
        for (int i = 0; i < AGES; i++)
            single[sex][i] =
                rng_chance(r, .1) ? 0 : exp(rng_normal(r)) * (sex ? much : 1) * 100;
}

// Nobody marries twice or is not there; twice the people make twice the couples; men and
// women in each other's place make the same couples.
static void axioms(void **state)
{
    (void)state;
    static double before[AGES][AGES];
    unsigned seed = 5;
    struct rng r = rng_seed(seed);
    print_message("# seed %u\n", seed);
    for (int round = 0; round < 200; round++) {
        struct marriage_schedule s = {
            {21 + 8 * rng_uniform(&r), 21 + 8 * rng_uniform(&r)},
            {2 + 4 * rng_uniform(&r), 2 + 4 * rng_uniform(&r)},
            .7 + .3 * rng_uniform(&r),
            1 + 5 * rng_uniform(&r)};
        int rule = round % 2;
        double grooms[AGES], brides[AGES], times = exp(2 * rng_normal(&r)), all = 0;
        draw_singles(&r);
        make(&s, rule);
        marriage_year(&m, single, couples, NULL);
        totals(grooms, brides);
        for (int i = 0; i < AGES; i++) {
            assert_true(grooms[i] <= single[MEN][i] * (1 + 1e-9));
            assert_true(brides[i] <= single[WOMEN][i] * (1 + 1e-9));
            for (int k = 0; k < AGES; k++)
                assert_true(couples[i][k] >= 0 && isfinite(couples[i][k]));
            all += grooms[i];
        }
        assert_true(all > 0);
        memcpy(before, couples, sizeof before);
        for (int sex = 0; sex < 2; sex++)
            for (int i = 0; i < AGES; i++)
                single[sex][i] *= times;
        marriage_year(&m, single, couples, NULL);
        for (int i = 0; i < AGES * AGES; i++)
            near((&couples[0][0])[i], times * (&before[0][0])[i],
                 1e-6 * times * (&before[0][0])[i] + 1e-9 * times);
        struct marriage_schedule turned = {
            {s.mean[1], s.mean[0]}, {s.sd[1], s.sd[0]}, s.ever, s.gap_sd};
        make(&turned, rule);
        for (int i = 0; i < AGES; i++) {
            double x = single[0][i];
            single[0][i] = single[1][i] / times;
            single[1][i] = x / times;
        }
        marriage_year(&m, single, couples, NULL);
        for (int i = 0; i < AGES; i++)
            for (int k = 0; k < AGES; k++)
                near(couples[i][k], before[k][i], 1e-6 * before[k][i] + 1e-7 * all);
    }
}

// One age of each sex: by hand.
static void by_hand(void **state)
{
    (void)state;
    struct marriage_schedule s = marriage_schedule_usual();
    make(&s, MARRIAGE_HARMONIC);
    memset(single, 0, sizeof single);
    single[MEN][12] = 300; // of 27
    single[WOMEN][10] = 100;
    m.force[12][10] = .2; // .2 x 300 x 100 / 400
    marriage_year(&m, single, couples, NULL);
    near(couples[12][10], 15, 1e-12);
    m.force[12][10] = 2; // would be 150 brides of 100
    marriage_year(&m, single, couples, NULL);
    near(couples[12][10], 100, 1e-12);
    make(&s, MARRIAGE_MATCHING);
    m.force[12][10] = .5; // n = .5 sqrt((300 - n)(100 - n)): 3 n^2 + 400 n - 30,000 = 0
    marriage_year(&m, single, couples, NULL);
    near(couples[12][10], (-400 + sqrt(160000 + 360000)) / 6, 1e-7);
    // without either sex nobody marries
    single[WOMEN][10] = 0;
    marriage_year(&m, single, couples, NULL);
    near(couples[12][10], 0, 1e-12);
    // far more men than women: matching marries every woman, the harmonic mean phi of
    // them
    for (int i = 0; i < AGES; i++) {
        single[MEN][i] = 1e13;
        single[WOMEN][i] = i == 10 ? 100 : 0;
    }
    make(&s, MARRIAGE_MATCHING);
    marriage_year(&m, single, couples, NULL);
    double grooms[AGES], brides[AGES], phi = 0;
    totals(grooms, brides);
    near(brides[10], 100, .01);
    make(&s, MARRIAGE_HARMONIC);
    for (int i = 0; i < AGES; i++)
        phi += m.force[i][10];
    marriage_year(&m, single, couples, NULL);
    totals(grooms, brides);
    near(brides[10], fmin(100 * phi, 100), 1e-6);
}

// More boys than girls are born for ever: as many couples of either sex, so that the
// share of men who ever marry times their number is the women's; more men stay single
// than declared, fewer women.
static void squeeze(void **state)
{
    (void)state;
    static double people[2][YEARS * AGES], ever[2][YEARS + 1], all[YEARS];
    for (int rule = 0; rule < 2; rule++)
        for (int gap = 0; gap < 2; gap++) {
            struct marriage_schedule s = {{25, 25 + 2 * gap}, {4, 4}, .98, 3};
            make(&s, rule);
            for (int t = 0; t < YEARS; t++)
                for (int i = 0; i < AGES; i++) { // fewer are born each year
                    people[WOMEN][t * AGES + i] = 100 * pow(gap ? .99 : 1, t - i);
                    people[MEN][t * AGES + i] = 115 * pow(gap ? .99 : 1, t - i);
                }
            const double *const there[2] = {people[0], people[1]};
            double *const to[2] = {ever[0], ever[1]};
            marriage_run(&m, YEARS, there, to, all);
            double men = ever[MEN][YEARS], women = ever[WOMEN][YEARS];
            near(ever[MEN][0], .98, 1e-12);
            assert_true(men < .98 && women <= 1 && men > .8);
            if (!gap) {
                near(115 * men, 100 * women, 1e-6);
                near(all[YEARS - 1], 100 * women, 1e-6);
                assert_true(women > .98);
            } else { // of the couples of a year, each sex has its own cohorts
                double cohorts = 0, couples_then = all[YEARS - 1];
                for (int i = 0; i < AGES; i++)
                    cohorts += people[MEN][(YEARS - 1) * AGES + i];
                assert_true(couples_then > 0 && couples_then < cohorts);
            }
            near(ever[MEN][YEARS], ever[MEN][YEARS - 1], 1e-6); // it has settled
        }
}

static void bad_schedules(void **state)
{
    (void)state;
    struct marriage_schedule s = marriage_schedule_usual();
    near(marriage_gap(&s, 2), 1 / (3 * sqrt(2 * acos(-1))), 1e-12);
    near(marriage_gap(&s, 5) / marriage_gap(&s, 2), exp(-.5), 1e-12);
    s.mean[MEN] = 60;
    assert_int_equal(marriage_model_make(&m, &s, MARRIAGE_HARMONIC, &e), ERR_INPUT);
    assert_non_null(strstr(e.cure, "16 to 45"));
    s = marriage_schedule_usual();
    s.ever = 0;
    assert_int_equal(marriage_model_make(&m, &s, MARRIAGE_HARMONIC, &e), ERR_INPUT);
    s.ever = 1; // everybody
    assert_ok(marriage_model_make(&m, &s, MARRIAGE_MATCHING, &e));
    s.sd[0] = NAN;
    assert_int_equal(marriage_model_make(&m, &s, MARRIAGE_HARMONIC, &e), ERR_INPUT);
    s = marriage_schedule_usual();
    s.gap_sd = .1;
    assert_int_equal(marriage_model_make(&m, &s, MARRIAGE_HARMONIC, &e), ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference),     cmocka_unit_test(axioms),
        cmocka_unit_test(by_hand),       cmocka_unit_test(squeeze),
        cmocka_unit_test(bad_schedules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
