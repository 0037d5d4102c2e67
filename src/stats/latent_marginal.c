// SPDX-License-Identifier: AGPL-3.0-or-later
// Posterior marginals: mixtures over the points of hyper-parameters, of Gaussians for
// effects and of cavity times likelihood for rows with data; and what is read off them
// for each row (leave-one-out, deviance, WAIC).
#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "stats/latent_private.h"

enum { CELLS = 96, NODES = CELLS + 1 };

static const double reach = 8;     // of the table, in sds on each side
static const double slight = 1e-7; // weights below are passed over

// A density on even nodes, scaled to integral 1, and its distribution function.
struct table {
    double from, step, density[NODES], below[NODES];
};

// Integrals over cells by the cubic through four nodes.
static void accumulate(struct table *t)
{
    const double *f = t->density;
    t->below[0] = 0;
    for (int k = 0; k < CELLS; k++) {
        double before = k ? f[k - 1] : 0, after = k + 2 < NODES ? f[k + 2] : 0;
        double area = t->step / 24 * (13 * (f[k] + f[k + 1]) - before - after);
        t->below[k + 1] = t->below[k] + fmax(area, 0);
    }
    double all = t->below[CELLS];
    for (int k = 0; k < NODES; k++) {
        t->density[k] /= all;
        t->below[k] /= all;
    }
}

// Area of a cell left of a part of it, its density taken as a line of the cell's area.
static double within_cell(double f0, double f1, double part)
{
    double sum = f0 + f1;
    return sum > 0 ? (2 * f0 * part + (f1 - f0) * part * part) / sum : part;
}

static double table_below(const struct table *t, double value)
{
    double at = (value - t->from) / t->step;
    if (!(at > 0))
        return 0;
    if (at >= CELLS)
        return 1;
    int k = (int)at;
    return t->below[k] + (t->below[k + 1] - t->below[k]) *
                             within_cell(t->density[k], t->density[k + 1], at - k);
}

static double table_quantile(const struct table *t, double p)
{
    int k = 0;
    while (k < CELLS - 1 && t->below[k + 1] < p)
        k++;
    double low = 0, high = 1, area = t->below[k + 1] - t->below[k];
    double wanted = area > 0 ? (p - t->below[k]) / area : 0.5;
    for (int i = 0; i < 50; i++) {
        double middle = (low + high) / 2;
        if (within_cell(t->density[k], t->density[k + 1], middle) < wanted)
            low = middle;
        else
            high = middle;
    }
    return t->from + t->step * (k + (low + high) / 2);
}

static double identity(double x)
{
    return x;
}

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

// Marginal of a rising function of the tabled quantity.
static struct latent_marginal summarise(const struct table *t, double (*of)(double))
{
    double mean = 0, square = 0, sum = 0, centre = of(table_quantile(t, 0.5));
    for (int k = 0; k < NODES; k++) {
        double v = of(t->from + k * t->step) - centre;
        if (!(t->density[k] > 0))
            continue;
        sum += t->density[k];
        mean += t->density[k] * v;
        square += t->density[k] * v * v;
    }
    mean /= sum;
    return (struct latent_marginal){
        centre + mean, sqrt(fmax(square / sum - mean * mean, 0)),
        of(table_quantile(t, 0.025)), centre, of(table_quantile(t, 0.975))};
}

// Nodes over the mixture of Gaussians with these means and variances.
static void set_nodes(struct table *t, const struct latent_fit *fit, const double *means,
                      const double *variances, size_t stride)
{
    double mean = 0, square = 0;
    for (uint32_t k = 0; k < fit->n_points; k++)
        mean += fit->point[k].weight * means[k * stride];
    for (uint32_t k = 0; k < fit->n_points; k++) {
        double d = means[k * stride] - mean;
        square += fit->point[k].weight * (variances[k * stride] + d * d);
    }
    double sd = sqrt(fmax(square, 1e-300));
    t->from = mean - reach * sd;
    t->step = 2 * reach * sd / CELLS;
}

enum { MOST_POINTS = 512 };

// Adds weight times a Gaussian times the factors at the nodes. The Gaussian goes from the
// node nearest its mean outwards by two products a node instead of an exponential.
static void add_product(struct table *t, double weight, double mean, double variance,
                        const double *factor)
{
    double at = round((mean - t->from) / t->step), h = t->step;
    int middle = at < 0 ? 0 : at > CELLS ? CELLS : (int)at;
    double d = t->from + middle * h - mean;
    double top = weight / sqrt(2 * M_PI * variance) * exp(-d * d / variance / 2);
    double bend = exp(-h * h / variance);
    for (int side = 0; side < 2; side++) {
        int sign = side ? -1 : 1;
        double value = top, ratio = exp(-(sign * 2 * d * h + h * h) / variance / 2);
        if (!side)
            t->density[middle] += value * factor[middle];
        for (int n = middle + sign; n >= 0 && n < NODES; n += sign) {
            value *= ratio;
            ratio *= bend;
            t->density[n] += value * factor[n];
        }
    }
}

