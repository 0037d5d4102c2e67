// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"

enum { SEED = 20140605, DRAWS = 200000 };

static void published_vectors(void **state)
{
    (void)state;
    // reference implementation, state {1, 2, 3, 4}
    static const uint64_t xoshiro[] = {
        41943041u,
        58720359u,
        3588806011781223u,
        3591011842654386u,
        9228616714210784205u,
        9973669472204895162u,
        14011001112246962877u,
        12406186145184390807u,
        15849039046786891736u,
        10450023813501588000u,
    };
    struct rng r = {{1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof xoshiro / sizeof xoshiro[0]; i++)
        assert_true(rng_next(&r) == xoshiro[i]);
    static const uint64_t splitmix[] = {6457827717110365317u, 3203168211198807973u,
                                        9817491932198370423u, 4593380528125082431u,
                                        16408922859458223821u};
    uint64_t seed = 1234567;
    for (size_t i = 0; i < sizeof splitmix / sizeof splitmix[0]; i++)
        assert_true(splitmix64(&seed) == splitmix[i]);
    r = rng_seed(1234567);
    for (int i = 0; i < 4; i++)
        assert_true(r.s[i] == splitmix[i]);
}

// One step is linear over GF(2): a 256 x 256 matrix. Squared 128 times it is the jump.
// columns[i] is the image of the state whose only set bit is i.
static struct rng apply(const struct rng columns[256], struct rng x)
{
    struct rng y = {{0}};
    for (int i = 0; i < 256; i++)
        if (x.s[i / 64] >> i % 64 & 1)
            for (int k = 0; k < 4; k++)
                y.s[k] ^= columns[i].s[k];
    return y;
}

static void jumps_are_powers_of_the_step(void **state)
{
    (void)state;
    static struct rng columns[256], squared[256];
    for (int i = 0; i < 256; i++) {
        columns[i] = (struct rng){{0}};
        columns[i].s[i / 64] = (uint64_t)1 << i % 64;
        (void)rng_next(&columns[i]);
    }
    struct rng start = rng_seed(SEED), jumped = start, long_jumped = start;
    rng_jump(&jumped);
    rng_long_jump(&long_jumped);
    for (int power = 1; power <= 192; power++) {
        for (int i = 0; i < 256; i++)
            squared[i] = apply(columns, columns[i]);
        memcpy(columns, squared, sizeof columns);
        if (power == 128) {
            struct rng expected = apply(columns, start);
            assert_memory_equal(&jumped, &expected, sizeof expected);
        }
    }
    struct rng expected = apply(columns, start);
    assert_memory_equal(&long_jumped, &expected, sizeof expected);
}

static void streams_differ(void **state)
{
    (void)state;
    struct rng seen[200];
    for (uint64_t i = 0; i < 100; i++) {
        seen[2 * i] = rng_stream(SEED, i);
        seen[2 * i + 1] = rng_stream(SEED + 1 + i, 0);
    }
    struct rng plain = rng_seed(SEED);
    for (size_t i = 0; i < 200; i++) {
        assert_memory_not_equal(&seen[i], &plain, sizeof plain);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(&seen[i], &seen[k], sizeof plain);
    }
    struct rng again = rng_stream(SEED, 7);
    assert_memory_equal(&again, &seen[14], sizeof again);
    // numbers of neighbouring streams are not correlated
    double sum = 0;
    for (uint64_t i = 0; i < 20000; i++) {
        struct rng a = rng_stream(SEED, i), b = rng_stream(SEED, i + 1);
        sum += (rng_uniform(&a) - 0.5) * (rng_uniform(&b) - 0.5);
    }
    assert_true(fabs(sum / 20000 * 12) < 4 / sqrt(20000));
}

struct sample {
    double n, mean, m2;
};

static void note(struct sample *s, double x)
{
    s->n++;
    double d = x - s->mean;
    s->mean += d / s->n;
    s->m2 += d * (x - s->mean);
}

// Mean within 4.5 standard errors, variance within 4.5 of its own (kurtosis given).
static void assert_moments(const char *what, const struct sample *s, double mean,
                           double variance, double excess_kurtosis)
{
    double error = sqrt(variance / s->n);
    double found = s->m2 / (s->n - 1);
    double variance_error = variance * sqrt((excess_kurtosis + 2) / s->n);
    if (fabs(s->mean - mean) > 4.5 * error ||
        fabs(found - variance) > 4.5 * variance_error)
        fail_msg("%s: mean %g (expected %g), variance %g (expected %g)", what, s->mean,
                 mean, found, variance);
}

static void uniform_and_below(void **state)
{
    (void)state;
    print_message("# seed %d\n", SEED);
    struct rng r = rng_seed(SEED);
    struct sample s = {0};
    for (int i = 0; i < DRAWS; i++) {
        double u = rng_uniform(&r);
        assert_true(u >= 0 && u < 1);
        note(&s, u);
    }
    assert_moments("uniform", &s, 0.5, 1.0 / 12, -1.2);
    double counts[7] = {0}, chi2 = 0;
    for (int i = 0; i < DRAWS; i++)
        counts[rng_below(&r, 7)]++;
    for (int i = 0; i < 7; i++)
        chi2 += (counts[i] - DRAWS / 7.0) * (counts[i] - DRAWS / 7.0) / (DRAWS / 7.0);
    assert_true(chi2 < 30); // 6 degrees of freedom: p < 4e-5
    for (int i = 0; i < 100; i++)
        assert_true(rng_below(&r, 1) == 0);
    // n = 3 * 2^62: plain scaling would favour every third value by half
    uint64_t n = (uint64_t)3 << 62, thirds[3] = {0};
    for (int i = 0; i < DRAWS; i++) {
        uint64_t x = rng_below(&r, n);
        assert_true(x < n);
        thirds[x % 3]++;
    }
    for (int i = 0; i < 3; i++)
        assert_true(fabs((double)thirds[i] - DRAWS / 3.0) < 4.5 * sqrt(DRAWS * 2.0 / 9));
}

static void continuous(void **state)
{
    (void)state;
    struct rng r = rng_seed(SEED + 1);
    struct sample normal = {0}, exponential = {0};
    double beyond_2 = 0;
    for (int i = 0; i < DRAWS; i++) {
        double x = rng_normal(&r);
        beyond_2 += fabs(x) > 2;
        note(&normal, x);
        note(&exponential, rng_exponential(&r));
    }
    assert_moments("normal", &normal, 0, 1, 0);
    assert_moments("exponential", &exponential, 1, 1, 6);
    double tail = 0.0455002638963584; // 2 (1 - Phi(2))
    assert_true(fabs(beyond_2 / DRAWS - tail) < 4.5 * sqrt(tail * (1 - tail) / DRAWS));
    static const double shapes[] = {0.05, 0.5, 1, 2.5, 40};
    for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++) {
        struct sample s = {0};
        for (int i = 0; i < DRAWS; i++)
            note(&s, rng_gamma(&r, shapes[k]));
        assert_moments("gamma", &s, shapes[k], shapes[k], 6 / shapes[k]);
    }
    static const double pairs[][2] = {{0.5, 0.5}, {1, 1},   {0.01, 0.02},
                                      {2, 5},     {0.3, 4}, {60, 40}};
    for (size_t k = 0; k < sizeof pairs / sizeof pairs[0]; k++) {
        double a = pairs[k][0], b = pairs[k][1], n = a + b;
        struct sample s = {0};
        for (int i = 0; i < DRAWS; i++) {
            double x = rng_beta(&r, a, b);
            assert_true(x >= 0 && x <= 1);
            note(&s, x);
        }
        double kurtosis = 6 * ((a - b) * (a - b) * (n + 1) - a * b * (n + 2)) /
                          (a * b * (n + 2) * (n + 3));
        assert_moments("beta", &s, a / n, a * b / (n * n * (n + 1)), kurtosis);
    }
}

