// SPDX-License-Identifier: AGPL-3.0-or-later
// Blocking rules: which parts can be looked up, and what must be tested on pairs.
#include "link/view_private.h"

#include <stdlib.h>

// Parts of a rule joined by AND.
struct parts {
    const struct condition **rest;
    unsigned n_rest;
};

static bool opposite_terms(struct view_compiler *c, const struct condition *a,
                           const struct condition *b, unsigned *column, enum err *code)
{
    unsigned other = 0;
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
                            const struct condition *tree)
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
    rule->near = LINK_NEAR_SORTED;
    rule->near_steps = (unsigned)steps->number;
    view_want(c, USE_RULE, rule->near_column);
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
        rule->near == LINK_NEAR_NONE)
        return sorted_near(c, rule, tree);
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

// TRUE, or 1 = 1 as Splink's users write it: all pairs, and said so.
static bool is_all_pairs(const struct condition *tree)
{
    return tree->kind == CONDITION_TRUE ||
           (tree->kind == CONDITION_COMPARE && tree->op == OP_EQUAL &&
            tree->args[0]->kind == CONDITION_NUMBER &&
            tree->args[1]->kind == CONDITION_NUMBER &&
            tree->args[0]->number == tree->args[1]->number);
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
                            "for heng_near(l.x, r.x, 2); or write 1=1 if all pairs are "
                            "wanted.");
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
    if (is_all_pairs(tree))
        return ERR_OK;
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

// ---- neighbours in sorted order ----

struct place {
    uint64_t key; // combination of the equal parts, then rank of the near value
    uint32_t record;
};

static int by_key(const void *a, const void *b)
{
    uint64_t x = ((const struct place *)a)->key, y = ((const struct place *)b)->key;
    return (x > y) - (x < y);
}

static bool same_equals(const struct view_whole *w, const struct view_rule *rule,
                        uint32_t a, uint32_t b)
{
    const uint32_t *x = link_view_row(&w->v, a), *y = link_view_row(&w->v, b);
    for (unsigned i = 0; i < rule->n_equal; i++)
        if (x[rule->equal[i]] != y[rule->equal[i]])
            return false;
    return true;
}

// key of each record: number of its combination of equal parts in the upper half.
static enum err number_combinations(const struct view_whole *w,
                                    const struct view_rule *rule, struct place *places,
                                    struct error *e)
{
    size_t size = 16;
    while (size < 2 * (size_t)w->v.n)
        size *= 2;
    uint32_t *first = mem_alloc(size, sizeof *first); // record + 1
    if (!first)
        return error_memory(e);
    for (uint32_t r = 0; r < w->v.n; r++) {
        const uint32_t *row = link_view_row(&w->v, r);
        uint64_t h = 0;
        for (unsigned i = 0; i < rule->n_equal; i++) {
            h = (h ^ row[rule->equal[i]]) * 0x9e3779b97f4a7c15u;
            h ^= h >> 32;
        }
        size_t at = h & (size - 1);
        while (first[at] && !same_equals(w, rule, first[at] - 1, r))
            at = (at + 1) & (size - 1);
        if (!first[at])
            first[at] = r + 1;
        places[r] = (struct place){(uint64_t)first[at] << 32, r};
    }
    mem_free(first);
    return ERR_OK;
}

// Position of each record's key among all keys, those of one combination together.
static enum err positions_of(struct view_whole *w, const struct view_rule *rule,
                             uint32_t *position, struct error *e)
{
    const struct link_column *near =
        &w->v.records->columns[w->v.column[rule->near_column]];
    uint32_t *rank = mem_alloc((size_t)near->n_values + 1, sizeof *rank), next = 0;
    struct place *places = mem_alloc(w->v.n, sizeof *places);
    enum err code = rank && places ? view_ranks(near, rank, e) : error_memory(e);
    if (!code)
        code = number_combinations(w, rule, places, e);
    for (uint32_t r = 0; r < w->v.n && !code; r++) {
        uint32_t value = link_view_row(&w->v, r)[rule->near_column];
        // A null stands before the first, or nulls would push values apart.
        places[r].key += value == LINK_NULL ? 0 : rank[value] + 1;
    }
    if (!code)
        qsort(places, w->v.n, sizeof *places, by_key);
    for (uint32_t i = 0; i < w->v.n && !code; i++) {
        next += i && places[i].key != places[i - 1].key;
        position[places[i].record] = next;
    }
    mem_free(rank);
    mem_free(places);
    return code;
}

enum err view_positions(struct view_whole *w, struct error *e)
{
    enum err code = ERR_OK;
    for (unsigned i = 0; i < w->v.n_rules && !code; i++) {
        uint32_t *position;
        if (w->v.rules[i].near != LINK_NEAR_SORTED)
            continue;
        code = view_block(w, w->v.n, sizeof *position, &position, e);
        if (!code)
            code = positions_of(w, &w->v.rules[i], position, e);
        if (!code)
            w->near_position[i] = position;
    }
    return code;
}
