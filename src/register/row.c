// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/row.h"

#include <string.h>

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

struct str row_stored_text(struct stmt *s, int column, const struct field *f,
                           const struct places *p, char space[DATUM_TEXT_SIZE])
{
    if (stmt_kind(s, column) == STMT_INT && f->type == TYPE_AREA) {
        int32_t i = places_area_index(p, stmt_int(s, column));
        return i >= 0 ? p->areas[i].code : (struct str){NULL, 0};
    }
    if (stmt_kind(s, column) == STMT_INT && f->type == TYPE_FACILITY) {
        int32_t i = places_facility_index(p, stmt_int(s, column));
        return i >= 0 ? p->facilities[i].code : (struct str){NULL, 0};
    }
    return datum_stored_text(s, column, space);
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

// Outside the area of the caller a row is not there, so that its being there does not
// leak.
enum err row_check_place(const struct county *c, const struct access *who,
                         const struct reg *r, enum access_want want, int64_t id,
                         const struct datum *values, struct error *e)
{
    int32_t area = values[FIELD_AREA].null ? -1 : (int32_t)values[FIELD_AREA].i;
    int32_t facility =
        values[FIELD_FACILITY].null ? -1 : (int32_t)values[FIELD_FACILITY].i;
    if (rights_row(c->places, who, r, want, rights_place(c->places, area, facility)))
        return ERR_OK;
    return error_set(e, ERR_NOT_FOUND, "row.unknown", r->name.p, "there is no row %lld",
                     (long long)id);
}

enum err row_get(struct county *c, const struct access *who, const struct reg *r,
                 int64_t id, struct arena *a, struct datum **out, struct error *e)
{
    enum err code = access_read_rows(who, r, e);
    struct conn *conn = NULL;
    if (!code)
        code = store_read_begin(c->store, &conn, e);
    if (!code)
        code = row_read(conn, c, r, id, a, out, e);
    store_read_end(conn);
<<<<<<< HEAD
    return code ? code : check_area(c, who, r, ACCESS_READ, id, *out, e);
}

struct edit { // one correction on its way to the writer
    struct county *county;
    const struct access *who;
    const struct reg *reg;
    int64_t id, version;
    const struct row_change *changes;
    size_t n;
    struct str reason;
    enum history_change change;
    struct arena arena;
};

static enum err read_typed(struct edit *x, const struct field *f, struct str text,
                           struct datum *values, struct error *e)
{
    struct reader *reader;
    enum err code = reader_open(&x->arena, f, &reader, e);
    if (code)
        return code;
    int32_t on = values[FIELD_DATE].null ? DATE_NONE : (int32_t)values[FIELD_DATE].i;
    int32_t near = values[FIELD_AREA].null ? -1 : (int32_t)values[FIELD_AREA].i;
    code = reader_read(reader, text, x->county->places, on, near, &x->arena,
                       &values[f->index], e);
    if (code && e) {
        snprintf(e->where, sizeof e->where, STR_FMT, STR_ARG(f->name));
        return code;
    }
    if (!code && f == x->reg->date && f->type == TYPE_PERIOD && !values[f->index].null)
        values[FIELD_DATE] = (struct datum){.i = values[f->index].i};
    return code;
}

static enum err check_rules(struct edit *x, const struct datum *values, struct error *e)
{
    const struct reg *r = x->reg;
    struct column *columns = ARENA_ARRAY(&x->arena, struct column, r->n_fields);
    struct expr_scratch *scratch = expr_scratch_open();
    enum err code = columns && scratch ? ERR_OK : error_memory(e);
    bool sees = access_read_rows(x->who, r, NULL) == ERR_OK;
    for (size_t i = 0; !code && i < r->n_fields; i++) {
        const struct datum *v = &values[i];
        double *d = ARENA_NEW(&x->arena, double);
        int64_t *n = ARENA_NEW(&x->arena, int64_t);
        struct str *s = ARENA_NEW(&x->arena, struct str);
        if (!d || !n || !s) {
            code = error_memory(e);
            break;
        }
        *d = v->null ? __builtin_nan("") : v->d;
        *n = v->null ? INT64_MIN : v->i;
        *s = v->null ? (struct str){NULL, 0} : v->s;
        enum type t = r->fields[i].type;
        columns[i] = t == TYPE_DECIMAL ? (struct column){COLUMN_F64, d}
                     : t == TYPE_TEXT || t == TYPE_NAME || t == TYPE_PERIOD
                         ? (struct column){COLUMN_STR, s}
                         : (struct column){COLUMN_I64, n};
    }
    if (!code) {
        struct batch b = {.columns = columns,
                          .n_rows = 1,
                          .today = date_today(),
                          .areas = x->county->places->area_columns,
                          .facilities = x->county->places->facility_columns};
        for (size_t i = 0; !code && i <= r->n_fields; i++) {
            bool own = i == r->n_fields;
            const struct rule *rules = own ? r->checks : r->fields[i].rules;
            size_t n = own ? r->n_checks : r->fields[i].n_rules;
            for (size_t k = 0; !code && k < n; k++) {
                uint8_t broken;
                expr_select(rules[k].when, &b, 0, 1, &broken, scratch);
                if (!broken || rules[k].severity != SEVERITY_ERROR)
                    continue;
                rule_text(r, &rules[k], own ? NULL : &r->fields[i], sees ? values : NULL,
                          x->county->places, e);
                code = ERR_INPUT;
                struct str name = own ? rules[k].name : r->fields[i].name;
                if (e)
                    snprintf(e->where, sizeof e->where, STR_FMT, STR_ARG(name));
                break;
            }
        }
    }
    expr_scratch_close(scratch);
    return code;
}

static enum err no_field(const struct reg *r, struct str name, struct error *e)
{
    struct buf list = BUF_INIT(400);
    for (size_t i = 0; i < r->n_fields && list.n < 300; i++)
        if (!r->fields[i].system)
            buf_printf(&list, "%s" STR_FMT, list.n ? ", " : "",
                       STR_ARG(r->fields[i].name));
    error_set(e, ERR_INPUT, "row.field", r->name.p,
              "there is no field '" STR_FMT "' to correct", STR_ARG(name));
    error_cure(e, "the fields are: " STR_FMT, STR_ARG(buf_str(&list)));
    buf_free(&list);
    return ERR_INPUT;
}

static enum err make_new(struct edit *x, const struct datum *old, struct datum *new,
                         bool *where, struct error *e)
{
    const struct reg *r = x->reg;
    memcpy(new, old, r->n_fields * sizeof *new);
    if (x->change != HISTORY_CORRECT) {
        where[FIELD_STATE] = true;
        new[FIELD_STATE].i = x->change == HISTORY_STRIKE; // codes: current, struck
        return ERR_OK;
    }
    // the date before the places, for it says which there were
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < x->n; i++) {
            const struct field *f = reg_field(r, x->changes[i].field);
            if (!f || f->system)
                return no_field(r, x->changes[i].field, e);
            if ((f == r->date) != (pass == 0))
                continue;
            enum err code = read_typed(x, f, x->changes[i].text, new, e);
            if (code)
                return code;
            where[f->index] = true;
        }
    }
    where[FIELD_DATE] = true;
    return check_rules(x, new, e);
}

