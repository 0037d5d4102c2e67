// SPDX-License-Identifier: AGPL-3.0-or-later
// Facilities whose numbers look less like chance than births do.
#include <math.h>

#include "report/quality_private.h"
#include "stats/fabrication.h"

enum { MOST_FACILITIES = 5000, SHOWN_BESIDE = 10 };

// Births by facility and period, boys apart from girls where the file tells them.
static enum err tally(struct page *p, struct fabrication_counts *out, struct error *e)
{
    const struct quality *q = p->q;
    uint32_t f = q->facility->n, t = q->period->n;
    size_t cells;
    double *boys, *girls = NULL;
    *out = (struct fabrication_counts){.n_facilities = f, .n_periods = t};
    if (!size_mul(f, t, &cells) || !(boys = ARENA_ARRAY(p->a, double, cells)) ||
        (q->has_sex && !(girls = ARENA_ARRAY(p->a, double, cells))))
        return error_memory(e);
    // a table without a line for a month has no report; a file of births has no birth
    for (size_t i = 0; i < cells && q->table; i++)
        boys[i] = NAN;
    for (size_t i = 0; i < q->n; i++) {
        size_t at = (size_t)q->facility->of_row[i] * t + q->period->of_row[i];
        if (q->period->of_row[i] >= t)
            continue; // a birth without a date
        boys[at] =
            (isnan(boys[at]) ? 0 : boys[at]) + (q->has_sex ? q->men[i] : q->people[i]);
        if (girls)
            girls[at] += q->women[i];
    }
    out->boys = boys;
    out->girls = girls;
    return ERR_OK;
}

static const char *sign_name(const struct page *p, enum fabrication_sign sign)
{
    switch (sign) {
    case FABRICATION_EVEN_COUNTS:
        return quality_say(p, "months too even", "各期过于平均");
    case FABRICATION_EVEN_RATIO:
        return quality_say(p, "boys' share too even", "男婴比例过于平均");
    case FABRICATION_ROUND:
        return quality_say(p, "round counts (multiples of 5)", "整数过多（5 的倍数）");
    case FABRICATION_SAME_BEFORE:
        return quality_say(p, "the same as before", "与以前相同");
    case FABRICATION_SAME_OTHER:
        return quality_say(p, "the same as elsewhere", "与他处相同");
    case FABRICATION_ROUND_VALUES:
        return quality_say(p, "round values", "取整的数值");
    case FABRICATION_REPEATED:
        return quality_say(p, "value of the row before", "与上一行数值相同");
    case FABRICATION_ROUND_DAYS:
        return quality_say(p, "births on round days (1, 5, 10 ...)",
                           "整日出生（1、5、10 日等）");
    case FABRICATION_SIGNS:
        break;
    }
    return "";
}

static struct str says(struct page *p, const struct fabrication_signal *s)
{
    const struct quality *q = p->q;
    switch (s->sign) {
    case FABRICATION_EVEN_COUNTS:
    case FABRICATION_EVEN_RATIO:
        return quality_text(
            p,
            quality_say(p, "%.0f %% of the spread that chance gives, over %llu periods",
                        "离散程度为偶然的 %.0f %%，共 %llu 期"),
            100 * s->found, (unsigned long long)s->n);
    case FABRICATION_SAME_BEFORE:
        return quality_text(
            p,
            quality_say(p,
                        "%.0f of %llu periods repeat the one %u before (%.1f by chance)",
                        "%.0f 期（共 %llu 期）与 %u 期前相同（偶然为 %.1f）"),
            s->found, (unsigned long long)s->n, s->other, s->expected);
    case FABRICATION_SAME_OTHER:
        return quality_text(
            p,
            quality_say(
                p, "%.0f of %llu periods equal those of " STR_FMT " (%.1f by chance)",
                "%.0f 期（共 %llu 期）与 " STR_FMT " 相同（偶然为 %.1f）"),
            s->found, (unsigned long long)s->n, STR_ARG(q->facility->names[s->other]),
            s->expected);
    default:
        return quality_text(
            p, quality_say(p, "%.0f of %llu; %.1f by chance", "%.0f / %llu；偶然为 %.1f"),
            s->found, (unsigned long long)s->n, s->expected);
    }
}

