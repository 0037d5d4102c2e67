// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/srb_doc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/doc_text.h"
#include "stats/multiple.h"

enum {
    MOST_ROWS = 60,
    MOST_FOREST = 30,
    MOST_FUNNEL = 6000,
    MOST_NAMED = 3,
    MANY_AREAS = 300,  // of so many, a funnel leaves out those with fewer births than
    LEAST_BIRTHS = 30, // this
};

struct writer {
    const struct srb_page *page;
    const struct srb_study *s;
    struct doc *d;
    struct arena *a;
    bool zh, failed;
};

static const char *say(const struct writer *w, const char *en, const char *zh)
    __attribute__((format_arg(2), format_arg(3)));

static const char *say(const struct writer *w, const char *en, const char *zh)
{
    return w->zh ? zh : en;
}

static struct str word(const struct writer *w, const char *en, const char *zh)
{
    return str_of(w->zh ? zh : en);
}

// Numbers as words of a sentence; "?" when memory is out (the page is then not made).
static const char *keep(struct writer *w, struct str s)
{
    const char *text = str_c(w->a, s);
    w->failed |= !text;
    return text ? text : "?";
}

static const char *number(struct writer *w, double value, int decimals)
{
    char text[TEXT_NUMBER_SIZE];
    if (value == INFINITY)
        return "\xE2\x88\x9E";
    return keep(w, text_number(value, decimals, text));
}

static const char *count_text(struct writer *w, double value)
{
    return number(w, value, 0);
}

static const char *ratio_text(struct writer *w, double value)
{
    return number(w, value, 1);
}

// "102.5–134.0"; with "to" where a bound is negative.
static const char *bounds(struct writer *w, double low, double high, int decimals)
{
    return keep(w, str_format(w->a, "%s%s%s", number(w, low, decimals),
                              low < 0 ? say(w, " to ", " 至 ") : "\xE2\x80\x93",
                              number(w, high, decimals)));
}

static const char *percent(struct writer *w, double share)
{
    if (share > 0.999)
        return say(w, "over 99.9%", "超过 99.9%");
    if (share < 0.001)
        return say(w, "below 0.1%", "低于 0.1%");
    return keep(w,
                str_format(w->a, "%s%%",
                           number(w, 100 * share, share > 0.99 || share < 0.01 ? 1 : 0)));
}

// With its sign: "= 0.017", "< 0.0001".
static const char *p_text(struct writer *w, double p)
{
    return p < 0.0001 ? "< 0.0001" : keep(w, str_format(w->a, "= %.2g", p));
}

static const char *level_text(struct writer *w)
{
    return keep(w, str_format(w->a, "%.3g%%", 100 * w->s->level));
}

static const char *name_of(struct writer *w, struct str name)
{
    return name.n ? keep(w, name) : say(w, "(blank)", "（空白）");
}

static void paragraph(struct writer *w, const struct buf *text)
{
    w->failed |= text->failed || !doc_paragraph(w->d, buf_str(text));
}

static void heading(struct writer *w, const char *en, const char *zh)
{
    w->failed |= !doc_heading(w->d, 1, word(w, en, zh));
}

// Sentences ---------------------------------------------------------------------------

static const char *reference_text(struct writer *w)
{
    const struct srb_reference *r = &w->s->reference;
    struct str name = w->page->reference_name;
    double low = w->page->reference_low, high = w->page->reference_high;
    const char *value = isnan(low)
                            ? ratio_text(w, r->ratio)
                            : keep(w, str_format(w->a, "%s (%s)", ratio_text(w, r->ratio),
                                                 bounds(w, low, high, 1)));
    if (!name.n)
        return keep(w,
                    str_format(w->a, say(w, "the reference, %s,", "参考值 %s"), value));
    return keep(w, str_format(w->a, say(w, "the reference for %s, %s,", "%s的参考值 %s"),
                              keep(w, name), value));
}

static void add_missing(struct writer *w, struct buf *out, const struct srb_missing *m)
{
    bool some = m->low > 0, more = m->high < 0;
    if (more) { // the other way round: as surplus, its bounds with it
        buf_printf(out,
                   say(w, " There are %s girls more than it lets expect (%s).",
                       "女孩比按该参考值的预期多 %s 名（%s）。"),
                   count_text(w, -m->girls), bounds(w, -m->high, -m->low, 0));
        return;
    }
    buf_printf(out,
               some ? say(w, " Girls missing against it: %s (%s).",
                          "按该参考值，缺少女孩 %s 名（%s）。")
                    : say(w, " Girls missing against it: %s, but %s, so it may be none.",
                          "按该参考值，缺少女孩 %s 名，但区间为 %s，可能一个也不缺。"),
               count_text(w, m->girls), bounds(w, m->low, m->high, 0));
}

