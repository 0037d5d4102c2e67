// SPDX-License-Identifier: AGPL-3.0-or-later
// Alike keys. Work is done on keys (the equal parts' numbers and the near column's), not
// on records: keys lie in the order of their texts (neighbours in sorted order) or of
// their value numbers (within one edit, block_edit.c: texts are then read in the order in
// which they lie in memory).
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "link/block_private.h"

enum { LANES = 16, CHUNKS = 8 };

bool block_near_given(const struct link_blocks *b, unsigned rule, uint32_t left,
                      uint32_t right)
{
    const struct block_rule *r = &b->rules[rule];
    const uint32_t *row = block_row(b, left), *other = block_row(b, right);
    uint32_t value = row[r->rule->near_column], another = other[r->rule->near_column];
    uint64_t key;
    if (value == LINK_NULL || another == LINK_NULL)
        return false;
    if (value == another)
        return !r->skips.n || !block_key_of(&r->whole, row, &key) ||
               !block_skipped(b->view, &r->skips, &r->whole, BLOCK_SELF, key, left);
    if (r->rule->near == LINK_NEAR_EDIT)
        return block_edit_given(b, r, left, right);
    uint32_t p = r->position[left], q = r->position[right];
    uint32_t low = p < q ? p : q, high = p < q ? q : p;
    return high - low <= r->rule->near_steps &&
           !block_skipped(b->view, &r->skips, &r->whole, BLOCK_CROSS, low, left);
}

// ---- keys in the order of their near values

struct filing {
    const struct link_blocks *b;
    const struct block_rule *rule;
    struct block_filed *filed;
};

static void file_lane(void *argument, size_t lane, unsigned thread)
{
    (void)thread;
    const struct filing *f = argument;
    uint64_t n = f->b->index.keys.n;
    for (uint64_t i = n * lane / LANES; i < n * (lane + 1) / LANES; i++) {
        const uint32_t *row = block_key_row(f->b, (uint32_t)i);
        f->filed[i] = (struct block_filed){block_equal_hash(f->rule, row),
                                           row[f->rule->rule->near_column]};
    }
}

// Files the keys in the order of rank[value], or of values when rank is NULL; those with
// the same value stay as they were.
static enum err order_keys(struct link_blocks *b, const struct block_rule *r,
                           const uint32_t *rank, struct error *e)
{
    struct block_index *x = &b->index;
    uint32_t n_values = block_near_column(b, r)->n_values;
    uint64_t n = x->keys.n;
    struct filing f = {b, r, mem_resize(NULL, n + 1, sizeof *f.filed)};
    struct block_run *run = mem_resize(NULL, n + 1, sizeof *run);
    uint32_t *at = mem_alloc((size_t)n_values + 2, sizeof *at);
    x->filed = mem_resize(NULL, n + 1, sizeof *x->filed);
    enum err code = f.filed && run && at && x->filed ? ERR_OK : error_memory(e);
    if (!code) {
        pool_run(b->pool, LANES, file_lane, &f);
        for (uint64_t i = 0; i < n; i++)
            at[(rank ? rank[f.filed[i].value] : f.filed[i].value) + 1]++;
        for (uint32_t i = 0; i < n_values; i++)
            at[i + 1] += at[i];
        for (uint64_t i = 0; i < n; i++) {
            uint32_t value = f.filed[i].value, place = at[rank ? rank[value] : value]++;
            run[place] = x->keys.run[i];
            x->filed[place] = f.filed[i];
        }
        struct block_run *unordered = x->keys.run;
        x->keys.run = run;
        run = unordered;
    }
    mem_free(f.filed);
    mem_free(run);
    mem_free(at);
    return code;
}

// ---- values in the order of their texts

struct sorted_value {
    uint64_t begin; // of the text: eight bytes, the first the highest
    uint32_t value;
};

struct sorting {
    const struct link_column *column;
    struct sorted_value *from, *to;
    uint64_t n;
    unsigned step; // chunks that are in order together
};

