// SPDX-License-Identifier: AGPL-3.0-or-later
// The sex ratio at birth that is natural for a region of the world, with its own doubt.
// Constants and pure functions; safe on any thread.
//
// Source: Chao, Gerland, Cook and Alkema, Systematic assessment of the sex ratio at birth
// for all countries and estimation of national imbalances and regional reference levels,
// PNAS 116(19):9303, 2019, table 1 (baseline and 95 % interval; corrected version).
#ifndef STATS_REFERENCE_H
#define STATS_REFERENCE_H

#include "base/str.h"

struct reference {
    const char *name, *name_zh;
    double ratio, low, high; // boys per 100 girls; 95 % interval
};

size_t reference_count(void);
// i < reference_count().
const struct reference *reference_at(size_t i);
// The region of this name, or of a country in it that is often asked for. Letters' case,
// signs, "-ern", "the" and one or two wrong letters do not matter: "East Asia", "S.E.
// Asia", "东亚". NULL when none or more than one is as near.
const struct reference *reference_find(struct str name);
// Standard deviation of the logarithm of the ratio that this 95 % interval says. 0 when
// low and high are equal.
double reference_log_sd(double low, double high);

#endif
