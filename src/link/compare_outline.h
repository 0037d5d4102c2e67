// SPDX-License-Identifier: AGPL-3.0-or-later
// What 32 bytes about a text tell of how alike it can be to another: how often it has
// each character (in 27 classes), its first four characters and its length. Most pairs of
// strangers are told apart by it, without a look at their texts.
//
// A class counts at least as many common characters as there are. So Jaro cannot be over
// (c / n + c / m + 1) / 3 with c in common, and no edit distance under max(n, m) - c: an
// edit takes in, takes out or changes one character, and a swap none. Nothing is said of
// texts that are not ASCII, or longer than 254.
//
// Pure functions, any thread.
#ifndef LINK_COMPARE_OUTLINE_H
#define LINK_COMPARE_OUTLINE_H

#include "link/compare_private.h"

enum { COMPARE_CLASSES = 27 };

struct compare_outline {
    uint8_t count[COMPARE_CLASSES];
    uint8_t length; // 0: nothing is known
    uint8_t first[4];
};

struct compare_outline compare_outline_of(struct str s);

// Characters that both have, at most.
static inline uint32_t compare_outline_common(const struct compare_outline *a,
                                              const struct compare_outline *b)
{
#if COMPARE_SSE2
    const __m128i *x = (const __m128i *)(const void *)a;
    const __m128i *y = (const __m128i *)(const void *)b;
    const __m128i counts = _mm_set_epi32(0, 0xffffff, -1, -1), none = _mm_setzero_si128();
    __m128i low = _mm_min_epu8(_mm_loadu_si128(x), _mm_loadu_si128(y));
    __m128i high = _mm_min_epu8(_mm_loadu_si128(x + 1), _mm_loadu_si128(y + 1));
    __m128i sum = _mm_add_epi64(_mm_sad_epu8(low, none),
                                _mm_sad_epu8(_mm_and_si128(high, counts), none));
    return (uint32_t)_mm_cvtsi128_si32(sum) +
           (uint32_t)_mm_cvtsi128_si32(_mm_unpackhi_epi64(sum, sum));
#else
    uint32_t sum = 0;
    for (unsigned i = 0; i < COMPARE_CLASSES; i++)
        sum += a->count[i] < b->count[i] ? a->count[i] : b->count[i];
    return sum;
#endif
}

// The most that compare_jaro of the texts may be.
static inline double compare_outline_jaro(const struct compare_outline *a,
                                          const struct compare_outline *b)
{
    static const double rounding = 1e-9; // of the comparators
    double n = a->length, m = b->length, c = compare_outline_common(a, b);
    if (n == 0 || m == 0)
        return 1;
    return c > 0 ? (c * (n + m) / (n * m) + 1) / 3 + rounding : 0;
}

// The most that compare_jaro_winkler may be.
static inline double compare_outline_jaro_winkler(const struct compare_outline *a,
                                                  const struct compare_outline *b)
{
    double jaro = compare_outline_jaro(a, b);
    unsigned prefix = 0; // behind the end of both they agree too: never too few
    if (jaro <= 0.7 || jaro >= 1)
        return jaro;
    while (prefix < 4 && a->first[prefix] == b->first[prefix])
        prefix++;
    return jaro + 0.1 * prefix * (1 - jaro);
}

// The least that an edit distance may be, each of the three of compare.h.
static inline uint32_t compare_outline_edits(const struct compare_outline *a,
                                             const struct compare_outline *b)
{
    uint32_t longer = a->length > b->length ? a->length : b->length;
    return a->length && b->length ? longer - compare_outline_common(a, b) : 0;
}

#endif
