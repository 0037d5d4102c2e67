// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/sparse.h"

#include <assert.h>
#include <math.h>
#include <string.h>
#include <suitesparse/cholmod.h>

#include "stats/sparse_private.h"

void sparse_close(struct sparse *s)
{
    if (!s)
        return;
    mem_free(s->order);
    mem_free(s->place);
    mem_free(s->negative);
    mem_free(s->first);
    mem_free(s->owner);
    mem_free(s->row_start);
    mem_free(s->rows);
    mem_free(s->value_start);
    mem_free(s->entry_place);
    mem_free(s);
}

size_t sparse_entries(const struct sparse *s)
{
    return s->value_start[s->n_supernodes];
}

double sparse_multiplications(const struct sparse *s)
{
    return s->multiplications;
}

static enum err cholmod_failed(const cholmod_common *common, struct error *e)
{
    if (common->status == CHOLMOD_OUT_OF_MEMORY)
        return error_memory(e);
    return error_set(e, ERR_LIMIT, "sparse.order", NULL,
                     "no order of elimination was found (CHOLMOD says %d)",
                     common->status);
}

// A constraint is eliminated just before the last variable that it binds: before that it
// would join them all, and with no pivot of its own it can not come first. Of several
// that end in the same variable the second comes before the last but one, and so on: what
// is left of Q until then is not singular.
static enum err place_constraints(int *order, const struct sparse_pattern *p,
                                  uint32_t n_constraints, struct error *e)
{
    uint32_t n = p->n, n_variables = n - n_constraints, out = 0;
    uint32_t *variables = mem_alloc(n, sizeof *variables);
    uint32_t *place = mem_alloc(n, sizeof *place), *chosen = mem_alloc(n, sizeof *chosen);
    uint32_t *ends = mem_alloc(n, sizeof *ends), *next = mem_alloc(n, sizeof *next);
    enum err err = ERR_OK;
    if (!variables || !place || !chosen || !ends || !next) {
        err = error_memory(e);
        goto out;
    }
    for (uint32_t k = 0, kept = 0; k < n; k++)
        if ((uint32_t)order[k] < n_variables) {
            place[order[k]] = kept + 1; // from 1: 0 is "none"
            variables[kept++] = (uint32_t)order[k];
        }
    // chosen[c]: the last place that c binds; then, round by round, an earlier one for
    // those that find it taken
    for (uint32_t j = 0; j < n_variables; j++)
        for (uint32_t k = p->start[j]; k < p->start[j + 1]; k++)
            if (p->row[k] >= n_variables && place[j] > chosen[p->row[k]])
                chosen[p->row[k]] = place[j];
    for (uint32_t c = n_variables; c < n; c++) {
        if (!chosen[c]) {
            err = error_set(e, ERR_INPUT, "sparse.constraint", NULL,
                            "constraint %u binds nothing", c - n_variables + 1);
            goto out;
        }
        while (ends[chosen[c] - 1]) { // taken by an earlier constraint
            uint32_t before = 0;
            for (uint32_t j = 0; j < n_variables; j++)
                if (place[j] < chosen[c] && place[j] > before)
                    for (uint32_t k = p->start[j]; k < p->start[j + 1]; k++)
                        if (p->row[k] == c)
                            before = place[j];
            if (!before)
                break;
            chosen[c] = before;
        }
        next[c] = ends[chosen[c] - 1];
        ends[chosen[c] - 1] = c;
    }
    for (uint32_t k = 0; k < n_variables; k++) {
        for (uint32_t c = ends[k]; c; c = next[c])
            order[out++] = (int)c;
        order[out++] = (int)variables[k];
    }
    assert(out == n);
out:
    mem_free(variables);
    mem_free(place);
    mem_free(chosen);
    mem_free(ends);
    mem_free(next);
    return err;
}

