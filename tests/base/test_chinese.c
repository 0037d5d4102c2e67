// SPDX-License-Identifier: AGPL-3.0-or-later
#include "../tap.h"
#include "base/chinese.h"
#include "base/rng.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

static struct chinese *chinese;

static int open_chinese(void **state)
{
    (void)state;
    struct error e;
    return chinese_open(&chinese, &e) != ERR_OK;
}

static int close_chinese(void **state)
{
    (void)state;
    chinese_close(chinese);
    chinese_close(NULL);
    return 0;
}

enum what { PINYIN, TONES, INITIALS, SOUND, SORTED };

static void becomes(enum what what, const char *name, const char *expected)
{
    struct buf out = BUF_INIT(1000);
    struct error e;
    struct str s = str_of(name);
    if (what == PINYIN || what == TONES)
        assert_ok(chinese_pinyin(chinese, s, what == TONES, &out, &e));
    else if (what == INITIALS)
        assert_ok(chinese_initials(chinese, s, &out, &e));
    else if (what == SOUND)
        assert_ok(chinese_sound(chinese, s, &out, &e));
    else
        chinese_sorted(s, &out);
    if (!str_equal_c(buf_str(&out), expected))
        fail_msg("%d %s: \"%.*s\" and not \"%s\"", (int)what, name,
                 STR_ARG(buf_str(&out)), expected);
    buf_free(&out);
}

static void readings(void **state)
{
    (void)state;
    becomes(PINYIN, "张伟", "zhang wei");
    becomes(TONES, "张伟", "zhang1 wei3");
    becomes(TONES, "张玮", "zhang1 wei3");
    becomes(PINYIN, "吕绿", "lv lv");
    becomes(PINYIN, "", "");
    becomes(PINYIN, "john smith", "john smith");
    becomes(PINYIN, "张wei", "zhang wei");
    becomes(PINYIN, "wei张 伟x 国", "wei zhang wei x guo");
    becomes(PINYIN, "김철수", "김철수");
    becomes(PINYIN, "𠮷野", "𠮷 ye"); // not in ICU
    becomes(PINYIN, "买买提吐尔逊", "mai mai ti tu er xun");
    becomes(INITIALS, "张伟国", "zwg");
    becomes(INITIALS, "诸葛亮", "zgl");
    becomes(INITIALS, "john smith", "js");
    becomes(INITIALS, "张 wei", "zw");
    becomes(INITIALS, "", "");
}

// The readings are those of ICU's own transliterator, asked one by one.
static void readings_of_icu(void **state)
{
    (void)state;
    uint64_t seed = 5;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng r = rng_seed(seed);
    struct error e;
    UErrorCode status = U_ZERO_ERROR;
    UParseError at;
    UTransliterator *icu =
        utrans_openU(u"Han-Latin", -1, UTRANS_FORWARD, NULL, 0, &at, &status);
    const UNormalizer2 *nfd = unorm2_getNFDInstance(&status);
    assert_true(U_SUCCESS(status));
    int differ = 0;
    for (int i = 0; i < 1500; i++) {
        UChar text[32] = {(UChar)(0x3400 + rng_below(&r, 0x9FFF - 0x3400 + 1))},
              marks[32];
        if (i % 2) // more of the frequent ones
            text[0] = (UChar)(0x4E00 + rng_below(&r, 0x9FA5 - 0x4E00 + 1));
        char name[64] = "王", expected[64] = "";
        int32_t n = 1, end = 1, bytes;
        u_strToUTF8(name + 3, 8, &bytes, text, 1, &status);
        utrans_transUChars(icu, text, &n, 32, 0, &end, &status);
        n = unorm2_normalize(nfd, text, n, marks, 32, &status);
        assert_true(U_SUCCESS(status));
        char tone = '5';
        size_t made = 0;
        bool read = marks[0] < 0x80;
        for (int32_t k = 0; read && k < n; k++)
            if (marks[k] == 0x308)
                expected[made - 1] = 'v';
            else if (marks[k] >= 0x300)
                tone = marks[k] == 0x304   ? '1'
                       : marks[k] == 0x301 ? '2'
                       : marks[k] == 0x30C ? '3'
                                           : '4';
            else
                expected[made++] = (char)marks[k];
        struct buf out = BUF_INIT(100), wanted = BUF_INIT(100);
        assert_ok(chinese_pinyin(chinese, str_of(name), true, &out, &e));
        buf_printf(&wanted, "wang2 %s%c", read ? expected : name + 3, read ? tone : '\0');
        if (!read)
            wanted.n--;
        if (!str_equal(buf_str(&out), buf_str(&wanted))) {
            print_message("# %s: %s, ICU %s\n", name, buf_c(&out), buf_c(&wanted));
            differ++;
        }
        buf_free(&out);
        buf_free(&wanted);
    }
    utrans_close(icu);
    assert_true(differ <= 2); // the corrected ones
}

