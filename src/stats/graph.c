// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/graph.h"

#include <math.h>
#include <stdlib.h>

static int by_pair(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

enum err graph_make(struct graph *out, uint32_t n, const uint32_t *pairs, size_t n_pairs,
                    struct arena *a, struct error *e)
{
    size_t n_ends, kept = 0;
    if (!size_mul(n_pairs, 2, &n_ends) || n_ends > UINT32_MAX)
        return error_set(e, ERR_LIMIT, "graph.size", NULL,
                         "%zu pairs of neighbours are more than %u", n_pairs,
                         UINT32_MAX / 2);
    uint64_t *ends = ARENA_ARRAY(a, uint64_t, n_ends);
    out->start = ARENA_ARRAY(a, uint32_t, (size_t)n + 1);
    if (!ends || !out->start)
        return error_memory(e);
    for (size_t i = 0; i < n_pairs; i++) {
        uint32_t from = pairs[2 * i], to = pairs[2 * i + 1];
        if (from >= n || to >= n)
            return error_set(e, ERR_INPUT, "graph.node", NULL,
                             "pair %zu of neighbours names area number %u; there are %u",
                             i + 1, from >= n ? from : to, n);
        if (from == to)
            continue;
        ends[kept++] = (uint64_t)from << 32 | to;
        ends[kept++] = (uint64_t)to << 32 | from;
    }
    qsort(ends, kept, sizeof *ends, by_pair);
    size_t unique = 0;
    for (size_t i = 0; i < kept; i++)
        if (!i || ends[i] != ends[i - 1])
            ends[unique++] = ends[i];
    out->to = ARENA_ARRAY(a, uint32_t, unique);
    if (!out->to)
        return error_memory(e);
    out->n = n;
    out->n_edges = (uint32_t)(unique / 2);
    for (size_t i = 0; i < unique; i++) {
        out->start[(ends[i] >> 32) + 1]++;
        out->to[i] = (uint32_t)ends[i];
    }
    for (uint32_t i = 0; i < n; i++)
        out->start[i + 1] += out->start[i];
    return ERR_OK;
}

uint32_t graph_components(const struct graph *g, uint32_t *component, struct arena *a)
{
    uint32_t *queue = ARENA_ARRAY(a, uint32_t, g->n), found = 0;
    if (!queue)
        return 0;
    for (uint32_t i = 0; i < g->n; i++)
        component[i] = UINT32_MAX;
    for (uint32_t first = 0; first < g->n; first++) {
        if (component[first] != UINT32_MAX)
            continue;
        uint32_t head = 0, tail = 0;
        queue[tail++] = first;
        component[first] = found;
        while (head < tail) {
            uint32_t i = queue[head++];
            for (uint32_t k = g->start[i]; k < g->start[i + 1]; k++)
                if (component[g->to[k]] == UINT32_MAX) {
                    component[g->to[k]] = found;
                    queue[tail++] = g->to[k];
                }
        }
        found++;
    }
    return found;
}

bool graph_touches(const struct graph *g, uint32_t i, uint32_t j)
{
    uint32_t low = g->start[i], high = g->start[i + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (g->to[middle] == j)
            return true;
        if (g->to[middle] < j)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

enum err graph_nearest(struct graph *out, uint32_t n, const double *x, const double *y,
                       uint32_t k, struct arena *a, struct error *e)
{
    if (k >= n)
        k = n ? n - 1 : 0;
    size_t size;
    if (!size_mul(n, k, &size) || !size_mul(size, 2, &size))
        return error_memory(e);
    uint32_t *pairs = ARENA_ARRAY(a, uint32_t, size);
    double *nearest = ARENA_ARRAY(a, double, k);
    if (!pairs || !nearest)
        return error_memory(e);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t *mine = pairs + (size_t)i * k * 2, have = 0;
        for (uint32_t j = 0; j < n; j++) {
            if (j == i)
                continue;
            double distance = hypot(x[i] - x[j], y[i] - y[j]);
            uint32_t at = have;
            if (have == k && !(k && distance < nearest[k - 1]))
                continue;
            if (have < k)
                have++;
            else
                at = k - 1;
            for (; at > 0 && nearest[at - 1] > distance; at--) {
                nearest[at] = nearest[at - 1];
                mine[2 * at + 1] = mine[2 * at - 1];
            }
            nearest[at] = distance;
            mine[2 * at] = i;
            mine[2 * at + 1] = j;
        }
        for (uint32_t at = 0; at < have; at++)
            mine[2 * at] = i;
    }
    return graph_make(out, n, pairs, (size_t)n * k, a, e);
}
