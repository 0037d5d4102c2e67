// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/area_map.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/geojson.h"

struct mapper {
    struct county *county;
    struct arena *arena;
    json_t **shapes; // by area; NULL: none. MultiPolygon, or what a single feature had
    struct area_map_report *out;
};

// --- whose a feature is

static int32_t area_of_value(const struct places *p, const json_t *value)
{
    struct str text = {NULL, 0};
    char digits[24];
    if (json_is_string(value))
        text = (struct str){json_string_value(value), json_string_length(value)};
    if (json_is_integer(value)) {
        int n =
            snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(value));
        text = (struct str){digits, (size_t)n};
    }
    return text.n ? places_area_by_code(p, text) : -1;
}

static int32_t area_of_feature(const struct places *p, const json_t *feature)
{
    static const char *const names[] = {"name", "NAME", "Name", "名称", "name_zh"};
    json_t *properties = json_object_get(feature, "properties"), *value;
    const char *key;
    int32_t area = area_of_value(p, json_object_get(feature, "id"));
    if (area < 0)
        area = area_of_value(p, json_object_get(properties, "code"));
    json_object_foreach(properties, key, value)
    {
        if (area < 0)
            area = area_of_value(p, value);
    }
    for (size_t i = 0; area < 0 && i < sizeof names / sizeof *names; i++) {
        value = json_object_get(properties, names[i]);
        if (json_is_string(value) && places_find_area(p, str_of(json_string_value(value)),
                                                      -1, DATE_NONE, &area, NULL))
            area = -1;
    }
    return area;
}

static void note_unknown(struct mapper *m, const json_t *feature)
{
    struct area_map_report *out = m->out;
    json_t *properties = json_object_get(feature, "properties");
    json_t *name = json_object_get(properties, "name");
    const char *text = json_string_value(name);
    if (!text)
        text = json_string_value(json_object_get(feature, "id"));
    if (out->n_unknown < sizeof out->unknown / sizeof *out->unknown)
        out->unknown[out->n_unknown] = text ? str_copy(m->arena, str_of(text)) : STR("?");
    out->n_unknown++;
}

// --- geometries

// Polygons of a geometry onto a list of polygons; false: it is none of those.
static bool add_polygons(json_t *list, const json_t *geometry)
{
    const char *type = json_string_value(json_object_get(geometry, "type"));
    json_t *coordinates = json_object_get(geometry, "coordinates");
    if (type && strcmp(type, "Polygon") == 0)
        return json_array_append(list, coordinates) == 0;
    if (type && strcmp(type, "MultiPolygon") == 0)
        return json_array_extend(list, coordinates) == 0;
    return false;
}

static enum err add_shape(struct mapper *m, int32_t area, json_t *geometry,
                          struct error *e)
{
    json_t *had = m->shapes[area];
    if (!had) {
        m->shapes[area] = json_incref(geometry);
        m->out->areas++;
        return ERR_OK;
    }
    json_t *list = json_array();
    json_t *both = json_object();
    bool good = list && both && add_polygons(list, had) && add_polygons(list, geometry) &&
                !json_object_set_new(both, "type", json_string("MultiPolygon")) &&
                !json_object_set(both, "coordinates", list);
    json_decref(list);
    if (good) {
        m->shapes[area] = both;
        json_decref(had);
        return ERR_OK;
    }
    json_decref(both);
    error_set(e, ERR_INPUT, "map.twice", NULL,
              "the area " STR_FMT " has two features that are not both polygons",
              STR_ARG(m->county->places->areas[area].code));
    return error_cure(e, "keep the one that is its border");
}

static enum err take_features(struct mapper *m, const json_t *features, struct error *e)
{
    size_t i;
    json_t *feature;
    enum err code = ERR_OK;
    json_array_foreach(features, i, feature)
    {
        json_t *geometry = json_object_get(feature, "geometry");
        int32_t area = area_of_feature(m->county->places, feature);
        m->out->features++;
        if (area < 0)
            note_unknown(m, feature);
        else if (json_is_object(geometry))
            code = add_shape(m, area, geometry, e);
        if (code)
            break;
    }
    if (!code && !m->out->areas) {
        error_set(e, ERR_INPUT, "map.none", NULL,
                  "none of the %zu features is an area of this county", m->out->features);
        code = error_cure(e, "give each feature the official code of its area, as its id "
                             "or as a property `code`");
    }
    return code;
}

