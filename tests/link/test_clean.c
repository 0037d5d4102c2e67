// SPDX-License-Identifier: AGPL-3.0-or-later
#include "../tap.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "link/kind.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct link_cleaner *cleaner;

static int open_cleaner(void **state)
{
    (void)state;
    struct error e;
    return link_cleaner_open(&cleaner, &e) != ERR_OK;
}

static int close_cleaner(void **state)
{
    (void)state;
    link_cleaner_close(cleaner);
    link_cleaner_close(NULL);
    return 0;
}

struct clean_case {
    const char *raw, *clean;
};

static void cleans(enum link_kind kind, const struct clean_case *cases, size_t n)
{
    struct error e;
    for (size_t i = 0; i < n; i++) {
        struct str once;
        assert_ok(link_clean(cleaner, kind, str_of(cases[i].raw), &once, &e));
        if (!str_equal_c(once, cases[i].clean))
            fail_msg("%s \"%s\": \"%.*s\" and not \"%s\"", link_kind_name(kind),
                     cases[i].raw, STR_ARG(once), cases[i].clean);
        char copy[256];
        assert_true(once.n < sizeof copy);
        memcpy(copy, once.p, once.n);
        struct str first = {copy, once.n}, twice;
        assert_ok(link_clean(cleaner, kind, first, &twice, &e));
        if (!str_equal(first, twice))
            fail_msg("%s \"%s\" again: \"%.*s\"", link_kind_name(kind), cases[i].clean,
                     STR_ARG(twice));
    }
}

#define CLEANS(kind, ...)                                                                \
    do {                                                                                 \
        static const struct clean_case cases_[] = {__VA_ARGS__};                         \
        cleans(kind, cases_, sizeof cases_ / sizeof cases_[0]);                          \
    } while (0)

static void kinds_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < LINK_KINDS; i++) {
        enum link_kind kind;
        assert_true(link_kind_of_name(str_of(link_kind_name((enum link_kind)i)), &kind));
        assert_int_equal(kind, i);
    }
    enum link_kind kind = LINK_DATE;
    assert_false(link_kind_of_name(STR("nonsense"), &kind));
    assert_false(link_kind_of_name(STR(""), &kind));
    assert_false(link_kind_of_name(STR("Name"), &kind));
    assert_int_equal(kind, LINK_DATE);
    assert_string_equal(link_kind_name(LINK_KINDS), "?");
}

static void raw_and_ids(void **state)
{
    (void)state;
    const enum link_kind kinds[] = {LINK_RAW, LINK_ID, LINK_IGNORED};
    for (int i = 0; i < 3; i++)
        CLEANS(kinds[i], {"", ""}, {" ", " "}, {"'A'", "'A'"}, {"NULL", "NULL"},
               {"張偉 é", "張偉 é"}, {"a\xFF", "a\xEF\xBF\xBD"},
               {"\xE5\xBC", "\xEF\xBF\xBD"});
}

