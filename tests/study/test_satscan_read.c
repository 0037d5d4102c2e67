// SPDX-License-Identifier: AGPL-3.0-or-later
// The data files: what becomes of them, and what is wrong with them.
#include <math.h>

#include "satscan_files.h"

static const struct scan_study *study(void)
{
    return &files.satscan.study;
}

static uint32_t area(const char *name)
{
    uint32_t i = names_find(&study()->areas, str_of(name));
    assert_true(i < study()->areas.n);
    return i;
}

static void counts_stand_at_their_places(void **state)
{
    (void)state;
    begin();
    put_bernoulli("");
    assert_ok(read_files());
    assert_int_equal(study()->areas.n, 16);
    assert_int_equal(study()->data.cases[area("p5")], 30);
    assert_int_equal(study()->data.controls[area("p6")], 20);
    assert_true(study()->x[area("p6")] == 2 && study()->y[area("p6")] == 1);
    assert_true(study()->population[area("p0")] == 50);
    run_files();
    const struct scan_cluster *c = &study()->result.clusters[0];
    assert_int_equal(c->n_areas, 4);
    assert_int_equal(c->cases, 120);
    for (int i = 0; i < 4; i++)
        assert_true(is_corner((int)c->areas[i]));
}

// Rows of one place are added up; names may hold spaces; tabs and CRLF do no harm.
static void any_layout_is_read(void **state)
{
    (void)state;
    begin();
    put_bernoulli("");
    put_file("a.cas", "p0\t3\r\n  p0   4\r\n\r\n\"the hill\" 5\r\np1 1");
    put_file("a.ctl", "p0 1\n");
    put_file("a.geo", "p0 1 1\np1 2 1\np2 3 1\n\"the hill\" 9 9\n");
    assert_ok(read_files());
    assert_int_equal(study()->data.cases[area("p0")], 7);
    assert_int_equal(study()->data.cases[area("the hill")], 5);
    assert_int_equal(study()->data.cases[area("p2")], 0);
}

static void a_csv_by_its_field_map(void **state)
{
    (void)state;
    begin();
    put_bernoulli(
        "CaseFile-SourceType=0\nCaseFile-SourceDelimiter=,\n"
        "CaseFile-SourceFirstRowHeader=y\nCaseFile-SourceFieldMap=3,oneCount\n");
    put_file("a.cas", "who,\"when, then\",where\n1,\"a, b\",p3\n2,,p3\n3,x,\"p4\"\n");
    assert_ok(read_files());
    assert_int_equal(study()->data.cases[area("p3")], 2);
    assert_int_equal(study()->data.cases[area("p4")], 1);
    put_bernoulli("CaseFile-SourceType=2\n");
    assert_refused(ERR_INPUT, "a.prm:13 CaseFile-SourceType", "is not read");
    put_bernoulli("CaseFile-SourceFieldMap=1,generatedId\n");
    assert_refused(ERR_INPUT, "CaseFile-SourceFieldMap", "generatedId");
}

static void what_is_wrong_is_named_by_line(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text, *where, *said;
    } bad[] = {
        {"a.cas", "p0 1\np99 2\n", "a.cas:2 location", "\"p99\" is not in the coord"},
        {"a.cas", "p0 1\np1 -2\n", "a.cas:2 cases", "below zero"},
        {"a.cas", "p0 1\np1 2.5\n", "a.cas:2 cases", "not a whole number"},
        {"a.cas", "p0 1\np1\n", "a.cas:2", "1 cells, the first one has 2"},
        {"a.cas", "p0\n", "a.cas:1", "the line has 1 cells; 2 are needed"},
        {"a.cas", "\"p0 1\n", "a.cas:1", "a quote is opened"},
        {"a.cas", "\n \n", "a.cas", "no rows"},
        {"a.cas", "p0 0\n", "CaseFile", "no row of this file has a count"},
        {"a.ctl", "p0 0\n", "ControlFile", "no row of this file has a count"},
        {"a.geo", "p0 1\n", "a.geo:1", "2 cells; 3 are needed"},
        {"a.geo", "p0 1 2\np1 x 3\n", "a.geo:2 x", "x"},
        {"a.geo", "p0 1 2\np0 1 3\n", "a.geo:2 location", "two places"},
        {"a.geo", "p0 1 2 3\n", "a.geo:1", "more than two coordinates"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        begin();
        put_bernoulli("");
        put_file(bad[i].file, bad[i].text);
        assert_refused(ERR_INPUT, bad[i].where, bad[i].said);
    }
    begin();
    put_bernoulli("");
    files.n--; // the control file
    assert_refused(ERR_NOT_FOUND, "a.ctl", "no such file");
    assert_non_null(strstr(e.cure, "a.prm:4 ControlFile"));
}

