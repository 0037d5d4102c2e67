// SPDX-License-Identifier: AGPL-3.0-or-later
// Comparisons that are a ladder: the levels of two different texts of one column are
// steps of one number (a similarity, a distance), and what is below the last step is
// "else". Nearly all comparisons that Splink writes are of this kind.
#include "link/view_private.h"

#include "link/records_private.h"

#include <math.h>

enum {
    TASK = 1 << 14, // values
    MOST_MEAN = 32  // characters of a text that is compared faster than remembered
};

static bool is_step(const struct view_test *t, unsigned feature,
                    const struct view_test **number)
{
    if (!t || t->op != TEST_COMPARE || t->args[1]->op != NUMBER_CONSTANT)
        return false;
    const struct view_test *x = t->args[0];
    if (x->op != NUMBER_TEXTS || x->a != feature || x->b != feature ||
        x->a_right == x->b_right || (*number && *number != x))
        return false;
    *number = x;
    return true;
}

static bool is_similarity(enum condition_function f)
{
    return f == FUNCTION_JARO || f == FUNCTION_JARO_WINKLER;
}

static bool is_distance(enum condition_function f)
{
    return f == FUNCTION_LEVENSHTEIN || f == FUNCTION_OSA || f == FUNCTION_DAMERAU;
}

// Whether what a step takes in is what is more alike.
static bool rises(const struct view_test *step)
{
    int r = step->relation;
    return is_similarity(step->args[0]->function) ? r == OP_MORE || r == OP_MORE_EQUAL
                                                  : r == OP_LESS || r == OP_LESS_EQUAL;
}

void view_find_ladder(struct view_whole *w, unsigned comparison)
{
    const struct view_comparison *c = &w->v.comparisons[comparison];
    struct view_memory *m = &w->memory[comparison];
    const struct view_test *number = NULL;
    unsigned last = c->n_levels - 1;
    if (!m->values || c->tests[last] || m->first >= last)
        return;
    for (unsigned l = m->first; l < last; l++)
        if (!is_step(c->tests[l], c->feature, &number) || !rises(c->tests[l]))
            return;
    if (!is_similarity(number->function) && !is_distance(number->function))
        return;
    m->ladder = number;
}

// ---- outlines ----

struct outlining {
    const struct link_texts *texts;
    struct compare_outline *out;
};

static void make_outlines(void *argument, size_t task, unsigned thread)
{
    const struct outlining *o = argument;
    (void)thread;
    size_t end = (task + 1) * TASK < o->texts->n ? (task + 1) * TASK : o->texts->n;
    for (size_t i = task * TASK; i < end; i++)
        o->out[i] = compare_outline_of(link_texts_at(o->texts, i));
}

enum err view_outline(struct view_whole *w, struct pool *pool, struct error *e)
{
    for (unsigned i = 0; i < w->v.n_comparisons; i++) {
        struct view_memory *m = &w->memory[i];
        if (!m->ladder)
            continue;
        for (unsigned k = 0; k < i && !m->outline; k++)
            if (w->memory[k].ladder && w->memory[k].ladder->texts_a == m->ladder->texts_a)
                m->outline = w->memory[k].outline;
        if (m->outline)
            continue;
        struct outlining o = {.texts = m->ladder->texts_a};
        enum err code = view_block(w, (size_t)m->values + 1, sizeof *o.out, &o.out, e);
        if (code)
            return code;
        // None over the edge of two cache lines.
        uintptr_t odd = (uintptr_t)o.out % sizeof *o.out;
        o.out = (struct compare_outline *)(void *)((char *)o.out +
                                                   (odd ? sizeof *o.out - odd : 0));
        records_run(pool, (m->values + (size_t)TASK - 1) / TASK, make_outlines, &o);
        m->outline = o.out;
        m->brief = o.texts->offset[o.texts->n] <= (uint64_t)MOST_MEAN * m->values;
    }
    return ERR_OK;
}

// ---- pairs ----

struct view_end view_ladder_end(const struct view_comparison *c,
                                const struct view_memory *m, unsigned told)
{
    enum condition_function f = m->ladder->function;
    struct view_end end = {.distance = is_distance(f)};
    double lowest = end.distance ? -INFINITY : INFINITY; // no step
    for (unsigned l = m->first; l < told && c->tests[l]; l++) {
        double at = c->tests[l]->args[1]->number;
        lowest = end.distance ? fmax(lowest, at) : fmin(lowest, at);
    }
    if (end.distance)
        end.most = lowest;
    else
        end.limit = f == FUNCTION_JARO ? compare_outline_jaro(lowest)
                                       : compare_outline_jaro_winkler(lowest);
    return end;
}

unsigned view_ladder_level(const struct view_comparison *c, const struct view_memory *m,
                           uint32_t a, uint32_t b)
{
    const struct view_test *t = m->ladder;
    double x = view_call_texts(t->function, view_term_text(t->texts_a, a),
                               view_term_text(t->texts_a, b), t->most, t->parameter);
    unsigned l = m->first, last = c->n_levels - 1;
    while (l < last &&
           view_relation(c->tests[l]->relation, x, c->tests[l]->args[1]->number) <= 0)
        l++;
    return l;
}
