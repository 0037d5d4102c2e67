// SPDX-License-Identifier: AGPL-3.0-or-later
// A doc as one HTML file: style and charts inside, no script, well-formed as XML too.
#include <math.h>
#include <sodium.h>

#include "base/text.h"
#include "report/chart.h"
#include "report/doc_text.h"
#include "report/picture.h"

enum { MAX_HTML = 1 << 28, CONTENTS_FROM = 3, WIDE = 760, NARROW = 358 };
// CSS pixels: caption and notes, head and row of a table, a row of words in small type.
enum { AROUND_FIGURE = 54, TABLE_HEAD = 48, TABLE_ROW = 27, TABLE_ROW_SMALL = 50 };

struct html {
    const struct doc *d;
    struct arena *a;
    struct typeset *t;
    struct buf *out;
    const struct str *targets;
    size_t n_targets;
};

static const char style[] =
    "*{box-sizing:border-box}\n"
    "html{-webkit-text-size-adjust:100%}\n"
    "body{margin:0;background:var(--paper);color:var(--text);font:15px/1.55 "
    "\"Noto Sans\",\"Noto Sans CJK SC\",\"Noto Sans SC\",system-ui,\"PingFang SC\","
    "\"Microsoft YaHei\",sans-serif;overflow-wrap:break-word}\n"
    "html:lang(zh) body{font-family:\"Noto Sans CJK SC\",\"Noto Sans SC\",\"PingFang "
    "SC\",\"Microsoft YaHei\",\"Noto Sans\",system-ui,sans-serif}\n"
    "main{max-width:808px;margin:0 auto;padding:40px 24px 56px}\n"
    "header{border-bottom:1px solid var(--rule);margin-bottom:24px;padding-bottom:12px}\n"
    "header:before{content:\"\";display:block;width:48px;height:5px;"
    "background:var(--accent);margin-bottom:14px}\n"
    "h1{font-size:30px;line-height:1.25;margin:0}\n"
    "h2{font-size:21px;line-height:1.35;color:var(--accent);margin:40px 0 8px}\n"
    "h3{font-size:17px;line-height:1.4;margin:28px 0 4px}\n"
    "h4{font-size:15px;margin:20px 0 2px}\n"
    "p{margin:8px 0 12px}\n"
    "ul{margin:8px 0 16px;padding-left:20px}li{margin:3px 0}li::marker{color:var("
    "--accent)}\n"
    ".subtitle{font-size:18px;color:var(--accent);margin:2px 0 8px}\n"
    ".made,footer,.notes{font-size:12.5px;color:var(--muted)}\n"
    ".made{margin:0}\n"
    "footer{border-top:1px solid var(--rule);margin-top:48px;padding-top:8px}\n"
    "nav{font-size:14px;margin:0 0 24px}nav b{color:var(--muted);font-weight:400}\n"
    "nav ol{list-style:none;margin:2px 0;padding:0;columns:2;column-gap:24px}\n"
    "nav li{break-inside:avoid;margin:0;padding:2px 0}\n"
    "a{color:var(--accent)}nav a{text-decoration:none}a:hover{text-decoration:"
    "underline}\n"
    "figure{margin:20px 0 28px}.far{content-visibility:auto}\n"
    "figcaption{font-weight:700;font-size:14.5px;line-height:1.4;margin-bottom:6px}\n"
    "figcaption span{color:var(--accent);margin-right:.6em;white-space:nowrap}\n"
    ".notes p{margin:3px 0}figure .notes{margin-top:5px}\n"
    ".scroll{overflow-x:auto;border-top:2px solid var(--text);border-bottom:2px solid "
    "var(--text)}\n"
    ".scroll:focus-visible{outline:2px solid var(--accent);outline-offset:-2px}\n"
    "table{border-collapse:separate;border-spacing:0;min-width:100%;font-size:13.5px;"
    "line-height:18px;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:4px 8px;text-align:left;vertical-align:top;font-weight:400;"
    "border-bottom:1px solid var(--faint)}\n"
    "thead "
    "th{vertical-align:bottom;text-wrap:balance;font-weight:700;font-size:12.5px;border-"
    "bottom:0}\n"
    "thead tr:last-child th,thead th.tall{border-bottom:1px solid var(--text)}\n"
    "thead th.group{text-align:center}\n"
    "thead th.group i{display:block;font-style:normal;border-bottom:1px solid "
    "var(--rule);padding-bottom:3px}\n"
    "thead small{display:block;font-weight:400;color:var(--muted);font-size:12px}\n"
    "tbody tr:last-child>*{border-bottom:0}\n"
    ".n,thead th.n{text-align:right;white-space:nowrap}thead th.n{white-space:normal}\n"
    ".short tbody th{white-space:nowrap}"
    "tbody th,tbody td.t{min-width:8em}tbody td.t{max-width:34em}\n"
    ".small{font-size:12.5px;line-height:17px}.small tbody td.t{max-width:none}\n"
    ".k{position:sticky;left:0;background:var(--paper);z-index:1;"
    "max-width:46vw}\n"
    ".l1>:first-child{padding-left:22px}.l2>:first-child{padding-left:36px}"
    ".l3>:first-child{padding-left:50px}.l4>:first-child{padding-left:64px}\n"
    ".total>*{font-weight:700;border-top:1px solid var(--text)}"
    ".total:first-child>*{border-top:0}\n"
    ".ci{display:inline-block;text-align:right;color:var(--muted);margin-left:.5em;"
    "font-weight:400}\n"
    ".m{display:inline-block;width:1.2em;text-align:right;font-weight:700}"
    "td.t .m,th .m{text-align:left}\n"
    ".good{color:var(--accent)}.bad{color:var(--alarm)}.mute,.sign{color:var(--muted)}\n"
    "td a,th a{color:inherit;text-decoration:underline dotted var(--rule);"
    "text-underline-offset:3px}\n"
    ":target{background:var(--shade)}\n"
    "svg{display:block;max-width:100%;height:auto}svg.narrow{display:none}\n"
    "details{margin-top:6px;font-size:13.5px}summary{cursor:pointer;color:var(--accent);"
    "width:fit-content}details .scroll{margin-top:6px}\n"
    "@media screen and (max-width:620px){main{padding:20px 16px 40px}h1{font-size:24px}"
    "h2{font-size:19px;margin-top:32px}nav ol{columns:1}svg.wide{display:none}"
    "svg.narrow{display:block;width:100%}th,td{padding:4px 6px}}\n"
    "@media print{@page{size:A4;margin:18mm}body{font-size:10pt}main{max-width:none;"
    "padding:0}nav,details{display:none}.far{content-visibility:visible}h2,h3,h4,"
    "figcaption{break-after:avoid}"
    "tr,svg{break-inside:avoid}thead{display:table-header-group}.scroll{overflow:visible}"
    ".k{position:static}a,td a,th a{color:inherit;text-decoration:none}p{orphans:3;"
    "widows:3}}\n";

