// SPDX-License-Identifier: AGPL-3.0-or-later
// /api/imports: a file is uploaded, looked at, mapped, checked, saved, taken back.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "access/audit.h"
#include "base/text.h"
#include "register/import.h"
#include "register/import_look.h"
#include "register/imports.h"
#include "serve/files.h"
#include "serve/routes.h"
#include "serve/server_private.h"

enum { PAGE = 50, MOST_COLUMNS = 4096 };

// --- an import as JSON

static const char *mapped_by(enum mapped_by by)
{
    static const char *const names[] = {
        [MAPPED_NOT] = "not",     [MAPPED_LEFT_OUT] = "left_out",
        [MAPPED_GIVEN] = "given", [MAPPED_KEPT] = "kept",
        [MAPPED_NAME] = "name",   [MAPPED_LABEL] = "label",
        [MAPPED_ALSO] = "also",   [MAPPED_LEVEL] = "level",
        [MAPPED_OWN] = "own",     [MAPPED_UNKNOWN] = "unknown",
    };
    return names[by];
}

static void put_column(struct json_writer *j, const struct pack *p,
                       const struct mapped_column *m, const struct str *samples, size_t n)
{
    json_put_object(j);
    put_text(j, "heading", m->heading);
    json_put_key(j, STR("samples"));
    json_put_array(j);
    for (size_t i = 0; i < n; i++)
        json_put_string(j, samples[i]);
    json_put_array_end(j);
    json_put_key(j, STR("field"));
    if (m->field)
        json_put_string(j, m->field->name);
    else
        json_put_null(j);
    put_text(j, "by", str_of(mapped_by(m->by)));
    if (m->by == MAPPED_LEVEL && m->level >= 0)
        put_text(j, "level", p->levels[m->level].name);
    json_put_object_end(j);
}

static void put_look(struct json_writer *j, const struct pack *p,
                     const struct import_look *look)
{
    if (look->n_sheets) {
        json_put_key(j, STR("sheets"));
        json_put_array(j);
        for (size_t i = 0; i < look->n_sheets; i++)
            json_put_string(j, look->sheets[i]);
        json_put_array_end(j);
        put_text(j, "sheet", look->sheet);
    }
    put_number(j, "header_line", (int64_t)look->header_line);
    json_put_key(j, STR("columns"));
    json_put_array(j);
    for (size_t i = 0; i < look->mapping.n; i++)
        put_column(j, p, &look->mapping.columns[i], look->samples[i], look->n_samples[i]);
    json_put_array_end(j);
    put_yes(j, "complete", look->mapping.complete);
    json_put_key(j, STR("missing"));
    json_put_array(j);
    for (size_t i = 0; i < look->n_missing; i++)
        json_put_string(j, look->missing[i]->name);
    json_put_array_end(j);
}

static void put_undo(struct json_writer *j, bool may, struct label why)
{
    json_put_key(j, STR("undo"));
    json_put_object(j);
    put_yes(j, "may", may);
    put_label(j, "why", why);
    json_put_object_end(j);
}

// Counts of what was saved, where its full result is no longer kept.
static void put_counts(struct json_writer *j, const struct imports_entry *x, bool rejects)
{
    json_put_key(j, STR("result"));
    json_put_object(j);
    put_number(j, "rows", x->rows);
    put_number(j, "inserted", x->inserted);
    put_number(j, "corrected", x->corrected);
    put_number(j, "unchanged", x->unchanged);
    put_number(j, "rejected", x->rejected);
    put_number(j, "warned", 0);
    json_put_key(j, STR("problems"));
    json_put_array(j);
    json_put_array_end(j);
    put_yes(j, "rejects", rejects);
    put_moment(j, "before_at", 0);
    json_put_object_end(j);
}

// What the last check or save said, kept beside the upload.
static bool put_kept(struct request *q, struct json_writer *j,
                     const struct imports_entry *x)
{
    json_t *kept, *one;
    bool result = false;
    files_read(imports_path(q->arena, server_folder(q->server), x->id, "result"), &kept);
    // what an earlier check said is not what was saved
    if ((one = json_object_get(kept, "result")) != NULL &&
        (!x->saved || json_is_true(json_object_get(kept, "saved")))) {
        json_put_key(j, STR("result"));
        files_value(j, one);
        result = true;
    }
    if (!x->saved && (one = json_object_get(kept, "error")) != NULL) {
        json_put_key(j, STR("error"));
        files_value(j, one);
    }
    json_decref(kept);
    return result;
}

