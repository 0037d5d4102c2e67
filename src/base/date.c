// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/date.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    DAYS_TO_1970 = 719162, // from 1 January of year 1
    FIRST_DAY = -DAYS_TO_1970,
    LAST_DAY = 2932896, // 31 December 9999
    DAYS_IN_4_YEARS = 1461,
    DAYS_IN_100_YEARS = 36524,
    DAYS_IN_400_YEARS = 146097,
    LONGEST_DATE_TEXT = 120 // bytes; full-width text with a time of day fits
};

static const int days_before_month[13] = {0,   31,  59,  90,  120, 151, 181,
                                          212, 243, 273, 304, 334, 365};

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int date_month_length(int year, int month)
{
    if (month < 1 || month > 12)
        return 0;
    int length = days_before_month[month] - days_before_month[month - 1];
    return month == 2 && is_leap(year) ? length + 1 : length;
}

bool date_from_ymd(int year, int month, int day, int32_t *out)
{
    if (year < 1 || year > 9999 || day < 1 || day > date_month_length(year, month))
        return false;
    int years = year - 1;
    int32_t days = years * 365 + years / 4 - years / 100 + years / 400;
    days += days_before_month[month - 1] + (month > 2 && is_leap(year)) + day - 1;
    *out = days - DAYS_TO_1970;
    return true;
}

void date_to_ymd(int32_t date, int *year, int *month, int *day)
{
    assert(date >= FIRST_DAY && date <= LAST_DAY);
    int rest = date + DAYS_TO_1970;
    int fours = rest / DAYS_IN_400_YEARS;
    rest %= DAYS_IN_400_YEARS;
    int hundreds = rest / DAYS_IN_100_YEARS;
    if (hundreds == 4) // the last day of a 400-year round
        hundreds = 3;
    rest -= hundreds * DAYS_IN_100_YEARS;
    int leaps = rest / DAYS_IN_4_YEARS;
    rest %= DAYS_IN_4_YEARS;
    int ones = rest / 365;
    if (ones == 4) // 31 December of a leap year
        ones = 3;
    rest -= ones * 365;
    int y = fours * 400 + hundreds * 100 + leaps * 4 + ones + 1;
    int leap = is_leap(y), m = rest / 31 + 1;
    while (m < 12 && rest >= days_before_month[m] + (leap && m >= 2))
        m++;
    *year = y;
    *month = m;
    *day = rest - days_before_month[m - 1] - (leap && m > 2) + 1;
}

// Reading. Every form is year, month, day; what stands between them tells the forms
// apart.

enum mark {
    MARK_NONE,
    MARK_HYPHEN,
    MARK_SLASH,
    MARK_POINT,
    MARK_YEAR,
    MARK_MONTH,
    MARK_DAY
};

struct sign {
    const char *text;
    int value;
};

static const struct sign marks[] = {
    {"-", MARK_HYPHEN}, {"/", MARK_SLASH},  {".", MARK_POINT}, {"－", MARK_HYPHEN},
    {"／", MARK_SLASH}, {"．", MARK_POINT}, {"年", MARK_YEAR}, {"月", MARK_MONTH},
    {"日", MARK_DAY},   {"号", MARK_DAY},   {"號", MARK_DAY},
};

static const struct sign full_width_digits[] = {
    {"０", 0}, {"１", 1}, {"２", 2}, {"３", 3}, {"４", 4},
    {"５", 5}, {"６", 6}, {"７", 7}, {"８", 8}, {"９", 9},
};

// Everyday numerals, then those of bank notes and certificates.
static const struct sign numerals[] = {
    {"〇", 0}, {"零", 0}, {"○", 0},  {"一", 1}, {"二", 2}, {"三", 3}, {"四", 4},
    {"五", 5}, {"六", 6}, {"七", 7}, {"八", 8}, {"九", 9}, {"壹", 1}, {"贰", 2},
    {"叁", 3}, {"肆", 4}, {"伍", 5}, {"陆", 6}, {"柒", 7}, {"捌", 8}, {"玖", 9},
};

