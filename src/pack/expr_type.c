// SPDX-License-Identifier: AGPL-3.0-or-later
// The checker: what each name means, what type each part has, and what to say when they
// do not fit.
#include "pack/expr_tree.h"

bool expr_is_constant(const struct expr *x)
{
    return x->node <= NODE_CODE;
}

bool expr_same_list(const struct field *a, const struct field *b)
{
    if (a == b)
        return true;
    if (!a || !b || a->type != TYPE_CODE || b->type != TYPE_CODE ||
        a->n_codes != b->n_codes)
        return false;
    for (size_t i = 0; a->codes != b->codes && i < a->n_codes; i++)
        if (!str_equal(a->codes[i].value, b->codes[i].value))
            return false;
    return true;
}

static bool check(struct source *s, struct expr *x, const struct field *context);

static bool is_number(enum type t)
{
    return t == TYPE_INT || t == TYPE_DECIMAL;
}

static bool is_text(enum type t)
{
    return t == TYPE_TEXT || t == TYPE_NAME;
}

static const char *called(const struct expr *x)
{
    switch (x->type) {
    case TYPE_NONE:
        return "null";
    case TYPE_INT:
    case TYPE_DECIMAL:
        return "a number";
    case TYPE_BOOL:
        return "a yes or no";
    case TYPE_DATE:
        return "a date";
    case TYPE_TEXT:
    case TYPE_NAME:
        return "a text";
    case TYPE_CODE:
        return "a code";
    case TYPE_PERIOD:
        return "a period";
    case TYPE_AREA:
        return "an area";
    default:
        return "a facility";
    }
}

// A null literal takes the type that its place asks for.
static void settle(struct expr *x, enum type t)
{
    if (x->type != TYPE_NONE)
        return;
    x->node = NODE_NULL; // a case or coalesce of nothing but nulls is null
    x->n = 0;
    x->slots = 1;
    x->type = t;
}

// --- names

static bool gives(const struct field *f)
{
    return f && (f->type == TYPE_CODE || f->type == TYPE_PERIOD || f->type == TYPE_AREA ||
                 f->type == TYPE_FACILITY);
}

// The field that gives an unchecked operand its codes, period kind or tree, if any does.
static const struct field *giver(const struct source *s, const struct expr *x)
{
    const struct field *f = NULL;
    if (x->node == NODE_NAME)
        f = reg_field(s->reg, x->text);
    else if (x->node == NODE_CASE) {
        for (size_t i = 1; !gives(f) && i < x->n; i += i + 2 < x->n ? 2 : 1)
            f = giver(s, x->child[i]);
    } else if (x->node == NODE_CALL && x->function == FUNCTION_LOOKUP) {
        const struct field *where = giver(s, x->child[0]);
        const struct reg *r = where && where->type == TYPE_AREA ? s->pack->areas
                              : where && where->type == TYPE_FACILITY
                                  ? s->pack->facilities
                                  : NULL;
        f = r && x->child[1]->node == NODE_NAME ? reg_field(r, x->child[1]->text) : NULL;
    } else if (x->node == NODE_CALL && x->function == FUNCTION_COALESCE) {
        for (size_t i = 0; !gives(f) && i < x->n; i++)
            f = giver(s, x->child[i]);
    }
    return gives(f) ? f : NULL;
}

static const struct field *context_of(const struct source *s, const struct expr *x)
{
    const struct field *f = giver(s, x);
    return f && (f->type == TYPE_CODE || f->type == TYPE_PERIOD) ? f : NULL;
}

static bool in_cube(struct source *s, const struct expr *x, const struct field *f)
{
    const char *why = NULL;
    if (f->identifies)
        why = "names a person, and a measure must not know it";
    else if (is_text(f->type))
        why = "is a text, which cannot be counted";
    else if (f->type == TYPE_PERIOD)
        why = "is a period";
    else if (f->system && f->index < SYSTEM_FIELDS &&
             (f->index == FIELD_ID || f->index >= FIELD_VERSION))
        why = "is about the keeping of the row";
    if (!s->measure || !why)
        return true;
    expr_fail(s, x->at, "expr.cube", "`" STR_FMT "` %s: it cannot stand in a measure",
              STR_ARG(f->name), why);
    if (f->type == TYPE_PERIOD)
        expr_cure(s, "use the register's date, which is the period's first day");
    else
        expr_cure(s, "use a code, a date or a number instead; a row rule may use any "
                     "field");
    return false;
}

