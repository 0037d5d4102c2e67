// SPDX-License-Identifier: AGPL-3.0-or-later
// The shapes of a scan's areas, from a GeoJSON file: to draw them, and where no
// coordinates or neighbours are given, to take these from them. All in the study's arena;
// one thread.
#ifndef STUDY_SCAN_MAP_H
#define STUDY_SCAN_MAP_H

#include "study/scan_study.h"

// id: the property that holds the areas' names; NULL: found. Sets map and map_area; areas
// without a shape are noted. ERR_NOT_FOUND when the map has none of them.
enum err scan_map_read(struct scan_study *s, const char *path, const char *id,
                       struct error *e) WARN_UNUSED;
// Coordinates: the middle of each shape; degrees or a plane as the map is. ERR_INPUT
// names the area that has no shape.
enum err scan_map_places(struct scan_study *s, struct error *e) WARN_UNUSED;
// Neighbours: areas whose borders meet.
enum err scan_map_neighbours(struct scan_study *s, struct error *e) WARN_UNUSED;

#endif
