// SPDX-License-Identifier: AGPL-3.0-or-later
// One area's years ahead with what is not known of them: the projection as it is given
// (project.h), and around it trajectories with declared errors, after the changes of a
// scenario; quantiles of people by sex and age, of births, of the ratios that people ask
// for, and of what is needed (project_demand.h).
//
// Without errors and changes the people are those of project_run, to 1e-9. A scenario is
// drawn with the same random numbers as the base, so that their difference is the
// change's. Life expectancies are of the survival ratios given
// (project_survival_from_ratios). Everything lives in the caller's arena; one thread
// calls, the pool helps.
#ifndef STATS_PROJECT_FORECAST_H
#define STATS_PROJECT_FORECAST_H

#include "stats/project_cohort.h"
#include "stats/project_demand.h"
#include "stats/project_together.h"

enum { PROJECT_QUANTILES = 5 };
extern const double project_probabilities[PROJECT_QUANTILES]; // .025 .1 .5 .9 .975

struct project_forecast_choice {
    size_t trajectories; // 0: 1,000
    uint64_t seed;
    bool certain; // no errors: one trajectory
    // Of each series for a step of five years; project_forecast_errors() gives the usual
    // ones. PROJECT_NET is persons.
    struct project_error error[PROJECT_SERIES];
    // [step][trajectory] in place of drawn ones, changed by the scenario too; NULL:
    // drawn. PROJECT_NET is beside the input's migrants.
    const double *given[PROJECT_SERIES];
    const struct project_change *changes;
    size_t n_changes;
    struct str scenario;              // whose changes; empty: none
    const struct project_need *needs; // NULL: the standard ones
    size_t n_needs;
    double reference; // boys a girl that births are held against; 0: 1.06
    // Declared first marriages (mean[0] 0: marriage_schedule_usual) weigh the ages that
    // marry each other; with `couples` a model of both sexes makes marriages from them.
    struct marriage_schedule marriage;
    enum marriage_rule rule;
    bool couples;
    // Of an area within another (project_together.h); arrays are [cell][moment]
    // [trajectory]. add_to: its counts are added there, and nothing else is answered.
    // whole and sum: its counts are raked, so that those of all parts add up to the
    // whole's. keep: its counts, raked, are put there (for its own parts).
    double *add_to, *keep;
    const double *whole, *sum;
};

// What is measured at each moment.
enum project_figure {
    PROJECT_ALL,
    PROJECT_WOMEN,
    PROJECT_MEN,
    PROJECT_YOUNG,     // 0-14
    PROJECT_WORKING,   // 15-64
    PROJECT_OLD,       // 65 and over
    PROJECT_OLDEST,    // 80 and over
    PROJECT_DEPENDENT, // young and old for 100 working
    PROJECT_OLD_SHARE, // old of 100
    PROJECT_BORN,      // a year, of the step that ended
    PROJECT_DIED,      // a year
    PROJECT_BOYS_BORN, // for 100 girls
    PROJECT_MISSING,   // girls missing among the births of the step, in all
    PROJECT_SUITORS,   // men of 25-34 for 100 women of 23-32
    PROJECT_FIGURES
};

struct project_forecast {
    struct project_shape shape;
    size_t moments; // steps + 1
    size_t trajectories;
    struct str scenario; // empty: as given
    // [moment][PROJECT_QUANTILES]; births and deaths of moment 0 are NaN
    double *figure[PROJECT_FIGURES];
    double *people[PROJECT_SEXES];    // [moment][age][PROJECT_QUANTILES]
    const struct project_need *needs; // [rows]
    size_t n_needs, *need;            // places of named needs in `needs`
    double **needed;                  // [need] of [moment][PROJECT_QUANTILES]
    // [moment][PROJECT_QUANTILES], by the moment at which it is known (project_cohort.h);
    // NaN where it is not. The last two NULL without couples.
    double *cohort[PROJECT_COHORT_FIGURES];
    struct marriage_schedule marriage;
    enum marriage_rule rule;
    double *target[PROJECT_SERIES]; // [step] after changes; NET: beside the given
    struct project_error error[PROJECT_SERIES]; // of a step, as drawn
    bool given[PROJECT_SERIES];                 // not drawn
    double reference;
    double negative; // share of trajectories in which a group fell below nobody
};

// Errors of a step of five years as a declared starting point: those that come nearest to
// the United Nations' bounds for China (World Population Prospects 2019): TFR sd .090 rho
// .893, life expectancy of women .83 and .982, gap .71 and .9; boys a girl .01 and .8.
// Migration has none until it is declared. Those of TFR and women's life expectancy are
// by_level: China's are of a country whose fertility has fallen and that lives long.
void project_forecast_errors(struct project_error out[PROJECT_SERIES]);

// How many times such an error a step has, by its target [steps] as it is without a
// scenario. TFR: 2 where it is still to fall by .05 and more, or is above 2.15, less
// near 0 and 2.1 in proportion, else 1. Life expectancy of women: 5 % more for each year
// under 80. Other series: 1. With these the United Nations' bounds for India and
// Azerbaijan come out too, of which nothing was declared (docs/project-ahead.md).
void project_forecast_times(enum project_series series, const double *target,
                            size_t steps, double *times);

// An error of five years for steps of `width`: the same spread after five years and the
// same memory.
struct project_error project_error_of_width(const struct project_error *five,
                                            int32_t width);

// ERR_INPUT: as project_check, project_changes_apply, marriage_model_make, and errors out
// of range. ERR_LIMIT: couples of too many trajectories to be kept (2 GB).
enum err project_forecast_make(struct arena *a, struct pool *pool,
                               const struct project_input *in,
                               const struct project_forecast_choice *choice,
                               struct project_forecast **out,
                               struct error *e) WARN_UNUSED;

// A figure [PROJECT_QUANTILES] of those born in the step that ends at a moment (0 and
// below: before the start); NULL where it is not known, or not yet.
const double *project_forecast_cohort(const struct project_forecast *f, int64_t born,
                                      enum project_cohort_figure figure);

#endif
