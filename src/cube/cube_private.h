// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files of the cube share: tables of narrow columns (column.c), reading them
// from the store (layout.c, load.c, changes.c), the lock and freshness of a register
// (cube.c), axes (axes.c), the two ways to aggregate (aggregate.c, latest.c), and rows of
// lists (rows.c).
#ifndef CUBE_PRIVATE_H
#define CUBE_PRIVATE_H

#include "cube/cube.h"

#include <pthread.h>
#include <stdatomic.h>

// --- ids: ids.c

enum { ID_BLOCK = 256 };

struct ids { // of rows, in the order of rows
    struct id_block *blocks;
    uint32_t *words;
    size_t n, n_blocks, blocks_capacity, n_words, words_capacity;
    int64_t open[ID_BLOCK]; // the last block, as long as it may grow
};

bool ids_add(struct ids *x, int64_t id) WARN_UNUSED; // false: no memory
int64_t ids_get(const struct ids *x, size_t row);
// The first before `end` (ids ascend up to there) that is not below the id; end: there is
// none. O(log of how far it is from the end).
size_t ids_find(const struct ids *x, size_t end, int64_t id);
bool ids_fit(struct ids *x) WARN_UNUSED; // gives back what was kept for more
void ids_close(struct ids *x);
size_t ids_bytes(const struct ids *x);

// --- narrow columns: column.c

#define NULL_INT INT64_MIN

union number {
    int64_t i; // NULL_INT is null
    double d;  // NaN is null
};

struct narrow { // as wide as its widest value so far; F64 stays F64
    enum column_storage storage;
    void *data;
};

struct loaded_rows {
    struct ids ids;
    struct narrow *columns;
    size_t n_columns, n, capacity;
};

enum err rows_open(struct loaded_rows *t, size_t n_columns,
                   const enum column_storage *start, struct error *e) WARN_UNUSED;
void rows_close(struct loaded_rows *t);
enum err rows_reserve(struct loaded_rows *t, size_t more, struct error *e) WARN_UNUSED;
// row <= n (n appends, and must have been reserved). On ERR_MEMORY a row may be half
// written; an appended one is then not counted.
enum err rows_put(struct loaded_rows *t, size_t row, int64_t id,
                  const union number *values, struct error *e) WARN_UNUSED;
// Gives back what was reserved and is not much needed.
enum err rows_fit(struct loaded_rows *t, struct error *e) WARN_UNUSED;
size_t rows_bytes(const struct loaded_rows *t);
// Of a column of days, areas or facilities, n rows; INT32_MIN: null.
void cube_days(const struct column *c, size_t from, size_t n, int32_t *out);

// --- which rows have some values: sieve.c

// Values of a column of days, codes, bools or places, no wider than 32 bits: a range
// (low > high: none), and which of it.
struct sieve {
    const struct column *column;
    int32_t low, high, null;
    const bool *of; // by value; NULL: all of the range
};

void sieve_open(struct sieve *s, const struct column *c, int64_t low, int64_t high);
void sieve_open_of(struct sieve *s, const struct column *c, const bool *of, size_t n);
// keep[i] (0 or 1, of n rows from `from`) stays only where the value is one of these, or
// nulls and there is none. Some 2 instructions a row, for `of` more for each that is in
// the range.
void sieve_keep(const struct sieve *s, size_t from, size_t n, bool nulls, uint8_t *keep);
// The first from i on that is 1; n: none is.
size_t sieve_next(const uint8_t *keep, size_t i, size_t n);

// --- reading: layout.c, load.c, changes.c

struct id_map { // id of a place -> index
    int64_t *ids;
    int32_t *indices;
    size_t mask;
};
struct code_map;

enum decode {
    DECODE_INT,
    DECODE_BOOL,
    DECODE_DECIMAL,
    DECODE_DATE,
    DECODE_CODE,
    DECODE_AREA,
    DECODE_FACILITY
};

struct layout_column {
    enum decode decode;
    const struct field *field;
    struct code_map *codes;
};

struct layout { // how a register is read
    struct arena arena;
    const struct reg *reg;
    struct layout_column *columns;
    enum column_storage *start;
    size_t n_columns;
    struct id_map areas, facilities;
    // Of a register that names a facility and no area: the area of each facility, and
    // where the two stand among the columns. NULL: rows stand where they say.
    const int32_t *placed;
    size_t area_at, facility_at;
    int32_t *months; // first day of each month of the usual years
    struct str sql_row, sql_all;
};

