// SPDX-License-Identifier: AGPL-3.0-or-later
// Trajectories that are given: every figure at its step and trajectory, what an area
// takes, what is refused, and memory that ends at any moment.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "study/project_given.h"

enum { AGES = 3, STEPS = 2 };

static char path[64];
static struct arena arena;
static struct error e;
static double migrants[STEPS * AGES];

static int set_up(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/heng-given-XXXXXX");
    int fd = mkstemp(path);
    if (fd < 0)
        return -1;
    close(fd);
    arena_init(&arena, 0);
    e = (struct error){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    return unlink(path);
}

static void put(const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

// Two steps of five years from 2020; 10 women come in the first, 30 leave in the second.
static struct project_area area_called(const char *code, const char *name)
{
    struct project_area area = {.code = str_of(code), .name = str_of(name)};
    memset(migrants, 0, sizeof migrants);
    migrants[1] = 10;
    migrants[AGES + 2] = -30;
    area.in.shape = (struct project_shape){2020, 5, AGES, STEPS};
    area.in.migration[PROJECT_FEMALE] = migrants;
    return area;
}

static enum err take(const struct project_area *area, const char *text,
                     const double *given[PROJECT_SERIES])
{
    struct project_given g;
    put(text);
    enum err code = project_given_read(&g, path, &arena, &e);
    return code ? code : project_given_of(&g, area, given, &arena, &e);
}

static void expect(const double *found, const double expected[4])
{
    assert_non_null(found);
    for (int i = 0; i < 4; i++)
        if (!(fabs(found[i] - expected[i]) < 1e-12))
            fail_msg("place %d: %g, expected %g", i, found[i], expected[i]);
}

static const char all_columns[] = "year,trajectory,tfr,e0_female,e0_male,srb,migration\n"
                                  "2025,b,1.4,76,72,104,40\n" // rows in any order
                                  "2020,a,1.1,75,70,1.06,100\n"
                                  "2035,a,9,60,60,1,0\n" // behind the end: passed over
                                  "2020,b,1.2,74,71,200,0\n"
                                  "2025,a,1.3,77,73.5,0.5,-5\n"
                                  "2010,b,9,60,60,1,0\n";

static void figures_stand_at_their_step_and_trajectory(void **state)
{
    (void)state;
    struct project_area area = area_called("a", "A");
    const double *given[PROJECT_SERIES];
    assert_ok(take(&area, all_columns, given));
    // the first row's trajectory, b, is the first: [step][b, a]
    expect(given[PROJECT_TFR], (const double[]){1.2, 1.1, 1.4, 1.3});
    expect(given[PROJECT_E0], (const double[]){74, 75, 76, 77});
    expect(given[PROJECT_GAP], (const double[]){3, 5, 4, 3.5});
    expect(given[PROJECT_BOYS], (const double[]){2, 1.06, 1.04, .5});
    // beside the 10 who come and the 30 who leave already
    expect(given[PROJECT_NET], (const double[]){-10, 90, 70, 25});
    assert_ok(take(&area, "trajectory,year,tfr\n1,2020,2\n1,2025,2\n", given));
    assert_null(given[PROJECT_E0]);
    assert_null(given[PROJECT_GAP]);
    assert_null(given[PROJECT_BOYS]);
    assert_null(given[PROJECT_NET]);
}

static void an_area_takes_its_own_rows(void **state)
{
    (void)state;
    static const char text[] = "trajectory,year,area,tfr\n"
                               "1,2020,340221,1\n1,2025,340221,1\n"
                               "1,2020,Wuhu,2\n1,2025,Wuhu,2\n"
                               "1,2020,,3\n1,2025,,3\n";
    static const struct {
        const char *code, *name;
        double tfr;
    } rows[] = {
        {"340221", "Wuhu", 1}, // its code before its name
        {"340222", "Wuhu", 2},
        {"340222", "Wuwei", 3},
        {"", "", 3},
    };
    const double *given[PROJECT_SERIES];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct project_area area = area_called(rows[i].code, rows[i].name);
        assert_ok(take(&area, text, given));
        assert_true(given[PROJECT_TFR][0] == rows[i].tfr &&
                    given[PROJECT_TFR][1] == rows[i].tfr);
    }
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *where, *what, *cure;
    } rows[] = {
        {"trajectory,year,area,tfr\n1,2020,b,1\n1,2025,b,1\n", "",
         "trajectory '1' has no row of 2020 for area a", "end the projection before it"},
        {"trajectory,year,tfr\n1,2020,1\n2,2020,1\n1,2025,1\n", "",
         "trajectory '2' has no row of 2025", "add it"},
        {"trajectory,year,tfr\n1,2020,1\n1,2025,1\n1,2020,1\n", ":4 year",
         "twice (also in line 2)", "leave one"},
        {"trajectory,year,tfr\n1,2022,1\n", ":2 year", "2022 is within a step",
         "first year of each step"},
        {"trajectory,year,tfr\n1,some day,1\n", ":2 year", "'some day' is not a year",
         "2020-2025"},
        {"trajectory,year,tfr\n1,2020,-1\n", ":2 tfr", "tfr of -1", "from 0 to 15"},
        {"trajectory,year,srb\n1,2020,49\n", ":2 srb", "srb of 49", "1.06"},
        {"trajectory,year,tfr,TFR\n1,2020,1,1\n", "", "twice", ""},
        {"trajectory,year,tfr,total_fertility\n1,2020,1,1\n", "",
         "'total_fertility' is there twice", "trajectory, year"},
        {"year,tfr\n2020,1\n", "", "no column trajectory", "trajectory, year"},
        {"trajectory,tfr\n1,1\n", "", "no column year", "trajectory, year"},
        {"trajectory,year\n1,2020\n", "", "no column tfr (or another rate)", "srb"},
        {"trajectory,year,e0_female\n1,2020,80\n", "", "no column e0_male", "e0_male"},
    };
    struct project_area area = area_called("a", "A");
    const double *given[PROJECT_SERIES];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        e = (struct error){0};
        assert_int_equal(take(&area, rows[i].text, given), ERR_INPUT);
        if (!strstr(e.where, rows[i].where) || !strstr(e.text, rows[i].what) ||
            !strstr(e.cure, rows[i].cure))
            fail_msg("row %zu: %s: %s: %s", i, e.where, e.text, e.cure);
    }
}

