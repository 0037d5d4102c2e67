// SPDX-License-Identifier: AGPL-3.0-or-later
// Every kind of check finds what is planted, where it is, and is silent elsewhere.
#include "test_pack.h"

#include "base/rng.h"

static void end(void **state)
{
    (void)state;
    end_measures();
}

static struct findings run_check(const char *name, const char *period)
{
    struct findings out;
    assert_ok(check_run(&measure, &arena, period_named(period), -1, str_of(name), &out,
                        &error));
    assert_int_equal(out.errors + out.warnings + out.notes, out.n);
    return out;
}

static void silent(const char *name, const char *period)
{
    struct findings f = run_check(name, period);
    if (f.n)
        fail_msg("%s of %s found: " STR_FMT, name, period, STR_ARG(f.list[0].text.en));
}

static bool says(const struct finding *f, const char *text)
{
    return memmem(f->text.en.p, f->text.en.n, text, strlen(text)) != NULL;
}

static void fill(struct buf *b, const char *heads)
{
    *b = BUF_INIT(1 << 20);
    buf_add_c(b, heads);
}

static void send(const char *reg, struct buf *b, const char *source)
{
    buf_add_char(b, '\0');
    assert_ok(buf_check(b, &error));
    add_from(reg, b->p, source);
    buf_free(b);
}

static const char birth_heads[] = "Number,Born,Sex,Weight,Mother,Residence\n";

static void births(int n, const char *day, const char *area)
{
    static int number;
    struct buf b;
    fill(&b, birth_heads);
    for (int i = 0; i < n; i++, number++)
        buf_printf(&b, "B%d,%s,m,3000,M%d,%s\n", number, day, number, area);
    send("births", &b, "hospital");
}

// --- one measure against another

static void report_against_register(void **state)
{
    (void)state;
    make_test_county();
    births(100, "2014-01-07", T1);
    births(100, "2014-02-07", T1);
    births(3, "2014-03-07", T1);
    births(100, "2014-04-07", T1);
    births(40, "2014-05-07", T2); // T2 sends no report: late, not wrong
    add("report", "Month,Township,Total\n"
                  "201401,340221100,91\n"  // 9 % of 100
                  "201402,340221100,89\n"  // 11 %
                  "201403,340221100,5\n"   // 2 more
                  "201404,340221100,111\n" // 9.9 % of 111
                  "201405,340221100,3\n"); // of none
    struct findings f = run_check("totals_agree", "2014S1");
    assert_int_equal(f.n, 2);
    for (size_t i = 0; i < f.n; i++) {
        assert_int_equal(f.list[i].area, area_of(T1));
        assert_int_equal(f.list[i].facility, -1);
        assert_int_equal(f.list[i].severity, SEVERITY_WARNING);
        assert_true(str_equal_c(f.list[i].check, "totals_agree"));
        bool february = strcmp(f.list[i].period.id, "201402") == 0;
        assert_true(february || strcmp(f.list[i].period.id, "201405") == 0);
        assert_true(says(&f.list[i], february ? ": 89;" : ": 3;"));
        assert_true(says(&f.list[i], february ? ": 100;" : ": 0;"));
    }
    silent("totals_agree", "201401");
    silent("totals_agree", "201403");
    assert_int_equal(run_check("totals_agree", "201402").n, 1);
    // 299 reported of 303: fewer, so at_most holds and at_least does not
    silent("at_most", "2014S1");
    f = run_check("at_least", "2014S1");
    assert_int_equal(f.n, 1);
    assert_true(says(&f.list[0], "299") && says(&f.list[0], "303"));
    add("report", "Month,Township,Part,Total\n201406,340221100,b,50\n");
    silent("at_least", "2014S1");
    assert_int_equal(run_check("at_most", "2014S1").n, 1);
    end(state);
}

