// SPDX-License-Identifier: AGPL-3.0-or-later
// The tables of a report.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/template_private.h"

// --- a table being built

enum err grid_begin(struct grid *g, struct builder *b, size_t columns, size_t rows,
                    struct error *e)
{
    *g = (struct grid){.b = b, .max_columns = columns, .max_rows = rows};
    g->columns = ARENA_ARRAY(b->a, struct table_column, columns + 1);
    g->cells = ARENA_ARRAY(b->a, struct cell, (columns + 1) * (rows + 1));
    g->levels = ARENA_ARRAY(b->a, int, rows + 1);
    return g->columns && g->cells && g->levels ? ERR_OK : error_memory(e);
}

struct table_column *grid_column(struct grid *g, struct str title, bool number)
{
    struct table_column *c = &g->columns[g->n_columns++];
    *c =
        (struct table_column){.title = title, .align = number ? ALIGN_RIGHT : ALIGN_LEFT};
    return c;
}

// Columns must all be there before the first row.
struct cell *grid_row(struct grid *g, int level)
{
    g->levels[g->n_rows] = level;
    return &g->cells[g->n_rows++ * g->n_columns];
}

enum err grid_end(struct grid *g, struct str title, struct str note, struct error *e)
{
    struct doc_table t = {.title = title,
                          .columns = g->columns,
                          .n_columns = g->n_columns,
                          .cells = g->cells,
                          .n_rows = g->n_rows,
                          .row_level = g->levels,
                          .small = g->small,
                          .note = note};
    return doc_table(g->b->d, &t) ? ERR_OK : error_memory(e);
}

struct str builder_unplaced(struct builder *b, struct str said, const struct indicator *i,
                            int64_t outside)
{
    struct str label = label_in(i->label, b->zh);
    if (!outside)
        return said;
    struct str count = outside < 0 ? builder_say(b, "some", "若干")
                                   : builder_number(b, (double)outside, 0);
    return str_format(b->a, "%.*s%s%.*s %.*s", STR_ARG(said),
                      !said.n ? ""
                      : b->zh ? "、"
                              : ", ",
                      STR_ARG(label), STR_ARG(count));
}

struct str builder_unplaced_note(struct builder *b, struct str note, struct str said)
{
    if (!said.n)
        return note;
    return str_format(b->a,
                      b->zh ? "%.*s%s未列入以上任何一行的记录数（地点未填、不在此级，"
                              "或在此期间已撤销或尚未设立）：%.*s。"
                            : "%.*s%sRows of the registers that are in no line above "
                              "(no such place, or one that was closed then): %.*s.",
                      STR_ARG(note),
                      !note.n ? ""
                      : b->zh ? "。"
                              : ". ",
                      STR_ARG(said));
}

// --- indicators

static struct str bucket_name(struct builder *b, const struct axis *axis,
                              const struct axis_bucket *bucket)
{
    return measure_bucket_label(b->m, b->a, axis, bucket, b->zh);
}

struct str builder_above(const struct builder *b, const struct axis_bucket *bucket)
{
    const struct places *p = b->m->county->places;
    int32_t above = bucket->index < 0 ? -1 : p->areas[bucket->index].parent;
    return above < 0 ? STR("") : builder_place(b, above, -1);
}

static bool is_alike(const struct str *names, size_t n, size_t i)
{
    for (size_t k = 0; k < n; k++)
        if (k != i && str_equal(names[k], names[i]))
            return true;
    return false;
}

