// SPDX-License-Identifier: AGPL-3.0-or-later
// When only pairs with a new record are wanted: which of the others may have one, found
// before anything is gathered. Keys of the new records are noted in a set of bits by
// their hash (Bloom, CACM 13(7), 1970, with one hash); the others are looked up in it.
#include "link/block_private.h"

enum { LANES = 64, BITS_A_KEY = 64, LEAST_LOG2 = 16, MOST_LOG2 = 30 };

struct bits {
    uint64_t *word;
    unsigned shift; // of a hash
};

static bool bits_open(struct bits *b, uint64_t keys)
{
    unsigned log2 = LEAST_LOG2;
    while (log2 < MOST_LOG2 && (uint64_t)1 << log2 < keys * BITS_A_KEY)
        log2++;
    b->shift = 64 - log2;
    b->word = mem_alloc((size_t)1 << (log2 - 6), sizeof *b->word);
    return b->word;
}

static inline void bits_set(struct bits *b, uint64_t key)
{
    uint64_t at = key >> b->shift;
    b->word[at >> 6] |= (uint64_t)1 << (at & 63);
}

static inline bool bits_has(const struct bits *b, uint64_t key)
{
    uint64_t at = key >> b->shift;
    return b->word[at >> 6] >> (at & 63) & 1;
}

struct choosing {
    const struct link_blocks *b;
    const struct block_rule *rule;
    // of new records: keys (of an edit rule what is left of them, see block_edit.c),
    // equal parts, and what is left of the near texts alone
    struct bits keys, equal, texts;
    uint8_t *near; // [values + 1] the text may be within one edit of a new one
    uint64_t *keep;
    uint64_t kept[LANES];
};

static uint64_t equal_of(const struct block_rule *r, const uint32_t *row)
{
    return block_mix(block_equal_hash(r, row));
}

// ---- what is new

static void note_edit(struct choosing *c, const uint32_t *row)
{
    uint64_t key[BLOCK_MOST_VARIANTS];
    struct str text = block_near_value(c->b, c->rule, row[c->rule->rule->near_column]);
    size_t n = block_edit_variants(text, block_equal_hash(c->rule, row), key);
    for (size_t i = 0; i < n; i++)
        bits_set(&c->keys, key[i]);
    n = block_edit_variants(text, 0, key);
    for (size_t i = 0; i < n; i++)
        bits_set(&c->texts, key[i]);
    bits_set(&c->equal, equal_of(c->rule, row));
}

static void note_new(struct choosing *c)
{
    for (uint32_t i = c->b->options.first_new; i < c->b->view->n; i++) {
        const uint32_t *row = block_row(c->b, i);
        uint64_t key;
        if (!block_key_of(&c->rule->whole, row, &key))
            continue;
        if (c->near)
            note_edit(c, row);
        else
            bits_set(&c->keys, key);
    }
}

static void near_lane(void *argument, size_t lane, unsigned thread)
{
    (void)thread;
    struct choosing *c = argument;
    uint64_t key[BLOCK_MOST_VARIANTS];
    uint64_t n = (uint64_t)block_near_column(c->b, c->rule)->n_values + 1;
    for (uint64_t v = n * lane / LANES; v < n * (lane + 1) / LANES; v++) {
        if (v == LINK_NULL)
            continue;
        size_t m =
            block_edit_variants(block_near_value(c->b, c->rule, (uint32_t)v), 0, key);
        c->near[v] = m == 0; // a long text: those equal to it are found by their keys
        for (size_t i = 0; i < m && !c->near[v]; i++)
            c->near[v] = bits_has(&c->texts, key[i]);
    }
}

// ---- who may pair with it

static bool may_pair(const struct choosing *c, const uint32_t *row)
{
    uint64_t key;
    if (!block_key_of(&c->rule->whole, row, &key))
        return true; // counted with the nulls
    if (!c->near)
        return bits_has(&c->keys, key);
    uint32_t value = row[c->rule->rule->near_column];
    if (!c->near[value] || !bits_has(&c->equal, equal_of(c->rule, row)))
        return false;
    if (!c->rule->equal.n)
        return true;
    uint64_t variant[BLOCK_MOST_VARIANTS];
    size_t n = block_edit_variants(block_near_value(c->b, c->rule, value),
                                   block_equal_hash(c->rule, row), variant);
    for (size_t i = 0; i < n; i++)
        if (bits_has(&c->keys, variant[i]))
            return true;
    return n == 0;
}

static void keep_lane(void *argument, size_t lane, unsigned thread)
{
    (void)thread;
    struct choosing *c = argument;
    uint64_t words = ((uint64_t)c->b->view->n + 63) / 64, kept = 0;
    for (uint64_t w = words * lane / LANES; w < words * (lane + 1) / LANES; w++) {
        uint64_t bits = 0;
        for (unsigned k = 0; k < 64; k++) {
            uint64_t i = w * 64 + k;
            bool keep = i < c->b->view->n && (i >= c->b->options.first_new ||
                                              may_pair(c, block_row(c->b, (uint32_t)i)));
            bits |= (uint64_t)keep << k;
        }
        c->keep[w] = bits;
        kept += (uint64_t)__builtin_popcountll(bits);
    }
    c->kept[lane] = kept;
}

enum err block_new_keep(const struct link_blocks *b, const struct block_rule *r,
                        uint64_t **keep, uint64_t *n_kept, struct error *e)
{
    const struct link_view *v = b->view;
    uint64_t n_new = v->n - b->options.first_new;
    *keep = NULL;
    *n_kept = v->n;
    // Neighbours in sorted order are those among all texts.
    if (!b->options.first_new || n_new > v->n / 4 || !r->whole.n ||
        r->rule->near == LINK_NEAR_SORTED)
        return ERR_OK;
    struct choosing c = {.b = b, .rule = r};
    bool near = r->rule->near == LINK_NEAR_EDIT, room = true;
    c.keep = mem_alloc(((size_t)v->n + 63) / 64, sizeof *c.keep);
    if (near) {
        c.near = mem_alloc((size_t)block_near_column(b, r)->n_values + 1, 1);
        room = c.near && bits_open(&c.equal, n_new) && bits_open(&c.texts, n_new * 8);
    }
    room = room && c.keep && bits_open(&c.keys, near ? n_new * 8 : n_new);
    if (room) {
        note_new(&c);
        if (near)
            pool_run(b->pool, LANES, near_lane, &c);
        pool_run(b->pool, LANES, keep_lane, &c);
        *n_kept = 0;
        for (unsigned i = 0; i < LANES; i++)
            *n_kept += c.kept[i];
        *keep = c.keep;
    } else {
        mem_free(c.keep);
    }
    mem_free(c.near);
    mem_free(c.keys.word);
    mem_free(c.equal.word);
    mem_free(c.texts.word);
    return room ? ERR_OK : error_memory(e);
}
