// SPDX-License-Identifier: AGPL-3.0-or-later
// What scan.h promises besides the numbers: ties, threads, order of rows, reports, stops,
// p-values, and what cannot be scanned.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/scan.h"

enum { AREAS = 36, TIMES = 8, SIDE = 6 };

struct setting {
    struct scan_data data;
    struct scan_options options;
    int64_t cases[AREAS * TIMES], controls[AREAS * TIMES];
    double expected[AREAS * TIMES], x[AREAS], y[AREAS];
    struct arena arena;
    struct scan_result result;
};

// A lattice of areas that expect the same; `many` cases each.
static void begin(struct setting *s, enum scan_model model, uint32_t times, int64_t many)
{
    memset(s, 0, sizeof *s);
    arena_init(&s->arena, 0);
    s->data = (struct scan_data){.n_areas = AREAS,
                                 .n_times = times,
                                 .n_categories = 1,
                                 .cases = s->cases,
                                 .controls = s->controls,
                                 .expected = s->expected,
                                 .x = s->x,
                                 .y = s->y};
    s->options = (struct scan_options){.model = model,
                                       .span = times > 1 ? SCAN_SPACE_TIME : SCAN_SPATIAL,
                                       .most_population = 0.5,
                                       .replications = 199,
                                       .seed = 3};
    for (uint32_t i = 0; i < AREAS; i++) {
        s->x[i] = i % SIDE;
        s->y[i] = i / SIDE; // NOLINT: whole rows
        for (uint32_t t = 0; t < times; t++) {
            s->cases[i * times + t] = many;
            s->controls[i * times + t] = many;
            s->expected[i * times + t] = 1;
        }
    }
}

static void end(struct setting *s)
{
    arena_free(&s->arena);
}

static void scan(struct setting *s, struct pool *pool)
{
    struct error e = {0};
    assert_ok(
        scan_run(&s->data, &s->options, pool, NULL, NULL, &s->arena, &s->result, &e));
}

static void randomise(struct setting *s, uint64_t seed, uint64_t most)
{
    struct rng r = rng_seed(seed);
    for (uint32_t i = 0; i < AREAS * s->data.n_times; i++)
        s->cases[i] = (int64_t)rng_below(&r, most + 1);
}

// ---- ties ----

static void equal_ratios_have_equal_p(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, SCAN_POISSON, 1, 2);
    s.cases[0] = s.cases[35] = 9; // opposite corners
    scan(&s, NULL);
    const struct scan_cluster *c = s.result.clusters;
    assert_true(c[0].statistic == c[1].statistic && c[0].statistic > c[2].statistic);
    assert_true(c[0].p == c[1].p);
    // the first centre first
    assert_int_equal(c[0].areas[0], 0);
    assert_int_equal(c[1].areas[0], 35);
    assert_int_equal(c[0].n_areas, 1);
    // a replication that ties with the data counts against it
    unsigned as_high = 0;
    for (uint32_t i = 0; i < s.result.replications; i++)
        as_high += s.result.maxima[i] >= c[0].statistic * (1 - 1e-9);
    assert_true(c[0].p == (1.0 + as_high) / 200);
    end(&s);
}

static void fewer_areas_win_a_tie(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, SCAN_POISSON, 1, 2);
    // an area without people or cases joins no window for nothing
    s.x[1] = 0.1;
    s.cases[1] = 0;
    s.expected[1] = 0;
    s.cases[0] = 12;
    scan(&s, NULL);
    assert_int_equal(s.result.clusters[0].n_areas, 1);
    assert_int_equal(s.result.clusters[0].areas[0], 0);
    end(&s);
}

static void areas_at_one_place_stay_together(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, SCAN_BERNOULLI, 1, 3);
    s.x[7] = s.x[20] = s.x[8];
    s.y[7] = s.y[20] = s.y[8];
    s.cases[8] = 40;
    s.options.report = SCAN_EVERY_CENTRE;
    scan(&s, NULL);
    for (uint32_t i = 0; i < s.result.n_clusters; i++) {
        const struct scan_cluster *c = &s.result.clusters[i];
        unsigned at_place = 0;
        for (uint32_t k = 0; k < c->n_areas; k++)
            at_place += c->areas[k] == 7 || c->areas[k] == 8 || c->areas[k] == 20;
        assert_true(at_place == 0 || at_place == 3);
    }
    assert_int_equal(s.result.clusters[0].n_areas, 3);
    end(&s);
}

