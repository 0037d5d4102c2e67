// SPDX-License-Identifier: AGPL-3.0-or-later
// GET /api/supervision: what is open in the registers with a workflow, campaigns, signals
// to review. GET /api/campaigns/{number}: the dashboard of one (study/campaign.h).
#include <math.h>

#include "serve/numbers.h"
#include "serve/routes.h"
#include "study/campaign.h"
#include "study/case_file.h"
#include "study/stage_counts.h"

enum { MOST_SIGNALS = 50, MOST_CASES = 100 };

static void put_count(struct json_writer *j, const struct campaign_count *c)
{
    json_put_object(j);
    put_number(j, "owed", (int64_t)c->owed);
    put_number(j, "begun", (int64_t)c->begun);
    put_number(j, "done", (int64_t)c->done);
    put_number(j, "late", (int64_t)c->late);
    json_put_object_end(j);
}

// --- what is open

static enum err put_register(struct request *q, const struct reg *r, int32_t root,
                             struct error *e)
{
    struct json_writer *j = answer_json(q);
    struct stage_count *counts;
    size_t open = 0, late = 0;
    enum err code = stage_counts(&q->measure, q->arena, r, root, &counts, e);
    if (code)
        return code;
    json_put_object(j);
    put_text(j, "register", r->name);
    put_label(j, "label", r->label);
    put_key(j, "stages");
    json_put_array(j);
    for (size_t i = 0; i < r->workflow->n_stages; i++) {
        const struct stage *s = &r->workflow->stages[i];
        json_put_object(j);
        put_text(j, "name", s->name);
        put_label(j, "label", s->label);
        put_yes(j, "final", s->final);
        put_number(j, "count", (int64_t)counts[i].n);
        put_number(j, "late", (int64_t)counts[i].late);
        json_put_object_end(j);
        open += s->final ? 0 : counts[i].n;
        late += counts[i].late;
    }
    json_put_array_end(j);
    put_number(j, "open", (int64_t)open);
    put_number(j, "late", (int64_t)late);
    json_put_object_end(j);
    return ERR_OK;
}

static enum err put_registers(struct request *q, int32_t root, struct error *e)
{
    const struct pack *p = q->county->pack;
    struct json_writer *j = answer_json(q);
    enum err code = ERR_OK;
    put_key(j, "registers");
    json_put_array(j);
    for (size_t i = 0; !code && i < p->n_registers; i++)
        if (p->registers[i].workflow &&
            !access_read_some(&q->who, &p->registers[i], NULL))
            code = put_register(q, &p->registers[i], root, e);
    json_put_array_end(j);
    return code;
}

static int32_t day_in(const struct row_about *row, const struct field *f)
{
    return f && !row->values[f->index].null ? (int32_t)row->values[f->index].i
                                            : DATE_NONE;
}

static void put_head(struct request *q, const struct campaign_shape *shape,
                     const struct row_about *row)
{
    struct json_writer *j = answer_json(q);
    const struct reg *r = shape->reg;
    const struct stage *stage = &r->workflow->stages[rows_about_stage(r, row)];
    json_put_object(j);
    put_text(j, "register", r->name);
    put_id(j, "id", row->id);
    put_text(j, "number", row->values[r->key[0]->index].s);
    put_label(j, "label", rows_about_name(r, row));
    put_key(j, "area");
    numbers_area(j, q, row->area);
    put_day(j, "begins", day_in(row, shape->begins));
    put_day(j, "until", day_in(row, shape->until));
    put_text(j, "stage", stage->name);
    put_label(j, "stage_label", stage->label);
    put_day(j, "stage_until", day_in(row, reg_field(r, STR("stage_due"))));
    put_yes(j, "final", stage->final);
    put_yes(j, "late", rows_about_late(r, row, q->measure.today));
    json_put_object_end(j);
}

// Campaigns of the area, of what lies in it and of what it lies in.
static bool concerns(const struct request *q, const struct row_about *row, int32_t root)
{
    const struct places *p = q->county->places;
    return root < 0 || row->area < 0 || places_within(p, row->area, root) ||
           places_within(p, root, row->area);
}

