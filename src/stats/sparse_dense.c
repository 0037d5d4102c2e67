// SPDX-License-Identifier: AGPL-3.0-or-later
// Dense kernels of the sparse factorisation. The product is packed and done in blocks of
// 8 x 4 that stay in registers; on x86 it is compiled twice, and the wider one is taken
// where the processor has it (sums are then fused, so the last digits may differ between
// kinds of processors, never between runs or threads).
#include <math.h>
#include <string.h>

#include "stats/sparse_private.h"

enum { ROWS = 8, COLUMNS = 4 }; // of a block

typedef double four __attribute__((vector_size(32)));

size_t sparse_multiply_scratch(size_t k, size_t w)
{
    return (ROWS + k + COLUMNS) * w + ROWS * COLUMNS;
}

static inline __attribute__((always_inline)) void multiply_block(double *restrict c,
                                                                 const double *restrict a,
                                                                 const double *restrict b,
                                                                 size_t w)
{
    four sum[2 * COLUMNS] = {{0}}, high, low;
    for (size_t l = 0; l < w; l++) {
        memcpy(&low, a + l * ROWS, sizeof low);
        memcpy(&high, a + l * ROWS + 4, sizeof high);
        for (size_t j = 0; j < COLUMNS; j++) {
            sum[2 * j] += low * b[l * COLUMNS + j];
            sum[2 * j + 1] += high * b[l * COLUMNS + j];
        }
    }
    memcpy(c, sum, sizeof sum);
}

static inline __attribute__((always_inline)) void
multiply_packed(double *restrict c, const double *restrict a, size_t lda,
                const double *restrict b, size_t ldb, size_t m, size_t k, size_t w,
                bool lower, double *restrict scratch)
{
    double *pack_a = scratch, *block = pack_a + ROWS * w;
    double *pack_b = block + ROWS * COLUMNS;
    for (size_t j = 0; j < k; j += COLUMNS)
        for (size_t l = 0; l < w; l++)
            for (size_t q = 0; q < COLUMNS; q++)
                pack_b[j * w + l * COLUMNS + q] = j + q < k ? b[l * ldb + j + q] : 0;
    for (size_t i = 0; i < m; i += ROWS) {
        size_t rows = m - i < ROWS ? m - i : ROWS;
        if (rows < ROWS)
            memset(pack_a, 0, ROWS * w * sizeof *pack_a);
        for (size_t l = 0; l < w; l++)
            memcpy(pack_a + l * ROWS, a + l * lda + i, rows * sizeof *a);
        for (size_t j = 0; j < k && !(lower && j >= i + ROWS); j += COLUMNS) {
            multiply_block(block, pack_a, pack_b + j * w, w);
            for (size_t q = 0; q < COLUMNS && j + q < k; q++)
                memcpy(c + (j + q) * m + i, block + q * ROWS, rows * sizeof *c);
        }
    }
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static void
multiply_wide(double *restrict c, const double *restrict a, size_t lda,
              const double *restrict b, size_t ldb, size_t m, size_t k, size_t w,
              bool lower, double *restrict scratch)
{
    multiply_packed(c, a, lda, b, ldb, m, k, w, lower, scratch);
}
#endif

void sparse_multiply(double *restrict c, const double *restrict a, size_t lda,
                     const double *restrict b, size_t ldb, size_t m, size_t k, size_t w,
                     bool lower, double *restrict scratch)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        multiply_wide(c, a, lda, b, ldb, m, k, w, lower, scratch);
        return;
    }
#endif
    multiply_packed(c, a, lda, b, ldb, m, k, w, lower, scratch);
}

// Columns from .. to - 1 of a panel, from all columns before them since `from`.
static bool factorise_columns(double *restrict panel, size_t height, size_t from,
                              size_t to, const uint8_t *negative)
{
    for (size_t j = from; j < to; j++) {
        double *column = panel + j * height;
        size_t l = from;
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

bool sparse_factorise_panel(double *restrict panel, size_t height, size_t width,
                            const uint8_t *negative, double *restrict scratch)
{
    for (size_t from = 0; from < width; from += SPARSE_STRIP) {
        size_t to = from + SPARSE_STRIP < width ? from + SPARSE_STRIP : width;
        if (from) { // what the finished columns take from these
            size_t k = to - from, m = height - from;
            double *scaled = scratch, *update = scaled + k * from;
            for (size_t l = 0; l < from; l++)
                for (size_t i = 0; i < k; i++)
                    scaled[l * k + i] =
                        panel[l * height + from + i] * panel[l * height + l];
            sparse_multiply(update, panel + from, height, scaled, k, m, k, from, true,
                            update + m * k);
            for (size_t j = 0; j < k; j++)
                for (size_t i = j; i < m; i++)
                    panel[(from + j) * height + from + i] -= update[j * m + i];
        }
        if (!factorise_columns(panel, height, from, to, negative))
            return false;
    }
    return true;
}
