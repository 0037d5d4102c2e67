// SPDX-License-Identifier: AGPL-3.0-or-later
// Jaro and Jaro-Winkler: which characters match, by bit masks; then how many of them
// stand in another order.
#include "link/compare_private.h"

static inline uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

// Characters match that are at most this far apart.
static inline uint32_t reach(uint32_t n, uint32_t m)
{
    uint32_t longer = n > m ? n : m;
    return longer < 2 ? 0 : longer / 2 - 1;
}

// `turned`: matched characters that differ from their partner in order. Half of them,
// rounded down, are the transpositions (Winkler's program, rapidfuzz, DuckDB).
static double similarity(uint32_t n, uint32_t m, uint32_t matches, uint32_t turned)
{
    double c = matches;
    uint32_t in_order = matches - turned / 2;
    return (c / n + c / m + in_order / c) / 3;
}

static inline double winkler(double jaro, uint32_t prefix)
{
    double boost = jaro > 0.7 ? least(prefix, 4) * 0.1 : 0;
    return jaro + boost * (1 - jaro);
}

#if COMPARE_SSE2

struct matches {
    uint64_t used, mine; // of the longer text, of the shorter
    uint64_t turned;     // not 0: partners are not in the same order
};

// The next character, with these places in the longer text, takes the first one that is
// free. `bit` is its own.
COMPARE_INLINE void take_first(struct matches *t, uint64_t places, uint64_t bit)
{
    uint64_t open = places & ~t->used, first = open & (0 - open);
    t->turned |= t->used & (0 - first);
    t->used |= first;
    t->mine |= open ? bit : 0;
}

// For short texts the quotients of similarity(), for division is slow.
#define SHARES(c)                                                                        \
    {                                                                                    \
        0, c / 1.0, c / 2.0, c / 3.0, c / 4.0, c / 5.0, c / 6.0, c / 7.0, c / 8.0,       \
            c / 9.0, c / 10., c / 11.0, c / 12.0, c / 13.0, c / 14.0, c / 15.0, c / 16.0 \
    }
static const double shares[COMPARE_SHORT + 1][COMPARE_SHORT + 1] = {
    {0},        SHARES(1),  SHARES(2),  SHARES(3),  SHARES(4),  SHARES(5),
    SHARES(6),  SHARES(7),  SHARES(8),  SHARES(9),  SHARES(10), SHARES(11),
    SHARES(12), SHARES(13), SHARES(14), SHARES(15), SHARES(16)};

static inline double short_similarity(uint32_t n, uint32_t m, uint32_t matches,
                                      uint32_t turned)
{
    const double *share = shares[matches];
    return (share[n] + share[m] + shares[matches - turned / 2][matches]) / 3;
}

COMPARE_INLINE uint32_t count_turned(const struct matches *t, const uint64_t *places)
{
    uint32_t turned = 0;
    uint64_t used = t->used;
    for (uint64_t mine = t->mine; mine; mine &= mine - 1) {
        turned += !(places[__builtin_ctzll(mine)] & used & (0 - used));
        used &= used - 1;
    }
    return turned;
}

// Not empty.
COMPARE_INLINE double short_jaro(struct compare_short *x, struct compare_short *y,
                                 bool wide, uint32_t *prefix)
{
    compare_order(x, y);
    uint32_t far = reach(x->n, y->n);
    uint64_t places[COMPARE_SHORT], window = (2u << 2 * far) - 1, all = (1u << x->n) - 1;
    struct matches t = {0};
    uint32_t same = compare_same(x->low, x->high, y->low, y->high, wide);
    *prefix = (uint32_t)__builtin_ctz(~(same & ((1u << y->n) - 1)));
    if (!wide && y->n <= 8) {
        // Always eight, so that no branch depends on the length: what is behind the end
        // is made a byte that x cannot have.
        uint32_t first[8];
        __m128i behind = _mm_andnot_si128(compare_first(y->n), _mm_set1_epi8(-1));
        compare_places_8(x->low, _mm_or_si128(y->low, behind), first);
        for (uint32_t i = 0; i < 8; i++) {
            places[i] = first[i];
            take_first(&t, first[i] & window << i >> far & all, 1u << i);
        }
    } else {
        struct compare_bytes text;
        compare_bytes_of(&text, y);
        for (uint32_t i = 0; i < y->n; i++) {
            places[i] = compare_places(x, &text, i, wide);
            take_first(&t, places[i] & window << i >> far & all, 1u << i);
        }
    }
    return short_similarity(x->n, y->n, compare_count(t.used),
                            t.turned ? count_turned(&t, places) : 0);
}

// Of at most 32 characters each. What both begin with is matched in order whatever comes
// behind: each of its characters finds those before it taken. So the steps begin there.
static inline double middling_jaro(const struct compare_middling *x,
                                   const struct compare_middling *y, uint32_t *prefix)
{
    uint32_t far = reach(x->n, y->n);
    uint64_t window = ((uint64_t)2 << 2 * far) - 1, all = ((uint64_t)1 << x->n) - 1;
    uint64_t inside = ((uint64_t)1 << y->n) - 1, places[COMPARE_MIDDLING];
    uint8_t text[COMPARE_MIDDLING];
    uint32_t begin =
        (uint32_t)__builtin_ctzll(~(compare_middling_same(x, y->low, y->high) & inside));
    uint64_t before = ((uint64_t)1 << begin) - 1;
    struct matches t = {.used = before};
    _mm_storeu_si128((__m128i *)(void *)text, y->low);
    _mm_storeu_si128((__m128i *)(void *)(text + 16), y->high);
    for (uint32_t i = begin; i < y->n; i++) {
        __m128i one = _mm_set1_epi8((char)text[i]);
        places[i] = compare_middling_same(x, one, one);
        take_first(&t, places[i] & window << i >> far & all, (uint64_t)1 << i);
    }
    *prefix = begin;
    t.used &= ~before;
    uint32_t matches = begin + compare_count(t.used);
    return matches
               ? similarity(x->n, y->n, matches, t.turned ? count_turned(&t, places) : 0)
               : 0;
}

