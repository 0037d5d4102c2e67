// SPDX-License-Identifier: AGPL-3.0-or-later
// One row: read, history, check, enter, correct, strike, restore.
#include <stdio.h>
#include <string.h>

#include "access/login.h"
#include "register/attachment.h"
#include "register/rights.h"
#include "serve/files.h"
#include "serve/routes.h"
#include "serve/rows_json.h"
#include "study/alike.h"

// --- reading

static enum err find_row(struct request *q, int64_t id, struct row_list *out,
                         struct error *e)
{
    return row_list_one(q->county, &q->who, request_register(q), id, q->arena, out, e);
}

static bool may_write(const struct request *q, const struct reg *r, int64_t id)
{
    struct datum *v;
    return !access_write_some(&q->who, r, NULL) &&
           !row_get(q->county, &q->who, r, id, q->arena, &v, NULL) &&
           row_may(q->county, &q->who, r, ACCESS_WRITE, id, v);
}

static bool is_of_a_person(const struct reg *r)
{
    for (size_t i = 0; i < r->n_fields; i++)
        if (r->fields[i].identifies)
            return true;
    return false;
}

// That someone has looked at a person's row is noted before it is shown.
enum err rows_note_reading(const struct request *q, const struct reg *r, int64_t id,
                           struct error *e)
{
    return is_of_a_person(r) ? login_note_read(q->login, &q->who, r, id, date_now_ms(), e)
                             : ERR_OK;
}

