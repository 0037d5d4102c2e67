// SPDX-License-Identifier: AGPL-3.0-or-later
// The map is read back from its SVG: one path an area, its colour by its value, hatching
// over what cannot be told from the reference, outlines around clusters.
#include "report_test.h"

#include "report/chart.h"

enum { WIDE = 6, HIGH = 4, AREAS = WIDE * HIGH };

// A grid of squares, as if read from a file.
static struct geo grid(struct arena *a)
{
    struct geo g = {.n = AREAS, .n_rings = AREAS, .n_points = 4 * AREAS};
    g.ids = ARENA_ARRAY(a, struct str, AREAS);
    g.names = g.ids;
    g.area_start = ARENA_ARRAY(a, uint32_t, AREAS + 1);
    g.ring_start = ARENA_ARRAY(a, uint32_t, AREAS + 1);
    g.xy = ARENA_ARRAY(a, double, 8 * AREAS);
    g.place = ARENA_ARRAY(a, double, 2 * AREAS);
    assert_true(g.ids && g.area_start && g.ring_start && g.xy && g.place);
    for (uint32_t i = 0; i < AREAS; i++) {
        double x = 10.0 * (i % WIDE), y = 10.0 * (i / WIDE);
        const double xy[] = {x, y, x + 10, y, x + 10, y + 10, x, y + 10};
        memcpy(g.xy + 8 * (size_t)i, xy, sizeof xy);
        g.place[2 * (size_t)i] = x + 5;
        g.place[2 * (size_t)i + 1] = y + 5;
        g.ids[i] = str_format(a, "Shape %u", i);
        g.area_start[i + 1] = i + 1;
        g.ring_start[i + 1] = 4 * (i + 1);
    }
    return g;
}

static struct doc_chart map_chart(struct arena *a, const struct doc_map *map)
{
    struct doc_chart c = sample_chart(a, CHART_FORM_MAP, AREAS, 1);
    double *v = (double *)c.series[0].value;
    for (size_t i = 0; i < AREAS; i++) {
        v[i] = 96 + (double)i;
        ((double *)c.series[0].low)[i] = v[i] - 3;
        ((double *)c.series[0].high)[i] = v[i] + 3;
    }
    c.map = map;
    return c;
}

static struct str render(struct place *place, const struct doc_chart *c, double width,
                         bool zh)
{
    struct doc *d = doc_new(&place->a, zh);
    assert_true(doc_chart(d, c));
    struct buf svg = BUF_INIT(1 << 24);
    struct error e = {0};
    struct typeset *t;
    assert_int_equal(typeset_open(&t, zh, &e), ERR_OK);
    struct chart_picture set = {
        .form = CANVAS_SVG, .width = width, .unit = 1.6, .zh = zh};
    assert_int_equal(chart_render(t, &d->last->chart, &set, &svg, &e), ERR_OK);
    typeset_close(t);
    struct str out = str_copy(&place->a, buf_str(&svg));
    buf_free(&svg);
    assert_false(contains(out, "nan") || contains(out, "inf\""));
    return out;
}

// The class of the path whose tip begins with this name.
static void class_of(struct str svg, const char *name, char out[32])
{
    char tip[64];
    snprintf(tip, sizeof tip, "<title>%s: ", name);
    const char *at = memmem(svg.p, svg.n, tip, strlen(tip)), *class = NULL;
    assert_non_null(at);
    for (const char *p = svg.p; p && p < at;
         p = memmem(p + 1, (size_t)(at - p - 1), "<path class=\"", 13))
        class = p;
    assert_int_equal(sscanf(class, "<path class=\"%31[^\"]", out), 1);
}

