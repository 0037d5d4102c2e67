// SPDX-License-Identifier: AGPL-3.0-or-later
#include "access/kept.h"

#include <string.h>

enum { MAX_SHARED = 200 }; // shown of what others share

static const char *const kinds[] = {"view", "dashboard", "draft", "device"};

enum err kept_kind(struct str kind, struct error *e)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_equal_c(kind, kinds[i]))
            return ERR_OK;
    error_set(e, ERR_NOT_FOUND, "kept.kind", NULL,
              "nothing of the kind '" STR_FMT "' is kept", STR_ARG(kind));
    return error_cure(e, "view, dashboard, draft or device");
}

static enum err count(struct conn *c, int64_t user, struct str kind, int64_t *out,
                      struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(c, "kept.count",
                              "SELECT count(*) FROM heng_kept WHERE user = ? AND kind"
                              " = ?",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, user);
    stmt_bind_text(s, 2, kind);
    code = stmt_step(s, &row, e);
    *out = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}

enum err kept_list(struct conn *c, int64_t user, struct str kind, struct arena *a,
                   struct kept **out, size_t *n, struct error *e)
{
    struct stmt *s;
    size_t room = KEPT_MAX_COUNT + MAX_SHARED;
    *n = 0;
    *out = ARENA_ARRAY(a, struct kept, room);
    enum err code = kept_kind(kind, e);
    if (!code && !*out)
        code = error_memory(e);
    if (!code)
        code = conn_stmt(c, "kept.list",
                         "SELECT k.user, k.name, k.shared, k.at, k.value, u.name"
                         " FROM heng_kept k JOIN heng_users u ON u.id = k.user"
                         " JOIN heng_accounts p ON p.user = k.user"
                         " WHERE k.kind = ?2 AND (k.user = ?1 OR (k.shared = 1"
                         " AND p.state <> 'off')) ORDER BY k.user <> ?1, k.name, k.user",
                         &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, user);
    stmt_bind_text(s, 2, kind);
    for (bool row; *n < room && !(code = stmt_step(s, &row, e)) && row;) {
        struct kept *k = &(*out)[(*n)++];
        *k = (struct kept){.kind = kind,
                           .user = stmt_int(s, 0),
                           .mine = stmt_int(s, 0) == user,
                           .name = str_copy(a, stmt_text(s, 1)),
                           .shared = stmt_int(s, 2),
                           .at = stmt_int(s, 3),
                           .value = str_copy(a, stmt_text(s, 4)),
                           .who = str_copy(a, stmt_text(s, 5))};
        if (!k->name.p || !k->value.p || !k->who.p) {
            code = error_memory(e);
            break;
        }
    }
    stmt_finish(s);
    return code;
}

struct put {
    int64_t user;
    const struct kept *k;
};

static enum err put_job(struct conn *c, void *argument, struct error *e)
{
    const struct put *p = argument;
    struct stmt *s;
    enum err code = conn_stmt(c, "kept.put",
                              "INSERT INTO heng_kept (user, kind, name, shared, at,"
                              " value) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (user,"
                              " kind, name) DO UPDATE SET shared = excluded.shared,"
                              " at = excluded.at, value = excluded.value",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, p->user);
    stmt_bind_text(s, 2, p->k->kind);
    stmt_bind_text(s, 3, p->k->name);
    stmt_bind_int(s, 4, p->k->shared);
    stmt_bind_int(s, 5, p->k->at);
    stmt_bind_text(s, 6, p->k->value);
    code = stmt_done(s, e);
    int64_t n = 0;
    if (!code)
        code = count(c, p->user, p->k->kind, &n, e);
    if (code || n <= KEPT_MAX_COUNT)
        return code;
    error_set(e, ERR_LIMIT, "kept.count", NULL, "%d of this kind are kept already",
              KEPT_MAX_COUNT);
    return error_cure(e, "remove one that is not used");
}

enum err kept_put(struct store *s, int64_t user, const struct kept *k, struct error *e)
{
    enum err code = kept_kind(k->kind, e);
    if (code)
        return code;
    if (!k->name.n)
        return error_set(e, ERR_INPUT, "kept.name", "name", "the name is empty");
    if (k->name.n > KEPT_MAX_NAME)
        return error_set(e, ERR_LIMIT, "kept.name", "name",
                         "the name has %zu bytes, at most %d", k->name.n, KEPT_MAX_NAME);
    if (k->value.n > KEPT_MAX_VALUE)
        return error_set(e, ERR_LIMIT, "kept.value", "value",
                         "the document has %zu bytes, at most %d", k->value.n,
                         KEPT_MAX_VALUE);
    if (k->shared && (str_equal_c(k->kind, "draft") || str_equal_c(k->kind, "device")))
        return error_set(e, ERR_INPUT, "kept.draft", "shared",
                         "this is one's own and cannot be shared");
    struct put p = {.user = user, .k = k};
    return store_write(s, put_job, &p, e);
}

struct drop {
    int64_t user;
    struct str kind, name;
};

static enum err drop_job(struct conn *c, void *argument, struct error *e)
{
    const struct drop *d = argument;
    struct stmt *s;
    enum err code = conn_stmt(c, "kept.drop",
                              "DELETE FROM heng_kept WHERE user = ? AND kind = ?"
                              " AND name = ?",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, d->user);
    stmt_bind_text(s, 2, d->kind);
    stmt_bind_text(s, 3, d->name);
    code = stmt_done(s, e);
    if (!code && stmt_changes(s) == 0)
        code = error_set(e, ERR_NOT_FOUND, "kept.none", NULL,
                         "nothing of this name is kept");
    return code;
}

enum err kept_drop(struct store *s, int64_t user, struct str kind, struct str name,
                   struct error *e)
{
    struct drop d = {.user = user, .kind = kind, .name = name};
    enum err code = kept_kind(kind, e);
    return code ? code : store_write(s, drop_job, &d, e);
}
