// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/template.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "register/history.h"
#include "report/doc_text.h"
#include "report/template_private.h"

// --- words and cells

struct str builder_say(const struct builder *b, const char *en, const char *zh)
{
    return str_of(b->zh ? zh : en);
}

const struct indicator *builder_edition(const struct builder *b,
                                        const struct indicator *i)
{
    const struct indicator *valid =
        pack_indicator(b->m->county->pack, i->name, b->period.last);
    return valid ? valid : i;
}

bool builder_use(struct builder *b, const struct indicator *i)
{
    for (size_t k = 0; k < b->n_used; k++)
        if (b->used[k] == i)
            return true;
    if (b->n_used == b->capacity_used)
        return false; // there is room for all indicators of the pack
    b->used[b->n_used++] = i;
    return true;
}

struct str builder_root_name(const struct builder *b)
{
    return measure_root_name(b->m, b->root, b->zh);
}

struct str builder_number(const struct builder *b, double x, int decimals)
{
    char space[TEXT_NUMBER_SIZE];
    return str_copy(b->a, text_number(x, decimals, space));
}

struct cell text_cell(struct str s)
{
    return (struct cell){.kind = CELL_TEXT, .text = s};
}

struct cell builder_cell(struct builder *b, const struct figure *f, double value)
{
    struct cell c = {.kind = CELL_NUMBER, .value = value};
    if (f->state == FIGURE_SUPPRESSED) {
        // not "<5": a larger count may be hidden so that the small one is not worked out
        c = (struct cell){.kind = CELL_SUPPRESSED, .text = STR("*")};
        b->suppressed = true;
    } else if (isnan(value)) {
        bool undefined = f->state == FIGURE_NOT_DEFINED;
        c = (struct cell){.kind = undefined ? CELL_NOT_DEFINED : CELL_MISSING};
        b->missing |= !undefined;
    }
    return c;
}

struct cell builder_data_error(const struct builder *b)
{
    return (struct cell){.kind = CELL_TEXT,
                         .tone = TONE_BAD,
                         .text = builder_say(b, "data error", "数据有误")};
}

struct cell builder_value_cell(struct builder *b, const struct indicator *i,
                               const struct figure *f)
{
    if (f->outside && f->state == FIGURE_OK) {
        // a numerator outside its denominator is an error of the data: said, never shown
        // as a rate
        return builder_data_error(b);
    }
    struct cell c = builder_cell(b, f, f->value);
    if (c.kind == CELL_NUMBER && !isnan(f->low)) {
        c.kind = CELL_INTERVAL;
        c.low = f->low;
        c.high = f->high;
    }
    if (c.kind != CELL_SUPPRESSED && f->target)
        c.tone = f->target > 0 ? TONE_GOOD : TONE_BAD;
    c.anchor = str_format(b->a, "indicator:" STR_FMT, STR_ARG(i->name));
    return c;
}

struct str builder_unit(const struct builder *b, const struct indicator *i)
{
    return label_in(i->unit, b->zh);
}

struct measure_scope builder_scope(const struct builder *b, struct period p,
                                   const struct axis *axes, size_t n)
{
    return (struct measure_scope){
        .period = p, .root = b->root, .axes = axes, .n_axes = n};
}

// --- sentences

static const struct value *find_value(const struct report *r, struct str name)
{
    for (size_t i = 0; i < r->n_values; i++)
        if (str_equal(r->values[i].name, name))
            return &r->values[i];
    return NULL;
}

static enum err compute_value(struct builder *b, const struct value *v,
                              struct figure *out, struct error *e)
{
    struct period p = v->before ? period_year_before(b->period) : b->period;
    struct measure_scope scope = builder_scope(b, p, NULL, 0);
    struct figures x;
    const struct indicator *i = v->indicator ? builder_edition(b, v->indicator) : NULL;
    enum err code = i ? measure_indicator(b->m, b->a, i, &scope, &x, e)
                      : measure_expression(b->m, b->a, v->measure, &scope, &x, e);
    if (!code)
        *out = x.list[0];
    return code;
}

static struct str figure_text(struct builder *b, const struct value *v,
                              const struct figure *f, bool interval)
{
    int decimals = v->decimals ? v->decimals : v->indicator ? v->indicator->decimals : 0;
    if (f->state == FIGURE_SUPPRESSED)
        return builder_say(b, "(hidden)", "（不显示）");
    if (f->state != FIGURE_OK)
        return builder_say(b, "not known", "不详");
    if (f->outside)
        return builder_say(b, "not computable (data error)", "数据有误");
    struct str value = builder_number(b, f->value, decimals);
    if (!interval || isnan(f->low))
        return value;
    return str_format(
        b->a, b->zh ? "%.*s（95%%区间 %.*s–%.*s）" : "%.*s (95%% interval %.*s–%.*s)",
        STR_ARG(value), STR_ARG(builder_number(b, f->low, decimals)),
        STR_ARG(builder_number(b, f->high, decimals)));
}

