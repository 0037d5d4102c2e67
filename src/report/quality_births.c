// SPDX-License-Identifier: AGPL-3.0-or-later
// Births one by one: weights, days, when boys and girls reach the register, duplicates,
// and numbers of any kind.
#include <math.h>
#include <string.h>

#include "report/quality_private.h"
#include "stats/digits.h"
#include "stats/timeliness.h"

static struct str ratio_text(struct page *p, double ratio, struct interval i)
{
    struct str value = quality_figure(p, ratio, 1), low = quality_figure(p, i.low, 1),
               high = quality_figure(p, i.high, 1);
    if (isnan(ratio))
        return quality_text(p, "%s", quality_say(p, "no girls", "无女婴"));
    return quality_text(p, STR_FMT " [" STR_FMT "-" STR_FMT "]", STR_ARG(value),
                        STR_ARG(low), STR_ARG(high));
}

void quality_weights(struct page *p)
{
    static const char *const names[] = {"weight_50", "weight_100", "weight_250",
                                        "weight_500"};
    struct digits_weight w;
    if (!p->q->grams)
        return;
    quality_heading(p, "Birth weight", "出生体重");
    digits_weight(p->q->grams, p->q->n, &w);
    struct str n = quality_figure(p, (double)w.n, 0),
               out = quality_figure(p, (double)w.left_out, 0);
    if (w.n < 100) {
        quality_paragraph(
            p, quality_text(p,
                            quality_say(p,
                                        STR_FMT " weights between 300 and 8,000 g: "
                                                "too few to judge their digits (100).",
                                        "300–8,000 克之间的体重仅 " STR_FMT
                                        " 个，不足以判断末位数字（需 100 个）。"),
                            STR_ARG(n)));
        return;
    }
    quality_paragraph(
        p, quality_text(
               p,
               quality_say(p,
                           STR_FMT " weights; " STR_FMT " outside 300-8,000 g are left "
                                   "out. Nearly all are multiples of %d g: that is how "
                                   "finely they were written.",
                           STR_FMT " 个体重；300–8,000 克以外的 " STR_FMT
                                   " 个不参与。几乎全部是 %d 克的倍数，即记录的精度。"),
               STR_ARG(n), STR_ARG(out), w.resolution));
    // the steps lie in each other: the one that is most above chance speaks for all
    int most = 0;
    for (int s = 1; s < DIGITS_STEPS; s++)
        if (w.steps[s].share / w.steps[s].expected >
                w.steps[most].share / w.steps[most].expected ||
            isnan(w.steps[most].expected))
            most = s;
    for (int s = 0; s < DIGITS_STEPS; s++) {
        const struct digits_step *step = &w.steps[s];
        if (isnan(step->expected))
            continue;
        double times = step->share / step->expected;
        struct str share = quality_percent(p, step->share, 1);
        struct str expected = quality_percent(p, step->expected, 1);
        quality_add(
            p,
            (struct quality_measure){
                .part = "weight",
                .name = names[s],
                .label = quality_text(
                    p, quality_say(p, "Whole multiples of %d g", "%d 克的整倍数"),
                    step->step),
                .shown = share,
                .value = step->share,
                .low = step->low,
                .high = step->high,
                .p = step->p,
                .n = (double)w.n,
                .scale = quality_text(
                    p, quality_say(p, STR_FMT " by chance", "偶然为 " STR_FMT),
                    STR_ARG(expected)),
                .text = quality_text(
                    p, quality_say(p, "%.1f times what chance gives", "为偶然的 %.1f 倍"),
                    times),
                .reading = s == most && times >= 1.5 && step->p < 0.01 ? READING_LOOK
                           : times < 1.1                               ? READING_GOOD
                                                                       : READING_NONE});
    }
    double below = (double)w.below / (double)w.n, at = (double)w.at / (double)w.n;
    // a quarter of those at 2,500 g are likely below it (Blanc and Wardlaw 2005)
    struct str low = quality_percent(p, below, 1), here = quality_percent(p, at, 1),
               moved = quality_percent(p, below + at / 4, 1);
    quality_add(
        p, (struct quality_measure){
               .part = "weight",
               .name = "low_birth_weight",
               .label = str_of(quality_say(p, "Under 2,500 g", "低于 2,500 克")),
               .shown = low,
               .value = below,
               .low = NAN,
               .high = NAN,
               .p = NAN,
               .n = (double)w.n,
               .scale = quality_text(p,
                                     quality_say(p, STR_FMT " are at 2,500 g exactly",
                                                 "恰为 2,500 克的占 " STR_FMT),
                                     STR_ARG(here)),
               .text = quality_text(
                   p,
                   quality_say(p,
                               STR_FMT " if a quarter of those at 2,500 g "
                                       "were below it",
                               "若恰为 2,500 克者有四分之一实际更低，则为 " STR_FMT),
                   STR_ARG(moved))});
    quality_table(p, "Birth weight", "出生体重", STR(""));
}

