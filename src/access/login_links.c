// SPDX-License-Identifier: AGPL-3.0-or-later
// One-time links; sessions and tokens of a person.
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "access/access_private.h"
#include "base/date.h"
#include "base/md5.h"

enum {
    HOUR_MS = 3600 * 1000,
    SHORT_LINK_MS = 24 * HOUR_MS,
    LONG_LINK_MS = 7 * 24 * HOUR_MS,
    MAX_TOKEN_NAME = 100
};

static const char *const kinds[] = {"first", "invitation", "reset"};

static enum err note(struct conn *c, enum audit_kind kind, int64_t who,
                     struct str subject, struct str text, int64_t now, struct error *e)
{
    return audit_append(
        c,
        &(struct audit_entry){
            .kind = kind, .who = who, .subject = subject, .text = text, .at = now},
        e);
}

// --- making a link

struct making {
    struct login *l;
    const struct account_editor *by;
    int64_t user, now, until;
    char *secret;
    bool needed;
    struct arena arena;
};

static enum err save_link(struct conn *c, const struct making *m,
                          enum login_link_kind kind, int64_t made_by, struct error *e)
{
    struct chain_hash hash;
    struct stmt *s;
    const int64_t gone[] = {m->user, m->now - LONG_LINK_MS};
    enum err code = account_run(c, "login.old_links",
                                "DELETE FROM heng_links WHERE (user = ?1 AND used_at IS"
                                " NULL) OR until < ?2",
                                gone, 2, e);
    if (!code)
        code = conn_stmt(c, "login.new_link",
                         "INSERT INTO heng_links (hash, kind, user, made_by, made_at,"
                         " until) VALUES (?, ?, ?, ?, ?, ?)",
                         &s, e);
    if (code)
        return code;
    login_secret_new(m->secret);
    bool made = login_secret_hash(str_of(m->secret), &hash);
    stmt_bind_blob(s, 1, made ? hash.bytes : NULL, sizeof hash.bytes);
    stmt_bind_text(s, 2, str_of(kinds[kind]));
    stmt_bind_int(s, 3, m->user);
    stmt_bind_int(s, 4, made_by);
    stmt_bind_int(s, 5, m->now);
    stmt_bind_int(s, 6, m->until);
    return stmt_done(s, e);
}

static enum err make_job(struct conn *c, void *argument, struct error *e)
{
    struct making *m = argument;
    struct account_person p;
    enum err code = account_get(c, &m->arena, m->user, &p, e);
    if (!code)
        code = account_may_edit(c, m->by, m->user, e);
    if (!code && m->user == m->by->user && !m->by->at_shell) {
        error_set(e, ERR_FORBIDDEN, "login.own_link", NULL,
                  "nobody makes a link for themselves");
        return error_cure(e, "change your password with the old one");
    }
    if (!code && p.state == ACCOUNT_OFF) {
        error_set(e, ERR_CONFLICT, "login.off", NULL, "the account '" STR_FMT "' is off",
                  STR_ARG(p.name));
        return error_cure(e, "turn it on first");
    }
    if (code)
        return code;
    enum login_link_kind kind =
        p.state == ACCOUNT_INVITED ? LOGIN_LINK_INVITATION : LOGIN_LINK_RESET;
    m->until = m->now + (kind == LOGIN_LINK_INVITATION ? LONG_LINK_MS : SHORT_LINK_MS);
    code = save_link(c, m, kind, m->by->user, e);
    return code ? code
                : note(c, AUDIT_LINK_MADE, m->by->user, p.name, str_of(kinds[kind]),
                       m->now, e);
}

enum err login_link_make(struct login *l, const struct account_editor *by, int64_t user,
                         char secret[LOGIN_SECRET_SIZE], int64_t *until, struct error *e)
{
    struct making m = {.l = l, .by = by, .user = user, .now = by->now, .secret = secret};
    arena_init(&m.arena, 0);
    enum err code = store_write(l->store, make_job, &m, e);
    arena_free(&m.arena);
    *until = m.until;
    return code;
}

static enum err first_job(struct conn *c, void *argument, struct error *e)
{
    struct making *m = argument;
    bool first = false;
    enum err code = account_first_run(c, &first, e);
    m->needed = !code && first;
    if (!m->needed)
        return code;
    m->until = m->now + SHORT_LINK_MS;
    code = save_link(c, m, LOGIN_LINK_FIRST, 0, e);
    return code ? code
                : note(c, AUDIT_LINK_MADE, 0, STR(""), str_of(kinds[LOGIN_LINK_FIRST]),
                       m->now, e);
}