static void degrees_are_checked(void **state)
{
    (void)state;
    begin();
    put_file("a.prm", "CaseFile=a.cas\nControlFile=a.ctl\nCoordinatesFile=a.geo\n"
                      "CoordinatesType=1\nPrecisionCaseTimes=0\nModelType=1\n");
    put_file("a.geo", "p0 30 120\np1 120 30\n");
    assert_refused(ERR_INPUT, "a.geo:2 latitude", "120 is not a latitude");
    put_file("a.geo", "p0 30 120\np1 30 121\n");
    put_file("a.cas", "p0 4\np1 1\n");
    put_file("a.ctl", "p0 4\np1 1\n");
    assert_ok(read_files());
    assert_true(study()->x[1] == 121 && study()->y[1] == 30);
}

static void relaxed_checks_leave_out_and_tell(void **state)
{
    (void)state;
    begin();
    put_bernoulli("GeographicalCoordinatesCheckType=1\n");
    put_file("a.cas", "p0 5\nnowhere 2\nelsewhere 1\n");
    assert_ok(read_files());
    assert_string_equal(study()->notes[0].en.p,
                        "2 rows of locations without coordinates were left out.");
    assert_int_equal(study()->data.cases[area("p0")], 5);
}

// ---- times ----

static void put_timed(const char *more, const char *cas)
{
    char prm[2000];
    begin();
    snprintf(prm, sizeof prm,
             "CaseFile=a.cas\nCoordinatesFile=a.geo\nCoordinatesType=0\n"
             "PrecisionCaseTimes=3\nStartDate=2001/11/1\nEndDate=2001/11/24\n"
             "AnalysisType=4\nModelType=2\nTimeAggregationUnits=3\n%s",
             more);
    put_file("a.prm", prm);
    put_places();
    put_file("a.cas", cas);
}

static void days_are_steps(void **state)
{
    (void)state;
    put_timed("MaxTemporalSizeInterpretation=1\nMaxTemporalSize=7\n",
              "p0 2 2001/11/1\np1 1 2001/11/24\np2 1 11/20/2001\np3 1 2001-11-2\n");
    assert_ok(read_files());
    assert_int_equal(study()->n_times, 24);
    assert_int_equal(study()->data.cases[area("p0") * 24 + 0], 2);
    assert_int_equal(study()->data.cases[area("p1") * 24 + 23], 1);
    assert_int_equal(study()->data.cases[area("p2") * 24 + 19], 1);
    assert_int_equal(study()->data.cases[area("p3") * 24 + 1], 1);
    assert_int_equal(study()->options.span, SCAN_PROSPECTIVE);
    assert_int_equal(study()->options.most_times, 7);
    assert_string_equal(study()->slices[23].first.p, "2001/11/24");
    assert_true(study()->days == 24);
}

// Steps are whole from the end; the first one is what is left.
static void longer_steps_end_with_the_study(void **state)
{
    (void)state;
    put_timed("TimeAggregationLength=7\n", "p0 2 2001/11/3\np1 1 2001/11/4\n");
    assert_ok(read_files());
    assert_int_equal(study()->n_times, 4);
    assert_string_equal(study()->slices[0].last.p, "2001/11/3");
    assert_string_equal(study()->slices[1].first.p, "2001/11/4");
    assert_int_equal(study()->data.cases[area("p0") * 4], 2);
    assert_int_equal(study()->data.cases[area("p1") * 4 + 1], 1);
}

