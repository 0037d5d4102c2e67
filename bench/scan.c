// SPDX-License-Identifier: AGPL-3.0-or-later
// How long scans take: bench_scan [threads]. HENG_SOURCE names the sources beside which
// the third-party data lies; what is absent is left out.
#include <time.h>

#include "../tests/stats/scan_files.h"

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int timed(const char *what, const struct scan_data *d,
                 const struct scan_options *o, struct pool *pool)
{
    struct arena a;
    arena_init(&a, 0);
    struct scan_result result;
    struct error e = {0};
    double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    enum err code = scan_run(d, o, pool, NULL, NULL, &a, &result, &e);
    wall = now(CLOCK_MONOTONIC) - wall;
    cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    if (code)
        printf("%s: %s\n", what, e.text);
    else
        printf("%-34s %8.3f s %8.3f s cpu  %9llu windows x %6u  %.6f p %.5f\n", what,
               wall, cpu, (unsigned long long)result.n_windows, result.replications,
               result.clusters[0].statistic, result.clusters[0].p);
    arena_free(&a);
    return code != ERR_OK;
}

static const struct scan_options base = {
    .model = SCAN_POISSON, .most_population = 0.5, .replications = 99999, .seed = 1};

static int new_york(struct pool *pool, struct arena *a)
{
    struct scan_file f;
    struct columns *c = ARENA_NEW(a, struct columns);
    if (!c || !read_new_york(&f, false, a))
        return 0;
    struct scan_options o = base;
    int bad = timed("New York, circles", &f.data, &o, pool);
    o.replications = 999;
    bad += timed("New York, circles", &f.data, &o, pool);
    o.shape = SCAN_ELLIPSE;
    o.most_population = 0.1;
    o.penalty = SCAN_PENALTY_MEDIUM;
    bad += timed("New York, ellipses to 10 %", &f.data, &o, pool);
    read_columns(c, "scan/nyw_adjacency_pairs.csv", ",");
    uint32_t pairs[2 * FILE_ROWS];
    for (uint32_t i = 0; i < c->n; i++)
        for (int k = 0; k < 2; k++)
            pairs[2 * i + (uint32_t)k] = (uint32_t)c->at[k][i] - 1;
    struct graph g;
    struct error e = {0};
    if (graph_make(&g, f.n, pairs, c->n, a, &e))
        return 1;
    f.data.graph = &g;
    o = base;
    o.shape = SCAN_FLEXIBLE;
    o.replications = 999;
    for (o.most_areas = 10; o.most_areas <= 15; o.most_areas += 5)
        bad += timed(o.most_areas == 10 ? "New York, flexible K 10"
                                        : "New York, flexible K 15",
                     &f.data, &o, pool);
    return bad;
}

static int india(struct pool *pool, struct arena *a)
{
    struct scan_file f;
    if (!read_india(&f, a))
        return 0;
    struct scan_options o = base;
    o.model = SCAN_BERNOULLI;
    o.metric = SCAN_GREAT_CIRCLE;
    o.replications = 999;
    int bad = timed("India, 164.5 million children", &f.data, &o, pool);
    o.report = SCAN_GINI;
    bad += timed("India, Gini", &f.data, &o, pool);
    o.replications = 0;
    bad += timed("India, no replications", &f.data, &o, pool);
    return bad;
}

static int others(struct pool *pool, struct arena *a)
{
    struct scan_file f;
    int bad = 0;
    struct scan_options o = base;
    o.model = SCAN_BERNOULLI;
    if (read_humberside(&f, a))
        bad += timed("North Humberside", &f.data, &o, pool);
    o = (struct scan_options){.model = SCAN_PERMUTATION,
                              .span = SCAN_PROSPECTIVE,
                              .metric = SCAN_GREAT_CIRCLE,
                              .most_population = 0.5,
                              .most_distance = 3,
                              .most_times = 7,
                              .replications = 9999,
                              .seed = 1};
    if (read_fever(&f, a)) {
        bad += timed("New York City fever", &f.data, &o, pool);
        o.span = SCAN_SPACE_TIME;
        bad += timed("New York City fever, retrospective", &f.data, &o, pool);
    }
    return bad;
}

int main(int argc, char **argv)
{
    struct pool *pool;
    struct error e = {0};
    struct arena a;
    arena_init(&a, 0);
    if (pool_open(&pool, argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 2, &e))
        return 1;
    int bad = new_york(pool, &a) + india(pool, &a) + others(pool, &a);
    pool_close(pool);
    arena_free(&a);
    return bad;
}