static void days_chart(struct page *p, const struct digits_dates *d)
{
    static const struct quality_heading headings[] = {
        {"day", "day of the month", "日", RESULT_COUNT, 0},
        {"found", "births", "出生", RESULT_COUNT, 0},
        {"expected", "expected", "预期", RESULT_NUMBER, 1}};
    double *found = ARENA_ARRAY(p->a, double, 31),
           *expected = ARENA_ARRAY(p->a, double, 31);
    struct str *labels = ARENA_ARRAY(p->a, struct str, 31);
    struct result *r = quality_result(p, "days", "Births by day of the month",
                                      "按日的出生数", headings, 3);
    if (!found || !expected || !labels || !r) {
        p->no_memory = true;
        return;
    }
    for (int day = 1; day <= 31; day++) {
        struct result_cell *row = result_row(r);
        row[0].value = day;
        row[1].value = (double)d->day[day];
        row[2].value = d->day_expected[day];
        found[day - 1] = 100 * (double)d->day[day] / (double)d->n;
        expected[day - 1] = 100 * d->day_expected[day] / (double)d->n;
        labels[day - 1] = quality_text(p, "%d", day);
    }
    quality_bars(p, CHART_FORM_LINE,
                 str_of(quality_say(p, "Births by day of the month", "按日的出生占比")),
                 labels, found, expected, 31,
                 str_of(quality_say(
                     p, "Expected: each month's births spread evenly over its days.",
                     "预期：各月出生均匀分布于当月各日。")));
}

// A day of the month with at least a third more births than expected, beyond chance.
static void heaped_days(struct page *p, const struct digits_dates *d)
{
    for (int day = 1; day <= 31; day++) {
        double times = (double)d->day[day] / d->day_expected[day];
        double z =
            ((double)d->day[day] - d->day_expected[day]) / sqrt(d->day_expected[day]);
        if (!(times >= 1.3) || z < 5)
            continue;
        struct str expected = quality_figure(p, d->day_expected[day], 0),
                   found = quality_figure(p, (double)d->day[day], 0);
        quality_add(p, (struct quality_measure){
                           .part = "dates",
                           .name = "day",
                           .label = quality_text(
                               p, quality_say(p, "Births on day %d", "%d 日出生"), day),
                           .shown = found,
                           .value = (double)d->day[day],
                           .low = NAN,
                           .high = NAN,
                           .p = NAN,
                           .n = (double)d->n,
                           .scale = quality_text(
                               p, quality_say(p, STR_FMT " by chance", "偶然为 " STR_FMT),
                               STR_ARG(expected)),
                           .text = quality_text(
                               p,
                               quality_say(p,
                                           "%.1f times as many: a day that forms "
                                           "are filled with?",
                                           "为偶然的 %.1f 倍：是否为表格默认日期？"),
                               times),
                           .reading = READING_LOOK});
    }
}

