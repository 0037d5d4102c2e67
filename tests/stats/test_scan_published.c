// SPDX-License-Identifier: AGPL-3.0-or-later
// What SaTScan 9.3 to 10.3 and FleXScan 3.1.2 print for public data.
#include "../tap.h"
#include "scan_files.h"

static void assert_near(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%.9g is not within %g of %.9g", found, tolerance, expected);
}

// The Gumbel scale of 999 maxima has a standard error of 3.3 %, theirs and ours.
static void assert_tail(double found, double printed)
{
    assert_near(log(found), log(printed), -4 * sqrt(2) * 0.033 * log(printed));
}

struct found {
    struct arena arena;
    struct pool *pool;
    struct scan_file file;
    struct scan_result result;
    struct error e;
};

static const struct scan_options circles = {
    .model = SCAN_POISSON, .most_population = 0.5, .replications = 999, .seed = 1};

static void begin(struct found *f)
{
    *f = (struct found){0};
    arena_init(&f->arena, 0);
    struct error e = {0};
    assert_ok(pool_open(&f->pool, 2, &e));
}

static void end(struct found *f)
{
    pool_close(f->pool);
    arena_free(&f->arena);
}

static void absent(struct found *f)
{
    end(f);
    skip();
}

static void scan(struct found *f, const struct scan_options *o)
{
    struct error e = {0};
    assert_ok(scan_run(&f->file.data, o, f->pool, NULL, NULL, &f->arena, &f->result, &e));
}

// Areas are numbered from 1 in what is printed, and come nearest first.
static void assert_cluster(const struct found *f, unsigned i, double statistic, double p,
                           unsigned n, const uint32_t *areas)
{
    assert_true(i < f->result.n_clusters);
    const struct scan_cluster *c = &f->result.clusters[i];
    assert_near(c->statistic, statistic, 5.1e-7);
    // theirs and ours are both of so many replications: 4 standard errors of the
    // difference
    double error = 4 * sqrt(2 * p * (1 - p) / 999) + 0.001;
    if (isfinite(c->p))
        assert_near(c->p, p, error);
    assert_int_equal(c->n_areas, n);
    for (unsigned k = 0; k < n; k++)
        assert_int_equal(c->areas[k] + 1, areas[k]);
}

static void new_york_in_a_plane(void **state)
{
    (void)state;
    struct found f;
    begin(&f);
    if (!read_new_york(&f.file, false, &f.arena))
        absent(&f);
    f.file.data.population = f.file.expected;
    scan(&f, &circles);
    const uint32_t first[] = {52, 50, 37, 49, 38, 48, 53, 39, 15, 47, 51, 1,  40, 44,
                              16, 2,  55, 36, 14, 43, 13, 45, 3,  35, 17, 11, 12, 46};
    const uint32_t second[] = {89, 88, 87, 84, 90, 86, 92, 85};
    const uint32_t fourth[] = {62, 64, 67, 65};
    const uint32_t fifth[] = {266, 281, 267, 265};
    const uint32_t sixth[] = {166, 159, 167};
    assert_cluster(&f, 0, 14.083511, 0.00015, 28, first);
    assert_cluster(&f, 1, 9.019716, 0.016, 8, second);
    assert_near(f.result.clusters[2].statistic, 6.114140, 5.1e-7);
    assert_cluster(&f, 3, 4.651839, 0.645, 4, fourth);
    assert_cluster(&f, 4, 3.363518, 0.965, 4, fifth);
    assert_cluster(&f, 5, 3.209485, 0.982, 3, sixth);
    const struct scan_cluster *c = &f.result.clusters[0];
    assert_int_equal(c->cases, 100);
    assert_near(c->expected, 58.28, 0.005);
    assert_near(c->population, 111674, 0.5);
    assert_near(c->ratio, 1.72, 0.005);
    assert_near(c->relative_risk, 1.87, 0.005);
    assert_near(c->radius, 0.087, 0.0005);
    assert_tail(c->p_gumbel, 0.00015);
    assert_tail(f.result.clusters[1].p_gumbel, 0.016);
    assert_int_equal(f.result.cases, 552);
    // "Gini Cluster: Yes" stands with the first two
    struct scan_options o = circles;
    o.report = SCAN_GINI;
    scan(&f, &o);
    assert_int_equal(f.result.n_clusters, 2);
    assert_near(f.result.clusters[0].statistic, 14.083511, 5.1e-7);
    assert_near(f.result.clusters[1].statistic, 9.019716, 5.1e-7);
    end(&f);
}

