// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/condition_parser.h"

#include <stdio.h>
#include <string.h>

node *sql_out_of_memory(struct sql_parser *p)
{
    p->code = error_memory(p->e);
    return NULL;
}

node *sql_refuse_at(struct sql_parser *p, size_t at, const char *key, struct str what,
                    const char *why, const char *cure)
{
    char place[200];
    snprintf(place, sizeof place, "%s, character %zu",
             p->lexer.where ? p->lexer.where : "condition",
             condition_lex_character(p->lexer.sql, at));
    if (what.n > 60)
        what.n = 60;
    p->code =
        error_set(p->e, ERR_INPUT, key, place, "'" STR_FMT "' %s", STR_ARG(what), why);
    (void)error_cure(p->e, "%s", cure);
    return NULL;
}

node *sql_refuse(struct sql_parser *p, const char *why, const char *cure)
{
    if (p->token.kind == TOKEN_END)
        return sql_refuse_at(p, p->token.at, "condition.end", STR("the end"), why, cure);
    return sql_refuse_at(p, p->token.at, "condition.syntax", p->token.text, why, cure);
}

bool sql_next(struct sql_parser *p)
{
    p->code = condition_lex(&p->lexer, &p->token, p->e);
    return p->code == ERR_OK;
}

bool sql_at_sign(const struct sql_parser *p, const char *sign)
{
    return p->token.kind == TOKEN_SIGN && str_equal_c(p->token.text, sign);
}

bool sql_at_word(const struct sql_parser *p, const char *word)
{
    return p->token.kind == TOKEN_WORD && str_equal_fold(p->token.text, str_of(word));
}

// False also when the next word cannot be read; p->code tells.
bool sql_take_sign(struct sql_parser *p, const char *sign)
{
    return sql_at_sign(p, sign) && sql_next(p);
}

bool sql_take_word(struct sql_parser *p, const char *word)
{
    return sql_at_word(p, word) && sql_next(p);
}

bool sql_need_sign(struct sql_parser *p, const char *sign)
{
    if (sql_at_sign(p, sign))
        return sql_next(p);
    char why[64];
    snprintf(why, sizeof why, "stands where %s is expected", sign);
    sql_refuse(p, why, "See whether a bracket, a comma or an operator is missing.");
    return false;
}

bool sql_need_word(struct sql_parser *p, const char *word)
{
    if (sql_at_word(p, word))
        return sql_next(p);
    char why[64];
    snprintf(why, sizeof why, "stands where %s is expected", word);
    sql_refuse(p, why,
               "See how SQL writes this, or put what stands before in parentheses.");
    return false;
}

bool sql_list_add(struct sql_parser *p, struct sql_list *l, node *c)
{
    if (!c)
        return false;
    if (l->n == l->capacity) {
        unsigned capacity = l->capacity ? l->capacity * 2 : 4;
        node **more = ARENA_ARRAY(p->arena, node *, capacity);
        if (!more)
            return sql_out_of_memory(p);
        if (l->n)
            memcpy(more, l->p, l->n * sizeof *more);
        l->p = more;
        l->capacity = capacity;
    }
    l->p[l->n++] = c;
    return true;
}

node *sql_make(struct sql_parser *p, enum condition_kind kind, size_t at)
{
    node *c = ARENA_NEW(p->arena, node);
    if (!c)
        return sql_out_of_memory(p);
    c->kind = kind;
    c->at = (uint32_t)at;
    c->height = 1;
    return c;
}

node *sql_make_over(struct sql_parser *p, enum condition_kind kind, size_t at,
                    struct sql_list args)
{
    node *c = sql_make(p, kind, at);
    if (!c)
        return NULL;
    c->args = args.p;
    c->n = args.n;
    for (unsigned i = 0; i < args.n; i++)
        if (args.p[i]->height >= c->height)
            c->height = args.p[i]->height + 1;
    if (c->height > CONDITION_MAX_HEIGHT)
        return sql_refuse_at(p, at, "condition.deep", STR("this"), "is nested too deeply",
                             "Write it shorter, or as several levels.");
    return c;
}

node *sql_make_of(struct sql_parser *p, enum condition_kind kind, size_t at, node *a,
                  node *b)
{
    struct sql_list args = {0};
    if (!sql_list_add(p, &args, a) || (b && !sql_list_add(p, &args, b)))
        return NULL;
    return sql_make_over(p, kind, at, args);
}

node *sql_make_number(struct sql_parser *p, size_t at, double number)
{
    node *c = sql_make(p, CONDITION_NUMBER, at);
    if (c)
        c->number = number;
    return c;
}

node *sql_make_text(struct sql_parser *p, size_t at, struct str text)
{
    node *c = sql_make(p, CONDITION_TEXT, at);
    if (c) {
        c->text = str_copy(p->arena, text);
        if (!c->text.p)
            return sql_out_of_memory(p);
    }
    return c;
}

node *sql_make_call(struct sql_parser *p, enum condition_function f, size_t at,
                    struct sql_list args)
{
    node *c = sql_make_over(p, CONDITION_CALL, at, args);
    if (c)
        c->function = f;
    return c;
}

node *sql_make_compare(struct sql_parser *p, int op, size_t at, node *a, node *b)
{
    if (!a || !b)
        return NULL;
    node *c = sql_make_of(p, CONDITION_COMPARE, at, a, b);
    if (c)
        c->op = op;
    return c;
}

static unsigned size_up_to(const node *c, unsigned most)
{
    unsigned n = 1;
    for (unsigned i = 0; i < c->n && n <= most; i++)
        n += size_up_to(c->args[i], most - n);
    return n;
}

bool sql_small(struct sql_parser *p, const node *c)
{
    if (!c)
        return false;
    if (size_up_to(c, 64) <= 64)
        return true;
    sql_refuse_at(p, c->at, "condition.long", STR("this"), "is too long here",
                  "Write IS DISTINCT FROM and CASE x WHEN with short expressions, or use "
                  "CASE WHEN.");
    return false;
}
