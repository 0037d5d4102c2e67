// SPDX-License-Identifier: AGPL-3.0-or-later
// What a scan for clusters found, for people: sentences with their doubt, the table of
// clusters, a map, and how high chance alone reaches; and the same figures as results for
// CSV and JSON. All in the study's arena; one thread. ERR_MEMORY.
#ifndef REPORT_SCAN_DOC_H
#define REPORT_SCAN_DOC_H

#include "base/result.h"
#include "report/doc.h"
#include "study/scan_study.h"

struct scan_report_parts {
    struct doc *doc;
    struct result clusters; // a row a cluster, best first
    struct result areas;    // a row an area, with the number of its cluster
};

enum err scan_doc(const struct scan_study *s, bool zh, struct scan_report_parts *out,
                  struct error *e) WARN_UNUSED;

// Its parts: the results (scan_doc_results.c), charts (scan_doc_charts.c).
enum err scan_doc_results(const struct scan_study *s, bool zh,
                          struct scan_report_parts *out, struct error *e) WARN_UNUSED;
enum err scan_doc_map(const struct scan_study *s, struct doc *d,
                      struct error *e) WARN_UNUSED;
enum err scan_doc_maxima(const struct scan_study *s, struct doc *d,
                         struct error *e) WARN_UNUSED;

#endif
