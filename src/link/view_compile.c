// SPDX-License-Identifier: AGPL-3.0-or-later
// From the text of conditions to tests: parts of one record become columns, equality of
// texts becomes equality of value numbers, and what several levels need is computed once.
#include "link/view_private.h"

#include <limits.h>
#include <math.h>

enum { EVERYTHING = UINT32_MAX - 1 }; // a distance without cut-off

enum err view_new_test(struct view_compiler *c, enum view_op op, unsigned n,
                       struct view_test **out)
{
    struct view_test *t = ARENA_NEW(c->arena, struct view_test);
    *out = t;
    if (!t)
        return error_memory(c->e);
    t->op = op;
    t->slot = -1;
    t->n = n;
    if (n && !(t->args = ARENA_ARRAY(c->arena, struct view_test *, n)))
        return error_memory(c->e);
    if (c->n_tests == c->capacity) {
        unsigned capacity = c->capacity ? 2 * c->capacity : 64;
        struct view_test **more = mem_resize(c->tests, capacity, sizeof *more);
        if (!more)
            return error_memory(c->e);
        c->tests = more;
        c->capacity = capacity;
    }
    c->tests[c->n_tests++] = t;
    return ERR_OK;
}

// A column that a test reads.
static void use(struct view_compiler *c, unsigned column)
{
    c->used[column] = true;
    view_want(c, USE_TEST, column);
}

static bool is_one_sided(const struct condition *tree)
{
    int sides = condition_sides(tree);
    return sides == CONDITION_LEFT || sides == CONDITION_RIGHT;
}

static bool are_opposite(const struct condition *a, const struct condition *b)
{
    return is_one_sided(a) && is_one_sided(b) && condition_sides(a) != condition_sides(b);
}

static enum err constant(struct view_compiler *c, double number, enum view_op op,
                         struct view_test **out)
{
    enum err code = view_new_test(c, op, 0, out);
    if (!code)
        (*out)->number = number;
    return code;
}

static enum err fold(struct view_compiler *c, const struct condition *tree,
                     enum view_op op, struct view_test **out)
{
    struct view_value v = view_evaluate(&c->evaluator, tree, &(struct view_cells){0});
    if (c->evaluator.failed) {
        *c->e = c->evaluator.error;
        return c->evaluator.error.code;
    }
    double x = op == TEST_CONSTANT ? view_as_truth(&v) : view_as_number(&v);
    return constant(c, x, op, out);
}

// A test that reads one column.
static enum err on_term(struct view_compiler *c, const struct condition *tree,
                        enum view_op op, struct view_test **out)
{
    enum err code = view_new_test(c, op, 0, out);
    if (code)
        return code;
    struct view_test *t = *out;
    code = view_term_column(c, tree, &t->a);
    if (code)
        return code;
    t->a_right = condition_sides(tree) == CONDITION_RIGHT;
    use(c, t->a);
    return ERR_OK;
}

// Reads the terms of both records into a and b.
static enum err two_terms(struct view_compiler *c, struct view_test *t,
                          const struct condition *a, const struct condition *b)
{
    enum err code = view_term_column(c, a, &t->a);
    if (!code)
        code = view_term_column(c, b, &t->b);
    if (code)
        return code;
    t->a_right = condition_sides(a) == CONDITION_RIGHT;
    t->b_right = condition_sides(b) == CONDITION_RIGHT;
    use(c, t->a);
    use(c, t->b);
    return ERR_OK;
}

