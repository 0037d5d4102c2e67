// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/str.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct str str_of(const char *c_string)
{
    return c_string ? (struct str){c_string, strlen(c_string)} : (struct str){"", 0};
}

bool str_equal(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_equal_c(struct str a, const char *b)
{
    return str_equal(a, str_of(b));
}

static unsigned char fold(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

bool str_equal_fold(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (fold(a.p[i]) != fold(b.p[i]))
            return false;
    return true;
}

int str_compare(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static const struct str ideographic_space = {"\xE3\x80\x80", 3};
static const struct str byte_order_mark = {"\xEF\xBB\xBF", 3};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r'); // tab, line feed, \v, \f, return
}

// The two begin with bytes above 0xE0; most texts are done with one look.
static bool is_wide_space(const char p[3])
{
    struct str s = {p, 3};
    return (unsigned char)p[0] >= 0xE0 &&
           (str_equal(s, ideographic_space) || str_equal(s, byte_order_mark));
}

static size_t space_at_start(struct str s)
{
    if (s.n && is_space(s.p[0]))
        return 1;
    return s.n >= 3 && is_wide_space(s.p) ? 3 : 0;
}

static size_t space_at_end(struct str s)
{
    if (s.n && is_space(s.p[s.n - 1]))
        return 1;
    return s.n >= 3 && is_wide_space(s.p + s.n - 3) ? 3 : 0;
}

struct str str_trim(struct str s)
{
    for (size_t k; (k = space_at_start(s)) > 0;)
        s = (struct str){s.p + k, s.n - k};
    for (size_t k; (k = space_at_end(s)) > 0;)
        s.n -= k;
    return s;
}

bool str_split(struct str s, char separator, struct str *head, struct str *rest)
{
    const char *at = s.n ? memchr(s.p, separator, s.n) : NULL;
    if (!at)
        return false;
    size_t k = (size_t)(at - s.p);
    *head = (struct str){s.p, k};
    *rest = (struct str){at + 1, s.n - k - 1};
    return true;
}

// Wang Yi's wyhash final mix over 8-byte words: fast, well spread, not for secrets.
static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load(const char *p, size_t n)
{
    uint64_t word = 0;
    memcpy(&word, p, n);
    return word;
}

// The last `left` bytes of a text of n, 1 to 7, as a word whose other bytes are 0: in
// loads of a fixed size, which may overlap.
static uint64_t load_tail(const char *p, size_t left, size_t n)
{
    if (n >= 8)
        return load(p + left - 8, 8) >> 8 * (8 - left);
    if (left >= 4)
        return load(p, 4) | load(p + left - 4, 4) >> 8 * (8 - left) << 32;
    return load(p, 1) | load(p + left / 2, 1) << 8 * (left / 2) |
           load(p + left - 1, 1) << 8 * (left - 1);
}

uint64_t str_hash(struct str s, uint64_t seed)
{
    static const uint64_t k0 = 0xa0761d6478bd642fULL, k1 = 0xe7037ed1a0b428dbULL;
    uint64_t h = seed ^ k0;
    const char *p = s.p;
    size_t left = s.n;
    while (left >= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        h = mix(h ^ word, k1);
        p += 8;
        left -= 8;
    }
    uint64_t tail = left ? load_tail(p, left, s.n) : 0;
    h = mix(h ^ tail, k0 ^ s.n);
    return mix(h ^ k1, k0);
}

struct str str_copy(struct arena *a, struct str s)
{
    char *p = ARENA_ARRAY(a, char, s.n + 1);
    if (!p)
        return (struct str){NULL, 0};
    if (s.n)
        memcpy(p, s.p, s.n);
    return (struct str){p, s.n};
}

const char *str_c(struct arena *a, struct str s)
{
    return str_copy(a, s).p;
}

struct str str_format(struct arena *a, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int n = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    struct str out = {NULL, 0};
    char *p = n < 0 ? NULL : ARENA_ARRAY(a, char, (size_t)n + 1);
    if (p) {
        vsnprintf(p, (size_t)n + 1, format, again);
        out = (struct str){p, (size_t)n};
    }
    va_end(again);
    return out;
}

bool str_to_int(struct str s, int64_t *out)
{
    size_t i = 0;
    bool negative = false;
    if (s.n && (s.p[0] == '-' || s.p[0] == '+')) {
        negative = s.p[0] == '-';
        i = 1;
    }
    if (i == s.n)
        return false;
    int64_t value = 0;
    for (; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        int digit = s.p[i] - '0';
        if (!int_mul(value, 10, &value) ||
            !int_add(value, negative ? -digit : digit, &value))
            return false;
    }
    *out = value;
    return true;
}

struct str str_of_int(int64_t value, char space[STR_INT_SIZE])
{
    char *end = space + STR_INT_SIZE, *p = end;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        *--p = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (value < 0)
        *--p = '-';
    return (struct str){p, (size_t)(end - p)};
}

bool str_to_double(struct str s, double *out)
{
    char text[64];
    if (s.n == 0 || s.n >= sizeof text)
        return false;
    bool digit = false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] >= '0' && s.p[i] <= '9')
            digit = true;
        else if (!strchr("+-.eE", s.p[i]) || !s.p[i])
            return false;
    }
    if (!digit)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    char *end;
    errno = 0;
    double value =
        strtod(text, &end); // the program never leaves the C locale for numbers
    if (*end || !isfinite(value))
        return false;
    *out = value;
    return true;
}

