// SPDX-License-Identifier: AGPL-3.0-or-later
#include "access/access.h"

#include <pwd.h>
#include <unistd.h>

static const char *const schema[] = {
    "CREATE TABLE heng_users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " made_at INTEGER NOT NULL) STRICT",
};

enum err access_migrate(struct conn *c, struct error *e)
{
    return store_migrate(c, "access", schema, sizeof schema / sizeof *schema, e);
}

static enum err find_user(struct conn *c, struct str name, int64_t *id, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, "access.find_user",
                              "SELECT id FROM heng_users WHERE name = ?", &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, name);
    bool row;
    code = stmt_step(s, &row, e);
    *id = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}

static enum err make_user(struct conn *c, void *argument, struct error *e)
{
    struct access *a = argument;
    enum err code = access_migrate(c, e);
    if (!code)
        code = find_user(c, a->name, &a->user, e);
    if (code || a->user)
        return code;
    struct stmt *s;
    code = conn_stmt(c, "access.make_user",
                     "INSERT INTO heng_users (id, name, made_at)"
                     " SELECT coalesce(max(id), 0) + 1, ?, ? FROM heng_users",
                     &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, a->name);
    stmt_bind_int(s, 2, date_now_ms());
    code = stmt_done(s, e);
    return code ? code : find_user(c, a->name, &a->user, e);
}

enum err access_local_administrator(struct store *s, int suppress_below, struct arena *a,
                                    struct access *out, struct error *e)
{
    char space[1024];
    struct passwd entry, *found = NULL;
    const char *login = "unknown";
    if (getpwuid_r(getuid(), &entry, space, sizeof space, &found) == 0 && found)
        login = found->pw_name;
    *out = (struct access){
        .name = str_format(a, "local administrator %s", login),
        .reads_rows = ((1u << PURPOSE_COUNT) - 1) & ~(1u << PURPOSE_CARE),
        .writes_rows = (1u << PURPOSE_COUNT) - 1,
        .suppress_below = suppress_below > 5 ? suppress_below : 5, // the Charter's floor
        .may_administer = true,
    };
    if (!out->name.p)
        return error_memory(e);
    struct conn *c;
    enum err code = store_read_begin(s, &c, e);
    if (code)
        return code;
    // a file just made has no table of users yet; then the write job below makes it
    struct error none;
    if (find_user(c, out->name, &out->user, &none))
        out->user = 0;
    store_read_end(c);
    if (out->user)
        return ERR_OK;
    code = store_write(s, make_user, out, e);
    if (code != ERR_FORBIDDEN)
        return code;
    out->writes_rows = 0; // a file that may only be read is read by a nobody
    out->may_administer = false;
    return ERR_OK;
}

enum err access_read_rows(const struct access *a, const struct reg *r, struct error *e)
{
    if (a->reads_rows & (1u << r->purpose))
        return ERR_OK;
    error_set(e, ERR_FORBIDDEN, "access.read", r->name.p,
              "rows of " STR_FMT " are for the purpose '%s', which " STR_FMT
              " does not hold",
              STR_ARG(r->name), purpose_name(r->purpose), STR_ARG(a->name));
    return error_cure(
        e, "ask for counts (heng measure); a row of care is seen only by those who "
           "give that care");
}

enum err access_write_rows(const struct access *a, const struct reg *r, struct error *e)
{
    if (a->writes_rows & (1u << r->purpose))
        return ERR_OK;
    return error_set(e, ERR_FORBIDDEN, "access.write", r->name.p,
                     STR_FMT " may not enter rows for the purpose '%s'", STR_ARG(a->name),
                     purpose_name(r->purpose));
}

enum err access_administer(const struct access *a, struct error *e)
{
    if (a->may_administer)
        return ERR_OK;
    return error_set(e, ERR_FORBIDDEN, "access.administer", NULL,
                     STR_FMT " is no administrator", STR_ARG(a->name));
}

bool access_shows_count(const struct access *a, enum purpose p, double count)
{
    return p != PURPOSE_CARE || (a->reads_rows & (1u << PURPOSE_CARE)) || count == 0 ||
           count >= a->suppress_below;
}
