// SPDX-License-Identifier: AGPL-3.0-or-later
// Edit distances. Short texts live in vector registers: with a small cut-off by furthest
// reach along the few diagonals in question (Ukkonen, Information and Control 64, 1985;
// Landau and Vishkin, J. Algorithms 10, 1989), else by Myers' bit vectors. Longer ones
// take Hyyro's blocks of 64 rows, in a band as wide as the cut-off.
#include "link/compare_private.h"

static inline uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static inline uint32_t greatest(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

#if COMPARE_SSE2

// Diagonal k holds the places (i, i - k) of the longer and the shorter text; bit i of
// on_k: the same character there. `ahead` is diagonal -1.
struct diagonals {
    uint64_t on_0, on_1, on_2, ahead;
};

COMPARE_INLINE uint32_t slide(uint64_t same, uint32_t at)
{
    return at + (uint32_t)__builtin_ctzll(~(same >> at));
}

// One edit on its own diagonal: a substitution, or a swap of neighbours where `swap`
// has a bit.
COMPARE_INLINE uint32_t step(uint64_t swap, uint32_t at)
{
    return at + 1 + (uint32_t)(swap >> at & 1);
}

// Exact up to 2 and up to `most`, else 3. n: of the longer text, which has `extra` more;
// f_k: how far in it one has got on diagonal k.
COMPARE_INLINE uint32_t near_distance(const struct diagonals *d, uint32_t n,
                                      uint32_t extra, uint32_t most, bool swaps)
{
    // Characters without a partner near by cost an edit each: most pairs end here.
    uint64_t lost = ~(d->on_0 | d->on_1 | d->on_2 | d->ahead) & (((uint64_t)1 << n) - 1);
    uint64_t second = lost & (lost - 1), third = second & (second - 1);
    if ((extra > most) | ((most < 2 ? second : third) != 0))
        return 3;
    uint32_t f = slide(d->on_0, 0), f_1 = slide(d->on_1, f + 1);
    if (extra == 2)
        return slide(d->on_2, f_1 + 1) >= n ? 2 : 3;
    uint64_t swap_0 = swaps ? d->ahead & d->on_1 >> 1 : 0;
    uint32_t f_0 = slide(d->on_0, step(swap_0, f));
    if (extra == 1) {
        uint64_t swap_1 = swaps ? d->on_0 & d->on_2 >> 1 : 0;
        if (f_1 >= n)
            return 1;
        return slide(d->on_1, greatest(step(swap_1, f_1), f_0 + 1)) >= n ? 2 : 3;
    }
    uint32_t f_ahead = slide(d->ahead, f), from = greatest(f_1, f_ahead + 1);
    uint32_t end = slide(d->on_0, greatest(step(swap_0, f_0), from));
    return f >= n ? 0 : f_0 >= n ? 1 : end >= n ? 2 : 3;
}

COMPARE_INLINE uint32_t near_short(const struct compare_short *x,
                                   const struct compare_short *y, uint32_t most,
                                   bool wide, bool swaps)
{
    uint32_t inside = (1u << y->n) - 1;
    __m128i none = _mm_setzero_si128();
    __m128i high_1 = wide ? _mm_srli_si128(x->high, 1) : none;
    __m128i high_2 = wide ? _mm_srli_si128(x->high, 2) : none;
    __m128i y_high_1 = wide ? _mm_srli_si128(y->high, 1) : none;
    __m128i low_1 = _mm_srli_si128(x->low, 1), low_2 = _mm_srli_si128(x->low, 2);
    __m128i y_low_1 = _mm_srli_si128(y->low, 1);
    struct diagonals d = {
        compare_same(x->low, x->high, y->low, y->high, wide) & inside,
        (compare_same(low_1, high_1, y->low, y->high, wide) & inside) << 1,
        (compare_same(low_2, high_2, y->low, y->high, wide) & inside) << 2,
        compare_same(x->low, x->high, y_low_1, y_high_1, wide) & inside >> 1};
    return near_distance(&d, x->n, x->n - y->n, most, swaps);
}

COMPARE_INLINE uint32_t same_16(const uint8_t *p, const uint8_t *q)
{
    return compare_bits(
        _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)p),
                       _mm_loadu_si128((const __m128i *)(const void *)q)));
}

COMPARE_INLINE uint64_t same_64(const uint8_t *p, const uint8_t *q, uint32_t n)
{
    uint64_t same = same_16(p, q) | same_16(p + 16, q + 16) << 16;
    if (n > 32)
        same |= (uint64_t)(same_16(p + 32, q + 32) | same_16(p + 48, q + 48) << 16) << 32;
    return same;
}

