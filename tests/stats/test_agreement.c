// SPDX-License-Identifier: AGPL-3.0-or-later
// Kappa against a published table and against the delta method done by numbers.
#include "stats/agreement.h"

#include <math.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"

// Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, table
// 18.1: kappa .68, standard error .087
static void published(void **state)
{
    (void)state;
    static const double table[] = {75, 1, 4, 5, 4, 1, 0, 0, 10};
    struct agreement a = agreement_kappa(table, 3, 0.95);
    assert_true(a.n == 100);
    assert_true(fabs(a.share - 0.89) < 1e-12);
    assert_true(fabs(a.expected - 0.66) < 1e-12);
    assert_true(fabs(a.kappa - 0.676470588) < 1e-8);
    assert_true(fabs(a.error - 0.087703) < 1e-6);
    assert_true(fabs(a.kappa_low - (0.676470588 - 1.959963985 * 0.08770295)) < 1e-6);
}

static double plain_kappa(const double *p, size_t k)
{
    double same = 0, chance = 0;
    for (size_t i = 0; i < k; i++) {
        double row = 0, column = 0;
        for (size_t j = 0; j < k; j++) {
            row += p[i * k + j];
            column += p[j * k + i];
        }
        same += p[i * k + i];
        chance += row * column;
    }
    return (same - chance) / (1 - chance);
}

static void error_is_that_of_the_delta_method(void **state)
{
    (void)state;
    uint64_t seed = 20140720;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng g = rng_seed(seed);
    for (int turn = 0; turn < 200; turn++) {
        size_t k = 2 + rng_below(&g, 4);
        double table[25], p[25], slope[25], n = 0, mean = 0, variance = 0;
        for (size_t i = 0; i < k * k; i++) {
            table[i] = 1 + (double)rng_below(&g, 40);
            n += table[i];
        }
        for (size_t i = 0; i < k * k; i++)
            p[i] = table[i] / n;
        for (size_t i = 0; i < k * k; i++) {
            double up[25], down[25];
            memcpy(up, p, sizeof up);
            memcpy(down, p, sizeof down);
            up[i] += 1e-5;
            down[i] -= 1e-5;
            slope[i] = (plain_kappa(up, k) - plain_kappa(down, k)) / 2e-5;
            mean += p[i] * slope[i];
        }
        for (size_t i = 0; i < k * k; i++)
            variance += p[i] * (slope[i] - mean) * (slope[i] - mean) / n;
        struct agreement a = agreement_kappa(table, k, 0.95);
        assert_true(fabs(a.kappa - plain_kappa(p, k)) < 1e-12);
        if (fabs(a.error - sqrt(variance)) > 1e-6)
            fail_msg("%zu: %.9f, by numbers %.9f", k, a.error, sqrt(variance));
    }
}

static void at_the_ends(void **state)
{
    (void)state;
    static const double none[4] = {0}, one[4] = {9, 0, 0, 0}, all[4] = {5, 0, 0, 5},
                        never[4] = {0, 5, 5, 0};
    struct agreement a = agreement_kappa(none, 2, 0.95);
    assert_true(a.n == 0 && isnan(a.share) && isnan(a.kappa));
    a = agreement_kappa(one, 2, 0.95); // both always say the same: chance explains it
    assert_true(a.share == 1 && isnan(a.kappa) && isnan(a.kappa_low));
    a = agreement_kappa(all, 2, 0.95);
    assert_true(a.kappa == 1 && a.error < 1e-9 && isnan(a.kappa_high));
    a = agreement_kappa(never, 2, 0.95);
    assert_true(fabs(a.kappa + 1) < 1e-12 && isnan(a.kappa_low));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published),
        cmocka_unit_test(error_is_that_of_the_delta_method),
        cmocka_unit_test(at_the_ends),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
