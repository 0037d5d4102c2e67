// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/evaluate.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "link/sort_keys.h"

static uint64_t pairs_of(uint64_t n)
{
    return n < 2 ? 0 : n * (n - 1) / 2;
}

// NaN where nothing was to be found or nothing was.
static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : NAN;
}

static struct link_verdict judge(uint64_t true_pairs, uint64_t found, uint64_t right)
{
    return (struct link_verdict){.true_pairs = true_pairs,
                                 .found_pairs = found,
                                 .right_pairs = right,
                                 .precision = share(right, found),
                                 .recall = share(right, true_pairs),
                                 .f1 = share(2 * right, found + true_pairs)};
}

// --- records sorted by two of their numbers

struct sorted {
    struct link_keyed *items, *scratch;
    size_t n; // records whose truth is known
};

static void sorted_free(struct sorted *s)
{
    mem_free(s->items);
    mem_free(s->scratch);
}

static enum err sorted_make(struct sorted *s, uint32_t n, const uint32_t *truth,
                            struct error *e)
{
    *s = (struct sorted){0};
    for (uint32_t i = 0; i < n; i++)
        s->n += truth[i] != UINT32_MAX;
    s->items = mem_alloc(s->n, sizeof *s->items);
    s->scratch = mem_alloc(s->n, sizeof *s->scratch);
    if (s->items && s->scratch)
        return ERR_OK;
    sorted_free(s);
    return error_memory(e);
}

// Sorts records of known truth by a number of theirs, then by source.
static void sort_by(struct sorted *s, uint32_t n, const uint32_t *number,
                    const uint32_t *truth, const uint8_t *source)
{
    size_t at = 0;
    for (uint32_t i = 0; i < n; i++)
        if (truth[i] != UINT32_MAX)
            s->items[at++] = (struct link_keyed){
                (uint64_t)number[i] << 8 | (source ? source[i] : 0), i};
    link_sort_keys(s->items, s->scratch, s->n);
}

// Pairs of records with the same number, of different sources if there are sources;
// *groups: how many numbers. Items are sorted by sort_by.
static uint64_t same_number(const struct sorted *s, bool by_source, uint64_t *groups)
{
    uint64_t pairs = 0;
    *groups = 0;
    for (size_t i = 0, to; i < s->n; i = to) {
        for (to = i; to < s->n && s->items[to].key >> 8 == s->items[i].key >> 8;)
            to++;
        pairs += pairs_of(to - i);
        ++*groups;
        for (size_t k = i, end; by_source && k < to; k = end) {
            for (end = k; end < to && s->items[end].key == s->items[k].key;)
                end++;
            pairs -= pairs_of(end - k);
        }
    }
    return pairs;
}

// How many records of known truth hold a number, at each record (for the others 0).
static void sizes(const struct sorted *s, uint32_t *size)
{
    for (size_t i = 0, to; i < s->n; i = to) {
        for (to = i; to < s->n && s->items[to].key >> 8 == s->items[i].key >> 8;)
            to++;
        for (size_t k = i; k < to; k++)
            size[s->items[k].value] = (uint32_t)(to - i);
    }
}

