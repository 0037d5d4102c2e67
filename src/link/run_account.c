// SPDX-License-Identifier: AGPL-3.0-or-later
// The account of a run, for the terminal and the report page.
#include "link/run_private.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
    MOST_EXAMPLES = 120, // pairs for the viewer
    MOST_LOOKS = 40,     // clusters to look into
    MOST_PATTERNS = 4000,
    MOST_SELF = 20000, // records compared with themselves
    TERMS_EACH = 8     // most and least telling values
};

static enum err tell_columns(struct link_run *r, struct error *e)
{
    struct account *a = &r->account;
    a->n_columns = r->n_file_columns;
    a->columns = ARENA_ARRAY(&a->arena, struct account_column, a->n_columns);
    if (!a->columns)
        return error_memory(e);
    for (unsigned i = 0; i < a->n_columns; i++) {
        const struct link_column *c = &r->records->columns[i];
        struct account_column *t = &a->columns[i];
        *t = (struct account_column){.name = c->name,
                                     .kind = r->kinds[i],
                                     .why = r->why[i],
                                     .nulls = c->count ? c->count[0] : 0,
                                     .values = c->n_values};
        uint32_t step = c->n_values / 3 ? c->n_values / 3 : 1;
        for (unsigned k = 0; c->texts.offset && k < 3 && k * step < c->n_values; k++)
            t->examples[k] = link_text(c, 1 + k * step);
    }
    return ERR_OK;
}

static enum err tell_rules(struct link_run *r, struct error *e)
{
    struct account *a = &r->account;
    a->rules = ARENA_ARRAY(&a->arena, struct block_told, r->model->n_rules);
    if (!a->rules)
        return error_memory(e);
    for (unsigned i = 0; i < r->model->n_rules; i++) {
        a->rules[i] = *candidates_told(r->candidates, i);
        const struct block_told *t = &a->rules[i];
        enum err code = ERR_OK;
        if (t->skipped_blocks)
            code =
                run_warn(r, e,
                         "rule %u (" STR_FMT
                         "): %llu groups of records that agree are too large and "
                         "were passed over (the largest: " STR_FMT "; %.3g pairs in all)",
                         "规则 %u（" STR_FMT "）：有 %llu 组取值相同的记录过大，已跳过"
                         "（最大的一组：" STR_FMT "；共 %.3g 对）",
                         i + 1, STR_ARG(r->model->rules[i].condition),
                         (unsigned long long)t->skipped_blocks, STR_ARG(t->skipped_key),
                         t->skipped_pairs);
        if (code)
            return code;
    }
    return ERR_OK;
}

static enum err tell_training(struct link_run *r, struct error *e)
{
    struct account *a = &r->account;
    if (r->told.session.n) {
        a->sessions = ARENA_NEW(&a->arena, struct account_session);
        if (!a->sessions)
            return error_memory(e);
        a->sessions[0] = r->told.session;
        a->n_sessions = 1;
    }
    a->dependences = r->told.dependences;
    a->n_dependences = r->told.n_dependences;
    a->blocking_recall = r->told.blocking_recall > 0 ? r->told.blocking_recall : NAN;
    a->expected_matches = r->told.expected_matches;
    if (a->expected_matches <= 0)
        a->expected_matches = r->model->prior * a->all_pairs;
    for (unsigned i = 0; i < a->n_sessions; i++)
        if (a->sessions[i].drifted) {
            enum err code = run_warn(
                r, e,
                "training was stopped after %u rounds: it was leaving the clear "
                "matches for pairs that merely have much in common",
                "训练在第 %u 轮后停止：它正偏离明确的匹配，转向仅有不少相同之处的记"
                "录对",
                a->sessions[i].n);
            if (code)
                return code;
        } else if (!a->sessions[i].converged) {
            enum err code =
                run_warn(r, e, "training (" STR_FMT ") was still moving after %u rounds",
                         "训练（" STR_FMT "）在 %u 轮后仍未收敛",
                         STR_ARG(a->sessions[i].name), a->sessions[i].n);
            if (code)
                return code;
        }
    return ERR_OK;
}

