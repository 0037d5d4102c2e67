// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/run_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct worker {
    struct link_edge *edges;
    size_t n, capacity;
    struct weight_bins bins;
};

struct scoring {
    struct link_run *run;
    struct worker *workers;
};

enum { BATCH = 1024 };

static bool add_edge(struct worker *w, const struct link_edge *edge)
{
    if (w->n == w->capacity) {
        size_t capacity = w->capacity ? w->capacity + w->capacity / 2 : 4096;
        struct link_edge *edges = mem_resize(w->edges, capacity, sizeof *edges);
        if (!edges)
            return false;
        w->edges = edges;
        w->capacity = capacity;
    }
    w->edges[w->n++] = *edge;
    return true;
}

static enum err score_batch(void *argument, unsigned thread,
                            const struct candidate *pairs, const uint32_t *rules,
                            size_t n, struct error *e)
{
    struct scoring *s = argument;
    struct worker *w = &s->workers[thread];
    double weights[BATCH];
    (void)rules;
    for (size_t i = 0; i < n; i++) {
        if (i % BATCH == 0)
            score_pairs(s->run->score, pairs + i, n - i < BATCH ? n - i : BATCH, weights);
        double weight = weights[i % BATCH];
        double place = (weight - WEIGHT_FROM) * 4;
        int bin = place < 0 ? 0 : place >= WEIGHT_BINS ? WEIGHT_BINS - 1 : (int)place;
        w->bins.pairs[bin]++;
        struct link_edge edge = {pairs[i].left, pairs[i].right, (float)weight};
        if (weight >= s->run->edge_from && !add_edge(w, &edge))
            return error_memory(e);
    }
    return ERR_OK;
}

// Edges of one left record, few as a rule, by the right one.
static int by_right(const void *left, const void *right)
{
    const struct link_edge *a = left, *b = right;
    return (a->right > b->right) - (a->right < b->right);
}

static void sort_by_right(struct link_edge *edges, size_t n)
{
    if (n > 32) {
        qsort(edges, n, sizeof *edges, by_right);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        struct link_edge one = edges[i];
        size_t at = i;
        for (; at > 0 && edges[at - 1].right > one.right; at--)
            edges[at] = edges[at - 1];
        edges[at] = one;
    }
}

// The workers' edges in one array by left, then right record: an order that does not
// depend on threads.
static enum err gather_edges(struct link_run *r, struct worker *workers, unsigned n,
                             struct error *e)
{
    uint64_t *begin = mem_alloc((size_t)r->view->n + 1, sizeof *begin);
    for (unsigned i = 0; i < n; i++)
        r->n_edges += workers[i].n;
    r->edges = mem_alloc(r->n_edges ? r->n_edges : 1, sizeof *r->edges);
    if (!begin || !r->edges) {
        mem_free(begin);
        return error_memory(e);
    }
    for (unsigned i = 0; i < n; i++)
        for (size_t k = 0; k < workers[i].n; k++)
            begin[workers[i].edges[k].left + 1]++;
    for (uint32_t k = 0; k < r->view->n; k++)
        begin[k + 1] += begin[k];
    for (unsigned i = 0; i < n; i++) {
        for (size_t k = 0; k < workers[i].n; k++)
            r->edges[begin[workers[i].edges[k].left]++] = workers[i].edges[k];
        mem_free(workers[i].edges);
        workers[i].edges = NULL;
    }
    uint64_t from = 0;
    for (uint32_t k = 0; k < r->view->n; from = begin[k++]) // now where each ends
        sort_by_right(r->edges + from, begin[k] - from);
    mem_free(begin);
    return ERR_OK;
}

enum err run_score(struct link_run *r, struct error *e)
{
    unsigned threads = pool_threads(r->pool);
    struct scoring s = {.run = r, .workers = mem_alloc(threads, sizeof *s.workers)};
    if (!s.workers)
        return error_memory(e);
    enum err code = candidates_each(r->candidates, false, score_batch, &s, e);
    for (unsigned i = 0; i < threads; i++)
        for (int b = 0; b < WEIGHT_BINS; b++)
            r->bins.pairs[b] += s.workers[i].bins.pairs[b];
    // Sums of fractions depend on their order; whole numbers and the middle of the bin
    // do not.
    for (int b = 0; b < WEIGHT_BINS; b++)
        r->bins.matches[b] =
            (double)r->bins.pairs[b] * score_probability(WEIGHT_FROM + (b + 0.5) / 4);
    if (!code)
        code = gather_edges(r, s.workers, threads, e);
    for (unsigned i = 0; i < threads; i++)
        mem_free(s.workers[i].edges);
    mem_free(s.workers);
    return code;
}
