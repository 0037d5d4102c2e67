// SPDX-License-Identifier: AGPL-3.0-or-later
// Candidate pairs from blocking rules: streamed, never stored, each pair once.
//
// A rule's records are gathered by the hash of its key (radix sort; a block is a run of
// equal keys); pairs that an earlier rule has already given are left out. Within one
// edit: a record is filed under its key and under every key with one character taken out
// (deletion neighbourhood; Mor and Fraenkel, CACM 25(12), 1982; Bocek et al. 2007), and
// pairs that meet are checked. Sorted neighbourhood: Hernandez and Stolfo, Data Mining
// and Knowledge Discovery 2, 1998, over different values instead of records.
//
// A block that would give more than `most_pairs` pairs is passed over and told (how many,
// the largest, and its key): a place where nearly everyone agrees says nothing.
//
// One rule is indexed at a time (12 to 16 bytes a record and key). Tasks of a rule may
// run on any thread in any order; what each gives is fixed, so that the same task run
// again gives the same pairs in the same order.
#ifndef LINK_BLOCK_H
#define LINK_BLOCK_H

#include "link/view.h"

struct link_pair {
    uint32_t left, right; // left < right
};

struct block_told {     // about one rule
    uint64_t pairs;     // that hold to the rule and may be compared, within caps
    uint64_t new_pairs; // that no earlier rule gave; counted while streaming
    uint64_t blocks, largest_block; // records in it
    uint64_t skipped_blocks, skipped_records;
    double skipped_pairs;
    struct str skipped_key; // of the largest that was skipped, in the blocks' arena
    uint64_t null_records;  // records whose key is null
};

struct link_blocks;
struct block_options {
    uint64_t most_pairs; // of one block; 0: 2,000,000
    double most_total;   // of one rule: its largest blocks are passed over until it fits;
                         // 0: none
    uint32_t first_new;  // only pairs with a record from this number on; 0: all
};
enum err link_blocks_open(struct link_blocks **out, const struct link_view *v,
                          const struct block_options *options, struct pool *pool,
                          struct error *e) WARN_UNUSED;
void link_blocks_close(struct link_blocks *b);

// Indexes a rule; rules are taken in order from 0 the first time (later rules need to
// know which blocks earlier ones skipped), in any order afterwards. Frees the index
// before.
enum err link_blocks_index(struct link_blocks *b, unsigned rule,
                           struct error *e) WARN_UNUSED;
size_t link_blocks_tasks(const struct link_blocks *b); // of the rule indexed now
// Gives the pairs of a task in batches of at most 1,024. The scratch is the thread's own.
typedef enum err block_sink(void *argument, const struct link_pair *pairs, size_t n,
                            struct error *e);
enum err link_blocks_run(struct link_blocks *b, size_t task, struct link_scratch *s,
                         block_sink *sink, void *argument, struct error *e) WARN_UNUSED;
const struct block_told *link_blocks_told(const struct link_blocks *b, unsigned rule);

// How many pairs a rule would give, without capping or other rules; O(n log n), no pairs
// are made. For LINK_NEAR_* an estimate from the index. Used to choose rules.
enum err link_block_cost(const struct link_view *v, unsigned rule, struct pool *pool,
                         double *pairs, double *largest, struct error *e) WARN_UNUSED;

#endif
