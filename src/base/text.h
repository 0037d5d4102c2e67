// SPDX-License-Identifier: AGPL-3.0-or-later
// Text as people see it: one form for comparing headings, and widths in terminal columns.
// All input should be valid UTF-8; a byte that is not counts as U+FFFD.
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/str.h"

// For comparing headings and labels: NFKC (full-width letters and digits become plain),
// lower case, zero-width characters dropped, white space trimmed and runs of it made one
// space. Doing it twice changes nothing. ERR_MEMORY, ERR_LIMIT (over 16 MiB).
enum err text_normalise(struct arena *a, struct str text, struct str *out,
                        struct error *e) WARN_UNUSED;

// Columns on a terminal: East Asian wide and full-width characters take 2, combining and
// control characters 0. Source: Unicode Standard Annex 11.
size_t text_width(struct str text);
// The longest start of text that takes at most `width` columns; combining characters stay
// with their base.
struct str text_cut(struct str text, size_t width);
// Appends text cut or filled with spaces to exactly `width` columns; a cut text ends in
// an ellipsis. right: the spaces come first.
void text_pad(struct buf *out, struct str text, size_t width, bool right);

enum { TEXT_NUMBER_SIZE = 64 };

// Thousands with commas, minus as U+2212, no "-0"; decimals 0-9. A value that is no
// number is an en dash; one of 1e15 and more is written with an exponent.
struct str text_number(double value, int decimals, char out[TEXT_NUMBER_SIZE]);

#endif
