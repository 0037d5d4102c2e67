// SPDX-License-Identifier: AGPL-3.0-or-later
// Counts of agreement patterns, of candidates and of random pairs (candidates.h).
#include "link/candidates.h"

#include <stdlib.h>
#include <string.h>

struct counter { // open addressing; pairs 0: a free place
    struct pattern_row *slots;
    size_t n, mask;
};

static bool counter_open(struct counter *c, size_t slots)
{
    *c = (struct counter){.slots = mem_alloc(slots, sizeof *c->slots), .mask = slots - 1};
    return c->slots != NULL;
}

static size_t counter_place(const struct counter *c, uint64_t pattern, uint32_t rules)
{
    uint64_t h = (pattern ^ (uint64_t)rules << 40 ^ rules) * 0x9e3779b97f4a7c15u;
    size_t i = (size_t)(h >> 20) & c->mask;
    while (c->slots[i].pairs &&
           (c->slots[i].pattern != pattern || c->slots[i].rules != rules))
        i = (i + 1) & c->mask;
    return i;
}

static bool counter_add(struct counter *c, uint64_t pattern, uint32_t rules,
                        uint64_t pairs)
{
    size_t i = counter_place(c, pattern, rules);
    if (!c->slots[i].pairs) {
        if (c->n * 4 >= c->mask * 3) {
            struct counter wider;
            if (!counter_open(&wider, (c->mask + 1) * 2))
                return false;
            for (size_t k = 0; k <= c->mask; k++)
                if (c->slots[k].pairs)
                    wider.slots[counter_place(&wider, c->slots[k].pattern,
                                              c->slots[k].rules)] = c->slots[k];
            wider.n = c->n;
            mem_free(c->slots);
            *c = wider;
            i = counter_place(c, pattern, rules);
        }
        c->slots[i] = (struct pattern_row){pattern, rules, 0};
        c->n++;
    }
    c->slots[i].pairs += pairs;
    return true;
}

static int compare_rows(const void *left, const void *right)
{
    const struct pattern_row *a = left, *b = right;
    if (a->pattern != b->pattern)
        return a->pattern < b->pattern ? -1 : 1;
    return (a->rules > b->rules) - (a->rules < b->rules);
}

void pattern_table_free(struct pattern_table *t)
{
    mem_free(t->rows);
    *t = (struct pattern_table){0};
}

// All threads' counts in one sorted table; the counters are freed either way.
static enum err gather(struct pattern_table *out, struct counter *counters, unsigned n,
                       struct error *e)
{
    bool fine = true;
    for (unsigned t = 1; t < n && fine; t++)
        for (size_t i = 0; counters[t].slots && i <= counters[t].mask && fine; i++)
            if (counters[t].slots[i].pairs)
                fine =
                    counter_add(&counters[0], counters[t].slots[i].pattern,
                                counters[t].slots[i].rules, counters[t].slots[i].pairs);
    if (fine) {
        out->rows = mem_alloc(counters[0].n, sizeof *out->rows);
        fine = out->rows != NULL;
    }
    for (size_t i = 0; fine && i <= counters[0].mask; i++)
        if (counters[0].slots[i].pairs)
            out->rows[out->n++] = counters[0].slots[i];
    for (unsigned t = 0; t < n; t++)
        mem_free(counters[t].slots);
    mem_free(counters);
    if (!fine) {
        pattern_table_free(out);
        return error_memory(e);
    }
    qsort(out->rows, out->n, sizeof *out->rows, compare_rows);
    return ERR_OK;
}

enum { FIRST_SLOTS = 1024 };

static enum err open_counters(struct counter **out, unsigned n, struct error *e)
{
    *out = mem_alloc(n, sizeof **out);
    bool fine = *out != NULL;
    for (unsigned i = 0; fine && i < n; i++)
        fine = counter_open(&(*out)[i], FIRST_SLOTS);
    if (fine)
        return ERR_OK;
    for (unsigned i = 0; *out && i < n; i++)
        mem_free((*out)[i].slots);
    mem_free(*out);
    return error_memory(e);
}

