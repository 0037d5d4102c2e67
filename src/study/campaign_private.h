// SPDX-License-Identifier: AGPL-3.0-or-later
// Between campaign*.c.
#ifndef STUDY_CAMPAIGN_PRIVATE_H
#define STUDY_CAMPAIGN_PRIVATE_H

#include "study/campaign.h"

struct making {
    const struct measure *m;
    struct arena *arena;
    struct campaign *c;
};

enum err campaign_tasks(struct making *x, struct error *e) WARN_UNUSED;
// Visits, and the answers of the checklists on them.
enum err campaign_visits(struct making *x, struct error *e) WARN_UNUSED;
// The visits by day and team.
enum err campaign_rounds(struct making *x, const struct row_about *rows, size_t n,
                         struct error *e) WARN_UNUSED;
enum err campaign_findings(struct making *x, struct error *e) WARN_UNUSED;

// Rows of `related` that belong to the campaign.
enum err campaign_rows(struct making *x, const struct related *related,
                       const struct expr *const *tests, size_t n_tests,
                       struct row_about **out, size_t *n, struct error *e) WARN_UNUSED;

#endif
