// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/ccm_private.h"

#include <math.h>
#include <string.h>

// --- the density

// exponent (degrees + n) / 2 is half-integer for even n; then the density takes a sqrt.
static double tail_power(double x, size_t n)
{
    size_t twice = CCM_DEGREES + n;
    double base = twice % 2 ? sqrt(x) : 1, p = 1;
    for (size_t k = 0; k < twice / 2; k++)
        p *= x;
    return 1 / (p * base);
}

static double distance(const struct ccm_part *p, size_t n, const double *x)
{
    double d[CCM_MAX_DIMENSIONS], sum = 0;
    for (size_t i = 0; i < n; i++)
        d[i] = x[i] - p->mean[i];
    for (size_t i = 0; i < n; i++) {
        const double *row = p->inverse + i * CCM_MAX_DIMENSIONS;
        double z = 0;
        for (size_t j = 0; j <= i; j++)
            z += row[j] * d[j];
        sum += z * z;
    }
    return sum;
}

double ccm_mixture_density(const struct ccm_mixture *m, const double *x)
{
    double sum = 0;
    for (size_t k = 0; k < m->n_parts; k++) {
        const struct ccm_part *p = m->parts + k;
        sum += p->weight * p->scale *
               tail_power(1 + distance(p, m->n, x) / CCM_DEGREES, m->n);
    }
    return sum;
}

void ccm_mixture_draw(const struct ccm_mixture *m, struct rng *r, double *x)
{
    double u = rng_uniform(r), z[CCM_MAX_DIMENSIONS];
    size_t k = 0;
    while (k + 1 < m->n_parts && u >= m->parts[k].weight)
        u -= m->parts[k++].weight;
    const struct ccm_part *p = m->parts + k;
    double stretch = sqrt(CCM_DEGREES / (2 * rng_gamma(r, CCM_DEGREES / 2.)));
    for (size_t i = 0; i < m->n; i++) {
        z[i] = rng_normal(r);
        double sum = 0;
        for (size_t j = 0; j <= i; j++)
            sum += p->lower[i * CCM_MAX_DIMENSIONS + j] * z[j];
        x[i] = p->mean[i] + stretch * sum;
    }
}

// --- the fit

// In place; false when it is not positive definite.
static bool cholesky(double *a, size_t n)
{
    enum { N = CCM_MAX_DIMENSIONS };
    for (size_t j = 0; j < n; j++) {
        double d = a[j * N + j];
        for (size_t k = 0; k < j; k++)
            d -= a[j * N + k] * a[j * N + k];
        if (!(d > 0) || !isfinite(d))
            return false;
        a[j * N + j] = sqrt(d);
        for (size_t i = j + 1; i < n; i++) {
            double s = a[i * N + j];
            for (size_t k = 0; k < j; k++)
                s -= a[i * N + k] * a[j * N + k];
            a[i * N + j] = s / a[j * N + j];
        }
    }
    return true;
}

static void invert_lower(const double *l, size_t n, double *out)
{
    enum { N = CCM_MAX_DIMENSIONS };
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double s = i == j;
            for (size_t k = j; k < i; k++)
                s -= l[i * N + k] * out[k * N + j];
            out[i * N + j] = s / l[i * N + i];
        }
}

static bool part_from_covariance(struct ccm_part *p, const double *covariance, size_t n)
{
    memcpy(p->lower, covariance, sizeof p->lower);
    if (!cholesky(p->lower, n))
        return false;
    invert_lower(p->lower, n, p->inverse);
    double log_norm = lgamma((CCM_DEGREES + (double)n) / 2) - lgamma(CCM_DEGREES / 2.) -
                      (double)n / 2 * log(CCM_DEGREES * M_PI);
    for (size_t i = 0; i < n; i++)
        log_norm -= log(p->lower[i * CCM_MAX_DIMENSIONS + i]);
    p->scale = exp(log_norm);
    return isfinite(p->scale);
}

struct gathering { // of one part
    double weight, by_distance, mean[CCM_MAX_DIMENSIONS];
    double squares[CCM_MAX_DIMENSIONS * CCM_MAX_DIMENSIONS];
};

static void gather(struct gathering *g, const double *x, size_t n, double weight,
                   double by_distance)
{
    g->weight += weight;
    g->by_distance += by_distance;
    for (size_t i = 0; i < n; i++) {
        g->mean[i] += by_distance * x[i];
        for (size_t j = 0; j <= i; j++)
            g->squares[i * CCM_MAX_DIMENSIONS + j] += by_distance * x[i] * x[j];
    }
}

// Mean and covariance; the covariance is divided by `by`, and `floor` of `wide` is added.
static void settle(struct gathering *g, size_t n, double by, const double *wide,
                   double floor)
{
    enum { N = CCM_MAX_DIMENSIONS };
    for (size_t i = 0; i < n; i++)
        g->mean[i] /= g->by_distance;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double c =
                (g->squares[i * N + j] - g->by_distance * g->mean[i] * g->mean[j]) / by;
            if (wide && i == j)
                c += floor * wide[i];
            g->squares[i * N + j] = g->squares[j * N + i] = c;
        }
}

