// SPDX-License-Identifier: AGPL-3.0-or-later
// One header over the database. Today SQLite (WAL, synchronous=FULL, STRICT tables,
// foreign keys on); callers write the common subset of SQL with `?` placeholders, so that
// PostgreSQL fits behind it.
//
// A struct store is one open file and may be used from any thread. Reading: take a struct
// conn with store_read_begin (a snapshot; it never waits for the writer), give it back
// with store_read_end; a conn belongs to one thread at a time. Writing: store_write runs
// a job on the one writer thread; jobs that wait together share one transaction (each in
// a savepoint, so one that fails leaves no trace and does not harm the others), and
// store_write returns only when the commit is durable.
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/str.h"

struct store;
struct conn;
struct stmt;

enum store_mode {
    STORE_READ,   // must exist
    STORE_WRITE,  // must exist
    STORE_CREATE, // must not exist
};

// ERR_NOT_FOUND, ERR_CONFLICT (create: it is there), ERR_INPUT (not a Heng file, or made
// by a newer Heng), ERR_CORRUPT, ERR_BUSY, ERR_IO, ERR_FORBIDDEN.
enum err store_open(struct store **out, const char *path, enum store_mode mode,
                    struct error *e) WARN_UNUSED;
void store_close(struct store *s); // waits for the writer; NULL is fine
const char *store_path(const struct store *s);

enum err store_read_begin(struct store *s, struct conn **out,
                          struct error *e) WARN_UNUSED;
void store_read_end(struct conn *c); // NULL is fine

typedef enum err store_job(struct conn *c, void *argument, struct error *e);
// Runs job on the writer thread; durable on ERR_OK. A job that returns an error is rolled
// back whole. Never call it from inside a job (asserted). ERR_BUSY when another process
// has held the lock for 30 s.
enum err store_write(struct store *s, store_job *job, void *argument,
                     struct error *e) WARN_UNUSED;

// Inside a job: runs a part of it. When the part returns an error, what it did is undone
// and the job may go on. No statement of the job may have a row in hand meanwhile.
enum err store_part(struct conn *c, store_job *part, void *argument,
                    struct error *e) WARN_UNUSED;

// Inside a job that has changed something: `last` runs once when all jobs that share the
// transaction have run, however many of them ask for it, and what it does is durable with
// theirs. One that fails is undone alone, and the jobs are kept. One `last` and argument
// a store (asserted).
void store_at_end(struct conn *c, store_job *last, void *argument);

// A counter that changes when any process, this one too, has committed to the file. It
// is taken just before the snapshot of c and stays with it, and it is one counter for all
// conns of this store: remember it, and compare with that of a later conn. Cheap.
enum err store_data_version(struct conn *c, int64_t *out, struct error *e) WARN_UNUSED;

// While on: every step of a statement of a reader or a job ends with ERR_BUSY, also one
// that takes long by itself, and so does a backup; what a job has done is undone. Any
// thread.
void store_cancel(struct store *s, bool on);

// --- statements

// The
// prepared statement known by this name on this connection; prepared at first use, then
// kept. One name always carries the same SQL (asserted). The statement comes reset, with
// no bindings.
enum err conn_stmt(struct conn *c, const char *name, const char *sql, struct stmt **out,
                   struct error *e) WARN_UNUSED;
// For SQL composed by the pack compiler; finish with stmt_finish, which keeps the latest
// of a connection for who asks the same again.
enum err conn_prepare(struct conn *c, struct str sql, struct stmt **out,
                      struct error *e) WARN_UNUSED;
void stmt_finish(struct stmt *s); // resets it; an unnamed one is given back; NULL is fine
// Runs statements without parameters and without rows (schema changes).
enum err conn_run(struct conn *c, const char *sql, struct error *e) WARN_UNUSED;

// Parameters are numbered from 1. Text and blobs must live until the next reset. A failed
// bind is kept and reported by the next stmt_step.
void stmt_bind_int(struct stmt *s, int n, int64_t value);
void stmt_bind_double(struct stmt *s, int n, double value);
void stmt_bind_text(struct stmt *s, int n, struct str value); // .p NULL binds null
void stmt_bind_blob(struct stmt *s, int n, const void *p, size_t size);
void stmt_bind_null(struct stmt *s, int n);
// ERR_OK and *row true: a row is there. ERR_CONFLICT for a broken uniqueness or foreign
// key.
enum err stmt_step(struct stmt *s, bool *row, struct error *e) WARN_UNUSED;
enum err stmt_done(struct stmt *s, struct error *e)
    WARN_UNUSED;                 // step that must yield no row, then reset
void stmt_reset(struct stmt *s); // keeps bindings
int64_t stmt_changes(struct stmt *s);

// Columns are numbered from 0; text and blobs live until the next step or reset.
enum stmt_kind { STMT_NULL, STMT_INT, STMT_DOUBLE, STMT_TEXT, STMT_BLOB };
int stmt_columns(struct stmt *s);
const char *stmt_column_name(struct stmt *s, int n);
enum stmt_kind stmt_kind(struct stmt *s, int n);
int64_t stmt_int(struct stmt *s, int n);     // 0 for null
double stmt_double(struct stmt *s, int n);   // 0 for null
struct str stmt_text(struct stmt *s, int n); // .p NULL for null
struct str stmt_blob(struct stmt *s, int n);
// Kind and value at once, of what is read in large numbers.
struct sql_value {
    enum stmt_kind kind;
    int64_t i;
    double d;
    struct str s; // of a text or blob
};
struct sql_value stmt_value(struct stmt *s, int n);

// --- schema

// The
// steps of one room's own tables ("access", "register"), in order and never edited once
// shipped. Steps not yet applied run inside the job's transaction and are recorded in
// heng_schema. ERR_INPUT when the file has more steps than are known here (made by a
// newer Heng).
enum err store_migrate(struct conn *c, const char *room, const char *const *steps,
                       size_t n, struct error *e) WARN_UNUSED;

// --- care of the file

typedef void store_progress(void *argument, double done); // 0 to 1
// Online copy to a new file (written beside it and renamed when whole and checked).
enum err store_backup(struct store *s, const char *to, store_progress *progress,
                      void *argument, struct error *e) WARN_UNUSED;
// Checks the backup, then puts it in place of `to`; the old file, if any, is kept as
// `to`.before-restore.
enum err store_restore(const char *backup, const char *to, struct error *e) WARN_UNUSED;
// integrity_check and foreign_key_check; ERR_CORRUPT with the first finding.
enum err store_check(struct store *s, struct error *e) WARN_UNUSED;

#endif
