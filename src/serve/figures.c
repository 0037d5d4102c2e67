// SPDX-License-Identifier: AGPL-3.0-or-later
// GET /api/figures: indicators by area, period and up to four axes, as JSON or XLSX.
#include <math.h>

#include "measure/table.h"
#include "report/template.h"
#include "serve/documents.h"
#include "serve/numbers.h"
#include "serve/routes.h"

enum { MOST_INDICATORS = 60, MOST_FIGURES = 200000, MOST_IN_WORKBOOK = 20000 };

struct asking {
    struct request *q;
    struct period period;
    int32_t root;
    const struct indicator *list[MOST_INDICATORS];
    size_t n;
    struct measure_table t;
};

// --- what is asked for

static enum err read_indicators(struct asking *x, struct error *e)
{
    struct str rest = request_query(x->q, "indicators"), head;
    if (!rest.n) {
        error_set(e, ERR_INPUT, "figures.indicators", "indicators",
                  "no indicator was asked for");
        return error_cure(e, "give their names, with commas between them");
    }
    for (bool more = true; more;) {
        if (x->n == MOST_INDICATORS)
            return error_set(e, ERR_LIMIT, "figures.indicators", "indicators",
                             "more than %d indicators were asked for at once",
                             MOST_INDICATORS);
        more = str_split(rest, ',', &head, &rest);
        enum err code = numbers_indicator_named(x->q, str_trim(more ? head : rest),
                                                x->period, &x->list[x->n], e);
        if (code)
            return code;
        x->n++;
    }
    return ERR_OK;
}

static enum err read_axes(struct asking *x, struct error *e)
{
    struct str rest = request_query(x->q, "by"), head;
    enum err code = ERR_OK;
    for (bool more = rest.n > 0; more && !code;) {
        more = str_split(rest, ',', &head, &rest);
        code = measure_table_by(&x->q->measure, &x->t, str_trim(more ? head : rest), e);
    }
    if (code == ERR_USAGE && e) // of the command line, not of a request
        e->code = code = ERR_INPUT;
    return code;
}

// Before anything is counted: how many figures there would be.
static enum err bound(const struct asking *x, size_t most, struct error *e)
{
    const struct expr *numerator = x->list[0]->numerator;
    size_t groups = x->n;
    if (!expr_aggregates(numerator))
        return ERR_OK;
    struct cube_query query = {.aggregate = expr_aggregate(numerator, 0),
                               .first = x->period.first,
                               .last = x->period.last,
                               .root = x->root,
                               .axes = x->t.axes[0],
                               .n_axes = x->t.n_axes,
                               .today = x->q->measure.today};
    for (size_t i = 0; i < x->t.n_axes; i++) {
        struct cube_axis buckets;
        enum err code = cube_buckets(x->q->cube, x->q->arena, &query, i, &buckets, e);
        if (code)
            return code;
        if (size_mul(groups, buckets.n, &groups) && groups <= most)
            continue;
        error_set(e, ERR_LIMIT, "figures.many", "by",
                  "more than %zu figures were asked for at once", most);
        return error_cure(e, "ask for a smaller area, a shorter period, fewer indicators "
                             "or fewer break-downs");
    }
    return ERR_OK;
}

// --- the answer

static enum err put_figures(struct asking *x, struct json_writer *j,
                            const struct figures *f, struct error *e)
{
    enum err code = ERR_OK;
    json_put_array(j);
    for (size_t k = 0; !code && k < f->n; k++) {
        numbers_figure(j, &f->list[k]);
        if (k % 256 == 255)
            code = answer_flush(x->q, e);
    }
    json_put_array_end(j);
    return code;
}

