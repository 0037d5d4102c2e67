// SPDX-License-Identifier: AGPL-3.0-or-later
// One row: what may be corrected, by whom, and what the history tells of it.
#include "county_test.h"

static const char pack_file[] =
    "pack: rows\nversion: \"1\"\nlabel: {en: Rows, zh: 个案}\n"
    "levels:\n  county: {label: {en: County, zh: 县}, digits: 6}\n"
    "  township: {label: {en: Township, zh: 乡镇}, digits: 3}\n";
static const char areas_file[] = "register: areas\nkind: areas\n"
                                 "label: {en: Areas, zh: 地区}\n";
static const char births_file[] =
    "register: births\npurpose: vital\nlabel: {en: Births, zh: 出生}\n"
    "area: residence\ndate: born_on\nkey: [number]\nfields:\n"
    "  number: {type: text, label: {en: Number, zh: 编号}}\n"
    "  residence: {type: area, level: township, label: {en: Residence, zh: 居住地}}\n"
    "  born_on: {type: date, required: true, check: born_on <= today(),"
    " check_label: {en: Not in the future, zh: 不能晚于今天}, label: {en: Born, zh: "
    "出生}}\n"
    "  weight: {type: int, min: 300, max: 7000, warn: weight > 5500, warn_label:"
    " {en: Heavy, zh: 过重}, label: {en: Weight, zh: 体重}}\n"
    "  note: {type: text, label: {en: Note, zh: 说明}}\n"
    "checks:\n"
    "  heavy_note: {when: weight > 6000 and note is null, severity: error,"
    " label: {en: Say why, zh: 请说明}, cure: {en: Write a note, zh: 填写说明}}\n";
static const char care_file[] =
    "register: visits\npurpose: care\nlabel: {en: Visits, zh: 随访}\n"
    "area: place\ndate: seen_on\nkey: [number]\nfields:\n"
    "  number: {type: text, label: {en: Number, zh: 编号}}\n"
    "  place: {type: area, label: {en: Place, zh: 地点}}\n"
    "  seen_on: {type: date, label: {en: Seen, zh: 日期}}\n"
    "  pulse: {type: int, label: {en: Pulse, zh: 脉搏}}\n"
    "  pressure: {type: int, check: pressure > pulse, label: {en: Pressure, zh: 血压}}\n";

static const char births_csv[] = "number,residence,born_on,weight,note\n"
                                 "A1,湾沚镇,2014-01-05,3200,\n"
                                 "A2,六郎镇,2014-02-05,3300,x\n"
                                 "A3,湾沚镇,2014-03-05,,\n"
                                 ",湾沚镇,2014-03-06,3400,\n";

static const struct reg *births, *visits;

static int setup(void **state)
{
    (void)state;
    begin_own_county();
    write_pack(pack_file, areas_file, NULL, "births", births_file);
    write_text("pack/registers/visits.yaml", care_file);
    make_own_county();
    import_ok("areas",
              write_text("areas.csv",
                         "code,name,level,parent,valid_to\n340221,县,county,,\n"
                         "340221100,湾沚镇,township,340221,\n"
                         "340221101,六郎镇,township,340221,\n"
                         "340221102,老镇,township,340221,2011-12-31\n"),
              "");
    struct import_result r = import_ok("births", write_text("b.csv", births_csv), "");
    assert_int_equal(r.inserted, 4);
    assert_ok(county_register(county, STR("births"), &births, &error));
    assert_ok(county_register(county, STR("visits"), &visits, &error));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_sound();
    end_county();
    return 0;
}

static int64_t id_of(const char *number)
{
    char sql[120];
    snprintf(sql, sizeof sql, "SELECT id FROM r_births WHERE number = '%s'", number);
    return ask(sql);
}

static enum err correct_as(const struct access *as, int64_t id, int64_t version,
                           const char *field, const char *text)
{
    struct row_change change = {str_of(field), str_of(text)};
    error = (struct error){0};
    return row_correct(county, as, births, id, version, &change, 1, STR("read again"),
                       &error);
}

static enum err correct(const char *number, const char *field, const char *text)
{
    return correct_as(&who, id_of(number), 0, field, text);
}

static void said(const char *text, const char *cure)
{
    if (!strstr(error.text, text) || !strstr(error.cure, cure))
        fail_msg("%s: %s (%s)", error.where, error.text, error.cure);
}

