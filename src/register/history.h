// SPDX-License-Identifier: AGPL-3.0-or-later
// The history: every change of a row is one row of heng_log, and each carries a
// BLAKE2b-256 hash over the one before, itself, and (for a row that comes in) the row's
// whole image. So nothing that is in the file was altered or removed, or history_verify
// names the first place where it was.
//
//   hash(n) = BLAKE2b-256( hash(n-1) | seq at who | register | row | change | before |
//   after | reason | image )
// with every part preceded by its length. The image is the canonical text (datum.h) of
// every column that has a slot and is not null, in the order of slots. A correction keeps
// the changed columns before and after as JSON; the image of a row when it came in is
// found by going back through its corrections.
#ifndef REGISTER_HISTORY_H
#define REGISTER_HISTORY_H

#include "register/county.h"

enum { HISTORY_HASH = 32 };

enum history_change {
    HISTORY_INSERT,
    HISTORY_CORRECT,
    HISTORY_STRIKE,
    HISTORY_RESTORE,
    HISTORY_MOVE // from stage to stage (workflow.h); its reason begins "name: "
};

// The writer's end of the log, inside one store_write job.
struct history {
    struct conn *conn;
    int64_t seq;
    unsigned char hash[HISTORY_HASH];
    struct stmt *append;
    struct buf scratch;
};

// Heng's tables of this room; inside a store_write job.
enum err history_migrate(struct conn *c, struct error *e) WARN_UNUSED;
// A file that may only be read, made by an older Heng, lacks tables of later modules.
enum err history_has_table(struct conn *c, const char *name, bool *there,
                           struct error *e) WARN_UNUSED;

enum err history_begin(struct conn *c, struct history *h, struct error *e) WARN_UNUSED;
void history_end(struct history *h);

struct history_entry {
    enum history_change change;
    const struct reg *reg;
    int64_t row, at, who;
    struct str before, after; // JSON; .p NULL for an insert
    struct str reason;        // .p NULL: none
    struct str image;         // of an insert (history_image_*)
};
enum err history_append(struct history *h, const struct history_entry *entry,
                        struct error *e) WARN_UNUSED;

// Adds one column to an image; call in the order of slots, skip nulls.
void history_image_add(struct buf *image, int slot, struct str text);

struct history_report {
    int64_t entries, rows; // of the log; rows of registers that were proved
    char head[2 * HISTORY_HASH +
              1]; // hash of the last entry: write it down, and no one can cut the end off
    struct str first_problem; // in the arena; empty when all is well
    int64_t problems;
    int64_t attachments; // entries of the chain of attached files, and its last hash
    char attachments_head[2 * HISTORY_HASH + 1];
    int64_t ledger_entries; // of the ledgers' chain, and its last hash
    char ledger_head[2 * HISTORY_HASH + 1];
};
// Walks the whole log. ERR_CORRUPT with the first problem, and out filled in, when
// anything does not agree. O(rows), and memory for the corrections alone (40 bytes each).
enum err history_verify(struct county *c, struct arena *a, struct history_report *out,
                        struct error *e) WARN_UNUSED;

// The entry that has this hash; 0: none. A head that was written down and is not found
// says that the end of the history was cut off (or that it is of another file).
enum err history_find(struct conn *c, const unsigned char hash[HISTORY_HASH],
                      int64_t *seq, struct error *e) WARN_UNUSED;

// The head as hex, for reports.
enum err history_head(struct conn *c, int64_t *seq, char hex[2 * HISTORY_HASH + 1],
                      struct error *e) WARN_UNUSED;

#endif
