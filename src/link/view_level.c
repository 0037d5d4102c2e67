// SPDX-License-Identifier: AGPL-3.0-or-later
// Levels of pairs, one or many at a time, and whether rules hold.
#include "link/view_private.h"

#include <string.h>

// ---- pairs ----

static unsigned compute_level(const struct view_comparison *c, struct link_scratch *s,
                              const uint32_t *left, const uint32_t *right)
{
    struct view_pair pair = {left, right, s};
    s->computed = 0;
    for (unsigned l = 0; l < c->n_levels; l++)
        if (!c->tests[l] || view_test_truth(c->tests[l], &pair) > 0)
            return l;
    return c->n_levels - 1;
}

// One to one on 64 bits, so that the slot and what is kept in it tell the pair exactly.
static inline uint64_t mixed(uint32_t a, uint32_t b)
{
    uint64_t h = ((uint64_t)a << 32 | b) * 0x9e3779b97f4a7c15u;
    h ^= h >> 32;
    return h * 0xd6e8feb86659fd93u;
}

// A slot holds the hash but for the bits that number it, then level + 1 in 4 bits.
static inline uint64_t *slot_of(const struct link_scratch *s, unsigned comparison,
                                uint64_t h)
{
    return &s->direct[comparison][h >> (64 - s->log2_slots)];
}

static inline bool slot_holds(const struct link_scratch *s, uint64_t slot, uint64_t h)
{
    return slot && ((slot ^ h << s->log2_slots) >> s->log2_slots) == 0;
}

static unsigned level_in_table(const struct view_comparison *c,
                               const struct view_memory *m, uint8_t *table,
                               struct link_scratch *s, const uint32_t *left,
                               const uint32_t *right)
{
    uint8_t *known = &table[(size_t)left[c->feature] * m->values + right[c->feature]];
    if (*known)
        s->hits++;
    else
        *known = (uint8_t)(compute_level(c, s, left, right) + 1);
    return *known - 1u;
}

static unsigned level_in_slot(const struct view_comparison *c, unsigned comparison,
                              struct link_scratch *s, uint64_t h, const uint32_t *left,
                              const uint32_t *right)
{
    uint64_t *slot = slot_of(s, comparison, h);
    if (slot_holds(s, *slot, h))
        s->hits++;
    else
        *slot = h << s->log2_slots | (compute_level(c, s, left, right) + 1);
    return (unsigned)(*slot & 15) - 1;
}

static inline unsigned level_of(const struct link_view *v, struct link_scratch *s,
                                unsigned comparison, const uint32_t *left,
                                const uint32_t *right)
{
    const struct view_comparison *c = &v->comparisons[comparison];
    const struct view_memory *m = &view_whole_of(v)->memory[comparison];
    if (!m->values)
        return compute_level(c, s, left, right);
    uint32_t a = left[c->feature], b = right[c->feature];
    if (a == b && a != LINK_NULL && m->same_level >= 0) {
        s->hits++;
        return (unsigned)m->same_level;
    }
    if (s->table[comparison])
        return level_in_table(c, m, s->table[comparison], s, left, right);
    return level_in_slot(c, comparison, s, mixed(a, b), left, right);
}

unsigned link_view_level(const struct link_view *v, struct link_scratch *s,
                         unsigned comparison, uint32_t left, uint32_t right)
{
    return level_of(v, s, comparison, link_view_row(v, left), link_view_row(v, right));
}

uint64_t link_view_pattern(const struct link_view *v, struct link_scratch *s,
                           uint32_t left, uint32_t right)
{
    const uint32_t *a = link_view_row(v, left), *b = link_view_row(v, right);
    uint64_t pattern = 0;
    for (unsigned i = 0; i < v->n_comparisons; i++)
        pattern |= (uint64_t)level_of(v, s, i, a, b) << v->comparisons[i].shift;
    return pattern;
}

// ---- many pairs ----

// Pairs point all over memory: what each needs is asked for some pairs ahead, step by
// step, so that the waiting overlaps.
enum { BATCH = 128, LINE = 64 };

struct batch {
    const struct link_view *v;
    struct link_scratch *s;
    size_t n;
    const uint32_t *left[BATCH], *right[BATCH];
    uint64_t hash[BATCH];
    uint8_t waiting[BATCH]; // pairs whose level must be looked up
    size_t n_waiting;
    uint64_t *patterns;
};

static inline void fetch(const void *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += LINE)
        __builtin_prefetch((const char *)from + i);
    __builtin_prefetch((const char *)from + bytes - 1);
}

static void fetch_rows(struct batch *b, const struct link_pair *pairs)
{
    size_t bytes = b->v->width * sizeof(uint32_t);
    for (size_t i = 0; i < b->n; i++) {
        b->left[i] = link_view_row(b->v, pairs[i].left);
        b->right[i] = link_view_row(b->v, pairs[i].right);
        fetch(b->left[i], bytes);
        fetch(b->right[i], bytes);
    }
}

static inline void put_level(struct batch *b, const struct view_comparison *c, size_t i,
                             unsigned level)
{
    b->patterns[i] |= (uint64_t)level << c->shift;
}

