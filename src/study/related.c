// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/related.h"

#include <stdlib.h>
#include <string.h>

struct filing {
    const struct measure *m;
    struct arena *arena;
    struct related_file *file;
};

const struct field *related_last_day(const struct reg *r)
{
    static const char *const names[] = {"valid_until", "licence_until"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct field *f = reg_field(r, str_of(names[i]));
        if (f && f->type == TYPE_DATE)
            return f;
    }
    return NULL;
}

// --- one register

static enum err count(struct filing *x, struct related_rows *out, struct error *e)
{
    const struct reg *r = out->reg;
    const struct workflow *w = r->workflow;
    const struct field *until = related_last_day(r);
    const int32_t today = x->m->today;
    if (w) {
        out->stages = ARENA_ARRAY(x->arena, size_t, w->n_stages);
        if (!out->stages)
            return error_memory(e);
    }
    for (size_t i = 0; i < out->n; i++) {
        const struct row_about *row = &out->rows[i];
        bool final = false;
        if (w) {
            int stage = rows_about_stage(r, row);
            final = w->stages[stage].final;
            out->stages[stage]++;
            out->open += !final;
            out->late += rows_about_late(r, row, today);
        }
        if (!until || final || row->values[until->index].null)
            continue;
        int64_t last = row->values[until->index].i;
        out->over += last < today;
        out->running_out += last >= today && last <= today + RELATED_SOON;
    }
    return ERR_OK;
}

static enum err add(struct filing *x, const struct related_rows *found, struct error *e)
{
    struct related_file *f = x->file;
    if (!found->n)
        return ERR_OK;
    struct related_rows *out = &f->list[f->n++];
    *out = *found;
    enum err code = count(x, out, e);
    f->n_rows += out->n;
    f->open += out->open;
    f->late += out->late;
    f->running_out += out->running_out;
    f->over += out->over;
    return code;
}

static bool is_placed(const struct reg *r)
{
    return r->kind == REG_ROWS && r->purpose == PURPOSE_SUPERVISION && r->facility;
}

static enum err add_placed(struct filing *x, const struct reg *r, struct error *e)
{
    const struct rows_about q = {
        .reg = r, .facility = x->file->id, .first = DATE_NONE, .last = DATE_NONE};
    struct related_rows found = {.reg = r, .by = r->facility};
    enum err code = rows_about(x->m, x->arena, &q, &found.rows, &found.n, e);
    return code ? code : add(x, &found, e);
}

// --- what belongs to those

// The field by which rows of r belong to rows of the file; the register of these in *to.
static const struct field *belongs_by(const struct filing *x, const struct reg *r,
                                      size_t n_placed, const struct related_rows **to)
{
    for (size_t i = SYSTEM_FIELDS; i < r->n_fields; i++)
        for (size_t k = 0; r->fields[i].refers && k < n_placed; k++)
            if (x->file->list[k].reg == r->fields[i].refers) {
                *to = &x->file->list[k];
                return &r->fields[i];
            }
    return NULL;
}

static enum err add_belonging(struct filing *x, const struct reg *r, size_t n_placed,
                              struct error *e)
{
    const struct related_rows *to = NULL;
    struct related_rows found = {.reg = r, .by = belongs_by(x, r, n_placed, &to)};
    size_t room = 0;
    if (!found.by)
        return ERR_OK;
    const size_t key = to->reg->key[0]->index;
    for (size_t i = 0; i < to->n; i++) {
        const struct rows_about q = {.reg = r,
                                     .by = found.by,
                                     .key = to->rows[i].values[key].s,
                                     .first = DATE_NONE,
                                     .last = DATE_NONE};
        struct row_about *rows;
        size_t n;
        if (to->rows[i].values[key].null)
            continue;
        enum err code = rows_about(x->m, x->arena, &q, &rows, &n, e);
        if (code)
            return code;
        if (found.n + n > room) {
            room = 2 * (found.n + n);
            struct row_about *grown = ARENA_ARRAY(x->arena, struct row_about, room);
            if (!grown)
                return error_memory(e);
            if (found.n)
                memcpy(grown, found.rows, found.n * sizeof *grown);
            found.rows = grown;
        }
        if (n)
            memcpy(found.rows + found.n, rows, n * sizeof *rows);
        found.n += n;
    }
    return add(x, &found, e);
}

// --- the file

static enum err read_facility(struct filing *x, struct error *e)
{
    const struct reg *r = x->m->county->pack->facilities;
    struct related_file *f = x->file;
    const struct places *p = x->m->county->places;
    const struct rows_about q = {.reg = r,
                                 .by = r->key[0],
                                 .key = p->facilities[f->facility].code,
                                 .first = DATE_NONE,
                                 .last = DATE_NONE};
    struct row_about *list;
    size_t n;
    enum err code = rows_about(x->m, x->arena, &q, &list, &n, e);
    if (!code && n)
        f->row = list[0];
    return code;
}

