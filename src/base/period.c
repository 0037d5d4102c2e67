// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/period.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

// The periods of a kind are numbered in time: a day by its date, a month by year * 12 +
// month - 1, and so on. Stepping and counting is then plain arithmetic.

static int64_t ordinal_of(enum period_kind kind, int32_t day)
{
    int y, m, d;
    date_to_ymd(day, &y, &m, &d);
    switch (kind) {
    case PERIOD_DAY:
        return day;
    case PERIOD_MONTH:
        return y * 12 + (m - 1);
    case PERIOD_QUARTER:
        return y * 4 + (m - 1) / 3;
    case PERIOD_HALF:
        return y * 2 + (m - 1) / 6;
    case PERIOD_YEAR:
        return y;
    case PERIOD_OCTOBER_YEAR:
        return m >= 10 ? y : y - 1;
    case PERIOD_KINDS:
        break;
    }
    assert(false && "a period kind");
    return 0;
}

static int months_in(enum period_kind kind)
{
    static const int months[PERIOD_KINDS] = {
        [PERIOD_MONTH] = 1, [PERIOD_QUARTER] = 3,       [PERIOD_HALF] = 6,
        [PERIOD_YEAR] = 12, [PERIOD_OCTOBER_YEAR] = 12,
    };
    return months[kind];
}

static struct period no_period(enum period_kind kind)
{
    return (struct period){.kind = kind, .first = DATE_NONE, .last = DATE_NONE};
}

static void write_id(struct period *p)
{
    int y, m, d;
    date_to_ymd(p->first, &y, &m, &d);
    // y, m and d are in range; the masks let the compiler see that the id fits
    unsigned year = (unsigned)y % 10000, month = (unsigned)m % 100;
    switch (p->kind) {
    case PERIOD_DAY:
        snprintf(p->id, sizeof p->id, "%04u%02u%02u", year, month, (unsigned)d % 100);
        break;
    case PERIOD_MONTH:
        snprintf(p->id, sizeof p->id, "%04u%02u", year, month);
        break;
    case PERIOD_QUARTER:
        snprintf(p->id, sizeof p->id, "%04uQ%u", year, (month - 1) / 3 % 10 + 1);
        break;
    case PERIOD_HALF:
        snprintf(p->id, sizeof p->id, "%04uS%u", year, (month - 1) / 6 % 10 + 1);
        break;
    case PERIOD_YEAR:
        snprintf(p->id, sizeof p->id, "%04u", year);
        break;
    case PERIOD_OCTOBER_YEAR:
        snprintf(p->id, sizeof p->id, "%04uOct", year);
        break;
    case PERIOD_KINDS:
        break;
    }
}

// Nothing outside 1 January 1 to 31 December 9999 is a period.
static struct period of_ordinal(enum period_kind kind, int64_t ordinal)
{
    struct period p = no_period(kind);
    if (kind == PERIOD_DAY) {
        int32_t first, last;
        bool ok = date_from_ymd(1, 1, 1, &first) && date_from_ymd(9999, 12, 31, &last);
        if (!ok || ordinal < first || ordinal > last)
            return p;
        p.first = p.last = (int32_t)ordinal;
    } else {
        int length = months_in(kind);
        if (ordinal < 0 || ordinal > 9999 * 12 + 11)
            return p;
        int64_t month = ordinal * length + (kind == PERIOD_OCTOBER_YEAR ? 9 : 0);
        int64_t last = month + length - 1;
        if (month < 12 || last > 9999 * 12 + 11)
            return p;
        int last_year = (int)(last / 12), last_month = (int)(last % 12) + 1;
        bool ok = date_from_ymd((int)(month / 12), (int)(month % 12) + 1, 1, &p.first) &&
                  date_from_ymd(last_year, last_month,
                                date_month_length(last_year, last_month), &p.last);
        assert(ok);
        (void)ok;
    }
    write_id(&p);
    return p;
}

struct period period_of(enum period_kind kind, int32_t day)
{
    return day == DATE_NONE ? no_period(kind) : of_ordinal(kind, ordinal_of(kind, day));
}

static bool digits_to_int(struct str s, int *out)
{
    int value = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        value = value * 10 + (s.p[i] - '0');
    }
    *out = value;
    return s.n > 0;
}