static void signals_result(struct page *p, const struct fabrication *f, size_t found)
{
    static const struct quality_heading headings[] = {
        {"facility", "facility", "机构", RESULT_TEXT, 0},
        {"sign", "sign", "迹象", RESULT_TEXT, 0},
        {"says", "what was found", "发现", RESULT_TEXT, 0},
        {"n", NULL, NULL, RESULT_COUNT, 0},
        {"found", NULL, NULL, RESULT_NUMBER, 2},
        {"expected", NULL, NULL, RESULT_NUMBER, 2},
        {"p", "p", "p", RESULT_NUMBER, 5},
        {"q", "q (all together)", "q（合并校正）", RESULT_NUMBER, 4},
        {"look", "look", "核实", RESULT_YES_NO, 0}};
    struct result *r = quality_result(
        p, "facilities", "Signs by facility, the strongest first",
        "各机构的迹象（由强到弱）", headings, sizeof headings / sizeof *headings);
    if (!r)
        return;
    for (size_t i = 0; i < f->n; i++) {
        const struct fabrication_signal *s = &f->signals[i];
        struct result_cell *row = result_row(r);
        row[0].text = p->q->facility->names[s->facility];
        row[1].text = str_of(sign_name(p, s->sign));
        row[2].text = says(p, s);
        row[3].value = (double)s->n;
        row[4].value = s->found;
        row[5].value = s->expected;
        row[6].value = s->p;
        row[7].value = s->q;
        row[8].value = s->q < 0.05;
    }
    p->no_memory |= !result_table_doc(
        p->doc, r, found + SHOWN_BESIDE,
        str_of(quality_say(
            p,
            "p: under plain chance; q: the share of false signs to expect if this "
            "one and all before it are taken up (Benjamini and Hochberg).",
            "p：仅由偶然产生的概率；q：若采纳该行及以上各行，预期的误报比例"
            "（Benjamini–Hochberg）。")));
}

static enum err days_of_facilities(struct page *p, struct fabrication *f, struct error *e)
{
    const struct quality *q = p->q;
    double *days = ARENA_ARRAY(p->a, double, q->n);
    int year, month, day;
    if (!days)
        return error_memory(e);
    for (size_t i = 0; i < q->n; i++) {
        days[i] = NAN;
        if (q->born[i] == DATE_NONE)
            continue;
        date_to_ymd(q->born[i], &year, &month, &day);
        days[i] = day;
    }
    return fabrication_of_days(days, q->facility->of_row, q->n, q->facility->n, p->a, f,
                               e);
}

enum err quality_facilities(struct page *p, struct error *e)
{
    const struct quality *q = p->q;
    struct fabrication f = {0};
    struct fabrication_counts counts;
    enum err code = ERR_OK;
    if (!q->facility || (!q->period && !q->values))
        return ERR_OK;
    if (q->facility->n > MOST_FACILITIES) {
        error_set(e, ERR_LIMIT, "quality.facilities", NULL,
                  "there are %u facilities; at most %d are compared", q->facility->n,
                  MOST_FACILITIES);
        return error_cure(
            e, "name the column of the facility, or take one county at a time");
    }
    quality_heading(p, "Facilities", "机构");
    if (q->period)
        code = tally(p, &counts, e);
    if (!code && q->period)
        code = fabrication_of_counts(&counts, p->a, &f, e);
    if (!code && q->values)
        code = fabrication_of_values(q->values, q->facility->of_row, q->n, q->facility->n,
                                     q->step, p->a, &f, e);
    if (code)
        return code;
    if (q->born)
        code = days_of_facilities(p, &f, e);
    if (code)
        return code;
    fabrication_adjust(&f);
    if (!f.n) {
        quality_paragraph(
            p, quality_text(
                   p,
                   quality_say(p,
                               "%u facilities, none with numbers enough: 6 periods of 5 "
                               "births on the mean, or 30 values.",
                               "%u 个机构，数据均不足：需要 6 期且每期平均 5 "
                               "例出生，或 30 个数值。"),
                   q->facility->n));
        return ERR_OK;
    }
    size_t found = 0;
    for (size_t i = 0; i < f.n; i++)
        found += f.signals[i].q < 0.05;
    quality_add(
        p,
        (struct quality_measure){
            .part = "facilities",
            .name = "signs",
            .label = str_of(quality_say(p, "Signs beyond chance", "超出偶然的迹象")),
            .shown = quality_text(p, "%zu / %zu", found, f.n),
            .value = (double)found,
            .low = NAN,
            .high = NAN,
            .p = NAN,
            .n = (double)f.n,
            .scale = quality_text(
                p,
                quality_say(p, "%u facilities; q below 0.05", "%u 个机构；q 低于 0.05"),
                q->facility->n),
            .text = found
                        ? quality_text(
                              p,
                              quality_say(p,
                                          "%zu that chance hardly gives: "
                                          "look at how these facilities keep "
                                          "their book",
                                          "%zu 项难以用偶然解释：请了解这些机构如何登记"),
                              found)
                        : str_of(quality_say(p, "none beyond chance", "均未超出偶然")),
            .reading = found ? READING_LOOK : READING_GOOD});
    quality_table(p, "Facilities", "机构", STR(""));
    signals_result(p, &f, found);
    return ERR_OK;
}
