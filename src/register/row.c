// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/row.h"

#include <string.h>

#include "pack/engines.h"
#include "register/rights.h"
#include "register/row_private.h"

// --- SQL

static void add_columns(struct buf *b, const struct reg *r)
{
    for (size_t i = 0; i < r->n_fields; i++)
        buf_printf(b, "%s\"" STR_FMT "\"", i ? ", " : "", STR_ARG(r->fields[i].column));
}

enum err row_sql(struct arena *a, const struct reg *r, struct row_sql *out,
                 struct error *e)
{
    struct buf b = BUF_INIT(1 << 20);
    buf_printf(&b, "INSERT INTO \"" STR_FMT "\" (", STR_ARG(r->table));
    add_columns(&b, r);
    buf_add_c(&b, ") VALUES (");
    for (size_t i = 0; i < r->n_fields; i++)
        buf_add_c(&b, i ? ", ?" : "?");
    buf_add_char(&b, ')');
    out->insert = str_copy(a, buf_str(&b));
    struct str *const selects[] = {&out->select, &out->fingerprint};
    static const char *const conditions[] = {"id = ?",
                                             "fingerprint BETWEEN ? AND ? ORDER BY id"};
    for (size_t k = 0; k < 2; k++) {
        buf_clear(&b);
        buf_add_c(&b, "SELECT ");
        add_columns(&b, r);
        buf_printf(&b, " FROM \"" STR_FMT "\" WHERE %s", STR_ARG(r->table),
                   conditions[k]);
        *selects[k] = str_copy(a, buf_str(&b));
    }
    enum err code = buf_check(&b, e);
    buf_free(&b);
    if (!code && (!out->insert.p || !out->select.p || !out->fingerprint.p))
        code = error_memory(e);
    return code;
}

void row_image(const struct county *c, const struct reg *r, const struct datum *values,
               struct buf *image)
{
    const struct reg_slots *slots = county_slots(c, r);
    char space[DATUM_TEXT_SIZE];
    buf_clear(image);
    for (size_t i = 0; i < slots->n; i++) {
        size_t k = slots->order[i];
        struct str text = datum_text(&r->fields[k], &values[k], c->places, space);
        if (text.p)
            history_image_add(image, slots->slot[k], text);
    }
}

bool row_same(const struct county *c, const struct field *f, const struct datum *a,
              const struct datum *b)
{
    char x[DATUM_TEXT_SIZE], y[DATUM_TEXT_SIZE];
    struct str s = datum_text(f, a, c->places, x), t = datum_text(f, b, c->places, y);
    return !s.p == !t.p && str_equal(s, t);
}

struct str row_value_text(const struct sql_value *v, const struct field *f,
                          const struct places *p, int32_t *place,
                          char space[DATUM_TEXT_SIZE])
{
    bool area = f->type == TYPE_AREA;
    *place = -1;
    if (v->kind != STMT_INT || (!area && f->type != TYPE_FACILITY))
        return datum_value_text(v, space);
    *place = area ? places_area_index(p, v->i) : places_facility_index(p, v->i);
    if (*place < 0)
        return (struct str){NULL, 0};
    return area ? p->areas[*place].code : p->facilities[*place].code;
}

struct str row_stored_text(struct stmt *s, int column, const struct field *f,
                           const struct places *p, char space[DATUM_TEXT_SIZE])
{
    struct sql_value v = stmt_value(s, column);
    int32_t place;
    return row_value_text(&v, f, p, &place, space);
}

// --- one row

enum err row_read(struct conn *conn, struct county *c, const struct reg *r, int64_t id,
                  struct arena *a, struct datum **out, struct error *e)
{
    struct row_sql sql;
    struct stmt *s = NULL;
    struct datum *values = ARENA_ARRAY(a, struct datum, r->n_fields);
    enum err code = values ? row_sql(a, r, &sql, e) : error_memory(e);
    if (!code)
        code = conn_prepare(conn, sql.select, &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, id);
    bool row;
    code = stmt_step(s, &row, e);
    if (!code && !row) {
        code = error_set(e, ERR_NOT_FOUND, "row.unknown", r->name.p,
                         "there is no row %lld", (long long)id);
    }
    for (size_t i = 0; !code && i < r->n_fields; i++) {
        values[i] = datum_read(s, (int)i, &r->fields[i], c->places);
        if (values[i].s.p) {
            values[i].s = str_copy(a, values[i].s);
            if (!values[i].s.p)
                code = error_memory(e);
        }
    }
    stmt_finish(s);
    *out = values;
    return code;
}

static bool is_self_check(const struct county *c, const struct reg *r,
                          const struct datum *values)
{
    const struct field *kind = reg_field(r, STR("kind"));
    return !pack_checklist_of(c->pack, r) ||
           (kind && !values[kind->index].null &&
            values[kind->index].i == field_code(kind, STR("self")));
}

bool row_may(const struct county *c, const struct access *who, const struct reg *r,
             enum access_want want, int64_t id, const struct datum *values)
{
    const struct places *p = c->places;
    int32_t area = values[FIELD_AREA].null ? -1 : (int32_t)values[FIELD_AREA].i;
    int32_t facility =
        values[FIELD_FACILITY].null ? -1 : (int32_t)values[FIELD_FACILITY].i;
    if (rights_row(p, who, r, want, rights_place(p, area, facility)))
        return true;
    return rights_of_row(p, who, r, want, id, area, facility) &&
           (want == ACCESS_READ || is_self_check(c, r, values));
}

bool row_may_import(const struct county *c, const struct access *who, const struct reg *r,
                    const struct datum *values)
{
    const struct places *p = c->places;
    int32_t area = values[FIELD_AREA].null ? -1 : (int32_t)values[FIELD_AREA].i;
    int32_t facility =
        values[FIELD_FACILITY].null ? -1 : (int32_t)values[FIELD_FACILITY].i;
    return rights_import(p, who, r, area, facility) &&
           (is_self_check(c, r, values) ||
            rights_row(p, who, r, ACCESS_WRITE, rights_place(p, area, facility)));
}

// Outside the area of the caller a row is not there, so that its being there does not
// leak.
enum err row_check_place(const struct county *c, const struct access *who,
                         const struct reg *r, enum access_want want, int64_t id,
                         const struct datum *values, struct error *e)
{
    if (row_may(c, who, r, want, id, values))
        return ERR_OK;
    return error_set(e, ERR_NOT_FOUND, "row.unknown", r->name.p, "there is no row %lld",
                     (long long)id);
}

enum err row_get(struct county *c, const struct access *who, const struct reg *r,
                 int64_t id, struct arena *a, struct datum **out, struct error *e)
{
    enum err code = access_read_some(who, r, e);
    struct conn *conn = NULL;
    if (!code)
        code = store_read_begin(c->store, &conn, e);
    if (!code)
        code = row_read(conn, c, r, id, a, out, e);
    store_read_end(conn);
    return code ? code : row_check_place(c, who, r, ACCESS_READ, id, *out, e);
}
