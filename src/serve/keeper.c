// SPDX-License-Identifier: AGPL-3.0-or-later
// The thread that keeps things in order: what other processes have changed, events, jobs
// that are over, clients that are too slow, the index of names.
#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "access/letter.h"
#include "access/login.h"
#include "base/log.h"
#include "register/imports.h"
#include "register/search.h"
#include "register/workflow.h"
#include "serve/server_private.h"

enum {
    TICK_MS = 500,
    PING_TICKS = 50,
    MINUTE_TICKS = 120,
    WARM_TICKS = 20,
    TRIM_FROM = 500 // connections that have gone
};
enum { OVERDUE_STEP = 500 };
enum { INDEX_STEP = 2000 }; // some 30 ms, and a commit

void keeper_wake(struct server *s)
{
    pthread_mutex_lock(&s->keeper.lock);
    s->keeper.wanted = true;
    pthread_cond_signal(&s->keeper.wake);
    pthread_mutex_unlock(&s->keeper.lock);
}

// False: the server ends.
static bool wait_a_tick(struct server *s)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += TICK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&s->keeper.lock);
    int rc = 0;
    while (!s->keeper.wanted && !s->keeper.stopping && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&s->keeper.wake, &s->keeper.lock, &until);
    s->keeper.wanted = false;
    bool goes_on = !s->keeper.stopping;
    pthread_mutex_unlock(&s->keeper.lock);
    return goes_on;
}

// --- the index of names

// Whether somebody waits for an answer. Who writes at this moment shares the commit.
static bool somebody_waits(struct server *s)
{
    return lane_is_busy(&s->lanes[LANE_READ]) || lane_is_busy(&s->lanes[LANE_SLOW]);
}

// Follows the log for the search by one step, and asks for the next; others write between
// them, and where somebody waits for an answer he has every other turn. What goes wrong
// is tried again when the data have changed. An import is one long write, for which the
// keeper's own thread need not wait.
static void follow_names(void *server)
{
    struct server *s = server;
    struct error e;
    double done = 0;
    int64_t begun = lane_now(), state;
    bool known = !server_state(s, &state, &e), over = true;
    gate_enter(&s->gate, true);
    if (known && !atomic_load(&s->stopping))
        over = search_follow(s->county, INDEX_STEP, &done, &e) || done >= 1;
    gate_leave(&s->gate, true);
    if (known && over)
        atomic_store(&s->indexed, state);
    if (!over && somebody_waits(s))
        usleep((useconds_t)(lane_now() - begun));
    if (over || !lane_submit(&s->lanes[LANE_WRITE], follow_names, s))
        atomic_store(&s->indexing, false);
}

static void begin_names(struct server *s, int64_t state)
{
    if (state == atomic_load(&s->indexed) || atomic_exchange(&s->indexing, true))
        return;
    if (!lane_submit(&s->lanes[LANE_WRITE], follow_names, s))
        atomic_store(&s->indexing, false); // the next tick tries again
}

// --- the rest

// Once a day, and soon after a start: letters whose time is over go, and uploads that
// nobody came back for.
static void sweep(struct server *s, int32_t *swept)
{
    struct error e;
    int64_t removed;
    int32_t today = date_today();
    if (*swept == today)
        return;
    gate_enter(&s->gate, false);
    enum err code = letter_sweep(s->county->store, today, &removed, &e);
    if (!code)
        code = imports_sweep(s->county, s->folder, date_now_ms(), &e);
    gate_leave(&s->gate, false);
    if (!code)
        *swept = today;
    else if (code != ERR_BUSY)
        log_error(LOG_ERROR, &e);
}

// Rows whose deadline has passed; those that are left over wait a minute. What goes wrong
// is tried again then.
static void meet_deadlines(struct server *s)
{
    struct error e = {0};
    size_t made = 0;
    gate_enter(&s->gate, false);
    if (workflow_overdue(s->county, date_today(), OVERDUE_STEP, &made, &e))
        log_line(LOG_ERROR, "deadlines: %s: %s", e.key ? e.key : "", e.text);
    gate_leave(&s->gate, false);
    if (made)
        atomic_store(&s->look_now, true);
}

// Memory of many connections that have gone is given back at once: a hash or an import
// may be the next to want some. It takes a moment in which nobody can have any, so it is
// not done without need.
static void trim(struct server *s, size_t *most)
{
    size_t n = visit_count(s);
    if (n + TRIM_FROM <= *most) {
        mem_trim();
        *most = n;
    } else if (n > *most) {
        *most = n;
    }
}

// Pages that wait are told how far the reading of a register is, and once that it is
// over.
static void tell_reading(struct server *s, bool *told)
{
    char text[80];
    const struct reg *r;
    gate_enter(&s->gate, false);
    int done = s->cube ? cube_reading(s->cube, &r) : -1;
    gate_leave(&s->gate, false);
    if (done < 0 && !*told)
        return;
    *told = done >= 0;
    int n = snprintf(text, sizeof text, "event: reading\ndata: {\"done\":%.3f}\n\n",
                     done < 0 ? 1 : done / 1000.0);
    event_tell(s, 0, (struct str){text, (size_t)n});
}

static void *keep(void *argument)
{
    struct server *s = argument;
    struct error e;
    int64_t told = 0, told_at = 0, state;
    int32_t swept = DATE_NONE;
    size_t most_visits = 0;
    bool told_reading = false;
    for (unsigned tick = 1; wait_a_tick(s); tick++) {
        state_settle(s, STATE_GLANCE);
        bool known = !server_state(s, &state, &e);
        int64_t now = lane_now();
        if (known && state != told && now - told_at >= TICK_MS * 1000) {
            told = state;
            told_at = now;
            event_tell_state(s, state);
        }
        if (known) {
            begin_names(s, state);
            warm_findings(s, state);
        }
        job_tell(s, event_tell);
        tell_reading(s, &told_reading);
        if (tick % PING_TICKS == 0)
            event_tell(s, 0, STR(": here\n\n"));
        visit_sweep(s);
        trim(s, &most_visits);
        if (tick == WARM_TICKS)
            warm_begin(s);
        if (tick % MINUTE_TICKS == 0) {
            job_forget_old(s);
            login_touch(s->login);
            sweep(s, &swept);
            meet_deadlines(s);
        }
    }
    return NULL;
}

enum err keeper_open(struct server *s, struct error *e)
{
    pthread_mutex_init(&s->keeper.lock, NULL);
    pthread_cond_init(&s->keeper.wake, NULL);
    int failed = pthread_create(&s->keeper.thread, NULL, keep, s);
    s->keeper.running = !failed;
    return failed ? error_errno(e, failed, NULL, "start a thread") : ERR_OK;
}

void keeper_close(struct server *s)
{
    if (!s->keeper.running)
        return;
    pthread_mutex_lock(&s->keeper.lock);
    s->keeper.stopping = true;
    pthread_cond_signal(&s->keeper.wake);
    pthread_mutex_unlock(&s->keeper.lock);
    pthread_join(s->keeper.thread, NULL);
    pthread_mutex_destroy(&s->keeper.lock);
    pthread_cond_destroy(&s->keeper.wake);
    s->keeper.running = false;
}
