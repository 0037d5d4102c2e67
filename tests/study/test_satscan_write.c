// SPDX-License-Identifier: AGPL-3.0-or-later
// The result files: SaTScan's own lines for New York, and the tables' columns.
#include <math.h>

#include "report/scan_doc.h"
#include "satscan_files.h"

static struct str write_file(enum satscan_file file)
{
    struct buf text = BUF_INIT(1 << 24);
    assert_ok(
        satscan_write(&files.satscan.study, &files.satscan.outputs, file, &text, &e));
    struct str copy = str_copy(&files.arena, buf_str(&text));
    assert_non_null(copy.p);
    buf_free(&text);
    return copy;
}

static void put_shared(const char *name, const char *from)
{
    char path[600];
    struct buf text = BUF_INIT(1 << 22);
    const char *source = getenv("HENG_SOURCE");
    snprintf(path, sizeof path, "%s/../shared/data/scan/%s", source ? source : ".", from);
    FILE *f = fopen(path, "rb");
    char bytes[4096];
    size_t n;
    if (!f)
        skip();
    while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
        for (size_t i = 0; i < n; i++)
            if (bytes[i] != '\r')
                buf_add_char(&text, bytes[i]);
    fclose(f);
    put_file(name, buf_c(&text));
    buf_free(&text);
}

static void run_new_york(const char *more)
{
    char prm[2000];
    begin();
    snprintf(prm, sizeof prm,
             "CaseFile=ny.cas\nPopulationFile=ny.pop\nCoordinatesFile=ny.geo\n"
             "PrecisionCaseTimes=1\nStartDate=2000/1/1\nEndDate=2000/12/31\n"
             "CoordinatesType=0\nAnalysisType=1\nModelType=0\nMonteCarloReps=99\n"
             "ResultsFile=ny.txt\n%s",
             more);
    put_file("ny.prm", prm);
    put_shared("ny.cas", "ny_expected/satscan_ny_cases.txt");
    put_shared("ny.pop", "ny_expected/satscan_ny_pop.txt");
    put_shared("ny.geo", "ny_expected/satscan_ny_coords.txt");
    assert_ok(read_files());
    run_files();
}

// Every line of our first clusters but the p-value is a line of SaTScan's file: the same
// words, columns and digits.
static void assert_same_lines(const char *theirs_name, unsigned clusters,
                              const char *not_in_theirs)
{
    struct str ours = write_file(SATSCAN_RESULTS), line, rest = ours;
    put_shared("theirs", theirs_name);
    const char *theirs = files.file[files.n - 1].text.p;
    unsigned number = 0, compared = 0;
    while (str_split(rest, '\n', &line, &rest)) {
        char text[300], heading[16];
        snprintf(text, sizeof text, STR_FMT "\n", STR_ARG(line));
        snprintf(heading, sizeof heading, "%u.Location", number + 1);
        if (strncmp(text, heading, strlen(heading)) == 0)
            number++;
        if (number > clusters || strncmp(text, "____", 4) == 0)
            number = number ? clusters + 1 : 0;
        if (!number || number > clusters || strstr(text, "P-value") ||
            (not_in_theirs && strstr(text, not_in_theirs)))
            continue;
        compared++;
        if (!strstr(theirs, text))
            fail_msg("SaTScan has no line %s", text);
    }
    assert_true(compared >= 9 * clusters);
}

static void new_york_as_satscan_prints_it(void **state)
{
    (void)state;
    // version 9.6 with its usual settings: hierarchical clusters and Gini marks
    run_new_york("");
    assert_same_lines("ny_expected/scan_test_ny_poisson_circular_cartesian.txt", 6, NULL);
    struct str ours = write_file(SATSCAN_RESULTS);
    static const char *const summary[] = {
        ("Purely Spatial analysis\nscanning for clusters with high rates\n"
         "using the Discrete Poisson model.\n"),
        "Study period.......................: 2000/1/1 to 2000/12/31\n",
        "Number of locations................: 281\n",
        "Population, averaged over time.....: 1057673\n",
        "Total number of cases..............: 552\n",
        "Annual cases / 100000..............: 52.1\n",
        "Log likelihood ratio..: 14.083511\n",
        "Log likelihood ratio..: 9.019716\n",
    };
    for (size_t i = 0; i < sizeof summary / sizeof *summary; i++)
        assert_non_null(strstr(ours.p, summary[i]));
}