// Kind, and the first day of the period that `id` means; false when it means none.
static bool read_id(struct str id, enum period_kind *kind, int32_t *first)
{
    int year, number;
    if (id.n < 4 || id.n > 8 || !digits_to_int((struct str){id.p, 4}, &year))
        return false;
    struct str rest = {id.p + 4, id.n - 4};
    if (rest.n == 0) {
        *kind = PERIOD_YEAR;
        return date_from_ymd(year, 1, 1, first);
    }
    if (str_equal(rest, STR("Oct"))) {
        *kind = PERIOD_OCTOBER_YEAR;
        return date_from_ymd(year, 10, 1, first);
    }
    if (rest.n == 2 && (rest.p[0] == 'Q' || rest.p[0] == 'S')) {
        *kind = rest.p[0] == 'Q' ? PERIOD_QUARTER : PERIOD_HALF;
        number = rest.p[1] - '1';
        return number >= 0 && number < 12 / months_in(*kind) &&
               date_from_ymd(year, number * months_in(*kind) + 1, 1, first);
    }
    if (!digits_to_int(rest, &number))
        return false;
    *kind = rest.n == 2 ? PERIOD_MONTH : PERIOD_DAY;
    if (rest.n == 2)
        return date_from_ymd(year, number, 1, first);
    return rest.n == 4 && date_from_ymd(year, number / 100, number % 100, first);
}

// --- as offices write them
//
// The text is first written with one letter a sign: Y M K year, month, quarter; F L first
// and last half; N the ordinal sign; a to j the numerals 0 to 9 and x ten. What is left
// to match is short.

enum { PLAIN_MAX = 48 };

struct plain {
    char text[PLAIN_MAX];
    size_t n;
};

// Full-width letters, digits and marks become plain. False: longer than any period.
static bool narrow(struct str s, struct plain *out)
{
    out->n = 0;
    for (size_t i = 0; i < s.n; out->n++) {
        if (out->n == PLAIN_MAX)
            return false;
        const unsigned char *p = (const unsigned char *)s.p + i;
        unsigned code = 0; // U+FF01 to U+FF5E stand for 21 to 7E
        if (s.n - i >= 3 && p[0] == 0xEF && (p[1] == 0xBC || p[1] == 0xBD))
            code = (p[1] & 63U) << 6 | (p[2] & 63U);
        bool wide = code >= 0xF01 && code <= 0xF5E;
        out->text[out->n] = wide ? (char)(code - 0xF01 + '!') : s.p[i];
        i += wide ? 3 : 1;
    }
    return true;
}

// False when something is in it that no period has. Spaces beside a sign fall away.
static bool write_plainly(struct str s, struct plain *out)
{
    static const struct {
        const char *sign;
        char letter;
    } signs[] = {
        {"上半年", 'F'}, {"下半年", 'L'}, {"年", 'Y'}, {"月份", 'M'}, {"月", 'M'},
        {"季度", 'K'},   {"第", 'N'},     {"〇", 'a'}, {"零", 'a'},   {"○", 'a'},
        {"一", 'b'},     {"二", 'c'},     {"三", 'd'}, {"四", 'e'},   {"五", 'f'},
        {"六", 'g'},     {"七", 'h'},     {"八", 'i'}, {"九", 'j'},   {"十", 'x'},
    };
    bool after_sign = false, space = false;
    out->n = 0;
    while (s.n) {
        char letter = s.p[0];
        size_t used = 1;
        bool sign = (unsigned char)letter >= 0x80;
        if (letter == ' ' || str_starts(s, STR("\u3000"))) {
            space = true;
            used = sign ? 3 : 1;
            s = (struct str){s.p + used, s.n - used};
            continue;
        }
        if (sign) {
            letter = 0;
            for (size_t i = 0; !letter && i < sizeof signs / sizeof *signs; i++)
                if (str_starts(s, str_of(signs[i].sign))) {
                    letter = signs[i].letter;
                    used = strlen(signs[i].sign);
                }
        } else if (!strchr("0123456789-/.", letter)) {
            return false;
        }
        if (!letter || (space && !sign && !after_sign))
            return false;
        out->text[out->n++] = letter;
        after_sign = sign;
        space = false;
        s = (struct str){s.p + used, s.n - used};
    }
    return true;
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : -1;
}

// 6, 06, 12, or the numerals one to twelve. Not 一二: that is a list of two months.
static bool read_month(struct str s, int *out)
{
    bool numeral = s.n && (s.p[0] == 'x' || (s.p[0] >= 'b' && s.p[0] <= 'j'));
    if (!numeral)
        return s.n <= 2 && digits_to_int(s, out);
    *out = s.p[0] == 'x' ? 10 : s.p[0] - 'a';
    if (s.n == 1)
        return true;
    *out += s.p[1] - 'a';
    return s.n == 2 && s.p[0] == 'x' && (s.p[1] == 'b' || s.p[1] == 'c');
}

