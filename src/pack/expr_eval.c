// SPDX-License-Identifier: AGPL-3.0-or-later
// The evaluator: walks the tree once for a block of rows, each node one typed loop.
// A whole number too large for int64_t becomes null. In SQL it becomes a decimal.
#include "pack/expr_vector.h"

#include <assert.h>
#include <math.h>
#include <string.h>

struct expr_scratch {
    struct expr_vector slot[EXPR_MAX_SLOTS];
};

struct run {
    const struct batch *b;
    size_t from, n;
    struct expr_vector *slot;
};

struct expr_scratch *expr_scratch_open(void)
{
    // not cleared: every slot is written before it is read, and who has one row to judge
    // uses few of 1.5 MiB
    return mem_resize(NULL, 1, sizeof(struct expr_scratch));
}

void expr_scratch_close(struct expr_scratch *s)
{
    mem_free(s);
}

static void eval(const struct run *r, const struct expr *x, size_t slot);

static const struct column *column_of(const struct run *r, const struct expr *x)
{
    const struct column *c = &r->b->columns[x->field->index];
    assert(c->storage != COLUMN_ABSENT);
    return c;
}

// The operand as decimals, whatever kind of number it is.
static double *eval_decimal(const struct run *r, const struct expr *x, size_t slot)
{
    const size_t n = r->n;
    struct expr_vector *v = &r->slot[slot];
    eval(r, x, slot);
    if (x->type != TYPE_DECIMAL)
        for (size_t k = 0; k < n; k++) {
            int64_t a = v->i[k];
            v->f[k] = a == NULL_INT ? (double)NAN : (double)a;
        }
    return v->f;
}

// --- whole numbers in a range: = < <= > >= between, against constants, on the column

static bool whole_column(const struct expr *x)
{
    return x->node == NODE_FIELD && vector_storage(x->type) == COLUMN_I64 &&
           x->type != TYPE_BOOL;
}

static bool whole_constant(const struct expr *x)
{
    return x->node == NODE_INT || x->node == NODE_DATE || x->node == NODE_CODE ||
           (x->node == NODE_CALL && x->function == FUNCTION_TODAY);
}

static int64_t constant_of(const struct run *r, const struct expr *x)
{
    return x->node == NODE_CALL ? r->b->today : x->whole;
}

static bool compare_in_range(const struct run *r, const struct expr *x, uint8_t *out)
{
    static const enum relation turned[] = {
        [RELATION_EQUAL] = RELATION_EQUAL, [RELATION_DIFFERENT] = RELATION_DIFFERENT,
        [RELATION_LESS] = RELATION_MORE,   [RELATION_LESS_EQUAL] = RELATION_MORE_EQUAL,
        [RELATION_MORE] = RELATION_LESS,   [RELATION_MORE_EQUAL] = RELATION_LESS_EQUAL};
    const struct expr *a = x->child[0], *b = x->child[1];
    enum relation relation = x->relation;
    if (whole_constant(a)) {
        a = b;
        b = x->child[0];
        relation = turned[relation];
    }
    if (!whole_column(a) || !whole_constant(b))
        return false;
    int64_t c = constant_of(r, b), low = INT64_MIN, high = INT64_MAX;
    if (relation == RELATION_EQUAL || relation == RELATION_DIFFERENT)
        low = high = c;
    else if (relation == RELATION_LESS)
        high = c - 1; // c is never INT64_MIN
    else if (relation == RELATION_LESS_EQUAL)
        high = c;
    else if (relation == RELATION_MORE_EQUAL)
        low = c;
    else if (c < INT64_MAX)
        low = c + 1;
    else
        low = 1, high = 0;
    vector_in_range(column_of(r, a), r->from, r->n, low, high,
                    relation == RELATION_DIFFERENT, out);
    return true;
}

// --- comparison of any two vectors

// The operands a and b, compared into `out`; they are computed in slot and slot + 1.
static void compare(const struct run *r, enum relation relation, const struct expr *a,
                    const struct expr *b, size_t slot, uint8_t *out)
{
    struct expr_vector *u = &r->slot[slot], *v = u + 1;
    if (a->type == TYPE_DECIMAL || b->type == TYPE_DECIMAL) {
        eval_decimal(r, a, slot);
        eval_decimal(r, b, slot + 1);
        vector_compare_decimals(relation, u->f, v->f, r->n, out);
        return;
    }
    eval(r, a, slot);
    eval(r, b, slot + 1);
    if (a->type == TYPE_BOOL)
        vector_compare_bools(relation, vector_bytes(u), vector_bytes(v), r->n, out);
    else if (vector_storage(a->type) == COLUMN_STR)
        vector_compare_texts(relation, u->s, v->s, r->n, out);
    else
        vector_compare_ints(relation, u->i, v->i, r->n, out);
}