static void texts(void **state)
{
    (void)state;
    CLEANS(LINK_TEXT, {"", ""}, {" \t\n", ""}, {"Hello  World", "hello world"},
           {"\"arnie morton's of chicago\"", "arnie mortons of chicago"},
           {" \"435 s. la cienega blv.\"", "435 s la cienega blv"}, {" '0'", "0"},
           {"\"'quoted twice'\"", "quoted twice"}, {"=\"0012\"", "0012"},
           {"rock 'n' roll", "rock n roll"}, {"a''b", "ab"}, {"a-b", "a b"}, {"\"", ""},
           {"''", ""}, {"---", ""}, {"?", ""}, {"NULL", ""}, {"null", ""}, {"n/a", ""},
           {"N/A", ""}, {"#N/A", ""}, {"NA", ""}, {"NaN", ""}, {"None", ""},
           {"UNKNOWN", ""}, {"unknown person", "unknown person"}, {"\\N", "n"},
           {"不详", ""}, {"不詳", ""}, {"无", ""}, {"無", ""}, {"未知", ""},
           {"（不详）", ""}, {"ＡＢＣ　１２３", "abc 123"},
           {"Café Ångström", "cafe angstrom"}, {"Cafe\xCC\x81", "cafe"},
           {"Straße", "strasse"}, {"İstanbul Işık", "istanbul isik"}, {"Łódź", "lodz"},
           {"Æsir Œuvre Þór Ðorđe", "aesir oeuvre thor dorde"}, {"ﬁsh ½", "fish 1 2"},
           {"Nguyễn Đình Chiểu", "nguyen dinh chieu"},
           {"ΑΘΉΝΑ ΟΔΟΣ οδός", "αθηνα οδοσ οδοσ"}, {"Йод ёж", "йод ёж"},
           {"हिन्दी", "हिन्दी"}, {"தமிழ்", "தமிழ்"}, {"ไทยที่", "ไทยที่"}, {"١٢٣", "123"},
           {"中華人民共和國", "中华人民共和国"}, {"張 偉", "张伟"},
           {"张伟 Wei", "张伟 wei"}, {"“张伟”", "张伟"},
           {"买买提·吐尔逊", "买买提吐尔逊"}, {"D’Arcy", "darcy"},
           {"a\xE2\x80\x8B"
            "b",
            "ab"},
           {"a\xFF"
            "b",
            "a\xEF\xBF\xBD"
            "b"},
           {"x\xC2\xA0y", "x y"}, {"\xC2\xA8 a", "a"}, {"𠮷野家", "𠮷野家"},
           {"𠮷 野", "𠮷野"}, {"⟨a⟩ ☺ b", "a b"});
}

static void names(void **state)
{
    (void)state;
    CLEANS(LINK_NAME, {"O'Brien", "obrien"}, {"O’Brien", "obrien"}, {"O`Brien", "obrien"},
           {"O´Brien", "obrien"}, {"Smith-Jones", "smithjones"},
           {"Smith–Jones", "smithjones"}, {"Smith - Jones", "smith jones"},
           {"Smith, John Q.", "smith john q"}, {" 'mary ann' ", "mary ann"},
           {"Wei-Guo", "weiguo"}, {"-", ""}, {"Na", "na"}, {"NA", ""}, {"nan", "nan"},
           {"NaN", ""}, {"Null", ""}, {"Nil", "nil"}, {"張偉國", "张伟国"},
           {"张 伟", "张伟"}, {"张　伟", "张伟"}, {"歐陽鋒", "欧阳锋"}, {"頴峯", "颖峰"},
           {"锺鍾钟", "钟钟钟"}, {"喆堃甯", "喆堃甯"},
           {"阿卜杜拉·买买提", "阿卜杜拉买买提"}, {"Ａｎｎａ", "anna"}, {"未取名", ""},
           {"乾隆", "干隆"}, {"JOSÉ", "jose"}, {"苧", "苎"}, {"苎", "苎"}, {"薴", "苎"},
           {"尚\xEF\xB7\x90", "尚"}, {"김 철수", "김 철수"}, {"タカハシ", "タカハシ"});
    CLEANS(LINK_PLACE, {"12-3 High St.", "12 3 high st"}, {"St. Mary's", "st marys"},
           {"咸寧市　咸安區 溫泉", "咸宁市咸安区温泉"}, {"臺北市", "台北市"},
           {"温泉路12號 3-502", "温泉路12号 3 502"}, {"NA", ""});
}

