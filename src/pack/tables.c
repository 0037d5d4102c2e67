// SPDX-License-Identifier: AGPL-3.0-or-later
#include "pack/tables.h"

#include <stdio.h>
#include <string.h>

static const char *const migration[] = {
    "CREATE TABLE heng_pack (id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT "
    "NOT "
    "NULL, hash BLOB NOT NULL, applied_at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE heng_pack_files (path TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;"
    "CREATE TABLE heng_registers (register TEXT PRIMARY KEY, kind TEXT NOT NULL, purpose "
    "TEXT NOT NULL, area TEXT, facility TEXT, date TEXT, retired INTEGER NOT NULL) "
    "STRICT;"
    "CREATE TABLE heng_columns (register TEXT NOT NULL, name TEXT NOT NULL, column_name "
    "TEXT NOT NULL, type TEXT NOT NULL, period TEXT, slot INTEGER NOT NULL, codes TEXT, "
    "retired INTEGER NOT NULL, PRIMARY KEY (register, slot)) STRICT;"
    "CREATE TABLE heng_column_names (register TEXT NOT NULL, name TEXT NOT NULL, slot "
    "INTEGER NOT NULL, PRIMARY KEY (register, name, slot)) STRICT;",
    "CREATE TABLE heng_column_types (register TEXT NOT NULL, slot INTEGER NOT NULL, type "
    "TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (register, slot, until)) STRICT;",
};

enum err tables_migrate(struct conn *c, struct error *e)
{
    return store_migrate(c, "pack", migration, sizeof migration / sizeof *migration, e);
}

// --- types and codes -------------------------------------------------------------------

bool type_from_name(struct str name, enum type *out)
{
    for (int t = TYPE_BOOL; t <= TYPE_FACILITY; t++) {
        if (str_equal_c(name, type_name((enum type)t))) {
            *out = (enum type)t;
            return true;
        }
    }
    return false;
}

const char *type_storage(enum type t)
{
    switch (t) {
    case TYPE_BOOL:
    case TYPE_INT:
    case TYPE_AREA:
    case TYPE_FACILITY:
        return "INTEGER";
    case TYPE_DECIMAL:
        return "REAL";
    default:
        return "TEXT";
    }
}

// Code values are [a-z0-9_] only, so quotes are all that JSON needs here.
struct str codes_json(struct arena *a, const struct field *f)
{
    struct buf b = BUF_INIT(1 << 16);
    if (f->type != TYPE_CODE)
        return (struct str){NULL, 0};
    buf_add_char(&b, '[');
    for (size_t i = 0; i < f->n_codes; i++)
        buf_printf(&b, "%s\"" STR_FMT "\"", i ? "," : "", STR_ARG(f->codes[i].value));
    buf_add_char(&b, ']');
    struct str out = b.failed ? (struct str){NULL, 0} : str_copy(a, buf_str(&b));
    buf_free(&b);
    return out;
}

bool codes_contain(struct str json, struct str value)
{
    for (size_t i = 0; i + value.n + 2 <= json.n; i++)
        if (json.p[i] == '"' && json.p[i + value.n + 1] == '"' &&
            memcmp(json.p + i + 1, value.p, value.n) == 0)
            return true;
    return false;
}

// --- what the store has ----------------------------------------------------------------

static enum err has_tables(struct conn *c, bool *out, struct error *e)
{
    struct stmt *s = NULL;
    bool row = false;
    enum err code = conn_stmt(c, "pack.has_columns",
                              "SELECT count(*) FROM sqlite_schema WHERE type = 'table' "
                              "AND name = 'heng_columns'",
                              &s, e);
    if (!code)
        code = stmt_step(s, &row, e);
    *out = !code && row && stmt_int(s, 0) > 0;
    stmt_finish(s);
    return code;
}

static enum err read_registers(struct arena *a, struct conn *c, struct tables *out,
                               struct error *e)
{
    struct stmt *s = NULL;
    bool row = false;
    size_t capacity = 0;
    enum err code = conn_stmt(c, "pack.registers",
                              "SELECT register, kind, area, facility, date, retired FROM "
                              "heng_registers ORDER BY register",
                              &s, e);
    while (!code && !(code = stmt_step(s, &row, e)) && row) {
        if (out->n == capacity) {
            capacity = capacity ? capacity * 2 : 16;
            struct table_state *list = ARENA_ARRAY(a, struct table_state, capacity);
            if (!list) {
                code = error_memory(e);
                break;
            }
            if (out->n)
                memcpy(list, out->list, out->n * sizeof *list);
            out->list = list;
        }
        struct table_state *t = &out->list[out->n++];
        struct str *to[] = {&t->reg, &t->kind, &t->area, &t->facility, &t->date};
        for (int i = 0; i < 5; i++) {
            struct str text = stmt_text(s, i);
            *to[i] = str_copy(a, text.p ? text : STR(""));
            if (!to[i]->p)
                code = error_memory(e);
        }
        t->retired = stmt_int(s, 5) != 0;
    }
    stmt_finish(s);
    return code;
}

