// SPDX-License-Identifier: AGPL-3.0-or-later
// The state of the data, and reading places or the pack again when they have changed.
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "access/login.h"
#include "base/log.h"
#include "serve/server_private.h"
#include "study/findings.h"

enum { LOOK_EVERY = 10000 }; // microseconds

// --- the gate

void gate_enter(struct server_gate *g, bool is_long)
{
    pthread_mutex_lock(&g->lock);
    // While a long reader holds the change up, others need not wait for it.
    while (g->writing || (g->wanted && !g->long_readers))
        pthread_cond_wait(&g->changed, &g->lock);
    g->readers++;
    g->long_readers += is_long;
    pthread_mutex_unlock(&g->lock);
}

void gate_enter_briefly(struct server_gate *g)
{
    pthread_mutex_lock(&g->lock);
    while (g->writing)
        pthread_cond_wait(&g->changed, &g->lock);
    g->readers++;
    pthread_mutex_unlock(&g->lock);
}

void gate_become_long(struct server_gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->long_readers++;
    pthread_cond_broadcast(&g->changed); // who waited behind it need not
    pthread_mutex_unlock(&g->lock);
}

void gate_leave(struct server_gate *g, bool is_long)
{
    pthread_mutex_lock(&g->lock);
    g->readers--;
    g->long_readers -= is_long;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

static bool wait_until(struct server_gate *g, const struct timespec *until)
{
    return pthread_cond_timedwait(&g->changed, &g->lock, until) == 0;
}

// False: others read for too long.
static bool gate_take(struct server_gate *g, int milliseconds)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += milliseconds % 1000 * 1000000L;
    until.tv_sec += milliseconds / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&g->lock);
    bool in_time = true;
    while (in_time && (g->readers || g->writing)) {
        g->wanted = true;
        in_time = wait_until(g, &until);
    }
    bool mine = !g->readers && !g->writing;
    g->writing |= mine;
    g->wanted = false; // another that waits says so again
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
    return mine;
}

static void gate_give_back(struct server_gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->writing = false;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

// --- reading again

void server_places_changed(struct server *s)
{
    atomic_fetch_add(&s->places_wanted, 1);
}

void server_pack_changed(struct server *s)
{
    atomic_fetch_add(&s->pack_wanted, 1);
}

// The gate is taken. A cube that cannot be had now is tried again with the next settling.
static enum err reload_pack(struct server *s, struct error *e)
{
    cube_close(s->cube);
    s->cube = NULL;
    enum err code = county_reload_pack(s->county, e);
    login_forget(s->login);
    findings_forget(s->findings); // they point into the one before
    enum err late = cube_open(&s->cube, s->county, 0, e);
    return code ? code : late;
}

static bool is_settled(struct server *s)
{
    return atomic_load(&s->places_done) >= atomic_load(&s->places_wanted) &&
           atomic_load(&s->pack_done) >= atomic_load(&s->pack_wanted);
}

void state_settle(struct server *s, int milliseconds)
{
    if (is_settled(s) || !gate_take(&s->gate, milliseconds))
        return;
    struct error e = {0};
    uint64_t places = atomic_load(&s->places_wanted), pack = atomic_load(&s->pack_wanted);
    enum err code = ERR_OK; // somebody else may have done it meanwhile
    if (pack > atomic_load(&s->pack_done))
        code = reload_pack(s, &e);
    else if (places > atomic_load(&s->places_done))
        code = county_reload_places(s->county, &e);
    if (code) {
        log_error(LOG_ERROR, &e);
    } else {
        atomic_store(&s->places_done, places);
        atomic_store(&s->pack_done, pack);
        server_touch(s);
    }
    gate_give_back(&s->gate);
}

void state_settle_places(struct server *s, int milliseconds)
{
    if (atomic_load(&s->pack_done) >= atomic_load(&s->pack_wanted))
        state_settle(s, milliseconds);
}

// --- the state

void state_open(struct server *s)
{
    pthread_mutex_init(&s->state_lock, NULL);
    pthread_mutex_init(&s->gate.lock, NULL);
    pthread_cond_init(&s->gate.changed, NULL);
    s->state = date_now_ms(); // grows over starts too
    s->data_version = -1;
}

void state_close(struct server *s)
{
    pthread_mutex_destroy(&s->state_lock);
    pthread_mutex_destroy(&s->gate.lock);
    pthread_cond_destroy(&s->gate.changed);
}

void server_touch(struct server *s)
{
    pthread_mutex_lock(&s->state_lock);
    s->state++;
    pthread_mutex_unlock(&s->state_lock);
}

// What has come since a log entry: its last number, and whether places are among it.
static enum err read_on(struct conn *c, int64_t since, int64_t *last, bool *places,
                        struct error *e)
{
    struct stmt *st;
    bool row;
    enum err code =
        conn_stmt(c, "serve.read_on",
                  "SELECT max(seq), coalesce(max(register IN (SELECT register FROM"
                  " heng_registers WHERE kind <> 'rows')), 0)"
                  " FROM heng_log WHERE seq > ?",
                  &st, e);
    if (code)
        return code;
    stmt_bind_int(st, 1, since);
    code = stmt_step(st, &row, e);
    bool any = !code && row && stmt_kind(st, 0) != STMT_NULL;
    *last = any ? stmt_int(st, 0) : since;
    *places = any && stmt_int(st, 1) != 0;
    stmt_finish(st);
    return code;
}

static enum err last_pack(struct conn *c, int64_t *out, struct error *e)
{
    struct stmt *st;
    bool row;
    enum err code = conn_stmt(c, "serve.pack", "SELECT max(id) FROM heng_pack", &st, e);
    if (code)
        return code;
    code = stmt_step(st, &row, e);
    *out = !code && row ? stmt_int(st, 0) : 0;
    stmt_finish(st);
    return code;
}

// With the state locked. Two cheap looks; more only when something was committed.
static enum err look(struct server *s, struct error *e)
{
    struct conn *c;
    int64_t version, seq = s->last_seq, pack = s->last_pack;
    bool places = false;
    int32_t day = date_today();
    enum err code = store_read_begin(s->county->store, &c, e);
    if (code)
        return code;
    code = store_data_version(c, &version, e);
    if (!code && version != s->data_version) {
        code = read_on(c, s->last_seq, &seq, &places, e);
        if (!code)
            code = last_pack(c, &pack, e);
    }
    store_read_end(c);
    if (code)
        return code;
    if (seq != s->last_seq || day != s->day || pack != s->last_pack)
        s->state++;
    if (s->looked_at) { // not the first look, which only learns what there is
        if (places)
            server_places_changed(s);
        if (pack != s->last_pack)
            server_pack_changed(s);
    }
    s->data_version = version;
    s->last_seq = seq;
    s->last_pack = pack;
    s->day = day;
    return ERR_OK;
}

enum err server_state(struct server *s, int64_t *out, struct error *e)
{
    enum err code = ERR_OK;
    pthread_mutex_lock(&s->state_lock);
    int64_t now = lane_now();
    bool fresh = now - s->looked_at < LOOK_EVERY;
    if (atomic_exchange(&s->look_now, false) || !fresh || !s->looked_at) {
        code = look(s, e);
        if (!code)
            s->looked_at = now;
    }
    *out = s->state;
    pthread_mutex_unlock(&s->state_lock);
    return code;
}

int64_t state_version(struct server *s)
{
    pthread_mutex_lock(&s->state_lock);
    int64_t version = s->data_version;
    pthread_mutex_unlock(&s->state_lock);
    return version;
}
