// SPDX-License-Identifier: AGPL-3.0-or-later
// Values and the evaluator: walks a tree for one record or one pair. Slow and general;
// what is run for every pair is in view_test.c.
#include "link/view_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"

enum { SECONDS_OF_DAY = 86400 };

struct view_value view_null(void)
{
    return (struct view_value){.kind = VALUE_NULL};
}

struct view_value view_number(double x)
{
    if (isnan(x))
        return view_null();
    return (struct view_value){.kind = VALUE_NUMBER, .number = x};
}

struct view_value view_truth(int truth)
{
    if (truth < 0)
        return view_null();
    return (struct view_value){.kind = VALUE_TRUTH, .number = truth};
}

struct view_value view_text(struct str s)
{
    return (struct view_value){.kind = VALUE_TEXT, .text = s};
}

void view_evaluator_init(struct view_evaluator *ev)
{
    memset(ev, 0, sizeof *ev);
    arena_init(&ev->arena, 0);
}

void *view_memory(struct view_evaluator *ev, size_t count, size_t size)
{
    void *p = arena_alloc(&ev->arena, count, size);
    if (!p && !ev->failed) {
        ev->failed = true;
        (void)error_memory(&ev->error);
    }
    return p;
}

// ---- one kind as another ----

double view_as_number(const struct view_value *v)
{
    double x;
    switch (v->kind) {
    case VALUE_NUMBER:
    case VALUE_TRUTH:
        return v->number;
    case VALUE_TEXT:
        return str_to_double(str_trim(v->text), &x) ? x : (double)NAN;
    default:
        return NAN;
    }
}

int view_as_truth(const struct view_value *v)
{
    static const char *const yes[] = {"true", "t", "yes", "y"};
    static const char *const no[] = {"false", "f", "no", "n"};
    if (v->kind == VALUE_TRUTH || v->kind == VALUE_NUMBER)
        return v->number != 0;
    if (v->kind != VALUE_TEXT)
        return -1;
    for (size_t i = 0; i < 4; i++) {
        if (str_equal_fold(v->text, str_of(yes[i])))
            return 1;
        if (str_equal_fold(v->text, str_of(no[i])))
            return 0;
    }
    double x = view_as_number(v);
    return isnan(x) ? -1 : x != 0;
}

struct view_value view_as_time(const struct view_value *v)
{
    static const char *const forms[] = {"%Y-%m-%d",          "%Y-%m-%d %H:%M:%S",
                                        "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ",
                                        "%Y-%m-%d %H:%M",    "%Y/%m/%d"};
    if (v->kind == VALUE_DATE || v->kind == VALUE_TIME)
        return *v;
    if (v->kind != VALUE_TEXT)
        return view_null();
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct view_value t = view_strptime(str_trim(v->text), str_of(forms[i]));
        if (t.kind != VALUE_NULL)
            return t;
    }
    return view_null();
}

// The shortest decimal number that reads back as x.
static size_t print_number(double x, char out[32])
{
    if (fabs(x) < 1e15 && x == rint(x))
        return (size_t)snprintf(out, 32, "%.0f", x == 0 ? 0 : x);
    for (int digits = 15; digits < 17; digits++) {
        struct str s = {out, (size_t)snprintf(out, 32, "%.*g", digits, x)};
        double back;
        if (str_to_double(s, &back) && back == x)
            return s.n;
    }
    return (size_t)snprintf(out, 32, "%.17g", x);
}

static size_t print_time(const struct view_value *v, char out[32])
{
    double days = floor(v->number / SECONDS_OF_DAY);
    int seconds = (int)(v->number - days * SECONDS_OF_DAY);
    char date[DATE_TEXT_SIZE];
    date_format((int32_t)days, date);
    if (v->kind == VALUE_DATE)
        return (size_t)snprintf(out, 32, "%s", date);
    return (size_t)snprintf(out, 32, "%s %02d:%02d:%02d", date, seconds / 3600,
                            seconds / 60 % 60, seconds % 60);
}

