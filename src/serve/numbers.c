// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/numbers.h"

#include <math.h>
#include <stdio.h>

// --- figures

static void number_if_any(struct json_writer *j, const char *key, double x)
{
    if (isfinite(x))
        put_double(j, key, x);
}

void numbers_figure(struct json_writer *j, const struct figure *f)
{
    static const char *const states[] = {[FIGURE_OK] = "ok",
                                         [FIGURE_NO_DATA] = "no_data",
                                         [FIGURE_SUPPRESSED] = "suppressed",
                                         [FIGURE_NOT_DEFINED] = "not_defined"};
    json_put_object(j);
    put_text(j, "state", str_of(states[f->state]));
    if (f->state == FIGURE_OK || f->state == FIGURE_NOT_DEFINED) {
        number_if_any(j, "numerator", f->numerator);
        number_if_any(j, "denominator", f->denominator);
        if (f->state == FIGURE_OK && !f->outside) { // a data error is no rate
            number_if_any(j, "value", f->value);
            number_if_any(j, "low", f->low);
            number_if_any(j, "high", f->high);
        }
        put_number(j, "rows", f->rows);
        if (f->outside) {
            json_put_key(j, str_of("outside"));
            json_put_bool(j, true);
        }
        if (f->target)
            put_number(j, "target", f->target);
    }
    json_put_object_end(j);
}

// --- buckets

void numbers_bucket(struct json_writer *j, struct str code, struct label label)
{
    json_put_object(j);
    put_text(j, "code", code);
    put_label(j, "label", label);
    json_put_object_end(j);
}

void numbers_period(struct json_writer *j, struct arena *a, struct period p)
{
    numbers_bucket(j, str_of(p.id),
                   (struct label){period_label(a, p, false), period_label(a, p, true)});
}

static struct label area_label(const struct area *x)
{
    return (struct label){area_name(x, false), area_name(x, true)};
}

void numbers_area(struct json_writer *j, const struct request *q, int32_t area)
{
    const struct places *p = q->county->places;
    if (area < 0)
        json_put_null(j);
    else
        numbers_bucket(j, p->areas[area].code, area_label(&p->areas[area]));
}

void numbers_root(struct json_writer *j, const struct request *q, int32_t root)
{
    const struct places *p = q->county->places;
    int32_t area = overview_top(p, root);
    if (area >= 0)
        numbers_area(j, q, area);
    else
        numbers_bucket(j, STR(""),
                       (struct label){measure_root_name(&q->measure, -1, false),
                                      measure_root_name(&q->measure, -1, true)});
}

void numbers_facility(struct json_writer *j, const struct request *q, int32_t facility)
{
    const struct places *p = q->county->places;
    if (facility < 0) {
        json_put_null(j);
        return;
    }
    const struct facility *f = &p->facilities[facility];
    numbers_bucket(j, f->code,
                   (struct label){facility_name(f, false), facility_name(f, true)});
}

void numbers_axis_bucket(struct json_writer *j, const struct request *q,
                         const struct axis *axis, const struct axis_bucket *b)
{
    const struct measure *m = &q->measure;
    numbers_bucket(j, measure_bucket_code(m, q->arena, axis, b),
                   (struct label){measure_bucket_label(m, q->arena, axis, b, false),
                                  measure_bucket_label(m, q->arena, axis, b, true)});
}

// --- indicators

void numbers_reference(struct json_writer *j, const struct indicator *i)
{
    if (!i->has_reference) {
        json_put_null(j);
        return;
    }
    json_put_object(j);
    put_double(j, "value", i->reference);
    put_double(j, "low", i->reference_low);
    put_double(j, "high", i->reference_high);
    json_put_object_end(j);
}

void numbers_indicator(struct json_writer *j, const struct indicator *i)
{
    json_put_object(j);
    put_text(j, "name", i->name);
    put_text(j, "group", i->group);
    put_label(j, "label", i->label);
    put_label(j, "definition", i->definition);
    put_text(j, "edition", i->edition);
    put_label(j, "unit", i->unit);
    put_double(j, "per", i->per);
    put_number(j, "decimals", i->decimals);
    put_text(j, "numerator", i->numerator_text);
    put_text(j, "denominator", i->denominator_text);
    put_number(j, "better", i->better);
    put_double(j, "target", i->has_target ? i->target : (double)NAN);
    json_put_key(j, str_of("reference"));
    numbers_reference(j, i);
    json_put_key(j, str_of("by"));
    json_put_array(j);
    for (size_t k = 0; k < i->n_by; k++)
        json_put_string(j, i->by[k]->name);
    json_put_array_end(j);
    put_day(j, "from", i->valid_from);
    put_day(j, "to", i->valid_to);
    json_put_object_end(j);
}

