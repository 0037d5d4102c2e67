// SPDX-License-Identifier: AGPL-3.0-or-later
// The key pairs of readers: made, unlocked, recovered, locked anew.
#include <sodium.h>
#include <string.h>

#include "access/access_private.h"
#include "base/date.h"

enum { RECOVERY_LETTERS = 48, RECOVERY_BYTES = 30, GROUP = 4 };

_Static_assert(RECOVERY_LETTERS + RECOVERY_LETTERS / GROUP == SEAL_RECOVERY_TEXT,
               "letters, hyphens between groups, a zero");
_Static_assert(SEAL_SALT == crypto_pwhash_SALTBYTES, "salt of argon2id");

static const char *const schema[] = {
    // by_password may be NULL for nobody; day only, as with all that is sealed
    "CREATE TABLE heng_seal_keys (user INTEGER PRIMARY KEY REFERENCES heng_users (id),"
    " public BLOB NOT NULL, salt BLOB NOT NULL, by_password BLOB NOT NULL,"
    " by_recovery BLOB NOT NULL, made_on TEXT NOT NULL) STRICT",
};

enum err seal_migrate(struct conn *c, struct error *e)
{
    return store_migrate(c, "seal", schema, sizeof schema / sizeof *schema, e);
}

// --- locks

// What the key is for: nobody's lock fits another one's key.
static void about(int64_t user, unsigned char out[16])
{
    memcpy(out, "hengseal", 8);
    for (int i = 0; i < 8; i++)
        out[8 + i] = (unsigned char)((uint64_t)user >> (8 * i));
}

static void lock(const unsigned char *secret, const unsigned char *key, int64_t user,
                 unsigned char out[SEAL_LOCKED])
{
    unsigned char what[16];
    about(user, what);
    randombytes_buf(out, 24);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + 24, NULL, secret, SEAL_SECRET, what,
                                               sizeof what, NULL, out, key);
}

static bool unlock(const unsigned char *locked, const unsigned char *key, int64_t user,
                   unsigned char *secret)
{
    unsigned char what[16];
    about(user, what);
    return crypto_aead_xchacha20poly1305_ietf_decrypt(secret, NULL, NULL, locked + 24,
                                                      SEAL_LOCKED - 24, what, sizeof what,
                                                      locked, key) == 0;
}

static enum err password_key(struct str password, const unsigned char *salt,
                             unsigned char *out, struct error *e)
{
    if (crypto_pwhash(out, 32, password.p ? password.p : "", password.n, salt,
                      LOGIN_PASSES, LOGIN_MEMORY, crypto_pwhash_ALG_ARGON2ID13))
        return error_memory(e);
    return ERR_OK;
}

// The recovery key is 240 random bits: no slow hash is needed.
static void recovery_key(const unsigned char *bytes, unsigned char *out)
{
    static const char purpose[] = "heng recovery key";
    crypto_generichash(out, 32, bytes, RECOVERY_BYTES, (const unsigned char *)purpose,
                       sizeof purpose - 1);
}

static const char letters[] = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"; // no I, L, O, U

static void write_recovery(const unsigned char *bytes, char out[SEAL_RECOVERY_TEXT])
{
    size_t at = 0;
    for (size_t i = 0; i < RECOVERY_LETTERS; i++) {
        unsigned value = 0;
        for (size_t b = 0; b < 5; b++) {
            size_t bit = 5 * i + b;
            value = value << 1 | ((unsigned)bytes[bit / 8] >> (7 - bit % 8) & 1u);
        }
        if (i && i % GROUP == 0)
            out[at++] = '-';
        out[at++] = letters[value];
    }
    out[at] = '\0';
}

// Any case, with or without hyphens and spaces; I and L read as 1, O as 0.
static bool read_recovery(struct str text, unsigned char bytes[RECOVERY_BYTES])
{
    size_t n = 0;
    memset(bytes, 0, RECOVERY_BYTES);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '-' || c == ' ')
            continue;
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        c = c == 'I' || c == 'L' ? '1' : c == 'O' ? '0' : c;
        const char *found = memchr(letters, c, 32);
        if (!found || n == RECOVERY_LETTERS)
            return false;
        size_t value = (size_t)(found - letters);
        for (size_t b = 0; b < 5; b++) {
            size_t bit = 5 * n + b;
            bytes[bit / 8] |= (unsigned char)((value >> (4 - b) & 1u) << (7 - bit % 8));
        }
        n++;
    }
    return n == RECOVERY_LETTERS;
}

// --- the rows

struct pair {
    int64_t user;
    unsigned char public[SEAL_PUBLIC], by_recovery[SEAL_LOCKED];
    struct seal_locked locked;
};

static bool take(struct stmt *s, int column, unsigned char *to, size_t n)
{
    struct str blob = stmt_blob(s, column);
    if (blob.n != n)
        return false;
    memcpy(to, blob.p, n);
    return true;
}

