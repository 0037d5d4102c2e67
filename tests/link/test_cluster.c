// SPDX-License-Identifier: AGPL-3.0-or-later
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../tap.h"
#include "base/memory.h"
#include "base/rng.h"
#include "link/cluster.h"

enum { MOST = 64, MOST_EDGES = 600 };

struct graph {
    uint32_t n;
    struct link_edge edges[MOST_EDGES];
    uint64_t n_edges;
    uint8_t source[MOST];
    bool unique[8];
};

// Edges at random, some twice, some to the record itself, weights in steps (so that there
// are ties) or all different.
static void draw(struct rng *r, struct graph *g, uint32_t most, bool ties)
{
    g->n = 1 + (uint32_t)rng_below(r, most);
    g->n_edges = rng_below(r, g->n * 3 + 1);
    unsigned n_sources = 1 + (unsigned)rng_below(r, 4);
    for (unsigned s = 0; s < 8; s++)
        g->unique[s] = rng_chance(r, 0.6);
    for (uint32_t i = 0; i < g->n; i++)
        g->source[i] = (uint8_t)rng_below(r, n_sources);
    for (uint64_t k = 0; k < g->n_edges; k++) {
        double weight = ties ? (double)rng_below(r, 9) - 3 : rng_uniform(r) * 20 - 6;
        g->edges[k] = (struct link_edge){(uint32_t)rng_below(r, g->n),
                                         (uint32_t)rng_below(r, g->n), (float)weight};
        if (k && rng_chance(r, 0.05))
            g->edges[k] = g->edges[k - 1];
    }
}

static void shuffle(struct rng *r, struct graph *g)
{
    for (uint64_t k = g->n_edges; k > 1; k--) {
        uint64_t j = rng_below(r, k);
        struct link_edge one = g->edges[k - 1];
        g->edges[k - 1] = g->edges[j];
        g->edges[j] = one;
        if (rng_chance(r, 0.5)) {
            uint32_t left = g->edges[j].left;
            g->edges[j].left = g->edges[j].right;
            g->edges[j].right = left;
        }
    }
}

// number[i]: the new number of record i.
static void renumber(struct rng *r, struct graph *g, uint32_t *number)
{
    size_t items[MOST];
    uint8_t source[MOST];
    for (uint32_t i = 0; i < g->n; i++)
        items[i] = i;
    rng_shuffle(r, items, g->n);
    for (uint32_t i = 0; i < g->n; i++) {
        number[i] = (uint32_t)items[i];
        source[items[i]] = g->source[i];
    }
    memcpy(g->source, source, sizeof source);
    for (uint64_t k = 0; k < g->n_edges; k++) {
        g->edges[k].left = number[g->edges[k].left];
        g->edges[k].right = number[g->edges[k].right];
    }
}

// What clusters should be: spread the smallest number over edges until nothing changes.
static void naive_components(const struct graph *g, double threshold, uint32_t *cluster)
{
    for (uint32_t i = 0; i < g->n; i++)
        cluster[i] = i;
    for (bool again = true; again;) {
        again = false;
        for (uint64_t k = 0; k < g->n_edges; k++) {
            uint32_t a = g->edges[k].left, b = g->edges[k].right;
            if ((double)g->edges[k].weight < threshold || cluster[a] == cluster[b])
                continue;
            uint32_t least = cluster[a] < cluster[b] ? cluster[a] : cluster[b];
            cluster[a] = cluster[b] = least;
            again = true;
        }
    }
}

static void check_same(const uint32_t *a, const uint32_t *b, uint32_t n, uint64_t seed,
                       const char *what)
{
    for (uint32_t i = 0; i < n; i++)
        if (a[i] != b[i])
            fail_msg("%s: seed %" PRIu64 ": record %u is in %u, expected %u", what, seed,
                     i, a[i], b[i]);
}

