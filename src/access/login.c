// SPDX-License-Identifier: AGPL-3.0-or-later
// The table of callers: from a token to what its bearer may do, without SQL where it was
// met before.
#include <sodium.h>
#include <string.h>

#include "access/access_private.h"
#include "access/letter.h"
#include "base/date.h"
#include "base/init.h"

// --- secrets

void login_secret_new(char out[LOGIN_SECRET_SIZE])
{
    unsigned char bytes[32];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(out, LOGIN_SECRET_SIZE, bytes, sizeof bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bytes, sizeof bytes);
}

static bool is_token(struct str secret)
{
    return str_starts(secret, STR("heng_"));
}

bool login_secret_hash(struct str secret, struct chain_hash *out)
{
    if (is_token(secret))
        secret = (struct str){secret.p + 5, secret.n - 5};
    if (secret.n != LOGIN_SECRET_SIZE - 1)
        return false;
    *out = chain_hash_of(secret);
    return true;
}

int64_t login_random_id(void)
{
    uint64_t n;
    do {
        randombytes_buf(&n, sizeof n);
        n >>= 11; // 53 bits: exact in any JSON reader too
    } while (!n);
    return (int64_t)n;
}

static void make_csrf(struct str secret, char out[LOGIN_SECRET_SIZE])
{
    unsigned char bytes[32];
    static const char purpose[] = "X-Heng-CSRF";
    crypto_generichash(bytes, sizeof bytes, (const unsigned char *)purpose,
                       sizeof purpose - 1, (const unsigned char *)secret.p, secret.n);
    sodium_bin2base64(out, LOGIN_SECRET_SIZE, bytes, sizeof bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool login_csrf_is(const struct login_who *who, struct str sent)
{
    return who->session && sent.n == LOGIN_SECRET_SIZE - 1 &&
           sodium_memcmp(who->csrf, sent.p, LOGIN_SECRET_SIZE - 1) == 0;
}

// --- the table; all under the lock

static size_t bucket_of(const struct chain_hash *h)
{
    return (h->bytes[0] | (size_t)h->bytes[1] << 8) % LOGIN_BUCKETS;
}

static void caller_free(struct caller *x)
{
    mem_free(x->room);
    mem_free(x);
}

static void empty(struct login *l)
{
    for (size_t i = 0; i < LOGIN_BUCKETS; i++)
        for (struct caller *x = l->buckets[i], *next; x; x = next) {
            next = x->next;
            caller_free(x);
        }
    memset(l->buckets, 0, sizeof l->buckets);
    l->n_callers = 0;
}

static struct caller *find(struct login *l, const struct chain_hash *h)
{
    for (struct caller *x = l->buckets[bucket_of(h)]; x; x = x->next)
        if (chain_equal(&x->hash, h))
            return x;
    return NULL;
}

static void drop(struct login *l, struct caller *gone)
{
    for (struct caller **at = &l->buckets[bucket_of(&gone->hash)]; *at; at = &(*at)->next)
        if (*at == gone) {
            *at = gone->next;
            l->n_callers--;
            caller_free(gone);
            return;
        }
}

// Makes room by the caller that was seen least lately.
static void drop_oldest(struct login *l)
{
    struct caller *oldest = NULL;
    for (size_t i = 0; i < LOGIN_BUCKETS; i++)
        for (struct caller *x = l->buckets[i]; x; x = x->next)
            if (!oldest || x->seen_at < oldest->seen_at)
                oldest = x;
    if (oldest)
        drop(l, oldest);
}

// The grants, roles and texts of an access in one block; *to points into it.
static bool access_into(const struct login_who *from, struct login_who *to, char *room,
                        size_t size)
{
    size_t grants = from->access.n_grants * sizeof(struct access_grant);
    size_t roles = from->access.n_roles * sizeof(struct access_role), at = grants + roles;
    struct access_grant *g = (struct access_grant *)(void *)room;
    struct access_role *r = (struct access_role *)(void *)(room + grants);
    if (at > size)
        return false;
    *to = *from;
    if (grants)
        memcpy(g, from->access.grants, grants);
    for (size_t i = 0; i < from->access.n_grants; i++) {
        size_t bytes = g[i].n_registers * sizeof *g[i].registers;
        if (!bytes)
            continue;
        memcpy(room + at, g[i].registers, bytes);
        g[i].registers = (const struct reg *const *)(void *)(room + at);
        at += bytes;
    }
    for (size_t i = 0; i < from->access.n_roles; i++) {
        const struct access_role *role = &from->access.roles[i];
        r[i] = *role;
        r[i].name.p = room + at;
        memcpy(room + at, role->name.p, role->name.n);
        at += role->name.n;
    }
    const struct str texts[] = {from->name, from->language};
    struct str *places[] = {&to->name, &to->language};
    for (int i = 0; i < 2; i++) {
        if (texts[i].n)
            memcpy(room + at, texts[i].p, texts[i].n);
        *places[i] = (struct str){room + at, texts[i].n};
        at += texts[i].n;
    }
    to->access.grants = g;
    to->access.roles = r;
    to->access.name = to->name;
    return true;
}

static size_t access_size(const struct login_who *w)
{
    size_t n =
        w->access.n_grants * sizeof(struct access_grant) + w->name.n + w->language.n;
    for (size_t i = 0; i < w->access.n_grants; i++)
        n += w->access.grants[i].n_registers * sizeof(struct reg *);
    for (size_t i = 0; i < w->access.n_roles; i++)
        n += sizeof(struct access_role) + w->access.roles[i].name.n;
    return n;
}

static bool copy_out(const struct caller *x, struct str secret, struct arena *a,
                     struct login_who *out)
{
    char *room = arena_alloc(a, 1, x->size + 1);
    if (!room || !access_into(&x->who, out, room, x->size))
        return false;
    if (x->who.session)
        make_csrf(secret, out->csrf);
    return true;
}

// Sessions end by themselves, tokens on their day.
static bool is_over(const struct caller *x, const struct login_at *at)
{
    if (x->who.token)
        return x->until != DATE_NONE && x->until < at->today;
    return at->now - x->seen_at > LOGIN_IDLE_MS || at->now - x->made_at > LOGIN_LIFE_MS;
}

static bool answer(struct login *l, const struct chain_hash *h, struct str secret,
                   const struct login_at *at, struct arena *a, struct login_who *out)
{
    struct caller *x = find(l, h);
    if (!x || is_token(secret) != (x->who.token != 0) || is_over(x, at) ||
        !copy_out(x, secret, a, out))
        return false;
    if (at->now > x->seen_at)
        x->seen_at = at->now;
    return true;
}

static bool is_current(const struct login *l, const struct login_at *at)
{
    return l->pack == at->pack && l->today == at->today;
}

static bool peek(struct login *l, const struct chain_hash *h, struct str token,
                 const struct login_at *at, struct arena *a, struct login_who *out)
{
    *out = (struct login_who){0};
    pthread_mutex_lock(&l->lock);
    bool known = at->version && at->version == l->version && is_current(l, at) &&
                 answer(l, h, token, at, a, out);
    pthread_mutex_unlock(&l->lock);
    if (!known)
        *out = (struct login_who){0};
    return known;
}

bool login_peek(struct login *l, struct str token, const struct login_at *at,
                struct arena *a, struct login_who *out)
{
    struct chain_hash h;
    *out = (struct login_who){0};
    if (!login_secret_hash(token, &h))
        return true; // nobody
    return peek(l, &h, token, at, a, out);
}

bool login_peek_token(struct login *l, const struct chain_hash *h,
                      const struct login_at *at, struct arena *a, struct login_who *out)
{
    return peek(l, h, STR("heng_"), at, a, out);
}

void login_forget(struct login *l)
{
    pthread_mutex_lock(&l->lock);
    empty(l);
    l->version = l->generation = 0;
    l->pack = NULL;
    pthread_mutex_unlock(&l->lock);
}

// --- reading the file

static enum err read_caller(struct conn *c, const struct chain_hash *h, bool token,
                            struct caller *x, struct arena *a, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code =
        token ? conn_stmt(c, "login.token",
                          "SELECT t.id, t.user, t.made_at, t.used_at, u.name, p.language,"
                          " t.until, t.read_only, t.device FROM heng_tokens t"
                          " JOIN heng_accounts p ON p.user = t.user"
                          " JOIN heng_users u ON u.id = t.user"
                          " WHERE t.hash = ? AND p.state = 'active'",
                          &s, e)
              : conn_stmt(c, "login.session",
                          "SELECT t.id, t.user, t.made_at, t.seen_at, u.name, p.language,"
                          " NULL, 0, 0 FROM heng_sessions t"
                          " JOIN heng_accounts p ON p.user = t.user"
                          " JOIN heng_users u ON u.id = t.user"
                          " WHERE t.hash = ? AND p.state = 'active'",
                          &s, e);
    if (code)
        return code;
    stmt_bind_blob(s, 1, h->bytes, CHAIN_HASH_SIZE);
    code = stmt_step(s, &row, e);
    if (!code && row) {
        x->hash = *h;
        x->who.user = stmt_int(s, 1);
        *(token ? &x->who.token : &x->who.session) = stmt_int(s, 0);
        x->made_at = stmt_int(s, 2);
        x->seen_at = x->kept_seen_at = stmt_int(s, 3);
        x->who.name = str_copy(a, stmt_text(s, 4));
        x->who.language = str_copy(a, stmt_text(s, 5));
        x->until = DATE_NONE;
        if (!x->who.name.p || !x->who.language.p)
            code = error_memory(e);
        else if (stmt_text(s, 6).p)
            code = date_parse(stmt_text(s, 6), &x->until, e);
        x->who.read_only = stmt_int(s, 7);
        x->who.device = stmt_int(s, 8);
    }
    stmt_finish(s);
    return code;
}

// A session that is not written yet: the person stands in the file, and the password must
// be the one that was given.
static enum err read_pending(struct conn *c, const struct login_deed *d, struct caller *x,
                             struct arena *a, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(c, "login.pending",
                              "SELECT u.name, p.language, p.password FROM heng_accounts p"
                              " JOIN heng_users u ON u.id = p.user"
                              " WHERE p.user = ? AND p.state = 'active'",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, d->user);
    code = stmt_step(s, &row, e);
    const struct chain_hash proof = login_proof(!code && row ? stmt_text(s, 2) : STR(""));
    if (!code && row && chain_equal(&proof, &d->password)) {
        x->hash = d->hash;
        x->who.user = d->user;
        x->who.session = d->session;
        x->made_at = x->seen_at = x->kept_seen_at = d->at;
        x->until = DATE_NONE;
        x->who.name = str_copy(a, stmt_text(s, 0));
        x->who.language = str_copy(a, stmt_text(s, 1));
        if (!x->who.name.p || !x->who.language.p)
            code = error_memory(e);
    }
    stmt_finish(s);
    return code;
}

// A token that only looks.
static enum err narrow(struct arena *a, struct access *who, struct error *e)
{
    struct access_grant *g = ARENA_ARRAY(a, struct access_grant, who->n_grants + 1);
    if (!g)
        return error_memory(e);
    for (size_t i = 0; i < who->n_grants; i++) {
        g[i] = who->grants[i];
        g[i].writes_rows = 0;
        g[i].functions &= 1u << ACCESS_FIGURES | 1u << ACCESS_AUDIT;
    }
    who->grants = g;
    who->n_roles = 0;
    return ERR_OK;
}

// Puts what was read into the table. Without memory the caller is answered all the same
// and read again next time.
static void keep(struct login *l, const struct caller *read)
{
    struct caller *x = mem_alloc(1, sizeof *x);
    if (!x)
        return;
    x->hash = read->hash;
    x->seen_at = read->seen_at;
    x->kept_seen_at = read->kept_seen_at;
    x->made_at = read->made_at;
    x->until = read->until;
    x->size = access_size(&read->who);
    x->room = mem_alloc(x->size + 1, 1);
    if (!x->room || !access_into(&read->who, &x->who, x->room, x->size)) {
        caller_free(x);
        return;
    }
    struct caller *old = find(l, &x->hash);
    if (old)
        drop(l, old);
    if (l->n_callers >= LOGIN_MAX_CALLERS)
        drop_oldest(l);
    x->next = l->buckets[bucket_of(&x->hash)];
    l->buckets[bucket_of(&x->hash)] = x;
    l->n_callers++;
}

// What the table holds is of one generation, one pack and one day.
static void settle(struct login *l, int64_t version, int64_t generation,
                   const struct login_at *at)
{
    if (l->generation != generation || !is_current(l, at)) {
        empty(l);
        l->generation = generation;
        l->pack = at->pack;
        l->today = at->today;
    }
    if (version > l->version)
        l->version = version;
}

// pending: the session, if it waits for being written.
static enum err read_and_keep(struct login *l, struct conn *c, const struct chain_hash *h,
                              struct str token, const struct login_deed *pending,
                              const struct login_at *at, struct arena *a,
                              struct login_who *out, struct error *e)
{
    struct caller read = {0};
    int64_t version, generation;
    enum err code = store_data_version(c, &version, e);
    if (!code)
        code = account_generation(c, &generation, e);
    if (code)
        return code;
    pthread_mutex_lock(&l->lock);
    settle(l, version, generation, at);
    bool known = answer(l, h, token, at, a, out);
    pthread_mutex_unlock(&l->lock);
    if (known)
        return ERR_OK;
    code = read_caller(c, h, is_token(token), &read, a, e);
    if (!code && !read.who.user && pending->session)
        code = read_pending(c, pending, &read, a, e);
    if (code || !read.who.user || is_over(&read, at))
        return code;
    code = account_access(c, read.who.user, at->pack, at->today, a, &read.who.access, e);
    if (!code && read.who.read_only)
        code = narrow(a, &read.who.access, e);
    if (code)
        return code;
    read.seen_at = at->now > read.seen_at ? at->now : read.seen_at;
    pthread_mutex_lock(&l->lock);
    if (l->generation == generation && is_current(l, at)) // none was faster
        keep(l, &read);
    pthread_mutex_unlock(&l->lock);
    *out = read.who;
    if (out->session)
        make_csrf(token, out->csrf);
    return ERR_OK;
}

static enum err resolve(struct login *l, const struct chain_hash *h, struct str token,
                        const struct login_at *at, struct arena *a, struct login_who *out,
                        struct error *e)
{
    struct conn *c;
    struct login_deed pending = {0};
    // before the snapshot: what is written in between is in the one or the other
    if (!is_token(token) && !login_pending_session(l, h, &pending))
        pending.session = 0;
    enum err code = store_read_begin(l->store, &c, e);
    if (code)
        return code;
    code = read_and_keep(l, c, h, token, &pending, at, a, out, e);
    store_read_end(c);
    if (code)
        *out = (struct login_who){0};
    return code;
}

enum err login_resolve(struct login *l, struct str token, const struct login_at *at,
                       struct arena *a, struct login_who *out, struct error *e)
{
    struct chain_hash h;
    if (login_peek(l, token, at, a, out) || !login_secret_hash(token, &h))
        return ERR_OK;
    return resolve(l, &h, token, at, a, out, e);
}

enum err login_resolve_token(struct login *l, const struct chain_hash *h,
                             const struct login_at *at, struct arena *a,
                             struct login_who *out, struct error *e)
{
    if (login_peek_token(l, h, at, a, out))
        return ERR_OK;
    return resolve(l, h, STR("heng_"), at, a, out, e);
}

// --- opening

static enum err open_job(struct conn *c, void *argument, struct error *e)
{
    struct login *l = argument;
    enum err code = account_migrate(c, e);
    if (!code)
        code = seal_migrate(c, e);
    if (!code)
        code = letter_migrate(c, e);
    return code ? code : account_secret(c, l->secret, e);
}

enum err login_open(struct login **out, struct store *s, struct error *e)
{
    *out = NULL;
    enum err code = base_init(e);
    if (code)
        return code;
    struct login *l = mem_alloc(1, sizeof *l);
    if (!l)
        return error_memory(e);
    l->store = s;
    pthread_mutex_init(&l->lock, NULL);
    code = store_write(s, open_job, l, e);
    if (!code)
        code = seal_ring_open(&l->ring, e);
    if (!code)
        code = login_pending_open(l, e);
    if (!code)
        code = login_scribe_open(l, e);
    if (code) {
        login_close(l);
        return code;
    }
    *out = l;
    return ERR_OK;
}

void login_close(struct login *l)
{
    if (!l)
        return;
    login_scribe_close(l);
    login_pending_close(l);
    seal_ring_close(l->ring);
    empty(l);
    pthread_mutex_destroy(&l->lock);
    sodium_memzero(l->secret, sizeof l->secret);
    mem_free(l);
}
