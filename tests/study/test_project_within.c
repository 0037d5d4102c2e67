// SPDX-License-Identifier: AGPL-3.0-or-later
// Areas within areas: a province of two counties of two towns. All that is counted adds
// up, as it is and in whole numbers; what cannot is refused; memory that ends at any
// moment is told.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "study/project_within.h"

static char folder[64];
static struct arena arena;
static struct error e;

static const char *in_folder(const char *name)
{
    char *path = arena_alloc(&arena, 160, 1);
    assert_non_null(path);
    snprintf(path, 160, "%s/%s", folder, name);
    return path;
}

static FILE *begin(const char *name, const char *header)
{
    FILE *f = fopen(in_folder(name), "w");
    assert_non_null(f);
    fputs(header, f);
    return f;
}

// Towns a1, a2, b1, b2 in counties a, b in the province p; county a counts a tenth more
// than its towns.
static void write_province(const char *of_province)
{
    static const struct {
        const char *area, *parent;
        double times;
    } areas[] = {{"a1", "a", 1},  {"a2", "a", 2}, {"b1", "b", 3}, {"b2", "b", 4},
                 {"a", "p", 3.3}, {"b", "p", 7},  {"p", "", 10.3}};
    FILE *f = begin("pop.csv", "area,parent,year,sex,age,population\n");
    for (size_t i = 0; i < sizeof areas / sizeof *areas; i++)
        for (int sex = 0; sex < 2; sex++)
            for (int x = 0; x <= 40; x += 5)
                fprintf(f, "%s,%s,2020,%s,%d%s,%.9g\n", areas[i].area,
                        areas[i].parent[0] ? areas[i].parent : of_province,
                        sex ? "male" : "female", x, x == 40 ? "+" : "",
                        (50 - x + sex) * areas[i].times);
    assert_int_equal(fclose(f), 0);
    f = begin("mx.csv", "year,sex,age,mx\n");
    for (int year = 2020; year < 2030; year += 5)
        for (int sex = 0; sex < 2; sex++)
            for (int i = 0; i < 10; i++)
                fprintf(f, "%d-%d,%s,%d,%g\n", year, year + 5, sex ? "male" : "female",
                        i < 2 ? i : 5 * (i - 1), .002 + .003 * i);
    assert_int_equal(fclose(f), 0);
    f = begin("asfr.csv", "age,asfr\n15,.08\n20,.12\n25,.1\n30,.05\n");
    assert_int_equal(fclose(f), 0);
    f = begin("srb.csv", "srb\n1.06\n");
    assert_int_equal(fclose(f), 0);
}

static const char *const names[] = {"pop.csv", "mx.csv", "asfr.csv", "srb.csv"};

