// SPDX-License-Identifier: AGPL-3.0-or-later
// Cohort-component projection of one population by sex and age (Preston, Heuveline and
// Guillot 2001, chapter 6; conventions of the United Nations' World Population Prospects,
// found again from the figures of its reference program: docs/project.md).
//
// Pure functions on arrays of the caller; safe on any thread; nothing is allocated.
// Groups of age are as wide as a step of time (1 or 5 years), the last one is open.
// Numbers are persons (or thousands of them, as long as all are). What arrays must hold
// stands beside them; project_check() says where they do not.
//
// A step, for each sex:
//   1. half of its migrants come (PROJECT_SPREAD) to the groups they will have left at
//      its end;
//   2. group a - 1 survives into group a, the open group into itself;
//   3. births: the mean of the women at the start and at the end by group, times
//      fertility and width, split by the sex ratio; they survive into the first group,
//      and with them the first half of the migrants of that group;
//   4. the other half of the migrants (PROJECT_AT_END: all of them) come.
#ifndef STATS_PROJECT_H
#define STATS_PROJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum project_sex { PROJECT_FEMALE, PROJECT_MALE, PROJECT_SEXES };
enum { PROJECT_MAX_AGES = 131, PROJECT_MAX_STEPS = 1000 };

// When in a step people come and go.
enum project_timing {
    // evenly: half before the survival of the step, half after it (UN's code 0)
    PROJECT_SPREAD,
    // all after it (UN's code 9)
    PROJECT_AT_END,
};

// Whose births they are.
enum project_mothers {
    PROJECT_ALL_WOMEN,     // of the start before and of the end after all who come and go
                           // (World Population Prospects 2019)
    PROJECT_EXPOSED_WOMEN, // of the start with those who come then, of the end before
                           // those who come then (the UN's reference program)
};

struct project_shape {
    int32_t year;  // of the population at the start (at the day the steps begin)
    int32_t width; // years of a step and of a group of age: 1 or 5
    size_t ages;   // groups; the last is open: 21 for 0-4 ... 100+
    size_t steps;
};

// Rates of each step. [step][age] is step * shape.ages + age; survival has one place
// more.
struct project_input {
    struct project_shape shape;
    const double *population[PROJECT_SEXES]; // [age] at the start, none below 0
    // [step][age + 1], in [0, 1]: 0 from birth into the first group; a from group a - 1
    // into group a; the last of the open group into itself. Where only one ratio is known
    // for the open group and the one before it together, both places hold it.
    const double *survival[PROJECT_SEXES];
    // [step][age]: births to a woman in a year, all years of a step
    const double *fertility;
    const double *boys; // [step]: boys a girl at birth (1.05, not 105)
    // [step][age]: net persons of the step, by the group they have at its end. NULL: none
    const double *migration[PROJECT_SEXES];
    enum project_timing timing;
    enum project_mothers mothers;
    // [age]: people among the population who live apart (barracks, prisons, dormitories)
    // and do not age: kept out of the steps and counted at every moment. NULL: nobody.
    const double *apart[PROJECT_SEXES];
};

struct project_output {
    double *population[PROJECT_SEXES]; // [step + 1][age], 0: the start
    double *births[PROJECT_SEXES];     // [step], NULL: not wanted
    double *births_by_age;             // [step][age] of the mother, NULL: not wanted
    double *deaths[PROJECT_SEXES]; // [step][age + 1] by group at the start of the step,
                                   // 0: of those born in it; NULL: not wanted
};

// Everything that is wrong with the arrays, the first of it: which array, sex, year and
// age. ERR_INPUT. O(steps x ages).
enum err project_check(const struct project_input *in, struct error *e) WARN_UNUSED;

// O(steps x ages). Expects what project_check() has passed.
void project_run(const struct project_input *in, const struct project_output *out);

// More people left than there were: the first group below 0 (by less than a billionth of
// all is passed over). ERR_INPUT. O(steps x ages).
enum err project_check_result(const struct project_input *in,
                              const struct project_output *out,
                              struct error *e) WARN_UNUSED;

// "female", "male".
const char *project_sex_name(enum project_sex sex);

#endif
