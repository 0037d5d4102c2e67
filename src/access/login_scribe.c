// SPDX-License-Identifier: AGPL-3.0-or-later
// What is written about callers while they are answered: their log-ins, when they were
// seen, and whose rows they looked at. A thread of its own waits for the writer, so that
// nobody who logs in or only reads waits behind an import.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "access/access_private.h"
#include "base/log.h"

enum { DAY_MS = 24 * 3600 * 1000, AGAIN_SECONDS = 5 };

struct note {
    int64_t who, row, at;
    char reg[LOGIN_REGISTER_SIZE];
};

struct touch {
    int64_t id, seen_at, user;
    bool token;
};

// What is taken to be written in one job.
struct work {
    struct note notes[LOGIN_MAX_NOTES];
    struct touch touches[LOGIN_MAX_CALLERS];
    size_t n_notes, n_touches;
    bool pending;
    int64_t deeds; // so many
    struct login *l;
};

struct scribe {
    pthread_t thread;
    pthread_cond_t wake, settled; // with the login's lock
    bool running, stopping, busy;
    bool touch;          // write who was seen,
    int64_t touch_older; // where the kept time is this much behind
    bool pending;        // write what login_pending.c holds,
    int64_t deeds;       // so many, so that a look at a row is not put behind later ones
    struct note notes[LOGIN_MAX_NOTES];
    size_t n_notes;
    uint64_t recent[LOGIN_RECENT_READS]; // hashes of what was noted
    struct work work;                    // the thread's own
};

// --- the thread

static enum err touch_one(struct conn *c, const struct touch *t, struct error *e)
{
    const int64_t values[] = {t->seen_at, t->id}, person[] = {t->seen_at, t->user};
    enum err code =
        t->token ? account_run(c, "login.touch_token",
                               "UPDATE heng_tokens SET used_at = ?1 WHERE id = ?2",
                               values, 2, e)
                 : account_run(c, "login.touch_session",
                               "UPDATE heng_sessions SET seen_at = ?1 WHERE id = ?2",
                               values, 2, e);
    return code ? code
                : account_run(c, "login.touch_person",
                              "UPDATE heng_accounts SET seen_at = max(seen_at, ?1)"
                              " WHERE user = ?2",
                              person, 2, e);
}

static enum err write_job(struct conn *c, void *argument, struct error *e)
{
    const struct work *w = argument;
    enum err code = ERR_OK;
    bool is_new;
    login_pending_begin(w->l);
    for (size_t i = 0; !code && i < w->n_notes; i++) {
        code = login_pending_write(w->l, c, w->deeds, w->notes[i].at, e);
        if (!code)
            code = audit_append_read(c, w->notes[i].who, str_of(w->notes[i].reg),
                                     w->notes[i].row, w->notes[i].at, &is_new, e);
    }
    if (!code)
        code = login_pending_write(w->l, c, w->deeds, INT64_MAX, e);
    if (!code)
        code = login_pending_write_failures(w->l, c, e);
    for (size_t i = 0; !code && i < w->n_touches; i++)
        code = touch_one(c, &w->touches[i], e);
    return code;
}

// With the lock: moves what is to be written into the thread's own room.
static void take(struct login *l, struct scribe *s)
{
    struct work *w = &s->work;
    memcpy(w->notes, s->notes, s->n_notes * sizeof *w->notes);
    w->n_notes = s->n_notes;
    s->n_notes = w->n_touches = 0;
    for (size_t i = 0; s->touch && i < LOGIN_BUCKETS; i++)
        for (struct caller *x = l->buckets[i]; x; x = x->next) {
            if (x->seen_at - x->kept_seen_at < s->touch_older)
                continue;
            x->kept_seen_at = x->seen_at;
            w->touches[w->n_touches++] =
                (struct touch){.id = x->who.token ? x->who.token : x->who.session,
                               .seen_at = x->seen_at,
                               .user = x->who.user,
                               .token = x->who.token != 0};
        }
    w->pending = s->pending;
    w->deeds = s->deeds;
    s->touch = s->pending = false;
}