static void components(void **state)
{
    (void)state;
    struct error e = {0};
    struct graph g;
    for (uint64_t seed = 0; seed < 400; seed++) {
        struct rng r = rng_stream(1, seed);
        uint32_t found[MOST], expected[MOST];
        draw(&r, &g, MOST, true);
        naive_components(&g, 2, expected);
        assert_ok(link_components(g.n, g.edges, g.n_edges, 2, found, &e));
        check_same(found, expected, g.n, seed, "components");
        shuffle(&r, &g);
        assert_ok(link_components(g.n, g.edges, g.n_edges, 2, found, &e));
        check_same(found, expected, g.n, seed, "components, shuffled");
    }
    // a weight that is no number is no link
    uint32_t two[2];
    struct link_edge bad = {0, 1, NAN};
    assert_ok(link_components(2, &bad, 1, -INFINITY, two, &e));
    assert_true(two[1] == 1);
    assert_ok(link_components(0, NULL, 0, 0, two, &e));
}

// --- best links, as Splink makes them: rounds in which each cluster and its best
// neighbour, when each is the other's best, become one

struct naive_link {
    uint32_t a, b;
    float weight;
};

static uint32_t naive_links(const struct graph *g, double threshold,
                            struct naive_link *out)
{
    uint32_t n = 0;
    for (uint32_t a = 0; a < g->n; a++)
        for (uint32_t b = a + 1; b < g->n; b++) {
            float best = -INFINITY;
            for (uint64_t k = 0; k < g->n_edges; k++)
                if (((g->edges[k].left == a && g->edges[k].right == b) ||
                     (g->edges[k].left == b && g->edges[k].right == a)) &&
                    g->edges[k].weight > best)
                    best = g->edges[k].weight;
            if (isfinite(best) && (double)best >= threshold)
                out[n++] = (struct naive_link){a, b, best};
        }
    return n;
}

static bool is_tied(const struct graph *g, const struct naive_link *links, uint32_t n,
                    uint32_t k, uint32_t record, uint32_t other)
{
    uint32_t same = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (links[i].weight < links[k].weight || links[i].weight > links[k].weight)
            continue;
        uint32_t partner = links[i].a == record   ? links[i].b
                           : links[i].b == record ? links[i].a
                                                  : UINT32_MAX;
        same += partner != UINT32_MAX && g->source[partner] == g->source[other];
    }
    return same > 1 && g->unique[g->source[other]];
}

// May two clusters become one?
static bool fit(const struct graph *g, const uint32_t *cluster, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < g->n; i++)
        for (uint32_t j = 0; j < g->n; j++)
            if (cluster[i] == a && cluster[j] == b && g->source[i] == g->source[j] &&
                g->unique[g->source[i]])
                return false;
    return a != b;
}

static void naive_best(const struct graph *g, double threshold, uint32_t *cluster)
{
    static struct naive_link all[MOST * MOST], links[MOST * MOST];
    uint32_t n_all = naive_links(g, threshold, all), n = 0;
    for (uint32_t k = 0; k < n_all; k++)
        if (!is_tied(g, all, n_all, k, all[k].a, all[k].b) &&
            !is_tied(g, all, n_all, k, all[k].b, all[k].a))
            links[n++] = all[k];
    for (uint32_t i = 0; i < g->n; i++)
        cluster[i] = i;
    for (;;) {
        int64_t best[MOST]; // of each cluster; equal weights: the first link
        for (uint32_t i = 0; i < g->n; i++)
            best[i] = -1;
        for (uint32_t k = 0; k < n; k++) {
            uint32_t a = cluster[links[k].a], b = cluster[links[k].b];
            if (!fit(g, cluster, a, b))
                continue;
            if (best[a] < 0 || links[k].weight > links[best[a]].weight)
                best[a] = k;
            if (best[b] < 0 || links[k].weight > links[best[b]].weight)
                best[b] = k;
        }
        bool joined = false;
        for (uint32_t k = 0; k < n && !joined; k++) {
            uint32_t a = cluster[links[k].a], b = cluster[links[k].b];
            if (best[a] != k || best[b] != k)
                continue;
            for (uint32_t i = 0; i < g->n; i++)
                if (cluster[i] == a || cluster[i] == b)
                    cluster[i] = a < b ? a : b;
            joined = true;
        }
        if (!joined)
            return;
    }
}