// Replaces {name} and {name:interval}. The pack compiler has proved that every name is
// known.
static enum err fill_in(struct builder *b, const struct report *r, struct str text,
                        struct str *out, struct error *e)
{
    struct buf buf = BUF_INIT(1 << 20);
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < text.n;) {
        const char *end = text.p[i] == '{' ? memchr(text.p + i, '}', text.n - i) : NULL;
        if (!end) {
            buf_add_char(&buf, text.p[i++]);
            continue;
        }
        struct str name = {text.p + i + 1, (size_t)(end - text.p) - i - 1}, how = {"", 0};
        str_split(name, ':', &name, &how);
        i = (size_t)(end - text.p) + 1;
        if (str_equal(name, STR("area"))) {
            buf_add(&buf, builder_root_name(b));
            continue;
        }
        if (str_equal(name, STR("period"))) {
            buf_add(&buf, period_label(b->a, b->period, b->zh));
            continue;
        }
        const struct value *v = find_value(r, name);
        if (!v)
            return error_set(e, ERR_INTERNAL, "template.value", NULL,
                             "no value '" STR_FMT "' in the report", STR_ARG(name));
        struct figure f;
        code = compute_value(b, v, &f, e);
        if (!code)
            buf_add(&buf, figure_text(b, v, &f, str_equal(how, STR("interval"))));
        if (!code && v->indicator && !builder_use(b, builder_edition(b, v->indicator)))
            code = error_memory(e);
    }
    if (!code)
        code = buf_check(&buf, e);
    *out = str_copy(b->a, buf_str(&buf));
    buf_free(&buf);
    return code;
}

enum err builder_text(struct builder *b, const struct report *r, const struct section *s,
                      struct error *e)
{
    struct str text;
    enum err code = fill_in(b, r, label_in(s->text, b->zh), &text, e);
    if (!code && !doc_paragraph(b->d, text))
        code = error_memory(e);
    return code;
}

// --- the whole

static enum err report_indicators(struct builder *b, const struct section *s,
                                  struct str title, struct str note, struct error *e)
{
    const struct indicator **list =
        ARENA_ARRAY(b->a, const struct indicator *, s->n_indicators + 1);
    struct measure_table t;
    if (!list)
        return error_memory(e);
    for (size_t i = 0; i < s->n_indicators; i++)
        list[i] = builder_edition(b, s->indicators[i]);
    enum err code =
        measure_table_begin(b->a, list, s->n_indicators, b->period, b->root, &t, e);
    return code ? code : builder_indicators(b, &t, title, note, e);
}

static enum err section(struct builder *b, const struct report *r,
                        const struct section *s, struct error *e)
{
    struct str title = label_in(s->title, b->zh), note = label_in(s->note, b->zh);
    switch (s->kind) {
    case SECTION_HEADING:
        return doc_heading(b->d, 1, title) ? ERR_OK : error_memory(e);
    case SECTION_TEXT:
        return builder_text(b, r, s, e);
    case SECTION_INDICATORS:
        return report_indicators(b, s, title, note, e);
    case SECTION_AREAS:
        return builder_areas(b, s, e);
    case SECTION_CROSS:
        return builder_cross(b, s, e);
    case SECTION_CHART:
        return builder_chart(b, s, e);
    case SECTION_LATE:
        return builder_late(b, s->registers, s->n_registers, false, title, note, e);
    case SECTION_DEFINITIONS:
        return builder_definitions(b, e);
    case SECTION_FINDINGS: {
        struct findings f;
        enum err code = check_run(b->m, b->a, b->period, b->root, STR(""), &f, e);
        return code ? code : builder_findings(b, &f, s->limit, false, title, note, e);
    }
    }
    return error_set(e, ERR_INTERNAL, "template.section", NULL, "a section of no kind");
}

