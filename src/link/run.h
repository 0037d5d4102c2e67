// SPDX-License-Identifier: AGPL-3.0-or-later
// The whole way: files to pairs, clusters and an account of it. What `heng link` does.
//
//   load -> kinds of columns -> clean -> model (given, or chosen and trained)
//        -> candidate pairs -> score -> clusters
//
// Same answer for any number of threads and any order of the rows.
#ifndef LINK_RUN_H
#define LINK_RUN_H

#include "link/account.h"

enum link_stage { LINK_LOADING, LINK_TRAINING, LINK_SCORING, LINK_CLUSTERING };

struct link_options {
    const char *const *paths;
    unsigned n_paths;
    const char *const *id; // heading of the ids: one for all files, or one for each
    unsigned n_id;
    const char *const *ignore; // columns not to compare
    unsigned n_ignore;
    const char *const *keep; // columns to carry into the outputs (not compared)
    unsigned n_keep;
    const struct link_model *model; // NULL: chosen from the data
    bool train; // a given model: learn m, u and the prior anew (always where it has none)
    const char *const *train_by; // Splink's way: a session for each of these rules
    unsigned n_train_by;
    const char *const *prior_by; // rules that hardly ever err, for the prior
    unsigned n_prior_by;
    double prior_recall; // share of the matches that they find; NaN: not told
    double threshold;    // probability; NaN: the model's, or 0.5
    bool one_to_one;     // a record has one partner at most in each other source
    bool sources_without_duplicates; // and no cluster has two records of one source
    // Sources from this on are new: only pairs with a record of theirs are looked at, and
    // clusters of the others (known.h) taken as they were; 0: all pairs. Needs a model
    // with m and u (ERR_INPUT). Records of one new source are compared with each other,
    // unless the model says link_only or that sources have no duplicates.
    uint32_t first_new;
    const char *known; // a file with these clusters; NULL: each record is alone
    unsigned threads;  // 0: as many as there are cores
    uint64_t seed;
    size_t memory;    // bytes; 0: no limit
    bool no_examples; // leave out of the account what only the report page shows
    // Called on the caller's thread; false ends the run with what there is. May be NULL.
    bool (*progress)(void *argument, enum link_stage stage, double share);
    void *argument;
};

struct link_run;
// ERR_INPUT, ERR_LIMIT: what the files and the model cannot do, with a cure. *out must be
// closed in any case.
enum err link_run_open(struct link_run **out, const struct link_options *options,
                       struct error *e) WARN_UNUSED;
void link_run_close(struct link_run *r);
const struct account *link_run_account(const struct link_run *r);

// CSV with the links at and over the threshold, highest weight first: id_a, id_b (with
// source_a, source_b for several files), probability, match_weight; then kept columns;
// with explain for each comparison its level and weight.
enum err link_run_write_pairs(const struct link_run *r, const char *path, bool explain,
                              struct error *e) WARN_UNUSED;
// CSV with every record: id, (source,) cluster, kept columns. A cluster is named by an id
// in it; those that were known before keep their names (known.h).
enum err link_run_write_clusters(const struct link_run *r, const char *path,
                                 struct error *e) WARN_UNUSED;

#endif