static void dates(void **state)
{
    (void)state;
    CLEANS(LINK_DATE, {"1980-02-29", "1980-02-29"}, {"19800229", "1980-02-29"},
           {"1980/2/9", "1980-02-09"}, {"1980.02.29", "1980-02-29"},
           {"1980 02 29", "1980-02-29"}, {"29/02/1980", "1980-02-29"},
           {"02/29/1980", "1980-02-29"}, {"03/04/1980", "1980-04-03"},
           {"3.4.1980", "1980-04-03"}, {"29-02-1980", "1980-02-29"},
           {"29 Feb 1980", "1980-02-29"}, {"29-FEB-1980", "1980-02-29"},
           {"29feb1980", "1980-02-29"}, {"February 29, 1980", "1980-02-29"},
           {"29th February 1980", "1980-02-29"}, {"1980 Sept 3", "1980-09-03"},
           {"1980年2月29日", "1980-02-29"}, {"1980年2月29号", "1980-02-29"},
           {"1980年2月29號", "1980-02-29"}, {"１９８０年２月２９日", "1980-02-29"},
           {"一九八〇年二月二十九日", "1980-02-29"},
           {"1980-02-29 00:00:00", "1980-02-29"}, {"1980-02-29T00:00:00Z", "1980-02-29"},
           {"1980-02-29T00:00:00.000+08:00", "1980-02-29"},
           {"29/02/1980 10:15 PM", "1980-02-29"}, {"19800229 10:15", "1980-02-29"},
           {"19800229101500", "1980-02-29"}, {"19800229.0", "1980-02-29"},
           {"\"1980-02-29\"", "1980-02-29"}, {"29021980", "1980-02-29"},
           {"02291980", "1980-02-29"}, {"19081332", "1908-13-32"},
           {"19800230", "1980-02-30"}, {"1980-13-45", "1980-13-45"},
           {"31/13/1980", "1980-13-31"}, {"31/02/1980", "1980-02-31"},
           {"29/02/80", "29 02 80"}, {"29-Feb-80", "29 feb 80"}, {"1980", "1980"},
           {"1980-02", "1980-02"}, {"198002", "198002"}, {"02/1980", "1980-02"},
           {"Feb 1980", "1980-02"}, {"1980年2月", "1980-02"}, {"0000-00-00", ""},
           {"00000000", ""}, {"unknown", ""}, {"about 1980", "about 1980"},
           {"1980-02-29 25h", "1980 02 29 25h"}, {"1980*02*29", "1980-02-29"},
           {"123456789012345678901234567890", "123456789012345678901234567890"},
           {"10:15", "10 15"}, {":", ""}, {"may", "may"});
}

static void sexes(void **state)
{
    (void)state;
    CLEANS(LINK_SEX, {"M", "m"}, {"F", "f"}, {"male", "m"}, {"FEMALE", "f"}, {"boy", "m"},
           {"Girl", "f"}, {"man", "m"}, {"woman", "f"}, {"1", "m"}, {"2", "f"}, {"0", ""},
           {"9", ""}, {"1.0", "m"}, {"2.0", "f"}, {"男", "m"}, {"女", "f"}, {"男性", "m"},
           {"女性", "f"}, {"男婴", "m"}, {"女嬰", "f"}, {"1-男", "m"}, {"homme", "m"},
           {"Garçon", "m"}, {"Männlich", "m"}, {"未說明的性別", ""}, {"x", "x"},
           {"h", "h"}, {"U", ""}, {"unknown", ""}, {"", ""}, {"3", "3"}, {"Ж", "ж"});
}