static void ten_per_cent_and_ellipses(void **state)
{
    (void)state;
    run_new_york("ReportGiniClusters=n\nMaxSpatialSizeInPopulationAtRisk=10\n");
    assert_same_lines("ny_expected/satscan_ny_out.txt", 7, "Overlap");
    run_new_york("ReportGiniClusters=n\nMaxSpatialSizeInPopulationAtRisk=10\n"
                 "SpatialWindowShapeType=1\nNonCompactnessPenalty=1\n");
    assert_same_lines(
        "ny_expected/"
        "scan_test_ny_poisson_elliptical_ubpop_10percent_penalty_medium.txt",
        7, "Overlap");
}

// First line of a table: its columns.
static void assert_columns(enum satscan_file file, const char *expected)
{
    struct str text = write_file(file), line, rest;
    struct buf names = BUF_INIT(2000);
    assert_true(str_split(text, '\n', &line, &rest));
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] != ' ' || (names.n && names.p[names.n - 1] != ' '))
            buf_add_char(&names, line.p[i]);
    assert_string_equal(buf_c(&names), expected);
    buf_free(&names);
}

static size_t lines_of(enum satscan_file file)
{
    struct str text = write_file(file);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n;
}

static void tables_have_satscans_columns(void **state)
{
    (void)state;
    begin();
    put_bernoulli("ResultsFile=r.txt\nMostLikelyClusterEachCentroidASCII=y\n"
                  "CensusAreasReportedClustersASCII=y\nSaveSimLLRsASCII=y\n"
                  "IncludeRelativeRisksCensusAreasASCII=y\nPrintAsciiColumnHeaders=y\n");
    assert_ok(read_files());
    run_files();
    assert_columns(SATSCAN_COL,
                   "CLUSTER LOC_ID X Y RADIUS START_DATE END_DATE NUMBER_LOC LLR P_VALUE "
                   "OBSERVED EXPECTED ODE REL_RISK POPULATION GINI_CLUST ");
    assert_columns(
        SATSCAN_GIS,
        "LOC_ID CLUSTER P_VALUE CLU_OBS CLU_EXP CLU_ODE CLU_RR CLU_POP LOC_OBS "
        "LOC_EXP LOC_ODE LOC_RR LOC_POP LOC_X LOC_Y ");
    assert_columns(SATSCAN_RR, "LOC_ID OBSERVED EXPECTED ODE REL_RISK ");
    assert_int_equal(lines_of(SATSCAN_RR), 17);
    assert_int_equal(lines_of(SATSCAN_LLR), 100);
    assert_int_equal(lines_of(SATSCAN_COL), 1 + files.satscan.study.result.n_clusters);
    files.satscan.outputs.headers = false;
    assert_int_equal(lines_of(SATSCAN_RR), 16);
    // each row has as many cells as there are columns
    struct str row = write_file(SATSCAN_COL);
    size_t cells = 0;
    for (size_t i = 0; row.p[i] != '\n'; i++)
        cells += row.p[i] != ' ' && (i == 0 || row.p[i - 1] == ' ');
    assert_int_equal(cells, 16);
    const char *path;
    assert_ok(satscan_path(&files.satscan.outputs, SATSCAN_GIS, &files.arena, &path, &e));
    assert_string_equal(path, "r.gis.txt");
    files.satscan.outputs.results = "a.b/r";
    assert_ok(satscan_path(&files.satscan.outputs, SATSCAN_COL, &files.arena, &path, &e));
    assert_string_equal(path, "a.b/r.col.txt");
    files.satscan.outputs.results = NULL;
    assert_false(satscan_wants(&files.satscan.outputs, SATSCAN_RESULTS));
}