static enum err read_pair(struct conn *c, int64_t user, struct pair *out, struct error *e)
{
    struct stmt *s;
    bool row = false;
    *out = (struct pair){.user = user};
    enum err code = conn_stmt(c, "seal.pair",
                              "SELECT public, salt, by_password, by_recovery"
                              " FROM heng_seal_keys WHERE user = ?",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, user);
    code = stmt_step(s, &row, e);
    out->locked.there = !code && row;
    if (out->locked.there && (!take(s, 0, out->public, SEAL_PUBLIC) ||
                              !take(s, 1, out->locked.salt, SEAL_SALT) ||
                              !take(s, 2, out->locked.box, SEAL_LOCKED) ||
                              !take(s, 3, out->by_recovery, SEAL_LOCKED)))
        code = error_set(e, ERR_CORRUPT, "seal.pair", NULL,
                         "the keys of this reader are not readable");
    stmt_finish(s);
    return code;
}

static enum err find_pair(struct store *s, int64_t user, struct pair *out,
                          struct error *e)
{
    struct conn *c;
    enum err code = store_read_begin(s, &c, e);
    if (code)
        return code;
    code = read_pair(c, user, out, e);
    store_read_end(c);
    return code;
}

static enum err no_pair(struct error *e)
{
    error_set(e, ERR_NOT_FOUND, "seal.none", NULL, "you have no key for letters yet");
    return error_cure(e, "make one on the page of letters");
}

enum err seal_has_keys(struct conn *c, int64_t user, bool *out, struct error *e)
{
    struct pair p;
    enum err code = read_pair(c, user, &p, e);
    *out = !code && p.locked.there;
    return code;
}

static enum err insert_job(struct conn *c, void *argument, struct error *e)
{
    const struct pair *p = argument;
    struct pair old;
    struct stmt *s;
    char day[DATE_TEXT_SIZE];
    enum err code = read_pair(c, p->user, &old, e);
    if (!code && old.locked.there) {
        error_set(e, ERR_CONFLICT, "seal.there", NULL, "you have a key already");
        code = error_cure(e, "unlock it with your password or the recovery key");
    }
    if (!code)
        code = conn_stmt(c, "seal.insert",
                         "INSERT INTO heng_seal_keys (user, public, salt, by_password,"
                         " by_recovery, made_on) VALUES (?, ?, ?, ?, ?, ?)",
                         &s, e);
    if (code)
        return code;
    date_format(date_today(), day);
    stmt_bind_int(s, 1, p->user);
    stmt_bind_blob(s, 2, p->public, SEAL_PUBLIC);
    stmt_bind_blob(s, 3, p->locked.salt, SEAL_SALT);
    stmt_bind_blob(s, 4, p->locked.box, SEAL_LOCKED);
    stmt_bind_blob(s, 5, p->by_recovery, SEAL_LOCKED);
    stmt_bind_text(s, 6, str_of(day));
    return stmt_done(s, e);
}

enum err seal_relock_save(struct conn *c, int64_t user, const struct seal_locked *locked,
                          struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, "seal.relock",
                              "UPDATE heng_seal_keys SET salt = ?, by_password = ?"
                              " WHERE user = ?",
                              &s, e);
    if (code)
        return code;
    stmt_bind_blob(s, 1, locked->salt, SEAL_SALT);
    stmt_bind_blob(s, 2, locked->box, SEAL_LOCKED);
    stmt_bind_int(s, 3, user);
    return stmt_done(s, e);
}

// --- what readers do

static enum err lock_with_password(const unsigned char *secret, int64_t user,
                                   struct str password, struct seal_locked *out,
                                   struct error *e)
{
    unsigned char *key = sodium_malloc(32);
    if (!key)
        return error_memory(e);
    randombytes_buf(out->salt, sizeof out->salt);
    enum err code = password_key(password, out->salt, key, e);
    if (!code)
        lock(secret, key, user, out->box);
    sodium_free(key);
    out->there = !code;
    return code;
}

enum err seal_make_keys(struct store *s, int64_t user, struct str password,
                        char recovery[SEAL_RECOVERY_TEXT], struct error *e)
{
    struct pair p = {.user = user};
    unsigned char *secret = sodium_malloc(SEAL_SECRET + 32 + RECOVERY_BYTES);
    recovery[0] = '\0';
    if (!secret)
        return error_memory(e);
    unsigned char *key = secret + SEAL_SECRET, *bytes = key + 32;
    crypto_box_keypair(p.public, secret);
    randombytes_buf(bytes, RECOVERY_BYTES);
    recovery_key(bytes, key);
    lock(secret, key, user, p.by_recovery);
    enum err code = lock_with_password(secret, user, password, &p.locked, e);
    if (!code)
        code = store_write(s, insert_job, &p, e);
    if (!code)
        write_recovery(bytes, recovery);
    sodium_free(secret);
    return code;
}

