// SPDX-License-Identifier: AGPL-3.0-or-later
// Samples of lots against published tables, figures worked out with 40 digits, and plans
// searched for the slow way.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "stats/sample.h"

static void near(const char *what, double found, double wanted)
{
    if (!(fabs(found - wanted) <= 1e-12 * fmax(1, fabs(wanted))))
        fail_msg("%s: %.17g is not %.17g", what, found, wanted);
}

// Random cases, pmf and cdf by recurrence with 40 digits.
static const struct {
    int64_t N, D, n, k;
    double pmf, cdf;
} hypergeometric[] = {
    {10, 2, 5, 0, 0.22222222222222221, 0.22222222222222221},
    {10, 1, 6, 0, 0.40000000000000002, 0.40000000000000002},
    {10, 1, 4, 0, 0.59999999999999998, 0.59999999999999998},
    {10, 5, 4, 3, 0.23809523809523808, 0.97619047619047616},
    {50, 45, 43, 42, 0.00071032113122769926, 0.99999008854235494},
    {50, 1, 6, 0, 0.88, 0.88},
    {50, 9, 45, 4, 5.9468745870225982e-05, 5.9468745870225982e-05},
    {50, 2, 1, 0, 0.95999999999999996, 0.95999999999999996},
    {200, 6, 50, 3, 0.13112073923746501, 0.96472083893964877},
    {200, 166, 11, 9, 0.30601429090958859, 0.58736915983492355},
    {200, 10, 78, 3, 0.22697635989922565, 0.40428311821307622},
    {200, 31, 9, 5, 0.0047405463124241942, 0.99947209413375582},
    {500, 102, 10, 7, 0.00078345160388515348, 0.99992572388983048},
    {500, 40, 13, 2, 0.20180912521851344, 0.92265646012953362},
    {500, 5, 27, 2, 0.024100341730285635, 0.99868795004844602},
    {500, 7, 25, 0, 0.69678146999405977, 0.69678146999405977},
    {1000, 11, 48, 1, 0.32536916496845397, 0.90585733428717297},
    {1000, 399, 17, 14, 0.00034656732957381387, 0.99995175197420749},
    {1000, 28, 14, 1, 0.27393416965932166, 0.94409454900444789},
    {1000, 50, 252, 5, 0.0039425749528378077, 0.0055060383638718584},
    {5000, 3655, 1606, 1191, 0.013923583652833508, 0.88435695271789061},
    {5000, 67, 965, 12, 0.12167070478603652, 0.45890329922981832},
    {5000, 352, 24, 6, 0.0043141084301527499, 0.99902055012885094},
    {5000, 463, 1480, 125, 0.018818792369830618, 0.10794579218483095},
    {48113, 23, 5, 0, 0.99761197857897688, 0.99761197857897688},
    {48113, 3073, 65, 6, 0.11422278968214443, 0.88000526695174341},
    {48113, 8469, 53, 12, 0.084252340561970132, 0.87207336087833243},
    {48113, 31812, 78, 55, 0.069966425567992374, 0.82605741268146271},
    {1000000, 257962, 24, 8, 0.12185188959473613, 0.85867007921755967},
    {1000000, 160261, 663, 106, 0.042239832651353212, 0.51520809269519297},
    {1000000, 40596, 1423, 72, 0.0087978380211708139, 0.97301409761293034},
    {1000000, 83916, 1997, 179, 0.020605398771104844, 0.83246627952852836},
    {1000000000, 19514571, 10, 0, 0.82112909287421487, 0.82112909287421487},
    {1000000000, 6126309, 10, 0, 0.94039853650826088, 0.94039853650826088},
    {1000000000, 12445455, 64, 2, 0.14364807276247848, 0.95415951616261607},
    {1000000000, 6463646, 31, 0, 0.81789328999357147, 0.81789328999357147},
    {1000000000, 15916766, 1652, 36, 0.013098487636018341, 0.97292946964577454},
    {1000000000, 40705174, 476, 10, 0.0072635452694439721, 0.013584519945907531},
    {1000000000, 97166120, 22, 7, 0.0030099421613678386, 0.99927484960508062},
    {1000000000, 40706906, 19, 0, 0.45402005643761417, 0.45402005643761417},
    {1000000000000, 3066329211, 11, 0, 0.96678278126504169, 0.96678278126504169},
    {1000000000000, 497031202847, 11, 2, 0.027989773758765206, 0.034175738831478134},
    {1000000000000, 674855354750, 3, 2, 0.44424163333962097, 0.6926507946120114},
    {1000000000000, 179930330386, 1024, 233, 1.8366171896755873e-05, 0.99995002097200492},
    {1000000000, 50000000, 1000000, 49900, 0.0016496863445874224, 0.32411525344247738},
    {1000000000, 50000000, 1000000, 50700, 1.06529688980634e-05, 0.99933480771878602},
    {1000000000, 999999995, 999990000, 999989995, 0.99995000099988995,
     0.99995000099988995},
};

