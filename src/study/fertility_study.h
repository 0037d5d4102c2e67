// SPDX-License-Identifier: AGPL-3.0-or-later
// Fertility of a file: rates by age of each area, year and birth order and what they add
// up to; or births and fertility before a census, by its children. Everything lives in
// the frame's arena; one thread.
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
    // reverse survival: people by age and sex
    bool reverse;
    const double *people;
    size_t column_people;
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
};

struct fertility_before { // a census
    struct str area, year;
    int32_t width;
    size_t periods;
    struct fertility_past *past; // [periods], the years before the census first
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
