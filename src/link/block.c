// SPDX-License-Identifier: AGPL-3.0-or-later
// Indexes a rule: gathers its records, passes over blocks that are too large, and cuts
// what is left into tasks of about as many pairs.
#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "link/block_private.h"

enum {
    MOST_PAIRS = 2000000,
    LEAST_TASK = 16384, // pairs
    MOST_TASK = 1 << 22,
    TASKS = 1024,
    LANES = 64,
    KEY_TEXT = 200 // bytes of a key that is told
};

enum err link_blocks_open(struct link_blocks **out, const struct link_view *v,
                          const struct block_options *options, struct pool *pool,
                          struct error *e)
{
    *out = NULL;
    for (uint32_t i = 1; i < v->n; i++)
        if (v->source[i] < v->source[i - 1])
            return error_set(e, ERR_INTERNAL, "link.block.order", NULL,
                             "Record %u is of an earlier source than the record before "
                             "it; records must lie source by source.",
                             i);
    struct link_blocks *b = mem_alloc(1, sizeof *b);
    if (!b)
        return error_memory(e);
    arena_init(&b->arena, 0);
    b->view = v;
    b->pool = pool;
    b->rule = UINT_MAX;
    if (options)
        b->options = *options;
    if (!b->options.most_pairs)
        b->options.most_pairs = MOST_PAIRS;
    b->rules = mem_alloc(v->n_rules, sizeof *b->rules);
    if (!b->rules) {
        link_blocks_close(b);
        return error_memory(e);
    }
    for (unsigned i = 0; i < v->n_rules; i++) {
        const struct view_rule *rule = &v->rules[i];
        unsigned columns[LINK_MAX_EQUAL + 1], n = rule->n_equal;
        assert(n <= LINK_MAX_EQUAL);
        memcpy(columns, rule->equal, n * sizeof *columns);
        b->rules[i].rule = rule;
        block_key_make(&b->rules[i].equal, v, columns, n);
        if (rule->near != LINK_NEAR_NONE)
            columns[n++] = rule->near_column;
        block_key_make(&b->rules[i].whole, v, columns, n);
    }
    *out = b;
    return ERR_OK;
}

static void index_free(struct block_index *x)
{
    if (x->self != x->keys.run)
        mem_free(x->self);
    block_groups_free(&x->keys);
    block_groups_free(&x->edits);
    mem_free(x->cross);
    mem_free(x->filed);
    mem_free(x->pairs);
    mem_free(x->task);
    mem_free(x->task_pairs);
    mem_free(x->task_new);
    *x = (struct block_index){0};
}

void link_blocks_close(struct link_blocks *b)
{
    if (!b)
        return;
    index_free(&b->index);
    for (unsigned i = 0; b->rules && i < b->view->n_rules; i++) {
        mem_free(b->rules[i].skips.place);
        mem_free(b->rules[i].position);
        mem_free(b->rules[i].outline);
    }
    mem_free(b->rules);
    arena_free(&b->arena);
    mem_free(b);
}

// ---- how many pairs

static uint64_t self_pairs(const struct link_blocks *b, struct block_run run)
{
    if (block_all_allowed(b))
        return (uint64_t)run.size * (run.size - 1) / 2;
    const uint32_t *record = b->index.keys.id + run.first;
    uint64_t pairs = 0;
    uint32_t partner = 0;
    for (uint32_t left = 0; left < run.size; left++) {
        partner = block_partner(b, record, run.size, left, partner);
        pairs += run.size - partner;
    }
    return pairs;
}

static void count_lane(void *argument, size_t lane, unsigned thread)
{
    (void)thread;
    struct link_blocks *b = argument;
    struct block_index *x = &b->index;
    uint64_t n = x->n_self + x->n_cross;
    for (uint64_t i = n * lane / LANES; i < n * (lane + 1) / LANES; i++)
        x->pairs[i] = i < x->n_self ? self_pairs(b, x->self[i])
                                    : block_near_pairs(b, i - x->n_self);
}

static uint64_t item_records(const struct link_blocks *b, uint64_t item)
{
    const struct block_index *x = &b->index;
    if (item < x->n_self)
        return x->self[item].size;
    return block_near_records(b, item - x->n_self);
}

// ---- passing over

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// The most pairs a block may have so that all of them together have no more than
// most_total; blocks of one size stay or go together.
static enum err largest_that_fits(const struct link_blocks *b, uint64_t *most,
                                  struct error *e)
{
    const struct block_index *x = &b->index;
    uint64_t n = x->n_self + x->n_cross, kept = 0;
    uint64_t *pairs = mem_resize(NULL, n + 1, sizeof *pairs);
    if (!pairs)
        return error_memory(e);
    double total = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (x->pairs[i] > *most)
            continue;
        total += (double)x->pairs[i];
        pairs[kept++] = x->pairs[i];
    }
    if (total > b->options.most_total) {
        qsort(pairs, kept, sizeof *pairs, by_size);
        double sum = 0;
        *most = 0;
        for (uint64_t i = 0, end; i < kept; i = end) {
            for (end = i; end < kept && pairs[end] == pairs[i];)
                end++;
            sum += (double)pairs[i] * (double)(end - i);
            if (sum > b->options.most_total)
                break;
            *most = pairs[i];
        }
    }
    mem_free(pairs);
    return ERR_OK;
}

