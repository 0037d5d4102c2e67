// SPDX-License-Identifier: AGPL-3.0-or-later
// Tables in long form as rows by measure, for project_files_long.c and _build.c only.
#ifndef STUDY_PROJECT_FILES_LONG_H
#define STUDY_PROJECT_FILES_LONG_H

#include "study/project_files_private.h"

enum long_measure {
    LONG_POPULATION,
    LONG_APART,
    LONG_MORTALITY, // death rates
    LONG_SURVIVAL,
    LONG_FERTILITY, // births a woman and year by age
    LONG_CHILDREN,  // total fertility rate
    LONG_SHARES,    // of fertility by age
    LONG_BOYS,      // sex ratio at birth
    LONG_MIGRATION,
    LONG_MEASURES
};

enum { LONG_BOTH = -1, LONG_NO_YEAR = -1, LONG_NO_AGE = -1 };

struct long_row {
    uint32_t area;
    int32_t year, years; // first year; how many, 0: not said
    int32_t sex;         // enum project_sex, LONG_BOTH
    int32_t age, width;  // LONG_NO_AGE; width -1: not said, 0: open
    double value;
    const struct frame *f;
    size_t row, column;
};

struct long_rows {
    struct long_row *rows; // sorted by area, year, sex, age
    size_t n, capacity;
};

struct long_tables {
    struct arena *arena;
    struct long_rows of[LONG_MEASURES];
    struct str *areas;       // names, in the order of their first rows
    struct long_row *within; // [area]: the cell that names its whole; f NULL: none
    size_t n_areas, room;
};

enum err long_read(struct long_tables *t, const char *const *paths, size_t n,
                   struct error *e) WARN_UNUSED;

// The rows of an area, year (LONG_NO_YEAR: those without one) and sex; *n of them.
const struct long_row *long_find(const struct long_rows *r, uint32_t area, int32_t year,
                                 int32_t sex, size_t *n);
// "population", "death rates" ...
const char *long_name(enum long_measure m);

#endif
