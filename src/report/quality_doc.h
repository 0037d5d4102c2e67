// SPDX-License-Identifier: AGPL-3.0-or-later
// "Is it real?": what the digits, dates and counts of a file say about how it was made,
// as a document and as tables of figures. Two pages: the quality of one file, and a
// series of counts by area that is watched.
//
// Data come as columns of equal length, one place a row; what is absent is NULL, and its
// part of the page then says nothing. A part that cannot be answered says why. Everything
// lives in the arena; the documents hold no pointer into the input but to texts. One
// thread (series: the pool's). The wording never accuses: it names what to look at.
#ifndef REPORT_QUALITY_DOC_H
#define REPORT_QUALITY_DOC_H

#include "base/frame.h"
#include "base/pool.h"
#include "base/result.h"
#include "report/doc.h"
#include "stats/surveillance.h"

enum { QUALITY_MOST_USED = 24, QUALITY_MOST_RESULTS = 8 };

struct quality_used { // a column, and what it was taken for
    struct str column;
    const char *use, *use_zh;
    bool guessed; // by its name, not told by the user
    uint64_t empty;
    uint64_t unreadable; // cells that are not what the column holds, or days to
                         // come; taken as empty
    struct str example;  // the first of them, and its line
};

struct quality_number {
    struct str name;
    const double *values;
};

struct quality_part { // of each row: 1 is in the part, 0 is not
    struct str name;
    const uint8_t *in;
    bool duplicates; // else: not reported by this source
};

struct quality {
    struct str file;
    size_t n;   // rows
    bool table; // rows are counts, not births or people
    struct quality_used used[QUALITY_MOST_USED];
    size_t n_used;

    const double *people, *men, *women; // of each row; without a sex men and women are 0
    bool has_sex;
    const double *age; // completed years, first year of a group; NaN: none
    double open_age;   // groups from this age are open; INFINITY: none is
    bool five;         // ages are first years of groups of five

    const double *grams;
    const int32_t *born, *registered; // DATE_NONE
    const uint8_t *sex;               // 0 boy, 1 girl, 2 neither
    int32_t as_of;                    // DATE_NONE: the latest registration

    const struct frame_groups *facility, *period; // period names in order
    const double *values; // of facilities' rows: weights or the first number; may be NULL
    double step;          // their round step; 0: none
    const struct quality_part *parts;
    size_t n_parts;
    const struct quality_number *numbers;
    size_t n_numbers;
};

struct quality_page {
    struct doc *doc;
    const struct result *results[QUALITY_MOST_RESULTS]; // the first: all measures
    size_t n_results;
};

// ERR_MEMORY, ERR_LIMIT (dates that span centuries, more than 5,000 facilities).
enum err quality_doc(const struct quality *q, struct arena *a, bool zh,
                     struct quality_page *out, struct error *e) WARN_UNUSED;

struct quality_series {
    struct str file, count, of; // names of the columns; of may be empty
    const char *unit, *unit_zh; // of a period: "week", "month"
    uint32_t n_areas, n_periods;
    const struct str *areas, *periods;
    const double *counts, *ofs; // [area][period]; NaN: none. ofs may be NULL
    const int32_t *days;        // [period]; may be NULL
    unsigned season;            // periods in a year
    size_t from;                // first period that is judged
    struct surveillance_options options;
    bool ratio; // the count is boys, of births
    // CUSUM: false alarms a year over all areas that its limits are set for (each area's
    // is found from it)
    double false_alarms;
    unsigned replications; // of each area; 0: as many as fit a few seconds
    uint64_t seed;
};

// Watches every area; the rates of false alarms are simulated on the pool.
enum err quality_doc_series(const struct quality_series *s, struct pool *pool,
                            struct arena *a, bool zh, struct quality_page *out,
                            struct error *e) WARN_UNUSED;

#endif
