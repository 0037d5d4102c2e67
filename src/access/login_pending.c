// SPDX-License-Identifier: AGPL-3.0-or-later
// What log-ins leave behind, until the scribe has written it: sessions, failures, lines
// of the audit log. One lock; the file is read under it too, so that nothing is missed
// between memory and file.
#include <sodium.h>
#include <string.h>

#include "access/access_private.h"

enum { MOST_STRANGERS = 10000 }; // names that nobody has, whose failures the file keeps

struct failing {
    unsigned char name[32];
    struct login_failures f;
    bool writing; // as it stands, by the job under way
};

struct pending {
    pthread_mutex_t lock;
    struct login_deed deeds[LOGIN_MAX_DEEDS]; // in order
    size_t n_deeds, n_writing;                // so many of the job under way
    int64_t n_gone;                           // written ever
    struct failing failing[LOGIN_MAX_FAILING];
    size_t n_failing;
};

enum err login_pending_open(struct login *l, struct error *e)
{
    l->pending = mem_alloc(1, sizeof *l->pending);
    if (!l->pending)
        return error_memory(e);
    pthread_mutex_init(&l->pending->lock, NULL);
    return ERR_OK;
}

void login_pending_close(struct login *l)
{
    if (!l->pending)
        return;
    pthread_mutex_destroy(&l->pending->lock);
    mem_free(l->pending);
    l->pending = NULL;
}

void login_pending_lock(struct login *l)
{
    pthread_mutex_lock(&l->pending->lock);
}

void login_pending_unlock(struct login *l)
{
    pthread_mutex_unlock(&l->pending->lock);
}

static enum err too_much(struct error *e)
{
    error_set(e, ERR_BUSY, "login.pending", NULL,
              "too many log-ins wait for being written to the file");
    return error_cure(e, "try again when the import or backup under way has ended");
}

// Attempts that are under way need some room at their end.
enum err login_pending_room(const struct login *l, struct error *e)
{
    bool room = l->pending->n_deeds + LOGIN_SPARE_DEEDS <= LOGIN_MAX_DEEDS;
    return room ? ERR_OK : too_much(e);
}

// --- failures of names

void login_name_hash(const unsigned char secret[32], struct str folded,
                     unsigned char out[32])
{
    crypto_generichash(out, 32, (const unsigned char *)folded.p, folded.n, secret, 32);
}

static struct failing *find_failing(struct pending *p, const unsigned char name[32])
{
    for (size_t i = 0; i < p->n_failing; i++)
        if (memcmp(p->failing[i].name, name, sizeof p->failing[i].name) == 0)
            return &p->failing[i];
    return NULL;
}

static enum err read_failures(struct conn *c, const unsigned char name[32],
                              struct login_failures *out, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(c, "login.failures",
                              "SELECT failures, until, at, known FROM heng_failures"
                              " WHERE name = ?",
                              &s, e);
    if (code)
        return code;
    stmt_bind_blob(s, 1, name, 32);
    code = stmt_step(s, &row, e);
    if (!code && row)
        *out = (struct login_failures){stmt_int(s, 0), stmt_int(s, 1), stmt_int(s, 2),
                                       stmt_int(s, 3)};
    stmt_finish(s);
    return code;
}

enum err login_failures_get(const struct login *l, struct conn *c,
                            const unsigned char name[32], int64_t now,
                            struct login_failures *out, struct error *e)
{
    const struct failing *known = find_failing(l->pending, name);
    *out = known ? known->f : (struct login_failures){0};
    enum err code = known ? ERR_OK : read_failures(c, name, out, e);
    if (now - out->at >= LOGIN_FORGIVEN_MS)
        *out = (struct login_failures){0};
    return code;
}

// A place for one more: where the longest known of the names that nobody has was.
static struct failing *place(struct pending *p)
{
    struct failing *oldest = NULL;
    if (p->n_failing < LOGIN_MAX_FAILING)
        return &p->failing[p->n_failing++];
    for (size_t i = 0; i < p->n_failing; i++)
        if (!p->failing[i].f.known && (!oldest || p->failing[i].f.at < oldest->f.at))
            oldest = &p->failing[i];
    return oldest;
}

enum err login_failures_set(struct login *l, const unsigned char name[32],
                            const struct login_failures *f, struct error *e)
{
    struct failing *x = find_failing(l->pending, name);
    if (!x)
        x = place(l->pending);
    if (!x)
        return too_much(e);
    memcpy(x->name, name, sizeof x->name);
    x->f = *f;
    x->writing = false;
    return ERR_OK;
}

static enum err delete_failures(struct conn *c, const unsigned char name[32],
                                struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, "login.forget_failures",
                              "DELETE FROM heng_failures WHERE name = ?", &s, e);
    if (code)
        return code;
    stmt_bind_blob(s, 1, name, 32);
    return stmt_done(s, e);
}

