// SPDX-License-Identifier: AGPL-3.0-or-later
// Letters: padded, encrypted, their key sealed to each reader.
#include "access/seal.h"

#include <sodium.h>
#include <string.h>

enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    KEY = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    LENGTH = 8,                          // of the content, before it
    SEALED = KEY + crypto_box_SEALBYTES, // a key for one reader
    ENTRY = 8 + SEALED,                  // with the number of the reader
    MOST_READERS = 200,
    MOST_CONTENT = 64 << 20
};

_Static_assert(SEAL_PUBLIC == crypto_box_PUBLICKEYBYTES, "keys are X25519");
_Static_assert(SEAL_SECRET == crypto_box_SECRETKEYBYTES, "keys are X25519");

static const unsigned char about[] = "heng letter 1";

static void put_number(unsigned char *to, uint64_t n)
{
    for (int i = 0; i < 8; i++)
        to[i] = (unsigned char)(n >> (8 * i));
}

static uint64_t get_number(const unsigned char *from)
{
    uint64_t n = 0;
    for (int i = 0; i < 8; i++)
        n |= (uint64_t)from[i] << (8 * i);
    return n;
}

// The size that is seen, whatever is inside: a power of two.
static size_t padded(size_t n)
{
    size_t size = SEAL_PAD;
    while (size < n + LENGTH)
        size *= 2;
    return size;
}

static enum err seal_key(const struct seal_reader *readers, size_t n,
                         const unsigned char *key, unsigned char *out, struct error *e)
{
    for (size_t i = 0; i < n; i++, out += ENTRY) {
        put_number(out, (uint64_t)readers[i].user);
        if (crypto_box_seal(out + 8, key, KEY, readers[i].key))
            return error_set(e, ERR_CORRUPT, "seal.reader", NULL,
                             "the public key of a reader is none");
    }
    return ERR_OK;
}

enum err seal_close(const struct seal_reader *readers, size_t n, struct str content,
                    struct arena *a, struct seal_letter *out, struct error *e)
{
    *out = (struct seal_letter){0};
    if (!n) {
        error_set(e, ERR_CONFLICT, "seal.readers", NULL,
                  "nobody is there yet who could read it");
        return error_cure(e, "a reader must sign in and make a key first");
    }
    if (n > MOST_READERS || content.n > MOST_CONTENT)
        return error_set(e, ERR_LIMIT, "seal.size", NULL,
                         "at most %d readers and %d bytes are possible", MOST_READERS,
                         MOST_CONTENT);
    size_t size = padded(content.n);
    unsigned char *box = arena_alloc(a, size + NONCE + TAG, 1);
    unsigned char *keys = arena_alloc(a, n * ENTRY, 1);
    unsigned char *key = sodium_malloc(KEY);
    enum err code = box && keys && key ? ERR_OK : error_memory(e);
    if (!code) {
        unsigned char *plain = box + NONCE; // encrypted in place: no second copy stays
        randombytes_buf(key, KEY);
        randombytes_buf(box, NONCE);
        put_number(plain, content.n);
        if (content.n)
            memcpy(plain + LENGTH, content.p, content.n);
        crypto_aead_xchacha20poly1305_ietf_encrypt(plain, NULL, plain, size, about,
                                                   sizeof about, NULL, box, key);
        code = seal_key(readers, n, key, keys, e);
    }
    sodium_free(key);
    if (code)
        return code;
    out->box = (struct str){(const char *)box, size + NONCE + TAG};
    out->keys = (struct str){(const char *)keys, n * ENTRY};
    return ERR_OK;
}

static enum err altered(struct error *e)
{
    error_set(e, ERR_CORRUPT, "seal.altered", NULL,
              "this letter is not what was sealed, or this key is not its reader's");
    return error_cure(e, "look whether a backup still has it");
}

static const unsigned char *find_key(struct str keys, int64_t user)
{
    const unsigned char *at = (const unsigned char *)keys.p;
    for (size_t left = keys.n; left >= ENTRY; left -= ENTRY, at += ENTRY)
        if (get_number(at) == (uint64_t)user)
            return at + 8;
    return NULL;
}

bool seal_is_for(struct str keys, int64_t user)
{
    return find_key(keys, user) != NULL;
}

// The key of the content, in locked memory: to be given back with sodium_free.
static enum err open_key(int64_t user, const unsigned char *secret, struct str keys,
                         unsigned char **out, struct error *e)
{
    *out = NULL;
    if (keys.n % ENTRY)
        return altered(e);
    const unsigned char *sealed = find_key(keys, user);
    if (!sealed) {
        error_set(e, ERR_FORBIDDEN, "seal.not_yours", NULL,
                  "this letter was not sealed to you");
        return error_cure(e, "whoever was a reader when it came can read it, and can let "
                             "you read it");
    }
    unsigned char public[SEAL_PUBLIC];
    unsigned char *key = sodium_malloc(KEY);
    if (!key)
        return error_memory(e);
    if (crypto_scalarmult_base(public, secret) ||
        crypto_box_seal_open(key, sealed, SEALED, public, secret)) {
        sodium_free(key);
        return altered(e);
    }
    *out = key;
    return ERR_OK;
}

enum err seal_share(int64_t user, const unsigned char *secret, struct str keys,
                    const struct seal_reader *to, struct arena *a, struct str *out,
                    struct error *e)
{
    unsigned char *key, *list = NULL;
    *out = (struct str){0};
    if (keys.n / ENTRY >= MOST_READERS)
        return error_set(e, ERR_LIMIT, "seal.size", NULL,
                         "at most %d readers are possible", MOST_READERS);
    enum err code = open_key(user, secret, keys, &key, e);
    if (!code && !(list = arena_alloc(a, keys.n + ENTRY, 1)))
        code = error_memory(e);
    if (!code) {
        memcpy(list, keys.p, keys.n);
        code = seal_key(to, 1, key, list + keys.n, e);
    }
    sodium_free(key);
    if (!code)
        *out = (struct str){(const char *)list, keys.n + ENTRY};
    return code;
}

static enum err open_box(struct str box, const unsigned char *key, struct arena *a,
                         struct str *content, struct error *e)
{
    unsigned char *plain = arena_alloc(a, box.n, 1);
    if (!plain)
        return error_memory(e);
    const unsigned char *nonce = (const unsigned char *)box.p;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, nonce + NONCE,
                                                   box.n - NONCE, about, sizeof about,
                                                   nonce, key))
        return altered(e);
    uint64_t n = get_number(plain);
    if (n > box.n - NONCE - TAG - LENGTH)
        return altered(e);
    *content = (struct str){(const char *)plain + LENGTH, (size_t)n};
    return ERR_OK;
}

enum err seal_open(int64_t user, const unsigned char *secret,
                   const struct seal_letter *letter, struct arena *a, struct str *content,
                   struct error *e)
{
    unsigned char *key;
    *content = (struct str){0};
    if (letter->box.n < NONCE + TAG + LENGTH)
        return altered(e);
    enum err code = open_key(user, secret, letter->keys, &key, e);
    if (!code)
        code = open_box(letter->box, key, a, content, e);
    sodium_free(key);
    return code;
}
