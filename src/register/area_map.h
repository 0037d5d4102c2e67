// SPDX-License-Identifier: AGPL-3.0-or-later
// The geometry of areas, kept in the county's file (heng_map: code of the area, geometry
// as GeoJSON writes it). Loaded as a whole from a GeoJSON file; nobody's rows are in it.
#ifndef REGISTER_AREA_MAP_H
#define REGISTER_AREA_MAP_H

#include "register/county.h"

struct area_map_report {
    size_t features, areas; // of the file; areas that have a geometry now
    struct str unknown[20]; // features that are no area of the county, the first of them
    size_t n_unknown;       // of all
};

// Puts the geometry of a file in the place of the one there is. A feature belongs to the
// area whose code is its id or one of its properties, or whose name (clear by itself) is.
// Features of one area are one geometry. ERR_INPUT and what geojson_parse says; also when
// no feature is an area. Nothing is changed then. Asks no rights. `name`: of the file.
enum err area_map_put(struct county *c, struct str geojson, const char *name,
                      struct arena *a, struct area_map_report *out,
                      struct error *e) WARN_UNUSED;

// The geometry of an area (index), as JSON; .p NULL: none. In the arena.
enum err area_map_get(struct county *c, struct conn *conn, int32_t area, struct arena *a,
                      struct str *out, struct error *e) WARN_UNUSED;

#endif
