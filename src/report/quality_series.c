// SPDX-License-Identifier: AGPL-3.0-or-later
// Series of counts by area that are watched: which ring, and how many would ring where
// nothing happened.
#include <math.h>
#include <string.h>

#include "report/quality_private.h"

enum { MOST_CHARTS = 3, MOST_ALARMS = 40, CHART_PERIODS = 104 };

struct watch {
    const struct quality_series *s;
    size_t looks;                      // periods that are judged
    struct surveillance_point *points; // [area][look]
    struct surveillance_rate *rates;   // [area]
    double *limits;                    // [area], CUSUM
    double *scratch;                   // [thread]
    size_t scratch_size;
    double run_length; // CUSUM: aimed at, of each area
    unsigned replications;
};

static struct surveillance_series series_of(const struct quality_series *s, size_t area)
{
    size_t at = area * s->n_periods;
    return (struct surveillance_series){.count = s->counts + at,
                                        .n = s->n_periods,
                                        .of = s->ofs ? s->ofs + at : NULL,
                                        .days = s->days,
                                        .season = s->season};
}

static double mean_of(const double *x, size_t n)
{
    double sum = 0;
    size_t used = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i])) {
            sum += x[i];
            used++;
        }
    return used ? sum / (double)used : 0;
}

static void watch_area(void *argument, size_t area, unsigned thread)
{
    struct watch *w = argument;
    const struct quality_series *s = w->s;
    struct surveillance_series series = series_of(s, area);
    struct surveillance_options o = s->options;
    struct surveillance_point *points = w->points + area * w->looks;
    double *scratch = w->scratch + thread * w->scratch_size;
    if (o.method == SURVEILLANCE_CUSUM) {
        o.limit = w->limits[area] = surveillance_cusum_limit(
            mean_of(series.of, series.n), o.share, o.share_out, w->run_length, scratch);
        if (isnan(o.limit)) { // fewer than one case at risk a period
            for (size_t i = 0; i < w->looks; i++)
                points[i] = (struct surveillance_point){.state = SURVEILLANCE_NO_FIT,
                                                        .expected = NAN,
                                                        .bound = NAN,
                                                        .statistic = NAN,
                                                        .p = NAN,
                                                        .dispersion = NAN};
            w->rates[area] = (struct surveillance_rate){.per_period = NAN};
            return;
        }
    }
    surveillance_run(&series, &o, s->from, points, scratch);
    size_t simulated = w->looks < 4 ? w->looks : 4;
    w->rates[area] = surveillance_false_alarms(&series, &o, simulated, w->replications,
                                               s->seed, area, scratch);
}

// As many draws as a few seconds have room for.
static unsigned draws(const struct quality_series *s, size_t looks)
{
    double each = looks < 4 ? (double)looks : 4, budget = 40000;
    if (s->replications)
        return s->replications;
    if (s->options.method == SURVEILLANCE_FLEXIBLE)
        budget = 6000;
    if (s->options.method == SURVEILLANCE_FARRINGTON)
        budget = 20000;
    if (s->options.method == SURVEILLANCE_CUSUM) {
        each = s->n_periods;
        budget = 2e6;
    }
    double n = budget / (each * fmax(1, s->n_areas));
    return (unsigned)fmin(2000, fmax(4, ceil(n)));
}

static enum err run(struct watch *w, struct pool *pool, struct arena *a, struct error *e)
{
    const struct quality_series *s = w->s;
    size_t places, all;
    w->looks = s->n_periods - s->from;
    w->replications = draws(s, w->looks);
    w->run_length =
        s->false_alarms > 0 ? s->n_areas * (double)s->season / s->false_alarms : 0;
    w->scratch_size = surveillance_rate_scratch(&s->options, s->n_periods);
    if (!size_mul(s->n_areas, w->looks, &places) ||
        !size_mul(pool_threads(pool), w->scratch_size, &all))
        return error_memory(e);
    w->points = ARENA_ARRAY(a, struct surveillance_point, places);
    w->rates = ARENA_ARRAY(a, struct surveillance_rate, s->n_areas);
    w->limits = ARENA_ARRAY(a, double, s->n_areas);
    w->scratch = ARENA_ARRAY(a, double, all);
    if (!w->points || !w->rates || !w->limits || !w->scratch)
        return error_memory(e);
    pool_run(pool, s->n_areas, watch_area, w);
    return ERR_OK;
}