static const struct {
    int64_t n;
    double p;
    int64_t k;
    double cdf;
} binomial[] = {
    {12, 0.34999999999999998, 2, 0.15128757833526738},
    {19, 0.80000000000000004, 12, 0.067600065897116396},
    {1000, 0.050000000000000003, 38, 0.043348190606909795},
    {100000, 0.20000000000000001, 20300, 0.99115439270905381},
    {10000000, 0.5, 5001000, 0.73655864851435671},
    {31, 0.001, 3, 0.99999996920733347},
};

static void laws_to_twelve_digits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hypergeometric / sizeof *hypergeometric; i++) {
        int64_t N = hypergeometric[i].N, D = hypergeometric[i].D, n = hypergeometric[i].n,
                k = hypergeometric[i].k;
        char what[96];
        snprintf(what, sizeof what, "%lld of %lld, %lld drawn, %lld", (long long)D,
                 (long long)N, (long long)n, (long long)k);
        near(what, sample_hypergeometric_pmf(N, D, n, k), hypergeometric[i].pmf);
        near(what, sample_hypergeometric_cdf(N, D, n, k), hypergeometric[i].cdf);
        // what is drawn and what is marked may change places
        near(what, sample_hypergeometric_cdf(N, n, D, k), hypergeometric[i].cdf);
    }
    for (size_t i = 0; i < sizeof binomial / sizeof *binomial; i++)
        near("binomial", sample_binomial_cdf(binomial[i].n, binomial[i].p, binomial[i].k),
             binomial[i].cdf);
}

static void laws_at_their_ends(void **state)
{
    (void)state;
    assert_true(sample_hypergeometric_cdf(10, 4, 8, 1) == 0); // at least two are drawn
    assert_true(sample_hypergeometric_cdf(10, 4, 8, 4) == 1);
    assert_true(sample_hypergeometric_cdf(10, 4, 8, -1) == 0);
    assert_true(sample_hypergeometric_cdf(10, 0, 5, 0) == 1);
    assert_true(sample_hypergeometric_cdf(10, 10, 5, 4) == 0);
    assert_true(sample_hypergeometric_pmf(10, 10, 5, 5) == 1);
    assert_true(sample_hypergeometric_pmf(10, 3, 5, 4) == 0);
    assert_true(sample_hypergeometric_cdf(10, 3, 10, 2) == 0);
    assert_true(sample_binomial_cdf(5, 0, 0) == 1);
    assert_true(sample_binomial_cdf(5, 1, 4) == 0);
    assert_true(sample_binomial_cdf(5, 1, 5) == 1);
    assert_true(sample_binomial_cdf(0, 0.5, 0) == 1);
    for (int64_t D = 0; D <= 12; D++)
        for (int64_t n = 0; n <= 12; n++) {
            double sum = 0;
            for (int64_t k = 0; k <= n; k++) {
                sum += sample_hypergeometric_pmf(12, D, n, k);
                near("sum", sample_hypergeometric_cdf(12, D, n, k), sum);
            }
            near("all", sum, 1);
        }
}

static void published_plans(void **state)
{
    (void)state;
    static const struct {
        int64_t N, n, d;
    } published[] = {
        {50, 16, 1}, {100, 24, 2}, {200, 31, 3}, {500, 31, 3}, {1000, 32, 3}};
    struct error e;
    struct sample_plan plan;
    for (size_t i = 0; i < 5; i++) {
        assert_ok(sample_plan(published[i].N, 0.05, 0.20, 0.10, 0.10, &plan, &e));
        assert_int_equal(plan.n, published[i].n);
        assert_int_equal(plan.d, published[i].d);
    }
    assert_ok(sample_plan(200, 0.05, 0.20, 0.10, 0.10, &plan, &e));
    near("alpha", plan.alpha, 1 - sample_hypergeometric_cdf(200, 10, 31, 3));
    near("beta", plan.beta, sample_hypergeometric_cdf(200, 40, 31, 3));
    assert_true(fabs(plan.alpha - 0.05082163668752647) < 1e-10);
    assert_true(fabs(plan.beta - 0.08807330974977501) < 1e-10);
}