// ---- threads, order ----

static void any_number_of_threads(void **state)
{
    (void)state;
    const enum scan_model models[] = {SCAN_POISSON, SCAN_BERNOULLI, SCAN_PERMUTATION};
    for (unsigned m = 0; m < 3; m++)
        for (uint64_t most = 6; most < 5000; most *= 300) {
            struct setting s;
            begin(&s, models[m], models[m] == SCAN_PERMUTATION ? TIMES : 1, 4);
            randomise(&s, 71, most);
            scan(&s, NULL);
            struct scan_result alone = s.result;
            for (unsigned threads = 1; threads <= 3; threads++) {
                struct pool *pool;
                struct error e = {0};
                assert_ok(pool_open(&pool, threads, &e));
                scan(&s, pool);
                pool_close(pool);
                assert_memory_equal(alone.maxima, s.result.maxima, 199 * sizeof(double));
                assert_int_equal(alone.n_clusters, s.result.n_clusters);
                for (uint32_t i = 0; i < alone.n_clusters; i++) {
                    assert_true(alone.clusters[i].p == s.result.clusters[i].p);
                    assert_int_equal(alone.clusters[i].centre,
                                     s.result.clusters[i].centre);
                }
            }
            end(&s);
        }
}

static void order_of_rows_changes_no_window(void **state)
{
    (void)state;
    struct setting s, turned;
    begin(&s, SCAN_BERNOULLI, 1, 9);
    begin(&turned, SCAN_BERNOULLI, 1, 9);
    randomise(&s, 73, 30);
    size_t to[AREAS];
    for (size_t i = 0; i < AREAS; i++)
        to[i] = i;
    struct rng r = rng_seed(74);
    rng_shuffle(&r, to, AREAS);
    for (size_t i = 0; i < AREAS; i++) {
        turned.cases[to[i]] = s.cases[i];
        turned.x[to[i]] = s.x[i];
        turned.y[to[i]] = s.y[i];
    }
    scan(&s, NULL);
    scan(&turned, NULL);
    assert_true(s.result.n_windows == turned.result.n_windows);
    assert_true(fabs(s.result.clusters[0].statistic -
                     turned.result.clusters[0].statistic) < 1e-9);
    assert_int_equal(s.result.clusters[0].cases, turned.result.clusters[0].cases);
    end(&s);
    end(&turned);
}

// ---- p-values ----

static void stops_when_it_is_clear(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, SCAN_POISSON, 1, 4);
    randomise(&s, 75, 8);
    s.options.replications = 4999;
    scan(&s, NULL);
    struct scan_result full = s.result;
    double bound = full.clusters[0].statistic * (1 - 1e-9);
    s.options.stop_after = 20;
    struct pool *pool;
    struct error e = {0};
    assert_ok(pool_open(&pool, 2, &e));
    scan(&s, pool);
    pool_close(pool);
    uint32_t high = 0, at = 0;
    while (high < 20)
        high += full.maxima[at++] >= bound;
    assert_true(s.result.stopped && !full.stopped);
    assert_int_equal(s.result.replications, at);
    assert_true(s.result.clusters[0].p == 20.0 / at);
    assert_memory_equal(full.maxima, s.result.maxima, at * sizeof(double));
    end(&s);
}

struct heard {
    uint32_t calls, done, all;
};

static void hear(void *argument, uint32_t done, uint32_t all)
{
    struct heard *h = argument;
    assert_true(done > h->done && done <= all);
    *h = (struct heard){h->calls + 1, done, all};
}