struct str *builder_bucket_names(struct builder *b, const struct axis *axis,
                                 const struct cube_axis *buckets, bool apart,
                                 bool *repeated)
{
    struct str *names = ARENA_ARRAY(b->a, struct str, buckets->n + 1);
    struct str *out = ARENA_ARRAY(b->a, struct str, buckets->n + 1);
    *repeated = false;
    if (!names || !out)
        return NULL;
    for (size_t i = 0; i < buckets->n; i++)
        names[i] = bucket_name(b, axis, &buckets->buckets[i]);
    for (size_t i = 0; i < buckets->n; i++) {
        out[i] = names[i];
        if (axis->kind != AXIS_LEVEL || !is_alike(names, buckets->n, i))
            continue;
        *repeated = true;
        struct str above = builder_above(b, &buckets->buckets[i]);
        if (apart && above.n)
            out[i] = str_format(b->a, b->zh ? "%.*s（%.*s）" : "%.*s, %.*s",
                                STR_ARG(names[i]), STR_ARG(above));
    }
    return out;
}

struct indicator_columns {
    bool denominator, interval, target, before;
    int decimals; // the most of any indicator
};

static void indicator_header(struct grid *g, const struct indicator_columns *has,
                             const struct measure_table *t)
{
    struct builder *b = g->b;
    grid_column(g, builder_say(b, "Indicator", "指标"), false);
    for (size_t d = 0; d < t->n_axes; d++)
        grid_column(g, label_in(measure_axis_label(b->m, &t->axes[0][d]), b->zh), false);
    if (has->denominator)
        grid_column(g, builder_say(b, "Numerator", "分子"), true);
    if (has->denominator)
        grid_column(g, builder_say(b, "Denominator", "分母"), true);
    grid_column(g,
                has->interval ? builder_say(b, "Value (95% interval)", "数值（95%区间）")
                              : builder_say(b, "Value", "数值"),
                true)
        ->decimals = has->decimals;
    grid_column(g, builder_say(b, "Unit", "单位"), false);
    if (has->target)
        grid_column(g, builder_say(b, "Target", "目标"), true);
    if (has->before)
        grid_column(g, builder_say(b, "Year before", "上年同期"), true)->decimals =
            has->decimals;
}

static struct cell before_cell(struct builder *b, const struct figure *f)
{
    return f->outside && f->state == FIGURE_OK ? builder_data_error(b)
                                               : builder_cell(b, f, f->value);
}

static void indicator_rows(struct grid *g, const struct measure_table *t, size_t at,
                           const struct figures *now, const struct indicator_columns *has)
{
    struct builder *b = g->b;
    const struct indicator *i = t->list[at];
    for (size_t k = 0; k < now->n; k++) {
        const struct figure *f = &now->list[k];
        size_t last = t->n_axes - 1; // below its parts a sum is ruled off
        bool sum =
            t->n_axes && period_is_span(&measure_table_bucket(t, now, k, last)->period);
        struct cell *c = grid_row(g, sum ? -1 : 0);
        *c++ = (struct cell){
            .kind = CELL_TEXT,
            .text = label_in(i->label, b->zh),
            .anchor = str_format(b->a, "indicator:" STR_FMT, STR_ARG(i->name))};
        for (size_t d = 0; d < t->n_axes; d++)
            *c++ = text_cell(
                bucket_name(b, &t->axes[at][d], measure_table_bucket(t, now, k, d)));
        if (has->denominator)
            *c++ = i->denominator ? builder_cell(b, f, f->numerator)
                                  : (struct cell){.kind = CELL_EMPTY};
        if (has->denominator)
            *c++ = i->denominator ? builder_cell(b, f, f->denominator)
                                  : (struct cell){.kind = CELL_EMPTY};
        *c = builder_value_cell(b, i, f);
        c++->more_decimals = i->decimals - has->decimals;
        *c++ = text_cell(builder_unit(b, i));
        if (has->target)
            *c++ = i->has_target
                       ? text_cell(str_format(
                             b->a, "%s %.*s", i->better < 0 ? "≤" : "≥",
                             STR_ARG(builder_number(
                                 b, i->target,
                                 i->target == nearbyint(i->target) ? 0 : i->decimals))))
                       : (struct cell){.kind = CELL_EMPTY};
        if (has->before) {
            *c = before_cell(b, &t->before[at].list[k]);
            c++->more_decimals = i->decimals - has->decimals;
        }
    }
}