enum err login_first_link(struct login *l, int64_t now, char secret[LOGIN_SECRET_SIZE],
                          bool *needed, struct error *e)
{
    struct making m = {.l = l, .now = now, .secret = secret};
    enum err code = store_write(l->store, first_job, &m, e);
    *needed = !code && m.needed;
    return code;
}

// --- using it

static enum err no_link(struct error *e)
{
    error_set(e, ERR_NOT_FOUND, "login.link", NULL,
              "this link was used already, or is too old, or never was one");
    return error_cure(e, "ask for a new one");
}

static enum err find_link(struct conn *c, struct str secret, int64_t now, struct arena *a,
                          struct login_link *out, struct error *e)
{
    struct chain_hash hash;
    struct stmt *s;
    bool row = false;
    if (!login_secret_hash(secret, &hash))
        return no_link(e);
    enum err code =
        conn_stmt(c, "login.link",
                  "SELECT l.kind, l.user, l.until, u.name, p.full_name FROM heng_links l"
                  " LEFT JOIN heng_accounts p ON p.user = l.user"
                  " LEFT JOIN heng_users u ON u.id = l.user"
                  " WHERE l.hash = ? AND l.used_at IS NULL AND l.until > ?"
                  " AND (l.user = 0 OR p.state <> 'off')",
                  &s, e);
    if (code)
        return code;
    stmt_bind_blob(s, 1, hash.bytes, sizeof hash.bytes);
    stmt_bind_int(s, 2, now);
    code = stmt_step(s, &row, e);
    if (!code && row) {
        struct str kind = stmt_text(s, 0), name = stmt_text(s, 3), full = stmt_text(s, 4);
        *out = (struct login_link){.user = stmt_int(s, 1), .until = stmt_int(s, 2)};
        for (int k = 0; k < 3; k++)
            if (str_equal_c(kind, kinds[k]))
                out->kind = (enum login_link_kind)k;
        out->name = str_copy(a, name.p ? name : STR(""));
        out->full_name = str_copy(a, full.p ? full : STR(""));
        if (!out->name.p || !out->full_name.p)
            code = error_memory(e);
    }
    stmt_finish(s);
    return !code && !row ? no_link(e) : code;
}

enum err login_link_get(struct login *l, struct str secret, int64_t now, struct arena *a,
                        struct login_link *out, struct error *e)
{
    struct conn *c;
    enum err code = store_read_begin(l->store, &c, e);
    if (code)
        return code;
    code = find_link(c, secret, now, a, out, e);
    store_read_end(c);
    return code;
}

struct use {
    struct login *l;
    struct str secret, name, full_name;
    char device[LOGIN_DEVICE_SIZE];
    int64_t now;
    char hash[LOGIN_HASH_SIZE];
    struct login_done *out;
    struct arena arena;
};

static enum err use_up(struct conn *c, const struct use *u, struct error *e)
{
    struct chain_hash hash;
    struct stmt *s;
    enum err code = conn_stmt(c, "login.use_link",
                              "UPDATE heng_links SET used_at = ? WHERE hash = ?", &s, e);
    if (code)
        return code;
    bool made = login_secret_hash(u->secret, &hash);
    stmt_bind_int(s, 1, u->now);
    stmt_bind_blob(s, 2, made ? hash.bytes : NULL, sizeof hash.bytes);
    return stmt_done(s, e);
}

static bool everything(const void *argument, enum access_function f, int64_t area)
{
    (void)argument, (void)f, (void)area;
    return true;
}

static enum err make_first(struct conn *c, struct use *u, struct login_link *link,
                           struct error *e)
{
    bool first = false;
    const struct account_holds holds = {.role = STR("administrator"), .until = DATE_NONE};
    const struct account_editor by = {.may = everything, .now = u->now};
    enum err code = account_first_run(c, &first, e);
    if (!code && !first)
        return no_link(e);
    if (!code)
        code = account_insert(c, &u->arena, u->name, u->full_name, STR(""), u->now,
                              &link->user, e);
    link->name = str_trim(u->name);
    return code ? code : account_set_holds(c, &u->arena, &by, link->user, &holds, 1, e);
}