enum err numbers_indicator_named(const struct request *q, struct str name,
                                 struct period period, const struct indicator **out,
                                 struct error *e)
{
    const struct pack *p = q->county->pack;
    *out = pack_indicator(p, name, period.last);
    if (*out)
        return ERR_OK;
    bool other = false;
    for (size_t i = 0; i < p->n_indicators; i++)
        other |= str_equal(p->indicators[i].name, name);
    if (other)
        error_set(e, ERR_NOT_FOUND, "measure.indicator", "indicators",
                  "no edition of '" STR_FMT "' holds at the end of %s", STR_ARG(name),
                  period.id);
    else
        error_set(e, ERR_NOT_FOUND, "measure.indicator", "indicators",
                  "the pack " STR_FMT " has no indicator '" STR_FMT "'", STR_ARG(p->name),
                  STR_ARG(name));
    return error_cure(e, "GET /api/model lists the indicators");
}

// --- signals

void numbers_rows(struct json_writer *j, const struct explained_rows *rows)
{
    if (!rows->reg) {
        json_put_null(j);
        return;
    }
    json_put_object(j);
    put_text(j, "register", rows->reg->name);
    put_text(j, "query", rows->query);
    put_key(j, "exact");
    json_put_bool(j, rows->exact);
    json_put_object_end(j);
}

void numbers_signals(struct json_writer *j, const struct request *q,
                     const struct overview_signal *list, size_t n)
{
    json_put_array(j);
    for (size_t i = 0; i < n; i++) {
        const struct overview_signal *s = &list[i];
        json_put_object(j);
        put_id_or_null(j, "id", s->id);
        put_label(j, "text", s->text);
        json_put_key(j, str_of("review"));
        json_put_bool(j, s->review);
        json_put_key(j, str_of("area"));
        numbers_area(j, q, s->area);
        json_put_key(j, str_of("facility"));
        numbers_facility(j, q, s->facility);
        json_put_key(j, str_of("period"));
        numbers_period(j, q->arena, s->period);
        put_moment(j, "at", s->at);
        put_text(j, "finding", s->finding);
        struct str link = str_format(q->arena, "/registers/" STR_FMT "/%lld",
                                     STR_ARG(s->reg->name), (long long)s->id);
        put_text(j, "link", link);
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

// --- findings

bool numbers_findings_known(const struct request *q, struct period period, int32_t root,
                            struct findings_counts *out)
{
    int64_t state;
    return server_state(q->server, &state, NULL) == ERR_OK &&
           findings_known(server_findings(q->server), &q->measure, period, root, state,
                          out);
}

void numbers_counts(struct json_writer *j, const struct findings_counts *counts)
{
    json_put_object(j);
    put_number(j, "errors", (int64_t)counts->errors);
    put_number(j, "warnings", (int64_t)counts->warnings);
    put_number(j, "notes", (int64_t)counts->notes);
    put_number(j, "explained", (int64_t)counts->explained);
    if (counts->at)
        put_moment(j, "at", counts->at);
    json_put_object_end(j);
}

// --- how it was made

// Of an answer that is not kept the minute will do: the same again is then known to be
// the same (ETag).
static int64_t made_at(const struct request *q)
{
    enum { MINUTE_MS = 60000 };
    int64_t now = date_now_ms();
    return q->route->cached ? now : now - now % MINUTE_MS;
}

enum err numbers_made(struct json_writer *j, const struct request *q, struct error *e)
{
    const struct pack *p = q->county->pack;
    int64_t state;
    char text[24];
    enum err code = server_state(q->server, &state, e);
    if (code)
        return code;
    snprintf(text, sizeof text, "%lld", (long long)state);
    json_put_key(j, str_of("made"));
    json_put_object(j);
    put_moment(j, "at", made_at(q));
    put_text(j, "state", str_of(text));
    put_day(j, "today", q->measure.today);
    put_number(j, "suppress_below", q->who.suppress_below);
    put_text(j, "pack", p->name);
    put_text(j, "version", p->version);
    json_put_object_end(j);
    return ERR_OK;
}