// Line ends become breaks where they may, else blanks.
static void add_escaped(struct html *h, struct str s, bool breaks)
{
    struct str line, rest;
    for (; str_split(s, '\n', &line, &rest); s = rest) {
        buf_add_markup(h->out, line);
        buf_add_c(h->out, breaks ? "<br/>" : " ");
    }
    buf_add_markup(h->out, s);
}

static void add_element(struct html *h, const char *name, const char *attributes,
                        struct str text)
{
    if (!text.n)
        return;
    buf_printf(h->out, "<%s%s>", name, attributes);
    add_escaped(h, text, true);
    buf_printf(h->out, "</%s>\n", name);
}

static void notes(struct html *h, struct str signs, struct str note, struct str source)
{
    if (!signs.n && !note.n && !source.n)
        return;
    bool zh = h->d->zh;
    buf_add_c(h->out, "<div class=\"notes\">");
    const struct str parts[3][2] = {{STR(""), signs},
                                    {doc_word(zh, WORD_NOTE), note},
                                    {doc_word(zh, WORD_SOURCE), source}};
    for (size_t i = 0; i < 3; i++)
        if (parts[i][1].n) {
            buf_add_c(h->out, "<p>");
            add_escaped(h, parts[i][0], false);
            add_escaped(h, parts[i][1], true);
            buf_add_c(h->out, "</p>");
        }
    buf_add_c(h->out, "</div>\n");
}

