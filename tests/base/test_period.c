// SPDX-License-Identifier: AGPL-3.0-or-later
#include <string.h>

#include "../tap.h"
#include "base/period.h"

static int32_t ymd(int year, int month, int day)
{
    int32_t date = DATE_NONE;
    assert_true(date_from_ymd(year, month, day, &date));
    return date;
}

static struct period parsed(const char *id)
{
    struct period p;
    struct error e;
    if (period_parse(str_of(id), &p, &e))
        fail_msg("%s: %s", id, e.text);
    return p;
}

static void ids_and_days(void **state)
{
    (void)state;
    static const struct {
        const char *id, *en, *zh;
        enum period_kind kind;
        int first[3], last[3];
    } cases[] = {
        {"20140605",
         "5 June 2014",
         "2014年6月5日",
         PERIOD_DAY,
         {2014, 6, 5},
         {2014, 6, 5}},
        {"201406", "June 2014", "2014年6月", PERIOD_MONTH, {2014, 6, 1}, {2014, 6, 30}},
        {"201202",
         "February 2012",
         "2012年2月",
         PERIOD_MONTH,
         {2012, 2, 1},
         {2012, 2, 29}},
        {"2014Q1",
         "first quarter of 2014",
         "2014年第一季度",
         PERIOD_QUARTER,
         {2014, 1, 1},
         {2014, 3, 31}},
        {"2014Q4",
         "fourth quarter of 2014",
         "2014年第四季度",
         PERIOD_QUARTER,
         {2014, 10, 1},
         {2014, 12, 31}},
        {"2014S1",
         "first half of 2014",
         "2014年上半年",
         PERIOD_HALF,
         {2014, 1, 1},
         {2014, 6, 30}},
        {"2014S2",
         "second half of 2014",
         "2014年下半年",
         PERIOD_HALF,
         {2014, 7, 1},
         {2014, 12, 31}},
        {"2014", "2014", "2014年", PERIOD_YEAR, {2014, 1, 1}, {2014, 12, 31}},
        {"2014Oct",
         "October 2014 to September 2015",
         "2014年10月至2015年9月",
         PERIOD_OCTOBER_YEAR,
         {2014, 10, 1},
         {2015, 9, 30}},
        {"0001", "1", "1年", PERIOD_YEAR, {1, 1, 1}, {1, 12, 31}},
        {"9999S2",
         "second half of 9999",
         "9999年下半年",
         PERIOD_HALF,
         {9999, 7, 1},
         {9999, 12, 31}},
    };
    struct arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct period p = parsed(cases[i].id);
        assert_int_equal(p.kind, cases[i].kind);
        assert_string_equal(p.id, cases[i].id);
        assert_int_equal(p.first,
                         ymd(cases[i].first[0], cases[i].first[1], cases[i].first[2]));
        assert_int_equal(p.last,
                         ymd(cases[i].last[0], cases[i].last[1], cases[i].last[2]));
        assert_true(str_equal_c(period_label(&a, p, false), cases[i].en));
        assert_true(str_equal_c(period_label(&a, p, true), cases[i].zh));
    }
    arena_free(&a);
}

