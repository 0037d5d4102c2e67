// SPDX-License-Identifier: AGPL-3.0-or-later
// What there is: the pack, as the pages need it. Nothing about rows but the months that
// have any.
#include <string.h>

#include "pack/engines.h"
#include "pack/expr.h"
#include "serve/checklists.h"
#include "serve/routes.h"
#include "serve/rows_json.h"

// --- registers

static void put_code(struct json_writer *j, struct str value, struct label label)
{
    json_put_object(j);
    put_text_or_null(j, "value", value);
    put_label(j, "label", label);
    json_put_object_end(j);
}

static void put_codes(struct json_writer *j, const char *key, const struct code *codes,
                      size_t n)
{
    put_key(j, key);
    json_put_array(j);
    for (size_t i = 0; i < n; i++)
        put_code(j, codes[i].value, codes[i].label);
    json_put_array_end(j);
}

static struct str severity_name(enum severity s)
{
    return s == SEVERITY_NOTE      ? STR("note")
           : s == SEVERITY_WARNING ? STR("warning")
                                   : STR("error");
}

// One that is nested too deeply for JSON is for the server alone: a browser that does not
// know an operation says nothing of the rule.
static enum err put_when(struct json_writer *j, const struct rule *rule, struct buf *when,
                         struct error *e)
{
    put_key(j, "when");
    buf_clear(when);
    expr_json(rule->when, when);
    json_put_raw(j, when->failed ? STR("[\"unknown\"]") : buf_str(when));
    return when->no_memory ? error_memory(e) : ERR_OK;
}

static enum err put_rules(struct request *q, const char *key, const struct rule *rules,
                          size_t n, struct error *e)
{
    struct json_writer *j = answer_json(q);
    struct buf when = BUF_INIT(1 << 20);
    enum err code = ERR_OK;
    put_key(j, key);
    json_put_array(j);
    for (size_t i = 0; !code && i < n; i++) {
        json_put_object(j);
        put_text_or_null(j, "name", rules[i].name);
        put_label(j, "label", rules[i].label);
        put_label(j, "cure", rules[i].cure);
        put_text_or_null(j, "severity", severity_name(rules[i].severity));
        code = put_when(j, &rules[i], &when, e);
        put_text_or_null(j, "text", rules[i].text);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    buf_free(&when);
    return code;
}

static bool is_key(const struct reg *r, const struct field *f)
{
    for (size_t i = 0; i < r->n_key; i++)
        if (r->key[i] == f)
            return true;
    return false;
}

static enum err put_field(struct request *q, const struct reg *r, const struct field *f,
                          struct error *e)
{
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_text_or_null(j, "name", f->name);
    put_text_or_null(
        j, "type",
        str_of(f->type == TYPE_NONE ? type_name(TYPE_INT) : type_name(f->type)));
    put_label(j, "label", f->label);
    put_label(j, "unit", f->unit);
    put_label(j, "help", f->help);
    put_yes(j, "required", f->required);
    put_yes(j, "identifies", f->identifies);
    put_yes(j, "system", f->system);
    put_yes(j, "key", is_key(r, f));
    if (f->has_min) {
        put_key(j, "min");
        json_put_double(j, f->min);
    }
    if (f->has_max) {
        put_key(j, "max");
        json_put_double(j, f->max);
    }
    if (f->type == TYPE_TEXT || f->type == TYPE_NAME)
        put_number(j, "max_length", f->max_length ? (int64_t)f->max_length : 500);
    if (f->type == TYPE_CODE)
        put_codes(j, "codes", f->codes, f->n_codes);
    if (f->level.n)
        put_text_or_null(j, "level", f->level);
    if (f->type == TYPE_PERIOD)
        put_text_or_null(j, "period_kind", str_of(period_kind_name(f->period_kind)));
    enum err code = put_rules(q, "rules", f->rules, f->n_rules, e);
    json_put_object_end(j);
    return code;
}

static void put_due(struct json_writer *j, const struct due *due)
{
    put_key(j, "due");
    json_put_object(j);
    put_text_or_null(j, "every", str_of(period_kind_name(due->every)));
    put_number(j, "by_day", due->by_day);
    if (due->level.n)
        put_text_or_null(j, "level", due->level);
    if (due->n_kinds) {
        put_key(j, "kinds");
        json_put_array(j);
        for (size_t i = 0; i < due->n_kinds; i++)
            json_put_string(j, due->kinds[i]);
        json_put_array_end(j);
    }
    json_put_object_end(j);
}

static void put_may(struct json_writer *j, const struct request *q, const struct reg *r)
{
    bool writes = !access_write_some(&q->who, r, NULL);
    put_key(j, "may");
    json_put_object(j);
    put_yes(j, "read", !access_read_some(&q->who, r, NULL));
    put_yes(j, "write", writes);
    put_yes(j, "import", !access_import(&q->who, r, NULL));
    json_put_object_end(j);
}

static bool typed_later(const struct field *a, const struct field *b)
{
    bool made = b->system && b->index >= SYSTEM_FIELDS; // by a workflow: last
    return !made && a->place.line > b->place.line;
}

// As the pack's author wrote them, which is the order in which people type: the fields
// that stand for the area, the facility and the date have their places first in the
// model. What no pack declares comes before them.
static enum err put_fields(struct request *q, const struct reg *r, struct error *e)
{
    struct json_writer *j = answer_json(q);
    const struct field **order = ARENA_ARRAY(q->arena, const struct field *, r->n_fields);
    if (!order)
        return error_memory(e);
    for (size_t i = 0; i < r->n_fields; i++) {
        size_t k = i;
        for (; k && typed_later(order[k - 1], &r->fields[i]); k--)
            order[k] = order[k - 1];
        order[k] = &r->fields[i];
    }
    put_key(j, "fields");
    json_put_array(j);
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < r->n_fields; i++)
        if (order[i]->index != FIELD_FINGERPRINT)
            code = put_field(q, r, order[i], e);
    json_put_array_end(j);
    return code;
}

