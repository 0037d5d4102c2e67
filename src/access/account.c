// SPDX-License-Identifier: AGPL-3.0-or-later
// Tables, and people as they are. Changing them: account_change.c; roles:
// account_roles.c.
#include "access/access_private.h"

#include <sodium.h>
#include <string.h>

#include "base/date.h"
#include "base/text.h"
#include "base/utf8.h"

static const char *const schema[] = {
    "CREATE TABLE heng_accounts (user INTEGER PRIMARY KEY REFERENCES heng_users (id),"
    " folded TEXT NOT NULL UNIQUE, full_name TEXT NOT NULL, language TEXT NOT NULL,"
    " state TEXT NOT NULL CHECK (state IN ('invited', 'active', 'off')),"
    " password TEXT, totp BLOB, totp_next BLOB, totp_step INTEGER NOT NULL DEFAULT 0,"
    " made_at INTEGER NOT NULL, seen_at INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE TABLE heng_roles (name TEXT PRIMARY KEY, label_en TEXT NOT NULL,"
    " label_zh TEXT NOT NULL, body TEXT NOT NULL, built_in INTEGER NOT NULL) STRICT,"
    " WITHOUT ROWID;"
    "CREATE TABLE heng_account_roles (user INTEGER NOT NULL REFERENCES heng_accounts"
    " (user), role TEXT NOT NULL REFERENCES heng_roles (name), area INTEGER NOT NULL,"
    " until TEXT, PRIMARY KEY (user, role, area)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX heng_account_roles_role ON heng_account_roles (role);"
    // name: keyed hash of a folded name, whether anyone has it or not
    "CREATE TABLE heng_failures (name BLOB PRIMARY KEY, known INTEGER NOT NULL,"
    " failures INTEGER NOT NULL, until INTEGER NOT NULL, at INTEGER NOT NULL) STRICT,"
    " WITHOUT ROWID;"
    "CREATE INDEX heng_failures_at ON heng_failures (at) WHERE known = 0;"
    "CREATE TABLE heng_sessions (id INTEGER PRIMARY KEY, user INTEGER NOT NULL"
    " REFERENCES heng_accounts (user), hash BLOB NOT NULL UNIQUE,"
    " made_at INTEGER NOT NULL, seen_at INTEGER NOT NULL) STRICT;"
    "CREATE INDEX heng_sessions_user ON heng_sessions (user);"
    "CREATE TABLE heng_tokens (id INTEGER PRIMARY KEY, user INTEGER NOT NULL"
    " REFERENCES heng_accounts (user), name TEXT NOT NULL, hash BLOB NOT NULL UNIQUE,"
    " read_only INTEGER NOT NULL, made_at INTEGER NOT NULL, until TEXT,"
    " used_at INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE INDEX heng_tokens_user ON heng_tokens (user);"
    "CREATE TABLE heng_links (hash BLOB PRIMARY KEY, kind TEXT NOT NULL,"
    " user INTEGER NOT NULL, made_by INTEGER NOT NULL, made_at INTEGER NOT NULL,"
    " until INTEGER NOT NULL, used_at INTEGER) STRICT, WITHOUT ROWID;"
    "CREATE TABLE heng_events (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
    " who INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,"
    " text TEXT NOT NULL, hash BLOB NOT NULL) STRICT;"
    "CREATE INDEX heng_events_read ON heng_events (subject, who, at)"
    " WHERE kind = 'read';"
    "CREATE TABLE heng_kept (user INTEGER NOT NULL REFERENCES heng_accounts (user),"
    " kind TEXT NOT NULL, name TEXT NOT NULL, shared INTEGER NOT NULL,"
    " at INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (user, kind, name)) STRICT;"
    "CREATE INDEX heng_kept_shared ON heng_kept (kind, name) WHERE shared = 1;"
    // one row: what tells other processes that people have changed, and a secret
    "CREATE TABLE heng_account_state (id INTEGER PRIMARY KEY CHECK (id = 1),"
    " generation INTEGER NOT NULL, secret BLOB NOT NULL) STRICT",
    // device: of a phone, good for forms only; ha1: of digest log-in, where the site has
    // it
    "ALTER TABLE heng_tokens ADD COLUMN device INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE heng_tokens ADD COLUMN ha1 BLOB",
    // the address of a person's calendar feed
    "CREATE TABLE heng_calendars (user INTEGER PRIMARY KEY REFERENCES heng_accounts"
    " (user), hash BLOB NOT NULL UNIQUE, made_at INTEGER NOT NULL,"
    " used_at INTEGER NOT NULL DEFAULT 0) STRICT",
    // roles for one facility: apart from the others, so that what does not ask for them
    // gives nothing
    "CREATE TABLE heng_facility_roles (user INTEGER NOT NULL REFERENCES heng_accounts"
    " (user), role TEXT NOT NULL REFERENCES heng_roles (name), area INTEGER NOT NULL,"
    " facility INTEGER NOT NULL, until TEXT, PRIMARY KEY (user, role, area, facility))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX heng_facility_roles_role ON heng_facility_roles (role)",
    // what its person knows a session by
    "ALTER TABLE heng_sessions ADD COLUMN device TEXT NOT NULL DEFAULT ''",
};

