// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/reference.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <string.h>

static const struct reference regions[] = {
    {"Southern Asia", "南亚", 105.2, 104.0, 106.3},
    {"Europe, North America, Australia and New Zealand", "欧洲、北美洲、澳大利亚和新西兰",
     105.8, 105.5, 106.1},
    {"Northern Africa", "北非", 105.0, 103.6, 106.4},
    {"Sub-Saharan Africa", "撒哈拉以南非洲", 103.1, 102.7, 103.6},
    {"Latin America and the Caribbean", "拉丁美洲和加勒比", 104.1, 103.7, 104.5},
    {"Western Asia", "西亚", 105.0, 104.4, 105.6},
    {"Caucasus and Central Asia", "高加索和中亚", 106.2, 105.0, 107.5},
    {"South-Eastern Asia", "东南亚", 106.3, 105.5, 107.2},
    {"Eastern Asia", "东亚", 106.3, 105.4, 107.2},
    {"Oceania", "大洋洲", 106.7, 105.8, 107.7},
};

enum { REGIONS = sizeof regions / sizeof *regions };

// Other names, in the form of plain() below.
static const struct {
    const char *name;
    size_t region;
} aliases[] = {
    {"southasia", 0},     {"india", 0},        {"pakistan", 0},
    {"bangladesh", 0},    {"nepal", 0},        {"印度", 0},
    {"europe", 1},        {"northamerica", 1}, {"australia", 1},
    {"enan", 1},          {"欧洲", 1},         {"北美", 1},
    {"northafrica", 2},   {"tunisia", 2},      {"北部非洲", 2},
    {"subsahara", 3},     {"africa", 3},       {"撒哈拉以南的非洲", 3},
    {"latinamerica", 4},  {"caribbean", 4},    {"southamerica", 4},
    {"拉丁美洲", 4},      {"拉美", 4},         {"westasia", 5},
    {"middleeast", 5},    {"西部亚洲", 5},     {"caucasus", 6},
    {"centralasia", 6},   {"armenia", 6},      {"azerbaijan", 6},
    {"georgia", 6},       {"中亚", 6},         {"高加索", 6},
    {"seasia", 7},        {"vietnam", 7},      {"越南", 7},
    {"东南亚洲", 7},      {"china", 8},        {"korea", 8},
    {"republickorea", 8}, {"southkorea", 8},   {"taiwan", 8},
    {"hongkong", 8},      {"中国", 8},         {"韩国", 8},
    {"东部亚洲", 8},      {"eastasia", 8},     {"pacific", 9},
};

enum { NAME_SIZE = 96 };

size_t reference_count(void)
{
    return REGIONS;
}

const struct reference *reference_at(size_t i)
{
    assert(i < REGIONS);
    return &regions[i];
}

double reference_log_sd(double low, double high)
{
    return log(high / low) / (2 * 1.959963984540054);
}

// Words that tell nothing apart.
static bool is_filler(const char *word, size_t n)
{
    static const char *const words[] = {"and", "the", "of", "region"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == n && !memcmp(words[i], word, n))
            return true;
    return false;
}

// Lower case, letters only, without fillers and the "ern" of "eastern"; Chinese without
// its signs and "and".
static size_t plain(struct str s, char out[NAME_SIZE])
{
    static const char *const signs[] = {"、", "和", "与", "及", "　", "·", "地区", "，"};
    size_t n = 0, word = 0;
    for (size_t i = 0; i <= s.n && n + 4 < NAME_SIZE;) {
        unsigned char c = i < s.n ? (unsigned char)s.p[i] : ' ';
        if (c < 128 && isalpha(c)) {
            out[n++] = (char)tolower(c);
            i++;
            continue;
        }
        if (c >= 128) {
            size_t skipped = 0;
            for (size_t k = 0; k < sizeof signs / sizeof *signs && !skipped; k++)
                if (s.n - i >= strlen(signs[k]) &&
                    !memcmp(s.p + i, signs[k], strlen(signs[k])))
                    skipped = strlen(signs[k]);
            if (skipped)
                i += skipped;
            else
                out[n++] = s.p[i++];
            word = n;
            continue;
        }
        size_t length = n - word;
        if (is_filler(out + word, length))
            n = word;
        else if (length > 5 && !memcmp(out + n - 3, "ern", 3))
            n -= 3;
        word = n;
        i++;
    }
    out[n] = '\0';
    return n;
}

// Letters to insert, leave out or change (Levenshtein).
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t row[NAME_SIZE + 1];
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t least = corner + (a[i - 1] != b[j - 1]);
            least = row[j] + 1 < least ? row[j] + 1 : least;
            least = row[j - 1] + 1 < least ? row[j - 1] + 1 : least;
            corner = row[j];
            row[j] = least;
        }
    }
    return row[m];
}

struct search {
    const char *wanted;
    size_t n, best;
    const struct reference *found;
    bool tie;
};

static void consider(struct search *s, const char *name, size_t n,
                     const struct reference *region)
{
    size_t d = distance(s->wanted, s->n, name, n);
    if (d > s->best)
        return;
    s->tie = d == s->best && s->found && s->found != region;
    s->best = d;
    s->found = region;
}

const struct reference *reference_find(struct str name)
{
    char wanted[NAME_SIZE], known[NAME_SIZE];
    size_t n = plain(name, wanted);
    if (!n)
        return NULL;
    bool letters = (unsigned char)wanted[0] < 128;
    // a wrong letter in six; none in Chinese, where each one is a word
    struct search s = {wanted, n, letters ? (n / 6 > 2 ? 2 : n / 6) : 0, NULL, false};
    for (size_t i = 0; i < REGIONS; i++) {
        consider(&s, known, plain(str_of(regions[i].name), known), &regions[i]);
        consider(&s, known, plain(str_of(regions[i].name_zh), known), &regions[i]);
    }
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        consider(&s, aliases[i].name, strlen(aliases[i].name),
                 &regions[aliases[i].region]);
    return s.tie ? NULL : s.found;
}
