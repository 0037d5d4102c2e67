// SPDX-License-Identifier: AGPL-3.0-or-later
// How right a linkage is, from files: what it gave, and what is true. What
// `heng link evaluate` does; the counting is evaluate.h's.
//
// Given: clusters (columns id, cluster) or pairs (id_a, id_b, probability); Splink's
// headings (unique_id, cluster_id; unique_id_l, unique_id_r, match_probability) are known
// too. With columns source, or source_a and source_b, the same id may stand in several
// sources.
//
// Truth: a column of the clusters, a column of the records, a file with an id and an
// entity for each record, or a file of labelled pairs (two ids and a score from 0 to 1).
// Memory is that of the different ids and of the pairs; time that of reading.
#ifndef LINK_JUDGE_H
#define LINK_JUDGE_H

#include <stdbool.h>

#include "link/evaluate.h"

struct judge_options {
    const char *path;           // clusters or pairs
    const char *truth;          // a column, or the path of a file
    const char *const *records; // files that were linked; may be none
    unsigned n_records;
    const char *const *id; // heading of the ids: one, or one for each of the records
    unsigned n_id;
    bool within_sources; // pairs inside one source count too
    // Called now and then on the caller's thread with the share of a file (the first of
    // the records stands for all of them) that has been read. May be NULL.
    void (*progress)(void *argument, const char *path, double share);
    void *argument;
};

enum { JUDGE_THRESHOLDS = 14, JUDGE_BINS = 10 };

struct judgement {
    bool is_pairs;       // what was given: pairs, or clusters
    bool is_labelled;    // the truth was labelled pairs; only `pairs` of clusters is set
    bool across_sources; // only pairs between different sources were counted
    uint64_t rows;       // of the file that was judged
    uint64_t records;    // that are known of, from all files
    uint64_t known;      // of these with a known truth
    uint64_t labels;     // labelled pairs, each once
    uint64_t singletons; // known records that the clusters do not name: alone
    uint64_t unknown;    // rows that do not count: nothing is known of a record (a pair)
    double lowest;       // probability in the file; NaN: no pairs
    struct cluster_verdict clusters;
    struct threshold_verdict at[JUDGE_THRESHOLDS], best;
    struct calibration_bin bins[JUDGE_BINS];
    double calibration_error;
};

// ERR_INPUT: headings that are neither clusters nor pairs, a truth that is no column and
// no file, an id that is empty or twice in the clusters, an id that no record has, a
// probability that is not from 0 to 1, a row that cannot be read, ids that have nothing
// in common with the truth. ERR_NOT_FOUND and others of table_open.
enum err link_judge(struct judgement *out, const struct judge_options *options,
                    struct error *e) WARN_UNUSED;

#endif