// A name that the person corrects, and what a reset takes away.
static enum err settle_person(struct conn *c, const struct use *u,
                              const struct login_link *link, struct error *e)
{
    struct stmt *s;
    enum err code = ERR_OK;
    if (link->kind == LOGIN_LINK_INVITATION && u->full_name.n && u->full_name.n <= 400) {
        code = conn_stmt(c, "login.full_name",
                         "UPDATE heng_accounts SET full_name = ? WHERE user = ?", &s, e);
        if (code)
            return code;
        stmt_bind_text(s, 1, str_trim(u->full_name));
        stmt_bind_int(s, 2, link->user);
        code = stmt_done(s, e);
    }
    if (!code && link->kind == LOGIN_LINK_RESET)
        code = account_run(c, "login.reset_totp",
                           "UPDATE heng_accounts SET totp = NULL, totp_next = NULL"
                           " WHERE user = ?",
                           &link->user, 1, e);
    if (!code)
        code = account_sign_out(c, link->user, 0, true, e);
    return code ? code : login_failures_forget(u->l, c, link->user, e);
}

static enum err use_job(struct conn *c, void *argument, struct error *e)
{
    struct use *u = argument;
    struct login_link link = {0};
    struct chain_hash session;
    enum err code = find_link(c, u->secret, u->now, &u->arena, &link, e);
    if (!code)
        code = use_up(c, u, e);
    if (!code && link.kind == LOGIN_LINK_FIRST)
        code = make_first(c, u, &link, e);
    if (!code)
        code = login_password_save(c, link.user, u->hash, e);
    if (!code)
        code = settle_person(c, u, &link, e);
    if (!code)
        code = account_changed(c, e);
    if (!code)
        code = note(c, AUDIT_LINK_USED, link.user, link.name, str_of(kinds[link.kind]),
                    u->now, e);
    login_session_new(link.user, u->out, &session);
    if (!code)
        code = login_session_insert(c, link.user, u->out->session, &session, u->device,
                                    u->now, e);
    return code ? code : note(c, AUDIT_LOG_IN, link.user, link.name, STR(""), u->now, e);
}

enum err login_link_use(struct login *l, struct str secret, struct str name,
                        struct str full_name, struct str password, struct str device,
                        int64_t now, struct login_done *out, struct error *e)
{
    struct use u = {.l = l,
                    .secret = secret,
                    .name = name,
                    .full_name = full_name,
                    .now = now,
                    .out = out};
    struct login_link link;
    *out = (struct login_done){.answer = LOGIN_WRONG};
    login_device_copy(u.device, device);
    arena_init(&u.arena, 0);
    // before the cost of a hash
    enum err code = login_link_get(l, secret, now, &u.arena, &link, e);
    struct str folded, whose = !code && link.kind != LOGIN_LINK_FIRST ? link.name : name;
    if (!code && link.kind == LOGIN_LINK_FIRST)
        code = account_fold(&u.arena, name, &folded, e);
    if (!code)
        code = login_password_check(password, whose, e);
    if (!code)
        code = login_password_hash(password, u.hash, e);
    if (!code)
        code = store_write(l->store, use_job, &u, e);
    sodium_memzero(u.hash, sizeof u.hash);
    arena_free(&u.arena);
    if (code) {
        sodium_memzero(out, sizeof *out);
    } else {
        seal_ring_drop_user(l->ring, out->user, 0);
        login_forget(l);
    }
    return code;
}

// --- sessions

struct end {
    int64_t user, id, now;
    bool found;
};

static enum err end_one(struct conn *c, struct end *x, const char *name, const char *sql,
                        struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, name, sql, &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, x->id);
    stmt_bind_int(s, 2, x->user);
    code = stmt_done(s, e);
    x->found = !code && stmt_changes(s) > 0;
    return !code && x->found ? account_changed(c, e) : code;
}

static enum err note_own(struct conn *c, const struct end *x, enum audit_kind kind,
                         struct str text, struct error *e)
{
    struct arena a;
    struct str name;
    arena_init(&a, 0);
    enum err code = login_name_of(c, x->user, &a, &name, e);
    if (!code)
        code = note(c, kind, x->user, name, text, x->now, e);
    arena_free(&a);
    return code;
}

static enum err end_job(struct conn *c, void *argument, struct error *e)
{
    struct end *x = argument;
    enum err code = end_one(c, x, "login.end",
                            "DELETE FROM heng_sessions WHERE id = ? AND user = ?", e);
    return code || !x->found ? code : note_own(c, x, AUDIT_LOG_OUT, STR(""), e);
}