// A tree that nothing better is known for.
static enum err evaluated(struct view_compiler *c, const struct condition *tree,
                          enum view_op op, struct view_test **out)
{
    enum err code = view_new_test(c, op, 0, out);
    struct view_leaves *leaves = ARENA_NEW(c->arena, struct view_leaves);
    if (code || !leaves)
        return code ? code : error_memory(c->e);
    (*out)->tree = tree;
    (*out)->leaves = leaves;
    code = condition_columns(tree, c->arena, &leaves->names, &leaves->n, c->e);
    if (code)
        return code;
    leaves->columns = ARENA_ARRAY(c->arena, unsigned, leaves->n);
    leaves->texts = ARENA_ARRAY(c->arena, const struct link_texts *, leaves->n);
    if (!leaves->columns || !leaves->texts)
        return error_memory(c->e);
    for (unsigned i = 0; i < leaves->n && !code; i++) {
        code = view_find_column(c, leaves->names[i], &leaves->columns[i]);
        if (!code)
            use(c, leaves->columns[i]);
    }
    if (leaves->n > c->w->most_leaves)
        c->w->most_leaves = leaves->n;
    return code;
}

// ---- numbers ----

static enum err compile_number(struct view_compiler *c, const struct condition *tree,
                               double need, struct view_test **out);

static enum err number_args(struct view_compiler *c, const struct condition *tree,
                            enum view_op op, struct view_test **out)
{
    enum err code = view_new_test(c, op, tree->n, out);
    for (unsigned i = 0; i < tree->n && !code; i++)
        code = compile_number(c, tree->args[i], INFINITY, &(*out)->args[i]);
    return code;
}

// What a function of two texts gives when they are the same; NaN when that depends.
static double of_same_texts(enum condition_function f)
{
    switch (f) {
    case FUNCTION_LEVENSHTEIN:
    case FUNCTION_DAMERAU:
    case FUNCTION_OSA:
        return 0;
    case FUNCTION_JARO:
    case FUNCTION_JARO_WINKLER:
    case FUNCTION_JACCARD:
    case FUNCTION_SHAPE:
        return 1;
    default:
        return NAN;
    }
}

static enum err number_of_texts(struct view_compiler *c, const struct condition *tree,
                                enum condition_function f, struct view_test **out)
{
    enum err code = view_new_test(c, NUMBER_TEXTS, 0, out);
    if (code)
        return code;
    struct view_test *t = *out;
    t->function = f;
    code = two_terms(c, t, tree->args[0], tree->args[1]);
    if (!code && tree->n > 2) {
        struct view_test *parameter;
        code = compile_number(c, tree->args[2], INFINITY, &parameter);
        if (!code)
            t->parameter = parameter->number;
    }
    t->number = of_same_texts(f);
    // A term may be the empty text, of which similarities are told apart.
    t->same = t->a == t->b && t->a_right != t->b_right && !isnan(t->number) &&
              (t->number == 0 || tree->args[0]->kind == CONDITION_COLUMN);
    return code;
}

static bool is_texts_call(const struct condition *tree)
{
    return tree->kind == CONDITION_CALL && view_calls_texts(tree->function) &&
           tree->function != FUNCTION_LIST_INTERSECT &&
           are_opposite(tree->args[0], tree->args[1]) &&
           (tree->n < 3 || condition_sides(tree->args[2]) == CONDITION_NONE);
}

static bool is_number_function(const struct condition *tree)
{
    switch (tree->function) {
    case FUNCTION_KM:
        return true;
    case FUNCTION_LEAST:
    case FUNCTION_GREATEST:
        return view_kind_of(tree) == VALUE_NUMBER;
    default:
        return view_calls_numbers(tree->function);
    }
}

static enum err number_of_call(struct view_compiler *c, const struct condition *tree,
                               struct view_test **out)
{
    if (is_texts_call(tree))
        return number_of_texts(c, tree, tree->function, out);
    if (tree->function == FUNCTION_LIST_LENGTH || tree->function == FUNCTION_LENGTH) {
        const struct condition *list = tree->args[0];
        if (list->kind == CONDITION_CALL && list->function == FUNCTION_LIST_INTERSECT &&
            are_opposite(list->args[0], list->args[1]))
            return number_of_texts(c, list, FUNCTION_LIST_INTERSECT, out);
    }
    if (!is_number_function(tree))
        return evaluated(c, tree, NUMBER_EVALUATE, out);
    enum err code = number_args(c, tree, NUMBER_FUNCTION, out);
    if (!code)
        (*out)->function = tree->function;
    return code;
}

