// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of compare.h: any two lines of bytes, what must hold of every comparator.
// corpus.h says how it is run; its corpus is corpus/compare.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "corpus.h"
#include "link/compare.h"

typedef uint32_t distance(struct str a, struct str b, uint32_t most);

static uint32_t check_distance(distance *d, struct str a, struct str b)
{
    uint32_t whole = d(a, b, UINT32_MAX - 1);
    must(d(b, a, UINT32_MAX - 1) == whole, "a distance is symmetric");
    must(d(a, a, 0) == 0 && d(b, b, UINT32_MAX) == 0, "a text is equal to itself");
    must(whole <= COMPARE_MAX, "a distance is no more than the longer text");
    for (uint32_t most = 0; most < 6; most++)
        must(d(a, b, most) == (whole <= most ? whole : most + 1), "a cut-off is exact");
    must(d(a, b, whole) == whole, "a distance is up to itself");
    return whole;
}

static void check_share(double there, double back, const char *what)
{
    must(there >= 0 && there <= 1 && there == back, what);
}

static void check_texts(struct str a, struct str b)
{
    uint32_t levenshtein = check_distance(compare_levenshtein, a, b);
    uint32_t osa = check_distance(compare_osa, a, b);
    uint32_t damerau = check_distance(compare_damerau, a, b);
    must(damerau <= osa && osa <= levenshtein, "more kinds of edits, fewer edits");
    must((levenshtein == 0) == (damerau == 0), "only equal texts have no edits");
    check_share(compare_jaro(a, b), compare_jaro(b, a), "Jaro");
    check_share(compare_jaro_winkler(a, b), compare_jaro_winkler(b, a), "Jaro-Winkler");
    must(compare_jaro_winkler(a, b) >= compare_jaro(a, b), "a prefix only helps");
    check_share(compare_jaccard(a, b), compare_jaccard(b, a), "Jaccard");
    for (unsigned q = 0; q < 10; q++)
        check_share(compare_qgram(a, b, q), compare_qgram(b, a, q), "q-grams");
    check_share(compare_cosine(a, b), compare_cosine(b, a), "cosine");
    check_share(compare_tokens(a, b, 0.8), compare_tokens(b, a, 0.8), "tokens");
    must(compare_tokens(a, b, 0.95) <= compare_tokens(a, b, 0), "fewer tokens are alike");
}

static void check_others(struct str a, struct str b)
{
    char code[5];
    must(compare_days(a, b) == compare_days(b, a) && compare_days(a, b) >= 0, "days");
    must(compare_dates_swapped(a, b) == compare_dates_swapped(b, a), "swapped dates");
    must(compare_common(a, b) == compare_common(b, a), "lists are symmetric");
    must(compare_common(a, b) <= compare_common(a, a), "no more than there are");
    compare_soundex(a, code);
    size_t n = strlen(code);
    must(n == 0 || (n == 4 && code[0] >= 'A' && code[0] <= 'Z' &&
                    strspn(code + 1, "0123456") == 3),
         "a letter and three digits");
}

// Two coordinates from the first bytes: any bits of a double.
static void check_km(const uint8_t *bytes, size_t n)
{
    double at[4] = {0};
    memcpy(at, bytes, n < sizeof at ? n : sizeof at);
    double km = compare_km(at[0], at[1], at[2], at[3]);
    must(isnan(km) || (km >= 0 && km < 20016), "no further than half round the Earth");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const uint8_t *end = n ? memchr(bytes, '\n', n) : NULL;
    size_t first = end ? (size_t)(end - bytes) : n;
    size_t second = end ? n - first - 1 : 0;
    // exactly as long as they are, so that a sanitizer sees what reads behind the end
    char *copies[2] = {malloc(first ? first : 1), malloc(second ? second : 1)};
    must(copies[0] && copies[1], "memory");
    if (first)
        memcpy(copies[0], bytes, first);
    if (second)
        memcpy(copies[1], end + 1, second);
    struct str a = {copies[0], first}, b = {copies[1], second};
    check_texts(a, b);
    check_others(a, b);
    check_others(b, a);
    if (n)
        check_km(bytes, n);
    free(copies[0]);
    free(copies[1]);
    return 0;
}

const struct corpus corpus = {.changes = {"\n \0\xE5\xFF"
                                          "a\"|",
                                          8},
                              .positions = 200};
