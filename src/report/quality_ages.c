// SPDX-License-Identifier: AGPL-3.0-or-later
// Ages: heaping by digit, and the accuracy of ages by sex.
#include <math.h>

#include "report/quality_private.h"
#include "stats/heaping.h"

enum { OLDEST = 120, MOST_FIVES = 15 }; // fives: the joint score ends at 70-74

struct ages {
    double all[OLDEST + 1], men[OLDEST + 1], women[OLDEST + 1];
    size_t n; // closed single years
    double people, with_age, left_out, open;
    int low, high; // ages that 1 % are below, and 1 % above
};

static void tally(const struct quality *q, struct ages *out)
{
    for (size_t i = 0; i < q->n; i++) {
        double age = q->age[i], people = q->people[i];
        out->people += people;
        if (isnan(age))
            continue;
        if (age < 0 || age > OLDEST) {
            out->left_out += people;
            continue;
        }
        out->with_age += people;
        if (age >= q->open_age) {
            out->open += people;
            continue;
        }
        size_t a = (size_t)age;
        out->all[a] += people;
        out->men[a] += q->men[i];
        out->women[a] += q->women[i];
        if (people > 0 && a >= out->n)
            out->n = a + 1;
    }
    if (isfinite(q->open_age) && out->n && q->open_age <= OLDEST)
        out->n = (size_t)fmax((double)out->n, q->open_age);
    double sum = 0, closed = out->with_age - out->open;
    out->low = -1;
    for (size_t a = 0; a < out->n; a++) {
        sum += out->all[a];
        if (out->low < 0 && sum > 0.01 * closed)
            out->low = (int)a;
        if (sum - out->all[a] < 0.99 * closed)
            out->high = (int)a;
    }
}

// 25 to 60 where ages reach that far, else the widest range of whole decades inside of
// the ages that there are. False: none.
static bool whipple_range(const struct ages *g, int *from, int *to)
{
    *from = 25;
    *to = 60;
    if (g->low <= 23 && g->high >= 62)
        return true;
    *from = (g->low + 2 + 4) / 5 * 5;
    *to = (g->high - 2) / 5 * 5;
    if ((*to - *from) % 10 == 0)
        *to -= 5;
    return *from >= 5 && *to - *from >= 5;
}

static const char *whipple_says(const struct page *p, double index)
{
    return index < 105   ? quality_say(p, "very accurate", "非常准确")
           : index < 110 ? quality_say(p, "fairly accurate", "较准确")
           : index < 125 ? quality_say(p, "approximate", "大致可用")
           : index < 175
               ? quality_say(p, "rough: ages were guessed", "粗略：年龄多为估计")
               : quality_say(p, "very rough: ages were guessed", "很粗略：年龄多为估计");
}

static void whipple(struct page *p, const struct ages *g, const double *count,
                    const char *name, const char *en, const char *zh)
{
    int from, to;
    double people = 0;
    if (!whipple_range(g, &from, &to))
        return;
    double index = 100 * heaping_whipple(count, g->n, from, to, HEAPING_ZERO_AND_FIVE);
    for (int age = from - 2; age <= to + 2; age++)
        people += count[age];
    if (isnan(index))
        return;
    struct interval i = interval_wilson(people * index / 500, people, 0.95);
    struct str shown = quality_figure(p, index, 1),
               low = quality_figure(p, 500 * i.low, 1),
               high = quality_figure(p, 500 * i.high, 1);
    quality_add(
        p, (struct quality_measure){
               .part = "ages",
               .name = name,
               .label = quality_text(p, quality_say(p, "%s, ages %d-%d", "%s，%d–%d 岁"),
                                     quality_say(p, en, zh), from - 2, to + 2),
               .shown = quality_text(p, STR_FMT " [" STR_FMT "-" STR_FMT "]",
                                     STR_ARG(shown), STR_ARG(low), STR_ARG(high)),
               .value = index,
               .low = 500 * i.low,
               .high = 500 * i.high,
               .p = NAN,
               .n = people,
               .scale =
                   count == g->all
                       ? str_of(quality_say(
                             p,
                             "100 none, 500 everybody on 0 and 5; UN: under 105 very "
                             "accurate, "
                             "110, 125, 175 and more rough",
                             "100 为无偏好，500 为全部落在 0 和 5；联合国标准：低于 105 "
                             "非常准确，依次为 110、125、175"))
                       : STR(""),
               .text = str_of(whipple_says(p, index)),
               // one that chance could have lifted so far says nothing
               .reading = index < 105                          ? READING_GOOD
                          : 500 * i.low >= 105 && index >= 110 ? READING_LOOK
                                                               : READING_NONE});
}

