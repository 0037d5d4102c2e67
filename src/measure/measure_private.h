// SPDX-License-Identifier: AGPL-3.0-or-later
// What the parts of measure share: a formula worked out over one period, and over a span.
#ifndef MEASURE_MEASURE_PRIVATE_H
#define MEASURE_MEASURE_PRIVATE_H

#include "measure/measure.h"

struct formula {
    const struct indicator *indicator; // or NULL
    const struct expr *numerator, *denominator;
    bool apart; // periods are not held against each other: each as when asked for alone
    const struct figures *alone; // or NULL: what is hidden in these is hidden for a start
};

// The figures of a scope whose period is taken as one, with what must be hidden hidden.
enum err measure_compute(const struct measure *m, struct arena *a,
                         const struct formula *formula, const struct measure_scope *scope,
                         struct figures *out, struct error *e) WARN_UNUSED;
// The same of a scope whose period is a span (measure.h says what that gives).
enum err measure_span(const struct measure *m, struct arena *a,
                      const struct formula *formula, const struct measure_scope *scope,
                      struct figures *out, struct error *e) WARN_UNUSED;

// Value, interval and target from numerator and denominator.
void measure_finish(struct figure *f, const struct indicator *i, bool is_rate);
void measure_hide(struct figure *f); // suppressed: no number at all is left

#endif
