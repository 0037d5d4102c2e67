// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/scan_geojson.h"

#include "base/json.h"

#include <math.h>

enum { CORNERS = 72 };
static double radians(double degrees)
{
    return degrees * M_PI / 180;
}

// The point at this distance and bearing (from the x axis, as angles of ellipses are).
static void point_at(const struct scan_study *s, double x, double y, double distance,
                     double angle, double *out_x, double *out_y)
{
    if (s->options.metric == SCAN_CARTESIAN) {
        *out_x = x + distance * cos(angle);
        *out_y = y + distance * sin(angle);
        return;
    }
    // the kernel's globe: a half turn has this length
    double d = M_PI * distance / scan_distance(0, 0, 180, 0), latitude = radians(y);
    double sine = sin(latitude) * cos(d) + cos(latitude) * sin(d) * sin(angle);
    double to = asin(fmax(-1, fmin(1, sine)));
    double east =
        atan2(cos(angle) * sin(d) * cos(latitude), cos(d) - sin(latitude) * sin(to));
    *out_x = x + east * 180 / M_PI;
    *out_y = to * 180 / M_PI;
}

static void put_pair(struct json_writer *j, double x, double y)
{
    json_put_array(j);
    json_put_double(j, round(x * 1e7) / 1e7);
    json_put_double(j, round(y * 1e7) / 1e7);
    json_put_array_end(j);
}

static void put_polygon(struct json_writer *j, const struct scan_study *s,
                        const struct scan_cluster *c)
{
    bool grid = s->data.n_centres > 0;
    double x = grid ? s->data.centre_x[c->centre] : s->x[c->centre];
    double y = grid ? s->data.centre_y[c->centre] : s->y[c->centre];
    double longer = s->options.shape == SCAN_ELLIPSE ? c->axis_ratio : 1;
    double turn = s->options.shape == SCAN_ELLIPSE ? radians(c->angle) : 0;
    json_put_array(j);
    json_put_array(j);
    for (int i = 0; i <= CORNERS; i++) { // against the clock; the first once more
        double a = 2 * M_PI * (i % CORNERS) / CORNERS, px, py;
        double along = c->radius * longer * cos(a), across = c->radius * sin(a);
        point_at(s, x, y, hypot(along, across), atan2(across, along) + turn, &px, &py);
        put_pair(j, px, py);
    }
    json_put_array_end(j);
    json_put_array_end(j);
}

static void put_number(struct json_writer *j, const char *name, double value)
{
    json_put_key(j, str_of(name));
    json_put_double(j, value);
}

static void put_count(struct json_writer *j, const char *name, int64_t value)
{
    json_put_key(j, str_of(name));
    json_put_int(j, value);
}

static void put_text(struct json_writer *j, const char *name, struct str value)
{
    json_put_key(j, str_of(name));
    json_put_string(j, value);
}

static void put_times(struct json_writer *j, const struct scan_study *s,
                      const struct scan_cluster *c)
{
    if (!s->slices)
        return;
    put_text(j, "first_time", s->slices[c->first_time].first);
    put_text(j, "last_time", s->slices[c->last_time].last);
}

static void put_cluster(struct json_writer *j, const struct scan_study *s, uint32_t i)
{
    const struct scan_cluster *c = &s->result.clusters[i];
    bool gumbel, points = s->options.shape == SCAN_FLEXIBLE;
    json_put_object(j);
    put_text(j, "type", STR("Feature"));
    json_put_key(j, STR("geometry"));
    json_put_object(j);
    put_text(j, "type", points ? STR("MultiPoint") : STR("Polygon"));
    json_put_key(j, STR("coordinates"));
    if (points) {
        json_put_array(j);
        for (uint32_t k = 0; k < c->n_areas; k++)
            put_pair(j, s->x[c->areas[k]], s->y[c->areas[k]]);
        json_put_array_end(j);
    } else
        put_polygon(j, s, c);
    json_put_object_end(j);
    json_put_key(j, STR("properties"));
    json_put_object(j);
    put_text(j, "kind", STR("cluster"));
    put_count(j, "cluster", i + 1);
    put_text(j, "rates", c->high ? STR("high") : STR("low"));
    put_count(j, "areas", c->n_areas);
    put_number(j, "radius", c->radius);
    put_times(j, s, c);
    put_count(j, "cases", c->cases);
    put_number(j, "expected", c->expected);
    put_number(j, "relative_risk", c->relative_risk);
    put_number(j, "log_likelihood_ratio", c->log_likelihood_ratio);
    put_number(j, "p", scan_study_p(s, c, &gumbel));
    json_put_object_end(j);
    json_put_object_end(j);
}

static void put_area(struct json_writer *j, const struct scan_study *s, uint32_t area,
                     uint32_t cluster)
{
    struct scan_share share = scan_study_area(s, area, NULL);
    json_put_object(j);
    put_text(j, "type", STR("Feature"));
    json_put_key(j, STR("geometry"));
    json_put_object(j);
    put_text(j, "type", STR("Point"));
    json_put_key(j, STR("coordinates"));
    put_pair(j, s->x[area], s->y[area]);
    json_put_object_end(j);
    json_put_key(j, STR("properties"));
    json_put_object(j);
    put_text(j, "kind", STR("area"));
    put_text(j, "area", s->areas.list[area]);
    if (s->labels)
        put_text(j, "name", scan_study_label(s, area));
    json_put_key(j, STR("cluster"));
    if (cluster)
        json_put_int(j, cluster);
    else
        json_put_null(j);
    put_count(j, "cases", share.cases);
    if (s->options.model == SCAN_BERNOULLI)
        put_count(j, "total", share.total);
    put_number(j, "expected", share.expected);
    json_put_object_end(j);
    json_put_object_end(j);
}

enum err scan_geojson(const struct scan_study *s, struct buf *out, struct error *e)
{
    if (!s->x) {
        (void)error_set(e, ERR_USAGE, "scan.geojson", "--geojson",
                        "the areas have no coordinates");
        return error_cure(e, "Name their columns with --lon and --lat, or --x and --y.");
    }
    struct arena scratch;
    arena_init(&scratch, 0);
    uint32_t *cluster = ARENA_ARRAY(&scratch, uint32_t, s->areas.n);
    if (!cluster) {
        arena_free(&scratch);
        return error_memory(e);
    }
    for (uint32_t i = s->result.n_clusters; i > 0; i--) // the best has the last word
        for (uint32_t k = 0; k < s->result.clusters[i - 1].n_areas; k++)
            cluster[s->result.clusters[i - 1].areas[k]] = i;
    struct json_writer j = json_on(out);
    json_put_object(&j);
    put_text(&j, "type", STR("FeatureCollection"));
    json_put_key(&j, STR("features"));
    json_put_array(&j);
    for (uint32_t i = 0; i < s->result.n_clusters; i++)
        put_cluster(&j, s, i);
    for (uint32_t a = 0; a < s->areas.n; a++)
        put_area(&j, s, a, cluster[a]);
    json_put_array_end(&j);
    json_put_object_end(&j);
    arena_free(&scratch);
    return buf_check(out, e);
}