COMPARE_INLINE uint32_t near_medium(const struct compare_medium *x,
                                    const struct compare_medium *y, uint32_t most,
                                    bool swaps)
{
    uint64_t inside = ((uint64_t)1 << y->n) - 1;
    struct diagonals d = {same_64(x->at, y->at, y->n) & inside,
                          (same_64(x->at + 1, y->at, y->n) & inside) << 1,
                          (same_64(x->at + 2, y->at, y->n) & inside) << 2,
                          same_64(x->at, y->at + 1, y->n) & inside >> 1};
    return near_distance(&d, x->n, x->n - y->n, most, swaps);
}

// The bit vectors of Myers and Hyyro, some of them negated: it shortens the chain of
// steps from one column to the next.
struct columns {
    uint64_t up, not_down, not_diagonal, before;
};

COMPARE_INLINE void next_column(struct columns *c, uint64_t places, bool swaps)
{
    uint64_t certain = places | ~c->not_down;
    if (swaps)
        certain |= (c->not_diagonal & places) << 1 & c->before;
    uint64_t diagonal = (((places & c->up) + c->up) ^ c->up) | certain;
    uint64_t not_diagonal = ~diagonal;
    uint64_t not_plus = (diagonal | c->up) & c->not_down;
    not_plus += not_plus;
    c->up = (diagonal & c->up) << 1 | (not_diagonal & not_plus);
    c->not_down = not_diagonal | not_plus;
    if (swaps) {
        c->not_diagonal = not_diagonal;
        c->before = places;
    }
}

static const struct columns first_columns = {
    .up = UINT64_MAX, .not_down = UINT64_MAX, .not_diagonal = UINT64_MAX};

// The last column's top is its number; each bit is a step from there to its bottom.
COMPARE_INLINE uint32_t bottom(const struct columns *c, uint32_t column, uint32_t rows)
{
    uint64_t mask = ((uint64_t)1 << rows) - 1;
    if (rows <= 32)
        return column + compare_count((c->up & mask) | (c->not_down & mask) << 32) - rows;
    return column + compare_count(c->up & mask) + compare_count(c->not_down & mask) -
           rows;
}

COMPARE_INLINE uint32_t short_distance(const struct compare_short *x,
                                       const struct compare_short *y, bool wide,
                                       bool swaps)
{
    struct compare_bytes text;
    struct columns c = first_columns;
    compare_bytes_of(&text, y);
    for (uint32_t i = 0; i < y->n; i++)
        next_column(&c, compare_places(x, &text, i, wide), swaps);
    return bottom(&c, y->n, x->n);
}

// Eight columns whatever the length, so that no branch depends on it: both texts get the
// same zeros in front, which changes no distance. y has at most 8 characters, x at most 8
// more.
COMPARE_INLINE uint32_t distance_8(const struct compare_short *x,
                                   const struct compare_short *y, bool swaps)
{
    unsigned front = 8 - y->n, bits = 4 * front;
    uint64_t low = (uint64_t)_mm_cvtsi128_si64(x->low);
    uint64_t high = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(x->low, x->low));
    uint64_t text = (uint64_t)_mm_cvtsi128_si64(y->low);
    high = high << bits << bits | low >> (32 - bits) >> (32 - bits);
    low = low << bits << bits;
    text = text << bits << bits;
    uint32_t places[8];
    compare_places_8(_mm_set_epi64x((int64_t)high, (int64_t)low),
                     _mm_cvtsi64_si128((int64_t)text), places);
    struct columns c = first_columns;
    for (unsigned i = 0; i < 8; i++)
        next_column(&c, places[i], swaps);
    return bottom(&c, 8, x->n + front);
}

COMPARE_INLINE uint32_t short_edit(struct compare_short *x, struct compare_short *y,
                                   uint32_t most, bool wide, bool swaps)
{
    compare_order(x, y);
    if (most <= 2)
        return least(near_short(x, y, most, wide, swaps), most + 1);
    if (x->n - y->n > most)
        return most + 1;
    uint32_t d = !wide && y->n <= 8 && x->n - y->n <= 8
                     ? distance_8(x, y, swaps)
                     : short_distance(x, y, wide, swaps);
    return least(d, most + 1);
}

COMPARE_INLINE uint32_t medium_edit(const struct compare_medium *x,
                                    const struct compare_medium *y, uint32_t most,
                                    bool swaps)
{
    uint64_t masks[128];
    struct columns c = first_columns;
    if (most <= 2)
        return least(near_medium(x, y, most, swaps), most + 1);
    if (x->n - y->n > most)
        return most + 1;
    compare_medium_masks(masks, x, y);
    for (uint32_t i = 0; i < y->n; i++)
        next_column(&c, masks[y->at[i]], swaps);
    return least(bottom(&c, y->n, x->n), most + 1);
}

#endif

// What one block of 64 rows hands down to the next at each column.
enum { FLOW_PLUS = 1, FLOW_MINUS = 2, FLOW_SWAP = 4 };

