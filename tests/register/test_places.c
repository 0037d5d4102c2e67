// SPDX-License-Identifier: AGPL-3.0-or-later
// What a cell may say of a place: codes, names, names joined; and what it may not.
#include "county_test.h"

static const char areas[] =
    "code,name,name_en,level,parent,valid_from,valid_to,successor\n"
    "34,安徽省,Anhui,province,,,,\n"
    "3402,芜湖市,Wuhu,prefecture,34,,,\n"
    "340221,芜湖县,Wuhu County,county,3402,,,\n"
    "340221100,湾沚镇,Wanzhi,township,,,,\n" // parents by the digits of the code
    "340221101,六郎镇,Liulang Town,township,,,,\n"
    "340221102,老镇,Laozhen,township,,1990-01-01,2011-12-31,340221100\n"
    "340221103,新区,New District,township,,2013-05-01,,\n"
    "340221100201,新村,Xincun,village,,,,\n"
    "340221100202,桥头,Qiaotou,village,,,,\n"
    "340221101201,新村,Xincun,village,,,,\n"
    "340221101202,桥头,,village,,,2012-12-31,\n"
    "340221101203,湾沚镇,,village,,,,\n"; // a village called as a township
static const char facilities[] = "code,name,kind,area,opened_on,closed_on\n"
                                 "F1,县医院,county_hospital,340221,,\n"
                                 "F2,中心卫生院,health_centre,340221100,,\n"
                                 "F3,中心卫生院,health_centre,340221101,,\n"
                                 "F4,卫生室,village_room,340221100201,,\n"
                                 "F5,卫生室,village_room,340221100,,\n"
                                 "F6,药店,pharmacy,340221100,,\n"
                                 "F7,药店,pharmacy,340221100,,\n";

static int setup(void **state)
{
    (void)state;
    make_county("cn-county");
    struct import_result r = import_ok("areas", write_text("areas.csv", areas), "");
    assert_int_equal(r.inserted, 12);
    const struct reg *reg;
    assert_ok(county_register(county, STR("facilities"), &reg, &error));
    struct import_options options = {.path = write_text("f.csv", facilities),
                                     .given = (const char *const[]){"*="},
                                     .n_given = 1};
    assert_ok(import_run(county, &who, reg, &options, &arena, &r, &error));
    assert_int_equal(r.inserted, 7);
    assert_ok(county_reload_places(county, &error));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_county();
    return 0;
}

static int32_t day(int year, int month, int d)
{
    int32_t out = DATE_NONE;
    assert_true(date_from_ymd(year, month, d, &out));
    return out;
}

static int level(const char *name)
{
    return pack_level(county->pack, str_of(name));
}

static void is(const char *text, int at_level, int32_t on, const char *code)
{
    int32_t i = -1;
    error = (struct error){0};
    if (places_find_area(county->places, str_of(text), at_level, on, &i, &error))
        fail_msg("%s: %s (%s)", text, error.text, error.cure);
    assert_string_equal(county->places->areas[i].code.p, code);
}

static void is_not(const char *text, int at_level, int32_t on, const char *key,
                   const char *said, const char *cure)
{
    int32_t i = -1;
    error = (struct error){0};
    assert_int_equal(
        places_find_area(county->places, str_of(text), at_level, on, &i, &error),
        ERR_INPUT);
    assert_string_equal(error.key, key);
    if (!strstr(error.text, said) || !strstr(error.cure, cure))
        fail_msg("%s: %s (%s)", text, error.text, error.cure);
}

static void codes_and_names(void **state)
{
    (void)state;
    is("340221100", -1, DATE_NONE, "340221100");
    is(" 340221100　", -1, DATE_NONE, "340221100");
    is("３４０２２１１００", -1, DATE_NONE, "340221100");
    is("六郎镇", -1, DATE_NONE, "340221101");
    is("liulang town", -1, DATE_NONE, "340221101");
    is("Ｌｉｕｌａｎｇ　Town", -1, DATE_NONE, "340221101");
    is("芜湖县六郎镇", -1, DATE_NONE, "340221101");
    is("芜湖县 六郎镇", level("township"), DATE_NONE, "340221101");
    is("芜湖县/六郎镇/新村", -1, DATE_NONE, "340221101201");
    is("六郎镇新村", level("village"), DATE_NONE, "340221101201");
    is("六郎镇 > 新村", level("village"), DATE_NONE, "340221101201");
    is("安徽省芜湖市芜湖县湾沚镇新村", -1, DATE_NONE, "340221100201");
    is("芜湖县/桥头", level("village"), day(2014, 1, 1), "340221100202");
}

