// SPDX-License-Identifier: AGPL-3.0-or-later
// A recursive descent over the words of condition_lex.c: columns and operators.
#include "link/condition_parser.h"

// A printed tree has two brackets at most for each of its nodes.
enum { MAX_DEPTH = 3 * CONDITION_MAX_HEIGHT };

static node *make_column(struct sql_parser *p, size_t at, struct str name,
                         enum condition_side side, int op)
{
    if (!name.n)
        return sql_refuse_at(p, at, "condition.name", STR("this column"), "has no name",
                             "Write the heading of the column between the quotes.");
    node *c = sql_make(p, CONDITION_COLUMN, at);
    if (!c)
        return NULL;
    c->text = str_copy(p->arena, name);
    if (!c->text.p)
        return sql_out_of_memory(p);
    c->side = side;
    c->op = op;
    return c;
}

// l. or r. has been read.
static node *parse_after_table(struct sql_parser *p, size_t at, enum condition_side side)
{
    if (p->token.kind != TOKEN_WORD && p->token.kind != TOKEN_NAME)
        return sql_refuse(p, "stands where the name of a column is expected",
                          "Write l.\"name\" = r.\"name\".");
    struct str name = p->token.text;
    if (!sql_next(p))
        return NULL;
    if (sql_at_sign(p, "."))
        return sql_refuse(p, "asks for a field of a column, which is not understood",
                          "Make the field a column of its own.");
    return make_column(p, at, name, side, '.');
}

static node *parse_name(struct sql_parser *p, size_t at, struct str name)
{
    if (sql_at_sign(p, ".")) {
        bool left = str_equal_fold(name, STR("l"));
        if (!left && !str_equal_fold(name, STR("r")))
            return sql_refuse_at(
                p, at, "condition.table", name, "is no record of the pair",
                "Write l.name for the left record and r.name for the right "
                "one.");
        if (!sql_next(p))
            return NULL;
        return parse_after_table(p, at, left ? CONDITION_LEFT : CONDITION_RIGHT);
    }
    char last = name.n >= 2 && name.p[name.n - 2] == '_' ? name.p[name.n - 1] : 0;
    if (last != 'l' && last != 'r' && last != 'L' && last != 'R')
        return sql_refuse_at(p, at, "condition.side", name,
                             "does not say whether the left or the right record is meant",
                             "Write \"name_l\" and \"name_r\", or l.\"name\" and "
                             "r.\"name\".");
    name.n -= 2;
    return make_column(p, at, name,
                       last == 'l' || last == 'L' ? CONDITION_LEFT : CONDITION_RIGHT, 0);
}

// CASE WHEN a THEN b ... END, and CASE x WHEN v THEN b ... END as x = v.
static node *parse_case(struct sql_parser *p, size_t at)
{
    struct sql_list args = {0};
    node *of = NULL;
    if (!sql_at_word(p, "when") && (!(of = sql_parse(p)) || !sql_small(p, of)))
        return NULL;
    if (!sql_at_word(p, "when"))
        return sql_refuse(p, "stands where WHEN is expected",
                          "Write CASE WHEN a THEN b END.");
    while (sql_at_word(p, "when")) {
        size_t when = p->token.at;
        node *test = sql_next(p) ? sql_parse(p) : NULL;
        if (of)
            test = sql_make_compare(p, OP_EQUAL, when, of, test);
        if (!sql_list_add(p, &args, test) || !sql_need_word(p, "then") ||
            !sql_list_add(p, &args, sql_parse(p)))
            return NULL;
    }
    if (sql_at_word(p, "else") && (!sql_next(p) || !sql_list_add(p, &args, sql_parse(p))))
        return NULL;
    return sql_need_word(p, "end") ? sql_make_over(p, CONDITION_CASE, at, args) : NULL;
}