static void caption(struct html *h, struct str label, struct str title)
{
    buf_add_c(h->out, "<figcaption><span>");
    add_escaped(h, label, false);
    buf_add_c(h->out, "</span>");
    add_escaped(h, title, true);
    buf_add_c(h->out, "</figcaption>\n");
}

// What all cells of a column share.
struct column_look {
    bool figures, marks;
    int bounds; // characters of the longest interval
};

static int characters(struct str s)
{
    int n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += (s.p[i] & 0xC0) != 0x80;
    return n;
}

static struct column_look look_at(struct html *h, const struct doc_table *t, size_t c)
{
    struct column_look look = {.figures = t->columns[c].align == ALIGN_RIGHT};
    for (size_t r = 0; r < t->n_rows; r++) {
        const struct cell *cell = &t->cells[r * t->n_columns + c];
        look.figures |= doc_cell_is_figure(cell);
        look.marks |= cell->tone == TONE_GOOD || cell->tone == TONE_BAD;
        int n = characters(doc_cell_bounds(h->a, h->d->zh, &t->columns[c], cell));
        if (n > look.bounds)
            look.bounds = n;
    }
    return look;
}

static size_t group_end(const struct doc_table *t, size_t c)
{
    size_t end = c + 1;
    while (end < t->n_columns && t->columns[c].group.n &&
           str_equal(t->columns[end].group, t->columns[c].group))
        end++;
    return end;
}

static void head_cell(struct html *h, const struct table_column *column, bool figures,
                      bool tall, bool first)
{
    buf_printf(h->out, "<th scope=\"col\"%s class=\"%s%s%s\">",
               tall ? " rowspan=\"2\"" : "", figures ? "n" : "t", tall ? " tall" : "",
               first ? " k" : "");
    add_escaped(h, column->title, true);
    if (column->unit.n) {
        buf_add_c(h->out, "<small>");
        add_escaped(h, column->unit, true);
        buf_add_c(h->out, "</small>");
    }
    buf_add_c(h->out, "</th>");
}

static void table_head(struct html *h, const struct doc_table *t,
                       const struct column_look *look)
{
    bool groups = false;
    for (size_t c = 0; c < t->n_columns; c++)
        groups |= t->columns[c].group.n > 0;
    buf_add_c(h->out, "<thead><tr>");
    for (size_t c = 0; groups && c < t->n_columns;) {
        size_t end = group_end(t, c);
        if (t->columns[c].group.n) {
            buf_printf(h->out,
                       "<th class=\"group\" scope=\"colgroup\" colspan=\"%zu\"><i>",
                       end - c);
            add_escaped(h, t->columns[c].group, true);
            buf_add_c(h->out, "</i></th>");
        } else {
            head_cell(h, &t->columns[c], look[c].figures, true, c == 0);
        }
        c = end;
    }
    if (groups)
        buf_add_c(h->out, "</tr><tr>");
    for (size_t c = 0; c < t->n_columns; c++)
        if (!groups || t->columns[c].group.n)
            head_cell(h, &t->columns[c], look[c].figures, false, c == 0);
    buf_add_c(h->out, "</tr></thead>\n");
}

static bool find_target(const struct html *h, struct str name, size_t *index)
{
    for (size_t i = 0; i < h->n_targets; i++)
        if (str_equal(h->targets[i], name)) {
            *index = i;
            return true;
        }
    return false;
}

static const char *tone_class(const struct cell *cell)
{
    switch (cell->tone) {
    case TONE_GOOD:
        return "good";
    case TONE_BAD:
        return "bad";
    case TONE_MUTED:
        return "mute";
    case TONE_NONE:
        break;
    }
    bool sign = cell->kind == CELL_MISSING || cell->kind == CELL_SUPPRESSED ||
                cell->kind == CELL_NOT_DEFINED;
    return sign ? "sign" : NULL;
}

static void mark(struct html *h, const struct cell *cell)
{
    buf_add_c(h->out, "<span class=\"m\">");
    buf_add(h->out, doc_tone_mark(cell->tone));
    buf_add_c(h->out, "</span>");
}

