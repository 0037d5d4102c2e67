// SPDX-License-Identifier: AGPL-3.0-or-later
// What history.c and history_verify.c share: the one place where an entry is hashed.
#ifndef REGISTER_HISTORY_PRIVATE_H
#define REGISTER_HISTORY_PRIVATE_H

#include "register/history.h"

struct hashed {
    int64_t seq, at, who, row;
    struct str reg, change, before, after, reason, image;
};

// hash: in, of the entry before; out, of this one.
void history_hash(struct buf *scratch, unsigned char hash[HISTORY_HASH],
                  const struct hashed *x);

#endif
