// SPDX-License-Identifier: AGPL-3.0-or-later
// Projections of many areas in many trajectories at once (the steps of project.h), and
// the quantiles of what is asked of them.
//
// An area has its people and patterns; a trajectory has, for each step, a total fertility
// rate, a life expectancy of each sex, boys a girl at birth and net migrants. Survival is
// looked up by life expectancy in a prepared table (straight between its rows). All
// trajectories of an area are stepped together, the trajectory innermost, and forgotten
// when its quantiles are known, so that memory does not grow with areas x trajectories.
// The same rates through project_run give the same people to 1e-9.
//
// Areas are shared out over a pool; the answer does not depend on its threads. Arrays are
// the caller's; scratch is taken from the heap within a call.
#ifndef STATS_PROJECT_BATCH_H
#define STATS_PROJECT_BATCH_H

#include "base/pool.h"
#include "stats/project.h"

enum { PROJECT_BATCH_MAX_AGES = 131, PROJECT_BATCH_MAX_QUANTILES = 32 };

// Survival ratios by life expectancy at birth: row i is for low + i * step years; below
// the first and above the last row the end rows count.
struct project_survival {
    double low, step;
    size_t rows, ages;
    double *ratio; // [age + 1][row], each as project_input.survival has them
};

// Rates of one area: [step][trajectory] each; all must be filled.
struct project_paths {
    double *fertility;         // children a woman
    double *e0[PROJECT_SEXES]; // years
    double *boys;              // a girl
    double *net; // persons of the step; may stay as it is where the area has
                 // no pattern of migration
};

// Fills the paths of an area. Called once for each, on any thread: random numbers from a
// stream of the area (rng_stream).
typedef void project_batch_draw(void *context, size_t area,
                                const struct project_paths *paths);

struct project_batch_area {
    const double *population[PROJECT_SEXES]; // [age]
    const double *apart[PROJECT_SEXES];      // [age]; NULL: nobody
    const struct project_survival *survival[PROJECT_SEXES];
    const double *fertility; // [step][age]: shares that add up to 1
    // Net migrants of a step: those given, [step][age], and the drawn net total by a
    // pattern, [age] persons of each sex for a total of 1. NULL: nobody.
    const double *moving[PROJECT_SEXES];
    const double *migration[PROJECT_SEXES];
};

// Something to know at each moment: a weighted sum of people, of births and of deaths in
// the step that ended then (nothing at the start), or such a sum over another.
struct project_measure {
    const double *people[PROJECT_SEXES];  // [age] weights; NULL: none of them
    double births[PROJECT_SEXES], deaths; // weights
    bool ratio;                           // over the measure `per`, times `scale`
    size_t per;
    double scale;
};

struct project_batch {
    struct project_shape shape;
    enum project_timing timing;
    enum project_mothers mothers;
    size_t areas, trajectories;
    const struct project_batch_area *area;
    // Sums of areas, trajectory by trajectory: nodes are the areas and, behind them, the
    // groups; parent[node] is a later node, or SIZE_MAX. NULL when there are no groups.
    const size_t *parent;
    size_t groups;
    project_batch_draw *draw;
    void *context;
    const struct project_measure *measure;
    size_t measures;
    const double *probability; // ascending, in [0, 1]
    size_t probabilities;
};

struct project_batch_result { // [node][measure][step + 1]..., NULL: not wanted
    double *quantile;         // ...[probability]
    double *mean;             // ...
    double *value;            // ...[trajectory]: for some areas only, it is large
    uint32_t *negative;       // [area] trajectories in which a group fell below nobody
};

// O(areas x trajectories x steps x (ages x 4 + measures x 6)). ERR_INPUT where people, a
// pattern or a drawn rate are not what they must be (the area by its number); ERR_LIMIT
// when the groups' sums would take more than 8 GB.
enum err project_batch_run(struct pool *pool, const struct project_batch *batch,
                           const struct project_batch_result *out,
                           struct error *e) WARN_UNUSED;

// The quantiles of n values (straight between the order statistics, as R's type 7);
// values are moved about. Probabilities ascend. NaN where a value is. O(n) for a few of
// them.
void project_quantiles(double *values, size_t n, const double *probability,
                       size_t probabilities, double *quantile);

#endif