static enum err number_of_case(struct view_compiler *c, const struct condition *tree,
                               struct view_test **out)
{
    enum err code = view_new_test(c, NUMBER_CASE, tree->n, out);
    for (unsigned i = 0; i < tree->n && !code; i++) {
        bool when = i % 2 == 0 && i + 1 < tree->n;
        code = when ? view_compile_truth(c, tree->args[i], &(*out)->args[i])
                    : compile_number(c, tree->args[i], INFINITY, &(*out)->args[i]);
    }
    return code;
}

static bool has_time(const struct condition *tree)
{
    for (unsigned i = 0; i < tree->n; i++) {
        enum view_kind kind = view_kind_of(tree->args[i]);
        if (kind == VALUE_DATE || kind == VALUE_TIME)
            return true;
    }
    return false;
}

static enum err number_of_both(struct view_compiler *c, const struct condition *tree,
                               struct view_test **out)
{
    enum err code;
    switch (tree->kind) {
    case CONDITION_ARITHMETIC:
        if (tree->op == '|' || has_time(tree))
            break;
        code = number_args(c, tree, NUMBER_ARITHMETIC, out);
        if (!code)
            (*out)->relation = tree->op;
        return code;
    case CONDITION_CAST:
        if (view_kind_of(tree) != VALUE_NUMBER || has_time(tree))
            break;
        if (str_equal_c(tree->text, "int"))
            return number_args(c, tree, NUMBER_WHOLE, out);
        return compile_number(c, tree->args[0], INFINITY, out);
    case CONDITION_CALL:
        return number_of_call(c, tree, out);
    case CONDITION_CASE:
        return number_of_case(c, tree, out);
    default:
        break;
    }
    return evaluated(c, tree, NUMBER_EVALUATE, out);
}

// need: the largest value that must be exact. What lies in a slot may serve several.
static void set_most(struct view_test *t, double need)
{
    uint32_t most = need < EVERYTHING ? need > 0 ? (uint32_t)need : 0 : EVERYTHING;
    if (most > t->most)
        t->most = most;
}

static enum err compile_number(struct view_compiler *c, const struct condition *tree,
                               double need, struct view_test **out)
{
    if (condition_sides(tree) == CONDITION_NONE)
        return fold(c, tree, NUMBER_CONSTANT, out);
    if (is_one_sided(tree))
        return on_term(c, tree, NUMBER_COLUMN, out);
    for (unsigned i = 0; i < c->n_slots; i++)
        if (condition_equal(c->slots[i].tree, tree)) {
            *out = c->slots[i].test;
            set_most(*out, need);
            return ERR_OK;
        }
    enum err code = number_of_both(c, tree, out);
    if (code)
        return code;
    set_most(*out, need);
    if (c->n_slots < VIEW_SLOTS) {
        (*out)->slot = (int)c->n_slots;
        c->slots[c->n_slots++] = (struct view_slot){tree, *out};
    }
    return ERR_OK;
}

// ---- truths ----

static enum err negated(struct view_compiler *c, struct view_test *test,
                        struct view_test **out)
{
    enum err code = view_new_test(c, TEST_NOT, 1, out);
    if (!code)
        (*out)->args[0] = test;
    return code;
}

static enum err truth_args(struct view_compiler *c, const struct condition *tree,
                           enum view_op op, struct view_test **out)
{
    enum err code = view_new_test(c, op, tree->n, out);
    for (unsigned i = 0; i < tree->n && !code; i++)
        code = view_compile_truth(c, tree->args[i], &(*out)->args[i]);
    return code;
}

static enum err is_null(struct view_compiler *c, const struct condition *tree,
                        struct view_test **out)
{
    const struct condition *of = tree->args[0];
    enum err code;
    if (is_one_sided(of)) {
        code = on_term(c, of, TEST_IS_NULL, out);
    } else if (view_kind_of(of) == VALUE_NUMBER) {
        code = view_new_test(c, TEST_NO_NUMBER, 1, out);
        if (!code)
            code = compile_number(c, of, INFINITY, &(*out)->args[0]);
    } else {
        return evaluated(c, tree, TEST_EVALUATE, out);
    }
    return code || tree->kind == CONDITION_IS_NULL ? code : negated(c, *out, out);
}