static enum err put_register(struct request *q, const struct reg *r, struct error *e)
{
    static const char *const kinds[] = {
        [REG_ROWS] = "rows", [REG_AREAS] = "areas", [REG_FACILITIES] = "facilities"};
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_text_or_null(j, "name", r->name);
    put_label(j, "label", r->label);
    put_text_or_null(j, "kind", str_of(kinds[r->kind]));
    put_text_or_null(j, "purpose", str_of(purpose_name(r->purpose)));
    enum err code = put_fields(q, r, e);
    put_codes(j, "sources", r->sources, r->n_sources);
    if (r->area)
        put_text_or_null(j, "area", r->area->name);
    if (r->facility)
        put_text_or_null(j, "facility", r->facility->name);
    if (r->date)
        put_text_or_null(j, "date", r->date->name);
    put_key(j, "key");
    json_put_array(j);
    for (size_t i = 0; i < r->n_key; i++)
        json_put_string(j, r->key[i]->name);
    json_put_array_end(j);
    if (!code)
        code = put_rules(q, "checks", r->checks, r->n_checks, e);
    if (r->due.set)
        put_due(j, &r->due);
    if (r->workflow)
        put_text_or_null(j, "workflow", r->workflow->name);
    if (pack_case_of(q->county->pack, r))
        put_yes(j, "case_file", true);
    put_may(j, q, r);
    json_put_object_end(j);
    return code;
}

// --- indicators

static void put_reference(struct json_writer *j, const struct indicator *x)
{
    const char *const names[] = {"value", "low", "high"};
    const double values[] = {x->reference, x->reference_low, x->reference_high};
    put_key(j, "reference");
    if (!x->has_reference) {
        json_put_null(j);
        return;
    }
    json_put_object(j);
    for (int i = 0; i < 3; i++) {
        put_key(j, names[i]);
        json_put_double(j, values[i]);
    }
    json_put_object_end(j);
}