static void codes(void **state)
{
    (void)state;
    CLEANS(LINK_CODE, {"po82 7er", "PO827ER"}, {"PO827ER", "PO827ER"}, {"4011", "4011"},
           {"4011.0", "4011"}, {"0800", "0800"}, {"12/3", "12/3"}, {"12 / 3", "12/3"},
           {"AB-123", "AB123"}, {"#12", "12"}, {"n/a", ""}, {"u n k", ""}, {"-", ""},
           {"京a1", "京A1"}, {"é1", "E1"}, {"ж1", "Ж1"}, {"３B", "3B"});
    CLEANS(LINK_IDENTITY, {"11010519491231002x", "11010519491231002X"},
           {"123-45-6789", "123456789"}, {"110105 19491231 002X", "11010519491231002X"},
           {"110105491231002", "11010519491231002X"}, // the same number, as it was
           {"110105 491231 002", "11010519491231002X"},
           {"110105491331002", "110105491331002"}, // no month 13: another kind of number
           {"185057800608436", "185057800608436"}, {"7364009.0", "7364009"}, {"0", ""},
           {"000000000", ""}, {"无", ""}, {"'4421'", "4421"}, {"—", ""});
    CLEANS(LINK_PHONE, {"138 1234 5678", "13812345678"},
           {"+86 138-1234-5678", "13812345678"}, {"0086 13812345678", "13812345678"},
           {"8613812345678", "13812345678"}, {"+44 (0)7911 123456", "7911123456"},
           {"07911 123456", "7911123456"}, {"0044 7911 123456", "7911123456"},
           {"+1 (212) 555-0100", "2125550100"}, {"0715-8261234", "7158261234"},
           {"+86 715 8261234", "7158261234"}, {"+852 2345 6789", "23456789"},
           {"0715-8261234 ext 12", "7158261234"}, {"0715-8261234转12", "7158261234"},
           {"13812345678/13912345678", "13812345678"}, {"13812345678.0", "13812345678"},
           {"000", ""}, {"unknown", ""}, {"+", ""},
           {"１３８１２３４５６７８", "13812345678"}, {"110", "110"});
    CLEANS(LINK_EMAIL, {"Robert255@Smith.net", "robert255@smith.net"},
           {" <a.b+c@d.org>; ", "a.b+c@d.org"}, {"Bob <bob@x.y>", "bob@x.y"},
           {"mailto:a@b.c", "a@b.c"}, {"a @ b.c", "a@b.c"}, {"n/a", ""}, {"-", ""},
           {"ａ＠ｂ.ｃ", "a@b.c"}, {"é@x.y", "é@x.y"}, {"none", ""});
}

static void numbers(void **state)
{
    (void)state;
    CLEANS(LINK_NUMBER, {"0", "0"}, {"-0", "0"}, {"0.000", "0"}, {"1.0", "1"},
           {"+5", "5"}, {"05", "5"}, {"007.50", "7.5"}, {".5", "0.5"}, {"5.", "5"},
           {"-1.25", "-1.25"}, {"1,234.50", "1234.5"}, {"1,234", "1234"},
           {"1,234,567", "1234567"}, {"1,5", "1.5"}, {"12,34,5", "12 34 5"},
           {"1e3", "1000"}, {"1.5E-3", "0.0015"}, {"1.5e1", "15"}, {"12.345e1", "123.45"},
           {"1e40", "10000000000000000000000000000000000000000"}, {"1e41", "1e41"},
           {"1e", "1e"}, {"05-", "5"}, {"12 apples", "12 apples"}, {"NaN", ""},
           {"１２．５", "12.5"}, {"-", ""}, {".", ""}, {"1.2.3", "1 2 3"}, {"100", "100"},
           {"0.10", "0.1"}, {"--5", "5"});
}

static void long_texts(void **state)
{
    (void)state;
    enum { LONG = 100000, MOST = 65535 };
    char *text = malloc(LONG);
    assert_non_null(text);
    struct error e;
    static const char *const fills[] = {"a",    "é", "张", "𠮷",
                                        "\xFF", "ﷺ", "' ", "e\xCC\x81"};
    for (size_t f = 0; f < sizeof fills / sizeof fills[0]; f++)
        for (int kind = 0; kind < LINK_KINDS; kind++)
            for (size_t shift = 0; shift < 4; shift++) {
                size_t unit = strlen(fills[f]);
                for (size_t i = 0; i < LONG; i++)
                    text[i] = i < shift ? 'x' : fills[f][(i - shift) % unit];
                struct str out;
                assert_ok(link_clean(cleaner, (enum link_kind)kind,
                                     (struct str){text, LONG - LONG % unit}, &out, &e));
                assert_true(out.n <= MOST);
                for (size_t at = 0; at < out.n;)
                    assert_true(utf8_next(out, &at) >= 0);
            }
    free(text);
}

