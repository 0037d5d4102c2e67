// SPDX-License-Identifier: AGPL-3.0-or-later
// Content that the server cannot read at rest: tips and referrals (pack/engines.h,
// channel). Each reader of a channel has a key pair (X25519). The public key lies in the
// file; the secret key lies there only locked with a key made from the reader's own
// password (argon2id), and once more locked with a recovery key that is shown once and
// kept nowhere. A letter is padded to a bucket of sizes, encrypted with a key of its own
// (XChaCha20-Poly1305), and that key is sealed (crypto_box_seal) to each reader.
//
// What is not protected from: one who reads the server's memory while a reader is signed
// in, a changed program, a reader's own machine. docs/tips.md says more.
#ifndef ACCESS_SEAL_H
#define ACCESS_SEAL_H

#include "access/access.h"

enum {
    SEAL_PUBLIC = 32,
    SEAL_SECRET = 32,
    SEAL_RECOVERY_TEXT = 60, // letters and hyphens, with the ending zero
    SEAL_PAD = 4096          // letters are padded to the next power of two from here
};

enum err seal_migrate(struct conn *c, struct error *e) WARN_UNUSED;

// --- keys of readers

// Makes the pair of a user, locked with the password that was just proved to be theirs
// and with a new recovery key (to be shown once). ERR_CONFLICT: there is one already.
enum err seal_make_keys(struct store *s, int64_t user, struct str password,
                        char recovery[SEAL_RECOVERY_TEXT], struct error *e) WARN_UNUSED;
// Opens the secret key, into memory that is locked and not dumped (sodium_malloc); to be
// given back with seal_forget. ERR_FORBIDDEN: the password is not that of the key (it was
// reset: only the recovery key opens it now); ERR_NOT_FOUND: no pair.
enum err seal_unlock(struct store *s, int64_t user, struct str password,
                     unsigned char **secret, struct error *e) WARN_UNUSED;
enum err seal_recover(struct store *s, int64_t user, struct str recovery,
                      struct str new_password, struct error *e) WARN_UNUSED;
// A password was changed by one who knew the old one.
enum err seal_relock(struct store *s, int64_t user, struct str old_password,
                     struct str new_password, struct error *e) WARN_UNUSED;
void seal_forget(unsigned char *secret);

// The secrets of readers who are signed in, by session, in locked memory. Any thread.
struct seal_ring;
enum { SEAL_RING_ENTRIES = 256 }; // the one unused longest goes
enum err seal_ring_open(struct seal_ring **out, struct error *e) WARN_UNUSED;
void seal_ring_close(struct seal_ring *r); // NULL is fine
// Takes the secret over; NULL is fine. What is unused for `idle` ms is forgotten.
void seal_ring_put(struct seal_ring *r, int64_t session, int64_t user,
                   unsigned char *secret, int64_t now);
// A copy, to be given back with seal_forget; NULL: none.
unsigned char *seal_ring_get(struct seal_ring *r, int64_t session, int64_t now,
                             int64_t idle);
void seal_ring_drop(struct seal_ring *r, int64_t session);
// All of a user but one session's (0: all).
void seal_ring_drop_user(struct seal_ring *r, int64_t user, int64_t but_session);

// Whether the user has a pair.
enum err seal_has_keys(struct conn *c, int64_t user, bool *out,
                       struct error *e) WARN_UNUSED;

struct seal_reader {
    int64_t user; // 0: whoever holds the receipt (letter.h)
    unsigned char key[SEAL_PUBLIC];
};
// The readers of a channel that have keys: those who hold one of the roles today.
enum err seal_readers(struct conn *c, const struct str *roles, size_t n_roles,
                      int32_t today, struct arena *a, struct seal_reader **out, size_t *n,
                      struct error *e) WARN_UNUSED;

// --- letters

struct seal_letter { // what is stored; in the arena
    struct str box;  // nonce, cipher text of the padded content
    struct str keys; // for each reader: user, sealed key
};
// ERR_CONFLICT: there are no readers. Any thread.
enum err seal_close(const struct seal_reader *readers, size_t n, struct str content,
                    struct arena *a, struct seal_letter *out,
                    struct error *e) WARN_UNUSED;
bool seal_is_for(struct str keys, int64_t user);
// The keys of a letter with one more reader: the key of its content is opened by one who
// has it and sealed to the other as well. The content is not touched. *keys in the arena.
// ERR_FORBIDDEN: not sealed to user; ERR_LIMIT: there are too many readers.
enum err seal_share(int64_t user, const unsigned char *secret, struct str keys,
                    const struct seal_reader *to, struct arena *a, struct str *out,
                    struct error *e) WARN_UNUSED;
// ERR_FORBIDDEN: not sealed to this reader; ERR_CORRUPT: altered.
enum err seal_open(int64_t user, const unsigned char *secret,
                   const struct seal_letter *letter, struct arena *a, struct str *content,
                   struct error *e) WARN_UNUSED;

#endif