static node *parse_word(struct sql_parser *p)
{
    struct str word = p->token.text;
    size_t at = p->token.at;
    if (!sql_next(p))
        return NULL;
    static const struct {
        const char *word;
        enum condition_kind kind;
    } constants[] = {
        {"true", CONDITION_TRUE}, {"false", CONDITION_FALSE}, {"null", CONDITION_NULL}};
    for (size_t i = 0; i < 3; i++)
        if (str_equal_fold(word, str_of(constants[i].word)))
            return sql_make(p, constants[i].kind, at);
    if (str_equal_fold(word, STR("else")))
        return sql_refuse_at(p, at, "condition.else", word, "stands alone in its level",
                             "Write the condition ELSE, and nothing else.");
    if (str_equal_fold(word, STR("case")))
        return parse_case(p, at);
    if (str_equal_fold(word, STR("cast")))
        return sql_parse_cast(p, at, 0);
    if (str_equal_fold(word, STR("try_cast")))
        return sql_parse_cast(p, at, 't');
    if (str_equal_fold(word, STR("extract")))
        return sql_parse_extract(p, at);
    if (p->token.kind == TOKEN_TEXT &&
        (str_equal_fold(word, STR("date")) || str_equal_fold(word, STR("timestamp")))) {
        node *text = sql_make_text(p, p->token.at, p->token.text);
        bool date = word.n == 4;
        return text && sql_next(p)
                   ? sql_make_cast(p, at, text, date ? "date" : "timestamp")
                   : NULL;
    }
    if (sql_at_sign(p, "("))
        return sql_next(p) ? sql_parse_call(p, at, word) : NULL;
    return parse_name(p, at, word);
}

static node *parse_primary(struct sql_parser *p)
{
    struct condition_token t = p->token;
    switch (t.kind) {
    case TOKEN_TEXT:
        return sql_next(p) ? sql_make_text(p, t.at, t.text) : NULL;
    case TOKEN_NUMBER:
        return sql_next(p) ? sql_make_number(p, t.at, t.number) : NULL;
    case TOKEN_NAME:
        return sql_next(p) ? parse_name(p, t.at, t.text) : NULL;
    case TOKEN_WORD:
        return parse_word(p);
    default:
        break;
    }
    if (!sql_at_sign(p, "("))
        return sql_refuse(p,
                          "stands where a column, a number, a text or a function is "
                          "expected",
                          "See the forms that Splink's comparison library writes.");
    if (!sql_next(p))
        return NULL;
    node *c = sql_parse(p);
    return c && sql_need_sign(p, ")") ? c : NULL;
}

// x[2]; and of texts x[1:4] and x[:4], which become substr.
static node *parse_index(struct sql_parser *p, size_t at, node *of)
{
    node *from = sql_at_sign(p, ":") ? sql_make_number(p, at, 1) : sql_parse_join(p);
    if (from && from->kind == CONDITION_NUMBER && from->number >= 0 &&
        p->dialect == CONDITION_SPARK)
        from->number += 1;
    struct sql_list args = {0};
    if (!sql_list_add(p, &args, of) || !sql_list_add(p, &args, from))
        return NULL;
    if (!sql_take_sign(p, ":")) {
        if (p->code || !sql_need_sign(p, "]"))
            return NULL;
        return sql_make_index(p, at, args);
    }
    if (!sql_at_sign(p, "]")) {
        node *to = sql_parse_join(p);
        if (!to)
            return NULL;
        if (from->kind != CONDITION_NUMBER || to->kind != CONDITION_NUMBER ||
            from->number < 1 || to->number < from->number)
            return sql_refuse_at(p, at, "condition.slice", STR("[from:to]"),
                                 "is understood with two numbers from 1 only",
                                 "Use substr(x, from, length).");
        if (!sql_list_add(p, &args,
                          sql_make_number(p, at, to->number - from->number + 1)))
            return NULL;
    }
    return sql_need_sign(p, "]") ? sql_make_call(p, FUNCTION_SUBSTR, at, args) : NULL;
}

static node *parse_postfix(struct sql_parser *p)
{
    node *c = parse_primary(p);
    while (c) {
        size_t at = p->token.at;
        if (sql_take_sign(p, "["))
            c = parse_index(p, at, c);
        else if (!p->code && sql_take_sign(p, "::"))
            c = sql_parse_type(p, c, at, 0);
        else
            break;
    }
    return p->code ? NULL : c;
}

static node *parse_minus(struct sql_parser *p)
{
    size_t at = p->token.at;
    if (!sql_at_sign(p, "-"))
        return parse_postfix(p);
    if (++p->depth > MAX_DEPTH)
        return sql_refuse(p, "is nested too deeply", "Take signs away.");
    node *c = sql_next(p) ? parse_minus(p) : NULL;
    p->depth--;
    if (!c)
        return NULL;
    if (c->kind == CONDITION_NUMBER) {
        c->number = -c->number;
        return c;
    }
    c = sql_make_of(p, CONDITION_ARITHMETIC, at, c, NULL);
    if (c)
        c->op = '-';
    return c;
}