static void sentence_all(struct writer *w)
{
    const struct srb_row *all = &w->s->all;
    struct buf out = BUF_INIT(1 << 16);
    buf_printf(&out,
               say(w,
                   "%s births: %s boys for 100 girls (%s interval %s). Against %s the "
                   "probability of being above is %s: ",
                   "共 %s 例出生，每 100 名女孩对应 %s 名男孩（%s 区间 %s）。与%s相比，"
                   "高于它的概率：%s，"),
               count_text(w, all->boys + all->girls), ratio_text(w, all->ratio),
               level_text(w), bounds(w, all->wilson.low, all->wilson.high, 1),
               reference_text(w), percent(w, all->above));
    buf_add_c(&out, all->above > 0.975   ? say(w, "it is high.", "偏高。")
                    : all->above < 0.025 ? say(w, "it is low.", "偏低。")
                                         : say(w, "it cannot be told apart from it.",
                                               "与参考值无法区分。"));
    add_missing(w, &out, &all->missing);
    if (w->page->reference_is_default)
        buf_add_c(&out, say(w,
                            " No region was chosen; Eastern Asia stands in (choose "
                            "another with --region).",
                            "未指定地区，默认采用东亚（可用 --region 另选）。"));
    if (w->page->unknown_sex)
        buf_printf(&out,
                   say(w, " %s births of unknown sex are not counted.",
                       "另有 %s 例性别不详，未计入。"),
                   count_text(w, (double)w->page->unknown_sex));
    paragraph(w, &out);
    buf_free(&out);
}

// "A 131.0 (118.2–146.1), B ..." of the rows found.
static void add_named(struct writer *w, struct buf *out, const struct srb_level *level,
                      int side)
{
    size_t named = 0, all = side > 0 ? level->high : level->low;
    for (size_t i = 0; i < level->n && named < MOST_NAMED; i++) {
        const struct srb_row *row = &level->rows[i];
        if (srb_study_finding(w->s, row) != side)
            continue;
        buf_printf(out, "%s%s %s (%s)", named ? say(w, ", ", "、") : "",
                   name_of(w, row->name), ratio_text(w, row->ratio),
                   bounds(w, row->wilson.low, row->wilson.high, 1));
        named++;
    }
    if (all > named)
        buf_printf(out, say(w, " and %s more", "，另有 %s 个"),
                   count_text(w, (double)(all - named)));
}

static double smallest_p(const struct srb_level *level, const struct srb_row **which)
{
    double least = 1;
    for (size_t i = 0; i < level->n; i++)
        if (level->rows[i].p.two_sided <= least) {
            least = level->rows[i].p.two_sided;
            *which = &level->rows[i];
        }
    return least;
}

static void add_findings(struct writer *w, struct buf *out, const struct srb_level *level)
{
    const char *rate = percent(w, w->s->found_below);
    const char *tested = count_text(w, (double)level->tested);
    if (level->high + level->low == 0) {
        const struct srb_row *which = NULL;
        double p = smallest_p(level, &which);
        buf_printf(out,
                   level->tested == 1
                       ? say(w,
                             "The only area with births (%s) cannot be told apart from "
                             "the reference (p below %s is needed).",
                             "有出生的地区只有 %s 个，不能与参考值区分（需 p 小于 %s）。")
                       : say(w,
                             "None of %s areas can be told apart from the reference at a "
                             "false discovery rate of %s.",
                             "在 %s 个地区中，按 %s "
                             "的错误发现率，没有一个能与参考值区分。"),
                   level->tested == 1 && !w->page->zh ? name_of(w, which->name) : tested,
                   rate);
        if (which && level->tested > 1)
            buf_printf(out,
                       say(w,
                           " The strongest (%s, p %s) would be met by chance in %s of "
                           "such files.",
                           "证据最强者（%s，p %s）在这样的数据中有 %s "
                           "的机会纯属偶然出现。"),
                       name_of(w, which->name), p_text(w, p),
                       percent(w, multiple_smallest(p, level->tested)));
    }
    if (level->high) {
        buf_printf(
            out,
            say(w, "Of %s areas %s above the reference at a false discovery rate of %s: ",
                "在 %s 个地区中，%s高于参考值（错误发现率 %s）："),
            tested,
            level->high == 1 ? say(w, "one is", "有 1 个")
                             : keep(w, str_format(w->a, say(w, "%s are", "有 %s 个"),
                                                  count_text(w, (double)level->high))),
            rate);
        add_named(w, out, level, 1);
        buf_add_c(out, say(w, ".", "。"));
    }
    if (level->low) {
        buf_printf(out, say(w, "%sBelow it: ", "%s低于参考值："),
                   level->high ? say(w, " ", "") : "");
        add_named(w, out, level, -1);
        buf_add_c(out, say(w, ".", "。"));
    }
    if (level->tested >= 20)
        buf_printf(
            out,
            say(w, " Taken one by one, %s have p below .05; chance alone gives about %s.",
                "逐个检验时 p 小于 .05 的有 %s 个；单凭偶然约有 %s 个。"),
            count_text(w, (double)level->p_below_05),
            count_text(w, (double)level->tested / 20));
}

