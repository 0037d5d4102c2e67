// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/model.h"

#include <math.h>
#include <string.h>

enum err link_model_open(struct link_model **out, struct error *e)
{
    struct link_model *m = mem_alloc(1, sizeof *m);
    *out = m;
    if (!m)
        return error_memory(e);
    arena_init(&m->arena, 0);
    m->type = LINK_DEDUPE_ONLY;
    m->prior = 0.0001;
    m->em_convergence = 0.0001;
    m->max_iterations = 25;
    m->id_column = STR("unique_id");
    m->source_column = STR("source_dataset");
    m->calibration_slope = 1;
    m->threshold = NAN;
    return ERR_OK;
}

void link_model_close(struct link_model *m)
{
    if (!m)
        return;
    json_decref(m->rest);
    arena_free(&m->arena);
    mem_free(m);
}

// Each copy_* is false when memory is out.
static bool copy_text(struct arena *a, struct str from, struct str *to)
{
    *to = str_copy(a, from);
    return to->p != NULL;
}

static bool copy_level(struct arena *a, const struct link_level *from,
                       struct link_level *to)
{
    *to = *from;
    return copy_text(a, from->condition, &to->condition) &&
           copy_text(a, from->label, &to->label) &&
           copy_text(a, from->tf_column, &to->tf_column);
}

static bool copy_comparison(struct arena *a, const struct link_comparison *from,
                            struct link_comparison *to)
{
    *to = *from;
    to->levels = ARENA_ARRAY(a, struct link_level, from->n_levels);
    if (!to->levels || !copy_text(a, from->name, &to->name) ||
        !copy_text(a, from->description, &to->description))
        return false;
    for (unsigned i = 0; i < from->n_levels; i++)
        if (!copy_level(a, &from->levels[i], &to->levels[i]))
            return false;
    return true;
}

static bool copy_comparisons(struct link_model *to, const struct link_model *from)
{
    struct arena *a = &to->arena;
    to->comparisons = ARENA_ARRAY(a, struct link_comparison, from->n_comparisons);
    to->rules = ARENA_ARRAY(a, struct link_rule, from->n_rules);
    if (!to->comparisons || !to->rules)
        return false;
    for (unsigned i = 0; i < from->n_comparisons; i++)
        if (!copy_comparison(a, &from->comparisons[i], &to->comparisons[i]))
            return false;
    for (unsigned i = 0; i < from->n_rules; i++)
        if (!copy_text(a, from->rules[i].condition, &to->rules[i].condition))
            return false;
    return true;
}

static bool copy_own(struct link_model *to, const struct link_model *from)
{
    struct arena *a = &to->arena;
    to->kinds = ARENA_ARRAY(a, struct link_column_kind, from->n_kinds);
    to->dependence = ARENA_ARRAY(a, struct link_dependence, from->n_dependence);
    if (!to->kinds || !to->dependence)
        return false;
    for (unsigned i = 0; i < from->n_kinds; i++) {
        to->kinds[i] = from->kinds[i];
        if (!copy_text(a, from->kinds[i].name, &to->kinds[i].name))
            return false;
    }
    for (unsigned i = 0; i < from->n_dependence; i++) {
        const struct link_dependence *d = &from->dependence[i];
        size_t n =
            (size_t)from->comparisons[d->a].n_levels * from->comparisons[d->b].n_levels;
        to->dependence[i] = *d;
        to->dependence[i].log2 = ARENA_ARRAY(a, double, n);
        if (!to->dependence[i].log2)
            return false;
        memcpy(to->dependence[i].log2, d->log2, n * sizeof(double));
    }
    return true;
}

enum err link_model_copy(struct link_model **out, const struct link_model *m,
                         struct error *e)
{
    struct link_model *copy;
    enum err code = link_model_open(&copy, e);
    *out = NULL;
    if (code)
        return code;
    struct arena arena = copy->arena;
    *copy = *m;
    copy->arena = arena;
    copy->rest = m->rest ? json_deep_copy(m->rest) : NULL;
    if ((m->rest && !copy->rest) ||
        !copy_text(&copy->arena, m->id_column, &copy->id_column) ||
        !copy_text(&copy->arena, m->source_column, &copy->source_column) ||
        !copy_comparisons(copy, m) || !copy_own(copy, m)) {
        link_model_close(copy);
        return error_memory(e);
    }
    *out = copy;
    return ERR_OK;
}
