// SPDX-License-Identifier: AGPL-3.0-or-later
// The tables of registers: what a store has (as heng_columns records it), and the SQL
// that makes, widens and shows them. Inside the pack room only.
//
// heng_registers(register, kind, purpose, area, facility, date, retired)
// heng_columns(register, name, column_name, type, period, slot, codes, retired):
//   a row a column. slot is stable for a register and never used again: a system column's
//   is its enum system_field, the pack's begin at SYSTEM_FIELDS.
// heng_column_names(register, name, slot): names that a column had earlier.
// heng_column_types(register, slot, type, until): types that a column had earlier, for
//   rows saved until then (UTC milliseconds). A widening loses nothing, so a row's value
//   of that time can be had again: a number from its text, 1 from 'true', 0 from 'false'.
// heng_pack_files(path, text): the pack in use.
// heng_pack(name, version, hash, applied_at): every pack that was applied, newest last.
#ifndef PACK_TABLES_H
#define PACK_TABLES_H

#include "pack/pack.h"

struct table_column {
    struct str name, column, period, codes;
    enum type type;
    int64_t slot;
    bool retired;
};

struct earlier_name {
    struct str name;
    int64_t slot;
};

struct table_state { // one register as the store has it
    struct str reg, kind, area, facility, date;
    bool retired;
    struct table_column *columns; // by slot
    size_t n_columns;
    struct earlier_name *earlier;
    size_t n_earlier;
};

struct tables {
    struct table_state *list;
    size_t n;
};

// Empty when no pack has been applied yet.
enum err tables_read(struct arena *a, struct conn *c, struct tables *out,
                     struct error *e) WARN_UNUSED;
struct table_state *tables_find(const struct tables *t, struct str reg);
// Heng's own tables of this room, inside a store_write job.
enum err tables_migrate(struct conn *c, struct error *e) WARN_UNUSED;

// The column of the table that holds a field of the pack: by its name, by was:, or one
// that was retired under this name. NULL: there is none yet. *renamed: it has another
// name now.
struct table_column *table_find_column(const struct table_state *t, const struct field *f,
                                       bool *renamed);

bool type_from_name(struct str name, enum type *out);
const char *type_storage(enum type t);                         // INTEGER REAL TEXT
struct str codes_json(struct arena *a, const struct field *f); // ["m","f"]; null: none
bool codes_contain(struct str json, struct str value);

// --- SQL -------------------------------------------------------------------------------
struct sql_column { // one of the pack's own columns, while a plan is made
    struct str column;
    enum type type;
    enum type to; // TYPE_NONE, or the wider type that it is to have
    int64_t slot;
};

// Each appends to the list (of at most `limit`), or fails with .p NULL when memory is
// out.
struct sql_list {
    struct arena *arena;
    const char **list;
    size_t n, capacity;
    bool no_memory;
};
void sql_add(struct sql_list *l, struct str text);
void sql_create(struct sql_list *l, struct str table, const struct sql_column *columns,
                size_t n);
void sql_indexes(struct sql_list *l, const struct reg *r);
// Those over columns of the pack's own: rows that refer to a row, rows with a deadline.
// When all columns are there.
void sql_engine_indexes(struct sql_list *l, const struct reg *r);
// The table again with the types that columns are to have, all rows kept.
void sql_rebuild(struct sql_list *l, const struct reg *r,
                 const struct sql_column *columns, size_t n);
void sql_view(struct sql_list *l, const struct pack *p, const struct reg *r);

#endif