static bool use_field(struct source *s, struct expr *x, const struct field *f)
{
    if (!in_cube(s, x, f))
        return false;
    x->node = NODE_FIELD;
    x->field = f;
    x->type = f->type;
    x->list = f->type == TYPE_CODE || f->type == TYPE_PERIOD ? f : NULL;
    return true;
}

static bool unknown_field(struct source *s, const struct expr *x, const struct reg *r)
{
    struct nearest n = expr_nearest(x->text);
    for (size_t i = 0; i < r->n_fields; i++)
        expr_nearest_offer(&n, r->fields[i].name);
    expr_fail(s, x->at, "expr.field", "`" STR_FMT "` is not a field of `" STR_FMT "`",
              STR_ARG(x->text), STR_ARG(r->name));
    if (!expr_nearest_cure(s, &n)) {
        const struct code *c = NULL;
        const struct field *f = NULL;
        for (size_t i = 0; !c && i < r->n_fields; i++) {
            int k = field_code(&r->fields[i], x->text);
            f = &r->fields[i];
            c = k >= 0 ? &f->codes[k] : NULL;
        }
        if (c)
            expr_cure(s, "it is a code of `" STR_FMT "`: write " STR_FMT " = " STR_FMT,
                      STR_ARG(f->name), STR_ARG(f->name), STR_ARG(x->text));
        else
            expr_cure(s, "a text is written in quotes: 'text'");
    }
    return false;
}

static bool unknown_code(struct source *s, const struct expr *x, const struct field *f)
{
    struct nearest n = expr_nearest(x->text);
    struct buf list = BUF_INIT(400);
    for (size_t i = 0; i < f->n_codes; i++) {
        const struct code *c = &f->codes[i];
        expr_nearest_offer(&n, c->value);
        if (i < 12) {
            buf_add_c(&list, i ? ", " : "");
            buf_add(&list, c->value);
        } else if (i == 12) {
            buf_add_c(&list, ", ..");
        }
    }
    expr_fail(s, x->at, "expr.code",
              "`" STR_FMT "` is not a code of `" STR_FMT "`; expected " STR_FMT,
              STR_ARG(x->text), STR_ARG(f->name), STR_ARG(buf_str(&list)));
    buf_free(&list);
    for (size_t i = 0; i < f->n_codes; i++) {
        const struct code *c = &f->codes[i];
        bool meant =
            str_equal_fold(c->label.en, x->text) || str_equal(c->label.zh, x->text);
        for (size_t k = 0; k < c->n_also; k++)
            meant = meant || str_equal_fold(c->also[k], x->text);
        if (meant) {
            expr_cure(s, "the code of " STR_FMT " is `" STR_FMT "`", STR_ARG(x->text),
                      STR_ARG(c->value));
            return false;
        }
    }
    expr_nearest_cure(s, &n);
    return false;
}

static bool use_code(struct expr *x, const struct field *f, int code)
{
    x->node = NODE_CODE;
    x->type = TYPE_CODE;
    x->list = f;
    x->whole = code;
    return true;
}

// A bare word. Beside a code field it is one of the codes, else a field.
static bool check_name(struct source *s, struct expr *x, const struct field *context)
{
    const struct field *f = reg_field(s->reg, x->text);
    bool qualified = x->relation == RELATION_DIFFERENT;
    if (!qualified && context && context->type == TYPE_CODE) {
        int code = field_code(context, x->text);
        if (code >= 0 && f && f != context && expr_same_list(f, context)) {
            expr_fail(s, x->at, "expr.ambiguous",
                      "`" STR_FMT "` is a code of `" STR_FMT "` and also a field",
                      STR_ARG(x->text), STR_ARG(context->name));
            expr_cure(s,
                      "write '" STR_FMT "' for the code or " STR_FMT "." STR_FMT
                      " for the field",
                      STR_ARG(x->text), STR_ARG(s->reg->name), STR_ARG(x->text));
            return false;
        }
        if (code >= 0 && f != context)
            return use_code(x, context, code);
        if (!f)
            return unknown_code(s, x, context);
    }
    return f ? use_field(s, x, f) : unknown_field(s, x, s->reg);
}