static enum imports_state real_state(const struct request *q,
                                     const struct imports_entry *x, bool *died)
{
    *died = (x->state == IMPORTS_CHECKING || x->state == IMPORTS_SAVING) &&
            !serve_job_alive(q->server, x->job) &&
            !imports_held(q->arena, server_folder(q->server), x->id);
    return *died ? IMPORTS_UPLOADED : x->state;
}

static void put_head(const struct request *q, struct json_writer *j,
                     const struct imports_entry *x, bool *died)
{
    put_id(j, "id", x->id);
    put_text(j, "register", x->register_name);
    put_text(j, "source", x->source);
    // a command kept the path as it was typed
    struct str name = x->file;
    for (size_t i = name.n; i-- > 0;)
        if (name.p[i] == '/') {
            name = (struct str){name.p + i + 1, name.n - i - 1};
            break;
        }
    put_text(j, "file", name);
    put_number(j, "size", x->size);
    put_moment(j, "at", x->at);
    put_text(j, "who", x->who_name);
    put_text(j, "state", str_of(imports_state_name(real_state(q, x, died))));
    if (x->job)
        put_id(j, "job", x->job);
}

static bool has_rejects(const struct request *q, int64_t id)
{
    const char *path =
        imports_path(q->arena, server_folder(q->server), id, "rejects.csv");
    return path && access(path, F_OK) == 0;
}

static void put_died(struct json_writer *j, bool zh)
{
    struct error e;
    (void)error_set(&e, ERR_CONFLICT, "import.interrupted", NULL,
                    "the server was stopped while it worked on this file; nothing was"
                    " saved");
    (void)error_cure(&e, "check or save it again");
    answer_put_error(j, &e, zh, NULL);
}

static struct import_look_options look_at(const struct request *q,
                                          const struct imports_entry *x)
{
    return (struct import_look_options){
        .path = imports_path(q->arena, server_folder(q->server), x->id, "upload"),
        .sheet = x->sheet.n ? x->sheet.p : NULL,
        .source = x->source,
        .header_line = (uint64_t)x->header_line,
        .given = x->given,
        .n_given = x->n_given};
}

// The path of the upload says nothing to a person, and is the server's own affair; nor
// are other paths in its folder.
static void name_file(struct error *e, const struct server *s, const char *path,
                      struct str name)
{
    const char *folder = server_folder(s);
    size_t n = path ? strlen(path) : 0;
    char rest[sizeof e->where] = "";
    if (strncmp(e->where, folder, strlen(folder)) != 0)
        return;
    if (n && strncmp(e->where, path, n) == 0)
        snprintf(rest, sizeof rest, "%s", e->where + n);
    snprintf(e->where, sizeof e->where, STR_FMT "%s", STR_ARG(text_cut(name, 150)), rest);
}

static enum err put_upload(struct request *q, struct json_writer *j,
                           const struct imports_entry *x, bool busy, struct error *e)
{
    struct import_look look;
    struct error wrong = {0};
    bool kept = false;
    if (x->reg && !busy) {
        struct import_look_options options = look_at(q, x);
        enum err code = options.path ? import_look(q->county, x->reg, &options, q->arena,
                                                   &look, &wrong)
                                     : error_memory(&wrong);
        if (code == ERR_MEMORY || code == ERR_INTERNAL) {
            *e = wrong;
            return code;
        }
        name_file(&wrong, q->server, options.path, x->file);
        if (!code)
            put_look(j, q->county->pack, &look);
        else
            answer_put_error(j, &wrong, q->zh, NULL);
        kept = code != ERR_OK;
    }
    if (!kept && !busy)
        (void)put_kept(q, j, x);
    return ERR_OK;
}

