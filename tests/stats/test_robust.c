// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <stdio.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/robust.h"

static double scratch[256];

static void medians(void **state)
{
    (void)state;
    double odd[] = {5, 1, 4}, even[] = {7, 1, 3, 5}, one[] = {2}, wild[] = {1, 2, 1e9};
    assert_true(robust_median(odd, 3) == 4);
    assert_true(robust_median(even, 4) == 4);
    assert_true(robust_median(one, 1) == 2);
    assert_true(robust_median(wild, 3) == 2);
    assert_true(isnan(robust_median(odd, 0)));
}

static void too_short_a_history_says_nothing(void **state)
{
    (void)state;
    double x[] = {20, 22, NAN, 19, 21, 20, 90, 23};
    assert_true(isnan(robust_against_history(x, 0, 12, scratch).z));
    struct robust_history h = robust_against_history(x, 6, 12, scratch);
    assert_true(isnan(h.z)); // five values and a gap
    assert_int_equal(h.n, 5);
    h = robust_against_history(x, 7, 12, scratch);
    assert_int_equal(h.n, 6);
    assert_true(fabs(h.z) < 2); // the 90 in its past does not move the median
    x[7] = NAN;
    assert_true(isnan(robust_against_history(x, 7, 12, scratch).z));
}

static void far_from_its_past(void **state)
{
    (void)state;
    struct rng rng = rng_seed(7);
    double x[37];
    for (int i = 0; i < 36; i++)
        x[i] = (double)rng_poisson(&rng, 50);
    x[36] = 110;
    struct robust_history h = robust_against_history(x, 36, 12, scratch);
    assert_true(h.z > 4);
    assert_true(h.expected > 35 && h.expected < 65);
    x[36] = 5;
    assert_true(robust_against_history(x, 36, 12, scratch).z < -4);
    // a fifth of the past being nonsense changes little
    for (int i = 0; i < 36; i += 5)
        x[i] = 5000;
    x[36] = 52;
    assert_true(fabs(robust_against_history(x, 36, 12, scratch).z) < 3.5);
}

static void a_season_is_not_unusual(void **state)
{
    (void)state;
    struct rng rng = rng_seed(11);
    double x[61];
    int flagged = 0, missed = 0;
    for (int unit = 0; unit < 200; unit++) {
        for (int i = 0; i < 61; i++)
            x[i] = (double)rng_poisson(&rng, i % 12 == 0 ? 200 : 60);
        flagged += fabs(robust_against_history(x, 60, 12, scratch).z) > 3.5;
        x[60] = 60; // an ordinary month where the high one is due
        missed += fabs(robust_against_history(x, 60, 12, scratch).z) <= 3.5;
    }
    assert_true(flagged <= 4);
    assert_true(missed <= 4);
}

static void a_strong_season_does_not_hide_a_wrong_month(void **state)
{
    (void)state;
    struct rng rng = rng_seed(13);
    double x[61];
    int flagged = 0, missed = 0;
    for (int unit = 0; unit < 200; unit++) {
        for (int i = 0; i < 61; i++)
            x[i] = (double)rng_poisson(&rng, 100 + 80 * sin(i * 2 * M_PI / 12));
        flagged += fabs(robust_against_history(x, 60, 12, scratch).z) > 3.5;
        x[60] = 180;
        missed += fabs(robust_against_history(x, 60, 12, scratch).z) <= 3.5;
    }
    assert_true(flagged <= 4);
    if (missed > 10)
        fail_msg("%d of 200 doubled months were not seen", missed);
}

// The county-year of the brief: 200 units of all sizes, five years before.
static void false_alarms(void **state)
{
    (void)state;
    static const double sizes[] = {0.5, 2, 5, 12, 30, 80, 300};
    for (int years = 1; years <= 5; years++) {
        struct rng rng = rng_seed(2014 + (uint64_t)years);
        int n = 0, flagged = 0, even = 0, at_end = 12 * years + 12;
        for (int unit = 0; unit < 200; unit++) {
            double x[72], mean = sizes[unit % 7];
            for (int i = 0; i < at_end; i++)
                x[i] = (double)rng_poisson(&rng, mean);
            for (int i = at_end - 12; i < at_end; i++, n++) {
                flagged +=
                    fabs(robust_against_history(x, (size_t)i, 12, scratch).z) > 3.5;
                even += robust_run(x, (size_t)i) >= 6 && x[i] >= 5;
            }
        }
        print_message("# %d years of history: %d and %d of %d flagged\n", years, flagged,
                      even, n);
        assert_true((flagged + even) * 100 < 2 * n);
    }
}

// Doses come by the dozen with every birth; lectures draw a hall each. Neither is
// Poisson.
static void false_alarms_of_clumps(void **state)
{
    (void)state;
    struct rng rng = rng_seed(77);
    for (int kind = 0; kind < 2; kind++) {
        int n = 0, flagged = 0;
        for (int unit = 0; unit < 200; unit++) {
            double x[72], mean = 0.8 + unit % 5;
            for (int i = 0; i < 72; i++) {
                x[i] = 13 * (double)rng_poisson(&rng, mean);
                if (kind)
                    x[i] =
                        (double)((1 + rng_below(&rng, 5)) * (25 + rng_below(&rng, 36)));
            }
            for (int i = 60; i < 72; i++, n++)
                flagged +=
                    fabs(robust_against_history(x, (size_t)i, 12, scratch).z) > 3.5;
        }
        print_message("# clumps %d: %d of %d flagged\n", kind, flagged, n);
        assert_true(flagged * 100 < 2 * n);
    }
}

static void runs(void **state)
{
    (void)state;
    const double x[] = {4, 7, 7, 7, NAN, 7, 7};
    assert_int_equal(robust_run(x, 0), 1);
    assert_int_equal(robust_run(x, 1), 1);
    assert_int_equal(robust_run(x, 3), 3);
    assert_int_equal(robust_run(x, 4), 0);
    assert_int_equal(robust_run(x, 6), 2);
    const double all[] = {3, 3, 3};
    assert_int_equal(robust_run(all, 2), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(medians),
        cmocka_unit_test(too_short_a_history_says_nothing),
        cmocka_unit_test(far_from_its_past),
        cmocka_unit_test(a_season_is_not_unusual),
        cmocka_unit_test(a_strong_season_does_not_hide_a_wrong_month),
        cmocka_unit_test(false_alarms),
        cmocka_unit_test(false_alarms_of_clumps),
        cmocka_unit_test(runs),
    };
    return cmocka_run_group_tests_name("robust", tests, NULL, NULL);
}
