// SPDX-License-Identifier: AGPL-3.0-or-later
// One row of one register: check, create, read, correct, strike. Every change is checked
// against the caller's access, validated like an import, saved with its history in one
// transaction, and refused when someone else was faster (version). What is typed is told
// all its problems at once, in both languages.
#ifndef REGISTER_ROW_H
#define REGISTER_ROW_H

#include "register/datum.h"
#include "register/history.h"

// SQL of a register's table, composed once from the model (never from what a user typed).
struct row_sql {
    struct str insert; // all fields, in the order of reg->fields
    struct str select; // the same columns by id
    struct str
        fingerprint; // the same columns by a range of fingerprints, with the source
};
enum err row_sql(struct arena *a, const struct reg *r, struct row_sql *out,
                 struct error *e) WARN_UNUSED;

// May the caller read (write) the row of these values? id 0: it is new. One who answers
// for a facility alone writes of its checklists the self-checks.
bool row_may(const struct county *c, const struct access *who, const struct reg *r,
             enum access_want want, int64_t id, const struct datum *values);
// The same of a row in a file that the caller brings.
bool row_may_import(const struct county *c, const struct access *who, const struct reg *r,
                    const struct datum *values);

// The row's values by field index; texts in the arena. ERR_NOT_FOUND; ERR_FORBIDDEN by
// purpose or area.
enum err row_get(struct county *c, const struct access *who, const struct reg *r,
                 int64_t id, struct arena *a, struct datum **out,
                 struct error *e) WARN_UNUSED;

// The text of a stored value as the outside sees it: numbers in decimal, days ISO, codes
// and places by code. Points into space, the statement's row or places; .p NULL for null.
struct str row_stored_text(struct stmt *s, int column, const struct field *f,
                           const struct places *p, char space[DATUM_TEXT_SIZE]);
// The same of a value that was read; *place: the index of its area or facility, -1.
struct str row_value_text(const struct sql_value *v, const struct field *f,
                          const struct places *p, int32_t *place,
                          char space[DATUM_TEXT_SIZE]);

// --- what is wrong with a row

struct row_problem {
    const struct field *field; // NULL: of the whole row
    struct str name;           // of the field, or of the register's rule
    enum severity severity;
    struct label text, cure; // cure may be empty
    struct error error;      // the same, as an import says it; where is the name
};

struct row_problems { // in the arena of the call; errors as the fields stand, then rules
    struct row_problem *list;
    size_t n;
    bool refused; // one of them is an error
};

struct row_change { // one field, as typed
    struct str field, text;
};

struct row_new {
    const struct row_change *values; // fields that are not there are empty
    size_t n;
    struct str source; // code of the register's sources; empty where it has none
    struct str key;    // of the sender, so that sending twice makes one row; may be empty
    // Items of a checklist whose photographs come with the row: then those that are owed
    // and not among them are problems. Where it is not told, the row is kept without them
    // and is incomplete.
    bool tells_photos;
    const struct str *photos;
    size_t n_photos;
};

struct row_saved {
    int64_t id, version;
    bool repeated;                // the key was sent before: this is the row of that time
    struct row_problems problems; // when saved: the warnings and notes
    struct error error;           // row_create_many: why this row was not saved
};

enum { ROW_MANY = 1000, ROW_KEY_MAX = 100, ROW_REASON_MAX = 2000 };

// All that saving would say; saves nothing. id: 0, or the row that would be corrected
// (then values are the changed fields; none: what the rules say of the row as it is).
// ERR_FORBIDDEN: the register is not the caller's to write (with values), or to read
// (with an id). ERR_CONFLICT: the row is struck (with values). Problems are no error
// here.
enum err row_check(struct county *c, const struct access *who, const struct reg *r,
                   const struct row_new *row, int64_t id, struct arena *a,
                   struct row_problems *out, struct error *e) WARN_UNUSED;

