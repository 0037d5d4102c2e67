// SPDX-License-Identifier: AGPL-3.0-or-later
// The sex ratio at birth of a county, taken apart: by areas of a level, facility, birth
// order or another code, each with its interval, the exact p-value against a reference
// that is itself in doubt, what that is among so many looks, missing girls, and words.
// Rows stand in the order of the tree or of the codes, never by their ratio: below some
// 3,800 births it is mostly chance (Charter, 3).
//
// Counts come through measure with the caller's access. Everything is in the arena.
#ifndef STUDY_SRB_ROWS_H
#define STUDY_SRB_ROWS_H

#include "measure/measure.h"

struct srb_row {
    struct axis_bucket bucket;
    bool hidden; // the rest is NaN
    double boys, girls, ratio, low, high;
    double p, q; // two-sided; q: Benjamini and Hochberg over all rows with births
    double missing, missing_low, missing_high;
    struct label certainty;
};

struct srb_rows {
    const struct indicator *indicator; // the pack's ratio
    struct axis axis;
    struct srb_row *list;
    size_t n, n_looks; // looks: rows with births
    double enough;     // certainty_enough
};

// by: as measure_axis, or "order" (what the pack takes births apart by), or empty: the
// level below the area. ERR_NOT_FOUND: the pack has no ratio; ERR_FORBIDDEN: root is not
// the caller's; ERR_INPUT: by. O(rows of the register).
enum err srb_rows_make(const struct measure *m, struct arena *a, struct period period,
                       int32_t root, struct str by, struct srb_rows *out,
                       struct error *e) WARN_UNUSED;

#endif
