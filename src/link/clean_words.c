// SPDX-License-Identifier: AGPL-3.0-or-later
// Words, codes, phone numbers and what else is cleaned byte by byte.
#include "link/clean_private.h"
#include "link/identity.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// The lower-case form of a letter or digit; 0 for everything else. Bytes over 0x7F belong
// to letters.
static char lower_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c + 32);
    return (c >= 'a' && c <= 'z') || is_digit(c) || (unsigned char)c >= 0x80 ? c : '\0';
}

static char upper_of(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

// A Han character begins at p, of which `left` bytes are there.
static bool han_at(const char *p, size_t left)
{
    if (left < 3)
        return false;
    unsigned a = (unsigned char)p[0], b = (unsigned char)p[1], c = (unsigned char)p[2];
    if (a >= 0xE4 && a <= 0xE9) // U+4000 to U+9FFF
        return true;
    if (a == 0xE3) // U+3400 to U+3FFF, and the zero of Chinese dates
        return b >= 0x90 || (b == 0x80 && c == 0x87);
    return a == 0xF0 && b >= 0xA0; // U+20000 and what follows
}

// One ends before p.
static bool han_before(const char *begin, const char *p)
{
    size_t n = (size_t)(p - begin);
    if (n >= 4 && (unsigned char)p[-4] >= 0xF0)
        return han_at(p - 4, 4);
    return n >= 3 && han_at(p - 3, 3);
}

// Inside a word stand marks that say nothing: O'Brien is Obrien, in names Smith-Jones is
// Smithjones. What stands between words separates them.
static bool joins(enum link_kind kind, struct str s, size_t i)
{
    bool hyphen = kind == LINK_NAME && s.p[i] == '-';
    if (s.p[i] != '\'' && s.p[i] != '`' && !hyphen)
        return false;
    size_t next = i + 1;
    while (next < s.n && !hyphen && (s.p[next] == '\'' || s.p[next] == '`'))
        next++;
    return next < s.n && lower_of(s.p[next]);
}

size_t clean_words(enum link_kind kind, struct str s, char *out)
{
    size_t n = 0;
    bool gap = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = lower_of(s.p[i]);
        if (!c) {
            gap = gap || !joins(kind, s, i);
            continue;
        }
        if (gap && n && !(han_before(out, out + n) && han_at(s.p + i, s.n - i)))
            out[n++] = ' ';
        gap = false;
        out[n++] = c;
    }
    return n;
}

// "2776.0": a whole number that passed through a program which made it a fraction.
static struct str without_zero_fraction(struct str s)
{
    if (s.n < 3 || s.p[s.n - 1] != '0' || s.p[s.n - 2] != '.')
        return s;
    for (size_t i = 0; i + 2 < s.n; i++)
        if (!is_digit(s.p[i]))
            return s;
    return (struct str){s.p, s.n - 2};
}

size_t clean_code(struct str s, char *out)
{
    s = without_zero_fraction(s);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (lower_of(s.p[i])) {
            out[n++] = upper_of(s.p[i]);
            continue;
        }
        // between two digits a mark tells 1/23 from 12/3
        size_t next = i + 1;
        while (next < s.n && s.p[next] == ' ')
            next++;
        if (s.p[i] > ' ' && n && is_digit(out[n - 1]) && next < s.n &&
            is_digit(s.p[next]))
            out[n++] = s.p[i];
    }
    struct str made = without_zero_fraction((struct str){out, n});
    return made.n;
}

size_t clean_identity(struct str s, char *out)
{
    s = without_zero_fraction(s);
    size_t n = 0;
    bool zeros = true;
    for (size_t i = 0; i < s.n; i++)
        if (lower_of(s.p[i])) {
            out[n++] = upper_of(s.p[i]);
            zeros = zeros && s.p[i] == '0';
        }
    char whole[19];
    if (identity_widen((struct str){out, n}, whole)) { // as newer files have it
        n = sizeof whole - 1;
        memcpy(out, whole, n);
    }
    return zeros ? 0 : n;
}

// Length of the country's number at the start of an international one (ITU-T E.164).
static size_t country_length(struct str digits)
{
    static const char two[][3] = {"20", "27", "30", "31", "32", "33", "34", "36", "39",
                                  "40", "41", "43", "44", "45", "46", "47", "48", "49",
                                  "51", "52", "53", "54", "55", "56", "57", "58", "60",
                                  "61", "62", "63", "64", "65", "66", "81", "82", "84",
                                  "86", "90", "91", "92", "93", "94", "95", "98"};
    if (digits.n && (digits.p[0] == '1' || digits.p[0] == '7'))
        return 1;
    for (size_t i = 0; i < COUNT(two); i++)
        if (digits.n >= 2 && memcmp(digits.p, two[i], 2) == 0)
            return 2;
    return 3;
}

