// SPDX-License-Identifier: AGPL-3.0-or-later
// The explorer's table as a workbook: a line a figure with all that is known of it, and a
// sheet that says how each indicator is made.
#include <math.h>

#include "report/doc_text.h"
#include "report/template_private.h"
#include "study/explained.h"

struct lines {
    struct builder *b;
    const struct measure_table *t;
    struct figures *all; // of each indicator, with its sums
    struct str *names[CUBE_MAX_AXES];
    bool *left_out[CUBE_MAX_AXES]; // buckets of the axis
    int decimals;
    bool hidden, interval, sums;
};

// --- which lines there are

static bool is_nothing(const struct figure *f)
{
    return f->state == FIGURE_NO_DATA ||
           (f->state == FIGURE_OK && f->numerator == 0 && f->rows == 0);
}

static bool is_sum(const struct axis_bucket *b)
{
    return period_is_span(&b->period);
}

// Every field has a line for "not recorded", which is mostly empty. Beside another axis
// each indicator is a table of its own.
static bool leaves_out(const struct lines *x, size_t d, size_t k, size_t from, size_t to)
{
    const struct axis *axis = &x->t->axes[from][d];
    const struct axis_bucket *bucket = &x->all[from].axes[d].buckets[k];
    if (axis->kind != AXIS_FIELD)
        return false;
    struct str code = measure_bucket_code(x->b->m, x->b->a, axis, bucket);
    if (code.n && !str_equal(code, STR("u")))
        return false;
    for (size_t i = from; i < to; i++)
        for (size_t g = 0; g < x->all[i].n; g++)
            if (measure_table_bucket(x->t, &x->all[i], g, d) ==
                    &x->all[i].axes[d].buckets[k] &&
                !is_nothing(&x->all[i].list[g]))
                return false;
    return true;
}

// Names of buckets, and which of them are left out, of indicator i.
static enum err look_at_axes(struct lines *x, size_t i, struct error *e)
{
    bool alone = x->t->n_axes > 1, repeated;
    for (size_t d = 0; d < x->t->n_axes; d++) {
        const struct cube_axis *buckets = &x->all[i].axes[d];
        x->names[d] =
            builder_bucket_names(x->b, &x->t->axes[i][d], buckets, true, &repeated);
        x->left_out[d] = ARENA_ARRAY(x->b->a, bool, buckets->n + 1);
        if (!x->names[d] || !x->left_out[d])
            return error_memory(e);
        for (size_t k = 0; k < buckets->n; k++) {
            x->left_out[d][k] =
                leaves_out(x, d, k, alone ? i : 0, alone ? i + 1 : x->t->n);
            if (is_sum(&buckets->buckets[k]))
                x->names[d][k] = builder_say(x->b, "Together", "合计");
        }
    }
    return ERR_OK;
}

// --- the figures

static void put_header(struct grid *g, const struct lines *x)
{
    struct builder *b = g->b;
    for (size_t d = 0; d < x->t->n_axes; d++)
        grid_column(g, label_in(measure_axis_label(b->m, &x->t->axes[0][d]), b->zh),
                    false);
    grid_column(g, builder_say(b, "Indicator", "指标"), false);
    grid_column(g, builder_say(b, "Unit", "单位"), false);
    static const char *const words[][2] = {
        {"Value", "数值"}, {"Lower bound", "区间下限"}, {"Upper bound", "区间上限"}};
    for (size_t k = 0; k < 3; k++)
        grid_column(g, builder_say(b, words[k][0], words[k][1]), true)->decimals =
            x->decimals;
    grid_column(g, builder_say(b, "Numerator", "分子"), true);
    grid_column(g, builder_say(b, "Denominator", "分母"), true);
    grid_column(g, builder_say(b, "State", "状态"), false);
    if (x->t->before)
        grid_column(g, builder_say(b, "A year earlier", "上年同期"), true)->decimals =
            x->decimals;
}

// A hidden or missing figure has its state and no number.
static struct cell number(bool shown, double value, int more_decimals)
{
    return shown && isfinite(value) ? (struct cell){.kind = CELL_NUMBER,
                                                    .value = value,
                                                    .more_decimals = more_decimals}
                                    : (struct cell){.kind = CELL_EMPTY};
}

static struct str state_word(const struct builder *b, const struct figure *f)
{
    static const char *const words[][2] = {
        [FIGURE_OK] = {"ok", "正常"},
        [FIGURE_NO_DATA] = {"no data", "没有数据"},
        [FIGURE_SUPPRESSED] = {"suppressed", "已隐去"},
        [FIGURE_NOT_DEFINED] = {"not defined", "无法计算"},
    };
    return f->outside && f->state == FIGURE_OK
               ? builder_say(b, "data error", "数据有误")
               : builder_say(b, words[f->state][0], words[f->state][1]);
}

