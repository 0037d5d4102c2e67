// SPDX-License-Identifier: AGPL-3.0-or-later
// A signal in words: what is known, with its doubt, and what is not.
#include "study/watch_private.h"

#include <math.h>
#include <stdio.h>

#include "base/text.h"

struct words {
    struct watching *x;
    const struct watch_look *look;
    const struct watch_signal *s;
    struct buf out;
    bool zh;
};

static struct str number(struct words *w, double value, int decimals)
{
    char space[TEXT_NUMBER_SIZE];
    return str_copy(w->x->a, text_number(value, decimals, space));
}

static void put(struct words *w, struct str s)
{
    buf_add(&w->out, s);
}

static void say(struct words *w, const char *en, const char *zh)
{
    buf_add_c(&w->out, w->zh ? zh : en);
}

static void put_number(struct words *w, double value, int decimals)
{
    put(w, number(w, value, decimals));
}

static void put_interval(struct words *w, int decimals)
{
    say(w, " [", "［");
    put_number(w, w->s->low, decimals);
    say(w, "–", "–");
    put_number(w, w->s->high, decimals);
    say(w, "]", "］");
}

static struct str subject(struct words *w)
{
    const struct places *p = w->x->m->county->places;
    if (w->s->facility >= 0)
        return facility_name(&p->facilities[w->s->facility], w->zh);
    return measure_root_name(w->x->m, w->s->area, w->zh);
}

static struct str stratum(struct words *w)
{
    const struct field *f = w->x->w->strata;
    if (w->s->stratum < 0 || !f)
        return STR("");
    if ((size_t)w->s->stratum >= f->n_codes)
        return w->zh ? STR("未填") : STR("not recorded");
    return label_in(f->codes[w->s->stratum].label, w->zh);
}

static void put_head(struct words *w)
{
    put(w, subject(w));
    say(w, ", ", "，");
    put(w, date_text(w->x->a, w->s->first, w->zh));
    say(w, " to ", "至");
    put(w, date_text(w->x->a, w->s->last, w->zh));
    say(w, ": ", "：");
}

// "in 3 of 1,000 such runs, all 48 tests of this look counted"
static void put_chance(struct words *w)
{
    double p = w->s->p, least = 1.0 / (w->x->replications + 1.0);
    say(w, " Where nothing is wrong, chance gives one as strong in ",
        "若无异常，偶然出现同样强度信号的机会为");
    if (p <= least * 1.5 && w->look->look->kind <= LOOK_FACILITY) {
        say(w, "less than 1", "不到1");
        p = least;
    } else if (p >= 0.001) {
        say(w, "", "");
        put_number(w, p * 1000, p < 0.01 ? 1 : 0);
        say(w, " of 1,000 runs", "‰");
        goto counted;
    } else {
        say(w, "less than 1", "不到1");
        p = 0.001;
    }
    say(w, " of ", "/");
    put_number(w, 1 / p, 0);
    say(w, " runs", "");
counted:
    say(w, " (all ", "（已计入本项全部");
    put_number(w, (double)w->look->n_windows, 0);
    say(w, " tests of this look counted).", "次检验）。");
}

static void put_counts(struct words *w)
{
    say(w, ", ", "，");
    put_number(w, w->s->of_all, 0);
    say(w, " births (", "例出生（男");
    put_number(w, w->s->counted, 0);
    say(w, " boys, ", "、女");
    put_number(w, w->s->of_all - w->s->counted, 0);
    say(w, " girls).", "）。");
}

static void put_missing(struct words *w)
{
    double girls = w->s->of_all - w->s->counted;
    double missing = w->s->counted * 100 / w->s->against - girls;
    if (!(missing >= 1))
        return;
    say(w, " For as many boys there would be about ", "按同样男婴数推算，女婴约少");
    put_number(w, missing, 0);
    say(w, " more girls.", "例。");
}

// An area is looked at without the strata that are raised everywhere.
static void put_without(struct words *w)
{
    const struct field *f = w->x->w->strata;
    bool any = false;
    for (size_t i = 0; f && w->look->look->kind == LOOK_AREA && i < w->x->n_strata; i++) {
        if (w->x->stratum_share[i] == w->x->reference_share)
            continue;
        if (any)
            say(w, ", ", "、");
        else
            say(w, " without what is raised everywhere (", "（不含普遍偏高的");
        any = true;
        if (i < f->n_codes)
            put(w, label_in(f->codes[i].label, w->zh));
        else
            say(w, "not recorded", "未填");
    }
    if (any)
        say(w, ")", "）");
}

static void ratio_words(struct words *w)
{
    const struct indicator *r = w->x->w->ratio;
    struct str part = stratum(w);
    put_head(w);
    if (part.n) {
        put(w, part);
        say(w, ": ", "：");
    }
    put(w, label_in(r->label, w->zh));
    put_without(w);
    say(w, " ", "");
    put_number(w, w->s->value, r->decimals);
    put_interval(w, r->decimals);
    put_counts(w);
    if (w->look->look->kind != LOOK_FACILITY)
        say(w, " The reference is ", "参考值为");
    else
        say(w, " Its orders and the areas of its mothers would give ",
            "按孩次和产妇居住地区推算应为");
    put_number(w, w->s->against, r->decimals);
    say(w, ".", "。");
    put_missing(w);
    put_chance(w);
    say(w,
        " Not known from this: why; whether girls were born and reported late or not at "
        "all; where mothers had been before.",
        "仅凭此数不能知道原因：可能是女婴迟报、漏报，也可能另有情况。");
}

