// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/rows_about.h"

#include "register/rights.h"

#include <stdlib.h>
#include <string.h>

// --- the question as SQL

// The key is the first parameter.
static void add_conditions(struct buf *sql, const struct rows_about *q, int32_t today)
{
    buf_add_c(sql, q->struck_too ? " WHERE 1" : " WHERE t.state = 'current'");
    if (q->of.by)
        buf_printf(sql, " AND t.\"" STR_FMT "\" = ?1", STR_ARG(q->of.by->column));
    if (q->facility)
        buf_add_c(sql, " AND t.facility = ?2");
    if (q->since)
        buf_add_c(sql, " AND t.date >= ?3");
    if (q->of.where) {
        buf_add_c(sql, " AND (");
        expr_sql(q->of.where, STR("t"), today, sql);
        buf_add_char(sql, ')');
    }
}

// Columns: id, area, facility, date, struck, the fields, the tests.
static enum err open_rows(struct conn *conn, const struct rows_about *q, int32_t today,
                          char since[DATE_TEXT_SIZE], struct stmt **out, struct error *e)
{
    const struct reg *r = q->of.reg;
    struct buf sql = BUF_INIT(1 << 20);
    buf_add_c(&sql, "SELECT t.id, t.area, t.facility, t.date, t.state <> 'current'");
    for (size_t i = 0; i < r->n_fields; i++)
        buf_printf(&sql, ", t.\"" STR_FMT "\"", STR_ARG(r->fields[i].column));
    for (size_t i = 0; i < q->n_tests; i++) {
        buf_add_c(&sql, ", coalesce((");
        expr_sql(q->tests[i], STR("t"), today, &sql);
        buf_add_c(&sql, "), 0)");
    }
    buf_printf(&sql, " FROM \"" STR_FMT "\" AS t", STR_ARG(r->table));
    add_conditions(&sql, q, today);
    buf_add_c(&sql, " ORDER BY t.date, t.id");
    enum err code = buf_check(&sql, e);
    if (!code)
        code = conn_prepare(conn, buf_str(&sql), out, e);
    buf_free(&sql);
    if (!code && q->facility)
        stmt_bind_int(*out, 2, q->facility);
    if (!code && q->since) {
        date_format(q->since, since);
        stmt_bind_text(*out, 3, str_of(since));
    }
    return code;
}

// --- the rows

static enum err copy_texts(struct arena *a, struct datum *values, size_t n,
                           struct error *e)
{
    for (size_t i = 0; i < n; i++) {
        if (!values[i].s.p)
            continue;
        values[i].s = str_copy(a, values[i].s);
        if (!values[i].s.p)
            return error_memory(e);
    }
    return ERR_OK;
}

static enum err take_row(const struct measure *m, struct arena *a, struct stmt *s,
                         const struct rows_about *q, struct row_about *out,
                         struct error *e)
{
    const struct places *p = m->county->places;
    size_t n = q->of.reg->n_fields;
    struct error ignored;
    out->id = stmt_int(s, 0);
    out->struck = stmt_int(s, 4) != 0;
    out->values = ARENA_ARRAY(a, struct datum, n);
    out->tests = ARENA_ARRAY(a, bool, q->n_tests + 1);
    if (!out->values || !out->tests)
        return error_memory(e);
    if (stmt_kind(s, 3) == STMT_NULL || date_parse(stmt_text(s, 3), &out->date, &ignored))
        out->date = DATE_NONE;
    for (size_t i = 0; i < n; i++)
        out->values[i] = datum_read(s, 5 + (int)i, &q->of.reg->fields[i], p);
    for (size_t i = 0; i < q->n_tests; i++)
        out->tests[i] = stmt_int(s, 5 + (int)(n + i)) != 0;
    return copy_texts(a, out->values, n, e);
}

