// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/cluster_private.h"

#include <assert.h>
#include <math.h>

#include "base/memory.h"

void cluster_groups_free(struct cluster_groups *g)
{
    mem_free(g->begin);
    mem_free(g->record);
    mem_free(g->first);
    mem_free(g->n_edges);
    mem_free(g->edge);
    *g = (struct cluster_groups){0};
}

// group[i]: which group record i is of, UINT32_MAX for those of small clusters;
// place[i]: where in it.
static enum err gather_records(uint32_t n, uint32_t smallest, const uint32_t *cluster,
                               struct cluster_groups *g, uint32_t *group, uint32_t *place,
                               struct error *e)
{
    uint32_t *size = place; // by root, until the groups are numbered
    for (uint32_t i = 0; i < n; i++) {
        assert(cluster[i] <= i && cluster[cluster[i]] == cluster[i]);
        size[cluster[i]]++;
    }
    size_t records = 0;
    for (uint32_t i = 0; i < n; i++)
        if (cluster[i] == i && size[i] >= smallest) {
            group[i] = g->n++;
            records += size[i];
            g->most_records = size[i] > g->most_records ? size[i] : g->most_records;
        } else {
            group[i] = UINT32_MAX;
        }
    g->begin = mem_alloc((size_t)g->n + 1, sizeof *g->begin);
    g->record = mem_alloc(records, sizeof *g->record);
    if (!g->begin || !g->record)
        return error_memory(e);
    uint32_t at = 0;
    for (uint32_t i = 0, k = 0; i < n; i++)
        if (group[i] != UINT32_MAX) {
            g->begin[k++] = at; // the end, once its records are in
            at += size[i];
        }
    for (uint32_t i = 0; i < n; i++)
        place[i] = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = group[i] = group[cluster[i]];
        if (k == UINT32_MAX)
            continue;
        place[i] = g->begin[k];
        g->record[g->begin[k]++] = i;
    }
    for (uint32_t k = g->n; k > 0; k--)
        g->begin[k] = g->begin[k - 1];
    g->begin[0] = 0;
    for (uint32_t i = 0; i < n; i++)
        if (group[i] != UINT32_MAX)
            place[i] -= g->begin[group[i]];
    return ERR_OK;
}

static bool inside(const struct link_edge *edge, const uint32_t *group)
{
    return edge->left != edge->right && !isnan(edge->weight) &&
           group[edge->left] != UINT32_MAX && group[edge->left] == group[edge->right];
}

// Sorts the edges of a group and leaves each pair once; returns how many are left.
static uint64_t once(struct link_keyed *edge, struct link_keyed *scratch, uint64_t n)
{
    link_sort_keys(edge, scratch, n);
    uint64_t kept = 0;
    for (uint64_t i = 0; i < n; i++)
        if (kept && edge[kept - 1].key == edge[i].key) {
            if (edge[i].value > edge[kept - 1].value)
                edge[kept - 1].value = edge[i].value;
        } else {
            edge[kept++] = edge[i];
        }
    return kept;
}

static enum err gather_edges(const struct link_edge *edges, uint64_t n_edges,
                             const uint32_t *group, const uint32_t *place,
                             struct cluster_groups *g, struct error *e)
{
    uint64_t total = 0;
    g->first = mem_alloc(g->n, sizeof *g->first);
    g->n_edges = mem_alloc(g->n, sizeof *g->n_edges);
    if (!g->first || !g->n_edges)
        return error_memory(e);
    for (uint64_t k = 0; k < n_edges; k++)
        if (inside(&edges[k], group))
            g->n_edges[group[edges[k].left]]++;
    for (uint32_t i = 0; i < g->n; i++) {
        g->first[i] = total;
        total += g->n_edges[i];
        g->most_edges = g->n_edges[i] > g->most_edges ? g->n_edges[i] : g->most_edges;
        g->n_edges[i] = 0;
    }
    g->edge = mem_alloc(total, sizeof *g->edge);
    struct link_keyed *scratch = mem_alloc(g->most_edges, sizeof *scratch);
    if (!g->edge || !scratch) {
        mem_free(scratch);
        return error_memory(e);
    }
    for (uint64_t k = 0; k < n_edges; k++)
        if (inside(&edges[k], group)) {
            uint32_t i = group[edges[k].left];
            g->edge[g->first[i] + g->n_edges[i]++] = (struct link_keyed){
                cluster_pair(place[edges[k].left], place[edges[k].right]),
                link_float_key(edges[k].weight)};
        }
    for (uint32_t i = 0; i < g->n; i++)
        g->n_edges[i] = once(g->edge + g->first[i], scratch, g->n_edges[i]);
    mem_free(scratch);
    return ERR_OK;
}

enum err cluster_groups_make(uint32_t n, const struct link_edge *edges, uint64_t n_edges,
                             uint32_t smallest, const uint32_t *cluster,
                             struct cluster_groups *out, struct error *e)
{
    *out = (struct cluster_groups){0};
    uint32_t *group = mem_alloc(n, sizeof *group), *place = mem_alloc(n, sizeof *place);
    enum err code = group && place ? ERR_OK : error_memory(e);
    if (!code)
        code = gather_records(n, smallest, cluster, out, group, place, e);
    if (!code)
        code = gather_edges(edges, n_edges, group, place, out, e);
    mem_free(group);
    mem_free(place);
    if (code)
        cluster_groups_free(out);
    return code;
}
