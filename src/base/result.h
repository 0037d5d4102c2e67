// SPDX-License-Identifier: AGPL-3.0-or-later
// The table of figures that an engine gives: one description, written as CSV or JSON here
// and as a table of a document in report/result_table.h, so that the three have the same
// columns and figures. Plain data in the caller's arena; one thread builds it.
#ifndef BASE_RESULT_H
#define BASE_RESULT_H

#include "base/str.h"

enum { RESULT_MAX_COLUMNS = 64 };

enum result_kind { RESULT_TEXT, RESULT_COUNT, RESULT_NUMBER, RESULT_YES_NO };

struct result_column {
    const char *name;  // "missing_girls_low": of CSV and JSON, letters, digits, _
    const char *label; // for people, in the language of the run; NULL: not shown in the
                       // document's table
    enum result_kind kind;
    int decimals; // in the document; CSV and JSON have all digits that mean something
    const char *group; // heading above columns next to each other; may be NULL
};

struct result_cell {
    double value;    // NaN, infinite: empty in CSV, null in JSON, a dash for people
    struct str text; // RESULT_TEXT
};

struct result {
    const char *name; // "areas", "clusters": key of the JSON, sheet
    struct str title;
    const struct result_column *columns;
    size_t n_columns, n_rows, capacity;
    struct result_cell *cells; // row by row
    struct arena *arena;
    bool no_memory;
    struct result_cell spare[RESULT_MAX_COLUMNS]; // for a row that has no room
};

struct result result_new(struct arena *a, const char *name, struct str title,
                         const struct result_column *columns, size_t n_columns);
// A new row, its cells empty; a place to write to also when memory is out (then nothing
// is kept and result_ok is false).
struct result_cell *result_row(struct result *r);
bool result_ok(const struct result *r);

// Header and rows, CRLF, guarded against formulas. Numbers with the fewest digits that
// read back the same to 12 places.
void result_csv(const struct result *r, struct buf *out);
// {"areas": [{"area": "x", "ratio": 117.2, ...}, ...], "next": [...]}
void result_json(const struct result *const *results, size_t n, struct buf *out);

#endif