// --- tables

enum err account_ready(struct conn *c, bool *out, struct error *e)
{
    struct stmt *s;
    *out = false;
    enum err code = conn_stmt(c, "account.ready",
                              "SELECT 1 FROM heng_schema WHERE room = 'accounts'"
                              " AND step = 1",
                              &s, e);
    if (code)
        return code;
    code = stmt_step(s, out, e);
    stmt_finish(s);
    return code;
}

// A file that may only be read stays as an older Heng has made it.
enum err account_has_facilities(struct conn *c, bool *out, struct error *e)
{
    struct stmt *s;
    *out = false;
    enum err code = conn_stmt(c, "account.has_facilities",
                              "SELECT 1 FROM heng_schema WHERE room = 'accounts'"
                              " AND step = 4",
                              &s, e);
    if (code)
        return code;
    code = stmt_step(s, out, e);
    stmt_finish(s);
    return code;
}

static enum err first_row(struct conn *c, struct error *e)
{
    unsigned char secret[32];
    struct stmt *s;
    randombytes_buf(secret, sizeof secret);
    enum err code = conn_stmt(c, "account.first_state",
                              "INSERT INTO heng_account_state (id, generation, secret)"
                              " VALUES (1, 1, ?)",
                              &s, e);
    if (code)
        return code;
    stmt_bind_blob(s, 1, secret, sizeof secret);
    return stmt_done(s, e);
}

enum err account_migrate(struct conn *c, struct error *e)
{
    bool ready;
    enum err code = account_ready(c, &ready, e);
    if (!code)
        code = access_migrate(c, e);
    if (!code)
        code = store_migrate(c, "accounts", schema, sizeof schema / sizeof *schema, e);
    if (!code && !ready)
        code = first_row(c, e);
    if (!code) // a file of an older Heng gets those that have come since
        code = account_built_in_roles(c, e);
    return code;
}

enum err account_run(struct conn *c, const char *name, const char *sql,
                     const int64_t *values, int n, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, name, sql, &s, e);
    if (code)
        return code;
    for (int i = 0; i < n; i++)
        stmt_bind_int(s, i + 1, values[i]);
    return stmt_done(s, e);
}

enum err account_changed(struct conn *c, struct error *e)
{
    return account_run(c, "account.changed",
                       "UPDATE heng_account_state SET generation = generation + 1", NULL,
                       0, e);
}

enum err account_generation(struct conn *c, int64_t *out, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(c, "account.generation",
                              "SELECT generation FROM heng_account_state", &s, e);
    if (code)
        return code;
    code = stmt_step(s, &row, e);
    *out = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}

enum err account_secret(struct conn *c, unsigned char out[32], struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code =
        conn_stmt(c, "account.secret", "SELECT secret FROM heng_account_state", &s, e);
    if (code)
        return code;
    code = stmt_step(s, &row, e);
    struct str blob = !code && row ? stmt_blob(s, 0) : (struct str){NULL, 0};
    if (!code && blob.n != 32)
        code = error_set(e, ERR_CORRUPT, "account.secret", NULL,
                         "the file's secret of accounts is not there");
    else if (!code)
        memcpy(out, blob.p, 32);
    stmt_finish(s);
    return code;
}

// --- names

enum err account_fold(struct arena *a, struct str name, struct str *out, struct error *e)
{
    size_t characters = 0;
    name = str_trim(name);
    for (size_t at = 0; at < name.n && characters <= ACCOUNT_MAX_NAME; characters++) {
        int32_t c = utf8_next(name, &at);
        if (c < 0x20 || c == 0x7F || (c >= 0x80 && c < 0xA0)) {
            error_set(e, ERR_INPUT, "account.name", "name",
                      "a name has no control characters");
            return error_cure(e, "write letters, digits and marks");
        }
    }
    if (characters == 0 || characters > ACCOUNT_MAX_NAME) {
        error_set(e, ERR_INPUT, "account.name", "name", "a name has 1 to %d characters",
                  ACCOUNT_MAX_NAME);
        return error_cure(e, "give another name");
    }
    enum err code = text_normalise(a, name, out, e);
    if (!code && !out->n)
        code = error_set(e, ERR_INPUT, "account.name", "name",
                         "a name must show at least one character");
    return code;
}

enum err account_find(struct conn *c, struct arena *a, struct str name, int64_t *user,
                      struct error *e)
{
    struct str folded;
    struct stmt *s;
    bool row = false;
    *user = 0;
    enum err code = account_fold(a, name, &folded, e);
    if (!code)
        code = conn_stmt(c, "account.find",
                         "SELECT user FROM heng_accounts WHERE folded = ?", &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, folded);
    code = stmt_step(s, &row, e);
    *user = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    if (code || *user)
        return code;
    error_set(e, ERR_NOT_FOUND, "account.unknown", NULL,
              "there is no account '" STR_FMT "'", STR_ARG(str_trim(name)));
    return error_cure(e, "'heng account list' shows all");
}