// a op b op c ..., from the left, with either of two operators.
static node *parse_left(struct sql_parser *p, node *(*part)(struct sql_parser *),
                        const char *first, const char *second)
{
    node *c = part(p);
    while (c && (sql_at_sign(p, first) || sql_at_sign(p, second))) {
        size_t at = p->token.at;
        char op = p->token.text.p[0];
        node *right = sql_next(p) ? part(p) : NULL;
        if (!right)
            return NULL;
        if (op == '&') {
            struct sql_list args = {0};
            if (!sql_list_add(p, &args, c) || !sql_list_add(p, &args, right))
                return NULL;
            c = sql_make_overlap(p, at, args);
            continue;
        }
        c = sql_make_of(p, CONDITION_ARITHMETIC, at, c, right);
        if (c)
            c->op = (unsigned char)op;
    }
    return c;
}

static node *parse_product(struct sql_parser *p)
{
    return parse_left(p, parse_minus, "*", "/");
}

static node *parse_sum(struct sql_parser *p)
{
    return parse_left(p, parse_product, "+", "-");
}

node *sql_parse_join(struct sql_parser *p)
{
    return parse_left(p, parse_sum, "||", "&&");
}

static node *make_not(struct sql_parser *p, size_t at, node *c)
{
    return c ? sql_make_of(p, CONDITION_NOT, at, c, NULL) : NULL;
}

// a IS [NOT] DISTINCT FROM b, which is never null, with what there is.
static node *make_distinct(struct sql_parser *p, size_t at, node *a, node *b,
                           bool distinct)
{
    if (!sql_small(p, a) || !sql_small(p, b))
        return NULL;
    struct sql_list args = {0};
    node *other =
        sql_make_of(p, distinct ? CONDITION_IS_NOT_NULL : CONDITION_IS_NULL, at, b, NULL);
    node *one = sql_make(p, distinct ? CONDITION_TRUE : CONDITION_FALSE, at);
    if (!sql_list_add(p, &args, sql_make_of(p, CONDITION_IS_NULL, at, a, NULL)) ||
        !sql_list_add(p, &args, other) ||
        !sql_list_add(p, &args, sql_make_of(p, CONDITION_IS_NULL, at, b, NULL)) ||
        !sql_list_add(p, &args, one) ||
        !sql_list_add(p, &args,
                      sql_make_compare(p, distinct ? OP_NOT_EQUAL : OP_EQUAL, at, a, b)))
        return NULL;
    return sql_make_over(p, CONDITION_CASE, at, args);
}

static node *parse_is(struct sql_parser *p, size_t at, node *c)
{
    bool negated = sql_take_word(p, "not");
    if (p->code)
        return NULL;
    if (sql_take_word(p, "null"))
        return sql_make_of(p, negated ? CONDITION_IS_NOT_NULL : CONDITION_IS_NULL, at, c,
                           NULL);
    bool distinct = !p->code && sql_take_word(p, "distinct");
    if (p->code || (distinct && !sql_need_word(p, "from")))
        return NULL;
    node *other = sql_parse_join(p); // a IS b: SQLite's way to say IS NOT DISTINCT FROM
    return other ? make_distinct(p, at, c, other, distinct != negated) : NULL;
}

static node *parse_in(struct sql_parser *p, size_t at, node *c)
{
    struct sql_list args = {0};
    if (!sql_need_sign(p, "(") || !sql_list_add(p, &args, c) ||
        !sql_parse_arguments(p, &args))
        return NULL;
    if (args.n < 2)
        return sql_refuse_at(p, at, "condition.in", STR("IN ()"), "has nothing in it",
                             "Write at least one value between the brackets.");
    return sql_make_over(p, CONDITION_IN, at, args);
}

static node *parse_between(struct sql_parser *p, size_t at, node *c)
{
    struct sql_list args = {0};
    if (!sql_list_add(p, &args, c) || !sql_list_add(p, &args, sql_parse_join(p)) ||
        !sql_need_word(p, "and") || !sql_list_add(p, &args, sql_parse_join(p)))
        return NULL;
    return sql_make_over(p, CONDITION_BETWEEN, at, args);
}

static bool take_comparison(struct sql_parser *p, int *op)
{
    static const struct {
        const char *sign;
        enum condition_op op;
    } signs[] = {{"=", OP_EQUAL},      {"==", OP_EQUAL},     {"<>", OP_NOT_EQUAL},
                 {"!=", OP_NOT_EQUAL}, {"<", OP_LESS},       {"<=", OP_LESS_EQUAL},
                 {">", OP_MORE},       {">=", OP_MORE_EQUAL}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (!sql_at_sign(p, signs[i].sign))
            continue;
        *op = (int)signs[i].op;
        return sql_next(p);
    }
    return false;
}

