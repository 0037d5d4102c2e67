// SPDX-License-Identifier: AGPL-3.0-or-later
// One request on its way: from the head that came to the answer that is ready.
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "pack/pack.h"
#include "serve/known.h"
#include "serve/server_private.h"

const char *method_name(enum method m)
{
    static const char *const names[METHODS] = {"GET",   "POST",   "PUT",
                                               "PATCH", "DELETE", "HEAD"};
    return m < METHODS ? names[m] : "?";
}

bool method_changes(enum method m)
{
    return m != METHOD_GET && m != METHOD_HEAD;
}

struct exchange *exchange_open(struct server *s, const char *uri,
                               struct MHD_Connection *c)
{
    struct exchange *x = mem_alloc(1, sizeof *x);
    if (!x)
        return NULL;
    x->server = s;
    x->connection = c;
    x->upload = -1;
    atomic_init(&x->holders, 1);
    arena_init(&x->arena, SERVE_ARENA);
    answer_open(&x->answer);
    x->q = (struct request){.server = s, .arena = &x->arena, .answer = &x->answer};
    size_t n = strnlen(uri, SERVE_MAX_URI + 1);
    x->uri = (char *)str_c(&x->arena, (struct str){uri, n});
    if (x->uri)
        return x;
    exchange_let_go(x);
    return NULL;
}

bool exchange_count_answer(struct exchange *x, size_t bytes)
{
    struct server *s = x->server;
    if (atomic_fetch_add(&s->answer_bytes, bytes) + bytes > SERVE_MAX_ANSWERS) {
        atomic_fetch_sub(&s->answer_bytes, bytes);
        return false;
    }
    x->answer_bytes += bytes;
    return true;
}

void exchange_leave_crowd(struct exchange *x)
{
    if (x->server->crowd)
        crowd_leave(x->server->crowd, x->crowd_place);
    x->crowd_place = 0;
}

void exchange_let_go(struct exchange *x)
{
    if (!x || atomic_fetch_sub(&x->holders, 1) > 1)
        return;
    exchange_leave_crowd(x);
    keep_give_up(x);
    cache_let_go(&x->server->cache, x->found);
    if (x->upload >= 0)
        close(x->upload);
    if (x->q.upload)
        unlink(x->q.upload); // gone already where the handler has renamed it
    atomic_fetch_sub(&x->server->body_bytes, x->body_capacity);
    atomic_fetch_sub(&x->server->answer_bytes, x->answer_bytes);
    bool sealed = x->q.route && x->q.route->sealed;
    if (sealed)
        mem_free_wiped(x->body);
    else
        mem_free(x->body);
    json_decref(x->json);
    answer_close(&x->answer);
    if (sealed)
        arena_free_wiped(&x->arena);
    else
        arena_free(&x->arena);
    mem_free(x);
}

// --- headers

static enum MHD_Result keep_header(void *context, enum MHD_ValueKind kind,
                                   const char *name, const char *value)
{
    (void)kind;
    struct exchange *x = context;
    struct answer_header *h = ARENA_NEW(&x->arena, struct answer_header);
    if (!h)
        return MHD_NO;
    h->name = str_c(&x->arena, str_of(name));
    h->value = str_c(&x->arena, str_of(value));
    if (!h->name || !h->value)
        return MHD_NO;
    h->next = x->kept_headers;
    x->kept_headers = h;
    return MHD_YES;
}

// A worker may still ask when the connection is gone.
void exchange_keep_headers(struct exchange *x)
{
    if (x->headers_kept)
        return;
    x->headers_kept = true;
    MHD_get_connection_values(x->connection, MHD_HEADER_KIND, keep_header, x);
}

const char *exchange_header(const struct exchange *x, const char *name)
{
    if (!x->headers_kept)
        return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
    for (const struct answer_header *h = x->kept_headers; h; h = h->next)
        if (str_equal_fold(str_of(h->name), str_of(name)))
            return h->value;
    return NULL;
}

// --- errors

