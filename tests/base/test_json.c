// SPDX-License-Identifier: AGPL-3.0-or-later
#include <float.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "../tap.h"
#include "base/json.h"

static void a_whole_text(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 16);
    struct json_writer j = json_on(&b);
    assert_false(json_complete(&j));
    json_put_object(&j);
    json_put_key(&j, STR("area"));
    json_put_string(&j, STR("东街社区"));
    json_put_key(&j, STR("births"));
    json_put_array(&j);
    json_put_int(&j, INT64_MIN);
    json_put_double(&j, 0.1);
    json_put_bool(&j, true);
    json_put_null(&j);
    json_put_array(&j);
    json_put_array_end(&j);
    json_put_object(&j);
    json_put_object_end(&j);
    json_put_array_end(&j);
    json_put_key(&j, STR(""));
    json_put_bool(&j, false);
    json_put_object_end(&j);
    assert_true(json_complete(&j));
    struct error e;
    assert_int_equal(buf_check(&b, &e), ERR_OK);
    assert_string_equal(buf_c(&b),
                        "{\"area\":\"东街社区\",\"births\":[-9223372036854775808,"
                        "0.1,true,null,[],{}],\"\":false}");
    buf_free(&b);
}

static const char *written_string(struct buf *b, struct str text)
{
    buf_clear(b);
    struct json_writer j = json_on(b);
    json_put_string(&j, text);
    return buf_c(b);
}

static void strings(void **state)
{
    (void)state;
    static const struct {
        struct str in;
        const char *out;
    } cases[] = {
        {{"", 0}, "\"\""},
        {{NULL, 0}, "\"\""},
        {{"a\"b\\c/", 6}, "\"a\\\"b\\\\c/\""},
        {{"\b\f\n\r\t", 5}, "\"\\b\\f\\n\\r\\t\""},
        {{"\0\x01\x1F\x7F", 4}, "\"\\u0000\\u0001\\u001f\x7F\""},
        {{"</script>", 9}, "\"\\u003c/script>\""},
        {{"\xE2\x80\xA8\xE2\x80\xA9", 6}, "\"\\u2028\\u2029\""},
        {{"\xF0\xA0\xAE\xB7", 4}, "\"\xF0\xA0\xAE\xB7\""}, // U+20BB7, a rare surname
        {{"a\xFF"
          "b",
          3},
         "\"a\xEF\xBF\xBD"
         "b\""},
        {{"\xC0\x80", 2}, "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},                 // overlong
        {{"\xED\xA0\x80", 3}, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""}, // surrogate
        {{"\xE4\xB8", 2}, "\"\xEF\xBF\xBD\""},                             // cut off
        {{"\xE4\xB8x", 3}, "\"\xEF\xBF\xBDx\""},
        {{"\xF4\x90\x80\x80", 4},
         "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""}, // beyond U+10FFFF
    };
    struct buf b = BUF_INIT(1 << 16);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(written_string(&b, cases[i].in), cases[i].out);
    buf_free(&b);
}

static uint64_t next_random(uint64_t *x)
{
    *x = *x * 6364136223846793005u + 1442695040888963407u;
    return *x >> 11 ^ *x << 33;
}

// What is written, jansson reads (it refuses invalid UTF-8), and a valid text comes back.
static void any_bytes_are_read_back(void **state)
{
    (void)state;
    uint64_t x = 411;
    print_message("# seed %llu\n", (unsigned long long)x);
    struct buf b = BUF_INIT(1 << 16);
    for (int i = 0; i < 5000; i++) {
        unsigned char bytes[24];
        size_t n = next_random(&x) % sizeof bytes;
        bool ascii = i % 3 == 0;
        for (size_t k = 0; k < n; k++)
            bytes[k] = (unsigned char)(next_random(&x) % (ascii ? 128 : 256));
        const char *text = written_string(&b, (struct str){(char *)bytes, n});
        json_error_t problem;
        json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &problem);
        if (!value)
            fail_msg("%s: %s", text, problem.text);
        if (ascii) {
            assert_int_equal(json_string_length(value), n);
            assert_memory_equal(json_string_value(value), bytes, n);
        }
        json_decref(value);
    }
    buf_free(&b);
}

static const char *written_double(struct buf *b, double value)
{
    buf_clear(b);
    struct json_writer j = json_on(b);
    json_put_double(&j, value);
    return buf_c(b);
}

// As json.h says it, one byte at a time; of a byte above 0x7F that stands alone.
static void expected_byte(struct buf *out, unsigned char c)
{
    static const char *const letters[] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"};
    if (c >= 0x80)
        buf_add_c(out, "\xEF\xBF\xBD");
    else if (c == '"' || c == '\\')
        buf_printf(out, "\\%c", c);
    else if (c == '<')
        buf_add_c(out, "\\u003c");
    else if (c < sizeof letters / sizeof *letters && letters[c])
        buf_add_c(out, letters[c]);
    else if (c < 0x20)
        buf_printf(out, "\\u%04x", c);
    else
        buf_add_char(out, (char)c);
}

// Texts are looked at by words: each byte at each place of texts of every short length.
static void each_byte_in_each_place(void **state)
{
    (void)state;
    enum { LONGEST = 26 };
    char text[LONGEST];
    struct buf want = BUF_INIT(4096), b = BUF_INIT(4096);
    for (size_t n = 1; n <= LONGEST; n++)
        for (size_t at = 0; at < n; at++)
            for (int c = 0; c < 256; c++) {
                memset(text, 'a', n);
                text[at] = (char)c;
                buf_clear(&want);
                buf_add_char(&want, '"');
                for (size_t i = 0; i < n; i++)
                    expected_byte(&want, (unsigned char)text[i]);
                buf_add_char(&want, '"');
                struct str given = {text, n};
                assert_string_equal(written_string(&b, given), buf_c(&want));
            }
    buf_free(&want);
    buf_free(&b);
}

// A buffer that has just room enough, or a byte or two less.
static void to_the_last_byte(void **state)
{
    (void)state;
    static const char *const texts[] = {"abc", "abcde", "abcdefghijklm", "村委会", ""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t room = strlen(texts[i]); room <= strlen(texts[i]) + 2; room++) {
            struct buf b = BUF_INIT(256); // no block is smaller
            assert_true(buf_reserve(&b, b.max));
            while (b.n < b.max - room)
                buf_add_char(&b, ' ');
            struct json_writer j = json_on(&b);
            json_put_string(&j, str_of(texts[i]));
            assert_int_equal(b.failed, room < strlen(texts[i]) + 2);
            buf_free(&b);
        }
}

static void doubles(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 16);
    assert_string_equal(written_double(&b, 0), "0");
    assert_string_equal(written_double(&b, -0.0), "-0");
    assert_string_equal(written_double(&b, 1), "1");
    assert_string_equal(written_double(&b, 106.4), "106.4");
    assert_string_equal(written_double(&b, 0.1 + 0.2), "0.30000000000000004");
    assert_string_equal(written_double(&b, 1.0 / 3), "0.3333333333333333");
    assert_string_equal(written_double(&b, 9007199254740993.0), "9007199254740992");
    assert_string_equal(written_double(&b, 1e300), "1e+300");
    assert_string_equal(written_double(&b, 5e-324), "5e-324");
    assert_string_equal(written_double(&b, DBL_MAX), "1.7976931348623157e+308");
    assert_string_equal(written_double(&b, NAN), "null");
    assert_string_equal(written_double(&b, -INFINITY), "null");
    uint64_t x = 1234;
    print_message("# seed %llu\n", (unsigned long long)x);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next_random(&x);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            assert_true(strtod(written_double(&b, value), NULL) == value);
        double rate = (double)(int64_t)(bits % 100000) / 100;
        const char *text = written_double(&b, rate);
        assert_true(strlen(text) <= 6 && strtod(text, NULL) == rate);
    }
    buf_free(&b);
}

