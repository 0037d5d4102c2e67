// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/score.h"

#include "link/condition_tree.h"

#include <limits.h>
#include <math.h>

// A level that is never met among matches (m = 0) would forbid a link for ever.
static const double MOST_WEIGHT = 60;

struct term_frequency {   // of one level
    const float *log2_tf; // by value number; NULL: no adjustment
    unsigned column;      // of the view
    float base, weight;
    const float *alike; // the same against look-alikes, weighted; NULL without them
};

struct score_comparison {
    float weight[LINK_MAX_LEVELS + 1];
    double alike[LINK_MAX_LEVELS + 1]; // against look-alikes
    struct term_frequency tf[LINK_MAX_LEVELS + 1];
};

struct score {
    const struct link_model *model;
    const struct link_view *view;
    double prior, alike_prior; // log2 of the odds of a match to strangers, to look-alikes
    struct score_comparison comparisons[LINK_MAX_COMPARISONS];
    struct arena arena;
};

double score_probability(double weight)
{
    return 1 / (1 + exp2(-weight));
}

double score_weight(double probability)
{
    return log2(probability / (1 - probability));
}

static double level_weight(const struct link_level *l)
{
    if (l->is_null || isnan(l->m) || isnan(l->u) || (l->m <= 0 && l->u <= 0))
        return 0;
    double w = log2(l->m) - log2(l->u);
    return w > MOST_WEIGHT ? MOST_WEIGHT : w < -MOST_WEIGHT ? -MOST_WEIGHT : w;
}

static double alike_weight(const struct link_level *l)
{
    if (l->is_null || isnan(l->m) || l->m <= 0 || l->alike <= 0)
        return 0;
    return fmax(fmin(log2(l->m) - log2(l->alike), MOST_WEIGHT), -MOST_WEIGHT);
}

// Whether a level says "left and right have the same text in this column".
static enum err find_exact(const struct link_level *l, struct str column, bool *exact,
                           struct error *e)
{
    struct arena a;
    arena_init(&a, 0);
    struct condition *c;
    enum err code = condition_parse(&c, &a, l->condition, "model", e);
    *exact = !code && c->kind == CONDITION_COMPARE && c->op == OP_EQUAL &&
             c->args[0]->kind == CONDITION_COLUMN &&
             c->args[1]->kind == CONDITION_COLUMN &&
             str_equal_fold(c->args[0]->text, column) &&
             str_equal_fold(c->args[1]->text, column);
    arena_free(&a);
    return code;
}

static enum err find_base_u(const struct link_comparison *c,
                            const struct link_level *level, double *u, struct error *e)
{
    *u = level->u;
    for (unsigned k = 0; k < c->n_levels && !level->tf_as_exact; k++) {
        bool exact;
        enum err code = find_exact(&c->levels[k], level->tf_column, &exact, e);
        if (code)
            return code;
        if (exact) {
            *u = c->levels[k].u;
            break;
        }
    }
    return ERR_OK;
}

static enum err set_term_frequency(struct score *s, unsigned comparison, unsigned k,
                                   struct error *e)
{
    const struct link_level *l = &s->model->comparisons[comparison].levels[k];
    struct term_frequency *t = &s->comparisons[comparison].tf[k];
    unsigned column = s->view->comparisons[comparison].tf_column[k];
    if (column == UINT_MAX || l->tf_weight == 0)
        return ERR_OK;
    double u;
    enum err code = find_base_u(&s->model->comparisons[comparison], l, &u, e);
    if (code || isnan(u) || u <= 0)
        return code;
    const struct link_column *c = &s->view->records->columns[s->view->column[column]];
    float *tf = ARENA_ARRAY(&s->arena, float, (size_t)c->n_values + 1);
    if (!tf)
        return error_memory(e);
    double known = (double)s->view->n - c->count[0];
    for (uint32_t i = 1; i <= c->n_values; i++) {
        double f = c->count[i] / known;
        tf[i] = (float)log2(f > l->tf_minimum_u ? f : l->tf_minimum_u);
    }
    tf[0] = (float)log2(u); // null: no adjustment
    float *alike = NULL;
    if (s->model->alike_prior > 0) {
        // how often look-alikes have the term for another reason than chance
        double shared = fmin(fmax((l->alike - u) / (1 - u), 0), 1);
        alike = ARENA_ARRAY(&s->arena, float, (size_t)c->n_values + 1);
        if (!alike)
            return error_memory(e);
        for (uint32_t i = 1; i <= c->n_values; i++)
            alike[i] = (float)(l->tf_weight *
                               log2((shared + (1 - shared) * u) /
                                    (shared + (1 - shared) * exp2((double)tf[i]))));
    }
    *t = (struct term_frequency){tf, column, (float)log2(u), (float)l->tf_weight, alike};
    return ERR_OK;
}

