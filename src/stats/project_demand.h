// SPDX-License-Identifier: AGPL-3.0-or-later
// What a projected population needs, and what is changed in it: demand (births, school
// entrants, the old, doses of vaccines, midwives) as weights on people and births, so
// that its intervals come with those of the people (project_batch.h); scenarios as data;
// and the consequences of a skewed ratio at birth.
//
// Tables are CSV or XLSX files or the standard ones here. Arrays are the caller's or,
// where an arena is passed, live in it; one thread an arena.
//
// Demand: name, name_zh (may be empty), who (people, women, men, births), from, to (ages,
// both counted; to empty: and over), each (units for one of them in a year). Rows of a
// name add up. Single years within groups of five are Sprague's (1880) fifths. Births are
// a year's of the step that ended then.
//
// Scenarios: scenario, series (tfr, e0, gap, boys, net), how (step, linear), from, to
// (years), kind (value, plus, times), value. `step`: the change is whole from the year
// `from` on. `linear`: nothing at `from`, whole at `to`, and after it. Changes are made
// in the order of the file, at the middle of each step.
#ifndef STATS_PROJECT_DEMAND_H
#define STATS_PROJECT_DEMAND_H

#include "base/memory.h"
#include "base/str.h"
#include "stats/project_batch.h"
#include "stats/project_draw.h"

// ---- demand ----

enum project_who {
    PROJECT_OF_PEOPLE,
    PROJECT_OF_WOMEN,
    PROJECT_OF_MEN,
    PROJECT_OF_BIRTHS
};

struct project_need {
    struct str name, name_zh;
    enum project_who who;
    int32_t from, to; // completed ages, both counted; to < 0: and over
    double each;
};

// Births, children, school entrants at 6 and 12, people of working age, 60+, 65+, 80+,
// doses of China's national immunisation schedule of 2021 by vaccine, midwives (one for
// 175 births a year, WHO 2005). Static storage.
const struct project_need *project_needs_standard(size_t *n);

// From a file as above. ERR_INPUT names the row and what was expected.
enum err project_needs_read(struct arena *a, const char *path, struct project_need **out,
                            size_t *n, struct error *e) WARN_UNUSED;

// One measure for each name, in order of the first row that has it; names[i] is its first
// row. NULL: no memory. O(needs x ages).
struct project_measure *project_needs_measures(struct arena *a,
                                               const struct project_shape *shape,
                                               const struct project_need *needs, size_t n,
                                               size_t **names, size_t *measures);

// Adds to weights[ages] what takes the people of completed ages from..to (to < 0: and
// over) out of groups, times `each`. Within the open group only all of it can be taken:
// ages above its beginning take none of it unless `to` is open.
void project_age_weights(int32_t width, size_t ages, int32_t from, int32_t to,
                         double each, double *weights);

// ---- scenarios ----

enum project_how { PROJECT_STEP, PROJECT_LINEAR };
enum project_kind { PROJECT_VALUE, PROJECT_PLUS, PROJECT_TIMES };

struct project_change {
    struct str scenario;
    enum project_series series;
    enum project_how how;
    enum project_kind kind;
    double from, to, value;
};

enum err project_changes_read(struct arena *a, const char *path,
                              struct project_change **out, size_t *n,
                              struct error *e) WARN_UNUSED;

// Changes the targets [step] of a scenario (empty name: of all). A target that is NULL
// and changed is an error.
enum err project_changes_apply(const struct project_change *changes, size_t n,
                               struct str scenario, const struct project_shape *shape,
                               double *const target[PROJECT_SERIES],
                               struct error *e) WARN_UNUSED;

// ---- the ratio at birth ----

// Girls that are missing among births: boys / reference - girls; may be below 0.
double project_missing_girls(double boys, double girls, double reference);

// Men of 25-34 for 100 women of 23-32, or of other ages and another gap of years.
double project_marriage_ratio(const double *const people[PROJECT_SEXES], int32_t width,
                              size_t ages, int32_t from, int32_t to, int32_t gap);

// First marriages of both sexes as weights by age (gamma densities from age 15 on with
// the means and standard deviations given): men for 100 women among those who marry.
double project_marriage_weighted(const double *const people[PROJECT_SEXES], int32_t width,
                                 size_t ages, double mean_women, double mean_men,
                                 double sd);

#endif
