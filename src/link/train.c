// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/train_private.h"

#include "link/condition.h"
#include "link/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double JOINT_CONVERGENCE = 1e-5;

static enum err columns_of(struct arena *a, struct str condition, struct str **names,
                           unsigned *n, struct error *e)
{
    struct condition *c;
    enum err code = condition_parse(&c, a, condition, "model", e);
    return code ? code : condition_columns(c, a, names, n, e);
}

static bool share_a_name(const struct str *a, unsigned n_a, const struct str *b,
                         unsigned n_b)
{
    for (unsigned i = 0; i < n_a; i++)
        for (unsigned k = 0; k < n_b; k++)
            if (str_equal_fold(a[i], b[k]))
                return true;
    return false;
}

enum err train_uses(const struct link_model *m, uint32_t uses[LINK_MAX_COMPARISONS],
                    struct error *e)
{
    struct arena a;
    arena_init(&a, 0);
    enum err code = ERR_OK;
    memset(uses, 0, LINK_MAX_COMPARISONS * sizeof *uses);
    for (unsigned r = 0; r < m->n_rules && !code; r++) {
        struct str *of_rule, *of_level;
        unsigned n_rule, n_level;
        code = columns_of(&a, m->rules[r].condition, &of_rule, &n_rule, e);
        for (unsigned c = 0; c < m->n_comparisons && !code; c++)
            for (unsigned k = 0; k < m->comparisons[c].n_levels && !code; k++) {
                code = columns_of(&a, m->comparisons[c].levels[k].condition, &of_level,
                                  &n_level, e);
                if (!code && share_a_name(of_rule, n_rule, of_level, n_level))
                    uses[c] |= 1u << r;
            }
    }
    arena_free(&a);
    return code;
}

enum err train_column(const struct link_comparison *c, struct arena *a, struct str *name,
                      struct error *e)
{
    enum err code = ERR_OK;
    bool several = false;
    *name = (struct str){0};
    for (unsigned k = 0; k < c->n_levels && !code; k++) {
        struct str *names;
        unsigned n;
        code = columns_of(a, c->levels[k].condition, &names, &n, e);
        for (unsigned i = 0; !code && i < n; i++) {
            several |= name->n && !str_equal_fold(*name, names[i]);
            *name = names[i];
        }
    }
    if (several)
        *name = (struct str){0};
    return code;
}

void train_start(struct link_model *m)
{
    for (unsigned c = 0; c < m->n_comparisons; c++) {
        struct link_comparison *cmp = &m->comparisons[c];
        unsigned n = 0;
        for (unsigned k = 0; k < cmp->n_levels; k++)
            n += !cmp->levels[k].is_null;
        double rest = n > 1 ? 0.05 / (n - 1) : 0;
        bool first = true;
        for (unsigned k = 0; k < cmp->n_levels; k++) {
            struct link_level *l = &cmp->levels[k];
            if (l->is_null)
                continue;
            if (isnan(l->m))
                l->m = first ? (n > 1 ? 0.95 : 1) : rest;
            first = false;
        }
    }
}

static void count_levels(const struct link_view *v, const struct pattern_table *t,
                         level_table counts)
{
    memset(counts, 0, sizeof(level_table));
    for (uint64_t i = 0; i < t->n; i++)
        for (unsigned c = 0; c < v->n_comparisons; c++)
            counts[c][link_pattern_level(&v->comparisons[c], t->rows[i].pattern)] +=
                (double)t->rows[i].pairs;
}

double train_sum(const struct link_comparison *c, const double *counts)
{
    double sum = 0;
    for (unsigned k = 0; k < c->n_levels; k++)
        sum += c->levels[k].is_null ? 0 : counts[k];
    return sum;
}

void train_set_u(struct link_model *m,
                 double u[LINK_MAX_COMPARISONS][LINK_MAX_LEVELS + 1])
{
    for (unsigned c = 0; c < m->n_comparisons; c++)
        for (unsigned k = 0; k < m->comparisons[c].n_levels; k++) {
            struct link_level *l = &m->comparisons[c].levels[k];
            if (!l->is_null && !l->fix_u)
                l->u = u[c][k];
        }
}

