// SPDX-License-Identifier: AGPL-3.0-or-later
// Checklists in the model, and GET /api/checklists/{register}/compare: what facilities
// say of themselves beside what inspectors saw.
#include "serve/checklists.h"

#include <math.h>

#include "serve/numbers.h"
#include "serve/routes.h"
#include "study/checklist_compare.h"

// --- the model

static struct str code_of(const struct field *f, int code)
{
    if (f->type == TYPE_BOOL)
        return code ? STR("1") : STR("0");
    return f->codes[code].value;
}

static enum err put_item(struct json_writer *j, const struct checklist_item *item,
                         struct buf *ask, struct error *e)
{
    json_put_object(j);
    put_text(j, "field", item->field->name);
    put_label(j, "hint", item->hint);
    put_key(j, "ask");
    if (item->ask) {
        buf_clear(ask);
        expr_json(item->ask, ask);
        json_put_raw(j, ask->failed ? STR("[\"unknown\"]") : buf_str(ask));
    } else {
        json_put_null(j);
    }
    put_yes(j, "required", item->required);
    put_double(j, "points", item->points);
    put_yes(j, "critical", item->critical);
    put_yes(j, "photo", item->photo);
    put_key(j, "scores");
    json_put_array(j);
    for (size_t i = 0; i < item->n_scores; i++) {
        const struct item_score *s = &item->scores[i];
        json_put_object(j);
        put_text(j, "code", code_of(item->field, s->code));
        put_double(j, "points", s->points);
        put_yes(j, "not_applicable", s->not_applicable);
        put_yes(j, "failed", s->failed);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    json_put_object_end(j);
    return ask->no_memory ? error_memory(e) : ERR_OK;
}

static enum err put_checklist(struct json_writer *j, const struct checklist *x,
                              struct buf *ask, struct error *e)
{
    enum err code = ERR_OK;
    json_put_object(j);
    put_text(j, "register", x->name);
    put_text(j, "edition", x->edition);
    put_label(j, "label", x->label);
    put_double(j, "pass", x->pass > 0 ? x->pass : NAN);
    put_key(j, "sections");
    json_put_array(j);
    for (size_t i = 0; !code && i < x->n_sections; i++) {
        const struct checklist_section *s = &x->sections[i];
        json_put_object(j);
        put_text(j, "name", s->name);
        put_label(j, "label", s->label);
        put_key(j, "items");
        json_put_array(j);
        for (size_t k = 0; !code && k < s->n_items; k++)
            code = put_item(j, &s->items[k], ask, e);
        json_put_array_end(j);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    json_put_object_end(j);
    return code;
}

enum err checklists_model(struct request *q, struct error *e)
{
    const struct pack *p = q->county->pack;
    struct json_writer *j = answer_json(q);
    struct buf ask = BUF_INIT(1 << 20);
    enum err code = ERR_OK;
    put_key(j, "checklists");
    json_put_array(j);
    for (size_t i = 0; !code && i < p->n_checklists; i++)
        code = put_checklist(j, &p->checklists[i], &ask, e);
    json_put_array_end(j);
    buf_free(&ask);
    return code;
}

// --- the comparison

static void put_counts(struct json_writer *j, const struct compare_counts *c)
{
    put_key(j, "counts");
    json_put_object(j);
    put_number(j, "n", c->n);
    put_number(j, "same", c->same);
    put_number(j, "over", c->over);
    put_number(j, "under", c->under);
    put_number(j, "other", c->other);
    put_double(j, "low", c->share.low);
    put_double(j, "high", c->share.high);
    json_put_object_end(j);
}

void checklists_put_visit(struct json_writer *j, const char *key,
                          const struct checklist_visit *v)
{
    put_key(j, key);
    if (!v) {
        json_put_null(j);
        return;
    }
    json_put_object(j);
    put_id(j, "id", v->sheet.values[FIELD_ID].i);
    put_day(j, "on", v->on);
    put_double(j, "score", checklist_visit_score(v));
    put_number(j, "critical", checklist_visit_critical(v));
    json_put_object_end(j);
}

static void put_items(struct json_writer *j, const struct checklist_comparison *x)
{
    put_key(j, "items");
    json_put_array(j);
    for (size_t i = 0; i < x->n_items; i++) {
        const struct compare_item *item = &x->items[i];
        json_put_object(j);
        put_text(j, "field", item->item->field->name);
        put_label(j, "label", item->item->field->label);
        put_text(j, "section", item->section->name);
        put_yes(j, "critical", item->item->critical);
        put_counts(j, &item->counts);
        put_double(j, "kappa", item->agreement.kappa);
        put_double(j, "kappa_low", item->agreement.kappa_low);
        put_double(j, "kappa_high", item->agreement.kappa_high);
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static enum err put_facilities(struct request *q, const struct checklist_comparison *x,
                               struct error *e)
{
    struct json_writer *j = answer_json(q);
    const struct places *p = q->county->places;
    enum err code = ERR_OK;
    put_key(j, "facilities");
    json_put_array(j);
    for (size_t i = 0; !code && i < x->n_facilities; i++) {
        const struct compare_facility *f = &x->facilities[i];
        json_put_object(j);
        put_key(j, "facility");
        numbers_facility(j, q, f->facility);
        put_key(j, "area");
        numbers_area(j, q, p->facilities[f->facility].area);
        checklists_put_visit(j, "self", f->self);
        checklists_put_visit(j, "inspection", f->inspection);
        put_counts(j, &f->counts);
        json_put_object_end(j);
        if (i % 128 == 127)
            code = answer_flush(q, e);
    }
    json_put_array_end(j);
    return code;
}

enum err checklists_compare(struct request *q, struct error *e)
{
    const struct checklist *x = pack_checklist_of(q->county->pack, request_register(q));
    struct checklist_comparison out;
    struct period period;
    int32_t root;
    if (!x) {
        (void)error_set(e, ERR_NOT_FOUND, "checklist.none", "register",
                        "'" STR_FMT "' is not the register of a checklist",
                        STR_ARG(request_path(q, "register")));
        return error_cure(e, "GET /api/model lists the checklists");
    }
    enum err code = request_period(q, &period, e);
    if (!code)
        code = request_area(q, &root, e);
    if (!code)
        code = checklist_compare(q->county, &q->who, x, period.first, period.last, root,
                                 q->arena, &out, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_text(j, "register", x->name);
    put_label(j, "label", x->label);
    put_key(j, "area");
    numbers_root(j, q, root);
    put_key(j, "period");
    numbers_period(j, q->arena, period);
    put_number(j, "both", (int64_t)out.both);
    put_number(j, "only_self", (int64_t)out.only_self);
    put_number(j, "only_inspection", (int64_t)out.only_inspection);
    put_number(j, "other_edition", (int64_t)out.other_edition);
    put_double(j, "mean_self", out.mean_self);
    put_double(j, "mean_inspection", out.mean_inspection);
    put_counts(j, &out.all);
    put_double(j, "design_effect", out.design_effect);
    put_items(j, &out);
    code = put_facilities(q, &out, e);
    if (!code)
        code = numbers_made(j, q, e);
    json_put_object_end(j);
    return code;
}
