// SPDX-License-Identifier: AGPL-3.0-or-later
// Tables of survival ratios by life expectancy (struct project_survival), from life
// tables that a place has: its own one, moved up and down, or several of rising life
// expectancy, with what lies between them.
//
// Each row is the life table whose life expectancy is exactly the row's: the parameter of
// the family is solved for. Memory is from the caller's arena; one thread.
// Sources: Brass 1971 (relational logit); Lee and Carter 1992, JASA 87(419).
#ifndef STATS_PROJECT_SURVIVAL_H
#define STATS_PROJECT_SURVIVAL_H

#include "base/memory.h"
#include "stats/lifetable.h"
#include "stats/project_batch.h"

enum project_survival_family {
    PROJECT_SURVIVAL_BRASS,      // one table; logits of its survivors are shifted
    PROJECT_SURVIVAL_LEE_CARTER, // one table; log rates move by `slope`
    PROJECT_SURVIVAL_BETWEEN,    // two tables or more: log rates straight between
                                 // neighbours; beyond, on as from the first to the last
};

struct project_survival_source {
    enum project_survival_family family;
    struct lifetable_rule rule;
    size_t n;           // groups of age
    const int32_t *age; // [n] as in lifetable.h
    size_t tables;
    const double *rates; // [table][n], above 0
    const double *slope; // LEE_CARTER: [n] change of the log rate as mortality moves;
                         // NULL: 1 at every age
};

struct project_survival_grid {
    double low, high,
        step;      // life expectancies; step of .1 is close enough for trajectories
    int32_t width; // of groups of the projection
    size_t ages;
};

// ERR_INPUT: a rate that is not above 0 (which table and age), tables that do not differ,
// or a life expectancy that the family does not reach.
// O(rows x rounds x n), some 50 ms for 600 rows.
enum err project_survival_make(struct arena *a,
                               const struct project_survival_source *from,
                               const struct project_survival_grid *grid,
                               struct project_survival *out, struct error *e) WARN_UNUSED;

// The life expectancy of survival ratios [ages + 1], as project.h has them; the open
// group dies out as its last ratio says. O(ages).
double project_survival_expectancy(const double *ratio, int32_t width, size_t ages);

// The same from survival ratios of steps, [step][ages + 1], where life tables are not at
// hand: hazards straight between the steps in order of life expectancy, and beyond them
// scaled alike. Its life expectancies are those of project_survival_expectancy(). A ratio
// of 0 stays 0, and one of 1 stays 1. O(rows x rounds x ages).
enum err project_survival_from_ratios(struct arena *a, const double *ratios, size_t steps,
                                      const struct project_survival_grid *grid,
                                      struct project_survival *out,
                                      struct error *e) WARN_UNUSED;

// Survival ratios [ages + 1] at one life expectancy, as the batch looks them up.
void project_survival_at(const struct project_survival *s, double e0, double *ratio);

#endif
