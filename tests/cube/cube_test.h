// SPDX-License-Identifier: AGPL-3.0-or-later
// What the tests of the cube share: a county with a tree, facilities, a register of
// births and one of monthly reports, and random rows in them.
#ifndef TESTS_CUBE_TEST_H
#define TESTS_CUBE_TEST_H
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "base/init.h"
#include "base/rng.h"
#include "cube/cube.h"

struct world {
    char folder[64], path[128];
    struct county *county;
    struct rng rng;
    int64_t next_id, seq;
};

enum { TOWNSHIPS = 4, VILLAGES = 4, FACILITIES = 6 };

int world_open(struct world *w, uint64_t seed);
void world_close(struct world *w);
const struct reg *world_register(const struct world *w, const char *name);
const struct expr *world_expr(struct world *w, struct arena *a, const struct reg *r,
                              const char *text); // NULL for NULL
void world_sql(struct world *w, const char *sql);

// Inserts n random rows with their log, in one job. Ids lie in clusters.
void world_add(struct world *w, const char *reg, size_t n);
// Corrects, strikes or restores n random rows, and inserts some, with their log.
void world_change(struct world *w, const char *reg, size_t n);

#endif
