// SPDX-License-Identifier: AGPL-3.0-or-later
// What libmicrohttpd calls, on the threads that hold the connections. Nothing here waits.
#include <stdio.h>

#include "serve/server_private.h"

void *connection_uri(void *server, const char *uri, struct MHD_Connection *c)
{
    visit_until(visit_of(c), SERVE_HEAD_SECONDS);
    return exchange_open(server, uri, c);
}

void connection_completed(void *server, struct MHD_Connection *c, void **context,
                          enum MHD_RequestTerminationCode how)
{
    (void)server, (void)how;
    visit_between(visit_of(c));
    exchange_let_go(*context);
    *context = NULL;
}

// The lane has it from here on; or it is told to come again.
static enum MHD_Result hand_over(struct exchange *x)
{
    struct lane_pool *lane = &x->server->lanes[x->q.route->lane];
    exchange_keep_headers(x);
    atomic_store(&x->stage, STAGE_WORK);
    atomic_fetch_add(&x->holders, 1);
    visit_until(visit_of(x->connection), 0);
    // suspended first: the worker may be done before this function returns
    MHD_suspend_connection(x->connection);
    if (lane_submit(lane, exchange_run, x))
        return MHD_YES;
    atomic_fetch_sub(&x->holders, 1);
    keep_give_up(x);
    struct error e;
    char seconds[12];
    error_set(&e, ERR_BUSY, "serve.busy", NULL, "the server has too much to do");
    error_cure(&e, "try again in a moment");
    exchange_fail(x, 503, &e);
    int n = snprintf(seconds, sizeof seconds, "%d", lane_patience(lane));
    answer_header(&x->q, "Retry-After", (struct str){seconds, (size_t)n});
    atomic_store(&x->stage, STAGE_READY);
    MHD_resume_connection(x->connection);
    return MHD_YES;
}

static enum MHD_Result whole(struct exchange *x)
{
    struct error e;
    enum MHD_Result result;
    if (x->is_static)
        return static_answer(x);
    int status = body_finish(x, &e);
    if (status) {
        exchange_fail(x, status, &e);
        return send_answer(x);
    }
    return keep_find(x, &result) ? result : hand_over(x);
}

enum MHD_Result connection_handle(void *server, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version,
                                  const char *upload, size_t *upload_size, void **context)
{
    (void)server, (void)c, (void)url, (void)version;
    struct exchange *x = *context;
    enum MHD_Result result;
    if (!x)
        return MHD_NO; // no memory for it
    switch (atomic_load(&x->stage)) {
    case STAGE_NEW:
        if (exchange_begin(x, method)) {
            x->stage = STAGE_BODY;
            visit_until(visit_of(c), body_seconds(x));
            return MHD_YES;
        }
        // with a body still to come the refusal goes out at once, and the connection ends
        x->stage = STAGE_READY;
        if (exchange_header(x, "Content-Length") ||
            exchange_header(x, "Transfer-Encoding"))
            return send_answer(x);
        return MHD_YES;
    case STAGE_BODY:
        if (!*upload_size)
            return whole(x);
        body_add(x, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    case STAGE_READY:
        if (*upload_size) {
            *upload_size = 0;
            return MHD_YES;
        }
        if (x->found && keep_find(x, &result))
            return result;
        return send_answer(x);
    case STAGE_ALONE:
        return hand_over(x);
    default:
        return MHD_YES;
    }
}