static int64_t threshold(int64_t n, double upper)
{
    double alpha, beta;
    int64_t t = sample_threshold(n, upper, 0.30, &alpha, &beta);
    near("alpha", alpha, sample_binomial_cdf(n, upper, t - 1));
    near("beta", beta, 1 - sample_binomial_cdf(n, fmax(upper - 0.30, 0), t - 1));
    return t;
}

static void published_thresholds(void **state)
{
    (void)state;
    static const int64_t twelve[16] = {1, 1, 2, 2, 3, 4, 5, 5, 6, 7, 7, 8, 8, 9, 10, 11};
    for (int i = 0; i < 16; i++) {
        assert_int_equal(threshold(12, (20 + 5 * i) / 100.0), twelve[i]);
        assert_int_equal(threshold(19, (20 + 5 * i) / 100.0), i + 1);
    }
}

// The smallest n, then the smallest d, by trying all.
static bool slow_plan(int64_t N, double p0, double p1, double alpha, double beta,
                      int64_t most, int64_t *n_out, int64_t *d_out)
{
    for (int64_t n = 1; n <= most; n++)
        for (int64_t d = 0; d <= n; d++)
            if (1 - sample_accepts(N, p0, n, d) <= alpha + 1e-12 &&
                sample_accepts(N, p1, n, d) <= beta + 1e-12) {
                *n_out = n;
                *d_out = d;
                return true;
            }
    return false;
}

static void plans_as_by_trying_all(void **state)
{
    (void)state;
    struct rng rng = rng_seed(20141107);
    for (int i = 0; i < 300; i++) {
        int64_t N = i % 5 == 0 ? 0 : 2 + (int64_t)rng_below(&rng, 150), n = 0, d = 0;
        double p0 = 0.30 * rng_uniform(&rng), p1 = p0 + 0.10 + 0.4 * rng_uniform(&rng);
        double alpha = 0.02 + 0.2 * rng_uniform(&rng),
               beta = 0.02 + 0.2 * rng_uniform(&rng);
        struct sample_plan plan;
        struct error e;
        enum err code = sample_plan(N, p0, p1, alpha, beta, &plan, &e);
        bool found = slow_plan(N, p0, p1, alpha, beta, N ? N : 300, &n, &d);
        if (!found && N) {
            assert_int_equal(code, ERR_NOT_FOUND);
            assert_int_equal(sample_wrong_in(N, p0), sample_wrong_in(N, p1));
            continue;
        }
        if (!found)
            continue;
        if (code || plan.n != n || plan.d != d)
            fail_msg("case %d, N %lld, %g %g %g %g: %lld/%lld is not %lld/%lld", i,
                     (long long)N, p0, p1, alpha, beta, (long long)plan.n,
                     (long long)plan.d, (long long)n, (long long)d);
        near("alpha", plan.alpha, 1 - sample_accepts(N, p0, n, d));
        near("beta", plan.beta, sample_accepts(N, p1, n, d));
    }
}

static void lots_without_end(void **state)
{
    (void)state;
    struct sample_plan plan, large;
    struct error e;
    assert_ok(sample_plan(0, 0.05, 0.20, 0.10, 0.10, &plan, &e));
    assert_int_equal(plan.n, 32);
    assert_int_equal(plan.d, 3);
    assert_true(fabs(plan.alpha - 0.07380549164360023) < 1e-12);
    assert_true(fabs(plan.beta - 0.09309309095426076) < 1e-12);
    assert_ok(sample_plan(0, 0.1, 0.3, 0.05, 0.05, &plan, &e));
    assert_int_equal(plan.n, 41);
    assert_int_equal(plan.d, 7);
    // a lot of a thousand million is as one without end
    assert_ok(sample_plan(0, 0.050, 0.055, 0.01, 0.01, &plan, &e));
    assert_ok(sample_plan(1000000000, 0.050, 0.055, 0.01, 0.01, &large, &e));
    assert_true(llabs(plan.n - large.n) <= 20);
    assert_true(large.alpha <= 0.01 && large.beta <= 0.01);
    near("alpha", large.alpha,
         1 - sample_hypergeometric_cdf(1000000000, 50000000, large.n, large.d));
}

