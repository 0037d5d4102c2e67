// SPDX-License-Identifier: AGPL-3.0-or-later
// Reads a multipart/form-data body (RFC 7578) that is in memory as a whole. Parts point
// into it. Pure functions, O(bytes).
#ifndef SERVE_MULTIPART_H
#define SERVE_MULTIPART_H

#include "base/str.h"

enum { MULTIPART_MAX_PARTS = 100 };

struct multipart_part {
    struct str name;     // of the form's field
    struct str filename; // .p NULL: none was said
    struct str type;     // "" when none was said
    struct str bytes;
};

// content_type: the header, with its boundary. ERR_INPUT says what is missing or where
// the body ends too early (half a post); ERR_LIMIT: more than MULTIPART_MAX_PARTS.
// Escapes in names (%22, \") are undone; what is no UTF-8 is refused.
enum err multipart_read(struct arena *a, struct str content_type, struct str body,
                        struct multipart_part **out, size_t *n,
                        struct error *e) WARN_UNUSED;

#endif
