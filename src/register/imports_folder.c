// SPDX-License-Identifier: AGPL-3.0-or-later
// Uploads as files in a folder of the server, and their rows of heng_uploads.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "register/imports_private.h"

static const char *const kinds[] = {"upload", "result", "rejects.csv"};
enum { KINDS = sizeof kinds / sizeof *kinds };

const char *imports_path(struct arena *a, const char *folder, int64_t id,
                         const char *kind)
{
    return str_format(a, "%s/imports/%lld.%s", folder, (long long)id, kind).p;
}

static const char *subfolder(struct arena *a, const char *folder)
{
    return str_format(a, "%s/imports", folder).p;
}

// --- holding

static enum err gone(int64_t id, struct error *e)
{
    error_set(e, ERR_NOT_FOUND, "import.gone", NULL,
              "the file of upload %lld is not there any more", (long long)id);
    return error_cure(e, "upload it again; files wait for %d days", IMPORTS_PENDING_DAYS);
}

// A lock of the open file, so that it may be closed by another thread, and falls with the
// process.
enum err imports_hold(struct arena *a, const char *folder, int64_t id, bool wait, int *fd,
                      struct error *e)
{
    const char *path = imports_path(a, folder, id, "upload");
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat now, held;
    if (!path)
        return error_memory(e);
    *fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (*fd < 0)
        return errno == ENOENT ? gone(id, e)
                               : error_errno(e, errno, NULL, "open the upload");
    enum err code = ERR_OK;
    if (fcntl(*fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock) != 0) {
        error_set(e, ERR_CONFLICT, "import.held", NULL,
                  "upload %lld is being checked or saved just now", (long long)id);
        code = error_cure(e, "wait until that has ended");
    } else if (fstat(*fd, &held) != 0 || stat(path, &now) != 0 ||
               held.st_ino != now.st_ino) {
        code = gone(id, e); // removed between opening and locking
    }
    if (code) {
        close(*fd);
        *fd = -1;
    }
    return code;
}

bool imports_held(struct arena *a, const char *folder, int64_t id)
{
    const char *path = imports_path(a, folder, id, "upload");
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (fd < 0)
        return false;
    bool held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(fd);
    return held;
}

// --- taking in

struct taking {
    const struct access *who;
    const struct reg *reg;
    struct str source, name;
    int64_t size, id;
};

static enum err count_pending(struct conn *c, const struct taking *x, struct error *e)
{
    struct stmt *s;
    bool row;
    enum err code = conn_stmt(c, "imports.pending",
                              "SELECT count(*) FROM heng_uploads WHERE who = ? AND state"
                              " NOT IN ('saved', 'removed')",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, x->who->user);
    code = stmt_step(s, &row, e);
    int64_t n = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    if (code || n < IMPORTS_PENDING)
        return code;
    error_set(e, ERR_LIMIT, "import.pending", NULL,
              "%lld of your files wait to be saved; %d are the most", (long long)n,
              IMPORTS_PENDING);
    return error_cure(e, "save or remove one of them first");
}

static enum err take_job(struct conn *c, void *argument, struct error *e)
{
    struct taking *x = argument;
    struct stmt *s;
    enum err code = imports_migrate(c, e);
    if (!code)
        code = count_pending(c, x, e);
    if (!code)
        code = imports_next(c, &x->id, e);
    if (!code)
        code = conn_stmt(c, "imports.take",
                         "INSERT INTO heng_uploads (id, at, who, register, source, name,"
                         " size, state) VALUES (?, ?, ?, ?, ?, ?, ?, 'uploaded')",
                         &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, x->id);
    stmt_bind_int(s, 2, date_now_ms());
    stmt_bind_int(s, 3, x->who->user);
    stmt_bind_text(s, 4, x->reg->name);
    stmt_bind_text(s, 5, x->source.p ? x->source : STR(""));
    stmt_bind_text(s, 6, x->name);
    stmt_bind_int(s, 7, x->size);
    return stmt_done(s, e);
}

static enum err drop_job(struct conn *c, void *argument, struct error *e)
{
    const int64_t *id = argument;
    struct stmt *s;
    enum err code = conn_stmt(c, "imports.drop",
                              "UPDATE heng_uploads SET state = 'removed', name = '',"
                              " given = NULL WHERE id = ? AND state <> 'saved'",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, *id);
    return stmt_done(s, e);
}

static enum err sync_path(const char *path, int flags, struct error *e)
{
    int fd = open(path, flags | O_CLOEXEC);
    bool failed = fd < 0 || fsync(fd) != 0;
    int reason = errno;
    if (fd >= 0)
        close(fd);
    return failed ? error_errno(e, reason, NULL, "keep the upload") : ERR_OK;
}

// On the disk before anyone is told that it is.
static enum err move_in(const char *from, const char *folder, const char *to,
                        struct error *e)
{
    enum err code = sync_path(from, O_RDONLY, e);
    if (!code && rename(from, to) != 0)
        code = error_errno(e, errno, NULL, "keep the upload");
    return code ? code : sync_path(folder, O_RDONLY | O_DIRECTORY, e);
}

