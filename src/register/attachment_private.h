// SPDX-License-Identifier: AGPL-3.0-or-later
// What attachment.c and attachment_verify.c share: how an entry of the chain is hashed.
#ifndef REGISTER_ATTACHMENT_PRIVATE_H
#define REGISTER_ATTACHMENT_PRIVATE_H

#include "base/chain.h"
#include "register/attachment.h"

struct attachment_entry { // one row of heng_attachment_log
    int64_t seq, at, who, attachment, row, size;
    struct str reg, name, type, reason; // reason: .p NULL for one that was attached
    struct str blob;                    // hash of the bytes
    struct str item;                    // .p NULL: none
};

// before: of the entry before; the first one's is all zeros.
struct chain_hash attachment_hash(const struct chain_hash *before,
                                  const struct attachment_entry *x);

#endif
