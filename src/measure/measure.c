// SPDX-License-Identifier: AGPL-3.0-or-later
#include "measure/measure_private.h"

#include <math.h>
#include <string.h>

#include "register/rights.h"
#include "stats/interval.h"

static const double LEVEL = 0.95;

// --- one expression over groups

struct part { // one side of an indicator, by group
    double *value;
    int64_t *rows;
    bool *hidden;     // a small count of care stands behind it
    bool *empty;      // nothing was reported
    bool guarded;     // of a register of care, and the caller gives no care
    int64_t unplaced; // rows that no group takes
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

static bool is_guarded(const struct measure *m, const struct reg *r)
{
    return !access_shows_count(m->who, r->purpose, 1);
}

static bool is_small(const struct measure *m, double count)
{
    return !access_shows_count(m->who, PURPOSE_CARE, count);
}

// A sum of flags counts people as well as a count does; so does a mean, times its rows.
static bool shows_few(const struct measure *m, const struct aggregate *g, double value,
                      int64_t rows)
{
    double count = g->function == AGGREGATE_MEAN ? value * (double)rows : fabs(value);
    bool whole = g->function != AGGREGATE_MIN && g->function != AGGREGATE_MAX &&
                 fabs(count - nearbyint(count)) < 1e-6;
    return is_small(m, (double)rows) ||
           (whole && nearbyint(count) > 0 && is_small(m, nearbyint(count)));
}

// 97 of 100 says that there are 3 others: where the rest is a small count, so is the
// part.
static enum err hide_small_rests(const struct measure *m, struct arena *a,
                                 const struct aggregate *g,
                                 const struct measure_scope *scope,
                                 const struct cube_result *part, bool *hidden,
                                 struct error *e)
{
    if (!g->where || !is_guarded(m, g->reg))
        return ERR_OK;
    struct aggregate every = *g;
    every.where = NULL;
    struct cube_query q = {.aggregate = &every,
                           .first = scope->period.first,
                           .last = scope->period.last,
                           .root = scope->root,
                           .axes = scope->axes,
                           .n_axes = scope->n_axes,
                           .today = m->today};
    struct cube_result all;
    enum err code = cube_aggregate(m->cube, a, &q, &all, e);
    for (size_t i = 0; !code && i < part->n_groups && i < all.n_groups; i++)
        hidden[i] |=
            part->rows[i] > 0 && is_small(m, (double)(all.rows[i] - part->rows[i]));
    return code;
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
    for (size_t i = 0; i < n; i++) {
        const struct aggregate *g = expr_aggregate(x, i);
        out->guarded |= is_guarded(m, g->reg);
        out->unplaced += results[i].outside;
        code = hide_small_rests(m, a, g, scope, &results[i], out->hidden, e);
        if (code)
            return code;
    }
    for (size_t g = 0; g < out->n; g++) {
        bool reported = n == 0;
        for (size_t i = 0; i < n; i++) {
            const struct aggregate *x_i = expr_aggregate(x, i);
            values[i] = results[i].values[g];
            out->rows[g] += results[i].rows[g];
            // no row of a register of events is a true zero; no row of a report is
            // silence
            reported |= results[i].rows[g] > 0 || x_i->function == AGGREGATE_COUNT;
            out->hidden[g] |= is_guarded(m, x_i->reg) &&
                              shows_few(m, x_i, values[i], results[i].rows[g]);
            if (isnan(values[i]) && n > 1 && x_i->function != AGGREGATE_MEAN)
                values[i] = 0; // a part that nobody reported does not silence the others
        }
        out->empty[g] = !reported;
        out->value[g] = reported ? expr_combine(x, values) : NAN;
        // the difference of two counts is a count
        double v = fabs(out->value[g]);
        out->hidden[g] |= out->guarded && v == nearbyint(v) && is_small(m, v);
    }
    return ERR_OK;
}

// --- indicators

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

void measure_hide(struct figure *f)
{
    *f = (struct figure){.state = FIGURE_SUPPRESSED,
                         .numerator = NAN,
                         .denominator = NAN,
                         .value = NAN,
                         .low = NAN,
                         .high = NAN};
}

void measure_finish(struct figure *f, const struct indicator *i, bool is_rate)
{
    double per = i ? i->per : 1;
    if (!is_rate) {
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

static void fill_figure(struct figure *f, const struct indicator *i,
                        const struct part *num, const struct part *den, size_t g)
{
    *f = (struct figure){
        .numerator = NAN, .denominator = NAN, .value = NAN, .low = NAN, .high = NAN};
    if (num->hidden[g] || (den->n && den->hidden[g])) {
        measure_hide(f);
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
    measure_finish(f, i, den->n > 0);
}

// --- second suppression

// Groups that add up to a figure shown elsewhere: along one axis, the others fixed; on an
// axis of areas only those with the same parent.
struct line {
    size_t first, step, n;
    const int32_t *parent; // by bucket, or NULL
    int32_t of;
};

static bool in_line(const struct line *l, size_t i)
{
    return !l->parent || l->parent[i] == l->of;
}

// One hidden group beside a total could be found by subtraction, and so could the sum of
// several; the smallest of the others is hidden with them. True when something was.
static bool hide_in_line(const struct measure *m, struct figure *list,
                         const int64_t *rows, const struct line *l)
{
    bool changed = false;
    for (;;) {
        size_t hidden = 0, smallest = SIZE_MAX;
        int64_t sum = 0;
        for (size_t i = 0; i < l->n; i++) {
            size_t g = l->first + i * l->step;
            if (!in_line(l, i) || rows[g] <= 0)
                continue;
            if (list[g].state == FIGURE_SUPPRESSED) {
                hidden++;
                sum += rows[g];
            } else if (smallest == SIZE_MAX || rows[g] < rows[smallest]) {
                smallest = g;
            }
        }
        if (smallest == SIZE_MAX || !hidden || (hidden > 1 && !is_small(m, (double)sum)))
            return changed;
        measure_hide(&list[smallest]);
        changed = true;
    }
}

static bool hide_along(const struct measure *m, struct figures *out, const int64_t *rows,
                       size_t axis, const int32_t *parent)
{
    size_t n = out->axes[axis].n, step = 1;
    bool changed = false;
    for (size_t d = axis + 1; d < CUBE_MAX_AXES && out->axes[d].n; d++)
        step *= out->axes[d].n;
    for (size_t g = 0; g < out->n; g++) {
        if (g / step % n)
            continue; // not the first of its line
        struct line l = {.first = g, .step = step, .n = n, .parent = parent};
        for (size_t i = 0; i < n; i++) {
            l.of = parent ? parent[i] : 0;
            bool again = false;
            for (size_t k = i; parent && k-- > 0 && !again;)
                again = parent[k] == l.of; // mostly the one just before
            if (!again)
                changed |= hide_in_line(m, out->list, rows, &l);
            if (!parent)
                break;
        }
    }
    return changed;
}

// Every line of every axis, for numerators and denominators, until nothing changes.
static enum err hide_seconds(const struct measure *m, struct arena *a,
                             const struct formula *formula,
                             const struct measure_scope *scope, const struct part *num,
                             const struct part *den, struct figures *out, struct error *e)
{
    const struct places *p = m->county->places;
    int32_t *parents[CUBE_MAX_AXES] = {0};
    for (size_t d = 0; d < scope->n_axes; d++) {
        if (scope->axes[d].kind != AXIS_LEVEL)
            continue;
        parents[d] = ARENA_ARRAY(a, int32_t, out->axes[d].n + 1);
        if (!parents[d])
            return error_memory(e);
        for (size_t i = 0; i < out->axes[d].n; i++)
            parents[d][i] = p->areas[out->axes[d].buckets[i].index].parent;
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t d = 0; d < scope->n_axes; d++) {
            if (formula->apart && scope->axes[d].kind == AXIS_PERIOD)
                continue;
            if (num->guarded)
                changed |= hide_along(m, out, num->rows, d, parents[d]);
            if (den->guarded)
                changed |= hide_along(m, out, den->rows, d, parents[d]);
        }
    }
    return ERR_OK;
}

enum err measure_allows(const struct measure *m, int32_t root, struct error *e)
{
    if (rights_function(m->county->places, m->who, ACCESS_FIGURES, root))
        return ERR_OK;
    return error_set(e, ERR_FORBIDDEN, "measure.area", NULL,
                     "the area is outside that of " STR_FMT, STR_ARG(m->who->name));
}

// The scope in which the areas of `scope` are seen beside their neighbours (root alone),
// or through their parents (an axis of areas). axis: where the areas stand in it. False
// at the top.
static bool scope_above(const struct measure *m, const struct measure_scope *scope,
                        struct axis axes[CUBE_MAX_AXES], struct measure_scope *above,
                        size_t *axis)
{
    const struct area *areas = m->county->places->areas;
    int root_level = scope->root >= 0 ? areas[scope->root].level : -1;
    size_t d = 0;
    for (; d < scope->n_axes; d++) {
        axes[d] = scope->axes[d];
        if (axes[d].kind == AXIS_LEVEL)
            break;
    }
    bool levels = d < scope->n_axes;
    for (size_t k = d; k < scope->n_axes; k++)
        axes[k] = scope->axes[k];
    *above = *scope;
    above->axes = axes;
    *axis = d;
    if (d == CUBE_MAX_AXES)
        return false; // no room for an axis of areas
    int level = levels ? axes[d].level - 1 : root_level;
    if (level < 0)
        return false;
    if (level <= root_level) { // beside its neighbours
        above->root = areas[scope->root].parent;
        level = root_level;
        if (above->root < 0)
            return false;
    }
    axes[d] = (struct axis){.kind = AXIS_LEVEL, .level = level};
    above->n_axes = levels ? scope->n_axes : scope->n_axes + 1;
    return true;
}

// What is hidden of an area is hidden of the areas in it, and of the area when it is
// asked for alone.
static enum err hide_below(const struct measure *m, struct arena *a,
                           const struct formula *formula,
                           const struct measure_scope *scope, const struct part *num,
                           const struct part *den, struct figures *out, struct error *e)
{
    const struct places *p = m->county->places;
    struct axis axes[CUBE_MAX_AXES];
    struct measure_scope scope_up;
    struct figures up;
    struct formula formula_up = *formula;
    formula_up.alone = NULL; // of other groups
    size_t d;
    if (!scope_above(m, scope, axes, &scope_up, &d))
        return ERR_OK;
    enum err code = measure_compute(m, a, &formula_up, &scope_up, &up, e);
    if (code)
        return code;
    size_t inner = 1, n = d < scope->n_axes ? out->axes[d].n : 1;
    for (size_t k = 0; k < scope->n_axes; k++) {
        if (k != d && up.axes[k].n != out->axes[k].n)
            return error_set(e, ERR_INTERNAL, "measure.groups", NULL,
                             "an axis differs between an area and the one above");
        inner *= k > d ? out->axes[k].n : 1;
    }
    for (size_t g = 0; g < out->n; g++) {
        bool level = d < scope->n_axes;
        int32_t area = level ? out->axes[d].buckets[g / inner % n].index : scope->root;
        area = places_at_level(p, area, axes[d].level);
        for (size_t i = 0; i < up.axes[d].n; i++) {
            size_t same = (g / inner / n * up.axes[d].n + i) * inner + g % inner;
            if (up.axes[d].buckets[i].index == area &&
                up.list[same].state == FIGURE_SUPPRESSED &&
                (num->rows[g] > 0 || (den->n && den->rows[g] > 0)))
                measure_hide(&out->list[g]);
        }
    }
    return ERR_OK;
}

// 97 managed of 100 says that 3 are not.
static void hide_close_pairs(const struct measure *m, const struct indicator *i,
                             struct part *num, const struct part *den)
{
    if (!den->n || !num->guarded || !den->guarded || (i && i->interval == INTERVAL_RATIO))
        return;
    for (size_t g = 0; g < num->n; g++) {
        double rest = fabs(den->value[g] - num->value[g]);
        num->hidden[g] |= num->value[g] > 0 && is_small(m, rest);
    }
}

enum err measure_compute(const struct measure *m, struct arena *a,
                         const struct formula *formula, const struct measure_scope *scope,
                         struct figures *out, struct error *e)
{
    struct part num = {0}, den = {0};
    enum err code = run_part(m, a, formula->numerator, scope, &num, e);
    if (!code && formula->denominator)
        code = run_part(m, a, formula->denominator, scope, &den, e);
    if (code)
        return code;
    if (formula->denominator && den.n != num.n)
        return error_set(e, ERR_INPUT, "measure.axis", NULL,
                         "the numerator and the denominator cannot be broken down alike");
    hide_close_pairs(m, formula->indicator, &num, &den);
    out->n = num.n;
    memcpy(out->axes, num.axes, sizeof out->axes);
    out->unplaced = num.unplaced > den.unplaced ? num.unplaced : den.unplaced;
    if (out->unplaced && (num.guarded || den.guarded))
        out->unplaced = -1;
    out->list = ARENA_ARRAY(a, struct figure, num.n);
    if (!out->list)
        return error_memory(e);
    for (size_t g = 0; g < num.n; g++)
        fill_figure(&out->list[g], formula->indicator, &num, &den, g);
    if (!num.guarded && !den.guarded)
        return ERR_OK;
    code = hide_below(m, a, formula, scope, &num, &den, out, e);
    for (size_t g = 0; !code && formula->alone && g < out->n; g++)
        if (formula->alone->list[g].state == FIGURE_SUPPRESSED)
            measure_hide(&out->list[g]);
    return code ? code : hide_seconds(m, a, formula, scope, &num, &den, out, e);
}

static enum err asked(const struct measure *m, struct arena *a, const struct formula *f,
                      const struct measure_scope *scope, struct figures *out,
                      struct error *e)
{
    enum err code = measure_allows(m, scope->root, e);
    if (code)
        return code;
    return period_is_span(&scope->period) ? measure_span(m, a, f, scope, out, e)
                                          : measure_compute(m, a, f, scope, out, e);
}

enum err measure_indicator(const struct measure *m, struct arena *a,
                           const struct indicator *i, const struct measure_scope *scope,
                           struct figures *out, struct error *e)
{
    struct formula f = {.indicator = i, i->numerator, i->denominator};
    return asked(m, a, &f, scope, out, e);
}

enum err measure_expression(const struct measure *m, struct arena *a,
                            const struct expr *x, const struct measure_scope *scope,
                            struct figures *out, struct error *e)
{
    struct formula f = {.numerator = x};
    return asked(m, a, &f, scope, out, e);
}

// --- names

enum err measure_root(const struct measure *m, struct str text, int32_t *out,
                      struct error *e)
{
    const struct places *p = m->county->places;
    if (!text.n) { // the first of the caller's own
        int32_t roots[ACCESS_MAX_GRANTS];
        bool everywhere;
        size_t n = rights_function_roots(p, m->who, ACCESS_FIGURES, roots, &everywhere);
        *out = n ? roots[0] : -1;
        return everywhere || n ? ERR_OK : measure_allows(m, -1, e);
    }
    enum err code = places_find_area(p, text, -1, DATE_NONE, out, e);
    return code ? code : measure_allows(m, *out, e);
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
    for (size_t i = 0; i < m->county->pack->n_levels; i++) {
        const struct label *label = &m->county->pack->levels[i].label;
        if (!str_equal(text, label->en) && !str_equal(text, label->zh))
            continue;
        *out = (struct axis){.level = (int)i};
        return ERR_OK;
    }
    struct buf list = BUF_INIT(500);
    for (size_t i = 0; i < m->county->pack->n_levels; i++)
        buf_printf(&list, "%s" STR_FMT, i ? ", " : "",
                   STR_ARG(m->county->pack->levels[i].name));
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

struct str measure_root_name(const struct measure *m, int32_t root, bool zh)
{
    const struct places *p = m->county->places;
    // where the whole file is meant and it has one top (or one line of tops), that is its
    // name
    if (root < 0 && p->n_areas && p->areas[0].last == (int32_t)p->n_areas - 1) {
        root = 0;
        while (root + 1 < (int32_t)p->n_areas &&
               p->areas[root + 1].last == p->areas[root].last)
            root++;
    }
    if (root < 0)
        return zh ? STR("全部地区") : STR("All areas");
    return area_name(&p->areas[root], zh);
}

struct label measure_axis_label(const struct measure *m, const struct axis *axis)
{
    const struct pack *p = m->county->pack;
    switch (axis->kind) {
    case AXIS_LEVEL:
        return p->levels[axis->level].label;
    case AXIS_FACILITY:
        return p->facilities ? p->facilities->label
                             : (struct label){STR("Facility"), STR("机构")};
    case AXIS_FIELD:
        return axis->field->label;
    case AXIS_PERIOD:
        break;
    }
    return (struct label){STR("Period"), STR("时间")};
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
    case AXIS_LEVEL:
        return area_name(&p->areas[b->index], zh);
    case AXIS_FACILITY:
        return facility_name(&p->facilities[b->index], zh);
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
