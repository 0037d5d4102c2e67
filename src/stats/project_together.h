// SPDX-License-Identifier: AGPL-3.0-or-later
// Areas within others whose trajectories add up: trajectory k of the parts to trajectory
// k of their whole, in people by sex and age, births by sex and deaths, at each moment.
//
// Parts and whole are drawn with the same random numbers (the same seed), each projected
// by itself; each count of a part is then multiplied by the one factor that makes the
// parts' sum the whole's. A count that the whole has and no part is shared out by the
// parts' people. Unlike project_constrain.h, which goes step by step, the factor of a
// moment does not change the next step. Medians of parts need not add up to the whole's
// median: no more than medians of a sum do.
//
// Pure functions on the caller's arrays.
#ifndef STATS_PROJECT_TOGETHER_H
#define STATS_PROJECT_TOGETHER_H

#include "stats/project_batch.h"

// Counts of an area, [cell][moment][trajectory]: all people, deaths of the step, people
// [sex][age], boys and girls born in the step.
enum { PROJECT_TOGETHER_ALL, PROJECT_TOGETHER_DEATHS, PROJECT_TOGETHER_PEOPLE };
size_t project_together_cells(const struct project_shape *shape);

// Makes a part's counts those that, raked like this, add up to the whole's. sum: of all
// parts before raking. moments x trajectories = n.
void project_together_rake(double *part, size_t cells, size_t n, const double *whole,
                           const double *sum);

// The other measures from raked counts; value [measure][n], the counts among them at
// `first`. Ratios are over measures that are none.
void project_together_measure(const struct project_measure *measure, size_t measures,
                              size_t first, const struct project_shape *shape, size_t n,
                              double *value);

#endif
