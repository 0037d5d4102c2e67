// SPDX-License-Identifier: AGPL-3.0-or-later
// A pack that grows: after each way in which a column may be widened or renamed, rows and
// corrections from before and after still agree with the history, and what was altered by
// hand is still found.
#include "county_test.h"

#include "pack/pack.h"
#include "register/imports.h"

static const char areas_file[] = "register: areas\nkind: areas\n"
                                 "label: {en: Areas, zh: 地区}\n";
static const char pack_file[] =
    "pack: growing\nversion: \"1\"\nlabel: {en: Growing, zh: 成长}\n"
    "levels:\n  county: {label: {en: County, zh: 县}, digits: 6}\n";
#define HEAD                                                                             \
    "register: visits\npurpose: vital\nlabel: {en: Visits, zh: 随访}\n"                \
    "area: place\ndate: seen_on\nkey: [number]\nfields:\n"                               \
    "  number: {type: text, label: {en: Number, zh: 编号}}\n"                          \
    "  place: {type: area, label: {en: Place, zh: 地点}}\n"                            \
    "  seen_on: {type: date, label: {en: Seen on, zh: 日期}}\n"
#define FIELD(name, type, more)                                                          \
    "  " name ": {type: " type ", label: {en: " name ", zh: " name "}" more "}\n"
#define CODES ", codes: {a: {en: first, zh: 甲}, b: {en: second, zh: 乙}}"

static const char before[] =
    HEAD FIELD("whole", "int", "") FIELD("big", "int", "") FIELD("exact", "decimal", "")
        FIELD("kind", "code", CODES) FIELD("day", "date", "") FIELD("truth", "bool", "")
            FIELD("month", "period", ", every: month") FIELD("note", "text", "");

static int setup(void **state)
{
    (void)state;
    begin_own_county();
    write_pack(pack_file, areas_file, NULL, "visits", before);
    make_own_county();
    import_ok("areas", write_text("areas.csv", "code,name,level\n340221,县,county\n"),
              "");
    struct import_result r = import_ok(
        "visits",
        write_text("v.csv",
                   "number,place,seen_on,whole,big,exact,kind,day,truth,month,note\n"
                   "1,县,2014-01-02,7,9007199254740993,0.1,a,2014-01-05,1,201401,x\n"
                   "2,县,2014-01-03,-12,1,3,b,2014-02-28,0,201402,\n"
                   "3,县,2014-01-04,0,0,-0.000001234,,2014-03-31,,,\n"
                   "4,县,2014-01-05,,,123456789.123456,a,,1,201404,007\n"
                   "5,县,2014-01-06,1000000,-5,2.5e10,b,2014-05-01,0,201405,3.0\n"
                   "6,县,2014-01-07,3,3,1e300,b,2014-05-01,0,201405,true\n"
                   "7,县,2014-01-08,3,3,0.30000000000000004,,,,,1e3\n"
                   "8,县,2014-01-09,,,,,,,,\n"),
        "");
    assert_int_equal(r.inserted, 8);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_county();
    return 0;
}

static void correct(const char *number, const char *field, const char *text)
{
    const struct reg *r;
    char sql[160];
    snprintf(sql, sizeof sql, "SELECT id FROM r_visits WHERE number = '%s'", number);
    assert_ok(county_register(county, STR("visits"), &r, &error));
    struct row_change change = {str_of(field), str_of(text)};
    assert_ok(row_correct(county, &who, r, ask(sql), 0, &change, 1, STR("as it was said"),
                          &error));
}

struct growth {
    const struct pack *pack;
    const struct pack_file *files;
    size_t n;
    struct plan *plan;
};

static enum err apply(struct conn *c, void *argument, struct error *e)
{
    struct growth *g = argument;
    return pack_apply(c, g->pack, g->files, g->n, g->plan, e);
}

// The county goes on with another pack.
static void grow(const char *visits)
{
    struct pack_file *files;
    struct pack *pack;
    struct plan plan;
    struct conn *c;
    size_t n;
    write_pack(pack_file, areas_file, NULL, "visits", visits);
    assert_ok(pack_files_from_folder(&arena, "pack", &files, &n, &error));
    assert_ok(pack_compile(&arena, files, n, &pack, NULL, &error));
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(pack_plan(&arena, c, pack, &plan, &error));
    store_read_end(c);
    assert_false(plan.refused);
    assert_true(plan.n > 0);
    struct growth g = {pack, files, n, &plan};
    assert_ok(store_write(county->store, apply, &g, &error));
    usleep(3000); // so that the clock tells before from after
    county_close(county);
    open_county();
}

