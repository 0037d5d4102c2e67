// SPDX-License-Identifier: AGPL-3.0-or-later
// What a scan found as GeoJSON (RFC 7946): each cluster as a polygon around its circle or
// ellipse (flexible windows: as the points of its areas), then each area as a point with
// its figures and the number of its cluster. Cartesian coordinates are written as they
// are. Pure; ERR_MEMORY.
#ifndef STUDY_SCAN_GEOJSON_H
#define STUDY_SCAN_GEOJSON_H

#include "study/scan_study.h"

enum err scan_geojson(const struct scan_study *s, struct buf *out,
                      struct error *e) WARN_UNUSED;

#endif
