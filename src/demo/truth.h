// SPDX-License-Identifier: AGPL-3.0-or-later
// Private to src/demo: what was planted where, written to truth/ while the offices write.
// Row numbers count from 1, the headings being row 1. Births are numbered from 1 in the
// order of truth/births.csv.
#ifndef DEMO_TRUTH_H
#define DEMO_TRUTH_H

#include "demo/county.h"

enum err truth_open(struct county *c, struct error *e) WARN_UNUSED;
// Row `row` of file is about this person (index from 0): the child of a birth, or who
// died. birth 0: born before the first year.
void truth_row(struct county *c, const char *file, uint32_t row, uint32_t person,
               uint32_t birth, enum variant variant);
// kind: "exact" (the whole row again) or "changed" (another number, name or none).
void truth_duplicate(struct county *c, const char *file, uint32_t row, uint32_t first_row,
                     uint32_t birth, const char *kind);
void truth_missed(struct county *c, uint32_t birth, const char *file, const char *reason);
// expected: "reject" (the row cannot go in) or "keep" (it goes in; a check finds it).
void truth_bad(struct county *c, const char *file, uint32_t row, const char *field,
               const char *found, const char *expected, const char *why);
// status: late, missing, zero, inflated. unit is the code of the area or facility.
void truth_report(struct county *c, const char *register_name, const char *period,
                  const char *unit, const char *status, int32_t received);
// Writes births, townships and the county's facts and closes all. After an error the
// remaining files are closed too.
enum err truth_close(struct county *c, struct error *e) WARN_UNUSED;
void truth_abandon(struct county *c);

#endif
