// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/sparse.h"

// A bordered matrix kept dense beside its pattern.
struct trial {
    uint32_t n, n_constraints;
    double *dense; // n x n
    struct sparse_pattern pattern;
    double *values;
};

// Laplacian of a random graph with a sum-to-zero constraint for each part, or second
// differences with their two.
static struct trial random_trial(struct rng *r, uint32_t variables, bool second_order)
{
    uint32_t parts = second_order ? 1 : 1 + (uint32_t)rng_below(r, 3);
    struct trial t = {.n_constraints = second_order ? 2 : parts};
    t.n = variables + t.n_constraints;
    t.dense = mem_alloc((size_t)t.n * t.n, sizeof *t.dense);
    uint32_t *label = mem_alloc(variables, sizeof *label);
    for (uint32_t i = 0; i < variables; i++)
        label[i] = i < parts ? i : (uint32_t)rng_below(r, parts);
#define AT(i, j) t.dense[(size_t)(i)*t.n + (j)]
    for (uint32_t i = 0; i < variables; i++) {
        uint32_t c = variables + (second_order ? 0 : label[i]);
        AT(i, c) = AT(c, i) = 1;
        if (second_order) {
            double x = i - (variables - 1) / 2.0;
            AT(i, c + 1) = AT(c + 1, i) = x;
            if (i >= 2)
                for (uint32_t a = 0; a < 3; a++)
                    for (uint32_t b = 0; b < 3; b++)
                        AT(i - a, i - b) += (a == 1 ? -2 : 1) * (b == 1 ? -2 : 1);
            continue;
        }
        for (uint32_t k = 0, tries = 1 + (uint32_t)rng_below(r, 3); k < tries || !k;
             k++) {
            // one edge to an earlier node of the part keeps the part connected
            uint32_t j = (uint32_t)rng_below(r, variables), first = label[i];
            j = k && label[j] == label[i] ? j : first;
            if (j == i)
                continue;
            double w = 0.2 + rng_uniform(r);
            AT(i, i) += w;
            AT(j, j) += w;
            AT(i, j) -= w;
            AT(j, i) -= w;
        }
    }
    t.pattern.n = t.n;
    t.pattern.start = mem_alloc(t.n + 1, sizeof(uint32_t));
    t.pattern.row = mem_alloc((size_t)t.n * t.n, sizeof(uint32_t));
    t.values = mem_alloc((size_t)t.n * t.n, sizeof(double));
    uint32_t k = 0;
    for (uint32_t j = 0; j < t.n; j++) {
        for (uint32_t i = j; i < t.n; i++)
            if (i == j || AT(i, j) != 0) {
                t.pattern.row[k] = i;
                t.values[k++] = AT(i, j);
            }
        t.pattern.start[j + 1] = k;
    }
#undef AT
    mem_free(label);
    return t;
}

static void trial_free(struct trial *t)
{
    mem_free(t->dense);
    mem_free(t->pattern.start);
    mem_free(t->pattern.row);
    mem_free(t->values);
}

// Gauss-Jordan with pivots: the inverse, and log|det|.
static double invert(double *a, uint32_t n, double *inverse)
{
    double sum = 0;
    memset(inverse, 0, (size_t)n * n * sizeof *inverse);
    for (uint32_t i = 0; i < n; i++)
        inverse[(size_t)i * n + i] = 1;
    for (uint32_t c = 0; c < n; c++) {
        uint32_t best = c;
        for (uint32_t i = c; i < n; i++)
            if (fabs(a[(size_t)i * n + c]) > fabs(a[(size_t)best * n + c]))
                best = i;
        for (uint32_t j = 0; j < n; j++) {
            double x = a[(size_t)c * n + j], y = inverse[(size_t)c * n + j];
            a[(size_t)c * n + j] = a[(size_t)best * n + j];
            a[(size_t)best * n + j] = x;
            inverse[(size_t)c * n + j] = inverse[(size_t)best * n + j];
            inverse[(size_t)best * n + j] = y;
        }
        double pivot = a[(size_t)c * n + c];
        sum += log(fabs(pivot));
        for (uint32_t j = 0; j < n; j++) {
            a[(size_t)c * n + j] /= pivot;
            inverse[(size_t)c * n + j] /= pivot;
        }
        for (uint32_t i = 0; i < n; i++) {
            double f = a[(size_t)i * n + c];
            if (i == c || f == 0)
                continue;
            for (uint32_t j = 0; j < n; j++) {
                a[(size_t)i * n + j] -= f * a[(size_t)c * n + j];
                inverse[(size_t)i * n + j] -= f * inverse[(size_t)c * n + j];
            }
        }
    }
    return sum;
}