static void a_correction_and_its_history(void **state)
{
    (void)state;
    int64_t id = id_of("A1"), log = ask("SELECT count(*) FROM heng_log");
    assert_ok(correct("A1", "weight", "3,250 "));
    assert_ok(correct("A1", "note", "weighed \"again\""));
    assert_int_equal(ask("SELECT version = 3 AND weight = 3250 FROM r_births"
                         " WHERE number = 'A1'"),
                     1);
    assert_int_equal(ask("SELECT count(*) FROM heng_log"), log + 2);
    struct row_event *events;
    size_t n;
    assert_ok(row_history(county, &who, births, id, &arena, &events, &n, &error));
    assert_int_equal(n, 3);
    assert_true(str_equal_c(events[0].change, "insert"));
    assert_int_equal(events[0].before.n, 0);
    assert_true(str_equal_c(events[1].change, "correct"));
    assert_true(str_equal_c(events[1].before, "{\"weight\":\"3200\"}"));
    assert_true(str_equal_c(events[1].after, "{\"weight\":\"3250\"}"));
    assert_true(str_equal_c(events[1].reason, "read again"));
    assert_true(str_equal_c(events[2].before, "{\"note\":null}"));
    assert_true(events[2].seq > events[1].seq && events[1].seq > events[0].seq);
    assert_true(str_equal(events[1].who, who.name));
}

static void what_a_correction_may_not_do(void **state)
{
    (void)state;
    int64_t log = ask("SELECT count(*) FROM heng_log");
    assert_int_equal(correct("A1", "weight", "99999"), ERR_INPUT);
    said("between 300 and 7000", "source");
    assert_string_equal(error.where, "weight");
    assert_int_equal(correct("A1", "born_on", "2014-02-31"), ERR_INPUT);
    said("28 days", "write the date");
    assert_int_equal(correct("A1", "born_on", "2015-01-01"), ERR_INPUT);
    said("born_on '2015-01-01'", "look it up");
    assert_string_equal(error.where, "born_on");
    assert_int_equal(correct("A1", "born_on", ""), ERR_INPUT);
    said("empty", "required");
    assert_int_equal(correct("A1", "residence", "老镇"), ERR_INPUT);
    said("ended on 2011-12-31", "");
    assert_int_equal(correct("A1", "residence", "县"), ERR_INPUT);
    said("is a County", "Township");
    assert_int_equal(correct("A1", "weight", "6500"),
                     ERR_INPUT); // a rule of the register
    said("weight '6500', note empty", "Write a note");
    assert_string_equal(error.where, "heavy_note");
    assert_int_equal(correct("A1", "colour", "red"), ERR_INPUT);
    said("'colour'", "residence, born_on, number, weight, note");
    assert_int_equal(correct("A1", "version", "9"), ERR_INPUT);
    assert_int_equal(correct("A1", "fingerprint", "9"), ERR_INPUT);
    assert_int_equal(correct("A1", "weight", "3200"), ERR_CONFLICT);
    said("already has these values", "");
    assert_int_equal(correct_as(&who, id_of("A1"), 2, "weight", "3300"), ERR_CONFLICT);
    said("is at version 1", "look at the row again");
    assert_int_equal(correct_as(&who, 12345, 0, "weight", "3300"), ERR_NOT_FOUND);
    struct row_change change = {STR("weight"), STR("3300")};
    assert_int_equal(
        row_correct(county, &who, births, id_of("A1"), 0, &change, 1, STR("  "), &error),
        ERR_USAGE);
    assert_int_equal(ask("SELECT count(*) FROM heng_log"), log);
    assert_int_equal(ask("SELECT max(version) FROM r_births"), 1);
    // a warning does not stand in the way
    assert_ok(correct("A1", "weight", "5600"));
}

static void two_fields_are_one_change(void **state)
{
    (void)state;
    struct row_change changes[] = {{STR("weight"), STR("6500")},
                                   {STR("note"), STR("a giant")},
                                   {STR("born_on"), STR("2014年1月6日")}};
    assert_ok(row_correct(county, &who, births, id_of("A1"), 1, changes, 3,
                          STR("from the card"), &error));
    assert_int_equal(ask("SELECT version = 2 AND weight = 6500 AND date = '2014-01-06'"
                         " FROM r_births WHERE number = 'A1'"),
                     1);
    changes[0].text = STR("x"); // one bad field, and none is changed
    changes[1].text = STR("y");
    error = (struct error){0};
    assert_int_equal(row_correct(county, &who, births, id_of("A1"), 2, changes, 2,
                                 STR("from the card"), &error),
                     ERR_INPUT);
    assert_int_equal(ask("SELECT note = 'a giant' FROM r_births WHERE number = 'A1'"), 1);
}

