// SPDX-License-Identifier: AGPL-3.0-or-later
// The campaign itself: its row, phases, gates and targets. What is counted of rows that
// belong to it is in campaign_tasks.c and campaign_visits.c.
#include "study/campaign_private.h"

#include "register/workflow.h"

// --- the row

// With what the moves ask of the row as it is (their when:), told of it as its tests.
static enum err find(struct making *x, struct str number, struct error *e)
{
    const struct pack *p = x->m->county->pack;
    struct campaign *c = x->c;
    for (size_t i = 0; i < p->n_campaigns; i++) {
        const struct campaign_shape *shape = &p->campaigns[i];
        const struct workflow *w = shape->reg->workflow;
        struct rows_about q = rows_about_key(shape->reg, &number);
        const struct expr **tests =
            ARENA_ARRAY(x->arena, const struct expr *, w->n_moves + 1);
        struct row_group found;
        if (!tests)
            return error_memory(e);
        q.tests = tests;
        for (size_t k = 0; k < w->n_moves; k++)
            if (w->moves[k].when)
                tests[q.n_tests++] = w->moves[k].when;
        enum err code = rows_about(x->m, x->arena, &q, &found, e);
        if (code)
            return code;
        if (found.n) {
            c->shape = shape;
            c->row = found.rows[0];
            return ERR_OK;
        }
    }
    error_set(e, ERR_NOT_FOUND, "campaign.unknown", NULL,
              p->n_campaigns ? "there is no campaign '" STR_FMT "'"
                             : "the pack says of no register that it holds campaigns "
                               "('" STR_FMT "' was asked for)",
              STR_ARG(number));
    return error_cure(e, p->n_campaigns ? "look up its number in the register"
                                        : "add a file campaigns/campaign.yaml");
}

static int32_t day_of(const struct row_about *row, const struct field *f)
{
    return f && !row->values[f->index].null ? (int32_t)row->values[f->index].i
                                            : DATE_NONE;
}

static int32_t add_span(int32_t day, struct span span)
{
    if (day == DATE_NONE)
        return day;
    day = span.months ? date_add_months(day, span.months) : day;
    return day == DATE_NONE ? day : day + span.days;
}

static enum err read_row(struct making *x, struct error *e)
{
    struct campaign *c = x->c;
    const struct reg *r = c->shape->reg;
    const struct workflow *w = r->workflow;
    const struct field *due = reg_field(r, STR("stage_due")),
                       *version = &r->fields[FIELD_VERSION];
    c->id = c->row.id;
    c->version = c->row.values[version->index].i;
    c->number = c->row.values[r->key[0]->index].s;
    c->area = c->row.area;
    c->begins = day_of(&c->row, c->shape->begins);
    c->until = day_of(&c->row, c->shape->until);
    c->stage = rows_about_stage(r, &c->row);
    c->n_phases = w->n_stages;
    c->phases = ARENA_ARRAY(x->arena, struct campaign_phase, w->n_stages);
    if (!c->phases)
        return error_memory(e);
    for (size_t i = 0; i < w->n_stages; i++) {
        struct campaign_phase *phase = &c->phases[i];
        phase->stage = &w->stages[i];
        phase->time = (int)i < c->stage    ? CAMPAIGN_PAST
                      : (int)i == c->stage ? CAMPAIGN_NOW
                                           : CAMPAIGN_AHEAD;
        phase->until = w->stages[i].by ? add_span(day_of(&c->row, w->stages[i].by),
                                                  w->stages[i].within)
                                       : DATE_NONE;
        if (phase->time == CAMPAIGN_NOW) {
            int32_t kept = day_of(&c->row, due);
            phase->until = kept != DATE_NONE ? kept : phase->until;
            phase->late = rows_about_late(r, &c->row, x->m->today);
        }
    }
    c->label = rows_about_name(r, &c->row);
    return ERR_OK;
}

// --- gates