static void body_cell(struct html *h, const struct doc_table *t,
                      const struct column_look *look, size_t row, size_t c)
{
    const struct cell *cell = &t->cells[row * t->n_columns + c];
    const struct table_column *column = &t->columns[c];
    bool figure = doc_cell_is_figure(cell) || column->align == ALIGN_RIGHT;
    const char *name = c == 0 ? "th" : "td", *tone = tone_class(cell);
    buf_printf(h->out, "<%s%s class=\"%s%s%s%s\"", name, c == 0 ? " scope=\"row\"" : "",
               figure ? "n" : "t", c == 0 ? " k" : "", tone ? " " : "", tone ? tone : "");
    size_t target;
    bool linked = false;
    if (cell->anchor.n && cell->anchor.p[0] == '#') {
        struct str own = {cell->anchor.p + 1, cell->anchor.n - 1};
        if (find_target(h, own, &target) && h->targets[target].p == own.p)
            buf_printf(h->out, " id=\"a-%zu\"", target);
    } else if (cell->anchor.n) {
        linked = find_target(h, cell->anchor, &target);
        buf_add_c(h->out, " data-anchor=\"");
        add_escaped(h, cell->anchor, false);
        buf_add_c(h->out, "\"");
    }
    buf_add_c(h->out, ">");
    if (look->marks && !figure)
        mark(h, cell);
    if (linked)
        buf_printf(h->out, "<a href=\"#a-%zu\">", target);
    if (linked && cell->kind == CELL_PAGE)
        buf_add_c(h->out, "\xE2\x86\x93");
    add_escaped(h, doc_cell_text(h->a, h->d->zh, column, cell), true);
    if (linked)
        buf_add_c(h->out, "</a>");
    if (look->bounds) {
        buf_printf(h->out, "<span class=\"ci\" style=\"min-width:%dch\">",
                   look->bounds - 1);
        buf_add(h->out, doc_cell_bounds(h->a, h->d->zh, column, cell));
        buf_add_c(h->out, "</span>");
    }
    if (look->marks && figure)
        mark(h, cell);
    buf_printf(h->out, "</%s>", name);
}

// Short names of rows are not broken.
static bool names_are_short(struct html *h, const struct doc_table *t)
{
    enum { SHORT = 22 };
    for (size_t r = 0; t->n_columns && r < t->n_rows; r++)
        if (text_width(doc_cell_text(h->a, h->d->zh, t->columns,
                                     &t->cells[r * t->n_columns])) > SHORT)
            return false;
    return true;
}

static enum err table(struct html *h, const struct doc_table *t, struct error *e)
{
    struct column_look *look = ARENA_ARRAY(h->a, struct column_look, t->n_columns);
    if (!look)
        return error_memory(e);
    for (size_t c = 0; c < t->n_columns; c++)
        look[c] = look_at(h, t, c);
    buf_add_c(h->out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                      "aria-label=\"");
    add_escaped(h, t->title, false);
    buf_add_c(h->out, t->small                ? "\"><table class=\"small\">\n"
                      : names_are_short(h, t) ? "\"><table class=\"short\">\n"
                                              : "\"><table>\n");
    table_head(h, t, look);
    buf_add_c(h->out, "<tbody>\n");
    for (size_t r = 0; r < t->n_rows; r++) {
        int level = t->row_level ? t->row_level[r] : 0;
        if (level < 0)
            buf_add_c(h->out, "<tr class=\"total\">");
        else if (level > 0)
            buf_printf(h->out, "<tr class=\"l%d\">", level > 4 ? 4 : level);
        else
            buf_add_c(h->out, "<tr>");
        for (size_t c = 0; c < t->n_columns; c++)
            body_cell(h, t, &look[c], r, c);
        buf_add_c(h->out, "</tr>\n");
    }
    buf_add_c(h->out, "</tbody></table></div>\n");
    return ERR_OK;
}

// What is not on the screen is laid out when it comes near; until then its place is kept
// by an estimate of its height in CSS pixels on a wide page.
static void open_figure(struct html *h, double height)
{
    buf_printf(h->out,
               "<figure class=\"far\" style=\"contain-intrinsic-size:auto %.0fpx\">",
               height);
}

