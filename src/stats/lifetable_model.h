// SPDX-License-Identifier: AGPL-3.0-or-later
// Model life tables: of a level (a life expectancy, a mortality of children, or of
// children and adults) the table that many good tables of its kind let expect.
//
// Pure functions on arrays of the caller; safe on any thread; nothing is allocated.
// Tables have ages 0, 1, 5, 10 ... and the open group at 100 (log-quadratic: at 110).
//
// Sources of the coefficients stand in the .def files beside. Coale and Demeny's tables
// end by Gompertz's law from 80 on as the 1983 edition says; the United Nations' by
// Kannisto's, fitted to their ages 60-84.
#ifndef STATS_LIFETABLE_MODEL_H
#define STATS_LIFETABLE_MODEL_H

#include "base/str.h"
#include "stats/lifetable.h"

enum lifetable_model {
    LIFETABLE_MODEL_WEST, // the four in the order of enum lifetable_family
    LIFETABLE_MODEL_NORTH,
    LIFETABLE_MODEL_EAST,
    LIFETABLE_MODEL_SOUTH,
    LIFETABLE_MODEL_LATIN_AMERICAN,
    LIFETABLE_MODEL_CHILEAN,
    LIFETABLE_MODEL_SOUTH_ASIAN,
    LIFETABLE_MODEL_FAR_EASTERN,
    LIFETABLE_MODEL_GENERAL,
    LIFETABLE_MODEL_LOG_QUADRATIC, // the only one of both sexes together
    LIFETABLE_MODELS
};

enum { LIFETABLE_MODEL_MOST = 24 };

// "west", "far-eastern", "log-quadratic"; NULL outside.
const char *lifetable_model_name(enum lifetable_model model);
// Letters' case aside, blank or _ for -; "cd-west", "un-chilean" and "logquad" too.
// False: none.
bool lifetable_model_find(struct str name, enum lifetable_model *out);

// What is known of the table; NaN: not known. One of e0 and q5 (5q0); q45 (45q15) beside
// them for the log-quadratic model, where it is otherwise that of k = 0.
struct lifetable_level {
    double e0, q5, q45;
};

// Fills age [LIFETABLE_MODEL_MOST] and t, which must have room for as many groups and
// gets its n and age; radix 1. ERR_INPUT: a level that the model does not reach, a sex
// that it has not, or not just one of e0 and q5. By bisection; some 100 us.
enum err lifetable_model_table(enum lifetable_model model, enum lifetable_sex sex,
                               const struct lifetable_level *level, int32_t *age,
                               struct lifetable *t, struct error *e) WARN_UNUSED;

// Ages 0-4 that came as one group, told apart by the log-quadratic model with k = 0
// (Wilmoth et al. 2012) at the 5q0 that makes this rate or probability.
struct lifetable_infancy {
    double m0, m1, q0, q1; // at 0 and at 1-4
    double deaths, lived;  // shares of age 0 in the deaths, and in the years lived
};

// One of rate (5m0) and q5 is NaN. A rate below those of the model (.00006) is shared as
// its lowest is. ERR_INPUT: below 0, or above the model's (5q0 of .65). Some 30 us.
enum err lifetable_model_infancy(enum lifetable_sex sex, double rate, double q5,
                                 struct lifetable_infancy *out,
                                 struct error *e) WARN_UNUSED;

#endif