enum err quality_dates(struct page *p, struct error *e)
{
    struct digits_dates d;
    if (!p->q->born)
        return ERR_OK;
    quality_heading(p, "Days of birth", "出生日期");
    enum err code = digits_dates(p->q->born, p->q->n, p->a, &d, e);
    if (code)
        return code;
    char first[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE];
    if (d.n < 200) {
        quality_paragraph(
            p,
            quality_text(p,
                         quality_say(p,
                                     "%llu dates of birth: too few to judge how "
                                     "they spread over days (200).",
                                     "出生日期仅 %llu 个，不足以判断分布（需 200 个）。"),
                         (unsigned long long)d.n));
        return ERR_OK;
    }
    date_format(d.first, first);
    date_format(d.last, last);
    struct str n = quality_figure(p, (double)d.n, 0);
    quality_paragraph(p, quality_text(p,
                                      quality_say(p, STR_FMT " births from %s to %s.",
                                                  STR_FMT " 例出生，%s 至 %s。"),
                                      STR_ARG(n), first, last));
    struct str moved = quality_figure(p, d.moved, 1);
    // what chance alone moves: half the mean distance of 31 Poisson numbers
    double by_chance = 50 * sqrt(2 / M_PI) * sqrt(31 / (double)d.n);
    quality_add(
        p,
        (struct quality_measure){
            .part = "dates",
            .name = "days_moved",
            .label = str_of(quality_say(p, "Days of the month", "月内各日")),
            .shown = quality_text(p, STR_FMT " %%", STR_ARG(moved)),
            .value = d.moved,
            .low = NAN,
            .high = NAN,
            .p = d.p,
            .n = (double)d.n,
            .scale = quality_text(
                p, quality_say(p, "chance alone: about %.1f %%", "仅偶然约 %.1f %%"),
                by_chance),
            .text = quality_text(p,
                                 quality_say(p,
                                             "%.1f of 100 dates would have to move for "
                                             "all days to be alike",
                                             "每 100 个日期须调整 %.1f 个，各日才相同"),
                                 d.moved),
            .reading = d.p < 0.001 && d.moved >= by_chance + 2 ? READING_LOOK
                       : d.moved < by_chance + 1               ? READING_GOOD
                                                               : READING_NONE});
    heaped_days(p, &d);
    if (d.new_year_expected >= 5) {
        struct str found = quality_figure(p, (double)d.new_year, 0),
                   expected = quality_figure(p, d.new_year_expected, 1);
        bool many = (double)d.new_year >
                    1.5 * d.new_year_expected + 4 * sqrt(d.new_year_expected);
        quality_add(
            p,
            (struct quality_measure){
                .part = "dates",
                .name = "new_year",
                .label = str_of(quality_say(p, "Births on 1 January", "1 月 1 日出生")),
                .shown = found,
                .value = (double)d.new_year,
                .low = NAN,
                .high = NAN,
                .p = NAN,
                .n = (double)d.n,
                .scale = quality_text(
                    p, quality_say(p, STR_FMT " by chance", "偶然为 " STR_FMT),
                    STR_ARG(expected)),
                .text = many
                            ? str_of(quality_say(p, "a date that stands for \"unknown\"?",
                                                 "是否以此代替“不详”？"))
                            : STR(""),
                .reading = many ? READING_LOOK : READING_NONE});
    }
    double weekend = (double)(d.weekday[5] + d.weekday[6]) / (double)d.n;
    struct str share = quality_percent(p, weekend, 1);
    quality_add(
        p, (struct quality_measure){
               .part = "dates",
               .name = "weekend",
               .label = str_of(quality_say(p, "Saturdays and Sundays", "周六与周日")),
               .shown = share,
               .value = weekend,
               .low = NAN,
               .high = NAN,
               .p = d.weekday_p,
               .n = (double)d.n,
               .scale = str_of(
                   quality_say(p, "28.6 % if all days are alike", "各日相同为 28.6 %")),
               .text = str_of(
                   quality_say(p,
                               "planned deliveries make weekends emptier; none at "
                               "all would mean that dates of entry were written",
                               "计划分娩使周末较少；若周末为零，可能填写的是录入日期")),
               .reading =
                   weekend < 0.1 && d.weekday_p < 0.001 ? READING_LOOK : READING_NONE});
    quality_table(p, "Days of birth", "出生日期", STR(""));
    days_chart(p, &d);
    return ERR_OK;
}

// ---- registration by sex ----