static void eval_between(const struct run *r, const struct expr *x, size_t slot)
{
    const size_t n = r->n;
    const struct expr *value = x->child[0], *low = x->child[1], *high = x->child[2];
    uint8_t *out = vector_bytes(&r->slot[slot]);
    if (whole_column(value) && whole_constant(low) && whole_constant(high)) {
        vector_in_range(column_of(r, value), r->from, r->n, constant_of(r, low),
                        constant_of(r, high), false, out);
        return;
    }
    // the second half is kept beside its operands, behind the two that it compares
    uint8_t second[EXPR_BLOCK];
    compare(r, RELATION_MORE_EQUAL, value, low, slot + 1, out);
    compare(r, RELATION_LESS_EQUAL, value, high, slot + 1, second);
    for (size_t k = 0; k < n; k++)
        out[k] = out[k] < second[k] ? out[k] : second[k];
}

// --- in (..)

static double number_of(const struct expr *x)
{
    return x->node == NODE_DECIMAL ? x->decimal : (double)x->whole;
}

static void eval_in(const struct run *r, const struct expr *x, size_t slot)
{
    const size_t n = r->n;
    const struct expr *value = x->child[0];
    struct expr_vector *v = &r->slot[slot + 1];
    uint8_t *out = vector_bytes(&r->slot[slot]);
    bool decimal = value->type == TYPE_DECIMAL,
         text = vector_storage(value->type) == COLUMN_STR;
    for (size_t i = 1; i < x->n; i++)
        decimal = decimal || x->child[i]->type == TYPE_DECIMAL;
    if (!decimal && whole_column(value) && column_of(r, value)->storage == COLUMN_U8) {
        vector_in_codes(column_of(r, value), r->from, r->n, x, out);
        return;
    }
    if (decimal)
        eval_decimal(r, value, slot + 1);
    else
        eval(r, value, slot + 1);
    vector_are_null(v, decimal ? TYPE_DECIMAL : value->type, r->n, out);
    for (size_t k = 0; k < n; k++)
        out[k] >>= 1; // YES to UNKNOWN
    for (size_t i = 1; i < x->n; i++) {
        const struct expr *item = x->child[i];
        if (decimal) {
            double wanted = number_of(item);
            for (size_t k = 0; k < n; k++)
                out[k] = v->f[k] == wanted ? YES : out[k];
        } else if (text) {
            for (size_t k = 0; k < n; k++)
                if (v->s[k].p && str_equal(v->s[k], item->text))
                    out[k] = YES;
        } else {
            int64_t wanted = item->whole;
            for (size_t k = 0; k < n; k++)
                out[k] = v->i[k] == wanted ? YES : out[k];
        }
    }
}

// --- null, case, coalesce

// The operand in the type of the whole (an int where the whole is decimal).
static void eval_as(const struct run *r, const struct expr *x, enum type t, size_t slot)
{
    if (t == TYPE_DECIMAL)
        eval_decimal(r, x, slot);
    else
        eval(r, x, slot);
}

static void eval_case(const struct run *r, const struct expr *x, size_t slot)
{
    struct expr_vector *v = &r->slot[slot];
    eval_as(r, x->child[x->n - 1], x->type, slot);
    for (size_t i = x->n - 1; i >= 2; i -= 2) { // the first true one is chosen last
        eval(r, x->child[i - 2], slot + 1);
        eval_as(r, x->child[i - 1], x->type, slot + 2);
        vector_choose(vector_bytes(v + 1), v + 2, x->type, r->n, v);
    }
}