static void times_are_checked(void **state)
{
    (void)state;
    put_timed("", "p0 2 2001/11/3\np1 1 2001/12/4\n");
    assert_refused(ERR_INPUT, "a.cas:2 time", "outside of the study period 2001/11/1");
    put_timed("StudyPeriodCheckType=1\n", "p0 2 2001/11/3\np1 1 2001/12/4\n");
    assert_ok(read_files());
    assert_string_equal(study()->notes[0].en.p,
                        "1 rows outside of the study period were left out.");
    put_timed("", "p0 2 2001/11\n");
    assert_refused(ERR_INPUT, "a.cas:1 time", "less exact");
    put_timed("", "p0 2 2001/2/30\n");
    assert_refused(ERR_INPUT, "a.cas:1 time", "\"2001/2/30\" is not a time");
    put_timed("", "p0 2 x\n");
    assert_refused(ERR_INPUT, "a.cas:1 time", "\"x\" is not a time");
    put_timed("ProspectiveStartDate=2001/11/20\nAdjustForEarlierAnalyses=y\n",
              "p0 2 2001/11/3\n");
    assert_ok(read_files());
    assert_int_equal(study()->options.earlier_looks, 4);
    put_timed("IncludePurelyTemporal=y\n", "p0 2 2001/11/3\n");
    assert_refused(ERR_INPUT, "IncludePurelyTemporal", "not done");
    put_timed("MaxTemporalSize=95\n", "p0 2 2001/11/3\n");
    assert_refused(ERR_INPUT, "MaxTemporalSize", "95 is not a size");
}

// ---- population ----

static void put_poisson(const char *more, const char *cas, const char *pop)
{
    char prm[2000];
    begin();
    snprintf(prm, sizeof prm,
             "CaseFile=a.cas\nPopulationFile=a.pop\nCoordinatesFile=a.geo\n"
             "CoordinatesType=0\nPrecisionCaseTimes=1\nModelType=0\n"
             "ReportGiniClusters=n\n%s",
             more);
    put_file("a.prm", prm);
    put_places();
    put_file("a.cas", cas);
    put_file("a.pop", pop);
}

static void covariates_are_standardised(void **state)
{
    (void)state;
    // the old fall ill ten times as often; p1 has only old people
    put_poisson("StartDate=2000/1/1\nEndDate=2000/12/31\n",
                "p0 1 2000 young\np0 10 2000 old\np1 19 2000 old\np2 1 2000 young\n",
                "p0 2000 1000 young\np0 2000 1000 old\np1 2000 2000 old\n"
                "p2 2000 1000 young\n");
    assert_ok(read_files());
    const double *expected = study()->data.expected;
    double sum = 0;
    for (uint32_t i = 0; i < study()->areas.n; i++)
        sum += expected[i];
    // young: 2 of 2000, old: 29 of 3000
    assert_true(fabs(expected[area("p0")] / sum - (1 + 29.0 / 3) / 31) < 1e-12);
    assert_true(fabs(expected[area("p1")] / sum - (58.0 / 3) / 31) < 1e-12);
    assert_true(study()->population[area("p1")] == 2000);
    put_poisson("StartDate=2000/1/1\nEndDate=2000/12/31\n", "p0 1 2000 middle\n",
                "p0 2000 1000 young\n");
    assert_refused(ERR_INPUT, "a.cas:1 covariate 1", "no row in the population file");
    put_poisson("StartDate=2000/1/1\nEndDate=2000/12/31\n", "p0 1 2000 a b\n",
                "p0 2000 1000 a\n");
    assert_refused(ERR_INPUT, "a.cas:1", "2 covariates, the population file 1");
    put_poisson("StartDate=2000/1/1\nEndDate=2000/12/31\n", "p0 1 2000\np1 1 2000\n",
                "p0 2000 1000\n");
    assert_refused(ERR_INPUT, "", "area \"p1\" has 1 cases and no population");
    put_poisson("StartDate=2000/1/1\nEndDate=2000/12/31\n", "p0 1 2000\np1 1 2000\n",
                "p0 2000 1000\np0 2000/3 900\np1 2000 10\n");
    assert_ok(read_files());
    assert_non_null(strstr(study()->notes[0].en.p, "1 populations are missing (the first "
                                                   "is of \"p1\")"));
    put_poisson("StartDate=2000/1/1\nEndDate=2000/12/31\n", "p0 1 2000\n",
                "p0 2000 -5\n");
    assert_refused(ERR_INPUT, "a.pop:1 population", "below zero");
}

