// SPDX-License-Identifier: AGPL-3.0-or-later
// The reviewed words of the Charter: what a pack may not name. Inside the pack room only.
#ifndef PACK_CHARTER_WORDS_H
#define PACK_CHARTER_WORDS_H

#include "pack/model.h"

enum { CHARTER_GROUPS = 3 };

// Alternatives are separated by '|'. A text is against the rule when one sentence of it
// holds an alternative of every group and none of `unless`. An English alternative begins
// at the beginning of a word ("sterilis" finds sterilisation); a Chinese one may stand
// anywhere.
struct charter_words {
    const char *key;       // catalogue key
    const char *principle; // completes "Heng has no register, field, ... or report for"
    const char *groups[CHARTER_GROUPS];
    const char *unless;
    unsigned allowed_purposes; // 1u << purpose: the rule does not hold in such registers
};

// Ends with key NULL.
const struct charter_words *charter_words(void);

#endif
