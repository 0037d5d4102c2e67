// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/tree_scan.h"

enum { LEAVES = 6, STRATA = 2, TIMES = 3, CELLS = LEAVES * STRATA * TIMES };

struct world {
    int64_t n[CELLS], k[CELLS];
    double share[CELLS];
    struct tree_scan_window windows[200];
    struct tree_scan_data data;
    struct tree_scan_found found[200];
};

// All runs of leaves, each stratum and both, times to the end; runs of one leaf are
// family 0.
static void make_windows(struct world *w)
{
    size_t n = 0;
    for (uint32_t first = 0; first < LEAVES; first++)
        for (uint32_t last = first; last < LEAVES; last++)
            for (uint32_t s = 0; s < 3; s++)
                for (uint32_t t = 0; t < TIMES; t++)
                    w->windows[n++] = (struct tree_scan_window){
                        first, last,      s == 2 ? 0 : s, s == 2 ? 1 : s,
                        t,     TIMES - 1, first != last};
    w->data = (struct tree_scan_data){.n_leaves = LEAVES,
                                      .n_strata = STRATA,
                                      .n_times = TIMES,
                                      .n = w->n,
                                      .k = w->k,
                                      .share = w->share,
                                      .windows = w->windows,
                                      .n_windows = n,
                                      .n_families = 2,
                                      .replications = 999,
                                      .seed = 5};
}

static void draw_world(struct world *w, struct rng *r, double more)
{
    for (size_t c = 0; c < CELLS; c++) {
        w->share[c] = 0.5 + 0.02 * (double)(c % 2);
        w->n[c] = (int64_t)rng_below(r, 60);
        double share = w->share[c] + (c / (STRATA * TIMES) == 3 ? more : 0);
        w->k[c] = rng_binomial(r, w->n[c], share);
    }
}

static void the_statistic(void **state)
{
    (void)state;
    // 2 (60 ln(60/50) + 40 ln(40/50)) = 4.0271...
    assert_float_equal(tree_scan_statistic(100, 60, 50), sqrt(4.0271027), 1e-7);
    assert_float_equal(tree_scan_statistic(100, 40, 50), -sqrt(4.0271027), 1e-7);
    assert_true(tree_scan_statistic(0, 0, 0) == 0);
    assert_float_equal(tree_scan_statistic(10, 10, 5), sqrt(20 * M_LN2), 1e-12);
}

static void windows_add_up(void **state)
{
    (void)state;
    static struct world w;
    struct rng r = rng_seed(3);
    struct pool *pool;
    struct error e = {0};
    draw_world(&w, &r, 0);
    make_windows(&w);
    assert_int_equal(pool_open(&pool, 2, &e), ERR_OK);
    assert_int_equal(tree_scan(&w.data, pool, w.found, &e), ERR_OK);
    for (size_t i = 0; i < w.data.n_windows; i++) {
        const struct tree_scan_window *v = &w.windows[i];
        int64_t n = 0, k = 0;
        double expected = 0;
        for (uint32_t c = 0; c < CELLS; c++) {
            uint32_t l = c / (STRATA * TIMES), s = c / TIMES % STRATA, t = c % TIMES;
            if (l < v->first_leaf || l > v->last_leaf || s < v->first_stratum ||
                s > v->last_stratum || t < v->first_time || t > v->last_time)
                continue;
            n += w.n[c];
            k += w.k[c];
            expected += (double)w.n[c] * w.share[c];
        }
        assert_int_equal(w.found[i].n, n);
        assert_int_equal(w.found[i].k, k);
        assert_float_equal(w.found[i].expected, expected, 1e-9);
        assert_true(w.found[i].p_family >= 0.001 && w.found[i].p_family <= 1);
    }
    static struct tree_scan_found once[200];
    memcpy(once, w.found, sizeof once);
    pool_close(pool);
    assert_int_equal(pool_open(&pool, 1, &e), ERR_OK);
    assert_int_equal(tree_scan(&w.data, pool, w.found, &e), ERR_OK);
    assert_memory_equal(once, w.found, sizeof once); // whatever the threads
    pool_close(pool);
}

