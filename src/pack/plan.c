// SPDX-License-Identifier: AGPL-3.0-or-later
// Compares what a store has with what a pack says. Reads only.
#include "pack/tables.h"

#include <stdio.h>
#include <string.h>

struct planning {
    struct arena *arena;
    struct conn *conn;
    const struct pack *pack;
    struct plan *plan;
    size_t capacity;
    struct change scratch; // what cannot be kept is written here
    bool no_memory;
    // of the register at hand
    const struct reg *reg;
    struct table_state *table;
    struct sql_column *columns; // the pack's own columns, as they are at this step
    size_t n_columns;
};

static struct change *add_change(struct planning *g, enum change_kind kind,
                                 struct str field, const char *format, const char *zh,
                                 ...) PRINTF_LIKE(4, 6) PRINTF_LIKE(5, 6);

// format and zh (the same in Chinese) take the same arguments. Never NULL; a scratch one
// when memory is out (no_memory is then set).
static struct change *add_change(struct planning *g, enum change_kind kind,
                                 struct str field, const char *format, const char *zh,
                                 ...)
{
    struct plan *plan = g->plan;
    if (plan->n == g->capacity) {
        size_t capacity = g->capacity ? g->capacity * 2 : 16;
        struct change *list = ARENA_ARRAY(g->arena, struct change, capacity);
        if (!list) {
            g->no_memory = true;
            return &g->scratch;
        }
        if (plan->n)
            memcpy(list, plan->changes, plan->n * sizeof *list);
        plan->changes = list;
        g->capacity = capacity;
    }
    char text[1024], chinese[1024];
    va_list arguments;
    va_start(arguments, zh);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    va_start(arguments, zh);
    vsnprintf(chinese, sizeof chinese, zh, arguments);
    va_end(arguments);
    struct change *change = &plan->changes[plan->n++];
    *change = (struct change){.kind = kind,
                              .reg = g->reg ? g->reg->name : g->table->reg,
                              .field = field,
                              .text = str_copy(g->arena, str_of(text)),
                              .zh = str_copy(g->arena, str_of(chinese))};
    if (!change->text.p || !change->zh.p)
        g->no_memory = true;
    if (kind == CHANGE_REFUSED)
        plan->refused = true;
    return change;
}

static void take_sql(struct planning *g, struct change *change,
                     const struct sql_list *sql)
{
    change->sql = sql->list;
    change->n_sql = sql->n;
    if (sql->no_memory)
        g->no_memory = true;
}

// --- types -----------------------------------------------------------------------------

static bool may_widen(enum type from, enum type to)
{
    if (from == TYPE_INT && to == TYPE_DECIMAL)
        return true;
    if (to == TYPE_NAME)
        return from == TYPE_TEXT;
    return to == TYPE_TEXT && from != TYPE_AREA && from != TYPE_FACILITY;
}

// Whether some row meets a condition on the column. `value` may be empty.
static enum err some_row(struct planning *g, struct str column, const char *condition,
                         struct str value, bool *out, struct error *e)
{
    struct str sql = str_format(
        g->arena, "SELECT 1 FROM \"" STR_FMT "\" WHERE \"" STR_FMT "\" %s LIMIT 1",
        STR_ARG(g->reg->table), STR_ARG(column), condition);
    struct stmt *s = NULL;
    if (!sql.p)
        return error_memory(e);
    enum err code = conn_prepare(g->conn, sql, &s, e);
    if (!code && value.n)
        stmt_bind_text(s, 1, value);
    if (!code)
        code = stmt_step(s, out, e);
    stmt_finish(s);
    return code;
}

