// SPDX-License-Identifier: AGPL-3.0-or-later
// Forms from phones that were refused: listed for those who may make rows of them.
#include "register/submission.h"

#include "serve/files.h"
#include "serve/routes.h"
#include "serve/rows_json.h"

enum { MOST_LISTED = 500 };

static void put_values(struct json_writer *j, const struct xform_filled *f)
{
    put_key(j, "values");
    json_put_object(j);
    for (size_t i = 0; i < f->n_values; i++)
        if (f->values[i].text.n) {
            json_put_key(j, f->values[i].field);
            json_put_string(j, f->values[i].text);
        }
    json_put_object_end(j);
}

static void put_files(struct json_writer *j, const struct submission *s)
{
    put_key(j, "files");
    json_put_array(j);
    for (size_t i = 0; i < s->n_files; i++) {
        json_put_object(j);
        put_text(j, "name", s->files[i].name);
        put_number(j, "size", (int64_t)s->files[i].bytes.n);
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

enum err submissions_list(struct request *q, struct error *e)
{
    struct submission *list;
    size_t n;
    enum err code =
        submission_waiting(q->county, &q->who, MOST_LISTED, q->arena, &list, &n, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_key(j, "submissions");
    json_put_array(j);
    for (size_t i = 0; !code && i < n; i++) {
        const struct submission *s = &list[i];
        json_put_object(j);
        put_id(j, "id", s->id);
        put_text(j, "instance", s->instance);
        put_text(j, "form", s->form);
        put_text_or_null(j, "register", s->reg ? s->reg->name : (struct str){NULL, 0});
        put_text(j, "who", s->who);
        put_moment(j, "at", s->at);
        put_number(j, "tries", s->tries);
        put_label(j, "reason", s->reason);
        put_text(j, "source", s->filled.source);
        put_yes(j, "corrects", s->filled.deprecated.n > 0);
        put_values(j, &s->filled);
        put_files(j, s);
        json_put_object_end(j);
        code = answer_flush(q, e);
    }
    json_put_array_end(j);
    json_put_object_end(j);
    return code;
}

// {row}: it became this one; {reason}: it is set aside.
enum err submissions_settle(struct request *q, struct error *e)
{
    json_t *body;
    struct str row_text, reason;
    int64_t id, row = 0;
    enum err code = request_id(q, "id", &id, e);
    if (!code)
        code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "row", false, 20, &row_text, e);
    if (!code)
        code = json_text(body, "reason", false, 500, &reason, e);
    if (!code && row_text.n && (!str_to_int(row_text, &row) || row < 1))
        code = error_set(e, ERR_INPUT, "submission.row", "row",
                         "'" STR_FMT "' is no id of a row", STR_ARG(row_text));
    if (!code)
        code = submission_settle(q->county, &q->who, id, row, reason, q->arena, e);
    if (code)
        return code;
    server_touch(q->server);
    answer_status(q, 204);
    return ERR_OK;
}