// Records that are in one cluster and of one entity, run by run.
static void judge_cells(struct sorted *s, const uint32_t *cluster, const uint32_t *truth,
                        const uint32_t *cluster_size, const uint32_t *entity_size,
                        const uint8_t *source, struct cluster_verdict *out)
{
    double precision = 0, recall = 0;
    uint64_t right = 0;
    // sorted by source, cluster; now by cluster and entity, source staying in order
    for (size_t i = 0; i < s->n; i++) {
        uint64_t record = s->items[i].value;
        s->items[i].key = (uint64_t)cluster[record] << 32 | truth[record];
    }
    link_sort_keys(s->items, s->scratch, s->n);
    for (size_t i = 0, to; i < s->n; i = to) {
        for (to = i; to < s->n && s->items[to].key == s->items[i].key;)
            to++;
        uint64_t n = to - i, record = s->items[i].value;
        right += pairs_of(n);
        for (size_t k = i, end; source && k < to; k = end) {
            for (end = k;
                 end < to && source[s->items[end].value] == source[s->items[k].value];)
                end++;
            right -= pairs_of(end - k);
        }
        out->exact += n == cluster_size[record] && n == entity_size[record];
        precision += (double)n * (double)n / cluster_size[record];
        recall += (double)n * (double)n / entity_size[record];
    }
    out->pairs.right_pairs = right;
    out->b3_precision = s->n ? precision / (double)s->n : NAN;
    out->b3_recall = s->n ? recall / (double)s->n : NAN;
    out->b3_f1 =
        2 * out->b3_precision * out->b3_recall / (out->b3_precision + out->b3_recall);
}

enum err link_evaluate_clusters(uint32_t n, const uint32_t *cluster,
                                const uint32_t *truth, const uint8_t *source,
                                struct cluster_verdict *out, struct error *e)
{
    struct sorted s;
    *out = (struct cluster_verdict){0};
    enum err code = sorted_make(&s, n, truth, e);
    if (code)
        return code;
    uint32_t *cluster_size = mem_alloc(n, sizeof *cluster_size);
    uint32_t *entity_size = mem_alloc(n, sizeof *entity_size);
    if (cluster_size && entity_size) {
        sort_by(&s, n, truth, truth, source);
        uint64_t true_pairs = same_number(&s, source, &out->entities);
        sizes(&s, entity_size);
        sort_by(&s, n, cluster, truth, source);
        uint64_t found = same_number(&s, source, &out->clusters);
        sizes(&s, cluster_size);
        judge_cells(&s, cluster, truth, cluster_size, entity_size, source, out);
        out->pairs = judge(true_pairs, found, out->pairs.right_pairs);
        out->precision = share(out->exact, out->clusters);
        out->recall = share(out->exact, out->entities);
        out->f1 = share(2 * out->exact, out->clusters + out->entities);
    } else {
        code = error_memory(e);
    }
    mem_free(cluster_size);
    mem_free(entity_size);
    sorted_free(&s);
    return code;
}

// --- pairs

