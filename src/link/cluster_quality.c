// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/cluster_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { FEW = 16 };

struct scratch { // for the largest cluster
    uint32_t *root;
    struct link_keyed *order, *spare; // edges by weight
    uint64_t *start;                  // [records + 1] links of each record
    uint32_t *to;
    uint64_t *next; // walk: the next link to take from a record
    uint32_t *seen, *low, *came_from, *stack;
};

static void scratch_free(struct scratch *s)
{
    mem_free(s->root);
    mem_free(s->order);
    mem_free(s->spare);
    mem_free(s->start);
    mem_free(s->to);
    mem_free(s->next);
    mem_free(s->seen);
    mem_free(s->low);
    mem_free(s->came_from);
    mem_free(s->stack);
}

static bool scratch_make(struct scratch *s, const struct cluster_groups *g)
{
    size_t records = g->most_records, edges = g->most_edges;
    s->root = mem_alloc(records, sizeof *s->root);
    s->order = mem_alloc(edges, sizeof *s->order);
    s->spare = mem_alloc(edges, sizeof *s->spare);
    s->start = mem_alloc(records + 1, sizeof *s->start);
    s->to = mem_alloc(edges, 2 * sizeof *s->to);
    s->next = mem_alloc(records, sizeof *s->next);
    s->seen = mem_alloc(records, sizeof *s->seen);
    s->low = mem_alloc(records, sizeof *s->low);
    s->came_from = mem_alloc(records, sizeof *s->came_from);
    s->stack = mem_alloc(records, sizeof *s->stack);
    return s->root && s->order && s->spare && s->start && s->to && s->next && s->seen &&
           s->low && s->came_from && s->stack;
}

// The weight of the last edge that is needed to hold all records together when the best
// are taken first (Kruskal 1956).
static double weakest_link(uint32_t records, const struct link_keyed *edge, uint64_t n,
                           struct scratch *s)
{
    for (uint32_t i = 0; i < records; i++)
        s->root[i] = i;
    for (uint64_t i = 0; i < n; i++)
        s->order[i] = (struct link_keyed){~edge[i].value, edge[i].key};
    link_sort_keys(s->order, s->spare, n);
    uint32_t parts = records;
    for (uint64_t i = 0; i < n; i++) {
        uint32_t a = cluster_root(s->root, (uint32_t)(s->order[i].value >> 32));
        uint32_t b = cluster_root(s->root, (uint32_t)s->order[i].value);
        if (a == b)
            continue;
        cluster_unite(s->root, a, b);
        if (--parts == 1)
            return (double)link_key_float((uint32_t)~s->order[i].key);
    }
    return -INFINITY;
}

// Lists the links (edges of at least the key) at both their records.
static uint64_t list_links(uint32_t records, const struct link_keyed *edge, uint64_t n,
                           double threshold, struct scratch *s)
{
    uint64_t links = 0;
    memset(s->start, 0, ((size_t)records + 1) * sizeof *s->start);
    for (uint64_t i = 0; i < n; i++)
        if ((double)link_key_float((uint32_t)edge[i].value) >= threshold) {
            s->start[edge[i].key >> 32]++;
            s->start[(uint32_t)edge[i].key]++;
            links++;
        }
    for (uint32_t i = 0; i < records; i++)
        s->start[i + 1] += s->start[i];
    for (uint64_t i = 0; i < n; i++)
        if ((double)link_key_float((uint32_t)edge[i].value) >= threshold) {
            uint32_t a = (uint32_t)(edge[i].key >> 32), b = (uint32_t)edge[i].key;
            s->to[--s->start[a]] = b;
            s->to[--s->start[b]] = a;
        }
    return links;
}

