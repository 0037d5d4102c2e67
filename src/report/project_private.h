// SPDX-License-Identifier: AGPL-3.0-or-later
// What the page of the years ahead (project_doc.c) and its tables (project_results.c)
// share.
#ifndef REPORT_PROJECT_PRIVATE_H
#define REPORT_PROJECT_PRIVATE_H

#include "report/project_doc.h"

enum { Q = PROJECT_QUANTILES, LOW95 = 0, LOW80, MIDDLE, HIGH80, HIGH95 };

// Needs that are not groups of age.
size_t project_needs_told(const struct project_page *page);
// What is known of a cohort `after` years after the moment at which it was all born;
// NULL: before the start, or not yet.
const double *project_cohort_after(const struct project_forecast *f, int64_t born,
                                   enum project_cohort_figure i, int32_t after);
// The age at which it is known.
extern const int32_t project_cohort_known[PROJECT_COHORT_FIGURES];

#endif
