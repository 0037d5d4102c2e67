// SPDX-License-Identifier: AGPL-3.0-or-later
// Estimates against published figures, against sums by the definition, and against draws.
#include <math.h>
#include <stdio.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/multiple.h"
#include "stats/srb.h"

static const struct srb_reference eastern_asia = {106.3, 0.0043195};

static void near(double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within))
        fail_msg("%.10g is not within %g of %.10g", found, within, wanted);
}

static void a_township_s_ratio_is_mostly_noise(void **state)
{
    (void)state;
    // 858 births at 117: 102.5-134.0
    struct interval w = srb_wilson(463, 395, 0.95);
    near(srb_ratio(463, 395), 117.2, 0.05);
    near(w.low, 102.5, 0.05);
    near(w.high, 134.0, 0.05);
    // the exact interval holds the others
    struct interval j = srb_jeffreys(463, 395, 0.95), x = srb_exact(463, 395, 0.95);
    assert_true(x.low < j.low && j.high < x.high);
    near(j.low, w.low, 0.3);
    near(j.high, w.high, 0.3);
}

static double log_choose(int n, int k)
{
    return lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0);
}

// Binomial tails, summed, averaged over a fine grid of references.
static void p_values_by_summing(void **state)
{
    (void)state;
    static const struct {
        int boys, girls;
        double sd;
    } cases[] = {{7, 3, 0},  {3, 7, 0.01},  {60, 40, 0.0043}, {45, 55, 0.2},
                 {20, 0, 0}, {0, 20, 0.05}, {120, 80, 0.6},   {1, 0, 0.0043}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct srb_reference r = {106.3, cases[i].sd};
        int n = cases[i].boys + cases[i].girls;
        double high = 0, low = 0, all = 0;
        for (double z = -8; z <= 8; z += 0.02) {
            double weight = exp(-z * z / 2), odds = 1.063 * exp(z * r.log_sd);
            double share = odds / (1 + odds);
            for (int k = 0; k <= n; k++) {
                double p =
                    exp(log_choose(n, k) + k * log(share) + (n - k) * log1p(-share));
                high += k >= cases[i].boys ? weight * p : 0;
                low += k <= cases[i].boys ? weight * p : 0;
            }
            all += weight;
        }
        struct srb_p p = srb_p_values(cases[i].boys, cases[i].girls, &r);
        near(p.high, high / all, 2e-6 + 1e-4 * high / all);
        near(p.low, low / all, 2e-6 + 1e-4 * low / all);
        near(p.two_sided, fmin(1, 2 * fmin(p.high, p.low)), 1e-12);
    }
}

// Draws from the posterior and from the reference.
static void probability_above_by_drawing(void **state)
{
    (void)state;
    uint64_t seed = 20190507;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng r = rng_seed(seed);
    static const struct {
        double boys, girls, sd;
    } cases[] = {{463, 395, 0.0043}, {52, 48, 0.0043},     {5200, 4800, 0.0043},
                 {520, 480, 0.1},    {52000, 48800, 0.02}, {1070000, 1000000, 0.0043},
                 {3, 0, 0.0043},     {0, 2, 0.3},          {107000000, 1e8, 0.0043}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct srb_reference reference = {106.3, cases[i].sd};
        enum { DRAWS = 100000 };
        int above = 0;
        for (int k = 0; k < DRAWS; k++) {
            double share = rng_beta(&r, cases[i].boys + 0.5, cases[i].girls + 0.5);
            double odds = 1.063 * exp(cases[i].sd * rng_normal(&r));
            above += share / (1 - share) > odds;
        }
        double p = (double)above / DRAWS;
        near(srb_probability_above(cases[i].boys, cases[i].girls, &reference), p,
             4.5 * sqrt(0.25 / DRAWS));
    }
    // the two ways of computing meet where one gives way to the other
    for (double times = 0.97; times < 1.04; times += 0.01) {
        double low = srb_probability_above(99999 * 1.063 * times, 99999, &eastern_asia);
        double high =
            srb_probability_above(100001 * 1.063 * times, 100001, &eastern_asia);
        near(low, high, 1e-4);
    }
}

