// SPDX-License-Identifier: AGPL-3.0-or-later
// A folder of World Population Prospects being read: for project_files_wpp.c and _base.c
// only.
#ifndef STUDY_PROJECT_FILES_WPP_H
#define STUDY_PROJECT_FILES_WPP_H

#include "study/project_files_private.h"

struct sources { // the files of the folder, NULL: absent
    const struct wide_file *population[PROJECT_SEXES], *projected[PROJECT_SEXES];
    const struct wide_file *mortality[PROJECT_SEXES];
    const struct wide_file *children[4], *shares[3], *boys[2], *migration[2], *total[2];
    const struct wide_file *migrants[PROJECT_SEXES];
    const struct wide_file *births[2], *change[2]; // by calendar year
};

struct span {                   // all steps that rates are laid out for, of one area
    struct project_shape shape; // from the first counted population
    size_t counted;             // moments with counted populations, from the first
    size_t window;              // step at which the projection begins
    size_t n_mortality;
    int32_t *mortality_age;
    double *population[PROJECT_SEXES]; // [moment][age] counted
    double *mortality[PROJECT_SEXES], *survival[PROJECT_SEXES], *e0[PROJECT_SEXES];
    double *fertility, *children, *boys, *totals;
    double *migrants[PROJECT_SEXES];
    bool migrants_by_age, has_totals;
};

struct reading {
    struct wide_folder folder, base; // base: population by age of another edition
    struct sources s;
    const struct project_choice *choice;
    struct arena *arena;
    struct error *e;
};

// One step of the span as a projection; its migrants are not set.
struct project_input wpp_step(const struct reading *r, const struct span *p, size_t step,
                              enum project_timing timing);

// Editions of calendar years: their totals are of the ends of years, and rates of five
// years run from the middle of a year to the middle of another.
bool wpp_is_annual(const struct reading *r);
// The total in the middle of a year: between the ends of two years, those before the
// first published by the changes since. NaN: not known.
enum err wpp_middle_total(const struct reading *r, struct str code, int32_t year,
                          double *out) WARN_UNUSED;
// Replaces the populations of the span after the first by what follows from the first,
// the death rates, and births and net migrants of calendar years; each is scaled to its
// total where that is known.
enum err wpp_reconstruct(const struct reading *r, struct span *p,
                         struct str code) WARN_UNUSED;

#endif
