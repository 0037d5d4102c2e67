// SPDX-License-Identifier: AGPL-3.0-or-later
// Opening and closing, the settings of a connection, and the pool of readers.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store_internal.h"

static const char *const control_sql[CONTROL_COUNT] = {
    [CONTROL_BEGIN_READ] = "BEGIN",
    [CONTROL_LOOK] = "SELECT 1 FROM sqlite_schema LIMIT 1",
    [CONTROL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [CONTROL_SAVEPOINT] = "SAVEPOINT job",
    [CONTROL_RELEASE] = "RELEASE job",
    [CONTROL_ROLLBACK_TO] = "ROLLBACK TO job",
    [CONTROL_COMMIT] = "COMMIT",
    [CONTROL_ROLLBACK] = "ROLLBACK",
    [CONTROL_DATA_VERSION] = "PRAGMA data_version",
};

// For every connection. Temporary tables and sorts stay in the page cache and go to an
// unlinked file when they outgrow it, so memory has a bound.
static const char shared_settings[] = "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;"
                                      "PRAGMA temp_store=FILE; PRAGMA secure_delete=OFF;";
static const char writer_settings[] = "PRAGMA synchronous=FULL;"
                                      "PRAGMA journal_size_limit=67108864;";
static const char reader_settings[] = "PRAGMA query_only=ON;";

enum { STEPS_BETWEEN_LOOKS = 20000 }; // of SQLite's machine; about a millisecond

int conn_control(struct conn *c, enum control which)
{
    bool was_inside = c->inside;
    c->inside = true;
    sqlite3_stmt **handle = &c->control[which];
    int rc = SQLITE_OK;
    if (!*handle)
        rc = sqlite3_prepare_v3(c->db, control_sql[which], -1, SQLITE_PREPARE_PERSISTENT,
                                handle, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(*handle);
        if (rc == SQLITE_ROW && which == CONTROL_DATA_VERSION)
            c->data_version = sqlite3_column_int64(*handle, 0);
        if (rc == SQLITE_ROW || rc == SQLITE_DONE)
            rc = sqlite3_reset(*handle);
        else
            sqlite3_reset(*handle);
    }
    c->inside = was_inside;
    return rc;
}

// Jobs and readers may not begin or end transactions, nor reach other files.
static int authorize(void *argument, int action, const char *a, const char *b,
                     const char *c, const char *d)
{
    (void)a, (void)b, (void)c, (void)d;
    const struct conn *conn = argument;
    if (!conn->inside && (action == SQLITE_TRANSACTION || action == SQLITE_SAVEPOINT ||
                          action == SQLITE_ATTACH || action == SQLITE_DETACH))
        return SQLITE_DENY;
    return SQLITE_OK;
}

// Asked by SQLite now and then while a statement runs; the store's own (ROLLBACK) are
// let be.
static int is_cancelled(void *argument)
{
    const struct conn *c = argument;
    return !c->inside && atomic_load(&c->store->cancelled);
}

enum err store_cancelled(struct store *s, struct error *e)
{
    if (!atomic_load(&s->cancelled))
        return ERR_OK;
    error_set(e, ERR_BUSY, "store.cancelled", s->path,
              "the work was broken off, and nothing of it is kept");
    return error_cure(e, "begin it anew");
}

void store_cancel(struct store *s, bool on)
{
    atomic_store(&s->cancelled, on);
}

static int count_wal_pages(void *argument, sqlite3 *db, const char *name, int pages)
{
    (void)db, (void)name;
    ((struct conn *)argument)->wal_pages = pages;
    return SQLITE_OK;
}

static int harden(sqlite3 *db)
{
    static const struct {
        int option, on;
    } options[] = {
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1}, {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_DEFENSIVE, 1},   {SQLITE_DBCONFIG_DQS_DML, 0},
        {SQLITE_DBCONFIG_DQS_DDL, 0},     {SQLITE_DBCONFIG_ENABLE_TRIGGER, 1},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 1}, {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        int rc = sqlite3_db_config(db, options[i].option, options[i].on, NULL);
        if (rc != SQLITE_OK)
            return rc;
    }
    return SQLITE_OK;
}

