// SPDX-License-Identifier: AGPL-3.0-or-later
// Errors with their place, near names, and the lexer.
#include "pack/expr_lex.h"

#include <stdio.h>
#include <string.h>

static void where_is(const struct source *s, size_t at, char *out, size_t size)
{
    int line = s->place.line > 0 ? s->place.line : 1;
    int column = s->place.column > 0 ? s->place.column : 1;
    for (size_t i = 0; i < at && i < s->text.n; i++) {
        unsigned char c = (unsigned char)s->text.p[i];
        if (c == '\n') {
            line++;
            column = 1;
        } else if ((c & 0xC0) != 0x80) {
            column++;
        }
    }
    if (s->place.file.n)
        snprintf(out, size, STR_FMT ":%d:%d", STR_ARG(s->place.file), line, column);
    else
        snprintf(out, size, "%d:%d", line, column);
}

bool expr_fail(struct source *s, size_t at, const char *key, const char *format, ...)
{
    if (s->code)
        return false;
    char where[256];
    where_is(s, at, where, sizeof where);
    va_list arguments;
    va_start(arguments, format);
    s->code = error_set_list(s->e, ERR_INPUT, key, where, format, arguments);
    va_end(arguments);
    return false;
}

bool expr_fail_memory(struct source *s)
{
    if (!s->code)
        s->code = error_memory(s->e);
    return false;
}

void expr_cure(struct source *s, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)error_cure_list(s->e, format, arguments);
    va_end(arguments);
}

// --- near names

enum { NAME_COMPARED = 40 }; // longer names are compared by their beginnings

// Letters to change, add, drop or swap with their neighbour to get from a to b.
static int distance(struct str a, struct str b)
{
    int rows[3][NAME_COMPARED + 1];
    int *before = rows[0], *last = rows[1], *now = rows[2];
    size_t n = a.n < NAME_COMPARED ? a.n : NAME_COMPARED;
    size_t m = b.n < NAME_COMPARED ? b.n : NAME_COMPARED;
    for (size_t j = 0; j <= m; j++) {
        before[j] = 0;
        last[j] = (int)j;
    }
    for (size_t i = 1; i <= n; i++) {
        now[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int least = last[j - 1] + (a.p[i - 1] != b.p[j - 1]);
            if (last[j] + 1 < least)
                least = last[j] + 1;
            if (now[j - 1] + 1 < least)
                least = now[j - 1] + 1;
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] &&
                before[j - 2] + 1 < least)
                least = before[j - 2] + 1;
            now[j] = least;
        }
        int *free_row = before;
        before = last;
        last = now;
        now = free_row;
    }
    return last[m];
}

struct nearest expr_nearest(struct str wanted)
{
    return (struct nearest){.wanted = wanted, .distance = 1 + (int)(wanted.n / 3)};
}

void expr_nearest_offer(struct nearest *n, struct str name)
{
    int d = str_equal_fold(n->wanted, name) ? 0 : distance(n->wanted, name);
    // a whole word of a longer name counts as near: `order` for `birth_order`
    if (d > 1 && n->wanted.n >= 4 && name.n > n->wanted.n &&
        memmem(name.p, name.n, n->wanted.p, n->wanted.n))
        d = 1;
    if (d < n->distance || (d == n->distance && !n->best.n && (size_t)d < n->wanted.n)) {
        n->distance = d;
        n->best = name;
    }
}

bool expr_nearest_cure(struct source *s, const struct nearest *n)
{
    if (!n->best.n)
        return false;
    expr_cure(s, "did you mean `" STR_FMT "`?", STR_ARG(n->best));
    return true;
}

// --- tokens