void train_u(struct link_model *m, const struct link_view *v,
             const struct pattern_table *random)
{
    level_table counts;
    count_levels(v, random, counts);
    for (unsigned c = 0; c < m->n_comparisons; c++) {
        double sum = train_sum(&m->comparisons[c], counts[c]);
        for (unsigned k = 0; k < m->comparisons[c].n_levels;
             k++) // never met: half a pair
            counts[c][k] = sum > 0 ? fmax(counts[c][k], 0.5) / sum : NAN;
    }
    train_set_u(m, counts);
}

// --- the joint EM

static void set_weights(struct train_state *j)
{
    for (unsigned c = 0; c < j->m->n_comparisons; c++)
        for (unsigned k = 0; k < j->m->comparisons[c].n_levels; k++) {
            const struct link_level *l = &j->m->comparisons[c].levels[k];
            j->weight[c][k] =
                l->is_null || isnan(l->m) || isnan(l->u) ? 0 : log2(l->m / l->u);
            j->alike_weight[c][k] =
                !j->has_alike || l->is_null || isnan(l->u) ? 0 : log2(l->alike / l->u);
        }
}

static double pattern_dependence(const struct train_state *j, uint64_t pattern)
{
    double w = 0;
    for (unsigned i = 0; i < j->m->n_dependence; i++) {
        const struct link_dependence *d = &j->m->dependence[i];
        const struct view_comparison *b = &j->v->comparisons[d->b];
        w += d->log2[link_pattern_level(&j->v->comparisons[d->a], pattern) * b->n_levels +
                     link_pattern_level(b, pattern)];
    }
    return w;
}

double train_odds(const struct train_state *j, uint64_t pattern)
{
    double w = score_weight(j->m->prior);
    for (unsigned c = 0; c < j->v->n_comparisons; c++)
        w += j->weight[c][link_pattern_level(&j->v->comparisons[c], pattern)];
    return w + pattern_dependence(j, pattern);
}

// Probability of a match; *alike: of a pair of look-alikes.
static double class_probability(const struct train_state *j, uint64_t pattern,
                                double *alike)
{
    double w = train_odds(j, pattern);
    *alike = 0;
    if (!j->has_alike)
        return score_probability(w);
    double a = score_weight(j->m->alike_prior) + pattern_dependence(j, pattern);
    for (unsigned c = 0; c < j->v->n_comparisons; c++)
        a += j->alike_weight[c][link_pattern_level(&j->v->comparisons[c], pattern)];
    double most = fmax(fmax(w, a), 0);
    double of_match = exp2(w - most), of_alike = exp2(a - most);
    double sum = of_match + of_alike + exp2(-most);
    *alike = of_alike / sum;
    return of_match / sum;
}

double train_stranger(const struct train_state *j, uint64_t pattern)
{
    double alike, match = class_probability(j, pattern, &alike);
    return fmax(1 - match - alike, 0);
}

double train_match(const struct train_state *j, uint64_t pattern)
{
    double alike;
    return class_probability(j, pattern, &alike);
}

