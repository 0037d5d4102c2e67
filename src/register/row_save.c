// SPDX-License-Identifier: AGPL-3.0-or-later
// Writing rows: a row that comes in, and the fields of one that change; each with its
// entry in the history.
#include <string.h>

#include "base/json.h"
#include "register/row_private.h"
#include "register/search.h"

enum { MAX_FIELDS = 2000 };

// --- saving changes

static void add_member(struct json_writer *j, const struct field *f, struct str text)
{
    json_put_key(j, f->column);
    if (text.p)
        json_put_string(j, text);
    else
        json_put_null(j);
}

enum err row_insert_begin(struct county *c, const struct reg *r, struct conn *conn,
                          struct error *e)
{
    struct buf sql = BUF_INIT(1 << 10);
    struct stmt *s = NULL;
    bool row = false;
    buf_printf(&sql, "SELECT max(id) FROM \"" STR_FMT "\"", STR_ARG(r->table));
    enum err code = buf_check(&sql, e);
    if (!code)
        code = conn_prepare(conn, buf_str(&sql), &s, e);
    if (!code)
        code = stmt_step(s, &row, e);
    if (!code && row) {
        int64_t tick = id_source_from(0, stmt_int(s, 0)).last_tick;
        c->ids.last_tick = tick > c->ids.last_tick ? tick : c->ids.last_tick;
    }
    stmt_finish(s);
    buf_free(&sql);
    return code;
}

enum err row_insert(struct stmt *insert, char (*spaces)[DATUM_TEXT_SIZE],
                    struct county *c, const struct reg *r, struct history *h,
                    struct datum *values, int64_t who, struct str image, struct error *e)
{
    int64_t now = date_now_ms(), id = id_next(&c->ids, now);
    if (!id)
        return error_set(e, ERR_INTERNAL, "import.ids", NULL, "row ids have run out");
    values[FIELD_ID] = (struct datum){.i = id};
    values[FIELD_VERSION] = (struct datum){.i = 1};
    values[FIELD_SAVED_BY] = (struct datum){.i = who};
    values[FIELD_SAVED_AT] = (struct datum){.i = now};
    for (size_t k = 0; k < r->n_fields; k++)
        datum_bind(insert, (int)k + 1, &r->fields[k], &values[k], c->places, spaces[k]);
    enum err code = stmt_done(insert, e);
    if (code)
        return code;
    search_follow_at_end(c, h->conn);
    return history_append(h,
                          &(struct history_entry){.change = HISTORY_INSERT,
                                                  .reg = r,
                                                  .row = id,
                                                  .at = now,
                                                  .who = who,
                                                  .image = image},
                          e);
}

struct change_text {
    struct buf before, after, sql;
};

// What the columns hold as the table has it, not as today's model reads it: a place that
// was struck, or a code that left the pack, is null to the model and still in the image.
static enum err write_before(struct conn *conn, const struct reg *r, int64_t id,
                             const bool *differs, struct buf *out, struct error *e)
{
    struct buf sql = BUF_INIT(1 << 20);
    struct stmt *s = NULL;
    char space[DATUM_TEXT_SIZE];
    int n = 0;
    bool row = false;
    buf_add_c(&sql, "SELECT ");
    for (size_t i = 0; i < r->n_fields; i++)
        if (differs[i])
            buf_printf(&sql, "%s\"" STR_FMT "\"", n++ ? ", " : "",
                       STR_ARG(r->fields[i].column));
    buf_printf(&sql, " FROM \"" STR_FMT "\" WHERE id = ?", STR_ARG(r->table));
    enum err code = buf_check(&sql, e);
    if (!code)
        code = conn_prepare(conn, buf_str(&sql), &s, e);
    buf_free(&sql);
    if (code)
        return code;
    stmt_bind_int(s, 1, id);
    code = stmt_step(s, &row, e);
    struct json_writer before = json_on(out);
    json_put_object(&before);
    n = 0;
    for (size_t i = 0; !code && row && i < r->n_fields; i++)
        if (differs[i])
            add_member(&before, &r->fields[i], datum_stored_text(s, n++, space));
    json_put_object_end(&before);
    stmt_finish(s);
    return code ? code : buf_check(out, e);
}