static bool check_text(struct source *s, struct expr *x, const struct field *context)
{
    x->type = TYPE_TEXT;
    if (context && context->type == TYPE_CODE) {
        int code = field_code(context, x->text);
        return code >= 0 ? use_code(x, context, code) : unknown_code(s, x, context);
    }
    if (context && context->type == TYPE_PERIOD) {
        struct period period;
        struct error e;
        // rows hold ids, so no other way of writing one could ever be equal
        bool is = !period_parse(x->text, &period, &e) && str_equal_c(x->text, period.id);
        if (!is || period.kind != context->period_kind) {
            expr_fail(s, x->at, "expr.period", "`" STR_FMT "` is not the id of a %s",
                      STR_ARG(x->text), period_kind_name(context->period_kind));
            expr_cure(s, "ids are 201406, 2014Q2, 2014S1, 2014, 2014Oct");
            return false;
        }
        x->type = TYPE_PERIOD;
        x->list = context;
    }
    return true;
}

// --- what fits together

static bool misfit(struct source *s, size_t at, const struct expr *a,
                   const struct expr *b)
{
    expr_fail(s, at, "expr.type", "%s and %s do not go together here", called(a),
              called(b));
    const struct expr *text = a->node == NODE_TEXT ? a : b->node == NODE_TEXT ? b : NULL;
    const struct expr *other = text == a ? b : a;
    if (text && other->type == TYPE_DATE)
        expr_cure(s, "write the day as date '2014-06-05'");
    else if (text && is_number(other->type))
        expr_cure(s, "write the number without quotes");
    else if (text && (other->type == TYPE_AREA || other->type == TYPE_FACILITY))
        expr_cure(s, "compare a field of it: lookup(field, code) = '..'");
    else if (a->type == TYPE_CODE && b->type == TYPE_CODE)
        expr_cure(s, "their lists of codes differ");
    return false;
}

// Brings *type (TYPE_NONE at first) and x to one type; numbers widen to decimal.
static bool join(struct source *s, struct expr *x, const struct expr **first,
                 enum type *type)
{
    if (x->type == TYPE_NONE)
        return true;
    if (*type == TYPE_NONE) {
        *type = x->type;
        *first = x;
        return true;
    }
    if (is_number(x->type) && is_number(*type)) {
        if (x->type == TYPE_DECIMAL)
            *type = TYPE_DECIMAL;
        return true;
    }
    if (is_text(x->type) && is_text(*type))
        return true;
    bool fits = x->type == *type;
    if (fits && x->type == TYPE_CODE)
        fits = expr_same_list(x->list, (*first)->list);
    if (fits && x->type == TYPE_PERIOD)
        fits = x->list->period_kind == (*first)->list->period_kind;
    return fits || misfit(s, x->at, *first, x);
}

static bool need(struct source *s, struct expr *x, enum type t, const char *what)
{
    settle(x, t);
    if (x->type == t)
        return true;
    return expr_fail(s, x->at, "expr.type", "%s needs %s, found %s", what,
                     called(&(struct expr){.type = t}), called(x));
}

static bool need_number(struct source *s, struct expr *x, const char *what)
{
    settle(x, TYPE_INT);
    if (is_number(x->type))
        return true;
    expr_fail(s, x->at, "expr.type", "%s needs a number, found %s", what, called(x));
    if (x->node == NODE_TEXT)
        expr_cure(s, "write the number without quotes");
    return false;
}

// --- the kinds of node

static bool check_arithmetic(struct source *s, struct expr *x)
{
    struct expr *a = x->child[0], *b = x->child[1];
    if (!check(s, a, NULL) || !check(s, b, NULL))
        return false;
    if (x->node == NODE_SUBTRACT && a->type == TYPE_DATE && b->type == TYPE_DATE) {
        x->type = TYPE_INT;
        return true;
    }
    bool may = x->node == NODE_ADD || x->node == NODE_SUBTRACT;
    if (may && a->type == TYPE_DATE) {
        x->type = TYPE_DATE;
        return need(s, b, TYPE_INT, "adding days to a date");
    }
    if (x->node == NODE_ADD && b->type == TYPE_DATE) {
        x->type = TYPE_DATE;
        return need(s, a, TYPE_INT, "adding days to a date");
    }
    static const char *const names[] = {[NODE_ADD] = "+",
                                        [NODE_SUBTRACT] = "-",
                                        [NODE_MULTIPLY] = "*",
                                        [NODE_DIVIDE] = "/"};
    if (!need_number(s, a, names[x->node]) || !need_number(s, b, names[x->node]))
        return false;
    x->type = x->node == NODE_DIVIDE || a->type == TYPE_DECIMAL || b->type == TYPE_DECIMAL
                  ? TYPE_DECIMAL
                  : TYPE_INT;
    return true;
}

