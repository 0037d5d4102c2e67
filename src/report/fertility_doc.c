// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/fertility_doc.h"

#include <math.h>

#include "report/doc_text.h"
#include "report/result_table.h"

enum { MOST_ROWS = 300, MOST_LINES = 6, FEW_BIRTHS = 500 };

struct writer {
    const struct fertility_page *page;
    const struct fertility_study *s;
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

static const char *number(struct writer *w, double value, int decimals)
{
    char text[TEXT_NUMBER_SIZE];
    const char *kept = str_c(w->a, text_number(value, decimals, text));
    w->failed |= !kept;
    return kept ? kept : "?";
}

static void paragraph(struct writer *w, struct buf *text)
{
    w->failed |= text->failed || !doc_paragraph(w->d, buf_str(text));
    buf_free(text);
}

static void heading(struct writer *w, struct str text)
{
    w->failed |= !text.p || !doc_heading(w->d, 1, text);
}

// Figures ------------------------------------------------------------------------------

static const struct result_column rate_columns[] = {
    {.name = "area"},
    {.name = "year"},
    {.name = "order"},
    {.name = "age", .kind = RESULT_COUNT},
    {.name = "width", .kind = RESULT_COUNT},
    {.name = "asfr", .kind = RESULT_NUMBER},
    {.name = "pasfr", .kind = RESULT_NUMBER},
};

static const char *const summary_labels[][2] = {
    {"Area", "地区"},
    {"Year", "年份"},
    {"Order", "孩次"},
    {"TFR", "总和生育率"},
    {"from", "下限"},
    {"to", "上限"},
    {"Mean age", "平均生育年龄"},
    {"GRR", "粗再生产率"},
    {"NRR", "净再生产率"},
    {"TFR, tempo adjusted", "去进度总和生育率"},
    {"Births", "出生数"},
    {"M", "M（水平）"},
    {"from", "下限"},
    {"to", "上限"},
    {"m", "m（控制）"},
    {"from", "下限"},
    {"to", "上限"},
    {"Deviance", "偏差"},
    {"Groups", "年龄组数"}};

static struct result summary_of(struct arena *a, const struct fertility_page *page)
{
    enum { NRR = 8, MARITAL = 11, N = 19 };
    static const char *const names[N] = {"area",
                                         "year",
                                         "order",
                                         "tfr",
                                         "tfr_low",
                                         "tfr_high",
                                         "mean_age",
                                         "grr",
                                         "nrr",
                                         "tempo_tfr",
                                         "births",
                                         "marital_level",
                                         "marital_level_low",
                                         "marital_level_high",
                                         "marital_control",
                                         "marital_control_low",
                                         "marital_control_high",
                                         "marital_deviance",
                                         "marital_groups"};
    static const int decimals[N] = {0, 0, 0, 3, 3, 3, 2, 3, 3, 3,
                                    0, 3, 3, 3, 2, 2, 2, 1, 0};
    struct result_column *columns = ARENA_ARRAY(a, struct result_column, N);
    bool net = page->input->lived || page->input->mortality;
    for (size_t i = 0; columns && i < N; i++)
        columns[i] = (struct result_column){
            .name = names[i],
            .label = (i == NRR && !net) || (i >= MARITAL && !page->input->married)
                         ? NULL
                         : summary_labels[i][page->zh],
            .kind = i < 3 ? RESULT_TEXT : RESULT_NUMBER,
            .decimals = decimals[i]};
    struct result r =
        result_new(a, "summary", page->zh ? STR("生育水平") : STR("Fertility"),
                   columns ? columns : rate_columns, columns ? N : 1);
    r.no_memory |= !columns;
    for (size_t i = 0; !r.no_memory && i < page->study->n; i++) {
        const struct fertility_one *o = &page->study->list[i];
        struct result_cell *c = result_row(&r);
        const struct fertility_marital *f = &o->marital;
        double z = normal_quantile((1 + page->study->level) / 2);
        const double values[N - 3] = {o->sum.tfr,
                                      o->tfr.low,
                                      o->tfr.high,
                                      o->sum.mean_age,
                                      o->sum.gross,
                                      o->sum.net,
                                      o->tempo,
                                      o->all_births,
                                      f->groups ? f->M : NAN,
                                      f->groups ? f->M * exp(-z * f->sd_log_M) : NAN,
                                      f->groups ? f->M * exp(z * f->sd_log_M) : NAN,
                                      f->groups ? f->m : NAN,
                                      f->groups ? f->m - z * f->sd_m : NAN,
                                      f->groups ? f->m + z * f->sd_m : NAN,
                                      f->groups ? f->deviance : NAN,
                                      f->groups ? (double)f->groups : NAN};
        c[0].text = o->area;
        c[1].text = o->year;
        c[2].text = o->order;
        for (size_t k = 0; k < N - 3; k++)
            c[3 + k].value = values[k];
    }
    return r;
}

static struct result rates_of(struct arena *a, const struct fertility_page *page)
{
    struct result r = result_new(a, "rates", STR("ASFR"), rate_columns, 7);
    for (size_t i = 0; i < page->study->n; i++) {
        const struct fertility_one *o = &page->study->list[i];
        for (size_t k = 0; k < o->ages.n; k++) {
            struct result_cell *c = result_row(&r);
            c[0].text = o->area;
            c[1].text = o->year;
            c[2].text = o->order;
            c[3].value = o->ages.from + o->ages.width * (double)k;
            c[4].value = o->ages.width;
            c[5].value = o->rate[k];
            c[6].value =
                o->sum.tfr > 0 ? 100 * o->rate[k] * o->ages.width / o->sum.tfr : NAN;
        }
    }
    return r;
}

static struct result before_of(struct arena *a, const struct fertility_page *page)
{
    static const char *const labels[][2] = {{"Area", "地区"},
                                            {"Census", "普查年份"},
                                            {"Years before, from", "距普查（年）自"},
                                            {"to", "至"},
                                            {"Births a year", "年均出生数"},
                                            {"GFR", "一般生育率"},
                                            {"TFR", "总和生育率"},
                                            {"from", "下限"},
                                            {"to", "上限"},
                                            {"Mean age", "平均生育年龄"},
                                            {"With a mother", "与母亲匹配的比例"}};
    static const char *const names[] = {"area",     "census",   "from",   "to",
                                        "births",   "gfr",      "tfr",    "tfr_low",
                                        "tfr_high", "mean_age", "matched"};
    static const int decimals[] = {0, 0, 0, 0, 0, 4, 2, 2, 2, 1, 3};
    enum { PLAIN = 7, OWN = 11 };
    size_t N = page->input->own ? OWN : PLAIN;
    struct result_column *columns = ARENA_ARRAY(a, struct result_column, N);
    for (size_t i = 0; columns && i < N; i++)
        columns[i] = (struct result_column){.name = names[i],
                                            .label = labels[i][page->zh],
                                            .kind = i < 2 ? RESULT_TEXT : RESULT_NUMBER,
                                            .decimals = decimals[i]};
    struct result r =
        result_new(a, "before", page->zh ? STR("普查前的生育") : STR("Before the census"),
                   columns ? columns : rate_columns, columns ? N : 1);
    r.no_memory |= !columns;
    for (size_t i = 0; !r.no_memory && i < page->study->n_before; i++) {
        const struct fertility_before *b = &page->study->before[i];
        for (size_t k = 0; k < b->periods; k++) {
            struct result_cell *c = result_row(&r);
            c[0].text = b->area;
            c[1].text = b->year;
            if (b->own) {
                const struct fertility_own_period *o = &b->own[k];
                const double values[] = {(double)o->from,  (double)o->to, o->births,
                                         o->general,       o->tfr,        o->interval.low,
                                         o->interval.high, o->mean_age,   o->matched};
                for (size_t j = 0; j < sizeof values / sizeof *values; j++)
                    c[2 + j].value = values[j];
                continue;
            }
            c[2].value = (double)k * b->width;
            c[3].value = (double)(k + 1) * b->width;
            c[4].value = b->past[k].births;
            c[5].value = b->past[k].general;
            c[6].value = b->past[k].tfr;
        }
    }
    return r;
}

static struct result before_rates_of(struct arena *a, const struct fertility_page *page)
{
    static const struct result_column columns[] = {
        {.name = "area"},
        {.name = "census"},
        {.name = "from", .kind = RESULT_COUNT},
        {.name = "to", .kind = RESULT_COUNT},
        {.name = "age", .kind = RESULT_COUNT},
        {.name = "width", .kind = RESULT_COUNT},
        {.name = "asfr", .kind = RESULT_NUMBER},
        {.name = "pasfr", .kind = RESULT_NUMBER},
    };
    struct result r = result_new(a, "before_rates", STR("ASFR"), columns, 8);
    for (size_t i = 0; i < page->study->n_before; i++) {
        const struct fertility_before *b = &page->study->before[i];
        for (size_t k = 0; k < b->periods * FERTILITY_OWN_GROUPS; k++) {
            const struct fertility_own_period *o = &b->own[k / FERTILITY_OWN_GROUPS];
            size_t group = k % FERTILITY_OWN_GROUPS;
            struct result_cell *c = result_row(&r);
            c[0].text = b->area;
            c[1].text = b->year;
            c[2].value = (double)o->from;
            c[3].value = (double)o->to;
            c[4].value = 15 + 5 * (double)group;
            c[5].value = 5;
            c[6].value = o->rate[group];
            c[7].value = o->tfr > 0 ? 500 * o->rate[group] / o->tfr : NAN;
        }
    }
    return r;
}

size_t fertility_doc_results(struct arena *a, const struct fertility_page *page,
                             struct result out[FERTILITY_DOC_RESULTS])
{
    if (page->input->own) {
        out[0] = before_of(a, page);
        out[1] = before_rates_of(a, page);
        return 2;
    }
    if (page->input->reverse) {
        out[0] = before_of(a, page);
        return 1;
    }
    out[0] = summary_of(a, page);
    out[1] = rates_of(a, page);
    return 2;
}

// Page ---------------------------------------------------------------------------------

static void own_sentence(struct writer *w, struct buf *out)
{
    const struct fertility_before *b = &w->s->before[0];
    const struct fertility_own_period *o = &b->own[FERTILITY_OWN_YEARS],
                                      *first = &b->own[FERTILITY_OWN_PERIODS - 1];
    buf_printf(out,
               say(w,
                   "By the children of the census%s" STR_FMT
                   " and their mothers' ages: a total fertility rate of %s (%s to %s) in "
                   "the five years before it, mean age of mothers %s; %s (%s to %s) in "
                   "the years 10-15 before. %s of 100 children live with a mother.",
                   "由普查儿童及其母亲年龄回推%s" STR_FMT
                   "：普查前五年总和生育率 %s（%s 至 %s），平均生育年龄 %s 岁；普查前 "
                   "10–15 年为 %s（%s 至 %s）。每百名儿童中 %s 名与母亲同住。"),
               b->area.n ? say(w, " of ", "：") : "", STR_ARG(b->area),
               number(w, o->tfr, 2), number(w, o->interval.low, 2),
               number(w, o->interval.high, 2), number(w, o->mean_age, 1),
               number(w, first->tfr, 2), number(w, first->interval.low, 2),
               number(w, first->interval.high, 2), number(w, 100 * o->matched, 1));
    paragraph(w, out);
}

static void sentence(struct writer *w)
{
    struct buf out = BUF_INIT(1 << 16);
    const struct fertility_study *s = w->s;
    if (w->page->input->own) {
        own_sentence(w, &out);
        return;
    }
    if (w->page->input->reverse) {
        const struct fertility_past *p = s->before[0].past;
        size_t last = s->before[0].periods - 1;
        buf_printf(&out,
                   say(w,
                       "By the children of the census%s" STR_FMT
                       ": %s births a year in the %d years before it, a total fertility "
                       "rate of %s; %s in the years %d-%d before.",
                       "由普查儿童数回推%s" STR_FMT
                       "：普查前年均出生 %s 例（%d 年内），总和生育率 %s；更早为 "
                       "%s（普查前 %d–%d 年）。"),
                   s->before[0].area.n ? say(w, " of ", "：") : "",
                   STR_ARG(s->before[0].area), number(w, p[0].births, 0),
                   (int)s->before[0].width, number(w, p[0].tfr, 2),
                   number(w, p[last].tfr, 2), (int)(s->before[0].width * (int32_t)last),
                   (int)(s->before[0].width * (int32_t)(last + 1)));
        paragraph(w, &out);
        return;
    }
    const struct fertility_one *low = s->list, *high = s->list;
    size_t few = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct fertility_one *o = &s->list[i];
        few += o->all_births < FEW_BIRTHS;
        if (o->order.n)
            continue;
        low = low->order.n || o->sum.tfr < low->sum.tfr ? o : low;
        high = high->order.n || o->sum.tfr > high->sum.tfr ? o : high;
    }
    if (s->n == 1)
        buf_printf(&out,
                   say(w, "Total fertility rate %s; mean age of mothers %s.",
                       "总和生育率 %s；平均生育年龄 %s 岁。"),
                   number(w, low->sum.tfr, 2), number(w, low->sum.mean_age, 1));
    else
        buf_printf(&out,
                   say(w,
                       "Total fertility rates from %s (" STR_FMT " " STR_FMT ") to %s "
                       "(" STR_FMT " " STR_FMT ").",
                       "总和生育率最低 %s（" STR_FMT " " STR_FMT "），最高 %s（" STR_FMT
                       " " STR_FMT "）。"),
                   number(w, low->sum.tfr, 2), STR_ARG(low->area), STR_ARG(low->year),
                   number(w, high->sum.tfr, 2), STR_ARG(high->area), STR_ARG(high->year));
    if (few)
        buf_printf(
            &out,
            say(w, " %s of the rows count fewer than %d births: look at the intervals.",
                "其中 %s 行出生数不足 %d 例，请看区间。"),
            number(w, (double)few, 0), (int)FEW_BIRTHS);
    paragraph(w, &out);
}