static enum err run_update(struct conn *conn, const struct county *c, const struct reg *r,
                           int64_t id, const struct datum *old, const struct datum *new,
                           const bool *differs, int64_t who, int64_t at, struct str sql,
                           struct error *e)
{
    struct stmt *s;
    enum err code = conn_prepare(conn, sql, &s, e);
    if (code)
        return code;
    char(*space)[DATUM_TEXT_SIZE] = mem_alloc(r->n_fields, sizeof *space);
    if (!space) {
        stmt_finish(s);
        return error_memory(e);
    }
    int n = 1;
    stmt_bind_int(s, n++, old[FIELD_VERSION].i + 1);
    stmt_bind_int(s, n++, who);
    stmt_bind_int(s, n++, at);
    for (size_t i = 0; i < r->n_fields; i++) {
        if (!differs[i])
            continue;
        datum_bind(s, n++, &r->fields[i], &new[i], c->places, space[i]);
    }
    stmt_bind_int(s, n++, id);
    stmt_bind_int(s, n++, old[FIELD_VERSION].i);
    code = stmt_done(s, e);
    if (!code && stmt_changes(s) != 1)
        code = error_set(e, ERR_CONFLICT, "row.version", NULL,
                         "row %lld was changed by someone else meanwhile", (long long)id);
    stmt_finish(s);
    mem_free(space);
    return code;
}

enum err row_save_changes(struct conn *conn, struct county *c, const struct reg *r,
                          struct history *h, int64_t id, const struct datum *old,
                          const struct datum *new, const bool *where,
                          enum history_change change, int64_t who, struct str reason,
                          bool *changed, struct error *e)
{
    bool differs[MAX_FIELDS] = {false};
    int64_t at = date_now_ms();
    *changed = false;
    struct change_text t = {BUF_INIT(16 << 20), BUF_INIT(16 << 20), BUF_INIT(1 << 20)};
    struct json_writer after = json_on(&t.after);
    char space[DATUM_TEXT_SIZE];
    json_put_object(&after);
    buf_printf(&t.sql,
               "UPDATE \"" STR_FMT "\" SET version = ?, saved_by = ?, saved_at = ?",
               STR_ARG(r->table));
    int n = 0;
    for (size_t i = 0; i < r->n_fields && i < MAX_FIELDS; i++) {
        const struct field *f = &r->fields[i];
        if (!where[i] || row_same(c, f, &old[i], &new[i]))
            continue;
        differs[i] = true;
        n++;
        add_member(&after, f, datum_text(f, &new[i], c->places, space));
        buf_printf(&t.sql, ", \"" STR_FMT "\" = ?", STR_ARG(f->column));
    }
    json_put_object_end(&after);
    buf_add_c(&t.sql, " WHERE id = ? AND version = ?");
    enum err code = ERR_OK;
    if (n) {
        *changed = true;
        if ((code = write_before(conn, r, id, differs, &t.before, e)) == ERR_OK &&
            (code = buf_check(&t.after, e)) == ERR_OK &&
            (code = buf_check(&t.sql, e)) == ERR_OK)
            code = run_update(conn, c, r, id, old, new, differs, who, at, buf_str(&t.sql),
                              e);
        search_follow_at_end(c, conn);
        if (!code)
            code = history_append(h,
                                  &(struct history_entry){.change = change,
                                                          .reg = r,
                                                          .row = id,
                                                          .at = at,
                                                          .who = who,
                                                          .before = buf_str(&t.before),
                                                          .after = buf_str(&t.after),
                                                          .reason = reason},
                                  e);
    }
    buf_free(&t.before);
    buf_free(&t.after);
    buf_free(&t.sql);
    return code;
}