static void best_links(void **state)
{
    (void)state;
    struct error e = {0};
    struct graph g;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct rng r = rng_stream(2, seed);
        uint32_t found[MOST], expected[MOST];
        draw(&r, &g, 24, seed % 2);
        struct cluster_sources sources = {g.source, g.unique};
        naive_best(&g, 1, expected);
        assert_ok(link_best_links(g.n, g.edges, g.n_edges, 1, &sources, found, &e));
        check_same(found, expected, g.n, seed, "best links");
        shuffle(&r, &g);
        assert_ok(link_best_links(g.n, g.edges, g.n_edges, 1, &sources, found, &e));
        check_same(found, expected, g.n, seed, "best links, shuffled");
        // without sources, and without sources of this kind, they are the components
        naive_components(&g, 1, expected);
        assert_ok(link_best_links(g.n, g.edges, g.n_edges, 1, NULL, found, &e));
        check_same(found, expected, g.n, seed, "best links, no sources");
    }
}

// The clusters that Splink 5.0 gives for these links (one_to_one_clustering, ties_method
// "drop"; its match probabilities are the weights / 16) of 16 records in 4 sources, each
// of which holds a person once.
static void best_links_as_splink(void **state)
{
    (void)state;
    struct error e = {0};
    const struct link_edge edges[] = {
        {7, 10, 5},  {0, 15, 8}, {10, 14, 5}, {8, 13, 2}, {5, 8, 2},  {0, 9, 1},
        {3, 6, 7},   {6, 9, 2},  {0, 13, 2},  {6, 15, 7}, {1, 13, 4}, {5, 9, 9},
        {12, 13, 2}, {3, 4, 2},  {2, 15, 4},  {6, 7, 5},  {6, 11, 3}, {10, 13, 7},
        {0, 6, 5},   {9, 14, 4}, {2, 6, 7},   {0, 3, 9},  {0, 12, 6}, {1, 2, 4},
        {0, 7, 6},   {9, 11, 8}, {4, 9, 1},   {4, 13, 7}, {5, 10, 3}, {7, 11, 4},
        {5, 11, 9},  {6, 10, 7}, {9, 15, 2},  {3, 8, 4},  {6, 8, 8},  {8, 9, 3},
        {8, 15, 2},  {0, 1, 3},  {7, 13, 4},  {1, 4, 6},  {4, 14, 8}, {10, 15, 9},
        {2, 7, 2}};
    const uint8_t source[] = {3, 1, 1, 3, 1, 0, 3, 2, 1, 0, 0, 3, 3, 1, 0, 0};
    const bool unique[] = {true, true, true, true};
    const uint32_t splink[] = {0, 1, 0, 3, 3, 5, 6, 0, 6, 6, 10, 5, 12, 10, 3, 0};
    struct cluster_sources sources = {source, unique};
    uint32_t found[16];
    assert_ok(
        link_best_links(16, edges, sizeof edges / sizeof *edges, 2, &sources, found, &e));
    check_same(found, splink, 16, 0, "as Splink");
}

static void one_to_one(void **state)
{
    (void)state;
    struct error e = {0};
    struct graph g;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct rng r = rng_stream(3, seed);
        bool kept[MOST_EDGES], taken[MOST][MOST] = {{false}};
        static bool expected[MOST][MOST], found[MOST][MOST];
        static struct naive_link links[MOST * MOST];
        draw(&r, &g, 20, seed % 2);
        if (seed % 3 == 0)
            shuffle(&r, &g);
        struct cluster_sources sources = {g.source, g.unique};
        assert_ok(link_one_to_one(g.n, g.edges, g.n_edges, 1, &sources, kept, &e));
        memset(found, 0, sizeof found);
        memset(expected, 0, sizeof expected);
        for (uint64_t k = 0; k < g.n_edges; k++)
            if (kept[k]) {
                uint32_t a = g.edges[k].left, b = g.edges[k].right;
                if (g.unique[g.source[a]] || g.unique[g.source[b]])
                    assert_false(found[a][b]); // an edge given twice is kept once
                found[a][b] = found[b][a] = true;
            }
        uint32_t n = naive_links(&g, 1, links);
        for (;;) { // the best link that is left, the first of those
            uint32_t best = UINT32_MAX;
            for (uint32_t k = 0; k < n; k++)
                if (!expected[links[k].a][links[k].b] &&
                    !taken[links[k].a][g.source[links[k].b]] &&
                    !taken[links[k].b][g.source[links[k].a]] &&
                    !expected[links[k].a][links[k].b] &&
                    (best == UINT32_MAX || links[k].weight > links[best].weight))
                    best = k;
            if (best == UINT32_MAX)
                break;
            uint32_t a = links[best].a, b = links[best].b;
            taken[a][g.source[b]] = g.unique[g.source[b]];
            taken[b][g.source[a]] = g.unique[g.source[a]];
            expected[a][b] = expected[b][a] = true;
        }
        if (memcmp(found, expected, sizeof found) != 0)
            fail_msg("one to one: seed %" PRIu64, seed);
    }
}

