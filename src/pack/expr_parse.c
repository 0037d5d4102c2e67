// SPDX-License-Identifier: AGPL-3.0-or-later
// The parser: text to a tree of names and operators, and the measures around it.
#include "pack/expr_lex.h"

#include <string.h>

const struct function_about expr_functions[FUNCTIONS] = {
    [FUNCTION_TODAY] = {"today", "今天", 0, 0},
    [FUNCTION_DAYS] = {"days", "天数", 1, 1},
    [FUNCTION_AGE_MONTHS] = {"age_months", "月龄", 2, 2},
    [FUNCTION_AGE_YEARS] = {"age_years", "周岁", 2, 2},
    [FUNCTION_YEAR] = {"year", "年份", 1, 1},
    [FUNCTION_MONTH] = {"month", "月份", 1, 1},
    [FUNCTION_COALESCE] = {"coalesce", "首个非空", 2, 32},
    [FUNCTION_ABS] = {"abs", "绝对值", 1, 1},
    [FUNCTION_LEAST] = {"least", "最小", 2, 32},
    [FUNCTION_GREATEST] = {"greatest", "最大", 2, 32},
    [FUNCTION_WITHIN_DAYS] = {"within_days", "相差天数不超过", 3, 3},
    [FUNCTION_LENGTH] = {"length", "字数", 1, 1},
    [FUNCTION_LOOKUP] = {"lookup", "查", 2, 2},
};

static const char *const aggregate_names[] = {
    [AGGREGATE_COUNT] = "count", [AGGREGATE_SUM] = "sum",   [AGGREGATE_LAST] = "last",
    [AGGREGATE_AS_OF] = "as_of", [AGGREGATE_MEAN] = "mean", [AGGREGATE_MIN] = "min",
    [AGGREGATE_MAX] = "max",
};
enum { AGGREGATE_FUNCTIONS = sizeof aggregate_names / sizeof aggregate_names[0] };

struct aggregates { // found so far in a measure
    struct aggregate *list;
    size_t n, capacity;
};

struct parser {
    struct source *s;
    struct token now;
    int nest;
    struct aggregates found;
};

static void advance(struct parser *p)
{
    p->now = expr_token(p->s, p->now.end);
}

static struct token after(struct parser *p)
{
    return expr_token(p->s, p->now.end);
}

static bool at_symbol(const struct parser *p, int symbol)
{
    return p->now.kind == TOKEN_SYMBOL && p->now.symbol == symbol;
}

static bool at_keyword(const struct parser *p, enum keyword k)
{
    return p->now.kind == TOKEN_NAME && p->now.keyword == k;
}

// "found X, expected Y" at the token in hand; always NULL.
static struct expr *expected(struct parser *p, const char *what)
{
    if (p->now.kind == TOKEN_END)
        expr_fail(p->s, p->now.at, "expr.syntax",
                  "the expression ends here, but %s was expected", what);
    else if (p->now.kind != TOKEN_BAD)
        expr_fail(p->s, p->now.at, "expr.syntax", "found `" STR_FMT "`, expected %s",
                  (int)(p->now.end - p->now.at > 60 ? 60 : p->now.end - p->now.at),
                  p->s->text.p + p->now.at, what);
    return NULL;
}

static bool take_symbol(struct parser *p, int symbol, const char *what)
{
    if (!at_symbol(p, symbol))
        return expected(p, what);
    advance(p);
    return true;
}

static bool take_keyword(struct parser *p, enum keyword k, const char *what)
{
    if (!at_keyword(p, k))
        return expected(p, what);
    advance(p);
    return true;
}

static bool enter(struct parser *p)
{
    if (++p->nest <= EXPR_MAX_NEST)
        return true;
    expr_fail(p->s, p->now.at, "expr.nest",
              "more than %d brackets, calls or signs stand inside each other here",
              EXPR_MAX_NEST);
    expr_cure(p->s, "split the expression into several rules or indicators");
    return false;
}

// --- making nodes

