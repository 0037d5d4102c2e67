// SPDX-License-Identifier: AGPL-3.0-or-later
// The years ahead of an area of a county, from the county's own rows as its pack says
// (struct projection_plan): the latest count of residents by sex and age, the births and
// deaths of the years before it, and what is supposed of the years to come. Gives a
// struct project_area as files do (project_files.h), so that everything that takes one
// takes a county's.
//
// A county's deaths are few: its life tables are a model life table (log-quadratic, of
// the level of the whole county's deaths) bent to the whole county's deaths, and that
// bent to the area's (TOPALS, lifetable_smooth.h). Fertility by age is the area's own
// where births are many and is shrunk to the whole county's pattern where they are few;
// as many births as there were stay. People between counts are those of the counts before
// and after, grown older or younger by the area's mortality, mixed by the time to each;
// before the first count those of the first one, grown younger.
//
// A birth's mother is of two ages, her year of birth alone being known: of the age that
// she reaches in the year by the part of the year that is over, else one year younger.
// Births without a known mother's age, and deaths without sex or age, are counted as the
// others are. What it stands on is told beside it, with intervals. Everything lives in
// the caller's arena; one thread.
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
    double migrants; // net, a year, from none; NaN: none
    // Of heng project: shocks, the rule of ages 0-4, when migrants come, whose births;
    // NULL: as usual.
    const struct project_choice *more;
};

// What it stands on.
struct projection_basis {
    int32_t counted_on;  // date of the count
    double people[2];    // by sex
    int32_t first, last; // whole years whose births and deaths are taken
    double births[2], deaths[2], years;
    // Births without sex or the mother's age, deaths without sex or age.
    double left_out;
    // Births that the register has, to a child that was counted (those of the years,
    // grown younger): under 1, births are missing from the register and fertility is as
    // much too low, or children came. NaN: the years do not end with the count.
    double births_found;
    double children, children_low, children_high; // total fertility rate, 95 %
    double e0[2], e0_low[2], e0_high[2];
    // What the projection begins with: of an area within the county the same with 100
    // deaths at the whole county's rates beside its own.
    double e0_begin[2];
    double boys, boys_low, boys_high; // a girl
    // What the projection begins with: the same with 1,000 births at 1.06 beside it, for
    // a ratio of few births is mostly chance.
    double boys_begin;
    // Between the last two counts, a year: what is left when births and deaths are taken
    // away; NaN: there is one count alone, or births and deaths begin after the first.
    double left_over;
    int32_t earlier_on; // date of the count before; 0: none
};

// One area; its name is empty (measure_root_name), its code that of the root. Moments are
// ends of years: the first step of shape.year 2013 is 2014, and a struct project_change
// that shall begin with the year 2020 has from 2019. Suppositions and shocks are of
// calendar years; that of a step of five is its middle one.
// ERR_NOT_FOUND: no whole count of this area (the cure says which register wants it);
// ERR_INPUT: ages or a sex missing, no births or no deaths, a supposition out of range;
// ERR_FORBIDDEN: outside the caller's area. O(rows of the three registers).
enum err projection_make(const struct measure *m, struct arena *a,
                         const struct projection_plan *plan,
                         const struct projection_choice *choice,
                         struct projection_basis *basis, struct project_files *out,
                         struct error *e) WARN_UNUSED;

#endif
