// SPDX-License-Identifier: AGPL-3.0-or-later
// A study of fertility (fertility_study.h) as a page and as tables of figures. In English
// and in Chinese. Everything lives in the doc's arena.
#ifndef REPORT_FERTILITY_DOC_H
#define REPORT_FERTILITY_DOC_H

#include "base/result.h"
#include "report/doc.h"
#include "study/fertility_study.h"

struct fertility_page {
    const struct fertility_study *study;
    const struct fertility_input *input;
    struct str file; // as the page names it
    bool zh;
};

// The page. NULL when memory is out.
struct doc *fertility_doc_make(struct arena *a, const struct fertility_page *page);

enum { FERTILITY_DOC_RESULTS = 2 };
// summary (a row an area, year and order) and rates (a row an age), or, where births are
// counted back, before (a row an area, census and period), and of own children
// before_rates (a row an age too). Returns their number.
size_t fertility_doc_results(struct arena *a, const struct fertility_page *page,
                             struct result out[FERTILITY_DOC_RESULTS]);

#endif