static const struct sign tens[] = {{"十", 10}, {"拾", 10}, {"廿", 20}, {"卅", 30}};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool take_sign(struct str *s, const struct sign *signs, size_t n, int *value)
{
    for (size_t i = 0; i < n && s->n; i++) {
        if (signs[i].text[0] != s->p[0]) // a date is read for each row of a file
            continue;
        struct str sign = str_of(signs[i].text);
        if (str_starts(*s, sign)) {
            *s = (struct str){s->p + sign.n, s->n - sign.n};
            *value = signs[i].value;
            return true;
        }
    }
    return false;
}

static bool take_digit(struct str *s, int *digit)
{
    if (s->n && s->p[0] >= '0' && s->p[0] <= '9') {
        *digit = s->p[0] - '0';
        *s = (struct str){s->p + 1, s->n - 1};
        return true;
    }
    if (s->n == 0 || (unsigned char)s->p[0] < 0x80)
        return false;
    return take_sign(s, full_width_digits, COUNT(full_width_digits), digit);
}

struct number {
    int value;
    int digits; // written; 0: no number. Leading zeros count.
};

static struct number take_digits(struct str *s)
{
    struct number n = {0, 0};
    for (int digit; n.digits < 9 && take_digit(s, &digit); n.digits++)
        n.value = n.value * 10 + digit;
    return n;
}

// 二〇一四 digit by digit, or 十二, 二十, 三十一 with the sign for ten.
static struct number take_numerals(struct str *s)
{
    struct number n = {0, 0};
    int value;
    while (n.digits < 9 && take_sign(s, numerals, COUNT(numerals), &value)) {
        n.value = n.value * 10 + value;
        n.digits++;
    }
    if (n.digits > 1 || !take_sign(s, tens, COUNT(tens), &value))
        return n;
    if (n.digits == 1 && (value != 10 || n.value == 0)) // 零十, 二廿
        return (struct number){0, 0};
    n.value = n.digits == 1 ? n.value * 10 : value;
    n.digits = 2;
    if (take_sign(s, numerals, COUNT(numerals), &value))
        n.value += value;
    return n;
}

static struct number take_number(struct str *s)
{
    struct number n = take_digits(s);
    return n.digits ? n : take_numerals(s);
}

static enum mark take_mark(struct str *s)
{
    int mark;
    return take_sign(s, marks, COUNT(marks), &mark) ? (enum mark)mark : MARK_NONE;
}

static bool take_char(struct str *s, const char *any_of)
{
    if (!s->n || !s->p[0] || !strchr(any_of, s->p[0]))
        return false;
    *s = (struct str){s->p + 1, s->n - 1};
    return true;
}

// What may follow a date: nothing, or a time of day with seconds, fraction and zone.
static bool is_time_of_day(struct str rest)
{
    if (rest.n == 0)
        return true;
    if (take_char(&rest, "Tt ")) {
        rest = str_trim(rest);
        struct number hour = take_digits(&rest);
        if (!hour.digits || hour.digits > 2 || hour.value > 24 || !take_char(&rest, ":"))
            return false;
        struct number minute = take_digits(&rest);
        if (minute.digits != 2 || minute.value > 59)
            return false;
        if (take_char(&rest, ":")) {
            struct number second = take_digits(&rest);
            if (second.digits != 2 || second.value > 60)
                return false;
            if (take_char(&rest, ".,") && !take_digits(&rest).digits)
                return false;
        }
        rest = str_trim(rest);
        if (rest.n == 0 || take_char(&rest, "Zz"))
            return rest.n == 0;
        if (take_char(&rest, "+-")) {
            struct number zone = take_digits(&rest);
            if (take_char(&rest, ":"))
                return zone.digits == 2 && take_digits(&rest).digits == 2 && rest.n == 0;
            return (zone.digits == 2 || zone.digits == 4) && rest.n == 0;
        }
        return str_equal_fold(rest, STR("am")) || str_equal_fold(rest, STR("pm"));
    }
    return false;
}

enum fault {
    FAULT_NONE,
    FAULT_FORM,
    FAULT_TWO_DIGIT_YEAR,
    FAULT_DAY_FIRST,
    FAULT_NO_DAY_PART,
    FAULT_NUMBER,
    FAULT_TIME
};

struct parts {
    int year, month, day;
};