static bool no_null(struct source *s, const struct expr *x)
{
    if (x->type != TYPE_NONE && x->node != NODE_NULL)
        return true;
    expr_fail(s, x->at, "expr.null", "a comparison with null is never true");
    expr_cure(s, "write `is null` or `is not null`");
    return false;
}

static bool ordered(struct source *s, const struct expr *x, size_t at, const char *what)
{
    if (is_number(x->type) || x->type == TYPE_DATE || is_text(x->type))
        return true;
    expr_fail(s, at, "expr.order", "%s needs an order, and %s has none", what, called(x));
    expr_cure(s, "use = <> or in");
    return false;
}

// Two words, each a code field that has the other as a code, could be read in two ways;
// one that could only be read one way decides which side gives the codes.
static bool check_sides(struct source *s, struct expr *x)
{
    struct expr *a = x->child[0], *b = x->child[1];
    const struct field *left = context_of(s, a), *right = context_of(s, b);
    if (left && right && a->node == NODE_NAME && b->node == NODE_NAME &&
        a->relation != RELATION_DIFFERENT && b->relation != RELATION_DIFFERENT &&
        left != right) {
        bool b_is_code = field_code(left, b->text) >= 0;
        bool a_is_code = field_code(right, a->text) >= 0;
        if (a_is_code && b_is_code) {
            expr_fail(s, x->at, "expr.ambiguous",
                      "`" STR_FMT "` and `" STR_FMT "` are both fields and both codes of "
                      "each other",
                      STR_ARG(a->text), STR_ARG(b->text));
            expr_cure(s, "put the one that is a code in quotes");
            return false;
        }
        if (a_is_code)
            left = NULL;
    }
    return check(s, a, left ? NULL : right) && check(s, b, left);
}

static bool check_compare(struct source *s, struct expr *x)
{
    struct expr *a = x->child[0], *b = x->child[1];
    const struct expr *first = NULL;
    enum type type = TYPE_NONE;
    if (!check_sides(s, x) || !no_null(s, a) || !no_null(s, b))
        return false;
    if (!join(s, a, &first, &type))
        return false;
    if (!join(s, b, &first, &type))
        return false;
    x->type = TYPE_BOOL;
    return x->relation <= RELATION_DIFFERENT || ordered(s, a, x->at, "< or >");
}

static bool check_between(struct source *s, struct expr *x)
{
    const struct expr *first = NULL;
    enum type type = TYPE_NONE;
    for (size_t i = 0; i < 3; i++)
        if (!check(s, x->child[i], NULL) || !no_null(s, x->child[i]) ||
            !join(s, x->child[i], &first, &type))
            return false;
    x->type = TYPE_BOOL;
    return ordered(s, x->child[0], x->at, "between");
}

static bool check_in(struct source *s, struct expr *x)
{
    const struct expr *first = NULL;
    enum type type = TYPE_NONE;
    const struct field *context = context_of(s, x->child[0]);
    if (!check(s, x->child[0], NULL) || !no_null(s, x->child[0]) ||
        !join(s, x->child[0], &first, &type))
        return false;
    for (size_t i = 1; i < x->n; i++) {
        struct expr *item = x->child[i];
        if (!check(s, item, context) || !no_null(s, item) ||
            !join(s, item, &first, &type))
            return false;
        if (!expr_is_constant(item) || item->type == TYPE_BOOL) {
            expr_fail(s, item->at, "expr.in",
                      "the list after `in` holds only codes, numbers, dates and texts");
            expr_cure(s, "write = .. or = .. instead");
            return false;
        }
    }
    x->type = TYPE_BOOL;
    return true;
}

