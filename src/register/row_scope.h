// SPDX-License-Identifier: AGPL-3.0-or-later
// What a query of a list asks of a row, as conditions on its values: for one who has the
// columns of a register in memory (cube_memory). The SQL of the same query is in
// row_filter.c; tests/cube/test_rows holds them to each other.
#ifndef REGISTER_ROW_SCOPE_H
#define REGISTER_ROW_SCOPE_H

#include "register/row_list.h"

struct row_test {
    const struct field *field;
    // A code, or the index of a place or a bool: of[value], n of them. NULL: a whole
    // number or a day from low to high, both inside. Null never passes.
    const bool *of;
    size_t n;
    int64_t low, high;
};

struct row_scope {
    // Where a row is placed: its area, else the area of its facility.
    const bool
        *areas;      // by index: what is placed here is the caller's. NULL: all rows are
    const bool *own; // by index of facilities: rows that are the caller's wherever they
                     // lie. NULL: none
    const bool *asked; // by index of areas: a filter wants rows placed here. NULL: none
    enum row_state state;
    struct row_test *tests;
    size_t n_tests;
};

// Everything is in the arena. *whole: false where the query asks for more than this can
// say (texts, moments, what is null), and of registers of places. What is searched for is
// not in it. A mistake in the query is for row_list to name. O(filters x places).
enum err row_scope_read(const struct county *c, struct conn *conn,
                        const struct access *who, const struct reg *r,
                        const struct row_query *q, struct arena *a, struct row_scope *out,
                        bool *whole, struct error *e) WARN_UNUSED;

// --- who has registers in memory

struct row_question {
    const struct reg *reg;
    const struct row_scope *scope;
    const int64_t *ids; // only rows of these n, newest first; NULL: of all
    size_t n_ids;
    int64_t epoch; // heng_log.seq of the state that is asked for
};

struct row_counts {     // rows in the state of the scope
    int64_t shown;      // pass all of it
    int64_t visible;    // are the caller's
    int64_t everywhere; // are there
};

struct row_found {
    int64_t id, value; // a whole number or a day
    bool null;         // it has none, and comes last
};

// By the value of a field, equal ones by id.
struct row_order {
    const struct field *field;
    bool down, has_after;
    struct row_found after; // only what comes behind this one
};

// Any may answer *known = false: then the file is asked.
struct row_memory {
    void *context;
    // The newest that pass the scope with an id under `below`, at most `most` of them,
    // downwards; effort: rows to look at before giving up.
    enum err (*newest)(void *context, const struct row_question *q, int64_t below,
                       size_t most, size_t effort, int64_t *out, size_t *n, bool *known,
                       struct error *e);
    // The first of an order that pass the scope, at most `most` of them, in that order.
    enum err (*first)(void *context, const struct row_question *q,
                      const struct row_order *order, size_t most, struct row_found *out,
                      size_t *n, bool *known, struct error *e);
    // Of the state asked for or a newer one.
    enum err (*count)(void *context, const struct row_question *q, struct row_counts *out,
                      bool *known, struct error *e);
};

// How many of the rows that the caller may not see are told of.
int64_t row_scope_hidden(const struct access *who, const struct reg *r, bool owns,
                         int64_t visible, int64_t everywhere);

#endif
