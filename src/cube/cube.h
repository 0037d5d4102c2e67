// SPDX-License-Identifier: AGPL-3.0-or-later
// The countable columns of the registers in memory, always fresh, and group-by over them.
//
// Per register: area, facility, day, source, state, codes, booleans, dates and numbers;
// never a name, a text or a field that identifies. A column is as narrow as its widest
// value. A register is loaded at its first use, all of it from one snapshot, and brought
// up to date before every use by reading on
// in heng_log from the last entry seen, so that writes of this and of other processes
// both arrive. Readers share a lock; a refresh takes it alone; so a reader works on one
// state. A code that the pack does not know, and a place that is struck, read as null.
// The area of a row of a register that names a facility and no area is that of its
// facility.
//
// Threads: all calls but open and close from any thread. A view is ended by the thread
// that began it; a thread that has one may begin another of the same register, or count
// over it, and gets the same state. Views of several registers at once are begun in the
// pack's order, else two threads could wait for each other.
//
// The caller's purpose does not matter here: the cube gives counts. Whether a count may
// be shown is asked by measure (access_shows_count).
#ifndef CUBE_CUBE_H
#define CUBE_CUBE_H

#include "base/pool.h"
#include "pack/expr.h"
#include "register/row_scope.h"

struct cube;

// threads: 0 for all cores. The county must outlive the cube.
enum err cube_open(struct cube **out, struct county *c, unsigned threads,
                   struct error *e) WARN_UNUSED;
void cube_close(struct cube *cube); // NULL is fine

// --- columns

struct cube_view {
    const struct reg *reg;
    struct batch batch;    // columns by field index; n_rows; rows in no promised order
    const struct ids *ids; // of the rows; see cube_id
    int64_t epoch;         // heng_log.seq up to which the view is true
};
// Refreshes, then holds the register for reading until cube_view_end. ERR_MEMORY, ERR_IO.
// First use: reads the register, O(rows). Then O(rows written since), and as much again
// as the whole where more than a tenth were.
enum err cube_view_begin(struct cube *cube, const struct reg *r, struct cube_view *out,
                         struct error *e) WARN_UNUSED;
void cube_view_end(struct cube *cube, const struct reg *r);
// A value of a column that holds whole numbers (not F64, not STR); INT64_MIN: null.
int64_t cube_int(const struct column *c, size_t row);
int64_t cube_id(const struct cube_view *v, size_t row); // what cube_int is for FIELD_ID
// How much of a register has been read, of a thousand, while one is read whole (by any
// thread); -1: none is.
int cube_reading(const struct cube *cube, const struct reg **out);
size_t cube_bytes(const struct cube *cube); // memory held by columns
// About how many bytes a register would take now, and rather more than less; O(rows) over
// its smallest index.
enum err cube_estimate(const struct cube *cube, const struct reg *r, size_t *out,
                       struct error *e) WARN_UNUSED;

// --- group-by

enum axis_kind {
    AXIS_LEVEL,    // areas of one level under the root, in tree order; rows are placed by
                   // their ancestor
    AXIS_FACILITY, // all facilities, in the order of places (also those outside root: a
                   // birth has its place of residence and its hospital)
    AXIS_PERIOD,   // the periods of a kind that have a day between first and last
    AXIS_FIELD     // values of a code field (and of a bool or a small int), then "not
                   // recorded"
};

struct axis {
    enum axis_kind kind;
    int level;
    enum period_kind period;
    const struct field
        *field; // of the aggregate's register; an aggregate of another register that has
                // a field of this name and type is grouped by that one
};

enum { CUBE_MAX_AXES = 4 };

struct cube_query {
    const struct aggregate *aggregate;
    int32_t first, last; // days, both inside
    int32_t root;        // area index; -1: everywhere
    const struct axis *axes;
    size_t n_axes;
    int32_t today;
};

struct axis_bucket {
    int32_t index;        // area, facility or code index; int value; -1: not recorded
    struct period period; // AXIS_PERIOD
};

struct cube_axis {
    struct axis_bucket *buckets;
    size_t n;
};

// Group (i, j, k ..) is at ((i * n1 + j) * n2 + k) ..; with no axes there is one group.
struct cube_result {
    struct cube_axis axes[CUBE_MAX_AXES];
    size_t n_groups;
    double *values;  // count and sum: 0 where no row is; last, as_of, mean, min, max: NaN
                     // there
    int64_t *rows;   // rows behind each value
    int64_t outside; // rows inside area and days that no bucket takes (no area of that
                     // level, no such facility)
};

// Buckets of an axis without counting anything (areas valid at some time between first
// and last).
enum err cube_buckets(struct cube *cube, struct arena *a, const struct cube_query *q,
                      size_t axis, struct cube_axis *out, struct error *e) WARN_UNUSED;

// Current rows of the register (state `current`) with a date between first and last,
// inside root, where the aggregate's condition is true; rows whose value is null are not
// counted in `rows`. A register that names no date (areas, facilities) has its rows at
// all times.
// A reporter is the row's facility, else its area. last: for each reporter (and period
// bucket) only its rows of its latest day between first and last (and inside the bucket);
// as_of: of its latest day at or before the end (of the bucket, or last), however early.
// The latest day is sought among all current rows inside root; then the condition is
// asked: a reporter whose latest report does not meet it counts for nothing.
// O(rows) per aggregate, in parallel over blocks (last and as_of: the condition only);
// results do not depend on threads. ERR_INPUT: a field that the cube does not hold, an
// axis that is none; ERR_LIMIT: too many groups, a sum past 2^63.
enum err cube_aggregate(struct cube *cube, struct arena *a, const struct cube_query *q,
                        struct cube_result *out, struct error *e) WARN_UNUSED;

// --- rows of lists

// Finds and counts rows for row_list, of registers that are in memory already: none is
// read for this. About a nanosecond a row and condition.
struct row_memory cube_memory(struct cube *cube);

#endif
