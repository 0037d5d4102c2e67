// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/compare_outline.h"

#include <assert.h>

static_assert(sizeof(struct compare_outline) == 32, "two to a cache line");

enum { LONGEST = 254 };

// By ASCII code. Letters have a class each, digits share those of rare letters (so that
// dates and numbers are told apart as well as words); the last is for all that is left.
static const char class_of[] = "{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{"
                               "{{{{{{{{{{{{{{{{qxzjkvwyfb{{{{{{"
                               "{abcdefghijklmnopqrstuvwxyz{{{{{"
                               "{abcdefghijklmnopqrstuvwxyz{{{{{";

struct compare_outline compare_outline_of(struct str s)
{
    struct compare_outline o = {0};
    unsigned char any = 0;
    if (s.n > LONGEST)
        return o;
    for (size_t i = 0; i < s.n; i++) {
        any |= (unsigned char)s.p[i];
        o.count[class_of[s.p[i] & 127] - 'a']++;
    }
    if (any >= 0x80)
        return (struct compare_outline){0};
    for (size_t i = 0; i < s.n && i < sizeof o.first; i++)
        o.first[i] = (uint8_t)s.p[i];
    o.length = (uint8_t)s.n;
    return o;
}
