// SPDX-License-Identifier: AGPL-3.0-or-later
// The comparators against plain implementations of their definitions, on random texts of
// all kinds and lengths, and against published values.
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../tap.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "link/compare.h"
#include "link/compare_outline.h"

enum { MOST = 300, NO_LIMIT = 1 << 20 };

#define assert_near(found, expected, slack)                                              \
    assert_near_at(found, expected, slack, __LINE__)
static void assert_near_at(double found, double expected, double slack, int line)
{
    if (!(fabs(found - expected) <= slack))
        fail_msg("line %d: %.17g, expected %.17g", line, found, expected);
}

// The plain implementations -----------------------------------------------------------

struct points {
    uint32_t at[MOST];
    unsigned n;
};

static struct points points_of(struct str s)
{
    struct points p = {.n = 0};
    for (size_t at = 0; at < s.n;) {
        assert_true(p.n < MOST);
        p.at[p.n++] = (uint32_t)utf8_next(s, &at);
    }
    return p;
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

enum measure { LEVENSHTEIN, OSA, DAMERAU };

// The whole matrix, d[i + 1][j + 1] for the first i and j characters. For Damerau the row
// and column before the first are out of reach, as Lowrance and Wagner have it.
static unsigned plain_distance(struct str s, struct str t, enum measure measure)
{
    static unsigned d[MOST + 2][MOST + 2];
    struct points a = points_of(s), b = points_of(t);
    for (unsigned i = 0; i <= a.n + 1; i++)
        for (unsigned j = 0; j <= b.n + 1; j++)
            d[i][j] = i == 0 || j == 0 ? a.n + b.n : i == 1 ? j - 1 : i - 1;
    for (unsigned i = 1; i <= a.n; i++)
        for (unsigned j = 1; j <= b.n; j++) {
            unsigned best = d[i][j] + (a.at[i - 1] != b.at[j - 1]);
            best = smaller(best, smaller(d[i][j + 1], d[i + 1][j]) + 1);
            if (measure == OSA && i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] &&
                a.at[i - 2] == b.at[j - 1])
                best = smaller(best, d[i - 1][j - 1] + 1);
            unsigned k = i - 1, l = j - 1; // the last swap partners, 1-based; 0: none
            while (measure == DAMERAU && k > 0 && a.at[k - 1] != b.at[j - 1])
                k--;
            while (measure == DAMERAU && l > 0 && b.at[l - 1] != a.at[i - 1])
                l--;
            if (measure == DAMERAU && k > 0 && l > 0)
                best = smaller(best, d[k][l] + (i - k - 1) + 1 + (j - l - 1));
            d[i + 1][j + 1] = best;
        }
    return d[a.n + 1][b.n + 1];
}

static double plain_jaro(struct str s, struct str t)
{
    struct points a = points_of(s), b = points_of(t);
    bool mine[MOST] = {0}, theirs[MOST] = {0};
    unsigned longer = a.n > b.n ? a.n : b.n, far = longer / 2 > 0 ? longer / 2 - 1 : 0;
    unsigned matches = 0, turned = 0;
    if (!a.n || !b.n)
        return a.n == b.n;
    for (unsigned i = 0; i < a.n; i++)
        for (unsigned j = i > far ? i - far : 0; j <= i + far && j < b.n; j++)
            if (!theirs[j] && a.at[i] == b.at[j]) {
                mine[i] = theirs[j] = true;
                matches++;
                break;
            }
    if (!matches)
        return 0;
    for (unsigned i = 0, j = 0; i < a.n; i++) {
        if (!mine[i])
            continue;
        while (!theirs[j])
            j++;
        turned += a.at[i] != b.at[j++];
    }
    double c = matches;
    return (c / a.n + c / b.n + (c - turned / 2) / c) / 3;
}

static double plain_jaro_winkler(struct str s, struct str t)
{
    struct points a = points_of(s), b = points_of(t);
    unsigned prefix = 0;
    while (prefix < 4 && prefix < a.n && prefix < b.n && a.at[prefix] == b.at[prefix])
        prefix++;
    double jaro = plain_jaro(s, t);
    return jaro > 0.7 ? jaro + prefix * 0.1 * (1 - jaro) : jaro;
}

static bool has(const uint32_t *p, unsigned n, uint32_t point)
{
    for (unsigned i = 0; i < n; i++)
        if (p[i] == point)
            return true;
    return false;
}

