// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/chain.h"

#include <sodium.h>
#include <string.h>

_Static_assert(sizeof(crypto_generichash_state) + _Alignof(crypto_generichash_state) -
                       1 <=
                   CHAIN_STATE_SIZE,
               "libsodium's state fits");

// libsodium wants its state on a 64-byte boundary, which neither the heap nor an arena
// promises.
static crypto_generichash_state *aligned(struct chain_state *state)
{
    const uintptr_t boundary = _Alignof(crypto_generichash_state);
    uintptr_t at = (uintptr_t)state->room;
    return (void *)(state->room + ((boundary - at % boundary) % boundary));
}

void chain_begin(struct chain_state *state)
{
    crypto_generichash_init(aligned(state), NULL, 0, CHAIN_HASH_SIZE);
}

void chain_add(struct chain_state *state, struct str bytes)
{
    if (bytes.n)
        crypto_generichash_update(aligned(state), (const unsigned char *)bytes.p,
                                  bytes.n);
}

void chain_add_int(struct chain_state *state, int64_t value)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)value >> 8 * i);
    crypto_generichash_update(aligned(state), bytes, sizeof bytes);
}

void chain_add_field(struct chain_state *state, struct str field)
{
    chain_add_int(state, (int64_t)field.n);
    chain_add(state, field);
}

struct chain_hash chain_end(struct chain_state *state)
{
    struct chain_hash hash;
    crypto_generichash_final(aligned(state), hash.bytes, sizeof hash.bytes);
    return hash;
}

struct chain_hash chain_hash_of(struct str bytes)
{
    struct chain_state state;
    chain_begin(&state);
    chain_add(&state, bytes);
    return chain_end(&state);
}

struct chain_hash chain_link(const struct chain_hash *before, struct str record)
{
    struct chain_state state;
    chain_begin(&state);
    chain_add(&state, (struct str){(const char *)before->bytes, sizeof before->bytes});
    chain_add(&state, record);
    return chain_end(&state);
}

bool chain_equal(const struct chain_hash *a, const struct chain_hash *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void chain_to_hex(const struct chain_hash *hash, char out[CHAIN_HEX_SIZE])
{
    sodium_bin2hex(out, CHAIN_HEX_SIZE, hash->bytes, sizeof hash->bytes);
}

bool chain_from_hex(struct str hex, struct chain_hash *out)
{
    struct chain_hash hash;
    size_t length;
    if (hex.n != 2 * CHAIN_HASH_SIZE ||
        sodium_hex2bin(hash.bytes, sizeof hash.bytes, hex.p, hex.n, NULL, &length,
                       NULL) ||
        length != sizeof hash.bytes)
        return false;
    *out = hash;
    return true;
}