// What a move fills in itself cannot be judged before it is made.
static bool waits(const struct move *move, bool *used)
{
    expr_fields(move->when, used);
    for (size_t i = 0; i < move->n_needs; i++)
        if (used[move->needs[i]->index])
            return true;
    for (size_t i = 0; i < move->n_sets; i++)
        if (used[move->sets[i]->index])
            return true;
    return false;
}

static enum err add_gates(struct making *x, struct conn *conn, const struct move *move,
                          bool when, struct error *e)
{
    struct campaign *c = x->c;
    enum err code = ERR_OK;
    if (move->n_gates == 0)
        c->gates[c->n_gates++] = (struct campaign_gate){move, when, NULL, true, 0};
    for (size_t i = 0; !code && i < move->n_gates; i++) {
        struct campaign_gate *out = &c->gates[c->n_gates++];
        *out =
            (struct campaign_gate){.move = move, .when = when, .gate = &move->gates[i]};
        code = workflow_gate_rows(conn, out->gate, c->number, x->m->today, &out->open,
                                  &out->rows, e);
    }
    return code;
}

static enum err make_gates(struct making *x, struct error *e)
{
    struct campaign *c = x->c;
    const struct reg *r = c->shape->reg;
    const struct workflow *w = r->workflow;
    size_t room = 0, test = 0;
    struct conn *conn = NULL;
    bool *used = ARENA_ARRAY(x->arena, bool, r->n_fields * w->n_moves + 1);
    for (size_t i = 0; i < w->n_moves; i++)
        room += w->moves[i].n_gates + 1;
    c->gates = ARENA_ARRAY(x->arena, struct campaign_gate, room + 1);
    enum err code = used && c->gates ? store_read_begin(x->m->county->store, &conn, e)
                                     : error_memory(e);
    for (size_t i = 0; !code && i < w->n_moves; i++) {
        const struct move *move = &w->moves[i];
        // whether it is for a campaign like this one
        const bool when =
            !move->when || c->row.tests[test++] || waits(move, used + i * r->n_fields);
        if (move->from & 1ULL << c->stage)
            code = add_gates(x, conn, move, when, e);
    }
    store_read_end(conn);
    return code;
}

// --- targets

static enum err make_targets(struct making *x, struct error *e)
{
    struct campaign *c = x->c;
    const struct campaign_shape *shape = c->shape;
    const int32_t today = x->m->today;
    struct measure_scope scope = {
        .period = {.kind = PERIOD_DAY, .first = c->begins, .last = c->until},
        .root = measure_allows(x->m, -1, NULL) ? c->area : -1};
    c->targets = ARENA_ARRAY(x->arena, struct campaign_target, shape->n_targets + 1);
    if (!c->targets)
        return error_memory(e);
    if (scope.period.last > today)
        scope.period.last = today;
    if (!x->m->cube || c->begins == DATE_NONE || c->until == DATE_NONE ||
        scope.period.last < scope.period.first || measure_allows(x->m, scope.root, NULL))
        return ERR_OK; // it has not begun, or figures are not the caller's
    for (size_t i = 0; i < shape->n_targets; i++) {
        const struct indicator *valid = pack_indicator(
            x->m->county->pack, shape->targets[i]->name, scope.period.last);
        struct figures figures;
        if (!valid)
            continue;
        enum err code = measure_indicator(x->m, x->arena, valid, &scope, &figures, e);
        if (code)
            return code;
        c->targets[c->n_targets++] = (struct campaign_target){valid, figures.list[0]};
    }
    return ERR_OK;
}

enum err campaign_make(const struct measure *m, struct arena *a, struct str number,
                       struct campaign *out, struct error *e)
{
    struct making x = {m, a, out};
    *out = (struct campaign){.area = -1};
    enum err code = find(&x, number, e);
    if (!code)
        code = read_row(&x, e);
    if (!code)
        code = campaign_tasks(&x, e);
    if (!code)
        code = campaign_visits(&x, e);
    if (!code)
        code = campaign_findings(&x, e);
    if (!code)
        code = make_gates(&x, e);
    if (!code)
        code = make_targets(&x, e);
    return code;
}
