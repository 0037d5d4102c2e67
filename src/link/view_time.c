// SPDX-License-Identifier: AGPL-3.0-or-later
// Dates and times for the evaluator: reading, writing and the distance between them.
#include "link/view_private.h"

#include <math.h>
#include <string.h>

#include "base/date.h"

enum { SECONDS_OF_DAY = 86400 };

static const char months[12][10] = {"January",   "February", "March",    "April",
                                    "May",       "June",     "July",     "August",
                                    "September", "October",  "November", "December"};

// A whole number of at most `most` digits at *at; -1 when there is none.
static int digits(struct str s, size_t *at, int most)
{
    int n = 0, value = 0;
    for (; n < most && *at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9'; n++, ++*at)
        value = value * 10 + (s.p[*at] - '0');
    return n ? value : -1;
}

static int month_name(struct str s, size_t *at, bool whole)
{
    for (int m = 0; m < 12; m++) {
        size_t n = whole ? strlen(months[m]) : 3;
        if (s.n - *at >= n &&
            str_equal_fold((struct str){s.p + *at, n}, (struct str){months[m], n})) {
            *at += n;
            return m + 1;
        }
    }
    return -1;
}

struct clock {
    int year, month, day, hour, minute, second;
    bool time;
};

// Z, +08 or +08:00; the time is taken as it stands.
static bool read_zone(struct str s, size_t *at)
{
    if (*at < s.n && s.p[*at] == 'Z') {
        ++*at;
        return true;
    }
    if (*at >= s.n || (s.p[*at] != '+' && s.p[*at] != '-'))
        return false;
    ++*at;
    if (digits(s, at, 2) < 0)
        return false;
    if (*at < s.n && s.p[*at] == ':')
        ++*at;
    (void)digits(s, at, 2);
    return true;
}

// Reads one field of a format; false when it does not stand there.
static bool read_field(struct clock *t, char field, struct str s, size_t *at)
{
    int *out = NULL, most = 2;
    switch (field) {
    case 'Y':
        out = &t->year;
        most = 4;
        break;
    case 'y':
        t->year = digits(s, at, 2);
        t->year += t->year < 0 ? 0 : t->year < 69 ? 2000 : 1900;
        return t->year >= 0;
    case 'm':
        out = &t->month;
        break;
    case 'd':
        out = &t->day;
        break;
    case 'b':
    case 'B':
        t->month = month_name(s, at, field == 'B');
        return t->month > 0;
    case 'z':
        return read_zone(s, at);
    case 'H':
        out = &t->hour;
        break;
    case 'M':
        out = &t->minute;
        break;
    case 'S':
        out = &t->second;
        break;
    default:
        return false;
    }
    *out = digits(s, at, most);
    t->time = t->time || field == 'H' || field == 'M' || field == 'S';
    return *out >= 0;
}

char view_format_fault(struct str format)
{
    for (size_t i = 0; i + 1 < format.n; i++) {
        if (format.p[i] != '%')
            continue;
        i += format.p[i + 1] == '-' && i + 2 < format.n ? 2 : 1;
        if (!memchr("%YymdbBHMSz", format.p[i], 11))
            return format.p[i];
    }
    return 0;
}

struct view_value view_strptime(struct str s, struct str format)
{
    struct clock t = {.year = 1900, .month = 1, .day = 1};
    size_t at = 0;
    int32_t day;
    while (at < s.n && s.p[at] == ' ')
        at++;
    for (size_t i = 0; i < format.n; i++) {
        if (format.p[i] == '%' && i + 1 < format.n && format.p[i + 1] != '%') {
            i += format.p[i + 1] == '-' && i + 2 < format.n ? 2 : 1;
            if (!read_field(&t, format.p[i], s, &at))
                return view_null();
        } else {
            i += format.p[i] == '%' && i + 1 < format.n;
            if (at >= s.n || s.p[at++] != format.p[i])
                return view_null();
        }
    }
    while (at < s.n && s.p[at] == ' ')
        at++;
    if (at != s.n || !date_from_ymd(t.year, t.month, t.day, &day) || t.hour > 23 ||
        t.minute > 59 || t.second > 59)
        return view_null();
    return (struct view_value){.kind = t.time ? VALUE_TIME : VALUE_DATE,
                               .number = (double)day * SECONDS_OF_DAY + t.hour * 3600 +
                                         t.minute * 60 + t.second};
}

static void split_time(const struct view_value *v, struct clock *t)
{
    double days = floor(v->number / SECONDS_OF_DAY);
    int seconds = (int)(v->number - days * SECONDS_OF_DAY);
    date_to_ymd((int32_t)days, &t->year, &t->month, &t->day);
    t->hour = seconds / 3600;
    t->minute = seconds / 60 % 60;
    t->second = seconds % 60;
}

static void put_field(struct buf *out, const struct clock *t, char field, bool bare)
{
    switch (field) {
    case 'Y':
        buf_printf(out, "%04d", t->year);
        break;
    case 'z':
        buf_add_c(out, "+00");
        break;
    case 'b':
    case 'B':
        buf_printf(out, "%.*s", field == 'b' ? 3 : 9, months[t->month - 1]);
        break;
    default: {
        int value = field == 'y'   ? t->year % 100
                    : field == 'm' ? t->month
                    : field == 'd' ? t->day
                    : field == 'H' ? t->hour
                    : field == 'M' ? t->minute
                                   : t->second;
        if (bare)
            buf_printf(out, "%d", value);
        else
            buf_printf(out, "%02d", value);
    }
    }
}

struct view_value view_strftime(struct view_evaluator *ev, const struct view_value *v,
                                struct str format)
{
    struct view_value when = view_as_time(v), out;
    struct clock t;
    if (when.kind == VALUE_NULL)
        return when;
    split_time(&when, &t);
    struct buf b = BUF_INIT(1 << 16);
    for (size_t i = 0; i < format.n; i++) {
        bool bare = false;
        if (format.p[i] != '%' || i + 1 == format.n) {
            buf_add_char(&b, format.p[i]);
            continue;
        }
        if (format.p[++i] == '-' && i + 1 < format.n) {
            bare = true;
            i++;
        }
        if (format.p[i] == '%')
            buf_add_char(&b, '%');
        else
            put_field(&b, &t, format.p[i], bare);
    }
    out = b.failed ? view_null() : view_new_text(ev, buf_str(&b));
    buf_free(&b);
    return out;
}

// Borders of a unit between two times, as DuckDB's date_diff.
struct view_value view_date_diff(struct view_evaluator *ev, const struct view_value *args)
{
    struct str unit = view_as_text(ev, &args[0]);
    struct view_value a = view_as_time(&args[1]), b = view_as_time(&args[2]);
    if (a.kind == VALUE_NULL || b.kind == VALUE_NULL)
        return view_null();
    struct clock x, y;
    split_time(&a, &x);
    split_time(&b, &y);
    double size = SECONDS_OF_DAY;
    if (str_starts(unit, STR("year")))
        return view_number(y.year - x.year);
    if (str_starts(unit, STR("month")))
        return view_number((y.year - x.year) * 12 + y.month - x.month);
    if (str_starts(unit, STR("hour")))
        size = 3600;
    else if (str_starts(unit, STR("minute")))
        size = 60;
    else if (str_starts(unit, STR("second")))
        size = 1;
    double steps = floor(b.number / size) - floor(a.number / size);
    return view_number(str_starts(unit, STR("week")) ? trunc(steps / 7) : steps);
}

struct view_value view_date_part(const struct view_value *v, enum condition_function f)
{
    struct view_value when = view_as_time(v);
    struct clock t;
    if (when.kind == VALUE_NULL)
        return when;
    split_time(&when, &t);
    return view_number(f == FUNCTION_EPOCH   ? when.number
                       : f == FUNCTION_YEAR  ? t.year
                       : f == FUNCTION_MONTH ? t.month
                                             : t.day);
}
