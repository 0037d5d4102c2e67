// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/geojson.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_BYTES = 256 << 20,
    MOST_DEPTH = 8, // of geometry collections
    MOST_MEETINGS = 1 << 24,
    NO_AREA = UINT32_MAX
};

// While features are read: rings in the order of the file.
struct reading {
    const char *name; // of the file
    const struct geojson_options *options;
    struct arena *a;
    struct error *e;
    size_t feature;    // the one being read, from 1
    uint32_t area;     // its area
    struct buf points; // doubles, x and y
    struct buf rings;  // struct ring
    double *place;     // of areas
    bool geographic;
};

struct ring {
    uint32_t area, start, n;
};

static enum err refuse(struct reading *r, const char *key, const char *cure,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));

static enum err refuse(struct reading *r, const char *key, const char *cure,
                       const char *format, ...)
{
    char where[256];
    if (r->feature)
        snprintf(where, sizeof where, "%.180s: feature %zu", r->name, r->feature);
    else
        snprintf(where, sizeof where, "%.230s", r->name);
    va_list arguments;
    va_start(arguments, format);
    (void)error_set_list(r->e, ERR_INPUT, key, where, format, arguments);
    va_end(arguments);
    return error_cure(r->e, "%s", cure);
}

static enum err too_large(struct reading *r, const char *what)
{
    error_set(r->e, ERR_LIMIT, "geojson.limit", r->name, "the map has more than %s",
              what);
    return error_cure(r->e, "Simplify its borders (for instance with mapshaper) first.");
}

// Geometry ----------------------------------------------------------------------------

static bool read_position(const json_t *position, double out[2])
{
    if (!json_is_array(position) || json_array_size(position) < 2)
        return false;
    for (size_t i = 0; i < 2; i++) {
        const json_t *value = json_array_get(position, i);
        if (!json_is_number(value))
            return false;
        out[i] = json_number_value(value);
        if (!(fabs(out[i]) <= 1e12))
            return false;
    }
    return true;
}

static enum err bad_position(struct reading *r)
{
    return refuse(r, "geojson.position",
                  "Write each position as [longitude, latitude] with two numbers.",
                  "a position is not two numbers");
}

static void see_extent(struct reading *r, const double xy[2])
{
    r->geographic &= fabs(xy[0]) <= 180.0001 && fabs(xy[1]) <= 90.0001;
}

static enum err read_ring(struct reading *r, const json_t *ring)
{
    size_t n = json_array_size(ring);
    if (!json_is_array(ring) || n < 3)
        return refuse(r, "geojson.ring", "Export the map again, or repair the polygon.",
                      "a border has %zu positions, and at least 4 are expected", n);
    size_t before = r->points.n / (2 * sizeof(double)), kept = n;
    double first[2], xy[2];
    for (size_t i = 0; i < n; i++) {
        if (!read_position(json_array_get(ring, i), xy))
            return bad_position(r);
        see_extent(r, xy);
        if (i == 0)
            memcpy(first, xy, sizeof first);
        if (i + 1 == n && xy[0] == first[0] && xy[1] == first[1]) {
            kept--;
            break;
        }
        buf_add(&r->points, (struct str){(const char *)xy, sizeof xy});
    }
    if (before + kept > GEO_MAX_POINTS)
        return too_large(r, "20 million points");
    struct ring done = {r->area, (uint32_t)before, (uint32_t)kept};
    buf_add(&r->rings, (struct str){(const char *)&done, sizeof done});
    return r->points.failed || r->rings.failed ? error_memory(r->e) : ERR_OK;
}

static enum err read_polygon(struct reading *r, const json_t *polygon)
{
    if (!json_is_array(polygon))
        return refuse(r, "geojson.polygon", "Export the map again.",
                      "the coordinates of a polygon are not a list of borders");
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < json_array_size(polygon); i++)
        code = read_ring(r, json_array_get(polygon, i));
    return code;
}

static enum err read_point(struct reading *r, const json_t *position)
{
    double xy[2];
    if (!read_position(position, xy))
        return bad_position(r);
    see_extent(r, xy);
    if (isnan(r->place[2 * (size_t)r->area]))
        memcpy(r->place + 2 * (size_t)r->area, xy, sizeof xy);
    return ERR_OK;
}

