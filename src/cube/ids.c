// SPDX-License-Identifier: AGPL-3.0-or-later
// The ids of rows, in blocks. An id is 41 bits of time and 22 of site and sequence;
// inside a block the times are near each other and the rest is nearly the same, so that
// four bytes a row hold what both lie above the block's lowest. A block in which they do
// not keeps eight.
#include <assert.h>
#include <string.h>

#include "cube/cube_private.h"

enum { LOW_BITS = 22, NARROW_BITS = 32 };

struct id_block {
    uint64_t time, low; // the lowest of the block
    size_t at;          // of words
    unsigned low_bits;  // of each word; WIDE: two words a row, the id itself
};

static const unsigned WIDE = 64;

static unsigned bits_of(uint64_t v)
{
    return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

void ids_close(struct ids *x)
{
    mem_free(x->blocks);
    mem_free(x->words);
    *x = (struct ids){0};
}

static bool reserve(struct ids *x)
{
    if (x->n_blocks == x->blocks_capacity) {
        size_t capacity = x->n_blocks ? x->n_blocks + x->n_blocks / 2 + 1 : 16;
        struct id_block *blocks = mem_resize(x->blocks, capacity, sizeof *blocks);
        if (!blocks)
            return false;
        x->blocks = blocks;
        x->blocks_capacity = capacity;
    }
    if (x->n_words + 2 * (size_t)ID_BLOCK > x->words_capacity) {
        size_t capacity = x->n_words + x->n_words / 2 + 4 * (size_t)ID_BLOCK;
        uint32_t *words = mem_resize(x->words, capacity, sizeof *words);
        if (!words)
            return false;
        x->words = words;
        x->words_capacity = capacity;
    }
    return true;
}

// The block that has come to its end.
static bool close_block(struct ids *x)
{
    const uint64_t mask = ((uint64_t)1 << LOW_BITS) - 1;
    if (!reserve(x))
        return false;
    struct id_block b = {.time = UINT64_MAX, .low = UINT64_MAX, .at = x->n_words};
    uint64_t last_time = 0, last_low = 0;
    for (size_t i = 0; i < ID_BLOCK; i++) {
        uint64_t id = (uint64_t)x->open[i], time = id >> LOW_BITS, low = id & mask;
        b.time = time < b.time ? time : b.time;
        b.low = low < b.low ? low : b.low;
        last_time = time > last_time ? time : last_time;
        last_low = low > last_low ? low : last_low;
    }
    b.low_bits = bits_of(last_low - b.low);
    if (b.low_bits + bits_of(last_time - b.time) > NARROW_BITS) {
        b.low_bits = WIDE;
        memcpy(x->words + b.at, x->open, sizeof x->open);
        x->n_words += 2 * (size_t)ID_BLOCK;
    } else {
        for (size_t i = 0; i < ID_BLOCK; i++) {
            uint64_t id = (uint64_t)x->open[i];
            x->words[b.at + i] = (uint32_t)(((id >> LOW_BITS) - b.time) << b.low_bits |
                                            ((id & mask) - b.low));
        }
        x->n_words += ID_BLOCK;
    }
    x->blocks[x->n_blocks++] = b;
    return true;
}

bool ids_add(struct ids *x, int64_t id)
{
    if (x->n && x->n % ID_BLOCK == 0 && x->n / ID_BLOCK > x->n_blocks && !close_block(x))
        return false;
    x->open[x->n++ % ID_BLOCK] = id;
    return true;
}

int64_t ids_get(const struct ids *x, size_t row)
{
    assert(row < x->n);
    if (row / ID_BLOCK >= x->n_blocks)
        return x->open[row % ID_BLOCK];
    const struct id_block *b = &x->blocks[row / ID_BLOCK];
    if (b->low_bits == WIDE) {
        int64_t id;
        memcpy(&id, x->words + b->at + row % ID_BLOCK * 2, sizeof id);
        return id;
    }
    uint64_t word = x->words[b->at + row % ID_BLOCK],
             mask = ((uint64_t)1 << b->low_bits) - 1;
    return (int64_t)((b->time + (word >> b->low_bits)) << LOW_BITS |
                     (b->low + (word & mask)));
}

// Blocks that begin with less than the id, of the first `end`.
static size_t blocks_below(const struct ids *x, size_t end, int64_t id)
{
    size_t low = end, high = end;
    for (size_t step = 1; low && ids_get(x, (low - 1) * ID_BLOCK) >= id; step *= 2) {
        high = low - 1;
        low = high > step ? high - step : 0;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ids_get(x, middle * ID_BLOCK) < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// The least that a word of the block can be whose id is not below the id; the block
// begins with less than it.
static uint64_t least_word(const struct id_block *b, int64_t id)
{
    const uint64_t mask = ((uint64_t)1 << LOW_BITS) - 1;
    uint64_t time = ((uint64_t)id >> LOW_BITS) - b->time, low = (uint64_t)id & mask;
    if (time >= UINT32_MAX)
        return UINT64_MAX;
    if (low < b->low)
        return time << b->low_bits;
    low -= b->low;
    return low >> b->low_bits ? (time + 1) << b->low_bits : time << b->low_bits | low;
}

size_t ids_find(const struct ids *x, size_t end, int64_t id)
{
    size_t blocks = blocks_below(x, (end + ID_BLOCK - 1) / ID_BLOCK, id);
    if (!blocks)
        return 0;
    size_t low = (blocks - 1) * ID_BLOCK,
           high = low + ID_BLOCK < end ? low + ID_BLOCK : end;
    const struct id_block *b = blocks <= x->n_blocks ? &x->blocks[blocks - 1] : NULL;
    if (!b || b->low_bits == WIDE) {
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (ids_get(x, middle) < id)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
    const uint32_t *words = x->words + b->at, *at = words;
    uint64_t least = least_word(b, id);
    for (size_t n = high - low; n;) {
        size_t half = n / 2;
        bool below = at[half] < least;
        at = below ? at + half + 1 : at;
        n = below ? n - half - 1 : half;
    }
    return low + (size_t)(at - words);
}

bool ids_fit(struct ids *x)
{
    uint32_t *words = mem_resize(x->words, x->n_words, sizeof *words);
    if (!words)
        return false;
    x->words = words;
    x->words_capacity = x->n_words;
    return true;
}

size_t ids_bytes(const struct ids *x)
{
    return x->words_capacity * sizeof *x->words + x->blocks_capacity * sizeof *x->blocks;
}
