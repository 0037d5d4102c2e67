// SPDX-License-Identifier: AGPL-3.0-or-later
// Visits of a campaign and what the checklists say: a facility's own answers beside those
// of its inspectors. A checklist belongs to the campaign when it names one of its visits;
// a self-check does when it was made in the campaign's days at a facility that is to be
// visited.
#include "study/campaign_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_text(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

struct answering { // one checklist
    struct making *x;
    struct campaign_answers *out;
    const struct str *visits; // keys, sorted
    size_t n_visits;
    const bool *asked; // by facility: is to be visited
    const struct field *kind, *score, *critical, *inspection;
    int self;                             // code of kind
    const struct row_about **own, **seen; // latest rows by facility of the list
};

// --- visits

static enum err count_visits(struct making *x, const struct row_about *rows, size_t n,
                             bool *asked, bool *seen, struct error *e)
{
    struct campaign_visits *v = &x->c->visits;
    const struct reg *r = v->reg;
    if (r->workflow) {
        v->stages = ARENA_ARRAY(x->arena, size_t, r->workflow->n_stages);
        if (!v->stages)
            return error_memory(e);
    }
    for (size_t i = 0; i < n; i++) {
        bool made = x->c->shape->visit_made && rows[i].tests[0];
        v->planned++;
        v->made += made;
        v->late += !made && rows_about_late(r, &rows[i], x->m->today);
        if (v->stages)
            v->stages[rows_about_stage(r, &rows[i])]++;
        if (rows[i].facility < 0)
            continue;
        asked[rows[i].facility] = true;
        v->facilities += made && !seen[rows[i].facility];
        seen[rows[i].facility] |= made;
    }
    return ERR_OK;
}

// --- answers

static bool belongs(const struct answering *w, const struct row_about *row)
{
    const struct datum *v = &row->values[w->inspection->index];
    const int32_t until = w->x->c->until;
    if (!v->null && bsearch(&v->s, w->visits, w->n_visits, sizeof *w->visits, by_text))
        return true;
    bool self =
        !row->values[w->kind->index].null && row->values[w->kind->index].i == w->self;
    return self && row->facility >= 0 && w->asked[row->facility] &&
           (until == DATE_NONE || row->date <= until);
}

static size_t facility_of(struct answering *w, int32_t facility)
{
    size_t i = 0;
    while (i < w->out->n && w->out->facilities[i].facility != facility)
        i++;
    if (i == w->out->n)
        w->out->facilities[w->out->n++] =
            (struct campaign_compared){.facility = facility,
                                       .self = NAN,
                                       .inspection = NAN,
                                       .self_on = DATE_NONE,
                                       .inspected_on = DATE_NONE};
    return i;
}

// Rows come by date, so a later one takes the place of an earlier. A re-inspection is not
// set beside the self-check: things were put right in between.
static void take(struct answering *w, const struct row_about *row)
{
    const struct datum *kind = &row->values[w->kind->index];
    if (row->facility < 0 || kind->null)
        return;
    size_t i = facility_of(w, row->facility);
    if (kind->i == w->self)
        w->own[i] = row;
    else if (!w->seen[i] || str_equal_c(w->kind->codes[kind->i].value, "inspection"))
        w->seen[i] = row;
}

static bool same_answer(const struct field *f, const struct datum *a,
                        const struct datum *b)
{
    if (f->type == TYPE_DECIMAL)
        return a->d == b->d;
    return f->type == TYPE_TEXT ? str_equal(a->s, b->s) : a->i == b->i;
}

static void compare(const struct checklist *list, const struct row_about *own,
                    const struct row_about *seen, struct campaign_compared *out)
{
    for (size_t s = 0; s < list->n_sections; s++)
        for (size_t i = 0; i < list->sections[s].n_items; i++) {
            const struct checklist_item *item = &list->sections[s].items[i];
            size_t at = item->field->index;
            if (!item->n_scores || own->values[at].null || seen->values[at].null)
                continue; // only what is judged and was asked of both
            out->both++;
            out->same += same_answer(item->field, &own->values[at], &seen->values[at]);
        }
}

static double number(const struct field *f, const struct row_about *row)
{
    return f && !row->values[f->index].null ? row->values[f->index].d : NAN;
}

