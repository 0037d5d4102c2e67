// SPDX-License-Identifier: AGPL-3.0-or-later
// Facilities that were made even, round or copied are found; honest ones are not, however
// small.
#include <math.h>
#include <stdio.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/fabrication.h"

enum { FACILITIES = 60, PERIODS = 24 };
static double boys[FACILITIES * PERIODS], girls[FACILITIES * PERIODS];

static void make(struct rng *rng)
{
    for (int f = 0; f < FACILITIES; f++)
        for (int t = 0; t < PERIODS; t++) {
            double mean = (1 + f % 12 * 6) * (1 + 0.3 * sin(t * M_PI / 6));
            int64_t births = rng_poisson(rng, mean);
            boys[f * PERIODS + t] = (double)rng_binomial(rng, births, 0.515);
            girls[f * PERIODS + t] = (double)births - boys[f * PERIODS + t];
        }
}

static struct fabrication judge(struct arena *a)
{
    struct error e = {0};
    struct fabrication f = {0};
    struct fabrication_counts c = {FACILITIES, PERIODS, boys, girls};
    assert_ok(fabrication_of_counts(&c, a, &f, &e));
    fabrication_adjust(&f);
    return f;
}

static const struct fabrication_signal *
signal_of(const struct fabrication *f, uint32_t facility, enum fabrication_sign sign)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->signals[i].facility == facility && f->signals[i].sign == sign)
            return &f->signals[i];
    fail_msg("facility %u has no sign %d", facility, (int)sign);
    return NULL;
}

static void honest_facilities(void **state)
{
    (void)state;
    const uint64_t seed = 17;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng rng = rng_seed(seed);
    struct arena a;
    unsigned below[FABRICATION_SIGNS] = {0}, tested[FABRICATION_SIGNS] = {0}, found = 0;
    arena_init(&a, 0);
    for (int turn = 0; turn < 20; turn++) {
        make(&rng);
        struct fabrication f = judge(&a);
        for (size_t i = 0; i < f.n; i++) {
            below[f.signals[i].sign] += f.signals[i].p < 0.05;
            tested[f.signals[i].sign]++;
            found += f.signals[i].q < 0.05;
            assert_true(i == 0 || f.signals[i].p >= f.signals[i - 1].p);
            assert_true(f.signals[i].q >= f.signals[i].p && f.signals[i].q <= 1);
        }
        arena_reset(&a);
    }
    for (int s = 0; s <= FABRICATION_SAME_OTHER; s++) {
        double share = (double)below[s] / tested[s];
        print_message("# sign %d: %.3f of %u below .05\n", s, share, tested[s]);
        assert_true(tested[s] > 400 && share < 0.075);
    }
    print_message("# %u of 20 counties' signs pass\n", found);
    assert_true(found <= 4);
    arena_free(&a);
}

static void planted(void **state)
{
    (void)state;
    struct rng rng = rng_seed(18);
    struct arena a;
    arena_init(&a, 0);
    make(&rng);
    for (int t = 0; t < PERIODS; t++) {
        // 8: the same ratio every month; 9: the same number, however the season
        double births = boys[8 * PERIODS + t] + girls[8 * PERIODS + t];
        boys[8 * PERIODS + t] = round(births * 0.515);
        girls[8 * PERIODS + t] = births - boys[8 * PERIODS + t];
        double season = 50 * (1 + 0.3 * sin(t * M_PI / 6));
        boys[9 * PERIODS + t] = round(season * 0.515);
        girls[9 * PERIODS + t] = round(season * 0.485);
        // 10: rounded to fives; 11: last year's numbers again; 7: those of 19
        boys[10 * PERIODS + t] = 5 * round(boys[10 * PERIODS + t] / 5);
        girls[10 * PERIODS + t] = 5 * round(girls[10 * PERIODS + t] / 5);
        if (t >= 12) {
            boys[11 * PERIODS + t] = boys[11 * PERIODS + t - 12];
            girls[11 * PERIODS + t] = girls[11 * PERIODS + t - 12];
        }
        if (t % 3 == 0) {
            boys[7 * PERIODS + t] = boys[19 * PERIODS + t];
            girls[7 * PERIODS + t] = girls[19 * PERIODS + t];
        }
    }
    struct fabrication f = judge(&a);
    assert_true(signal_of(&f, 8, FABRICATION_EVEN_RATIO)->q < 1e-6);
    assert_true(signal_of(&f, 9, FABRICATION_EVEN_COUNTS)->q < 1e-3);
    assert_true(signal_of(&f, 9, FABRICATION_EVEN_RATIO)->q < 1e-6);
    assert_true(signal_of(&f, 10, FABRICATION_ROUND)->q < 1e-9);
    const struct fabrication_signal *s = signal_of(&f, 11, FABRICATION_SAME_BEFORE);
    assert_true(s->q < 1e-6 && s->other == 12 && s->found == 12 && s->expected < 1);
    s = signal_of(&f, 7, FABRICATION_SAME_OTHER);
    assert_true(s->q < 1e-3 && s->other == 19 && s->found >= 8);
    assert_int_equal(signal_of(&f, 19, FABRICATION_SAME_OTHER)->other, 7);
    unsigned others = 0;
    for (size_t i = 0; i < f.n; i++) {
        uint32_t facility = f.signals[i].facility;
        others +=
            f.signals[i].q < 0.05 && (facility < 7 || facility > 11) && facility != 19;
    }
    assert_true(others <= 1);
    arena_free(&a);
}

