// SPDX-License-Identifier: AGPL-3.0-or-later
// Rows of a register as a table: filtered, sorted, a page at a time, only those that the
// caller may see. Pages go on from the last row of the one before (its sort value and
// id), so a page is never counted off from the beginning and rows that come in meanwhile
// move nothing.
//
// Cost with n rows: the first page and any other by id or by the register's date is
// O(page x log n); of some areas or facilities O((page + places) x log n). By another
// column, or with a filter that few rows pass, O(n). All SQL is composed from the model;
// what was typed is bound.
#ifndef REGISTER_ROW_LIST_H
#define REGISTER_ROW_LIST_H

#include "register/county.h"
#include "register/datum.h"

struct row_filter {
    // Name of a field, and what its value must be: value | a,b,c | from..to (either end
    // open) | ~contains | null | notnull. Codes and places by code; an area means its
    // subtree.
    struct str field, text;
};

enum row_state { ROW_CURRENT, ROW_STRUCK, ROW_ALL };

struct row_memory; // row_scope.h

enum { ROW_LIST_MAX = 1000, ROW_FILTERS_MAX = 32 };

struct row_query {
    const struct row_filter *filters;
    size_t n_filters;
    struct str search; // words that the row's names and texts must have (search.h)
    enum row_state state;
    struct str sort;  // name of a field, "-" before it: downwards; empty: "-id". Rows
                      // without the value come last either way, equal ones by id
    size_t limit;     // 1 to ROW_LIST_MAX
    struct str after; // row_list.next of the page before; empty: the first page
    const struct str *columns; // names of fields; n 0: all that the pack declares
    size_t n_columns;
    bool brief; // a row's source, saved_at and saved_by are not asked for
    bool count;
    const struct row_memory *memory; // who may know sooner than the file; NULL: nobody
};

struct row_value {
    struct str text; // as the outside sees it (row_stored_text); .p NULL: none
    int32_t place;   // index of an area or facility; -1
};

struct row_listed {
    int64_t id, version, saved_at;
    bool struck;
    struct str source, saved_by; // code, .p NULL: none; the user's name, "": nobody's
    struct row_value *values;    // by column of the list
};

struct row_list { // all of it in the arena
    const struct field **columns;
    size_t n_columns;
    struct row_listed *rows;
    size_t n;
    struct str next; // cursor of the next page; .p NULL: this was the last
    // when asked for: rows that pass the filters; all that the caller may see; those
    // outside the caller's areas (0 where that count may not be shown)
    int64_t shown, all, hidden;
    double indexed; // share of the register that the search knows; 1 without a search
};

// ERR_FORBIDDEN; ERR_INPUT names the parameter ("f.weight", "sort", "after") and what was
// expected.
enum err row_list(struct county *c, const struct access *who, const struct reg *r,
                  const struct row_query *q, struct arena *a, struct row_list *out,
                  struct error *e) WARN_UNUSED;
// First and last day that rows of the register have (struck ones too); DATE_NONE: none.
// Asks no rights: a day says nothing of anyone. O(log n).
enum err row_list_days(struct county *c, const struct reg *r, struct arena *a,
                       int32_t *first, int32_t *last, struct error *e) WARN_UNUSED;
// How many rows there are, more or less, at no cost: for chances, not for people.
enum err row_list_roughly(struct county *c, const struct reg *r, double *out,
                          struct error *e) WARN_UNUSED;
// One row as a list of one, with all fields that the pack declares. ERR_NOT_FOUND also
// where it is outside the caller's areas.
enum err row_list_one(struct county *c, const struct access *who, const struct reg *r,
                      int64_t id, struct arena *a, struct row_list *out,
                      struct error *e) WARN_UNUSED;

#endif