static enum err save_failures(struct conn *c, const struct failing *x, struct error *e)
{
    struct stmt *s;
    if (!x->f.n)
        return delete_failures(c, x->name, e);
    enum err code = conn_stmt(c, "login.save_failures",
                              "INSERT INTO heng_failures (name, known, failures, until,"
                              " at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE"
                              " SET known = excluded.known, failures ="
                              " excluded.failures, until = excluded.until, at ="
                              " excluded.at",
                              &s, e);
    if (code)
        return code;
    stmt_bind_blob(s, 1, x->name, sizeof x->name);
    stmt_bind_int(s, 2, x->f.known);
    stmt_bind_int(s, 3, x->f.n);
    stmt_bind_int(s, 4, x->f.until);
    stmt_bind_int(s, 5, x->f.at);
    return stmt_done(s, e);
}

// Names that nobody has are kept up to a bound, the latest.
static enum err prune_strangers(struct conn *c, struct error *e)
{
    const int64_t most = MOST_STRANGERS;
    return account_run(c, "login.prune_strangers",
                       "DELETE FROM heng_failures WHERE known = 0 AND at <"
                       " (SELECT at FROM heng_failures WHERE known = 0"
                       " ORDER BY at DESC LIMIT 1 OFFSET ?)",
                       &most, 1, e);
}

static enum err name_of_account(struct conn *c, int64_t user, unsigned char name[32],
                                bool *found, struct error *e)
{
    unsigned char secret[32];
    struct stmt *s;
    *found = false;
    enum err code = account_secret(c, secret, e);
    if (!code)
        code = conn_stmt(c, "login.folded",
                         "SELECT folded FROM heng_accounts WHERE user = ?", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, user);
    code = stmt_step(s, found, e);
    if (!code && *found)
        login_name_hash(secret, stmt_text(s, 0), name);
    stmt_finish(s);
    return code;
}

enum err login_failures_forget(struct login *l, struct conn *c, int64_t user,
                               struct error *e)
{
    unsigned char name[32];
    bool found;
    enum err code = name_of_account(c, user, name, &found, e);
    if (!code && found)
        code = delete_failures(c, name, e);
    if (code || !found)
        return code;
    struct pending *p = l->pending;
    pthread_mutex_lock(&p->lock);
    struct failing *x = find_failing(p, name);
    if (x)
        *x = p->failing[--p->n_failing];
    pthread_mutex_unlock(&p->lock);
    return ERR_OK;
}

// --- deeds

struct chain_hash login_proof(struct str password_hash)
{
    return chain_hash_of(password_hash);
}

enum err login_deed_add(struct login *l, const struct login_deed *d, struct error *e)
{
    struct pending *p = l->pending;
    if (p->n_deeds == LOGIN_MAX_DEEDS)
        return too_much(e);
    p->deeds[p->n_deeds++] = *d;
    return ERR_OK;
}

int64_t login_pending_count(const struct login *l)
{
    return l->pending->n_gone + (int64_t)l->pending->n_deeds;
}

int64_t login_pending_totp(const struct login *l, int64_t user)
{
    int64_t step = 0;
    for (size_t i = 0; i < l->pending->n_deeds; i++) {
        const struct login_deed *d = &l->pending->deeds[i];
        if (d->user == user && d->totp_step > step)
            step = d->totp_step;
    }
    return step;
}

bool login_pending_session(struct login *l, const struct chain_hash *hash,
                           struct login_deed *out)
{
    struct pending *p = l->pending;
    bool found = false;
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; !found && i < p->n_deeds; i++) {
        const struct login_deed *d = &p->deeds[i];
        found = d->session && !d->ended && chain_equal(&d->hash, hash);
        if (found)
            *out = *d;
    }
    pthread_mutex_unlock(&p->lock);
    return found;
}

void login_pending_list(struct login *l, int64_t user, struct login_session *list,
                        size_t *n)
{
    struct pending *p = l->pending;
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < p->n_deeds && *n < LOGIN_MAX_SESSIONS; i++) {
        const struct login_deed *d = &p->deeds[i];
        bool mine = d->session && !d->ended && d->user == user;
        for (size_t k = 0; mine && k < *n; k++)
            mine = list[k].id != d->session;
        if (!mine)
            continue;
        memmove(list + 1, list, *n * sizeof *list); // the newest first
        list[0] = (struct login_session){d->session, d->at, d->at, ""};
        memcpy(list[0].device, d->device, sizeof d->device);
        ++*n;
    }
    pthread_mutex_unlock(&p->lock);
}

static struct login_deed *find_session(struct pending *p, int64_t session)
{
    for (size_t i = 0; i < p->n_deeds; i++)
        if (p->deeds[i].session == session && !p->deeds[i].ended)
            return &p->deeds[i];
    return NULL;
}

