// SPDX-License-Identifier: AGPL-3.0-or-later
// How a number was made: formula in words, figure and figure of a year ago, what its
// registers hold and how fresh they are, what is hidden and why, and the filters that
// lead to its rows for those who may see them.
//
// Counts of rows come through measure; days of rows of care are not told to those who
// give no care. Everything is in the arena. One thread. O(rows of its registers).
#ifndef STUDY_EXPLAINED_H
#define STUDY_EXPLAINED_H

#include "measure/measure.h"

struct conn;

struct explained_source {
    const struct reg *reg;
    int64_t rows;          // in the area and period (as_of: up to its end); -1: hidden
    int64_t last_saved_at; // of any row, UTC milliseconds; 0: none
    int32_t first, last;   // days of those rows; DATE_NONE: none, or hidden
};

struct explained_rows {
    // Where they are: "f.source=hospital&f.sex=m&f.born_on=..". reg NULL: in several
    // registers, or the caller may not read them there.
    const struct reg *reg;
    struct str query;
    bool exact; // these rows and no others
};

struct explained {
    const struct indicator *indicator; // the edition that holds at the end of the period
    struct figure figure, before;      // before: not of a span
    struct label formula, suppression, certainty;
    struct explained_source *sources;
    size_t n_sources;
    struct explained_rows rows; // of the numerator
};

// ERR_FORBIDDEN: root is not the caller's.
enum err explained_make(const struct measure *m, struct arena *a,
                        const struct indicator *i, struct period period, int32_t root,
                        struct explained *out, struct error *e) WARN_UNUSED;

// How an indicator is made, whatever its figures are: of *out the formula, suppression,
// and of the sources what they are and when they were saved.
enum err explained_describe(const struct measure *m, struct arena *a,
                            const struct indicator *i, struct explained *out,
                            struct error *e) WARN_UNUSED;

// The rows that a measure counts in an area (-1: everywhere), or of a facility (-1: not
// of one). O(size of the expression).
enum err explained_rows(const struct measure *m, struct arena *a, const struct expr *x,
                        struct period period, int32_t root, int32_t facility,
                        struct explained_rows *out, struct error *e) WARN_UNUSED;

// When a row of the register was saved last, of whatever area: UTC milliseconds, 0:
// never.
enum err explained_saved(struct conn *conn, const struct reg *r, int64_t *out,
                         struct error *e) WARN_UNUSED;

#endif
