// SPDX-License-Identifier: AGPL-3.0-or-later
#include "measure/measure.h"

#include <math.h>
#include <string.h>

#include "stats/interval.h"

static const double LEVEL = 0.95;

// --- one expression over groups
// -----------------------------------------------------------------

struct part { // one side of an indicator, by group
    double *value;
    int64_t *rows;
    bool *hidden; // a small count of care stands behind it
    bool *empty;  // nothing was reported
    struct cube_axis axes[CUBE_MAX_AXES];
    size_t n;
};

static enum err run_aggregates(const struct measure *m, struct arena *a,
                               const struct expr *x, const struct measure_scope *scope,
                               struct cube_result *results, struct error *e)
{
    size_t n = expr_aggregates(x);
    for (size_t i = 0; i < n; i++) {
        struct cube_query q = {.aggregate = expr_aggregate(x, i),
                               .first = scope->period.first,
                               .last = scope->period.last,
                               .root = scope->root,
                               .axes = scope->axes,
                               .n_axes = scope->n_axes,
                               .today = m->today};
        enum err code = cube_aggregate(m->cube, a, &q, &results[i], e);
        if (code)
            return code;
        if (results[i].n_groups != results[0].n_groups)
            return error_set(e, ERR_INTERNAL, "measure.groups", NULL,
                             "two parts of one expression have different groups");
    }
    return ERR_OK;
}

static enum err run_part(const struct measure *m, struct arena *a, const struct expr *x,
                         const struct measure_scope *scope, struct part *out,
                         struct error *e)
{
    size_t n = expr_aggregates(x);
    struct cube_result *results = ARENA_ARRAY(a, struct cube_result, n + 1);
    double *values = ARENA_ARRAY(a, double, n + 1);
    if (!results || !values)
        return error_memory(e);
    enum err code = run_aggregates(m, a, x, scope, results, e);
    if (code)
        return code;
    out->n = n ? results[0].n_groups : 1;
    memcpy(out->axes, results[0].axes, sizeof out->axes);
    out->value = ARENA_ARRAY(a, double, out->n);
    out->rows = ARENA_ARRAY(a, int64_t, out->n);
    out->hidden = ARENA_ARRAY(a, bool, out->n);
    out->empty = ARENA_ARRAY(a, bool, out->n);
    if (!out->value || !out->rows || !out->hidden || !out->empty)
        return error_memory(e);
    for (size_t g = 0; g < out->n; g++) {
        bool reported = n == 0;
        for (size_t i = 0; i < n; i++) {
            const struct aggregate *x_i = expr_aggregate(x, i);
            values[i] = results[i].values[g];
            out->rows[g] += results[i].rows[g];
            // no row of a register of events is a true zero; no row of a report is
            // silence
            reported |= results[i].rows[g] > 0 || x_i->function == AGGREGATE_COUNT;
            out->hidden[g] |= !access_shows_count(m->who, x_i->reg->purpose,
                                                  (double)results[i].rows[g]);
            if (isnan(values[i]) && n > 1 && x_i->function != AGGREGATE_MEAN)
                values[i] = 0; // a part that nobody reported does not silence the others
        }
        out->empty[g] = !reported;
        out->value[g] = reported ? expr_combine(x, values) : NAN;
    }
    return ERR_OK;
}

// --- indicators
// ---------------------------------------------------------------------------------

static void add_interval(struct figure *f, const struct indicator *i)
{
    if (i->interval == INTERVAL_NONE)
        return;
    struct interval x;
    if (i->interval == INTERVAL_RATIO) {
        x = interval_ratio(f->numerator, f->denominator, i->per, LEVEL);
    } else {
        x = interval_wilson(f->numerator, f->denominator, LEVEL);
        x.low *= i->per;
        x.high *= i->per;
    }
    f->low = x.low;
    f->high = x.high;
}