static void sum_up(struct answering *w)
{
    struct campaign_answers *out = w->out;
    double self = 0, inspection = 0;
    size_t pairs = 0;
    for (size_t i = 0; i < out->n; i++) {
        struct campaign_compared *f = &out->facilities[i];
        if (w->own[i]) {
            f->self = number(w->score, w->own[i]);
            f->self_on = w->own[i]->date;
            out->n_self++;
        }
        if (w->seen[i]) {
            f->inspection = number(w->score, w->seen[i]);
            f->inspected_on = w->seen[i]->date;
            if (w->critical && !w->seen[i]->values[w->critical->index].null)
                f->critical = (int)w->seen[i]->values[w->critical->index].i;
            out->n_inspected++;
            out->passed += out->checklist->pass > 0 && f->critical == 0 &&
                           f->inspection >= out->checklist->pass;
        }
        if (w->own[i] && w->seen[i])
            compare(out->checklist, w->own[i], w->seen[i], f);
        if (!isnan(f->self) && !isnan(f->inspection)) {
            self += f->self;
            inspection += f->inspection;
            pairs++;
        }
        out->same += f->same;
        out->both += f->both;
    }
    out->mean_self = pairs ? self / (double)pairs : NAN;
    out->mean_inspection = pairs ? inspection / (double)pairs : NAN;
}

static int by_facility(const void *a, const void *b)
{
    const struct campaign_compared *x = a, *y = b;
    return (x->facility > y->facility) - (x->facility < y->facility);
}

static enum err read_answers(struct answering *w, struct error *e)
{
    const struct reg *r = w->out->checklist->reg;
    const struct rows_about q = {.reg = r, .first = w->x->c->begins, .last = DATE_NONE};
    struct row_about *rows;
    size_t n;
    w->kind = reg_field(r, STR("kind"));
    w->score = reg_field(r, STR("score"));
    w->critical = reg_field(r, STR("critical"));
    w->inspection = reg_field(r, STR("inspection"));
    if (!w->kind || !w->inspection)
        return ERR_OK;
    w->self = field_code(w->kind, STR("self"));
    enum err code = rows_about(w->x->m, w->x->arena, &q, &rows, &n, e);
    if (code)
        return code;
    w->out->facilities = ARENA_ARRAY(w->x->arena, struct campaign_compared, n + 1);
    w->own = ARENA_ARRAY(w->x->arena, const struct row_about *, n + 1);
    w->seen = ARENA_ARRAY(w->x->arena, const struct row_about *, n + 1);
    if (!w->out->facilities || !w->own || !w->seen)
        return error_memory(e);
    for (size_t i = 0; i < n; i++)
        if (belongs(w, &rows[i]))
            take(w, &rows[i]);
    sum_up(w);
    if (w->out->n)
        qsort(w->out->facilities, w->out->n, sizeof *w->out->facilities, by_facility);
    return ERR_OK;
}

static enum err make_answers(struct making *x, const struct row_about *visits, size_t n,
                             const bool *asked, struct error *e)
{
    struct campaign *c = x->c;
    const struct campaign_shape *shape = c->shape;
    const struct field *key = shape->visits.reg->n_key ? shape->visits.reg->key[0] : NULL;
    struct str *keys = ARENA_ARRAY(x->arena, struct str, n + 1);
    c->answers = ARENA_ARRAY(x->arena, struct campaign_answers, shape->n_checklists + 1);
    if (!keys || !c->answers)
        return error_memory(e);
    size_t used = 0;
    for (size_t i = 0; i < n; i++)
        if (key && !visits[i].values[key->index].null)
            keys[used++] = visits[i].values[key->index].s;
    if (used)
        qsort(keys, used, sizeof *keys, by_text);
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < shape->n_checklists; i++) {
        struct campaign_answers *out = &c->answers[c->n_answers++];
        out->checklist = shape->checklists[i];
        struct answering w = {
            .x = x, .out = out, .visits = keys, .n_visits = used, .asked = asked};
        code = read_answers(&w, e);
    }
    return code;
}

enum err campaign_visits(struct making *x, struct error *e)
{
    struct campaign *c = x->c;
    const struct campaign_shape *shape = c->shape;
    const struct expr *const tests[] = {shape->visit_made};
    size_t n, places = x->m->county->places->n_facilities;
    struct row_about *rows;
    bool *asked = ARENA_ARRAY(x->arena, bool, places + 1),
         *seen = ARENA_ARRAY(x->arena, bool, places + 1);
    if (!asked || !seen)
        return error_memory(e);
    c->visits.reg = shape->visits.reg;
    c->visits.wanted = -1;
    if (shape->planned && !c->row.values[shape->planned->index].null)
        c->visits.wanted = c->row.values[shape->planned->index].i;
    if (!shape->visits.reg)
        return ERR_OK;
    enum err code =
        campaign_rows(x, &shape->visits, tests, shape->visit_made ? 1 : 0, &rows, &n, e);
    if (!code)
        code = count_visits(x, rows, n, asked, seen, e);
    if (!code)
        code = campaign_rounds(x, rows, n, e);
    if (!code)
        code = make_answers(x, rows, n, asked, e);
    return code;
}
