// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files of run.h share.
#ifndef LINK_RUN_PRIVATE_H
#define LINK_RUN_PRIVATE_H

#include "link/known.h"
#include "link/run.h"
#include "link/score.h"
#include "link/train.h"

enum { WEIGHT_BINS = 480 }; // of a quarter bit each
static const double WEIGHT_FROM = -60;

struct weight_bins { // candidate pairs by match weight
    uint64_t pairs[WEIGHT_BINS];
    double matches[WEIGHT_BINS]; // expected
};

struct model_name { // of a column that a model looks at
    struct str name;
    bool compared; // and not only by blocking rules
};

struct link_run {
    struct link_options options;
    struct account account;
    struct pool *pool;
    struct link_records *records;
    struct link_model *model;
    struct link_view *shared; // has the rules of training too; NULL: `view` is whole
    struct link_view *view;
    struct candidates *candidates;
    struct score *score;
    struct pattern_table random; // patterns of pairs drawn at random
    struct train_told told;
    const char **why;      // [n_columns of the files] of each kind
    enum link_kind *kinds; // the same
    unsigned n_file_columns;
    struct model_name *names; // [n_names] in account.arena; some twice
    unsigned n_names, names_room;
    struct str id_name;      // heading of the ids; empty: rows are numbered, or several
    unsigned *keep;          // columns to carry into the outputs
    struct link_edge *edges; // by left, right
    uint64_t n_edges, edge_room;
    double edge_from;              // least weight of an edge that is kept
    double threshold;              // match weight
    bool *linked;                  // [n_edges] the link stands
    bool unique[LINK_MAX_SOURCES]; // the source holds each person once
    uint32_t *cluster;             // [n]
    uint64_t n_split;
    uint32_t n_old; // records before the new ones; 0 when there is no such difference
    struct link_known *known; // their clusters; NULL: not told
    struct weight_bins bins;
    bool stopped;
};

// run_train.c: the view and the candidates of r->model; its training, in the two ways of
// train.h. Sessions leave the run without a view of its own.
void run_close_view(struct link_run *r);
// again: candidates will be gone through more than once.
enum err run_open_view(struct link_run *r, bool again, struct error *e) WARN_UNUSED;
enum err run_train_joint(struct link_run *r, struct error *e) WARN_UNUSED;
enum err run_train_sessions(struct link_run *r, struct error *e) WARN_UNUSED;
// run_score.c: weights of all candidates; edges and bins.
enum err run_score(struct link_run *r, struct error *e) WARN_UNUSED;
// run_cluster.c
enum err run_known(struct link_run *r, struct error *e) WARN_UNUSED; // reads r->known
enum err run_cluster(struct link_run *r, struct error *e) WARN_UNUSED;
// run_account.c
enum err run_account(struct link_run *r, struct error *e) WARN_UNUSED;
// One sentence for the reader, in two languages: both formats take the same arguments in
// the same order (or say which with %2$s).
enum err run_warn(struct link_run *r, struct error *e, const char *en, const char *zh,
                  ...) WARN_UNUSED PRINTF_LIKE(3, 5) PRINTF_LIKE(4, 5);
bool run_progress(struct link_run *r, enum link_stage stage, double share);
bool run_goes_on(void *run); // training; false once the user has ended it
double run_seconds(void);    // of a clock that only goes forward

#endif
