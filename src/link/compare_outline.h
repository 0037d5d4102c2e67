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

// Below which common characters a similarity cannot reach `least`: by how many of the
// first four characters agree, 3 times the Jaro that it takes, less 1.
struct compare_outline_limit {
    double by_prefix[5];
};
struct compare_outline_limit compare_outline_jaro(double least);
struct compare_outline_limit compare_outline_jaro_winkler(double least);

// Whether the similarity of the texts is less than what the limit was made of; false when
// that cannot be told.
static inline bool compare_outline_below(const struct compare_outline *a,
                                         const struct compare_outline *b,
                                         const struct compare_outline_limit *limit)
{
    double n = a->length, m = b->length, c = compare_outline_common(a, b);
    uint32_t x, y;
    memcpy(&x, a->first, sizeof x);
    memcpy(&y, b->first, sizeof y);
    // behind the end of both they agree too: never too few
    unsigned prefix = (unsigned)__builtin_ctzll((uint64_t)1 << 32 | (x ^ y)) / 8;
    return c * (n + m) < limit->by_prefix[prefix] * (n * m);
}

// The least that an edit distance may be, each of the three of compare.h.
static inline uint32_t compare_outline_edits(const struct compare_outline *a,
                                             const struct compare_outline *b)
{
    uint32_t longer = a->length > b->length ? a->length : b->length;
    return a->length && b->length ? longer - compare_outline_common(a, b) : 0;
}

#endif