static enum err put_import(struct request *q, struct json_writer *j,
                           const struct imports_entry *x, struct error *e)
{
    enum imports_undo may;
    struct label why;
    bool died;
    enum err code = imports_may_undo(q->county, &q->who, x, q->arena, &may, &why, e);
    if (code)
        return code;
    json_put_object(j);
    put_head(q, j, x, &died);
    if (x->saved) {
        if (!x->hidden && !put_kept(q, j, x))
            put_counts(j, x, has_rejects(q, x->id));
    } else if (died) {
        put_died(j, q->zh);
        struct import_look look;
        struct import_look_options options = look_at(q, x);
        if (x->reg && options.path &&
            !import_look(q->county, x->reg, &options, q->arena, &look, NULL))
            put_look(j, q->county->pack, &look);
    } else {
        bool busy = x->state == IMPORTS_CHECKING || x->state == IMPORTS_SAVING;
        code = put_upload(q, j, x, busy, e);
    }
    put_undo(j, may == UNDO_MAY, why);
    json_put_object_end(j);
    return code;
}

static enum err answer_import(struct request *q, int64_t id, struct error *e)
{
    struct imports_entry x;
    enum err code = imports_find(q->county, &q->who, id, q->arena, &x, e);
    answer_header(q, "Cache-Control", STR("no-store")); // it has values of rows
    return code ? code : put_import(q, answer_json(q), &x, e);
}

// --- reading

enum err imports_one(struct request *q, struct error *e)
{
    int64_t id;
    enum err code = request_id(q, "id", &id, e);
    return code ? code : answer_import(q, id, e);
}

