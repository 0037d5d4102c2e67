// SPDX-License-Identifier: AGPL-3.0-or-later
// A study with the ccm model (stats/ccm_study.h) as a page of plain sentences, charts and
// tables, and as tables of figures; in English and in Chinese. Ratios are boys for 100
// girls; no ratio stands without its interval. Everything lives in the given arena; the
// study must live as long.
#ifndef REPORT_CCM_DOC_H
#define REPORT_CCM_DOC_H

#include "base/result.h"
#include "report/doc.h"
#include "stats/ccm_study.h"

struct ccm_page {
    const struct ccm_study *study;
    struct str file;              // as the page names it
    const struct str *area_names; // by area; empty names are shown as "(blank)"
    const struct str *type_names; // of sources, where there are several
    struct str model;             // "viet-nam"
    struct str reference;         // what the baseline is of; empty: the model's own
    bool baseline_is_default;     // nobody chose it: the page says so
    bool zh;
};

// The page. NULL when memory is out.
struct doc *ccm_doc_make(struct arena *a, const struct ccm_page *page);

enum { CCM_DOC_RESULTS = 5 };
// areas, years, common (where anything is), checks, run: in this order. Returns their
// number.
size_t ccm_doc_results(struct arena *a, const struct ccm_page *page,
                       struct result out[CCM_DOC_RESULTS]);

#endif