size_t layout_width(const struct reg *r); // bytes of a row's values, about
enum err layout_open(struct layout *p, const struct reg *r, const struct places *places,
                     struct error *e) WARN_UNUSED;
void layout_close(struct layout *p);
// From what the table has to what the cube has, both in the order of the columns.
void layout_decode(const struct layout *p, const struct sql_value *values,
                   union number *out);
// Rows of a register; struck ones are rows too.
enum err layout_count(const struct reg *r, struct conn *c, size_t *out,
                      struct error *e) WARN_UNUSED;
// The whole register as of the conn's snapshot. done: of a thousand.
enum err layout_load(const struct layout *p, struct conn *c, _Atomic int *done,
                     struct loaded_rows *out, struct error *e) WARN_UNUSED;

struct row_finder { // rows that are not in the order of ids
    int64_t *ids;
    size_t *rows;
    size_t n, capacity;
};

struct loaded { // one register
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct holder *holders; // threads that hold a view
    size_t n_holders, holders_capacity;
    size_t writers; // waiting or at work
    bool writing;
    _Atomic size_t bytes;
    _Atomic int done; // of a thousand, while it is read; -1: it is not

    // from here: written by the one writer, read by holders of a view
    bool ready;
    struct layout layout;
    struct loaded_rows table;
    size_t n_sorted;        // the first rows, in the order of their ids
    struct row_finder tail; // the others
    struct column *columns; // by field index
    uint64_t places_mark;
    int64_t epoch;
};

// The row of an id; table.n when there is none. For holders of a view, and the writer.
size_t loaded_row(const struct loaded *l, int64_t id);
// The same for ids one after the other, downwards. *end: n_sorted at first.
size_t loaded_row_next(const struct loaded *l, size_t *end, int64_t id);

// Reads the rows that the log names after l->epoch. *reload when there are so many that
// the whole register is read sooner; reload NULL: however many.
enum err load_changes(struct loaded *l, struct conn *c, bool *reload,
                      struct error *e) WARN_UNUSED;
enum err load_epoch(struct conn *c, int64_t *out, struct error *e) WARN_UNUSED;

struct cube {
    struct county *county;
    struct pool *pool;
    struct expr_scratch **scratch; // by thread of the pool, opened when first needed
    struct loaded *loaded;         // by register of the pack
    size_t n_loaded;
};
struct expr_scratch *cube_scratch(struct cube *cube, unsigned thread);

// --- axes: axes.c

enum {
    OUTSIDE = -(1 << 28),
    MAX_GROUPS = 1 << 24,
    MAX_BUCKETS = 1 << 22,
    MAX_VALUES = 1000
};

// From the value in a column to (bucket * stride), or OUTSIDE.
struct axis_map {
    const struct column *column;
    int32_t *table; // by value - base
    int64_t base;
    size_t n_table;
    int32_t null_bucket;          // times stride
    int32_t bytes[UINT8_MAX + 1]; // the same, for a column of bytes
    bool period;
};

struct grouping {
    const struct cube_axis *axes;
    struct axis_map maps[CUBE_MAX_AXES];
    size_t n_axes, n_groups;
    int period; // which axis is one of periods, -1: none
    int32_t period_stride;
};

enum err grouping_make(const struct cube_query *q, const struct cube_view *v,
                       const struct places *places, const struct cube_axis *axes,
                       struct arena *a, struct grouping *out,
                       struct error *e) WARN_UNUSED;
// Group of each row, or a negative number. with_period: false leaves the period axis out
// (its bucket is taken as 0).
void grouping_block(const struct grouping *g, size_t from, size_t n, bool with_period,
                    int32_t *out);

// --- aggregating: aggregate.c and latest.c

struct job {
    struct cube *cube;
    const struct cube_query *query;
    struct batch batch;
    const struct grouping *grouping;
    const struct column *state, *day, *area;
    int64_t current;
    bool any_day; // the register has no date: its rows stand at all times
    int32_t first, last, root_first, root_last;
    size_t n_lanes, lane_rows;
};

// Sets keep[i] to 1 for the current rows of the days and areas; false: there is none.
bool job_keep(const struct job *j, size_t from, size_t n, uint8_t *keep);
// Clears keep[i] where the condition is not true.
bool job_where(const struct job *j, size_t from, size_t n, uint8_t *keep,
               struct expr_scratch *s);
enum err sum_too_large(struct error *e) WARN_UNUSED;
enum err aggregate_latest(struct job *j, struct cube_result *out,
                          struct error *e) WARN_UNUSED;

#endif
