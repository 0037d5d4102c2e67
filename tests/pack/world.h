// SPDX-License-Identifier: AGPL-3.0-or-later
// A small pack with rows, once as columns and once as SQLite tables, for the tests of
// the expression language. Made from expression_vectors.json.
#ifndef TESTS_PACK_WORLD_H
#define TESTS_PACK_WORLD_H

#include <jansson.h>
#include <sqlite3.h>

#include "pack/expr.h"

enum {
    WORLD_REGISTERS = 3,
    WORLD_ID = 1000
}; // row i of any register has the id 1000 + i

struct world {
    struct arena arena;
    struct pack pack;
    struct reg registers[WORLD_REGISTERS]; // visits, areas, facilities
    struct column *columns[WORLD_REGISTERS];
    size_t n_rows[WORLD_REGISTERS], capacity;
    int32_t today;
    json_t *json;
    sqlite3 *db;
};

// False when the file cannot be read. capacity is the most rows that visits may have.
bool world_open(struct world *w, const char *path, size_t capacity);
void world_close(struct world *w);
struct batch world_batch(const struct world *w);

struct cell {
    bool null;
    int64_t i; // bool, int, day, code index, row of the area or facility
    double f;
    struct str s;
};
struct cell world_cell(const struct world *w, int reg, const struct field *f, size_t row);
void world_set(struct world *w, int reg, const struct field *f, size_t row,
               struct cell v);
// Writes the rows of the columns to fresh tables.
bool world_to_sql(struct world *w);

#endif