static double plain_jaccard(struct str s, struct str t)
{
    struct points a = points_of(s), b = points_of(t);
    unsigned both = 0, any = 0;
    if (!a.n || !b.n)
        return a.n == b.n;
    for (unsigned i = 0; i < a.n; i++) {
        bool first = !has(a.at, i, a.at[i]);
        any += first;
        both += first && has(b.at, b.n, a.at[i]);
    }
    for (unsigned j = 0; j < b.n; j++)
        any += !has(b.at, j, b.at[j]) && !has(a.at, a.n, b.at[j]);
    return (double)both / any;
}

static uint32_t padded(const struct points *p, unsigned pad, unsigned at)
{
    return at < pad || at >= p->n + pad ? ' ' : p->at[at - pad];
}

static bool same_gram(const struct points *a, unsigned i, const struct points *b,
                      unsigned j, unsigned q, unsigned pad)
{
    for (unsigned k = 0; k < q; k++)
        if (padded(a, pad, i + k) != padded(b, pad, j + k))
            return false;
    return true;
}

// Each gram of a takes an equal one of b that is still free.
static double plain_qgram(struct str s, struct str t, unsigned q)
{
    struct points a = points_of(s), b = points_of(t);
    bool taken[MOST + 16] = {0};
    unsigned n = a.n + q - 1, m = b.n + q - 1, both = 0;
    if (!a.n || !b.n)
        return a.n == b.n;
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j < m; j++)
            if (!taken[j] && same_gram(&a, i, &b, j, q, q - 1)) {
                taken[j] = true;
                both++;
                break;
            }
    return (double)both / (n + m - both);
}

static double pairs_of_equal(const struct points *a, const struct points *b)
{
    double sum = 0;
    for (unsigned i = 0; i + 1 < a->n; i++)
        for (unsigned j = 0; j + 1 < b->n; j++)
            sum += same_gram(a, i, b, j, 2, 0);
    return sum;
}

static double plain_cosine(struct str s, struct str t)
{
    struct points a = points_of(s), b = points_of(t);
    if (a.n < 2 || b.n < 2)
        return s.n == t.n && !memcmp(s.p, t.p, s.n);
    return pairs_of_equal(&a, &b) / sqrt(pairs_of_equal(&a, &a) * pairs_of_equal(&b, &b));
}

// Random texts ------------------------------------------------------------------------

static void add_point(char *text, size_t *n, uint32_t c)
{
    if (c < 0x80) {
        text[(*n)++] = (char)c;
    } else if (c < 0x800) {
        text[(*n)++] = (char)(0xC0 | c >> 6);
        text[(*n)++] = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        text[(*n)++] = (char)(0xE0 | c >> 12);
        text[(*n)++] = (char)(0x80 | (c >> 6 & 63));
        text[(*n)++] = (char)(0x80 | (c & 63));
    } else {
        text[(*n)++] = (char)(0xF0 | c >> 18);
        text[(*n)++] = (char)(0x80 | (c >> 12 & 63));
        text[(*n)++] = (char)(0x80 | (c >> 6 & 63));
        text[(*n)++] = (char)(0x80 | (c & 63));
    }
}

enum alphabet { FEW, LETTERS, CHINESE, MIXED, PLANES, ALPHABETS };

static uint32_t draw_point(struct rng *r, enum alphabet alphabet)
{
    // pairs that share their low or their high byte; two that hash alike; a zero
    static const uint32_t mixed[] = {'a',    'b',    0x161,  0x4E61, 0x4E62,
                                     0x4F61, 0x4F62, 0xFF61, 0,      0xE9};
    static const uint32_t planes[] = {'a', 0x20BB7, 0x20BB8, 0x10BB7, 0xBB7, 0x4E00};
    switch (alphabet) {
    case FEW:
        return 'a' + (uint32_t)rng_below(r, 2 + rng_below(r, 2));
    case LETTERS:
        return 'a' + (uint32_t)rng_below(r, 26);
    case CHINESE:
        return 0x4E00 + (uint32_t)rng_below(r, 40) * 7;
    case MIXED:
        return mixed[rng_below(r, sizeof mixed / sizeof *mixed)];
    default:
        return planes[rng_below(r, sizeof planes / sizeof *planes)];
    }
}

// A text of its own, exactly as long as it is, so that reading behind it is noticed.
struct text {
    struct str s;
    char *memory;
};

static struct text keep(const char *bytes, size_t n)
{
    struct text t = {.memory = malloc(n ? n : 1)};
    assert_non_null(t.memory);
    memcpy(t.memory, bytes, n);
    t.s = (struct str){t.memory, n};
    return t;
}

static struct text draw_text(struct rng *r, enum alphabet alphabet, unsigned most)
{
    char bytes[4 * MOST];
    size_t n = 0;
    unsigned length = (unsigned)rng_below(r, most + 1);
    for (unsigned i = 0; i < length; i++)
        add_point(bytes, &n, draw_point(r, alphabet));
    return keep(bytes, n);
}

