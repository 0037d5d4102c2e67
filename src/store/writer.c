// SPDX-License-Identifier: AGPL-3.0-or-later
// The one writer. Jobs that wait together share one transaction; each runs in a savepoint
// of it, so that one that fails is undone alone. Callers hear yes only after COMMIT has
// reached the disk.
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "store/store_internal.h"

static enum err fail_group(struct request *first, struct request *stop,
                           const struct error *cause)
{
    // A job that failed by itself keeps its own error.
    for (struct request *r = first; r != stop; r = r->next)
        if (r->result == ERR_OK) {
            r->result = cause->code;
            *r->e = *cause;
        }
    return cause->code;
}

// Deferred foreign keys are only checked at COMMIT, where they would take the whole group
// down; asking after each job finds the one at fault.
static bool foreign_keys_hold(struct conn *c)
{
    int open = 0, highest = 0;
    sqlite3_db_status(c->db, SQLITE_DBSTATUS_DEFERRED_FKS, &open, &highest, 0);
    return open == 0;
}

// False when SQLite has rolled back the whole transaction (disk full, I/O): nothing of
// the group is left, r->e tells why.
static bool run_one(struct conn *c, struct request *r)
{
    int rc = conn_control(c, CONTROL_SAVEPOINT);
    if (rc != SQLITE_OK) {
        r->result = store_fault_conn(r->e, rc, c, "begin the job");
        return !sqlite3_get_autocommit(c->db);
    }
    r->result = r->job(c, r->argument, r->e);
    conn_settle(c);
    if (sqlite3_get_autocommit(c->db)) {
        if (r->result == ERR_OK) // the job has passed over an error
            r->result = error_set(r->e, ERR_IO, "store.rolled_back", c->store->path,
                                  "the job met an error of the disk and was undone");
        return false;
    }
    if (r->result == ERR_OK && !foreign_keys_hold(c))
        r->result = error_set(r->e, ERR_CONFLICT, "store.foreign_key", c->store->path,
                              "a row points to another row that does not exist");
    if (r->result != ERR_OK) {
        rc = conn_control(c, CONTROL_ROLLBACK_TO);
        if (rc != SQLITE_OK) // cannot be undone alone, so nothing of the group may stay
            return false;
    }
    rc = conn_control(c, CONTROL_RELEASE);
    if (rc != SQLITE_OK) {
        if (r->result == ERR_OK)
            r->result = store_fault_conn(r->e, rc, c, "finish the job");
        return false;
    }
    return true;
}

// The inner of two savepoints of one name is the one that is meant.
enum err store_part(struct conn *c, store_job *part, void *argument, struct error *e)
{
    int rc = conn_control(c, CONTROL_SAVEPOINT);
    if (rc != SQLITE_OK)
        return store_fault_conn(e, rc, c, "begin a part of the job");
    enum err code = part(c, argument, e);
    if (sqlite3_get_autocommit(c->db)) // SQLite has rolled back everything: run_one tells
        return code ? code
                    : error_set(e, ERR_IO, "store.rolled_back", c->store->path,
                                "the job met an error of the disk and was undone");
    if (code)
        rc = conn_control(c, CONTROL_ROLLBACK_TO);
    if (rc == SQLITE_OK)
        rc = conn_control(c, CONTROL_RELEASE);
    return code || rc == SQLITE_OK
               ? code
               : store_fault_conn(e, rc, c, "finish a part of the job");
}

void store_at_end(struct conn *c, store_job *last, void *argument)
{
    assert(c == c->store->writer);
    assert(!c->last || (c->last == last && c->last_argument == argument));
    c->last = last;
    c->last_argument = argument;
}

// False as run_one's.
static bool run_last(struct conn *c, struct error *cause)
{
    struct request r = {.job = c->last, .argument = c->last_argument, .e = cause};
    c->last = NULL;
    return !r.job || run_one(c, &r);
}

static void roll_back(struct conn *c)
{
    if (!sqlite3_get_autocommit(c->db) &&
        conn_control(c, CONTROL_ROLLBACK) != SQLITE_OK) {
        // SQLite rolls back by itself whatever made ROLLBACK fail; nothing to add.
    }
}

