// SPDX-License-Identifier: AGPL-3.0-or-later
// From an answer to the connection: headers, whole answers, files and streams.
#include <libdeflate.h>
#include <stdio.h>
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

bool send_headers(struct MHD_Response *r, const struct answer *a)
{
    bool cache_said = false;
    for (const struct answer_header *h = a->headers; h; h = h->next) {
        if (strcmp(h->name, "Content-Security-Policy") == 0) // a document's own
            MHD_del_response_header(r, h->name, content_policy);
        MHD_add_response_header(r, h->name, h->value);
        cache_said |= strcmp(h->name, "Cache-Control") == 0;
    }
    return cache_said;
}

// --- streams

// The client takes gzip, and the answer is worth it.
static bool packs(const struct exchange *x)
{
    const struct answer *a = &x->answer;
    if (!zip_suits(a->type) || x->q.route->need == NEED_NOTHING || x->q.route->sealed)
        return false;
    for (const struct answer_header *h = a->headers; h; h = h->next)
        if (strcmp(h->name, "Content-Encoding") == 0)
            return false;
    return zip_is_accepted(str_of(exchange_header(x, "Accept-Encoding")));
}

static void say_packed(struct exchange *x)
{
    answer_header(&x->q, "Content-Encoding", STR("gzip"));
    answer_header(&x->q, "Vary", STR("Accept-Encoding"));
}

static void begin_stream(struct exchange *x)
{
    struct answer *a = &x->answer;
    keep_give_up(x);
    if (!x->is_long) {
        x->is_long = true;
        gate_become_long(&x->server->gate);
    }
    if (packs(x) && (a->zip = zip_take(&x->server->zips)) != NULL)
        say_packed(x);
    a->streams = true; // status and headers are read now, and not written any more
    atomic_store(&x->stage, STAGE_READY);
    MHD_resume_connection(x->connection);
}

// False: nothing was read in this second.
static bool wait_a_second(struct stream *t)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    return pthread_cond_timedwait(&t->room, &t->lock, &until) == 0;
}

