// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/known.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "register/slip.h"
#include "serve/describe.h"

enum { MOST_NAMES = ROUTE_MAX_QUERY + 1, MOST_SHOWN = 60, MOST_WAY = 200 };

// What is said of a name that is none of n.
static enum err unknown(bool member, const char *where, struct str name,
                        const char *const *names, size_t n, struct error *e)
{
    struct slip_name wrong = slip_name(name);
    const char *nearest = NULL;
    int best = SLIP_EDITS + 1;
    struct buf list = BUF_INIT(sizeof e->cure);
    for (size_t i = 0; i < n; i++) {
        struct slip_name one = slip_name(str_of(names[i]));
        int edits = slip_edits(&wrong, &one);
        buf_printf(&list, "%s%s", i ? ", " : "", names[i]);
        if (edits >= 0 && edits < best) {
            best = edits;
            nearest = names[i];
        }
    }
    int shown = name.n < MOST_SHOWN ? (int)name.n : MOST_SHOWN;
    error_set(e, ERR_INPUT, "request.unknown", where,
              member ? "there is no member '%.*s' here"
                     : "there is no parameter '%.*s' here",
              shown, name.p);
    if (nearest)
        error_cure(e, "did you mean '%s'? known are: " STR_FMT, nearest,
                   STR_ARG(buf_str(&list)));
    else
        error_cure(e, "leave it out; known are: " STR_FMT, STR_ARG(buf_str(&list)));
    buf_free(&list);
    return ERR_INPUT;
}

static enum err unknown_member(const struct describe_member *known, const char *way,
                               const char *name, struct error *e)
{
    char where[MOST_WAY + MOST_SHOWN + 8];
    const char *names[MOST_NAMES];
    size_t n = 0;
    while (known[n].name && n < MOST_NAMES) {
        names[n] = known[n].name;
        n++;
    }
    snprintf(where, sizeof where, "%s%s%.*s", way, *way ? "." : "", MOST_SHOWN, name);
    return unknown(true, where, str_of(name), names, n, e);
}

// way: where the value stands; the ways are as short as the types are deep.
static enum err look(const struct describe_member *known, const json_t *value,
                     const char *way, struct error *e)
{
    char below[MOST_WAY];
    const char *name;
    json_t *one;
    size_t i;
    enum err code = ERR_OK;
    for (i = 0; json_is_array(value) && !code && i < json_array_size(value); i++) {
        snprintf(below, sizeof below, "%s[%zu]", way, i);
        code = look(known, json_array_get(value, i), below, e);
    }
    json_object_foreach((json_t *)(uintptr_t)value, name, one)
    {
        const struct describe_member *m = known;
        while (m->name && strcmp(m->name, name) != 0)
            m++;
        if (!m->name)
            return unknown_member(known, way, name, e);
        if (!m->members)
            continue;
        snprintf(below, sizeof below, "%s%s%s", way, *way ? "." : "", name);
        code = look(m->members, one, below, e);
        if (code)
            return code;
    }
    return code;
}

enum err known_members(const char *type, const json_t *value, struct error *e)
{
    const struct describe_type *t = describe_type_of(type);
    assert(t);
    return t->members ? look(t->members, value, "", e) : ERR_OK;
}

// "f.*" is every name that begins with "f.".
static bool is_query(const char *known, struct str name, bool *often)
{
    size_t n = strlen(known);
    *often = known[n - 1] == '*';
    return *often ? str_starts(name, (struct str){known, n - 1})
                  : str_equal_c(name, known);
}

static enum err twice(const char *known, struct error *e)
{
    error_set(e, ERR_INPUT, "request.twice", known, "'%s' is given twice", known);
    return error_cure(e, "give it once; where it takes several, with commas");
}

enum err known_queries(const struct route *r, const struct path_pair *query, size_t n,
                       struct error *e)
{
    const char *names[MOST_NAMES];
    size_t n_names = 0;
    while (n_names < ROUTE_MAX_QUERY && r->query[n_names].name) {
        names[n_names] = r->query[n_names].name;
        n_names++;
    }
    names[n_names++] = "lang";
    for (size_t i = 0; i < n; i++) {
        struct str value = query[i].value;
        bool often = false;
        size_t k = 0;
        while (k < n_names && !is_query(names[k], query[i].name, &often))
            k++;
        if (k == n_names) {
            char where[MOST_SHOWN + 1];
            snprintf(where, sizeof where, STR_FMT, STR_ARG(query[i].name));
            return unknown(false, where, query[i].name, names, n_names, e);
        }
        for (size_t before = 0; !often && before < i; before++)
            if (str_equal(query[before].name, query[i].name))
                return twice(names[k], e);
        if (k == n_names - 1 && value.n && !str_equal(value, STR("zh")) &&
            !str_equal(value, STR("en"))) {
            error_set(e, ERR_INPUT, "request.language", "lang",
                      "'" STR_FMT "' is no language of this", STR_ARG(value));
            return error_cure(e, "ask for zh or en");
        }
    }
    return ERR_OK;
}
