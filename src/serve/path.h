// SPDX-License-Identifier: AGPL-3.0-or-later
// Addresses of requests: decoding them, refusing what is no honest address, and finding
// the route. Pure functions; what they give lives in the arena.
//
// Refused (ERR_INPUT, sent as 400): a percent sign without two hex digits, bytes that are
// no UTF-8, NUL, other control characters in the path, an encoded slash or a backslash,
// "." and ".." and empty segments. So what a handler gets of a path never leads anywhere.
#ifndef SERVE_PATH_H
#define SERVE_PATH_H

#include "serve/route.h"

enum { PATH_MAX_SEGMENTS = 16, PATH_MAX_QUERY = 100 };

struct path {
    struct str segments[PATH_MAX_SEGMENTS];
    size_t n; // "/" has none; "/a/" has "a" and ""
};

struct path_pair {
    struct str name, value;
};

// raw: before the question mark.
enum err path_read(struct arena *a, struct str raw, struct path *out,
                   struct error *e) WARN_UNUSED;
// raw: behind the question mark. "+" is a space. ERR_INPUT: more than PATH_MAX_QUERY.
enum err path_query(struct arena *a, struct str raw, struct path_pair **out, size_t *n,
                    struct error *e) WARN_UNUSED;

// The value of {name} in a pattern, given a path that it matches; .p NULL: no such name.
struct str path_value(const char *pattern, const struct path *p, const char *name);

// The route of a method and a path; of several the one that is literal where the others
// have a name. NULL: none; *allowed then has the bits of the methods that there are (0:
// no such path). O(routes).
const struct route *path_route(const struct route *list, size_t n, enum method method,
                               const struct path *p, unsigned *allowed);

// 1: Chinese comes before English in an Accept-Language; 0: English does; -1: neither is
// there.
int path_language(struct str accept_language);

#endif
