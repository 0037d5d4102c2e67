// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/settings_reader.h"

#include <stdio.h>
#include <string.h>

// ---- places and errors ----------------------------------------------------------------

// Appends to the place; what it returns is given to settings_leave().
size_t settings_enter(struct settings_reader *r, const char *key)
{
    size_t before = r->place.n;
    if (before && *key)
        buf_add_char(&r->place, '.');
    buf_add_c(&r->place, key);
    return before;
}

size_t settings_enter_at(struct settings_reader *r, size_t i)
{
    size_t before = r->place.n;
    buf_printf(&r->place, "[%zu]", i);
    return before;
}

void settings_leave(struct settings_reader *r, size_t before)
{
    r->place.n = before;
}

// "model.json: comparisons[2].output_column_name"; of a long path only the end.
const char *settings_where(const struct settings_reader *r, char out[256])
{
    size_t n = strlen(r->name), most = 96;
    const char *name = n > most ? r->name + n - most : r->name;
    while (name > r->name && ((unsigned char)*name & 0xC0) == 0x80)
        name++;
    struct str place = buf_str(&r->place);
    snprintf(out, 256, "%s%s" STR_FMT, name, place.n ? ": " : "", STR_ARG(place));
    return out;
}

enum err settings_refuse(struct settings_reader *r, const char *key, const char *what,
                         const char *cure)
{
    char place[256];
    error_set(r->e, ERR_INPUT, key, settings_where(r, place), "%s", what);
    return error_cure(r->e, "%s", cure);
}

enum err settings_refuse_at(struct settings_reader *r, const char *below, const char *key,
                            const char *what, const char *cure)
{
    size_t before = settings_enter(r, below);
    enum err code = settings_refuse(r, key, what, cure);
    settings_leave(r, before);
    return code;
}

static const char *type_name(const json_t *v)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",  [JSON_STRING] = "a text",
        [JSON_INTEGER] = "a number", [JSON_REAL] = "a number", [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NULL] = "null"};
    return v ? names[json_typeof(v)] : "nothing";
}

enum err settings_wrong_kind(struct settings_reader *r, const json_t *v,
                             const char *expected)
{
    char what[160];
    snprintf(what, sizeof what, "%s is found where %s is expected", type_name(v),
             expected);
    return settings_refuse(r, "settings.kind", what, "Give it a value of that kind.");
}

enum err settings_unknown_key(struct settings_reader *r, const char *key)
{
    char what[200];
    snprintf(what, sizeof what,
             "'%.80s' is no key of Splink's settings that is known here", key);
    return settings_refuse_at(
        r, key, "settings.unknown", what,
        "Correct its spelling, or take it out when it says nothing about "
        "how records are linked.");
}

// ---- single values --------------------------------------------------------------------
// v is what stands under the key, NULL or null when there is nothing: then *out stays.

enum err settings_text(struct settings_reader *r, const char *key, const json_t *v,
                       bool may_be_empty, struct str *out)
{
    if (!v || json_is_null(v))
        return ERR_OK;
    size_t before = settings_enter(r, key);
    enum err code = ERR_OK;
    if (!json_is_string(v))
        code = settings_wrong_kind(r, v, "a text");
    else if (!may_be_empty && !json_string_length(v))
        code = settings_refuse(r, "settings.empty", "the text is empty",
                               "Write a name, or take the key out.");
    if (!code) {
        *out = str_copy(&r->m->arena,
                        (struct str){json_string_value(v), json_string_length(v)});
        if (!out->p)
            code = error_memory(r->e);
    }
    settings_leave(r, before);
    return code;
}

enum err settings_number(struct settings_reader *r, const char *key, const json_t *v,
                         double least, double most, double *out)
{
    if (!v || json_is_null(v))
        return ERR_OK;
    size_t before = settings_enter(r, key);
    enum err code = ERR_OK;
    double x = json_number_value(v);
    if (!json_is_number(v)) {
        code = settings_wrong_kind(r, v, "a number");
    } else if (!(x >= least && x <= most)) {
        char what[120];
        snprintf(what, sizeof what, "%g is outside the range from %g to %g", x, least,
                 most);
        code = settings_refuse(r, "settings.range", what,
                               "Give it a value inside the range.");
    } else {
        *out = x;
    }
    settings_leave(r, before);
    return code;
}

enum err settings_bool(struct settings_reader *r, const char *key, const json_t *v,
                       bool *out)
{
    if (!v || json_is_null(v))
        return ERR_OK;
    if (json_is_boolean(v)) {
        *out = json_is_true(v);
        return ERR_OK;
    }
    size_t before = settings_enter(r, key);
    enum err code = settings_wrong_kind(r, v, "true or false");
    settings_leave(r, before);
    return code;
}