static void a_slip_of_the_pen_is_told_the_name(void **state)
{
    (void)state;
    int township = level("township");
    is_not("六朗镇", township, DATE_NONE, "area.unknown", "'六朗镇'",
           "did you mean 六郎镇 (340221101)");
    is_not("湾沚", township, DATE_NONE, "area.unknown", "'湾沚'", "湾沚镇 (340221100)");
    is_not("芜湖县/六 郎", township, DATE_NONE, "area.unknown", "六 郎", "六郎镇");
    // two villages and townships of that name; a closed one; too little in common
    is_not("湾沚", -1, DATE_NONE, "area.unknown", "'湾沚'", "official code, or its name");
    is_not("老镇乡", township, day(2014, 1, 1), "area.unknown", "老", "or its name");
    is_not("大镇", township, DATE_NONE, "area.unknown", "大镇", "or its name");
    is_not("\xFF\xFE", township, DATE_NONE, "area.unknown", "there is no", "or its name");
    int32_t i;
    assert_int_equal(
        places_find_facility(county->places, STR("县一医院"), -1, DATE_NONE, &i, &error),
        ERR_INPUT);
    assert_non_null(strstr(error.cure, "did you mean 县医院 (F1)"));
    assert_int_equal(
        places_find_facility(county->places, STR("中心卫生"), -1, DATE_NONE, &i, &error),
        ERR_INPUT); // two of that name
    assert_null(strstr(error.cure, "did you mean"));
}

static void what_is_not_clear_is_refused(void **state)
{
    (void)state;
    is_not("新村", -1, DATE_NONE, "area.ambiguous", "340221100201 and 340221101201",
           "official code");
    is_not("芜湖县新村", -1, DATE_NONE, "area.ambiguous", "340221101201", "area above");
    is_not("无此地", -1, DATE_NONE, "area.unknown", "'无此地'", "official code");
    is_not("无此地", level("village"), DATE_NONE, "area.unknown", "no Village",
           "official code");
    is_not("", -1, DATE_NONE, "area.unknown", "''", "official code");
    is_not("//", -1, DATE_NONE, "area.unknown", "'//'", "official code");
    is_not("六郎镇", level("village"), DATE_NONE, "area.level", "is a Township",
           "give the Village");
    // a name of two levels is clear once the level is
    is_not("湾沚镇", -1, DATE_NONE, "area.ambiguous", "湾沚镇", "official code");
    is("湾沚镇", level("township"), DATE_NONE, "340221100");
    is("湾沚镇", level("village"), DATE_NONE, "340221101203");
    // a cell of a megabyte makes an error of a line
    char *long_text = malloc(1 << 20);
    assert_non_null(long_text);
    for (int i = 0; i + 3 < 1 << 20; i += 3)
        memcpy(long_text + i, "村", 4);
    is_not(long_text, -1, DATE_NONE, "area.unknown", "村", "official code");
    assert_true(strlen(error.text) < 300);
    assert_int_equal(error.text[strlen(error.text) - 1], '\'');
    free(long_text);
}

static void areas_have_their_time(void **state)
{
    (void)state;
    is("老镇", -1, day(2011, 12, 31), "340221102");
    is("老镇", -1, DATE_NONE, "340221102");
    is_not("老镇", -1, day(2012, 1, 1), "area.closed", "ended on 2011-12-31",
           "use 湾沚镇 (340221100)");
    is_not("老镇", -1, day(1989, 12, 31), "area.closed", "begins on 1990-01-01",
           "湾沚镇");
    is_not("340221103", -1, day(2013, 4, 30), "area.closed", "begins on 2013-05-01",
           "was in being on that day");
    is("340221103", -1, day(2013, 5, 1), "340221103");
    // two of one name, but only one of them was there on that day
    is("桥头", -1, day(2014, 1, 1), "340221100202");
    is_not("桥头", -1, day(2012, 1, 1), "area.ambiguous", "340221101202",
           "official code");
}

static void the_tree_is_a_run_of_indices(void **state)
{
    (void)state;
    const struct places *p = county->places;
    int32_t county_index = places_area_by_code(p, STR("340221"));
    int32_t town = places_area_by_code(p, STR("340221100"));
    int32_t village = places_area_by_code(p, STR("340221100202"));
    assert_true(county_index >= 0 && town > county_index && village > town);
    assert_int_equal(p->areas[town].parent, county_index);
    assert_int_equal(p->areas[village].parent, town);
    assert_true(places_within(p, village, town));
    assert_true(places_within(p, village, county_index));
    assert_true(places_within(p, village, -1));
    assert_false(places_within(p, village, places_area_by_code(p, STR("340221101"))));
    assert_false(places_within(p, county_index, town));
    assert_int_equal(places_at_level(p, village, level("township")), town);
    assert_int_equal(places_at_level(p, village, level("village")), village);
    assert_int_equal(places_at_level(p, town, level("village")), -1);
    assert_int_equal(places_area_by_code(p, STR("湾沚镇")), -1); // a name is no code
    for (size_t i = 0; i < p->n_areas; i++) {
        assert_int_equal(places_area_index(p, p->areas[i].id), i);
        assert_true(p->areas[i].parent < (int32_t)i);
        assert_true(p->areas[i].last >= (int32_t)i);
        if (p->areas[i].parent >= 0)
            assert_true(p->areas[i].last <= p->areas[p->areas[i].parent].last);
    }
    assert_int_equal(places_area_index(p, 12345), -1);
    assert_int_equal(places_facility_index(p, 12345), -1);
}

