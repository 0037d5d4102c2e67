// SPDX-License-Identifier: AGPL-3.0-or-later
// What the demo county hides, the checks find: its truth is read here and nowhere else.
#include "measure_test.h"

#include "base/table.h"
#include "demo/demo.h"

enum { PEOPLE = 40000 };

static char raw[128];
static struct findings found; // of the first half of 2014

static int setup(void **state)
{
    (void)state;
    make_county("cn-county");
    snprintf(raw, sizeof raw, "%s/raw", folder);
    struct demo_options options = {
        .folder = raw, .people = PEOPLE, .seed = 12, .until = date_today()};
    assert_ok(demo_write(&options, &error));
    import_all(raw);
    begin_measures();
    assert_ok(
        check_run(&measure, &arena, period_named("2014S1"), -1, STR(""), &found, &error));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_measures();
    return 0;
}

// Rows of a file of the truth whose given cells read so; NULL: anything. The last one's
// cell `wanted` is copied to out.
static size_t truth(const char *file, const char *const cells[6], size_t wanted,
                    char out[64])
{
    char full[192];
    struct table *t;
    struct table_row row;
    size_t n = 0;
    snprintf(full, sizeof full, "%s/truth/%s", raw, file);
    assert_ok(table_open(&t, full, NULL, &error));
    for (;;) {
        assert_ok(table_read(t, &row, &error));
        if (row.end)
            break;
        bool same = true;
        for (size_t i = 0; i < 6; i++)
            same &= !cells[i] || (i < row.n && str_equal_c(row.cells[i], cells[i]));
        if (!same)
            continue;
        n++;
        if (out)
            snprintf(out, 64, STR_FMT, STR_ARG(row.cells[wanted]));
    }
    table_close(t);
    return n;
}

static void fact(const char *name, char out[64])
{
    assert_int_equal(truth("facts.csv", (const char *const[6]){name}, 1, out), 1);
}

static const struct finding *find(const char *check, int32_t area, int32_t facility,
                                  const char *period)
{
    for (size_t i = 0; i < found.n; i++) {
        const struct finding *f = &found.list[i];
        if (str_equal_c(f->check, check) && f->area == area && f->facility == facility &&
            (!period || strcmp(f->period.id, period) == 0))
            return f;
    }
    fail_msg("%s found nothing there", check);
    return NULL;
}

static bool says(const struct finding *f, const char *text)
{
    return memmem(f->text.en.p, f->text.en.n, text, strlen(text)) != NULL;
}

static void more_contracts_than_people(void **state)
{
    (void)state;
    char code[64];
    fact("contract_error", code);
    const struct finding *f = find("contract_hypertension", area_of(code), -1, "201406");
    assert_true(says(f, "1,435 of 1,275"));
    assert_int_equal(f->severity, SEVERITY_ERROR);
    assert_ptr_equal(f, found.list); // the worst of all
    assert_true(figure_of("contract_hypertension", "2014S1", area_of(code)).outside);
}

static void the_one_who_reports_the_same_every_month(void **state)
{
    (void)state;
    char code[64];
    fact("falsifying_facility", code);
    const struct finding *f = find("deliveries_unusual", -1, facility_of(code), NULL);
    assert_true(says(f, "exactly") && says(f, "months in a row"));
}

static void girls_who_have_no_household(void **state)
{
    (void)state;
    char code[64];
    fact("girls_hidden", code);
    (void)find("household_missing", area_of(code), -1, "2014S1");
}

static void an_outbreak(void **state)
{
    (void)state;
    char value[64], text[128];
    const char *const row[6] = {"reports/infectious_report-2014.csv",
                                NULL,
                                "diagnosed",
                                NULL,
                                "keep",
                                "an outbreak"};
    assert_int_equal(truth("bad-rows.csv", row, 3, value), 1);
    snprintf(text, sizeof text, "%s; its own past", value);
    size_t n = 0;
    for (size_t i = 0; i < found.n; i++)
        n += str_equal_c(found.list[i].check, "infectious_unusual") &&
             says(&found.list[i], text) && strcmp(found.list[i].period.id, "201403") == 0;
    assert_int_equal(n, 1);
}

// By half-years, so that every row of the county is asked about once.
static int64_t rows_found(const char *check)
{
    int64_t n = 0;
    for (int half = 0; half < 10; half++) {
        char id[16];
        struct findings f;
        snprintf(id, sizeof id, "%dS%d", 2010 + half / 2, half % 2 + 1);
        assert_ok(
            check_run(&measure, &arena, period_named(id), -1, str_of(check), &f, &error));
        for (size_t i = 0; i < f.n; i++)
            n += f.list[i].count;
    }
    return n;
}

