// SPDX-License-Identifier: AGPL-3.0-or-later
#include <errno.h>
#include <string.h>

#include "store/store_internal.h"

static bool is_full(int errno_value)
{
    return errno_value == ENOSPC || errno_value == EDQUOT || errno_value == EFBIG;
}

static enum err full(struct error *e, const char *where, const char *what)
{
    enum err code = error_set(e, ERR_FULL, "store.full", where,
                              "no space left to %s; nothing of it was kept", what);
    error_cure(e, "free some space on the disk (or raise the quota) and try again; what "
                  "was saved before is safe");
    return code;
}

static enum err forbidden(struct error *e, const char *where, const char *what)
{
    enum err code =
        error_set(e, ERR_FORBIDDEN, "store.forbidden", where,
                  "cannot %s: the file or its folder may not be written", what);
    error_cure(e, "give this user the right to write the file and its folder, or open "
                  "it for reading only");
    return code;
}

static enum err corrupt(struct error *e, const char *where, const char *what,
                        const char *message)
{
    enum err code = error_set(e, ERR_CORRUPT, "store.corrupt", where,
                              "cannot %s: the file is damaged (%s)", what, message);
    error_cure(e, "stop writing, copy the file aside and restore the newest backup");
    return code;
}

static enum err input_output(struct error *e, int rc, int system_error, const char *where,
                             const char *what)
{
    if (is_full(system_error))
        return full(e, where, what);
    if (system_error) {
        enum err code = error_errno(e, system_error, where, what);
        if (code == ERR_FORBIDDEN)
            return forbidden(e, where, what);
        error_cure(e, "look at the disk, its mount and the system log, then try again");
        return code;
    }
    enum err code =
        error_set(e, ERR_IO, "store.io", where, "cannot %s: the disk gave an error (%s)",
                  what, sqlite3_errstr(rc));
    error_cure(e, "look at the disk, its mount and the system log, then try again");
    return code;
}

enum err store_fault(struct error *e, int rc, sqlite3 *db, const char *where,
                     const char *what)
{
    if (rc == SQLITE_IOERR_NOMEM)
        return error_memory(e);
    const char *message = db ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
    int system_error = db ? sqlite3_system_errno(db) : 0;
    // SQLite forgets the reason of a write that fails inside COMMIT; errno still has it.
    if ((rc & 0xff) == SQLITE_IOERR && !is_full(system_error) && is_full(errno))
        system_error = errno;
    enum err code;
    switch (rc & 0xff) {
    case SQLITE_FULL:
        return full(e, where, what);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        code = error_set(e, ERR_BUSY, "store.busy", where,
                         "cannot %s: another process holds the file", what);
        error_cure(e, "wait until the other process has finished, then try again");
        return code;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH: // a text as INTEGER PRIMARY KEY
        return error_set(e, ERR_CONFLICT, "store.constraint", where, "cannot %s: %s",
                         what, message);
    case SQLITE_CORRUPT:
        return corrupt(e, where, what, message);
    case SQLITE_NOTADB:
        code = error_set(e, ERR_INPUT, "store.not_heng", where,
                         "this is not a Heng file: it does not begin as one");
        error_cure(e, "check the name; a CSV or XLSX file is imported into a Heng file, "
                      "not opened as one");
        return code;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return forbidden(e, where, what);
    case SQLITE_AUTH:
        code = error_set(e, ERR_INTERNAL, "store.own_transaction", where,
                         "cannot %s: a job may not begin or end transactions, nor attach "
                         "files",
                         what);
        error_cure(e, "this is a defect of Heng; please report it");
        return code;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return input_output(e, rc, system_error, where, what);
    case SQLITE_NOMEM:
        return error_memory(e);
    case SQLITE_TOOBIG:
        return error_set(e, ERR_LIMIT, "store.too_big", where,
                         "cannot %s: a text or blob is larger than the store can keep",
                         what);
    default:
        code = error_set(e, ERR_INTERNAL, "store.internal", where, "cannot %s: %s", what,
                         message);
        error_cure(e, "this is a defect of Heng; please report it");
        return code;
    }
}

enum err store_fault_conn(struct error *e, int rc, struct conn *c, const char *what)
{
    return store_fault(e, rc, c->db, c->store->path, what);
}
