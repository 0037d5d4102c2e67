// SPDX-License-Identifier: AGPL-3.0-or-later
// Words for certainty: published figures, hand-computed cases, every state of a figure.
#include "../pack/pack_test.h"

#include <math.h>

#include "stats/interval.h"
#include "study/certainty.h"

static struct arena arena;
static struct error e;
static const struct indicator *srb, *births, *rate, *plain;

static int setup(void **state)
{
    (void)state;
    static const char text[] =
        "indicators:\n"
        "  births: {label: {en: B, zh: 生}, numerator: count(births)}\n"
        "  srb: {label: {en: S, zh: 比}, numerator: count(births where sex = m), "
        "denominator: count(births where sex = f), per: 100, interval: ratio, reference: "
        "[106.3, 105.5, 107.2]}\n"
        "  rate: {label: {en: R, zh: 率}, numerator: count(births where weight < 2500), "
        "denominator: count(births), per: 100, interval: proportion, better: high, "
        "target: 85}\n"
        "  weight: {label: {en: W, zh: 重}, numerator: sum(births.weight), denominator: "
        "count(births), per: 1}\n"
        "group: more\n"
        "label: {en: More, zh: 更多}\n";
    char path[512];
    struct pack *p;
    size_t n;
    arena_init(&arena, 0);
    struct pack_file *minimal, *files;
    assert_ok(pack_files_from_folder(
        &arena, source_path(path, sizeof path, "packs/minimal"), &minimal, &n, &e));
    files = ARENA_ARRAY(&arena, struct pack_file, n + 1);
    memcpy(files, minimal, n * sizeof *files);
    files[n] = (struct pack_file){STR("indicators/more.yaml"), str_of(text)};
    assert_ok(pack_compile(&arena, files, n + 1, &p, NULL, &e));
    srb = pack_indicator(p, STR("srb"), 0);
    births = pack_indicator(p, STR("births"), 0);
    rate = pack_indicator(p, STR("rate"), 0);
    plain = pack_indicator(p, STR("weight"), 0);
    assert_true(srb && births && rate && plain);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static struct figure figure(const struct indicator *i, double numerator,
                            double denominator)
{
    struct figure f = {.numerator = numerator,
                       .denominator = i->denominator ? denominator : (double)NAN,
                       .low = NAN,
                       .high = NAN};
    f.value = i->denominator ? i->per * numerator / denominator : numerator;
    struct interval x = {NAN, NAN};
    if (i->interval == INTERVAL_RATIO)
        x = interval_ratio(numerator, denominator, i->per, 0.95);
    if (i->interval == INTERVAL_PROPORTION) {
        x = interval_wilson(numerator, denominator, 0.95);
        x.low *= i->per;
        x.high *= i->per;
    }
    f.low = x.low;
    f.high = x.high;
    return f;
}

static struct period half(void)
{
    struct period p;
    assert_ok(period_parse(STR("2014S1"), &p, &e));
    return p;
}

static struct label words(const struct indicator *i, const struct figure *now,
                          const struct figure *before)
{
    struct label out;
    struct period p = half();
    assert_ok(certainty_words(&arena, i, now, before, p, p.last + 20, &out, &e));
    assert_true(out.en.n && out.zh.n);
    return out;
}

static void says(const struct indicator *i, struct figure now, struct figure before,
                 const char *en, const char *zh)
{
    struct label found = words(i, &now, &before);
    if (!str_equal_c(found.en, en) || !str_equal_c(found.zh, zh))
        fail_msg("'" STR_FMT "' / '" STR_FMT "', but '%s' / '%s' was expected",
                 STR_ARG(found.en), STR_ARG(found.zh), en, zh);
}

// --- against the reference

static void a_township_has_too_few_births(void **state)
{
    (void)state;
    // 858 births at 117: the interval that this trade should know by heart
    struct figure f = figure(srb, 463, 395);
    struct label found;
    struct period p = half();
    assert_ok(certainty_words(&arena, srb, &f, NULL, p, p.last + 1, &found, &e));
    assert_string_equal(found.en.p, "too few births to say: 858 births give 102.5–134.0");
    assert_string_equal(found.zh.p, "出生数太少，无法判断：858例出生的区间为102.5–134.0");
    assert_int_equal(certainty_reference(srb, &f), CERTAINTY_TOO_FEW);
}

static void enough_is_that_of_the_charter(void **state)
{
    (void)state;
    assert_true(certainty_enough() == 3805);
    struct figure f = figure(srb, 1903, 1901); // 3,804 births
    assert_int_equal(certainty_reference(srb, &f), CERTAINTY_TOO_FEW);
    f = figure(srb, 1961, 1844); // 106.3 of 3,805
    assert_int_equal(certainty_reference(srb, &f), CERTAINTY_ALIKE);
}

static void what_is_far_is_said_however_few(void **state)
{
    (void)state;
    // 140 of 1,000 births: z = (583 - 515) / sqrt(1000 * .5153 * .4847) = 4.3
    struct figure f = figure(srb, 583, 417);
    assert_int_equal(certainty_reference(srb, &f), CERTAINTY_HIGHER);
    f = figure(srb, 417, 583);
    assert_int_equal(certainty_reference(srb, &f), CERTAINTY_LOWER);
    says(srb, figure(srb, 583, 417), figure(srb, 583, 417),
         "above the reference of 106.3; not distinguishable from last year",
         "高于参考值106.3；与上年同期无法区分");
}

static void the_reference_is_itself_in_doubt(void **state)
{
    (void)state;
    // 107.0 of 2,000,000 births is above 106.3 for sure, and inside 105.5-107.2
    struct figure f = figure(srb, 1033816, 966184);
    assert_int_equal(certainty_reference(srb, &f), CERTAINTY_ALIKE);
    struct indicator known = *srb;
    known.reference_low = known.reference_high = known.reference;
    assert_int_equal(certainty_reference(&known, &f), CERTAINTY_HIGHER);
}

// --- against a year ago

static enum certainty_side change(const struct indicator *i, struct figure now,
                                  struct figure before, double *by)
{
    return certainty_change(i, &now, &before, 181, 181, by);
}

static void proportions_as_newcombe_has_them(void **state)
{
    (void)state;
    // Newcombe 1998, table II, method 10
    static const struct {
        double a, n, b, m, low, high;
    } published[] = {
        {56, 70, 48, 80, 0.0524, 0.3339}, {9, 10, 3, 10, 0.1705, 0.8090},
        {6, 7, 2, 7, 0.0582, 0.8062},     {5, 56, 0, 29, -0.0381, 0.1926},
        {0, 10, 0, 20, -0.1611, 0.2775},  {0, 10, 0, 10, -0.2775, 0.2775},
        {10, 10, 0, 20, 0.6791, 1.0000},  {10, 10, 0, 10, 0.6075, 1.0000},
    };
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        struct interval x = interval_difference(published[i].a, published[i].n,
                                                published[i].b, published[i].m, 0.95);
        assert_true(fabs(x.low - published[i].low) < 6e-5);
        assert_true(fabs(x.high - published[i].high) < 6e-5);
    }
    double by;
    assert_int_equal(change(rate, figure(rate, 56, 70), figure(rate, 48, 80), &by),
                     CERTAINTY_HIGHER);
    assert_true(fabs(by - 20) < 1e-9);
    assert_int_equal(change(rate, figure(rate, 48, 80), figure(rate, 56, 70), &by),
                     CERTAINTY_LOWER);
    assert_int_equal(change(rate, figure(rate, 5, 56), figure(rate, 0, 29), &by),
                     CERTAINTY_ALIKE);
}

