// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/describe.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "serve/route.h"

static void put_text(struct json_writer *j, const char *key, const char *value)
{
    json_put_key(j, str_of(key));
    json_put_string(j, str_of(value));
}

static void begin(struct json_writer *j, const char *key)
{
    json_put_key(j, str_of(key));
    json_put_object(j);
}

// A route names a type, or writes one.
static bool is_named(const char *type)
{
    return isalpha((unsigned char)type[0]) &&
           !type[strspn(type, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "abcdefghijklmnopqrstuvwxyz"
                              "0123456789")];
}

const struct describe_type *describe_type_of(const char *name)
{
    for (size_t i = 0; i < describe_type_count; i++)
        if (strcmp(describe_types[i].name, name) == 0)
            return &describe_types[i];
    return NULL;
}

static void put_schema(struct json_writer *j, const char *type)
{
    char reference[120];
    json_put_key(j, STR("schema"));
    if (!is_named(type)) {
        const struct describe_type *t = describe_type_of(type);
        json_put_raw(j, str_of(t ? t->schema : "{}"));
        return;
    }
    snprintf(reference, sizeof reference, "#/components/schemas/%s", type);
    json_put_object(j);
    put_text(j, "$ref", reference);
    json_put_object_end(j);
}

// The next {name} of a path.
static const char *next_name(const char *path, struct str *name)
{
    const char *open = strchr(path, '{'), *close = open ? strchr(open, '}') : NULL;
    if (!close)
        return NULL;
    *name = (struct str){open + 1, (size_t)(close - open - 1)};
    return close + 1;
}

// --- OpenAPI

static void put_parameter(struct json_writer *j, struct str name, const char *in,
                          const char *help, bool required)
{
    json_put_object(j);
    json_put_key(j, STR("name"));
    json_put_string(j, name);
    put_text(j, "in", in);
    if (help)
        put_text(j, "description", help);
    json_put_key(j, STR("required"));
    json_put_bool(j, required);
    begin(j, "schema");
    put_text(j, "type", "string");
    json_put_object_end(j);
    json_put_object_end(j);
}

static void put_parameters(struct json_writer *j, const struct route *r)
{
    struct str name;
    json_put_key(j, STR("parameters"));
    json_put_array(j);
    for (const char *p = next_name(r->path, &name); p; p = next_name(p, &name))
        put_parameter(j, name, "path", NULL, true);
    for (size_t i = 0; i < ROUTE_MAX_QUERY && r->query[i].name; i++)
        put_parameter(j, str_of(r->query[i].name), "query", r->query[i].help,
                      r->query[i].required);
    json_put_array_end(j);
}

static void put_body(struct json_writer *j, const struct route *r)
{
    if (!r->max_body)
        return;
    begin(j, "requestBody");
    json_put_key(j, STR("required"));
    json_put_bool(j, r->takes || r->any_body);
    json_put_key(j, STR("x-max-bytes"));
    json_put_int(j, (int64_t)r->max_body);
    begin(j, "content");
    begin(j, r->any_body ? "application/octet-stream" : "application/json");
    if (r->takes)
        put_schema(j, r->takes);
    json_put_object_end(j);
    json_put_object_end(j);
    json_put_object_end(j);
}

static void put_response(struct json_writer *j, const char *status, const char *about,
                         const char *type)
{
    begin(j, status);
    put_text(j, "description", about);
    if (type) {
        begin(j, "content");
        begin(j, "application/json");
        put_schema(j, type);
        json_put_object_end(j);
        json_put_object_end(j);
    }
    json_put_object_end(j);
}

// What a caller must hold, in words.
static const char *need_text(const struct route *r, char *space, size_t size)
{
    switch (r->need) {
    case NEED_NOTHING:
        return "anyone";
    case NEED_SESSION:
        return r->session_only ? "signed in, with a page" : "signed in";
    case NEED_READ_ROWS:
        return "may read rows of the register";
    case NEED_WRITE_ROWS:
        return "may write rows of the register";
    case NEED_DEVICE:
        return "a phone: basic or digest log-in with a device token";
    default:
        snprintf(space, size, "function %s%s", access_function_name(r->function),
                 r->session_only ? ", with a page" : "");
        return space;
    }
}