struct band {
    const uint32_t *pattern, *text;
    uint32_t n, m, most;
    uint8_t flow[COMPARE_MAX + 1];
};

// First column (from 1) that a path of at most `most` edits can touch in the rows behind
// `row`, with room for a swap.
static inline uint32_t first_column(uint32_t row, uint32_t most)
{
    return row > most + 1 ? row - most - 1 : 1;
}

// One block: rows behind `row`. *corner is the distance at (row, first column - 1), and
// becomes that of the next block; *distance that at the last row and column. False when
// every path is over the cut-off.
COMPARE_INLINE bool run_block(struct band *b, uint32_t row, uint32_t *corner,
                              uint32_t *distance, bool swaps)
{
    struct compare_masks masks;
    uint32_t rows = least(b->n - row, COMPARE_WORD), last = rows - 1;
    uint32_t begin = first_column(row, b->most);
    uint32_t next = first_column(row + COMPARE_WORD, b->most);
    uint32_t end = least(b->m, row + rows + b->most);
    uint32_t now = *corner + rows, best = now;
    uint64_t up = ~(uint64_t)0, down = 0, diagonal = 0, before = 0;
    compare_masks_make(&masks, b->pattern + row, rows);
    *corner = now;
    for (uint32_t j = begin; j <= end; j++) {
        uint64_t places = compare_mask(&masks, b->text[j - 1]), in = b->flow[j];
        uint64_t turned = ~diagonal & places;
        uint64_t swapped = swaps ? (turned << 1 | in >> 2) & before : 0;
        uint64_t x = places | (in >> 1 & 1);
        diagonal = (((x & up) + up) ^ up) | x | down | swapped;
        uint64_t plus = down | ~(diagonal | up), minus = diagonal & up;
        uint32_t more = (uint32_t)(plus >> last & 1), less = minus >> last & 1;
        now += more - less;
        b->flow[j] = (uint8_t)(more | less << 1 | (uint32_t)(turned >> 63) << 2);
        plus = plus << 1 | (in & FLOW_PLUS);
        minus = minus << 1 | (in >> 1 & 1);
        up = minus | ~(diagonal | plus);
        down = plus & diagonal;
        before = places;
        best = least(best, now);
        if (j + 1 == next)
            *corner = now;
    }
    *distance = now;
    return best <= b->most;
}

// Takes away what both begin and end with, which changes no distance. a is the shorter.
static inline void strip(const uint32_t **a, uint32_t *n, const uint32_t **b, uint32_t *m)
{
    while (*n && **a == **b) {
        ++*a, ++*b;
        --*n, --*m;
    }
    while (*n && (*a)[*n - 1] == (*b)[*m - 1])
        --*n, --*m;
}

COMPARE_INLINE uint32_t long_edit(const struct compare_points *x,
                                  const struct compare_points *y, uint32_t most,
                                  bool swaps)
{
    const struct compare_points *shorter = x->n <= y->n ? x : y;
    const struct compare_points *longer = x->n <= y->n ? y : x;
    struct band band = {.pattern = shorter->at, .text = longer->at};
    uint32_t corner = 0, distance = 0, n = shorter->n, m = longer->n;
    if (m - n > most)
        return most + 1;
    strip(&band.pattern, &n, &band.text, &m);
    if (n == 0)
        return m;
    band.n = n, band.m = m, band.most = least(most, m);
    // Above the first row, and right of the band later, it is one more at each column.
    memset(band.flow, FLOW_PLUS, m + 1);
    for (uint32_t row = 0; row < n; row += COMPARE_WORD)
        if (!run_block(&band, row, &corner, &distance, swaps))
            return most + 1;
    return least(distance, most + 1);
}

static __attribute__((noinline)) uint32_t edit_beyond(struct str a, struct str b,
                                                      uint32_t most, bool swaps)
{
    struct compare_points x, y;
#if COMPARE_SSE2
    struct compare_short p, q;
    struct compare_medium longer, shorter;
    if ((a.n > COMPARE_SHORT || b.n > COMPARE_SHORT) &&
        compare_medium_pair(a, b, &longer, &shorter))
        return swaps ? medium_edit(&longer, &shorter, most, true)
                     : medium_edit(&longer, &shorter, most, false);
    if (compare_wide_pair(a, b, &p, &q))
        return swaps ? short_edit(&p, &q, most, true, true)
                     : short_edit(&p, &q, most, true, false);
#endif
    compare_points_read(&x, a);
    compare_points_read(&y, b);
    return swaps ? long_edit(&x, &y, most, true) : long_edit(&x, &y, most, false);
}

