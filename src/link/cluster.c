// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/cluster_private.h"

#include <assert.h>

#include "base/memory.h"
#include "link/sort_keys.h"

static void alone(uint32_t *cluster, uint32_t first, uint32_t n)
{
    for (uint32_t i = first; i < n; i++)
        cluster[i] = i;
}

enum err link_components(uint32_t n, const struct link_edge *edges, uint64_t n_edges,
                         double threshold, uint32_t *cluster, struct error *e)
{
    (void)e;
    alone(cluster, 0, n);
    for (uint64_t k = 0; k < n_edges; k++) {
        assert(edges[k].left < n && edges[k].right < n);
        if (!cluster_is_link(&edges[k], threshold))
            continue;
        uint32_t a = cluster_root(cluster, edges[k].left);
        uint32_t b = cluster_root(cluster, edges[k].right);
        if (a != b)
            cluster_unite(cluster, a, b);
    }
    cluster_flatten(cluster, 0, n);
    return ERR_OK;
}

// --- links in order of weight

// Different links, best first; of those that weigh the same, smaller records first.
struct ordered {
    struct link_keyed *links, *scratch; // value: number of the edge
    size_t n;
};

static void ordered_free(struct ordered *o)
{
    mem_free(o->links);
    mem_free(o->scratch);
}

static enum err order_links(const struct link_edge *edges, uint64_t n_edges,
                            double threshold, struct ordered *o, struct error *e)
{
    *o = (struct ordered){0};
    size_t n = 0;
    for (uint64_t k = 0; k < n_edges; k++)
        n += cluster_is_link(&edges[k], threshold);
    o->links = mem_alloc(n, sizeof *o->links);
    o->scratch = mem_alloc(n, sizeof *o->scratch);
    if (!o->links || !o->scratch) {
        ordered_free(o);
        return error_memory(e);
    }
    for (uint64_t k = 0; k < n_edges; k++)
        if (cluster_is_link(&edges[k], threshold))
            o->links[o->n++] =
                (struct link_keyed){cluster_pair(edges[k].left, edges[k].right), k};
    link_sort_keys(o->links, o->scratch, o->n);
    size_t kept = 0;
    for (size_t i = 0; i < o->n; i++) {
        struct link_keyed one = o->links[i];
        if (kept && o->links[kept - 1].key == one.key) { // given twice: the better one
            if (edges[one.value].weight > edges[o->links[kept - 1].value].weight)
                o->links[kept - 1].value = one.value;
        } else {
            o->links[kept++] = one;
        }
    }
    o->n = kept;
    for (size_t i = 0; i < kept; i++)
        o->links[i].key = ~link_float_key(edges[o->links[i].value].weight);
    link_sort_keys(o->links, o->scratch, kept);
    return ERR_OK;
}

static bool is_unique(const struct cluster_sources *sources, uint32_t record)
{
    return sources && sources->unique[sources->source[record]];
}

// Takes out links of a record to several records of one source (that holds a person
// once) which weigh the same: nothing says which of them is right.
static enum err drop_ties(const struct link_edge *edges,
                          const struct cluster_sources *sources, struct ordered *o,
                          struct error *e)
{
    size_t longest = 0;
    for (size_t from = 0, to; from < o->n; from = to) {
        for (to = from; to < o->n && o->links[to].key == o->links[from].key;)
            to++;
        longest = to - from > longest ? to - from : longest;
    }
    // ends of the links of one weight: key is record and source, value the link's place
    struct link_keyed *ends = mem_alloc(longest, 2 * sizeof *ends);
    struct link_keyed *scratch = mem_alloc(longest, 2 * sizeof *scratch);
    bool *tied = mem_alloc(o->n, sizeof *tied);
    if (!ends || !scratch || !tied) {
        mem_free(ends);
        mem_free(scratch);
        mem_free(tied);
        return error_memory(e);
    }
    for (size_t from = 0, to; from < o->n; from = to) {
        size_t n = 0;
        for (to = from; to < o->n && o->links[to].key == o->links[from].key; to++) {
            const struct link_edge *edge = &edges[o->links[to].value];
            if (is_unique(sources, edge->right))
                ends[n++] = (struct link_keyed){
                    (uint64_t)edge->left << 8 | sources->source[edge->right], to};
            if (is_unique(sources, edge->left))
                ends[n++] = (struct link_keyed){
                    (uint64_t)edge->right << 8 | sources->source[edge->left], to};
        }
        link_sort_keys(ends, scratch, n);
        for (size_t i = 1; i < n; i++)
            if (ends[i].key == ends[i - 1].key)
                tied[ends[i].value] = tied[ends[i - 1].value] = true;
    }
    size_t kept = 0;
    for (size_t i = 0; i < o->n; i++)
        if (!tied[i])
            o->links[kept++] = o->links[i];
    o->n = kept;
    mem_free(ends);
    mem_free(scratch);
    mem_free(tied);
    return ERR_OK;
}