static void put_indicator(struct json_writer *j, const struct indicator *x)
{
    json_put_object(j);
    put_text_or_null(j, "name", x->name);
    put_text_or_null(j, "group", x->group);
    put_label(j, "label", x->label);
    put_label(j, "definition", x->definition);
    put_text_or_null(j, "edition", x->edition.p ? x->edition : STR(""));
    put_label(j, "unit", x->unit);
    put_key(j, "per");
    json_put_double(j, x->per);
    put_number(j, "decimals", x->decimals);
    put_text_or_null(j, "numerator", x->numerator_text);
    put_text_or_null(j, "denominator",
                     x->denominator_text.p ? x->denominator_text : STR(""));
    put_number(j, "better", x->better);
    put_key(j, "target");
    if (x->has_target)
        json_put_double(j, x->target);
    else
        json_put_null(j);
    put_reference(j, x);
    put_key(j, "by");
    json_put_array(j);
    for (size_t i = 0; i < x->n_by; i++)
        json_put_string(j, x->by[i]->name);
    json_put_array_end(j);
    put_day(j, "from", x->valid_from);
    put_day(j, "to", x->valid_to);
    json_put_object_end(j);
}

static void put_groups(struct json_writer *j, const struct pack *p)
{
    put_key(j, "groups");
    json_put_array(j);
    for (size_t i = 0; i < p->n_indicators; i++) {
        const struct indicator *x = &p->indicators[i];
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++)
            seen = str_equal(p->indicators[k].group, x->group);
        if (seen)
            continue;
        json_put_object(j);
        put_text_or_null(j, "name", x->group);
        put_label(j, "label",
                  x->group_label.en.n ? x->group_label
                                      : (struct label){x->group, x->group});
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

// --- months

static bool feeds_figures(const struct pack *p, const struct reg *r)
{
    for (size_t i = 0; i < p->n_indicators; i++) {
        const struct expr *const sides[] = {p->indicators[i].numerator,
                                            p->indicators[i].denominator};
        for (int k = 0; k < 2; k++)
            for (size_t n = 0; sides[k] && n < expr_aggregates(sides[k]); n++)
                if (expr_aggregate(sides[k], n)->reg == r)
                    return true;
    }
    return false;
}

static enum err put_months(struct request *q, struct error *e)
{
    const struct pack *p = q->county->pack;
    struct json_writer *j = answer_json(q);
    int32_t first = DATE_NONE, last = DATE_NONE, today = date_today();
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < p->n_registers; i++) {
        const struct reg *r = &p->registers[i];
        int32_t from, to;
        if (r->kind != REG_ROWS || !r->date || !feeds_figures(p, r))
            continue;
        code = row_list_days(q->county, r, q->arena, &from, &to, e);
        if (code || from == DATE_NONE)
            continue;
        first = first == DATE_NONE || from < first ? from : first;
        last = last == DATE_NONE || to > last ? to : last;
    }
    put_key(j, "months");
    if (code || first == DATE_NONE) {
        json_put_null(j);
        return code;
    }
    last = last > today && first <= today ? today : last; // a slip of the pen in a date
    json_put_object(j);
    put_text_or_null(j, "first", str_of(period_of(PERIOD_MONTH, first).id));
    put_text_or_null(j, "last", str_of(period_of(PERIOD_MONTH, last).id));
    json_put_object_end(j);
    return ERR_OK;
}

// --- workflows

static void put_some_names(struct json_writer *j, const char *key,
                           const struct field *const *fields, size_t n)
{
    put_key(j, key);
    json_put_array(j);
    for (size_t i = 0; i < n; i++)
        json_put_string(j, fields[i]->name);
    json_put_array_end(j);
}

static void put_label_or_null(struct json_writer *j, const char *key, bool there,
                              struct label label)
{
    if (there)
        put_label(j, key, label);
    else
        put_text_or_null(j, key, (struct str){NULL, 0});
}

static void put_stage(struct json_writer *j, const struct workflow *w,
                      const struct stage *s)
{
    char en[64], zh[64];
    bool within = s->within.months || s->within.days;
    json_put_object(j);
    put_text_or_null(j, "name", s->name);
    put_label(j, "label", s->label);
    put_yes(j, "final", s->final);
    pack_span_words(s->within, false, en);
    pack_span_words(s->within, true, zh);
    put_label_or_null(j, "within", within, (struct label){str_of(en), str_of(zh)});
    put_text_or_null(j, "from", s->by ? s->by->name : (struct str){NULL, 0});
    put_text_or_null(j, "else",
                     s->otherwise >= 0 ? w->moves[s->otherwise].name
                                       : (struct str){NULL, 0});
    json_put_object_end(j);
}