// Posterior of a row's linear predictor; its own likelihood enters exactly. log_own: the
// likelihood at the nodes (with its constant), or NULL.
static void row_table(const struct latent_fit *fit, uint32_t row, struct table *t,
                      double *log_own)
{
    const struct latent_model *m = fit->form.model;
    double means[MOST_POINTS], variances[MOST_POINTS], own[NODES], factor[NODES], d[3];
    double ones[NODES], top = -INFINITY;
    assert(fit->n_points <= MOST_POINTS);
    for (uint32_t k = 0; k < fit->n_points; k++) {
        means[k] = fit->point[k].mean[row];
        variances[k] = fmax(fit->point[k].variance[row], 1e-300);
    }
    set_nodes(t, fit, means, variances, 1);
    memset(t->density, 0, sizeof t->density);
    for (int n = 0; n < NODES; n++) {
        own[n] = latent_likelihood(m, row, t->from + n * t->step, d);
        top = fmax(top, own[n]);
    }
    for (int n = 0; n < NODES; n++) {
        factor[n] = exp(own[n] - top);
        ones[n] = 1;
    }
    for (uint32_t k = 0; k < fit->n_points; k++) {
        const struct latent_point *p = fit->point + k;
        double c = p->cavity_variance[row];
        if (p->weight <= slight)
            continue;
        // a Gaussian narrower than a step is widened to it, or its mass would fall
        // between nodes
        double least = t->step * t->step, rise = top - p->log_integral[row];
        if (!(c > 0) || variances[k] < least || rise > 600)
            add_product(t, p->weight, means[k], fmax(variances[k], least), ones);
        else
            add_product(t, p->weight * exp(rise), p->cavity_mean[row], c, factor);
    }
    accumulate(t);
    double constant = latent_likelihood_constant(m, row);
    for (int n = 0; log_own && n < NODES; n++)
        log_own[n] = own[n] + constant;
}

struct latent_marginal latent_predictor(const struct latent_fit *fit, uint32_t row)
{
    assert(row < fit->form.model->n_rows);
    struct table t;
    row_table(fit, row, &t, NULL);
    return summarise(&t, identity);
}

struct latent_marginal latent_rate(const struct latent_fit *fit, uint32_t row)
{
    assert(row < fit->form.model->n_rows);
    struct table t;
    row_table(fit, row, &t, NULL);
    return summarise(&t, fit->form.model->family == LATENT_POISSON ? exp : logistic);
}

struct latent_marginal latent_odds(const struct latent_fit *fit, uint32_t row,
                                   double factor)
{
    assert(row < fit->form.model->n_rows);
    struct table t;
    row_table(fit, row, &t, NULL);
    struct latent_marginal m = summarise(&t, exp);
    return (struct latent_marginal){m.mean * factor, m.sd * factor, m.low * factor,
                                    m.median * factor, m.high * factor};
}

double latent_predictor_above(const struct latent_fit *fit, uint32_t row, double value)
{
    assert(row < fit->form.model->n_rows);
    struct table t;
    row_table(fit, row, &t, NULL);
    return 1 - table_below(&t, value);
}

void latent_predictor_chances(const struct latent_fit *fit, uint32_t row,
                              const double *values, size_t n, double *above)
{
    assert(row < fit->form.model->n_rows);
    struct table t;
    row_table(fit, row, &t, NULL);
    for (size_t i = 0; i < n; i++)
        above[i] = 1 - table_below(&t, values[i]);
}

// A mixture of Gaussians, one a point.
struct mixture {
    const struct latent_fit *fit;
    double mean[MOST_POINTS], sd[MOST_POINTS];
};

static double mixture_below(const struct mixture *m, double value)
{
    double sum = 0;
    for (uint32_t k = 0; k < m->fit->n_points; k++)
        sum += m->fit->point[k].weight *
               erfc(-(value - m->mean[k]) / m->sd[k] / M_SQRT2) / 2;
    return sum;
}

