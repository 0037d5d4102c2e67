// SPDX-License-Identifier: AGPL-3.0-or-later
// A row expression as an XPath condition of an ODK form. XPath has no null, so each part
// is written twice over: what it is worth, and when it is known at all; a condition is
// then "certainly true" or "certainly false", which is what three-valued logic asks for.
#include <string.h>

#include "pack/expr_tree.h"

enum { MAX_XPATH = 16 << 10 };

struct xpath {
    struct buf *out;
    expr_xpath_path *path;
    void *argument;
    bool failed; // something that XPath, or this form, cannot say
};

static void truth(struct xpath *w, const struct expr *x, bool wanted);
static void known(struct xpath *w, const struct expr *x);
static void value(struct xpath *w, const struct expr *x);

static void add(struct xpath *w, const char *text)
{
    buf_add_c(w->out, text);
}

static void put_path(struct xpath *w, const struct field *f)
{
    struct str path = w->path(w->argument, f);
    w->failed |= !path.n;
    buf_add(w->out, path);
}

static void put_quoted(struct xpath *w, struct str text)
{
    bool single = memchr(text.n ? text.p : "", '\'', text.n) != NULL;
    w->failed |= single && memchr(text.p, '"', text.n);
    buf_add_char(w->out, single ? '"' : '\'');
    buf_add(w->out, text);
    buf_add_char(w->out, single ? '"' : '\'');
}

// --- values

// Days since 1970, whole in every time zone within 12 hours of UTC.
static void days(struct xpath *w, const struct expr *x)
{
    bool plain = x->node == NODE_FIELD || x->node == NODE_DATE ||
                 (x->node == NODE_CALL && x->function == FUNCTION_TODAY);
    if (x->type == TYPE_DATE && plain) {
        add(w, "round(decimal-date-time(");
        value(w, x);
        add(w, "))");
    } else {
        value(w, x);
    }
}

static void two(struct xpath *w, const struct expr *x, const char *between)
{
    add(w, "(");
    for (size_t i = 0; i < x->n; i++) {
        add(w, i ? between : "");
        days(w, x->child[i]);
    }
    add(w, ")");
}

static void call(struct xpath *w, const struct expr *x)
{
    static const char *const names[FUNCTIONS] = {[FUNCTION_LEAST] = "min(",
                                                 [FUNCTION_GREATEST] = "max(",
                                                 [FUNCTION_COALESCE] = "coalesce(",
                                                 [FUNCTION_LENGTH] = "string-length("};
    switch (x->function) {
    case FUNCTION_TODAY:
        add(w, "today()");
        return;
    case FUNCTION_DAYS:
        value(w, x->child[0]);
        return;
    case FUNCTION_YEAR:
    case FUNCTION_MONTH:
        w->failed |= x->child[0]->node != NODE_FIELD && x->child[0]->node != NODE_CALL;
        add(w, "number(format-date(");
        value(w, x->child[0]);
        add(w, x->function == FUNCTION_YEAR ? ", '%Y'))" : ", '%m'))");
        return;
    case FUNCTION_ABS:
        add(w, "if(");
        value(w, x->child[0]);
        add(w, " < 0, -(");
        value(w, x->child[0]);
        add(w, "), ");
        value(w, x->child[0]);
        add(w, ")");
        return;
    case FUNCTION_COALESCE:
    case FUNCTION_LEAST:
    case FUNCTION_GREATEST:
    case FUNCTION_LENGTH:
        w->failed |= x->type == TYPE_DATE || x->type == TYPE_BOOL ||
                     (x->function == FUNCTION_COALESCE && x->n != 2);
        add(w, names[x->function]);
        for (size_t i = 0; i < x->n; i++) {
            add(w, i ? ", " : "");
            value(w, x->child[i]);
        }
        add(w, ")");
        return;
    default: // ages and what places are: the server looks
        w->failed = true;
    }
}

static void value(struct xpath *w, const struct expr *x)
{
    char day[DATE_TEXT_SIZE];
    if (w->out->n > MAX_XPATH)
        w->failed = true;
    if (w->failed)
        return;
    switch (x->node) {
    case NODE_INT:
        buf_printf(w->out, "%lld", (long long)x->whole);
        break;
    case NODE_DECIMAL: // XPath 1.0 has no exponents
        buf_printf(w->out, "%.10f", x->decimal);
        break;
    case NODE_TEXT:
        put_quoted(w, x->text);
        break;
    case NODE_DATE:
        date_format((int32_t)x->whole, day);
        buf_printf(w->out, "date('%s')", day);
        break;
    case NODE_CODE:
        put_quoted(w, x->list->codes[x->whole].value);
        break;
    case NODE_FIELD:
        put_path(w, x->field);
        break;
    case NODE_NEGATE:
        add(w, "-(");
        value(w, x->child[0]);
        add(w, ")");
        break;
    case NODE_ADD:
        two(w, x, " + ");
        break;
    case NODE_SUBTRACT:
        two(w, x, " - ");
        break;
    case NODE_MULTIPLY:
        two(w, x, " * ");
        break;
    case NODE_DIVIDE:
        two(w, x, " div ");
        break;
    case NODE_CALL:
        call(w, x);
        break;
    default:
        w->failed = true;
    }
}

// --- what is known

static void known_children(struct xpath *w, const struct expr *x, const char *between)
{
    add(w, "(");
    for (size_t i = 0; i < x->n; i++) {
        add(w, i ? between : "");
        known(w, x->child[i]);
    }
    add(w, ")");
}