// A surname is read as such; the same character in a given name is not.
static void surnames_with_two_readings(void **state)
{
    (void)state;
    static const struct {
        const char *surname, *reading;
    } cases[] = {
        {"单", "shan4"}, {"仇", "qiu2"},   {"曾", "zeng1"},  {"解", "xie4"},
        {"区", "ou1"},   {"任", "ren2"},   {"查", "zha1"},   {"朴", "piao2"},
        {"盖", "ge3"},   {"缪", "miao4"},  {"乐", "yue4"},   {"员", "yun4"},
        {"翟", "zhai2"}, {"宁", "ning2"},  {"召", "shao4"},  {"秘", "bi4"},
        {"折", "she2"},  {"繁", "po2"},    {"种", "chong2"}, {"洗", "xian3"},
        {"燕", "yan1"},  {"华", "hua4"},   {"曲", "qu1"},    {"车", "che1"},
        {"句", "gou1"},  {"那", "na1"},    {"葛", "ge3"},    {"柏", "bai3"},
        {"卜", "bu3"},   {"藏", "zang1"},  {"谌", "chen2"},  {"隗", "wei3"},
        {"祭", "zhai4"}, {"尉", "wei4"},   {"重", "chong2"}, {"过", "guo1"},
        {"薄", "bo2"},   {"应", "ying1"},  {"阚", "kan4"},   {"都", "du1"},
        {"能", "nai4"},  {"乜", "nie4"},   {"令", "ling2"},  {"盛", "sheng4"},
        {"占", "zhan1"}, {"强", "qiang2"}, {"蒙", "meng2"},  {"莘", "shen1"},
        {"眭", "sui1"},  {"郄", "qie4"},   {"仉", "zhang3"}, {"贲", "ben1"},
        {"撒", "sa3"},   {"芈", "mi3"},    {"庹", "tuo3"},   {"干", "gan1"},
        {"冼", "xian3"}, {"晟", "cheng2"}, {"石", "shi2"},   {"沈", "shen3"},
        {"冯", "feng2"}, {"俞", "yu2"},    {"长", "chang2"}, {"粘", "nian2"},
        {"行", "xing2"}, {"覃", "qin2"},   {"瞿", "qu2"},    {"佘", "she2"},
        {"牟", "mu4"},   {"臧", "zang1"},  {"逄", "pang2"},  {"厍", "she4"},
        {"笪", "da2"},   {"亓", "qi2"},    {"缴", "jiao3"},  {"殷", "yin1"},
        {"舍", "she4"},  {"谷", "gu3"},    {"桂", "gui4"},   {"褚", "chu3"},
        {"纪", "ji3"},   {"尹", "yin3"},   {"於", "yu1"},    {"角", "jue2"},
        {"宿", "su4"},
    };
    struct error e;
    int wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int alone = 0; alone < 2;
             alone++) { // with a given name, and in its own cell
            struct buf name = BUF_INIT(100), out = BUF_INIT(100),
                       expected = BUF_INIT(100);
            buf_printf(&name, "%s%s", cases[i].surname, alone ? "" : "伟");
            buf_printf(&expected, "%s%s", cases[i].reading, alone ? "" : " wei3");
            assert_ok(chinese_pinyin(chinese, buf_str(&name), true, &out, &e));
            if (!str_equal(buf_str(&out), buf_str(&expected))) {
                print_message("# %s: %s and not %s\n", buf_c(&name), buf_c(&out),
                              buf_c(&expected));
                wrong++;
            }
            buf_free(&name);
            buf_free(&out);
            buf_free(&expected);
        }
    assert_int_equal(wrong, 0);
    becomes(TONES, "尉迟恭", "yu4 chi2 gong1");
    becomes(TONES, "万俟卨", "mo4 qi2 xie4");
    becomes(TONES, "令狐冲", "ling2 hu2 chong1");
    becomes(TONES, "澹台灭明", "tan2 tai2 mie4 ming2");
    becomes(TONES, "欧阳", "ou1 yang2");
    becomes(PINYIN, "张单", "zhang dan");
    becomes(PINYIN, "李解", "li jie");
    becomes(PINYIN, "王晟", "wang sheng");
}

