// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/case_file.h"

#include <string.h>

// --- the case

static enum err find(const struct measure *m, struct arena *a, struct str number,
                     struct case_about *out, struct error *e)
{
    const struct pack *p = m->county->pack;
    for (size_t i = 0; i < p->n_cases; i++) {
        const struct case_shape *shape = &p->cases[i];
        struct rows_about q = rows_about_key(shape->reg, &number);
        const struct expr **tests =
            ARENA_ARRAY(a, const struct expr *, shape->n_required + 1);
        struct row_group found;
        size_t at = 0;
        if (!tests)
            return error_memory(e);
        q.struck_too = true;
        q.tests = tests;
        for (size_t k = 0; k < shape->n_required; k++)
            if (shape->required[k].when)
                tests[q.n_tests++] = shape->required[k].when;
        enum err code = rows_about(m, a, &q, &found, e);
        if (code)
            return code;
        if (!found.n)
            continue;
        while (at + 1 < found.n && found.rows[at].struck)
            at++;
        out->shape = shape;
        out->row = found.rows[at];
        out->number = found.rows[at].values[shape->reg->key[0]->index].s;
        return ERR_OK;
    }
    error_set(e, ERR_NOT_FOUND, "related.case", NULL, "there is no case '" STR_FMT "'",
              STR_ARG(number));
    return error_cure(e, "look up its number in the register of cases");
}

enum err case_file_about(const struct measure *m, struct arena *a, struct str number,
                         struct case_about *out, struct error *e)
{
    *out = (struct case_about){0};
    enum err code = find(m, a, number, out, e);
    if (code)
        return code;
    const struct case_shape *shape = out->shape;
    const struct rows_about q = {.of = shape->papers, .keys = &out->number, .n_keys = 1};
    struct row_group rows;
    size_t test = 0;
    out->n_papers = shape->n_required;
    out->papers = ARENA_ARRAY(a, struct case_about_paper, out->n_papers + 1);
    code = out->papers ? rows_about(m, a, &q, &rows, e) : error_memory(e);
    for (size_t i = 0; !code && i < rows.n; i++)
        if (!rows.rows[i].values[shape->item->index].null)
            out->papers[rows.rows[i].values[shape->item->index].i].there++;
    const struct datum *origin = shape->by ? &out->row.values[shape->by->index] : NULL;
    for (size_t i = 0; !code && i < out->n_papers; i++) {
        const struct case_paper *paper = &shape->required[i];
        struct case_about_paper *to = &out->papers[i];
        to->paper = &shape->item->codes[i];
        to->required =
            origin && !origin->null && (paper->origins >> (uint64_t)origin->i & 1);
        if (paper->when)
            to->required |= out->row.tests[test++];
        out->required += to->required;
        out->missing += to->required && !to->there;
    }
    return code;
}

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

// Where a paper stands in the file: by its code, then those that say none, then struck
// ones. What the pack leaves out of the papers (test 0 of the row is false) has no place.
static size_t place_of(const struct case_shape *shape, const struct row_about *row)
{
    const struct datum *item = &row->values[shape->item->index];
    const size_t n = shape->item->n_codes;
    if (row->struck)
        return n + 1;
    if (shape->papers.where && !row->tests[0])
        return n + 2;
    return item->null ? n : (size_t)item->i;
}

static enum err add_papers(struct reading *x, struct error *e)
{
    const struct case_about *c = &x->file->about;
    const struct case_shape *shape = c->shape;
    const struct rows_about q = {.of = {.reg = shape->papers.reg, .by = shape->papers.by},
                                 .keys = &c->number,
                                 .n_keys = 1,
                                 .struck_too = true,
                                 .tests = &shape->papers.where,
                                 .n_tests = shape->papers.where ? 1 : 0};
    struct row_group found;
    enum err code = rows_about(x->m, x->a, &q, &found, e);
    for (size_t k = 0; !code && k < shape->item->n_codes + 2; k++)
        for (size_t i = 0; !code && i < found.n; i++) {
            const struct row_about *row = &found.rows[i];
            const struct datum *item = &row->values[shape->item->index];
            const struct case_sheet s = {
                .reg = found.reg,
                .id = row->id,
                .values = row->values,
                .paper = item->null ? NULL : &shape->item->codes[item->i],
                .struck = row->struck};
            if (place_of(shape, row) == k)
                code = add_sheet(x, s, e);
        }
    return code;
}

// --- what is linked

static bool may_list(const struct reading *x, const struct reg *r)
{
    return r->kind == REG_ROWS && r->purpose == PURPOSE_SUPERVISION &&
           r != x->file->about.shape->reg && r != x->file->about.shape->papers.reg;
}

// What belongs to the case (findings), then the visits that this names.
static enum err add_linked(struct reading *x, struct error *e)
{
    const struct pack *p = x->m->county->pack;
    struct case_file *f = x->file;
    const struct row_group own = {f->about.shape->reg, NULL, &f->about.row, 1};
    struct row_group found;
    enum err code = ERR_OK;
    f->linked = ARENA_ARRAY(x->a, struct row_group, 2 * p->n_registers + 1);
    if (!f->linked)
        return error_memory(e);
    for (size_t i = 0; !code && i < p->n_registers; i++) {
        if (!may_list(x, &p->registers[i]))
            continue;
        code = rows_about_belonging(x->m, x->a, &p->registers[i], &own, 1, &found, e);
        if (!code && found.n)
            f->linked[f->n_linked++] = found;
    }
    const size_t belonging = f->n_linked;
    for (size_t i = 0; !code && i < p->n_registers; i++) {
        if (!may_list(x, &p->registers[i]) || !p->registers[i].facility)
            continue;
        code = rows_about_named(x->m, x->a, &p->registers[i], f->linked, belonging,
                                &found, e);
        if (!code && found.n)
            f->linked[f->n_linked++] = found;
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
    const struct case_about *c = &out->about;
    *out = (struct case_file){.made = date_now_ms()};
    enum err code = case_file_about(m, a, number, &out->about, e);
    if (!code)
        code = add_sheet(&x,
                         (struct case_sheet){.reg = c->shape->reg,
                                             .id = c->row.id,
                                             .values = c->row.values,
                                             .own = true,
                                             .struck = c->row.struck},
                         e);
    if (!code)
        code = add_papers(&x, e);
    if (!code)
        code = row_history(m->county, m->who, c->shape->reg, c->row.id, a, &out->events,
                           &out->n_events, e);
    if (!code)
        code = add_linked(&x, e);
    return code ? code : read_heads(&x, e);
}
