// SPDX-License-Identifier: AGPL-3.0-or-later
// Numbers and dates that were rounded or made up leave traces in their digits: last
// digits, weights in round hundreds, births on the 1st and the 15th, first digits.
//
// A trace is a reason to look at how a number is taken (a scale, a form, a custom); it
// says nothing about who wrote it. Pure functions; values that are NaN are left out. p is
// of a chi-square test or of a binomial tail, and small with many values also where the
// trace is harmless: read it beside the share.
//
// Sources: Mosimann, Wiseman and Edelman 1995 (last digits); Benford 1938, Nigrini 2012
// (mean absolute deviation; what chance alone gives is subtracted, Barney and Schulzke
// 2016); Blanc and Wardlaw 2005, Bulletin WHO 83(3) (birth weight at 2,500 g).
#ifndef STATS_DIGITS_H
#define STATS_DIGITS_H

#include "base/date.h"

struct digits_last {
    uint64_t n;         // values used: whole numbers from 100
    uint64_t count[10]; // by last digit
    double moved;       // per cent that would have to move for all to be alike (0 to 90)
    int most;           // the most frequent
    double chi_square, p;
};
// Last digits of whole numbers below 1e15; those under 100 are left out, since theirs are
// not alike by chance either.
void digits_last(const double *values, size_t n, struct digits_last *out);

struct digits_benford {
    uint64_t n;         // values used: above 0
    uint64_t count[10]; // by first digit, [1] to [9]
    double orders;      // log10 of the 95th over the 5th percentile
    bool applies;       // at least 100 values, spread at least 50-fold
    double deviation;   // mean absolute deviation of the nine shares
    double excess;      // the same less what chance gives
    double chi_square, p;
};
// scratch: n doubles.
void digits_benford(const double *values, size_t n, double *scratch,
                    struct digits_benford *out);
double digits_benford_share(int digit); // log10(1 + 1/digit)

enum { DIGITS_STEPS = 4 };
struct digits_weight {
    uint64_t n;        // values used: 300 to 8,000 g
    uint64_t left_out; // others
    int resolution;    // the largest of 1, 2, 5, 10, 20, 25, 50, 100 g that at least 99 %
                       // are whole multiples of
    struct digits_step {
        int step; // 50, 100, 250, 500 g
        uint64_t found;
        double share, expected; // expected: resolution / step; NaN where step is not
                                // above the resolution
        double low, high;       // 95 % interval of share
        double p;               // of so many by chance
    } steps[DIGITS_STEPS];
    uint64_t below, at; // under 2,500 g, and exactly
};
void digits_weight(const double *grams, size_t n, struct digits_weight *out);

struct digits_dates {
    uint64_t n;
    int32_t first, last;
    uint64_t day[32], weekday[7]; // by day of the month 1-31; 0 is Monday
    double day_expected[32];      // each month's dates spread evenly over its days
    double weekday_expected[7];
    uint64_t new_year; // 1 January
    double new_year_expected;
    double chi_square, p;                 // of days of the month
    double weekday_chi_square, weekday_p; // weekends have fewer planned births
    double moved; // per cent that would have to move to other days
};
// DATE_NONE is left out. The first and the last month count from the first to the last
// day that was seen. ERR_LIMIT when the dates span more than 400 years; ERR_MEMORY.
enum err digits_dates(const int32_t *dates, size_t n, struct arena *a,
                      struct digits_dates *out, struct error *e) WARN_UNUSED;

#endif
