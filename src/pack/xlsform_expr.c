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
    bool number;                         // a number as written: `raw`
    bool whole;                          // no fraction can come of it
    bool floored;                        // int() of it is meant, which text leaves out
    struct str raw;
    const struct branch *branch;  // if(when, yes, no)
    const struct term *length_of; // string-length() of what is no text
};

struct branch {
    struct term when, yes, no;
};

struct reading {
    struct xls *x;
    struct str text;
    size_t at;
    const struct xls_question *self;
    const struct xls_row *choice; // whose columns bare names are; NULL: no filter
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
    out->whole = q->kind == XLS_INT || q->kind == XLS_DATE;
    if (q->kind == XLS_RANK)
        return fail(r, "an order of choices is not compared:", q->original);
    if (q->kind == XLS_GEOPOINT)
        out->text = format(r, "_latitude", q->name, STR(""));
    if (q->kind == XLS_OUT)
        return fail(r, "it reads a question that is left out,", q->original);
    if (q->kind == XLS_TODAY)
        *out = value(STR("today()"));
    if (q->kind != XLS_CALCULATE)
        return true;
    struct reading inner = {
        .x = r->x, .text = q->calculation, .self = NULL, .depth = r->depth + 1};
    if (!q->calculation.n)
        return fail(r, "nothing is calculated in", q->original);
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
    out->number = true;
    out->raw = text;
    out->whole = !memchr(text.p, '.', text.n);
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
    if (!c && !r->choice) // else of a list that other answers lead to
        xls_note(r->x, &r->x->survey, q->row->line, "", raw, false,
                 "no choice of '" STR_FMT "' is this: what asks for it is never so",
                 STR_ARG(q->original));
    if (!c) {
        *out = value(STR("false"));
        return true;
    }
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

static bool equals(struct reading *r, const struct term *t, struct str raw,
                   struct term *out);

static bool call_selected(struct reading *r, const struct term *list, struct term *out)
{
    const struct xls_question *q = list[0].question;
    if (!list[1].literal && !list[1].number)
        return fail(r, "selected() needs one of the choices in quotes", STR(""));
    if (q && q->list)
        return has_answer(r, q, list[1].raw, out);
    return equals(r, &list[0], list[1].raw, out);
}

static bool call_count(struct reading *r, const struct term *list, struct term *out)
{
    const struct xls_question *q = list[0].question;
    struct buf b = BUF_INIT(1 << 16);
    if (!q || q->kind != XLS_MULTIPLE)
        return fail(r, "count-selected() needs a question with several choices", STR(""));
    for (size_t i = 0; i < q->list->n; i++) {
        struct str item = xls_choice_item(r->x, q, &q->list->choices[i]);
        buf_printf(&b, "%scase when " STR_FMT " then 1 else 0 end", i ? " + " : "(",
                   STR_ARG(item));
    }
    buf_add_char(&b, ')');
    *out = value(str_copy(r->x->arena, buf_str(&b)));
    out->whole = true;
    r->x->no_memory |= b.failed || !out->text.p;
    buf_free(&b);
    return true;
}

static bool call_date(struct reading *r, const struct term *list, struct term *out)
{
    const struct xls_question *q = list[0].question;
    if (q && (q->kind == XLS_DATE || q->kind == XLS_MOMENT)) {
        *out = list[0];
        return true;
    }
    if (!list[0].literal)
        return fail(r, "date() is understood of a day in quotes", STR(""));
    *out = value(format(r, "date ", STR(""), list[0].text));
    return true;
}

static bool no_rounding(struct reading *r)
{
    return fail(r, "there is no counterpart of rounding what may be a fraction", STR(""));
}

static bool call_if(struct reading *r, const struct term *list, struct term *out)
{
    struct str s = str_format(
        r->x->arena, "case when " STR_FMT " then " STR_FMT " else " STR_FMT " end",
        STR_ARG(list[0].text), STR_ARG(list[1].text), STR_ARG(list[2].text));
    struct branch *branch = ARENA_NEW(r->x->arena, struct branch);
    r->x->no_memory |= !s.p || !branch;
    *out = value(s);
    out->whole = list[1].whole && list[2].whole;
    out->floored = !out->whole && (list[1].whole || list[1].floored) &&
                   (list[2].whole || list[2].floored);
    if (!out->floored && (list[1].floored || list[2].floored))
        return no_rounding(r);
    if (branch)
        *branch = (struct branch){list[0], list[1], list[2]};
    out->branch = branch;
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

// Nothing here cuts off a fraction: what has none stays as it is, and int() may be
// compared with a whole number (int(x) > 3 is x >= 4).
static bool call_int(struct reading *r, const struct term *list, struct term *out)
{
    (void)r;
    *out = list[0];
    out->floored = !out->whole;
    return true;
}

static bool call_round(struct reading *r, const struct term *list, struct term *out)
{
    *out = list[0];
    return list[0].whole || no_rounding(r);
}

static bool call_length(struct reading *r, const struct term *list, struct term *out)
{
    const struct xls_question *q = list[0].question;
    *out = value(format(r, ")", format(r, "", STR("length("), list[0].text), STR("")));
    out->whole = true;
    if (list[0].literal || (q && q->kind == XLS_TEXT))
        return true;
    struct term *of = ARENA_NEW(r->x->arena, struct term);
    r->x->no_memory |= !of;
    if (of)
        *of = list[0];
    out->length_of = of;
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
    {"string", 1, 1, NULL, call_same},
    {"boolean", 1, 1, NULL, call_same},
    {"int", 1, 1, NULL, call_int},
    {"round", 1, 2, NULL, call_round},
    {"count-selected", 1, 1, NULL, call_count},
    {"string-length", 1, 1, NULL, call_length},
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

static struct str in_quotes(struct reading *r, struct str raw)
{
    struct buf b = BUF_INIT(1 << 16);
    buf_add_char(&b, '\'');
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] == '\'')
            buf_add_char(&b, '\'');
        buf_add_char(&b, raw.p[i]);
    }
    buf_add_char(&b, '\'');
    struct str out = str_copy(r->x->arena, buf_str(&b));
    r->x->no_memory |= b.failed || !out.p;
    buf_free(&b);
    return out.p ? out : STR("''");
}