static void add_spread(struct writer *w, struct buf *out, const struct srb_level *level)
{
    const struct srb_spread *x = &level->spread;
    if (isnan(x->p))
        return;
    if (x->p < 0.05)
        buf_printf(out,
                   say(w,
                       " The areas differ more than chance makes them (dispersion %s, p "
                       "%s): their true ratios spread by about ±%s.",
                       "各地区间的差异超出偶然（离散系数 %s，p %s）：其真实性别比约在 "
                       "±%s 内变动。"),
                   number(w, x->dispersion, 2), p_text(w, x->p),
                   x->log_sd > log(2) // of a few births: no figure to be read
                       ? say(w, "100% or more", "100% 及以上")
                       : keep(w, str_format(w->a, "%s%%",
                                            number(w, 100 * expm1(x->log_sd), 1))));
    else
        buf_printf(out,
                   say(w,
                       " The areas differ no more than chance makes them (dispersion %s, "
                       "p %s).",
                       "各地区间的差异不超出偶然（离散系数 %s，p %s）。"),
                   number(w, x->dispersion, 2), p_text(w, x->p));
}

// What stands out, in a line for each kind of rows.
static void add_line(struct writer *w, struct buf *out, struct str column, size_t tested,
                     size_t high, size_t low)
{
    buf_printf(out,
               say(w, "%s- %s: of %s, %s above the reference and %s below.",
                   "%s- %s：共 %s 个，高于参考值 %s 个，低于参考值 %s 个。"),
               out->n ? "\n" : "", keep(w, column), count_text(w, (double)tested),
               high ? count_text(w, (double)high) : say(w, "none", "0"),
               low ? count_text(w, (double)low) : say(w, "none", "0"));
}

static void add_rows_line(struct writer *w, struct buf *out, struct str column,
                          const struct srb_row *rows, size_t n)
{
    size_t high = 0, low = 0, tested = 0;
    for (size_t i = 0; i < n; i++) {
        high += srb_study_finding(w->s, &rows[i]) > 0;
        low += srb_study_finding(w->s, &rows[i]) < 0;
        tested += rows[i].boys + rows[i].girls > 0;
    }
    if (n)
        add_line(w, out, column, tested, high, low);
}

static void list_of_findings(struct writer *w)
{
    const struct srb_study *s = w->s;
    struct buf out = BUF_INIT(1 << 16);
    for (size_t i = 0; i < s->n_levels; i++)
        add_line(w, &out, s->levels[i].column, s->levels[i].tested, s->levels[i].high,
                 s->levels[i].low);
    add_rows_line(w, &out, word(w, "birth orders", "孩次"), s->orders, s->n_orders);
    if (s->cross.n)
        add_line(w, &out,
                 str_format(w->a, say(w, "%s by birth order", "%s × 孩次"),
                            keep(w, s->cross.column)),
                 s->cross.tested, s->cross.high, s->cross.low);
    add_rows_line(w, &out, word(w, "periods", "时期"), s->periods, s->n_periods);
    if (out.n)
        paragraph(w, &out);
    buf_free(&out);
}