static enum err tell_bins(struct link_run *r, struct error *e)
{
    struct account *a = &r->account;
    a->bin_from = -30;
    a->bin_width = 1;
    a->thresholds = ARENA_ARRAY(&a->arena, struct account_threshold, WEIGHT_BINS);
    if (!a->thresholds)
        return error_memory(e);
    for (int b = 0; b < WEIGHT_BINS; b++) {
        double weight = WEIGHT_FROM + b / 4.0;
        int bin = (int)floor((weight - a->bin_from) / a->bin_width);
        bin = bin < 0 ? 0 : bin >= ACCOUNT_BINS ? ACCOUNT_BINS - 1 : bin;
        a->bins[bin] += r->bins.pairs[b];
    }
    double links = 0, matches = 0;
    for (int b = WEIGHT_BINS - 1; b >= 0; b--) {
        links += (double)r->bins.pairs[b];
        matches += r->bins.matches[b];
        double weight = WEIGHT_FROM + b / 4.0;
        if (links > 0 && weight >= -10 && weight <= 40)
            a->thresholds[a->n_thresholds++] = (struct account_threshold){
                weight, links, matches / links,
                a->expected_matches > 0 ? fmin(matches / a->expected_matches, 1) : 0};
    }
    for (unsigned i = 0; i < a->n_thresholds / 2; i++) {
        struct account_threshold t = a->thresholds[i];
        a->thresholds[i] = a->thresholds[a->n_thresholds - 1 - i];
        a->thresholds[a->n_thresholds - 1 - i] = t;
    }
    return ERR_OK;
}

