// SPDX-License-Identifier: AGPL-3.0-or-later
// What all comparators stand on, and those that are no measure of letters: dates, places,
// lists, sounds.
#include <math.h>

#include "base/date.h"
#include "base/utf8.h"
#include "link/compare_private.h"

uint32_t compare_decode(struct str s, uint32_t *points, uint32_t most)
{
    size_t at = 0;
    uint32_t n = 0;
    while (at < s.n && n < most) {
        uint8_t byte = (uint8_t)s.p[at];
        if (byte < 0x80) {
            points[n++] = byte;
            at++;
            continue;
        }
        int32_t point = utf8_next(s, &at);
        points[n++] = point < 0 ? 0xFFFD : (uint32_t)point;
    }
    return n;
}

static void insert_sorted(uint64_t *keys, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        uint64_t key = keys[i];
        uint32_t at = i;
        for (; at > 0 && keys[at - 1] > key; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

static void sift(uint64_t *keys, uint32_t root, uint32_t n)
{
    uint64_t key = keys[root];
    for (uint32_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && keys[child + 1] > keys[child])
            child++;
        if (keys[child] <= key)
            break;
        keys[root] = keys[child];
    }
    keys[root] = key;
}

void compare_sort(uint64_t *keys, uint32_t n)
{
    if (n <= 32) {
        insert_sorted(keys, n);
        return;
    }
    for (uint32_t i = n / 2; i-- > 0;)
        sift(keys, i, n);
    for (uint32_t end = n - 1; end > 0; end--) {
        uint64_t greatest = keys[0];
        keys[0] = keys[end];
        keys[end] = greatest;
        sift(keys, 0, end);
    }
}

void compare_masks_make(struct compare_masks *m, const uint32_t *points, uint32_t n)
{
    memset(m->ascii, 0, sizeof m->ascii);
    m->has_wide = false;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t bit = (uint64_t)1 << i;
        if (points[i] < 128) {
            m->ascii[points[i]] |= bit;
            continue;
        }
        if (!m->has_wide)
            memset(m->wide, 0, sizeof m->wide);
        m->has_wide = true;
        uint32_t slot = compare_slot(points[i]);
        while (m->wide[slot] && m->key[slot] != points[i])
            slot = (slot + 1) % (2 * COMPARE_WORD);
        m->wide[slot] |= bit;
        m->key[slot] = points[i];
    }
}

#if COMPARE_SSE2

// The character of three bytes at p, or 0 when it is none of the kind.
static inline uint32_t three_bytes(const char *p)
{
    uint32_t a = (uint8_t)p[0], b = (uint8_t)p[1], c = (uint8_t)p[2];
    uint32_t point = (a & 15) << 12 | (b & 63) << 6 | (c & 63);
    bool holds = (a & 0xF0) == 0xE0 && (b & 0xC0) == 0x80 && (c & 0xC0) == 0x80 &&
                 point >= 0x800 && point - 0xD800 >= 0x800;
    return holds ? point : 0;
}

// At most 8 characters from *at on, their low and high bytes. False when one is outside
// the basic plane. In registers: to read whole what was written in parts is slow.
static inline bool read_eight(struct str s, size_t *at, uint64_t *low, uint64_t *high,
                              uint32_t *n)
{
    uint64_t bytes = 0, highs = 0;
    uint32_t shift = 0;
    size_t i = *at;
    while (i < s.n && shift < 64) {
        uint32_t point = (uint8_t)s.p[i];
        if (point < 0x80) {
            i++;
        } else if (i + 3 <= s.n && (point = three_bytes(s.p + i)) != 0) {
            i += 3;
        } else {
            int32_t other = utf8_next(s, &i);
            point = other < 0 ? 0xFFFD : (uint32_t)other;
            if (point > 0xFFFF)
                return false;
        }
        bytes |= (uint64_t)(point & 0xFF) << shift;
        highs |= (uint64_t)(point >> 8) << shift;
        shift += 8;
    }
    *at = i;
    *low = bytes;
    *high = highs;
    *n += shift / 8;
    return true;
}

