// SPDX-License-Identifier: AGPL-3.0-or-later
// The API described from the table of routes: OpenAPI 3.1 for programs, Markdown for
// people. The types come from web/src/api/types.ts at build time (schemas.py). Pure
// functions over constants; any thread.
#ifndef SERVE_DESCRIBE_H
#define SERVE_DESCRIBE_H

#include "base/json.h"

struct describe_member {
    const char *name; // NULL: the last one was before
    const struct describe_member
        *members; // under it, or of its items; NULL: any, or none
};

struct describe_type {
    const char *name, *schema;             // JSON
    const struct describe_member *members; // of a type that a route takes, else NULL
};
// By name; also the types that routes write out in full, by what is written.
extern const struct describe_type describe_types[];
extern const size_t describe_type_count;

// Of a type by its name, or by what is written; NULL: there is none.
const struct describe_type *describe_type_of(const char *name);

// An OpenAPI document. server: "http://127.0.0.1:8080"; may be NULL.
void describe_openapi(struct json_writer *j, const char *version, const char *server);
// docs/api.md
void describe_markdown(struct buf *out);

#endif