static enum err compare_codes(struct planning *g, const struct field *f,
                              const struct table_column *had, struct error *e)
{
    struct str rest = had->codes, head;
    struct str now = codes_json(g->arena, f);
    if (!now.p)
        return error_memory(e);
    if (str_equal(now, had->codes))
        return ERR_OK;
    bool removed = false, refused = false;
    // values stand between quotes: every second piece
    for (bool inside = false; str_split(rest, '"', &head, &rest); inside = !inside) {
        if (!inside || field_code(f, head) >= 0)
            continue;
        bool used = false;
        enum err code = some_row(g, had->column, "= ?", head, &used, e);
        if (code)
            return code;
        removed = true;
        if (used) {
            refused = true;
            add_change(g, CHANGE_REFUSED, f->name,
                       "the code '" STR_FMT "' is no longer in the list of '" STR_FMT
                       "', but rows have it; keep the code in the pack, and correct the "
                       "rows first if it was wrong",
                       "代码“" STR_FMT "”不在“" STR_FMT
                       "”的选项中了，但仍有记录使用；请在业务包中保留它，确属错误时先更正"
                       "这些记录",
                       STR_ARG(head), STR_ARG(f->name));
        }
    }
    if (!refused)
        add_change(g, CHANGE_WIDEN_FIELD, f->name,
                   removed ? "the codes of '" STR_FMT "' become " STR_FMT
                             "; no row has a code that is left out"
                           : "the codes of '" STR_FMT "' become " STR_FMT,
                   removed ? "“" STR_FMT "”的选项改为" STR_FMT "；去掉的选项没有记录使用"
                           : "“" STR_FMT "”的选项改为" STR_FMT,
                   STR_ARG(f->name), STR_ARG(now));
    return ERR_OK;
}

static size_t own_column(const struct planning *g, int64_t slot)
{
    size_t i = 0;
    while (i < g->n_columns && g->columns[i].slot != slot)
        i++;
    return i;
}

static enum err compare_type(struct planning *g, const struct field *f,
                             const struct table_column *had, struct error *e)
{
    if (had->type == f->type) {
        if (f->type == TYPE_PERIOD &&
            !str_equal_c(had->period, period_kind_name(f->period_kind)))
            add_change(
                g, CHANGE_REFUSED, f->name,
                "'" STR_FMT "' would hold a %s instead of a " STR_FMT
                ": its rows would no longer mean the same; add a new field",
                "“" STR_FMT "”将由%s变为" STR_FMT "，原有记录的含义会改变；请新增字段",
                STR_ARG(f->name), period_kind_name(f->period_kind), STR_ARG(had->period));
        return f->type == TYPE_CODE ? compare_codes(g, f, had, e) : ERR_OK;
    }
    if (!may_widen(had->type, f->type) || f->index < SYSTEM_FIELDS) {
        add_change(g, CHANGE_REFUSED, f->name,
                   "'" STR_FMT "' cannot change from %s to %s: values would be lost or "
                   "change their meaning; add a new field and leave this one as it is",
                   "“" STR_FMT "”不能由%s改为%s：数值会丢失或改变含义；请新增字段，"
                   "保留这一字段不动",
                   STR_ARG(f->name), type_name(had->type), type_name(f->type));
        return ERR_OK;
    }
    if (had->type == TYPE_INT && f->type == TYPE_DECIMAL) {
        bool large = false;
        enum err code =
            some_row(g, had->column, "NOT BETWEEN -9007199254740992 AND 9007199254740992",
                     STR(""), &large, e);
        if (code)
            return code;
        if (large) {
            add_change(g, CHANGE_REFUSED, f->name,
                       "'" STR_FMT "' cannot become decimal: some of its whole numbers "
                       "have more than 15 digits and would be rounded; make it text",
                       "“" STR_FMT
                       "”不能改为小数：有的整数超过15位，会被舍入；请改为文本",
                       STR_ARG(f->name));
            return ERR_OK;
        }
    }
    bool same = strcmp(type_storage(had->type), type_storage(f->type)) == 0;
    add_change(g, CHANGE_WIDEN_FIELD, f->name,
               same ? "'" STR_FMT "' changes from %s to %s"
                    : "'" STR_FMT "' changes from %s to %s; the table is written again "
                      "with all its rows",
               same ? "“" STR_FMT "”由%s改为%s"
                    : "“" STR_FMT "”由%s改为%s；整张表连同全部记录重写一遍",
               STR_ARG(f->name), type_name(had->type), type_name(f->type));
    if (!same)
        g->columns[own_column(g, had->slot)].to = f->type;
    return ERR_OK;
}