static enum err put_campaigns(struct request *q, int32_t root, struct error *e)
{
    const struct pack *p = q->county->pack;
    enum err code = ERR_OK;
    put_key(answer_json(q), "campaigns");
    json_put_array(answer_json(q));
    for (size_t i = 0; !code && i < p->n_campaigns; i++) {
        const struct rows_about all = {.of = {.reg = p->campaigns[i].reg}};
        struct row_group found;
        code = rows_about(&q->measure, q->arena, &all, &found, e);
        for (size_t k = found.n; !code && k-- > 0;) // the latest first
            if (concerns(q, &found.rows[k], root))
                put_head(q, &p->campaigns[i], &found.rows[k]);
    }
    json_put_array_end(answer_json(q));
    return code;
}

// A case that is still open and whose file lacks a paper.
static enum err put_case(struct request *q, const struct reg *r,
                         const struct row_about *row, struct error *e)
{
    struct json_writer *j = answer_json(q);
    struct case_about c;
    enum err code =
        case_file_about(&q->measure, q->arena, row->values[r->key[0]->index].s, &c, e);
    if (code || !c.missing)
        return code;
    json_put_object(j);
    put_text(j, "register", r->name);
    put_id(j, "id", row->id);
    put_text(j, "number", c.number);
    put_key(j, "facility");
    numbers_facility(j, q, row->facility);
    put_number(j, "required", (int64_t)c.required);
    put_key(j, "missing");
    json_put_array(j);
    for (size_t i = 0; i < c.n_papers; i++)
        if (c.papers[i].required && !c.papers[i].there) {
            json_put_object(j);
            put_text(j, "en", c.papers[i].paper->label.en);
            put_text(j, "zh", c.papers[i].paper->label.zh);
            json_put_object_end(j);
        }
    json_put_array_end(j);
    json_put_object_end(j);
    return ERR_OK;
}

static enum err put_cases(struct request *q, int32_t root, struct error *e)
{
    const struct pack *p = q->county->pack;
    enum err code = ERR_OK;
    size_t looked = 0;
    put_key(answer_json(q), "cases");
    json_put_array(answer_json(q));
    for (size_t i = 0; !code && i < p->n_cases; i++) {
        const struct reg *r = p->cases[i].reg;
        const struct rows_about all = {.of = {.reg = r}};
        struct row_group found;
        code = rows_about(&q->measure, q->arena, &all, &found, e);
        for (size_t k = found.n; !code && k-- > 0 && looked < MOST_CASES;) {
            const struct row_about *row = &found.rows[k];
            bool over =
                r->workflow && r->workflow->stages[rows_about_stage(r, row)].final;
            if (over || !concerns(q, row, root))
                continue;
            looked++;
            code = put_case(q, r, row, e);
        }
    }
    json_put_array_end(answer_json(q));
    return code;
}

static enum err put_reviews(struct request *q, int32_t root, struct error *e)
{
    int32_t today = q->measure.today, first = date_add_months(today, -12);
    struct overview_signal *list;
    size_t n, kept = 0;
    enum err code =
        overview_signals(&q->measure, q->arena, root, first == DATE_NONE ? today : first,
                         today, 500, &list, &n, e);
    for (size_t i = 0; !code && i < n && kept < MOST_SIGNALS; i++)
        if (list[i].review &&
            (!list[i].finding.n || str_equal_c(list[i].finding, "open")))
            list[kept++] = list[i];
    if (code)
        return code;
    put_key(answer_json(q), "signals");
    numbers_signals(answer_json(q), q, list, kept);
    return ERR_OK;
}

enum err campaigns_overview(struct request *q, struct error *e)
{
    int32_t root = -1;
    enum err code = request_query(q, "area").n ? request_area(q, &root, e) : ERR_OK;
    if (code)
        return code;
    json_put_object(answer_json(q));
    code = put_campaigns(q, root, e);
    if (!code)
        code = put_registers(q, root, e);
    if (!code)
        code = put_cases(q, root, e);
    if (!code)
        code = put_reviews(q, root, e);
    if (!code)
        code = numbers_made(answer_json(q), q, e);
    json_put_object_end(answer_json(q));
    return code;
}

// --- one campaign