static void sentence_level(struct writer *w, const struct srb_level *level)
{
    struct buf out = BUF_INIT(1 << 20);
    add_findings(w, &out, level);
    add_spread(w, &out, level);
    if (level->small)
        buf_printf(&out,
                   say(w,
                       " %s of %s areas have fewer than %s births, which it takes to "
                       "tell 115 from 105: their ratios are shown with their intervals "
                       "and are not ranked.",
                       "其中 %s 个（共 %s 个）地区的出生数不足 %s "
                       "例，即不足以区分 115 与 105：其性别比只与区间一并列出，"
                       "不作排序。"),
                   count_text(w, (double)level->small), count_text(w, (double)level->n),
                   count_text(w, w->s->enough));
    if (level->small && isfinite(level->usual_detectable))
        buf_printf(&out,
                   say(w,
                       " The area in the middle has %s births: it would be found only "
                       "from a ratio of %s on.",
                       "居中的地区有 %s 例出生，性别比达到 %s 以上才可能被发现。"),
                   count_text(w, level->usual_births),
                   ratio_text(w, level->usual_detectable));
    paragraph(w, &out);
    buf_free(&out);
}

// Tables ------------------------------------------------------------------------------

static struct cell text_cell(struct str s)
{
    return (struct cell){.kind = CELL_TEXT, .text = s};
}

static struct cell number_cell(double value)
{
    return isnan(value) ? (struct cell){.kind = CELL_MISSING}
                        : (struct cell){.kind = CELL_NUMBER, .value = value};
}

static struct cell interval_cell(double value, double low, double high)
{
    if (isnan(value))
        return (struct cell){.kind = CELL_NOT_DEFINED};
    if (isinf(value)) // no girls: only the lower bound says something
        return (struct cell){.kind = CELL_TEXT, .text = STR("\xE2\x88\x9E")};
    return (struct cell){.kind = CELL_INTERVAL, .value = value, .low = low, .high = high};
}

static struct cell chance_cell(double chance)
{
    if (chance > 0.999 || chance < 0.001)
        return text_cell(chance > 0.5 ? STR(">99.9") : STR("<0.1"));
    return number_cell(100 * chance);
}

static struct cell q_cell(double q)
{
    return q < 0.0001 ? text_cell(STR("<0.0001")) : number_cell(q);
}

static struct str finding_word(const struct writer *w, const struct srb_row *row)
{
    int finding = srb_study_finding(w->s, row);
    if (finding)
        return finding > 0 ? word(w, "above", "高于") : word(w, "below", "低于");
    return row->enough ? word(w, "unclear", "不明确") : word(w, "few births", "出生数少");
}

enum { COLUMNS = 7 };

static void add_table(struct writer *w, struct str title, struct str first,
                      const struct srb_row *rows, size_t n, struct str note)
{
    bool standard =
        w->s->n_orders && n && rows != w->s->orders && rows != w->s->cross.rows;
    size_t columns = COLUMNS + (standard ? 1 : 0), shown = n < MOST_ROWS ? n : MOST_ROWS;
    struct table_column heads[COLUMNS + 1] = {
        {.title = first},
        {.title = word(w, "Births", "出生数"), .align = ALIGN_RIGHT},
        {.title = word(w, "Boys per 100 girls", "性别比（女=100）"),
         .align = ALIGN_RIGHT,
         .decimals = 1},
        {.title = word(w, "Chance of being above", "高于参考值的概率"),
         .unit = STR("%"),
         .align = ALIGN_RIGHT,
         .decimals = 1},
        {.title = word(w, "q", "q 值"), .align = ALIGN_RIGHT, .decimals = 4},
        {.title = word(w, "Girls missing", "缺少女孩"), .align = ALIGN_RIGHT},
        {.title = word(w, "Finding", "结论")},
        {.title = word(w, "Standardised by order", "按孩次标准化"),
         .align = ALIGN_RIGHT,
         .decimals = 1}};
    struct cell *cells = ARENA_ARRAY(w->a, struct cell, columns * shown + 1);
    w->failed |= !cells;
    for (size_t i = 0; cells && i < shown; i++) {
        const struct srb_row *row = &rows[i];
        struct cell *c = cells + i * columns;
        c[0] = text_cell(str_of(name_of(w, row->name)));
        c[1] = number_cell(row->boys + row->girls);
        c[2] = interval_cell(row->ratio, row->wilson.low, row->wilson.high);
        c[3] = chance_cell(row->above);
        c[4] = q_cell(row->q);
        c[5] = interval_cell(row->missing.girls, row->missing.low, row->missing.high);
        c[6] = text_cell(finding_word(w, row));
        if (standard)
            c[7] =
                interval_cell(row->standard.ratio, row->standard.low, row->standard.high);
    }
    if (shown < n)
        note = str_format(w->a,
                          say(w, STR_FMT " %s more stand in the CSV (--csv).",
                              STR_FMT "另有 %s 行见 CSV（--csv）。"),
                          STR_ARG(note), count_text(w, (double)(n - shown)));
    struct doc_table t = {.title = title,
                          .columns = heads,
                          .n_columns = columns,
                          .cells = cells,
                          .n_rows = shown,
                          .note = note};
    w->failed |= !cells || !note.p || !doc_table(w->d, &t);
}