static void late_table(struct page *p, const struct timeliness *t)
{
    static const struct quality_heading headings[] = {
        {"days", "days after birth", "出生后天数", RESULT_COUNT, 0},
        {"boys", "boys registered", "已登记男", RESULT_COUNT, 0},
        {"girls", "girls registered", "已登记女", RESULT_COUNT, 0},
        {"late_boys", "boys late, %", "男迟报 %", RESULT_NUMBER, 1},
        {"late_girls", "girls late, %", "女迟报 %", RESULT_NUMBER, 1},
        {"difference", "girls less boys, points", "女减男（百分点）", RESULT_NUMBER, 1},
        {"difference_low", "from", "下限", RESULT_NUMBER, 1},
        {"difference_high", "to", "上限", RESULT_NUMBER, 1},
        {"p", "p", "p", RESULT_NUMBER, 4},
        {"ratio", "ratio by then", "届时性别比", RESULT_NUMBER, 1},
        {"ratio_low", "from", "下限", RESULT_NUMBER, 1},
        {"ratio_high", "to", "上限", RESULT_NUMBER, 1}};
    struct result *r = quality_result(p, "late", "Registered by so many days after birth",
                                      "出生后若干天内已登记", headings,
                                      sizeof headings / sizeof *headings);
    if (!r)
        return;
    for (size_t i = 0; i < t->n_at; i++) {
        const struct timeliness_at *at = &t->at[i];
        struct result_cell *row = result_row(r);
        row[0].value = at->days;
        row[1].value = (double)at->in[0];
        row[2].value = (double)at->in[1];
        row[3].value = 100 * at->late[0];
        row[4].value = 100 * at->late[1];
        row[5].value = 100 * at->difference;
        row[6].value = 100 * at->difference_range.low;
        row[7].value = 100 * at->difference_range.high;
        row[8].value = at->p;
        row[9].value = at->ratio;
        row[10].value = at->ratio_range.low;
        row[11].value = at->ratio_range.high;
    }
    p->no_memory |= !result_table_doc(
        p->doc, r, 0,
        str_of(quality_say(
            p,
            "Only births that were followed for the longest of these times; "
            "boys per 100 girls, 95 % intervals.",
            "仅含随访满最长时间的出生；性别比为每 100 名女婴的男婴数，95 % 区间。")));
}

static void ratio_chart(struct page *p, const struct timeliness *t)
{
    size_t n = t->n_at + 1;
    double *value = ARENA_ARRAY(p->a, double, 3 * n);
    struct str *labels = ARENA_ARRAY(p->a, struct str, n);
    if (!value || !labels) {
        p->no_memory = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        bool all = i == t->n_at;
        struct interval range = all ? t->ratio_range : t->at[i].ratio_range;
        value[i] = all ? t->ratio : t->at[i].ratio;
        value[n + i] = range.low;
        value[2 * n + i] = range.high;
        labels[i] = all ? str_of(quality_say(p, "all of them", "全部"))
                        : quality_text(p, quality_say(p, "within %d days", "%d 天内"),
                                       t->at[i].days);
    }
    struct series series = {.value = value, .low = value + n, .high = value + 2 * n};
    quality_chart(
        p, (struct doc_chart){
               .form = CHART_FORM_INTERVAL,
               .title = str_of(quality_say(p, "The ratio as it would have been read then",
                                           "届时所见的性别比")),
               .value_label =
                   str_of(quality_say(p, "boys per 100 girls", "每 100 名女婴的男婴数")),
               .categories = labels,
               .n_categories = n,
               .series = &series,
               .n_series = 1,
               .has_reference = true,
               .reference = 106.3,
               .reference_low = 105.5,
               .reference_high = 107.2,
               .reference_label = str_of(quality_say(p, "East Asia 106.3", "东亚 106.3")),
               .decimals = 1,
               .ratio = true});
}

// The one sentence that this part is for.
static void lateness_says(struct page *p, const struct timeliness *t)
{
    if (!t->n_at || isnan(t->ratio) || isnan(t->at[0].ratio) ||
        fabs(t->ratio - t->at[0].ratio) < 0.5) // nothing lies between them
        return;
    struct str early = ratio_text(p, t->at[0].ratio, t->at[0].ratio_range),
               all = ratio_text(p, t->ratio, t->ratio_range);
    quality_paragraph(
        p, quality_text(p,
                        quality_say(p,
                                    "Read %d days after birth the ratio was " STR_FMT
                                    "; of all the same births it is " STR_FMT
                                    ". What lies between them is who came late.",
                                    "出生后 %d 天所见的性别比为 " STR_FMT
                                    "；同一批出生全部计入后为 " STR_FMT
                                    "。两者之差来自登记的早晚。"),
                        t->at[0].days, STR_ARG(early), STR_ARG(all)));
}

