// SPDX-License-Identifier: AGPL-3.0-or-later
// A condition as filters of a list of rows, so that a number can lead to its rows.
#include <math.h>

#include "pack/expr_tree.h"

struct filtering {
    struct arena *arena;
    struct expr_filter *list;
    size_t most, n;
    bool whole, no_memory;
};

static struct str constant_text(struct filtering *w, const struct expr *x)
{
    char day[DATE_TEXT_SIZE];
    struct str text = {0};
    switch (x->node) {
    case NODE_CODE:
        text = x->list->codes[x->whole].value;
        break;
    case NODE_INT:
        text = str_format(w->arena, "%lld", (long long)x->whole);
        w->no_memory |= !text.p;
        break;
    case NODE_DECIMAL:
        text = str_format(w->arena, "%.15g", x->decimal);
        w->no_memory |= !text.p;
        break;
    case NODE_DATE:
        date_format((int32_t)x->whole, day);
        text = str_copy(w->arena, str_of(day));
        w->no_memory |= !text.p;
        break;
    default:
        break; // .p NULL: texts may hold what a filter takes for its own signs
    }
    return text;
}

// The node as a field and the constant beside it; *turned: the constant stood first.
static const struct field *field_beside(const struct expr *x,
                                        const struct expr **constant, bool *turned)
{
    const struct expr *a = x->child[0], *b = x->child[1];
    *turned = a->node != NODE_FIELD;
    *constant = *turned ? a : b;
    const struct expr *field = *turned ? b : a;
    return field->node == NODE_FIELD ? field->field : NULL;
}

static struct str range(struct filtering *w, enum relation r, const struct expr *limit)
{
    bool whole = limit->node == NODE_INT || limit->node == NODE_DATE;
    struct expr moved = *limit;
    if (r == RELATION_LESS || r == RELATION_MORE) {
        if (!whole)
            return (struct str){0}; // no filter excludes just the limit
        moved.whole += r == RELATION_LESS ? -1 : 1;
    }
    if (limit->node == NODE_CODE)
        return (struct str){0};
    struct str text = constant_text(w, &moved);
    if (!text.p)
        return text;
    bool below = r == RELATION_LESS || r == RELATION_LESS_EQUAL;
    text = str_format(w->arena, below ? ".." STR_FMT : STR_FMT "..", STR_ARG(text));
    w->no_memory |= !text.p;
    return text;
}

static struct str comparison(struct filtering *w, const struct expr *x,
                             const struct field **field)
{
    static const enum relation other_way[] = {
        [RELATION_EQUAL] = RELATION_EQUAL, [RELATION_DIFFERENT] = RELATION_DIFFERENT,
        [RELATION_LESS] = RELATION_MORE,   [RELATION_LESS_EQUAL] = RELATION_MORE_EQUAL,
        [RELATION_MORE] = RELATION_LESS,   [RELATION_MORE_EQUAL] = RELATION_LESS_EQUAL};
    const struct expr *constant;
    bool turned;
    *field = field_beside(x, &constant, &turned);
    enum relation r = turned ? other_way[x->relation] : x->relation;
    if (!*field || r == RELATION_DIFFERENT)
        return (struct str){0};
    // a decimal limit on whole numbers and the other way round: strict limits move by one
    if ((*field)->type == TYPE_DECIMAL && (r == RELATION_LESS || r == RELATION_MORE))
        return (struct str){0};
    return r == RELATION_EQUAL ? constant_text(w, constant) : range(w, r, constant);
}

static struct str in_list(struct filtering *w, const struct expr *x)
{
    struct buf list = BUF_INIT(EXPR_MAX_TEXT);
    struct str out = {0};
    bool good = true;
    for (size_t i = 1; i < x->n && good; i++) {
        struct str one = constant_text(w, x->child[i]);
        good = one.p != NULL;
        buf_printf(&list, "%s" STR_FMT, i > 1 ? "," : "", STR_ARG(one));
    }
    if (good && x->n > 1) {
        out = str_copy(w->arena, buf_str(&list));
        w->no_memory |= !out.p || list.failed;
    }
    buf_free(&list);
    return out;
}

static struct str between(struct filtering *w, const struct expr *x)
{
    struct str low = constant_text(w, x->child[1]), high = constant_text(w, x->child[2]);
    if (!low.p || !high.p)
        return (struct str){0};
    struct str out =
        str_format(w->arena, STR_FMT ".." STR_FMT, STR_ARG(low), STR_ARG(high));
    w->no_memory |= !out.p;
    return out;
}

static struct str term(struct filtering *w, const struct expr *x,
                       const struct field **field)
{
    const struct expr *inner = x->node == NODE_NOT ? x->child[0] : x;
    *field = inner->field;
    if (inner->node == NODE_FIELD && inner->type == TYPE_BOOL)
        return inner == x ? STR("1") : STR("0");
    *field =
        inner->n && inner->child[0]->node == NODE_FIELD ? inner->child[0]->field : NULL;
    if (inner->node == NODE_IS_NULL && *field)
        return inner == x ? STR("null") : STR("notnull");
    if (x->node == NODE_COMPARE)
        return comparison(w, x, field);
    if (x->node == NODE_IN && *field)
        return in_list(w, x);
    if (x->node == NODE_BETWEEN && *field)
        return between(w, x);
    return (struct str){0};
}

static void walk(struct filtering *w, const struct expr *x)
{
    if (x->node == NODE_AND) {
        for (size_t i = 0; i < x->n; i++)
            walk(w, x->child[i]);
        return;
    }
    const struct field *field;
    struct str text = term(w, x, &field);
    bool again = false;
    for (size_t i = 0; i < w->n; i++)
        again |= w->list[i].field == field;
    if (!text.p || again || w->n == w->most) {
        w->whole = false;
        return;
    }
    w->list[w->n++] = (struct expr_filter){field, text};
}

enum err expr_filters(const struct expr *x, struct arena *a, struct expr_filter *list,
                      size_t most, size_t *n, bool *whole, struct error *e)
{
    struct filtering w = {.arena = a, .list = list, .most = most, .whole = true};
    if (x)
        walk(&w, x);
    *n = w.n;
    *whole = w.whole;
    return w.no_memory ? error_memory(e) : ERR_OK;
}
