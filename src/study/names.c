// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/names.h"

#include <string.h>

enum { FIRST_SLOTS = 64 };

static uint32_t slot_of(const struct names *s, struct str text)
{
    uint32_t at = (uint32_t)str_hash(text, 0) & (s->n_slots - 1);
    while (s->slots[at] && !str_equal(s->list[s->slots[at] - 1], text))
        at = (at + 1) & (s->n_slots - 1);
    return at;
}

static bool grow(struct names *s)
{
    uint32_t n = s->n_slots ? 2 * s->n_slots : FIRST_SLOTS;
    struct str *list = ARENA_ARRAY(s->arena, struct str, n / 2);
    uint32_t *slots = ARENA_ARRAY(s->arena, uint32_t, n);
    if (!list || !slots)
        return false;
    if (s->n)
        memcpy(list, s->list, s->n * sizeof *list);
    s->list = list;
    s->slots = slots;
    s->n_slots = n;
    s->room = n / 2;
    for (uint32_t i = 0; i < s->n; i++)
        s->slots[slot_of(s, s->list[i])] = i + 1;
    return true;
}

bool names_add(struct names *s, struct str text, uint32_t *number)
{
    if (s->n == s->room && (s->n_slots > UINT32_MAX / 4 || !grow(s)))
        return false;
    uint32_t at = slot_of(s, text);
    if (!s->slots[at]) {
        s->list[s->n] = text;
        s->slots[at] = ++s->n;
    }
    *number = s->slots[at] - 1;
    return true;
}

uint32_t names_find(const struct names *s, struct str text)
{
    if (!s->n_slots)
        return s->n;
    uint32_t found = s->slots[slot_of(s, text)];
    return found ? found - 1 : s->n;
}
