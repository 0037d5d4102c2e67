// SPDX-License-Identifier: AGPL-3.0-or-later
#include "county_test.h"

static int setup(void **state)
{
    (void)state;
    make_county("minimal");
    import_ok("areas",
              write_text("areas.csv", "code,name,level,parent\n340221,县,county,\n"
                                      "340221100,湾沚镇,township,340221\n"),
              "");
    import_ok("births",
              write_text("b.csv", "certificate,sex,born_on,weight,residence\n"
                                  "A1,m,2014-01-05,3200,湾沚镇\nA2,f,2014-02-05,,湾沚镇\n"
                                  "A3,m,2014-03-05,3300,湾沚镇\n"),
              "");
    const struct reg *r;
    assert_ok(county_register(county, STR("births"), &r, &error));
    struct row_change change = {STR("weight"), STR("3100")};
    assert_ok(row_correct(county, &who, r,
                          ask("SELECT id FROM r_births WHERE certificate = 'A2'"), 0,
                          &change, 1, STR("weighed again"), &error));
    assert_sound();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_county();
    return 0;
}

static void assert_found(const char *sql)
{
    tamper(sql);
    struct history_report report;
    error = (struct error){0};
    enum err code = history_verify(county, &arena, &report, &error);
    if (code != ERR_CORRUPT || !report.problems)
        fail_msg("not found: %s (%d %s)", sql, code, error.text);
}

static void a_changed_value_is_found(void **state)
{
    (void)state;
    assert_found("UPDATE r_births SET sex = 'm' WHERE certificate = 'A2'");
}

static void a_changed_place_is_found(void **state)
{
    (void)state;
    assert_found("UPDATE r_births SET area = NULL WHERE certificate = 'A1'");
}

static void a_row_taken_away_is_found(void **state)
{
    (void)state;
    assert_found("DELETE FROM r_births WHERE certificate = 'A1'");
}

static void a_row_without_history_is_found(void **state)
{
    (void)state;
    assert_found(
        "INSERT INTO r_births (id, state, version, saved_by, saved_at, fingerprint, sex)"
        " VALUES (1, 'current', 1, 1, 1, 1, 'm')");
}

static void an_altered_entry_is_found(void **state)
{
    (void)state;
    assert_found("UPDATE heng_log SET reason = 'no reason' WHERE change = 'correct'");
}

static void an_entry_taken_away_is_found(void **state)
{
    (void)state;
    assert_found("DELETE FROM heng_log WHERE seq = 3");
}

static void a_correction_undone_by_hand_is_found(void **state)
{
    (void)state;
    assert_found(
        "UPDATE r_births SET weight = NULL, version = 1 WHERE certificate = 'A2';"
        "DELETE FROM heng_log WHERE change = 'correct'");
}

static void a_forged_person_is_found(void **state)
{
    (void)state;
    assert_found("UPDATE r_births SET saved_by = 99 WHERE certificate = 'A3'");
}

static void the_head_tells_a_cut_off_end(void **state)
{
    (void)state;
    char before[2 * HISTORY_HASH + 1], after[2 * HISTORY_HASH + 1];
    int64_t seq;
    struct conn *c;
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(history_head(c, &seq, before, &error));
    store_read_end(c);
    assert_int_equal(seq, 6);
    tamper(
        "UPDATE r_births SET weight = NULL, version = 1, saved_at ="
        " (SELECT at FROM heng_log l WHERE l.row = r_births.id AND l.change = 'insert')"
        " WHERE certificate = 'A2'; DELETE FROM heng_log WHERE seq = 6");
    struct history_report report; // what is left agrees with itself; only the head tells
    assert_ok(history_verify(county, &arena, &report, &error));
    memcpy(after, report.head, sizeof after);
    assert_string_not_equal(before, after);
}

static void widening_a_column_keeps_every_hash(void **state)
{
    (void)state;
    // what the planner does when int becomes decimal: the same numbers in a REAL column
    tamper("ALTER TABLE r_births ADD COLUMN weight2 REAL; UPDATE r_births SET weight2 = "
           "weight;"
           "DROP VIEW IF EXISTS births; ALTER TABLE r_births DROP COLUMN weight;"
           "ALTER TABLE r_births RENAME COLUMN weight2 TO weight");
    assert_sound();
}

// Want of memory is no proof of anything.
static void no_memory_is_no_corruption(void **state)
{
    (void)state;
    for (int64_t n = 0;; n++) {
        struct history_report report;
        mem_fail_after(n);
        enum err code = history_verify(county, &arena, &report, &error);
        mem_fail_after(-1);
        if (code == ERR_OK)
            break;
        if (code != ERR_MEMORY)
            fail_msg("the %lld-th allocation: %s", (long long)n, error.text);
        assert_true(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_changed_value_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_changed_place_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_row_taken_away_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_row_without_history_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(an_altered_entry_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(an_entry_taken_away_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_correction_undone_by_hand_is_found, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_forged_person_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(the_head_tells_a_cut_off_end, setup, teardown),
        cmocka_unit_test_setup_teardown(no_memory_is_no_corruption, setup, teardown),
        cmocka_unit_test_setup_teardown(widening_a_column_keeps_every_hash, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
