// SPDX-License-Identifier: AGPL-3.0-or-later
// BLAKE2b-256 (RFC 7693, unkeyed, through libsodium) and the chain of hashes over
// history: each link is the hash of the link before and the record, so that no record can
// be changed, removed or moved without changing every later link.
//
// Call base_init once before (base/init.h). A struct chain_state belongs to one thread
// and may not be copied or moved between begin and end; it holds no memory of its own.
// Nothing here fails. A gigabyte takes about a second.
#ifndef BASE_CHAIN_H
#define BASE_CHAIN_H

#include "base/str.h"

enum {
    CHAIN_HASH_SIZE = 32,
    CHAIN_HEX_SIZE = 2 * CHAIN_HASH_SIZE + 1,
    CHAIN_STATE_SIZE = 384 + 63 // libsodium's state, wherever its 64-byte boundary falls
};

struct chain_hash {
    unsigned char bytes[CHAIN_HASH_SIZE];
};

struct chain_state {
    unsigned char room[CHAIN_STATE_SIZE];
};

void chain_begin(struct chain_state *state);
void chain_add(struct chain_state *state, struct str bytes); // as they are
// One field of a record: its length (8 bytes, little-endian) and its bytes, so that "ab",
// "c" and "a", "bc" differ.
void chain_add_field(struct chain_state *state, struct str field);
void chain_add_int(struct chain_state *state, int64_t value); // 8 bytes, little-endian
struct chain_hash chain_end(struct chain_state *state);

struct chain_hash chain_hash_of(struct str bytes);
// The hash of `before` and the record's bytes. The first link's `before` is all zeros.
struct chain_hash chain_link(const struct chain_hash *before, struct str record);

bool chain_equal(const struct chain_hash *a, const struct chain_hash *b);
void chain_to_hex(const struct chain_hash *hash, char out[CHAIN_HEX_SIZE]); // lower case
bool chain_from_hex(struct str hex, struct chain_hash *out); // both cases; else false

#endif