// Pearson's chi-squared of counts against the exact probabilities, cells with at
// least 10.
static double chi_squared(const double *counts, size_t n,
                          double (*log_p)(double, double, double), double first,
                          double second, double *degrees)
{
    double chi2 = 0, rest = DRAWS, rest_expected = DRAWS;
    *degrees = 0;
    for (size_t k = 0; k < n; k++) {
        double expected = DRAWS * exp(log_p((double)k, first, second));
        if (expected < 10)
            continue;
        chi2 += (counts[k] - expected) * (counts[k] - expected) / expected;
        rest -= counts[k];
        rest_expected -= expected;
        *degrees += 1;
    }
    if (rest_expected > 1)
        chi2 += (rest - rest_expected) * (rest - rest_expected) / rest_expected;
    return chi2;
}

static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

static double log_binomial(double k, double n, double p)
{
    if (k > n)
        return -INFINITY;
    return log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1) + k * log(p) +
           (n - k) * log1p(-p);
}

static double log_poisson(double k, double mean, double unused)
{
    (void)unused;
    return k * log(mean) - mean - log_gamma(k + 1);
}

static void counts_have_their_exact_distribution(void **state)
{
    (void)state;
    static double counts[4096];
    struct rng r = rng_seed(SEED + 2);
    static const struct {
        int64_t n;
        double p;
    } binomials[] = {{1, 0.3},   {5, 0.5},    {20, 0.49},  {40, 0.25},         {25, 0.41},
                     {300, 0.1}, {1000, 0.9}, {3000, 0.5}, {1000000, 0.000005}};
    for (size_t c = 0; c < sizeof binomials / sizeof binomials[0]; c++) {
        memset(counts, 0, sizeof counts);
        for (int i = 0; i < DRAWS; i++) {
            int64_t k = rng_binomial(&r, binomials[c].n, binomials[c].p);
            assert_true(k >= 0 && k <= binomials[c].n && k < 4096);
            counts[k]++;
        }
        double degrees, n = (double)binomials[c].n;
        double chi2 =
            chi_squared(counts, 4096, log_binomial, n, binomials[c].p, &degrees);
        if (chi2 > degrees + 5 * sqrt(2 * degrees) + 10)
            fail_msg("binomial(%g, %g): chi2 %g on %g", n, binomials[c].p, chi2, degrees);
    }
    static const double means[] = {0.01, 1, 9.9, 10, 30, 106.4, 2000};
    for (size_t c = 0; c < sizeof means / sizeof means[0]; c++) {
        memset(counts, 0, sizeof counts);
        for (int i = 0; i < DRAWS; i++) {
            int64_t k = rng_poisson(&r, means[c]);
            assert_true(k >= 0 && k < 4096);
            counts[k]++;
        }
        double degrees,
            chi2 = chi_squared(counts, 4096, log_poisson, means[c], 0, &degrees);
        if (chi2 > degrees + 5 * sqrt(2 * degrees) + 10)
            fail_msg("Poisson(%g): chi2 %g on %g", means[c], chi2, degrees);
    }
}