static enum err skips_open(struct block_skips *s, uint64_t n, struct error *e)
{
    uint64_t size = 4;
    while (size < n * 2)
        size *= 2;
    s->place = mem_resize(NULL, size, sizeof *s->place);
    if (!s->place)
        return error_memory(e);
    for (uint64_t i = 0; i < size; i++)
        s->place[i].record = UINT32_MAX;
    s->mask = size - 1;
    s->n = n;
    return ERR_OK;
}

static void skips_add(struct block_skips *s, struct block_skip skip)
{
    uint64_t i = skip.key & s->mask;
    while (s->place[i].record != UINT32_MAX)
        i = (i + 1) & s->mask;
    s->place[i] = skip;
}

// What the records of an item have in common, as texts with ", " between.
static void key_text(const struct link_blocks *b, uint64_t item, struct buf *out)
{
    const struct block_index *x = &b->index;
    const struct block_rule *r = &b->rules[b->rule];
    bool self = item < x->n_self;
    const struct block_key *key = self ? &r->whole : &r->equal;
    uint32_t record =
        self ? x->keys.id[x->self[item].first] : block_near_record(b, item - x->n_self);
    for (unsigned i = 0; i < key->n; i++) {
        const struct link_column *c =
            &b->view->records->columns[b->view->column[key->column[i]]];
        if (out->n)
            buf_add_c(out, ", ");
        buf_add(out, link_text(c, block_row(b, record)[key->column[i]]));
    }
    if (!self)
        block_near_text(b, item - x->n_self, out);
}