static void table_level(struct writer *w, const struct srb_level *level)
{
    struct str note = str_format(
        w->a,
        say(w,
            "Intervals %s (Wilson; girls missing: with the reference's doubt). Found: q "
            "below %s (Benjamini and Hochberg). Sorted by the strength of evidence; "
            "areas with too few births by name.",
            "区间为 %s（Wilson 法；缺少女孩数含参考值的不确定性）。q 小于 %s 者为发现"
            "（Benjamini–Hochberg 法）。按证据强弱排列；出生数过少者按名称排列。"),
        level_text(w), percent(w, w->s->found_below));
    w->failed |= !note.p;
    struct str title =
        str_format(w->a, say(w, "Areas: %s", "各地区：%s"), keep(w, level->column));
    add_table(w, title, level->column, level->rows, level->n, note);
}

// Charts ------------------------------------------------------------------------------

struct columns {
    struct str *names;
    double *value, *low, *high, *size;
    size_t n;
};

static struct columns new_columns(struct writer *w, size_t most)
{
    struct columns c = {
        ARENA_ARRAY(w->a, struct str, most + 1), ARENA_ARRAY(w->a, double, most + 1),
        ARENA_ARRAY(w->a, double, most + 1),     ARENA_ARRAY(w->a, double, most + 1),
        ARENA_ARRAY(w->a, double, most + 1),     0};
    w->failed |= !c.names || !c.value || !c.low || !c.high || !c.size;
    return c;
}

static void add_point(struct writer *w, struct columns *c, const struct srb_row *row,
                      struct str name)
{
    c->names[c->n] = str_of(name_of(w, name));
    c->value[c->n] = isfinite(row->ratio) ? row->ratio : NAN;
    c->low[c->n] = row->wilson.low;
    c->high[c->n] = row->wilson.high;
    c->size[c->n++] = row->boys + row->girls;
}

// Of "Seoul / Jongno / Sajik" the last part.
static struct str last_part(struct str name)
{
    for (size_t i = name.n; i >= 3; i--)
        if (!memcmp(name.p + i - 3, " / ", 3))
            return (struct str){name.p + i, name.n - i};
    return name;
}

static void set_reference(struct writer *w, struct doc_chart *chart)
{
    const struct srb_reference *r = &w->s->reference;
    chart->has_reference = true;
    chart->reference = r->ratio;
    chart->reference_low = w->page->reference_low;
    chart->reference_high = w->page->reference_high;
    chart->reference_label =
        str_format(w->a, say(w, "reference %s", "参考值 %s"), ratio_text(w, r->ratio));
    chart->value_label = word(w, "Boys per 100 girls", "每 100 名女孩的男孩数");
    chart->decimals = 1;
    chart->ratio = chart->bare = true;
    w->failed |= !chart->reference_label.p;
}

