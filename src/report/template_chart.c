// SPDX-License-Identifier: AGPL-3.0-or-later
// The charts of a report.
#include <math.h>
#include <string.h>

#include "report/template_private.h"

struct plot {
    struct builder *b;
    const struct section *s;
    struct axis axis;
    struct doc_chart chart;
    struct series *series;
};

static enum err reserve(struct plot *p, size_t series, size_t categories, struct error *e)
{
    struct arena *a = p->b->a;
    p->series = ARENA_ARRAY(a, struct series, series + 1);
    p->chart.categories = ARENA_ARRAY(a, struct str, categories + 1);
    p->chart.n_categories = categories;
    p->chart.series = p->series;
    return p->series && p->chart.categories ? ERR_OK : error_memory(e);
}

static enum err name_categories(struct plot *p, const struct cube_axis *axis,
                                struct error *e)
{
    bool repeated;
    struct str *known = builder_bucket_names(p->b, &p->axis, axis, true, &repeated);
    if (!known)
        return error_memory(e);
    struct str *names = (struct str *)(uintptr_t)p->chart.categories;
    for (size_t i = 0; i < axis->n; i++) {
        const struct axis_bucket *bucket = &axis->buckets[i];
        // on a time axis of months the year is in the title; "6月" and "Jun" are enough
        if (p->axis.kind == AXIS_PERIOD && p->axis.period == PERIOD_MONTH &&
            period_count(p->b->period, PERIOD_MONTH) <= 12) {
            static const char *const months[] = {"Jan", "Feb", "Mar", "Apr",
                                                 "May", "Jun", "Jul", "Aug",
                                                 "Sep", "Oct", "Nov", "Dec"};
            int year, month, day;
            date_to_ymd(bucket->period.first, &year, &month, &day);
            names[i] =
                p->b->zh ? str_format(p->b->a, "%d月", month) : str_of(months[month - 1]);
        } else {
            names[i] = known[i];
        }
    }
    return ERR_OK;
}

// Values of one line or set of points. A figure without a number is a gap.
static enum err add_series(struct plot *p, struct str label, const struct figures *f,
                           bool interval, bool size, struct error *e)
{
    struct arena *a = p->b->a;
    size_t n = p->chart.n_categories;
    double *value = ARENA_ARRAY(a, double, n + 1), *low = ARENA_ARRAY(a, double, n + 1);
    double *high = ARENA_ARRAY(a, double, n + 1), *weight = ARENA_ARRAY(a, double, n + 1);
    if (!value || !low || !high || !weight)
        return error_memory(e);
    for (size_t i = 0; i < n; i++) {
        const struct figure *x = i < f->n ? &f->list[i] : NULL;
        bool good = x && x->state == FIGURE_OK && !x->outside;
        value[i] = good ? x->value : NAN;
        low[i] = good ? x->low : NAN;
        high[i] = good ? x->high : NAN;
        bool ratio = p->chart.ratio;
        weight[i] = !good ? NAN : ratio ? x->numerator + x->denominator : x->denominator;
        p->b->suppressed |= x && x->state == FIGURE_SUPPRESSED;
    }
    p->series[p->chart.n_series++] = (struct series){.label = label,
                                                     .value = value,
                                                     .low = interval ? low : NULL,
                                                     .high = interval ? high : NULL,
                                                     .size = size ? weight : NULL};
    return ERR_OK;
}

// --- which sex a series is of

static enum series_role role_of_code(const struct field *f, int32_t index)
{
    if (!f || index < 0 || (size_t)index >= f->n_codes)
        return SERIES_ANY;
    struct str code = f->codes[index].value;
    return str_equal_c(code, "m")   ? SERIES_MALE
           : str_equal_c(code, "f") ? SERIES_FEMALE
                                    : SERIES_ANY;
}

// The field whose codes are the sexes, NULL when a register has none.
static const struct field *sex_field(const struct reg *r)
{
    for (size_t i = 0; i < r->n_fields; i++) {
        unsigned found = 0;
        for (size_t k = 0; k < r->fields[i].n_codes; k++)
            found |= 1U << role_of_code(&r->fields[i], (int32_t)k);
        if (found & 1U << SERIES_MALE && found & 1U << SERIES_FEMALE)
            return &r->fields[i];
    }
    return NULL;
}

static bool str_has(struct str s, const char *part)
{
    struct str want = str_of(part);
    for (size_t i = 0; i + want.n <= s.n; i++)
        if (str_starts((struct str){s.p + i, s.n - i}, want))
            return true;
    return false;
}

