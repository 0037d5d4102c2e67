// SPDX-License-Identifier: AGPL-3.0-or-later
// What rows owe when (pack/engines.h): visits of a child, a re-inspection thirty days
// after a finding, the renewal of a licence sixty days before it ends. Worked out from
// the rows whenever it is asked, so nothing has to be kept up to date.
#ifndef MEASURE_SCHEDULE_H
#define MEASURE_SCHEDULE_H

#include "measure/due.h"
#include "pack/engines.h"

enum owed_state { OWED_LATER, OWED_OPEN, OWED_LATE, OWED_DONE, OWED_DONE_LATE };

const char *schedule_state_name(enum owed_state s); // "done_late"
// Whether rows can show that it was done; else the date that it is counted from moves on,
// and there is no completeness.
bool schedule_is_ticked(const struct schedule *s);

struct owed {
    const struct schedule *schedule;
    const struct schedule_point *point;
    int64_t row;                    // that owes
    struct str key;                 // its key, as people know it; empty where it has none
    int32_t area, facility;         // index; -1
    int32_t opens, due, late, done; // days; done DATE_NONE: not yet. late: first day late
    enum owed_state state;
};

struct owed_query {
    const struct schedule *schedule; // NULL: all that the caller may read
    int32_t root;                    // area; -1: all of the caller's
    int32_t from, to;                // days on which a point falls due; both inclusive
    bool standing; // of schedules that nothing ticks off also what fell due before from:
                   // a licence that ended long ago is still to be renewed
    unsigned states;   // bits; 0: all
    bool latest_first; // else by due, then row
    size_t most;       // items; 0: only counted
};

struct owed_list {
    struct owed *items; // by due, then row
    size_t n, total;
    size_t owed, on_time, late_done,
        late; // owed: whose grace has passed or that are done
};

// Rows: only those that the caller may read (care rows for those who give the care).
// A named schedule whose rows are not the caller's to read: ERR_FORBIDDEN.
// Completeness (on_time + late_done) / owed, timeliness on_time / owed. O(rows +
// related).
enum err schedule_list(const struct measure *m, const struct access *who, struct arena *a,
                       const struct owed_query *q, struct owed_list *out,
                       struct error *e) WARN_UNUSED;
// How much of it there is by day, point and area of a level (-1: no areas; a row above
// the level: its own area): by day, then as the pack has them. states and most are not
// asked. ERR_LIMIT: more than 200,000 groups.
struct owed_group {
    const struct schedule *schedule;
    const struct schedule_point *point;
    int32_t area, due;
    size_t n[OWED_DONE_LATE + 1]; // by state
};
enum err schedule_days(const struct measure *m, const struct access *who, struct arena *a,
                       const struct owed_query *q, int level, struct owed_group **out,
                       size_t *n, struct error *e) WARN_UNUSED;

// The same as numbers alone, for those who may see figures, a schedule after the other in
// the pack's order. Of care small counts are withheld (all NaN): where one of the numbers
// is small, where it could be had by subtraction from the area above, and, since days
// could be held against each other, where from and to do not hold whole months.
struct owed_rates {
    const struct schedule *schedule;
    double owed, on_time, late_done, late;
};
enum err schedule_rates(const struct measure *m, const struct access *who,
                        struct arena *a, int32_t root, int32_t from, int32_t to,
                        struct owed_rates **out, size_t *n, struct error *e) WARN_UNUSED;

#endif
