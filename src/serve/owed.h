// SPDX-License-Identifier: AGPL-3.0-or-later
// What the list of days and the calendar feed share.
#ifndef SERVE_OWED_H
#define SERVE_OWED_H

#include "measure/schedule.h"

struct owed_report { // of one register, due on one day
    const struct reg *reg;
    struct period period;
    int32_t due;
    size_t done, late, open; // reporters: it came, its day has passed, not yet
};

// Reports that are due between two days, in the pack's order, then by period. n 0 where
// the caller may see no figures of root.
enum err owed_reports(const struct measure *m, struct arena *a, int32_t root,
                      int32_t from, int32_t to, struct owed_report **out, size_t *n,
                      struct error *e) WARN_UNUSED;

#endif