// A list as JSON, which compare_common reads.
static struct str print_list(struct view_evaluator *ev, const struct view_value *v)
{
    size_t n = 2;
    for (size_t i = 0; i < v->n; i++)
        n += 2 * v->items[i].text.n + 3;
    char *out = view_memory(ev, n, 1), *p = out;
    if (!out)
        return STR("");
    *p++ = '[';
    for (size_t i = 0; i < v->n; i++) {
        struct str s = v->items[i].text;
        if (i)
            *p++ = ',';
        *p++ = '"';
        for (size_t k = 0; k < s.n; k++) {
            if (s.p[k] == '"' || s.p[k] == '\\')
                *p++ = '\\';
            *p++ = s.p[k];
        }
        *p++ = '"';
    }
    *p++ = ']';
    return (struct str){out, (size_t)(p - out)};
}

struct str view_as_text(struct view_evaluator *ev, const struct view_value *v)
{
    char text[32];
    size_t n;
    switch (v->kind) {
    case VALUE_TEXT:
        return v->text;
    case VALUE_NUMBER:
        n = print_number(v->number, text);
        break;
    case VALUE_DATE:
    case VALUE_TIME:
        n = print_time(v, text);
        break;
    case VALUE_TRUTH:
        return v->number != 0 ? STR("true") : STR("false");
    case VALUE_LIST:
        return print_list(ev, v);
    default:
        return STR("");
    }
    char *copy = view_memory(ev, n + 1, 1);
    if (!copy)
        return STR("");
    memcpy(copy, text, n);
    return (struct str){copy, n};
}

void view_print(struct view_evaluator *ev, const struct view_value *v, struct buf *out)
{
    if (v->kind == VALUE_NULL)
        return;
    struct str s = view_as_text(ev, v);
    buf_add(out, s.n ? s : STR(VIEW_EMPTY));
}

// ---- comparing ----

static int relation_holds(int op, int order)
{
    switch (op) {
    case OP_EQUAL:
        return order == 0;
    case OP_NOT_EQUAL:
        return order != 0;
    case OP_LESS:
        return order < 0;
    case OP_LESS_EQUAL:
        return order <= 0;
    case OP_MORE:
        return order > 0;
    default:
        return order >= 0;
    }
}

static int order_of(double a, double b)
{
    return (a > b) - (a < b);
}

static bool is_time(const struct view_value *v)
{
    return v->kind == VALUE_DATE || v->kind == VALUE_TIME;
}

static bool counts(const struct view_value *v)
{
    return v->kind == VALUE_NUMBER || v->kind == VALUE_TRUTH;
}

// Texts stand in the order of their numbers when both are numbers; they are equal only
// when they are the same text.
int view_compare(struct view_evaluator *ev, int op, const struct view_value *a,
                 const struct view_value *b)
{
    if (a->kind == VALUE_NULL || b->kind == VALUE_NULL)
        return -1;
    if (a->kind == VALUE_TRUTH || b->kind == VALUE_TRUTH) {
        int x = view_as_truth(a), y = view_as_truth(b);
        return x < 0 || y < 0 ? -1 : relation_holds(op, x - y);
    }
    if (is_time(a) || is_time(b)) {
        struct view_value x = view_as_time(a), y = view_as_time(b);
        if (x.kind == VALUE_NULL || y.kind == VALUE_NULL)
            return -1;
        return relation_holds(op, order_of(x.number, y.number));
    }
    if (counts(a) || counts(b) || (op != OP_EQUAL && op != OP_NOT_EQUAL)) {
        double x = view_as_number(a), y = view_as_number(b);
        if (!isnan(x) && !isnan(y))
            return relation_holds(op, order_of(x, y));
        if (counts(a) || counts(b))
            return -1;
    }
    return relation_holds(op, str_compare(view_as_text(ev, a), view_as_text(ev, b)));
}

// ---- the walk ----

struct walk {
    struct view_evaluator *ev;
    const struct view_cells *cells;
};

static struct view_value value_of(const struct walk *w, const struct condition *c);

static struct view_value column_value(const struct walk *w, const struct condition *c)
{
    for (unsigned i = 0; i < w->cells->n; i++)
        if (str_equal_fold(w->cells->names[i], c->text)) {
            const struct str *from =
                c->side == CONDITION_RIGHT ? w->cells->right : w->cells->left;
            return from[i].n ? view_text(from[i]) : view_null();
        }
    return view_null();
}

