// SPDX-License-Identifier: AGPL-3.0-or-later
// One row of one register: read, correct, strike. Every change is checked against the
// caller's access, validated like an import, saved with its history in one transaction,
// and refused when someone else was faster (version).
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

// The row's values by field index; texts in the arena. ERR_NOT_FOUND; ERR_FORBIDDEN by
// purpose or area.
enum err row_get(struct county *c, const struct access *who, const struct reg *r,
                 int64_t id, struct arena *a, struct datum **out,
                 struct error *e) WARN_UNUSED;

struct row_change { // one field of a correction, as typed
    struct str field, text;
};
// version: what the caller saw; 0: whatever it is. ERR_INPUT: the first thing that is
// wrong with the new row; ERR_CONFLICT: the version, another row with the same key, or
// nothing new; ERR_FORBIDDEN: the new area is not the caller's.
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

// Inside a
// write job: saves the differing fields (where[i] says which fields count), with a
// `correct` entry. *changed is false when nothing differed. old is the row as it is.
enum err row_save_changes(struct conn *conn, struct county *c, const struct reg *r,
                          struct history *h, int64_t id, const struct datum *old,
                          const struct datum *new, const bool *where,
                          enum history_change change, int64_t who, struct str reason,
                          bool *changed, struct error *e) WARN_UNUSED;
// The image of a row for the history.
void row_image(const struct county *c, const struct reg *r, const struct datum *values,
               struct buf *image);

#endif