static void tells_how_far_it_is(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, SCAN_POISSON, 1, 4);
    s.options.replications = 4999;
    struct error e = {0};
    struct heard h = {0};
    assert_ok(scan_run(&s.data, &s.options, NULL, hear, &h, &s.arena, &s.result, &e));
    assert_true(h.calls > 20 && h.done == 4999 && h.all == 4999);
    // and that changes nothing
    struct scan_result told = s.result;
    scan(&s, NULL);
    assert_memory_equal(told.maxima, s.result.maxima, 4999 * sizeof(double));
    end(&s);
}

static void gumbel_and_critical_values(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, SCAN_POISSON, 1, 4);
    randomise(&s, 76, 8);
    s.cases[14] = 30;
    s.options.replications = 999;
    scan(&s, NULL);
    double mean = 0, squares = 0;
    unsigned above_05 = 0, above_01 = 0;
    for (uint32_t i = 0; i < 999; i++) {
        mean += s.result.maxima[i] / 999;
        above_05 += s.result.maxima[i] > s.result.critical_05;
        above_01 += s.result.maxima[i] > s.result.critical_01;
    }
    for (uint32_t i = 0; i < 999; i++)
        squares += pow(s.result.maxima[i] - mean, 2) / 998;
    double scale = sqrt(6 * squares) / M_PI, place = mean - 0.5772156649015329 * scale;
    double z = (s.result.clusters[0].statistic - place) / scale;
    assert_true(fabs(log(s.result.clusters[0].p_gumbel) - log(-expm1(-exp(-z)))) < 1e-9);
    // what is above the value has p of at most 0.05
    assert_int_equal(above_05, 49);
    assert_int_equal(above_01, 9);
    s.options.replications = 9;
    scan(&s, NULL);
    assert_true(isnan(s.result.critical_05) && isnan(s.result.critical_001));
    s.options.replications = 0;
    scan(&s, NULL);
    assert_true(isnan(s.result.clusters[0].p) && isnan(s.result.clusters[0].p_gumbel));
    end(&s);
}

// Data without a cluster: p is as often below q as q says.
static void p_is_uniform_without_clusters(void **state)
{
    (void)state;
    enum { TRIALS = 400, REPLICATIONS = 99 };
    uint64_t seed = 77;
    printf("# seed %llu\n", (unsigned long long)seed);
    const enum scan_model models[] = {SCAN_POISSON, SCAN_BERNOULLI};
    for (int m = 0; m < 2; m++) {
        unsigned at_most[100] = {0};
        for (int trial = 0; trial < TRIALS; trial++) {
            struct setting s;
            begin(&s, models[m], 1, 0);
            struct rng r = rng_stream(seed, (uint64_t)trial);
            for (int i = 0; i < 3600; i++) {
                int64_t *kind = m && rng_chance(&r, 0.5) ? s.controls : s.cases;
                kind[rng_below(&r, AREAS)]++;
            }
            s.options.replications = REPLICATIONS;
            s.options.seed = rng_next(&r);
            scan(&s, NULL);
            int rank = (int)lround(s.result.clusters[0].p * 100);
            for (int q = rank; q < 100; q++)
                at_most[q]++;
            end(&s);
        }
        double farthest = 0; // Kolmogorov and Smirnov; 1.95 is passed once in 1,000
        for (int q = 1; q < 100; q++)
            farthest = fmax(farthest, fabs(at_most[q] / (double)TRIALS - q / 100.0));
        printf("# at most 0.05: %.4f; farthest %.4f\n", at_most[5] / (double)TRIALS,
               farthest);
        assert_true(farthest * sqrt(TRIALS) < 1.95);
    }
}

// ---- reports ----

static bool has(const struct scan_cluster *c, uint32_t area)
{
    for (uint32_t i = 0; i < c->n_areas; i++)
        if (c->areas[i] == area)
            return true;
    return false;
}

