// SPDX-License-Identifier: AGPL-3.0-or-later
// GET /api/figures: indicators by area, period and up to four axes.
#include <math.h>

#include "serve/numbers.h"
#include "serve/routes.h"

enum { MOST_INDICATORS = 60, MOST_FIGURES = 200000 };

struct asking {
    struct request *q;
    struct period period;
    int32_t root;
    const struct indicator *list[MOST_INDICATORS];
    struct axis axes[MOST_INDICATORS][CUBE_MAX_AXES]; // a field is of its own register
    struct figures now[MOST_INDICATORS], before[MOST_INDICATORS], sums[MOST_INDICATORS];
    size_t n, n_axes;
    bool with_before, with_sums;
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

static bool same_axis(const struct axis *a, const struct axis *b)
{
    return a->kind == b->kind && (a->kind != AXIS_LEVEL || a->level == b->level) &&
           (a->kind != AXIS_PERIOD || a->period == b->period) &&
           (a->kind != AXIS_FIELD || a->field == b->field);
}

static enum err add_axis(struct asking *x, struct str name, struct error *e)
{
    if (x->n_axes == CUBE_MAX_AXES)
        return error_set(e, ERR_LIMIT, "figures.by", "by",
                         "figures can be broken down by %d things at most",
                         CUBE_MAX_AXES);
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < x->n; i++) {
        struct axis *axis = &x->axes[i][x->n_axes], other;
        code = measure_axis(&x->q->measure, x->list[i]->numerator, name, axis, e);
        if (!code && x->list[i]->denominator && axis->kind == AXIS_FIELD)
            code = measure_axis(&x->q->measure, x->list[i]->denominator, name, &other, e);
        for (size_t k = 0; !code && k < x->n_axes; k++)
            if (same_axis(&x->axes[i][k], axis))
                code = error_set(e, ERR_INPUT, "figures.by", "by",
                                 "'" STR_FMT "' was asked for twice", STR_ARG(name));
    }
    if (code == ERR_USAGE && e) // of the command line, not of a request
        e->code = code = ERR_INPUT;
    x->n_axes += !code;
    return code;
}

static enum err read_axes(struct asking *x, struct error *e)
{
    struct str rest = request_query(x->q, "by"), head;
    enum err code = ERR_OK;
    for (bool more = rest.n > 0; more && !code;) {
        more = str_split(rest, ',', &head, &rest);
        code = add_axis(x, str_trim(more ? head : rest), e);
    }
    return code;
}

// Before anything is counted: how many figures there would be.
static enum err bound(const struct asking *x, struct error *e)
{
    const struct expr *numerator = x->list[0]->numerator;
    size_t groups = x->n;
    if (!expr_aggregates(numerator))
        return ERR_OK;
    struct cube_query query = {.aggregate = expr_aggregate(numerator, 0),
                               .first = x->period.first,
                               .last = x->period.last,
                               .root = x->root,
                               .axes = x->axes[0],
                               .n_axes = x->n_axes,
                               .today = x->q->measure.today};
    for (size_t i = 0; i < x->n_axes; i++) {
        struct cube_axis buckets;
        enum err code = cube_buckets(x->q->cube, x->q->arena, &query, i, &buckets, e);
        if (code)
            return code;
        if (size_mul(groups, buckets.n, &groups) && groups <= MOST_FIGURES)
            continue;
        error_set(e, ERR_LIMIT, "figures.many", "by",
                  "more than %d figures were asked for at once", MOST_FIGURES);
        return error_cure(e, "ask for a smaller area, a shorter period, fewer indicators "
                             "or fewer break-downs");
    }
    return ERR_OK;
}

// --- counting

static enum err count(struct asking *x, size_t i, struct period period,
                      struct figures *out, struct error *e)
{
    struct measure_scope scope = {period, x->root, x->axes[i], x->n_axes};
    return measure_indicator(&x->q->measure, x->q->arena, x->list[i], &scope, out, e);
}

// Over the one axis of time of a span.
static enum err add_up(struct asking *x, size_t i, struct error *e)
{
    struct measure_scope scope = {x->period, x->root, x->axes[i], x->n_axes};
    return measure_sums(&x->q->measure, x->q->arena, x->list[i], &scope, &x->now[i],
                        &x->sums[i], e);
}

static bool has_sums(const struct asking *x)
{
    size_t times = 0;
    for (size_t d = 0; d < x->n_axes; d++)
        times += x->axes[0][d].kind == AXIS_PERIOD;
    return times == 1 && period_is_span(&x->period);
}

// The bucket of a year ago that b is: the same place or code, the same months.
static size_t same_bucket(const struct cube_axis *then, const struct axis *axis,
                          const struct axis_bucket *b, size_t guess)
{
    struct period past = period_year_before(b->period);
    for (size_t k = 0; k < then->n; k++) {
        size_t i = (guess + k) % then->n;
        const struct axis_bucket *t = &then->buckets[i];
        if (axis->kind == AXIS_PERIOD ? t->period.first == past.first
                                      : t->index == b->index)
            return i;
    }
    return SIZE_MAX;
}

