// SPDX-License-Identifier: AGPL-3.0-or-later
// Phones: a person's name with a device token, by basic or digest log-in. Nothing here
// writes to the file, for it is asked on the threads that hold the connections.
#include <sodium.h>
#include <string.h>

#include "access/access_private.h"
#include "base/md5.h"

// --- failures of a name

static uint64_t name_key(const struct login *l, struct str folded)
{
    uint64_t key;
    unsigned char hash[16];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)folded.p, folded.n,
                       l->secret, sizeof l->secret);
    memcpy(&key, hash, sizeof key);
    return key;
}

static struct phone_failures *place_of(struct login *l, uint64_t key)
{
    return &l->phones[key % LOGIN_PHONES];
}

static int must_wait(struct login *l, uint64_t key, int64_t now)
{
    pthread_mutex_lock(&l->lock);
    const struct phone_failures *f = place_of(l, key);
    int seconds =
        f->name == key && f->until > now ? (int)((f->until - now + 999) / 1000) : 0;
    pthread_mutex_unlock(&l->lock);
    return seconds;
}

static void count(struct login *l, uint64_t key, int64_t now, bool right)
{
    pthread_mutex_lock(&l->lock);
    struct phone_failures *f = place_of(l, key);
    if (right && f->name == key) {
        *f = (struct phone_failures){0};
    } else if (!right) {
        bool known = f->name == key && now - f->at < LOGIN_FORGIVEN_MS;
        int64_t n = known ? f->n + 1 : 1;
        *f = (struct phone_failures){key, n, now + login_wait_after(n), now};
    }
    pthread_mutex_unlock(&l->lock);
}

// --- digest

struct phone_token {
    struct chain_hash hash;
    unsigned char ha1[MD5_SIZE];
};

static void hash_parts(const struct str *parts, size_t n, char out[MD5_HEX])
{
    struct md5 m;
    unsigned char hash[MD5_SIZE];
    md5_begin(&m);
    for (size_t i = 0; i < n; i++) {
        if (i)
            md5_add(&m, STR(":"));
        md5_add(&m, parts[i]);
    }
    md5_end(&m, hash);
    md5_to_hex(hash, out);
}

// RFC 7616, 3.4.1; without qop RFC 2069.
static bool proves(const struct login_phone *sent, const struct phone_token *t)
{
    char ha1[MD5_HEX], ha2[MD5_HEX], expected[MD5_HEX];
    const struct str second[] = {sent->method, sent->uri};
    md5_to_hex(t->ha1, ha1);
    hash_parts(second, 2, ha2);
    const struct str with[] = {str_of(ha1),  sent->nonce, sent->nc,
                               sent->cnonce, sent->qop,   str_of(ha2)};
    const struct str without[] = {str_of(ha1), sent->nonce, str_of(ha2)};
    if (sent->qop.n)
        hash_parts(with, 6, expected);
    else
        hash_parts(without, 3, expected);
    bool same = sent->response.n == MD5_HEX - 1 &&
                sodium_memcmp(sent->response.p, expected, MD5_HEX - 1) == 0;
    sodium_memzero(ha1, sizeof ha1);
    return same;
}

static enum err find_digest(struct login *l, const struct login_phone *sent,
                            struct str folded, struct chain_hash *out, bool *found,
                            struct error *e)
{
    struct conn *c;
    struct stmt *s;
    *found = false;
    enum err code = store_read_begin(l->store, &c, e);
    if (code)
        return code;
    code = conn_stmt(c, "login.phones",
                     "SELECT t.hash, t.ha1 FROM heng_tokens t JOIN heng_accounts p"
                     " ON p.user = t.user WHERE p.folded = ? AND p.state = 'active'"
                     " AND t.device = 1 AND t.ha1 IS NOT NULL",
                     &s, e);
    if (!code) {
        stmt_bind_text(s, 1, folded);
        for (bool row; !*found && !(code = stmt_step(s, &row, e)) && row;) {
            struct phone_token t;
            struct str hash = stmt_blob(s, 0), ha1 = stmt_blob(s, 1);
            if (hash.n != CHAIN_HASH_SIZE || ha1.n != MD5_SIZE)
                continue;
            memcpy(t.hash.bytes, hash.p, CHAIN_HASH_SIZE);
            memcpy(t.ha1, ha1.p, MD5_SIZE);
            *found = proves(sent, &t);
            *out = t.hash;
        }
        stmt_finish(s);
    }
    store_read_end(c);
    return code;
}

// --- who it is

static bool is_named(struct arena *a, const struct login_who *who, struct str folded)
{
    struct str name;
    return who->user && who->device && !account_fold(a, who->name, &name, NULL) &&
           str_equal(name, folded);
}

enum err login_phone(struct login *l, const struct login_phone *sent,
                     const struct login_at *at, struct arena *a, struct login_who *out,
                     int *retry_after, struct error *e)
{
    struct chain_hash h;
    struct str folded;
    *retry_after = 0;
    *out = (struct login_who){0};
    if (account_fold(a, sent->name, &folded, NULL))
        return ERR_OK; // nobody is called that
    uint64_t key = name_key(l, folded);
    bool token = sent->secret.p && str_starts(sent->secret, STR("heng_")) &&
                 login_secret_hash(sent->secret, &h);
    enum err code = ERR_OK;
    if (!sent->secret.p)
        code = find_digest(l, sent, folded, &h, &token, e);
    if (!code && token)
        code = login_resolve_token(l, &h, at, a, out, e);
    if (code)
        return code;
    bool right = is_named(a, out, folded);
    *retry_after = right ? 0 : must_wait(l, key, at->now);
    if (!*retry_after)
        count(l, key, at->now, right);
    if (!right)
        *out = (struct login_who){0};
    return ERR_OK;
}
