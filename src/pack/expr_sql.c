// SPDX-License-Identifier: AGPL-3.0-or-later
// The checked tree as SQL. Dates are ISO text; date sums go by julianday, which is exact
// at midnight. Brackets are written only where SQL needs them: SQLite's parser has room
// for a hundred open things, and a chain of `and` must not use one each.
#include "pack/expr_tree.h"

#include <math.h>
#include <string.h>

enum binding {
    BIND_OR,
    BIND_AND,
    BIND_NOT,
    BIND_COMPARE,
    BIND_SUM,
    BIND_PRODUCT,
    BIND_ONE
};

struct writer {
    struct buf *out;
    struct str alias;
    int32_t today;
};

static void add_quoted(struct buf *out, struct str text, char quote)
{
    buf_add_char(out, quote);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == quote)
            buf_add_char(out, quote);
        buf_add_char(out, text.p[i]);
    }
    buf_add_char(out, quote);
}

static void add_day(struct buf *out, int64_t day)
{
    char text[DATE_TEXT_SIZE];
    date_format((int32_t)day, text);
    buf_printf(out, "'%s'", text);
}

static void add_int(struct buf *out, int64_t v)
{
    buf_printf(out, v < 0 ? "(%lld)" : "%lld", (long long)v);
}

static void add_decimal(struct buf *out, double v)
{
    struct buf text = BUF_INIT(64);
    buf_printf(&text, "%.17g", v);
    struct str s = buf_str(&text);
    bool real = s.n && (memchr(s.p, '.', s.n) || memchr(s.p, 'e', s.n));
    buf_printf(out, v < 0 ? "(" STR_FMT "%s)" : STR_FMT "%s", STR_ARG(s),
               real ? "" : ".0");
    if (text.failed)
        out->failed = true;
    buf_free(&text);
}

static void add_constant(struct buf *out, const struct expr *x)
{
    switch (x->node) {
    case NODE_BOOL:
    case NODE_INT:
        add_int(out, x->whole);
        break;
    case NODE_DECIMAL:
        add_decimal(out, x->decimal);
        break;
    case NODE_TEXT:
        add_quoted(out, x->text, '\'');
        break;
    case NODE_DATE:
        add_day(out, x->whole);
        break;
    case NODE_CODE:
        add_quoted(out, x->list->codes[x->whole].value, '\'');
        break;
    default:
        buf_add_c(out, "NULL");
    }
}

static enum binding binding_of(const struct expr *x)
{
    switch (x->node) {
    case NODE_OR:
        return BIND_OR;
    case NODE_AND:
        return BIND_AND;
    case NODE_NOT:
        return BIND_NOT;
    case NODE_COMPARE:
    case NODE_IN:
    case NODE_BETWEEN:
    case NODE_IS_NULL:
        return BIND_COMPARE;
    case NODE_ADD:
    case NODE_SUBTRACT:
        return x->type == TYPE_DATE || x->child[0]->type == TYPE_DATE ? BIND_ONE
                                                                      : BIND_SUM;
    case NODE_MULTIPLY:
    case NODE_DIVIDE:
        return BIND_PRODUCT;
    case NODE_CALL:
        if (x->function == FUNCTION_WITHIN_DAYS)
            return BIND_COMPARE;
        if (x->function == FUNCTION_DAYS)
            return binding_of(x->child[0]);
        return BIND_ONE;
    default:
        return BIND_ONE;
    }
}

static void write(const struct writer *w, const struct expr *x);

static void operand(const struct writer *w, const struct expr *x, enum binding least)
{
    bool bracket = binding_of(x) < least;
    if (bracket)
        buf_add_char(w->out, '(');
    write(w, x);
    if (bracket)
        buf_add_char(w->out, ')');
}

static void two(const struct writer *w, const struct expr *x, const char *between,
                enum binding b)
{
    operand(w, x->child[0], b);
    buf_add_c(w->out, between);
    operand(w, x->child[1], (enum binding)(b + 1));
}

static void list(const struct writer *w, const struct expr *x, const char *name)
{
    buf_add_c(w->out, name);
    buf_add_char(w->out, '(');
    for (size_t i = 0; i < x->n; i++) {
        buf_add_c(w->out, i ? ", " : "");
        write(w, x->child[i]);
    }
    buf_add_char(w->out, ')');
}

static void days_apart(const struct writer *w, const struct expr *a, const struct expr *b)
{
    buf_add_c(w->out, "julianday(");
    write(w, a);
    buf_add_c(w->out, ") - julianday(");
    write(w, b);
    buf_add_char(w->out, ')');
}

static void write_sum(const struct writer *w, const struct expr *x)
{
    const struct expr *a = x->child[0], *b = x->child[1];
    const char *sign = x->node == NODE_ADD ? " + " : " - ";
    if (a->type == TYPE_DATE && b->type == TYPE_DATE) {
        buf_add_c(w->out, "CAST(");
        days_apart(w, a, b);
        buf_add_c(w->out, " AS INTEGER)");
    } else if (x->type == TYPE_DATE) {
        const struct expr *date = a->type == TYPE_DATE ? a : b;
        buf_add_c(w->out, "date(julianday(");
        write(w, date);
        buf_printf(w->out, ")%s", sign);
        operand(w, date == a ? b : a, BIND_PRODUCT);
        buf_add_char(w->out, ')');
    } else {
        two(w, x, sign, BIND_SUM);
    }
}