void train_expect(struct train_state *j)
{
    memset(j->m_counts, 0, sizeof j->m_counts);
    memset(j->m_all, 0, sizeof j->m_all);
    memset(j->u_counts, 0, sizeof j->u_counts);
    memset(j->alike_counts, 0, sizeof j->alike_counts);
    memset(j->alike_all, 0, sizeof j->alike_all);
    j->matches = j->once = j->twice = j->doubt = j->alike = 0;
    set_weights(j);
    unsigned n = j->v->n_comparisons;
    const struct pattern_table *t = j->t->candidates;
    double p = 0, q = 0;
    for (uint64_t i = 0; i < t->n; i++) {
        const struct pattern_row *row = &t->rows[i];
        if (!i || row->pattern != row[-1].pattern)
            p = class_probability(j, row->pattern, &q);
        double pairs = p * (double)row->pairs, alike = q * (double)row->pairs;
        j->alike += alike;
        int rules = __builtin_popcount(row->rules);
        j->matches += pairs;
        j->doubt += pairs * (1 - p);
        j->once += rules == 1 ? pairs : 0;
        j->twice += rules == 2 ? pairs : 0;
        for (unsigned c = 0; c < n; c++) {
            unsigned k = link_pattern_level(&j->v->comparisons[c], row->pattern);
            j->m_all[c][k] += pairs;
            j->alike_all[c][k] += alike;
            if (row->rules & ~j->uses[c]) {
                j->m_counts[c][k] += pairs;
                j->alike_counts[c][k] += alike;
            }
        }
    }
    j->doubt /= fmax(j->matches, 1e-9);
    t = j->t->random;
    for (uint64_t i = 0; i < t->n; i++) {
        p = class_probability(j, t->rows[i].pattern, &q);
        double not_match = (1 - p - q) * (double)t->rows[i].pairs;
        for (unsigned c = 0; c < n; c++)
            j->u_counts[c][link_pattern_level(&j->v->comparisons[c],
                                              t->rows[i].pattern)] += not_match;
    }
}

const double *train_counts_for(const struct train_state *j, unsigned c,
                               const double *independent, const double *all)
{
    const struct link_comparison *cmp = &j->m->comparisons[c];
    double n = train_sum(cmp, independent);
    return n >= 20 || n >= 0.2 * train_sum(cmp, all) ? independent : all;
}

// Sets the parameters from the counts, m only when it is free; returns the largest
// change.
static double maximise(struct train_state *j, bool keep_m)
{
    double change = 0, prior_before = j->m->prior;
    for (unsigned c = 0; c < j->m->n_comparisons; c++) {
        struct link_comparison *cmp = &j->m->comparisons[c];
        const double *counts = train_counts_for(j, c, j->m_counts[c], j->m_all[c]);
        double m_sum = train_sum(cmp, counts) + TRAIN_START_PAIRS;
        double u_sum = train_sum(cmp, j->u_counts[c]);
        for (unsigned k = 0; k < cmp->n_levels; k++) {
            struct link_level *l = &cmp->levels[k];
            if (l->is_null)
                continue;
            double m = (counts[k] + TRAIN_START_PAIRS * j->start[c][k]) / m_sum;
            double u = fmax(j->u_counts[c][k], 0.5) / fmax(u_sum, 1);
            if (!l->fix_m && !keep_m) {
                change = fmax(change, fabs(m - l->m));
                l->m = m;
            }
            if (!l->fix_u) {
                change = fmax(change, fabs(u - l->u));
                l->u = u;
            }
        }
    }
    double rules = fmax(j->m->n_rules, 1);
    double missed = j->twice > 0 ? j->once * j->once / (2 * j->twice) : 0;
    missed *= (rules - 1) / rules; // of few rules, those found once say less (Chao)
    // Rules that hardly overlap make the estimate wild; at most as many missed as found.
    missed = fmin(missed, j->matches);
    j->recall = j->matches > 0 ? j->matches / (j->matches + missed) : 1;
    double prior = (j->matches + missed + 0.5) / (j->t->all_pairs + 1);
    j->m->prior = fmin(prior, 0.5);
    if (j->has_alike)
        train_maximise_alike(j);
    if (keep_m)
        change = fmax(change, fabs(j->m->prior / prior_before - 1));
    return change;
}

void train_take(const struct train_state *j, struct train_snapshot *s)
{
    for (unsigned c = 0; c < j->m->n_comparisons; c++)
        for (unsigned k = 0; k < j->m->comparisons[c].n_levels; k++) {
            s->m[c][k] = j->m->comparisons[c].levels[k].m;
            s->u[c][k] = j->m->comparisons[c].levels[k].u;
            s->alike[c][k] = j->m->comparisons[c].levels[k].alike;
        }
    s->prior = j->m->prior;
    s->alike_prior = j->m->alike_prior;
    s->has_alike = j->has_alike;
    s->matches = j->matches;
    s->doubt = j->doubt;
    s->recall = j->recall;
}

