// SPDX-License-Identifier: AGPL-3.0-or-later
// UTF-8, one character at a time. Pure functions; source: The Unicode Standard, table 3-7
// and "U+FFFD Substitution of Maximal Subparts" (chapter 3.9).
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/str.h"

// The code point that begins at *at (< s.n), and *at moved behind it. -1 for bytes that
// are no UTF-8: *at then moves over the longest start of a character found there, or one
// byte.
int32_t utf8_next(struct str s, size_t *at);

// Columns on a terminal: 0 for marks that combine and controls, 2 for wide characters.
int utf8_columns(int32_t code_point);

#endif
