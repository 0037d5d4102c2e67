// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/lifetable_doc.h"

#include <math.h>

#include "report/doc_text.h"

enum {
    MOST_TABLES = 6,   // shown whole
    MOST_FOREST = 40,  // with their intervals
    MOST_ROWS = 300,   // of the summary
    MOST_LINES = 6,    // in a chart
    FEW_DEATHS = 1000, // a table of fewer is mostly doubt
};

struct writer {
    const struct lifetable_page *page;
    const struct lifetable_study *s;
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

static void paragraph(struct writer *w, struct buf *text)
{
    w->failed |= text->failed || !doc_paragraph(w->d, buf_str(text));
    buf_free(text);
}

static void heading(struct writer *w, int level, struct str text)
{
    w->failed |= !text.p || !doc_heading(w->d, level, text);
}

const char *lifetable_doc_sex(enum lifetable_sex sex, bool zh)
{
    static const char *const words[3][2] = {
        {"women", "女"}, {"men", "男"}, {"both sexes", "男女合计"}};
    return words[sex][zh];
}

struct str lifetable_doc_age(struct arena *a, const struct lifetable *t, size_t i)
{
    if (i + 1 == t->n)
        return str_format(a, "%d+", (int)t->age[i]);
    int32_t last = t->age[i + 1] - 1;
    return last == t->age[i]
               ? str_format(a, "%d", (int)last)
               : str_format(a, "%d\xE2\x80\x93%d", (int)t->age[i], (int)last);
}

// "county A, 2014, women"
static struct str name_of(struct writer *w, const struct lifetable_one *o)
{
    const char *comma = w->zh ? "，" : ", ";
    struct str s = str_format(w->a, STR_FMT "%s" STR_FMT "%s%s", STR_ARG(o->area),
                              o->area.n ? comma : "", STR_ARG(o->year),
                              o->year.n ? comma : "", lifetable_doc_sex(o->sex, w->zh));
    w->failed |= !s.p;
    return s;
}

static const char *e0_text(struct writer *w, const struct lifetable_one *o)
{
    const char *value = number(w, o->t.e[0], 2);
    if (isnan(o->e0.low))
        return value;
    return keep(w, str_format(w->a, "%s (%s\xE2\x80\x93%s)", value,
                              number(w, o->e0.low, 2), number(w, o->e0.high, 2)));
}

// Sentences ----------------------------------------------------------------------------

static void sentence_known(struct writer *w)
{
    const struct lifetable_study *s = w->s;
    struct buf out = BUF_INIT(1 << 16);
    size_t few = 0, shown = s->n < MOST_TABLES ? s->n : 0;
    for (size_t i = 0; i < s->n; i++)
        few += s->list[i].all_deaths < FEW_DEATHS;
    for (size_t i = 0; i < shown; i++)
        buf_printf(&out,
                   say(w, "%s%s: life expectancy at birth %s years.",
                       "%s%s：出生预期寿命 %s 岁。"),
                   i ? "\n" : "", keep(w, name_of(w, &s->list[i])),
                   e0_text(w, &s->list[i]));
    if (!shown) {
        const struct lifetable_one *low = s->list, *high = s->list;
        for (size_t i = 1; i < s->n; i++) {
            low = s->list[i].t.e[0] < low->t.e[0] ? &s->list[i] : low;
            high = s->list[i].t.e[0] > high->t.e[0] ? &s->list[i] : high;
        }
        buf_printf(
            &out,
            say(w, "%s life tables: life expectancy at birth from %s (%s) to %s (%s).",
                "共 %s 张生命表：出生预期寿命最低 %s（%s），最高 %s（%s）。"),
            number(w, (double)s->n, 0), e0_text(w, low), keep(w, name_of(w, low)),
            e0_text(w, high), keep(w, name_of(w, high)));
    }
    if (few)
        buf_printf(&out,
                   say(w,
                       "\n%s of them count fewer than %d deaths: their differences are "
                       "mostly chance; look at the intervals, or take several years "
                       "together.",
                       "\n其中 %s 张的死亡数不足 %d "
                       "例：其差异多属偶然，请看区间，或合并数年。"),
                   number(w, (double)few, 0), (int)FEW_DEATHS);
    if (s->split)
        buf_add_c(
            &out,
            say(w,
                "\nAges 0-4 came as one group. Ages 0 and 1-4 were told apart by "
                "the log-quadratic model (Wilmoth et al. 2012) at the same "
                "mortality of 0-4 (in 180 published tables e(0) moved by at most "
                ".05 years, infants' mortality by 13%, half of them by 3%). Give ages 0 "
                "and 1-4 where infants are the question.",
                "\n0–4 岁为一组：按对数二次模型（Wilmoth 等 2012）在相同的 0–4 "
                "岁死亡水平下拆分为 0 岁与 1–4 岁（180 张公布的生命表中 e(0) 最多变动 "
                "0.05 年，婴儿死亡率最多 13%、半数在 3% "
                "以内）。如关注婴儿死亡，请分别提供 0 "
                "岁与 1–4 岁数据。"));
    if (s->without_doubt == s->n && !w->page->model)
        buf_add_c(&out,
                  say(w,
                      "\nWithout numbers of deaths no interval can be given (add columns "
                      "of deaths and population).",
                      "\n没有死亡数，无法给出区间（请加上死亡数与人口数两列）。"));
    paragraph(w, &out);
}

static void sentence_law(struct writer *w)
{
    static const char *const laws[3][2] = {{"Kannisto's law", "Kannisto 模型"},
                                           {"Gompertz's law", "Gompertz 模型"},
                                           {"Makeham's law", "Makeham 模型"}};
    const struct lifetable_one *o = w->s->list;
    if (!o->law.groups || !w->page->input->close)
        return;
    struct buf out = BUF_INIT(1 << 16);
    if (w->page->input->close_from)
        buf_printf(&out,
                   say(w, "Ages from %d on are those of %s, ", "%d 岁及以上采用 %s，"),
                   (int)w->page->input->close_from, laws[o->law.kind][w->zh]);
    else
        buf_printf(&out,
                   say(w, "Old ages are carried on by %s, ", "高龄部分由 %s 外推，"),
                   laws[o->law.kind][w->zh]);
    buf_printf(&out,
               say(w, "fitted from age %d on by the likelihood of the deaths.",
                   "自 %d 岁起按死亡数的似然拟合。"),
               (int)o->law.from);
    paragraph(w, &out);
}

static void sentence_smooth(struct writer *w)
{
    const struct lifetable_input *in = w->page->input;
    struct buf out = BUF_INIT(1 << 16);
    size_t as_standard = 0;
    if (!in->smooth)
        return;
    for (size_t i = 0; i < w->s->n; i++)
        as_standard += w->s->list[i].standard;
    buf_printf(&out,
               say(w,
                   "Rates are those of a standard (%s) bent to the deaths of each table "
                   "(%s).",
                   "各表死亡率由标准表（%s）按其死亡数弯曲得到（%s）。"),
               in->by_model ? lifetable_model_name(in->model)
                            : say(w, "all areas of the year and sex together",
                                  "同年同性别各地区合计"),
               in->smoothing == LIFETABLE_TOPALS ? "TOPALS" : "Brass");
    if (as_standard)
        buf_printf(&out,
                   say(w, " In %s nobody died: they are the standard itself.",
                       "其中 %s 张无死亡，即为标准表本身。"),
                   number(w, (double)as_standard, 0));
    paragraph(w, &out);
}

// Charts and tables ---------------------------------------------------------------------

static void forest(struct writer *w)
{
    const struct lifetable_study *s = w->s;
    size_t n = s->n < MOST_FOREST ? s->n : MOST_FOREST;
    struct str *names = ARENA_ARRAY(w->a, struct str, n + 1);
    double *v = ARENA_ARRAY(w->a, double, 3 * n + 1);
    w->failed |= !names || !v;
    if (w->failed || s->n < 2)
        return;
    for (size_t i = 0; i < n; i++) {
        names[i] = name_of(w, &s->list[i]);
        v[i] = s->list[i].t.e[0];
        v[n + i] = s->list[i].e0.low;
        v[2 * n + i] = s->list[i].e0.high;
    }
    struct series series = {.value = v, .low = v + n, .high = v + 2 * n};
    struct doc_chart chart = {.form = CHART_FORM_INTERVAL,
                              .title =
                                  word(w, "Life expectancy at birth", "出生预期寿命"),
                              .value_label = word(w, "years", "岁"),
                              .categories = names,
                              .n_categories = n,
                              .series = &series,
                              .n_series = 1,
                              .decimals = 1,
                              .bare = true};
    w->failed |= w->failed || !doc_chart(w->d, &chart);
}

static void summary(struct writer *w)
{
    const struct lifetable_study *s = w->s;
    const struct table_column columns[] = {
        {.title = word(w, "Table", "生命表")},
        {.title = word(w, "e(0)", "e(0)"), .align = ALIGN_RIGHT, .decimals = 2},
        {.title = word(w, "e(65)", "e(65)"), .align = ALIGN_RIGHT, .decimals = 2},
        {.title = word(w, "5q0 per 1,000", "5q0（‰）"),
         .align = ALIGN_RIGHT,
         .decimals = 1},
        {.title = word(w, "45q15 per 1,000", "45q15（‰）"),
         .align = ALIGN_RIGHT,
         .decimals = 1},
        {.title = word(w, "Deaths", "死亡数"), .align = ALIGN_RIGHT},
    };
    enum { COLUMNS = sizeof columns / sizeof *columns };
    size_t n = s->n < MOST_ROWS ? s->n : MOST_ROWS;
    struct cell *cells = ARENA_ARRAY(w->a, struct cell, n * COLUMNS + 1);
    w->failed |= !cells;
    for (size_t i = 0; !w->failed && i < n; i++) {
        const struct lifetable_one *o = &s->list[i];
        size_t old = lifetable_study_at(&o->t, 65);
        const double values[] = {o->t.e[0], old < o->t.n ? o->t.e[old] : NAN,
                                 1000 * o->q5, 1000 * o->q45_15, o->all_deaths};
        struct cell *c = &cells[i * COLUMNS];
        c[0] = (struct cell){.kind = CELL_TEXT, .text = name_of(w, o)};
        for (size_t k = 0; k < COLUMNS - 1; k++)
            c[k + 1] =
                (struct cell){.kind = isnan(values[k]) ? CELL_MISSING : CELL_NUMBER,
                              .value = values[k]};
        if (!isnan(o->e0.low))
            c[1] = (struct cell){.kind = CELL_INTERVAL,
                                 .value = values[0],
                                 .low = o->e0.low,
                                 .high = o->e0.high};
    }
    struct doc_table table = {.title = word(w, "Summary", "概览"),
                              .columns = columns,
                              .n_columns = COLUMNS,
                              .cells = cells,
                              .n_rows = n};
    if (n < s->n)
        table.note = str_format(w->a, say(w, "%s more in the CSV.", "其余 %s 张见 CSV。"),
                                number(w, (double)(s->n - n), 0));
    w->failed |= w->failed || !doc_table(w->d, &table);
}

static void whole_table(struct writer *w, const struct lifetable_one *o)
{
    const struct lifetable *t = &o->t;
    const struct table_column columns[] = {
        {.title = word(w, "Age", "年龄")},
        {.title = STR("m(x)"), .align = ALIGN_RIGHT, .decimals = 5},
        {.title = STR("q(x)"), .align = ALIGN_RIGHT, .decimals = 5},
        {.title = STR("a(x)"), .align = ALIGN_RIGHT, .decimals = 2},
        {.title = STR("l(x)"), .align = ALIGN_RIGHT},
        {.title = STR("d(x)"), .align = ALIGN_RIGHT},
        {.title = STR("L(x)"), .align = ALIGN_RIGHT},
        {.title = STR("T(x)"), .align = ALIGN_RIGHT},
        {.title = STR("e(x)"), .align = ALIGN_RIGHT, .decimals = 2},
    };
    enum { COLUMNS = sizeof columns / sizeof *columns };
    struct cell *cells = ARENA_ARRAY(w->a, struct cell, t->n * COLUMNS + 1);
    w->failed |= !cells;
    for (size_t i = 0; !w->failed && i < t->n; i++) {
        double scale = 1e5 / t->l[0];
        const double values[] = {t->m[i],         t->q[i],         t->a[i],
                                 t->l[i] * scale, t->d[i] * scale, t->L[i] * scale,
                                 t->T[i] * scale, t->e[i]};
        struct cell *c = &cells[i * COLUMNS];
        c[0] = (struct cell){.kind = CELL_TEXT, .text = lifetable_doc_age(w->a, t, i)};
        w->failed |= !c[0].text.p;
        for (size_t k = 1; k < COLUMNS; k++)
            c[k] = (struct cell){.kind = CELL_NUMBER, .value = values[k - 1]};
        if (o->low && isfinite(o->low[i]))
            c[COLUMNS - 1] = (struct cell){.kind = CELL_INTERVAL,
                                           .value = t->e[i],
                                           .low = o->low[i],
                                           .high = o->high[i]};
    }
    struct doc_table table = {.title = name_of(w, o),
                              .columns = columns,
                              .n_columns = COLUMNS,
                              .cells = cells,
                              .n_rows = t->n};
    w->failed |= w->failed || !doc_table(w->d, &table);
}

// Survivors of the first tables that have the same ages.
static void survivors(struct writer *w)
{
    const struct lifetable_study *s = w->s;
    const struct lifetable *first = &s->list[0].t;
    struct series series[MOST_LINES];
    struct str *names = ARENA_ARRAY(w->a, struct str, first->n + 1);
    size_t n = 0;
    w->failed |= !names;
    for (size_t i = 0; !w->failed && i < first->n; i++) {
        names[i] = str_format(w->a, "%d", (int)first->age[i]);
        w->failed |= !names[i].p;
    }
    for (size_t i = 0; !w->failed && i < s->n && n < MOST_LINES; i++) {
        const struct lifetable *t = &s->list[i].t;
        double *share = ARENA_ARRAY(w->a, double, first->n + 1);
        w->failed |= !share;
        if (w->failed || t->n != first->n)
            continue;
        for (size_t k = 0; k < t->n; k++)
            share[k] = 100 * t->l[k] / t->l[0];
        series[n++] =
            (struct series){.label = name_of(w, &s->list[i]),
                            .role = s->n > 3                             ? SERIES_ANY
                                    : s->list[i].sex == LIFETABLE_FEMALE ? SERIES_FEMALE
                                    : s->list[i].sex == LIFETABLE_MALE   ? SERIES_MALE
                                                                         : SERIES_TOTAL,
                            .value = share};
    }
    struct doc_chart chart = {.form = CHART_FORM_LINE,
                              .title = word(w, "Of 100 born, so many reach an age",
                                            "每 100 名出生者的存活人数"),
                              .value_label = word(w, "survivors", "存活人数"),
                              .categories = names,
                              .n_categories = first->n,
                              .series = series,
                              .n_series = n,
                              .percent = true,
                              .bare = true};
    w->failed |= w->failed || !doc_chart(w->d, &chart);
}

static void difference(struct writer *w)
{
    const struct lifetable_study *s = w->s;
    const struct lifetable *t = &s->a->t;
    struct buf out = BUF_INIT(1 << 16);
    heading(w, 1, word(w, "What makes the difference", "差异来自哪些年龄"));
    size_t largest = 0;
    for (size_t i = 1; i < t->n; i++)
        largest = fabs(s->parts[i]) > fabs(s->parts[largest]) ? i : largest;
    buf_printf(
        &out,
        say(w, "%s: %s years; %s: %s. Of the difference of %s years, ages %s make %s.",
            "%s：%s 岁；%s：%s 岁。差异 %s 岁中，%s 岁贡献 %s 岁，为最大。"),
        keep(w, name_of(w, s->a)), e0_text(w, s->a), keep(w, name_of(w, s->b)),
        e0_text(w, s->b), number(w, s->a->t.e[0] - s->b->t.e[0], 2),
        keep(w, lifetable_doc_age(w->a, t, largest)), number(w, s->parts[largest], 2));
    paragraph(w, &out);
    struct str *names = ARENA_ARRAY(w->a, struct str, t->n + 1);
    w->failed |= !names;
    for (size_t i = 0; !w->failed && i < t->n; i++) {
        names[i] = lifetable_doc_age(w->a, t, i);
        w->failed |= !names[i].p;
    }
    struct series series = {.value = s->parts};
    struct doc_chart chart = {
        .form = CHART_FORM_BAR,
        .title = word(w, "Years of the difference, by age", "各年龄对差异的贡献（岁）"),
        .value_label = word(w, "years", "岁"),
        .note = word(w, "After Arriaga 1984.", "按 Arriaga（1984）方法分解。"),
        .categories = names,
        .n_categories = t->n,
        .series = &series,
        .n_series = 1,
        .decimals = 3};
    w->failed |= w->failed || !doc_chart(w->d, &chart);
}

static void method(struct writer *w)
{
    const struct lifetable_rule *rule = &w->page->input->rule;
    static const char *const separation[][2] = {
        {"the United Nations' form of Greville's formula", "联合国采用的 Greville 公式"},
        {"Greville's formula", "Greville 公式"},
        {"Keyfitz and Flieger's formula", "Keyfitz-Flieger 公式"},
        {"half the group", "组距之半"},
        {"as given", "按所给"}};
    static const char *const family[][2] = {
        {"west", "西"}, {"north", "北"}, {"east", "东"}, {"south", "南"}};
    static const char *const infant[][2] = {
        {"Coale and Demeny", "Coale-Demeny"},
        {"Andreev and Kingkade at 0, Coale and Demeny", "0 岁 Andreev-Kingkade，"
                                                        "1–4 岁 Coale-Demeny"},
        {"Andreev and Kingkade (as the UN's tables) at 0, Coale and Demeny",
         "0 岁 Andreev-Kingkade（联合国用法），1–4 岁 Coale-Demeny"}};
    struct buf out = BUF_INIT(1 << 16);
    heading(w, 1, word(w, "How to read this", "如何阅读"));
    bool given = w->page->input->a || w->page->model;
    buf_printf(
        &out,
        say(w,
            "- Life expectancy at birth is what newborns would live on average if the "
            "death rates of this year stayed as they are; it is not a forecast.\n"
            "- Years lived by those who die in a group: %s (family: %s) at 0-4, %s "
            "above.\n",
            "- 出生预期寿命：若各年龄死亡率一直保持该年水平，新生儿平均能活的年数；"
            "并非预测。\n"
            "- 组内死亡者平均存活年数 a(x)：0–4 岁按 %s（%s模式），以上按 %s。\n"),
        given ? separation[4][w->zh] : infant[rule->infant][w->zh],
        family[rule->family][w->zh],
        given ? separation[4][w->zh] : separation[rule->separation][w->zh]);
    if (w->s->without_doubt < w->s->n)
        buf_printf(&out,
                   w->page->input->smooth
                       ? say(w,
                             "- Intervals (%s%%) of e(0) by draws of the bend; the doubt "
                             "of the standard itself is not in them.\n",
                             "- e(0) 的区间（%s%%）由弯曲参数的随机抽取得到，"
                             "不含标准表自身的不确定性。\n")
                   : w->s->draws
                       ? say(w,
                             "- Intervals (%s%%) of e(0): deaths of each age drawn %zu "
                             "times by chance; of other ages after Chiang 1984.\n",
                             "- e(0) 的区间（%s%%）：各年龄死亡数随机抽取 %zu "
                             "次；其他年龄按 Chiang（1984）。\n")
                       : say(w,
                             "- Intervals (%s%%) after Chiang 1984, the open group's "
                             "rate being in doubt too.\n",
                             "- 区间（%s%%）按 Chiang（1984），开放组死亡率亦计入。\n"),
                   number(w, 100 * w->s->level, 0), w->s->draws);
    buf_add_c(&out, say(w,
                        "- The tables of this page have 100,000 born; 5q0 is the share "
                        "that dies under 5, 45q15 of those of 15 before 60.",
                        "- 本页各表以 100,000 名出生者为基数；5q0 为 5 岁前死亡的比例，"
                        "45q15 为 15 岁者在 60 岁前死亡的比例。"));
    paragraph(w, &out);
}

struct doc *lifetable_doc_make(struct arena *a, const struct lifetable_page *page)
{
    struct writer w = {.page = page,
                       .s = page->study,
                       .d = doc_new(a, page->zh),
                       .a = a,
                       .zh = page->zh};
    if (!w.d)
        return NULL;
    w.d->title = word(&w, "Life tables", "生命表");
    w.d->subtitle = page->file;
    if (!page->model)
        w.d->made =
            str_format(a, say(&w, "From %s rows: %s tables", "共 %s 行，%s 张生命表"),
                       number(&w, (double)page->input->f->n_rows, 0),
                       number(&w, (double)page->study->n, 0));
    w.failed |= !page->model && !w.d->made.p;
    heading(&w, 1, word(&w, "What is known", "已知情况"));
    sentence_known(&w);
    sentence_law(&w);
    sentence_smooth(&w);
    forest(&w);
    summary(&w);
    if (w.s->a)
        difference(&w);
    if (!w.failed)
        survivors(&w);
    if (w.s->n <= MOST_TABLES) {
        heading(&w, 1, word(&w, "The tables", "各生命表"));
        for (size_t i = 0; !w.failed && i < w.s->n; i++)
            whole_table(&w, &w.s->list[i]);
    }
    method(&w);
    return w.failed ? NULL : w.d;
}