static void digits_of_age(struct page *p, const double shares[10], int from, int to,
                          bool whole_life)
{
    static const struct quality_heading headings[] = {
        {"digit", "last digit", "末位数字", RESULT_COUNT, 0},
        {"share", "share, %", "占比 %", RESULT_NUMBER, 2},
        {"expected", "expected, %", "预期 %", RESULT_NUMBER, 2}};
    static const struct str labels[10] = {{"0", 1}, {"1", 1}, {"2", 1}, {"3", 1},
                                          {"4", 1}, {"5", 1}, {"6", 1}, {"7", 1},
                                          {"8", 1}, {"9", 1}};
    static const double tenth[10] = {10, 10, 10, 10, 10, 10, 10, 10, 10, 10};
    struct result *r = quality_result(p, "age_digits", "Last digits of ages",
                                      "年龄的末位数字", headings, 3);
    for (int d = 0; r && d < 10; d++) {
        struct result_cell *row = result_row(r);
        row[0].value = d;
        row[1].value = shares[d];
        row[2].value = 10;
    }
    // ages of few years are no even population: a tenth each is not to be expected
    if (whole_life)
        quality_bars(
            p, CHART_FORM_BAR,
            quality_text(p,
                         quality_say(p, "Last digits of ages %d-%d, blended (Myers)",
                                     "%d–%d 岁年龄的末位数字（迈尔斯混合法）"),
                         from, to),
            labels, shares, tenth, 10, STR(""));
}

static void moved_share(struct page *p, const char *name, struct str label, double index,
                        double people, bool whole_life)
{
    if (isnan(index))
        return;
    struct str shown = quality_figure(p, index, 1);
    quality_add(
        p,
        (struct quality_measure){
            .part = "ages",
            .name = name,
            .label = label,
            .shown = quality_text(p, STR_FMT " %%", STR_ARG(shown)),
            .value = index,
            .low = NAN,
            .high = NAN,
            .p = NAN,
            .n = people,
            .scale = str_of(quality_say(p, "0 none, 90 everybody on one digit",
                                        "0 为无偏好，90 为全部同一末位")),
            .text = whole_life
                        ? quality_text(p,
                                       quality_say(p,
                                                   "%.1f of 100 ages would have to move "
                                                   "for all digits to be alike",
                                                   "每 100 个年龄中须调整 %.1f "
                                                   "个，各末位才相同"),
                                       index)
                        : str_of(quality_say(
                              p,
                              "made for whole populations: ages of so few "
                              "years rise and fall by themselves",
                              "该指数适用于完整人口：年龄范围较窄时本身就有起伏")),
            .reading = !whole_life   ? READING_NONE
                       : index < 5   ? READING_GOOD
                       : index >= 10 ? READING_LOOK
                                     : READING_NONE});
}