static inline double medium_jaro(const struct compare_medium *x,
                                 const struct compare_medium *y, uint32_t *prefix)
{
    uint64_t masks[128], places[COMPARE_MEDIUM];
    uint32_t far = reach(x->n, y->n);
    uint64_t window = ((uint64_t)2 << far) - 1;
    struct matches t = {0};
    compare_medium_masks(masks, x, y);
    for (uint32_t i = 0; i < y->n; i++) {
        places[i] = masks[y->at[i]];
        take_first(&t, places[i] & window, (uint64_t)1 << i);
        window = window << 1 | (i < far);
    }
    *prefix = 0;
    while (*prefix < least(y->n, 4) && x->at[*prefix] == y->at[*prefix])
        ++*prefix;
    return t.used ? similarity(x->n, y->n, compare_count(t.used),
                               t.turned ? count_turned(&t, places) : 0)
                  : 0;
}

#endif

// Texts of any length: by blocks of 64 characters of b. A character of a takes the first
// partner that is free, so blocks can be done one after the other.
struct long_matches {
    bool mine[COMPARE_MAX], theirs[COMPARE_MAX];
    uint32_t n;
};

static void match_block(struct long_matches *t, const struct compare_points *a,
                        const struct compare_points *b, uint32_t from, uint32_t far)
{
    struct compare_masks masks;
    uint32_t size = least(b->n - from, COMPARE_WORD);
    uint32_t begin = from > far ? from - far : 0;
    uint32_t end = least(a->n, from + size + far);
    uint64_t open = size < 64 ? ((uint64_t)1 << size) - 1 : ~(uint64_t)0;
    compare_masks_make(&masks, b->at + from, size);
    for (uint32_t i = begin; i < end && open; i++) {
        if (t->mine[i])
            continue;
        uint64_t places = compare_mask(&masks, a->at[i]) & open;
        if (i > from + far)
            places &= ~(uint64_t)0 << (i - far - from);
        if (i + far < from + 63)
            places &= ((uint64_t)2 << (i + far - from)) - 1;
        if (!places)
            continue;
        open &= ~(places & (0 - places));
        t->mine[i] = true;
        t->theirs[from + (uint32_t)__builtin_ctzll(places)] = true;
        t->n++;
    }
}

static double long_jaro(const struct compare_points *a, const struct compare_points *b)
{
    struct long_matches t;
    uint32_t far = reach(a->n, b->n), turned = 0;
    memset(t.mine, 0, a->n);
    memset(t.theirs, 0, b->n);
    t.n = 0;
    for (uint32_t from = 0; from < b->n; from += COMPARE_WORD)
        match_block(&t, a, b, from, far);
    for (uint32_t i = 0, j = 0, left = t.n; left > 0; left--, i++, j++) {
        while (!t.mine[i])
            i++;
        while (!t.theirs[j])
            j++;
        turned += a->at[i] != b->at[j];
    }
    return t.n ? similarity(a->n, b->n, t.n, turned) : 0;
}

static __attribute__((noinline)) double jaro_beyond(struct str a, struct str b,
                                                    uint32_t *prefix)
{
    struct compare_points x, y;
#if COMPARE_SSE2
    struct compare_short p, q;
    struct compare_medium longer, shorter;
    struct compare_middling u, w;
    if (compare_middling_pair(a, b, &u, &w))
        return middling_jaro(&u, &w, prefix);
    if ((a.n > COMPARE_SHORT || b.n > COMPARE_SHORT) &&
        compare_medium_pair(a, b, &longer, &shorter))
        return medium_jaro(&longer, &shorter, prefix);
    if (compare_wide_pair(a, b, &p, &q))
        return short_jaro(&p, &q, true, prefix);
#endif
    compare_points_read(&x, a);
    compare_points_read(&y, b);
    *prefix = 0;
    while (*prefix < least(least(x.n, y.n), 4) && x.at[*prefix] == y.at[*prefix])
        ++*prefix;
    return long_jaro(&x, &y);
}

COMPARE_INLINE double jaro(struct str a, struct str b, uint32_t *prefix)
{
    *prefix = 0;
    if (!a.n || !b.n)
        return a.n == b.n;
#if COMPARE_SSE2
    struct compare_short x, y;
    if (compare_ascii_pair(a, b, &x, &y))
        return short_jaro(&x, &y, false, prefix);
#endif
    return jaro_beyond(a, b, prefix);
}

double compare_jaro(struct str a, struct str b)
{
    uint32_t prefix;
    return jaro(a, b, &prefix);
}

double compare_jaro_winkler(struct str a, struct str b)
{
    uint32_t prefix;
    double alike = jaro(a, b, &prefix);
    return winkler(alike, prefix);
}
