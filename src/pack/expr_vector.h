// SPDX-License-Identifier: AGPL-3.0-or-later
// Vectors of up to EXPR_BLOCK values: private to the evaluator.
//
// A condition is one byte a row in the vector's memory: 0 false, 1 null, 2 true, so that
// `and` is the smaller, `or` the larger and `not` is 2 - x, sixteen rows to an
// instruction. Numbers and indices are int64_t with INT64_MIN as null, decimals are
// double with NaN as null. No function allocates; every one is O(n).
#ifndef PACK_EXPR_VECTOR_H
#define PACK_EXPR_VECTOR_H

#include "pack/expr_tree.h"

enum { NO = 0, UNKNOWN = 1, YES = 2 };
#define NULL_INT INT64_MIN

// COLUMN_I64, COLUMN_F64 or COLUMN_STR; conditions are bytes inside COLUMN_I64.
enum column_storage vector_storage(enum type t);

static inline uint8_t *vector_bytes(struct expr_vector *v)
{
    return (uint8_t *)(void *)v->i;
}

// Rows from .. from + n - 1 of the column, as type t.
void vector_load(const struct column *c, enum type t, size_t from, size_t n,
                 struct expr_vector *out);
// A constant, n times.
void vector_fill(const struct expr *x, size_t n, struct expr_vector *out);
// out[k] is the value of row at[k] of the column; null where at[k] is.
void vector_gather(const struct column *c, enum type t, const int64_t *restrict at,
                   size_t n, struct expr_vector *out);

// low <= value <= high on a column of whole numbers, or its opposite.
void vector_in_range(const struct column *c, size_t from, size_t n, int64_t low,
                     int64_t high, bool inverted, uint8_t *restrict out);
// value in (list) on a column of bytes; the constants are the list's children from 1.
void vector_in_codes(const struct column *c, size_t from, size_t n,
                     const struct expr *list, uint8_t *restrict out);

void vector_compare_ints(enum relation relation, const int64_t *restrict a,
                         const int64_t *restrict b, size_t n, uint8_t *restrict out);
void vector_compare_decimals(enum relation relation, const double *restrict a,
                             const double *restrict b, size_t n, uint8_t *restrict out);
void vector_compare_texts(enum relation relation, const struct str *restrict a,
                          const struct str *restrict b, size_t n, uint8_t *restrict out);
void vector_compare_bools(enum relation relation, const uint8_t *restrict a,
                          const uint8_t *restrict b, size_t n, uint8_t *restrict out);

// YES where null, else NO.
void vector_are_null(const struct expr_vector *v, enum type t, size_t n,
                     uint8_t *restrict out);
// out takes the value of `in` on the rows where pick is YES.
void vector_choose(const uint8_t *restrict pick, struct expr_vector *restrict in,
                   enum type t, size_t n, struct expr_vector *restrict out);

#endif
