// SPDX-License-Identifier: AGPL-3.0-or-later
// Between the files of block: keys, things gathered by key, the index of one rule.
//
//   block_group.c   gathers ids (records, or keys) by a 64-bit key
//   block_near.c    keys that are near to each other; neighbours in sorted order
//   block_edit.c    keys within one edit
//   block.c         indexes a rule, passes over what is too large, cuts it into tasks
//   block_run.c     makes the pairs of a task
//   block_new.c     which records may pair with a new one
//   block_cost.c    counts without making pairs
#ifndef LINK_BLOCK_PRIVATE_H
#define LINK_BLOCK_PRIVATE_H

#include "link/block.h"

// One to one on 64 bits (the finaliser of splitmix64).
static inline uint64_t block_mix(uint64_t z)
{
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

// How a record's key is made: its value numbers side by side in as few words as will do.
// In one word (nearly always) equal keys are equal numbers; `exact` says so. Else keys
// are hashes, and numbers must be looked at.
struct block_key {
    unsigned n;
    unsigned column[LINK_MAX_EQUAL + 1];
    uint8_t shift[LINK_MAX_EQUAL + 1]; // how far the word moves on; 64: a new word
    bool exact;
};
void block_key_make(struct block_key *k, const struct link_view *v,
                    const unsigned *columns, unsigned n);

// False when a value is null.
static inline bool block_key_of(const struct block_key *k, const uint32_t *row,
                                uint64_t *out)
{
    uint64_t hash = 0, word = 0;
    for (unsigned i = 0; i < k->n; i++) {
        uint32_t value = row[k->column[i]];
        if (value == LINK_NULL)
            return false;
        if (k->shift[i] == 64) {
            hash = block_mix(hash + word);
            word = value;
        } else {
            word = word << k->shift[i] | value;
        }
    }
    *out = block_mix(hash + word);
    return true;
}

static inline bool block_key_same(const struct block_key *k, const uint32_t *a,
                                  const uint32_t *b)
{
    for (unsigned i = 0; i < k->n; i++)
        if (a[k->column[i]] != b[k->column[i]])
            return false;
    return true;
}

// ---- gathering

struct block_entry {
    uint32_t low, high, id; // low and high half of the key
};

struct block_emit {
    struct block_entry *entry; // NULL: only counted
    uint64_t *at;              // by part: count, or place of the next
    unsigned shift;            // part of a key: key >> shift
    uint32_t first, end;       // parts wanted
    uint64_t null;
};

static inline void block_emit(struct block_emit *e, uint64_t key, uint32_t id)
{
    uint64_t part = key >> e->shift;
    if (!e->entry)
        e->at[part]++;
    else if (part - e->first < e->end - e->first)
        e->entry[e->at[part]++] =
            (struct block_entry){(uint32_t)key, (uint32_t)(key >> 32), id};
}

struct block_input {
    // Calls block_emit for each key of the ids from..to-1, and counts ids without one.
    // Called several times on any thread; always emits the same.
    void (*emit)(const void *argument, uint32_t from, uint32_t to,
                 struct block_emit *out);
    // Whether two ids with equal keys belong together; NULL: they always do.
    bool (*same)(const void *argument, uint32_t a, uint32_t b);
    const void *argument;
    uint32_t n;        // ids
    uint64_t expected; // keys, about
    uint32_t least;    // groups of fewer ids are left out
    bool keys;         // the groups' keys are wanted
};

struct block_run {
    uint32_t first, size; // of block_groups.id
};

// Ids of a group are in ascending order; groups are in an order that only keys and ids
// decide.
struct block_groups {
    uint32_t *id;
    uint64_t n_ids;
    struct block_run *run;
    uint64_t *key; // [n], or NULL
    uint64_t n;
    uint64_t null;
};
enum err block_group(struct block_groups *out, const struct block_input *in,
                     struct pool *pool, struct error *e) WARN_UNUSED;
void block_groups_free(struct block_groups *g);
// Pairs of all groups and of the largest, no group made. O(n).
enum err block_count(const struct link_view *v, const struct block_input *in,
                     struct pool *pool, double *pairs, double *largest,
                     struct error *e) WARN_UNUSED;

// Records by a key.
struct block_records {
    const struct link_view *view;
    const struct block_key *key;
    const uint64_t *keep; // a bit for each that is wanted; NULL: all
};
void block_records_input(struct block_input *in, const struct block_records *r,
                         uint32_t least);

// ---- what was passed over

enum block_part { BLOCK_SELF, BLOCK_CROSS };

struct block_skip {
    uint64_t key;
    uint32_t record; // one of the block's
    uint32_t part;   // enum block_part
};
struct block_skips { // open addressing; a place with record UINT32_MAX is free
    struct block_skip *place;
    uint64_t mask, n;
};

// ---- the index of a rule

// Left records first..first+size-1, each with the right records (all of
// block_groups.id): a key and those near to it in sorted order.
struct block_cross {
    struct block_run left, right;
};

struct block_filed {
    uint64_t equal; // hash of a key's equal parts; 0 when there are none
    uint32_t value; // in the near column
};

struct block_task {
    uint64_t item, left; // where it begins; it ends where the next begins
};

// Items are numbered: first blocks whose records all pair with each other, then those of
// keys that are near to each other.
struct block_index {
    struct block_groups keys;
    struct block_filed *filed; // [keys.n] of a near rule
    struct block_run *self;
    uint64_t n_self;
    struct block_cross *cross; // LINK_NEAR_SORTED
    struct block_groups edits; // LINK_NEAR_EDIT: ids are numbers of keys.run
    uint64_t n_cross;
    uint64_t *pairs;         // [n_self + n_cross]
    struct block_task *task; // [n_tasks + 1]
    size_t n_tasks;
    uint64_t *task_pairs, *task_new; // [n_tasks] what it gave when it last ran
};

struct block_rule {
    const struct view_rule *rule;
    struct block_key equal; // the equal parts
    struct block_key whole; // and the near column, when there is one
    struct block_skips skips;
    uint32_t *position; // LINK_NEAR_SORTED: [n] place of the record's key in the order
    uint64_t *outline;  // LINK_NEAR_EDIT: [values + 1] of texts, see block_edit.c
    struct block_told told;
    bool indexed;
};

struct link_blocks {
    const struct link_view *view;
    struct block_options options;
    struct pool *pool;
    struct arena arena; // skipped keys
    struct block_rule *rules;
    unsigned rule; // indexed now; UINT_MAX: none
    struct block_index index;
};

static inline const uint32_t *block_row(const struct link_blocks *b, uint32_t record)
{
    return link_view_row(b->view, record);
}

bool block_skipped(const struct link_view *v, const struct block_skips *s,
                   const struct block_key *exact, enum block_part part, uint64_t key,
                   uint32_t record);

// Of a run of records: the first place whose record pairs with that at `left` (all after
// it do). `from` is the answer for an earlier left, or 0.
static inline uint32_t block_partner(const struct link_blocks *b, const uint32_t *record,
                                     uint32_t size, uint32_t left, uint32_t from)
{
    const struct link_view *v = b->view;
    uint32_t at = left + 1 > from ? left + 1 : from;
    if (v->type == LINK_LINK_ONLY)
        while (at < size && v->source[record[at]] == v->source[record[left]])
            at++;
    while (at < size && record[at] < b->options.first_new)
        at++;
    return at;
}
// Whether all records pair with all others.
static inline bool block_all_allowed(const struct link_blocks *b)
{
    return b->view->type != LINK_LINK_ONLY && !b->options.first_new;
}
// Whether a pair may be compared at all.
static inline bool block_allowed(const struct link_blocks *b, uint32_t a, uint32_t c)
{
    return link_view_pairs(b->view, a, c) &&
           (a >= b->options.first_new || c >= b->options.first_new);
}

// Sums pairs up and cuts a task when there are enough.
struct block_cutting {
    struct link_blocks *b;
    uint64_t target, sum;
    size_t room;
    bool no_memory;
};
void block_cut(struct block_cutting *c, uint64_t item, uint64_t left);

// ---- near (block_near.c). `cross` is the number of an item after the self ones. Numbers
// of pairs are those of the records that meet, whether their texts prove alike or not.

enum err block_near_index(struct link_blocks *b, struct error *e) WARN_UNUSED;
uint64_t block_near_pairs(const struct link_blocks *b, uint64_t cross);
uint64_t block_near_records(const struct link_blocks *b, uint64_t cross);
uint32_t block_near_record(const struct link_blocks *b, uint64_t cross); // one of them
struct block_skip block_near_skip(const struct link_blocks *b, uint64_t cross);
void block_near_text(const struct link_blocks *b, uint64_t cross, struct buf *out);
void block_near_cut(struct block_cutting *c, uint64_t cross);
// Whether a rule with a near part has given a pair whose equal parts agree (its rest
// aside).
bool block_near_given(const struct link_blocks *b, unsigned rule, uint32_t left,
                      uint32_t right);

// The row of one of a key's records.
static inline const uint32_t *block_key_row(const struct link_blocks *b, uint32_t key)
{
    return block_row(b, b->index.keys.id[b->index.keys.run[key].first]);
}

static inline uint64_t block_equal_hash(const struct block_rule *r, const uint32_t *row)
{
    uint64_t hash = 0;
    if (r->equal.n)
        (void)block_key_of(&r->equal, row, &hash);
    return hash;
}

static inline const struct link_column *block_near_column(const struct link_blocks *b,
                                                          const struct block_rule *r)
{
    return &b->view->records->columns[b->view->column[r->rule->near_column]];
}

static inline struct str block_near_value(const struct link_blocks *b,
                                          const struct block_rule *r, uint32_t value)
{
    return link_text(block_near_column(b, r), value);
}

// ---- within one edit (block_edit.c)

enum err block_edit_index(struct link_blocks *b, struct block_rule *r,
                          struct error *e) WARN_UNUSED;
// Whether two keys that meet in an item are to be joined there.
bool block_edit_join(const struct link_blocks *b, uint64_t cross, uint32_t key_a,
                     uint32_t key_b);
bool block_edit_given(const struct link_blocks *b, const struct block_rule *r,
                      uint32_t left, uint32_t right);
// What the texts that meet have in common.
void block_edit_text(const struct link_blocks *b, uint64_t cross, struct buf *out);

// A text's own key and those of what is left of it with one character taken out; 0: the
// text is too long.
enum { BLOCK_MOST_VARIANTS = 257 };
size_t block_edit_variants(struct str text, uint64_t equal,
                           uint64_t key[BLOCK_MOST_VARIANTS]);

// ---- pairs with a new record (block_new.c)

// A bit for each record that may be in such a pair of the rule (few others), and for
// those whose key is null; from mem_alloc. NULL when all are wanted.
enum err block_new_keep(const struct link_blocks *b, const struct block_rule *r,
                        uint64_t **keep, uint64_t *n_kept, struct error *e) WARN_UNUSED;

#endif
