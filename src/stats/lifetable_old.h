// SPDX-License-Identifier: AGPL-3.0-or-later
// Mortality of old age by a law: fitted where deaths are many, carried on where they are
// few; and the ages of a table one by one.
//
// Pure functions on arrays of the caller; safe on any thread; nothing is allocated. A
// rate of a group is the hazard in the middle of it.
#ifndef STATS_LIFETABLE_OLD_H
#define STATS_LIFETABLE_OLD_H

#include "stats/lifetable.h"

enum lifetable_law_kind {
    LIFETABLE_KANNISTO, // a exp(b x) / (1 + a exp(b x)): Thatcher, Kannisto and Vaupel
                        // 1998
    LIFETABLE_GOMPERTZ, // a exp(b x)
    LIFETABLE_MAKEHAM,  // c + a exp(b x)
};

struct lifetable_law {
    enum lifetable_law_kind kind;
    double log_a, b, c; // x is years from age `from`
    int32_t from;       // where the fit began
    size_t groups;      // in the fit
    double deviance;    // of Poisson's deaths
};

double lifetable_old_hazard(const struct lifetable_law *law, double age);
// What is left to live at an age, by the law; 1e-9.
double lifetable_old_e(const struct lifetable_law *law, double age);

// By the likelihood of Poisson, over the closed groups that begin at from ... below to.
// deaths[n] and exposure[n] by group of age[n], the last open. ERR_INPUT: fewer than
// three groups with people in them (four for Makeham), or deaths that do not rise with
// age. O(groups x rounds), at most 100 rounds.
enum err lifetable_old_fit(enum lifetable_law_kind kind, const int32_t *age, size_t n,
                           const double *deaths, const double *exposure, int32_t from,
                           int32_t to, struct lifetable_law *law,
                           struct error *e) WARN_UNUSED;

// The groups of a table to a higher open age: those that begin below `from` as they are,
// then groups of the width of the last closed one by the law, to the open group at `to`,
// whose rate is 1 / e. out_age and out_m are [most]. Returns the number of groups; 0 when
// they do not fit, when no group begins at `from`, or when `to` is not reached by whole
// groups.
size_t lifetable_old_extend(const int32_t *age, const double *m, size_t n, int32_t from,
                            int32_t to, const struct lifetable_law *law, int32_t *out_age,
                            double *out_m, size_t most);

enum { LIFETABLE_KNOTS = 140 };

// Survivors at every single age 0 ... of a table's last age: a monotone cubic (Fritsch
// and Carlson 1980) of the cumulated hazard -ln l over ln(age + 1/4), which passes
// through every l of the table. l_single is [age[n - 1] + 1]. ERR_INPUT: a table that
// does not begin at 0, has more than LIFETABLE_KNOTS groups, or in which nobody is left
// before the open group. O(age + n).
enum err lifetable_old_single(const struct lifetable *t, double *l_single,
                              struct error *e) WARN_UNUSED;

#endif
