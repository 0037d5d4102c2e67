// SPDX-License-Identifier: AGPL-3.0-or-later
// XPath as forms use it, to the language of row expressions. Nothing is guessed: what has
// no exact counterpart is said.
#include <string.h>

#include "pack/xlsform_private.h"

enum { MOST_DEPTH = 40 };

enum strength { // how a text binds, for brackets
    BIND_OR,
    BIND_AND,
    BIND_NOT,
    BIND_COMPARE,
    BIND_ADD,
    BIND_MULTIPLY,
    BIND_VALUE
};

struct term {
    struct str text;
    enum strength strength;
    const struct xls_question *question; // the term is just this
    bool literal;                        // a text in quotes: `raw`
    struct str raw;
};

struct reading {
    struct xls *x;
    struct str text;
    size_t at;
    const struct xls_question *self;
    int depth;
    struct str why; // .p set: failed
};

static bool fail(struct reading *r, const char *what, struct str found)
{
    if (!r->why.p)
        r->why = str_format(r->x->arena, "%s%s" STR_FMT "%s", what, found.n ? " '" : "",
                            STR_ARG(found), found.n ? "'" : "");
    if (!r->why.p)
        r->x->no_memory = true;
    return false;
}

static struct str format(struct reading *r, const char *middle, struct str a,
                         struct str b)
{
    struct str s =
        str_format(r->x->arena, STR_FMT "%s" STR_FMT, STR_ARG(a), middle, STR_ARG(b));
    r->x->no_memory |= !s.p;
    return s;
}

static struct str wrap(struct reading *r, const struct term *t, enum strength least)
{
    if (t->strength >= least)
        return t->text;
    struct str s = str_format(r->x->arena, "(" STR_FMT ")", STR_ARG(t->text));
    r->x->no_memory |= !s.p;
    return s;
}