static void colours_follow_the_values(void **state)
{
    struct place *place = *state;
    struct geo g = grid(&place->a);
    struct doc_map map = {.shapes = &g};
    struct doc_chart c = map_chart(&place->a, &map);
    ((double *)c.series[0].value)[5] = NAN;
    struct str svg = render(place, &c, 700, false);
    assert_int_equal(occurrences(svg, "<title>Area "), AREAS);
    // reference 106, values 96 .. 119: the usual distance is 11, so steps of 6 about 105
    static const struct {
        const char *name, *class;
    } expected[] = {{"Area 0", "f-d2"},  {"Area 4", "f-d2"},  {"Area 5", "f-shade"},
                    {"Area 6", "f-d3"},  {"Area 11", "f-d3"}, {"Area 12", "f-d4"},
                    {"Area 17", "f-d4"}, {"Area 18", "f-d5"}, {"Area 23", "f-d5"}};
    for (size_t i = 0; i < COUNT(expected); i++) {
        char class[32];
        class_of(svg, expected[i].name, class);
        if (strcmp(class, expected[i].class) != 0)
            print_message("# %s %s\n", expected[i].name, class);
        assert_string_equal(class, expected[i].class);
    }
    assert_true(contains(svg, ">102\xE2\x80\x93"
                              "108<"));
    assert_true(contains(svg, ">114\xE2\x80\x93"
                              "120<"));
    assert_false(contains(svg, ">below")); // no area is in the steps at the ends
    assert_false(contains(svg, "or more<"));
    assert_true(contains(svg, ">no data<"));
    assert_true(contains(svg, "<title>Area 7: 103.0 (100.0\xE2\x80\x93"
                              "106.0)<"));
}

static void a_sequential_map_has_one_hue(void **state)
{
    struct place *place = *state;
    struct geo g = grid(&place->a);
    struct doc_map map = {.shapes = &g, .sequential = true};
    struct doc_chart c = map_chart(&place->a, &map);
    struct str svg = render(place, &c, 700, true);
    assert_true(contains(svg, "f-q0") && contains(svg, "f-q4"));
    assert_false(contains(svg, "f-d") || contains(svg, "l-hatch"));
    int last = -1;
    for (int i = 0; i < AREAS; i++) { // never lighter as values rise
        char name[16], class[32];
        snprintf(name, sizeof name, "Area %d", i);
        class_of(svg, name, class);
        assert_true(class[3] - '0' >= last);
        last = class[3] - '0';
    }
}

// All strokes of the hatching, and those of outlines.
static size_t strokes(struct str svg, const char *ink, double (*out)[4], size_t most)
{
    char start[40];
    snprintf(start, sizeof start, "<path class=\"l-%s\"", ink);
    const char *p = memmem(svg.p, svg.n, start, strlen(start));
    size_t n = 0;
    if (!p)
        return 0;
    p = strstr(p, " d=\"") + 4;
    while (n < most && sscanf(p, "M%lf %lfL%lf %lf", &out[n][0], &out[n][1], &out[n][2],
                              &out[n][3]) == 4) {
        n++;
        p = strpbrk(p + 1, "M\"");
    }
    return n;
}

static void what_cannot_be_told_is_hatched(void **state)
{
    struct place *place = *state;
    struct geo g = grid(&place->a);
    struct doc_map map = {.shapes = &g};
    struct doc_chart c = map_chart(&place->a, &map);
    struct str svg = render(place, &c, 700, false);
    assert_true(contains(svg, "interval holds the reference"));
    static double all[4000][4];
    size_t n = strokes(svg, "hatch", all, 4000);
    // areas 7 to 13 (103 .. 109) and no others: area 7 is column 1 of row 1
    assert_true(n > 20);
    // by area of the hatched squares: total length of strokes times their distance
    double length = 0, low = 1e9, high = -1e9;
    for (size_t i = 0; i < n; i++) {
        assert_true(fabs((all[i][2] - all[i][0]) + (all[i][3] - all[i][1])) < 0.25);
        length += hypot(all[i][2] - all[i][0], all[i][3] - all[i][1]);
        low = fmin(low, all[i][0]);
        high = fmax(high, all[i][2]);
    }
    double distance = 3.6 * 1.6 / sqrt(2);
    // side of a square: from the first path of an area, M x y l dx 0
    const char *first = memmem(svg.p, svg.n, "fill-rule", 9);
    double x, y, dx, dy;
    first = strstr(first, " d=\"");
    assert_int_equal(sscanf(first, " d=\"M%lf %lfl%lf %lf", &x, &y, &dx, &dy), 4);
    assert_true(fabs(length * distance / (7 * dx * dx) - 1) < 0.05);
    assert_true(low >= x - 0.5 && high <= x + 6 * dx + 0.5);
    // neighbours share their lines: fewer strokes than areas x lines of one
    assert_true((double)n < 7 * 2 * dx / (3.6 * 1.6) * 0.8);
}