enum err builder_indicators(struct builder *b, struct measure_table *t, struct str title,
                            struct str note, struct error *e)
{
    struct indicator_columns has = {.before = !t->n_axes && !period_is_span(&t->period)};
    struct figures *now = ARENA_ARRAY(b->a, struct figures, t->n + 1);
    enum err code =
        now ? measure_table_count(b->m, b->a, t, has.before, e) : error_memory(e);
    size_t rows = 0;
    for (size_t k = 0; !code && k < t->n; k++) {
        const struct indicator *i = t->list[k];
        code = measure_table_joined(b->a, t, k, &now[k], e);
        if (!code && !builder_use(b, i))
            code = error_memory(e);
        has.denominator |= i->denominator != NULL;
        has.interval |= i->interval != INTERVAL_NONE;
        has.target |= i->has_target;
        has.decimals = i->decimals > has.decimals ? i->decimals : has.decimals;
        rows += now[k].n;
    }
    struct grid g;
    if (!code)
        code = grid_begin(&g, b, 8 + t->n_axes, rows, e);
    if (code)
        return code;
    indicator_header(&g, &has, t);
    struct str said = STR("");
    for (size_t k = 0; k < t->n; k++) {
        indicator_rows(&g, t, k, &now[k], &has);
        said = builder_unplaced(b, said, t->list[k], now[k].unplaced);
    }
    return grid_end(&g, title, builder_unplaced_note(b, note, said), e);
}

// --- areas

enum {
    FULL_COLUMNS = 2
}; // with more indicators than this only their values stand side by side

static void area_cells(struct builder *b, struct cell **c, const struct indicator *i,
                       const struct figure *f, bool full)
{
    if (full && i->denominator) {
        *(*c)++ = builder_cell(b, f, f->numerator);
        *(*c)++ = builder_cell(b, f, f->denominator);
    }
    **c = builder_value_cell(b, i, f);
    if (!full && (*c)->kind == CELL_INTERVAL)
        (*c)->kind =
            CELL_NUMBER; // many side by side: the intervals are in the other tables
    ++*c;
}

static void area_header(struct grid *g, const struct indicator *i, bool full)
{
    struct builder *b = g->b;
    struct str group = label_in(i->label, b->zh);
    struct table_column *c;
    if (full && i->denominator) {
        c = grid_column(g, builder_say(b, "Numerator", "分子"), true);
        c->group = group;
        c = grid_column(g, builder_say(b, "Denominator", "分母"), true);
        c->group = group;
    }
    bool interval = full && i->interval != INTERVAL_NONE;
    c = grid_column(g,
                    interval ? builder_say(b, "Value (95% interval)", "数值（95%区间）")
                    : full && i->denominator ? builder_say(b, "Value", "数值")
                                             : group,
                    true);
    c->group = full && i->denominator ? group : STR("");
    c->unit = builder_unit(b, i);
    c->decimals = i->decimals;
}

