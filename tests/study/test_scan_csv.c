// SPDX-License-Identifier: AGPL-3.0-or-later
// A plain table made into a study, run, and written as GeoJSON.
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "study/scan_csv.h"
#include "study/scan_geojson.h"

static char folder[] = "/tmp/heng-scan-XXXXXX";
static char data_path[64], places_path[64], pairs_path[64];
static struct arena arena;
static struct scan_study s;
static struct error e;

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static struct scan_columns columns(void)
{
    return (struct scan_columns){.path = data_path,
                                 .area = "area",
                                 .cases = "boys",
                                 .controls = "girls",
                                 .x = "x",
                                 .y = "y"};
}

static struct scan_options options(enum scan_model model, enum scan_span span)
{
    return (struct scan_options){.model = model,
                                 .span = span,
                                 .most_population = 0.5,
                                 .most_time_share = 0.5,
                                 .replications = 99,
                                 .seed = 1};
}

static enum err read_table(const struct scan_columns *c, const struct scan_options *o)
{
    arena_free(&arena);
    arena_init(&arena, 0);
    e = (struct error){0};
    s = (struct scan_study){.options = *o};
    return scan_csv(&s, c, &arena, &e);
}

static void run(void)
{
    struct pool *pool;
    assert_ok(pool_open(&pool, 1, &e));
    enum err code = scan_study_run(&s, pool, NULL, NULL, &e);
    pool_close(pool);
    assert_ok(code);
}

static void assert_refused(const struct scan_columns *c, const struct scan_options *o,
                           const char *where, const char *text)
{
    enum err code = read_table(c, o);
    if ((code != ERR_INPUT && code != ERR_USAGE) || !strstr(e.where, where) ||
        !strstr(e.text, text) || !e.cure[0])
        fail_msg("code %d; where %s; text %s; cure %s", code, e.where, e.text, e.cure);
}