static bool key_changed(const struct edit *x, const struct datum *old,
                        const struct datum *new)
{
    const struct reg *r = x->reg;
    for (size_t i = 0; i < r->n_key; i++)
        if (!same(x->county, r->key[i], &old[r->key[i]->index], &new[r->key[i]->index]))
            return true;
    return false;
}

static bool holds_key(const struct edit *x, struct stmt *s, const struct datum *values)
{
    const struct reg *r = x->reg;
    char a[DATUM_TEXT_SIZE], b[DATUM_TEXT_SIZE];
    for (size_t i = 0; i < r->n_key; i++) {
        size_t k = r->key[i]->index;
        struct str is = datum_stored_text(s, (int)k, a);
        struct str want = datum_text(&r->fields[k], &values[k], x->county->places, b);
        if (!is.p != !want.p || !str_equal(is, want))
            return false;
    }
    return stmt_int(s, FIELD_ID) != x->id;
}

// A row under another key: no other row may have it, and an import must find this one by
// it. What was sent (the lower half of the fingerprint) stays, so that the same file does
// not undo the correction.
static enum err change_key(struct conn *conn, struct edit *x, const struct datum *old,
                           struct datum *new, bool *where, struct error *e)
{
    const struct reg *r = x->reg;
    struct row_sql sql;
    struct stmt *s = NULL;
    bool keyed, was_keyed;
    uint64_t hash, lower = (uint64_t)old[FIELD_FINGERPRINT].i & 0xFFFFFFFFULL;
    (void)import_fingerprint(x->county, r, old, &was_keyed, &hash);
    uint64_t print = import_fingerprint(x->county, r, new, &keyed, &hash);
    uint64_t from = print & 0xFFFFFFFF00000000ULL;
    // a struck row whose import was undone is found by nothing until it is restored
    if (!old[FIELD_FINGERPRINT].i && x->change != HISTORY_RESTORE)
        return ERR_OK;
    if (old[FIELD_FINGERPRINT].i)
        print = keyed && was_keyed ? from | lower : print;
    new[FIELD_FINGERPRINT].i = (int64_t)print;
    where[FIELD_FINGERPRINT] = true;
    if (!keyed)
        return ERR_OK;
    enum err code = row_sql(&x->arena, r, &sql, e);
    if (!code)
        code = conn_prepare(conn, sql.fingerprint, &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, (int64_t)from);
    stmt_bind_int(s, 2, (int64_t)(from | 0xFFFFFFFFULL));
    for (bool row; !(code = stmt_step(s, &row, e)) && row;) {
        if (!holds_key(x, s, new))
            continue;
        error_set(e, ERR_CONFLICT, "row.key", r->key[0]->name.p,
                  "row %lld already has this key", (long long)stmt_int(s, FIELD_ID));
        code = error_cure(e, "look at that row; if both are one, strike the wrong one");
        break;
    }
    stmt_finish(s);
    return code;
}

