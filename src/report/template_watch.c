// SPDX-License-Identifier: AGPL-3.0-or-later
// What a watch found, as a document: what opens a review, what is to be kept in mind, and
// how hard each look has looked.
#include <math.h>

#include "report/template_private.h"
#include "study/watch.h"

static bool add_paragraph(struct builder *b, struct buf *text)
{
    bool good = !text->failed && doc_paragraph(b->d, buf_str(text));
    buf_clear(text);
    return good;
}

// --- the sentences at the top

static bool summary(struct builder *b, const struct watch_run *run)
{
    const struct indicator *r = run->watch->ratio;
    const struct watch_signal *w = &run->whole;
    struct buf t = BUF_INIT(8192);
    struct str label = r ? label_in(r->label, b->zh) : STR("");
    if (r && w->of_all > 0 && isfinite(w->value))
        buf_printf(
            &t,
            b->zh ? STR_FMT "%s［%s–%s］，%s例出生；参考值%s［%s–%s］。"
                  : STR_FMT ": %s [%s–%s], %s births; the reference is %s [%s–%s].",
            STR_ARG(label), builder_number(b, w->value, r->decimals).p,
            builder_number(b, w->low, r->decimals).p,
            builder_number(b, w->high, r->decimals).p, builder_number(b, w->of_all, 0).p,
            builder_number(b, run->reference, r->decimals).p,
            builder_number(b, run->reference_low, r->decimals).p,
            builder_number(b, run->reference_high, r->decimals).p);
    else if (r)
        buf_add_c(&t, b->zh ? "本期没有可计算的出生数据。"
                            : "There is nothing in this period that a ratio could be "
                              "made of.");
    buf_printf(&t,
               b->zh ? "%s本次监测有%s项信号需要复核，另有%s项需要留意。统计起自%s。"
                     : "%s%s signals open a review, %s more are to be kept in mind. The "
                       "longest stretch looked at begins on %s.",
               t.n && !b->zh ? " " : "", builder_number(b, (double)run->n_reviews, 0).p,
               builder_number(b, (double)(run->n_signals - run->n_reviews), 0).p,
               date_text(b->a, run->first, b->zh).p);
    bool good = add_paragraph(b, &t);
    buf_add_c(&t, b->zh ? "信号只针对数据、地区或机构，须由人复核；不针对任何个人。"
                        : "A signal is about data, an area or a facility, and people "
                          "review it; it is never about a person.");
    good = good && add_paragraph(b, &t);
    buf_free(&t);
    return good;
}

static bool signals(struct builder *b, const struct watch_run *run, bool review)
{
    struct buf t = BUF_INIT(16384);
    size_t n = 0;
    bool good = true;
    for (size_t i = 0; good && i < run->n_signals; i++) {
        const struct watch_signal *s = &run->signals[i];
        if (s->review != review)
            continue;
        if (!n++)
            good = doc_heading(b->d, 1,
                               review ? builder_say(b, "To be reviewed", "需要复核")
                                      : builder_say(b, "To be kept in mind", "需要留意"));
        buf_printf(&t, "%zu. " STR_FMT, n, STR_ARG(label_in(s->text, b->zh)));
        struct str cure = label_in(s->look->cure, b->zh);
        if (review && cure.n)
            buf_printf(&t, "\n%s" STR_FMT,
                       b->zh ? "建议：" : "What to do: ", STR_ARG(cure));
        good = good && add_paragraph(b, &t);
    }
    buf_free(&t);
    return good;
}

// --- chart

static bool is_ratio(const struct watch_signal *s)
{
    return s->look->kind <= LOOK_FACILITY;
}