// With the lock, which is let go meanwhile. What cannot be written is tried again until
// the end; meanwhile new notes are kept, up to their bound.
static void write_down(struct login *l, struct scribe *s)
{
    struct error e;
    enum err code = ERR_OK;
    take(l, s);
    s->busy = true;
    do {
        if (code) {
            struct timespec until;
            clock_gettime(CLOCK_REALTIME, &until);
            until.tv_sec += AGAIN_SECONDS;
            while (!s->stopping &&
                   pthread_cond_timedwait(&s->wake, &l->lock, &until) != ETIMEDOUT)
                continue;
        }
        bool last = s->stopping;
        pthread_mutex_unlock(&l->lock);
        code = s->work.pending || s->work.n_notes + s->work.n_touches
                   ? store_write(l->store, write_job, &s->work, &e)
                   : ERR_OK;
        login_pending_written(l, !code);
        if (code)
            log_error(LOG_ERROR, &e);
        pthread_mutex_lock(&l->lock);
        if (last)
            break;
    } while (code);
    s->busy = false;
    pthread_cond_broadcast(&s->settled);
}

static void *scribe_run(void *argument)
{
    struct login *l = argument;
    struct scribe *s = l->scribe;
    pthread_mutex_lock(&l->lock);
    for (;;) {
        while (!s->n_notes && !s->touch && !s->pending && !s->stopping)
            pthread_cond_wait(&s->wake, &l->lock);
        if (!s->n_notes && !s->touch && !s->pending)
            break;
        write_down(l, s);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

enum err login_scribe_open(struct login *l, struct error *e)
{
    struct scribe *s = mem_alloc(1, sizeof *s);
    if (!s)
        return error_memory(e);
    l->scribe = s;
    s->work.l = l;
    pthread_cond_init(&s->wake, NULL);
    pthread_cond_init(&s->settled, NULL);
    int failed = pthread_create(&s->thread, NULL, scribe_run, l);
    s->running = !failed;
    return failed ? error_errno(e, failed, NULL, "start a thread") : ERR_OK;
}

void login_scribe_close(struct login *l)
{
    struct scribe *s = l->scribe;
    if (!s)
        return;
    pthread_mutex_lock(&l->lock);
    s->touch = true;
    s->touch_older = 1;
    s->stopping = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&l->lock);
    if (s->running)
        pthread_join(s->thread, NULL);
    pthread_cond_destroy(&s->wake);
    pthread_cond_destroy(&s->settled);
    mem_free(s);
    l->scribe = NULL;
}

// --- what it is told

void login_touch(struct login *l)
{
    struct scribe *s = l->scribe;
    pthread_mutex_lock(&l->lock);
    s->touch = true;
    s->touch_older = LOGIN_TOUCH_MS;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&l->lock);
}

void login_scribe_wake(struct login *l, int64_t deeds)
{
    struct scribe *s = l->scribe;
    pthread_mutex_lock(&l->lock);
    s->pending = true;
    s->deeds = deeds > s->deeds ? deeds : s->deeds;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&l->lock);
}

void login_settle(struct login *l)
{
    struct scribe *s = l->scribe;
    pthread_mutex_lock(&l->lock);
    while (s->busy || s->n_notes || s->touch || s->pending)
        pthread_cond_wait(&s->settled, &l->lock);
    pthread_mutex_unlock(&l->lock);
}

enum err login_note_read(struct login *l, const struct access *who, const struct reg *r,
                         int64_t row, int64_t now, struct error *e)
{
    struct scribe *s = l->scribe;
    const int64_t parts[] = {who->user, row, now / DAY_MS};
    uint64_t h =
        str_hash((struct str){(const char *)parts, sizeof parts}, str_hash(r->name, 1));
    uint64_t *place = &s->recent[h % LOGIN_RECENT_READS];
    enum err code = ERR_OK;
    pthread_mutex_lock(&l->lock);
    if (*place != h && s->n_notes == LOGIN_MAX_NOTES) {
        code = error_set(e, ERR_BUSY, "login.notes", NULL,
                         "too much waits for being written in the audit log");
        error_cure(e, "try again in a moment");
    } else if (*place != h) {
        struct note *n = &s->notes[s->n_notes++];
        *n = (struct note){.who = who->user, .row = row, .at = now};
        snprintf(n->reg, sizeof n->reg, STR_FMT, STR_ARG(r->name));
        *place = h;
        pthread_cond_signal(&s->wake);
    }
    pthread_mutex_unlock(&l->lock);
    return code;
}