// --- splitting

// The sum of weights over pairs inside clusters of over two records before the split.
static double objective(const struct graph *g, const uint32_t *before,
                        const uint32_t *cluster, double absent)
{
    double sum = 0;
    for (uint32_t a = 0; a < g->n; a++)
        for (uint32_t b = a + 1; b < g->n; b++) {
            if (before[a] != before[b] || cluster[a] != cluster[b])
                continue;
            double weight = NAN;
            for (uint64_t k = 0; k < g->n_edges; k++)
                if ((g->edges[k].left == a && g->edges[k].right == b) ||
                    (g->edges[k].left == b && g->edges[k].right == a))
                    weight = fmax(weight, (double)g->edges[k].weight);
            sum += isnan(weight) ? absent : weight;
        }
    return sum;
}

// The best sum over all partitions of each cluster.
static double best_objective(const struct graph *g, const uint32_t *before,
                             uint32_t *cluster, uint32_t at, double absent)
{
    if (at == g->n)
        return objective(g, before, cluster, absent);
    double best = -INFINITY;
    for (uint32_t i = 0; i <= at; i++) {
        if (i < at && cluster[i] != i)
            continue;
        cluster[at] = i;
        best = fmax(best, best_objective(g, before, cluster, at + 1, absent));
    }
    return best;
}

static void check_refines(const uint32_t *before, const uint32_t *after, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        assert_true(after[i] <= i && after[after[i]] == after[i]);
        assert_true(before[after[i]] == before[i]);
    }
}

static void split_is_the_best_of_small_clusters(void **state)
{
    (void)state;
    struct error e = {0};
    struct graph g;
    uint64_t total = 0;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct rng r = rng_stream(4, seed);
        uint32_t before[MOST], after[MOST], scratch[MOST];
        uint64_t n_split;
        draw(&r, &g, 7, seed % 2);
        assert_ok(link_components(g.n, g.edges, g.n_edges, 0, before, &e));
        memcpy(after, before, sizeof after);
        assert_ok(link_split(g.n, g.edges, g.n_edges, 0, -2, NULL, after, &n_split, &e));
        check_refines(before, after, g.n);
        total += n_split;
        // pairs are never cut: what is said of clusters of two counts on both sides
        double found = objective(&g, before, after, -2);
        double best = best_objective(&g, before, scratch, 0, -2);
        for (uint32_t a = 0; a < g.n; a++)
            for (uint32_t b = a + 1, size = 0; b < g.n; b++, size = 0) {
                for (uint32_t i = 0; i < g.n; i++)
                    size += before[i] == before[a];
                if (size == 2 && before[a] == before[b])
                    assert_true(after[a] == after[b]);
            }
        if (fabs(found - best) > 1e-4)
            fail_msg("seed %" PRIu64 ": sum %g, the best is %g", seed, found, best);
    }
    assert_true(total > 30);
}

static void split_is_never_worse(void **state)
{
    (void)state;
    struct error e = {0};
    struct graph g;
    uint64_t total = 0;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct rng r = rng_stream(5, seed);
        uint32_t before[MOST], after[MOST], again[MOST], number[MOST];
        uint64_t n_split, n_again;
        double absent = -rng_uniform(&r) * 3, threshold = (double)rng_below(&r, 3);
        draw(&r, &g, MOST, seed % 4 == 0);
        struct cluster_sources sources = {g.source, g.unique};
        const struct cluster_sources *given = seed % 2 ? &sources : NULL;
        assert_ok(link_components(g.n, g.edges, g.n_edges, threshold, before, &e));
        memcpy(after, before, sizeof after);
        assert_ok(link_split(g.n, g.edges, g.n_edges, threshold, absent, given, after,
                             &n_split, &e));
        total += n_split;
        check_refines(before, after, g.n);
        if (!given && objective(&g, before, after, absent) <
                          objective(&g, before, before, absent) - 1e-4)
            fail_msg("seed %" PRIu64 ": worse than whole", seed);
        // the same for other numbers and another order (ties may go either way)
        shuffle(&r, &g);
        renumber(&r, &g, number);
        assert_ok(link_components(g.n, g.edges, g.n_edges, threshold, again, &e));
        assert_ok(link_split(g.n, g.edges, g.n_edges, threshold, absent, given, again,
                             &n_again, &e));
        if (seed % 4 == 0)
            continue;
        assert_true(n_again == n_split);
        for (uint32_t a = 0; a < g.n; a++)
            for (uint32_t b = 0; b < a; b++)
                if ((after[a] == after[b]) != (again[number[a]] == again[number[b]]))
                    fail_msg("seed %" PRIu64 ": another partition", seed);
    }
    assert_true(total > 100);
}

