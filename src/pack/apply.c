// SPDX-License-Identifier: AGPL-3.0-or-later
// Carries a plan out, inside one store_write job: all of it or nothing.
#include "pack/tables.h"

#include <stdio.h>
#include <string.h>

static bool same_plan(const struct plan *a, const struct plan *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        const struct change *x = &a->changes[i], *y = &b->changes[i];
        if (x->kind != y->kind || x->n_sql != y->n_sql || !str_equal(x->reg, y->reg) ||
            !str_equal(x->field, y->field))
            return false;
        for (size_t k = 0; k < x->n_sql; k++)
            if (strcmp(x->sql[k], y->sql[k]) != 0)
                return false;
    }
    return true;
}

static enum err run_list(struct conn *c, const struct sql_list *sql, struct error *e)
{
    enum err code = sql->no_memory ? error_memory(e) : ERR_OK;
    for (size_t i = 0; !code && i < sql->n; i++)
        code = conn_run(c, sql->list[i], e);
    return code;
}

// Views stand in the way of renames, and are made anew from the pack.
static enum err drop_views(struct arena *a, struct conn *c, const struct tables *tables,
                           const struct pack *p, struct error *e)
{
    struct sql_list sql = {.arena = a};
    for (size_t i = 0; i < tables->n; i++)
        sql_add(&sql, str_format(a, "DROP VIEW IF EXISTS \"" STR_FMT "\"",
                                 STR_ARG(tables->list[i].reg)));
    for (size_t i = 0; i < p->n_registers; i++)
        sql_add(&sql, str_format(a, "DROP VIEW IF EXISTS \"" STR_FMT "\"",
                                 STR_ARG(p->registers[i].name)));
    return run_list(c, &sql, e);
}

static enum err make_views(struct arena *a, struct conn *c, const struct pack *p,
                           struct error *e)
{
    struct sql_list sql = {.arena = a};
    for (size_t i = 0; i < p->n_registers; i++)
        sql_view(&sql, p, &p->registers[i]);
    return run_list(c, &sql, e);
}

// --- what heng_columns records ---------------------------------------------------------

static enum err run_named(struct conn *c, const char *name, const char *sql,
                          const struct str *texts, int n_texts, const int64_t *numbers,
                          int n_numbers, struct error *e)
{
    struct stmt *s = NULL;
    enum err code = conn_stmt(c, name, sql, &s, e);
    if (code)
        return code;
    for (int i = 0; i < n_texts; i++)
        stmt_bind_text(s, i + 1, texts[i]);
    for (int i = 0; i < n_numbers; i++)
        stmt_bind_int(s, n_texts + i + 1, numbers[i]);
    code = stmt_done(s, e);
    stmt_finish(s);
    return code;
}

static enum err save_register(struct conn *c, const struct reg *r, struct error *e)
{
    static const char *const kinds[] = {"rows", "areas", "facilities"};
    const struct str none = {NULL, 0};
    const struct str texts[] = {r->name,
                                str_of(kinds[r->kind]),
                                str_of(purpose_name(r->purpose)),
                                r->area ? r->area->name : none,
                                r->facility ? r->facility->name : none,
                                r->date ? r->date->name : none};
    return run_named(
        c, "pack.save_register",
        "INSERT INTO heng_registers (register, kind, purpose, area, facility, "
        "date, retired) VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (register) DO "
        "UPDATE SET kind = excluded.kind, purpose = excluded.purpose, area = "
        "excluded.area, facility = excluded.facility, date = excluded.date, "
        "retired = 0",
        texts, 6, NULL, 0, e);
}

static enum err save_column(struct arena *a, struct conn *c, const struct reg *r,
                            const struct field *f, int64_t slot, struct error *e)
{
    const struct str none = {NULL, 0};
    struct str codes = codes_json(a, f);
    if (f->type == TYPE_CODE && !codes.p)
        return error_memory(e);
    const struct str texts[] = {
        r->name,
        f->name,
        f->column,
        str_of(type_name(f->type)),
        f->type == TYPE_PERIOD ? str_of(period_kind_name(f->period_kind)) : none,
        codes};
    return run_named(
        c, "pack.save_column",
        "INSERT INTO heng_columns (register, name, column_name, type, period, "
        "codes, slot, retired) VALUES (?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT "
        "(register, slot) DO UPDATE SET name = excluded.name, column_name = "
        "excluded.column_name, type = excluded.type, period = excluded.period, "
        "codes = excluded.codes, retired = 0",
        texts, 6, &slot, 1, e);
}

static enum err save_earlier_type(struct conn *c, const struct reg *r,
                                  const struct table_column *had, struct error *e)
{
    const struct str texts[] = {r->name, str_of(type_name(had->type))};
    const int64_t numbers[] = {had->slot, date_now_ms()};
    return run_named(c, "pack.save_type",
                     "INSERT INTO heng_column_types (register, type, slot, until) VALUES "
                     "(?, ?, ?, ?) ON CONFLICT DO NOTHING",
                     texts, 2, numbers, 2, e);
}

static enum err retire_column(struct conn *c, struct str reg, int64_t slot,
                              struct error *e)
{
    return run_named(
        c, "pack.retire_column",
        "UPDATE heng_columns SET retired = 1 WHERE register = ? AND slot = ?", &reg, 1,
        &slot, 1, e);
}