static void sounds(void **state)
{
    (void)state;
    static const char *const alike[][2] = {
        {"张", "臧"}, {"程", "岑"}, {"石", "司"}, {"宁", "林"}, {"刘", "牛"},
        {"黄", "方"}, {"胡", "福"}, {"辉", "飞"}, {"英", "音"}, {"郑", "曾"},
        {"吕", "卢"}, {"花", "发"}, {"庄", "专"}, {"梁", "年"}, {"兰", "南"},
    };
    struct error e;
    for (size_t i = 0; i < sizeof alike / sizeof alike[0]; i++) {
        struct buf a = BUF_INIT(100), b = BUF_INIT(100);
        assert_ok(chinese_sound(chinese, str_of(alike[i][0]), &a, &e));
        assert_ok(chinese_sound(chinese, str_of(alike[i][1]), &b, &e));
        if (!str_equal(buf_str(&a), buf_str(&b)))
            fail_msg("%s %.*s, %s %.*s", alike[i][0], STR_ARG(buf_str(&a)), alike[i][1],
                     STR_ARG(buf_str(&b)));
        buf_free(&a);
        buf_free(&b);
    }
    becomes(SOUND, "张伟", "zan wei");
    becomes(SOUND, "洪娜", "hong la");
    becomes(SOUND, "安恩", "an en");
    becomes(SOUND, "黄胡华欢", "fan fu fa fan");
    becomes(SOUND, "何女", "he lu");
    becomes(SOUND, "欧阳中", "ou yan zong");
    becomes(SOUND, "zhang wei", "zhang wei");
}

