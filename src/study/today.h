// SPDX-License-Identifier: AGPL-3.0-or-later
// What an area owes now: reports that are late, and those whose day is near. In the
// arena; one thread.
#ifndef STUDY_TODAY_H
#define STUDY_TODAY_H

#include "measure/due.h"

enum { TODAY_AHEAD = 31, TODAY_BACK_MONTHS = 12 };

struct today {
    // Not there though their day has passed, of the last twelve months, the latest first;
    // not there yet and due within 31 days, the nearest first. At most `most` of each.
    struct due_item *late, *due;
    size_t n_late, n_due;
    size_t late_total, due_total;
    struct period period; // the month whose reports come in now: the last that is over
};

// ERR_FORBIDDEN: root is not the caller's. O(rows of the registers that are due).
enum err today_make(const struct measure *m, struct arena *a, int32_t root, size_t most,
                    struct today *out, struct error *e) WARN_UNUSED;

#endif