static void put_security(struct json_writer *j, const struct route *r)
{
    json_put_key(j, STR("security"));
    json_put_array(j);
    if (r->need == NEED_DEVICE) {
        json_put_object(j);
        json_put_key(j, STR("device"));
        json_put_array(j);
        json_put_array_end(j);
        json_put_object_end(j);
        json_put_array_end(j);
        return;
    }
    for (int token = 0; r->need != NEED_NOTHING && token < 2 - r->session_only; token++) {
        json_put_object(j);
        json_put_key(j, token ? STR("token") : STR("session"));
        json_put_array(j);
        json_put_array_end(j);
        if (!token && method_changes(r->method)) {
            json_put_key(j, STR("csrf"));
            json_put_array(j);
            json_put_array_end(j);
        }
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static bool is_api(const struct route *r)
{
    return strncmp(r->path, "/api/", 5) == 0;
}

// "get_registers_register_rows"
static void put_id(struct json_writer *j, const struct route *r)
{
    char id[200];
    size_t n = (size_t)snprintf(id, sizeof id, "%s%s", method_name(r->method),
                                r->path + (is_api(r) ? strlen("/api") : 0));
    size_t k = 0;
    for (size_t i = 0; i < n && i < sizeof id - 1; i++) {
        bool plain = isalnum((unsigned char)id[i]) != 0;
        if (plain)
            id[k++] = (char)tolower((unsigned char)id[i]);
        else if (k && id[k - 1] != '_')
            id[k++] = '_';
    }
    while (k && id[k - 1] == '_')
        k--;
    json_put_key(j, STR("operationId"));
    json_put_string(j, (struct str){id, k});
}

static void put_operation(struct json_writer *j, const struct route *r)
{
    char space[80], low[8];
    const char *name = method_name(r->method);
    size_t n = strlen(name);
    for (size_t i = 0; i <= n; i++)
        low[i] = (char)tolower((unsigned char)name[i]);
    begin(j, low);
    put_id(j, r);
    put_text(j, "summary", r->help);
    put_text(j, "x-needs", need_text(r, space, sizeof space));
    put_parameters(j, r);
    put_body(j, r);
    begin(j, "responses");
    put_response(j, "2XX", "well", r->answer);
    put_response(j, "default", "what is wrong, and what to do about it",
                 r->need == NEED_DEVICE ? NULL : "Failure");
    json_put_object_end(j);
    put_security(j, r);
    json_put_object_end(j);
}

static bool is_first_of_path(size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(routes[k].path, routes[i].path) == 0)
            return false;
    return true;
}

static void put_paths(struct json_writer *j)
{
    begin(j, "paths");
    for (size_t i = 0; i < n_routes; i++) {
        if (routes[i].page || !is_first_of_path(i))
            continue; // pages are for people
        begin(j, routes[i].path);
        for (size_t k = i; k < n_routes; k++)
            if (strcmp(routes[k].path, routes[i].path) == 0)
                put_operation(j, &routes[k]);
        json_put_object_end(j);
    }
    json_put_object_end(j);
}

static void put_components(struct json_writer *j)
{
    static const struct {
        const char *name, *type, *in, *key;
    } schemes[] = {
        {"session", "apiKey", "cookie", "heng_session"},
        {"csrf", "apiKey", "header", "X-Heng-CSRF"},
    };
    begin(j, "components");
    begin(j, "schemas");
    for (size_t i = 0; i < describe_type_count; i++) {
        if (!is_named(describe_types[i].name))
            continue;
        json_put_key(j, str_of(describe_types[i].name));
        json_put_raw(j, str_of(describe_types[i].schema));
    }
    json_put_object_end(j);
    begin(j, "securitySchemes");
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        begin(j, schemes[i].name);
        put_text(j, "type", schemes[i].type);
        put_text(j, "in", schemes[i].in);
        put_text(j, "name", schemes[i].key);
        json_put_object_end(j);
    }
    begin(j, "token");
    put_text(j, "type", "http");
    put_text(j, "scheme", "bearer");
    json_put_object_end(j);
    begin(j, "device");
    put_text(j, "type", "http");
    put_text(j, "scheme", "basic");
    json_put_object_end(j);
    json_put_object_end(j);
    json_put_object_end(j);
}