static void skip(struct reading *r)
{
    while (r->at < r->text.n && strchr(" \t\r\n", r->text.p[r->at]))
        r->at++;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static bool is_word(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
}

// The mark, or the word that is an operator (and, or, div, mod).
static bool take(struct reading *r, const char *mark)
{
    skip(r);
    size_t n = strlen(mark);
    if (r->at + n > r->text.n || memcmp(r->text.p + r->at, mark, n) != 0)
        return false;
    if (is_letter(mark[0]) && r->at + n < r->text.n && is_word(r->text.p[r->at + n]))
        return false;
    r->at += n;
    return true;
}

static bool read_or(struct reading *r, struct term *out);

// --- values

static struct term value(struct str text)
{
    return (struct term){.text = text, .strength = BIND_VALUE};
}

static bool read_reference(struct reading *r, const struct xls_question *q,
                           struct term *out)
{
    *out = value(q->name);
    out->question = q;
    if (q->kind == XLS_OUT)
        return fail(r, "it reads a question that is left out,", q->original);
    if (q->kind == XLS_TODAY)
        *out = value(STR("today()"));
    if (q->kind != XLS_CALCULATE)
        return true;
    struct reading inner = {
        .x = r->x, .text = q->calculation, .self = NULL, .depth = r->depth + 1};
    if (inner.depth > MOST_DEPTH)
        return fail(r, "calculations read each other too deeply at", q->original);
    if (!read_or(&inner, out)) {
        r->why = inner.why;
        return false;
    }
    return true;
}

static bool read_name(struct reading *r, struct term *out)
{
    size_t from = r->at;
    while (r->at < r->text.n && r->text.p[r->at] != '}')
        r->at++;
    if (r->at == r->text.n)
        return fail(r, "a ${ is never closed", STR(""));
    struct str name = str_trim((struct str){r->text.p + from, r->at - from});
    r->at++;
    for (size_t i = 0; i < r->x->n_questions; i++)
        if (str_equal(r->x->questions[i].original, name))
            return read_reference(r, &r->x->questions[i], out);
    return fail(r, "there is no question", name);
}

static bool read_text(struct reading *r, struct term *out)
{
    char quote = r->text.p[r->at++];
    size_t from = r->at;
    while (r->at < r->text.n && r->text.p[r->at] != quote)
        r->at++;
    if (r->at == r->text.n)
        return fail(r, "a text is never closed", STR(""));
    out->raw = (struct str){r->text.p + from, r->at++ - from};
    out->literal = true;
    out->strength = BIND_VALUE;
    struct buf b = BUF_INIT(1 << 16);
    buf_add_char(&b, '\'');
    for (size_t i = 0; i < out->raw.n; i++) {
        if (out->raw.p[i] == '\'')
            buf_add_char(&b, '\'');
        buf_add_char(&b, out->raw.p[i]);
    }
    buf_add_char(&b, '\'');
    out->text = str_copy(r->x->arena, buf_str(&b));
    r->x->no_memory |= b.failed || !out->text.p;
    buf_free(&b);
    return true;
}

static bool read_number(struct reading *r, struct term *out)
{
    size_t from = r->at;
    while (r->at < r->text.n && (strchr("0123456789.", r->text.p[r->at])))
        r->at++;
    struct str text = {r->text.p + from, r->at - from};
    double number;
    if (!str_to_double(text, &number))
        return fail(r, "not a number:", text);
    *out = value(text);
    return true;
}

// --- functions

static const struct xls_choice *choice_of(const struct xls_list *l, struct str raw)
{
    for (size_t i = 0; l && i < l->n; i++)
        if (str_equal(l->choices[i].original, raw))
            return &l->choices[i];
    return NULL;
}

// Whether the question has this answer.
static bool has_answer(struct reading *r, const struct xls_question *q, struct str raw,
                       struct term *out)
{
    const struct xls_choice *c = choice_of(q->list, raw);
    if (!c)
        return fail(r, "no choice of its list is", raw);
    if (q->kind == XLS_BOOL) {
        bool yes = c == &q->list->choices[q->list->yes];
        *out = (struct term){.text = yes ? q->name : format(r, "not ", STR(""), q->name),
                             .strength = yes ? BIND_VALUE : BIND_NOT};
    } else if (q->kind == XLS_MULTIPLE) {
        *out = value(xls_choice_item(r->x, q, c));
    } else {
        *out = (struct term){.text = format(r, " = ", q->name, c->name),
                             .strength = BIND_COMPARE};
    }
    return true;
}

enum { MOST_ARGUMENTS = 8 };

static bool call_selected(struct reading *r, const struct term *list, struct term *out)
{
    const struct xls_question *q = list[0].question;
    if (!q || !q->list || !list[1].literal)
        return fail(r,
                    "selected() needs a question with choices and one of them in quotes",
                    STR(""));
    return has_answer(r, q, list[1].raw, out);
}

static bool call_date(struct reading *r, const struct term *list, struct term *out)
{
    if (!list[0].literal)
        return fail(r, "date() is understood of a day in quotes", STR(""));
    *out = value(format(r, "date ", STR(""), list[0].text));
    return true;
}

static bool call_if(struct reading *r, const struct term *list, struct term *out)
{
    struct str s = str_format(
        r->x->arena, "case when " STR_FMT " then " STR_FMT " else " STR_FMT " end",
        STR_ARG(list[0].text), STR_ARG(list[1].text), STR_ARG(list[2].text));
    r->x->no_memory |= !s.p;
    *out = value(s);
    return true;
}

static bool call_not(struct reading *r, const struct term *list, struct term *out)
{
    // what is not answered is not so: null counts as false in a form
    struct str s = str_format(r->x->arena, "not coalesce(" STR_FMT ", false)",
                              STR_ARG(list[0].text));
    r->x->no_memory |= !s.p;
    *out = (struct term){.text = s, .strength = BIND_NOT};
    return true;
}

static bool call_same(struct reading *r, const struct term *list, struct term *out)
{
    (void)r;
    *out = list[0];
    return true;
}

static const struct {
    const char *name;
    size_t least, most;
    const char *becomes; // name(arguments); NULL: by `make`
    bool (*make)(struct reading *r, const struct term *list, struct term *out);
} functions[] = {
    {"selected", 2, 2, NULL, call_selected},
    {"not", 1, 1, NULL, call_not},
    {"if", 3, 3, NULL, call_if},
    {"date", 1, 1, NULL, call_date},
    {"number", 1, 1, NULL, call_same},
    {"int", 1, 1, NULL, call_same},
    {"string-length", 1, 1, "length", NULL},
    {"coalesce", 2, 2, "coalesce", NULL},
    {"min", 2, MOST_ARGUMENTS, "least", NULL},
    {"max", 2, MOST_ARGUMENTS, "greatest", NULL},
    {"abs", 1, 1, "abs", NULL},
    {"today", 0, 0, "today", NULL},
};

static bool read_arguments(struct reading *r, struct term *list, size_t *n)
{
    *n = 0;
    if (take(r, ")"))
        return true;
    for (;;) {
        if (*n == MOST_ARGUMENTS)
            return fail(r, "too many arguments", STR(""));
        if (!read_or(r, &list[(*n)++]))
            return false;
        if (take(r, ")"))
            return true;
        if (!take(r, ","))
            return fail(r, "a ) or , is missing", STR(""));
    }
}

static bool read_function(struct reading *r, struct str name, struct term *out)
{
    struct term list[MOST_ARGUMENTS] = {0};
    size_t n;
    if (!read_arguments(r, list, &n))
        return false;
    if (str_equal_c(name, "true") || str_equal_c(name, "false")) {
        *out = value(name);
        return n == 0 || fail(r, "no arguments belong to", name);
    }
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (!str_equal_c(name, functions[i].name))
            continue;
        if (n < functions[i].least || n > functions[i].most)
            return fail(r, "the number of arguments is wrong at", name);
        if (functions[i].make)
            return functions[i].make(r, list, out);
        struct buf b = BUF_INIT(1 << 16);
        buf_printf(&b, "%s(", functions[i].becomes);
        for (size_t k = 0; k < n; k++)
            buf_printf(&b, "%s" STR_FMT, k ? ", " : "", STR_ARG(list[k].text));
        buf_add_char(&b, ')');
        *out = value(str_copy(r->x->arena, buf_str(&b)));
        r->x->no_memory |= b.failed || !out->text.p;
        buf_free(&b);
        return true;
    }
    return fail(r, "there is no counterpart of the function", name);
}