static void reports(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, SCAN_POISSON, 1, 20);
    randomise(&s, 78, 40);
    scan(&s, NULL);
    const struct scan_result *r = &s.result;
    for (uint32_t i = 0; i < r->n_clusters; i++)
        for (uint32_t k = 0; k < i; k++)
            for (uint32_t m = 0; m < r->clusters[i].n_areas; m++)
                assert_false(has(&r->clusters[k], r->clusters[i].areas[m]));
    uint32_t apart = r->n_clusters;
    s.options.report = SCAN_NO_CENTRE_IN_OTHER;
    scan(&s, NULL);
    for (uint32_t i = 0; i < r->n_clusters; i++)
        for (uint32_t k = 0; k < i; k++)
            assert_false(has(&r->clusters[k], r->clusters[i].centre));
    assert_true(r->n_clusters >= apart);
    s.options.report = SCAN_EVERY_CENTRE;
    scan(&s, NULL);
    assert_true(r->n_clusters > AREAS / 2 && r->n_clusters <= AREAS);
    for (uint32_t i = 0; i < r->n_clusters; i++) {
        assert_true(i == 0 || r->clusters[i].statistic <= r->clusters[i - 1].statistic);
        assert_int_equal(r->clusters[i].areas[0], r->clusters[i].centre);
    }
    end(&s);
}

// Two hot corners: one wide circle is worse than the two alone, and the coefficient says
// so.
static void gini(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, SCAN_POISSON, 1, 50);
    const uint32_t hot[] = {7, 1, 6, 8, 13, 28, 22, 27, 29, 34};
    for (unsigned i = 0; i < 10; i++)
        s.cases[hot[i]] = 68;
    s.options.report = SCAN_GINI;
    s.options.replications = 999;
    scan(&s, NULL);
    const struct scan_result *r = &s.result;
    assert_int_equal(r->n_clusters, 2);
    double cases = 0, areas = 0;
    for (uint32_t i = 0; i < 2; i++) {
        assert_true(r->clusters[i].p <= 0.05);
        cases += (double)r->clusters[i].cases;
        areas += r->clusters[i].n_areas;
    }
    assert_true(areas >= 9 && areas <= 11);
    // of two rates inside and one outside, nearly: share of cases less share of people
    double both = cases / (double)r->cases - areas / AREAS;
    assert_true(fabs(r->gini - both) < 1e-3);
    assert_true(r->gini_limit > 0.05 && r->gini_limit <= 0.5);
    randomise(&s, 79, 40);
    for (uint32_t i = 0; i < AREAS; i++)
        s.cases[i] = 20 + (i & 1); // nothing there
    scan(&s, NULL);
    assert_true(r->gini == 0 && r->gini_limit == 0.5 && r->clusters[0].p > 0.05);
    end(&s);
}

// ---- space and time ----

static void prospective_looks(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, SCAN_POISSON, TIMES, 3);
    randomise(&s, 80, 6);
    s.cases[14 * TIMES + 7] = 16;
    s.options.span = SCAN_PROSPECTIVE;
    s.options.most_times = 3;
    s.options.replications = 999;
    scan(&s, NULL);
    struct scan_cluster once = s.result.clusters[0];
    assert_int_equal(once.last_time, 7);
    assert_true(once.last_time - once.first_time < 3);
    assert_true(fabs(once.recurrence_times * once.p - 1) < 1e-12);
    double p = once.p;
    s.options.earlier_looks = 5;
    scan(&s, NULL);
    assert_true(s.result.clusters[0].statistic == once.statistic);
    assert_true(s.result.clusters[0].p >= p);
    double mean = 0;
    for (uint32_t i = 0; i < 999; i++)
        mean += s.result.maxima[i];
    s.options.earlier_looks = 0;
    scan(&s, NULL);
    for (uint32_t i = 0; i < 999; i++)
        mean -= s.result.maxima[i];
    assert_true(mean > 0);
    end(&s);
}

static void purely_temporal(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, SCAN_BERNOULLI, TIMES, 4);
    for (uint32_t i = 0; i < AREAS; i++)
        s.cases[i * TIMES + 4] = s.cases[i * TIMES + 5] = 9;
    s.options.span = SCAN_TEMPORAL;
    s.data.x = s.data.y = NULL;
    scan(&s, NULL);
    const struct scan_cluster *c = s.result.clusters;
    assert_int_equal(s.result.n_clusters, 1);
    assert_true(c->first_time == 4 && c->last_time == 5 && c->n_areas == AREAS);
    assert_int_equal(c->cases, AREAS * 18);
    assert_int_equal(c->total, AREAS * 26);
    assert_true(c->p == 1.0 / 200);
    end(&s);
}

