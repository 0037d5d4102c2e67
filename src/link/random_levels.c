// SPDX-License-Identifier: AGPL-3.0-or-later
// How often each level comes by chance (random_pairs.h). Pairs are of three kinds for a
// comparison: the same value, two values, and one or none. Where the same value means
// one level, how many pairs are of each kind is counted over the whole; random pairs only
// say how the levels part the other two kinds.
#include "link/random_pairs.h"

#include "link/view_private.h"

#include <math.h>
#include <string.h>

enum kind { TWO_VALUES, NO_VALUE, KINDS };

struct tally {
    uint64_t drawn;
    uint64_t pairs[LINK_MAX_COMPARISONS][KINDS];
    uint64_t met[LINK_MAX_COMPARISONS][KINDS][LINK_MAX_LEVELS + 1];
};

struct levels {
    const struct link_view *view;
    const struct view_memory *memory; // of the comparisons
    struct link_scratch **scratch;    // by thread
    struct tally *tallies;            // by thread, of this round
    unsigned threads;
    uint64_t least;                      // how often each level is to be met
    unsigned told[LINK_MAX_COMPARISONS]; // levels from the first that are looked at now
    bool counted[LINK_MAX_COMPARISONS];  // pairs of each kind are counted over the whole
    // In all rounds: pairs for which a level was looked at, and those in it.
    struct {
        double tried, met;
    } sums[LINK_MAX_COMPARISONS][KINDS][LINK_MAX_LEVELS + 1];
    uint64_t drawn;
};

static bool take(void *argument, unsigned thread, const struct link_pair *pairs, size_t n)
{
    struct levels *l = argument;
    const struct link_view *v = l->view;
    struct tally *t = &l->tallies[thread];
    uint64_t patterns[RANDOM_BATCH];
    link_view_patterns_of(v, l->scratch[thread], l->told, pairs, n, patterns);
    t->drawn += n;
    for (unsigned c = 0; c < v->n_comparisons; c++) {
        const struct view_comparison *cmp = &v->comparisons[c];
        for (size_t i = 0; i < n && l->told[c]; i++) {
            enum kind kind = TWO_VALUES;
            if (l->counted[c]) {
                uint32_t a = link_view_row(v, pairs[i].left)[cmp->feature];
                uint32_t b = link_view_row(v, pairs[i].right)[cmp->feature];
                if (a == b && a != LINK_NULL)
                    continue;
                kind = a == LINK_NULL || b == LINK_NULL ? NO_VALUE : TWO_VALUES;
            }
            t->pairs[c][kind]++;
            t->met[c][kind][link_pattern_level(cmp, patterns[i])]++;
        }
    }
    return true;
}

// Two different values never come into the levels before `first`, and what is in none of
// the others is in the last.
static unsigned levels_wanted(const struct levels *l, unsigned c)
{
    const struct view_comparison *cmp = &l->view->comparisons[c];
    unsigned told = 0;
    for (unsigned k = l->counted[c] ? l->memory[c].first : 0; k + 1 < cmp->n_levels; k++)
        if (k != cmp->null_level && l->sums[c][TWO_VALUES][k].met < (double)l->least)
            told = k + 1;
    return told && !l->memory[c].ladder ? cmp->n_levels : told;
}

// Adds the round to the others; whether there is enough of every level.
static bool enough(void *argument)
{
    struct levels *l = argument;
    bool all = true;
    for (unsigned t = 0; t < l->threads; t++) {
        struct tally *tally = &l->tallies[t];
        l->drawn += tally->drawn;
        for (unsigned c = 0; c < l->view->n_comparisons; c++)
            for (unsigned i = 0; i < KINDS * l->told[c]; i++) {
                unsigned kind = i / l->told[c], k = i % l->told[c];
                l->sums[c][kind][k].tried += (double)tally->pairs[c][kind];
                l->sums[c][kind][k].met += (double)tally->met[c][kind][k];
            }
        *tally = (struct tally){0};
    }
    for (unsigned c = 0; c < l->view->n_comparisons; c++) {
        l->told[c] = levels_wanted(l, c);
        all &= !l->told[c];
    }
    return all;
}

// ---- over all pairs

