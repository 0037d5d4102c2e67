// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../tap.h"
#include "base/date.h"

static int32_t ymd(int year, int month, int day)
{
    int32_t date = DATE_NONE;
    assert_true(date_from_ymd(year, month, day, &date));
    return date;
}

// The calendar counted off day by day is the oracle: it knows only the rule of leap
// years.
static void every_day_of_9999_years(void **state)
{
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t expected = -719162, found = 0;
    int64_t wrong = 0;
    for (int y = 1; y <= 9999; y++) {
        int leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
        for (int m = 1; m <= 12; m++) {
            int length = lengths[m - 1] + (m == 2 && leap);
            wrong += date_month_length(y, m) != length;
            wrong += date_from_ymd(y, m, length + 1, &found);
            wrong += date_from_ymd(y, m, 0, &found);
            for (int d = 1; d <= length; d++, expected++) {
                int y2, m2, d2;
                wrong += !date_from_ymd(y, m, d, &found) || found != expected;
                date_to_ymd(expected, &y2, &m2, &d2);
                wrong += y2 != y || m2 != m || d2 != d;
            }
        }
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(expected, 2932897);
    assert_false(date_from_ymd(0, 12, 31, &found));
    assert_false(date_from_ymd(10000, 1, 1, &found));
    assert_false(date_from_ymd(2014, 13, 1, &found));
    assert_false(date_from_ymd(2014, 0, 1, &found));
    assert_int_equal(date_month_length(2014, 0), 0);
    assert_int_equal(ymd(1970, 1, 1), 0);
    assert_int_equal(ymd(2000, 3, 1), 11017);
}

static void text_and_back(void **state)
{
    (void)state;
    for (int32_t date = -719162; date <= 2932896; date += 7) {
        char text[DATE_TEXT_SIZE];
        date_format(date, text);
        int32_t again = 0;
        struct error e;
        if (strlen(text) != 10 || date_parse(str_of(text), &again, &e) || again != date)
            fail_msg("day %d was written as %s and read as %d", date, text, again);
    }
    char text[DATE_TEXT_SIZE];
    date_format(ymd(2014, 6, 5), text);
    assert_string_equal(text, "2014-06-05");
    date_format(ymd(1, 1, 1), text);
    assert_string_equal(text, "0001-01-01");
    date_format(DATE_NONE, text);
    assert_string_equal(text, "");
    struct arena a;
    arena_init(&a, 0);
    assert_true(str_equal_c(date_text(&a, ymd(2014, 6, 5), false), "5 June 2014"));
    assert_true(str_equal_c(date_text(&a, ymd(2014, 6, 5), true), "2014年6月5日"));
    assert_true(str_equal_c(date_text(&a, DATE_NONE, true), ""));
    arena_free(&a);
}

static void accepted_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int year, month, day;
    } cases[] = {
        {"2014-06-05", 2014, 6, 5},
        {"2014-6-5", 2014, 6, 5},
        {"2014/6/5", 2014, 6, 5},
        {"2014/06/05", 2014, 6, 5},
        {"2014.6.5", 2014, 6, 5},
        {"20140605", 2014, 6, 5},
        {" \xE3\x80\x80 20140605\t", 2014, 6, 5},
        {"2014年6月5日", 2014, 6, 5},
        {"2014年06月05号", 2014, 6, 5},
        {"2014 年 6 月 5 日", 2014, 6, 5},
        {"２０１４年６月５日", 2014, 6, 5},
        {"２０１４－０６－０５", 2014, 6, 5},
        {"２０１４／６／５", 2014, 6, 5},
        {"２０１４０６０５", 2014, 6, 5},
        {"二〇一四年六月五日", 2014, 6, 5},
        {"二零一四年十二月三十一日", 2014, 12, 31},
        {"二○一四年十月十日", 2014, 10, 10},
        {"二〇一四年十一月二十号", 2014, 11, 20},
        {"二〇一四年一月廿九日", 2014, 1, 29},
        {"二〇一四年一月卅日", 2014, 1, 30},
        {"二〇一四年零六月零五日", 2014, 6, 5},
        {"贰零壹肆年零陆月拾伍日", 2014, 6, 15},
        {"2014-06-05T10:30:00Z", 2014, 6, 5},
        {"2014-06-05T10:30:00.123+08:00", 2014, 6, 5},
        {"2014-06-05 10:30", 2014, 6, 5},
        {"2014/6/5 0:00:00", 2014, 6, 5},
        {"2014-06-05T10:30:00+0800", 2014, 6, 5},
        {"2014/6/5 6:05 PM", 2014, 6, 5},
        {"2012-02-29", 2012, 2, 29},
        {"9999-12-31", 9999, 12, 31},
        {"0001-01-01", 1, 1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int32_t date = DATE_NONE;
        struct error e = {0};
        enum err code = date_parse(str_of(cases[i].text), &date, &e);
        if (code)
            fail_msg("%s was refused: %s", cases[i].text, e.text);
        assert_int_equal(date, ymd(cases[i].year, cases[i].month, cases[i].day));
    }
}

