// SPDX-License-Identifier: AGPL-3.0-or-later
// Fertility: rates by age and what they add up to, Coale and Trussell's model of them,
// how many were born before a census by its children, with or without their mothers, and
// fertility without the effect of later births.
//
// Pure functions on arrays of the caller; safe on any thread; nothing is allocated. Rates
// are births to a woman in a year; groups of age are of one width (1 or 5), the first one
// beginning at `from`.
#ifndef STATS_FERTILITY_H
#define STATS_FERTILITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct fertility_ages {
    int32_t from, width;
    size_t n;
};

struct fertility {
    double tfr;      // children of a woman who lives through these rates
    double tfr_sd;   // of births by Poisson's law; NaN: not known
    double mean_age; // of women at birth, by the rates
    double gross;    // daughters (GRR)
    double net;      // daughters, their mothers' mortality counted (NRR); NaN
};

// births [n] may be NULL (then no tfr_sd); lived [n]: years lived in each group by a girl
// born (5L / l0), NULL: no net rate. boys: for a girl at birth. rates that are no numbers
// give NaN. O(n).
struct fertility fertility_sum(const struct fertility_ages *ages, const double *rate,
                               const double *births, const double *lived, double boys);

// Coale and Trussell 1974, 1978: marital fertility = M n(a) exp(m v(a)). n and v of ages
// 15-19 ... 45-49; between the middles of groups by straight lines, so also of single
// ages.
double fertility_natural(double age);
double fertility_control(double age); // v, from 0 down

// M and m by Poisson's likelihood (Brostrom 1985), over groups from 20 on with exposure.
// ERR_INPUT: fewer than three of them, or no births.
struct fertility_marital {
    double M, m, sd_log_M, sd_m;
    double deviance; // of the fit; about groups - 2 where the model holds
    size_t groups;
};
enum err fertility_marital_fit(const struct fertility_ages *ages, const double *births,
                               const double *exposure, struct fertility_marital *out,
                               struct error *e) WARN_UNUSED;

// First marriages of a cohort (Coale and McNeil 1972): density at an age, of those who
// ever marry; a0: where they begin, k: the pace (1: Sweden 1865-69). 0 below a0. The
// share that has married by an age is its integral, to 1e-6.
double fertility_marriage(double age, double a0, double k);
double fertility_married(double age, double a0, double k);
// Rates of a model population: married x M n exp(m v), at the middles of groups, times
// the share that ever marries.
void fertility_model(const struct fertility_ages *ages, double a0, double k, double ever,
                     double M, double m, double *rate);

// Births before a census by its children, reverse survival (Timaeus and Moultrie 2013,
// Tools for Demographic Estimation). Children, women and life tables in groups of one
// width from age 0; period 0 is the width of years before the census.
struct fertility_reverse {
    int32_t width;
    size_t periods;         // groups of children: 15 of one year, 3 of five
    const double *children; // [periods], of both sexes
    const double *women;    // [groups] from age 0
    size_t groups;
    const double *lived_children; // [periods] years lived in the group by one born
    const double *lived_women;    // [groups]
    int32_t from;                 // first age of mothers, a multiple of width
    size_t mothers;               // groups of mothers
    const double *share;          // [mothers] of the fertility rates' sum; sums to 1
};
struct fertility_past {
    double births;  // a year
    double general; // births to a woman of these ages and year (GFR)
    double tfr;
};
// out [periods]. ERR_INPUT: women of the ages needed are not in the file (groups <
// from/width + mothers + periods), somebody dies out, or share does not sum to 1.
enum err fertility_reverse(const struct fertility_reverse *in, struct fertility_past *out,
                           struct error *e) WARN_UNUSED;

// Births before a census by children whose mothers live with them, the own-children
// method (Cho, Retherford and Choe 1986): single years of age. Children whose mother is
// not found, the orphans among them, are shared out over mothers' ages as the others of
// their age. A cohort's births of a year fall half into each of the two ages it had in
// it.
struct fertility_own {
    size_t periods;               // ages of children, 0 ... periods - 1
    int32_t from, to;             // ages of mothers at birth, from <= age < to; births at
                                  // other ages count at the nearest of them
    size_t groups;                // ages of women from 0: to + periods + 1 or more
    const double *children;       // [periods][groups] by their mother's age now
    const double *alone;          // [periods] whose mother is not found
    const double *women;          // [groups]
    const double *lived_children; // [periods] years lived in the year of age by one born
    const double *lived_women;    // [groups]
};
struct fertility_own_past { // of the year from k to k + 1 years before the census
    double births, general, tfr, mean_age;
    double tfr_sd;  // of the matched children by Poisson's law
    double matched; // share of the children
};
// out [periods], rate [periods][to - from]. ERR_INPUT: ages or counts that cannot be,
// children of an age none of whom has a mother, somebody dies out. O(periods x groups).
enum err fertility_own(const struct fertility_own *in, struct fertility_own_past *out,
                       double *rate, struct error *e) WARN_UNUSED;

// Bongaarts and Feeney 1998: of one order, tfr / (1 - yearly change of the mean age at
// birth), which is (after - before) / years between. Sum orders. NaN where the change is
// 1 or more.
double fertility_tempo(double tfr, double mean_before, double mean_after, double years);

#endif