enum err builder_areas(struct builder *b, const struct section *s, struct error *e)
{
    struct axis axis;
    enum err code = measure_axis(b->m, NULL, s->by, &axis, e);
    struct figures *parts = ARENA_ARRAY(b->a, struct figures, s->n_indicators + 1);
    struct figures *whole = ARENA_ARRAY(b->a, struct figures, s->n_indicators + 1);
    if (!code && (!parts || !whole))
        code = error_memory(e);
    for (size_t k = 0; !code && k < s->n_indicators; k++) {
        const struct indicator *i = builder_edition(b, s->indicators[k]);
        struct measure_scope scope = builder_scope(b, b->period, &axis, 1);
        code = measure_indicator(b->m, b->a, i, &scope, &parts[k], e);
        scope.n_axes = 0;
        if (!code)
            code = measure_indicator(b->m, b->a, i, &scope, &whole[k], e);
        if (!code && !builder_use(b, i))
            code = error_memory(e);
    }
    if (code)
        return code;
    struct grid g;
    size_t rows = s->n_indicators ? parts[0].n : 0;
    bool repeated = false; // then the area above has a column of its own
    struct str *names =
        builder_bucket_names(b, &axis, &parts[0].axes[0], false, &repeated);
    code =
        names ? grid_begin(&g, b, 2 + 4 * s->n_indicators, rows + 1, e) : error_memory(e);
    if (code)
        return code;
    bool full = s->n_indicators <= FULL_COLUMNS;
    struct str level = axis.kind == AXIS_LEVEL
                           ? label_in(b->m->county->pack->levels[axis.level].label, b->zh)
                           : builder_say(b, "Group", "分组");
    grid_column(&g, level, false);
    if (repeated)
        grid_column(&g, builder_say(b, "In", "上级地区"), false);
    for (size_t k = 0; k < s->n_indicators; k++)
        area_header(&g, builder_edition(b, s->indicators[k]), full);
    for (size_t r = 0; r <= rows; r++) {
        bool total = r == rows;
        struct cell *c = grid_row(&g, total ? -1 : 0);
        *c++ = text_cell(total ? builder_root_name(b) : names[r]);
        if (repeated)
            *c++ = total ? (struct cell){.kind = CELL_EMPTY}
                         : text_cell(builder_above(b, &parts[0].axes[0].buckets[r]));
        for (size_t k = 0; k < s->n_indicators; k++)
            area_cells(b, &c, builder_edition(b, s->indicators[k]),
                       total ? &whole[k].list[0] : &parts[k].list[r], full);
    }
    struct str said = STR("");
    for (size_t k = 0; k < s->n_indicators; k++)
        said = builder_unplaced(b, said, builder_edition(b, s->indicators[k]),
                                parts[k].unplaced);
    return grid_end(&g, label_in(s->title, b->zh),
                    builder_unplaced_note(b, label_in(s->note, b->zh), said), e);
}

// --- counts by two fields

static struct cell count_cell(struct builder *b, const struct figure *f)
{
    return builder_cell(b, f, f->value);
}

// "Not recorded" (by its own code or by none), where nothing is so.
static bool is_empty(const struct figures *x, const struct field *field, size_t k)
{
    const struct figure *f = &x->list[k];
    int32_t index = x->axes[0].buckets[k].index;
    bool unknown = index < 0 || ((size_t)index < field->n_codes &&
                                 str_equal_c(field->codes[index].value, "u"));
    return unknown && f->state == FIGURE_OK && (f->rows == 0 || f->value == 0);
}

// A table with its totals: r x c cells, then the totals of rows, of columns and of all.
struct cross {
    struct figures inner, by_row, by_column, all;
    size_t rows, columns;
};

static struct figure *cross_at(const struct cross *x, size_t r, size_t c)
{
    if (r < x->rows)
        return c < x->columns ? &x->inner.list[r * x->columns + c] : &x->by_row.list[r];
    return c < x->columns ? &x->by_column.list[c] : &x->all.list[0];
}

// Where one figure alone is hidden in a row or column that stands there with its total,
// the smallest of the others is hidden too.
static bool hide_another(const struct cross *x, bool row, size_t at)
{
    size_t n = (row ? x->columns : x->rows) + 1, hidden = 0;
    struct figure *smallest = NULL;
    for (size_t i = 0; i < n; i++) {
        struct figure *f = row ? cross_at(x, at, i) : cross_at(x, i, at);
        hidden += f->state == FIGURE_SUPPRESSED;
        if (f->state == FIGURE_OK && f->value != 0 &&
            (!smallest || fabs(f->value) < fabs(smallest->value)))
            smallest = f;
    }
    if (hidden != 1 || !smallest)
        return false;
    *smallest = (struct figure){.state = FIGURE_SUPPRESSED,
                                .numerator = NAN,
                                .denominator = NAN,
                                .value = NAN,
                                .low = NAN,
                                .high = NAN};
    return true;
}

