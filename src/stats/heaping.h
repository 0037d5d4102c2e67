// SPDX-License-Identifier: AGPL-3.0-or-later
// Age heaping and age-sex accuracy: how far the ages of a population look told or guessed
// rather than known. Pure functions on counts; any thread.
//
// Counts by single years: count[a] people of completed age a, a from 0 to n - 1. A closed
// scale: leave an open last group ("85+") out of n. Counts by five years: the same for
// 0-4, 5-9, ... Counts may be fractions; none may be negative or NaN (the answer is then
// NaN or without meaning).
//
// Every function returns NaN where it has no answer: the ages it needs are not below n,
// or nobody has them. Cost O(n).
//
// Sources (each gives what DemoTools prints for the same call):
//   Whipple: UN, Demographic Yearbook 1963; one digit: Roger, Waltisperger and
//     Corbille-Guitton 1981, p. 148. Here 1 is no preference and 5 (one digit: 10) is
//     everybody; the usual scale is 100 times that.
//   Myers: Myers 1940, "Errors and bias in the reporting of ages in census data";
//     0 to 90. Bachi 1951; 0 to 90. Both: the share of people, in per cent, whose age
//     would have to move for all ten digits to be alike.
//   Noumbissi 1992: each digit against the five ages around it. Total modified Whipple:
//     Spoorenberg 2007, "Quality of age reporting", Population 62(4); 0 to 16.
//   Coale and Li 1991, Demography 28(2): against a moving average, for old ages.
//   Kannisto 1999: one old age against the geometric mean of five.
//   Sawtooth: mean ratio of ten-year ages (40-44, 50-54, ...) to their neighbours, over
//     that of the fives between (Feeney 2013).
//   Age ratios, sex ratios, joint score: UN 1952, Population Bulletin 2; Zelnik 1961;
//     Ramachandran 1967; Das Gupta 1955 (another scale).
#ifndef STATS_HEAPING_H
#define STATS_HEAPING_H

#include <stdbool.h>
#include <stddef.h>

enum { HEAPING_ZERO_AND_FIVE = 10 }; // beside the digits 0 to 9

// Ages from..to that end in the digit, against all from two years below the first (one
// digit: seven) to two above the last. Usually 25 to 60 (23 to 62 are counted).
double heaping_whipple(const double *count, size_t n, int from, int to, int digit);

// Blended over the decades of from..to, which is cut to whole decades. `blend_all`: both
// sums go to the last age (Myers' own, as PAS has it); otherwise the first leaves the
// last decade out, so that both have as many ages. shares: percent by digit 0 to 9, or
// NULL.
double heaping_myers(const double *count, size_t n, int from, int to, bool blend_all,
                     double shares[10]);

// Whole decades of from..to, each digit in the middle of its range of ages. `pooled`: the
// sums of the two ranges are added (PAS), otherwise their shares averaged (Bachi).
double heaping_bachi(const double *count, size_t n, int from, int to, bool pooled,
                     double shares[10]);

// Ages from..to that end in the digit.
double heaping_noumbissi(const double *count, size_t n, int from, int to, int digit);
// Sum over digits of |1 - Noumbissi|; usually 20 to 64. A digit that nobody has around
// counts as 1 away.
double heaping_spoorenberg(const double *count, size_t n, int from, int to);

double heaping_coale_li(const double *count, size_t n, int from, int to, int digit);
double heaping_kannisto(const double *count, size_t n, int age);
double heaping_sawtooth(const double *count, size_t n);

enum heaping_ratio { HEAPING_UN, HEAPING_ZELNIK, HEAPING_RAMACHANDRAN };

// Mean distance of the age ratios from 100, over the groups with a neighbour on both
// sides; a group next to nobody has no ratio and makes it NaN.
double heaping_age_ratio_score(const double *five, size_t n, enum heaping_ratio kind);
// Mean change of the sex ratio (x 100) from group to group; NaN where a group has no
// women.
double heaping_sex_ratio_score(const double *males, const double *females, size_t n);
// 3 x sex ratio score + both age ratio scores. `people`: everybody, the open group too;
// under a million the score is lowered by 3500 / sqrt(people) - 3.5, what chance alone
// does (UN 1952); 0 leaves that out.
double heaping_age_sex(const double *males, const double *females, size_t n,
                       enum heaping_ratio kind, double people);
double heaping_das_gupta(const double *males, const double *females, size_t n);

// Sums of whole fives below n: five has n / 5 places.
void heaping_fives(double *five, const double *count, size_t n);

#endif
