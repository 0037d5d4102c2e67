// SPDX-License-Identifier: AGPL-3.0-or-later
// Rows that are about one thing: that name a key of another register in one of
// their fields, or stand at a facility, or both. Only those that the caller may read:
// where the register is not the caller's, there are none. By date, then id.
//
// What is read is in the arena; one thread. O(rows of the register), for the field that
// refers has no index; of a facility O(its rows).
#ifndef STUDY_ROWS_ABOUT_H
#define STUDY_ROWS_ABOUT_H

#include "measure/measure.h"
#include "pack/engines.h"
#include "register/datum.h"

enum { ROWS_ABOUT_MAX = 100000 };

struct rows_about {
    const struct reg *reg;
    const struct field *by; // text field that has the key; NULL: not asked
    struct str key;
    int64_t facility;                // id; 0: not asked
    int32_t first, last;             // of the register's date; DATE_NONE: open
    bool struck_too;                 // else current rows alone
    const struct expr *where;        // row expression; NULL: all
    const struct expr *const *tests; // what shall be told of each row
    size_t n_tests;
};

struct row_about {
    int64_t id;
    int32_t area, facility; // index; -1
    int32_t date;           // DATE_NONE: none
    bool struck;
    struct datum *values; // by field->index
    bool *tests;          // true; null is not
};

// ERR_LIMIT over ROWS_ABOUT_MAX.
enum err rows_about(const struct measure *m, struct arena *a, const struct rows_about *q,
                    struct row_about **out, size_t *n, struct error *e) WARN_UNUSED;
// How many there are, whoever asks: for what a gate says, which is the same for all.
enum err rows_about_count(const struct measure *m, const struct related *related,
                          struct str key, int64_t *out, struct error *e) WARN_UNUSED;
// Which stage a row of a register with a workflow stands in (an index), and whether its
// deadline has passed. A row from before the workflow stands in the first.
int rows_about_stage(const struct reg *r, const struct row_about *row);
bool rows_about_late(const struct reg *r, const struct row_about *row, int32_t today);
// What the row of `r` with this key is called: its fields name and name_en, else the key.
// Labels are in the arena.
enum err rows_about_label(const struct measure *m, struct arena *a, const struct reg *r,
                          struct str key, struct label *out, struct error *e) WARN_UNUSED;

#endif