// Files of 60 areas in which nothing is the matter, the true level off the published one
// by its doubt: in at most one of twenty something is found. And what is there is found.
static void findings_among_many_areas(void **state)
{
    (void)state;
    enum { AREAS = 60, FILES = 400 };
    uint64_t seed = 1995;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng r = rng_seed(seed);
    struct arena a;
    arena_init(&a, 0);
    int wrong = 0, right = 0;
    for (int turn = 0; turn < FILES; turn++) {
        double p[AREAS], q[AREAS];
        double level = 1.063 * exp(eastern_asia.log_sd * rng_normal(&r));
        struct error e = {0};
        for (int i = 0; i < AREAS; i++) {
            int64_t n = 100 + (int64_t)rng_below(&r, 6000);
            double odds = level * (turn % 2 && i == 0 ? 1.3 : 1);
            n = i ? n : 3000;
            double boys = (double)rng_binomial(&r, n, odds / (1 + odds));
            p[i] = srb_p_values(boys, (double)n - boys, &eastern_asia).two_sided;
        }
        assert_int_equal(multiple_benjamini_hochberg(p, AREAS, q, &a, &e), ERR_OK);
        bool any = false;
        for (int i = turn % 2; i < AREAS; i++)
            any |= q[i] <= 0.05;
        wrong += turn % 2 ? 0 : any;
        right += turn % 2 ? q[0] <= 0.05 : 0;
        arena_reset(&a);
    }
    arena_free(&a);
    print_message("# found of nothing: %d of %d; of a planted area: %d of %d\n", wrong,
                  FILES / 2, right, FILES / 2);
    assert_true(wrong <= 0.05 * FILES / 2 + 3 * sqrt(0.05 * 0.95 * FILES / 2));
    assert_true(right >= 0.98 * FILES / 2);
}

static void missing_girls(void **state)
{
    (void)state;
    // 100 births at 1.20 against 1.06: about 6 (Guilmoto et al.: not births/(1 + R))
    struct srb_reference r = {106, 0};
    near(srb_missing_girls(54.5454, 45.4545, &r, 0.95).girls, 6.0, 0.05);
    near(srb_missing_girls(106, 100, &r, 0.95).girls, 0, 1e-9);
    // how often the interval holds the truth, with both doubts, by drawing
    uint64_t seed = 99;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng rng = rng_seed(seed);
    static const struct {
        int64_t births;
        double ratio, sd;
    } cases[] = {
        {858, 117, 0.0043}, {60, 110, 0.0043}, {200000, 112, 0.0043}, {2000, 106, 0.05}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum { TURNS = 4000 };
        int held = 0;
        double share = cases[i].ratio / (100 + cases[i].ratio);
        for (int turn = 0; turn < TURNS; turn++) {
            // the true reference, of which the published one is off by its doubt
            double published = 106.3 * exp(cases[i].sd * rng_normal(&rng));
            struct srb_reference about = {published, cases[i].sd};
            double boys = (double)rng_binomial(&rng, cases[i].births, share);
            double girls = (double)cases[i].births - boys;
            double truth = (double)cases[i].births * (share * 100 / 106.3 - (1 - share));
            struct srb_missing m = srb_missing_girls(boys, girls, &about, 0.95);
            assert_true(m.low < m.girls && m.girls < m.high);
            held += m.low <= truth && truth <= m.high;
        }
        near((double)held / TURNS, 0.95, 0.016);
    }
}

static void samples(void **state)
{
    (void)state;
    near(srb_sample(115, 105, 0.95, 0.8), 3805, 0);
    assert_true(srb_sample(115, 105, 0.95, 0.9) > 5000);
    near(srb_sample_each(115, 105, 0.95, 0.8), 2 * 3805, 60);
    assert_true(isinf(srb_sample(106, 106, 0.95, 0.8)));
    assert_true(isnan(srb_sample(0, 106, 0.95, 0.8)));
    assert_true(isnan(srb_sample(110, 106, 0.95, 1)));
    // there and back
    near(srb_detectable(srb_sample(115, 105, 0.95, 0.8), 105, 0.95, 0.8), 115, 0.01);
    near(srb_detectable(858, 106, 0.95, 0.8), 128.4, 0.5);
    assert_true(isinf(srb_detectable(2, 106, 0.95, 0.8)));
    // by drawing: the test finds 115 in 80 of 100
    struct rng r = rng_seed(5);
    double n = srb_sample(115, 105, 0.95, 0.8), p = 115 / 215.0, q = 105 / 205.0;
    int found = 0;
    for (int i = 0; i < 4000; i++) {
        double boys = (double)rng_binomial(&r, (int64_t)n, p);
        found += fabs(boys - n * q) > 1.959964 * sqrt(n * q * (1 - q));
    }
    near(found / 4000.0, 0.8, 0.025);
}