static void put_move(struct json_writer *j, const struct workflow *w,
                     const struct move *m)
{
    json_put_object(j);
    put_text_or_null(j, "name", m->name);
    put_label(j, "label", m->label);
    put_key(j, "from");
    json_put_array(j);
    for (size_t i = 0; i < w->n_stages; i++)
        if (m->from & (1ULL << i))
            json_put_string(j, w->stages[i].name);
    json_put_array_end(j);
    put_text_or_null(j, "to", w->stages[m->to].name);
    put_key(j, "by");
    json_put_array(j);
    for (size_t i = 0; i < m->n_by; i++)
        json_put_string(j, m->by[i]);
    json_put_array_end(j);
    put_some_names(j, "needs", m->needs, m->n_needs);
    put_some_names(j, "sets", m->sets, m->n_sets);
    put_yes(j, "file", m->needs_file);
    put_yes(j, "reason", m->needs_reason);
    put_key(j, "not");
    json_put_array(j);
    for (size_t i = 0; i < m->n_others; i++)
        json_put_string(j, w->moves[m->others[i]].name);
    json_put_array_end(j);
    put_label_or_null(j, "when", m->when != NULL, m->when_label);
    put_key(j, "gates");
    json_put_array(j);
    for (size_t i = 0; i < m->n_gates; i++) {
        json_put_object(j);
        put_text_or_null(j, "en", m->gates[i].text.en);
        put_text_or_null(j, "zh", m->gates[i].text.zh);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    json_put_object_end(j);
}

static void put_workflows(struct json_writer *j, const struct pack *p)
{
    put_key(j, "workflows");
    json_put_array(j);
    for (size_t i = 0; i < p->n_workflows; i++) {
        const struct workflow *w = &p->workflows[i];
        json_put_object(j);
        put_text_or_null(j, "name", w->name);
        put_label(j, "label", w->label);
        put_key(j, "stages");
        json_put_array(j);
        for (size_t k = 0; k < w->n_stages; k++)
            put_stage(j, w, &w->stages[k]);
        json_put_array_end(j);
        put_key(j, "moves");
        json_put_array(j);
        for (size_t k = 0; k < w->n_moves; k++)
            put_move(j, w, &w->moves[k]);
        json_put_array_end(j);
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

// --- all of it

static void put_levels(struct json_writer *j, const struct pack *p)
{
    put_key(j, "levels");
    json_put_array(j);
    for (size_t i = 0; i < p->n_levels; i++) {
        json_put_object(j);
        put_text_or_null(j, "name", p->levels[i].name);
        put_label(j, "label", p->levels[i].label);
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static void put_reports_and_checks(struct json_writer *j, const struct pack *p)
{
    put_key(j, "reports");
    json_put_array(j);
    for (size_t i = 0; i < p->n_reports; i++) {
        json_put_object(j);
        put_text_or_null(j, "name", p->reports[i].name);
        put_label(j, "label", p->reports[i].label);
        put_text_or_null(j, "every", str_of(period_kind_name(p->reports[i].every)));
        json_put_object_end(j);
    }
    json_put_array_end(j);
    put_key(j, "checks");
    json_put_array(j);
    for (size_t i = 0; i < p->n_checks; i++) {
        json_put_object(j);
        put_text_or_null(j, "name", p->checks[i].name);
        put_label(j, "label", p->checks[i].label);
        put_label(j, "cure", p->checks[i].cure);
        put_text_or_null(j, "severity", severity_name(p->checks[i].severity));
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

enum err model_get(struct request *q, struct error *e)
{
    const struct pack *p = q->county->pack;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_text_or_null(j, "pack", p->name);
    put_text_or_null(j, "version", p->version);
    put_label(j, "label", p->label);
    put_number(j, "suppress_below", q->who.suppress_below);
    put_levels(j, p);
    put_key(j, "registers");
    json_put_array(j);
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < p->n_registers; i++)
        code = put_register(q, &p->registers[i], e);
    json_put_array_end(j);
    if (!code)
        code = checklists_model(q, e);
    put_key(j, "indicators");
    json_put_array(j);
    for (size_t i = 0; i < p->n_indicators; i++)
        put_indicator(j, &p->indicators[i]);
    json_put_array_end(j);
    put_groups(j, p);
    put_reports_and_checks(j, p);
    put_workflows(j, p);
    if (!code)
        code = put_months(q, e);
    json_put_object_end(j);
    return code;
}
