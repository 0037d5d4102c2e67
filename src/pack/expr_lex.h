// SPDX-License-Identifier: AGPL-3.0-or-later
// Tokens of the expression language: private to the parser.
#ifndef PACK_EXPR_LEX_H
#define PACK_EXPR_LEX_H

#include "pack/expr_tree.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,    // text, and keyword when it is one
    TOKEN_INT,     // whole
    TOKEN_DECIMAL, // decimal
    TOKEN_TEXT,    // text without its quotes
    TOKEN_SYMBOL,  // symbol
    TOKEN_BAD      // expr_fail has been called
};

enum keyword {
    KEYWORD_NONE,
    KEYWORD_AND,
    KEYWORD_OR,
    KEYWORD_NOT,
    KEYWORD_IN,
    KEYWORD_BETWEEN,
    KEYWORD_IS,
    KEYWORD_NULL,
    KEYWORD_TRUE,
    KEYWORD_FALSE,
    KEYWORD_CASE,
    KEYWORD_WHEN,
    KEYWORD_THEN,
    KEYWORD_ELSE,
    KEYWORD_END,
    KEYWORD_WHERE,
    KEYWORDS
};

// Symbols are their character; these are the ones of two.
enum { SYMBOL_DIFFERENT = 256, SYMBOL_LESS_EQUAL, SYMBOL_MORE_EQUAL };

struct token {
    enum token_kind kind;
    enum keyword keyword;
    int symbol;
    size_t at, end; // bytes of the text
    struct str text;
    int64_t whole;
    double decimal;
};

// The token that begins at or after byte `from`.
struct token expr_token(struct source *s, size_t from);

#endif
