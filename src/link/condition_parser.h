// SPDX-License-Identifier: AGPL-3.0-or-later
// What the parts of the reader of conditions share: where it stands, how it refuses, how
// nodes are made. Private to condition_parse.c (columns, operators), condition_call.c
// (functions, types) and condition_parser.c.
//
// A function that fails has set the error and p->code, and gives NULL or false. A NULL
// node given to sql_list_add is passed on as a failure, so that calls can be nested.
#ifndef LINK_CONDITION_PARSER_H
#define LINK_CONDITION_PARSER_H

#include "link/condition_lex.h"
#include "link/condition_tree.h"

typedef struct condition node;

struct sql_parser {
    struct condition_lexer lexer;
    struct condition_token token; // the next one
    struct arena *arena;
    struct error *e;
    enum err code;
    unsigned depth; // of what is being read now
    enum condition_dialect dialect;
};

struct sql_list {
    node **p;
    unsigned n, capacity;
};

node *sql_out_of_memory(struct sql_parser *p);
// "'what' why"; cure
node *sql_refuse_at(struct sql_parser *p, size_t at, const char *key, struct str what,
                    const char *why, const char *cure);
// The next word is what is wrong.
node *sql_refuse(struct sql_parser *p, const char *why, const char *cure);

bool sql_next(struct sql_parser *p);
bool sql_at_sign(const struct sql_parser *p, const char *sign);
bool sql_at_word(const struct sql_parser *p, const char *word);
// Moves on when it is there. False also when what follows cannot be read: p->code tells.
bool sql_take_sign(struct sql_parser *p, const char *sign);
bool sql_take_word(struct sql_parser *p, const char *word);
// Refuses when it is not there.
bool sql_need_sign(struct sql_parser *p, const char *sign);
bool sql_need_word(struct sql_parser *p, const char *word);

bool sql_list_add(struct sql_parser *p, struct sql_list *l, node *c);
node *sql_make(struct sql_parser *p, enum condition_kind kind, size_t at);
node *sql_make_over(struct sql_parser *p, enum condition_kind kind, size_t at,
                    struct sql_list args);
node *sql_make_of(struct sql_parser *p, enum condition_kind kind, size_t at, node *a,
                  node *b); // b may be NULL: of one
node *sql_make_number(struct sql_parser *p, size_t at, double number);
node *sql_make_text(struct sql_parser *p, size_t at, struct str text);
node *sql_make_call(struct sql_parser *p, enum condition_function f, size_t at,
                    struct sql_list args);
node *sql_make_compare(struct sql_parser *p, int op, size_t at, node *a, node *b);
// A part that comes to stand in the tree twice must be small, or trees could grow
// without end.
bool sql_small(struct sql_parser *p, const node *c);

// condition_call.c. The word that names it has been read.
node *sql_parse_call(struct sql_parser *p, size_t at, struct str name); // and the bracket
node *sql_parse_cast(struct sql_parser *p, size_t at, int op);
node *sql_parse_extract(struct sql_parser *p, size_t at);
node *sql_parse_type(struct sql_parser *p, node *of, size_t at, int op);
// Up to the closing bracket; the opening one has been read.
bool sql_parse_arguments(struct sql_parser *p, struct sql_list *args);
node *sql_make_cast(struct sql_parser *p, size_t at, node *of, const char *type);
// list, and number of the element
node *sql_make_index(struct sql_parser *p, size_t at, struct sql_list args);
// a && b, list_has_any(a, b): how many they share is over 0
node *sql_make_overlap(struct sql_parser *p, size_t at, struct sql_list args);

// condition_parse.c
node *sql_parse(struct sql_parser *p);      // whole expression
node *sql_parse_join(struct sql_parser *p); // without AND, OR, NOT and comparisons

#endif