static struct expr *node_new(struct parser *p, enum node kind, size_t at)
{
    struct expr *x = ARENA_NEW(p->s->arena, struct expr);
    if (!x) {
        expr_fail_memory(p->s);
        return NULL;
    }
    x->node = kind;
    x->at = at;
    x->depth = 1;
    return x;
}

struct children { // a growing list in the arena
    struct expr **p;
    size_t n, capacity;
};

static bool children_add(struct parser *p, struct children *c, struct expr *x)
{
    if (!x)
        return false;
    if (c->n == c->capacity) {
        size_t capacity = c->capacity ? c->capacity * 2 : 4;
        struct expr **more = ARENA_ARRAY(p->s->arena, struct expr *, capacity);
        if (!more)
            return expr_fail_memory(p->s);
        if (c->n)
            memcpy(more, c->p, c->n * sizeof *more);
        c->p = more;
        c->capacity = capacity;
    }
    c->p[c->n++] = x;
    return true;
}

static struct expr *node_of(struct parser *p, enum node kind, size_t at,
                            const struct children *c)
{
    struct expr *x = node_new(p, kind, at);
    if (!x)
        return NULL;
    x->child = c->p;
    x->n = c->n;
    for (size_t i = 0; i < c->n; i++)
        if (c->p[i]->depth >= x->depth)
            x->depth = c->p[i]->depth + 1;
    if (x->depth > EXPR_MAX_DEPTH) {
        expr_fail(p->s, at, "expr.depth", "more than %d operators in one chain",
                  EXPR_MAX_DEPTH);
        expr_cure(p->s, "use `in (a, b, ..)` or split the expression");
        return NULL;
    }
    return x;
}

static struct expr *node_two(struct parser *p, enum node kind, size_t at, struct expr *a,
                             struct expr *b)
{
    struct children c = {0};
    return children_add(p, &c, a) && children_add(p, &c, b) ? node_of(p, kind, at, &c)
                                                            : NULL;
}

static struct expr *node_one(struct parser *p, enum node kind, size_t at, struct expr *a)
{
    struct children c = {0};
    return children_add(p, &c, a) ? node_of(p, kind, at, &c) : NULL;
}

// --- row expressions

static struct expr *parse_or(struct parser *p);
static struct expr *parse_sum(struct parser *p);

static struct expr *parse_date(struct parser *p, size_t at)
{
    struct expr *x = node_new(p, NODE_DATE, at);
    struct error e;
    int32_t day;
    if (!x)
        return NULL;
    if (p->now.text.n != 10 || date_parse(p->now.text, &day, &e)) {
        expr_fail(p->s, p->now.at, "expr.date", "`" STR_FMT "` is not a date",
                  STR_ARG(p->now.text));
        expr_cure(p->s, "write a day that exists as date '2014-06-05'");
        return NULL;
    }
    x->whole = day;
    advance(p);
    return x;
}

static struct expr *parse_case(struct parser *p)
{
    size_t at = p->now.at;
    struct children c = {0};
    advance(p);
    if (!at_keyword(p, KEYWORD_WHEN))
        return expected(p, "`when`");
    while (at_keyword(p, KEYWORD_WHEN)) {
        advance(p);
        if (!children_add(p, &c, parse_or(p)) ||
            !take_keyword(p, KEYWORD_THEN, "`then`") || !children_add(p, &c, parse_or(p)))
            return NULL;
    }
    if (at_keyword(p, KEYWORD_ELSE)) {
        advance(p);
        if (!children_add(p, &c, parse_or(p)))
            return NULL;
    } else if (!children_add(p, &c, node_new(p, NODE_NULL, at))) {
        return NULL;
    }
    if (!take_keyword(p, KEYWORD_END, "`when`, `else` or `end`"))
        return NULL;
    return node_of(p, NODE_CASE, at, &c);
}