enum err imports_take(struct county *c, const struct access *who, const struct reg *r,
                      struct str source, struct str name, const char *folder,
                      const char *path, int64_t size, int64_t *id, struct error *e)
{
    struct arena a;
    struct taking x = {
        .who = who, .reg = r, .source = source, .name = name, .size = size};
    enum err code = access_import(who, r, e);
    if (code)
        return code;
    if (size > IMPORTS_UPLOAD_MAX) {
        error_set(e, ERR_LIMIT, "import.size", NULL,
                  "the file has %lld bytes; %d are the"
                  " most",
                  (long long)size, IMPORTS_UPLOAD_MAX);
        return error_cure(e, "import it with the command heng import, or in parts");
    }
    arena_init(&a, 1 << 20);
    const char *sub = subfolder(&a, folder), *to = NULL;
    if (!sub)
        code = error_memory(e);
    else if (mkdir(sub, 0700) != 0 && errno != EEXIST)
        code = error_errno(e, errno, NULL, "make the folder of uploads");
    if (!code)
        code = store_write(c->store, take_job, &x, e);
    if (!code) {
        to = imports_path(&a, folder, x.id, "upload");
        code = to ? move_in(path, sub, to, e) : error_memory(e);
        if (code)
            (void)!store_write(c->store, drop_job, &x.id, NULL);
    }
    *id = x.id;
    arena_free(&a);
    return code;
}

static void remove_files(struct arena *a, const char *folder, int64_t id)
{
    for (int i = 0; i < KINDS; i++) {
        const char *path = imports_path(a, folder, id, kinds[i]);
        if (path)
            unlink(path);
    }
}

enum err imports_drop(struct county *c, struct arena *a, const char *folder, int64_t id,
                      struct error *e)
{
    enum err code = store_write(c->store, drop_job, &id, e);
    if (!code)
        remove_files(a, folder, id);
    return code;
}

// --- sweeping

static enum err old_uploads(struct county *c, int64_t before, int64_t *ids, size_t most,
                            size_t *n, struct error *e)
{
    struct conn *conn;
    struct stmt *s;
    enum err code = store_read_begin(c->store, &conn, e);
    if (code)
        return code;
    code = conn_stmt(conn, "imports.old",
                     "SELECT id FROM heng_uploads WHERE at < ? AND state NOT IN ('saved',"
                     " 'removed') LIMIT 100",
                     &s, e);
    if (!code)
        stmt_bind_int(s, 1, before);
    for (bool row; !code && *n < most && !(code = stmt_step(s, &row, e)) && row;)
        ids[(*n)++] = stmt_int(s, 0);
    if (!code)
        stmt_finish(s);
    store_read_end(conn);
    return code;
}

// Whether the number is that of an upload that still waits.
static enum err waits(struct county *c, int64_t id, bool *out, struct error *e)
{
    struct conn *conn;
    struct stmt *s;
    enum err code = store_read_begin(c->store, &conn, e);
    if (code)
        return code;
    code = conn_stmt(conn, "imports.waits",
                     "SELECT 1 FROM heng_uploads WHERE id = ? AND state NOT IN ('saved',"
                     " 'removed')",
                     &s, e);
    if (!code) {
        stmt_bind_int(s, 1, id);
        code = stmt_step(s, out, e);
        stmt_finish(s);
    }
    store_read_end(conn);
    return code;
}

// A file is named ID.KIND; what is not was put there by someone else, and stays.
static bool read_name(const char *name, int64_t *id, int *kind)
{
    struct str number, rest;
    if (!str_split(str_of(name), '.', &number, &rest) || !str_to_int(number, id))
        return false;
    for (*kind = 0; *kind < KINDS; ++*kind)
        if (str_equal_c(rest, kinds[*kind]))
            return true;
    return false;
}

static enum err sweep_file(struct county *c, struct arena *a, const char *folder,
                           const char *name, int64_t now, struct error *e)
{
    int64_t id;
    int kind;
    struct stat about;
    bool waiting = true;
    if (!read_name(name, &id, &kind))
        return ERR_OK;
    const char *path = imports_path(a, folder, id, kinds[kind]);
    if (!path)
        return error_memory(e);
    enum err code = waits(c, id, &waiting, e);
    if (code || waiting || stat(path, &about) != 0)
        return code;
    // the result of what was saved is looked at for as long as its rejects are there
    bool lasting = kind >= 1;
    int64_t days = (now / 1000 - about.st_mtime) / 86400;
    if ((lasting ? days >= IMPORTS_REJECTS_DAYS : days >= 1) &&
        !imports_held(a, folder, id))
        unlink(path);
    return ERR_OK;
}

enum err imports_sweep(struct county *c, const char *folder, int64_t now, struct error *e)
{
    struct arena a;
    int64_t ids[100];
    size_t n = 0;
    arena_init(&a, 16 << 20);
    enum err code = old_uploads(c, now - (int64_t)IMPORTS_PENDING_DAYS * 86400000, ids,
                                sizeof ids / sizeof *ids, &n, e);
    for (size_t i = 0; !code && i < n; i++)
        if (!imports_held(&a, folder, ids[i]))
            code = imports_drop(c, &a, folder, ids[i], e);
    const char *sub = subfolder(&a, folder);
    DIR *d = sub ? opendir(sub) : NULL;
    for (struct dirent *entry; !code && d && (entry = readdir(d)) != NULL;)
        code = sweep_file(c, &a, folder, entry->d_name, now, e);
    if (d)
        closedir(d);
    arena_free(&a);
    return code;
}
