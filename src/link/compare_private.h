// SPDX-License-Identifier: AGPL-3.0-or-later
// What the comparators share: texts as code points, the places of each character in 64 of
// them, and texts of up to 16 characters in one or two vector registers.
#ifndef LINK_COMPARE_PRIVATE_H
#define LINK_COMPARE_PRIVATE_H

#include <string.h>

#include "link/compare.h"

// x86-64 always has SSE2; other machines take the general way, which gives the same.
#if defined(__SSE2__) && !defined(COMPARE_PORTABLE)
#define COMPARE_SSE2 1
#include <emmintrin.h>
#else
#define COMPARE_SSE2 0
#endif

// A sanitizer shall see every byte that is read.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COMPARE_EXACT_LOAD 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define COMPARE_EXACT_LOAD 1
#endif
#endif
#ifndef COMPARE_EXACT_LOAD
#define COMPARE_EXACT_LOAD 0
#endif

// Kernels with flags that are constant where they are called: one copy for each.
#define COMPARE_INLINE static inline __attribute__((always_inline))

enum {
    COMPARE_WORD = 64,
    COMPARE_SHORT = 16,
    COMPARE_MIDDLING = 32,
    COMPARE_MEDIUM = 56
};

// The first `most` code points, bytes that are no UTF-8 as U+FFFD; returns how many.
uint32_t compare_decode(struct str s, uint32_t *points, uint32_t most);
// Ascending. Without heap, in O(n log n).
void compare_sort(uint64_t *keys, uint32_t n);

struct compare_points {
    uint32_t n;
    uint32_t at[COMPARE_MAX];
};

static inline void compare_points_read(struct compare_points *p, struct str s)
{
    p->n = compare_decode(s, p->at, COMPARE_MAX);
}

// Where each character stands in a stretch of at most 64: bit i for the i-th.
struct compare_masks {
    uint64_t ascii[128];
    uint64_t wide[2 * COMPARE_WORD]; // hashed by key; 0: free
    uint32_t key[2 * COMPARE_WORD];
    bool has_wide;
};

void compare_masks_make(struct compare_masks *m, const uint32_t *points, uint32_t n);

static inline uint32_t compare_slot(uint32_t point)
{
    return point * 2654435769u >> 25;
}

static inline uint64_t compare_mask(const struct compare_masks *m, uint32_t point)
{
    if (point < 128)
        return m->ascii[point];
    if (!m->has_wide)
        return 0;
    uint32_t slot = compare_slot(point);
    while (m->wide[slot] && m->key[slot] != point)
        slot = (slot + 1) % (2 * COMPARE_WORD);
    return m->wide[slot];
}

static inline uint32_t compare_count(uint64_t bits)
{
    bits -= bits >> 1 & 0x5555555555555555;
    bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
    bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0F;
    return (uint32_t)(bits * 0x0101010101010101 >> 56);
}

#if COMPARE_SSE2

// At most 16 characters of the basic plane: their low and their high bytes, zero behind
// the end. When `wide` is false the high bytes are all zero and nobody need look.
struct compare_short {
    __m128i low, high;
    uint32_t n;
};

// All bits of the first n bytes.
COMPARE_INLINE __m128i compare_first(size_t n)
{
    static const uint8_t ends[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                     255, 255, 255, 255, 255, 255, 255, 255};
    return _mm_loadu_si128((const __m128i *)(const void *)(ends + 16 - n));
}

// Bytes behind the end are never touched: the last ones are read again and moved.
static inline __m128i compare_load_exact(struct str s)
{
    uint64_t low = 0, high = 0;
    size_t n = s.n;
    if (n >= 8) {
        unsigned half = 4 * (unsigned)(16 - n);
        memcpy(&low, s.p, 8);
        memcpy(&high, s.p + n - 8, 8);
        high = high >> half >> half;
    } else if (n >= 4) {
        uint32_t first, last;
        memcpy(&first, s.p, 4);
        memcpy(&last, s.p + n - 4, 4);
        low = first | (uint64_t)last << 8 * (n - 4);
    } else if (n) {
        low = (uint8_t)s.p[0] | (uint64_t)(uint8_t)s.p[n / 2] << 8 * (n / 2) |
              (uint64_t)(uint8_t)s.p[n - 1] << 8 * (n - 1);
    }
    return _mm_set_epi64x((int64_t)high, (int64_t)low);
}