static void pace_measures(struct page *p, const struct timeliness *t)
{
    bool later = t->p < 0.01 && t->pace < 1, sooner = t->p < 0.01 && t->pace > 1;
    if (!isnan(t->pace))
        quality_add(
            p,
            (struct quality_measure){
                .part = "timeliness",
                .name = "pace",
                .label = str_of(quality_say(p, "Girls' pace of registration over boys'",
                                            "女婴登记速度与男婴之比")),
                .shown = quality_text(p, "%.2f [%.2f-%.2f]", t->pace, t->pace_range.low,
                                      t->pace_range.high),
                .value = t->pace,
                .low = t->pace_range.low,
                .high = t->pace_range.high,
                .p = t->p,
                .n = (double)(t->births[0] + t->births[1]),
                .scale =
                    str_of(quality_say(p, "1: the same; below 1: girls later (log-rank)",
                                       "1 为相同；小于 1 为女婴较晚（时序检验）")),
                .text = str_of(
                    later ? quality_say(
                                p,
                                "girls reach the register later: a ratio read early "
                                "is too high",
                                "女婴登记较晚：过早读取的性别比偏高")
                    : sooner ? quality_say(
                                   p,
                                   "boys reach the register later: a ratio read early is "
                                   "too low",
                                   "男婴登记较晚：过早读取的性别比偏低")
                             : quality_say(p, "no difference beyond chance",
                                           "差异未超出偶然")),
                .reading = later || sooner ? READING_LOOK : READING_GOOD});
    static const char *const names[2] = {"median_days_boys", "median_days_girls"};
    for (int sex = 0; sex < 2; sex++)
        quality_add(
            p, (struct quality_measure){
                   .part = "timeliness",
                   .name = names[sex],
                   .label = str_of(sex ? quality_say(p, "Half of the girls by day",
                                                     "半数女婴登记于第几天")
                                       : quality_say(p, "Half of the boys by day",
                                                     "半数男婴登记于第几天")),
                   .shown = quality_figure(p, t->median[sex], 0),
                   .value = t->median[sex],
                   .low = NAN,
                   .high = NAN,
                   .p = NAN,
                   .n = (double)t->births[sex],
                   .scale = STR(""),
                   .text = isnan(t->nine_tenths[sex])
                               ? str_of(quality_say(p, "nine tenths: never reached",
                                                    "九成：未达到"))
                               : quality_text(p,
                                              quality_say(p, "nine tenths by day %.0f",
                                                          "九成登记于第 %.0f 天"),
                                              t->nine_tenths[sex])});
}

enum err quality_timeliness(struct page *p, struct error *e)
{
    static const int days[] = {30, 90, 365};
    const struct quality *q = p->q;
    struct timeliness t;
    struct error why = {0};
    if (!q->born || !q->registered || !q->sex)
        return ERR_OK;
    struct timeliness_births births = {q->n, q->born, q->registered, q->sex, q->as_of};
    quality_heading(p, "When boys and girls reach the register", "男女婴登记的早晚");
    enum err code = timeliness_run(&births, days, 3, p->a, &t, &why);
    if (code == ERR_INPUT) {
        quality_paragraph(
            p, quality_text(p, quality_say(p, "Not answered: %s.", "无法回答：%s。"),
                            p->zh ? "没有可用的男婴和女婴的出生与登记日期" : why.text));
        return ERR_OK;
    }
    if (code) {
        *e = why;
        return code;
    }
    char as_of[DATE_TEXT_SIZE];
    date_format(t.as_of, as_of);
    quality_paragraph(
        p,
        quality_text(
            p,
            quality_say(p,
                        "%llu boys and %llu girls, known up to %s; births followed for "
                        "%d days. Not used: %llu without a date, %llu without a sex, "
                        "%llu registered before birth. Not registered by then: %llu "
                        "boys, %llu girls%s",
                        "男婴 %llu 例、女婴 %llu 例，截至 %s；随访 %d 天。未使用：无日期 "
                        "%llu 例，无性别 %llu 例，登记早于出生 %llu "
                        "例。届时未登记：男 %llu 例，女 %llu 例%s"),
            (unsigned long long)t.births[0], (unsigned long long)t.births[1], as_of,
            t.followed_days, (unsigned long long)t.no_date, (unsigned long long)t.no_sex,
            (unsigned long long)t.before_birth, (unsigned long long)t.unregistered[0],
            (unsigned long long)t.unregistered[1],
            t.unregistered[0] + t.unregistered[1]
                ? quality_say(p, ".", "。")
                : quality_say(p,
                              "; births that never reach the register are not in this "
                              "file and cannot be seen.",
                              "；从未登记的出生不在本文件中，无法看到。")));
    pace_measures(p, &t);
    quality_table(p, "Pace of registration", "登记速度", STR(""));
    late_table(p, &t);
    lateness_says(p, &t);
    if (t.n_at && !isnan(t.ratio))
        ratio_chart(p, &t);
    return ERR_OK;
}