static const char *state_name(enum surveillance_state state)
{
    static const char *const names[] = {"judged", "short", "gap", "few", "no_fit"};
    return names[state];
}

static const struct surveillance_point *point_at(const struct watch *w, size_t area,
                                                 size_t look)
{
    return &w->points[area * w->looks + look];
}

static bool rings(const struct surveillance_point *point)
{
    return point->state == SURVEILLANCE_JUDGED && point->alarm;
}

static struct result *points_result(struct page *p, const struct watch *w)
{
    static const struct quality_heading headings[] = {
        {"area", "area", "地区", RESULT_TEXT, 0},
        {"period", "period", "期间", RESULT_TEXT, 0},
        {"count", "count", "数量", RESULT_NUMBER, 0},
        {"of", NULL, NULL, RESULT_NUMBER, 0},
        {"expected", "expected", "预期", RESULT_NUMBER, 1},
        {"statistic", "statistic", "统计量", RESULT_NUMBER, 2},
        {"bound", "bound", "界限", RESULT_NUMBER, 2},
        {"p", "p", "p", RESULT_NUMBER, 4},
        {"alarm", "rings", "报警", RESULT_YES_NO, 0},
        {"state", NULL, NULL, RESULT_TEXT, 0}};
    const struct quality_series *s = w->s;
    struct result *r = quality_result(p, "periods", "Every area and period", "各地区各期",
                                      headings, sizeof headings / sizeof *headings);
    for (size_t area = 0; r && area < s->n_areas; area++)
        for (size_t look = 0; look < w->looks; look++) {
            const struct surveillance_point *point = point_at(w, area, look);
            size_t at = area * s->n_periods + s->from + look;
            struct result_cell *row = result_row(r);
            row[0].text = s->areas[area];
            row[1].text = s->periods[s->from + look];
            row[2].value = s->counts[at];
            row[3].value = s->ofs ? s->ofs[at] : NAN;
            row[4].value = point->expected;
            row[5].value = point->statistic;
            row[6].value = point->bound;
            row[7].value = point->p;
            row[8].value = rings(point);
            row[9].text = str_of(state_name(point->state));
        }
    return r;
}

static void areas_result(struct page *p, const struct watch *w)
{
    static const struct quality_heading headings[] = {
        {"area", "area", "地区", RESULT_TEXT, 0},
        {"looks", "periods judged", "判断期数", RESULT_COUNT, 0},
        {"alarms", "of them rang", "其中报警", RESULT_COUNT, 0},
        {"newest_alarm", "newest rings", "最新一期报警", RESULT_YES_NO, 0},
        {"false_alarm_rate", "false alarms a period", "每期误报率", RESULT_NUMBER, 4},
        {"run_length", "periods between them", "平均间隔（期）", RESULT_NUMBER, 0},
        {"per_year", "false alarms a year", "每年误报数", RESULT_NUMBER, 2},
        {"limit", NULL, NULL, RESULT_NUMBER, 4}};
    const struct quality_series *s = w->s;
    struct result *r = quality_result(p, "areas", "Areas", "地区", headings,
                                      sizeof headings / sizeof *headings);
    for (size_t area = 0; r && area < s->n_areas; area++) {
        size_t judged = 0, rang = 0;
        for (size_t look = 0; look < w->looks; look++) {
            enum surveillance_state state = point_at(w, area, look)->state;
            judged += state == SURVEILLANCE_JUDGED || state == SURVEILLANCE_FEW;
            rang += rings(point_at(w, area, look));
        }
        struct result_cell *row = result_row(r);
        row[0].text = s->areas[area];
        row[1].value = (double)judged;
        row[2].value = (double)rang;
        row[3].value = rings(point_at(w, area, w->looks - 1));
        row[4].value = w->rates[area].per_period;
        row[5].value = w->rates[area].run_length;
        row[6].value = w->rates[area].looks ? w->rates[area].per_year : NAN;
        row[7].value = s->options.method == SURVEILLANCE_CUSUM ? w->limits[area] : NAN;
    }
    if (r)
        p->no_memory |= !result_table_doc(
            p->doc, r, MOST_ALARMS,
            str_of(quality_say(
                p,
                "False alarms: of this rule on series drawn with each area's own mean, "
                "season and spread, where nothing happened. A dash: none in so many "
                "draws.",
                "误报：在按各地区自身均值、季节与离散程度模拟、且无异常的序列上，本规则的"
                "报警。"
                "短横线表示模拟中未出现。")));
}