static bool put_raw(void *exchange, struct str bytes)
{
    struct exchange *x = exchange;
    struct stream *t = &x->answer.stream;
    int64_t patience = SERVE_STREAM_SECONDS;
    pthread_mutex_lock(&t->lock);
    bool in_time = true;
    while (bytes.n && !t->gone && in_time) {
        size_t waiting = t->pending.n - t->taken;
        size_t room = SERVE_STREAM_BUFFER - waiting;
        size_t n = bytes.n < room ? bytes.n : room;
        if (!n) {
            if (atomic_load(&x->server->stopping) && patience > SERVE_STOP_SECONDS)
                patience = SERVE_STOP_SECONDS;
            in_time = wait_a_second(t) || --patience > 0;
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

bool stream_put(struct exchange *x, struct str bytes)
{
    struct answer *a = &x->answer;
    if (!a->streams)
        begin_stream(x);
    if (x->head)
        return false; // it has all that it asked for
    return a->zip ? zip_add(a->zip, bytes, false, put_raw, x) : put_raw(x, bytes);
}

void stream_end(struct exchange *x, bool whole)
{
    struct stream *t = &x->answer.stream;
    struct answer *a = &x->answer;
    struct str last = buf_str(&a->text);
    if (whole && a->zip)
        whole = zip_add(a->zip, last, true, put_raw, x);
    else if (whole && last.n)
        whole = put_raw(x, last);
    zip_give_back(&x->server->zips, a->zip);
    a->zip = NULL;
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
    if (a->listens) { // it is counted no more among those that are worked on
        exchange_leave_crowd(x);
        return event_response(x);
    }
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
        a->text.n, a->text.p ? a->text.p : "",
        !a->text.p      ? NULL
        : a->text.wiped ? mem_free_wiped
                        : mem_free);
    if (r)
        a->text = BUF_INIT(SERVE_MAX_ANSWER);
    return r;
}

// --- conditions

// RFC 9110, 13.1.2: compared without W/.
bool send_is_same(const struct exchange *x, const char *etag)
{
    struct str head, rest = str_of(exchange_header(x, "If-None-Match"));
    struct str mine = str_of(etag);
    if (str_starts(mine, STR("W/")))
        mine = (struct str){mine.p + 2, mine.n - 2};
    for (bool more = rest.n > 0; more;) {
        more = str_split(rest, ',', &head, &rest);
        struct str one = str_trim(more ? head : rest);
        if (str_starts(one, STR("W/")))
            one = (struct str){one.p + 2, one.n - 2};
        if (str_equal(one, mine) || str_equal(one, STR("*")))
            return true;
    }
    return false;
}

enum MHD_Result send_kept(struct exchange *x, struct MHD_Response *plain,
                          struct MHD_Response *packed, struct MHD_Response *same,
                          const char *etag, size_t size)
{
    visit_until(visit_of(x->connection),
                SERVE_SEND_SECONDS + (int64_t)(size / SERVE_SLOWEST));
    atomic_store(&x->stage, STAGE_SENT);
    if (send_is_same(x, etag))
        return MHD_queue_response(x->connection, 304, same);
    bool pack = packed && zip_is_accepted(str_of(exchange_header(x, "Accept-Encoding")));
    return MHD_queue_response(x->connection, 200, pack ? packed : plain);
}

// Of what a page may keep and ask for again: reads, but not of people's rows (a shared
// computer keeps no copy of those) and not of oneself.
static const char *keeping(const struct exchange *x)
{
    const struct route *r = x->q.route;
    bool may = r && r->method == METHOD_GET &&
               (r->need == NEED_FUNCTION || r->need == NEED_DEVICE ||
                (r->need == NEED_SESSION && !strstr(r->path, "{channel}")));
    return may ? "private, no-cache" : "no-store";
}

void send_prepare(struct exchange *x)
{
    struct answer *a = &x->answer;
    bool good = !a->status || a->status == 200;
    if (a->file >= 0 || a->listens || !a->text.n)
        return;
    if (good && x->q.route->method == METHOD_GET && x->q.route->need != NEED_NOTHING) {
        char etag[48];
        send_etag(buf_str(&a->text), etag);
        answer_header(&x->q, "ETag", str_of(etag));
        if (send_is_same(x, etag)) {
            buf_free(&a->text);
            a->status = 304;
            return;
        }
    }
    if (a->text.n < SERVE_PACK_FROM || !packs(x))
        return;
    struct buf packed = BUF_INIT(SERVE_MAX_ANSWER);
    if (zip_whole(&x->server->zips, ZIP_FAST, buf_str(&a->text), &packed)) {
        buf_free(&a->text);
        a->text = packed;
        say_packed(x);
    } else {
        buf_free(&packed);
    }
}

// Of the bytes, weak (one for plain and packed). It tells answers to one question apart
// and guards nothing: two checksums and the length do.
void send_etag(struct str text, char out[48])
{
    snprintf(out, 48, "W/\"%08x%08x%zx\"", libdeflate_crc32(0, text.p, text.n),
             libdeflate_adler32(1, text.p, text.n), text.n);
}

enum MHD_Result send_answer(struct exchange *x)
{
    struct answer *a = &x->answer;
    bool sized = !a->streams && !a->listens;
    bool empty = sized && a->file < 0 && !a->text.n;
    // of a stream its worker has the text still
    uint64_t size = !sized ? 0 : a->file >= 0 ? a->file_size : a->text.n;
    struct MHD_Response *r = make_response(x);
    if (!r)
        return MHD_NO;
    visit_until(visit_of(x->connection),
                a->listens ? 0
                : sized    ? SERVE_SEND_SECONDS + (int64_t)(size / SERVE_SLOWEST)
                           : SERVE_LONGEST_SECONDS);
    send_security(x->server, r);
    bool cache_said = send_headers(r, a);
    if (a->openrosa) {
        char most[24];
        snprintf(most, sizeof most, "%d", OPENROSA_MOST);
        MHD_add_response_header(r, "X-OpenRosa-Version", "1.0");
        MHD_add_response_header(r, "X-OpenRosa-Accept-Content-Length", most);
    }
    if (a->type && !empty)
        MHD_add_response_header(r, "Content-Type", a->type);
    if (!cache_said)
        MHD_add_response_header(r, "Cache-Control", keeping(x));
    int status = a->status ? a->status : empty ? 204 : 200;
    atomic_store(&x->stage, STAGE_SENT);
    enum MHD_Result queued = MHD_queue_response(x->connection, (unsigned)status, r);
    MHD_destroy_response(r);
    return queued;
}
