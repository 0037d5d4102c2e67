// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of geojson.h: any bytes are refused with a text, or become areas of which
// all must hold that its header says. corpus.h says how it is run; its corpus is
// corpus/geojson.
#include <math.h>

#include "base/geojson.h"
#include "corpus.h"

static void check(const struct geo *g, struct arena *a)
{
    must(g->n > 0, "there are areas");
    must(g->area_start[0] == 0 && g->area_start[g->n] == g->n_rings,
         "all rings are held");
    must(g->ring_start[0] == 0 && g->ring_start[g->n_rings] == g->n_points,
         "all points are held");
    for (uint32_t i = 0; i < g->n; i++) {
        must(g->ids[i].n > 0 && g->names[i].n > 0, "an area has an id and a name");
        must(g->area_start[i] <= g->area_start[i + 1], "rings are in order");
        must(isnan(g->place[2 * (size_t)i]) == isnan(g->place[2 * (size_t)i + 1]),
             "a place is whole");
    }
    for (uint32_t k = 0; k < g->n_rings; k++)
        must(g->ring_start[k] < g->ring_start[k + 1], "a ring has points");
    for (size_t i = 0; i < 2 * (size_t)g->n_points; i++)
        must(fabs(g->xy[i]) <= 1e12, "coordinates are finite");
    for (uint32_t least = 1; least <= 2; least++) {
        uint32_t *pairs;
        size_t n;
        struct error e = {0};
        enum err code = geojson_neighbours(g, least, &pairs, &n, a, &e);
        must(!code || code == ERR_LIMIT, "neighbours have no other error");
        for (size_t i = 0; !code && i < n; i++)
            must(pairs[2 * i] < pairs[2 * i + 1] && pairs[2 * i + 1] < g->n,
                 "a pair is of two areas");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const struct str known[] = {{"b", 1}, {"520100", 6}};
    static const struct geojson_options options[] = {
        {0}, {.id = "code"}, {.known = known, .n_known = 2}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        struct arena a;
        struct geo g;
        struct error e = {0};
        arena_init(&a, 0);
        enum err code = geojson_parse(&g, (struct str){(const char *)bytes, n}, "fuzz",
                                      &options[i], &a, &e);
        if (code)
            must(e.code == code && e.key && e.text[0] && e.cure[0], "a refusal says why");
        else
            check(&g, &a);
        arena_free(&a);
    }
    return 0;
}

const struct corpus corpus = {.changes = {"]}\",0\xFF-e", 8}, .positions = 120};
