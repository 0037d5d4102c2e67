// SPDX-License-Identifier: AGPL-3.0-or-later
// Heng's own part of the settings: kinds of columns, dependence, calibration, threshold.
#include "link/settings_reader.h"

#include <stdio.h>
#include <string.h>

static enum err read_kinds(struct settings_reader *r, json_t *from)
{
    struct link_model *m = r->m;
    size_t before = settings_enter(r, "kinds"), n = json_array_size(from);
    enum err code = ERR_OK;
    if (!json_is_array(from))
        code = settings_wrong_kind(r, from, "a list of columns and their kinds");
    m->kinds = ARENA_ARRAY(&m->arena, struct link_column_kind, n);
    if (!code && !m->kinds)
        code = error_memory(r->e);
    for (size_t i = 0; !code && i < n; i++) {
        size_t at = settings_enter_at(r, i);
        json_t *one = json_array_get(from, i);
        struct str kind = STR("");
        m->kinds[i].name = STR("");
        code = settings_text(r, "column", json_object_get(one, "column"), false,
                             &m->kinds[i].name);
        if (!code)
            code = settings_text(r, "kind", json_object_get(one, "kind"), false, &kind);
        if (!code && !m->kinds[i].name.n)
            code = settings_wrong_kind(r, one, "{\"column\": ..., \"kind\": ...}");
        if (!code && !link_kind_of_name(kind, &m->kinds[i].kind))
            code = settings_refuse(r, "settings.column_kind",
                                   "this kind of column is not known",
                                   "See the kinds that heng link --help names.");
        settings_leave(r, at);
        m->n_kinds = (unsigned)(i + 1);
    }
    settings_leave(r, before);
    return code;
}

static enum err find_comparison(struct settings_reader *r, const char *key, json_t *v,
                                unsigned *out)
{
    struct str name = STR("");
    enum err code = settings_text(r, key, v, false, &name);
    if (code)
        return code;
    for (unsigned i = 0; i < r->m->n_comparisons; i++)
        if (str_equal(r->m->comparisons[i].name, name)) {
            *out = i;
            return ERR_OK;
        }
    return settings_refuse_at(r, key, "settings.dependence",
                              "this is not the name of a comparison",
                              "Take the dependence out; it is found anew by training.");
}

static enum err read_dependence_table(struct settings_reader *r, json_t *from,
                                      struct link_dependence *to)
{
    const struct link_comparison *c = r->m->comparisons;
    size_t n = (size_t)c[to->a].n_levels * c[to->b].n_levels;
    size_t before = settings_enter(r, "log2");
    enum err code = ERR_OK;
    to->log2 = ARENA_ARRAY(&r->m->arena, double, n);
    if (!to->log2) {
        code = error_memory(r->e);
    } else if (!json_is_array(from) || json_array_size(from) != n) {
        char what[120];
        snprintf(what, sizeof what,
                 "%zu numbers are found; the levels of both comparisons make %zu",
                 json_array_size(from), n);
        code = settings_refuse(r, "settings.dependence", what,
                               "Take the dependence out; it is found anew by training.");
    }
    for (size_t i = 0; !code && i < n; i++) {
        size_t at = settings_enter_at(r, i);
        json_t *v = json_array_get(from, i);
        code = json_is_number(v) ? settings_number(r, "", v, -1e6, 1e6, &to->log2[i])
                                 : settings_wrong_kind(r, v, "a number");
        settings_leave(r, at);
    }
    settings_leave(r, before);
    return code;
}

static enum err read_dependence(struct settings_reader *r, json_t *from)
{
    struct link_model *m = r->m;
    size_t before = settings_enter(r, "dependence"), n = json_array_size(from);
    enum err code = ERR_OK;
    if (!json_is_array(from))
        code = settings_wrong_kind(r, from, "a list");
    m->dependence = ARENA_ARRAY(&m->arena, struct link_dependence, n);
    if (!code && !m->dependence)
        code = error_memory(r->e);
    for (size_t i = 0; !code && i < n; i++) {
        size_t at = settings_enter_at(r, i);
        json_t *one = json_array_get(from, i);
        struct link_dependence *to = &m->dependence[i];
        code = find_comparison(r, "a", json_object_get(one, "a"), &to->a);
        if (!code)
            code = find_comparison(r, "b", json_object_get(one, "b"), &to->b);
        if (!code && to->a == to->b)
            code = settings_refuse(
                r, "settings.dependence", "a comparison depends on itself",
                "Take the dependence out; it is found anew by training.");
        if (!code)
            code = read_dependence_table(r, json_object_get(one, "log2"), to);
        settings_leave(r, at);
        m->n_dependence = (unsigned)(i + 1);
    }
    settings_leave(r, before);
    return code;
}

// {"prior": P, "levels": [one number for each level of each comparison]}
static enum err read_alike(struct settings_reader *r, json_t *from)
{
    struct link_model *m = r->m;
    size_t before = settings_enter(r, "alike"), n = 0, at = 0;
    json_t *levels = json_object_get(from, "levels"),
           *prior = json_object_get(from, "prior");
    enum err code = ERR_OK;
    for (unsigned c = 0; c < m->n_comparisons; c++)
        n += m->comparisons[c].n_levels;
    if (!json_is_object(from))
        code = settings_wrong_kind(r, from, "an object");
    else if (!json_is_number(prior))
        code = settings_refuse(r, "settings.alike", "\"prior\" is not a number",
                               "Take \"alike\" out; it is found anew by training.");
    else if (!json_is_array(levels) || json_array_size(levels) != n)
        code = settings_refuse(r, "settings.alike",
                               "\"levels\" has not one number for each level of the "
                               "comparisons",
                               "Take \"alike\" out; it is found anew by training.");
    if (!code)
        code = settings_number(r, "prior", prior, 0, 1, &m->alike_prior);
    for (unsigned c = 0; c < m->n_comparisons && !code; c++)
        for (unsigned k = 0; k < m->comparisons[c].n_levels && !code; k++) {
            json_t *v = json_array_get(levels, at++);
            code = json_is_number(v) ? settings_number(r, "levels", v, 0, 1,
                                                       &m->comparisons[c].levels[k].alike)
                                     : settings_wrong_kind(r, v, "a number");
        }
    settings_leave(r, before);
    return code;
}

enum err settings_own(struct settings_reader *r, json_t *from)
{
    struct link_model *m = r->m;
    size_t before = settings_enter(r, "heng");
    enum err code =
        json_is_object(from) ? ERR_OK : settings_wrong_kind(r, from, "an object");
    const char *key;
    json_t *v;
    json_object_foreach(from, key, v)
    {
        if (code)
            break;
        if (strcmp(key, "kinds") == 0)
            code = read_kinds(r, v);
        else if (strcmp(key, "dependence") == 0)
            code = read_dependence(r, v);
        else if (strcmp(key, "alike") == 0)
            code = read_alike(r, v);
        else if (strcmp(key, "calibration_slope") == 0)
            code = settings_number(r, key, v, 0, 1e6, &m->calibration_slope);
        else if (strcmp(key, "calibration_shift") == 0)
            code = settings_number(r, key, v, -1e6, 1e6, &m->calibration_shift);
        else if (strcmp(key, "threshold") == 0)
            code = settings_number(r, key, v, 0, 1, &m->threshold);
        else if (strcmp(key, "sources_without_duplicates") == 0)
            code = settings_bool(r, key, v, &m->sources_without_duplicates);
        else
            code = settings_unknown_key(r, key);
    }
    settings_leave(r, before);
    return code;
}
