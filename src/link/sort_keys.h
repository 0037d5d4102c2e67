// SPDX-License-Identifier: AGPL-3.0-or-later
// Sorts numbers that carry a value, by radix, so that the time does not depend on what is
// sorted. A pure function on arrays; safe on any thread.
#ifndef LINK_SORT_KEYS_H
#define LINK_SORT_KEYS_H

#include <stddef.h>
#include <stdint.h>

struct link_keyed {
    uint64_t key, value;
};

// Ascending by key; items with the same key keep their order. scratch: room for n items.
// O(n) for each 11 bits in which keys differ (Knuth, TAOCP 3, 5.2.5).
void link_sort_keys(struct link_keyed *items, struct link_keyed *scratch, size_t n);

// Numbers in the same order as the floats they come from (-0 as 0; no NaN).
static inline uint32_t link_float_key(float value)
{
    union {
        float value;
        uint32_t bits;
    } u = {value + 0.0f};
    return u.bits & 0x80000000u ? ~u.bits : u.bits | 0x80000000u;
}

static inline float link_key_float(uint32_t key)
{
    union {
        uint32_t bits;
        float value;
    } u = {key & 0x80000000u ? key & 0x7FFFFFFFu : ~key};
    return u.value;
}

#endif
