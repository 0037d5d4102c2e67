// SPDX-License-Identifier: AGPL-3.0-or-later
// Indicators: numerator, denominator, value, interval and what must be said beside them,
// for an area, a period and any break-down. Counts come from the cube; what may be shown
// is decided here, by access.
#ifndef MEASURE_MEASURE_H
#define MEASURE_MEASURE_H

#include "cube/cube.h"

struct measure { // plain data; who asks and of what
    struct county *county;
    struct cube *cube;
    const struct access *who;
    int32_t today;
};

enum figure_state {
    FIGURE_OK,
    FIGURE_NO_DATA,    // nothing was reported
    FIGURE_SUPPRESSED, // a small count of care; carries no number at all
    FIGURE_NOT_DEFINED // the denominator is zero
};

struct figure {
    enum figure_state state;
    double numerator, denominator; // denominator NaN for a plain count
    double value;                  // per * numerator / denominator
    double low, high;              // 95 % interval, NaN where none
    int64_t rows;                  // rows behind the numerator
    bool outside; // the numerator is not inside its denominator: a data error, never
                  // clipped
    int target;   // 1 met, -1 not met, 0 no target
};

struct measure_scope {
    struct period period;
    int32_t root; // area index; -1: everywhere
    const struct axis *axes;
    size_t n_axes;
};

struct figures {
    struct cube_axis
        axes[CUBE_MAX_AXES]; // buckets; the group of (i, j ..) as in cube_result
    size_t n;
    struct figure *list;
    // Rows of the whole that no group takes: their place was closed in the period, or
    // they have none, or it is above the level asked for. -1: some, and how many is not
    // said.
    int64_t unplaced;
};

// Everything in *out lives in the arena. ERR_FORBIDDEN when root is outside the caller's
// area.
// For one who gives no care a figure of a care register is hidden where it, what is left
// of its whole, or the difference of its parts is a small count. Then the next smallest
// of its line is hidden too, so that nothing is found by subtraction from a total; and
// what is hidden of an area is hidden of the areas within it, and of the area asked for
// alone. Not held against each other: periods asked for one after the other (a half-year
// and its quarters), and indicators that split a whole in three or more.
// A period may be a span (base/period.h). Broken down by time, each part is what it is
// when asked for alone, in the edition at its end; what is hidden alone is hidden, and
// along time as along any axis. Else it is the sum of its parts, of
// numerators and of denominators; hidden where one of them is hidden; ERR_INPUT where
// they have none (measure_sums).
enum err measure_indicator(const struct measure *m, struct arena *a,
                           const struct indicator *i, const struct measure_scope *scope,
                           struct figures *out, struct error *e) WARN_UNUSED;
// The sums of `parts`, which measure_indicator gave of a span with one axis of time, over
// that axis; the other axes as they are. *out is empty (n 0) where there is no sum: only
// counts of dated rows and sums of their numbers have one, of one edition.
bool measure_has_sum(const struct measure *m, const struct indicator *i,
                     struct period span);
enum err measure_sums(const struct measure *m, struct arena *a, const struct indicator *i,
                      const struct measure_scope *scope, const struct figures *parts,
                      struct figures *out, struct error *e) WARN_UNUSED;
// A bare measure expression; value = numerator.
enum err measure_expression(const struct measure *m, struct arena *a,
                            const struct expr *x, const struct measure_scope *scope,
                            struct figures *out, struct error *e) WARN_UNUSED;

// ERR_FORBIDDEN when the area is outside the caller's own (root -1: everywhere).
enum err measure_allows(const struct measure *m, int32_t root,
                        struct error *e) WARN_UNUSED;

// The root a caller asks for by code or name ("": the caller's own area, or everywhere).
enum err measure_root(const struct measure *m, struct str text, int32_t *out,
                      struct error *e) WARN_UNUSED;
// What a root is called; -1: the one top of the tree, or "All areas".
struct str measure_root_name(const struct measure *m, int32_t root, bool zh);
// An axis from what a user writes: a level, a field of the indicator, "facility",
// "month", "quarter", ... x: whose fields are meant (may be NULL).
enum err measure_axis(const struct measure *m, const struct expr *x, struct str text,
                      struct axis *out, struct error *e) WARN_UNUSED;
// What an axis is called, and a bucket of it.
struct label measure_axis_label(const struct measure *m, const struct axis *axis);
struct str measure_bucket_label(const struct measure *m, struct arena *a,
                                const struct axis *axis, const struct axis_bucket *bucket,
                                bool zh);
struct str measure_bucket_code(const struct measure *m, struct arena *a,
                               const struct axis *axis, const struct axis_bucket *bucket);

#endif