static void put_line(struct grid *g, struct lines *x, size_t i, size_t at,
                     const struct figure *before)
{
    struct builder *b = g->b;
    const struct indicator *about = x->t->list[i];
    const struct figure *f = &x->all[i].list[at];
    size_t where[CUBE_MAX_AXES];
    bool sum = false;
    for (size_t d = 0; d < x->t->n_axes; d++) {
        const struct axis_bucket *bucket = measure_table_bucket(x->t, &x->all[i], at, d);
        where[d] = (size_t)(bucket - x->all[i].axes[d].buckets);
        sum |= is_sum(bucket);
        if (x->left_out[d][where[d]])
            return;
    }
    struct cell *c = grid_row(g, sum ? -1 : 0);
    for (size_t d = 0; d < x->t->n_axes; d++)
        *c++ = text_cell(x->names[d][where[d]]);
    *c++ = text_cell(label_in(about->label, b->zh));
    *c++ = text_cell(builder_unit(b, about));
    bool counted = f->state == FIGURE_OK, ok = counted && !f->outside;
    int more = about->decimals - x->decimals;
    *c++ = number(ok, f->value, more);
    *c++ = number(ok, f->low, more);
    *c++ = number(ok, f->high, more);
    *c++ = number(counted, f->numerator, 0);
    *c++ = number(counted, f->denominator, 0);
    *c++ = text_cell(state_word(b, f));
    if (x->t->before)
        *c++ = before ? number(before->state == FIGURE_OK && !before->outside,
                               before->value, more)
                      : (struct cell){.kind = CELL_EMPTY};
    x->hidden |= f->state == FIGURE_SUPPRESSED;
    x->interval |= ok && isfinite(f->low);
    x->sums |= sum;
}

static struct str join(struct builder *b, struct str text, struct str more)
{
    return text.n ? str_format(b->a, STR_FMT "%s" STR_FMT, STR_ARG(text),
                               b->zh ? "" : " ", STR_ARG(more))
                  : more;
}

// What must be known beside the figures.
static struct str note_of(const struct lines *x)
{
    struct builder *b = x->b;
    struct str note = STR("");
    if (x->interval)
        note = builder_say(b, "The bounds are those of the 95% interval.",
                           "区间为95%置信区间。");
    if (x->hidden)
        note = join(
            b, note,
            str_format(b->a,
                       b->zh ? "涉及个人照护的计数少于%d的不显示，可据以推算的数也不"
                               "显示。"
                             : "Counts of people in care under %d are hidden, and with "
                               "them what they could be worked out from.",
                       b->m->who->suppress_below));
    if (x->sums)
        note = join(b, note,
                    builder_say(b,
                                "Together: numerators and denominators of all periods "
                                "added up, and the value worked out from these sums; "
                                "where one of them is hidden, so is the sum.",
                                "合计由各期的分子、分母分别相加后算出；其中一期隐去时，"
                                "合计也隐去。"));
    struct period last = period_of(x->t->period.kind, x->t->period.last);
    if (last.last >= b->m->today)
        note = join(b, note,
                    str_format(b->a,
                               b->zh ? "%.*s尚未结束，只计到%.*s。"
                                     : "%.*s is not over; it is counted up to %.*s.",
                               STR_ARG(period_label(b->a, last, b->zh)),
                               STR_ARG(date_text(b->a, b->m->today, b->zh))));
    struct str said = STR("");
    for (size_t i = 0; i < x->t->n; i++)
        said = builder_unplaced(b, said, x->t->list[i], x->t->now[i].unplaced);
    return said.n ? join(b, note, builder_unplaced_note(b, STR(""), said)) : note;
}

