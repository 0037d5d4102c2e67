// SPDX-License-Identifier: AGPL-3.0-or-later
// Draws under the null hypothesis have the distribution they should.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "stats/scan_private.h"

static long double log_choose(int64_t n, int64_t k)
{
    return lgammal((long double)n + 1) - lgammal((long double)k + 1) -
           lgammal((long double)(n - k) + 1);
}

// Chi-squared over cells of at least 30 expected; within 5 standard deviations.
static void assert_hypergeometric(struct rng *r, int64_t good, int64_t bad,
                                  int64_t sample)
{
    enum { DRAWS = 30000, WIDTH = 4000 };
    static unsigned seen[2 * WIDTH + 1];
    memset(seen, 0, sizeof seen);
    int64_t mode = (int64_t)((double)sample * ((double)good / (double)(good + bad)));
    for (int i = 0; i < DRAWS; i++) {
        int64_t k = scan_hypergeometric(r, good, bad, sample);
        assert_true(k >= 0 && k <= good && k <= sample && sample - k <= bad);
        assert_true(llabs(k - mode) <= WIDTH);
        seen[k - mode + WIDTH]++;
    }
    double chi = 0, expected = 0, found = 0, total = 0;
    int cells = 0;
    for (int64_t k = mode - WIDTH; k <= mode + WIDTH; k++) {
        if (k >= 0 && k <= good && k <= sample && sample - k <= bad) {
            double p = (double)expl(log_choose(good, k) + log_choose(bad, sample - k) -
                                    log_choose(good + bad, sample));
            expected += DRAWS * p;
            total += p;
            found += seen[k - mode + WIDTH];
        }
        if (expected >= 30 && DRAWS * (1 - total) >= 30) {
            chi += (found - expected) * (found - expected) / expected;
            expected = found = 0;
            cells++;
        }
    }
    if (expected > 0)
        chi += (found - expected) * (found - expected) / expected;
    if (fabs(total - 1) > 1e-6 || chi > cells + 5 * sqrt(2.0 * cells) + 5)
        fail_msg("%lld of %lld and %lld: chi squared %g of %d cells, sum %g",
                 (long long)sample, (long long)good, (long long)bad, chi, cells, total);
}

