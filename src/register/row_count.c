// SPDX-License-Identifier: AGPL-3.0-or-later
// How many rows a list has. Without filters the counts come from indexes alone: all rows
// of a place less those that are struck, which have a small index of their own.
#include <string.h>

#include "register/row_list_private.h"
#include "register/row_scope.h"

static enum err count_one(struct row_lister *l, const struct sql_parts *p, int64_t *out,
                          struct error *e)
{
    struct stmt *s = NULL;
    bool row = false;
    enum err code = p->no_memory ? error_memory(e) : buf_check(&p->sql, e);
    if (!code)
        code = conn_prepare(l->conn, buf_str(&p->sql), &s, e);
    if (!code)
        sql_parts_bind(p, s, 1);
    if (!code)
        code = stmt_step(s, &row, e);
    *out = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}

// Rows of one place: all of them, or the struck ones.
static enum err count_place(struct row_lister *l, enum row_place place, bool struck,
                            int64_t *out, struct error *e)
{
    struct sql_parts p = {.sql = BUF_INIT(1 << 16)};
    buf_printf(&p.sql, "SELECT count(*) FROM \"" STR_FMT "\" AS t",
               STR_ARG(l->reg->table));
    if (struck || place != ROW_ANYWHERE)
        sql_parts_add(&p, struck ? " WHERE state <> 'current'" : " WHERE 1");
    row_place_condition(l, &p, place, !struck);
    enum err code = count_one(l, &p, out, e);
    buf_free(&p.sql);
    return code;
}

static enum err count_state(struct row_lister *l, enum row_place place, int64_t *out,
                            struct error *e)
{
    enum row_state state = l->query->state;
    int64_t all = 0, struck = 0;
    enum err code = state == ROW_STRUCK ? ERR_OK : count_place(l, place, false, &all, e);
    if (!code && state != ROW_ALL)
        code = count_place(l, place, true, &struck, e);
    *out = state == ROW_STRUCK ? struck : all - struck;
    return code;
}

// Rows that pass filters and search, of one place. Where the filter is of days alone the
// index has all that is asked, but for the few rows that are struck.
static enum err count_filtered(struct row_lister *l, enum row_place place, int64_t *out,
                               struct error *e)
{
    struct sql_parts p = {.sql = BUF_INIT(1 << 20)};
    bool by_index = !l->match.p && l->days.n && !l->others;
    buf_printf(&p.sql, "SELECT count(*) FROM ");
    if (l->match.p) {
        buf_printf(&p.sql,
                   "\"heng_search_" STR_FMT "\" AS f CROSS JOIN \"" STR_FMT
                   "\" AS t ON t.id = f.rowid WHERE f.\"heng_search_" STR_FMT
                   "\" MATCH ?",
                   STR_ARG(l->reg->name), STR_ARG(l->reg->table), STR_ARG(l->reg->name));
        sql_parts_text(l, &p, l->match);
    } else {
        buf_printf(&p.sql, "\"" STR_FMT "\" AS t WHERE 1", STR_ARG(l->reg->table));
    }
    row_place_condition(l, &p, place, !l->match.p);
    if (!l->match.p)
        sql_parts_more(l, &p, &l->days);
    if (!by_index)
        sql_parts_more(l, &p, &l->filter);
    row_state_condition(l, &p, by_index);
    enum err code = count_one(l, &p, out, e);
    buf_free(&p.sql);
    return code;
}

// The same caller without filters and areas asked for.
static enum err without_filters(const struct row_lister *l, const struct row_query *q,
                                struct row_lister *out, struct error *e)
{
    *out = (struct row_lister){.county = l->county,
                               .who = l->who,
                               .reg = l->reg,
                               .query = q,
                               .arena = l->arena,
                               .conn = l->conn};
    return row_filters_read(out, e);
}

