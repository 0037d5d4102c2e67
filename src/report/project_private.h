// SPDX-License-Identifier: AGPL-3.0-or-later
// What the page of the years ahead (project_doc.c) and its tables (project_results.c)
// share.
#ifndef REPORT_PROJECT_PRIVATE_H
#define REPORT_PROJECT_PRIVATE_H

#include "report/project_doc.h"

enum { Q = PROJECT_QUANTILES, LOW95 = 0, LOW80, MIDDLE, HIGH80, HIGH95 };

// Needs that are not groups of age.
size_t project_needs_told(const struct project_page *page);

#endif
