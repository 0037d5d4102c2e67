// SPDX-License-Identifier: AGPL-3.0-or-later
// What check.c (rules, duplicates, order) and check_numbers.c (measures, outliers) share.
#ifndef MEASURE_CHECK_PRIVATE_H
#define MEASURE_CHECK_PRIVATE_H

#include "measure/check.h"

struct checker {
    const struct measure *m;
    struct arena *arena;
    struct conn *conn;
    struct period period;
    int32_t root;
    struct str only;
    struct str areas; // ids of the areas under root, as a JSON list; .p NULL: everywhere
    struct finding *list;
    size_t n, capacity;
};

// A place for one more finding. ERR_MEMORY; ERR_LIMIT past 100,000.
enum err check_add(struct checker *k, struct finding **out, struct error *e) WARN_UNUSED;
bool check_wanted(const struct checker *k, struct str name);
void check_describe(struct finding *f, const struct check *c);

enum err check_measures(struct checker *k, const struct check *c,
                        struct error *e) WARN_UNUSED;
enum err check_outliers(struct checker *k, const struct check *c,
                        struct error *e) WARN_UNUSED;
// Numerator outside denominator, by the level that reports and by month.
enum err check_inside(struct checker *k, const struct indicator *i,
                      struct error *e) WARN_UNUSED;

#endif
