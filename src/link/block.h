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
// Blocks: all records of one key; for near rules also the keys that leave the same text
// when a character is taken out, or a key and the near_steps keys after it (among those
// with the same equal parts), each without the pairs inside a key. A block that would
// give more than `most_pairs` pairs is passed over and told (how many, the largest, and
// its key): a place where nearly everyone agrees says nothing. Its pairs may still come
// from another block or rule. A rule without equal and near parts asks for all pairs and
// gets them.
//
// Within one edit: texts of over 256 characters meet only those equal to them.
//
// One rule is indexed at a time: 16 bytes a record while it is made, 4 a record and 8 a
// block afterwards; within one edit some 100 bytes a different key, in passes of at most
// 100 MB. Kept of each rule: keys that were passed over; of one in sorted order 4 bytes a
// record. Tasks of a rule may run on any thread in any order; what each gives is fixed,
// so that the same task run again gives the same pairs in the same order. The set of
// pairs does not depend on the number of threads or the order of records.
#ifndef LINK_BLOCK_H
#define LINK_BLOCK_H

#include "link/view.h"

struct block_told {     // about one rule
    uint64_t pairs;     // that hold to the rule and may be compared, within caps; counted
                        // while streaming when the rule has a near part or a rest
    uint64_t new_pairs; // that no earlier rule gave; counted while streaming
    uint64_t blocks, largest_block; // with a pair, those passed over too; records in it
    uint64_t skipped_blocks, skipped_records;
    double skipped_pairs; // of near rules: of records that meet, alike or not
    // Texts of the largest that was passed over (of those of one size the first in
    // order), ", " between, at most 200 bytes; in the blocks' arena.
    struct str skipped_key;
    uint64_t null_records; // records whose key is null
};

struct link_blocks;
struct block_options {
    uint64_t most_pairs; // of one block; 0: 2,000,000
    double most_total;   // of one rule: its largest blocks are passed over until it fits;
                         // 0: none
    uint32_t first_new;  // only pairs with a record from this number on; 0: all
};
// The view must outlive the blocks. ERR_INTERNAL: records of a source do not lie
// together, in the order of sources.
enum err link_blocks_open(struct link_blocks **out, const struct link_view *v,
                          const struct block_options *options, struct pool *pool,
                          struct error *e) WARN_UNUSED;
void link_blocks_close(struct link_blocks *b);

// Indexes a rule; rules are taken in order from 0 the first time (later rules need to
// know which blocks earlier ones skipped), in any order afterwards. Frees the index
// before and counts anew. O(n); ERR_MEMORY, ERR_LIMIT (over 2^32 keys in a rule).
enum err link_blocks_index(struct link_blocks *b, unsigned rule,
                           struct error *e) WARN_UNUSED;
size_t link_blocks_tasks(const struct link_blocks *b); // of the rule indexed now
// Gives the pairs of a task in batches of 1 to 1,024; what the sink returns ends it. The
// scratch is the thread's own (used for `rest` alone).
typedef enum err block_sink(void *argument, const struct link_pair *pairs, size_t n,
                            struct error *e);
enum err link_blocks_run(struct link_blocks *b, size_t task, struct link_scratch *s,
                         block_sink *sink, void *argument, struct error *e) WARN_UNUSED;
const struct block_told *link_blocks_told(const struct link_blocks *b, unsigned rule);

// How many pairs a rule would give, without capping, other rules or its rest, and how
// many its largest block; O(n), no pairs are made. For LINK_NEAR_* an estimate from the
// index. Used to choose rules.
enum err link_block_cost(const struct link_view *v, unsigned rule, struct pool *pool,
                         double *pairs, double *largest, struct error *e) WARN_UNUSED;

#endif