enum err score_open(struct score **out, const struct link_model *m,
                    const struct link_view *v, struct error *e)
{
    struct score *s = *out = mem_alloc(1, sizeof *s);
    if (!s)
        return error_memory(e);
    s->model = m;
    s->view = v;
    arena_init(&s->arena, (size_t)1 << 36);
    s->prior = score_weight(m->prior);
    s->alike_prior = m->alike_prior > 0 ? log2(m->prior / m->alike_prior) : INFINITY;
    for (unsigned c = 0; c < m->n_comparisons; c++)
        for (unsigned k = 0; k < m->comparisons[c].n_levels; k++) {
            s->comparisons[c].weight[k] =
                (float)level_weight(&m->comparisons[c].levels[k]);
            s->comparisons[c].alike[k] = alike_weight(&m->comparisons[c].levels[k]);
            enum err code = set_term_frequency(s, c, k, e);
            if (code)
                return code;
        }
    return ERR_OK;
}

void score_close(struct score *s)
{
    if (!s)
        return;
    arena_free(&s->arena);
    mem_free(s);
}

static double dependence(const struct score *s, uint64_t pattern)
{
    double w = 0;
    for (unsigned i = 0; i < s->model->n_dependence; i++) {
        const struct link_dependence *d = &s->model->dependence[i];
        const struct view_comparison *a = &s->view->comparisons[d->a];
        const struct view_comparison *b = &s->view->comparisons[d->b];
        w += d->log2[link_pattern_level(a, pattern) * b->n_levels +
                     link_pattern_level(b, pattern)];
    }
    return w;
}

static double calibrated(const struct score *s, double weight)
{
    return weight * s->model->calibration_slope + s->model->calibration_shift;
}

static double pattern_weight(const struct score *s, uint64_t pattern)
{
    double w = s->prior + dependence(s, pattern);
    for (unsigned c = 0; c < s->view->n_comparisons; c++)
        w += s->comparisons[c]
                 .weight[link_pattern_level(&s->view->comparisons[c], pattern)];
    return w;
}

// Odds against strangers and against look-alikes together.
static double against_both(double strangers, double alike)
{
    double less = fmin(strangers, alike), apart = fabs(strangers - alike);
    if (!(apart < 60)) // the other adds less than a double can hold
        return less;
    return less - log1p(exp2(-apart)) / M_LN2;
}

static double alike_pattern(const struct score *s, uint64_t pattern)
{
    double w = s->alike_prior;
    for (unsigned c = 0; c < s->view->n_comparisons && !isinf(w); c++)
        w += s->comparisons[c]
                 .alike[link_pattern_level(&s->view->comparisons[c], pattern)];
    return w;
}

double score_pattern(const struct score *s, uint64_t pattern)
{
    return calibrated(
        s, against_both(pattern_weight(s, pattern), alike_pattern(s, pattern)));
}

// *alike: what the term counts against look-alikes, who may share it for a reason.
static inline double tf_part(const struct term_frequency *t, const uint32_t *left,
                             const uint32_t *right, double *alike)
{
    *alike = 0;
    if (!t->log2_tf || !left[t->column] || !right[t->column])
        return 0;
    uint32_t x = left[t->column], y = right[t->column];
    uint32_t commoner = t->log2_tf[x] > t->log2_tf[y] ? x : y;
    if (t->alike)
        *alike = (double)t->alike[commoner];
    return (double)t->weight * ((double)t->base - (double)t->log2_tf[commoner]);
}

