// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "base/frame.h"

static char path[] = "/tmp/heng-frame-XXXXXX";

static enum err read_text(struct frame *f, const char *text, struct arena *a,
                          struct error *e)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    *e = (struct error){0};
    arena_free(a);
    arena_init(a, 0);
    return frame_read(f, path, a, e);
}

static struct arena arena;
static struct error e;
static struct frame f;

static void columns_by_name(void **state)
{
    (void)state;
    assert_int_equal(read_text(&f,
                               "Area, boys ,girls,note\r\n\"a, b\", 12 ,\"1,234\",\r\n"
                               "\r\nc,3.0,0,x\r\n",
                               &arena, &e),
                     ERR_OK);
    assert_int_equal(f.n_rows, 2);
    assert_int_equal(f.n_columns, 4);
    size_t column;
    assert_int_equal(frame_column(&f, "area", &column, &e), ERR_OK);
    assert_int_equal(column, 0);
    assert_true(str_equal_c(frame_cell(&f, 0, 0), "a, b"));
    int64_t *boys, *girls;
    assert_int_equal(frame_counts(&f, 1, false, &boys, &e), ERR_OK);
    assert_int_equal(frame_counts(&f, 2, false, &girls, &e), ERR_OK);
    assert_true(boys[0] == 12 && boys[1] == 3 && girls[0] == 1234 && girls[1] == 0);
    assert_int_equal(frame_column(&f, "gilrs", &column, &e), ERR_NOT_FOUND);
    assert_non_null(strstr(e.text, "the columns are Area, boys, girls, note"));
    assert_string_equal(e.cure, "Did you mean \"girls\"?");
}

static void wrong_cells_are_named(void **state)
{
    (void)state;
    const char *const bad[][2] = {
        {"-1", "\"-1\" is below zero (and 2 more rows)"},
        {"1.5", "\"1.5\" is not a whole number up to 1e15 (and 2 more rows)"},
        {"many", "\"many\" is not a whole number up to 1e15 (and 2 more rows)"},
        {"12,34", "\"12,34\" is not a whole number up to 1e15 (and 2 more rows)"},
        {"1e16", "\"1e16\" is not a whole number up to 1e15 (and 2 more rows)"},
        {"", "the cell is empty (and 2 more rows)"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[200];
        snprintf(text, sizeof text, "a,n\nx,1\nx,\"%s\"\nx,q\nx,-5\n", bad[i][0]);
        assert_int_equal(read_text(&f, text, &arena, &e), ERR_OK);
        int64_t *counts;
        assert_int_equal(frame_counts(&f, 1, false, &counts, &e), ERR_INPUT);
        assert_string_equal(e.text, bad[i][1]);
        assert_non_null(strstr(e.where, ":3 n"));
    }
    double *numbers;
    assert_int_equal(read_text(&f, "n\n1.5\nNA\n-2e3\n", &arena, &e), ERR_OK);
    assert_int_equal(frame_numbers(&f, 0, true, &numbers, &e), ERR_OK);
    assert_true(numbers[0] == 1.5 && isnan(numbers[1]) && numbers[2] == -2000);
    assert_int_equal(frame_numbers(&f, 0, false, &numbers, &e), ERR_INPUT);
}

static void files_that_are_not_whole(void **state)
{
    (void)state;
    assert_int_equal(read_text(&f, "a,b\n1,2\n1\n", &arena, &e), ERR_INPUT);
    assert_string_equal(e.key, "frame.ragged");
    assert_int_equal(read_text(&f, "a,b\n1,2,3\n", &arena, &e), ERR_INPUT);
    assert_int_equal(read_text(&f, "a,a\n1,2\n", &arena, &e), ERR_INPUT);
    assert_string_equal(e.key, "frame.name_twice");
    assert_int_equal(read_text(&f, "a,b\n", &arena, &e), ERR_INPUT);
    assert_string_equal(e.key, "frame.empty");
    assert_int_equal(read_text(&f, "a,b\n\"1,2\n3,4\n", &arena, &e), ERR_INPUT);
    assert_int_equal(frame_read(&f, "/nowhere/f.csv", &arena, &e), ERR_NOT_FOUND);
}

static void groups_of_rows(void **state)
{
    (void)state;
    assert_int_equal(read_text(&f, "a,o,n\nz,2,1\ny,10,1\nz,1,1\ny,2,1\n", &arena, &e),
                     ERR_OK);
    struct frame_groups g;
    const size_t both[] = {0, 1};
    assert_int_equal(frame_groups(&f, both, 1, &g, &e), ERR_OK);
    assert_int_equal(g.n, 2);
    assert_true(str_equal_c(g.names[0], "z") && g.of_row[3] == 1);
    assert_int_equal(frame_groups_sort(&f, &g, &e), ERR_OK);
    assert_true(str_equal_c(g.names[0], "y") && g.of_row[3] == 0 && g.of_row[0] == 1);
    assert_int_equal(frame_groups(&f, both + 1, 1, &g, &e), ERR_OK);
    assert_int_equal(frame_groups_sort(&f, &g, &e), ERR_OK); // as numbers: 1, 2, 10
    assert_true(str_equal_c(g.names[2], "10") && g.of_row[1] == 2 && g.of_row[2] == 0);
    assert_int_equal(frame_groups(&f, both, 2, &g, &e), ERR_OK);
    assert_int_equal(g.n, 4);
    assert_true(str_equal_c(g.names[1], "y / 10"));
    assert_int_equal(frame_group(&g, STR("z / 1")), 2);
    assert_int_equal(frame_group(&g, STR("none")), 4);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    assert_int_equal(read_text(&f, "a,n\nx,1\ny,2\n", &arena, &e), ERR_OK);
    const size_t column = 0;
    int failed = 0;
    for (int64_t n = 0; n < 200; n++) {
        struct arena own;
        struct frame_groups g;
        arena_init(&own, 0);
        mem_fail_after(n);
        enum err code = frame_read(&f, path, &own, &e);
        if (!code)
            code = frame_groups(&f, &column, 1, &g, &e);
        mem_fail_after(-1);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
        failed += code == ERR_MEMORY;
        arena_free(&own);
        if (!code)
            break;
    }
    assert_true(failed > 3);
}

static int begin(void **state)
{
    (void)state;
    int file = mkstemp(path);
    if (file >= 0)
        close(file);
    arena_init(&arena, 0);
    return file < 0;
}

static int finish(void **state)
{
    (void)state;
    arena_free(&arena);
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_by_name),
        cmocka_unit_test(wrong_cells_are_named),
        cmocka_unit_test(files_that_are_not_whole),
        cmocka_unit_test(groups_of_rows),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests_name("frame", tests, begin, finish);
}
