// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/scan_map.h"

#include "base/geojson.h"

#include <math.h>

enum { LEAST_CORNERS = 1 }; // a point in common makes neighbours (queen's move)

enum err scan_map_read(struct scan_study *s, const char *path, const char *id,
                       struct error *e)
{
    struct geo *map = ARENA_NEW(s->arena, struct geo);
    struct geojson_options options = {
        .id = id, .known = s->areas.list, .n_known = s->areas.n};
    if (!map)
        return error_memory(e);
    enum err code = geojson_read(map, path, &options, s->arena, e);
    uint32_t *shape = ARENA_ARRAY(s->arena, uint32_t, s->areas.n);
    uint32_t *area = code ? NULL : ARENA_ARRAY(s->arena, uint32_t, map->n);
    if (!code && (!shape || !area))
        code = error_memory(e);
    if (!code)
        code = geojson_match(map, s->areas.list, s->areas.n, shape, s->arena, e);
    if (code)
        return code;
    uint32_t missing = 0, first = 0;
    for (uint32_t i = 0; i < map->n; i++)
        area[i] = UINT32_MAX;
    for (uint32_t i = s->areas.n; i-- > 0;) {
        if (shape[i] != UINT32_MAX)
            area[shape[i]] = i;
        else {
            missing++;
            first = i;
        }
    }
    if (missing == s->areas.n) {
        (void)error_set(e, ERR_INPUT, "scan.map", path,
                        "none of the areas (the first is \"" STR_FMT
                        "\") is in the map (the first there is \"" STR_FMT "\")",
                        STR_ARG(s->areas.list[0]), STR_ARG(map->ids[0]));
        return error_cure(e, "Name the property that holds the areas' names: --map-id.");
    }
    if (missing)
        scan_study_note(s, "%s: %u areas have no shape; the first is \"" STR_FMT "\".",
                        "%s：%u 个地区没有图形，第一个是“" STR_FMT "”。", path, missing,
                        STR_ARG(s->areas.list[first]));
    s->map = map;
    s->map_area = area;
    s->map_shape = shape;
    return ERR_OK;
}

enum err scan_map_places(struct scan_study *s, struct error *e)
{
    double *x = ARENA_ARRAY(s->arena, double, s->areas.n);
    double *y = ARENA_ARRAY(s->arena, double, s->areas.n);
    if (!x || !y)
        return error_memory(e);
    for (uint32_t i = 0; i < s->areas.n; i++) {
        uint32_t shape = s->map_shape[i];
        x[i] = shape == UINT32_MAX ? NAN : s->map->place[2 * (size_t)shape];
        y[i] = shape == UINT32_MAX ? NAN : s->map->place[2 * (size_t)shape + 1];
        if (isnan(x[i]) || isnan(y[i])) {
            (void)error_set(e, ERR_INPUT, "scan.map_place", NULL,
                            "area \"" STR_FMT "\" is not in the map, and no coordinates "
                            "are given",
                            STR_ARG(s->areas.list[i]));
            return error_cure(e, "Add it to the map, leave its rows out, or give "
                                 "coordinates with --lon and --lat.");
        }
    }
    s->x = s->data.x = x;
    s->y = s->data.y = y;
    s->options.metric = s->map->geographic ? SCAN_GREAT_CIRCLE : SCAN_CARTESIAN;
    return ERR_OK;
}

enum err scan_map_neighbours(struct scan_study *s, struct error *e)
{
    uint32_t *pairs;
    size_t n = 0, kept = 0;
    enum err code = geojson_neighbours(s->map, LEAST_CORNERS, &pairs, &n, s->arena, e);
    struct graph *graph = ARENA_NEW(s->arena, struct graph);
    if (!code && !graph)
        code = error_memory(e);
    for (size_t i = 0; i < n && !code; i++) {
        uint32_t a = s->map_area[pairs[2 * i]], b = s->map_area[pairs[2 * i + 1]];
        if (a == UINT32_MAX || b == UINT32_MAX)
            continue;
        pairs[2 * kept] = a;
        pairs[2 * kept + 1] = b;
        kept++;
    }
    if (!code && !kept) {
        (void)error_set(e, ERR_INPUT, "scan.map_neighbours", NULL,
                        "no two areas of the map touch");
        code = error_cure(e, "Give the pairs of neighbours as a file: --neighbours.");
    }
    if (!code)
        code = graph_make(graph, s->areas.n, pairs, kept, s->arena, e);
    s->data.graph = graph;
    return code;
}
