// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "base/geojson.h"

#define FEATURES(list) "{\"type\":\"FeatureCollection\",\"features\":[" list "]}"

// A square of side 1 with its lower left corner at x, y.
static struct str square(struct arena *a, const char *id, double x, double y)
{
    return str_format(a,
                      "{\"type\":\"Feature\",\"properties\":{\"code\":\"%s\"},"
                      "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[%g,%g],"
                      "[%g,%g],[%g,%g],[%g,%g],[%g,%g]]]}}",
                      id, x, y, x + 1, y, x + 1, y + 1, x, y + 1, x, y);
}

static struct str collection(struct arena *a, const struct str *features, size_t n)
{
    struct str out = STR("");
    for (size_t i = 0; i < n; i++)
        out = str_format(a, STR_FMT "%s" STR_FMT, STR_ARG(out), i ? "," : "",
                         STR_ARG(features[i]));
    return str_format(a, "{\"type\":\"FeatureCollection\",\"features\":[" STR_FMT "]}",
                      STR_ARG(out));
}

static int open_arena(void **state)
{
    struct arena *a = calloc(1, sizeof *a);
    if (!a)
        return -1;
    arena_init(a, 0);
    *state = a;
    return 0;
}

static int close_arena(void **state)
{
    arena_free(*state);
    free(*state);
    return 0;
}

static struct geo parse(struct arena *a, struct str text,
                        const struct geojson_options *options)
{
    struct geo g;
    struct error e = {0};
    enum err code = geojson_parse(&g, text, "map.geojson", options, a, &e);
    if (code)
        print_message("# %s: %s\n", e.where, e.text);
    assert_int_equal(code, ERR_OK);
    return g;
}

static void areas_keep_their_borders(void **state)
{
    struct arena *a = *state;
    const struct str text =
        STR(FEATURES("{\"type\":\"Feature\",\"id\":7,\"properties\":{\"code\":\"b\","
                     "\"name\":\"\xE4\xB8\x9C\xE8\xA1\x97\"},\"geometry\":{\"type\":"
                     "\"Polygon\",\"coordinates\":[[[100,30],[104,30],[104,34],[100,34],"
                     "[100,30]],[[101,31],[103,31],[103,33],[101,33],[101,31]]]}},"
                     "{\"type\":\"Feature\",\"id\":9,\"properties\":{\"code\":\"a\","
                     "\"name\":\"East\"},\"geometry\":{\"type\":\"MultiPolygon\","
                     "\"coordinates\":[[[[0,0],[1,0],[1,1]]],[[[5,5],[8,5],[8,8],[5,8],"
                     "[5,5]]]]}},"
                     "{\"type\":\"Feature\",\"id\":7,\"properties\":{\"code\":\"b\","
                     "\"name\":\"\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":"
                     "[[[110,30],[110.5,30],[110.5,30.5],[110,30]]]}},"
                     "{\"type\":\"Feature\",\"id\":1,\"properties\":{\"code\":\"c\"},"
                     "\"geometry\":{\"type\":\"Point\",\"coordinates\":[12.5,-3,77]}},"
                     "{\"type\":\"Feature\",\"id\":2,\"properties\":{\"code\":\"d\"},"
                     "\"geometry\":null}"));
    struct geo g = parse(a, text, &(struct geojson_options){.id = "code"});
    assert_int_equal(g.n, 4);
    assert_true(str_equal_c(g.ids[0], "b") && str_equal_c(g.ids[1], "a") &&
                str_equal_c(g.ids[2], "c") && str_equal_c(g.ids[3], "d"));
    assert_true(g.geographic);
    // the hole and the island belong to the first
    assert_int_equal(g.area_start[1] - g.area_start[0], 3);
    assert_int_equal(g.area_start[2] - g.area_start[1], 2);
    assert_int_equal(g.area_start[4], g.n_rings);
    assert_int_equal(g.n_rings, 5);
    // without the repeated ends
    assert_int_equal(g.n_points, 4 + 4 + 3 + 3 + 4);
    assert_int_equal(g.ring_start[5], g.n_points);
    assert_true(g.xy[2] == 104 && g.xy[3] == 30);
    // the middle of the largest ring; the point itself; nowhere
    assert_true(fabs(g.place[0] - 102) < 1e-12 && fabs(g.place[1] - 32) < 1e-12);
    assert_true(fabs(g.place[2] - 6.5) < 1e-12 && fabs(g.place[3] - 6.5) < 1e-12);
    assert_true(g.place[4] == 12.5 && g.place[5] == -3);
    assert_true(isnan(g.place[6]));
    assert_int_equal(g.area_start[3], g.area_start[2]);
    assert_true(str_equal_c(g.names[3], "d")); // no name: its id
}

