// SPDX-License-Identifier: AGPL-3.0-or-later
// Self-check against inspection, worked out by hand.
#include "../register/checklist_world.h"

#include <math.h>

#include "study/checklist_compare.h"

static int setup(void **state)
{
    (void)state;
    make_rounds();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_sound();
    end_county();
    return 0;
}

static int32_t day(const char *text)
{
    int32_t out;
    assert_ok(date_parse(str_of(text), &out, &error));
    return out;
}

static struct checklist_comparison compare(const char *first, const char *last)
{
    struct checklist_comparison x;
    assert_ok(checklist_compare(county, &who, checklist, day(first), day(last), -1,
                                &arena, &x, &error));
    return x;
}

static void by_hand(void **state)
{
    (void)state;
    // F1 says all is well; an earlier self-check does not count, nor a follow-up
    create_ok("facility=F1;checked_on=2014-06-01;kind=self;notice_shown=no;"
              "unlicensed=yes;double_signature=none;machines=0");
    create_ok("facility=F1;checked_on=2014-06-02;kind=self;notice_shown=yes;"
              "unlicensed=no;double_signature=every;machines=2;machine_registered=yes");
    create_ok("facility=F1;checked_on=2014-06-20;kind=inspection;notice_shown=no;"
              "unlicensed=no;double_signature=partly;machines=2;machine_registered=yes");
    create_ok("facility=F1;checked_on=2014-06-25;kind=follow_up;notice_shown=yes;"
              "unlicensed=no;double_signature=every;machines=2;machine_registered=yes");
    // F2 is harder on itself than the inspectors; one asks about machines, one does not
    create_ok("facility=F2;checked_on=2014-06-03;kind=self;notice_shown=yes;"
              "unlicensed=yes;double_signature=na;machines=1;machine_registered=no");
    create_ok("facility=F2;checked_on=2014-06-21;kind=inspection;notice_shown=yes;"
              "unlicensed=no;double_signature=every;machines=0");
    // F3 only checked itself in the period
    create_ok("facility=F3;checked_on=2014-06-03;kind=self;notice_shown=yes;"
              "unlicensed=no;double_signature=na;machines=0");
    create_ok("facility=F3;checked_on=2014-07-03;kind=inspection;notice_shown=yes;"
              "unlicensed=no;double_signature=na;machines=0");
    int64_t struck = create_ok("facility=F2;checked_on=2014-06-28;kind=inspection;"
                               "notice_shown=no;unlicensed=no;double_signature=none;"
                               "machines=0")
                         .id;
    assert_ok(row_strike(county, &who, rounds, struck, STR("wrong place"), &error));

    struct checklist_comparison x = compare("2014-06-01", "2014-06-30");
    assert_int_equal(x.both, 2);
    assert_int_equal(x.only_self, 1);
    assert_int_equal(x.only_inspection, 0);
    assert_int_equal(x.other_edition, 0);
    assert_int_equal(x.n_facilities, 3);
    assert_int_equal(x.n_items, 5); // not the remarks
    static const struct {
        const char *name;
        int n, same, over, under, other;
    } items[] = {{"notice_shown", 2, 1, 1, 0, 0},
                 {"unlicensed", 2, 1, 0, 1, 0},
                 {"double_signature", 2, 0, 1, 0, 1},
                 {"machines", 2, 1, 0, 0, 1},
                 {"machine_registered", 1, 1, 0, 0, 0}};
    for (size_t i = 0; i < 5; i++) {
        const struct compare_item *item = &x.items[i];
        assert_true(str_equal_c(item->item->field->name, items[i].name));
        assert_int_equal(item->counts.n, items[i].n);
        assert_int_equal(item->counts.same, items[i].same);
        assert_int_equal(item->counts.over, items[i].over);
        assert_int_equal(item->counts.under, items[i].under);
        assert_int_equal(item->counts.other, items[i].other);
        assert_true(item->agreement.n == (i == 3 ? 0 : items[i].n)); // no number's
    }
    assert_int_equal(x.all.n, 9);
    assert_int_equal(x.all.same, 4);
    assert_int_equal(x.all.over, 2);
    const struct compare_facility *f = &x.facilities[0];
    assert_true(str_equal_c(county->places->facilities[f->facility].code, "F1"));
    assert_int_equal(f->counts.n, 5);
    assert_int_equal(f->counts.same, 3);
    assert_int_equal(f->counts.over, 2);
    assert_int_equal(f->self->on, day("2014-06-02"));
    assert_int_equal(f->inspection->on, day("2014-06-20"));
    assert_true(fabs(f->counts.share.low - interval_wilson(3, 5, 0.95).low) < 1e-12);
    assert_null(x.facilities[2].inspection);
    // clusters of 5 with 3 and 4 with 1: 2 (7/9)^2 2 / 81 against 4/9 5/9 / 9
    double effect = 2 * 2 * (7.0 / 9) * (7.0 / 9) / 81 / (20.0 / 729);
    assert_true(effect > 1 && fabs(x.design_effect - effect) < 1e-12);
    assert_true(fabs(x.all.share.low -
                     interval_wilson(4 / effect, 9 / effect, 0.95).low) < 1e-12);
    // means of the two that have both: F1 30 of 30 and 14 of 30, F2 10 of 20 and 25 of 25
    assert_true(fabs(x.mean_self - (100 + 50) / 2.0) < 0.01);
    assert_true(fabs(x.mean_inspection - (100.0 * 14 / 30 + 100) / 2.0) < 0.01);
}

