// SPDX-License-Identifier: AGPL-3.0-or-later
#include "../tap.h"
#include "base/text.h"

static void headings_in_one_form(void **state)
{
    (void)state;
    static const struct {
        const char *text, *normal;
    } cases[] = {
        {"  Date  of\tBirth ", "date of birth"},
        {"ＩＤ　１２３", "id 123"},
        {"\xEF\xBB\xBF"
         "姓名\n(母亲)",
         "姓名 (母亲)"},
        {"e\xCC\x81T\xC3\x89", "\xC3\xA9t\xC3\xA9"},
        {"\xE2\x84\xAB㎏", "åkg"},
        {"a\xE2\x80\x8B"
         "b",
         "ab"},
        {"", ""},
        {" \xE3\x80\x80 ", ""},
        {"a\xFF"
         "b",
         "a\xEF\xBF\xBD"
         "b"},
    };
    struct arena a;
    arena_init(&a, 0);
    struct error e;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str once, twice;
        assert_int_equal(text_normalise(&a, str_of(cases[i].text), &once, &e), ERR_OK);
        assert_true(str_equal(once, str_of(cases[i].normal)));
        assert_int_equal(text_normalise(&a, once, &twice, &e), ERR_OK);
        assert_true(str_equal(once, twice));
    }
    // one unit that becomes eighteen
    struct str out;
    assert_int_equal(text_normalise(&a, STR("\xEF\xB7\xBA"), &out, &e), ERR_OK);
    assert_true(out.n > 30);
    arena_free(&a);
    for (int64_t n = 0;; n++) {
        arena_init(&a, 0);
        mem_fail_after(n);
        enum err code = text_normalise(&a, STR("ＩＤ"), &out, &e);
        mem_fail_after(-1);
        arena_free(&a);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        assert_true(n < 10);
    }
}

static void widths(void **state)
{
    (void)state;
    assert_int_equal(text_width(STR("abc")), 3);
    assert_int_equal(text_width(STR("张伟 a")), 6);
    assert_int_equal(text_width(STR("ｅ、。")), 6);
    assert_int_equal(text_width(STR("e\xCC\x81")), 1);
    assert_int_equal(text_width(STR("𠮷")), 2);
    assert_int_equal(text_width(STR("\xFF\xE5\xBC")), 2);
    assert_int_equal(text_width(STR("")), 0);
    assert_true(str_equal(text_cut(STR("张伟abc"), 3), STR("张")));
    assert_true(str_equal(text_cut(STR("张伟abc"), 5), STR("张伟a")));
    assert_true(str_equal(text_cut(STR("e\xCC\x81x"), 1), STR("e\xCC\x81")));
    assert_true(str_equal(text_cut(STR("ab"), 9), STR("ab")));
    assert_true(str_equal(text_cut(STR("ab"), 0), STR("")));
    struct buf b = BUF_INIT(100);
    text_pad(&b, STR("张伟"), 6, false);
    text_pad(&b, STR("12"), 4, true);
    text_pad(&b, STR("湖北省咸安区"), 6, false);
    assert_true(str_equal(buf_str(&b), STR("张伟    12湖北… ")));
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headings_in_one_form),
        cmocka_unit_test(widths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