void exchange_fail(struct exchange *x, int status, const struct error *e)
{
    struct answer *a = &x->answer;
    struct error shown = *e;
    answer_discard(a);
    a->status = status;
    bool page = x->q.route && x->q.route->page;
    if (status >= 500 && status != 503 && status != 507) {
        uint32_t id = randombytes_random();
        // of a public page not even the sentence
        log_line(LOG_ERROR, "error %08x: %s: %s: %s", id, error_name(e->code), e->key,
                 page ? "" : e->text);
        error_set(&shown, e->code, e->key ? e->key : "serve.error", NULL,
                  "something went wrong in the server; its log has it under %08x", id);
        error_cure(&shown, "try again; if it stays, give this number to whoever runs "
                           "the server");
    }
    if (status == 503 || status == 429)
        answer_header(&x->q, "Retry-After", STR("2"));
    if (!page) {
        answer_write_error(a, &shown, x->q.zh);
        return;
    }
    a->type = "text/plain; charset=utf-8";
    struct error_words words = error_words(&shown, x->q.zh);
    buf_printf(&a->text, x->q.zh ? "%s；%s\n" : "%s; %s.\n", words.text, words.cure);
}

static void refuse(struct exchange *x, int status, enum err code, const char *key,
                   const char *text, const char *cure)
{
    struct error e;
    error_set(&e, code, key, NULL, "%s", text);
    error_cure(&e, "%s", cure);
    exchange_fail(x, status, &e);
}

static void allow_header(struct exchange *x, unsigned allowed)
{
    struct buf text = BUF_INIT(100);
    buf_add_c(&text, "OPTIONS");
    for (int m = 0; m < METHODS; m++)
        if (allowed & 1u << m)
            buf_printf(&text, ", %s%s", method_name((enum method)m),
                       m == METHOD_GET ? ", HEAD" : "");
    answer_header(&x->q, "Allow", buf_str(&text));
    buf_free(&text);
}

// --- the head

static bool read_address(struct exchange *x)
{
    struct error e;
    struct str uri = str_of(x->uri), raw = uri, query = {"", 0}, head;
    if (uri.n > SERVE_MAX_URI) {
        refuse(x, 414, ERR_LIMIT, "serve.uri", "the address is too long",
               "send less in the address");
        return false;
    }
    if (str_split(uri, '?', &head, &query))
        raw = head;
    enum err code = path_read(&x->arena, raw, &x->path, &e);
    if (!code)
        code = path_query(&x->arena, query, &x->query, &x->n_query, &e);
    identity_language(x, STR("")); // of errors before it is known who asks
    if (code)
        exchange_fail(x, code == ERR_INPUT ? 400 : error_http_status(code), &e);
    return !code;
}

// One message, one length: what a proxy before us could read in another way is refused
// (RFC 9112, 6.1 and 6.3).
struct lengths {
    int lengths, encodings;
    bool bad;
};

static enum MHD_Result look_at_header(void *context, enum MHD_ValueKind kind,
                                      const char *name, const char *value)
{
    (void)kind;
    struct lengths *l = context;
    if (str_equal_fold(str_of(name), STR("Content-Length"))) {
        l->lengths++;
        l->bad |= !*value;
        for (const char *p = value; *p; p++)
            l->bad |= *p < '0' || *p > '9';
    } else if (str_equal_fold(str_of(name), STR("Transfer-Encoding"))) {
        l->encodings++;
        l->bad |= !str_equal_fold(str_of(value), STR("chunked"));
    }
    return MHD_YES;
}

static bool one_length(struct exchange *x)
{
    struct lengths l = {0};
    MHD_get_connection_values(x->connection, MHD_HEADER_KIND, look_at_header, &l);
    if (!l.bad && l.lengths + l.encodings <= 1)
        return true;
    refuse(x, 400, ERR_USAGE, "serve.length",
           "the length of the body is said twice or wrongly",
           "send one Content-Length, or Transfer-Encoding: chunked");
    return false;
}

static bool find_method(const char *name, enum method *out, bool *head)
{
    *out = METHOD_GET;
    for (int m = 0; m < METHODS; m++)
        if (strcmp(name, method_name((enum method)m)) == 0) {
            *out = (enum method)m;
            *head = m == METHOD_HEAD;
            return true;
        }
    *head = false;
    return false;
}