// Its term-frequency part of each comparison; returns their sum with the pattern's
// weight. *alike: the same against look-alikes.
static double sum_up(const struct score *s, const struct candidate *pair,
                     double tf_parts[LINK_MAX_COMPARISONS], double *alike)
{
    const uint32_t *left = link_view_row(s->view, pair->left);
    const uint32_t *right = link_view_row(s->view, pair->right);
    double w = pattern_weight(s, pair->pattern), of_term;
    *alike = alike_pattern(s, pair->pattern);
    for (unsigned c = 0; c < s->view->n_comparisons; c++) {
        unsigned level = link_pattern_level(&s->view->comparisons[c], pair->pattern);
        tf_parts[c] = tf_part(&s->comparisons[c].tf[level], left, right, &of_term);
        w += tf_parts[c];
        *alike += of_term;
    }
    return w;
}

double score_pair(const struct score *s, const struct candidate *pair)
{
    double tf_parts[LINK_MAX_COMPARISONS], alike;
    double w = sum_up(s, pair, tf_parts, &alike);
    return calibrated(s, against_both(w, alike));
}

// ---- many pairs

// What pairs of one pattern have in common: few patterns make up nearly all pairs.
struct common {
    uint64_t pattern;
    double w, alike;
    unsigned n; // comparisons whose level has term frequencies; 1 + that many when known
    const struct term_frequency *tf[LINK_MAX_COMPARISONS];
};

enum { COMMON = 64, AHEAD = 16 };

static const struct common *find_common(const struct score *s, struct common *all,
                                        uint64_t pattern)
{
    struct common *p = &all[(pattern * 0x9e3779b97f4a7c15u) >> 58];
    if (p->n && p->pattern == pattern)
        return p;
    *p = (struct common){.pattern = pattern,
                         .w = pattern_weight(s, pattern),
                         .alike = alike_pattern(s, pattern)};
    for (unsigned c = 0; c < s->view->n_comparisons; c++) {
        const struct score_comparison *of = &s->comparisons[c];
        unsigned level = link_pattern_level(&s->view->comparisons[c], pattern);
        if (of->tf[level].log2_tf)
            p->tf[p->n++] = &of->tf[level];
    }
    p->n++;
    return p;
}

static void fetch_terms(const struct score *s, const struct common *p, uint32_t left)
{
    const uint32_t *row = link_view_row(s->view, left);
    for (unsigned i = 0; i + 1 < p->n; i++)
        __builtin_prefetch(&p->tf[i]->log2_tf[row[p->tf[i]->column]]);
}

void score_pairs(const struct score *s, const struct candidate *pairs, size_t n,
                 double *weights)
{
    struct common all[COMMON];
    for (unsigned i = 0; i < COMMON; i++)
        all[i].n = 0;
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            fetch_terms(s, find_common(s, all, pairs[i + AHEAD].pattern),
                        pairs[i + AHEAD].left);
        const struct common *p = find_common(s, all, pairs[i].pattern);
        const uint32_t *left = link_view_row(s->view, pairs[i].left);
        const uint32_t *right = link_view_row(s->view, pairs[i].right);
        double w = p->w, alike = p->alike, of_term;
        for (unsigned k = 0; k + 1 < p->n; k++) {
            w += tf_part(p->tf[k], left, right, &of_term);
            alike += of_term;
        }
        weights[i] = calibrated(s, against_both(w, alike));
    }
}

void score_parts(const struct score *s, const struct candidate *pair, double *parts,
                 double *tf_parts)
{
    unsigned n = s->view->n_comparisons;
    double alike, w = sum_up(s, pair, tf_parts, &alike);
    parts[0] = s->prior;
    for (unsigned c = 0; c < n; c++) {
        unsigned level = link_pattern_level(&s->view->comparisons[c], pair->pattern);
        parts[c + 1] = (double)s->comparisons[c].weight[level];
    }
    parts[n + 1] = dependence(s, pair->pattern) + against_both(w, alike) - w;
}