static void eval_coalesce(const struct run *r, const struct expr *x, size_t slot)
{
    const size_t n = r->n;
    struct expr_vector *v = &r->slot[slot];
    uint8_t pick[EXPR_BLOCK];
    eval_as(r, x->child[x->n - 1], x->type, slot);
    for (size_t i = x->n - 1; i-- > 0;) {
        eval_as(r, x->child[i], x->type, slot + 1);
        vector_are_null(v + 1, x->type, r->n, pick);
        for (size_t k = 0; k < n; k++)
            pick[k] = (uint8_t)(YES - pick[k]);
        vector_choose(pick, v + 1, x->type, r->n, v);
    }
}

static void eval_extreme(const struct run *r, const struct expr *x, size_t slot)
{
    const size_t n = r->n;
    struct expr_vector *v = &r->slot[slot], *w = v + 1;
    bool least = x->function == FUNCTION_LEAST;
    eval_as(r, x->child[0], x->type, slot);
    for (size_t i = 1; i < x->n; i++) {
        eval_as(r, x->child[i], x->type, slot + 1);
        for (size_t k = 0; k < n; k++) {
            if (x->type == TYPE_DECIMAL) {
                double a = v->f[k], b = w->f[k];
                v->f[k] = isnan(a) || isnan(b) ? (double)NAN : (a < b) == least ? a : b;
            } else {
                int64_t a = v->i[k], b = w->i[k];
                bool null = a == NULL_INT || b == NULL_INT;
                v->i[k] = null ? NULL_INT : (a < b) == least ? a : b;
            }
        }
    }
}

// --- numbers and dates

static void eval_whole_arithmetic(const struct run *r, const struct expr *x, size_t slot)
{
    const size_t n = r->n;
    int64_t *a = r->slot[slot].i, *b = r->slot[slot + 1].i;
    eval(r, x->child[0], slot);
    eval(r, x->child[1], slot + 1);
    bool date = x->type == TYPE_DATE;
    for (size_t k = 0; k < n; k++) {
        int64_t out = 0;
        bool lost = a[k] == NULL_INT || b[k] == NULL_INT;
        if (x->node == NODE_ADD)
            lost |= __builtin_add_overflow(a[k], b[k], &out);
        else if (x->node == NODE_SUBTRACT)
            lost |= __builtin_sub_overflow(a[k], b[k], &out);
        else
            lost |= __builtin_mul_overflow(a[k], b[k], &out);
        lost |= date && (out < DAY_FIRST || out > DAY_LAST);
        a[k] = lost ? NULL_INT : out;
    }
}

static void eval_decimal_arithmetic(const struct run *r, const struct expr *x,
                                    size_t slot)
{
    const size_t n = r->n;
    double *a = eval_decimal(r, x->child[0], slot);
    const double *b = eval_decimal(r, x->child[1], slot + 1);
    if (x->node == NODE_ADD)
        for (size_t k = 0; k < n; k++)
            a[k] += b[k];
    else if (x->node == NODE_SUBTRACT)
        for (size_t k = 0; k < n; k++)
            a[k] -= b[k];
    else if (x->node == NODE_MULTIPLY)
        for (size_t k = 0; k < n; k++)
            a[k] *= b[k];
    else
        for (size_t k = 0; k < n; k++)
            a[k] = b[k] == 0 ? (double)NAN : a[k] / b[k]; // NOLINT: guarded
}

static void eval_sign(const struct run *r, const struct expr *x, size_t slot)
{
    const size_t n = r->n;
    struct expr_vector *v = &r->slot[slot];
    bool magnitude = x->node == NODE_CALL;
    eval(r, x->child[0], slot);
    for (size_t k = 0; k < n; k++)
        if (x->type == TYPE_DECIMAL)
            v->f[k] = magnitude ? fabs(v->f[k]) : -v->f[k];
        else if (v->i[k] != NULL_INT && (!magnitude || v->i[k] < 0))
            v->i[k] = -v->i[k];
}

static void eval_part_of_date(const struct run *r, const struct expr *x, size_t slot)
{
    const size_t n = r->n;
    int64_t *v = r->slot[slot].i;
    eval(r, x->child[0], slot);
    for (size_t k = 0; k < n; k++) {
        int year, month, day;
        if (v[k] == NULL_INT)
            continue;
        date_to_ymd((int32_t)v[k], &year, &month, &day);
        v[k] = x->function == FUNCTION_YEAR ? year : month;
    }
}

