// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files of the overview share.
#ifndef STUDY_OVERVIEW_PRIVATE_H
#define STUDY_OVERVIEW_PRIVATE_H

#include "stats/interval.h"
#include "study/overview.h"

struct overview_work {
    const struct measure *m;
    struct arena *arena;
    struct overview *out;
};

// Of the whole area; axis NULL: one figure.
enum err overview_measure(struct overview_work *w, const struct indicator *i,
                          struct period period, const struct axis *axis,
                          struct figures *out, struct error *e) WARN_UNUSED;
// The level of the areas right below an area (-1: everywhere) that were there in the
// period; -1: there are none.
int overview_level_below(const struct places *p, int32_t area, struct period period);

#endif