static void centres_of_ones_own(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, SCAN_POISSON, 1, 5);
    s.cases[0] = s.cases[1] = s.cases[6] = s.cases[7] = 20;
    const double x[] = {0.5, 4}, y[] = {0.5, 4};
    s.data.n_centres = 2;
    s.data.centre_x = x;
    s.data.centre_y = y;
    scan(&s, NULL);
    assert_int_equal(s.result.clusters[0].n_areas, 4);
    assert_int_equal(s.result.clusters[0].centre, 0);
    assert_true(fabs(s.result.clusters[0].radius - sqrt(0.5)) < 1e-12);
    // a centre inside the best circle gives nothing of its own; one outside does
    const double x_3[] = {0.5, 0.75, 4}, y_3[] = {0.5, 0.5, 4};
    s.data.n_centres = 3;
    s.data.centre_x = x_3;
    s.data.centre_y = y_3;
    s.cases[28] = 30;
    s.options.report = SCAN_NO_CENTRE_IN_OTHER;
    scan(&s, NULL);
    assert_int_equal(s.result.n_clusters, 2);
    assert_true(s.result.clusters[0].centre != 2 && s.result.clusters[1].centre == 2);
    end(&s);
}

static void low_rates(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, SCAN_BERNOULLI, 1, 20);
    s.cases[21] = 0;
    s.cases[3] = 45;
    scan(&s, NULL);
    assert_true(s.result.clusters[0].high && s.result.clusters[0].areas[0] == 3);
    s.options.rates = SCAN_LOW;
    scan(&s, NULL);
    assert_true(!s.result.clusters[0].high && s.result.clusters[0].areas[0] == 21);
    assert_true(s.result.clusters[0].relative_risk == 0);
    s.options.rates = SCAN_HIGH_AND_LOW;
    scan(&s, NULL);
    assert_int_equal(s.result.n_clusters >= 2, 1);
    assert_true(s.result.clusters[0].high != s.result.clusters[1].high);
    end(&s);
}

// ---- large, and what cannot be ----

static void thousands_of_millions(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, SCAN_BERNOULLI, 1, 1000000000);
    s.cases[8] += 400000;
    scan(&s, NULL);
    assert_int_equal(s.result.clusters[0].n_areas, 1);
    assert_true(s.result.clusters[0].p == 1.0 / 200);
    for (uint32_t i = 0; i < 199; i++)
        assert_true(s.result.maxima[i] > 0.3 && s.result.maxima[i] < 30);
    s.options.model = SCAN_POISSON;
    scan(&s, NULL);
    assert_int_equal(s.result.clusters[0].areas[0], 8);
    end(&s);
}

static void refuse(struct setting *s, enum err code, const char *words)
{
    struct error e = {0};
    assert_int_equal(
        scan_run(&s->data, &s->options, NULL, NULL, NULL, &s->arena, &s->result, &e),
        code);
    if (!strstr(e.text, words))
        fail_msg("\"%s\" lacks \"%s\"", e.text, words);
    assert_true(e.cure[0]);
    assert_true(!s->result.clusters);
}

static void what_cannot_be_scanned(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, SCAN_BERNOULLI, 1, 0);
    refuse(&s, ERR_INPUT, "no cases in 36 areas");
    s.cases[4] = 3;
    refuse(&s, ERR_INPUT, "no controls beside 3 cases");
    s.controls[4] = 1;
    s.cases[5] = -1;
    refuse(&s, ERR_INPUT, "area 6 has -1 cases");
    s.cases[5] = 0;
    s.controls[6] = -7;
    refuse(&s, ERR_INPUT, "area 7 has -7 controls");
    s.controls[6] = INT64_MAX;
    refuse(&s, ERR_INPUT, "area 7");
    s.controls[6] = 0;
    s.x[2] = NAN;
    refuse(&s, ERR_INPUT, "area 3 has the coordinates nan, 0");
    s.x[2] = 400;
    s.options.metric = SCAN_GREAT_CIRCLE;
    refuse(&s, ERR_INPUT, "degrees");
    s.options.metric = SCAN_CARTESIAN;
    for (uint32_t i = 0; i < AREAS; i++)
        s.x[i] = s.y[i] = 7;
    refuse(&s, ERR_INPUT, "same coordinates");
    s.x[3] = 8;
    s.data.n_areas = 1;
    refuse(&s, ERR_INPUT, "there is 1 area");
    s.data.n_areas = AREAS;
    double population[AREAS] = {1, -2};
    s.data.population = population;
    refuse(&s, ERR_INPUT, "area 2 has a population of -2");
    s.data.population = NULL;
    s.options.model = SCAN_POISSON;
    s.expected[4] = 0;
    refuse(&s, ERR_INPUT, "area 5 has 3 cases and nobody at risk");
    s.expected[4] = NAN;
    refuse(&s, ERR_INPUT, "area 5 has nan at risk");
    end(&s);
}