// Links whose loss alone would part a cluster (Tarjan 1974): those over which a walk in
// depth finds nothing that leads back. Without recursion, for a chain may be long.
static uint32_t count_bridges(uint32_t records, struct scratch *s)
{
    uint32_t bridges = 0, time = 0;
    memset(s->seen, 0, records * sizeof *s->seen);
    for (uint32_t from = 0; from < records; from++) {
        if (s->seen[from])
            continue;
        uint32_t depth = 0;
        s->stack[depth++] = from;
        s->came_from[from] = UINT32_MAX;
        s->seen[from] = s->low[from] = ++time;
        s->next[from] = s->start[from];
        while (depth) {
            uint32_t v = s->stack[depth - 1];
            if (s->next[v] < s->start[v + 1]) {
                uint32_t u = s->to[s->next[v]++];
                if (!s->seen[u]) {
                    s->came_from[u] = v;
                    s->seen[u] = s->low[u] = ++time;
                    s->next[u] = s->start[u];
                    s->stack[depth++] = u;
                } else if (u != s->came_from[v] && s->seen[u] < s->low[v]) {
                    s->low[v] = s->seen[u];
                }
                continue;
            }
            depth--;
            uint32_t above = s->came_from[v];
            if (above == UINT32_MAX)
                continue;
            bridges += s->low[v] > s->seen[above];
            s->low[above] = s->low[v] < s->low[above] ? s->low[v] : s->low[above];
        }
    }
    return bridges;
}

static uint32_t count_same_source(const uint32_t *record, uint32_t records,
                                  const struct cluster_sources *sources)
{
    uint64_t pairs = 0;
    for (uint32_t i = 0; sources && records <= FEW && i < records; i++)
        for (uint32_t k = 0; k < i; k++)
            pairs += sources->source[record[i]] == sources->source[record[k]] &&
                     sources->unique[sources->source[record[i]]];
    if (!sources || records <= FEW)
        return (uint32_t)pairs;
    uint64_t count[256] = {0};
    for (uint32_t i = 0; i < records; i++)
        if (sources->unique[sources->source[record[i]]])
            pairs += count[sources->source[record[i]]]++;
    return pairs < UINT32_MAX ? (uint32_t)pairs : UINT32_MAX;
}

static int by_need(const void *a, const void *b)
{
    const struct cluster_quality *x = a, *y = b;
    if (x->weakest < y->weakest || x->weakest > y->weakest)
        return x->weakest < y->weakest ? -1 : 1;
    if (x->density < y->density || x->density > y->density)
        return x->density < y->density ? -1 : 1;
    return x->cluster < y->cluster ? -1 : x->cluster > y->cluster;
}

enum err link_cluster_quality(uint32_t n, const struct link_edge *edges, uint64_t n_edges,
                              double threshold, const struct cluster_sources *sources,
                              const uint32_t *cluster, struct cluster_quality **quality,
                              uint64_t *n_quality, struct error *e)
{
    struct cluster_groups g;
    struct scratch s = {0};
    *quality = NULL;
    *n_quality = 0;
    enum err code = cluster_groups_make(n, edges, n_edges, 2, cluster, &g, e);
    if (code)
        return code;
    struct cluster_quality *list = mem_alloc(g.n, sizeof *list);
    if (!list || !scratch_make(&s, &g)) {
        mem_free(list);
        code = error_memory(e);
        goto out;
    }
    for (uint32_t i = 0; i < g.n; i++) {
        const uint32_t *record = g.record + g.begin[i];
        const struct link_keyed *edge = g.edge + g.first[i];
        uint32_t records = g.begin[i + 1] - g.begin[i];
        if (records == 2 && g.n_edges[i]) { // most clusters
            double weight = (double)link_key_float((uint32_t)edge->value);
            bool is_link = weight >= threshold;
            list[i] = (struct cluster_quality){.cluster = record[0],
                                               .size = 2,
                                               .edges = is_link,
                                               .density = is_link,
                                               .weakest = weight,
                                               .bridges = is_link,
                                               .same_source =
                                                   count_same_source(record, 2, sources)};
            continue;
        }
        uint64_t links = list_links(records, edge, g.n_edges[i], threshold, &s);
        list[i] = (struct cluster_quality){
            .cluster = record[0],
            .size = records,
            .edges = links,
            .density = (double)links / ((double)records * (records - 1) / 2),
            .weakest = weakest_link(records, edge, g.n_edges[i], &s),
            .bridges = count_bridges(records, &s),
            .same_source = count_same_source(record, records, sources)};
    }
    qsort(list, g.n, sizeof *list, by_need);
    *quality = list;
    *n_quality = g.n;
out:
    scratch_free(&s);
    cluster_groups_free(&g);
    return code;
}