static enum err read_columns(struct arena *a, struct conn *c, struct table_state *t,
                             struct error *e)
{
    struct stmt *s = NULL;
    bool row = false;
    size_t capacity = 0;
    enum err code =
        conn_stmt(c, "pack.columns",
                  "SELECT name, column_name, period, codes, type, slot, retired "
                  "FROM heng_columns WHERE register = ? ORDER BY slot",
                  &s, e);
    if (!code)
        stmt_bind_text(s, 1, t->reg);
    while (!code && !(code = stmt_step(s, &row, e)) && row) {
        if (t->n_columns == capacity) {
            capacity = capacity ? capacity * 2 : 32;
            struct table_column *list = ARENA_ARRAY(a, struct table_column, capacity);
            if (!list) {
                code = error_memory(e);
                break;
            }
            if (t->n_columns)
                memcpy(list, t->columns, t->n_columns * sizeof *list);
            t->columns = list;
        }
        struct table_column *column = &t->columns[t->n_columns++];
        struct str *to[] = {&column->name, &column->column, &column->period,
                            &column->codes};
        for (int i = 0; i < 4; i++) {
            struct str text = stmt_text(s, i);
            *to[i] = str_copy(a, text.p ? text : STR(""));
            if (!to[i]->p)
                code = error_memory(e);
        }
        if (!code && !type_from_name(stmt_text(s, 4), &column->type))
            code = error_set(e, ERR_CORRUPT, "pack.columns", "heng_columns",
                             "column '" STR_FMT "' of register '" STR_FMT
                             "' has a type that this Heng does not know",
                             STR_ARG(column->name), STR_ARG(t->reg));
        column->slot = stmt_int(s, 5);
        column->retired = stmt_int(s, 6) != 0;
    }
    stmt_finish(s);
    return code;
}

static enum err read_earlier(struct arena *a, struct conn *c, struct table_state *t,
                             struct error *e)
{
    struct stmt *s = NULL;
    bool row = false;
    size_t capacity = 0;
    enum err code =
        conn_stmt(c, "pack.column_names",
                  "SELECT name, slot FROM heng_column_names WHERE register = ?"
                  " ORDER BY name, slot",
                  &s, e);
    if (!code)
        stmt_bind_text(s, 1, t->reg);
    while (!code && !(code = stmt_step(s, &row, e)) && row) {
        if (t->n_earlier == capacity) {
            capacity = capacity ? capacity * 2 : 8;
            struct earlier_name *list = ARENA_ARRAY(a, struct earlier_name, capacity);
            if (!list) {
                code = error_memory(e);
                break;
            }
            if (t->n_earlier)
                memcpy(list, t->earlier, t->n_earlier * sizeof *list);
            t->earlier = list;
        }
        struct earlier_name *name = &t->earlier[t->n_earlier++];
        name->name = str_copy(a, stmt_text(s, 0));
        name->slot = stmt_int(s, 1);
        if (!name->name.p)
            code = error_memory(e);
    }
    stmt_finish(s);
    return code;
}

enum err tables_read(struct arena *a, struct conn *c, struct tables *out, struct error *e)
{
    bool has = false;
    *out = (struct tables){0};
    enum err code = has_tables(c, &has, e);
    if (code || !has)
        return code;
    code = read_registers(a, c, out, e);
    for (size_t i = 0; !code && i < out->n; i++) {
        code = read_columns(a, c, &out->list[i], e);
        if (!code)
            code = read_earlier(a, c, &out->list[i], e);
    }
    return code;
}

struct table_state *tables_find(const struct tables *t, struct str reg)
{
    for (size_t i = 0; i < t->n; i++)
        if (str_equal(t->list[i].reg, reg))
            return &t->list[i];
    return NULL;
}

static struct table_column *column_named(const struct table_state *t, struct str name,
                                         bool retired)
{
    for (size_t i = 0; i < t->n_columns; i++)
        if (str_equal(t->columns[i].name, name) && t->columns[i].retired == retired)
            return &t->columns[i];
    return NULL;
}

static struct table_column *column_slot(const struct table_state *t, int64_t slot)
{
    for (size_t i = 0; i < t->n_columns; i++)
        if (t->columns[i].slot == slot)
            return &t->columns[i];
    return NULL;
}

