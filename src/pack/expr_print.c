// SPDX-License-Identifier: AGPL-3.0-or-later
// The expression with the labels of its registers, fields and codes, for people who read
// a report and not the pack.
#include "pack/expr_tree.h"

enum binding {
    BIND_OR,
    BIND_AND,
    BIND_NOT,
    BIND_COMPARE,
    BIND_SUM,
    BIND_PRODUCT,
    BIND_ONE
};

struct page {
    struct buf *out;
    bool zh;
    const struct measure *measure;
};

static void print(const struct page *p, const struct expr *x);

static void add(const struct page *p, const char *en, const char *zh)
{
    buf_add_c(p->out, p->zh ? zh : en);
}

static void add_label(const struct page *p, struct label label, struct str name)
{
    struct str text = label_in(label, p->zh);
    buf_add(p->out, text.n ? text : name);
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
        return BIND_SUM;
    case NODE_MULTIPLY:
    case NODE_DIVIDE:
        return BIND_PRODUCT;
    default:
        return BIND_ONE;
    }
}

static void operand(const struct page *p, const struct expr *x, enum binding least)
{
    bool bracket = binding_of(x) < least;
    add(p, bracket ? "(" : "", bracket ? "（" : "");
    print(p, x);
    add(p, bracket ? ")" : "", bracket ? "）" : "");
}

static void two(const struct page *p, const struct expr *x, const char *en,
                const char *zh)
{
    enum binding b = binding_of(x);
    operand(p, x->child[0], b);
    add(p, en, zh);
    operand(p, x->child[1], (enum binding)(b + 1));
}

static void constant(const struct page *p, const struct expr *x)
{
    char day[DATE_TEXT_SIZE];
    switch (x->node) {
    case NODE_BOOL:
        add(p, x->whole ? "yes" : "no", x->whole ? "是" : "否");
        break;
    case NODE_INT:
        buf_printf(p->out, "%lld", (long long)x->whole);
        break;
    case NODE_DECIMAL:
        buf_printf(p->out, "%.15g", x->decimal);
        break;
    case NODE_TEXT:
        add(p, "\"", "“");
        buf_add(p->out, x->text);
        add(p, "\"", "”");
        break;
    case NODE_DATE:
        date_format((int32_t)x->whole, day);
        buf_add_c(p->out, day);
        break;
    case NODE_CODE:
        add_label(p, x->list->codes[x->whole].label, x->list->codes[x->whole].value);
        break;
    default:
        add(p, "nothing", "空");
    }
}

static void print_case(const struct page *p, const struct expr *x)
{
    add(p, "(", "（");
    for (size_t i = 0; i + 1 < x->n; i += 2) {
        add(p, i ? ", if " : "if ", i ? "，若" : "若");
        print(p, x->child[i]);
        add(p, " then ", "则为");
        print(p, x->child[i + 1]);
    }
    add(p, ", else ", "，否则为");
    print(p, x->child[x->n - 1]);
    add(p, ")", "）");
}

static void print_call(const struct page *p, const struct expr *x)
{
    const struct function_about *f = &expr_functions[x->function];
    if (x->function == FUNCTION_DAYS) {
        operand(p, x->child[0], BIND_ONE);
        add(p, " days", "天");
        return;
    }
    if (x->function == FUNCTION_LOOKUP) { // Kind of Facility
        if (!p->zh) {
            add_label(p, x->field->label, x->field->name);
            buf_add_c(p->out, " of ");
        }
        print(p, x->child[0]);
        if (p->zh) {
            buf_add_c(p->out, "的");
            add_label(p, x->field->label, x->field->name);
        }
        return;
    }
    if (x->function == FUNCTION_TODAY) {
        add(p, "today", f->zh);
        return;
    }
    add(p, f->name, f->zh);
    add(p, "(", "（");
    for (size_t i = 0; i < x->n; i++) {
        add(p, i ? ", " : "", i ? "，" : "");
        print(p, x->child[i]);
    }
    add(p, ")", "）");
}

