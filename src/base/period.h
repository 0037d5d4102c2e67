// SPDX-License-Identifier: AGPL-3.0-or-later
// Reporting periods with the ids DHIS2 writes: 20140605, 201406, 2014Q2, 2014S1, 2014,
// and the statistical year from October (2014Oct is 1 October 2014 to 30 September 2015).
//
// Pure functions, safe on any thread. Where the answer would lie outside the years 1 to
// 9999 it is the empty period: first and last DATE_NONE, id "". It contains no day, has
// no parts, and every step from it is empty too.
#ifndef BASE_PERIOD_H
#define BASE_PERIOD_H

#include "base/date.h"

enum period_kind {
    PERIOD_DAY,
    PERIOD_MONTH,
    PERIOD_QUARTER,
    PERIOD_HALF,
    PERIOD_YEAR,
    PERIOD_OCTOBER_YEAR,
    PERIOD_KINDS
};

struct period {
    enum period_kind kind;
    int32_t first, last; // days, both inside
    char id[20];
};

// An id as DHIS2 writes it, or a month, quarter, half-year or year as offices do:
// 2014-06, 2014/6, 2014.06, 2014年6月 (or 月份), 二〇一四年六月, 2014年第2季度,
// 2014年二季度, 2014年上半年, 2014年; letters, digits and marks may be full-width. What
// could be two things is refused: 2014.1 (October, gone through a spreadsheet?),
// 2014年一二月. out->id is the DHIS2 id. ERR_INPUT names the text and the accepted forms.
enum err period_parse(struct str id, struct period *out, struct error *e) WARN_UNUSED;
// A period, or a span: periods of one kind one after the other, from the first to the
// last, as 2010..2014 or 2012Q3..2014Q2. A span has the kind of its parts; it can be
// labelled, taken a year earlier and broken into parts, but not stepped.
enum err period_span_parse(struct str id, struct period *out,
                           struct error *e) WARN_UNUSED;
bool period_is_span(const struct period *p);
struct period period_of(enum period_kind kind, int32_t day); // the one that holds the day
struct period period_step(struct period p, int steps); // +1 next, -1 previous of its kind
struct period period_year_before(struct period p);     // same months, one year earlier
bool period_contains(struct period p, int32_t day);
// How many periods of `kind` begin inside p, and the i-th of them.
size_t period_count(struct period p, enum period_kind kind);
struct period period_part(struct period p, enum period_kind kind, size_t i);
// "June 2014" / "2014年6月"; "first half of 2014" / "2014年上半年"; "October 2014 to
// September 2015"; "2010 to 2014" / "2010年至2014年".
struct str period_label(struct arena *a, struct period p, bool zh);
bool period_kind_from_name(
    struct str name, enum period_kind *out); // day month quarter half year october-year
const char *period_kind_name(enum period_kind kind);

#endif
