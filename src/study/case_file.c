// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/case_file.h"

#include <string.h>

struct reading {
    const struct measure *m;
    struct arena *a;
    struct case_file *file;
    size_t room;
};

// --- sheets

static enum err read_sheet(struct reading *x, struct case_sheet *s, struct error *e)
{
    struct row_event *events;
    size_t n;
    struct county *c = x->m->county;
    enum err code = row_history(c, x->m->who, s->reg, s->id, x->a, &events, &n, e);
    if (!code)
        code = attachment_list_all(c, x->m->who, s->reg, s->id, x->a, &s->files,
                                   &s->n_files, e);
    if (code)
        return code;
    if (n) {
        s->at = events[0].at;
        s->who = events[0].who;
    }
    for (size_t i = n; s->struck && i-- > 0;)
        if (str_equal_c(events[i].change, "strike")) {
            s->struck_at = events[i].at;
            s->struck_by = events[i].who;
            s->reason = events[i].reason;
            break;
        }
    x->file->n_files += s->n_files;
    return ERR_OK;
}

static enum err add_sheet(struct reading *x, struct case_sheet sheet, struct error *e)
{
    struct case_file *f = x->file;
    if (f->n_sheets == x->room) {
        x->room = x->room ? 2 * x->room : 32;
        struct case_sheet *grown = ARENA_ARRAY(x->a, struct case_sheet, x->room);
        if (!grown)
            return error_memory(e);
        if (f->n_sheets)
            memcpy(grown, f->sheets, f->n_sheets * sizeof *grown);
        f->sheets = grown;
    }
    enum err code = read_sheet(x, &sheet, e);
    if (!code)
        f->sheets[f->n_sheets++] = sheet;
    return code;
}

// Struck papers are not among related_case's.
static enum err add_struck(struct reading *x, struct error *e)
{
    const struct related *papers = &x->file->about.shape->papers;
    const struct field *item = x->file->about.shape->item;
    const struct rows_about q = {.reg = papers->reg,
                                 .by = papers->by,
                                 .key = x->file->about.number,
                                 .first = DATE_NONE,
                                 .last = DATE_NONE,
                                 .struck_too = true};
    struct row_about *rows;
    size_t n;
    enum err code = rows_about(x->m, x->a, &q, &rows, &n, e);
    for (size_t i = 0; !code && i < n; i++) {
        const struct datum *of = &rows[i].values[item->index];
        const struct case_sheet s = {.reg = papers->reg,
                                     .id = rows[i].id,
                                     .values = rows[i].values,
                                     .paper = of->null ? NULL : &item->codes[of->i],
                                     .struck = true};
        if (rows[i].struck)
            code = add_sheet(x, s, e);
    }
    return code;
}

static enum err add_sheets(struct reading *x, struct error *e)
{
    const struct related_case *c = &x->file->about;
    enum err code = add_sheet(x,
                              (struct case_sheet){.reg = c->shape->reg,
                                                  .id = c->row.id,
                                                  .values = c->row.values,
                                                  .own = true,
                                                  .struck = c->row.struck},
                              e);
    for (size_t k = 0; !code && k < c->n_papers; k++)
        for (size_t i = 0; !code && i < c->papers[k].there; i++)
            code = add_sheet(x,
                             (struct case_sheet){.reg = c->shape->papers.reg,
                                                 .id = c->papers[k].rows[i].id,
                                                 .values = c->papers[k].rows[i].values,
                                                 .paper = c->papers[k].paper},
                             e);
    return code ? code : add_struck(x, e);
}

// --- what is linked

static bool may_list(const struct reading *x, const struct reg *r)
{
    return r->kind == REG_ROWS && r->purpose == PURPOSE_SUPERVISION &&
           r != x->file->about.shape->reg && r != x->file->about.shape->papers.reg;
}