COMPARE_INLINE uint32_t edit(struct str a, struct str b, uint32_t most, bool swaps)
{
    most = least(most, UINT32_MAX - 1);
#if COMPARE_SSE2
    struct compare_short x, y;
    if (compare_ascii_pair(a, b, &x, &y))
        return short_edit(&x, &y, most, false, swaps);
#endif
    return edit_beyond(a, b, most, swaps);
}

uint32_t compare_levenshtein(struct str a, struct str b, uint32_t most)
{
    return edit(a, b, most, false);
}

uint32_t compare_osa(struct str a, struct str b, uint32_t most)
{
    return edit(a, b, most, true);
}

// Unrestricted Damerau in O(m) memory. A swap of characters further apart joins (i, j) to
// the last place (k, l) before it with a[k] = b[j] and b[l] = a[i]; it can only be best
// when k = i - 1 or l = j - 1, so two numbers a column are enough to remember.
struct swap_rows {
    uint32_t above[COMPARE_MAX + 2], row[COMPARE_MAX + 2]; // [0]: outside, out of reach
    uint32_t before[COMPARE_MAX + 1]; // at (k - 1, j - 2) of the last match of b[j]
    uint32_t last[COMPARE_MAX + 1];   // that k; 0: none
};

static uint32_t damerau_rows(struct swap_rows *s, const uint32_t *a, uint32_t n,
                             const uint32_t *b, uint32_t m)
{
    const uint32_t far = n + m + 1;
    uint32_t *above = s->above, *row = s->row;
    above[0] = row[0] = far;
    for (uint32_t j = 0; j <= m; j++) {
        row[j + 1] = j;
        above[j + 1] = far;
        s->before[j] = far;
        s->last[j] = 0;
    }
    for (uint32_t i = 1; i <= n; i++) {
        uint32_t *kept = above;
        above = row, row = kept; // holds the row before last until it is written over
        uint32_t l = 0, corner = far, behind = row[1];
        row[1] = i;
        for (uint32_t j = 1; j <= m; j++) {
            bool same = a[i - 1] == b[j - 1];
            uint32_t d = least(above[j] + !same, least(row[j], above[j + 1]) + 1);
            if (same) {
                l = j;
                s->before[j] = above[j - 1];
                corner = behind; // at (i - 2, j - 1)
            } else if (l && l + 1 == j) {
                d = least(d, s->last[j] ? s->before[j] + i - s->last[j] : far);
            } else if (l && s->last[j] + 1 == i) {
                d = least(d, corner + j - l);
            }
            if (same)
                s->last[j] = i;
            behind = row[j + 1];
            row[j + 1] = d;
        }
    }
    return row[m + 1];
}

static __attribute__((noinline)) uint32_t damerau_beyond(struct str a, struct str b)
{
    struct compare_points x, y;
    struct swap_rows rows;
    compare_points_read(&x, a);
    compare_points_read(&y, b);
    const struct compare_points *shorter = x.n <= y.n ? &x : &y;
    const struct compare_points *longer = x.n <= y.n ? &y : &x;
    const uint32_t *p = shorter->at, *q = longer->at;
    uint32_t n = shorter->n, m = longer->n;
    strip(&p, &n, &q, &m);
    return n ? damerau_rows(&rows, p, n, q, m) : m;
}

// After an OSA of more than 2, Damerau is 2 only when one text has a swap around one more
// character: xy and ycx, and all else is the same. False when it cannot be so; only ASCII
// is looked into.
static bool may_turn_around(struct str a, struct str b)
{
    struct str x = a.n < b.n ? a : b, y = a.n < b.n ? b : a;
    uint8_t any = 0;
    for (size_t i = 0; i < x.n; i++)
        any |= (uint8_t)(x.p[i] | y.p[i]);
    for (size_t i = x.n; i < y.n; i++)
        any |= (uint8_t)y.p[i];
    if (any >= 0x80 || y.n > COMPARE_MAX)
        return true;
    if (y.n - x.n != 1)
        return false;
    while (x.n && x.p[0] == y.p[0])
        x = (struct str){x.p + 1, x.n - 1}, y = (struct str){y.p + 1, y.n - 1};
    while (x.n && x.p[x.n - 1] == y.p[y.n - 1])
        x.n--, y.n--;
    return x.n == 2;
}

uint32_t compare_damerau(struct str a, struct str b, uint32_t most)
{
    most = least(most, UINT32_MAX - 1);
    // A swap with k characters between costs 1 + k here and at most 2 + k as OSA, so this
    // is at least two thirds of OSA, and up to 2 the same.
    uint32_t osa_most = most <= 2 ? 2 : most < COMPARE_MAX ? most + most / 2 : most;
    uint32_t osa = edit(a, b, osa_most, true);
    if (osa <= 2)
        return least(osa, most + 1);
    if (most <= 2 ? most < 2 || !may_turn_around(a, b) : osa > osa_most)
        return most + 1;
    return least(damerau_beyond(a, b), most + 1);
}
