// SPDX-License-Identifier: AGPL-3.0-or-later
// Trajectories of the rates of a projection: total fertility, life expectancy of both
// sexes, boys a girl at birth and net migration, given or drawn around a target.
//
// A drawn series is its target plus an error e of the declared size,
//   e[0] = start x normal + sd x normal,  e[t] = rho e[t - 1] + sd x normal,
// held between two bounds (values beyond are put on the bound). Men's life expectancy is
// women's less a gap with an error of its own, so that the sexes stay together. A share
// of each error's variance may be common to all areas: `shared` is then the correlation
// between two areas. Each series of an area has its own stream of random numbers: a
// change of one leaves the others as they were, and scenarios are compared draw by draw.
//
// project_draw() is a project_batch_draw: any thread. Arrays are the caller's and must
// live as long as they are drawn from.
// Sources: the third phase of fertility as an AR(1), Raftery, Alkema and Gerland 2014,
// Statistical Science 29(1); gap of life expectancies, Raftery, Lalic and Gerland 2014,
// Demographic Research 30(27).
#ifndef STATS_PROJECT_DRAW_H
#define STATS_PROJECT_DRAW_H

#include "base/memory.h"
#include "stats/project_batch.h"

enum project_series {
    PROJECT_TFR,  // children a woman
    PROJECT_E0,   // life expectancy at birth of women, years
    PROJECT_GAP,  // of women less that of men
    PROJECT_BOYS, // boys a girl
    PROJECT_NET,  // net migrants of a step, persons
    PROJECT_SERIES
};

struct project_error {
    double sd, rho, start; // sd of a step's shock; what remains of the error a step on
    double shared;         // share of the variance common to all areas, in [0, 1]
    double low, high;      // bounds; both 0: none
    bool by_level;         // project_forecast.h: times what the level says
};

struct project_drawn_area {
    const double *target[PROJECT_SERIES]; // [step]; PROJECT_NET may be NULL (nobody)
    struct project_error error[PROJECT_SERIES];
    const double *given[PROJECT_SERIES]; // [step][trajectory]; NULL: drawn
    const double *times[PROJECT_SERIES]; // [step] of the sd of a shock; NULL: 1
};

struct project_draws {
    size_t steps, trajectories, areas;
    const struct project_drawn_area *area;
    uint64_t seed;
    double *common[PROJECT_SERIES]; // by project_draw_begin: [step][trajectory] normals
};

// The common errors, in memory of the arena; checks errors and targets (ERR_INPUT: area
// and series). O((areas + trajectories) x steps).
enum err project_draw_begin(struct arena *a, struct project_draws *d,
                            struct error *e) WARN_UNUSED;
// context is a struct project_draws that has begun.
void project_draw(void *context, size_t area, const struct project_paths *paths);

// Standard deviation of the error at step t (0: the first).
double project_error_sd(const struct project_error *error, size_t t);

// The AR(1) whose intervals come nearest to given ones of a level (0.8, 0.95) by step:
// least squares of the logarithms of their half-widths, over rho in [0, 1] and sd. worst:
// greatest relative difference of a width (may be NULL). ERR_INPUT where low >= high.
enum err project_error_from_bounds(const double *low, const double *high, size_t steps,
                                   double level, struct project_error *error,
                                   double *worst, struct error *e) WARN_UNUSED;

// The AR(1) of a past series about its own mean or line (trend): rho by least squares,
// corrected for its bias in short series (Kendall 1954), in [0, 1]; sd of what is left.
// ERR_INPUT for fewer than 6 values or a value that is no number.
enum err project_error_from_past(const double *value, size_t n, bool trend,
                                 struct project_error *error,
                                 struct error *e) WARN_UNUSED;

#endif