static void rates_chart(struct writer *w)
{
    const struct fertility_study *s = w->s;
    if (!s->n)
        return;
    const struct fertility_ages *ages = &s->list[0].ages;
    struct series series[MOST_LINES];
    struct str *names = ARENA_ARRAY(w->a, struct str, ages->n + 1);
    size_t n = 0;
    w->failed |= !names;
    for (size_t i = 0; !w->failed && i < ages->n; i++) {
        names[i] = str_format(w->a, "%d", (int)(ages->from + ages->width * (int32_t)i));
        w->failed |= !names[i].p;
    }
    for (size_t i = 0; !w->failed && i < s->n && n < MOST_LINES; i++) {
        const struct fertility_one *o = &s->list[i];
        double *rate = ARENA_ARRAY(w->a, double, ages->n + 1);
        w->failed |= !rate;
        if (w->failed || o->ages.n != ages->n)
            continue;
        for (size_t k = 0; k < ages->n; k++)
            rate[k] = 1000 * o->rate[k];
        struct str label =
            str_format(w->a, STR_FMT " " STR_FMT " " STR_FMT, STR_ARG(o->area),
                       STR_ARG(o->year), STR_ARG(o->order));
        w->failed |= !label.p;
        series[n++] = (struct series){.label = str_trim(label), .value = rate};
    }
    struct doc_chart chart = {
        .form = CHART_FORM_LINE,
        .title = word(w, "Births to 1,000 women, by age", "各年龄每千名妇女的出生数"),
        .value_label = word(w, "births", "出生数"),
        .categories = names,
        .n_categories = ages->n,
        .series = series,
        .n_series = n,
        .decimals = 1,
        .bare = true};
    w->failed |= w->failed || !doc_chart(w->d, &chart);
}

