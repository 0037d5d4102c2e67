// SPDX-License-Identifier: AGPL-3.0-or-later
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "../tap.h"
#include "base/memory.h"
#include "base/pool.h"
#include "base/rng.h"

enum { TASKS = 5000 };

struct work {
    unsigned calls[TASKS]; // plain, not atomic: the thread sanitiser looks on
    double sums[TASKS];
    size_t per_thread[POOL_MAX_THREADS];
    unsigned threads;
    _Atomic unsigned strangers;
};

static void one_task(void *argument, size_t task, unsigned thread)
{
    struct work *w = argument;
    if (thread >= w->threads) {
        w->strangers++;
        return;
    }
    struct rng r = rng_stream(1, task);
    w->calls[task]++;
    w->per_thread[thread]++;
    for (int i = 0; i < 20; i++)
        w->sums[task] += rng_normal(&r);
}

static void same_answer_on_any_number_of_threads(void **state)
{
    (void)state;
    static struct work first, w;
    static const unsigned threads[] = {1, 2, 3, 8, 0};
    for (size_t t = 0; t < sizeof threads / sizeof threads[0]; t++) {
        struct pool *pool;
        struct error e;
        assert_int_equal(pool_open(&pool, threads[t], &e), ERR_OK);
        if (threads[t])
            assert_int_equal(pool_threads(pool), threads[t]);
        for (int round = 0; round < 3; round++) {
            memset(&w, 0, sizeof w);
            w.threads = pool_threads(pool);
            pool_run(pool, TASKS, one_task, &w);
            size_t done = 0;
            for (size_t i = 0; i < TASKS; i++)
                assert_int_equal(w.calls[i], 1);
            for (unsigned i = 0; i < w.threads; i++)
                done += w.per_thread[i];
            assert_int_equal(done, TASKS);
            assert_int_equal(w.strangers, 0);
            if (t == 0)
                memcpy(&first, &w, sizeof w);
            assert_memory_equal(first.sums, w.sums, sizeof w.sums);
        }
        pool_close(pool);
    }
}

static void small_loops(void **state)
{
    (void)state;
    static struct work w;
    struct pool *pool;
    struct error e;
    assert_int_equal(pool_open(&pool, 4, &e), ERR_OK);
    memset(&w, 0, sizeof w);
    w.threads = 4;
    pool_run(pool, 0, one_task, &w);
    assert_int_equal(w.calls[0], 0);
    for (size_t n = 1; n < 200; n++)
        pool_run(pool, n, one_task, &w);
    for (size_t i = 0; i < 199; i++)
        assert_int_equal(w.calls[i], 199 - i);
    pool_close(pool);
    pool_close(NULL);
    assert_int_equal(pool_open(&pool, 1000, &e), ERR_OK);
    assert_true(pool_threads(pool) <= POOL_MAX_THREADS);
    pool_close(pool);
}

struct caller {
    struct pool *pool;
    size_t sum[100];
};

static void square(void *argument, size_t task, unsigned thread)
{
    (void)thread;
    struct caller *c = argument;
    c->sum[task] += task * task;
}

static void *call_often(void *argument)
{
    struct caller *c = argument;
    for (int i = 0; i < 50; i++)
        pool_run(c->pool, 100, square, c);
    return NULL;
}

static void callers_take_turns(void **state)
{
    (void)state;
    struct pool *pool;
    struct error e;
    assert_int_equal(pool_open(&pool, 3, &e), ERR_OK);
    static struct caller callers[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        callers[i] = (struct caller){.pool = pool};
        assert_int_equal(pthread_create(&threads[i], NULL, call_often, &callers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        for (size_t k = 0; k < 100; k++)
            assert_int_equal(callers[i].sum[k], 50 * k * k);
    }
    pool_close(pool);
}

static void no_memory(void **state)
{
    (void)state;
    struct pool *pool = (struct pool *)state;
    struct error e;
    mem_fail_after(0);
    enum err code = pool_open(&pool, 2, &e);
    mem_fail_after(-1);
    assert_int_equal(code, ERR_MEMORY);
    assert_null(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_answer_on_any_number_of_threads),
        cmocka_unit_test(small_loops),
        cmocka_unit_test(callers_take_turns),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
