// SPDX-License-Identifier: AGPL-3.0-or-later
#include <string.h>

#include "../tap.h"
#include "base/str.h"

static void numbers(void **state)
{
    (void)state;
    int64_t i = 7;
    assert_true(str_to_int(STR("-9223372036854775808"), &i));
    assert_true(i == INT64_MIN);
    assert_false(str_to_int(STR("9223372036854775808"), &i));
    assert_false(str_to_int(STR(""), &i));
    assert_false(str_to_int(STR("-"), &i));
    assert_false(str_to_int(STR("1 "), &i));
    assert_true(i == INT64_MIN);
    double d = 0;
    assert_true(str_to_double(STR("-1.5e3"), &d));
    assert_true(d == -1500);
    assert_false(str_to_double(STR("nan"), &d));
    assert_false(str_to_double(STR("1e999"), &d));
    assert_false(str_to_double(STR("1,5"), &d));
    assert_false(str_to_double(STR("e"), &d));
}

static void text(void **state)
{
    (void)state;
    assert_true(str_equal(str_trim(STR("\xEF\xBB\xBF \xE3\x80\x80 张 伟\t\xE3\x80\x80")),
                          STR("张 伟")));
    assert_true(str_equal(str_trim(STR(" \t ")), STR("")));
    struct str head, rest;
    assert_true(str_split(STR("a=b=c"), '=', &head, &rest));
    assert_true(str_equal(head, STR("a")) && str_equal(rest, STR("b=c")));
    assert_false(str_split(STR("abc"), '=', &head, &rest));
    assert_true(str_compare(STR("ab"), STR("abc")) < 0);
    assert_true(str_equal_fold(STR("Sex"), STR("sEX")));
    assert_true(str_hash(STR("a"), 0) != str_hash(STR("b"), 0));
    assert_true(str_hash(STR("a"), 0) != str_hash(STR("a\0"), 0));
}

static void buffers_say_when_memory_is_out(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(10);
    struct error e;
    (void)mem_fail_after(0);
    buf_add(&b, STR("123"));
    (void)mem_fail_after(-1);
    assert_int_equal(buf_check(&b, &e), ERR_MEMORY);
    buf_clear(&b);
    buf_add(&b, STR("12345678901"));
    assert_int_equal(buf_check(&b, &e), ERR_LIMIT);
    buf_clear(&b);
    b.max = 100;
    buf_add_markup(&b, STR("<a b='\"'>张&"));
    assert_string_equal(buf_c(&b), "&lt;a b=&#39;&quot;&#39;&gt;张&amp;");
    buf_free(&b);
}

static void buffers_keep_their_maximum(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(10);
    struct error e;
    buf_add(&b, STR("12345"));
    buf_add(&b, STR("67890"));
    assert_int_equal(buf_check(&b, &e), ERR_OK);
    buf_add_char(&b, 'x');
    assert_int_equal(buf_check(&b, &e), ERR_LIMIT);
    assert_int_equal(buf_str(&b).n, 10);
    buf_clear(&b);
    buf_printf(&b, "%d-%s", 12, "ab");
    assert_string_equal(buf_c(&b), "12-ab");
    buf_free(&b);
}

static void arenas_fail_cleanly(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 64 * 1024);
    assert_null(arena_alloc(&a, SIZE_MAX / 2, 4));
    assert_non_null(arena_alloc(&a, 1000, 8));
    assert_null(arena_alloc(&a, 100000, 8));
    arena_reset(&a);
    char *p = arena_alloc(&a, 16, 1);
    assert_non_null(p);
    for (int i = 0; i < 16; i++)
        assert_int_equal(p[i], 0);
    arena_free(&a);

    for (int64_t n = 0;; n++) {
        arena_init(&a, 0);
        mem_fail_after(n);
        struct str s = str_format(&a, "%s", "hello");
        mem_fail_after(-1);
        arena_free(&a);
        if (s.p)
            break;
        assert_true(n < 5);
    }
}

static void every_code_has_a_status(void **state)
{
    (void)state;
    struct error e;
    for (int c = 0; c < ERR_COUNT; c++) {
        assert_true((error_exit_status((enum err)c) == 0) == (c == ERR_OK));
        assert_non_null(error_name((enum err)c));
    }
    assert_int_equal(error_set(&e, ERR_INPUT, "k", "f:1", "%d", 3), ERR_INPUT);
    assert_string_equal(e.text, "3");
    assert_string_equal(e.where, "f:1");
    assert_int_equal(error_set(NULL, ERR_IO, "k", NULL, "x"), ERR_IO);
}

// A text that is too long for its space never ends in half a character.
static void cut_texts_end_whole(void **state)
{
    (void)state;
    static const char *const characters[] = {"x", "é", "衡", "\xF0\xA0\x80\x80"};
    for (size_t i = 0; i < 4; i++) {
        size_t width = strlen(characters[i]);
        for (size_t before = 0; before < 4; before++) {
            struct buf b = BUF_INIT(1 << 16);
            struct error e;
            for (size_t k = 0; k < before; k++)
                buf_add_char(&b, 'a');
            while (b.n < 6000)
                buf_add_c(&b, characters[i]);
            error_set(&e, ERR_INPUT, "k", buf_c(&b), STR_FMT, STR_ARG(buf_str(&b)));
            error_cure(&e, STR_FMT, STR_ARG(buf_str(&b)));
            const struct {
                const char *text;
                size_t size;
            } cut[] = {{e.where, sizeof e.where},
                       {e.text, sizeof e.text},
                       {e.cure, sizeof e.cure}};
            for (size_t k = 0; k < 3; k++) {
                size_t n = strlen(cut[k].text);
                assert_int_equal((n - before) % width, 0);
                assert_true(n + width >= cut[k].size && n < cut[k].size);
            }
            buf_free(&b);
        }
    }
}

static void long_texts_are_printed_whole(void **state)
{
    (void)state;
    struct arena a;
    struct buf b = BUF_INIT(1 << 16);
    arena_init(&a, 0);
    while (b.n < 30000)
        buf_add_c(&b, "衡");
    struct str s = str_format(&a, STR_FMT "!", STR_ARG(buf_str(&b)));
    assert_int_equal(s.n, b.n + 1);
    buf_free(&b);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(text),
        cmocka_unit_test(buffers_keep_their_maximum),
        cmocka_unit_test(buffers_say_when_memory_is_out),
        cmocka_unit_test(arenas_fail_cleanly),
        cmocka_unit_test(every_code_has_a_status),
        cmocka_unit_test(cut_texts_end_whole),
        cmocka_unit_test(long_texts_are_printed_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