static bool unknown_function(struct parser *p, struct str name, size_t at)
{
    for (int i = 0; i < AGGREGATE_FUNCTIONS; i++)
        if (str_equal_fold(name, str_of(aggregate_names[i]))) {
            expr_fail(p->s, at, "expr.function",
                      "%s() speaks of a whole register and belongs in a measure, not in "
                      "an expression about one row",
                      aggregate_names[i]);
            if (i == AGGREGATE_MIN || i == AGGREGATE_MAX)
                expr_cure(p->s, "for the smaller or larger of several values of one row "
                                "write least(..) or greatest(..)");
            return false;
        }
    struct nearest n = expr_nearest(name);
    for (int i = 0; i < FUNCTIONS; i++)
        expr_nearest_offer(&n, str_of(expr_functions[i].name));
    expr_fail(p->s, at, "expr.function", "there is no function `" STR_FMT "`",
              STR_ARG(name));
    if (!expr_nearest_cure(p->s, &n))
        expr_cure(p->s, "the functions are today, days, age_months, age_years, year, "
                        "month, coalesce, abs, least, greatest, within_days, length and "
                        "lookup");
    return false;
}

static struct expr *parse_call(struct parser *p)
{
    struct str name = p->now.text;
    size_t at = p->now.at;
    int f = 0;
    while (f < FUNCTIONS && !str_equal_fold(name, str_of(expr_functions[f].name)))
        f++;
    if (f == FUNCTIONS) {
        unknown_function(p, name, at);
        return NULL;
    }
    advance(p); // name
    advance(p); // (
    struct children c = {0};
    while (!at_symbol(p, ')')) {
        if (c.n && !take_symbol(p, ',', "`,` or `)`"))
            return NULL;
        if (!children_add(p, &c, parse_or(p)))
            return NULL;
    }
    const struct function_about *about = &expr_functions[f];
    if (c.n < about->least || c.n > about->most) {
        expr_fail(p->s, at, "expr.arguments", "%s() takes %zu%s argument%s, found %zu",
                  about->name, about->least, about->most > about->least ? " or more" : "",
                  about->least == 1 ? "" : "s", c.n);
        return NULL;
    }
    advance(p);
    struct expr *x = node_of(p, NODE_CALL, at, &c);
    if (x)
        x->function = (enum function)f;
    return x;
}

// A field, a code, or register.field where the register is the one at hand.
static struct expr *parse_name(struct parser *p)
{
    struct token next = after(p);
    if (next.kind == TOKEN_TEXT && str_equal_fold(p->now.text, STR("date"))) {
        size_t at = p->now.at;
        advance(p);
        return parse_date(p, at);
    }
    if (next.kind == TOKEN_SYMBOL && next.symbol == '(')
        return parse_call(p);
    struct expr *x = node_new(p, NODE_NAME, p->now.at);
    if (!x)
        return NULL;
    if (next.kind == TOKEN_SYMBOL && next.symbol == '.') {
        if (!str_equal(p->now.text, p->s->reg->name)) {
            expr_fail(p->s, p->now.at, "expr.register",
                      "`" STR_FMT "` is not the register at hand, which is `" STR_FMT "`",
                      STR_ARG(p->now.text), STR_ARG(p->s->reg->name));
            expr_cure(p->s, "one expression reads one register; combine registers in a "
                            "measure with + - * /");
            return NULL;
        }
        advance(p);
        advance(p);
        if (p->now.kind != TOKEN_NAME)
            return expected(p, "the name of a field");
        x->at = p->now.at;
        x->relation = RELATION_DIFFERENT; // a field for sure, never a code
    }
    x->text = p->now.text;
    advance(p);
    return x;
}

static struct expr *parse_bracket(struct parser *p)
{
    advance(p);
    struct expr *x = parse_or(p);
    return x && take_symbol(p, ')', "`)`") ? x : NULL;
}

static struct expr *parse_literal(struct parser *p)
{
    static const enum node kinds[] = {
        [TOKEN_INT] = NODE_INT, [TOKEN_DECIMAL] = NODE_DECIMAL, [TOKEN_TEXT] = NODE_TEXT};
    struct expr *x = node_new(p, kinds[p->now.kind], p->now.at);
    if (!x)
        return NULL;
    x->whole = p->now.whole;
    x->decimal = p->now.decimal;
    x->text = p->now.text;
    advance(p);
    return x;
}