static void rows_that_were_kept(void **state)
{
    (void)state;
    size_t n = truth("bad-rows.csv",
                     (const char *const[6]){NULL, NULL, "girls", NULL, "keep",
                                            "boys and girls do not add up to the total"},
                     0, NULL);
    assert_true(n > 2);
    assert_int_equal(rows_found("sexes_do_not_add_up"), n);
    n = truth("bad-rows.csv",
              (const char *const[6]){NULL, NULL, NULL, NULL, "keep", "sex not recorded"},
              0, NULL);
    assert_true(n > 2);
    assert_int_equal(rows_found("sex_not_recorded"), n);
    n = truth(
        "bad-rows.csv",
        (const char *const[6]){"facilities.csv", NULL, "licence_until", NULL, "keep"}, 0,
        NULL);
    assert_true(n > 0);
    assert_int_equal(find("licence_expired", -1, -1, "2014S1")->count, n);
}

// The townships and months of births_report_agrees, by SQL.
static void reports_that_differ_from_the_register(void **state)
{
    (void)state;
    double wanted = 0;
    size_t n = 0;
    for (int year = 2010; year < 2015; year++)
        for (int half = 1; half <= 2; half++) {
            char id[16], sql[1024];
            struct findings f;
            snprintf(id, sizeof id, "%dS%d", year, half);
            assert_ok(check_run(&measure, &arena, period_named(id), -1,
                                STR("births_report_agrees"), &f, &error));
            n += f.n;
            for (size_t i = 0; i < f.n; i++) {
                snprintf(
                    sql, sizeof sql,
                    "WITH x(l, r) AS (SELECT (SELECT total FROM r_births_report WHERE "
                    "state = 'current' AND month = '%s' AND area = %lld), (SELECT "
                    "count(*) FROM r_births b JOIN r_areas v ON v.id = b.area JOIN "
                    "r_areas t ON t.code = substr(v.code, 1, 9) || '000' WHERE b.state = "
                    "'current' AND b.source = 'hospital' AND strftime('%%Y%%m', b.date) "
                    "= '%s' AND t.id = %lld)) SELECT abs(l - r) > 2 AND abs(l - r) * 100 "
                    "> 5 * max(l, r) FROM x",
                    f.list[i].period.id,
                    (long long)county->places->areas[f.list[i].area].id,
                    f.list[i].period.id,
                    (long long)county->places->areas[f.list[i].area].id);
                assert_true(ask_number(sql) == 1);
            }
        }
    wanted = ask_number(
        "SELECT sum(abs(l - r) > 2 AND abs(l - r) * 100 > 5 * max(l, r)) FROM (SELECT "
        "m.total AS l, (SELECT count(*) FROM r_births b JOIN r_areas v ON v.id = b.area "
        "JOIN r_areas t ON t.code = substr(v.code, 1, 9) || '000' WHERE b.state = "
        "'current' AND b.source = 'hospital' AND strftime('%Y%m', b.date) = m.month AND "
        "t.id = m.area) AS r FROM r_births_report m WHERE m.state = 'current')");
    assert_int_equal(n, (size_t)wanted);
}

// Of the unit-months of the outlier checks, nearly all are ordinary.
static void few_false_alarms(void **state)
{
    (void)state;
    size_t alarms = 0, units = 0;
    for (size_t i = 0; i < county->pack->n_checks; i++) {
        const struct check *c = &county->pack->checks[i];
        if (c->kind != CHECK_OUTLIER)
            continue;
        units += str_equal_c(c->by, "facility") ? 19 * 6 : 16 * 6;
        for (size_t k = 0; k < found.n; k++)
            alarms += str_equal(found.list[k].check, c->name);
    }
    print_message("# %zu of %zu unit-months, two of them planted\n", alarms, units);
    assert_true(alarms >= 2);
    assert_true((alarms - 2) * 100 < units);
}

// Every report that was late or never came, and no other.
static void reports_late_and_missing(void **state)
{
    (void)state;
    size_t late = 0, missing = 0;
    for (size_t i = 0; i < county->pack->n_registers; i++) {
        const struct reg *r = &county->pack->registers[i];
        if (!r->due.set)
            continue;
        for (int month = 1; month <= 6; month++) {
            char id[16], name[64];
            struct due_summary s;
            snprintf(id, sizeof id, "2014%02d", month);
            snprintf(name, sizeof name, STR_FMT, STR_ARG(r->name));
            assert_ok(due_list(&measure, &arena, r, period_named(id), -1, &s, &error));
            size_t was_late = truth(
                "reports.csv", (const char *const[6]){name, id, NULL, "late"}, 0, NULL);
            size_t was_missing =
                truth("reports.csv", (const char *const[6]){name, id, NULL, "missing"}, 0,
                      NULL);
            if (s.late != was_late || s.missing != was_missing)
                fail_msg("%s of %s: %zu late of %zu, %zu missing of %zu", name, id,
                         s.late, was_late, s.missing, was_missing);
            late += s.late;
            missing += s.missing;
        }
    }
    assert_true(late > 20 && missing > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_contracts_than_people),
        cmocka_unit_test(the_one_who_reports_the_same_every_month),
        cmocka_unit_test(girls_who_have_no_household),
        cmocka_unit_test(an_outbreak),
        cmocka_unit_test(rows_that_were_kept),
        cmocka_unit_test(reports_that_differ_from_the_register),
        cmocka_unit_test(few_false_alarms),
        cmocka_unit_test(reports_late_and_missing),
    };
    return cmocka_run_group_tests_name("planted", tests, setup, teardown);
}
