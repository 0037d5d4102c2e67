// SPDX-License-Identifier: AGPL-3.0-or-later
// Connections, and how long each may take for what it does now. MHD ends a connection
// that is silent; one that says a byte now and then is found here: the head of a request
// must be whole 20 s after its first byte, a body and an answer by a time that its size
// gives.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "serve/server_private.h"

struct visit {
    struct visit *next, **from;
    int socket;
    _Atomic int64_t until; // lane_now; 0: as long as it likes
    _Atomic bool between;  // no request is under way, as far as its first line tells
    _Atomic bool ended_one;
    // the sweeper's own
    uint64_t bytes;     // received when the last request was over
    int64_t first_byte; // when more than that was seen; 0: not yet
};

void visit_open(struct server *s)
{
    pthread_mutex_init(&s->visits.lock, NULL);
}

void visit_close(struct server *s)
{
    pthread_mutex_destroy(&s->visits.lock);
}

static void begin(struct server *s, struct MHD_Connection *c, void **context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct visit *v = mem_alloc(1, sizeof *v);
    *context = v;
    if (!v)
        return; // it is only not watched
    v->socket = info ? info->connect_fd : -1;
    atomic_init(&v->between, true);
    pthread_mutex_lock(&s->visits.lock);
    struct visit **first = &s->visits.first[s->visits.begun++ % SERVE_SWEEPS];
    v->next = *first;
    v->from = first;
    if (v->next)
        v->next->from = &v->next;
    *first = v;
    s->visits.n++;
    pthread_mutex_unlock(&s->visits.lock);
}

static void end(struct server *s, struct visit *v)
{
    if (!v)
        return;
    pthread_mutex_lock(&s->visits.lock);
    *v->from = v->next;
    if (v->next)
        v->next->from = v->from;
    s->visits.n--;
    pthread_mutex_unlock(&s->visits.lock);
    mem_free(v);
}

// The end is told before the socket is closed, so a socket in the list is ours.
void visit_notify(void *server, struct MHD_Connection *c, void **context,
                  enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        begin(server, c, context);
    } else {
        end(server, *context);
        *context = NULL;
    }
}

struct visit *visit_of(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

void visit_until(struct visit *v, int64_t seconds)
{
    if (!v)
        return;
    atomic_store(&v->between, false);
    atomic_store(&v->until, seconds ? lane_now() + seconds * 1000000 : 0);
}

void visit_between(struct visit *v)
{
    if (!v)
        return;
    atomic_store(&v->until, 0);
    atomic_store(&v->ended_one, true);
    atomic_store(&v->between, true);
}

static bool head_takes_too_long(struct visit *v, int64_t now)
{
    struct tcp_info info = {0};
    socklen_t n = sizeof info;
    if (getsockopt(v->socket, IPPROTO_TCP, TCP_INFO, &info, &n))
        return false;
    if (atomic_exchange(&v->ended_one, false)) {
        v->bytes = info.tcpi_bytes_received;
        v->first_byte = 0;
    }
    if (info.tcpi_bytes_received <= v->bytes)
        return false;
    if (!v->first_byte)
        v->first_byte = now;
    return now - v->first_byte > (int64_t)SERVE_HEAD_SECONDS * 1000000;
}

size_t visit_count(struct server *s)
{
    pthread_mutex_lock(&s->visits.lock);
    size_t n = s->visits.n;
    pthread_mutex_unlock(&s->visits.lock);
    return n;
}

// Asking the system about each of 10,000 takes a hundredth of a second, in which others
// want to be answered.
void visit_sweep(struct server *s)
{
    int64_t now = lane_now();
    pthread_mutex_lock(&s->visits.lock);
    s->visits.part = (s->visits.part + 1) % SERVE_SWEEPS;
    for (struct visit *v = s->visits.first[s->visits.part]; v; v = v->next) {
        int64_t until = atomic_load(&v->until);
        bool late = until && now > until;
        if (atomic_load(&v->between) && v->socket >= 0)
            late = head_takes_too_long(v, now);
        if (late && v->socket >= 0)
            shutdown(v->socket, SHUT_RDWR); // MHD sees it and ends the connection
    }
    pthread_mutex_unlock(&s->visits.lock);
}
