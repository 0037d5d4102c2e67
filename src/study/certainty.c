// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/certainty.h"

#include <math.h>

#include "base/text.h"
#include "stats/interval.h"
#include "stats/reference.h"
#include "stats/srb.h"

#define LEVEL 0.95
#define NEAR_POINTS 0.05 // of the whole

double certainty_enough(void)
{
    return srb_sample(115, 105, LEVEL, 0.8);
}

static bool is_known(const struct figure *f)
{
    return f && f->state == FIGURE_OK && !f->outside && !isnan(f->value);
}

// A value of which differences are points, not growth in per cent.
static bool is_rate(const struct indicator *i)
{
    return i->denominator || i->interval != INTERVAL_NONE;
}

// --- against the reference

static enum certainty_side ratio_side(const struct indicator *i, const struct figure *f)
{
    double births = f->numerator + f->denominator;
    struct srb_reference reference = {
        100 * i->reference / i->per,
        i->reference_low > 0 ? reference_log_sd(i->reference_low, i->reference_high) : 0};
    struct srb_p p = srb_p_values(f->numerator, f->denominator, &reference);
    if (isnan(p.two_sided))
        return CERTAINTY_UNKNOWN;
    if (p.two_sided < 1 - LEVEL)
        return f->value > i->reference ? CERTAINTY_HIGHER : CERTAINTY_LOWER;
    return births < certainty_enough() ? CERTAINTY_TOO_FEW : CERTAINTY_ALIKE;
}

enum certainty_side certainty_reference(const struct indicator *i, const struct figure *f)
{
    if (!i->has_reference || !is_known(f) || isnan(f->low))
        return CERTAINTY_UNKNOWN;
    if (i->interval == INTERVAL_RATIO)
        return ratio_side(i, f);
    return f->low > i->reference_high   ? CERTAINTY_HIGHER
           : f->high < i->reference_low ? CERTAINTY_LOWER
                                        : CERTAINTY_ALIKE;
}

// --- against a year ago

static enum certainty_side side_of(struct interval difference)
{
    if (isnan(difference.low) || isnan(difference.high))
        return CERTAINTY_UNKNOWN;
    return difference.low > 0    ? CERTAINTY_HIGHER
           : difference.high < 0 ? CERTAINTY_LOWER
                                 : CERTAINTY_ALIKE;
}

static bool counts_rows(const struct indicator *i)
{
    size_t n = i->numerator ? expr_aggregates(i->numerator) : 0;
    for (size_t k = 0; k < n; k++)
        if (expr_aggregate(i->numerator, k)->function != AGGREGATE_COUNT)
            return false;
    return n > 0;
}

static enum certainty_side count_side(const struct indicator *i, const struct figure *now,
                                      const struct figure *before, int32_t days_now,
                                      int32_t days_before)
{
    double both = now->numerator + before->numerator;
    if (!counts_rows(i) || now->numerator < 0 || before->numerator < 0 || days_now < 1 ||
        days_before < 1)
        return CERTAINTY_UNKNOWN;
    if (both == 0)
        return CERTAINTY_ALIKE;
    double share = (double)days_now / ((double)days_now + days_before);
    struct interval x = interval_exact(now->numerator, both, LEVEL);
    return x.low > share    ? CERTAINTY_HIGHER
           : x.high < share ? CERTAINTY_LOWER
                            : CERTAINTY_ALIKE;
}

enum certainty_side certainty_change(const struct indicator *i, const struct figure *now,
                                     const struct figure *before, int32_t days_now,
                                     int32_t days_before, double *change)
{
    *change = NAN;
    if (!is_known(now) || !is_known(before))
        return CERTAINTY_UNKNOWN;
    *change = now->value - before->value;
    if (!is_rate(i)) {
        *change = before->value > 0 ? 100 * *change / before->value : NAN;
        return count_side(i, now, before, days_now, days_before);
    }
    if (i->interval == INTERVAL_RATIO) {
        struct srb_difference d =
            srb_compare(now->numerator, now->denominator, before->numerator,
                        before->denominator, LEVEL);
        return isnan(d.p)         ? CERTAINTY_UNKNOWN
               : d.p >= 1 - LEVEL ? CERTAINTY_ALIKE
               : d.times > 1      ? CERTAINTY_HIGHER
                                  : CERTAINTY_LOWER;
    }
    if (i->interval != INTERVAL_PROPORTION)
        return CERTAINTY_UNKNOWN;
    return side_of(interval_difference(now->numerator, now->denominator,
                                       before->numerator, before->denominator, LEVEL));
}

// --- against the target

enum coverage_band certainty_band(const struct indicator *i, const struct figure *f)
{
    if (!i->has_target || !i->better || !is_known(f))
        return BAND_NONE;
    double short_of = i->better > 0 ? i->target - f->value : f->value - i->target;
    if (short_of <= 0)
        return BAND_MET;
    bool held = i->better > 0 ? f->high >= i->target : f->low <= i->target; // not of NaN
    return held || short_of <= NEAR_POINTS * i->per ? BAND_NEAR : BAND_FAR;
}

// --- words

struct words {
    struct arena *arena;
    struct label text;
    bool failed;
};

static void join(struct words *w, struct str *to, struct str part, const char *between)
{
    struct str whole = to->n ? str_format(w->arena, STR_FMT "%s" STR_FMT, STR_ARG(*to),
                                          between, STR_ARG(part))
                             : part;
    w->failed |= !whole.p || !part.p;
    *to = whole.p ? whole : *to;
}

static void say(struct words *w, struct str en, struct str zh)
{
    join(w, &w->text.en, en, "; ");
    join(w, &w->text.zh, zh, "；");
}

static void say_plain(struct words *w, const char *en, const char *zh)
{
    say(w, str_of(en), str_of(zh));
}

