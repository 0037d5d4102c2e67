// SPDX-License-Identifier: AGPL-3.0-or-later
// All candidate pairs with their agreement patterns, as a stream that can be run through
// more than once: what was compared the first time is kept while it fits the memory
// allowed, and only the rest is compared again.
//
// Called by one thread; works on all of the pool's, whose results come to the sink. A
// pattern is that of view.h: levels of all comparisons in one number.
#ifndef LINK_CANDIDATES_H
#define LINK_CANDIDATES_H

#include "link/block.h"
#include "link/random_pairs.h"

struct candidate {
    uint32_t left, right;
    uint64_t pattern;
};

struct candidates;

struct candidates_set {
    struct block_options blocks;
    uint64_t keep; // pairs to keep in memory (16 bytes each)
    // Only pairs with a record of this or a later source; 0: all.
    uint32_t first_new;
    bool bare; // pairs alone; patterns are 0
    // Called on the caller's thread now and then; false ends the run early. May be NULL.
    bool (*progress)(void *argument, double share);
    void *argument;
};

// The view and the pool must outlive it. Close *out in any case. ERR_MEMORY, and what
// link_blocks_open says.
enum err candidates_open(struct candidates **out, const struct link_view *v,
                         const struct candidates_set *set, struct pool *pool,
                         struct error *e) WARN_UNUSED;
void candidates_close(struct candidates *c);

// Calls sink from many threads, for batches in no fixed order; thread < pool_threads; an
// error of the sink ends the run and is returned. rules[i] is, when asked for with
// `masks`, a bit for each rule that holds for pair i; without, 0. Time is that of
// comparing each pair, and with masks of testing each of the rules.
typedef enum err candidate_sink(void *argument, unsigned thread,
                                const struct candidate *pairs, const uint32_t *rules,
                                size_t n, struct error *e);
enum err candidates_each(struct candidates *c, bool masks, candidate_sink *sink,
                         void *argument, struct error *e) WARN_UNUSED;
// Another callback for the runs that follow.
void candidates_on_progress(struct candidates *c,
                            bool (*progress)(void *argument, double share),
                            void *argument);
unsigned candidates_threads(const struct candidates *c);
bool candidates_stopped(const struct candidates *c); // progress said false
// After a whole run: pairs that were compared, and what became of each rule.
uint64_t candidates_pairs(const struct candidates *c);
const struct block_told *candidates_told(const struct candidates *c, unsigned rule);

// How often each pattern came, by the rules that hold.
struct pattern_row {
    uint64_t pattern;
    uint32_t rules;
    uint64_t pairs;
};
struct pattern_table { // sorted by pattern, then rules
    struct pattern_row *rows;
    uint64_t n;
};
void pattern_table_free(struct pattern_table *t);
// Of the candidates. rules are 0 when masks is false.
enum err pattern_table_of(struct pattern_table *out, struct candidates *c, bool masks,
                          struct error *e) WARN_UNUSED;
// Of random pairs (random_pairs.h), until each level has been met often enough.
enum err pattern_table_random(struct pattern_table *out, const struct link_view *v,
                              const struct random_pairs *set, struct pool *pool,
                              struct error *e) WARN_UNUSED;

#endif
