// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/rows_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "serve/server_private.h"

enum { VALUE_MAX = 20000 };

// --- members

struct label area_label(const struct area *a)
{
    return (struct label){area_name(a, false), area_name(a, true)};
}

struct label facility_label(const struct facility *f)
{
    return (struct label){facility_name(f, false), facility_name(f, true)};
}

// --- rows

static void put_names(struct json_writer *j, const struct request *q,
                      const struct row_list *list, const struct row_listed *row)
{
    const struct places *p = q->county->places;
    bool any = false;
    for (size_t i = 0; i < list->n_columns; i++) {
        int32_t place = row->values[i].place;
        if (place < 0)
            continue;
        if (!any) {
            put_key(j, "names");
            json_put_object(j);
            any = true;
        }
        const struct field *f = list->columns[i];
        put_label(j, f->name.p,
                  f->type == TYPE_AREA ? area_label(&p->areas[place])
                                       : facility_label(&p->facilities[place]));
    }
    if (any)
        json_put_object_end(j);
}

static void put_values(struct json_writer *j, const struct row_list *list,
                       const struct row_listed *row)
{
    put_key(j, "values");
    json_put_object(j);
    for (size_t i = 0; i < list->n_columns; i++) {
        json_put_key(j, list->columns[i]->name);
        if (row->values[i].text.p)
            json_put_string(j, row->values[i].text);
        else
            json_put_null(j);
    }
    json_put_object_end(j);
}

void put_row_values(struct json_writer *j, const struct request *q,
                    const struct row_list *list, const struct row_listed *row)
{
    put_values(j, list, row);
    put_names(j, q, list, row);
}

static struct str state_of(const struct row_listed *row)
{
    return row->struck ? STR("struck") : STR("current");
}

void put_row(struct json_writer *j, const struct request *q, const struct row_list *list,
             const struct row_listed *row)
{
    put_id(j, "id", row->id);
    put_number(j, "version", row->version);
    put_text(j, "state", state_of(row));
    put_text_or_null(j, "source", row->source);
    put_row_values(j, q, list, row);
    put_moment(j, "saved_at", row->saved_at);
    put_text(j, "saved_by", row->saved_by);
}

// --- many rows, by columns

static void put_ids(struct json_writer *j, const struct row_list *list)
{
    char space[STR_INT_SIZE];
    put_key(j, "id");
    json_put_array(j);
    for (size_t i = 0; i < list->n; i++)
        json_put_string(j, str_of_int(list->rows[i].id, space));
    json_put_array_end(j);
}

// Many rows were saved at once.
static void put_moments(struct json_writer *j, const struct row_list *list)
{
    char space[MOMENT_TEXT_SIZE];
    struct str text = {NULL, 0};
    put_key(j, "saved_at");
    json_put_array(j);
    for (size_t i = 0; i < list->n; i++) {
        int64_t at = list->rows[i].saved_at;
        if (!i || at != list->rows[i - 1].saved_at)
            text = moment_text(at, space);
        text_or_null(j, text);
    }
    json_put_array_end(j);
}

static void put_heads(struct json_writer *j, const struct row_list *list, bool brief)
{
    const struct row_listed *rows = list->rows;
    put_ids(j, list);
    put_key(j, "version");
    json_put_array(j);
    for (size_t i = 0; i < list->n; i++)
        json_put_int(j, rows[i].version);
    json_put_array_end(j);
    put_key(j, "state");
    json_put_array(j);
    for (size_t i = 0; i < list->n; i++)
        json_put_string(j, state_of(&rows[i]));
    json_put_array_end(j);
    if (brief)
        return;
    put_key(j, "source");
    json_put_array(j);
    for (size_t i = 0; i < list->n; i++)
        text_or_null(j, rows[i].source);
    json_put_array_end(j);
    put_moments(j, list);
    put_key(j, "saved_by");
    json_put_array(j);
    for (size_t i = 0; i < list->n; i++)
        json_put_string(j, rows[i].saved_by);
    json_put_array_end(j);
}

enum err put_list_rows(struct json_writer *j, struct request *q,
                       const struct row_list *list, bool brief, struct error *e)
{
    enum err code = ERR_OK;
    put_heads(j, list, brief);
    put_key(j, "values");
    json_put_object(j);
    for (size_t k = 0; !code && k < list->n_columns; k++) {
        json_put_key(j, list->columns[k]->name);
        json_put_array(j);
        for (size_t i = 0; !code && i < list->n; i++) {
            text_or_null(j, list->rows[i].values[k].text);
            code = answer_flush(q, e);
        }
        json_put_array_end(j);
    }
    json_put_object_end(j);
    return code;
}