// Alarms, the newest first.
static void alarms_table(struct page *p, const struct watch *w)
{
    static const struct quality_heading headings[] = {
        {"period", "period", "期间", RESULT_TEXT, 0},
        {"area", "area", "地区", RESULT_TEXT, 0},
        {"count", "count", "数量", RESULT_NUMBER, 0},
        {"expected", "expected", "预期", RESULT_NUMBER, 1},
        {"statistic", NULL, NULL, RESULT_NUMBER, 2},
        {"bound", "bound", "界限", RESULT_NUMBER, 1},
        {"p", "p", "p", RESULT_NUMBER, 4}};
    static const struct quality_heading sums[] = {
        {"period", "period", "期间", RESULT_TEXT, 0},
        {"area", "area", "地区", RESULT_TEXT, 0},
        {"count", "count", "数量", RESULT_NUMBER, 0},
        {"expected", "expected", "预期", RESULT_NUMBER, 1},
        {"statistic", "sum so far", "累积和", RESULT_NUMBER, 2},
        {"bound", "limit", "界限", RESULT_NUMBER, 3},
        {"p", NULL, NULL, RESULT_NUMBER, 4}};
    const struct quality_series *s = w->s;
    struct result *r =
        quality_result(p, "alarms", "What rings, the newest first", "报警（由新到旧）",
                       s->options.method == SURVEILLANCE_CUSUM ? sums : headings,
                       sizeof headings / sizeof *headings);
    for (size_t look = w->looks; r && look-- > 0;)
        for (size_t area = 0; area < s->n_areas; area++) {
            const struct surveillance_point *point = point_at(w, area, look);
            if (!rings(point))
                continue;
            struct result_cell *row = result_row(r);
            row[0].text = s->periods[s->from + look];
            row[1].text = s->areas[area];
            row[2].value = s->counts[area * s->n_periods + s->from + look];
            row[3].value = point->expected;
            row[4].value = point->statistic;
            row[5].value = point->bound;
            row[6].value = point->p;
        }
    if (r && r->n_rows)
        p->no_memory |= !result_table_doc(p->doc, r, MOST_ALARMS, STR(""));
}

static void area_chart(struct page *p, const struct watch *w, size_t area)
{
    const struct quality_series *s = w->s;
    bool cusum = s->options.method == SURVEILLANCE_CUSUM;
    size_t n = w->looks < CHART_PERIODS ? w->looks : CHART_PERIODS, first = w->looks - n;
    double *values = ARENA_ARRAY(p->a, double, 2 * n);
    struct str *labels = ARENA_ARRAY(p->a, struct str, n);
    if (n < 2)
        return;
    if (!values || !labels) {
        p->no_memory = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const struct surveillance_point *point = point_at(w, area, first + i);
        size_t at = s->from + first + i;
        values[i] = cusum ? point->statistic : s->counts[area * s->n_periods + at];
        values[n + i] = point->bound;
        labels[i] = s->periods[at];
    }
    struct series series[2] = {
        {.label = cusum ? str_of(quality_say(p, "sum so far", "累积和")) : s->count,
         .value = values},
        {.label = str_of(quality_say(p, "bound", "界限")),
         .role = SERIES_BEFORE,
         .value = values + n}};
    quality_chart(p, (struct doc_chart){.form = CHART_FORM_LINE,
                                        .title = s->areas[area],
                                        .value_label = series[0].label,
                                        .categories = labels,
                                        .n_categories = n,
                                        .series = series,
                                        .n_series = 2,
                                        .decimals = cusum});
}

static void charts(struct page *p, const struct watch *w)
{
    size_t drawn = 0;
    for (size_t look = w->looks; look-- > 0 && drawn < MOST_CHARTS;)
        for (size_t area = 0; area < w->s->n_areas && drawn < MOST_CHARTS; area++) {
            bool later = !rings(point_at(w, area, look));
            for (size_t i = look + 1; i < w->looks && !later; i++)
                later = rings(point_at(w, area, i)); // has its chart
            if (later)
                continue;
            area_chart(p, w, area);
            drawn++;
        }
    if (!drawn && w->s->n_areas == 1)
        area_chart(p, w, 0);
}

