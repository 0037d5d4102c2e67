// SPDX-License-Identifier: AGPL-3.0-or-later
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../tap.h"
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"

static void nothing_given(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, ERR_INPUT, "k", NULL, "text"), ERR_INPUT);
    assert_int_equal(error_cure(NULL, "cure"), ERR_INTERNAL);
    assert_int_equal(error_before(NULL, "line %zu: ", (size_t)1), ERR_INTERNAL);
    error_set_zh(NULL, "中文");
    error_cure_zh(NULL, "中文");
    error_where(NULL, "here");
}

// The Chinese sentence has what the English one has.
static void both_languages(void **state)
{
    (void)state;
    struct error e;
    struct str value = STR("35000 g");
    assert_int_equal(error_set(&e, ERR_INPUT, "value.range", "births.csv:17",
                               "'" STR_FMT "' is not between %.15g and %.15g",
                               STR_ARG(value), 300.0, 7000.5),
                     ERR_INPUT);
    assert_string_equal(e.text, "'35000 g' is not between 300 and 7000.5");
    assert_string_equal(e.text_zh, "“35000 g”不在300至7000.5之间");
    assert_string_equal(e.where, "births.csv:17");
    assert_string_equal(e.cure, "");
    assert_string_equal(e.cure_zh, "");
    assert_int_equal(error_cure(&e, "give a year from %d to %d", 2014, -7), ERR_INPUT);
    assert_string_equal(e.cure, "give a year from 2014 to -7");
    assert_string_equal(e.cure_zh, "请写2014至-7之间的年份");
    // another sentence leaves nothing of the one before
    error_set(&e, ERR_INPUT, "k", NULL, "nobody has put this into Chinese: %d", 3);
    assert_string_equal(e.text_zh, "");
    assert_string_equal(e.cure_zh, "");
}

// Every kind of number and width that the sentences print; the order may be another one.
static void conversions(void **state)
{
    (void)state;
    struct error e;
    error_set(&e, ERR_CORRUPT, "k", NULL,
              "the workbook unpacks to more than %lu MB from %lu bytes; a real table does"
              " not",
              1024ul, UINT64_MAX > SIZE_MAX ? 1ul : 18446744073709551615ul);
    assert_string_equal(e.text_zh, "工作簿由18446744073709551615字节解压后超过1024 MB，真"
                                   "正的表格不会如此");
    error_set(&e, ERR_INPUT, "k", NULL,
              "byte 0x%02X at place %zu of the row is no %s text", 0x0Au, (size_t)5,
              "GB18030");
    assert_string_equal(e.text_zh, "此行第5处的字节0x0A不是GB18030文字");
    error_set(&e, ERR_INPUT, "k", NULL, "'%.*s' is not a number from %g to %g", 3,
              "abcdef", 0.5, 1e9);
    assert_string_equal(e.text_zh, "“abc”不是0.5至1e+09之间的数");
    error_set(&e, ERR_INPUT, "k", NULL, "the body is no JSON: line %d, column %d: %.200s",
              -1, 22, "unexpected token");
    assert_string_equal(e.text_zh, "内容不是JSON：第-1行第22列：unexpected token");
    error_set(&e, ERR_LIMIT, "k", NULL, "the file has %lld bytes; %d are the most",
              -9223372036854775807ll, 1);
    assert_string_equal(e.text_zh, "文件有-9223372036854775807字节，最多1字节");
    error_set(&e, ERR_INPUT, "k", NULL, "Write 0.05 for 5 %%.");
    assert_string_equal(e.text, "Write 0.05 for 5 %.");
    assert_string_equal(e.text_zh, "5%请写作0.05");
    error_set(&e, ERR_INPUT, "k", NULL, "Write {%.*s} or {%.*s:interval}.", 4, "rate", 4,
              "rate");
    assert_string_equal(e.text_zh, "请写{rate}或{rate:interval}");
}

// What a format prints may be a phrase that has its own Chinese; what stands in quotes is
// somebody's own text and stays.
static void nested(void **state)
{
    (void)state;
    struct error e;
    error_set(&e, ERR_INPUT, "k", NULL, "'%s' is not %s", "a text", "a whole number");
    assert_string_equal(e.text, "'a text' is not a whole number");
    assert_string_equal(e.text_zh, "“a text”不是整数");
    error_set(&e, ERR_INPUT, "k", NULL, "%s", "the file is empty");
    assert_string_equal(e.text_zh, "文件是空的");
    error_set(&e, ERR_INPUT, "k", NULL, "%s", "nobody knows this");
    assert_string_equal(e.text_zh, "");
    error_errno(&e, ENOENT, "x.csv", "open the file");
    assert_string_equal(e.text_zh, "无法打开文件：没有这个文件或文件夹");
    assert_non_null(strstr(e.cure_zh, "请检查名称"));
    error_set(&e, ERR_INPUT, "k", "lines", "the quantity is too large");
    error_cure(&e, "shorten it");
    assert_int_equal(error_before(&e, "line %zu: ", (size_t)12), ERR_INPUT);
    assert_string_equal(e.text, "line 12: the quantity is too large");
    assert_string_equal(e.text_zh, "第12行：数量太大");
    assert_string_equal(e.cure_zh, "请缩短");
    assert_string_equal(e.where, "lines");
    error_where(&e, "day");
    assert_string_equal(e.where, "day");
    error_set(&e, ERR_INPUT, "k", e.where, "the quantity is too large");
    assert_string_equal(e.where, "day");
}