static void own_method(struct writer *w, struct buf *out)
{
    buf_printf(
        out,
        say(w,
            "- Own-children method (Cho, Retherford and Choe 1986): children under "
            "15 by their mothers' ages are taken back to their births, and women "
            "to the years of these, by the model life table '%s' with e(0) of %s "
            "(women) and %s (men). Children without a mother in the household are "
            "shared out like the others of their age.\n"
            "- The interval (%s%%) is of chance in the children counted. Children "
            "missed by the census look like births that were not, adopted ones as "
            "their new mothers'; who moved is counted where they live now.\n"
            "- Rates are of areas and years, never of a woman.",
            "- 亲生子女法（Cho、Retherford、Choe 1986）：按模型生命表“%s”（e(0) 女 "
            "%s、男 %s）把 15 岁以下儿童连同母亲年龄回推为出生，把妇女回推到当年；"
            "未与母亲同住的儿童按同龄儿童的母亲年龄分布分摊。\n"
            "- 区间（%s%%）只反映儿童数的偶然波动。漏报的儿童会使生育率偏低，"
            "收养的儿童计在养母，迁移者计在现住地。\n"
            "- 指标属于地区和年份，不针对任何妇女。"),
        lifetable_model_name(w->page->input->model), number(w, w->page->input->e0[0], 1),
        number(w, w->page->input->e0[1], 1), number(w, 100 * w->s->level, 0));
}