// What follows the sign for the year.
static bool read_part(struct str s, int year, enum period_kind *kind, int32_t *first)
{
    int number = 1;
    *kind = PERIOD_YEAR;
    if (s.n == 0)
        return date_from_ymd(year, 1, 1, first);
    char last = s.p[--s.n];
    if (s.n == 0 && (last == 'F' || last == 'L')) {
        *kind = PERIOD_HALF;
        return date_from_ymd(year, last == 'F' ? 1 : 7, 1, first);
    }
    if (last == 'M') {
        *kind = PERIOD_MONTH;
        return read_month(s, &number) && date_from_ymd(year, number, 1, first);
    }
    if (s.n && s.p[0] == 'N')
        s = (struct str){s.p + 1, s.n - 1};
    *kind = PERIOD_QUARTER;
    return last == 'K' && s.n == 1 && read_month(s, &number) && number >= 1 &&
           number <= 4 && date_from_ymd(year, number * 3 - 2, 1, first);
}

static bool read_written(struct str text, enum period_kind *kind, int32_t *first)
{
    struct plain p;
    if (text.n > PLAIN_MAX || !write_plainly(text, &p) || p.n < 5)
        return false;
    int year = 0, number;
    bool numerals = digit_of(p.text[0]) < 0;
    for (size_t i = 0; i < 4; i++) {
        char c = p.text[i];
        int digit = numerals ? (c >= 'a' && c <= 'j' ? c - 'a' : -1) : digit_of(c);
        if (digit < 0)
            return false;
        year = year * 10 + digit;
    }
    struct str rest = {p.text + 5, p.n - 5};
    if (p.text[4] == 'Y')
        return read_part(rest, year, kind, first);
    // 2014.1 may be October, gone through a spreadsheet as a number
    bool lost_zero = p.text[4] == '.' && rest.n == 1 && rest.p[0] == '1';
    *kind = PERIOD_MONTH;
    return strchr("-/.", p.text[4]) && !numerals && !lost_zero && rest.n && rest.n <= 2 &&
           digits_to_int(rest, &number) && date_from_ymd(year, number, 1, first);
}

enum err period_parse(struct str id, struct period *out, struct error *e)
{
    struct str trimmed = str_trim(id);
    enum period_kind kind;
    int32_t first;
    struct plain plain;
    if (narrow(trimmed, &plain) &&
        (read_id((struct str){plain.text, plain.n}, &kind, &first) ||
         read_written((struct str){plain.text, plain.n}, &kind, &first))) {
        struct period p = period_of(kind, first);
        if (p.first != DATE_NONE) {
            *out = p;
            return ERR_OK;
        }
    }
    (void)error_set(e, ERR_INPUT, "period.form", NULL, "\"%.*s\" is no reporting period",
                    (int)(trimmed.n < 60 ? trimmed.n : 60), trimmed.n ? trimmed.p : "");
    (void)error_cure(
        e, "write a day 20140605, a month 201406 (or 2014-06, 2014年6月), a quarter "
           "2014Q2, a half-year 2014S1, a year 2014, or the year from October 2014Oct");
    return ERR_INPUT;
}

// --- spans

static struct period span_of(struct period first, struct period last)
{
    struct period p = first;
    p.last = last.last;
    if (first.first == DATE_NONE || last.first == DATE_NONE)
        return no_period(first.kind);
    if (first.first != last.first)
        snprintf(p.id, sizeof p.id, "%.8s..%.8s", first.id, last.id);
    return p;
}

bool period_is_span(const struct period *p)
{
    return strchr(p->id, '.') != NULL;
}

enum err period_span_parse(struct str id, struct period *out, struct error *e)
{
    size_t at = 0;
    while (at + 1 < id.n && (id.p[at] != '.' || id.p[at + 1] != '.'))
        at++;
    if (at + 1 >= id.n)
        return period_parse(id, out, e);
    struct period first, last;
    enum err code = period_parse((struct str){id.p, at}, &first, e);
    if (!code)
        code = period_parse((struct str){id.p + at + 2, id.n - at - 2}, &last, e);
    if (code)
        return code;
    if (first.kind != last.kind || first.first > last.first) {
        error_set(e, ERR_INPUT, "period.span", NULL,
                  "from %s to %s is no span of periods", first.id, last.id);
        return error_cure(e, "write two periods of one kind, the earlier first, as "
                             "2010..2014 or 2012Q3..2014Q2");
    }
    *out = span_of(first, last);
    return ERR_OK;
}