// --- registers -------------------------------------------------------------------------

static void new_register(struct planning *g)
{
    const struct reg *r = g->reg;
    struct sql_list sql = {.arena = g->arena};
    struct sql_column *columns = ARENA_ARRAY(g->arena, struct sql_column, r->n_fields);
    if (!columns) {
        g->no_memory = true;
        return;
    }
    size_t n = 0;
    for (size_t i = SYSTEM_FIELDS; i < r->n_fields; i++)
        columns[n++] =
            (struct sql_column){.column = r->fields[i].column, .type = r->fields[i].type};
    sql_create(&sql, r->table, columns, n);
    sql_indexes(&sql, r);
    sql_engine_indexes(&sql, r);
    struct change *change = add_change(
        g, CHANGE_ADD_REGISTER, STR(""), "new register '" STR_FMT "' with %zu fields",
        "新增登记册“" STR_FMT "”，%zu个字段", STR_ARG(r->name),
        r->n_fields - SYSTEM_FIELDS + (r->area && r->area->index < SYSTEM_FIELDS) +
            (r->facility && r->facility->index < SYSTEM_FIELDS) +
            (r->date && r->date->index < SYSTEM_FIELDS));
    take_sql(g, change, &sql);
}

// A field that the register names as its area, facility or date for the first time. One
// whose values are in a column of their own cannot move.
static void newly_placed(struct planning *g, const struct field *f, const char *key)
{
    for (size_t k = 0; k < g->table->n_columns; k++) {
        const struct table_column *column = &g->table->columns[k];
        if (column->slot >= SYSTEM_FIELDS &&
            (str_equal(column->name, f->name) ||
             (f->was.n && str_equal(column->name, f->was)))) {
            add_change(g, CHANGE_REFUSED, f->name,
                       "'" STR_FMT
                       "' cannot become the register's %s: its values are in a "
                       "column of their own; add a new field",
                       "“" STR_FMT "”不能成为登记册的%s：它的值另有一列；请新增字段",
                       STR_ARG(f->name), key);
            return;
        }
    }
    struct sql_list sql = {.arena = g->arena};
    sql_indexes(&sql, g->reg);
    take_sql(g,
             add_change(g, CHANGE_ADD_FIELD, f->name,
                        "new field '" STR_FMT "', the register's %s",
                        "新增字段“" STR_FMT "”，作为登记册的%s", STR_ARG(f->name), key),
             &sql);
}

// A register goes on being placed and dated by the same fields, whatever they are called.
static void compare_placing(struct planning *g)
{
    static const char *const keys[] = {"area", "facility", "date"};
    const struct field *now[] = {g->reg->area, g->reg->facility, g->reg->date};
    const struct str had[] = {g->table->area, g->table->facility, g->table->date};
    for (size_t i = 0; i < 3; i++) {
        bool renamed = false;
        if (had[i].n == 0) {
            if (now[i] && now[i]->index < SYSTEM_FIELDS)
                newly_placed(g, now[i], keys[i]);
            continue;
        }
        if (now[i] && str_equal(now[i]->name, had[i]))
            continue;
        if (now[i] && str_equal(now[i]->was, had[i]))
            renamed = true;
        for (size_t k = 0; now[i] && k < g->table->n_earlier; k++)
            renamed |= str_equal(g->table->earlier[k].name, now[i]->was) &&
                       g->table->earlier[k].slot == (int64_t)(FIELD_AREA + i);
        if (!renamed)
            add_change(g, CHANGE_REFUSED, had[i],
                       "the register's %s was '" STR_FMT "' and would become '" STR_FMT
                       "': its rows would move; keep %s: " STR_FMT
                       ", or say was: " STR_FMT " if it is only a new name",
                       "登记册的%s原为“" STR_FMT "”，将变为“" STR_FMT
                       "”，记录会随之挪动；请保留 %s: " STR_FMT
                       "，如只是改名，请写 was: " STR_FMT,
                       keys[i], STR_ARG(had[i]),
                       STR_ARG(now[i] ? now[i]->name : STR("nothing")), keys[i],
                       STR_ARG(had[i]), STR_ARG(had[i]));
    }
}

