// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/random_pairs.h"

#include "base/rng.h"

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

enum {
    DRAWN = 1024,          // records of a task
    STEPS = 8,             // pairs of each
    DRAWS = DRAWN * STEPS, // pairs of a task
    ROUND_TASKS = 16,
    ROWS = 16, // of a task, when every pair is taken
    WHOLE = 1000000
};

struct drawing { // one round
    const struct link_view *view;
    const struct random_use *use;
    uint64_t seed;
    size_t first_task;
    _Atomic bool failed;
};

struct batch {
    struct drawing *drawing;
    unsigned thread;
    size_t n;
    struct link_pair pairs[RANDOM_BATCH];
};

static void flush(struct batch *b)
{
    const struct random_use *use = b->drawing->use;
    if (b->n && !use->take(use->argument, b->thread, b->pairs, b->n))
        b->drawing->failed = true;
    b->n = 0;
}

static void add_pair(struct batch *b, uint32_t left, uint32_t right)
{
    b->pairs[b->n++] =
        left < right ? (struct link_pair){left, right} : (struct link_pair){right, left};
    if (b->n == RANDOM_BATCH)
        flush(b);
}

// A task draws some records, which then lie in the caches, and pairs each with the next
// ones drawn. A million pairs still come from 125,000 records, so that the level shares
// are hardly less sure than those of pairs that share no record.
static void draw_steps(struct batch *b, struct rng *r)
{
    const struct link_view *v = b->drawing->view;
    uint32_t drawn[DRAWN];
    for (unsigned i = 0; i < DRAWN; i++)
        drawn[i] = (uint32_t)rng_below(r, v->n);
    for (unsigned step = 1; step <= STEPS; step++)
        for (unsigned i = 0; i < DRAWN && !b->drawing->failed; i++) {
            uint32_t a = drawn[i], c = drawn[(i + step) % DRAWN];
            while (a == c)
                c = (uint32_t)rng_below(r, v->n);
            add_pair(b, a, c);
        }
}

// Between files each pair is drawn afresh, for one may be so small that it has no record
// among a thousand.
static void draw_afresh(struct batch *b, struct rng *r)
{
    const struct link_view *v = b->drawing->view;
    for (unsigned i = 0; i < DRAWS && !b->drawing->failed; i++) {
        uint32_t a, c;
        do {
            a = (uint32_t)rng_below(r, v->n);
            c = (uint32_t)rng_below(r, v->n);
        } while (a == c || !link_view_pairs(v, a, c));
        add_pair(b, a, c);
    }
}

static void draw_task(void *argument, size_t task, unsigned thread)
{
    struct drawing *d = argument;
    struct batch batch;
    struct rng r = rng_stream(d->seed, d->first_task + task);
    batch.drawing = d;
    batch.thread = thread;
    batch.n = 0;
    if (d->view->type == LINK_LINK_ONLY)
        draw_afresh(&batch, &r);
    else
        draw_steps(&batch, &r);
    flush(&batch);
}

static void whole_task(void *argument, size_t task, unsigned thread)
{
    struct drawing *d = argument;
    const struct link_view *v = d->view;
    uint32_t begin = (uint32_t)task * ROWS;
    struct batch batch;
    batch.drawing = d;
    batch.thread = thread;
    batch.n = 0;
    for (uint32_t a = begin; a < v->n && a < begin + ROWS && !d->failed; a++)
        for (uint32_t b = a + 1; b < v->n && !d->failed; b++)
            if (link_view_pairs(v, a, b))
                add_pair(&batch, a, b);
    flush(&batch);
}

enum err random_pairs_each(const struct link_view *v, const struct random_pairs *set,
                           const struct random_use *use, struct pool *pool,
                           struct error *e)
{
    uint64_t most = set->most ? set->most : 1000000;
    double all = link_all_pairs(v);
    if (all < 1) {
        error_set(e, ERR_INPUT, "link.no_pairs", NULL,
                  "there are no two records that may be compared: %s",
                  v->n < 2 ? "there is only one" : "all are in one file");
        return error_cure(e, "Give files with more records.");
    }
    struct drawing d = {.view = v, .use = use, .seed = set->seed};
    bool whole = all <= (double)(most < WHOLE ? most : WHOLE);
    if (whole)
        pool_run(pool, ((size_t)v->n + ROWS - 1) / ROWS, whole_task, &d);
    for (uint64_t drawn = 0; !whole && !d.failed && drawn < most;) {
        pool_run(pool, ROUND_TASKS, draw_task, &d);
        d.first_task += ROUND_TASKS;
        drawn += (uint64_t)ROUND_TASKS * DRAWS;
        if (!d.failed && use->enough(use->argument))
            break;
        if (set->go_on && !set->go_on(set->argument))
            break;
    }
    return d.failed ? error_memory(e) : ERR_OK;
}