static void method(struct writer *w)
{
    struct buf out = BUF_INIT(1 << 16);
    heading(w, word(w, "How to read this", "如何阅读"));
    if (w->page->input->own)
        own_method(w, &out);
    else if (w->page->input->reverse)
        buf_printf(
            &out,
            say(w,
                "- Children are taken back to their births and women to the years of "
                "these by the model life table '%s' with e(0) of %s (women) and %s "
                "(men). What moves in or out, or is not counted at young ages, is "
                "taken as births: the youngest children are often missed.\n"
                "- TFR by the shares of fertility by age that were given; it changes "
                "little with them.",
                "- 按模型生命表“%s”（e(0) 女 %s、男 %s）把儿童回推为出生、"
                "把妇女回推到当年。迁移和低龄漏报会混入出生数：低龄儿童常被漏报。\n"
                "- 总和生育率按所给的年龄构成计算，受其影响不大。"),
            lifetable_model_name(w->page->input->model),
            number(w, w->page->input->e0[0], 1), number(w, w->page->input->e0[1], 1));
    else
        buf_printf(
            &out,
            say(w,
                "- TFR: children of a woman who lives through the rates of this year; "
                "its interval (%s%%) from chance in the births.\n"
                "- GRR: daughters, %s boys to 100 girls.\n"
                "- Tempo adjusted (Bongaarts and Feeney 1998): what the TFR would be "
                "had the ages of mothers not moved, by birth order; years beside it "
                "are needed.\n"
                "- NRR: daughters who live to their mothers' ages, by a life table.\n"
                "- M and m (Coale and Trussell 1978), of births to married women of "
                "20-49: "
                "the level beside natural fertility, and how much it falls with age. The "
                "deviance is near the number of groups less 2 where the model holds.\n"
                "- Rates are of areas and years, never of a woman.",
                "- 总和生育率：一名妇女若按该年各年龄生育率度过育龄期所生孩子数；"
                "区间（%s%%）反映出生数的偶然波动。\n"
                "- 粗再生产率：所生女孩数，性别比按每百女孩 %s 名男孩。\n"
                "- 去进度（Bongaarts-Feeney 1998）：假如生育年龄不变时的总和生育率，"
                "分孩次计算，需前后两年数据。\n"
                "- 净再生产率：按生命表计入母亲存活的女孩数。\n"
                "- M 与 m（Coale–Trussell 1978）：20–49 "
                "岁已婚妇女的生育水平（相对自然生育"
                "率）及随年龄下降的程度；模型适用时偏差约等于年龄组数减 2。\n"
                "- 指标属于地区和年份，不针对任何妇女。"),
            number(w, 100 * w->s->level, 0), number(w, 100 * w->page->input->boys, 1));
    paragraph(w, &out);
}

struct doc *fertility_doc_make(struct arena *a, const struct fertility_page *page)
{
    struct writer w = {.page = page,
                       .s = page->study,
                       .d = doc_new(a, page->zh),
                       .a = a,
                       .zh = page->zh};
    struct result results[FERTILITY_DOC_RESULTS];
    if (!w.d)
        return NULL;
    w.d->title = word(&w, "Fertility", "生育水平");
    w.d->subtitle = page->file;
    w.d->made = str_format(a, say(&w, "From %s rows", "共 %s 行"),
                           number(&w, (double)page->input->f->n_rows, 0));
    w.failed |= !w.d->made.p;
    heading(&w, word(&w, "What is known", "已知情况"));
    sentence(&w);
    fertility_doc_results(a, page, results);
    w.failed |= w.failed || !result_table_doc(w.d, &results[0], MOST_ROWS, STR(""));
    if (!page->input->reverse && !page->input->own && !w.failed)
        rates_chart(&w);
    method(&w);
    return w.failed ? NULL : w.d;
}
