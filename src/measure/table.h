// SPDX-License-Identifier: AGPL-3.0-or-later
// Several indicators of one area and period, broken down alike: what the explorer, a
// workbook of it and `heng measure` show. Plain data in an arena; one thread.
#ifndef MEASURE_TABLE_H
#define MEASURE_TABLE_H

#include "measure/measure.h"

struct measure_table {
    struct period period; // or a span
    int32_t root;
    const struct indicator *const *list; // in the edition at the end of the period
    size_t n;
    struct axis (*axes)[CUBE_MAX_AXES]; // of each indicator: a field is of its register
    size_t n_axes;
    struct figures *now;    // of each indicator
    struct figures *before; // a year earlier, in the order of now's buckets; or NULL
    struct figures *sums; // of a span with one axis of time, over it; n 0: none; or NULL
};

// Room for n indicators.
enum err measure_table_begin(struct arena *a, const struct indicator *const *list,
                             size_t n, struct period period, int32_t root,
                             struct measure_table *out, struct error *e) WARN_UNUSED;
// One more axis, by its name (measure_axis). ERR_USAGE: an indicator has no such axis;
// ERR_INPUT: it is there; ERR_LIMIT: they are too many.
enum err measure_table_by(const struct measure *m, struct measure_table *t,
                          struct str name, struct error *e) WARN_UNUSED;
// Fills now, sums and, if wanted, before.
enum err measure_table_count(const struct measure *m, struct arena *a,
                             struct measure_table *t, bool before,
                             struct error *e) WARN_UNUSED;
// The figures of indicator i with its sums as one more bucket of the axis of time, the
// last, whose period is the span; those without sums as they are.
enum err measure_table_joined(struct arena *a, const struct measure_table *t, size_t i,
                              struct figures *out, struct error *e) WARN_UNUSED;
// The bucket on axis d that figure g is of.
const struct axis_bucket *measure_table_bucket(const struct measure_table *t,
                                               const struct figures *f, size_t g,
                                               size_t d);

#endif
