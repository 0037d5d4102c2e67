// SPDX-License-Identifier: AGPL-3.0-or-later
// Visits of a campaign and what the checklists say: a facility's own answers beside those
// of its inspectors. A checklist belongs to the campaign when it names one of its visits;
// a self-check does when it was made in the campaign's days at a facility that is to be
// visited.
#include "study/campaign_private.h"

#include <stdlib.h>
#include <string.h>

#include "register/imports.h"

struct visit_key {
    struct str key;
    size_t row;
};

static int by_key(const void *a, const void *b)
{
    const struct visit_key *x = a, *y = b;
    return str_compare(x->key, y->key);
}

struct answering { // one checklist
    struct making *x;
    struct campaign_answers *out;
    const struct visit_key *visits; // sorted
    size_t n_visits;
    bool *waits;       // by visit: answers of it lack photographs
    const bool *asked; // by facility: is to be visited
    const struct field *kind, *inspection;
    int self; // code of kind
};

// --- visits

enum campaign_visit campaign_visit_of(const struct making *x, const struct row_about *row,
                                      bool waits)
{
    bool made = x->c->shape->visit_made && row->tests[0];
    return !made   ? CAMPAIGN_VISIT_OPEN
           : waits ? CAMPAIGN_VISIT_WAITS
                   : CAMPAIGN_VISIT_MADE;
}

static enum err count_visits(struct making *x, const struct row_group *visits,
                             const bool *waits, bool *seen, struct error *e)
{
    struct campaign_visits *v = &x->c->visits;
    const struct reg *r = v->reg;
    if (r->workflow) {
        v->stages = ARENA_ARRAY(x->arena, size_t, r->workflow->n_stages);
        if (!v->stages)
            return error_memory(e);
    }
    for (size_t i = 0; i < visits->n; i++) {
        const struct row_about *row = &visits->rows[i];
        enum campaign_visit is = campaign_visit_of(x, row, waits[i]);
        v->planned++;
        v->made += is == CAMPAIGN_VISIT_MADE;
        v->waiting += is == CAMPAIGN_VISIT_WAITS;
        v->late += is == CAMPAIGN_VISIT_OPEN && rows_about_late(r, row, x->m->today);
        if (v->stages)
            v->stages[rows_about_stage(r, row)]++;
        if (row->facility < 0 || is == CAMPAIGN_VISIT_OPEN)
            continue;
        v->facilities += !seen[row->facility];
        seen[row->facility] = true;
    }
    return ERR_OK;
}

// --- answers

// The visit that a row names; NULL: none of the campaign's.
static const struct visit_key *visit_of(const struct answering *w,
                                        const struct row_about *row)
{
    const struct datum *v = &row->values[w->inspection->index];
    const struct visit_key key = {.key = v->s};
    return v->null ? NULL
                   : bsearch(&key, w->visits, w->n_visits, sizeof *w->visits, by_key);
}

static bool belongs(const struct answering *w, const struct row_about *row)
{
    const int32_t until = w->x->c->until;
    if (visit_of(w, row))
        return true;
    bool self =
        !row->values[w->kind->index].null && row->values[w->kind->index].i == w->self;
    return self && row->facility >= 0 && w->asked[row->facility] &&
           (until == DATE_NONE || row->date <= until);
}

static void sum_up(struct campaign_answers *out)
{
    for (size_t i = 0; i < out->found.n_facilities; i++) {
        const struct checklist_visit *seen = out->found.facilities[i].inspection;
        out->n_self += out->found.facilities[i].self != NULL;
        out->n_inspected += seen != NULL;
        out->passed += seen && out->checklist->pass > 0 &&
                       checklist_visit_critical(seen) == 0 &&
                       checklist_visit_score(seen) >= out->checklist->pass;
    }
}

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// Visits that were made and whose answers lack photographs. Answers that were imported
// have none, and none will come.
static enum err find_waiting(struct answering *w, const struct row_group *rows,
                             struct error *e)
{
    const struct checklist *x = w->out->checklist;
    int64_t *ids = ARENA_ARRAY(w->x->arena, int64_t, EXPR_BLOCK);
    size_t *owed = ARENA_ARRAY(w->x->arena, size_t, EXPR_BLOCK),
           *visits = ARENA_ARRAY(w->x->arena, size_t, EXPR_BLOCK), used = 0;
    int64_t *imported = NULL;
    size_t n_imported = 0;
    enum err code = ids && owed && visits ? ERR_OK : error_memory(e);
    if (!code && checklist_has_photos(x))
        code =
            imports_rows(w->x->m->county, x->reg, w->x->arena, &imported, &n_imported, e);
    for (size_t i = 0; !code && checklist_has_photos(x) && i < rows->n; i++) {
        const struct row_about *row = &rows->rows[i];
        const struct visit_key *visit = visit_of(w, row);
        if (visit && !(n_imported && bsearch(&row->id, imported, n_imported,
                                             sizeof *imported, by_id))) {
            ids[used] = row->id;
            visits[used++] = visit->row;
        }
        if (used < EXPR_BLOCK && i + 1 < rows->n)
            continue;
        code = checklist_photos_owed(w->x->m->county, x->reg, ids, used, w->x->arena,
                                     owed, e);
        for (size_t k = 0; !code && k < used; k++)
            w->waits[visits[k]] |= owed[k] > 0;
        used = 0;
    }
    return code;
}

