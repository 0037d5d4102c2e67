// SPDX-License-Identifier: AGPL-3.0-or-later
// Numbers of facilities that look less like chance than numbers of births do: too even,
// too round, or the same again.
//
// Each sign is a p-value of one facility under plain chance; fabrication_adjust puts all
// of them together (Benjamini and Hochberg 1995). A sign is a reason to look at how a
// facility keeps its book: round numbers come from estimates and from copied totals,
// equal months from a form that was sent twice. It proves nothing, and it is about a
// facility, never a person. Pure; signals live in the arena.
//
// Counts
//   even counts  sum of (x - e)^2 / e over periods, e: the facility's total spread as all
//                other facilities' is; lower tail of chi-square. 6 periods, 5 a period.
//   even ratio   the same of boys against the facility's own share; periods of 10 births.
//   round        counts from 10 on that are multiples of 5, against the share that
//   Poisson
//                numbers of the same means have; binomial tail. 8 counts.
//   same before  periods whose boys and girls are those of the period so many before, for
//                the lag with most of them; expected: two Poisson numbers that are equal
//                (Skellam 1946); Poisson tail, times the number of lags.
//   same other   the same against another facility in the same periods, times the number
//                of others. Only periods of 5 births in both.
// Values (weights, ages ...), in the order of the file
//   round values multiples of `step` against the share in all other facilities; 30 values
//   round days   the same of days of the month, multiples of 5 from the 5th and the 1st
//   repeated     values equal to the one before, against all orders of the same values
#ifndef STATS_FABRICATION_H
#define STATS_FABRICATION_H

#include "base/str.h"

enum fabrication_sign {
    FABRICATION_EVEN_COUNTS,
    FABRICATION_EVEN_RATIO,
    FABRICATION_ROUND,
    FABRICATION_SAME_BEFORE,
    FABRICATION_SAME_OTHER,
    FABRICATION_ROUND_VALUES,
    FABRICATION_REPEATED,
    FABRICATION_ROUND_DAYS,
    FABRICATION_SIGNS
};

struct fabrication_signal {
    uint32_t facility;
    enum fabrication_sign sign;
    uint32_t other; // same other: the facility; same before: the lag in periods; else 0
    uint64_t n;     // periods, counts or values that were looked at
    double found, expected; // even: spread (1 by chance); else how many
    double p, q;            // q: after fabrication_adjust
};

struct fabrication {
    struct fabrication_signal *signals;
    size_t n, capacity;
    uint32_t tested[FABRICATION_SIGNS]; // facilities with enough numbers
};

struct fabrication_counts {
    uint32_t n_facilities, n_periods;
    const double *boys, *girls; // [facility][period]; NaN: no report; girls NULL: boys
                                // holds all births
};

// Both add to *out (zeroed before the first). ERR_MEMORY. Counts: O(facilities^2 x
// periods) comparisons of numbers; values: O(n log n).
enum err fabrication_of_counts(const struct fabrication_counts *c, struct arena *a,
                               struct fabrication *out, struct error *e) WARN_UNUSED;
// facility: [n], below n_facilities. Values that are NaN are left out. step 0: no test of
// round values.
enum err fabrication_of_values(const double *values, const uint32_t *facility, size_t n,
                               uint32_t n_facilities, double step, struct arena *a,
                               struct fabrication *out, struct error *e) WARN_UNUSED;
// Days of the month (1 to 31; NaN: none) by facility: round days only.
enum err fabrication_of_days(const double *days, const uint32_t *facility, size_t n,
                             uint32_t n_facilities, struct arena *a,
                             struct fabrication *out, struct error *e) WARN_UNUSED;
// Sets q of all signals and puts them in order of p (then facility, then sign).
void fabrication_adjust(struct fabrication *f);

#endif
