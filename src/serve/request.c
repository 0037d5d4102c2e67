// SPDX-License-Identifier: AGPL-3.0-or-later
// What handlers read their requests with.
#include <string.h>

#include "pack/pack.h"
#include "serve/known.h"
#include "serve/server_private.h"

struct str request_path(const struct request *q, const char *name)
{
    const struct exchange *x = (const struct exchange *)q;
    return path_value(q->route->path, &x->path, name);
}

struct str request_query(const struct request *q, const char *name)
{
    const struct exchange *x = (const struct exchange *)q;
    for (size_t i = 0; i < x->n_query; i++)
        if (str_equal_c(x->query[i].name, name))
            return x->query[i].value;
    return (struct str){NULL, 0};
}

bool request_query_at(const struct request *q, size_t n, struct str *name,
                      struct str *value)
{
    const struct exchange *x = (const struct exchange *)q;
    if (n >= x->n_query)
        return false;
    *name = x->query[n].name;
    *value = x->query[n].value;
    return true;
}

struct str request_header(const struct request *q, const char *name)
{
    const char *value = exchange_header((const struct exchange *)q, name);
    return value ? str_of(value) : (struct str){NULL, 0};
}

enum err request_int(const struct request *q, const char *name, int64_t otherwise,
                     int64_t least, int64_t most, int64_t *out, struct error *e)
{
    struct str text = request_query(q, name);
    int64_t value = otherwise;
    if (text.n && (!str_to_int(text, &value) || value < least || value > most)) {
        error_set(e, ERR_INPUT, "request.number", name,
                  "'" STR_FMT "' is not a whole number from %lld to %lld", STR_ARG(text),
                  (long long)least, (long long)most);
        return error_cure(e, "give a number in this range, or leave %s out", name);
    }
    *out = value;
    return ERR_OK;
}

enum err request_id(const struct request *q, const char *name, int64_t *out,
                    struct error *e)
{
    struct str text = request_path(q, name);
    if (str_to_int(text, out) && *out > 0 && text.p[0] != '+')
        return ERR_OK;
    // as an id that is well formed and of no row, so that neither tells of rows
    return error_set(e, ERR_NOT_FOUND, "request.id", name,
                     "there is nothing with the number '" STR_FMT "'", STR_ARG(text));
}

enum err request_period(const struct request *q, struct period *out, struct error *e)
{
    enum err code = period_parse(request_query(q, "period"), out, e);
    if (code)
        error_cure(e, "give ?period= as 2014, 2014S1, 2014Q2, 201406 or 2014Oct");
    return code;
}

enum err request_span(const struct request *q, struct period *out, struct error *e)
{
    enum err code = period_span_parse(request_query(q, "period"), out, e);
    if (code && strcmp(e->key, "period.form") == 0)
        error_cure(e, "give ?period= as 2014, 2014S1, 2014Q2, 201406 or 2014Oct, or "
                      "several of one kind as 2010..2014");
    return code;
}

enum err request_area(const struct request *q, int32_t *out, struct error *e)
{
    struct str text = request_query(q, "area");
    enum err code = measure_root(&q->measure, text.p ? text : STR(""), out, e);
    if (!code)
        code = measure_allows(&q->measure, *out, e);
    if (!text.n || (code != ERR_FORBIDDEN && code != ERR_NOT_FOUND && code != ERR_INPUT))
        return code;
    error_set(e, ERR_NOT_FOUND, "request.area", "area",
              "there is no area '" STR_FMT "' among yours", STR_ARG(text));
    return error_cure(e, "name one of your areas by its code");
}

const struct reg *request_register(const struct request *q)
{
    return pack_register(q->county->pack, request_path(q, "register"));
}

// --- JSON

enum { MAX_JSON_DEPTH = 32 };