static enum err save_columns(struct arena *a, struct conn *c, const struct reg *r,
                             const struct table_state *t, struct error *e)
{
    int64_t next = SYSTEM_FIELDS;
    bool *found = ARENA_ARRAY(a, bool, t ? t->n_columns : 0);
    enum err code = found ? save_register(c, r, e) : error_memory(e);
    for (size_t i = 0; t && i < t->n_columns; i++)
        if (t->columns[i].slot >= next)
            next = t->columns[i].slot + 1;
    for (size_t i = 0; !code && i < r->n_fields; i++) {
        const struct field *f = &r->fields[i];
        bool renamed = false;
        const struct table_column *had = t ? table_find_column(t, f, &renamed) : NULL;
        int64_t slot = had ? had->slot : i < SYSTEM_FIELDS ? (int64_t)i : next++;
        if (had)
            found[had - t->columns] = true;
        if (renamed) {
            const struct str names[] = {r->name, had->name};
            code = run_named(
                c, "pack.save_name",
                "INSERT INTO heng_column_names (register, name, slot) VALUES (?, "
                "?, ?) ON CONFLICT DO NOTHING",
                names, 2, &slot, 1, e);
        }
        if (!code && had && strcmp(type_storage(had->type), type_storage(f->type)) != 0)
            code = save_earlier_type(c, r, had, e);
        if (!code)
            code = save_column(a, c, r, f, slot, e);
    }
    for (size_t i = 0; !code && t && i < t->n_columns; i++)
        if (!found[i] && !t->columns[i].retired)
            code = retire_column(c, r->name, t->columns[i].slot, e);
    return code;
}

static enum err save_model(struct arena *a, struct conn *c, const struct pack *p,
                           const struct tables *before, struct error *e)
{
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < p->n_registers; i++)
        code = save_columns(a, c, &p->registers[i],
                            tables_find(before, p->registers[i].name), e);
    for (size_t i = 0; !code && i < before->n; i++)
        if (!pack_register(p, before->list[i].reg))
            code = run_named(c, "pack.retire_register",
                             "UPDATE heng_registers SET retired = 1 WHERE register = ?",
                             &before->list[i].reg, 1, NULL, 0, e);
    return code;
}

static enum err save_files(struct conn *c, const struct pack *p,
                           const struct pack_file *files, size_t n, struct error *e)
{
    enum err code = conn_run(c, "DELETE FROM heng_pack_files", e);
    for (size_t i = 0; !code && i < n; i++) {
        const struct str texts[] = {files[i].path,
                                    files[i].text.p ? files[i].text : STR("")};
        code = run_named(c, "pack.save_file",
                         "INSERT INTO heng_pack_files (path, text) VALUES (?, ?)", texts,
                         2, NULL, 0, e);
    }
    struct stmt *s = NULL;
    if (!code)
        code = conn_stmt(c, "pack.save_pack",
                         "INSERT INTO heng_pack (name, version, hash, applied_at) VALUES "
                         "(?, ?, ?, ?)",
                         &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, p->name);
    stmt_bind_text(s, 2, p->version);
    stmt_bind_blob(s, 3, p->hash, sizeof p->hash);
    stmt_bind_int(s, 4, date_now_ms());
    code = stmt_done(s, e);
    stmt_finish(s);
    return code;
}

static enum err refuse(const struct plan *plan, struct error *e)
{
    for (size_t i = 0; i < plan->n; i++) {
        const struct change *change = &plan->changes[i];
        if (change->kind != CHANGE_REFUSED)
            continue;
        char where[128];
        snprintf(where, sizeof where, STR_FMT "%s" STR_FMT, STR_ARG(change->reg),
                 change->field.n ? "." : "", STR_ARG(change->field));
        (void)error_set(e, ERR_CONFLICT, "pack.plan_refused", where, STR_FMT,
                        STR_ARG(change->text.en));
        error_set_zh(e, STR_FMT, STR_ARG(change->text.zh));
        return ERR_CONFLICT;
    }
    return error_set(e, ERR_CONFLICT, "pack.plan_refused", NULL,
                     "the plan has changes that are refused");
}

enum err pack_apply(struct conn *c, const struct pack *p, const struct pack_file *files,
                    size_t n_files, const struct plan *plan, struct error *e)
{
    struct arena a;
    struct tables before;
    struct plan now;
    if (plan->refused)
        return refuse(plan, e);
    arena_init(&a, 0);
    enum err code = tables_migrate(c, e);
    if (!code)
        code = tables_read(&a, c, &before, e);
    // the plan may be from an earlier moment than this job
    if (!code)
        code = pack_plan(&a, c, p, &now, e);
    if (!code && !same_plan(plan, &now)) {
        code = error_set(e, ERR_CONFLICT, "pack.plan_old", NULL,
                         "the file has changed since the plan was made");
        error_cure(e, "Plan again and look at the changes.");
    }
    if (!code)
        code = drop_views(&a, c, &before, p, e);
    for (size_t i = 0; !code && i < plan->n; i++)
        for (size_t k = 0; !code && k < plan->changes[i].n_sql; k++)
            code = conn_run(c, plan->changes[i].sql[k], e);
    if (!code)
        code = save_model(&a, c, p, &before, e);
    if (!code)
        code = make_views(&a, c, p, e);
    if (!code)
        code = save_files(c, p, files, n_files, e);
    arena_free(&a);
    return code;
}

enum err pack_index(struct conn *c, const struct pack *p, struct error *e)
{
    struct arena a;
    arena_init(&a, 0);
    struct sql_list list = {.arena = &a};
    for (size_t i = 0; i < p->n_registers; i++) {
        sql_indexes(&list, &p->registers[i]);
        sql_engine_indexes(&list, &p->registers[i]);
    }
    enum err code = list.no_memory ? error_memory(e) : ERR_OK;
    for (size_t i = 0; !code && i < list.n; i++)
        code = conn_run(c, list.list[i], e);
    arena_free(&a);
    return code;
}