static void new_york_on_the_globe(void **state)
{
    (void)state;
    struct found f;
    begin(&f);
    if (!read_new_york(&f.file, true, &f.arena))
        absent(&f);
    struct scan_options o = circles;
    o.metric = SCAN_GREAT_CIRCLE;
    scan(&f, &o);
    assert_near(f.result.clusters[0].statistic, 14.780276, 5.1e-7);
    assert_near(f.result.clusters[0].radius, 7.70, 0.005);
    assert_int_equal(f.result.clusters[0].cases, 106);
    assert_tail(f.result.clusters[0].p_gumbel, 0.000087);
    assert_near(f.result.clusters[1].statistic, 8.287056, 5.1e-7);
    assert_near(f.result.clusters[1].radius, 13.01, 0.005);
    assert_near(f.result.clusters[1].p, 0.033, 0.03);
    assert_near(f.result.clusters[2].statistic, 7.199672, 5.1e-7);
    assert_near(f.result.clusters[2].radius, 2.35, 0.005);
    assert_near(f.result.clusters[4].statistic, 3.773422, 5.1e-7);
    end(&f);
}

static void new_york_up_to_a_tenth(void **state)
{
    (void)state;
    struct found f;
    begin(&f);
    if (!read_new_york(&f.file, false, &f.arena))
        absent(&f);
    struct scan_options o = circles;
    o.most_population = 0.1;
    scan(&f, &o);
    const uint32_t first[] = {49, 48, 50, 47, 1,  15, 51, 2,  13, 14, 3,  35, 16,
                              52, 36, 37, 12, 11, 5,  17, 10, 4,  6,  38, 18, 9};
    const uint32_t fifth[] = {46, 45, 41, 54, 44, 43, 53};
    assert_cluster(&f, 0, 11.577255, 0.001, 26, first);
    assert_near(f.result.clusters[1].statistic, 9.019716, 5.1e-7);
    assert_cluster(&f, 4, 4.169203, 0.755, 7, fifth);
    end(&f);
}

static void new_york_in_ellipses(void **state)
{
    (void)state;
    struct found f;
    begin(&f);
    if (!read_new_york(&f.file, false, &f.arena))
        absent(&f);
    struct scan_options o = circles;
    o.most_population = 0.1;
    o.shape = SCAN_ELLIPSE;
    o.penalty = SCAN_PENALTY_MEDIUM;
    scan(&f, &o);
    const uint32_t first[] = {52, 50, 53, 38, 49, 15, 48, 39, 1,  37, 16, 44, 14,
                              47, 40, 2,  13, 43, 51, 45, 17, 11, 12, 3,  46};
    const uint32_t fourth[] = {170, 171, 166, 167};
    const uint32_t sixth[] = {106, 103, 102, 77, 230};
    assert_cluster(&f, 0, 14.474236, 0.00019, 25, first);
    assert_near(f.result.clusters[0].log_likelihood_ratio, 14.772705, 5.1e-7);
    assert_near(f.result.clusters[0].axis_ratio, 1.5, 0);
    assert_near(f.result.clusters[0].angle, 90, 0);
    assert_near(f.result.clusters[0].radius, 0.058, 0.0005);
    assert_near(f.result.clusters[1].statistic, 9.296518, 5.1e-7);
    assert_near(f.result.clusters[1].angle, -60, 0);
    assert_near(f.result.clusters[2].statistic, 8.095512, 5.1e-7);
    assert_near(f.result.clusters[2].angle, 80, 0);
    assert_near(f.result.clusters[2].p, 0.080, 0.04);
    assert_cluster(&f, 3, 4.923266, 0.768, 4, fourth);
    assert_cluster(&f, 5, 4.295386, 0.922, 5, sixth);
    end(&f);
}

