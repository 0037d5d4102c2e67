// SPDX-License-Identifier: AGPL-3.0-or-later
// Trajectories of rates given in a file, in place of drawn ones: a row for each
// trajectory and step (its first year), of an area or, where the cell or the column is
// not there, of all. Columns: trajectory, year, area, tfr, e0_female and e0_male, srb,
// migration (net migrants of a step in all). One thread; all in the caller's arena.
#ifndef STUDY_PROJECT_GIVEN_H
#define STUDY_PROJECT_GIVEN_H

#include "stats/project_draw.h"
#include "study/project_files.h"

enum project_given_column {
    PROJECT_GIVEN_TFR,
    PROJECT_GIVEN_WOMEN, // life expectancy
    PROJECT_GIVEN_MEN,
    PROJECT_GIVEN_BOYS,
    PROJECT_GIVEN_NET,
    PROJECT_GIVEN_COLUMNS
};

struct project_given {
    struct frame f;
    size_t trajectories;
    struct str *names;        // [trajectory], in the order of their first rows
    bool has[PROJECT_SERIES]; // the file has this series
    size_t column[PROJECT_GIVEN_COLUMNS], year_column; // SIZE_MAX: not there
    uint32_t *trajectory;                              // [row]
    int32_t *year;                                     // [row]
    double *value[PROJECT_GIVEN_COLUMNS];              // [row]; NULL: not there
    struct frame_groups areas;                         // n 0: no column
    uint32_t *first, *next; // rows of an area (UINT32_MAX: no more)
};

// ERR_INPUT: a column that is unknown or missing, a cell that is no such number.
enum err project_given_read(struct project_given *out, const char *path, struct arena *a,
                            struct error *e) WARN_UNUSED;

// Those of an area: [step][trajectory] of each series that the file has, NULL for others.
// PROJECT_NET is what comes beside the migrants that the area has already. Years before
// and after the projection are passed over. ERR_INPUT: two rows of a step, none, or a
// year within a step. O(rows of the area).
enum err project_given_of(const struct project_given *g, const struct project_area *area,
                          const double *given[PROJECT_SERIES], struct arena *a,
                          struct error *e) WARN_UNUSED;

#endif