void train_go_back(struct train_state *j, const struct train_snapshot *s)
{
    for (unsigned c = 0; c < j->m->n_comparisons; c++)
        for (unsigned k = 0; k < j->m->comparisons[c].n_levels; k++) {
            j->m->comparisons[c].levels[k].m = s->m[c][k];
            j->m->comparisons[c].levels[k].u = s->u[c][k];
            j->m->comparisons[c].levels[k].alike = s->alike[c][k];
        }
    j->m->prior = s->prior;
    j->m->alike_prior = s->alike_prior;
    j->has_alike = s->has_alike;
    j->recall = s->recall;
}

// Where pairs of different people have much in common (all shops of one town), EM can
// leave the matches and settle on these: more and more pairs, less and less clearly. Then
// m is kept as it was in the round in which the matches stood out most, and only
// how many they are and how others agree is learned further.
static const double DRIFT = 2.5;

void train_rounds(struct train_state *j, struct train_snapshot *clearest,
                  struct account_session *told, double *changes)
{
    clearest->doubt = clearest->matches = INFINITY;
    for (told->n = 0; told->n < TRAIN_ROUNDS && !told->converged;) {
        train_expect(j);
        bool more = j->matches > DRIFT * clearest->matches + 10;
        if (!told->drifted && j->doubt < clearest->doubt) {
            train_take(j, clearest);
        } else if (!told->drifted && more) {
            train_go_back(j, clearest);
            train_expect(j);
            told->drifted = true;
        }
        double change = maximise(j, told->drifted);
        changes[told->n++] = change;
        told->converged = change < JOINT_CONVERGENCE;
    }
    told->change = changes;
}

static void set_kinds(struct train_state *j)
{
    const struct link_model *m = j->m;
    for (unsigned c = 0; c < m->n_comparisons; c++) {
        j->kinds[c] = j->t->kinds ? j->t->kinds[c] : LINK_RAW;
        for (unsigned i = 0; i < m->n_kinds && !j->t->kinds; i++)
            if (str_equal_fold(m->kinds[i].name, m->comparisons[c].name)) {
                j->kinds[c] = m->kinds[i].kind;
                break;
            }
    }
}

enum err train_joint(struct link_model *m, const struct link_view *v,
                     const struct train_tables *tables, struct arena *a,
                     struct train_told *told, struct error *e)
{
    *told = (struct train_told){.session = {.name = STR("all pairs")}};
    struct train_state *j = ARENA_NEW(a, struct train_state);
    struct train_snapshot *clearest = ARENA_NEW(a, struct train_snapshot);
    double *changes = ARENA_ARRAY(a, double, TRAIN_ROUNDS);
    if (!j || !clearest || !changes)
        return error_memory(e);
    *j = (struct train_state){.m = m, .v = v, .t = tables};
    j->recall = 1;
    enum err code = train_uses(m, j->uses, e);
    if (code)
        return code;
    train_start(m);
    train_u(m, v, tables->random);
    m->n_dependence = 0;
    j->first_prior = m->prior;
    j->first_alike_prior = m->alike_prior;
    j->had_alike = m->alike_prior > 0;
    m->alike_prior = 0;
    for (unsigned c = 0; c < m->n_comparisons; c++)
        for (unsigned k = 0; k < m->comparisons[c].n_levels; k++) {
            j->start[c][k] = m->comparisons[c].levels[k].m;
            j->alike_start[c][k] = m->comparisons[c].levels[k].alike;
        }
    set_kinds(j);
    train_rounds(j, clearest, &told->session, changes);
    code = train_look_alikes(j, clearest, a, &told->session, e);
    if (!code)
        code = train_dependence(j, a, told, e);
    if (code)
        return code;
    if (m->n_dependence && !told->session.drifted) {
        train_expect(j); // the prior once more, with the corrections in
        maximise(j, false);
    }
    told->blocking_recall = j->recall;
    told->expected_matches = j->matches / j->recall;
    return ERR_OK;
}
