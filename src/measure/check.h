// SPDX-License-Identifier: AGPL-3.0-or-later
// What the checks of a pack find: row rules, one register against another, report against
// register, numerator outside denominator, duplicates, and what is far from its own
// history. A finding says what, where, why, and what to do; it never names a person, and
// a signal opens a review of data or of a facility.
#ifndef MEASURE_CHECK_H
#define MEASURE_CHECK_H

#include "measure/measure.h"

enum { FINDING_IDS = 100, FINDING_ALL_IDS = 5000 };

struct finding {
    struct str check;   // name of the check, rule or indicator
    struct label label; // what it is
    struct label text;  // what was found here, with the figures
    struct label cure;  // may be empty
    enum severity severity;
    const struct reg *reg;  // whose rows, or NULL
    int32_t area, facility; // index, -1: none
    struct period period;
    int64_t count; // rows concerned; 0 where it is not about rows
    int64_t *ids;  // the first FINDING_IDS of them (of one check that is asked for alone
                   // FINDING_ALL_IDS), for those who may see rows; of rows that are
                   // there twice two of each group, one beside the other
    size_t n_ids;
    double score; // for sorting: larger is further off
    // What was found and against what: {rows, 0}, {left, right}, {numerator,
    // denominator}, {value, periods in a row}. The same in every period and area asked
    // for that hold the finding; explanations are of these (register/explain.h).
    double figures[2];
    // What was counted on either side of a comparison, and what it is called; NULL: none.
    const struct expr *sides[2];
    struct label side_labels[2];
};

struct findings {
    struct finding *list; // errors first, then warnings, then notes; within them by score
    size_t n;
    size_t errors, warnings, notes;
};

// Runs every check of the pack (or the one named) on rows of the period under root. today
// in *m says what is in the future.
enum err check_run(const struct measure *m, struct arena *a, struct period period,
                   int32_t root, struct str only, struct findings *out,
                   struct error *e) WARN_UNUSED;

#endif