// Between two counts the population goes straight; outside of them it is level.
static void population_between_counts(void **state)
{
    (void)state;
    put_poisson("AnalysisType=3\nStartDate=2000/1/1\nEndDate=2003/12/31\n"
                "TimeAggregationUnits=1\n",
                "p0 4 2000\np1 4 2003\n",
                "p0 2001/01/01 100\np0 2003/01/01 200\np1 2001/01/01 50\n"
                "p1 2003/01/01 50\n");
    assert_ok(read_files());
    const double *x = study()->data.expected;
    size_t p0 = area("p0") * 4, p1 = area("p1") * 4;
    assert_int_equal(study()->n_times, 4);
    // days x persons: 2000 level at 100, 2001 from 100 to 150, 2002 to 200, 2003 level
    assert_true(fabs(x[p0] / x[p1] - 2) < 1e-9);
    assert_true(fabs(x[p0 + 1] / x[p1 + 1] - 2.5) < 1e-9);
    assert_true(fabs(x[p0 + 2] / x[p1 + 2] - 3.5) < 1e-9);
    assert_true(fabs(x[p0 + 3] / x[p1 + 3] - 4) < 1e-9);
    assert_true(fabs(x[p0] / x[p0 + 3] - 366.0 / 365 / 2) < 1e-9);
}

static void categories_are_in_order(void **state)
{
    (void)state;
    begin();
    put_file("a.prm", "CaseFile=a.cas\nCoordinatesFile=a.geo\nCoordinatesType=0\n"
                      "PrecisionCaseTimes=0\nModelType=3\n");
    put_places();
    put_file("a.cas", "p0 3 10\np0 4 2\np1 5 1.5\n");
    assert_ok(read_files());
    assert_int_equal(study()->n_categories, 3);
    assert_true(str_equal_c(study()->categories[0], "1.5"));
    assert_true(str_equal_c(study()->categories[2], "10"));
    assert_int_equal(study()->data.cases[area("p0") * 3 + 2], 3);
    put_file("a.cas", "p0 3 high\n");
    assert_refused(ERR_INPUT, "a.cas:1 category", "\"high\" is not a category");
}

static void time_alone_needs_no_places(void **state)
{
    (void)state;
    begin();
    put_file("a.prm", "CaseFile=a.cas\nPrecisionCaseTimes=3\nAnalysisType=2\n"
                      "ModelType=0\nStartDate=2001/1/1\nEndDate=2001/1/20\n"
                      "TimeAggregationUnits=3\nMonteCarloReps=99\n");
    put_file("a.cas", "x 1 2001/1/2\ny 9 2001/1/11\nz 8 2001/1/12\nx 1 2001/1/19\n");
    assert_ok(read_files());
    run_files();
    const struct scan_cluster *c = &study()->result.clusters[0];
    assert_int_equal(c->first_time, 10);
    assert_int_equal(c->last_time, 11);
    assert_int_equal(c->cases, 17);
    assert_true(c->p <= 0.05);
}

// Whatever allocation fails, reading ends with an error and nothing is lost.
static void memory_may_run_out(void **state)
{
    (void)state;
    int64_t n = 0;
    enum err code = ERR_MEMORY;
    while (code) {
        begin();
        put_bernoulli("OutputGoogleEarthKML=y\n");
        struct arena a;
        arena_init(&a, 0);
        mem_fail_after(n++);
        code = satscan_read_memory(&files.satscan, files.file, files.n, &a, &e);
        mem_fail_after(-1);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
        arena_free(&a);
        assert_true(n < 1000);
    }
    assert_true(n > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_stand_at_their_places),
        cmocka_unit_test(any_layout_is_read),
        cmocka_unit_test(a_csv_by_its_field_map),
        cmocka_unit_test(what_is_wrong_is_named_by_line),
        cmocka_unit_test(degrees_are_checked),
        cmocka_unit_test(relaxed_checks_leave_out_and_tell),
        cmocka_unit_test(days_are_steps),
        cmocka_unit_test(longer_steps_end_with_the_study),
        cmocka_unit_test(times_are_checked),
        cmocka_unit_test(covariates_are_standardised),
        cmocka_unit_test(population_between_counts),
        cmocka_unit_test(categories_are_in_order),
        cmocka_unit_test(time_alone_needs_no_places),
        cmocka_unit_test(memory_may_run_out),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(&files.arena);
    return failed;
}