// What memory is refused says so, and gives the same as ever when there is enough.
static void memory_runs_out(void **state)
{
    (void)state;
    struct project_area area = area_called("a", "A");
    int failed = 0;
    put(all_columns);
    for (int64_t n = 0;; n++) {
        struct project_given g;
        const double *given[PROJECT_SERIES];
        struct arena small;
        arena_init(&small, 0);
        mem_fail_after(n);
        enum err code = project_given_read(&g, path, &small, &e);
        if (!code)
            code = project_given_of(&g, &area, given, &small, &e);
        mem_fail_after(-1);
        if (!code)
            expect(given[PROJECT_TFR], (const double[]){1.2, 1.1, 1.4, 1.3});
        arena_free(&small);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        failed++;
        assert_true(n < 2000);
    }
    assert_true(failed > 2);
}

// An arena that is full at any moment: of many trajectories, so that each table counts.
static void room_runs_out(void **state)
{
    (void)state;
    enum { TRAJECTORIES = 3000 };
    struct project_area area = area_called("a", "A");
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("trajectory,year,tfr,e0_female,e0_male,srb,migration\n", f);
    for (int i = 0; i < TRAJECTORIES; i++)
        for (int year = 2020; year < 2030; year += 5)
            fprintf(f, "%d,%d,1.5,75,70,1.06,%d\n", i, year, i);
    assert_int_equal(fclose(f), 0);
    struct project_given g;
    const double *given[PROJECT_SERIES];
    int failed = 0;
    assert_ok(project_given_read(&g, path, &arena, &e));
    for (size_t limit = 1 << 10;; limit += 8 << 10) {
        struct arena small;
        arena_init(&small, limit);
        enum err code = project_given_of(&g, &area, given, &small, &e);
        if (!code)
            assert_true(given[PROJECT_NET][TRAJECTORIES - 1] == TRAJECTORIES - 1 - 10);
        arena_free(&small);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        failed++;
        assert_true(limit < 1 << 20);
    }
    assert_true(failed > PROJECT_SERIES);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(figures_stand_at_their_step_and_trajectory),
        TEST(an_area_takes_its_own_rows),
        TEST(what_is_wrong_is_named),
        TEST(memory_runs_out),
        TEST(room_runs_out),
    };
    return cmocka_run_group_tests_name("study/project_given", tests, NULL, NULL);
}
