// SPDX-License-Identifier: AGPL-3.0-or-later
// New rows, one or many, each typed by a person or sent by a program.
#include <jansson.h>
#include <string.h>

#include "register/row_private.h"

struct create_job {
    struct county *county;
    const struct access *who;
    const struct reg *reg;
    const struct row_new *rows;
    size_t n;
    struct row_typing *typings; // a row each; read and checked before the job
    struct row_saved *out;
    struct arena *arena;

    struct conn *conn;
    struct history history;
    struct stmt *insert;
    char (*spaces)[DATUM_TEXT_SIZE];
    struct buf image;
};

// --- what was sent before

static enum err find_sent(struct create_job *x, const struct row_new *row,
                          struct row_saved *out, struct error *e)
{
    struct stmt *s;
    bool found = false;
    if (!row->key.n)
        return ERR_OK;
    enum err code = conn_stmt(
        x->conn, "row.find_sent",
        "SELECT row FROM heng_sent WHERE user = ? AND register = ? AND key = ?", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, x->who->user);
    stmt_bind_text(s, 2, x->reg->name);
    stmt_bind_text(s, 3, row->key);
    code = stmt_step(s, &found, e);
    if (!code && found) {
        // nothing new is saved, so nothing new is wrong
        *out = (struct row_saved){.id = stmt_int(s, 0), .repeated = true};
    }
    stmt_finish(s);
    return code;
}

// What an entry of the history says a row held before it, over what is known of it.
static enum err put_before(const struct create_job *x, struct str before,
                           struct str *texts, struct error *e)
{
    const char *column;
    json_t *value, *list = before.p ? json_loadb(before.p, before.n, 0, NULL) : NULL;
    enum err code = ERR_OK;
    json_object_foreach(list, column, value)
    {
        for (size_t i = 0; !code && i < x->reg->n_fields; i++) {
            if (!str_equal_c(x->reg->fields[i].column, column))
                continue;
            struct str text = {json_string_value(value), json_string_length(value)};
            texts[i] = text.p ? str_copy(x->arena, text) : text;
            code = text.p && !texts[i].p ? error_memory(e) : ERR_OK;
        }
    }
    json_decref(list);
    return code;
}

// The values that a row came in with, in their canonical text: those of now, and what
// each change found, back to the first.
static enum err read_first(struct create_job *x, int64_t id, const struct datum *now,
                           struct str **out, struct error *e)
{
    const struct reg *r = x->reg;
    struct stmt *s;
    struct str *texts = *out = ARENA_ARRAY(x->arena, struct str, r->n_fields);
    char(*spaces)[DATUM_TEXT_SIZE] = arena_alloc(x->arena, r->n_fields, sizeof *spaces);
    if (!texts || !spaces)
        return error_memory(e);
    for (size_t i = 0; i < r->n_fields; i++)
        texts[i] = datum_text(&r->fields[i], &now[i], x->county->places, spaces[i]);
    enum err code = conn_stmt(x->conn, "row.changes",
                              "SELECT before FROM heng_log WHERE register = ? AND row = ?"
                              " AND change <> 'insert' ORDER BY seq DESC",
                              &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, r->name);
    stmt_bind_int(s, 2, id);
    for (bool row; !code && !(code = stmt_step(s, &row, e)) && row;)
        code = put_before(x, stmt_text(s, 0), texts, e);
    stmt_finish(s);
    return code;
}

// What is wrong by now may have been right when it was sent first, and a field that is
// not known by now may have another name.
static bool is_other(const struct create_job *x, const struct row_new *row,
                     const struct row_typing *t, const struct str *first)
{
    bool renamed = false;
    for (size_t i = 0; i < row->n; i++)
        renamed |= !reg_field(x->reg, row->values[i].field);
    for (size_t i = 0; i < x->reg->n_fields; i++) {
        const struct field *f = &x->reg->fields[i];
        char space[DATUM_TEXT_SIZE];
        if (t->wrong[i] || (f->system && i != FIELD_SOURCE) ||
            (renamed && t->values[i].null))
            continue;
        struct str is = datum_text(f, &t->values[i], x->county->places, space);
        if (!is.p != !first[i].p || !str_equal(is, first[i]))
            return true;
    }
    return false;
}

// The version of a row that was sent before. What is sent again must say what was sent
// first, whatever the row says by now: else a program that takes a key twice would hear
// that its second row is in.
static enum err find_version(struct create_job *x, const struct row_new *row,
                             const struct row_typing *t, struct row_saved *out,
                             struct error *e)
{
    struct datum *values = NULL;
    struct str *first = NULL;
    enum err code = row_read(x->conn, x->county, x->reg, out->id, x->arena, &values, e);
    if (!code)
        code = read_first(x, out->id, values, &first, e);
    if (code)
        return code;
    out->version = values[FIELD_VERSION].i;
    if (!is_other(x, row, t, first))
        return ERR_OK;
    error_set(&out->error, ERR_CONFLICT, "row.sent_other", "key",
              "row %lld was sent with this key, and it says something else",
              (long long)out->id);
    error_cure(&out->error, "take another key for another row, or correct that one");
    out->repeated = false;
    return ERR_OK;
}

static enum err keep_sent(struct create_job *x, const struct row_new *row, int64_t id,
                          struct error *e)
{
    struct stmt *s;
    if (!row->key.n)
        return ERR_OK;
    enum err code = conn_stmt(x->conn, "row.keep_sent",
                              "INSERT INTO heng_sent (user, register, key, row)"
                              " VALUES (?, ?, ?, ?)",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, x->who->user);
    stmt_bind_text(s, 2, x->reg->name);
    stmt_bind_text(s, 3, row->key);
    stmt_bind_int(s, 4, id);
    return stmt_done(s, e);
}