static void weights_by_facility(void **state)
{
    (void)state;
    enum { N = 5000 };
    static double value[N];
    static uint32_t facility[N];
    const uint64_t seed = 19;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng rng = rng_seed(seed);
    struct arena a;
    struct error e = {0};
    arena_init(&a, 0);
    unsigned found = 0, tested = 0;
    for (int turn = 0; turn < 20; turn++) {
        struct fabrication f = {0};
        for (int i = 0; i < N; i++) {
            facility[i] = (uint32_t)rng_below(&rng, 40);
            value[i] = 10 * round(320 + 45 * rng_normal(&rng));
        }
        value[3] = NAN;
        if (turn == 19)
            for (int i = 0; i < N; i++) {
                if (facility[i] == 5 && i % 2)
                    value[i] = 3000;
                if (facility[i] == 6)
                    value[i] = 100 * round(value[i] / 100);
            }
        assert_ok(fabrication_of_values(value, facility, N, 41, 100, &a, &f, &e));
        assert_int_equal(f.n, 80); // the 41st has none
        fabrication_adjust(&f);
        if (turn == 19) {
            assert_true(signal_of(&f, 5, FABRICATION_REPEATED)->expected > 10);
            assert_true(signal_of(&f, 5, FABRICATION_ROUND_VALUES)->q < 1e-9);
            assert_true(signal_of(&f, 6, FABRICATION_ROUND_VALUES)->q < 1e-9);
            continue;
        }
        for (size_t i = 0; i < f.n; i++) {
            found += f.signals[i].p < 0.05;
            tested++;
        }
        arena_reset(&a);
    }
    print_message("# %u of %u below .05\n", found, tested);
    assert_true(found < tested * 7 / 100);
    // days of the month
    struct fabrication days = {0};
    for (int i = 0; i < N; i++) {
        facility[i] = (uint32_t)i % 10;
        value[i] = 1 + (double)rng_below(&rng, 28);
        if (facility[i] == 4 && i % 3 == 0)
            value[i] = 15;
    }
    assert_ok(fabrication_of_days(value, facility, N, 10, &a, &days, &e));
    fabrication_adjust(&days);
    assert_true(days.n == 10 && days.signals[0].facility == 4 &&
                days.signals[0].q < 1e-9);
    assert_true(days.signals[1].q > 0.01);
    for (int i = 0; i < N; i++)
        value[i] = 10 * round(320 + 45 * rng_normal(&rng));
    // copied down the page
    struct fabrication f = {0};
    for (int i = 0; i < N; i++) {
        facility[i] = (uint32_t)i / 500;
        value[i] = facility[i] == 3 && i % 4 ? value[i - 1] : value[i];
    }
    assert_ok(fabrication_of_values(value, facility, N, 10, 0, &a, &f, &e));
    fabrication_adjust(&f);
    assert_true(f.signals[0].facility == 3 && f.signals[0].q < 1e-9);
    assert_int_equal(f.tested[FABRICATION_ROUND_VALUES], 0);
    arena_free(&a);
}

static void too_little_to_tell(void **state)
{
    (void)state;
    struct arena a;
    struct error e = {0};
    struct fabrication f = {0};
    double few[12] = {0}, gaps[12];
    for (int i = 0; i < 12; i++)
        gaps[i] = NAN;
    arena_init(&a, 0);
    struct fabrication_counts c = {2, 6, few, few};
    assert_ok(fabrication_of_counts(&c, &a, &f, &e));
    c.boys = gaps;
    assert_ok(fabrication_of_counts(&c, &a, &f, &e));
    c.boys = few;
    c.girls = NULL;
    assert_ok(fabrication_of_counts(&c, &a, &f, &e));
    c.n_facilities = 0;
    assert_ok(fabrication_of_counts(&c, &a, &f, &e));
    fabrication_adjust(&f);
    assert_int_equal(f.n, 0);
    // one facility alone: spread evenly
    for (int i = 0; i < 12; i++)
        few[i] = 40;
    c = (struct fabrication_counts){1, 12, few, NULL};
    assert_ok(fabrication_of_counts(&c, &a, &f, &e));
    assert_true(signal_of(&f, 0, FABRICATION_EVEN_COUNTS)->p < 1e-9);
    assert_true(signal_of(&f, 0, FABRICATION_SAME_BEFORE)->p < 1e-6);
    arena_free(&a);
    struct fabrication none = {0};
    arena_init(&a, 0);
    mem_fail_after(0);
    enum err code = fabrication_of_counts(&c, &a, &none, &e);
    mem_fail_after(-1);
    assert_int_equal(code, ERR_MEMORY);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_facilities),
        cmocka_unit_test(planted),
        cmocka_unit_test(weights_by_facility),
        cmocka_unit_test(too_little_to_tell),
    };
    return cmocka_run_group_tests_name("fabrication", tests, NULL, NULL);
}
