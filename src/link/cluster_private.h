// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files of cluster.h share.
#ifndef LINK_CLUSTER_PRIVATE_H
#define LINK_CLUSTER_PRIVATE_H

#include "link/cluster.h"
#include "link/sort_keys.h"

// Union-find in the array of clusters itself: a record points to one of its cluster with
// a smaller number, the smallest to itself. Records stand in the order of a hash, and
// linking by a random order costs no more than linking by rank (Goel, Khanna, Larkin and
// Tarjan, SODA 2014), so there is no array of ranks.
static inline uint32_t cluster_root(uint32_t *cluster, uint32_t i)
{
    while (cluster[i] != i) {
        cluster[i] = cluster[cluster[i]]; // halves the path
        i = cluster[i];
    }
    return i;
}

// The root of both afterwards: the smaller of two roots.
static inline uint32_t cluster_unite(uint32_t *cluster, uint32_t a, uint32_t b)
{
    if (a > b) {
        uint32_t other = a;
        a = b;
        b = other;
    }
    cluster[b] = a;
    return a;
}

// Lets every record from `first` on point to its root; what is before must do so already.
static inline void cluster_flatten(uint32_t *cluster, uint32_t first, uint32_t n)
{
    for (uint32_t i = first; i < n; i++)
        cluster[i] = cluster[cluster[i]];
}

// A link between two records as one number, the smaller record first.
static inline uint64_t cluster_pair(uint32_t a, uint32_t b)
{
    return a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
}

// Edges of at least threshold between two different records; NaN is none.
static inline bool cluster_is_link(const struct link_edge *edge, double threshold)
{
    return (double)edge->weight >= threshold && edge->left != edge->right;
}

// Clusters of some size and more, with their records and the edges between these.
// Edges have the places of records inside the cluster, each pair once (its highest
// weight), sorted: key is left << 32 | right, left < right; value the link_float_key of
// the weight.
struct cluster_groups {
    uint32_t n;        // clusters
    uint32_t *begin;   // [n + 1] into record
    uint32_t *record;  // ascending within a cluster: the first is the cluster's number
    uint64_t *first;   // [n] into edge
    uint64_t *n_edges; // [n]
    struct link_keyed *edge;
    uint32_t most_records; // of one cluster
    uint64_t most_edges;
};

enum err cluster_groups_make(uint32_t n, const struct link_edge *edges, uint64_t n_edges,
                             uint32_t smallest, const uint32_t *cluster,
                             struct cluster_groups *out, struct error *e) WARN_UNUSED;
void cluster_groups_free(struct cluster_groups *g);

#endif
