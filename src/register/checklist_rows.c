// SPDX-License-Identifier: AGPL-3.0-or-later
// Rows of checklists read back: one sheet, and the latest visits of each facility.
#include <math.h>
#include <string.h>

#include "register/checklist.h"
#include "register/rights.h"
#include "register/row.h"

static enum err make_sheet(struct county *c, const struct checklist *x,
                           const struct datum *values, struct arena *a,
                           struct expr_scratch *scratch, struct checklist_sheet *out,
                           struct error *e)
{
    struct checklist_mark *marks = NULL;
    enum err code = checklist_mark(a, c, x, values, 1, scratch, &marks, e);
    if (code)
        return code;
    const struct datum *edition = &values[reg_field(x->reg, STR("edition"))->index];
    *out = (struct checklist_sheet){.checklist = x,
                                    .values = values,
                                    .marks = marks,
                                    .n_items = checklist_n_items(x),
                                    .score = checklist_score(x, marks),
                                    .current = !edition->null &&
                                               str_equal(edition->s, x->edition)};
    return ERR_OK;
}

enum err checklist_answers(struct county *c, const struct access *who,
                           const struct reg *r, int64_t id, struct arena *a,
                           struct checklist_sheet *out, struct error *e)
{
    const struct checklist *x = pack_checklist_of(c->pack, r);
    struct datum *values = NULL;
    if (!x) {
        (void)error_set(e, ERR_NOT_FOUND, "checklist.none", r->name.p,
                        "'" STR_FMT "' is not the register of a checklist",
                        STR_ARG(r->name));
        return error_cure(e, "ask for a row of a register that a file of checklists/ "
                             "has made");
    }
    enum err code = row_get(c, who, r, id, a, &values, e);
    if (code)
        return code;
    struct expr_scratch *scratch = expr_scratch_open();
    code = scratch ? make_sheet(c, x, values, a, scratch, out, e) : error_memory(e);
    expr_scratch_close(scratch);
    return code;
}

double checklist_visit_score(const struct checklist_visit *v)
{
    const struct reg *r = v->sheet.checklist->reg;
    const struct datum *score = &v->sheet.values[reg_field(r, STR("score"))->index];
    return score->null ? NAN : score->d;
}

int checklist_visit_critical(const struct checklist_visit *v)
{
    const struct reg *r = v->sheet.checklist->reg;
    const struct datum *critical = &v->sheet.values[reg_field(r, STR("critical"))->index];
    return critical->null ? 0 : (int)critical->i;
}

// --- rows that others have read

static bool kind_of(const struct reg *r, const struct datum *values,
                    enum checklist_kind *out)
{
    const struct field *kind = reg_field(r, STR("kind"));
    const struct datum *v = &values[kind->index];
    if (v->null || values[FIELD_FACILITY].null || values[FIELD_DATE].null)
        return false;
    *out = v->i == field_code(kind, STR("self")) ? CHECKLIST_SELF : CHECKLIST_INSPECTION;
    return *out == CHECKLIST_SELF || v->i == field_code(kind, STR("inspection"));
}

enum err checklist_visits_of(struct county *c, const struct checklist *x,
                             const struct datum *const *values, size_t n, struct arena *a,
                             struct checklist_visit **out, size_t *n_visits,
                             struct error *e)
{
    const size_t places = c->places->n_facilities;
    size_t *last = ARENA_ARRAY(a, size_t, places * CHECKLIST_KINDS + 1); // row + 1
    size_t most = 0;
    *n_visits = 0;
    for (size_t i = 0; last && i < n; i++) {
        enum checklist_kind kind;
        if (!kind_of(x->reg, values[i], &kind))
            continue;
        size_t *of = &last[(size_t)values[i][FIELD_FACILITY].i * CHECKLIST_KINDS + kind];
        most += !*of;
        *of = i + 1;
    }
    *out = ARENA_ARRAY(a, struct checklist_visit, most + 1);
    struct expr_scratch *scratch = expr_scratch_open();
    enum err code = last && *out && scratch ? ERR_OK : error_memory(e);
    for (size_t i = 0; !code && i < places * CHECKLIST_KINDS; i++) {
        if (!last[i])
            continue;
        const struct datum *row = values[last[i] - 1];
        struct checklist_visit *visit = &(*out)[(*n_visits)++];
        *visit = (struct checklist_visit){.facility = (int32_t)(i / CHECKLIST_KINDS),
                                          .kind = i % CHECKLIST_KINDS,
                                          .on = (int32_t)row[FIELD_DATE].i};
        code = make_sheet(c, x, row, a, scratch, &visit->sheet, e);
    }
    expr_scratch_close(scratch);
    return code;
}

