// SPDX-License-Identifier: AGPL-3.0-or-later
// First marriages of two sexes by age: how many there can be when there are more of one
// sex than of the other, or fewer of the ages that marry each other. It counts people; it
// says nothing of what anybody should do.
//
// Of each sex a schedule is declared: the mean and spread of ages at first marriage
// (Coale and McNeil's curve, fertility.h) and the share ever married at 50, which come
// about where both sexes are equally many at every age (the reference). Husbands' less
// wives' ages are then about normal with the difference of the two means and a declared
// spread; the table of couples by both ages that has these margins is found by iterative
// proportional fitting. In a year, couples are made from those not yet married by one of
// two rules; in both, brides are as many as grooms and nobody marries who is not there:
//   harmonic  n = phi x men x women / (men + women) for each pair of ages (Schoen 1981,
//             Demography 18(2); without competition between ages). Where more of a sex
//             would marry than there are, its pairs are cut alike.
//   matching  n = Pi x sqrt(men left single x women left single), so that ages compete
//             (Choo and Siow 2006, Journal of Political Economy 114(1)); one solution,
//             found by turns (Galichon and Salanie 2022, Review of Economic Studies 89).
// Death, migration and the ratio at birth change who is there; they do not depend on
// being married. Later marriages, and who never wished to marry, are not told apart from
// the declared share.
//
// Pure functions on arrays of the caller; safe on any thread; nothing is allocated.
#ifndef STATS_MARRIAGE_H
#define STATS_MARRIAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum marriage_sex { MARRIAGE_WOMEN, MARRIAGE_MEN, MARRIAGE_SEXES };
// Completed ages 15 ... 49 at the start of a year; at 50 nobody marries any more.
enum { MARRIAGE_FROM = 15, MARRIAGE_AGES = 35, MARRIAGE_END = 50 };

enum marriage_rule { MARRIAGE_HARMONIC, MARRIAGE_MATCHING };

struct marriage_schedule {
    double mean[MARRIAGE_SEXES]; // age at first marriage
    double sd[MARRIAGE_SEXES];
    double ever;   // of 1, at 50, in the reference
    double gap_sd; // of husbands' less wives' ages
};

struct marriage_model {
    enum marriage_rule rule;
    double single[MARRIAGE_SEXES][MARRIAGE_AGES + 1]; // never married, in the reference
    double couples[MARRIAGE_AGES][MARRIAGE_AGES]; // of a year there, [man][woman], to one
                                                  // person of each sex and age
    double force[MARRIAGE_AGES][MARRIAGE_AGES];   // phi or Pi
};

// Women 25, men 27, spread 4 each, difference's spread 3, 98 of 100: declared, of no
// place.
struct marriage_schedule marriage_schedule_usual(void);

// ERR_INPUT: a mean outside 16-45, a spread outside .5-10, a share outside (0, 1]. Some
// 100 us.
enum err marriage_model_make(struct marriage_model *out,
                             const struct marriage_schedule *schedule,
                             enum marriage_rule rule, struct error *e) WARN_UNUSED;

// Couples of a year, [man][woman], from the never married of each age. O(ages^2), with
// MATCHING times the rounds (some 20). left [2][MARRIAGE_AGES] is where MATCHING begins
// (square roots of those left single) and is changed; NULL: from all of them.
void marriage_year(const struct marriage_model *m,
                   const double single[MARRIAGE_SEXES][MARRIAGE_AGES],
                   double couples[MARRIAGE_AGES][MARRIAGE_AGES],
                   double left[MARRIAGE_SEXES][MARRIAGE_AGES]);

// Years one after the other. people[sex] [year][MARRIAGE_AGES]: of completed age 15 + i
// at the start of the year. At first the never married are those of the reference.
// ever[sex] [year + 1]: share ever married of those who are 50 at the start of the year
// (the last: at the end); the model has made all of it from year MARRIAGE_AGES on.
// couples [year]: NULL or how many. O(years x ages^2).
void marriage_run(const struct marriage_model *m, size_t years,
                  const double *const people[MARRIAGE_SEXES],
                  double *const ever[MARRIAGE_SEXES], double *couples);

// How likely a husband is `years` older than his wife: normal, by whole years.
double marriage_gap(const struct marriage_schedule *s, int years);

#endif