static void eval_age(const struct run *r, const struct expr *x, size_t slot)
{
    const size_t n = r->n;
    int64_t *a = r->slot[slot].i, *b = r->slot[slot + 1].i;
    eval(r, x->child[0], slot);
    eval(r, x->child[1], slot + 1);
    for (size_t k = 0; k < n; k++) {
        if (a[k] == NULL_INT || b[k] == NULL_INT)
            a[k] = NULL_INT;
        else if (x->function == FUNCTION_AGE_MONTHS)
            a[k] = date_age_months((int32_t)a[k], (int32_t)b[k]);
        else
            a[k] = date_age_years((int32_t)a[k], (int32_t)b[k]);
    }
}

static void eval_within(const struct run *r, const struct expr *x, size_t slot)
{
    const size_t n = r->n;
    uint8_t *out = vector_bytes(&r->slot[slot]);
    const int64_t *a = r->slot[slot + 1].i, *b = r->slot[slot + 2].i;
    const int64_t *days = r->slot[slot + 3].i;
    for (size_t i = 0; i < 3; i++)
        eval(r, x->child[i], slot + 1 + i);
    for (size_t k = 0; k < n; k++) {
        bool null = a[k] == NULL_INT || b[k] == NULL_INT || days[k] == NULL_INT;
        int64_t apart = null ? 0 : a[k] > b[k] ? a[k] - b[k] : b[k] - a[k];
        out[k] = null ? UNKNOWN : apart <= days[k] ? YES : NO;
    }
}

// --- text and places

static void eval_length(const struct run *r, const struct expr *x, size_t slot)
{
    const size_t n = r->n;
    int64_t *out = r->slot[slot].i;
    const struct str *in = r->slot[slot + 1].s;
    eval(r, x->child[0], slot + 1);
    for (size_t k = 0; k < n; k++) {
        int64_t letters = 0;
        for (size_t i = 0; i < in[k].n; i++)
            letters += ((unsigned char)in[k].p[i] & 0xC0) != 0x80;
        out[k] = in[k].p ? letters : NULL_INT;
    }
}

static void eval_lookup(const struct run *r, const struct expr *x, size_t slot)
{
    const struct column *columns =
        x->child[0]->type == TYPE_AREA ? r->b->areas : r->b->facilities;
    assert(columns && columns[x->field->index].storage != COLUMN_ABSENT);
    eval(r, x->child[0], slot + 1);
    vector_gather(&columns[x->field->index], x->type, r->slot[slot + 1].i, r->n,
                  &r->slot[slot]);
}

// --- the tree

static void eval_logic(const struct run *r, const struct expr *x, size_t slot)
{
    const size_t n = r->n;
    uint8_t *restrict a = vector_bytes(&r->slot[slot]);
    eval(r, x->child[0], slot);
    if (x->node == NODE_NOT) {
        for (size_t k = 0; k < n; k++)
            a[k] = (uint8_t)(YES - a[k]);
        return;
    }
    const uint8_t *restrict b = vector_bytes(&r->slot[slot + 1]);
    eval(r, x->child[1], slot + 1);
    if (x->node == NODE_AND)
        for (size_t k = 0; k < n; k++)
            a[k] = a[k] < b[k] ? a[k] : b[k];
    else
        for (size_t k = 0; k < n; k++)
            a[k] = a[k] > b[k] ? a[k] : b[k];
}

static void eval_call(const struct run *r, const struct expr *x, size_t slot)
{
    const size_t n = r->n;
    switch (x->function) {
    case FUNCTION_TODAY:
        for (size_t k = 0; k < n; k++)
            r->slot[slot].i[k] = r->b->today;
        break;
    case FUNCTION_DAYS:
        eval(r, x->child[0], slot);
        break;
    case FUNCTION_AGE_MONTHS:
    case FUNCTION_AGE_YEARS:
        eval_age(r, x, slot);
        break;
    case FUNCTION_YEAR:
    case FUNCTION_MONTH:
        eval_part_of_date(r, x, slot);
        break;
    case FUNCTION_COALESCE:
        eval_coalesce(r, x, slot);
        break;
    case FUNCTION_ABS:
        eval_sign(r, x, slot);
        break;
    case FUNCTION_LEAST:
    case FUNCTION_GREATEST:
        eval_extreme(r, x, slot);
        break;
    case FUNCTION_WITHIN_DAYS:
        eval_within(r, x, slot);
        break;
    case FUNCTION_LENGTH:
        eval_length(r, x, slot);
        break;
    case FUNCTION_LOOKUP:
        eval_lookup(r, x, slot);
        break;
    case FUNCTIONS:
        break;
    }
}