static void what_cannot_be_planned(void **state)
{
    (void)state;
    struct sample_plan plan;
    struct error e;
    assert_int_equal(sample_plan(200, 0.2, 0.05, 0.1, 0.1, &plan, &e), ERR_INPUT);
    assert_int_equal(sample_plan(200, -0.1, 0.05, 0.1, 0.1, &plan, &e), ERR_INPUT);
    assert_int_equal(sample_plan(200, 0.1, 1.05, 0.1, 0.1, &plan, &e), ERR_INPUT);
    assert_int_equal(sample_plan(200, 0.1, NAN, 0.1, 0.1, &plan, &e), ERR_INPUT);
    assert_int_equal(sample_plan(-1, 0.1, 0.2, 0.1, 0.1, &plan, &e), ERR_INPUT);
    assert_int_equal(sample_plan(200, 0.1, 0.2, 0, 0.1, &plan, &e), ERR_INPUT);
    assert_int_equal(sample_plan(200, 0.1, 0.2, 0.1, 1, &plan, &e), ERR_INPUT);
    assert_int_equal(sample_plan(200, 0.1, 0.2, NAN, 0.1, &plan, &e), ERR_INPUT);
    assert_int_equal(sample_plan(10, 0.01, 0.04, 0.1, 0.1, &plan, &e), ERR_NOT_FOUND);
    assert_non_null(strstr(e.text, "lot of 10"));
    assert_int_equal(sample_plan(0, 0.5, 0.50001, 0.001, 0.001, &plan, &e), ERR_LIMIT);
}

// The least and most that may be wrong in the lot, by trying all of them elsewhere.
static const struct {
    int64_t N, n, wrong, low, high;
} intervals[] = {
    {200, 31, 3, 5, 49},        {200, 31, 0, 0, 20},   {50, 16, 16, 42, 50},
    {500, 31, 7, 50, 202},      {1000, 32, 1, 1, 160}, {60, 60, 4, 4, 4},
    {48113, 30, 2, 394, 10618},
};

static void exact_intervals(void **state)
{
    (void)state;
    struct sample_plan plan = {31, 3, 0, 0};
    struct sample_verdict v;
    struct error e;
    for (size_t i = 0; i < sizeof intervals / sizeof *intervals; i++) {
        double N = (double)intervals[i].N;
        assert_ok(sample_judge(intervals[i].N, intervals[i].n, intervals[i].wrong, &plan,
                               0.05, 0.20, &v, &e));
        near("low", v.low, (double)intervals[i].low / N);
        near("high", v.high, (double)intervals[i].high / N);
    }
    // Clopper and Pearson's without an end
    assert_ok(sample_judge(0, 30, 2, &plan, 0.05, 0.20, &v, &e));
    assert_true(fabs(v.low - 0.00817804) < 1e-6 && fabs(v.high - 0.2207353) < 1e-6);
}

static void verdicts_with_their_error(void **state)
{
    (void)state;
    struct sample_plan plan;
    struct sample_verdict v;
    struct error e;
    assert_ok(sample_plan(200, 0.05, 0.20, 0.10, 0.10, &plan, &e));
    assert_ok(sample_judge(200, 31, 3, &plan, 0.05, 0.20, &v, &e));
    assert_true(v.accepted);
    near("beta", v.error, plan.beta);
    assert_ok(sample_judge(200, 31, 4, &plan, 0.05, 0.20, &v, &e));
    assert_false(v.accepted);
    near("alpha", v.error, plan.alpha);
    // fewer were found than were to be drawn
    assert_ok(sample_judge(200, 20, 2, &plan, 0.05, 0.20, &v, &e));
    assert_true(v.accepted);
    near("beta of 20", v.error, sample_hypergeometric_cdf(200, 40, 20, 3));
    // who looks at all of them does not err
    assert_ok(sample_judge(31, 31, 5, &plan, 0.05, 0.20, &v, &e));
    assert_true(v.error < 1e-15);
    near("all", v.low, 5.0 / 31);
    near("all", v.high, 5.0 / 31);
    assert_int_equal(sample_judge(200, 31, 32, &plan, 0.05, 0.20, &v, &e), ERR_INPUT);
    assert_int_equal(sample_judge(200, 31, -1, &plan, 0.05, 0.20, &v, &e), ERR_INPUT);
    assert_int_equal(sample_judge(20, 31, 1, &plan, 0.05, 0.20, &v, &e), ERR_INPUT);
    assert_int_equal(sample_judge(200, 0, 0, &plan, 0.05, 0.20, &v, &e), ERR_INPUT);
}

