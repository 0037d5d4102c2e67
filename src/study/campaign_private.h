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
// One row of the visits. test 0 of the row: it was made.
enum campaign_visit { CAMPAIGN_VISIT_OPEN, CAMPAIGN_VISIT_WAITS, CAMPAIGN_VISIT_MADE };
enum campaign_visit campaign_visit_of(const struct making *x, const struct row_about *row,
                                      bool waits);
// The visits by day and team. waits: by row, answers of it lack photographs.
enum err campaign_rounds(struct making *x, const struct row_group *visits,
                         const bool *waits, struct error *e) WARN_UNUSED;
enum err campaign_findings(struct making *x, struct error *e) WARN_UNUSED;

// Rows of `related` that belong to the campaign.
enum err campaign_rows(struct making *x, const struct related *related,
                       const struct expr *const *tests, size_t n_tests,
                       struct row_group *out, struct error *e) WARN_UNUSED;

#endif
