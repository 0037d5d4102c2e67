// SPDX-License-Identifier: AGPL-3.0-or-later
// A pool of threads that runs one loop at a time, each turn of the loop on any thread.
//
// pool_run may be called from several threads: the loops then run one after the other. It
// may not be called from inside a task of the same pool (it would wait for itself; this
// is asserted). pool_open and pool_close belong to the owner.
//
// The same answer on any number of threads is the caller's duty: let a task write only to
// places named by its task_index, draw random numbers from a stream of its task_index
// (rng_stream), and add floating-point results up in task order after pool_run. Use
// thread_index only for scratch memory.
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/error.h"

#include <stddef.h>

struct pool;

enum { POOL_MAX_THREADS = 256 };

// 0 < thread_index < pool_threads(pool), or 0 for the caller's own thread.
typedef void pool_task(void *argument, size_t task_index, unsigned thread_index);

unsigned pool_cores(void); // that this process may use, at least 1
// threads counts the caller of pool_run too; 0 means as many as this process may use
// cores. When the system gives fewer threads than asked, the pool works with those.
enum err pool_open(struct pool **out, unsigned threads, struct error *e) WARN_UNUSED;
unsigned pool_threads(const struct pool *pool); // at least 1
// Calls task(argument, i, thread) once for each i from 0 to n_tasks - 1, and returns when
// all have returned; what they wrote is then visible to the caller. Tasks are handed out
// in order of i, one by one: make a task worth some microseconds.
void pool_run(struct pool *pool, size_t n_tasks, pool_task *task, void *argument);
void pool_close(struct pool *pool); // NULL is accepted

#endif