static int by_text(const void *a, const void *b, void *argument)
{
    const struct sorted_value *x = a, *y = b;
    const struct link_column *c = argument;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return str_compare(link_text(c, x->value), link_text(c, y->value));
}

static void sort_chunk(void *argument, size_t chunk, unsigned thread)
{
    (void)thread;
    const struct sorting *s = argument;
    uint64_t from = s->n * chunk / CHUNKS, to = s->n * (chunk + 1) / CHUNKS;
    for (uint64_t i = from; i < to; i++) {
        struct str text = link_text(s->column, (uint32_t)i + 1);
        uint64_t begin = 0;
        for (size_t k = 0; k < 8; k++)
            begin = begin << 8 | (k < text.n ? (unsigned char)text.p[k] : 0);
        s->from[i] = (struct sorted_value){begin, (uint32_t)i + 1};
    }
    qsort_r(s->from + from, to - from, sizeof *s->from, by_text, (void *)s->column);
}

static void merge_chunks(void *argument, size_t pair, unsigned thread)
{
    (void)thread;
    const struct sorting *s = argument;
    size_t chunk = pair * 2 * s->step;
    uint64_t i = s->n * chunk / CHUNKS, middle = s->n * (chunk + s->step) / CHUNKS;
    uint64_t j = middle, end = s->n * (chunk + 2 * s->step) / CHUNKS;
    for (uint64_t at = i; at < end; at++) {
        bool first = j == end || (i < middle && by_text(&s->from[i], &s->from[j],
                                                        (void *)s->column) <= 0);
        s->to[at] = s->from[first ? i++ : j++];
    }
}

// rank[value]: place of the value's text among all of the column.
static enum err rank_values(const struct link_blocks *b, const struct block_rule *r,
                            uint32_t **out, struct error *e)
{
    const struct link_column *column = block_near_column(b, r);
    uint64_t n = column->n_values;
    struct sorting s = {.column = column, .n = n};
    s.from = mem_resize(NULL, n + 1, sizeof *s.from);
    s.to = mem_resize(NULL, n + 1, sizeof *s.to);
    uint32_t *rank = mem_alloc(n + 1, sizeof *rank);
    enum err code = s.from && s.to && rank ? ERR_OK : error_memory(e);
    if (!code) {
        pool_run(b->pool, CHUNKS, sort_chunk, &s);
        for (s.step = 1; s.step < CHUNKS; s.step *= 2) {
            pool_run(b->pool, CHUNKS / s.step / 2, merge_chunks, &s);
            struct sorted_value *merged = s.to;
            s.to = s.from;
            s.from = merged;
        }
        for (uint64_t i = 0; i < n; i++)
            rank[s.from[i].value] = (uint32_t)i;
    }
    mem_free(s.from);
    mem_free(s.to);
    *out = rank;
    return code;
}

// ---- sorted order: the index

static void emit_combinations(const void *argument, uint32_t from, uint32_t to,
                              struct block_emit *out)
{
    const struct filing *f = argument;
    for (uint32_t key = from; key < to; key++)
        block_emit(out, f->b->index.filed[key].equal, key);
}

static bool same_combination(const void *argument, uint32_t a, uint32_t b)
{
    const struct filing *f = argument;
    return block_key_same(&f->rule->equal, block_key_row(f->b, a),
                          block_key_row(f->b, b));
}

// Puts keys and their records in the order of `order`.
static enum err lay_out(struct link_blocks *b, const struct block_groups *order,
                        struct error *e)
{
    struct block_index *x = &b->index;
    struct block_run *run = mem_resize(NULL, x->keys.n + 1, sizeof *run);
    uint32_t *id = mem_resize(NULL, x->keys.n_ids + 1, sizeof *id), at = 0;
    if (!run || !id) {
        mem_free(run);
        mem_free(id);
        return error_memory(e);
    }
    for (uint64_t i = 0; i < x->keys.n; i++) {
        struct block_run from = x->keys.run[order->id[i]];
        run[i] = (struct block_run){at, from.size};
        memcpy(id + at, x->keys.id + from.first, from.size * sizeof *id);
        at += from.size;
    }
    mem_free(x->keys.run);
    mem_free(x->keys.id);
    x->keys.run = run;
    x->keys.id = id;
    return ERR_OK;
}

