// SPDX-License-Identifier: AGPL-3.0-or-later
// The typed loops of the evaluator: one switch for a block, none for a row.
#include "pack/expr_vector.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum column_storage vector_storage(enum type t)
{
    if (t == TYPE_DECIMAL)
        return COLUMN_F64;
    if (t == TYPE_TEXT || t == TYPE_NAME || t == TYPE_PERIOD)
        return COLUMN_STR;
    return COLUMN_I64;
}

// --- columns to vectors

#define WIDEN(T, IS_NULL, OUT, CONVERTED, NULL_OUT)                                      \
    do {                                                                                 \
        const T *restrict in = (const T *)c->data + from;                                \
        for (size_t k = 0; k < n; k++) {                                                 \
            T a = in[k];                                                                 \
            OUT[k] = (IS_NULL) ? NULL_OUT : (CONVERTED);                                 \
        }                                                                                \
    } while (0)

static void load_int(const struct column *c, size_t from, size_t n, int64_t *restrict out)
{
    switch (c->storage) {
    case COLUMN_U8:
        WIDEN(uint8_t, a == UINT8_MAX, out, a, NULL_INT);
        break;
    case COLUMN_U16:
        WIDEN(uint16_t, a == UINT16_MAX, out, a, NULL_INT);
        break;
    case COLUMN_I32:
        WIDEN(int32_t, a == INT32_MIN, out, a, NULL_INT);
        break;
    case COLUMN_I64:
        WIDEN(int64_t, a == INT64_MIN, out, a, NULL_INT);
        break;
    default:
        assert(false && "a column of whole numbers");
    }
}

static void load_decimal(const struct column *c, size_t from, size_t n,
                         double *restrict out)
{
    switch (c->storage) {
    case COLUMN_U8:
        WIDEN(uint8_t, a == UINT8_MAX, out, (double)a, (double)NAN);
        break;
    case COLUMN_U16:
        WIDEN(uint16_t, a == UINT16_MAX, out, (double)a, (double)NAN);
        break;
    case COLUMN_I32:
        WIDEN(int32_t, a == INT32_MIN, out, (double)a, (double)NAN);
        break;
    case COLUMN_I64:
        WIDEN(int64_t, a == INT64_MIN, out, (double)a, (double)NAN);
        break;
    case COLUMN_F64:
        memcpy(out, (const double *)c->data + from, n * sizeof *out);
        break;
    default:
        assert(false && "a column of numbers");
    }
}

static void load_bool(const struct column *c, size_t from, size_t n,
                      uint8_t *restrict out)
{
    switch (c->storage) {
    case COLUMN_U8:
        WIDEN(uint8_t, a == UINT8_MAX, out, (uint8_t)(a ? YES : NO), UNKNOWN);
        break;
    case COLUMN_U16:
        WIDEN(uint16_t, a == UINT16_MAX, out, (uint8_t)(a ? YES : NO), UNKNOWN);
        break;
    case COLUMN_I32:
        WIDEN(int32_t, a == INT32_MIN, out, (uint8_t)(a ? YES : NO), UNKNOWN);
        break;
    case COLUMN_I64:
        WIDEN(int64_t, a == INT64_MIN, out, (uint8_t)(a ? YES : NO), UNKNOWN);
        break;
    default:
        assert(false && "a column of yes and no");
    }
}

void vector_load(const struct column *c, enum type t, size_t from, size_t n,
                 struct expr_vector *out)
{
    if (t == TYPE_BOOL)
        load_bool(c, from, n, vector_bytes(out));
    else if (vector_storage(t) == COLUMN_F64)
        load_decimal(c, from, n, out->f);
    else if (vector_storage(t) == COLUMN_I64)
        load_int(c, from, n, out->i);
    else {
        assert(c->storage == COLUMN_STR);
        memcpy(out->s, (const struct str *)c->data + from, n * sizeof *out->s);
    }
}

void vector_fill(const struct expr *x, size_t n, struct expr_vector *out)
{
    bool null = x->node == NODE_NULL;
    if (x->type == TYPE_BOOL) {
        memset(vector_bytes(out), null ? UNKNOWN : x->whole ? YES : NO, n);
    } else if (vector_storage(x->type) == COLUMN_F64) {
        double v = null ? (double)NAN : x->decimal;
        for (size_t k = 0; k < n; k++)
            out->f[k] = v;
    } else if (vector_storage(x->type) == COLUMN_STR) {
        struct str v = null ? (struct str){NULL, 0} : x->text;
        for (size_t k = 0; k < n; k++)
            out->s[k] = v;
    } else {
        int64_t v = null ? NULL_INT : x->whole;
        for (size_t k = 0; k < n; k++)
            out->i[k] = v;
    }
}

// --- conditions