static bool read_value(struct reading *r, struct term *out)
{
    *out = (struct term){0};
    skip(r);
    if (r->at == r->text.n)
        return fail(r, "it ends too early", STR(""));
    const char *p = r->text.p + r->at;
    if (take(r, "${"))
        return read_name(r, out);
    if (*p == '\'' || *p == '"')
        return read_text(r, out);
    if (*p >= '0' && *p <= '9')
        return read_number(r, out);
    if (take(r, "(")) {
        struct term inner;
        if (!read_or(r, &inner))
            return false;
        *out = inner;
        return take(r, ")") || fail(r, "a ) is missing", STR(""));
    }
    if (*p == '.' && r->self) {
        r->at++;
        return read_reference(r, r->self, out);
    }
    if (take(r, "-")) {
        struct term inner;
        if (!read_value(r, &inner))
            return false;
        *out = value(format(r, "-", STR(""), wrap(r, &inner, BIND_VALUE)));
        return true;
    }
    size_t from = r->at;
    while (r->at < r->text.n && is_word(r->text.p[r->at]))
        r->at++;
    struct str word = {r->text.p + from, r->at - from};
    if (word.n && take(r, "("))
        return read_function(r, word, out);
    return fail(r, "not understood:", word.n ? word : (struct str){r->text.p + from, 1});
}

// --- operators

static bool read_chain(struct reading *r, struct term *out,
                       bool (*part)(struct reading *, struct term *),
                       const char *const marks[][2], size_t n, enum strength strength)
{
    if (!part(r, out))
        return false;
    for (;;) {
        size_t i = 0;
        while (i < n && !take(r, marks[i][0]))
            i++;
        if (i == n)
            return true;
        struct term next;
        if (!marks[i][1])
            return fail(r, "there is no counterpart of", str_of(marks[i][0]));
        if (!part(r, &next))
            return false;
        *out =
            (struct term){.text = format(r, marks[i][1], wrap(r, out, strength),
                                         wrap(r, &next, (enum strength)(strength + 1))),
                          .strength = strength};
    }
}