static void refused_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text, *key;
    } cases[] = {
        {"", "date.empty"},
        {" \t", "date.empty"},
        {"2014-02-31", "date.no_such_day"},
        {"2013-02-29", "date.no_such_day"},
        {"2014-13-01", "date.no_such_day"},
        {"2014-00-10", "date.no_such_day"},
        {"2014-01-00", "date.no_such_day"},
        {"0000-01-01", "date.no_such_day"},
        {"20140631", "date.no_such_day"},
        {"二〇一四年二月三十一日", "date.no_such_day"},
        {"14-06-05", "date.two_digit_year"},
        {"14年6月5日", "date.two_digit_year"},
        {"一四年六月五日", "date.two_digit_year"},
        {"05/06/2014", "date.day_first"},
        {"5.6.2014", "date.day_first"},
        {"2014-06", "date.no_day"},
        {"2014年6月", "date.no_day"},
        {"2014", "date.no_day"},
        {"201406", "date.no_day"},
        {"41795", "date.number"},
        {"140605", "date.no_day"},
        {"2014-06-05x", "date.time"},
        {"20140605T103000", "date.time"},
        {"20140605103000", "date.form"},
        {"2014-06-05 25:00", "date.time"},
        {"2014-06-05T10:61", "date.time"},
        {"2014-06-05 10:30+08:00:00", "date.time"},
        {"2014-06/05", "date.form"},
        {"2014年6月5", "date.form"},
        {"2014年6日5月", "date.form"},
        {"2014--06-05", "date.form"},
        {"二〇一四年二廿月五日", "date.form"},
        {"June 5, 2014", "date.form"},
        {"农历六月初五", "date.form"},
        {"-2014-06-05", "date.form"},
        {"123456789012345678901234567890", "date.form"},
        {"\xFF\xFE", "date.form"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int32_t date = 42;
        struct error e = {0};
        assert_int_equal(date_parse(str_of(cases[i].text), &date, &e), ERR_INPUT);
        if (strcmp(e.key, cases[i].key) != 0)
            fail_msg("%s: %s, not %s", cases[i].text, e.key, cases[i].key);
        assert_int_equal(date, 42);
        assert_true(e.text[0] && e.cure[0] && !e.where[0]);
    }
    struct error e;
    int32_t date;
    assert_int_equal(date_parse(STR("2014-02-31"), &date, &e), ERR_INPUT);
    assert_string_equal(e.text, "\"2014-02-31\" is no date: month 2 of 2014 has 28 days");
    assert_int_equal(date_parse(STR("20\0140605"), &date, NULL), ERR_INPUT);
    char longer[400];
    memset(longer, '2', sizeof longer);
    assert_int_equal(date_parse((struct str){longer, sizeof longer}, &date, &e),
                     ERR_INPUT);
    assert_true(strlen(e.text) < 200);
}

// Random bytes and cut-off dates: no crash, and what is accepted is a real day.
static void any_bytes(void **state)
{
    (void)state;
    uint64_t x = 20140605;
    print_message("# seed %llu\n", (unsigned long long)x);
    const struct str bases[] = {STR("二〇一四年十二月三十一日"),
                                STR("2014-06-05T10:30:00Z"), STR("２０１４年６月５日")};
    for (int i = 0; i < 30000; i++) {
        char bytes[64];
        x = x * 6364136223846793005u + 1442695040888963407u;
        struct str base = bases[(x >> 33) % 3];
        size_t n = (x >> 40) % (base.n + 1);
        memcpy(bytes, base.p, base.n);
        bytes[(x >> 48) % base.n] = (char)(x >> 56);
        int32_t date = DATE_NONE;
        if (date_parse((struct str){bytes, n}, &date, NULL) == ERR_OK)
            assert_true(date >= -719162 && date <= 2932896);
    }
}