// Probabilities are not negative: their bits stand in the same order.
static uint64_t double_bits(double value)
{
    uint64_t bits;
    value += 0.0; // -0 is 0
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double bits_double(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static bool counts(const struct scored_pair *pair, const uint32_t *truth,
                   const uint8_t *source)
{
    assert(pair->probability >= 0 && pair->probability <= 1);
    return pair->left != pair->right && truth[pair->left] != UINT32_MAX &&
           truth[pair->right] != UINT32_MAX &&
           !(source && source[pair->left] == source[pair->right]);
}

// Different pairs that count, highest probability first: key is the probability's bits,
// turned round; value: 1 when the pair is right.
static enum err rank_pairs(uint32_t n, const uint32_t *truth, const uint8_t *source,
                           const struct scored_pair *pairs, uint64_t n_pairs,
                           struct link_keyed **out, size_t *n_out, struct error *e)
{
    size_t kept = 0, at = 0;
    for (uint64_t i = 0; i < n_pairs; i++) {
        assert(pairs[i].left < n && pairs[i].right < n);
        kept += counts(&pairs[i], truth, source);
    }
    struct link_keyed *items = mem_alloc(kept, sizeof *items);
    struct link_keyed *scratch = mem_alloc(kept, sizeof *scratch);
    if (!items || !scratch) {
        mem_free(items);
        mem_free(scratch);
        return error_memory(e);
    }
    for (uint64_t i = 0; i < n_pairs; i++)
        if (counts(&pairs[i], truth, source)) {
            uint64_t a = pairs[i].left, b = pairs[i].right;
            items[at++] = (struct link_keyed){a < b ? a << 32 | b : b << 32 | a,
                                              double_bits(pairs[i].probability)};
        }
    link_sort_keys(items, scratch, kept);
    size_t different = 0;
    for (size_t i = 0; i < kept; i++)
        if (different && items[different - 1].key == items[i].key) {
            if (items[i].value > items[different - 1].value)
                items[different - 1].value = items[i].value;
        } else {
            items[different++] = items[i];
        }
    for (size_t i = 0; i < different; i++) {
        bool right = truth[items[i].key >> 32] == truth[(uint32_t)items[i].key];
        items[i] = (struct link_keyed){~items[i].value, right};
    }
    link_sort_keys(items, scratch, different);
    mem_free(scratch);
    *out = items;
    *n_out = different;
    return ERR_OK;
}

static double ranked_probability(const struct link_keyed *item)
{
    return bits_double(~item->key);
}

enum err link_evaluate_pairs(uint32_t n, const uint32_t *truth, const uint8_t *source,
                             const struct scored_pair *pairs, uint64_t n_pairs,
                             struct threshold_verdict *at, unsigned n_at,
                             struct threshold_verdict *best, struct error *e)
{
    struct sorted s;
    struct link_keyed *ranked = NULL;
    size_t n_ranked = 0;
    uint64_t entities, right = 0;
    enum err code = sorted_make(&s, n, truth, e);
    if (code)
        return code;
    sort_by(&s, n, truth, truth, source);
    uint64_t true_pairs = same_number(&s, source, &entities);
    sorted_free(&s);
    code = rank_pairs(n, truth, source, pairs, n_pairs, &ranked, &n_ranked, e);
    if (code)
        return code;
    *best = (struct threshold_verdict){NAN, judge(true_pairs, 0, 0)};
    unsigned left = n_at; // thresholds that are not passed yet, highest first
    for (size_t i = 0; i < n_ranked; i++) {
        double p = ranked_probability(&ranked[i]);
        for (; left && p < at[left - 1].threshold; left--)
            at[left - 1].pairs = judge(true_pairs, i, right);
        right += ranked[i].value;
        if (i + 1 < n_ranked && ranked[i + 1].key == ranked[i].key)
            continue;
        struct link_verdict now = judge(true_pairs, i + 1, right);
        if (isnan(best->threshold) || now.f1 > best->pairs.f1)
            *best = (struct threshold_verdict){p, now};
    }
    for (; left; left--)
        at[left - 1].pairs = judge(true_pairs, n_ranked, right);
    mem_free(ranked);
    return ERR_OK;
}

enum err link_calibration(const uint32_t *truth, const struct scored_pair *pairs,
                          uint64_t n_pairs, struct calibration_bin *bins, unsigned n_bins,
                          double *error, struct error *e)
{
    (void)e;
    assert(n_bins > 0);
    uint64_t total = 0;
    for (unsigned b = 0; b < n_bins; b++)
        bins[b] = (struct calibration_bin){.from = b / (double)n_bins,
                                           .to = (b + 1) / (double)n_bins};
    for (uint64_t i = 0; i < n_pairs; i++) {
        if (!counts(&pairs[i], truth, NULL))
            continue;
        unsigned b = (unsigned)(pairs[i].probability * n_bins);
        struct calibration_bin *bin = &bins[b < n_bins ? b : n_bins - 1];
        bin->pairs++;
        bin->said += pairs[i].probability;
        bin->found += truth[pairs[i].left] == truth[pairs[i].right];
        total++;
    }
    *error = total ? 0 : NAN;
    for (unsigned b = 0; b < n_bins; b++) {
        if (bins[b].pairs)
            *error += fabs(bins[b].said - bins[b].found) / (double)total;
        bins[b].said /= (double)bins[b].pairs; // NaN for a range without pairs
        bins[b].found /= (double)bins[b].pairs;
    }
    return ERR_OK;
}