static void the_edges(void **state)
{
    (void)state;
    struct rng r = rng_seed(SEED + 3);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(rng_binomial(&r, 0, 0.5), 0);
        assert_int_equal(rng_binomial(&r, 17, 0), 0);
        assert_int_equal(rng_binomial(&r, 17, 1), 17);
        assert_int_equal(rng_poisson(&r, 0), 0);
        assert_false(rng_chance(&r, 0));
        assert_true(rng_chance(&r, 1));
        assert_true(isfinite(rng_gamma(&r, 1e-300)));
    }
    struct sample people = {0};
    for (int i = 0; i < 20000; i++)
        note(&people, (double)rng_binomial(&r, 1400000000, 0.48));
    assert_moments("a nation", &people, 1.4e9 * 0.48, 1.4e9 * 0.48 * 0.52, 0);
    struct sample poisson = {0};
    for (int i = 0; i < 20000; i++)
        note(&poisson, (double)rng_poisson(&r, 1e9));
    assert_moments("Poisson(1e9)", &poisson, 1e9, 1e9, 0);
    struct sample large = {0}, trials = {0};
    for (int i = 0; i < 20000; i++) {
        note(&large, (double)rng_poisson(&r, 1e15) - 1e15);
        note(&trials, (double)(rng_binomial(&r, 1000000000000, 0.3) - 300000000000));
    }
    assert_moments("Poisson(1e15)", &large, 0, 1e15, 0);
    assert_moments("binomial(1e12)", &trials, 0, 0.21e12, 0);
}

static void choices(void **state)
{
    (void)state;
    struct rng r = rng_seed(SEED + 4);
    const double weights[] = {0, 1, 0, 3, 6, 0};
    double counts[6] = {0};
    for (int i = 0; i < DRAWS; i++)
        counts[rng_choose(&r, weights, 6)]++;
    for (int i = 0; i < 6; i++) {
        double p = weights[i] / 10;
        assert_true(fabs(counts[i] - DRAWS * p) <= 4.5 * sqrt(DRAWS * p * (1 - p)));
    }
    double orders[3][3] = {{0}};
    for (int i = 0; i < DRAWS; i++) {
        size_t items[3] = {0, 1, 2};
        rng_shuffle(&r, items, 3);
        assert_true(items[0] + items[1] + items[2] == 3 && items[0] != items[1] &&
                    items[1] != items[2]);
        orders[items[0]][items[1]]++;
    }
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            assert_true(i == k ||
                        fabs(orders[i][k] - DRAWS / 6.0) < 4.5 * sqrt(DRAWS * 5.0 / 36));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors),
        cmocka_unit_test(jumps_are_powers_of_the_step),
        cmocka_unit_test(streams_differ),
        cmocka_unit_test(uniform_and_below),
        cmocka_unit_test(continuous),
        cmocka_unit_test(counts_have_their_exact_distribution),
        cmocka_unit_test(the_edges),
        cmocka_unit_test(choices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
