// SPDX-License-Identifier: AGPL-3.0-or-later
// What was imported, what waits to be, and taking an import back.
//
// An import is a file that a command read at once, or an upload: a file in a folder of
// the server that is looked at (import_look.h), given a mapping, checked and then saved
// by import_run. The table heng_imports has what was saved, with the range of entries of
// the history that it wrote; heng_uploads has what came in through the server. Both draw
// their ids from one row of numbers, and a number is never used again.
//
// In the folder, ID.upload is the file; it is removed when it was saved, with everything
// else that names rows, but for the rejects. While someone works on an upload the file is
// locked, so a state of `checking` or `saving` that nobody holds is that of a
// process that died: nothing was saved, and it can be done again.
#ifndef REGISTER_IMPORTS_H
#define REGISTER_IMPORTS_H

#include "register/county.h"

enum {
    IMPORTS_PENDING = 20,           // uploads that a person may have waiting
    IMPORTS_UPLOAD_MAX = 512 << 20, // bytes of one
    IMPORTS_PENDING_DAYS = 7,       // after which they are swept
    IMPORTS_REJECTS_DAYS = 30
};

enum imports_state {
    IMPORTS_UPLOADED,
    IMPORTS_CHECKING,
    IMPORTS_CHECKED,
    IMPORTS_SAVING,
    IMPORTS_FAILED,
    IMPORTS_SAVED,
    IMPORTS_UNDONE,
    IMPORTS_STATES
};
const char *imports_state_name(enum imports_state s); // "uploaded"

struct imports_entry { // texts in the arena
    int64_t id, at, who;
    struct str who_name, register_name, source, file;
    const struct reg *reg; // NULL: the pack has it no more
    int64_t size;          // bytes; 0: of a command
    bool upload;           // came in through the server
    enum imports_state state;
    // of an upload
    int64_t job, header_line;
    struct str sheet;
    const char *const *given; // as import_options.given
    size_t n_given;
    // of what was saved
    bool saved;
    int64_t rows, inserted, corrected, unchanged, rejected;
    bool hidden; // these are small counts of care that the caller did not make: all 0
    int64_t first, last; // entries of the history; first 0: written by an older Heng
    int64_t undone_at;   // 0: not
    struct str undone_by, undone_reason;
};

enum err imports_migrate(struct conn *c, struct error *e) WARN_UNUSED;
// For import_run, inside its write job: a new number; and that an upload's rows are in.
// ERR_CONFLICT when it was saved already or is not there.
enum err imports_next(struct conn *c, int64_t *id, struct error *e) WARN_UNUSED;
enum err imports_saved(struct conn *c, int64_t id, struct error *e) WARN_UNUSED;

// Rows of the register that stand by an import, rising; in the arena. O(rows imported).
enum err imports_rows(struct county *c, const struct reg *r, struct arena *a,
                      int64_t **out, size_t *n, struct error *e) WARN_UNUSED;
// An import is seen by the person who made it, and by those who may enter rows of its
// register everywhere: files hold rows of any area. ERR_NOT_FOUND else.
enum err imports_find(struct county *c, const struct access *who, int64_t id,
                      struct arena *a, struct imports_entry *out,
                      struct error *e) WARN_UNUSED;
// Newest first, those before `before` (0: from the newest), at most `most`. *next: where
// to go on, 0: that is all.
enum err imports_list(struct county *c, const struct access *who, int64_t before,
                      size_t most, struct arena *a, struct imports_entry **out, size_t *n,
                      int64_t *next, struct error *e) WARN_UNUSED;

// --- uploads

// Takes the file at path into the folder (renamed, durable). ERR_LIMIT: too many wait, or
// it is too large; ERR_FORBIDDEN.
enum err imports_take(struct county *c, const struct access *who, const struct reg *r,
                      struct str source, struct str name, const char *folder,
                      const char *path, int64_t size, int64_t *id,
                      struct error *e) WARN_UNUSED;
// "FOLDER/imports/ID.KIND": upload, result, rejects.csv. NULL: no memory.
const char *imports_path(struct arena *a, const char *folder, int64_t id,
                         const char *kind);
// Holds an upload until *fd is closed. ERR_CONFLICT: someone else holds it (wait: until
// they no longer do); ERR_NOT_FOUND: the file is gone.
enum err imports_hold(struct arena *a, const char *folder, int64_t id, bool wait, int *fd,
                      struct error *e) WARN_UNUSED;
// Whether someone works on it.
bool imports_held(struct arena *a, const char *folder, int64_t id);

struct imports_change { // what an upload is from now on; held
    enum imports_state state;
    bool mapping; // the three below are set too
    int64_t header_line;
    struct str sheet;
    const char *const *given;
    size_t n_given;
};
// ERR_CONFLICT when it was saved or removed meanwhile.
enum err imports_set(struct county *c, int64_t id, const struct imports_change *to,
                     struct error *e) WARN_UNUSED;
// The job that works on it.
enum err imports_set_job(struct county *c, int64_t id, int64_t job,
                         struct error *e) WARN_UNUSED;
// Removes an upload that was not saved, with its files; held.
enum err imports_drop(struct county *c, struct arena *a, const char *folder, int64_t id,
                      struct error *e) WARN_UNUSED;
// Removes what has waited too long, and files that nothing needs any more.
enum err imports_sweep(struct county *c, const char *folder, int64_t now,
                       struct error *e) WARN_UNUSED;

// --- taking back

enum imports_undo {
    UNDO_MAY,
    UNDO_NOT_SAVED,
    UNDO_DONE,      // it was undone before
    UNDO_EMPTY,     // it changed nothing
    UNDO_OLD,       // made before Heng kept which entries an import wrote
    UNDO_FORBIDDEN, // some rows lie outside the caller's areas and facilities
    UNDO_CHANGED,   // rows were changed since
    UNDO_POINTED,   // rows of other registers, or people's roles, are for its areas or
                    // facilities
    UNDO_ATTACHED   // files are attached to its rows
};
// May the caller take it back as a whole now? *why says what stands in the way, and an
// example. Reads only; O(entries it wrote x log n), and for areas and facilities the rows
// of all registers.
enum err imports_may_undo(struct county *c, const struct access *who,
                          const struct imports_entry *entry, struct arena *a,
                          enum imports_undo *out, struct label *why,
                          struct error *e) WARN_UNUSED;
// The error of one that may not be taken back.
enum err imports_refuse_undo(int64_t id, enum imports_undo is, const struct label *why,
                             struct error *e);

struct imports_undone {
    int64_t struck, put_back;
    bool before; // it had been undone before, and nothing was done now
};
// Strikes every row that it inserted, and puts back every value that it corrected, in one
// write job, each with an entry in the history. Rows changed since by imports that are
// undone themselves count as not changed. The file can be imported again: struck rows
// lose their fingerprint (it becomes 0), and get one again when they are restored.
// ERR_CONFLICT, ERR_FORBIDDEN: nothing was done. After areas or facilities, places are to
// be read again.
enum err imports_undo(struct county *c, const struct access *who, int64_t id,
                      struct str reason, struct imports_undone *out,
                      struct error *e) WARN_UNUSED;

#endif