static enum err add_row(struct arena *a, struct row_group *out, size_t *room,
                        const struct row_about *row, struct error *e)
{
    if (out->n == ROWS_ABOUT_MAX)
        return error_set(e, ERR_LIMIT, "rows.many", NULL,
                         "more than %d rows belong together", (int)ROWS_ABOUT_MAX);
    if (out->n == *room) {
        size_t more = *room ? 2 * *room : 32;
        struct row_about *grown = ARENA_ARRAY(a, struct row_about, more);
        if (!grown)
            return error_memory(e);
        if (out->n)
            memcpy(grown, out->rows, out->n * sizeof *grown);
        out->rows = grown;
        *room = more;
    }
    out->rows[out->n++] = *row;
    return ERR_OK;
}

static enum err read_rows(const struct measure *m, struct arena *a, struct stmt *s,
                          const struct rows_about *q, struct row_group *out, size_t *room,
                          struct error *e)
{
    const struct places *p = m->county->places;
    bool more = false;
    enum err code;
    while (!(code = stmt_step(s, &more, e)) && more) {
        struct row_about row = {.area = -1, .facility = -1};
        if (stmt_kind(s, 1) != STMT_NULL)
            row.area = places_area_index(p, stmt_int(s, 1));
        if (stmt_kind(s, 2) != STMT_NULL)
            row.facility = places_facility_index(p, stmt_int(s, 2));
        if (!rights_of_row(p, m->who, q->of.reg, ACCESS_READ, stmt_int(s, 0), row.area,
                           row.facility))
            continue;
        code = take_row(m, a, s, q, &row, e);
        if (!code)
            code = add_row(a, out, room, &row, e);
        if (code)
            break;
    }
    return code;
}

static int by_day(const void *a, const void *b)
{
    const struct row_about *x = a, *y = b;
    return x->date != y->date ? (x->date > y->date) - (x->date < y->date)
                              : (x->id > y->id) - (x->id < y->id);
}

// Of rows that were found by more than one question.
static void settle(struct row_group *x)
{
    size_t n = 0;
    if (x->n)
        qsort(x->rows, x->n, sizeof *x->rows, by_day);
    for (size_t i = 0; i < x->n; i++)
        if (!n || x->rows[n - 1].id != x->rows[i].id)
            x->rows[n++] = x->rows[i];
    x->n = n;
}

enum err rows_about(const struct measure *m, struct arena *a, const struct rows_about *q,
                    struct row_group *out, struct error *e)
{
    char since[DATE_TEXT_SIZE];
    struct conn *conn;
    struct stmt *s = NULL;
    size_t room = 0;
    *out = (struct row_group){.reg = q->of.reg, .by = q->of.by};
    if (access_read_some(m->who, q->of.reg, NULL))
        return ERR_OK;
    enum err code = store_read_begin(m->county->store, &conn, e);
    if (code)
        return code;
    code = open_rows(conn, q, m->today, since, &s, e);
    if (!code && !q->of.by)
        code = read_rows(m, a, s, q, out, &room, e);
    for (size_t i = 0; !code && q->of.by && i < q->n_keys; i++) {
        if (i && str_equal(q->keys[i], q->keys[i - 1]))
            continue;
        stmt_reset(s);
        stmt_bind_text(s, 1, q->keys[i]);
        code = read_rows(m, a, s, q, out, &room, e);
    }
    stmt_finish(s);
    store_read_end(conn);
    if (q->n_keys > 1)
        settle(out);
    return code;
}

// --- what belongs

static int by_text(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    return str_compare(*x, *y);
}

// Adds the rows of `of` whose field has what `column` says in the rows of the group.
static enum err add_group(const struct measure *m, struct arena *a,
                          const struct related *of, const struct row_group *group,
                          const struct field *column, struct row_group *out,
                          struct error *e)
{
    struct str *keys = ARENA_ARRAY(a, struct str, group->n + 1);
    struct rows_about q = {.of = *of, .keys = keys};
    struct row_group found;
    if (!keys)
        return error_memory(e);
    for (size_t i = 0; i < group->n; i++)
        if (!group->rows[i].values[column->index].null)
            keys[q.n_keys++] = group->rows[i].values[column->index].s;
    qsort(keys, q.n_keys, sizeof *keys, by_text);
    enum err code = rows_about(m, a, &q, &found, e);
    if (code || !found.n)
        return code;
    if (!out->n) {
        *out = found;
        return ERR_OK;
    }
    struct row_about *both = ARENA_ARRAY(a, struct row_about, out->n + found.n);
    if (!both)
        return error_memory(e);
    memcpy(both, out->rows, out->n * sizeof *both);
    memcpy(both + out->n, found.rows, found.n * sizeof *both);
    *out = (struct row_group){.reg = out->reg,
                              .by = out->by == found.by ? out->by : NULL,
                              .rows = both,
                              .n = out->n + found.n};
    settle(out);
    return ERR_OK;
}

