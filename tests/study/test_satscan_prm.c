// SPDX-License-Identifier: AGPL-3.0-or-later
// The parameter file: what is obeyed, what is named, what is refused.
#include "satscan_files.h"

static const struct scan_options *options(void)
{
    return &files.satscan.study.options;
}

static void the_usual_values_are_satscans(void **state)
{
    (void)state;
    begin();
    put_bernoulli("");
    assert_ok(read_files());
    assert_int_equal(options()->model, SCAN_BERNOULLI);
    assert_int_equal(options()->span, SCAN_SPATIAL);
    assert_int_equal(options()->metric, SCAN_CARTESIAN);
    assert_int_equal(options()->rates, SCAN_HIGH);
    assert_int_equal(options()->report, SCAN_NO_OVERLAP);
    assert_int_equal(options()->replications, 99);
    assert_int_equal(options()->least_cases, 2);
    assert_true(options()->most_population == 0.5 && options()->most_distance == 0);
    assert_int_equal(files.satscan.study.n_notes, 0);
    assert_null(files.satscan.outputs.results);
}

static void settings_are_obeyed(void **state)
{
    (void)state;
    begin();
    put_bernoulli(
        "ScanAreas=3\nMaxSpatialSizeInPopulationAtRisk=20\n"
        "UseDistanceFromCenterOption=y\nMaxSpatialSizeInDistanceFromCenter=2.5\n"
        "SpatialWindowShapeType=1\nNonCompactnessPenalty=2\n"
        "CriteriaForReportingSecondaryClusters=1\nPValueReportType=2\n"
        "EarlyTerminationThreshold=20\nMinimumCasesInHighRateClusters=5\n"
        "ResultsFile=out/r.txt\nMostLikelyClusterEachCentroidASCII=y\n"
        "PrintAsciiColumnHeaders=y\nNumberParallelProcesses=3\n");
    assert_ok(read_files());
    assert_int_equal(options()->rates, SCAN_HIGH_AND_LOW);
    assert_true(options()->most_population == 0.2 && options()->most_distance == 2.5);
    assert_int_equal(options()->shape, SCAN_ELLIPSE);
    assert_int_equal(options()->penalty, SCAN_PENALTY_STRONG);
    assert_int_equal(options()->report, SCAN_NO_CENTRE_IN_OTHER);
    assert_int_equal(options()->stop_after, 20);
    assert_int_equal(options()->least_cases, 5);
    assert_string_equal(files.satscan.outputs.results, "out/r.txt");
    assert_true(files.satscan.outputs.col && files.satscan.outputs.headers);
    assert_false(files.satscan.outputs.gis);
    assert_int_equal(files.satscan.threads, 3);
}

static void gini_is_a_set_or_a_mark(void **state)
{
    (void)state;
    begin();
    put_bernoulli("ReportHierarchicalClusters=n\n");
    files.file[0].text = text_of("CaseFile=a.cas\nControlFile=a.ctl\nCoordinatesFile="
                                 "a.geo\nCoordinatesType=0\nPrecisionCaseTimes=0\n"
                                 "ModelType=1\nReportHierarchicalClusters=n\n");
    assert_ok(read_files());
    assert_int_equal(options()->report, SCAN_GINI);
    files.file[0].text = text_of("CaseFile=a.cas\nControlFile=a.ctl\nCoordinatesFile="
                                 "a.geo\nCoordinatesType=0\nPrecisionCaseTimes=0\n"
                                 "ModelType=1\n");
    assert_ok(read_files());
    assert_int_equal(options()->report, SCAN_NO_OVERLAP);
    assert_true(files.satscan.study.mark_gini);
}

// Parameters that would change the figures are refused, with their line.
static void what_is_not_done_is_refused(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"IterativeScan=y", "IterativeScan=y asks for is not done"},
        {"IsotonicScan=1", "IsotonicScan=1 asks for is not done"},
        {"UseNeighborsFile=y", "is not done"},
        {"UseAdjustmentsByRRFile=y", "is not done"},
        {"RiskLimitHighClusters=y", "is not done"},
        {"AnalysisType=5", "stands in line 10 already"},
        {"CaseFile2=b.cas", "several data sets"},
        {"IntervalUnits=3", "before version 5"},
        {"CriteriaForReportingSecondaryClusters=4", "4 is not done"},
        {"UseReportOnlySmallerClusters=y", "is not done"},
        {"ScanAreas=7", "ScanAreas=7 is not done"},
        {"MaxSpatialSizeInPopulationAtRisk=60", "60 % is not a size"},
        {"MaxSpatialSizeInPopulationAtRisk=half", "\"half\" is not a number"},
        {"RiskLimitLowClusters=perhaps", "\"perhaps\" is not y or n"},
        {"PowerEvaluationsMethod=2\nPerformPowerEvaluation=y", "power evaluation"},
        {"nonsense", "\"nonsense\" is no [section]"},
        {"=5", "is no [section]"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        begin();
        put_bernoulli(lines[i][0]);
        assert_refused(ERR_INPUT, i == 5 || i > 14 ? "a.prm:13" : "a.prm:13 ",
                       lines[i][1]);
    }
}

