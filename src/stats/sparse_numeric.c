// SPDX-License-Identifier: AGPL-3.0-or-later
// The numeric part: dense kernels, factorisation by supernodes, solves, selected inverse.
#include <assert.h>
#include <math.h>
#include <string.h>

#include "stats/sparse_private.h"

// Four doubles that the compiler keeps in registers of the machine it builds for.
typedef double four __attribute__((vector_size(32)));

static inline void load_four(four *v, const double *p)
{
    memcpy(v, p, sizeof *v);
}

// 4 x 4 of c, sums over w columns.
static inline void block_of_sixteen(double *restrict c, size_t ldc,
                                    const double *restrict a, size_t lda,
                                    const double *restrict b, size_t ldb, size_t w)
{
    four sum0 = {0}, sum1 = {0}, sum2 = {0}, sum3 = {0}, x;
    for (size_t l = 0; l < w; l++) {
        const double *y = b + l * ldb;
        load_four(&x, a + l * lda);
        sum0 += x * y[0];
        sum1 += x * y[1];
        sum2 += x * y[2];
        sum3 += x * y[3];
    }
    memcpy(c, &sum0, sizeof sum0);
    memcpy(c + ldc, &sum1, sizeof sum1);
    memcpy(c + 2 * ldc, &sum2, sizeof sum2);
    memcpy(c + 3 * ldc, &sum3, sizeof sum3);
}

static inline void block_of_four(double *restrict c, const double *restrict a, size_t lda,
                                 const double *restrict b, size_t ldb, size_t w)
{
    four sum = {0}, x;
    for (size_t l = 0; l < w; l++) {
        load_four(&x, a + l * lda);
        sum += x * b[l * ldb];
    }
    memcpy(c, &sum, sizeof sum);
}

void sparse_multiply(double *restrict c, const double *restrict a, size_t lda,
                     const double *restrict b, size_t ldb, size_t m, size_t k, size_t w)
{
    size_t rows = m & ~(size_t)3, columns = k & ~(size_t)3;
    for (size_t j = 0; j < columns; j += 4)
        for (size_t i = 0; i < rows; i += 4)
            block_of_sixteen(c + j * m + i, m, a + i, lda, b + j, ldb, w);
    for (size_t j = columns; j < k; j++)
        for (size_t i = 0; i < rows; i += 4)
            block_of_four(c + j * m + i, a + i, lda, b + j, ldb, w);
    for (size_t j = 0; j < k; j++)
        for (size_t i = rows; i < m; i++) {
            double sum = 0;
            for (size_t l = 0; l < w; l++)
                sum += a[l * lda + i] * b[l * ldb + j];
            c[j * m + i] = sum;
        }
}

// L D L' of the columns of one panel, the rows below included.
static bool factorise_panel(double *restrict panel, size_t height, size_t width,
                            const uint8_t *negative)
{
    for (size_t j = 0; j < width; j++) {
        double *column = panel + j * height;
        size_t l = 0;
        for (; l + 4 <= j; l += 4) {
            const double *p0 = panel + l * height, *p1 = p0 + height, *p2 = p1 + height,
                         *p3 = p2 + height;
            double f0 = p0[j] * p0[l], f1 = p1[j] * p1[l + 1], f2 = p2[j] * p2[l + 2],
                   f3 = p3[j] * p3[l + 3];
            for (size_t i = j; i < height; i++)
                column[i] -= f0 * p0[i] + f1 * p1[i] + f2 * p2[i] + f3 * p3[i];
        }
        for (; l < j; l++) {
            const double *p = panel + l * height;
            double f = p[j] * p[l];
            for (size_t i = j; i < height; i++)
                column[i] -= f * p[i];
        }
        double pivot = column[j];
        if (!isfinite(pivot) || (negative[j] ? !(pivot < 0) : !(pivot > 0)))
            return false;
        double inverse = 1 / pivot;
        for (size_t i = j + 1; i < height; i++)
            column[i] *= inverse;
    }
    return true;
}

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
    assert(k * width + m * k <= f->n_scratch);
    for (size_t c = 0; c < width; c++) {
        double pivot = l[c * height + c];
        for (size_t i = 0; i < k; i++)
            scaled[c * k + i] = l[c * height + from + i] * pivot;
    }
    sparse_multiply(update, l + from, height, scaled, k, m, k, width);
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
        if (!factorise_panel(f->l + s->value_start[t], height, width,
                             s->negative + s->first[t]))
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
                block[b * m + a] = block[a * m + b] = column[relative[a]];
        }
    }
}

