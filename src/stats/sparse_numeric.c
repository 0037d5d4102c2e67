// SPDX-License-Identifier: AGPL-3.0-or-later
// The numeric part: factorisation by supernodes, solves, selected inverse.
#include <assert.h>
#include <math.h>
#include <string.h>

#include "stats/sparse_private.h"

// Takes from panel t what supernode d, finished, has for its columns.
static void update_panel(struct sparse_factor *f, uint32_t t, uint32_t d, uint32_t from,
                         uint32_t to)
{
    const struct sparse *s = f->s;
    const uint32_t *rows = s->rows + s->row_start[d];
    size_t height = s->row_start[d + 1] - s->row_start[d];
    size_t width = s->first[d + 1] - s->first[d], m = height - from, k = to - from;
    const double *l = f->l + s->value_start[d];
    double *scaled = f->scratch, *update = scaled + k * width;
    assert(k * width + m * k + sparse_multiply_scratch(k, width) <= f->n_scratch);
    for (size_t c = 0; c < width; c++) {
        double pivot = l[c * height + c];
        for (size_t i = 0; i < k; i++)
            scaled[c * k + i] = l[c * height + from + i] * pivot;
    }
    sparse_multiply(update, l + from, height, scaled, k, m, k, width, true,
                    update + m * k);
    size_t target = s->row_start[t + 1] - s->row_start[t];
    for (size_t j = 0; j < k; j++) {
        double *column =
            f->l + s->value_start[t] + (rows[from + j] - s->first[t]) * target;
        const double *u = update + j * m;
        for (size_t i = j; i < m; i++)
            column[f->relative[rows[from + i]]] -= u[i];
    }
}

static void wait_for(struct sparse_factor *f, uint32_t d, uint32_t reached)
{
    const struct sparse *s = f->s;
    f->reached[d] = reached;
    if (reached >= s->row_start[d + 1] - s->row_start[d])
        return;
    uint32_t t = s->owner[s->rows[s->row_start[d] + reached]];
    f->next[d] = f->head[t];
    f->head[t] = d;
}

bool sparse_factorise(struct sparse_factor *f, const double *values)
{
    const struct sparse *s = f->s;
    memset(f->l, 0, sparse_entries(s) * sizeof *f->l);
    for (size_t k = 0; k < s->n_entries; k++)
        f->l[s->entry_place[k]] += values[k];
    for (uint32_t t = 0; t < s->n_supernodes; t++)
        f->head[t] = UINT32_MAX;
    for (uint32_t t = 0; t < s->n_supernodes; t++) {
        const uint32_t *rows = s->rows + s->row_start[t];
        size_t height = s->row_start[t + 1] - s->row_start[t];
        for (size_t i = 0; i < height; i++)
            f->relative[rows[i]] = (uint32_t)i;
        for (uint32_t d = f->head[t], next; d != UINT32_MAX; d = next) {
            next = f->next[d];
            const uint32_t *below = s->rows + s->row_start[d];
            uint32_t to = f->reached[d];
            uint32_t end = (uint32_t)(s->row_start[d + 1] - s->row_start[d]);
            while (to < end && below[to] < s->first[t + 1])
                to++;
            update_panel(f, t, d, f->reached[d], to);
            wait_for(f, d, to);
        }
        size_t width = s->first[t + 1] - s->first[t];
        if (!sparse_factorise_panel(f->l + s->value_start[t], height, width,
                                    s->negative + s->first[t], f->scratch))
            return false;
        wait_for(f, t, (uint32_t)width);
    }
    return true;
}

double sparse_log_determinant(const struct sparse_factor *f)
{
    const struct sparse *s = f->s;
    double sum = 0;
    for (uint32_t t = 0; t < s->n_supernodes; t++) {
        size_t height = s->row_start[t + 1] - s->row_start[t];
        size_t width = s->first[t + 1] - s->first[t];
        for (size_t c = 0; c < width; c++)
            sum += log(fabs(f->l[s->value_start[t] + c * height + c]));
    }
    return sum;
}

static void solve_forward(const struct sparse_factor *f, double *x)
{
    const struct sparse *s = f->s;
    for (uint32_t t = 0; t < s->n_supernodes; t++) {
        const uint32_t *rows = s->rows + s->row_start[t];
        size_t height = s->row_start[t + 1] - s->row_start[t];
        size_t width = s->first[t + 1] - s->first[t];
        for (size_t c = 0; c < width; c++) {
            const double *l = f->l + s->value_start[t] + c * height;
            double value = x[s->first[t] + c];
            for (size_t i = c + 1; i < height; i++)
                x[rows[i]] -= l[i] * value;
        }
    }
}

static void solve_backward(const struct sparse_factor *f, double *x)
{
    const struct sparse *s = f->s;
    for (uint32_t t = s->n_supernodes; t-- > 0;) {
        const uint32_t *rows = s->rows + s->row_start[t];
        size_t height = s->row_start[t + 1] - s->row_start[t];
        for (size_t c = s->first[t + 1] - s->first[t]; c-- > 0;) {
            const double *l = f->l + s->value_start[t] + c * height;
            double sum = x[s->first[t] + c] / l[c];
            for (size_t i = c + 1; i < height; i++)
                sum -= l[i] * x[rows[i]];
            x[s->first[t] + c] = sum;
        }
    }
}

