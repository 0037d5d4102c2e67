// SPDX-License-Identifier: AGPL-3.0-or-later
// What the server says about itself.
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "register/history.h"
#include "register/imports.h"
#include "serve/describe.h"
#include "serve/files.h"
#include "serve/routes.h"
#include "serve/server_private.h"

static int64_t bytes_of(const char *path, const char *suffix)
{
    char name[4096];
    struct stat status;
    if (snprintf(name, sizeof name, "%s%s", path, suffix) >= (int)sizeof name)
        return 0;
    return stat(name, &status) ? 0 : (int64_t)status.st_size;
}

static int64_t free_bytes(const char *path)
{
    struct statvfs disk;
    return statvfs(path, &disk) ? 0 : (int64_t)(disk.f_bavail * disk.f_frsize);
}

// Real memory of this process; 0 where the system does not say.
static int64_t memory_bytes(void)
{
    char text[100] = "";
    int64_t pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f)
        return 0;
    struct str head, rest = str_of(fgets(text, sizeof text, f)), second;
    // the second number of the line
    if (!str_split(rest, ' ', &head, &rest) || !str_split(rest, ' ', &second, &rest) ||
        !str_to_int(second, &pages))
        pages = 0;
    fclose(f);
    return pages * sysconf(_SC_PAGESIZE);
}

static void put_lanes(struct json_writer *j, struct server *s)
{
    json_put_key(j, STR("lanes"));
    json_put_array(j);
    for (int i = 0; i <= LANES; i++) {
        struct lane_figures f;
        lane_figures(i < LANES ? &s->lanes[i] : &s->jobs.lane, &f);
        json_put_object(j);
        json_put_key(j, STR("name"));
        json_put_string(j, str_of(f.name));
        put_number(j, "waiting", (int64_t)f.waiting);
        put_number(j, "running", (int64_t)f.running);
        put_number(j, "done", (int64_t)f.done);
        put_number(j, "refused", (int64_t)f.refused);
        json_put_key(j, STR("p50_ms"));
        json_put_double(j, f.p50_ms);
        json_put_key(j, STR("p99_ms"));
        json_put_double(j, f.p99_ms);
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static void put_cache(struct json_writer *j, struct server *s)
{
    struct cache_figures f;
    cache_figures(&s->cache, &f);
    json_put_key(j, STR("cache"));
    json_put_object(j);
    put_number(j, "answers", (int64_t)f.answers);
    put_number(j, "bytes", (int64_t)f.bytes);
    put_number(j, "hits", (int64_t)f.hits);
    put_number(j, "misses", (int64_t)f.misses);
    json_put_object_end(j);
}

static enum err put_history(struct json_writer *j, struct server *s, struct error *e)
{
    struct conn *c;
    int64_t seq;
    char head[2 * HISTORY_HASH + 1];
    enum err code = store_read_begin(s->county->store, &c, e);
    if (code)
        return code;
    code = history_head(c, &seq, head, e);
    store_read_end(c);
    if (code)
        return code;
    json_put_key(j, STR("history"));
    json_put_object(j);
    put_number(j, "entries", seq);
    json_put_key(j, STR("head"));
    json_put_string(j, str_of(head));
    json_put_object_end(j);
    return ERR_OK;
}

// What runs now. Of an import its file and its rows only to those who see it in the list
// of imports.
static enum err put_running(struct json_writer *j, struct request *q, struct error *e)
{
    struct serve_job_running *list;
    size_t n;
    enum err code = serve_job_running(q, &list, &n, e);
    if (code)
        return code;
    json_put_key(j, STR("jobs"));
    json_put_array(j);
    for (size_t i = 0; i < n; i++) {
        const struct serve_job_running *x = &list[i];
        struct imports_entry of;
        bool seen = x->import &&
                    !imports_find(q->county, &q->who, x->import, q->arena, &of, NULL);
        json_put_object(j);
        put_text(j, "kind", str_of(x->kind));
        put_text(j, "who", x->who);
        put_moment(j, "since", x->since);
        json_put_key(j, STR("done"));
        json_put_double(j, x->done);
        if (seen) {
            put_text(j, "register", of.register_name);
            put_label(j, "label",
                      of.reg ? of.reg->label
                             : (struct label){of.register_name, of.register_name});
            put_text(j, "file", of.file);
            put_number(j, "rows", (int64_t)x->rows);
        }
        json_put_object_end(j);
    }
    json_put_array_end(j);
    return ERR_OK;
}

enum err serve_health(struct request *q, struct error *e)
{
    struct server *s = q->server;
    struct json_writer *j = answer_json(q);
    enum err code = ERR_OK;
    struct error no;
    json_put_object(j);
    json_put_key(j, STR("ok"));
    json_put_bool(j, true);
    json_put_key(j, STR("version"));
    json_put_string(j, STR(HENG_VERSION));
    if (!access_may(&q->who, ACCESS_FILE, &no)) {
        const char *path = store_path(s->county->store);
        put_number(j, "uptime_s", (lane_now() - s->started) / 1000000);
        put_number(j, "file_bytes", bytes_of(path, ""));
        put_number(j, "wal_bytes", bytes_of(path, "-wal"));
        put_number(j, "free_bytes", free_bytes(path));
        put_number(j, "memory_bytes", memory_bytes());
        put_number(j, "cube_bytes", (int64_t)cube_bytes(s->cube));
        put_number(j, "connections", (int64_t)visit_count(s));
        put_lanes(j, s);
        put_cache(j, s);
        int64_t backup = 0;
        code = put_running(j, q, e);
        if (!code)
            code = put_history(j, s, e);
        if (!code)
            code = backups_newest(q, &backup, e);
        put_moment(j, "backup_at", backup);
    }
    json_put_object_end(j);
    return code;
}

enum err serve_openapi(struct request *q, struct error *e)
{
    (void)e;
    describe_openapi(answer_json(q), HENG_VERSION, q->server->address);
    return ERR_OK;
}