static enum err read_geometry(struct reading *r, const json_t *geometry, int depth)
{
    if (!geometry || json_is_null(geometry))
        return ERR_OK; // an area that is known but not drawn
    const char *type = json_string_value(json_object_get(geometry, "type"));
    bool many = type && !strncmp(type, "Multi", 5);
    const char *kind = many ? type + 5 : type;
    const json_t *list = json_object_get(geometry, "coordinates");
    if (type && !strcmp(type, "GeometryCollection")) {
        const json_t *parts = json_object_get(geometry, "geometries");
        enum err code = depth < MOST_DEPTH
                            ? ERR_OK
                            : refuse(r, "geojson.depth", "Export the map again.",
                                     "geometry collections are nested too deeply");
        for (size_t i = 0; !code && i < json_array_size(parts); i++)
            code = read_geometry(r, json_array_get(parts, i), depth + 1);
        return code;
    }
    if (!type || (strcmp(kind, "Polygon") != 0 && strcmp(kind, "Point") != 0))
        return refuse(r, "geojson.geometry",
                      "Give each area a Polygon, a MultiPolygon or a Point.",
                      "the geometry is '%.60s', which is no area or place",
                      type ? type : "without a type");
    if (!json_is_array(list))
        return refuse(r, "geojson.coordinates", "Export the map again.",
                      "the %.60s has no coordinates", type);
    bool point = !strcmp(kind, "Point");
    if (!many)
        return point ? read_point(r, list) : read_polygon(r, list);
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < json_array_size(list); i++)
        code = point ? read_point(r, json_array_get(list, i))
                     : read_polygon(r, json_array_get(list, i));
    return code;
}

// Properties --------------------------------------------------------------------------

// The value as text: whole numbers without a point. An empty text for what is none.
static struct str text_of(struct arena *a, const json_t *value)
{
    if (json_is_string(value)) {
        struct str s = {json_string_value(value), json_string_length(value)};
        return str_copy(a, str_trim(s));
    }
    if (json_is_integer(value))
        return str_format(a, "%lld", (long long)json_integer_value(value));
    if (json_is_real(value))
        return str_format(a, "%.15g", json_real_value(value));
    return STR("");
}

static const json_t *feature_at(const json_t *features, size_t i)
{
    return json_array_get(features, i);
}

// key NULL: the feature's own id.
static const json_t *value_at(const json_t *features, size_t i, const char *key)
{
    const json_t *feature = feature_at(features, i);
    if (!key)
        return json_object_get(feature, "id");
    return json_object_get(json_object_get(feature, "properties"), key);
}

