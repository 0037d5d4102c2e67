// SPDX-License-Identifier: AGPL-3.0-or-later
// Writes JSON (RFC 8259) onto a struct buf, value by value. There is no reader here:
// jansson reads (its names are json_*; ours json_put_*, so that both headers go
// together).
//
// A struct json_writer is a cursor: plain data, used by one thread, borrowing the buffer,
// which keeps the text, its maximum and its sticky failure (buf_check at the end). Wrong
// nesting (a key in an array, a value without a key, a second whole value) is a defect of
// the caller and is asserted. Nesting deeper than JSON_DEPTH comes from data: it fails
// the buffer.
//
// The output has no white space, is always valid UTF-8, and may stand inside an HTML
// <script> element: "<", U+2028 and U+2029 are written as \u escapes. Each call takes
// time in proportion to what it writes.
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/str.h"

enum { JSON_DEPTH = 64 };

struct json_writer {
    struct buf *out;
    unsigned depth;
    bool in_object[JSON_DEPTH + 1];
    bool has_items[JSON_DEPTH + 1];
    bool after_key;
};

struct json_writer json_on(struct buf *out);

void json_put_object(struct json_writer *j);
void json_put_object_end(struct json_writer *j);
void json_put_array(struct json_writer *j);
void json_put_array_end(struct json_writer *j);
void json_put_key(struct json_writer *j, struct str key);

// Bytes that are no UTF-8 become U+FFFD, one for each longest wrong sequence.
void json_put_string(struct json_writer *j, struct str text);
void json_put_int(struct json_writer *j, int64_t value);
// The fewest digits (of 15, 16 or 17) that read back as the same double; null for
// infinities and NaN, which JSON does not have.
void json_put_double(struct json_writer *j, double value);
void json_put_bool(struct json_writer *j, bool value);
void json_put_null(struct json_writer *j);
// Text that is one whole JSON value already, as it is.
void json_put_raw(struct json_writer *j, struct str json);

// True when exactly one whole value has been written.
bool json_complete(const struct json_writer *j);

#endif
