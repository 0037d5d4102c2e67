// SPDX-License-Identifier: AGPL-3.0-or-later
// How far two who judge the same things agree beyond what chance would give. Pure
// functions.
#ifndef STATS_AGREEMENT_H
#define STATS_AGREEMENT_H

#include <stddef.h>

enum { AGREEMENT_MOST = 250 }; // categories

struct agreement {
    double n;                     // things judged by both
    double share;                 // of them judged alike; NaN: n is 0
    double expected;              // that chance would give, with these margins
    double kappa, error;          // NaN: expected is 1 (both say the same one thing)
    double kappa_low, kappa_high; // kappa +- z error, cut at -1 and 1; NaN: error is 0,
                                  // which says only that the table is too plain
};

// table: k x k counts, row by row; row: the first judge's category, column: the second's.
// kappa: Cohen (1960), Educational and Psychological Measurement 20:37; its standard
// error: Fleiss, Cohen and Everitt (1969), Psychological Bulletin 72:323, formula 13.
// The table 75 1 4 / 5 4 1 / 0 0 10 gives kappa .676 with error .0877. k from 1 to
// AGREEMENT_MOST. O(k^2).
struct agreement agreement_kappa(const double *table, size_t k, double level);

#endif