static void two_groups(void **state)
{
    (void)state;
    struct srb_difference d = srb_compare(1200, 1000, 1060, 1000, 0.95);
    near(d.times, 1.132, 0.001);
    near(log(d.high / d.low),
         2 * 1.959964 * sqrt(1 / 1200.5 + 1 / 1000.5 + 1 / 1060.5 + 1 / 1000.5), 1e-6);
    near(d.p, 0.0434, 0.001);
    assert_true(isfinite(srb_compare(5, 0, 0, 5, 0.95).p));
    assert_true(isnan(srb_compare(0, 0, 4, 5, 0.95).p));
}

// p-values of areas that do not differ are even; the spread of areas that do is found.
static void spread_of_areas(void **state)
{
    (void)state;
    enum { AREAS = 300, TURNS = 300 };
    uint64_t seed = 31;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng r = rng_seed(seed);
    static double boys[AREAS], girls[AREAS];
    double dispersion = 0, log_sd = 0;
    int small = 0;
    for (int turn = 0; turn < TURNS; turn++) {
        for (int alike = 0; alike < 2; alike++) {
            for (int i = 0; i < AREAS; i++) {
                int64_t n = 50 + (int64_t)rng_below(&r, 3000);
                double odds = 1.063 * exp(alike ? 0 : 0.08 * rng_normal(&r));
                boys[i] = (double)rng_binomial(&r, n, odds / (1 + odds));
                girls[i] = (double)n - boys[i];
            }
            struct srb_spread s = srb_spread(boys, girls, AREAS);
            assert_int_equal(s.degrees, AREAS - 1);
            if (alike) {
                dispersion += s.dispersion / TURNS;
                small += s.p < 0.1;
            } else {
                log_sd += s.log_sd / TURNS;
                assert_true(s.p < 0.05);
            }
        }
    }
    near(dispersion, 1, 0.02);
    near((double)small / TURNS, 0.1, 0.06);
    near(log_sd, 0.08, 0.004);
    assert_true(isnan(srb_spread(boys, girls, 1).p));
    assert_true(isnan(srb_spread((double[]){4, 0}, (double[]){0, 0}, 2).p));
    assert_true(isnan(srb_spread((double[]){4, 3}, (double[]){0, 0}, 2).dispersion));
}

// China, ratios by order of Our World in Data: weights shift to later births.
static void standardised_by_order(void **state)
{
    (void)state;
    const double boys[] = {5100, 2800, 900}, girls[] = {4830, 2400, 660};
    double weight[3], all_b = 0, all_g = 0;
    for (int k = 0; k < 3; k++) {
        weight[k] = boys[k] + girls[k];
        all_b += boys[k];
        all_g += girls[k];
    }
    // its own weights change nothing
    struct srb_standard own = srb_standardise(boys, girls, weight, 3, 0.95);
    near(own.ratio, 100 * all_b / all_g, 1e-9);
    assert_true(own.low < own.ratio && own.ratio < own.high);
    struct interval w = srb_wilson(all_b, all_g, 0.95);
    near(own.low, w.low, 0.15); // slightly narrower: the orders are known
    near(own.high, w.high, 0.15);
    // all first births: the ratio of first births
    const double first[] = {7, 0, 0};
    near(srb_standardise(boys, girls, first, 3, 0.95).ratio, 100 * 5100 / 4830.0, 1e-9);
    const double none[] = {0, 5, 4}, others[] = {3, 6, 8};
    assert_true(isnan(srb_standardise(none, none, others, 3, 0.95).ratio));
    assert_true(
        isfinite(srb_standardise(none, others, (double[]){0, 1, 1}, 3, 0.95).low));
}

