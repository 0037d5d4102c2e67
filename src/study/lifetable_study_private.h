// SPDX-License-Identifier: AGPL-3.0-or-later
// Shared by the files of lifetable_study.h only.
#ifndef STUDY_LIFETABLE_STUDY_PRIVATE_H
#define STUDY_LIFETABLE_STUDY_PRIVATE_H

#include "study/lifetable_study.h"

struct lifetable_maker {
    const struct lifetable_input *in;
    struct lifetable_study *s;
    struct arena *arena;
    struct error *e;
    struct rng rng;
};

// New columns of n groups for o. False: memory is out.
bool lifetable_maker_bind(struct lifetable_maker *m, struct lifetable_one *o, size_t n);

// Bends the standard to every table's deaths: its rates are then the bent ones.
enum err lifetable_maker_smooth(struct lifetable_maker *m) WARN_UNUSED;
// The interval of e(0) of a smoothed table, by draws of its bend.
enum err lifetable_maker_smooth_doubt(struct lifetable_maker *m,
                                      struct lifetable_one *o) WARN_UNUSED;

#endif
