// SPDX-License-Identifier: AGPL-3.0-or-later
// GET /api/overview: the page Overview in one answer.
#include <math.h>

#include "serve/numbers.h"
#include "serve/routes.h"

static void put_area(struct json_writer *j, const struct request *q,
                     const struct overview *o)
{
    const struct places *p = q->county->places;
    put_key(j, "area");
    json_put_object(j);
    if (o->area < 0) {
        put_text(j, "code", STR(""));
        put_label(j, "label",
                  (struct label){measure_root_name(&q->measure, -1, false),
                                 measure_root_name(&q->measure, -1, true)});
        put_text(j, "level", STR(""));
        put_text(j, "parent", STR(""));
    } else {
        const struct area *x = &p->areas[o->area];
        put_text(j, "code", x->code);
        put_label(j, "label", (struct label){area_name(x, false), area_name(x, true)});
        put_text(j, "level", q->county->pack->levels[x->level].name);
        put_text(j, "parent", x->parent < 0 ? STR("") : p->areas[x->parent].code);
    }
    json_put_object_end(j);
}

// Where the page goes from a card.
static struct str card_link(const struct request *q, const struct overview *o,
                            const struct overview_figure *c)
{
    switch (c->kind) {
    case CARD_INDICATOR:
        return str_format(q->arena, "/indicators?indicators=" STR_FMT,
                          STR_ARG(c->indicator->name));
    case CARD_TIMELINESS:
        return STR("/today");
    case CARD_FINDINGS:
        return STR("/checks");
    case CARD_COVERAGE:
        break;
    }
    struct buf names = BUF_INIT(1 << 14);
    for (size_t i = 0; i < o->n_coverage; i++)
        buf_printf(&names, "%s" STR_FMT, i ? "," : "/indicators?indicators=",
                   STR_ARG(o->coverage[i].indicator->name));
    struct str link = str_copy(q->arena, buf_str(&names));
    buf_free(&names);
    return link;
}

