// SPDX-License-Identifier: AGPL-3.0-or-later
// Shared by the readers of project_files.h.
#ifndef STUDY_PROJECT_FILES_PRIVATE_H
#define STUDY_PROJECT_FILES_PRIVATE_H

#include "study/project_files.h"

// "0-4", "0", "100+", "100 and over", "100岁及以上", "[5,10)": where a group begins and
// how many years it has; 0: open; -1: not said (a single number).
bool project_read_age(struct str text, int32_t *first, int32_t *width);
// "1950-1955", "1950": first and last year, equal where there is one.
bool project_read_years(struct str text, int32_t *first, int32_t *last);

// --- wide files

struct wide_column {
    int32_t first, last; // years; last == first: a moment or one year
    size_t column;
};

struct wide_file {
    struct frame f;
    size_t code, name, age; // columns; SIZE_MAX: none
    struct wide_column *columns;
    size_t n_columns;
    bool absent;
};

struct wide_folder {
    const char *path;
    struct arena *arena;
    struct wide_file *files; // read so far
    const char **names;
    size_t n, capacity;
};

enum { WIDE_MOST_FILES = 64 };

// The file of a name in the folder, NULL where there is none; read once.
enum err wide_open(struct wide_folder *d, const char *name, const struct wide_file **out,
                   struct error *e) WARN_UNUSED;
// The column of a period (or of a moment or year: last == first), NULL: none.
const struct wide_column *wide_period(const struct wide_file *w, int32_t first,
                                      int32_t last);
bool wide_has_area(const struct wide_file *w, struct str code);
// The one row of an area (and age, where the file has ages and age >= 0). ERR_INPUT:
// none, or two.
enum err wide_row(const struct wide_file *w, struct str code, int32_t age, size_t *row,
                  struct error *e) WARN_UNUSED;
// The number in a cell; ERR_INPUT: there is none.
enum err wide_number(const struct wide_file *w, size_t row,
                     const struct wide_column *column, double *out,
                     struct error *e) WARN_UNUSED;

// --- both readers

struct project_rates { // of the steps of a projection, before they become survival
    struct project_shape shape;
    size_t n_mortality; // 0: survival was given
    const int32_t *mortality_age;
    double *mortality[PROJECT_SEXES], *fertility, *migrants[PROJECT_SEXES];
};
// Applies all shocks of the choice; migrants may be NULL.
void project_rates_shock(const struct project_choice *choice,
                         struct project_rates *rates);

#endif
