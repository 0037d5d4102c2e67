// SPDX-License-Identifier: AGPL-3.0-or-later
// Splitting clusters (see cluster.h). All weights are whole numbers (fixed point), so
// that a sum is the same in any order; records of a cluster are first put in an order
// that their weights alone give (signatures, as in Weisfeiler and Leman 1968), so that
// the answer does not hang on how records or edges are numbered.
//
// Up to EXACT records: the best partition, by dynamic programming over subsets. Above:
// moves of single records, then of whole groups, then of records again until nothing
// gains (Blondel et al. 2008, with the objective of Traag, Van Dooren and Nesterov 2011:
// a pair without an edge costs the same everywhere, so only edges are looked at).
#include "link/cluster_private.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"

enum {
    EXACT = 8,
    MOST_BITS = 256,          // a weight counts no more than this
    SAME_SOURCE_BITS = -1024, // two records of a source that holds each person once
    MOST_SWEEPS = 100,        // over the records of a cluster, for one round of moves
    MOST_ROUNDS = 20
};

// A graph of nodes: records, or groups of them taken as one.
struct graph {
    uint32_t n;
    uint64_t *start; // [n + 1] into to and weight
    uint32_t *to;
    int64_t *weight;  // over that of a pair without an edge
    uint32_t *size;   // records of a node
    uint32_t *source; // [n * n_unique] records of each unique source
};

struct split { // one cluster at a time
    const struct cluster_groups *groups;
    const struct cluster_sources *sources;
    double threshold, absent;
    unsigned n_unique;
    uint8_t unique_number[256]; // of a unique source; n_unique for others
    uint32_t *out;
    // of this cluster
    const uint32_t *record;
    const struct link_keyed *edge;
    uint64_t n_edges;
    double scale;                 // fixed point: units of one bit
    int64_t pair_cost, same_cost; // <= 0: no edge; and one source, on top of it
    struct graph whole;
    // scratch for the largest cluster
    uint32_t *order, *rank; // record by rank, and back
    struct link_keyed *keyed, *spare;
    uint64_t *signature;
    uint32_t *group, *other_group, *level_group;
    uint32_t *group_size, *group_source, *free_group;
    uint32_t *touched; // groups that a node has edges to
    bool *is_touched;
    bool *is_due; // nodes to be looked at again
    int64_t *sum; // by group: of the node's edges to it
};

static void graph_free(struct graph *g)
{
    mem_free(g->start);
    mem_free(g->to);
    mem_free(g->weight);
    mem_free(g->size);
    mem_free(g->source);
    *g = (struct graph){0};
}

static bool graph_make(struct graph *g, size_t n, size_t n_edges, unsigned n_unique)
{
    *g = (struct graph){.n = (uint32_t)n};
    g->start = mem_alloc(n + 1, sizeof *g->start);
    g->to = mem_alloc(n_edges, 2 * sizeof *g->to);
    g->weight = mem_alloc(n_edges, 2 * sizeof *g->weight);
    g->size = mem_alloc(n, sizeof *g->size);
    g->source = mem_alloc(n, n_unique * sizeof *g->source);
    return g->start && g->to && g->weight && g->size && g->source;
}

static double clamp(double bits)
{
    return fmax(-MOST_BITS, fmin(MOST_BITS, bits));
}

// --- the cluster as a graph, in an order of its own

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

static unsigned source_of(const struct split *s, uint32_t place)
{
    return s->sources ? s->unique_number[s->sources->source[s->record[place]]] : 0;
}

static int64_t fixed(const struct split *s, double bits)
{
    return llround(clamp(bits) * s->scale);
}

// What a pair with an edge adds over one without. Links count for nothing less than zero
// however low the threshold, for else they would all be cut again.
static int64_t edge_weight(const struct split *s, const struct link_keyed *edge)
{
    double weight = (double)link_key_float((uint32_t)edge->value);
    return fixed(s, weight - fmin(s->threshold, 0)) - s->pair_cost;
}

