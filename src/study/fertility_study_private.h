// SPDX-License-Identifier: AGPL-3.0-or-later
// Shared by the files of fertility_study.h only.
#ifndef STUDY_FERTILITY_STUDY_PRIVATE_H
#define STUDY_FERTILITY_STUDY_PRIVATE_H

#include "study/fertility_study.h"

struct fertility_maker {
    const struct fertility_input *in;
    struct fertility_study *s;
    struct arena *arena;
    struct error *e;
};

// An error about a cell that holds `found`.
enum err fertility_maker_wrong(struct fertility_maker *m, size_t row, size_t column,
                               const char *cure, const char *what, double found);

// Years lived by one born in each group of a width (1 or 5) from age 0, by the model
// table of the input.
enum err fertility_maker_lived(struct fertility_maker *m, enum lifetable_sex sex,
                               int32_t width, size_t groups, double *out) WARN_UNUSED;

// Censuses by own children: fills s->before.
enum err fertility_maker_own(struct fertility_maker *m) WARN_UNUSED;

#endif