static void facility(const char *text, const char *near, const char *code)
{
    int32_t i = -1, at = near ? places_area_by_code(county->places, str_of(near)) : -1;
    error = (struct error){0};
    enum err failed =
        places_find_facility(county->places, str_of(text), at, DATE_NONE, &i, &error);
    if (!code) {
        assert_int_equal(failed, ERR_INPUT);
        assert_true(error.text[0] && error.cure[0]);
        return;
    }
    if (failed)
        fail_msg("%s near %s: %s (%s)", text, near ? near : "-", error.text, error.cure);
    assert_string_equal(county->places->facilities[i].code.p, code);
}

static void facilities_near_the_row(void **state)
{
    (void)state;
    facility("县医院", NULL, "F1");
    facility("Ｆ１", NULL, "F1");
    facility("中心卫生院", NULL, NULL);
    assert_string_equal(error.key, "facility.ambiguous");
    facility("中心卫生院", "340221100202", "F2");
    facility("中心卫生院", "340221101", "F3");
    facility("中心卫生院", "340221102", NULL); // near neither
    // the village's own before the township's
    facility("卫生室", "340221100201", "F4");
    facility("卫生室", "340221100202", "F5");
    // two of one name in one township stay unclear
    facility("药店", "340221100", NULL);
    assert_string_equal(error.key, "facility.ambiguous");
    facility("F7", "340221101", "F7");
    facility("无此院", NULL, NULL);
    assert_string_equal(error.key, "facility.unknown");
    facility("湾沚镇", NULL, NULL); // an area is no facility
}

// Parents that make a circle, or that are not there: every area keeps its place, and the
// walk ends.
static void circles_of_parents(void **state)
{
    (void)state;
    import_ok("areas",
              write_text("c.csv", "code,name,level,parent\n"
                                  "990001,甲,county,990002\n990002,乙,county,990003\n"
                                  "990003,丙,county,990001\n990004,丁,county,990004\n"
                                  "990005,戊,county,999999\n990006,己,township,990002\n"),
              "");
    const struct places *p = county->places;
    assert_int_equal(p->n_areas, 18);
    static const char *const codes[] = {"990001", "990002", "990003",
                                        "990004", "990005", "990006"};
    for (size_t i = 0; i < 6; i++) {
        int32_t k = places_area_by_code(p, str_of(codes[i]));
        assert_true(k >= 0);
        assert_string_equal(p->areas[k].code.p, codes[i]);
        assert_true(p->areas[k].parent < k);
    }
    int32_t second = places_area_by_code(p, STR("990002"));
    assert_true(places_within(p, places_area_by_code(p, STR("990006")), second));
    is("甲", -1, DATE_NONE, "990001");
    assert_sound();
}

// A correction may not take an area and its rows out of the tree.
static void a_parent_stands_above(void **state)
{
    (void)state;
    const struct reg *reg;
    assert_ok(county_register(county, STR("areas"), &reg, &error));
    const struct places *p = county->places;
    int64_t id = p->areas[places_area_by_code(p, STR("340221100"))].id;
    static const char *const bad[] = {"340221100", "340221100201", "340221101", "77"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct row_change change = {STR("parent"), str_of(bad[i])};
        assert_int_equal(
            row_correct(county, &who, reg, id, 0, &change, 1, STR("a slip"), &error),
            ERR_INPUT);
        assert_string_equal(error.key, "area.parent");
        assert_true(error.cure[0]);
    }
    struct row_change change = {STR("parent"), STR("3402")};
    assert_ok(row_correct(county, &who, reg, id, 0, &change, 1, STR("moved"), &error));
    change.text = STR("340221");
    assert_ok(row_correct(county, &who, reg, id, 0, &change, 1, STR("back"), &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_and_names),
        cmocka_unit_test(a_slip_of_the_pen_is_told_the_name),
        cmocka_unit_test(what_is_not_clear_is_refused),
        cmocka_unit_test(areas_have_their_time),
        cmocka_unit_test(the_tree_is_a_run_of_indices),
        cmocka_unit_test(facilities_near_the_row),
        cmocka_unit_test(circles_of_parents),
        cmocka_unit_test(a_parent_stands_above),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