static struct str method_name(struct page *p, const struct watch *w)
{
    const struct surveillance_options *o = &w->s->options;
    switch (o->method) {
    case SURVEILLANCE_EARS_C1:
    case SURVEILLANCE_EARS_C2:
    case SURVEILLANCE_EARS_C3:
        return quality_text(
            p,
            quality_say(p, "EARS C%d: against the %u periods before%s, alpha %g",
                        "EARS C%d：与之前 %u 期相比%s，alpha %g"),
            (int)o->method - SURVEILLANCE_EARS_C1 + 1, o->baseline,
            o->method == SURVEILLANCE_EARS_C1
                ? ""
                : quality_say(p, " (the last two left out)", "（不含最近两期）"),
            o->alpha);
    case SURVEILLANCE_FARRINGTON:
    case SURVEILLANCE_FLEXIBLE:
        return quality_text(
            p,
            o->method == SURVEILLANCE_FARRINGTON
                ? quality_say(p,
                              "Farrington: against the same time of %u years before, %u "
                              "periods on either side, alpha %g",
                              "Farrington：与前 %u 年同期（前后各 %u 期）相比，alpha %g")
                : quality_say(
                      p,
                      "Farrington flexible: against %u years before, windows of %u "
                      "periods on either side, alpha %g",
                      "Farrington（灵活型）：与前 %u 年相比，窗口前后各 %u 期，alpha %g"),
            o->years, o->half_window, o->alpha);
    case SURVEILLANCE_CUSUM:
        if (w->s->ratio)
            return quality_text(
                p,
                quality_say(
                    p,
                    "CUSUM: sums up what speaks for %.1f boys per 100 girls rather "
                    "than %.1f",
                    "CUSUM：累积支持每 100 名女婴 %.1f 名男婴（而非 %.1f）的证据"),
                100 * o->share_out / (1 - o->share_out), 100 * o->share / (1 - o->share));
        return quality_text(
            p,
            quality_say(p,
                        "CUSUM: sums up what speaks for a share of %.4f rather than %.4f",
                        "CUSUM：累积支持比例为 %.4f 而非 %.4f 的证据"),
            o->share_out, o->share);
    case SURVEILLANCE_METHODS:
        break;
    }
    return STR("");
}

struct sums {
    size_t judged, short_history, gaps, few, no_fit, alarms, newest;
};

static struct sums add_up(const struct watch *w)
{
    struct sums out = {0};
    for (size_t area = 0; area < w->s->n_areas; area++) {
        out.newest += rings(point_at(w, area, w->looks - 1));
        for (size_t look = 0; look < w->looks; look++) {
            const struct surveillance_point *point = point_at(w, area, look);
            out.judged += point->state == SURVEILLANCE_JUDGED;
            out.short_history += point->state == SURVEILLANCE_SHORT;
            out.gaps += point->state == SURVEILLANCE_GAP;
            out.few += point->state == SURVEILLANCE_FEW;
            out.no_fit += point->state == SURVEILLANCE_NO_FIT;
            out.alarms += rings(point);
        }
    }
    return out;
}

// What is known of false alarms, as one sentence.
static struct str false_alarms_text(struct page *p, const struct watch *w,
                                    const struct sums *t)
{
    const struct quality_series *s = w->s;
    struct surveillance_rate all = surveillance_together(w->rates, s->n_areas);
    if (!all.looks)
        return str_of(quality_say(p,
                                  "How often it rings by chance could not be simulated.",
                                  "无法模拟其偶然报警的频率。"));
    double looks = (double)(t->judged + t->few);
    int fine = all.per_year < 1 ? 3 : 1;
    struct str a_year = quality_figure(p, all.per_year, fine),
               low = quality_figure(p, all.per_year * all.low / all.per_period, fine),
               high = quality_figure(p, all.per_year * all.high / all.per_period, fine),
               expected = quality_figure(p, all.per_period * looks, fine);
    if (!all.alarms)
        return quality_text(
            p,
            quality_say(p,
                        "In %llu simulated looks where nothing happened it never rang.",
                        "在 %llu 次无异常的模拟中从未报警。"),
            (unsigned long long)all.looks);
    return quality_text(
        p,
        quality_say(
            p,
            "Where nothing happens, this rule rings " STR_FMT
            " times a year over all areas [" STR_FMT "-" STR_FMT
            "; %llu simulated looks]. Chance alone would have given about " STR_FMT
            " alarms; there were %zu.",
            "若无任何异常，本规则在全部地区每年会报警 " STR_FMT " 次 [" STR_FMT
            "–" STR_FMT "；模拟 %llu 次]，预期约有 " STR_FMT
            " 次出于偶然；实际 %zu 次。"),
        STR_ARG(a_year), STR_ARG(low), STR_ARG(high), (unsigned long long)all.looks,
        STR_ARG(expected), t->alarms);
}

