// SPDX-License-Identifier: AGPL-3.0-or-later
// GET /api/indicators/{name}: how a number was made. GET /api/srb: the sex ratio at
// birth, taken apart.
#include <math.h>

#include "serve/numbers.h"
#include "serve/routes.h"
#include "study/explained.h"
#include "study/srb_rows.h"

// --- how a number was made

static void put_sources(struct json_writer *j, const struct explained *x)
{
    put_key(j, "sources");
    json_put_array(j);
    for (size_t i = 0; i < x->n_sources; i++) {
        const struct explained_source *s = &x->sources[i];
        json_put_object(j);
        put_text(j, "register", s->reg->name);
        put_label(j, "label", s->reg->label);
        put_key(j, "rows");
        if (s->rows < 0)
            json_put_null(j);
        else
            json_put_int(j, s->rows);
        put_moment(j, "last_saved_at", s->last_saved_at);
        put_day(j, "first", s->first);
        put_day(j, "last", s->last);
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

enum err indicators_get(struct request *q, struct error *e)
{
    struct period period;
    int32_t root;
    const struct indicator *i;
    struct explained x;
    enum err code = request_span(q, &period, e);
    if (!code)
        code = request_area(q, &root, e);
    if (!code)
        code = numbers_indicator_named(q, request_path(q, "name"), period, &i, e);
    if (!code)
        code = explained_make(&q->measure, q->arena, i, period, root, &x, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_key(j, "indicator");
    numbers_indicator(j, x.indicator);
    put_key(j, "area");
    numbers_root(j, q, root);
    put_key(j, "period");
    numbers_period(j, q->arena, period);
    put_key(j, "figure");
    numbers_figure(j, &x.figure);
    put_key(j, "before");
    if (period_is_span(&period)) // the year before would be in it
        json_put_null(j);
    else
        numbers_figure(j, &x.before);
    put_sources(j, &x);
    put_label(j, "suppression", x.suppression);
    put_label(j, "certainty", x.certainty);
    put_label(j, "formula", x.formula);
    put_key(j, "rows");
    numbers_rows(j, &x.rows);
    code = numbers_made(j, q, e);
    json_put_object_end(j);
    return code;
}

// --- the sex ratio at birth

static void put_srb_row(struct json_writer *j, const struct request *q,
                        const struct axis *axis, const struct srb_row *r)
{
    json_put_object(j);
    put_key(j, "bucket");
    numbers_axis_bucket(j, q, axis, &r->bucket);
    put_double(j, "boys", r->boys);
    put_double(j, "girls", r->girls);
    put_double(j, "ratio", r->ratio);
    put_double(j, "low", r->low);
    put_double(j, "high", r->high);
    put_double(j, "p", r->p);
    put_double(j, "q", r->q);
    put_double(j, "missing_girls", r->missing);
    put_double(j, "missing_low", r->missing_low);
    put_double(j, "missing_high", r->missing_high);
    put_label(j, "certainty", r->certainty);
    json_put_object_end(j);
}

enum err srb_get(struct request *q, struct error *e)
{
    struct period period;
    int32_t root;
    struct srb_rows x;
    enum err code = request_period(q, &period, e);
    if (!code)
        code = request_area(q, &root, e);
    if (!code)
        code = srb_rows_make(&q->measure, q->arena, period, root, request_query(q, "by"),
                             &x, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_key(j, "area");
    numbers_root(j, q, root);
    put_key(j, "period");
    numbers_period(j, q->arena, period);
    put_key(j, "reference");
    numbers_reference(j, x.indicator);
    put_key(j, "rows");
    json_put_array(j);
    for (size_t i = 0; !code && i < x.n; i++) {
        put_srb_row(j, q, &x.axis, &x.list[i]);
        if (i % 128 == 127)
            code = answer_flush(q, e);
    }
    json_put_array_end(j);
    put_double(j, "enough", x.enough);
    if (!code)
        code = numbers_made(j, q, e);
    json_put_object_end(j);
    return code;
}