enum err imports_all(struct request *q, struct error *e)
{
    struct imports_entry *list;
    size_t n;
    int64_t before, next;
    bool died;
    enum err code = request_int(q, "after", 0, 0, INT64_MAX, &before, e);
    if (!code)
        code =
            imports_list(q->county, &q->who, before, PAGE, q->arena, &list, &n, &next, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    json_put_key(j, STR("imports"));
    json_put_array(j);
    for (size_t i = 0; i < n; i++) {
        json_put_object(j);
        put_head(q, j, &list[i], &died);
        if (list[i].saved && !list[i].hidden)
            put_counts(j, &list[i], has_rejects(q, list[i].id));
        // whether it can be taken back in fact is asked of one alone
        bool may = list[i].saved && !list[i].undone_at && list[i].first;
        put_undo(j, may, (struct label){STR(""), STR("")});
        json_put_object_end(j);
    }
    json_put_array_end(j);
    json_put_key(j, STR("next"));
    if (next) {
        char text[24];
        snprintf(text, sizeof text, "%lld", (long long)next);
        json_put_string(j, str_of(text));
    } else {
        json_put_null(j);
    }
    json_put_object_end(j);
    return ERR_OK;
}

enum err imports_rejects(struct request *q, struct error *e)
{
    int64_t id;
    struct imports_entry x;
    enum err code = request_id(q, "id", &id, e);
    if (!code)
        code = imports_find(q->county, &q->who, id, q->arena, &x, e);
    if (code)
        return code;
    const char *path =
        imports_path(q->arena, server_folder(q->server), id, "rejects.csv");
    struct str name =
        str_format(q->arena, STR_FMT ".rejects.csv", STR_ARG(text_cut(x.file, 180)));
    if (!path || !name.p)
        return error_memory(e);
    if (access(path, F_OK) != 0) {
        error_set(e, ERR_NOT_FOUND, "import.rejects", NULL,
                  "import %lld has no rejected rows, or they are kept no more",
                  (long long)id);
        return error_cure(e, "they are kept for %d days", IMPORTS_REJECTS_DAYS);
    }
    code = audit_write(q->county->store,
                       &(struct audit_entry){.kind = AUDIT_EXPORT,
                                             .who = q->who.user,
                                             .subject = x.register_name,
                                             .text = STR("rejected rows of an import"),
                                             .at = date_now_ms()},
                       e);
    return code ? code : answer_file(q, path, "text/csv; charset=utf-8", name, false, e);
}

// --- uploading

// Unknown, and not the caller's to see, are one answer.
static enum err find_register(const struct request *q, const struct reg **out,
                              struct error *e)
{
    struct str name = request_query(q, "register");
    *out = name.p ? pack_register(q->county->pack, name) : NULL;
    if (*out && !access_import(&q->who, *out, NULL))
        return ERR_OK;
    if (*out && !access_read_some(&q->who, *out, NULL))
        return access_import(&q->who, *out, e);
    return error_set(e, ERR_NOT_FOUND, "register.unknown", "register",
                     "there is no register '" STR_FMT "'", STR_ARG(text_cut(name, 60)));
}

static enum err find_source(const struct request *q, const struct reg *r, struct str *out,
                            struct error *e)
{
    struct buf list = BUF_INIT(300);
    *out = request_query(q, "source");
    for (size_t i = 0; i < r->n_sources; i++)
        if (str_equal(r->sources[i].value, *out))
            return ERR_OK;
    if (!out->n && !r->n_sources)
        return ERR_OK;
    for (size_t i = 0; i < r->n_sources && list.n < 200; i++)
        buf_printf(&list, "%s" STR_FMT, i ? ", " : "", STR_ARG(r->sources[i].value));
    error_set(e, ERR_INPUT, "import.source", "source",
              "'" STR_FMT "' is no source of " STR_FMT, STR_ARG(text_cut(*out, 60)),
              STR_ARG(r->name));
    if (r->n_sources)
        error_cure(e, "say who sent the file: " STR_FMT, STR_ARG(buf_str(&list)));
    else
        error_cure(e, "leave the source out");
    buf_free(&list);
    return ERR_INPUT;
}

// What is no table is not kept: the sender is told at once.
static enum err first_look(struct request *q, int64_t id, struct error *e)
{
    struct imports_entry x;
    struct import_look look;
    const char *folder = server_folder(q->server);
    enum err code = imports_find(q->county, &q->who, id, q->arena, &x, e);
    if (code)
        return code;
    struct import_look_options options = look_at(q, &x);
    code = options.path ? import_look(q->county, x.reg, &options, q->arena, &look, e)
                        : error_memory(e);
    if (!code) {
        struct imports_change to = {.state = IMPORTS_UPLOADED,
                                    .mapping = true,
                                    .header_line = (int64_t)look.header_line};
        return imports_set(q->county, id, &to, e);
    }
    name_file(e, q->server, options.path, x.file);
    (void)!imports_drop(q->county, q->arena, folder, id, NULL);
    return code;
}

enum err imports_upload(struct request *q, struct error *e)
{
    const struct reg *r;
    struct str source = {NULL, 0}, name = source;
    int64_t id;
    enum err code = find_register(q, &r, e);
    if (!code)
        code = find_source(q, r, &source, e);
    if (!code)
        code = files_name(q, &name, e);
    if (!code && (!q->upload || !q->upload_size)) {
        error_set(e, ERR_INPUT, "import.empty", NULL, "the file is empty");
        code = error_cure(e, "choose the file again");
    }
    // what nobody came back for makes room first
    if (!code)
        code = imports_sweep(q->county, server_folder(q->server), date_now_ms(), e);
    if (!code)
        code = imports_take(q->county, &q->who, r, source, name, server_folder(q->server),
                            q->upload, (int64_t)q->upload_size, &id, e);
    if (!code)
        code = first_look(q, id, e);
    if (code)
        return code;
    answer_status(q, 201);
    return answer_import(q, id, e);
}

// --- what to do with it

static enum err find_upload(struct request *q, int64_t id, struct imports_entry *x,
                            struct error *e)
{
    enum err code = imports_find(q->county, &q->who, id, q->arena, x, e);
    if (!code && x->state >= IMPORTS_SAVED)
        code = error_set(e, ERR_CONFLICT, "import.saved", NULL,
                         "import %lld was saved already", (long long)id);
    if (!code && (!x->upload || !x->reg))
        code = error_set(e, ERR_NOT_FOUND, "import.unknown", NULL,
                         "there is no upload %lld", (long long)id);
    return code ? code : access_import(&q->who, x->reg, e);
}

static enum err find_held(struct request *q, struct imports_entry *x, int *fd,
                          struct error *e)
{
    int64_t id;
    enum err code = request_id(q, "id", &id, e);
    if (!code)
        code = find_upload(q, id, x, e);
    if (!code)
        code = imports_hold(q->arena, server_folder(q->server), id, false, fd, e);
    if (code)
        return code;
    code = find_upload(q, id, x, e); // as it is now that it is held
    if (!code && serve_job_alive(q->server, x->job))
        code = error_set(e, ERR_CONFLICT, "import.held", NULL,
                         "upload %lld is being checked or saved just now", (long long)id);
    if (code) {
        close(*fd);
        *fd = -1;
    }
    return code;
}

static enum err read_map(struct request *q, struct imports_change *to, struct error *e)
{
    json_t *body, *map, *value;
    const char *heading;
    enum err code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "sheet", false, 200, &to->sheet, e);
    if (code)
        return code;
    map = json_object_get(body, "map");
    if (!json_is_object(map) || json_object_size(map) > MOST_COLUMNS) {
        error_set(e, ERR_INPUT, "import.map", "map",
                  "map must be an object of headings and fields");
        return error_cure(e, "\"\" for a column that stands for nothing");
    }
    const char **given = ARENA_ARRAY(q->arena, const char *, json_object_size(map) + 1);
    if (!given)
        return error_memory(e);
    json_object_foreach(map, heading, value)
    {
        if (!json_is_string(value) && !json_is_null(value))
            return error_set(e, ERR_INPUT, "import.map", "map",
                             "the field of '%.60s' is no text", heading);
        const char *field = json_is_string(value) ? json_string_value(value) : "";
        given[to->n_given] = str_format(q->arena, "%s=%s", heading, field).p;
        if (!given[to->n_given])
            return error_memory(e);
        to->n_given++;
    }
    to->given = given;
    return ERR_OK;
}