// Where nothing is wrong, a family raises an alarm at .1 in about a tenth of the worlds;
// a planted leaf is found.
static void as_many_false_alarms_as_stated(void **state)
{
    (void)state;
    enum { WORLDS = 300 };
    static struct world w;
    uint64_t seed = 17;
    printf("# seed %llu\n", (unsigned long long)seed);
    struct rng r = rng_seed(seed);
    struct pool *pool;
    struct error e = {0};
    int alarms[2] = {0}, found = 0;
    assert_int_equal(pool_open(&pool, 0, &e), ERR_OK);
    make_windows(&w);
    w.data.replications = 199;
    for (int i = 0; i < WORLDS; i++) {
        draw_world(&w, &r, 0);
        w.data.seed = (uint64_t)i;
        assert_int_equal(tree_scan(&w.data, pool, w.found, &e), ERR_OK);
        bool alarm[2] = {false};
        for (size_t k = 0; k < w.data.n_windows; k++)
            alarm[w.windows[k].family] |= w.found[k].p_family <= 0.1;
        alarms[0] += alarm[0];
        alarms[1] += alarm[1];
    }
    for (int f = 0; f < 2; f++) // 30 expected, standard deviation 5.2
        assert_in_range(alarms[f], 12, 48);
    for (int i = 0; i < 20; i++) {
        draw_world(&w, &r, 0.3);
        assert_int_equal(tree_scan(&w.data, pool, w.found, &e), ERR_OK);
        for (size_t k = 0; k < w.data.n_windows; k++)
            if (w.windows[k].first_leaf == 3 && w.windows[k].last_leaf == 3 &&
                w.windows[k].first_stratum != w.windows[k].last_stratum &&
                !w.windows[k].first_time)
                found += w.found[k].p_family <= 0.05;
    }
    assert_in_range(found, 18, 20);
    pool_close(pool);
}

// A null that is itself in doubt makes p-values larger, not smaller.
static void doubt_of_the_null(void **state)
{
    (void)state;
    int64_t n = 1000000, k = 502000;
    double share = 0.5;
    const struct tree_scan_window window = {0};
    struct tree_scan_data d = {.n_leaves = 1,
                               .n_strata = 1,
                               .n_times = 1,
                               .n = &n,
                               .k = &k,
                               .share = &share,
                               .windows = &window,
                               .n_windows = 1,
                               .n_families = 1,
                               .replications = 1999,
                               .seed = 1};
    struct tree_scan_found sure, unsure;
    struct pool *pool;
    struct error e = {0};
    assert_int_equal(pool_open(&pool, 1, &e), ERR_OK);
    assert_int_equal(tree_scan(&d, pool, &sure, &e), ERR_OK);
    d.doubt = 0.01;
    assert_int_equal(tree_scan(&d, pool, &unsure, &e), ERR_OK);
    assert_true(sure.p_family < 0.002);
    assert_true(unsure.p_family > 0.1 && unsure.p_family < 0.35); // .008/.0102: .22
    pool_close(pool);
}

static void refused(void **state)
{
    (void)state;
    static struct world w;
    struct rng r = rng_seed(3);
    struct pool *pool;
    struct error e = {0};
    assert_int_equal(pool_open(&pool, 1, &e), ERR_OK);
    draw_world(&w, &r, 0);
    make_windows(&w);
    w.k[4] = w.n[4] + 1;
    assert_int_equal(tree_scan(&w.data, pool, w.found, &e), ERR_INPUT);
    w.k[4] = 0;
    w.windows[7].last_leaf = LEAVES;
    assert_int_equal(tree_scan(&w.data, pool, w.found, &e), ERR_INPUT);
    assert_string_equal(e.text, "window 7 is not inside the cells");
    make_windows(&w);
    memset(w.n, 0, sizeof w.n);
    memset(w.k, 0, sizeof w.k);
    assert_int_equal(tree_scan(&w.data, pool, w.found, &e), ERR_OK);
    assert_true(w.found[0].p_family == 1 && w.found[0].statistic == 0);
    for (int64_t i = 0; i < 5; i++) {
        mem_fail_after(i);
        enum err code = tree_scan(&w.data, pool, w.found, &e);
        mem_fail_after(-1);
        assert_int_equal(code, ERR_MEMORY);
    }
    pool_close(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_statistic),
        cmocka_unit_test(windows_add_up),
        cmocka_unit_test(as_many_false_alarms_as_stated),
        cmocka_unit_test(doubt_of_the_null),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests_name("tree_scan", tests, NULL, NULL);
}
