// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/rows_about.h"

#include "register/rights.h"

#include <string.h>

// --- the question as SQL

static void add_conditions(struct buf *sql, const struct rows_about *q, int32_t today)
{
    buf_add_c(sql, q->struck_too ? " WHERE 1" : " WHERE t.state = 'current'");
    if (q->by)
        buf_printf(sql, " AND t.\"" STR_FMT "\" = ?1", STR_ARG(q->by->column));
    if (q->facility)
        buf_add_c(sql, " AND t.facility = ?2");
    if (q->first != DATE_NONE)
        buf_add_c(sql, " AND t.date >= ?3");
    if (q->last != DATE_NONE)
        buf_add_c(sql, " AND t.date <= ?4");
    if (q->where) {
        buf_add_c(sql, " AND (");
        expr_sql(q->where, STR("t"), today, sql);
        buf_add_char(sql, ')');
    }
}

static void bind_conditions(struct stmt *s, const struct rows_about *q,
                            char days[2][DATE_TEXT_SIZE])
{
    if (q->by)
        stmt_bind_text(s, 1, q->key);
    if (q->facility)
        stmt_bind_int(s, 2, q->facility);
    if (q->first != DATE_NONE) {
        date_format(q->first, days[0]);
        stmt_bind_text(s, 3, str_of(days[0]));
    }
    if (q->last != DATE_NONE) {
        date_format(q->last, days[1]);
        stmt_bind_text(s, 4, str_of(days[1]));
    }
}

// Columns: id, area, facility, date, struck, the fields, the tests.
static enum err open_rows(struct conn *conn, const struct rows_about *q, int32_t today,
                          char days[2][DATE_TEXT_SIZE], struct stmt **out,
                          struct error *e)
{
    struct buf sql = BUF_INIT(1 << 20);
    buf_add_c(&sql, "SELECT t.id, t.area, t.facility, t.date, t.state <> 'current'");
    for (size_t i = 0; i < q->reg->n_fields; i++)
        buf_printf(&sql, ", t.\"" STR_FMT "\"", STR_ARG(q->reg->fields[i].column));
    for (size_t i = 0; i < q->n_tests; i++) {
        buf_add_c(&sql, ", coalesce((");
        expr_sql(q->tests[i], STR("t"), today, &sql);
        buf_add_c(&sql, "), 0)");
    }
    buf_printf(&sql, " FROM \"" STR_FMT "\" AS t", STR_ARG(q->reg->table));
    add_conditions(&sql, q, today);
    buf_add_c(&sql, " ORDER BY t.date, t.id");
    enum err code = buf_check(&sql, e);
    if (!code)
        code = conn_prepare(conn, buf_str(&sql), out, e);
    buf_free(&sql);
    if (!code)
        bind_conditions(*out, q, days);
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
    size_t n = q->reg->n_fields;
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
        out->values[i] = datum_read(s, 5 + (int)i, &q->reg->fields[i], p);
    for (size_t i = 0; i < q->n_tests; i++)
        out->tests[i] = stmt_int(s, 5 + (int)(n + i)) != 0;
    return copy_texts(a, out->values, n, e);
}

static enum err add_row(struct arena *a, struct row_about **list, size_t *n, size_t *room,
                        const struct row_about *row, struct error *e)
{
    if (*n == ROWS_ABOUT_MAX)
        return error_set(e, ERR_LIMIT, "rows.many", NULL,
                         "more than %d rows belong together", (int)ROWS_ABOUT_MAX);
    if (*n == *room) {
        size_t more = *room ? 2 * *room : 32;
        struct row_about *grown = ARENA_ARRAY(a, struct row_about, more);
        if (!grown)
            return error_memory(e);
        if (*n)
            memcpy(grown, *list, *n * sizeof *grown);
        *list = grown;
        *room = more;
    }
    (*list)[(*n)++] = *row;
    return ERR_OK;
}

static enum err read_rows(const struct measure *m, struct arena *a, struct stmt *s,
                          const struct rows_about *q, struct row_about **out, size_t *n,
                          struct error *e)
{
    const struct places *p = m->county->places;
    size_t room = 0;
    bool more = false;
    enum err code;
    while (!(code = stmt_step(s, &more, e)) && more) {
        struct row_about row = {.area = -1, .facility = -1};
        if (stmt_kind(s, 1) != STMT_NULL)
            row.area = places_area_index(p, stmt_int(s, 1));
        if (stmt_kind(s, 2) != STMT_NULL)
            row.facility = places_facility_index(p, stmt_int(s, 2));
        if (!rights_of_row(p, m->who, q->reg, ACCESS_READ, stmt_int(s, 0), row.area,
                           row.facility))
            continue;
        code = take_row(m, a, s, q, &row, e);
        if (!code)
            code = add_row(a, out, n, &room, &row, e);
        if (code)
            break;
    }
    return code;
}

enum err rows_about(const struct measure *m, struct arena *a, const struct rows_about *q,
                    struct row_about **out, size_t *n, struct error *e)
{
    char days[2][DATE_TEXT_SIZE];
    struct conn *conn;
    struct stmt *s = NULL;
    *out = NULL;
    *n = 0;
    if (access_read_some(m->who, q->reg, NULL))
        return ERR_OK;
    enum err code = store_read_begin(m->county->store, &conn, e);
    if (code)
        return code;
    code = open_rows(conn, q, m->today, days, &s, e);
    if (!code)
        code = read_rows(m, a, s, q, out, n, e);
    stmt_finish(s);
    store_read_end(conn);
    return code;
}

enum err rows_about_count(const struct measure *m, const struct related *related,
                          struct str key, int64_t *out, struct error *e)
{
    const struct rows_about q = {.reg = related->reg,
                                 .by = related->by,
                                 .key = key,
                                 .first = DATE_NONE,
                                 .last = DATE_NONE,
                                 .where = related->where};
    char days[2][DATE_TEXT_SIZE];
    struct buf sql = BUF_INIT(1 << 20);
    struct conn *conn;
    struct stmt *s = NULL;
    bool row = false;
    buf_printf(&sql, "SELECT count(*) FROM \"" STR_FMT "\" AS t",
               STR_ARG(related->reg->table));
    add_conditions(&sql, &q, m->today);
    enum err code = buf_check(&sql, e);
    if (!code)
        code = store_read_begin(m->county->store, &conn, e);
    if (code) {
        buf_free(&sql);
        return code;
    }
    code = conn_prepare(conn, buf_str(&sql), &s, e);
    if (!code) {
        bind_conditions(s, &q, days);
        code = stmt_step(s, &row, e);
    }
    *out = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    store_read_end(conn);
    buf_free(&sql);
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

enum err rows_about_label(const struct measure *m, struct arena *a, const struct reg *r,
                          struct str key, struct label *out, struct error *e)
{
    const struct rows_about q = {.reg = r,
                                 .by = r->n_key ? r->key[0] : NULL,
                                 .key = key,
                                 .first = DATE_NONE,
                                 .last = DATE_NONE};
    struct row_about *list;
    size_t n = 0;
    *out = (struct label){key, key};
    enum err code = q.by ? rows_about(m, a, &q, &list, &n, e) : ERR_OK;
    if (code || n == 0)
        return code;
    struct str zh = text_of(r, &list[0], "name"), en = text_of(r, &list[0], "name_en");
    if (zh.n)
        *out = (struct label){en.n ? en : zh, zh};
    return ERR_OK;
}
