// SPDX-License-Identifier: AGPL-3.0-or-later
// A smoothed study of sex ratios (smooth_study.h) as a page of plain sentences, charts
// and tables, and as tables of figures. In English and in Chinese. A smoothed ratio
// always stands with its interval and beside the raw one. Everything lives in the doc's
// arena but the shapes of the map, which must live as long as the doc.
#ifndef REPORT_SMOOTH_DOC_H
#define REPORT_SMOOTH_DOC_H

#include "report/srb_doc.h"
#include "study/smooth_study.h"

struct smooth_page {
    const struct srb_page *raw; // file, language, reference, map
    const struct smooth_input *input;
    const struct smooth_study *study;
};

// The page. NULL when memory is out.
struct doc *smooth_doc_make(struct arena *a, const struct smooth_page *page);

enum { SMOOTH_DOC_RESULTS = 7 };
// areas, total, periods, orders, cells, parameters, model: those there are, in this
// order. Returns their number.
size_t smooth_doc_results(struct arena *a, const struct smooth_page *page,
                          struct result out[SMOOTH_DOC_RESULTS]);

#endif