void sparse_solve(struct sparse_factor *f, double *b)
{
    const struct sparse *s = f->s;
    for (uint32_t k = 0; k < s->n; k++)
        f->by_row[k] = b[s->order[k]];
    solve_forward(f, f->by_row);
    solve_backward(f, f->by_row);
    for (uint32_t k = 0; k < s->n; k++)
        b[s->order[k]] = f->by_row[k];
}

// The inverse at all pairs of the rows below supernode t, m x m, both triangles: the
// columns were finished before, for they stand later in the order.
static void gather_below(const struct sparse_factor *f, uint32_t t,
                         double *restrict block)
{
    const struct sparse *s = f->s;
    size_t width = s->first[t + 1] - s->first[t];
    const uint32_t *below = s->rows + s->row_start[t] + width;
    size_t m = s->row_start[t + 1] - s->row_start[t] - width;
    uint32_t *relative =
        f->relative; // of the rows from b on, in the panel of their owner
    for (size_t b = 0; b < m;) {
        uint32_t owner = s->owner[below[b]];
        const uint32_t *rows = s->rows + s->row_start[owner];
        size_t height = s->row_start[owner + 1] - s->row_start[owner];
        size_t k = 0, end = b;
        for (size_t a = b; a < m; a++) {
            while (rows[k] < below[a])
                k++;
            assert(rows[k] == below[a]);
            relative[a] = (uint32_t)k;
            if (s->owner[below[a]] == owner)
                end = a + 1;
        }
        for (; b < end; b++) {
            const double *column =
                f->z + s->value_start[owner] + (below[b] - s->first[owner]) * height;
            for (size_t a = b; a < m; a++)
                block[b * m + a] = column[relative[a]];
        }
    }
    enum { TILE = 16 }; // the other triangle, by tiles that stay in cache
    for (size_t b = 0; b < m; b += TILE)
        for (size_t a = b; a < m; a += TILE)
            for (size_t j = b; j < b + TILE && j < m; j++)
                for (size_t i = a > j ? a : j + 1; i < a + TILE && i < m; i++)
                    block[i * m + j] = block[j * m + i];
}

// Transposed inverse of a panel's unit triangle: turned[l * w + j] is entry (l, j) of
// L^-1.
static void invert_triangle(double *restrict turned, const double *restrict panel,
                            size_t height, size_t w, double *restrict x)
{
    memset(turned, 0, w * w * sizeof *turned);
    for (size_t j = 0; j < w; j++) {
        memset(x, 0, w * sizeof *x);
        x[j] = 1;
        for (size_t l = j; l < w; l++) {
            double factor = x[l];
            turned[l * w + j] = factor;
            for (size_t i = l + 1; i < w; i++)
                x[i] -= panel[l * height + i] * factor;
        }
    }
}

static void transpose(double *restrict to, const double *restrict from, size_t m,
                      size_t w)
{
    for (size_t j = 0; j < w; j++)
        for (size_t i = 0; i < m; i++)
            to[i * w + j] = from[j * m + i];
}

// With B the rows of L below the triangle T of the panel and Y = B T^-1:
//   inverse below = -Z Y, Z the inverse at the rows below;
//   inverse of the panel's own columns = T'^-1 D^-1 T^-1 + Y' Z Y.
static void select_panel(struct sparse_factor *f, uint32_t t)
{
    const struct sparse *s = f->s;
    size_t height = s->row_start[t + 1] - s->row_start[t];
    size_t w = s->first[t + 1] - s->first[t], m = height - w;
    const double *panel = f->l + s->value_start[t];
    double *z = f->z + s->value_start[t];
    double *y = f->scratch, *y_rows = y + m * w, *product = y_rows + m * w;
    double *product_rows = product + m * w, *square = product_rows + m * w;
    double *own = square + w * w, *turned = own + w * w, *scaled = turned + w * w;
    double *block = scaled + w * w, *rest = block + m * m;
    assert((size_t)(rest - f->scratch) + sparse_multiply_scratch(w, m) <= f->n_scratch);
    assert((size_t)(rest - f->scratch) + sparse_multiply_scratch(w, w) <= f->n_scratch);
    invert_triangle(turned, panel, height, w, square);
    for (size_t l = 0; l < w; l++)
        for (size_t j = 0; j < w; j++)
            scaled[l * w + j] = turned[l * w + j] / panel[l * height + l];
    sparse_multiply(own, turned, w, scaled, w, w, w, w, true, rest);
    if (m) {
        sparse_multiply(y, panel + w, height, turned, w, m, w, w, false, rest);
        transpose(y_rows, y, m, w);
        gather_below(f, t, block);
        sparse_multiply(product, block, m, y_rows, w, m, w, m, false, rest);
        transpose(product_rows, product, m, w);
        sparse_multiply(square, y_rows, w, product_rows, w, w, w, m, true, rest);
    } else {
        memset(square, 0, w * w * sizeof *square);
    }
    for (size_t j = 0; j < w; j++) {
        for (size_t i = j; i < w; i++)
            z[j * height + i] = own[j * w + i] + square[j * w + i];
        for (size_t i = 0; i < m; i++)
            z[j * height + w + i] = -product[j * m + i];
    }
}

void sparse_select(struct sparse_factor *f, double *inverse)
{
    const struct sparse *s = f->s;
    for (uint32_t t = s->n_supernodes; t-- > 0;)
        select_panel(f, t);
    for (size_t k = 0; k < s->n_entries; k++)
        inverse[k] = f->z[s->entry_place[k]];
}
