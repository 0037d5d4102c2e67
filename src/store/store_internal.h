// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files of src/store share, and its tests may look at. Everything that knows
// SQLite's names stands behind this header; no other room includes it.
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "store/store.h"

enum {
    STORE_APPLICATION_ID = 0x48454E47, // "HENG"
    STORE_LAYOUT = 1,                  // user_version: the store's own tables
    STORE_PAGE_SIZE = 8192,
    STORE_BUSY_MS = 30000,
    STORE_IDLE_READERS = 16, // more than these are closed when given back
    // Those that are in use most keep more pages. Rows of one village lie on as many
    // pages, and lists of them would push out what all others ask for.
    STORE_LARGE_READERS = 4,
    STORE_LARGE_KIB = 16384, // of pages, at most
    STORE_SMALL_KIB = 4096,
    // The writer's, while it runs jobs: the inner pages of a large table's indexes during
    // an import, and what a large job has changed. Between jobs the latest will do.
    STORE_WRITER_KIB = 65536,
    STORE_WRITER_REST_KIB = 12288,
    STORE_CHECKPOINT_PAGES = 2000,
    STORE_CHECKPOINT_MOST = 16000, // pages of the log at which the writer waits for it
    STORE_REST_MS = 5000,          // without a job; then the caches are given back
    STORE_GROUP_JOBS = 512,        // the most jobs that share one commit
    STORE_SPARE_STATEMENTS = 16,   // composed ones that a connection keeps,
    STORE_SPARE_SQL = 16 << 10,    // if they are not longer than this
};

// Statements that only the store itself may run; see conn_control.
enum control {
    CONTROL_BEGIN_READ,
    CONTROL_LOOK, // takes the snapshot
    CONTROL_BEGIN_WRITE,
    CONTROL_SAVEPOINT,
    CONTROL_RELEASE,
    CONTROL_ROLLBACK_TO,
    CONTROL_COMMIT,
    CONTROL_ROLLBACK,
    CONTROL_DATA_VERSION,
    CONTROL_COUNT
};

struct stmt {
    sqlite3_stmt *handle;
    struct conn *conn;
    struct stmt *next; // of the same bucket, or of the spare ones
    uint64_t hash;
    char *name; // NULL: unnamed, owned by the caller
    int bind_fault, bind_at;
    bool running; // stepped and not reset
    bool reads;   // changes nothing
    int64_t changes;
};

struct conn {
    sqlite3 *db;
    struct store *store;
    struct conn *next; // in the pool
    bool large;        // one of STORE_LARGE_READERS
    bool inside;       // the store's own statement runs: transactions are allowed
    struct stmt **buckets;
    size_t bucket_count, named, unnamed;
    struct stmt *spare; // composed, given back; the latest first
    size_t spares;
    sqlite3_stmt *control[CONTROL_COUNT];
    int64_t data_version; // taken just before the snapshot
    int wal_pages;        // after the last commit; writer only
    store_job *last;      // wanted at the end of the group (store_at_end)
    void *last_argument;
};

struct request {
    store_job *job;
    void *argument;
    struct error *e;
    struct error spare; // when the caller passed none
    enum err result;
    bool done;
    pthread_cond_t finished;
    struct request *next;
};

struct store {
    char *path;      // as the caller named it; for messages
    char *full_path; // stays right when the process changes its folder
    _Atomic bool cancelled;
    enum store_mode mode;
    int busy_ms;

    pthread_mutex_t pool_lock; // guards these
    struct conn *idle;         // the large ones first
    size_t idle_count, large;  // large: how many there are, idle or not

    pthread_mutex_t look_lock; // guards look
    struct conn *look;         // never in a transaction: sees every commit

    struct conn *writer;        // used by the writer thread only, once it runs
    pthread_mutex_t queue_lock; // guards what follows
    pthread_cond_t queue_filled;
    struct request *first, **last;
    bool started, stopping;
    pthread_t thread;
    int64_t commits, jobs; // for tests

    // Pages of the log go back into the file beside the writing (writer.c).
    struct conn *checkpointer; // used by its thread only
    pthread_cond_t log_filled, log_emptied;
    bool emptying, empties; // wanted or under way; the thread runs
    pthread_t checkpoint_thread;
};

// --- fault.c: what a result code of SQLite means
// db may be NULL. `what` is the action ("read", "commit").
enum err store_fault(struct error *e, int rc, sqlite3 *db, const char *where,
                     const char *what);
enum err store_fault_conn(struct error *e, int rc, struct conn *c, const char *what);

// --- store.c
enum conn_role { CONN_READ, CONN_WRITE };
enum err conn_open(struct store *s, enum conn_role role, struct conn **out,
                   struct error *e) WARN_UNUSED;
void conn_close(struct conn *c); // NULL is fine
// From now on at most so many KiB of pages; the latest stay.
int conn_keep_pages(struct conn *c, int kib) WARN_UNUSED;
int conn_control(struct conn *c, enum control which) WARN_UNUSED;
// Every cached statement that still runs is reset; no unnamed one may be left (asserted).
void conn_settle(struct conn *c);
// The look connection's data_version; every conn of the store speaks of the same counter.
enum err store_look(struct store *s, int64_t *out, struct error *e) WARN_UNUSED;
// ERR_OK when path is a file that could be a store: there, regular, not empty.
enum err store_path_check(const char *path, struct error *e) WARN_UNUSED;
// ERR_OK when db carries Heng's mark and a layout known here.
enum err store_identity_check(sqlite3 *db, const char *path, struct error *e) WARN_UNUSED;

// --- writer.c
void writer_stop(struct store *s); // runs what is queued, then joins the thread

// ERR_BUSY: the work is broken off.
enum err store_cancelled(struct store *s, struct error *e) WARN_UNUSED;

// --- stmt.c
void conn_statements_free(struct conn *c);

// --- schema.c
enum err store_layout_create(sqlite3 *db, const char *where, struct error *e) WARN_UNUSED;

// --- backup.c
// An empty file of its own name beside path, mode 0600; the name is written to temporary.
enum err store_temporary(const char *path, const char *suffix, char *temporary,
                         size_t size, struct error *e) WARN_UNUSED;
// fsync the file, then rename it to a name that must be free (ERR_CONFLICT), then fsync
// the folder.
enum err store_publish(const char *temporary, const char *to,
                       struct error *e) WARN_UNUSED;
enum err store_integrity(sqlite3 *db, const char *where, struct error *e) WARN_UNUSED;

#endif