enum err rows_about_belonging(const struct measure *m, struct arena *a,
                              const struct reg *r, const struct row_group *to,
                              size_t n_to, struct row_group *out, struct error *e)
{
    enum err code = ERR_OK;
    *out = (struct row_group){.reg = r};
    for (size_t i = SYSTEM_FIELDS; i < r->n_fields; i++)
        for (size_t k = 0; !code && r->fields[i].refers && k < n_to; k++)
            if (to[k].n && to[k].reg == r->fields[i].refers)
                code = add_group(m, a, &(struct related){.reg = r, .by = &r->fields[i]},
                                 &to[k], to[k].reg->key[0], out, e);
    return code;
}

enum err rows_about_named(const struct measure *m, struct arena *a, const struct reg *r,
                          const struct row_group *by, size_t n_by, struct row_group *out,
                          struct error *e)
{
    enum err code = ERR_OK;
    *out = (struct row_group){.reg = r};
    for (size_t k = 0; k < n_by; k++)
        for (size_t i = SYSTEM_FIELDS; !code && by[k].n && i < by[k].reg->n_fields; i++)
            if (by[k].reg->fields[i].refers == r)
                code = add_group(m, a, &(struct related){.reg = r, .by = r->key[0]},
                                 &by[k], &by[k].reg->fields[i], out, e);
    return code;
}

// --- what a row says

int rows_about_stage(const struct reg *r, const struct row_about *row)
{
    const struct field *f = r->workflow ? reg_field(r, STR("stage")) : NULL;
    return f && !row->values[f->index].null ? (int)row->values[f->index].i : 0;
}

bool rows_about_late(const struct reg *r, const struct row_about *row, int32_t today)
{
    const struct field *due = r->workflow ? reg_field(r, STR("stage_due")) : NULL;
    if (!due || r->workflow->stages[rows_about_stage(r, row)].final)
        return false;
    return !row->values[due->index].null && row->values[due->index].i < today;
}

static struct str text_of(const struct reg *r, const struct row_about *row,
                          const char *name)
{
    const struct field *f = reg_field(r, str_of(name));
    bool text = f && (f->type == TYPE_TEXT || f->type == TYPE_NAME) && !f->identifies;
    return text && !row->values[f->index].null ? row->values[f->index].s : STR("");
}

const struct field *rows_about_last_day(const struct reg *r)
{
    static const char *const names[] = {"valid_until", "licence_until"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct field *f = reg_field(r, str_of(names[i]));
        if (f && f->type == TYPE_DATE)
            return f;
    }
    return NULL;
}

struct label rows_about_name(const struct reg *r, const struct row_about *row)
{
    struct str zh = text_of(r, row, "name"), en = text_of(r, row, "name_en"),
               key = row->values[r->key[0]->index].s;
    return zh.n ? (struct label){en.n ? en : zh, zh} : (struct label){key, key};
}

enum err rows_about_label(const struct measure *m, struct arena *a, const struct reg *r,
                          struct str key, struct label *out, struct error *e)
{
    *out = (struct label){key, key};
    if (!r->n_key)
        return ERR_OK;
    const struct rows_about q = rows_about_key(r, &key);
    struct row_group found;
    enum err code = rows_about(m, a, &q, &found, e);
    if (!code && found.n)
        *out = rows_about_name(r, &found.rows[0]);
    return code;
}