static void hypergeometric(void **state)
{
    (void)state;
    printf("# seed 61\n");
    struct rng r = rng_seed(61);
    const int64_t cases[][3] = {{1, 1, 1},           {5, 5, 5},
                                {30, 2000, 100},     {2000, 30, 100},
                                {40, 40, 60},        {100, 100, 100},
                                {300, 500, 200},     {1000, 50, 1010},
                                {7, 100000, 50000},  {100000, 100000, 17},
                                {5000, 95000, 3000}, {1000000, 900000, 4000},
                                {90000, 90000, 300}, {52000000, 48000000, 20000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_hypergeometric(&r, cases[i][0], cases[i][1], cases[i][2]);
    assert_int_equal(scan_hypergeometric(&r, 0, 9, 5), 0);
    assert_int_equal(scan_hypergeometric(&r, 9, 0, 5), 5);
    assert_int_equal(scan_hypergeometric(&r, 9, 4, 13), 9);
    assert_int_equal(scan_hypergeometric(&r, 9, 4, 0), 0);
}

// Too large for a table of probabilities: mean and spread.
static void hypergeometric_of_millions(void **state)
{
    (void)state;
    struct rng r = rng_seed(62);
    enum { DRAWS = 20000 };
    double good = 86e6, bad = 78e6, sample = 3e6, all = good + bad, sum = 0, squares = 0;
    double mean = sample * good / all;
    double variance = mean * (bad / all) * (all - sample) / (all - 1);
    for (int i = 0; i < DRAWS; i++) {
        double d = (double)scan_hypergeometric(&r, (int64_t)good, (int64_t)bad,
                                               (int64_t)sample) -
                   mean;
        sum += d;
        squares += d * d;
    }
    assert_true(fabs(sum / DRAWS) < 4 * sqrt(variance / DRAWS));
    assert_true(fabs(squares / DRAWS / variance - 1) < 4 * sqrt(2.0 / DRAWS));
}

enum { AREAS = 12, TIMES = 5, CATEGORIES = 3, CELLS = AREAS * TIMES };

struct setting {
    struct scan_data data;
    struct scan_options options;
    int64_t cases[CELLS * CATEGORIES], controls[CELLS];
    double expected[CELLS], x[AREAS], y[AREAS];
};

static void make_setting(struct setting *s, enum scan_model model, int64_t scale)
{
    memset(s, 0, sizeof *s);
    struct rng r = rng_seed(63);
    s->data = (struct scan_data){.n_areas = AREAS,
                                 .n_times = TIMES,
                                 .n_categories = model == SCAN_ORDINAL ? CATEGORIES : 1,
                                 .cases = s->cases,
                                 .controls = s->controls,
                                 .expected = s->expected,
                                 .x = s->x,
                                 .y = s->y};
    s->options = (struct scan_options){
        .model = model, .span = SCAN_SPACE_TIME, .most_population = 0.5};
    for (int i = 0; i < AREAS; i++)
        s->x[i] = i;
    for (int i = 0; i < CELLS * CATEGORIES; i++)
        s->cases[i] = scale * (int64_t)rng_below(&r, 5);
    for (int i = 0; i < CELLS; i++) {
        s->controls[i] = scale * (int64_t)rng_below(&r, 7);
        s->expected[i] = i % 7 ? 0.2 + rng_uniform(&r) : 0;
        if (model == SCAN_POISSON && i % 7 == 0)
            s->cases[i] = 0;
    }
}

// Mean of every number, its variance, and the margins that are fixed.
static void assert_draws(enum scan_model model, int64_t scale,
                         enum scan_draw_method method)
{
    enum { DRAWS = 4000 };
    struct setting s;
    make_setting(&s, model, scale);
    struct arena a;
    arena_init(&a, 0);
    struct error e = {0};
    struct scan_problem p;
    struct scan_draws d;
    assert_ok(scan_problem_make(&p, &s.data, &s.options, &a, &e));
    assert_ok(scan_draws_make(&d, &p, &a, &e));
    assert_int_equal(d.method, method);
    void *scratch = arena_alloc(&a, d.scratch_size, 1);
    int64_t *out = ARENA_ARRAY(&a, int64_t, d.n_out),
            *again = ARENA_ARRAY(&a, int64_t, d.n_out);
    double *sum = ARENA_ARRAY(&a, double, d.n_out),
           *squares = ARENA_ARRAY(&a, double, d.n_out);
    scan_scratch_make(&d, scratch);
    for (uint32_t i = 0; i < DRAWS; i++) {
        struct rng r = rng_stream(5, i), same = r;
        scan_draw(&d, &r, scratch, out);
        int64_t total = 0;
        for (size_t k = 0; k < d.n_out; k++) {
            assert_true(out[k] >= 0);
            sum[k] += (double)out[k];
            squares[k] += (double)out[k] * (double)out[k];
            total += out[k];
        }
        assert_int_equal(total, p.total_cases);
        // nothing is left over from one draw to the next
        scan_draw(&d, &same, scratch, again);
        assert_memory_equal(out, again, d.n_out * sizeof *out);
    }
    double total = (double)p.total_cases, trials = (double)p.total_trials;
    for (size_t k = 0; k < d.n_out; k++) {
        double share, row, mean, variance;
        if (model == SCAN_POISSON) {
            share = p.expected[k] / total;
            mean = total * share;
            variance = mean * (1 - share);
        } else {
            if (model == SCAN_PERMUTATION) {
                row = 0, share = 0;
                for (int t = 0; t < TIMES; t++)
                    row += (double)p.cases[k / TIMES * TIMES + (size_t)t];
                for (size_t i = 0; i < AREAS; i++)
                    share += (double)p.cases[i * TIMES + k % TIMES] / total;
            } else {
                row = (double)p.trials[k / p.n_categories];
                share = model == SCAN_ORDINAL
                            ? (double)p.by_category[k % p.n_categories] / total
                            : total / trials;
            }
            mean = row * share;
            variance = mean * (1 - share) * (trials - row) / (trials - 1);
        }
        double found = sum[k] / DRAWS, spread = squares[k] / DRAWS - found * found;
        assert_true(fabs(found - mean) <= 4.5 * sqrt(variance / DRAWS) + 1e-9);
        // kurtosis of small counts: 3 + 1 / variance at most
        double error = sqrt((2 + 1 / fmax(variance, 1e-3)) / DRAWS);
        assert_true(fabs(spread - variance) <= 5.5 * variance * error + 1e-9);
        if (variance == 0)
            assert_true(spread == 0);
    }
    arena_free(&a);
}

static void every_method(void **state)
{
    (void)state;
    assert_draws(SCAN_POISSON, 1, SCAN_DRAW_CASES);
    assert_draws(SCAN_POISSON, 1000, SCAN_DRAW_BINOMIALS);
    assert_draws(SCAN_BERNOULLI, 1, SCAN_DRAW_SHUFFLE);
    assert_draws(SCAN_BERNOULLI, 1000, SCAN_DRAW_MARGINS);
    assert_draws(SCAN_PERMUTATION, 1, SCAN_DRAW_SHUFFLE);
    assert_draws(SCAN_PERMUTATION, 1000, SCAN_DRAW_MARGINS);
    assert_draws(SCAN_ORDINAL, 1, SCAN_DRAW_SHUFFLE);
    assert_draws(SCAN_ORDINAL, 1000, SCAN_DRAW_MARGINS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hypergeometric),
        cmocka_unit_test(hypergeometric_of_millions),
        cmocka_unit_test(every_method),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
