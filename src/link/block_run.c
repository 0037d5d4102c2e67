// SPDX-License-Identifier: AGPL-3.0-or-later
// Makes the pairs of a task. A pair is left out when an earlier rule has given it: both
// records agree in that rule's parts, and it did not pass over their block.
#include <assert.h>
#include <limits.h>

#include "link/block_private.h"

enum { BATCH = 1024, AHEAD = 16, BLOCKS_AHEAD = 10 };

struct stream {
    const struct link_blocks *b;
    const struct link_view *view;
    struct link_scratch *scratch;
    const uint32_t *record; // of the index
    bool rest;              // the rule has one
    bool plain;             // each candidate is a pair to give
    block_sink *sink;
    void *argument;
    struct error *e;
    enum err code;
    uint64_t pairs, new_pairs;
    size_t n;
    struct link_pair batch[BATCH];
};

bool block_skipped(const struct link_view *v, const struct block_skips *s,
                   const struct block_key *whole, enum block_part part, uint64_t key,
                   uint32_t record)
{
    if (!s->n)
        return false;
    for (uint64_t i = key & s->mask; s->place[i].record != UINT32_MAX;
         i = (i + 1) & s->mask) {
        const struct block_skip *x = &s->place[i];
        if (x->key != key || x->part != part)
            continue;
        // keys of a cross part name it exactly, or are all there is to it
        if (part == BLOCK_CROSS || whole->exact ||
            block_key_same(whole, link_view_row(v, x->record), link_view_row(v, record)))
            return true;
    }
    return false;
}

static bool given_by(const struct stream *s, unsigned rule, uint32_t left, uint32_t right,
                     const uint32_t *a, const uint32_t *b)
{
    const struct block_rule *r = &s->b->rules[rule];
    const struct view_rule *how = r->rule;
    for (unsigned i = 0; i < how->n_equal; i++) {
        unsigned column = how->equal[i];
        if (a[column] != b[column] || a[column] == LINK_NULL)
            return false;
    }
    if (how->near == LINK_NEAR_NONE) {
        uint64_t key;
        if (r->skips.n && block_key_of(&r->whole, a, &key) &&
            block_skipped(s->view, &r->skips, &r->whole, BLOCK_SELF, key, left))
            return false;
    } else if (!block_near_given(s->b, rule, left, right)) {
        return false;
    }
    return !how->rest || link_view_rest(s->view, s->scratch, rule, left, right);
}

static bool given_before(const struct stream *s, uint32_t left, uint32_t right)
{
    const uint32_t *a = block_row(s->b, left), *b = block_row(s->b, right);
    for (unsigned rule = 0; rule < s->b->rule; rule++)
        if (given_by(s, rule, left, right, a, b))
            return true;
    return false;
}

static bool flush(struct stream *s)
{
    if (!s->n)
        return true;
    s->new_pairs += s->n;
    s->code = s->sink(s->argument, s->batch, s->n, s->e);
    s->n = 0;
    return !s->code;
}

// False when the sink wants no more.
static inline bool give(struct stream *s, uint32_t left, uint32_t right)
{
    if (!s->plain) {
        if (s->rest && !link_view_rest(s->view, s->scratch, s->b->rule, left, right))
            return true;
        s->pairs++;
        if (given_before(s, left, right))
            return true;
    }
    s->batch[s->n++] = (struct link_pair){left, right};
    return s->n < BATCH || flush(s);
}

// Rows are wanted a little later: records of a block lie anywhere.
static void fetch_rows(const struct stream *s, struct block_run run)
{
    for (uint32_t i = 0; i < run.size && i < AHEAD; i++)
        __builtin_prefetch(block_row(s->b, s->record[run.first + i]));
}

// Lefts from..to-1 of a block with the records after each.
static bool run_self(struct stream *s, struct block_run run, uint32_t from, uint32_t to)
{
    const uint32_t *record = s->record + run.first;
    uint32_t partner = 0;
    for (uint32_t left = from; left < to; left++) {
        partner = block_partner(s->b, record, run.size, left, partner);
        for (uint32_t i = partner; i < run.size; i++)
            if (!give(s, record[left], record[i]))
                return false;
    }
    return true;
}

