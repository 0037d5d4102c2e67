// SPDX-License-Identifier: AGPL-3.0-or-later
// Alike keys: within one edit, or neighbours in sorted order.
//
// Work is done on keys (the equal parts' numbers and the near column's), not on records.
// Two texts are within one edit when they have in common what is left of each with one
// character taken out, or of one of them and the other as it is. There is exactly one
// such remainder, but for two neighbours that have changed places: then there are two,
// and the keys are joined where the smaller hash is.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "link/block_private.h"

enum {
    MOST_CHARACTERS = 256, // of a text that is filed; longer ones meet only equal ones
    KEYS_A_TEXT = 8        // expected
};

static const uint64_t base = 0x9d39247e33776d41u; // odd, of no other meaning

static inline bool inside(struct str s, size_t at)
{
    return at && at < s.n && ((unsigned char)s.p[at] & 0xc0) == 0x80;
}

// The characters from `at` on as one number, and *at behind it.
static inline uint64_t character(struct str s, size_t *at)
{
    uint64_t x = (unsigned char)s.p[(*at)++];
    for (; inside(s, *at); ++*at)
        x = x * 257 + (unsigned char)s.p[*at];
    return block_mix(x);
}

static size_t characters(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += !inside(s, i);
    return n;
}

static inline uint64_t variant_key(uint64_t equal, uint64_t hash, size_t n)
{
    return block_mix(block_mix(equal + n) + hash);
}

static uint64_t equal_hash(const struct block_rule *r, const uint32_t *row)
{
    uint64_t hash = 0;
    if (r->equal.n)
        (void)block_key_of(&r->equal, row, &hash);
    return hash;
}

static struct str near_text(const struct link_blocks *b, const struct block_rule *r,
                            uint32_t value)
{
    unsigned column = b->view->column[r->rule->near_column];
    return link_text(&b->view->records->columns[column], value);
}

static const uint32_t *key_row(const struct link_blocks *b, uint32_t key)
{
    return block_row(b, b->index.keys.id[b->index.keys.run[key].first]);
}

// ---- the keys of a text

struct variants {
    uint64_t key[MOST_CHARACTERS + 1];
    size_t n;
};

// The first is the text's own; without[i] of the others is told when not NULL. None when
// the text is too long.
static void variants_of(struct variants *out, struct str s, uint64_t equal)
{
    uint64_t letter[MOST_CHARACTERS], suffix[MOST_CHARACTERS + 1];
    uint64_t power[MOST_CHARACTERS + 1];
    size_t n = 0;
    out->n = 0;
    for (size_t at = 0; at < s.n;) {
        if (n == MOST_CHARACTERS)
            return;
        letter[n++] = character(s, &at);
    }
    suffix[n] = 0;
    power[0] = 1;
    for (size_t i = n; i > 0; i--) {
        size_t behind = n - i;
        suffix[i - 1] = letter[i - 1] * power[behind] + suffix[i];
        power[behind + 1] = power[behind] * base;
    }
    out->key[out->n++] = variant_key(equal, suffix[0], n);
    uint64_t prefix = 0;
    for (size_t i = 0; i < n; i++) {
        // of a run of one letter it does not matter which is taken out
        if (i == 0 || letter[i] != letter[i - 1])
            out->key[out->n++] =
                variant_key(equal, prefix * power[n - 1 - i] + suffix[i + 1], n - 1);
        prefix = prefix * base + letter[i];
    }
}

static uint64_t hash_on(uint64_t hash, struct str s, size_t *n)
{
    for (size_t at = 0; at < s.n; ++*n)
        hash = hash * base + character(s, &at);
    return hash;
}

// ---- two texts

// What two texts have in common: before and after, and two letters that changed places.
struct alike {
    struct str before, after;
    struct str swapped[2]; // empty, or what stands between
};

static size_t common_prefix(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n, i = 0;
    while (i < n && a.p[i] == b.p[i])
        i++;
    while (inside(a, i) || inside(b, i))
        i--;
    return i;
}

static size_t common_suffix(struct str a, struct str b, size_t prefix)
{
    size_t n = (a.n < b.n ? a.n : b.n) - prefix, i = 0;
    while (i < n && a.p[a.n - 1 - i] == b.p[b.n - 1 - i])
        i++;
    while (i && (inside(a, a.n - i) || inside(b, b.n - i)))
        i--;
    return i;
}

// Whether two different texts are within one edit.
static bool alike(struct alike *out, struct str a, struct str b, bool osa)
{
    if (a.n > b.n + 8 || b.n > a.n + 8)
        return false; // a character of valid UTF-8 has at most four bytes
    size_t p = common_prefix(a, b), q = common_suffix(a, b, p);
    struct str x = {a.p + p, a.n - p - q}, y = {b.p + p, b.n - p - q};
    size_t nx = characters(x), ny = characters(y);
    *out = (struct alike){.before = {a.p, p}, .after = {a.p + a.n - q, q}};
    if ((a.n > MOST_CHARACTERS && characters(a) > MOST_CHARACTERS) ||
        (b.n > MOST_CHARACTERS && characters(b) > MOST_CHARACTERS))
        return false;
    if (nx <= 1 && ny <= 1)
        return true;
    if (!osa || nx != 2 || ny != 2 || x.n != y.n)
        return false;
    size_t first = 1;
    while (inside(x, first))
        first++;
    out->swapped[0] = (struct str){x.p, first};
    out->swapped[1] = (struct str){x.p + first, x.n - first};
    return memcmp(y.p, out->swapped[1].p, out->swapped[1].n) == 0 &&
           memcmp(y.p + out->swapped[1].n, x.p, first) == 0;
}

