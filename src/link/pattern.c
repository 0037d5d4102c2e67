// SPDX-License-Identifier: AGPL-3.0-or-later
// Counts of agreement patterns, and pairs drawn at random (candidates.h).
#include "base/rng.h"
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

double link_all_pairs(const struct link_view *v)
{
    double n = v->n, pairs = n * (n - 1) / 2;
    if (v->type != LINK_LINK_ONLY)
        return pairs;
    for (unsigned s = 0; s < v->records->n_sources; s++) {
        double m = v->records->sources[s].end - v->records->sources[s].begin;
        pairs -= m * (m - 1) / 2;
    }
    return pairs;
}

struct draw { // one round of draws
    const struct link_view *view;
    struct link_scratch **scratch;
    struct counter *counters;
    uint64_t seed;
    size_t first_task;
    bool whole; // each pair once
    _Atomic bool failed;
};

enum { DRAWS = 8192, ROUND_TASKS = 16, ROWS = 16, DRAWN = 1024, MEMORY = 12 };

enum { BATCH = 512 };

struct batch { // pairs that are compared together
    struct link_pair pairs[BATCH];
    size_t n;
};

static void count_batch(struct draw *d, unsigned thread, struct batch *b)
{
    uint64_t patterns[BATCH];
    link_view_patterns(d->view, d->scratch[thread], b->pairs, b->n, patterns);
    for (size_t i = 0; i < b->n; i++)
        if (!counter_add(&d->counters[thread], patterns[i], 0, 1))
            d->failed = true;
    b->n = 0;
}

static void draw_one(struct draw *d, unsigned thread, struct batch *b, uint32_t left,
                     uint32_t right)
{
    b->pairs[b->n++] =
        left < right ? (struct link_pair){left, right} : (struct link_pair){right, left};
    if (b->n == BATCH)
        count_batch(d, thread, b);
}

// A task draws its pairs from records that it has drawn before: then these lie in the
// caches. A million pairs still come from 125,000 records, so that the level shares are
// hardly less sure than those of pairs that share no record. Between files, each record
// is drawn afresh, for one may be so small that it had no record among the drawn.
static void draw_random(void *argument, size_t task, unsigned thread)
{
    struct draw *d = argument;
    const struct link_view *v = d->view;
    struct rng r = rng_stream(d->seed, d->first_task + task);
    struct batch batch = {.n = 0};
    uint32_t drawn[DRAWN];
    bool afresh = v->type == LINK_LINK_ONLY;
    for (unsigned i = 0; i < DRAWN && !afresh; i++)
        drawn[i] = (uint32_t)rng_below(&r, v->n);
    for (unsigned i = 0; i < DRAWS && !d->failed; i++) {
        uint32_t a, b;
        do {
            a = (uint32_t)(afresh ? rng_below(&r, v->n) : drawn[rng_below(&r, DRAWN)]);
            b = (uint32_t)(afresh ? rng_below(&r, v->n) : drawn[rng_below(&r, DRAWN)]);
        } while (a == b || !link_view_pairs(v, a, b));
        draw_one(d, thread, &batch, a, b);
    }
    count_batch(d, thread, &batch);
}

static void draw_whole(void *argument, size_t task, unsigned thread)
{
    struct draw *d = argument;
    const struct link_view *v = d->view;
    uint32_t begin = (uint32_t)task * ROWS;
    struct batch batch = {.n = 0};
    for (uint32_t a = begin; a < v->n && a < begin + ROWS && !d->failed; a++)
        for (uint32_t b = a + 1; b < v->n && !d->failed; b++)
            if (link_view_pairs(v, a, b))
                draw_one(d, thread, &batch, a, b);
    count_batch(d, thread, &batch);
}

// Every level of every comparison has been met often enough.
static bool enough_of_all(const struct link_view *v, const struct counter *counters,
                          unsigned n, uint64_t enough)
{
    uint64_t met[LINK_MAX_COMPARISONS][LINK_MAX_LEVELS + 1] = {0};
    for (unsigned t = 0; t < n; t++)
        for (size_t i = 0; i <= counters[t].mask; i++)
            for (unsigned c = 0; counters[t].slots[i].pairs && c < v->n_comparisons; c++)
                met[c][link_pattern_level(&v->comparisons[c],
                                          counters[t].slots[i].pattern)] +=
                    counters[t].slots[i].pairs;
    for (unsigned c = 0; c < v->n_comparisons; c++)
        for (unsigned k = 0; k < v->comparisons[c].n_levels; k++)
            if (k != v->comparisons[c].null_level && met[c][k] < enough)
                return false;
    return true;
}

enum err pattern_table_random(struct pattern_table *out, const struct link_view *v,
                              const struct random_pairs *set, struct pool *pool,
                              struct error *e)
{
    *out = (struct pattern_table){0};
    uint64_t enough = set->enough ? set->enough : 100;
    uint64_t most = set->most ? set->most : 1000000;
    double all = link_all_pairs(v);
    if (all < 1) {
        error_set(e, ERR_INPUT, "link.no_pairs", NULL,
                  "there are no two records that may be compared: %s",
                  v->n < 2 ? "there is only one" : "all are in one file");
        return error_cure(e, "Give files with more records.");
    }
    unsigned threads = pool_threads(pool);
    struct draw d = {.view = v, .seed = set->seed, .whole = all <= (double)most};
    enum err code = open_counters(&d.counters, threads, e);
    if (code)
        return code;
    d.scratch = mem_alloc(threads, sizeof *d.scratch);
    code = d.scratch ? ERR_OK : error_memory(e);
    for (unsigned i = 0; !code && i < threads; i++)
        code = link_scratch_open(&d.scratch[i], v, MEMORY, e);
    if (!code && d.whole)
        pool_run(pool, ((size_t)v->n + ROWS - 1) / ROWS, draw_whole, &d);
    for (uint64_t drawn = 0; !code && !d.whole && !d.failed && drawn < most;) {
        pool_run(pool, ROUND_TASKS, draw_random, &d);
        d.first_task += ROUND_TASKS;
        drawn += (uint64_t)ROUND_TASKS * DRAWS;
        if (!d.failed && enough_of_all(v, d.counters, threads, enough))
            break;
        if (set->go_on && !set->go_on(set->argument))
            break;
    }
    for (unsigned i = 0; d.scratch && i < threads; i++)
        link_scratch_close(d.scratch[i]);
    mem_free(d.scratch);
    if (!code && d.failed)
        code = error_memory(e);
    if (code) {
        free_counters(d.counters, threads);
        return code;
    }
    return gather(out, d.counters, threads, e);
}