// Words of a pack, in both languages already.
static void of_a_pack(void **state)
{
    (void)state;
    struct error e;
    error_set(&e, ERR_CONFLICT, "workflow.gate", NULL, "%s", "the label in English");
    error_set_zh(&e, "%s（%d）", "业务包中的名称", 3);
    error_cure(&e, "look again, %s", "somebody");
    error_cure_zh(&e, "请再看一次");
    struct error_words en = error_words(&e, false), zh = error_words(&e, true);
    assert_string_equal(en.text, "the label in English");
    assert_string_equal(en.cure, "look again, somebody");
    assert_string_equal(en.detail, "");
    assert_string_equal(zh.text, "业务包中的名称（3）");
    assert_string_equal(zh.cure, "请再看一次");
    assert_string_equal(zh.detail, "");
}

// Without a sentence: the words of the longest key that fits, and the English as detail.
static void general_words(void **state)
{
    (void)state;
    struct error e;
    error_set(&e, ERR_INPUT, "row.version", "row", "nobody has said this: %d", 7);
    error_cure(&e, "nor this");
    struct error_words zh = error_words(&e, true);
    assert_string_equal(zh.text, "在您编辑期间，别人改动了这一行");
    assert_string_equal(zh.detail, "nobody has said this: 7");
    assert_non_null(strstr(zh.cure, "比较"));
    e.key = "row.of_no_kind";
    assert_string_equal(error_words(&e, true).text, "这一行没有保存");
    e.key = "of_no_kind";
    assert_string_equal(error_words(&e, true).text, e.text);
    assert_string_equal(error_words(&e, true).detail, "");
    e.key = NULL;
    assert_string_equal(error_words(&e, true).text, e.text);
    // a sentence whose cure has no Chinese takes the cure of its key
    error_set(&e, ERR_INPUT, "row.version", NULL, "the file is empty");
    error_cure(&e, "nobody has said this");
    assert_non_null(strstr(error_words(&e, true).cure, "比较"));
    error_set(&e, ERR_INPUT, "row.version", NULL, "the file is empty");
    assert_string_equal(error_words(&e, true).cure, "");
}

static bool whole(const char *text)
{
    struct str s = str_of(text);
    bool good = true;
    for (size_t at = 0; good && at < s.n;)
        good = utf8_next(s, &at) >= 0;
    return good;
}

// Whatever its length, a text ends with a whole character, in both languages.
static void cut(void **state)
{
    (void)state;
    static const char *const letters[] = {"a", "é", "衡", "𠀀"};
    static char text[2048];
    for (size_t l = 0; l < 4; l++)
        for (size_t first = 0; first < 5; first++) {
            struct error e;
            size_t n = first, size = strlen(letters[l]);
            memset(text, 'x', first);
            while (n + size < sizeof text) {
                memcpy(text + n, letters[l], size);
                n += size;
            }
            text[n] = '\0';
            error_set(&e, ERR_INPUT, "k", text, "there is no register '%.*s'", (int)n,
                      text);
            error_cure(&e, "Known: %s.", text);
            assert_true(whole(e.where) && strlen(e.where) > sizeof e.where - 5);
            assert_true(whole(e.text) && strlen(e.text) > sizeof e.text - 5);
            assert_true(whole(e.text_zh) && whole(e.cure) && whole(e.cure_zh));
            assert_true(strlen(e.cure) > sizeof e.cure - 5);
            error_set(&e, ERR_INPUT, "k", NULL, "there is no register '%.*s'", 700, text);
            // the pieces are cut as printf cuts them: their own end may not be whole
            error_before(&e, "line %zu: ", (size_t)1);
            assert_true(strlen(e.text) < sizeof e.text);
            assert_true(strlen(e.text_zh) < sizeof e.text_zh);
            error_set_zh(&e, "%s", text);
            assert_true(whole(e.text_zh) && strlen(e.text_zh) > sizeof e.text_zh - 5);
        }
}

// Each sentence of the files, with pieces that are found in it.
static void all_of_them(void **state)
{
    (void)state;
    static const struct {
        const char *english, *chinese;
    } all[] = {
#define CHINESE(english, chinese) {english, chinese},
#include "base/error_zh_base.def"
#include "base/error_zh_pack.def"
#include "base/error_zh_register.def"
#include "base/error_zh_serve.def"
#include "base/error_zh_study.def"
#include "base/error_zh_system.def"
#undef CHINESE
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const char *found = error_chinese(all[i].english);
        if (!found || strcmp(found, all[i].chinese) != 0)
            fail_msg("not found, or twice: %s", all[i].english);
        assert_true(whole(all[i].chinese));
        assert_true(strlen(all[i].chinese) < sizeof((struct error *)0)->text);
    }
    assert_null(error_chinese("nobody has said this"));
    assert_null(error_chinese(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_given), cmocka_unit_test(both_languages),
        cmocka_unit_test(conversions),   cmocka_unit_test(nested),
        cmocka_unit_test(of_a_pack),     cmocka_unit_test(general_words),
        cmocka_unit_test(cut),           cmocka_unit_test(all_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
