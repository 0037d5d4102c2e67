// SPDX-License-Identifier: AGPL-3.0-or-later
// Signals that the pack's watches keep, for those who may read their register.
#include "study/overview_private.h"

#include "register/rights.h"

struct reading {
    const struct measure *m;
    struct arena *arena;
    const struct reg *reg;
    int32_t root;
    bool has_finding;
};

static bool add_column(struct buf *sql, const struct reg *r, const char *name)
{
    const struct field *f = reg_field(r, str_of(name));
    buf_add_c(sql, ", ");
    if (f)
        buf_printf(sql, "\"" STR_FMT "\"", STR_ARG(f->column));
    else
        buf_add_c(sql, "NULL");
    return f != NULL;
}

// Columns: id, area, facility, saved_at, then those by name.
static void write_sql(struct reading *x, struct buf *sql)
{
    buf_add_c(sql, "SELECT id, area, facility, saved_at");
    add_column(sql, x->reg, "period");
    add_column(sql, x->reg, "review");
    add_column(sql, x->reg, "text_en");
    add_column(sql, x->reg, "text_zh");
    add_column(sql, x->reg, "finding");
    buf_printf(sql,
               " FROM \"" STR_FMT "\" WHERE state = 'current' AND date BETWEEN ?1 "
               "AND ?2 ORDER BY ",
               STR_ARG(x->reg->table));
    const struct field *review = reg_field(x->reg, STR("review"));
    if (review)
        buf_printf(sql, "coalesce(\"" STR_FMT "\", 0) DESC, ", STR_ARG(review->column));
    buf_add_c(sql, "date DESC, id");
}

// A signal about no place is about the whole: shown to those who asked for it.
static bool is_inside(const struct reading *x, int32_t area, int32_t facility)
{
    const struct places *p = x->m->county->places;
    int32_t place = rights_place(p, area, facility);
    if (!rights_of_row(p, x->m->who, x->reg, ACCESS_READ, 0, area, facility))
        return false;
    if (x->root < 0)
        return true;
    if (place < 0)
        return x->root == overview_top(p, -1);
    return places_within(p, place, x->root);
}

static enum err take(struct reading *x, struct stmt *s, struct overview_signal *out,
                     struct error *e)
{
    struct error ignored;
    out->id = stmt_int(s, 0);
    out->at = stmt_int(s, 3);
    if (period_parse(stmt_text(s, 4), &out->period, &ignored))
        out->period = (struct period){.first = DATE_NONE, .last = DATE_NONE};
    out->review = stmt_int(s, 5) != 0;
    out->text.en = str_copy(x->arena, stmt_text(s, 6));
    out->text.zh = str_copy(x->arena, stmt_text(s, 7));
    out->finding = str_copy(x->arena, stmt_text(s, 8));
    return out->text.en.p && out->text.zh.p && out->finding.p ? ERR_OK : error_memory(e);
}

static enum err read_signals(struct reading *x, struct conn *conn, int32_t first,
                             int32_t last, size_t most, struct overview_signal *list,
                             size_t *n, struct error *e)
{
    const struct places *p = x->m->county->places;
    char from[DATE_TEXT_SIZE], until[DATE_TEXT_SIZE];
    struct buf sql = BUF_INIT(1 << 16);
    struct stmt *s = NULL;
    write_sql(x, &sql);
    enum err code = buf_check(&sql, e);
    if (!code)
        code = conn_prepare(conn, buf_str(&sql), &s, e);
    buf_free(&sql);
    if (code)
        return code;
    date_format(first, from);
    date_format(last, until);
    stmt_bind_text(s, 1, str_of(from));
    stmt_bind_text(s, 2, str_of(until));
    for (bool row; *n < most && !code && !(code = stmt_step(s, &row, e)) && row;) {
        struct overview_signal one = {.reg = x->reg, .area = -1, .facility = -1};
        if (stmt_kind(s, 1) != STMT_NULL)
            one.area = places_area_index(p, stmt_int(s, 1));
        if (stmt_kind(s, 2) != STMT_NULL)
            one.facility = places_facility_index(p, stmt_int(s, 2));
        if (!is_inside(x, one.area, one.facility))
            continue;
        code = take(x, s, &one, e);
        list[(*n)++] = one;
    }
    stmt_finish(s);
    return code;
}

enum err overview_signals(const struct measure *m, struct arena *a, int32_t root,
                          int32_t first, int32_t last, size_t most,
                          struct overview_signal **out, size_t *n, struct error *e)
{
    const struct pack *p = m->county->pack;
    *n = 0;
    *out = ARENA_ARRAY(a, struct overview_signal, most + 1);
    if (!*out)
        return error_memory(e);
    struct conn *conn = NULL;
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < p->n_watches && *n < most; i++) {
        struct reading x = {.m = m, .arena = a, .reg = p->watches[i].keep, .root = root};
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again |= p->watches[k].keep == x.reg;
        if (again || access_read_some(m->who, x.reg, NULL))
            continue;
        if (!conn)
            code = store_read_begin(m->county->store, &conn, e);
        if (!code)
            code = read_signals(&x, conn, first, last, most, *out, n, e);
    }
    store_read_end(conn);
    return code;
}
