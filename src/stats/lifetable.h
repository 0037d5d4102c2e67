// SPDX-License-Identifier: AGPL-3.0-or-later
// Life tables, complete and abridged, from death rates, probabilities of dying, or deaths
// and population (Chiang 1984; Preston, Heuveline and Guillot 2001, chapter 3).
//
// Pure functions on arrays of the caller; safe on any thread; nothing is allocated. A
// table has n groups; age[i] is where a group begins (0, 1, 5, 10 ... or 0, 1, 2 ...),
// the last is open. Rates are a year and person.
#ifndef STATS_LIFETABLE_H
#define STATS_LIFETABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/rng.h"

enum lifetable_sex { LIFETABLE_FEMALE, LIFETABLE_MALE, LIFETABLE_BOTH };

// Years lived in a group by those who die in it, from age 5 on. Groups of one year have
// 1/2. Where a formula leaves the group, or a neighbour has no deaths: half the group.
enum lifetable_separation {
    LIFETABLE_UN,       // Greville's with the UN's constant 0.1 ln(m / m), not under
                        // .97; 2.5 at 5 and 10
    LIFETABLE_GREVILLE, // Greville 1943 with ln c = .095
    LIFETABLE_KEYFITZ_FLIEGER, // Keyfitz and Flieger 1971, p. 133, to a standstill
    LIFETABLE_MIDDLE,          // half the group
    LIFETABLE_GIVEN,           // t->a holds them, of all groups but the open one
};

// Years lived by those who die at 0, and at 1-4 (of which only Coale and Demeny speak:
// the family's rule serves all three). Both sexes: 105 boys and 100 girls.
enum lifetable_infant {
    LIFETABLE_COALE_DEMENY, // 1983; west by m(0) (Preston et al., table 3.3), others by
                            // q(0)
    LIFETABLE_ANDREEV_KINGKADE,    // 2015, table 3-2, by m(0)
    LIFETABLE_ANDREEV_KINGKADE_UN, // as the UN's single-year tables have it: their
                                   // coefficients of q(0), put to m(0)
};

enum lifetable_family {
    LIFETABLE_WEST,
    LIFETABLE_NORTH,
    LIFETABLE_EAST,
    LIFETABLE_SOUTH,
    LIFETABLE_FAMILIES
};

struct lifetable_rule {
    enum lifetable_sex sex; // for ages 0-4
    enum lifetable_separation separation;
    double radix; // 0: 1
    enum lifetable_infant infant;
    enum lifetable_family family;
};

// Columns of a table, [n] each, of the caller.
struct lifetable {
    size_t n;
    const int32_t *age;
    double *m, *q, *a, *l, *d, *L, *T, *e;
};

// O(n). t->m holds the rates; fills the rest. Fails for ages out of order, for a rate
// that is negative or no number (which age), for an open group in which nobody dies, and
// for ages 0-4 in one group (but for LIFETABLE_MIDDLE and GIVEN). A rate so high that
// more would die than live: q = 1 and a = 1 / m. Where nobody is left, e still says what
// one would have.
enum err lifetable_from_rates(struct lifetable *t, const struct lifetable_rule *rule,
                              struct error *e) WARN_UNUSED;

// The same from t->q, of all groups but the open one, whose rate is t->m[n - 1]: the
// rates that give these q with the a(x) of the rule. ERR_INPUT: a q outside 0..1. O(n x
// rounds).
enum err lifetable_from_probabilities(struct lifetable *t,
                                      const struct lifetable_rule *rule,
                                      struct error *e) WARN_UNUSED;

// Ratios of survival from group to group of a width (1 or 5 years), as project.h wants
// them: [ages + 1] for groups 0, width, 2 width ... with the last open at
// width x (ages - 1): 0 from birth, a from group a - 1 into group a; the last two both of
// the open group and the one before it, together (T / T). The table must have a group
// begin at each of these ages. O(n).
enum err lifetable_survival(const struct lifetable *t, int32_t width, size_t ages,
                            double *survival, struct error *e) WARN_UNUSED;

// The rates [n] of a table in other, wider groups: the last open, each beginning where
// one of the table does. False: one does not. O(t->n).
bool lifetable_regroup(const struct lifetable *t, const int32_t *age, size_t n,
                       double *m);

// Variance of e at every age [n], by Chiang 1984, chapter 8: var q = q^2 (1 - q) /
// deaths. open: the rate of the open group is in doubt too (Eayres and Toson 2004). A
// group without deaths adds nothing: with few deaths in all, draw instead. O(n).
void lifetable_variance(const struct lifetable *t, const double *deaths, bool open,
                        double *variance);

enum { LIFETABLE_MOST = 151 };

// draws [n] of e at a group, sorted: deaths of every group drawn from Poisson's law about
// those counted (Andreev and Shkolnikov 2010). Where exposure is 0 the rate stays. A
// quantile is draws[share x n]. ERR_LIMIT: more than LIFETABLE_MOST groups. O(draws x
// groups).
enum err lifetable_draw(const struct lifetable *t, const struct lifetable_rule *rule,
                        const double *deaths, const double *exposure, size_t at,
                        struct rng *r, double *draws, size_t n,
                        struct error *e) WARN_UNUSED;

// What each group makes of e(0) of b less e(0) of a, in years [n]; both tables have the
// same groups. Their sum is the difference (Arriaga 1984). O(n).
void lifetable_arriaga(const struct lifetable *a, const struct lifetable *b,
                       double *years);

#endif
