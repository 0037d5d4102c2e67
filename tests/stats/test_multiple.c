// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <stdio.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/multiple.h"

enum { MOST = 400 };

static void near(double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within))
        fail_msg("%.10g is not within %g of %.10g", found, within, wanted);
}

// The 15 tests of Benjamini and Hochberg (1995), section 3.2: at a rate of .05 the four
// smallest are found (Bonferroni finds three).
static void the_paper_s_example(void **state)
{
    (void)state;
    static const double p[] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201,
                               0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
                               0.4262, 0.5719, 0.6528, 0.7590, 1.000};
    double q[15];
    struct arena a;
    struct error e = {0};
    arena_init(&a, 0);
    assert_int_equal(multiple_benjamini_hochberg(p, 15, q, &a, &e), ERR_OK);
    size_t found = 0;
    for (size_t i = 0; i < 15; i++)
        found += q[i] <= 0.05;
    assert_int_equal(found, 4);
    near(q[0], 0.0015, 1e-12);
    near(q[3], 0.0095 * 15 / 4, 1e-12);
    near(q[4], 0.0201 * 15 / 5, 1e-12);
    near(q[5], 0.0298 * 15 / 7, 1e-12); // the seventh is better than the sixth
    near(q[14], 1, 1e-12);
    arena_free(&a);
}

// By its definition: the least over all that are as large.
static void as_the_definition_says(void **state)
{
    (void)state;
    uint64_t seed = 20140605;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng r = rng_seed(seed);
    struct arena a;
    arena_init(&a, 0);
    for (int turn = 0; turn < 60; turn++) {
        double p[MOST], q[MOST];
        struct error e = {0};
        size_t n = (size_t)rng_below(&r, MOST), m = 0;
        for (size_t i = 0; i < n; i++) {
            p[i] = pow(rng_uniform(&r), 3);
            if (rng_chance(&r, 0.1))
                p[i] = NAN;
            else if (rng_chance(&r, 0.2)) // ties
                p[i] = 0.25 * floor(4 * p[i]);
            m += isnan(p[i]) ? 0 : 1;
        }
        assert_int_equal(multiple_benjamini_hochberg(p, n, q, &a, &e), ERR_OK);
        for (size_t i = 0; i < n; i++) {
            if (isnan(p[i])) {
                assert_true(isnan(q[i]));
                continue;
            }
            double least = 1;
            for (size_t j = 0; j < n; j++) {
                if (!(p[j] >= p[i]))
                    continue;
                size_t rank = 0;
                for (size_t k = 0; k < n; k++)
                    rank += p[k] <= p[j];
                least = fmin(least, p[j] * (double)m / (double)rank);
            }
            near(q[i], least, 1e-12);
        }
        arena_reset(&a);
    }
    arena_free(&a);
}

// Of 1,000 tests in which nothing is the matter, the smallest p is below .05 / 1,000 in
// about 5 of a hundred.
static void the_smallest_of_many(void **state)
{
    (void)state;
    near(multiple_smallest(0.05, 1), 0.05, 1e-15);
    near(multiple_smallest(0.01, 100), 1 - pow(0.99, 100), 1e-12);
    near(multiple_smallest(1e-18, 1000), 1e-15, 1e-24);
    near(multiple_smallest(1, 3), 1, 0);
    near(multiple_smallest(0, 1000000), 0, 0);
    struct rng r = rng_seed(7);
    int seen = 0;
    for (int turn = 0; turn < 4000; turn++) {
        double least = 1;
        for (int i = 0; i < 50; i++)
            least = fmin(least, rng_uniform(&r));
        seen += multiple_smallest(least, 50) <= 0.1;
    }
    near(seen / 4000.0, 0.1, 4 * sqrt(0.09 / 4000));
}

static void want_of_memory_is_told(void **state)
{
    (void)state;
    struct arena a;
    struct error e = {0};
    double p[] = {0.5, 0.1}, q[2];
    arena_init(&a, 0);
    mem_fail_after(0);
    enum err code = multiple_benjamini_hochberg(p, 2, q, &a, &e);
    mem_fail_after(-1);
    assert_int_equal(code, ERR_MEMORY);
    assert_int_equal(multiple_benjamini_hochberg(p, 0, q, &a, &e), ERR_OK);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_paper_s_example),
        cmocka_unit_test(as_the_definition_says),
        cmocka_unit_test(the_smallest_of_many),
        cmocka_unit_test(want_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