static inline bool read_short(struct str s, struct compare_short *out)
{
    uint64_t low[2] = {0}, high[2] = {0};
    size_t at = 0;
    out->n = 0;
    if (s.n > 3 * COMPARE_SHORT || !read_eight(s, &at, &low[0], &high[0], &out->n))
        return false;
    if (at < s.n && !read_eight(s, &at, &low[1], &high[1], &out->n))
        return false;
    out->low = _mm_set_epi64x((int64_t)low[1], (int64_t)low[0]);
    out->high = _mm_set_epi64x((int64_t)high[1], (int64_t)high[0]);
    return at == s.n;
}

bool compare_wide_pair(struct str a, struct str b, struct compare_short *x,
                       struct compare_short *y)
{
    return read_short(a, x) && read_short(b, y);
}

#endif

// Dates -----------------------------------------------------------------------------

static bool is_date_form(struct str s)
{
    if (s.n != 10)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        bool holds = i == 4 || i == 7 ? s.p[i] == '-' : s.p[i] >= '0' && s.p[i] <= '9';
        if (!holds)
            return false;
    }
    return true;
}

static int two_digits(const char *p)
{
    return (p[0] - '0') * 10 + p[1] - '0';
}

static bool read_date(struct str s, int32_t *out)
{
    return is_date_form(s) &&
           date_from_ymd(two_digits(s.p) * 100 + two_digits(s.p + 2), two_digits(s.p + 5),
                         two_digits(s.p + 8), out);
}

int32_t compare_days(struct str a, struct str b)
{
    int32_t x, y;
    if (!read_date(a, &x) || !read_date(b, &y))
        return INT32_MAX;
    return x < y ? y - x : x - y;
}

bool compare_dates_swapped(struct str a, struct str b)
{
    return is_date_form(a) && is_date_form(b) && !memcmp(a.p, b.p, 5) &&
           !memcmp(a.p + 5, b.p + 8, 2) && !memcmp(a.p + 8, b.p + 5, 2) &&
           memcmp(a.p + 5, a.p + 8, 2) != 0;
}

// Places ----------------------------------------------------------------------------

double compare_km(double latitude_a, double longitude_a, double latitude_b,
                  double longitude_b)
{
    const double radius = 6371.0088, radian = 0.017453292519943295;
    double north = sin((latitude_b - latitude_a) * radian / 2);
    double east = sin((longitude_b - longitude_a) * radian / 2);
    double h =
        north * north + cos(latitude_a * radian) * cos(latitude_b * radian) * east * east;
    return 2 * radius * asin(sqrt(h > 1 ? 1 : h));
}

// Lists -----------------------------------------------------------------------------

enum { MOST_ELEMENTS = COMPARE_MAX / 2 };

static uint64_t mix(uint64_t hash, uint32_t point)
{
    hash = (hash ^ point) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 29;
}

static uint64_t hash_of(struct str s)
{
    uint64_t hash = 0x243F6A8885A308D3u;
    for (size_t at = 0; at < s.n;)
        hash = mix(hash, (uint32_t)utf8_next(s, &at));
    return hash;
}

static uint32_t read_hex(struct str s, size_t at)
{
    uint32_t value = 0;
    for (size_t i = at; i < at + 4; i++) {
        char c = i < s.n ? s.p[i] : 0;
        if (c >= '0' && c <= '9')
            value = value * 16 + (uint32_t)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            value = value * 16 + (uint32_t)((c | 32) - 'a' + 10);
        else
            return UINT32_MAX;
    }
    return value;
}

// Behind a backslash at *at; UINT32_MAX when JSON has no such escape.
static uint32_t read_escape(struct str s, size_t *at)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char c = *at < s.n ? s.p[*at] : 0;
    const char *found = c ? strchr(letters, c) : NULL;
    if (found) {
        ++*at;
        return (uint32_t)meant[found - letters];
    }
    if (c != 'u')
        return UINT32_MAX;
    uint32_t value = read_hex(s, *at + 1);
    *at += value == UINT32_MAX ? 0 : 5;
    if (value < 0xD800 || value > 0xDBFF)
        return value;
    if (*at + 1 >= s.n || s.p[*at] != '\\' || s.p[*at + 1] != 'u')
        return value;
    uint32_t low = read_hex(s, *at + 2);
    if (low < 0xDC00 || low > 0xDFFF)
        return value;
    *at += 6;
    return 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
}