static enum err count_all(struct row_lister *l, int64_t *visible, int64_t *everywhere,
                          struct error *e)
{
    enum row_place places[ROW_PLACES];
    size_t n = row_places(l, places);
    enum err code = ERR_OK;
    *visible = 0;
    for (size_t i = 0; !code && i < n; i++) {
        int64_t more;
        code = count_state(l, places[i], &more, e);
        *visible += more;
    }
    *everywhere = *visible;
    if (!code && l->limited)
        code = count_state(l, ROW_ANYWHERE, everywhere, e);
    return code;
}

enum err row_count(struct row_lister *l, bool nothing, struct row_list *out,
                   struct error *e)
{
    const struct row_query *q = l->query;
    const struct row_query bare = {.state = q->state, .limit = 1};
    struct row_lister all;
    int64_t everywhere;
    enum err code = without_filters(l, &bare, &all, e);
    if (!code)
        code = count_all(&all, &out->all, &everywhere, e);
    buf_free(&all.filter.sql);
    buf_free(&all.days.sql);
    if (code)
        return code;
    out->hidden = row_scope_hidden(l->who, l->reg, all.own.p, out->all, everywhere);
    out->shown = nothing ? 0 : out->all;
    if (nothing || (!q->n_filters && !l->match.p))
        return ERR_OK;
    enum row_place places[ROW_PLACES];
    size_t n = row_places(l, places);
    out->shown = 0;
    for (size_t i = 0; !code && i < n; i++) {
        int64_t more;
        // a filter of areas alone is counted as fast as no filter
        code = !l->filter.n && !l->filter.sql.n && !l->match.p
                   ? count_state(l, places[i], &more, e)
                   : count_filtered(l, places[i], &more, e);
        out->shown += more;
    }
    return code;
}

enum err row_list_days(struct county *c, const struct reg *r, struct arena *a,
                       int32_t *first, int32_t *last, struct error *e)
{
    struct conn *conn = NULL;
    struct stmt *s = NULL;
    bool row = false;
    struct str sql = str_format(a,
                                "SELECT (SELECT min(date) FROM \"" STR_FMT
                                "\"), (SELECT max(date) FROM \"" STR_FMT "\")",
                                STR_ARG(r->table), STR_ARG(r->table));
    *first = *last = DATE_NONE;
    enum err code = sql.p ? store_read_begin(c->store, &conn, e) : error_memory(e);
    if (!code)
        code = conn_prepare(conn, sql, &s, e);
    if (!code)
        code = stmt_step(s, &row, e);
    if (!code && row && stmt_text(s, 0).p &&
        (date_parse(stmt_text(s, 0), first, NULL) ||
         date_parse(stmt_text(s, 1), last, NULL)))
        *first = *last = DATE_NONE;
    stmt_finish(s);
    store_read_end(conn);
    return code;
}

// The log numbers what came in; of a file with other registers it says too many. Counted
// whole up to a bound, and by the log's number beyond it.
enum err row_list_roughly(struct county *c, const struct reg *r, double *out,
                          struct error *e)
{
    enum { BOUND = 20000 };
    struct conn *conn = NULL;
    struct stmt *s = NULL;
    bool row = false;
    struct buf sql = BUF_INIT(4096);
    buf_printf(
        &sql,
        "SELECT n, CASE WHEN n < %d THEN 0 ELSE (SELECT max(seq) FROM heng_log) END"
        " FROM (SELECT count(*) AS n FROM (SELECT 1 FROM \"" STR_FMT "\" LIMIT %d))",
        BOUND, STR_ARG(r->table), BOUND);
    *out = 0;
    enum err code = buf_check(&sql, e);
    if (!code)
        code = store_read_begin(c->store, &conn, e);
    if (!code)
        code = conn_prepare(conn, buf_str(&sql), &s, e);
    if (!code)
        code = stmt_step(s, &row, e);
    if (!code && row) {
        double counted = (double)stmt_int(s, 0), logged = (double)stmt_int(s, 1);
        *out = logged > counted ? logged : counted;
    }
    stmt_finish(s);
    store_read_end(conn);
    buf_free(&sql);
    return code;
}