enum err related_facility(const struct measure *m, struct arena *a, int32_t facility,
                          struct related_file *out, struct error *e)
{
    const struct pack *p = m->county->pack;
    const struct places *places = m->county->places;
    struct filing x = {m, a, out};
    *out = (struct related_file){.facility = facility};
    if (facility < 0 || (size_t)facility >= places->n_facilities)
        return error_set(e, ERR_NOT_FOUND, "related.facility", NULL,
                         "there is no such facility");
    out->id = places->facilities[facility].id;
    out->list = ARENA_ARRAY(a, struct related_rows, p->n_registers + 1);
    enum err code = out->list ? read_facility(&x, e) : error_memory(e);
    for (size_t i = 0; !code && i < p->n_registers; i++)
        if (is_placed(&p->registers[i]))
            code = add_placed(&x, &p->registers[i], e);
    const size_t n_placed = out->n;
    for (size_t i = 0; !code && i < p->n_registers; i++) {
        const struct reg *r = &p->registers[i];
        if (r->kind == REG_ROWS && r->purpose == PURPOSE_SUPERVISION && !r->facility)
            code = add_belonging(&x, r, n_placed, e);
    }
    return code;
}

// --- case files

static enum err find_case(const struct measure *m, struct arena *a, struct str number,
                          struct related_case *out, struct error *e)
{
    const struct pack *p = m->county->pack;
    for (size_t i = 0; i < p->n_cases; i++) {
        const struct case_shape *shape = &p->cases[i];
        const struct expr **tests =
            ARENA_ARRAY(a, const struct expr *, shape->n_required + 1);
        if (!tests)
            return error_memory(e);
        struct rows_about q = {.reg = shape->reg,
                               .by = shape->reg->key[0],
                               .key = number,
                               .first = DATE_NONE,
                               .last = DATE_NONE,
                               .struck_too = true,
                               .tests = tests};
        for (size_t k = 0; k < shape->n_required; k++)
            if (shape->required[k].when)
                tests[q.n_tests++] = shape->required[k].when;
        struct row_about *list;
        size_t n, at = 0;
        enum err code = rows_about(m, a, &q, &list, &n, e);
        if (code)
            return code;
        if (!n)
            continue;
        while (at + 1 < n && list[at].struck)
            at++;
        out->shape = shape;
        out->row = list[at];
        out->number = list[at].values[shape->reg->key[0]->index].s;
        return ERR_OK;
    }
    error_set(e, ERR_NOT_FOUND, "related.case", NULL, "there is no case '" STR_FMT "'",
              STR_ARG(number));
    return error_cure(e, "look up its number in the register of cases");
}

static enum err sort_papers(struct related_case *c, struct arena *a,
                            const struct row_about *rows, size_t n, struct error *e)
{
    const struct field *item = c->shape->item;
    for (size_t i = 0; i < n; i++)
        if (!rows[i].values[item->index].null)
            c->papers[rows[i].values[item->index].i].there++;
    for (size_t k = 0; k < c->n_papers; k++) {
        c->papers[k].rows = ARENA_ARRAY(a, struct row_about, c->papers[k].there + 1);
        if (!c->papers[k].rows)
            return error_memory(e);
        c->papers[k].there = 0;
    }
    for (size_t i = 0; i < n; i++) {
        const struct datum *v = &rows[i].values[item->index];
        if (!v->null)
            c->papers[v->i].rows[c->papers[v->i].there++] = rows[i];
    }
    return ERR_OK;
}

enum err related_case(const struct measure *m, struct arena *a, struct str number,
                      struct related_case *out, struct error *e)
{
    *out = (struct related_case){0};
    enum err code = find_case(m, a, number, out, e);
    if (code)
        return code;
    const struct case_shape *shape = out->shape;
    const struct rows_about q = {.reg = shape->papers.reg,
                                 .by = shape->papers.by,
                                 .key = out->number,
                                 .first = DATE_NONE,
                                 .last = DATE_NONE,
                                 .where = shape->papers.where};
    struct row_about *rows;
    size_t n, test = 0;
    code = rows_about(m, a, &q, &rows, &n, e);
    out->n_papers = shape->n_required;
    out->papers = ARENA_ARRAY(a, struct related_paper, out->n_papers + 1);
    if (!code)
        code = out->papers ? sort_papers(out, a, rows, n, e) : error_memory(e);
    const struct datum *origin = shape->by ? &out->row.values[shape->by->index] : NULL;
    for (size_t i = 0; !code && i < out->n_papers; i++) {
        const struct case_paper *paper = &shape->required[i];
        struct related_paper *to = &out->papers[i];
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