static void refused_ids(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "201",
        "2014Q0",
        "2014Q5",
        "2014S3",
        "2014S0",
        "2014q1",
        "2014Q",
        "201413",
        "201400",
        "2014-00",
        "2014Nov",
        "2014W12",
        "20140631",
        "0000",
        "000006",
        "201406051",
        "9999Oct",
        "2014Q11",
        "2014 Q1",
        "2014-13",
        "20140",
        "2014060",
        "x014",
        "2014Octo",
        "2014\xFF",
        "2014\xEF\xBC",
        // may be October, may be two months, may be a list, may be another century
        "2014.1",
        "2014年一二月",
        "2014年1-6月",
        "14年6月",
        "14-06",
        "2014年十一二月",
        // cut off, or more than a period
        "年6月",
        "2014年6",
        "2014-",
        "2014-6-",
        "2014--6",
        "2014年月",
        "2014年第季度",
        "2014年5季度",
        "2014年0季度",
        "2014年13月",
        "2014年6月5",
        "2014年6月6月",
        "2014年第6月",
        "2014年上半年6月",
        "2014年中半年",
        "2014 06",
        "2014 -06",
        "2014Y6M",
        "2014年十零月",
        "2014年六零月",
        "二〇14年6月",
        "2014年一十月",
        "2014年aM",
        "2014aM",
        "2014-F",
        "2014-06-001",
        "2014年上",
        "2014年季度",
        "2014-０Q",
        "06-2014",
        "6/2014",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct period p = {.first = 42};
        struct error e = {0};
        if (period_parse(str_of(cases[i]), &p, &e) != ERR_INPUT)
            fail_msg("%s was accepted", cases[i]);
        assert_int_equal(p.first, 42);
        assert_non_null(strstr(e.text, "no reporting period"));
        assert_non_null(strstr(e.cure, "2014Oct"));
    }
    assert_string_equal(parsed(" 2014Q1 ").id, "2014Q1");
}

static void as_offices_write_them(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"2014年6月", "201406"},      {"2014年06月", "201406"},
        {"2014年6月份", "201406"},    {"2014-06", "201406"},
        {"2014-6", "201406"},         {"2014/6", "201406"},
        {"2014/06", "201406"},        {"2014.06", "201406"},
        {"2014.6", "201406"},         {"2014.10", "201410"},
        {"2014-1", "201401"},         {"2014年", "2014"},
        {"2014年上半年", "2014S1"},   {"2014年下半年", "2014S2"},
        {"2014年第2季度", "2014Q2"},  {"2014年2季度", "2014Q2"},
        {"2014年二季度", "2014Q2"},   {"2014年第四季度", "2014Q4"},
        {"２０１４年６月", "201406"}, {"２０１４０６", "201406"},
        {"２０１４－０６", "201406"}, {"２０１４Ｑ２", "2014Q2"},
        {"２０１４", "2014"},         {"２014", "2014"},
        {"二〇一四年六月", "201406"}, {"二○一四年十二月份", "201412"},
        {"二零一四年十月", "201410"}, {"2014年十一月", "201411"},
        {" 2014 年 6 月 ", "201406"}, {"2014年　第一季度", "2014Q1"},
        {"　2014年6月　", "201406"},  {"二〇一四年", "2014"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(parsed(cases[i][0]).id, cases[i][1]);
}

// Whatever the label of a period says in Chinese reads back as that period.
static void labels_read_back(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 0);
    static const enum period_kind kinds[] = {PERIOD_MONTH, PERIOD_QUARTER, PERIOD_HALF,
                                             PERIOD_YEAR};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct period p = period_of(kinds[k], ymd(2012, 1, 1));
        for (int i = 0; i < 40; i++, p = period_step(p, 1)) {
            struct str label = period_label(&a, p, true);
            assert_string_equal(parsed(label.p).id, p.id);
        }
    }
    arena_free(&a);
}

// Periods of a kind tile time: each day lies in exactly one, the next begins on the day
// after the last, and the id leads back to the same period.
static void periods_tile_time(void **state)
{
    (void)state;
    for (int kind = 0; kind < PERIOD_KINDS; kind++) {
        struct period p = period_of((enum period_kind)kind, ymd(1, 10, 1));
        for (int steps = 0; steps < 45000; steps++) {
            struct period next = period_step(p, 1);
            if (next.first == DATE_NONE)
                break;
            assert_int_equal(next.first, p.last + 1);
            assert_true(period_of(p.kind, p.first).first == p.first &&
                        period_of(p.kind, p.last).first == p.first);
            assert_int_equal(period_step(next, -1).first, p.first);
            struct period again = parsed(p.id);
            assert_true(again.kind == p.kind && again.first == p.first &&
                        again.last == p.last);
            assert_true(period_contains(p, p.first) && period_contains(p, p.last));
            assert_false(period_contains(p, next.first));
            p = next;
        }
    }
}