// An area hangs under an area of a higher level that is not itself: else it and all its
// rows would leave the tree in silence.
static enum err check_parent(const struct edit *x, const struct datum *new,
                             const bool *where, struct error *e)
{
    const struct places *p = x->county->places;
    const struct field *f = reg_field(x->reg, STR("parent"));
    if (x->reg->kind != REG_AREAS || !f || !where[f->index] || new[f->index].null ||
        !new[f->index].s.n)
        return ERR_OK;
    struct str code = new[f->index].s;
    int32_t own = places_area_index(p, x->id), parent = places_area_by_code(p, code);
    if (parent < 0) {
        error_set(e, ERR_INPUT, "area.parent", f->name.p,
                  "there is no area with the code '" STR_FMT "'", STR_ARG(code));
        return error_cure(e, "write the code of the area above; import it first");
    }
    if (own < 0 ||
        (p->areas[parent].level < p->areas[own].level && !places_within(p, parent, own)))
        return ERR_OK;
    error_set(e, ERR_INPUT, "area.parent", f->name.p,
              "'" STR_FMT "' (" STR_FMT ") is not of a level above '" STR_FMT "'",
              STR_ARG(p->areas[parent].name), STR_ARG(code), STR_ARG(p->areas[own].name));
    return error_cure(e, "write the code of an area of a higher level");
}

static enum err check_new(struct conn *conn, struct edit *x, const struct datum *old,
                          struct datum *new, bool *where, struct error *e)
{
    enum err code = check_area(x->county, x->who, x->reg, ACCESS_WRITE, x->id, new, NULL);
    if (code) {
        error_set(e, ERR_FORBIDDEN, "access.area",
                  x->reg->area ? x->reg->area->name.p : x->reg->name.p,
                  "the new area is outside the area of " STR_FMT, STR_ARG(x->who->name));
        return error_cure(e, "ask someone who answers for both areas");
    }
    code = check_parent(x, new, where, e);
    if (code)
        return code;
    bool found_again = x->change == HISTORY_RESTORE && !old[FIELD_FINGERPRINT].i;
    return found_again || key_changed(x, old, new)
               ? change_key(conn, x, old, new, where, e)
               : ERR_OK;
}