static int by_place(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static void put_column_names(struct json_writer *j, const struct places *p,
                             const struct field *f, int32_t *list, size_t n)
{
    qsort(list, n, sizeof *list, by_place);
    put_key(j, f->name.p);
    json_put_object(j);
    for (size_t i = 0; i < n; i++) {
        if (i && list[i] == list[i - 1])
            continue;
        if (f->type == TYPE_AREA)
            put_label(j, p->areas[list[i]].code.p, area_label(&p->areas[list[i]]));
        else
            put_label(j, p->facilities[list[i]].code.p,
                      facility_label(&p->facilities[list[i]]));
    }
    json_put_object_end(j);
}

enum err put_list_names(struct json_writer *j, const struct request *q,
                        const struct row_list *list, struct error *e)
{
    int32_t *found = ARENA_ARRAY(q->arena, int32_t, list->n + 1);
    if (!found)
        return error_memory(e);
    put_key(j, "names");
    json_put_object(j);
    for (size_t k = 0; k < list->n_columns; k++) {
        size_t n = 0;
        for (size_t i = 0; i < list->n; i++)
            if (list->rows[i].values[k].place >= 0)
                found[n++] = list->rows[i].values[k].place;
        if (n)
            put_column_names(j, q->county->places, list->columns[k], found, n);
    }
    json_put_object_end(j);
    return ERR_OK;
}

void put_problems(struct json_writer *j, const char *key, const struct row_problems *p,
                  bool errors)
{
    static const char *const severities[] = {
        [SEVERITY_NOTE] = "note",
        [SEVERITY_WARNING] = "warning",
        [SEVERITY_ERROR] = "error",
    };
    put_key(j, key);
    json_put_array(j);
    for (size_t i = 0; i < p->n; i++) {
        const struct row_problem *x = &p->list[i];
        if (x->severity == SEVERITY_ERROR && !errors)
            continue;
        json_put_object(j);
        put_text_or_null(j, "field", x->name);
        put_text_or_null(j, "severity", str_of(severities[x->severity]));
        put_label(j, "text", x->text);
        put_label(j, "cure", x->cure);
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

void put_saved(struct json_writer *j, const struct row_saved *saved)
{
    json_put_object(j);
    put_id(j, "id", saved->id);
    put_number(j, "version", saved->version);
    put_problems(j, "warnings", &saved->problems, false);
    put_yes(j, "repeated", saved->repeated);
    json_put_object_end(j);
}

void put_failure(struct json_writer *j, const struct request *q,
                 const struct error *cause, const struct row_problems *p)
{
    json_put_object(j);
    answer_put_error(j, cause, q->zh, NULL);
    put_problems(j, "problems", p, true);
    json_put_object_end(j);
}

// --- reading

static enum err read_values(const struct request *q, const json_t *object,
                            struct row_new *out, struct error *e)
{
    json_t *values = json_object_get(object, "values");
    if (!json_is_object(values)) {
        error_set(e, ERR_INPUT, "row.values", "values",
                  "the member `values` is not an object");
        return error_cure(e, "give {\"values\": {\"field\": \"text\" or null, ...}}");
    }
    struct row_change *list =
        ARENA_ARRAY(q->arena, struct row_change, json_object_size(values) + 1);
    if (!list)
        return error_memory(e);
    const char *name;
    json_t *value;
    json_object_foreach(values, name, value)
    {
        struct str text = json_is_string(value) ? (struct str){json_string_value(value),
                                                               json_string_length(value)}
                                                : (struct str){NULL, 0};
        if ((!json_is_string(value) && !json_is_null(value)) || text.n > VALUE_MAX) {
            error_set(e, ERR_INPUT, "row.values", NULL,
                      "the value of '%.60s' is not a text of at most %d bytes or null",
                      name, VALUE_MAX);
            return error_cure(e, "write numbers and days as text: \"3200\", "
                                 "\"2014-06-05\"");
        }
        list[out->n++] = (struct row_change){str_of(name), text};
    }
    out->values = list;
    return ERR_OK;
}

// The items whose photographs will follow.
static enum err read_photos(const struct request *q, const json_t *object,
                            struct row_new *out, struct error *e)
{
    const json_t *list = json_object_get(object, "photos");
    if (!list || json_is_null(list))
        return ERR_OK;
    struct str *photos = ARENA_ARRAY(q->arena, struct str, json_array_size(list) + 1);
    if (!photos)
        return error_memory(e);
    bool good = json_is_array(list);
    for (size_t i = 0; good && i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        good = json_is_string(one);
        if (good)
            photos[i] = (struct str){json_string_value(one), json_string_length(one)};
    }
    out->tells_photos = good;
    out->photos = photos;
    out->n_photos = good ? json_array_size(list) : 0;
    if (good)
        return ERR_OK;
    error_set(e, ERR_INPUT, "row.photos", "photos",
              "the member `photos` is not a list of items");
    return error_cure(e, "give the names of the items whose photographs will follow, or "
                         "leave it out");
}

enum err read_new_row(const struct request *q, const json_t *object, struct row_new *out,
                      struct error *e)
{
    *out = (struct row_new){0};
    if (!json_is_object(object))
        return error_set(e, ERR_INPUT, "row.values", NULL, "a row is not an object");
    enum err code = read_values(q, object, out, e);
    if (!code)
        code = json_text(object, "source", false, 100, &out->source, e);
    if (!code)
        code = json_text(object, "key", false, ROW_KEY_MAX, &out->key, e);
    if (!code)
        code = read_photos(q, object, out, e);
    return code;
}