// Lengths of names follow no pattern, and a branch that is guessed wrong costs more than
// all the rest. So 16 bytes are read whatever the length, where they lie in one page of
// memory (then all can be read if one can), and those behind the end are thrown away.
// The read is hidden from the compiler, which may assume nothing about them.
COMPARE_INLINE __m128i compare_load(struct str s)
{
#if COMPARE_EXACT_LOAD
    return compare_load_exact(s);
#else
    if (s.n == 0 || ((uintptr_t)s.p & 4095) > 4096 - 16)
        return compare_load_exact(s);
    __m128i bytes;
    __asm__("movdqu %1, %0" : "=x"(bytes) : "m"(*(const __m128i_u *)(const void *)s.p));
    return _mm_and_si128(bytes, compare_first(s.n));
#endif
}

// False when one of the two is longer than 16 bytes or is not ASCII.
COMPARE_INLINE bool compare_ascii_pair(struct str a, struct str b,
                                       struct compare_short *x, struct compare_short *y)
{
    if (a.n > COMPARE_SHORT || b.n > COMPARE_SHORT)
        return false;
    __m128i p = compare_load(a), q = compare_load(b), none = _mm_setzero_si128();
    *x = (struct compare_short){p, none, (uint32_t)a.n};
    *y = (struct compare_short){q, none, (uint32_t)b.n};
    return _mm_movemask_epi8(_mm_or_si128(p, q)) == 0;
}

// False when one has more than 16 characters or one outside the basic plane.
bool compare_wide_pair(struct str a, struct str b, struct compare_short *x,
                       struct compare_short *y);

// Makes x the longer one, without a branch.
COMPARE_INLINE void compare_order(struct compare_short *x, struct compare_short *y)
{
    uint32_t differ = x->n ^ y->n;
    uint32_t turn = 0 - (uint32_t)(x->n < y->n);
    __m128i mask = _mm_set1_epi32((int32_t)turn);
    __m128i low = _mm_and_si128(_mm_xor_si128(x->low, y->low), mask);
    __m128i high = _mm_and_si128(_mm_xor_si128(x->high, y->high), mask);
    x->low = _mm_xor_si128(x->low, low);
    y->low = _mm_xor_si128(y->low, low);
    x->high = _mm_xor_si128(x->high, high);
    y->high = _mm_xor_si128(y->high, high);
    x->n ^= differ & turn;
    y->n ^= differ & turn;
}

COMPARE_INLINE uint32_t compare_bits(__m128i equal)
{
    return (uint32_t)_mm_movemask_epi8(equal);
}

// Bit i: x and y have the same character at i.
COMPARE_INLINE uint32_t compare_same(__m128i x_low, __m128i x_high, __m128i y_low,
                                     __m128i y_high, bool wide)
{
    __m128i equal = _mm_cmpeq_epi8(x_low, y_low);
    return compare_bits(wide ? _mm_and_si128(equal, _mm_cmpeq_epi8(x_high, y_high))
                             : equal);
}

// The characters of a short text one by one: bit i of the answer is set when x has the
// i-th character of `bytes`.
struct compare_bytes {
    uint8_t low[COMPARE_SHORT], high[COMPARE_SHORT];
};

COMPARE_INLINE void compare_bytes_of(struct compare_bytes *out,
                                     const struct compare_short *x)
{
    _mm_storeu_si128((__m128i *)(void *)out->low, x->low);
    _mm_storeu_si128((__m128i *)(void *)out->high, x->high);
}

COMPARE_INLINE uint32_t compare_places(const struct compare_short *x,
                                       const struct compare_bytes *b, uint32_t at,
                                       bool wide)
{
    return compare_same(x->low, x->high, _mm_set1_epi8((char)b->low[at]),
                        wide ? _mm_set1_epi8((char)b->high[at]) : x->high, wide);
}

