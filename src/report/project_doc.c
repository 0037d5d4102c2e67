// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/project_doc.h"

#include <math.h>
#include <string.h>

#include "report/doc_text.h"
#include "report/project_private.h"

enum { MOST_COLUMNS = 9 };

struct writer {
    const struct project_page *page;
    const struct project_forecast *f;
    struct doc *d;
    struct arena *a;
    bool zh, failed;
    struct project_sentence *note;
    size_t n_note;
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

// Persons: with one decimal where they are thousands and few.
static const char *persons(struct writer *w, double value)
{
    return number(w, value, w->page->thousands && fabs(value) < 1000 ? 1 : 0);
}

static const char *unit(const struct writer *w)
{
    return w->page->thousands ? say(w, " thousand", "千人") : say(w, "", "人");
}

static void *array(struct writer *w, size_t n, size_t size)
{
    void *p = arena_alloc(w->a, n + 1, size);
    w->failed |= !p;
    return p;
}

static int year_of(const struct writer *w, size_t moment)
{
    return (int)w->f->shape.year + (int)moment * (int)w->f->shape.width;
}

static const double *at(const struct project_forecast *f, enum project_figure i,
                        size_t moment)
{
    return f->figure[i] + moment * Q;
}

static void heading(struct writer *w, const char *en, const char *zh)
{
    w->failed |= !doc_heading(w->d, 1, word(w, en, zh));
}

static void paragraph(struct writer *w, struct buf *text)
{
    w->failed |= text->failed || !doc_paragraph(w->d, buf_str(text));
    buf_free(text);
}

// ---- the note ----

// Takes the text.
static void sentence(struct writer *w, const char *kind, bool warns, struct buf *text)
{
    struct str kept =
        text->failed ? (struct str){NULL, 0} : str_copy(w->a, buf_str(text));
    buf_free(text);
    w->failed |= !kept.p;
    w->note[w->n_note++] = (struct project_sentence){kind, warns, kept};
}

// The first moment from which a quantile of a figure is at least (or, below, at most) a
// threshold; SIZE_MAX: never.
static size_t first_at(const struct writer *w, enum project_figure i, int quantile,
                       double threshold, bool below)
{
    for (size_t t = 0; t < w->f->moments; t++) {
        double v = at(w->f, i, t)[quantile];
        if (below ? v <= threshold : v >= threshold)
            return t;
    }
    return SIZE_MAX;
}

// "in 2035 (80 % interval 2030 to 2045)", "already".
static const char *when(struct writer *w, enum project_figure i, double threshold,
                        bool below)
{
    size_t first = first_at(w, i, below ? LOW80 : HIGH80, threshold, below);
    size_t middle = first_at(w, i, MIDDLE, threshold, below);
    size_t last = first_at(w, i, below ? HIGH80 : LOW80, threshold, below);
    if (middle == 0)
        return say(w, "already", "目前已经");
    struct str end = last == SIZE_MAX
                         ? str_format(w->a, say(w, "after %d", "%d年以后"),
                                      year_of(w, w->f->moments - 1))
                         : str_format(w->a, say(w, "%d", "%d年"), year_of(w, last));
    return keep(w, str_format(w->a,
                              say(w, "in %d (80%% interval %d to " STR_FMT ")",
                                  "%d年（80%%区间：%d年至" STR_FMT "）"),
                              year_of(w, middle), year_of(w, first), STR_ARG(end)));
}

static void sentence_people(struct writer *w)
{
    struct buf out = BUF_INIT(1 << 16);
    size_t last = w->f->moments - 1;
    const double *now = at(w->f, PROJECT_ALL, 0), *then = at(w->f, PROJECT_ALL, last);
    double change = 100 * (then[MIDDLE] / now[MIDDLE] - 1);
    const char *area =
        w->page->area.n ? keep(w, w->page->area) : say(w, "The area", "本地区");
    if (w->zh)
        buf_printf(&out,
                   "%s%d年人口%s%s。到%d年预计为%s%s（95%%区间%s至%s；80%%区间%s至%s），"
                   "比现在%s%s%%。",
                   area, year_of(w, 0), persons(w, now[MIDDLE]), unit(w),
                   year_of(w, last), persons(w, then[MIDDLE]), unit(w),
                   persons(w, then[LOW95]), persons(w, then[HIGH95]),
                   persons(w, then[LOW80]), persons(w, then[HIGH80]),
                   change < 0 ? "减少" : "增加", number(w, fabs(change), 1));
    else
        buf_printf(
            &out,
            "%s has %s%s people in %d. In %d it will have %s%s (95%% interval %s to "
            "%s; 80%% %s to %s), %s%% %s than now.",
            area, persons(w, now[MIDDLE]), unit(w), year_of(w, 0), year_of(w, last),
            persons(w, then[MIDDLE]), unit(w), persons(w, then[LOW95]),
            persons(w, then[HIGH95]), persons(w, then[LOW80]), persons(w, then[HIGH80]),
            number(w, fabs(change), 1), change < 0 ? "fewer" : "more");
    sentence(w, "people", false, &out);
}

// One warning: what, its threshold, when. Said only where the median comes to it.
static bool warn(struct writer *w, const char *kind, enum project_figure i,
                 double threshold, bool below, const char *en, const char *zh)
{
    if (first_at(w, i, MIDDLE, threshold, below) == SIZE_MAX)
        return false;
    struct buf out = BUF_INIT(1 << 16);
    buf_printf(&out, say(w, "%s: %s.", "%s：%s。"), say(w, en, zh),
               when(w, i, threshold, below));
    sentence(w, kind, true, &out);
    return true;
}

static void sentence_births(struct writer *w)
{
    struct buf out = BUF_INIT(1 << 16);
    size_t last = w->f->moments - 1;
    double missing = 0;
    for (size_t t = 1; t <= last; t++)
        missing += at(w->f, PROJECT_MISSING, t)[MIDDLE];
    const double *born = at(w->f, PROJECT_BOYS_BORN, 1);
    const double *now = at(w->f, PROJECT_SUITORS, 0), *peak = now;
    size_t when_peak = 0;
    for (size_t t = 1; t <= last; t++)
        if (at(w->f, PROJECT_SUITORS, t)[MIDDLE] > peak[MIDDLE]) {
            peak = at(w->f, PROJECT_SUITORS, t);
            when_peak = t;
        }
    if (born[MIDDLE] > PROJECT_SKEWED_BIRTHS) {
        buf_printf(
            &out,
            say(w,
                "%s boys to 100 girls (95%% interval %s to %s) are expected "
                "among the births of the first step (warned above %s). Against "
                "%s, girls missing up to %d: %s%s (the medians of all steps; "
                "the interval of each is in the table).",
                "第一步出生性别比预计为%s（95%%区间%s至%s；高于%s即预警）。"
                "以%s为参照，至%d年累计缺少女孩%s%s（各步中位数之和，各步区间见表）。"),
            number(w, born[MIDDLE], 1), number(w, born[LOW95], 1),
            number(w, born[HIGH95], 1), number(w, PROJECT_SKEWED_BIRTHS, 0),
            number(w, 100 * w->f->reference, 1), year_of(w, last), persons(w, missing),
            unit(w));
        sentence(w, "boys", true, &out);
        out = BUF_INIT(1 << 16);
    }
    buf_printf(&out,
               say(w,
                   "Men of 25-34 to 100 women of 23-32: %s now, at most %s in %d (95%% "
                   "interval %s to %s; warned above %s).",
                   "25—34岁男性与23—32岁女性之比（女=100）：现为%s，最高为%s（%d年，95%%"
                   "区间%s至%s；高于%s即预警）。"),
               number(w, now[MIDDLE], 1), number(w, peak[MIDDLE], 1),
               year_of(w, when_peak), number(w, peak[LOW95], 1),
               number(w, peak[HIGH95], 1), number(w, PROJECT_MANY_SUITORS, 0));
    sentence(w, "partners", false, &out);
}

static void make_note(struct writer *w)
{
    sentence_people(w);
    double births = NAN, workers = at(w->f, PROJECT_WORKING, 0)[MIDDLE];
    if (w->f->moments > 1)
        births = at(w->f, PROJECT_BORN, 1)[MIDDLE];
    int said = 0;
    said += warn(w, "aged", PROJECT_OLD_SHARE, PROJECT_VERY_AGED, false,
                 "20 of 100 people are 65 or over (a very aged population)",
                 "65岁及以上人口占20%以上（超老龄社会）") ||
            warn(w, "aged", PROJECT_OLD_SHARE, PROJECT_AGED, false,
                 "14 of 100 people are 65 or over (an aged population)",
                 "65岁及以上人口占14%以上（深度老龄社会）");
    said += warn(w, "births", PROJECT_BORN, births * (1 - PROJECT_FEWER_BIRTHS / 100),
                 true, "Births are 20% or more below those of the first step",
                 "年出生人数比第一步下降20%以上");
    said += warn(
        w, "workers", PROJECT_WORKING, workers * (1 - PROJECT_FEWER_WORKERS / 100), true,
        "People of 15-64 are 10% or more below now", "15—64岁人口比现在减少10%以上");
    said += warn(w, "dependent", PROJECT_DEPENDENT, PROJECT_MANY_DEPENDENTS, false,
                 "70 or more people under 15 or over 64 depend on 100 of 15-64",
                 "总抚养比达到70以上");
    said += warn(w, "suitors", PROJECT_SUITORS, PROJECT_MANY_SUITORS, false,
                 "110 or more men of 25-34 to 100 women of 23-32",
                 "25—34岁男性与23—32岁女性之比达到110以上");
    if (!said) {
        struct buf out = BUF_INIT(1 << 16);
        buf_add_c(&out, say(w, "No threshold of this note is reached by the median.",
                            "中位数未达到本提示的任何预警线。"));
        sentence(w, "none", false, &out);
    }
    if (w->f->moments > 1)
        sentence_births(w);
    if (w->f->negative > 0) {
        struct buf out = BUF_INIT(1 << 16);
        buf_printf(&out,
                   say(w,
                       "In %s%% of the trajectories more people leave a group of age "
                       "than there are: lower its net migration.",
                       "%s%%的轨迹中某年龄组迁出人数超过现有人数，请调低净迁移。"),
                   number(w, 100 * w->f->negative, 1));
        sentence(w, "negative", true, &out);
    }
}

static void add_note(struct writer *w)
{
    struct project_sentence note[PROJECT_DOC_SENTENCES];
    w->note = note;
    heading(w, "Early warning", "预警提示");
    make_note(w);
    for (size_t i = 0; i < w->n_note && !w->failed; i++) {
        struct buf out = BUF_INIT(1 << 16);
        buf_printf(&out, "%s" STR_FMT, note[i].warns ? "⚠ " : "", STR_ARG(note[i].text));
        paragraph(w, &out);
    }
    w->note = NULL;
}

size_t project_doc_note(struct arena *a, const struct project_page *page,
                        struct project_sentence out[PROJECT_DOC_SENTENCES])
{
    struct writer w = {
        .page = page, .f = page->ahead, .a = a, .zh = page->zh, .note = out};
    make_note(&w);
    return w.failed ? 0 : w.n_note;
}

// ---- the scenario ----

static void add_difference(struct writer *w)
{
    const struct project_forecast *base = w->page->without;
    struct buf out = BUF_INIT(1 << 16);
    size_t last = w->f->moments - 1;
    double missing = 0, missing_base = 0;
    if (!base)
        return;
    heading(w, "What the scenario changes", "情景的影响");
    for (size_t t = 1; t <= last; t++) {
        missing += at(w->f, PROJECT_MISSING, t)[MIDDLE];
        missing_base += at(base, PROJECT_MISSING, t)[MIDDLE];
    }
    buf_printf(
        &out,
        say(w,
            "Scenario \"%s\", drawn with the same random numbers as without it. People "
            "in %d: %s%s instead of %s; girls missing up to then: %s instead of %s; men "
            "of 25-34 to 100 women of 23-32 in %d: %s instead of %s.",
            "情景“%s”与原方案使用相同的随机数。%d年人口：%s%s（原方案%s）；至该年累计"
            "缺少女孩：%s（原方案%s）；%d年25—34岁男性与23—32岁女性之比：%s（原方案%"
            "s）。"),
        keep(w, w->f->scenario), year_of(w, last),
        persons(w, at(w->f, PROJECT_ALL, last)[MIDDLE]), unit(w),
        persons(w, at(base, PROJECT_ALL, last)[MIDDLE]), persons(w, missing),
        persons(w, missing_base), year_of(w, last),
        number(w, at(w->f, PROJECT_SUITORS, last)[MIDDLE], 1),
        number(w, at(base, PROJECT_SUITORS, last)[MIDDLE], 1));
    paragraph(w, &out);
}

// ---- charts ----

static struct str *years(struct writer *w)
{
    struct str *out = array(w, w->f->moments, sizeof *out);
    for (size_t t = 0; out && t < w->f->moments; t++) {
        out[t] = str_format(w->a, "%d", year_of(w, t));
        w->failed |= !out[t].p;
    }
    return out;
}

static double *column(struct writer *w, const double *rows, size_t n, size_t stride,
                      size_t quantile)
{
    double *out = array(w, n, sizeof *out);
    for (size_t i = 0; out && i < n; i++)
        out[i] = rows[i * stride + quantile];
    return out;
}

// A fan: the 95 % band, and within it the 80 % band, around one median.
static void add_fan(struct writer *w, enum project_figure i, const char *en,
                    const char *zh, const char *label_en, const char *label_zh)
{
    const double *rows = w->f->figure[i];
    size_t n = w->f->moments;
    struct series s[3] = {{.label = word(w, "95%", "95%")},
                          {.label = word(w, "80%", "80%")}};
    for (size_t k = 0; k < 2; k++) {
        s[k].value = column(w, rows, n, Q, MIDDLE);
        s[k].low = column(w, rows, n, Q, k ? LOW80 : LOW95);
        s[k].high = column(w, rows, n, Q, k ? HIGH80 : HIGH95);
        s[k].role = k ? SERIES_TOTAL : SERIES_ANY;
    }
    size_t used = 2;
    if (w->page->without) {
        s[used].label = word(w, "without", "原方案");
        s[used].role = SERIES_BEFORE;
        s[used++].value = column(w, w->page->without->figure[i], n, Q, MIDDLE);
    }
    struct doc_chart chart = {.form = CHART_FORM_LINE,
                              .title = word(w, en, zh),
                              .value_label = word(w, label_en, label_zh),
                              .categories = years(w),
                              .n_categories = n,
                              .series = s,
                              .n_series = used,
                              .bare = true,
                              .note = word(w,
                                           "Median, with the bands that hold 80 and 95 "
                                           "of 100 trajectories.",
                                           "中位数及80%、95%的轨迹所在的区间。")};
    w->failed |= w->failed || !doc_chart(w->d, &chart);
}

// ---- groups of age ----

struct project_need *project_doc_needs(struct arena *a, const struct project_shape *s,
                                       const struct project_need *needs, size_t *n,
                                       size_t *groups)
{
    if (!needs)
        needs = project_needs_standard(n);
    *groups = (s->ages - 1) * (size_t)s->width / PROJECT_DOC_GROUP + 1;
    struct project_need *out = ARENA_ARRAY(a, struct project_need, *n + 2 * *groups);
    if (!out)
        return NULL;
    memcpy(out, needs, *n * sizeof *out);
    for (size_t i = 0; i < 2 * *groups; i++) {
        int32_t from = (int32_t)(i % *groups) * PROJECT_DOC_GROUP;
        bool women = i / *groups == PROJECT_FEMALE, open = (i + 1) % *groups == 0;
        struct str name =
            str_format(a, "%s of %d and on", women ? "women" : "men", (int)from);
        if (!name.p)
            return NULL;
        out[(*n)++] =
            (struct project_need){.name = name,
                                  .name_zh = name,
                                  .who = women ? PROJECT_OF_WOMEN : PROJECT_OF_MEN,
                                  .from = from,
                                  .to = open ? -1 : from + PROJECT_DOC_GROUP - 1,
                                  .each = 1};
    }
    return out;
}

static size_t ages_of(const struct writer *w)
{
    return w->page->n_groups ? w->page->n_groups : w->f->shape.ages;
}

static const double *people_at(const struct writer *w, size_t sex, size_t age,
                               size_t moment)
{
    if (w->page->n_groups)
        return w->f->needed[project_needs_told(w->page) + sex * w->page->n_groups + age] +
               moment * Q;
    return w->f->people[sex] + (moment * w->f->shape.ages + age) * Q;
}

static double *people_column(struct writer *w, size_t sex, size_t moment, size_t quantile)
{
    size_t n = ages_of(w);
    double *out = array(w, n, sizeof *out);
    for (size_t i = 0; out && i < n; i++)
        out[i] = people_at(w, sex, i, moment)[quantile];
    return out;
}

// The four series of a pyramid: both sexes then, and the outlines of now.
static struct series *pyramid_of(struct writer *w, size_t moment)
{
    struct series *s = array(w, 4, sizeof *s);
    for (size_t side = 0; s && side < 2; side++) {
        size_t sex = side ? PROJECT_FEMALE : PROJECT_MALE;
        s[side].role = side ? SERIES_FEMALE : SERIES_MALE;
        s[side].label = side ? word(w, "women", "女") : word(w, "men", "男");
        s[side].value = people_column(w, sex, moment, MIDDLE);
        s[side].low = people_column(w, sex, moment, LOW95);
        s[side].high = people_column(w, sex, moment, HIGH95);
        s[side + 2].label =
            side ? word(w, "women now", "女（现在）") : word(w, "men now", "男（现在）");
        s[side + 2].role = SERIES_BEFORE;
        s[side + 2].value = people_column(w, sex, 0, MIDDLE);
    }
    return s;
}

static struct str *age_names(struct writer *w)
{
    size_t ages = ages_of(w);
    int32_t width = w->page->n_groups ? PROJECT_DOC_GROUP : w->f->shape.width;
    struct str *names = array(w, ages, sizeof *names);
    for (size_t a = 0; names && a < ages; a++) {
        int from = (int)a * (int)width;
        names[a] = a + 1 == ages ? str_format(w->a, "%d+", from)
                   : width == 1  ? str_format(w->a, "%d", from)
                                : str_format(w->a, "%d–%d", from, from + (int)width - 1);
        w->failed |= !names[a].p;
    }
    return names;
}

enum { MOST_FRAMES = 21 };

// Every moment, or every fifth year, of the pyramid: what HTML plays.
static struct doc_frame *frames(struct writer *w, size_t last, size_t *n, double *most)
{
    size_t every = 1 + last / MOST_FRAMES, ages = ages_of(w);
    struct doc_frame *out = array(w, last + 2, sizeof *out);
    *n = 0;
    for (size_t t = 0; out && t <= last;
         t = t < last && t + every > last ? last : t + every) {
        out[*n].series = pyramid_of(w, t);
        out[*n].label = str_format(w->a, "%d", year_of(w, t));
        w->failed |= !out[(*n)++].label.p;
        for (size_t i = 0; i < 2 * ages; i++)
            *most = fmax(*most, people_at(w, i / ages, i % ages, t)[HIGH95]);
    }
    return out;
}

static void add_pyramid(struct writer *w, size_t moment, bool plays)
{
    struct doc_chart chart = {
        .form = CHART_FORM_PYRAMID,
        .title = str_format(w->a, say(w, "By sex and age in %d", "%d年分性别年龄人口"),
                            year_of(w, moment)),
        .note =
            str_format(w->a,
                       say(w, "Bars: medians with 95%% intervals. Broken outline: %d.",
                           "条形为中位数及95%%区间；虚线轮廓为%d年。"),
                       year_of(w, 0)),
        .value_label =
            w->page->thousands ? word(w, "thousand", "千人") : word(w, "people", "人"),
        .categories = age_names(w),
        .n_categories = ages_of(w),
        .series = pyramid_of(w, moment),
        .n_series = moment ? 4 : 2};
    if (plays)
        chart.frames = frames(w, moment, &chart.n_frames, &chart.most);
    w->failed |= w->failed || !doc_chart(w->d, &chart);
}

// ---- tables ----

// Moments that a table has columns or rows for: the start, the end, and round ones.
static size_t shown(const struct writer *w, size_t *out, size_t most)
{
    size_t n = 0, last = w->f->moments - 1, every = 1;
    int span = (int)last * (int)w->f->shape.width;
    static const int steps[] = {1, 2, 5, 10, 20, 25, 50};
    for (size_t i = 0; i < 7; i++) {
        every =
            (size_t)(steps[i] / w->f->shape.width > 1 ? steps[i] / w->f->shape.width : 1);
        if (steps[i] >= w->f->shape.width && (size_t)(span / steps[i]) + 1 <= most)
            break;
    }
    for (size_t t = 0; t <= last && n < most; t += every)
        out[n++] = t;
    if (n && out[n - 1] != last)
        out[n < most ? n++ : n - 1] = last;
    return n;
}

static struct cell interval(const double *q, bool eighty)
{
    if (isnan(q[MIDDLE]))
        return (struct cell){.kind = CELL_EMPTY};
    if (q[LOW95] == q[HIGH95]) // as counted
        return (struct cell){.kind = CELL_NUMBER, .value = q[MIDDLE]};
    return (struct cell){.kind = CELL_INTERVAL,
                         .value = q[MIDDLE],
                         .low = q[eighty ? LOW80 : LOW95],
                         .high = q[eighty ? HIGH80 : HIGH95]};
}

static void add_summary(struct writer *w)
{
    static const enum project_figure figures[] = {
        PROJECT_ALL,       PROJECT_YOUNG, PROJECT_WORKING,  PROJECT_OLD,
        PROJECT_OLD_SHARE, PROJECT_BORN,  PROJECT_DEPENDENT};
    enum { COLUMNS = 8, MOST = 24 };
    static const char *const titles[2][COLUMNS] = {
        {"Year", "People", "0-14", "15-64", "65+", "65+ of 100", "Births a year",
         "Dependent on 100"},
        {"年份", "总人口", "0—14岁", "15—64岁", "65岁及以上", "65岁及以上（%）", "年出生",
         "总抚养比"}};
    size_t moments[MOST], n = shown(w, moments, MOST);
    struct table_column columns[COLUMNS] = {{.title = str_of(titles[w->zh][0])}};
    struct cell *cells = array(w, n * COLUMNS, sizeof *cells);
    for (size_t c = 1; c < COLUMNS; c++)
        columns[c] = (struct table_column){
            .title = str_of(titles[w->zh][c]), .align = ALIGN_RIGHT, .decimals = 0};
    columns[5].decimals = columns[7].decimals = 1;
    for (size_t i = 0; cells && i < n; i++) {
        cells[i * COLUMNS] = (struct cell){
            .kind = CELL_TEXT, .text = str_format(w->a, "%d", year_of(w, moments[i]))};
        w->failed |= !cells[i * COLUMNS].text.p;
        for (size_t c = 1; c < COLUMNS; c++)
            cells[i * COLUMNS + c] =
                interval(at(w->f, figures[c - 1], moments[i]), false);
    }
    struct doc_table table = {
        .title = word(w, "The years ahead", "未来各年"),
        .columns = columns,
        .n_columns = COLUMNS,
        .cells = cells,
        .n_rows = n,
        .note = word(w,
                     "Medians with 95% intervals. Births are a year's of the step that "
                     "ended.",
                     "中位数及95%区间。出生为该步内的年均数。")};
    w->failed |= w->failed || !doc_table(w->d, &table);
}

// Rows of figures by name, a column for each year shown.
static void add_rows(struct writer *w, struct str title, struct str note,
                     const struct str *names, const double *const *rows, size_t n,
                     const int *decimals)
{
    size_t moments[MOST_COLUMNS], m = shown(w, moments, MOST_COLUMNS - 1);
    struct table_column *columns = array(w, m + 1, sizeof *columns);
    struct cell *cells = array(w, n * (m + 1), sizeof *cells);
    if (w->failed)
        return;
    columns[0].title = word(w, "What", "项目");
    for (size_t k = 0; k < m; k++) {
        columns[k + 1].title = str_format(w->a, "%d", year_of(w, moments[k]));
        columns[k + 1].align = ALIGN_RIGHT;
        w->failed |= !columns[k + 1].title.p;
    }
    for (size_t i = 0; i < n; i++) {
        cells[i * (m + 1)] = (struct cell){.kind = CELL_TEXT, .text = names[i]};
        for (size_t k = 0; k < m; k++) {
            struct cell *c = &cells[i * (m + 1) + k + 1];
            *c = interval(rows[i] + moments[k] * Q, true);
            c->more_decimals = decimals ? decimals[i] : 0;
        }
    }
    struct doc_table table = {.title = title,
                              .columns = columns,
                              .n_columns = m + 1,
                              .cells = cells,
                              .n_rows = n,
                              .note = note};
    w->failed |= w->failed || !doc_table(w->d, &table);
}

static void add_needs(struct writer *w)
{
    const struct project_forecast *f = w->f;
    size_t n = project_needs_told(w->page);
    struct str *names = array(w, n, sizeof *names);
    int *decimals = array(w, n, sizeof *decimals);
    for (size_t i = 0; names && decimals && i < n; i++) {
        const struct project_need *need = &f->needs[f->need[i]];
        names[i] = w->zh ? need->name_zh : need->name;
        double last = f->needed[i][(f->moments - 1) * Q + MIDDLE];
        decimals[i] = last < 20 ? 1 : 0;
    }
    heading(w, "What will be needed", "未来需求");
    if (!w->failed)
        add_rows(w, word(w, "Needs of a year", "年度需求"),
                 word(w,
                      "Medians with 80% intervals. At the start, births are not known.",
                      "中位数及80%区间。起始年出生未知。"),
                 names, (const double *const *)f->needed, n, decimals);
}

// Men of 25-34 beyond the women of 23-32, of 100 men: 100 - 10,000 / ratio rises with the
// ratio, so that quantiles go over into quantiles.
static const double *surplus(struct writer *w, const struct project_forecast *f)
{
    double *out = array(w, f->moments * Q, sizeof *out);
    for (size_t i = 0; out && i < f->moments * Q; i++)
        out[i] = fmax(0, 100 - 10000 / f->figure[PROJECT_SUITORS][i]);
    return out;
}

static void add_ratio(struct writer *w)
{
    const struct project_forecast *f = w->f, *b = w->page->without;
    struct str names[7] = {
        word(w, "Boys to 100 girls at birth", "出生性别比（女=100）"),
        word(w, "Girls missing among the births of the step", "该步出生中缺少的女孩"),
        word(w, "Men 25-34 to 100 women 23-32", "25—34岁男性/23—32岁女性（女=100）"),
        word(w, "Of 100 men of 25-34, more than there are women",
             "每100名25—34岁男性中多出的人数"),
        word(w, "without the scenario: boys to 100 girls", "原方案：出生性别比"),
        word(w, "without: girls missing", "原方案：缺少的女孩"),
        word(w, "without: men to 100 women", "原方案：婚龄男女比")};
    const double *rows[7] = {f->figure[PROJECT_BOYS_BORN], f->figure[PROJECT_MISSING],
                             f->figure[PROJECT_SUITORS], surplus(w, f)};
    static const int decimals[7] = {1, 0, 1, 1, 1, 0, 1};
    if (b) {
        rows[4] = b->figure[PROJECT_BOYS_BORN];
        rows[5] = b->figure[PROJECT_MISSING];
        rows[6] = b->figure[PROJECT_SUITORS];
    }
    heading(w, "The ratio at birth and what follows", "出生性别比及其后果");
    add_rows(
        w, word(w, "Births and marriage", "出生与婚配"),
        word(w,
             "Medians with 80% intervals. Missing girls: boys over the reference, "
             "less girls. The men and women are those of marriageable age then; a "
             "ratio says how many partners there are, not who marries.",
             "中位数及80%区间。缺少的女孩＝男孩÷参照值－女孩。多出的男性仅为人数之差，"
             "不代表实际婚配；其出生队列为25—34年前。"),
        names, rows, b ? 7 : 4, decimals);
}

// ---- cohorts of birth ----

struct cohort_column {
    const char *en, *zh;
    enum project_cohort_figure figure;
    bool without;
    int decimals;
};

// A row for each five years of birth (or every fifth year) of which anything is known.
static void add_cohort_table(struct writer *w, struct str title, struct str note,
                             const struct cohort_column *list, size_t n)
{
    int64_t width = w->f->shape.width, every = width == 1 ? 5 : 1, rows = 0;
    int64_t first = -MARRIAGE_END / width, last = (int64_t)w->f->moments - 1;
    struct table_column *columns = array(w, n + 1, sizeof *columns);
    struct cell *cells = array(w, (size_t)(last - first + 1) * (n + 1), sizeof *cells);
    if (w->failed)
        return;
    columns[0].title = word(w, "Born", "出生年份");
    for (size_t k = 0; k < n; k++)
        columns[k + 1] = (struct table_column){.title = word(w, list[k].en, list[k].zh),
                                               .align = ALIGN_RIGHT,
                                               .decimals = list[k].decimals};
    for (int64_t born = first; born <= last; born++) {
        int year = (int)(w->f->shape.year + (born - 1) * width + w->page->ends);
        int last_year = year + (int)width - w->page->ends;
        struct cell *row = cells + (size_t)rows * (n + 1);
        bool some = false;
        for (size_t k = 0; k < n; k++) {
            const struct project_forecast *f = list[k].without ? w->page->without : w->f;
            const double *q = project_forecast_cohort(f, born, list[k].figure);
            row[k + 1] = q ? interval(q, true) : (struct cell){.kind = CELL_EMPTY};
            some = some || q;
        }
        if (!some || year % every)
            continue;
        row[0] = (struct cell){.kind = CELL_TEXT,
                               .text = width == 1
                                           ? str_format(w->a, "%d", year)
                                           : str_format(w->a, "%d–%d", year, last_year)};
        w->failed |= !row[0].text.p;
        rows++;
    }
    struct doc_table table = {.title = title,
                              .columns = columns,
                              .n_columns = n + 1,
                              .cells = cells,
                              .n_rows = (size_t)rows,
                              .note = note};
    w->failed |= w->failed || (rows && !doc_table(w->d, &table));
}

static void add_single(struct writer *w)
{
    static const struct cohort_column columns[] = {
        {"Men", "男", PROJECT_COHORT_SINGLE_MEN, false, 1},
        {"Women", "女", PROJECT_COHORT_SINGLE_WOMEN, false, 1},
        {"Men, without", "男（原方案）", PROJECT_COHORT_SINGLE_MEN, true, 1},
        {"Women, without", "女（原方案）", PROJECT_COHORT_SINGLE_WOMEN, true, 1}};
    const struct marriage_schedule *s = &w->f->marriage;
    bool harmonic = w->f->rule == MARRIAGE_HARMONIC;
    if (!w->f->cohort[PROJECT_COHORT_SINGLE_MEN])
        return;
    struct str note = str_format(
        w->a,
        say(w,
            "Medians with 80%% intervals, of cohorts whom the model has seen since 15. "
            "Were both sexes equally many, %s of 100 would have married at 50, women at "
            "%s and men at %s on average (declared, not of this place); what differs "
            "from that is made by numbers alone. Couples by %s.",
            "中位数及80%%"
            "区间，仅列15岁起即在模型内的队列。若男女人数相等，50岁时每百人中%"
            "s人结过婚，平均初婚年龄女%s岁、男%"
            "s岁（声明值，非本地估计）；与此不同之处仅由"
            "人数造成。配对方法：%s。"),
        number(w, 100 * s->ever, 1), number(w, s->mean[MARRIAGE_WOMEN], 1),
        number(w, s->mean[MARRIAGE_MEN], 1),
        harmonic ? say(w, "the harmonic mean of both numbers at each pair of ages",
                       "各年龄组合男女人数的调和平均")
                 : say(w, "matching, in which ages compete (Choo and Siow 2006)",
                       "Choo–Siow（2006）匹配，各年龄相互竞争"));
    w->failed |= !note.p;
    add_cohort_table(w,
                     word(w, "Never married at 50, of 100", "50岁时从未结婚（每百人）"),
                     note, columns, w->page->without ? 4 : 2);
}

static void add_cohorts(struct writer *w)
{
    static const struct cohort_column columns[] = {
        {"Boys", "男孩", PROJECT_COHORT_BOYS, false, 0},
        {"Girls", "女孩", PROJECT_COHORT_GIRLS, false, 0},
        {"Girls missing", "缺少的女孩", PROJECT_COHORT_MISSING, false, 0},
        {"At 30: men to 100 women", "30岁时男女比（女=100）", PROJECT_COHORT_TO_100,
         false, 1},
        {"Men more than women", "男性多出人数", PROJECT_COHORT_BEYOND, false, 0},
        {"Girls missing, without", "缺少的女孩（原方案）", PROJECT_COHORT_MISSING, true,
         0},
        {"Men to 100, without", "男女比（原方案）", PROJECT_COHORT_TO_100, true, 1}};
    const struct marriage_schedule *s = &w->f->marriage;
    const char *age = w->f->shape.width == 1 ? "30" : "30–34";
    struct str note = str_format(
        w->a,
        say(w,
            "Medians with 80%% intervals. Men of the cohort at %s, and women of the ages "
            "that marry men of this age: younger by %s years on average, with a spread "
            "of %s (declared). Numbers of people, not who marries.",
            "中位数及80%%区间。%s岁时的该队列男性，对其通常婚配年龄的女性（平均小%s岁，"
            "标准差%s岁，声明值）。仅为人数，不代表实际婚配。"),
        age, number(w, s->mean[MARRIAGE_MEN] - s->mean[MARRIAGE_WOMEN], 1),
        number(w, s->gap_sd, 1));
    w->failed |= !note.p;
    add_cohort_table(w, word(w, "By cohort of birth", "按出生队列"), note, columns,
                     w->page->without ? 7 : 5);
    add_single(w);
}

static void add_method(struct writer *w)
{
    static const char *const en[] = {
        "total fertility", "life expectancy of women (years)",
        "gap of life expectancies (years)", "boys a girl", "net migration (persons)"};
    static const char *const zh[] = {"总和生育率", "女性预期寿命（岁）",
                                     "预期寿命性别差（岁）", "出生性别比（男/女）",
                                     "净迁移（人）"};
    struct buf out = BUF_INIT(1 << 16), given = BUF_INIT(1 << 16);
    heading(w, "How it was made", "方法说明");
    for (int s = 0; s < PROJECT_SERIES; s++)
        if (w->f->given[s])
            buf_printf(&given, "%s%s",
                       given.n ? say(w, "; ", "；")
                               : say(w, "Trajectories were given, not drawn, of: ",
                                     "以下指标的轨迹由文件给定，未经抽样："),
                       (w->zh ? zh : en)[s]);
    if (given.n) {
        buf_add_c(&given, say(w, ".", "。"));
        paragraph(w, &given);
    }
    buf_printf(&out,
               say(w,
                   "Cohort components; %zu trajectories. Each rate is its path as given, "
                   "plus an error that is declared, not estimated here: a first-order "
                   "autoregression with this standard deviation and memory in five "
                   "years: ",
                   "队列要素法，%zu条轨迹。各指标为给定路径加上声明的误差（一阶自回归，"
                   "非本地估计），五年的标准差与记忆系数为："),
               w->f->trajectories);
    bool some = false;
    for (int s = 0; w->page->declared && s < PROJECT_SERIES; s++) {
        const struct project_error *x = &w->page->declared[s];
        if (!(x->sd > 0))
            continue;
        buf_printf(&out, "%s%s %.3g, %.3g", some ? say(w, "; ", "；") : "",
                   (w->zh ? zh : en)[s], x->sd, x->rho);
        some = true;
    }
    buf_add_c(&out, some ? say(w, ".", "。") : say(w, "none.", "无。"));
    const struct project_error *declared = w->page->declared;
    if (declared && declared[PROJECT_TFR].by_level && declared[PROJECT_TFR].sd > 0)
        buf_add_c(&out, say(w,
                            " That of fertility is twice as large where fertility is "
                            "still to fall by .05 or is above 2.15.",
                            "总和生育率仍将下降0.05以上或高于2.15时，其误差加倍。"));
    if (declared && declared[PROJECT_E0].by_level && declared[PROJECT_E0].sd > 0)
        buf_add_c(&out, say(w,
                            " That of life expectancy is 5% larger for each year below "
                            "80.",
                            "女性预期寿命低于80岁时，每低1岁误差增加5%。"));
    if (w->page->nested)
        buf_add_c(
            &out,
            say(w,
                " Areas that are within others have their random numbers, and each "
                "trajectory of the parts adds up to that of the whole, in people by "
                "sex and age, births and deaths of each year shown. Medians and "
                "bounds do not add up, for no sum's do.",
                "下级与上级地区使用相同的随机数，每条轨迹分性别、年龄的人口及出生、"
                "死亡，下级合计均等于上级；但中位数和区间界限不能相加。"));
    buf_add_c(&out,
              say(w,
                  " Intervals hold what these errors say and nothing else: an area's "
                  "own fertility, mortality and above all migration may vary more.",
                  "区间只反映上述误差；本地生育、死亡、尤其是迁移的变动可能更大。"));
    paragraph(w, &out);
}

bool project_doc_add(struct doc *d, const struct project_page *page)
{
    struct writer w = {
        .page = page, .f = page->ahead, .d = d, .a = d->arena, .zh = page->zh};
    size_t last = w.f->moments - 1, thirty = (size_t)(30 / w.f->shape.width);
    add_note(&w);
    add_fan(&w, PROJECT_ALL, "People", "总人口", "people", "人");
    add_summary(&w);
    if (thirty < last)
        add_pyramid(&w, thirty, false);
    add_pyramid(&w, last, true);
    add_difference(&w);
    add_needs(&w);
    add_fan(&w, PROJECT_BORN, "Births a year", "年出生人数", "births", "人");
    add_fan(&w, PROJECT_OLD, "People of 65 and over", "65岁及以上人口", "people", "人");
    add_ratio(&w);
    add_cohorts(&w);
    add_method(&w);
    return !w.failed;
}