static enum err look_mapped(struct request *q, struct imports_entry *x,
                            struct imports_change *to, struct error *e)
{
    struct import_look look;
    bool other_sheet = to->sheet.p && !str_equal(to->sheet, x->sheet);
    if (!to->sheet.p)
        to->sheet = x->sheet;
    x->sheet = str_copy(q->arena, to->sheet);
    x->header_line = other_sheet ? 0 : x->header_line;
    x->given = to->given;
    x->n_given = to->n_given;
    if (!x->sheet.p)
        return error_memory(e);
    struct import_look_options options = look_at(q, x);
    if (!options.path)
        return error_memory(e);
    enum err code = import_look(q->county, x->reg, &options, q->arena, &look, e);
    if (code)
        name_file(e, q->server, options.path, x->file);
    if (code == ERR_USAGE && e) // of a command line, not of a request
        e->code = code = ERR_INPUT;
    to->header_line = (int64_t)look.header_line;
    return code;
}

enum err imports_map(struct request *q, struct error *e)
{
    struct imports_entry x;
    struct imports_change to = {.state = IMPORTS_UPLOADED, .mapping = true};
    int fd = -1;
    enum err code = read_map(q, &to, e);
    if (!code)
        code = find_held(q, &x, &fd, e);
    if (code)
        return code;
    code = look_mapped(q, &x, &to, e);
    if (!code)
        code = imports_set(q->county, x.id, &to, e);
    const char *kept = imports_path(q->arena, server_folder(q->server), x.id, "result");
    if (!code && kept)
        unlink(kept); // of another mapping
    close(fd);
    return code ? code : answer_import(q, x.id, e);
}

enum err imports_remove(struct request *q, struct error *e)
{
    struct imports_entry x;
    int fd = -1;
    int64_t id;
    enum err code = find_held(q, &x, &fd, e);
    if (code == ERR_NOT_FOUND && request_id(q, "id", &id, NULL) == ERR_OK &&
        imports_find(q->county, &q->who, id, q->arena, &x, NULL) == ERR_OK && x.upload &&
        !x.saved)
        code = ERR_OK; // its file is gone already
    if (!code)
        code = imports_drop(q->county, q->arena, server_folder(q->server), x.id, e);
    if (fd >= 0)
        close(fd);
    if (!code)
        answer_status(q, 204);
    return code;
}

// --- jobs

struct work {
    int64_t id;
    bool save;
};

static void show(void *argument, double done, uint64_t rows)
{
    struct serve_job *job = argument;
    job->done = done;
    job->rows = rows;
}

