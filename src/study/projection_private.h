// SPDX-License-Identifier: AGPL-3.0-or-later
// Shared by the parts of projection.h: what was counted, and the rates that it gives.
#ifndef STUDY_PROJECTION_PRIVATE_H
#define STUDY_PROJECTION_PRIVATE_H

#include "study/projection.h"

enum {
    PROJECTION_AGES = 101,     // single years; older people are counted with those of 100
    PROJECTION_LEAST_TOP = 80, // the oldest age of a count must be this or more
    PROJECTION_COUNTS = 400,   // days of which counts are kept, the latest
    PROJECTION_YEARS = 20,     // most years of births and deaths
    // What is put beside an area's own, for few events are mostly chance: births at the
    // normal ratio, and deaths of a sex at the whole county's rates (areas of a county
    // differ by some 10 %).
    PROJECTION_NORMAL = 1000,
    PROJECTION_USUAL = 100
};

#define PROJECTION_NORMAL_RATIO 1.06

// The area asked for, and all that the file has: the whole county.
enum projection_scope { PROJECTION_AREA, PROJECTION_WHOLE, PROJECTION_SCOPES };

struct projection_count {
    int32_t day;
    bool whole[PROJECTION_SCOPES]; // every area that must be in it is
    double (*people[PROJECTION_SCOPES])[PROJECTION_AGES]; // [sex][age]
};

struct projection_year {                // of one calendar year
    double births, born[PROJECT_SEXES]; // of all; those whose sex is known
    double mothers[PROJECTION_AGES];    // births by age of the mother, where it is known
    double unknown_births;              // without sex or the mother's age
    double deaths[PROJECT_SEXES][PROJECTION_AGES], unknown_deaths;
};

struct projection_rows {
    size_t ages;                     // of all counts, with the open one
    struct projection_count *counts; // by day, none after today
    size_t n_counts;
    size_t base, earlier; // of the area's whole counts; SIZE_MAX: none before
    int32_t year;         // whose end the base stands for
    int32_t first, last;  // whole years of births and deaths
    struct projection_year *years[PROJECTION_SCOPES]; // [last - first + 1]
    double left_over;                                 // as in the basis
};

// Reads the three registers, chooses the count and the years, and looks for holes.
enum err projection_read(const struct measure *m, struct arena *a,
                         const struct projection_plan *plan,
                         const struct projection_choice *choice,
                         struct projection_rows *out, struct error *e) WARN_UNUSED;

// 31 December of a year.
int32_t projection_year_end(int32_t year);

struct projection_table { // a life table of one sex in single years
    int32_t age[PROJECTION_AGES];
    double column[8][PROJECTION_AGES];
    struct lifetable t; // over the columns; not to be copied
};

struct projection_rates {
    struct projection_table table[PROJECT_SEXES];
    struct projection_table begin[PROJECT_SEXES]; // what the projection begins with
    double e0_low[PROJECT_SEXES], e0_high[PROJECT_SEXES];
    double fertility[PROJECTION_AGES]; // a woman and year
    double children, children_low, children_high;
    double lived[PROJECT_SEXES][PROJECTION_AGES]; // person-years
    double died[PROJECT_SEXES][PROJECTION_AGES];  // unknown ones among them in proportion
    double births, mothers[PROJECTION_AGES];      // likewise
};

// Rates of the area's years. name: of the area, for errors.
enum err projection_rates_make(const struct projection_rows *rows, struct arena *a,
                               struct lifetable_rule rule, struct str name,
                               struct projection_rates **out,
                               struct error *e) WARN_UNUSED;

// Binds the columns and makes the table of n groups from column 0, which holds the rates.
enum err projection_table_make(struct projection_table *t, size_t n, enum project_sex sex,
                               struct lifetable_rule rule, struct error *e) WARN_UNUSED;

// The people [sex][age] of a moment: of the counts before and after it, grown older or
// younger by the tables.
void projection_people_on(const struct projection_rows *rows, enum projection_scope scope,
                          int32_t day, const struct projection_table *tables,
                          double people[PROJECT_SEXES][PROJECTION_AGES]);

#endif