// Pairs within the sources that have one value in common; those that have any.
static enum err within_sources(const struct link_view *v, const struct link_column *c,
                               double *same, double *two, struct error *e)
{
    uint32_t *count = mem_alloc((size_t)c->n_values + 1, sizeof *count);
    if (!count)
        return error_memory(e);
    for (unsigned s = 0; s < v->records->n_sources; s++) {
        const struct link_source *source = &v->records->sources[s];
        double known = 0;
        for (uint32_t i = source->begin; i < source->end; i++)
            if (c->value[i] != LINK_NULL) {
                *same += count[c->value[i]]++;
                known++;
            }
        *two += known * (known - 1) / 2;
        for (uint32_t i = source->begin; i < source->end; i++)
            count[c->value[i]] = 0;
    }
    mem_free(count);
    return ERR_OK;
}

// Shares of the pairs that have the same value, and that have two of them.
static enum err count_kinds(const struct link_view *v, unsigned feature, double *same,
                            double *two, struct error *e)
{
    const struct link_column *c = &v->records->columns[v->column[feature]];
    double known = (double)v->n - c->count[0], all = link_all_pairs(v);
    double same_within = 0, known_within = 0;
    enum err code = ERR_OK;
    if (v->type == LINK_LINK_ONLY)
        code = within_sources(v, c, &same_within, &known_within, e);
    *same = -same_within;
    for (uint32_t i = 1; i <= c->n_values; i++)
        *same += (double)c->count[i] * ((double)c->count[i] - 1) / 2;
    *two = (known * (known - 1) / 2 - known_within - *same) / all;
    *same /= all;
    return code;
}

static enum err put_together(const struct levels *l, unsigned c, double *u,
                             struct error *e)
{
    const struct view_comparison *cmp = &l->view->comparisons[c];
    double same = 0, of_kind[KINDS] = {1, 0}, sum = 0;
    enum err code = ERR_OK;
    if (l->counted[c]) {
        code = count_kinds(l->view, cmp->feature, &same, &of_kind[TWO_VALUES], e);
        of_kind[NO_VALUE] = fmax(1 - same - of_kind[TWO_VALUES], 0);
    }
    memset(u, 0, (LINK_MAX_LEVELS + 1) * sizeof *u);
    for (unsigned kind = 0; kind < KINDS; kind++) {
        double rest = 1;
        for (unsigned k = 0; k + 1 < cmp->n_levels; k++) {
            double tried = l->sums[c][kind][k].tried;
            double share = tried > 0 ? l->sums[c][kind][k].met / tried : 0;
            u[k] += of_kind[kind] * share;
            rest -= share;
        }
        u[cmp->n_levels - 1] += of_kind[kind] * fmax(rest, 0);
    }
    if (l->counted[c])
        u[l->memory[c].same_level] += same;
    for (unsigned k = 0; k < cmp->n_levels; k++)
        sum += k == cmp->null_level ? 0 : u[k];
    for (unsigned k = 0; k < cmp->n_levels; k++) {
        double tried = fmax(l->sums[c][TWO_VALUES][k].tried, 1);
        u[k] = k == cmp->null_level || sum <= 0 ? (double)NAN
               : u[k] > 0                       ? u[k] / sum
                                                : 0.5 / tried;
    }
    return code;
}

enum err random_levels(double u[LINK_MAX_COMPARISONS][LINK_MAX_LEVELS + 1],
                       const struct link_view *v, const struct random_pairs *set,
                       struct pool *pool, uint64_t *drawn, struct error *e)
{
    unsigned threads = pool_threads(pool);
    struct levels *l = mem_alloc(1, sizeof *l);
    if (!l)
        return error_memory(e);
    *l = (struct levels){.view = v,
                         .memory = view_whole_of(v)->memory,
                         .threads = threads,
                         .least = set->enough ? set->enough : 100};
    for (unsigned c = 0; c < v->n_comparisons; c++) {
        l->told[c] = v->comparisons[c].n_levels;
        l->counted[c] = l->memory[c].values && l->memory[c].same_level >= 0;
    }
    l->scratch = mem_alloc(threads, sizeof *l->scratch);
    l->tallies = mem_alloc(threads, sizeof *l->tallies);
    enum err code = l->scratch && l->tallies ? ERR_OK : error_memory(e);
    for (unsigned i = 0; !code && i < threads; i++)
        code = link_scratch_open(&l->scratch[i], v, 0, e);
    struct random_use use = {take, enough, l};
    if (!code)
        code = random_pairs_each(v, set, &use, pool, e);
    if (!code)
        (void)enough(l); // what came in the last round
    for (unsigned c = 0; !code && c < v->n_comparisons; c++)
        code = put_together(l, c, u[c], e);
    *drawn = l->drawn;
    for (unsigned i = 0; l->scratch && i < threads; i++)
        link_scratch_close(l->scratch[i]);
    mem_free(l->scratch);
    mem_free(l->tallies);
    mem_free(l);
    return code;
}