static void ratios_by_the_log_odds(void **state)
{
    (void)state;
    double by;
    // sd of the log of the ratio of two ratios of 250 and 250: sqrt(4 / 250) = .1265;
    // ln(320/180) = .575 is 4.4 of sqrt(1/320 + 1/180 + 2/250) = .129
    assert_int_equal(change(srb, figure(srb, 320, 180), figure(srb, 250, 250), &by),
                     CERTAINTY_HIGHER);
    assert_int_equal(change(srb, figure(srb, 260, 240), figure(srb, 250, 250), &by),
                     CERTAINTY_ALIKE);
    assert_int_equal(change(srb, figure(srb, 180, 320), figure(srb, 250, 250), &by),
                     CERTAINTY_LOWER);
}

static void counts_given_both(void **state)
{
    (void)state;
    double by;
    // 10 of 10: .5^10 x 2 < .05; 6 of 6: .03; 5 of 5: .0625
    assert_int_equal(change(births, figure(births, 6, 0), figure(births, 0, 0), &by),
                     CERTAINTY_HIGHER);
    assert_true(isnan(by)); // growth from nothing
    assert_int_equal(change(births, figure(births, 5, 0), figure(births, 0, 0), &by),
                     CERTAINTY_ALIKE);
    assert_int_equal(change(births, figure(births, 0, 0), figure(births, 6, 0), &by),
                     CERTAINTY_LOWER);
    assert_int_equal(change(births, figure(births, 0, 0), figure(births, 0, 0), &by),
                     CERTAINTY_ALIKE);
    says(births, figure(births, 1200, 0), figure(births, 1000, 0),
         "higher than last year (+20%)", "高于上年同期（+20%）");
    says(births, figure(births, 1000, 0), figure(births, 1010, 0),
         "not distinguishable from last year", "与上年同期无法区分");
    // a longer period has more
    struct figure now = figure(births, 1082, 0), before = figure(births, 1000, 0);
    assert_int_equal(certainty_change(births, &now, &before, 366, 300, &by),
                     CERTAINTY_LOWER);
}

static void what_has_no_test_says_so(void **state)
{
    (void)state;
    says(plain, figure(plain, 660, 200), figure(plain, 640, 200),
         "higher than last year (+0.1), how surely is not known",
         "高于上年同期（+0.1），把握程度不明");
    says(plain, figure(plain, 660, 200), figure(plain, 660, 200), "as last year",
         "与上年同期相同");
}

