// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/refers.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "register/import_private.h"
#include "register/rights.h"
#include "register/value_words.h"

enum { SHOWN_WIDTH = 40 };

// Columns: key, id, area, facility.
static bool is_seen(const struct county *c, const struct access *who, const struct reg *r,
                    struct stmt *s)
{
    const struct places *p = c->places;
    int32_t area = stmt_int(s, 2) ? places_area_index(p, stmt_int(s, 2)) : -1;
    int32_t facility = stmt_int(s, 3) ? places_facility_index(p, stmt_int(s, 3)) : -1;
    return !who || !access_read_rows(who, r, NULL) || access_read_some(who, r, NULL) ||
           rights_of_row(p, who, r, ACCESS_READ, stmt_int(s, 1), area, facility);
}

enum err refers_find(struct county *c, struct conn *conn, const struct access *who,
                     const struct field *f, const struct datum *value, struct arena *a,
                     bool *there, struct error *e)
{
    const struct reg *to = f->refers;
    const struct field *key = to->key[0];
    struct datum *values = ARENA_ARRAY(a, struct datum, to->n_fields);
    struct str sql =
        str_format(a,
                   "SELECT \"" STR_FMT "\", id, area, facility FROM \"" STR_FMT
                   "\" WHERE fingerprint BETWEEN ? AND ? AND state ="
                   " 'current'",
                   STR_ARG(key->column), STR_ARG(to->table));
    struct stmt *s = NULL;
    bool keyed;
    uint64_t hash;
    *there = false;
    if (!values || !sql.p)
        return error_memory(e);
    for (size_t i = 0; i < to->n_fields; i++)
        values[i] = DATUM_NULL;
    values[key->index] = *value;
    uint64_t from =
        import_fingerprint(c, to, values, &keyed, &hash) & 0xFFFFFFFF00000000ULL;
    enum err code = conn_prepare(conn, sql, &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, (int64_t)from);
    stmt_bind_int(s, 2, (int64_t)(from | 0xFFFFFFFFULL));
    for (bool row; !*there && !(code = stmt_step(s, &row, e)) && row;)
        *there = str_equal(stmt_text(s, 0), value->s) && is_seen(c, who, to, s);
    stmt_finish(s);
    return code;
}

static void say_missing(const struct field *f, struct str text, struct error *e)
{
    struct str shown = text_cut(text, SHOWN_WIDTH);
    error_set(e, ERR_INPUT, "value.refers", NULL,
              "there is no current row of " STR_FMT " with the " STR_FMT " '" STR_FMT "'",
              STR_ARG(f->refers->name), STR_ARG(f->refers->key[0]->name), STR_ARG(shown));
    error_set_zh(e, STR_FMT "中没有" STR_FMT "为“" STR_FMT "”的有效记录",
                 STR_ARG(f->refers->label.zh), STR_ARG(f->refers->key[0]->label.zh),
                 STR_ARG(shown));
    error_cure(e, "look the number up; if that row is new, enter it first");
}

enum err refers_check(struct row_typing *t, struct conn *conn, const struct datum *old,
                      struct error *e)
{
    const struct reg *r = t->reg;
    for (size_t i = SYSTEM_FIELDS; i < r->n_fields; i++) {
        const struct field *f = &r->fields[i];
        const struct datum *v = &t->values[i];
        bool there = true;
        if (!f->refers || v->null || t->wrong[i] ||
            (old && row_same(t->county, f, &old[i], v)))
            continue;
        enum err code = refers_find(t->county, conn, t->who, f, v, t->arena, &there, e);
        if (code)
            return code;
        if (there)
            continue;
        struct error missing = {0};
        struct label text, cure;
        say_missing(f, v->s, &missing);
        value_words(&missing, t->arena, &text, &cure);
        row_typing_error(t, f, f->name, ERR_INPUT, missing.key, text, cure);
    }
    return ERR_OK;
}

// --- in an import

enum err import_check_refers(struct import_reader *r, const struct datum *values,
                             struct error *e)
{
    const struct reg *reg = r->m->reg;
    for (size_t i = SYSTEM_FIELDS; i < reg->n_fields; i++) {
        const struct field *f = &reg->fields[i];
        bool there;
        if (!f->refers || values[i].null)
            continue;
        enum err code = refers_find(r->m->county, r->snapshot, r->m->who, f, &values[i],
                                    &r->batch->arena, &there, e);
        if (code)
            return code;
        struct import_row_problem *p = there ? NULL : import_problem_add(r, f);
        if (p) {
            say_missing(f, values[i].s, &p->error);
            p->cell = values[i].s;
        }
    }
    return ERR_OK;
}