bool buf_reserve(struct buf *b, size_t more)
{
    size_t need;
    if (b->failed || !size_add(b->n, more, &need) || need > b->max) {
        b->failed = true;
        return false;
    }
    if (need <= b->capacity)
        return true;
    size_t capacity = b->capacity ? b->capacity : 256;
    while (capacity < need)
        capacity = capacity > b->max / 2 ? b->max : capacity * 2;
    char *p = mem_resize(b->wiped ? NULL : b->p, capacity, 1);
    if (!p) {
        b->failed = b->no_memory = true;
        return false;
    }
    if (b->wiped && b->p) { // resizing would leave the old block as it is
        memcpy(p, b->p, b->n);
        mem_free_wiped(b->p);
    }
    b->p = p;
    b->capacity = capacity;
    return true;
}

void buf_add(struct buf *b, struct str s)
{
    if (s.n && buf_reserve(b, s.n)) {
        memcpy(b->p + b->n, s.p, s.n);
        b->n += s.n;
    }
}

void buf_add_c(struct buf *b, const char *c_string)
{
    buf_add(b, str_of(c_string));
}

void buf_add_char(struct buf *b, char c)
{
    if (buf_reserve(b, 1))
        b->p[b->n++] = c;
}

void buf_add_markup(struct buf *b, struct str s)
{
    static const char *const entities[128] = {['<'] = "&lt;",
                                              ['>'] = "&gt;",
                                              ['&'] = "&amp;",
                                              ['"'] = "&quot;",
                                              ['\''] = "&#39;"};
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 128 && entities[c])
            buf_add_c(b, entities[c]);
        else
            buf_add_char(b, s.p[i]);
    }
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int n = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    // one byte more for vsnprintf's zero; it is not counted as content
    if (n < 0)
        b->failed = true;
    else if (buf_reserve(b, (size_t)n + 1)) {
        vsnprintf(b->p + b->n, (size_t)n + 1, format, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    b->failed = b->no_memory = false;
}

void buf_free(struct buf *b)
{
    if (b->wiped)
        mem_free_wiped(b->p);
    else
        mem_free(b->p);
    *b = (struct buf){.max = b->max, .wiped = b->wiped};
}

struct str buf_str(const struct buf *b)
{
    return (struct str){b->p ? b->p : "", b->n};
}

const char *buf_c(struct buf *b)
{
    if (!buf_reserve(b, 1))
        return NULL;
    b->p[b->n] = '\0';
    return b->p;
}

enum err buf_check(const struct buf *b, struct error *e)
{
    if (!b->failed)
        return ERR_OK;
    if (b->no_memory)
        return error_memory(e);
    return error_set(e, ERR_LIMIT, "base.buffer", NULL,
                     "a text grew past its maximum of %zu bytes", b->max);
}