static struct str signal_name(struct builder *b, const struct watch_run *run,
                              const struct watch_signal *s)
{
    const struct field *f = run->watch->strata;
    struct str place = s->facility >= 0 ? builder_place(b, -1, s->facility)
                                        : measure_root_name(b->m, s->area, b->zh);
    if (s->stratum < 0 || !f)
        return place;
    struct str stratum = (size_t)s->stratum < f->n_codes
                             ? label_in(f->codes[s->stratum].label, b->zh)
                             : builder_say(b, "not recorded", "未填");
    return str_format(b->a, b->zh ? STR_FMT "（" STR_FMT "）" : STR_FMT " (" STR_FMT ")",
                      STR_ARG(place), STR_ARG(stratum));
}

static enum err chart(struct builder *b, const struct watch_run *run, struct error *e)
{
    const struct indicator *r = run->watch->ratio;
    size_t n = 0;
    if (!r)
        return ERR_OK;
    struct str *names = ARENA_ARRAY(b->a, struct str, run->n_signals + 1);
    double *v = ARENA_ARRAY(b->a, double, 3 * (run->n_signals + 1));
    if (!names || !v)
        return error_memory(e);
    double *low = v + run->n_signals + 1, *high = low + run->n_signals + 1;
    for (size_t i = 0; i < run->n_signals; i++) {
        const struct watch_signal *s = &run->signals[i];
        if (!is_ratio(s))
            continue;
        names[n] = signal_name(b, run, s);
        v[n] = s->value;
        low[n] = s->low;
        high[n++] = s->high;
    }
    if (!n)
        return ERR_OK;
    const struct series series = {
        .label = label_in(r->label, b->zh), .value = v, .low = low, .high = high};
    const struct doc_chart c = {
        .form = CHART_FORM_INTERVAL,
        .title = builder_say(b, "Ratios of the signals, with their intervals",
                             "各信号的性别比及其区间"),
        .value_label = builder_unit(b, r),
        .categories = names,
        .n_categories = n,
        .series = &series,
        .n_series = 1,
        .has_reference = true,
        .reference = run->reference,
        .reference_low = run->reference_low,
        .reference_high = run->reference_high,
        .reference_label = builder_say(b, "reference", "参考值"),
        .decimals = r->decimals,
        .ratio = true,
        .note = builder_say(b,
                            "Each over the stretch of time in which it stands out most. "
                            "These were chosen because they are high: a later count will "
                            "tend to be lower.",
                            "各信号取其最突出的时段。因其偏高才被列出，以后的数值往往会有"
                            "所回落。")};
    return doc_chart(b->d, &c) ? ERR_OK : error_memory(e);
}

// --- how it was looked

static struct cell number_or_none(double value)
{
    return isfinite(value) ? (struct cell){.kind = CELL_NUMBER, .value = value}
                           : (struct cell){.kind = CELL_MISSING};
}

static struct cell p_cell(const struct watch_look *k)
{
    if (k->n_windows && k->least_p < 1e-4)
        return text_cell(STR("<0.0001"));
    return number_or_none(k->n_windows ? k->least_p : NAN);
}

static enum err looks(struct builder *b, const struct watch_run *run, struct error *e)
{
    static const char *const heads[][2] = {
        {"Look", "监测项目"},
        {"Subjects", "对象数"},
        {"Tests", "检验次数"},
        {"False alarms accepted in 1,000 runs", "每千次运行允许的误报"},
        {"Smallest corrected p", "最小校正p值"},
        {"Reviews", "需复核"},
        {"Births of a middle subject", "中等对象的出生数"},
        {"Ratio that it must have to be found 4 times in 5", "五次能发现四次的性别比"},
    };
    enum { COLUMNS = sizeof heads / sizeof *heads };
    static const int decimals[COLUMNS] = {0, 0, 0, 1, 4, 0, 0, 0};
    struct grid g;
    enum err code = grid_begin(&g, b, COLUMNS, run->n_looks, e);
    if (code)
        return code;
    for (size_t i = 0; i < COLUMNS; i++) {
        struct table_column *c =
            grid_column(&g, builder_say(b, heads[i][0], heads[i][1]), i > 0);
        c->decimals = decimals[i];
    }
    for (size_t i = 0; i < run->n_looks; i++) {
        const struct watch_look *k = &run->looks[i];
        struct cell *c = grid_row(&g, 0);
        *c++ = text_cell(label_in(k->look->label, b->zh));
        *c++ = number_or_none((double)k->n_subjects);
        *c++ = number_or_none((double)k->n_windows);
        *c++ = number_or_none(k->look->kind < LOOK_FOUND ? 1000 * k->look->alarm : NAN);
        *c++ = p_cell(k);
        *c++ = number_or_none((double)k->n_reviews);
        *c++ = number_or_none(isfinite(k->detectable) ? k->typical : NAN);
        *c++ = number_or_none(k->detectable);
    }
    return grid_end(
        &g, builder_say(b, "How it was looked", "监测方法与灵敏度"),
        builder_say(
            b,
            "A look in which nothing was found says only that nothing as large "
            "as the last column is likely to be there.",
            "某项未发现信号，只说明不大可能存在末列那样大的偏离，不等于没有偏离。"),
        e);
}