// A count of one sex alone, or of both beside them.
static enum series_role role_of_count(struct builder *b, const struct expr *x)
{
    if (expr_aggregates(x) != 1)
        return SERIES_ANY;
    const struct aggregate *g = expr_aggregate(x, 0);
    const struct field *sex = sex_field(g->reg);
    bool *used = ARENA_ARRAY(b->a, bool, g->reg->n_fields);
    if (!sex || !used)
        return SERIES_ANY;
    if (g->where)
        expr_fields(g->where, used);
    if (!used[sex->index])
        return SERIES_TOTAL;
    struct buf sql = BUF_INIT(1 << 16); // shows which codes are asked for
    expr_sql(g->where, STR("t"), 0, &sql);
    bool male = str_has(buf_str(&sql), "'m'"), female = str_has(buf_str(&sql), "'f'");
    buf_free(&sql);
    return male == female ? SERIES_ANY : male ? SERIES_MALE : SERIES_FEMALE;
}

// A total is one only beside its parts.
static void settle_roles(struct plot *p)
{
    bool parts = false;
    for (size_t k = 0; k < p->chart.n_series; k++)
        parts |= p->series[k].role == SERIES_MALE || p->series[k].role == SERIES_FEMALE;
    for (size_t k = 0; k < p->chart.n_series; k++)
        if (!parts && p->series[k].role == SERIES_TOTAL)
            p->series[k].role = SERIES_ANY;
}

static void take_reference(struct plot *p, const struct indicator *i)
{
    if (i->has_reference) {
        p->chart.has_reference = true;
        p->chart.reference = i->reference;
        p->chart.reference_low = i->reference_low;
        p->chart.reference_high = i->reference_high;
        p->chart.reference_label =
            str_format(p->b->a, p->b->zh ? "参考值 %.*s" : "reference %.*s",
                       STR_ARG(builder_number(p->b, i->reference, 1)));
    } else if (i->has_target && p->s->chart != CHART_FUNNEL) {
        p->chart.has_reference = true;
        p->chart.reference = i->target;
        p->chart.reference_low = p->chart.reference_high = NAN;
        p->chart.reference_label =
            str_format(p->b->a, p->b->zh ? "目标 %.*s" : "target %.*s",
                       STR_ARG(builder_number(p->b, i->target, 0)));
    }
}

static enum err of_indicators(struct plot *p, struct error *e)
{
    struct builder *b = p->b;
    const struct section *s = p->s;
    struct measure_scope scope = builder_scope(b, b->period, &p->axis, 1);
    enum err code = ERR_OK;
    for (size_t k = 0; !code && k < s->n_indicators; k++) {
        const struct indicator *i = builder_edition(b, s->indicators[k]);
        struct figures f;
        code = measure_indicator(b->m, b->a, i, &scope, &f, e);
        if (!code && k == 0) {
            code = reserve(p, s->n_indicators + 1, f.n, e);
            if (!code)
                code = name_categories(p, &f.axes[0], e);
            if (code)
                break;
            p->chart.decimals = i->decimals;
            p->chart.ratio = i->interval == INTERVAL_RATIO;
            p->chart.percent = i->interval == INTERVAL_PROPORTION && i->per == 100;
            p->chart.value_label = builder_unit(b, i);
            take_reference(p, i);
        }
        bool interval = i->interval != INTERVAL_NONE && s->n_indicators == 1;
        if (!code)
            code = add_series(p, label_in(i->label, b->zh), &f, interval,
                              s->chart == CHART_FUNNEL, e);
        if (!code && !i->denominator)
            p->series[k].role = role_of_count(b, i->numerator);
        if (!code && !builder_use(b, i))
            code = error_memory(e);
    }
    settle_roles(p);
    p->chart.size_label = p->chart.ratio
                              ? builder_say(b, "both counts together", "两数合计")
                              : builder_say(b, "denominator", "分母");
    return code;
}

// One measure over the axis; on a time axis the year before is drawn beside it.
static enum err of_measure(struct plot *p, struct error *e)
{
    struct builder *b = p->b;
    const struct section *s = p->s;
    struct measure_scope scope = builder_scope(b, b->period, &p->axis, 1);
    struct figures f;
    enum err code = measure_expression(b->m, b->a, s->measure, &scope, &f, e);
    if (!code)
        code = reserve(p, 3, f.n, e);
    if (!code)
        code = name_categories(p, &f.axes[0], e);
    if (code)
        return code;
    p->chart.value_label = label_in(s->measure_label, b->zh);
    struct str now = p->axis.kind == AXIS_PERIOD ? period_label(b->a, b->period, b->zh)
                                                 : label_in(s->measure_label, b->zh);
    code = add_series(p, now, &f, false, false, e);
    if (code || p->axis.kind != AXIS_PERIOD)
        return code;
    scope.period = period_year_before(b->period);
    code = measure_expression(b->m, b->a, s->measure, &scope, &f, e);
    bool any = false;
    for (size_t i = 0; !code && i < f.n; i++)
        any |= f.list[i].state == FIGURE_OK && f.list[i].rows > 0;
    if (!code && any)
        code =
            add_series(p, period_label(b->a, scope.period, b->zh), &f, false, false, e);
    if (!code && any)
        p->series[1].role = SERIES_BEFORE;
    return code;
}