// Equal texts have equal numbers in one dictionary; two dictionaries need a map. Numbers,
// dates and lists that are terms are written in one way only, so that the same holds.
static enum err equality(struct view_compiler *c, const struct condition *tree,
                         struct view_test **out)
{
    enum err code = view_new_test(c, TEST_SAME, 0, out);
    if (code)
        return code;
    code = two_terms(c, *out, tree->args[0], tree->args[1]);
    if ((*out)->a != (*out)->b)
        (*out)->op = TEST_MAPPED;
    return code || tree->op == OP_EQUAL ? code : negated(c, *out, out);
}

static bool all_numbers(const struct view_compiler *c, unsigned column)
{
    const struct link_column *from = &c->records->columns[column];
    for (uint32_t i = 1; i <= from->n_values; i++) {
        struct view_value v = view_text(link_text(from, i));
        if (isnan(view_as_number(&v)))
            return false;
    }
    return from->n_values > 0;
}

// Whether two sides are compared as numbers: one is a number, or both are columns of
// nothing but numbers.
static enum err as_numbers(struct view_compiler *c, const struct condition *tree,
                           bool *out)
{
    const struct condition *a = tree->args[0], *b = tree->args[1];
    enum view_kind x = view_kind_of(a), y = view_kind_of(b);
    bool texts =
        (x == VALUE_TEXT || x == VALUE_NUMBER) && (y == VALUE_TEXT || y == VALUE_NUMBER);
    *out = texts && (x == VALUE_NUMBER || y == VALUE_NUMBER);
    if (*out || !texts || a->kind != CONDITION_COLUMN || b->kind != CONDITION_COLUMN)
        return ERR_OK;
    unsigned i = 0, k = 0;
    enum err code = view_term_column(c, a, &i);
    if (!code)
        code = view_term_column(c, b, &k);
    *out = !code && all_numbers(c, i) && all_numbers(c, k);
    return code;
}

static enum err comparison(struct view_compiler *c, const struct condition *tree,
                           struct view_test **out)
{
    const struct condition *a = tree->args[0], *b = tree->args[1];
    bool equal = tree->op == OP_EQUAL || tree->op == OP_NOT_EQUAL, numbers;
    if (equal && are_opposite(a, b) && view_kind_of(a) == view_kind_of(b))
        return equality(c, tree, out);
    enum err code = as_numbers(c, tree, &numbers);
    if (code)
        return code;
    if (!numbers)
        return evaluated(c, tree, TEST_EVALUATE, out);
    code = view_new_test(c, TEST_COMPARE, 2, out);
    struct view_test *t = *out;
    for (unsigned i = 0; i < 2 && !code; i++) {
        const struct condition *other = tree->args[!i];
        double need = other->kind == CONDITION_NUMBER ? other->number : (double)INFINITY;
        code = compile_number(c, tree->args[i], need, &t->args[i]);
    }
    if (!code)
        t->relation = tree->op;
    return code;
}

// x IN (a, b) is x = a OR x = b; x BETWEEN a AND b is x >= a AND x <= b.
static enum err rewritten(struct view_compiler *c, const struct condition *tree,
                          struct view_test **out)
{
    bool in = tree->kind == CONDITION_IN;
    unsigned n = tree->n - 1;
    enum err code = view_new_test(c, in ? TEST_OR : TEST_AND, n, out);
    for (unsigned i = 0; i < n && !code; i++) {
        struct condition *one = ARENA_NEW(c->arena, struct condition);
        struct condition **args = ARENA_ARRAY(c->arena, struct condition *, 2);
        if (!one || !args)
            return error_memory(c->e);
        args[0] = tree->args[0];
        args[1] = tree->args[i + 1];
        *one = (struct condition){.kind = CONDITION_COMPARE,
                                  .n = 2,
                                  .args = args,
                                  .op = in  ? OP_EQUAL
                                        : i ? OP_LESS_EQUAL
                                            : OP_MORE_EQUAL,
                                  .at = tree->at};
        code = view_compile_truth(c, one, &(*out)->args[i]);
    }
    return code;
}