static bool one_source(const struct split *s, uint32_t a, uint32_t b)
{
    unsigned source = source_of(s, a);
    return source < s->n_unique && source == source_of(s, b);
}

static void put_in_order(struct split *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        s->keyed[i] = (struct link_keyed){mix(source_of(s, i) + 1), i};
    for (unsigned round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < n; i++)
            s->signature[i] = 0;
        for (uint64_t k = 0; k < s->n_edges; k++) {
            uint32_t a = (uint32_t)(s->edge[k].key >> 32), b = (uint32_t)s->edge[k].key;
            uint64_t weight = mix(s->edge[k].value + 1);
            s->signature[a] += mix(weight ^ s->keyed[b].key);
            s->signature[b] += mix(weight ^ s->keyed[a].key);
        }
        for (uint32_t i = 0; i < n; i++)
            s->keyed[i].key = mix(s->keyed[i].key * 3 + s->signature[i]);
    }
    link_sort_keys(s->keyed, s->spare, n);
    for (uint32_t i = 0; i < n; i++) {
        s->order[i] = (uint32_t)s->keyed[i].value;
        s->rank[s->order[i]] = i;
    }
}

static bool graph_of_cluster(struct split *s, uint32_t n)
{
    struct graph *g = &s->whole;
    if (!graph_make(g, n, s->n_edges, s->n_unique))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        g->size[i] = 1;
        unsigned source = source_of(s, s->order[i]);
        if (source < s->n_unique)
            g->source[(size_t)i * s->n_unique + source] = 1;
    }
    for (unsigned pass = 0; pass < 2; pass++) { // count, then fill from the end
        for (uint64_t k = 0; k < s->n_edges; k++) {
            uint32_t left = (uint32_t)(s->edge[k].key >> 32);
            uint32_t right = (uint32_t)s->edge[k].key;
            if (one_source(s, left, right)) // its edge says nothing more
                continue;
            uint32_t a = s->rank[left], b = s->rank[right];
            if (pass) {
                int64_t weight = edge_weight(s, &s->edge[k]);
                g->to[--g->start[a]] = b;
                g->weight[g->start[a]] = weight;
                g->to[--g->start[b]] = a;
                g->weight[g->start[b]] = weight;
            } else {
                g->start[a]++;
                g->start[b]++;
            }
        }
        for (uint32_t i = 0; !pass && i < n; i++)
            g->start[i + 1] += g->start[i];
    }
    return true;
}

// --- the objective

// The sum over all pairs inside groups.
static int64_t objective(struct split *s, const uint32_t *group)
{
    const struct graph *g = &s->whole;
    int64_t total = 0;
    memset(s->group_size, 0, g->n * sizeof *s->group_size);
    memset(s->group_source, 0, (size_t)g->n * s->n_unique * sizeof *s->group_source);
    for (uint32_t i = 0; i < g->n; i++) {
        total += s->pair_cost * s->group_size[group[i]]++;
        for (unsigned u = 0; u < s->n_unique; u++)
            if (g->source[(size_t)i * s->n_unique + u])
                total +=
                    s->same_cost * s->group_source[(size_t)group[i] * s->n_unique + u]++;
        for (uint64_t k = g->start[i]; k < g->start[i + 1]; k++)
            if (g->to[k] < i && group[g->to[k]] == group[i])
                total += g->weight[k];
    }
    return total;
}

// --- small clusters: all partitions