static bool check_logic(struct source *s, struct expr *x)
{
    const char *what = x->node == NODE_AND  ? "`and`"
                       : x->node == NODE_OR ? "`or`"
                                            : "`not`";
    for (size_t i = 0; i < x->n; i++) {
        struct expr *c = x->child[i];
        if (!check(s, c, NULL))
            return false;
        settle(c, TYPE_BOOL);
        if (c->type != TYPE_BOOL) {
            expr_fail(s, c->at, "expr.type", "%s needs a condition, found %s", what,
                      called(c));
            expr_cure(s, "write a comparison, such as sex = m");
            return false;
        }
    }
    x->type = TYPE_BOOL;
    return true;
}

static bool is_condition(const struct expr *x, size_t i)
{
    return x->node == NODE_CASE && i % 2 == 0 && i + 1 < x->n;
}

// The values of case and coalesce: one type, one list of codes.
static bool check_values(struct source *s, struct expr *x, const struct field *context)
{
    const struct expr *first = NULL;
    enum type type = TYPE_NONE;
    if (!context)
        context = context_of(s, x);
    for (size_t i = 0; i < x->n; i++) {
        struct expr *c = x->child[i];
        if (is_condition(x, i)) {
            if (!check(s, c, NULL) || !need(s, c, TYPE_BOOL, "`when`"))
                return false;
        } else if (!check(s, c, context) || !join(s, c, &first, &type)) {
            return false;
        }
    }
    for (size_t i = 0; i < x->n; i++)
        if (!is_condition(x, i))
            settle(x->child[i], type);
    x->type = type == TYPE_NAME ? TYPE_TEXT : type;
    x->list = first ? first->list : NULL;
    return true;
}

static bool check_lookup(struct source *s, struct expr *x)
{
    struct expr *from = x->child[0], *name = x->child[1];
    if (!check(s, from, NULL))
        return false;
    if (from->type == TYPE_AREA)
        x->reg = s->pack->areas;
    else if (from->type == TYPE_FACILITY)
        x->reg = s->pack->facilities;
    else
        return expr_fail(s, from->at, "expr.type",
                         "lookup() needs an area or a facility first, found %s",
                         called(from));
    if (!x->reg)
        return expr_fail(s, x->at, "expr.lookup", "this pack has no register of %s",
                         from->type == TYPE_AREA ? "areas" : "facilities");
    if (name->node != NODE_NAME) {
        expr_fail(s, name->at, "expr.lookup",
                  "lookup() needs the name of a field of `" STR_FMT "` second",
                  STR_ARG(x->reg->name));
        return false;
    }
    x->field = reg_field(x->reg, name->text);
    if (!x->field)
        return unknown_field(s, name, x->reg);
    x->type = x->field->type;
    x->list = x->type == TYPE_CODE || x->type == TYPE_PERIOD ? x->field : NULL;
    x->n = 1; // the field's name is no operand
    return in_cube(s, name, x->field);
}

static bool check_extreme(struct source *s, struct expr *x)
{
    const struct expr *first = NULL;
    enum type type = TYPE_NONE;
    const char *name = expr_functions[x->function].name;
    for (size_t i = 0; i < x->n; i++) {
        struct expr *c = x->child[i];
        if (!check(s, c, NULL) || !join(s, c, &first, &type))
            return false;
        if (c->type != TYPE_NONE && c->type != TYPE_DATE && !is_number(c->type))
            return expr_fail(s, c->at, "expr.type",
                             "%s() needs numbers or dates, found %s", name, called(c));
    }
    for (size_t i = 0; i < x->n; i++)
        settle(x->child[i], type == TYPE_NONE ? TYPE_INT : type);
    x->type = type == TYPE_NONE ? TYPE_INT : type;
    return true;
}