static void parts_of_names(void **state)
{
    (void)state;
    static const struct {
        const char *name, *surname, *given;
    } cases[] = {
        {"张伟", "张", "伟"},
        {"张伟国", "张", "伟国"},
        {"欧阳锋", "欧阳", "锋"},
        {"诸葛孔明", "诸葛", "孔明"},
        {"司马", "司马", ""},
        {"伟", "", "伟"},
        {"", "", ""},
        {"john", "", "john"},
        {"陈方安生", "陈", "方安生"},
        {"买买提吐尔逊", "", "买买提吐尔逊"},
        {"张wei", "", "张wei"},
        {"a张伟国", "", "a张伟国"},
        {"上官婉儿", "上官", "婉儿"},
        {"𠮷野", "𠮷", "野"},
        {"尉迟敬德公", "尉迟", "敬德公"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str surname, given;
        chinese_split(str_of(cases[i].name), &surname, &given);
        if (!str_equal_c(surname, cases[i].surname) ||
            !str_equal_c(given, cases[i].given))
            fail_msg("%s: %.*s, %.*s", cases[i].name, STR_ARG(surname), STR_ARG(given));
    }
    becomes(SORTED, "张伟国", "张伟国");
    becomes(SORTED, "张国伟", "张伟国");
    becomes(SORTED, "欧阳国伟", "欧阳伟国");
    becomes(SORTED, "john", "john");
    becomes(SORTED, "", "");
    assert_true(chinese_is(STR("张伟")));
    assert_true(chinese_is(STR("张伟a")));
    assert_true(chinese_is(STR("张 12")));
    assert_false(chinese_is(STR("张w")));
    assert_false(chinese_is(STR("zhang")));
    assert_false(chinese_is(STR("12")));
    assert_false(chinese_is(STR("")));
    assert_false(chinese_is(STR("タカハシ")));
    assert_false(chinese_is(STR("\xFF")));
}

static double shape(const char *a, const char *b)
{
    size_t i = 0, j = 0;
    return chinese_shape((uint32_t)utf8_next(str_of(a), &i),
                         (uint32_t)utf8_next(str_of(b), &j));
}

#define near(found, expected)                                                            \
    do {                                                                                 \
        double found_ = (found), expected_ = (expected);                                 \
        if (!(fabs(found_ - expected_) < 1e-12))                                         \
            fail_msg("%s: %g and not %g", #found, found_, expected_);                    \
    } while (0)

static void shapes(void **state)
{
    (void)state;
    near(shape("伟", "伟"), 1);
    near(shape("己", "已"), 0.9);
    near(shape("未", "末"), 0.9);
    near(shape("冷", "泠"), 0.85); // ice and water beside one sound
    near(shape("晖", "晕"), 0.85); // the same parts
    near(shape("玮", "炜"), 0.75);
    near(shape("伟", "纬"), 0.75);
    near(shape("芳", "坊"), 0.6);
    near(shape("方", "芳"), 0.65);
    near(shape("抡", "抢"), 0.8);
    near(shape("伟", "芳"), 0);
    near(shape("伟", "丽"), 0);
    near(shape("a", "b"), 0);
    near(shape("a", "伟"), 0);
    near(shape("𠮷", "吉"), 0);
    static const char *const alike[] = {
        "晨晟", "淑椒", "己巳", "士土", "日曰", "娟涓", "涓绢", "莉俐", "婷停", "停亭",
        "芳方", "方坊", "静净", "杨扬", "洋样", "晴睛", "颖颍", "兔免", "梁粱", "俊峻",
        "琳淋", "锋峰", "浩皓", "敏海", "宣萱", "赢嬴", "宇字", "萍苹"};
    for (size_t i = 0; i < sizeof alike / sizeof alike[0]; i++) {
        size_t at = 0;
        struct str s = str_of(alike[i]);
        int32_t a = utf8_next(s, &at), b = utf8_next(s, &at);
        double score = chinese_shape((uint32_t)a, (uint32_t)b);
        if (!(score >= 0.5))
            fail_msg("%s: %g", alike[i], score);
    }
    near(chinese_shape_names(STR("张伟"), STR("张玮")), (1 + 0.75) / 2);
    near(chinese_shape_names(STR("张伟"), STR("张伟国")), 0);
    near(chinese_shape_names(STR("张伟国"), STR("张伟")), 0);
    near(chinese_shape_names(STR("张伟"), STR("张伟")), 1);
    near(chinese_shape_names(STR("张伟"), STR("李丽")), 0);
    near(chinese_shape_names(STR(""), STR("")), 1);
    near(chinese_shape_names(STR(""), STR("张")), 0);
}

// The same both ways, 0.5 to 0.9 or nothing, 1 for the same only; and the search finds
// each record (were the tables out of order, it would lose some).
static void shapes_of_all(void **state)
{
    (void)state;
    enum { FIRST = 0x4E00, LAST = 0x9FFF };
    uint64_t seed = 11;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng r = rng_seed(seed);
    static uint32_t known[LAST - FIRST + 1];
    size_t n = 0;
    static const char sounds_of_rows[] = "韦青方令仑工台占章朱主白包古胡各高";
    for (uint32_t c = FIRST; c <= LAST; c++)
        for (size_t at = 0; at < sizeof sounds_of_rows - 1;) {
            int32_t sound = utf8_next(str_of(sounds_of_rows), &at);
            if (chinese_shape(c, (uint32_t)sound) > 0) {
                known[n++] = c;
                break;
            }
        }
    assert_true(n > 150);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double score = chinese_shape(known[i], known[j]);
            assert_true(score == chinese_shape(known[j], known[i]));
            assert_true(known[i] == known[j]
                            ? score == 1
                            : score == 0 || (score >= 0.5 && score <= 0.9));
        }
    for (int i = 0; i < 100000; i++) {
        uint32_t a = FIRST + (uint32_t)rng_below(&r, LAST - FIRST + 1);
        uint32_t b = FIRST + (uint32_t)rng_below(&r, LAST - FIRST + 1);
        double score = chinese_shape(a, b);
        assert_true(score == chinese_shape(b, a));
        assert_true((a == b) == (score == 1));
    }
}

// A name that was seen costs no ICU: that would take some 10 us a character.
static void seen_costs_little(void **state)
{
    (void)state;
    struct error e;
    struct buf all = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
    for (uint32_t c = 0x4E00; c < 0x9FA5; c++) {
        char utf8[4] = {(char)(0xE0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3F)),
                        (char)(0x80 | (c & 0x3F)), '\0'};
        buf_add_c(&all, utf8);
    }
    clock_t spent[2];
    for (int i = 0; i < 2; i++) {
        buf_clear(&out);
        clock_t begin = clock();
        assert_ok(chinese_pinyin(chinese, buf_str(&all), true, &out, &e));
        spent[i] = clock() - begin;
    }
    assert_true(spent[1] < spent[0] || spent[1] < CLOCKS_PER_SEC / 20);
    size_t syllables = 1;
    for (size_t i = 0; i < out.n; i++)
        syllables += out.p[i] >= '1' && out.p[i] <= '5';
    assert_true(syllables > 20000);
    buf_free(&all);
    buf_free(&out);
}