static void intervals_cover(void **state)
{
    (void)state;
    // over all samples of lots of 60, the interval holds the truth at least 95 % of times
    struct sample_plan plan = {12, 1, 0, 0};
    struct error e;
    for (int64_t D = 0; D <= 60; D++) {
        double covered = 0;
        for (int64_t k = 0; k <= 12; k++) {
            struct sample_verdict v;
            if (k > D || 12 - k > 60 - D)
                continue;
            assert_ok(sample_judge(60, 12, k, &plan, 0.05, 0.20, &v, &e));
            if (v.low * 60 <= (double)D + 1e-9 && v.high * 60 >= (double)D - 1e-9)
                covered += sample_hypergeometric_pmf(60, D, 12, k);
        }
        assert_true(covered >= 0.95 - 1e-12);
    }
}

static void draws_that_anyone_can_check(void **state)
{
    (void)state;
    int64_t drawn[64], again[64];
    struct rng rng = rng_seed(2014);
    sample_draw(&rng, 200, 31, drawn);
    rng = rng_seed(2014);
    sample_draw(&rng, 200, 31, again);
    for (int i = 0; i < 31; i++) {
        assert_true(drawn[i] >= 0 && drawn[i] < 200);
        assert_true(i == 0 || drawn[i] > drawn[i - 1]);
        assert_int_equal(drawn[i], again[i]);
    }
    rng = rng_seed(2014);
    sample_draw(&rng, 12, 12, drawn);
    for (int i = 0; i < 12; i++)
        assert_int_equal(drawn[i], i);
    sample_draw(&rng, 12, 0, drawn);
    // the same anywhere: worked out apart, in another language
    rng = rng_seed(42);
    sample_draw(&rng, 1000, 8, drawn);
    static const int64_t wanted[8] = {125, 316, 586, 605, 698, 791, 808, 978};
    for (int i = 0; i < 8; i++)
        assert_int_equal(drawn[i], wanted[i]);
}

static void every_set_as_likely(void **state)
{
    (void)state;
    enum { TIMES = 100000 };
    int seen[1 << 7] = {0};
    uint64_t seed = 77;
    struct rng rng = rng_seed(seed);
    for (int i = 0; i < TIMES; i++) {
        int64_t drawn[3];
        unsigned set = 0;
        sample_draw(&rng, 7, 3, drawn);
        for (int k = 0; k < 3; k++)
            set |= 1u << drawn[k];
        seen[set]++;
    }
    double chi = 0, each = TIMES / 35.0;
    int sets = 0;
    for (int i = 0; i < 1 << 7; i++)
        if (seen[i]) {
            sets++;
            chi += (seen[i] - each) * (seen[i] - each) / each;
        }
    printf("# seed %llu: %d sets, chi-square %.1f of 34 degrees\n",
           (unsigned long long)seed, sets, chi);
    assert_int_equal(sets, 35);
    assert_true(chi < 65.2); // 99.9 %
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(laws_to_twelve_digits),
        cmocka_unit_test(laws_at_their_ends),
        cmocka_unit_test(published_plans),
        cmocka_unit_test(published_thresholds),
        cmocka_unit_test(plans_as_by_trying_all),
        cmocka_unit_test(lots_without_end),
        cmocka_unit_test(what_cannot_be_planned),
        cmocka_unit_test(exact_intervals),
        cmocka_unit_test(verdicts_with_their_error),
        cmocka_unit_test(intervals_cover),
        cmocka_unit_test(draws_that_anyone_can_check),
        cmocka_unit_test(every_set_as_likely),
    };
    return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