static bool column_taken(const struct planning *g, struct str column)
{
    for (size_t i = 0; i < g->n_columns; i++)
        if (str_equal(g->columns[i].column, column))
            return true;
    return false;
}

static void rename_field(struct planning *g, const struct field *f,
                         const struct table_column *had)
{
    if (f->index < SYSTEM_FIELDS) {
        const struct str named[] = {g->table->area, g->table->facility, g->table->date};
        // the column keeps its name; a field that is named for the first time is new
        if (f->index >= FIELD_AREA && f->index <= FIELD_DATE && !f->system &&
            named[f->index - FIELD_AREA].n)
            add_change(g, CHANGE_RENAME_FIELD, f->name,
                       "'" STR_FMT "' is now called '" STR_FMT "'; its data stays",
                       "“" STR_FMT "”改名为“" STR_FMT "”，数据不动", STR_ARG(had->name),
                       STR_ARG(f->name));
        return;
    }
    size_t at = own_column(g, had->slot);
    struct sql_list sql = {.arena = g->arena};
    if (column_taken(g, f->column)) {
        add_change(g, CHANGE_REFUSED, f->name,
                   "'" STR_FMT "' cannot be renamed to '" STR_FMT
                   "': a field with that name is or was there; choose another name",
                   "“" STR_FMT "”不能改名为“" STR_FMT
                   "”：已有或曾有同名字段；请换一个名称",
                   STR_ARG(had->name), STR_ARG(f->name));
        return;
    }
    sql_add(&sql, str_format(g->arena,
                             "ALTER TABLE \"" STR_FMT "\" RENAME COLUMN \"" STR_FMT
                             "\" TO \"" STR_FMT "\"",
                             STR_ARG(g->reg->table), STR_ARG(g->columns[at].column),
                             STR_ARG(f->column)));
    take_sql(g,
             add_change(g, CHANGE_RENAME_FIELD, f->name,
                        "'" STR_FMT "' is now called '" STR_FMT "'; its data moves along",
                        "“" STR_FMT "”改名为“" STR_FMT "”，数据随之保留",
                        STR_ARG(had->name), STR_ARG(f->name)),
             &sql);
    g->columns[at].column = f->column;
}

static void new_field(struct planning *g, const struct field *f)
{
    struct sql_list sql = {.arena = g->arena};
    sql_add(&sql, str_format(g->arena,
                             "ALTER TABLE \"" STR_FMT "\" ADD COLUMN \"" STR_FMT "\" %s",
                             STR_ARG(g->reg->table), STR_ARG(f->column),
                             type_storage(f->type)));
    take_sql(g,
             add_change(g, CHANGE_ADD_FIELD, f->name,
                        "new field '" STR_FMT "' (%s), empty in the rows that are there",
                        "新增字段“" STR_FMT "”（%s），已有记录中为空", STR_ARG(f->name),
                        type_name(f->type)),
             &sql);
    g->columns[g->n_columns++] =
        (struct sql_column){.column = f->column, .type = f->type, .slot = -1};
}

// The table is written again once for all its wider columns, with the last of these
// changes.
static void widen_columns(struct planning *g)
{
    bool any = false;
    for (size_t i = 0; i < g->n_columns; i++)
        any |= g->columns[i].to != TYPE_NONE;
    if (!any)
        return;
    struct sql_list sql = {.arena = g->arena};
    sql_rebuild(&sql, g->reg, g->columns, g->n_columns);
    for (size_t i = g->plan->n; i-- > 0;) {
        if (g->plan->changes[i].kind == CHANGE_WIDEN_FIELD) {
            take_sql(g, &g->plan->changes[i], &sql);
            break;
        }
    }
}

