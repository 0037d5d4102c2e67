// SPDX-License-Identifier: AGPL-3.0-or-later
// Structures of unit scale: neighbours on a graph, differences in time.
#include <assert.h>
#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/latent_private.h"

// The bordered matrix of a structure, plus `ridge` on the diagonal of the variables,
// times `weight`; with or without the constraints.
struct bordered {
    struct sparse_pattern pattern;
    double *structure; // values of R and C
    struct sparse *sparse;
    struct sparse_factor *factor;
    uint64_t *keys;
    double *values;
};

static int by_key(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void bordered_close(struct bordered *b)
{
    sparse_factor_close(b->factor);
    sparse_close(b->sparse);
    mem_free(b->pattern.start);
    mem_free(b->pattern.row);
    mem_free(b->structure);
    mem_free(b->keys);
    mem_free(b->values);
}

static void add_entry(struct bordered *b, uint32_t i, uint32_t j, double value)
{
    uint32_t column = i < j ? i : j, row = i < j ? j : i;
    uint32_t low = b->pattern.start[column], high = b->pattern.start[column + 1];
    while (low + 1 < high) {
        uint32_t middle = (low + high) / 2;
        if (b->pattern.row[middle] <= row)
            low = middle;
        else
            high = middle;
    }
    b->structure[low] += value;
}

static enum err bordered_open(struct bordered *b, const struct latent_structure *s,
                              bool constrained, struct error *e)
{
    *b = (struct bordered){0};
    uint32_t constraints = constrained ? s->n_constraints : 0, n = s->n + constraints;
    size_t n_keys = n, kept = 0;
    for (uint32_t r = 0; r < s->n_rows; r++) {
        size_t length = s->row_start[r + 1] - s->row_start[r];
        n_keys += length * length;
    }
    if (constraints)
        n_keys += s->bound_start[constraints];
    uint64_t *keys = b->keys = mem_alloc(n_keys, sizeof *keys);
    b->pattern.n = n;
    b->pattern.start = mem_alloc((size_t)n + 1, sizeof *b->pattern.start);
    if (!keys || !b->pattern.start)
        return error_memory(e);
    for (uint32_t i = 0; i < n; i++)
        keys[kept++] = (uint64_t)i << 32 | i;
    for (uint32_t r = 0; r < s->n_rows; r++)
        for (uint32_t k = s->row_start[r]; k < s->row_start[r + 1]; k++)
            for (uint32_t l = s->row_start[r]; l < s->row_start[r + 1]; l++)
                if (s->row_column[k] < s->row_column[l])
                    keys[kept++] = (uint64_t)s->row_column[k] << 32 | s->row_column[l];
    for (uint32_t c = 0; c < constraints; c++)
        for (uint32_t k = s->bound_start[c]; k < s->bound_start[c + 1]; k++)
            keys[kept++] = (uint64_t)s->bound_column[k] << 32 | (s->n + c);
    qsort(keys, kept, sizeof *keys, by_key);
    size_t unique = 0;
    for (size_t k = 0; k < kept; k++)
        if (!k || keys[k] != keys[k - 1])
            keys[unique++] = keys[k];
    b->pattern.row = mem_alloc(unique, sizeof *b->pattern.row);
    b->structure = mem_alloc(unique, sizeof *b->structure);
    b->values = mem_alloc(unique, sizeof *b->values);
    if (!b->pattern.row || !b->structure || !b->values)
        return error_memory(e);
    for (size_t k = 0; k < unique; k++) {
        b->pattern.start[(keys[k] >> 32) + 1]++;
        b->pattern.row[k] = (uint32_t)keys[k];
    }
    for (uint32_t i = 0; i < n; i++)
        b->pattern.start[i + 1] += b->pattern.start[i];
    for (uint32_t r = 0; r < s->n_rows; r++)
        for (uint32_t k = s->row_start[r]; k < s->row_start[r + 1]; k++)
            for (uint32_t l = s->row_start[r]; l < s->row_start[r + 1]; l++)
                if (s->row_column[k] <= s->row_column[l])
                    add_entry(b, s->row_column[k], s->row_column[l],
                              s->row_value[k] * s->row_value[l]);
    for (uint32_t c = 0; c < constraints; c++)
        for (uint32_t k = s->bound_start[c]; k < s->bound_start[c + 1]; k++)
            add_entry(b, s->bound_column[k], s->n + c, s->bound_value[k]);
    enum err err = sparse_analyse(&b->sparse, &b->pattern, constraints, e);
    return err ? err : sparse_factor_open(&b->factor, b->sparse, e);
}

static enum err not_regular(struct error *e)
{
    return error_set(e, ERR_INTERNAL, "latent.structure", NULL,
                     "the structure of a random effect could not be factorised");
}

// Variances under the constraints into variance[n].
static enum err structure_variances(struct latent_structure *s, double *variance,
                                    struct error *e)
{
    struct bordered b;
    enum err err = bordered_open(&b, s, true, e);
    if (!err && !sparse_factorise(b.factor, b.structure))
        err = not_regular(e);
    if (!err) {
        s->log_determinant = sparse_log_determinant(b.factor);
        sparse_select(b.factor, b.values);
        for (uint32_t i = 0; i < s->n; i++)
            variance[i] = b.values[b.pattern.start[i]];
    }
    bordered_close(&b);
    return err;
}

static enum err structure_space(struct latent_structure *s, uint32_t n, uint32_t rows,
                                uint32_t row_values, uint32_t bounds,
                                uint32_t bound_values, struct arena *a, struct error *e)
{
    *s = (struct latent_structure){.n = n, .n_constraints = bounds, .n_rows = rows};
    s->row_start = ARENA_ARRAY(a, uint32_t, (size_t)rows + 1);
    s->row_column = ARENA_ARRAY(a, uint32_t, row_values);
    s->row_value = ARENA_ARRAY(a, double, row_values);
    s->bound_start = ARENA_ARRAY(a, uint32_t, (size_t)bounds + 1);
    s->bound_column = ARENA_ARRAY(a, uint32_t, bound_values);
    s->bound_value = ARENA_ARRAY(a, double, bound_values);
    if (!s->row_start || !s->row_column || !s->row_value || !s->bound_start ||
        !s->bound_column || !s->bound_value)
        return error_memory(e);
    return ERR_OK;
}

// Edges as rows of G, islands as rows of one; a constraint for each part of two or more.
static enum err graph_rows(struct latent_structure *s, const struct graph *g,
                           const uint32_t *part, uint32_t n_parts, uint32_t *part_size,
                           struct arena *a, struct error *e)
{
    uint32_t islands = 0, bounds = 0;
    for (uint32_t i = 0; i < g->n; i++)
        part_size[part[i]]++;
    for (uint32_t p = 0; p < n_parts; p++) {
        islands += part_size[p] == 1;
        bounds += part_size[p] > 1;
    }
    enum err err =
        structure_space(s, g->n, g->n_edges + islands, 2 * g->n_edges + islands, bounds,
                        g->n - islands, a, e);
    uint32_t *bound_of = ARENA_ARRAY(a, uint32_t, n_parts);
    uint32_t *filled = ARENA_ARRAY(a, uint32_t, n_parts);
    if (err || !bound_of || !filled)
        return err ? err : error_memory(e);
    for (uint32_t p = 0, b = 0; p < n_parts; p++)
        if (part_size[p] > 1) {
            bound_of[p] = b;
            s->bound_start[b + 1] = s->bound_start[b] + part_size[p];
            s->log_bound += log(part_size[p]);
            b++;
        }
    uint32_t row = 0, at = 0;
    for (uint32_t i = 0; i < g->n; i++) {
        if (part_size[part[i]] == 1) {
            s->row_column[at] = i;
            s->row_value[at++] = 1;
            s->row_start[++row] = at;
            continue;
        }
        uint32_t k = s->bound_start[bound_of[part[i]]] + filled[part[i]]++;
        s->bound_column[k] = i;
        s->bound_value[k] = 1;
        for (k = g->start[i]; k < g->start[i + 1]; k++)
            if (g->to[k] > i) {
                s->row_column[at] = i;
                s->row_value[at++] = 1;
                s->row_column[at] = g->to[k];
                s->row_value[at++] = -1;
                s->row_start[++row] = at;
            }
    }
    return ERR_OK;
}

enum err latent_structure_graph(struct latent_structure *s, const struct graph *g,
                                struct arena *a, struct error *e)
{
    uint32_t *part = ARENA_ARRAY(a, uint32_t, g->n);
    uint32_t n_parts = part ? graph_components(g, part, a) : 0;
    uint32_t *part_size = ARENA_ARRAY(a, uint32_t, n_parts);
    double *variance = ARENA_ARRAY(a, double, g->n);
    double *mean_log = ARENA_ARRAY(a, double, n_parts);
    if (!n_parts || !part_size || !variance || !mean_log)
        return error_memory(e);
    enum err err = graph_rows(s, g, part, n_parts, part_size, a, e);
    if (!err)
        err = structure_variances(s, variance, e);
    if (err)
        return err;
    for (uint32_t i = 0; i < g->n; i++)
        mean_log[part[i]] += log(variance[i]) / part_size[part[i]];
    // R of a part times c divides its variances by c
    for (uint32_t r = 0; r < s->n_rows; r++)
        for (uint32_t k = s->row_start[r]; k < s->row_start[r + 1]; k++)
            s->row_value[k] *= exp(mean_log[part[s->row_column[k]]] / 2);
    for (uint32_t i = 0; i < g->n; i++)
        s->trace += variance[i] / exp(mean_log[part[i]]);
    for (uint32_t p = 0; p < n_parts; p++)
        s->log_determinant += (part_size[p] - 1) * mean_log[p];
    return ERR_OK;
}

enum err latent_structure_time(struct latent_structure *s, uint32_t n, unsigned order,
                               struct arena *a, struct error *e)
{
    assert(order == 1 || order == 2);
    uint32_t rows = n - order;
    enum err err =
        structure_space(s, n, rows, rows * (order + 1), order, n * order, a, e);
    double *variance = ARENA_ARRAY(a, double, n);
    if (err || !variance)
        return err ? err : error_memory(e);
    static const double difference[2][3] = {{-1, 1, 0}, {1, -2, 1}};
    for (uint32_t r = 0, at = 0; r < rows; r++) {
        for (uint32_t k = 0; k <= order; k++, at++) {
            s->row_column[at] = r + k;
            s->row_value[at] = difference[order - 1][k];
        }
        s->row_start[r + 1] = at;
    }
    double squares = 0;
    for (uint32_t t = 0; t < n; t++) {
        double centred = t - (n - 1) / 2.0;
        s->bound_column[t] = t;
        s->bound_value[t] = 1;
        squares += centred * centred;
        if (order == 2) {
            s->bound_column[n + t] = t;
            s->bound_value[n + t] = centred;
        }
    }
    s->bound_start[1] = n;
    s->log_bound = log(n);
    if (order == 2) {
        for (uint32_t t = 0; t < n; t++) // of the length of the first, for sound pivots
            s->bound_value[n + t] *= sqrt(n / squares);
        s->bound_start[2] = 2 * n;
        s->log_bound *= 2;
    }
    err = structure_variances(s, variance, e);
    if (err)
        return err;
    double mean_log = 0;
    for (uint32_t t = 0; t < n; t++)
        mean_log += log(fmax(variance[t], 1e-12)) / n;
    for (uint32_t k = 0; k < s->row_start[rows]; k++)
        s->row_value[k] *= exp(mean_log / 2);
    for (uint32_t t = 0; t < n; t++)
        s->trace += variance[t] / exp(mean_log);
    s->log_determinant += rows * mean_log;
    return ERR_OK;
}

enum err latent_time_basis(double **basis, uint32_t n, unsigned order, struct arena *a,
                           struct error *e)
{
    struct latent_structure s;
    enum err err = latent_structure_time(&s, n, order, a, e);
    double *dense = ARENA_ARRAY(a, double, (size_t)n *n);
    double *vectors = ARENA_ARRAY(a, double, (size_t)n *n);
    double *values = ARENA_ARRAY(a, double, n), *space = ARENA_ARRAY(a, double, 4 * n);
    uint32_t rank = n - order;
    *basis = ARENA_ARRAY(a, double, (size_t)n *rank);
    if (err || !dense || !vectors || !values || !space || !*basis)
        return err ? err : error_memory(e);
    for (uint32_t r = 0; r < s.n_rows; r++)
        for (uint32_t k = s.row_start[r]; k < s.row_start[r + 1]; k++)
            for (uint32_t l = s.row_start[r]; l < s.row_start[r + 1]; l++)
                dense[(size_t)s.row_column[k] * n + s.row_column[l]] +=
                    s.row_value[k] * s.row_value[l];
    gsl_matrix_view matrix = gsl_matrix_view_array(dense, n, n);
    gsl_matrix_view vector = gsl_matrix_view_array(vectors, n, n);
    gsl_vector_view value = gsl_vector_view_array(values, n);
    gsl_eigen_symmv_workspace work = {n, space, space + n, space + 2 * (size_t)n,
                                      space + 3 * (size_t)n};
    if (gsl_eigen_symmv(&matrix.matrix, &value.vector, &vector.matrix, &work))
        return not_regular(e);
    gsl_eigen_symmv_sort(&value.vector, &vector.matrix, GSL_EIGEN_SORT_VAL_DESC);
    for (uint32_t t = 0; t < n; t++)
        for (uint32_t k = 0; k < rank; k++)
            (*basis)[(size_t)t * rank + k] = vectors[(size_t)t * n + k] / sqrt(values[k]);
    return ERR_OK;
}

// Natural cubic spline through knots at distance h: second derivatives.
static void spline(const double *y, double h, double *second, double *scratch)
{
    second[0] = scratch[0] = 0;
    for (int i = 1; i < PHI_KNOTS - 1; i++) {
        double p = second[i - 1] / 2 + 2;
        second[i] = -0.5 / p;
        scratch[i] =
            (3 * (y[i + 1] - 2 * y[i] + y[i - 1]) / (h * h) - scratch[i - 1] / 2) / p;
    }
    second[PHI_KNOTS - 1] = 0;
    for (int i = PHI_KNOTS - 2; i >= 0; i--)
        second[i] = second[i] * second[i + 1] + scratch[i];
}

// Distance of BYM2 from its simplest form (Riebler et al. 2016, 3.2), with determinants
// of sparse matrices instead of eigenvalues:
//   d^2 = phi (tr(S) - n) - log|(1 - phi) I + phi S|,  S the scaled covariance,
//   log|.| = k log(1 - phi) + log|(1 - phi) R + phi I| - k log phi - log|R|*
enum err latent_phi_distance(struct latent_hyper_state *h,
                             const struct latent_structure *s, struct arena *a,
                             struct error *e)
{
    double low, high, scratch[PHI_KNOTS];
    latent_theta_range(LATENT_PHI, &low, &high);
    double width = (high - low) / (PHI_KNOTS - 1);
    h->distance = ARENA_ARRAY(a, double, PHI_KNOTS);
    h->curvature = ARENA_ARRAY(a, double, PHI_KNOTS);
    if (!h->distance || !h->curvature)
        return error_memory(e);
    double log_generalised = s->log_determinant - s->log_bound, k = s->n_constraints;
    struct bordered b;
    enum err err = bordered_open(&b, s, false, e);
    for (int i = 0; i < PHI_KNOTS && !err; i++) {
        double phi = latent_natural(LATENT_PHI, low + i * width);
        for (uint32_t j = 0; j < b.pattern.start[s->n]; j++)
            b.values[j] = (1 - phi) * b.structure[j];
        for (uint32_t j = 0; j < s->n; j++)
            b.values[b.pattern.start[j]] += phi;
        if (!sparse_factorise(b.factor, b.values)) {
            err = not_regular(e);
            break;
        }
        double log_mixed = k * (log1p(-phi) - log(phi)) - log_generalised +
                           sparse_log_determinant(b.factor);
        double square = phi * (s->trace - s->n) - log_mixed;
        // a graph of islands alone has no distance: any phi is the same model
        h->distance[i] = 0.5 * log(fmax(square, 1e-18 * phi * phi));
    }
    bordered_close(&b);
    if (!err)
        spline(h->distance, width, h->curvature, scratch);
    return err;
}
