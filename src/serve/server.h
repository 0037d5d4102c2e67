// SPDX-License-Identifier: AGPL-3.0-or-later
// heng serve: a county's file over HTTP, for the pages and for programs.
//
// Connections are held by libmicrohttpd (an epoll pool); a request that needs more than a
// look at the cache of answers is suspended there and run on a worker thread of its
// route's lane (route.h), so that a slow report, a storm of log-ins or a slow client
// never starves the rest. Every handler runs between server_enter and server_leave (a
// lock held for reading), so the county's places and pack do not change under it.
//
// Memory: every queue, body, header and cache has a stated maximum; what is over it gets
// 413, 429, 431 or 503 with Retry-After. No address and no agent of a caller is kept or
// logged.
#ifndef SERVE_SERVER_H
#define SERVE_SERVER_H

#include "cube/cube.h"
#include "register/county.h"

struct server;

struct server_options {
    const char *listen; // "127.0.0.1:8080", "[::]:443"; port 0: any free one
    const char *certificate,
        *key;    // PEM files; NULL: plain HTTP (behind a proxy, loopback)
    bool digest; // phones may log in by digest: their tokens are kept as good as plain
    bool behind_proxy;    // the last X-Forwarded-For counts for the limits per address
    unsigned io_threads;  // 0: one for two cores, at most 4
    unsigned connections; // 0: 12,000
    unsigned connections_per_address; // 0: 2,000 on loopback and behind a proxy, else 200
    const struct route *routes;       // NULL: all there are (tests bring their own)
    size_t n_routes;
    const char *folder; // where uploads and backups are put; NULL: "<file>.serve"
};

// The county is the server's until server_close. ERR_IO: the address is taken; ERR_INPUT:
// certificate or key cannot be read.
enum err server_open(struct server **out, const char *path,
                     const struct server_options *options, struct error *e) WARN_UNUSED;
// A file without accounts: the one-time link by which the administrator comes in, whole,
// for the console; it is good for 24 hours and makes earlier ones void. "" when there are
// accounts.
enum err server_first_link(struct server *s, struct arena *a, struct str *out,
                           struct error *e) WARN_UNUSED;
// "http://127.0.0.1:8080", as reached from this machine.
const char *server_address(const struct server *s);
// Ends answers that are under way (at most 10 s), then everything. NULL is fine.
void server_close(struct server *s);

#endif
