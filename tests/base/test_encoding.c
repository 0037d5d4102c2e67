// SPDX-License-Identifier: AGPL-3.0-or-later
#include <unicode/ucnv.h>

#include "base/encoding.h"
#include "table_files.h"

// "name,place" in Chinese, and a person whose name needs four bytes in GB18030 (𠮷,
// and the Latin ǹ, which is not in GBK).
static const char names[] = "姓名,地点\r\n张伟,北京\r\n𠮷田,ǹ村\r\n";

static struct str encoded(const char *encoding, struct str text, char *to, size_t size)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t n = ucnv_convert(encoding, "UTF-8", to, (int32_t)size, text.p,
                             (int32_t)text.n, &status);
    assert_true(U_SUCCESS(status));
    return (struct str){to, (size_t)n};
}

static void every_encoding(void **state)
{
    (void)state;
    static const struct {
        const char *icu, *mark, *name;
        bool bom;
    } cases[] = {
        {"UTF-8", "", "UTF-8", false},
        {"UTF-8", "\xEF\xBB\xBF", "UTF-8", true},
        {"GB18030", "", "GB18030", false},
        {"GB18030", "\x84\x31\x95\x33", "GB18030", true},
        {"UTF-16LE", "\xFF\xFE", "UTF-16LE", true},
        {"UTF-16BE", "\xFE\xFF", "UTF-16BE", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char to[512];
        struct buf b = BUF_INIT(1000);
        buf_add_c(&b, cases[i].mark);
        buf_add(&b, encoded(cases[i].icu, str_of(names), to, sizeof to));
        struct table *t = opened(buf_str(&b), NULL);
        assert_string_equal(table_about(t)->encoding, cases[i].name);
        assert_true(table_about(t)->had_bom == cases[i].bom);
        ASSERT_ROW(t, "姓名|地点");
        ASSERT_ROW(t, "张伟|北京");
        ASSERT_ROW(t, "𠮷田|ǹ村");
        ASSERT_ROW(t, "end");
        table_close(t);
        buf_free(&b);
    }
}

// Files longer than every buffer, shifted a byte at a time: characters of two and four
// bytes fall over the buffers' ends in all ways.
static void over_the_buffers_ends(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 5; shift++)
        for (int kind = 0; kind < 2; kind++) {
            struct buf text = BUF_INIT(4 << 20);
            for (size_t i = 0; i < shift; i++)
                buf_add_char(&text, 'x');
            buf_add(&text, STR("head,b\n"));
            int rows = 0;
            for (; text.n < 900000; rows++)
                buf_add(&text, STR("𠮷𠮷ǹǹ张张𠮷,ǹ𠮷\n"));
            char *to = malloc(2 * text.n);
            assert_non_null(to);
            struct str file = kind ? encoded("GB18030", buf_str(&text), to, 2 * text.n)
                                   : buf_str(&text);
            struct table *t = opened(file, NULL);
            assert_string_equal(table_about(t)->encoding, kind ? "GB18030" : "UTF-8");
            struct table_row row = {0};
            struct error e;
            assert_int_equal(table_read(t, &row, &e), ERR_OK);
            for (int i = 0; i < rows; i++) {
                assert_int_equal(table_read(t, &row, &e), ERR_OK);
                assert_int_equal(row.problem.code, ERR_OK);
                assert_true(str_equal(row.raw, STR("𠮷𠮷ǹǹ张张𠮷,ǹ𠮷")));
            }
            ASSERT_ROW(t, "end");
            table_close(t);
            free(to);
            buf_free(&text);
        }
}

// The scan gives the same answer however the bytes are cut into blocks.
static void scans_in_any_blocks(void **state)
{
    (void)state;
    char gb[512];
    struct str samples[] = {
        str_of(names),
        encoded("GB18030", str_of(names), gb, sizeof gb),
        STR("ok \xC3 \xE5\xBC \xF0\x9F\x92 \xED\xA0\x80 \xC0\x80 \xF4\x90\x80\x80 "
            "\x81\x30\x81"),
        STR("\x81\x30\x81\x30\x81\x30\x20\xFE\xFE\x80\xFF\x84\x31\xA4\x40 "
            "\xE3\x32\x9A\x36"),
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        uint64_t expected[2] = {0, 0};
        for (size_t size = samples[i].n; size > 0; size--) {
            struct encoding_scan utf8 = {0}, gb18030 = {0};
            for (size_t at = 0; at < samples[i].n; at += size) {
                size_t n = samples[i].n - at < size ? samples[i].n - at : size;
                encoding_scan_utf8(&utf8, samples[i].p + at, n);
                encoding_scan_gb18030(&gb18030, samples[i].p + at, n);
            }
            encoding_scan_end(&utf8);
            encoding_scan_end(&gb18030);
            if (size == samples[i].n) {
                expected[0] = utf8.invalid;
                expected[1] = gb18030.invalid;
            }
            assert_int_equal(utf8.invalid, expected[0]);
            assert_int_equal(gb18030.invalid, expected[1]);
        }
        assert_true((expected[0] == 0) == (i == 0));
        assert_true(i != 1 || expected[1] == 0);
        assert_true(i < 2 || expected[1] > 0);
    }
}

