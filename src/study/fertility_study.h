// SPDX-License-Identifier: AGPL-3.0-or-later
// Fertility of a file: rates by age of each area, year and birth order and what they add
// up to; or births and fertility before a census, by its children, alone or each with its
// mother's age. Everything lives in the frame's arena; one thread.
#ifndef STUDY_FERTILITY_STUDY_H
#define STUDY_FERTILITY_STUDY_H

#include "stats/fertility.h"
#include "stats/interval.h"
#include "stats/lifetable_model.h"
#include "stats/lifetable_old.h"
#include "study/age_rows.h"

struct fertility_input {
    const struct frame *f;
    struct age_columns columns; // with orders, their column is the last of the areas
    bool has_order;
    struct age_options ages;
    const double *births, *women, *rate; // [rows]; either births and women, or rate
    size_t column_births, column_women, column_rate;
    double years, boys, level; // that births were counted in; boys a girl; of intervals
    // [rows] or NULL. married: women (Coale and Trussell's M and m of the births). lived:
    // years in the group by a girl born; or by the model table of `mortality`.
    const double *married, *lived;
    size_t column_married, column_lived;
    bool mortality; // by model and e0[0]
    // reverse survival: people by age and sex; own children: rows of people, or of equal
    // ones counted, of single ages with the age of the mother they live with
    bool reverse, own;
    const double *people; // of own children NULL: each row is one
    size_t column_people, column_mother;
    enum lifetable_model model;
    double e0[2];    // of women and men
    double share[7]; // of 15-19 ... 45-49 in fertility; sums to 1
};

struct fertility_one {
    struct str area, order, year; // order: empty for all together
    struct fertility_ages ages;
    double *rate, *births; // [ages.n]; births NULL: not known
    struct fertility sum;
    struct interval tfr; // NaN: not known
    double tempo; // of one order, or the sum of all; NaN: years beside it are missing
    double all_births;
    double *married, *lived;          // [ages.n]; NULL: not known. Women-years
    struct fertility_marital marital; // .groups 0: none
};

// What own children say of some years before a census.
struct fertility_own_period {
    size_t from, to; // years before it
    double births;   // a year
    double general, tfr, mean_age, matched;
    struct interval interval;
    double *rate; // [FERTILITY_OWN_GROUPS] of 15-19 ... 45-49
};

enum { FERTILITY_OWN_YEARS = 15, FERTILITY_OWN_GROUPS = 7, FERTILITY_OWN_PERIODS = 18 };

struct fertility_before { // a census
    struct str area, year;
    int32_t width;
    size_t periods;
    struct fertility_past *past; // [periods], the years before the census first
    // [FERTILITY_OWN_PERIODS]: each of 15 years, then each five; NULL: reverse survival
    struct fertility_own_period *own;
    double children; // under 15
};

struct fertility_study {
    struct age_rows rows;
    struct fertility_one *list;
    size_t n;
    struct fertility_before *before;
    size_t n_before;
    double level;
};

// ERR_INPUT names row and column.
enum err fertility_study_make(struct fertility_study *out,
                              const struct fertility_input *in,
                              struct error *e) WARN_UNUSED;

#endif
