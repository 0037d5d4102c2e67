// SPDX-License-Identifier: AGPL-3.0-or-later
// Which column of a file is which field: given by the user, kept from the last time, or
// guessed from the headings (name, label in zh or en, or `also:` of the field, in normal
// form). Columns named after levels ("乡镇", "村") together make up the area of the row.
// No column is left out silently.
#ifndef REGISTER_MAPPING_H
#define REGISTER_MAPPING_H

#include "register/county.h"

enum mapped_by {
    MAPPED_NOT,      // stands for nothing; the user has said so
    MAPPED_LEFT_OUT, // stands for nothing; the pack has said so
    MAPPED_GIVEN,    // --map heading=field
    MAPPED_KEPT,     // as the last time
    MAPPED_NAME,
    MAPPED_LABEL,
    MAPPED_ALSO,
    MAPPED_LEVEL,  // part of the area
    MAPPED_OWN,    // Heng's own columns of a rejects file; ignored
    MAPPED_UNKNOWN // nobody has said yet (mapping_propose)
};

struct mapped_column {
    struct str heading;
    const struct field *field; // NULL for MAPPED_NOT and MAPPED_OWN
    enum mapped_by by;
    int level; // MAPPED_LEVEL: index into pack->levels
};

struct mapping {
    struct mapped_column *columns;
    size_t n;
    bool areas_by_level; // a list of areas with a column for every level (register of
                         // kind areas)
    int code_column;     // then: the column of the lowest level's code
    size_t recognised;   // columns that stand for a field; set even where mapping_make
    bool complete;       // fails, and whether every required field has a column
};

// given: "heading=field", or "heading=" for a column that stands for nothing, or "*=" for
// all that are unknown. ERR_INPUT when a column is unknown, a field is mapped twice, or a
// required field has no column: names them all and says how to go on.
enum err mapping_make(struct arena *a, const struct county *c, struct conn *conn,
                      const struct reg *r, struct str source, const struct str *headings,
                      size_t n, const char *const *given, size_t n_given,
                      struct mapping *out, struct error *e) WARN_UNUSED;
// The same for a page that asks: a column that is unknown, or whose field another column
// has already, is MAPPED_UNKNOWN, and required fields without a column stand in *missing
// (in the arena). out->complete: neither is left, so that mapping_make will take it.
// ERR_INPUT and ERR_USAGE are for what is wrong in `given` alone.
enum err mapping_propose(struct arena *a, const struct county *c, struct conn *conn,
                         const struct reg *r, struct str source,
                         const struct str *headings, size_t n, const char *const *given,
                         size_t n_given, struct mapping *out,
                         const struct field ***missing, size_t *n_missing,
                         struct error *e) WARN_UNUSED;
// Headings on two rows: an upper one with cells merged over several columns ("母亲" over
// "姓名" and "出生年份") or over both rows. *out: one heading a column, "母亲姓名" where
// that is the name of a field and "姓名" otherwise. False when the two rows are not so
// (the lower one is of data, the upper one a title), and when memory is short.
bool mapping_two_rows(struct arena *a, const struct county *c, const struct reg *r,
                      const struct str *upper, size_t n_upper, const struct str *lower,
                      size_t n_lower, struct str **out, size_t *n_out) WARN_UNUSED;
// Keeps it for the next file of this register and source; inside a write job.
enum err mapping_keep(struct conn *conn, const struct reg *r, struct str source,
                      const struct mapping *m, struct error *e) WARN_UNUSED;
const char *mapped_by_name(enum mapped_by by);

#endif
