// SPDX-License-Identifier: AGPL-3.0-or-later
// The list of imports: what was saved, and what came in through the server.
#include "register/imports.h"

#include <jansson.h>
#include <string.h>

#include "base/json.h"
#include "register/history.h"
#include "register/imports_private.h"

static const char *const schema[] = {
    "ALTER TABLE heng_imports ADD COLUMN first INTEGER;"
    "ALTER TABLE heng_imports ADD COLUMN last INTEGER;"
    "ALTER TABLE heng_imports ADD COLUMN undone_at INTEGER;"
    "ALTER TABLE heng_imports ADD COLUMN undone_by INTEGER;"
    "ALTER TABLE heng_imports ADD COLUMN undone_reason TEXT;"
    "ALTER TABLE heng_imports ADD COLUMN undo_first INTEGER;"
    "ALTER TABLE heng_imports ADD COLUMN undo_last INTEGER;"
    "CREATE TABLE heng_uploads (id INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
    " who INTEGER NOT NULL, register TEXT NOT NULL, source TEXT NOT NULL,"
    " name TEXT NOT NULL, size INTEGER NOT NULL, state TEXT NOT NULL, job INTEGER,"
    " header_line INTEGER, sheet TEXT, given TEXT) STRICT;",
};

static const char *const state_names[] = {
    [IMPORTS_UPLOADED] = "uploaded", [IMPORTS_CHECKING] = "checking",
    [IMPORTS_CHECKED] = "checked",   [IMPORTS_SAVING] = "saving",
    [IMPORTS_FAILED] = "failed",     [IMPORTS_SAVED] = "saved",
    [IMPORTS_UNDONE] = "undone",
};

const char *imports_state_name(enum imports_state s)
{
    return state_names[s];
}

enum err imports_migrate(struct conn *c, struct error *e)
{
    return store_migrate(c, "imports", schema, sizeof schema / sizeof *schema, e);
}

enum err imports_next(struct conn *c, int64_t *id, struct error *e)
{
    struct stmt *s;
    bool row;
    enum err code =
        conn_stmt(c, "imports.next",
                  "SELECT 1 + max((SELECT coalesce(max(id), 0) FROM heng_imports),"
                  " (SELECT coalesce(max(id), 0) FROM heng_uploads))",
                  &s, e);
    if (code)
        return code;
    code = stmt_step(s, &row, e);
    *id = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}

enum err imports_saved(struct conn *c, int64_t id, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, "imports.saved",
                              "UPDATE heng_uploads SET state = 'saved', given = NULL"
                              " WHERE id = ? AND state = 'saving'",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, id);
    code = stmt_done(s, e);
    if (!code && stmt_changes(s) != 1)
        code = error_set(e, ERR_CONFLICT, "import.saved", NULL,
                         "upload %lld was saved or removed by someone else meanwhile",
                         (long long)id);
    return code;
}

// --- reading

// Both tables as one: an upload, what was saved, or both.
#define ENTRIES                                                                          \
    "SELECT n.id, coalesce(i.at, u.at), coalesce(i.who, u.who), w.name,"                 \
    " coalesce(i.register, u.register), coalesce(i.source, u.source),"                   \
    " coalesce(u.name, i.file), u.size, u.state, u.job, u.header_line, u.sheet,"         \
    " u.given, i.rows, i.inserted, i.corrected, i.unchanged, i.rejected, i.first,"       \
    " i.last, i.undone_at, x.name, i.undone_reason"                                      \
    " FROM (SELECT id FROM heng_uploads WHERE state <> 'removed'"                        \
    " UNION SELECT id FROM heng_imports) n"                                              \
    " LEFT JOIN heng_uploads u ON u.id = n.id LEFT JOIN heng_imports i ON i.id = n.id"   \
    " LEFT JOIN heng_users w ON w.id = coalesce(i.who, u.who)"                           \
    " LEFT JOIN heng_users x ON x.id = i.undone_by"

static enum err read_given(struct arena *a, struct str text, struct imports_entry *out,
                           struct error *e)
{
    json_t *list = text.p ? json_loadb(text.p, text.n, 0, NULL) : NULL, *one;
    size_t i, n = json_array_size(list);
    const char **given = ARENA_ARRAY(a, const char *, n + 1);
    enum err code = given ? ERR_OK : error_memory(e);
    if (!code) {
        json_array_foreach(list, i, one)
        {
            given[i] =
                str_c(a, (struct str){json_string_value(one), json_string_length(one)});
            if (!given[i])
                code = error_memory(e);
        }
        out->given = given;
        out->n_given = n;
    }
    json_decref(list);
    return code;
}

