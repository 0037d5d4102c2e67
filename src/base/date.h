// SPDX-License-Identifier: AGPL-3.0-or-later
// Calendar days. A day is an int32_t: days since 1970-01-01 in the proleptic Gregorian
// calendar (years 1 to 9999). DATE_NONE is "no date". No time zones: a birth has a local
// date.
//
// Pure functions, safe on any thread (date_today reads the environment: do not change it
// while threads run). A day that is passed in must be a day, not DATE_NONE, but where
// said.
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include "base/str.h"

#define DATE_NONE INT32_MIN

enum { DATE_TEXT_SIZE = 11 }; // "2014-06-05" and a zero

// False when there is no such day (31 February, year 0).
bool date_from_ymd(int year, int month, int day, int32_t *out);
void date_to_ymd(int32_t date, int *year, int *month, int *day);
int date_month_length(int year, int month); // 28-31; 0 for a month outside 1-12

// Reads ISO (2014-06-05), 2014/6/5, 2014.6.5, 20140605, 2014年6月5日 (with 号 too),
// full-width digits, Chinese numerals (二〇一四年六月五日, 二零一四年十二月三十一日), an
// ISO date followed by a time of day (the time is dropped). Two-digit years and day-first
// forms are refused: they are guesses. On ERR_INPUT the text says what was found and why
// it is no date; e->where is left empty for the caller. Empty text is ERR_INPUT.
enum err date_parse(struct str text, int32_t *out, struct error *e) WARN_UNUSED;

// ISO text with a terminating zero; "" for DATE_NONE.
void date_format(int32_t date, char out[DATE_TEXT_SIZE]);
struct str date_text(struct arena *a, int32_t date,
                     bool zh); // 5 June 2014 / 2014年6月5日

// Excel's serial day (the time of day is dropped) to a day. In the 1900 system serial 60
// is 29 February 1900, which never was: false, as for 0 and for all that is out of range.
bool date_from_excel(double serial, bool epoch_1904, int32_t *out);

// Local date. HENG_TODAY=2014-07-20 overrides it (tests, demo); what is no date there is
// ignored.
int32_t date_today(void);
int64_t date_now_ms(void); // UTC milliseconds since 1970
// Completed months and years; negative when on < born. A child born on the 31st completes
// a month on the 1st after a shorter month; one born on 29 February turns 1 on 1 March.
int date_age_months(int32_t born, int32_t on);
int date_age_years(int32_t born, int32_t on);
// The day is cut to the month's length; DATE_NONE outside the years 1 to 9999.
int32_t date_add_months(int32_t date, int months);

#endif
