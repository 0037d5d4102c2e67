// SPDX-License-Identifier: AGPL-3.0-or-later
// The pass over a schedule's rows. Inside the measure room only.
#ifndef MEASURE_SCHEDULE_PRIVATE_H
#define MEASURE_SCHEDULE_PRIVATE_H

#include "measure/schedule.h"

typedef void schedule_visit(void *argument, const struct owed *x); // key is empty

struct schedule_scan {
    const struct measure *measure;
    struct conn *conn; // one snapshot for all that is read
    const struct schedule *schedule;
    bool *areas;      // by index: rows placed there count
    bool *facilities; // by index: their rows count too where they lie in root; NULL: none
    int32_t root;     // -1: everywhere
    bool unplaced;    // so do rows that no area has
    int32_t from, to; // days on which a point falls due
    schedule_visit *visit;
    void *argument;
};

// Visits every point of every current row of the scan, in no promised order. O(rows +
// related rows) time; memory O(rows that owe x points). ERR_MEMORY, ERR_IO.
enum err schedule_scan(const struct schedule_scan *scan, struct error *e) WARN_UNUSED;

// The same for every schedule of the query that the caller may read, of the places where
// they may. ERR_FORBIDDEN: the named one is not theirs.
enum err schedule_scan_all(const struct measure *m, const struct access *who,
                           struct arena *a, const struct owed_query *q,
                           schedule_visit *visit, void *argument,
                           struct error *e) WARN_UNUSED;

int32_t schedule_first_day(void); // of the year 1
// The day that lies a span after (before) another; DATE_NONE outside the years 1 to 9999.
int32_t schedule_after(int32_t day, struct span s);
int32_t schedule_before(int32_t day, struct span s);

#endif