// Two people of 30 records each, alike inside, held together by one weak link.
static void split_cuts_a_chain(void **state)
{
    (void)state;
    struct error e = {0};
    static struct link_edge edges[900];
    uint64_t n = 0, n_split;
    uint32_t cluster[60];
    for (uint32_t side = 0; side < 2; side++)
        for (uint32_t a = 0; a < 30; a++)
            for (uint32_t b = a + 1; b < 30; b++)
                edges[n++] = (struct link_edge){2 * a + side, 2 * b + side, 8};
    edges[n++] = (struct link_edge){10, 11, 5};
    assert_ok(link_components(60, edges, n, 4, cluster, &e));
    assert_true(cluster[59] == 0);
    assert_ok(link_split(60, edges, n, 4, -1, NULL, cluster, &n_split, &e));
    assert_true(n_split == 1);
    for (uint32_t i = 0; i < 60; i++)
        assert_true(cluster[i] == i % 2);
    // without a cost for pairs that were never compared nothing speaks against it
    assert_ok(link_components(60, edges, n, 4, cluster, &e));
    assert_ok(link_split(60, edges, n, 4, 0, NULL, cluster, &n_split, &e));
    assert_true(n_split == 0 && cluster[59] == 0);
}

// 3,000 records of 300 people in one component, through links that are wrong.
static void split_finds_planted_people(void **state)
{
    (void)state;
    struct error e = {0};
    enum { N = 3000, PEOPLE = 300 };
    struct rng r = rng_seed(6);
    static struct link_edge edges[N * 20];
    static uint32_t cluster[N];
    uint64_t n = 0, n_split;
    for (uint32_t a = 0; a < N; a++)
        for (uint32_t b = a + PEOPLE; b < N; b += PEOPLE)
            if (rng_chance(&r, 0.8))
                edges[n++] = (struct link_edge){a, b, (float)(rng_uniform(&r) * 10 + 4)};
    for (uint32_t k = 0; k < 6000; k++) {
        uint32_t a = (uint32_t)rng_below(&r, N), b = (uint32_t)rng_below(&r, N);
        if (a % PEOPLE != b % PEOPLE)
            edges[n++] = (struct link_edge){a, b, (float)(rng_uniform(&r) * 12 - 6)};
    }
    assert_ok(link_components(N, edges, n, 3, cluster, &e));
    for (uint32_t i = 0; i < N; i++)
        assert_true(cluster[i] == 0);
    assert_ok(link_split(N, edges, n, 3, -2, NULL, cluster, &n_split, &e));
    assert_true(n_split == 1);
    for (uint32_t i = 0; i < N; i++)
        assert_true(cluster[i] == i % PEOPLE);
}

static void split_keeps_sources_apart(void **state)
{
    (void)state;
    struct error e = {0};
    uint8_t source[4] = {0, 0, 1, 2};
    bool unique[3] = {true, false, false};
    struct cluster_sources sources = {source, unique};
    struct link_edge edges[] = {{0, 1, 20}, {0, 2, 9}, {0, 3, 9},
                                {1, 2, 8},  {1, 3, 8}, {2, 3, 9}};
    uint32_t cluster[4] = {0, 0, 0, 0};
    uint64_t n_split;
    assert_ok(link_split(4, edges, 6, 3, -1, &sources, cluster, &n_split, &e));
    assert_true(n_split == 1);
    assert_true(cluster[0] == 0 && cluster[1] == 1 && cluster[2] == 0 && cluster[3] == 0);
}

