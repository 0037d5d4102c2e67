// SPDX-License-Identifier: AGPL-3.0-or-later
// Files attached to a row: a photograph of a form, a report, a table. The bytes are kept
// in the county's file itself (heng_blobs, each once by its BLAKE2b-256), so that one
// file stays one file and a backup is whole.
//
// A file's type is found in its content and nowhere else (sniff.h). What could act on the
// reader's machine is refused; what is not known is only ever sent as bytes to save.
//
// Attaching and striking are entries of a chain of their own (heng_attachment_log), each
// with a hash over the one before (the item that a file belongs to is in it):
// attachment_verify proves the chain, that every file
// is there, and that its bytes are those that came in. Whoever may read a row may read
// its files; whoever may write it may attach and strike. Nothing is ever removed.
#ifndef REGISTER_ATTACHMENT_H
#define REGISTER_ATTACHMENT_H

#include "register/rights.h"
#include "register/sniff.h"

struct county;

enum {
    ATTACHMENT_MAX = 10 << 20, // bytes of a file
    ATTACHMENT_PER_ROW = 50,   // files that are not struck
    ATTACHMENT_NAME_MAX = 200, // bytes of a name
    ATTACHMENT_HASH = 32
};

struct attachment { // texts in the arena
    int64_t id, row, size, at;
    const struct reg *reg;
    enum sniff_kind kind;
    struct str name, who; // name: as the sender calls the file
    struct str
        item; // field of the row that it is evidence for; .p NULL: of the whole row
    unsigned char hash[ATTACHMENT_HASH];
    bool struck;
    int64_t struck_at; // of attachment_list_all, with who struck it and why
    struct str struck_by, reason;
};

struct attachment_new { // a file on its way to a row
    struct str name;
    struct str item;  // as of struct attachment
    struct str bytes; // must outlive the call
};

// Takes the file at `path` (file->bytes are not looked at). The same file with the same
// name for the same item on the row already is that one again (*repeated). ERR_INPUT
// names what was found and why it is not taken; ERR_LIMIT; ERR_NOT_FOUND: no such row,
// or not the caller's; ERR_CONFLICT: the row is struck, and keeps its files as they are.
enum err attachment_add(struct county *c, const struct access *who, const struct reg *r,
                        int64_t row, const struct attachment_new *file, const char *path,
                        struct arena *a, struct attachment *out, bool *repeated,
                        struct error *e) WARN_UNUSED;
// The same of a file that is in memory.
enum err attachment_add_bytes(struct county *c, const struct access *who,
                              const struct reg *r, int64_t row,
                              const struct attachment_new *file, struct arena *a,
                              struct attachment *out, bool *repeated,
                              struct error *e) WARN_UNUSED;
// Whether a file would be taken: its size and its kind. Saves nothing.
enum err attachment_check(struct str name, struct str bytes, struct arena *a,
                          struct error *e) WARN_UNUSED;
// Those of a row that are not struck, oldest first.
enum err attachment_list(struct county *c, const struct access *who, const struct reg *r,
                         int64_t row, struct arena *a, struct attachment **out, size_t *n,
                         struct error *e) WARN_UNUSED;
// Struck ones too, each with its reason: for the file of a case, where nothing is left
// out.
enum err attachment_list_all(struct county *c, const struct access *who,
                             const struct reg *r, int64_t row, struct arena *a,
                             struct attachment **out, size_t *n,
                             struct error *e) WARN_UNUSED;
// One of them; *bytes NULL: not wanted, else in the arena, and proved against the hash
// (ERR_CORRUPT). A struck one is not there.
enum err attachment_get(struct county *c, const struct access *who, int64_t id,
                        struct arena *a, struct attachment *out, struct str *bytes,
                        struct error *e) WARN_UNUSED;
// One that was struck, for the file of a case; of one that was not ERR_NOT_FOUND.
enum err attachment_get_struck(struct county *c, const struct access *who, int64_t id,
                               struct arena *a, struct attachment *out, struct str *bytes,
                               struct error *e) WARN_UNUSED;
// ERR_CONFLICT: its row is struck.
enum err attachment_strike(struct county *c, const struct access *who, int64_t id,
                           struct str reason, struct error *e) WARN_UNUSED;

enum err attachment_migrate(struct conn *c, struct error *e) WARN_UNUSED;
// The entry with this hash; 0: none (as history_find).
enum err attachment_find(struct conn *c, const unsigned char hash[ATTACHMENT_HASH],
                         int64_t *seq, struct error *e) WARN_UNUSED;
// The last entry of the chain as hex; *seq 0: there is none.
enum err attachment_head(struct conn *c, int64_t *seq, char hex[2 * ATTACHMENT_HASH + 1],
                         struct error *e) WARN_UNUSED;
// The proof. Each problem is given to `tell`. *n: entries of the chain; head: the hash of
// the last one. Reads every file.
enum err attachment_verify(struct conn *c, int64_t *n, char head[2 * ATTACHMENT_HASH + 1],
                           void (*tell)(void *argument, const char *text), void *argument,
                           struct error *e) WARN_UNUSED;

#endif
