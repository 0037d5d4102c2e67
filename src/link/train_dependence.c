// SPDX-License-Identifier: AGPL-3.0-or-later
// Comparisons that agree together more often than their product says (train.h).
#include "link/train_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pair_table { // joint counts of two comparisons
    double m[LINK_MAX_LEVELS + 1][LINK_MAX_LEVELS + 1];
    double u[LINK_MAX_LEVELS + 1][LINK_MAX_LEVELS + 1];
};

static void fill_pair_table(const struct train_state *j, unsigned a, unsigned b,
                            struct pair_table *out)
{
    memset(out, 0, sizeof *out);
    const struct view_comparison *va = &j->v->comparisons[a], *vb = &j->v->comparisons[b];
    const struct pattern_table *t = j->t->candidates;
    for (uint64_t i = 0; i < t->n; i++) {
        const struct pattern_row *row = &t->rows[i];
        if (row->rules & ~(j->uses[a] | j->uses[b]))
            out->m[link_pattern_level(va, row->pattern)]
                  [link_pattern_level(vb, row->pattern)] +=
                train_match(j, row->pattern) * (double)row->pairs;
    }
    t = j->t->random;
    for (uint64_t i = 0; i < t->n; i++)
        out->u[link_pattern_level(va, t->rows[i].pattern)]
              [link_pattern_level(vb, t->rows[i].pattern)] +=
            train_stranger(j, t->rows[i].pattern) * (double)t->rows[i].pairs;
}

struct dependence {
    unsigned a, b;
    double gain; // expected size of the correction among matches, bits
    double information, together, product;
    bool certain; // more than chance makes
    double *log2; // [levels of a * levels of b]
};

// Pairs that are added to both what was seen and what was expected.
static const double SHRINK = 5;

// log2 of how much more often two levels meet than their product says, shrunk.
static void log_ratios(const struct link_comparison *a, const struct link_comparison *b,
                       double counts[LINK_MAX_LEVELS + 1][LINK_MAX_LEVELS + 1],
                       double ratio[LINK_MAX_LEVELS + 1][LINK_MAX_LEVELS + 1],
                       double *total)
{
    double of_a[LINK_MAX_LEVELS + 1] = {0}, of_b[LINK_MAX_LEVELS + 1] = {0}, sum = 0;
    for (unsigned i = 0; i < a->n_levels; i++)
        for (unsigned k = 0; k < b->n_levels; k++)
            if (!a->levels[i].is_null && !b->levels[k].is_null) {
                of_a[i] += counts[i][k];
                of_b[k] += counts[i][k];
                sum += counts[i][k];
            }
    for (unsigned i = 0; i < a->n_levels; i++)
        for (unsigned k = 0; k < b->n_levels; k++) {
            double expected = sum > 0 ? of_a[i] * of_b[k] / sum : 0;
            ratio[i][k] = a->levels[i].is_null || b->levels[k].is_null
                              ? 0
                              : log2((counts[i][k] + SHRINK) / (expected + SHRINK));
        }
    *total = sum;
}

// Whether independent columns would hardly ever show as much information (bits among
// `pairs`): twice the log likelihood ratio is then chi-squared, and passes this limit
// with a probability of exp(-10) at most (Laurent and Massart, Annals of Statistics
// 28(5), 2000, lemma 1).
static bool is_certain(double information, double pairs, unsigned levels_a,
                       unsigned levels_b)
{
    static const double SURE = 10;
    double freedom = levels_a > 1 && levels_b > 1 ? (levels_a - 1.0) * (levels_b - 1) : 0;
    return 2 * M_LN2 * information * pairs >
           freedom + 2 * sqrt(freedom * SURE) + 2 * SURE;
}

static unsigned levels_with_texts(const struct link_comparison *c)
{
    unsigned n = 0;
    for (unsigned k = 0; k < c->n_levels; k++)
        n += !c->levels[k].is_null;
    return n;
}