static void wrong_options(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, SCAN_PERMUTATION, 1, 2);
    refuse(&s, ERR_USAGE, "permutation");
    s.options.span = SCAN_PROSPECTIVE;
    refuse(&s, ERR_INPUT, "two times at least");
    s.options.model = SCAN_ORDINAL;
    refuse(&s, ERR_USAGE, "2 to 64 categories");
    s.options.model = SCAN_POISSON;
    s.options.span = SCAN_SPATIAL;
    s.options.shape = SCAN_FLEXIBLE;
    refuse(&s, ERR_USAGE, "borders");
    s.options.shape = SCAN_ELLIPSE;
    s.options.metric = SCAN_GREAT_CIRCLE;
    refuse(&s, ERR_USAGE, "plane");
    s.options.shape = SCAN_CIRCLE;
    s.options.most_population = 0.6;
    refuse(&s, ERR_USAGE, "share of the population");
    s.options.most_population = NAN;
    refuse(&s, ERR_USAGE, "share of the population");
    end(&s);
    begin(&s, SCAN_POISSON, TIMES, 2);
    s.options.least_times = 5;
    s.options.most_times = 2;
    refuse(&s, ERR_USAGE, "no interval");
    end(&s);
}

// All areas touch all: the sets are too many to look at, and that is known at once.
static void too_many_windows(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, SCAN_POISSON, TIMES, 2);
    uint32_t pairs[AREAS * AREAS], n = 0;
    for (uint32_t i = 0; i < AREAS; i++)
        for (uint32_t k = 0; k < i; k++) {
            pairs[2 * n] = i;
            pairs[2 * n++ + 1] = k;
        }
    struct graph g;
    struct error e = {0};
    assert_ok(graph_make(&g, AREAS, pairs, n, &s.arena, &e));
    s.data.graph = &g;
    s.options.shape = SCAN_FLEXIBLE;
    s.options.most_areas = 30;
    refuse(&s, ERR_LIMIT, "2147483648 windows");
    s.options.most_areas = 31;
    refuse(&s, ERR_USAGE, "30");
    end(&s);
}

// Without coordinates the nearest are those across the fewest borders.
static void neighbours_without_coordinates(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, SCAN_POISSON, 1, 5);
    uint32_t pairs[2 * AREAS];
    for (uint32_t i = 0; i + 1 < AREAS; i++) {
        pairs[2 * i] = i;
        pairs[2 * i + 1] = i + 1;
    }
    struct graph g; // a line; the last two are islands
    struct error e = {0};
    assert_ok(graph_make(&g, AREAS, pairs, AREAS - 3, &s.arena, &e));
    s.data.graph = &g;
    s.data.x = s.data.y = NULL;
    s.options.shape = SCAN_FLEXIBLE;
    s.options.metric = SCAN_GREAT_CIRCLE;
    s.options.most_areas = 4;
    s.cases[10] = s.cases[11] = s.cases[12] = 30;
    s.cases[35] = 14;
    scan(&s, NULL);
    assert_int_equal(s.result.clusters[0].n_areas, 3);
    assert_true(has(&s.result.clusters[0], 10) && has(&s.result.clusters[0], 12));
    assert_int_equal(s.result.clusters[1].areas[0], 35);
    assert_true(isnan(s.result.clusters[0].radius));
    // paths of a line: 4 lengths, less those that the ends cut off; two islands
    assert_true(s.result.n_windows == 34 + 33 + 32 + 31 + 2);
    end(&s);
}