// A copy with up to four edits.
static struct text change_text(struct rng *r, enum alphabet alphabet, struct str s)
{
    struct points p = points_of(s);
    char bytes[4 * MOST];
    size_t n = 0;
    for (unsigned edits = (unsigned)rng_below(r, 5); edits > 0; edits--) {
        unsigned at = (unsigned)rng_below(r, p.n + 1);
        unsigned kind = (unsigned)rng_below(r, 4);
        if (kind == 0 && p.n + 1 < MOST) {
            memmove(p.at + at + 1, p.at + at, (p.n - at) * sizeof *p.at);
            p.at[at] = draw_point(r, alphabet);
            p.n++;
        } else if (kind == 1 && at < p.n) {
            memmove(p.at + at, p.at + at + 1, (p.n - at - 1) * sizeof *p.at);
            p.n--;
        } else if (kind == 2 && at < p.n) {
            p.at[at] = draw_point(r, alphabet);
        } else if (kind == 3 && at + 1 < p.n) {
            uint32_t kept = p.at[at];
            p.at[at] = p.at[at + 1];
            p.at[at + 1] = kept;
        }
    }
    for (unsigned i = 0; i < p.n; i++)
        add_point(bytes, &n, p.at[i]);
    return keep(bytes, n);
}

static void drop(struct text *t)
{
    free(t->memory);
}

static uint32_t distance(enum measure m, struct str a, struct str b, uint32_t most)
{
    return m == LEVENSHTEIN ? compare_levenshtein(a, b, most)
           : m == OSA       ? compare_osa(a, b, most)
                            : compare_damerau(a, b, most);
}

static void fail_pair(const char *what, struct str a, struct str b, double found,
                      double expected, uint64_t seed)
{
    fail_msg("%s of '" STR_FMT "' and '" STR_FMT "': %.17g, expected %.17g (seed %llu)",
             what, STR_ARG(a), STR_ARG(b), found, expected, (unsigned long long)seed);
}

static void check_distances(struct str a, struct str b, uint64_t seed)
{
    static const char *const names[] = {"Levenshtein", "OSA", "Damerau"};
    for (enum measure m = LEVENSHTEIN; m <= DAMERAU; m++) {
        unsigned expected = plain_distance(a, b, m);
        static const uint32_t cuts[] = {0, 1, 2, 3, 4, 7, 20, UINT32_MAX - 1, UINT32_MAX};
        for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
            uint32_t cut = cuts[i];
            uint32_t cut_expected = expected <= cut ? expected : cut + 1;
            uint32_t found = distance(m, a, b, cut);
            if (found != cut_expected)
                fail_pair(names[m], a, b, found, cut_expected, seed);
            if (distance(m, b, a, cut) != found)
                fail_pair("symmetry", a, b, found, cut, seed);
        }
        for (uint32_t cut = expected ? expected - 1 : 0; cut <= expected + 1; cut++)
            if (distance(m, a, b, cut) != (expected <= cut ? expected : cut + 1))
                fail_pair("cut-off", a, b, distance(m, a, b, cut), expected, seed);
    }
}

static void check_shares(struct str a, struct str b, uint64_t seed)
{
    struct {
        const char *name;
        double found, back, expected, slack;
    } all[] = {
        {"Jaro", compare_jaro(a, b), compare_jaro(b, a), plain_jaro(a, b), 0},
        {"Jaro-Winkler", compare_jaro_winkler(a, b), compare_jaro_winkler(b, a),
         plain_jaro_winkler(a, b), 0},
        {"Jaccard", compare_jaccard(a, b), compare_jaccard(b, a), plain_jaccard(a, b), 0},
        {"1-gram", compare_qgram(a, b, 1), compare_qgram(b, a, 1), plain_qgram(a, b, 1),
         0},
        {"2-gram", compare_qgram(a, b, 2), compare_qgram(b, a, 2), plain_qgram(a, b, 2),
         0},
        {"3-gram", compare_qgram(a, b, 3), compare_qgram(b, a, 3), plain_qgram(a, b, 3),
         0},
        {"5-gram", compare_qgram(a, b, 5), compare_qgram(b, a, 5), plain_qgram(a, b, 5),
         0},
        {"8-gram", compare_qgram(a, b, 8), compare_qgram(b, a, 8), plain_qgram(a, b, 8),
         0},
        {"cosine", compare_cosine(a, b), compare_cosine(b, a), plain_cosine(a, b), 1e-14},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!(fabs(all[i].found - all[i].expected) <= all[i].slack))
            fail_pair(all[i].name, a, b, all[i].found, all[i].expected, seed);
        if (all[i].found != all[i].back)
            fail_pair("symmetry", a, b, all[i].found, all[i].back, seed);
        if (!(all[i].found >= 0 && all[i].found <= 1))
            fail_pair("range", a, b, all[i].found, 1, seed);
    }
}