static enum err run(struct project_files *files, bool whole,
                    struct project_projection **list, struct arena *a)
{
    static const struct project_choice any = {.timing = -1, .mothers = -1};
    char text[4][160];
    const char *paths[4];
    for (int i = 0; i < 4; i++) {
        snprintf(text[i], sizeof text[i], "%s/%s", folder, names[i]);
        paths[i] = text[i];
    }
    enum err code = project_files_long(files, paths, 4, &any, a, &e);
    return code ? code : project_study_run(files, whole, list, a, &e);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/heng-within-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    arena_init(&arena, 0);
    e = (struct error){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        unlink(in_folder(names[i]));
    arena_free(&arena);
    return rmdir(folder);
}

// The greatest difference between wholes and their parts, of all that is counted.
static double worst_sum(const struct project_files *files,
                        const struct project_projection *list)
{
    double worst = 0;
    for (size_t i = 0; i < files->n_areas; i++) {
        const struct project_shape *s = &list[i].area->in.shape;
        const size_t sizes[] = {(s->steps + 1) * s->ages, s->steps,
                                s->steps * (s->ages + 1)};
        for (int what = 0; list[i].parts && what < 3; what++)
            for (int sex = 0; sex < PROJECT_SEXES; sex++)
                for (size_t k = 0; k < sizes[what]; k++) {
                    double left = 0;
                    for (size_t j = 0; j < files->n_areas; j++) {
                        const struct project_output *o = &list[j].out;
                        double v = what == 0   ? o->population[sex][k]
                                   : what == 1 ? o->births[sex][k]
                                               : o->deaths[sex][k];
                        left += j == i                                 ? -v
                                : list[j].area->within == list[i].area ? v
                                                                       : 0;
                    }
                    worst = fmax(worst, fabs(left));
                }
    }
    return worst;
}

static void parts_add_up(void **state)
{
    (void)state;
    struct project_files files;
    struct project_projection *list, *whole;
    write_province("");
    assert_ok(run(&files, false, &list, &arena));
    assert_int_equal(files.n_areas, 7);
    assert_true(worst_sum(&files, list) < 1e-9);
    size_t parts = 0;
    for (size_t i = 0; i < 7; i++)
        parts += list[i].parts;
    assert_int_equal(parts, 6);
    // county a says a tenth more than its towns
    assert_true(fabs(list[0].out.population[0][0] - 55) < 1e-9);
    assert_true(fabs(list[2].out.population[0][0] - 150) < 1e-9);

    assert_ok(run(&files, true, &whole, &arena));
    assert_true(worst_sum(&files, whole) == 0);
    for (size_t i = 0; i < 7; i++)
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            for (size_t k = 0; k < 3 * list[i].area->in.shape.ages; k++) {
                double v = whole[i].out.population[sex][k];
                assert_true(v == floor(v));
                assert_true(fabs(v - list[i].out.population[sex][k]) < 2);
            }
}

static void what_cannot_add_up_is_refused(void **state)
{
    (void)state;
    struct project_files files;
    struct project_projection *list;
    write_province("b1"); // the province within one of its towns
    assert_int_equal(run(&files, false, &list, &arena), ERR_INPUT);
    assert_non_null(strstr(e.text, "within it again"));
    assert_non_null(strstr(e.cure, "leave the parent of the largest area empty"));
    write_province("");
    assert_ok(run(&files, false, &list, &arena));
    files.areas[0].in.shape.steps--; // a town that ends before its county
    assert_int_equal(project_within_run(&files, list, &arena, &e), ERR_INPUT);
    assert_non_null(strstr(e.where, "area a1"));
    assert_non_null(
        strstr(e.text, "1 steps of 5 years from 2020; a, which it is within"));
    files.areas[0].in.shape.steps++;
    files.thousands = true;
    assert_int_equal(project_within_round(&files, list, &arena, &e), ERR_USAGE);
    assert_non_null(strstr(e.text, "thousands"));
}

static void memory_runs_out(void **state)
{
    (void)state;
    int failed = 0;
    write_province("");
    for (int64_t n = 0;; n++) {
        struct project_files files;
        struct project_projection *list;
        struct arena small;
        arena_init(&small, 0);
        mem_fail_after(n);
        enum err code = run(&files, true, &list, &small);
        mem_fail_after(-1);
        if (!code)
            assert_true(worst_sum(&files, list) == 0);
        arena_free(&small);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        failed++;
        assert_true(n < 4000);
    }
    assert_true(failed > 4);
}

// Nothing but the sums, in an arena that is full at any moment.
static void room_runs_out(void **state)
{
    (void)state;
    struct project_files files;
    struct project_projection *list;
    write_province("");
    assert_ok(run(&files, false, &list, &arena));
    for (int rounding = 0; rounding < 2; rounding++) {
        int failed = 0;
        for (int64_t n = 0;; n++) {
            struct arena small;
            arena_init(&small, 0);
            mem_fail_after(n);
            enum err code = rounding ? project_within_round(&files, list, &small, &e)
                                     : project_within_run(&files, list, &small, &e);
            mem_fail_after(-1);
            arena_free(&small);
            if (!code)
                break;
            assert_int_equal(code, ERR_MEMORY);
            failed++;
            assert_true(n < 500);
        }
        assert_true(failed > 0);
        assert_true(worst_sum(&files, list) < 1e-9);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(parts_add_up),
        TEST(what_cannot_add_up_is_refused),
        TEST(memory_runs_out),
        TEST(room_runs_out),
    };
    return cmocka_run_group_tests_name("study/project_within", tests, NULL, NULL);
}
