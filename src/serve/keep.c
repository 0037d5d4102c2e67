// SPDX-License-Identifier: AGPL-3.0-or-later
// Answers of routes marked `cached`, kept as responses that MHD sends again and again.
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "serve/server_private.h"

enum { MOST_KEY = 4096 };

static void hold(void *waiter)
{
    struct exchange *x = waiter;
    exchange_keep_headers(x);
    visit_until(visit_of(x->connection), 0);
    atomic_store(&x->stage, STAGE_WORK);
    MHD_suspend_connection(x->connection);
}

static void wake(void *waiter, struct cache_entry *found)
{
    struct exchange *x = waiter;
    x->found = found;
    x->alone = !found;
    atomic_store(&x->stage, found ? STAGE_READY : STAGE_ALONE);
    MHD_resume_connection(x->connection);
}

static void release(struct cache_value *v)
{
    void *all[] = {v->plain, v->packed, v->same};
    for (size_t i = 0; i < 3; i++)
        if (all[i])
            MHD_destroy_response(all[i]);
}

void keep_open(struct server *s)
{
    static const struct cache_calls calls = {hold, wake, release};
    cache_open(&s->cache, SERVE_MAX_CACHE, &calls);
}

// --- the key

static int by_name(const void *a, const void *b)
{
    const struct path_pair *x = a, *y = b;
    int order = str_compare(x->name, y->name);
    return order ? order : str_compare(x->value, y->value);
}

// Parts are told apart by their lengths.
static void add_part(struct buf *key, struct str s)
{
    buf_printf(key, "%zu:", s.n);
    buf_add(key, s);
}

static void make_key(const struct exchange *x, struct buf *key)
{
    buf_printf(key, "%016" PRIx64 "%d/", access_scope(&x->q.who), x->q.zh);
    for (size_t i = 0; i < x->path.n; i++)
        add_part(key, x->path.segments[i]);
    buf_add_char(key, '?');
    struct path_pair sorted[PATH_MAX_QUERY];
    size_t n = 0;
    for (size_t i = 0; i < x->n_query; i++)
        if (!str_equal(x->query[i].name, STR("lang")))
            sorted[n++] = x->query[i];
    qsort(sorted, n, sizeof *sorted, by_name);
    for (size_t i = 0; i < n; i++) {
        add_part(key, sorted[i].name);
        add_part(key, sorted[i].value);
    }
}

// --- finding

static enum MHD_Result send_found(struct exchange *x)
{
    const struct cache_value *v = cache_value(x->found);
    return send_kept(x, v->plain, v->packed, v->same, v->etag, v->bytes);
}

bool keep_find(struct exchange *x, enum MHD_Result *result)
{
    struct server *s = x->server;
    struct error e;
    int64_t state;
    if (x->found) {
        *result = send_found(x);
        return true;
    }
    if (!x->q.route->cached || x->alone || server_state(s, &state, &e))
        return false;
    struct buf key = BUF_INIT(MOST_KEY);
    make_key(x, &key);
    enum cache_found found = CACHE_MAKE;
    struct cache_entry *entry = NULL;
    if (!key.failed)
        found = cache_find(&s->cache, buf_str(&key), state, x, &entry);
    buf_free(&key);
    switch (found) {
    case CACHE_HIT:
        x->found = entry;
        *result = send_found(x);
        return true;
    case CACHE_WAIT:
        *result = MHD_YES; // it may be awake already: x is not looked at any more
        return true;
    default:
        x->making = entry;
        return false;
    }
}

// --- keeping

static struct MHD_Response *make(struct exchange *x, struct buf *text, const char *etag)
{
    struct MHD_Response *r = MHD_create_response_from_buffer_with_free_callback(
        text ? text->n : 0, text ? text->p : "", text ? mem_free : NULL);
    if (!r)
        return NULL;
    if (text)
        *text = BUF_INIT(text->max);
    send_security(x->server, r);
    (void)send_headers(r, &x->answer);
    MHD_add_response_header(r, "Content-Type", x->answer.type);
    MHD_add_response_header(r, "ETag", etag);
    MHD_add_response_header(r, "Cache-Control", "private, no-cache");
    MHD_add_response_header(r, "Vary", "Accept-Encoding, Accept-Language, Cookie");
    return r;
}

// What was written as a file (a PDF) is kept in memory as all else.
static bool take_in(struct answer *a)
{
    if (a->file < 0)
        return true;
    size_t n = (size_t)a->file_size;
    bool good = n <= SERVE_MAX_KEPT && !a->text.n && buf_reserve(&a->text, n);
    while (good && a->text.n < n) {
        ssize_t k =
            pread(a->file, a->text.p + a->text.n, n - a->text.n, (off_t)a->text.n);
        good = k > 0;
        a->text.n += good ? (size_t)k : 0;
    }
    if (!good) { // it is sent as the file that it is
        buf_clear(&a->text);
        return false;
    }
    close(a->file);
    a->file = -1;
    return true;
}

void keep_answer(struct exchange *x)
{
    struct answer *a = &x->answer;
    if (!x->making)
        return;
    bool good = (!a->status || a->status == 200) && !a->listens && a->type &&
                !a->text.failed && take_in(a) && a->text.n;
    if (!good) {
        keep_give_up(x);
        return;
    }
    struct cache_value value = {.bytes = 4096}; // of what stands around the text
    struct buf packed = BUF_INIT(SERVE_MAX_ANSWER);
    send_etag(buf_str(&a->text), value.etag);
    if (a->text.n >= SERVE_PACK_FROM && zip_suits(a->type) &&
        zip_whole(&x->server->zips, ZIP_WELL, buf_str(&a->text), &packed)) {
        value.bytes += packed.capacity;
        value.packed = make(x, &packed, value.etag);
        if (value.packed)
            MHD_add_response_header(value.packed, "Content-Encoding", "gzip");
    }
    buf_free(&packed);
    value.same = make(x, NULL, value.etag);
    value.bytes += a->text.capacity;
    if (value.same)
        value.plain = make(x, &a->text, value.etag);
    if (!value.plain) { // no memory: it is sent to this one alone
        release(&value);
        keep_give_up(x);
        return;
    }
    cache_fill(&x->server->cache, x->making, value);
    x->found = x->making;
    x->making = NULL;
}

void keep_give_up(struct exchange *x)
{
    if (!x->making)
        return;
    struct cache_entry *entry = x->making;
    x->making = NULL;
    cache_give_up(&x->server->cache, entry);
}