static void retire_missing(struct planning *g, const bool *found)
{
    for (size_t i = 0; i < g->table->n_columns; i++) {
        const struct table_column *column = &g->table->columns[i];
        if (!found[i] && !column->retired && column->slot >= SYSTEM_FIELDS)
            add_change(g, CHANGE_RETIRE_FIELD, column->name,
                       "'" STR_FMT "' is no longer in the pack; its column and its data "
                       "stay in the file",
                       "业务包中不再有“" STR_FMT "”；它的列和数据留在文件中，不再显示",
                       STR_ARG(column->name));
    }
}

// Renames first (a name may be free only after another rename), so that what follows
// speaks of the names to come; then types, then new fields.
static enum err compare_fields(struct planning *g, struct table_column **had,
                               bool *renamed, bool *found, struct error *e)
{
    const struct reg *r = g->reg;
    const struct table_state *t = g->table;
    for (size_t i = 0; i < r->n_fields; i++) {
        had[i] = table_find_column(t, &r->fields[i], &renamed[i]);
        if (had[i])
            found[had[i] - t->columns] = true;
    }
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < r->n_fields; i++) {
            if (!renamed[i] ||
                (i >= SYSTEM_FIELDS && column_taken(g, r->fields[i].column)))
                continue;
            rename_field(g, &r->fields[i], had[i]);
            renamed[i] = false;
            again = true;
        }
    }
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < r->n_fields; i++) {
        const struct field *f = &r->fields[i];
        if (renamed[i]) { // its name never became free
            rename_field(g, f, had[i]);
            continue;
        }
        if (had[i] && had[i]->retired)
            add_change(g, CHANGE_ADD_FIELD, f->name,
                       "'" STR_FMT "' comes back, with the data that it had",
                       "“" STR_FMT "”恢复使用，原有数据一并恢复", STR_ARG(f->name));
        if (had[i])
            code = compare_type(g, f, had[i], e);
    }
    widen_columns(g);
    for (size_t i = SYSTEM_FIELDS; !code && i < r->n_fields; i++) {
        const struct field *f = &r->fields[i];
        if (!had[i] && column_taken(g, f->column))
            add_change(g, CHANGE_REFUSED, f->name,
                       "'" STR_FMT "' cannot be added: another field has its column; "
                       "choose another name",
                       "不能新增“" STR_FMT "”：它的列已被另一字段占用；请换一个名称",
                       STR_ARG(f->name));
        else if (!had[i])
            new_field(g, f);
    }
    return code;
}

static enum err compare_register(struct planning *g, struct error *e)
{
    static const char *const kinds[] = {"rows", "areas", "facilities"};
    const struct reg *r = g->reg;
    const struct table_state *t = g->table;
    if (!str_equal_c(t->kind, kinds[r->kind])) {
        add_change(g, CHANGE_REFUSED, STR(""),
                   "register '" STR_FMT "' was of kind " STR_FMT
                   " and cannot become %s; choose another name for the new one",
                   "登记册“" STR_FMT "”的类别原为" STR_FMT
                   "，不能改为%s；新的登记册请另取名称",
                   STR_ARG(r->name), STR_ARG(t->kind), kinds[r->kind]);
        return ERR_OK;
    }
    struct table_column **had = ARENA_ARRAY(g->arena, struct table_column *, r->n_fields);
    bool *renamed = ARENA_ARRAY(g->arena, bool, r->n_fields);
    bool *found = ARENA_ARRAY(g->arena, bool, t->n_columns);
    g->columns = ARENA_ARRAY(g->arena, struct sql_column, t->n_columns + r->n_fields);
    g->n_columns = 0;
    if (!had || !renamed || !found || !g->columns)
        return error_memory(e);
    for (size_t i = 0; i < t->n_columns; i++)
        if (t->columns[i].slot >= SYSTEM_FIELDS)
            g->columns[g->n_columns++] =
                (struct sql_column){.column = t->columns[i].column,
                                    .type = t->columns[i].type,
                                    .slot = t->columns[i].slot};
    compare_placing(g);
    enum err code = compare_fields(g, had, renamed, found, e);
    if (code)
        return code;
    retire_missing(g, found);
    return ERR_OK;
}

