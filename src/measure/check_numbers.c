// SPDX-License-Identifier: AGPL-3.0-or-later
// Checks of figures: one measure against another, a numerator outside its denominator,
// and a series against its own past.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "measure/check_private.h"
#include "stats/robust.h"

// "3,412" and "12.5": whole numbers whole.
static struct str number_text(struct arena *a, double x)
{
    char out[TEXT_NUMBER_SIZE];
    return str_copy(a, text_number(x, x == nearbyint(x) ? 0 : 1, out));
}

static enum err axes_of(const struct checker *k, struct str by, enum period_kind every,
                        struct axis axes[2], struct error *e)
{
    axes[1] = (struct axis){.kind = AXIS_PERIOD, .period = every};
    return measure_axis(k->m, NULL, by, &axes[0], e);
}

static void place(struct finding *f, const struct axis *axis, int32_t index)
{
    if (axis->kind == AXIS_LEVEL)
        f->area = index;
    else if (axis->kind == AXIS_FACILITY)
        f->facility = index;
}

// --- one measure against another

static bool agrees(const struct check *c, double left, double right)
{
    double difference = left - right, base = fmax(fabs(left), fabs(right));
    if (c->relation == COMPARE_AT_MOST && difference <= 0)
        return true;
    if (c->relation == COMPARE_AT_LEAST && difference >= 0)
        return true;
    double size = fabs(difference);
    return size == 0 || size <= c->tolerance_count ||
           size * 100 <= c->tolerance_percent * base;
}

static struct str printed(struct arena *a, const struct expr *x, bool zh)
{
    struct buf b = BUF_INIT(1 << 16);
    expr_print(x, zh, &b);
    struct str out = str_copy(a, buf_str(&b));
    buf_free(&b);
    return out;
}

// What each side is, in the pack's words or else as its expression.
static struct label side(struct arena *a, const struct expr *x, struct label given)
{
    return given.en.n || !x ? given
                            : (struct label){printed(a, x, false), printed(a, x, true)};
}

static void add_side(struct finding *f, int at, const struct expr *x, struct label name)
{
    f->sides[at] = x;
    f->side_labels[at] = name;
}

// "births in the report: 31; births certified by hospitals: 40; difference −9 (−22.5%)"
static struct label both_sides(struct arena *a, struct label left, double x,
                               struct label right, double y)
{
    struct str l = number_text(a, x), r = number_text(a, y), d = number_text(a, x - y);
    struct str en = STR(""), zh = STR("");
    if (fabs(y) >= 10) { // a share of less says nothing
        double share = 100 * (x - y) / fabs(y);
        const char *sign = share < 0 ? "−" : "+";
        en = str_format(a, " (%s%.1f%%)", sign, fabs(share));
        zh = str_format(a, "（%s%.1f%%）", sign, fabs(share));
    }
    const char *plus = x > y ? "+" : "";
    return (struct label){str_format(a,
                                     STR_FMT ": " STR_FMT "; " STR_FMT ": " STR_FMT
                                             "; difference %s" STR_FMT STR_FMT,
                                     STR_ARG(left.en), STR_ARG(l), STR_ARG(right.en),
                                     STR_ARG(r), plus, STR_ARG(d), STR_ARG(en)),
                          str_format(a,
                                     STR_FMT "：" STR_FMT "；" STR_FMT "：" STR_FMT
                                             "；相差 %s" STR_FMT STR_FMT,
                                     STR_ARG(left.zh), STR_ARG(l), STR_ARG(right.zh),
                                     STR_ARG(r), plus, STR_ARG(d), STR_ARG(zh))};
}

enum err check_measures(struct checker *k, const struct check *c, struct error *e)
{
    struct axis axes[2];
    enum err code = axes_of(k, c->by, c->every, axes, e);
    if (code)
        return code;
    // a check by a longer span than the period asked for is made on the whole period
    bool parts = period_count(k->period, c->every) > 0;
    struct measure_scope scope = {k->period, k->root, axes, parts ? 2 : 1};
    struct figures left, right = {0};
    code = measure_expression(k->m, k->arena, c->left, &scope, &left, e);
    if (!code && c->right)
        code = measure_expression(k->m, k->arena, c->right, &scope, &right, e);
    if (code)
        return code;
    struct label left_label = side(k->arena, c->left, c->left_label);
    struct label right_label = side(k->arena, c->right, c->right_label);
    size_t n_periods = parts ? left.axes[1].n : 1;
    for (size_t g = 0; g < left.n; g++) {
        const struct figure *x = &left.list[g], *y = c->right ? &right.list[g] : NULL;
        if (x->state != FIGURE_OK || (y && y->state != FIGURE_OK))
            continue; // what nobody reported is late, not wrong
        double r = y ? y->value : 0;
        if (agrees(c, x->value, r))
            continue;
        struct finding *f;
        if ((code = check_add(k, &f, e)) != ERR_OK)
            return code;
        check_describe(f, c);
        place(f, &axes[0], left.axes[0].buckets[g / n_periods].index);
        if (parts)
            f->period = left.axes[1].buckets[g % n_periods].period;
        f->score = fabs(x->value - r) / sqrt(fmax(1, fmax(x->value, r)));
        f->figures[0] = x->value;
        f->figures[1] = r;
        add_side(f, 0, c->left, left_label);
        add_side(f, 1, c->right, right_label);
        struct str found = number_text(k->arena, x->value);
        if (c->right)
            f->text = both_sides(k->arena, left_label, x->value, right_label, r);
        else
            f->text = (struct label){
                str_format(k->arena, STR_FMT " where there should be none",
                           STR_ARG(found)),
                str_format(k->arena, "有 " STR_FMT " 例，应为 0", STR_ARG(found))};
    }
    return ERR_OK;
}