static void rows_of_an_area_are_added_up(void **state)
{
    (void)state;
    struct scan_columns c = columns();
    struct scan_options o = options(SCAN_BERNOULLI, SCAN_SPATIAL);
    write_text(data_path, "area,boys,girls,x,y\nb,10,9,2,1\na,5,5,1,1\nb,1,2,2,1\n"
                          "c,4,4,,\nc,1,1,3,1\n");
    assert_ok(read_table(&c, &o));
    assert_int_equal(s.areas.n, 3);
    assert_int_equal(s.data.cases[0], 11);
    assert_int_equal(s.data.controls[0], 11);
    assert_true(s.population[2] == 10 && s.x[2] == 3);
    assert_true(s.cases_are_boys);
    c.cases = "girls";
    c.controls = "boys";
    assert_ok(read_table(&c, &o));
    assert_false(s.cases_are_boys);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    struct scan_columns c = columns();
    struct scan_options o = options(SCAN_BERNOULLI, SCAN_SPATIAL);
    static const char *const bad[][3] = {
        {"area,boys,girls,x,y\na,1,1,1,1\nb,1,1,,\n", "data.csv:3 area",
         "area \"b\" has no coordinates"},
        {"area,boys,girls,x,y\na,1,1,1,1\na,1,1,1,2\n", "data.csv:3 x", "in line 2 at"},
        {"area,boys,girls,x,y\na,1,1,1,1\nb,1,1,2,\n", "data.csv:3 y",
         "one coordinate is missing"},
        {"area,boys,girls,x,y\na,-1,1,1,1\n", "data.csv:2 boys", "below zero"},
        {"area,boys,girls,x,y\n,1,1,1,1\n", "data.csv:2 area", "the row has no area"},
        {"area,boys,girls,x,y\na,1,1\n", "data.csv:2", "3 cells"},
        {"area,boys,x,y\na,1,1,1\n", "data.csv", "there is no column \"girls\""},
        {"area,boys,girls,x,y\n", "data.csv", "no rows"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_text(data_path, bad[i][0]);
        assert_refused(&c, &o, bad[i][1], bad[i][2]);
    }
    o.metric = SCAN_GREAT_CIRCLE;
    write_text(data_path, "area,boys,girls,x,y\na,1,1,30,120\n");
    assert_refused(&c, &o, "data.csv:2 y", "120 is not a latitude");
}

static void what_is_needed_is_asked_for(void **state)
{
    (void)state;
    struct scan_columns c = columns();
    struct scan_options o = options(SCAN_BERNOULLI, SCAN_SPATIAL);
    write_text(data_path, "area,boys,girls,x,y\na,1,1,1,1\n");
    c.controls = NULL;
    assert_refused(&c, &o, "--controls", "needs the column of controls");
    c = columns();
    c.x = NULL;
    assert_refused(&c, &o, "--lon, --lat", "needs the areas' coordinates");
    c = columns();
    o.model = SCAN_POISSON;
    assert_refused(&c, &o, "--population", "needs the population");
    o.model = SCAN_PERMUTATION;
    assert_refused(&c, &o, "--span", "space and time together");
    o.span = SCAN_SPACE_TIME;
    assert_refused(&c, &o, "--time", "needs the times");
    o = options(SCAN_BERNOULLI, SCAN_SPATIAL);
    o.shape = SCAN_FLEXIBLE;
    assert_refused(&c, &o, "--neighbours", "need the areas' neighbours");
}

static void places_may_stand_apart(void **state)
{
    (void)state;
    struct scan_columns c = columns();
    struct scan_options o = options(SCAN_BERNOULLI, SCAN_SPATIAL);
    c.places = places_path;
    write_text(data_path, "area,boys,girls\na,3,1\nb,2,2\n");
    write_text(places_path, "note,area,x,y\n-,b,5,6\n-,a,1,2\n-,z,9,9\n");
    assert_ok(read_table(&c, &o));
    assert_true(s.x[0] == 1 && s.y[1] == 6);
    assert_string_equal(s.notes[0].en.p + strlen("1 areas of ") + strlen(places_path),
                        " have no cases here and were left out.");
    write_text(places_path, "area,x,y\na,1,2\n");
    assert_refused(&c, &o, "data.csv:3 area", "area \"b\" has no coordinates");
    write_text(places_path, "area,x,y\nA1,1,2\nB1,2,2\n");
    assert_refused(&c, &o, "places.csv", "none of its areas is in");
}

static void times_are_read_as_they_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *times[3], *unit;
        uint32_t n, step[3];
        const char *first, *last_of_first;
    } good[] = {
        {{"2014-06-05", "2014-06-01", "2014-06-03"},
         NULL,
         5,
         {4, 0, 2},
         "2014-06-01",
         "2014-06-01"},
        {{"2014-06", "2014-01", "2014-02"}, NULL, 6, {5, 0, 1}, "201401", "201401"},
        {{"2014Q2", "2013Q4", "2014Q1"}, NULL, 3, {2, 0, 1}, "2013Q4", "2013Q4"},
        {{"2014", "2010", "2012"}, NULL, 5, {4, 0, 2}, "2010", "2010"},
        {{"7", "3", "4"}, NULL, 5, {4, 0, 1}, "3", "3"},
        {{"2014-06-05", "2014-05-31", "2014-06-01"},
         "month",
         2,
         {1, 0, 1},
         "201405",
         "201405"},
        {{"2014-06-15", "2014-06-01", "2014-06-08"},
         "week",
         3,
         {2, 0, 1},
         "2014-05-26",
         "2014-06-01"},
        {{"2014-06", "2013-11", "2014-02"}, "year", 2, {1, 0, 1}, "2013", "2013"},
        {{"2014", "2010", "2012"}, "number", 5, {4, 0, 2}, "2010", "2010"},
    };
    struct scan_columns c = columns();
    struct scan_options o = options(SCAN_PERMUTATION, SCAN_SPACE_TIME);
    c.time = "t";
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char text[300];
        snprintf(text, sizeof text,
                 "area,t,boys,x,y\na,%s,1,1,1\nb,%s,2,2,1\nc,%s,3,3,1\n",
                 good[i].times[0], good[i].times[1], good[i].times[2]);
        write_text(data_path, text);
        c.time_unit = good[i].unit;
        assert_ok(read_table(&c, &o));
        assert_int_equal(s.n_times, good[i].n);
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(s.data.cases[k * s.n_times + good[i].step[k]], k + 1);
        assert_string_equal(s.first.p, good[i].first);
        assert_string_equal(s.slices[0].last.p, good[i].last_of_first);
    }
}