// --- the latest of each facility

struct visits {
    struct county *county;
    const struct access *who;
    const struct checklist *checklist;
    int32_t root;
    struct arena *arena;
    struct expr_scratch *scratch;
    struct checklist_visit *list;
    size_t n, capacity;
};

static enum err take(struct visits *v, struct stmt *s, struct error *e)
{
    const struct reg *r = v->checklist->reg;
    const struct places *p = v->county->places;
    const struct field *kind = reg_field(r, STR("kind"));
    int32_t facility = places_facility_index(p, stmt_int(s, FIELD_FACILITY));
    int32_t area = facility < 0 ? -1 : p->facilities[facility].area;
    if (facility < 0 || !places_within(p, area, v->root) ||
        !rights_of_row(p, v->who, r, ACCESS_READ, 0, area, facility))
        return ERR_OK;
    if (v->n == v->capacity) {
        size_t capacity = v->capacity ? v->capacity * 2 : 64;
        struct checklist_visit *list =
            ARENA_ARRAY(v->arena, struct checklist_visit, capacity);
        if (!list)
            return error_memory(e);
        if (v->n)
            memcpy(list, v->list, v->n * sizeof *list);
        v->list = list;
        v->capacity = capacity;
    }
    struct datum *values = ARENA_ARRAY(v->arena, struct datum, r->n_fields);
    if (!values)
        return error_memory(e);
    for (size_t i = 0; i < r->n_fields; i++) {
        values[i] = datum_read(s, (int)i, &r->fields[i], p);
        if (values[i].s.p && !(values[i].s = str_copy(v->arena, values[i].s)).p)
            return error_memory(e);
    }
    struct checklist_visit *visit = &v->list[v->n++];
    bool self = values[kind->index].i == field_code(kind, STR("self"));
    *visit =
        (struct checklist_visit){.facility = facility,
                                 .kind = self ? CHECKLIST_SELF : CHECKLIST_INSPECTION,
                                 .on = (int32_t)values[FIELD_DATE].i};
    return make_sheet(v->county, v->checklist, values, v->arena, v->scratch,
                      &visit->sheet, e);
}

static enum err visits_sql(const struct reg *r, struct buf *sql, struct error *e)
{
    for (int pass = 0; pass < 2; pass++) {
        buf_add_c(sql, "SELECT ");
        for (size_t i = 0; i < r->n_fields; i++)
            buf_printf(sql, "%s\"" STR_FMT "\"", i ? ", " : "",
                       STR_ARG(r->fields[i].column));
        buf_add_c(sql, pass ? ", row_number() OVER (PARTITION BY facility, kind"
                              " ORDER BY date DESC, id DESC) AS heng_latest"
                            : " FROM (");
    }
    buf_printf(sql,
               " FROM \"" STR_FMT "\" WHERE state = 'current' AND facility IS NOT NULL"
               " AND kind IN ('self', 'inspection') AND date BETWEEN ? AND ?)"
               " WHERE heng_latest = 1 ORDER BY facility, kind DESC",
               STR_ARG(r->table));
    return buf_check(sql, e);
}

enum err checklist_visits(struct county *c, const struct access *who,
                          const struct checklist *x, int32_t first, int32_t last,
                          int32_t root, struct arena *a, struct checklist_visit **out,
                          size_t *n, struct error *e)
{
    struct visits v = {c, who, x, root, a, expr_scratch_open(), NULL, 0, 0};
    struct buf sql = BUF_INIT(1 << 20);
    struct conn *conn = NULL;
    struct stmt *s = NULL;
    char from[DATE_TEXT_SIZE], to[DATE_TEXT_SIZE];
    enum err code = access_read_some(who, x->reg, e);
    if (!code && !v.scratch)
        code = error_memory(e);
    if (!code)
        code = visits_sql(x->reg, &sql, e);
    if (!code)
        code = store_read_begin(c->store, &conn, e);
    if (!code)
        code = conn_prepare(conn, buf_str(&sql), &s, e);
    if (!code) {
        date_format(first, from);
        date_format(last, to);
        stmt_bind_text(s, 1, str_of(from));
        stmt_bind_text(s, 2, str_of(to));
    }
    bool row = false;
    while (!code && !(code = stmt_step(s, &row, e)) && row)
        code = take(&v, s, e);
    stmt_finish(s);
    store_read_end(conn);
    buf_free(&sql);
    expr_scratch_close(v.scratch);
    *out = v.list;
    *n = v.n;
    return code;
}
