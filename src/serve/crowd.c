// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/crowd.h"

#include <sodium.h>

void crowd_open(struct crowd *c)
{
    *c = (struct crowd){0};
    randombytes_buf(&c->key, sizeof c->key);
}

unsigned crowd_place(const struct crowd *c, struct str forwarded)
{
    struct str head, last = forwarded;
    while (str_split(last, ',', &head, &last)) {
    }
    last = str_trim(last);
    return last.n ? 1 + (unsigned)(str_hash(last, c->key) % (CROWD_PLACES - 1)) : 0;
}

bool crowd_enter(struct crowd *c, unsigned place, unsigned most)
{
    if (atomic_fetch_add(&c->places[place], 1) < most)
        return true;
    atomic_fetch_sub(&c->places[place], 1);
    return false;
}

void crowd_leave(struct crowd *c, unsigned place)
{
    if (place)
        atomic_fetch_sub(&c->places[place], 1);
}
