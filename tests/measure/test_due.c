// SPDX-License-Identifier: AGPL-3.0-or-later
// Who owes what, and when it came. Today is 20 July 2014.
#include "test_pack.h"

static int setup(void **state)
{
    (void)state;
    make_test_county();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_measures();
    return 0;
}

static struct due_summary due_of(const char *reg, const char *period, int32_t root)
{
    struct due_summary out;
    assert_ok(due_list(&measure, &arena, pack_register(county->pack, str_of(reg)),
                       period_named(period), root, &out, &error));
    size_t owed = 0;
    for (size_t i = 0; i < out.n; i++)
        owed += out.items[i].state != DUE_OPEN;
    assert_int_equal(owed, out.owed);
    assert_int_equal(out.on_time + out.late + out.missing, out.owed);
    return out;
}

static const struct due_item *item(const struct due_summary *s, int32_t area,
                                   int32_t facility, const char *period)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->items[i].area == area && s->items[i].facility == facility &&
            strcmp(s->items[i].period.id, period) == 0)
            return &s->items[i];
    return NULL;
}

static int32_t day(int month, int date)
{
    int32_t out;
    assert_true(date_from_ymd(2014, month, date, &out));
    return out;
}

static void townships(void **state)
{
    (void)state;
    add("report", "Month,Township,Part,Received,People,Contracted,Total\n"
                  "201401,340221100,,2014-02-05,10,1,0\n" // the last day; a zero report
                  "201402,340221100,,2014-03-06,10,1,3\n" // a day late
                  // corrected after the day; what came first counts
                  "201403,340221100,a,2014-04-20,10,1,3\n"
                  "201403,340221100,b,2014-04-02,10,1,3\n"
                  "201403,340221100,c,2014-05-02,10,1,3\n"
                  "201404,340221100,,,10,1,3\n" // here, but nobody wrote when
                  "201406,340221101,,2014-07-01,10,1,3\n");
    struct due_summary s = due_of("report", "2014S1", -1);
    int32_t t1 = area_of(T1);
    assert_int_equal(s.n_reporters, 4);
    assert_int_equal(s.n_periods, 6);
    assert_int_equal(s.n, 24);
    const struct due_item *x = item(&s, t1, -1, "201401");
    assert_int_equal(x->state, DUE_ON_TIME);
    assert_int_equal(x->due, day(2, 5));
    assert_int_equal(x->received, day(2, 5));
    x = item(&s, t1, -1, "201402");
    assert_int_equal(x->state, DUE_LATE);
    assert_int_equal(x->received, day(3, 6));
    x = item(&s, t1, -1, "201403");
    assert_int_equal(x->state, DUE_ON_TIME);
    assert_int_equal(x->received, day(4, 2));
    x = item(&s, t1, -1, "201404");
    assert_int_equal(x->state, DUE_ON_TIME);
    assert_int_equal(x->received, DATE_NONE);
    assert_int_equal(item(&s, t1, -1, "201405")->state, DUE_MISSING);
    assert_int_equal(item(&s, t1, -1, "201406")->state, DUE_MISSING);
    assert_int_equal(item(&s, area_of(T2), -1, "201406")->state, DUE_ON_TIME);
    assert_int_equal(s.on_time, 4);
    assert_int_equal(s.late, 1);
    assert_int_equal(s.missing, 19);
    // one township alone
    s = due_of("report", "2014S1", t1);
    assert_int_equal(s.n_reporters, 1);
    assert_int_equal(s.missing, 2);
    // a struck report is none
    const struct reg *r = pack_register(county->pack, STR("report"));
    int64_t id = ask("SELECT id FROM r_report WHERE month = '201401'");
    assert_ok(row_strike(county, &who, r, id, STR("twice"), &error));
    s = due_of("report", "2014S1", t1);
    assert_int_equal(item(&s, t1, -1, "201401")->state, DUE_MISSING);
}

static void what_is_not_yet_due(void **state)
{
    (void)state;
    struct due_summary s = due_of("report", "201407", -1);
    assert_int_equal(s.n, 4);
    assert_int_equal(s.owed, 0);
    measure.today = day(7, 5); // the report of June can still come on this day
    s = due_of("report", "201406", -1);
    for (size_t i = 0; i < s.n; i++)
        assert_int_equal(s.items[i].state,
                         s.items[i].area == area_of(T2) ? DUE_ON_TIME : DUE_OPEN);
    measure.today = day(7, 6);
    s = due_of("report", "201406", -1);
    assert_int_equal(s.missing, 3);
    measure.today = date_today();
}

