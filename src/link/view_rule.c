// SPDX-License-Identifier: AGPL-3.0-or-later
// Blocking rules: which parts can be looked up, and what must be tested on pairs.
#include "link/view_private.h"

// Parts of a rule joined by AND.
struct parts {
    const struct condition **rest;
    unsigned n_rest;
};

static bool opposite_terms(struct view_compiler *c, const struct condition *a,
                           const struct condition *b, unsigned *column, enum err *code)
{
    unsigned other;
    int x = condition_sides(a), y = condition_sides(b);
    if (!((x == CONDITION_LEFT && y == CONDITION_RIGHT) ||
          (x == CONDITION_RIGHT && y == CONDITION_LEFT)) ||
        view_kind_of(a) != view_kind_of(b))
        return false;
    *code = view_term_column(c, a, column);
    if (!*code)
        *code = view_term_column(c, b, &other);
    return !*code && *column == other;
}

// At most one edit: f(x, y) <= 1, f(x, y) < 2, or the other way round.
static const struct condition *one_edit(const struct condition *tree)
{
    if (tree->kind != CONDITION_COMPARE)
        return NULL;
    const struct condition *f = tree->args[0], *limit = tree->args[1];
    bool turned = f->kind == CONDITION_NUMBER;
    if (turned) {
        f = tree->args[1];
        limit = tree->args[0];
    }
    int less = turned ? OP_MORE : OP_LESS,
        less_equal = turned ? OP_MORE_EQUAL : OP_LESS_EQUAL;
    if (f->kind != CONDITION_CALL || limit->kind != CONDITION_NUMBER ||
        (f->function != FUNCTION_LEVENSHTEIN && f->function != FUNCTION_OSA &&
         f->function != FUNCTION_DAMERAU))
        return NULL;
    bool one = (tree->op == less && limit->number > 1 && limit->number <= 2) ||
               (tree->op == less_equal && limit->number >= 1 && limit->number < 2);
    return one ? f : NULL;
}

static enum err sorted_near(struct view_compiler *c, struct view_rule *rule,
                            const struct condition *tree, const struct view_test **test)
{
    enum err code = ERR_OK;
    const struct condition *steps = tree->n == 3 ? tree->args[2] : NULL;
    if (!steps || steps->kind != CONDITION_NUMBER || !(steps->number >= 1) ||
        steps->number > 1000 ||
        !opposite_terms(c, tree->args[0], tree->args[1], &rule->near_column, &code)) {
        if (code)
            return code;
        error_set(c->e, ERR_INPUT, "link.view.near", c->where,
                  "heng_near() needs the same part of both records and a number of steps "
                  "from 1 to 1000");
        return error_cure(c->e, "Write heng_near(l.surname, r.surname, 2).");
    }
    struct view_test *t;
    code = view_new_test(c, TEST_NEAR, 0, &t);
    if (code)
        return code;
    rule->near = LINK_NEAR_SORTED;
    rule->near_steps = (unsigned)steps->number;
    t->a = t->b = rule->near_column;
    t->b_right = true;
    t->number = rule->near_steps;
    *test = t;
    return ERR_OK;
}

static enum err take_part(struct view_compiler *c, struct view_rule *rule,
                          unsigned number, struct parts *parts,
                          const struct condition *tree)
{
    enum err code = ERR_OK;
    unsigned column;
    if (tree->kind == CONDITION_AND) {
        for (unsigned i = 0; i < tree->n && !code; i++)
            code = take_part(c, rule, number, parts, tree->args[i]);
        return code;
    }
    if (tree->kind == CONDITION_COMPARE && tree->op == OP_EQUAL &&
        rule->n_equal < LINK_MAX_EQUAL &&
        opposite_terms(c, tree->args[0], tree->args[1], &column, &code)) {
        for (unsigned i = 0; i < rule->n_equal; i++)
            if (rule->equal[i] == column)
                return ERR_OK;
        rule->equal[rule->n_equal++] = column;
        view_want(c, USE_RULE, column);
        return ERR_OK;
    }
    if (code)
        return code;
    const struct condition *edit = one_edit(tree);
    if (edit && rule->near == LINK_NEAR_NONE &&
        opposite_terms(c, edit->args[0], edit->args[1], &rule->near_column, &code)) {
        struct view_test *t;
        rule->near = LINK_NEAR_EDIT;
        rule->near_osa = edit->function != FUNCTION_LEVENSHTEIN;
        view_want(c, USE_RULE, rule->near_column);
        code = view_compile_truth(c, tree, &t);
        c->w->near_test[number] = t;
        return code;
    }
    if (!code && tree->kind == CONDITION_CALL && tree->function == FUNCTION_NEAR &&
        rule->near == LINK_NEAR_NONE) {
        code = sorted_near(c, rule, tree, &c->w->near_test[number]);
        if (!code)
            view_want(c, USE_RULE, rule->near_column);
        return code;
    }
    if (!code && !(tree->kind == CONDITION_TRUE))
        parts->rest[parts->n_rest++] = tree;
    return code;
}

static unsigned leaves_of_and(const struct condition *tree)
{
    if (tree->kind != CONDITION_AND)
        return 1;
    unsigned n = 0;
    for (unsigned i = 0; i < tree->n; i++)
        n += leaves_of_and(tree->args[i]);
    return n;
}

static enum err no_key(struct view_compiler *c, const struct condition *tree)
{
    error_set(c->e, ERR_INPUT, "link.view.rule", c->where,
              "nothing in the rule can be looked up, so that every pair of records would "
              "be compared");
    if (tree->kind == CONDITION_OR)
        return error_cure(c->e, "Write each side of the OR as a rule of its own.");
    return error_cure(c->e, "Join a part to it by AND that asks for equality "
                            "(l.surname = r.surname), for levenshtein(l.x, r.x) <= 1, or "
                            "for heng_near(l.x, r.x, 2).");
}

enum err view_compile_rule(struct view_compiler *c, struct view_rule *rule,
                           unsigned number, const struct condition *tree)
{
    struct parts parts = {.n_rest = 0};
    parts.rest = ARENA_ARRAY(c->arena, const struct condition *, leaves_of_and(tree));
    if (!parts.rest)
        return error_memory(c->e);
    enum err code = take_part(c, rule, number, &parts, tree);
    if (code)
        return code;
    if (!rule->n_equal && rule->near == LINK_NEAR_NONE)
        return no_key(c, tree);
    if (!parts.n_rest)
        return ERR_OK;
    struct view_test *rest;
    code = view_new_test(c, TEST_AND, parts.n_rest, &rest);
    for (unsigned i = 0; i < parts.n_rest && !code; i++)
        code = view_compile_truth(c, parts.rest[i], &rest->args[i]);
    rule->rest = rest;
    return code;
}
