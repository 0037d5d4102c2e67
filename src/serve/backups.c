// SPDX-License-Identifier: AGPL-3.0-or-later
// /api/backups and /api/verify: copies of the file in the server's folder, and its proof.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "access/audit.h"
#include "register/history.h"
#include "serve/files.h"
#include "serve/routes.h"

enum { MOST_BACKUPS = 10000, NAME_BYTES = 80 };

static struct str folder_of(struct arena *a, struct server *s)
{
    return str_format(a, "%s/backups", server_folder(s));
}

// county-20261122-065500-012.db, and nothing that could lead elsewhere.
static bool good_name(struct str name)
{
    if (name.n < 4 || name.n > NAME_BYTES || memcmp(name.p + name.n - 3, ".db", 3) != 0)
        return false;
    for (size_t i = 0; i + 3 < name.n; i++) {
        char c = name.p[i];
        bool plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
                     c == '-' || c == '_';
        if (!plain)
            return false;
    }
    return true;
}

// --- the list

struct one_backup {
    struct str name;
    int64_t at, bytes;
};

static int newest_first(const void *a, const void *b)
{
    const struct one_backup *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? 1 : -1;
    return str_compare(y->name, x->name);
}

static enum err read_list(struct request *q, struct one_backup **out, size_t *n,
                          struct error *e)
{
    struct str folder = folder_of(q->arena, q->server);
    size_t capacity = 64;
    *n = 0;
    *out = ARENA_ARRAY(q->arena, struct one_backup, capacity);
    if (!folder.p || !*out)
        return error_memory(e);
    DIR *d = opendir(folder.p);
    if (!d)
        return errno == ENOENT
                   ? ERR_OK
                   : error_errno(e, errno, NULL, "read the folder of backups");
    enum err code = ERR_OK;
    for (struct dirent *entry; !code && *n < MOST_BACKUPS && (entry = readdir(d));) {
        struct stat about;
        if (!good_name(str_of(entry->d_name)) ||
            fstatat(dirfd(d), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(about.st_mode))
            continue;
        if (*n == capacity) {
            struct one_backup *more =
                ARENA_ARRAY(q->arena, struct one_backup, capacity * 2);
            if (!more) {
                code = error_memory(e);
                break;
            }
            memcpy(more, *out, *n * sizeof *more);
            *out = more;
            capacity *= 2;
        }
        struct one_backup *b = &(*out)[(*n)++];
        *b = (struct one_backup){.name = str_copy(q->arena, str_of(entry->d_name)),
                                 .at = about.st_mtime * 1000,
                                 .bytes = about.st_size};
        if (!b->name.p)
            code = error_memory(e);
    }
    closedir(d);
    qsort(*out, *n, sizeof **out, newest_first);
    return code;
}

enum err backups_newest(struct request *q, int64_t *at, struct error *e)
{
    struct one_backup *list;
    size_t n;
    enum err code = read_list(q, &list, &n, e);
    *at = !code && n ? list[0].at : 0;
    return code;
}

enum err backups_all(struct request *q, struct error *e)
{
    struct one_backup *list;
    size_t n;
    enum err code = files_everywhere(q, ACCESS_FILE, e);
    if (!code)
        code = read_list(q, &list, &n, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    json_put_key(j, STR("backups"));
    json_put_array(j);
    for (size_t i = 0; i < n; i++) {
        json_put_object(j);
        put_text(j, "name", list[i].name);
        put_moment(j, "at", list[i].at);
        put_number(j, "bytes", list[i].bytes);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    json_put_object_end(j);
    return ERR_OK;
}

static enum err note(struct county *c, int64_t who, enum audit_kind kind,
                     struct str subject, const char *what, struct error *e)
{
    return audit_write(c->store,
                       &(struct audit_entry){.kind = kind,
                                             .who = who,
                                             .subject = subject,
                                             .text = str_of(what),
                                             .at = date_now_ms()},
                       e);
}

// {name} of the path; ERR_NOT_FOUND.
static enum err find(struct request *q, struct str *name, struct str *path,
                     struct error *e)
{
    struct str folder = folder_of(q->arena, q->server);
    struct stat about;
    *name = request_path(q, "name");
    enum err code = files_everywhere(q, ACCESS_FILE, e);
    if (!code && !folder.p)
        code = error_memory(e);
    if (code)
        return code;
    *path = str_format(q->arena, STR_FMT "/" STR_FMT, STR_ARG(folder), STR_ARG(*name));
    if (!path->p)
        return error_memory(e);
    if (good_name(*name) && !lstat(path->p, &about) && S_ISREG(about.st_mode))
        return ERR_OK;
    error_set(e, ERR_NOT_FOUND, "backup.unknown", NULL, "there is no such backup");
    return error_cure(e, "GET /api/backups lists them");
}

// What is gone was said to go before it went.
enum err backups_remove(struct request *q, struct error *e)
{
    struct str name, path;
    enum err code = find(q, &name, &path, e);
    if (!code)
        code = note(q->county, q->who.user, AUDIT_BACKUP, name, "removed", e);
    if (!code && unlink(path.p) != 0 && errno != ENOENT)
        code = error_errno(e, errno, NULL, "remove the backup");
    if (!code)
        answer_status(q, 204);
    return code;
}

enum err backups_get(struct request *q, struct error *e)
{
    struct str name, path;
    enum err code = find(q, &name, &path, e);
    if (code)
        return code;
    code = note(q->county, q->who.user, AUDIT_BACKUP, name, "downloaded", e);
    answer_header(q, "Cache-Control", STR("no-store"));
    return code ? code
                : answer_file(q, path.p, "application/vnd.sqlite3", name, false, e);
}

// --- jobs

static void put_job(struct request *q, const char *kind, int64_t id)
{
    struct json_writer *j = answer_json(q);
    answer_status(q, 202);
    json_put_object(j);
    put_id(j, "id", id);
    put_text(j, "kind", str_of(kind));
    put_text(j, "state", STR("waiting"));
    put_number(j, "done", 0);
    put_number(j, "rows", 0);
    json_put_object_end(j);
}

static void show(void *argument, double done)
{
    struct serve_job *job = argument;
    job->done = done;
}

// A name of this second and this job: two of one second are two.
static enum err make_name(struct serve_job *job, struct str folder, struct str *name,
                          struct str *path, struct error *e)
{
    char stamp[32];
    struct tm t;
    time_t now = (time_t)(date_now_ms() / 1000);
    if (!gmtime_r(&now, &t))
        return error_set(e, ERR_INTERNAL, "backup.clock", NULL, "the clock says nothing");
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &t);
    *name = str_format(&job->arena, "county-%s-%03d.db", stamp, (int)(job->id % 1000));
    *path = name->p ? str_format(&job->arena, STR_FMT "/" STR_FMT, STR_ARG(folder),
                                 STR_ARG(*name))
                    : *name;
    return path->p ? ERR_OK : error_memory(e);
}

static enum err backup_job(struct serve_job *job, struct error *e)
{
    struct str folder = folder_of(&job->arena, job->server), name = {0}, path = {0};
    struct stat about = {0};
    if (!folder.p)
        return error_memory(e);
    if (mkdir(folder.p, 0700) != 0 && errno != EEXIST)
        return error_errno(e, errno, NULL, "make the folder of backups");
    enum err code = make_name(job, folder, &name, &path, e);
    if (!code)
        code = store_backup(job->county->store, path.p, show, job, e);
    if (code && e)
        e->where[0] = '\0'; // where the folder is concerns nobody outside
    if (!code)
        code = note(job->county, job->who.user, AUDIT_BACKUP, name, "made", e);
    if (code)
        return code;
    (void)!stat(path.p, &about);
    struct json_writer j = json_on(&job->result);
    json_put_object(&j);
    put_text(&j, "name", name);
    put_moment(&j, "at", date_now_ms());
    put_number(&j, "bytes", about.st_size);
    json_put_object_end(&j);
    return ERR_OK;
}

enum err backups_make(struct request *q, struct error *e)
{
    int64_t id;
    enum err code = files_everywhere(q, ACCESS_FILE, e);
    if (!code)
        code = serve_job_start(q, "backup", backup_job, NULL, 0, &id, e);
    if (!code)
        put_job(q, "backup", id);
    return code;
}

static enum err verify_job(struct serve_job *job, struct error *e)
{
    struct history_report history = {0};
    struct audit_report audit = {0};
    struct conn *conn;
    enum err code = store_check(job->county->store, e);
    job->done = 0.3;
    if (!code)
        code = history_verify(job->county, &job->arena, &history, e);
    job->done = 0.9;
    job->rows = (uint64_t)history.rows;
    if (!code)
        code = store_read_begin(job->county->store, &conn, e);
    if (!code) {
        code = audit_verify(conn, &job->arena, &audit, e);
        store_read_end(conn);
    }
    struct error own;
    enum err noted =
        note(job->county, job->who.user, AUDIT_VERIFY, STR("the file"),
             code ? "a problem was found" : "all is as it was written", &own);
    if (code)
        return code;
    if (noted) {
        *e = own;
        return noted;
    }
    struct json_writer j = json_on(&job->result);
    json_put_object(&j);
    put_number(&j, "entries", history.entries);
    put_number(&j, "rows", history.rows);
    put_text(&j, "head", str_of(history.head));
    put_number(&j, "attachments", history.attachments);
    put_text(&j, "attachments_head", str_of(history.attachments_head));
    put_number(&j, "audit_entries", audit.entries);
    put_text(&j, "audit_head", str_of(audit.head));
    json_put_object_end(&j);
    return ERR_OK;
}

enum err backups_verify(struct request *q, struct error *e)
{
    int64_t id;
    enum err code = files_everywhere(q, ACCESS_FILE, e);
    if (!code)
        code = serve_job_start(q, "verify", verify_job, NULL, 0, &id, e);
    if (!code)
        put_job(q, "verify", id);
    return code;
}
