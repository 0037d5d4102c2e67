// SPDX-License-Identifier: AGPL-3.0-or-later
// The secret address of a person's calendar feed. The file keeps its hash, as of all
// secrets; what it opens is decided by what the person may see on that day.
#include "access/access_private.h"

#include "base/date.h"

enum { DAY_MS = 24 * 3600 * 1000 };

struct change {
    int64_t user, now;
    const char *secret; // NULL: it ends
    bool found;
};

static enum err note(struct conn *c, const struct change *x, struct str text,
                     struct error *e)
{
    struct arena a;
    struct str name;
    arena_init(&a, 0);
    enum err code = login_name_of(c, x->user, &a, &name, e);
    if (!code)
        code = audit_append(c,
                            &(struct audit_entry){.kind = AUDIT_TOKEN,
                                                  .who = x->user,
                                                  .subject = name,
                                                  .text = text,
                                                  .at = x->now},
                            e);
    arena_free(&a);
    return code;
}

static enum err make_job(struct conn *c, void *argument, struct error *e)
{
    struct change *x = argument;
    struct chain_hash hash;
    struct stmt *s;
    enum err code = conn_stmt(c, "login.new_calendar",
                              "INSERT INTO heng_calendars (user, hash, made_at) VALUES"
                              " (?1, ?2, ?3) ON CONFLICT (user) DO UPDATE SET"
                              " hash = ?2, made_at = ?3, used_at = 0",
                              &s, e);
    if (code)
        return code;
    bool made = login_secret_hash(str_of(x->secret), &hash);
    stmt_bind_int(s, 1, x->user);
    stmt_bind_blob(s, 2, made ? hash.bytes : NULL, sizeof hash.bytes);
    stmt_bind_int(s, 3, x->now);
    code = stmt_done(s, e);
    return code ? code : note(c, x, STR("calendar made"), e);
}

enum err login_calendar_make(struct login *l, int64_t user, int64_t now,
                             char secret[LOGIN_SECRET_SIZE], struct error *e)
{
    login_secret_new(secret);
    struct change x = {.user = user, .now = now, .secret = secret};
    return store_write(l->store, make_job, &x, e);
}

static enum err end_job(struct conn *c, void *argument, struct error *e)
{
    struct change *x = argument;
    struct stmt *s;
    enum err code = conn_stmt(c, "login.end_calendar",
                              "DELETE FROM heng_calendars WHERE user = ?", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, x->user);
    code = stmt_done(s, e);
    if (!code && !stmt_changes(s)) {
        error_set(e, ERR_NOT_FOUND, "login.calendar", NULL, "there is no calendar feed");
        return error_cure(e, "make one first");
    }
    return code ? code : note(c, x, STR("calendar removed"), e);
}

enum err login_calendar_end(struct login *l, int64_t user, int64_t now, struct error *e)
{
    struct change x = {.user = user, .now = now};
    return store_write(l->store, end_job, &x, e);
}

enum err login_calendar_get(struct login *l, int64_t user, struct login_calendar *out,
                            struct error *e)
{
    struct conn *c;
    struct stmt *s;
    bool row = false;
    *out = (struct login_calendar){0};
    enum err code = store_read_begin(l->store, &c, e);
    if (code)
        return code;
    code = conn_stmt(c, "login.calendar",
                     "SELECT made_at, used_at FROM heng_calendars WHERE user = ?", &s, e);
    if (!code) {
        stmt_bind_int(s, 1, user);
        code = stmt_step(s, &row, e);
        if (!code && row)
            *out = (struct login_calendar){stmt_int(s, 0), stmt_int(s, 1)};
        stmt_finish(s);
    }
    store_read_end(c);
    return code;
}

static enum err used_job(struct conn *c, void *argument, struct error *e)
{
    const struct change *x = argument;
    const int64_t values[] = {x->now, x->user};
    return account_run(c, "login.calendar_used",
                       "UPDATE heng_calendars SET used_at = ?1 WHERE user = ?2", values,
                       2, e);
}

static enum err find(struct conn *c, const struct chain_hash *h, struct arena *a,
                     struct login_who *out, int64_t *used_at, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(c, "login.whose_calendar",
                              "SELECT t.user, t.used_at, u.name, p.language"
                              " FROM heng_calendars t"
                              " JOIN heng_accounts p ON p.user = t.user"
                              " JOIN heng_users u ON u.id = t.user"
                              " WHERE t.hash = ? AND p.state = 'active'",
                              &s, e);
    if (code)
        return code;
    stmt_bind_blob(s, 1, h->bytes, CHAIN_HASH_SIZE);
    code = stmt_step(s, &row, e);
    if (!code && row) {
        out->user = stmt_int(s, 0);
        *used_at = stmt_int(s, 1);
        out->name = str_copy(a, stmt_text(s, 2));
        out->language = str_copy(a, stmt_text(s, 3));
        if (!out->name.p || !out->language.p)
            code = error_memory(e);
    }
    stmt_finish(s);
    return code;
}

enum err login_calendar_who(struct login *l, struct str secret, const struct login_at *at,
                            struct arena *a, struct login_who *out, struct error *e)
{
    struct chain_hash h;
    struct conn *c;
    int64_t used_at = 0;
    *out = (struct login_who){0};
    if (secret.n != LOGIN_SECRET_SIZE - 1 || !login_secret_hash(secret, &h))
        return ERR_OK;
    enum err code = store_read_begin(l->store, &c, e);
    if (code)
        return code;
    code = find(c, &h, a, out, &used_at, e);
    if (!code && out->user)
        code = account_access(c, out->user, at->pack, at->today, a, &out->access, e);
    store_read_end(c);
    // so that a person sees that somebody uses it; a full disk hinders no reader
    struct change x = {.user = out->user, .now = at->now};
    struct error ignored;
    if (!code && out->user && at->now - used_at > DAY_MS &&
        store_write(l->store, used_job, &x, &ignored))
        used_at = at->now;
    return code;
}
