// SPDX-License-Identifier: AGPL-3.0-or-later
// From an answer to the connection: headers, whole answers, files and streams.
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "serve/server_private.h"

static const char content_policy[] =
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; form-action 'self'";

void send_security(const struct server *s, struct MHD_Response *r)
{
    static const char *const headers[][2] = {
        {"Content-Security-Policy", content_policy},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy",
         "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        MHD_add_response_header(r, headers[i][0], headers[i][1]);
    if (s->options.certificate)
        MHD_add_response_header(r, "Strict-Transport-Security", "max-age=31536000");
}

// --- streams

bool stream_put(struct exchange *x, struct str bytes)
{
    struct answer *a = &x->answer;
    struct stream *t = &a->stream;
    if (!a->streams) { // status and headers are read now, and not written any more
        a->streams = true;
        atomic_store(&x->stage, STAGE_READY);
        MHD_resume_connection(x->connection);
    }
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += SERVE_STREAM_SECONDS;
    pthread_mutex_lock(&t->lock);
    bool in_time = true;
    while (bytes.n && !t->gone && in_time) {
        size_t waiting = t->pending.n - t->taken;
        size_t room = SERVE_STREAM_BUFFER - waiting;
        size_t n = bytes.n < room ? bytes.n : room;
        if (!n) {
            in_time = pthread_cond_timedwait(&t->room, &t->lock, &until) == 0;
            continue;
        }
        if (t->taken) {
            memmove(t->pending.p, t->pending.p + t->taken, waiting);
            t->pending.n = waiting;
            t->taken = 0;
        }
        buf_add(&t->pending, (struct str){bytes.p, n});
        in_time = !t->pending.failed;
        bytes = (struct str){bytes.p + n, bytes.n - n};
        if (t->idle) {
            t->idle = false;
            MHD_resume_connection(x->connection);
        }
    }
    bool good = !t->gone && in_time;
    pthread_mutex_unlock(&t->lock);
    return good;
}

void stream_end(struct exchange *x, bool whole)
{
    struct stream *t = &x->answer.stream;
    struct str last = buf_str(&x->answer.text);
    if (whole && last.n)
        whole = stream_put(x, last);
    pthread_mutex_lock(&t->lock);
    t->ended = true;
    t->broken = !whole;
    if (t->idle && !t->gone) {
        t->idle = false;
        MHD_resume_connection(x->connection);
    }
    pthread_mutex_unlock(&t->lock);
}

static ssize_t read_stream(void *context, uint64_t position, char *out, size_t most)
{
    (void)position;
    struct exchange *x = context;
    struct stream *t = &x->answer.stream;
    pthread_mutex_lock(&t->lock);
    size_t waiting = t->pending.n - t->taken;
    ssize_t given = 0;
    if (waiting) {
        size_t n = waiting < most ? waiting : most;
        memcpy(out, t->pending.p + t->taken, n);
        t->taken += n;
        given = (ssize_t)n;
        pthread_cond_signal(&t->room);
    } else if (t->broken) {
        given = MHD_CONTENT_READER_END_WITH_ERROR;
    } else if (t->ended) {
        given = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        MHD_suspend_connection(x->connection);
        t->idle = true;
    }
    pthread_mutex_unlock(&t->lock);
    return given;
}

static void stream_gone(void *context)
{
    struct exchange *x = context;
    struct stream *t = &x->answer.stream;
    pthread_mutex_lock(&t->lock);
    t->gone = true;
    pthread_cond_signal(&t->room);
    pthread_mutex_unlock(&t->lock);
    exchange_let_go(x);
}

// --- answers

static struct MHD_Response *make_response(struct exchange *x)
{
    struct answer *a = &x->answer;
    if (a->listens)
        return event_response(x);
    if (a->streams) {
        atomic_fetch_add(&x->holders, 1);
        struct MHD_Response *r = MHD_create_response_from_callback(
            MHD_SIZE_UNKNOWN, 16384, read_stream, x, stream_gone);
        if (!r)
            stream_gone(x);
        return r;
    }
    if (a->file >= 0) {
        struct MHD_Response *r = MHD_create_response_from_fd64(a->file_size, a->file);
        if (r)
            a->file = -1; // MHD closes it
        return r;
    }
    // the text is handed over to MHD
    struct MHD_Response *r = MHD_create_response_from_buffer_with_free_callback(
        a->text.n, a->text.p ? a->text.p : "", a->text.p ? mem_free : NULL);
    if (r)
        a->text = BUF_INIT(SERVE_MAX_ANSWER);
    return r;
}

enum MHD_Result send_answer(struct exchange *x)
{
    struct answer *a = &x->answer;
    bool sized = !a->streams && !a->listens;
    bool empty = sized && a->file < 0 && !a->text.n;
    uint64_t size = a->file >= 0 ? a->file_size : a->text.n;
    struct MHD_Response *r = make_response(x);
    if (!r)
        return MHD_NO;
    visit_until(visit_of(x->connection),
                a->listens ? 0
                : sized    ? SERVE_SEND_SECONDS + (int64_t)(size / SERVE_SLOWEST)
                           : SERVE_LONGEST_SECONDS);
    send_security(x->server, r);
    bool cache_said = false;
    for (const struct answer_header *h = a->headers; h; h = h->next) {
        MHD_add_response_header(r, h->name, h->value);
        cache_said |= strcmp(h->name, "Cache-Control") == 0;
    }
    if (a->type && !empty)
        MHD_add_response_header(r, "Content-Type", a->type);
    if (!cache_said)
        MHD_add_response_header(r, "Cache-Control", "no-store");
    int status = a->status ? a->status : empty ? 204 : 200;
    atomic_store(&x->stage, STAGE_SENT);
    enum MHD_Result queued = MHD_queue_response(x->connection, (unsigned)status, r);
    MHD_destroy_response(r);
    return queued;
}