// Each key of a combination with the records of the keys near_steps after it.
static enum err join_sorted(struct link_blocks *b, struct block_rule *r,
                            const struct block_groups *combinations, struct error *e)
{
    struct block_index *x = &b->index;
    const struct block_run *run = x->keys.run;
    mem_free(r->position);
    r->position = mem_alloc(b->view->n, sizeof *r->position);
    x->cross = mem_resize(NULL, x->keys.n + 1, sizeof *x->cross);
    if (!r->position || !x->cross)
        return error_memory(e);
    for (uint64_t i = 0; i < x->keys.n; i++)
        for (uint32_t k = 0; k < run[i].size; k++)
            r->position[x->keys.id[run[i].first + k]] = (uint32_t)i;
    for (uint64_t c = 0; c < combinations->n; c++) {
        uint64_t first = combinations->run[c].first;
        uint64_t end = first + combinations->run[c].size;
        for (uint64_t i = first; i + 1 < end && r->rule->near_steps; i++) {
            uint64_t last = i + r->rule->near_steps;
            last = last < end ? last : end - 1;
            uint32_t from = run[i + 1].first, to = run[last].first + run[last].size;
            x->cross[x->n_cross++] = (struct block_cross){run[i], {from, to - from}};
        }
    }
    return ERR_OK;
}

static enum err index_sorted(struct link_blocks *b, struct block_rule *r, struct error *e)
{
    uint32_t *rank = NULL;
    struct block_groups combinations = {0};
    enum err code = rank_values(b, r, &rank, e);
    if (!code)
        code = order_keys(b, r, rank, e);
    mem_free(rank);
    struct filing f = {.b = b, .rule = r};
    struct block_input in = {.emit = emit_combinations,
                             .same = r->equal.exact ? NULL : same_combination,
                             .argument = &f,
                             .n = (uint32_t)b->index.keys.n,
                             .expected = b->index.keys.n,
                             .least = 1};
    // ids of a group stay in order: that of the texts
    if (!code)
        code = block_group(&combinations, &in, b->pool, e);
    if (!code)
        code = lay_out(b, &combinations, e);
    if (!code)
        code = join_sorted(b, r, &combinations, e);
    block_groups_free(&combinations);
    return code;
}

// Keys are all in index.keys; adds the items.
enum err block_near_index(struct link_blocks *b, struct error *e)
{
    struct block_index *x = &b->index;
    struct block_rule *r = &b->rules[b->rule];
    enum err code;
    if (r->rule->near == LINK_NEAR_SORTED)
        code = index_sorted(b, r, e);
    else if (!(code = order_keys(b, r, NULL, e)))
        code = block_edit_index(b, r, e);
    if (code)
        return code;
    uint64_t n = 0;
    for (uint64_t i = 0; i < x->keys.n; i++)
        n += x->keys.run[i].size > 1;
    x->self = mem_resize(NULL, n + 1, sizeof *x->self);
    if (!x->self)
        return error_memory(e);
    for (uint64_t i = 0; i < x->keys.n; i++)
        if (x->keys.run[i].size > 1)
            x->self[x->n_self++] = x->keys.run[i];
    return ERR_OK;
}

// ---- what an item holds

uint64_t block_near_records(const struct link_blocks *b, uint64_t cross)
{
    const struct block_index *x = &b->index;
    if (x->cross)
        return (uint64_t)x->cross[cross].left.size + x->cross[cross].right.size;
    uint64_t sum = 0;
    struct block_run met = x->edits.run[cross];
    for (uint32_t i = 0; i < met.size; i++)
        sum += x->keys.run[x->edits.id[met.first + i]].size;
    return sum;
}

// Adds records of a key to those before it, and returns how many pairs there are between
// them: of different sources when only such are compared, and of numbers below `below`.
struct meeting {
    uint64_t sum, of_source[UINT8_MAX + 1];
};