static void best_partition(struct split *s, uint32_t *group)
{
    const struct graph *g = &s->whole;
    enum { SUBSETS = 1 << EXACT };
    int64_t pair[EXACT][EXACT], inside[SUBSETS], best[SUBSETS];
    unsigned first[SUBSETS]; // the group of the smallest record in the best partition
    for (uint32_t i = 0; i < g->n; i++) {
        for (uint32_t j = 0; j < g->n; j++) {
            pair[i][j] = s->pair_cost;
            for (unsigned u = 0; u < s->n_unique; u++)
                if (g->source[(size_t)i * s->n_unique + u] &&
                    g->source[(size_t)j * s->n_unique + u])
                    pair[i][j] += s->same_cost;
        }
        for (uint64_t k = g->start[i]; k < g->start[i + 1]; k++)
            pair[i][g->to[k]] += g->weight[k];
    }
    inside[0] = best[0] = 0;
    for (unsigned set = 1; set < 1u << g->n; set++) {
        unsigned low = set & -set, i = (unsigned)__builtin_ctz(set), rest = set ^ low;
        inside[set] = inside[rest];
        for (unsigned left = rest; left; left &= left - 1)
            inside[set] += pair[i][__builtin_ctz(left)];
        best[set] = inside[set];
        first[set] = set;
        // every group that holds the smallest record; larger ones first
        for (unsigned with = rest; with;) {
            with = (with - 1) & rest;
            int64_t value = inside[with | low] + best[rest ^ with];
            if (value > best[set]) {
                best[set] = value;
                first[set] = with | low;
            }
        }
    }
    uint32_t number = 0;
    for (unsigned set = (1u << g->n) - 1; set; set ^= first[set], number++)
        for (unsigned left = first[set]; left; left &= left - 1)
            group[__builtin_ctz(left)] = number;
}

// --- large clusters: moves

static void add_to(struct split *s, const struct graph *g, uint32_t node, uint32_t group,
                   bool out)
{
    s->group_size[group] += out ? -g->size[node] : g->size[node];
    for (unsigned u = 0; u < s->n_unique; u++) {
        uint32_t count = g->source[(size_t)node * s->n_unique + u];
        s->group_source[(size_t)group * s->n_unique + u] += out ? -count : count;
    }
}

// What node adds to a group that it is not in.
static int64_t gain(const struct split *s, const struct graph *g, uint32_t node,
                    uint32_t group)
{
    int64_t value =
        s->sum[group] + s->pair_cost * ((int64_t)g->size[node] * s->group_size[group]);
    for (unsigned u = 0; u < s->n_unique; u++)
        value += s->same_cost * ((int64_t)g->source[(size_t)node * s->n_unique + u] *
                                 s->group_source[(size_t)group * s->n_unique + u]);
    return value;
}

// Takes a node out of its group and puts it where it adds most; it stays when nothing is
// better. True when it moved. free_group is the stack of the *n_free empty groups.
static bool move_node(struct split *s, const struct graph *g, uint32_t *group,
                      uint32_t node, uint32_t *n_free)
{
    uint32_t own = group[node], n_touched = 0;
    add_to(s, g, node, own, true);
    for (uint64_t k = g->start[node]; k < g->start[node + 1]; k++) {
        uint32_t near = group[g->to[k]];
        if (!s->is_touched[near]) {
            s->is_touched[near] = true;
            s->touched[n_touched++] = near;
        }
        s->sum[near] += g->weight[k];
    }
    uint32_t best = own;
    int64_t most = gain(s, g, node, own);
    for (uint32_t i = 0; i < n_touched; i++) {
        int64_t value = gain(s, g, node, s->touched[i]);
        if (value > most || (value == most && best != own && s->touched[i] < best)) {
            most = value;
            best = s->touched[i];
        }
    }
    for (uint32_t i = 0; i < n_touched; i++) {
        s->sum[s->touched[i]] = 0;
        s->is_touched[s->touched[i]] = false;
    }
    if (most < 0) // better alone; its own group is not empty, so another is
        best = s->free_group[--*n_free];
    add_to(s, g, node, best, false);
    group[node] = best;
    if (best != own && s->group_size[own] == 0)
        s->free_group[(*n_free)++] = own;
    return best != own;
}

