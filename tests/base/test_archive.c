// SPDX-License-Identifier: AGPL-3.0-or-later
// Archives read back by minizip: names, bytes, days; a disk that is full; no memory.
#include <minizip/unzip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tap.h"
#include "base/archive.h"
#include "base/date.h"
#include "base/rng.h"

static char folder[64], path[96];
static struct error error;

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/heng-archive-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.zip", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    rmdir(folder);
    return 0;
}

static int32_t day(int year, int month, int of_month)
{
    int32_t out;
    assert_true(date_from_ymd(year, month, of_month, &out));
    return out;
}

static char *random_bytes(size_t n, uint64_t seed)
{
    char *bytes = malloc(n + 1);
    struct rng r = rng_seed(seed);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)rng_next(&r);
    return bytes;
}

static void has(unzFile zip, const char *name, struct str bytes, bool packed)
{
    unz_file_info64 about;
    char *found = malloc(bytes.n + 1);
    assert_int_equal(unzLocateFile(zip, name, 1), UNZ_OK);
    assert_int_equal(unzGetCurrentFileInfo64(zip, &about, NULL, 0, NULL, 0, NULL, 0),
                     UNZ_OK);
    assert_int_equal(about.uncompressed_size, bytes.n);
    assert_true(packed ? about.compression_method == Z_DEFLATED
                       : about.compression_method == 0);
    assert_int_equal(about.flag >> 11 & 1, 1); // names are UTF-8
    assert_int_equal(about.tmu_date.tm_year, 2014);
    assert_int_equal(about.tmu_date.tm_mon, 6);
    assert_int_equal(about.tmu_date.tm_mday, 20);
    assert_int_equal(unzOpenCurrentFile(zip), UNZ_OK);
    assert_int_equal(unzReadCurrentFile(zip, found, (unsigned)bytes.n + 1), bytes.n);
    assert_memory_equal(found, bytes.p, bytes.n);
    assert_int_equal(unzCloseCurrentFile(zip), UNZ_OK); // the sum of the bytes agrees
    free(found);
}

static struct str whole(void)
{
    struct stat s;
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(stat(path, &s), 0);
    char *bytes = malloc((size_t)s.st_size + 1);
    assert_int_equal(fread(bytes, 1, (size_t)s.st_size, f), s.st_size);
    fclose(f);
    return (struct str){bytes, (size_t)s.st_size};
}

static enum err make(const char *large, size_t n)
{
    struct archive *a;
    enum err code = archive_open(&a, path, day(2014, 7, 20), &error);
    if (code)
        return code;
    archive_add(a, "index.csv", STR("a,b\n1,2\n"), true);
    archive_add(a, "files/1.1-现场 照片.png", (struct str){large, n}, false);
    archive_add(a, "empty", STR(""), true);
    archive_add(a, "packed", (struct str){large, n}, true);
    return archive_close(a, &error);
}

static void what_goes_in_comes_out(void **state)
{
    (void)state;
    enum { N = 3000001 }; // more than one step of writing
    char *large = random_bytes(N, 7);
    assert_int_equal(make(large, N), ERR_OK);
    struct str first = whole();
    unzFile zip = unzOpen64(path);
    assert_non_null(zip);
    has(zip, "index.csv", STR("a,b\n1,2\n"), true);
    has(zip, "files/1.1-现场 照片.png", (struct str){large, N}, false);
    has(zip, "empty", STR(""), true);
    has(zip, "packed", (struct str){large, N}, true);
    unzClose(zip);
    assert_int_equal(make(large, N), ERR_OK);
    struct str again = whole();
    assert_true(str_equal(first, again)); // the same calls give the same bytes
    free((char *)first.p);
    free((char *)again.p);
    free(large);
}

static void a_day_before_zip_began(void **state)
{
    (void)state;
    struct archive *a;
    assert_int_equal(archive_open(&a, path, day(1949, 10, 1), &error), ERR_OK);
    archive_add(a, "x", STR("x"), true);
    assert_int_equal(archive_close(a, &error), ERR_OK);
    unz_file_info64 about;
    unzFile zip = unzOpen64(path);
    assert_non_null(zip);
    assert_int_equal(unzGoToFirstFile(zip), UNZ_OK);
    assert_int_equal(unzGetCurrentFileInfo64(zip, &about, NULL, 0, NULL, 0, NULL, 0),
                     UNZ_OK);
    assert_int_equal(about.tmu_date.tm_year, 1980);
    unzClose(zip);
}

static void what_cannot_be_written_is_said(void **state)
{
    (void)state;
    struct archive *a;
    char *large = random_bytes(1 << 20, 8);
    assert_int_not_equal(archive_open(&a, "/no/such/folder/a.zip", 0, &error), ERR_OK);
    assert_non_null(strstr(error.where, "/no/such/folder"));
    assert_null(a);
    assert_int_equal(archive_close(NULL, &error), ERR_OK);
    if (access("/dev/full", W_OK) == 0) {
        char full[96];
        snprintf(full, sizeof full, "%s/full", folder);
        assert_int_equal(symlink("/dev/full", full), 0);
        if (archive_open(&a, full, 0, &error) == ERR_OK) {
            archive_add(a, "x", (struct str){large, 1 << 20}, false);
            archive_add(a, "y", STR("after the first error nothing is done"), false);
            enum err code = archive_close(a, &error);
            assert_true(code == ERR_FULL || code == ERR_IO);
            assert_int_equal(access(full, F_OK), -1); // what is not whole is removed
        }
        unlink(full);
    }
    free(large);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    int64_t n = 0;
    for (;; n++) {
        mem_fail_after(n);
        enum err code = make("abc", 3);
        mem_fail_after(-1);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
    }
    assert_true(n >= 2); // the archive and its path
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(a_day_before_zip_began),
        cmocka_unit_test(what_cannot_be_written_is_said),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("archive", tests, setup, teardown);
}