static uint64_t alike_key(const struct alike *x, unsigned which, uint64_t equal)
{
    size_t n = 0;
    uint64_t hash = hash_on(0, x->before, &n);
    hash = hash_on(hash, x->swapped[which], &n);
    hash = hash_on(hash, x->after, &n);
    return variant_key(equal, hash, n);
}

// The key under which a pair of alike texts is joined; false when all were passed over.
static bool joined_at(const struct link_blocks *b, const struct block_rule *r,
                      const struct alike *x, uint64_t equal, uint64_t *key)
{
    bool any = false;
    unsigned n = x->swapped[0].n ? 2 : 1;
    for (unsigned i = 0; i < n; i++) {
        uint64_t k = alike_key(x, i, equal);
        if (block_skipped(b->view, &r->skips, &r->whole, BLOCK_CROSS, k, 0))
            continue;
        if (!any || k < *key)
            *key = k;
        any = true;
    }
    return any;
}

bool block_near_join(const struct link_blocks *b, uint64_t cross, uint32_t key_a,
                     uint32_t key_b)
{
    const struct block_rule *r = &b->rules[b->rule];
    const uint32_t *row = key_row(b, key_a), *other = key_row(b, key_b);
    unsigned near = r->rule->near_column;
    struct alike x;
    uint64_t key;
    return block_key_same(&r->equal, row, other) &&
           alike(&x, near_text(b, r, row[near]), near_text(b, r, other[near]),
                 r->rule->near_osa) &&
           joined_at(b, r, &x, equal_hash(r, row), &key) &&
           key == b->index.edits.key[cross];
}

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
    if (r->rule->near == LINK_NEAR_SORTED) {
        uint32_t p = r->position[left], q = r->position[right];
        uint32_t low = p < q ? p : q, high = p < q ? q : p;
        return high - low <= r->rule->near_steps &&
               !block_skipped(b->view, &r->skips, &r->whole, BLOCK_CROSS, low, left);
    }
    struct alike x;
    if (!alike(&x, near_text(b, r, value), near_text(b, r, another), r->rule->near_osa))
        return false;
    return !r->skips.n || joined_at(b, r, &x, equal_hash(r, row), &key);
}

// ---- within one edit: the index

struct filing {
    const struct link_blocks *b;
    const struct block_rule *rule;
};

static void emit_keys(const void *argument, uint32_t from, uint32_t to,
                      struct block_emit *out)
{
    const struct filing *f = argument;
    struct variants v;
    for (uint32_t key = from; key < to; key++) {
        const uint32_t *row = key_row(f->b, key);
        variants_of(&v, near_text(f->b, f->rule, row[f->rule->rule->near_column]),
                    equal_hash(f->rule, row));
        for (size_t i = 0; i < v.n; i++)
            block_emit(out, v.key[i], key);
    }
}

static enum err index_edits(struct link_blocks *b, const struct block_rule *r,
                            struct error *e)
{
    struct block_index *x = &b->index;
    struct filing filing = {b, r};
    struct block_input in = {.emit = emit_keys,
                             .argument = &filing,
                             .n = (uint32_t)x->keys.n,
                             .expected = x->keys.n * KEYS_A_TEXT,
                             .least = 2,
                             .keys = true};
    enum err code = block_group(&x->edits, &in, b->pool, e);
    x->n_cross = x->edits.n;
    return code;
}

// ---- sorted order: the index

struct sorted_value {
    struct str text;
    uint32_t value;
};

static int by_text(const void *a, const void *b)
{
    const struct sorted_value *x = a, *y = b;
    return str_compare(x->text, y->text);
}

// rank[value]: place of the value's text among all of the column.
static enum err rank_values(const struct link_blocks *b, const struct block_rule *r,
                            uint32_t **out, struct error *e)
{
    unsigned column = b->view->column[r->rule->near_column];
    uint32_t n = b->view->records->columns[column].n_values;
    uint32_t *rank = mem_alloc((size_t)n + 1, sizeof *rank);
    struct sorted_value *sorted = mem_resize(NULL, (size_t)n + 1, sizeof *sorted);
    *out = rank;
    if (!rank || !sorted) {
        mem_free(sorted);
        return error_memory(e);
    }
    for (uint32_t i = 0; i < n; i++)
        sorted[i] = (struct sorted_value){near_text(b, r, i + 1), i + 1};
    qsort(sorted, n, sizeof *sorted, by_text);
    for (uint32_t i = 0; i < n; i++)
        rank[sorted[i].value] = i;
    mem_free(sorted);
    return ERR_OK;
}