static void the_id_is_found(void **state)
{
    struct arena *a = *state;
    const struct str text =
        STR(FEATURES("{\"type\":\"Feature\",\"properties\":{\"x\":1,\"name\":\"P\","
                     "\"adm\":520100},\"geometry\":null},"
                     "{\"type\":\"Feature\",\"properties\":{\"x\":1,\"name\":\"Q\","
                     "\"adm\":520200.0},\"geometry\":null}"));
    const struct str known[] = {STR("520200"), STR("520100")};
    struct geo g =
        parse(a, text, &(struct geojson_options){.known = known, .n_known = 2});
    assert_true(str_equal_c(g.ids[0], "520100") && str_equal_c(g.ids[1], "520200"));
    assert_true(str_equal_c(g.names[1], "Q"));
    g = parse(a, text, NULL); // nothing known: a usual name
    assert_true(str_equal_c(g.ids[0], "P"));
    uint32_t area[3];
    struct error e = {0};
    const struct str ids[] = {STR("Q"), STR("none"), STR("P")};
    assert_int_equal(geojson_match(&g, ids, 3, area, a, &e), ERR_OK);
    assert_int_equal(area[0], 1);
    assert_int_equal(area[1], UINT32_MAX);
    assert_int_equal(area[2], 0);
    struct geo no;
    assert_int_equal(geojson_parse(&no, text, "m.json",
                                   &(struct geojson_options){.id = "kode"}, a, &e),
                     ERR_NOT_FOUND);
    assert_non_null(strstr(e.text, "x, name, adm"));
    assert_non_null(strstr(e.where, "m.json: feature 1"));
}

static void neighbours_share_a_border(void **state)
{
    struct arena *a = *state;
    // a 5 x 4 grid of squares: rook neighbours share two corners, queens one
    enum { WIDE = 5, HIGH = 4 };
    struct str list[WIDE * HIGH + 1];
    for (size_t i = 0; i < WIDE * HIGH; i++) {
        struct str id = str_format(a, "%zu", i);
        list[i] = square(a, str_c(a, id), (double)(i % WIDE) + 100.1,
                         (double)(i / WIDE) * 1 + 20.3);
    }
    list[WIDE * HIGH] = square(a, "island", 150, 50);
    struct geo g = parse(a, collection(a, list, WIDE * HIGH + 1), NULL);
    for (uint32_t least = 1; least <= 2; least++) {
        uint32_t *pairs;
        size_t n, expected = 0, at = 0;
        struct error e = {0};
        assert_int_equal(geojson_neighbours(&g, least, &pairs, &n, a, &e), ERR_OK);
        for (uint32_t i = 0; i < WIDE * HIGH; i++)
            for (uint32_t j = i + 1; j < WIDE * HIGH; j++) {
                uint32_t dx =
                    i % WIDE > j % WIDE ? i % WIDE - j % WIDE : j % WIDE - i % WIDE;
                uint32_t dy = j / WIDE - i / WIDE;
                if (dx > 1 || dy > 1 || (least == 2 && dx + dy != 1))
                    continue;
                expected++;
                assert_true(at < n && pairs[2 * at] == i && pairs[2 * at + 1] == j);
                at++;
            }
        assert_int_equal(n, expected);
    }
}

static void points_alone(void **state)
{
    struct arena *a = *state;
    struct geo g;
    struct error e = {0};
    const double x[] = {1, NAN, 300}, y[] = {2, 4, 5};
    assert_int_equal(geojson_points(&g, 3, NULL, x, y, a, &e), ERR_OK);
    assert_true(g.n == 3 && g.n_rings == 0 && !g.geographic);
    assert_true(isnan(g.place[2]) && g.place[4] == 300);
    uint32_t *pairs;
    size_t n = 9;
    assert_int_equal(geojson_neighbours(&g, 1, &pairs, &n, a, &e), ERR_OK);
    assert_int_equal(n, 0);
}