size_t clean_phone(struct str s, char *out)
{
    enum { SHORTEST = 7 }; // digits of a number that can stand alone
    s = without_zero_fraction(s);
    size_t n = 0;
    bool plus = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (is_digit(c))
            out[n++] = c;
        else if (c == '+' && n == 0)
            plus = true;
        else if (n >= SHORTEST && (lower_of(c) || c == '/' || c == ';' || c == ','))
            break; // an extension, or a second number
    }
    size_t from = 0;
    if (!plus && n > 2 && out[0] == '0' && out[1] == '0') {
        plus = true;
        from = 2;
    }
    if (plus) {
        size_t country = country_length((struct str){out + from, n - from});
        from = n - from > country + 3 ? from + country : from;
    }
    while (from < n && out[from] == '0') // the trunk's zero: 07911..., +44 (0)7911...
        from++;
    // a Chinese mobile number with the country before it, the plus lost
    if (n - from == 13 && memcmp(out + from, "861", 3) == 0 && out[from + 3] >= '3')
        from += 2;
    memmove(out, out + from, n - from);
    return n - from;
}

size_t clean_email(struct str s, char *out)
{
    // Name <name@place.org>
    const char *open = memchr(s.p, '<', s.n);
    const char *close = open ? memchr(open, '>', (size_t)(s.p + s.n - open)) : NULL;
    if (close && memchr(open, '@', (size_t)(close - open)))
        s = (struct str){open + 1, (size_t)(close - open) - 1};
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = lower_of(s.p[i]);
        if (c || s.p[i] > ' ')
            out[n++] = c ? c : s.p[i];
    }
    static const char mail_to[] = "mailto:";
    while (n >= sizeof mail_to - 1 && memcmp(out, mail_to, sizeof mail_to - 1) == 0) {
        n -= sizeof mail_to - 1;
        memmove(out, out + sizeof mail_to - 1, n);
    }
    size_t from = 0;
    while (n && strchr(".,;:<>\"'`()", out[n - 1]))
        n--;
    while (from < n && strchr(".,;:<>\"'`()", out[from]))
        from++;
    memmove(out, out + from, n - from);
    n -= from;
    for (size_t i = 0; i < n; i++)
        if (lower_of(out[i]))
            return n;
    return 0; // "-"
}

// Digits and a point, with commas between groups of three, or one comma for the point.
// Writes the digits without the commas; false when it is none of these.
static bool read_digits(struct str *s, char *out, size_t *n, size_t *point)
{
    size_t digits = 0, commas = 0, last_comma = 0, i = 0;
    bool grouped = true;
    *point = SIZE_MAX;
    for (; i < s->n; i++) {
        char c = s->p[i];
        if (is_digit(c)) {
            out[digits++] = c;
        } else if (c == ',' && *point == SIZE_MAX) {
            size_t group = digits - last_comma;
            grouped = grouped && (commas ? group == 3 : group >= 1 && group <= 3);
            commas++;
            last_comma = digits;
        } else if (c == '.' && *point == SIZE_MAX) {
            *point = digits;
        } else {
            break;
        }
    }
    size_t whole = *point == SIZE_MAX ? digits : *point;
    if (commas && !(grouped && whole - last_comma == 3)) {
        if (commas > 1 || *point != SIZE_MAX)
            return false;
        *point = last_comma; // 1,5
    }
    if (*point == SIZE_MAX)
        *point = digits;
    *s = (struct str){s->p + i, s->n - i};
    *n = digits;
    return digits > 0;
}

size_t clean_number(struct str s, char *out)
{
    enum { MOST_DIGITS = 40, MOST_ZEROS = 40 };
    char digits[MOST_DIGITS + 8];
    if (s.n == 0 || s.n > MOST_DIGITS)
        return 0;
    bool negative = s.p[0] == '-';
    if (negative || s.p[0] == '+')
        s = (struct str){s.p + 1, s.n - 1};
    size_t n, point;
    if (!read_digits(&s, digits, &n, &point))
        return 0;
    int64_t exponent = 0;
    if (s.n) {
        if ((s.p[0] != 'e' && s.p[0] != 'E') ||
            !str_to_int((struct str){s.p + 1, s.n - 1}, &exponent) ||
            exponent < -MOST_ZEROS || exponent > MOST_ZEROS)
            return 0;
    }
    size_t first = 0;
    while (first < n && digits[first] == '0')
        first++;
    while (n > first && digits[n - 1] == '0')
        n--;
    size_t made = 0;
    if (first == n) {
        out[made++] = '0';
        return made;
    }
    int64_t place = (int64_t)point - (int64_t)first + exponent; // of the point
    if (negative)
        out[made++] = '-';
    if (place <= 0)
        out[made++] = '0';
    for (int64_t i = place < 0 ? place : 0; i < (int64_t)(n - first) || i < place; i++) {
        if (i == (place < 0 ? place : place > 0 ? place : 0) && i < (int64_t)(n - first))
            out[made++] = '.';
        out[made++] =
            i >= 0 && i < (int64_t)(n - first) ? digits[first + (size_t)i] : '0';
    }
    return made;
}

