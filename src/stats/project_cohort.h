// SPDX-License-Identifier: AGPL-3.0-or-later
// What a ratio at birth means for those born under it, by their birth cohort: girls
// missing when they are born; at 30, how many men there are for 100 women of the ages
// whom men of that age marry, and how many more; at 50, what share has never married if
// couples are made as stats/marriage.h says. Numbers of people, in trajectories.
//
// A cohort is who is born in a step. Whoever is born in the step that ends at moment b is
// of the group from 30 at moment b + 30 / width, and from 50 at b + 50 / width.
// Ages within groups of five are Sprague's fifths; between moments a cohort's number runs
// straight. Arrays live in the caller's arena; the pool helps, its threads do not matter.
#ifndef STATS_PROJECT_COHORT_H
#define STATS_PROJECT_COHORT_H

#include "base/memory.h"
#include "stats/marriage.h"
#include "stats/project_batch.h"

enum { PROJECT_COHORT_AGE = 30 };

enum project_cohort_figure { // of a moment
    PROJECT_COHORT_BOYS,     // born in the step that ended
    PROJECT_COHORT_GIRLS,    // so
    PROJECT_COHORT_MISSING,  // of these girls: boys / reference - girls
    PROJECT_COHORT_MEN,      // of the group from 30
    PROJECT_COHORT_WOMEN,    // of the ages they marry: each man's, weighted by the
                             // difference of ages
    PROJECT_COHORT_TO_100,   // men to 100 of these women
    PROJECT_COHORT_BEYOND,   // men less these women; may be below 0
    PROJECT_COHORT_MEASURED, // those above are measures of the batch
    PROJECT_COHORT_SINGLE_MEN = PROJECT_COHORT_MEASURED, // of 100 of the group from 50
    PROJECT_COHORT_SINGLE_WOMEN,
    PROJECT_COHORT_FIGURES
};

// How old the cohort is when the figure is known: 0, 30 or 50.
int32_t project_cohort_age(enum project_cohort_figure figure);

// The first seven as measures; `first` is the place that out[0] will have in the batch.
// False: no memory.
bool project_cohort_measures(struct arena *a, const struct project_shape *shape,
                             const struct marriage_schedule *schedule, double reference,
                             size_t first, struct project_measure *out);

// people[sex]: [age][moment][trajectory], as a batch's values. out[sex] [moment]
// [probability]: of 100 people of the group from 50, who never married; NaN for groups
// whom the model has not seen since they were 15. ERR_LIMIT: the open group begins below
// 55.
enum err project_cohort_marry(struct pool *pool, const struct project_shape *shape,
                              const struct marriage_model *model, size_t trajectories,
                              const double *const people[PROJECT_SEXES],
                              const double *probability, size_t probabilities,
                              double *const out[PROJECT_SEXES],
                              struct error *e) WARN_UNUSED;

#endif
