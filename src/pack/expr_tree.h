// SPDX-License-Identifier: AGPL-3.0-or-later
// The checked tree behind struct expr: private to src/pack/expr*.c.
//
// Nodes live in the arena that the caller gave. The parser makes them with their place in
// the text, the checker resolves names and sets types; after that nothing changes them,
// so that any number of threads may evaluate one tree.
#ifndef PACK_EXPR_TREE_H
#define PACK_EXPR_TREE_H

#include "pack/expr.h"

enum {
    EXPR_MAX_TEXT = 64 * 1024, // bytes of one expression
    EXPR_MAX_NEST = 40,        // brackets within brackets, as the parser calls itself
    EXPR_MAX_OPEN = 75,   // SQLite's parser has 100 places for what is open; the rest is
                          // for the statement around the expression
    EXPR_MAX_DEPTH = 200, // of the tree: a chain of `and` is as deep as it is long
    EXPR_MAX_SLOTS = 96,  // vectors that evaluating may hold at one time
    DAY_FIRST = -719162,  // 0001-01-01
    DAY_LAST = 2932896    // 9999-12-31
};

enum node {
    NODE_NULL,
    NODE_BOOL,    // whole
    NODE_INT,     // whole
    NODE_DECIMAL, // decimal
    NODE_TEXT,    // text
    NODE_DATE,    // whole, a day
    NODE_CODE,    // whole, an index into list->codes
    NODE_NAME,    // text; only before the check
    NODE_FIELD,   // field
    NODE_NEGATE,
    NODE_ADD,
    NODE_SUBTRACT,
    NODE_MULTIPLY,
    NODE_DIVIDE,
    NODE_COMPARE, // relation
    NODE_AND,
    NODE_OR,
    NODE_NOT,
    NODE_IN,      // child 0, then constants
    NODE_BETWEEN, // three children
    NODE_IS_NULL,
    NODE_CASE,     // condition, value, condition, value, ..., else
    NODE_CALL,     // function
    NODE_AGGREGATE // whole, the index in its measure
};

enum relation {
    RELATION_EQUAL,
    RELATION_DIFFERENT,
    RELATION_LESS,
    RELATION_LESS_EQUAL,
    RELATION_MORE,
    RELATION_MORE_EQUAL
};

enum function {
    FUNCTION_TODAY,
    FUNCTION_DAYS,
    FUNCTION_AGE_MONTHS,
    FUNCTION_AGE_YEARS,
    FUNCTION_YEAR,
    FUNCTION_MONTH,
    FUNCTION_COALESCE,
    FUNCTION_ABS,
    FUNCTION_LEAST,
    FUNCTION_GREATEST,
    FUNCTION_WITHIN_DAYS,
    FUNCTION_LENGTH,
    FUNCTION_LOOKUP,
    FUNCTIONS
};

struct function_about {
    const char *name;
    const char *zh;
    size_t least, most; // arguments
};
extern const struct function_about expr_functions[FUNCTIONS];

struct measure { // at the root of a measure expression
    const struct aggregate *aggregates;
    size_t n;
};

struct expr {
    enum node node;
    enum type type;
    enum relation relation;
    enum function function;
    int depth;  // of the tree below
    int slots;  // vectors needed to evaluate it
    int opened; // places needed in SQLite's parser
    size_t at;  // byte offset in the text
    int64_t whole;
    double decimal;
    struct str text;
    const struct field *field; // NODE_FIELD; lookup: the field looked up
    const struct reg *reg;     // lookup: the register it is looked up in
    const struct field *list;  // TYPE_CODE, TYPE_PERIOD: whose codes or kind
    struct expr **child;
    size_t n;
    const struct measure *measure;
};

// One parse: where the text is from and what its names mean.
struct source {
    struct arena *arena;
    const struct pack *pack;
    const struct reg *reg; // of the row expression at hand
    bool measure;          // the fields must be in the cube
    struct str text;
    struct place place;
    struct error *e;
    enum err code; // of the first failure
};

// Records the failure at a byte of the text, once; always false.
bool expr_fail(struct source *s, size_t at, const char *key, const char *format, ...)
    PRINTF_LIKE(4, 5);
bool expr_fail_memory(struct source *s);
void expr_cure(struct source *s, const char *format, ...) PRINTF_LIKE(2, 3);

// Resolves names and sets types in the whole tree; false after expr_fail.
bool expr_check_row(struct source *s, struct expr *x);
// Sets slots and opened from those of the children; refuses what would need too many.
bool expr_count_needs(struct source *s, struct expr *x);

// Of the names offered one by one, the one nearest to `wanted`.
struct nearest {
    struct str wanted, best;
    int distance;
};
struct nearest expr_nearest(struct str wanted);
void expr_nearest_offer(struct nearest *n, struct str name);
// Says "did you mean" when something is near enough; false when nothing is.
bool expr_nearest_cure(struct source *s, const struct nearest *n);

bool expr_is_constant(const struct expr *x);
bool expr_same_list(const struct field *a, const struct field *b);

#endif