#define IN_RANGE(T, NULL_VALUE, LEAST, MOST)                                             \
    do {                                                                                 \
        const T *restrict in = (const T *)c->data + from;                                \
        if (low > (MOST) || high < (LEAST)) {                                            \
            for (size_t k = 0; k < n; k++)                                               \
                out[k] = in[k] == (NULL_VALUE) ? UNKNOWN : no;                           \
            break;                                                                       \
        }                                                                                \
        T least = (T)(low > (LEAST) ? low : (LEAST));                                    \
        T most = (T)(high < (MOST) ? high : (MOST));                                     \
        for (size_t k = 0; k < n; k++) {                                                 \
            T a = in[k];                                                                 \
            uint8_t inside = (uint8_t)((a >= least) & (a <= most));                      \
            uint8_t value = inside ? yes : no;                                           \
            out[k] = a == (NULL_VALUE) ? (uint8_t)UNKNOWN : value;                       \
        }                                                                                \
    } while (0)

void vector_in_range(const struct column *c, size_t from, size_t n, int64_t low,
                     int64_t high, bool inverted, uint8_t *restrict out)
{
    uint8_t yes = inverted ? NO : YES, no = inverted ? YES : NO;
    if (low > high) { // nothing is inside
        low = high = 0;
        yes = no;
    }
    switch (c->storage) {
    case COLUMN_U8:
        IN_RANGE(uint8_t, UINT8_MAX, 0, UINT8_MAX - 1);
        break;
    case COLUMN_U16:
        IN_RANGE(uint16_t, UINT16_MAX, 0, UINT16_MAX - 1);
        break;
    case COLUMN_I32:
        IN_RANGE(int32_t, INT32_MIN, INT32_MIN + 1, INT32_MAX);
        break;
    case COLUMN_I64:
        IN_RANGE(int64_t, INT64_MIN, INT64_MIN + 1, INT64_MAX);
        break;
    default:
        assert(false && "a column of whole numbers");
    }
}

#define COMPARE_ALL(UNKNOWN_IF, LEFT, RIGHT)                                             \
    switch (relation) {                                                                  \
    case RELATION_EQUAL:                                                                 \
        COMPARE_ONE(UNKNOWN_IF, LEFT == RIGHT);                                          \
        break;                                                                           \
    case RELATION_DIFFERENT:                                                             \
        COMPARE_ONE(UNKNOWN_IF, LEFT != RIGHT);                                          \
        break;                                                                           \
    case RELATION_LESS:                                                                  \
        COMPARE_ONE(UNKNOWN_IF, LEFT < RIGHT);                                           \
        break;                                                                           \
    case RELATION_LESS_EQUAL:                                                            \
        COMPARE_ONE(UNKNOWN_IF, LEFT <= RIGHT);                                          \
        break;                                                                           \
    case RELATION_MORE:                                                                  \
        COMPARE_ONE(UNKNOWN_IF, LEFT > RIGHT);                                           \
        break;                                                                           \
    case RELATION_MORE_EQUAL:                                                            \
        COMPARE_ONE(UNKNOWN_IF, LEFT >= RIGHT);                                          \
        break;                                                                           \
    }
#define COMPARE_ONE(UNKNOWN_IF, TRUE_IF)                                                 \
    for (size_t k = 0; k < n; k++)                                                       \
    out[k] = (uint8_t)((UNKNOWN_IF) ? UNKNOWN : (TRUE_IF) ? YES : NO)

void vector_compare_ints(enum relation relation, const int64_t *restrict a,
                         const int64_t *restrict b, size_t n, uint8_t *restrict out)
{
    COMPARE_ALL((a[k] == NULL_INT) | (b[k] == NULL_INT), a[k], b[k])
}

void vector_compare_decimals(enum relation relation, const double *restrict a,
                             const double *restrict b, size_t n, uint8_t *restrict out)
{
    COMPARE_ALL(isnan(a[k]) || isnan(b[k]), a[k], b[k])
}

void vector_compare_texts(enum relation relation, const struct str *restrict a,
                          const struct str *restrict b, size_t n, uint8_t *restrict out)
{
    if (relation == RELATION_EQUAL || relation == RELATION_DIFFERENT) {
        bool wanted = relation == RELATION_EQUAL;
        COMPARE_ONE(!a[k].p || !b[k].p, str_equal(a[k], b[k]) == wanted);
        return;
    }
    COMPARE_ALL(!a[k].p || !b[k].p, str_compare(a[k], b[k]), 0)
}

void vector_compare_bools(enum relation relation, const uint8_t *restrict a,
                          const uint8_t *restrict b, size_t n, uint8_t *restrict out)
{
    COMPARE_ALL((a[k] == UNKNOWN) | (b[k] == UNKNOWN), a[k], b[k])
}