static struct expr *parse_word(struct parser *p)
{
    enum keyword k = p->now.keyword;
    if (k == KEYWORD_NONE)
        return parse_name(p);
    if (k == KEYWORD_CASE)
        return parse_case(p);
    if (k != KEYWORD_NULL && k != KEYWORD_TRUE && k != KEYWORD_FALSE)
        return expected(p, "a field, a code, a number or a text");
    struct expr *x = node_new(p, k == KEYWORD_NULL ? NODE_NULL : NODE_BOOL, p->now.at);
    if (x)
        x->whole = k == KEYWORD_TRUE;
    advance(p);
    return x;
}

static struct expr *parse_primary(struct parser *p)
{
    if (!enter(p))
        return NULL;
    struct expr *x = NULL;
    if (p->now.kind == TOKEN_INT || p->now.kind == TOKEN_DECIMAL ||
        p->now.kind == TOKEN_TEXT) {
        x = parse_literal(p);
    } else if (p->now.kind == TOKEN_NAME) {
        x = parse_word(p);
    } else if (at_symbol(p, '(')) {
        x = parse_bracket(p);
    } else if (at_symbol(p, '-')) {
        size_t at = p->now.at;
        advance(p);
        x = parse_primary(p);
        if (x && (x->node == NODE_INT || x->node == NODE_DECIMAL)) {
            x->whole = -x->whole; // the lexer has no negative numbers: no overflow
            x->decimal = -x->decimal;
            x->at = at;
        } else if (x) {
            x = node_one(p, NODE_NEGATE, at, x);
        }
    } else {
        expected(p, "a field, a code, a number or a text");
    }
    p->nest--;
    return x;
}

static struct expr *parse_product(struct parser *p)
{
    struct expr *x = parse_primary(p);
    while (x && (at_symbol(p, '*') || at_symbol(p, '/'))) {
        enum node kind = at_symbol(p, '*') ? NODE_MULTIPLY : NODE_DIVIDE;
        size_t at = p->now.at;
        advance(p);
        struct expr *right = parse_primary(p);
        x = right ? node_two(p, kind, at, x, right) : NULL;
    }
    return x;
}

static struct expr *parse_sum(struct parser *p)
{
    struct expr *x = parse_product(p);
    while (x && (at_symbol(p, '+') || at_symbol(p, '-'))) {
        enum node kind = at_symbol(p, '+') ? NODE_ADD : NODE_SUBTRACT;
        size_t at = p->now.at;
        advance(p);
        struct expr *right = parse_product(p);
        x = right ? node_two(p, kind, at, x, right) : NULL;
    }
    return x;
}

static struct expr *parse_in(struct parser *p, struct expr *left, size_t at)
{
    struct children c = {0};
    advance(p);
    if (!take_symbol(p, '(', "`(` after `in`") || !children_add(p, &c, left))
        return NULL;
    do {
        if (c.n > 1)
            advance(p);
        if (!children_add(p, &c, parse_sum(p)))
            return NULL;
    } while (at_symbol(p, ','));
    return take_symbol(p, ')', "`,` or `)`") ? node_of(p, NODE_IN, at, &c) : NULL;
}

static struct expr *parse_between(struct parser *p, struct expr *left, size_t at)
{
    struct children c = {0};
    advance(p);
    if (!children_add(p, &c, left) || !children_add(p, &c, parse_sum(p)) ||
        !take_keyword(p, KEYWORD_AND, "`and` between the two limits") ||
        !children_add(p, &c, parse_sum(p)))
        return NULL;
    return node_of(p, NODE_BETWEEN, at, &c);
}

static bool relation_at(const struct parser *p, enum relation *out)
{
    if (p->now.kind != TOKEN_SYMBOL)
        return false;
    switch (p->now.symbol) {
    case '=':
        *out = RELATION_EQUAL;
        return true;
    case SYMBOL_DIFFERENT:
        *out = RELATION_DIFFERENT;
        return true;
    case '<':
        *out = RELATION_LESS;
        return true;
    case SYMBOL_LESS_EQUAL:
        *out = RELATION_LESS_EQUAL;
        return true;
    case '>':
        *out = RELATION_MORE;
        return true;
    case SYMBOL_MORE_EQUAL:
        *out = RELATION_MORE_EQUAL;
        return true;
    default:
        return false;
    }
}