static enum err truth_of_call(struct view_compiler *c, const struct condition *tree,
                              struct view_test **out)
{
    if (view_kind_of(tree) != VALUE_NUMBER && !is_texts_call(tree))
        return evaluated(c, tree, TEST_EVALUATE, out);
    enum err code = view_new_test(c, TEST_NONZERO, 1, out);
    return code ? code : compile_number(c, tree, INFINITY, &(*out)->args[0]);
}

enum err view_compile_truth(struct view_compiler *c, const struct condition *tree,
                            struct view_test **out)
{
    switch (tree->kind) {
    case CONDITION_AND:
        return truth_args(c, tree, TEST_AND, out);
    case CONDITION_OR:
        return truth_args(c, tree, TEST_OR, out);
    case CONDITION_NOT:
        return truth_args(c, tree, TEST_NOT, out);
    default:
        break;
    }
    if (tree->kind == CONDITION_CALL && tree->function == FUNCTION_NEAR)
        return error_cure(
            (error_set(c->e, ERR_INPUT, "link.view.near", c->where,
                       "heng_near() stands where it cannot be used"),
             c->e),
            "It is one part of a blocking rule, joined to others by AND, once in a rule: "
            "heng_near(l.surname, r.surname, 2).");
    if (condition_sides(tree) == CONDITION_NONE)
        return fold(c, tree, TEST_CONSTANT, out);
    switch (tree->kind) {
    case CONDITION_IS_NULL:
    case CONDITION_IS_NOT_NULL:
        return is_null(c, tree, out);
    default:
        break;
    }
    if (is_one_sided(tree))
        return on_term(c, tree, TEST_TRUTH, out);
    switch (tree->kind) {
    case CONDITION_COMPARE:
        return comparison(c, tree, out);
    case CONDITION_IN:
    case CONDITION_BETWEEN:
        return rewritten(c, tree, out);
    case CONDITION_CASE:
        return view_kind_of(tree) == VALUE_TRUTH ? truth_args(c, tree, TEST_CASE, out)
                                                 : truth_of_call(c, tree, out);
    case CONDITION_CALL:
        return truth_of_call(c, tree, out);
    default:
        return evaluated(c, tree, TEST_EVALUATE, out);
    }
}

// ---- a comparison ----

struct bases { // columns of the files that the levels name
    unsigned columns[LINK_MAX_COLUMNS];
    unsigned n;
};

static enum err add_bases(struct view_compiler *c, struct bases *bases,
                          const struct condition *tree)
{
    struct str *names;
    unsigned n, column;
    enum err code = condition_columns(tree, c->arena, &names, &n, c->e);
    for (unsigned i = 0; i < n && !code; i++) {
        code = view_find_column(c, names[i], &column);
        unsigned k = 0;
        while (k < bases->n && bases->columns[k] != column)
            k++;
        if (!code && k == bases->n)
            bases->columns[bases->n++] = column;
    }
    return code;
}

static enum err parse(struct view_compiler *c, struct str sql, struct condition **tree)
{
    struct str copy = str_copy(c->arena, sql);
    enum err code = copy.p ? condition_parse(tree, c->arena, copy, c->where, c->e)
                           : error_memory(c->e);
    return code ? code : view_check(*tree, c->where, c->e);
}

static enum err compile_level(struct view_compiler *c, const struct link_level *level,
                              struct bases *bases, struct view_test **test, unsigned *tf)
{
    struct condition *tree;
    enum err code = parse(c, level->condition, &tree);
    if (code)
        return code;
    if (!condition_is_else(tree)) {
        code = add_bases(c, bases, tree);
        if (!code)
            code = view_compile_truth(c, tree, test);
    }
    if (code || !level->tf_column.n)
        return code;
    code = view_find_column(c, level->tf_column, tf);
    if (!code)
        view_want(c, USE_TEST, *tf);
    return code;
}

