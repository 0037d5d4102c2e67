// SPDX-License-Identifier: AGPL-3.0-or-later
// Texts as numbers, each text once, in the order in which they came: the areas that
// several files speak of. Plain data in the caller's arena (the texts are not copied);
// one thread builds it, any number may look things up.
#ifndef STUDY_NAMES_H
#define STUDY_NAMES_H

#include "base/str.h"

struct names {
    struct arena *arena;
    struct str *list;
    uint32_t n, room;
    uint32_t *slots; // number + 1, open addressing
    uint32_t n_slots;
};

// O(1). False when memory is out.
bool names_add(struct names *s, struct str text, uint32_t *number);
// s->n when there is no such text. O(1).
uint32_t names_find(const struct names *s, struct str text);

#endif