static struct expr *parse_is(struct parser *p, struct expr *x)
{
    size_t at = p->now.at;
    advance(p);
    bool negated = at_keyword(p, KEYWORD_NOT);
    if (negated)
        advance(p);
    if (!take_keyword(p, KEYWORD_NULL, "`null` or `not null` after `is`"))
        return NULL;
    x = node_one(p, NODE_IS_NULL, at, x);
    return x && negated ? node_one(p, NODE_NOT, at, x) : x;
}

static struct expr *parse_comparison(struct parser *p)
{
    struct expr *x = parse_sum(p);
    if (!x)
        return NULL;
    enum relation relation, again;
    size_t at = p->now.at;
    if (relation_at(p, &relation)) {
        advance(p);
        struct expr *right = parse_sum(p);
        x = right ? node_two(p, NODE_COMPARE, at, x, right) : NULL;
        if (x)
            x->relation = relation;
        if (x && relation_at(p, &again))
            return expected(p, "`and` or `or`: comparisons do not chain");
        return x;
    }
    if (at_keyword(p, KEYWORD_IS))
        return parse_is(p, x);
    bool negated = at_keyword(p, KEYWORD_NOT);
    if (negated)
        advance(p);
    if (at_keyword(p, KEYWORD_IN))
        x = parse_in(p, x, at);
    else if (at_keyword(p, KEYWORD_BETWEEN))
        x = parse_between(p, x, at);
    else if (negated)
        return expected(p, "`in` or `between` after `not`");
    return x && negated ? node_one(p, NODE_NOT, at, x) : x;
}

static struct expr *parse_not(struct parser *p)
{
    if (!at_keyword(p, KEYWORD_NOT))
        return parse_comparison(p);
    size_t at = p->now.at;
    advance(p);
    if (!enter(p))
        return NULL;
    struct expr *x = parse_not(p);
    p->nest--;
    return x ? node_one(p, NODE_NOT, at, x) : NULL;
}

static struct expr *parse_and(struct parser *p)
{
    struct expr *x = parse_not(p);
    while (x && at_keyword(p, KEYWORD_AND)) {
        size_t at = p->now.at;
        advance(p);
        struct expr *right = parse_not(p);
        x = right ? node_two(p, NODE_AND, at, x, right) : NULL;
    }
    return x;
}

static struct expr *parse_or(struct parser *p)
{
    struct expr *x = parse_and(p);
    while (x && at_keyword(p, KEYWORD_OR)) {
        size_t at = p->now.at;
        advance(p);
        struct expr *right = parse_and(p);
        x = right ? node_two(p, NODE_OR, at, x, right) : NULL;
    }
    return x;
}

// --- measures

static const struct reg *parse_register(struct parser *p)
{
    if (p->now.kind != TOKEN_NAME || p->now.keyword) {
        expected(p, "the name of a register");
        return NULL;
    }
    const struct reg *r = pack_register(p->s->pack, p->now.text);
    if (r)
        return r;
    struct nearest n = expr_nearest(p->now.text);
    for (size_t i = 0; i < p->s->pack->n_registers; i++)
        expr_nearest_offer(&n, p->s->pack->registers[i].name);
    expr_fail(p->s, p->now.at, "expr.register", "`" STR_FMT "` is not a register",
              STR_ARG(p->now.text));
    expr_nearest_cure(p->s, &n);
    return NULL;
}

static bool check_value(struct parser *p, const struct expr *x, const char *function)
{
    if (x->type == TYPE_INT || x->type == TYPE_DECIMAL)
        return true;
    return expr_fail(p->s, x->at, "expr.type", "%s() needs a number, found a %s",
                     function, type_name(x->type));
}