// The one column that decides, a column for all of them together, or none.
static enum err find_feature(struct view_compiler *c, const struct bases *bases,
                             unsigned *feature)
{
    unsigned n = 0;
    for (unsigned i = 0; i < c->records->n_columns; i++)
        if (c->used[i]) {
            *feature = i;
            n++;
        }
    if (n == 0)
        *feature = UINT_MAX;
    else if (n > 1 && bases->n == 1)
        *feature = bases->columns[0];
    else if (n > 1) {
        enum err code = view_combined(c, bases->columns, bases->n, feature);
        if (code)
            return code;
    }
    if (*feature != UINT_MAX)
        view_want(c, USE_FEATURE, *feature);
    return ERR_OK;
}

static unsigned bits_of(unsigned n_levels)
{
    unsigned bits = 1;
    while (1u << bits < n_levels)
        bits++;
    return bits;
}

static enum err compile_comparison(struct view_compiler *c,
                                   const struct link_comparison *from,
                                   struct view_comparison *to)
{
    if (!from->n_levels || from->n_levels > LINK_MAX_LEVELS)
        return error_set(c->e, ERR_INPUT, "link.view.levels", NULL,
                         "comparison \"" STR_FMT "\" has %u levels; 1 to %d can be used",
                         STR_ARG(from->name), from->n_levels, LINK_MAX_LEVELS);
    struct view_test **tests = ARENA_ARRAY(c->arena, struct view_test *, from->n_levels);
    unsigned *tf = ARENA_ARRAY(c->arena, unsigned, from->n_levels);
    struct bases *bases = mem_alloc(1, sizeof *bases);
    enum err code = tests && tf && bases ? ERR_OK : error_memory(c->e);
    c->n_slots = 0;
    for (unsigned i = 0; i < LINK_MAX_COLUMNS; i++)
        c->used[i] = false;
    to->n_levels = from->n_levels;
    to->bits = bits_of(from->n_levels);
    to->null_level = from->n_levels;
    for (unsigned l = 0; l < from->n_levels && !code; l++) {
        const struct link_level *level = &from->levels[l];
        tf[l] = UINT_MAX;
        if (level->is_null && to->null_level == from->n_levels)
            to->null_level = l;
        c->where = str_format(c->arena, "comparison \"" STR_FMT "\", level %u",
                              STR_ARG(from->name), l + 1)
                       .p;
        code = compile_level(c, level, bases, &tests[l], &tf[l]);
    }
    to->tests = (const struct view_test *const *)tests;
    to->tf_column = tf;
    if (!code)
        code = find_feature(c, bases, &to->feature);
    mem_free(bases);
    return code;
}

static enum err compile_comparisons(struct view_compiler *c,
                                    const struct link_model *model)
{
    struct link_view *v = &c->w->v;
    unsigned shift = 0;
    struct view_comparison *to =
        ARENA_ARRAY(c->arena, struct view_comparison, model->n_comparisons);
    if (!to)
        return error_memory(c->e);
    v->comparisons = to;
    for (unsigned i = 0; i < model->n_comparisons; i++) {
        enum err code = compile_comparison(c, &model->comparisons[i], &to[i]);
        if (code)
            return code;
        v->n_comparisons = i + 1;
        to[i].shift = shift;
        shift += to[i].bits;
    }
    if (shift <= LINK_PATTERN_BITS)
        return ERR_OK;
    error_set(c->e, ERR_INPUT, "link.view.pattern", NULL,
              "the levels of all comparisons need %u bits; there are %d", shift,
              LINK_PATTERN_BITS);
    return error_cure(c->e, "Leave out comparisons, or levels of some.");
}