// The value of x in the vector `slot`; the vectors behind it are overwritten.
static void eval(const struct run *r, const struct expr *x, size_t slot)
{
    struct expr_vector *v = &r->slot[slot];
    switch (x->node) {
    case NODE_NULL:
    case NODE_BOOL:
    case NODE_INT:
    case NODE_DECIMAL:
    case NODE_TEXT:
    case NODE_DATE:
    case NODE_CODE:
        vector_fill(x, r->n, v);
        break;
    case NODE_FIELD:
        vector_load(column_of(r, x), x->type, r->from, r->n, v);
        break;
    case NODE_NEGATE:
        eval_sign(r, x, slot);
        break;
    case NODE_ADD:
    case NODE_SUBTRACT:
    case NODE_MULTIPLY:
    case NODE_DIVIDE:
        if (x->type == TYPE_DECIMAL)
            eval_decimal_arithmetic(r, x, slot);
        else
            eval_whole_arithmetic(r, x, slot);
        break;
    case NODE_COMPARE:
        if (!compare_in_range(r, x, vector_bytes(v)))
            compare(r, x->relation, x->child[0], x->child[1], slot + 1, vector_bytes(v));
        break;
    case NODE_AND:
    case NODE_OR:
    case NODE_NOT:
        eval_logic(r, x, slot);
        break;
    case NODE_IN:
        eval_in(r, x, slot);
        break;
    case NODE_BETWEEN:
        eval_between(r, x, slot);
        break;
    case NODE_IS_NULL:
        eval(r, x->child[0], slot + 1);
        vector_are_null(v + 1, x->child[0]->type, r->n, vector_bytes(v));
        break;
    case NODE_CASE:
        eval_case(r, x, slot);
        break;
    case NODE_CALL:
        eval_call(r, x, slot);
        break;
    case NODE_NAME:
    case NODE_AGGREGATE:
        assert(false && "a checked row expression");
    }
}

static struct run run_of(const struct batch *b, size_t from, size_t n,
                         struct expr_scratch *s)
{
    assert(n <= EXPR_BLOCK && from <= b->n_rows && n <= b->n_rows - from);
    return (struct run){.b = b, .from = from, .n = n, .slot = s->slot};
}

const struct expr_vector *expr_eval(const struct expr *x, const struct batch *b,
                                    size_t from, size_t n, struct expr_scratch *s)
{
    struct run r = run_of(b, from, n, s);
    struct expr_vector *out = &s->slot[0];
    out->storage = vector_storage(x->type);
    if (x->type != TYPE_BOOL) {
        eval(&r, x, 0);
        return out;
    }
    eval(&r, x, 1);
    const uint8_t *in = vector_bytes(&s->slot[1]);
    for (size_t k = 0; k < n; k++)
        out->i[k] = in[k] == UNKNOWN ? NULL_INT : in[k] == YES;
    return out;
}

void expr_select(const struct expr *x, const struct batch *b, size_t from, size_t n,
                 uint8_t *keep, struct expr_scratch *s)
{
    assert(x->type == TYPE_BOOL || x->type == TYPE_NONE);
    struct run r = run_of(b, from, n, s);
    if (x->type == TYPE_NONE) {
        memset(keep, 0, n);
        return;
    }
    eval(&r, x, 0);
    const uint8_t *in = vector_bytes(&s->slot[0]);
    for (size_t k = 0; k < n; k++)
        keep[k] = in[k] >> 1;
}

double expr_combine(const struct expr *x, const double *aggregates)
{
    switch (x->node) {
    case NODE_DECIMAL:
        return x->decimal;
    case NODE_AGGREGATE:
        return aggregates[x->whole];
    case NODE_NEGATE:
        return -expr_combine(x->child[0], aggregates);
    default:
        break;
    }
    double a = expr_combine(x->child[0], aggregates);
    double b = expr_combine(x->child[1], aggregates);
    switch (x->node) {
    case NODE_ADD:
        return a + b;
    case NODE_SUBTRACT:
        return a - b;
    case NODE_MULTIPLY:
        return a * b;
    default:
        return b == 0 ? (double)NAN : a / b;
    }
}