// --- quality

static bool hangs_together(const struct graph *g, const uint32_t *cluster, uint32_t which,
                           double threshold, uint32_t but_a, uint32_t but_b)
{
    static struct graph part;
    uint32_t found[MOST];
    part.n = g->n;
    part.n_edges = 0;
    for (uint64_t k = 0; k < g->n_edges; k++) {
        uint32_t a = g->edges[k].left, b = g->edges[k].right;
        if (cluster[a] == which && cluster[b] == which && !(a == but_a && b == but_b) &&
            !(a == but_b && b == but_a))
            part.edges[part.n_edges++] = g->edges[k];
    }
    naive_components(&part, threshold, found);
    for (uint32_t i = 0; i < g->n; i++)
        if (cluster[i] == which && found[i] != found[which])
            return false;
    return true;
}

static void check_quality(const struct graph *g, const uint32_t *cluster,
                          const struct cluster_quality *q)
{
    static struct naive_link links[MOST * MOST];
    uint32_t size = 0, same_source = 0, bridges = 0;
    uint64_t edges = 0;
    for (uint32_t a = 0; a < g->n; a++) {
        size += cluster[a] == q->cluster;
        for (uint32_t b = a + 1; b < g->n; b++)
            same_source += cluster[a] == q->cluster && cluster[b] == q->cluster &&
                           g->source[a] == g->source[b] && g->unique[g->source[a]];
    }
    uint32_t n = naive_links(g, 1, links);
    for (uint32_t k = 0; k < n; k++)
        if (cluster[links[k].a] == q->cluster) {
            edges++;
            bridges += !hangs_together(g, cluster, q->cluster, 1, links[k].a, links[k].b);
        }
    assert_true(q->size == size && q->edges == edges && q->same_source == same_source);
    assert_true(q->bridges == bridges);
    assert_true(fabs(q->density - (double)edges / (size * (size - 1) / 2.0)) < 1e-12);
    double just_over = nextafterf((float)q->weakest, INFINITY);
    assert_true(hangs_together(g, cluster, q->cluster, q->weakest, g->n, g->n));
    assert_false(hangs_together(g, cluster, q->cluster, just_over, g->n, g->n));
}

static void quality(void **state)
{
    (void)state;
    struct error e = {0};
    struct graph g;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct rng r = rng_stream(7, seed);
        uint32_t cluster[MOST], clusters = 0, size[MOST] = {0};
        struct cluster_quality *list;
        uint64_t n;
        draw(&r, &g, 30, seed % 2);
        struct cluster_sources sources = {g.source, g.unique};
        assert_ok(link_components(g.n, g.edges, g.n_edges, 1, cluster, &e));
        assert_ok(link_cluster_quality(g.n, g.edges, g.n_edges, 1, &sources, cluster,
                                       &list, &n, &e));
        for (uint32_t i = 0; i < g.n; i++)
            clusters += ++size[cluster[i]] == 2;
        assert_true(n == clusters);
        for (uint64_t i = 0; i < n; i++) {
            check_quality(&g, cluster, &list[i]);
            assert_true(!i || list[i - 1].weakest < list[i].weakest ||
                        (list[i - 1].weakest <= list[i].weakest &&
                         list[i - 1].density <= list[i].density));
        }
        mem_free(list);
    }
    // a cluster that its edges do not hold together, and a long chain
    enum { LONG = 100000 };
    uint32_t *cluster = mem_alloc(LONG, sizeof *cluster);
    struct link_edge *edges = mem_alloc(LONG, sizeof *edges);
    struct cluster_quality *list;
    uint64_t n;
    assert_true(cluster && edges);
    assert_ok(link_cluster_quality(2, NULL, 0, 1, NULL, cluster, &list, &n, &e));
    assert_true(n == 1 && list->edges == 0 && list->weakest < -1e300);
    mem_free(list);
    for (uint32_t i = 0; i + 1 < LONG; i++)
        edges[i] = (struct link_edge){i, i + 1, 3};
    assert_ok(
        link_cluster_quality(LONG, edges, LONG - 1, 1, NULL, cluster, &list, &n, &e));
    assert_true(n == 1 && list->bridges == LONG - 1 && list->weakest >= 3);
    mem_free(list);
    mem_free(edges);
    mem_free(cluster);
}