static bool below(struct compare_outline_limit (*limit_of)(double least), double least,
                  const struct compare_outline *a, const struct compare_outline *b)
{
    struct compare_outline_limit limit = limit_of(least);
    bool answer = compare_outline_below(a, b, &limit);
    assert_true(answer == compare_outline_below(b, a, &limit));
    return answer;
}

// What outlines say is on the safe side.
static void check_outlines(struct str a, struct str b, uint64_t seed)
{
    struct compare_outline x = compare_outline_of(a), y = compare_outline_of(b);
    double jaro = compare_jaro(a, b), winkler = compare_jaro_winkler(a, b);
    for (unsigned i = 0; i <= 20; i++) {
        double j = jaro * i / 20, w = winkler * i / 20;
        if (below(compare_outline_jaro, j, &x, &y))
            fail_pair("outlines, Jaro", a, b, j, jaro, seed);
        if (below(compare_outline_jaro_winkler, w, &x, &y))
            fail_pair("outlines, Jaro-Winkler", a, b, w, winkler, seed);
    }
    for (enum measure m = LEVENSHTEIN; m <= DAMERAU; m++)
        if (compare_outline_edits(&x, &y) > distance(m, a, b, NO_LIMIT))
            fail_pair("outlines, edits", a, b, compare_outline_edits(&x, &y),
                      distance(m, a, b, NO_LIMIT), seed);
}

static void random_pairs(unsigned pairs, unsigned most, uint64_t seed)
{
    for (uint64_t i = 0; i < pairs; i++) {
        struct rng r = rng_stream(seed, i);
        enum alphabet alphabet = (enum alphabet)(i % ALPHABETS);
        struct text a = draw_text(&r, alphabet, most);
        struct text b = rng_chance(&r, 0.6) ? change_text(&r, alphabet, a.s)
                                            : draw_text(&r, alphabet, most);
        check_distances(a.s, b.s, i);
        check_shares(a.s, b.s, i);
        check_outlines(a.s, b.s, i);
        drop(&a);
        drop(&b);
    }
}

static void short_texts(void **state)
{
    (void)state;
    print_message("seeds 1 and 2, one stream a pair\n");
    random_pairs(20000, 9, 1);
    random_pairs(20000, 18, 2);
}

static void long_texts(void **state)
{
    (void)state;
    print_message("seeds 3, 4 and 9, one stream a pair\n");
    random_pairs(6000, 34, 9);
    random_pairs(1500, 70, 3);
    random_pairs(300, 290, 4);
}

// And not so safe that they say nothing.
static void outlines(void **state)
{
    (void)state;
    static const double hair = 1e-8;
    struct compare_outline wang = compare_outline_of(STR("WANG fang")),
                           li = compare_outline_of(STR("li yubo")),
                           gnaw = compare_outline_of(STR("gnaw gnaf"));
    assert_false(below(compare_outline_jaro, 1, &wang, &gnaw));
    assert_int_equal(compare_outline_edits(&wang, &gnaw), 0);
    double jaro = (1 / 9.0 + 1 / 7.0 + 1) / 3;
    assert_false(below(compare_outline_jaro, jaro, &wang, &li));
    assert_true(below(compare_outline_jaro, jaro + hair, &wang, &li));
    assert_true(below(compare_outline_jaro_winkler, jaro + hair, &wang, &li));
    assert_int_equal(compare_outline_edits(&wang, &li), 8);
    struct compare_outline date = compare_outline_of(STR("1990-01-31")),
                           other = compare_outline_of(STR("1990-01-22"));
    assert_int_equal(compare_outline_edits(&date, &other), 2);
    jaro = (0.8 + 0.8 + 1) / 3;
    assert_false(below(compare_outline_jaro, jaro, &date, &other));
    assert_true(below(compare_outline_jaro, jaro + hair, &date, &other));
    assert_false(
        below(compare_outline_jaro_winkler, jaro + 0.4 * (1 - jaro), &date, &other));
    assert_true(below(compare_outline_jaro_winkler, jaro + 0.4 * (1 - jaro) + hair, &date,
                      &other));
    char long_text[300];
    memset(long_text, 'x', sizeof long_text);
    struct compare_outline none[] = {compare_outline_of(STR("")),
                                     compare_outline_of(STR("王芳")),
                                     compare_outline_of((struct str){long_text, 255})};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_false(below(compare_outline_jaro_winkler, 1, &wang, &none[i]));
        assert_int_equal(compare_outline_edits(&none[i], &wang), 0);
    }
    struct compare_outline longest = compare_outline_of((struct str){long_text, 254});
    assert_int_equal(compare_outline_edits(&longest, &li), 254);
}

