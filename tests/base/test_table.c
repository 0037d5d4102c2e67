// SPDX-License-Identifier: AGPL-3.0-or-later
#include "table_files.h"

static void refused_files(void **state)
{
    (void)state;
    static const struct {
        struct str content;
        const char *key, *named;
    } cases[] = {
        {{"", 0}, "table.empty", "empty"},
        {{"\xEF\xBB\xBF", 3}, "table.empty", "empty"},
        {{"%PDF-1.7\n1 0 obj", 16}, "table.binary", "PDF"},
        {{"\x89PNG\r\n\x1A\n", 8}, "table.binary", "PNG"},
        {{"\xFF\xD8\xFF\xE0\0\x10JFIF", 10}, "table.binary", "JPEG"},
        {{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 legacy", 15}, "table.binary", ".xls"},
        {{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"
          "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0",
          40},
         "table.binary",
         "password"},
        {{"\r\n<HTML><table><tr>", 19}, "table.binary", "web page"},
        {{"\0\1\2\3\4\5\6\7", 8}, "table.binary", "binary"},
        {{"a\0,\0b\0\n\0", 8}, "table.binary", "UTF-16"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct table *t;
        struct error e = {0};
        assert_int_equal(open_bytes(&t, cases[i].content, NULL, &e), ERR_INPUT);
        assert_null(t);
        assert_string_equal(e.key, cases[i].key);
        assert_non_null(strstr(e.text, cases[i].named));
        assert_true(e.cure[0] != '\0');
    }
    struct table *t;
    struct error e = {0};
    assert_int_equal(table_open(&t, "/tmp/heng-no-such-file", NULL, &e), ERR_NOT_FOUND);
    assert_int_equal(table_open(&t, "/tmp", NULL, &e), ERR_INPUT);
}

static void what_is_known_about_a_file(void **state)
{
    (void)state;
    struct table *t = opened(STR("abc"), NULL);
    const struct table_about *about = table_about(t);
    assert_int_equal(about->format, TABLE_CSV);
    assert_int_equal(about->bytes, 3);
    assert_false(about->had_bom);
    assert_string_equal(about->encoding, "UTF-8");
    // BLAKE2b-256 of "abc", as b2sum -l 256 prints it
    static const unsigned char hash[32] = {
        0xbd, 0xdd, 0x81, 0x3c, 0x63, 0x42, 0x39, 0x72, 0x31, 0x71, 0xef,
        0x3f, 0xee, 0x98, 0x57, 0x9b, 0x94, 0x96, 0x4e, 0x3b, 0xb1, 0xcb,
        0x3e, 0x42, 0x72, 0x62, 0xc8, 0xc0, 0x68, 0xd5, 0x23, 0x19};
    assert_memory_equal(about->hash, hash, 32);
    table_close(t);
    table_close(NULL);
}

// What cannot be read twice is copied to a temporary file first.
static void pipes(void **state)
{
    (void)state;
    static const char content[] = "a,b\n1,2\n";
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], content, sizeof content - 1), sizeof content - 1);
    close(ends[1]);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    struct table *t;
    struct error e = {0};
    assert_int_equal(table_open(&t, path, NULL, &e), ERR_OK);
    ASSERT_ROW(t, "a|b");
    ASSERT_ROW(t, "1|2");
    ASSERT_ROW(t, "end");
    assert_int_equal(table_about(t)->bytes, sizeof content - 1);
    table_close(t);
    close(ends[0]);

    // standard input itself, from where it stands
    int kept = dup(0);
    FILE *f = tmpfile();
    assert_non_null(f);
    fputs("x\na,b\n", f);
    fflush(f);
    assert_int_equal(lseek(fileno(f), 2, SEEK_SET), 2);
    dup2(fileno(f), 0);
    assert_int_equal(table_open(&t, "-", NULL, &e), ERR_OK);
    ASSERT_ROW(t, "a|b");
    ASSERT_ROW(t, "end");
    table_close(t);
    fclose(f);
    if (kept >= 0) {
        dup2(kept, 0);
        close(kept);
    }
}

// Every allocation of opening and reading fails once; nothing leaks, nothing crashes.
static void no_memory(void **state)
{
    (void)state;
    static const struct str files[] = {
        {"a,b\n1,\"x\"\"y\"\n2,\"open\n3,4\n", 25},
        {"\xC3\xFB\xD7\xD6,b\n\xD5\xC5,\"1\"\"\"\n\xFF,1\n", 21},
    };
    for (size_t i = 0; i < 2; i++) {
        bool done = false;
        for (int64_t n = 0; !done; n++) {
            struct table *t;
            struct error e = {0};
            char path[64];
            temporary_file(path, files[i]);
            mem_fail_after(n);
            enum err code = table_open(&t, path, NULL, &e);
            struct table_row row = {0};
            while (!code && !row.end)
                code = table_read(t, &row, &e);
            mem_fail_after(-1);
            unlink(path);
            table_close(t);
            assert_true(code == ERR_OK || code == ERR_MEMORY || code == ERR_LIMIT);
            done = code == ERR_OK;
            assert_true(n < 40);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_files),
        cmocka_unit_test(what_is_known_about_a_file),
        cmocka_unit_test(pipes),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
