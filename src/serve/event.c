// SPDX-License-Identifier: AGPL-3.0-or-later
// GET /api/events: connections that are held open and told what has changed. A listener
// has a small buffer; what does not fit is left out, for an event only says that there is
// something to ask for.
#include <stdio.h>
#include <string.h>

#include "serve/routes.h"
#include "serve/server_private.h"

enum {
    MOST_LISTENERS = 4000,
    MOST_OF_ONE = 30,
    LISTENER_BUFFER = 8192,
    LISTEN_SECONDS = 600
};

struct listener {
    struct listener *next, **from;
    struct server *server;
    struct MHD_Connection *connection;
    int64_t user, until; // then it has to ask again, with a session that is still good
    struct buf out;
    bool idle; // the connection is suspended until there is something
};

void event_open(struct server *s)
{
    pthread_mutex_init(&s->events.lock, NULL);
}

void event_close(struct server *s)
{
    pthread_mutex_destroy(&s->events.lock);
}

// With the list locked.
static void wake(struct listener *l)
{
    if (l->idle) {
        l->idle = false;
        MHD_resume_connection(l->connection);
    }
}

static void add(struct listener *l, struct str event)
{
    if (l->out.n + event.n <= LISTENER_BUFFER)
        buf_add(&l->out, event);
    wake(l);
}

static ssize_t read_events(void *context, uint64_t position, char *out, size_t most)
{
    (void)position;
    struct listener *l = context;
    struct server *s = l->server;
    ssize_t given = 0;
    pthread_mutex_lock(&s->events.lock);
    size_t n = l->out.n < most ? l->out.n : most;
    if (n) {
        memcpy(out, l->out.p, n);
        memmove(l->out.p, l->out.p + n, l->out.n - n);
        l->out.n -= n;
        given = (ssize_t)n;
    } else if (s->events.ended || lane_now() > l->until) {
        given = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        MHD_suspend_connection(l->connection);
        l->idle = true;
    }
    pthread_mutex_unlock(&s->events.lock);
    return given;
}

static void free_listener(void *context)
{
    struct listener *l = context;
    struct server *s = l->server;
    pthread_mutex_lock(&s->events.lock);
    if (l->from) {
        *l->from = l->next;
        if (l->next)
            l->next->from = l->from;
        s->events.n--;
    }
    pthread_mutex_unlock(&s->events.lock);
    buf_free(&l->out);
    mem_free(l);
}

static bool enlist(struct server *s, struct listener *l)
{
    pthread_mutex_lock(&s->events.lock);
    size_t mine = 0;
    for (struct listener *o = s->events.first; o; o = o->next)
        mine += o->user == l->user;
    bool fits = s->events.n < MOST_LISTENERS && mine < MOST_OF_ONE && !s->events.ended;
    if (fits) {
        l->next = s->events.first;
        l->from = &s->events.first;
        if (l->next)
            l->next->from = &l->next;
        s->events.first = l;
        s->events.n++;
    }
    pthread_mutex_unlock(&s->events.lock);
    return fits;
}

enum { FRESH_SIZE = 120 };

// The event's id is the state, which no other run of the server has.
static struct str fresh(int64_t state, char text[FRESH_SIZE])
{
    int n = snprintf(text, FRESH_SIZE,
                     "id: %lld\nevent: fresh\ndata: {\"state\":\"%lld\"}\n\n",
                     (long long)state, (long long)state);
    return (struct str){text, (size_t)n};
}

// last: the id that the client heard last; NULL: it is new. Nothing is fresh to one that
// comes again and has heard of this state.
static void greet(struct listener *l, const char *last)
{
    char text[FRESH_SIZE];
    int64_t state, heard = 0;
    struct error e;
    if (server_state(l->server, &state, &e))
        return;
    bool knows = last && str_to_int(str_of(last), &heard) && heard == state;
    pthread_mutex_lock(&l->server->events.lock);
    add(l, STR("retry: 3000\n"));
    add(l, knows ? STR(": here\n\n") : fresh(state, text));
    pthread_mutex_unlock(&l->server->events.lock);
}

struct MHD_Response *event_response(struct exchange *x)
{
    struct server *s = x->server;
    struct listener *l = mem_alloc(1, sizeof *l);
    if (!l)
        return NULL;
    *l = (struct listener){.server = s,
                           .connection = x->connection,
                           .user = x->q.who.user,
                           .until = lane_now() + (int64_t)LISTEN_SECONDS * 1000000,
                           .out = BUF_INIT(LISTENER_BUFFER)};
    struct MHD_Response *r = NULL;
    if (enlist(s, l)) { // before the state is looked at, so that no change falls between
        greet(l, exchange_header(x, "Last-Event-ID"));
        r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_events, l,
                                              free_listener);
    }
    if (!r) {
        free_listener(l);
        return NULL;
    }
    MHD_set_connection_option(x->connection, MHD_CONNECTION_OPTION_TIMEOUT,
                              (unsigned)SERVE_EVENT_IDLE_SECONDS);
    return r;
}

enum err serve_events(struct request *q, struct error *e)
{
    struct server *s = q->server;
    pthread_mutex_lock(&s->events.lock);
    bool full = s->events.n >= MOST_LISTENERS;
    pthread_mutex_unlock(&s->events.lock);
    if (full) {
        error_set(e, ERR_BUSY, "serve.events", NULL, "too many pages listen");
        return error_cure(e, "ask again now and then instead");
    }
    q->answer->type = "text/event-stream";
    q->answer->listens = true;
    return ERR_OK;
}

// --- telling

void event_tell(struct server *s, int64_t user, struct str event)
{
    pthread_mutex_lock(&s->events.lock);
    for (struct listener *l = s->events.first; l; l = l->next)
        if (!user || l->user == user)
            add(l, event);
    pthread_mutex_unlock(&s->events.lock);
}

void event_tell_state(struct server *s, int64_t state)
{
    char text[FRESH_SIZE];
    event_tell(s, 0, fresh(state, text));
}

void event_end(struct server *s)
{
    pthread_mutex_lock(&s->events.lock);
    s->events.ended = true;
    for (struct listener *l = s->events.first; l; l = l->next)
        wake(l);
    pthread_mutex_unlock(&s->events.lock);
}