static void spreadsheet_serials(void **state)
{
    (void)state;
    int32_t date = 42;
    assert_false(date_from_excel(60, false, &date)); // 29 February 1900 never was
    assert_false(date_from_excel(60.5, false, &date));
    assert_false(date_from_excel(0, false, &date));
    assert_false(date_from_excel(0.75, false, &date));
    assert_false(date_from_excel(-1, false, &date));
    assert_false(date_from_excel(2958466, false, &date));
    assert_false(date_from_excel(NAN, false, &date));
    assert_false(date_from_excel(INFINITY, true, &date));
    assert_false(date_from_excel(2957004, true, &date));
    assert_int_equal(date, 42);
    static const struct {
        double serial;
        bool epoch_1904;
        int year, month, day;
    } cases[] = {
        {1, false, 1900, 1, 1},         {59, false, 1900, 2, 28},
        {61, false, 1900, 3, 1},        {41795, false, 2014, 6, 5},
        {41795.999, false, 2014, 6, 5}, {2958465.5, false, 9999, 12, 31},
        {0, true, 1904, 1, 1},          {40333, true, 2014, 6, 5},
        {2957003, true, 9999, 12, 31},  {60, true, 1904, 3, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(date_from_excel(cases[i].serial, cases[i].epoch_1904, &date));
        assert_int_equal(date, ymd(cases[i].year, cases[i].month, cases[i].day));
    }
}

static void ages(void **state)
{
    (void)state;
    int32_t born = ymd(2012, 2, 29);
    assert_int_equal(date_age_months(born, born), 0);
    assert_int_equal(date_age_months(born, ymd(2012, 3, 28)), 0);
    assert_int_equal(date_age_months(born, ymd(2012, 3, 29)), 1);
    assert_int_equal(date_age_years(born, ymd(2013, 2, 28)), 0);
    assert_int_equal(date_age_years(born, ymd(2013, 3, 1)), 1);
    assert_int_equal(date_age_years(born, ymd(2016, 2, 29)), 4);
    assert_int_equal(date_age_years(born, born - 1), -1);
    assert_int_equal(date_age_years(born, ymd(2011, 2, 28)), -2);
    assert_int_equal(date_age_years(born, ymd(2011, 3, 1)), -1);
    assert_int_equal(date_age_months(ymd(2014, 6, 5), ymd(2014, 5, 31)), -1);
    for (int32_t on = born - 800; on < born + 800; on++)
        assert_true((date_age_months(born, on) < 0) == (on < born));
}

static void adding_months(void **state)
{
    (void)state;
    assert_int_equal(date_add_months(ymd(2014, 1, 31), 1), ymd(2014, 2, 28));
    assert_int_equal(date_add_months(ymd(2012, 1, 31), 1), ymd(2012, 2, 29));
    assert_int_equal(date_add_months(ymd(2012, 2, 29), -12), ymd(2011, 2, 28));
    assert_int_equal(date_add_months(ymd(2014, 1, 1), -1), ymd(2013, 12, 1));
    assert_int_equal(date_add_months(ymd(2014, 6, 5), 0), ymd(2014, 6, 5));
    assert_int_equal(date_add_months(ymd(9999, 12, 1), 1), DATE_NONE);
    assert_int_equal(date_add_months(ymd(1, 1, 1), -1), DATE_NONE);
    assert_int_equal(date_add_months(ymd(2014, 1, 1), INT32_MAX), DATE_NONE);
    assert_int_equal(date_add_months(ymd(2014, 1, 1), INT32_MIN), DATE_NONE);
    for (int month = 0; month < 4800; month++) // the first of a month has a twin in all
        assert_int_equal(
            date_age_months(ymd(1800, 1, 1), date_add_months(ymd(1800, 1, 1), month)),
            month);
}

static void today(void **state)
{
    (void)state;
    setenv("HENG_TODAY", "2014-07-20", 1);
    assert_int_equal(date_today(), ymd(2014, 7, 20));
    unsetenv("HENG_TODAY");
    int64_t before = date_now_ms();
    int32_t day = date_today();
    int64_t difference = before / 86400000 - day;
    assert_true(difference >= -1 && difference <= 1);
    setenv("HENG_TODAY", "tomorrow", 1);
    assert_true(date_today() - day <= 1);
    unsetenv("HENG_TODAY");
    assert_true(before > 1577836800000); // 2020
    assert_true(date_now_ms() / 1000 - (int64_t)time(NULL) <= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_9999_years),
        cmocka_unit_test(text_and_back),
        cmocka_unit_test(accepted_forms),
        cmocka_unit_test(refused_forms),
        cmocka_unit_test(any_bytes),
        cmocka_unit_test(spreadsheet_serials),
        cmocka_unit_test(ages),
        cmocka_unit_test(adding_months),
        cmocka_unit_test(today),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
