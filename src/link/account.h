// SPDX-License-Identifier: AGPL-3.0-or-later
// What a run of the linkage did and found: plain data for the terminal, the report page
// and tests. Everything lives in the account's arena. Made by run.h.
#ifndef LINK_ACCOUNT_H
#define LINK_ACCOUNT_H

#include "link/block.h"
#include "link/cluster.h"
#include "link/evaluate.h"

struct account_column { // of the files
    struct str name;
    enum link_kind kind;
    const char *why; // "8 digits that are dates"; what a reader may be told
    uint64_t nulls, values;
    struct str examples[3];
};

struct account_session { // one EM run by rounds: largest change of a parameter
    struct str name;     // blocking rule, or "all pairs"
    const double *change;
    unsigned n;
    bool converged;
    bool drifted; // it was stopped: matches stood out less and less
};

struct account_pattern { // pairs that fell into the same levels
    uint64_t pattern;
    uint64_t pairs;
    double weight; // match weight without term frequencies, prior in it
    double probability;
};

struct account_pair { // a pair worth showing
    uint32_t left, right;
    double weight, probability;
    uint64_t pattern;
    // [n_comparisons + 2]: prior, each comparison's part without its term frequency,
    // and last the dependence correction
    double *parts;
    double *tf_parts; // [n_comparisons] what the term frequency adds
};

struct account_threshold { // expected, from the probabilities
    double threshold;
    double links, precision, recall; // expected number right / links; of all true pairs
};

enum { ACCOUNT_BINS = 60 };

struct account {
    struct arena arena;
    const struct link_records *records;
    const struct link_model *model;
    const struct link_view *view;
    uint32_t n;
    bool model_was_given, stopped; // stopped: by the user; what is here is what there was
    struct account_column *columns;
    unsigned n_columns;
    struct block_told *rules; // [model->n_rules]
    struct account_session *sessions;
    unsigned n_sessions;
    uint64_t random_pairs, compared_pairs, kept_pairs;
    double all_pairs;                         // n (n - 1) / 2 or the product of the files
    double expected_matches, blocking_recall; // by the model
    struct account_pattern *patterns;         // by weight, highest first
    uint64_t n_patterns;
    double bin_from, bin_width; // of the histogram of match weights
    uint64_t bins[ACCOUNT_BINS];
    struct account_threshold *thresholds; // by match weight, ascending
    unsigned n_thresholds;
    // Unlinkable: share of records whose match with themselves stays under this weight.
    double *unlinkable_weight, *unlinkable_share;
    unsigned n_unlinkable;
    struct account_pair *pairs; // examples over the whole range, for the viewer
    unsigned n_pairs;
    uint64_t links, clusters, in_clusters; // clusters of two and more; records in them
    uint64_t cluster_sizes[16];            // 1, 2, ..., 15, 16 and more
    uint64_t n_split;
    struct account_found { // what became of new records
        uint32_t records;  // that are new; 0: none are told from the others
        uint32_t joined;   // of them, in a cluster with a record known before
        uint32_t people;   // clusters of new records alone
        uint64_t merged;   // clusters known before that are part of another now
    } found;
    struct cluster_quality *looks; // clusters to look into, worst first
    unsigned n_looks;
    const uint32_t *cluster; // [n]
    const struct link_edge *edges;
    uint64_t n_edges;
    struct account_term { // most and least telling values of a comparison
        unsigned comparison;
        struct str text;
        uint32_t count;
        double weight;
    } * terms;
    unsigned n_terms;
    struct account_dependence { // pairs of comparisons by how they depend on each other
        unsigned a, b;
        double mutual_information; // bits, among pairs of two people
        double agree_together,
            agree_by_product; // probability both are at their top level
        bool corrected;
    } * dependences;
    unsigned n_dependences;
    struct str *warnings, *warnings_zh; // [n_warnings] the same sentences
    unsigned n_warnings;
    double seconds_load, seconds_train, seconds_score, seconds_cluster;
    unsigned threads;
    uint64_t memory; // bytes at the most
};

#endif
