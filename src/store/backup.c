// SPDX-License-Identifier: AGPL-3.0-or-later
// Copies of the file: backup while it is in use, restore, and the checks of both.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store_internal.h"

enum { COPY_PAGES = 128 }; // 1 MiB between two reports of progress

enum err store_temporary(const char *path, const char *suffix, char *temporary,
                         size_t size, struct error *e)
{
    int n = snprintf(temporary, size, "%s.%s-XXXXXX", path, suffix);
    if (n < 0 || (size_t)n >= size)
        return error_set(e, ERR_LIMIT, "store.path", path, "the path is too long");
    int file = mkostemp(temporary, O_CLOEXEC);
    if (file < 0) {
        enum err code = error_errno(e, errno, path, "create the file");
        if (code == ERR_NOT_FOUND)
            error_cure(e, "create the folder first");
        else
            error_cure(e, "check the folder: who may write to it, and the space left");
        return code;
    }
    close(file);
    return ERR_OK;
}

static int sync_path(const char *path, int flags)
{
    int file = open(path, flags | O_CLOEXEC);
    if (file < 0)
        return errno;
    int failed = fsync(file) ? errno : 0;
    close(file);
    return failed;
}

static enum err sync_folder(const char *path, struct error *e)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (!slash)
        snprintf(folder, sizeof folder, ".");
    else if (slash == folder)
        slash[1] = '\0';
    else
        *slash = '\0';
    int failed = sync_path(folder, O_RDONLY | O_DIRECTORY);
    // Some file systems cannot sync a folder; they answer EINVAL, and need not.
    return failed && failed != EINVAL ? error_errno(e, failed, path, "save the folder")
                                      : ERR_OK;
}

static enum err taken(const char *to, struct error *e)
{
    error_set(e, ERR_CONFLICT, "store.exists", to, "the file is there already");
    error_cure(e, "choose another name, or move the old file away first");
    return ERR_CONFLICT;
}

// rename, but never over a file that is there.
static enum err rename_to_free(const char *from, const char *to, struct error *e)
{
    if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
        return ERR_OK;
    int failed = errno;
    if (failed == EINVAL || failed == ENOSYS) { // a file system without this call
        struct stat status;
        if (!lstat(to, &status))
            failed = EEXIST;
        else
            failed = rename(from, to) ? errno : 0;
    }
    if (failed == EEXIST)
        return taken(to, e);
    return failed ? error_errno(e, failed, to, "rename the finished file") : ERR_OK;
}

enum err store_publish(const char *temporary, const char *to, struct error *e)
{
    int failed = sync_path(temporary, O_RDWR);
    if (failed)
        return error_errno(e, failed, to, "save the file");
    enum err code = rename_to_free(temporary, to, e);
    return code ? code : sync_folder(to, e);
}

// --- checks

static enum err first_finding(sqlite3 *db, const char *sql, const char *where,
                              char *finding, size_t size, struct error *e)
{
    finding[0] = '\0';
    sqlite3_stmt *handle = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &handle, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(handle);
    if (rc == SQLITE_ROW) {
        const char *a = (const char *)sqlite3_column_text(handle, 0);
        snprintf(finding, size, "%s", a ? a : "unnamed");
        if (sqlite3_column_count(handle) > 1) // foreign_key_check: table, row, parent
            snprintf(finding, size,
                     "row %lld of table %s points to a row of %s that does not exist",
                     (long long)sqlite3_column_int64(handle, 1), a,
                     (const char *)sqlite3_column_text(handle, 2));
        rc = SQLITE_DONE;
    }
    enum err code =
        rc == SQLITE_DONE ? ERR_OK : store_fault(e, rc, db, where, "check the file");
    sqlite3_finalize(handle);
    return code;
}

enum err store_integrity(sqlite3 *db, const char *where, struct error *e)
{
    char finding[300];
    enum err code =
        first_finding(db, "PRAGMA integrity_check(1)", where, finding, sizeof finding, e);
    if (!code && strcmp(finding, "ok") == 0)
        code = first_finding(db, "PRAGMA foreign_key_check", where, finding,
                             sizeof finding, e);
    if (code || !finding[0])
        return code;
    error_set(e, ERR_CORRUPT, "store.corrupt", where, "the file is damaged: %s", finding);
    error_cure(e, "stop writing, copy the file aside and restore the newest backup");
    return ERR_CORRUPT;
}

enum err store_check(struct store *s, struct error *e)
{
    struct conn *c;
    enum err code = store_read_begin(s, &c, e);
    if (code)
        return code;
    code = store_integrity(c->db, s->path, e);
    store_read_end(c);
    return code;
}

// --- copying

struct progress {
    struct store *store;    // NULL: cannot be broken off
    store_progress *report; // may be NULL
    void *argument;
};

static void report(const struct progress *p, double done)
{
    if (p->report)
        p->report(p->argument, done);
}