// Every text of up to five letters of an alphabet of three, with every other.
static void all_small_texts(void **state)
{
    (void)state;
    enum { LONGEST = 5, TEXTS = 364 };
    char texts[TEXTS][LONGEST];
    size_t lengths[TEXTS];
    unsigned n = 0;
    for (unsigned length = 0, count = 1; length <= LONGEST; length++, count *= 3)
        for (unsigned number = 0; number < count; number++, n++) {
            lengths[n] = length;
            for (unsigned i = 0, rest = number; i < length; i++, rest /= 3)
                texts[n][i] = (char)('a' + rest % 3);
        }
    assert_int_equal(n, TEXTS);
    for (unsigned i = 0; i < TEXTS; i++)
        for (unsigned j = i; j < TEXTS; j++) {
            struct str a = {texts[i], lengths[i]}, b = {texts[j], lengths[j]};
            for (enum measure m = LEVENSHTEIN; m <= DAMERAU; m++) {
                unsigned expected = plain_distance(a, b, m);
                for (uint32_t cut = 0; cut < 5; cut++)
                    if (distance(m, a, b, cut) != smaller(expected, cut + 1))
                        fail_pair("distance", a, b, distance(m, a, b, cut), expected, m);
            }
            if (compare_jaro(a, b) != plain_jaro(a, b))
                fail_pair("Jaro", a, b, compare_jaro(a, b), plain_jaro(a, b), 0);
        }
}

static void triangle(void **state)
{
    (void)state;
    print_message("seed 5\n");
    for (uint64_t i = 0; i < 20000; i++) {
        struct rng r = rng_stream(5, i);
        enum alphabet alphabet = (enum alphabet)(i % ALPHABETS);
        unsigned most = i % 50 ? 10 : 140;
        struct text a = draw_text(&r, alphabet, most);
        struct text b = change_text(&r, alphabet, a.s);
        struct text c = change_text(&r, alphabet, b.s);
        for (enum measure m = LEVENSHTEIN; m <= DAMERAU; m++) {
            uint32_t ab = distance(m, a.s, b.s, NO_LIMIT);
            uint32_t bc = distance(m, b.s, c.s, NO_LIMIT);
            uint32_t ac = distance(m, a.s, c.s, NO_LIMIT);
            if (m != OSA && ac > ab + bc) // OSA is no metric
                fail_pair("triangle", a.s, c.s, ac, ab + bc, i);
            assert_int_equal(distance(m, a.s, a.s, NO_LIMIT), 0);
        }
        assert_true(compare_damerau(a.s, b.s, NO_LIMIT) <=
                    compare_osa(a.s, b.s, NO_LIMIT));
        assert_true(compare_osa(a.s, b.s, NO_LIMIT) <=
                    compare_levenshtein(a.s, b.s, NO_LIMIT));
        drop(&a);
        drop(&b);
        drop(&c);
    }
}

// Published values --------------------------------------------------------------------

static void published_distances(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        unsigned levenshtein, osa, damerau;
    } known[] = {
        {"kitten", "sitting", 3, 3, 3},
        {"saturday", "sunday", 3, 3, 3},
        {"intention", "execution", 5, 5, 5},
        {"survey", "surgery", 2, 2, 2},
        {"annual", "annealing", 4, 4, 4},
        {"ca", "abc", 3, 3, 2},
        {"张伟", "张玮", 1, 1, 1},
        {"张伟国", "张国伟", 2, 1, 1},
        {"欧阳", "欧", 1, 1, 1},
        {"", "abc", 3, 3, 3},
        {"", "", 0, 0, 0},
        {"rosettacode", "raisethysword", 8, 8, 8},
        {"Müller", "Mueller", 2, 2, 2},
        {"𠮷田", "吉田", 1, 1, 1},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct str a = str_of(known[i].a), b = str_of(known[i].b);
        assert_int_equal(compare_levenshtein(a, b, UINT32_MAX - 1), known[i].levenshtein);
        assert_int_equal(compare_osa(a, b, UINT32_MAX - 1), known[i].osa);
        assert_int_equal(compare_damerau(a, b, UINT32_MAX - 1), known[i].damerau);
    }
    assert_int_equal(compare_levenshtein(STR("kitten"), STR("sitting"), 2), 3);
    assert_int_equal(compare_levenshtein(STR("kitten"), STR("sitting"), 0), 1);
}