// Moves nodes until none gains; true when any moved. After a sweep over all of them only
// those with an edge to one that moved are looked at again, until none moves; then all.
// Each move adds at least one unit to the objective, so this ends; sweeps are bounded for
// the time it takes.
static bool move_all(struct split *s, const struct graph *g, uint32_t *group)
{
    uint32_t n_free = 0;
    memset(s->group_size, 0, g->n * sizeof *s->group_size);
    memset(s->group_source, 0, (size_t)g->n * s->n_unique * sizeof *s->group_source);
    for (uint32_t i = 0; i < g->n; i++)
        add_to(s, g, i, group[i], false);
    for (uint32_t i = g->n; i-- > 0;)
        if (s->group_size[i] == 0)
            s->free_group[n_free++] = i;
    bool any = false, moved = true, full = true;
    for (unsigned sweep = 0; sweep < MOST_SWEEPS && (moved || !full); sweep++) {
        full = !moved || sweep == 0; // what is left may hang on the sizes of groups
        moved = false;
        for (uint32_t i = 0; i < g->n; i++) {
            if (!full && !s->is_due[i])
                continue;
            s->is_due[i] = false;
            if (!move_node(s, g, group, i, &n_free))
                continue;
            moved = true;
            for (uint64_t k = g->start[i]; k < g->start[i + 1]; k++)
                s->is_due[g->to[k]] = true;
        }
        any |= moved;
    }
    memset(s->is_due, 0, g->n * sizeof *s->is_due);
    return any;
}

// Numbers groups as they are met, in place.
static uint32_t number_groups(struct split *s, uint32_t *group, uint32_t n)
{
    uint32_t n_groups = 0, *number = s->touched;
    memset(number, 0xFF, n * sizeof *number);
    for (uint32_t i = 0; i < n; i++) {
        if (number[group[i]] == UINT32_MAX)
            number[group[i]] = n_groups++;
        group[i] = number[group[i]];
    }
    return n_groups;
}

// The graph in which each group is a node. `group` is numbered anew: it is then the node
// that each record is in.
static bool graph_of_groups(struct split *s, uint32_t *group, struct graph *out)
{
    const struct graph *g = &s->whole;
    uint32_t n_groups = number_groups(s, group, g->n);
    uint32_t *begin = s->group_size, *member = s->free_group;
    if (!graph_make(out, n_groups, g->start[g->n] / 2, s->n_unique))
        return false;
    for (uint32_t i = 0; i < g->n; i++) {
        out->size[group[i]]++;
        for (unsigned u = 0; u < s->n_unique; u++)
            out->source[(size_t)group[i] * s->n_unique + u] +=
                g->source[(size_t)i * s->n_unique + u];
    }
    for (uint32_t k = 0, at = 0; k < n_groups; k++) {
        begin[k] = at;
        at += out->size[k];
    }
    for (uint32_t i = 0; i < g->n; i++)
        member[begin[group[i]]++] = i; // begin is now the end
    uint64_t at = 0;
    for (uint32_t k = 0; k < n_groups; k++) {
        uint32_t n_touched = 0;
        for (uint32_t m = begin[k] - out->size[k]; m < begin[k]; m++)
            for (uint64_t j = g->start[member[m]]; j < g->start[member[m] + 1]; j++) {
                uint32_t near = group[g->to[j]];
                if (near == k)
                    continue;
                if (!s->is_touched[near]) {
                    s->is_touched[near] = true;
                    s->touched[n_touched++] = near;
                }
                s->sum[near] += g->weight[j];
            }
        for (uint32_t i = 0; i < n_touched; i++) {
            uint32_t near = s->touched[i];
            out->to[at] = near;
            out->weight[at++] = s->sum[near];
            s->sum[near] = 0;
            s->is_touched[near] = false;
        }
        out->start[k + 1] = at;
    }
    return true;
}

