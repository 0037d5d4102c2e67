// SPDX-License-Identifier: AGPL-3.0-or-later
// A model made ready to run on records: parts of one record (substr(dob, 1, 4)) become
// columns of their own, computed once for each different value; what is left of a
// condition compares value numbers or calls a comparator; records lie row by row, so that
// a pair costs two stretches of memory.
//
// Conditions mean what they mean in DuckDB (tests/link/view_vectors.csv is its word), but
// columns have no types: what is used as a number, a date or a list is read as one, and
// is null when it is none; texts that are both numbers stand in the order of numbers.
// Edits are of characters, not bytes, and a number that is none (0 / 0) is null.
//
// A view is read-only after link_view_open and shared by threads; each has a scratch with
// a memory of value pairs it has seen (direct-mapped, fixed size; a hit gives the level
// without calling a comparator).
#ifndef LINK_VIEW_H
#define LINK_VIEW_H

#include "link/model.h"
#include "link/records.h"

// A blocking rule: both records have the same value, not null, in each of `equal`; and,
// when near is not LINK_NEAR_NONE, alike values in column `near_column`; and `rest`
// holds.
enum link_near {
    LINK_NEAR_NONE,
    LINK_NEAR_EDIT,  // Levenshtein <= 1 (or OSA <= 1, see near_osa), found by deletions
    LINK_NEAR_SORTED // at most near_steps different values apart in the order of their
                     // bytes, among the records with the same `equal` values
};

enum { LINK_MAX_EQUAL = 6 };

struct view_rule {
    unsigned n_equal;
    unsigned equal[LINK_MAX_EQUAL]; // columns of the view
    enum link_near near;
    unsigned near_column;
    unsigned near_steps;
    bool near_osa;                // a swap of neighbours counts as one edit
    const struct view_test *rest; // NULL: nothing more
};

struct view_comparison {
    unsigned n_levels;
    unsigned shift, bits;                 // of this comparison's level in a pattern
    unsigned null_level;                  // n_levels when it has none
    const struct view_test *const *tests; // [n_levels]; NULL for else
    // The column that stands for all values compared: value numbers of both records
    // decide the level.
    unsigned feature;
    // Per level: column of the view with the term for frequencies, or UINT_MAX.
    const unsigned *tf_column;
};

struct link_view {
    const struct link_records *records;
    enum link_type type;
    uint32_t n;
    unsigned width;         // columns of the view
    const uint32_t *cell;   // [n * width], row by row
    const unsigned *column; // [width] which column of records it is
    const struct view_comparison *comparisons;
    unsigned n_comparisons;
    const struct view_rule *rules;
    unsigned n_rules;
    uint8_t *source; // [n]
};

struct link_pair {
    uint32_t left, right; // records; left < right where pairs are candidates
};

// Adds the columns it needs to records (link_records_derive). ERR_INPUT: a column that
// the files do not have (names where, and what there is); a rule without an equal or near
// part (every pair would be compared: says so); a model whose levels do not fit
// LINK_PATTERN_BITS.
// The model is not needed afterwards; the records must outlive the view, and may get more
// columns. pool may be NULL. O(n) a column, and once for each different value of a term.
enum err link_view_open(struct link_view **out, struct link_records *records,
                        const struct link_model *model, struct pool *pool,
                        struct error *e) WARN_UNUSED;
void link_view_close(struct link_view *v);
// A view of the same records and comparisons with only the rules first to first + n - 1.
// The one it is made of must outlive it. ERR_MEMORY.
enum err link_view_part(struct link_view **out, const struct link_view *v, unsigned first,
                        unsigned n, struct error *e) WARN_UNUSED;

// Of one thread. log2_slots: size of the memory of each comparison (17: 1 MiB; 0: what
// keeps all of them within 8 MiB). Comparisons of few different values have a table of
// all pairs instead, and those that are steps of one number on short texts nothing: they
// are compared sooner than looked up.
struct link_scratch;
enum err link_scratch_open(struct link_scratch **out, const struct link_view *v,
                           unsigned log2_slots, struct error *e) WARN_UNUSED;
void link_scratch_close(struct link_scratch *s);
// Calls of comparators and hits of the memory so far.
void link_scratch_counts(const struct link_scratch *s, uint64_t *calls, uint64_t *hits);

// Which level of a comparison a pair falls into (the first whose condition is true).
unsigned link_view_level(const struct link_view *v, struct link_scratch *s,
                         unsigned comparison, uint32_t left, uint32_t right);
// Levels of all comparisons in one number: sum of level << shift.
uint64_t link_view_pattern(const struct link_view *v, struct link_scratch *s,
                           uint32_t left, uint32_t right);
// The same of many pairs, much faster: what they need from memory is fetched ahead.
void link_view_patterns(const struct link_view *v, struct link_scratch *s,
                        const struct link_pair *pairs, size_t n, uint64_t *patterns);
// The same, but of comparison c only the first told[c] levels need be told from the rest:
// any level from told[c] on may stand for the others, and any at all when told[c] is 0.
void link_view_patterns_of(const struct link_view *v, struct link_scratch *s,
                           const unsigned *told, const struct link_pair *pairs, size_t n,
                           uint64_t *patterns);
static inline unsigned link_pattern_level(const struct view_comparison *c,
                                          uint64_t pattern)
{
    return (unsigned)(pattern >> c->shift & ((1u << c->bits) - 1));
}
// Whether a rule's whole condition holds for a pair (caps of blocks aside).
bool link_view_rule(const struct link_view *v, struct link_scratch *s, unsigned rule,
                    uint32_t left, uint32_t right);
// `rest` of a rule alone.
bool link_view_rest(const struct link_view *v, struct link_scratch *s, unsigned rule,
                    uint32_t left, uint32_t right);

static inline const uint32_t *link_view_row(const struct link_view *v, uint32_t record)
{
    return v->cell + (size_t)record * v->width;
}
// Whether the model's type lets these two be compared (record numbers differ).
static inline bool link_view_pairs(const struct link_view *v, uint32_t a, uint32_t b)
{
    return v->type != LINK_LINK_ONLY || v->source[a] != v->source[b];
}

#endif