static void write_case(const struct writer *w, const struct expr *x)
{
    buf_add_c(w->out, "CASE");
    for (size_t i = 0; i + 1 < x->n; i += 2) {
        buf_add_c(w->out, " WHEN ");
        write(w, x->child[i]);
        buf_add_c(w->out, " THEN ");
        write(w, x->child[i + 1]);
    }
    buf_add_c(w->out, " ELSE ");
    write(w, x->child[x->n - 1]);
    buf_add_c(w->out, " END");
}

static void part_of_date(const struct writer *w, const struct expr *x, int from, int n)
{
    buf_add_c(w->out, "CAST(substr(");
    write(w, x);
    buf_printf(w->out, ", %d, %d) AS INTEGER)", from, n);
}

static void day_number(const struct writer *w, const struct expr *x) // 20140605
{
    buf_add_c(w->out, "CAST(replace(");
    write(w, x);
    buf_add_c(w->out, ", '-', '') AS INTEGER)");
}

// 12 x year + month, less one when the day of the month is not yet reached.
static void months_between(struct buf *out, const char *born, const char *on)
{
    buf_printf(out,
               "(substr(%s, 1, 4) - substr(%s, 1, 4)) * 12 + substr(%s, 6, 2) - "
               "substr(%s, 6, 2) - (substr(%s, 9, 2) < substr(%s, 9, 2))",
               on, born, on, born, on, born);
}

static void write_age(const struct writer *w, const struct expr *x)
{
    if (x->function == FUNCTION_AGE_YEARS) {
        // shifted so that the division rounds towards the past also for negative ages
        buf_add_c(w->out, "((");
        day_number(w, x->child[1]);
        buf_add_c(w->out, " - ");
        day_number(w, x->child[0]);
        buf_add_c(w->out, " + 1000000000) / 10000 - 100000)");
        return;
    }
    // each date is used three times: named once in a query of its own
    buf_add_c(w->out, "(SELECT ");
    months_between(w->out, "age.born", "age.day");
    buf_add_c(w->out, " FROM (SELECT ");
    write(w, x->child[0]);
    buf_add_c(w->out, " AS born, ");
    write(w, x->child[1]);
    buf_add_c(w->out, " AS day) age)");
}

static void write_lookup(const struct writer *w, const struct expr *x)
{
    buf_add_c(w->out, "(SELECT place.");
    add_quoted(w->out, x->field->column, '"');
    buf_add_c(w->out, " FROM ");
    add_quoted(w->out, x->reg->table, '"');
    buf_add_c(w->out, " place WHERE place.");
    add_quoted(w->out, x->reg->fields[FIELD_ID].column, '"');
    buf_add_c(w->out, " = ");
    write(w, x->child[0]);
    buf_add_char(w->out, ')');
}

static void write_call(const struct writer *w, const struct expr *x)
{
    switch (x->function) {
    case FUNCTION_TODAY:
        add_day(w->out, w->today);
        break;
    case FUNCTION_DAYS:
        write(w, x->child[0]);
        break;
    case FUNCTION_AGE_MONTHS:
    case FUNCTION_AGE_YEARS:
        write_age(w, x);
        break;
    case FUNCTION_YEAR:
        part_of_date(w, x->child[0], 1, 4);
        break;
    case FUNCTION_MONTH:
        part_of_date(w, x->child[0], 6, 2);
        break;
    case FUNCTION_COALESCE:
        list(w, x, "coalesce");
        break;
    case FUNCTION_ABS:
        list(w, x, "abs");
        break;
    case FUNCTION_LEAST: // null when any is null, as SQLite's min of several
        list(w, x, "min");
        break;
    case FUNCTION_GREATEST:
        list(w, x, "max");
        break;
    case FUNCTION_WITHIN_DAYS:
        buf_add_c(w->out, "abs(");
        days_apart(w, x->child[0], x->child[1]);
        buf_add_c(w->out, ") <= ");
        operand(w, x->child[2], BIND_SUM);
        break;
    case FUNCTION_LENGTH:
        list(w, x, "length");
        break;
    case FUNCTION_LOOKUP:
        write_lookup(w, x);
        break;
    case FUNCTIONS:
        break;
    }
}

static void write_in(const struct writer *w, const struct expr *x)
{
    operand(w, x->child[0], BIND_SUM);
    buf_add_c(w->out, " IN (");
    for (size_t i = 1; i < x->n; i++) {
        buf_add_c(w->out, i > 1 ? ", " : "");
        add_constant(w->out, x->child[i]);
    }
    buf_add_char(w->out, ')');
}

