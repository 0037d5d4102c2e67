// SPDX-License-Identifier: AGPL-3.0-or-later
// Rows of a register as a table of a document: a few columns that say most (its key, its
// date, where it stands and until when, codes), chosen from the model, never a field that
// names a person. In the arena; one thread.
#ifndef REPORT_ROW_TABLE_H
#define REPORT_ROW_TABLE_H

#include "report/doc.h"
#include "study/rows_about.h"

enum { ROW_TABLE_COLUMNS = 7 };

struct row_table {
    const struct reg *reg;
    const struct field *columns[ROW_TABLE_COLUMNS];
    size_t n_columns;
};

// skip: a field that all rows share (may be NULL); nor are area and facility shown.
// Columns that are empty in all rows are not taken.
struct row_table row_table_choose(const struct county *c, const struct reg *r,
                                  const struct row_about *rows, size_t n,
                                  const struct field *skip);
// A value for people: labels of codes, names of places and of rows that it refers to. .p
// NULL: null, or memory is out (then *no_memory).
struct str row_table_words(const struct measure *m, struct arena *a,
                           const struct field *f, const struct datum *v, bool zh,
                           bool *no_memory);
// Adds the table (at most `most` rows, the last ones; 0: all). What is past its day has
// a mark. False when memory is out.
bool row_table_add(struct doc *d, const struct measure *m, const struct row_table *t,
                   const struct row_about *rows, size_t n, struct str title, size_t most);
// Fields of the register that the pack declares, in an order for people: the register's
// own area, facility and date first. *n of them, in the arena; NULL when memory is out.
const struct field **row_table_fields(struct arena *a, const struct reg *r, size_t *n);

#endif