// --- the key

static bool same_key(const struct reg *old, const struct reg *new)
{
    bool same = old->n_key == new->n_key;
    for (size_t i = 0; same && i < new->n_key; i++)
        same = str_equal(old->key[i]->name, new->key[i]->name) ||
               (new->key[i]->was.n && (str_equal(old->key[i]->name, new->key[i]->was) ||
                                       str_equal(old->key[i]->was, new->key[i]->was)));
    return same;
}

// Rows are known by the key that they came in with: under another key a file that comes
// again would double them all.
static enum err compare_key(struct planning *g, const struct pack *before,
                            struct error *e)
{
    const struct reg *old = pack_register(before, g->reg->name);
    if (!old || !g->table || same_key(old, g->reg))
        return ERR_OK;
    struct stmt *s = NULL;
    bool row = false;
    struct str sql =
        str_format(g->arena, "SELECT 1 FROM \"r_%.*s\" LIMIT 1", STR_ARG(g->reg->name));
    enum err code = sql.p ? conn_prepare(g->conn, sql, &s, e) : error_memory(e);
    if (!code)
        code = stmt_step(s, &row, e);
    stmt_finish(s);
    if (!code && row)
        add_change(
            g, CHANGE_REFUSED, STR(""),
            "the key of '" STR_FMT "' is another one: its rows are known by the "
            "old key, and a file that comes again would double them; keep the key, "
            "or make a new register",
            "“" STR_FMT "”换了主键：已有记录按原主键识别，同一文件再次导入会全部重复；"
            "请保留主键，或另建登记册",
            STR_ARG(g->reg->name));
    return code;
}

static enum err compare_keys(struct planning *g, const struct tables *tables,
                             struct error *e)
{
    struct pack_file *files;
    struct pack *before;
    size_t n;
    struct error none = {0};
    enum err code = pack_files_from_store(g->arena, g->conn, &files, &n, &none);
    if (!code)
        code = pack_compile(g->arena, files, n, &before, NULL, &none);
    if (code == ERR_NOT_FOUND || code == ERR_INPUT)
        return ERR_OK; // the first pack, or one of an earlier Heng
    if (code)
        *e = none;
    for (size_t i = 0; !code && i < g->pack->n_registers; i++) {
        g->reg = &g->pack->registers[i];
        g->table = tables_find(tables, g->reg->name);
        code = compare_key(g, before, e);
    }
    g->reg = NULL;
    return code;
}

enum err pack_plan(struct arena *a, struct conn *c, const struct pack *p,
                   struct plan *out, struct error *e)
{
    struct tables tables;
    *out = (struct plan){0};
    struct planning g = {.arena = a, .conn = c, .pack = p, .plan = out};
    enum err code = tables_read(a, c, &tables, e);
    for (size_t i = 0; !code && i < p->n_registers; i++) {
        g.reg = &p->registers[i];
        g.table = tables_find(&tables, g.reg->name);
        if (g.table)
            code = compare_register(&g, e);
        else
            new_register(&g);
    }
    if (!code)
        code = compare_keys(&g, &tables, e);
    g.reg = NULL;
    for (size_t i = 0; !code && i < tables.n; i++) {
        g.table = &tables.list[i];
        if (!g.table->retired && !pack_register(p, g.table->reg))
            add_change(&g, CHANGE_RETIRE_FIELD, STR(""),
                       "register '" STR_FMT "' is no longer in the pack; its table and "
                       "its data stay in the file",
                       "业务包中不再有登记册“" STR_FMT
                       "”；它的表和数据留在文件中，不再显示",
                       STR_ARG(g.table->reg));
    }
    if (!code && g.no_memory)
        code = error_memory(e);
    return code;
}