static uint64_t meet(const struct link_blocks *b, struct meeting *m, struct block_run key,
                     uint32_t below)
{
    const uint32_t *record = b->index.keys.id + key.first;
    uint64_t pairs = 0, n = 0;
    for (uint32_t i = 0, end; i < key.size; i = end) {
        uint8_t source = b->view->source[record[i]];
        uint64_t here = 0;
        for (end = i; end < key.size && b->view->source[record[end]] == source; end++)
            here += record[end] < below;
        uint64_t with = m->sum;
        if (b->view->type == LINK_LINK_ONLY)
            with -= m->of_source[source];
        pairs += here * with;
        m->of_source[source] += here;
        n += here;
    }
    m->sum += n;
    return pairs;
}

static uint64_t pairs_below(const struct link_blocks *b, uint64_t cross, uint32_t below)
{
    const struct block_index *x = &b->index;
    struct meeting m = {0};
    if (x->cross) { // the right ones are several keys: none of their own pairs count
        (void)meet(b, &m, x->cross[cross].right, below);
        return meet(b, &m, x->cross[cross].left, below);
    }
    uint64_t pairs = 0;
    struct block_run met = x->edits.run[cross];
    for (uint32_t i = 0; i < met.size; i++)
        pairs += meet(b, &m, x->keys.run[x->edits.id[met.first + i]], below);
    return pairs;
}

uint64_t block_near_pairs(const struct link_blocks *b, uint64_t cross)
{
    const struct block_index *x = &b->index;
    if (!block_all_allowed(b)) {
        uint64_t all = pairs_below(b, cross, UINT32_MAX);
        return all -
               (b->options.first_new ? pairs_below(b, cross, b->options.first_new) : 0);
    }
    if (x->cross)
        return (uint64_t)x->cross[cross].left.size * x->cross[cross].right.size;
    uint64_t sum = 0, pairs = 0;
    struct block_run met = x->edits.run[cross];
    for (uint32_t i = 0; i < met.size; i++) {
        uint32_t size = x->keys.run[x->edits.id[met.first + i]].size;
        pairs += sum * size;
        sum += size;
    }
    return pairs;
}

static uint32_t first_key(const struct block_index *x, uint64_t cross)
{
    return x->edits.id[x->edits.run[cross].first];
}

uint32_t block_near_record(const struct link_blocks *b, uint64_t cross)
{
    const struct block_index *x = &b->index;
    uint32_t first =
        x->cross ? x->cross[cross].left.first : x->keys.run[first_key(x, cross)].first;
    return x->keys.id[first];
}

struct block_skip block_near_skip(const struct link_blocks *b, uint64_t cross)
{
    const struct block_index *x = &b->index;
    struct block_skip skip = {.part = BLOCK_CROSS};
    skip.record = block_near_record(b, cross);
    skip.key = x->cross ? b->rules[b->rule].position[skip.record] : x->edits.key[cross];
    return skip;
}

void block_near_text(const struct link_blocks *b, uint64_t cross, struct buf *out)
{
    const struct block_rule *r = &b->rules[b->rule];
    if (out->n)
        buf_add_c(out, ", ");
    if (b->index.cross) {
        const uint32_t *row = block_row(b, block_near_record(b, cross));
        buf_add(out, block_near_value(b, r, row[r->rule->near_column]));
    } else {
        block_edit_text(b, cross, out);
    }
}

void block_near_cut(struct block_cutting *c, uint64_t cross)
{
    const struct block_index *x = &c->b->index;
    uint64_t item = x->n_self + cross;
    if (x->cross) {
        for (uint32_t i = 0; i < x->cross[cross].left.size && !c->no_memory; i++)
            if ((c->sum += x->cross[cross].right.size) >= c->target)
                block_cut(c, item, i + 1);
        return;
    }
    struct block_run met = x->edits.run[cross];
    uint64_t after = block_near_records(c->b, cross);
    for (uint32_t i = 0; i < met.size && !c->no_memory; i++) {
        uint64_t size = x->keys.run[x->edits.id[met.first + i]].size;
        after -= size;
        if ((c->sum += size * after) >= c->target)
            block_cut(c, item, i + 1);
    }
}
