// SPDX-License-Identifier: AGPL-3.0-or-later
// Life tables of a file: one for each area, year and sex, from rates, probabilities of
// dying or deaths and population, with their doubt, closed by a law of old age where that
// is asked. Everything lives in the frame's arena; one thread.
#ifndef STUDY_LIFETABLE_STUDY_H
#define STUDY_LIFETABLE_STUDY_H

#include "stats/interval.h"
#include "stats/lifetable_model.h"
#include "stats/lifetable_old.h"
#include "stats/lifetable_smooth.h"
#include "study/age_rows.h"

enum lifetable_from { LIFETABLE_FROM_COUNTS, LIFETABLE_FROM_M, LIFETABLE_FROM_Q };

struct lifetable_input {
    const struct frame *f;
    struct age_columns columns;
    struct age_options ages;
    // [rows]; NULL: not given. NaN: an empty cell. Either deaths and population, or m, or
    // q (population, or deaths, beside m say how sure m is).
    const double *m, *q, *a, *deaths, *population;
    size_t column_m, column_q, column_a, column_deaths, column_population; // for errors
    double years;               // that deaths were counted in: 1
    struct lifetable_rule rule; // its sex is taken from the rows
    bool close;                 // by the law; else the open group stays as it is
    enum lifetable_law_kind law;
    int32_t fit_from, fit_to, close_from, close_to; // 0: chosen
    bool single;                                    // graduate to single ages
    bool smooth;                                    // bend a standard to the deaths:
    enum lifetable_smoothing smoothing;             // so
    bool by_model;              // the standard is a model table; else all areas of the
    enum lifetable_model model; // same year and sex together
    struct lifetable_level model_level;
    double level; // of intervals
    size_t draws; // 0: Chiang's formula
    uint64_t seed;
    struct str compare_a, compare_b; // areas, years or sexes; empty: no comparison
};

// A table; columns of t and those beside it are [t.n].
struct lifetable_one {
    struct str area, year;
    enum lifetable_sex sex;
    struct lifetable t;
    int32_t *age;
    double *deaths, *population; // of groups as counted; NULL: not known
    size_t counted;              // groups of those two (before closing and single ages)
    double *low, *high;          // of e; NULL: not known
    double all_deaths, people;   // NaN: not known
    double q5, q45_15;           // 5q0 and 45q15; NaN where the ages do not allow it
    struct interval e0;          // NaN: not known
    size_t empty;                // groups with nobody in them, or nobody who died
    struct lifetable_law law;    // .groups 0: not closed
    bool summed;                 // both sexes, put together here
    struct lifetable_bend bend;  // .n 0: not smoothed
    struct lifetable shape;      // the standard; .n 0: not smoothed
    bool standard;               // nobody died: the standard as it is
    bool split;                  // 0 and 1-4 told apart by the log-quadratic model
};

struct lifetable_study {
    struct age_rows rows;
    enum lifetable_from from;
    struct lifetable_one *list;
    size_t n;
    size_t split;         // tables whose ages 0-4 came as one group
    size_t without_doubt; // tables without an interval: of rates, or of no deaths
    // a - b: tables that are alike but for the area, year or sex compared
    const struct lifetable_one *a, *b;
    double *parts; // [a->t.n] years
    double level;
    size_t draws;
};

// ERR_INPUT names row and column: a rate, count or probability that is none, deaths where
// nobody lives or more than people, an open group without deaths (unless it is closed by
// a law), a law that cannot be fitted. ERR_NOT_FOUND: nothing to compare.
enum err lifetable_study_make(struct lifetable_study *out,
                              const struct lifetable_input *in,
                              struct error *e) WARN_UNUSED;

// The row that begins at this age; t->n when there is none.
size_t lifetable_study_at(const struct lifetable *t, int32_t age);

#endif