// --- new records

static void add(void **state)
{
    (void)state;
    struct error e = {0};
    struct graph g;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct rng r = rng_stream(8, seed);
        uint32_t old[MOST], found[MOST], expected[MOST];
        struct cluster_change *merged;
        uint64_t n_merged, n_before = 0, n_known = 0;
        draw(&r, &g, MOST, true);
        uint32_t n_old = (uint32_t)rng_below(&r, g.n + 1);
        // old edges first: what is known; an old edge that comes again is passed over
        for (uint64_t k = 0; k < g.n_edges; k++)
            if (g.edges[k].left < n_old && g.edges[k].right < n_old) {
                struct link_edge one = g.edges[k];
                g.edges[k] = g.edges[n_before];
                g.edges[n_before++] = one;
            }
        uint64_t known = n_before / 2; // the other half was never taken
        assert_ok(link_components(n_old, g.edges, known, 2, old, &e));
        memcpy(found, old, sizeof found);
        for (uint32_t i = n_old; i < g.n; i++)
            found[i] = 77;
        assert_ok(link_cluster_add(n_old, g.n, g.edges, g.n_edges, 2, found, &merged,
                                   &n_merged, &e));
        memmove(g.edges + known, g.edges + n_before,
                (g.n_edges - n_before) * sizeof *g.edges);
        g.n_edges -= n_before - known;
        naive_components(&g, 2, expected);
        check_same(found, expected, g.n, seed, "added");
        for (uint32_t i = 0; i < n_old; i++)
            n_known += old[i] == i && found[i] != i;
        assert_true(n_merged == n_known);
        for (uint64_t k = 0; k < n_merged; k++) {
            assert_true(old[merged[k].from] == merged[k].from);
            assert_true(found[merged[k].from] == merged[k].into);
            assert_true(merged[k].into < merged[k].from);
            assert_true(!k || merged[k - 1].from < merged[k].from);
        }
        mem_free(merged);
    }
}

// Whether the clusters of a and b may become one: not both are known, and no source that
// holds each person once is in both.
static bool may_join(const struct graph *g, const uint32_t *cluster, uint32_t n_old,
                     uint32_t a, uint32_t b)
{
    bool known[2] = {false, false};
    for (uint32_t i = 0; i < g->n; i++) {
        known[0] |= cluster[i] == cluster[a] && i < n_old;
        known[1] |= cluster[i] == cluster[b] && i < n_old;
        for (uint32_t k = 0; k < g->n; k++)
            if (cluster[i] == cluster[a] && cluster[k] == cluster[b] &&
                g->source[i] == g->source[k] && g->unique[g->source[i]])
                return false;
    }
    return !known[0] || !known[1];
}

static void naive_add_once(const struct graph *g, uint32_t n_old, double threshold,
                           uint32_t *cluster, bool expected[MOST][MOST])
{
    static struct naive_link links[MOST * MOST];
    bool taken[MOST][MOST] = {{false}}, seen[MOST][MOST] = {{false}};
    uint32_t n = naive_links(g, threshold, links);
    for (;;) {
        uint32_t best = UINT32_MAX;
        for (uint32_t k = 0; k < n; k++)
            if (!seen[links[k].a][links[k].b] &&
                (best == UINT32_MAX || links[k].weight > links[best].weight))
                best = k;
        if (best == UINT32_MAX)
            return;
        uint32_t a = links[best].a, b = links[best].b;
        seen[a][b] = true;
        if ((a < n_old && b < n_old) || taken[a][g->source[b]] || taken[b][g->source[a]])
            continue;
        if (cluster[a] != cluster[b] && !may_join(g, cluster, n_old, a, b))
            continue;
        taken[a][g->source[b]] = g->unique[g->source[b]];
        taken[b][g->source[a]] = g->unique[g->source[a]];
        expected[a][b] = expected[b][a] = true;
        uint32_t from = cluster[a] > cluster[b] ? cluster[a] : cluster[b];
        uint32_t into = cluster[a] > cluster[b] ? cluster[b] : cluster[a];
        for (uint32_t i = 0; i < g->n; i++)
            cluster[i] = cluster[i] == from ? into : cluster[i];
    }
}