// ---- duplicates, and what a source did not report ----

static void one_part(struct page *p, const struct quality_part *part)
{
    const struct quality *q = p->q;
    uint64_t count[2][2] = {{0}};
    for (size_t i = 0; i < q->n; i++)
        if (q->sex[i] < 2 && part->in[i] < 2)
            count[part->in[i]][q->sex[i]]++;
    uint64_t n = count[1][0] + count[1][1];
    struct timeliness_part t =
        timeliness_compare(count[0][0], count[0][1], count[1][0], count[1][1]);
    struct str own = ratio_text(p, t.ratio[1], t.range[1]),
               rest = ratio_text(p, t.ratio[0], t.range[0]),
               size = quality_figure(p, (double)n, 0);
    bool more_girls = t.odds < 1;
    const char *says =
        n == 0          ? quality_say(p, "none", "无")
        : !(t.p < 0.05) ? quality_say(p, "boys and girls alike as far as can be told",
                                      "男女无可辨差异")
        : part->duplicates
            ? more_girls
                  ? quality_say(p, "girls are counted twice more often", "女婴重复更多")
                  : quality_say(
                        p, "boys are counted twice more often: the ratio is too high",
                        "男婴重复更多：性别比偏高")
        : more_girls ? quality_say(p,
                                   "girls are left out more often: the ratio of what was "
                                   "reported is too high",
                                   "女婴漏报更多：所报性别比偏高")
                     : quality_say(p,
                                   "boys are left out more often: the ratio of what was "
                                   "reported is too low",
                                   "男婴漏报更多：所报性别比偏低");
    quality_add(p, (struct quality_measure){
                       .part = "parts",
                       .name = part->duplicates ? "duplicates" : "unreported",
                       .label = quality_text(
                           p,
                           part->duplicates
                               ? quality_say(p, STR_FMT " duplicates (same " STR_FMT ")",
                                             STR_FMT " 例重复（" STR_FMT " 相同）")
                               : quality_say(p, STR_FMT " not reported by " STR_FMT,
                                             STR_FMT " 例未见于 " STR_FMT),
                           STR_ARG(size), STR_ARG(part->name)),
                       .shown = own,
                       .value = t.ratio[1],
                       .low = t.range[1].low,
                       .high = t.range[1].high,
                       .p = t.p,
                       .n = (double)n,
                       .scale = quality_text(
                           p, quality_say(p, "the rest: " STR_FMT, "其余：" STR_FMT),
                           STR_ARG(rest)),
                       .text = str_of(says),
                       .reading = t.p < 0.05 ? READING_LOOK : READING_NONE});
}

void quality_parts(struct page *p)
{
    if (!p->q->n_parts || !p->q->sex)
        return;
    quality_heading(p, "Counted twice, or not at all", "重复与漏报");
    for (size_t i = 0; i < p->q->n_parts; i++)
        one_part(p, &p->q->parts[i]);
    quality_table(
        p, "Boys per 100 girls among them", "其中每 100 名女婴的男婴数",
        str_of(quality_say(p, "95 % intervals; p of no difference from the rest.",
                           "95 % 区间；p 为与其余无差异的概率。")));
}

// ---- numbers of any kind ----

