// SPDX-License-Identifier: AGPL-3.0-or-later
// Everything that supervision holds about a facility, from the model alone: the rows of
// every register of purpose supervision that are placed at it (licences, devices,
// credentials, visits, checklists, findings, cases, signals ...), and the rows that
// belong to those by a key (the papers of its cases). Nobody's care is in it.
//
// Rows are those that the caller may read. Everything is in the arena and points into the
// pack and the places. One thread.
#ifndef STUDY_RELATED_H
#define STUDY_RELATED_H

#include "study/rows_about.h"

struct related_rows { // of one register
    const struct reg *reg;
    const struct field *by; // how they belong: the facility, or the field that refers
    struct row_about *rows; // by date
    size_t n;
    size_t *stages;           // by stage of its workflow; NULL: none
    size_t open, late;        // of a workflow: in no final stage; past their deadline
    size_t running_out, over; // with a last day (related_last_day): within 60 days from
                              // today; before today. Of a workflow only what is not final
};

struct related_file {
    int32_t facility; // index
    int64_t id;
    struct row_about row; // of the register of facilities; values NULL: not the caller's
    struct related_rows *list; // in the pack's order, those with rows; first what stands
    size_t n;                  // at the facility, then what belongs to that
    size_t n_rows, open, late, running_out, over;
};

enum { RELATED_SOON = 60 }; // days

// O(rows of those registers). ERR_NOT_FOUND: no such facility (an index of the places).
enum err related_facility(const struct measure *m, struct arena *a, int32_t facility,
                          struct related_file *out, struct error *e) WARN_UNUSED;
// The date field that says until when a row of the register holds: valid_until, or
// licence_until; NULL: it has none.
const struct field *related_last_day(const struct reg *r);

// --- the file of a case: which papers it must have (pack/engines.h, struct case_shape)

struct related_paper {
    const struct code *paper;
    bool required; // by the source of the case, or by what was decided
    size_t there;  // rows
    struct row_about *rows;
};

struct related_case {
    const struct case_shape *shape;
    struct row_about row; // may be struck: its file is whole even so
    struct str number;
    struct related_paper *papers; // in the order of the codes
    size_t n_papers;
    size_t required, missing; // papers, not rows
};

// A current case goes before a struck one of the same number. ERR_NOT_FOUND: the pack has
// no cases, or none of this number that the caller may read.
enum err related_case(const struct measure *m, struct arena *a, struct str number,
                      struct related_case *out, struct error *e) WARN_UNUSED;

#endif
