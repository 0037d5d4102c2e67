// SPDX-License-Identifier: AGPL-3.0-or-later
// Random expressions that must pass the check, over the fields of the test world.
#ifndef TESTS_PACK_GRAMMAR_H
#define TESTS_PACK_GRAMMAR_H

#include "world.h"

struct grammar {
    uint64_t seed; // changes with every choice
    struct buf *out;
    bool cube; // only what a measure may use
};

uint64_t grammar_choice(struct grammar *g, uint64_t n); // 0 .. n-1
// Appends an expression of the type: bool, int, decimal, date, text, code or area.
void grammar_write(struct grammar *g, enum type t, int depth);
// New random rows for visits.
void grammar_rows(struct grammar *g, struct world *w, size_t n);

#endif