static void fill_figure(struct figure *f, const struct indicator *i,
                        const struct part *num, const struct part *den, size_t g)
{
    *f = (struct figure){
        .numerator = NAN, .denominator = NAN, .value = NAN, .low = NAN, .high = NAN};
    if (num->hidden[g] || (den->n && den->hidden[g])) {
        f->state = FIGURE_SUPPRESSED;
        return;
    }
    f->rows = num->rows[g];
    f->numerator = num->value[g];
    if (den->n)
        f->denominator = den->value[g];
    if (num->empty[g] || isnan(f->numerator) ||
        (den->n && (den->empty[g] || isnan(f->denominator)))) {
        f->state = FIGURE_NO_DATA;
        return;
    }
    double per = i ? i->per : 1;
    if (!den->n) {
        f->value = per * f->numerator;
    } else if (f->denominator == 0) {
        f->state = FIGURE_NOT_DEFINED;
        f->outside = i->inside && f->numerator > 0;
        return;
    } else {
        f->value = per * f->numerator / f->denominator;
        f->outside = i->inside && f->numerator > f->denominator;
        if (!f->outside)
            add_interval(f, i);
    }
    if (i && i->has_target && i->better && !f->outside)
        f->target =
            (i->better > 0 ? f->value >= i->target : f->value <= i->target) ? 1 : -1;
}

// One hidden group beside a total that is shown could be found by subtraction; the
// smallest of the others is hidden with it.
static void hide_a_second(struct figures *out)
{
    size_t hidden = 0, smallest = out->n;
    for (size_t g = 0; g < out->n; g++) {
        const struct figure *f = &out->list[g];
        hidden += f->state == FIGURE_SUPPRESSED;
        if (f->state == FIGURE_OK && f->rows > 0 &&
            (smallest == out->n || f->rows < out->list[smallest].rows))
            smallest = g;
    }
    if (hidden == 1 && smallest < out->n)
        out->list[smallest] = (struct figure){.state = FIGURE_SUPPRESSED,
                                              .numerator = NAN,
                                              .denominator = NAN,
                                              .value = NAN,
                                              .low = NAN,
                                              .high = NAN};
}

static enum err check_root(const struct measure *m, int32_t root, struct error *e)
{
    if (!m->who->area)
        return ERR_OK;
    int32_t own = places_area_index(m->county->places, m->who->area);
    if (root >= 0 && own >= 0 && places_within(m->county->places, root, own))
        return ERR_OK;
    return error_set(e, ERR_FORBIDDEN, "measure.area", NULL,
                     "the area is outside that of " STR_FMT, STR_ARG(m->who->name));
}

static enum err run(const struct measure *m, struct arena *a, const struct indicator *i,
                    const struct expr *numerator, const struct expr *denominator,
                    const struct measure_scope *scope, struct figures *out,
                    struct error *e)
{
    struct part num = {0}, den = {0};
    enum err code = check_root(m, scope->root, e);
    if (!code)
        code = run_part(m, a, numerator, scope, &num, e);
    if (!code && denominator)
        code = run_part(m, a, denominator, scope, &den, e);
    if (code)
        return code;
    if (denominator && den.n != num.n)
        return error_set(e, ERR_INPUT, "measure.axis", NULL,
                         "the numerator and the denominator cannot be broken down alike");
    out->n = num.n;
    memcpy(out->axes, num.axes, sizeof out->axes);
    out->list = ARENA_ARRAY(a, struct figure, num.n);
    if (!out->list)
        return error_memory(e);
    for (size_t g = 0; g < num.n; g++)
        fill_figure(&out->list[g], i, &num, &den, g);
    if (scope->n_axes)
        hide_a_second(out);
    return ERR_OK;
}

enum err measure_indicator(const struct measure *m, struct arena *a,
                           const struct indicator *i, const struct measure_scope *scope,
                           struct figures *out, struct error *e)
{
    return run(m, a, i, i->numerator, i->denominator, scope, out, e);
}

enum err measure_expression(const struct measure *m, struct arena *a,
                            const struct expr *x, const struct measure_scope *scope,
                            struct figures *out, struct error *e)
{
    return run(m, a, NULL, x, NULL, scope, out, e);
}