// Winkler, Overview of Record Linkage and Current Research Directions, 2006, table 6, to
// its three decimals; "-" there is 0 here. Jaro, then Jaro-Winkler.
static void published_jaro(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        double jaro, winkler;
    } known[] = {
        {"SHACKLEFORD", "SHACKELFORD", 0.970, 0.982},
        {"DUNNINGHAM", "CUNNIGHAM", 0.896, 0.896},
        {"NICHLESON", "NICHULSON", 0.926, 0.956},
        {"JONES", "JOHNSON", 0.790, 0.832},
        {"MASSEY", "MASSIE", 0.889, 0.933},
        {"ABROMS", "ABRAMS", 0.889, 0.922},
        {"JERALDINE", "GERALDINE", 0.926, 0.926},
        {"MARHTA", "MARTHA", 0.944, 0.961},
        {"MICHELLE", "MICHAEL", 0.869, 0.921},
        {"JULIES", "JULIUS", 0.889, 0.933},
        {"TANYA", "TONYA", 0.867, 0.880},
        {"DWAYNE", "DUANE", 0.822, 0.840},
        {"SEAN", "SUSAN", 0.783, 0.805},
        {"JON", "JOHN", 0.917, 0.933},
        {"DIXON", "DICKSONX", 0.767, 0.813},
        {"", "", 1, 1},
        {"", "A", 0, 0},
        {"A", "B", 0, 0},
        {"张伟", "张玮", 0.667, 0.667},
        {"张伟国", "张伟", 0.889, 0.911},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct str a = str_of(known[i].a), b = str_of(known[i].b);
        if (fabs(compare_jaro(a, b) - known[i].jaro) > 0.0006)
            fail_pair("Jaro", a, b, compare_jaro(a, b), known[i].jaro, 0);
        if (fabs(compare_jaro_winkler(a, b) - known[i].winkler) > 0.0006)
            fail_pair("Jaro-Winkler", a, b, compare_jaro_winkler(a, b), known[i].winkler,
                      0);
    }
}

static void sets(void **state)
{
    (void)state;
    assert_near(compare_jaccard(STR("duck"), STR("luck")), 0.6, 0);
    assert_near(compare_jaccard(STR("张伟"), STR("张玮")), 1.0 / 3, 0);
    assert_near(compare_qgram(STR("ab"), STR("ab"), 3), 1, 0);
    // " a" "ab" "b " and " a" "ac" "c "
    assert_near(compare_qgram(STR("ab"), STR("ac"), 2), 0.2, 0);
    assert_near(compare_qgram(STR("aaaa"), STR("aa"), 2), 3.0 / 5, 0);
    assert_near(compare_cosine(STR("abab"), STR("ab")), 2 / sqrt(5), 1e-15);
    assert_near(compare_cosine(STR("a"), STR("a")), 1, 0);
    assert_near(compare_cosine(STR("a"), STR("abc")), 0, 0);
}

static void tokens(void **state)
{
    (void)state;
    struct str zhang = STR("wei zhang"), wei = STR("zhang wei");
    assert_near(compare_tokens(zhang, wei, 0.9), 1, 0);
    // 5 of 5 + 6 letters; each partner once; the better one first
    assert_near(compare_tokens(STR("maria"), STR("maria santos"), 0.9), 5.0 / 11, 1e-15);
    assert_near(compare_tokens(STR("maria maria"), STR("maria santos"), 0.9), 5.0 / 11,
                1e-15);
    assert_near(compare_tokens(STR("martha"), STR("marhta martha"), 0.9), 6.0 / 12, 0);
    assert_near(compare_tokens(STR("jon"), STR("mary"), 0.9), 0, 0);
    assert_near(compare_tokens(STR("  "), STR(""), 0.9), 1, 0);
    assert_near(compare_tokens(STR(""), STR("a"), 0.9), 0, 0);
    assert_near(compare_tokens(STR("张 伟"), STR("伟 张"), 0.9), 1, 0);
    print_message("seed 6\n");
    for (uint64_t i = 0; i < 2000; i++) {
        struct rng r = rng_stream(6, i);
        char bytes[2][40];
        struct str s[2];
        for (unsigned k = 0; k < 2; k++) {
            s[k] = (struct str){bytes[k], rng_below(&r, sizeof bytes[k])};
            for (size_t at = 0; at < s[k].n; at++)
                bytes[k][at] = rng_chance(&r, 0.3) ? ' ' : (char)draw_point(&r, FEW);
        }
        double share = compare_tokens(s[0], s[1], 0.8);
        assert_true(share >= 0 && share <= 1);
        assert_near(share, compare_tokens(s[1], s[0], 0.8), 0);
    }
}