static int truth_of(const struct walk *w, const struct condition *c)
{
    struct view_value v = value_of(w, c);
    return view_as_truth(&v);
}

// AND stops at false, OR at true; null when nothing decides and one is null.
static struct view_value junction(const struct walk *w, const struct condition *c)
{
    int stop = c->kind == CONDITION_OR, result = !stop;
    for (unsigned i = 0; i < c->n; i++) {
        int t = truth_of(w, c->args[i]);
        if (t == stop)
            return view_truth(stop);
        if (t < 0)
            result = -1;
    }
    return view_truth(result);
}

static struct view_value in_list(const struct walk *w, const struct condition *c)
{
    struct view_value x = value_of(w, c->args[0]);
    int result = 0;
    for (unsigned i = 1; i < c->n; i++) {
        struct view_value y = value_of(w, c->args[i]);
        int t = view_compare(w->ev, OP_EQUAL, &x, &y);
        if (t > 0)
            return view_truth(1);
        if (t < 0)
            result = -1;
    }
    return view_truth(result);
}

static struct view_value between(const struct walk *w, const struct condition *c)
{
    struct view_value x = value_of(w, c->args[0]), low = value_of(w, c->args[1]),
                      high = value_of(w, c->args[2]);
    int a = view_compare(w->ev, OP_MORE_EQUAL, &x, &low),
        b = view_compare(w->ev, OP_LESS_EQUAL, &x, &high);
    return view_truth(a == 0 || b == 0 ? 0 : a < 0 || b < 0 ? -1 : 1);
}

static struct view_value case_when(const struct walk *w, const struct condition *c)
{
    for (unsigned i = 0; i + 1 < c->n; i += 2)
        if (truth_of(w, c->args[i]) > 0)
            return value_of(w, c->args[i + 1]);
    return c->n % 2 ? value_of(w, c->args[c->n - 1]) : view_null();
}

static struct view_value joined(const struct walk *w, const struct str *parts, size_t n)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += parts[i].n;
    char *out = view_memory(w->ev, total + 1, 1);
    if (!out)
        return view_null();
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].n)
            memcpy(out + at, parts[i].p, parts[i].n);
        at += parts[i].n;
    }
    return view_text((struct str){out, total});
}

static struct view_value arithmetic(const struct walk *w, const struct condition *c)
{
    struct view_value a = value_of(w, c->args[0]);
    if (c->n == 1)
        return view_number(-view_as_number(&a));
    struct view_value b = value_of(w, c->args[1]);
    if (a.kind == VALUE_NULL || b.kind == VALUE_NULL)
        return view_null();
    if (c->op == '|') {
        struct str parts[2] = {view_as_text(w->ev, &a), view_as_text(w->ev, &b)};
        return joined(w, parts, 2);
    }
    if (c->op == '-' && (is_time(&a) || is_time(&b))) { // days
        struct view_value x = view_as_time(&a), y = view_as_time(&b);
        if (x.kind == VALUE_NULL || y.kind == VALUE_NULL)
            return view_null();
        return view_number((x.number - y.number) / SECONDS_OF_DAY);
    }
    double x = view_as_number(&a), y = view_as_number(&b);
    return view_number(c->op == '+'   ? x + y
                       : c->op == '-' ? x - y
                       : c->op == '*' ? x * y
                                      : x / y);
}

static struct view_value cast(const struct walk *w, const struct condition *c)
{
    struct view_value v = value_of(w, c->args[0]);
    if (v.kind == VALUE_NULL)
        return v;
    double x = view_as_number(&v);
    switch (view_kind_of(c)) {
    case VALUE_NUMBER:
        return view_number(str_equal_c(c->text, "int") ? rint(x) : x);
    case VALUE_DATE:
        v = view_as_time(&v);
        if (v.kind == VALUE_NULL)
            return v;
        v.kind = VALUE_DATE;
        v.number = floor(v.number / SECONDS_OF_DAY) * SECONDS_OF_DAY;
        return v;
    case VALUE_TIME:
        v = view_as_time(&v);
        if (v.kind == VALUE_DATE)
            v.kind = VALUE_TIME;
        return v;
    case VALUE_TRUTH:
        return view_truth(view_as_truth(&v));
    default:
        return view_text(view_as_text(w->ev, &v));
    }
}