static void facilities_of_a_kind(void **state)
{
    (void)state;
    add("deliveries", "Month,Facility,Part,Received,Total\n"
                      "201402,H1,,2014-03-28,4\n"
                      "201403,H1,,2014-05-01,4\n"
                      "201403,C1,,2014-04-01,4\n");
    struct due_summary s = due_of("deliveries", "2014Q1", -1);
    int32_t h1 = facility_of("H1"), h2 = facility_of("H2"), h3 = facility_of("H3");
    assert_int_equal(s.n_reporters, 3); // the clinic owes nothing
    assert_null(item(&s, -1, facility_of("C1"), "201403"));
    assert_int_equal(item(&s, -1, h1, "201401")->state, DUE_MISSING);
    assert_int_equal(item(&s, -1, h1, "201401")->due, day(2, 28));
    assert_int_equal(item(&s, -1, h1, "201402")->state, DUE_ON_TIME);
    assert_int_equal(item(&s, -1, h1, "201403")->due, day(4, 28));
    assert_int_equal(item(&s, -1, h1, "201403")->state, DUE_LATE);
    // opened on 10 March, closed on 20 February
    assert_null(item(&s, -1, h2, "201402"));
    assert_non_null(item(&s, -1, h2, "201403"));
    assert_non_null(item(&s, -1, h3, "201402"));
    assert_null(item(&s, -1, h3, "201403"));
    assert_int_equal(s.n, 3 + 1 + 2);
    s = due_of("deliveries", "2014Q2", -1);
    assert_int_equal(s.n_reporters, 2);
    s = due_of("deliveries", "2014Q1", area_of(T2));
    assert_int_equal(s.n_reporters, 1);
}

static void areas_that_began_or_ended(void **state)
{
    (void)state;
    add("areas", "code,name,name_en,level,parent,valid_from,valid_to\n"
                 "340221104,戊,T5,township,340221,2014-03-15,\n"
                 "340221105,己,T6,township,340221,,2014-02-10\n"
                 "340221106,庚,T7,township,340221,,2013-12-31\n");
    struct due_summary s = due_of("report", "2014Q1", -1);
    assert_int_equal(s.n_reporters, 6);
    assert_null(item(&s, area_of("340221104"), -1, "201402"));
    assert_non_null(item(&s, area_of("340221104"), -1, "201403"));
    assert_non_null(item(&s, area_of("340221105"), -1, "201402"));
    assert_null(item(&s, area_of("340221105"), -1, "201403"));
    assert_null(item(&s, area_of("340221106"), -1, "201401"));
    assert_int_equal(s.n, 4 * 3 + 1 + 2);
}

static void who_owes_nothing_and_who_may_not_ask(void **state)
{
    (void)state;
    struct due_summary s = due_of("births", "2014S1", -1);
    assert_int_equal(s.n, 0);
    assert_int_equal(s.owed, 0);
    // a month holds no whole half-year's report of months, but itself
    assert_int_equal(due_of("report", "201405", -1).n_periods, 1);
    struct access clerk = with_own_grant(&who);
    own_grant.area = county->places->areas[area_of(T2)].id;
    struct measure m = measure;
    m.who = &clerk;
    const struct reg *r = pack_register(county->pack, STR("report"));
    assert_int_equal(due_list(&m, &arena, r, period_named("2014S1"), -1, &s, &error),
                     ERR_FORBIDDEN);
    assert_int_equal(
        due_list(&m, &arena, r, period_named("2014S1"), area_of(T1), &s, &error),
        ERR_FORBIDDEN);
    assert_ok(due_list(&m, &arena, r, period_named("2014S1"), area_of(T2), &s, &error));
    assert_int_equal(s.n_reporters, 1);
}

static void memory_runs_out(void **state)
{
    (void)state;
    const struct reg *r = pack_register(county->pack, STR("report"));
    struct due_summary s;
    enum err code = ERR_MEMORY;
    for (int64_t n = 0; code == ERR_MEMORY && n < 200; n++) {
        struct arena a;
        arena_init(&a, 0);
        mem_fail_after(n);
        code = due_list(&measure, &a, r, period_named("2014S1"), -1, &s, &error);
        mem_fail_after(-1);
        arena_free(&a);
    }
    assert_int_equal(code, ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(townships),
        cmocka_unit_test(what_is_not_yet_due),
        cmocka_unit_test(facilities_of_a_kind),
        cmocka_unit_test(areas_that_began_or_ended),
        cmocka_unit_test(who_owes_nothing_and_who_may_not_ask),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests_name("due", tests, setup, teardown);
}
