// SPDX-License-Identifier: AGPL-3.0-or-later
// What belongs to a row, and how it is read: the one place for the files of facilities
// and cases, for campaigns, and for all that names a row by its key.
//
// A row belongs to one of another register when a field of it that refers to that
// register (pack/model.h, field->refers) has the key of that row, and to a facility when
// it stands there. Which fields refer is the pack's word. A chain is not followed by
// itself: who wants what belongs to what belongs asks again.
//
// Given back: current rows (struck ones where they are asked for), each once, by date,
// then id; of a register that is not the caller's none, of others those that the caller
// may read, whoever may read the row that they belong to. Texts and lists are in the
// arena, all else points into the pack and the places. One thread.
//
// Cost: O(log rows) a key by a field that refers, for it has an index, or of a facility;
// by any other field, or of all rows, O(rows of the register) a key. One snapshot a call.
#ifndef STUDY_ROWS_ABOUT_H
#define STUDY_ROWS_ABOUT_H

#include "measure/measure.h"
#include "pack/engines.h"
#include "register/datum.h"

enum { ROWS_ABOUT_MAX = 100000 };

struct rows_about {    // what is 0 or NULL is not asked
    struct related of; // .reg; .by: a text that has one of the keys; .where
    const struct str *keys;
    size_t n_keys;
    int64_t facility; // id
    int32_t since;    // day of the register's date
    bool struck_too;
    const struct expr *const *tests; // row expressions; what shall be told of each row
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

struct row_group { // of one register
    const struct reg *reg;
    const struct field *by; // the field that was asked by; NULL: none, or several
    struct row_about *rows;
    size_t n;
};

// ERR_LIMIT over ROWS_ABOUT_MAX, as the next two.
enum err rows_about(const struct measure *m, struct arena *a, const struct rows_about *q,
                    struct row_group *out, struct error *e) WARN_UNUSED;
// Rows of r that belong to rows of the groups, by any of its fields. Groups may be empty
// and of any register.
enum err rows_about_belonging(const struct measure *m, struct arena *a,
                              const struct reg *r, const struct row_group *to,
                              size_t n_to, struct row_group *out,
                              struct error *e) WARN_UNUSED;
// The other way: rows of r that rows of the groups belong to.
enum err rows_about_named(const struct measure *m, struct arena *a, const struct reg *r,
                          const struct row_group *by, size_t n_by, struct row_group *out,
                          struct error *e) WARN_UNUSED;
// The question for the row of r (whose key is one field) with this key.
static inline struct rows_about rows_about_key(const struct reg *r, const struct str *key)
{
    return (struct rows_about){
        .of = {.reg = r, .by = r->key[0]}, .keys = key, .n_keys = 1};
}

// --- what a row says

// Which stage a row of a register with a workflow stands in (an index), and whether its
// deadline has passed. A row from before the workflow stands in the first.
int rows_about_stage(const struct reg *r, const struct row_about *row);
bool rows_about_late(const struct reg *r, const struct row_about *row, int32_t today);
// The date field that says until when a row of the register holds: valid_until, or
// licence_until; NULL: it has none.
const struct field *rows_about_last_day(const struct reg *r);
// What a row is called: its fields name and name_en, else its key.
struct label rows_about_name(const struct reg *r, const struct row_about *row);
// The same of the row of r with this key; the key where there is none.
enum err rows_about_label(const struct measure *m, struct arena *a, const struct reg *r,
                          struct str key, struct label *out, struct error *e) WARN_UNUSED;

#endif
