// SPDX-License-Identifier: AGPL-3.0-or-later
// The body of a request as it arrives: JSON into a bounded buffer, all else straight into
// a file of the server's folder.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "serve/server_private.h"

static int too_large(const struct exchange *x, struct error *e)
{
    error_set(e, ERR_LIMIT, "serve.body", NULL,
              "the body is larger than the %zu bytes that are taken here",
              x->q.route->max_body);
    error_cure(e, "send less at a time");
    return 413;
}

// Where a route takes no body, some bytes are looked at: {} says as much as nothing.
enum { NO_BODY = 64 };

static size_t most_of(const struct exchange *x)
{
    if (x->is_static)
        return 0;
    return x->q.route->max_body ? x->q.route->max_body : NO_BODY;
}

static bool is_nothing(struct str body)
{
    body = str_trim(body);
    if (!body.n)
        return true;
    struct str inner = {body.p + 1, body.n < 2 ? 0 : body.n - 2};
    return body.n >= 2 && body.p[0] == '{' && body.p[body.n - 1] == '}' &&
           !str_trim(inner).n;
}

static int no_body(struct error *e)
{
    error_set(e, ERR_INPUT, "serve.no_body", NULL, "nothing is taken at this address");
    error_cure(e, "send no body, or {}");
    return error_http_status(ERR_INPUT);
}

static int no_room(struct error *e)
{
    error_set(e, ERR_BUSY, "serve.bodies", NULL, "too much is being sent at once");
    error_cure(e, "try again in a moment");
    return 503;
}

static int open_upload(struct exchange *x, struct error *e)
{
    struct server *s = x->server;
    uint64_t n = atomic_fetch_add(&s->next_upload, 1);
    struct str path =
        str_format(&x->arena, "%s/upload-%llu", s->folder, (unsigned long long)n);
    if (!path.p) {
        error_memory(e);
        return 503;
    }
    x->upload = open(path.p, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (x->upload < 0)
        return error_http_status(error_errno(e, errno, NULL, "keep what is sent"));
    x->q.upload = path.p;
    x->uploading = true;
    return 0;
}

// What the client says that it will send: -1 chunked, else bytes. libmicrohttpd lets
// through numbers that only an unsigned word holds: more than is taken anywhere.
static int64_t announced(const struct exchange *x)
{
    int64_t n;
    const char *length = exchange_header(x, "Content-Length");
    if (exchange_header(x, "Transfer-Encoding"))
        return -1;
    if (!length)
        return 0;
    return str_to_int(str_of(length), &n) ? n : INT64_MAX;
}

// Sent packed it would be taken for what it is not.
static bool is_packed(const struct exchange *x)
{
    const char *encoding = exchange_header(x, "Content-Encoding");
    return encoding && !str_equal_fold(str_of(encoding), STR("identity"));
}

static bool is_json(const struct exchange *x)
{
    const char *type = exchange_header(x, "Content-Type");
    struct str s = str_of(type), head, rest;
    if (str_split(s, ';', &head, &rest))
        s = head;
    return str_equal_fold(str_trim(s), STR("application/json"));
}

int body_expect(struct exchange *x, struct error *e)
{
    const struct route *r = x->q.route;
    int64_t n = announced(x);
    if (n == 0)
        return r->any_body ? open_upload(x, e) : 0;
    if (n > 0 && (uint64_t)n > most_of(x))
        return r->max_body ? too_large(x, e) : no_body(e);
    if (is_packed(x)) {
        error_set(e, ERR_USAGE, "serve.encoding", "Content-Encoding",
                  "the body is packed");
        error_cure(e, "send it as it is");
        return 415;
    }
    if (r->any_body)
        return open_upload(x, e);
    if (r->page)
        return 0;
    if (r->max_body && !is_json(x)) {
        error_set(e, ERR_USAGE, "serve.type", "Content-Type", "the body is not JSON");
        error_cure(e, "send application/json");
        return 415;
    }
    return 0;
}

int64_t body_seconds(const struct exchange *x)
{
    int64_t n = announced(x);
    if (n < 0)
        n = x->is_static ? 0 : (int64_t)x->q.route->max_body;
    return SERVE_BODY_SECONDS + n / SERVE_SLOWEST;
}

static bool grow(struct exchange *x, size_t need)
{
    struct server *s = x->server;
    size_t capacity = x->body_capacity ? x->body_capacity : 1024;
    while (capacity < need)
        capacity *= 2;
    if (capacity > most_of(x))
        capacity = most_of(x);
    size_t more = capacity - x->body_capacity;
    if (atomic_fetch_add(&s->body_bytes, more) + more > SERVE_MAX_BODIES) {
        atomic_fetch_sub(&s->body_bytes, more);
        return false;
    }
    bool sealed = x->q.route->sealed; // resizing would leave the old block as it is
    char *p = mem_resize(sealed ? NULL : x->body, capacity, 1);
    if (!p) {
        atomic_fetch_sub(&s->body_bytes, more);
        return false;
    }
    if (sealed && x->body) {
        memcpy(p, x->body, x->body_n);
        mem_free_wiped(x->body);
    }
    x->body = p;
    x->body_capacity = capacity;
    return true;
}

static bool write_all(int file, const char *p, size_t n)
{
    while (n) {
        ssize_t k = write(file, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return false;
        p += k;
        n -= (size_t)k;
    }
    return true;
}

// What is over the maximum is read and forgotten, so that the client hears 413:
// libmicrohttpd sends no answer before it has the whole body. Who goes on and on is cut
// off when the time for that is over.
void body_add(struct exchange *x, const char *bytes, size_t n)
{
    if (x->body_too_large || x->body_no_room)
        return;
    if (n > most_of(x) - x->body_n) {
        x->body_too_large = true;
        visit_until(visit_of(x->connection), SERVE_BODY_SECONDS);
        return;
    }
    if (x->uploading) {
        x->body_no_room = !write_all(x->upload, bytes, n);
    } else if (x->body_n + n > x->body_capacity && !grow(x, x->body_n + n)) {
        x->body_no_room = true;
    } else {
        memcpy(x->body + x->body_n, bytes, n);
    }
    x->body_n += n;
}

int body_finish(struct exchange *x, struct error *e)
{
    if (x->upload >= 0) {
        close(x->upload);
        x->upload = -1;
    }
    if (x->body_too_large)
        return x->q.route->max_body ? too_large(x, e) : no_body(e);
    if (x->body_no_room && x->uploading)
        return error_http_status(error_errno(e, ENOSPC, NULL, "keep what is sent"));
    if (x->body_no_room)
        return no_room(e);
    if (x->uploading)
        x->q.upload_size = x->body_n;
    else
        x->q.body = (struct str){x->body ? x->body : "", x->body_n};
    return x->q.route->max_body || is_nothing(x->q.body) ? 0 : no_body(e);
}
