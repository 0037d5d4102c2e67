// SPDX-License-Identifier: AGPL-3.0-or-later
// From pairs to people. Kernels on arrays, which the caller owns; any thread; ERR_MEMORY
// is all that can fail. Nothing here depends on the order of edges. n is the number of
// records; thresholds and weights are match weights (bits). Time is O(n + edges) where
// nothing else is said (sorting is by radix).
//
// Components: union-find (Tarjan 1975). Best links: from the best link on, each joins two
// clusters, unless both have a record of the same source that holds each person once;
// links of a record to several records of such a source with the same weight are dropped
// before (Splink's cluster_using_single_best_links, ties_method "drop"; other links of
// one weight come in the order of their records). One to one: greedy by weight (best
// first), each record used once for each pair of sources. Splitting: a cluster that hangs
// together by a weak link only, or in which pairs that were compared and found different
// outweigh those found alike, is cut where the sum of weights is best (greedy correlation
// clustering with moves: Bansal, Blum and Chawla, Machine Learning 56, 2004; Elsner and
// Schudy 2009).
#ifndef LINK_CLUSTER_H
#define LINK_CLUSTER_H

#include "base/error.h"
#include <stdbool.h>
#include <stdint.h>

struct link_edge {
    uint32_t left, right; // records
    float weight;         // match weight: log2 of the odds
};

// cluster[i]: the smallest record of i's cluster. Edges below threshold (weight) are left
// out. O(edges).
enum err link_components(uint32_t n, const struct link_edge *edges, uint64_t n_edges,
                         double threshold, uint32_t *cluster,
                         struct error *e) WARN_UNUSED;

struct cluster_sources {
    const uint8_t *source; // [n]
    const bool *unique;    // by source: it holds each person once
};
// cluster as above. sources may be NULL (then they are the components). O(edges).
enum err link_best_links(uint32_t n, const struct link_edge *edges, uint64_t n_edges,
                         double threshold, const struct cluster_sources *sources,
                         uint32_t *cluster, struct error *e) WARN_UNUSED;
// Marks in kept[edge] the links of a one-to-one match: a record has one partner at most
// in a source that holds each person once, any number in others. Ties go to the pair
// whose records have the smaller numbers in content order.
enum err link_one_to_one(uint32_t n, const struct link_edge *edges, uint64_t n_edges,
                         double threshold, const struct cluster_sources *sources,
                         bool *kept, struct error *e) WARN_UNUSED;

// Edges should reach below the threshold (pairs compared and found different); a pair
// inside a cluster without an edge counts `absent` (a negative weight), two records of a
// source that holds each person once -1,024 bits, and other weights 256 bits at the most.
// Below a threshold of 0 weights count from the threshold. Only clusters over two records
// are looked at. A cluster is cut only when that raises the sum of weights over pairs
// inside clusters; up to 8 records the cut is the best there is. What was together and
// stays so is held by links. *n_split: clusters that were cut.
// O(edges) a round of moves, some rounds; the same for any order of records and edges
// (but where weights tie throughout).
enum err link_split(uint32_t n, const struct link_edge *edges, uint64_t n_edges,
                    double threshold, double absent,
                    const struct cluster_sources *sources, uint32_t *cluster,
                    uint64_t *n_split, struct error *e) WARN_UNUSED;

struct cluster_quality { // of one cluster of two and more
    uint32_t cluster, size;
    uint64_t edges;       // at or over the threshold
    double density;       // edges / pairs
    double weakest;       // largest threshold at which it still hangs together
    uint32_t bridges;     // links whose loss alone would part it
    uint32_t same_source; // pairs from one source that holds each person once
};
// Sorted by how much a look is worth (weakest, then density); *quality is from mem_alloc.
enum err link_cluster_quality(uint32_t n, const struct link_edge *edges, uint64_t n_edges,
                              double threshold, const struct cluster_sources *sources,
                              const uint32_t *cluster, struct cluster_quality **quality,
                              uint64_t *n_quality, struct error *e) WARN_UNUSED;

// New records n_old..n-1 join clusters of 0..n_old-1 that are already known, and each
// other; known clusters are joined when a new record holds them together, and told as
// merged. Touches only clusters that an edge reaches.
struct cluster_change {
    uint32_t from, into; // numbers of clusters (smallest records)
};
enum err link_cluster_add(uint32_t n_old, uint32_t n, const struct link_edge *edges,
                          uint64_t n_edges, double threshold, uint32_t *cluster,
                          struct cluster_change **merged, uint64_t *n_merged,
                          struct error *e) WARN_UNUSED;
// The same where each person is in a source once: links are taken best first (ties as in
// link_one_to_one), a new record joins one known cluster at the most, clusters never come
// to hold two records of such a source, and those known are never joined. Marks in
// kept[edge] the links that stand.
enum err link_cluster_add_once(uint32_t n_old, uint32_t n, const struct link_edge *edges,
                               uint64_t n_edges, double threshold,
                               const struct cluster_sources *sources, uint32_t *cluster,
                               bool *kept, struct error *e) WARN_UNUSED;

#endif
