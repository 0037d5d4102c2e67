// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/icalendar.h"

enum { FOLD_AT = 75 };

// Content lines are at most 75 octets without their end; what goes on begins with a
// space (RFC 5545, 3.1).
struct line {
    struct buf *out;
    size_t used;
};

static void put_octets(struct line *l, const char *p, size_t n)
{
    if (l->used + n > FOLD_AT) {
        buf_add_c(l->out, "\r\n ");
        l->used = 1;
    }
    buf_add(l->out, (struct str){p, n});
    l->used += n;
}

static void put_raw(struct line *l, struct str s)
{
    for (size_t i = 0; i < s.n;) {
        size_t n = 1; // a character of UTF-8 stays whole
        while (n < 4 && i + n < s.n && ((unsigned char)s.p[i + n] & 0xC0) == 0x80)
            n++;
        put_octets(l, s.p + i, n);
        i += n;
    }
}

static struct line line_begin(struct buf *out, const char *name)
{
    struct line l = {out, 0};
    put_raw(&l, str_of(name));
    return l;
}

static void line_end(struct line *l)
{
    buf_add_c(l->out, "\r\n");
}

static void put_line(struct buf *out, const char *text)
{
    struct line l = line_begin(out, text);
    line_end(&l);
}

// TEXT (3.3.11): \ ; , and line ends are escaped; other controls have no place in it.
static void put_text(struct buf *out, const char *name, struct str s)
{
    struct line l = line_begin(out, name);
    for (size_t i = 0; i < s.n;) {
        char c = s.p[i];
        size_t n = 1;
        if (c == '\n')
            put_octets(&l, "\\n", 2);
        else if (c == '\\' || c == ';' || c == ',')
            put_octets(&l, (const char[]){'\\', c}, 2);
        else if ((unsigned char)c >= 0x20 && c != 0x7F) {
            while (n < 4 && i + n < s.n && ((unsigned char)s.p[i + n] & 0xC0) == 0x80)
                n++;
            put_octets(&l, s.p + i, n);
        }
        i += n;
    }
    line_end(&l);
}

static void put_day(struct buf *out, const char *name, int32_t day)
{
    int year, month, date;
    date_to_ymd(day, &year, &month, &date);
    buf_printf(out, "%s%04d%02d%02d\r\n", name, year, month, date);
}

void icalendar_begin(struct buf *out, struct str name, bool zh)
{
    put_line(out, "BEGIN:VCALENDAR");
    put_line(out, "VERSION:2.0");
    put_line(out, zh ? "PRODID:-//Heng//Heng//ZH" : "PRODID:-//Heng//Heng//EN");
    put_line(out, "CALSCALE:GREGORIAN");
    put_line(out, "METHOD:PUBLISH");
    put_text(out, "NAME:", name); // RFC 7986; the next is older and wider known
    put_text(out, "X-WR-CALNAME:", name);
    put_line(out, "REFRESH-INTERVAL;VALUE=DURATION:PT12H");
    put_line(out, "X-PUBLISHED-TTL:PT12H");
}

void icalendar_event(struct buf *out, const struct icalendar_event *x, int64_t stamp)
{
    int64_t seconds = stamp / 1000, of_day = seconds % 86400;
    int year, month, day;
    date_to_ymd((int32_t)(seconds / 86400), &year, &month, &day);
    put_line(out, "BEGIN:VEVENT");
    put_text(out, "UID:", x->uid);
    buf_printf(out, "DTSTAMP:%04d%02d%02dT%02d%02d%02dZ\r\n", year, month, day,
               (int)(of_day / 3600), (int)(of_day / 60 % 60), (int)(of_day % 60));
    put_day(out, "DTSTART;VALUE=DATE:", x->day);
    put_day(out, "DTEND;VALUE=DATE:", x->day + 1); // the day after: an end is not inside
    put_text(out, "SUMMARY:", x->summary);
    if (x->description.n)
        put_text(out, "DESCRIPTION:", x->description);
    if (x->category.n)
        put_text(out, "CATEGORIES:", x->category);
    put_line(out, "CLASS:PRIVATE");
    put_line(out, "TRANSP:TRANSPARENT");
    put_line(out, "END:VEVENT");
}

void icalendar_end(struct buf *out)
{
    put_line(out, "END:VCALENDAR");
}