// Left records from..to-1 of the one with all records of the other.
static bool run_join(struct stream *s, struct block_run left, struct block_run right,
                     uint64_t from, uint64_t to)
{
    const uint32_t *record = s->record;
    bool all = block_all_allowed(s->b);
    for (uint64_t i = from; i < to && i < left.size; i++)
        for (uint32_t j = 0; j < right.size; j++) {
            uint32_t a = record[left.first + i], b = record[right.first + j];
            if ((all || block_allowed(s->b, a, b)) &&
                !give(s, a < b ? a : b, a < b ? b : a))
                return false;
        }
    return true;
}

static bool has_new(const struct stream *s, struct block_run key)
{
    return s->record[key.first + key.size - 1] >= s->b->options.first_new;
}

// Keys from..to-1 of those that meet with the keys after each.
static bool run_edit(struct stream *s, uint64_t cross, uint64_t from, uint64_t to)
{
    const struct block_index *index = &s->b->index;
    struct block_run met = index->edits.run[cross];
    const uint32_t *key = index->edits.id + met.first;
    for (uint64_t i = from; i < to && i < met.size; i++) {
        if (i && key[i] == key[i - 1])
            continue; // two of its own variants have the same hash
        struct block_run left = index->keys.run[key[i]];
        bool any = has_new(s, left);
        for (uint64_t j = i + 1; j < met.size; j++)
            if (key[j] != key[j - 1] && (any || has_new(s, index->keys.run[key[j]])) &&
                block_edit_join(s->b, cross, key[i], key[j]) &&
                !run_join(s, left, index->keys.run[key[j]], 0, left.size))
                return false;
    }
    return true;
}

static bool run_item(struct stream *s, uint64_t item, uint64_t from, uint64_t to)
{
    const struct block_index *index = &s->b->index;
    if (item < index->n_self) {
        struct block_run run = index->self[item];
        if (!s->plain && item + BLOCKS_AHEAD < index->n_self)
            fetch_rows(s, index->self[item + BLOCKS_AHEAD]);
        return run_self(s, run, (uint32_t)from, to < run.size ? (uint32_t)to : run.size);
    }
    uint64_t cross = item - index->n_self;
    return index->cross ? run_join(s, index->cross[cross].left, index->cross[cross].right,
                                   from, to)
                        : run_edit(s, cross, from, to);
}

static void tell(struct link_blocks *b, size_t task, const struct stream *s)
{
    struct block_index *index = &b->index;
    struct block_told *told = &b->rules[b->rule].told;
    // a task that runs again is not counted twice
    __atomic_fetch_add(&told->new_pairs, s->new_pairs - index->task_new[task],
                       __ATOMIC_RELAXED);
    index->task_new[task] = s->new_pairs;
    const struct view_rule *rule = b->rules[b->rule].rule;
    if (rule->near == LINK_NEAR_NONE && !rule->rest)
        return; // known since it was indexed
    uint64_t pairs = s->plain ? s->new_pairs : s->pairs;
    __atomic_fetch_add(&told->pairs, pairs - index->task_pairs[task], __ATOMIC_RELAXED);
    index->task_pairs[task] = pairs;
}

enum err link_blocks_run(struct link_blocks *b, size_t task, struct link_scratch *scratch,
                         block_sink *sink, void *argument, struct error *e)
{
    assert(b->rule != UINT_MAX && task < b->index.n_tasks);
    const struct view_rule *rule = b->rules[b->rule].rule;
    struct stream s;
    s.b = b;
    s.view = b->view;
    s.scratch = scratch;
    s.record = b->index.keys.id;
    s.rest = rule->rest != NULL;
    s.plain = !s.rest && b->rule == 0;
    s.sink = sink;
    s.argument = argument;
    s.e = e;
    s.code = ERR_OK;
    s.pairs = s.new_pairs = 0;
    s.n = 0;
    struct block_task at = b->index.task[task], end = b->index.task[task + 1];
    bool more = true;
    for (; more && at.item < end.item; at = (struct block_task){at.item + 1, 0})
        more = run_item(&s, at.item, at.left, UINT64_MAX);
    if (more && end.left)
        more = run_item(&s, at.item, at.left, end.left);
    if (more)
        flush(&s);
    tell(b, task, &s);
    return s.code;
}