// --- numerator outside denominator

static struct str level_of(const struct checker *k, const struct indicator *i)
{
    for (size_t n = 0; n < expr_aggregates(i->numerator); n++) {
        const struct reg *r = expr_aggregate(i->numerator, n)->reg;
        if (r->due.set && r->due.level.n)
            return r->due.level;
    }
    const struct pack *p = k->m->county->pack;
    return p->levels[p->n_levels > 1 ? p->n_levels - 2 : 0].name;
}

enum err check_inside(struct checker *k, const struct indicator *i, struct error *e)
{
    if ((i->valid_from != DATE_NONE && k->period.last < i->valid_from) ||
        (i->valid_to != DATE_NONE && k->period.first > i->valid_to) || !i->denominator)
        return ERR_OK;
    struct axis axes[2];
    enum err code = axes_of(k, level_of(k, i), PERIOD_MONTH, axes, e);
    if (code)
        return code;
    struct measure_scope scope = {k->period, k->root, axes, 2};
    struct figures x;
    code = measure_indicator(k->m, k->arena, i, &scope, &x, e);
    if (code)
        return code;
    // one finding an area, that names the worst month and says how many there are
    for (size_t a = 0; a < x.axes[0].n; a++) {
        size_t n = x.axes[1].n, months = 0, worst = 0;
        double most = -1;
        for (size_t t = 0; t < n; t++) {
            const struct figure *f = &x.list[a * n + t];
            if (!f->outside)
                continue;
            months++;
            if (f->numerator - f->denominator > most) {
                most = f->numerator - f->denominator;
                worst = t;
            }
        }
        if (!months)
            continue;
        struct finding *f;
        if ((code = check_add(k, &f, e)) != ERR_OK)
            return code;
        const struct figure *w = &x.list[a * n + worst];
        f->check = i->name;
        f->severity = SEVERITY_ERROR;
        f->area = x.axes[0].buckets[a].index;
        f->period = x.axes[1].buckets[worst].period;
        f->score = w->denominator > 0 ? w->numerator / w->denominator : w->numerator;
        f->figures[0] = w->numerator;
        f->figures[1] = w->denominator;
        add_side(f, 0, i->numerator, (struct label){STR("numerator"), STR("分子")});
        add_side(f, 1, i->denominator, (struct label){STR("denominator"), STR("分母")});
        f->label.en = str_format(k->arena, "Numerator above denominator: " STR_FMT,
                                 STR_ARG(i->label.en));
        f->label.zh =
            str_format(k->arena, "分子大于分母：" STR_FMT, STR_ARG(i->label.zh));
        struct str top = number_text(k->arena, w->numerator);
        struct str base = number_text(k->arena, w->denominator);
        f->text.en =
            str_format(k->arena, STR_FMT " of " STR_FMT, STR_ARG(top), STR_ARG(base));
        f->text.zh = str_format(k->arena, "分子 " STR_FMT "，分母 " STR_FMT, STR_ARG(top),
                                STR_ARG(base));
        if (months > 1) {
            f->text.en =
                str_format(k->arena, STR_FMT " (also in %zu other month%s)",
                           STR_ARG(f->text.en), months - 1, months == 2 ? "" : "s");
            f->text.zh = str_format(k->arena, STR_FMT "（另有 %zu 个月亦如此）",
                                    STR_ARG(f->text.zh), months - 1);
        }
        f->cure = (struct label){STR("Have the reporter correct the report; the rate is "
                                     "not shown until then."),
                                 STR("由填报单位核实更正；更正前不计算该比率。")};
    }
    return ERR_OK;
}

// --- a series against its own past

enum { HISTORY_YEARS = 5, RUN_LENGTH = 6, RUN_MINIMUM = 5 };