enum err account_first_run(struct conn *c, bool *out, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(c, "account.first_run",
                              "SELECT NOT EXISTS (SELECT 1 FROM heng_accounts p WHERE"
                              " p.state <> 'invited' OR p.password IS NOT NULL OR EXISTS"
                              " (SELECT 1 FROM heng_account_roles h WHERE h.user = p.user"
                              " AND h.role = 'administrator'))",
                              &s, e);
    if (code)
        return code;
    code = stmt_step(s, &row, e);
    *out = !code && row && stmt_int(s, 0);
    stmt_finish(s);
    return code;
}

static enum err count_accounts(struct conn *c, int64_t *out, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code =
        conn_stmt(c, "account.count", "SELECT count(*) FROM heng_accounts", &s, e);
    if (code)
        return code;
    code = stmt_step(s, &row, e);
    *out = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}

// --- reading

#define PERSON_SQL                                                                       \
    "SELECT p.user, u.name, p.full_name, p.language, p.state, p.totp IS NOT NULL,"       \
    " p.password IS NOT NULL, p.made_at, p.seen_at, p.folded"                            \
    " FROM heng_accounts p JOIN heng_users u ON u.id = p.user"

static enum err read_person(struct stmt *s, struct arena *a, struct account_person *out,
                            struct str *folded, struct error *e)
{
    struct str state = stmt_text(s, 4);
    *out = (struct account_person){
        .user = stmt_int(s, 0),
        .name = str_copy(a, stmt_text(s, 1)),
        .full_name = str_copy(a, stmt_text(s, 2)),
        .language = str_copy(a, stmt_text(s, 3)),
        .state = str_equal_c(state, "active")    ? ACCOUNT_ACTIVE
                 : str_equal_c(state, "invited") ? ACCOUNT_INVITED
                                                 : ACCOUNT_OFF,
        .totp = stmt_int(s, 5),
        .has_password = stmt_int(s, 6),
        .made_at = stmt_int(s, 7),
        .seen_at = stmt_int(s, 8),
    };
    *folded = str_copy(a, stmt_text(s, 9));
    return out->name.p && out->full_name.p && out->language.p && folded->p
               ? ERR_OK
               : error_memory(e);
}

// What stands in other tables: roles, failures.
static enum err complete(struct conn *c, struct arena *a, struct str folded,
                         struct account_person *p, struct error *e)
{
    unsigned char secret[32], hash[32];
    struct stmt *s;
    bool row = false;
    enum err code = account_read_holds(c, a, p->user, &p->holds, &p->n_holds, e);
    if (!code)
        code = account_secret(c, secret, e);
    if (!code)
        code = conn_stmt(c, "account.locked",
                         "SELECT until FROM heng_failures WHERE name = ?", &s, e);
    if (code)
        return code;
    crypto_generichash(hash, sizeof hash, (const unsigned char *)folded.p, folded.n,
                       secret, sizeof secret);
    stmt_bind_blob(s, 1, hash, sizeof hash);
    code = stmt_step(s, &row, e);
    p->locked_until = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}

enum err account_get(struct conn *c, struct arena *a, int64_t user,
                     struct account_person *out, struct error *e)
{
    struct stmt *s;
    struct str folded;
    bool row = false;
    enum err code = conn_stmt(c, "account.get", PERSON_SQL " WHERE p.user = ?", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, user);
    code = stmt_step(s, &row, e);
    if (!code && row)
        code = read_person(s, a, out, &folded, e);
    stmt_finish(s);
    if (!code && !row) {
        error_set(e, ERR_NOT_FOUND, "account.unknown", NULL, "there is no such person");
        return error_cure(e, "look at the list of people");
    }
    return code ? code : complete(c, a, folded, out, e);
}

enum err account_list(struct conn *c, struct arena *a, struct account_person **out,
                      size_t *n, struct error *e)
{
    int64_t count;
    struct stmt *s;
    *n = 0;
    enum err code = count_accounts(c, &count, e);
    struct account_person *list =
        code ? NULL : ARENA_ARRAY(a, struct account_person, (size_t)count + 1);
    struct str *folded = code ? NULL : ARENA_ARRAY(a, struct str, (size_t)count + 1);
    if (!code && (!list || !folded))
        code = error_memory(e);
    if (!code)
        code = conn_stmt(c, "account.list", PERSON_SQL " ORDER BY p.folded", &s, e);
    if (code)
        return code;
    for (bool row; !(code = stmt_step(s, &row, e)) && row && *n < (size_t)count; ++*n)
        if ((code = read_person(s, a, &list[*n], &folded[*n], e)) != ERR_OK)
            break;
    stmt_finish(s);
    for (size_t i = 0; !code && i < *n; i++)
        code = complete(c, a, folded[i], &list[i], e);
    *out = list;
    return code;
}
