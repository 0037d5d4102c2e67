// SPDX-License-Identifier: AGPL-3.0-or-later
// The years ahead of an area of a county, from the county's own rows as its pack says
// (struct projection_plan): the latest count of residents by sex and age, the births and
// deaths of the years before it, and what is supposed of the years to come. Gives a
// struct project_area as files do (project_files.h), so that everything that takes one
// takes a county's.
//
// A county's deaths are few: its life tables are a model life table bent to its deaths
// (lifetable_smooth.h), and fertility by age is its own where births are many and is
// shrunk to the whole county's where they are few. What it stands on is told beside it,
// with intervals. Everything lives in the caller's arena; one thread.
#ifndef STUDY_PROJECTION_H
#define STUDY_PROJECTION_H

#include "measure/measure.h"
#include "pack/engines.h"
#include "study/project_files.h"

struct projection_choice {
    int32_t root;  // area; -1: everywhere
    int32_t from;  // year whose end the count stands for; 0: the latest count there is
    int32_t to;    // 0: 40 years on
    int32_t width; // of steps, 1 or 5; 0: 1
    // Supposed of the future, NaN: as now. Each is reached in a straight line by `by`.
    int32_t by;      // year; 0: `to`
    double children; // total fertility rate
    double e0[2];    // [enum project_sex]: life expectancy at birth
    double boys;     // a girl
    double migrants; // net, a year; NaN: none
};

// What it stands on.
struct projection_basis {
    int32_t counted_on;  // date of the count
    double people[2];    // by sex
    int32_t first, last; // whole years whose births and deaths are taken
    double births[2], deaths[2], years;
    double left_out;                              // births and deaths without sex or age
    double children, children_low, children_high; // total fertility rate, 95 %
    double e0[2], e0_low[2], e0_high[2];
    double boys, boys_low, boys_high; // a girl
    // Between the last two counts, a year: what is left when births and deaths are taken
    // away; NaN: there is one count alone.
    double left_over;
    int32_t earlier_on; // date of the count before; 0: none
};

// ERR_NOT_FOUND: no count of this area (the cure says which register wants it);
// ERR_INPUT: ages or a sex missing, no births or no deaths; ERR_FORBIDDEN: outside the
// caller's area. O(rows of the three registers).
enum err projection_make(const struct measure *m, struct arena *a,
                         const struct projection_plan *plan,
                         const struct projection_choice *choice,
                         struct projection_basis *basis, struct project_files *out,
                         struct error *e) WARN_UNUSED;

#endif
