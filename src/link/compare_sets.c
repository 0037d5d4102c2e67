// SPDX-License-Identifier: AGPL-3.0-or-later
// Texts as sets and multisets: of characters, of q-grams, of tokens.
#include <math.h>

#include "link/compare_private.h"

// Sets of characters ----------------------------------------------------------------

static uint32_t distinct(uint64_t *keys, uint32_t n)
{
    uint32_t kept = 0;
    compare_sort(keys, n);
    for (uint32_t i = 0; i < n; i++)
        if (kept == 0 || keys[i] != keys[kept - 1])
            keys[kept++] = keys[i];
    return kept;
}

// How many keys are in both, each as often as in the one that has it less often. Sorted.
static uint32_t common(const uint64_t *x, uint32_t n, const uint64_t *y, uint32_t m)
{
    uint32_t both = 0;
    for (uint32_t i = 0, j = 0; i < n && j < m;) {
        uint64_t a = x[i], b = y[j];
        both += a == b;
        i += a <= b;
        j += b <= a;
    }
    return both;
}

struct characters {
    uint64_t low, high; // bit of each ASCII character
    uint32_t n_others;
    uint64_t others[COMPARE_MAX]; // sorted, each once
};

static void read_characters(struct characters *c, struct str s)
{
    uint64_t set[2] = {0};
    bool ascii = s.n <= COMPARE_MAX;
    for (size_t i = 0; i < s.n && ascii; i++) {
        uint8_t byte = (uint8_t)s.p[i];
        ascii = byte < 0x80;
        set[byte >> 6 & 1] |= (uint64_t)1 << (byte & 63);
    }
    c->n_others = 0;
    if (!ascii) {
        struct compare_points p;
        set[0] = set[1] = 0;
        compare_points_read(&p, s);
        for (uint32_t i = 0; i < p.n; i++) {
            if (p.at[i] < 128)
                set[p.at[i] >> 6] |= (uint64_t)1 << (p.at[i] & 63);
            else
                c->others[c->n_others++] = p.at[i];
        }
        c->n_others = distinct(c->others, c->n_others);
    }
    c->low = set[0];
    c->high = set[1];
}

double compare_jaccard(struct str a, struct str b)
{
    struct characters x, y;
    if (!a.n || !b.n)
        return a.n == b.n;
    read_characters(&x, a);
    read_characters(&y, b);
    uint32_t both = compare_count(x.low & y.low) + compare_count(x.high & y.high) +
                    common(x.others, x.n_others, y.others, y.n_others);
    uint32_t any = compare_count(x.low | y.low) + compare_count(x.high | y.high);
    any += x.n_others + y.n_others - common(x.others, x.n_others, y.others, y.n_others);
    return (double)both / any;
}

// q-grams -----------------------------------------------------------------------------

enum { MOST_Q = 8 };

// The key of q code points: themselves, up to three, or up to eight of ASCII; else a hash
// of 64 bits, which two different q-grams of a pair share once in 10^12 or so.
static uint64_t gram_key(const uint32_t *p, unsigned q, bool ascii)
{
    uint64_t key = 0;
    if (ascii || q <= 3) {
        for (unsigned i = 0; i < q; i++)
            key = key << (ascii ? 8 : 21) | p[i];
        return key;
    }
    for (unsigned i = 0; i < q; i++) {
        key = (key ^ p[i]) * 0x9E3779B97F4A7C15u;
        key ^= key >> 29;
    }
    return key;
}

static uint32_t make_grams(const uint32_t *p, uint32_t n, unsigned q, bool ascii,
                           uint64_t *keys)
{
    uint32_t grams = n < q ? 0 : n - q + 1;
    for (uint32_t i = 0; i < grams; i++)
        keys[i] = gram_key(p + i, q, ascii);
    compare_sort(keys, grams);
    return grams;
}

static bool is_ascii(const uint32_t *p, uint32_t n)
{
    uint32_t all = 0;
    for (uint32_t i = 0; i < n; i++)
        all |= p[i];
    return all < 128;
}

static uint32_t read_padded(struct str s, unsigned pad, uint32_t *out)
{
    for (unsigned i = 0; i < pad; i++)
        out[i] = ' ';
    uint32_t n = compare_decode(s, out + pad, COMPARE_MAX);
    for (unsigned i = 0; i < pad; i++)
        out[pad + n + i] = ' ';
    return n + 2 * pad;
}