static int by_weight(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

// Records that would not reach a weight even with a perfect copy of themselves. The first
// records are a fair sample: they stand in the order of a hash.
static enum err tell_unlinkable(struct link_run *r, struct link_scratch *s,
                                struct error *e)
{
    struct account *a = &r->account;
    uint32_t n = r->view->n < MOST_SELF ? r->view->n : MOST_SELF;
    double *weight = ARENA_ARRAY(&a->arena, double, n);
    enum { STEPS = 80 };
    a->unlinkable_weight = ARENA_ARRAY(&a->arena, double, STEPS);
    a->unlinkable_share = ARENA_ARRAY(&a->arena, double, STEPS);
    if (!weight || !a->unlinkable_weight || !a->unlinkable_share)
        return error_memory(e);
    for (uint32_t i = 0; i < n; i++) {
        struct candidate self = {i, i, link_view_pattern(r->view, s, i, i)};
        weight[i] = score_pair(r->score, &self);
    }
    qsort(weight, n, sizeof *weight, by_weight);
    uint32_t below = 0;
    for (int k = 0; k < STEPS; k++) {
        double at = -20 + k;
        while (below < n && weight[below] < at)
            below++;
        a->unlinkable_weight[k] = at;
        a->unlinkable_share[k] = (double)below / n;
    }
    a->n_unlinkable = STEPS;
    return ERR_OK;
}

static double edge_hash(const struct link_run *r, const struct link_edge *e)
{
    uint64_t h = (r->records->content[e->left] ^ 0x9e3779b97f4a7c15u) *
                 (r->records->content[e->right] | 1);
    return (double)(h >> 11);
}

// The range of match weights in steps; of each the pair with the smallest hash: examples
// that do not depend on the order of the file.
static enum err tell_pairs(struct link_run *r, struct link_scratch *s, struct error *e)
{
    struct account *a = &r->account;
    uint64_t chosen[MOST_EXAMPLES];
    double hash[MOST_EXAMPLES];
    for (int i = 0; i < MOST_EXAMPLES; i++)
        hash[i] = INFINITY;
    double least = INFINITY, most = -INFINITY;
    for (uint64_t i = 0; i < r->n_edges; i++) {
        least = fmin(least, (double)r->edges[i].weight);
        most = fmax(most, (double)r->edges[i].weight);
    }
    double steps = most > least ? (MOST_EXAMPLES - 1) / (most - least) : 0;
    for (uint64_t i = 0; i < r->n_edges; i++) {
        double place = ((double)r->edges[i].weight - least) * steps;
        int k = place < 0 ? 0 : place >= MOST_EXAMPLES ? MOST_EXAMPLES - 1 : (int)place;
        double h = edge_hash(r, &r->edges[i]);
        if (h < hash[k]) {
            hash[k] = h;
            chosen[k] = i;
        }
    }
    unsigned n = r->view->n_comparisons;
    a->pairs = ARENA_ARRAY(&a->arena, struct account_pair, MOST_EXAMPLES);
    if (!a->pairs)
        return error_memory(e);
    for (int k = MOST_EXAMPLES - 1; k >= 0; k--) {
        if (isinf(hash[k]))
            continue;
        const struct link_edge *edge = &r->edges[chosen[k]];
        struct candidate c = {edge->left, edge->right,
                              link_view_pattern(r->view, s, edge->left, edge->right)};
        struct account_pair *p = &a->pairs[a->n_pairs++];
        *p = (struct account_pair){.left = c.left,
                                   .right = c.right,
                                   .weight = (double)edge->weight,
                                   .probability = score_probability((double)edge->weight),
                                   .pattern = c.pattern,
                                   .parts = ARENA_ARRAY(&a->arena, double, n + 2),
                                   .tf_parts = ARENA_ARRAY(&a->arena, double, n)};
        if (!p->parts || !p->tf_parts)
            return error_memory(e);
        score_parts(r->score, &c, p->parts, p->tf_parts);
    }
    return ERR_OK;
}

static int patterns_by_weight(const void *left, const void *right)
{
    const struct account_pattern *a = left, *b = right;
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return (a->pattern > b->pattern) - (a->pattern < b->pattern);
}

static int patterns_by_pairs(const void *left, const void *right)
{
    const struct account_pattern *a = left, *b = right;
    if (a->pairs != b->pairs)
        return a->pairs > b->pairs ? -1 : 1;
    return (a->pattern > b->pattern) - (a->pattern < b->pattern);
}

// The most frequent patterns.
static enum err tell_patterns(struct link_run *r, struct error *e)
{
    struct account *a = &r->account;
    struct pattern_table t;
    enum err code = pattern_table_of(&t, r->candidates, false, e);
    if (code)
        return code;
    struct account_pattern *all = mem_alloc(t.n ? t.n : 1, sizeof *all);
    a->n_patterns = t.n < MOST_PATTERNS ? t.n : MOST_PATTERNS;
    a->patterns = ARENA_ARRAY(&a->arena, struct account_pattern, a->n_patterns);
    if (all && a->patterns) {
        for (uint64_t i = 0; i < t.n; i++) {
            double w = score_pattern(r->score, t.rows[i].pattern);
            all[i] = (struct account_pattern){t.rows[i].pattern, t.rows[i].pairs, w,
                                              score_probability(w)};
        }
        qsort(all, t.n, sizeof *all, patterns_by_pairs);
        memcpy(a->patterns, all, a->n_patterns * sizeof *all);
        qsort(a->patterns, a->n_patterns, sizeof *all, patterns_by_weight);
    } else {
        code = error_memory(e);
    }
    mem_free(all);
    pattern_table_free(&t);
    return code;
}

static enum err tell_clusters(struct link_run *r, struct error *e)
{
    struct account *a = &r->account;
    uint32_t n = r->view->n;
    uint32_t *size = mem_alloc(n, sizeof *size);
    if (!size)
        return error_memory(e);
    for (uint32_t i = 0; i < n; i++)
        size[r->cluster[i]]++;
    for (uint32_t i = 0; i < n; i++) {
        if (!size[i])
            continue;
        a->cluster_sizes[size[i] < 16 ? size[i] - 1 : 15]++;
        a->clusters += size[i] > 1;
        a->in_clusters += size[i] > 1 ? size[i] : 0;
    }
    mem_free(size);
    for (uint64_t i = 0; i < r->n_edges; i++)
        a->links += r->linked[i];
    a->cluster = r->cluster;
    a->edges = r->edges;
    a->n_edges = r->n_edges;
    a->n_split = r->n_split;
    return ERR_OK;
}

// Clusters to look into. What holds known ones together was not looked at again.
static enum err tell_looks(struct link_run *r, struct error *e)
{
    struct account *a = &r->account;
    struct cluster_sources sources = {r->view->source, r->unique};
    struct cluster_quality *quality = NULL;
    uint64_t n = 0;
    enum err code =
        r->known ? ERR_OK
                 : link_cluster_quality(r->view->n, r->edges, r->n_edges, r->threshold,
                                        &sources, r->cluster, &quality, &n, e);
    if (code)
        return code;
    a->n_looks = n < MOST_LOOKS ? (unsigned)n : MOST_LOOKS;
    a->looks = ARENA_ARRAY(&a->arena, struct cluster_quality, a->n_looks);
    if (a->looks && a->n_looks)
        memcpy(a->looks, quality, a->n_looks * sizeof *quality);
    mem_free(quality);
    return a->looks ? ERR_OK : error_memory(e);
}

struct counted {
    uint32_t value, count;
};

static int by_count(const void *left, const void *right)
{
    const struct counted *a = left, *b = right;
    return (a->count < b->count) - (a->count > b->count);
}

static enum err tell_terms_of(struct link_run *r, unsigned comparison, unsigned level,
                              struct error *e)
{
    struct account *a = &r->account;
    const struct link_level *l = &r->model->comparisons[comparison].levels[level];
    unsigned view_column = r->view->comparisons[comparison].tf_column[level];
    if (view_column == UINT_MAX || isnan(l->m) || l->m <= 0)
        return ERR_OK;
    const struct link_column *c = &r->records->columns[r->view->column[view_column]];
    struct counted *all = mem_alloc((size_t)c->n_values + 1, sizeof *all);
    if (!all)
        return error_memory(e);
    for (uint32_t i = 0; i < c->n_values; i++)
        all[i] = (struct counted){i + 1, c->count[i + 1]};
    qsort(all, c->n_values, sizeof *all, by_count);
    double known = (double)r->view->n - c->count[0];
    uint32_t n = c->n_values;
    for (uint32_t i = 0; i < n; i++) {
        if (i >= TERMS_EACH && i + TERMS_EACH < n)
            continue;
        double f = fmax(all[i].count / known, l->tf_minimum_u);
        a->terms[a->n_terms++] = (struct account_term){
            comparison, link_text(c, all[i].value), all[i].count, log2(l->m / f)};
    }
    mem_free(all);
    return ERR_OK;
}

static enum err tell_terms(struct link_run *r, struct error *e)
{
    struct account *a = &r->account;
    a->terms = ARENA_ARRAY(&a->arena, struct account_term,
                           (size_t)r->model->n_comparisons * 2 * TERMS_EACH);
    if (!a->terms)
        return error_memory(e);
    enum err code = ERR_OK;
    for (unsigned c = 0; c < r->model->n_comparisons && !code; c++)
        for (unsigned k = 0; k < r->model->comparisons[c].n_levels && !code; k++)
            if (r->model->comparisons[c].levels[k].tf_column.n) {
                code = tell_terms_of(r, c, k, e);
                break;
            }
    return code;
}

static enum err tell_examples(struct link_run *r, struct error *e)
{
    struct link_scratch *s;
    enum err code = link_scratch_open(&s, r->view, 0, e);
    if (!code)
        code = tell_unlinkable(r, s, e);
    if (!code)
        code = tell_pairs(r, s, e);
    link_scratch_close(s);
    if (!code)
        code = tell_patterns(r, e);
    if (!code)
        code = tell_looks(r, e);
    return code ? code : tell_terms(r, e);
}

// All pairs; where there are new records, those with one of them.
static double pairs_looked_among(const struct link_run *r)
{
    double all = link_all_pairs(r->view), old = r->n_old;
    if (!r->n_old)
        return all;
    if (r->view->type != LINK_LINK_ONLY)
        return all - old * (old - 1) / 2;
    double apart = old * old; // twice the pairs between old files
    for (unsigned s = 0; s < r->options.first_new; s++) {
        double n = r->records->sources[s].end - r->records->sources[s].begin;
        apart -= n * n;
    }
    return all - apart / 2;
}

// What a reader should know before believing the figures.
static enum err tell_limits(struct link_run *r, struct error *e)
{
    enum { FEW_COMPARISONS = 2, MEBIBYTE = 1 << 20 };
    enum err code = ERR_OK;
    if (!r->options.model && r->model->n_comparisons <= FEW_COMPARISONS)
        code =
            run_warn(r, e,
                     "columns that could be compared: %u; with so few, who has the "
                     "same values by chance cannot be told from who is the same: do "
                     "not rely on the probabilities",
                     "可比较的列只有 %u 个：列数太少，无法区分偶然相同与同一人，概率不可"
                     "尽信",
                     r->model->n_comparisons);
    if (!code && r->options.memory && r->account.memory > r->options.memory)
        code =
            run_warn(r, e,
                     "the run took %llu MiB of memory, more than the %llu MiB allowed: "
                     "the limit is kept for records and pairs, not for all the rest",
                     "实际用内存 %llu MiB，超出允许的 %llu MiB：限额只约束记录和记录对，"
                     "不含其余部分",
                     (unsigned long long)(r->account.memory / MEBIBYTE),
                     (unsigned long long)(r->options.memory / MEBIBYTE));
    return code;
}

enum err run_account(struct link_run *r, struct error *e)
{
    struct account *a = &r->account;
    struct rusage usage;
    a->records = r->records;
    a->model = r->model;
    a->view = r->view;
    a->n = r->view->n;
    a->model_was_given = r->options.model != NULL;
    a->stopped = r->stopped;
    candidates_on_progress(r->candidates, NULL, NULL); // what is told is not stopped
    a->all_pairs = pairs_looked_among(r);
    a->compared_pairs = candidates_pairs(r->candidates);
    a->kept_pairs = r->n_edges;
    a->threads = pool_threads(r->pool);
    r->model->threshold = score_probability(r->threshold);
    enum err code = tell_columns(r, e);
    if (!code)
        code = tell_rules(r, e);
    if (!code)
        code = tell_training(r, e);
    if (!code)
        code = tell_bins(r, e);
    if (!code)
        code = tell_clusters(r, e);
    if (!code && !r->options.no_examples)
        code = tell_examples(r, e);
    if (!getrusage(RUSAGE_SELF, &usage))
        a->memory = (uint64_t)usage.ru_maxrss * 1024;
    return code ? code : tell_limits(r, e);
}
