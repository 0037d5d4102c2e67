// SPDX-License-Identifier: AGPL-3.0-or-later
// The years ahead of an area of a county (study/projection.h) as a document: the page of
// project_doc.h, what it stands on, and, in a workbook, every figure of every year. Also
// what figures are called. Everything lives in the caller's arena.
#ifndef REPORT_PROJECTION_DOC_H
#define REPORT_PROJECTION_DOC_H

#include "report/project_doc.h"
#include "study/projection.h"

struct projection_figure {
    const char *name; // of the API: "all", "boys_born"
    struct label label, unit;
    int decimals;
};
// Static storage.
const struct projection_figure *projection_doc_figure(enum project_figure i);

// whole: with all figures as tables. ERR_MEMORY.
enum err projection_doc_make(const struct measure *m, struct arena *a,
                             const struct projection_plan *plan,
                             const struct projection_basis *basis,
                             const struct project_page *page, bool whole,
                             struct doc **out, struct error *e) WARN_UNUSED;

#endif
