// SPDX-License-Identifier: AGPL-3.0-or-later
// A campaign (study/campaign.h) as a page: the draft of its report, in sentences and
// tables, and as tables of figures. In English and in Chinese. No person and no patient
// is in it; facilities stand beside each other in the order of the list, not of their
// scores.
#ifndef REPORT_CAMPAIGN_DOC_H
#define REPORT_CAMPAIGN_DOC_H

#include "report/doc.h"
#include "report/result_table.h"
#include "study/campaign.h"

enum { CAMPAIGN_DOC_RESULTS = 16 };

struct campaign_page {
    struct doc *doc;
    // phases, bodies, gates, visits, findings, facilities, targets: those with rows
    struct result results[CAMPAIGN_DOC_RESULTS];
    size_t n_results;
};

// ERR_MEMORY. Everything is in the arena.
enum err campaign_doc_make(const struct measure *m, struct arena *a,
                           const struct campaign *c, bool zh, struct campaign_page *out,
                           struct error *e) WARN_UNUSED;

#endif
