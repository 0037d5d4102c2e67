// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/pool.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/memory.h"

struct loop {
    pool_task *task;
    void *argument;
    size_t n_tasks;
};

struct worker {
    struct pool *pool;
    pthread_t thread;
    unsigned index;
};

struct pool {
    pthread_mutex_t one_loop; // held by the thread that runs a loop
    pthread_mutex_t lock;     // of what follows, but for `next`
    pthread_cond_t begin, end;
    struct loop loop;
    uint64_t round;   // grows by one with each loop
    unsigned working; // workers that have not finished this round
    bool closing;
    _Atomic size_t next; // task to hand out
    unsigned threads;    // workers and the caller
    struct worker workers[];
};

// The pool whose task this thread runs; only to find a loop started inside a loop.
static _Thread_local const struct pool *inside;

static void work(struct pool *pool, const struct loop *loop, unsigned thread_index)
{
    const struct pool *outer = inside;
    inside = pool;
    for (;;) {
        size_t i = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (i >= loop->n_tasks)
            break;
        loop->task(loop->argument, i, thread_index);
    }
    inside = outer;
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    struct pool *pool = worker->pool;
    uint64_t round = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->round == round && !pool->closing)
            pthread_cond_wait(&pool->begin, &pool->lock);
        if (pool->closing)
            break;
        round = pool->round;
        struct loop loop = pool->loop;
        pthread_mutex_unlock(&pool->lock);
        work(pool, &loop, worker->index);
        pthread_mutex_lock(&pool->lock);
        if (--pool->working == 0)
            pthread_cond_signal(&pool->end);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

unsigned pool_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return (unsigned)CPU_COUNT(&set);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (unsigned)online : 1;
}

enum err pool_open(struct pool **out, unsigned threads, struct error *e)
{
    *out = NULL;
    if (threads == 0)
        threads = pool_cores();
    if (threads > POOL_MAX_THREADS)
        threads = POOL_MAX_THREADS;
    struct pool *pool =
        mem_alloc(1, sizeof *pool + (threads - 1) * sizeof(struct worker));
    if (!pool)
        return error_memory(e);
    pthread_mutex_init(&pool->one_loop, NULL);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->begin, NULL);
    pthread_cond_init(&pool->end, NULL);
    pool->threads = 1;
    for (unsigned i = 0; i + 1 < threads; i++) {
        struct worker *worker = &pool->workers[i];
        *worker = (struct worker){.pool = pool, .index = i + 1};
        if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0)
            break;
        pool->threads++;
    }
    *out = pool;
    return ERR_OK;
}

unsigned pool_threads(const struct pool *pool)
{
    return pool->threads;
}

void pool_run(struct pool *pool, size_t n_tasks, pool_task *task, void *argument)
{
    assert(inside != pool && "a task may not start a loop of its own pool");
    if (n_tasks == 0)
        return;
    pthread_mutex_lock(&pool->one_loop);
    struct loop loop = {task, argument, n_tasks};
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    bool shared = pool->threads > 1 && n_tasks > 1;
    if (shared) {
        pthread_mutex_lock(&pool->lock);
        pool->loop = loop;
        pool->working = pool->threads - 1;
        pool->round++;
        pthread_cond_broadcast(&pool->begin);
        pthread_mutex_unlock(&pool->lock);
    }
    work(pool, &loop, 0);
    if (shared) {
        pthread_mutex_lock(&pool->lock);
        while (pool->working)
            pthread_cond_wait(&pool->end, &pool->lock);
        pthread_mutex_unlock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->one_loop);
}

void pool_close(struct pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i + 1 < pool->threads; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->begin);
    pthread_cond_destroy(&pool->end);
    pthread_mutex_destroy(&pool->lock);
    pthread_mutex_destroy(&pool->one_loop);
    mem_free(pool);
}
