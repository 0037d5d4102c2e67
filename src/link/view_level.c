// SPDX-License-Identifier: AGPL-3.0-or-later
// Levels of pairs, one or many at a time, and whether rules hold.
#include "link/view_private.h"

#include <string.h>

// ---- pairs ----

static unsigned compute_level(const struct view_comparison *c,
                              const struct view_memory *m, struct link_scratch *s,
                              const uint32_t *left, const uint32_t *right)
{
    struct view_pair pair = {left, right, s};
    unsigned first = 0;
    if (m->values) {
        uint32_t a = left[c->feature], b = right[c->feature];
        bool differ = a != b && a != LINK_NULL && b != LINK_NULL;
        if (differ && m->ladder) {
            s->calls++;
            return view_ladder_level(c, m, a, b);
        }
        first = differ ? m->first : 0;
    }
    s->computed = 0;
    for (unsigned l = first; l < c->n_levels; l++)
        if (!c->tests[l] || view_test_truth(c->tests[l], &pair) > 0)
            return l;
    return c->n_levels - 1;
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
    uint32_t a = left[c->feature], b = right[c->feature];
    uint8_t *known = &table[(size_t)a * m->values + b];
    if (*known)
        s->hits++;
    else
        *known = (uint8_t)(compute_level(c, m, s, left, right) + 1);
    return *known - 1u;
}

static unsigned level_in_slot(const struct view_comparison *c, unsigned comparison,
                              struct link_scratch *s, uint64_t h, const uint32_t *left,
                              const uint32_t *right)
{
    const struct view_memory *m = &view_whole_of(s->v)->memory[comparison];
    uint64_t *slot = slot_of(s, comparison, h);
    if (slot_holds(s, *slot, h))
        s->hits++;
    else
        *slot = h << s->log2_slots | (compute_level(c, m, s, left, right) + 1);
    return (unsigned)(*slot & 15) - 1;
}

static inline unsigned level_of(const struct link_view *v, struct link_scratch *s,
                                unsigned comparison, const uint32_t *left,
                                const uint32_t *right)
{
    const struct view_comparison *c = &v->comparisons[comparison];
    const struct view_memory *m = &view_whole_of(v)->memory[comparison];
    if (!m->values)
        return compute_level(c, m, s, left, right);
    uint32_t a = left[c->feature], b = right[c->feature];
    if (a == b && a != LINK_NULL && m->same_level >= 0) {
        s->hits++;
        return (unsigned)m->same_level;
    }
    if (s->table[comparison])
        return level_in_table(c, m, s->table[comparison], s, left, right);
    if (!s->direct[comparison])
        return compute_level(c, m, s, left, right);
    return level_in_slot(c, comparison, s, view_mixed(a, b), left, right);
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

// Pairs point all over memory: what a batch needs is asked for step by step ahead of its
// use, so that the waiting overlaps.
enum { BATCH = 64, LINE = 64 };

struct waiting { // pairs whose level of one comparison must be looked up or computed
    uint64_t hash[BATCH];
    uint8_t pair[BATCH];
    size_t n;
};

struct batch {
    const struct link_view *v;
    const struct view_memory *memory; // of the comparisons
    struct link_scratch *s;
    size_t n;
    const uint32_t *left[BATCH], *right[BATCH];
    uint64_t *patterns;
    struct view_end end[LINK_MAX_COMPARISONS]; // of a ladder
    struct waiting waiting[LINK_MAX_COMPARISONS];
};

static inline void fetch(const void *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += LINE)
        __builtin_prefetch((const char *)from + i);
    __builtin_prefetch((const char *)from + bytes - 1);
}

static void fetch_rows(const struct link_view *v, const struct link_pair *pairs, size_t n)
{
    size_t bytes = v->width * sizeof(uint32_t);
    for (size_t i = 0; i < n && bytes; i++) {
        fetch(link_view_row(v, pairs[i].left), bytes);
        fetch(link_view_row(v, pairs[i].right), bytes);
    }
}

static inline void put_level(struct batch *b, unsigned comparison, size_t i,
                             unsigned level)
{
    b->patterns[i] |= (uint64_t)level << b->v->comparisons[comparison].shift;
}

// Levels that are known without looking; the others wait for their slots.
static void find_slots(struct batch *b, unsigned comparison)
{
    struct waiting *w = &b->waiting[comparison];
    const struct view_memory *m = &b->memory[comparison];
    unsigned feature = b->v->comparisons[comparison].feature;
    bool direct = b->s->direct[comparison] != NULL;
    const struct compare_outline *outline = b->s->table[comparison] ? NULL : m->outline;
    w->n = 0;
    for (size_t i = 0; i < b->n; i++) {
        uint32_t x = m->values ? b->left[i][feature] : 0;
        uint32_t y = m->values ? b->right[i][feature] : 0;
        if (x == y && x != LINK_NULL && m->same_level >= 0) {
            b->s->hits++;
            put_level(b, comparison, i, (unsigned)m->same_level);
            continue;
        }
        w->pair[w->n] = (uint8_t)i;
        if (outline) {
            __builtin_prefetch(&outline[x]);
            __builtin_prefetch(&outline[y]);
        }
        if (direct) {
            w->hash[w->n] = view_mixed(x, y);
            __builtin_prefetch(slot_of(b->s, comparison, w->hash[w->n]));
        }
        w->n++;
    }
}