static void a_cluster_is_outlined(void **state)
{
    struct place *place = *state;
    struct geo g = grid(&place->a);
    const uint32_t areas[] = {0, 1, 6, 7}; // a square of four
    const struct map_outline outline = {STR("1"), areas, 4, NULL, 0};
    struct doc_map map = {.shapes = &g, .outlines = &outline, .n_outlines = 1};
    struct doc_chart c = map_chart(&place->a, &map);
    struct str svg = render(place, &c, 700, false);
    double lines[40][4];
    assert_int_equal(strokes(svg, "text", lines, 40), 8); // only the outer edges
    assert_true(contains(svg, ">cluster<") && contains(svg, ">1<"));
    // points: a circle around them; and a line that is given
    for (uint32_t i = 0; i <= AREAS; i++)
        g.area_start[i] = 0;
    g.n_rings = g.n_points = 0;
    svg = render(place, &c, 700, true);
    assert_true(contains(svg, "l-text"));
    const double line[] = {0, 0, 20, 0, 20, 20};
    const struct map_outline given = {STR("2"), NULL, 0, line, 3};
    map.outlines = &given;
    svg = render(place, &c, 360, true);
    assert_true(contains(svg, ">2<"));
}

static void circles_are_as_large_as_their_numbers(void **state)
{
    struct place *place = *state;
    struct geo g;
    struct error e = {0};
    double x[AREAS], y[AREAS], size[AREAS];
    for (size_t i = 0; i < AREAS; i++) {
        x[i] = 100 + (double)(i % WIDE);
        y[i] = 30 + (double)(i / WIDE);
        size[i] = i == 3 ? 40000 : 10000;
    }
    x[9] = NAN; // nowhere
    assert_int_equal(geojson_points(&g, AREAS, NULL, x, y, &place->a, &e), ERR_OK);
    struct doc_map map = {.shapes = &g};
    struct doc_chart c = map_chart(&place->a, &map);
    ((struct series *)c.series)->size = size;
    struct str svg = render(place, &c, 700, false);
    assert_int_equal(occurrences(svg, "<title>Area "), AREAS - 1);
    assert_false(contains(svg, "<title>Area 9:"));
    // twice the radius for four times the births, and drawn first
    double widest[2] = {0, 0};
    const char *p = svg.p;
    for (int i = 0; i < 2; i++) {
        p = strstr(p + 1, " d=\"M");
        double px, py, dx, dy, from = 0, at = 0;
        const char *q = p + 4;
        assert_int_equal(sscanf(q, "M%lf %lf", &px, &py), 2);
        for (q = strchr(q, 'l'); q && sscanf(q, "l%lf %lf", &dx, &dy) == 2;
             q = strpbrk(q + 1, "lz\"")) {
            at += dx;
            from = fmin(from, at);
        }
        widest[i] = -from;
    }
    assert_true(fabs(widest[0] / widest[1] - 2) < 0.1);
}

