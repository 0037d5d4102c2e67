// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/candidates.h"

#include <stdatomic.h>
#include <string.h>

struct kept { // pairs of one task; NULL: to be compared again
    struct candidate *pairs;
    size_t n;
    bool whole;
};

struct kept_rule {
    struct kept *tasks;
    size_t n;
    bool whole; // of all tasks
};

struct candidates {
    const struct link_view *view;
    struct candidates_set set;
    struct pool *pool;
    struct link_blocks *blocks;
    struct link_scratch **scratch; // by thread
    struct kept_rule *rules;
    _Atomic uint64_t n_kept;
    uint64_t pairs;
    bool ran, stopped;
};

enum err candidates_open(struct candidates **out, const struct link_view *v,
                         const struct candidates_set *set, struct pool *pool,
                         struct error *e)
{
    struct candidates *c = *out = mem_alloc(1, sizeof *c);
    if (!c)
        return error_memory(e);
    *c = (struct candidates){.view = v, .set = *set, .pool = pool};
    c->scratch = mem_alloc(pool_threads(pool), sizeof *c->scratch);
    c->rules = mem_alloc(v->n_rules, sizeof *c->rules);
    if (!c->scratch || !c->rules)
        return error_memory(e);
    for (unsigned i = 0; i < pool_threads(pool); i++) {
        enum err code = link_scratch_open(&c->scratch[i], v, 0, e);
        if (code)
            return code;
    }
    return link_blocks_open(&c->blocks, v, &set->blocks, pool, e);
}

static void free_rule(struct kept_rule *r)
{
    for (size_t i = 0; i < r->n; i++)
        mem_free(r->tasks[i].pairs);
    mem_free(r->tasks);
    *r = (struct kept_rule){0};
}

void candidates_close(struct candidates *c)
{
    if (!c)
        return;
    for (unsigned i = 0; c->scratch && i < pool_threads(c->pool); i++)
        link_scratch_close(c->scratch[i]);
    for (unsigned i = 0; c->rules && i < c->view->n_rules; i++)
        free_rule(&c->rules[i]);
    mem_free(c->scratch);
    mem_free(c->rules);
    link_blocks_close(c->blocks);
    mem_free(c);
}

void candidates_on_progress(struct candidates *c,
                            bool (*progress)(void *argument, double share),
                            void *argument)
{
    c->set.progress = progress;
    c->set.argument = argument;
}

unsigned candidates_threads(const struct candidates *c)
{
    return pool_threads(c->pool);
}

bool candidates_stopped(const struct candidates *c)
{
    return c->stopped;
}

uint64_t candidates_pairs(const struct candidates *c)
{
    return c->pairs;
}

const struct block_told *candidates_told(const struct candidates *c, unsigned rule)
{
    return link_blocks_told(c->blocks, rule);
}

enum { BATCH = 1024 };

struct round { // one rule, one run through its tasks
    struct candidates *c;
    unsigned rule;
    size_t n_tasks;
    bool masks;
    candidate_sink *sink;
    void *argument;
    _Atomic uint64_t pairs;
    _Atomic bool failed, stop;
    _Atomic size_t done;
    struct error error; // of the first that failed
    atomic_flag error_lock;
};

struct job { // one task on one thread
    struct round *round;
    unsigned thread;
    struct kept *keep; // NULL: no more room
    size_t capacity;
};

static void round_fail(struct round *r, const struct error *e)
{
    while (atomic_flag_test_and_set(&r->error_lock))
        continue;
    if (!r->failed)
        r->error = *e;
    r->failed = true;
    atomic_flag_clear(&r->error_lock);
}

static uint32_t rules_of(const struct round *r, struct link_scratch *s, uint32_t left,
                         uint32_t right)
{
    uint32_t mask = 1u << r->rule;
    for (unsigned q = 0; q < r->c->view->n_rules; q++)
        if (q != r->rule && link_view_rule(r->c->view, s, q, left, right))
            mask |= 1u << q;
    return mask;
}

// Room for n more pairs of this task; false: the task's pairs are dropped.
static bool keep_room(struct job *j, size_t n)
{
    struct candidates *c = j->round->c;
    struct kept *k = j->keep;
    if (!k)
        return false;
    bool room = atomic_fetch_add(&c->n_kept, n) + n <= c->set.keep;
    if (room && k->n + n > j->capacity) {
        size_t capacity = j->capacity ? j->capacity * 2 : BATCH;
        while (capacity < k->n + n)
            capacity *= 2;
        struct candidate *p = mem_resize(k->pairs, capacity, sizeof *p);
        room = p != NULL;
        if (p) {
            k->pairs = p;
            j->capacity = capacity;
        }
    }
    if (!room) {
        atomic_fetch_sub(&c->n_kept, n + k->n);
        mem_free(k->pairs);
        *k = (struct kept){0};
        j->keep = NULL;
    }
    return room;
}

