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

// Room for the rounding of the comparators.
static const double ROUNDING = 1e-9;

struct compare_outline_limit compare_outline_jaro(double least)
{
    struct compare_outline_limit limit;
    for (unsigned i = 0; i < 5; i++)
        limit.by_prefix[i] = 3 * (least - ROUNDING) - 1;
    return limit;
}

// Up to 0.7 Jaro and Jaro-Winkler are the same, and over it on the same side of it.
struct compare_outline_limit compare_outline_jaro_winkler(double least)
{
    struct compare_outline_limit limit = compare_outline_jaro(least);
    for (unsigned i = 1; i < 5 && least > 0.7; i++) {
        double jaro = (least - 0.1 * i) / (1 - 0.1 * i);
        limit.by_prefix[i] = 3 * ((jaro > 0.7 ? jaro : 0.7) - ROUNDING) - 1;
    }
    return limit;
}
