// SPDX-License-Identifier: AGPL-3.0-or-later
// Areas within areas: townships made to add up to their county, counties to their
// province, from the top down (project_run_constrained); and whole numbers that keep all
// sums. Of project_study.c only. Scratch is in the caller's arena; one thread.
#ifndef STUDY_PROJECT_WITHIN_H
#define STUDY_PROJECT_WITHIN_H

#include "study/project_study.h"

// Runs what is within another area; those that are not have been run. People, births and
// deaths add up by sex and age at each step. ERR_INPUT: parts of another shape than their
// whole, areas within each other, or what project_run_constrained() refuses.
// O(areas x areas + areas x steps x ages).
enum err project_within_run(const struct project_files *files,
                            struct project_projection *list, struct arena *a,
                            struct error *e) WARN_UNUSED;

// People, births and deaths of all areas as whole numbers: an area that is within none
// by largest remainders, parts raked to their whole's and rounded as a table, so that
// each group of the parts adds up to the whole's. ERR_USAGE: counts are thousands.
enum err project_within_round(const struct project_files *files,
                              struct project_projection *list, struct arena *a,
                              struct error *e) WARN_UNUSED;

#endif