// A bare name of a choice_filter is what the choice has in that column.
static bool read_column(struct reading *r, struct str name, struct term *out)
{
    const struct xls_sheet *s = &r->x->choices;
    for (size_t i = 0; i < s->n; i++) {
        if (!str_equal_fold(s->headings[i].text, name))
            continue;
        struct str raw = i < r->choice->n ? r->choice->cells[i] : STR("");
        *out = value(in_quotes(r, raw));
        out->literal = true;
        out->raw = raw;
        return true;
    }
    return false;
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
    if (word.n && r->choice && read_column(r, word, out))
        return true;
    return fail(r, "not understood:", word.n ? word : (struct str){r->text.p + from, 1});
}

// --- operators

// `true and x` is x, `false and x` is false; of `or` the other way round.
static bool join_constant(struct term *out, const struct term *next, bool is_and)
{
    const char *same = is_and ? "true" : "false", *all = is_and ? "false" : "true";
    if (str_equal_c(next->text, same) || str_equal_c(out->text, all))
        return true;
    if (!str_equal_c(out->text, same) && !str_equal_c(next->text, all))
        return false;
    *out = *next;
    return true;
}

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
        if (strength <= BIND_AND && join_constant(out, &next, strength == BIND_AND))
            continue;
        if (out->floored || next.floored)
            return no_rounding(r);
        bool whole = out->whole && next.whole && strcmp(marks[i][0], "div") != 0;
        *out =
            (struct term){.text = format(r, marks[i][1], wrap(r, out, strength),
                                         wrap(r, &next, (enum strength)(strength + 1))),
                          .strength = strength,
                          .whole = whole};
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
    if (!raw.n && q->kind != XLS_CALCULATE) {
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

static struct term constant(bool yes)
{
    return value(yes ? STR("true") : STR("false"));
}

static bool is_empty(struct reading *r, const struct term *t, bool equal,
                     struct term *out)
{
    *out = (struct term){.text = format(r, equal ? " is null" : " is not null",
                                        wrap(r, t, BIND_VALUE), STR("")),
                         .strength = BIND_COMPARE};
    return true;
}

// if(when, yes, no) = raw, without asking twice where the two say it.
static bool branch_equals(struct reading *r, const struct branch *b, struct str raw,
                          struct term *out)
{
    struct term yes, no, when = b->when;
    if (!equals(r, &b->yes, raw, &yes) || !equals(r, &b->no, raw, &no))
        return false;
    bool yes_true = str_equal_c(yes.text, "true"), no_true = str_equal_c(no.text, "true"),
         yes_false = str_equal_c(yes.text, "false"),
         no_false = str_equal_c(no.text, "false");
    struct term not_when;
    if (!call_not(r, &when, &not_when))
        return false;
    if ((yes_true && no_true) || (yes_false && no_false)) {
        *out = yes;
    } else if (yes_true && no_false) {
        *out = when;
    } else if (yes_false && no_true) {
        *out = not_when;
    } else {
        struct term sides[2];
        sides[0] =
            yes_true ? when
                     : (struct term){.text = format(r, " and ", wrap(r, &when, BIND_NOT),
                                                    wrap(r, &yes, BIND_NOT)),
                                     .strength = BIND_AND};
        sides[1] =
            no_true
                ? not_when
                : (struct term){.text = format(r, " and ", wrap(r, &not_when, BIND_NOT),
                                               wrap(r, &no, BIND_NOT)),
                                .strength = BIND_AND};
        if (yes_false || no_false)
            *out = sides[yes_false];
        else
            *out = (struct term){.text = format(r, " or ", wrap(r, &sides[0], BIND_AND),
                                                wrap(r, &sides[1], BIND_AND)),
                                 .strength = BIND_OR};
    }
    return true;
}

// Whether a term is this text, as a form compares them.
static bool equals(struct reading *r, const struct term *t, struct str raw,
                   struct term *out)
{
    if (t->literal || t->number) {
        *out = constant(str_equal(t->raw, raw));
        return true;
    }
    if (t->branch)
        return branch_equals(r, t->branch, raw, out);
    if (!raw.n || str_equal_c(raw, "NaN")) // a number that is not there
        return is_empty(r, t, true, out);
    if (t->question)
        return compare_answer(r, t->question, raw, in_quotes(r, raw), true, out);
    double number;
    struct str text = str_to_double(raw, &number) ? raw : in_quotes(r, raw);
    *out = (struct term){.text = format(r, " = ", wrap(r, t, BIND_ADD), text),
                         .strength = BIND_COMPARE};
    return true;
}

static bool is_list(const struct xls_question *q)
{
    return q && q->list;
}

// = and != where one side is written out.
static bool compare_written(struct reading *r, const struct term *t,
                            const struct term *written, bool equal, struct term *out)
{
    struct term is;
    if (t->question && t->question->kind != XLS_GEOPOINT &&
        !str_equal_c(written->raw, "NaN"))
        return compare_answer(r, t->question, written->raw, written->text, equal, out);
    if (!t->branch && str_equal_c(written->raw, "NaN"))
        return is_empty(r, t, equal, out);
    if (!equals(r, t, written->raw, &is))
        return false;
    if (equal)
        *out = is;
    else if (str_equal_c(is.text, "true") || str_equal_c(is.text, "false"))
        *out = constant(str_equal_c(is.text, "false"));
    else
        return call_not(r, &is, out);
    return true;
}

static bool is_written(const struct term *t, const struct term *other)
{
    return t->literal || (t->number && (other->branch || is_list(other->question)));
}

// string-length() of what is no text only says whether there is anything.
static bool compare_length(struct reading *r, const struct term *t, const char *mark,
                           const struct term *number, struct term *out)
{
    bool zero = number->number && str_equal_c(number->raw, "0");
    bool none = strcmp(mark, "=") == 0,
         some = strcmp(mark, ">") == 0 || strcmp(mark, "!=") == 0;
    if (!zero || (!none && !some))
        return fail(r, "string-length() is understood of texts", STR(""));
    return is_empty(r, t->length_of, none, out);
}

static bool compare_floored(struct reading *r, const struct term *t, const char *mark,
                            const struct term *number, struct term *out)
{
    double n = 0;
    bool less = strcmp(mark, "<") == 0, least = strcmp(mark, ">=") == 0,
         more = strcmp(mark, ">") == 0, most = strcmp(mark, "<=") == 0;
    if (!number->number || !number->whole || !str_to_double(number->raw, &n) ||
        n < (less || least) || n > 1e9 || (!less && !least && !more && !most))
        return no_rounding(r);
    struct str limit = str_format(r->x->arena, "%.0f", n + (more || most));
    r->x->no_memory |= !limit.p;
    *out = (struct term){
        .text = format(r, least || more ? " >= " : " < ", wrap(r, t, BIND_ADD), limit),
        .strength = BIND_COMPARE};
    return true;
}

static bool compare_two(struct reading *r, const struct term *a, const struct term *b,
                        const char *const mark[2], struct term *out)
{
    bool equal = strcmp(mark[0], "=") == 0;
    if (a->floored && !b->literal)
        return compare_floored(r, a, mark[0], b, out);
    if (b->floored)
        return no_rounding(r);
    if (a->length_of)
        return compare_length(r, a, mark[0], b, out);
    if (equal || strcmp(mark[0], "!=") == 0) {
        if (is_written(b, a))
            return compare_written(r, a, b, equal, out);
        if (is_written(a, b))
            return compare_written(r, b, a, equal, out);
    }
    if ((a->question && a->question->kind == XLS_MULTIPLE) ||
        (b->question && b->question->kind == XLS_MULTIPLE))
        return fail(r, "several choices have no order", STR(""));
    *out = (struct term){
        .text = format(r, mark[1], wrap(r, a, BIND_ADD), wrap(r, b, BIND_ADD)),
        .strength = BIND_COMPARE};
    return true;
}

static bool read_comparison(struct reading *r, struct term *out)
{
    static const char *const marks[][2] = {{"!=", " <> "}, {"<=", " <= "}, {">=", " >= "},
                                           {"=", " = "},   {"<", " < "},   {">", " > "}};
    if (!read_sum(r, out))
        return false;
    for (size_t i = 0; i < 6; i++) {
        struct term first = *out, next;
        if (take(r, marks[i][0]))
            return read_sum(r, &next) && compare_two(r, &first, &next, marks[i], out);
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

static bool translate(struct reading r, struct str *out, struct str *why)
{
    struct str text = r.text;
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

bool xls_expression(struct xls *x, struct str text, const struct xls_question *self,
                    struct str *out, struct str *why)
{
    return translate((struct reading){.x = x, .text = text, .self = self}, out, why);
}

bool xls_filter_expression(struct xls *x, struct str text, const struct xls_row *choice,
                           struct str *out, struct str *why)
{
    return translate((struct reading){.x = x, .text = text, .choice = choice}, out, why);
}
