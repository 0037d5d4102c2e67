// SPDX-License-Identifier: AGPL-3.0-or-later
// Runs the tests of a view on a pair. Numbers that a pair needs more than once (a
// similarity with several thresholds) are kept in slots until the next pair.
#include "link/view_private.h"

#include <math.h>

#include "link/compare.h"

static inline uint32_t value_a(const struct view_test *t, const struct view_pair *p)
{
    return (t->a_right ? p->right : p->left)[t->a];
}

static inline uint32_t value_b(const struct view_test *t, const struct view_pair *p)
{
    return (t->b_right ? p->right : p->left)[t->b];
}

int view_relation(int op, double x, double y)
{
    if (isnan(x) || isnan(y))
        return -1;
    switch (op) {
    case OP_EQUAL:
        return x == y;
    case OP_NOT_EQUAL:
        return x != y;
    case OP_LESS:
        return x < y;
    case OP_LESS_EQUAL:
        return x <= y;
    case OP_MORE:
        return x > y;
    default:
        return x >= y;
    }
}

static struct view_value evaluate(const struct view_test *t, const struct view_pair *p)
{
    struct link_scratch *s = p->scratch;
    const struct view_leaves *leaves = t->leaves;
    struct str *left = s->cells, *right = left + leaves->n;
    s->calls++;
    for (unsigned i = 0; i < leaves->n; i++) {
        left[i] = link_texts_at(leaves->texts[i], p->left[leaves->columns[i]]);
        right[i] = link_texts_at(leaves->texts[i], p->right[leaves->columns[i]]);
    }
    struct view_cells cells = {leaves->n, leaves->names, left, right};
    return view_evaluate(&s->evaluator, t->tree, &cells);
}

static double call_texts(const struct view_test *t, const struct view_pair *p)
{
    uint32_t a = value_a(t, p), b = value_b(t, p);
    if (a == LINK_NULL || b == LINK_NULL)
        return NAN;
    if (t->same && a == b)
        return t->number;
    p->scratch->calls++;
    return view_call_texts(t->function, view_term_text(t->texts_a, a),
                           view_term_text(t->texts_b, b), t->most, t->parameter);
}

static double arithmetic(const struct view_test *t, const struct view_pair *p)
{
    double x = view_test_number(t->args[0], p);
    if (t->n == 1)
        return -x;
    double y = view_test_number(t->args[1], p);
    switch (t->relation) {
    case '+':
        return x + y;
    case '-':
        return x - y;
    case '*':
        return x * y;
    default:
        return x / y;
    }
}

static double number_function(const struct view_test *t, const struct view_pair *p)
{
    double x = t->n ? view_test_number(t->args[0], p) : 0;
    double y = t->n > 1 ? view_test_number(t->args[1], p) : 0;
    if (t->function == FUNCTION_KM)
        return compare_km(x, y, view_test_number(t->args[2], p),
                          view_test_number(t->args[3], p));
    x = view_call_numbers(t->function, t->n, x, y);
    for (unsigned i = 2; i < t->n; i++) // least and greatest take any number
        x = view_call_numbers(t->function, t->n, x, view_test_number(t->args[i], p));
    return x;
}

static double compute(const struct view_test *t, const struct view_pair *p)
{
    struct view_value v;
    switch (t->op) {
    case NUMBER_ARITHMETIC:
        return arithmetic(t, p);
    case NUMBER_FUNCTION:
        return number_function(t, p);
    case NUMBER_TEXTS:
        return call_texts(t, p);
    case NUMBER_WHOLE:
        return rint(view_test_number(t->args[0], p));
    case NUMBER_CASE:
        for (unsigned i = 0; i + 1 < t->n; i += 2)
            if (view_test_truth(t->args[i], p) > 0)
                return view_test_number(t->args[i + 1], p);
        return t->n % 2 ? view_test_number(t->args[t->n - 1], p) : (double)NAN;
    default: // NUMBER_EVALUATE
        v = evaluate(t, p);
        return view_as_number(&v);
    }
}

double view_test_number(const struct view_test *t, const struct view_pair *p)
{
    if (t->op == NUMBER_CONSTANT)
        return t->number;
    if (t->op == NUMBER_COLUMN)
        return t->numbers[value_a(t, p)];
    if (t->slot < 0)
        return compute(t, p);
    struct link_scratch *s = p->scratch;
    if (!(s->computed >> t->slot & 1)) {
        s->slot[t->slot] = compute(t, p);
        s->computed |= (uint64_t)1 << t->slot;
    }
    return s->slot[t->slot];
}