static enum err put_figures(struct builder *b, const struct measure_table *t,
                            struct error *e)
{
    struct lines x = {.b = b, .t = t};
    struct grid g;
    size_t rows = 0;
    x.all = ARENA_ARRAY(b->a, struct figures, t->n + 1);
    enum err code = x.all ? ERR_OK : error_memory(e);
    for (size_t i = 0; !code && i < t->n; i++) {
        code = measure_table_joined(b->a, t, i, &x.all[i], e);
        rows += x.all[i].n;
        x.decimals =
            t->list[i]->decimals > x.decimals ? t->list[i]->decimals : x.decimals;
    }
    if (!code)
        code = grid_begin(&g, b, 9 + t->n_axes, rows, e);
    if (code)
        return code;
    put_header(&g, &x);
    for (size_t i = 0; !code && i < t->n; i++) {
        size_t part = 0; // the place in the figures without sums
        code = look_at_axes(&x, i, e);
        for (size_t k = 0; !code && k < x.all[i].n; k++) {
            bool sum = false;
            for (size_t d = 0; d < t->n_axes; d++)
                sum |= is_sum(measure_table_bucket(t, &x.all[i], k, d));
            put_line(&g, &x, i, k, sum || !t->before ? NULL : &t->before[i].list[part]);
            part += !sum;
        }
    }
    if (code)
        return code;
    struct str title = label_in(t->list[0]->label, b->zh);
    for (size_t i = 1; i < t->n; i++)
        title = str_format(b->a, STR_FMT " / " STR_FMT, STR_ARG(title),
                           STR_ARG(label_in(t->list[i]->label, b->zh)));
    return grid_end(&g, title, note_of(&x), e);
}

// --- how they are made

// The editions that the periods of a span are counted by, each once.
static bool use_editions(struct builder *b, const struct measure_table *t)
{
    size_t parts =
        period_is_span(&t->period) ? period_count(t->period, t->period.kind) : 1;
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < parts; k++) {
            struct period part =
                parts > 1 ? period_part(t->period, t->period.kind, k) : t->period;
            const struct indicator *own =
                pack_indicator(b->m->county->pack, t->list[i]->name, part.last);
            if (own && !builder_use(b, own))
                return false;
        }
    return true;
}

static struct cell day_cell(int32_t day)
{
    return day == DATE_NONE ? (struct cell){.kind = CELL_EMPTY}
                            : (struct cell){.kind = CELL_DATE, .value = day};
}

static struct str sources_of(struct builder *b, const struct explained *x)
{
    struct str out = STR("");
    for (size_t i = 0; i < x->n_sources; i++) {
        const struct explained_source *s = &x->sources[i];
        struct str saved = s->last_saved_at
                               ? doc_moment(b->a, s->last_saved_at)
                               : builder_say(b, "nothing saved yet", "尚未保存过");
        out = str_format(b->a, b->zh ? "%.*s%s%.*s（%.*s）" : "%.*s%s%.*s (%.*s)",
                         STR_ARG(out),
                         !i      ? ""
                         : b->zh ? "；"
                                 : "; ",
                         STR_ARG(label_in(s->reg->label, b->zh)), STR_ARG(saved));
    }
    return out;
}

static enum err put_definitions(struct builder *b, struct error *e)
{
    static const char *const heads[][2] = {
        {"Indicator", "指标"},
        {"Edition", "版本"},
        {"Holds from", "施行自"},
        {"Holds until", "施行至"},
        {"Unit", "单位"},
        {"Definition", "定义"},
        {"Formula", "公式"},
        {"Registers and when last saved", "数据来源及最近保存时间"},
        {"What is hidden", "隐去规则"},
    };
    enum { COLUMNS = sizeof heads / sizeof *heads };
    struct grid g;
    enum err code = grid_begin(&g, b, COLUMNS, b->n_used, e);
    for (size_t c = 0; !code && c < COLUMNS; c++)
        grid_column(&g, builder_say(b, heads[c][0], heads[c][1]), false);
    for (size_t k = 0; !code && k < b->n_used; k++) {
        const struct indicator *i = b->used[k];
        struct explained x;
        code = explained_describe(b->m, b->a, i, &x, e);
        if (code)
            return code;
        struct cell *c = grid_row(&g, 0);
        *c++ = text_cell(label_in(i->label, b->zh));
        *c++ = text_cell(i->edition);
        *c++ = day_cell(i->valid_from);
        *c++ = day_cell(i->valid_to);
        *c++ = text_cell(builder_unit(b, i));
        *c++ = text_cell(label_in(i->definition, b->zh));
        *c++ = text_cell(label_in(x.formula, b->zh));
        *c++ = text_cell(sources_of(b, &x));
        *c++ = text_cell(label_in(x.suppression, b->zh));
    }
    return code ? code
                : grid_end(&g, builder_say(b, "How they are made", "指标说明"), STR(""),
                           e);
}

enum err template_figures(const struct measure *m, struct arena *a,
                          const struct measure_table *table, bool zh, struct doc **out,
                          struct error *e)
{
    struct builder b;
    enum err code = builder_begin(&b, m, a, zh ? STR("指标") : STR("Indicators"),
                                  table->period, table->root, zh, e);
    if (!code)
        code = put_figures(&b, table, e);
    if (!code && !use_editions(&b, table))
        code = error_memory(e);
    if (!code)
        code = put_definitions(&b, e);
    *out = b.d;
    return code;
}