double compare_qgram(struct str a, struct str b, unsigned q)
{
    uint32_t p[COMPARE_MAX + 2 * MOST_Q];
    uint64_t x[COMPARE_MAX + MOST_Q], y[COMPARE_MAX + MOST_Q];
    if (!a.n || !b.n)
        return a.n == b.n;
    q = q < 1 ? 1 : q > MOST_Q ? MOST_Q : q;
    // The keys of both texts must be of one kind.
    uint32_t r[COMPARE_MAX + 2 * MOST_Q];
    uint32_t n = read_padded(a, q - 1, p), m = read_padded(b, q - 1, r);
    bool ascii = is_ascii(p, n) && is_ascii(r, m);
    n = make_grams(p, n, q, ascii, x);
    m = make_grams(r, m, q, ascii, y);
    uint32_t both = common(x, n, y, m);
    return (double)both / (n + m - both);
}

// Sum of the products of the counts of keys that are in both. Sorted.
static double product(const uint64_t *x, uint32_t n, const uint64_t *y, uint32_t m)
{
    double sum = 0;
    for (uint32_t i = 0, j = 0; i < n && j < m;) {
        uint64_t key = x[i] < y[j] ? x[i] : y[j];
        uint32_t mine = 0, theirs = 0;
        for (; i < n && x[i] == key; i++)
            mine++;
        for (; j < m && y[j] == key; j++)
            theirs++;
        sum += (double)mine * theirs;
    }
    return sum;
}

double compare_cosine(struct str a, struct str b)
{
    struct compare_points p, r;
    uint64_t x[COMPARE_MAX], y[COMPARE_MAX];
    compare_points_read(&p, a);
    compare_points_read(&r, b);
    uint32_t n = make_grams(p.at, p.n, 2, false, x),
             m = make_grams(r.at, r.n, 2, false, y);
    if (!n || !m) // too short for a bigram: the same or not
        return p.n == r.n && !memcmp(p.at, r.at, p.n * sizeof *p.at);
    double cosine = product(x, n, y, m) / sqrt(product(x, n, x, n) * product(y, m, y, m));
    return cosine > 1 ? 1 : cosine;
}

// Tokens ------------------------------------------------------------------------------

enum { MOST_TOKENS = 48 };

struct tokens {
    struct str text[MOST_TOKENS];
    uint32_t length[MOST_TOKENS]; // in characters
    uint32_t n, total;
};

// The next token behind *at; empty at the end.
static struct str next_token(struct str s, size_t *at)
{
    while (*at < s.n && s.p[*at] == ' ')
        ++*at;
    size_t begin = *at;
    while (*at < s.n && s.p[*at] != ' ')
        ++*at;
    return (struct str){s.p + begin, *at - begin};
}

static uint32_t count_characters(struct str s)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((uint8_t)s.p[i] & 0xC0) != 0x80;
    return n;
}

static void read_tokens(struct tokens *t, struct str s)
{
    size_t at = 0;
    t->n = t->total = 0;
    for (struct str token; t->n < MOST_TOKENS && (token = next_token(s, &at)).n > 0;) {
        t->text[t->n] = token;
        t->length[t->n] = count_characters(token);
        t->total += t->length[t->n++];
    }
}

// Total length of the tokens of a that get a partner in b.
static uint32_t match_tokens(const struct tokens *a, const struct tokens *b, double alike)
{
    float score[MOST_TOKENS][MOST_TOKENS];
    bool mine[MOST_TOKENS] = {0}, theirs[MOST_TOKENS] = {0};
    uint32_t matched = 0;
    for (uint32_t i = 0; i < a->n; i++)
        for (uint32_t j = 0; j < b->n; j++) {
            double s = compare_jaro_winkler(a->text[i], b->text[j]);
            score[i][j] = s >= alike ? (float)s : -1;
        }
    for (uint32_t left = a->n < b->n ? a->n : b->n; left > 0; left--) {
        uint32_t best_i = 0, best_j = 0;
        float best = -1;
        for (uint32_t i = 0; i < a->n; i++)
            for (uint32_t j = 0; j < b->n && !mine[i]; j++)
                if (!theirs[j] && score[i][j] > best)
                    best = score[i][j], best_i = i, best_j = j;
        if (best < 0)
            break;
        mine[best_i] = theirs[best_j] = true;
        matched += a->length[best_i];
    }
    return matched;
}

double compare_tokens(struct str a, struct str b, double alike)
{
    struct tokens x, y;
    read_tokens(&x, a);
    read_tokens(&y, b);
    if (!x.total || !y.total)
        return x.total == y.total;
    // Of two of the same length either may be the shorter, but always the same one.
    bool first = x.total < y.total || (x.total == y.total && str_compare(a, b) <= 0);
    uint32_t matched = first ? match_tokens(&x, &y, alike) : match_tokens(&y, &x, alike);
    return (double)matched / (first ? y.total : x.total);
}