static enum err take_supernodes(struct sparse *s, const cholmod_factor *l,
                                const struct sparse_pattern *p, uint32_t n_constraints,
                                struct error *e)
{
    uint32_t n = p->n, n_super = (uint32_t)l->nsuper;
    const int *super = l->super, *pi = l->pi, *rows = l->s, *order = l->Perm;
    s->n = n;
    s->n_supernodes = n_super;
    s->n_entries = p->start[n];
    s->order = mem_alloc(n, sizeof *s->order);
    s->place = mem_alloc(n, sizeof *s->place);
    s->negative = mem_alloc(n, 1);
    s->first = mem_alloc((size_t)n_super + 1, sizeof *s->first);
    s->owner = mem_alloc(n, sizeof *s->owner);
    s->row_start = mem_alloc((size_t)n_super + 1, sizeof *s->row_start);
    s->value_start = mem_alloc((size_t)n_super + 1, sizeof *s->value_start);
    s->rows = mem_alloc((size_t)pi[n_super], sizeof *s->rows);
    s->entry_place = mem_alloc(s->n_entries, sizeof *s->entry_place);
    if (!s->order || !s->place || !s->negative || !s->first || !s->owner ||
        !s->row_start || !s->value_start || !s->rows || !s->entry_place)
        return error_memory(e);
    for (uint32_t k = 0; k < n; k++) {
        s->order[k] = (uint32_t)order[k];
        s->place[order[k]] = k;
        s->negative[k] = (uint32_t)order[k] >= n - n_constraints;
    }
    for (uint32_t t = 0; t < n_super; t++) {
        uint32_t width = (uint32_t)(super[t + 1] - super[t]);
        uint32_t height = (uint32_t)(pi[t + 1] - pi[t]);
        s->first[t] = (uint32_t)super[t];
        s->row_start[t] = (size_t)pi[t];
        s->value_start[t + 1] = s->value_start[t] + (size_t)width * height;
        for (uint32_t c = 0; c < width; c++)
            s->owner[(uint32_t)super[t] + c] = t;
        for (uint32_t k = 0; k < height; k++)
            s->rows[pi[t] + (int)k] = (uint32_t)rows[pi[t] + (int)k];
        s->most_rows = height > s->most_rows ? height : s->most_rows;
        s->most_columns = width > s->most_columns ? width : s->most_columns;
        s->multiplications += (double)width * height * height / 2;
    }
    s->first[n_super] = n;
    s->row_start[n_super] = (size_t)pi[n_super];
    if (s->value_start[n_super] > SPARSE_MAX_ENTRIES)
        return error_set(e, ERR_LIMIT, "sparse.size", NULL,
                         "the factor of the model's matrix would hold %zu numbers; the "
                         "limit is %d",
                         s->value_start[n_super], SPARSE_MAX_ENTRIES);
    return ERR_OK;
}

// Where each entry of the pattern stands in the panels.
static void place_entries(struct sparse *s, const struct sparse_pattern *p)
{
    for (uint32_t j = 0; j < p->n; j++)
        for (uint32_t k = p->start[j]; k < p->start[j + 1]; k++) {
            uint32_t a = s->place[j], b = s->place[p->row[k]];
            uint32_t column = a < b ? a : b, row = a < b ? b : a;
            uint32_t t = s->owner[column];
            const uint32_t *rows = s->rows + s->row_start[t];
            size_t low = 0, high = s->row_start[t + 1] - s->row_start[t], height = high;
            while (low + 1 < high) {
                size_t middle = (low + high) / 2;
                if (rows[middle] <= row)
                    low = middle;
                else
                    high = middle;
            }
            assert(rows[low] == row);
            s->entry_place[k] =
                s->value_start[t] + (size_t)(column - s->first[t]) * height + low;
        }
}