struct sorted_key {
    uint64_t equal; // hash of the equal parts
    uint32_t rank, key;
    const uint32_t *row;
};

static int by_place(const void *a, const void *b, void *argument)
{
    const struct sorted_key *x = a, *y = b;
    const struct block_key *equal = argument;
    if (x->equal != y->equal)
        return x->equal < y->equal ? -1 : 1;
    for (unsigned i = 0; !equal->exact && i < equal->n; i++) {
        uint32_t p = x->row[equal->column[i]], q = y->row[equal->column[i]];
        if (p != q)
            return p < q ? -1 : 1;
    }
    return (x->rank > y->rank) - (x->rank < y->rank);
}

// Puts keys, and with them their records, in the sorted order.
static enum err order_keys(struct link_blocks *b, const struct sorted_key *sorted,
                           struct error *e)
{
    struct block_groups *keys = &b->index.keys;
    struct block_run *run = mem_resize(NULL, keys->n + 1, sizeof *run);
    uint32_t *id = mem_resize(NULL, keys->n_ids + 1, sizeof *id);
    if (!run || !id) {
        mem_free(run);
        mem_free(id);
        return error_memory(e);
    }
    uint32_t at = 0;
    for (uint64_t i = 0; i < keys->n; i++) {
        struct block_run from = keys->run[sorted[i].key];
        run[i] = (struct block_run){at, from.size};
        memcpy(id + at, keys->id + from.first, from.size * sizeof *id);
        at += from.size;
    }
    mem_free(keys->run);
    mem_free(keys->id);
    keys->run = run;
    keys->id = id;
    return ERR_OK;
}

// Each key with the records of the keys near_steps after it that agree in the equal
// parts.
static enum err join_sorted(struct link_blocks *b, struct block_rule *r, struct error *e)
{
    struct block_index *x = &b->index;
    const struct block_run *run = x->keys.run;
    uint64_t n = x->keys.n, end = 0, last = 0;
    mem_free(r->position);
    r->position = mem_alloc(b->view->n, sizeof *r->position);
    x->cross = mem_resize(NULL, n + 1, sizeof *x->cross);
    if (!r->position || !x->cross)
        return error_memory(e);
    for (uint64_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < run[i].size; k++)
            r->position[x->keys.id[run[i].first + k]] = (uint32_t)i;
        if (i == end)
            while (end < n && block_key_same(&r->equal, key_row(b, (uint32_t)i),
                                             key_row(b, (uint32_t)end)))
                end++;
        last = i + r->rule->near_steps;
        last = last < end ? last : end - 1;
        if (last == i)
            continue;
        uint32_t first = run[i + 1].first;
        struct block_run right = {first, run[last].first + run[last].size - first};
        x->cross[x->n_cross++] = (struct block_cross){run[i], right};
    }
    return ERR_OK;
}

static enum err index_sorted(struct link_blocks *b, struct block_rule *r, struct error *e)
{
    struct block_index *x = &b->index;
    uint32_t *rank = NULL;
    struct sorted_key *sorted = mem_resize(NULL, x->keys.n + 1, sizeof *sorted);
    enum err code = sorted ? rank_values(b, r, &rank, e) : error_memory(e);
    if (!code) {
        for (uint64_t i = 0; i < x->keys.n; i++) {
            const uint32_t *row = key_row(b, (uint32_t)i);
            sorted[i] = (struct sorted_key){
                equal_hash(r, row), rank[row[r->rule->near_column]], (uint32_t)i, row};
        }
        qsort_r(sorted, x->keys.n, sizeof *sorted, by_place, &r->equal);
        code = order_keys(b, sorted, e);
    }
    mem_free(rank);
    mem_free(sorted);
    return code ? code : join_sorted(b, r, e);
}

// Keys are all in index.keys; adds the items.
enum err block_near_index(struct link_blocks *b, struct error *e)
{
    struct block_index *x = &b->index;
    struct block_rule *r = &b->rules[b->rule];
    bool sorted = r->rule->near == LINK_NEAR_SORTED;
    enum err code = sorted ? index_sorted(b, r, e) : index_edits(b, r, e);
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

uint64_t block_near_pairs(const struct link_blocks *b, uint64_t cross)
{
    const struct block_index *x = &b->index;
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

// What the texts that meet have in common, or the first of the sorted ones.
void block_near_text(const struct link_blocks *b, uint64_t cross, struct buf *out)
{
    const struct block_index *x = &b->index;
    const struct block_rule *r = &b->rules[b->rule];
    const uint32_t *row = block_row(b, block_near_record(b, cross));
    struct str s = near_text(b, r, row[r->rule->near_column]);
    if (out->n)
        buf_add_c(out, ", ");
    for (size_t at = 0; !x->cross && at < s.n;) {
        size_t begin = at;
        (void)character(s, &at);
        struct alike one = {{s.p, begin}, {s.p + at, s.n - at}, {{0}}};
        if (alike_key(&one, 0, equal_hash(r, row)) == x->edits.key[cross]) {
            buf_add(out, one.before);
            buf_add(out, one.after);
            return;
        }
    }
    buf_add(out, s);
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