struct table_column *table_find_column(const struct table_state *t, const struct field *f,
                                       bool *renamed)
{
    *renamed = false;
    if (f->index < SYSTEM_FIELDS) {
        struct table_column *placed = column_slot(t, (int64_t)f->index);
        *renamed = placed && !str_equal(placed->name, f->name);
        return placed;
    }
    struct table_column *found = column_named(t, f->name, false);
    if (found || f->was.n == 0)
        return found ? found : column_named(t, f->name, true);
    found = column_named(t, f->was, false);
    for (size_t i = 0; !found && i < t->n_earlier; i++) {
        if (str_equal(t->earlier[i].name, f->was)) {
            found = column_slot(t, t->earlier[i].slot);
            if (found && found->retired)
                found = NULL;
        }
    }
    *renamed = found != NULL;
    return found ? found : column_named(t, f->name, true);
}

// --- SQL -------------------------------------------------------------------------------

void sql_add(struct sql_list *l, struct str text)
{
    const char *copy = text.p ? str_c(l->arena, text) : NULL;
    if (copy && l->n == l->capacity) {
        size_t capacity = l->capacity ? l->capacity * 2 : 8;
        const char **list = ARENA_ARRAY(l->arena, const char *, capacity);
        if (list && l->n)
            memcpy(list, l->list, l->n * sizeof *list);
        if (list) {
            l->list = list;
            l->capacity = capacity;
        } else {
            copy = NULL;
        }
    }
    if (copy)
        l->list[l->n++] = copy;
    else
        l->no_memory = true;
}

static void add_buf(struct sql_list *l, struct buf *b)
{
    if (b->failed)
        l->no_memory = true;
    else
        sql_add(l, buf_str(b));
    buf_free(b);
}

enum { SQL_MAX = 1 << 20 };

void sql_create(struct sql_list *l, struct str table, const struct sql_column *columns,
                size_t n)
{
    struct buf b = BUF_INIT(SQL_MAX);
    buf_printf(
        &b,
        "CREATE TABLE \"" STR_FMT
        "\" (id INTEGER PRIMARY KEY, area INTEGER, facility INTEGER, date TEXT, "
        "source TEXT, state TEXT NOT NULL, version INTEGER NOT NULL, saved_by "
        "INTEGER NOT NULL, saved_at INTEGER NOT NULL, fingerprint INTEGER NOT NULL",
        STR_ARG(table));
    for (size_t i = 0; i < n; i++)
        buf_printf(&b, ", \"" STR_FMT "\" %s", STR_ARG(columns[i].column),
                   type_storage(columns[i].type));
    buf_add_c(&b, ") STRICT");
    add_buf(l, &b);
}

static void add_index(struct sql_list *l, const struct reg *r, const char *name,
                      const char *columns)
{
    sql_add(l, str_format(l->arena,
                          "CREATE INDEX IF NOT EXISTS \"" STR_FMT "_%s\" ON \"" STR_FMT
                          "\" %s",
                          STR_ARG(r->table), name, STR_ARG(r->table), columns));
}

void sql_indexes(struct sql_list *l, const struct reg *r)
{
    // The rows of a place in the order of days, and (an index ends with the id) as they
    // came.
    add_index(l, r, "area", "(area, date)");
    add_index(l, r, "in_area", "(area)");
    if (r->facility) {
        add_index(l, r, "facility", "(facility, date)");
        add_index(l, r, "in_facility", "(facility)");
    }
    add_index(l, r, "date", "(date)");
    add_index(l, r, "fingerprint", "(fingerprint)");
    // few rows are struck: a small index, by which the others need not be looked at
    add_index(l, r, "struck", "(state) WHERE state <> 'current'");
}

void sql_engine_indexes(struct sql_list *l, const struct reg *r)
{
    char name[64];
    for (size_t i = SYSTEM_FIELDS; i < r->n_fields; i++)
        if (r->fields[i].refers) {
            snprintf(name, sizeof name, "refers_" STR_FMT, STR_ARG(r->fields[i].name));
            struct str columns =
                str_format(l->arena, "(\"" STR_FMT "\")", STR_ARG(r->fields[i].column));
            if (columns.p)
                add_index(l, r, name, columns.p);
            else
                l->no_memory = true;
        }
    if (r->workflow)
        add_index(l, r, "stage_due", "(stage_due) WHERE stage_due IS NOT NULL");
}

// A value of one storage as the other, nothing lost: a REAL is written with as few digits
// as read back to the same number; nothing (null) stays nothing.
static void add_conversion(struct buf *b, struct str column, enum type from, enum type to)
{
    struct str c = column;
    if (strcmp(type_storage(from), type_storage(to)) == 0)
        buf_printf(b, "\"" STR_FMT "\"", STR_ARG(c));
    else if (from == TYPE_BOOL)
        buf_printf(b,
                   "CASE \"" STR_FMT "\" WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE "
                   "CAST(\"" STR_FMT "\" AS TEXT) END",
                   STR_ARG(c), STR_ARG(c));
    else if (from == TYPE_DECIMAL)
        buf_printf(b,
                   "CASE WHEN \"" STR_FMT "\" IS NULL THEN NULL WHEN CAST(CAST(\"" STR_FMT
                   "\" AS TEXT) AS REAL) = \"" STR_FMT "\" THEN CAST(\"" STR_FMT
                   "\" AS TEXT) ELSE printf('%%!.17g', \"" STR_FMT "\") END",
                   STR_ARG(c), STR_ARG(c), STR_ARG(c), STR_ARG(c), STR_ARG(c));
    else
        buf_printf(b, "CAST(\"" STR_FMT "\" AS %s)", STR_ARG(c), type_storage(to));
}