static enum err edit_job(struct conn *conn, void *argument, struct error *e)
{
    struct edit *x = argument;
    const struct reg *r = x->reg;
    struct datum *old, *new = ARENA_ARRAY(&x->arena, struct datum, r->n_fields);
    bool *where = ARENA_ARRAY(&x->arena, bool, r->n_fields);
    enum err code = new &&where ? read_row(conn, x->county, r, x->id, &x->arena, &old, e)
                                : error_memory(e);
    if (!code)
        code = check_area(x->county, x->who, r, ACCESS_WRITE, x->id, old, e);
    if (!code && x->version && old[FIELD_VERSION].i != x->version) {
        error_set(e, ERR_CONFLICT, "row.version", r->name.p,
                  "row %lld is at version %lld, and the change was made on version %lld",
                  (long long)x->id, (long long)old[FIELD_VERSION].i,
                  (long long)x->version);
        code = error_cure(e, "look at the row again, then change it");
    }
    if (!code)
        code = make_new(x, old, new, where, e);
    if (!code)
        code = check_new(conn, x, old, new, where, e);
    if (!code && x->change != HISTORY_CORRECT && new[FIELD_STATE].i == old[FIELD_STATE].i)
        code =
            error_set(e, ERR_CONFLICT, "row.state", r->name.p, "row %lld is already %s",
                      (long long)x->id, new[FIELD_STATE].i ? "struck" : "current");
    struct history h = {0};
    bool changed = false;
    if (!code)
        code = history_begin(conn, &h, e);
    if (!code)
        code = row_save_changes(conn, x->county, r, &h, x->id, old, new, where, x->change,
                                x->who->user, x->reason, &changed, e);
    history_end(&h);
    if (!code && !changed)
        code = error_set(e, ERR_CONFLICT, "row.same", r->name.p,
                         "row %lld already has these values", (long long)x->id);
    return code;
}

static enum err run_edit(struct edit *x, struct error *e)
{
    enum err code = access_write_rows(x->who, x->reg, e);
    if (code)
        return code;
    x->reason = str_trim(x->reason);
    if (!x->reason.n) {
        error_set(e, ERR_USAGE, "row.reason", x->reg->name.p, "a change needs a reason");
        return error_cure(
            e, "say why with --reason, in a few words; it stays in the history");
    }
    arena_init(&x->arena, 64 << 20);
    code = store_write(x->county->store, edit_job, x, e);
    arena_free(&x->arena);
    return code;
}

enum err row_correct(struct county *c, const struct access *who, const struct reg *r,
                     int64_t id, int64_t version, const struct row_change *changes,
                     size_t n, struct str reason, struct error *e)
{
    struct edit x = {.county = c,
                     .who = who,
                     .reg = r,
                     .id = id,
                     .version = version,
                     .changes = changes,
                     .n = n,
                     .reason = reason,
                     .change = HISTORY_CORRECT};
    return run_edit(&x, e);
}

enum err row_strike(struct county *c, const struct access *who, const struct reg *r,
                    int64_t id, struct str reason, struct error *e)
{
    struct edit x = {.county = c,
                     .who = who,
                     .reg = r,
                     .id = id,
                     .reason = reason,
                     .change = HISTORY_STRIKE};
    return run_edit(&x, e);
}

enum err row_restore(struct county *c, const struct access *who, const struct reg *r,
                     int64_t id, struct str reason, struct error *e)
{
    struct edit x = {.county = c,
                     .who = who,
                     .reg = r,
                     .id = id,
                     .reason = reason,
                     .change = HISTORY_RESTORE};
    return run_edit(&x, e);
=======
    return code ? code : row_check_place(c, who, r, ACCESS_READ, id, *out, e);
>>>>>>> main
}