static enum err table_block(struct html *h, const struct block *b, struct error *e)
{
    const double row = b->table.small ? TABLE_ROW_SMALL : TABLE_ROW;
    open_figure(h, AROUND_FIGURE + TABLE_HEAD + row * (double)b->table.n_rows);
    caption(h, doc_block_label(h->a, h->d->zh, b), b->table.title);
    enum err code = table(h, &b->table, e);
    notes(h, doc_signs(h->a, h->d->zh, &b->table), b->table.note, b->table.source);
    buf_add_c(h->out, "</figure>\n");
    return code;
}

// The frames of a moving chart over each other, the last one seen; a click on the sign at
// its corner shows one after another (SMIL, which is part of SVG: no script).
static enum err moving(struct html *h, const struct block *b, bool narrow,
                       struct error *e)
{
    const struct doc_chart *whole = &b->chart;
    double width = narrow ? NARROW : WIDE, unit = narrow ? 1.55 : 1.6;
    struct chart_part part = {
        .width = width, .unit = unit, .count = whole->n_categories, .zh = h->d->zh};
    double height = ceil(chart_height(h->t, whole, &part)), n = (double)whole->n_frames;
    const char *name = narrow ? "narrow" : "wide";
    buf_printf(h->out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" class=\"%s\" "
               "viewBox=\"0 0 %g %g\" width=\"%g\" height=\"%g\" aria-label=\"",
               name, width, height, width, height);
    buf_add_markup(h->out, whole->title);
    buf_add_c(h->out, "\">");
    for (size_t i = 0; i < whole->n_frames; i++) {
        struct doc_chart chart = *whole;
        bool last = i + 1 == whole->n_frames;
        struct chart_picture picture = {
            .form = CANVAS_SVG, .width = width, .unit = unit, .zh = h->d->zh};
        chart.series = whole->frames[i].series;
        buf_printf(h->out,
                   "<g visibility=\"%s\"><animate attributeName=\"visibility\" "
                   "begin=\"play_%s_%d.click\" dur=\"%gs\" calcMode=\"discrete\" "
                   "values=\"hidden;visible;%s\" keyTimes=\"0;%.6f;%.6f\"/>",
                   last ? "visible" : "hidden", name, b->number, 0.7 * n,
                   last ? "visible" : "hidden", (double)i / n + (i ? 0 : 1e-6),
                   fmin((double)(i + 1) / n, 1));
        enum err code = chart_render(h->t, &chart, &picture, h->out, e);
        if (code)
            return code;
        buf_printf(h->out,
                   "<text x=\"%g\" y=\"%g\" font-size=\"%g\" text-anchor=\"end\" "
                   "fill=\"currentColor\">",
                   width - 4, 14 * unit, 13 * unit);
        buf_add_markup(h->out, whole->frames[i].label);
        buf_add_c(h->out, "</text></g>");
    }
    buf_printf(
        h->out,
        "<g id=\"play_%s_%d\" role=\"button\" cursor=\"pointer\"><rect width=\"%g\" "
        "height=\"%g\" rx=\"4\" fill=\"currentColor\" fill-opacity=\"0.1\"/><text "
        "x=\"%g\" y=\"%g\" font-size=\"%g\" fill=\"currentColor\">\xE2\x96\xB6 ",
        name, b->number, 76 * unit, 15 * unit, 5 * unit, 11 * unit, 9 * unit);
    buf_add_markup(h->out, whole->frames[0].label);
    buf_add_c(h->out, "\xE2\x80\x93");
    buf_add_markup(h->out, whole->frames[whole->n_frames - 1].label);
    buf_add_c(h->out, "</text></g></svg>");
    return ERR_OK;
}