static node *parse_test(struct sql_parser *p)
{
    node *c = sql_parse_join(p);
    size_t at = p->token.at;
    int op;
    if (c && take_comparison(p, &op))
        c = sql_make_compare(p, op, at, c, sql_parse_join(p));
    while (c && !p->code) {
        at = p->token.at;
        if (sql_take_word(p, "is")) {
            c = parse_is(p, at, c);
            continue;
        }
        bool negated = !p->code && sql_take_word(p, "not");
        node *test = NULL;
        if (!p->code && sql_take_word(p, "in"))
            test = parse_in(p, at, c);
        else if (!p->code && sql_take_word(p, "between"))
            test = parse_between(p, at, c);
        else if (!p->code && (sql_at_word(p, "like") || sql_at_word(p, "ilike")))
            return sql_refuse(p, "is not understood",
                              "Use regexp_extract(x, 'pattern') <> '', left(x, n) or "
                              "right(x, n).");
        else if (!p->code && negated)
            return sql_refuse(p, "stands where IN or BETWEEN is expected",
                              "Write NOT before the whole comparison.");
        else
            break;
        c = negated ? make_not(p, at, test) : test;
    }
    return p->code ? NULL : c;
}

static node *parse_not(struct sql_parser *p)
{
    size_t at = p->token.at;
    if (++p->depth > MAX_DEPTH)
        return sql_refuse(p, "is nested too deeply",
                          "Write it shorter, or as several levels.");
    node *c;
    if (sql_at_word(p, "not"))
        c = sql_next(p) ? make_not(p, at, parse_not(p)) : NULL;
    else
        c = parse_test(p);
    p->depth--;
    return c;
}

// AND within AND, and OR within OR, become one.
static bool add_flat(struct sql_parser *p, struct sql_list *l, enum condition_kind kind,
                     node *c)
{
    if (!c || c->kind != kind)
        return sql_list_add(p, l, c);
    for (unsigned i = 0; i < c->n; i++)
        if (!sql_list_add(p, l, c->args[i]))
            return false;
    return true;
}

static node *parse_chain(struct sql_parser *p, enum condition_kind kind, const char *word,
                         node *(*part)(struct sql_parser *))
{
    size_t at = p->token.at;
    node *c = part(p);
    if (!c || !sql_at_word(p, word))
        return c;
    struct sql_list args = {0};
    if (!add_flat(p, &args, kind, c))
        return NULL;
    while (sql_at_word(p, word))
        if (!sql_next(p) || !add_flat(p, &args, kind, part(p)))
            return NULL;
    return sql_make_over(p, kind, at, args);
}

static node *parse_and(struct sql_parser *p)
{
    return parse_chain(p, CONDITION_AND, "and", parse_not);
}

node *sql_parse(struct sql_parser *p)
{
    return parse_chain(p, CONDITION_OR, "or", parse_and);
}

enum err condition_parse_dialect(struct condition **out, struct arena *a, struct str sql,
                                 enum condition_dialect dialect, const char *where,
                                 struct error *e)
{
    struct sql_parser p = {.lexer = {.arena = a,
                                     .sql = sql,
                                     .where = where,
                                     .backslash = dialect == CONDITION_SPARK},
                           .arena = a,
                           .e = e,
                           .dialect = dialect};
    *out = NULL;
    if (sql.n > CONDITION_MAX_TEXT) {
        error_set(e, ERR_INPUT, "condition.text", where,
                  "the condition has %zu bytes; at most %d are read", sql.n,
                  CONDITION_MAX_TEXT);
        return error_cure(e, "Write it shorter, or as several levels.");
    }
    if (str_equal_fold(str_trim(sql), STR("else"))) {
        *out = sql_make(&p, CONDITION_ELSE, 0);
        return *out ? ERR_OK : p.code;
    }
    node *c = sql_next(&p) ? sql_parse(&p) : NULL;
    if (c && p.token.kind != TOKEN_END)
        c = sql_refuse(&p, "is not understood here",
                       "See whether an operator, a comma or a bracket is missing.");
    *out = c;
    return c ? ERR_OK : p.code;
}

enum err condition_parse(struct condition **out, struct arena *a, struct str sql,
                         const char *where, struct error *e)
{
    return condition_parse_dialect(out, a, sql, CONDITION_DUCKDB, where, e);
}