static void strike_and_restore(void **state)
{
    (void)state;
    int64_t id = id_of("A2");
    assert_int_equal(row_strike(county, &who, births, id, STR(""), &error), ERR_USAGE);
    assert_int_equal(row_restore(county, &who, births, id, STR("why"), &error),
                     ERR_CONFLICT);
    assert_ok(row_strike(county, &who, births, id, STR("entered twice"), &error));
    assert_int_equal(row_strike(county, &who, births, id, STR("again"), &error),
                     ERR_CONFLICT);
    assert_int_equal(ask("SELECT state = 'struck' AND version = 2 FROM r_births"
                         " WHERE number = 'A2'"),
                     1);
    // the same file does not bring it back, nor a second time in
    struct import_result r = import_ok("births", write_text("b.csv", births_csv), "");
    assert_int_equal(r.inserted + r.corrected, 0);
    assert_int_equal(ask("SELECT count(*) FROM r_births"), 4);
    assert_ok(row_restore(county, &who, births, id, STR("it was not"), &error));
    assert_int_equal(ask("SELECT state = 'current' AND version = 3 FROM r_births"
                         " WHERE number = 'A2'"),
                     1);
    assert_int_equal(row_strike(county, &who, births, 5, STR("x"), &error),
                     ERR_NOT_FOUND);
}

static void a_struck_row_is_not_corrected(void **state)
{
    (void)state;
    int64_t id = id_of("A2");
    struct row_change change = {STR("weight"), STR("3150")};
    struct row_new row = {.values = &change, .n = 1};
    struct row_problems problems;
    assert_ok(row_strike(county, &who, births, id, STR("entered twice"), &error));
    assert_int_equal(correct("A2", "weight", "3150"), ERR_CONFLICT);
    assert_string_equal(error.key, "row.struck");
    said("is struck", "restore it first");
    assert_int_equal(row_check(county, &who, births, &row, id, &arena, &problems, &error),
                     ERR_CONFLICT);
    assert_string_equal(error.key, "row.struck");
    assert_int_equal(ask("SELECT version FROM r_births WHERE number = 'A2'"), 2);
    // what is wrong with it as it is may be asked
    row.n = 0;
    assert_ok(row_check(county, &who, births, &row, id, &arena, &problems, &error));
    assert_ok(row_restore(county, &who, births, id, STR("it was not"), &error));
    assert_ok(correct("A2", "weight", "3150"));
}

static void a_key_stays_one_key(void **state)
{
    (void)state;
    assert_int_equal(correct("A1", "number", "A2"), ERR_CONFLICT);
    said("already has this key", "strike the wrong one");
    assert_ok(correct("A1", "number", "A9"));
    // the sender has put it right too: the same row, not a second one
    struct import_result r =
        import_ok("births",
                  write_text("c.csv", "number,residence,born_on,weight\n"
                                      "A9,湾沚镇,2014-01-05,3200\n"),
                  "");
    assert_int_equal(r.inserted, 0);
    assert_int_equal(ask("SELECT count(*) FROM r_births"), 4);
    // a row without a key gets one
    int64_t id = ask("SELECT id FROM r_births WHERE number IS NULL");
    assert_ok(correct_as(&who, id, 0, "number", "A4"));
    r = import_ok("births",
                  write_text("d.csv", "number,residence,born_on,weight\n"
                                      "A4,湾沚镇,2014-03-06,3450\n"),
                  "");
    assert_int_equal(r.inserted, 0);
    assert_int_equal(r.corrected, 1);
    assert_int_equal(correct("A4", "number", "A9"), ERR_CONFLICT);
}

// Someone of one township: rows of another are not there for him.
static void outside_the_area_there_is_no_row(void **state)
{
    (void)state;
    struct access clerk = with_own_grant(&who);
    own_grant.area = ask("SELECT id FROM r_areas WHERE code = '340221100'");
    int64_t mine = id_of("A1"), other = id_of("A2");
    struct datum *values;
    struct row_event *events;
    size_t n;
    assert_ok(row_get(county, &clerk, births, mine, &arena, &values, &error));
    assert_int_equal(row_get(county, &clerk, births, other, &arena, &values, &error),
                     ERR_NOT_FOUND);
    struct error there = error;
    assert_int_equal(row_get(county, &clerk, births, 12345, &arena, &values, &error),
                     ERR_NOT_FOUND);
    assert_string_equal(there.key, error.key); // nothing tells the two apart
    assert_string_equal(there.cure, error.cure);
    assert_int_equal(
        row_history(county, &clerk, births, other, &arena, &events, &n, &error),
        ERR_NOT_FOUND);
    assert_int_equal(n, 0);
    assert_int_equal(correct_as(&clerk, other, 0, "weight", "3000"), ERR_NOT_FOUND);
    assert_int_equal(row_strike(county, &clerk, births, other, STR("x"), &error),
                     ERR_NOT_FOUND);
    assert_ok(correct_as(&clerk, mine, 0, "weight", "3000"));
    assert_int_equal(correct_as(&clerk, mine, 0, "residence", "六郎镇"), ERR_FORBIDDEN);
    said("outside the area", "both areas");
    // and in a file
    struct import_result r;
    struct import_options options = {
        .path = write_text("e.csv", "number,residence,born_on\nE1,湾沚镇,2014-05-01\n"
                                    "E2,六郎镇,2014-05-01\n")};
    assert_ok(import_run(county, &clerk, births, &options, &arena, &r, &error));
    assert_int_equal(r.inserted, 1);
    assert_int_equal(r.rejected, 1);
}