static void bad_bytes_stay_in_their_row(void **state)
{
    (void)state;
    char text[256];
    struct table_row row = {0};
    // UTF-8 with one row of GB18030 and one cut character
    struct table *t =
        opened(STR("姓名,b\n张伟,1\n\xD5\xC5\xCE\xB0,2\n王\xE5\xBC,3\n李,4\n"), NULL);
    assert_string_equal(table_about(t)->encoding, "UTF-8");
    ASSERT_ROW(t, "姓名|b");
    ASSERT_ROW(t, "张伟|1");
    assert_string_equal(next_row(t, text, sizeof text, &row), "!csv.encoding");
    assert_non_null(strstr(row.problem.text, "0xD5"));
    assert_non_null(strstr(row.problem.cure, "GB18030"));
    assert_true(encoding_valid_utf8(row.raw) == row.raw.n);
    assert_string_equal(next_row(t, text, sizeof text, &row), "!csv.encoding");
    assert_int_equal(row.line, 4);
    assert_true(str_equal(row.raw, STR("王\xEF\xBF\xBD\xEF\xBF\xBD,3")));
    ASSERT_ROW(t, "李|4");
    table_close(t);

    // GB18030 with a byte that begins nothing, and a character cut by the file's end
    t = opened(STR("\xD0\xD5\xC3\xFB,b\n\xD5\xC5\xFF,1\n\xCE\xB0,2\n3,\xCE"), NULL);
    assert_string_equal(table_about(t)->encoding, "GB18030");
    ASSERT_ROW(t, "姓名|b");
    assert_string_equal(next_row(t, text, sizeof text, &row), "!csv.encoding");
    assert_non_null(strstr(row.problem.text, "0xFF"));
    assert_true(str_equal(row.raw, STR("张\xEF\xBF\xBD,1")));
    ASSERT_ROW(t, "伟|2");
    assert_string_equal(next_row(t, text, sizeof text, &row), "!csv.encoding");
    assert_non_null(strstr(row.problem.text, "0xCE"));
    ASSERT_ROW(t, "end");
    table_close(t);

    // UTF-16 with half a surrogate pair
    t = opened(BYTES("\xFF\xFE"
                     "a\0,\0b\0\n\0\x00\xD8x\0,\0"
                     "1\0\n\0"
                     "c\0,\0d\0"),
               NULL);
    ASSERT_ROW(t, "a|b");
    ASSERT_ROW(t, "!csv.encoding");
    ASSERT_ROW(t, "c|d");
    ASSERT_ROW(t, "end");
    table_close(t);
}

static enum encoding decided(const char *text)
{
    struct encoding_scan utf8 = {0}, gb18030 = {0};
    encoding_scan_utf8(&utf8, text, strlen(text));
    encoding_scan_gb18030(&gb18030, text, strlen(text));
    encoding_scan_end(&utf8);
    encoding_scan_end(&gb18030);
    return encoding_decide(&utf8, &gb18030);
}

// Western text happens to be well-formed GB18030: its rows are refused, not read as
// Chinese.
static void western_text_is_not_chinese(void **state)
{
    (void)state;
    assert_int_equal(decided("name\nM\xFCller\nF\xE9lix\n"), ENCODING_UTF8);
    assert_int_equal(decided("name\n\xD5\xC5\xCE\xB0\n"), ENCODING_GB18030);
    // a rare character that ends in a letter, among common ones
    assert_int_equal(decided("\xD5\xC5\xE9\x46\xBB\xF9\n"), ENCODING_GB18030);
    assert_int_equal(decided("张伟\n"), ENCODING_UTF8);
    assert_int_equal(decided("plain\n"), ENCODING_UTF8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_encoding),
        cmocka_unit_test(over_the_buffers_ends),
        cmocka_unit_test(scans_in_any_blocks),
        cmocka_unit_test(bad_bytes_stay_in_their_row),
        cmocka_unit_test(western_text_is_not_chinese),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
