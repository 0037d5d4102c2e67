// SPDX-License-Identifier: AGPL-3.0-or-later
// The page about the quality of one file: its frame, and what all parts use.
#include "report/quality_doc.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/quality_private.h"

const char *quality_say(const struct page *p, const char *en, const char *zh)
{
    return p->zh ? zh : en;
}

struct str quality_text(struct page *p, const char *format, ...)
{
    struct buf b = BUF_INIT(1 << 20);
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (n < 0)
        n = 0;
    buf_add(&b, (struct str){text, n < (int)sizeof text ? (size_t)n : sizeof text - 1});
    struct str out = str_copy(p->a, buf_str(&b));
    buf_free(&b);
    if (out.p)
        return out;
    p->no_memory = true;
    return STR("");
}

struct str quality_figure(struct page *p, double value, int decimals)
{
    char text[TEXT_NUMBER_SIZE];
    struct str s = text_number(value, decimals, text);
    return quality_text(p, STR_FMT, STR_ARG(s));
}

struct str quality_percent(struct page *p, double share, int decimals)
{
    struct str s = quality_figure(p, 100 * share, decimals);
    return isfinite(share) ? quality_text(p, STR_FMT " %%", STR_ARG(s)) : s;
}

struct str quality_chance(struct page *p, double value)
{
    if (isnan(value))
        return STR("");
    if (value < 0.001)
        return STR("p < 0.001");
    return quality_text(p, value < 0.1 ? "p %.3f" : "p %.2f", value);
}

void quality_heading(struct page *p, const char *en, const char *zh)
{
    p->section = p->n;
    p->no_memory |= !doc_heading(p->doc, 1, str_of(quality_say(p, en, zh)));
}

void quality_paragraph(struct page *p, struct str text)
{
    p->no_memory |= !doc_paragraph(p->doc, text);
}

void quality_add(struct page *p, struct quality_measure m)
{
    if (p->n == p->capacity) {
        size_t capacity = p->capacity ? 2 * p->capacity : 64;
        struct quality_measure *more =
            ARENA_ARRAY(p->a, struct quality_measure, capacity);
        if (!more) {
            p->no_memory = true;
            return;
        }
        if (p->n)
            memcpy(more, p->list, p->n * sizeof *more);
        p->list = more;
        p->capacity = capacity;
    }
    p->list[p->n++] = m;
}

static enum cell_tone tone_of(enum quality_reading reading)
{
    return reading == READING_GOOD   ? TONE_GOOD
           : reading == READING_LOOK ? TONE_BAD
                                     : TONE_NONE;
}

void quality_table(struct page *p, const char *en, const char *zh, struct str note)
{
    enum { COLUMNS = 4 };
    size_t rows = p->n - p->section;
    struct cell *cells = ARENA_ARRAY(p->a, struct cell, (rows ? rows : 1) * COLUMNS);
    if (!cells || !rows) {
        p->no_memory |= !cells;
        return;
    }
    struct table_column columns[COLUMNS] = {
        {.title = str_of(quality_say(p, "measure", "指标")), .width = 2.2},
        {.title = str_of(quality_say(p, "value", "数值")),
         .align = ALIGN_RIGHT,
         .width = 1.6},
        {.title = str_of(quality_say(p, "what it says", "说明")), .width = 3.4},
        {.title = str_of(quality_say(p, "scale", "尺度")), .width = 2.4}};
    for (size_t i = 0; i < rows; i++) {
        const struct quality_measure *m = &p->list[p->section + i];
        struct str chance = quality_chance(p, m->p), shown = m->shown;
        if (chance.n)
            shown =
                quality_text(p, STR_FMT ", " STR_FMT, STR_ARG(shown), STR_ARG(chance));
        cells[i * COLUMNS] = (struct cell){.kind = CELL_TEXT, .text = m->label};
        cells[i * COLUMNS + 1] = (struct cell){.kind = CELL_TEXT, .text = shown};
        cells[i * COLUMNS + 2] = (struct cell){
            .kind = CELL_TEXT, .tone = tone_of(m->reading), .text = m->text};
        cells[i * COLUMNS + 3] = (struct cell){.kind = CELL_TEXT, .text = m->scale};
    }
    struct doc_table t = {.title = str_of(quality_say(p, en, zh)),
                          .columns = columns,
                          .n_columns = COLUMNS,
                          .cells = cells,
                          .n_rows = rows,
                          .note = note};
    p->no_memory |= !doc_table(p->doc, &t);
}

void quality_chart(struct page *p, struct doc_chart chart)
{
    p->no_memory |= !doc_chart(p->doc, &chart);
}

void quality_bars(struct page *p, enum chart_form form, struct str title,
                  const struct str *labels, const double *found, const double *expected,
                  size_t n, struct str note)
{
    struct series series[2] = {
        {.label = str_of(quality_say(p, "found", "实际")), .value = found},
        {.label = str_of(quality_say(p, "expected", "预期")),
         .role = SERIES_BEFORE,
         .value = expected}};
    quality_chart(
        p, (struct doc_chart){.form = form,
                              .title = title,
                              .note = note,
                              .value_label = str_of(quality_say(p, "per cent", "百分比")),
                              .categories = labels,
                              .n_categories = n,
                              .series = series,
                              .n_series = 2,
                              .decimals = 1,
                              .percent = true});
}

