// SPDX-License-Identifier: AGPL-3.0-or-later
// Who owes a report, and when it came. From a register's `due:`; a zero report is a
// report.
#ifndef MEASURE_DUE_H
#define MEASURE_DUE_H

#include "measure/measure.h"

enum due_state {
    DUE_ON_TIME,
    DUE_LATE,
    DUE_MISSING, // the day has passed
    DUE_OPEN     // the day has not come yet
};

struct due_item { // one reporter, one period
    const struct reg *reg;
    struct period period;
    int32_t area, facility; // index; the other is -1
    int32_t due, received;  // days; received DATE_NONE: not there, or its day not known
    enum due_state state;
};

struct due_summary { // of one register
    const struct reg *reg;
    struct due_item *items; // reporter by reporter, period by period
    size_t n;
    size_t n_reporters, n_periods;
    size_t owed, on_time, late, missing; // owed: without those whose day has not come
};

// All reporters that existed in the period and lie under root. A register without `due:`
// gives n = 0. Completeness is (on_time + late) / owed, timeliness on_time / owed. O(rows
// of the register + items).
enum err due_list(const struct measure *m, struct arena *a, const struct reg *r,
                  struct period period, int32_t root, struct due_summary *out,
                  struct error *e) WARN_UNUSED;

#endif