// Every character of the base plane alone, and random texts: valid UTF-8 comes out, and
// cleaning again changes nothing.
static void again_changes_nothing(enum link_kind kind, struct str raw)
{
    static char copy[1 << 16];
    struct error e;
    struct str once, twice;
    assert_ok(link_clean(cleaner, kind, raw, &once, &e));
    for (size_t at = 0; at < once.n;)
        assert_true(utf8_next(once, &at) >= 0);
    memcpy(copy, once.p, once.n);
    struct str first = {copy, once.n};
    assert_ok(link_clean(cleaner, kind, first, &twice, &e));
    if (!str_equal(first, twice))
        fail_msg("%s \"%.*s\": \"%.*s\", then \"%.*s\"", link_kind_name(kind),
                 STR_ARG(raw), STR_ARG(first), STR_ARG(twice));
}

static size_t utf8_of(uint32_t c, char out[4])
{
    if (c < 0x80)
        return out[0] = (char)c, 1;
    if (c < 0x800)
        return out[0] = (char)(0xC0 | c >> 6), out[1] = (char)(0x80 | (c & 0x3F)), 2;
    if (c < 0x10000)
        return out[0] = (char)(0xE0 | c >> 12), out[1] = (char)(0x80 | (c >> 6 & 0x3F)),
               out[2] = (char)(0x80 | (c & 0x3F)), 3;
    return out[0] = (char)(0xF0 | c >> 18), out[1] = (char)(0x80 | (c >> 12 & 0x3F)),
           out[2] = (char)(0x80 | (c >> 6 & 0x3F)), out[3] = (char)(0x80 | (c & 0x3F)), 4;
}

static void every_character(void **state)
{
    (void)state;
    static const enum link_kind kinds[] = {LINK_NAME, LINK_CODE, LINK_EMAIL};
    for (uint32_t c = 1; c < 0x20000; c++) {
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        char text[8] = "a";
        size_t n = 1 + utf8_of(c, text + 1);
        text[n++] = 'b';
        again_changes_nothing(kinds[c % 3], (struct str){text, n});
        again_changes_nothing(kinds[c % 3], (struct str){text + 1, n - 2});
    }
}

static void random_texts(void **state)
{
    (void)state;
    uint64_t seed = 42;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng r = rng_seed(seed);
    static const char alphabet[] = "0123456789019/-. :,eExnNaAuUkK'\"`+tTZfFbBmM<>@=;";
    static const char *const more[] = {"é",    "张", "張", " ",  "·",  "年",
                                       "月",   "日", "’",  "Ж",  "´",  "\xCC\x81",
                                       "\xFF", "号", "一", "〇", "Ａ", "ß"};
    for (int i = 0; i < 60000; i++) {
        char text[128];
        size_t n = 0;
        for (uint64_t left = rng_below(&r, 14); left > 0; left--) {
            if (i % 2 && rng_chance(&r, 0.3)) {
                const char *piece = more[rng_below(&r, sizeof more / sizeof more[0])];
                memcpy(text + n, piece, strlen(piece));
                n += strlen(piece);
            } else {
                text[n++] = alphabet[rng_below(&r, sizeof alphabet - 1)];
            }
        }
        again_changes_nothing((enum link_kind)(i / 2 % LINK_KINDS),
                              (struct str){text, n});
    }
}

static void no_memory(void **state)
{
    (void)state;
    struct error e;
    for (int64_t n = 0;; n++) {
        struct link_cleaner *c = NULL;
        struct str out;
        mem_fail_after(n);
        enum err code = link_cleaner_open(&c, &e);
        if (!code)
            code = link_clean(c, LINK_NAME, STR("José"), &out, &e);
        if (!code)
            code = link_clean(c, LINK_NAME, STR("Joséphine Éléonore d’Été"), &out, &e);
        mem_fail_after(-1);
        link_cleaner_close(c);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        assert_true(n < 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_have_names),
        cmocka_unit_test(raw_and_ids),
        cmocka_unit_test(texts),
        cmocka_unit_test(names),
        cmocka_unit_test(dates),
        cmocka_unit_test(sexes),
        cmocka_unit_test(codes),
        cmocka_unit_test(numbers),
        cmocka_unit_test(long_texts),
        cmocka_unit_test(every_character),
        cmocka_unit_test(random_texts),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, open_cleaner, close_cleaner);
}
