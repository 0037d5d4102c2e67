// SPDX-License-Identifier: AGPL-3.0-or-later
// What bodies owe a campaign, and its findings.
#include "study/campaign_private.h"

#include <stdlib.h>

enum err campaign_rows(struct making *x, const struct related *related,
                       const struct expr *const *tests, size_t n_tests,
                       struct row_group *out, struct error *e)
{
    const struct rows_about q = {.of = *related,
                                 .keys = &x->c->number,
                                 .n_keys = 1,
                                 .tests = tests,
                                 .n_tests = n_tests};
    return rows_about(x->m, x->arena, &q, out, e);
}

static void add(struct campaign_count *to, bool final, int stage, bool late)
{
    to->owed++;
    to->done += final;
    to->begun += !final && stage > 0;
    to->late += late;
}

// A task without a body is owed by its area.
static struct str body_key(const struct making *x, const struct row_about *row)
{
    const struct field *f = x->c->shape->task_body;
    if (f && !row->values[f->index].null)
        return row->values[f->index].s;
    return row->area >= 0 ? x->m->county->places->areas[row->area].code : STR("");
}

static enum err label_body(struct making *x, struct campaign_body *body, struct error *e)
{
    const struct field *f = x->c->shape->task_body;
    const struct places *p = x->m->county->places;
    body->label = (struct label){body->key, body->key};
    if (f && f->refers)
        return rows_about_label(x->m, x->arena, f->refers, body->key, &body->label, e);
    if (body->area >= 0)
        body->label = (struct label){area_name(&p->areas[body->area], false),
                                     area_name(&p->areas[body->area], true)};
    return ERR_OK;
}

static enum err body_of(struct making *x, const struct row_about *row, size_t *out,
                        struct error *e)
{
    struct campaign *c = x->c;
    struct str key = body_key(x, row);
    for (*out = 0; *out < c->n_bodies; (*out)++)
        if (str_equal(c->bodies[*out].key, key))
            return ERR_OK;
    struct campaign_body *body = &c->bodies[c->n_bodies++];
    *body = (struct campaign_body){.key = key, .area = row->area};
    body->phases = ARENA_ARRAY(x->arena, struct campaign_count, c->n_phases);
    return body->phases ? label_body(x, body, e) : error_memory(e);
}

static int phase_of(const struct making *x, const struct row_about *row)
{
    const struct field *f = x->c->shape->task_phase;
    if (!f || row->values[f->index].null)
        return -1;
    struct str name = f->codes[row->values[f->index].i].value;
    for (size_t i = 0; i < x->c->n_phases; i++)
        if (str_equal(x->c->phases[i].stage->name, name))
            return (int)i;
    return -1;
}

static void fill_task(const struct making *x, const struct row_about *row,
                      struct campaign_task *t)
{
    const struct campaign_shape *shape = x->c->shape;
    const struct reg *r = shape->tasks.reg;
    const struct field *due = reg_field(r, STR("stage_due"));
    const struct field *item = shape->task_item;
    t->id = row->id;
    t->phase = phase_of(x, row);
    t->item =
        item && !row->values[item->index].null ? (int)row->values[item->index].i : -1;
    t->stage = rows_about_stage(r, row);
    t->due = r->date ? row->date : DATE_NONE;
    if (t->due == DATE_NONE && due && !row->values[due->index].null)
        t->due = (int32_t)row->values[due->index].i;
    t->late = rows_about_late(r, row, x->m->today);
}

// The one with most that is late first, then with most still to do.
static int by_need(const void *a, const void *b)
{
    const struct campaign_body *x = a, *y = b;
    size_t left = x->all.owed - x->all.done, right = y->all.owed - y->all.done;
    if (x->all.late != y->all.late)
        return x->all.late > y->all.late ? -1 : 1;
    if (left != right)
        return left > right ? -1 : 1;
    return str_compare(x->key, y->key);
}

// Tasks name bodies by their number, which sorting changes.
static enum err sort_bodies(struct making *x, struct error *e)
{
    struct campaign *c = x->c;
    struct str *keys = ARENA_ARRAY(x->arena, struct str, c->n_bodies + 1);
    if (!keys)
        return error_memory(e);
    for (size_t i = 0; i < c->n_bodies; i++)
        keys[i] = c->bodies[i].key;
    if (c->n_bodies)
        qsort(c->bodies, c->n_bodies, sizeof *c->bodies, by_need);
    for (size_t i = 0; i < c->n_tasks; i++) {
        struct str key = keys[c->task[i].body];
        size_t k = 0;
        while (!str_equal(c->bodies[k].key, key))
            k++;
        c->task[i].body = k;
    }
    return ERR_OK;
}

enum err campaign_tasks(struct making *x, struct error *e)
{
    struct campaign *c = x->c;
    const struct reg *r = c->shape->tasks.reg;
    struct row_group rows;
    enum err code = campaign_rows(x, &c->shape->tasks, NULL, 0, &rows, e);
    if (code)
        return code;
    c->task = ARENA_ARRAY(x->arena, struct campaign_task, rows.n + 1);
    c->bodies = ARENA_ARRAY(x->arena, struct campaign_body, rows.n + 1);
    if (!c->task || !c->bodies)
        return error_memory(e);
    for (size_t i = 0; !code && i < rows.n; i++) {
        struct campaign_task *t = &c->task[c->n_tasks++];
        fill_task(x, &rows.rows[i], t);
        code = body_of(x, &rows.rows[i], &t->body, e);
        if (code)
            break;
        bool final = r->workflow->stages[t->stage].final;
        add(&c->tasks, final, t->stage, t->late);
        add(&c->bodies[t->body].all, final, t->stage, t->late);
        if (t->phase < 0)
            continue;
        add(&c->phases[t->phase].count, final, t->stage, t->late);
        add(&c->bodies[t->body].phases[t->phase], final, t->stage, t->late);
    }
    return code ? code : sort_bodies(x, e);
}

enum err campaign_findings(struct making *x, struct error *e)
{
    struct campaign_findings *f = &x->c->findings;
    const struct campaign_shape *shape = x->c->shape;
    struct row_group found;
    if (!shape->findings.reg)
        return ERR_OK;
    enum err code = campaign_rows(x, &shape->findings, NULL, 0, &found, e);
    if (code)
        return code;
    f->reg = shape->findings.reg;
    f->severity = shape->severity;
    f->n_severities = (f->severity ? f->severity->n_codes : 0) + 1;
    f->n_stages = f->reg->workflow->n_stages;
    f->counts = ARENA_ARRAY(x->arena, size_t, f->n_severities * f->n_stages);
    if (!f->counts)
        return error_memory(e);
    for (size_t i = 0; i < found.n; i++) {
        const struct row_about *row = &found.rows[i];
        const struct datum *v = f->severity ? &row->values[f->severity->index] : NULL;
        size_t severity = v && !v->null ? (size_t)v->i : f->n_severities - 1;
        f->counts[severity * f->n_stages + (size_t)rows_about_stage(f->reg, row)]++;
        f->n++;
        f->late += rows_about_late(f->reg, row, x->m->today);
    }
    return ERR_OK;
}