// ERR_INPUT (and ERR_FORBIDDEN, ERR_CONFLICT for a key that another row has, or was sent
// with): the first
// of out->problems, which has them all. One write job; O(fields).
enum err row_create(struct county *c, const struct access *who, const struct reg *r,
                    const struct row_new *row, struct arena *a, struct row_saved *out,
                    struct error *e) WARN_UNUSED;
// Each row is saved or not by itself, all in one write job; ERR_OK then, and out[i].error
// says why row i was not. ERR_LIMIT over ROW_MANY.
enum err row_create_many(struct county *c, const struct access *who, const struct reg *r,
                         const struct row_new *rows, size_t n, struct arena *a,
                         struct row_saved *out, struct error *e) WARN_UNUSED;

struct row_edit {
    enum history_change change;      // HISTORY_CORRECT, _STRIKE or _RESTORE
    int64_t id, version;             // what the caller saw; 0: whatever it is
    const struct row_change *values; // of a correction
    size_t n;
    struct str reason; // required
};
// As row_create; ERR_CONFLICT also for the version, when nothing is new, and for a
// correction of a row that is struck: it is restored first.
enum err row_edit(struct county *c, const struct access *who, const struct reg *r,
                  const struct row_edit *edit, struct arena *a, struct row_saved *out,
                  struct error *e) WARN_UNUSED;
// The same for the shell, which asks for the first problem only. version as above.
enum err row_correct(struct county *c, const struct access *who, const struct reg *r,
                     int64_t id, int64_t version, const struct row_change *changes,
                     size_t n, struct str reason, struct error *e) WARN_UNUSED;
// Deleting is a state: the row stays, and counts no more. A reason is required.
enum err row_strike(struct county *c, const struct access *who, const struct reg *r,
                    int64_t id, struct str reason, struct error *e) WARN_UNUSED;
enum err row_restore(struct county *c, const struct access *who, const struct reg *r,
                     int64_t id, struct str reason, struct error *e) WARN_UNUSED;

struct row_event { // one line of a row's history
    int64_t seq, at;
    struct str who, change, before, after, reason;
};
// How the row came in and what was done to it since, oldest first. O(log n) over the log,
// but where a run of corrections is searched for the insert behind it, or where two
// writers' clocks disagreed: then O(n).
enum err row_history(struct county *c, const struct access *who, const struct reg *r,
                     int64_t id, struct arena *a, struct row_event **out, size_t *n,
                     struct error *e) WARN_UNUSED;

// --- for the import

// One cell into values[f->index], as the row's day and area make it clear; the first day
// of a period dates the row. *e is filled in by an error only.
enum err row_read_cell(const struct reader *reader, const struct reg *r,
                       const struct field *f, struct str cell, const struct places *p,
                       struct arena *a, struct datum *values,
                       struct error *e) WARN_UNUSED;

// Inside a write job, before its first row_insert: ids go on behind the register's last,
// which another process may have given out in this very millisecond. O(log n).
enum err row_insert_begin(struct county *c, const struct reg *r, struct conn *conn,
                          struct error *e) WARN_UNUSED;
// Inside a write job: a new row with its entry in the history. insert: row_sql.insert;
// spaces: r->n_fields. Sets id, version, saved_by and saved_at in values.
enum err row_insert(struct stmt *insert, char (*spaces)[DATUM_TEXT_SIZE],
                    struct county *c, const struct reg *r, struct history *h,
                    struct datum *values, int64_t who, struct str image,
                    struct error *e) WARN_UNUSED;
// Inside a write job: saves the differing fields (where[i] says which fields count), with
// a `correct` entry. *changed is false when nothing differed. old is the row as it is.
enum err row_save_changes(struct conn *conn, struct county *c, const struct reg *r,
                          struct history *h, int64_t id, const struct datum *old,
                          const struct datum *new, const bool *where,
                          enum history_change change, int64_t who, struct str reason,
                          bool *changed, struct error *e) WARN_UNUSED;
// The image of a row for the history.
void row_image(const struct county *c, const struct reg *r, const struct datum *values,
               struct buf *image);

#endif