static void bad_input(void **state)
{
    (void)state;
    static const char *const bad[] = {"\xFF",         "\xE5\xBC",
                                      "张\xFF",       "\xF0\xA0\xAE",
                                      "\xED\xA0\x80", "\xE5\xBC\xA0\xE4\xBC"};
    struct error e;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buf out = BUF_INIT(100);
        struct str surname, given;
        assert_ok(chinese_pinyin(chinese, str_of(bad[i]), true, &out, &e));
        assert_ok(chinese_initials(chinese, str_of(bad[i]), &out, &e));
        chinese_sorted(str_of(bad[i]), &out);
        chinese_split(str_of(bad[i]), &surname, &given);
        assert_int_equal(surname.n + given.n, strlen(bad[i]));
        (void)chinese_shape_names(str_of(bad[i]), str_of(bad[i]));
        buf_free(&out);
    }
    struct buf small = BUF_INIT(4);
    assert_int_equal(chinese_pinyin(chinese, STR("张伟"), false, &small, &e), ERR_LIMIT);
    buf_free(&small);
    // a whole page in one cell
    struct buf page = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
    for (int i = 0; i < 20000; i++)
        buf_add_c(&page, i % 7 ? "国" : "张");
    chinese_sorted(buf_str(&page), &out);
    assert_int_equal(out.n, page.n);
    assert_ok(chinese_sound(chinese, buf_str(&page), &out, &e));
    buf_free(&page);
    buf_free(&out);
}

static void no_memory(void **state)
{
    (void)state;
    struct error e;
    for (int64_t n = 0;; n++) {
        struct chinese *c = NULL;
        struct buf out = BUF_INIT(1000);
        mem_fail_after(n);
        enum err code = chinese_open(&c, &e);
        if (!code)
            code = chinese_pinyin(c, STR("张伟国"), true, &out, &e);
        mem_fail_after(-1);
        chinese_close(c);
        buf_free(&out);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        assert_true(n < 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readings),
        cmocka_unit_test(readings_of_icu),
        cmocka_unit_test(surnames_with_two_readings),
        cmocka_unit_test(sounds),
        cmocka_unit_test(parts_of_names),
        cmocka_unit_test(shapes),
        cmocka_unit_test(shapes_of_all),
        cmocka_unit_test(seen_costs_little),
        cmocka_unit_test(bad_input),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, open_chinese, close_chinese);
}
