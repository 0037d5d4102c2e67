// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/condition_lex.h"

#include <stdio.h>
#include <string.h>

size_t condition_lex_character(struct str sql, size_t at)
{
    size_t n = 1;
    for (size_t i = 0; i < at && i < sql.n; i++)
        n += ((unsigned char)sql.p[i] & 0xC0) != 0x80;
    return n;
}

static enum err refuse(const struct condition_lexer *l, size_t at, const char *key,
                       const char *what, const char *cure, struct error *e)
{
    struct str rest = {l->sql.p + at, l->sql.n - at};
    if (rest.n > 24)
        rest.n = 24;
    char place[200];
    snprintf(place, sizeof place, "%s, character %zu", l->where ? l->where : "condition",
             condition_lex_character(l->sql, at));
    error_set(e, ERR_INPUT, key, place, "%s: " STR_FMT, what, STR_ARG(rest));
    return error_cure(e, "%s", cure);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Letters, digits, _ and everything beyond ASCII.
static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           (unsigned char)c >= 0x80;
}

static bool starts(const struct condition_lexer *l, const char *sign)
{
    size_t n = strlen(sign);
    return l->sql.n - l->at >= n && memcmp(l->sql.p + l->at, sign, n) == 0;
}

// White space and both kinds of comments.
static void skip(struct condition_lexer *l)
{
    struct str s = l->sql;
    while (l->at < s.n) {
        if (is_space(s.p[l->at])) {
            l->at++;
        } else if (starts(l, "--")) {
            while (l->at < s.n && s.p[l->at] != '\n')
                l->at++;
        } else if (starts(l, "/*")) {
            size_t end = l->at + 2;
            while (end + 1 < s.n && (s.p[end] != '*' || s.p[end + 1] != '/'))
                end++;
            if (end + 1 >= s.n)
                return; // and is refused where it begins
            l->at = end + 2;
        } else {
            return;
        }
    }
}

static enum err quoted(struct condition_lexer *l, char quote, struct condition_token *out,
                       struct error *e)
{
    struct str s = l->sql;
    size_t begin = l->at + 1, end = begin;
    bool escape = l->backslash && quote == '\'', plain = true;
    for (;; end++) {
        if (end >= s.n)
            return refuse(l, l->at, "condition.quote", "a quote that does not end",
                          "End it with the same mark; a mark inside is written twice.",
                          e);
        if (escape && s.p[end] == '\\' && end + 1 < s.n) {
            plain = false;
            end++;
        } else if (s.p[end] == quote) {
            if (end + 1 >= s.n || s.p[end + 1] != quote)
                break;
            plain = false;
            end++;
        }
    }
    l->at = end + 1;
    out->kind = quote == '\'' ? TOKEN_TEXT : TOKEN_NAME;
    out->text = (struct str){s.p + begin, end - begin};
    if (plain)
        return ERR_OK;
    char *copy = arena_alloc(l->arena, out->text.n, 1);
    if (!copy)
        return error_memory(e);
    size_t n = 0;
    for (size_t i = begin; i < end; i++) {
        if (s.p[i] == quote || (escape && s.p[i] == '\\'))
            i++;
        copy[n++] = s.p[i];
    }
    out->text = (struct str){copy, n};
    return ERR_OK;
}

static enum err number(struct condition_lexer *l, struct condition_token *out,
                       struct error *e)
{
    struct str s = l->sql;
    size_t i = l->at;
    while (i < s.n && is_digit(s.p[i]))
        i++;
    if (i < s.n && s.p[i] == '.')
        for (i++; i < s.n && is_digit(s.p[i]);)
            i++;
    if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
        size_t digits = i + 1;
        if (digits < s.n && (s.p[digits] == '+' || s.p[digits] == '-'))
            digits++;
        if (digits < s.n && is_digit(s.p[digits]))
            for (i = digits; i < s.n && is_digit(s.p[i]);)
                i++;
    }
    struct str text = {s.p + l->at, i - l->at};
    if (text.n > 1 && text.p[text.n - 1] == '.')
        text.n--;
    if ((i < s.n && is_word(s.p[i])) || !str_to_double(text, &out->number))
        return refuse(l, l->at, "condition.number", "this is no number",
                      "Write numbers as 12, 0.5 or 1e-3; names that begin with a digit "
                      "stand between double quotes.",
                      e);
    out->kind = TOKEN_NUMBER;
    out->text = text;
    l->at = i;
    return ERR_OK;
}

enum err condition_lex(struct condition_lexer *l, struct condition_token *out,
                       struct error *e)
{
    static const char *const signs[] = {
        "<>", "!=", "<=", ">=", "==", "||", "&&", "::", "->", "(", ")", ",",
        ".",  "=",  "<",  ">",  "+",  "-",  "*",  "/",  "[",  "]", ":"};
    skip(l);
    struct str s = l->sql;
    *out = (struct condition_token){.kind = TOKEN_END, .at = l->at};
    if (l->at >= s.n)
        return ERR_OK;
    char c = s.p[l->at];
    if (starts(l, "/*"))
        return refuse(l, l->at, "condition.comment", "a comment that does not end",
                      "End it with */, or take it out.", e);
    if (c == '\'' || c == '"' || c == '`')
        return quoted(l, c, out, e);
    if (is_digit(c) || (c == '.' && l->at + 1 < s.n && is_digit(s.p[l->at + 1])))
        return number(l, out, e);
    if (is_word(c)) {
        size_t i = l->at;
        while (i < s.n && is_word(s.p[i]))
            i++;
        out->kind = TOKEN_WORD;
        out->text = (struct str){s.p + l->at, i - l->at};
        l->at = i;
        return ERR_OK;
    }
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (!starts(l, signs[i]))
            continue;
        out->kind = TOKEN_SIGN;
        out->text = str_of(signs[i]);
        l->at += out->text.n;
        return ERR_OK;
    }
    return refuse(l, l->at, "condition.character",
                  "nothing that is understood begins with this",
                  "See the forms that Splink's comparison library writes.", e);
}