// --- saving

static enum err save_row(struct create_job *x, struct row_typing *t, struct error *e)
{
    struct datum *values = t->values;
    row_image(x->county, x->reg, values, &x->image);
    enum err code = buf_check(&x->image, e);
    if (!code)
        code = row_insert(x->insert, x->spaces, x->county, x->reg, &x->history, values,
                          x->who->user, buf_str(&x->image), e);
    return code;
}

static enum err create_one(struct create_job *x, size_t i, struct error *e)
{
    struct row_saved *out = &x->out[i];
    struct row_typing *t = &x->typings[i];
    int64_t fingerprint = 0;
    enum err code = find_sent(x, &x->rows[i], out, e);
    if (code || out->repeated)
        return code ? code : find_version(x, &x->rows[i], t, out, e);
    if (out->error.code)
        return ERR_OK;
    code = row_typing_key(t, x->conn, NULL, &fingerprint, e);
    if (code)
        return code;
    if (row_problems_first(&out->problems, &out->error))
        return ERR_OK;
    t->values[FIELD_FINGERPRINT] = (struct datum){.i = fingerprint};
    code = save_row(x, t, e);
    if (!code)
        code = keep_sent(x, &x->rows[i], t->values[FIELD_ID].i, e);
    out->id = t->values[FIELD_ID].i;
    out->version = 1;
    return code;
}

static enum err create_job(struct conn *conn, void *argument, struct error *e)
{
    struct create_job *x = argument;
    struct row_sql sql;
    x->conn = conn;
    enum err code = row_sql(x->arena, x->reg, &sql, e);
    if (!code)
        code = conn_prepare(conn, sql.insert, &x->insert, e);
    if (!code)
        code = row_insert_begin(x->county, x->reg, conn, e);
    if (!code)
        code = history_begin(conn, &x->history, e);
    for (size_t i = 0; !code && i < x->n; i++)
        code = create_one(x, i, e);
    history_end(&x->history);
    stmt_finish(x->insert);
    return code;
}

// --- before the job

static enum err read_row_new(struct create_job *x, size_t i, struct error *e)
{
    const struct row_new *row = &x->rows[i];
    struct row_typing *t = &x->typings[i];
    *t = (struct row_typing){.county = x->county,
                             .who = x->who,
                             .reg = x->reg,
                             .arena = x->arena,
                             .out = &x->out[i].problems,
                             .photos = row->tells_photos ? row : NULL};
    x->out[i] = (struct row_saved){0};
    enum err code = row_typing_begin(t, NULL, e);
    if (!code)
        code = row_typing_source(t, row->source, e);
    if (!code)
        code = row_typing_read(t, row->values, row->n, true, e);
    if (!code)
        code = row_typing_check(t, e);
    if (!code && row->key.n > ROW_KEY_MAX)
        (void)error_set(&x->out[i].error, ERR_LIMIT, "row.sent_key", "key",
                        "the sender's key has %zu bytes; at most %d are taken",
                        row->key.n, ROW_KEY_MAX);
    // what is refused is not refused before the sender's key was looked for: a day that
    // was right when it was sent first may be wrong now
    return code;
}

static bool any_to_save(const struct create_job *x)
{
    for (size_t i = 0; i < x->n; i++)
        if (!x->out[i].error.code && (!x->out[i].problems.refused || x->rows[i].key.n))
            return true;
    return false;
}

static enum err create(struct create_job *x, struct error *e)
{
    enum err code = access_write_some(x->who, x->reg, e);
    if (code)
        return code;
    x->typings = ARENA_ARRAY(x->arena, struct row_typing, x->n + 1);
    x->spaces = arena_alloc(x->arena, x->reg->n_fields, sizeof *x->spaces);
    if (!x->typings || !x->spaces)
        return error_memory(e);
    x->image = BUF_INIT(32 << 20);
    for (size_t i = 0; !code && i < x->n; i++)
        code = read_row_new(x, i, e);
    if (!code && any_to_save(x))
        code = store_write(x->county->store, create_job, x, e);
    buf_free(&x->image);
    for (size_t i = 0; !code && i < x->n; i++)
        if (!x->out[i].id && !x->out[i].error.code &&
            !row_problems_first(&x->out[i].problems, &x->out[i].error))
            code = error_set(e, ERR_INTERNAL, "row.unsaved", x->reg->name.p,
                             "a row was neither saved nor refused");
    return code;
}

enum err row_create(struct county *c, const struct access *who, const struct reg *r,
                    const struct row_new *row, struct arena *a, struct row_saved *out,
                    struct error *e)
{
    struct create_job x = {
        .county = c, .who = who, .reg = r, .rows = row, .n = 1, .out = out, .arena = a};
    *out = (struct row_saved){0};
    enum err code = create(&x, e);
    if (!code && out->error.code) {
        code = out->error.code;
        if (e)
            *e = out->error;
    }
    return code;
}

enum err row_create_many(struct county *c, const struct access *who, const struct reg *r,
                         const struct row_new *rows, size_t n, struct arena *a,
                         struct row_saved *out, struct error *e)
{
    if (n > ROW_MANY)
        return error_set(e, ERR_LIMIT, "row.many", r->name.p,
                         "%zu rows are too many for one call; at most %d", n, ROW_MANY);
    struct create_job x = {
        .county = c, .who = who, .reg = r, .rows = rows, .n = n, .out = out, .arena = a};
    return create(&x, e);
}
