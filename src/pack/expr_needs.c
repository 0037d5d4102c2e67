// SPDX-License-Identifier: AGPL-3.0-or-later
// What running an expression takes: vectors in memory, places in SQLite's parser.
#include "pack/expr_tree.h"

// Vectors held while the i-th operand is computed. Sums and `and` build on their first
// operand in place, so that a chain needs two however long; the others keep their own
// vector free for the result.
static int held(const struct expr *x, size_t i)
{
    bool in_place = (x->node >= NODE_NEGATE && x->node <= NODE_DIVIDE) ||
                    (x->node >= NODE_AND && x->node <= NODE_NOT);
    if (in_place)
        return (int)i;
    if (x->node == NODE_BETWEEN || x->node == NODE_COMPARE)
        return (int)i + 1;
    if (x->node == NODE_CALL && x->function == FUNCTION_WITHIN_DAYS)
        return (int)i + 1;
    return x->node == NODE_CASE ? 2 : 1;
}

static int chain_of(const struct expr *x)
{
    switch (x->node) {
    case NODE_ADD:
    case NODE_SUBTRACT:
        return x->type == TYPE_DATE ? 0 : 1;
    case NODE_MULTIPLY:
    case NODE_DIVIDE:
        return 2;
    case NODE_AND:
        return 3;
    case NODE_OR:
        return 4;
    default:
        return 0;
    }
}

// Places of SQLite's parser that are taken when the i-th operand begins, as expr_sql.c
// writes it; rather one too many.
static int opened_by_call(const struct expr *x)
{
    switch (x->function) {
    case FUNCTION_DAYS:
        return 0;
    case FUNCTION_AGE_MONTHS:
        return 15;
    case FUNCTION_LOOKUP:
        return 12;
    case FUNCTION_AGE_YEARS:
        return 10;
    case FUNCTION_WITHIN_DAYS:
        return 8;
    default:
        return 6;
    }
}

static int opened(const struct expr *x, size_t i)
{
    switch (x->node) {
    case NODE_ADD:
    case NODE_SUBTRACT:
        if (x->type == TYPE_DATE || x->child[0]->type == TYPE_DATE)
            return 8;
        return i ? 3 : chain_of(x) == chain_of(x->child[0]) ? 0 : 1;
    case NODE_MULTIPLY:
    case NODE_DIVIDE:
    case NODE_AND:
    case NODE_OR:
        return i ? 3 : chain_of(x) == chain_of(x->child[0]) ? 0 : 1;
    case NODE_CASE:
        return 6;
    case NODE_CALL:
        return opened_by_call(x);
    case NODE_NOT:
    case NODE_NEGATE:
        return 2;
    default:
        return 1 + 2 * (int)(i < 3 ? i : 2);
    }
}

bool expr_count_needs(struct source *s, struct expr *x)
{
    x->slots = x->opened = 1;
    for (size_t i = 0; i < x->n; i++) {
        const struct expr *c = x->child[i];
        if (x->node == NODE_IN && i > 0)
            break; // constants
        if (c->slots + held(x, i) > x->slots)
            x->slots = c->slots + held(x, i);
        if (c->opened + opened(x, i) > x->opened)
            x->opened = c->opened + opened(x, i);
    }
    if (x->slots < EXPR_MAX_SLOTS && x->opened <= EXPR_MAX_OPEN)
        return true;
    expr_fail(s, x->at, "expr.nest",
              "too many brackets, calls or cases stand inside each other here");
    expr_cure(s, "split the expression into several rules or indicators");
    return false;
}