struct period period_step(struct period p, int steps)
{
    return p.first == DATE_NONE ? p
                                : of_ordinal(p.kind, ordinal_of(p.kind, p.first) + steps);
}

struct period period_year_before(struct period p)
{
    if (period_is_span(&p)) {
        struct period last = period_of(p.kind, p.last);
        p = period_of(p.kind, p.first);
        return span_of(period_year_before(p), period_year_before(last));
    }
    return p.first == DATE_NONE ? p : period_of(p.kind, date_add_months(p.first, -12));
}

bool period_contains(struct period p, int32_t day)
{
    return p.first != DATE_NONE && day >= p.first && day <= p.last;
}

// The number of the first period of `kind` that begins inside p (if any does).
static int64_t first_part(struct period p, enum period_kind kind)
{
    int64_t ordinal = ordinal_of(kind, p.first);
    struct period q = of_ordinal(kind, ordinal);
    return q.first == p.first ? ordinal : ordinal + 1;
}

size_t period_count(struct period p, enum period_kind kind)
{
    if (p.first == DATE_NONE)
        return 0;
    int64_t last = ordinal_of(kind, p.last);
    if (of_ordinal(kind, last).first == DATE_NONE) // it would end in the year 10000
        last--;
    return (size_t)(last + 1 - first_part(p, kind));
}

struct period period_part(struct period p, enum period_kind kind, size_t i)
{
    assert(i < period_count(p, kind));
    return of_ordinal(kind, first_part(p, kind) + (int64_t)i);
}

struct str period_label(struct arena *a, struct period p, bool zh)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    static const char *const ordinals[][2] = {
        {"first", "一"}, {"second", "二"}, {"third", "三"}, {"fourth", "四"}};
    if (p.first == DATE_NONE)
        return STR("");
    if (period_is_span(&p)) {
        enum period_kind kind = p.kind == PERIOD_OCTOBER_YEAR ? PERIOD_MONTH : p.kind;
        struct str first = period_label(a, period_of(kind, p.first), zh),
                   last = period_label(a, period_of(kind, p.last), zh);
        return str_format(a, zh ? STR_FMT "至" STR_FMT : STR_FMT " to " STR_FMT,
                          STR_ARG(first), STR_ARG(last));
    }
    int y, m, d;
    date_to_ymd(p.first, &y, &m, &d);
    switch (p.kind) {
    case PERIOD_DAY:
        return date_text(a, p.first, zh);
    case PERIOD_MONTH:
        return zh ? str_format(a, "%d年%d月", y, m)
                  : str_format(a, "%s %d", months[m - 1], y);
    case PERIOD_QUARTER:
        return zh ? str_format(a, "%d年第%s季度", y, ordinals[(m - 1) / 3][1])
                  : str_format(a, "%s quarter of %d", ordinals[(m - 1) / 3][0], y);
    case PERIOD_HALF:
        return zh ? str_format(a, "%d年%s半年", y, m == 1 ? "上" : "下")
                  : str_format(a, "%s half of %d", ordinals[(m - 1) / 6][0], y);
    case PERIOD_YEAR:
        return zh ? str_format(a, "%d年", y) : str_format(a, "%d", y);
    case PERIOD_OCTOBER_YEAR:
        return zh ? str_format(a, "%d年10月至%d年9月", y, y + 1)
                  : str_format(a, "October %d to September %d", y, y + 1);
    case PERIOD_KINDS:
        break;
    }
    assert(false && "a period kind");
    return STR("");
}

static const char *const kind_names[PERIOD_KINDS] = {
    [PERIOD_DAY] = "day",         [PERIOD_MONTH] = "month",
    [PERIOD_QUARTER] = "quarter", [PERIOD_HALF] = "half",
    [PERIOD_YEAR] = "year",       [PERIOD_OCTOBER_YEAR] = "october-year",
};

bool period_kind_from_name(struct str name, enum period_kind *out)
{
    for (int kind = 0; kind < PERIOD_KINDS; kind++)
        if (str_equal_c(name, kind_names[kind])) {
            *out = (enum period_kind)kind;
            return true;
        }
    return false;
}

const char *period_kind_name(enum period_kind kind)
{
    return kind < PERIOD_KINDS ? kind_names[kind] : "unknown";
}
