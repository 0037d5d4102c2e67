// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report_test.h"

#include "base/rng.h"
#include "report/axis.h"

static void ranges_are_round(void **state)
{
    (void)state;
    struct chart_axis a = axis_nice(0, 97, 5, 0);
    assert_true(a.min == 0 && a.max == 100 && a.step == 20 && a.decimals == 0);
    a = axis_nice(101.2, 109.4, 5, 0);
    assert_true(a.min == 100 && a.max == 110 && a.step == 2);
    a = axis_nice(-0.013, 0.021, 4, 0);
    assert_true(fabs(a.step - 0.01) < 1e-12 && a.decimals == 2);
    a = axis_nice(3, 4, 10, 1); // counts have no tenths
    assert_true(a.step == 1);
    char text[TEXT_NUMBER_SIZE];
    a = axis_nice(-2000, 2000, 4, 0);
    assert_true(str_equal_c(axis_label(&a, -2000, text), "\xE2\x88\x92"
                                                         "2,000"));
}

static void exact_ends_leave_ticks_to_read(void **state)
{
    (void)state;
    struct chart_axis a = axis_exact(61.3, 189.4, 2, 0.1);
    assert_true(a.min == 61.3 && a.max == 189.4);
    assert_true(axis_ticks(&a) >= 3 && axis_tick(&a, 0) >= 61.3);
    assert_true(axis_tick(&a, axis_ticks(&a) - 1) <= 189.4);
    a = axis_exact(3.2, 4.1, 2, 1); // cannot be finer than whole numbers
    assert_int_equal(axis_ticks(&a), 1);
}

static void strange_ranges_are_mended(void **state)
{
    (void)state;
    const double odd[][2] = {{5, 5},           {0, 0},          {NAN, NAN},
                             {INFINITY, 3},    {9, -9},         {-1e308, 1e308},
                             {1e-300, 2e-300}, {1e15, 1e15 + 1}};
    for (size_t i = 0; i < COUNT(odd); i++) {
        struct chart_axis a = axis_nice(odd[i][0], odd[i][1], 5, 0);
        a.from = 10;
        a.to = 200;
        assert_true(a.min < a.max && a.step > 0 && isfinite(a.min) && isfinite(a.max));
        assert_true(axis_ticks(&a) < 200);
        for (size_t k = 0; k < axis_ticks(&a); k++)
            assert_true(isfinite(axis_at(&a, axis_tick(&a, k))));
        assert_true(axis_clamp(&a, 1e300) <= 200.001 && axis_clamp(&a, -1e300) >= 9.999);
    }
}

static void any_range_is_covered(void **state)
{
    (void)state;
    uint64_t seed = 20140715;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng r = rng_seed(seed);
    for (int i = 0; i < 20000; i++) {
        double scale = pow(10, rng_uniform(&r) * 12 - 6);
        double low = (rng_uniform(&r) - 0.5) * scale,
               high = low + rng_uniform(&r) * scale;
        int steps = 1 + (int)(rng_uniform(&r) * 11);
        struct chart_axis a = axis_nice(low, high, steps, 0);
        double slack = a.step * 1e-6;
        assert_true(a.min <= low + slack && a.max >= high - slack);
        size_t n = axis_ticks(&a);
        assert_true(n >= 2 && n <= (size_t)steps + 3);
        assert_true(fabs(axis_tick(&a, 0) - a.min) < slack &&
                    fabs(axis_tick(&a, n - 1) - a.max) < slack);
        a.from = 300;
        a.to = 20;
        assert_true(fabs(axis_at(&a, a.min) - 300) < 1e-6 &&
                    fabs(axis_at(&a, a.max) - 20) < 1e-6);
    }
}

static void ratios_have_round_ticks(void **state)
{
    (void)state;
    struct chart_axis a = axis_log(55, 320, 7, 1);
    static const double ticks[] = {60, 80, 100, 125, 150, 200, 300};
    assert_true(a.log && a.decimals == 0);
    assert_int_equal(axis_ticks(&a), 7);
    for (size_t i = 0; i < 7; i++)
        assert_true(fabs(axis_tick(&a, i) - ticks[i]) < 1e-6);
    a.from = 20;
    a.to = 300;
    assert_true(fabs(axis_at(&a, 55) - 20) < 1e-9 && fabs(axis_at(&a, 320) - 300) < 1e-9);
    assert_true(fabs((axis_at(&a, 200) - axis_at(&a, 100)) -
                     (axis_at(&a, 120) - axis_at(&a, 60))) < 1e-9);
    assert_true(axis_clamp(&a, 0) == 20 && axis_clamp(&a, INFINITY) == 300);
    a = axis_log(0.4, 3, 6, 0.01); // 0.4 .. needs a decimal
    assert_true(a.log && a.decimals == 1);
    assert_false(axis_log(0, 10, 5, 0).log);
    uint64_t seed = 20140716;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng r = rng_seed(seed);
    for (int i = 0; i < 20000; i++) {
        double low = pow(10, rng_uniform(&r) * 8 - 4);
        double high = low * pow(10, 0.01 + rng_uniform(&r) * 5);
        a = axis_log(low, high, 2 + (int)(rng_uniform(&r) * 10), 0);
        size_t n = axis_ticks(&a);
        assert_true(n >= 2 && n <= AXIS_LOG_TICKS && a.step > 0);
        for (size_t k = 0; k < n; k++) {
            double tick = axis_tick(&a, k);
            assert_true(tick >= low * (1 - 1e-6) && tick <= high * (1 + 1e-6));
            assert_true(k == 0 || tick > axis_tick(&a, k - 1));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_round),
        cmocka_unit_test(exact_ends_leave_ticks_to_read),
        cmocka_unit_test(strange_ranges_are_mended),
        cmocka_unit_test(ratios_have_round_ticks),
        cmocka_unit_test(any_range_is_covered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