struct result *quality_result(struct page *p, const char *name, const char *en,
                              const char *zh, const struct quality_heading *headings,
                              size_t n)
{
    struct result *r = ARENA_NEW(p->a, struct result);
    struct result_column *columns = ARENA_ARRAY(p->a, struct result_column, n);
    if (!r || !columns || p->n_results == QUALITY_MOST_RESULTS) {
        p->no_memory = true;
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        columns[i] = (struct result_column){
            .name = headings[i].name,
            .label =
                headings[i].en ? quality_say(p, headings[i].en, headings[i].zh) : NULL,
            .kind = headings[i].kind,
            .decimals = headings[i].decimals};
    *r = result_new(p->a, name, str_of(quality_say(p, en, zh)), columns, n);
    return p->results[p->n_results++] = r;
}

// ---- the page ----

static void columns_used(struct page *p)
{
    enum { COLUMNS = 4 };
    const struct quality *q = p->q;
    struct cell cells[QUALITY_MOST_USED * COLUMNS];
    struct table_column columns[COLUMNS] = {
        {.title = str_of(quality_say(p, "column", "列"))},
        {.title = str_of(quality_say(p, "taken for", "用作"))},
        {.title = str_of(quality_say(p, "told by", "依据"))},
        {.title = str_of(quality_say(p, "empty cells", "空值")), .align = ALIGN_RIGHT}};
    for (size_t i = 0; i < q->n_used; i++) {
        const struct quality_used *u = &q->used[i];
        const char *by = u->guessed ? quality_say(p, "its name and values", "列名与取值")
                                    : quality_say(p, "you", "您指定");
        cells[i * COLUMNS] = (struct cell){.kind = CELL_TEXT, .text = u->column};
        cells[i * COLUMNS + 1] = (struct cell){
            .kind = CELL_TEXT, .text = str_of(quality_say(p, u->use, u->use_zh))};
        cells[i * COLUMNS + 2] = (struct cell){.kind = CELL_TEXT, .text = str_of(by)};
        cells[i * COLUMNS + 3] =
            (struct cell){.kind = CELL_NUMBER, .value = (double)u->empty};
    }
    struct doc_table t = {
        .title = str_of(quality_say(p, "What was looked at", "所用的列")),
        .columns = columns,
        .n_columns = COLUMNS,
        .cells = cells,
        .n_rows = q->n_used,
        .small = true,
    };
    p->no_memory |= !doc_table(p->doc, &t);
}

// Cells that are no date, no number, or a day to come: found here, and taken as empty
// elsewhere.
static void unreadable_cells(struct page *p)
{
    size_t before = p->n;
    p->section = p->n;
    for (size_t i = 0; i < p->q->n_used; i++) {
        const struct quality_used *u = &p->q->used[i];
        if (!u->unreadable)
            continue;
        double filled = (double)(p->q->n - u->empty), n = (double)u->unreadable;
        struct str shown = quality_figure(p, n, 0),
                   share = quality_percent(p, n / filled, 2);
        quality_add(
            p, (struct quality_measure){
                   .part = "cells",
                   .name = "unreadable",
                   .label = quality_text(
                       p,
                       quality_say(p, STR_FMT ": cells that cannot be used as %s",
                                   STR_FMT "：不能用作“%s”的单元格"),
                       STR_ARG(u->column), quality_say(p, u->use, u->use_zh)),
                   .shown = shown,
                   .value = n,
                   .low = NAN,
                   .high = NAN,
                   .p = NAN,
                   .n = filled,
                   .scale = quality_text(p,
                                         quality_say(p, STR_FMT " of those filled in",
                                                     "占已填写的 " STR_FMT),
                                         STR_ARG(share)),
                   .text = quality_text(p,
                                        quality_say(p, "left out; the first is " STR_FMT,
                                                    "未计入；第一处为 " STR_FMT),
                                        STR_ARG(u->example)),
                   .reading = READING_LOOK});
    }
    if (p->n > before)
        quality_table(p, "Cells that cannot be used", "不能使用的单元格", STR(""));
}

// The page's first words: what to look at, in the order of the page. Written last, put
// first.
static struct str first_words(struct page *p)
{
    struct buf b = BUF_INIT(1 << 16);
    size_t look = 0;
    for (size_t i = 0; i < p->n; i++)
        if (p->list[i].reading == READING_LOOK) {
            if (look++ < 12)
                buf_printf(&b, "\n%zu. " STR_FMT "%s" STR_FMT, look,
                           STR_ARG(p->list[i].label), quality_say(p, ": ", "："),
                           STR_ARG(p->list[i].text));
        }
    struct str out;
    if (!look)
        out = quality_text(
            p, "%s",
            quality_say(p,
                        "Nothing here asks to be looked at. That the figures "
                        "below are as expected does not prove that the file is "
                        "complete.",
                        "没有需要特别核实的地方。但各项指标正常并不证明数据完整。"));
    else {
        struct str list = buf_str(&b), head;
        head = quality_text(
            p,
            quality_say(p, "%zu of %zu measures ask to be looked at%s:",
                        "%zu 项（共 %zu 项）值得核实%s："),
            look, p->n,
            look > 12 ? quality_say(p, " (the first 12)", "（列出前 12 项）") : "");
        out = str_format(p->a, STR_FMT STR_FMT, STR_ARG(head), STR_ARG(list));
        p->no_memory |= b.failed || !out.p;
    }
    buf_free(&b);
    return out.p ? out : STR("");
}

static void limits_of_all_this(struct page *p)
{
    quality_heading(p, "What this page does not say", "本页不能说明的问题");
    quality_paragraph(
        p,
        str_of(quality_say(
            p,
            "Digits and dates show how numbers came about, not who wrote them: round "
            "weights come from scales, births on the 1st from forms, late registration "
            "from distance and fees, equal months from a list that was sent twice. "
            "Nothing here is about a person. With very many rows small and harmless "
            "differences have small p-values too: read the size first. With few rows "
            "large ones can be chance. What looks regular can still be incomplete.",
            "数字与日期反映数据如何产生，不反映由谁填写：整数体重来自秤，1 "
            "日出生来自表格，"
            "迟报来自路途与费用，相同的月份来自重复报送的名单。本页不涉及任何个人。记录很"
            "多时，"
            "微小而无害的差异也会有很小的 p "
            "值，请先看差异大小；记录很少时，较大的差异也可能"
            "出于偶然。看起来正常的数据仍可能不完整。")));
}

static void measures_result(struct page *p)
{
    static const struct quality_heading headings[] = {
        {"part", "part", "部分", RESULT_TEXT, 0},
        {"measure", "measure", "指标", RESULT_TEXT, 0},
        {"value", "value", "数值", RESULT_NUMBER, 4},
        {"low", "from", "下限", RESULT_NUMBER, 4},
        {"high", "to", "上限", RESULT_NUMBER, 4},
        {"p", "p", "p", RESULT_NUMBER, 4},
        {"n", "n", "n", RESULT_COUNT, 0},
        {"look", "look", "核实", RESULT_YES_NO, 0},
        {"label", NULL, NULL, RESULT_TEXT, 0},
        {"says", NULL, NULL, RESULT_TEXT, 0}};
    size_t before = p->n_results;
    struct result *r = quality_result(p, "measures", "Measures", "指标", headings,
                                      sizeof headings / sizeof *headings);
    if (!r)
        return;
    for (size_t i = 0; i < p->n; i++) {
        const struct quality_measure *m = &p->list[i];
        struct result_cell *row = result_row(r);
        row[0].text = str_of(m->part);
        row[1].text = str_of(m->name);
        row[2].value = m->value;
        row[3].value = m->low;
        row[4].value = m->high;
        row[5].value = m->p;
        row[6].value = m->n;
        row[7].value = m->reading == READING_LOOK;
        row[8].text = m->label;
        row[9].text = m->text;
    }
    // first of all
    memmove(p->results + 1, p->results, before * sizeof *p->results);
    p->results[0] = r;
}

enum err quality_doc(const struct quality *q, struct arena *a, bool zh,
                     struct quality_page *out, struct error *e)
{
    struct page page = {.q = q, .a = a, .zh = zh, .doc = doc_new(a, zh)}, *p = &page;
    if (!page.doc)
        return error_memory(e);
    page.doc->title = quality_text(p,
                                   quality_say(p, "Is it real? The quality of " STR_FMT,
                                               "数据可信吗？" STR_FMT " 的数据质量"),
                                   STR_ARG(q->file));
    struct str rows = quality_figure(p, (double)q->n, 0);
    page.doc->subtitle =
        quality_text(p, quality_say(p, STR_FMT " rows", STR_FMT " 行"), STR_ARG(rows));
    page.doc->made_on = date_today();
    p->no_memory |= !doc_paragraph(page.doc, STR(" "));
    struct block *first = page.doc->last;
    columns_used(p);
    unreadable_cells(p);
    enum err code = quality_ages(p, e);
    if (!code)
        quality_weights(p);
    if (!code)
        code = quality_dates(p, e);
    if (!code)
        code = quality_timeliness(p, e);
    if (!code) {
        quality_parts(p);
        code = quality_numbers(p, e);
    }
    if (!code)
        code = quality_facilities(p, e);
    if (code)
        return code;
    limits_of_all_this(p);
    measures_result(p);
    if (p->no_memory || !first)
        return error_memory(e);
    first->text = first_words(p);
    if (p->no_memory)
        return error_memory(e);
    out->doc = page.doc;
    out->n_results = page.n_results;
    for (size_t i = 0; i < page.n_results; i++)
        out->results[i] = page.results[i];
    return ERR_OK;
}