static void single_years(struct page *p, const struct ages *g)
{
    double shares[10];
    int from, to;
    if (!whipple_range(g, &from, &to))
        quality_paragraph(
            p, quality_text(
                   p,
                   quality_say(p,
                               "Whipple's index needs ages over at least one decade "
                               "with two years on either side; nearly all are %d to "
                               "%d.",
                               "惠普尔指数至少需要跨越一个十年并两侧各有两岁的年龄；"
                               "本数据几乎都在 %d–%d 岁。"),
                   g->low, g->high));
    whipple(p, g, g->all, "whipple", "Whipple's index", "惠普尔指数");
    if (p->q->has_sex) {
        whipple(p, g, g->men, "whipple_men", "Whipple, men", "惠普尔指数，男");
        whipple(p, g, g->women, "whipple_women", "Whipple, women", "惠普尔指数，女");
    }
    bool standard = g->low <= 23 && g->high >= 62 && g->n > 82;
    from = standard ? 23 : g->low;
    to = standard ? 82 : g->low + (g->high - g->low + 1) / 10 * 10 - 1;
    double myers = heaping_myers(g->all, g->n, from, to, false, shares);
    moved_share(p, "myers",
                quality_text(p,
                             quality_say(p, "Myers' blended index, ages %d-%d",
                                         "迈尔斯混合指数，%d–%d 岁"),
                             from, to),
                myers, g->with_age, standard);
    if (standard)
        moved_share(
            p, "bachi",
            str_of(quality_say(p, "Bachi's index, ages 23-77", "巴奇指数，23–77 岁")),
            heaping_bachi(g->all, g->n, 23, 77, false, NULL), g->with_age, true);
    double total = standard ? heaping_spoorenberg(g->all, g->n, 20, 64) : NAN;
    if (!isnan(total)) {
        struct str shown = quality_figure(p, total, 2);
        quality_add(
            p, (struct quality_measure){
                   .part = "ages",
                   .name = "total_modified_whipple",
                   .label = str_of(quality_say(p, "Total modified Whipple, ages 20-64",
                                               "总修正惠普尔指数，20–64 岁")),
                   .shown = shown,
                   .value = total,
                   .low = NAN,
                   .high = NAN,
                   .p = NAN,
                   .n = g->with_age,
                   .scale = str_of(
                       quality_say(p, "0 none, 16 everybody on 0 and 5 (Spoorenberg)",
                                   "0 为无偏好，16 为全部落在 0 和 5（Spoorenberg）")),
                   .text = str_of(
                       quality_say(p, "all ten digits, favoured and avoided, added up",
                                   "十个末位偏好与回避之和"))});
    }
    quality_table(p, "Ages", "年龄", STR(""));
    if (!isnan(myers))
        digits_of_age(p, shares, from, to, standard);
    else
        quality_paragraph(
            p, str_of(quality_say(p, "Myers' index needs two whole decades of ages.",
                                  "迈尔斯指数需要两个完整的十年年龄段。")));
}

static void add_score(struct page *p, const char *name, const char *en, const char *zh,
                      double score, double people, bool joint)
{
    struct str shown = quality_figure(p, score, 2);
    quality_add(
        p, (struct quality_measure){
               .part = "ages",
               .name = name,
               .label = str_of(quality_say(p, en, zh)),
               .shown = shown,
               .value = score,
               .low = NAN,
               .high = NAN,
               .p = NAN,
               .n = people,
               .scale =
                   joint ? str_of(quality_say(p,
                                              "UN: under 20 accurate, 20-40 inaccurate, "
                                              "over 40 highly inaccurate",
                                              "联合国标准：低于 20 准确，20–40 "
                                              "不准确，高于 40 很不准确"))
                         : str_of(quality_say(p, "0 is smooth", "0 为平滑")),
               .text = !joint       ? STR("")
                       : score < 20 ? str_of(quality_say(p, "accurate", "准确"))
                       : score <= 40
                           ? str_of(quality_say(p,
                                                "inaccurate: look at ages and "
                                                "at who is missing",
                                                "不准确：请核实年龄及漏登"))
                           : str_of(quality_say(p, "highly inaccurate", "很不准确")),
               .reading = !joint       ? READING_NONE
                          : score < 20 ? READING_GOOD
                                       : READING_LOOK});
}