static void limits(void **state)
{
    (void)state;
    struct error e;
    struct buf b = BUF_INIT(1 << 20);
    for (int depth = JSON_DEPTH - 1; depth <= JSON_DEPTH + 40; depth++) {
        buf_clear(&b);
        struct json_writer j = json_on(&b);
        for (int i = 0; i < depth; i++) {
            if (i % 2 == 0) {
                json_put_object(&j);
                json_put_key(&j, STR("in"));
            } else {
                json_put_array(&j);
            }
        }
        json_put_null(&j);
        for (int i = depth; i-- > 0;) {
            if (i % 2 == 0)
                json_put_object_end(&j);
            else
                json_put_array_end(&j);
        }
        assert_true(json_complete(&j));
        assert_int_equal(buf_check(&b, &e), depth <= JSON_DEPTH ? ERR_OK : ERR_LIMIT);
    }
    buf_free(&b);
    b = BUF_INIT(8);
    struct json_writer j = json_on(&b);
    json_put_string(&j, STR("longer than eight"));
    assert_int_equal(buf_check(&b, &e), ERR_LIMIT);
    buf_free(&b);
    b = BUF_INIT(1000);
    mem_fail_after(0);
    j = json_on(&b);
    json_put_array(&j);
    json_put_int(&j, 1);
    json_put_array_end(&j);
    mem_fail_after(-1);
    assert_true(b.failed);
    buf_free(&b);
}

static void value_without_key(struct json_writer *j)
{
    json_put_object(j);
    json_put_int(j, 1);
}

static void key_in_array(struct json_writer *j)
{
    json_put_array(j);
    json_put_key(j, STR("k"));
}

static void two_values(struct json_writer *j)
{
    json_put_null(j);
    json_put_null(j);
}

static void crossed_ends(struct json_writer *j)
{
    json_put_array(j);
    json_put_object_end(j);
}

static void key_without_value(struct json_writer *j)
{
    json_put_object(j);
    json_put_key(j, STR("k"));
    json_put_object_end(j);
}

// Each in a process of its own, which the assertion must abort.
static void wrong_nesting_is_asserted(void **state)
{
    (void)state;
    static void (*const misuses[])(struct json_writer *) = {
        value_without_key, key_in_array, two_values, crossed_ends, key_without_value};
    for (size_t i = 0; i < sizeof misuses / sizeof misuses[0]; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            (void)signal(SIGABRT, SIG_DFL);
            close(STDERR_FILENO);
            struct buf b = BUF_INIT(1000);
            struct json_writer j = json_on(&b);
            misuses[i](&j);
            _exit(0);
        }
        int status = 0;
        assert_true(waitpid(child, &status, 0) == child);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT)
            fail_msg("misuse %zu was not caught", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_text),
        cmocka_unit_test(strings),
        cmocka_unit_test(any_bytes_are_read_back),
        cmocka_unit_test(each_byte_in_each_place),
        cmocka_unit_test(to_the_last_byte),
        cmocka_unit_test(doubles),
        cmocka_unit_test(limits),
        cmocka_unit_test(wrong_nesting_is_asserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
