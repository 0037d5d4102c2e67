// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/ccm_doc.h"

#include <math.h>
#include <string.h>

#include "report/doc_text.h"

enum { MOST_AREAS = 40, MOST_CHARTS = 12 };

struct writer {
    const struct ccm_page *page;
    const struct ccm_study *s;
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
    if (isnan(value))
        return "\xE2\x80\x93";
    return keep(w, text_number(value, decimals, text));
}

// "2001 (1999–2004)"; years without thousands marks.
static const char *year_text(struct writer *w, struct ccm_range r)
{
    if (isnan(r.middle))
        return "\xE2\x80\x93";
    return keep(w,
                str_format(w->a, "%.0f (%.0f\xE2\x80\x93%.0f)", r.middle, r.low, r.high));
}

static const char *range_text(struct writer *w, struct ccm_range r, double times,
                              int decimals)
{
    if (isnan(r.middle))
        return "\xE2\x80\x93";
    return keep(w, str_format(w->a, "%s (%s%s%s)", number(w, r.middle * times, decimals),
                              number(w, r.low * times, decimals),
                              r.low < 0 ? say(w, " to ", " 至 ") : "\xE2\x80\x93",
                              number(w, r.high * times, decimals)));
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

static const char *name_of(struct writer *w, size_t area)
{
    struct str name = w->page->area_names[area];
    return name.n ? keep(w, name) : say(w, "(blank)", "（空白）");
}

static void paragraph(struct writer *w, struct buf *text)
{
    w->failed |= text->failed || !doc_paragraph(w->d, buf_str(text));
    buf_clear(text);
}

static void heading(struct writer *w, const char *en, const char *zh)
{
    w->failed |= !doc_heading(w->d, 1, word(w, en, zh));
}

static bool has_transitions(const struct writer *w)
{
    return w->s->fit.form != CCM_LEVEL;
}

// --- sentences

static void say_missing(struct writer *w, struct buf *out, size_t area)
{
    struct ccm_range missing = w->s->years[area].missing;
    if (isnan(missing.middle))
        return;
    buf_printf(out, say(w, " Girls missing by %d: %s.", "截至 %d 年，缺少女孩 %s 名。"),
               w->s->fit.last_data_year, range_text(w, missing, 1, 0));
}

static void say_inflated(struct writer *w, struct buf *out, size_t area)
{
    const struct ccm_area_summary *a = w->s->areas + area;
    int32_t now = w->s->fit.last_data_year;
    buf_printf(
        out,
        say(w,
            "%s: the ratio began to rise in %s and was highest in %d, at %s boys "
            "for 100 girls",
            "%s：性别比自 %s 年开始升高，%d 年达到最高，每 100 名女孩对应 %s 名男孩"),
        name_of(w, area), year_text(w, a->start), a->peak_year,
        range_text(w, a->peak, 100, 1));
    if (a->end.high <= now)
        buf_printf(
            out,
            say(w, "; it was back at its usual level in %s.", "；%s 年回到正常水平。"),
            year_text(w, a->end));
    else if (a->fall.low > now)
        buf_printf(out,
                   say(w,
                       "; it has not begun to fall. If it goes as the model expects, "
                       "which the data of this area cannot show yet, it is back at its "
                       "usual level in %s.",
                       "；尚未开始回落。若按模型预期（本地数据尚不能证实），将于 %s "
                       "年回到正常水平。"),
                   year_text(w, a->end));
    else
        buf_printf(out,
                   say(w, "; it is expected back at its usual level in %s.",
                       "；预计 %s 年回到正常水平。"),
                   year_text(w, a->end));
    say_missing(w, out, area);
}

// Is the ratio so high that neither the usual level nor slow fluctuation explains it?
// Four deviations of the fluctuation, where these are given.
static bool beyond_model(const struct writer *w, size_t area)
{
    const struct ccm_model *m = &w->s->input.model;
    const struct ccm_area_summary *a = w->s->areas + area;
    double fluctuation = m->sigma / sqrt(1 - m->rho * m->rho);
    return log(a->peak.low / a->baseline.high) > 4 * fluctuation;
}

static void say_area(struct writer *w, struct buf *out, size_t area)
{
    const struct ccm_area_summary *a = w->s->areas + area;
    const struct ccm_year *last =
        w->s->years[area].of + (w->s->fit.last_data_year - w->s->fit.first_year);
    if (isnan(a->probability)) {
        buf_printf(out,
                   say(w, "%s: in %d %s boys for 100 girls; highest in %d, at %s.",
                       "%s：%d 年每 100 名女孩对应 %s 名男孩；%d 年最高，为 %s。"),
                   name_of(w, area), last->year, range_text(w, last->ratio, 100, 1),
                   a->peak_year, range_text(w, a->peak, 100, 1));
    } else if (a->strong) {
        say_inflated(w, out, area);
    } else if (a->probability > 0.05) {
        buf_printf(
            out,
            say(w,
                "%s: it cannot be said whether the ratio ever rose above its usual "
                "level (probability %s; the papers ask for 95%%). In %d it was %s.",
                "%s：无法判断性别比是否曾高于正常水平（概率 %s，通常要求达到 "
                "95%%）。%d 年为 %s。"),
            name_of(w, area), percent(w, a->probability), last->year,
            range_text(w, last->ratio, 100, 1));
    } else if (beyond_model(w, area)) {
        buf_printf(
            out,
            say(w,
                "%s: the model does not fit. In %d the ratio was %s, further above the "
                "usual level of %s than slow fluctuation goes, and no rise of the shape "
                "and height that the model knows explains it. Look at the data, or "
                "choose "
                "--reference and --prior to suit; what follows does not hold here.",
                "%s：模型不适用。%d 年性别比为 %s，高出正常水平 %s "
                "的幅度超过缓慢波动所能解释的范围，也不符合模型所设的升高形状与幅度。"
                "请核对数据，或另设 --reference 与 --prior；以下结果对该地区不成立。"),
            name_of(w, area), a->peak_year, range_text(w, a->peak, 100, 1),
            number(w, 100 * a->baseline.middle, 1));
    } else {
        buf_printf(out,
                   say(w,
                       "%s: nothing says that the ratio rose above its usual level "
                       "(probability %s). In %d it was %s.",
                       "%s：没有迹象表明性别比曾高于正常水平（概率 %s）。%d 年为 %s。"),
                   name_of(w, area), percent(w, a->probability), last->year,
                   range_text(w, last->ratio, 100, 1));
    }
}

static void sentences(struct writer *w)
{
    const struct ccm_study *s = w->s;
    struct buf out = BUF_INIT(1 << 18);
    for (size_t i = 0; i < s->fit.n_areas && i < MOST_AREAS; i++) {
        say_area(w, &out, i);
        paragraph(w, &out);
    }
    if (s->fit.n_areas > MOST_AREAS) {
        buf_printf(&out,
                   say(w, "The other %zu areas stand in the files of figures.",
                       "其余 %zu 个地区见数据文件。"),
                   s->fit.n_areas - MOST_AREAS);
        paragraph(w, &out);
    }
    if (s->any_births && s->fit.n_areas > 1) {
        buf_printf(
            &out,
            say(w,
                "In all areas together %s girls are missing by %d: boys divided by "
                "the ratio that would have been without inflation, less girls.",
                "所有地区合计缺少女孩 %s 名（截至 %d "
                "年）：以男孩数除以无升高情形下的性别比，再减去女孩数。"),
            range_text(w, s->missing_in_all, 1, 0), s->fit.last_data_year);
        paragraph(w, &out);
    }
    if (w->page->baseline_is_default) {
        buf_printf(&out,
                   say(w,
                       "The usual level was not given: that of the model '%s' stands in, "
                       "%s (choose with --region or --reference).",
                       "未指定正常水平，采用模型“%s”的数值 %s（可用 --region 或 "
                       "--reference 指定）。"),
                   keep(w, w->page->model), number(w, 100 * s->input.model.baseline, 1));
        paragraph(w, &out);
    }
    w->failed |= out.failed;
    buf_free(&out);
}

// --- tables

static struct cell interval_cell(struct ccm_range r, double times)
{
    if (isnan(r.middle))
        return (struct cell){.kind = CELL_MISSING};
    return (struct cell){.kind = CELL_INTERVAL,
                         .value = r.middle * times,
                         .low = r.low * times,
                         .high = r.high * times};
}

// A year is no number of things: no thousands marks.
static struct cell year_cell(struct writer *w, struct ccm_range r)
{
    if (isnan(r.middle))
        return (struct cell){.kind = CELL_MISSING};
    return (struct cell){.kind = CELL_TEXT, .text = str_of(year_text(w, r))};
}

static struct cell number_cell(double value)
{
    if (isnan(value))
        return (struct cell){.kind = CELL_MISSING};
    return (struct cell){.kind = CELL_NUMBER, .value = value};
}

static struct cell text_cell(const char *text)
{
    return (struct cell){.kind = CELL_TEXT, .text = str_of(text)};
}

static struct table_column column(struct writer *w, const char *en, const char *zh,
                                  int decimals)
{
    return (struct table_column){.title = word(w, en, zh),
                                 .align = decimals < 0 ? ALIGN_LEFT : ALIGN_RIGHT,
                                 .decimals = decimals < 0 ? 0 : decimals};
}

static void table_of_areas(struct writer *w)
{
    enum { COLUMNS = 8 };
    const struct ccm_study *s = w->s;
    size_t n = s->fit.n_areas < MOST_AREAS ? s->fit.n_areas : MOST_AREAS;
    heading(w, "By area", "各地区");
    size_t n_columns = s->any_births ? COLUMNS : COLUMNS - 1; // girls last
    const struct table_column columns[COLUMNS] = {
        column(w, "Area", "地区", -1),
        column(w, "Inflated: probability", "升高概率", 3),
        column(w, "Start", "开始", 0),
        column(w, "Peak year", "最高年份", 0),
        column(w, "Ratio then", "当时性别比", 1),
        column(w, "End", "结束", 0),
        {.title = str_format(w->a, say(w, "Ratio in %d", "%d 年性别比"),
                             s->fit.last_data_year),
         .align = ALIGN_RIGHT,
         .decimals = 1},
        column(w, "Girls missing", "缺少女孩", 0)};
    struct cell *cells = ARENA_ARRAY(w->a, struct cell, n * COLUMNS);
    if (!cells) {
        w->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const struct ccm_area_summary *a = s->areas + i;
        const struct ccm_year *last =
            s->years[i].of + (s->fit.last_data_year - s->fit.first_year);
        struct cell *c = cells + i * n_columns;
        c[0] = text_cell(name_of(w, i));
        c[1] = number_cell(a->probability);
        c[2] = year_cell(w, a->start);
        c[3] = text_cell(keep(w, str_format(w->a, "%d", a->peak_year)));
        c[4] = interval_cell(a->peak, 100);
        c[5] = year_cell(w, a->end);
        c[6] = interval_cell(last->ratio, 100);
        if (n_columns == COLUMNS)
            c[COLUMNS - 1] = interval_cell(s->years[i].missing, 1);
    }
    struct str note = str_format(
        w->a,
        say(w,
            "Medians with %.3g%% intervals. Start and end are of the draws in which "
            "there "
            "is inflation; they say little where its probability is low.",
            "中位数与 %.3g%% 区间。开始与结束年份仅取存在升高的抽样，概率低时意义不大。"),
        100 * s->input.level);
    w->failed |=
        !note.p ||
        !doc_table(w->d, &(struct doc_table){
                             .title = word(w, "Start, peak and end", "开始、最高与结束"),
                             .columns = columns,
                             .n_columns = n_columns,
                             .cells = cells,
                             .n_rows = n,
                             .note = note});
}

// --- charts

static void chart_of_area(struct writer *w, size_t area)
{
    const struct ccm_study *s = w->s;
    size_t n = s->fit.n_years;
    double *values = ARENA_ARRAY(w->a, double, 6 * n);
    struct str *years = ARENA_ARRAY(w->a, struct str, n);
    if (!values || !years) {
        w->failed = true;
        return;
    }
    double *fit = values, *low = fit + n, *high = low + n;
    double *seen = high + n, *seen_low = seen + n, *seen_high = seen_low + n;
    for (size_t k = 0; k < n; k++) {
        const struct ccm_year *y = s->years[area].of + k;
        double half = 1.959963984540054 * s->observed_sd[area][k];
        years[k] = str_format(w->a, "%d", y->year);
        w->failed |= !years[k].p;
        fit[k] = 100 * y->ratio.middle;
        low[k] = 100 * y->ratio.low;
        high[k] = 100 * y->ratio.high;
        seen[k] = 100 * exp(s->observed[area][k]);
        seen_low[k] = 100 * exp(s->observed[area][k] - half);
        seen_high[k] = 100 * exp(s->observed[area][k] + half);
    }
    const struct series series[] = {
        {.label = word(w, "model", "模型"), .value = fit, .low = low, .high = high},
        {.label = word(w, "observed", "观测"),
         .value = seen,
         .low = seen_low,
         .high = seen_high}};
    const struct ccm_area_summary *a = s->areas + area;
    struct doc_chart chart = {
        .form = CHART_FORM_LINE,
        .title = str_format(w->a, say(w, "Ratio by year: %s", "历年性别比：%s"),
                            name_of(w, area)),
        .note = str_format(w->a,
                           say(w, "Data up to %d; what follows is expected, not seen.",
                               "数据截至 %d 年；此后为预测，并非观测。"),
                           s->fit.last_data_year),
        .value_label = word(w, "boys for 100 girls", "每 100 名女孩对应的男孩数"),
        .categories = years,
        .n_categories = n,
        .series = series,
        .n_series = 2,
        .has_reference = true,
        .reference = 100 * a->baseline.middle,
        .reference_low = NAN,
        .reference_high = NAN,
        .reference_label = word(w, "usual level", "正常水平"),
        .decimals = 1,
        .ratio = true,
        .bare = true};
    w->failed |= !chart.note.p || !doc_chart(w->d, &chart);
}

static void charts(struct writer *w)
{
    size_t n = w->s->fit.n_areas;
    for (size_t i = 0; i < n && i < MOST_CHARTS; i++)
        chart_of_area(w, i);
    if (n <= MOST_CHARTS)
        return;
    struct buf out = BUF_INIT(1024);
    buf_printf(&out,
               say(w, "Charts of the first %d of %zu areas.",
                   "仅列出前 %d 个（共 %zu 个）地区的图。"),
               (int)MOST_CHARTS, n);
    paragraph(w, &out);
    buf_free(&out);
}

// --- missing girls and years ahead

static void table_of_missing(struct writer *w)
{
    enum { COLUMNS = 4 };
    const struct ccm_study *s = w->s;
    if (!s->any_births)
        return;
    heading(w, "Girls missing by year", "各年缺少的女孩");
    const struct table_column columns[COLUMNS] = {
        column(w, "Area", "地区", -1), column(w, "Year", "年份", -1),
        column(w, "Births", "出生数", 0), column(w, "Girls missing", "缺少女孩", 0)};
    size_t n = 0, room = s->fit.n_areas * s->fit.n_years;
    struct cell *cells = ARENA_ARRAY(w->a, struct cell, room * COLUMNS + 1);
    if (!cells) {
        w->failed = true;
        return;
    }
    for (size_t i = 0; i < s->fit.n_areas && i < MOST_CHARTS; i++)
        for (size_t k = 0; k < s->fit.n_years; k++) {
            const struct ccm_year *y = s->years[i].of + k;
            if (!(y->missing.high >= 0.5) || y->ahead)
                continue;
            struct cell *c = cells + n++ * COLUMNS;
            c[0] = text_cell(name_of(w, i));
            c[1] = text_cell(keep(w, str_format(w->a, "%d", y->year)));
            c[2] = number_cell(s->births[i][k]);
            c[3] = interval_cell(y->missing, 1);
        }
    w->failed |= !doc_table(
        w->d,
        &(struct doc_table){
            .title = word(w, "Girls missing by year", "各年缺少的女孩"),
            .columns = columns,
            .n_columns = COLUMNS,
            .cells = cells,
            .n_rows = n,
            .small = true,
            .note = word(w, "Years in which not one girl may be missing are left out.",
                         "可能一名也不缺的年份从略。")});
}

static void table_ahead(struct writer *w)
{
    enum { COLUMNS = 6 };
    const struct ccm_study *s = w->s;
    int32_t last = s->fit.first_year + (int32_t)s->fit.n_years - 1;
    size_t n = 0, areas = s->fit.n_areas < MOST_AREAS ? s->fit.n_areas : MOST_AREAS;
    if (last <= s->fit.last_data_year || !has_transitions(w))
        return;
    heading(w, "Years ahead", "未来情景");
    const struct table_column columns[COLUMNS] = {
        column(w, "Area", "地区", -1),
        column(w, "Year", "年份", -1),
        column(w, "As modelled", "按模型", 1),
        column(w, "Without inflation", "无升高", 1),
        column(w, "Inflation stays", "维持现状", 1),
        column(w, "Inflation begins", "开始升高", 1)};
    struct cell *cells = ARENA_ARRAY(w->a, struct cell, areas * 24 * COLUMNS);
    if (!cells) {
        w->failed = true;
        return;
    }
    for (size_t i = 0; i < areas; i++) {
        // a few years, the last one among them
        int32_t ahead = last - s->fit.last_data_year, step = (ahead + 3) / 4;
        for (int32_t year = last - (ahead - 1) / step * step; year <= last;
             year += step) {
            const struct ccm_year *y = s->years[i].of + (year - s->fit.first_year);
            struct cell *c = cells + n++ * COLUMNS;
            c[0] = text_cell(name_of(w, i));
            c[1] = text_cell(keep(w, str_format(w->a, "%d", year)));
            for (int k = 0; k < CCM_SCENARIOS; k++)
                c[2 + k] = interval_cell(y->scenario[k], 100);
        }
    }
    struct str note = str_format(
        w->a,
        say(w,
            "Scenarios are answers to 'what if', not forecasts. Without: no inflation "
            "after %d. Stays: as in %d. Begins: where there is none it begins in %.0f "
            "with "
            "the height and speed that the model takes for usual.",
            "情景回答“假如”，并非预测。无升高：%d 年后不再升高。维持现状：与 %d "
            "年相同。开始升高：尚无升高之处自 %.0f 年起，以模型中常见的幅度与速度升高。"),
        s->fit.last_data_year, s->fit.last_data_year, s->input.begins);
    w->failed |=
        !note.p ||
        !doc_table(w->d, &(struct doc_table){.title = word(w, "Scenarios", "情景"),
                                             .columns = columns,
                                             .n_columns = COLUMNS,
                                             .cells = cells,
                                             .n_rows = n,
                                             .note = note});
}

// --- how sure

static void say_chains(struct writer *w, struct buf *out)
{
    const struct ccm_study *s = w->s;
    buf_printf(out,
               say(w,
                   "%zu chains of %zu draws. The largest R-hat is %.3f (1 when chains "
                   "agree), the smallest effective sample %s draws. ",
                   "%zu 条链，每条 %zu 次抽样。最大 R-hat 为 "
                   "%.3f（各链一致时为 1），最小有效样本量为 %s。"),
               s->fit.n_chains, s->fit.n_draws, s->worst_r_hat,
               number(w, s->least_ess, 0));
    if (s->stacked)
        buf_add_c(
            out,
            say(w,
                "The chains do not agree: some have found another story. They are "
                "weighed by how well each predicts left-out observations (stacking); "
                "more draws (--draws) or chains may help.",
                "各链结果不一致：有的链落在另一种解释上。已按各链对留出观测的预测能力"
                "加权（stacking）；增加抽样（--draws）或链数或有帮助。"));
    else if (s->worst_r_hat > CCM_R_HAT_SAID)
        buf_add_c(out, say(w, "The chains have not quite met: give more draws (--draws).",
                           "各链尚未完全一致：请增加抽样（--draws）。"));
    else if (s->least_ess < CCM_ESS_ENOUGH)
        buf_add_c(out, say(w, "Ends of intervals rest on few draws: give more (--draws).",
                           "区间端点依据的抽样较少：请增加抽样（--draws）。"));
    else
        buf_add_c(out, say(w, "The chains agree.", "各链一致。"));
}

static void say_fit(struct writer *w, struct buf *out)
{
    const struct ccm_study *s = w->s;
    size_t odd = 0, named = 0;
    for (size_t i = 0; i < s->fit.n_areas; i++)
        odd += s->replicated[i].chi_square < 0.01 || s->replicated[i].runs < 0.01;
    if (!odd)
        buf_add_c(
            out, say(w, "Data made anew by the model are as scattered as those observed.",
                     "由模型重新生成的数据与观测数据同样分散。"));
    else
        buf_add_c(out,
                  say(w,
                      "The data of some areas are more scattered, or stray longer to "
                      "one side, than the model can make them; their sampling errors "
                      "may be too small, or the shape may not fit: ",
                      "部分地区的数据比模型所能生成的更分散，或更长时间偏向一侧；"
                      "可能抽样误差给得过小，或形状不合适："));
    for (size_t i = 0; i < s->fit.n_areas && odd; i++) {
        const struct ccm_replicated *r = s->replicated + i;
        if (!(r->chi_square < 0.01 || r->runs < 0.01))
            continue;
        if (named++ == 5) {
            buf_printf(out, say(w, " and %zu more", "等另 %zu 个"), odd - 5);
            break;
        }
        buf_printf(out, "%s%s", named > 1 ? say(w, ", ", "、") : "", name_of(w, i));
    }
    if (odd)
        buf_add_c(out, say(w, ".", "。"));
    if (s->loo.n_bad)
        buf_printf(
            out,
            say(w,
                " %zu of %zu observations sway the result so much that leaving them "
                "out could not be worked out from these draws.",
                " %zu 条（共 %zu 条）观测影响过大，无法由现有抽样推算去掉它们的结果。"),
            s->loo.n_bad, s->loo.n);
}

static void say_validation(struct writer *w, struct buf *out)
{
    const struct ccm_study *s = w->s;
    const struct ccm_validation *v = &s->validation;
    if (!s->input.leave)
        return;
    buf_printf(out,
               say(w, "Left out and predicted from the rest: %zu of %zu observations",
                   "留出并由其余数据预测：%zu 条（共 %zu 条）观测"),
               v->n_left_out, v->n);
    if (s->input.leave == CCM_LEAVE_RANDOM)
        buf_add_c(out, say(w, ", chosen at random", "，随机抽取"));
    else
        buf_printf(out, say(w, ", from %d on", "，自 %d 年起"), s->validated_from);
    buf_printf(
        out,
        say(w,
            ". The median error is %+.1f boys for 100 girls, the mean absolute error "
            "%.1f; %.1f%% lie below and %.1f%% above their 95%% interval (2.5 each "
            "would be right), %.1f%% and %.1f%% outside the 80%% interval (10 each).",
            "。误差中位数为 %+.1f，平均绝对误差为 %.1f（每 100 名女孩）；低于与高于 "
            "95%% 区间者各占 %.1f%% 与 %.1f%%（应各为 2.5%%），80%% 区间外为 %.1f%% 与 "
            "%.1f%%（应各为 10%%）。"),
        100 * v->median_error, 100 * v->mean_absolute_error, 100 * v->below_95,
        100 * v->above_95, 100 * v->below_80, 100 * v->above_80);
    paragraph(w, out);
}

static void how_sure(struct writer *w)
{
    struct buf out = BUF_INIT(1 << 16);
    heading(w, "How sure this is", "结果有多可靠");
    say_chains(w, &out);
    paragraph(w, &out);
    say_fit(w, &out);
    paragraph(w, &out);
    say_validation(w, &out);
    buf_add_c(&out,
              say(w,
                  "What was found is about areas and years. It does not say why, and "
                  "nothing about any family; a ratio may also be high because girls are "
                  "registered late.",
                  "以上结果针对地区与年份，不说明原因，也不涉及任何家庭；女孩登记较晚也会"
                  "使性别比偏高。"));
    paragraph(w, &out);
    w->failed |= out.failed;
    buf_free(&out);
}

static void the_model(struct writer *w)
{
    const struct ccm_model *m = &w->s->input.model;
    struct buf out = BUF_INIT(1 << 16);
    heading(w, "The model", "模型");
    buf_add_c(&out,
              say(w,
                  "Chao, Gerland, Cook and Alkema (Annals of Applied Statistics 15:1499, "
                  "2021): ratio = usual level x slow fluctuation + a rise that begins, "
                  "grows, stays and falls back, which an area has or has not. ",
                  "Chao、Gerland、Cook 与 Alkema（Annals of Applied Statistics "
                  "15:1499，2021）：性别比 = 正常水平 × 缓慢波动 + 可能存在的升高（开始、"
                  "上升、维持、回落）。"));
    const char *start = isnan(m->start)
                            ? say(w, "the year given for each area", "各地区给定年份")
                            : keep(w, str_format(w->a, "%.0f", m->start));
    if (m->form == CCM_REGIONAL)
        buf_printf(
            &out,
            say(w,
                "Taken for known: fluctuation rho %.3g, sigma %.3g; before the data, "
                "start t(3) about %s with scale %.3g, height %.3g (sd %.3g), years "
                "of rise %.3g (%.3g), of stay %.3g (%.3g), of fall %.3g (%.3g). Years "
                "after the data lean on these.",
                "视为已知：波动 rho %.3g、sigma %.3g；先验：开始年份 t(3) 以 %s "
                "为中心、尺度 %.3g，高度 %.3g（标准差 %.3g），上升 %.3g（%.3g）年，"
                "维持 %.3g（%.3g）年，回落 %.3g（%.3g）年。数据之后的年份依赖这些先验。"),
            m->rho, m->sigma, start, m->start_scale, m->height.mean, m->height.sd,
            m->length[0].mean, m->length[0].sd, m->length[1].mean, m->length[1].sd,
            m->length[2].mean, m->length[2].sd);
    else if (m->form == CCM_NATIONAL)
        buf_add_c(
            &out,
            say(w,
                "Levels and fluctuation come from areas and years without risk, and "
                "are then taken for known; rises of areas at risk have means and "
                "deviations in common that are learned from the data.",
                "正常水平与波动由无风险的地区和年份估计，随后视为已知；有风险地区的升高"
                "共享由数据估计的均值与离散程度。"));
    else
        buf_add_c(&out,
                  say(w,
                      "This form has no rise: each area fluctuates about a level of "
                      "its own.",
                      "此形式不含升高项：各地区围绕自身水平波动。"));
    paragraph(w, &out);
    w->failed |= out.failed;
    buf_free(&out);
}

struct doc *ccm_doc_make(struct arena *a, const struct ccm_page *page)
{
    struct writer w = {page, page->study, doc_new(a, page->zh), a, page->zh, false};
    if (!w.d)
        return NULL;
    const struct ccm_fit *f = &w.s->fit;
    w.d->title = word(&w, "Sex ratio at birth: since when, how high, until when",
                      "出生性别比：何时升高、多高、何时回落");
    w.d->subtitle = str_format(a, say(&w, STR_FMT ", %d to %d", STR_FMT "，%d 至 %d 年"),
                               STR_ARG(page->file), f->first_year, f->last_data_year);
    w.failed |= !w.d->subtitle.p;
    heading(&w, "What was found", "主要发现");
    sentences(&w);
    table_of_areas(&w);
    charts(&w);
    table_of_missing(&w);
    table_ahead(&w);
    how_sure(&w);
    the_model(&w);
    return w.failed ? NULL : w.d;
}
