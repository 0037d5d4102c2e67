// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local int64_t calls;
static _Thread_local int64_t calls_allowed = -1;

static bool may_allocate(void)
{
    calls++;
    return calls_allowed < 0 || calls <= calls_allowed;
}

int64_t mem_fail_after(int64_t n)
{
    int64_t made = calls;
    calls = 0;
    calls_allowed = n;
    return made;
}

void *mem_alloc(size_t count, size_t size)
{
    if (!may_allocate())
        return NULL;
    return calloc(count ? count : 1, size ? size : 1);
}

void *mem_resize(void *block, size_t count, size_t size)
{
    size_t bytes;
    if (!size_mul(count, size, &bytes) || !may_allocate())
        return NULL;
    return realloc(block, bytes ? bytes : 1);
}

void mem_free(void *block)
{
    free(block);
}

void mem_free_wiped(void *block)
{
    if (block)
        explicit_bzero(block, malloc_usable_size(block));
    free(block);
}

void *mem_alloc_for_library(size_t size)
{
    return malloc(size);
}

void mem_trim(void)
{
    malloc_trim(0);
}

void mem_return_large(void)
{
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    // What a request has used is there for the next: else the system is asked for it and
    // given it back several times in each.
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
}

struct arena_block {
    struct arena_block *older;
    size_t capacity;
    _Alignas(max_align_t) unsigned char bytes[];
};

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 1 << 20 };

void arena_init(struct arena *a, size_t limit)
{
    *a = (struct arena){.limit = limit ? limit : ARENA_DEFAULT_LIMIT};
}

void *arena_alloc(struct arena *a, size_t count, size_t size)
{
    size_t bytes;
    if (!size_mul(count, size, &bytes) ||
        !size_add(bytes, _Alignof(max_align_t) - 1, &bytes))
        return NULL;
    bytes &= ~(_Alignof(max_align_t) - 1);
    if (!a->block || bytes > a->block->capacity - a->used) {
        size_t capacity = a->block ? a->block->capacity * 2 : FIRST_BLOCK;
        if (capacity > LARGEST_BLOCK)
            capacity = LARGEST_BLOCK;
        if (capacity < bytes)
            capacity = bytes;
        size_t whole, total;
        if (!size_add(sizeof(struct arena_block), capacity, &whole) ||
            !size_add(a->total, whole, &total) || total > a->limit || !may_allocate())
            return NULL;
        struct arena_block *block = malloc(whole);
        if (!block)
            return NULL;
        block->older = a->block;
        block->capacity = capacity;
        a->block = block;
        a->used = 0;
        a->total = total;
    }
    void *p = a->block->bytes + a->used;
    a->used += bytes;
    memset(p, 0, bytes);
    return p;
}

void arena_reset(struct arena *a)
{
    if (!a->block)
        return;
    struct arena_block *older = a->block->older;
    while (older) {
        struct arena_block *next = older->older;
        a->total -= sizeof *older + older->capacity;
        free(older);
        older = next;
    }
    a->block->older = NULL;
    a->used = 0;
}

void arena_free(struct arena *a)
{
    while (a->block) {
        struct arena_block *older = a->block->older;
        free(a->block);
        a->block = older;
    }
    a->used = a->total = 0;
}

void arena_free_wiped(struct arena *a)
{
    for (struct arena_block *b = a->block; b; b = b->older)
        explicit_bzero(b->bytes, b->capacity);
    arena_free(a);
}