enum err login_end(struct login *l, int64_t user, int64_t session, int64_t now,
                   bool *found, struct error *e)
{
    struct end x = {.user = user, .id = session, .now = now};
    int64_t count;
    bool written, pending = login_pending_end(l, user, session, now, &written, &count);
    enum err code = ERR_OK;
    if (pending)
        login_scribe_wake(l, count);
    if (!pending || written)
        code = store_write(l->store, end_job, &x, e);
    *found = x.found || pending;
    if (!code && *found) {
        seal_ring_drop(l->ring, session);
        login_forget(l);
    }
    return code;
}

enum err login_sessions(struct login *l, int64_t user, int64_t now, struct arena *a,
                        struct login_session **out, size_t *n, struct error *e)
{
    struct conn *c;
    struct stmt *s;
    *n = 0;
    *out = ARENA_ARRAY(a, struct login_session, LOGIN_MAX_SESSIONS);
    if (!*out)
        return error_memory(e);
    enum err code = store_read_begin(l->store, &c, e);
    if (code)
        return code;
    code = conn_stmt(c, "login.sessions",
                     "SELECT id, made_at, seen_at, device FROM heng_sessions"
                     " WHERE user = ?"
                     " AND seen_at >= ? AND made_at >= ? ORDER BY seen_at DESC, id",
                     &s, e);
    if (!code) {
        stmt_bind_int(s, 1, user);
        stmt_bind_int(s, 2, now - LOGIN_IDLE_MS);
        stmt_bind_int(s, 3, now - LOGIN_LIFE_MS);
        for (bool row;
             *n < LOGIN_MAX_SESSIONS && !(code = stmt_step(s, &row, e)) && row;) {
            struct login_session *one = &(*out)[(*n)++];
            *one = (struct login_session){stmt_int(s, 0), stmt_int(s, 1), stmt_int(s, 2),
                                          ""};
            login_device_copy(one->device, stmt_text(s, 3));
        }
        stmt_finish(s);
    }
    store_read_end(c);
    if (!code)
        login_pending_list(l, user, *out, n);
    return code;
}

// --- tokens

enum err login_tokens(struct login *l, int64_t user, struct arena *a,
                      struct login_token **out, size_t *n, struct error *e)
{
    struct conn *c;
    struct stmt *s;
    *n = 0;
    *out = ARENA_ARRAY(a, struct login_token, LOGIN_MAX_TOKENS);
    if (!*out)
        return error_memory(e);
    enum err code = store_read_begin(l->store, &c, e);
    if (code)
        return code;
    code = conn_stmt(c, "login.tokens",
                     "SELECT id, made_at, used_at, name, until, read_only, device"
                     " FROM heng_tokens WHERE user = ? ORDER BY made_at, id",
                     &s, e);
    if (!code)
        stmt_bind_int(s, 1, user);
    for (bool row;
         !code && *n < LOGIN_MAX_TOKENS && !(code = stmt_step(s, &row, e)) && row;) {
        struct login_token *t = &(*out)[(*n)++];
        struct str until = stmt_text(s, 4);
        *t = (struct login_token){.id = stmt_int(s, 0),
                                  .made_at = stmt_int(s, 1),
                                  .used_at = stmt_int(s, 2),
                                  .name = str_copy(a, stmt_text(s, 3)),
                                  .until = DATE_NONE,
                                  .read_only = stmt_int(s, 5),
                                  .device = stmt_int(s, 6)};
        if (!t->name.p)
            code = error_memory(e);
        else if (until.p)
            code = date_parse(until, &t->until, e);
    }
    store_read_end(c);
    return code;
}

struct token {
    int64_t user, id, now;
    struct str name;
    int32_t until;
    bool read_only, device;
    bool digest;
    const char *secret;
};

// What digest log-in proves that it knows (RFC 7616, 3.4.2).
static enum err bind_ha1(struct conn *c, const struct token *t, struct stmt *s, int n,
                         unsigned char hash[MD5_SIZE], struct error *e)
{
    struct arena a;
    struct md5 m;
    struct str name;
    if (!t->digest)
        return ERR_OK;
    arena_init(&a, 0);
    enum err code = login_name_of(c, t->user, &a, &name, e);
    if (!code) {
        md5_begin(&m);
        md5_add(&m, name);
        md5_add(&m, STR(":" LOGIN_REALM ":"));
        md5_add(&m, str_of(t->secret));
        md5_end(&m, hash);
        stmt_bind_blob(s, n, hash, MD5_SIZE);
    }
    arena_free(&a);
    return code;
}