static enum err outlier(struct checker *k, const struct check *c, const struct axis *axis,
                        int32_t index, struct period when, double value,
                        struct robust_history h, struct error *e)
{
    struct finding *f;
    enum err code = check_add(k, &f, e);
    if (code)
        return code;
    check_describe(f, c);
    place(f, axis, index);
    f->period = when;
    f->score = fabs(h.z);
    f->figures[0] = value;
    add_side(f, 0, c->left, side(k->arena, c->left, c->left_label));
    struct str is = number_text(k->arena, value);
    f->text.en = str_format(
        k->arena,
        STR_FMT "; its own past suggests about %.0f (%.1f robust standard deviations"
                " %s)",
        STR_ARG(is), h.expected, fabs(h.z), h.z > 0 ? "above" : "below");
    f->text.zh =
        str_format(k->arena, STR_FMT "；按其历史水平约为 %.0f（%s %.1f 个稳健标准差）",
                   STR_ARG(is), h.expected, h.z > 0 ? "高出" : "低于", fabs(h.z));
    return ERR_OK;
}

static enum err too_even(struct checker *k, const struct check *c,
                         const struct axis *axis, int32_t index, struct period when,
                         double value, size_t run, struct error *e)
{
    struct finding *f;
    enum err code = check_add(k, &f, e);
    if (code)
        return code;
    check_describe(f, c);
    place(f, axis, index);
    f->period = when;
    f->score = (double)run;
    f->figures[0] = value;
    add_side(f, 0, c->left, side(k->arena, c->left, c->left_label));
    f->figures[1] = (double)run;
    struct str is = number_text(k->arena, value);
    static const char *const words[PERIOD_KINDS][2] = {
        [PERIOD_DAY] = {"days", "日"},
        [PERIOD_MONTH] = {"months", "个月"},
        [PERIOD_QUARTER] = {"quarters", "个季度"},
        [PERIOD_HALF] = {"half-years", "个半年"},
        [PERIOD_YEAR] = {"years", "年"},
        [PERIOD_OCTOBER_YEAR] = {"years", "年"}};
    f->text.en =
        str_format(k->arena, "exactly " STR_FMT " for %zu %s in a row: real counts vary",
                   STR_ARG(is), run, words[c->every][0]);
    f->text.zh = str_format(k->arena, "连续 %zu %s均为 " STR_FMT "：真实数据不会如此整齐",
                            run, words[c->every][1], STR_ARG(is));
    return ERR_OK;
}

static size_t periods_a_year(enum period_kind kind)
{
    switch (kind) {
    case PERIOD_MONTH:
        return 12;
    case PERIOD_QUARTER:
        return 4;
    case PERIOD_HALF:
        return 2;
    case PERIOD_DAY:
    case PERIOD_YEAR:
    case PERIOD_OCTOBER_YEAR:
    case PERIOD_KINDS:
        break;
    }
    return 1;
}

// Whether the measure counts what happens, anew in each period. The number of people on a
// list may stay the same for a year.
static bool counts_events(const struct expr *x)
{
    for (size_t i = 0; i < expr_aggregates(x); i++) {
        enum aggregate_function f = expr_aggregate(x, i)->function;
        if (f != AGGREGATE_COUNT && f != AGGREGATE_SUM)
            return false;
    }
    return true;
}

enum err check_outliers(struct checker *k, const struct check *c, struct error *e)
{
    struct axis axes[2];
    enum err code = axes_of(k, c->by, c->every, axes, e);
    if (code)
        return code;
    struct measure_scope scope = {k->period, k->root, axes, 2};
    scope.period.first = date_add_months(k->period.first, -12 * HISTORY_YEARS);
    struct figures x;
    code = measure_expression(k->m, k->arena, c->left, &scope, &x, e);
    if (code)
        return code;
    size_t n = x.axes[1].n;
    bool events = counts_events(c->left);
    double *series = ARENA_ARRAY(k->arena, double, n + 1);
    double *scratch = ARENA_ARRAY(k->arena, double, n + 1);
    if (!series || !scratch)
        return error_memory(e);
    for (size_t u = 0; !code && u < x.axes[0].n; u++) {
        // a unit has no history before its first row; a zero that was reported is one
        bool begun = false;
        for (size_t t = 0; t < n; t++) {
            const struct figure *f = &x.list[u * n + t];
            begun |= f->state == FIGURE_OK && f->rows > 0;
            series[t] = begun && f->state == FIGURE_OK ? f->value : NAN;
        }
        int32_t index = x.axes[0].buckets[u].index;
        for (size_t t = 0; !code && t < n; t++) {
            struct period when = x.axes[1].buckets[t].period;
            if (when.first < k->period.first || when.last > k->m->today)
                continue;
            struct robust_history h =
                robust_against_history(series, t, periods_a_year(c->every), scratch);
            if (!isnan(h.z) && fabs(h.z) > c->limit)
                code = outlier(k, c, &axes[0], index, when, series[t], h, e);
            size_t run = robust_run(series, t);
            bool ends = t + 1 == n || series[t + 1] != series[t];
            if (!code && events && ends && run >= RUN_LENGTH && series[t] >= RUN_MINIMUM)
                code = too_even(k, c, &axes[0], index, when, series[t], run, e);
        }
    }
    return code;
}
