// SPDX-License-Identifier: AGPL-3.0-or-later
// Life tables, complete and abridged, from death rates, probabilities of dying, or deaths
// and population (Chiang 1984; Preston, Heuveline and Guillot 2001, chapter 3).
//
// Pure functions on arrays of the caller; safe on any thread; nothing is allocated. A table
// has n groups; age[i] is where a group begins (0, 1, 5, 10 ... or 0, 1, 2 ...), the last
// is open. Rates are a year and person.
#ifndef STATS_LIFETABLE_H
#define STATS_LIFETABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum lifetable_sex { LIFETABLE_FEMALE, LIFETABLE_MALE, LIFETABLE_BOTH };

// Years lived in a group by those who die in it, from age 5 on.
enum lifetable_separation {
    LIFETABLE_UN,              // Greville's with the UN's constant 0.1 ln(m / m), not under .97; 2.5 at 5 and 10
    LIFETABLE_GREVILLE,        // Greville 1943
    LIFETABLE_KEYFITZ_FLIEGER, // Keyfitz and Flieger 1971
    LIFETABLE_MIDDLE,          // half the group
};

struct lifetable_rule {
    enum lifetable_sex sex; // for ages 0-4: Coale and Demeny 1983, west
    enum lifetable_separation separation;
    double radix; // 0: 1
};

// Columns of a table, [n] each, of the caller.
struct lifetable {
    size_t n;
    const int32_t *age;
    double *m, *q, *a, *l, *d, *L, *T, *e;
};

// O(n). t->m holds the rates; fills the rest. Fails for ages out of order and for a rate
// that is negative or no number: which age.
enum err lifetable_from_rates(struct lifetable *t, const struct lifetable_rule *rule,
                              struct error *e);

// Ratios of survival from group to group of a width (1 or 5 years), as project.h wants
// them: [ages + 1] for groups 0, width, 2 width ... with the last open at
// width x (ages - 1). The table must have a group begin at each of these ages. O(n).
enum err lifetable_survival(const struct lifetable *t, int32_t width, size_t ages,
                            double *survival, struct error *e);

#endif