static enum err read_entry(const struct county *c, struct stmt *s, struct arena *a,
                           struct imports_entry *out, struct error *e)
{
    *out = (struct imports_entry){.id = stmt_int(s, 0),
                                  .at = stmt_int(s, 1),
                                  .who = stmt_int(s, 2),
                                  .who_name = str_copy(a, stmt_text(s, 3)),
                                  .register_name = str_copy(a, stmt_text(s, 4)),
                                  .source = str_copy(a, stmt_text(s, 5)),
                                  .file = str_copy(a, stmt_text(s, 6)),
                                  .size = stmt_int(s, 7),
                                  .upload = stmt_kind(s, 8) != STMT_NULL,
                                  .job = stmt_int(s, 9),
                                  .header_line = stmt_int(s, 10),
                                  .sheet = str_copy(a, stmt_text(s, 11)),
                                  .saved = stmt_kind(s, 13) != STMT_NULL,
                                  .rows = stmt_int(s, 13),
                                  .inserted = stmt_int(s, 14),
                                  .corrected = stmt_int(s, 15),
                                  .unchanged = stmt_int(s, 16),
                                  .rejected = stmt_int(s, 17),
                                  .first = stmt_int(s, 18),
                                  .last = stmt_int(s, 19),
                                  .undone_at = stmt_int(s, 20),
                                  .undone_by = str_copy(a, stmt_text(s, 21)),
                                  .undone_reason = str_copy(a, stmt_text(s, 22))};
    struct str state = stmt_text(s, 8);
    out->state = IMPORTS_UPLOADED;
    for (int i = 0; i < IMPORTS_STATES; i++)
        if (str_equal_c(state, state_names[i]))
            out->state = (enum imports_state)i;
    if (out->saved)
        out->state = out->undone_at ? IMPORTS_UNDONE : IMPORTS_SAVED;
    out->reg = pack_register(c->pack, out->register_name);
    if (!out->file.p || !out->register_name.p || !out->who_name.p || !out->source.p ||
        !out->sheet.p || !out->undone_by.p || !out->undone_reason.p)
        return error_memory(e);
    return read_given(a, stmt_text(s, 12), out, e);
}

static bool may_see(const struct access *who, const struct imports_entry *entry)
{
    int64_t roots[ACCESS_MAX_GRANTS];
    bool everywhere = false;
    if (entry->who == who->user && who->user)
        return true;
    if (entry->reg)
        (void)access_areas(who, entry->reg, ACCESS_WRITE, roots, &everywhere);
    return everywhere;
}

// A small count of care does not leave those who give it, but to whoever brought it.
static void hide_counts(const struct access *who, struct imports_entry *entry)
{
    const int64_t counts[] = {entry->rows, entry->inserted, entry->corrected,
                              entry->unchanged, entry->rejected};
    bool shown = true;
    for (size_t i = 0; entry->reg && i < sizeof counts / sizeof *counts; i++)
        shown &= access_shows_count(who, entry->reg->purpose, (double)counts[i]);
    if (shown || (entry->who == who->user && who->user))
        return;
    entry->hidden = true;
    entry->rows = entry->inserted = entry->corrected = entry->unchanged =
        entry->rejected = 0;
}

enum err imports_read(struct conn *conn, const struct county *c, int64_t id,
                      struct arena *a, struct imports_entry *out, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(conn, "imports.find", ENTRIES " WHERE n.id = ?", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, id);
    code = stmt_step(s, &row, e);
    if (!code && !row)
        code = error_set(e, ERR_NOT_FOUND, "import.unknown", NULL,
                         "there is no import %lld", (long long)id);
    if (!code)
        code = read_entry(c, s, a, out, e);
    stmt_finish(s);
    return code;
}

enum err imports_may_see(const struct access *who, const struct imports_entry *entry,
                         struct error *e)
{
    if (may_see(who, entry))
        return ERR_OK;
    return error_set(e, ERR_NOT_FOUND, "import.unknown", NULL, "there is no import %lld",
                     (long long)entry->id);
}

enum err imports_find(struct county *c, const struct access *who, int64_t id,
                      struct arena *a, struct imports_entry *out, struct error *e)
{
    struct conn *conn;
    enum err code = store_read_begin(c->store, &conn, e);
    if (code)
        return code;
    code = imports_read(conn, c, id, a, out, e);
    store_read_end(conn);
    if (!code)
        code = imports_may_see(who, out, e);
    if (!code)
        hide_counts(who, out);
    return code;
}

static enum err read_list(struct conn *conn, const struct county *c,
                          const struct access *who, int64_t before, size_t most,
                          struct arena *a, struct imports_entry *list, size_t *n,
                          int64_t *next, struct error *e)
{
    struct stmt *s;
    bool there;
    enum err code = history_has_table(conn, "heng_uploads", &there, e);
    if (code || !there)
        return code;
    code = conn_stmt(conn, "imports.list", ENTRIES " WHERE n.id < ? ORDER BY n.id DESC",
                     &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, before > 0 ? before : INT64_MAX);
    for (bool row; !(code = stmt_step(s, &row, e)) && row;) {
        struct imports_entry one;
        code = read_entry(c, s, a, &one, e);
        if (code)
            break;
        if (!may_see(who, &one))
            continue;
        if (*n == most) {
            *next = list[most - 1].id;
            break;
        }
        hide_counts(who, &one);
        list[(*n)++] = one;
    }
    stmt_finish(s);
    return code;
}

