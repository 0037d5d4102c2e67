// SPDX-License-Identifier: AGPL-3.0-or-later
// From a report of a pack to a document: every section is computed, every sentence filled
// in, the annex says how each number was made.
#ifndef REPORT_TEMPLATE_H
#define REPORT_TEMPLATE_H

#include "base/result.h"
#include "measure/check.h"
#include "measure/schedule.h"
#include "measure/table.h"
#include "report/doc.h"
#include "study/watch.h"

// root -1: the whole file. ERR_INPUT when the report is of another kind of period.
enum err template_make(const struct measure *m, struct arena *a, const struct report *r,
                       struct period period, int32_t root, bool zh, struct doc **out,
                       struct error *e) WARN_UNUSED;

// The table of indicators as `heng measure` prints and exports it. It counts.
enum err template_measure(const struct measure *m, struct arena *a,
                          struct measure_table *table, bool zh, struct doc **out,
                          struct error *e) WARN_UNUSED;
// A counted table with all that is known of each figure, and how it was made, as a
// workbook of the explorer.
enum err template_figures(const struct measure *m, struct arena *a,
                          const struct measure_table *table, bool zh, struct doc **out,
                          struct error *e) WARN_UNUSED;

// Findings as a document, for `heng check`.
enum err template_findings(const struct measure *m, struct arena *a,
                           const struct findings *f, struct period period, int32_t root,
                           bool zh, struct doc **out, struct error *e) WARN_UNUSED;

// Reports owed, received, late and missing, for `heng due`. n 0: it says that none is
// owed. rows: what rows owe too, NULL: nothing of it.
enum err template_due(const struct measure *m, struct arena *a,
                      const struct reg *const *registers, size_t n, struct period period,
                      int32_t root, const struct owed_query *rows, bool zh,
                      struct doc **out, struct error *e) WARN_UNUSED;

// What rows owe between two days (root, schedule and days of the query): rates, then what
// is late or open. Rows only where the caller may read them.
enum err template_owed(const struct measure *m, struct arena *a,
                       const struct owed_query *q, bool zh, struct doc **out,
                       struct error *e) WARN_UNUSED;
// The same as a table of all of them, for CSV.
enum err template_owed_result(const struct measure *m, struct arena *a,
                              const struct owed_query *q, bool zh, struct result *out,
                              struct error *e) WARN_UNUSED;

// What a watch found.
enum err template_watch(const struct measure *m, struct arena *a,
                        const struct watch_run *run, bool zh, struct doc **out,
                        struct error *e) WARN_UNUSED;

#endif
