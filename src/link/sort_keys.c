// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/sort_keys.h"

#include <string.h>

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, FEW = 48 };

// Few items: insertion, which is stable too.
static void sort_few(struct link_keyed *items, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct link_keyed one = items[i];
        size_t at = i;
        for (; at > 0 && items[at - 1].key > one.key; at--)
            items[at] = items[at - 1];
        items[at] = one;
    }
}

void link_sort_keys(struct link_keyed *items, struct link_keyed *scratch, size_t n)
{
    if (n <= FEW) {
        sort_few(items, n);
        return;
    }
    uint64_t any = 0, all = UINT64_MAX;
    for (size_t i = 0; i < n; i++) {
        any |= items[i].key;
        all &= items[i].key;
    }
    uint64_t differ = any & ~all;
    struct link_keyed *from = items, *to = scratch;
    for (unsigned shift = 0; shift < 64; shift += DIGIT_BITS) {
        if (!(differ >> shift & (DIGITS - 1)))
            continue;
        size_t at[DIGITS] = {0}, sum = 0;
        for (size_t i = 0; i < n; i++)
            at[from[i].key >> shift & (DIGITS - 1)]++;
        for (size_t d = 0; d < DIGITS; d++) {
            size_t count = at[d];
            at[d] = sum;
            sum += count;
        }
        for (size_t i = 0; i < n; i++)
            to[at[from[i].key >> shift & (DIGITS - 1)]++] = from[i];
        struct link_keyed *other = from;
        from = to;
        to = other;
    }
    if (from != items)
        memcpy(items, from, n * sizeof *items);
}
