// SPDX-License-Identifier: AGPL-3.0-or-later
// Splink's way of learning m: sessions by blocking rule, and their median (train.h).
#include "link/score.h"
#include "link/train_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct session {
    const struct link_model *m;
    const struct link_view *v;
    const bool *skip;
    level_table of_m;
    double prior; // of the pairs of this rule
};

static double session_probability(const struct session *s, uint64_t pattern)
{
    double w = score_weight(s->prior);
    for (unsigned c = 0; c < s->v->n_comparisons; c++) {
        unsigned k = link_pattern_level(&s->v->comparisons[c], pattern);
        const struct link_level *l = &s->m->comparisons[c].levels[k];
        if (!s->skip[c] && !l->is_null && !isnan(l->u) && s->of_m[c][k] > 0)
            w += log2(s->of_m[c][k] / l->u);
        else if (!s->skip[c] && !l->is_null && s->of_m[c][k] <= 0)
            return 0;
    }
    return score_probability(w);
}

// Among pairs that agree on the rule's columns a match is likelier: the prior times the
// Bayes factors of agreement in the comparisons left out.
static double session_prior(const struct session *s)
{
    double w = score_weight(s->m->prior);
    for (unsigned c = 0; c < s->m->n_comparisons; c++) {
        if (!s->skip[c])
            continue;
        for (unsigned k = 0; k < s->m->comparisons[c].n_levels; k++) {
            const struct link_level *l = &s->m->comparisons[c].levels[k];
            if (l->is_null)
                continue;
            if (!isnan(l->m) && !isnan(l->u) && l->m > 0 && l->u > 0)
                w += log2(l->m / l->u);
            break; // the first is the exact level
        }
    }
    return score_probability(w);
}

static double session_round(struct session *s, const struct pattern_table *pairs)
{
    level_table counts = {0};
    double matches = 0, all = 0, change = 0;
    for (uint64_t i = 0; i < pairs->n; i++) {
        double n = (double)pairs->rows[i].pairs;
        double p = session_probability(s, pairs->rows[i].pattern) * n;
        matches += p;
        all += n;
        for (unsigned c = 0; c < s->v->n_comparisons; c++)
            counts[c][link_pattern_level(&s->v->comparisons[c],
                                         pairs->rows[i].pattern)] += p;
    }
    for (unsigned c = 0; c < s->m->n_comparisons; c++) {
        const struct link_comparison *cmp = &s->m->comparisons[c];
        double sum = train_sum(cmp, counts[c]);
        for (unsigned k = 0; k < cmp->n_levels; k++) {
            if (s->skip[c] || cmp->levels[k].is_null || cmp->levels[k].fix_m)
                continue;
            double m = sum > 0 ? counts[c][k] / sum : s->of_m[c][k];
            change = fmax(change, fabs(m - s->of_m[c][k]));
            s->of_m[c][k] = m;
        }
    }
    double prior = all > 0 ? matches / all : s->prior;
    change = fmax(change, fabs(prior - s->prior));
    s->prior = prior;
    return change;
}

enum err train_session(const struct link_model *m, const struct link_view *v,
                       const struct pattern_table *pairs, const bool *skip, double *found,
                       struct arena *a, struct account_session *told, struct error *e)
{
    struct session *s = ARENA_NEW(a, struct session);
    double *changes = ARENA_ARRAY(a, double, (size_t)m->max_iterations + 1);
    if (!s || !changes)
        return error_memory(e);
    *s = (struct session){.m = m, .v = v, .skip = skip};
    for (unsigned c = 0; c < m->n_comparisons; c++)
        for (unsigned k = 0; k < m->comparisons[c].n_levels; k++)
            s->of_m[c][k] = m->comparisons[c].levels[k].m;
    s->prior = session_prior(s);
    *told = (struct account_session){.name = told->name, .change = changes};
    while (told->n < m->max_iterations && !told->converged) {
        double change = session_round(s, pairs);
        changes[told->n++] = change;
        told->converged = change < m->em_convergence;
    }
    for (unsigned c = 0; c < m->n_comparisons; c++)
        for (unsigned k = 0; k < m->comparisons[c].n_levels; k++)
            *found++ =
                skip[c] || m->comparisons[c].levels[k].is_null ? NAN : s->of_m[c][k];
    return ERR_OK;
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

enum err train_median(struct link_model *m, const double *const *found, unsigned n,
                      struct error *e)
{
    double *values = mem_alloc(n, sizeof *values);
    if (!values)
        return error_memory(e);
    size_t at = 0;
    for (unsigned c = 0; c < m->n_comparisons; c++)
        for (unsigned k = 0; k < m->comparisons[c].n_levels; k++, at++) {
            unsigned known = 0;
            for (unsigned i = 0; i < n; i++)
                if (!isnan(found[i][at]))
                    values[known++] = found[i][at];
            struct link_level *l = &m->comparisons[c].levels[k];
            if (!known || l->fix_m)
                continue;
            qsort(values, known, sizeof *values, by_size);
            l->m = (values[(known - 1) / 2] + values[known / 2]) / 2;
        }
    mem_free(values);
    return ERR_OK;
}
