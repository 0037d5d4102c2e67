// SPDX-License-Identifier: AGPL-3.0-or-later
// The steps of cleaning that need no ICU. All take text in which whatever is not ASCII is
// a letter, a digit or a mark (clean.c sees to that), and write to `out`, which must have
// room for s.n + CLEAN_SLACK bytes and may not overlap s. They return how many bytes they
// wrote. Pure functions.
#ifndef LINK_CLEAN_PRIVATE_H
#define LINK_CLEAN_PRIVATE_H

#include "link/kind.h"

enum {
    CLEAN_MAX = (1 << 16) - 1, // bytes of a cleaned text
    CLEAN_SLACK = 128
};

// Lower case; what is neither letter nor digit becomes one space between words, none
// between two Chinese characters. An apostrophe inside a word goes; in names a hyphen
// too.
size_t clean_words(enum link_kind kind, struct str s, char *out);
size_t clean_code(struct str s, char *out);
size_t clean_identity(struct str s, char *out);
size_t clean_phone(struct str s, char *out);
size_t clean_email(struct str s, char *out);
// 0 when it is no number.
size_t clean_number(struct str s, char *out);
// 0 when it is no date. "0000-00-00" counts as a date.
size_t clean_date(struct str s, char *out);
// 'm', 'f', '0' for "not known", or 0 when the words say nothing of the kind.
char clean_sex(struct str words);
// The words (as clean_words makes them) say that nothing is known.
bool clean_is_null(enum link_kind kind, struct str words);

#endif
