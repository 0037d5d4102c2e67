// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/json.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

struct json_writer json_on(struct buf *out)
{
    return (struct json_writer){.out = out};
}

// Below JSON_DEPTH nothing is kept: the buffer has failed, and only the way back up
// counts.
static bool too_deep(const struct json_writer *j)
{
    return j->depth > JSON_DEPTH;
}

// One byte; the common case without a call.
static inline void add_char(struct buf *out, char c)
{
    if (out->n < out->capacity && !out->failed)
        out->p[out->n++] = c;
    else
        buf_add_char(out, c);
}

static inline void before_value(struct json_writer *j)
{
    if (too_deep(j)) {
        j->after_key = false;
    } else if (j->depth > 0 && j->in_object[j->depth]) {
        assert(j->after_key && "a value in an object has a key");
        j->after_key = false;
    } else {
        assert((j->depth > 0 || !j->has_items[0]) && "one JSON text is one value");
        if (j->has_items[j->depth])
            add_char(j->out, ',');
        j->has_items[j->depth] = true;
    }
}

static void open_level(struct json_writer *j, bool object)
{
    before_value(j);
    add_char(j->out, object ? '{' : '[');
    j->depth++;
    if (too_deep(j)) {
        j->out->failed = true;
        return;
    }
    j->in_object[j->depth] = object;
    j->has_items[j->depth] = false;
}

static void close_level(struct json_writer *j, bool object)
{
    assert(j->depth > 0 && !j->after_key);
    assert((too_deep(j) || j->in_object[j->depth] == object) &&
           "ends match their begins");
    j->depth--;
    add_char(j->out, object ? '}' : ']');
}

void json_put_object(struct json_writer *j)
{
    open_level(j, true);
}

void json_put_object_end(struct json_writer *j)
{
    close_level(j, true);
}

void json_put_array(struct json_writer *j)
{
    open_level(j, false);
}

void json_put_array_end(struct json_writer *j)
{
    close_level(j, false);
}

static void add_escaped(struct buf *out, int32_t c)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[32] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    if (c == '"' || c == '\\' || (c < 32 && letters[c])) {
        buf_add_char(out, '\\');
        buf_add_char(out, c < 32 ? letters[c] : (char)c);
        return;
    }
    const char text[] = {
        '\\', 'u', hex[c >> 12 & 15], hex[c >> 8 & 15], hex[c >> 4 & 15], hex[c & 15]};
    buf_add(out, (struct str){text, sizeof text});
}

// Whether one of eight bytes is below 0x20, above 0x7F, or one of " \ <. It may say so of
// bytes that are none; the slower look finds out.
static inline bool has_special(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101U, highs = 0x80 * ones;
    uint64_t quote = word ^ '"' * ones, slash = word ^ '\\' * ones,
             less = word ^ '<' * ones;
    return ((word | (word - 0x20 * ones) | (quote - ones) | (slash - ones) |
             (less - ones)) &
            highs) != 0;
}

static inline bool continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

// A character of three bytes that can be neither wrong, nor U+2028 or U+2029: Chinese.
static inline bool is_wide(const char *p, size_t left)
{
    unsigned char lead = (unsigned char)*p;
    return lead >= 0xE3 && lead <= 0xEF && lead != 0xED && left > 2 && continues(p[1]) &&
           continues(p[2]);
}

// Copies a text that is ASCII with nothing to escape, by whole words of which the last
// two may overlap. False: it may be another, and what was copied is not wanted.
static inline bool copy_plain(char *to, struct str text)
{
    const char *p = text.p;
    size_t n = text.n;
    uint64_t word;
    uint32_t begin, end;
    if (n >= sizeof word) {
        for (size_t i = 0; i + sizeof word < n; i += sizeof word) {
            memcpy(&word, p + i, sizeof word);
            if (has_special(word))
                return false;
            memcpy(to + i, &word, sizeof word);
        }
        memcpy(&word, p + n - sizeof word, sizeof word);
        memcpy(to + n - sizeof word, &word, sizeof word);
    } else if (n >= sizeof begin) {
        memcpy(&begin, p, sizeof begin);
        memcpy(&end, p + n - sizeof end, sizeof end);
        memcpy(to, &begin, sizeof begin);
        memcpy(to + n - sizeof end, &end, sizeof end);
        word = (uint64_t)end << 32 | begin;
    } else {
        word = 0x4040404040404040U;
        for (size_t i = 0; i < n; i++) {
            to[i] = p[i];
            word = word << 8 | (unsigned char)p[i];
        }
    }
    return !has_special(word);
}