static bool all_together(struct gathering *g, size_t n, const double *points,
                         const double *weights, size_t n_points)
{
    *g = (struct gathering){0};
    for (size_t i = 0; i < n_points; i++)
        if (weights[i] > 0)
            gather(g, points + i * n, n, weights[i], weights[i]);
    if (!(g->weight > 0))
        return false;
    settle(g, n, g->weight, NULL, 0);
    for (size_t i = 0; i < n; i++) {
        double *d = g->squares + i * CCM_MAX_DIMENSIONS + i;
        *d = fmax(*d, 1e-12 * (1 + g->mean[i] * g->mean[i])) * (1 + 1e-6);
    }
    return true;
}

// Parts begin at points picked evenly along the weights, as wide as all together over
// their number.
static bool begin_parts(struct ccm_mixture *m, const struct gathering *all,
                        const double *points, const double *weights, size_t n_points,
                        struct rng *r)
{
    double covariance[CCM_MAX_DIMENSIONS * CCM_MAX_DIMENSIONS], total = all->weight;
    double narrower = pow((double)m->n_parts, -2. / (double)m->n);
    for (size_t i = 0; i < CCM_MAX_DIMENSIONS * CCM_MAX_DIMENSIONS; i++)
        covariance[i] = all->squares[i] * narrower;
    double sum = 0, next = rng_uniform(r);
    size_t i = 0;
    for (size_t k = 0; k < m->n_parts; k++) {
        struct ccm_part *p = m->parts + k;
        double at = ((double)k + next) / (double)m->n_parts * total;
        while (i + 1 < n_points && sum + weights[i] < at)
            sum += weights[i++];
        memcpy(p->mean, points + i * m->n, m->n * sizeof *p->mean);
        p->weight = 1 / (double)m->n_parts;
        if (!part_from_covariance(p, covariance, m->n))
            return false;
    }
    return true;
}

static void improve(struct ccm_mixture *m, struct gathering *g, const double *wide,
                    const double *points, const double *weights, size_t n_points)
{
    size_t n = m->n, kept = 0;
    memset(g, 0, CCM_MAX_PARTS * sizeof *g);
    for (size_t i = 0; i < n_points; i++) {
        if (!(weights[i] > 1e-4 / (double)n_points)) // counts for nothing
            continue;
        double density[CCM_MAX_PARTS], far[CCM_MAX_PARTS], sum = 0;
        for (size_t k = 0; k < m->n_parts; k++) {
            const struct ccm_part *p = m->parts + k;
            far[k] = distance(p, n, points + i * n);
            density[k] = p->weight * p->scale * tail_power(1 + far[k] / CCM_DEGREES, n);
            sum += density[k];
        }
        for (size_t k = 0; sum > 0 && k < m->n_parts; k++) {
            double w = weights[i] * density[k] / sum;
            if (w > 1e-8 * weights[i])
                gather(g + k, points + i * n, n, w,
                       w * (CCM_DEGREES + (double)n) / (CCM_DEGREES + far[k]));
        }
    }
    double total = 0;
    for (size_t k = 0; k < m->n_parts; k++) {
        struct ccm_part next = m->parts[k];
        if (g[k].weight < 0.01)
            continue;
        settle(g + k, n, g[k].weight, wide, 2e-3);
        memcpy(next.mean, g[k].mean, sizeof next.mean);
        next.weight = g[k].weight;
        if (!part_from_covariance(&next, g[k].squares, n))
            continue;
        total += next.weight;
        m->parts[kept++] = next;
    }
    if (kept)
        m->n_parts = kept;
    for (size_t k = 0; kept && k < kept; k++)
        m->parts[k].weight /= total;
}

bool ccm_mixture_fit(struct ccm_mixture *m, size_t n, size_t n_parts,
                     const double *points, const double *weights, size_t n_points,
                     struct rng *r, struct arena *scratch)
{
    enum { STEPS = 12 };
    struct gathering *g = ARENA_ARRAY(scratch, struct gathering, CCM_MAX_PARTS + 1);
    m->n = n;
    m->n_parts = n_parts < CCM_MAX_PARTS ? n_parts : CCM_MAX_PARTS;
    if (!g || !all_together(g, n, points, weights, n_points))
        return false;
    double wide[CCM_MAX_DIMENSIONS];
    for (size_t i = 0; i < n; i++)
        wide[i] = g->squares[i * CCM_MAX_DIMENSIONS + i];
    memcpy(m->walk, g->squares, sizeof m->walk);
    if (!cholesky(m->walk, n) || !begin_parts(m, g, points, weights, n_points, r))
        return false;
    for (int step = 0; step < STEPS; step++)
        improve(m, g + 1, wide, points, weights, n_points);
    return true;
}

// --- population Monte Carlo

struct round_of {
    double *points, *log_target, *log_proposal, *weights;
    size_t n;
};