// The same for the first 8 characters of t at once, all ASCII.
COMPARE_INLINE void compare_places_8(__m128i x, __m128i t, uint32_t places[8])
{
    __m128i twice = _mm_unpacklo_epi8(t, t);
    __m128i p = _mm_unpacklo_epi16(twice, twice), q = _mm_unpackhi_epi16(twice, twice);
    places[0] = compare_bits(_mm_cmpeq_epi8(x, _mm_shuffle_epi32(p, 0x00)));
    places[1] = compare_bits(_mm_cmpeq_epi8(x, _mm_shuffle_epi32(p, 0x55)));
    places[2] = compare_bits(_mm_cmpeq_epi8(x, _mm_shuffle_epi32(p, 0xAA)));
    places[3] = compare_bits(_mm_cmpeq_epi8(x, _mm_shuffle_epi32(p, 0xFF)));
    places[4] = compare_bits(_mm_cmpeq_epi8(x, _mm_shuffle_epi32(q, 0x00)));
    places[5] = compare_bits(_mm_cmpeq_epi8(x, _mm_shuffle_epi32(q, 0x55)));
    places[6] = compare_bits(_mm_cmpeq_epi8(x, _mm_shuffle_epi32(q, 0xAA)));
    places[7] = compare_bits(_mm_cmpeq_epi8(x, _mm_shuffle_epi32(q, 0xFF)));
}

// ASCII texts of at most 32 characters, zero behind the end.
struct compare_middling {
    __m128i low, high;
    uint32_t n;
};

COMPARE_INLINE struct compare_middling compare_middling_read(struct str s)
{
    struct str first = {s.p, s.n < 16 ? s.n : 16};
    struct str rest = {s.p + first.n, s.n - first.n};
    return (struct compare_middling){compare_load(first), compare_load(rest),
                                     (uint32_t)s.n};
}

// False when one of the two is longer or is not ASCII. x becomes the longer one.
COMPARE_INLINE bool compare_middling_pair(struct str a, struct str b,
                                          struct compare_middling *x,
                                          struct compare_middling *y)
{
    if (a.n > COMPARE_MIDDLING || b.n > COMPARE_MIDDLING)
        return false;
    bool turn = a.n < b.n;
    *x = compare_middling_read(turn ? b : a);
    *y = compare_middling_read(turn ? a : b);
    return compare_bits(_mm_or_si128(_mm_or_si128(x->low, x->high),
                                     _mm_or_si128(y->low, y->high))) == 0;
}

// Bit i: x has the same character at i as these 32.
COMPARE_INLINE uint64_t compare_middling_same(const struct compare_middling *x,
                                              __m128i low, __m128i high)
{
    return compare_bits(_mm_cmpeq_epi8(x->low, low)) |
           (uint64_t)compare_bits(_mm_cmpeq_epi8(x->high, high)) << 16;
}

// ASCII texts of at most 56 characters, zero behind the end: so much that two more bits
// and the steps beyond still fit a word.
struct compare_medium {
    uint32_t n;
    uint8_t at[COMPARE_WORD + COMPARE_SHORT];
};

COMPARE_INLINE uint32_t compare_medium_read(struct compare_medium *x, struct str s)
{
    __m128i any = _mm_setzero_si128();
    x->n = (uint32_t)s.n;
    for (size_t i = 0; i < sizeof x->at; i += 16) {
        __m128i part = _mm_setzero_si128();
        if (i < s.n)
            part = compare_load((struct str){s.p + i, s.n - i < 16 ? s.n - i : 16});
        any = _mm_or_si128(any, part);
        _mm_storeu_si128((__m128i *)(void *)(x->at + i), part);
    }
    return compare_bits(any);
}

// False when one of the two is longer or is not ASCII. x becomes the longer one.
COMPARE_INLINE bool compare_medium_pair(struct str a, struct str b,
                                        struct compare_medium *x,
                                        struct compare_medium *y)
{
    if (a.n > COMPARE_MEDIUM || b.n > COMPARE_MEDIUM)
        return false;
    uint32_t others = compare_medium_read(x, a.n < b.n ? b : a);
    return (others | compare_medium_read(y, a.n < b.n ? a : b)) == 0;
}

// Where each character of x stands in it, for the characters of x and y and no others.
COMPARE_INLINE void compare_medium_masks(uint64_t masks[128],
                                         const struct compare_medium *x,
                                         const struct compare_medium *y)
{
    for (uint32_t i = 0; i < y->n; i++)
        masks[y->at[i]] = 0;
    for (uint32_t i = 0; i < x->n; i++)
        masks[x->at[i]] = 0;
    for (uint32_t i = 0; i < x->n; i++)
        masks[x->at[i]] |= (uint64_t)1 << i;
}

#endif
#endif