static void put_cards(struct json_writer *j, const struct request *q,
                      const struct overview *o)
{
    put_key(j, "cards");
    json_put_array(j);
    for (size_t i = 0; i < o->n_cards; i++) {
        const struct overview_figure *c = &o->cards[i];
        json_put_object(j);
        put_text(j, "name", c->indicator->name);
        put_label(j, "label", c->indicator->label);
        put_label(j, "unit", c->indicator->unit);
        put_number(j, "decimals", c->indicator->decimals);
        put_key(j, "figure");
        numbers_figure(j, &c->figure);
        put_key(j, "before");
        numbers_figure(j, &c->before);
        put_label(j, "certainty", c->certainty);
        put_key(j, "reference");
        numbers_reference(j, c->indicator);
        put_double(j, "target",
                   c->indicator->has_target ? c->indicator->target : (double)NAN);
        put_number(j, "better", c->indicator->better);
        put_text(j, "link", card_link(q, o, c));
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static void put_figures(struct json_writer *j, const char *key, const struct figure *list,
                        size_t n)
{
    put_key(j, key);
    json_put_array(j);
    for (size_t i = 0; i < n; i++)
        numbers_figure(j, &list[i]);
    json_put_array_end(j);
}

static void put_buckets(struct json_writer *j, const struct request *q, const char *key,
                        const struct axis *axis, const struct cube_axis *buckets)
{
    put_key(j, key);
    json_put_array(j);
    for (size_t i = 0; i < buckets->n; i++)
        numbers_axis_bucket(j, q, axis, &buckets->buckets[i]);
    json_put_array_end(j);
}

static double shown(const struct figure *f)
{
    return f->state == FIGURE_OK ? f->numerator : (double)NAN;
}

static void put_counts(struct json_writer *j, const char *key, const struct figure *list,
                       size_t n)
{
    put_key(j, key);
    json_put_array(j);
    for (size_t i = 0; i < n; i++)
        json_put_double(j, shown(&list[i])); // null: hidden
    json_put_array_end(j);
}

static void put_births(struct json_writer *j, const struct request *q,
                       const struct overview_births *b)
{
    put_key(j, "births");
    if (!b) {
        json_put_null(j);
        return;
    }
    size_t n = b->buckets.n;
    json_put_object(j);
    put_buckets(j, q, "orders", &b->axis, &b->buckets);
    put_counts(j, "boys", b->boys, n);
    put_counts(j, "girls", b->girls, n);
    put_key(j, "unknown");
    json_put_array(j);
    for (size_t i = 0; i < n; i++)
        json_put_double(
            j, b->all ? shown(&b->all[i]) - shown(&b->boys[i]) - shown(&b->girls[i]) : 0);
    json_put_array_end(j);
    put_figures(j, "ratio", b->ratio, n);
    json_put_object_end(j);
}

static void put_children(struct json_writer *j, const struct request *q,
                         const struct overview_children *c)
{
    put_key(j, "children");
    if (!c) {
        json_put_null(j);
        return;
    }
    json_put_object(j);
    put_text(j, "level", q->county->pack->levels[c->axis.level].name);
    put_buckets(j, q, "buckets", &c->axis, &c->buckets);
    put_text(j, "indicator", c->indicator->name);
    put_figures(j, "figures", c->figures, c->buckets.n);
    put_figures(j, "births", c->births, c->births ? c->buckets.n : 0);
    json_put_object_end(j);
}

static void put_trend(struct json_writer *j, const struct request *q,
                      const struct overview *o)
{
    put_key(j, "trend");
    json_put_array(j);
    for (size_t i = 0; i < o->n_trend; i++) {
        const struct overview_trend *t = &o->trend[i];
        struct axis axis = {.kind = AXIS_PERIOD, .period = o->period.kind};
        json_put_object(j);
        put_text(j, "indicator", t->indicator->name);
        put_buckets(j, q, "periods", &axis, &t->periods);
        put_figures(j, "figures", t->figures, t->periods.n);
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static void put_coverage(struct json_writer *j, const struct overview *o)
{
    static const char *const bands[] = {[BAND_NONE] = "none",
                                        [BAND_MET] = "met",
                                        [BAND_NEAR] = "near",
                                        [BAND_FAR] = "far"};
    put_key(j, "coverage");
    json_put_array(j);
    for (size_t i = 0; i < o->n_coverage; i++) {
        const struct overview_rate *x = &o->coverage[i];
        json_put_object(j);
        put_text(j, "indicator", x->indicator->name);
        put_label(j, "label", x->indicator->label);
        put_key(j, "figure");
        numbers_figure(j, &x->figure);
        put_key(j, "before");
        numbers_figure(j, &x->before);
        put_double(j, "target",
                   x->indicator->has_target ? x->indicator->target : (double)NAN);
        put_text(j, "band", str_of(bands[x->band]));
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static void put_timeliness(struct json_writer *j, const struct request *q,
                           const struct overview_timeliness *t)
{
    static const char *const states[] = {[DUE_ON_TIME] = "on_time",
                                         [DUE_LATE] = "late",
                                         [DUE_MISSING] = "missing",
                                         [DUE_OPEN] = "open"};
    put_key(j, "timeliness");
    json_put_object(j);
    put_key(j, "registers");
    json_put_array(j);
    for (size_t i = 0; i < t->n_registers; i++) {
        json_put_object(j);
        put_text(j, "name", t->registers[i]->name);
        put_label(j, "label", t->registers[i]->label);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    put_key(j, "periods");
    json_put_array(j);
    for (size_t i = 0; i < t->n_periods; i++)
        numbers_period(j, q->arena, t->periods[i]);
    json_put_array_end(j);
    put_key(j, "reporters");
    json_put_array(j);
    for (size_t i = 0; i < t->n_reporters; i++)
        if (t->reporters[i].area >= 0)
            numbers_area(j, q, t->reporters[i].area);
        else
            numbers_facility(j, q, t->reporters[i].facility);
    json_put_array_end(j);
    put_key(j, "states");
    json_put_array(j);
    for (size_t i = 0; i < t->n_reporters; i++) {
        json_put_array(j);
        for (size_t k = 0; k < t->n_periods; k++) {
            int state = t->states[i * t->n_periods + k];
            json_put_string(j, state < 0 ? STR("none") : str_of(states[state]));
        }
        json_put_array_end(j);
    }
    json_put_array_end(j);
    json_put_object_end(j);
}

static void show_findings(struct overview *o, const struct findings_counts *counts)
{
    double open = (double)(counts->errors + counts->warnings + counts->notes);
    for (size_t i = 0; i < o->n_cards; i++)
        if (o->cards[i].kind == CARD_FINDINGS)
            o->cards[i].figure = (struct figure){.state = FIGURE_OK,
                                                 .numerator = open,
                                                 .denominator = NAN,
                                                 .value = open,
                                                 .low = NAN,
                                                 .high = NAN};
}

enum err overview_get(struct request *q, struct error *e)
{
    struct period period;
    int32_t root;
    struct overview o;
    enum err code = request_period(q, &period, e);
    if (!code)
        code = request_area(q, &root, e);
    if (!code)
        code = overview_make(&q->measure, q->arena, period, root, &o, e);
    if (code)
        return code;
    struct findings_counts counts;
    bool known = numbers_findings_known(q, period, root, &counts);
    if (known)
        show_findings(&o, &counts);
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_area(j, q, &o);
    put_key(j, "period");
    numbers_period(j, q->arena, o.period);
    put_key(j, "before");
    numbers_period(j, q->arena, o.before);
    put_cards(j, q, &o);
    put_births(j, q, o.births);
    put_children(j, q, o.children);
    put_trend(j, q, &o);
    put_coverage(j, &o);
    put_timeliness(j, q, &o.timeliness);
    put_key(j, "signals");
    numbers_signals(j, q, o.signals, o.n_signals);
    put_key(j, "findings");
    if (known)
        numbers_counts(j, &counts);
    else
        json_put_null(j);
    code = numbers_made(j, q, e);
    json_put_object_end(j);
    return code;
}