static void memory_ends(void **state)
{
    (void)state;
    const enum scan_shape shapes[] = {SCAN_CIRCLE, SCAN_FLEXIBLE};
    for (int i = 0; i < 4; i++) {
        struct setting s;
        begin(&s, i & 1 ? SCAN_BERNOULLI : SCAN_POISSON, i == 3 ? TIMES : 1,
              i ? 3 : 1000000);
        s.options.shape = shapes[i == 2];
        const uint32_t pairs[] = {0, 1, 1, 2, 2, 3};
        struct graph g;
        struct error e = {0};
        assert_ok(graph_make(&g, AREAS, pairs, 3, &s.arena, &e));
        s.data.graph = &g;
        for (int64_t n = 0;; n++) {
            struct arena a;
            arena_init(&a, 0);
            mem_fail_after(n);
            enum err code =
                scan_run(&s.data, &s.options, NULL, NULL, NULL, &a, &s.result, &e);
            mem_fail_after(-1);
            arena_free(&a);
            if (!code) {
                assert_true(n > 3);
                break;
            }
            assert_int_equal(code, ERR_MEMORY);
            assert_true(n < 1000);
        }
        end(&s);
    }
}

// ---- the helpers ----

static void expected_by_stratum(void **state)
{
    (void)state;
    // two areas, one time, two strata: rates 3 / 100 and 8 / 40
    const int64_t cases[] = {2, 3, 1, 5};
    const double population[] = {60, 10, 40, 30};
    double out[2];
    struct error e = {0};
    assert_ok(scan_expected(out, cases, population, 2, 1, 2, &e));
    assert_true(fabs(out[0] - (1.8 + 2)) < 1e-12 && fabs(out[1] - (1.2 + 6)) < 1e-12);
    const double nobody[] = {60, 0, 40, 0};
    assert_int_equal(scan_expected(out, cases, nobody, 2, 1, 2, &e), ERR_INPUT);
    const int64_t negative[] = {2, 3, -1, 5};
    assert_int_equal(scan_expected(out, negative, population, 2, 1, 2, &e), ERR_INPUT);
}

static void distances(void **state)
{
    (void)state;
    double quarter = 6367 * M_PI / 2;
    assert_true(fabs(scan_distance(0, 0, 90, 0) - quarter) < 1e-9);
    assert_true(fabs(scan_distance(10, 90, 200, 0) - quarter) < 1e-9);
    assert_true(fabs(scan_distance(179, 0, -179, 0) - quarter / 45) < 1e-9);
    assert_true(scan_distance(5, 5, 5, 5) == 0);
    assert_true(fabs(scan_distance(0, 0, 180, 0) - 2 * quarter) < 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_ratios_have_equal_p),
        cmocka_unit_test(fewer_areas_win_a_tie),
        cmocka_unit_test(areas_at_one_place_stay_together),
        cmocka_unit_test(any_number_of_threads),
        cmocka_unit_test(order_of_rows_changes_no_window),
        cmocka_unit_test(stops_when_it_is_clear),
        cmocka_unit_test(tells_how_far_it_is),
        cmocka_unit_test(gumbel_and_critical_values),
        cmocka_unit_test(p_is_uniform_without_clusters),
        cmocka_unit_test(reports),
        cmocka_unit_test(gini),
        cmocka_unit_test(prospective_looks),
        cmocka_unit_test(purely_temporal),
        cmocka_unit_test(centres_of_ones_own),
        cmocka_unit_test(low_rates),
        cmocka_unit_test(thousands_of_millions),
        cmocka_unit_test(what_cannot_be_scanned),
        cmocka_unit_test(wrong_options),
        cmocka_unit_test(too_many_windows),
        cmocka_unit_test(neighbours_without_coordinates),
        cmocka_unit_test(memory_ends),
        cmocka_unit_test(expected_by_stratum),
        cmocka_unit_test(distances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
