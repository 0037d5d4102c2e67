// SPDX-License-Identifier: AGPL-3.0-or-later
// What a JPEG or PNG says of itself before anyone unpacks it: its size, and how a phone
// held it. Pure; any bytes may be given. O(bytes).
#ifndef REPORT_PICTURE_H
#define REPORT_PICTURE_H

#include "base/str.h"

enum picture_kind { PICTURE_NONE, PICTURE_JPEG, PICTURE_PNG };

struct picture {
    enum picture_kind kind;
    unsigned width, height; // pixels as they are stored
    int turn;               // EXIF orientation, 1 to 8; 1: upright
};

// false: neither of the two, or damaged in front.
bool picture_look(struct str bytes, struct picture *out);
// Turned upright: quarter turns swap the sides.
static inline bool picture_lies(const struct picture *p)
{
    return p->turn >= 5;
}

#endif