static struct view_value item_of(const struct walk *w, const struct condition *c)
{
    struct view_value v = value_of(w, c->args[0]), at = value_of(w, c->args[1]);
    double place = view_as_number(&at);
    if (v.kind == VALUE_NULL || isnan(place))
        return view_null();
    struct view_value list = view_as_list(w->ev, &v);
    double i = place < 0 ? (double)list.n + place : place - 1;
    if (!(i >= 0 && i < (double)list.n))
        return view_null();
    return list.items[(size_t)i];
}

// The best of a function over each element of one list with each of another.
static struct view_value pairwise(const struct walk *w, const struct condition *c)
{
    struct view_value a = value_of(w, c->args[0]), b = value_of(w, c->args[1]);
    if (a.kind == VALUE_NULL || b.kind == VALUE_NULL)
        return view_null();
    struct view_value x = view_as_list(w->ev, &a), y = view_as_list(w->ev, &b);
    double best = NAN;
    for (size_t i = 0; i < x.n; i++)
        for (size_t k = 0; k < y.n; k++) {
            double is = view_call_texts(c->function, x.items[i].text, y.items[k].text,
                                        UINT32_MAX - 1, 0);
            if (isnan(best) || (c->op == '>' ? is > best : is < best))
                best = is;
        }
    return view_number(best);
}

// Functions that look at null themselves.
static bool takes_null(const struct walk *w, const struct condition *c,
                       const struct view_value *args, struct view_value *out)
{
    *out = view_null();
    switch (c->function) {
    case FUNCTION_COALESCE:
        for (unsigned i = 0; i < c->n && out->kind == VALUE_NULL; i++)
            *out = args[i];
        return true;
    case FUNCTION_NULLIF:
        if (view_compare(w->ev, OP_EQUAL, &args[0], &args[1]) <= 0)
            *out = args[0];
        return true;
    case FUNCTION_CONCAT: {
        struct str *parts = view_memory(w->ev, c->n + 1, sizeof *parts);
        for (unsigned i = 0; parts && i < c->n; i++)
            parts[i] = view_as_text(w->ev, &args[i]);
        if (parts)
            *out = joined(w, parts, c->n);
        return true;
    }
    case FUNCTION_LEAST:
    case FUNCTION_GREATEST:
        for (unsigned i = 0; i < c->n; i++) {
            int op = c->function == FUNCTION_LEAST ? OP_LESS : OP_MORE;
            if (args[i].kind != VALUE_NULL &&
                (out->kind == VALUE_NULL || view_compare(w->ev, op, &args[i], out) > 0))
                *out = args[i];
        }
        return true;
    default:
        return false;
    }
}

static struct view_value call(const struct walk *w, const struct condition *c)
{
    struct view_value *args = view_memory(w->ev, c->n + 1, sizeof *args), v;
    if (!args)
        return view_null();
    bool null = false;
    for (unsigned i = 0; i < c->n; i++) {
        args[i] = value_of(w, c->args[i]);
        null = null || args[i].kind == VALUE_NULL;
    }
    if (takes_null(w, c, args, &v))
        return v;
    return null ? view_null() : view_call(w->ev, c, args);
}

static struct view_value compared(const struct walk *w, const struct condition *c)
{
    struct view_value a = value_of(w, c->args[0]), b = value_of(w, c->args[1]);
    return view_truth(view_compare(w->ev, c->op, &a, &b));
}