static enum err take_pairs(void *argument, const struct link_pair *pairs, size_t n,
                           struct error *e)
{
    struct job *j = argument;
    struct round *r = j->round;
    const struct link_view *v = r->c->view;
    struct link_scratch *s = r->c->scratch[j->thread];
    struct candidate out[BATCH];
    struct link_pair chosen[BATCH];
    uint64_t patterns[BATCH];
    uint32_t rules[BATCH];
    size_t m = 0;
    if (r->stop || r->failed)
        return error_set(e, ERR_BUSY, "link.stopped", NULL, "stopped");
    uint32_t first = r->c->set.first_new;
    for (size_t i = 0; i < n; i++)
        if (!first || v->source[pairs[i].left] >= first ||
            v->source[pairs[i].right] >= first)
            chosen[m++] = pairs[i];
    if (!m)
        return ERR_OK;
    if (r->c->set.bare)
        memset(patterns, 0, m * sizeof *patterns);
    else
        link_view_patterns(v, s, chosen, m, patterns);
    for (size_t i = 0; i < m; i++) {
        out[i] = (struct candidate){chosen[i].left, chosen[i].right, patterns[i]};
        rules[i] = r->masks ? rules_of(r, s, chosen[i].left, chosen[i].right) : 0;
    }
    if (keep_room(j, m)) {
        memcpy(j->keep->pairs + j->keep->n, out, m * sizeof *out);
        j->keep->n += m;
    }
    r->pairs += m;
    return r->sink(r->argument, j->thread, out, rules, m, e);
}

static enum err run_kept(struct job *j, const struct kept *k, struct error *e)
{
    struct round *r = j->round;
    uint32_t rules[BATCH];
    for (size_t i = 0; i < k->n && !r->stop; i += BATCH) {
        size_t n = k->n - i < BATCH ? k->n - i : BATCH;
        for (size_t q = 0; q < n; q++)
            rules[q] = r->masks ? rules_of(r, r->c->scratch[j->thread],
                                           k->pairs[i + q].left, k->pairs[i + q].right)
                                : 0;
        enum err code = r->sink(r->argument, j->thread, k->pairs + i, rules, n, e);
        if (code)
            return code;
    }
    r->pairs += k->n;
    return ERR_OK;
}

static void run_task(void *argument, size_t task, unsigned thread)
{
    struct round *r = argument;
    struct candidates *c = r->c;
    struct kept_rule *kept = &c->rules[r->rule];
    struct job job = {.round = r, .thread = thread};
    if (r->failed || r->stop)
        return;
    struct error e = {0};
    enum err code;
    bool only_kept = c->stopped; // the user has ended an earlier run: nothing new
    if (kept->n && (kept->tasks[task].whole || only_kept)) {
        code = run_kept(&job, &kept->tasks[task], &e);
    } else {
        job.keep = kept->n && !c->ran ? &kept->tasks[task] : NULL;
        code = link_blocks_run(c->blocks, task, c->scratch[thread], take_pairs, &job, &e);
        if (!code && job.keep)
            job.keep->whole = true;
    }
    if (code == ERR_BUSY && (r->stop || r->failed))
        return;
    if (code) {
        round_fail(r, &e);
        return;
    }
    size_t done = atomic_fetch_add(&r->done, 1) + 1;
    if (thread == 0 && c->set.progress) {
        double share = (r->rule + (double)done / (double)r->n_tasks) / c->view->n_rules;
        if (!c->set.progress(c->set.argument, share))
            r->stop = true;
    }
}

static enum err run_rule(struct candidates *c, struct round *r, struct error *e)
{
    struct kept_rule *kept = &c->rules[r->rule];
    if (kept->whole || c->stopped) {
        r->n_tasks = kept->n;
    } else {
        enum err code = link_blocks_index(c->blocks, r->rule, e);
        if (code)
            return code;
        r->n_tasks = link_blocks_tasks(c->blocks);
    }
    if (!c->ran && r->n_tasks) {
        kept->tasks = mem_alloc(r->n_tasks, sizeof *kept->tasks);
        kept->n = kept->tasks ? r->n_tasks : 0;
    }
    pool_run(c->pool, r->n_tasks, run_task, r);
    if (r->failed) {
        if (e)
            *e = r->error;
        return r->error.code;
    }
    if (!c->ran && kept->n) {
        kept->whole = true;
        for (size_t i = 0; i < kept->n; i++)
            kept->whole &= kept->tasks[i].whole;
    }
    return ERR_OK;
}

enum err candidates_each(struct candidates *c, bool masks, candidate_sink *sink,
                         void *argument, struct error *e)
{
    uint64_t pairs = 0;
    bool stop = false;
    for (unsigned rule = 0; rule < c->view->n_rules && !stop; rule++) {
        struct round r = {.c = c,
                          .rule = rule,
                          .masks = masks,
                          .sink = sink,
                          .argument = argument,
                          .error_lock = ATOMIC_FLAG_INIT};
        enum err code = run_rule(c, &r, e);
        if (code)
            return code;
        pairs += r.pairs;
        stop = r.stop;
    }
    c->stopped |= stop;
    c->pairs = pairs;
    c->ran = true;
    return ERR_OK;
}