static void dates(void **state)
{
    (void)state;
    assert_int_equal(compare_days(STR("2014-06-05"), STR("2014-06-05")), 0);
    assert_int_equal(compare_days(STR("2000-03-01"), STR("2000-02-28")), 2);
    assert_int_equal(compare_days(STR("1900-02-28"), STR("1900-03-01")), 1);
    assert_int_equal(compare_days(STR("0001-01-01"), STR("9999-12-31")), 3652058);
    static const char *const bad[] = {"",           "2014-02-30", "2014-6-05",
                                      "2014/06/05", "2014-06-0x", "0000-01-01",
                                      "2014-06-055"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(compare_days(str_of(bad[i]), STR("2014-06-05")), INT32_MAX);
        assert_int_equal(compare_days(STR("2014-06-05"), str_of(bad[i])), INT32_MAX);
    }
    assert_true(compare_dates_swapped(STR("1990-05-07"), STR("1990-07-05")));
    // What was swapped may be no day of the calendar.
    assert_true(compare_dates_swapped(STR("1990-05-13"), STR("1990-13-05")));
    assert_false(compare_dates_swapped(STR("1990-05-05"), STR("1990-05-05")));
    assert_false(compare_dates_swapped(STR("1990-05-07"), STR("1991-07-05")));
    assert_false(compare_dates_swapped(STR("1990-05-07"), STR("1990-07-06")));
    assert_false(compare_dates_swapped(STR("1990 05 07"), STR("1990 07 05")));
    assert_false(compare_dates_swapped(STR(""), STR("")));
}

static void kilometres(void **state)
{
    (void)state;
    // half and a quarter of a great circle
    double half = acos(-1.0) * 6371.0088;
    assert_near(compare_km(0, 0, 0, 180), half, 1e-9);
    assert_near(compare_km(90, 17, 0, 90), half / 2, 1e-9);
    assert_near(compare_km(31.5, 121.25, 31.5, 121.25), 0, 0);
    assert_near(compare_km(0, 179.5, 0, -179.5), half / 180, 1e-9);
    // The law of cosines is another way to the same.
    print_message("seed 7\n");
    struct rng r = rng_seed(7);
    const double radian = acos(-1.0) / 180;
    for (int i = 0; i < 1000; i++) {
        double p = 180 * rng_uniform(&r) - 90, q = 180 * rng_uniform(&r) - 90;
        double e = 360 * rng_uniform(&r) - 180, f = 360 * rng_uniform(&r) - 180;
        double cosine = sin(p * radian) * sin(q * radian) +
                        cos(p * radian) * cos(q * radian) * cos((e - f) * radian);
        assert_near(compare_km(p, e, q, f), 6371.0088 * acos(cosine), 1e-3);
        assert_near(compare_km(p, e, q, f), compare_km(q, f, p, e), 0);
    }
    assert_true(isnan(compare_km(NAN, 0, 0, 0)));
}

static void lists(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        unsigned common;
    } known[] = {
        {"[\"a\",\"b\"]", "[\"b\", \"c\", \"a\"]", 2},
        {"[\"a\",\"a\"]", "[\"a\",\"a\"]", 1}, // each element once, as a set
        {"[\"\\u5f20\"]", "[\"张\"]", 1},
        {"[\"\\ud842\\udfb7\"]", "[\"𠮷\"]", 1},
        {"[\"a\\\"b\",\"c\\\\\"]", "a\"b|c\\", 2},
        {"[]", "[]", 0},
        {"[null, 1, 2]", "[null, 2]", 1},
        {"a|b|c", "c ; a", 2},
        {"a;b", "[\"b\"]", 1},
        {"张|李", "李", 1},
        {"", "", 0},
        {" | ", "| ;", 0},
        {"[1,2", "[1,2", 1}, // no list: one text
        {"[\"a]", "[\"a]", 1},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct str a = str_of(known[i].a), b = str_of(known[i].b);
        if (compare_common(a, b) != known[i].common ||
            compare_common(b, a) != known[i].common)
            fail_pair("common", a, b, compare_common(a, b), known[i].common, 0);
    }
}

