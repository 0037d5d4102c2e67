// SPDX-License-Identifier: AGPL-3.0-or-later
// Filled forms that phones send (OpenRosa), and what became of each: a row, a correction
// of a row, or nothing yet.
//
// An instance is known by its instanceID for ever. The same form sent again changes
// nothing and may bring more files; another form under the same id is a conflict; a form
// with deprecatedID corrects the row that the older one made, if nobody else has changed
// it since. All rules of a row hold. What they refuse is kept whole, with its files and
// the reason, until the phone sends it right or a person who may write the register has
// made a row of it or set it aside: nothing that was filled in is lost. Of what was saved
// only the hash of the form is kept, for the row has the rest.
//
// heng_submissions and heng_submission_files; texts of answers are in the arena; any
// thread. O(log n) and what the row costs.
#ifndef REGISTER_SUBMISSION_H
#define REGISTER_SUBMISSION_H

#include "register/county.h"
#include "register/xform.h"

enum {
    SUBMISSION_MAX_WAITING = 500,            // refused forms of one person
    SUBMISSION_MAX_WAITING_BYTES = 256 << 20 // of all their files
};

struct submission_file {
    struct str name, bytes;
};

struct submission_sent {
    struct str xml;
    const struct submission_file *files;
    size_t n_files;
};

enum submission_answer {
    SUBMISSION_SAVED,    // a new row, or a correction
    SUBMISSION_AGAIN,    // it was here before; files may have been added
    SUBMISSION_CONFLICT, // its id belongs to another form
    SUBMISSION_REFUSED   // kept with its reason
};

struct submission_done {
    enum submission_answer answer;
    const struct reg *reg; // NULL: unknown
    int64_t row;           // SAVED, AGAIN
    size_t owed;       // SAVED, AGAIN: photographs of its items that are still to come
    struct label text; // CONFLICT, REFUSED: why, as the person is told
    enum err why;      // REFUSED: the code of the first problem
};

// ERR_INPUT (with nothing kept): the form cannot be read at all; ERR_LIMIT: too much is
// waiting; others: nothing was done, try again.
enum err submission_take(struct county *c, const struct access *who,
                         const struct submission_sent *sent, struct arena *a,
                         struct submission_done *out, struct error *e) WARN_UNUSED;

struct submission { // one that waits
    int64_t id, at, tries;
    struct str instance, form, version, who;
    const struct reg *reg; // NULL: there is none, or none for the caller to write
    struct label reason;
    struct xform_filled filled;
    struct submission_file *files; // bytes: not read, .p NULL; .n is the size
    size_t n_files;
};
// Those that wait and are the caller's to see: one's own, and those of registers that the
// caller may read and write, where the place that they name is the caller's. Newest
// first, at most `most`.
enum err submission_waiting(struct county *c, const struct access *who, size_t most,
                            struct arena *a, struct submission **out, size_t *n,
                            struct error *e) WARN_UNUSED;
// A row was made of it (row > 0: its files are attached to it) or it is set aside (row 0;
// a reason is required). ERR_NOT_FOUND: not there, or not the caller's.
enum err submission_settle(struct county *c, const struct access *who, int64_t id,
                           int64_t row, struct str reason, struct arena *a,
                           struct error *e) WARN_UNUSED;

enum err submission_migrate(struct conn *c, struct error *e) WARN_UNUSED;

#endif