static bool read_product(struct reading *r, struct term *out)
{
    static const char *const marks[][2] = {{"*", " * "}, {"div", " / "}, {"mod", NULL}};
    return read_chain(r, out, read_value, marks, 3, BIND_MULTIPLY);
}

static bool read_sum(struct reading *r, struct term *out)
{
    static const char *const marks[][2] = {{"+", " + "}, {"-", " - "}};
    return read_chain(r, out, read_product, marks, 2, BIND_ADD);
}

// A question beside a text in quotes: what it means depends on the question.
static bool compare_answer(struct reading *r, const struct xls_question *q,
                           struct str raw, struct str text, bool equal, struct term *out)
{
    struct term is;
    if (q->kind == XLS_MULTIPLE)
        return fail(
            r, "all choices at once are not compared (write selected()):", q->original);
    if (!raw.n) {
        *out = (struct term){
            .text = format(r, equal ? " is null" : " is not null", q->name, STR("")),
            .strength = BIND_COMPARE};
        return true;
    }
    if (q->list) {
        if (!has_answer(r, q, raw, &is))
            return false;
    } else if (q->kind == XLS_DATE) {
        is = (struct term){.text = format(r, " = date ", q->name, text),
                           .strength = BIND_COMPARE};
    } else if (q->kind == XLS_TEXT) {
        is = (struct term){.text = format(r, " = ", q->name, text),
                           .strength = BIND_COMPARE};
    } else {
        is = (struct term){.text = format(r, " = ", q->name, raw),
                           .strength = BIND_COMPARE};
    }
    if (equal) {
        *out = is;
        return true;
    }
    return call_not(r, &is, out); // holds for an empty answer too
}

static bool read_comparison(struct reading *r, struct term *out)
{
    static const char *const marks[][2] = {{"!=", " <> "}, {"<=", " <= "}, {">=", " >= "},
                                           {"=", " = "},   {"<", " < "},   {">", " > "}};
    if (!read_sum(r, out))
        return false;
    for (size_t i = 0; i < 6; i++) {
        if (!take(r, marks[i][0]))
            continue;
        struct term next;
        if (!read_sum(r, &next))
            return false;
        bool alike = i == 0 || i == 3;
        if (alike && out->question && next.literal)
            return compare_answer(r, out->question, next.raw, next.text, i == 3, out);
        if (alike && next.question && out->literal)
            return compare_answer(r, next.question, out->raw, out->text, i == 3, out);
        if ((out->question && out->question->kind == XLS_MULTIPLE) ||
            (next.question && next.question->kind == XLS_MULTIPLE))
            return fail(r, "several choices have no order", STR(""));
        *out = (struct term){.text = format(r, marks[i][1], wrap(r, out, BIND_ADD),
                                            wrap(r, &next, BIND_ADD)),
                             .strength = BIND_COMPARE};
        return true;
    }
    return true;
}

static bool read_and(struct reading *r, struct term *out)
{
    static const char *const marks[][2] = {{"and", " and "}};
    return read_chain(r, out, read_comparison, marks, 1, BIND_AND);
}

static bool read_or(struct reading *r, struct term *out)
{
    static const char *const marks[][2] = {{"or", " or "}};
    if (++r->depth > MOST_DEPTH)
        return fail(r, "too many brackets in each other", STR(""));
    bool good = read_chain(r, out, read_and, marks, 1, BIND_OR);
    r->depth--;
    return good;
}

bool xls_expression(struct xls *x, struct str text, const struct xls_question *self,
                    struct str *out, struct str *why)
{
    struct reading r = {.x = x, .text = text, .self = self};
    struct term t;
    bool good = read_or(&r, &t);
    skip(&r);
    if (good && r.at < text.n)
        good = fail(&r, "not understood:",
                    (struct str){text.p + r.at, text.n - r.at > 40 ? 40 : text.n - r.at});
    if (good && t.question && t.question->kind == XLS_MULTIPLE)
        good = fail(&r, "several choices are no condition", STR(""));
    *out = good ? t.text : STR("");
    *why = r.why;
    return good;
}