// The inside of one aggregate's brackets; the name and the bracket are already taken.
static bool parse_aggregate(struct parser *p, enum aggregate_function f,
                            struct aggregate *g)
{
    struct source *s = p->s;
    *g = (struct aggregate){.function = f};
    s->reg = g->reg = parse_register(p);
    if (!g->reg)
        return false;
    struct token next = after(p);
    bool dotted = next.kind == TOKEN_SYMBOL && next.symbol == '.';
    if (f == AGGREGATE_COUNT) {
        if (dotted) {
            expr_fail(s, p->now.at, "expr.aggregate",
                      "count() counts the rows of a register, not a field");
            expr_cure(s, "write count(" STR_FMT " where .. is not null)",
                      STR_ARG(g->reg->name));
            return false;
        }
        advance(p);
    } else {
        if (!dotted) {
            expr_fail(s, p->now.at, "expr.aggregate",
                      "%s() needs a field of `" STR_FMT "` to work on",
                      aggregate_names[f], STR_ARG(g->reg->name));
            expr_cure(s, "write %s(" STR_FMT ".field), or count(" STR_FMT ") for rows",
                      aggregate_names[f], STR_ARG(g->reg->name), STR_ARG(g->reg->name));
            return false;
        }
        struct expr *value = parse_sum(p);
        if (!value || !expr_check_row(s, value) ||
            !check_value(p, value, aggregate_names[f]))
            return false;
        g->value = value;
    }
    if (at_keyword(p, KEYWORD_WHERE)) {
        advance(p);
        size_t at = p->now.at;
        struct expr *where = parse_or(p);
        if (!where || !expr_check_row(s, where))
            return false;
        if (where->type != TYPE_BOOL)
            return expr_fail(s, at, "expr.type", "`where` needs a condition, found a %s",
                             type_name(where->type));
        g->where = where;
    }
    return take_symbol(p, ')', "`where` or `)`");
}

static struct expr *parse_aggregate_call(struct parser *p)
{
    struct str name = p->now.text;
    int f = 0;
    while (f < AGGREGATE_FUNCTIONS && !str_equal_fold(name, str_of(aggregate_names[f])))
        f++;
    struct token next = after(p);
    if (f == AGGREGATE_FUNCTIONS || next.kind != TOKEN_SYMBOL || next.symbol != '(') {
        struct nearest n = expr_nearest(name);
        for (int i = 0; i < AGGREGATE_FUNCTIONS; i++)
            expr_nearest_offer(&n, str_of(aggregate_names[i]));
        expected(p, "count, sum, last, as_of, mean, min or max with brackets");
        if (pack_register(p->s->pack, name))
            expr_cure(p->s, "write count(" STR_FMT "), or sum(" STR_FMT ".field)",
                      STR_ARG(name), STR_ARG(name));
        else if (f == AGGREGATE_FUNCTIONS)
            expr_nearest_cure(p->s, &n);
        return NULL;
    }
    struct expr *x = node_new(p, NODE_AGGREGATE, p->now.at);
    if (!x)
        return NULL;
    x->type = TYPE_DECIMAL;
    advance(p);
    advance(p);
    struct aggregates *found = &p->found;
    if (found->n == found->capacity) {
        size_t capacity = found->capacity ? found->capacity * 2 : 4;
        struct aggregate *more = ARENA_ARRAY(p->s->arena, struct aggregate, capacity);
        if (!more) {
            expr_fail_memory(p->s);
            return NULL;
        }
        if (found->n)
            memcpy(more, found->list, found->n * sizeof *more);
        found->list = more;
        found->capacity = capacity;
    }
    struct aggregate g;
    if (!parse_aggregate(p, (enum aggregate_function)f, &g))
        return NULL;
    x->whole = (int64_t)found->n;
    found->list[found->n++] = g;
    return x;
}

static struct expr *measure_sum(struct parser *p);