static int by_p(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

// The p-value up to which rows are shown, so that not more than MOST_FOREST are.
static double p_shown(struct writer *w, const struct srb_row *rows, size_t n)
{
    double *p = ARENA_ARRAY(w->a, double, n + 1);
    size_t kept = 0;
    w->failed |= !p;
    for (size_t i = 0; p && i < n; i++)
        if (!isnan(rows[i].p.two_sided))
            p[kept++] = rows[i].p.two_sided;
    if (!p || kept <= MOST_FOREST)
        return 1;
    qsort(p, kept, sizeof *p, by_p);
    return p[MOST_FOREST - 1];
}

// Those with the strongest evidence, in the order in which they stand.
static void forest(struct writer *w, struct str title, const struct srb_row *rows,
                   size_t n, struct str note)
{
    struct columns c = new_columns(w, MOST_FOREST);
    double most = p_shown(w, rows, n);
    for (size_t i = 0; !w->failed && i < n && c.n < MOST_FOREST; i++)
        if (n <= MOST_FOREST || rows[i].p.two_sided <= most)
            add_point(w, &c, &rows[i], rows[i].name);
    struct doc_chart chart = {.form = CHART_FORM_INTERVAL, .title = title, .note = note};
    set_reference(w, &chart);
    chart.categories = c.names;
    chart.n_categories = c.n;
    chart.series = &(struct series){.value = c.value, .low = c.low, .high = c.high};
    chart.n_series = 1;
    w->failed |= w->failed || !doc_chart(w->d, &chart);
}

static void funnel(struct writer *w, const struct srb_level *level)
{
    // rows stand by evidence, so that the first ones are the most telling
    size_t left_out = 0, least = level->n > MANY_AREAS ? LEAST_BIRTHS : 0;
    struct columns c = new_columns(w, MOST_FUNNEL);
    for (size_t i = 0; !w->failed && i < level->n && c.n < MOST_FUNNEL; i++) {
        const struct srb_row *row = &level->rows[i];
        if (row->boys + row->girls < (double)least)
            left_out++;
        else if (row->ratio > 0)
            add_point(w, &c, row, last_part(row->name));
        // names of many would cover each other
        if (c.n && level->n > MANY_AREAS && !(row->p.two_sided < 0.002))
            c.names[c.n - 1] = STR("");
    }
    struct doc_chart chart = {
        .form = CHART_FORM_FUNNEL,
        .title = word(w, "Ratios and numbers of births", "性别比与出生数"),
        .size_label = word(w, "Births", "出生数"),
        .note =
            word(w,
                 "Inside the limits a ratio is what chance makes of so few births. The "
                 "limits take the reference as exact; the band is its own doubt.",
                 "在控制限之内的性别比，可由出生数少造成的偶然波动解释。控制限视参考值为"
                 "准确值；灰带为其自身的不确定性。")};
    if (left_out)
        chart.note = str_format(
            w->a,
            say(w, STR_FMT " %s areas of fewer than %d births are left out.",
                STR_FMT "%s 个出生数不足 %d 例的地区未画出。"),
            STR_ARG(chart.note), count_text(w, (double)left_out), (int)LEAST_BIRTHS);
    set_reference(w, &chart);
    chart.categories = c.names;
    chart.n_categories = c.n;
    chart.series =
        &(struct series){.value = c.value, .low = c.low, .high = c.high, .size = c.size};
    chart.n_series = 1;
    w->failed |= w->failed || !chart.note.p || !doc_chart(w->d, &chart);
}

static void map(struct writer *w, const struct srb_level *level)
{
    const struct geo *g = w->page->map;
    struct columns c = new_columns(w, level->n);
    uint32_t *category = ARENA_ARRAY(w->a, uint32_t, (size_t)g->n + 1);
    w->failed |= !category;
    for (size_t i = 0; !w->failed && i < level->n; i++)
        add_point(w, &c, &level->rows[i], level->rows[i].name);
    size_t drawn = 0;
    for (uint32_t i = 0; !w->failed && i < g->n; i++) {
        uint32_t group = w->page->map_group[i];
        category[i] = group < level->n ? level->row_of[group] : UINT32_MAX;
        drawn += group < level->n;
        if (group < level->n && c.names[category[i]].p && g->names[i].n &&
            !str_equal(g->names[i], g->ids[i]))
            c.names[category[i]] = g->names[i];
    }
    struct str note =
        word(w, "Hatched: the interval holds the reference, so the colour may be chance.",
             "斜线：区间包含参考值，颜色可能出于偶然。");
    if (drawn < level->n)
        note = str_format(w->a,
                          say(w, STR_FMT " %s areas of the file are not on the map.",
                              STR_FMT "文件中有 %s 个地区不在地图上。"),
                          STR_ARG(note), count_text(w, (double)(level->n - drawn)));
    struct doc_map doc_map = {.shapes = g, .category = category};
    struct doc_chart chart = {.form = CHART_FORM_MAP,
                              .title = word(w, "Map of the ratios", "性别比地图"),
                              .note = note};
    set_reference(w, &chart);
    chart.map = &doc_map;
    chart.categories = c.names;
    chart.n_categories = c.n;
    chart.series =
        &(struct series){.value = c.value, .low = c.low, .high = c.high, .size = c.size};
    chart.n_series = 1;
    w->failed |= w->failed || !note.p || !doc_chart(w->d, &chart);
}

static void line(struct writer *w)
{
    struct columns c = new_columns(w, w->s->n_periods);
    for (size_t i = 0; !w->failed && i < w->s->n_periods; i++)
        add_point(w, &c, &w->s->periods[i], w->s->periods[i].name);
    struct doc_chart chart = {.form = CHART_FORM_LINE,
                              .title = word(w, "Ratio by period", "各期性别比")};
    set_reference(w, &chart);
    chart.categories = c.names;
    chart.n_categories = c.n;
    chart.series = &(struct series){.value = c.value, .low = c.low, .high = c.high};
    chart.n_series = 1;
    w->failed |= w->failed || !doc_chart(w->d, &chart);
}

// Sections ----------------------------------------------------------------------------

static void section_level(struct writer *w, size_t number)
{
    const struct srb_level *level = &w->s->levels[number];
    struct str title =
        str_format(w->a, say(w, "By area: %s", "分地区：%s"), keep(w, level->column));
    w->failed |= !title.p || !doc_heading(w->d, 1, title);
    sentence_level(w, level);
    if (level->n > 1) {
        struct str name =
            level->n <= MOST_FOREST
                ? word(w, "Areas with their intervals", "各地区及其区间")
                : word(w, "The areas with the strongest evidence", "证据最强的地区");
        struct str note = level->n <= MOST_FOREST
                              ? STR("")
                              : word(w, "Chosen by the evidence and not by the ratio.",
                                     "按证据而非性别比的高低选出。");
        forest(w, name, level->rows, level->n, note);
    }
    if (w->page->map && w->page->map_level == number)
        map(w, level);
    if (level->n > 5)
        funnel(w, level);
    table_level(w, level);
}

// Areas by order: only what was found, for most of them are a few births.
static void section_cross(struct writer *w)
{
    const struct srb_level *cross = &w->s->cross;
    struct buf out = BUF_INIT(1 << 20);
    size_t found = cross->high + cross->low;
    buf_printf(&out,
               say(w,
                   "Of %s combinations of %s and birth order, %s stand above the "
                   "reference and %s below it, at a false discovery rate of %s among all "
                   "of them.",
                   "在 %s 个“%s × 孩次”组合中，高于参考值 %s 个，低于参考值 %s "
                   "个（按全部组合计算的错误发现率 %s）。"),
               count_text(w, (double)cross->tested), keep(w, cross->column),
               cross->high ? count_text(w, (double)cross->high) : say(w, "none", "0"),
               cross->low ? count_text(w, (double)cross->low) : say(w, "none", "0"),
               percent(w, w->s->found_below));
    paragraph(w, &out);
    buf_free(&out);
    if (found)
        add_table(w, word(w, "Areas by order: what was found", "各地区分孩次：发现"),
                  word(w, "Area and order", "地区与孩次"), cross->rows, found, STR(""));
}

static void section_orders(struct writer *w)
{
    const struct srb_study *s = w->s;
    heading(w, "By birth order", "分孩次");
    struct buf out = BUF_INIT(1 << 16);
    for (size_t i = 0; i < s->n_orders && i < 12; i++) {
        const struct srb_row *row = &s->orders[i];
        if (row->boys + row->girls == 0)
            continue;
        buf_printf(
            &out, say(w, "%sorder %s: %s (%s), %s births", "%s孩次 %s：%s（%s），%s 例"),
            out.n ? say(w, "; ", "；") : "", name_of(w, row->name),
            ratio_text(w, row->ratio), bounds(w, row->wilson.low, row->wilson.high, 1),
            count_text(w, row->boys + row->girls));
    }
    buf_add_c(&out, say(w, ".", "。"));
    if (out.n > 2)
        out.p[0] = out.p[0] == 'o' ? 'O' : out.p[0];
    paragraph(w, &out);
    buf_free(&out);
    forest(w, word(w, "Orders with their intervals", "各孩次及其区间"), s->orders,
           s->n_orders, STR(""));
    add_table(w, word(w, "Birth orders", "各孩次"), word(w, "Order", "孩次"), s->orders,
              s->n_orders, STR(""));
    if (s->cross.n > 1)
        section_cross(w);
}

static void section_change(struct writer *w)
{
    const struct srb_change *c = &w->s->change;
    const struct srb_decomposition *x = &c->parts;
    struct buf out = BUF_INIT(1 << 16);
    const char *a = name_of(w, c->a), *b = name_of(w, c->b);
    buf_printf(&out,
               say(w,
                   "%s against %s: %s after %s boys for 100 girls; %s times as high (%s "
                   "interval %s, p %s): ",
                   "%s 与 %s 相比：每 100 名女孩的男孩数为 %s 与 %s；前者是后者的 %s "
                   "倍（%s 区间 %s，p %s）："),
               a, b, ratio_text(w, srb_ratio(c->boys[0], c->girls[0])),
               ratio_text(w, srb_ratio(c->boys[1], c->girls[1])),
               number(w, c->difference.times, 3), level_text(w),
               bounds(w, c->difference.low, c->difference.high, 3),
               p_text(w, c->difference.p));
    buf_add_c(&out, c->difference.p < 0.05
                        ? say(w, "they differ.", "两者有差异。")
                        : say(w, "they cannot be told apart.", "两者无法区分。"));
    if (isfinite(x->change))
        buf_printf(&out,
                   say(w,
                       " Of the change of %s points, %s (%s) come from other shares of "
                       "birth orders, and %s (%s) from change within orders.",
                       "变化 %s 个点，其中 %s（%s）来自孩次构成的变化，%s（%s）"
                       "来自各孩次内部的变化。"),
                   number(w, x->change, 1), number(w, x->composition, 1),
                   bounds(w, x->composition_low, x->composition_high, 1),
                   number(w, x->within, 1), bounds(w, x->within_low, x->within_high, 1));
    paragraph(w, &out);
    buf_free(&out);
}

static void section_periods(struct writer *w)
{
    const struct srb_study *s = w->s;
    heading(w, "By period", "分时期");
    if (s->has_change)
        section_change(w);
    if (s->n_periods > 1)
        line(w);
    add_table(w, word(w, "Periods", "各时期"), word(w, "Period", "时期"), s->periods,
              s->n_periods, STR(""));
}

static void section_method(struct writer *w)
{
    heading(w, "How to read this", "如何阅读");
    struct buf out = BUF_INIT(1 << 16);
    buf_printf(
        &out,
        say(w,
            "- A sex ratio at birth is boys for 100 girls. Of few births it is mostly "
            "chance: 858 births at 117 are 102.5 to 134.0. To tell 115 from 105 takes "
            "%s births (80%% power).\n"
            "- The chance of being above the reference averages over both doubts: that "
            "of "
            "the births (Jeffreys) and that of the reference.\n"
            "- Girls missing: boys x 100 / reference - girls.\n"
            "- q: the share of false findings if this area and all with stronger "
            "evidence are called found.\n"
            "- References: Chao, Gerland, Cook and Alkema, PNAS 116(19):9303, 2019, "
            "table 1.\n",
            "- 出生性别比为每 100 名女孩对应的男孩数。出生数少时主要是偶然："
            "858 例、117 的区间是 102.5 至 134.0。区分 115 与 105 需要 %s "
            "例出生（检验功效 80%%）。\n"
            "- 高于参考值的概率同时计入两种不确定性：出生数的（Jeffreys）与参考值的。\n"
            "- 缺少女孩数 = 男孩 x 100 / 参考值 - 女孩。\n"
            "- q 值：若把该地区及证据更强者都认作发现，其中错误发现所占比例。\n"
            "- 参考值来源：Chao、Gerland、Cook、Alkema，PNAS 116(19):9303，2019，表 "
            "1。\n"),
        count_text(w, w->s->enough));
    buf_add_c(&out,
              say(w,
                  "- A ratio can be high because girls' births are not reported, and "
                  "normal because boys' are not. What stands out is a reason to look at "
                  "facilities and data, never at women.",
                  "- 性别比偏高可能是因为女孩出生漏报，看似正常也可能是因为男孩漏报。"
                  "凡有异常，应核查机构与数据，绝不针对妇女。"));
    paragraph(w, &out);
    buf_free(&out);
}

struct doc *srb_doc_make(struct arena *a, const struct srb_page *page)
{
    struct writer w = {.page = page,
                       .s = page->study,
                       .d = doc_new(a, page->zh),
                       .a = a,
                       .zh = page->zh};
    if (!w.d)
        return NULL;
    w.d->title = word(&w, "Sex ratio at birth", "出生性别比");
    w.d->subtitle = page->file;
    w.d->made = str_format(
        a, say(&w, "From %s rows; reference %s%s%s", "共 %s 行；参考值 %s%s%s"),
        count_text(&w, (double)page->rows), ratio_text(&w, page->study->reference.ratio),
        page->reference_name.n ? say(&w, ", ", "，") : "",
        keep(&w, page->reference_name));
    w.failed |= !w.d->made.p;
    heading(&w, "What is known", "已知情况");
    sentence_all(&w);
    list_of_findings(&w);
    if (w.s->has_change && !w.s->n_periods)
        section_change(&w);
    for (size_t i = 0; i < w.s->n_levels; i++)
        section_level(&w, i);
    if (w.s->n_orders)
        section_orders(&w);
    if (w.s->n_periods)
        section_periods(&w);
    section_method(&w);
    return w.failed ? NULL : w.d;
}