enum err sparse_analyse(struct sparse **out, const struct sparse_pattern *pattern,
                        uint32_t n_constraints, struct error *e)
{
    *out = NULL;
    uint32_t n = pattern->n;
    assert(n > 0 && n_constraints < n);
    if (n > INT32_MAX / 2 || pattern->start[n] > INT32_MAX / 4)
        return error_set(e, ERR_LIMIT, "sparse.size", NULL,
                         "a model of %u unknowns is too large", n);
    cholmod_common common;
    cholmod_start(&common);
    common.print = 0;
    cholmod_factor *l = NULL;
    int *order = NULL;
    enum err err = ERR_OK;
    struct sparse *s = mem_alloc(1, sizeof *s);
    cholmod_sparse *m = cholmod_allocate_sparse(n, n, pattern->start[n], 1, 1, -1,
                                                CHOLMOD_PATTERN, &common);
    if (!s || !m) {
        err = error_memory(e);
        goto out;
    }
    for (uint32_t j = 0; j <= n; j++)
        ((int *)m->p)[j] = (int)pattern->start[j];
    for (uint32_t k = 0; k < pattern->start[n]; k++)
        ((int *)m->i)[k] = (int)pattern->row[k];
    common.supernodal = CHOLMOD_SUPERNODAL;
    if (n > 10000)
        common.nmethods = 3; // worth trying both minimum degree and nested dissection
    l = cholmod_analyze(m, &common);
    if (!l) {
        err = cholmod_failed(&common, e);
        goto out;
    }
    if (n_constraints) {
        order = mem_alloc(n, sizeof *order);
        if (!order) {
            err = error_memory(e);
            goto out;
        }
        memcpy(order, l->Perm, n * sizeof *order);
        err = place_constraints(order, pattern, n_constraints, e);
        if (err)
            goto out;
        cholmod_free_factor(&l, &common);
        common.nmethods = 1;
        common.method[0].ordering = CHOLMOD_GIVEN;
        l = cholmod_analyze_p(m, order, NULL, 0, &common);
        if (!l) {
            err = cholmod_failed(&common, e);
            goto out;
        }
    }
    err = take_supernodes(s, l, pattern, n_constraints, e);
    if (err)
        goto out;
    place_entries(s, pattern);
    *out = s;
    s = NULL;
out:
    cholmod_free_factor(&l, &common);
    cholmod_free_sparse(&m, &common);
    cholmod_finish(&common);
    mem_free(order);
    sparse_close(s);
    return err;
}

enum err sparse_factor_open(struct sparse_factor **out, const struct sparse *s,
                            struct error *e)
{
    *out = NULL;
    struct sparse_factor *f = mem_alloc(1, sizeof *f);
    if (!f)
        return error_memory(e);
    size_t most = s->most_rows, wide = s->most_columns;
    f->s = s;
    // of an update, a panel's strip, and the inverse of a panel
    f->n_scratch = most * most + 4 * most * wide + 4 * wide * wide +
                   sparse_multiply_scratch(most, wide) +
                   sparse_multiply_scratch(wide, most);
    f->l = mem_alloc(sparse_entries(s), sizeof *f->l);
    f->z = mem_alloc(sparse_entries(s), sizeof *f->z);
    f->scratch = mem_alloc(f->n_scratch, sizeof *f->scratch);
    f->by_row = mem_alloc(s->n, sizeof *f->by_row);
    f->next = mem_alloc(s->n_supernodes, sizeof *f->next);
    f->head = mem_alloc(s->n_supernodes, sizeof *f->head);
    f->reached = mem_alloc(s->n_supernodes, sizeof *f->reached);
    f->relative = mem_alloc(s->n, sizeof *f->relative);
    if (!f->l || !f->z || !f->scratch || !f->by_row || !f->next || !f->head ||
        !f->reached || !f->relative) {
        sparse_factor_close(f);
        return error_memory(e);
    }
    *out = f;
    return ERR_OK;
}

void sparse_factor_close(struct sparse_factor *f)
{
    if (!f)
        return;
    mem_free(f->l);
    mem_free(f->z);
    mem_free(f->scratch);
    mem_free(f->by_row);
    mem_free(f->next);
    mem_free(f->head);
    mem_free(f->reached);
    mem_free(f->relative);
    mem_free(f);
}