static bool find_route(struct exchange *x, enum method m, bool known)
{
    unsigned allowed;
    const struct server_options *o = &x->server->options;
    x->q.route = path_route(o->routes, o->n_routes, m, &x->path, &allowed);
    if (!x->q.route && m == METHOD_HEAD)
        x->q.route = path_route(o->routes, o->n_routes, METHOD_GET, &x->path, &allowed);
    x->answer.text.wiped = x->q.route && x->q.route->sealed;
    if (x->q.route && known)
        return true;
    if (!allowed) {
        refuse(x, 404, ERR_NOT_FOUND, "serve.address", "there is nothing at this address",
               "GET /api/openapi.json describes every address");
        return false;
    }
    bool options = strcmp(x->method, "OPTIONS") == 0;
    refuse(x, 405, ERR_USAGE, "serve.method", "this address does not know this method",
           "the header Allow names those that it knows");
    if (options) {
        answer_discard(&x->answer);
        x->answer.status = 204;
    }
    allow_header(x, allowed);
    return false;
}

// --- doors

static bool same_secret(struct str a, struct str b)
{
    return a.n == b.n && a.n > 0 && sodium_memcmp(a.p, b.p, a.n) == 0;
}

// A page of another site can send a form here, but neither this header nor a token.
static bool own_page(struct exchange *x)
{
    const char *site = exchange_header(x, "Sec-Fetch-Site");
    const char *csrf = exchange_header(x, "X-Heng-CSRF");
    bool foreign = site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
    bool asked = x->q.session && x->q.route->need != NEED_NOTHING;
    if (!foreign && (!asked || same_secret(str_of(csrf), x->q.csrf)))
        return true;
    refuse(x, 403, ERR_FORBIDDEN, "serve.csrf",
           "this was not sent by a page of this server",
           "load the page anew; programs use a personal access token");
    return false;
}

static bool doors(struct exchange *x)
{
    const struct route *r = x->q.route;
    struct error e;
    if (r->need == NEED_DEVICE && !x->signed_in) {
        phone_refuse(x);
        return false;
    }
    if (r->need != NEED_NOTHING && !x->signed_in) {
        refuse(x, 401, ERR_FORBIDDEN, "serve.sign_in", "you are not signed in",
               "sign in, or send a personal access token");
        return false;
    }
    if (method_changes(r->method) && !own_page(x))
        return false;
    if (method_changes(r->method) && x->reads_only) {
        refuse(x, 403, ERR_FORBIDDEN, "serve.read_only", "this token only reads",
               "make another one for what is to be changed");
        return false;
    }
    if (r->session_only && !x->q.session) {
        refuse(x, 403, ERR_FORBIDDEN, "serve.session_only",
               "a personal access token is not enough for this", "sign in with a page");
        return false;
    }
    if (r->need == NEED_FUNCTION && access_may_some(&x->q.who, r->function, &e)) {
        exchange_fail(x, 403, &e);
        return false;
    }
    return true;
}

// Counted until the answer is sent.
static bool has_room(struct exchange *x)
{
    struct crowd *c = x->server->crowd;
    const char *forwarded = c ? exchange_header(x, "X-Forwarded-For") : NULL;
    unsigned place = forwarded ? crowd_place(c, str_of(forwarded)) : 0;
    if (!place)
        return true;
    if (crowd_enter(c, place, SERVE_MAX_OF_ADDRESS)) {
        x->crowd_place = place;
        return true;
    }
    refuse(x, 429, ERR_BUSY, "serve.crowd",
           "too much is asked at once from where you are", "try again in a moment");
    return false;
}

// All else is a file of the pages. A calendar feed has a short address of its own.
static bool is_answered(const struct path *p)
{
    return p->n && (str_equal(p->segments[0], STR("api")) ||
                    str_equal(p->segments[0], STR("tip")) ||
                    (p->n == 2 && str_equal(p->segments[0], STR("calendar"))));
}