// What the words of a column of sexes mean. Numbers: ISO/IEC 5218 and GB/T 2261.1 (1
// male, 2 female, 0 and 9 not known or not said). Words of one letter that mean one sex
// in one language and the other in another (Spanish m: mujer) are read as in English.
static const struct {
    const char *word;
    char sex;
} sexes[] = {
    {"m", 'm'},          {"f", 'f'},
    {"male", 'm'},       {"female", 'f'},
    {"1", 'm'},          {"2", 'f'},
    {"0", '0'},          {"9", '0'},
    {"01", 'm'},         {"02", 'f'},
    {"1 0", 'm'},        {"2 0", 'f'},
    {"boy", 'm'},        {"girl", 'f'},
    {"man", 'm'},        {"woman", 'f'},
    {"men", 'm'},        {"women", 'f'},
    {"masculine", 'm'},  {"feminine", 'f'},
    {"mr", 'm'},         {"mrs", 'f'},
    {"u", '0'},          {"ms", 'f'},
    {"0 0", '0'},        {"9 0", '0'},
    {"w", 'f'},          {"未说明", '0'},
    {"男", 'm'},         {"女", 'f'},
    {"男性", 'm'},       {"女性", 'f'},
    {"男孩", 'm'},       {"女孩", 'f'},
    {"男婴", 'm'},       {"女婴", 'f'},
    {"男童", 'm'},       {"女童", 'f'},
    {"男生", 'm'},       {"女生", 'f'},
    {"男士", 'm'},       {"女士", 'f'},
    {"1男", 'm'},        {"2女", 'f'},
    {"1 男", 'm'},       {"2 女", 'f'},
    {"1 男性", 'm'},     {"2 女性", 'f'},
    {"男 1", 'm'},       {"女 2", 'f'},
    {"男的", 'm'},       {"女的", 'f'},
    {"未知的性别", '0'}, {"未说明的性别", '0'},
    {"性别不明", '0'},   {"indeterminate", '0'},
    {"homme", 'm'},      {"femme", 'f'},
    {"masculin", 'm'},   {"feminin", 'f'},
    {"garcon", 'm'},     {"fille", 'f'},
    {"hombre", 'm'},     {"mujer", 'f'},
    {"masculino", 'm'},  {"femenino", 'f'},
    {"varon", 'm'},      {"feminino", 'f'},
    {"mannlich", 'm'},   {"weiblich", 'f'},
    {"maennlich", 'm'},  {"femmina", 'f'},
    {"maschio", 'm'},    {"мужской", 'm'},
    {"женский", 'f'},    {"муж", 'm'},
    {"жен", 'f'},        {"laki laki", 'm'},
    {"perempuan", 'f'},  {"pria", 'm'},
    {"wanita", 'f'},     {"nam", 'm'},
    {"nu", 'f'},
};

char clean_sex(struct str words)
{
    for (size_t i = 0; i < COUNT(sexes); i++)
        if (str_equal_c(words, sexes[i].word))
            return sexes[i].sex;
    return '\0';
}

// Words that stand for "nothing is known", as clean_words writes them.
static const char *const nulls[] = {
    "null",
    "n a",
    "none",
    "unknown",
    "unk",
    "missing",
    "not known",
    "not available",
    "not stated",
    "not applicable",
    "not given",
    "no data",
    "undefined",
    "unspecified",
    "not specified",
    "不详",
    "无",
    "未知",
    "不明",
    "未填",
    "暂无",
    "没有",
    "空",
    "待查",
    "不知道",
    "不清楚",
    "未详",
    "未取名",
    "未起名",
    "未命名",
    "无名氏",
    "未登记",
    "无数据",
    "inconnu",
    "unbekannt",
    "unnamed",
    "desconocido",
};
// Names of people too: Na Li, Nan Goldin, Nil Yalter.
static const char *const nulls_but_names[] = {"na", "nan", "nil"};

bool clean_is_null(enum link_kind kind, struct str words)
{
    enum { LONGEST = 16 };
    if (words.n == 0)
        return true;
    if (words.n > LONGEST)
        return false;
    for (size_t i = 0; i < COUNT(nulls); i++)
        if (nulls[i][0] == words.p[0] && str_equal_c(words, nulls[i]))
            return true;
    for (size_t i = 0; kind != LINK_NAME && i < COUNT(nulls_but_names); i++)
        if (words.p[0] == 'n' && str_equal_c(words, nulls_but_names[i]))
            return true;
    return false;
}
