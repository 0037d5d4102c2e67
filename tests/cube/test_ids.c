// SPDX-License-Identifier: AGPL-3.0-or-later
// Ids come out as they went in, whatever they are, and take four bytes each where rows
// were saved within some minutes of each other.
#include "cube_test.h"

#include "cube/cube_private.h"

static void check(const int64_t *ids, size_t n, size_t most_bytes)
{
    struct ids x = {0};
    for (size_t i = 0; i < n; i++)
        assert_true(ids_add(&x, ids[i]));
    assert_true(ids_fit(&x));
    assert_int_equal(x.n, n);
    for (size_t i = 0; i < n; i++)
        assert_true(ids_get(&x, i) == ids[i]);
    assert_true(ids_bytes(&x) <= most_bytes);
    ids_close(&x);
}

static void ids_come_out_as_they_went_in(void **state)
{
    (void)state;
    enum { N = 20000 };
    struct rng rng = rng_seed(21);
    int64_t *ids = mem_alloc(N, sizeof *ids);
    assert_non_null(ids);
    // times a step apart (milliseconds), the rest below 2^bits, of one site or of any
    static const struct {
        int64_t step;
        int bits;
        size_t bytes; // of a row, at most
    } kinds[] = {{0, 22, 5}, {1, 12, 5}, {3, 1, 5}, {9000, 2, 5}, {90000, 10, 9}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        int64_t time = 1400000000000;
        for (size_t i = 0; i < N; i++) {
            time += kinds[k].step;
            ids[i] = time << 22 | (int64_t)rng_below(&rng, (uint64_t)1 << kinds[k].bits);
        }
        check(ids, N, kinds[k].bytes * N);
    }
    for (size_t i = 0; i < N; i++) // small, large, in no order
        ids[i] = (int64_t)(rng_next(&rng) >> (1 + i % 60));
    check(ids, N, 9 * N);
    ids[3] = INT64_MAX;
    ids[255] = INT64_MIN;
    ids[256] = -1;
    for (size_t n = 0; n < 600; n++)
        check(ids, n, SIZE_MAX);
    mem_free(ids);
}

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void find_in(struct rng *rng, const int64_t *ids, size_t n)
{
    struct ids x = {0};
    for (size_t i = 0; i < n; i++)
        assert_true(ids_add(&x, ids[i]));
    for (int round = 0; round < 20000; round++) {
        size_t end = (size_t)rng_below(rng, n + 1);
        int64_t id = ids[rng_below(rng, n)] + (int64_t)rng_below(rng, 3) - 1;
        if (round % 10 == 0) // another time or another rest
            id += ((int64_t)rng_below(rng, 5) - 2) * (1 << (round % 20 ? 22 : 10));
        size_t expected = 0;
        while (expected < end && ids[expected] < id)
            expected++;
        assert_int_equal(ids_find(&x, end, id), expected);
    }
    assert_int_equal(ids_find(&x, n, INT64_MAX), n);
    assert_int_equal(ids_find(&x, n, INT64_MIN), 0);
    ids_close(&x);
}

static void an_id_is_found_from_any_end(void **state)
{
    (void)state;
    enum { N = 1500 };
    struct rng rng = rng_seed(22);
    int64_t ids[N], last = 0;
    for (size_t i = 0; i < N; i++) {
        last += (int64_t)rng_below(&rng, i % 300 ? 3 : 1000000); // some twice, some apart
        ids[i] = last;
    }
    find_in(&rng, ids, N);
    int64_t time = 1400000000000; // some a moment, some days apart; of some sites
    for (size_t i = 0; i < N; i++) {
        time += (int64_t)rng_below(&rng, i % 400 ? 4 : 900000000);
        ids[i] = time << 22 | (int64_t)(rng_below(&rng, 3) << 12 | i % 4);
    }
    qsort(ids, N, sizeof *ids, by_id);
    find_in(&rng, ids, N);
    for (size_t i = 0; i < N; i++) // far apart: blocks of eight bytes a row
        ids[i] = (int64_t)(rng_next(&rng) >> 2);
    qsort(ids, N, sizeof *ids, by_id);
    find_in(&rng, ids, N);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ids_come_out_as_they_went_in),
                                       cmocka_unit_test(an_id_is_found_from_any_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