static void maps_are_written_in_every_form(void **state)
{
    struct place *place = *state;
    struct geo g = grid(&place->a);
    for (int turn = 0; turn < 8; turn++) {
        struct doc *d = doc_new(&place->a, turn & 1);
        struct error e = {0};
        struct buf out = BUF_INIT(1 << 22);
        assert_non_null(d);
        d->title = STR("Map");
        struct doc_map map = {.shapes = &g};
        struct doc_chart c = map_chart(&place->a, &map);
        c.bare = turn & 2;
        if (turn & 4)
            g.n = 0; // no shapes at all: it says so
        assert_true(doc_chart(d, &c));
        for (int i = 0; i < 3; i++) {
            const char *name = i == 0 ? "m.pdf" : i == 1 ? "m.html" : "m.xlsx";
            enum err code = doc_write(d, in_place(place, name), &e);
            assert_int_equal(code, ERR_OK);
        }
        struct str html = read_whole(&place->a, in_place(place, "m.html"));
        assert_int_equal(contains(html, "<details>"), !c.bare);
        assert_int_equal(doc_print(d, 100, &out, &e), ERR_OK);
        assert_int_equal(contains(buf_str(&out), "Area 17"), !c.bare);
        buf_free(&out);
        g.n = AREAS;
    }
}

static void odd_values_are_drawn(void **state)
{
    struct place *place = *state;
    struct geo g = grid(&place->a);
    static const double odd[][2] = {
        {0, 0},        {106, 106}, {1e-9, 1e9},         {-1e12, 1e12},
        {INFINITY, 5}, {NAN, NAN}, {106.3, 106.3000001}};
    for (size_t k = 0; k < 2 * COUNT(odd); k++) {
        struct doc_map map = {.shapes = &g, .sequential = k % 2};
        struct doc_chart c = map_chart(&place->a, &map);
        for (size_t i = 0; i < AREAS; i++)
            ((double *)c.series[0].value)[i] = odd[k / 2][i % 2];
        (void)render(place, &c, k % 3 ? 700 : 330, k % 2);
    }
    // one area; all at one place
    struct geo one = g;
    one.n = one.n_rings = 1;
    one.n_points = 4;
    struct doc_map map = {.shapes = &one};
    struct doc_chart c = map_chart(&place->a, &map);
    (void)render(place, &c, 700, false);
    for (size_t i = 0; i < 8 * AREAS; i++)
        g.xy[i] = 7;
    for (size_t i = 0; i < 2 * AREAS; i++)
        g.place[i] = 7;
    map.shapes = &g;
    (void)render(place, &c, 700, false);
}

static void want_of_memory_is_told(void **state)
{
    struct place *place = *state;
    struct geo g = grid(&place->a);
    const uint32_t areas[] = {0, 1, 6, 7};
    const struct map_outline outline = {STR("1"), areas, 4, NULL, 0};
    struct doc_map map = {.shapes = &g, .outlines = &outline, .n_outlines = 1};
    struct doc_chart c = map_chart(&place->a, &map);
    struct typeset *t;
    struct error e = {0};
    assert_int_equal(typeset_open(&t, false, &e), ERR_OK);
    struct chart_picture set = {.form = CANVAS_SVG, .width = 700, .unit = 1.6};
    bool done = false;
    int failures = 0;
    for (int64_t n = 0; n < 400 && !done; n++) {
        struct buf svg = BUF_INIT(1 << 24);
        mem_fail_after(n);
        enum err code = chart_render(t, &c, &set, &svg, &e);
        mem_fail_after(-1);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
        done = !code;
        failures += code != ERR_OK;
        buf_free(&svg);
    }
    typeset_close(t);
    assert_true(done && failures > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(colours_follow_the_values, place_open,
                                        place_close),
        cmocka_unit_test_setup_teardown(a_sequential_map_has_one_hue, place_open,
                                        place_close),
        cmocka_unit_test_setup_teardown(what_cannot_be_told_is_hatched, place_open,
                                        place_close),
        cmocka_unit_test_setup_teardown(a_cluster_is_outlined, place_open, place_close),
        cmocka_unit_test_setup_teardown(circles_are_as_large_as_their_numbers, place_open,
                                        place_close),
        cmocka_unit_test_setup_teardown(maps_are_written_in_every_form, place_open,
                                        place_close),
        cmocka_unit_test_setup_teardown(odd_values_are_drawn, place_open, place_close),
        cmocka_unit_test_setup_teardown(want_of_memory_is_told, place_open, place_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
