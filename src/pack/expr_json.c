// SPDX-License-Identifier: AGPL-3.0-or-later
// A row expression as JSON: [operation, ...arguments], for evaluating it elsewhere.
#include <stdio.h>

#include "base/json.h"
#include "pack/expr_tree.h"

static void put(struct json_writer *j, const struct expr *x);

static void put_name(struct json_writer *j, const char *name)
{
    json_put_string(j, str_of(name));
}

static void put_children(struct json_writer *j, const struct expr *x)
{
    for (size_t i = 0; i < x->n; i++)
        put(j, x->child[i]);
}

static void put_number(struct json_writer *j, const struct expr *x)
{
    put_name(j, "number");
    if (x->node == NODE_INT)
        json_put_int(j, x->whole);
    else
        json_put_double(j, x->decimal);
}

static void put_date(struct json_writer *j, int32_t day)
{
    char iso[DATE_TEXT_SIZE];
    date_format(day, iso);
    put_name(j, "date");
    put_name(j, iso);
}

static const char *operation(const struct expr *x)
{
    static const char *const relations[] = {
        [RELATION_EQUAL] = "=", [RELATION_DIFFERENT] = "<>",
        [RELATION_LESS] = "<",  [RELATION_LESS_EQUAL] = "<=",
        [RELATION_MORE] = ">",  [RELATION_MORE_EQUAL] = ">=",
    };
    switch (x->node) {
    case NODE_NEGATE:
        return "neg";
    case NODE_ADD:
        return "+";
    case NODE_SUBTRACT:
        return "-";
    case NODE_MULTIPLY:
        return "*";
    case NODE_DIVIDE:
        return "/";
    case NODE_COMPARE:
        return relations[x->relation];
    case NODE_AND:
        return "and";
    case NODE_OR:
        return "or";
    case NODE_NOT:
        return "not";
    case NODE_IN:
        return "in";
    case NODE_BETWEEN:
        return "between";
    case NODE_IS_NULL:
        return "is_null";
    case NODE_CALL:
        return expr_functions[x->function].name;
    default:
        return "null";
    }
}

static void put_case(struct json_writer *j, const struct expr *x)
{
    put_name(j, "case");
    for (size_t i = 0; i + 1 < x->n; i += 2) {
        json_put_array(j);
        put(j, x->child[i]);
        put(j, x->child[i + 1]);
        json_put_array_end(j);
    }
    put(j, x->child[x->n - 1]);
}

static bool is_chain(enum node n)
{
    return n == NODE_AND || n == NODE_OR || n == NODE_ADD || n == NODE_SUBTRACT ||
           n == NODE_MULTIPLY || n == NODE_DIVIDE;
}

// a and b and c is one list, from left to right: a chain may be longer than JSON is deep.
static void put_chain(struct json_writer *j, const struct expr *x)
{
    const struct expr *list[EXPR_MAX_DEPTH + 2], *first = x;
    size_t n = 0;
    for (; first->node == x->node && n <= EXPR_MAX_DEPTH; first = first->child[0])
        list[n++] = first->child[1];
    put_name(j, operation(x));
    put(j, first);
    while (n)
        put(j, list[--n]);
}

static void put_other(struct json_writer *j, const struct expr *x)
{
    if (is_chain(x->node)) {
        put_chain(j, x);
        return;
    }
    bool is_not_null = x->node == NODE_NOT && x->child[0]->node == NODE_IS_NULL;
    put_name(j, is_not_null ? "is_not_null" : operation(x));
    put_children(j, is_not_null ? x->child[0] : x);
    if (x->node == NODE_CALL && x->function == FUNCTION_LOOKUP)
        json_put_string(j, x->field->name);
}

static void put(struct json_writer *j, const struct expr *x)
{
    json_put_array(j);
    switch (x->node) {
    case NODE_BOOL:
        put_name(j, x->whole ? "true" : "false");
        break;
    case NODE_INT:
    case NODE_DECIMAL:
        put_number(j, x);
        break;
    case NODE_TEXT:
    case NODE_NAME:
        put_name(j, "text");
        json_put_string(j, x->text);
        break;
    case NODE_DATE:
        put_date(j, (int32_t)x->whole);
        break;
    case NODE_CODE:
        put_name(j, "code");
        json_put_string(j, x->list->codes[x->whole].value);
        break;
    case NODE_FIELD:
        put_name(j, "field");
        json_put_string(j, x->field->name);
        break;
    case NODE_CASE:
        put_case(j, x);
        break;
    default:
        put_other(j, x);
    }
    json_put_array_end(j);
}

void expr_json(const struct expr *x, struct buf *out)
{
    struct json_writer j = json_on(out);
    put(&j, x);
}