static struct expr *measure_primary(struct parser *p)
{
    if (!enter(p))
        return NULL;
    struct expr *x = NULL;
    size_t at = p->now.at;
    if (p->now.kind == TOKEN_INT || p->now.kind == TOKEN_DECIMAL) {
        x = node_new(p, NODE_DECIMAL, at);
        if (x) {
            x->decimal = p->now.kind == TOKEN_INT ? (double)p->now.whole : p->now.decimal;
            x->type = TYPE_DECIMAL;
        }
        advance(p);
    } else if (at_symbol(p, '(')) {
        advance(p);
        x = measure_sum(p);
        if (x && !take_symbol(p, ')', "`)`"))
            x = NULL;
    } else if (at_symbol(p, '-')) {
        advance(p);
        x = measure_primary(p);
        x = x ? node_one(p, NODE_NEGATE, at, x) : NULL;
    } else if (p->now.kind == TOKEN_NAME) {
        x = parse_aggregate_call(p);
    } else {
        expected(p, "a number or count(..), sum(..), last(..), as_of(..), mean(..), "
                    "min(..), max(..)");
    }
    p->nest--;
    return x;
}

static struct expr *measure_product(struct parser *p)
{
    struct expr *x = measure_primary(p);
    while (x && (at_symbol(p, '*') || at_symbol(p, '/'))) {
        enum node kind = at_symbol(p, '*') ? NODE_MULTIPLY : NODE_DIVIDE;
        size_t at = p->now.at;
        advance(p);
        struct expr *right = measure_primary(p);
        x = right ? node_two(p, kind, at, x, right) : NULL;
    }
    return x;
}

static struct expr *measure_sum(struct parser *p)
{
    struct expr *x = measure_product(p);
    while (x && (at_symbol(p, '+') || at_symbol(p, '-'))) {
        enum node kind = at_symbol(p, '+') ? NODE_ADD : NODE_SUBTRACT;
        size_t at = p->now.at;
        advance(p);
        struct expr *right = measure_product(p);
        x = right ? node_two(p, kind, at, x, right) : NULL;
    }
    return x;
}

// --- the two ways in

static bool begin(struct parser *p, struct source *s)
{
    *p = (struct parser){.s = s};
    if (s->text.n > EXPR_MAX_TEXT) {
        expr_fail(s, 0, "expr.length", "an expression of %zu bytes is longer than %d",
                  s->text.n, EXPR_MAX_TEXT);
        expr_cure(s, "split it into several rules or indicators");
        return false;
    }
    if (s->text.n && memchr(s->text.p, '\0', s->text.n))
        return expr_fail(s, 0, "expr.symbol", "the expression holds a zero byte");
    s->text = str_copy(s->arena, s->text); // the tree points into it
    if (!s->text.p)
        return expr_fail_memory(s);
    advance(p);
    return true;
}

static bool at_end(struct parser *p)
{
    return p->now.kind == TOKEN_END || expected(p, "an operator or the end");
}

enum err expr_parse_row(struct arena *a, const struct pack *p, const struct reg *r,
                        struct str text, struct place at, const struct expr **out,
                        struct error *e)
{
    struct source s = {
        .arena = a, .pack = p, .reg = r, .text = text, .place = at, .e = e};
    struct parser parser;
    *out = NULL;
    struct expr *x = begin(&parser, &s) ? parse_or(&parser) : NULL;
    if (x && at_end(&parser) && expr_check_row(&s, x))
        *out = x;
    return s.code;
}

enum err expr_parse_measure(struct arena *a, const struct pack *p, struct str text,
                            struct place at, const struct expr **out, struct error *e)
{
    struct source s = {
        .arena = a, .pack = p, .measure = true, .text = text, .place = at, .e = e};
    struct parser parser;
    *out = NULL;
    struct expr *x = begin(&parser, &s) ? measure_sum(&parser) : NULL;
    if (!x || !at_end(&parser))
        return s.code;
    struct measure *m = ARENA_NEW(a, struct measure);
    if (!m) {
        expr_fail_memory(&s);
        return s.code;
    }
    *m = (struct measure){parser.found.list, parser.found.n};
    x->type = TYPE_DECIMAL;
    x->measure = m;
    *out = x;
    return ERR_OK;
}
