// SPDX-License-Identifier: AGPL-3.0-or-later
// Memory: checked sizes, heap calls that a test can make fail, and arenas.
//
// Every heap call of Heng goes through mem_*; all may return NULL and the caller turns
// that into ERR_MEMORY (error_memory). An arena gives memory that is all freed at once;
// one request or job has one arena, used by one thread at a time.
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// False, and *out untouched, when the result does not fit.
static inline bool size_add(size_t a, size_t b, size_t *out)
{
    size_t r;
    if (__builtin_add_overflow(a, b, &r))
        return false;
    *out = r;
    return true;
}

static inline bool size_mul(size_t a, size_t b, size_t *out)
{
    size_t r;
    if (__builtin_mul_overflow(a, b, &r))
        return false;
    *out = r;
    return true;
}

static inline bool int_add(int64_t a, int64_t b, int64_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

static inline bool int_mul(int64_t a, int64_t b, int64_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

// Zeroed array of count things of size bytes; count or size 0 gives a unique pointer.
void *mem_alloc(size_t count, size_t size);
// Grows or shrinks; new bytes are not zeroed. On NULL the old block still lives.
void *mem_resize(void *block, size_t count, size_t size);
void mem_free(void *block);
// The same, after the block was overwritten.
void mem_free_wiped(void *block);
// For a library that reports want of memory as wrong data: tests do not make it fail.
void *mem_alloc_for_library(size_t size);
// Gives pages that hold nothing back to the system; some milliseconds.
void mem_trim(void);
// From now on blocks of 4 MiB and more go back to the system when they are freed. Else
// the C library learns from the first large ones to keep them, and a server that has once
// read a large register holds half as much again. Before there are threads.
void mem_return_large(void);

// For tests: after n more successful calls every mem_alloc, mem_resize and arena block of
// this thread fails; a negative n turns it off. Returns how many calls were made since it
// was last set.
int64_t mem_fail_after(int64_t n);

struct arena_block;
struct arena {
    struct arena_block *block; // newest
    size_t used;               // bytes used in the newest block
    size_t total;              // bytes of all blocks
    size_t limit;              // total may not pass this
};

enum { ARENA_DEFAULT_LIMIT = 1 << 30 };

// An empty arena; the first allocation takes the first block. limit 0 means
// ARENA_DEFAULT_LIMIT.
void arena_init(struct arena *a, size_t limit);
// Zeroed, aligned for any type. NULL when memory or the limit is exhausted, or sizes
// overflow.
void *arena_alloc(struct arena *a, size_t count, size_t size)
    __attribute__((warn_unused_result));
// Forgets everything allocated but keeps one block for use again.
void arena_reset(struct arena *a);
void arena_free(struct arena *a);
// The same, after all of it was overwritten.
void arena_free_wiped(struct arena *a);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), 1, sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_alloc((a), (n), sizeof(type)))

#endif
