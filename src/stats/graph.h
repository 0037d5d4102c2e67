// SPDX-License-Identifier: AGPL-3.0-or-later
// Which areas touch: an undirected graph as rows of neighbours, for models that borrow
// strength from neighbours and for windows that grow along borders. Plain data in the
// caller's arena; free to share between threads once made.
#ifndef STATS_GRAPH_H
#define STATS_GRAPH_H

#include "base/error.h"
#include "base/memory.h"

struct graph {
    uint32_t n;       // nodes
    uint32_t n_edges; // each pair once
    uint32_t *start;  // n + 1: neighbours of i are to[start[i]] .. to[start[i + 1] - 1]
    uint32_t *to;     // 2 n_edges, rising within a node
};

// pairs: n_pairs x 2 node numbers. A pair may come more than once and either way round; a
// node with itself is left out. ERR_INPUT names a number that is not below n. O(n + pairs
// log pairs).
enum err graph_make(struct graph *out, uint32_t n, const uint32_t *pairs, size_t n_pairs,
                    struct arena *a, struct error *e) WARN_UNUSED;
// component[i]: connected parts numbered from 0 by their first node. A node without
// neighbours (an island) is a part of one. Returns how many parts; 0 when the arena is
// out.
uint32_t graph_components(const struct graph *g, uint32_t *component, struct arena *a);
bool graph_touches(const struct graph *g, uint32_t i, uint32_t j); // O(log degree)

// Delaunay-free neighbours where no map is at hand: of each area the k nearest by the
// given coordinates, made mutual. O(n^2).
enum err graph_nearest(struct graph *out, uint32_t n, const double *x, const double *y,
                       uint32_t k, struct arena *a, struct error *e) WARN_UNUSED;

#endif
