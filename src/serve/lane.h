// SPDX-License-Identifier: AGPL-3.0-or-later
// A lane: a bounded queue and the threads that take from it, with figures on how long
// work waits and takes. Any thread may submit; open and close belong to the owner.
#ifndef SERVE_LANE_H
#define SERVE_LANE_H

#include "base/error.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LANE_TIMES = 1024 };

struct lane_work {
    void (*run)(void *argument);
    void *argument;
    int64_t since; // microseconds, of lane_now
};

struct lane_pool {
    const char *name;
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    struct lane_work *queue; // a ring
    size_t capacity, first, waiting;
    pthread_t *threads;
    unsigned n_threads, running;
    bool stopping, ready;
    uint64_t done, refused;
    uint32_t times[LANE_TIMES]; // microseconds from submission to the end, a ring
};

struct lane_figures {
    const char *name;
    size_t waiting, running;
    uint64_t done, refused;
    double p50_ms, p99_ms; // over the last LANE_TIMES; 0 when there are none
};

// stack: bytes, 0 for what the system gives. ERR_MEMORY, or ERR_IO where no thread can be
// had. name is borrowed.
enum err lane_open(struct lane_pool *l, const char *name, unsigned threads,
                   size_t capacity, size_t stack, struct error *e) WARN_UNUSED;
// False: the queue is full (or the lane ends); nothing was kept.
bool lane_submit(struct lane_pool *l, void (*run)(void *), void *argument) WARN_UNUSED;
// Seconds until a place in the queue may be expected, at least 1: for Retry-After.
int lane_patience(struct lane_pool *l);
bool lane_is_busy(struct lane_pool *l); // something runs or waits
void lane_figures(struct lane_pool *l, struct lane_figures *out);
// Runs what waits, then ends the threads; what is submitted later is refused. A lane that
// was never opened (all zero) is fine.
// Takes nothing more; true when all of it was done by then (lane_now).
bool lane_wait(struct lane_pool *l, int64_t until);
void lane_stop(struct lane_pool *l);
// lane_stop, then all of it; nobody may submit any more.
void lane_close(struct lane_pool *l);

int64_t lane_now(void); // microseconds that only grow

#endif