static enum err measure_dependence(const struct train_state *j, struct dependence *d,
                                   struct arena *arena, struct error *e)
{
    const struct link_comparison *a = &j->m->comparisons[d->a];
    const struct link_comparison *b = &j->m->comparisons[d->b];
    struct pair_table t;
    double in_m[LINK_MAX_LEVELS + 1][LINK_MAX_LEVELS + 1];
    double in_u[LINK_MAX_LEVELS + 1][LINK_MAX_LEVELS + 1];
    double sum_m, sum_u;
    fill_pair_table(j, d->a, d->b, &t);
    log_ratios(a, b, t.m, in_m, &sum_m);
    log_ratios(a, b, t.u, in_u, &sum_u);
    d->log2 = ARENA_ARRAY(arena, double, (size_t)a->n_levels * b->n_levels);
    if (!d->log2)
        return error_memory(e);
    bool top = true;
    double of_matches = 0; // as information, among pairs of one person
    for (unsigned i = 0; i < a->n_levels; i++)
        for (unsigned k = 0; k < b->n_levels; k++) {
            if (a->levels[i].is_null || b->levels[k].is_null)
                continue;
            double log2_ratio = in_m[i][k] - in_u[i][k];
            d->log2[i * b->n_levels + k] = log2_ratio;
            if (sum_m > 0) {
                d->gain += t.m[i][k] / sum_m * fabs(log2_ratio);
                of_matches += t.m[i][k] / sum_m * in_m[i][k];
            }
            if (sum_u > 0)
                d->information += t.u[i][k] / sum_u * in_u[i][k];
            if (top && sum_u > 0) {
                d->together = t.u[i][k] / sum_u;
                d->product = a->levels[i].u * b->levels[k].u;
                top = false;
            }
        }
    unsigned levels_a = levels_with_texts(a), levels_b = levels_with_texts(b);
    d->certain = is_certain(of_matches, sum_m, levels_a, levels_b) ||
                 is_certain(d->information, sum_u, levels_a, levels_b);
    return ERR_OK;
}

static int by_gain(const void *left, const void *right)
{
    const struct dependence *a = left, *b = right;
    if (a->gain != b->gain)
        return a->gain > b->gain ? -1 : 1;
    return a->a != b->a ? (a->a > b->a) - (a->a < b->a) : (a->b > b->b) - (a->b < b->b);
}

// Bits of correction, averaged over matches, below which it is left out.
static const double LEAST_GAIN = 0.25;

// The strongest dependences that form no ring: then the product of the corrections is a
// proper joint distribution of each class (Chow and Liu).
static enum err correct_dependence(struct train_state *j, struct dependence *all,
                                   unsigned n, struct train_told *told, struct error *e)
{
    unsigned tree[LINK_MAX_COMPARISONS];
    for (unsigned c = 0; c < LINK_MAX_COMPARISONS; c++)
        tree[c] = c;
    struct arena *arena = &j->m->arena;
    j->m->dependence = ARENA_ARRAY(arena, struct link_dependence, LINK_MAX_COMPARISONS);
    if (!j->m->dependence)
        return error_memory(e);
    j->m->n_dependence = 0;
    for (unsigned i = 0; i < n; i++) {
        struct dependence *d = &all[i];
        unsigned from = tree[d->a], to = tree[d->b];
        bool corrected = d->certain && d->gain >= LEAST_GAIN && from != to;
        told->dependences[i] = (struct account_dependence){
            d->a, d->b, d->information, d->together, d->product, corrected};
        if (!corrected)
            continue;
        for (unsigned c = 0; c < LINK_MAX_COMPARISONS; c++)
            if (tree[c] == from)
                tree[c] = to;
        unsigned size =
            j->m->comparisons[d->a].n_levels * j->m->comparisons[d->b].n_levels;
        double *log2_ratio = ARENA_ARRAY(arena, double, size);
        if (!log2_ratio)
            return error_memory(e);
        memcpy(log2_ratio, d->log2, size * sizeof *log2_ratio);
        j->m->dependence[j->m->n_dependence++] =
            (struct link_dependence){d->a, d->b, log2_ratio};
    }
    return ERR_OK;
}

enum err train_dependence(struct train_state *j, struct arena *a, struct train_told *told,
                          struct error *e)
{
    unsigned n = j->m->n_comparisons, n_pairs = n * (n - 1) / 2, at = 0;
    struct dependence *all = ARENA_ARRAY(a, struct dependence, n_pairs);
    told->dependences = ARENA_ARRAY(a, struct account_dependence, n_pairs);
    told->n_dependences = n_pairs;
    if (!all || !told->dependences)
        return error_memory(e);
    for (unsigned x = 0; x < n; x++)
        for (unsigned y = x + 1; y < n; y++) {
            all[at] = (struct dependence){.a = x, .b = y};
            enum err code = measure_dependence(j, &all[at++], a, e);
            if (code)
                return code;
        }
    qsort(all, n_pairs, sizeof *all, by_gain);
    return correct_dependence(j, all, n_pairs, told, e);
}
