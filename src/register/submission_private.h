// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files of submission share: one row of heng_submissions.
#ifndef REGISTER_SUBMISSION_PRIVATE_H
#define REGISTER_SUBMISSION_PRIVATE_H

#include "base/chain.h"
#include "register/submission.h"

enum submission_state {
    SUBMISSION_IS_SAVED, // a row has it
    SUBMISSION_WAITS,    // refused, and nobody has dealt with it
    SUBMISSION_SET_ASIDE
};

struct submission_record {
    int64_t id; // 0: there is none
    int64_t user, row, version;
    enum submission_state state;
    bool replaced; // a later instance has corrected its row
    struct chain_hash hash;
    struct str reg;
};

enum err submission_find(struct conn *c, struct str instance, struct arena *a,
                         struct submission_record *out, struct error *e) WARN_UNUSED;
struct submission_target { // the row that files go to
    struct county *county;
    const struct access *who;
    const struct reg *reg;
    int64_t row;
    const struct xform_filled *filled; // says of which items the files are
};
// Attaches file `at` of n that came together. A name that several items have is the file
// of all of them; where as many files of that name came, the first is the first item's.
enum err submission_attach(const struct submission_target *to,
                           const struct submission_file *files, size_t n, size_t at,
                           struct arena *a, struct error *e) WARN_UNUSED;
// Inside a job: the form and its files are kept no more, for a row has them.
enum err submission_forget(struct conn *c, int64_t id, struct error *e) WARN_UNUSED;

#endif