static void add_once(void **state)
{
    (void)state;
    struct error e = {0};
    struct graph g;
    uint64_t n_kept = 0, n_refused = 0;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct rng r = rng_stream(10, seed);
        uint32_t found[MOST], expected[MOST];
        bool kept[MOST_EDGES];
        static bool links[MOST][MOST], expected_links[MOST][MOST];
        draw(&r, &g, MOST, seed % 2);
        uint32_t n_old = (uint32_t)rng_below(&r, g.n + 1);
        struct cluster_sources sources = {g.source, g.unique};
        // what is known is any partition
        for (uint32_t i = 0; i < g.n; i++) {
            bool joins = i && i < n_old && rng_chance(&r, 0.3);
            expected[i] = joins ? expected[rng_below(&r, i)] : i;
            found[i] = i < n_old ? expected[i] : 77;
        }
        memset(links, 0, sizeof links);
        memset(expected_links, 0, sizeof expected_links);
        assert_ok(link_cluster_add_once(n_old, g.n, g.edges, g.n_edges, 1, &sources,
                                        found, kept, &e));
        naive_add_once(&g, n_old, 1, expected, expected_links);
        check_same(found, expected, g.n, seed, "added once");
        for (uint64_t k = 0; k < g.n_edges; k++) {
            uint32_t a = g.edges[k].left, b = g.edges[k].right;
            n_refused += !kept[k] && (double)g.edges[k].weight >= 1;
            n_kept += kept[k];
            if (!kept[k])
                continue;
            assert_false(links[a][b]);
            links[a][b] = links[b][a] = true;
        }
        if (memcmp(links, expected_links, sizeof links) != 0)
            fail_msg("links added once: seed %" PRIu64, seed);
    }
    assert_true(n_kept > 1000 && n_refused > 1000);
}

// --- memory

static enum err everything(const struct graph *g, struct error *e)
{
    uint32_t cluster[MOST];
    bool kept[MOST_EDGES];
    uint64_t n;
    struct cluster_quality *list;
    struct cluster_change *merged;
    struct cluster_sources sources = {g->source, g->unique};
    enum err code = link_best_links(g->n, g->edges, g->n_edges, 1, &sources, cluster, e);
    if (!code)
        code = link_one_to_one(g->n, g->edges, g->n_edges, 1, &sources, kept, e);
    if (!code)
        code = link_components(g->n, g->edges, g->n_edges, 1, cluster, e);
    if (!code)
        code = link_split(g->n, g->edges, g->n_edges, 1, -1, &sources, cluster, &n, e);
    if (!code) {
        code = link_cluster_quality(g->n, g->edges, g->n_edges, 1, &sources, cluster,
                                    &list, &n, e);
        if (!code)
            mem_free(list);
    }
    if (!code) {
        code = link_cluster_add(g->n / 2, g->n, g->edges, g->n_edges, 1, cluster, &merged,
                                &n, e);
        if (!code)
            mem_free(merged);
    }
    if (!code)
        code = link_cluster_add_once(g->n / 2, g->n, g->edges, g->n_edges, 1, &sources,
                                     cluster, kept, e);
    return code;
}

static void memory_runs_out(void **state)
{
    (void)state;
    struct error e = {0};
    struct graph g;
    struct rng r = rng_seed(9);
    do
        draw(&r, &g, MOST, false);
    while (g.n < 50 || g.n_edges < 120);
    int64_t calls = 0;
    (void)mem_fail_after(-1);
    assert_ok(everything(&g, &e));
    calls = mem_fail_after(-1);
    assert_true(calls > 40);
    for (int64_t n = 0; n < calls; n++) {
        (void)mem_fail_after(n);
        enum err code = everything(&g, &e);
        (void)mem_fail_after(-1);
        assert_int_equal(code, ERR_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(components),
        cmocka_unit_test(best_links),
        cmocka_unit_test(best_links_as_splink),
        cmocka_unit_test(one_to_one),
        cmocka_unit_test(split_is_the_best_of_small_clusters),
        cmocka_unit_test(split_is_never_worse),
        cmocka_unit_test(split_cuts_a_chain),
        cmocka_unit_test(split_finds_planted_people),
        cmocka_unit_test(split_keeps_sources_apart),
        cmocka_unit_test(quality),
        cmocka_unit_test(add),
        cmocka_unit_test(add_once),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