// Levels that are known without looking; the others wait for their slots.
static void find_slots(struct batch *b, unsigned comparison, const struct view_memory *m)
{
    const struct view_comparison *c = &b->v->comparisons[comparison];
    b->n_waiting = 0;
    for (size_t i = 0; i < b->n; i++) {
        uint32_t x = b->left[i][c->feature], y = b->right[i][c->feature];
        if (x == y && x != LINK_NULL && m->same_level >= 0) {
            b->s->hits++;
            put_level(b, c, i, (unsigned)m->same_level);
            continue;
        }
        b->hash[i] = mixed(x, y);
        b->waiting[b->n_waiting++] = (uint8_t)i;
        __builtin_prefetch(slot_of(b->s, comparison, b->hash[i]));
    }
}

// Takes the levels that the memory holds. What is left waits for its texts.
static void take_known(struct batch *b, unsigned comparison)
{
    const struct view_comparison *c = &b->v->comparisons[comparison];
    size_t left = 0;
    for (size_t k = 0; k < b->n_waiting; k++) {
        size_t i = b->waiting[k];
        uint64_t slot = *slot_of(b->s, comparison, b->hash[i]);
        if (slot_holds(b->s, slot, b->hash[i])) {
            b->s->hits++;
            put_level(b, c, i, (unsigned)(slot & 15) - 1);
        } else {
            b->waiting[left++] = (uint8_t)i;
        }
    }
    b->n_waiting = left;
}

static inline uint32_t value_read(const struct batch *b, const struct view_reads *reads,
                                  size_t i)
{
    return (reads->right ? b->right : b->left)[i][reads->column];
}

static void fetch_texts(const struct batch *b, const struct view_memory *m)
{
    for (unsigned f = 0; f < m->n_texts; f++)
        for (size_t k = 0; k < b->n_waiting; k++)
            __builtin_prefetch(
                &m->texts[f].texts->offset[value_read(b, &m->texts[f], b->waiting[k])]);
    for (unsigned f = 0; f < m->n_texts; f++) {
        const struct link_texts *texts = m->texts[f].texts;
        for (size_t k = 0; k < b->n_waiting; k++)
            __builtin_prefetch(texts->bytes +
                               texts->offset[value_read(b, &m->texts[f], b->waiting[k])]);
    }
}

static void compare_batch(struct batch *b, unsigned comparison)
{
    const struct view_comparison *c = &b->v->comparisons[comparison];
    const struct view_memory *m = &view_whole_of(b->v)->memory[comparison];
    if (!m->values || b->s->table[comparison]) {
        for (size_t i = 0; i < b->n; i++)
            put_level(b, c, i, level_of(b->v, b->s, comparison, b->left[i], b->right[i]));
        return;
    }
    find_slots(b, comparison, m);
    take_known(b, comparison);
    fetch_texts(b, m);
    for (size_t k = 0; k < b->n_waiting; k++) {
        size_t i = b->waiting[k];
        put_level(
            b, c, i,
            level_in_slot(c, comparison, b->s, b->hash[i], b->left[i], b->right[i]));
    }
}

void link_view_patterns(const struct link_view *v, struct link_scratch *s,
                        const struct link_pair *pairs, size_t n, uint64_t *patterns)
{
    struct batch b = {.v = v, .s = s};
    for (size_t at = 0; at < n; at += BATCH) {
        b.n = n - at < BATCH ? n - at : BATCH;
        b.patterns = patterns + at;
        memset(b.patterns, 0, b.n * sizeof *b.patterns);
        fetch_rows(&b, pairs + at);
        for (unsigned i = 0; i < v->n_comparisons; i++)
            compare_batch(&b, i);
    }
}

// ---- rules ----

bool link_view_rest(const struct link_view *v, struct link_scratch *s, unsigned rule,
                    uint32_t left, uint32_t right)
{
    const struct view_test *rest = v->rules[rule].rest;
    struct view_pair pair = {link_view_row(v, left), link_view_row(v, right), s};
    s->computed = 0;
    return !rest || view_test_truth(rest, &pair) > 0;
}

bool link_view_rule(const struct link_view *v, struct link_scratch *s, unsigned rule,
                    uint32_t left, uint32_t right)
{
    const struct view_rule *r = &v->rules[rule];
    const struct view_test *near = view_whole_of(v)->near_test[rule];
    struct view_pair pair = {link_view_row(v, left), link_view_row(v, right), s};
    for (unsigned i = 0; i < r->n_equal; i++) {
        uint32_t a = pair.left[r->equal[i]];
        if (a == LINK_NULL || a != pair.right[r->equal[i]])
            return false;
    }
    if (r->near == LINK_NEAR_SORTED) {
        const uint32_t *at = view_whole_of(v)->near_position[rule];
        uint32_t steps =
            at[left] < at[right] ? at[right] - at[left] : at[left] - at[right];
        if (pair.left[r->near_column] == LINK_NULL ||
            pair.right[r->near_column] == LINK_NULL || steps > r->near_steps)
            return false;
    }
    s->computed = 0;
    if (near && view_test_truth(near, &pair) <= 0)
        return false;
    return !r->rest || view_test_truth(r->rest, &pair) > 0;
}