static void known(struct xpath *w, const struct expr *x)
{
    if (w->out->n > MAX_XPATH)
        w->failed = true;
    if (w->failed)
        return;
    switch (x->node) {
    case NODE_NULL:
        add(w, "false()");
        break;
    case NODE_BOOL:
    case NODE_INT:
    case NODE_DECIMAL:
    case NODE_TEXT:
    case NODE_DATE:
    case NODE_CODE:
        add(w, "true()");
        break;
    case NODE_FIELD:
        put_path(w, x->field);
        add(w, " != ''");
        break;
    case NODE_DIVIDE:
        known_children(w, x, " and ");
        add(w, " and ");
        value(w, x->child[1]);
        add(w, " != 0");
        break;
    case NODE_NEGATE:
    case NODE_ADD:
    case NODE_SUBTRACT:
    case NODE_MULTIPLY:
        known_children(w, x, " and ");
        break;
    case NODE_CALL:
        if (!x->n)
            add(w, "true()");
        else
            known_children(w, x, x->function == FUNCTION_COALESCE ? " or " : " and ");
        break;
    default:
        w->failed = true;
    }
}

// --- conditions

static enum relation opposite(enum relation r)
{
    static const enum relation other[] = {
        [RELATION_EQUAL] = RELATION_DIFFERENT, [RELATION_DIFFERENT] = RELATION_EQUAL,
        [RELATION_LESS] = RELATION_MORE_EQUAL, [RELATION_LESS_EQUAL] = RELATION_MORE,
        [RELATION_MORE] = RELATION_LESS_EQUAL, [RELATION_MORE_EQUAL] = RELATION_LESS,
    };
    return other[r];
}

static void relate(struct xpath *w, const struct expr *a, enum relation r,
                   const struct expr *b)
{
    static const char *const signs[] = {
        [RELATION_EQUAL] = " = ", [RELATION_DIFFERENT] = " != ",
        [RELATION_LESS] = " < ",  [RELATION_LESS_EQUAL] = " <= ",
        [RELATION_MORE] = " > ",  [RELATION_MORE_EQUAL] = " >= "};
    w->failed |= a->type == TYPE_BOOL || b->type == TYPE_BOOL;
    days(w, a);
    add(w, signs[r]);
    days(w, b);
}

static void both_known(struct xpath *w, const struct expr *a, const struct expr *b)
{
    known(w, a);
    add(w, " and ");
    known(w, b);
    add(w, " and ");
}

static void list(struct xpath *w, const struct expr *x, bool wanted)
{
    add(w, "(");
    known(w, x->child[0]);
    for (size_t i = 1; i < x->n; i++) {
        w->failed |= x->child[i]->node == NODE_NULL;
        add(w, i == 1 ? " and (" : wanted ? " or " : " and ");
        relate(w, x->child[0], wanted ? RELATION_EQUAL : RELATION_DIFFERENT, x->child[i]);
    }
    add(w, "))");
}

static void between(struct xpath *w, const struct expr *x, bool wanted)
{
    add(w, "(");
    known(w, x->child[2]);
    add(w, " and ");
    both_known(w, x->child[0], x->child[1]);
    add(w, "(");
    relate(w, x->child[0], wanted ? RELATION_MORE_EQUAL : RELATION_LESS, x->child[1]);
    add(w, wanted ? " and " : " or ");
    relate(w, x->child[0], wanted ? RELATION_LESS_EQUAL : RELATION_MORE, x->child[2]);
    add(w, "))");
}

static void within_days(struct xpath *w, const struct expr *x, bool wanted)
{
    add(w, "(");
    known_children(w, x, " and ");
    for (int turned = 0; turned < 2; turned++) {
        add(w, !turned ? " and (" : wanted ? " and " : " or ");
        days(w, x->child[turned]);
        add(w, " - ");
        days(w, x->child[!turned]);
        add(w, wanted ? " <= " : " > ");
        value(w, x->child[2]);
    }
    add(w, "))");
}

static void truth(struct xpath *w, const struct expr *x, bool wanted)
{
    if (w->out->n > MAX_XPATH)
        w->failed = true;
    if (w->failed)
        return;
    switch (x->node) {
    case NODE_NULL:
        add(w, "false()");
        break;
    case NODE_BOOL:
        add(w, (x->whole != 0) == wanted ? "true()" : "false()");
        break;
    case NODE_FIELD:
        put_path(w, x->field);
        add(w, wanted ? " = '1'" : " = '0'");
        break;
    case NODE_NOT:
        truth(w, x->child[0], !wanted);
        break;
    case NODE_AND:
    case NODE_OR:
        add(w, "(");
        for (size_t i = 0; i < x->n; i++) {
            add(w, !i ? "" : (x->node == NODE_AND) == wanted ? " and " : " or ");
            truth(w, x->child[i], wanted);
        }
        add(w, ")");
        break;
    case NODE_COMPARE:
        add(w, "(");
        both_known(w, x->child[0], x->child[1]);
        relate(w, x->child[0], wanted ? x->relation : opposite(x->relation), x->child[1]);
        add(w, ")");
        break;
    case NODE_IN:
        list(w, x, wanted);
        break;
    case NODE_BETWEEN:
        between(w, x, wanted);
        break;
    case NODE_IS_NULL:
        add(w, wanted ? "not(" : "(");
        known(w, x->child[0]);
        add(w, ")");
        break;
    case NODE_CALL:
        if (x->function == FUNCTION_WITHIN_DAYS)
            within_days(w, x, wanted);
        else
            w->failed = true;
        break;
    default:
        w->failed = true;
    }
}

bool expr_xpath(const struct expr *x, bool wanted, expr_xpath_path *path, void *argument,
                struct buf *out)
{
    size_t before = out->n;
    struct xpath w = {.out = out, .path = path, .argument = argument};
    truth(&w, x, wanted);
    if (!w.failed)
        return true;
    if (!out->failed)
        out->n = before;
    return false;
}
