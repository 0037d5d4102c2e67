// SPDX-License-Identifier: AGPL-3.0-or-later
// One value of one field: read from a cell, bound to SQL, written as text.
//
// A value's canonical text is what the history hashes: integers in decimal, whole
// decimals without a point, dates in ISO, codes by value, places by id. So a later
// widening of a column (int to decimal or text) leaves every old hash true.
#ifndef REGISTER_DATUM_H
#define REGISTER_DATUM_H

#include "register/places.h"

struct datum {
    bool null;
    int64_t i; // bool, int, date (day), code (index), area and facility (index in places)
    double d;  // decimal
    struct str s; // text, name, period id
};

#define DATUM_NULL ((struct datum){.null = true})

enum { DATUM_TEXT_SIZE = 32 };

// The canonical text; points into space, the value or the pack. .p NULL for null.
struct str datum_text(const struct field *f, const struct datum *v,
                      const struct places *p, char space[DATUM_TEXT_SIZE]);
// The same of a value, or a column, as the store holds it.
struct str datum_value_text(const struct sql_value *v, char space[DATUM_TEXT_SIZE]);
struct str datum_stored_text(struct stmt *s, int column, char space[DATUM_TEXT_SIZE]);
void datum_bind(struct stmt *s, int n, const struct field *f, const struct datum *v,
                const struct places *p, char space[DATUM_TEXT_SIZE]);
// Reads a column of the register's table back into a value. Text lives as long as the
// statement's row.
struct datum datum_read(struct stmt *s, int column, const struct field *f,
                        const struct places *p);
// For people: code labels, area names, dates.
struct str datum_show(struct arena *a, const struct field *f, const struct datum *v,
                      const struct places *p, bool zh);

// --- from a cell

// What a
// column of an import needs to be read fast: the accepted spellings of codes, in normal
// form. Made once.
struct reader;
enum err reader_open(struct arena *a, const struct field *f, struct reader **out,
                     struct error *e) WARN_UNUSED;
// Empty cells and "-", "—", "/", "N/A", "null" (not in text and names) are null.
// ERR_INPUT has the value, what was expected and the cure; e->where is left for the
// caller. on: the row's day, near: its area (or -1), for places. Text is copied into rows
// (an arena of the batch).
enum err reader_read(const struct reader *r, struct str cell, const struct places *p,
                     int32_t on, int32_t near, struct arena *rows, struct datum *out,
                     struct error *e) WARN_UNUSED;

#endif