// A population is only where a row says so.
static void missing_rows_are_told(void **state)
{
    (void)state;
    struct scan_columns c = columns();
    struct scan_options o = options(SCAN_POISSON, SCAN_SPACE_TIME);
    c.controls = NULL;
    c.time = "t";
    c.population = "pop";
    write_text(data_path, "area,t,boys,pop,x,y\na,2013,1,10,1,1\na,2014,1,20,1,1\n"
                          "b,2013,0,30,2,1\n");
    assert_ok(read_table(&c, &o));
    assert_int_equal(s.n_notes, 1);
    assert_non_null(strstr(s.notes[0].en.p, "1 of 4 pairs of area and time have no row"));
    assert_true(s.population[0] == 15 && s.population[1] == 15);
    double sum = s.data.expected[0] + s.data.expected[1] + s.data.expected[2];
    assert_true(fabs(s.data.expected[1] / sum - 20.0 / 60) < 1e-12);
    assert_true(s.data.expected[3] == 0);
    c.population = NULL;
    c.expected = "pop";
    assert_ok(read_table(&c, &o));
    assert_true(s.data.expected[2] == 30);
    write_text(data_path, "area,t,boys,pop,x,y\na,2013,1,-10,1,1\n");
    assert_refused(&c, &o, "data.csv:2 pop", "-10 is below zero");
    write_text(data_path, "area,t,boys,pop,x,y\na,2013,1,,1,1\n");
    assert_refused(&c, &o, "data.csv:2 pop", "");
}

static void times_must_be_alike(void **state)
{
    (void)state;
    struct scan_columns c = columns();
    struct scan_options o = options(SCAN_PERMUTATION, SCAN_SPACE_TIME);
    c.time = "t";
    write_text(data_path, "area,t,boys,x,y\na,2014-06,1,1,1\nb,2014Q2,2,2,1\n");
    assert_refused(&c, &o, "data.csv:3 t", "\"2014Q2\" is not a month");
    write_text(data_path, "area,t,boys,x,y\na,2014-06-01,1,1,1\nb,,2,2,1\n");
    assert_refused(&c, &o, "data.csv:3 t", "");
    write_text(data_path, "area,t,boys,x,y\na,soon,1,1,1\n");
    assert_refused(&c, &o, "data.csv:2 t", "\"soon\" is not a time");
    write_text(data_path, "area,t,boys,x,y\na,2014,1,1,1\n");
    c.time_unit = "month";
    assert_refused(&c, &o, "--time-unit", "finer than the times");
    c.time_unit = "fortnight";
    assert_refused(&c, &o, "--time-unit", "\"fortnight\" is not a unit");
    c.time_unit = NULL;
    write_text(data_path, "area,t,boys,x,y\na,1,1,1,1\nb,900000,1,2,1\n");
    assert_int_equal(read_table(&c, &o), ERR_LIMIT);
}

static void neighbours_make_windows(void **state)
{
    (void)state;
    struct scan_columns c = columns();
    struct scan_options o = options(SCAN_BERNOULLI, SCAN_SPATIAL);
    c.x = c.y = NULL;
    c.neighbours = pairs_path;
    o.shape = SCAN_FLEXIBLE;
    o.most_areas = 4;
    write_text(data_path, "area,boys,girls\na,60,20\nb,20,20\nc,60,20\nd,60,20\n"
                          "e,60,60\nf,60,60\ng,20,20\n");
    write_text(pairs_path, "one,other\na,d\nc,d\nd,e\nb,e\ne,f\nf,g\n");
    assert_ok(read_table(&c, &o));
    run();
    assert_int_equal(s.result.clusters[0].n_areas, 3);
    assert_int_equal(s.result.clusters[0].cases, 180);
    write_text(pairs_path, "one,other\na,d\nc,q\n");
    assert_refused(&c, &o, "pairs.csv:3 other", "area \"q\" is not in");
    write_text(pairs_path, "one\na\n");
    assert_refused(&c, &o, "pairs.csv", "the file has one column");
}

// A grid with a corner of more boys.
static void write_grid(void)
{
    char text[2000] = "area,boys,girls,x,y\n";
    for (int i = 0; i < 25; i++) {
        bool corner = i % 5 < 2 && i / 5 < 2;
        snprintf(text + strlen(text), sizeof text - strlen(text), "q%d,%d,%d,%d,%d\n", i,
                 corner ? 150 : 100, 100, i % 5, i / 5);
    }
    write_text(data_path, text);
}

