// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <stdio.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/graph.h"

static void pairs_become_rows(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 0);
    // 0-1-2 and 4-5; twice, turned round, and 3 with itself
    const uint32_t pairs[] = {1, 0, 0, 1, 2, 1, 3, 3, 5, 4, 1, 2};
    struct graph g;
    struct error e = {0};
    assert_int_equal(graph_make(&g, 6, pairs, 6, &a, &e), ERR_OK);
    assert_int_equal(g.n_edges, 3);
    assert_int_equal(g.start[6], 6);
    assert_true(graph_touches(&g, 0, 1) && graph_touches(&g, 2, 1));
    assert_false(graph_touches(&g, 3, 3) || graph_touches(&g, 0, 2));
    uint32_t part[6];
    assert_int_equal(graph_components(&g, part, &a), 3);
    const uint32_t expected[] = {0, 0, 0, 1, 2, 2};
    assert_memory_equal(part, expected, sizeof expected);
    arena_free(&a);
}

static void a_wrong_number_is_named(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 0);
    const uint32_t pairs[] = {0, 1, 1, 7};
    struct graph g;
    struct error e = {0};
    assert_int_equal(graph_make(&g, 3, pairs, 2, &a, &e), ERR_INPUT);
    assert_string_equal(e.text, "pair 2 of neighbours names area number 7; there are 3");
    assert_int_equal(graph_make(&g, 3, NULL, 0, &a, &e), ERR_OK);
    uint32_t part[3];
    assert_int_equal(graph_components(&g, part, &a), 3);
    mem_fail_after(0);
    struct arena none;
    arena_init(&none, 0);
    assert_int_equal(graph_make(&g, 3, pairs, 1, &none, &e), ERR_MEMORY);
    mem_fail_after(-1);
    arena_free(&none);
    arena_free(&a);
}

// Every area touches those that a naive search calls its k nearest.
static void nearest_are_found(void **state)
{
    (void)state;
    enum { N = 60, K = 4 };
    uint64_t seed = 11;
    printf("# seed %llu\n", (unsigned long long)seed);
    struct rng r = rng_seed(seed);
    double x[N], y[N];
    for (size_t i = 0; i < N; i++) {
        x[i] = rng_uniform(&r);
        y[i] = rng_uniform(&r);
    }
    struct arena a;
    arena_init(&a, 0);
    struct graph g;
    struct error e = {0};
    assert_int_equal(graph_nearest(&g, N, x, y, K, &a, &e), ERR_OK);
    for (uint32_t i = 0; i < N; i++)
        for (uint32_t j = 0; j < N; j++) {
            unsigned nearer_to_i = 0, nearer_to_j = 0;
            double d = hypot(x[i] - x[j], y[i] - y[j]);
            for (uint32_t k = 0; k < N; k++) {
                nearer_to_i += k != i && hypot(x[i] - x[k], y[i] - y[k]) < d;
                nearer_to_j += k != j && hypot(x[j] - x[k], y[j] - y[k]) < d;
            }
            bool near = i != j && (nearer_to_i < K || nearer_to_j < K);
            assert_int_equal(near, graph_touches(&g, i, j));
        }
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_become_rows),
        cmocka_unit_test(a_wrong_number_is_named),
        cmocka_unit_test(nearest_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
