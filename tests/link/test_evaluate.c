// SPDX-License-Identifier: AGPL-3.0-or-later
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "../tap.h"
#include "base/memory.h"
#include "base/rng.h"
#include "link/evaluate.h"
#include "link/sort_keys.h"

enum { MOST = 40, MOST_PAIRS = 400 };

static void check_share(double found, double part, double whole, uint64_t seed,
                        const char *what)
{
    double expected = part / whole; // NaN for 0 / 0
    if (!(isnan(expected) && isnan(found)) && fabs(found - expected) > 1e-12)
        fail_msg("%s: seed %" PRIu64 ": %g, expected %g", what, seed, found, expected);
}

static void check_verdict(const struct link_verdict *v, uint64_t true_pairs,
                          uint64_t found, uint64_t right, uint64_t seed)
{
    if (v->true_pairs != true_pairs || v->found_pairs != found || v->right_pairs != right)
        fail_msg("seed %" PRIu64 ": %" PRIu64 " %" PRIu64 " %" PRIu64
                 ", expected %" PRIu64 " %" PRIu64 " %" PRIu64,
                 seed, v->true_pairs, v->found_pairs, v->right_pairs, true_pairs, found,
                 right);
    check_share(v->precision, (double)right, (double)found, seed, "precision");
    check_share(v->recall, (double)right, (double)true_pairs, seed, "recall");
    check_share(v->f1, 2.0 * (double)right, (double)(found + true_pairs), seed, "F1");
}

struct world {
    uint32_t n, cluster[MOST], truth[MOST];
    uint8_t source[MOST];
    const uint8_t *sources;
};

static void draw(struct rng *r, struct world *w)
{
    w->n = (uint32_t)rng_below(r, MOST + 1);
    uint64_t people = 1 + rng_below(r, MOST);
    for (uint32_t i = 0; i < w->n; i++) {
        w->truth[i] = rng_chance(r, 0.1) ? UINT32_MAX : (uint32_t)rng_below(r, people);
        w->cluster[i] = rng_chance(r, 0.7) && w->truth[i] != UINT32_MAX
                            ? w->truth[i] + 1000000000
                            : (uint32_t)rng_below(r, people);
        w->source[i] = (uint8_t)rng_below(r, 3);
    }
    w->sources = rng_chance(r, 0.5) ? w->source : NULL;
}

static bool may_count(const struct world *w, uint32_t a, uint32_t b)
{
    return a != b && w->truth[a] != UINT32_MAX && w->truth[b] != UINT32_MAX &&
           !(w->sources && w->source[a] == w->source[b]);
}

static void clusters(void **state)
{
    (void)state;
    struct error e = {0};
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct rng r = rng_stream(1, seed);
        struct world w;
        struct cluster_verdict v;
        uint64_t true_pairs = 0, found = 0, right = 0, n_clusters = 0, entities = 0,
                 exact = 0, known = 0;
        double precision = 0, recall = 0;
        draw(&r, &w);
        for (uint32_t a = 0; a < w.n; a++) {
            uint64_t in_cluster = 0, in_entity = 0, in_both = 0;
            bool first_cluster = true, first_entity = true;
            if (w.truth[a] == UINT32_MAX)
                continue;
            for (uint32_t b = 0; b < w.n; b++) {
                if (w.truth[b] == UINT32_MAX)
                    continue;
                bool together = w.cluster[a] == w.cluster[b];
                bool same = w.truth[a] == w.truth[b];
                if (a < b && may_count(&w, a, b)) {
                    true_pairs += same;
                    found += together;
                    right += same && together;
                }
                in_cluster += together;
                in_entity += same;
                in_both += together && same;
                first_cluster &= !(together && b < a);
                first_entity &= !(same && b < a);
            }
            n_clusters += first_cluster;
            entities += first_entity;
            exact += first_cluster && in_both == in_cluster && in_both == in_entity;
            precision += (double)in_both / (double)in_cluster;
            recall += (double)in_both / (double)in_entity;
            known++;
        }
        assert_ok(link_evaluate_clusters(w.n, w.cluster, w.truth, w.sources, &v, &e));
        check_verdict(&v.pairs, true_pairs, found, right, seed);
        assert_true(v.clusters == n_clusters && v.entities == entities);
        assert_true(v.exact == exact);
        check_share(v.precision, (double)exact, (double)n_clusters, seed, "exact");
        check_share(v.recall, (double)exact, (double)entities, seed, "exact recall");
        check_share(v.f1, 2.0 * (double)exact, (double)(n_clusters + entities), seed,
                    "exact F1");
        check_share(v.b3_precision, precision, (double)known, seed, "B-cubed");
        check_share(v.b3_recall, recall, (double)known, seed, "B-cubed recall");
        check_share(v.b3_f1, 2 * v.b3_precision * v.b3_recall,
                    v.b3_precision + v.b3_recall, seed, "B-cubed F1");
    }
}