// A string of JSON from behind its opening quote. False when it does not end.
static bool hash_quoted(struct str s, size_t *at, uint64_t *hash)
{
    *hash = hash_of((struct str){0});
    while (*at < s.n && s.p[*at] != '"') {
        uint32_t point;
        if (s.p[*at] == '\\') {
            ++*at;
            point = read_escape(s, at);
            if (point == UINT32_MAX)
                return false;
        } else {
            point = (uint32_t)utf8_next(s, at);
        }
        *hash = mix(*hash, point);
    }
    return (*at)++ < s.n;
}

static void skip_space(struct str s, size_t *at)
{
    while (*at < s.n && strchr(" \t\r\n", s.p[*at]) && s.p[*at])
        ++*at;
}

// Elements of a JSON list of strings and numbers; null counts as nothing. False when the
// text is no such list.
static bool hash_json(struct str s, uint64_t *hashes, uint32_t *n)
{
    size_t at = 0;
    *n = 0;
    skip_space(s, &at);
    if (at == s.n || s.p[at++] != '[')
        return false;
    skip_space(s, &at);
    if (at < s.n && s.p[at] == ']') {
        at++;
        skip_space(s, &at);
        return at == s.n;
    }
    for (;;) {
        uint64_t hash;
        bool is_null = false;
        skip_space(s, &at);
        if (at < s.n && s.p[at] == '"') {
            at++;
            if (!hash_quoted(s, &at, &hash))
                return false;
        } else {
            size_t begin = at;
            while (at < s.n && !strchr(",]\" \t\r\n[{", s.p[at]))
                at++;
            struct str word = {s.p + begin, at - begin};
            if (!word.n)
                return false;
            is_null = str_equal(word, STR("null"));
            hash = hash_of(word);
        }
        if (!is_null && *n < MOST_ELEMENTS)
            hashes[(*n)++] = hash;
        skip_space(s, &at);
        if (at == s.n || (s.p[at] != ',' && s.p[at] != ']'))
            return false;
        if (s.p[at++] == ']')
            break;
    }
    skip_space(s, &at);
    return at == s.n;
}

static uint32_t hash_parts(struct str s, uint64_t *hashes)
{
    uint32_t n = 0;
    for (size_t begin = 0; begin <= s.n && n < MOST_ELEMENTS;) {
        size_t end = begin;
        while (end < s.n && s.p[end] != '|' && s.p[end] != ';')
            end++;
        struct str part = str_trim((struct str){s.p + begin, end - begin});
        if (part.n)
            hashes[n++] = hash_of(part);
        begin = end + 1;
    }
    return n;
}

static uint32_t hash_elements(struct str s, uint64_t *hashes)
{
    uint32_t n;
    if (s.n == 0)
        return 0;
    if (!hash_json(s, hashes, &n))
        n = hash_parts(s, hashes);
    compare_sort(hashes, n);
    return n;
}

uint32_t compare_common(struct str a, struct str b)
{
    uint64_t x[MOST_ELEMENTS], y[MOST_ELEMENTS];
    uint32_t n = hash_elements(a, x), m = hash_elements(b, y), common = 0;
    for (uint32_t i = 0, j = 0; i < n && j < m;) {
        uint64_t least = x[i] < y[j] ? x[i] : y[j];
        common += x[i] == y[j];
        while (i < n && x[i] == least)
            i++;
        while (j < m && y[j] == least)
            j++;
    }
    return common;
}

// Sounds ----------------------------------------------------------------------------

void compare_soundex(struct str s, char out[5])
{
    // A to Z: 0 for vowels, which part two like sounds; - for h and w, which do not
    static const char codes[] = "01230120022455012623010202";
    uint32_t n = 0;
    char last = 0;
    for (size_t i = 0; i < s.n && n < 4; i++) {
        char letter = (char)(s.p[i] & ~0x20);
        if (letter < 'A' || letter > 'Z' || (s.p[i] & 0x40) == 0)
            continue;
        char code = codes[letter - 'A'];
        if (n == 0)
            out[n++] = letter;
        else if (letter == 'H' || letter == 'W')
            continue;
        else if (code != '0' && code != last)
            out[n++] = code;
        last = code;
    }
    while (n > 0 && n < 4)
        out[n++] = '0';
    out[n] = 0;
}