static void counts_that_should_be_none(void **state)
{
    (void)state;
    make_test_county();
    births(30, "2014-01-07", T1);
    silent("no_light", "2014S1");
    struct buf b;
    fill(&b, birth_heads);
    buf_add_c(&b, "X1,2014-02-01,m,350,Ma,340221101001\nX2,2014-02-01,f,450,Mb,"
                  "340221101\nX3,2014-02-01,m,6500,Mc,340221101\n"
                  "X4,2013-02-01,m,350,Md,340221101\n");
    send("births", &b, "hospital");
    struct findings f = run_check("no_light", "2014S1");
    assert_int_equal(f.n, 1);
    assert_int_equal(f.list[0].area, area_of(T2));
    assert_int_equal(f.list[0].severity, SEVERITY_ERROR);
    // rules of rows: of the register, of a field, and of a register without a date
    f = run_check("tiny", "2014S1");
    assert_int_equal(f.n, 1);
    assert_int_equal(f.list[0].count, 2);
    assert_int_equal(f.list[0].n_ids, 2);
    assert_int_equal(f.list[0].ids[0],
                     ask("SELECT id FROM r_births WHERE number = 'X1'"));
    assert_int_equal(f.list[0].ids[1],
                     ask("SELECT id FROM r_births WHERE number = 'X2'"));
    assert_int_equal(run_check("tiny", "2013S1").list[0].count, 1);
    silent("tiny", "2012S1");
    f = run_check("licence_expired", "2014S1");
    assert_int_equal(f.n, 1);
    assert_int_equal(f.list[0].count, 1);
    assert_true(str_equal_c(f.list[0].reg->name, "facilities"));
    struct findings part;
    assert_ok(check_run(&measure, &arena, period_named("2014S1"), area_of(T1),
                        STR("tiny"), &part, &error));
    assert_int_equal(part.n, 0); // T2's rows are not T1's
    assert_ok(check_run(&measure, &arena, period_named("2014S1"), area_of(T1),
                        STR("licence_expired"), &part, &error));
    assert_int_equal(part.n, 0);
    // a struck row is no finding
    const struct reg *r = pack_register(county->pack, STR("births"));
    assert_ok(row_strike(county, &who, r,
                         f.list[0].n_ids ? ask("SELECT id FROM r_births "
                                               "WHERE number = 'X1'")
                                         : 0,
                         STR("wrong"), &error));
    silent("no_light", "2014S1");
    // all together: the worst first
    f = run_check("", "2014S1");
    assert_true(f.n >= 3);
    for (size_t i = 1; i < f.n; i++) {
        assert_true(f.list[i - 1].severity >= f.list[i].severity);
        if (f.list[i - 1].severity == f.list[i].severity)
            assert_true(f.list[i - 1].score >= f.list[i].score);
    }
    end(state);
}

static void the_same_twice(void **state)
{
    (void)state;
    make_test_county();
    births(30, "2014-01-07", T1);
    struct buf b;
    fill(&b, birth_heads);
    buf_add_c(&b, "D1,2014-02-01,m,3000,Li,340221101\nD2,2014-02-01,m,3100,Li,340221102\n"
                  "D3,2014-02-01,f,3000,Li,340221101\n" // a girl
                  "D4,2014-02-02,m,3000,Li,340221101\n" // another day
                  "D5,2014-02-03,m,3000,,340221101\nD6,2014-02-03,m,3000,,340221101\n"
                  "D7,2014-02-09,m,3000,Wu,340221101\n");
    send("births", &b, "hospital");
    fill(&b, birth_heads);
    buf_add_c(&b, "D7,2014-02-09,m,3000,Wu,340221101\n");
    send("births", &b, "household");
    struct findings f = run_check("twice", "2014S1");
    assert_int_equal(f.n, 1);
    assert_int_equal(f.list[0].count, 1); // one row too many
    assert_int_equal(f.list[0].n_ids, 2); // it and the one that it repeats
    assert_int_equal(f.list[0].ids[0],
                     ask("SELECT id FROM r_births WHERE number = 'D1'"));
    assert_int_equal(f.list[0].ids[1],
                     ask("SELECT id FROM r_births WHERE number = 'D2'"));
    f = run_check("twice_anywhere", "2014S1");
    assert_int_equal(f.n, 1);
    assert_int_equal(f.list[0].count, 2); // and the one that two sources know
    silent("twice", "201401");
    silent("twice_anywhere", "201401");
    end(state);
}

static void numerators_outside(void **state)
{
    (void)state;
    make_test_county();
    add("report", "Month,Township,People,Contracted\n"
                  "201401,340221100,1275,1435\n201402,340221100,1275,1300\n"
                  "201403,340221100,1275,1275\n201406,340221101,1000,10\n"
                  "201406,340221102,0,7\n");
    struct findings f = run_check("contract", "2014S1");
    assert_int_equal(f.n, 2);
    const struct finding *t1 = f.list[0].area == area_of(T1) ? &f.list[0] : &f.list[1];
    const struct finding *t3 = t1 == f.list ? &f.list[1] : &f.list[0];
    assert_string_equal(t1->period.id, "201401");
    assert_int_equal(t1->severity, SEVERITY_ERROR);
    assert_true(says(t1, "1,435 of 1,275") && says(t1, "1 other month"));
    assert_int_equal(t3->area, area_of(T3));
    assert_true(says(t3, "7 of 0"));
    assert_true(t1->cure.en.n && t1->cure.zh.n);
    silent("contract", "201403");
    end(state);
}

