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
    const char *const *id;
    unsigned n_id;
    const char *const *ignore; // columns not to compare
    unsigned n_ignore;
    const char *const *keep; // columns to carry into the outputs (not compared)
    unsigned n_keep;
    const struct link_model *model; // NULL: chosen from the data
    bool train; // of a given model: learn m and u anew (a model without them: always)
    double threshold; // probability; NaN: the model's, or chosen
    bool one_to_one;
    bool sources_without_duplicates;
    uint32_t first_new; // of `find`: number of the source from which on records are new
                        // and only pairs with a new record are looked at; 0: all
    unsigned threads;   // 0: as many as there are cores
    uint64_t seed;
    size_t memory; // bytes; 0: no limit
    bool (*progress)(void *argument, enum link_stage stage, double share); // may be NULL
    void *argument;
};

struct link_run;
enum err link_run_open(struct link_run **out, const struct link_options *options,
                       struct error *e) WARN_UNUSED;
void link_run_close(struct link_run *r);
const struct account *link_run_account(const struct link_run *r);

// Pairs at and over the threshold, highest weight first. NULL-terminated rows of a CSV
// are made by the writer below.
enum err link_run_write_pairs(const struct link_run *r, const char *path, bool explain,
                              struct error *e) WARN_UNUSED;
enum err link_run_write_clusters(const struct link_run *r, const char *path,
                                 struct error *e) WARN_UNUSED;

#endif