static enum err compile_rules(struct view_compiler *c, const struct link_model *model)
{
    struct link_view *v = &c->w->v;
    struct view_rule *rules = ARENA_ARRAY(c->arena, struct view_rule, model->n_rules);
    c->w->near_test = ARENA_ARRAY(c->arena, const struct view_test *, model->n_rules);
    c->w->near_position = ARENA_ARRAY(c->arena, const uint32_t *, model->n_rules);
    if (!rules || !c->w->near_test || !c->w->near_position)
        return error_memory(c->e);
    v->rules = rules;
    for (unsigned i = 0; i < model->n_rules; i++) {
        struct condition *tree;
        c->n_slots = 0;
        c->where = str_format(c->arena, "blocking rule %u", i + 1).p;
        enum err code = parse(c, model->rules[i].condition, &tree);
        if (!code)
            code = view_compile_rule(c, &rules[i], i, tree);
        if (code)
            return code;
        v->n_rules = i + 1;
    }
    return ERR_OK;
}

static void add_read(struct view_memory *m, const struct link_texts *texts,
                     unsigned column, bool right)
{
    for (unsigned i = 0; i < m->n_texts; i++)
        if (m->texts[i].column == column && m->texts[i].right == right)
            return;
    if (m->n_texts < VIEW_READS)
        m->texts[m->n_texts++] = (struct view_reads){texts, column, right};
}

static void find_reads(struct view_memory *m, const struct view_test *t)
{
    if (t->op == NUMBER_TEXTS) {
        add_read(m, t->texts_a, t->a, t->a_right);
        add_read(m, t->texts_b, t->b, t->b_right);
    }
    for (unsigned i = 0; i < t->n; i++)
        find_reads(m, t->args[i]);
}

// What can be told of levels beforehand.
static void find_memories(struct view_whole *w)
{
    for (unsigned i = 0; i < w->v.n_comparisons; i++) {
        const struct view_comparison *one = &w->v.comparisons[i];
        struct view_memory *m = &w->memory[i];
        bool equal = true, unequal = true; // no level before may be true
        *m = (struct view_memory){.same_level = -1};
        if (one->feature != UINT_MAX)
            m->values = (uint32_t)w->texts[one->feature].n;
        for (unsigned l = 0; l < one->n_levels; l++) {
            const struct view_test *t = one->tests[l];
            int same = t ? view_test_beforehand(t, one->feature, true) : 1;
            int other = t ? view_test_beforehand(t, one->feature, false) : 1;
            if (equal && same == 1)
                m->same_level = (int)l;
            if (unequal && other > 0)
                m->first = l;
            equal = equal && same <= 0;
            unequal = unequal && other <= 0;
            if (t)
                find_reads(m, t);
        }
        view_find_ladder(w, i);
    }
}

enum err view_compile(struct view_whole *w, struct link_records *records,
                      const struct link_model *model, struct pool *pool, struct error *e)
{
    struct view_compiler c = {.w = w,
                              .arena = &w->arena,
                              .records = records,
                              .pool = pool,
                              .e = e,
                              .n_given = records->n_columns};
    view_evaluator_init(&c.evaluator);
    enum err code = ERR_OK;
    c.used = ARENA_ARRAY(c.arena, bool, LINK_MAX_COLUMNS);
    w->memory = ARENA_ARRAY(c.arena, struct view_memory, model->n_comparisons);
    for (unsigned i = 0; i < VIEW_USES; i++) {
        c.wanted[i] = ARENA_ARRAY(c.arena, unsigned, LINK_MAX_COLUMNS);
        if (!c.wanted[i])
            code = error_memory(e);
    }
    if (!c.used || !w->memory)
        code = error_memory(e);
    if (!code)
        code = compile_rules(&c, model);
    if (!code)
        code = compile_comparisons(&c, model);
    if (!code)
        code = view_settle(&c);
    if (!code) {
        find_memories(w);
        code = view_outline(w, pool, e);
    }
    view_evaluator_free(&c.evaluator);
    mem_free(c.tests);
    mem_free(c.terms);
    return code;
}
