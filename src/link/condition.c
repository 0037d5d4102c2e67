// SPDX-License-Identifier: AGPL-3.0-or-later
// What can be asked of a tree, and the tree as SQL. condition_parse.c reads.
#include "base/json.h"
#include "link/condition_tree.h"

bool condition_is_else(const struct condition *c)
{
    return c->kind == CONDITION_ELSE;
}

int condition_sides(const struct condition *c)
{
    int sides = c->kind == CONDITION_COLUMN ? (int)c->side : CONDITION_NONE;
    for (unsigned i = 0; i < c->n; i++)
        sides |= condition_sides(c->args[i]);
    return sides;
}

static bool has_op(enum condition_kind kind)
{
    return kind == CONDITION_COMPARE || kind == CONDITION_ARITHMETIC ||
           kind == CONDITION_CAST || kind == CONDITION_PAIRWISE;
}

bool condition_equal(const struct condition *a, const struct condition *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind || a->n != b->n || a->side != b->side ||
        a->function != b->function || !str_equal(a->text, b->text))
        return false;
    if (a->number < b->number || a->number > b->number)
        return false;
    if (has_op(a->kind) && a->op != b->op)
        return false;
    for (unsigned i = 0; i < a->n; i++)
        if (!condition_equal(a->args[i], b->args[i]))
            return false;
    return true;
}

struct condition *condition_one_sided(struct arena *a, const struct condition *c)
{
    struct condition *made = ARENA_NEW(a, struct condition);
    if (!made)
        return NULL;
    *made = *c;
    if (c->kind == CONDITION_COLUMN)
        made->side = CONDITION_LEFT;
    if (c->n) {
        made->args = ARENA_ARRAY(a, struct condition *, c->n);
        if (!made->args)
            return NULL;
    }
    for (unsigned i = 0; i < c->n; i++) {
        made->args[i] = condition_one_sided(a, c->args[i]);
        if (!made->args[i])
            return NULL;
    }
    return made;
}

struct names {
    struct arena *arena;
    struct str *p;
    unsigned n, capacity;
};

static bool add_name(struct names *names, struct str name)
{
    for (unsigned i = 0; i < names->n; i++)
        if (str_equal_fold(names->p[i], name))
            return true;
    if (names->n == names->capacity) {
        unsigned capacity = names->capacity ? names->capacity * 2 : 8;
        struct str *p = ARENA_ARRAY(names->arena, struct str, capacity);
        if (!p)
            return false;
        for (unsigned i = 0; i < names->n; i++)
            p[i] = names->p[i];
        names->p = p;
        names->capacity = capacity;
    }
    names->p[names->n++] = name;
    return true;
}

static bool add_names(struct names *names, const struct condition *c)
{
    if (c->kind == CONDITION_COLUMN && !add_name(names, c->text))
        return false;
    for (unsigned i = 0; i < c->n; i++)
        if (!add_names(names, c->args[i]))
            return false;
    return true;
}

enum err condition_columns(const struct condition *c, struct arena *a, struct str **names,
                           unsigned *n, struct error *e)
{
    struct names found = {.arena = a};
    bool all = add_names(&found, c);
    *names = found.p;
    *n = found.n;
    return all ? ERR_OK : error_memory(e);
}

// How tightly a node holds together as text; a node stands in parentheses where its
// reader would take it apart.
enum {
    BIND_OR = 1,
    BIND_AND,
    BIND_NOT,
    BIND_TEST,
    BIND_JOIN,
    BIND_SUM,
    BIND_PRODUCT,
    BIND_MINUS,
    BIND_POSTFIX,
    BIND_WHOLE
};

static int binding(const struct condition *c)
{
    switch (c->kind) {
    case CONDITION_OR:
        return BIND_OR;
    case CONDITION_AND:
        return BIND_AND;
    case CONDITION_NOT:
        return BIND_NOT;
    case CONDITION_COMPARE:
    case CONDITION_IS_NULL:
    case CONDITION_IS_NOT_NULL:
    case CONDITION_IN:
    case CONDITION_BETWEEN:
        return BIND_TEST;
    case CONDITION_ARITHMETIC:
        if (c->n == 1)
            return BIND_MINUS;
        return c->op == '|'                   ? BIND_JOIN
               : c->op == '+' || c->op == '-' ? BIND_SUM
                                              : BIND_PRODUCT;
    case CONDITION_NUMBER:
        return c->number < 0 ? BIND_MINUS : BIND_WHOLE;
    default:
        return BIND_WHOLE;
    }
}

static void print(const struct condition *c, struct buf *out);

static void print_within(const struct condition *c, int least, struct buf *out)
{
    bool inside = binding(c) < least;
    if (inside)
        buf_add_char(out, '(');
    print(c, out);
    if (inside)
        buf_add_char(out, ')');
}

static void print_quoted(struct str text, char quote, struct buf *out)
{
    buf_add_char(out, quote);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == quote)
            buf_add_char(out, quote);
        buf_add_char(out, text.p[i]);
    }
    buf_add_char(out, quote);
}

static void print_column(const struct condition *c, struct buf *out)
{
    char side = c->side == CONDITION_RIGHT ? 'r' : 'l';
    if (c->op == '.') {
        buf_printf(out, "%c.", side);
        print_quoted(c->text, '"', out);
        return;
    }
    print_quoted(c->text, '"', out);
    out->n -= out->n > 0; // the suffix stands inside the quotes
    buf_printf(out, "_%c\"", side);
}

