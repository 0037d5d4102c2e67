// SPDX-License-Identifier: AGPL-3.0-or-later
// Words of a condition, one at a time; for condition_parse.c. Texts and quoted names are
// copied into the arena only where doubled quotes have to be undone.
#ifndef LINK_CONDITION_LEX_H
#define LINK_CONDITION_LEX_H

#include "base/str.h"

enum condition_token_kind {
    TOKEN_END,
    TOKEN_WORD,   // name without quotes, keyword, function
    TOKEN_NAME,   // "name" or `name`
    TOKEN_TEXT,   // 'text'
    TOKEN_NUMBER, // 12.5e-3
    TOKEN_SIGN    // ( ) , <= ...
};

struct condition_token {
    enum condition_token_kind kind;
    struct str text; // without quotes
    double number;
    size_t at; // first byte
};

struct condition_lexer {
    struct arena *arena;
    struct str sql;
    size_t at;
    const char *where;
    bool backslash; // 'it\'s': of Spark
};

// ERR_INPUT: a character that begins nothing, a quote that does not end, a number that is
// none. The place is told as "where, character 12".
enum err condition_lex(struct condition_lexer *l, struct condition_token *out,
                       struct error *e) WARN_UNUSED;
// Number of the character (from 1) that begins at this byte.
size_t condition_lex_character(struct str sql, size_t at);

#endif
