// SPDX-License-Identifier: AGPL-3.0-or-later
// The tree of a condition, for condition.c (which makes and prints it) and view.c (which
// runs it). Nodes live in the arena of condition_parse and are never changed.
#ifndef LINK_CONDITION_TREE_H
#define LINK_CONDITION_TREE_H

#include "link/condition.h"

enum condition_kind {
    CONDITION_COLUMN, // side, text: the name; op '.' when it was written as l."name"
    CONDITION_TEXT,   // text
    CONDITION_NUMBER, // number
    CONDITION_NULL,
    CONDITION_TRUE,
    CONDITION_FALSE,
    CONDITION_ELSE,
    CONDITION_AND, // args: two and more
    CONDITION_OR,
    CONDITION_NOT,        // one
    CONDITION_COMPARE,    // op; two
    CONDITION_ARITHMETIC, // op '+' '-' '*' '/' '|' (concatenate); two, or one for '-'
    CONDITION_IS_NULL,
    CONDITION_IS_NOT_NULL,
    CONDITION_IN,      // the first in the others
    CONDITION_BETWEEN, // three
    CONDITION_CASE,    // when, then, ..., and the else last when their number is odd
    CONDITION_CAST,    // text: varchar, double, int, date, ...; op 't' for TRY_CAST
    CONDITION_INDEX,   // two: list, and its element from 1 (-1: the last)
    CONDITION_CALL,    // function
    // function of two texts over each element of a list with each of another (two);
    // op '>' the largest of the results, '<' the least
    CONDITION_PAIRWISE
};

enum condition_op {
    OP_EQUAL,
    OP_NOT_EQUAL,
    OP_LESS,
    OP_LESS_EQUAL,
    OP_MORE,
    OP_MORE_EQUAL
};

// One for each meaning, whatever names the dialects give it; see condition_functions.
enum condition_function {
    FUNCTION_LOWER,
    FUNCTION_UPPER,
    FUNCTION_TRIM,
    FUNCTION_LTRIM,
    FUNCTION_RTRIM,
    FUNCTION_SUBSTR,
    FUNCTION_LEFT,
    FUNCTION_RIGHT,
    FUNCTION_LENGTH,
    FUNCTION_REVERSE,
    FUNCTION_REPLACE,
    FUNCTION_REGEXP_EXTRACT,
    FUNCTION_REGEXP_REPLACE,
    FUNCTION_CONCAT,
    FUNCTION_COALESCE,
    FUNCTION_NULLIF,
    FUNCTION_STRFTIME,
    FUNCTION_YEAR,
    FUNCTION_MONTH,
    FUNCTION_DAY,
    FUNCTION_STRPTIME, // also try_strptime
    FUNCTION_STR_SPLIT,
    FUNCTION_SPLIT_PART,
    FUNCTION_SOUNDEX,
    FUNCTION_ABS,
    FUNCTION_ROUND,
    FUNCTION_SQRT,
    FUNCTION_SIN,
    FUNCTION_COS,
    FUNCTION_ASIN,
    FUNCTION_ACOS,
    FUNCTION_RADIANS,
    FUNCTION_PI,
    FUNCTION_POW,
    FUNCTION_LEAST,
    FUNCTION_GREATEST,
    FUNCTION_EPOCH,
    FUNCTION_DATE_DIFF,
    FUNCTION_LIST_INTERSECT, // array_intersect; also list_has_any as length of it > 0
    FUNCTION_LIST_LENGTH,    // array_length, list_length, len, array_size
    FUNCTION_PINYIN,
    FUNCTION_PINYIN_TONES,
    FUNCTION_INITIALS,
    FUNCTION_SOUND,
    FUNCTION_SURNAME,
    FUNCTION_GIVEN,
    FUNCTION_SORTED,
    FUNCTION_IDENTITY_BIRTH,
    FUNCTION_IDENTITY_SEX,
    FUNCTION_IDENTITY_REGION,
    FUNCTION_TOKEN,
    FUNCTION_DIGITS,
    FUNCTION_SORT_TOKENS,
    // of two records
    FUNCTION_LEVENSHTEIN,
    FUNCTION_DAMERAU,
    FUNCTION_OSA,
    FUNCTION_JARO,
    FUNCTION_JARO_WINKLER,
    FUNCTION_JACCARD,
    FUNCTION_QGRAM,
    FUNCTION_TOKENS,
    FUNCTION_COSINE,
    FUNCTION_SHAPE,
    FUNCTION_DAYS,
    FUNCTION_DATES_SWAPPED,
    FUNCTION_KM,
    FUNCTION_NEAR,
    CONDITION_FUNCTIONS
};

struct condition {
    enum condition_kind kind;
    int op;                   // enum condition_op, or a character
    enum condition_side side; // of a column
    enum condition_function function;
    struct str text;
    double number;
    struct condition **args;
    unsigned n;
    unsigned height; // of the tree below: 1 without args; at most CONDITION_MAX_HEIGHT
    uint32_t at;     // byte in the text, for messages
};

// Limits, so that whoever walks a tree may recurse: 64 KiB of text, 128 nodes deep.
enum { CONDITION_MAX_TEXT = 1 << 16, CONDITION_MAX_HEIGHT = 128 };

// Names by which a function is known; the first is the one that is written.
struct condition_names {
    enum condition_function function;
    const char *names[8]; // in lower case; NULL behind the last
    unsigned least, most; // arguments; most 0 with least 0: none
};
const struct condition_names *condition_functions(void); // [CONDITION_FUNCTIONS]
// Sides of the columns below a node: CONDITION_LEFT | CONDITION_RIGHT.
int condition_sides(const struct condition *c);
// The same tree; l."x" and "x_l" are the same column.
bool condition_equal(const struct condition *a, const struct condition *b);
// The same tree with all columns on the left side: l.x and r.x become one.
struct condition *condition_one_sided(struct arena *a, const struct condition *c);

#endif
