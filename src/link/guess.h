// SPDX-License-Identifier: AGPL-3.0-or-later
// Settings from the data alone: what each column holds, which comparisons to make, and
// which pairs to look at.
//
// Kinds come from headings (English and Chinese words) and from the texts themselves;
// where they disagree the texts win. Comparisons are the ladders of levels that hold for
// a kind of column in general. Blocking rules are chosen greedily from combinations of
// exact, near and part-of-text keys by how many matches they are expected to add for the
// pairs they cost; the expectation is over matches simulated from the agreement rates
// known so far (defaults by kind at first, learned ones afterwards), some of them on
// records that are worse than most.
//
// One thread at a time calls; what is written into the model lies in its arena.
#ifndef LINK_GUESS_H
#define LINK_GUESS_H

#include "link/account.h"
#include "link/model.h"

struct guess_names {
    const char *const *ignore; // columns not to compare
    unsigned n_ignore;
    const char *const *keep; // the same, but carried into the outputs
    unsigned n_keep;
    bool nothing_is_fine; // no error where nothing is left to compare: a model says it
};
// kinds and why have an element for each column. id_column: the column that names the
// records, or UINT_MAX. ERR_INPUT: a name that is no column; nothing left to compare.
enum err guess_kinds(const struct link_records *r, const struct guess_names *names,
                     enum link_kind *kinds, const char **why, unsigned *id_column,
                     struct error *e) WARN_UNUSED;

// What one column seems to hold. ERR_MEMORY.
enum err guess_kind(const struct link_records *r, const struct link_column *column,
                    enum link_kind *kind, struct error *e) WARN_UNUSED;

// Comparisons for cleaned records, m and u not known; no rules yet.
enum err guess_comparisons(struct link_model *m, const struct link_records *r,
                           struct error *e) WARN_UNUSED;
// (Re)places the rules, by the m of the comparisons where they are known. May add columns
// to records. *recall: expected. go_on false: no more rules than there are (one at
// least).
struct guess_set {
    struct pool *pool;
    bool (*go_on)(void *argument); // may be NULL
    void *argument;
};
enum err guess_rules(struct link_model *m, struct link_records *r,
                     const struct guess_set *set, double *recall,
                     struct error *e) WARN_UNUSED;

#endif
