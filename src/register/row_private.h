// SPDX-License-Identifier: AGPL-3.0-or-later
// What row*.c share: reading a row inside a job, and typed values on their way to one.
#ifndef REGISTER_ROW_PRIVATE_H
#define REGISTER_ROW_PRIVATE_H

#include "register/row.h"

enum err row_read(struct conn *conn, struct county *c, const struct reg *r, int64_t id,
                  struct arena *a, struct datum **out, struct error *e) WARN_UNUSED;
// Outside the area of the caller a row is not there (ERR_NOT_FOUND), so that its being
// there does not leak.
enum err row_check_place(const struct county *c, const struct access *who,
                         const struct reg *r, enum access_want want, int64_t id,
                         const struct datum *values, struct error *e) WARN_UNUSED;
bool row_same(const struct county *c, const struct field *f, const struct datum *a,
              const struct datum *b);

// --- typed values (row_check.c)

struct row_typing {
    struct county *county;
    const struct access *who;
    const struct reg *reg;
    struct arena *arena;
    int64_t id;           // 0: a new row
    struct datum *values; // by field; what cannot be read is null
    bool *wrong, *typed;  // by field: has a problem of its own; was among what was typed
    struct row_problems *out;
    size_t capacity;
    const struct row_new *photos; // tells which come with it, or NULL
};

// old: the row that is changed, NULL for a new one.
enum err row_typing_begin(struct row_typing *t, const struct datum *old,
                          struct error *e) WARN_UNUSED;
// all: fields that are not among them are empty; else they stay as they are.
enum err row_typing_read(struct row_typing *t, const struct row_change *values, size_t n,
                         bool all, struct error *e) WARN_UNUSED;
enum err row_typing_source(struct row_typing *t, struct str source,
                           struct error *e) WARN_UNUSED;
// A problem of what was typed, in both languages; as many as a row may have are kept.
void row_typing_error(struct row_typing *t, const struct field *f, struct str name,
                      enum err code, const char *key, struct label text,
                      struct label cure);
// Stage and deadline of a register with a workflow; area of the caller, place in the
// tree, the pack's rules.
enum err row_typing_check(struct row_typing *t, struct error *e) WARN_UNUSED;
// The row that has this key already is a problem, and so is a value that refers to a row
// which is not there. *fingerprint: for the row. old: the row that is changed, NULL for a
// new one.
enum err row_typing_key(struct row_typing *t, struct conn *conn, const struct datum *old,
                        int64_t *fingerprint, struct error *e) WARN_UNUSED;
// The error of a correction that finds the row struck.
enum err row_is_struck(int64_t id, struct error *e) WARN_UNUSED;
// The first error among the problems, as the error of the call.
enum err row_problems_first(const struct row_problems *p, struct error *e) WARN_UNUSED;

#endif
