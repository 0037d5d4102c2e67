// SPDX-License-Identifier: AGPL-3.0-or-later
// Shapes of areas, read from a GeoJSON file (RFC 7946), and which of them touch.
//
// Plain data in the caller's arena; free to share between threads once made. Coordinates
// are kept as they are written: degrees east and north, or a plane's units. Features of
// one id (an area and its islands) are one area. A file is read whole: what is wrong with
// it is an error that names the feature; nothing is left out in silence.
#ifndef BASE_GEOJSON_H
#define BASE_GEOJSON_H

#include "base/str.h"

enum { GEO_MAX_POINTS = 20000000, GEO_MAX_AREAS = 1000000 };

struct geo {
    uint32_t n;              // areas
    struct str *ids, *names; // by the properties; names are the ids where none was found
    uint32_t n_rings;        // outer borders and holes, to be filled by the even-odd rule
    uint32_t n_points;       // of all rings
    uint32_t *area_start;    // n + 1, in rings; an area may have none
    uint32_t *ring_start;    // n_rings + 1, in points; the last point is not the first
    double *xy;              // n_points x 2
    double *place;           // n x 2: the point of a point feature, else the centroid of
                             // the largest ring; NaN where there is no geometry
    bool geographic;         // longitude and latitude in degrees
};

struct geojson_options {
    const char *id;          // property; NULL: the one that has most of the known ids, or
                             // the features' own "id", or one called id, code, name ...
    const char *name;        // property; NULL: one called name, NAME, name_en ...
    const struct str *known; // ids that the caller will look for; may be NULL
    size_t n_known;
};

// ERR_NOT_FOUND (no file, no such property: lists those there are), ERR_INPUT (not JSON:
// line; not a FeatureCollection; a geometry that is no area or point; coordinates that
// are not numbers; a feature without id), ERR_LIMIT (256 MB, points, areas).
enum err geojson_read(struct geo *out, const char *path,
                      const struct geojson_options *options, struct arena *a,
                      struct error *e) WARN_UNUSED;
// The same from memory; `name` stands for the file in errors.
enum err geojson_parse(struct geo *out, struct str text, const char *name,
                       const struct geojson_options *options, struct arena *a,
                       struct error *e) WARN_UNUSED;

// Areas that are points alone. x, y: n each, copied; NaN: nowhere. ids may be NULL.
enum err geojson_points(struct geo *out, uint32_t n, const struct str *ids,
                        const double *x, const double *y, struct arena *a,
                        struct error *e) WARN_UNUSED;

// area[i]: number of the area of this id, UINT32_MAX when the map has none. O((n + n_ids)
// log n).
enum err geojson_match(const struct geo *g, const struct str *ids, size_t n_ids,
                       uint32_t *area, struct arena *a, struct error *e) WARN_UNUSED;

// Pairs of areas that have at least `least` corners in common (1: touching in a point is
// enough, 2: a stretch of border), each pair once, the lower number first, in order:
// pairs[2k], pairs[2k + 1]. Corners are the same when they are within 1e-9 of the map's
// extent; borders that were simplified apart do not touch. O(points log points).
// ERR_LIMIT: more than 16 million meetings.
enum err geojson_neighbours(const struct geo *g, uint32_t least, uint32_t **pairs,
                            size_t *n, struct arena *a, struct error *e) WARN_UNUSED;

#endif
