// SPDX-License-Identifier: AGPL-3.0-or-later
// The years ahead of an area (project_forecast.h) as a page: an early-warning note of
// plain sentences with their thresholds, the fan of the population, pyramids now and
// then, what is needed, and the ratio at birth with what follows from it, by cohort of
// birth; and as tables of figures. In English and in Chinese. Everything lives in the
// doc's arena.
#ifndef REPORT_PROJECT_DOC_H
#define REPORT_PROJECT_DOC_H

#include "base/result.h"
#include "report/doc.h"
#include "stats/project_forecast.h"

// Where the note begins to speak. United Nations 1956 and its later usage: 7, 14 and 20
// of 100 people of 65 and over.
#define PROJECT_AGED 14.0
#define PROJECT_VERY_AGED 20.0
#define PROJECT_FEWER_BIRTHS 20.0    // per cent below now
#define PROJECT_FEWER_WORKERS 10.0   // per cent below now
#define PROJECT_MANY_DEPENDENTS 70.0 // for 100 people of 15-64
#define PROJECT_SKEWED_BIRTHS 107.0  // boys to 100 girls
#define PROJECT_MANY_SUITORS 110.0   // men of 25-34 to 100 women of 23-32

struct project_page {
    struct str area;                        // its name
    const struct project_forecast *ahead;   // what is shown
    const struct project_forecast *without; // the same draws without the scenario; NULL
    const struct project_error *declared;   // [PROJECT_SERIES] of five years, as told
    bool nested;    // it is within another area, or others within it: trajectories add up
    bool thousands; // counts are thousands of persons
    bool ends;      // moments are ends of their years, as a county's: the first births
                    // of a projection from 2013 are those of 2014
    bool zh;
    // The last 2 x n_groups needs are people by groups of five years of age
    // (project_doc_needs): pyramids are of them, and they are not told as needs. 0:
    // pyramids are of the forecast's own groups.
    size_t n_groups;
};

// Needs (NULL: the standard ones; *n of them) and, behind them, people by groups of five
// years of age, women and then men: quantiles of single years do not add up to those of
// their group, so that groups are measured too. NULL: no memory.
enum { PROJECT_DOC_GROUP = 5 };
struct project_need *project_doc_needs(struct arena *a, const struct project_shape *s,
                                       const struct project_need *needs, size_t *n,
                                       size_t *groups);

// A sentence of the note. kind says what of: people, aged, births, workers, dependent,
// suitors, none (no threshold is reached), boys, partners, negative. warns: it is past
// its threshold; the document puts a sign before it.
struct project_sentence {
    const char *kind;
    bool warns;
    struct str text;
};
enum { PROJECT_DOC_SENTENCES = 10 };
// The sentences of the note in the page's language; their number, 0: memory is out.
size_t project_doc_note(struct arena *a, const struct project_page *page,
                        struct project_sentence out[PROJECT_DOC_SENTENCES]);

// Appends the page's blocks to d, whose title is the caller's. False when memory is out.
bool project_doc_add(struct doc *d, const struct project_page *page);

enum { PROJECT_DOC_RESULTS = 4 };
// figures, people (by sex and age), needs, and cohorts (by years of birth): each with its
// year, median and bounds. Returns their number.
size_t project_doc_results(struct arena *a, const struct project_page *page,
                           struct result out[PROJECT_DOC_RESULTS]);

#endif
