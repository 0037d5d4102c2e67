// SPDX-License-Identifier: AGPL-3.0-or-later
// Keys within one edit.
//
// Two texts are within one edit when they have in common what is left of each with one
// character taken out, or of one of them and the other as it is. There is exactly one
// such remainder, but for two neighbours that have changed places: then there are two,
// and the keys are joined where the smaller hash is. Everything goes by the hash of the
// remainder, here and when a later rule asks: should two have the same hash, they are one
// block, and no pair is lost or given twice.
#include <assert.h>
#include <string.h>

#include "link/block_private.h"

enum {
    MOST_CHARACTERS = 256, // of a text that is filed; longer ones meet only equal ones
    KEYS_A_TEXT = 8,       // expected
    LANES = 16
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
        x = x << 8 | (unsigned char)s.p[*at];
    return x + 1;
}

static size_t characters(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += !inside(s, i);
    return n;
}

// A hash of the remainder (a polynomial of its n characters) and the equal parts.
static inline uint64_t variant_key(uint64_t equal, uint64_t hash, size_t n)
{
    return block_mix(block_mix(equal + n) + hash);
}

// ---- the keys of a text

size_t block_edit_variants(struct str s, uint64_t equal,
                           uint64_t key[BLOCK_MOST_VARIANTS])
{
    uint64_t letter[MOST_CHARACTERS], suffix[MOST_CHARACTERS + 1];
    uint64_t power[MOST_CHARACTERS + 1];
    size_t n = 0, keys = 0;
    for (size_t at = 0; at < s.n;) {
        if (n == MOST_CHARACTERS)
            return 0;
        letter[n++] = character(s, &at);
    }
    suffix[n] = 0;
    power[0] = 1;
    for (size_t i = n; i > 0; i--) {
        size_t behind = n - i;
        suffix[i - 1] = letter[i - 1] * power[behind] + suffix[i];
        power[behind + 1] = power[behind] * base;
    }
    key[keys++] = variant_key(equal, suffix[0], n);
    uint64_t prefix = 0;
    for (size_t i = 0; i < n; i++) {
        // of a run of one letter it does not matter which is taken out
        if (i == 0 || letter[i] != letter[i - 1])
            key[keys++] =
                variant_key(equal, prefix * power[n - 1 - i] + suffix[i + 1], n - 1);
        prefix = prefix * base + letter[i];
    }
    return keys;
}

static uint64_t hash_on(uint64_t hash, struct str s, size_t *n)
{
    for (size_t at = 0; at < s.n; ++*n)
        hash = hash * base + character(s, &at);
    return hash;
}

// ---- outlines: number of characters in the low 8 bits, and a set of them in the others

static uint64_t outline_of(struct str s)
{
    uint64_t n = 0, set = 0;
    for (size_t at = 0; at < s.n; n++) {
        uint64_t x = character(s, &at) * base >> 32;
        set |= (uint64_t)256 << (x * 56 >> 32);
    }
    return set | (n < 255 ? n : 255);
}

// An edit changes the number by one at most, and takes one out of the set or puts one in,
// or both.
static inline bool may_be_alike(uint64_t a, uint64_t b)
{
    uint64_t n = (a & 255) - (b & 255), differ = (a ^ b) >> 8;
    differ &= differ - 1;
    differ &= differ - 1;
    return n + 1 <= 2 && !differ;
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

bool block_edit_join(const struct link_blocks *b, uint64_t cross, uint32_t key_a,
                     uint32_t key_b)
{
    const struct block_rule *r = &b->rules[b->rule];
    const struct block_filed *p = &b->index.filed[key_a], *q = &b->index.filed[key_b];
    struct alike x;
    uint64_t key;
    return p->equal == q->equal &&
           may_be_alike(r->outline[p->value], r->outline[q->value]) &&
           alike(&x, block_near_value(b, r, p->value), block_near_value(b, r, q->value),
                 r->rule->near_osa) &&
           joined_at(b, r, &x, p->equal, &key) && key == b->index.edits.key[cross] &&
           (r->equal.exact ||
            block_key_same(&r->equal, block_key_row(b, key_a), block_key_row(b, key_b)));
}

bool block_edit_given(const struct link_blocks *b, const struct block_rule *r,
                      uint32_t left, uint32_t right)
{
    const uint32_t *row = block_row(b, left), *other = block_row(b, right);
    unsigned near = r->rule->near_column;
    struct alike x;
    uint64_t key;
    return may_be_alike(r->outline[row[near]], r->outline[other[near]]) &&
           alike(&x, block_near_value(b, r, row[near]),
                 block_near_value(b, r, other[near]), r->rule->near_osa) &&
           (!r->skips.n || joined_at(b, r, &x, block_equal_hash(r, row), &key));
}

// ---- the index

struct filing {
    const struct link_blocks *b;
    struct block_rule *rule;
};

static void outline_lane(void *argument, size_t lane, unsigned thread)
{
    (void)thread;
    const struct filing *f = argument;
    uint64_t n = (uint64_t)block_near_column(f->b, f->rule)->n_values + 1;
    for (uint64_t i = n * lane / LANES; i < n * (lane + 1) / LANES; i++)
        if (i != LINK_NULL)
            f->rule->outline[i] =
                outline_of(block_near_value(f->b, f->rule, (uint32_t)i));
}

static void emit_keys(const void *argument, uint32_t from, uint32_t to,
                      struct block_emit *out)
{
    const struct filing *f = argument;
    uint64_t variant[BLOCK_MOST_VARIANTS];
    for (uint32_t key = from; key < to; key++) {
        const struct block_filed *filed = &f->b->index.filed[key];
        size_t n = block_edit_variants(block_near_value(f->b, f->rule, filed->value),
                                       filed->equal, variant);
        for (size_t i = 0; i < n; i++)
            block_emit(out, variant[i], key);
    }
}

enum err block_edit_index(struct link_blocks *b, struct block_rule *r, struct error *e)
{
    struct block_index *x = &b->index;
    struct filing filing = {b, r};
    if (!r->outline) {
        size_t n = (size_t)block_near_column(b, r)->n_values + 1;
        if (!(r->outline = mem_alloc(n, sizeof *r->outline)))
            return error_memory(e);
        pool_run(b->pool, LANES, outline_lane, &filing);
    }
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

void block_edit_text(const struct link_blocks *b, uint64_t cross, struct buf *out)
{
    const struct block_index *x = &b->index;
    const struct block_filed *filed = &x->filed[x->edits.id[x->edits.run[cross].first]];
    struct str s = block_near_value(b, &b->rules[b->rule], filed->value);
    for (size_t at = 0; at < s.n;) {
        size_t begin = at;
        (void)character(s, &at);
        struct alike one = {{s.p, begin}, {s.p + at, s.n - at}, {{0}}};
        if (alike_key(&one, 0, filed->equal) == x->edits.key[cross]) {
            buf_add(out, one.before);
            buf_add(out, one.after);
            return;
        }
    }
    buf_add(out, s);
}