// --- a series against its past

static void far_from_the_past(void **state)
{
    (void)state;
    make_test_county();
    struct rng rng = rng_seed(2014);
    struct buf b;
    fill(&b, "Month,Township,Total\n");
    for (int month = 0; month < 54; month++) { // 2010 to June 2014
        int id = (2010 + month / 12) * 100 + month % 12 + 1;
        int spike = month == 51 ? 3 : 1; // April 2014
        buf_printf(&b, "%d,%s,%lld\n", id, T1, (long long)rng_poisson(&rng, 50));
        buf_printf(&b, "%d,%s,%lld\n", id, T2, (long long)rng_poisson(&rng, 60 * spike));
        buf_printf(&b, "%d,%s,%lld\n", id, T3,
                   month >= 46 && month < 53 ? 31 : (long long)rng_poisson(&rng, 30));
        if (month > 50) // too young to have a past
            buf_printf(&b, "%d,%s,%d\n", id, T4, month * month);
    }
    send("report", &b, "");
    struct findings f = run_check("unusual", "2014S1");
    assert_int_equal(f.n, 2);
    const struct finding *spike = f.list[0].area == area_of(T2) ? f.list : f.list + 1;
    const struct finding *even = spike == f.list ? f.list + 1 : f.list;
    assert_string_equal(spike->period.id, "201404");
    assert_true(spike->score > 3.5 && says(spike, "above"));
    assert_int_equal(even->area, area_of(T3));
    assert_string_equal(even->period.id, "201405");
    assert_true(says(even, "exactly 31 for 7 months in a row"));
    silent("unusual", "2013S1");
    end(state);
}

// --- care

static void findings_tell_no_small_count(void **state)
{
    (void)state;
    make_test_county();
    struct buf b;
    fill(&b, "Number,Seen,Sex,Flag,Village\n");
    for (int i = 0; i < 40; i++)
        buf_printf(&b, "V%d,2014-0%d-01,m,%d,%s\n", i, i < 3 ? 2 : 3, i < 3,
                   i < 3 ? "340221100001" : "340221102001");
    // the same day, sex and village: 36 too many in one group of March, 2 in February
    send("visits", &b, "");
    add("report", "Month,Township,People,Total\n201402,340221100,20,5\n"
                  "201403,340221102,20,5\n");
    silent("flagged_visit", "2014S1");
    silent("plain_visit", "2014S1"); // 37 of 40
    silent("care_count", "2014S1");
    silent("care_twice", "2014S1");   // in two groups: a small count of groups
    silent("care_compare", "2014S1"); // T3's 37 would tell T1's 3, with the total of 40
    struct access nurse = with_own_grant(&who);
    own_grant.reads_rows |= 1u << PURPOSE_CARE;
    measure.who = &nurse;
    assert_int_equal(run_check("flagged_visit", "2014S1").list[0].count, 3);
    assert_int_equal(run_check("flagged_visit", "2014S1").list[0].n_ids, 3);
    assert_int_equal(run_check("plain_visit", "2014S1").list[0].count, 37);
    assert_int_equal(run_check("care_count", "2014S1").n, 1);
    assert_int_equal(run_check("care_twice", "2014S1").list[0].count, 38);
    assert_int_equal(run_check("care_compare", "2014S1").n, 2);
    measure.who = &who;
    end(state);
}

static void unknown_and_all(void **state)
{
    (void)state;
    make_test_county();
    births(30, "2014-01-07", T1);
    struct findings f;
    assert_int_equal(check_run(&measure, &arena, period_named("2014S1"), -1,
                               STR("nothing"), &f, &error),
                     ERR_NOT_FOUND);
    assert_non_null(strstr(error.text, "'nothing'"));
    assert_true(error.cure[0]);
    f = run_check("", "2012S1");
    assert_int_equal(f.n, 1); // of the facilities, which have no date
    assert_true(str_equal_c(f.list[0].check, "licence_expired"));
    end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report_against_register),
        cmocka_unit_test(counts_that_should_be_none),
        cmocka_unit_test(the_same_twice),
        cmocka_unit_test(numerators_outside),
        cmocka_unit_test(far_from_the_past),
        cmocka_unit_test(findings_tell_no_small_count),
        cmocka_unit_test(unknown_and_all),
    };
    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