static int compare_str(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

// How many features have a known id under this property.
static size_t count_known(struct reading *r, const json_t *features, const char *key,
                          const struct str *sorted, size_t n_sorted)
{
    size_t found = 0;
    for (size_t i = 0; n_sorted && i < json_array_size(features); i++) {
        struct str id = text_of(r->a, value_at(features, i, key));
        found += id.p && id.n &&
                 bsearch(&id, sorted, n_sorted, sizeof *sorted, compare_str) != NULL;
    }
    return found;
}

static bool has_all(const json_t *features, const char *key)
{
    size_t n = json_array_size(features);
    for (size_t i = 0; i < n; i++) {
        const json_t *value = value_at(features, i, key);
        if (!json_is_string(value) && !json_is_number(value))
            return false;
    }
    return n > 0;
}

static const char *usual(const json_t *features, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (has_all(features, names[i]))
            return names[i];
    return NULL;
}

// The property (NULL: the features' own id) that tells areas apart. False: there is none.
static bool guess_id(struct reading *r, const json_t *features, const char **key,
                     enum err *code)
{
    static const char *const names[] = {"id",     "ID",      "code",  "CODE", "adcode",
                                        "adm_cd", "adm_cd2", "GEOID", "name", "NAME"};
    const struct geojson_options *o = r->options;
    struct str *sorted = ARENA_ARRAY(r->a, struct str, o->n_known + 1);
    if (!sorted) {
        *code = error_memory(r->e);
        return false;
    }
    for (size_t i = 0; i < o->n_known; i++)
        sorted[i] = o->known[i];
    qsort(sorted, o->n_known, sizeof *sorted, compare_str);
    *key = NULL;
    size_t best = count_known(r, features, NULL, sorted, o->n_known);
    json_t *first =
        json_object_get(json_array_get(features, 0), "properties"); // borrowed
    const char *name;
    json_t *value;
    json_object_foreach(first, name, value)
    {
        size_t found = count_known(r, features, name, sorted, o->n_known);
        if (found > best) {
            best = found;
            *key = name;
        }
    }
    if (best || has_all(features, NULL))
        return true;
    *key = usual(features, names, sizeof names / sizeof *names);
    return *key != NULL;
}

static enum err no_property(struct reading *r, const json_t *features, const char *wanted)
{
    struct buf list = BUF_INIT(300);
    json_t *first = json_object_get(json_array_get(features, 0), "properties");
    const char *name;
    json_t *value;
    json_object_foreach(first, name, value) if (list.n < 200)
    {
        buf_add_c(&list, list.n ? ", " : "");
        buf_add(&list, (struct str){name, strnlen(name, 40)});
    }
    char where[256];
    if (r->feature)
        snprintf(where, sizeof where, "%.180s: feature %zu", r->name, r->feature);
    else
        snprintf(where, sizeof where, "%.230s", r->name);
    error_set(r->e, ERR_NOT_FOUND, "geojson.property", where,
              wanted ? "this feature has no property '%.60s'; the first one has: " STR_FMT
                     : "no property%.0s tells the areas apart; there are: " STR_FMT,
              wanted ? wanted : "", STR_ARG(buf_str(&list)));
    buf_free(&list);
    return error_cure(r->e, "Name the property that holds the areas' ids (--map-id).");
}

// Areas -------------------------------------------------------------------------------

struct place_of_id {
    struct str id;
    uint32_t first; // feature
};

static int by_id(const void *a, const void *b)
{
    const struct place_of_id *x = a, *y = b;
    int order = str_compare(x->id, y->id);
    return order ? order : (x->first > y->first) - (x->first < y->first);
}

// area[i] of feature i; areas are numbered by their first features.
static enum err number_areas(struct reading *r, const json_t *features, const char *key,
                             struct geo *g, uint32_t *area)
{
    size_t n = json_array_size(features);
    struct place_of_id *order = ARENA_ARRAY(r->a, struct place_of_id, n);
    uint32_t *first = ARENA_ARRAY(r->a, uint32_t, n);
    if (!order || !first)
        return error_memory(r->e);
    for (size_t i = 0; i < n; i++) {
        r->feature = i + 1;
        order[i] =
            (struct place_of_id){text_of(r->a, value_at(features, i, key)), (uint32_t)i};
        if (!order[i].id.p)
            return error_memory(r->e);
        if (!order[i].id.n)
            return no_property(r, features, key ? key : "id");
    }
    r->feature = 0;
    qsort(order, n, sizeof *order, by_id);
    for (size_t i = 0; i < n; i++) {
        bool same = i && str_equal(order[i].id, order[i - 1].id);
        first[order[i].first] = same ? first[order[i - 1].first] : order[i].first;
    }
    g->ids = ARENA_ARRAY(r->a, struct str, n);
    g->names = ARENA_ARRAY(r->a, struct str, n);
    if (!g->ids || !g->names)
        return error_memory(r->e);
    for (size_t i = 0; i < n; i++)
        if (first[i] == i) {
            area[i] = g->n;
            g->ids[g->n++] = text_of(r->a, value_at(features, i, key));
        } else {
            area[i] = area[first[i]];
        }
    return ERR_OK;
}

static enum err name_areas(struct reading *r, const json_t *features,
                           const uint32_t *area, struct geo *g)
{
    static const char *const names[] = {"name",    "NAME",    "Name",   "name_en",
                                        "NAME_EN", "name_zh", "adm_nm", "NAME_2"};
    const char *key = r->options->name;
    if (!key)
        key = usual(features, names, sizeof names / sizeof *names);
    for (size_t i = 0; i < json_array_size(features); i++) {
        struct str *name = &g->names[area[i]];
        if (!name->n && key)
            *name = text_of(r->a, value_at(features, i, key));
        if (!name->n)
            *name = g->ids[area[i]];
        if (!name->p || !g->ids[area[i]].p)
            return error_memory(r->e);
    }
    return ERR_OK;
}

// Twice the area and the centroid of a ring, about its first point so that large
// coordinates lose nothing.
static double ring_area(const double *xy, size_t n, double centre[2])
{
    double sum = 0, x = 0, y = 0;
    for (size_t i = 0; i < n; i++) {
        const double *p = xy + 2 * i, *q = xy + 2 * ((i + 1) % n);
        double px = p[0] - xy[0], py = p[1] - xy[1], qx = q[0] - xy[0], qy = q[1] - xy[1];
        double cross = px * qy - qx * py;
        sum += cross;
        x += (px + qx) * cross;
        y += (py + qy) * cross;
    }
    centre[0] = xy[0] + (sum != 0 ? x / (3 * sum) : 0);
    centre[1] = xy[1] + (sum != 0 ? y / (3 * sum) : 0);
    return fabs(sum);
}

static enum err lay_out(struct reading *r, struct geo *g)
{
    size_t n_rings = r->rings.n / sizeof(struct ring);
    const struct ring *rings = (const struct ring *)(const void *)r->rings.p;
    const double *points = (const double *)(const void *)r->points.p;
    g->n_rings = (uint32_t)n_rings;
    g->n_points = (uint32_t)(r->points.n / (2 * sizeof(double)));
    g->area_start = ARENA_ARRAY(r->a, uint32_t, (size_t)g->n + 2);
    g->ring_start = ARENA_ARRAY(r->a, uint32_t, n_rings + 1);
    g->xy = ARENA_ARRAY(r->a, double, 2 * (size_t)g->n_points + 1);
    uint32_t *order = ARENA_ARRAY(r->a, uint32_t, n_rings + 1);
    if (!g->area_start || !g->ring_start || !g->xy || !order)
        return error_memory(r->e);
    for (size_t i = 0; i < n_rings; i++)
        g->area_start[rings[i].area + 2]++;
    for (uint32_t i = 0; i < g->n; i++)
        g->area_start[i + 2] += g->area_start[i + 1];
    for (size_t i = 0; i < n_rings; i++)
        order[g->area_start[rings[i].area + 1]++] = (uint32_t)i;
    uint32_t at = 0;
    for (size_t k = 0; k < n_rings; k++) {
        const struct ring *ring = &rings[order[k]];
        g->ring_start[k] = at;
        memcpy(g->xy + 2 * (size_t)at, points + 2 * (size_t)ring->start,
               2 * sizeof(double) * ring->n);
        at += ring->n;
    }
    g->ring_start[n_rings] = at;
    return ERR_OK;
}

static void find_places(struct geo *g)
{
    for (uint32_t i = 0; i < g->n; i++) {
        double largest = -1, centre[2];
        bool point = !isnan(g->place[2 * (size_t)i]);
        for (uint32_t k = g->area_start[i]; k < g->area_start[i + 1] && !point; k++) {
            uint32_t start = g->ring_start[k];
            double size = ring_area(g->xy + 2 * (size_t)start,
                                    g->ring_start[k + 1] - start, centre);
            if (size > largest) {
                largest = size;
                memcpy(g->place + 2 * (size_t)i, centre, sizeof centre);
            }
        }
    }
}

static bool is_plane(const json_t *root)
{
    const json_t *crs = json_object_get(root, "crs");
    const char *name =
        json_string_value(json_object_get(json_object_get(crs, "properties"), "name"));
    return name && !strstr(name, "CRS84") && !strstr(name, "4326") &&
           !strstr(name, "4490");
}

static enum err read_features(struct reading *r, const json_t *root, struct geo *g)
{
    const json_t *features = json_object_get(root, "features");
    const char *type = json_string_value(json_object_get(root, "type"));
    if (!type || strcmp(type, "FeatureCollection") != 0 || !json_is_array(features))
        return refuse(r, "geojson.type",
                      "Give a GeoJSON file of type FeatureCollection (TopoJSON and "
                      "shapefiles are converted by mapshaper or ogr2ogr).",
                      "this is %.60s, and a FeatureCollection is expected",
                      type ? type : "JSON without a type");
    size_t n = json_array_size(features);
    if (n == 0)
        return refuse(r, "geojson.empty", "Give a map with areas.",
                      "the map has no features");
    if (n > GEO_MAX_AREAS)
        return too_large(r, "a million areas");
    const char *key = r->options->id;
    enum err code = ERR_OK;
    if (!key && !guess_id(r, features, &key, &code))
        return code ? code : no_property(r, features, NULL);
    uint32_t *area = ARENA_ARRAY(r->a, uint32_t, n);
    if (!area)
        return error_memory(r->e);
    code = number_areas(r, features, key, g, area);
    if (!code)
        code = name_areas(r, features, area, g);
    g->place = r->place = ARENA_ARRAY(r->a, double, 2 * (size_t)g->n + 1);
    if (!code && !r->place)
        code = error_memory(r->e);
    for (size_t i = 0; !code && i < 2 * (size_t)g->n; i++)
        r->place[i] = NAN;
    for (size_t i = 0; !code && i < n; i++) {
        r->feature = i + 1;
        r->area = area[i];
        code = read_geometry(r, json_object_get(feature_at(features, i), "geometry"), 0);
    }
    r->feature = 0;
    if (!code)
        code = lay_out(r, g);
    if (code)
        return code;
    find_places(g);
    g->geographic = r->geographic && !is_plane(root);
    return ERR_OK;
}

enum err geojson_parse(struct geo *out, struct str text, const char *name,
                       const struct geojson_options *options, struct arena *a,
                       struct error *e)
{
    static const struct geojson_options none = {0};
    struct reading r = {.name = name,
                        .options = options ? options : &none,
                        .a = a,
                        .e = e,
                        .points = BUF_INIT((size_t)GEO_MAX_POINTS * 16 + 4096),
                        .rings = BUF_INIT((size_t)GEO_MAX_POINTS * 12),
                        .geographic = true};
    json_error_t wrong;
    *out = (struct geo){0};
    json_t *root = json_loadb(text.n ? text.p : "", text.n, 0, &wrong);
    enum err code;
    if (!root && json_error_code(&wrong) == json_error_out_of_memory)
        code = error_memory(e);
    else if (!root)
        code = refuse(&r, "geojson.json", "Export the map again as GeoJSON.",
                      "this is no JSON: line %d: %.150s", wrong.line, wrong.text);
    else
        code = read_features(&r, root, out);
    json_decref(root);
    buf_free(&r.points);
    buf_free(&r.rings);
    return code;
}

enum err geojson_read(struct geo *out, const char *path,
                      const struct geojson_options *options, struct arena *a,
                      struct error *e)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return error_errno(e, errno, path, "open");
    struct buf text = BUF_INIT(MOST_BYTES);
    enum err code = ERR_OK;
    for (;;) {
        if (!buf_reserve(&text, 1 << 16))
            break;
        size_t n = fread(text.p + text.n, 1, 1 << 16, file);
        text.n += n;
        if (n == 0)
            break;
    }
    if (ferror(file))
        code = error_errno(e, errno, path, "read");
    else if (text.failed && !text.no_memory) {
        error_set(e, ERR_LIMIT, "geojson.bytes", path, "the map has more than 256 MB");
        code = error_cure(e, "Simplify its borders (for instance with mapshaper) first.");
    } else if (text.failed)
        code = error_memory(e);
    fclose(file);
    if (!code)
        code = geojson_parse(out, buf_str(&text), path, options, a, e);
    buf_free(&text);
    return code;
}