static double mixture_quantile(const struct mixture *m, double p)
{
    double low = INFINITY, high = -INFINITY;
    for (uint32_t k = 0; k < m->fit->n_points; k++) {
        low = fmin(low, m->mean[k] - 8 * m->sd[k]);
        high = fmax(high, m->mean[k] + 8 * m->sd[k]);
    }
    for (int k = 0; k < 50; k++) {
        double middle = (low + high) / 2;
        if (mixture_below(m, middle) < p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

static struct latent_marginal mixture_marginal(const struct mixture *m)
{
    double mean = 0, square = 0;
    for (uint32_t k = 0; k < m->fit->n_points; k++)
        mean += m->fit->point[k].weight * m->mean[k];
    for (uint32_t k = 0; k < m->fit->n_points; k++) {
        double d = m->mean[k] - mean;
        square += m->fit->point[k].weight * (m->sd[k] * m->sd[k] + d * d);
    }
    return (struct latent_marginal){mean, sqrt(square), mixture_quantile(m, 0.025),
                                    mixture_quantile(m, 0.5), mixture_quantile(m, 0.975)};
}

static void level_mixture(const struct latent_fit *fit, uint32_t effect, uint32_t level,
                          struct mixture *m)
{
    assert(effect < fit->form.model->n_effects);
    assert(level < fit->form.model->effects[effect].n_levels);
    uint32_t at = fit->form.level_start[effect] + level;
    m->fit = fit;
    for (uint32_t k = 0; k < fit->n_points; k++) {
        m->mean[k] = fit->point[k].level_mean[at];
        m->sd[k] = sqrt(fmax(fit->point[k].level_variance[at], 1e-300));
    }
}

static void fixed_mixture(const struct latent_fit *fit, uint32_t fixed, struct mixture *m)
{
    assert(fixed < fit->form.model->n_fixed);
    m->fit = fit;
    for (uint32_t k = 0; k < fit->n_points; k++) {
        m->mean[k] = fit->point[k].fixed_mean[fixed];
        m->sd[k] = sqrt(fmax(fit->point[k].fixed_variance[fixed], 1e-300));
    }
}

struct latent_marginal latent_fixed_effect(const struct latent_fit *fit, uint32_t fixed)
{
    struct mixture m;
    fixed_mixture(fit, fixed, &m);
    return mixture_marginal(&m);
}

double latent_fixed_above(const struct latent_fit *fit, uint32_t fixed, double value)
{
    struct mixture m;
    fixed_mixture(fit, fixed, &m);
    return 1 - mixture_below(&m, value);
}

struct latent_marginal latent_level(const struct latent_fit *fit, uint32_t effect,
                                    uint32_t level)
{
    struct mixture m;
    level_mixture(fit, effect, level, &m);
    return mixture_marginal(&m);
}

double latent_level_above(const struct latent_fit *fit, uint32_t effect, uint32_t level,
                          double value)
{
    struct mixture m;
    level_mixture(fit, effect, level, &m);
    return 1 - mixture_below(&m, value);
}

double latent_cpo(const struct latent_fit *fit, uint32_t row)
{
    assert(row < fit->form.model->n_rows);
    return fit->cpo[row];
}

double latent_pit(const struct latent_fit *fit, uint32_t row)
{
    assert(row < fit->form.model->n_rows);
    return fit->pit[row];
}

// P(Y < y) + P(Y = y) / 2 at eta.
static double middle_probability(const struct latent_model *m, uint32_t row, double eta,
                                 double log_own)
{
    double y = m->y[row], n = m->size[row], below;
    if (y < 1)
        return exp(log_own) / 2;
    if (m->family == LATENT_POISSON)
        below = gsl_cdf_gamma_Q(n * exp(eta), y, 1); // P(Y <= y - 1)
    else if (n > 1e6) { // Gaussian: the beta function is slow there and adds nothing
        double p = logistic(eta), sd = sqrt(n * p * (1 - p));
        return erfc(-(y - n * p) / sd / M_SQRT2) / 2;
    } else
        below = gsl_cdf_beta_Q(logistic(eta), y, n - y + 1);
    return below + exp(log_own) / 2;
}

struct row_score {
    double cpo, pit, deviance, log_mean, log_variance, deviance_at_mean;
};

// Without its own count the row's predictor has the cavities as its posterior, weighed by
// weight / own integral; 1 / CPO is the sum of those.
static void leave_out(const struct latent_fit *fit, uint32_t row, struct row_score *out)
{
    const struct latent_model *m = fit->form.model;
    double constant = latent_likelihood_constant(m, row), sum = 0, least = INFINITY;
    out->cpo = out->pit = NAN;
    for (uint32_t k = 0; k < fit->n_points; k++) {
        const struct latent_point *p = fit->point + k;
        if (p->weight <= slight)
            continue;
        if (!(p->cavity_variance[row] > 0))
            return;
        least = fmin(least, p->log_integral[row]);
    }
    double mean = 0, square = 0;
    for (uint32_t k = 0; k < fit->n_points; k++) {
        const struct latent_point *p = fit->point + k;
        if (p->weight <= slight)
            continue;
        double w = p->weight * exp(least - p->log_integral[row]);
        sum += w;
        mean += w * p->cavity_mean[row];
        square +=
            w * (p->cavity_variance[row] + p->cavity_mean[row] * p->cavity_mean[row]);
    }
    out->cpo = exp(least + constant) / sum;
    mean /= sum;
    // PIT over a Gaussian of the mixture's mean and variance, at 40 nodes
    double sd = sqrt(fmax(square / sum - mean * mean, 1e-300)), weight = 0, d[3];
    out->pit = 0;
    for (int n = -20; n <= 20; n++) {
        double z = n * 0.3, w = exp(-z * z / 2), eta = mean + z * sd;
        double log_own = latent_likelihood(m, row, eta, d) + constant;
        weight += w;
        out->pit += w * middle_probability(m, row, eta, log_own);
    }
    out->pit /= weight;
}

static void score_row(const struct latent_fit *fit, uint32_t row, struct row_score *out)
{
    const struct latent_model *m = fit->form.model;
    struct table t;
    double own[NODES], sum = 0, mean = 0, log_mean = 0, square = 0, top = -INFINITY, d[3];
    row_table(fit, row, &t, own);
    for (int n = 0; n < NODES; n++)
        top = t.density[n] > 0 ? fmax(top, own[n]) : top;
    for (int n = 0; n < NODES; n++) {
        if (!(t.density[n] > 0))
            continue;
        double f = t.density[n], l = own[n] - top;
        sum += f;
        mean += f * (t.from + n * t.step);
        out->log_mean += f * exp(l);
        log_mean += f * l;
        square += f * l * l;
    }
    log_mean /= sum;
    out->deviance = -2 * (log_mean + top);
    out->log_variance = fmax(square / sum - log_mean * log_mean, 0);
    out->log_mean = log(out->log_mean / sum) + top;
    out->deviance_at_mean = -2 * (latent_likelihood(m, row, mean / sum, d) +
                                  latent_likelihood_constant(m, row));
    leave_out(fit, row, out);
}

enum { ROWS_A_TASK = 64 };

struct judging {
    const struct latent_fit *fit;
    struct row_score *score;
};

static void judge_task(void *argument, size_t task, unsigned thread)
{
    (void)thread;
    const struct judging *j = argument;
    const struct latent_model *m = j->fit->form.model;
    for (size_t i = task * ROWS_A_TASK; i < (task + 1) * ROWS_A_TASK && i < m->n_rows;
         i++)
        if (m->size[i] > 0)
            score_row(j->fit, (uint32_t)i, j->score + i);
}

enum err latent_judge_rows(struct latent_fit *fit, struct error *e)
{
    const struct latent_model *m = fit->form.model;
    struct latent_criteria *c = &fit->criteria;
    struct judging j = {fit, mem_alloc(m->n_rows, sizeof(struct row_score))};
    fit->cpo = ARENA_ARRAY(&fit->arena, double, m->n_rows);
    fit->pit = ARENA_ARRAY(&fit->arena, double, m->n_rows);
    if (!j.score || !fit->cpo || !fit->pit) {
        mem_free(j.score);
        return error_memory(e);
    }
    size_t tasks = (m->n_rows + ROWS_A_TASK - 1) / ROWS_A_TASK;
    if (fit->pool)
        pool_run(fit->pool, tasks, judge_task, &j);
    else
        for (size_t k = 0; k < tasks; k++)
            judge_task(&j, k, 0);
    double at_mean = 0, deviance = 0, log_mean = 0, scored = 0;
    for (uint32_t i = 0; i < m->n_rows; i++) {
        const struct row_score *s = j.score + i;
        fit->cpo[i] = fit->pit[i] = NAN;
        if (!(m->size[i] > 0))
            continue;
        fit->cpo[i] = s->cpo;
        fit->pit[i] = s->pit;
        c->n_data++;
        deviance += s->deviance;
        at_mean += s->deviance_at_mean;
        log_mean += s->log_mean;
        c->waic_parameters += s->log_variance;
        if (s->cpo > 0) {
            c->log_score -= log(s->cpo);
            scored++;
        } else {
            c->n_difficult++;
        }
    }
    mem_free(j.score);
    c->log_score = scored > 0 ? c->log_score / scored : NAN;
    c->dic_parameters = deviance - at_mean;
    c->dic = deviance + c->dic_parameters;
    c->waic = -2 * (log_mean - c->waic_parameters);
    return ERR_OK;
}