static void print_in(const struct page *p, const struct expr *x)
{
    operand(p, x->child[0], BIND_SUM);
    add(p, " is one of ", "属于");
    for (size_t i = 1; i < x->n; i++) {
        add(p, i > 1 ? ", " : "", i > 1 ? "、" : "");
        constant(p, x->child[i]);
    }
}

static void print_aggregate(const struct page *p, const struct aggregate *g)
{
    static const struct {
        const char *en, *zh;
    } names[] = {
        [AGGREGATE_COUNT] = {"number of ", "条数"},
        [AGGREGATE_SUM] = {"sum of ", "合计"},
        [AGGREGATE_LAST] = {"latest in the period of ", "期内最近值"},
        [AGGREGATE_AS_OF] = {"latest by the period's end of ", "期末最近值"},
        [AGGREGATE_MEAN] = {"mean of ", "平均"},
        [AGGREGATE_MIN] = {"smallest of ", "最小"},
        [AGGREGATE_MAX] = {"largest of ", "最大"},
    };
    add(p, names[g->function].en, names[g->function].zh);
    add(p, "[", "【");
    add_label(p, g->reg->label, g->reg->name);
    if (g->value) {
        add(p, ": ", "：");
        print(p, g->value);
    }
    if (g->where) {
        add(p, " where ", "，其中");
        print(p, g->where);
    }
    add(p, "]", "】");
}

static void print(const struct page *p, const struct expr *x)
{
    static const char *const relations[] = {
        [RELATION_EQUAL] = " = ", [RELATION_DIFFERENT] = " ≠ ",
        [RELATION_LESS] = " < ",  [RELATION_LESS_EQUAL] = " ≤ ",
        [RELATION_MORE] = " > ",  [RELATION_MORE_EQUAL] = " ≥ "};
    switch (x->node) {
    case NODE_FIELD:
        add_label(p, x->field->label, x->field->name);
        break;
    case NODE_NEGATE:
        buf_add_c(p->out, "−");
        operand(p, x->child[0], BIND_ONE);
        break;
    case NODE_ADD:
        two(p, x, " + ", " + ");
        break;
    case NODE_SUBTRACT:
        two(p, x, " − ", " − ");
        break;
    case NODE_MULTIPLY:
        two(p, x, " × ", " × ");
        break;
    case NODE_DIVIDE:
        two(p, x, " ÷ ", " ÷ ");
        break;
    case NODE_COMPARE:
        operand(p, x->child[0], BIND_SUM);
        buf_add_c(p->out, relations[x->relation]);
        operand(p, x->child[1], BIND_SUM);
        break;
    case NODE_AND:
        two(p, x, " and ", " 且 ");
        break;
    case NODE_OR:
        two(p, x, " or ", " 或 ");
        break;
    case NODE_NOT:
        add(p, "not ", "非");
        operand(p, x->child[0], BIND_ONE);
        break;
    case NODE_IN:
        print_in(p, x);
        break;
    case NODE_BETWEEN:
        operand(p, x->child[0], BIND_SUM);
        add(p, " between ", "介于");
        operand(p, x->child[1], BIND_SUM);
        add(p, " and ", "与");
        operand(p, x->child[2], BIND_SUM);
        add(p, "", "之间");
        break;
    case NODE_IS_NULL:
        operand(p, x->child[0], BIND_SUM);
        add(p, " is empty", "为空");
        break;
    case NODE_CASE:
        print_case(p, x);
        break;
    case NODE_CALL:
        print_call(p, x);
        break;
    case NODE_AGGREGATE:
        print_aggregate(p, &p->measure->aggregates[x->whole]);
        break;
    default:
        constant(p, x);
    }
}

void expr_print(const struct expr *x, bool zh, struct buf *out)
{
    print(&(struct page){out, zh, x->measure}, x);
}