static void other_models_have_theirs(void **state)
{
    (void)state;
    begin();
    put_file("a.prm", "CaseFile=a.cas\nCoordinatesFile=a.geo\nCoordinatesType=1\n"
                      "PrecisionCaseTimes=3\nStartDate=2001/1/1\nEndDate=2001/1/10\n"
                      "TimeAggregationUnits=3\nAnalysisType=4\nModelType=2\n"
                      "MonteCarloReps=99\nResultsFile=r\nPrintAsciiColumnHeaders=y\n");
    put_places();
    put_file("a.cas", "p0 4 2001/1/10\np1 3 2001/1/9\np5 9 2001/1/2\np9 8 2001/1/1\n"
                      "p12 7 2001/1/5\n");
    assert_ok(read_files());
    run_files();
    assert_columns(SATSCAN_COL,
                   "CLUSTER LOC_ID LATITUDE LONGITUDE RADIUS START_DATE END_DATE "
                   "NUMBER_LOC TEST_STAT P_VALUE RECURR_INT OBSERVED EXPECTED ODE "
                   "GINI_CLUST ");
    assert_columns(SATSCAN_LLR, "TST_STAT");
    struct str text = write_file(SATSCAN_RESULTS);
    assert_non_null(strstr(text.p, "Prospective Space-Time analysis\n"));
    assert_non_null(strstr(text.p, "  Time frame............: 2001/1/"));
    assert_non_null(strstr(text.p, "  Recurrence interval...: "));
    assert_null(strstr(text.p, "Log likelihood ratio"));
    begin();
    put_file("a.prm", "CaseFile=a.cas\nCoordinatesFile=a.geo\nCoordinatesType=0\n"
                      "PrecisionCaseTimes=0\nModelType=3\nMonteCarloReps=99\n"
                      "ResultsFile=r\nPrintAsciiColumnHeaders=y\n");
    put_places();
    put_file("a.cas", "p0 9 3\np1 8 3\np2 9 1\np3 9 1\np12 9 1\np13 8 2\np14 9 1\n");
    assert_ok(read_files());
    run_files();
    text = write_file(SATSCAN_RESULTS);
    assert_non_null(strstr(text.p, "  Category..............: [1], [2], [3]\n"));
    assert_non_null(strstr(text.p, "  Total cases...........: 17\n"));
    assert_columns(SATSCAN_SCI, "CLUSTER DATASET CATEGORY OBSERVED EXPECTED ODE ");
}

// p as SaTScan's default gives it: Gumbel's where fewer than ten replications were as
// high, else the rank's.
static void small_p_are_gumbels(void **state)
{
    (void)state;
    begin();
    put_bernoulli("PValueReportType=0\nReportGumbel=y\nReportClusterRank=y\n"
                  "CriticalValue=y\n");
    assert_ok(read_files());
    run_files();
    const struct scan_study *s = &files.satscan.study;
    bool gumbel;
    double p = scan_study_p(s, &s->result.clusters[0], &gumbel);
    assert_true(gumbel && p == s->result.clusters[0].p_gumbel && p < 0.01);
    files.satscan.outputs.results = "r";
    struct str text = write_file(SATSCAN_RESULTS);
    assert_non_null(strstr(text.p, "  Monte Carlo rank......: 1/100\n"));
    assert_non_null(strstr(text.p, "  Gumbel P-value........: "));
    assert_non_null(strstr(text.p, "... 0.05.: "));
    begin();
    put_bernoulli("PValueReportType=1\n");
    assert_ok(read_files());
    run_files();
    p = scan_study_p(s, &s->result.clusters[0], &gumbel);
    assert_true(!gumbel && p == 0.01);
}

// The document in both languages, with the memory at its end at any moment.
static void memory_may_run_out(void **state)
{
    (void)state;
    begin();
    put_bernoulli("ResultsFile=r\n");
    assert_ok(read_files());
    run_files();
    enum err code = ERR_MEMORY;
    for (int64_t n = 0; code && n < 3000; n++) {
        struct scan_report_parts parts;
        mem_fail_after(n);
        code = scan_doc(&files.satscan.study, n % 2, &parts, &e);
        mem_fail_after(-1);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
    }
    assert_int_equal(code, ERR_OK);
    struct buf text = BUF_INIT(1 << 20);
    mem_fail_after(0);
    code = satscan_write(&files.satscan.study, &files.satscan.outputs, SATSCAN_RESULTS,
                         &text, &e);
    mem_fail_after(-1);
    assert_int_equal(code, ERR_MEMORY);
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_york_as_satscan_prints_it),
        cmocka_unit_test(ten_per_cent_and_ellipses),
        cmocka_unit_test(tables_have_satscans_columns),
        cmocka_unit_test(other_models_have_theirs),
        cmocka_unit_test(small_p_are_gumbels),
        cmocka_unit_test(memory_may_run_out),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(&files.arena);
    return failed;
}