static void contrast_words(struct words *w)
{
    put_head(w);
    put(w, label_in(w->look->look->label, w->zh));
    say(w, ": the odds are ", "：相对比值为");
    put_number(w, w->s->value, 2);
    say(w, " times those it is compared with", "倍");
    put_interval(w, 2);
    say(w, ", usually ", "，通常为");
    put_number(w, w->s->against, 2);
    say(w, "; counted ", "；计数");
    put_number(w, w->s->counted, 0);
    say(w, " of ", "/");
    put_number(w, w->s->of_all, 0);
    say(w, ", expected ", "，按对照应为");
    put_number(w, w->s->expected, 0);
    say(w, ".", "。");
    put_chance(w);
    say(w,
        " Not known from this: which children; the sources must be compared row by row.",
        "仅凭此数不能知道是哪些儿童，须逐条核对来源。");
}

static void round_words(struct words *w)
{
    const struct look *k = w->look->look;
    put_head(w);
    put(w, label_in(k->field->label, w->zh));
    if (k->field->type == TYPE_DATE)
        say(w, ": on round days of the month ", "：落在每月整日的占");
    else {
        say(w, ": multiples of ", "：为");
        put_number(w, (double)k->round_to, 0);
        say(w, " are ", "的整倍数的占");
    }
    put_number(w, w->s->value, 0);
    say(w, " %", "%");
    put_interval(w, 0);
    say(w, " of ", "，共");
    put_number(w, w->s->of_all, 0);
    say(w, " rows; at other facilities ", "条；其他机构为");
    put_number(w, w->s->against, 0);
    say(w, " %.", "%。");
    put_chance(w);
    say(w,
        " Not known from this: whether it is the scale, a habit of rounding, or rows "
        "written without a measurement.",
        "仅凭此数不能知道是秤具、取整习惯，还是未实际测量即填写。");
}

// How much they vary, times what chance makes them; "0.00 times" would say nothing.
static void put_variation(struct words *w)
{
    if (w->s->value == 0) {
        say(w, " on average do not vary at all", "，完全没有变动");
        return;
    }
    if (w->s->value < 0.005)
        say(w,
            " on average vary less than a hundredth as much as chance alone makes them",
            "，其变动不到偶然变动的百分之一");
    else {
        say(w, " on average vary ", "，其变动为偶然变动的");
        put_number(w, w->s->value, 2);
        say(w, " times as much as chance alone makes them", "倍");
    }
    if (w->s->high >= 0.005)
        put_interval(w, 2);
}

static void even_words(struct words *w)
{
    put_head(w);
    put_number(w, w->s->counted, 0);
    say(w, " reports with ", "期报表，平均");
    put_number(w, w->s->expected, 1);
    put_variation(w);
    say(w, ".", "。");
    put_chance(w);
    say(w,
        " Not known from this: whether a fixed number was reported for convenience, or "
        "capacity was full.",
        "仅凭此数不能知道是否为图方便填报固定数，或接诊量已满。");
}

// The label of the look says what it is; the numbers follow.
static void rows_words(struct words *w)
{
    put_head(w);
    put(w, label_in(w->look->look->label, w->zh));
    say(w, ": ", "：");
    put_number(w, w->s->counted, 0);
    say(w, ". Not known from this: why, and whether it has been put right since.",
        "。仅凭此数不能知道原因，也不能知道此后是否已整改。");
}

static void ledger_words(struct words *w)
{
    const double counts = w->s->counted - w->s->against;
    put_head(w);
    put(w, label_in(w->look->look->label, w->zh));
    say(w, ":", "：");
    if (counts > 0) {
        say(w, " what was counted differs from the book in ", "盘点与账面不符");
        put_number(w, counts, 0);
        say(w, counts > 1 ? " lots" : " lot", "批次");
    }
    if (counts > 0 && w->s->against > 0)
        say(w, ";", "；");
    if (w->s->against > 0) {
        say(w, " what came of ", "收到数与发出数不符或逾期未确认");
        put_number(w, w->s->against, 0);
        say(w,
            w->s->against > 1
                ? " consignments is not what was sent, or was never confirmed"
                : " consignment is not what was sent, or was never confirmed",
            "笔");
    }
    say(w,
        ". Not known from this: whether goods are missing or an entry is wrong, and at "
        "which of the two ends.",
        "。仅凭此数不能知道是实物短少还是记账有误，也不能知道错在哪一方。");
}

static struct str words_in(struct watching *x, const struct watch_look *look,
                           const struct watch_signal *s, bool zh)
{
    struct words w = {.x = x, .look = look, .s = s, .out = BUF_INIT(4096), .zh = zh};
    switch (look->look->kind) {
    case LOOK_STRATA:
    case LOOK_AREA:
    case LOOK_FACILITY:
        ratio_words(&w);
        break;
    case LOOK_CONTRAST:
        contrast_words(&w);
        break;
    case LOOK_ROUND:
        round_words(&w);
        break;
    case LOOK_EVEN:
        even_words(&w);
        break;
    case LOOK_FOUND:
        rows_words(&w);
        break;
    case LOOK_LEDGER:
        ledger_words(&w);
        break;
    }
    struct str text = {0};
    if (!w.out.failed)
        text = str_copy(x->a, buf_str(&w.out));
    buf_free(&w.out);
    return text;
}

enum err watch_words(struct watching *x, const struct watch_look *look,
                     struct watch_signal *s, struct error *e)
{
    s->text.en = words_in(x, look, s, false);
    s->text.zh = words_in(x, look, s, true);
    return s->text.en.p && s->text.zh.p ? ERR_OK : error_memory(e);
}