static void editions_and_places(void **state)
{
    (void)state;
    create_ok("facility=F1;checked_on=2014-06-02;kind=self;notice_shown=yes;"
              "unlicensed=no;double_signature=every;machines=0");
    int64_t id = create_ok("facility=F1;checked_on=2014-06-20;kind=inspection;"
                           "notice_shown=no;unlicensed=no;double_signature=every;"
                           "machines=0")
                     .id;
    char sql[200];
    snprintf(sql, sizeof sql,
             "UPDATE r_sex_control SET edition = '2013-1' WHERE id = %lld",
             (long long)id);
    tamper(sql);
    struct checklist_comparison x = compare("2014-01-01", "2014-12-31");
    assert_int_equal(x.other_edition, 1);
    struct checklist_sheet sheet;
    assert_ok(checklist_answers(county, &who, rounds, id, &arena, &sheet, &error));
    assert_false(sheet.current);
    assert_int_equal(sheet.n_items, 6);
    assert_false(sheet.marks[4].asked);
    assert_int_equal(sheet.score.critical, 1);
    assert_false(sheet.score.passed);
    snprintf(sql, sizeof sql,
             "UPDATE r_sex_control SET edition = '2014-1' WHERE id = %lld",
             (long long)id);
    tamper(sql);
    // one who answers for another township sees none of it
    struct access other = with_own_grant(&who);
    int32_t area = places_area_by_code(county->places, STR("340221101"));
    own_grant.area = county->places->areas[area].id;
    assert_ok(checklist_compare(county, &other, checklist, day("2014-01-01"),
                                day("2014-12-31"), -1, &arena, &x, &error));
    assert_int_equal(x.n_facilities, 0);
    assert_true(isnan(x.all.share.low));
    assert_int_equal(
        checklist_answers(county, &other, rounds, id, &arena, &sheet, &error),
        ERR_NOT_FOUND);
    own_grant.reads_rows = 0;
    assert_int_equal(
        checklist_compare(county, &other, checklist, 0, 1, -1, &arena, &x, &error),
        ERR_FORBIDDEN);
    const struct reg *areas;
    assert_ok(county_register(county, STR("areas"), &areas, &error));
    assert_int_equal(checklist_answers(county, &who, areas, 1, &arena, &sheet, &error),
                     ERR_NOT_FOUND);
    // root: one township alone
    area = places_area_by_code(county->places, STR("340221100"));
    assert_ok(checklist_compare(county, &who, checklist, day("2014-01-01"),
                                day("2014-12-31"), area, &arena, &x, &error));
    assert_int_equal(x.both, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(by_hand, setup, teardown),
        cmocka_unit_test_setup_teardown(editions_and_places, setup, teardown),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("study checklist_compare", tests, NULL, NULL);
}
