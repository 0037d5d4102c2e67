// SPDX-License-Identifier: AGPL-3.0-or-later
// One cell of every type: what is read, what is refused, and what is hashed.
#include "county_test.h"

static const char pack_file[] =
    "pack: cells\nversion: \"1\"\nlabel: {en: Cells, zh: 单元格}\n"
    "levels:\n  county: {label: {en: County, zh: 县}, digits: 6}\n";
static const char areas_file[] = "register: areas\nkind: areas\n"
                                 "label: {en: Areas, zh: 地区}\n";
static const char cells_file[] =
    "register: cells\npurpose: vital\nlabel: {en: Cells, zh: 单元格}\n"
    "area: place\ndate: day\nfields:\n"
    "  place: {type: area, label: {en: Place, zh: 地点}}\n"
    "  day: {type: date, label: {en: Day, zh: 日期}}\n"
    "  whole: {type: int, min: -100, max: 2000000, unit: {en: g, zh: 克},"
    " label: {en: Whole, zh: 整数}}\n"
    "  free: {type: int, label: {en: Free, zh: 任意}}\n"
    "  exact: {type: decimal, min: 0, unit: {en: kg, zh: 千克},"
    " label: {en: Exact, zh: 小数}}\n"
    "  truth: {type: bool, label: {en: Truth, zh: 是否}}\n"
    "  sex: {type: code, label: {en: Sex, zh: 性别}, codes: {m: {en: Boy, zh: 男,"
    " also: [\"1\", 男孩]}, f: {en: Girl, zh: 女, also: [\"2\"]}}}\n"
    "  words: {type: text, max_length: 5, label: {en: Words, zh: 文字}}\n"
    "  must: {type: int, required: true, label: {en: Must, zh: 必填}}\n"
    "  month: {type: period, every: month, label: {en: Month, zh: 月份}}\n"
    "  half: {type: period, every: half, label: {en: Half, zh: 半年}}\n";

static const struct reg *reg;

static int setup(void **state)
{
    (void)state;
    begin_own_county();
    write_pack(pack_file, areas_file, NULL, "cells", cells_file);
    make_own_county();
    import_ok("areas",
              write_text("areas.csv", "code,name,name_en,level\n340221,县,Xian,county\n"),
              "");
    assert_ok(county_register(county, STR("cells"), &reg, &error));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_county();
    return 0;
}

static enum err read_cell(const char *field, const char *cell, struct datum *out)
{
    const struct field *f = reg_field(reg, str_of(field));
    struct reader *reader;
    assert_non_null(f);
    assert_ok(reader_open(&arena, f, &reader, &error));
    error = (struct error){0};
    return reader_read(reader, str_of(cell), county->places, DATE_NONE, -1, &arena, out,
                       &error);
}

// The canonical text of what is read; "" is null.
static void reads(const char *field, const char *cell, const char *canonical)
{
    struct datum v;
    char space[DATUM_TEXT_SIZE];
    if (read_cell(field, cell, &v))
        fail_msg("%s: '%s': %s (%s)", field, cell, error.text, error.cure);
    struct str text =
        datum_text(reg_field(reg, str_of(field)), &v, county->places, space);
    if (!str_equal_c(text, canonical) || (!*canonical && text.p))
        fail_msg("%s: '%s' is '%.*s', expected '%s'", field, cell, (int)text.n, text.p,
                 canonical);
}

static void refuses(const char *field, const char *cell, const char *said)
{
    struct datum v;
    if (read_cell(field, cell, &v) != ERR_INPUT)
        fail_msg("%s: '%s' was taken", field, cell);
    if (!strstr(error.text, said) || !error.cure[0])
        fail_msg("%s: '%s': %s (%s)", field, cell, error.text, error.cure);
    assert_true(v.null);
}