static void stepping(void **state)
{
    (void)state;
    assert_string_equal(period_step(parsed("2014Q1"), -1).id, "2013Q4");
    assert_string_equal(period_step(parsed("201411"), 3).id, "201502");
    assert_string_equal(period_step(parsed("2014S1"), 3).id, "2015S2");
    assert_string_equal(period_step(parsed("20140228"), 1).id, "20140301");
    assert_string_equal(period_step(parsed("2014Oct"), -1).id, "2013Oct");
    assert_string_equal(period_year_before(parsed("2014S1")).id, "2013S1");
    assert_string_equal(period_year_before(parsed("201402")).id, "201302");
    assert_string_equal(period_year_before(parsed("2014Oct")).id, "2013Oct");
    assert_string_equal(period_year_before(parsed("20120229")).id, "20110228");
    assert_string_equal(period_of(PERIOD_OCTOBER_YEAR, ymd(2014, 9, 30)).id, "2013Oct");
    assert_string_equal(period_of(PERIOD_OCTOBER_YEAR, ymd(2014, 10, 1)).id, "2014Oct");
}

// There is nothing before the year 1 and after 9999: no period, never a wrong one.
static void the_ends_of_time(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 0);
    const struct period none[] = {
        period_step(parsed("9999"), 1),
        period_step(parsed("0001"), -1),
        period_step(parsed("00010101"), -1),
        period_step(parsed("99991231"), 1),
        period_of(PERIOD_OCTOBER_YEAR, ymd(1, 9, 30)),
        period_of(PERIOD_OCTOBER_YEAR, ymd(9999, 10, 1)),
        period_of(PERIOD_MONTH, DATE_NONE),
        period_year_before(parsed("0001Q4")),
        period_step(parsed("2014"), INT32_MAX),
        period_step(parsed("201401"), INT32_MIN),
    };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(none[i].first, DATE_NONE);
        assert_string_equal(none[i].id, "");
        assert_false(period_contains(none[i], 0));
        assert_false(period_contains(none[i], DATE_NONE));
        assert_int_equal(period_count(none[i], PERIOD_DAY), 0);
        assert_int_equal(period_step(none[i], 1).first, DATE_NONE);
        assert_int_equal(period_year_before(none[i]).first, DATE_NONE);
        assert_true(str_equal_c(period_label(&a, none[i], true), ""));
    }
    arena_free(&a);
}

static void parts(void **state)
{
    (void)state;
    assert_int_equal(period_count(parsed("2014"), PERIOD_MONTH), 12);
    assert_int_equal(period_count(parsed("2014"), PERIOD_DAY), 365);
    assert_int_equal(period_count(parsed("2012"), PERIOD_DAY), 366);
    assert_int_equal(period_count(parsed("2014S1"), PERIOD_QUARTER), 2);
    assert_int_equal(period_count(parsed("2014S1"), PERIOD_YEAR), 1);
    assert_int_equal(period_count(parsed("2014S2"), PERIOD_YEAR), 0);
    assert_int_equal(period_count(parsed("2014"), PERIOD_OCTOBER_YEAR), 1);
    assert_int_equal(period_count(parsed("2014Oct"), PERIOD_YEAR), 1);
    assert_int_equal(period_count(parsed("2014Oct"), PERIOD_HALF), 2);
    assert_int_equal(period_count(parsed("201402"), PERIOD_QUARTER), 0);
    assert_int_equal(period_count(parsed("9999"), PERIOD_OCTOBER_YEAR), 0);
    assert_int_equal(period_count(parsed("0001"), PERIOD_OCTOBER_YEAR), 1);
    assert_string_equal(period_part(parsed("2014Oct"), PERIOD_MONTH, 0).id, "201410");
    assert_string_equal(period_part(parsed("2014Oct"), PERIOD_MONTH, 11).id, "201509");
    assert_string_equal(period_part(parsed("2014Oct"), PERIOD_YEAR, 0).id, "2015");
    assert_string_equal(period_part(parsed("2014Oct"), PERIOD_HALF, 0).id, "2015S1");
    assert_string_equal(period_part(parsed("2014S2"), PERIOD_QUARTER, 1).id, "2014Q4");
    // counted by looking at every day
    static const char *const wholes[] = {"2014", "2014Oct", "2014S2", "2014Q3", "201402"};
    for (size_t i = 0; i < sizeof wholes / sizeof wholes[0]; i++)
        for (int kind = 0; kind < PERIOD_KINDS; kind++) {
            struct period p = parsed(wholes[i]);
            size_t begun = 0;
            for (int32_t day = p.first; day <= p.last; day++) {
                struct period part = period_of((enum period_kind)kind, day);
                if (part.first != day)
                    continue;
                assert_string_equal(period_part(p, part.kind, begun).id, part.id);
                begun++;
            }
            assert_int_equal(period_count(p, (enum period_kind)kind), begun);
        }
}