static void put_result(struct json_writer *j, const struct import_result *r)
{
    json_put_object(j);
    put_number(j, "rows", (int64_t)r->rows);
    put_number(j, "inserted", (int64_t)r->inserted);
    put_number(j, "corrected", (int64_t)r->corrected);
    put_number(j, "unchanged", (int64_t)r->unchanged);
    put_number(j, "rejected", (int64_t)r->rejected);
    put_number(j, "warned", (int64_t)r->warned);
    json_put_key(j, STR("problems"));
    json_put_array(j);
    for (size_t i = 0; i < r->n_problems; i++) {
        json_put_object(j);
        put_text(j, "key", r->problems[i].key);
        put_label(j, "example", r->problems[i].example);
        put_number(j, "count", (int64_t)r->problems[i].count);
        put_yes(j, "error", r->problems[i].error);
        put_yes(j, "note", r->problems[i].note);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    put_yes(j, "rejects", r->rejects_path.n > 0);
    put_moment(j, "before_at", r->before_at);
    json_put_object_end(j);
}

// What came of it, for whoever asks later. Not to lose what was saved for want of room.
static void keep_outcome(struct serve_job *job, int64_t id, struct buf *text)
{
    struct error own;
    const char *path =
        imports_path(&job->arena, server_folder(job->server), id, "result");
    if (path && !buf_check(text, &own))
        (void)!files_keep(path, buf_str(text), &own);
}

static enum err run_import(struct serve_job *job, const struct work *w,
                           struct imports_entry *x, struct import_result *out,
                           struct error *e)
{
    const char *folder = server_folder(job->server);
    const char *path = imports_path(&job->arena, folder, x->id, "upload");
    const char *rejects = imports_path(&job->arena, folder, x->id, "rejects.csv");
    if (!path || !rejects)
        return error_memory(e);
    unlink(rejects); // of an earlier check
    struct import_options options = {.path = path,
                                     .sheet = x->sheet.n ? x->sheet.p : NULL,
                                     .source = x->source,
                                     .given = x->given,
                                     .n_given = x->n_given,
                                     .rejects = rejects,
                                     .dry_run = !w->save,
                                     .header_line = (uint64_t)x->header_line,
                                     .id = w->save ? x->id : 0,
                                     .name = x->file.p,
                                     .progress = show,
                                     .progress_argument = job};
    enum err code =
        import_run(job->county, &job->who, x->reg, &options, &job->arena, out, e);
    if (code && e)
        name_file(e, job->server, path, x->file);
    if (code == ERR_USAGE && e)
        e->code = code = ERR_INPUT;
    return code;
}

static void note_saved(struct serve_job *job, const struct imports_entry *x,
                       const char *what)
{
    struct error own;
    struct str text = str_format(&job->arena, "%s %lld: " STR_FMT, what, (long long)x->id,
                                 STR_ARG(text_cut(x->file, 200)));
    (void)!audit_write(job->county->store,
                       &(struct audit_entry){.kind = AUDIT_IMPORT,
                                             .who = job->who.user,
                                             .subject = x->register_name,
                                             .text = text,
                                             .at = date_now_ms()},
                       &own);
}

static enum err work_on(struct serve_job *job, const struct work *w, struct error *e)
{
    struct imports_entry x;
    struct import_result result;
    struct buf text = BUF_INIT(1 << 20);
    struct json_writer j = json_on(&text);
    enum err code = imports_find(job->county, &job->who, w->id, &job->arena, &x, e);
    if (!code && !x.reg)
        code = error_set(e, ERR_NOT_FOUND, "register.unknown", NULL,
                         "the register is not in the pack any more");
    if (code)
        return code;
    code = run_import(job, w, &x, &result, e);
    json_put_object(&j);
    if (code) {
        answer_put_error(&j, e, job->zh, NULL);
    } else {
        json_put_key(&j, STR("result"));
        put_result(&j, &result);
        put_yes(&j, "saved", w->save);
    }
    json_put_object_end(&j);
    keep_outcome(job, w->id, &text);
    buf_free(&text);
    if (!code && w->save) {
        const char *path =
            imports_path(&job->arena, server_folder(job->server), w->id, "upload");
        if (path)
            unlink(path); // its rows are in
        if (x.reg->kind != REG_ROWS)
            server_places_changed(job->server);
        note_saved(job, &x, "saved");
    } else {
        struct error own;
        struct imports_change to = {.state = code ? IMPORTS_FAILED : IMPORTS_CHECKED};
        enum err set = imports_set(job->county, w->id, &to, &own);
        if (!code && set) {
            *e = own;
            code = set;
        }
    }
    if (!code) {
        struct json_writer out = json_on(&job->result);
        put_result(&out, &result);
    }
    return code;
}

static enum err import_job(struct serve_job *job, struct error *e)
{
    const struct work *w = job->argument;
    int fd;
    job->import = w->id;
    enum err code =
        imports_hold(&job->arena, server_folder(job->server), w->id, true, &fd, e);
    if (code)
        return code;
    code = work_on(job, w, e);
    close(fd);
    return code;
}

static enum err start(struct request *q, bool save, struct error *e)
{
    struct imports_entry x;
    struct work w = {.save = save};
    int64_t job = 0;
    int fd = -1;
    enum err code = find_held(q, &x, &fd, e);
    if (code)
        return code;
    w.id = x.id;
    struct imports_change to = {.state = save ? IMPORTS_SAVING : IMPORTS_CHECKING};
    code = imports_set(q->county, x.id, &to, e);
    if (code) {
        close(fd);
        return code;
    }
    code = serve_job_start(q, save ? "import" : "import_check", import_job, &w, sizeof w,
                           &job, e);
    if (code) {
        struct error own;
        to.state = x.state == IMPORTS_CHECKED ? IMPORTS_CHECKED : IMPORTS_UPLOADED;
        (void)!imports_set(q->county, x.id, &to, &own);
    } else {
        code = imports_set_job(q->county, x.id, job, e);
    }
    close(fd); // from here on it is the job's
    if (code)
        return code;
    answer_status(q, 202);
    return answer_import(q, x.id, e);
}

enum err imports_check(struct request *q, struct error *e)
{
    return start(q, false, e);
}

enum err imports_save(struct request *q, struct error *e)
{
    return start(q, true, e);
}

// --- taking back

struct undo_work {
    int64_t id;
    char reason[504];
};

static enum err undo_job(struct serve_job *job, struct error *e)
{
    const struct undo_work *w = job->argument;
    struct imports_entry x;
    struct imports_undone undone;
    job->import = w->id;
    enum err code = imports_find(job->county, &job->who, w->id, &job->arena, &x, e);
    if (!code)
        code = imports_undo(job->county, &job->who, w->id, str_of(w->reason), &undone, e);
    if (code)
        return code;
    if (x.reg && x.reg->kind != REG_ROWS)
        server_places_changed(job->server);
    if (!undone.before)
        note_saved(job, &x, "undone");
    struct json_writer j = json_on(&job->result);
    json_put_object(&j);
    put_number(&j, "struck", undone.struck);
    put_number(&j, "put_back", undone.put_back);
    json_put_object_end(&j);
    return ERR_OK;
}

enum err imports_undo_it(struct request *q, struct error *e)
{
    struct imports_entry x;
    struct undo_work w = {0};
    struct str reason;
    enum imports_undo may;
    struct label why;
    int64_t job;
    enum err code = request_id(q, "id", &w.id, e);
    if (!code)
        code = files_reason(q, &reason, e);
    if (!code)
        code = imports_find(q->county, &q->who, w.id, q->arena, &x, e);
    if (!code)
        code = imports_may_undo(q->county, &q->who, &x, q->arena, &may, &why, e);
    if (code)
        return code;
    if (may == UNDO_DONE)
        return put_import(q, answer_json(q), &x, e);
    if (may != UNDO_MAY)
        return imports_refuse_undo(w.id, may, &why, e);
    snprintf(w.reason, sizeof w.reason, STR_FMT, STR_ARG(text_cut(reason, 500)));
    code = serve_job_start(q, "import_undo", undo_job, &w, sizeof w, &job, e);
    if (!code && x.upload)
        code = imports_set_job(q->county, w.id, job, e);
    if (code)
        return code;
    x.job = job;
    answer_status(q, 202);
    return put_import(q, answer_json(q), &x, e);
}