// --- areas

static enum err areas(struct builder *b, const struct watch_run *run, struct error *e)
{
    const struct indicator *r = run->watch->ratio;
    struct grid g;
    if (!run->n_areas)
        return ERR_OK;
    enum err code = grid_begin(&g, b, 5, run->n_areas, e);
    if (code)
        return code;
    grid_column(&g, builder_say(b, "Area", "地区"), false);
    grid_column(&g, builder_say(b, "Births", "出生数"), true);
    grid_column(
        &g, builder_say(b, "Ratio as counted (95 % interval)", "实计性别比（95%区间）"),
        true)
        ->decimals = r->decimals;
    grid_column(
        &g, builder_say(b, "Best estimate (95 % interval)", "最佳估计（95%区间）"), true)
        ->decimals = r->decimals;
    grid_column(&g,
                builder_say(b, "Chance of being above the reference", "高于参考值的概率"),
                true)
        ->decimals = 2;
    for (size_t i = 0; i < run->n_areas; i++) {
        const struct watch_area *x = &run->areas[i];
        struct cell *c = grid_row(&g, 0);
        *c++ = text_cell(measure_root_name(b->m, x->area, b->zh));
        *c++ = number_or_none(x->of_all);
        *c++ = (struct cell){
            .kind = CELL_INTERVAL, .value = x->value, .low = x->low, .high = x->high};
        *c++ = (struct cell){.kind = CELL_INTERVAL,
                             .value = x->smooth,
                             .low = x->smooth_low,
                             .high = x->smooth_high};
        *c++ = number_or_none(x->above);
    }
    struct str note = str_format(
        b->a,
        b->zh
            ? "统计起自%s。最佳估计在各地区之间借力：出生数少的地区向全体靠拢。排列"
              "按区划顺序，不作排名。"
            : "Counted from %s. The best estimate borrows from the other areas: where "
              "births are few it is drawn to the middle. In the order of the tree; this "
              "is no ranking.",
        date_text(b->a, run->first, b->zh).p);
    return grid_end(
        &g,
        builder_say(b, "Areas, as counted and as best believed", "各地区实计与最佳估计"),
        note, e);
}

enum err template_watch(const struct measure *m, struct arena *a,
                        const struct watch_run *run, bool zh, struct doc **out,
                        struct error *e)
{
    struct builder b;
    struct str title = str_format(a, zh ? "监测：" STR_FMT : "Watch: " STR_FMT,
                                  STR_ARG(label_in(run->watch->label, zh)));
    enum err code = title.p
                        ? builder_begin(&b, m, a, title, run->period, run->root, zh, e)
                        : error_memory(e);
    if (!code && !(summary(&b, run) && signals(&b, run, true) && signals(&b, run, false)))
        code = error_memory(e);
    if (!code)
        code = chart(&b, run, e);
    if (!code)
        code = areas(&b, run, e);
    if (!code)
        code = looks(&b, run, e);
    *out = b.d;
    return code;
}