bool login_pending_end(struct login *l, int64_t user, int64_t session, int64_t now,
                       bool *written, int64_t *count)
{
    struct pending *p = l->pending;
    *written = false;
    pthread_mutex_lock(&p->lock);
    struct login_deed *d = session ? find_session(p, session) : NULL;
    bool found = d && d->user == user;
    if (found) {
        const struct login_deed end = {
            .kind = AUDIT_LOG_OUT, .user = user, .at = now, .by_user = true};
        d->ended = true;
        // without room for the line the job of the caller writes it
        *written = (size_t)(d - p->deeds) < p->n_writing || login_deed_add(l, &end, NULL);
    }
    *count = login_pending_count(l);
    pthread_mutex_unlock(&p->lock);
    return found;
}

void login_pending_proof(struct login *l, int64_t session, struct str password_hash)
{
    struct pending *p = l->pending;
    pthread_mutex_lock(&p->lock);
    struct login_deed *d = session ? find_session(p, session) : NULL;
    if (d)
        d->password = login_proof(password_hash);
    pthread_mutex_unlock(&p->lock);
}

// --- writing

// The session, unless the account was turned off or its password changed meanwhile.
static enum err write_session(struct conn *c, const struct login_deed *d, struct error *e)
{
    struct stmt *s;
    bool row = false, good = false;
    enum err code = conn_stmt(c, "login.proof",
                              "SELECT password FROM heng_accounts WHERE user = ?"
                              " AND state = 'active'",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, d->user);
    code = stmt_step(s, &row, e);
    if (!code && row) {
        const struct chain_hash is = login_proof(stmt_text(s, 0));
        good = chain_equal(&is, &d->password);
    }
    stmt_finish(s);
    return code || !good ? code
                         : login_session_insert(c, d->user, d->session, &d->hash,
                                                d->device, d->at, e);
}

static enum err write_deed(struct conn *c, const struct login_deed *d, struct error *e)
{
    struct arena a;
    struct str name = STR("");
    enum err code = ERR_OK;
    arena_init(&a, 0);
    if (d->session && !d->ended)
        code = write_session(c, d, e);
    if (!code && d->totp_step) {
        const int64_t values[] = {d->totp_step, d->user};
        code = account_run(c, "login.totp_used",
                           "UPDATE heng_accounts SET totp_step = max(totp_step, ?1)"
                           " WHERE user = ?2",
                           values, 2, e);
    }
    if (!code && d->user)
        code = login_name_of(c, d->user, &a, &name, e);
    if (!code)
        code = audit_append(
            c,
            &(struct audit_entry){.kind = d->kind,
                                  .who = d->by_user ? d->user : 0,
                                  .subject = name,
                                  .text = d->with_code ? STR("with code") : STR(""),
                                  .at = d->at},
            e);
    arena_free(&a);
    return code;
}

void login_pending_begin(struct login *l)
{
    login_pending_written(l, false);
}

enum err login_pending_write(struct login *l, struct conn *c, int64_t count,
                             int64_t before, struct error *e)
{
    struct pending *p = l->pending;
    enum err code = ERR_OK;
    pthread_mutex_lock(&p->lock);
    while (!code && p->n_gone + (int64_t)p->n_writing < count &&
           p->deeds[p->n_writing].at < before)
        code = write_deed(c, &p->deeds[p->n_writing++], e);
    pthread_mutex_unlock(&p->lock);
    return code;
}

enum err login_pending_write_failures(struct login *l, struct conn *c, struct error *e)
{
    struct pending *p = l->pending;
    enum err code = ERR_OK;
    bool strangers = false;
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; !code && i < p->n_failing; i++) {
        code = save_failures(c, &p->failing[i], e);
        p->failing[i].writing = true;
        strangers |= !p->failing[i].f.known;
    }
    pthread_mutex_unlock(&p->lock);
    return code || !strangers ? code : prune_strangers(c, e);
}

void login_pending_written(struct login *l, bool committed)
{
    struct pending *p = l->pending;
    size_t kept = 0;
    pthread_mutex_lock(&p->lock);
    if (committed) {
        p->n_deeds -= p->n_writing;
        p->n_gone += (int64_t)p->n_writing;
        memmove(p->deeds, p->deeds + p->n_writing, p->n_deeds * sizeof *p->deeds);
        for (size_t i = 0; i < p->n_failing; i++)
            if (!p->failing[i].writing)
                p->failing[kept++] = p->failing[i];
        p->n_failing = kept;
    }
    p->n_writing = 0;
    for (size_t i = 0; i < p->n_failing; i++)
        p->failing[i].writing = false;
    pthread_mutex_unlock(&p->lock);
}
