// SPDX-License-Identifier: AGPL-3.0-or-later
// Digits against shares that are known, and how often honest numbers are found wanting.
#include <math.h>
#include <stdio.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/digits.h"

enum { N = 4000 };
static double values[N], scratch[N];
static int32_t dates[N];

static void last_digits(void **state)
{
    (void)state;
    struct digits_last d;
    for (int i = 0; i < N; i++)
        values[i] = 100 + i;
    digits_last(values, N, &d);
    assert_true(d.n == N && d.moved == 0 && d.chi_square == 0 && d.p == 1);
    values[0] = NAN;
    values[1] = 99;
    values[2] = -120;
    values[3] = 120.5;
    values[4] = 1e15;
    digits_last(values, N, &d);
    assert_true(d.n == N - 5);
    // a third made round
    for (int i = 0; i < N; i++)
        values[i] = i % 3 ? 100 + i : 10 * (10 + i);
    digits_last(values, N, &d);
    assert_int_equal(d.most, 0);
    assert_true(fabs(d.moved - 30) < 0.2 && d.p < 1e-12);
    digits_last(values, 0, &d);
    assert_true(d.n == 0 && isnan(d.p) && isnan(d.moved));
}

// Honest numbers as spread as the rule asks for are found wanting as often as p says;
// less spread ones are not judged.
static void first_digits_where_they_apply(void **state)
{
    (void)state;
    const uint64_t seed = 1938;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng rng = rng_seed(seed);
    struct digits_benford b;
    int found = 0;
    for (int turn = 0; turn < 200; turn++) {
        for (int i = 0; i < 1000; i++)
            values[i] = exp(4 + 1.3 * rng_normal(&rng));
        digits_benford(values, 1000, scratch, &b);
        assert_true(b.applies && b.n == 1000);
        found += b.p < 0.05;
    }
    print_message("# %d of 200 at .05\n", found);
    assert_true(found < 24);
    for (int i = 0; i < N; i++)
        values[i] = exp(4 + 0.5 * rng_normal(&rng));
    digits_benford(values, N, scratch, &b);
    assert_false(b.applies);
    // made up: all first digits alike
    for (int i = 0; i < N; i++)
        values[i] =
            (1 + (double)rng_below(&rng, 9)) * pow(10, (double)rng_below(&rng, 4));
    digits_benford(values, N, scratch, &b);
    assert_true(b.applies && b.p < 1e-12 && b.excess > 0.05);
    double shares = 0;
    for (int d = 1; d <= 9; d++)
        shares += digits_benford_share(d);
    assert_true(fabs(shares - 1) < 1e-12);
    values[0] = 0.00999999999999999;
    values[1] = 1000;
    values[2] = 999.9999;
    values[3] = -5;
    values[4] = 0;
    values[5] = INFINITY;
    digits_benford(values, 6, scratch, &b);
    assert_true(b.n == 3 && b.count[9] + b.count[1] == 3 && !b.applies);
    digits_benford(values, 0, scratch, &b);
    assert_true(b.n == 0 && isnan(b.orders));
}

static void birth_weights(void **state)
{
    (void)state;
    const uint64_t seed = 2500;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng rng = rng_seed(seed);
    struct digits_weight w;
    int found = 0;
    for (int turn = 0; turn < 100; turn++) {
        for (int i = 0; i < N; i++)
            values[i] = 10 * round(320 + 45 * rng_normal(&rng));
        digits_weight(values, N, &w);
        assert_int_equal(w.resolution, 10);
        assert_true(w.steps[1].expected == 0.1 && w.steps[3].expected == 0.02);
        for (int s = 0; s < DIGITS_STEPS; s++)
            found += w.steps[s].p < 0.05;
    }
    print_message("# %d of 400 at .05\n", found);
    assert_true(found < 32);
    for (int i = 0; i < N; i += 5)
        values[i] = 500 * round(values[i] / 500);
    digits_weight(values, N, &w);
    assert_true(w.steps[3].p < 1e-12 && fabs(w.steps[3].share - 0.216) < 0.02);
    assert_true(w.steps[3].low < w.steps[3].share && w.steps[3].share < w.steps[3].high);
    // a scale that shows whole hundreds: only larger steps can be told
    for (int i = 0; i < N; i++)
        values[i] = 100 * round(values[i] / 100);
    digits_weight(values, N, &w);
    assert_int_equal(w.resolution, 100);
    assert_true(isnan(w.steps[1].p) && w.steps[3].expected == 0.2);
    const double few[] = {NAN, 3.2, 2500, 2490, 9000};
    digits_weight(few, 5, &w);
    assert_true(w.n == 2 && w.left_out == 2 && w.below == 1 && w.at == 1);
    digits_weight(few, 0, &w);
    assert_true(w.n == 0 && isnan(w.steps[0].share));
}

static int32_t day_of(int year, int month, int day)
{
    int32_t date = DATE_NONE;
    assert_true(date_from_ymd(year, month, day, &date));
    return date;
}

static void days_of_birth(void **state)
{
    (void)state;
    struct arena a;
    struct error e = {0};
    struct digits_dates d;
    arena_init(&a, 0);
    // every day of some years once: as expected, to the last digit
    int32_t first = day_of(1968, 3, 1);
    for (int i = 0; i < N; i++)
        dates[i] = first + i;
    assert_ok(digits_dates(dates, N, &a, &d, &e));
    assert_true(d.n == N && d.chi_square < 1e-9 && d.moved < 1e-9);
    for (int day = 1; day <= 31; day++)
        assert_true(fabs(d.day_expected[day] - (double)d.day[day]) < 1e-9);
    for (int day = 0; day < 7; day++)
        assert_true(fabs(d.weekday_expected[day] - (double)d.weekday[day]) < 1e-9);
    assert_true(d.new_year == 11 && fabs(d.new_year_expected - 11) < 1e-9);
    // 1 March 1968 was a Friday
    assert_ok(digits_dates(dates, 1, &a, &d, &e));
    assert_true(d.weekday[4] == 1 && isnan(d.p));
    // a fifth told as the first of the month
    for (int i = 0; i < N; i += 5) {
        int year, month, day;
        date_to_ymd(dates[i], &year, &month, &day);
        dates[i] = day_of(year, month, 1);
    }
    dates[7] = DATE_NONE;
    assert_ok(digits_dates(dates, N, &a, &d, &e));
    assert_true(d.n == N - 1 && d.p < 1e-12 && fabs(d.moved - 19.3) < 1);
    assert_true((double)d.day[1] > 6 * d.day_expected[1]);
    dates[0] = day_of(1, 1, 1);
    assert_int_equal(digits_dates(dates, N, &a, &d, &e), ERR_LIMIT);
    assert_ok(digits_dates(dates, 0, &a, &d, &e));
    assert_true(d.n == 0 && isnan(d.moved));
    mem_fail_after(0);
    arena_free(&a);
    arena_init(&a, 0);
    assert_int_equal(digits_dates(dates + 1, N - 1, &a, &d, &e), ERR_MEMORY);
    mem_fail_after(-1);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_digits),
        cmocka_unit_test(first_digits_where_they_apply),
        cmocka_unit_test(birth_weights),
        cmocka_unit_test(days_of_birth),
    };
    return cmocka_run_group_tests_name("digits", tests, NULL, NULL);
}
