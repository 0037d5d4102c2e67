// SPDX-License-Identifier: AGPL-3.0-or-later
// Counts the pairs of a rule without making them.
#include "link/block_private.h"

enum { LOOKED_AT = 1 << 20 }; // pairs of keys

// Share of the keys' pairs that meet within one edit and prove to be: from every k-th
// item.
static double share_joined(const struct link_blocks *b)
{
    const struct block_index *x = &b->index;
    double all = 0;
    for (uint64_t i = 0; i < x->n_cross; i++)
        all += (double)x->edits.run[i].size * (x->edits.run[i].size - 1) / 2;
    uint64_t step = (uint64_t)(all / LOOKED_AT) + 1, looked = 0, joined = 0;
    for (uint64_t i = 0; i < x->n_cross && looked < LOOKED_AT; i += step) {
        const uint32_t *key = x->edits.id + x->edits.run[i].first;
        uint32_t n = x->edits.run[i].size;
        for (uint32_t j = 0; j < n && looked < LOOKED_AT; j++)
            for (uint32_t k = j + 1; k < n && looked < LOOKED_AT; k++, looked++)
                joined += key[j] != key[k] && block_edit_join(b, i, key[j], key[k]);
    }
    return looked ? (double)joined / (double)looked : 1;
}

static enum err near_cost(const struct link_view *v, unsigned rule, struct pool *pool,
                          double *pairs, double *largest, struct error *e)
{
    struct link_view one = *v;
    one.rules = &v->rules[rule];
    one.n_rules = 1;
    struct link_blocks *b;
    struct block_options options = {.most_pairs = UINT64_MAX};
    enum err code = link_blocks_open(&b, &one, &options, pool, e);
    if (code)
        return code;
    if ((code = link_blocks_index(b, 0, e)))
        goto out;
    const struct block_index *x = &b->index;
    double self = 0, cross = 0, most = 0;
    for (uint64_t i = 0; i < x->n_self + x->n_cross; i++) {
        double p = (double)x->pairs[i];
        most = p > most ? p : most;
        if (i < x->n_self)
            self += p;
        else
            cross += p;
    }
    *pairs = self + (x->cross ? cross : cross * share_joined(b));
    *largest = most;
out:
    link_blocks_close(b);
    return code;
}

enum err link_block_cost(const struct link_view *v, unsigned rule, struct pool *pool,
                         double *pairs, double *largest, struct error *e)
{
    *pairs = *largest = 0;
    const struct view_rule *r = &v->rules[rule];
    if (r->near != LINK_NEAR_NONE)
        return near_cost(v, rule, pool, pairs, largest, e);
    struct block_key key;
    block_key_make(&key, v, r->equal, r->n_equal);
    struct block_records records = {v, &key, NULL};
    struct block_input in;
    block_records_input(&in, &records, 2);
    return block_count(v, &in, pool, pairs, largest, e);
}