static struct view_value value_of(const struct walk *w, const struct condition *c)
{
    int t;
    struct view_value v;
    switch (c->kind) {
    case CONDITION_COLUMN:
        return column_value(w, c);
    case CONDITION_TEXT:
        return view_text(c->text);
    case CONDITION_NUMBER:
        return view_number(c->number);
    case CONDITION_NULL:
        return view_null();
    case CONDITION_TRUE:
    case CONDITION_ELSE:
        return view_truth(1);
    case CONDITION_FALSE:
        return view_truth(0);
    case CONDITION_AND:
    case CONDITION_OR:
        return junction(w, c);
    case CONDITION_NOT:
        t = truth_of(w, c->args[0]);
        return view_truth(t < 0 ? t : !t);
    case CONDITION_COMPARE:
        return compared(w, c);
    case CONDITION_ARITHMETIC:
        return arithmetic(w, c);
    case CONDITION_IS_NULL:
    case CONDITION_IS_NOT_NULL:
        v = value_of(w, c->args[0]);
        return view_truth((v.kind == VALUE_NULL) == (c->kind == CONDITION_IS_NULL));
    case CONDITION_IN:
        return in_list(w, c);
    case CONDITION_BETWEEN:
        return between(w, c);
    case CONDITION_CASE:
        return case_when(w, c);
    case CONDITION_CAST:
        return cast(w, c);
    case CONDITION_INDEX:
        return item_of(w, c);
    case CONDITION_CALL:
        return call(w, c);
    case CONDITION_PAIRWISE:
        return pairwise(w, c);
    }
    return view_null();
}

struct view_value view_evaluate(struct view_evaluator *ev, const struct condition *c,
                                const struct view_cells *cells)
{
    arena_reset(&ev->arena);
    return value_of(&(struct walk){ev, cells}, c);
}

// ---- kinds of trees ----

static enum view_kind kind_of_cast(const struct condition *c)
{
    static const struct {
        const char *type;
        enum view_kind kind;
    } kinds[] = {{"double", VALUE_NUMBER},
                 {"int", VALUE_NUMBER},
                 {"date", VALUE_DATE},
                 {"timestamp", VALUE_TIME},
                 {"boolean", VALUE_TRUTH}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_equal_c(c->text, kinds[i].type))
            return kinds[i].kind;
    return VALUE_TEXT;
}

static enum view_kind kind_of_call(const struct condition *c)
{
    switch (c->function) {
    case FUNCTION_STRPTIME:
        return VALUE_TIME;
    case FUNCTION_STR_SPLIT:
    case FUNCTION_LIST_INTERSECT:
        return VALUE_LIST;
    case FUNCTION_DATES_SWAPPED:
    case FUNCTION_NEAR:
        return VALUE_TRUTH;
    case FUNCTION_COALESCE:
    case FUNCTION_NULLIF:
    case FUNCTION_LEAST:
    case FUNCTION_GREATEST:
        for (unsigned i = 0; i < c->n; i++) {
            enum view_kind kind = view_kind_of(c->args[i]);
            if (kind != VALUE_NULL)
                return kind;
        }
        return VALUE_NULL;
    case FUNCTION_LENGTH:
    case FUNCTION_YEAR:
    case FUNCTION_MONTH:
    case FUNCTION_DAY:
    case FUNCTION_EPOCH:
    case FUNCTION_DATE_DIFF:
    case FUNCTION_LIST_LENGTH:
    case FUNCTION_KM:
        return VALUE_NUMBER;
    default:
        return view_calls_texts(c->function) || view_calls_numbers(c->function)
                   ? VALUE_NUMBER
                   : VALUE_TEXT;
    }
}

enum view_kind view_kind_of(const struct condition *c)
{
    enum view_kind kind = VALUE_TEXT;
    switch (c->kind) {
    case CONDITION_NULL:
        return VALUE_NULL;
    case CONDITION_NUMBER:
        return VALUE_NUMBER;
    case CONDITION_ARITHMETIC:
        return c->op == '|' ? VALUE_TEXT : VALUE_NUMBER;
    case CONDITION_CASE:
        for (unsigned i = 1; i < c->n; i += 2) {
            kind = view_kind_of(c->args[i]);
            if (kind != VALUE_NULL)
                return kind;
        }
        return c->n % 2 ? view_kind_of(c->args[c->n - 1]) : VALUE_NULL;
    case CONDITION_CAST:
        return kind_of_cast(c);
    case CONDITION_PAIRWISE:
        return VALUE_NUMBER;
    case CONDITION_CALL:
        return kind_of_call(c);
    case CONDITION_COLUMN:
    case CONDITION_TEXT:
    case CONDITION_INDEX:
        return VALUE_TEXT;
    default:
        return VALUE_TRUTH;
    }
}
