// SPDX-License-Identifier: AGPL-3.0-or-later
// Late registration by sex against worked examples and against populations that were made
// to differ, or not to.
#include <math.h>
#include <stdio.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/timeliness.h"

enum { N = 6000 };
static int32_t born[N], registered[N];
static uint8_t sex[N];
static const int days[] = {30, 90, 365};

static void near(double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within))
        fail_msg("%.10g is not within %g of %.10g", found, within, wanted);
}

static struct timeliness run(size_t n, int32_t as_of)
{
    struct arena a;
    struct error e = {0};
    struct timeliness out;
    struct timeliness_births b = {n, born, registered, sex, as_of};
    arena_init(&a, 0);
    assert_ok(timeliness_run(&b, days, 3, &a, &out, &e));
    arena_free(&a);
    return out;
}

// Births over two years, girls' delays so many times longer.
static void make(struct rng *rng, double slower)
{
    for (int i = 0; i < N; i++) {
        sex[i] = (uint8_t)rng_chance(rng, 0.485);
        born[i] = 16000 + (int32_t)rng_below(rng, 730);
        double delay = 40 * rng_exponential(rng) * (sex[i] ? slower : 1);
        registered[i] = born[i] + (int32_t)delay;
    }
}

// Freireich's 6-MP and placebo remission times (weeks): log-rank chi-square 16.79.
static void log_rank_of_freireich(void **state)
{
    (void)state;
    static const int placebo[] = {1, 1, 2,  2,  3,  4,  4,  5,  5,  8, 8,
                                  8, 8, 11, 11, 12, 12, 15, 17, 22, 23};
    static const int treated[] = {6,   6,   6,   -6, 7,  -9,  10,  -10, -11, 13, 16,
                                  -17, -19, -20, 22, 23, -25, -32, -32, -34, -35};
    for (int i = 0; i < 21; i++) {
        born[i] = 1000;
        registered[i] = 1000 + placebo[i];
        sex[i] = TIMELINESS_BOY;
        // a birth that waits was born so long before the last day
        born[21 + i] = treated[i] < 0 ? 2000 + treated[i] : 1000;
        registered[21 + i] = treated[i] < 0 ? DATE_NONE : 1000 + treated[i];
        sex[21 + i] = TIMELINESS_GIRL;
    }
    struct timeliness t = run(42, 2000);
    near(t.log_rank, 16.79, 0.005);
    assert_true(t.p < 1e-4 && t.p > 1e-5);
    near(t.median[0], 8, 0);
    near(t.median[1], 23, 0);
    assert_true(isnan(t.nine_tenths[1]) && t.nine_tenths[0] == 17);
    // Peto: exp((9 - 19.25) / 6.26)
    near(t.pace, exp((9 - 19.2505) / 6.2570), 0.001);
    assert_true(t.pace_range.low < t.pace && t.pace < t.pace_range.high);
    assert_true(t.pace_range.high < 1);
}

// Newcombe 1998, table II, method 10: 56/70 - 48/80 is 0.0524 to 0.3339.
static void difference_of_newcombe(void **state)
{
    (void)state;
    for (int i = 0; i < 150; i++) {
        sex[i] = i < 70 ? TIMELINESS_GIRL : TIMELINESS_BOY;
        bool late = i < 70 ? i < 56 : i - 70 < 48;
        born[i] = 1000;
        registered[i] = late ? 1060 : 1010;
    }
    struct timeliness t = run(150, 3000);
    assert_int_equal(t.n_at, 3);
    near(t.at[0].difference, 0.2, 1e-12);
    near(t.at[0].difference_range.low, 0.0524, 5e-5);
    near(t.at[0].difference_range.high, 0.3339, 5e-5);
    assert_true(t.at[0].p < 0.02 && t.at[0].p > 0.005);
    near(t.at[0].ratio, 100 * 32 / 14.0, 1e-9);
    near(t.at[1].ratio, 100 * 80 / 70.0, 1e-9);
    near(t.ratio, 100 * 80 / 70.0, 1e-9);
}

static void girls_that_come_late(void **state)
{
    (void)state;
    const uint64_t seed = 106;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng rng = rng_seed(seed);
    int found = 0, held = 0;
    for (int turn = 0; turn < 100; turn++) {
        make(&rng, 1);
        struct timeliness t = run(N, DATE_NONE);
        found += t.p < 0.05;
        held += t.pace_range.low < 1 && 1 < t.pace_range.high;
    }
    print_message("# %d of 100 at .05\n", found);
    assert_true(found < 14 && held > 86);
    make(&rng, 1.5);
    struct timeliness t = run(N, 16000 + 900);
    // pace is the ratio of the rates of two exponentials
    assert_true(fabs(t.pace - 1 / 1.5) < 0.05 && t.p < 1e-12);
    assert_true(t.at[0].ratio > t.at[1].ratio && t.at[1].ratio > t.at[2].ratio);
    assert_true(t.at[0].ratio_range.low > 110 && t.ratio < 114);
    assert_true(t.median[1] > t.median[0] && t.nine_tenths[1] > t.nine_tenths[0]);
    assert_int_equal(t.followed_days, 365);
    assert_true(t.at[2].all[0] + t.at[2].all[1] < t.births[0] + t.births[1]);
}