// What is of times makes no difference where there are none.
static void adjustments_of_time_matter_in_time(void **state)
{
    (void)state;
    static const char *const lines[] = {"TimeTrendAdjustmentType=2",
                                        "SpatialAdjustmentType=1",
                                        "AdjustForWeeklyTrends=y"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char prm[300];
        begin();
        put_bernoulli(lines[i]);
        assert_ok(read_files());
        begin();
        snprintf(prm, sizeof prm, "AnalysisType=3\nModelType=1\n%s\n", lines[i]);
        put_file("a.prm", prm);
        assert_refused(ERR_INPUT, "a.prm:3 ", "asks for is not done");
    }
    begin();
    put_file("a.prm", "CaseFile=a.cas\nControlFile=a.ctl\nCoordinatesFile=a.geo\n"
                      "CoordinatesType=0\nPrecisionCaseTimes=0\nModelType=1\n"
                      "SpatialMaxima=1, 2,3,4,5,6,8,10,12,15,20,25,30,40,50\n");
    put_places();
    put_file("a.cas", "p0 1\n");
    put_file("a.ctl", "p0 1\n");
    assert_ok(read_files());
    put_file("a.prm", "CaseFile=a.cas\nModelType=1\nPrecisionCaseTimes=0\n"
                      "SpatialMaxima=1,2,3\n");
    assert_refused(ERR_INPUT, "a.prm:4 SpatialMaxima", "other stops");
    put_file("a.prm", "CaseFile=a.cas\nModelType=1\nPrecisionCaseTimes=0\n"
                      "GiniIndexClusterReportingType=1\n");
    assert_refused(ERR_INPUT, "a.prm:4 GiniIndex", "not listed");
}

static void models_that_are_not_done_are_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {"ModelType=4", "ModelType=5", "ModelType=7",
                                        "AnalysisType=5", "AnalysisType=7"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char prm[200];
        begin();
        snprintf(prm, sizeof prm, "CaseFile=a.cas\n%s\n", lines[i]);
        put_file("a.prm", prm);
        assert_refused(ERR_INPUT, "a.prm:2 ", "is not done here");
    }
}

// Outputs that are not made, and names that nobody knows, are told.
static void what_makes_no_difference_is_told(void **state)
{
    (void)state;
    begin();
    put_bernoulli("OutputGoogleEarthKML=y\nMaxSpatialSizeInDistanceFromCentre=3\n"
                  "Whatever=1\nLaunchMapViewer=n\nEmailAttachResults=y\n"
                  "PerformPowerEvaluation=y\n");
    assert_ok(read_files());
    const struct scan_study *s = &files.satscan.study;
    assert_int_equal(s->n_notes, 4);
    assert_string_equal(s->notes[0].en.p,
                        "a.prm:13: OutputGoogleEarthKML=y: this output is not made.");
    assert_non_null(
        strstr(s->notes[1].en.p, "nearest: MaxSpatialSizeInDistanceFromCent"));
    assert_non_null(strstr(s->notes[2].zh.p, "“Whatever”"));
    assert_non_null(strstr(s->notes[3].en.p, "power evaluation"));
    assert_true(options()->most_distance == 0);
}

static void an_empty_file_is_refused(void **state)
{
    (void)state;
    begin();
    put_file("a.prm", "[Input]\r\n;nothing\r\n");
    assert_refused(ERR_INPUT, "a.prm", "no parameter");
}

static void too_many_notes_are_counted(void **state)
{
    (void)state;
    begin();
    char more[3000] = "";
    for (int i = 0; i < 90; i++)
        snprintf(more + strlen(more), sizeof more - strlen(more), "Unknown%d=1\n", i);
    put_bernoulli(more);
    assert_ok(read_files());
    assert_int_equal(files.satscan.study.n_notes, SCAN_MOST_NOTES);
    assert_string_equal(files.satscan.study.notes[SCAN_MOST_NOTES - 1].en.p,
                        "There are more notes than are shown.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usual_values_are_satscans),
        cmocka_unit_test(settings_are_obeyed),
        cmocka_unit_test(gini_is_a_set_or_a_mark),
        cmocka_unit_test(what_is_not_done_is_refused),
        cmocka_unit_test(adjustments_of_time_matter_in_time),
        cmocka_unit_test(models_that_are_not_done_are_refused),
        cmocka_unit_test(what_makes_no_difference_is_told),
        cmocka_unit_test(an_empty_file_is_refused),
        cmocka_unit_test(too_many_notes_are_counted),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(&files.arena);
    return failed;
}