enum err link_best_links(uint32_t n, const struct link_edge *edges, uint64_t n_edges,
                         double threshold, const struct cluster_sources *sources,
                         uint32_t *cluster, struct error *e)
{
    struct ordered o;
    enum err code = order_links(edges, n_edges, threshold, &o, e);
    if (code)
        return code;
    uint64_t *held = NULL; // by root: the unique sources of its records
    code = drop_ties(edges, sources, &o, e);
    if (!code) {
        held = mem_alloc(n, sizeof *held);
        if (!held)
            code = error_memory(e);
    }
    if (!code) {
        alone(cluster, 0, n);
        for (uint32_t i = 0; i < n; i++)
            if (is_unique(sources, i)) {
                assert(sources->source[i] < 64);
                held[i] = (uint64_t)1 << sources->source[i];
            }
        for (size_t i = 0; i < o.n; i++) {
            const struct link_edge *edge = &edges[o.links[i].value];
            assert(edge->left < n && edge->right < n);
            uint32_t a = cluster_root(cluster, edge->left);
            uint32_t b = cluster_root(cluster, edge->right);
            if (a == b || held[a] & held[b])
                continue;
            uint64_t both = held[a] | held[b];
            held[cluster_unite(cluster, a, b)] = both;
        }
        cluster_flatten(cluster, 0, n);
    }
    mem_free(held);
    ordered_free(&o);
    return code;
}

enum err link_one_to_one(uint32_t n, const struct link_edge *edges, uint64_t n_edges,
                         double threshold, const struct cluster_sources *sources,
                         bool *kept, struct error *e)
{
    struct ordered o;
    enum err code = order_links(edges, n_edges, threshold, &o, e);
    if (code)
        return code;
    uint64_t *used = mem_alloc(n, sizeof *used); // sources a record is linked to
    if (used) {
        for (uint64_t k = 0; k < n_edges; k++)
            kept[k] = false;
        for (size_t i = 0; i < o.n; i++) {
            const struct link_edge *edge = &edges[o.links[i].value];
            unsigned left = sources ? sources->source[edge->left] : 0;
            unsigned right = sources ? sources->source[edge->right] : 0;
            assert(edge->left < n && edge->right < n && left < 64 && right < 64);
            if (used[edge->left] >> right & 1 || used[edge->right] >> left & 1)
                continue;
            // a source that holds people more than once may give many partners
            if (!sources || sources->unique[right])
                used[edge->left] |= (uint64_t)1 << right;
            if (!sources || sources->unique[left])
                used[edge->right] |= (uint64_t)1 << left;
            kept[o.links[i].value] = true;
        }
    } else {
        code = error_memory(e);
    }
    mem_free(used);
    ordered_free(&o);
    return code;
}

// --- new records join what is known