static enum err chart_block(struct html *h, const struct block *b, struct error *e)
{
    bool zh = h->d->zh;
    struct doc_table data;
    if (!b->chart.bare && !doc_chart_table(h->a, zh, &b->chart, &data))
        return error_memory(e);
    const struct chart_part wide = {
        .width = WIDE, .unit = 1.6, .count = b->chart.n_categories, .zh = zh};
    open_figure(h, AROUND_FIGURE + chart_height(h->t, &b->chart, &wide));
    caption(h, doc_block_label(h->a, zh, b), b->chart.title);
    enum err code = ERR_OK;
    for (int narrow = 0; narrow < 2 && !code; narrow++) {
        struct chart_picture picture = {.form = CANVAS_SVG,
                                        .width = narrow ? NARROW : WIDE,
                                        .unit = narrow ? 1.55 : 1.6,
                                        .zh = zh,
                                        .css_class = narrow ? "narrow" : "wide"};
        code = b->chart.n_frames ? moving(h, b, narrow, e)
                                 : chart_render(h->t, &b->chart, &picture, h->out, e);
    }
    if (code)
        return code;
    notes(h, STR(""), b->chart.note, b->chart.source);
    if (b->chart.bare) {
        buf_add_c(h->out, "</figure>\n");
        return ERR_OK;
    }
    buf_add_c(h->out, "<details><summary>");
    buf_add(h->out, doc_word(zh, WORD_DATA));
    buf_add_c(h->out, "</summary>");
    code = table(h, &data, e);
    notes(h, doc_signs(h->a, zh, &data), STR(""), STR(""));
    buf_add_c(h->out, "</details></figure>\n");
    return code;
}

static void paragraph(struct html *h, struct str text)
{
    static const struct str bullets[] = {{"- ", 2}, {"\xE2\x80\xA2 ", 4}};
    struct str rest = text, line;
    bool list = false, open = false;
    while (doc_next_line(&rest, &line)) {
        bool item = false;
        for (size_t i = 0; i < 2 && !item; i++)
            if (str_starts(line, bullets[i])) {
                line = (struct str){line.p + bullets[i].n, line.n - bullets[i].n};
                item = true;
            }
        if (open && (item || !line.n)) {
            buf_add_c(h->out, "</p>\n");
            open = false;
        }
        if (item != list)
            buf_add_c(h->out, item ? "<ul>\n" : "</ul>\n");
        list = item;
        if (item) {
            add_element(h, "li", "", line);
        } else if (line.n) {
            buf_add_c(h->out, open ? "<br/>" : "<p>");
            add_escaped(h, line, false);
            open = true;
        }
    }
    buf_add_c(h->out, open ? "</p>\n" : list ? "</ul>\n" : "");
}

static void contents(struct html *h)
{
    size_t n = 0, index = 0;
    for (const struct block *b = h->d->first; b; b = b->next)
        n += b->kind == BLOCK_HEADING && b->level == 1;
    if (n < CONTENTS_FROM)
        return;
    buf_add_c(h->out, "<nav><b>");
    buf_add(h->out, doc_word(h->d->zh, WORD_CONTENTS));
    buf_add_c(h->out, "</b><ol>\n");
    for (const struct block *b = h->d->first; b; b = b->next) {
        if (b->kind != BLOCK_HEADING)
            continue;
        index++;
        if (b->level != 1)
            continue;
        buf_printf(h->out, "<li><a href=\"#h-%zu\">", index);
        add_escaped(h, b->text, false);
        buf_add_c(h->out, "</a></li>\n");
    }
    buf_add_c(h->out, "</ol></nav>\n");
}

static void front(struct html *h)
{
    const struct doc *d = h->d;
    const char *language = d->zh ? "zh-CN" : "en";
    buf_printf(h->out,
               "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" "
               "lang=\"%s\" xml:lang=\"%s\">\n<head><meta charset=\"utf-8\"/>\n"
               "<meta name=\"viewport\" content=\"width=device-width, "
               "initial-scale=1\"/>\n<meta name=\"generator\" content=\"Heng\"/>\n",
               language, language);
    if (d->made_on != DATE_NONE) {
        char day[DATE_TEXT_SIZE];
        date_format(d->made_on, day);
        buf_printf(h->out, "<meta name=\"date\" content=\"%s\"/>\n", day);
    }
    if (d->author.n) {
        buf_add_c(h->out, "<meta name=\"author\" content=\"");
        add_escaped(h, d->author, false);
        buf_add_c(h->out, "\"/>\n");
    }
    buf_add_c(h->out, "<title>");
    add_escaped(h, d->title, false);
    if (d->subtitle.n) {
        buf_add_c(h->out, " \xC2\xB7 ");
        add_escaped(h, d->subtitle, false);
    }
    buf_add_c(h->out, "</title>\n<style>\n");
    draw_style(h->out);
    buf_add_c(h->out, style);
    buf_add_c(h->out, "</style></head>\n<body><main>\n<header>");
    add_element(h, "h1", "", d->title);
    add_element(h, "p", " class=\"subtitle\"", d->subtitle);
    add_element(h, "p", " class=\"made\"", d->made);
    buf_add_c(h->out, "</header>\n");
}