// The examples of the National Archives' page, and those of Knuth, volume 3.
static void soundex(void **state)
{
    (void)state;
    static const char *const known[][2] = {
        {"Washington", "W252"},
        {"Lee", "L000"},
        {"Gutierrez", "G362"},
        {"Pfister", "P236"},
        {"Jackson", "J250"},
        {"Tymczak", "T522"},
        {"Ashcraft", "A261"},
        {"Robert", "R163"},
        {"Rupert", "R163"},
        {"Rubin", "R150"},
        {"Euler", "E460"},
        {"Gauss", "G200"},
        {"Hilbert", "H416"},
        {"Knuth", "K530"},
        {"Lloyd", "L300"},
        {"Lukasiewicz", "L222"},
        {"ashcroft", "A261"},
        {"O'Hara", "O600"},
        {"", ""},
        {"张伟", ""},
        {"12 b", "B000"},
        {"honeyman", "H555"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char code[5];
        compare_soundex(str_of(known[i][0]), code);
        assert_string_equal(code, known[i][1]);
    }
}

// Texts that end where the memory ends, of every length, at both ends of a page.
static void ends_of_memory(void **state)
{
    (void)state;
    enum { LONGEST = 70 };
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory =
        mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    assert_int_equal(mprotect(memory + 2 * page, page, PROT_NONE), 0);
    char text[LONGEST + 1], *end = memory + 2 * page;
    for (unsigned i = 0; i < LONGEST; i++)
        text[i] = (char)('a' + i * 7 % 26);
    for (unsigned n = 1; n <= LONGEST; n++) {
        memset(memory, 'x', 2 * page);
        memcpy(end - n, text, n);
        struct str inside = {text, n}, last = {end - n, n}, less = {end - n, n - 1};
        assert_int_equal(compare_levenshtein(inside, last, NO_LIMIT), 0);
        assert_int_equal(compare_levenshtein(last, less, NO_LIMIT), 1);
        assert_int_equal(compare_osa(less, last, 1), 1);
        assert_near(compare_jaro(last, inside), 1, 0);
        // and over the border between two pages
        for (unsigned back = 0; back <= 20; back++) {
            char *at = memory + page - back;
            memset(memory, 'x', 2 * page);
            memcpy(at, text, n);
            struct str across = {at, n};
            assert_int_equal(compare_levenshtein(inside, across, NO_LIMIT), 0);
            assert_near(compare_jaro_winkler(across, inside), 1, 0);
        }
    }
    assert_int_equal(munmap(memory, 3 * page), 0);
}

// What is longer than COMPARE_MAX is compared by its beginning; a long text costs no
// heap.
static void very_long(void **state)
{
    (void)state;
    enum { LENGTH = 3 * COMPARE_MAX };
    char *a = test_malloc(LENGTH), *b = test_malloc(LENGTH);
    struct rng r = rng_seed(8);
    for (size_t i = 0; i < LENGTH; i++)
        a[i] = b[i] = (char)draw_point(&r, LETTERS);
    b[LENGTH - 1] = b[COMPARE_MAX] = '!';
    struct str x = {a, LENGTH}, y = {b, LENGTH};
    mem_fail_after(0);
    assert_int_equal(compare_levenshtein(x, y, NO_LIMIT), 0);
    assert_int_equal(compare_damerau(x, y, NO_LIMIT), 0);
    b[100] = '!';
    memmove(b + 2000, b + 2001, LENGTH - 2001);
    // one more at the end, for the character that moved in
    for (enum measure m = LEVENSHTEIN; m <= OSA; m++) {
        assert_int_equal(distance(m, x, y, NO_LIMIT), 3);
        assert_int_equal(distance(m, x, y, 3), 3);
        assert_int_equal(distance(m, x, y, 2), 3);
        assert_int_equal(distance(m, x, y, 1), 2);
    }
    assert_int_equal(compare_damerau(x, y, 4), 3);
    assert_true(compare_jaro(x, y) > 0.8 && compare_jaro(x, y) < 1);
    assert_near(compare_jaro(x, y), compare_jaro(y, x), 0);
    assert_true(compare_qgram(x, y, 3) > 0.98);
    assert_true(compare_cosine(x, y) > 0.98);
    assert_true(compare_jaccard(x, y) > 0.9);
    mem_fail_after(-1);
    test_free(a);
    test_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_texts),    cmocka_unit_test(long_texts),
        cmocka_unit_test(outlines),       cmocka_unit_test(all_small_texts),
        cmocka_unit_test(triangle),       cmocka_unit_test(published_distances),
        cmocka_unit_test(published_jaro), cmocka_unit_test(sets),
        cmocka_unit_test(tokens),         cmocka_unit_test(dates),
        cmocka_unit_test(kilometres),     cmocka_unit_test(lists),
        cmocka_unit_test(soundex),        cmocka_unit_test(ends_of_memory),
        cmocka_unit_test(very_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
