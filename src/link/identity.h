// SPDX-License-Identifier: AGPL-3.0-or-later
// The citizen identification number of GB 11643-1999: 6 digits of region, 8 of birth
// date, 3 of sequence (odd: male), and a check character (ISO 7064 MOD 11-2); and its
// older form of 15 digits (GB 11643-1989: no century, no check digit). Pure functions.
#ifndef LINK_IDENTITY_H
#define LINK_IDENTITY_H

#include "base/str.h"

struct identity {
    bool valid;  // form, province, date and (18) check character are all right
    bool whole;  // 18 characters; else 15
    bool checks; // the check character is right (15: true)
    char region[7];
    char born[11]; // "1980-02-29"; "" when it is no date
    char sex;      // 'm' or 'f'; 0 when it cannot be told
};

// False when the text has not the form of such a number at all.
bool identity_read(struct str s, struct identity *out);
// The check character that belongs to the first 17 digits; 0 when they are not digits.
char identity_check(struct str first17);
// The 18-character form of a valid 15-digit number (born 19xx); false when it is none.
bool identity_widen(struct str s, char out[19]);

#endif
