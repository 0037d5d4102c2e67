// SPDX-License-Identifier: AGPL-3.0-or-later
// Pairs drawn at random from all that may be compared, and how often each level of a
// comparison comes among them: u of Fellegi and Sunter.
//
// Draws do not depend on the number of threads. Called by one thread; works on all of the
// pool's.
#ifndef LINK_RANDOM_PAIRS_H
#define LINK_RANDOM_PAIRS_H

#include "link/view.h"

double link_all_pairs(const struct link_view *v); // that may be compared

struct random_pairs {
    uint64_t seed;
    uint64_t enough;               // 0: 100
    uint64_t most;                 // 0: 1,000,000
    bool (*go_on)(void *argument); // false: no more than there are; may be NULL
    void *argument;
};

enum { RANDOM_BATCH = 512 }; // pairs at the most
struct random_use {
    // On any thread; false: memory is out.
    bool (*take)(void *argument, unsigned thread, const struct link_pair *pairs,
                 size_t n);
    bool (*enough)(void *argument); // between rounds of 131,072 pairs, no thread at work
    void *argument;
};
// Every pair once when there are no more than a million; else draws with replacement
// until there is enough, or set->most are drawn. ERR_INPUT: there is no pair; ERR_MEMORY.
enum err random_pairs_each(const struct link_view *v, const struct random_pairs *set,
                           const struct random_use *use, struct pool *pool,
                           struct error *e) WARN_UNUSED;

// u[comparison][level]: share of the level among pairs with a level that is not null; NaN
// when there is no such pair. How often two records have the same value, or none, is
// counted over all pairs where that decides the level. The rest comes from random pairs,
// until each level that needs them has been met `enough` times: levels that have are not
// looked at any more, and nearly all pairs are far below the others (view_ladder.c). A
// level that is never met gets half a pair. *drawn: pairs.
enum err random_levels(double u[LINK_MAX_COMPARISONS][LINK_MAX_LEVELS + 1],
                       const struct link_view *v, const struct random_pairs *set,
                       struct pool *pool, uint64_t *drawn, struct error *e) WARN_UNUSED;

#endif