static bool improve(struct split *s, uint32_t *group)
{
    for (unsigned round = 0; round < MOST_ROUNDS; round++) {
        if (!move_all(s, &s->whole, group) && round)
            break;
        bool moved = true, any = false;
        while (moved) { // groups, then groups of those
            struct graph level;
            bool made = graph_of_groups(s, group, &level);
            if (made) {
                for (uint32_t i = 0; i < level.n; i++)
                    s->level_group[i] = i;
                moved = move_all(s, &level, s->level_group);
                for (uint32_t i = 0; i < s->whole.n; i++)
                    group[i] = s->level_group[group[i]];
                any |= moved;
            }
            graph_free(&level);
            if (!made)
                return false;
        }
        if (!any)
            break;
    }
    return true;
}

// From every record alone and from all together; the better of the two.
static bool good_partition(struct split *s, uint32_t *group)
{
    uint32_t n = s->whole.n;
    for (uint32_t i = 0; i < n; i++)
        group[i] = i;
    if (!improve(s, group))
        return false;
    int64_t value = objective(s, group);
    memset(s->other_group, 0, n * sizeof *s->other_group);
    if (!improve(s, s->other_group))
        return false;
    if (objective(s, s->other_group) > value)
        memcpy(group, s->other_group, n * sizeof *group);
    return true;
}

// --- one cluster

// Nothing speaks against any pair of the cluster.
static bool is_plain(const struct split *s, uint32_t n)
{
    bool seen[256] = {false};
    if (s->pair_cost < 0 && s->n_edges < (uint64_t)n * (n - 1) / 2)
        return false;
    for (uint64_t k = 0; k < s->n_edges; k++)
        if (edge_weight(s, &s->edge[k]) + s->pair_cost < 0)
            return false;
    for (uint32_t i = 0; i < n; i++) {
        unsigned source = source_of(s, i);
        if (source < s->n_unique && seen[source])
            return false;
        seen[source] = true;
    }
    return true;
}

// Groups that no link holds together fall apart: two records are not joined because they
// were once in a cluster with a third.
static void part_by_links(struct split *s, uint32_t *group)
{
    uint32_t *root = s->other_group;
    for (uint32_t i = 0; i < s->whole.n; i++)
        root[i] = i;
    for (uint64_t k = 0; k < s->n_edges; k++) {
        uint32_t a = s->rank[s->edge[k].key >> 32], b = s->rank[(uint32_t)s->edge[k].key];
        if (group[a] != group[b] ||
            (double)link_key_float((uint32_t)s->edge[k].value) < s->threshold)
            continue;
        a = cluster_root(root, a);
        b = cluster_root(root, b);
        if (a != b)
            cluster_unite(root, a, b);
    }
    cluster_flatten(root, 0, s->whole.n);
    memcpy(group, root, s->whole.n * sizeof *group);
}

// Fixed point so fine that no sum over the pairs of n records can pass 63 bits; false for
// a cluster that is too large for any.
static bool choose_scale(struct split *s, uint32_t n)
{
    int log2_n = 32 - __builtin_clz(n);
    int bits = 62 - 11 - 2 * log2_n;
    if (bits < 0)
        return false;
    s->scale = ldexp(1, bits < 20 ? bits : 20);
    s->pair_cost = fixed(s, fmin(s->absent, 0));
    s->same_cost = llround(SAME_SOURCE_BITS * s->scale) - s->pair_cost;
    return true;
}

static enum err split_one(struct split *s, uint32_t n, bool *cut, struct error *e)
{
    *cut = false;
    if (!choose_scale(s, n) || is_plain(s, n))
        return ERR_OK;
    put_in_order(s, n);
    if (!graph_of_cluster(s, n))
        return error_memory(e);
    memset(s->group, 0, n * sizeof *s->group);
    int64_t together = objective(s, s->group);
    if (n <= EXACT)
        best_partition(s, s->group);
    else if (!good_partition(s, s->group))
        return error_memory(e);
    part_by_links(s, s->group);
    *cut = objective(s, s->group) > together;
    if (!*cut)
        return ERR_OK;
    uint32_t *label = s->touched;
    memset(label, 0xFF, n * sizeof *label);
    for (uint32_t i = 0; i < n; i++) { // by number, so that the first is the smallest
        uint32_t group = s->group[s->rank[i]];
        if (label[group] == UINT32_MAX)
            label[group] = s->record[i];
        s->out[s->record[i]] = label[group];
    }
    return ERR_OK;
}