// 20140605, and the numbers that are no date.
static enum fault read_compact(struct number whole, struct str rest, struct parts *out)
{
    if (whole.digits == 8) {
        *out = (struct parts){whole.value / 10000, whole.value / 100 % 100,
                              whole.value % 100};
        return is_time_of_day(rest) ? FAULT_NONE : FAULT_TIME;
    }
    if (rest.n)
        return FAULT_FORM;
    return whole.digits == 4 || whole.digits == 6 ? FAULT_NO_DAY_PART : FAULT_NUMBER;
}

static enum fault read_parts(struct str s, struct parts *out)
{
    struct number year = take_number(&s);
    if (!year.digits)
        return FAULT_FORM;
    struct str after_year = s;
    s = str_trim(s);
    enum mark mark = take_mark(&s);
    if (mark == MARK_NONE)
        return read_compact(year, after_year, out);
    if (mark == MARK_MONTH || mark == MARK_DAY)
        return FAULT_FORM;
    s = str_trim(s);
    struct number month = take_number(&s);
    if (!month.digits || month.digits > 2)
        return FAULT_FORM;
    s = str_trim(s);
    enum mark second = take_mark(&s);
    if (second != (mark == MARK_YEAR ? MARK_MONTH : mark))
        return s.n == 0 && second == MARK_NONE && year.digits == 4 ? FAULT_NO_DAY_PART
                                                                   : FAULT_FORM;
    s = str_trim(s);
    if (s.n == 0 && year.digits == 4)
        return FAULT_NO_DAY_PART;
    struct number day = take_number(&s);
    if (day.digits == 4 && year.digits <= 2)
        return FAULT_DAY_FIRST;
    if (year.digits != 4)
        return year.digits == 2 ? FAULT_TWO_DIGIT_YEAR : FAULT_FORM;
    if (!day.digits || day.digits > 2)
        return FAULT_FORM;
    if (mark == MARK_YEAR) {
        s = str_trim(s);
        if (take_mark(&s) != MARK_DAY)
            return FAULT_FORM;
    }
    *out = (struct parts){year.value, month.value, day.value};
    return is_time_of_day(s) ? FAULT_NONE : FAULT_TIME;
}

// The text as an error may show it: short, whole characters, no control characters.
static void shown(struct str text, char out[64])
{
    size_t n = text.n < 60 ? text.n : 60;
    while (n < text.n && n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80)
        n--;
    for (size_t i = 0; i < n; i++)
        out[i] = (unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7F ? '?' : text.p[i];
    snprintf(out + n, 4, "%s", n < text.n ? "..." : "");
}

static enum err fault_error(enum fault fault, struct str text, struct error *e)
{
    static const struct {
        const char *key, *why;
    } faults[] = {
        [FAULT_FORM] = {"date.form", "has none of the accepted forms of a date"},
        [FAULT_TWO_DIGIT_YEAR] =
            {"date.two_digit_year",
             "has a year of two digits; the century would be a guess"},
        [FAULT_DAY_FIRST] = {"date.day_first",
                             "puts the year last; which of the other two "
                             "is the month would be a guess"},
        [FAULT_NO_DAY_PART] = {"date.no_day", "is no date: the day, or more, is missing"},
        [FAULT_NUMBER] = {"date.number",
                          "is a number and no date (a spreadsheet's day number?)"},
        [FAULT_TIME] = {"date.time",
                        "begins with a date, but what follows is no time of day"},
    };
    char quoted[64];
    shown(text, quoted);
    (void)error_set(e, ERR_INPUT, faults[fault].key, NULL, "\"%s\" %s", quoted,
                    faults[fault].why);
    return ERR_INPUT;
}

static enum err no_such_day(struct parts d, struct str text, struct error *e)
{
    char quoted[64];
    shown(text, quoted);
    int length = date_month_length(d.year, d.month);
    if (d.year < 1)
        (void)error_set(e, ERR_INPUT, "date.no_such_day", NULL,
                        "\"%s\" is no date: years run from 1 to 9999", quoted);
    else if (!length)
        (void)error_set(e, ERR_INPUT, "date.no_such_day", NULL,
                        "\"%s\" is no date: there is no month %d", quoted, d.month);
    else
        (void)error_set(e, ERR_INPUT, "date.no_such_day", NULL,
                        "\"%s\" is no date: month %d of %d has %d days", quoted, d.month,
                        d.year, length);
    return ERR_INPUT;
}

enum err date_parse(struct str text, int32_t *out, struct error *e)
{
    struct str s = str_trim(text);
    if (s.n == 0) {
        (void)error_set(e, ERR_INPUT, "date.empty", NULL, "the date is empty");
    } else {
        struct parts parts;
        enum fault fault = s.n > LONGEST_DATE_TEXT ? FAULT_FORM : read_parts(s, &parts);
        if (fault == FAULT_NONE && date_from_ymd(parts.year, parts.month, parts.day, out))
            return ERR_OK;
        if (fault == FAULT_NONE)
            (void)no_such_day(parts, s, e);
        else
            (void)fault_error(fault, s, e);
    }
    (void)error_cure(
        e, "write the date as 2014-06-05 (or 2014/6/5, 20140605, 2014年6月5日)");
    return ERR_INPUT;
}

void date_format(int32_t date, char out[DATE_TEXT_SIZE])
{
    out[0] = '\0';
    if (date < FIRST_DAY || date > LAST_DAY)
        return;
    int y, m, d;
    date_to_ymd(date, &y, &m, &d);
    const int pairs[] = {y / 100, y % 100, m, d};
    static const unsigned char at[] = {0, 2, 5, 8};
    memcpy(out, "0000-00-00", DATE_TEXT_SIZE);
    for (size_t i = 0; i < COUNT(pairs); i++) {
        out[at[i]] = (char)('0' + pairs[i] / 10);
        out[at[i] + 1] = (char)('0' + pairs[i] % 10);
    }
}

struct str date_text(struct arena *a, int32_t date, bool zh)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    if (date < FIRST_DAY || date > LAST_DAY)
        return STR("");
    int y, m, d;
    date_to_ymd(date, &y, &m, &d);
    if (zh)
        return str_format(a, "%d年%d月%d日", y, m, d);
    return str_format(a, "%d %s %d", d, months[m - 1], y);
}