// --- names
// --------------------------------------------------------------------------------------

enum err measure_root(const struct measure *m, struct str text, int32_t *out,
                      struct error *e)
{
    const struct places *p = m->county->places;
    *out = m->who->area ? places_area_index(p, m->who->area) : -1;
    if (!text.n)
        return ERR_OK;
    enum err code = places_find_area(p, text, -1, DATE_NONE, out, e);
    return code ? code : check_root(m, *out, e);
}

static const struct field *field_of(const struct expr *x, struct str name)
{
    for (size_t i = 0; x && i < expr_aggregates(x); i++) {
        const struct field *f = reg_field(expr_aggregate(x, i)->reg, name);
        if (f)
            return f;
    }
    return NULL;
}

enum err measure_axis(const struct measure *m, const struct expr *x, struct str text,
                      struct axis *out, struct error *e)
{
    *out = (struct axis){.level = pack_level(m->county->pack, text)};
    if (out->level >= 0)
        return ERR_OK; // AXIS_LEVEL is the first kind
    out->kind = AXIS_FACILITY;
    if (str_equal(text, STR("facility")))
        return ERR_OK;
    out->kind = AXIS_PERIOD;
    if (period_kind_from_name(text, &out->period))
        return ERR_OK;
    out->kind = AXIS_FIELD;
    out->field = field_of(x, text);
    if (out->field && !out->field->identifies &&
        (out->field->type == TYPE_CODE || out->field->type == TYPE_BOOL ||
         out->field->type == TYPE_INT))
        return ERR_OK;
    struct buf list = BUF_INIT(500);
    for (size_t i = 0; i < m->county->pack->n_levels; i++)
        buf_printf(&list, STR_FMT ", ", STR_ARG(m->county->pack->levels[i].name));
    error_set(e, ERR_USAGE, "measure.by", "--by",
              "figures cannot be broken down by '" STR_FMT "'", STR_ARG(text));
    error_cure(e,
               "by a level (" STR_FMT
               "), by facility, by month, quarter, half or year, or by a "
               "field of codes",
               STR_ARG(buf_str(&list)));
    buf_free(&list);
    return ERR_USAGE;
}

struct str measure_bucket_label(const struct measure *m, struct arena *a,
                                const struct axis *axis, const struct axis_bucket *b,
                                bool zh)
{
    const struct places *p = m->county->places;
    if (axis->kind == AXIS_PERIOD)
        return period_label(a, b->period, zh);
    if (b->index < 0 && axis->kind == AXIS_FIELD)
        return zh ? STR("未填") : STR("not recorded");
    switch (axis->kind) {
    case AXIS_LEVEL: {
        const struct area *x = &p->areas[b->index];
        return !zh && x->name_en.n ? x->name_en : x->name;
    }
    case AXIS_FACILITY: {
        const struct facility *x = &p->facilities[b->index];
        return !zh && x->name_en.n ? x->name_en : x->name;
    }
    case AXIS_FIELD:
        if (axis->field->type == TYPE_CODE)
            return label_in(axis->field->codes[b->index].label, zh);
        break;
    case AXIS_PERIOD:
        break;
    }
    return str_format(a, "%d", b->index);
}

struct str measure_bucket_code(const struct measure *m, struct arena *a,
                               const struct axis *axis, const struct axis_bucket *b)
{
    const struct places *p = m->county->places;
    switch (axis->kind) {
    case AXIS_LEVEL:
        return p->areas[b->index].code;
    case AXIS_FACILITY:
        return p->facilities[b->index].code;
    case AXIS_PERIOD:
        return str_copy(a, str_of(b->period.id));
    case AXIS_FIELD:
        break;
    }
    if (b->index < 0)
        return STR("");
    return axis->field->type == TYPE_CODE ? axis->field->codes[b->index].value
                                          : str_format(a, "%d", b->index);
}