static void a_period_that_is_not_over_is_not_compared(void **state)
{
    (void)state;
    struct figure now = figure(births, 300, 0), before = figure(births, 1000, 0);
    struct label found;
    struct period p = half();
    assert_ok(certainty_words(&arena, births, &now, &before, p, p.last, &found, &e));
    assert_string_equal(found.en.p, "the period is not over yet");
    assert_string_equal(found.zh.p, "统计期尚未结束");
    // a ratio of part of a period is one
    now = figure(srb, 320, 180);
    before = figure(srb, 250, 250);
    assert_ok(certainty_words(&arena, srb, &now, &before, p, p.first, &found, &e));
    assert_non_null(strstr(found.en.p, "higher than last year"));
    assert_non_null(strstr(found.en.p, "the period is not over yet"));
}

// --- against the target

static void bands_of_coverage(void **state)
{
    (void)state;
    struct figure f = figure(rate, 85, 100);
    assert_int_equal(certainty_band(rate, &f), BAND_MET);
    f = figure(rate, 84, 100);
    assert_int_equal(certainty_band(rate, &f), BAND_NEAR);
    f = figure(rate, 7700, 10000); // 77, interval to 77.8, 8 points short
    assert_int_equal(certainty_band(rate, &f), BAND_FAR);
    f = figure(rate, 8000, 10000); // 5 points short, interval to 80.8
    assert_int_equal(certainty_band(rate, &f), BAND_NEAR);
    f = figure(rate, 79, 100); // 6 points short, interval to 85.8
    assert_int_equal(certainty_band(rate, &f), BAND_NEAR);
    f = figure(rate, 60, 100);
    assert_int_equal(certainty_band(rate, &f), BAND_FAR);
    struct indicator low = *rate;
    low.better = -1;
    f = figure(rate, 85, 100);
    assert_int_equal(certainty_band(&low, &f), BAND_MET);
    f = figure(rate, 86, 100);
    assert_int_equal(certainty_band(&low, &f), BAND_NEAR);
    f = figure(rate, 9500, 10000);
    assert_int_equal(certainty_band(&low, &f), BAND_FAR);
    f.state = FIGURE_SUPPRESSED;
    assert_int_equal(certainty_band(&low, &f), BAND_NONE);
    f = figure(births, 3, 0);
    assert_int_equal(certainty_band(births, &f), BAND_NONE);
    says(rate, figure(rate, 60, 100), figure(rate, 30, 100),
         "short of the target of 85; higher than last year (+30.0)",
         "未达到目标85；高于上年同期（+30.0）");
}

// --- what is no figure

static void what_is_not_known_is_said(void **state)
{
    (void)state;
    struct figure good = figure(rate, 60, 100), f = {.state = FIGURE_SUPPRESSED,
                                                     .numerator = NAN,
                                                     .denominator = NAN,
                                                     .value = NAN,
                                                     .low = NAN,
                                                     .high = NAN};
    double by;
    assert_non_null(strstr(words(rate, &f, &good).en.p, "hidden"));
    assert_null(strstr(words(rate, &f, &good).en.p, "last year"));
    assert_non_null(
        strstr(words(rate, &good, &f).en.p, "nothing to compare with a year before"));
    assert_int_equal(certainty_change(rate, &f, &good, 181, 181, &by), CERTAINTY_UNKNOWN);
    assert_true(isnan(by));
    f.state = FIGURE_NO_DATA;
    says(rate, f, good, "nothing was reported", "没有上报数据");
    f.state = FIGURE_NOT_DEFINED;
    f.numerator = f.denominator = 0;
    assert_non_null(strstr(words(rate, &f, &good).en.p, "denominator is zero"));
    f = figure(rate, 120, 100);
    f.outside = true;
    assert_non_null(strstr(words(rate, &f, &good).en.p, "a data error"));
    // no girls: the ratio has no upper end
    f = figure(srb, 5, 0);
    f.state = FIGURE_NOT_DEFINED;
    assert_int_equal(certainty_reference(srb, &f), CERTAINTY_UNKNOWN);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct figure now = figure(srb, 463, 395), before = figure(srb, 400, 395);
    struct arena a;
    struct label out;
    struct period p = half();
    bool failed = false;
    for (int64_t n = 0; n < 3; n++) {
        arena_init(&a, 0);
        mem_fail_after(n);
        enum err code = certainty_words(&a, srb, &now, &before, p, p.last + 1, &out, &e);
        mem_fail_after(-1);
        failed |= code == ERR_MEMORY;
        assert_true(code == ERR_OK || code == ERR_MEMORY);
        arena_free(&a);
    }
    assert_true(failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_township_has_too_few_births),
        cmocka_unit_test(enough_is_that_of_the_charter),
        cmocka_unit_test(what_is_far_is_said_however_few),
        cmocka_unit_test(the_reference_is_itself_in_doubt),
        cmocka_unit_test(proportions_as_newcombe_has_them),
        cmocka_unit_test(ratios_by_the_log_odds),
        cmocka_unit_test(counts_given_both),
        cmocka_unit_test(what_has_no_test_says_so),
        cmocka_unit_test(a_period_that_is_not_over_is_not_compared),
        cmocka_unit_test(bands_of_coverage),
        cmocka_unit_test(what_is_not_known_is_said),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("certainty", tests, setup, teardown);
}
