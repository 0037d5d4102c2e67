// SPDX-License-Identifier: AGPL-3.0-or-later
// Registers that indicators count over are read into the cube soon after the start, in
// the order of the pack, so that the first to ask need not wait for them. And what the
// checks found is worked out anew when the data have changed (an import has ended).
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "pack/pack.h"
#include "serve/server_private.h"
#include "study/findings.h"

// Beside 10,000 connections, their answers and the hashing of a password there are 400 MB
// for everything. What is read without having been asked for takes no more of it than is
// left.
enum { MEMORY_BAR = 400 << 20, FOR_OTHERS = 256 << 20 };

// Those who ask go before what nobody asked for; a third of a share is left to it, since
// who asks for a register that is being read waits for it.
enum { NICE = 5 };

static void mark(const struct pack *p, const struct expr *x, bool *used)
{
    for (size_t i = 0; x && i < expr_aggregates(x); i++)
        used[expr_aggregate(x, i)->reg - p->registers] = true;
}

// Bytes that the system can give without taking them from anyone; 0: it does not say.
static int64_t available(void)
{
    char line[100];
    int64_t kilobytes = 0;
    FILE *f = fopen("/proc/meminfo", "r");
    while (f && fgets(line, sizeof line, f)) {
        struct str rest = str_of(line), head;
        if (!str_starts(rest, STR("MemAvailable:")))
            continue;
        rest = str_trim((struct str){rest.p + 13, rest.n - 13});
        if (!str_split(rest, ' ', &head, &rest) || !str_to_int(head, &kilobytes))
            kilobytes = 0;
        break;
    }
    if (f)
        fclose(f);
    return kilobytes * 1024;
}

// Not where it would crowd out others: twice what the columns could take must be free.
static bool has_room(const struct server *s, size_t bytes)
{
    size_t held = cube_bytes(s->cube), whole;
    int64_t free_bytes = available();
    return size_add(held, bytes, &whole) && whole <= MEMORY_BAR - FOR_OTHERS &&
           free_bytes > 0 && bytes < (size_t)free_bytes / 2;
}

static enum err read_ahead(struct server *s, const struct reg *r, struct error *e)
{
    size_t bytes;
    struct cube_view view;
    enum err code = cube_estimate(s->cube, r, &bytes, e);
    if (code || !has_room(s, bytes))
        return code;
    code = cube_view_begin(s->cube, r, &view, e);
    if (!code)
        cube_view_end(s->cube, r);
    return code;
}

static void *read_used(void *server)
{
    struct server *s = server;
    struct error e = {0};
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    gate_enter(&s->gate, true);
    const struct pack *p = s->county->pack;
    bool *used = mem_alloc(p->n_registers + 1, sizeof *used);
    for (size_t i = 0; used && i < p->n_indicators; i++) {
        mark(p, p->indicators[i].numerator, used);
        mark(p, p->indicators[i].denominator, used);
    }
    enum err code = ERR_OK;
    for (size_t i = 0; used && s->cube && !code && i < p->n_registers; i++)
        if (used[i] && !atomic_load(&s->stopping))
            code = read_ahead(s, &p->registers[i], &e);
    gate_leave(&s->gate, true);
    mem_free(used);
    if (code) // whoever asks first is told
        log_error(LOG_WARN, &e);
    return NULL;
}

// On a thread of its own, for who has stepped back may not step forward again.
static void warm(void *server)
{
    pthread_t thread;
    int failed = pthread_create(&thread, NULL, read_used, server);
    if (!failed)
        failed = pthread_join(thread, NULL);
    if (failed)
        log_line(LOG_INFO, "no thread to read registers ahead");
}

void warm_begin(struct server *s)
{
    if (!lane_submit(&s->lanes[LANE_SLOW], warm, s))
        log_line(LOG_INFO, "too busy to read registers ahead");
}

// --- findings

enum { TIMES_ITS_COST = 20 };

// One question of those who asked lately; the gate is left between two, for places and
// pack may have to be read.
static bool renew_one(struct server *s)
{
    struct error e = {0};
    int64_t state;
    bool more = false;
    enum err code = server_state(s, &state, &e);
    gate_enter(&s->gate, true);
    struct measure m = {.county = s->county, .cube = s->cube, .today = date_today()};
    if (!code && s->cube)
        code = findings_renew(s->findings, &m, state, &more, &e);
    gate_leave(&s->gate, true);
    if (code) // whoever asks is told
        log_error(LOG_WARN, &e);
    return more && !atomic_load(&s->stopping);
}

static void renew(void *server)
{
    struct server *s = server;
    int64_t begun = lane_now();
    while (renew_one(s)) {
    }
    int64_t now = lane_now();
    atomic_store(&s->renew_after, now + TIMES_ITS_COST * (now - begun));
    atomic_store(&s->renewing, false);
}

void warm_findings(struct server *s, int64_t state)
{
    if (atomic_load(&s->renewing) || lane_now() < atomic_load(&s->renew_after) ||
        !findings_are_old(s->findings, state))
        return;
    atomic_store(&s->renewing, true);
    if (!lane_submit(&s->lanes[LANE_SLOW], renew, s))
        atomic_store(&s->renewing, false); // the next tick tries again
}