static void it_finds_the_corner_and_draws_it(void **state)
{
    (void)state;
    struct scan_columns c = columns();
    struct scan_options o = options(SCAN_BERNOULLI, SCAN_SPATIAL);
    write_grid();
    assert_ok(read_table(&c, &o));
    run();
    assert_int_equal(s.result.clusters[0].n_areas, 4);
    assert_true(s.result.clusters[0].p < 0.05);
    struct scan_limits limits = scan_study_limits(&s, &s.result.clusters[0]);
    assert_true(limits.low > 1 && limits.low < s.result.clusters[0].ratio &&
                limits.high > s.result.clusters[0].ratio);
    struct buf text = BUF_INIT(1 << 20);
    assert_ok(scan_geojson(&s, &text, &e));
    json_error_t wrong;
    json_t *top = json_loadb(text.p, text.n, 0, &wrong);
    assert_non_null(top);
    json_t *features = json_object_get(top, "features");
    assert_int_equal(json_array_size(features), s.result.n_clusters + 25);
    json_t *first = json_array_get(features, 0);
    json_t *ring = json_array_get(
        json_object_get(json_object_get(first, "geometry"), "coordinates"), 0);
    assert_int_equal(json_array_size(ring), 73);
    double x0 = json_real_value(json_array_get(json_array_get(ring, 0), 0));
    const struct scan_cluster *best = &s.result.clusters[0];
    assert_true(fabs(x0 - (s.x[best->centre] + best->radius)) < 1e-6);
    assert_true(json_equal(json_array_get(ring, 0), json_array_get(ring, 72)));
    json_decref(top);
    buf_free(&text);
}

// The circle on the globe is as far from its centre everywhere as its radius says.
static void circles_on_the_globe_are_round(void **state)
{
    (void)state;
    struct scan_columns c = columns();
    struct scan_options o = options(SCAN_BERNOULLI, SCAN_SPATIAL);
    o.metric = SCAN_GREAT_CIRCLE;
    write_text(data_path, "area,boys,girls,x,y\na,90,30,100,60\nb,90,30,101,60\n"
                          "c,30,30,110,50\nd,30,30,120,30\ne,30,30,90,20\n"
                          "f,30,30,95,25\n");
    assert_ok(read_table(&c, &o));
    run();
    struct buf text = BUF_INIT(1 << 20);
    assert_ok(scan_geojson(&s, &text, &e));
    json_t *top = json_loadb(text.p, text.n, 0, NULL);
    json_t *first = json_array_get(json_object_get(top, "features"), 0);
    json_t *ring = json_array_get(
        json_object_get(json_object_get(first, "geometry"), "coordinates"), 0);
    const struct scan_cluster *best = &s.result.clusters[0];
    assert_true(best->radius > 50);
    for (size_t i = 0; i < json_array_size(ring); i++) {
        json_t *at = json_array_get(ring, i);
        double d = scan_distance(s.x[best->centre], s.y[best->centre],
                                 json_number_value(json_array_get(at, 0)),
                                 json_number_value(json_array_get(at, 1)));
        assert_true(fabs(d - best->radius) < 1e-3);
    }
    json_decref(top);
    buf_free(&text);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    struct scan_columns c = columns();
    struct scan_options o = options(SCAN_BERNOULLI, SCAN_SPATIAL);
    write_grid();
    enum err code = ERR_MEMORY;
    for (int64_t n = 0; code; n++) {
        arena_free(&arena);
        arena_init(&arena, 0);
        s = (struct scan_study){.options = o};
        mem_fail_after(n);
        code = scan_csv(&s, &c, &arena, &e);
        mem_fail_after(-1);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
        assert_true(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_an_area_are_added_up),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(what_is_needed_is_asked_for),
        cmocka_unit_test(places_may_stand_apart),
        cmocka_unit_test(times_are_read_as_they_are_written),
        cmocka_unit_test(missing_rows_are_told),
        cmocka_unit_test(times_must_be_alike),
        cmocka_unit_test(neighbours_make_windows),
        cmocka_unit_test(it_finds_the_corner_and_draws_it),
        cmocka_unit_test(circles_on_the_globe_are_round),
        cmocka_unit_test(memory_may_run_out),
    };
    if (!mkdtemp(folder))
        return 1;
    snprintf(data_path, sizeof data_path, "%s/data.csv", folder);
    snprintf(places_path, sizeof places_path, "%s/places.csv", folder);
    snprintf(pairs_path, sizeof pairs_path, "%s/pairs.csv", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(&arena);
    unlink(data_path);
    unlink(places_path);
    unlink(pairs_path);
    rmdir(folder);
    return failed;
}
