// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/smooth_doc.h"

#include <math.h>
#include <string.h>

#include "report/doc_text.h"

enum { MOST_ROWS = 60, MOST_FOREST = 30, MOST_NAMED = 5 };

static const double sure = 0.95; // probability from which an area is named

struct writer {
    const struct smooth_page *page;
    const struct smooth_study *s;
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

static const char *keep(struct writer *w, struct str s)
{
    const char *text = str_c(w->a, s);
    w->failed |= !text;
    return text ? text : "?";
}

static const char *number(struct writer *w, double value, int decimals)
{
    char text[TEXT_NUMBER_SIZE];
    return keep(w, text_number(value, decimals, text));
}

// "106.2 (104.0–108.5)"
static const char *marginal(struct writer *w, const struct latent_marginal *m,
                            int decimals)
{
    return keep(w, str_format(w->a, "%s (%s%s%s)", number(w, m->mean, decimals),
                              number(w, m->low, decimals),
                              m->low < 0 ? say(w, " to ", " 至 ") : "\xE2\x80\x93",
                              number(w, m->high, decimals)));
}

static const char *percent(struct writer *w, double share)
{
    if (share > 0.999) // never certain
        return say(w, "over 99.9%", "超过 99.9%");
    if (share < 0.001)
        return say(w, "below 0.1%", "低于 0.1%");
    int decimals = share > 0.99 || share < 0.01 ? 1 : 0;
    return keep(w, str_format(w->a, "%s%%", number(w, 100 * share, decimals)));
}

static const char *name_of(struct writer *w, struct str name)
{
    return name.n ? keep(w, name) : say(w, "(blank)", "（空白）");
}

static void paragraph(struct writer *w, struct buf *text)
{
    w->failed |= text->failed || !doc_paragraph(w->d, buf_str(text));
    buf_free(text);
}

static void heading(struct writer *w, const char *en, const char *zh)
{
    w->failed |= !doc_heading(w->d, 1, word(w, en, zh));
}

// Sentences ---------------------------------------------------------------------------

static void sentence_all(struct writer *w)
{
    struct buf out = BUF_INIT(1 << 16);
    const struct smooth_row *all = &w->s->all;
    buf_printf(
        &out,
        say(w,
            "%s births: %s boys for 100 girls (95%% interval %s–%s); smoothed %s. The "
            "probability of being above the reference, %s, is %s.",
            "共 %s 例出生：每 100 名女孩对应 %s 名男孩（95%% 区间 %s–%s）；平滑后 "
            "%s。高于参考值 %s 的概率为 %s。"),
        number(w, all->boys + all->girls, 0), number(w, all->raw, 1),
        number(w, all->raw_interval.low, 1), number(w, all->raw_interval.high, 1),
        marginal(w, &all->ratio, 1), number(w, w->s->reference.ratio, 1),
        percent(w, all->above));
    if (w->page->raw->reference_is_default)
        buf_add_c(&out, say(w,
                            " No region was chosen; Eastern Asia stands in (choose "
                            "another with --region).",
                            "未指定地区，默认采用东亚（可用 --region 另选）。"));
    paragraph(w, &out);
}

static const struct smooth_parameter *
parameter(const struct smooth_study *s, enum smooth_parameter_kind kind, const char *name)
{
    for (size_t i = s->n_parameters; i-- > 0;)
        if (s->parameters[i].kind == kind &&
            str_equal(s->parameters[i].name, str_of(name)))
            return s->parameters + i;
    return NULL;
}

// A standard deviation of log odds as per cent of the ratio.
static struct latent_marginal as_percent(const struct latent_marginal *m)
{
    return (struct latent_marginal){100 * expm1(m->mean), 0, 100 * expm1(m->low),
                                    100 * expm1(m->median), 100 * expm1(m->high)};
}

static void sentence_spread(struct writer *w)
{
    const struct smooth_parameter *sigma = parameter(w->s, SMOOTH_SIGMA, "area");
    const struct smooth_parameter *phi = parameter(w->s, SMOOTH_PHI, "area");
    if (!sigma)
        return;
    struct buf out = BUF_INIT(1 << 16);
    struct latent_marginal spread = as_percent(&sigma->value);
    buf_printf(
        &out,
        say(w,
            "Behind the chance of few births the areas' ratios differ by about %s per "
            "cent (one standard deviation).",
            "除去出生数少造成的偶然波动，各地区真实性别比之间约相差 %s%%"
            "（一个标准差）。"),
        marginal(w, &spread, 1));
    if (phi) {
        struct latent_marginal share = {100 * phi->value.mean, 0, 100 * phi->value.low, 0,
                                        100 * phi->value.high};
        buf_printf(&out,
                   say(w, " Of that, neighbours share about %s per cent.",
                       "其中约 %s%% 与相邻地区相同。"),
                   marginal(w, &share, 0));
    }
    if (w->s->islands)
        buf_printf(&out,
                   say(w,
                       " Areas without neighbours, which borrow from the whole only: %s.",
                       "有 %s 个地区没有相邻地区，只向总体借力。"),
                   number(w, w->s->islands, 0));
    if (w->s->without_births)
        buf_printf(
            &out,
            say(w, " Areas without births, whose ratio the others lead to expect: %s.",
                "有 %s 个地区没有出生：其数值完全来自其他地区的推断。"),
            number(w, (double)w->s->without_births, 0));
    paragraph(w, &out);
}

static void add_side(struct writer *w, struct buf *out, bool high)
{
    size_t found = 0, raw = 0, named = 0;
    for (size_t i = 0; i < w->s->n_areas; i++) {
        const struct smooth_row *row = w->s->areas + i;
        double r = w->s->reference.ratio;
        found += high ? row->above > sure : row->above < 1 - sure;
        raw += high ? row->raw_interval.low > r : row->raw_interval.high < r;
    }
    if (found)
        buf_printf(
            out,
            high
                ? say(w, "Above the reference with a probability over %s: %s of %s areas",
                      "高于参考值的概率超过 %s 的地区有 %s 个（共 %s 个）")
                : say(w, " Below it with a probability over %s: %s of %s areas",
                      "低于参考值的概率超过 %s 的有 %s 个（共 %s 个）"),
            percent(w, sure), number(w, (double)found, 0),
            number(w, (double)w->s->n_areas, 0));
    else
        buf_printf(out,
                   high ? say(w,
                              "No area is above the reference with a probability over %s",
                              "没有地区高于参考值的概率超过 %s")
                        : say(w, " None is below it with a probability over %s",
                              "没有地区低于参考值的概率超过 %s"),
                   percent(w, sure));
    // by name only those with births enough to be ranked
    for (size_t i = 0; i < w->s->n_areas && named < MOST_NAMED; i++) {
        const struct smooth_row *row = w->s->areas + (high ? i : w->s->n_areas - 1 - i);
        if (!row->enough || !(high ? row->above > sure : row->above < 1 - sure))
            continue;
        buf_printf(out, "%s%s %s", named ? say(w, "; ", "；") : say(w, ": ", "："),
                   name_of(w, row->name), marginal(w, &row->ratio, 1));
        named++;
    }
    buf_printf(out,
               say(w, ". Raw 95%% intervals alone exclude it in %s.",
                   "。仅凭原始 95%% 区间则有 %s 个。"),
               number(w, (double)raw, 0));
}

static void sentence_areas(struct writer *w)
{
    if (w->s->n_areas < 2)
        return;
    struct buf out = BUF_INIT(1 << 18);
    add_side(w, &out, true);
    add_side(w, &out, false);
    paragraph(w, &out);
}

static void sentence_check(struct writer *w)
{
    const struct latent_criteria *c = &w->s->criteria;
    if (c->n_data < 20)
        return;
    struct buf out = BUF_INIT(1 << 16);
    double expected = 0.05 * c->n_data, sd = sqrt(0.0475 * c->n_data);
    bool fits = fabs((double)w->s->surprising - expected) < 3 * sd ||
                (double)w->s->surprising < expected;
    buf_printf(
        &out,
        say(w,
            "Does the model fit? Each count was guessed from all others: %s of %s lie "
            "outside of their 95%% range, and %s would by chance%s",
            "模型是否合适？逐一由其余数据预测每个计数：%s 个（共 %s 个）落在 95%% "
            "范围之外，偶然约为 %s 个%s"),
        number(w, (double)w->s->surprising, 0), number(w, c->n_data, 0),
        number(w, expected, 0),
        fits ? say(w, ": it fits.", "：合适。")
             : say(w,
                   ": some areas differ from what the model can follow; look at "
                   "`left_out_rank` in the JSON.",
                   "：有些地区模型无法解释，见 JSON 中的 left_out_rank。"));
    paragraph(w, &out);
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
    if (isinf(value))
        return text_cell(STR("\xE2\x88\x9E"));
    return (struct cell){.kind = CELL_INTERVAL, .value = value, .low = low, .high = high};
}

static struct cell marginal_cell(const struct latent_marginal *m)
{
    return interval_cell(m->mean, m->low, m->high);
}

enum { COLUMNS = 5 };

static void add_table(struct writer *w, struct str title, struct str first,
                      const struct smooth_row *rows, size_t n, struct str note)
{
    size_t shown = n < MOST_ROWS ? n : MOST_ROWS;
    struct table_column heads[COLUMNS] = {
        {.title = first},
        {.title = word(w, "Births", "出生数"), .align = ALIGN_RIGHT},
        {.title = word(w, "Raw", "原始"),
         .group = word(w, "Boys per 100 girls", "性别比（女=100）"),
         .align = ALIGN_RIGHT,
         .decimals = 1},
        {.title = word(w, "Smoothed", "平滑后"),
         .group = word(w, "Boys per 100 girls", "性别比（女=100）"),
         .align = ALIGN_RIGHT,
         .decimals = 1},
        {.title = word(w, "Chance that it is above the reference", "高于参考值的概率"),
         .unit = STR("%"),
         .align = ALIGN_RIGHT,
         .decimals = 1}};
    struct cell *cells = ARENA_ARRAY(w->a, struct cell, COLUMNS * shown + 1);
    w->failed |= !cells;
    for (size_t i = 0; cells && i < shown; i++) {
        const struct smooth_row *row = &rows[i];
        struct cell *c = cells + i * COLUMNS;
        c[0] = text_cell(str_of(name_of(w, row->name)));
        c[1] = number_cell(row->boys + row->girls);
        c[2] = interval_cell(row->raw, row->raw_interval.low, row->raw_interval.high);
        c[3] = marginal_cell(&row->ratio);
        c[4] = row->above > 0.999   ? text_cell(STR(">99.9"))
               : row->above < 0.001 ? text_cell(STR("<0.1"))
                                    : number_cell(100 * row->above);
    }
    if (shown < n)
        note = str_format(w->a,
                          say(w, STR_FMT " %s more stand in the CSV (--csv).",
                              STR_FMT "另有 %s 行见 CSV（--csv）。"),
                          STR_ARG(note), number(w, (double)(n - shown), 0));
    struct doc_table t = {.title = title,
                          .columns = heads,
                          .n_columns = COLUMNS,
                          .cells = cells,
                          .n_rows = shown,
                          .note = note};
    w->failed |= !cells || !note.p || !doc_table(w->d, &t);
}

// What a parameter is, in words.
static struct str parameter_text(struct writer *w, const struct smooth_parameter *p)
{
    static const char *const effects[][3] = {
        {"area", "areas", "地区之间"},
        {"period", "periods", "时期之间"},
        {"area_period", "areas within periods", "同一时期各地区之间"},
        {"order", "orders", "孩次之间"},
    };
    const char *of = name_of(w, p->name);
    for (size_t i = 0; i < sizeof effects / sizeof *effects; i++)
        if (p->kind >= SMOOTH_SIGMA && str_equal(p->name, str_of(effects[i][0])))
            of = effects[i][w->zh ? 2 : 1];
    switch (p->kind) {
    case SMOOTH_INTERCEPT:
        return word(w, "intercept (log odds of a boy)", "截距（男孩的对数优势）");
    case SMOOTH_ORDER:
        return str_format(
            w->a, say(w, "order %s against the first", "孩次 %s（与第一类比）"), of);
    case SMOOTH_COVARIATE:
        return str_format(w->a, say(w, "%s, one more", "%s 每增加一"), of);
    case SMOOTH_TREND:
        return word(w, "one period later", "每晚一期");
    case SMOOTH_SIGMA:
        return str_format(w->a, say(w, "standard deviation of %s", "%s的标准差"), of);
    case SMOOTH_PHI:
        return str_format(w->a, say(w, "share of neighbours in %s", "%s中邻接的份额"),
                          of);
    case SMOOTH_RHO:
        break;
    }
    return str_format(w->a,
                      say(w, "correlation from one of %s to the next", "%s的自相关"), of);
}

static void table_parameters(struct writer *w)
{
    const struct table_column heads[] = {
        {.title = word(w, "Parameter", "参数")},
        {.title = word(w, "Mean, 95% interval", "均值与 95% 区间"),
         .align = ALIGN_RIGHT,
         .decimals = 4},
        {.title = word(w, "Standard deviation", "标准差"),
         .align = ALIGN_RIGHT,
         .decimals = 4},
    };
    size_t n = w->s->n_parameters;
    struct cell *cells = ARENA_ARRAY(w->a, struct cell, 3 * n + 1);
    w->failed |= !cells;
    for (size_t i = 0; cells && i < n; i++) {
        const struct smooth_parameter *p = w->s->parameters + i;
        struct str text = parameter_text(w, p);
        w->failed |= !text.p;
        cells[3 * i] = text_cell(text);
        cells[3 * i + 1] = marginal_cell(&p->value);
        cells[3 * i + 2] = number_cell(p->value.sd);
    }
    struct doc_table t = {
        .title = word(w, "Parameters", "参数"),
        .columns = heads,
        .n_columns = 3,
        .cells = cells,
        .n_rows = n,
        .note = word(w, "On the scale of log odds: 0.01 is about 1% of a ratio.",
                     "以对数优势计：0.01 约为性别比的 1%。"),
        .small = true};
    w->failed |= !cells || !doc_table(w->d, &t);
}

static void table_criteria(struct writer *w)
{
    const struct latent_criteria *k = &w->s->criteria;
    const struct {
        const char *en, *zh;
        double value;
    } rows[] = {
        {"DIC", "DIC", k->dic},
        {"effective parameters (DIC)", "有效参数个数（DIC）", k->dic_parameters},
        {"WAIC", "WAIC", k->waic},
        {"effective parameters (WAIC)", "有效参数个数（WAIC）", k->waic_parameters},
        {"mean leave-one-out log score", "留一法平均对数得分", k->log_score},
        {"log marginal likelihood", "对数边际似然", k->log_evidence},
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    const struct table_column heads[] = {
        {.title = word(w, "Criterion", "准则")},
        {.title = word(w, "Value", "数值"), .align = ALIGN_RIGHT, .decimals = 2}};
    struct cell *cells = ARENA_ARRAY(w->a, struct cell, 2 * ROWS);
    w->failed |= !cells;
    for (size_t i = 0; cells && i < ROWS; i++) {
        cells[2 * i] = text_cell(word(w, rows[i].en, rows[i].zh));
        cells[2 * i + 1] = number_cell(rows[i].value);
    }
    struct doc_table t = {
        .title = word(w, "To compare models", "模型比较"),
        .columns = heads,
        .n_columns = 2,
        .cells = cells,
        .n_rows = ROWS,
        .note =
            word(w,
                 "Of two models of the same births the one with the smaller DIC, WAIC "
                 "and score is the better; the larger marginal likelihood.",
                 "对同一批出生数据，DIC、WAIC、得分较小者为佳；边际似然较大者为佳。"),
        .small = true};
    w->failed |= !cells || !doc_table(w->d, &t);
}

// Charts ------------------------------------------------------------------------------

struct columns {
    struct str *names;
    double *raw, *raw_low, *raw_high, *value, *low, *high;
    size_t n;
};

static struct columns new_columns(struct writer *w, size_t most)
{
    double *block = ARENA_ARRAY(w->a, double, 6 * (most + 1));
    struct columns c = {.names = ARENA_ARRAY(w->a, struct str, most + 1)};
    w->failed |= !block || !c.names;
    if (block) {
        c.raw = block;
        c.raw_low = c.raw + most + 1;
        c.raw_high = c.raw_low + most + 1;
        c.value = c.raw_high + most + 1;
        c.low = c.value + most + 1;
        c.high = c.low + most + 1;
    }
    return c;
}

static void add_point(struct writer *w, struct columns *c, const struct smooth_row *row)
{
    bool finite = isfinite(row->raw) && row->raw > 0 && isfinite(row->raw_interval.high);
    c->names[c->n] = str_of(name_of(w, row->name));
    c->raw[c->n] = finite ? row->raw : NAN;
    c->raw_low[c->n] = finite ? row->raw_interval.low : NAN;
    c->raw_high[c->n] = finite ? row->raw_interval.high : NAN;
    c->value[c->n] = row->ratio.mean;
    c->low[c->n] = row->ratio.low;
    c->high[c->n++] = row->ratio.high;
}

static void set_reference(struct writer *w, struct doc_chart *chart)
{
    const struct srb_reference *r = &w->s->reference;
    double times = exp(1.959963984540054 * r->log_sd);
    chart->has_reference = true;
    chart->reference = r->ratio;
    chart->reference_low = r->log_sd > 0 ? r->ratio / times : NAN;
    chart->reference_high = r->log_sd > 0 ? r->ratio * times : NAN;
    chart->reference_label =
        str_format(w->a, say(w, "reference %s", "参考值 %s"), number(w, r->ratio, 1));
    chart->value_label = word(w, "Boys per 100 girls", "每 100 名女孩的男孩数");
    chart->decimals = 1;
    chart->ratio = chart->bare = true;
    w->failed |= !chart->reference_label.p;
}

// Raw beside smoothed, each with its interval.
static void pairs_chart(struct writer *w, enum chart_form form, struct str title,
                        const struct smooth_row *rows, size_t n, struct str note)
{
    struct columns c = new_columns(w, n);
    for (size_t i = 0; !w->failed && i < n; i++)
        add_point(w, &c, rows + i);
    struct doc_chart chart = {.form = form, .title = title, .note = note};
    set_reference(w, &chart);
    chart.categories = c.names;
    chart.n_categories = c.n;
    struct series series[2] = {{.label = word(w, "raw", "原始"),
                                .role = SERIES_BEFORE,
                                .value = c.raw,
                                .low = c.raw_low,
                                .high = c.raw_high},
                               {.label = word(w, "smoothed", "平滑后"),
                                .value = c.value,
                                .low = c.low,
                                .high = c.high}};
    chart.series = series;
    chart.n_series = 2;
    w->failed |= w->failed || !doc_chart(w->d, &chart);
}

static void map(struct writer *w)
{
    const struct srb_page *raw = w->page->raw;
    const struct geo *g = raw->map;
    struct columns c = new_columns(w, w->s->n_areas);
    uint32_t *category = ARENA_ARRAY(w->a, uint32_t, (size_t)g->n + 1);
    w->failed |= !category;
    for (size_t i = 0; !w->failed && i < w->s->n_areas; i++)
        add_point(w, &c, w->s->areas + i);
    for (uint32_t i = 0; !w->failed && i < g->n; i++) {
        uint32_t group = raw->map_group[i];
        category[i] = group < w->s->n_areas ? w->s->row_of[group] : UINT32_MAX;
        if (category[i] != UINT32_MAX && g->names[i].n &&
            !str_equal(g->names[i], g->ids[i]))
            c.names[category[i]] = g->names[i];
    }
    struct doc_map doc_map = {.shapes = g, .category = category};
    struct doc_chart chart = {
        .form = CHART_FORM_MAP,
        .title = word(w, "Map of the smoothed ratios", "平滑后性别比地图"),
        .note = word(
            w, "Hatched: the interval holds the reference, so the colour may be chance.",
            "斜线：区间包含参考值，颜色可能出于偶然。")};
    set_reference(w, &chart);
    chart.map = &doc_map;
    chart.categories = c.names;
    chart.n_categories = c.n;
    chart.series = &(struct series){.value = c.value, .low = c.low, .high = c.high};
    chart.n_series = 1;
    w->failed |= w->failed || !doc_chart(w->d, &chart);
}

// Sections ----------------------------------------------------------------------------

static void section_areas(struct writer *w)
{
    const struct smooth_study *s = w->s;
    if (!s->n_areas)
        return;
    struct str title =
        str_format(w->a, say(w, "By area: %s", "分地区：%s"), keep(w, s->area_column));
    w->failed |= !title.p || !doc_heading(w->d, 1, title);
    sentence_spread(w);
    sentence_areas(w);
    size_t shown = s->n_areas < MOST_FOREST ? s->n_areas : MOST_FOREST;
    pairs_chart(w, CHART_FORM_INTERVAL,
                word(w, "Areas, raw and smoothed", "各地区：原始与平滑后"), s->areas,
                shown,
                shown < s->n_areas
                    ? word(w, "The first of the table below.", "为下表的前若干行。")
                    : STR(""));
    if (w->page->raw->map &&
        w->page->raw->map_level + 1 == w->page->input->counts->n_levels)
        map(w);
    add_table(
        w, word(w, "Areas", "各地区"), s->area_column, s->areas, s->n_areas,
        str_format(w->a,
                   say(w,
                       "Intervals 95%%. Sorted by the chance of being above the "
                       "reference; areas with fewer than %s births, which can not be "
                       "ranked, by name behind them.",
                       "区间为 95%%。按高于参考值的概率排列；出生数不足 %s "
                       "例者不作排序，按名称列于其后。"),
                   number(w, s->enough, 0)));
}

static void section_periods(struct writer *w)
{
    if (w->s->n_periods < 2)
        return;
    heading(w, "By period", "分时期");
    pairs_chart(w, CHART_FORM_LINE, word(w, "Ratio by period", "各期性别比"),
                w->s->periods, w->s->n_periods, STR(""));
    add_table(w, word(w, "Periods", "各时期"), word(w, "Period", "时期"), w->s->periods,
              w->s->n_periods, STR(""));
}

static void section_orders(struct writer *w)
{
    if (w->s->n_orders < 2)
        return;
    heading(w, "By birth order", "分孩次");
    pairs_chart(w, CHART_FORM_INTERVAL,
                word(w, "Orders, raw and smoothed", "各孩次：原始与平滑后"), w->s->orders,
                w->s->n_orders < MOST_FOREST ? w->s->n_orders : MOST_FOREST, STR(""));
    add_table(w, word(w, "Birth orders", "各孩次"), word(w, "Order", "孩次"),
              w->s->orders, w->s->n_orders, STR(""));
}

static void section_model(struct writer *w)
{
    static const char *const types[] = {"", "I", "II", "III", "IV"};
    static const char *const times[][2] = {
        {"none", "无"},
        {"periods for themselves", "各期独立"},
        {"near periods alike (first-order random walk)", "相邻时期相近（一阶随机游走）"},
        {"a smooth course (second-order random walk)", "平滑走势（二阶随机游走）"},
        {"a first-order autoregression", "一阶自回归"}};
    heading(w, "The model", "模型");
    sentence_check(w);
    struct buf out = BUF_INIT(1 << 16);
    buf_printf(&out,
               say(w, "%s cells; areas: %s; time: %s; areas by periods: %s.",
                   "共 %s 个单元；地区：%s；时间：%s；地区与时期的交互：%s。"),
               number(w, (double)w->s->n_cells, 0),
               w->s->neighbours
                   ? say(w, "neighbours and own (BYM2)", "邻接加独立（BYM2）")
               : w->s->n_areas > 1 ? say(w, "independent", "相互独立")
                                   : say(w, "none", "无"),
               times[w->s->time][w->zh],
               w->s->interaction ? types[w->s->interaction] : say(w, "none", "无"));
    if (w->s->account.at_border)
        buf_add_c(&out,
                  say(w,
                      " A parameter ran to the end of its range: the data say little "
                      "of it.",
                      "有参数到达其范围的边界：数据对其几乎没有信息。"));
    paragraph(w, &out);
    table_parameters(w);
    table_criteria(w);
}

static void section_method(struct writer *w)
{
    heading(w, "How to read this", "如何阅读");
    struct buf out = BUF_INIT(1 << 16);
    buf_add_c(
        &out,
        say(w,
            "- A smoothed ratio weighs an area's own births against what its neighbours, "
            "other periods and the whole lead to expect: of many births it is nearly the "
            "raw "
            "ratio, of few it is drawn to the others. It is the better guess, and its "
            "interval is narrower.\n"
            "- What is drawn in can hide one area that is truly different among its "
            "neighbours: the raw ratio stands beside it for that.\n"
            "- The chance of being above the reference counts the doubt of the births "
            "and of "
            "the reference.\n"
            "- Method: latent Gaussian model by nested Laplace approximation (Rue, "
            "Martino "
            "and Chopin 2009); BYM2 (Riebler et al. 2016); priors of penalised "
            "complexity "
            "(Simpson et al. 2017). docs/smooth.md tells more.\n"
            "- What stands out is a reason to look at facilities and data, never at "
            "women.",
            "- 平滑后的性别比是本地出生数与邻接地区、其他时期及总体所预期者的加权："
            "出生数多时几乎等于原始值，出生数少时向其他地区靠拢。"
            "它是更好的估计，区间也更窄。\n"
            "- 平滑可能掩盖确与邻近不同的个别地区，故原始值并列于旁。\n"
            "- 高于参考值的概率同时计入出生数与参考值的不确定性。\n"
            "- 方法：潜高斯模型，嵌套拉普拉斯近似（Rue、Martino、Chopin 2009）；BYM2"
            "（Riebler 等 2016）；惩罚复杂度先验（Simpson 等 2017）。详见 "
            "docs/smooth.md。\n"
            "- 凡有异常，应核查机构与数据，绝不针对妇女。"));
    paragraph(w, &out);
}

struct doc *smooth_doc_make(struct arena *a, const struct smooth_page *page)
{
    const struct srb_page *raw = page->raw;
    struct writer w = {
        .page = page, .s = page->study, .d = doc_new(a, raw->zh), .a = a, .zh = raw->zh};
    if (!w.d)
        return NULL;
    w.d->title = word(&w, "Sex ratio at birth, smoothed", "出生性别比（平滑）");
    w.d->subtitle = raw->file;
    w.d->made = str_format(
        a, say(&w, "From %s rows; reference %s%s%s", "共 %s 行；参考值 %s%s%s"),
        number(&w, (double)raw->rows, 0), number(&w, page->study->reference.ratio, 1),
        raw->reference_name.n ? say(&w, ", ", "，") : "", keep(&w, raw->reference_name));
    w.failed |= !w.d->made.p;
    heading(&w, "What is known", "已知情况");
    sentence_all(&w);
    section_areas(&w);
    section_periods(&w);
    section_orders(&w);
    section_model(&w);
    section_method(&w);
    return w.failed ? NULL : w.d;
}