// Determinant, solution and selected inverse agree with dense elimination, of singular
// matrices bordered by what makes them regular.
static void bordered_matrices_agree_with_dense_ones(void **state)
{
    (void)state;
    uint64_t seed = 20260101;
    printf("# seed %llu\n", (unsigned long long)seed);
    struct rng r = rng_seed(seed);
    for (int turn = 0; turn < 60; turn++) {
        struct trial t = random_trial(&r, 8 + (uint32_t)rng_below(&r, 70), turn % 4 == 0);
        struct error e = {0};
        struct sparse *s;
        struct sparse_factor *f;
        assert_int_equal(sparse_analyse(&s, &t.pattern, t.n_constraints, &e), ERR_OK);
        assert_int_equal(sparse_factor_open(&f, s, &e), ERR_OK);
        double *selected = mem_alloc(t.pattern.start[t.n], sizeof *selected);
        double *inverse = mem_alloc((size_t)t.n * t.n, sizeof *inverse);
        double worst = 0, *b = mem_alloc(t.n, sizeof *b), *x = mem_alloc(t.n, sizeof *x);
        assert_true(sparse_factorise(f, t.values));
        for (uint32_t i = 0; i < t.n; i++)
            b[i] = x[i] = rng_normal(&r);
        sparse_solve(f, x);
        for (uint32_t i = 0; i < t.n; i++) {
            double sum = 0;
            for (uint32_t j = 0; j < t.n; j++)
                sum += t.dense[(size_t)i * t.n + j] * x[j];
            worst = fmax(worst, fabs(sum - b[i]) / (1 + fabs(b[i])));
        }
        sparse_select(f, selected);
        double log_determinant = invert(t.dense, t.n, inverse), largest = 1;
        for (size_t k = 0; k < (size_t)t.n * t.n; k++)
            largest = fmax(largest, fabs(inverse[k]));
        worst = fmax(worst, fabs(log_determinant - sparse_log_determinant(f)));
        for (uint32_t j = 0; j < t.n; j++)
            for (uint32_t k = t.pattern.start[j]; k < t.pattern.start[j + 1]; k++) {
                double exact = inverse[(size_t)t.pattern.row[k] * t.n + j];
                worst = fmax(worst, fabs(selected[k] - exact) / largest);
            }
        printf("# %u variables, %u constraints: difference %.2g\n", t.n - t.n_constraints,
               t.n_constraints, worst);
        // second differences of 60 points have a condition of 10^7
        assert_true(worst < (turn % 4 == 0 ? 1e-7 : 1e-11));
        mem_free(selected);
        mem_free(inverse);
        mem_free(b);
        mem_free(x);
        sparse_factor_close(f);
        sparse_close(s);
        trial_free(&t);
    }
}

static void a_matrix_that_is_not_definite_is_told(void **state)
{
    (void)state;
    uint32_t start[] = {0, 2, 3}, row[] = {0, 1, 1};
    struct sparse_pattern p = {2, start, row};
    struct error e = {0};
    struct sparse *s;
    struct sparse_factor *f;
    assert_int_equal(sparse_analyse(&s, &p, 0, &e), ERR_OK);
    assert_int_equal(sparse_factor_open(&f, s, &e), ERR_OK);
    assert_true(sparse_factorise(f, (double[]){2, 1, 2}));
    assert_true(fabs(sparse_log_determinant(f) - log(3)) < 1e-14);
    assert_false(sparse_factorise(f, (double[]){1, 2, 1}));
    assert_false(sparse_factorise(f, (double[]){NAN, 1, 1}));
    assert_false(sparse_factorise(f, (double[]){0, 0, 1}));
    sparse_factor_close(f);
    sparse_close(s);
    uint32_t lone_start[] = {0, 1, 2}, lone_row[] = {0, 1};
    p = (struct sparse_pattern){2, lone_start, lone_row};
    assert_int_equal(sparse_analyse(&s, &p, 1, &e), ERR_INPUT);
    assert_string_equal(e.text, "constraint 1 binds nothing");
}

static void no_memory_is_told(void **state)
{
    (void)state;
    struct rng r = rng_seed(5);
    struct trial t = random_trial(&r, 30, false);
    int64_t calls = 1;
    for (int64_t fail = 0; fail < calls; fail++) {
        struct error e = {0};
        struct sparse *s = NULL;
        struct sparse_factor *f = NULL;
        mem_fail_after(fail);
        enum err err = sparse_analyse(&s, &t.pattern, t.n_constraints, &e);
        if (!err)
            err = sparse_factor_open(&f, s, &e);
        int64_t made = mem_fail_after(-1);
        if (err) {
            assert_int_equal(err, ERR_MEMORY);
            calls = fail + 2;
        } else {
            assert_true(made > 10);
        }
        sparse_factor_close(f);
        sparse_close(s);
    }
    trial_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bordered_matrices_agree_with_dense_ones),
        cmocka_unit_test(a_matrix_that_is_not_definite_is_told),
        cmocka_unit_test(no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
