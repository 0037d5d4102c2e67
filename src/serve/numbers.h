// SPDX-License-Identifier: AGPL-3.0-or-later
// What the answers with numbers share: figures, buckets, labels, times and how an answer
// was made, as web/src/api/types.ts has them. All write at the writer's place; keys are
// written by the caller unless said. One thread.
#ifndef SERVE_NUMBERS_H
#define SERVE_NUMBERS_H

#include "serve/put.h"
#include "serve/request.h"
#include "study/explained.h"
#include "study/findings.h"
#include "study/overview.h"

// Values, without a key. Members of a figure that are no numbers are left out.
void numbers_figure(struct json_writer *j, const struct figure *f);
void numbers_bucket(struct json_writer *j, struct str code, struct label label);
void numbers_period(struct json_writer *j, struct arena *a, struct period p);
// index -1: null; numbers_root: what -1 is called.
void numbers_area(struct json_writer *j, const struct request *q, int32_t area);
void numbers_root(struct json_writer *j, const struct request *q, int32_t root);
void numbers_facility(struct json_writer *j, const struct request *q, int32_t facility);
void numbers_axis_bucket(struct json_writer *j, const struct request *q,
                         const struct axis *axis, const struct axis_bucket *b);
// [low, high] of the reference as an object, or null.
void numbers_reference(struct json_writer *j, const struct indicator *i);
// The type Indicator of types.ts.
void numbers_indicator(struct json_writer *j, const struct indicator *i);
// {register, query, exact}, or null.
void numbers_rows(struct json_writer *j, const struct explained_rows *rows);
void numbers_signals(struct json_writer *j, const struct request *q,
                     const struct overview_signal *list, size_t n);

// How many findings are open; false: not known, for counting takes seconds on a large
// file, and GET /api/checks does it.
bool numbers_findings_known(const struct request *q, struct period period, int32_t root,
                            struct findings_counts *out);
void numbers_counts(struct json_writer *j, const struct findings_counts *counts);

// "made": {...}
enum err numbers_made(struct json_writer *j, const struct request *q,
                      struct error *e) WARN_UNUSED;

// The indicator by name in its edition at the end of the period; ERR_NOT_FOUND.
enum err numbers_indicator_named(const struct request *q, struct str name,
                                 struct period period, const struct indicator **out,
                                 struct error *e) WARN_UNUSED;

#endif
