// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/numbers.h"

#include <math.h>
#include <stdio.h>

// --- members

static void key_of(struct json_writer *j, const char *key)
{
    json_put_key(j, str_of(key));
}

void numbers_text(struct json_writer *j, const char *key, struct str text)
{
    key_of(j, key);
    json_put_string(j, text);
}

void numbers_double(struct json_writer *j, const char *key, double x)
{
    key_of(j, key);
    json_put_double(j, x);
}

void numbers_int(struct json_writer *j, const char *key, int64_t x)
{
    key_of(j, key);
    json_put_int(j, x);
}

void numbers_label(struct json_writer *j, const char *key, struct label text)
{
    key_of(j, key);
    json_put_object(j);
    numbers_text(j, "en", text.en);
    numbers_text(j, "zh", text.zh);
    json_put_object_end(j);
}

void numbers_id(struct json_writer *j, const char *key, int64_t id)
{
    char text[24];
    key_of(j, key);
    if (!id) {
        json_put_null(j);
        return;
    }
    snprintf(text, sizeof text, "%lld", (long long)id);
    json_put_string(j, str_of(text));
}

void numbers_day(struct json_writer *j, const char *key, int32_t day)
{
    char text[DATE_TEXT_SIZE];
    key_of(j, key);
    date_format(day, text);
    if (text[0])
        json_put_string(j, str_of(text));
    else
        json_put_null(j);
}

void numbers_time(struct json_writer *j, const char *key, int64_t ms)
{
    enum { DAY_MS = 86400000 };
    key_of(j, key);
    if (!ms) {
        json_put_null(j);
        return;
    }
    int64_t day = ms / DAY_MS - (ms % DAY_MS < 0), rest = ms - day * DAY_MS;
    char date[DATE_TEXT_SIZE], text[40];
    date_format((int32_t)day, date);
    snprintf(text, sizeof text, "%sT%02d:%02d:%02d.%03dZ", date, (int)(rest / 3600000),
             (int)(rest / 60000 % 60), (int)(rest / 1000 % 60), (int)(rest % 1000));
    json_put_string(j, str_of(text));
}

// --- figures

static void number_if_any(struct json_writer *j, const char *key, double x)
{
    if (isfinite(x))
        numbers_double(j, key, x);
}

void numbers_figure(struct json_writer *j, const struct figure *f)
{
    static const char *const states[] = {[FIGURE_OK] = "ok",
                                         [FIGURE_NO_DATA] = "no_data",
                                         [FIGURE_SUPPRESSED] = "suppressed",
                                         [FIGURE_NOT_DEFINED] = "not_defined"};
    json_put_object(j);
    numbers_text(j, "state", str_of(states[f->state]));
    if (f->state == FIGURE_OK || f->state == FIGURE_NOT_DEFINED) {
        number_if_any(j, "numerator", f->numerator);
        number_if_any(j, "denominator", f->denominator);
        if (f->state == FIGURE_OK && !f->outside) { // a data error is no rate
            number_if_any(j, "value", f->value);
            number_if_any(j, "low", f->low);
            number_if_any(j, "high", f->high);
        }
        numbers_int(j, "rows", f->rows);
        if (f->outside) {
            key_of(j, "outside");
            json_put_bool(j, true);
        }
        if (f->target)
            numbers_int(j, "target", f->target);
    }
    json_put_object_end(j);
}

// --- buckets

void numbers_bucket(struct json_writer *j, struct str code, struct label label)
{
    json_put_object(j);
    numbers_text(j, "code", code);
    numbers_label(j, "label", label);
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
    numbers_double(j, "value", i->reference);
    numbers_double(j, "low", i->reference_low);
    numbers_double(j, "high", i->reference_high);
    json_put_object_end(j);
}

void numbers_indicator(struct json_writer *j, const struct indicator *i)
{
    json_put_object(j);
    numbers_text(j, "name", i->name);
    numbers_text(j, "group", i->group);
    numbers_label(j, "label", i->label);
    numbers_label(j, "definition", i->definition);
    numbers_text(j, "edition", i->edition);
    numbers_label(j, "unit", i->unit);
    numbers_double(j, "per", i->per);
    numbers_int(j, "decimals", i->decimals);
    numbers_text(j, "numerator", i->numerator_text);
    numbers_text(j, "denominator", i->denominator_text);
    numbers_int(j, "better", i->better);
    numbers_double(j, "target", i->has_target ? i->target : (double)NAN);
    key_of(j, "reference");
    numbers_reference(j, i);
    key_of(j, "by");
    json_put_array(j);
    for (size_t k = 0; k < i->n_by; k++)
        json_put_string(j, i->by[k]->name);
    json_put_array_end(j);
    numbers_day(j, "from", i->valid_from);
    numbers_day(j, "to", i->valid_to);
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

void numbers_signals(struct json_writer *j, const struct request *q,
                     const struct overview_signal *list, size_t n)
{
    json_put_array(j);
    for (size_t i = 0; i < n; i++) {
        const struct overview_signal *s = &list[i];
        json_put_object(j);
        numbers_id(j, "id", s->id);
        numbers_label(j, "text", s->text);
        key_of(j, "review");
        json_put_bool(j, s->review);
        key_of(j, "area");
        numbers_area(j, q, s->area);
        key_of(j, "facility");
        numbers_facility(j, q, s->facility);
        key_of(j, "period");
        numbers_period(j, q->arena, s->period);
        numbers_time(j, "at", s->at);
        numbers_text(j, "finding", s->finding);
        struct str link = str_format(q->arena, "/registers/" STR_FMT "/%lld",
                                     STR_ARG(s->reg->name), (long long)s->id);
        numbers_text(j, "link", link);
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
    numbers_int(j, "errors", (int64_t)counts->errors);
    numbers_int(j, "warnings", (int64_t)counts->warnings);
    numbers_int(j, "notes", (int64_t)counts->notes);
    numbers_int(j, "explained", (int64_t)counts->explained);
    if (counts->at)
        numbers_time(j, "at", counts->at);
    json_put_object_end(j);
}

// --- how it was made

enum err numbers_made(struct json_writer *j, const struct request *q, struct error *e)
{
    const struct pack *p = q->county->pack;
    int64_t state;
    char text[24];
    enum err code = server_state(q->server, &state, e);
    if (code)
        return code;
    snprintf(text, sizeof text, "%lld", (long long)state);
    key_of(j, "made");
    json_put_object(j);
    numbers_time(j, "at", date_now_ms());
    numbers_text(j, "state", str_of(text));
    numbers_day(j, "today", q->measure.today);
    numbers_int(j, "suppress_below", q->who.suppress_below);
    numbers_text(j, "pack", p->name);
    numbers_text(j, "version", p->version);
    json_put_object_end(j);
    return ERR_OK;
}