// --- saving

static int add_text(const char *part, size_t n, void *to)
{
    buf_add(to, (struct str){part, n});
    return ((struct buf *)to)->failed ? -1 : 0;
}

static enum err save_job(struct conn *conn, void *argument, struct error *e)
{
    struct mapper *m = argument;
    struct stmt *s = NULL;
    struct buf text = BUF_INIT(256 << 20);
    enum err code = conn_run(conn, "DELETE FROM heng_map", e);
    if (!code)
        code = conn_stmt(conn, "map.put",
                         "INSERT INTO heng_map (code, geometry) VALUES (?, ?)", &s, e);
    for (size_t i = 0; !code && i < m->county->places->n_areas; i++) {
        if (!m->shapes[i])
            continue;
        buf_clear(&text);
        if (json_dump_callback(m->shapes[i], add_text, &text,
                               JSON_COMPACT | JSON_REAL_PRECISION(10)))
            text.failed = true;
        code = buf_check(&text, e);
        if (code)
            break;
        stmt_bind_text(s, 1, m->county->places->areas[i].code);
        stmt_bind_text(s, 2, buf_str(&text));
        code = stmt_done(s, e);
    }
    buf_free(&text);
    return code;
}

// What will be kept must be geometry; looked at with the codes as ids.
static enum err check(const struct mapper *m, const char *name, struct error *e)
{
    struct arena own;
    struct geo geo;
    json_t *features = json_array(), *all = json_object();
    struct buf text = BUF_INIT(256 << 20);
    bool good = features && all;
    for (size_t i = 0; good && i < m->county->places->n_areas; i++)
        if (m->shapes[i])
            good = !json_array_append_new(
                features, json_pack("{s:s, s:s, s:{}, s:O}", "type", "Feature", "id",
                                    m->county->places->areas[i].code.p, "properties",
                                    "geometry", m->shapes[i]));
    good = good && !json_object_set_new(all, "type", json_string("FeatureCollection")) &&
           !json_object_set(all, "features", features) &&
           !json_dump_callback(all, add_text, &text, JSON_COMPACT);
    json_decref(features);
    json_decref(all);
    arena_init(&own, 0);
    enum err code = good ? geojson_parse(&geo, buf_str(&text), name,
                                         &(struct geojson_options){0}, &own, e)
                         : error_memory(e);
    arena_free(&own);
    buf_free(&text);
    return code;
}

enum err area_map_put(struct county *c, struct str geojson, const char *name,
                      struct arena *a, struct area_map_report *out, struct error *e)
{
    json_error_t wrong;
    *out = (struct area_map_report){0};
    struct mapper m = {
        .county = c,
        .arena = a,
        .out = out,
        .shapes = arena_alloc(a, c->places->n_areas + 1, sizeof *m.shapes),
    };
    if (!m.shapes)
        return error_memory(e);
    json_t *root = json_loadb(geojson.p, geojson.n, 0, &wrong);
    enum err code = root ? take_features(&m, json_object_get(root, "features"), e)
                         : error_set(e, ERR_INPUT, "map.json", name, "line %d: %s",
                                     wrong.line, wrong.text);
    if (!code)
        code = check(&m, name, e);
    if (!code)
        code = store_write(c->store, save_job, &m, e);
    for (size_t i = 0; i < c->places->n_areas; i++)
        json_decref(m.shapes[i]);
    json_decref(root);
    return code;
}

enum err area_map_get(struct county *c, struct conn *conn, int32_t area, struct arena *a,
                      struct str *out, struct error *e)
{
    struct stmt *s;
    bool row;
    *out = (struct str){NULL, 0};
    enum err code =
        conn_stmt(conn, "map.get", "SELECT geometry FROM heng_map WHERE code = ?", &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, c->places->areas[area].code);
    code = stmt_step(s, &row, e);
    if (!code && row) {
        *out = str_copy(a, stmt_text(s, 0));
        if (!out->p)
            code = error_memory(e);
    }
    stmt_finish(s);
    return code;
}
