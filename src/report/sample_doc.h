// SPDX-License-Identifier: AGPL-3.0-or-later
// Plans of samples (stats/sample.h) as a page of plain sentences, a curve and tables, and
// as tables of figures. In English and in Chinese. Everything lives in the arena.
#ifndef REPORT_SAMPLE_DOC_H
#define REPORT_SAMPLE_DOC_H

#include "base/frame.h"
#include "base/result.h"
#include "report/doc.h"
#include "stats/sample.h"

// How the numbers are drawn, for whoever checks them: names in words.
#define SAMPLE_GENERATOR "xoshiro256++ (splitmix64)"
#define SAMPLE_ALGORITHM "Floyd"

struct sample_page {
    int64_t size; // 0: without end
    double p0, p1, alpha, beta;
    struct sample_plan plan;
    bool judged;
    int64_t looked_at, wrong;
    struct sample_verdict verdict;
    const int64_t *lines; // drawn, from 0; NULL: none
    size_t n_lines;
    uint64_t seed;
    const struct frame *rows; // where the lines are; NULL: a record book
};

enum { SAMPLE_DOC_RESULTS = 4 };
struct sample_doc {
    struct doc *doc;
    // the drawn lines or the verdict where there are, the plan, the curve
    struct result results[SAMPLE_DOC_RESULTS];
    size_t n_results;
};

// ERR_LIMIT: the file of the rows has too many columns to show. ERR_MEMORY.
enum err sample_doc_plan(struct sample_doc *out, const struct sample_page *page,
                         struct arena *a, bool zh, struct error *e) WARN_UNUSED;
// Only rows drawn, without a plan: page->lines, seed, rows are used.
enum err sample_doc_draw(struct sample_doc *out, const struct sample_page *page,
                         struct arena *a, bool zh, struct error *e) WARN_UNUSED;
// Thresholds with n drawn for coverages of 20, 25 ... 95 %, at a gap.
enum err sample_doc_thresholds(struct sample_doc *out, int64_t n, double gap,
                               struct arena *a, bool zh, struct error *e) WARN_UNUSED;

#endif