// y (m x w) = the rows below times the inverse of the unit triangle above them.
static void divide_by_triangle(double *restrict y, const double *restrict panel,
                               size_t height, size_t width)
{
    size_t m = height - width;
    for (size_t j = width; j-- > 0;) {
        double *to = y + j * m;
        memcpy(to, panel + j * height + width, m * sizeof *to);
        for (size_t l = j + 1; l < width; l++) {
            double factor = panel[j * height + l];
            const double *from = y + l * m;
            for (size_t i = 0; i < m; i++)
                to[i] -= factor * from[i];
        }
    }
}

// Adds (L')^-1 D^-1 L^-1 of the triangle to the upper block of the inverse's panel.
static void add_triangle_inverse(double *restrict z, const double *restrict panel,
                                 size_t height, size_t width, double *restrict inverse)
{
    memset(inverse, 0, width * width * sizeof *inverse);
    for (size_t j = 0; j < width; j++) { // column j of L^-1
        double *x = inverse + j * width;
        x[j] = 1;
        for (size_t l = j; l < width; l++)
            for (size_t i = l + 1; i < width; i++)
                x[i] -= panel[l * height + i] * x[l];
    }
    for (size_t j = 0; j < width; j++)
        for (size_t i = j; i < width; i++) {
            double sum = 0;
            for (size_t l = i; l < width; l++)
                sum += inverse[i * width + l] * inverse[j * width + l] /
                       panel[l * height + l];
            z[j * height + i] += sum;
        }
}

static void transpose(double *restrict to, const double *restrict from, size_t m,
                      size_t w)
{
    for (size_t j = 0; j < w; j++)
        for (size_t i = 0; i < m; i++)
            to[i * w + j] = from[j * m + i];
}

static void select_panel(struct sparse_factor *f, uint32_t t)
{
    const struct sparse *s = f->s;
    size_t height = s->row_start[t + 1] - s->row_start[t];
    size_t w = s->first[t + 1] - s->first[t], m = height - w;
    const double *panel = f->l + s->value_start[t];
    double *z = f->z + s->value_start[t];
    double *y = f->scratch, *y_rows = y + m * w, *product = y_rows + m * w;
    double *product_rows = product + m * w, *square = product_rows + m * w;
    double *inverse = square + w * w, *block = inverse + w * w;
    assert((size_t)(block - f->scratch) + m * m <= f->n_scratch);
    divide_by_triangle(y, panel, height, w);
    transpose(y_rows, y, m, w);
    gather_below(f, t, block);
    sparse_multiply(product, block, m, y_rows, w, m, w, m);
    transpose(product_rows, product, m, w);
    sparse_multiply(square, y_rows, w, product_rows, w, w, w, m);
    for (size_t j = 0; j < w; j++) {
        for (size_t i = j; i < w; i++)
            z[j * height + i] = square[j * w + i];
        for (size_t i = 0; i < m; i++)
            z[j * height + w + i] = -product[j * m + i];
    }
    add_triangle_inverse(z, panel, height, w, inverse);
}

void sparse_select(struct sparse_factor *f, double *inverse)
{
    const struct sparse *s = f->s;
    for (uint32_t t = s->n_supernodes; t-- > 0;)
        select_panel(f, t);
    for (size_t k = 0; k < s->n_entries; k++)
        inverse[k] = f->z[s->entry_place[k]];
}