static void not_judged_text(struct page *p, const struct sums *t)
{
    if (t->judged + t->few == 0)
        quality_paragraph(
            p,
            str_of(quality_say(
                p,
                "Nothing could be judged: the history is too short for "
                "this method or has gaps, or no model fits. EARS needs 7 to 11 periods, "
                "Farrington --years years and half a window before.",
                "没有可判断的期：历史过短、有缺口，或模型无法拟合。EARS 需要 7–11 "
                "期，Farrington 需要 --years 年另加半个窗口。")));
    if (t->short_history + t->gaps + t->few + t->no_fit)
        quality_paragraph(
            p,
            quality_text(
                p,
                quality_say(p,
                            "Not judged: %zu for want of history, %zu at gaps, %zu with "
                            "fewer cases than the rule asks for, %zu where there is no "
                            "spread or no model.",
                            "未判断：历史不足 %zu，缺口 %zu，病例少于规则要求 %zu，"
                            "无离散或无法建模 %zu。"),
                t->short_history, t->gaps, t->few, t->no_fit));
}

static void first_words(struct page *p, const struct watch *w)
{
    const struct quality_series *s = w->s;
    struct sums t = add_up(w);
    struct str newest = s->periods[s->n_periods - 1];
    struct str method = method_name(p, w);
    quality_paragraph(
        p, quality_text(p,
                        quality_say(p,
                                    STR_FMT ": %zu of %u areas ring. In the newest %zu "
                                            "periods there were %zu alarms.",
                                    STR_FMT "：%zu 个地区报警（共 %u 个）。最近 %zu "
                                            "期共报警 %zu 次。"),
                        STR_ARG(newest), t.newest, s->n_areas, w->looks, t.alarms));
    quality_paragraph(p, false_alarms_text(p, w, &t));
    quality_paragraph(p, method);
    if (s->options.method == SURVEILLANCE_CUSUM)
        quality_paragraph(
            p, quality_text(p,
                            quality_say(p,
                                        "Each area's limit is set for one false alarm in "
                                        "%.0f periods: %g a year over all.",
                                        "各地区的界限按平均每 %.0f 期误报一次设定，"
                                        "全部地区每年 %g 次。"),
                            w->run_length, s->false_alarms));
    not_judged_text(p, &t);
}

enum err quality_doc_series(const struct quality_series *s, struct pool *pool,
                            struct arena *a, bool zh, struct quality_page *out,
                            struct error *e)
{
    struct page page = {.a = a, .zh = zh, .doc = doc_new(a, zh)}, *p = &page;
    struct watch w = {.s = s};
    if (!page.doc)
        return error_memory(e);
    enum err code = run(&w, pool, a, e);
    if (code)
        return code;
    page.doc->title = quality_text(
        p, quality_say(p, "Watching " STR_FMT, "监测 " STR_FMT), STR_ARG(s->count));
    page.doc->subtitle =
        quality_text(p,
                     quality_say(p, STR_FMT " · areas: %u · " STR_FMT " to " STR_FMT,
                                 STR_FMT " · %u 个地区 · " STR_FMT " 至 " STR_FMT),
                     STR_ARG(s->file), s->n_areas, STR_ARG(s->periods[0]),
                     STR_ARG(s->periods[s->n_periods - 1]));
    page.doc->made_on = date_today();
    first_words(p, &w);
    points_result(p, &w);
    alarms_table(p, &w);
    charts(p, &w);
    areas_result(p, &w);
    quality_paragraph(
        p,
        str_of(quality_say(
            p,
            "An alarm says that a number is higher than its own past allows. It can be "
            "chance, a list that came late, a new way of counting, or something real: "
            "look at the area's data first.",
            "报警表示数值高于其自身历史所允许的范围，可能出于偶然、迟到的名单、"
            "统计口径变化或真实变化，请先核对该地区的数据。")));
    if (p->no_memory)
        return error_memory(e);
    out->doc = page.doc;
    out->n_results = page.n_results;
    for (size_t i = 0; i < page.n_results; i++)
        out->results[i] = page.results[i];
    return ERR_OK;
}
