// SPDX-License-Identifier: AGPL-3.0-or-later
// From rates and totals to what a projection takes (project.h): survival from death
// rates, fertility from a total and its shares, net migrants by age from a total or from
// two populations, and shocks.
//
// Pure functions on arrays of the caller; safe on any thread; nothing is allocated.
// Arrays by step are [step][group] as in project.h.
#ifndef STATS_PROJECT_RATES_H
#define STATS_PROJECT_RATES_H

#include "stats/lifetable.h"
#include "stats/project.h"

struct project_mortality { // of one sex
    size_t n;              // groups: abridged or complete, the last open
    const int32_t *age;    // where each begins
    const double *m;       // [step][n], deaths a person and year
};

// A life table of each step: survival [step][ages + 1] and e0 [step] (NULL: not wanted).
// Complete rates may go on past the open group of the projection, and groups of five
// years may be asked of single ages. ERR_INPUT: those of lifetable.h, with sex and year.
// O(steps x n).
enum err project_survival(const struct project_shape *shape, enum project_sex sex,
                          const struct project_mortality *mortality,
                          struct lifetable_rule rule, double *survival, double *e0,
                          struct error *e) WARN_UNUSED;

// Births a woman and year of each group of a step from children a woman and the share of
// each group: [ages], any scale (0.2 or 20).
void project_fertility(const struct project_shape *shape, double children,
                       const double *share, double *fertility);
// Children a woman of the rates of a step.
double project_children(const struct project_shape *shape, const double *fertility);

// Net migrants by sex and group (as project.h wants them) that make of the first step of
// `in` the population `end`; in->migration is not read. Exact but for fertility in the
// first group. O(ages).
void project_infer(const struct project_input *in, const double *const end[PROJECT_SEXES],
                   double *const migrants[PROJECT_SEXES]);

// The general age pattern of migrants (the standard schedule of Rogers and Castro 1981,
// migration_age.h) of those under 85, the same for both sexes; sums to 1 over both.
void project_migrants_general(const struct project_shape *shape,
                              double *const share[PROJECT_SEXES]);

// Net migrants of a step from their total and the migrants of n past steps (latest last,
// [n][ages] each): the latest pattern has weight 3/4, the two before 1/8 each, scaled to
// the total. Only steps count in which most went one way (|sum| >= 0.8 sum of | |), and
// the latest must be one; else the latest migrants are kept as far as the total allows,
// and what is left is spread generally. A total of 0 is nobody. Nobody of 85 and over
// moves by such a pattern: what two counts leave there is mostly their rounding. O(n x
// ages).
void project_migrants_spread(const struct project_shape *shape, double total,
                             const double *const past[PROJECT_SEXES], size_t n,
                             double *const migrants[PROJECT_SEXES]);

// Ratios given in so many decimals that fall or rise in a straight line to the constant
// they end with are put on the nearest such line, within their rounding. O(n^2).
void project_unround_ratio(double *ratio, size_t n, int decimals);

// --- shocks ---------------------------------------------------------------------------

enum project_shock_kind {
    PROJECT_SHOCK_DEATHS,   // on death rates
    PROJECT_SHOCK_BIRTHS,   // on fertility
    PROJECT_SHOCK_MIGRANTS, // on net migrants
};

struct project_shock {
    enum project_shock_kind kind;
    int32_t year;      // calendar year that it strikes
    double first_half; // share of it that falls from January to June (0.5: evenly)
    int sex;           // enum project_sex, or -1: both
    int32_t from, to;  // ages that it strikes, both included
    double factor;     // what a whole year of it is multiplied by; 1: nothing
    double more; // and what is added: to a rate of the year; persons of all its ages
                 // to migrants
};

// The part of the shock that falls into the step which begins at `begins` (2020.5 is the
// middle of 2020) and lasts `width` years: 0 to 1.
double project_shock_part(const struct project_shock *shock, double begins,
                          int32_t width);

// Applies a shock to rates [n groups that begin at age[i]] of a step: rate x (1 + (factor
// - 1) x part / width) + more x part / width. Never below 0 for rates.
void project_shock_rates(const struct project_shock *shock, double begins, int32_t width,
                         const int32_t *age, size_t n, double *rate);
// The same for net migrants of a step by group; more is shared evenly by ages.
void project_shock_migrants(const struct project_shock *shock, double begins,
                            const struct project_shape *shape, double *migrants);

#endif