static enum err put_list(struct asking *x, struct json_writer *j,
                         const struct figures *list, bool now, struct error *e)
{
    enum err code = ERR_OK;
    put_key(j, "indicators");
    json_put_array(j);
    for (size_t i = 0; !code && i < x->n; i++) {
        json_put_object(j);
        put_text(j, "name", x->list[i]->name);
        put_key(j, "figures");
        code = put_figures(x, j, &list[i], e);
        if (!code && now && x->t.sums) {
            put_key(j, "sums");
            if (x->t.sums[i].list)
                code = put_figures(x, j, &x->t.sums[i], e);
            else
                json_put_null(j);
        }
        if (now)
            put_number(j, "unplaced", list[i].unplaced);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    return code;
}

static void put_axes(struct asking *x, struct json_writer *j)
{
    const struct axis *axes = x->t.axes[0];
    put_key(j, "axes");
    json_put_array(j);
    for (size_t d = 0; d < x->t.n_axes; d++) {
        struct str name =
            axes[d].kind == AXIS_LEVEL ? x->q->county->pack->levels[axes[d].level].name
            : axes[d].kind == AXIS_FACILITY ? STR("facility")
            : axes[d].kind == AXIS_PERIOD   ? str_of(period_kind_name(axes[d].period))
                                            : axes[d].field->name;
        json_put_object(j);
        put_text(j, "name", name);
        put_label(j, "label", measure_axis_label(&x->q->measure, &axes[d]));
        put_key(j, "buckets");
        json_put_array(j);
        for (size_t k = 0; k < x->t.now[0].axes[d].n; k++)
            numbers_axis_bucket(j, x->q, &axes[d], &x->t.now[0].axes[d].buckets[k]);
        json_put_array_end(j);
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static enum err answer(struct asking *x, struct error *e)
{
    struct json_writer *j = answer_json(x->q);
    json_put_object(j);
    put_key(j, "area");
    numbers_root(j, x->q, x->root);
    put_key(j, "period");
    numbers_period(j, x->q->arena, x->period);
    put_axes(x, j);
    enum err code = put_list(x, j, x->t.now, true, e);
    if (!code && x->t.before) {
        put_key(j, "before");
        json_put_object(j);
        put_key(j, "period");
        numbers_period(j, x->q->arena, period_year_before(x->period));
        code = put_list(x, j, x->t.before, false, e);
        json_put_object_end(j);
    }
    if (!code)
        code = numbers_made(j, x->q, e);
    json_put_object_end(j);
    return code;
}

static enum err answer_workbook(struct asking *x, struct error *e)
{
    struct request *q = x->q;
    struct doc *d;
    enum err code = template_figures(&q->measure, q->arena, &x->t, q->zh, &d, e);
    if (code)
        return code;
    struct str what = x->n == 1 ? label_in(x->list[0]->label, q->zh) : d->title;
    struct str name =
        str_format(q->arena, STR_FMT "-%s-" STR_FMT, STR_ARG(what), x->period.id,
                   STR_ARG(measure_root_name(&q->measure, x->root, q->zh)));
    return name.p ? documents_answer(q, d, DOCUMENT_XLSX, name, e) : error_memory(e);
}

enum err figures_get(struct request *q, struct error *e)
{
    struct asking *x = ARENA_NEW(q->arena, struct asking);
    if (!x)
        return error_memory(e);
    x->q = q;
    static const enum document_format formats[] = {DOCUMENT_JSON, DOCUMENT_XLSX};
    enum document_format format;
    int64_t before = 0;
    enum err code = documents_format(q, formats, 2, &format, e);
    if (!code)
        code = request_int(q, "before", 0, 0, 1, &before, e);
    if (!code)
        code = request_span(q, &x->period, e);
    if (!code)
        code = request_area(q, &x->root, e);
    if (!code)
        code = read_indicators(x, e);
    if (!code)
        code = measure_table_begin(q->arena, x->list, x->n, x->period, x->root, &x->t, e);
    if (!code)
        code = read_axes(x, e);
    if (!code)
        code = bound(x, format == DOCUMENT_XLSX ? MOST_IN_WORKBOOK : MOST_FIGURES, e);
    if (!code)
        code = measure_table_count(&q->measure, q->arena, &x->t, before == 1, e);
    for (size_t i = 1; !code && i < x->n; i++)
        if (x->t.now[i].n != x->t.now[0].n)
            code =
                error_set(e, ERR_INPUT, "figures.by", "by",
                          "'" STR_FMT "' and '" STR_FMT "' cannot be broken down alike",
                          STR_ARG(x->list[0]->name), STR_ARG(x->list[i]->name));
    if (code)
        return code;
    return format == DOCUMENT_XLSX ? answer_workbook(x, e) : answer(x, e);
}