static enum err read_answers(struct answering *w, struct error *e)
{
    const struct reg *r = w->out->checklist->reg;
    const int32_t begins = w->x->c->begins;
    const struct rows_about q = {.of = {.reg = r},
                                 .since = begins == DATE_NONE ? 0 : begins};
    struct row_group rows;
    w->kind = reg_field(r, STR("kind"));
    w->inspection = reg_field(r, STR("inspection"));
    if (!w->kind || !w->inspection)
        return ERR_OK;
    w->self = field_code(w->kind, STR("self"));
    enum err code = rows_about(w->x->m, w->x->arena, &q, &rows, e);
    const struct datum **values =
        ARENA_ARRAY(w->x->arena, const struct datum *, rows.n + 1);
    size_t used = 0, n_list;
    struct checklist_visit *list;
    if (!code && !values)
        code = error_memory(e);
    for (size_t i = 0; !code && i < rows.n; i++)
        if (belongs(w, &rows.rows[i]))
            values[used++] = rows.rows[i].values;
    if (!code)
        code = find_waiting(w, &rows, e);
    if (!code)
        code = checklist_visits_of(w->x->m->county, w->out->checklist, values, used,
                                   w->x->arena, &list, &n_list, e);
    if (!code)
        code = checklist_compare_visits(w->out->checklist, list, n_list, w->x->arena,
                                        &w->out->found, e);
    if (!code)
        sum_up(w->out);
    return code;
}

static enum err make_answers(struct making *x, const struct row_group *visits,
                             const bool *asked, bool *waits, struct error *e)
{
    struct campaign *c = x->c;
    const struct campaign_shape *shape = c->shape;
    const struct field *key = shape->visits.reg->n_key ? shape->visits.reg->key[0] : NULL;
    struct visit_key *keys = ARENA_ARRAY(x->arena, struct visit_key, visits->n + 1);
    c->answers = ARENA_ARRAY(x->arena, struct campaign_answers, shape->n_checklists + 1);
    if (!keys || !c->answers)
        return error_memory(e);
    size_t used = 0;
    for (size_t i = 0; i < visits->n; i++)
        if (key && !visits->rows[i].values[key->index].null)
            keys[used++] = (struct visit_key){visits->rows[i].values[key->index].s, i};
    if (used)
        qsort(keys, used, sizeof *keys, by_key);
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < shape->n_checklists; i++) {
        struct campaign_answers *out = &c->answers[c->n_answers++];
        out->checklist = shape->checklists[i];
        struct answering w = {.x = x,
                              .out = out,
                              .visits = keys,
                              .n_visits = used,
                              .waits = waits,
                              .asked = asked};
        code = read_answers(&w, e);
    }
    return code;
}

enum err campaign_visits(struct making *x, struct error *e)
{
    struct campaign *c = x->c;
    const struct campaign_shape *shape = c->shape;
    const struct expr *const tests[] = {shape->visit_made};
    const size_t places = x->m->county->places->n_facilities;
    struct row_group rows;
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
        campaign_rows(x, &shape->visits, tests, shape->visit_made ? 1 : 0, &rows, e);
    bool *waits = code ? NULL : ARENA_ARRAY(x->arena, bool, rows.n + 1);
    if (!code && !waits)
        code = error_memory(e);
    for (size_t i = 0; !code && i < rows.n; i++)
        if (rows.rows[i].facility >= 0)
            asked[rows.rows[i].facility] = true;
    if (!code)
        code = make_answers(x, &rows, asked, waits, e);
    if (!code)
        code = count_visits(x, &rows, waits, seen, e);
    if (!code)
        code = campaign_rounds(x, &rows, waits, e);
    return code;
}