// The figures of a year ago in the order of this year's buckets; places open and close.
static enum err align(struct asking *x, size_t i, struct figures *then, struct error *e)
{
    const struct figures *now = &x->now[i];
    size_t *same[CUBE_MAX_AXES];
    for (size_t d = 0; d < x->n_axes; d++) {
        same[d] = ARENA_ARRAY(x->q->arena, size_t, now->axes[d].n + 1);
        if (!same[d])
            return error_memory(e);
        for (size_t k = 0; k < now->axes[d].n; k++)
            same[d][k] = then->axes[d].n ? same_bucket(&then->axes[d], &x->axes[i][d],
                                                       &now->axes[d].buckets[k], k)
                                         : SIZE_MAX;
    }
    struct figure *list = ARENA_ARRAY(x->q->arena, struct figure, now->n + 1);
    if (!list)
        return error_memory(e);
    for (size_t g = 0; g < now->n; g++) {
        size_t rest = g, at = 0, step = 1;
        for (size_t d = x->n_axes; d-- > 0 && at != SIZE_MAX;) {
            size_t k = same[d][rest % now->axes[d].n];
            rest /= now->axes[d].n;
            at = k == SIZE_MAX ? SIZE_MAX : at + k * step;
            step *= then->axes[d].n;
        }
        list[g] =
            at < then->n ? then->list[at] : (struct figure){.state = FIGURE_NO_DATA};
    }
    then->list = list;
    then->n = now->n;
    return ERR_OK;
}

static enum err count_all(struct asking *x, struct error *e)
{
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < x->n; i++) {
        code = count(x, i, x->period, &x->now[i], e);
        if (!code && x->now[i].n != x->now[0].n)
            code =
                error_set(e, ERR_INPUT, "figures.by", "by",
                          "'" STR_FMT "' and '" STR_FMT "' cannot be broken down alike",
                          STR_ARG(x->list[0]->name), STR_ARG(x->list[i]->name));
        if (!code && x->with_sums)
            code = add_up(x, i, e);
        if (!code && x->with_before)
            code = count(x, i, period_year_before(x->period), &x->before[i], e);
        if (!code && x->with_before)
            code = align(x, i, &x->before[i], e);
    }
    return code;
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
        if (!code && now && x->with_sums) {
            put_key(j, "sums");
            if (x->sums[i].list)
                code = put_figures(x, j, &x->sums[i], e);
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

static struct label axis_label(const struct request *q, const struct axis *axis)
{
    switch (axis->kind) {
    case AXIS_LEVEL:
        return q->county->pack->levels[axis->level].label;
    case AXIS_FACILITY:
        return q->county->pack->facilities ? q->county->pack->facilities->label
                                           : (struct label){STR("Facility"), STR("机构")};
    case AXIS_FIELD:
        return axis->field->label;
    case AXIS_PERIOD:
        break;
    }
    return (struct label){STR("Period"), STR("时间")};
}

static void put_axes(struct asking *x, struct json_writer *j)
{
    const struct axis *axes = x->axes[0];
    put_key(j, "axes");
    json_put_array(j);
    for (size_t d = 0; d < x->n_axes; d++) {
        struct str name =
            axes[d].kind == AXIS_LEVEL ? x->q->county->pack->levels[axes[d].level].name
            : axes[d].kind == AXIS_FACILITY ? STR("facility")
            : axes[d].kind == AXIS_PERIOD   ? str_of(period_kind_name(axes[d].period))
                                            : axes[d].field->name;
        json_put_object(j);
        put_text(j, "name", name);
        put_label(j, "label", axis_label(x->q, &axes[d]));
        put_key(j, "buckets");
        json_put_array(j);
        for (size_t k = 0; k < x->now[0].axes[d].n; k++)
            numbers_axis_bucket(j, x->q, &axes[d], &x->now[0].axes[d].buckets[k]);
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
    enum err code = put_list(x, j, x->now, true, e);
    if (!code && x->with_before) {
        put_key(j, "before");
        json_put_object(j);
        put_key(j, "period");
        numbers_period(j, x->q->arena, period_year_before(x->period));
        code = put_list(x, j, x->before, false, e);
        json_put_object_end(j);
    }
    if (!code)
        code = numbers_made(j, x->q, e);
    json_put_object_end(j);
    return code;
}

enum err figures_get(struct request *q, struct error *e)
{
    struct asking *x = ARENA_NEW(q->arena, struct asking);
    if (!x)
        return error_memory(e);
    x->q = q;
    int64_t before = 0;
    enum err code = request_int(q, "before", 0, 0, 1, &before, e);
    x->with_before = before == 1;
    if (!code)
        code = request_span(q, &x->period, e);
    if (!code)
        code = request_area(q, &x->root, e);
    if (!code)
        code = read_indicators(x, e);
    if (!code)
        code = read_axes(x, e);
    if (!code)
        code = bound(x, e);
    x->with_sums = !code && has_sums(x);
    if (!code)
        code = count_all(x, e);
    return code ? code : answer(x, e);
}