static void whole_numbers(void **state)
{
    (void)state;
    static const char *const same[] = {"3200",       " 3200 ",     "3,200",    "3200 g",
                                       "3200g",      "3200克",     "3,200 克", "３２００",
                                       "３，２００", "３２００克", "3200.0",   "+3200",
                                       "　3200　",   "3200.000",   "3.2e3"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        reads("whole", same[i], "3200");
    reads("whole", "1,234,567", "1234567");
    reads("whole", "-7", "-7");
    reads("whole", "-0", "0");
    reads("whole", "007", "7");
    reads("free", "9007199254740993", "9007199254740993"); // beyond a double
    reads("free", "-9223372036854775808", "-9223372036854775808");
    refuses("whole", "3,20", "'3,20' is not a whole number");
    refuses("whole", "3,2000", "'3,2000'");
    refuses("whole", "1234,567", "'1234,567'"); // a decimal elsewhere
    refuses("whole", ",123", "',123'");
    refuses("whole", "-,123", "'-,123'");
    refuses("whole", "12,34,567", "'12,34,567'");
    refuses("whole", "3200.5", "'3200.5' is not a whole number");
    refuses("whole", "3.2 kg", "'3.2 kg'");
    refuses("whole", "g", "'g'");
    refuses("whole", "3200gg", "'3200gg'");
    refuses("whole", "three", "'three'");
    refuses("whole", "3 200", "'3 200'");
    refuses("whole", "0x10", "'0x10'");
    refuses("whole", "nan", "'nan'");
    refuses("whole", "inf", "'inf'");
    refuses("whole", "=3200", "'=3200'");
    refuses("whole", "99999999999999999999", "'99999999999999999999'");
    refuses("whole", "-101", "between -100 and 2000000");
    refuses("whole", "2000001", "between -100 and 2000000");
    assert_non_null(strstr(error.cure, "leave the cell empty"));
}

static void decimals(void **state)
{
    (void)state;
    reads("exact", "3.50", "3.5");
    reads("exact", "3.0", "3");
    reads("exact", "3.25 kg", "3.25");
    reads("exact", "３．２５千克", "3.25");
    reads("exact", "1,234.5", "1234.5");
    reads("exact", "0.1", "0.1");
    reads("exact", "1e-7", "1e-07");
    reads("exact", "0.30000000000000004", "0.30000000000000004");
    reads("exact", "-0", "0");
    refuses("exact", "1.234,5", "'1.234,5'");
    refuses("exact", "1.5,000", "'1.5,000'");
    refuses("exact", "3,5", "'3,5'");
    refuses("exact", "-0.1", "at least 0");
    refuses("exact", "1e999", "'1e999'");
    refuses("exact", ".", "'.'");
}

static void nothing_said(void **state)
{
    (void)state;
    static const char *const fields[] = {"place", "day", "whole", "exact",
                                         "truth", "sex", "month"};
    static const char *const words[] = {"",   "  ", "　",  "-",   "—",    "–",   "--",
                                        "——", "/",  "N/A", "n/a", "null", "NULL"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            reads(fields[i], words[k], "");
    reads("words", "-", "-"); // in a text they are the text
    reads("words", "NULL", "NULL");
    reads("words", " ", "");
    refuses("must", "", "the cell is empty");
    refuses("must", "N/A", "the cell is empty");
    assert_non_null(strstr(error.cure, "required"));
}

static void codes_and_truth(void **state)
{
    (void)state;
    static const char *const boys[] = {"m", "M",  "Boy",  "boy",  "BOY", "男",
                                       "1", "１", "男孩", " 男 ", "Ｍ"};
    for (size_t i = 0; i < sizeof boys / sizeof *boys; i++)
        reads("sex", boys[i], "m");
    reads("sex", "女", "f");
    refuses("sex", "3", "'3' is not one of the codes");
    assert_non_null(strstr(error.cure, "m (男), f (女)"));
    refuses("sex", "男女", "'男女'");
    refuses("sex", "0", "'0'");
    static const char *const yes[] = {"1", "true", "TRUE", "True", "yes", "YES",
                                      "y", "Y",    "是",   "有",   "１",  "Ｙ"};
    static const char *const no[] = {"0", "false", "FALSE", "no", "N", "否", "无", "０"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        reads("truth", yes[i], "1");
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        reads("truth", no[i], "0");
    refuses("truth", "2", "'2' is not yes or no");
    refuses("truth", "maybe", "'maybe'");
}

static void texts(void **state)
{
    (void)state;
    reads("words", " 王 小 明 ", "王 小 明");
    reads("words", "五个字符长", "五个字符长");
    refuses("words", "六个字符长度", "6 characters, and this field takes 5");
    char space[DATUM_TEXT_SIZE];
    struct datum v;
    assert_ok(read_cell("words", "", &v));
    assert_null(datum_text(reg_field(reg, STR("words")), &v, county->places, space).p);
}

static void what_spreadsheets_do_to_cells(void **state)
{
    (void)state;
    refuses("words", "3.40221E+17", "last digits are lost");
    refuses("words", "1E+15", "last digits are lost");
    reads("words", "E+17", "E+17");
    reads("words", "3E", "3E");
    reads("words", "1.5E5", "1.5E5");
    reads("words", "5E+5a", "5E+5a");
    reads("words", "=\"001\"", "001");
    reads("words", "'001", "001");
    reads("words", "'=a", "=a");
    reads("words", "'", "'");
    reads("words", "'s G", "'s G");
    reads("words", "=\"\"", "");
    reads("words", "=\"", "=\"");
    reads("whole", "=\"3,200\"", "3200");
    reads("whole", "'3200", "3200");
}

static void days_and_periods(void **state)
{
    (void)state;
    reads("day", "2014年6月5日", "2014-06-05");
    reads("day", "20140605", "2014-06-05");
    refuses("day", "2014-02-31", "month 2 of 2014 has 28 days");
    refuses("day", "2014-02-29", "28 days");
    reads("day", "2012-02-29", "2012-02-29");
    refuses("day", "5/6/2014", "guess");
    refuses("day", "41795", "spreadsheet");
    reads("month", "2014年6月", "201406");
    reads("month", "2014-06", "201406");
    reads("month", "２０１４０６", "201406");
    refuses("month", "2014.1", "no reporting period");
    refuses("month", "2014Q2", "'2014Q2' is not a month");
    assert_non_null(strstr(error.cure, "201406"));
    refuses("month", "2014", "is not a month");
    reads("half", "2014年上半年", "2014S1");
    refuses("half", "201401", "is not a half");
}

static void places_by_id(void **state)
{
    (void)state;
    char expected[32];
    snprintf(expected, sizeof expected, "%lld",
             (long long)ask("SELECT id FROM r_areas WHERE code = '340221'"));
    reads("place", "县", expected);
    reads("place", "xian", expected);
    refuses("place", "无", "'无'");
}

static void what_is_stored_reads_back(void **state)
{
    (void)state;
    struct import_result r = import_ok(
        "cells",
        write_text("c.csv", "place,day,whole,free,exact,truth,sex,words,must,month,half\n"
                            "县,2014-06-05,3200,9007199254740993,0.1,是,男,\"a\"\"b\",1,"
                            "2014年6月,2014年上半年\n,,,,,,,,2,,\n"),
        "");
    assert_int_equal(r.inserted, 2);
    static const char *const fields[] = {"day", "whole", "free",  "exact", "truth",
                                         "sex", "words", "month", "half"};
    static const char *const texts_of[] = {"2014-06-05", "3200",   "9007199254740993",
                                           "0.1",        "1",      "m",
                                           "a\"b",       "201406", "2014S1"};
    for (int row = 1; row <= 2; row++) {
        char sql[80], space[DATUM_TEXT_SIZE];
        struct datum *values;
        snprintf(sql, sizeof sql, "SELECT id FROM r_cells WHERE must = %d", row);
        assert_ok(row_get(county, &who, reg, ask(sql), &arena, &values, &error));
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
            const struct field *f = reg_field(reg, str_of(fields[i]));
            struct str text = datum_text(f, &values[f->index], county->places, space);
            if (row == 1)
                assert_true(str_equal_c(text, texts_of[i]));
            else
                assert_null(text.p);
        }
    }
    assert_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(decimals),
        cmocka_unit_test(nothing_said),
        cmocka_unit_test(codes_and_truth),
        cmocka_unit_test(texts),
        cmocka_unit_test(days_and_periods),
        cmocka_unit_test(places_by_id),
        cmocka_unit_test(what_is_stored_reads_back),
        cmocka_unit_test(what_spreadsheets_do_to_cells),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