static int junction(const struct view_test *t, const struct view_pair *p)
{
    int stop = t->op == TEST_OR, result = !stop;
    for (unsigned i = 0; i < t->n; i++) {
        int truth = view_test_truth(t->args[i], p);
        if (truth == stop)
            return stop;
        if (truth < 0)
            result = -1;
    }
    return result;
}

static int as_truth(double x)
{
    return isnan(x) ? -1 : x != 0;
}

int view_test_truth(const struct view_test *t, const struct view_pair *p)
{
    uint32_t a, b;
    int truth;
    struct view_value v;
    switch (t->op) {
    case TEST_CONSTANT:
        return (int)t->number;
    case TEST_AND:
    case TEST_OR:
        return junction(t, p);
    case TEST_NOT:
        truth = view_test_truth(t->args[0], p);
        return truth < 0 ? truth : !truth;
    case TEST_CASE:
        for (unsigned i = 0; i + 1 < t->n; i += 2)
            if (view_test_truth(t->args[i], p) > 0)
                return view_test_truth(t->args[i + 1], p);
        return t->n % 2 ? view_test_truth(t->args[t->n - 1], p) : -1;
    case TEST_IS_NULL:
        return value_a(t, p) == LINK_NULL;
    case TEST_SAME:
        a = value_a(t, p);
        b = value_b(t, p);
        return a == LINK_NULL || b == LINK_NULL ? -1 : a == b;
    case TEST_MAPPED:
        a = value_a(t, p);
        b = value_b(t, p);
        return a == LINK_NULL || b == LINK_NULL ? -1 : t->map[a] == b;
    case TEST_COMPARE:
        return view_relation(t->relation, view_test_number(t->args[0], p),
                             view_test_number(t->args[1], p));
    case TEST_TRUTH: // of a term: 0, 1 or NaN by value
        return as_truth(t->numbers[value_a(t, p)]);
    case TEST_NONZERO:
        return as_truth(view_test_number(t->args[0], p));
    case TEST_NO_NUMBER:
        return isnan(view_test_number(t->args[0], p));
    default: // TEST_EVALUATE
        v = evaluate(t, p);
        return view_as_truth(&v);
    }
}

// ---- what can be told beforehand ----

enum { DEPENDS = 2 };

static double number_beforehand(const struct view_test *t, unsigned feature, bool same,
                                bool *known)
{
    *known = true;
    if (t->op == NUMBER_CONSTANT)
        return t->number;
    if (same && t->op == NUMBER_TEXTS && t->same && t->a == feature)
        return t->number;
    *known = false;
    return NAN;
}

static int junction_beforehand(const struct view_test *t, unsigned feature, bool same)
{
    int stop = t->op == TEST_OR, result = !stop;
    bool depends = false;
    for (unsigned i = 0; i < t->n; i++) {
        int truth = view_test_beforehand(t->args[i], feature, same);
        if (truth == stop)
            return stop;
        depends = depends || truth == DEPENDS;
        if (truth < 0)
            result = -1;
    }
    return depends ? DEPENDS : result;
}

int view_test_beforehand(const struct view_test *t, unsigned feature, bool same)
{
    int truth;
    bool known_x, known_y;
    double x, y;
    switch (t->op) {
    case TEST_CONSTANT:
        return (int)t->number;
    case TEST_AND:
    case TEST_OR:
        return junction_beforehand(t, feature, same);
    case TEST_NOT:
        truth = view_test_beforehand(t->args[0], feature, same);
        return truth == DEPENDS || truth < 0 ? truth : !truth;
    case TEST_IS_NULL:
        return t->a == feature ? 0 : DEPENDS;
    case TEST_SAME:
        return t->a == feature ? same : DEPENDS;
    case TEST_COMPARE:
        x = number_beforehand(t->args[0], feature, same, &known_x);
        y = number_beforehand(t->args[1], feature, same, &known_y);
        return known_x && known_y ? view_relation(t->relation, x, y) : DEPENDS;
    default:
        return DEPENDS;
    }
}