void vector_are_null(const struct expr_vector *v, enum type t, size_t n,
                     uint8_t *restrict out)
{
    if (t == TYPE_BOOL) {
        const uint8_t *b = (const uint8_t *)(const void *)v->i;
        for (size_t k = 0; k < n; k++)
            out[k] = b[k] == UNKNOWN ? YES : NO;
    } else if (vector_storage(t) == COLUMN_F64) {
        for (size_t k = 0; k < n; k++)
            out[k] = isnan(v->f[k]) ? YES : NO;
    } else if (vector_storage(t) == COLUMN_STR) {
        for (size_t k = 0; k < n; k++)
            out[k] = v->s[k].p ? NO : YES;
    } else {
        for (size_t k = 0; k < n; k++)
            out[k] = v->i[k] == NULL_INT ? YES : NO;
    }
}

void vector_in_codes(const struct column *c, size_t from, size_t n,
                     const struct expr *list, uint8_t *restrict out)
{
    uint8_t table[UINT8_MAX + 1] = {0};
    table[UINT8_MAX] = UNKNOWN;
    for (size_t i = 1; i < list->n; i++)
        if (list->child[i]->whole >= 0 && list->child[i]->whole < UINT8_MAX)
            table[list->child[i]->whole] = YES;
    const uint8_t *in = (const uint8_t *)c->data + from;
    for (size_t k = 0; k < n; k++)
        out[k] = table[in[k]];
}

// --- choosing

// out takes the value of `in` on the rows where pick is YES.
void vector_choose(const uint8_t *restrict pick, struct expr_vector *restrict in,
                   enum type t, size_t n, struct expr_vector *restrict out)
{
    if (t == TYPE_BOOL) {
        const uint8_t *a = vector_bytes(in);
        uint8_t *b = vector_bytes(out);
        for (size_t k = 0; k < n; k++)
            b[k] = pick[k] == YES ? a[k] : b[k];
    } else if (vector_storage(t) == COLUMN_F64) {
        for (size_t k = 0; k < n; k++)
            out->f[k] = pick[k] == YES ? in->f[k] : out->f[k];
    } else if (vector_storage(t) == COLUMN_STR) {
        for (size_t k = 0; k < n; k++)
            out->s[k] = pick[k] == YES ? in->s[k] : out->s[k];
    } else {
        for (size_t k = 0; k < n; k++)
            out->i[k] = pick[k] == YES ? in->i[k] : out->i[k];
    }
}

// out[k] is the value of row at[k] of the column, or null.
#define GATHER(T, IS_NULL, OUT, CONVERTED, NULL_OUT)                                     \
    do {                                                                                 \
        const T *restrict in = c->data;                                                  \
        for (size_t k = 0; k < n; k++) {                                                 \
            if (at[k] == NULL_INT) {                                                     \
                OUT[k] = NULL_OUT;                                                       \
                continue;                                                                \
            }                                                                            \
            T a = in[at[k]];                                                             \
            OUT[k] = (IS_NULL) ? NULL_OUT : (CONVERTED);                                 \
        }                                                                                \
    } while (0)
#define GATHER_ANY(OUT, CONVERTED, NULL_OUT)                                             \
    switch (c->storage) {                                                                \
    case COLUMN_U8:                                                                      \
        GATHER(uint8_t, a == UINT8_MAX, OUT, CONVERTED, NULL_OUT);                       \
        break;                                                                           \
    case COLUMN_U16:                                                                     \
        GATHER(uint16_t, a == UINT16_MAX, OUT, CONVERTED, NULL_OUT);                     \
        break;                                                                           \
    case COLUMN_I32:                                                                     \
        GATHER(int32_t, a == INT32_MIN, OUT, CONVERTED, NULL_OUT);                       \
        break;                                                                           \
    case COLUMN_I64:                                                                     \
        GATHER(int64_t, a == INT64_MIN, OUT, CONVERTED, NULL_OUT);                       \
        break;                                                                           \
    default:                                                                             \
        assert(false && "a column of numbers");                                          \
    }

void vector_gather(const struct column *c, enum type t, const int64_t *restrict at,
                   size_t n, struct expr_vector *out)
{
    uint8_t *b = vector_bytes(out);
    if (t == TYPE_BOOL) {
        GATHER_ANY(b, (uint8_t)(a ? YES : NO), UNKNOWN)
    } else if (c->storage == COLUMN_F64) {
        GATHER(double, false, out->f, a, (double)NAN);
    } else if (c->storage == COLUMN_STR) {
        GATHER(struct str, false, out->s, a, ((struct str){NULL, 0}));
    } else if (t == TYPE_DECIMAL) {
        GATHER_ANY(out->f, (double)a, (double)NAN)
    } else {
        GATHER_ANY(out->i, a, NULL_INT)
    }
}