static bool scratch_make(struct split *s)
{
    size_t n = s->groups->most_records;
    s->order = mem_alloc(n, sizeof *s->order);
    s->rank = mem_alloc(n, sizeof *s->rank);
    s->keyed = mem_alloc(n, sizeof *s->keyed);
    s->spare = mem_alloc(n, sizeof *s->spare);
    s->signature = mem_alloc(n, sizeof *s->signature);
    s->group = mem_alloc(n, sizeof *s->group);
    s->other_group = mem_alloc(n, sizeof *s->other_group);
    s->level_group = mem_alloc(n, sizeof *s->level_group);
    s->group_size = mem_alloc(n, sizeof *s->group_size);
    s->group_source = mem_alloc(n, s->n_unique * sizeof *s->group_source);
    s->touched = mem_alloc(n, sizeof *s->touched);
    s->is_touched = mem_alloc(n, sizeof *s->is_touched);
    s->is_due = mem_alloc(n, sizeof *s->is_due);
    s->free_group = mem_alloc(n, sizeof *s->free_group);
    s->sum = mem_alloc(n, sizeof *s->sum);
    return s->order && s->rank && s->keyed && s->spare && s->signature && s->group &&
           s->other_group && s->level_group && s->group_size && s->group_source &&
           s->touched && s->is_touched && s->is_due && s->free_group && s->sum;
}

static void scratch_free(struct split *s)
{
    graph_free(&s->whole);
    mem_free(s->order);
    mem_free(s->rank);
    mem_free(s->keyed);
    mem_free(s->spare);
    mem_free(s->signature);
    mem_free(s->group);
    mem_free(s->other_group);
    mem_free(s->level_group);
    mem_free(s->group_size);
    mem_free(s->group_source);
    mem_free(s->touched);
    mem_free(s->is_touched);
    mem_free(s->is_due);
    mem_free(s->free_group);
    mem_free(s->sum);
}

// Gives numbers to the sources that hold each person once and that are met.
static void number_sources(struct split *s, uint32_t n)
{
    bool met[256] = {false};
    for (uint32_t i = 0; s->sources && i < n; i++)
        met[s->sources->source[i]] = true;
    for (unsigned k = 0; k < 256; k++)
        if (met[k] && s->sources->unique[k])
            s->unique_number[k] = (uint8_t)s->n_unique++;
    for (unsigned k = 0; k < 256; k++)
        if (met[k] && !s->sources->unique[k])
            s->unique_number[k] = (uint8_t)s->n_unique;
    assert(s->n_unique < 256);
}

enum err link_split(uint32_t n, const struct link_edge *edges, uint64_t n_edges,
                    double threshold, double absent,
                    const struct cluster_sources *sources, uint32_t *cluster,
                    uint64_t *n_split, struct error *e)
{
    assert(!isnan(threshold) && !isnan(absent));
    struct cluster_groups g;
    struct split s = {.groups = &g,
                      .sources = sources,
                      .threshold = threshold,
                      .absent = absent,
                      .out = cluster};
    *n_split = 0;
    enum err code = cluster_groups_make(n, edges, n_edges, 3, cluster, &g, e);
    if (code)
        return code;
    number_sources(&s, n);
    if (!scratch_make(&s))
        code = error_memory(e);
    for (uint32_t i = 0; !code && i < g.n; i++) {
        bool cut;
        s.record = g.record + g.begin[i];
        s.edge = g.edge + g.first[i];
        s.n_edges = g.n_edges[i];
        code = split_one(&s, g.begin[i + 1] - g.begin[i], &cut, e);
        graph_free(&s.whole);
        *n_split += !code && cut;
    }
    scratch_free(&s);
    cluster_groups_free(&g);
    return code;
}
