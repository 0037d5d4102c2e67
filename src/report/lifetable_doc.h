// SPDX-License-Identifier: AGPL-3.0-or-later
// A study of life tables (lifetable_study.h) as a page of plain sentences, charts and
// tables, and as tables of figures. In English and in Chinese. Everything lives in the
// doc's arena.
#ifndef REPORT_LIFETABLE_DOC_H
#define REPORT_LIFETABLE_DOC_H

#include "base/result.h"
#include "report/doc.h"
#include "study/lifetable_study.h"

struct lifetable_page {
    const struct lifetable_study *study;
    const struct lifetable_input *input;
    struct str file; // as the page names it
    bool zh, model;  // model: a model table, of no file
};

// The page. NULL when memory is out.
struct doc *lifetable_doc_make(struct arena *a, const struct lifetable_page *page);

enum { LIFETABLE_DOC_RESULTS = 3 };
// tables (a row an age), summary (a row a table), difference: those there are, in this
// order. Returns their number.
size_t lifetable_doc_results(struct arena *a, const struct lifetable_page *page,
                             struct result out[LIFETABLE_DOC_RESULTS]);

// "85+", "5-9", "0".
struct str lifetable_doc_age(struct arena *a, const struct lifetable *t, size_t i);
// The sex of a table, for people.
const char *lifetable_doc_sex(enum lifetable_sex sex, bool zh);

#endif