static const char *const keywords[KEYWORDS] = {
    [KEYWORD_AND] = "and",         [KEYWORD_OR] = "or",     [KEYWORD_NOT] = "not",
    [KEYWORD_IN] = "in",           [KEYWORD_IS] = "is",     [KEYWORD_NULL] = "null",
    [KEYWORD_BETWEEN] = "between", [KEYWORD_TRUE] = "true", [KEYWORD_FALSE] = "false",
    [KEYWORD_CASE] = "case",       [KEYWORD_WHEN] = "when", [KEYWORD_THEN] = "then",
    [KEYWORD_ELSE] = "else",       [KEYWORD_END] = "end",   [KEYWORD_WHERE] = "where",
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static struct token bad(size_t at)
{
    return (struct token){.kind = TOKEN_BAD, .at = at, .end = at};
}

static struct token lex_number(struct source *s, size_t at)
{
    struct str t = s->text;
    size_t end = at;
    bool decimal = false;
    while (end < t.n && is_digit(t.p[end]))
        end++;
    if (end + 1 < t.n && t.p[end] == '.' && is_digit(t.p[end + 1])) {
        decimal = true;
        for (end++; end < t.n && is_digit(t.p[end]);)
            end++;
    }
    struct token k = {.kind = decimal ? TOKEN_DECIMAL : TOKEN_INT, .at = at, .end = end};
    k.text = (struct str){t.p + at, end - at};
    if (end < t.n && (is_letter(t.p[end]) || t.p[end] == '.')) {
        expr_fail(s, at, "expr.number", "`" STR_FMT "%c` is not a number",
                  STR_ARG(k.text), t.p[end]);
        expr_cure(s, "write numbers as 12 or 12.5, and a space before a word");
        return bad(at);
    }
    if (decimal ? !str_to_double(k.text, &k.decimal) : !str_to_int(k.text, &k.whole)) {
        expr_fail(s, at, "expr.number", "the number " STR_FMT " is too large",
                  STR_ARG(k.text));
        return bad(at);
    }
    return k;
}

static struct token lex_text(struct source *s, size_t at)
{
    struct str t = s->text;
    size_t end = at + 1, quotes = 0;
    for (; end < t.n; end++) {
        if (t.p[end] != '\'')
            continue;
        if (end + 1 < t.n && t.p[end + 1] == '\'') {
            quotes++;
            end++;
        } else {
            break;
        }
    }
    if (end >= t.n) {
        expr_fail(s, at, "expr.quote", "the text that begins here has no closing quote");
        expr_cure(s, "close it with ', and write a quote inside a text as ''");
        return bad(at);
    }
    struct token k = {.kind = TOKEN_TEXT, .at = at, .end = end + 1};
    k.text = (struct str){t.p + at + 1, end - at - 1};
    if (quotes) {
        char *p = ARENA_ARRAY(s->arena, char, k.text.n);
        if (!p) {
            expr_fail_memory(s);
            return bad(at);
        }
        size_t n = 0;
        for (size_t i = 0; i < k.text.n; i++) {
            p[n++] = k.text.p[i];
            if (k.text.p[i] == '\'')
                i++;
        }
        k.text = (struct str){p, n};
    }
    return k;
}

// What is typed by habit from other languages, or with a Chinese keyboard.
static const struct {
    const char *found, *write;
} habits[] = {
    {"==", "="},
    {"&&", "and"},
    {"||", "or"},
    {"!", "not"},
    {"\"", "'"},
    {"\xEF\xBC\x88", "("},
    {"\xEF\xBC\x89", ")"},
    {"\xEF\xBC\x8C", ","},
    {"\xEF\xBC\x9D", "="},
    {"\xEF\xBC\x9C", "<"},
    {"\xEF\xBC\x9E", ">"},
    {"\xE2\x89\xA4", "<="},
    {"\xE2\x89\xA5", ">="},
    {"\xE2\x89\xA0", "<>"},
    {"\xE2\x80\x98", "'"},
    {"\xE2\x80\x99", "'"},
    {"\xE2\x80\x9C", "'"},
    {"\xE2\x80\x9D", "'"},
    {"\xC3\x97", "*"},
    {"\xC3\xB7", "/"},
    {"%", "/ 100"},
};

static struct token lex_stranger(struct source *s, size_t at)
{
    struct str rest = {s->text.p + at, s->text.n - at};
    for (size_t i = 0; i < sizeof habits / sizeof habits[0]; i++)
        if (str_starts(rest, str_of(habits[i].found))) {
            expr_fail(s, at, "expr.symbol", "`%s` is not used here", habits[i].found);
            expr_cure(s, "write %s", habits[i].write);
            return bad(at);
        }
    unsigned char c = (unsigned char)rest.p[0];
    if (c < 0x20 || c == 0x7F) {
        expr_fail(s, at, "expr.symbol", "a control character (%d) is not used here", c);
        return bad(at);
    }
    size_t n = 1;
    while (n < rest.n && n < 60 && ((unsigned char)rest.p[n] & 0x80) && c >= 0x80)
        n++;
    while (n < rest.n && n < 64 && ((unsigned char)rest.p[n] & 0xC0) == 0x80)
        n++;
    expr_fail(s, at, "expr.symbol", "`" STR_FMT "` is not part of an expression", (int)n,
              rest.p);
    if (c >= 0x80)
        expr_cure(s, "names and codes are written in Latin letters; put other text in "
                     "quotes: 'text'");
    return bad(at);
}

static struct token lex_symbol(struct source *s, size_t at)
{
    struct str t = s->text;
    char c = t.p[at], next = at + 1 < t.n ? t.p[at + 1] : '\0';
    struct token k = {.kind = TOKEN_SYMBOL, .at = at, .end = at + 1, .symbol = c};
    if ((c == '!' && next == '=') || (c == '<' && next == '>'))
        k.symbol = SYMBOL_DIFFERENT;
    else if (c == '<' && next == '=')
        k.symbol = SYMBOL_LESS_EQUAL;
    else if (c == '>' && next == '=')
        k.symbol = SYMBOL_MORE_EQUAL;
    if (k.symbol >= SYMBOL_DIFFERENT)
        k.end++;
    else if (!c || !strchr("=<>+-*/(),.", c) || (c == '=' && next == '='))
        return lex_stranger(s, at);
    k.text = (struct str){t.p + at, k.end - at};
    return k;
}

struct token expr_token(struct source *s, size_t from)
{
    struct str t = s->text;
    size_t at = from;
    while (at < t.n) {
        if (strchr(" \t\r\n", t.p[at]) && t.p[at])
            at++;
        else if (str_starts((struct str){t.p + at, t.n - at}, STR("\xE3\x80\x80")))
            at += 3;
        else
            break;
    }
    if (at >= t.n)
        return (struct token){.kind = TOKEN_END, .at = t.n, .end = t.n};
    if (is_digit(t.p[at]))
        return lex_number(s, at);
    if (t.p[at] == '\'')
        return lex_text(s, at);
    if (!is_letter(t.p[at]))
        return lex_symbol(s, at);
    size_t end = at;
    while (end < t.n && (is_letter(t.p[end]) || is_digit(t.p[end])))
        end++;
    struct token k = {.kind = TOKEN_NAME, .at = at, .end = end};
    k.text = (struct str){t.p + at, end - at};
    for (int i = KEYWORD_NONE + 1; i < KEYWORDS; i++)
        if (str_equal_fold(k.text, str_of(keywords[i])))
            k.keyword = (enum keyword)i;
    return k;
}
