// SPDX-License-Identifier: AGPL-3.0-or-later
// Areas projected (project_files.h), and what is told of them: the table of population by
// year, sex and age, the summary of each year, and how far the figures are from published
// ones. Everything lives in the caller's arena; one thread.
#ifndef STUDY_PROJECT_STUDY_H
#define STUDY_PROJECT_STUDY_H

#include "base/result.h"
#include "stats/project_constrain.h"
#include "study/project_files.h"

struct project_projection {
    const struct project_area *area;
    struct project_output out;
    // Migrants are what people, births and deaths leave over: of a part that was made to
    // add up to its whole, and of whole numbers.
    bool balanced;
    size_t parts; // areas within this one, made to add up to it
    struct project_constrained about;
};

// Checks, runs, checks again; parts add up to their wholes (project_within.h), and with
// `whole` all counts are whole numbers. Errors name the area.
enum err project_study_run(const struct project_files *files, bool whole,
                           struct project_projection **out, struct arena *a,
                           struct error *e) WARN_UNUSED;
// Keeps the areas chosen, where all had to be projected (files->nested).
enum err project_study_keep(struct project_files *files, struct project_projection *list,
                            const struct project_choice *choice, struct arena *a,
                            struct error *e) WARN_UNUSED;

struct project_summary { // of a moment; flows of the step that begins then, NaN at the
                         // end
    int32_t year;
    double all, female, male;
    double births, deaths, migrants;
    double children; // total fertility rate
    double e0[PROJECT_SEXES];
    double median_age;
    double young, old; // of 100 people of 15-64: those of 0-14, those of 65 and over
    double boys;       // a girl at birth
};
void project_summarise(const struct project_projection *p, size_t moment,
                       struct project_summary *out);

// Age that half of the population has not reached; groups are even within. [ages].
double project_median_age(const struct project_shape *s, const double *const people[2]);

struct project_difference { // of a moment, in per cent of the published figure
    int32_t year;
    double all, published, by_total; // by_total: NaN where no total is published
    double worst; // of groups of 20 and more; NaN: none published by age
    enum project_sex sex;
    size_t age;
};
// False: nothing is published of this moment.
bool project_compare(const struct project_projection *p, size_t moment,
                     struct project_difference *out);

enum { PROJECT_STUDY_RESULTS = 4 };
// population, summary, (where areas are within others) how far parts were raked, and
// (check) the comparison. Returns their number.
size_t project_study_results(const struct project_files *files,
                             const struct project_projection *list, bool check, bool zh,
                             struct arena *a, struct result out[PROJECT_STUDY_RESULTS]);

#endif