// from must hold one snapshot for the whole copy, or writers would make it start over.
static enum err copy_pages(sqlite3 *from, sqlite3 *copy, const char *where,
                           const struct progress *p, struct error *e)
{
    sqlite3_backup *b = sqlite3_backup_init(copy, "main", from, "main");
    if (!b)
        return store_fault(e, sqlite3_errcode(copy), copy, where, "copy the file");
    int rc = SQLITE_OK;
    enum err stopped = ERR_OK;
    while (!stopped && (rc = sqlite3_backup_step(b, COPY_PAGES)) == SQLITE_OK) {
        stopped = p->store ? store_cancelled(p->store, e) : ERR_OK;
        int all = sqlite3_backup_pagecount(b), left = sqlite3_backup_remaining(b);
        report(p, all > 0 ? 0.7 * (all - left) / all : 0);
    }
    int finished = sqlite3_backup_finish(b);
    if (stopped)
        return stopped;
    if (rc == SQLITE_DONE)
        rc = finished;
    if (rc == SQLITE_OK) // one file that also opens from a read-only disk
        rc = sqlite3_exec(copy, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    return rc == SQLITE_OK ? ERR_OK : store_fault(e, rc, copy, where, "copy the file");
}

// Fills the empty file `temporary` and checks it. `to` is the name for messages.
static enum err copy_checked(sqlite3 *from, const char *temporary, const char *to,
                             const struct progress *p, struct error *e)
{
    sqlite3 *copy = NULL;
    int rc = sqlite3_open_v2(temporary, &copy,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_extended_result_codes(copy, 1);
        // A crash leaves a temporary name, so the copy needs no journal, and is synced
        // when whole.
        rc = sqlite3_exec(copy, "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF", NULL,
                          NULL, NULL);
    }
    enum err code = rc == SQLITE_OK ? copy_pages(from, copy, to, p, e)
                                    : store_fault(e, rc, copy, to, "copy the file");
    if (!code)
        code = store_integrity(copy, to, e);
    sqlite3_close(copy);
    return code;
}

enum err store_backup(struct store *s, const char *to, store_progress *progress,
                      void *argument, struct error *e)
{
    struct stat status;
    if (!lstat(to, &status)) // said early; store_publish makes sure
        return taken(to, e);
    char temporary[PATH_MAX];
    enum err code = store_temporary(to, "part", temporary, sizeof temporary, e);
    if (code)
        return code;
    const struct progress p = {s, progress, argument};
    struct conn *c = NULL;
    code = store_read_begin(s, &c, e);
    if (!code) {
        code = copy_checked(c->db, temporary, to, &p, e);
        store_read_end(c);
    }
    if (!code)
        code = store_publish(temporary, to, e);
    if (code)
        unlink(temporary);
    else
        report(&p, 1);
    return code;
}

// --- restore

static enum err side_name(char *out, size_t size, const char *path, const char *suffix,
                          struct error *e)
{
    int n = snprintf(out, size, "%s%s", path, suffix);
    return n >= 0 && (size_t)n < size
               ? ERR_OK
               : error_set(e, ERR_LIMIT, "store.path", path, "the path is too long");
}

// Brings the log of the file that is replaced into it. ERR_BUSY when it is in use; a file
// too damaged for that is left to be kept as it is, log and all.
static enum err quiet(const char *to, struct error *e)
{
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(to, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    enum err code = ERR_OK;
    if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED) {
        code = error_set(e, ERR_BUSY, "store.in_use", to, "the file is in use");
        error_cure(e, "stop the server and every command that uses it, then try again");
    }
    sqlite3_close(db);
    return code;
}

// Moves the old file and a log that could not be brought home out of the way, then puts
// the new one in place. The log goes first: no crash leaves it beside the new file.
static enum err replace(const char *temporary, const char *to, struct error *e)
{
    struct stat status;
    char kept[PATH_MAX], log[PATH_MAX], kept_log[PATH_MAX], index[PATH_MAX];
    enum err code = side_name(kept, sizeof kept, to, ".before-restore", e);
    if (!code)
        code = side_name(log, sizeof log, to, "-wal", e);
    if (!code)
        code = side_name(index, sizeof index, to, "-shm", e);
    if (!code)
        code = side_name(kept_log, sizeof kept_log, to, ".before-restore-wal", e);
    if (code)
        return code;
    bool old = !lstat(to, &status);
    if (old && !lstat(kept, &status))
        return taken(kept, e);
    if (!lstat(log, &status))
        code = rename_to_free(log, kept_log, e);
    if (!code)
        unlink(index);
    if (!code && old)
        code = rename_to_free(to, kept, e);
    return code ? code : store_publish(temporary, to, e);
}

static enum err open_backup(const char *backup, sqlite3 **out, struct error *e)
{
    *out = NULL;
    enum err code = store_path_check(backup, e);
    if (code)
        return code;
    int rc =
        sqlite3_open_v2(backup, out, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_extended_result_codes(*out, 1);
        sqlite3_busy_timeout(*out, STORE_BUSY_MS);
        rc = sqlite3_exec(*out, "PRAGMA cell_size_check=ON", NULL, NULL, NULL);
    }
    if (rc != SQLITE_OK)
        return store_fault(e, rc, *out, backup, "open the backup");
    code = store_identity_check(*out, backup, e);
    return code ? code : store_integrity(*out, backup, e);
}

enum err store_restore(const char *backup, const char *to, struct error *e)
{
    sqlite3 *from = NULL;
    char temporary[PATH_MAX];
    bool made = false;
    struct stat status;
    enum err code = open_backup(backup, &from, e);
    if (code)
        goto out;
    code = store_temporary(to, "part", temporary, sizeof temporary, e);
    if (code)
        goto out;
    made = true;
    int rc = sqlite3_exec(from, "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL,
                          NULL);
    if (rc != SQLITE_OK) {
        code = store_fault(e, rc, from, backup, "read the backup");
        goto out;
    }
    const struct progress none = {NULL, NULL, NULL};
    code = copy_checked(from, temporary, to, &none, e);
    if (!code && !lstat(to, &status))
        code = quiet(to, e);
    if (!code)
        code = replace(temporary, to, e);
out:
    if (code && made)
        unlink(temporary);
    sqlite3_close(from);
    return code;
}