static void last_digits(struct page *p, const struct quality_number *number)
{
    struct digits_last d;
    double *tens = ARENA_ARRAY(p->a, double, p->q->n);
    if (!tens) {
        p->no_memory = true;
        return;
    }
    digits_last(number->values, p->q->n, &d);
    if (d.n >= 100 && (double)d.count[0] >= 0.99 * (double)d.n) {
        quality_paragraph(
            p,
            quality_text(p,
                         quality_say(p,
                                     STR_FMT ": written in whole tens; the digit before "
                                             "the last is judged.",
                                     STR_FMT "：以十为单位记录，改为判断倒数第二位。"),
                         STR_ARG(number->name)));
        for (size_t i = 0; i < p->q->n; i++)
            tens[i] = round(number->values[i] / 10);
        digits_last(tens, p->q->n, &d);
    }
    if (d.n < 100) {
        quality_paragraph(
            p, quality_text(
                   p,
                   quality_say(p,
                               STR_FMT ": %llu whole numbers from 100 on; last digits of "
                                       "fewer than 100 say nothing, and those of smaller "
                                       "numbers are not even by nature.",
                               STR_FMT
                               "：100 以上的整数 %llu 个；少于 100 "
                               "个时末位数字不能说明问题，较小的数末位本来就不均匀。"),
                   STR_ARG(number->name), (unsigned long long)d.n));
        return;
    }
    double by_chance = 50 * sqrt(2 / M_PI) * sqrt(0.9 * 10 / (double)d.n);
    quality_add(
        p, (struct quality_measure){
               .part = "numbers",
               .name = "last_digits",
               .label = quality_text(
                   p, quality_say(p, "Last digits of " STR_FMT, STR_FMT " 的末位数字"),
                   STR_ARG(number->name)),
               .shown = quality_text(p, "%.1f %%", d.moved),
               .value = d.moved,
               .low = NAN,
               .high = NAN,
               .p = d.p,
               .n = (double)d.n,
               .scale = quality_text(
                   p,
                   quality_say(p, "chance alone: about %.1f %%; 90 %%: one digit",
                               "仅偶然约 %.1f %%；90 %% 为同一末位"),
                   by_chance),
               .text = quality_text(p,
                                    quality_say(p, "most often %d: %.1f %% of them",
                                                "最多的是 %d：占 %.1f %%"),
                                    d.most, 100 * (double)d.count[d.most] / (double)d.n),
               .reading = d.p < 0.001 && d.moved >= by_chance + 2 ? READING_LOOK
                          : d.moved < by_chance + 1               ? READING_GOOD
                                                                  : READING_NONE});
}

static enum err first_digits(struct page *p, const struct quality_number *number,
                             struct error *e)
{
    struct digits_benford b;
    double *scratch = ARENA_ARRAY(p->a, double, p->q->n);
    if (!scratch)
        return error_memory(e);
    digits_benford(number->values, p->q->n, scratch, &b);
    if (!b.applies) {
        quality_paragraph(
            p, quality_text(
                   p,
                   quality_say(p,
                               STR_FMT ": first digits are not judged. Benford's law is "
                                       "for numbers that spread at least 50-fold; these "
                                       "%llu spread %.0f-fold (5th to 95th percentile).",
                               STR_FMT
                               "：不判断首位数字。本福特定律适用于至少相差 50 "
                               "倍的数；这 %llu 个数相差 %.0f 倍（第 5 至 95 百分位）。"),
                   STR_ARG(number->name), (unsigned long long)b.n,
                   isfinite(b.orders) ? pow(10, b.orders) : 0));
        return ERR_OK;
    }
    bool look = b.p < 0.01 && b.excess > 0.006;
    quality_add(
        p,
        (struct quality_measure){
            .part = "numbers",
            .name = "benford",
            .label = quality_text(
                p, quality_say(p, "First digits of " STR_FMT, STR_FMT " 的首位数字"),
                STR_ARG(number->name)),
            .shown = quality_text(p, "%.4f", b.deviation),
            .value = b.deviation,
            .low = NAN,
            .high = NAN,
            .p = b.p,
            .n = (double)b.n,
            .scale = str_of(
                quality_say(p,
                            "mean distance from Benford's shares; Nigrini: over "
                            "0.015 none, under 0.006 close",
                            "与本福特比例的平均距离；Nigrini：高于 0.015 不符，低于 "
                            "0.006 很接近")),
            .text = str_of(look ? quality_say(p,
                                              "not as numbers of this spread mostly are; "
                                              "limits and prices do that too",
                                              "与此类数通常不同；限额与定价也会如此")
                                : quality_say(p, "as numbers of this spread mostly are",
                                              "与此类数通常相符")),
            .reading = look ? READING_LOOK : READING_GOOD});
    return ERR_OK;
}

enum err quality_numbers(struct page *p, struct error *e)
{
    if (!p->q->n_numbers)
        return ERR_OK;
    quality_heading(p, "Numbers", "数值");
    for (size_t i = 0; i < p->q->n_numbers; i++) {
        last_digits(p, &p->q->numbers[i]);
        enum err code = first_digits(p, &p->q->numbers[i], e);
        if (code)
            return code;
    }
    quality_table(p, "Numbers", "数值", STR(""));
    return ERR_OK;
}
