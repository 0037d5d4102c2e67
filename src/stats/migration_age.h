// SPDX-License-Identifier: AGPL-3.0-or-later
// Migration by age: the curves of Rogers and Castro, standard sets of them, the spread of
// a total over sex and age, and a curve fitted to given rates.
//
// Pure functions on arrays of the caller; safe on any thread; nothing is allocated. Sexes
// are those of project.h. A curve's rate at completed age x is
//   a1 exp(-alpha1 x)                                     children
//   + a2 exp(-alpha2 (x - mu2) - exp(-lambda2 (x - mu2)))  labour
//   + a3 exp(-alpha3 (x - mu3) - exp(-lambda3 (x - mu3)))  retirement
//   + a4 exp(lambda4 x)                                    old age
//   + c
// Sources: Rogers and Castro 1981, Model Migration Schedules (IIASA RR-81-30), whose
// standard has a1 .02, alpha1 .1, a2 .06, alpha2 .1, mu2 20, lambda2 .4, c .003 (Castro
// and Rogers 1983); Rogers and Little 1994 (13 parameters). The three patterns of the
// United Nations (family, male labour, female labour) are curves fitted to its published
// shares by groups of five years.
#ifndef STATS_MIGRATION_AGE_H
#define STATS_MIGRATION_AGE_H

#include "stats/project.h"

// What a curve is made of, by how many parameters it has.
enum migration_age_kind {
    MIGRATION_AGE_7,  // children, labour, constant
    MIGRATION_AGE_9,  // and old age
    MIGRATION_AGE_11, // and retirement
    MIGRATION_AGE_13, // and both
};

enum { MIGRATION_AGE_LAST = 110 }; // completed age up to which an open group is counted

struct migration_age {
    double a1, alpha1;
    double a2, alpha2, mu2, lambda2;
    double a3, alpha3, mu3, lambda3;
    double a4, lambda4;
    double c;
};

struct migration_age_pattern {
    const char *name; // "family"
    double women;     // share of women in the total
    struct migration_age curve[PROJECT_SEXES];
};

double migration_age_rate(const struct migration_age *curve, double age);

// Shares of a total by group of age: [ages], the last open; they add up to 1. Fails for a
// curve that is negative somewhere or zero everywhere. O(ages x width + 110).
enum err migration_age_shares(const struct migration_age *curve, int32_t width,
                              size_t ages, double *shares, struct error *e);

// "rogers-castro", "family", "male-labour", "female-labour". NULL: no such name; the cure
// lists them. Static storage.
const struct migration_age_pattern *migration_age_standard(const char *name,
                                                           struct error *e);

// A net total of both sexes as persons by sex and age: [sex][age].
enum err migration_age_spread(const struct migration_age_pattern *pattern, double net,
                              int32_t width, size_t ages,
                              double *const persons[PROJECT_SEXES], struct error *e);

// Those who come by one pattern, those who go by the rates of another on the people who
// are here, so that nobody leaves who is not here; net persons by sex and age. `going` is
// what left in all; less than that when so many are not here (`short_of`: by how much;
// may be NULL).
enum err migration_age_exchange(const struct migration_age_pattern *in, double coming,
                                const struct migration_age_pattern *out, double going,
                                const double *const population[PROJECT_SEXES],
                                int32_t width, size_t ages,
                                double *const persons[PROJECT_SEXES], double *short_of,
                                struct error *e);

struct migration_age_rates { // rates to fit a curve to
    size_t n;
    const int32_t *age;   // [n] where each group begins, ascending
    int32_t end;          // where the last one ends (one past its last completed age)
    const double *rate;   // [n] mean of the group, none below 0
    const double *weight; // [n] NULL: all alike
};

struct migration_age_fit {
    struct migration_age curve;
    double r_squared;  // of the weighted rates
    double mean_error; // weighted mean of |fitted - given| / given mean rate
    int turns;         // of the best start
    bool converged;
};

// Least squares (Levenberg 1944, Marquardt 1963, on logarithms of the parameters) from
// several starts; the best is kept. ERR_INPUT for fewer groups than parameters, ages out
// of order, a rate that is negative or no number, or nothing but zeros.
// O(starts x turns x ages x parameters^2), some milliseconds.
enum err migration_age_fit(const struct migration_age_rates *rates,
                           enum migration_age_kind kind, struct migration_age_fit *fit,
                           struct error *e);

#endif
