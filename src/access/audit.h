// SPDX-License-Identifier: AGPL-3.0-or-later
// Who did what, besides the rows' own history: log-ins and failures, links, people and
// roles, packs, backups, exports, imports, explanations, and whose row was looked at.
//
// Append-only, and chained as the history is:
//   hash(n) = BLAKE2b-256( hash(n-1) | seq at who | kind | subject | text )
// with every part preceded by its length, so that nothing in it was altered or removed,
// or audit_verify names the first place where it was. Never an address or an agent of a
// caller, never a password or a value of a row.
#ifndef ACCESS_AUDIT_H
#define ACCESS_AUDIT_H

#include "access/access.h"
#include "base/chain.h"

enum audit_kind {
    AUDIT_LOG_IN,
    AUDIT_LOG_OUT,
    AUDIT_LOG_IN_FAILED, // subject: the account; of a name that nobody has, nothing
    AUDIT_LOCKED,        // the account has to wait a minute or more
    AUDIT_LINK_MADE,
    AUDIT_LINK_USED,
    AUDIT_PASSWORD,
    AUDIT_TOTP,
    AUDIT_TOKEN,
    AUDIT_PERSON, // made, changed, turned off
    AUDIT_ROLE,
    AUDIT_PACK,
    AUDIT_BACKUP,
    AUDIT_EXPORT, // rows left as a file
    AUDIT_READ,   // a person's row was looked at
    AUDIT_IMPORT,
    AUDIT_EXPLAIN,
    AUDIT_VERIFY,
    AUDIT_MAP,     // the geometry of areas
    AUDIT_LETTERS, // earlier letters were opened for a reader who joined
    AUDIT_KINDS
};
const char *audit_kind_name(enum audit_kind k); // "log_in"
bool audit_kind_of(struct str name, enum audit_kind *out);

enum { AUDIT_MAX_TEXT = 2000 }; // bytes of subject and of text; what is longer is cut

struct audit_entry {
    enum audit_kind kind;
    int64_t who;        // row of heng_users; 0: nobody
    struct str subject; // of what: a person's name, a register, a file
    struct str text;    // more, in a few words; may be empty
    int64_t at;         // milliseconds
};

// Inside a store_write job. O(log n).
enum err audit_append(struct conn *c, const struct audit_entry *entry,
                      struct error *e) WARN_UNUSED;
// The same in a job of its own.
enum err audit_write(struct store *s, const struct audit_entry *entry,
                     struct error *e) WARN_UNUSED;
// One event for each who, register, row and day (of `at`, UTC): true in *is_new when this
// was the first. Inside a store_write job.
enum err audit_append_read(struct conn *c, int64_t who, struct str reg, int64_t row,
                           int64_t at, bool *is_new, struct error *e) WARN_UNUSED;

struct audit_filter {
    struct str text;  // somewhere in subject, text or name; ASCII letters in any case
    struct str who;   // name of a person, whole
    struct str kind;  // by name; .p NULL or empty: all
    int64_t from, to; // milliseconds, to not included; 0: open
    int64_t after;    // seq of the last one seen, 0: from the newest
    size_t limit;     // at most 500
};

struct audit_event {
    int64_t seq, at, user;
    struct str who, kind, subject, text;
};

// Newest first. *more: there are more after the last. O(events newer than the last one
// given).
enum err audit_search(struct conn *c, const struct audit_filter *filter, struct arena *a,
                      struct audit_event **out, size_t *n, bool *more,
                      struct error *e) WARN_UNUSED;

struct audit_report {
    int64_t entries, problems;
    char head[CHAIN_HEX_SIZE];
    struct str first_problem; // in the arena; empty when all is well
};
// Walks the whole log; a file made before there was one has no entries. ERR_CORRUPT with
// the first problem, and out filled in.
enum err audit_verify(struct conn *c, struct arena *a, struct audit_report *out,
                      struct error *e) WARN_UNUSED;
// The entry with this hash; 0: none (as history_find).
enum err audit_find(struct conn *c, const struct chain_hash *hash, int64_t *seq,
                    struct error *e) WARN_UNUSED;

#endif
