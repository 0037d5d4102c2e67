// SPDX-License-Identifier: AGPL-3.0-or-later
// A file in long form, a row an area, year, sex and group of age, as blocks: the groups
// of one area, year and sex in order of age, without gaps or overlaps. For life tables
// and fertility. Everything lives in the frame's arena.
//
// Ages may be written 0, 1-4, 5-9, 85+, <1, "85 and over", 5-9岁, 85岁及以上, or by where
// each group begins (0, 1, 5, 10); the last one is then open.
#ifndef STUDY_AGE_ROWS_H
#define STUDY_AGE_ROWS_H

#include "base/frame.h"
#include "stats/lifetable.h"

enum { AGE_ROWS_LEVELS = 4 };

enum { AGE_WIDTH_OPEN = 0, AGE_WIDTH_UNSAID = -1 };

struct age_label {
    int32_t from;
    int32_t width; // years, or one of the two above
};

// False: no age.
bool age_label_read(struct str text, struct age_label *out);

// Female, male, both; false: no sex (words, letters and codes in English and Chinese; 1
// is male and 2 female as in GB/T 2261.1).
bool age_sex_read(struct str text, enum lifetable_sex *out);

struct age_columns { // SIZE_MAX: there is none
    size_t area[AGE_ROWS_LEVELS], n_areas;
    size_t year, sex, age;
    enum lifetable_sex only; // without a column of sex
};

struct age_block {
    struct str area, year; // empty where there is no column
    enum lifetable_sex sex;
    size_t n;
    int32_t *age; // where groups begin
    size_t *row;  // of the frame
    int32_t end;  // where the last group ends; 0: it is open
};

struct age_rows {
    struct age_block *list; // by area and year as the file has them first, then sex
    size_t n;
    struct frame_groups areas, years;
    size_t said; // groups whose width the file says
};

struct age_options {
    bool ragged; // an area may lack a year or a sex that others have
    bool closed; // the last group may be closed (fertility); else it is open
};

// ERR_INPUT names the row and the cell: an age or a sex that is none, a group given
// twice, groups that overlap, a gap between two, a block that lacks ages others have at
// its start, and (without `ragged`) a year or a sex that is missing. O(n log n).
enum err age_rows_read(const struct frame *f, const struct age_columns *columns,
                       const struct age_options *options, struct age_rows *out,
                       struct error *e) WARN_UNUSED;

// Column of any of these names (between bars, in lower case, "_" for a blank), SIZE_MAX
// when the file has none. A unit in brackets behind a name is no part of it.
size_t age_column_named(const struct frame *f, const char *names);

#endif