// Small enough to be reckoned by hand: {a a b} {b b}.
static void clusters_by_hand(void **state)
{
    (void)state;
    struct error e = {0};
    struct cluster_verdict v;
    const uint32_t cluster[] = {0, 0, 0, 3, 3}, truth[] = {7, 7, 9, 9, 9};
    assert_ok(link_evaluate_clusters(5, cluster, truth, NULL, &v, &e));
    assert_true(v.pairs.true_pairs == 4 && v.pairs.found_pairs == 4);
    assert_true(v.pairs.right_pairs == 2 && v.exact == 0);
    assert_true(fabs(v.b3_precision - (2 * 2 / 3.0 + 1 / 3.0 + 2) / 5) < 1e-12);
    assert_true(fabs(v.b3_recall - (2 + 1 / 3.0 + 2 * 2 / 3.0) / 5) < 1e-12);
}

static double drawn_probability(struct rng *r)
{
    static const double edges[] = {0, 1, 0.5, 0.9, 0.99, 1e-300};
    return rng_chance(r, 0.3)   ? edges[rng_below(r, 6)]
           : rng_chance(r, 0.5) ? (double)rng_below(r, 21) / 20
                                : rng_uniform(r);
}

// The highest probability of each pair of records; -1: not given.
static void naive_scores(const struct world *w, const struct scored_pair *pairs,
                         uint64_t n, double score[MOST][MOST])
{
    for (uint32_t a = 0; a < MOST; a++)
        for (uint32_t b = 0; b < MOST; b++)
            score[a][b] = -1;
    for (uint64_t i = 0; i < n; i++) {
        uint32_t a = pairs[i].left, b = pairs[i].right;
        if (may_count(w, a, b) && pairs[i].probability > score[a][b])
            score[a][b] = score[b][a] = pairs[i].probability;
    }
}

static struct link_verdict naive_verdict(const struct world *w, double score[MOST][MOST],
                                         double threshold)
{
    struct link_verdict v = {0};
    for (uint32_t a = 0; a < w->n; a++)
        for (uint32_t b = 0; b < a; b++) {
            bool same = w->truth[a] == w->truth[b];
            if (!may_count(w, a, b))
                continue;
            v.true_pairs += same;
            v.found_pairs += score[a][b] >= threshold;
            v.right_pairs += score[a][b] >= threshold && same;
        }
    v.f1 = (double)(2 * v.right_pairs) / (double)(v.found_pairs + v.true_pairs);
    return v;
}

static void pairs_by_threshold(void **state)
{
    (void)state;
    struct error e = {0};
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct rng r = rng_stream(2, seed);
        struct world w;
        struct scored_pair pairs[MOST_PAIRS];
        static double score[MOST][MOST];
        struct threshold_verdict at[5] = {{.threshold = 0},
                                          {.threshold = 0.3},
                                          {.threshold = 0.5},
                                          {.threshold = 0.5},
                                          {.threshold = 1}},
                                 best;
        draw(&r, &w);
        uint64_t n = w.n ? rng_below(&r, MOST_PAIRS) : 0;
        for (uint64_t i = 0; i < n; i++) {
            uint32_t a = (uint32_t)rng_below(&r, w.n), b = (uint32_t)rng_below(&r, w.n);
            pairs[i] = (struct scored_pair){a, b, drawn_probability(&r)};
        }
        naive_scores(&w, pairs, n, score);
        assert_ok(
            link_evaluate_pairs(w.n, w.truth, w.sources, pairs, n, at, 5, &best, &e));
        for (unsigned i = 0; i < 5; i++) {
            struct link_verdict v = naive_verdict(&w, score, at[i].threshold);
            check_verdict(&at[i].pairs, v.true_pairs, v.found_pairs, v.right_pairs, seed);
        }
        double most = -1, where = NAN;
        for (uint32_t a = 0; a < w.n; a++)
            for (uint32_t b = 0; b < a; b++) {
                if (score[a][b] < 0)
                    continue;
                double f1 = naive_verdict(&w, score, score[a][b]).f1;
                if (f1 > most || (f1 >= most && score[a][b] > where)) {
                    most = f1;
                    where = score[a][b];
                }
            }
        if (most < 0) {
            assert_true(isnan(best.threshold));
            continue;
        }
        assert_true(fabs(best.pairs.f1 - most) < 1e-12);
        assert_true(fabs(best.threshold - where) <= 0);
    }
}