static void hide_in_cross(const struct cross *x)
{
    for (bool changed = x->columns > 0; changed;) {
        changed = false;
        for (size_t r = 0; r <= x->rows; r++)
            changed |= hide_another(x, true, r);
        for (size_t c = 0; c <= x->columns; c++)
            changed |= hide_another(x, false, c);
    }
}

enum err builder_cross(struct builder *b, const struct section *s, struct error *e)
{
    struct axis axes[2] = {{.kind = AXIS_FIELD, .field = s->rows},
                           {.kind = AXIS_FIELD, .field = s->columns}};
    struct cross x = {0};
    struct measure_scope scope = builder_scope(b, b->period, axes, s->columns ? 2 : 1);
    enum err code = measure_expression(b->m, b->a, s->measure, &scope, &x.inner, e);
    scope.n_axes = 1;
    if (!code)
        code = measure_expression(b->m, b->a, s->measure, &scope, &x.by_row, e);
    scope.axes = axes + 1;
    if (!code && s->columns)
        code = measure_expression(b->m, b->a, s->measure, &scope, &x.by_column, e);
    scope.n_axes = 0;
    if (!code)
        code = measure_expression(b->m, b->a, s->measure, &scope, &x.all, e);
    if (code)
        return code;
    size_t rows = x.by_row.n, columns = s->columns ? x.by_column.n : 0;
    x.rows = rows;
    x.columns = columns;
    hide_in_cross(&x);
    struct grid g;
    code = grid_begin(&g, b, columns + 2, rows + 1, e);
    if (code)
        return code;
    grid_column(&g, label_in(s->rows->label, b->zh), false);
    // "not recorded" is left out where nothing is so
    bool *empty = ARENA_ARRAY(b->a, bool, columns + 1);
    if (!empty)
        return error_memory(e);
    struct str group = s->columns ? label_in(s->columns->label, b->zh) : STR("");
    for (size_t k = 0; k < columns; k++) {
        empty[k] = is_empty(&x.by_column, s->columns, k);
        if (!empty[k])
            grid_column(&g, bucket_name(b, &axes[1], &x.by_column.axes[0].buckets[k]),
                        true)
                ->group = group;
    }
    struct str total = builder_say(b, "Total", "合计");
    grid_column(&g, total, true);
    for (size_t r = 0; r < rows; r++) {
        if (is_empty(&x.by_row, s->rows, r))
            continue;
        struct cell *c = grid_row(&g, 0);
        *c++ = text_cell(bucket_name(b, &axes[0], &x.by_row.axes[0].buckets[r]));
        for (size_t k = 0; k < columns; k++)
            if (!empty[k])
                *c++ = count_cell(b, &x.inner.list[r * columns + k]);
        *c++ = count_cell(b, &x.by_row.list[r]);
    }
    struct cell *c = grid_row(&g, -1);
    *c++ = text_cell(total);
    for (size_t k = 0; k < columns; k++)
        if (!empty[k])
            *c++ = count_cell(b, &x.by_column.list[k]);
    *c++ = count_cell(b, &x.all.list[0]);
    struct str title = label_in(s->title, b->zh);
    return grid_end(&g, title.n ? title : label_in(s->measure_label, b->zh),
                    label_in(s->note, b->zh), e);
}

// --- findings

struct str builder_place(const struct builder *b, int32_t area, int32_t facility)
{
    const struct places *p = b->m->county->places;
    if (facility >= 0)
        return facility_name(&p->facilities[facility], b->zh);
    return area >= 0 ? area_name(&p->areas[area], b->zh) : STR("");
}

