// SPDX-License-Identifier: AGPL-3.0-or-later
// Self-checks beside inspections (study/checklist_compare.h) as a document and as tables
// of figures. In English and in Chinese; a share always stands with its interval, and
// facilities are in the order of places, not ranked.
#ifndef REPORT_CHECKLIST_DOC_H
#define REPORT_CHECKLIST_DOC_H

#include "base/result.h"
#include "report/doc.h"
#include "study/checklist_compare.h"

struct checklist_page {
    const struct checklist_comparison *comparison;
    const struct places *places;
    struct str period, area; // in words, of the run's language
    bool zh;
};

// NULL when memory is out.
struct doc *checklist_doc_make(struct arena *a, const struct checklist_page *page);

enum { CHECKLIST_DOC_RESULTS = 2 };
// items, facilities.
void checklist_doc_results(struct arena *a, const struct checklist_page *page,
                           struct result out[CHECKLIST_DOC_RESULTS]);

#endif