static enum err token_job(struct conn *c, void *argument, struct error *e)
{
    const struct token *t = argument;
    struct chain_hash hash;
    struct stmt *s;
    bool row = false;
    char until[DATE_TEXT_SIZE];
    unsigned char ha1[MD5_SIZE];
    enum err code = conn_stmt(c, "login.count_tokens",
                              "SELECT count(*) FROM heng_tokens WHERE user = ?", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, t->user);
    code = stmt_step(s, &row, e);
    bool full = !code && row && stmt_int(s, 0) >= LOGIN_MAX_TOKENS;
    stmt_finish(s);
    if (full) {
        error_set(e, ERR_LIMIT, "login.tokens", NULL, "there are %d tokens already",
                  LOGIN_MAX_TOKENS);
        return error_cure(e, "remove one that is not used");
    }
    if (!code)
        code = conn_stmt(c, "login.new_token",
                         "INSERT INTO heng_tokens (id, user, name, hash, read_only,"
                         " made_at, until, device, ha1)"
                         " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                         &s, e);
    if (code)
        return code;
    bool made = login_secret_hash(str_of(t->secret), &hash);
    date_format(t->until, until);
    stmt_bind_int(s, 1, t->id);
    stmt_bind_int(s, 2, t->user);
    stmt_bind_text(s, 3, t->name);
    stmt_bind_blob(s, 4, made ? hash.bytes : NULL, sizeof hash.bytes);
    stmt_bind_int(s, 5, t->read_only);
    stmt_bind_int(s, 6, t->now);
    stmt_bind_text(s, 7, until[0] ? str_of(until) : (struct str){NULL, 0});
    stmt_bind_int(s, 8, t->device);
    code = bind_ha1(c, t, s, 9, ha1, e);
    if (code)
        stmt_finish(s);
    else
        code = stmt_done(s, e);
    const struct end x = {.user = t->user, .now = t->now};
    return code ? code
                : note_own(c, &x, AUDIT_TOKEN,
                           t->device ? STR("made for a phone") : STR("made"), e);
}

static enum err make_token(struct login *l, struct token *t, char *secret, int64_t *id,
                           struct error *e)
{
    t->name = str_trim(t->name);
    if (!t->name.n || t->name.n > MAX_TOKEN_NAME)
        return error_set(e, ERR_INPUT, "login.token_name", "name",
                         "a token has a name of 1 to %d bytes", MAX_TOKEN_NAME);
    char bare[LOGIN_SECRET_SIZE];
    login_secret_new(bare);
    snprintf(secret, LOGIN_TOKEN_SIZE, "heng_%s", bare);
    sodium_memzero(bare, sizeof bare);
    t->secret = secret;
    t->id = *id = login_random_id();
    return store_write(l->store, token_job, t, e);
}

enum err login_token_make(struct login *l, int64_t user, struct str name, int32_t until,
                          bool read_only, int64_t now, char secret[LOGIN_TOKEN_SIZE],
                          int64_t *id, struct error *e)
{
    struct token t = {
        .user = user, .now = now, .name = name, .until = until, .read_only = read_only};
    return make_token(l, &t, secret, id, e);
}

enum err login_device_make(struct login *l, int64_t user, struct str name, int32_t until,
                           bool digest, int64_t now, char secret[LOGIN_TOKEN_SIZE],
                           int64_t *id, struct error *e)
{
    struct token t = {.user = user,
                      .now = now,
                      .name = name,
                      .until = until,
                      .device = true,
                      .digest = digest};
    return make_token(l, &t, secret, id, e);
}

static enum err token_end_job(struct conn *c, void *argument, struct error *e)
{
    struct end *x = argument;
    enum err code = end_one(c, x, "login.end_token",
                            "DELETE FROM heng_tokens WHERE id = ? AND user = ?", e);
    if (!code && !x->found)
        return error_set(e, ERR_NOT_FOUND, "login.token", NULL, "there is no such token");
    return code ? code : note_own(c, x, AUDIT_TOKEN, STR("removed"), e);
}

enum err login_token_end(struct login *l, int64_t user, int64_t id, int64_t now,
                         struct error *e)
{
    struct end x = {.user = user, .id = id, .now = now};
    enum err code = store_write(l->store, token_end_job, &x, e);
    if (!code)
        login_forget(l);
    return code;
}