// A check's findings stand together, at the place of its worst. Where the list is
// limited, no check fills it alone.
static bool order_findings(struct builder *b, const struct findings *f, int limit,
                           const struct finding ***out, size_t *n)
{
    size_t most = limit > 0 ? (size_t)limit : f->n, each = limit > 0 ? 5 : f->n;
    const struct finding **order = ARENA_ARRAY(b->a, const struct finding *, f->n + 1);
    bool *taken = ARENA_ARRAY(b->a, bool, f->n + 1);
    *out = order;
    *n = 0;
    for (size_t i = 0; order && taken && i < f->n; i++) {
        size_t same = 0;
        for (size_t k = i; k < f->n && !taken[i]; k++) {
            if (taken[k] || !str_equal(f->list[k].label.en, f->list[i].label.en))
                continue;
            if (same++ < each && *n < most)
                order[(*n)++] = &f->list[k];
            if (k > i)
                taken[k] = true;
        }
    }
    return order && taken;
}

// With the numbers of its first rows where asked for, for those who may see them.
static struct str finding_text(struct builder *b, const struct finding *x, bool numbers)
{
    struct str text = label_in(x->text, b->zh);
    if (!x->n_ids || !numbers)
        return text;
    struct buf buf = BUF_INIT(4096);
    buf_add(&buf, text);
    buf_add_c(&buf, b->zh ? "（编号 " : x->n_ids == 1 ? " (row " : " (rows ");
    size_t shown = x->n_ids < 3 ? x->n_ids : 3;
    for (size_t i = 0; i < shown; i++)
        buf_printf(&buf, "%s%lld", i ? (b->zh ? "、" : ", ") : "", (long long)x->ids[i]);
    buf_add_c(&buf, x->count > (int64_t)shown ? (b->zh ? " 等）" : " and others)")
                                              : (b->zh ? "）" : ")"));
    struct str out = str_copy(b->a, buf_str(&buf));
    buf_free(&buf);
    return out;
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

enum err builder_findings(struct builder *b, const struct findings *f, int limit,
                          bool numbers, struct str title, struct str note,
                          struct error *e)
{
    static const char *const words[][2] = {
        {"note", "提示"}, {"warning", "警告"}, {"error", "错误"}};
    const struct finding **order;
    size_t shown;
    if (!order_findings(b, f, limit, &order, &shown))
        return error_memory(e);
    struct str summary =
        b->zh
            ? f->n
                  ? str_format(b->a,
                               "核查发现 %zu 项：错误 %zu 项，警告 %zu 项，提示 %zu 项。",
                               f->n, f->errors, f->warnings, f->notes)
                  : STR("核查未发现问题。")
        : f->n
            ? str_format(b->a,
                         "The checks found %zu thing%s: %zu error%s, %zu warning%s and "
                         "%zu note%s.",
                         f->n, plural(f->n), f->errors, plural(f->errors), f->warnings,
                         plural(f->warnings), f->notes, plural(f->notes))
            : STR("The checks found nothing wrong.");
    if (!summary.p || !doc_paragraph(b->d, summary))
        return error_memory(e);
    if (!shown)
        return ERR_OK;
    struct grid g;
    enum err code = grid_begin(&g, b, 6, shown, e);
    if (code)
        return code;
    bool page = !numbers; // on paper the place and the time share a column
    g.small = page;
    grid_column(&g, builder_say(b, "Severity", "程度"), false)->width = 0.5;
    grid_column(&g, builder_say(b, "What", "问题"), false)->width = 3;
    grid_column(&g,
                page ? builder_say(b, "Where and when", "单位和时间")
                     : builder_say(b, "Where", "单位"),
                false)
        ->width = 2;
    if (!page)
        grid_column(&g, builder_say(b, "When", "时间"), false)->width = 1.5;
    grid_column(&g, builder_say(b, "Found", "情况"), false)->width = 4.5;
    grid_column(&g, builder_say(b, "What to do", "处理"), false)->width = 4.5;
    for (size_t i = 0; i < shown; i++) {
        const struct finding *x = order[i];
        bool again = i > 0 && str_equal(order[i - 1]->label.en, x->label.en);
        struct cell *c = grid_row(&g, 0);
        *c = text_cell(str_of(words[x->severity][b->zh]));
        c++->tone = x->severity == SEVERITY_ERROR ? TONE_BAD : TONE_NONE;
        *c++ = text_cell(label_in(x->label, b->zh));
        struct str where = x->area < 0 && x->facility < 0
                               ? builder_root_name(b)
                               : builder_place(b, x->area, x->facility);
        struct str when = period_label(b->a, x->period, b->zh);
        *c++ = text_cell(
            page ? str_format(b->a, STR_FMT "\n" STR_FMT, STR_ARG(where), STR_ARG(when))
                 : where);
        if (!page)
            *c++ = text_cell(when);
        *c++ = text_cell(finding_text(b, x, numbers));
        // what is to be done is said once for all places of a check
        *c++ = again ? (struct cell){.kind = CELL_EMPTY}
                     : text_cell(label_in(x->cure, b->zh));
    }
    if (shown < f->n && !note.n)
        note = str_format(
            b->a,
            b->zh ? "每类核查最多列 5 处，本表列 %zu 项；全部见核查清单（heng check）。"
                  : "At most five places a check, %zu findings in all; `heng check` "
                    "lists every one.",
            shown);
    if (!title.n)
        title = builder_say(b, "Findings", "核查发现");
    return grid_end(&g, title, note, e);
}

// --- the annex

static struct str printed(struct builder *b, const struct expr *x)
{
    struct buf buf = BUF_INIT(1 << 16);
    expr_print(x, b->zh, &buf);
    struct str out = str_copy(b->a, buf_str(&buf));
    buf_free(&buf);
    return out;
}

// What stands before the value in each of a formula's sums: "sum of [Immunisation: ".
// Empty unless all are of one function and one register, without conditions.
static struct str common_start(struct builder *b, const struct indicator *i,
                               struct str text)
{
    const struct expr *const parts[] = {i->numerator, i->denominator};
    const struct aggregate *first = NULL;
    for (size_t p = 0; p < 2; p++)
        for (size_t k = 0; parts[p] && k < expr_aggregates(parts[p]); k++) {
            const struct aggregate *g = expr_aggregate(parts[p], k);
            first = first ? first : g;
            if (g->where || !g->value || g->function != first->function ||
                g->reg != first->reg)
                return STR("");
        }
    if (!first)
        return STR("");
    struct str sign = b->zh ? STR("：") : STR(": ");
    struct str reg = label_in(first->reg->label, b->zh);
    for (size_t at = 0; at + reg.n + sign.n <= text.n; at++)
        if (str_starts((struct str){text.p + at, text.n - at}, reg) &&
            str_starts((struct str){text.p + at + reg.n, text.n - at - reg.n}, sign))
            return (struct str){text.p, at + reg.n + sign.n};
    return STR("");
}

static struct str without(struct builder *b, struct str s, struct str start,
                          struct str instead)
{
    struct buf buf = BUF_INIT(1 << 16);
    while (s.n) {
        bool here = start.n && str_starts(s, start);
        size_t step = here ? start.n : 1;
        buf_add(&buf, here ? instead : (struct str){s.p, 1});
        s = (struct str){s.p + step, s.n - step};
    }
    struct str out = str_copy(b->a, buf_str(&buf));
    buf_free(&buf);
    return out;
}

static struct str bracketed(struct builder *b, const struct expr *x, struct str s)
{
    return expr_aggregates(x) > 1 ? str_format(b->a, "(" STR_FMT ")", STR_ARG(s)) : s;
}

// "100 × [boys] / [girls]"; what all its sums share is said once, before it.
static struct str formula(struct builder *b, const struct indicator *i)
{
    struct str above = printed(b, i->numerator);
    if (!i->denominator)
        return above;
    struct str below = printed(b, i->denominator);
    struct str start = common_start(b, i, above), lead = STR("");
    struct str open = b->zh ? STR("【") : STR("[");
    if (start.n) { // "sum of [Immunisation: " is told as "Immunisation, sum: "
        size_t at = 0;
        while (at < start.n &&
               !str_starts((struct str){start.p + at, start.n - at}, open))
            at++;
        struct str what = {start.p, at}, of = STR(" of ");
        if (what.n > of.n && str_equal((struct str){what.p + what.n - of.n, of.n}, of))
            what.n -= of.n;
        struct str reg = label_in(expr_aggregate(i->numerator, 0)->reg->label, b->zh);
        lead = str_format(b->a, b->zh ? "%.*s（%.*s）：" : "%.*s (%.*s): ", STR_ARG(reg),
                          STR_ARG(what));
        above = without(b, above, start, open);
        below = without(b, below, start, open);
    }
    const char *per = i->per == 1 ? "" : str_c(b->a, builder_number(b, i->per, 0));
    return str_format(b->a, "%.*s%s%s%.*s / %.*s", STR_ARG(lead), per ? per : "",
                      i->per == 1 ? "" : " × ",
                      STR_ARG(bracketed(b, i->numerator, above)),
                      STR_ARG(bracketed(b, i->denominator, below)));
}

enum err builder_definitions(struct builder *b, struct error *e)
{
    const struct block *last = b->d->last; // the pack may have its own heading
    if (!(last && last->kind == BLOCK_HEADING) &&
        !doc_heading(b->d, 1,
                     builder_say(b, "Annex: definitions and data quality",
                                 "附：指标定义与数据质量")))
        return error_memory(e);
    struct grid g;
    enum err code = grid_begin(&g, b, 2, b->n_used, e);
    if (code)
        return code;
    g.small = true;
    grid_column(&g, builder_say(b, "Indicator", "指标"), false)->width = 2;
    grid_column(&g, builder_say(b, "Definition and formula", "定义与公式"), false)
        ->width = 7;
    for (size_t k = 0; k < b->n_used; k++) {
        const struct indicator *i = b->used[k];
        struct cell *c = grid_row(&g, 0);
        struct str name = label_in(i->label, b->zh);
        if (i->edition.n)
            name = str_format(b->a, b->zh ? "%.*s（%.*s）" : "%.*s (%.*s)", STR_ARG(name),
                              STR_ARG(i->edition));
        *c = text_cell(name);
        c++->anchor = str_format(b->a, "#indicator:" STR_FMT, STR_ARG(i->name));
        struct str definition = label_in(i->definition, b->zh);
        *c++ = text_cell(str_format(b->a, "%.*s%s= %.*s", STR_ARG(definition),
                                    definition.n ? "\n" : "", STR_ARG(formula(b, i))));
    }
    code = grid_end(&g, builder_say(b, "Indicators", "指标定义"), STR(""), e);
    if (code)
        return code;
    struct str notes = str_format(
        b->a,
        b->zh ? "区间为95%%置信区间：率用 Wilson 法，性别比由男婴所占比例的 Wilson "
                "区间换算。"
                "“–”为未报告；“/”为分母为零；涉及个人照护的计数少于 %d "
                "的不显示，可据以推算的数也不显示%s。"
              : "Intervals are 95%% intervals: Wilson's for rates; for the sex ratio, "
                "Wilson's for the "
                "share of boys, carried over. A dash means that nothing was reported; a "
                "slash, that "
                "the denominator is zero. Counts of people in care under %d are "
                "hidden, and with them what they could be worked out from%s.",
        b->m->who->suppress_below,
        b->suppressed ? (b->zh ? "（本报告中有此情形）"
                               : " (some cells here are hidden for this reason)")
                      : "");
    return notes.p && doc_paragraph(b->d, notes) ? ERR_OK : error_memory(e);
}