static const char *number(struct words *w, double x, int decimals)
{
    char space[TEXT_NUMBER_SIZE];
    const char *text = str_c(w->arena, text_number(x, decimals, space));
    w->failed |= !text;
    return text ? text : "";
}

static bool say_state(struct words *w, const struct figure *f)
{
    if (f->state == FIGURE_SUPPRESSED)
        say_plain(w, "hidden: it would show a small count of people in care",
                  "不显示：会暴露服务对象的小数值");
    else if (f->state == FIGURE_NO_DATA)
        say_plain(w, "nothing was reported", "没有上报数据");
    else if (f->state == FIGURE_NOT_DEFINED)
        say_plain(w, "cannot be computed: the denominator is zero", "分母为零，无法计算");
    else if (f->outside)
        say_plain(w, "a data error: the numerator is larger than the denominator",
                  "数据有误：分子大于分母");
    return is_known(f);
}

static void say_reference(struct words *w, const struct indicator *i,
                          const struct figure *f)
{
    const char *reference = number(w, i->reference, i->decimals);
    switch (certainty_reference(i, f)) {
    case CERTAINTY_UNKNOWN:
        return;
    case CERTAINTY_LOWER:
        say(w, str_format(w->arena, "below the reference of %s", reference),
            str_format(w->arena, "低于参考值%s", reference));
        return;
    case CERTAINTY_HIGHER:
        say(w, str_format(w->arena, "above the reference of %s", reference),
            str_format(w->arena, "高于参考值%s", reference));
        return;
    case CERTAINTY_ALIKE:
        say(w,
            str_format(w->arena, "not distinguishable from the reference of %s",
                       reference),
            str_format(w->arena, "与参考值%s无法区分", reference));
        return;
    case CERTAINTY_TOO_FEW:
        break;
    }
    const char *births = number(w, f->numerator + f->denominator, 0),
               *low = number(w, f->low, i->decimals),
               *high = isfinite(f->high) ? number(w, f->high, i->decimals) : "∞";
    say(w,
        str_format(w->arena, "too few births to say: %s births give %s–%s", births, low,
                   high),
        str_format(w->arena, "出生数太少，无法判断：%s例出生的区间为%s–%s", births, low,
                   high));
}

static void say_target(struct words *w, const struct indicator *i, const struct figure *f)
{
    const char *target =
        number(w, i->target, i->target == nearbyint(i->target) ? 0 : i->decimals);
    switch (certainty_band(i, f)) {
    case BAND_NONE:
        return;
    case BAND_MET:
        say(w, str_format(w->arena, "meets the target of %s", target),
            str_format(w->arena, "达到目标%s", target));
        return;
    case BAND_NEAR:
        say(w, str_format(w->arena, "just short of the target of %s", target),
            str_format(w->arena, "接近目标%s", target));
        return;
    case BAND_FAR:
        say(w, str_format(w->arena, "short of the target of %s", target),
            str_format(w->arena, "未达到目标%s", target));
    }
}

// " (+3.2)" or " (+3 %)"; empty where the change is not known or rounds to nothing.
static struct str amount(struct words *w, const struct indicator *i, double change,
                         bool zh)
{
    int decimals = is_rate(i) ? i->decimals : fabs(change) < 10 ? 1 : 0;
    if (!isfinite(change) || fabs(change) < 0.5 * pow(10, -decimals))
        return STR("");
    struct str s =
        str_format(w->arena, zh ? "（%s%s%s）" : " (%s%s%s)", change > 0 ? "+" : "",
                   number(w, change, decimals), is_rate(i) ? "" : "%");
    w->failed |= !s.p;
    return s;
}

static void say_change(struct words *w, const struct indicator *i,
                       const struct figure *now, const struct figure *before,
                       struct period period)
{
    double change;
    struct period past = period_year_before(period);
    enum certainty_side side =
        certainty_change(i, now, before, period.last - period.first + 1,
                         past.last - past.first + 1, &change);
    if (!is_known(before)) {
        say_plain(w, "nothing to compare with a year before", "无上年同期可比数据");
        return;
    }
    if (side == CERTAINTY_ALIKE) {
        say_plain(w, "not distinguishable from last year", "与上年同期无法区分");
        return;
    }
    double step = now->value - before->value;
    struct str en = amount(w, i, change, false), zh = amount(w, i, change, true);
    if (step == 0 || (is_rate(i) && !en.n && side == CERTAINTY_UNKNOWN)) {
        say_plain(w, "as last year", "与上年同期相同");
        return;
    }
    say(w,
        str_format(w->arena, "%s than last year" STR_FMT "%s",
                   step > 0 ? "higher" : "lower", STR_ARG(en),
                   side == CERTAINTY_UNKNOWN ? ", how surely is not known" : ""),
        str_format(w->arena, "%s上年同期" STR_FMT "%s", step > 0 ? "高于" : "低于",
                   STR_ARG(zh), side == CERTAINTY_UNKNOWN ? "，把握程度不明" : ""));
}

enum err certainty_words(struct arena *a, const struct indicator *i,
                         const struct figure *now, const struct figure *before,
                         struct period period, int32_t today, struct label *out,
                         struct error *e)
{
    struct words w = {.arena = a, .text = {STR(""), STR("")}};
    bool over = today > period.last;
    if (say_state(&w, now)) {
        if (i->has_reference)
            say_reference(&w, i, now);
        say_target(&w, i, now);
        if (before && (over || is_rate(i)))
            say_change(&w, i, now, before, period);
        if (!over)
            say_plain(&w, "the period is not over yet", "统计期尚未结束");
    }
    *out = w.text;
    return w.failed ? error_memory(e) : ERR_OK;
}