enum err rows_one(struct request *q, struct error *e)
{
    const struct reg *r = request_register(q);
    struct row_list found;
    struct row_problems problems = {0};
    struct attachment *files;
    size_t n_files;
    int64_t id;
    enum err code = request_id(q, "id", &id, e);
    if (!code)
        code = find_row(q, id, &found, e);
    if (!code)
        code = row_check(q->county, &q->who, r, &(struct row_new){0}, id, q->arena,
                         &problems, e);
    if (!code)
        code = attachment_list(q->county, &q->who, r, id, q->arena, &files, &n_files, e);
    const size_t *owed = NULL;
    if (!code)
        code = rows_photos_owed(q, &found, &owed, e);
    if (!code)
        code = rows_note_reading(q, r, id, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_row(j, q, &found, &found.rows[0]);
    if (owed)
        put_number(j, "photos_missing", (int64_t)owed[0]);
    put_key(j, "may");
    json_put_object(j);
    put_yes(j, "write", may_write(q, r, id));
    json_put_object_end(j);
    put_key(j, "attachments");
    json_put_array(j);
    for (size_t i = 0; i < n_files; i++)
        files_attachment(j, &files[i]);
    json_put_array_end(j);
    put_problems(j, "warnings", &problems, true);
    json_put_object_end(j);
    return ERR_OK;
}

// The history keeps columns and ids of places; people read names of fields and codes.
static void put_history_value(struct json_writer *j, const struct request *q,
                              const struct field *f, const json_t *value)
{
    const struct places *p = q->county->places;
    struct str text = {NULL, 0};
    int64_t id;
    if (json_is_string(value))
        text = (struct str){json_string_value(value), json_string_length(value)};
    if (text.p && f && f->type == TYPE_AREA && str_to_int(text, &id)) {
        int32_t i = places_area_index(p, id);
        text = i >= 0 ? p->areas[i].code : text;
    } else if (text.p && f && f->type == TYPE_FACILITY && str_to_int(text, &id)) {
        int32_t i = places_facility_index(p, id);
        text = i >= 0 ? p->facilities[i].code : text;
    }
    put_text_or_null(j, f ? f->name.p : "", text);
}

static const struct field *field_of_column(const struct reg *r, const char *column)
{
    for (size_t i = 0; i < r->n_fields; i++)
        if (str_equal_c(r->fields[i].column, column))
            return &r->fields[i];
    return NULL;
}

static void put_history_values(struct json_writer *j, const struct request *q,
                               const char *key, struct str stored)
{
    json_t *values = stored.n ? json_loadb(stored.p, stored.n, 0, NULL) : NULL;
    put_key(j, key);
    if (!json_is_object(values)) {
        json_put_null(j);
        json_decref(values);
        return;
    }
    const char *column;
    json_t *value;
    json_put_object(j);
    json_object_foreach(values, column, value)
    {
        const struct field *f = field_of_column(request_register(q), column);
        if (f && f->index != FIELD_FINGERPRINT)
            put_history_value(j, q, f, value);
    }
    json_put_object_end(j);
    json_decref(values);
}

enum err rows_history(struct request *q, struct error *e)
{
    struct row_event *events;
    size_t n;
    int64_t id;
    enum err code = request_id(q, "id", &id, e);
    if (!code)
        code = row_history(q->county, &q->who, request_register(q), id, q->arena, &events,
                           &n, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_key(j, "events");
    json_put_array(j);
    for (size_t i = 0; i < n; i++) {
        const struct row_event *v = &events[i];
        json_put_object(j);
        put_number(j, "seq", v->seq);
        put_moment(j, "at", v->at);
        put_text_or_null(j, "who", v->who.p ? v->who : STR(""));
        put_text_or_null(j, "change", v->change);
        put_history_values(j, q, "before", v->before);
        put_history_values(j, q, "after", v->after);
        put_text_or_null(j, "reason", v->reason.p ? v->reason : STR(""));
        json_put_object_end(j);
    }
    json_put_array_end(j);
    json_put_object_end(j);
    return ERR_OK;
}

// --- checking

static void put_names(struct json_writer *j, const char *key, const struct str *names,
                      size_t n)
{
    put_key(j, key);
    json_put_array(j);
    for (size_t i = 0; i < n; i++)
        json_put_string(j, names[i]);
    json_put_array_end(j);
}

static void put_alike(struct request *q, const struct alike *alike,
                      const struct alike_row *one)
{
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_id(j, "id", one->row->id);
    put_row_values(j, q, &alike->list, one->row);
    put_names(j, "same", one->same, one->n_same);
    put_names(j, "differs", one->differs, one->n_differs);
    put_key(j, "probability");
    json_put_double(j, one->probability);
    json_put_object_end(j);
}

enum err rows_check(struct request *q, struct error *e)
{
    const struct reg *r = request_register(q);
    json_t *body;
    struct row_new row;
    struct row_problems problems;
    struct alike alike;
    struct str id_text;
    int64_t id = 0;
    enum err code = request_json(q, &body, e);
    if (!code)
        code = read_new_row(q, body, &row, e);
    if (!code)
        code = json_text(body, "id", false, 20, &id_text, e);
    if (!code && id_text.n && (!str_to_int(id_text, &id) || id < 1))
        code = error_set(e, ERR_INPUT, "row.id", "id", "'" STR_FMT "' is no id of a row",
                         STR_ARG(id_text));
    if (!code)
        code = row_check(q->county, &q->who, r, &row, id, q->arena, &problems, e);
    if (!code)
        code = alike_find(q->county, &q->who, r, &row, id, q->arena, &alike, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_problems(j, "problems", &problems, true);
    put_key(j, "alike");
    json_put_array(j);
    for (size_t i = 0; i < alike.n; i++)
        put_alike(q, &alike, &alike.rows[i]);
    json_put_array_end(j);
    json_put_object_end(j);
    return ERR_OK;
}

// --- writing

enum err rows_refuse(struct request *q, const struct error *cause, int64_t id,
                     const struct row_problems *problems, struct error *e)
{
    struct json_writer *j;
    struct row_list now = {0};
    if (cause->code != ERR_INPUT && cause->code != ERR_CONFLICT && !problems->n) {
        *e = *cause;
        return cause->code;
    }
    struct error copy = *cause; // *e may be the cause
    bool shows = copy.code == ERR_CONFLICT && id && !find_row(q, id, &now, NULL);
    enum err code = answer_conflict(q, &copy, &j, e);
    if (code)
        return code;
    put_problems(j, "problems", problems, true);
    if (shows) {
        put_key(j, "current");
        json_put_object(j);
        put_row(j, q, &now, &now.rows[0]);
        json_put_object_end(j);
    }
    return ERR_OK;
}

static void places_changed(struct request *q, const struct reg *r)
{
    if (r->kind != REG_ROWS)
        server_places_changed(q->server);
}

enum err rows_create(struct request *q, struct error *e)
{
    const struct reg *r = request_register(q);
    json_t *body;
    struct row_new row;
    struct row_saved saved;
    enum err code = request_json(q, &body, e);
    if (!code)
        code = read_new_row(q, body, &row, e);
    if (code)
        return code;
    code = row_create(q->county, &q->who, r, &row, q->arena, &saved, e);
    // a row that was sent before with this key, and says something else, is shown
    if (code)
        return rows_refuse(q, e, saved.id, &saved.problems, e);
    places_changed(q, r);
    if (!saved.repeated)
        answer_status(q, 201);
    put_saved(answer_json(q), &saved);
    return ERR_OK;
}

// Which of many is not of the shape of a row.
static void name_row(size_t i, struct error *e)
{
    char member[sizeof e->where];
    snprintf(member, sizeof member, "%s", e->where);
    snprintf(e->where, sizeof e->where, "rows[%zu]%s%.200s", i, *member ? "." : "",
             member);
}

enum err rows_batch(struct request *q, struct error *e)
{
    const struct reg *r = request_register(q);
    json_t *body, *list;
    enum err code = request_json(q, &body, e);
    if (code)
        return code;
    list = json_object_get(body, "rows");
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n > ROW_MANY) {
        error_set(e, json_is_array(list) ? ERR_LIMIT : ERR_INPUT, "row.many", "rows",
                  "`rows` is not a list of at most %d rows", ROW_MANY);
        return error_cure(e, "send {\"rows\": [...]} in parts");
    }
    struct row_new *rows = ARENA_ARRAY(q->arena, struct row_new, n + 1);
    struct row_saved *saved = ARENA_ARRAY(q->arena, struct row_saved, n + 1);
    code = rows && saved ? ERR_OK : error_memory(e);
    for (size_t i = 0; !code && i < n; i++) {
        code = read_new_row(q, json_array_get(list, i), &rows[i], e);
        if (code)
            name_row(i, e);
    }
    if (!code)
        code = row_create_many(q->county, &q->who, r, rows, n, q->arena, saved, e);
    if (code)
        return code;
    places_changed(q, r);
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_key(j, "results");
    json_put_array(j);
    for (size_t i = 0; !code && i < n; i++) {
        if (saved[i].error.code)
            put_failure(j, q, &saved[i].error, &saved[i].problems);
        else
            put_saved(j, &saved[i]);
        code = answer_flush(q, e);
    }
    json_put_array_end(j);
    json_put_object_end(j);
    return code;
}

static enum err edit_row(struct request *q, struct row_edit *edit, struct error *e)
{
    const struct reg *r = request_register(q);
    struct row_saved saved;
    enum err code = request_id(q, "id", &edit->id, e);
    if (code)
        return code;
    code = row_edit(q->county, &q->who, r, edit, q->arena, &saved, e);
    if (code)
        return rows_refuse(q, e, edit->id, &saved.problems, e);
    places_changed(q, r);
    put_saved(answer_json(q), &saved);
    return ERR_OK;
}

enum err rows_correct(struct request *q, struct error *e)
{
    struct row_edit edit = {.change = HISTORY_CORRECT};
    struct row_new values;
    json_t *body;
    enum err code = request_json(q, &body, e);
    if (!code)
        code = read_new_row(q, body, &values, e);
    if (!code)
        code = json_version(body, true, &edit.version, e);
    if (!code)
        code = json_text(body, "reason", true, ROW_REASON_MAX, &edit.reason, e);
    if (code)
        return code;
    edit.values = values.values;
    edit.n = values.n;
    return edit_row(q, &edit, e);
}

static enum err change_state(struct request *q, enum history_change change,
                             struct error *e)
{
    struct row_edit edit = {.change = change};
    json_t *body;
    enum err code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "reason", true, ROW_REASON_MAX, &edit.reason, e);
    if (!code)
        code = json_version(body, false, &edit.version, e);
    return code ? code : edit_row(q, &edit, e);
}

enum err rows_strike(struct request *q, struct error *e)
{
    return change_state(q, HISTORY_STRIKE, e);
}

enum err rows_restore(struct request *q, struct error *e)
{
    return change_state(q, HISTORY_RESTORE, e);
}