static void bad_files_are_named(void **state)
{
    struct arena *a = *state;
#define AREA(geometry)                                                                   \
    FEATURES(                                                                            \
        "{\"type\":\"Feature\",\"properties\":{\"code\":\"a\"},\"geometry\":" geometry   \
        "}")
    static const struct {
        const char *text, *expected;
        enum err code;
    } bad[] = {
        {"", "no JSON", ERR_INPUT},
        {"{\"type\":", "line 1", ERR_INPUT},
        {"[1,2]", "FeatureCollection is expected", ERR_INPUT},
        {"{\"type\":\"Topology\",\"objects\":{}}", "this is Topology", ERR_INPUT},
        {"{\"type\":\"FeatureCollection\"}", "FeatureCollection", ERR_INPUT},
        {FEATURES(""), "no features", ERR_INPUT},
        {FEATURES("{\"type\":\"Feature\",\"properties\":{\"u\":[]},\"geometry\":null}"),
         "there are: u", ERR_NOT_FOUND},
        {FEATURES("3"), "there are", ERR_NOT_FOUND},
        {AREA("{\"type\":\"LineString\",\"coordinates\":[[1,2],[3,4]]}"), "LineString",
         ERR_INPUT},
        {AREA("{\"type\":\"Polygon\"}"), "no coordinates", ERR_INPUT},
        {AREA("{\"type\":\"Polygon\",\"coordinates\":[[[1,2],[3,4]]]}"), "2 positions",
         ERR_INPUT},
        {AREA("{\"type\":\"Polygon\",\"coordinates\":[[[1,2],[3,\"4\"],[5,6]]]}"),
         "not two numbers", ERR_INPUT},
        {AREA("{\"type\":\"Point\",\"coordinates\":[1e300,4]}"), "not two numbers",
         ERR_INPUT},
        {AREA("{\"type\":\"MultiPolygon\",\"coordinates\":[7]}"), "list of borders",
         ERR_INPUT},
        {AREA("{\"type\":\"Multi\",\"coordinates\":[]}"), "no area or place", ERR_INPUT},
        {AREA("{}"), "without a type", ERR_INPUT},
        {AREA("[]"), "without a type", ERR_INPUT},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct geo g;
        struct error e = {0};
        enum err code =
            geojson_parse(&g, str_of(bad[i].text), "bad.geojson", NULL, a, &e);
        if (code != bad[i].code || !strstr(e.text, bad[i].expected))
            print_message("# %zu: %d %s\n", i, (int)code, e.text);
        assert_int_equal(code, bad[i].code);
        assert_non_null(strstr(e.text, bad[i].expected));
        assert_non_null(strstr(e.where, "bad.geojson"));
        assert_true(e.cure[0] != '\0');
    }
    struct geo g;
    struct error e = {0};
    assert_int_equal(geojson_read(&g, "/nowhere/at/all.geojson", NULL, a, &e),
                     ERR_NOT_FOUND);
    // collections may not be nested without end
    struct buf deep = BUF_INIT(1 << 16);
    for (int i = 0; i < 20; i++)
        buf_add_c(&deep, "{\"type\":\"GeometryCollection\",\"geometries\":[");
    buf_add_c(&deep, "{\"type\":\"Point\",\"coordinates\":[1,2]}");
    for (int i = 0; i < 20; i++)
        buf_add_c(&deep, "]}");
    struct str text = str_format(
        a,
        "{\"type\":\"FeatureCollection\",\"features\":[{\"id\":1,\"geometry\":" STR_FMT
        "}]}",
        STR_ARG(buf_str(&deep)));
    buf_free(&deep);
    assert_int_equal(geojson_parse(&g, text, "deep", NULL, a, &e), ERR_INPUT);
    assert_non_null(strstr(e.text, "nested"));
}

static void want_of_memory_is_told(void **state)
{
    (void)state;
    struct arena scratch;
    arena_init(&scratch, 0);
    struct str list[6];
    for (size_t i = 0; i < 6; i++)
        list[i] = square(&scratch, i % 2 ? "x" : "y", (double)i, 0);
    struct str text = collection(&scratch, list, 6);
    bool done = false;
    for (int64_t n = 0; n < 200 && !done; n++) {
        struct arena a;
        struct geo g;
        struct error e = {0};
        uint32_t *pairs;
        size_t found;
        arena_init(&a, 0);
        mem_fail_after(n);
        enum err code = geojson_parse(&g, text, "m", NULL, &a, &e);
        if (!code)
            code = geojson_neighbours(&g, 1, &pairs, &found, &a, &e);
        mem_fail_after(-1);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
        done = !code;
        arena_free(&a);
    }
    assert_true(done);
    arena_free(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(areas_keep_their_borders, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(the_id_is_found, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(neighbours_share_a_border, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(points_alone, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(bad_files_are_named, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(want_of_memory_is_told, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