static enum err picture_block(struct html *h, const struct doc_picture *p,
                              struct error *e)
{
    struct picture seen;
    size_t target;
    const bool is = picture_look(p->bytes, &seen);
    const size_t size =
        sodium_base64_encoded_len(p->bytes.n, sodium_base64_VARIANT_ORIGINAL);
    buf_add_c(h->out, "<figure");
    if (p->anchor.n && find_target(h, p->anchor, &target))
        buf_printf(h->out, " id=\"a-%zu\"", target);
    buf_add_c(h->out, "><figcaption>");
    add_escaped(h, p->title, true);
    buf_add_c(h->out, "</figcaption>");
    if (is && (double)seen.width * seen.height <= DOC_PICTURE_MAX) {
        char *text = mem_alloc(size, 1);
        if (!text)
            return error_memory(e);
        sodium_bin2base64(text, size, (const unsigned char *)p->bytes.p, p->bytes.n,
                          sodium_base64_VARIANT_ORIGINAL);
        buf_printf(h->out,
                   "<img alt=\"\" style=\"max-width:100%%;height:auto\" "
                   "src=\"data:image/%s;base64,",
                   seen.kind == PICTURE_JPEG ? "jpeg" : "png");
        buf_add_c(h->out, text);
        buf_add_c(h->out, "\"/>");
        mem_free(text);
    } else {
        add_element(h, "p", " class=\"sign\"", doc_word(h->d->zh, WORD_NO_PICTURE));
    }
    buf_add_c(h->out, "<div class=\"notes\">");
    add_element(h, "p", "", p->note);
    buf_add_c(h->out, "</div></figure>\n");
    return ERR_OK;
}

static enum err blocks(struct html *h, struct error *e)
{
    enum err code = ERR_OK;
    size_t heading = 0, target;
    int level = 1; // no level is left out, as readers by ear go from one to the next
    for (const struct block *b = h->d->first; b && !code; b = b->next)
        switch (b->kind) {
        case BLOCK_HEADING:
            level = b->level <= level ? b->level + 1 : level + 1;
            buf_printf(h->out, "<h%d id=\"h-%zu\">", level, ++heading);
            if (b->anchor.n && find_target(h, b->anchor, &target))
                buf_printf(h->out, "<span id=\"a-%zu\"></span>", target);
            add_escaped(h, b->text, true);
            buf_printf(h->out, "</h%d>\n", level);
            break;
        case BLOCK_PARAGRAPH:
            paragraph(h, b->text);
            break;
        case BLOCK_TABLE:
            code = table_block(h, b, e);
            break;
        case BLOCK_CHART:
            code = chart_block(h, b, e);
            break;
        case BLOCK_PICTURE:
            code = picture_block(h, &b->picture, e);
            level = 2;
            break;
        case BLOCK_BREAK:
            break;
        }
    return code;
}

enum err doc_put_html(const struct doc *given, struct buf *out, struct error *e)
{
    struct arena scratch;
    arena_init(&scratch, 0);
    struct doc d;
    struct html h = {.d = &d, .a = &scratch, .out = out};
    enum err code = doc_front(given, &scratch, &d, e);
    if (!code)
        code = doc_targets(&d, &scratch, &h.targets, &h.n_targets, e);
    if (!code)
        code = typeset_open(&h.t, d.zh, e);
    if (code)
        goto out;
    front(&h);
    contents(&h);
    code = blocks(&h, e);
    if (code)
        goto out;
    add_element(&h, "footer", "", d.footer);
    buf_add_c(out, "</main></body></html>\n");
    code = buf_check(out, e);
out:
    typeset_close(h.t);
    arena_free(&scratch);
    return code;
}

enum err doc_write_html(const struct doc *d, const char *path, struct error *e)
{
    struct buf out = BUF_INIT(MAX_HTML);
    enum err code = doc_put_html(d, &out, e);
    if (!code)
        code = doc_save(path, buf_str(&out), e);
    buf_free(&out);
    return code;
}
