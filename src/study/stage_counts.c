// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/stage_counts.h"

#include "pack/engines.h"
#include "register/datum.h"
#include "register/rights.h"

// Columns: area, facility, stage, rows, late ones.
static enum err open_counts(struct conn *conn, const struct reg *r,
                            const char today[DATE_TEXT_SIZE], struct stmt **out,
                            struct error *e)
{
    const struct field *stage = reg_field(r, STR("stage")),
                       *due = reg_field(r, STR("stage_due"));
    struct buf sql = BUF_INIT(1 << 12);
    buf_printf(&sql,
               "SELECT area, facility, \"" STR_FMT "\", count(*), total(\"" STR_FMT
               "\" < ?1) FROM \"" STR_FMT "\" WHERE state = 'current' GROUP BY 1, 2, 3",
               STR_ARG(stage->column), STR_ARG(due->column), STR_ARG(r->table));
    enum err code = buf_check(&sql, e);
    if (!code)
        code = conn_prepare(conn, buf_str(&sql), out, e);
    buf_free(&sql);
    if (!code)
        stmt_bind_text(*out, 1, str_of(today));
    return code;
}

static void add(const struct measure *m, const struct reg *r, int32_t root,
                struct stmt *s, struct stage_count *out)
{
    const struct places *p = m->county->places;
    const struct workflow *w = r->workflow;
    int32_t area = -1, facility = -1;
    if (stmt_kind(s, 0) != STMT_NULL)
        area = places_area_index(p, stmt_int(s, 0));
    if (stmt_kind(s, 1) != STMT_NULL)
        facility = places_facility_index(p, stmt_int(s, 1));
    int32_t place = rights_place(p, area, facility);
    if (!rights_of_row(p, m->who, r, ACCESS_READ, 0, area, facility) ||
        (root >= 0 && place >= 0 && !places_within(p, place, root)))
        return;
    struct datum stage = datum_read(s, 2, reg_field(r, STR("stage")), p);
    size_t at = stage.null ? 0 : (size_t)stage.i;
    if (at >= w->n_stages)
        return;
    out[at].n += (size_t)stmt_int(s, 3);
    out[at].late += w->stages[at].final ? 0 : (size_t)stmt_double(s, 4);
}

enum err stage_counts(const struct measure *m, struct arena *a, const struct reg *r,
                      int32_t root, struct stage_count **out, struct error *e)
{
    char today[DATE_TEXT_SIZE];
    struct conn *conn;
    struct stmt *s = NULL;
    bool more = false;
    *out = ARENA_ARRAY(a, struct stage_count, r->workflow->n_stages);
    if (!*out)
        return error_memory(e);
    if (access_read_some(m->who, r, NULL))
        return ERR_OK;
    enum err code = store_read_begin(m->county->store, &conn, e);
    if (code)
        return code;
    date_format(m->today, today);
    code = open_counts(conn, r, today, &s, e);
    while (!code && !(code = stmt_step(s, &more, e)) && more)
        add(m, r, root, s, *out);
    stmt_finish(s);
    store_read_end(conn);
    return code;
}