bool date_from_excel(double serial, bool epoch_1904, int32_t *out)
{
    enum {
        DAY_0_OF_1904 = -24107,       // 1 January 1904
        DAY_0_OF_1900 = -25569,       // so that serial 61 is 1 March 1900
        LAST_SERIAL_OF_1900 = 2958465 // 31 December 9999
    };
    if (!(serial >= 0 && serial < LAST_SERIAL_OF_1900 + 1.0))
        return false;
    int32_t whole = (int32_t)floor(serial);
    if (epoch_1904) {
        if (whole > LAST_DAY - DAY_0_OF_1904)
            return false;
        *out = DAY_0_OF_1904 + whole;
        return true;
    }
    // 0 stands for "0 January 1900", 60 for 29 February 1900: neither was a day.
    if (whole == 0 || whole == 60)
        return false;
    *out = DAY_0_OF_1900 + whole + (whole < 60);
    return true;
}

int32_t date_today(void)
{
    int32_t today;
    const char *set = getenv("HENG_TODAY");
    if (set && date_parse(str_of(set), &today, NULL) == ERR_OK)
        return today;
    time_t now = time(NULL);
    struct tm local;
    if (!localtime_r(&now, &local) ||
        !date_from_ymd(local.tm_year + 1900, local.tm_mon + 1, local.tm_mday, &today))
        return (int32_t)(now / 86400);
    return today;
}

int64_t date_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int date_age_months(int32_t born, int32_t on)
{
    int y1, m1, d1, y2, m2, d2;
    date_to_ymd(born, &y1, &m1, &d1);
    date_to_ymd(on, &y2, &m2, &d2);
    return (y2 - y1) * 12 + (m2 - m1) - (d2 < d1);
}

int date_age_years(int32_t born, int32_t on)
{
    int months = date_age_months(born, on);
    return months >= 0 ? months / 12 : -((11 - months) / 12); // towards the past
}

int32_t date_add_months(int32_t date, int months)
{
    int y, m, d;
    date_to_ymd(date, &y, &m, &d);
    int64_t index = (int64_t)y * 12 + (m - 1) + months;
    if (index < 12 || index >= INT64_C(10000) * 12)
        return DATE_NONE;
    y = (int)(index / 12);
    m = (int)(index % 12) + 1;
    int length = date_month_length(y, m);
    int32_t out = DATE_NONE;
    (void)date_from_ymd(y, m, d < length ? d : length, &out);
    return out;
}