static void composition_of_a_change(void **state)
{
    (void)state;
    uint64_t seed = 1955;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng r = rng_seed(seed);
    for (int turn = 0; turn < 500; turn++) { // both parts add up to the change
        double c[4][5], all[4] = {0};
        for (int i = 0; i < 4; i++)
            for (int k = 0; k < 5; k++) {
                c[i][k] = (double)rng_below(&r, turn % 3 ? 3000 : 4);
                all[i] += c[i][k];
            }
        struct srb_decomposition d = srb_decompose(c[0], c[1], c[2], c[3], 5, 0.95);
        double change = 100 * all[0] / all[1] - 100 * all[2] / all[3];
        if (!isfinite(change)) {
            assert_true(isnan(d.change));
            continue;
        }
        near(d.change, change, 1e-9 * (1 + fabs(change)));
        near(d.within + d.composition, change, 1e-9 * (1 + fabs(change)));
        assert_true(d.within_low <= d.within && d.composition <= d.composition_high);
    }
    // equal ratios by order, other weights: all of it is composition
    const double boys_a[] = {1040, 2400}, girls_a[] = {1000, 2000};
    const double boys_b[] = {2080, 1200}, girls_b[] = {2000, 1000};
    struct srb_decomposition d = srb_decompose(boys_a, girls_a, boys_b, girls_b, 2, 0.95);
    near(d.within, 0, 1e-9);
    near(d.composition, 100 * 3440 / 3000.0 - 100 * 3280 / 3000.0, 1e-9);
    // how often the intervals hold the truth
    const double share_a[] = {0.512, 0.53, 0.56}, share_b[] = {0.511, 0.52, 0.545};
    const double weight_a[] = {0.45, 0.4, 0.15}, weight_b[] = {0.6, 0.33, 0.07};
    double big[4][3];
    for (int k = 0; k < 3; k++) {
        big[0][k] = 1e9 * weight_a[k] * share_a[k];
        big[1][k] = 1e9 * weight_a[k] * (1 - share_a[k]);
        big[2][k] = 1e9 * weight_b[k] * share_b[k];
        big[3][k] = 1e9 * weight_b[k] * (1 - share_b[k]);
    }
    struct srb_decomposition truth =
        srb_decompose(big[0], big[1], big[2], big[3], 3, 0.95);
    int within = 0, composition = 0;
    enum { TURNS = 3000 };
    for (int turn = 0; turn < TURNS; turn++) {
        double c[4][3];
        for (int side = 0; side < 2; side++) {
            const double *w = side ? weight_b : weight_a, *s = side ? share_b : share_a;
            int64_t left = 6000;
            double rest = 1;
            for (int k = 0; k < 3; k++) {
                int64_t n = k == 2 ? left : rng_binomial(&r, left, w[k] / rest);
                left -= n;
                rest -= w[k];
                c[2 * side][k] = (double)rng_binomial(&r, n, s[k]);
                c[2 * side + 1][k] = (double)n - c[2 * side][k];
            }
        }
        d = srb_decompose(c[0], c[1], c[2], c[3], 3, 0.95);
        within += d.within_low <= truth.within && truth.within <= d.within_high;
        composition += d.composition_low <= truth.composition &&
                       truth.composition <= d.composition_high;
    }
    near((double)within / TURNS, 0.95, 0.018);
    near((double)composition / TURNS, 0.95, 0.018);
}

static void any_counts_have_an_answer(void **state)
{
    (void)state;
    static const double counts[] = {-1, 0, 1, 2, 17, 1e5, 1e6, 1e9, 1e15, NAN, INFINITY};
    enum { N = sizeof counts / sizeof *counts };
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            double b = counts[i], g = counts[j];
            bool good = b >= 0 && g >= 0 && b + g > 0 && isfinite(b + g);
            struct interval all[] = {srb_wilson(b, g, 0.95), srb_jeffreys(b, g, 0.95),
                                     srb_exact(b, g, 0.95)};
            double ratio = srb_ratio(b, g);
            for (size_t k = 0; k < 3; k++) {
                assert_int_equal(isnan(all[k].low), !good);
                if (good)
                    assert_true(all[k].low <= ratio * (1 + 1e-9) + 1e-9 &&
                                all[k].high >= ratio * (1 - 1e-9));
            }
            double above = srb_probability_above(b, g, &eastern_asia);
            struct srb_p p = srb_p_values(b, g, &eastern_asia);
            struct srb_missing m = srb_missing_girls(b, g, &eastern_asia, 0.95);
            assert_int_equal(isnan(above) || isnan(p.two_sided) || isnan(m.low), !good);
            if (good)
                assert_true(above >= 0 && above <= 1 && p.two_sided >= 0 &&
                            p.two_sided <= 1 && m.low <= m.high);
        }
    struct srb_reference bad = {-3, 0};
    assert_true(isnan(srb_probability_above(5, 5, &bad)));
    // a thousand million births: what is in doubt is the reference
    near(srb_p_values(1.063e9, 1e9, &eastern_asia).two_sided, 1, 0.01);
    near(srb_probability_above(1.072e9, 1e9, &eastern_asia), 0.975, 0.003);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_township_s_ratio_is_mostly_noise),
        cmocka_unit_test(p_values_by_summing),
        cmocka_unit_test(probability_above_by_drawing),
        cmocka_unit_test(findings_among_many_areas),
        cmocka_unit_test(missing_girls),
        cmocka_unit_test(samples),
        cmocka_unit_test(two_groups),
        cmocka_unit_test(spread_of_areas),
        cmocka_unit_test(standardised_by_order),
        cmocka_unit_test(composition_of_a_change),
        cmocka_unit_test(any_counts_have_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
