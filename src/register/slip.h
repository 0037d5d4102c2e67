// SPDX-License-Identifier: AGPL-3.0-or-later
// "Did you mean ...?": names that differ by a slip of the pen. Only for messages; nothing
// is ever matched by it. Pure functions. Source: Levenshtein's distance, on code points.
#ifndef REGISTER_SLIP_H
#define REGISTER_SLIP_H

#include "base/str.h"

enum { SLIP_CHARACTERS = 40, SLIP_EDITS = 2 };

struct slip_name {
    int32_t characters[SLIP_CHARACTERS];
    int n;         // 0: empty, too long, or no UTF-8
    uint64_t mask; // of the characters: one edit changes at most two of its bits
};

struct slip_name slip_name(struct str name);
uint64_t slip_mask(struct str name); // 0 where slip_name().n is
// The insertions, deletions and exchanges between the two; -1 when these are more than
// SLIP_EDITS or not less than half of the longer name.
int slip_edits(const struct slip_name *a, const struct slip_name *b);
// False: certainly more than SLIP_EDITS apart.
static inline bool slip_possible(uint64_t a, uint64_t b)
{
    return b && __builtin_popcountll(a ^ b) <= 2 * SLIP_EDITS;
}

#endif