void sql_rebuild(struct sql_list *l, const struct reg *r,
                 const struct sql_column *columns, size_t n)
{
    struct sql_column *widened = ARENA_ARRAY(l->arena, struct sql_column, n);
    struct str fresh = str_format(l->arena, STR_FMT "__new", STR_ARG(r->table));
    if (!widened || !fresh.p) {
        l->no_memory = true;
        return;
    }
    memcpy(widened, columns, n * sizeof *widened);
    for (size_t i = 0; i < n; i++)
        if (columns[i].to != TYPE_NONE)
            widened[i].type = columns[i].to;
    sql_create(l, fresh, widened, n);
    struct buf b = BUF_INIT(SQL_MAX);
    static const char *const system_columns =
        "id, area, facility, date, source, state, version, saved_by, saved_at, "
        "fingerprint";
    buf_printf(&b, "INSERT INTO \"" STR_FMT "\" (%s", STR_ARG(fresh), system_columns);
    for (size_t i = 0; i < n; i++)
        buf_printf(&b, ", \"" STR_FMT "\"", STR_ARG(columns[i].column));
    buf_printf(&b, ") SELECT %s", system_columns);
    for (size_t i = 0; i < n; i++) {
        buf_add_c(&b, ", ");
        add_conversion(&b, columns[i].column, columns[i].type, widened[i].type);
    }
    buf_printf(&b, " FROM \"" STR_FMT "\"", STR_ARG(r->table));
    add_buf(l, &b);
    sql_add(l, str_format(l->arena, "DROP TABLE \"" STR_FMT "\"", STR_ARG(r->table)));
    sql_add(l,
            str_format(l->arena, "ALTER TABLE \"" STR_FMT "\" RENAME TO \"" STR_FMT "\"",
                       STR_ARG(fresh), STR_ARG(r->table)));
    sql_indexes(l, r);
}

// --- the readable view -----------------------------------------------------------------

static bool shown_in_view(const struct reg *r, const struct field *f)
{
    if (f->index == FIELD_FINGERPRINT)
        return false;
    if (!f->system || f->index == FIELD_ID || f->index >= FIELD_SOURCE)
        return true;
    // a column that stands for a field which this register does not name
    return (f->index == FIELD_AREA && r->kind == REG_ROWS) ||
           (f->index == FIELD_DATE && r->date);
}

void sql_view(struct sql_list *l, const struct pack *p, const struct reg *r)
{
    struct buf b = BUF_INIT(SQL_MAX), joins = BUF_INIT(SQL_MAX);
    buf_printf(&b, "CREATE VIEW \"" STR_FMT "\" AS SELECT ", STR_ARG(r->name));
    for (size_t i = 0; i < r->n_fields; i++) {
        const struct field *f = &r->fields[i];
        const struct reg *of = f->type == TYPE_AREA       ? p->areas
                               : f->type == TYPE_FACILITY ? p->facilities
                                                          : NULL;
        if (!shown_in_view(r, f))
            continue;
        if (i > 0)
            buf_add_c(&b, ", ");
        if (!of) {
            buf_printf(&b, "t.\"" STR_FMT "\" AS \"" STR_FMT "\"", STR_ARG(f->column),
                       STR_ARG(f->name));
            continue;
        }
        // an area or facility is shown as its code, with its name beside it
        char beside[64];
        snprintf(beside, sizeof beside, STR_FMT "_name", STR_ARG(f->name));
        buf_printf(&b, "j%zu.\"code\" AS \"" STR_FMT "\"", i, STR_ARG(f->name));
        if (!reg_field(r, str_of(beside)))
            buf_printf(&b, ", j%zu.\"name\" AS \"%s\"", i, beside);
        buf_printf(&joins,
                   " LEFT JOIN \"" STR_FMT "\" AS j%zu ON j%zu.id = t.\"" STR_FMT "\"",
                   STR_ARG(of->table), i, i, STR_ARG(f->column));
    }
    buf_printf(&b, " FROM \"" STR_FMT "\" AS t", STR_ARG(r->table));
    if (joins.failed)
        b.failed = true;
    buf_add(&b, buf_str(&joins));
    buf_free(&joins);
    add_buf(l, &b);
}