static enum err add_naming(struct reading *x, const struct reg *r, const struct field *f,
                           struct error *e)
{
    const struct rows_about q = {.reg = r,
                                 .by = f,
                                 .key = x->file->about.number,
                                 .first = DATE_NONE,
                                 .last = DATE_NONE};
    struct related_rows found = {.reg = r, .by = f};
    enum err code = rows_about(x->m, x->a, &q, &found.rows, &found.n, e);
    if (!code && found.n)
        x->file->linked[x->file->n_linked++] = found;
    return code;
}

static bool is_listed(const struct related_rows *list, int64_t id)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->rows[i].id == id)
            return true;
    return false;
}

// The visits that findings of the case name.
static enum err add_named(struct reading *x, const struct related_rows *by,
                          const struct field *f, struct error *e)
{
    struct related_rows found = {.reg = f->refers, .by = f};
    found.rows = ARENA_ARRAY(x->a, struct row_about, by->n);
    if (!found.rows)
        return error_memory(e);
    for (size_t i = 0; i < by->n; i++) {
        const struct datum *key = &by->rows[i].values[f->index];
        struct row_about *rows;
        size_t n;
        if (key->null)
            continue;
        const struct rows_about q = {.reg = f->refers,
                                     .by = f->refers->key[0],
                                     .key = key->s,
                                     .first = DATE_NONE,
                                     .last = DATE_NONE};
        enum err code = rows_about(x->m, x->a, &q, &rows, &n, e);
        if (code)
            return code;
        if (n && !is_listed(&found, rows[0].id))
            found.rows[found.n++] = rows[0];
    }
    if (found.n)
        x->file->linked[x->file->n_linked++] = found;
    return ERR_OK;
}

static enum err add_linked(struct reading *x, struct error *e)
{
    const struct pack *p = x->m->county->pack;
    const struct reg *cases = x->file->about.shape->reg;
    enum err code = ERR_OK;
    size_t room = 1;
    for (size_t i = 0; i < p->n_registers; i++)
        room += p->registers[i].n_fields;
    x->file->linked = ARENA_ARRAY(x->a, struct related_rows, room);
    if (!x->file->linked)
        return error_memory(e);
    for (size_t i = 0; i < p->n_registers; i++)
        for (size_t k = SYSTEM_FIELDS; !code && k < p->registers[i].n_fields; k++)
            if (may_list(x, &p->registers[i]) &&
                p->registers[i].fields[k].refers == cases)
                code = add_naming(x, &p->registers[i], &p->registers[i].fields[k], e);
    const size_t naming = x->file->n_linked;
    for (size_t i = 0; i < naming; i++) {
        const struct related_rows by = x->file->linked[i];
        for (size_t k = SYSTEM_FIELDS; !code && k < by.reg->n_fields; k++) {
            const struct field *f = &by.reg->fields[k];
            if (f->refers && f->refers->facility && may_list(x, f->refers))
                code = add_named(x, &by, f, e);
        }
    }
    return code;
}

// --- the file

static enum err read_heads(struct reading *x, struct error *e)
{
    struct case_file *f = x->file;
    struct conn *conn = NULL;
    enum err code = store_read_begin(x->m->county->store, &conn, e);
    if (code)
        return code;
    code = history_head(conn, &f->history_entries, f->history_head, e);
    if (!code)
        code = attachment_head(conn, &f->files_entries, f->files_head, e);
    store_read_end(conn);
    return code;
}

enum err case_file_read(const struct measure *m, struct arena *a, struct str number,
                        struct case_file *out, struct error *e)
{
    struct reading x = {.m = m, .a = a, .file = out};
    *out = (struct case_file){.made = date_now_ms()};
    enum err code = related_case(m, a, number, &out->about, e);
    if (!code)
        code = add_sheets(&x, e);
    if (!code)
        code = row_history(m->county, m->who, out->about.shape->reg, out->about.row.id, a,
                           &out->events, &out->n_events, e);
    if (!code)
        code = add_linked(&x, e);
    return code ? code : read_heads(&x, e);
}
