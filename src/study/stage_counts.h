// SPDX-License-Identifier: AGPL-3.0-or-later
// How many current rows of a register with a workflow stand in each stage, and how many
// of them are past their deadline: of rows that the caller may read, below an area.
//
// One thread. One pass over the register: O(rows), in SQL.
#ifndef STUDY_STAGE_COUNTS_H
#define STUDY_STAGE_COUNTS_H

#include "measure/measure.h"

struct stage_count {
    size_t n, late;
};

// out: one for each stage of the workflow, in the arena; root: area index, -1 everywhere.
// A row from before the workflow stands in the first stage; a row without a place is
// counted everywhere. A register that is not the caller's has no rows.
enum err stage_counts(const struct measure *m, struct arena *a, const struct reg *r,
                      int32_t root, struct stage_count **out,
                      struct error *e) WARN_UNUSED;

#endif
