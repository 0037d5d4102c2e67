// SPDX-License-Identifier: AGPL-3.0-or-later
// Groups of age split and joined: sums stay, nothing falls below 0, smooth ages come
// back.
#include <math.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/age_split.h"

static void near(double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within))
        fail_msg("%.12g is not within %g of %.12g", found, within, wanted);
}

// Groups of any widths keep their sums, whatever they hold.
static void sums_stay(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct rng rng = rng_seed(seed);
        int32_t age[AGE_SPLIT_MOST], at = 0;
        double count[AGE_SPLIT_MOST], out[AGE_SPLIT_MOST];
        size_t n = 0;
        while (at < 90) {
            age[n] = at;
            count[n++] = rng_chance(&rng, 0.2) ? 0 : 1000 * rng_uniform(&rng);
            at += 1 + (int32_t)rng_below(&rng, 10);
        }
        age[n] = at;
        count[n++] = 10 * rng_uniform(&rng);
        assert_true(age_split_counts(age, count, n, 1, (size_t)at + 1, out));
        for (size_t i = 0; i < n; i++) {
            double sum = 0;
            for (int32_t x = age[i]; x < (i + 1 < n ? age[i + 1] : at + 1); x++) {
                if (!(out[x] >= 0))
                    fail_msg("seed %d: %g at age %d", (int)seed, out[x], x);
                sum += out[x];
            }
            near(sum, count[i], 1e-9);
        }
        // and joined to fives, all are still there
        double fives[AGE_SPLIT_MOST], all = 0, joined = 0;
        size_t groups = (size_t)at / 5 + 1;
        assert_true(age_split_counts(age, count, n, 5, groups, fives));
        for (size_t i = 0; i < n; i++)
            all += count[i];
        for (size_t i = 0; i < groups; i++) {
            double sum = 0;
            for (size_t x = 5 * i; x < (i + 1 < groups ? 5 * i + 5 : (size_t)at + 1); x++)
                sum += out[x];
            near(fives[i], sum, 1e-9);
            joined += fives[i];
        }
        near(joined, all, 1e-9);
    }
}

// A smooth population in fives comes back to single ages within half a per cent.
static void smooth_ages_come_back(void **state)
{
    (void)state;
    int32_t age[21];
    double fives[21] = {0}, single[101], out[101];
    for (int x = 0; x < 100; x++) {
        single[x] = 1000 * exp(-0.01 * x - 0.00005 * exp(0.09 * x));
        fives[x / 5] += single[x];
    }
    single[100] = fives[20] = 0.1;
    for (int i = 0; i < 21; i++)
        age[i] = 5 * i;
    assert_true(age_split_counts(age, fives, 21, 1, 101, out));
    for (int x = 2; x < 85; x++)
        near(out[x] / single[x], 1, 0.005);
}

static void open_group_may_be_lower(void **state)
{
    (void)state;
    const int32_t age[] = {0, 5, 10, 15};
    const double count[] = {10, 20, 30, 40};
    double out[4];
    assert_true(age_split_counts(age, count, 4, 5, 3, out));
    near(out[0], 10, 1e-12);
    near(out[1], 20, 1e-12);
    near(out[2], 70, 1e-12);
    assert_false(age_split_counts(age, count, 4, 5, 5, out)); // 20+ of 15+
}

static void rates_keep_their_mean(void **state)
{
    (void)state;
    const int32_t age[] = {15, 20, 25, 30};
    const double rate[] = {0.02, 0.11, 0.09, 0.01};
    double single[101], fives[21];
    age_split_rates(age, rate, 4, 35, 1, 101, single);
    age_split_rates(age, rate, 4, 35, 5, 21, fives);
    for (int i = 0; i < 4; i++) {
        double sum = 0;
        for (int x = age[i]; x < age[i] + 5; x++)
            sum += single[x];
        near(sum / 5, rate[i], 1e-12);
        near(fives[3 + i], rate[i], 1e-12);
    }
    assert_true(single[14] == 0 && single[35] == 0 && fives[2] == 0);
}

static void hazards_keep_their_mean(void **state)
{
    (void)state;
    int32_t age[22] = {0, 1};
    double rate[22] = {0.02, 0.001}, single[101];
    for (int i = 2; i < 22; i++) {
        age[i] = 5 * (i - 1);
        rate[i] = 0.0002 * exp(0.07 * age[i]);
    }
    age_split_hazards(age, rate, 22, single);
    near(single[0], 0.02, 0);
    near(single[100], rate[21], 0);
    for (int i = 1; i < 21; i++) {
        double sum = 0;
        for (int x = age[i]; x < age[i + 1]; x++)
            sum += single[x];
        near(sum / (age[i + 1] - age[i]), rate[i], 1e-12);
    }
    for (int x = 11; x < 100; x++) // Gompertz stays Gompertz
        near(single[x] / single[x - 1], exp(0.07), 0.02);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_stay),
        cmocka_unit_test(smooth_ages_come_back),
        cmocka_unit_test(open_group_may_be_lower),
        cmocka_unit_test(rates_keep_their_mean),
        cmocka_unit_test(hazards_keep_their_mean),
    };
    return cmocka_run_group_tests_name("stats/age_split", tests, NULL, NULL);
}