static void calibration(void **state)
{
    (void)state;
    struct error e = {0};
    enum { N = 200000 };
    struct rng r = rng_seed(3);
    struct scored_pair *pairs = mem_alloc(N, sizeof *pairs);
    uint32_t *truth = mem_alloc(N, 2 * sizeof *truth);
    assert_true(pairs && truth);
    struct calibration_bin bins[10];
    double error;
    // pairs that are right as often as said; then twice as sure as they should be
    for (unsigned turn = 0; turn < 2; turn++) {
        for (uint32_t i = 0; i < N; i++) {
            double p = rng_uniform(&r);
            pairs[i] = (struct scored_pair){2 * i, 2 * i + 1, p};
            truth[2 * i] = 2 * i;
            truth[2 * i + 1] = 2 * i + !rng_chance(&r, turn ? p / 2 : p);
        }
        assert_ok(link_calibration(truth, pairs, N, bins, 10, &error, &e));
        uint64_t total = 0;
        for (unsigned b = 0; b < 10; b++) {
            double expected = b / 10.0 + 0.05;
            total += bins[b].pairs;
            assert_true(fabs(bins[b].said - expected) < 0.005);
            assert_true(fabs(bins[b].found - (turn ? expected / 2 : expected)) < 0.02);
        }
        assert_true(total == N);
        assert_true(turn ? fabs(error - 0.25) < 0.01 : error < 0.01);
    }
    // the ends are in the ranges at the ends; unknown records do not count
    struct scored_pair few[] = {{0, 1, 0}, {2, 3, 1}, {4, 5, 0.5}, {6, 6, 1}};
    uint32_t who[] = {1, 2, 3, 3, 4, UINT32_MAX, 7};
    assert_ok(link_calibration(who, few, 4, bins, 10, &error, &e));
    assert_true(bins[0].pairs == 1 && bins[9].pairs == 1 && error <= 0);
    assert_true(isnan(bins[5].said) && bins[5].pairs == 0);
    assert_ok(link_calibration(who, few, 0, bins, 10, &error, &e));
    assert_true(isnan(error));
    mem_free(pairs);
    mem_free(truth);
}

static void memory_runs_out(void **state)
{
    (void)state;
    struct error e = {0};
    struct rng r = rng_seed(4);
    struct world w;
    do
        draw(&r, &w);
    while (w.n < 20);
    struct scored_pair pairs[] = {{0, 1, 0.5}, {1, 2, 0.7}};
    struct cluster_verdict v;
    struct threshold_verdict at = {.threshold = 0.5}, best;
    int64_t calls[2];
    for (unsigned what = 0; what < 2; what++)
        for (int64_t n = -1; n < (n < 0 ? 0 : calls[what]); n++) {
            (void)mem_fail_after(n);
            enum err code =
                what
                    ? link_evaluate_pairs(w.n, w.truth, NULL, pairs, 2, &at, 1, &best, &e)
                    : link_evaluate_clusters(w.n, w.cluster, w.truth, NULL, &v, &e);
            int64_t made = mem_fail_after(-1);
            assert_int_equal(code, n < 0 ? ERR_OK : ERR_MEMORY);
            if (n < 0)
                calls[what] = made;
        }
    assert_true(calls[0] == 4 && calls[1] == 4);
}

static void keys_are_sorted(void **state)
{
    (void)state;
    static struct link_keyed items[5000], scratch[5000];
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct rng r = rng_stream(5, seed);
        size_t n = rng_below(&r, seed % 2 ? 100 : 5000);
        unsigned shift = (unsigned)rng_below(&r, 64);
        uint64_t sum = 0;
        for (size_t i = 0; i < n; i++) {
            items[i] = (struct link_keyed){rng_next(&r) >> shift, i};
            if (rng_chance(&r, 0.5) && i)
                items[i].key = items[i - 1].key;
            sum += items[i].key * (i + 1);
        }
        link_sort_keys(items, scratch, n);
        for (size_t i = 0; i < n; i++) {
            sum -= items[i].key * (items[i].value + 1);
            assert_true(!i || items[i - 1].key < items[i].key ||
                        (items[i - 1].key == items[i].key &&
                         items[i - 1].value < items[i].value));
        }
        assert_true(sum == 0);
    }
    const float floats[] = {-INFINITY, -3.5f, -1e-40f, -0.0f, 1e-40f, 2, INFINITY};
    for (size_t i = 0; i < 7; i++) {
        assert_true(i == 0 || link_float_key(floats[i - 1]) < link_float_key(floats[i]));
        assert_false(link_key_float(link_float_key(floats[i])) < floats[i] ||
                     link_key_float(link_float_key(floats[i])) > floats[i]);
    }
    assert_true(link_float_key(0.0f) == link_float_key(-0.0f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clusters),           cmocka_unit_test(clusters_by_hand),
        cmocka_unit_test(pairs_by_threshold), cmocka_unit_test(calibration),
        cmocka_unit_test(memory_runs_out),    cmocka_unit_test(keys_are_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