// Below the ladder, as far as the outlines of the texts tell.
static void take_beyond(struct batch *b, unsigned comparison)
{
    struct waiting *w = &b->waiting[comparison];
    const struct view_comparison *c = &b->v->comparisons[comparison];
    const struct view_memory *m = &b->memory[comparison];
    size_t left = 0;
    for (size_t k = 0; k < w->n; k++) {
        uint32_t x = b->left[w->pair[k]][c->feature];
        uint32_t y = b->right[w->pair[k]][c->feature];
        w->pair[left] = w->pair[k];
        w->hash[left] = w->hash[k];
        if (x != y && x != LINK_NULL && y != LINK_NULL &&
            view_ladder_beyond(m, &b->end[comparison], x, y))
            put_level(b, comparison, w->pair[k], c->n_levels - 1);
        else
            left++;
    }
    w->n = left;
}

// Takes the levels that the memory holds. What is left waits for its texts.
static void take_known(struct batch *b, unsigned comparison)
{
    struct waiting *w = &b->waiting[comparison];
    size_t left = 0;
    if (b->memory[comparison].outline && !b->s->table[comparison])
        take_beyond(b, comparison);
    if (!b->s->direct[comparison])
        return;
    for (size_t k = 0; k < w->n; k++) {
        uint64_t slot = *slot_of(b->s, comparison, w->hash[k]);
        if (slot_holds(b->s, slot, w->hash[k])) {
            b->s->hits++;
            put_level(b, comparison, w->pair[k], (unsigned)(slot & 15) - 1);
        } else {
            w->pair[left] = w->pair[k];
            w->hash[left++] = w->hash[k];
        }
    }
    w->n = left;
}

static inline uint32_t value_read(const struct batch *b, const struct view_reads *reads,
                                  size_t i)
{
    return (reads->right ? b->right : b->left)[i][reads->column];
}

static void fetch_offsets(const struct batch *b, unsigned comparison)
{
    const struct waiting *w = &b->waiting[comparison];
    const struct view_memory *m = &b->memory[comparison];
    for (unsigned f = 0; f < m->n_texts && !b->s->table[comparison]; f++)
        for (size_t k = 0; k < w->n; k++)
            __builtin_prefetch(
                &m->texts[f].texts->offset[value_read(b, &m->texts[f], w->pair[k])]);
}

static void fetch_texts(const struct batch *b, unsigned comparison)
{
    const struct waiting *w = &b->waiting[comparison];
    const struct view_memory *m = &b->memory[comparison];
    for (unsigned f = 0; f < m->n_texts && !b->s->table[comparison]; f++) {
        const struct link_texts *texts = m->texts[f].texts;
        for (size_t k = 0; k < w->n; k++)
            __builtin_prefetch(texts->bytes +
                               texts->offset[value_read(b, &m->texts[f], w->pair[k])]);
    }
}

static void compare_waiting(struct batch *b, unsigned comparison)
{
    const struct waiting *w = &b->waiting[comparison];
    const struct view_comparison *c = &b->v->comparisons[comparison];
    const struct view_memory *m = &b->memory[comparison];
    for (size_t k = 0; k < w->n; k++) {
        size_t i = w->pair[k];
        const uint32_t *left = b->left[i], *right = b->right[i];
        unsigned level;
        if (b->s->direct[comparison])
            level = level_in_slot(c, comparison, b->s, w->hash[k], left, right);
        else if (b->s->table[comparison])
            level = level_in_table(c, m, b->s->table[comparison], b->s, left, right);
        else
            level = compute_level(c, m, b->s, left, right);
        put_level(b, comparison, i, level);
    }
}

void link_view_patterns(const struct link_view *v, struct link_scratch *s,
                        const struct link_pair *pairs, size_t n, uint64_t *patterns)
{
    unsigned told[LINK_MAX_COMPARISONS];
    for (unsigned i = 0; i < v->n_comparisons; i++)
        told[i] = v->comparisons[i].n_levels;
    link_view_patterns_of(v, s, told, pairs, n, patterns);
}

void link_view_patterns_of(const struct link_view *v, struct link_scratch *s,
                           const unsigned *told, const struct link_pair *pairs, size_t n,
                           uint64_t *patterns)
{
    struct batch b;
    b.v = v;
    b.s = s;
    b.memory = view_whole_of(v)->memory;
    for (unsigned i = 0; i < v->n_comparisons; i++) {
        b.waiting[i].n = 0;
        if (b.memory[i].ladder)
            b.end[i] = view_ladder_end(&v->comparisons[i], &b.memory[i], told[i]);
    }
    fetch_rows(v, pairs, n < BATCH ? n : BATCH);
    for (size_t at = 0; at < n; at += b.n) {
        b.n = n - at < BATCH ? n - at : BATCH;
        b.patterns = patterns + at;
        memset(b.patterns, 0, b.n * sizeof *b.patterns);
        for (size_t i = 0; i < b.n; i++) {
            b.left[i] = link_view_row(v, pairs[at + i].left);
            b.right[i] = link_view_row(v, pairs[at + i].right);
        }
        for (unsigned i = 0; i < v->n_comparisons; i++)
            if (told[i])
                find_slots(&b, i);
        for (unsigned i = 0; i < v->n_comparisons; i++) {
            take_known(&b, i);
            fetch_offsets(&b, i);
        }
        size_t next = at + b.n, left = n - next;
        fetch_rows(v, pairs + next, left < BATCH ? left : BATCH);
        for (unsigned i = 0; i < v->n_comparisons; i++)
            fetch_texts(&b, i);
        for (unsigned i = 0; i < v->n_comparisons; i++)
            compare_waiting(&b, i);
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