// --- pyramid

enum { BAND = 5, OLDEST = 85 };

// Single years of age are drawn in bands of five; a code field as it is.
static enum err of_ages(struct plot *p, struct error *e)
{
    struct builder *b = p->b;
    const struct section *s = p->s;
    struct axis axes[2] = {{.kind = AXIS_FIELD, .field = s->rows},
                           {.kind = AXIS_FIELD, .field = s->columns}};
    struct measure_scope scope = builder_scope(b, b->period, axes, 2);
    struct figures f;
    enum err code = measure_expression(b->m, b->a, s->measure, &scope, &f, e);
    if (code)
        return code;
    bool years = s->rows->type == TYPE_INT;
    size_t ages = f.axes[0].n, sexes = f.axes[1].n,
           bands = years ? OLDEST / BAND + 1 : ages;
    code = reserve(p, 2, bands, e);
    if (code)
        return code;
    struct str *names = (struct str *)(uintptr_t)p->chart.categories;
    for (size_t i = 0; i < bands; i++)
        names[i] =
            !years
                ? measure_bucket_label(b->m, b->a, &axes[0], &f.axes[0].buckets[i], b->zh)
            : i + 1 == bands ? str_format(b->a, "%d+", OLDEST)
                             : str_format(b->a, "%zu–%zu", i * BAND, i * BAND + BAND - 1);
    for (size_t k = 0; k < sexes && p->chart.n_series < 2; k++) {
        if (f.axes[1].buckets[k].index < 0)
            continue;
        double *value = ARENA_ARRAY(b->a, double, bands + 1);
        if (!value)
            return error_memory(e);
        for (size_t i = 0; i < ages; i++) {
            const struct figure *x = &f.list[i * sexes + k];
            int age = f.axes[0].buckets[i].index;
            b->suppressed |= x->state == FIGURE_SUPPRESSED;
            if (age < 0 || (x->state != FIGURE_OK && x->state != FIGURE_SUPPRESSED))
                continue;
            size_t band = !years ? i : age >= OLDEST ? bands - 1 : (size_t)age / BAND;
            value[band] += x->value; // a band with a hidden year is a gap
        }
        p->series[p->chart.n_series++] =
            (struct series){.label = measure_bucket_label(b->m, b->a, &axes[1],
                                                          &f.axes[1].buckets[k], b->zh),
                            .role = role_of_code(s->columns, f.axes[1].buckets[k].index),
                            .value = value};
    }
    p->chart.value_label = label_in(s->measure_label, b->zh);
    return ERR_OK;
}

static enum chart_form form_of(enum chart_kind kind)
{
    static const enum chart_form forms[] = {
        [CHART_BAR] = CHART_FORM_BAR,           [CHART_LINE] = CHART_FORM_LINE,
        [CHART_INTERVAL] = CHART_FORM_INTERVAL, [CHART_FUNNEL] = CHART_FORM_FUNNEL,
        [CHART_PYRAMID] = CHART_FORM_PYRAMID,
    };
    return forms[kind];
}

enum err builder_chart(struct builder *b, const struct section *s, struct error *e)
{
    struct plot p = {.b = b, .s = s};
    p.chart.form = form_of(s->chart);
    p.chart.title = label_in(s->title, b->zh);
    p.chart.note = label_in(s->note, b->zh);
    p.chart.reference_low = p.chart.reference_high = NAN;
    enum err code = ERR_OK;
    if (s->chart == CHART_PYRAMID) {
        code = of_ages(&p, e);
    } else {
        const struct expr *x = s->n_indicators
                                   ? builder_edition(b, s->indicators[0])->numerator
                                   : s->measure;
        code = measure_axis(b->m, x, s->by, &p.axis, e);
        if (!code)
            code = s->n_indicators ? of_indicators(&p, e) : of_measure(&p, e);
    }
    if (!code && !doc_chart(b->d, &p.chart))
        code = error_memory(e);
    return code;
}