static void put_phases(struct json_writer *j, const struct campaign *c)
{
    static const char *const times[] = {
        [CAMPAIGN_PAST] = "past", [CAMPAIGN_NOW] = "now", [CAMPAIGN_AHEAD] = "ahead"};
    put_key(j, "phases");
    json_put_array(j);
    for (size_t i = 0; i < c->n_phases; i++) {
        const struct campaign_phase *p = &c->phases[i];
        json_put_object(j);
        put_text(j, "name", p->stage->name);
        put_label(j, "label", p->stage->label);
        put_text(j, "time", str_of(times[p->time]));
        put_day(j, "until", p->until);
        put_yes(j, "late", p->late);
        put_yes(j, "final", p->stage->final);
        put_key(j, "count");
        put_count(j, &p->count);
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static void put_gates(struct json_writer *j, const struct campaign *c)
{
    const struct workflow *w = c->shape->reg->workflow;
    put_key(j, "gates");
    json_put_array(j);
    for (size_t i = 0; i < c->n_gates; i++) {
        const struct campaign_gate *g = &c->gates[i];
        json_put_object(j);
        put_text(j, "move", g->move->name);
        put_label(j, "label", g->move->label);
        put_text(j, "to", w->stages[g->move->to].name);
        put_yes(j, "applies", g->when);
        put_yes(j, "open", g->open);
        put_number(j, "rows", g->rows);
        if (g->gate) {
            put_label(j, "text", g->gate->text);
        } else {
            put_key(j, "text");
            json_put_null(j);
        }
        const struct reg *r = !g->gate            ? NULL
                              : g->gate->none.reg ? g->gate->none.reg
                                                  : g->gate->some.reg;
        put_text_or_null(j, "register", r ? r->name : (struct str){0});
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static void put_bodies(struct request *q, const struct campaign *c)
{
    struct json_writer *j = answer_json(q);
    put_key(j, "bodies");
    json_put_array(j);
    for (size_t i = 0; i < c->n_bodies; i++) {
        const struct campaign_body *b = &c->bodies[i];
        json_put_object(j);
        put_text(j, "key", b->key);
        put_label(j, "label", b->label);
        put_key(j, "area");
        numbers_area(j, q, b->area);
        put_key(j, "phases");
        json_put_array(j);
        for (size_t k = 0; k < c->n_phases; k++)
            put_count(j, &b->phases[k]);
        json_put_array_end(j);
        put_key(j, "all");
        put_count(j, &b->all);
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static void put_tasks(struct json_writer *j, const struct campaign *c)
{
    const struct reg *r = c->shape->tasks.reg;
    put_key(j, "tasks");
    json_put_array(j);
    for (size_t i = 0; i < c->n_tasks; i++) {
        const struct campaign_task *t = &c->task[i];
        const struct stage *stage = &r->workflow->stages[t->stage];
        json_put_object(j);
        put_id(j, "id", t->id);
        put_number(j, "body", (int64_t)t->body);
        put_number(j, "phase", t->phase);
        put_label(j, "item",
                  t->item >= 0 ? c->shape->task_item->codes[t->item].label
                               : (struct label){STR(""), STR("")});
        put_label(j, "stage", stage->label);
        put_yes(j, "done", stage->final);
        put_yes(j, "late", t->late);
        put_day(j, "due", t->due);
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static void put_visits(struct json_writer *j, const struct campaign *c)
{
    const struct campaign_visits *v = &c->visits;
    put_key(j, "visits");
    json_put_object(j);
    put_text_or_null(j, "register", v->reg ? v->reg->name : (struct str){0});
    put_number(j, "planned", (int64_t)v->planned);
    put_number(j, "made", (int64_t)v->made);
    put_number(j, "waiting", (int64_t)v->waiting);
    put_number(j, "late", (int64_t)v->late);
    put_number(j, "facilities", (int64_t)v->facilities);
    put_double(j, "wanted", v->wanted < 0 ? NAN : (double)v->wanted);
    put_key(j, "rounds");
    json_put_array(j);
    for (size_t i = 0; i < v->n_rounds; i++) {
        const struct campaign_round *x = &v->rounds[i];
        json_put_object(j);
        put_text(j, "team", x->team);
        put_label(j, "label", x->label);
        put_day(j, "on", x->on);
        put_number(j, "planned", (int64_t)x->planned);
        put_number(j, "made", (int64_t)x->made);
        put_number(j, "waiting", (int64_t)x->waiting);
        put_number(j, "late", (int64_t)x->late);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    json_put_object_end(j);
}

static void put_severity(struct json_writer *j, const struct campaign_findings *f,
                         size_t severity)
{
    bool named = f->severity && severity < f->severity->n_codes;
    json_put_object(j);
    put_text_or_null(j, "severity",
                     named ? f->severity->codes[severity].value : (struct str){0});
    put_label(j, "label",
              named ? f->severity->codes[severity].label
                    : (struct label){STR("not recorded"), STR("未填写")});
    put_key(j, "counts");
    json_put_array(j);
    for (size_t i = 0; i < f->n_stages; i++)
        json_put_int(j, (int64_t)f->counts[severity * f->n_stages + i]);
    json_put_array_end(j);
    json_put_object_end(j);
}

static void put_findings(struct json_writer *j, const struct campaign_findings *f)
{
    put_key(j, "findings");
    if (!f->reg) {
        json_put_null(j);
        return;
    }
    json_put_object(j);
    put_text(j, "register", f->reg->name);
    put_text_or_null(j, "severity_field",
                     f->severity ? f->severity->name : (struct str){0});
    put_number(j, "n", (int64_t)f->n);
    put_number(j, "late", (int64_t)f->late);
    put_key(j, "stages");
    json_put_array(j);
    for (size_t i = 0; i < f->n_stages; i++) {
        json_put_object(j);
        put_text(j, "name", f->reg->workflow->stages[i].name);
        put_label(j, "label", f->reg->workflow->stages[i].label);
        put_yes(j, "final", f->reg->workflow->stages[i].final);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    put_key(j, "rows");
    json_put_array(j);
    for (size_t i = 0; f->counts && i < f->n_severities; i++)
        put_severity(j, f, i);
    json_put_array_end(j);
    json_put_object_end(j);
}

static void put_compared(struct request *q, const struct campaign_answers *x)
{
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_text(j, "register", x->checklist->name);
    put_label(j, "label", x->checklist->label);
    put_double(j, "pass", x->checklist->pass > 0 ? x->checklist->pass : NAN);
    put_number(j, "self", (int64_t)x->n_self);
    put_number(j, "inspected", (int64_t)x->n_inspected);
    put_number(j, "passed", (int64_t)x->passed);
    put_double(j, "mean_self", x->found.mean_self);
    put_double(j, "mean_inspection", x->found.mean_inspection);
    put_number(j, "same", x->found.all.same);
    put_number(j, "both", x->found.all.n);
    put_key(j, "facilities");
    json_put_array(j);
    for (size_t i = 0; i < x->found.n_facilities; i++) {
        const struct compare_facility *f = &x->found.facilities[i];
        const struct checklist_visit *self = f->self, *seen = f->inspection;
        json_put_object(j);
        put_key(j, "facility");
        numbers_facility(j, q, f->facility);
        put_double(j, "self", self ? checklist_visit_score(self) : NAN);
        put_double(j, "inspection", seen ? checklist_visit_score(seen) : NAN);
        put_day(j, "self_on", self ? self->on : DATE_NONE);
        put_day(j, "inspected_on", seen ? seen->on : DATE_NONE);
        put_number(j, "critical", seen ? checklist_visit_critical(seen) : 0);
        put_number(j, "same", f->counts.same);
        put_number(j, "both", f->counts.n);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    json_put_object_end(j);
}

static void put_targets(struct json_writer *j, const struct campaign *c)
{
    put_key(j, "targets");
    json_put_array(j);
    for (size_t i = 0; i < c->n_targets; i++) {
        json_put_object(j);
        put_text(j, "indicator", c->targets[i].indicator->name);
        put_key(j, "figure");
        numbers_figure(j, &c->targets[i].figure);
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static void put_campaign(struct request *q, const struct campaign *c)
{
    struct json_writer *j = answer_json(q);
    put_text(j, "register", c->shape->reg->name);
    put_id(j, "id", c->id);
    put_number(j, "version", c->version);
    put_text(j, "number", c->number);
    put_label(j, "label", c->label);
    put_key(j, "area");
    numbers_area(j, q, c->area);
    put_day(j, "begins", c->begins);
    put_day(j, "until", c->until);
    put_text(j, "stage", c->phases[c->stage].stage->name);
    put_text(j, "task_register", c->shape->tasks.reg->name);
    put_key(j, "count");
    put_count(j, &c->tasks);
    put_phases(j, c);
    put_gates(j, c);
    put_bodies(q, c);
    put_tasks(j, c);
    put_visits(j, c);
    put_findings(j, &c->findings);
    put_key(j, "checklists");
    json_put_array(j);
    for (size_t i = 0; i < c->n_answers; i++)
        put_compared(q, &c->answers[i]);
    json_put_array_end(j);
    put_targets(j, c);
}

enum err campaigns_one(struct request *q, struct error *e)
{
    struct campaign c;
    enum err code =
        campaign_make(&q->measure, q->arena, request_path(q, "number"), &c, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_campaign(q, &c);
    code = numbers_made(j, q, e);
    json_put_object_end(j);
    return code;
}