static void assert_found(const char *sql)
{
    struct history_report report;
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    char *keep = sqlite3_mprintf("VACUUM INTO 'kept.db'");
    unlink("kept.db");
    assert_int_equal(sqlite3_exec(db, keep, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_free(keep);
    sqlite3_close(db);
    tamper(sql);
    error = (struct error){0};
    if (history_verify(county, &arena, &report, &error) != ERR_CORRUPT)
        fail_msg("not found: %s", sql);
    county_close(county);
    char command[400];
    snprintf(command, sizeof command, "rm -f '%s-wal' '%s-shm'; cp kept.db '%s'", path,
             path, path);
    assert_int_equal(system(command), 0);
    open_county();
    assert_sound();
}

#define GROWN(whole, big, exact, kind, day, truth, month, note)                          \
    HEAD FIELD("whole", whole, "") FIELD("big", big, "") FIELD("exact", exact, "")       \
        kind FIELD("day", day, "") FIELD("truth", truth, "")                             \
            month FIELD("note", note, "")
#define KIND FIELD("kind", "code", CODES)
#define MONTH FIELD("month", "period", ", every: month")
#define KIND_TEXT FIELD("kind", "text", "")
#define MONTH_TEXT FIELD("month", "text", "")

static void each_way_of_widening(void **state)
{
    (void)state;
    static const struct {
        const char *field, *first, *later, *pack;
    } ways[] = {
        {"whole", "8", "8.25",
         GROWN("decimal", "int", "decimal", KIND, "date", "bool", MONTH, "text")},
        {"whole", "8", "about 8",
         GROWN("text", "int", "decimal", KIND, "date", "bool", MONTH, "text")},
        {"big", "9007199254740995", "many",
         GROWN("int", "text", "decimal", KIND, "date", "bool", MONTH, "text")},
        {"exact", "4.0", "5.00",
         GROWN("int", "int", "text", KIND, "date", "bool", MONTH, "text")},
        {"kind", "b", "neither",
         GROWN("int", "int", "decimal", KIND_TEXT, "date", "bool", MONTH, "text")},
        {"day", "2014-06-01", "early June",
         GROWN("int", "int", "decimal", KIND, "text", "bool", MONTH, "text")},
        {"truth", "0", "perhaps",
         GROWN("int", "int", "decimal", KIND, "date", "text", MONTH, "text")},
        {"month", "2014年6月", "June",
         GROWN("int", "int", "decimal", KIND, "date", "bool", MONTH_TEXT, "text")},
        {"note", "12", "13",
         GROWN("int", "int", "decimal", KIND, "date", "bool", MONTH, "name")},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (i) {
            end_county();
            assert_int_equal(setup(NULL), 0);
        }
        char empty[160];
        correct("1", ways[i].field, ways[i].first);
        assert_sound();
        grow(ways[i].pack);
        assert_sound();
        correct("1", ways[i].field, ways[i].later);
        correct("2", ways[i].field, ways[i].later);
        snprintf(empty, sizeof empty,
                 "SELECT count(*) FROM r_visits WHERE number = '8' AND %s IS NULL",
                 ways[i].field);
        assert_int_equal(ask(empty), 1);
        assert_sound();
        char sql[160];
        snprintf(sql, sizeof sql, "UPDATE r_visits SET %s = '77' WHERE number = '5'",
                 ways[i].field);
        assert_found(sql);
        snprintf(sql, sizeof sql, "UPDATE r_visits SET %s = '77' WHERE number = '1'",
                 ways[i].field);
        assert_found(sql);
    }
}

static void all_at_once_and_twice(void **state)
{
    (void)state;
    correct("1", "exact", "4.0");
    correct("3", "truth", "1");
    grow(GROWN("decimal", "text", "text", KIND_TEXT, "text", "text", MONTH_TEXT, "name"));
    assert_sound();
    correct("1", "whole", "7.5");
    correct("3", "truth", "false");
    correct("4", "exact", "3.0");
    struct import_result r = import_ok(
        "visits",
        write_text("w.csv", "number,place,seen_on,whole,exact,truth\n"
                            "9,县,2014-05-02,3.0,3.0,false\n1,县,2014-01-02,2,5.0,x\n"),
        "");
    assert_int_equal(r.inserted, 1);
    assert_int_equal(r.corrected, 1);
    assert_sound();
    grow(GROWN("text", "text", "text", KIND_TEXT, "text", "text", MONTH_TEXT, "name"));
    assert_sound();
    correct("9", "whole", "3.00");
    correct("2", "whole", "-12.00");
    assert_sound();
    assert_found("UPDATE r_visits SET exact = '3.1' WHERE number = '9'");
}

static void renamed_columns(void **state)
{
    (void)state;
    correct("1", "whole", "9");
    correct("2", "note", "was");
    grow(HEAD FIELD("count", "int", ", was: whole") FIELD("big", "int", "")
             FIELD("exact", "decimal", "") KIND FIELD("day", "date", "")
                 FIELD("truth", "bool", "") MONTH FIELD("note", "text", ""));
    assert_sound();
    correct("1", "count", "10");
    // a new field under the old name
    grow(HEAD FIELD("count", "int", "") FIELD("big", "int", "")
             FIELD("exact", "decimal", "") KIND FIELD("day", "date", "")
                 FIELD("truth", "bool", "") MONTH FIELD("note", "text", "")
                     FIELD("whole", "text", ""));
    correct("1", "whole", "all of it");
    correct("2", "whole", "9");
    assert_sound();
    assert_found("UPDATE r_visits SET count = 11 WHERE number = '1'");
    // a field that left the pack keeps its column
    grow(HEAD FIELD("count", "int", "") FIELD("big", "int", "")
             FIELD("exact", "decimal", "") FIELD("whole", "text", ""));
    correct("2", "count", "4");
    assert_sound();
}

static void a_struck_place_stays_in_the_history(void **state)
{
    (void)state;
    import_ok("areas", write_text("b.csv", "code,name,level\n340222,邻县,county\n"), "");
    const struct reg *areas;
    assert_ok(county_register(county, STR("areas"), &areas, &error));
    assert_ok(row_strike(county, &who, areas,
                         ask("SELECT id FROM r_areas WHERE code = '340221'"),
                         STR("entered twice"), &error));
    assert_ok(county_reload_places(county, &error));
    // the row's place is none to the model; its correction must not hide what it was
    correct("1", "place", "340222");
    correct("2", "note", "no place");
    struct import_result r = import_ok(
        "visits", write_text("w.csv", "number,place,seen_on\n3,邻县,2014-01-04\n"), "");
    assert_int_equal(r.corrected, 1);
    assert_sound();
}

// What an import corrected is put back into columns that are others by now.
static void imports_are_undone(void **state)
{
    (void)state;
    static const char again[] =
        "number,place,seen_on,whole,big,exact,kind,day,truth,month,note\n"
        "1,县,2014-01-12,8,9007199254740995,3,b,2014-06-05,0,201407,y\n"
        "3,县,2014-01-14,3,3,4,a,2014-06-05,1,201406,true\n"
        "8,县,2014-01-19,1,2,3,a,2014-06-05,1,201406,x\n"
        "9,县,2014-01-19,1,2,3,a,2014-06-05,1,201406,x\n";
    struct imports_undone undone;
    struct import_result r = import_ok("visits", write_text("again.csv", again), "");
    assert_int_equal(r.corrected, 3);
    assert_int_equal(r.inserted, 1);
    grow(GROWN("decimal", "text", "text", KIND_TEXT, "text", "text", MONTH_TEXT, "name"));
    assert_ok(imports_undo(county, &who, r.id, STR("old"), &undone, &error));
    assert_int_equal(undone.put_back, 3);
    assert_sound();
    assert_int_equal(
        ask("SELECT count(*) FROM r_visits WHERE number = '1' AND whole = 7 AND big ="
            " '9007199254740993' AND exact = '0.1' AND kind = 'a' AND day = '2014-01-05'"
            " AND truth = '1' AND month = '201401' AND note = 'x' AND date ="
            " '2014-01-02'"),
        1);
    assert_int_equal(
        ask("SELECT count(*) FROM r_visits WHERE number = '8' AND whole IS"
            " NULL AND exact IS NULL AND note IS NULL AND state = 'current'"),
        1);
}

static void imports_are_undone_under_new_names(void **state)
{
    (void)state;
    struct imports_undone undone;
    struct import_result r =
        import_ok("visits",
                  write_text("w.csv", "number,place,seen_on,whole\n1,县,2014-01-02,8\n"
                                      "2,县,2014-01-03,9\n"),
                  "");
    assert_int_equal(r.corrected, 2);
    grow(HEAD FIELD("count", "int", ", was: whole") FIELD("big", "int", "")
             FIELD("exact", "decimal", "") KIND FIELD("day", "date", "")
                 FIELD("truth", "bool", "") MONTH FIELD("note", "text", ""));
    grow(HEAD FIELD("count", "int", "") FIELD("big", "int", "")
             FIELD("exact", "decimal", "") KIND FIELD("day", "date", "")
                 FIELD("truth", "bool", "") MONTH FIELD("note", "text", "")
                     FIELD("whole", "text", ""));
    assert_ok(imports_undo(county, &who, r.id, STR("old"), &undone, &error));
    assert_int_equal(ask("SELECT count(*) FROM r_visits WHERE (number = '1' AND count = 7"
                         " OR number = '2' AND count = -12) AND whole IS NULL"),
                     2);
    assert_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_way_of_widening, setup, teardown),
        cmocka_unit_test_setup_teardown(all_at_once_and_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(renamed_columns, setup, teardown),
        cmocka_unit_test_setup_teardown(imports_are_undone, setup, teardown),
        cmocka_unit_test_setup_teardown(imports_are_undone_under_new_names, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_struck_place_stays_in_the_history, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
