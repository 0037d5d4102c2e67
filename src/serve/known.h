// SPDX-License-Identifier: AGPL-3.0-or-later
// What a request says that nothing understands is refused, not passed over: a program
// that writes `valeus` hears so. What is known stands in the table of routes and, of
// bodies, in the types of web/src/api/types.ts. Pure functions; any thread.
#ifndef SERVE_KNOWN_H
#define SERVE_KNOWN_H

#include <jansson.h>

#include "serve/path.h"

// Every member of the value, however deep, is one of the type (of its list items
// likewise); maps with names of their own (the values of a row) may hold any. ERR_INPUT
// names the member by its way ("lines[2].expire"), those that there are, and the nearest.
enum err known_members(const char *type, const json_t *value,
                       struct error *e) WARN_UNUSED;
// Every query is one of the route's, or `lang` (zh or en), and is given once (f.* as
// often as one likes). ERR_INPUT likewise.
enum err known_queries(const struct route *r, const struct path_pair *query, size_t n,
                       struct error *e) WARN_UNUSED;

#endif
