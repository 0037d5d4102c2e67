// SPDX-License-Identifier: AGPL-3.0-or-later
// What the server answers, as data. One const table (routes.c) describes every route;
// dispatch, permission checks, /api/openapi.json, docs/api.md and the matrix test of
// permissions are all made from it, so none of them can say anything else than the
// others.
#ifndef SERVE_ROUTE_H
#define SERVE_ROUTE_H

#include "access/access.h"

struct request;

enum method {
    METHOD_GET, // HEAD too: the same without a body
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_HEAD, // where HEAD has an answer of its own and there is no GET
    METHODS
};
const char *method_name(enum method m);
bool method_changes(enum method m); // not GET, not HEAD

// Which threads a route's handler runs on, each lane with its own queue and maximum.
enum lane {
    LANE_READ,     // some milliseconds
    LANE_WRITE,    // waits for the commit; many at once share one
    LANE_SLOW,     // seconds: reports, exports, uploads
    LANE_PASSWORD, // argon2id: few at a time, short queue
    LANES
};

// What the caller must hold before the handler is called. A handler asks access again
// where only it knows what is touched; these are the doors.
enum need {
    NEED_NOTHING,   // anyone: log-in, links, health
    NEED_SESSION,   // anyone who is signed in, about oneself
    NEED_READ_ROWS, // of the register in {register}; an unknown register answers the same
    NEED_WRITE_ROWS, // as a register that may not be seen: 404
    NEED_FUNCTION,   // route.function
    NEED_DEVICE      // a phone with its person's device token (OpenRosa)
};

enum { ROUTE_MAX_QUERY = 16 };

struct route_query { // others are refused (known.h); handlers read them by name
    const char *name, *help;
    bool required;
};

struct route {
    enum method method;
    const char *path; // "/api/registers/{register}/rows/{id}"
    enum need need;
    enum access_function function; // NEED_FUNCTION
    enum lane lane;
    bool cached; // GET: the same answer for the same scope, address, language and state
                 // of the data; kept, compressed, with an ETag, worked out once at a time
    size_t max_body; // bytes; 0: none, or {}
    bool any_body;   // not JSON: an upload, streamed to a file (request_upload)
    bool page; // a public page: a form, not JSON; who asks is not looked at, and refusals
               // are sentences
    bool sealed; // what is asked or answered is a letter or a password: memory that held
                 // it is overwritten, and it is not packed
    bool session_only; // not for personal access tokens (accounts, tokens, roles)
    const char *answer, *takes; // types of web/src/api/types.ts, by name or written out
                                // ("{ tokens: Token[] }"); NULL: none
    struct route_query query[ROUTE_MAX_QUERY];
    const char *help; // one line, for the description
    enum err (*run)(struct request *q, struct error *e);
};

extern const struct route routes[];
extern const size_t n_routes;

#endif