enum err imports_list(struct county *c, const struct access *who, int64_t before,
                      size_t most, struct arena *a, struct imports_entry **out, size_t *n,
                      int64_t *next, struct error *e)
{
    struct conn *conn;
    *n = 0;
    *next = 0;
    *out = ARENA_ARRAY(a, struct imports_entry, most + 1);
    if (!*out)
        return error_memory(e);
    enum err code = store_read_begin(c->store, &conn, e);
    if (code)
        return code;
    code = most ? read_list(conn, c, who, before, most, a, *out, n, next, e) : ERR_OK;
    store_read_end(conn);
    return code;
}

static enum err read_rows(struct conn *c, const struct reg *r, struct arena *a,
                          int64_t **out, size_t *n, struct error *e)
{
    struct stmt *s;
    size_t room = 0;
    enum err code =
        conn_stmt(c, "imports.rows",
                  "SELECT l.row FROM heng_imports i JOIN heng_log l ON l.seq BETWEEN"
                  " i.first AND i.last WHERE i.register = ?1 AND i.undone_at IS NULL AND"
                  " l.register = ?1 AND l.change = 'insert' ORDER BY l.row",
                  &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, r->name);
    for (bool row; !(code = stmt_step(s, &row, e)) && row;) {
        if (*n == room) {
            int64_t *more = ARENA_ARRAY(a, int64_t, room = 2 * room + 64);
            if (!more) {
                code = error_memory(e);
                break;
            }
            if (*n)
                memcpy(more, *out, *n * sizeof *more);
            *out = more;
        }
        (*out)[(*n)++] = stmt_int(s, 0);
    }
    stmt_finish(s);
    return code;
}

enum err imports_rows(struct county *c, const struct reg *r, struct arena *a,
                      int64_t **out, size_t *n, struct error *e)
{
    struct conn *conn;
    bool has;
    *out = NULL;
    *n = 0;
    enum err code = store_read_begin(c->store, &conn, e);
    if (code)
        return code;
    code = history_has_table(conn, "heng_imports", &has, e);
    if (!code && has)
        code = read_rows(conn, r, a, out, n, e);
    store_read_end(conn);
    return code;
}

// --- what an upload is from now on

struct setting {
    int64_t id;
    const struct imports_change *to;
};

static enum err set_mapping(struct conn *c, const struct setting *x, struct error *e)
{
    struct stmt *s;
    struct buf given = BUF_INIT(1 << 20);
    struct json_writer j = json_on(&given);
    json_put_array(&j);
    for (size_t i = 0; i < x->to->n_given; i++)
        json_put_string(&j, str_of(x->to->given[i]));
    json_put_array_end(&j);
    enum err code = buf_check(&given, e);
    if (!code)
        code = conn_stmt(c, "imports.set_mapping",
                         "UPDATE heng_uploads SET header_line = ?, sheet = ?, given = ?"
                         " WHERE id = ?",
                         &s, e);
    if (!code) {
        stmt_bind_int(s, 1, x->to->header_line);
        stmt_bind_text(s, 2, x->to->sheet);
        stmt_bind_text(s, 3, buf_str(&given));
        stmt_bind_int(s, 4, x->id);
        code = stmt_done(s, e);
    }
    buf_free(&given);
    return code;
}

static enum err set_state(struct conn *c, void *argument, struct error *e)
{
    const struct setting *x = argument;
    struct stmt *s;
    enum err code = conn_stmt(c, "imports.set",
                              "UPDATE heng_uploads SET state = ? WHERE id = ?"
                              " AND state NOT IN ('saved', 'removed')",
                              &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, str_of(state_names[x->to->state]));
    stmt_bind_int(s, 2, x->id);
    code = stmt_done(s, e);
    if (!code && stmt_changes(s) != 1)
        return error_set(e, ERR_CONFLICT, "import.saved", NULL,
                         "upload %lld was saved or removed meanwhile", (long long)x->id);
    return !code && x->to->mapping ? set_mapping(c, x, e) : code;
}

enum err imports_set(struct county *c, int64_t id, const struct imports_change *to,
                     struct error *e)
{
    struct setting x = {id, to};
    return store_write(c->store, set_state, &x, e);
}

struct job_of {
    int64_t id, job;
};

static enum err set_job(struct conn *c, void *argument, struct error *e)
{
    const struct job_of *x = argument;
    struct stmt *s;
    enum err code = conn_stmt(c, "imports.job",
                              "UPDATE heng_uploads SET job = ? WHERE id = ?", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, x->job);
    stmt_bind_int(s, 2, x->id);
    return stmt_done(s, e);
}

enum err imports_set_job(struct county *c, int64_t id, int64_t job, struct error *e)
{
    struct job_of x = {id, job};
    return store_write(c->store, set_job, &x, e);
}