// A backup is kept in the one-file form; the first opening for writing turns it to WAL.
static enum err use_wal(struct conn *c, struct error *e)
{
    sqlite3_stmt *handle = NULL;
    int rc = sqlite3_prepare_v2(c->db, "PRAGMA journal_mode=WAL", -1, &handle, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(handle);
    enum err code = ERR_OK;
    if (rc != SQLITE_ROW) {
        code = store_fault_conn(e, rc, c, "open the write-ahead log");
    } else if (sqlite3_stricmp((const char *)sqlite3_column_text(handle, 0), "wal")) {
        code = error_set(e, ERR_IO, "store.no_wal", c->store->path,
                         "this file system cannot keep a write-ahead log");
        error_cure(e, "move the file to a local disk (network folders cannot be used)");
    }
    sqlite3_finalize(handle);
    return code;
}

int conn_keep_pages(struct conn *c, int kib)
{
    char sql[48];
    snprintf(sql, sizeof sql, "PRAGMA cache_size=-%d", kib);
    return sqlite3_exec(c->db, sql, NULL, NULL, NULL);
}

static enum err settings(struct conn *c, enum conn_role role, struct error *e)
{
    sqlite3_extended_result_codes(c->db, 1);
    sqlite3_busy_timeout(c->db, c->store->busy_ms);
    int rc = harden(c->db);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(c->db, shared_settings, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(c->db, role == CONN_WRITE ? writer_settings : reader_settings,
                          NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = conn_keep_pages(c, role == CONN_WRITE ? STORE_WRITER_KIB : STORE_SMALL_KIB);
    if (rc != SQLITE_OK)
        return store_fault_conn(e, rc, c, "open the file");
    enum err code = store_identity_check(c->db, c->store->path, e);
    if (code || role != CONN_WRITE)
        return code;
    // SQLite opens what it may not write for reading, and says so only here.
    if (sqlite3_db_readonly(c->db, "main"))
        return store_fault_conn(e, SQLITE_READONLY, c, "open the file for writing");
    sqlite3_wal_hook(c->db, count_wal_pages, c);
    return use_wal(c, e);
}

enum err conn_open(struct store *s, enum conn_role role, struct conn **out,
                   struct error *e)
{
    *out = NULL;
    struct conn *c = mem_alloc(1, sizeof *c);
    if (!c)
        return error_memory(e);
    c->store = s;
    // Readers too are opened for writing where the system allows it (query_only keeps
    // them from it): only so does the last one to close take the log into the file and
    // leave one file behind.
    int rc = sqlite3_open_v2(s->full_path, &c->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    enum err code = rc == SQLITE_OK ? settings(c, role, e)
                                    : store_fault(e, rc, c->db, s->path, "open the file");
    if (code) {
        conn_close(c);
        return code;
    }
    sqlite3_set_authorizer(c->db, authorize, c);
    sqlite3_progress_handler(c->db, STEPS_BETWEEN_LOOKS, is_cancelled, c);
    *out = c;
    return ERR_OK;
}

void conn_close(struct conn *c)
{
    if (!c)
        return;
    conn_statements_free(c);
    for (int i = 0; i < CONTROL_COUNT; i++)
        sqlite3_finalize(c->control[i]);
    sqlite3_close_v2(c->db);
    mem_free(c);
}

// --- the file

enum err store_path_check(const char *path, struct error *e)
{
    struct stat status;
    if (stat(path, &status)) {
        enum err code = error_errno(e, errno, path, "open the file");
        if (code == ERR_NOT_FOUND)
            error_cure(e, "check the name, or create the file first");
        else
            error_cure(e, "check the name and who may read this folder");
        return code;
    }
    if (S_ISDIR(status.st_mode)) {
        error_set(e, ERR_INPUT, "store.folder", path,
                  "this is a folder, not a Heng file");
        return error_cure(e, "name the file in it"), ERR_INPUT;
    }
    if (!S_ISREG(status.st_mode)) {
        error_set(e, ERR_INPUT, "store.not_file", path,
                  "this is a device, socket or pipe, not a Heng file");
        return error_cure(e, "name a file on a disk"), ERR_INPUT;
    }
    if (status.st_size == 0) {
        error_set(e, ERR_INPUT, "store.empty", path, "the file is empty");
        error_cure(e, "delete it and create it anew, or restore a backup");
        return ERR_INPUT;
    }
    return ERR_OK;
}

static int pragma_int(sqlite3 *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *handle = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &handle, NULL);
    if (rc != SQLITE_OK)
        return rc;
    rc = sqlite3_step(handle);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(handle, 0);
    sqlite3_finalize(handle);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

enum err store_identity_check(sqlite3 *db, const char *path, struct error *e)
{
    int64_t mark = 0, layout = 0;
    int rc = pragma_int(db, "PRAGMA application_id", &mark);
    if (rc == SQLITE_OK)
        rc = pragma_int(db, "PRAGMA user_version", &layout);
    if (rc != SQLITE_OK)
        return store_fault(e, rc, db, path, "open the file");
    if (mark != STORE_APPLICATION_ID) {
        error_set(e, ERR_INPUT, "store.not_heng", path,
                  "this is an SQLite file, but not made by Heng (mark %08llx, expected "
                  "%08x)",
                  (unsigned long long)mark & 0xffffffffU, STORE_APPLICATION_ID);
        error_cure(e, "check the name; data of another program is imported, not opened");
        return ERR_INPUT;
    }
    if (layout > STORE_LAYOUT || layout < 1) {
        error_set(e, ERR_INPUT, "store.newer", path,
                  "the file has layout %lld; this Heng knows layouts 1 to %d",
                  (long long)layout, STORE_LAYOUT);
        error_cure(e, "use the newer Heng that made the file");
        return ERR_INPUT;
    }
    return ERR_OK;
}

// Made whole under a temporary name, so that no half-made file ever bears the name.
static enum err create_file(const char *path, struct error *e)
{
    struct stat status;
    if (!lstat(path, &status)) {
        error_set(e, ERR_CONFLICT, "store.exists", path, "the file is there already");
        return error_cure(e, "open it, or choose another name"), ERR_CONFLICT;
    }
    char temporary[PATH_MAX];
    enum err code = store_temporary(path, "new", temporary, sizeof temporary, e);
    if (code)
        return code;
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(temporary, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                             NULL);
    sqlite3_extended_result_codes(db, 1);
    code = rc == SQLITE_OK ? store_layout_create(db, path, e)
                           : store_fault(e, rc, db, path, "create the file");
    sqlite3_close(db);
    if (!code)
        code = store_publish(temporary, path, e);
    if (code)
        unlink(temporary);
    return code;
}

static bool set_paths(struct store *s, const char *path)
{
    char full[PATH_MAX];
    if (!realpath(path, full))
        snprintf(full, sizeof full, "%s", path); // opening it will say what is wrong
    size_t n = strlen(path) + 1, full_n = strlen(full) + 1;
    s->path = mem_alloc(n, 1);
    s->full_path = mem_alloc(full_n, 1);
    if (!s->path || !s->full_path)
        return false;
    memcpy(s->path, path, n);
    memcpy(s->full_path, full, full_n);
    return true;
}

// Before SQLite is first used: it counts its memory under one lock for all threads, and
// nobody asks for the sum.
static void count_no_memory(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

enum err store_open(struct store **out, const char *path, enum store_mode mode,
                    struct error *e)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, count_no_memory);
    *out = NULL;
    enum err code = mode == STORE_CREATE ? create_file(path, e) : ERR_OK;
    if (!code)
        code = store_path_check(path, e);
    // Asked first: SQLite would open it for reading and leave a log of the wrong owner.
    if (!code && mode == STORE_WRITE && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS))
        code = store_fault(e, SQLITE_READONLY, NULL, path, "open the file for writing");
    if (code)
        return code;
    struct store *s = mem_alloc(1, sizeof *s);
    if (!s)
        return error_memory(e);
    s->mode = mode;
    s->busy_ms = STORE_BUSY_MS;
    s->last = &s->first;
    pthread_mutex_init(&s->pool_lock, NULL);
    pthread_mutex_init(&s->look_lock, NULL);
    pthread_mutex_init(&s->queue_lock, NULL);
    pthread_cond_init(&s->queue_filled, NULL);
    pthread_cond_init(&s->log_filled, NULL);
    pthread_cond_init(&s->log_emptied, NULL);
    code = set_paths(s, path) ? ERR_OK : error_memory(e);
    // The writer first: after a crash it is the one that may mend the log.
    if (!code && mode != STORE_READ)
        code = conn_open(s, CONN_WRITE, &s->writer, e);
    if (!code)
        code = conn_open(s, CONN_READ, &s->look, e);
    if (code) {
        store_close(s);
        return code;
    }
    *out = s;
    return ERR_OK;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    writer_stop(s);
    while (s->idle) {
        struct conn *next = s->idle->next;
        conn_close(s->idle);
        s->idle = next;
    }
    conn_close(s->look);
    conn_close(s->writer); // last: it brings the log home and removes it
    pthread_mutex_destroy(&s->pool_lock);
    pthread_mutex_destroy(&s->look_lock);
    pthread_mutex_destroy(&s->queue_lock);
    pthread_cond_destroy(&s->queue_filled);
    pthread_cond_destroy(&s->log_filled);
    pthread_cond_destroy(&s->log_emptied);
    mem_free(s->path);
    mem_free(s->full_path);
    mem_free(s);
}

const char *store_path(const struct store *s)
{
    return s->path;
}

// --- readers

enum err store_look(struct store *s, int64_t *out, struct error *e)
{
    pthread_mutex_lock(&s->look_lock);
    int rc = conn_control(s->look, CONTROL_DATA_VERSION);
    enum err code = rc == SQLITE_OK ? ERR_OK : store_fault_conn(e, rc, s->look, "read");
    *out = s->look->data_version;
    pthread_mutex_unlock(&s->look_lock);
    return code;
}

static void close_reader(struct conn *c)
{
    struct store *s = c->store;
    bool large = c->large;
    conn_close(c);
    pthread_mutex_lock(&s->pool_lock);
    s->large -= large;
    pthread_mutex_unlock(&s->pool_lock);
}

static enum err open_reader(struct store *s, struct conn **out, struct error *e)
{
    enum err code = conn_open(s, CONN_READ, out, e);
    if (code)
        return code;
    struct conn *c = *out;
    pthread_mutex_lock(&s->pool_lock);
    c->large = s->large < STORE_LARGE_READERS;
    s->large += c->large;
    pthread_mutex_unlock(&s->pool_lock);
    int rc = c->large ? conn_keep_pages(c, STORE_LARGE_KIB) : SQLITE_OK;
    if (rc != SQLITE_OK) {
        code = store_fault_conn(e, rc, c, "open the file");
        close_reader(c);
        *out = NULL;
    }
    return code;
}

enum err store_read_begin(struct store *s, struct conn **out, struct error *e)
{
    *out = NULL;
    pthread_mutex_lock(&s->pool_lock);
    struct conn *c = s->idle;
    if (c) {
        s->idle = c->next;
        s->idle_count--;
    }
    pthread_mutex_unlock(&s->pool_lock);
    enum err code = c ? ERR_OK : open_reader(s, &c, e);
    if (code)
        return code;
    c->next = NULL;
    // The version is taken before the snapshot: what is read may be newer than it says,
    // never older, so a reader that remembers it cannot miss a change.
    code = store_look(s, &c->data_version, e);
    if (code) {
        close_reader(c);
        return code;
    }
    int rc = conn_control(c, CONTROL_BEGIN_READ);
    if (rc == SQLITE_OK)
        rc = conn_control(c, CONTROL_LOOK);
    if (rc != SQLITE_OK) {
        code = store_fault_conn(e, rc, c, "read");
        close_reader(c);
        return code;
    }
    *out = c;
    return ERR_OK;
}

void store_read_end(struct conn *c)
{
    if (!c)
        return;
    struct store *s = c->store;
    conn_settle(c);
    if (conn_control(c, CONTROL_ROLLBACK) != SQLITE_OK) {
        close_reader(c); // it may still hold its snapshot
        return;
    }
    pthread_mutex_lock(&s->pool_lock);
    bool keep = s->idle_count < STORE_IDLE_READERS;
    if (keep) {
        struct conn **at = &s->idle;
        while (!c->large && *at && (*at)->large)
            at = &(*at)->next;
        c->next = *at;
        *at = c;
        s->idle_count++;
    }
    pthread_mutex_unlock(&s->pool_lock);
    if (!keep)
        close_reader(c);
}

enum err store_data_version(struct conn *c, int64_t *out, struct error *e)
{
    (void)e;
    *out = c->data_version;
    return ERR_OK;
}