// Runs requests from first on in one transaction; returns the first it did not come to.
static struct request *run_group(struct store *s, struct request *first)
{
    struct conn *c = s->writer;
    struct error cause;
    enum err code = store_look(s, &c->data_version, &cause);
    if (!code) {
        int rc = conn_control(c, CONTROL_BEGIN_WRITE);
        if (rc != SQLITE_OK)
            code = store_fault_conn(&cause, rc, c, "begin to write");
    }
    if (code) {
        fail_group(first, NULL, &cause);
        return NULL;
    }
    bool kept = false; // something to commit
    c->last = NULL;
    struct request *r = first;
    for (; r; r = r->next) {
        if (!run_one(c, r)) {
            roll_back(c);
            fail_group(first, r, r->e);
            return r->next;
        }
        kept = kept || r->result == ERR_OK;
    }
    if (!kept) {
        roll_back(c);
        return NULL;
    }
    if (!run_last(c, &cause)) {
        roll_back(c);
        fail_group(first, NULL, &cause);
        return NULL;
    }
    int rc = conn_control(c, CONTROL_COMMIT);
    if (rc != SQLITE_OK) {
        store_fault_conn(&cause, rc, c, "commit");
        roll_back(c);
        fail_group(first, NULL, &cause);
        return NULL;
    }
    pthread_mutex_lock(&s->queue_lock);
    s->commits++;
    pthread_mutex_unlock(&s->queue_lock);
    return NULL;
}

static struct request *take_group(struct store *s)
{
    struct request *first = s->first, *r = first;
    for (int n = 1; r->next && n < STORE_GROUP_JOBS; n++)
        r = r->next;
    s->first = r->next;
    if (!s->first)
        s->last = &s->first;
    r->next = NULL;
    return first;
}

static void empty_log(struct conn *c)
{
    sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

// Brings the log back into the file while the writer goes on: on a slow disk that takes a
// second or more, and nobody who saves should wait for it.
static void *checkpoint_run(void *argument)
{
    struct store *s = argument;
    pthread_mutex_lock(&s->queue_lock);
    for (;;) {
        while (!s->emptying && !s->stopping)
            pthread_cond_wait(&s->log_filled, &s->queue_lock);
        if (s->stopping)
            break;
        pthread_mutex_unlock(&s->queue_lock);
        empty_log(s->checkpointer);
        pthread_mutex_lock(&s->queue_lock);
        s->emptying = false;
        pthread_cond_signal(&s->log_emptied);
    }
    s->emptying = false;
    pthread_cond_signal(&s->log_emptied);
    pthread_mutex_unlock(&s->queue_lock);
    return NULL;
}

// By the writer, with the queue locked, after its callers were told. A log begins anew
// only when all of it is in the file and nobody writes, so one that has grown long all
// the same is emptied by the writer itself. *done: pages that were there the last time.
static void care_for_log(struct store *s, int *done)
{
    int pages = s->writer->wal_pages;
    if (pages < *done)
        *done = 0;
    if (pages - *done < STORE_CHECKPOINT_PAGES || s->stopping)
        return;
    *done = pages;
    if (!s->checkpointer && conn_open(s, CONN_WRITE, &s->checkpointer, NULL))
        s->checkpointer = NULL; // then the writer does it
    if (s->checkpointer && !s->empties)
        s->empties = !pthread_create(&s->checkpoint_thread, NULL, checkpoint_run, s);
    if (s->empties && pages < STORE_CHECKPOINT_MOST) {
        s->emptying = true;
        pthread_cond_signal(&s->log_filled);
        return;
    }
    while (s->emptying)
        pthread_cond_wait(&s->log_emptied, &s->queue_lock);
    pthread_mutex_unlock(&s->queue_lock);
    empty_log(s->writer);
    pthread_mutex_lock(&s->queue_lock);
}

// After a job that took many pages the next ones need few of them, and others may want
// the memory at the same time. Twice what is kept may gather, so that this is seldom.
static void keep_few_pages(struct conn *c)
{
    int used = 0, highest;
    sqlite3_db_status(c->db, SQLITE_DBSTATUS_CACHE_USED, &used, &highest, 0);
    if (used / 1024 <= 2 * STORE_WRITER_REST_KIB)
        return;
    if (conn_keep_pages(c, STORE_WRITER_REST_KIB) != SQLITE_OK ||
        conn_keep_pages(c, STORE_WRITER_KIB) != SQLITE_OK) {
        // Tried again after the next job.
    }
}

// Nobody has written for a while. The pages that the writer and idle readers keep are
// read again sooner than others miss the memory: up to 24 MiB, and 4 or 8 MiB of each
// reader. They are small blocks between others: only a trim hands them to the system.
static void rest(struct store *s)
{
    sqlite3_db_release_memory(s->writer->db);
    pthread_mutex_lock(&s->pool_lock);
    for (struct conn *c = s->idle; c; c = c->next)
        sqlite3_db_release_memory(c->db);
    pthread_mutex_unlock(&s->pool_lock);
    mem_trim();
}

// With the queue locked: false when nothing came in time.
static bool wait_for_job(struct store *s, bool rested)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += STORE_REST_MS / 1000;
    int rc = 0;
    while (!s->first && !s->stopping && rc != ETIMEDOUT)
        rc = rested ? pthread_cond_wait(&s->queue_filled, &s->queue_lock)
                    : pthread_cond_timedwait(&s->queue_filled, &s->queue_lock, &until);
    return s->first || s->stopping;
}