static void write(const struct writer *w, const struct expr *x)
{
    static const char *const relations[] = {
        [RELATION_EQUAL] = " = ", [RELATION_DIFFERENT] = " <> ",
        [RELATION_LESS] = " < ",  [RELATION_LESS_EQUAL] = " <= ",
        [RELATION_MORE] = " > ",  [RELATION_MORE_EQUAL] = " >= "};
    switch (x->node) {
    case NODE_FIELD:
        buf_add(w->out, w->alias);
        buf_add_char(w->out, '.');
        add_quoted(w->out, x->field->column, '"');
        break;
    case NODE_NEGATE: // two signs side by side would begin a comment
        buf_add_c(w->out, "-(");
        write(w, x->child[0]);
        buf_add_char(w->out, ')');
        break;
    case NODE_ADD:
    case NODE_SUBTRACT:
        write_sum(w, x);
        break;
    case NODE_MULTIPLY:
        two(w, x, " * ", BIND_PRODUCT);
        break;
    case NODE_DIVIDE:
        two(w, x, " * 1.0 / ", BIND_PRODUCT);
        break;
    case NODE_COMPARE:
        operand(w, x->child[0], BIND_SUM);
        buf_add_c(w->out, relations[x->relation]);
        operand(w, x->child[1], BIND_SUM);
        break;
    case NODE_AND:
        two(w, x, " AND ", BIND_AND);
        break;
    case NODE_OR:
        two(w, x, " OR ", BIND_OR);
        break;
    case NODE_NOT:
        buf_add_c(w->out, "NOT (");
        write(w, x->child[0]);
        buf_add_char(w->out, ')');
        break;
    case NODE_IN:
        write_in(w, x);
        break;
    case NODE_BETWEEN:
        operand(w, x->child[0], BIND_SUM);
        buf_add_c(w->out, " BETWEEN ");
        operand(w, x->child[1], BIND_SUM);
        buf_add_c(w->out, " AND ");
        operand(w, x->child[2], BIND_SUM);
        break;
    case NODE_IS_NULL:
        operand(w, x->child[0], BIND_SUM);
        buf_add_c(w->out, " IS NULL");
        break;
    case NODE_CASE:
        write_case(w, x);
        break;
    case NODE_CALL:
        write_call(w, x);
        break;
    default:
        add_constant(w->out, x);
    }
}

void expr_sql(const struct expr *x, struct str alias, int32_t today, struct buf *out)
{
    write(&(struct writer){out, alias, today}, x);
}

// --- aggregates

static void add_where(const struct aggregate *g, const struct writer *w)
{
    if (!g->where)
        return;
    buf_add_c(w->out, " AND ");
    operand(w, g->where, BIND_NOT);
}

static void add_column(const struct writer *w, const struct reg *r, enum system_field f)
{
    buf_add(w->out, w->alias);
    buf_add_char(w->out, '.');
    add_quoted(w->out, r->fields[f].column, '"');
}

static void add_rows(const struct aggregate *g, const struct writer *w, int32_t first,
                     int32_t last)
{
    add_quoted(w->out, g->reg->table, '"');
    buf_add_c(w->out, " t WHERE ");
    add_column(w, g->reg, FIELD_STATE);
    buf_add_c(w->out, " = 'current' AND ");
    add_column(w, g->reg, FIELD_DATE);
    if (g->function == AGGREGATE_AS_OF) {
        buf_add_c(w->out, " <= ");
    } else {
        buf_add_c(w->out, " BETWEEN ");
        add_day(w->out, first);
        buf_add_c(w->out, " AND ");
    }
    add_day(w->out, last);
}

void expr_aggregate_sql(const struct aggregate *g, int32_t first, int32_t last,
                        int32_t today, struct buf *out)
{
    static const char *const names[] = {
        [AGGREGATE_COUNT] = "count(*", [AGGREGATE_SUM] = "sum(",
        [AGGREGATE_LAST] = "sum(",     [AGGREGATE_AS_OF] = "sum(",
        [AGGREGATE_MEAN] = "avg(",     [AGGREGATE_MIN] = "min(",
        [AGGREGATE_MAX] = "max("};
    struct writer w = {out, STR("t"), today};
    buf_printf(out, "SELECT %s", names[g->function]);
    if (g->value)
        write(&w, g->value);
    buf_add_c(out, ") FROM ");
    if (g->function != AGGREGATE_LAST && g->function != AGGREGATE_AS_OF) {
        add_rows(g, &w, first, last);
        add_where(g, &w);
        return;
    }
    // the reporter is the facility where there is one, else the area, told apart
    buf_add_c(out, "(SELECT t.*, rank() OVER (PARTITION BY ");
    add_column(&w, g->reg, FIELD_FACILITY);
    buf_add_c(out, " IS NULL, coalesce(");
    add_column(&w, g->reg, FIELD_FACILITY);
    buf_add_c(out, ", ");
    add_column(&w, g->reg, FIELD_AREA);
    buf_add_c(out, ") ORDER BY ");
    add_column(&w, g->reg, FIELD_DATE);
    buf_add_c(out, " DESC) AS heng_rank FROM ");
    add_rows(g, &w, first, last);
    buf_add_c(out, ") t WHERE t.heng_rank = 1");
    add_where(g, &w);
}