void describe_openapi(struct json_writer *j, const char *version, const char *server)
{
    json_put_object(j);
    put_text(j, "openapi", "3.1.0");
    begin(j, "info");
    put_text(j, "title", "Heng");
    put_text(
        j, "description",
        "The data of a county health authority. Ids are 63 bits and travel as texts; "
        "days are ISO, times UTC, periods DHIS2 ids.");
    put_text(j, "version", version);
    json_put_object_end(j);
    if (server) {
        json_put_key(j, STR("servers"));
        json_put_array(j);
        json_put_object(j);
        put_text(j, "url", server);
        json_put_object_end(j);
        json_put_array_end(j);
    }
    put_paths(j);
    put_components(j);
    json_put_object_end(j);
}

// --- Markdown

static void add_cell(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            buf_add_char(out, '\\');
        buf_add_char(out, *text);
    }
}

static void add_type(struct buf *out, const char *type)
{
    if (type)
        buf_printf(out, "`%s`", type);
}

static void add_route(struct buf *out, const struct route *r)
{
    char space[80];
    buf_printf(out, "\n### %s %s\n\n", method_name(r->method), r->path);
    size_t n = strlen(r->help);
    buf_printf(out, "%c%s%s\n\n", toupper((unsigned char)r->help[0]), r->help + 1,
               r->help[n - 1] == '.' ? "" : ".");
    buf_printf(out, "Needs: %s.", need_text(r, space, sizeof space));
    if (r->takes || r->any_body) {
        buf_add_c(out, " Takes ");
        add_type(out, r->any_body ? NULL : r->takes);
        buf_printf(out, "%s of at most %zu kB.", r->any_body ? "a file" : "",
                   r->max_body / 1000);
    }
    if (r->answer) {
        buf_add_c(out, " Answers ");
        add_type(out, r->answer);
        buf_add_char(out, '.');
    }
    buf_add_char(out, '\n');
    if (r->query[0].name)
        buf_add_c(out, "\n| | |\n| --- | --- |\n");
    for (size_t i = 0; i < ROUTE_MAX_QUERY && r->query[i].name; i++) {
        buf_printf(out, "| `%s`%s | ", r->query[i].name,
                   r->query[i].required ? " (needed)" : "");
        add_cell(out, r->query[i].help);
        buf_add_c(out, " |\n");
    }
}

// The part of the path behind /api/ is the section.
static struct str section_of(const struct route *r)
{
    const char *begin_at = r->path + (is_api(r) ? strlen("/api/") : 1);
    return (struct str){begin_at, strcspn(begin_at, "/")};
}

void describe_markdown(struct buf *out)
{
    buf_add_c(
        out,
        "# The API\n\nMade by `heng help --api` from the table of routes "
        "(`src/serve/routes.c`); the types are those of `web/src/api/types.ts`, and "
        "`GET /api/openapi.json` has both for programs.\n\n"
        "A page signs in and sends `X-Heng-CSRF` with everything but GET; a program "
        "sends a personal access token as `Authorization: Bearer`. Errors are "
        "`Failure`: 401 not signed in, 403 and 404 not for you, 409 somebody was "
        "faster, 422 not as it must be, 429 and 503 later (`Retry-After`). A member of a "
        "body or a parameter that is not described is refused (422 "
        "`request.unknown`), not passed over. Reads "
        "carry an `ETag`. `?lang=zh|en`, or the header `X-Heng-Language`, chooses the "
        "language, of errors too.\n");
    struct str last = {"", 0};
    for (size_t i = 0; i < n_routes; i++) {
        if (routes[i].page)
            continue;
        struct str section = section_of(&routes[i]);
        if (!str_equal(section, last))
            buf_printf(out, "\n## " STR_FMT "\n", STR_ARG(section));
        last = section;
        add_route(out, &routes[i]);
    }
}