static void *writer_run(void *argument)
{
    struct store *s = argument;
    int done = 0;
    pthread_mutex_lock(&s->queue_lock);
    for (bool rested = false;; rested = false) {
        while (!wait_for_job(s, rested)) {
            pthread_mutex_unlock(&s->queue_lock);
            rest(s);
            pthread_mutex_lock(&s->queue_lock);
            rested = true;
        }
        if (!s->first)
            break;
        struct request *first = take_group(s);
        pthread_mutex_unlock(&s->queue_lock);
        for (struct request *r = first; r;)
            r = run_group(s, r);
        pthread_mutex_lock(&s->queue_lock);
        for (struct request *r = first, *next; r; r = next) {
            next = r->next; // r is gone once its caller wakes
            r->done = true;
            s->jobs++;
            pthread_cond_signal(&r->finished);
        }
        care_for_log(s, &done);
        pthread_mutex_unlock(&s->queue_lock);
        keep_few_pages(s->writer);
        pthread_mutex_lock(&s->queue_lock);
    }
    pthread_mutex_unlock(&s->queue_lock);
    return NULL;
}

enum err store_write(struct store *s, store_job *job, void *argument, struct error *e)
{
    if (s->mode == STORE_READ) {
        error_set(e, ERR_FORBIDDEN, "store.read_only", s->path,
                  "the file was opened for reading only");
        error_cure(e, "open it for writing");
        return ERR_FORBIDDEN;
    }
    struct request r = {.job = job, .argument = argument};
    r.e = e ? e : &r.spare;
    if (pthread_cond_init(&r.finished, NULL))
        return error_memory(e);
    pthread_mutex_lock(&s->queue_lock);
    assert(!s->stopping);
    assert(!s->started || !pthread_equal(pthread_self(), s->thread));
    if (!s->started) {
        int failed = pthread_create(&s->thread, NULL, writer_run, s);
        if (failed) {
            pthread_mutex_unlock(&s->queue_lock);
            pthread_cond_destroy(&r.finished);
            return error_errno(e, failed, s->path, "start the writer thread");
        }
        s->started = true;
    }
    *s->last = &r;
    s->last = &r.next;
    pthread_cond_signal(&s->queue_filled);
    while (!r.done)
        pthread_cond_wait(&r.finished, &s->queue_lock);
    pthread_mutex_unlock(&s->queue_lock);
    pthread_cond_destroy(&r.finished);
    return r.result;
}

void writer_stop(struct store *s)
{
    pthread_mutex_lock(&s->queue_lock);
    s->stopping = true;
    bool started = s->started;
    pthread_cond_signal(&s->queue_filled);
    pthread_cond_signal(&s->log_filled);
    pthread_mutex_unlock(&s->queue_lock);
    if (started)
        pthread_join(s->thread, NULL);
    if (s->empties)
        pthread_join(s->checkpoint_thread, NULL);
    conn_close(s->checkpointer);
    s->checkpointer = NULL;
}