static bool check_call(struct source *s, struct expr *x, const struct field *context)
{
    if (x->function == FUNCTION_COALESCE)
        return check_values(s, x, context);
    if (x->function == FUNCTION_LOOKUP)
        return check_lookup(s, x);
    if (x->function == FUNCTION_LEAST || x->function == FUNCTION_GREATEST)
        return check_extreme(s, x);
    for (size_t i = 0; i < x->n; i++)
        if (!check(s, x->child[i], NULL))
            return false;
    char what[32];
    const char *name = expr_functions[x->function].name;
    size_t n = 0;
    for (; name[n]; n++)
        what[n] = name[n];
    what[n] = '(';
    what[n + 1] = ')';
    what[n + 2] = '\0';
    x->type = TYPE_INT;
    switch (x->function) {
    case FUNCTION_TODAY:
        x->type = TYPE_DATE;
        return true;
    case FUNCTION_DAYS:
        return need(s, x->child[0], TYPE_INT, what);
    case FUNCTION_YEAR:
    case FUNCTION_MONTH:
        return need(s, x->child[0], TYPE_DATE, what);
    case FUNCTION_ABS:
        if (!need_number(s, x->child[0], what))
            return false;
        x->type = x->child[0]->type;
        return true;
    case FUNCTION_LENGTH:
        if (x->child[0]->type == TYPE_NAME)
            return true;
        return need(s, x->child[0], TYPE_TEXT, what);
    case FUNCTION_WITHIN_DAYS:
        x->type = TYPE_BOOL;
        return need(s, x->child[0], TYPE_DATE, what) &&
               need(s, x->child[1], TYPE_DATE, what) &&
               need(s, x->child[2], TYPE_INT, what);
    default: // the ages
        return need(s, x->child[0], TYPE_DATE, what) &&
               need(s, x->child[1], TYPE_DATE, what);
    }
}

static bool check(struct source *s, struct expr *x, const struct field *context)
{
    bool ok = true;
    switch (x->node) {
    case NODE_NULL:
        x->type = TYPE_NONE;
        break;
    case NODE_BOOL:
        x->type = TYPE_BOOL;
        break;
    case NODE_INT:
        x->type = TYPE_INT;
        break;
    case NODE_DECIMAL:
        x->type = TYPE_DECIMAL;
        break;
    case NODE_DATE:
        x->type = TYPE_DATE;
        break;
    case NODE_TEXT:
        ok = check_text(s, x, context);
        break;
    case NODE_NAME:
        ok = check_name(s, x, context);
        break;
    case NODE_NEGATE:
        ok = check(s, x->child[0], NULL) && need_number(s, x->child[0], "-");
        x->type = x->child[0]->type;
        break;
    case NODE_ADD:
    case NODE_SUBTRACT:
    case NODE_MULTIPLY:
    case NODE_DIVIDE:
        ok = check_arithmetic(s, x);
        break;
    case NODE_COMPARE:
        ok = check_compare(s, x);
        break;
    case NODE_AND:
    case NODE_OR:
    case NODE_NOT:
        ok = check_logic(s, x);
        break;
    case NODE_IN:
        ok = check_in(s, x);
        break;
    case NODE_BETWEEN:
        ok = check_between(s, x);
        break;
    case NODE_IS_NULL:
        ok = check(s, x->child[0], NULL);
        settle(x->child[0], TYPE_INT);
        x->type = TYPE_BOOL;
        break;
    case NODE_CASE:
        ok = check_values(s, x, context);
        break;
    case NODE_CALL:
        ok = check_call(s, x, context);
        break;
    case NODE_CODE:
    case NODE_FIELD:
    case NODE_AGGREGATE:
        break;
    }
    return ok && expr_count_needs(s, x);
}

bool expr_check_row(struct source *s, struct expr *x)
{
    return check(s, x, NULL);
}

// --- what the tree says of itself

enum type expr_type(const struct expr *x)
{
    return x->type;
}

void expr_fields(const struct expr *x, bool *used)
{
    if (x->node == NODE_FIELD)
        used[x->field->index] = true;
    for (size_t i = 0; i < x->n; i++)
        expr_fields(x->child[i], used);
}

void expr_lookups(const struct expr *x, bool *areas, bool *facilities)
{
    if (x->node == NODE_CALL && x->function == FUNCTION_LOOKUP) {
        bool *used = x->child[0]->type == TYPE_AREA ? areas : facilities;
        if (used)
            used[x->field->index] = true;
    }
    for (size_t i = 0; i < x->n; i++)
        expr_lookups(x->child[i], areas, facilities);
}

size_t expr_aggregates(const struct expr *x)
{
    return x->measure ? x->measure->n : 0;
}

const struct aggregate *expr_aggregate(const struct expr *x, size_t i)
{
    return i < expr_aggregates(x) ? &x->measure->aggregates[i] : NULL;
}
