// SPDX-License-Identifier: AGPL-3.0-or-later
// Tables of few deaths by the shape of many.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "study/lifetable_study_private.h"

enum { DRAWS = 1000 };

// Every area of the same year, sex and ages, together; where nobody died, half a death.
static enum err pool(struct lifetable_maker *m, const struct lifetable_one *o,
                     double *rate)
{
    const struct lifetable_study *s = m->s;
    for (size_t i = 0; i < o->counted; i++) {
        double deaths = 0, people = 0;
        for (size_t k = 0; k < s->n; k++) {
            const struct lifetable_one *other = &s->list[k];
            if (other->sex != o->sex || !str_equal(other->year, o->year) ||
                i >= other->counted || other->age[i] != o->age[i])
                continue;
            deaths += other->deaths[i];
            people += other->population[i] * m->in->years;
        }
        if (!(people > 0)) {
            error_set(
                m->e, ERR_INPUT, "lifetable.standard", m->in->f->path,
                "nobody of age %d lives in any area, so that all areas together are "
                "no standard",
                (int)o->age[i]);
            return error_cure(m->e, "Take a model table: --standard west:70.");
        }
        rate[i] = fmax(deaths, .5) / people;
    }
    return ERR_OK;
}

// A model table in the groups of the file.
static enum err of_model(struct lifetable_maker *m, const struct lifetable_one *o,
                         double *rate)
{
    struct lifetable_one coarse = {0}, fine = {0};
    struct lifetable_rule rule = m->in->rule;
    rule.sex = o->sex;
    if (!lifetable_maker_bind(m, &coarse, LIFETABLE_MODEL_MOST))
        return error_memory(m->e);
    enum err code = lifetable_model_table(m->in->model, o->sex, &m->in->model_level,
                                          coarse.age, &coarse.t, m->e);
    if (code || lifetable_regroup(&coarse.t, o->age, o->counted, rate))
        return code;
    size_t n = (size_t)coarse.age[coarse.t.n - 1] + 1;
    double *l = ARENA_ARRAY(m->arena, double, n + 1);
    if (!l || !lifetable_maker_bind(m, &fine, n))
        return error_memory(m->e);
    code = lifetable_old_single(&coarse.t, l, m->e);
    for (size_t i = 0; !code && i < n; i++) {
        fine.age[i] = (int32_t)i;
        fine.t.q[i] = i + 1 < n ? 1 - l[i + 1] / l[i] : 1;
    }
    fine.t.m[n - 1] = coarse.t.m[coarse.t.n - 1];
    if (!code)
        code = lifetable_from_probabilities(&fine.t, &rule, m->e);
    if (!code && !lifetable_regroup(&fine.t, o->age, o->counted, rate)) {
        error_set(m->e, ERR_INPUT, "lifetable.standard", m->in->f->path,
                  "the groups of age go beyond those of the model table");
        code = error_cure(m->e, "Let the open group begin at 100 or before.");
    }
    return code;
}

static bool same_shape(const struct lifetable_one *a, const struct lifetable_one *b)
{
    return a->shape.n && a->sex == b->sex && a->counted == b->counted &&
           str_equal(a->year, b->year) &&
           memcmp(a->age, b->age, a->counted * sizeof *a->age) == 0;
}

// The standard of a table, whole: one of a year, a sex and its ages.
static enum err set_standard(struct lifetable_maker *m, struct lifetable_one *o)
{
    struct lifetable_rule rule = m->in->rule;
    struct lifetable_one standard = {0};
    rule.sex = o->sex;
    rule.radix = 1;
    for (const struct lifetable_one *other = m->s->list; other < o; other++)
        if (same_shape(other, o)) {
            o->shape = other->shape;
            return ERR_OK;
        }
    if (!lifetable_maker_bind(m, &standard, o->counted))
        return error_memory(m->e);
    memcpy(standard.age, o->age, o->counted * sizeof *o->age);
    enum err code =
        m->in->by_model ? of_model(m, o, standard.t.m) : pool(m, o, standard.t.m);
    if (!code)
        code = lifetable_from_rates(&standard.t, &rule, m->e);
    o->shape = standard.t;
    return code;
}

static enum err smooth_one(struct lifetable_maker *m, struct lifetable_one *o)
{
    double *exposure = ARENA_ARRAY(m->arena, double, o->counted + 1);
    if (!exposure)
        return error_memory(m->e);
    enum err code = set_standard(m, o);
    if (code)
        return code;
    for (size_t i = 0; i < o->counted; i++)
        exposure[i] = o->population[i] * m->in->years;
    o->standard = !(o->all_deaths > 0);
    if (!o->standard) {
        code = lifetable_smooth(m->in->smoothing, &o->shape, o->deaths, exposure,
                                &lifetable_penalty_usual, &o->bend, m->e);
        if (!code)
            lifetable_smooth_bent(&o->shape, &o->bend, o->t.m);
    } else {
        for (size_t i = 0; i < o->counted; i++)
            o->t.m[i] = o->shape.m[i];
    }
    return code;
}

enum err lifetable_maker_smooth(struct lifetable_maker *m)
{
    enum err code = ERR_OK;
    if (m->s->from != LIFETABLE_FROM_COUNTS || m->in->a) {
        error_set(m->e, ERR_USAGE, "lifetable.smooth", "--smooth",
                  "smoothing wants numbers of deaths and population, and chooses a(x) "
                  "itself");
        return error_cure(m->e,
                          "Name the columns: --deaths COL --population COL, and leave "
                          "out --a, --m and --q.");
    }
    // standards are of counts, which no bend changes
    for (size_t i = 0; !code && i < m->s->n; i++)
        code = smooth_one(m, &m->s->list[i]);
    return code;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// e(0) of the counted groups moves with the bend; what a law of old age or single years
// add moves along.
enum err lifetable_maker_smooth_doubt(struct lifetable_maker *m, struct lifetable_one *o)
{
    size_t n = m->in->draws ? m->in->draws : DRAWS, groups = o->shape.n;
    struct lifetable_one drawn = {0};
    struct lifetable_rule rule = m->in->rule;
    double *e0 = ARENA_ARRAY(m->arena, double, n + 1);
    rule.sex = o->sex;
    if (!e0 || !lifetable_maker_bind(m, &drawn, groups))
        return error_memory(m->e);
    for (size_t i = 0; i < groups; i++)
        drawn.age[i] = o->shape.age[i];
    lifetable_smooth_bent(&o->shape, &o->bend, drawn.t.m);
    enum err code = lifetable_from_rates(&drawn.t, &rule, m->e);
    double shift = code ? 0 : o->t.e[0] - drawn.t.e[0];
    for (size_t i = 0; !code && i < n; i++) {
        struct lifetable_bend bend = lifetable_smooth_draw(&o->bend, &m->rng);
        lifetable_smooth_bent(&o->shape, &bend, drawn.t.m);
        code = lifetable_from_rates(&drawn.t, &rule, m->e);
        e0[i] = drawn.t.e[0] + shift;
    }
    if (code)
        return code;
    qsort(e0, n, sizeof *e0, by_value);
    double tail = (1 - m->in->level) / 2;
    o->e0.low = e0[(size_t)(tail * (double)(n - 1))];
    o->e0.high = e0[(size_t)((1 - tail) * (double)(n - 1))];
    return ERR_OK;
}
