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

// How many bytes from here on are ASCII that stands as it is.
static inline size_t plain_run(struct str text, size_t at)
{
    size_t i = at;
    for (; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\' || c == '<')
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

// Most texts are ASCII without anything to escape: looked at once, copied once.
static void add_quoted(struct buf *out, struct str text)
{
    size_t plain = plain_run(text, 0);
    if (plain == text.n && !out->failed && out->capacity - out->n >= text.n + 2) {
        char *p = out->p + out->n;
        *p = '"';
        if (text.n)
            memcpy(p + 1, text.p, text.n);
        p[text.n + 1] = '"';
        out->n += text.n + 2;
        return;
    }
    add_char(out, '"');
    add_careful(out, text, plain);
    add_char(out, '"');
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
