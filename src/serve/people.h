// SPDX-License-Identifier: AGPL-3.0-or-later
// What the handlers about people share. One thread, all in the request's arena.
#ifndef SERVE_PEOPLE_H
#define SERVE_PEOPLE_H

#include "access/account.h"
#include "serve/request.h"

// On behalf of the caller; whether an area is theirs is asked of the county's places.
struct account_editor people_editor(const struct request *q, int64_t now);
// Code of an area by id: "" is everywhere; one that is no more is "#" and its id.
struct str people_area_code(const struct request *q, int64_t area);
// "/link/...": the address of the page that a one-time link opens.
struct str people_link(const struct request *q, const char *secret);
// {"functions": [...]}, by name.
void people_functions(struct json_writer *j, unsigned functions);
// The error of a call that asked for one's own password once more: to wait after failures
// is no fault of the server (429).
enum err people_wait_or(struct request *q, enum err code, int retry_after,
                        struct error *e) WARN_UNUSED;

#endif