// Effective share of the weights target^power / proposal.
static double effective_share(const struct round_of *c, double power, double *weights)
{
    double most = -INFINITY, sum = 0, squares = 0;
    for (size_t i = 0; i < c->n; i++) {
        weights[i] = power * (c->log_target[i] - c->log_proposal[i]);
        if (isfinite(weights[i]))
            most = fmax(most, weights[i]);
    }
    for (size_t i = 0; i < c->n; i++) {
        weights[i] = isfinite(weights[i]) ? exp(weights[i] - most) : 0;
        sum += weights[i];
        squares += weights[i] * weights[i];
    }
    for (size_t i = 0; sum > 0 && i < c->n; i++)
        weights[i] /= sum;
    return sum > 0 ? sum * sum / squares / (double)c->n : 0;
}

// Weights made flatter until a twentieth of the points count.
static double tempered(const struct round_of *c, double *weights)
{
    enum { HALVINGS = 12 };
    double power = 1, share = effective_share(c, 1, weights), low = 0, high = 1;
    for (int i = 0; share < 0.05 && i < HALVINGS; i++) {
        power = (low + high) / 2;
        if (effective_share(c, power, weights) < 0.05)
            high = power;
        else
            low = power;
    }
    if (share < 0.05)
        effective_share(c, low > 0 ? low : high, weights);
    return share;
}

static void one_round(struct round_of *c, const struct ccm_problem *p,
                      const struct ccm_mixture *m, size_t n, struct rng *r)
{
    c->n = n;
    for (size_t i = 0; i < n; i++) {
        double *x = c->points + i * p->n;
        if (!m || rng_uniform(r) < CCM_KEPT_SOURCE)
            p->source(p->argument, r, x);
        else
            ccm_mixture_draw(m, r, x);
        double of_source = p->source_density(p->argument, x);
        c->log_proposal[i] = !m ? of_source
                                : log(CCM_KEPT_SOURCE * exp(of_source) +
                                      (1 - CCM_KEPT_SOURCE) * ccm_mixture_density(m, x));
        c->log_target[i] = p->target(p->argument, x);
    }
}

static void summarise(struct ccm_population *out, struct round_of *c, size_t n,
                      struct rng *r, struct arena *scratch)
{
    double most = -INFINITY, sum = 0;
    for (size_t i = 0; i < CCM_MAX_CHAINS; i++) {
        size_t pick = rng_choose(r, c->weights, c->n);
        memcpy(out->points[i], c->points + pick * n, n * sizeof(double));
    }
    for (size_t i = 0; i < c->n; i++) {
        c->weights[i] = c->log_target[i] - c->log_proposal[i];
        if (isfinite(c->weights[i]))
            most = fmax(most, c->weights[i]);
    }
    for (size_t i = 0; i < c->n; i++) {
        sum += isfinite(c->weights[i]) ? exp(c->weights[i] - most) : 0;
        if (!isfinite(c->weights[i]))
            c->weights[i] = most - 700;
    }
    out->log_evidence = most + log(sum / (double)c->n);
    out->pareto_k = diagnose_pareto(c->weights, c->n, scratch);
}

static enum err population(struct ccm_population *out, const struct ccm_problem *p,
                           size_t n_parts, struct rng *r, struct arena *scratch,
                           struct error *e)
{
    size_t most = CCM_FIRST_ROUND;
    struct round_of c = {
        ARENA_ARRAY(scratch, double, most * p->n), ARENA_ARRAY(scratch, double, most),
        ARENA_ARRAY(scratch, double, most), ARENA_ARRAY(scratch, double, most), 0};
    if (!c.points || !c.log_target || !c.log_proposal || !c.weights)
        return error_memory(e);
    one_round(&c, p, NULL, CCM_FIRST_ROUND, r);
    for (int k = 0; k < CCM_MOST_ROUNDS; k++) {
        // the last round counts whole; the first ones need only find where the target is
        double share = tempered(&c, c.weights);
        if (k > 1 && share > (k < CCM_ROUNDS ? 0.6 : 0.25))
            break;
        if (!ccm_mixture_fit(&out->mixture, p->n, n_parts, c.points, c.weights, c.n, r,
                             scratch)) {
            error_set(e, ERR_INPUT, "ccm.fit", NULL,
                      "Nothing that the priors allow agrees with the observations.");
            return error_cure(e,
                              "Look for a mistyped ratio, a sampling error that is far "
                              "too small, or a wrong baseline.");
        }
        one_round(&c, p, &out->mixture, CCM_ROUND, r);
    }
    out->effective = effective_share(&c, 1, c.weights);
    summarise(out, &c, p->n, r, scratch);
    return isnan(out->pareto_k) ? error_memory(e) : ERR_OK;
}

enum err ccm_populate(struct ccm_population *out, const struct ccm_problem *p,
                      size_t n_parts, struct rng *r, struct error *e)
{
    struct arena scratch;
    arena_init(&scratch, 0);
    enum err code = population(out, p, n_parts, r, &scratch, e);
    arena_free(&scratch);
    return code;
}