enum err geojson_points(struct geo *out, uint32_t n, const struct str *ids,
                        const double *x, const double *y, struct arena *a,
                        struct error *e)
{
    *out = (struct geo){.n = n, .geographic = true};
    out->ids = ARENA_ARRAY(a, struct str, (size_t)n + 1);
    out->area_start = ARENA_ARRAY(a, uint32_t, (size_t)n + 1);
    out->ring_start = ARENA_ARRAY(a, uint32_t, 1);
    out->xy = ARENA_ARRAY(a, double, 1);
    out->place = ARENA_ARRAY(a, double, 2 * (size_t)n + 1);
    if (!out->ids || !out->area_start || !out->ring_start || !out->xy || !out->place)
        return error_memory(e);
    out->names = out->ids;
    for (uint32_t i = 0; i < n; i++) {
        if (ids)
            out->ids[i] = ids[i];
        bool known = isfinite(x[i]) && isfinite(y[i]);
        out->place[2 * (size_t)i] = known ? x[i] : NAN;
        out->place[2 * (size_t)i + 1] = known ? y[i] : NAN;
        if (known)
            out->geographic &= fabs(x[i]) <= 180.0001 && fabs(y[i]) <= 90.0001;
    }
    return ERR_OK;
}

enum err geojson_match(const struct geo *g, const struct str *ids, size_t n_ids,
                       uint32_t *area, struct arena *a, struct error *e)
{
    struct place_of_id *order = ARENA_ARRAY(a, struct place_of_id, (size_t)g->n + 1);
    if (!order)
        return error_memory(e);
    for (uint32_t i = 0; i < g->n; i++)
        order[i] = (struct place_of_id){g->ids[i], i};
    qsort(order, g->n, sizeof *order, by_id);
    for (size_t i = 0; i < n_ids; i++) {
        size_t low = 0, high = g->n;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (str_compare(order[middle].id, ids[i]) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        bool found = low < g->n && str_equal(order[low].id, ids[i]);
        area[i] = found ? order[low].first : NO_AREA;
    }
    return ERR_OK;
}

// Neighbours --------------------------------------------------------------------------

struct corner {
    int64_t x, y;
    uint32_t area;
};

static int by_corner(const void *a, const void *b)
{
    const struct corner *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    if (p->y != q->y)
        return p->y < q->y ? -1 : 1;
    return (p->area > q->area) - (p->area < q->area);
}

static int by_pair(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static double extent(const struct geo *g)
{
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (size_t i = 0; i < 2 * (size_t)g->n_points; i++) {
        low[i & 1] = fmin(low[i & 1], g->xy[i]);
        high[i & 1] = fmax(high[i & 1], g->xy[i]);
    }
    return fmax(fmax(high[0] - low[0], high[1] - low[1]), 1e-300);
}

// All corners in order, each once an area.
static size_t sort_corners(const struct geo *g, struct corner *corners)
{
    double unit = 1e9 / extent(g);
    size_t n = 0;
    for (uint32_t i = 0; i < g->n; i++)
        for (uint32_t k = g->area_start[i]; k < g->area_start[i + 1]; k++)
            for (uint32_t j = g->ring_start[k]; j < g->ring_start[k + 1]; j++) {
                const double *p = g->xy + 2 * (size_t)j;
                corners[n++] =
                    (struct corner){(int64_t)floor((p[0] - g->xy[0]) * unit + 0.5),
                                    (int64_t)floor((p[1] - g->xy[1]) * unit + 0.5), i};
            }
    qsort(corners, n, sizeof *corners, by_corner);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!kept || by_corner(&corners[kept - 1], &corners[i]) != 0)
            corners[kept++] = corners[i];
    return kept;
}

enum err geojson_neighbours(const struct geo *g, uint32_t least, uint32_t **pairs,
                            size_t *n, struct arena *a, struct error *e)
{
    *n = 0;
    *pairs = NULL;
    struct corner *corners =
        mem_alloc(g->n_points ? g->n_points : 1, sizeof(struct corner));
    struct buf meetings = BUF_INIT((size_t)MOST_MEETINGS * sizeof(uint64_t));
    enum err code = ERR_OK;
    size_t n_corners = corners && g->n_points ? sort_corners(g, corners) : 0;
    for (size_t i = 0; i < n_corners; i++)
        for (size_t j = i + 1; j < n_corners && corners[j].x == corners[i].x &&
                               corners[j].y == corners[i].y && !meetings.failed;
             j++) {
            uint64_t pair = (uint64_t)corners[i].area << 32 | corners[j].area;
            buf_add(&meetings, (struct str){(const char *)&pair, sizeof pair});
        }
    if (!corners || meetings.no_memory) {
        code = error_memory(e);
    } else if (meetings.failed) {
        error_set(e, ERR_LIMIT, "geojson.neighbours", NULL,
                  "more than 16 million corners of areas meet");
        code = error_cure(e, "Look whether areas lie on top of each other.");
    }
    uint64_t *all = (uint64_t *)(void *)meetings.p;
    size_t n_all = code ? 0 : meetings.n / sizeof *all;
    if (n_all)
        qsort(all, n_all, sizeof *all, by_pair);
    *pairs = code ? NULL : ARENA_ARRAY(a, uint32_t, 2 * n_all + 1);
    if (!code && !*pairs)
        code = error_memory(e);
    for (size_t i = 0, next; !code && i < n_all; i = next) {
        for (next = i; next < n_all && all[next] == all[i];)
            next++;
        if (next - i < least)
            continue;
        (*pairs)[2 * *n] = (uint32_t)(all[i] >> 32);
        (*pairs)[2 * (*n)++ + 1] = (uint32_t)all[i];
    }
    mem_free(corners);
    buf_free(&meetings);
    return code;
}