// "Made 15 July 2014 from 48,113 rows; pack cn-county 1; history 1a2b3c4d": whoever has
// the page can say which data it was made from.
static enum err say_made(struct builder *b, struct error *e)
{
    struct county *c = b->m->county;
    struct conn *conn;
    int64_t seq = 0;
    char head[2 * HISTORY_HASH + 1] = "";
    enum err code = store_read_begin(c->store, &conn, e);
    if (!code)
        code = history_head(conn, &seq, head, e);
    store_read_end(conn);
    if (code)
        return code;
    struct str day = date_text(b->a, b->m->today, b->zh);
    b->d->made = str_format(
        b->a,
        b->zh ? "%.*s制表 · 业务包 %.*s %.*s · 历史记录 %.*s 条，截至 %.12s"
              : "Made on %.*s · pack %.*s %.*s · history of %.*s entries up to %.12s",
        STR_ARG(day), STR_ARG(c->pack->name), STR_ARG(c->pack->version),
        STR_ARG(builder_number(b, (double)seq, 0)), head);
    b->d->made_on = b->m->today;
    b->d->footer =
        str_format(b->a, "%.*s · %.*s", STR_ARG(b->d->title), STR_ARG(b->d->subtitle));
    return b->d->made.p && b->d->footer.p ? ERR_OK : error_memory(e);
}

enum err builder_begin(struct builder *b, const struct measure *m, struct arena *a,
                       struct str title, struct period period, int32_t root, bool zh,
                       struct error *e)
{
    size_t n = m->county->pack->n_indicators;
    *b = (struct builder){.m = m, .a = a, .period = period, .root = root, .zh = zh};
    b->d = doc_new(a, zh);
    b->used = ARENA_ARRAY(a, const struct indicator *, n + 1);
    b->capacity_used = n;
    if (!b->d || !b->used)
        return error_memory(e);
    b->d->title = title;
    b->d->subtitle = str_format(a, "%.*s · %.*s", STR_ARG(builder_root_name(b)),
                                STR_ARG(period_label(a, period, zh)));
    return b->d->subtitle.p ? say_made(b, e) : error_memory(e);
}

enum err template_make(const struct measure *m, struct arena *a, const struct report *r,
                       struct period period, int32_t root, bool zh, struct doc **out,
                       struct error *e)
{
    if (period.kind != r->every) {
        error_set(e, ERR_INPUT, "template.period", "--period",
                  "the report '" STR_FMT
                  "' is made for every %s, and %s is of the kind %s",
                  STR_ARG(r->name), period_kind_name(r->every), period.id,
                  period_kind_name(period.kind));
        return error_cure(e, "give a %s, such as %s", period_kind_name(r->every),
                          period_of(r->every, period.first).id);
    }
    struct builder b;
    enum err code = builder_begin(&b, m, a, label_in(r->label, zh), period, root, zh, e);
    for (size_t i = 0; !code && i < r->n_sections; i++)
        code = section(&b, r, &r->sections[i], e);
    *out = b.d;
    return code;
}

enum err template_measure(const struct measure *m, struct arena *a,
                          struct measure_table *table, bool zh, struct doc **out,
                          struct error *e)
{
    struct builder b;
    enum err code = builder_begin(&b, m, a, zh ? STR("指标") : STR("Indicators"),
                                  table->period, table->root, zh, e);
    if (!code)
        code = builder_indicators(&b, table, STR(""), STR(""), e);
    *out = b.d;
    return code;
}

enum err template_findings(const struct measure *m, struct arena *a,
                           const struct findings *f, struct period period, int32_t root,
                           bool zh, struct doc **out, struct error *e)
{
    struct builder b;
    struct str title = zh ? STR("数据核查") : STR("Checks");
    enum err code = builder_begin(&b, m, a, title, period, root, zh, e);
    if (!code)
        code = builder_findings(&b, f, 0, true, STR(""), STR(""), e);
    *out = b.d;
    return code;
}

enum err template_due(const struct measure *m, struct arena *a,
                      const struct reg *const *registers, size_t n, struct period period,
                      int32_t root, const struct owed_query *rows, bool zh,
                      struct doc **out, struct error *e)
{
    struct builder b;
    struct str title = zh ? STR("报告报送情况") : STR("Reports due");
    enum err code = builder_begin(&b, m, a, title, period, root, zh, e);
    if (!code && !n &&
        !doc_paragraph(b.d,
                       builder_say(&b, "No register of this pack is owed for a period.",
                                   "本业务包没有须定期报送的登记册。")))
        code = error_memory(e);
    if (!code && n)
        code = builder_late(&b, registers, n, true, STR(""), STR(""), e);
    if (!code && rows && m->county->pack->n_schedules)
        code = builder_owed(&b, rows, e);
    *out = b.d;
    return code;
}