static enum err count_candidates(void *argument, unsigned thread,
                                 const struct candidate *pairs, const uint32_t *rules,
                                 size_t n, struct error *e)
{
    struct counter *c = (struct counter *)argument + thread;
    for (size_t i = 0; i < n; i++)
        if (!counter_add(c, pairs[i].pattern, rules[i], 1))
            return error_memory(e);
    return ERR_OK;
}

static void free_counters(struct counter *counters, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        mem_free(counters[i].slots);
    mem_free(counters);
}

enum err pattern_table_of(struct pattern_table *out, struct candidates *c, bool masks,
                          struct error *e)
{
    *out = (struct pattern_table){0};
    struct counter *counters;
    unsigned threads = candidates_threads(c);
    enum err code = open_counters(&counters, threads, e);
    if (code)
        return code;
    code = candidates_each(c, masks, count_candidates, counters, e);
    if (code) {
        free_counters(counters, threads);
        return code;
    }
    return gather(out, counters, threads, e);
}

// --- of random pairs

struct draw {
    const struct link_view *view;
    struct link_scratch **scratch; // by thread, as the counters
    struct counter *counters;
    unsigned threads;
    uint64_t least; // of each level
};

enum { MEMORY = 12 };

static bool count_pairs(void *argument, unsigned thread, const struct link_pair *pairs,
                        size_t n)
{
    struct draw *d = argument;
    uint64_t patterns[RANDOM_BATCH];
    link_view_patterns(d->view, d->scratch[thread], pairs, n, patterns);
    for (size_t i = 0; i < n; i++)
        if (!counter_add(&d->counters[thread], patterns[i], 0, 1))
            return false;
    return true;
}

// Every level of every comparison has been met often enough.
static bool enough_of_all(void *argument)
{
    const struct draw *d = argument;
    const struct link_view *v = d->view;
    uint64_t met[LINK_MAX_COMPARISONS][LINK_MAX_LEVELS + 1] = {0};
    for (unsigned t = 0; t < d->threads; t++)
        for (size_t i = 0; i <= d->counters[t].mask; i++) {
            const struct pattern_row *row = &d->counters[t].slots[i];
            for (unsigned c = 0; row->pairs && c < v->n_comparisons; c++)
                met[c][link_pattern_level(&v->comparisons[c], row->pattern)] +=
                    row->pairs;
        }
    for (unsigned c = 0; c < v->n_comparisons; c++)
        for (unsigned k = 0; k < v->comparisons[c].n_levels; k++)
            if (k != v->comparisons[c].null_level && met[c][k] < d->least)
                return false;
    return true;
}

enum err pattern_table_random(struct pattern_table *out, const struct link_view *v,
                              const struct random_pairs *set, struct pool *pool,
                              struct error *e)
{
    *out = (struct pattern_table){0};
    struct draw d = {.view = v,
                     .threads = pool_threads(pool),
                     .least = set->enough ? set->enough : 100};
    enum err code = open_counters(&d.counters, d.threads, e);
    if (code)
        return code;
    d.scratch = mem_alloc(d.threads, sizeof *d.scratch);
    code = d.scratch ? ERR_OK : error_memory(e);
    for (unsigned i = 0; !code && i < d.threads; i++)
        code = link_scratch_open(&d.scratch[i], v, MEMORY, e);
    struct random_use use = {count_pairs, enough_of_all, &d};
    if (!code)
        code = random_pairs_each(v, set, &use, pool, e);
    for (unsigned i = 0; d.scratch && i < d.threads; i++)
        link_scratch_close(d.scratch[i]);
    mem_free(d.scratch);
    if (code) {
        free_counters(d.counters, d.threads);
        return code;
    }
    return gather(out, d.counters, d.threads, e);
}
