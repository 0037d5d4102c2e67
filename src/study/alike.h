// SPDX-License-Identifier: AGPL-3.0-or-later
// Rows that may be of the same person or event as one that is being typed. Candidates are
// the rows of the register with one of its names (or its sound-alike spelling), or of its
// day near its area; each is scored field by field (Fellegi and Sunter, JASA 64, 1969).
//
// The chances of agreement by mere chance (u) come from the register: how many rows have
// the name, how many days and areas it spans. Those of agreement of the same (m) are
// stated in alike.c. The chance before looking is one in as many rows as there are. A
// value that is empty on either side says nothing. It helps a person to look, and decides
// nothing.
//
// Only rows that the caller may read are looked at. Some milliseconds with a million
// rows.
#ifndef STUDY_ALIKE_H
#define STUDY_ALIKE_H

#include "register/row.h"
#include "register/row_list.h"

enum { ALIKE_MOST = 5 };
#define ALIKE_BAR 0.5 // less probable ones are not shown

struct alike_row {
    const struct row_listed *row; // columns as in struct alike
    double probability;           // at most 0.999: what was typed is not independent
    struct str *same, *differs;   // names of fields that were compared
    size_t n_same, n_differs;
};

struct alike {
    struct row_list list; // of the columns
    struct alike_row rows[ALIKE_MOST];
    size_t n; // most probable first
};

// values: as typed so far; what cannot be read is passed over. source: only rows of this
// one, where the register has sources (another source's row of the same birth is no
// mistake); empty: all. except: id of the row that is being corrected, 0: none. All in
// the arena.
enum err alike_find(struct county *c, const struct access *who, const struct reg *r,
                    const struct row_new *typed, int64_t except, struct arena *a,
                    struct alike *out, struct error *e) WARN_UNUSED;

#endif