static enum err tell_key(struct link_blocks *b, uint64_t item, bool tie, struct error *e)
{
    struct block_told *told = &b->rules[b->rule].told;
    struct buf text = BUF_INIT(1 << 22);
    key_text(b, item, &text);
    struct str s = buf_str(&text);
    if (s.n > KEY_TEXT) {
        s.n = KEY_TEXT;
        while (s.n && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
            s.n--;
    }
    enum err code = text.no_memory ? error_memory(e) : ERR_OK;
    if (!code && (!tie || str_compare(s, told->skipped_key) < 0)) {
        told->skipped_key = str_copy(&b->arena, s);
        if (!told->skipped_key.p)
            code = error_memory(e);
    }
    buf_free(&text);
    return code;
}

static struct block_skip skip_of(const struct link_blocks *b, uint64_t item)
{
    const struct block_index *x = &b->index;
    struct block_skip skip = {.part = BLOCK_SELF};
    if (item >= x->n_self)
        return block_near_skip(b, item - x->n_self);
    skip.record = x->keys.id[x->self[item].first];
    bool whole =
        block_key_of(&b->rules[b->rule].whole, block_row(b, skip.record), &skip.key);
    assert(whole);
    (void)whole;
    return skip;
}

// Moves an item that is kept up in its list.
static void keep_item(struct block_index *x, uint64_t from, uint64_t to)
{
    if (from < x->n_self) {
        x->self[to] = x->self[from];
        return;
    }
    from -= x->n_self;
    if (x->cross) {
        x->cross[to] = x->cross[from];
    } else {
        x->edits.run[to] = x->edits.run[from];
        x->edits.key[to] = x->edits.key[from];
    }
}

// Passes over all items with more than `most` pairs, and forgets those with none.
static enum err pass_over(struct link_blocks *b, uint64_t most, struct error *e)
{
    struct block_index *x = &b->index;
    struct block_rule *r = &b->rules[b->rule];
    struct block_told *told = &r->told;
    uint64_t n = x->n_self + x->n_cross, skipped = 0, largest = 0;
    for (uint64_t i = 0; i < n; i++)
        skipped += x->pairs[i] > most;
    mem_free(r->skips.place);
    r->skips = (struct block_skips){0};
    enum err code = skipped ? skips_open(&r->skips, skipped, e) : ERR_OK;
    uint64_t self = 0, cross = 0;
    for (uint64_t i = 0; i < n && !code; i++) {
        uint64_t pairs = x->pairs[i], records = item_records(b, i);
        if (!pairs)
            continue;
        told->blocks++;
        if (records > told->largest_block)
            told->largest_block = records;
        if (pairs <= most) {
            told->pairs += pairs;
            x->pairs[self + cross] = pairs;
            keep_item(x, i, i < x->n_self ? self++ : cross++);
            continue;
        }
        skips_add(&r->skips, skip_of(b, i));
        told->skipped_blocks++;
        told->skipped_records += records;
        told->skipped_pairs += (double)pairs;
        if (pairs >= largest)
            code = tell_key(b, i, pairs == largest, e);
        largest = pairs > largest ? pairs : largest;
    }
    x->n_self = self;
    x->n_cross = cross;
    return code;
}

// ---- tasks

// A task ends here and the next begins.
void block_cut(struct block_cutting *c, uint64_t item, uint64_t left)
{
    struct block_index *x = &c->b->index;
    c->sum = 0;
    if (x->n_tasks + 2 > c->room) {
        size_t room = c->room ? c->room * 2 : 256;
        struct block_task *task = mem_resize(x->task, room, sizeof *task);
        if (!task) {
            c->no_memory = true;
            return;
        }
        x->task = task;
        c->room = room;
    }
    x->task[++x->n_tasks] = (struct block_task){item, left};
}

// A block of many pairs is cut between its left records.
static void cut_self(struct block_cutting *c, uint64_t item)
{
    struct block_run run = c->b->index.self[item];
    const uint32_t *record = c->b->index.keys.id + run.first;
    uint32_t partner = 0;
    for (uint32_t left = 0; left < run.size && !c->no_memory; left++) {
        partner = block_partner(c->b, record, run.size, left, partner);
        c->sum += run.size - partner;
        if (c->sum >= c->target)
            block_cut(c, item, left + 1);
    }
}

static enum err cut_tasks(struct link_blocks *b, struct error *e)
{
    struct block_index *x = &b->index;
    uint64_t n = x->n_self + x->n_cross, target = b->rules[b->rule].told.pairs / TASKS;
    target = target < LEAST_TASK ? LEAST_TASK : target > MOST_TASK ? MOST_TASK : target;
    struct block_cutting c = {.b = b, .target = target};
    x->task = mem_alloc(2, sizeof *x->task);
    c.room = 2;
    if (!x->task)
        return error_memory(e);
    for (uint64_t i = 0; i < n && !c.no_memory; i++) {
        uint64_t pairs = x->pairs[i];
        if (c.sum && c.sum + pairs > target)
            block_cut(&c, i, 0);
        if (pairs <= target)
            c.sum += pairs;
        else if (i < x->n_self)
            cut_self(&c, i);
        else
            block_near_cut(&c, i - x->n_self);
    }
    if (c.sum && !c.no_memory)
        block_cut(&c, n, 0);
    if (!c.no_memory) {
        x->task_pairs = mem_alloc(x->n_tasks, sizeof *x->task_pairs);
        x->task_new = mem_alloc(x->n_tasks, sizeof *x->task_new);
    }
    return x->task_pairs && x->task_new ? ERR_OK : error_memory(e);
}

// ---- a rule

static enum err build(struct link_blocks *b, struct error *e)
{
    struct block_rule *r = &b->rules[b->rule];
    struct block_index *x = &b->index;
    uint64_t *keep, n_kept;
    struct block_input in;
    bool near = r->rule->near != LINK_NEAR_NONE;
    r->indexed = false;
    enum err code = block_new_keep(b, r, &keep, &n_kept, e);
    if (code)
        return code;
    struct block_records records = {b->view, &r->whole, keep};
    block_records_input(&in, &records, near ? 1 : 2);
    in.expected = n_kept;
    code = block_group(&x->keys, &in, b->pool, e);
    mem_free(keep);
    if (code)
        return code;
    r->told = (struct block_told){.null_records = x->keys.null};
    if (near) {
        if ((code = block_near_index(b, e)))
            return code;
    } else {
        x->self = x->keys.run;
        x->n_self = x->keys.n;
    }
    x->pairs = mem_resize(NULL, x->n_self + x->n_cross + 1, sizeof *x->pairs);
    if (!x->pairs)
        return error_memory(e);
    pool_run(b->pool, LANES, count_lane, b);
    // All pairs were asked for: one block, and nothing of it is passed over.
    bool all = !near && !r->rule->n_equal;
    uint64_t most = all ? UINT64_MAX : b->options.most_pairs;
    if (!all && b->options.most_total > 0 && (code = largest_that_fits(b, &most, e)))
        return code;
    if ((code = pass_over(b, most, e)) || (code = cut_tasks(b, e)))
        return code;
    if (near || r->rule->rest)
        r->told.pairs = 0; // known when they have been made
    r->indexed = true;
    return ERR_OK;
}

enum err link_blocks_index(struct link_blocks *b, unsigned rule, struct error *e)
{
    assert(rule < b->view->n_rules);
    for (unsigned i = 0; i < rule; i++)
        assert(b->rules[i].indexed && "earlier rules are indexed first");
    index_free(&b->index);
    b->rule = rule;
    enum err code = build(b, e);
    if (code) {
        index_free(&b->index);
        b->rule = UINT_MAX;
    }
    return code;
}

size_t link_blocks_tasks(const struct link_blocks *b)
{
    return b->index.n_tasks;
}

const struct block_told *link_blocks_told(const struct link_blocks *b, unsigned rule)
{
    assert(rule < b->view->n_rules);
    return &b->rules[rule].told;
}