static void print_number(double number, struct buf *out)
{
    struct json_writer json = json_on(out);
    json_put_double(&json, number);
}

static void print_list(const struct condition *c, unsigned from, struct buf *out)
{
    for (unsigned i = from; i < c->n; i++) {
        if (i > from)
            buf_add_c(out, ", ");
        print(c->args[i], out);
    }
}

static void print_chain(const struct condition *c, const char *word, int least,
                        struct buf *out)
{
    for (unsigned i = 0; i < c->n; i++) {
        if (i)
            buf_add_c(out, word);
        print_within(c->args[i], least, out);
    }
}

static void print_case(const struct condition *c, struct buf *out)
{
    buf_add_c(out, "CASE");
    for (unsigned i = 0; i + 1 < c->n; i += 2) {
        buf_add_c(out, " WHEN ");
        print(c->args[i], out);
        buf_add_c(out, " THEN ");
        print(c->args[i + 1], out);
    }
    if (c->n % 2) {
        buf_add_c(out, " ELSE ");
        print(c->args[c->n - 1], out);
    }
    buf_add_c(out, " END");
}

static void print_arithmetic(const struct condition *c, struct buf *out)
{
    if (c->n == 1) {
        buf_add_c(out, "-");
        print_within(c->args[0], BIND_POSTFIX, out);
        return;
    }
    int mine = binding(c);
    print_within(c->args[0], mine, out);
    if (c->op == '|')
        buf_add_c(out, " || ");
    else
        buf_printf(out, " %c ", c->op);
    print_within(c->args[1], mine + 1, out);
}

// DuckDB's way to take the best of all pairs of elements, as Splink writes it.
static void print_pairwise(const struct condition *c, struct buf *out)
{
    buf_printf(out, "list_%s(list_transform(flatten(list_transform(",
               c->op == '>' ? "max" : "min");
    print(c->args[0], out);
    buf_add_c(out, ", x -> list_transform(");
    print(c->args[1], out);
    buf_printf(out, ", y -> [x, y]))), pair -> %s(pair[1], pair[2])))",
               condition_functions()[c->function].names[0]);
}

static void print_test(const struct condition *c, struct buf *out)
{
    static const char *const ops[] = {
        [OP_EQUAL] = " = ",       [OP_NOT_EQUAL] = " <> ", [OP_LESS] = " < ",
        [OP_LESS_EQUAL] = " <= ", [OP_MORE] = " > ",       [OP_MORE_EQUAL] = " >= "};
    print_within(c->args[0], BIND_TEST + 1, out);
    switch (c->kind) {
    case CONDITION_COMPARE:
        buf_add_c(out, ops[c->op]);
        print_within(c->args[1], BIND_TEST + 1, out);
        break;
    case CONDITION_IN:
        buf_add_c(out, " IN (");
        print_list(c, 1, out);
        buf_add_c(out, ")");
        break;
    case CONDITION_BETWEEN:
        buf_add_c(out, " BETWEEN ");
        print_within(c->args[1], BIND_TEST + 1, out);
        buf_add_c(out, " AND ");
        print_within(c->args[2], BIND_TEST + 1, out);
        break;
    default:
        buf_add_c(out, c->kind == CONDITION_IS_NULL ? " IS NULL" : " IS NOT NULL");
        break;
    }
}

static void print(const struct condition *c, struct buf *out)
{
    switch (c->kind) {
    case CONDITION_COLUMN:
        print_column(c, out);
        break;
    case CONDITION_TEXT:
        print_quoted(c->text, '\'', out);
        break;
    case CONDITION_NUMBER:
        print_number(c->number, out);
        break;
    case CONDITION_NULL:
        buf_add_c(out, "NULL");
        break;
    case CONDITION_TRUE:
        buf_add_c(out, "TRUE");
        break;
    case CONDITION_FALSE:
        buf_add_c(out, "FALSE");
        break;
    case CONDITION_ELSE:
        buf_add_c(out, "ELSE");
        break;
    case CONDITION_AND:
        print_chain(c, " AND ", BIND_AND + 1, out);
        break;
    case CONDITION_OR:
        print_chain(c, " OR ", BIND_NOT, out);
        break;
    case CONDITION_NOT:
        buf_add_c(out, "NOT ");
        print_within(c->args[0], BIND_WHOLE, out);
        break;
    case CONDITION_COMPARE:
    case CONDITION_IS_NULL:
    case CONDITION_IS_NOT_NULL:
    case CONDITION_IN:
    case CONDITION_BETWEEN:
        print_test(c, out);
        break;
    case CONDITION_ARITHMETIC:
        print_arithmetic(c, out);
        break;
    case CONDITION_CASE:
        print_case(c, out);
        break;
    case CONDITION_CAST:
        buf_add_c(out, c->op == 't' ? "TRY_CAST(" : "CAST(");
        print(c->args[0], out);
        buf_printf(out, " AS " STR_FMT ")", STR_ARG(c->text));
        break;
    case CONDITION_INDEX:
        print_within(c->args[0], BIND_POSTFIX, out);
        buf_add_char(out, '[');
        print_within(c->args[1], BIND_JOIN, out);
        buf_add_char(out, ']');
        break;
    case CONDITION_CALL:
        buf_printf(out, "%s(", condition_functions()[c->function].names[0]);
        print_list(c, 0, out);
        buf_add_c(out, ")");
        break;
    case CONDITION_PAIRWISE:
        print_pairwise(c, out);
        break;
    }
}

void condition_print(const struct condition *c, struct buf *out)
{
    print(c, out);
}
