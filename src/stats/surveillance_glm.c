// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>

#include "stats/surveillance_private.h"

enum { TURNS = 25 };
static const double CONVERGED = 1e-8;

size_t surveillance_glm_scratch(size_t n, size_t columns)
{
    return n * (columns + 7);
}

void surveillance_glm_place(struct glm *g, double *scratch, size_t n, size_t columns)
{
    g->n = n;
    g->columns = columns;
    double **parts[] = {&g->y,   &g->offset, &g->weight, &g->mu,
                        &g->eta, &g->hat,    &g->working};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++, scratch += n)
        *parts[i] = scratch;
    g->x = scratch;
}

// Lower Cholesky factor of a (rows x rows) in place; false when it is not of full rank.
static bool factorize(double *a, size_t rows)
{
    for (size_t j = 0; j < rows; j++) {
        double *row = a + j * rows, whole = row[j];
        for (size_t k = 0; k < j; k++)
            row[j] -= row[k] * row[k];
        if (!(row[j] > 1e-11 * whole)) // 1e-7 of a length, as R's qr has it, and less
            return false;
        row[j] = sqrt(row[j]);
        for (size_t i = j + 1; i < rows; i++) {
            double *below = a + i * rows;
            for (size_t k = 0; k < j; k++)
                below[j] -= below[k] * row[k];
            below[j] /= row[j];
        }
    }
    return true;
}

static void solve(const double *factor, size_t rows, double *b)
{
    for (size_t i = 0; i < rows; i++) {
        for (size_t k = 0; k < i; k++)
            b[i] -= factor[i * rows + k] * b[k];
        b[i] /= factor[i * rows + i];
    }
    for (size_t i = rows; i-- > 0;) {
        for (size_t k = i + 1; k < rows; k++)
            b[i] -= factor[k * rows + i] * b[k];
        b[i] /= factor[i * rows + i];
    }
}

static double deviance(const struct glm *g)
{
    double d = 0;
    for (size_t i = 0; i < g->n; i++) {
        double part = g->mu[i] - g->y[i];
        if (g->y[i] > 0)
            part += g->y[i] * log(g->y[i] / g->mu[i]);
        d += 2 * g->weight[i] * part;
    }
    return d;
}

// X'WX into factor, X'Wz into beta.
static void normal_equations(struct glm *g, double *factor)
{
    size_t p = g->columns;
    for (size_t j = 0; j < p; j++) {
        g->beta[j] = 0;
        for (size_t k = 0; k <= j; k++)
            factor[j * p + k] = 0;
    }
    for (size_t i = 0; i < g->n; i++) {
        const double *x = g->x + i * p;
        double w = g->working[i] = g->weight[i] * g->mu[i];
        double z = g->eta[i] - g->offset[i] + (g->y[i] - g->mu[i]) / g->mu[i];
        for (size_t j = 0; j < p; j++) {
            double wx = w * x[j];
            if (wx == 0)
                continue;
            g->beta[j] += wx * z;
            for (size_t k = 0; k <= j; k++)
                factor[j * p + k] += wx * x[k];
        }
    }
}

static void finish(struct glm *g, const double *factor)
{
    size_t p = g->columns;
    for (size_t j = 0; j < p; j++) {
        double unit[GLM_MOST_COLUMNS] = {0};
        unit[j] = 1;
        solve(factor, p, unit);
        for (size_t k = 0; k < p; k++)
            g->covariance[j * p + k] = unit[k];
    }
    double pearson = 0, by_priors = 0;
    for (size_t i = 0; i < g->n; i++) {
        double residual = (g->y[i] - g->mu[i]) / g->mu[i];
        pearson += g->working[i] * residual * residual;
        by_priors += g->weight[i] * residual * residual;
        g->hat[i] = g->working[i] * surveillance_glm_variance(g, g->x + i * p);
    }
    g->dispersion = pearson / (double)(g->n - p);
    g->dispersion_of_priors = by_priors / (double)(g->n - p);
}

bool surveillance_glm_fit(struct glm *g)
{
    double factor[GLM_MOST_COLUMNS * GLM_MOST_COLUMNS];
    if (g->n <= g->columns)
        return false;
    for (size_t i = 0; i < g->n; i++) {
        g->mu[i] = g->y[i] + 0.1;
        g->eta[i] = log(g->mu[i]);
    }
    double before = deviance(g);
    for (int turn = 0; turn < TURNS; turn++) {
        normal_equations(g, factor);
        if (!factorize(factor, g->columns))
            return false;
        solve(factor, g->columns, g->beta);
        for (size_t i = 0; i < g->n; i++) {
            g->eta[i] = surveillance_glm_predict(g, g->x + i * g->columns, g->offset[i]);
            // R's log link has the same floor
            g->mu[i] = fmax(exp(g->eta[i]), 2.220446049250313e-16);
        }
        double now = deviance(g);
        if (!isfinite(now))
            return false;
        if (fabs(now - before) / (fabs(now) + 0.1) < CONVERGED) {
            finish(g, factor);
            return true;
        }
        before = now;
    }
    return false;
}

// The standardised Anscombe residual of row i.
static double anscombe(const struct glm *g, size_t i, double dispersion)
{
    double raw = 1.5 * (pow(g->y[i], 2 / 3.0) * pow(g->mu[i], -1 / 6.0) - sqrt(g->mu[i]));
    return raw / sqrt(dispersion * (1 - g->hat[i]));
}

bool surveillance_glm_fit_reweighted(struct glm *g, double above)
{
    for (size_t i = 0; i < g->n; i++)
        g->weight[i] = 1;
    if (!surveillance_glm_fit(g))
        return false;
    double total = 0, dispersion = fmax(g->dispersion, 1);
    for (size_t i = 0; i < g->n; i++) {
        double residual = anscombe(g, i, dispersion);
        g->weight[i] =
            residual > above && isfinite(residual) ? 1 / (residual * residual) : 1;
        total += g->weight[i];
    }
    for (size_t i = 0; i < g->n; i++)
        g->weight[i] *= (double)g->n / total;
    return surveillance_glm_fit(g);
}

double surveillance_glm_predict(const struct glm *g, const double *row, double offset)
{
    double eta = offset;
    for (size_t j = 0; j < g->columns; j++)
        eta += row[j] * g->beta[j];
    return eta;
}

double surveillance_glm_variance(const struct glm *g, const double *row)
{
    double v = 0;
    for (size_t j = 0; j < g->columns; j++)
        for (size_t k = 0; k < g->columns; k++)
            v += row[j] * row[k] * g->covariance[j * g->columns + k];
    return v;
}