static void by_sex(struct page *p, const struct ages *g)
{
    double men[OLDEST / 5 + 1], women[OLDEST / 5 + 1];
    size_t n = g->n / 5 < MOST_FIVES ? g->n / 5 : MOST_FIVES;
    heaping_fives(men, g->men, g->n);
    heaping_fives(women, g->women, g->n);
    p->section = p->n;
    double joint = heaping_age_sex(men, women, n, HEAPING_UN, g->people);
    if (n < 10 || isnan(joint)) {
        quality_paragraph(
            p, str_of(quality_say(
                   p,
                   "The UN's age-sex accuracy index needs a whole population: men and "
                   "women in every age group of five years up to 45-49 at least. This "
                   "file does not have them.",
                   "联合国年龄性别准确性指数需要完整人口：至少到 45–49 "
                   "岁的每个五岁组均有男性和女性。本文件不满足。")));
        return;
    }
    add_score(p, "age_sex_accuracy", "UN age-sex accuracy index",
              "联合国年龄性别准确性指数", joint, g->people, true);
    add_score(p, "sex_ratio_score", "Sex ratio score", "性别比得分",
              heaping_sex_ratio_score(men, women, n), g->people, false);
    add_score(p, "age_ratio_score_men", "Age ratio score, men", "年龄比得分，男",
              heaping_age_ratio_score(men, n, HEAPING_UN), g->people, false);
    add_score(p, "age_ratio_score_women", "Age ratio score, women", "年龄比得分，女",
              heaping_age_ratio_score(women, n, HEAPING_UN), g->people, false);
    quality_table(
        p, "Age groups of five years by sex", "按性别的五岁年龄组",
        str_of(quality_say(
            p,
            "3 x the sex ratio score and both age ratio scores; under a million "
            "people less what chance does. Real changes (migration, a famine, a "
            "baby boom) raise it too.",
            "为性别比得分的三倍与两个年龄比得分之和；不足百万人口时扣除偶然因素。"
            "真实的变化（迁移、饥荒、生育高峰）也会使其升高。")));
}

enum err quality_ages(struct page *p, struct error *e)
{
    const struct quality *q = p->q;
    if (!q->age)
        return ERR_OK;
    struct ages *g = ARENA_NEW(p->a, struct ages);
    if (!g)
        return error_memory(e);
    tally(q, g);
    quality_heading(p, "Ages", "年龄");
    double missing = g->people - g->with_age;
    if (missing > 0) {
        struct str a = quality_figure(p, missing, 0),
                   b = quality_figure(p, g->left_out, 0);
        quality_paragraph(
            p, quality_text(p,
                            quality_say(p,
                                        STR_FMT
                                        " people have no age that can be used (" STR_FMT
                                        " of them below 0 or above 120).",
                                        STR_FMT " 人没有可用的年龄（其中 " STR_FMT
                                                " 人低于 0 或高于 120 岁）。"),
                            STR_ARG(a), STR_ARG(b)));
    }
    if (g->open > 0) {
        struct str a = quality_figure(p, g->open, 0);
        quality_paragraph(
            p, quality_text(p,
                            quality_say(p,
                                        "The open group from %.0f years on (" STR_FMT
                                        " people) is left out.",
                                        "%.0f 岁及以上的开口组（" STR_FMT
                                        " 人）不参与计算。"),
                            q->open_age, STR_ARG(a)));
    }
    if (g->n == 0 || g->low == g->high) {
        quality_paragraph(p,
                          str_of(quality_say(p,
                                             "All ages are the same, or there are none: "
                                             "nothing can be said of them.",
                                             "年龄全部相同或没有年龄，无法评估。")));
        return ERR_OK;
    }
    if (!q->five)
        single_years(p, g);
    else
        quality_paragraph(
            p, str_of(quality_say(p,
                                  "Ages are in groups of five years: what digits "
                                  "people prefer cannot be seen any more.",
                                  "年龄为五岁组，已无法看出末位数字偏好。")));
    if (q->has_sex)
        by_sex(p, g);
    return ERR_OK;
}
