// SPDX-License-Identifier: AGPL-3.0-or-later
// How many requests of one address are being worked on, behind a proxy, where all
// connections come from one address. An address is kept as a hash with a key of this
// process, only while a request of it is under way, and never written anywhere. Two
// addresses may share a place; they then share a limit. Any thread; O(1).
#ifndef SERVE_CROWD_H
#define SERVE_CROWD_H

#include <stdatomic.h>

#include "base/str.h"

enum { CROWD_PLACES = 8192 };

struct crowd {
    uint64_t key;
    _Atomic unsigned places[CROWD_PLACES];
};

void crowd_open(struct crowd *c);
// The place of the last address of an X-Forwarded-For, at least 1; 0: there is none.
unsigned crowd_place(const struct crowd *c, struct str forwarded);
// False: `most` are there already.
bool crowd_enter(struct crowd *c, unsigned place, unsigned most);
void crowd_leave(struct crowd *c, unsigned place); // 0 is fine

#endif