static void new_york_along_borders(void **state)
{
    (void)state;
    struct found f;
    begin(&f);
    struct columns *c = ARENA_NEW(&f.arena, struct columns);
    read_columns(c, "scan/nyw_adjacency_pairs.csv", ",");
    if (!read_new_york(&f.file, true, &f.arena) || !c->n)
        absent(&f);
    uint32_t pairs[2 * FILE_ROWS];
    for (uint32_t i = 0; i < c->n; i++)
        for (int k = 0; k < 2; k++)
            pairs[2 * i + (uint32_t)k] = (uint32_t)c->at[k][i] - 1;
    struct graph g;
    struct error e = {0};
    assert_ok(graph_make(&g, f.file.n, pairs, c->n, &f.arena, &e));
    f.file.data.graph = &g;
    struct scan_options o = circles;
    o.shape = SCAN_FLEXIBLE;
    o.metric = SCAN_GREAT_CIRCLE;
    o.most_areas = 5;
    scan(&f, &o);
    // all that it prints, by the same p-values
    const struct {
        double statistic, p;
        unsigned n, areas[5];
    } printed[] = {{8.34958, 0.028, 4, {86, 88, 89, 92}},
                   {6.2698, 0.168, 5, {1, 2, 13, 15, 49}},
                   {6.05437, 0.194, 4, {37, 38, 40, 43}},
                   {4.65184, 0.59, 4, {62, 64, 65, 67}},
                   {4.10576, 0.784, 4, {117, 123, 124, 125}},
                   {3.88929, 0.839, 2, {166, 167}},
                   {3.82013, 0.858, 3, {265, 266, 281}},
                   {3.69923, 0.904, 3, {46, 53, 54}},
                   {3.43167, 0.946, 3, {131, 132, 139}},
                   {2.88583, 0.995, 1, {126}},
                   {2.84034, 0.997, 2, {5, 12}},
                   {2.62194, 0.999, 1, {171}},
                   {2.29088, 1, 2, {155, 225}}};
    for (unsigned i = 0; i < sizeof printed / sizeof *printed; i++) {
        const struct scan_cluster *found = &f.result.clusters[i];
        double p = printed[i].p;
        assert_near(found->statistic, printed[i].statistic, 5.1e-6);
        assert_near(found->p, p, 4 * sqrt(2 * p * (1 - p) / 999) + 0.003);
        assert_int_equal(found->n_areas, printed[i].n);
        for (unsigned k = 0; k < printed[i].n; k++) {
            bool has = false;
            for (unsigned m = 0; m < found->n_areas; m++)
                has |= found->areas[m] + 1 == printed[i].areas[k];
            assert_true(has);
        }
    }
    end(&f);
}

static void fever_by_permutation(void **state)
{
    (void)state;
    struct found f;
    begin(&f);
    if (!read_fever(&f.file, &f.arena))
        absent(&f);
    const struct scan_options o = {.model = SCAN_PERMUTATION,
                                   .span = SCAN_PROSPECTIVE,
                                   .metric = SCAN_GREAT_CIRCLE,
                                   .most_population = 0.5,
                                   .most_distance = 3,
                                   .most_times = 7,
                                   .replications = 9999,
                                   .seed = 1};
    scan(&f, &o);
    const struct scan_cluster *c = &f.result.clusters[0];
    printf("# %.6f p %.4f of %d cases\n", c->statistic, c->p, (int)f.result.cases);
    assert_near(c->statistic, 3.845418, 5.1e-7);
    assert_near(c->p, 0.2112, 0.023); // 4 errors of the difference
    assert_near(c->recurrence_times, 1 / c->p, 1e-9);
    assert_int_equal(c->last_time, 23);
    end(&f);
}

static void humberside_has_a_tie(void **state)
{
    (void)state;
    struct found f;
    begin(&f);
    if (!read_humberside(&f.file, &f.arena))
        absent(&f);
    struct scan_options o = circles;
    o.model = SCAN_BERNOULLI;
    o.replications = 9999;
    scan(&f, &o);
    const struct scan_cluster *c = f.result.clusters;
    printf("# p %.4f %.4f\n", c[0].p, c[1].p);
    assert_near(c[0].statistic, 4.836516, 5.1e-7);
    assert_near(c[1].statistic, 4.836516, 5.1e-7);
    assert_near(c[0].p, 0.6788, 0.02); // 3 errors of the difference
    assert_true(c[0].p == c[1].p);
    assert_true(c[0].n_areas <= c[1].n_areas);
    end(&f);
}

static void boys_of_india(void **state)
{
    (void)state;
    struct found f;
    begin(&f);
    if (!read_india(&f.file, &f.arena))
        absent(&f);
    struct scan_options o = circles;
    o.model = SCAN_BERNOULLI;
    o.metric = SCAN_GREAT_CIRCLE;
    o.replications = 99;
    scan(&f, &o);
    const struct scan_cluster *c = f.result.clusters;
    assert_near(c[0].log_likelihood_ratio, 17247.017923, 5.1e-7);
    assert_near(c[0].radius, 1023, 1);
    assert_near(c[0].p, 0.01, 1e-12);
    for (uint32_t i = 0; i < f.result.replications; i++)
        assert_true(f.result.maxima[i] > 1 && f.result.maxima[i] < 40);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_york_in_a_plane),    cmocka_unit_test(new_york_on_the_globe),
        cmocka_unit_test(new_york_up_to_a_tenth), cmocka_unit_test(new_york_in_ellipses),
        cmocka_unit_test(new_york_along_borders), cmocka_unit_test(fever_by_permutation),
        cmocka_unit_test(humberside_has_a_tie),   cmocka_unit_test(boys_of_india),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
