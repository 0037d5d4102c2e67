// SPDX-License-Identifier: AGPL-3.0-or-later
// Projections of parts made to add up: townships to the county, counties to the province,
// by sex and age at each step; and numbers rounded so that sums stay.
//
// Raking (iterative proportional fitting, Deming and Stephan 1940): cells are multiplied
// by one factor for each total until all totals are met; a cell that is 0 stays 0. Where
// a total is above 0 and none of its cells is, the cells get the total in proportion to
// `seed` (the population of the part), and this is counted. Net migration has both signs
// and is adjusted by addition instead (project_shift).
//
// project_constrained() steps all parts together: each part's people, births and deaths
// are raked to the whole's at the end of a step, and the next step begins with them.
// Scratch is taken from the heap within a call; any thread. Sums are added in the order
// of parts, so that an answer does not depend on the machine's threads.
#ifndef STATS_PROJECT_CONSTRAIN_H
#define STATS_PROJECT_CONSTRAIN_H

#include "stats/project.h"

struct project_rake {
    size_t parts, cells; // cell [part][cell]
    double *value;       // [part][cell], none below 0; changed in place
    const double *whole; // [cell]: sum over parts wanted
    const double *part;  // [part]: sum over cells wanted; NULL: free
    const double *seed;  // [part]: shares for a cell that nobody has; NULL: all alike
    double tolerance;    // of a total, relative; 0: 1e-10
    int most_rounds;     // 0: 500
};

struct project_raked {
    int rounds;
    double worst;   // relative difference of a total that is left
    size_t seeded;  // cells of the whole that no part had anybody in
    bool converged; // worst within the tolerance
};

// ERR_INPUT: a value below 0, or totals of parts and cells that differ by more than 1e-6.
// One set of totals takes one round. O(rounds x parts x cells).
enum err project_rake(const struct project_rake *rake, struct project_raked *out,
                      struct error *e) WARN_UNUSED;

// Adds to [part][cell] what is missing to the whole, each part by its share of `weight`
// [part][cell] (its people; where nobody is, all alike). For numbers of both signs.
void project_shift(double *value, size_t parts, size_t cells, const double *whole,
                   const double *weight);

// Controlled rounding (Causey, Cox and Ernst 1985): whole numbers next to the given ones
// (up or down by less than 1) so that the sum of every part, of every cell and of all is
// next to its own too. Shifts fractions around cycles of cells (Cox 1987) until none is
// left. O(unrounded cells x length of a cycle).
enum err project_round(const double *value, size_t parts, size_t cells, int64_t *out,
                       struct error *e) WARN_UNUSED;
// One row: largest remainders. The sum is the sum rounded to the nearest. O(n log n).
enum err project_round_row(const double *value, size_t n, int64_t *out,
                           struct error *e) WARN_UNUSED;

struct project_whole { // of all parts together, as project_output has it
    const double *population[PROJECT_SEXES];
    const double *births[PROJECT_SEXES]; // NULL: the parts' births are left to themselves
    const double *deaths[PROJECT_SEXES]; // NULL: as they come
};

struct project_constrained {
    double worst_factor; // greatest factor (or 1 over it) that a group of people got,
                         // where the whole has 1 or more
    size_t seeded;       // groups of the whole that no part had
};

// All inputs have the whole's shape. Outputs are filled for every part; those of births
// and deaths may be NULL. Deaths are those of the part x the whole's factor; what the
// people, births and deaths leave over is migration. Births or deaths that no part has
// are shared out by the babies, or by the people of the group at the start of the step.
// ERR_INPUT: shapes that differ, or an input that project_check() refuses (`where` names
// the part). O(parts x steps x ages).
enum err project_run_constrained(const struct project_input *parts, size_t n,
                                 const struct project_whole *whole,
                                 const struct project_output *out,
                                 struct project_constrained *about,
                                 struct error *e) WARN_UNUSED;

#endif