enum err seal_unlock(struct store *s, int64_t user, struct str password,
                     unsigned char **secret, struct error *e)
{
    struct pair p;
    *secret = NULL;
    enum err code = find_pair(s, user, &p, e);
    if (!code && !p.locked.there)
        code = no_pair(e);
    if (code)
        return code;
    unsigned char *key = sodium_malloc(32), *out = sodium_malloc(SEAL_SECRET);
    code = key && out ? password_key(password, p.locked.salt, key, e) : error_memory(e);
    if (!code && !unlock(p.locked.box, key, user, out)) {
        error_set(e, ERR_FORBIDDEN, "seal.password", NULL,
                  "this password does not open your key for letters");
        code = error_cure(e, "after a reset of the password, give the recovery key");
    }
    sodium_free(key);
    if (code)
        sodium_free(out);
    else
        *secret = out;
    return code;
}

struct relock {
    int64_t user;
    struct seal_locked locked;
};

static enum err relock_job(struct conn *c, void *argument, struct error *e)
{
    const struct relock *r = argument;
    return seal_relock_save(c, r->user, &r->locked, e);
}

enum err seal_recover(struct store *s, int64_t user, struct str recovery,
                      struct str new_password, struct error *e)
{
    struct pair p;
    struct relock r = {.user = user};
    enum err code = find_pair(s, user, &p, e);
    if (!code && !p.locked.there)
        code = no_pair(e);
    if (code)
        return code;
    unsigned char *bytes = sodium_malloc(RECOVERY_BYTES + 32 + SEAL_SECRET);
    if (!bytes)
        return error_memory(e);
    unsigned char *key = bytes + RECOVERY_BYTES, *secret = key + 32;
    bool good = read_recovery(recovery, bytes);
    recovery_key(bytes, key);
    if (!good || !unlock(p.by_recovery, key, user, secret)) {
        error_set(e, ERR_FORBIDDEN, "seal.recovery", "recovery",
                  "this is not your recovery key");
        code = error_cure(e, "it has 48 letters and digits, in groups of four");
    }
    if (!code)
        code = lock_with_password(secret, user, new_password, &r.locked, e);
    if (!code)
        code = store_write(s, relock_job, &r, e);
    sodium_free(bytes);
    return code;
}

enum err seal_relock_make(struct store *s, int64_t user, struct str old_password,
                          struct str new_password, struct seal_locked *out,
                          struct error *e)
{
    unsigned char *secret;
    *out = (struct seal_locked){0};
    enum err code = seal_unlock(s, user, old_password, &secret, e);
    if (code == ERR_NOT_FOUND)
        return ERR_OK;
    if (!code)
        code = lock_with_password(secret, user, new_password, out, e);
    seal_forget(secret);
    return code;
}

enum err seal_relock(struct store *s, int64_t user, struct str old_password,
                     struct str new_password, struct error *e)
{
    struct relock r = {.user = user};
    enum err code = seal_relock_make(s, user, old_password, new_password, &r.locked, e);
    if (!code && !r.locked.there)
        code = no_pair(e);
    return code ? code : store_write(s, relock_job, &r, e);
}

void seal_forget(unsigned char *secret)
{
    sodium_free(secret); // wipes it; NULL is fine
}

// --- readers of a channel

static enum err add_readers(struct conn *c, struct str role, int32_t today,
                            struct seal_reader *list, size_t most, size_t *n,
                            struct error *e)
{
    struct stmt *s;
    char day[DATE_TEXT_SIZE];
    enum err code =
        conn_stmt(c, "seal.readers",
                  "SELECT DISTINCT k.user, k.public FROM heng_seal_keys k"
                  " JOIN heng_accounts p ON p.user = k.user"
                  " JOIN heng_account_roles r ON r.user = k.user"
                  " WHERE r.role = ? AND p.state = 'active' AND p.totp IS NOT NULL"
                  " AND (r.until IS NULL OR r.until >= ?) ORDER BY k.user",
                  &s, e);
    if (code)
        return code;
    date_format(today, day);
    stmt_bind_text(s, 1, role);
    stmt_bind_text(s, 2, str_of(day));
    for (bool row; *n < most && !(code = stmt_step(s, &row, e)) && row;) {
        struct seal_reader *r = &list[*n];
        r->user = stmt_int(s, 0);
        bool known = !take(s, 1, r->key, SEAL_PUBLIC);
        for (size_t i = 0; i < *n && !known; i++)
            known = list[i].user == r->user;
        *n += !known;
    }
    stmt_finish(s);
    return code;
}

enum err seal_readers(struct conn *c, const struct str *roles, size_t n_roles,
                      int32_t today, struct arena *a, struct seal_reader **out, size_t *n,
                      struct error *e)
{
    enum { MOST = 100 };
    enum err code = ERR_OK;
    *n = 0;
    *out = ARENA_ARRAY(a, struct seal_reader, MOST + 1); // one more for the receipt
    if (!*out)
        return error_memory(e);
    for (size_t i = 0; !code && i < n_roles; i++)
        code = add_readers(c, roles[i], today, *out, MOST, n, e);
    return code;
}
