// SPDX-License-Identifier: AGPL-3.0-or-later
// Dates as people and programs write them. Whatever is neither digit nor letter separates
// the parts, so that a date and the words made of it are read alike.
#include "link/clean_private.h"

#include <string.h>

#include "base/date.h"

enum { MOST_PARTS = 4, FIRST_LIKELY_YEAR = 1800, LAST_LIKELY_YEAR = 2199 };

struct part {
    int64_t value;
    unsigned digits; // as written; 0: the name of a month
};

struct day {
    int year, month, day;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_day(struct day d)
{
    int32_t ignored;
    return date_from_ymd(d.year, d.month, d.day, &ignored);
}

static bool is_likely(struct day d)
{
    return d.year >= FIRST_LIKELY_YEAR && d.year <= LAST_LIKELY_YEAR && is_day(d);
}

// 1 to 12 for "feb", "february", "sept"; 0 for other words.
static int month_of(struct str word)
{
    static const char *const months[] = {"january",   "february", "march",    "april",
                                         "may",       "june",     "july",     "august",
                                         "september", "october",  "november", "december"};
    if (word.n < 3)
        return 0;
    for (int i = 0; i < 12; i++) {
        struct str name = str_of(months[i]);
        if (word.n <= name.n && str_equal_fold(word, (struct str){name.p, word.n}))
            return i + 1;
    }
    return 0;
}

static bool is_ordinal(struct str word)
{
    return str_equal_fold(word, STR("st")) || str_equal_fold(word, STR("nd")) ||
           str_equal_fold(word, STR("rd")) || str_equal_fold(word, STR("th"));
}

static size_t chinese_mark(struct str s)
{
    static const char marks[][4] = {"年", "月", "日", "号"};
    for (size_t i = 0; i < 4; i++)
        if (s.n >= 3 && memcmp(s.p, marks[i], 3) == 0)
            return 3;
    return 0;
}

// How many parts there are; 0 when there are too many, or one is no part of a date.
static unsigned read_parts(struct str s, struct part parts[MOST_PARTS])
{
    enum { MOST_DIGITS = 14 };
    unsigned n = 0;
    for (size_t i = 0; i < s.n;) {
        size_t begin = i;
        struct part part = {0, 0};
        if (is_digit(s.p[i])) {
            for (; i < s.n && is_digit(s.p[i]); i++) {
                if (++part.digits > MOST_DIGITS)
                    return 0;
                part.value = part.value * 10 + (s.p[i] - '0');
            }
        } else if (is_letter(s.p[i])) {
            while (i < s.n && is_letter(s.p[i]))
                i++;
            struct str word = {s.p + begin, i - begin};
            if (begin && is_digit(s.p[begin - 1]) && is_ordinal(word))
                continue;
            part.value = month_of(word);
            if (!part.value)
                return 0;
        } else if ((unsigned char)s.p[i] >= 0x80) {
            size_t mark = chinese_mark((struct str){s.p + i, s.n - i});
            if (!mark)
                return 0;
            i += mark;
            continue;
        } else {
            i++;
            continue;
        }
        if (n == MOST_PARTS)
            return 0;
        parts[n++] = part;
    }
    return n;
}

// 19800229, or 29021980 when only that is a day; 19800229120000.
static bool read_compact(struct part part, struct day *out)
{
    int64_t value = part.value;
    if (part.digits == 14 || part.digits == 12) {
        int64_t clock = part.digits == 14 ? value % 1000000 : value % 10000 * 100;
        value /= part.digits == 14 ? 1000000 : 10000;
        if (clock / 10000 > 23 || clock / 100 % 100 > 59 || clock % 100 > 59)
            return false;
        *out = (struct day){(int)(value / 10000), (int)(value / 100 % 100),
                            (int)(value % 100)};
        return is_likely(*out);
    }
    if (part.digits != 8)
        return false;
    struct day year_first = {(int)(value / 10000), (int)(value / 100 % 100),
                             (int)(value % 100)};
    struct day day_first = {(int)(value % 10000), (int)(value / 10000 % 100),
                            (int)(value / 1000000)};
    struct day month_first = {day_first.year, day_first.day, day_first.month};
    *out = year_first;
    if (!is_likely(year_first) && is_likely(day_first))
        *out = day_first;
    else if (!is_likely(year_first) && is_likely(month_first))
        *out = month_first;
    return true;
}

static bool is_short(struct part p)
{
    return p.digits == 1 || p.digits == 2;
}

static bool read_three(const struct part p[3], struct day *out)
{
    int a = (int)p[0].value, b = (int)p[1].value, c = (int)p[2].value;
    bool year_last = p[2].digits == 4;
    if (p[0].digits == 4 && (is_short(p[1]) || !p[1].digits) && is_short(p[2]))
        *out = (struct day){a, b, c};
    else if (year_last && !p[0].digits && is_short(p[1])) // Feb 29 1980
        *out = (struct day){c, a, b};
    else if (year_last && is_short(p[0]) && !p[1].digits)
        *out = (struct day){c, b, a};
    else if (year_last && is_short(p[0]) && is_short(p[1]))
        *out = b > 12 && a <= 12 ? (struct day){c, a, b} : (struct day){c, b, a};
    else
        return false;
    return true;
}

// The text without a time of day behind it; the same text when there is none.
static struct str without_time(struct str s)
{
    const char *colon = s.n ? memchr(s.p, ':', s.n) : NULL;
    if (!colon)
        return s;
    size_t begin = (size_t)(colon - s.p), hour = begin, end = begin;
    while (begin && is_digit(s.p[begin - 1]))
        begin--;
    if (hour - begin < 1 || hour - begin > 2 || begin < 2)
        return s;
    for (; end < s.n; end++) // minutes, seconds, fraction and zone
        if (!is_digit(s.p[end]) && !strchr(":.,+- zZaApPmM", s.p[end]))
            return s;
    if (s.p[begin - 1] != ' ' && s.p[begin - 1] != 'T' && s.p[begin - 1] != 't')
        return s;
    if (end - hour < 3 || !is_digit(s.p[hour + 1]) || !is_digit(s.p[hour + 2]))
        return s;
    return (struct str){s.p, begin - 1};
}

static void put_digits(char *out, int value, int places)
{
    for (int i = places - 1; i >= 0; i--, value /= 10)
        out[i] = (char)('0' + value % 10);
}

static size_t put_day(struct day d, char *out)
{
    put_digits(out, d.year, 4);
    out[4] = '-';
    put_digits(out + 5, d.month, 2);
    out[7] = '-';
    put_digits(out + 8, d.day, 2);
    return 10;
}

size_t clean_date(struct str s, char *out)
{
    enum { LONGEST = 120 };
    if (s.n > LONGEST)
        return 0;
    struct part p[MOST_PARTS];
    struct day d;
    unsigned n = read_parts(without_time(s), p);
    // 19800229.0: a number that passed through a program which made it a fraction
    if (n == 2 && p[0].digits == 8 && p[1].digits == 1 && p[1].value == 0)
        n = 1;
    if ((n == 1 && read_compact(p[0], &d)) || (n == 3 && read_three(p, &d)))
        return put_day(d, out);
    if (n == 2 && p[1].digits == 4) // 02/1980
        p[2] = p[0], p[0] = p[1], p[1] = p[2];
    if (n == 2 && p[0].digits == 4 && (is_short(p[1]) || !p[1].digits)) {
        put_digits(out, (int)p[0].value, 4); // 1980-02
        out[4] = '-';
        put_digits(out + 5, (int)p[1].value, 2);
        return 7;
    }
    int32_t date; // 一九八〇年二月二十九日
    if (n == 0 && s.n && (unsigned char)s.p[0] >= 0x80 &&
        date_parse(s, &date, NULL) == ERR_OK) {
        int year, month, day;
        date_to_ymd(date, &year, &month, &day);
        return put_day((struct day){year, month, day}, out);
    }
    return 0;
}
