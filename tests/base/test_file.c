// SPDX-License-Identifier: AGPL-3.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tap.h"
#include "base/file.h"

static char folder[] = "/tmp/heng-file-XXXXXX";

static int setup(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    static const char *const names[] = {"text", "same", "short", "base", "pipe"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(names[i]);
    return chdir("/") || rmdir(folder);
}

static void put(const char *name, const char *bytes, size_t n)
{
    FILE *f = fopen(name, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void what_may_be_replaced(void **state)
{
    (void)state;
    struct error e = {0};
    bool direct = true;
    assert_int_equal(file_target("none", &direct, &e), ERR_OK);
    assert_false(direct);
    put("text", "a,b\n", 4);
    assert_int_equal(file_target("text", &direct, &e), ERR_OK);
    assert_false(direct);
    put("short", "SQLite", 6);
    assert_int_equal(file_target("short", &direct, &e), ERR_OK);
    put("base", "SQLite format 3\0....", 20);
    assert_int_equal(file_target("base", &direct, &e), ERR_CONFLICT);
    assert_non_null(strstr(e.cure, "another file"));
    assert_int_equal(file_target(".", &direct, &e), ERR_INPUT);
    assert_int_equal(file_target("/dev/null", &direct, &e), ERR_OK);
    assert_true(direct);
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_int_equal(file_target("pipe", &direct, &e), ERR_OK);
    assert_true(direct);
}

static void one_file_by_two_names(void **state)
{
    (void)state;
    put("text", "a,b\n", 4);
    assert_int_equal(link("text", "same"), 0);
    assert_true(file_is_same("text", "./text"));
    assert_true(file_is_same("text", "same"));
    put("short", "a", 1);
    assert_false(file_is_same("text", "short"));
    assert_false(file_is_same("none", "none"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_be_replaced),
        cmocka_unit_test(one_file_by_two_names),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