enum err link_cluster_add(uint32_t n_old, uint32_t n, const struct link_edge *edges,
                          uint64_t n_edges, double threshold, uint32_t *cluster,
                          struct cluster_change **merged, uint64_t *n_merged,
                          struct error *e)
{
    assert(n_old <= n);
    *merged = NULL;
    *n_merged = 0;
    alone(cluster, n_old, n);
    // an edge joins two clusters at the most
    uint64_t most = 0;
    for (uint64_t k = 0; k < n_edges; k++)
        most += cluster_is_link(&edges[k], threshold);
    struct link_keyed *joined = mem_alloc(most, sizeof *joined);
    struct link_keyed *scratch = mem_alloc(most, sizeof *scratch);
    if (!joined || !scratch) {
        mem_free(joined);
        mem_free(scratch);
        return error_memory(e);
    }
    size_t n_joined = 0;
    for (uint64_t k = 0; k < n_edges; k++) {
        const struct link_edge *edge = &edges[k];
        assert(edge->left < n && edge->right < n);
        bool is_new = edge->left >= n_old || edge->right >= n_old;
        if (!is_new || !cluster_is_link(edge, threshold))
            continue;
        uint32_t a = cluster_root(cluster, edge->left);
        uint32_t b = cluster_root(cluster, edge->right);
        if (a == b)
            continue;
        uint32_t from = a > b ? a : b;
        cluster_unite(cluster, a, b);
        if (from < n_old) // was a cluster that was known
            joined[n_joined++].key = from;
    }
    cluster_flatten(cluster, 0, n);
    link_sort_keys(joined, scratch, n_joined);
    mem_free(scratch);
    struct cluster_change *list = mem_alloc(n_joined, sizeof *list);
    if (list)
        for (size_t i = 0; i < n_joined; i++)
            list[i] =
                (struct cluster_change){(uint32_t)joined[i].key, cluster[joined[i].key]};
    mem_free(joined);
    if (!list)
        return error_memory(e);
    *merged = list;
    *n_merged = n_joined;
    return ERR_OK;
}

enum err link_cluster_add_once(uint32_t n_old, uint32_t n, const struct link_edge *edges,
                               uint64_t n_edges, double threshold,
                               const struct cluster_sources *sources, uint32_t *cluster,
                               bool *kept, struct error *e)
{
    assert(n_old <= n);
    struct ordered o;
    enum err code = order_links(edges, n_edges, threshold, &o, e);
    if (code)
        return code;
    uint64_t *used = mem_alloc(n, sizeof *used); // sources a record is linked to
    uint64_t *held = mem_alloc(n, sizeof *held); // by root: the unique sources in it
    if (!used || !held)
        code = error_memory(e);
    if (!code) {
        alone(cluster, n_old, n);
        for (uint64_t k = 0; k < n_edges; k++)
            kept[k] = false;
        for (uint32_t i = 0; i < n; i++)
            if (is_unique(sources, i))
                held[cluster[i]] |= (uint64_t)1 << sources->source[i];
        for (size_t i = 0; i < o.n; i++) {
            const struct link_edge *edge = &edges[o.links[i].value];
            unsigned left = sources->source[edge->left];
            unsigned right = sources->source[edge->right];
            assert(edge->left < n && edge->right < n && left < 64 && right < 64);
            if ((edge->left < n_old && edge->right < n_old) ||
                used[edge->left] >> right & 1 || used[edge->right] >> left & 1)
                continue;
            uint32_t a = cluster_root(cluster, edge->left);
            uint32_t b = cluster_root(cluster, edge->right);
            if (a != b && ((a < n_old && b < n_old) || held[a] & held[b]))
                continue;
            used[edge->left] |= (uint64_t)sources->unique[right] << right;
            used[edge->right] |= (uint64_t)sources->unique[left] << left;
            kept[o.links[i].value] = true;
            if (a != b) {
                uint64_t both = held[a] | held[b];
                held[cluster_unite(cluster, a, b)] = both;
            }
        }
        cluster_flatten(cluster, 0, n);
    }
    mem_free(used);
    mem_free(held);
    ordered_free(&o);
    return code;
}