bool exchange_begin(struct exchange *x, const char *method)
{
    enum method m;
    struct error e;
    x->method = method;
    bool known = find_method(method, &m, &x->head);
    if (!one_length(x) || !read_address(x) || !has_room(x))
        return false;
    x->answer.openrosa = x->path.n && str_equal(x->path.segments[0], STR("openrosa"));
    if (!x->answer.openrosa && !is_answered(&x->path)) {
        x->is_static = true;
        if (known && !method_changes(m))
            return true;
        refuse(x, 405, ERR_USAGE, "serve.method", "only GET is known here", "use GET");
        allow_header(x, 1u << METHOD_GET);
        return false;
    }
    if (!find_route(x, m, known))
        return false;
    enum err code = identity_find(x, &e);
    if (code) {
        exchange_fail(x, error_http_status(code), &e);
        return false;
    }
    if (!doors(x))
        return false;
    // pages are for people, and telephones say more than they are asked
    if (str_equal(x->path.segments[0], STR("api")))
        code = known_queries(x->q.route, x->query, x->n_query, &e);
    int status = code ? error_http_status(code) : body_expect(x, &e);
    if (status)
        exchange_fail(x, status, &e);
    return !status;
}

// --- the work

// A register that is not there and one that may not be seen get the same answer.
static enum err register_door(struct exchange *x, struct error *e)
{
    const struct route *r = x->q.route;
    if (r->need != NEED_READ_ROWS && r->need != NEED_WRITE_ROWS)
        return ERR_OK;
    struct str name = request_path(&x->q, "register");
    const struct reg *reg = pack_register(x->q.county->pack, name);
    struct error quiet;
    enum err code = !reg ? ERR_FORBIDDEN
                    : r->need == NEED_READ_ROWS
                        ? access_read_some(&x->q.who, reg, &quiet)
                        : access_write_some(&x->q.who, reg, &quiet);
    if (!code)
        return ERR_OK;
    error_set(e, ERR_NOT_FOUND, "serve.register", "register",
              "there is no register '" STR_FMT "' for you", STR_ARG(name));
    return error_cure(e, "GET /api/model lists those that you may use");
}

static void finish(struct exchange *x, enum err code, struct error *e)
{
    struct answer *a = &x->answer;
    if (!code && a->open_object) {
        json_put_object_end(&a->json);
        a->open_object = false;
    }
    if (!code)
        code = buf_check(&a->text, e);
    if (a->streams) {
        if (code && code != ERR_IO)
            log_line(LOG_ERROR, "an answer broke off: %s: %s", error_name(code), e->key);
        stream_end(x, !code);
    } else {
        if (!code && !x->making && !exchange_count_answer(x, a->text.n))
            code = answer_too_many(e);
        if (code)
            exchange_fail(x, error_http_status(code), e);
        keep_answer(x);
        if (!x->found)
            send_prepare(x);
        atomic_store(&x->stage, STAGE_READY);
        MHD_resume_connection(x->connection);
    }
}

// Grows with each change of them that was said.
static uint64_t places_and_packs(struct server *s)
{
    return atomic_load(&s->places_wanted) + atomic_load(&s->pack_wanted);
}

void exchange_run(void *argument)
{
    struct exchange *x = argument;
    struct server *s = x->server;
    struct request *q = &x->q;
    struct error e = {0};
    int64_t state;
    x->is_long = q->route->lane == LANE_SLOW;
    if (!server_state(s, &state,
                      &e)) // places that the shell has saved are in this answer
        state_settle_places(s, STATE_GLANCE);
    e = (struct error){0};
    gate_enter(&s->gate, x->is_long);
    uint64_t changes = places_and_packs(s);
    q->county = s->county;
    q->cube = s->cube;
    q->measure = (struct measure){
        .county = s->county, .cube = s->cube, .who = &q->who, .today = date_today()};
    enum err code = ERR_OK;
    if (atomic_load(&s->stopping)) {
        error_set(&e, ERR_BUSY, "serve.ends", NULL, "the server is being stopped");
        code = error_cure(&e, "try again when it runs");
    } else if (!s->cube) {
        code = error_memory(&e);
    } else if (x->signed_in && x->pack != atomic_load(&s->pack_done)) {
        error_set(&e, ERR_BUSY, "serve.pack", NULL, "the pack has just been changed");
        code = error_cure(&e, "try again");
    }
    if (!code)
        code = register_door(x, &e);
    if (!code)
        code = q->route->run(q, &e);
    gate_leave(&s->gate, x->is_long);
    if (method_changes(q->route->method)) {
        atomic_store(&s->look_now, true);
        if (places_and_packs(s) != changes) // its own, most likely
            state_settle(s, STATE_PATIENCE);
    }
    finish(x, code, &e);
    exchange_let_go(x);
}