// How many bytes from here on stand as they are.
static inline size_t plain_run(struct str text, size_t at)
{
    size_t i = at;
    while (i < text.n) {
        unsigned char c = (unsigned char)text.p[i];
        if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != '<')
            i++;
        else if (is_wide(text.p + i, text.n - i))
            i += 3;
        else
            break;
    }
    return i - at;
}

// Copies runs that need no escape in one go.
static void add_careful(struct buf *out, struct str text, size_t i)
{
    size_t run = 0;
    while ((i += plain_run(text, i)) < text.n) {
        size_t at = i;
        int32_t c = utf8_next(text, &i);
        bool plain =
            c >= 0x20 && c != '"' && c != '\\' && c != '<' && c != 0x2028 && c != 0x2029;
        if (plain)
            continue;
        buf_add(out, (struct str){text.p + run, at - run});
        run = i;
        if (c < 0)
            buf_add(out, STR("\xEF\xBF\xBD"));
        else
            add_escaped(out, c);
    }
    if (run < text.n) // text.p of an empty text may be NULL
        buf_add(out, (struct str){text.p + run, text.n - run});
}

static __attribute__((noinline)) void add_other(struct buf *out, struct str text)
{
    add_char(out, '"');
    add_careful(out, text, plain_run(text, 0));
    add_char(out, '"');
}

// Most texts are ASCII without anything to escape: looked at and copied at once.
static inline void add_quoted(struct buf *out, struct str text)
{
    bool fits = !out->failed && out->capacity - out->n >= text.n + 2;
    char *p = fits ? out->p + out->n : NULL;
    if (!fits || !copy_plain(p + 1, text)) {
        add_other(out, text);
        return;
    }
    p[0] = p[text.n + 1] = '"';
    out->n += text.n + 2;
}

void json_put_key(struct json_writer *j, struct str key)
{
    assert(j->depth > 0 && !j->after_key);
    j->after_key = true;
    if (too_deep(j))
        return;
    assert(j->in_object[j->depth] && "only an object has keys");
    if (j->has_items[j->depth])
        add_char(j->out, ',');
    j->has_items[j->depth] = true;
    add_quoted(j->out, key);
    add_char(j->out, ':');
}

void json_put_string(struct json_writer *j, struct str text)
{
    before_value(j);
    add_quoted(j->out, text);
}

void json_put_int(struct json_writer *j, int64_t value)
{
    char space[STR_INT_SIZE];
    before_value(j);
    buf_add(j->out, str_of_int(value, space));
}

void json_put_double(struct json_writer *j, double value)
{
    if (!isfinite(value)) {
        json_put_null(j);
        return;
    }
    before_value(j);
    char text[40];
    // Any decimal of up to 15 digits survives the way through a normal double, so 15
    // finds every shorter one too; subnormals have fewer digits than that.
    int precision = fabs(value) >= DBL_MIN || value == 0 ? 15 : 1;
    for (; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    buf_add_c(j->out, text);
}

void json_put_bool(struct json_writer *j, bool value)
{
    before_value(j);
    buf_add(j->out, value ? STR("true") : STR("false"));
}

void json_put_null(struct json_writer *j)
{
    before_value(j);
    buf_add(j->out, STR("null"));
}

void json_put_raw(struct json_writer *j, struct str json)
{
    before_value(j);
    buf_add(j->out, json);
}

bool json_complete(const struct json_writer *j)
{
    return j->depth == 0 && j->has_items[0];
}
