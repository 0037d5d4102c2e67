// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/lane.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"

int64_t lane_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void *lane_run(void *argument)
{
    struct lane_pool *l = argument;
    pthread_mutex_lock(&l->lock);
    for (;;) {
        while (!l->waiting && !l->stopping)
            pthread_cond_wait(&l->filled, &l->lock);
        if (!l->waiting)
            break;
        struct lane_work work = l->queue[l->first];
        l->first = (l->first + 1) % l->capacity;
        l->waiting--;
        l->running++;
        pthread_mutex_unlock(&l->lock);
        work.run(work.argument);
        int64_t took = lane_now() - work.since;
        pthread_mutex_lock(&l->lock);
        l->running--;
        if (l->stopping && !l->running && !l->waiting)
            pthread_cond_broadcast(&l->emptied);
        l->times[l->done++ % LANE_TIMES] =
            took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

enum err lane_open(struct lane_pool *l, const char *name, unsigned threads,
                   size_t capacity, size_t stack, struct error *e)
{
    *l = (struct lane_pool){.name = name, .capacity = capacity};
    l->queue = mem_alloc(capacity, sizeof *l->queue);
    l->threads = mem_alloc(threads, sizeof *l->threads);
    if (!l->queue || !l->threads) {
        mem_free(l->queue);
        mem_free(l->threads);
        return error_memory(e);
    }
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->filled, NULL);
    pthread_cond_init(&l->emptied, NULL);
    l->ready = true;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (stack)
        pthread_attr_setstacksize(&attributes, stack);
    int failed = 0;
    while (!failed && l->n_threads < threads) {
        failed = pthread_create(&l->threads[l->n_threads], &attributes, lane_run, l);
        if (!failed)
            l->n_threads++;
    }
    pthread_attr_destroy(&attributes);
    if (!failed || l->n_threads)
        return ERR_OK; // it works with those that the system gives
    lane_close(l);
    return error_errno(e, failed, NULL, "start a thread");
}

bool lane_submit(struct lane_pool *l, void (*run)(void *), void *argument)
{
    pthread_mutex_lock(&l->lock);
    bool fits = l->waiting < l->capacity && !l->stopping;
    if (fits) {
        l->queue[(l->first + l->waiting) % l->capacity] =
            (struct lane_work){run, argument, lane_now()};
        l->waiting++;
        pthread_cond_signal(&l->filled);
    } else {
        l->refused++;
    }
    pthread_mutex_unlock(&l->lock);
    return fits;
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

bool lane_is_busy(struct lane_pool *l)
{
    pthread_mutex_lock(&l->lock);
    bool busy = l->running || l->waiting;
    pthread_mutex_unlock(&l->lock);
    return busy;
}

void lane_figures(struct lane_pool *l, struct lane_figures *out)
{
    uint32_t times[LANE_TIMES];
    pthread_mutex_lock(&l->lock);
    *out = (struct lane_figures){.name = l->name,
                                 .waiting = l->waiting,
                                 .running = l->running,
                                 .done = l->done,
                                 .refused = l->refused};
    size_t n = l->done < LANE_TIMES ? (size_t)l->done : LANE_TIMES;
    memcpy(times, l->times, n * sizeof *times);
    pthread_mutex_unlock(&l->lock);
    if (!n)
        return;
    qsort(times, n, sizeof *times, by_size);
    size_t middle = (n - 1) / 2, last = (n * 99 + 99) / 100 - 1;
    out->p50_ms = times[middle] / 1000.0;
    out->p99_ms = times[last] / 1000.0;
}

int lane_patience(struct lane_pool *l)
{
    struct lane_figures now;
    lane_figures(l, &now);
    double seconds = now.p50_ms / 1000 * (double)(now.waiting + 1) / (l->n_threads + 1.0);
    return seconds < 1 ? 1 : seconds > 60 ? 60 : (int)seconds;
}

bool lane_wait(struct lane_pool *l, int64_t until)
{
    struct timespec at;
    int64_t left = until - lane_now();
    if (!l->ready)
        return true;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_nsec += left > 0 ? left % 1000000 * 1000 : 0;
    at.tv_sec += (left > 0 ? left / 1000000 : 0) + at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    pthread_mutex_lock(&l->lock);
    l->stopping = true;
    pthread_cond_broadcast(&l->filled);
    int rc = 0;
    while ((l->running || l->waiting) && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&l->emptied, &l->lock, &at);
    bool empty = !l->running && !l->waiting;
    pthread_mutex_unlock(&l->lock);
    return empty;
}

void lane_stop(struct lane_pool *l)
{
    if (!l->ready)
        return;
    pthread_mutex_lock(&l->lock);
    l->stopping = true;
    pthread_cond_broadcast(&l->filled);
    pthread_mutex_unlock(&l->lock);
    for (unsigned i = 0; i < l->n_threads; i++)
        pthread_join(l->threads[i], NULL);
    l->n_threads = 0;
}

void lane_close(struct lane_pool *l)
{
    if (!l->ready)
        return;
    lane_stop(l);
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->filled);
    pthread_cond_destroy(&l->emptied);
    mem_free(l->queue);
    mem_free(l->threads);
    *l = (struct lane_pool){0};
}