// The local administrator enters care rows and never reads them.
static void care_is_behind_glass(void **state)
{
    (void)state;
    struct import_result r = import_ok(
        "visits",
        write_text("v.csv",
                   "number,place,seen_on,pressure,pulse\n1,湾沚镇,2014-01-02,120,77\n"),
        "");
    assert_int_equal(r.inserted, 1);
    int64_t id = ask("SELECT id FROM r_visits");
    struct datum *values;
    struct row_event *events;
    size_t n;
    assert_int_equal(row_get(county, &who, visits, id, &arena, &values, &error),
                     ERR_FORBIDDEN);
    assert_int_equal(row_history(county, &who, visits, id, &arena, &events, &n, &error),
                     ERR_FORBIDDEN);
    // not even that a row is there
    assert_int_equal(row_get(county, &who, visits, 12345, &arena, &values, &error),
                     ERR_FORBIDDEN);
    struct row_change change = {STR("pressure"), STR("125")};
    assert_ok(
        row_correct(county, &who, visits, id, 0, &change, 1, STR("read again"), &error));
    assert_int_equal(ask("SELECT pressure FROM r_visits"), 125);
    // nor does an error tell what else the row holds
    change.text = STR("60");
    assert_int_equal(
        row_correct(county, &who, visits, id, 0, &change, 1, STR("x"), &error),
        ERR_INPUT);
    assert_null(strstr(error.text, "77"));
    struct access none = with_own_grant(&who);
    own_grant.writes_rows = 0;
    assert_int_equal(
        row_correct(county, &none, visits, id, 0, &change, 1, STR("x"), &error),
        ERR_FORBIDDEN);
}

// Among many rows and corrections each row finds its own entries, with and without a
// clock that went backwards between two writers.
static void history_among_many(void **state)
{
    (void)state;
    FILE *f = fopen("many.csv", "wb");
    assert_non_null(f);
    fprintf(f, "number,residence,born_on,weight\n");
    for (int i = 0; i < 500; i++)
        fprintf(f, "N%d,湾沚镇,2014-04-%02d,3000\n", i, i % 30 + 1);
    assert_int_equal(fclose(f), 0);
    import_ok("births", "many.csv", "");
    for (int i = 0; i < 20; i++) {
        char number[16];
        snprintf(number, sizeof number, "N%d", i * 25);
        assert_ok(correct(number, "weight", i % 2 ? "3100" : "3200"));
    }
    import_ok("births",
              write_text("last.csv", "number,residence,born_on\nZ,湾沚镇,2014-04-01\n"),
              "");
    for (int i = 0; i < 500; i++) {
        char number[16];
        struct row_event *events;
        size_t n;
        snprintf(number, sizeof number, "N%d", i);
        assert_ok(row_history(county, &who, births, id_of(number), &arena, &events, &n,
                              &error));
        assert_int_equal(n, i % 25 ? 1 : 2);
        assert_true(str_equal_c(events[0].change, "insert"));
        assert_true(n < 2 || str_equal_c(events[1].change, "correct"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_correction_and_its_history, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_correction_may_not_do, setup, teardown),
        cmocka_unit_test_setup_teardown(two_fields_are_one_change, setup, teardown),
        cmocka_unit_test_setup_teardown(strike_and_restore, setup, teardown),
        cmocka_unit_test_setup_teardown(a_struck_row_is_not_corrected, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_stays_one_key, setup, teardown),
        cmocka_unit_test_setup_teardown(outside_the_area_there_is_no_row, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(care_is_behind_glass, setup, teardown),
        cmocka_unit_test_setup_teardown(history_among_many, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