static void names_of_kinds(void **state)
{
    (void)state;
    for (int kind = 0; kind < PERIOD_KINDS; kind++) {
        enum period_kind found = PERIOD_KINDS;
        assert_true(period_kind_from_name(
            str_of(period_kind_name((enum period_kind)kind)), &found));
        assert_int_equal(found, kind);
    }
    enum period_kind found = PERIOD_HALF;
    assert_false(period_kind_from_name(STR("week"), &found));
    assert_int_equal(found, PERIOD_HALF);
}

static void spans(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 0);
    struct error e;
    struct period p;
    static const struct {
        const char *text, *id, *before, *en, *zh;
        size_t months;
    } good[] = {
        {"2010..2014", "2010..2014", "2009..2013", "2010 to 2014", "2010年至2014年", 60},
        {"2013Q4..2014Q1", "2013Q4..2014Q1", "2012Q4..2013Q1",
         "fourth quarter of 2013 to first quarter of 2014",
         "2013年第四季度至2014年第一季度", 6},
        {"2013-11 .. 2014年2月", "201311..201402", "201211..201302",
         "November 2013 to February 2014", "2013年11月至2014年2月", 4},
        {"2012Oct..2013Oct", "2012Oct..2013Oct", "2011Oct..2012Oct",
         "October 2012 to September 2014", "2012年10月至2014年9月", 24},
        {"20120229..20120301", "20120229..20120301", NULL, NULL, NULL, 1},
        {"2014..2014", "2014", "2013", "2014", "2014年", 12},
        {"2014S1", "2014S1", "2013S1", "first half of 2014", "2014年上半年", 6},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(period_span_parse(str_of(good[i].text), &p, &e), ERR_OK);
        assert_string_equal(p.id, good[i].id);
        assert_int_equal(period_is_span(&p), strstr(good[i].id, "..") != NULL);
        assert_int_equal(period_count(p, PERIOD_MONTH), good[i].months);
        if (!good[i].before)
            continue;
        assert_string_equal(period_year_before(p).id, good[i].before);
        assert_true(str_equal_c(period_label(&a, p, false), good[i].en));
        assert_true(str_equal_c(period_label(&a, p, true), good[i].zh));
    }
    assert_int_equal(period_span_parse(STR("0001..0002"), &p, &e), ERR_OK);
    assert_string_equal(period_year_before(p).id, "");
    static const char *const bad[] = {"2014..2010", "2010..2014Q1", "2010..",    "..2014",
                                      "..",         "2010...2014",  "2010-2014", ""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(period_span_parse(str_of(bad[i]), &p, &e), ERR_INPUT);
        assert_true(e.cure[0]);
    }
    assert_int_equal(period_parse(STR("2010..2014"), &p, &e), ERR_INPUT);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_and_days),      cmocka_unit_test(refused_ids),
        cmocka_unit_test(periods_tile_time), cmocka_unit_test(stepping),
        cmocka_unit_test(the_ends_of_time),  cmocka_unit_test(parts),
        cmocka_unit_test(names_of_kinds),    cmocka_unit_test(as_offices_write_them),
        cmocka_unit_test(labels_read_back),  cmocka_unit_test(spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