// The later half of a register lacks its late ones; only births that were followed count.
static void a_register_cut_off(void **state)
{
    (void)state;
    struct rng rng = rng_seed(31);
    make(&rng, 2);
    const int32_t last = 16000 + 730;
    size_t n = 0;
    for (size_t i = 0; i < N; i++)
        if (registered[i] <= last) {
            born[n] = born[i];
            sex[n] = sex[i];
            registered[n++] = registered[i];
        }
    struct timeliness t = run(n, last);
    near(t.pace, 0.5, 0.06);
    near(t.median[0], 40 * log(2), 3);
    near(t.median[1], 80 * log(2), 5);
}

static void what_cannot_be_used(void **state)
{
    (void)state;
    struct arena a;
    struct error e = {0};
    struct timeliness out;
    arena_init(&a, 0);
    for (int i = 0; i < 10; i++) {
        born[i] = 1000 + i;
        registered[i] = 1005 + i;
        sex[i] = (uint8_t)(i % 2);
    }
    born[0] = DATE_NONE;
    sex[1] = TIMELINESS_NO_SEX;
    registered[2] = 900;
    struct timeliness t = run(10, DATE_NONE);
    assert_true(t.no_date == 1 && t.no_sex == 1 && t.before_birth == 1);
    assert_true(t.births[0] == 3 && t.births[1] == 4);
    assert_int_equal(t.followed_days, 30); // nobody reaches it: nothing to count
    assert_true(t.n_at == 1 && isnan(t.at[0].ratio) && isnan(t.at[0].late[0]));
    assert_true(isnan(t.pace));
    struct timeliness_births b = {10, born, registered, sex, DATE_NONE};
    for (int i = 0; i < 10; i++)
        sex[i] = TIMELINESS_BOY;
    assert_int_equal(timeliness_run(&b, days, 3, &a, &out, &e), ERR_INPUT);
    for (int i = 0; i < 10; i++)
        registered[i] = DATE_NONE;
    assert_int_equal(timeliness_run(&b, days, 3, &a, &out, &e), ERR_INPUT);
    b.n = 0;
    assert_int_equal(timeliness_run(&b, days, 3, &a, &out, &e), ERR_INPUT);
    arena_free(&a);
}

static void a_part_against_the_rest(void **state)
{
    (void)state;
    // Fisher's tea: 3 1 1 3 has p .4857
    struct timeliness_part p = timeliness_compare(1, 3, 3, 1);
    near(p.p, 0.4857142857, 1e-9);
    near(p.odds, 9, 1e-12);
    near(p.ratio[1], 300, 1e-12);
    // large: chi-square 4.0 with 1 degree has p .0455
    p = timeliness_compare(5000, 5000, 550, 450);
    near(p.odds, 550 / 450.0, 1e-12);
    assert_true(p.p < 0.01 && p.odds_range.low > 1);
    struct timeliness_part same = timeliness_compare(50000, 50000, 500, 500);
    near(same.p, 1, 1e-12);
    p = timeliness_compare(100, 100, 0, 5);
    assert_true(p.p < 0.07 && p.p > 0.05 && p.odds < 0.2 && p.odds_range.high > 1);
    p = timeliness_compare(100, 100, 0, 0);
    assert_true(isnan(p.p) && isnan(p.odds) && isnan(p.ratio[1]));
    p = timeliness_compare(100, 0, 10, 0);
    assert_true(isnan(p.p) && isnan(p.ratio[0]));
    // exact and chi-square meet
    near(timeliness_compare(400, 380, 60, 45).p, timeliness_compare(400, 380, 60, 45).p,
         0);
    double exact = timeliness_compare(480, 470, 45, 60).p;
    assert_true(exact > 0.1 && exact < 0.2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_rank_of_freireich),
        cmocka_unit_test(difference_of_newcombe),
        cmocka_unit_test(girls_that_come_late),
        cmocka_unit_test(a_register_cut_off),
        cmocka_unit_test(what_cannot_be_used),
        cmocka_unit_test(a_part_against_the_rest),
    };
    return cmocka_run_group_tests_name("timeliness", tests, NULL, NULL);
}