// Asked before the parser, which recurses.
static bool too_deep(struct str s)
{
    int depth = 0;
    bool text = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (text && c == '\\')
            i++;
        else if (c == '"')
            text = !text;
        else if (!text && (c == '{' || c == '['))
            depth++;
        else if (!text && (c == '}' || c == ']'))
            depth--;
        if (depth > MAX_JSON_DEPTH)
            return true;
    }
    return false;
}

enum err request_json(struct request *q, json_t **out, struct error *e)
{
    struct exchange *x = exchange_of(q);
    json_error_t why;
    if (x->json) {
        *out = x->json;
        return ERR_OK;
    }
    if (too_deep(q->body)) {
        error_set(e, ERR_INPUT, "request.json_depth", NULL,
                  "the JSON is nested more than %d deep", MAX_JSON_DEPTH);
        return error_cure(e, "send it as the description of the API has it");
    }
    x->json = json_loadb(q->body.p, q->body.n, JSON_REJECT_DUPLICATES, &why);
    if (!x->json) {
        error_set(e, ERR_INPUT, "request.json", NULL,
                  "the body is no JSON: line %d, column %d: %.200s", why.line, why.column,
                  why.text);
        return error_cure(e, "send one JSON object in UTF-8, each key once");
    }
    if (!json_is_object(x->json)) {
        json_decref(x->json);
        x->json = NULL;
        error_set(e, ERR_INPUT, "request.json_object", NULL,
                  "the body is JSON, but no object");
        return error_cure(e, "send one JSON object: {...}");
    }
    *out = x->json;
    return q->route->takes ? known_members(q->route->takes, x->json, e) : ERR_OK;
}

static enum err wrong(const char *name, const char *expected, struct error *e)
{
    error_set(e, ERR_INPUT, "request.member", name, "'%s' is not %s", name, expected);
    return error_cure(e, "send it as the description of the API has it");
}

static enum err absent(const char *name, bool required, struct error *e)
{
    if (!required)
        return ERR_OK;
    error_set(e, ERR_INPUT, "request.missing", name, "'%s' is missing", name);
    return error_cure(e, "add it to the object that is sent");
}

enum err json_text(const json_t *object, const char *name, bool required, size_t most,
                   struct str *out, struct error *e)
{
    const json_t *value = json_object_get(object, name);
    *out = (struct str){NULL, 0};
    if (!value || json_is_null(value))
        return absent(name, required, e);
    if (!json_is_string(value))
        return wrong(name, "a text", e);
    *out = (struct str){json_string_value(value), json_string_length(value)};
    if (out->n > most) {
        error_set(e, ERR_INPUT, "request.long", name, "'%s' has %zu bytes, more than %zu",
                  name, out->n, most);
        return error_cure(e, "shorten it");
    }
    return ERR_OK;
}

enum err json_whole(const json_t *object, const char *name, bool required, int64_t *out,
                    struct error *e)
{
    const json_t *value = json_object_get(object, name);
    if (!value || json_is_null(value))
        return absent(name, required, e);
    // ids are 63 bits and travel as texts
    if (json_is_string(value) &&
        str_to_int((struct str){json_string_value(value), json_string_length(value)},
                   out))
        return ERR_OK;
    if (!json_is_integer(value))
        return wrong(name, "a whole number", e);
    *out = json_integer_value(value);
    return ERR_OK;
}

enum err json_version(const json_t *object, bool required, int64_t *out, struct error *e)
{
    const json_t *value = json_object_get(object, "version");
    *out = 0;
    if (!value || json_is_null(value))
        return absent("version", required, e);
    *out = json_integer_value(value); // 0 of what is no whole number, as of a text
    return *out < 1 ? wrong("version", "a whole number of 1 or more", e) : ERR_OK;
}

enum err json_yes(const json_t *object, const char *name, bool otherwise, bool *out,
                  struct error *e)
{
    const json_t *value = json_object_get(object, name);
    *out = otherwise;
    if (!value || json_is_null(value))
        return ERR_OK;
    if (!json_is_boolean(value))
        return wrong(name, "true or false", e);
    *out = json_is_true(value);
    return ERR_OK;
}
