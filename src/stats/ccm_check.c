// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/ccm_check.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double ratio_at(const struct ccm_fit *fit, size_t pick, size_t area, int32_t year)
{
    return ccm_scenario_ratio(fit, pick, area, year, CCM_AS_MODELLED, 0);
}

static double spread_of(const struct ccm_fit *fit, size_t pick,
                        const struct ccm_observation *o)
{
    return hypot(fit->omega[pick * fit->n_types + o->type], o->sd);
}

static double log_density(const struct ccm_fit *fit, size_t pick,
                          const struct ccm_observation *o)
{
    double sd = spread_of(fit, pick, o);
    double z = (o->log_ratio - log(ratio_at(fit, pick, o->area, o->year))) / sd;
    return -z * z / 2 - log(sd) - 0.918938533204672742; // log(2 pi) / 2
}

// --- leave one out

struct loo_run {
    struct ccm_loo *out;
    const struct ccm_fit *fit;
    const struct ccm_data *data;
    double *lppd, *p_waic;
    bool *failed;
};

static double log_mean(const double *x, size_t n)
{
    double most = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, x[i]);
    for (size_t i = 0; i < n; i++)
        sum += exp(x[i] - most);
    return most + log(sum / (double)n);
}

// log of sum of weight x density, weights smoothed from 1 / density.
static double left_out(const double *density, double *weights, size_t n, double *k,
                       struct arena *scratch)
{
    for (size_t i = 0; i < n; i++)
        weights[i] = -density[i];
    *k = diagnose_pareto(weights, n, scratch);
    for (size_t i = 0; i < n; i++)
        weights[i] += density[i];
    return log_mean(weights, n) + log((double)n);
}

static bool loo_one(struct loo_run *run, size_t i, struct arena *scratch)
{
    const struct ccm_fit *f = run->fit;
    size_t n = f->n_chains * f->n_draws;
    double *density = ARENA_ARRAY(scratch, double, 2 * n), mean = 0, squares = 0, ignored;
    if (!density)
        return false;
    for (size_t s = 0; s < n; s++) {
        density[s] = log_density(f, s, run->data->observations + i);
        mean += density[s] / (double)n;
    }
    for (size_t s = 0; s < n; s++)
        squares += (density[s] - mean) * (density[s] - mean);
    struct ccm_loo *out = run->out;
    run->lppd[i] = log_mean(density, n);
    run->p_waic[i] = squares / (double)(n - 1);
    out->by_observation[i] =
        left_out(density, density + n, n, out->pareto_k + i, scratch);
    for (size_t c = 0; c < f->n_chains; c++)
        out->by_chain[c * out->n + i] = left_out(density + c * f->n_draws, density + n,
                                                 f->n_draws, &ignored, scratch);
    return !isnan(out->pareto_k[i]);
}

static void loo_task(void *argument, size_t i, unsigned thread)
{
    (void)thread;
    struct loo_run *run = argument;
    struct arena scratch;
    arena_init(&scratch, 0);
    run->failed[i] = !loo_one(run, i, &scratch);
    arena_free(&scratch);
}

enum err ccm_leave_one_out(struct ccm_loo *out, const struct ccm_fit *fit,
                           const struct ccm_data *data, struct pool *pool,
                           struct arena *a, struct error *e)
{
    size_t n = data->n_observations;
    *out = (struct ccm_loo){.n = n,
                            .by_observation = ARENA_ARRAY(a, double, n),
                            .pareto_k = ARENA_ARRAY(a, double, n),
                            .by_chain = ARENA_ARRAY(a, double, n * fit->n_chains)};
    struct loo_run run = {out,
                          fit,
                          data,
                          ARENA_ARRAY(a, double, n),
                          ARENA_ARRAY(a, double, n),
                          ARENA_ARRAY(a, bool, n)};
    if (!out->by_observation || !out->pareto_k || !out->by_chain || !run.lppd ||
        !run.p_waic || !run.failed)
        return error_memory(e);
    pool_run(pool, n, loo_task, &run);
    double lppd = 0, p_waic = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        if (run.failed[i])
            return error_memory(e);
        out->elpd += out->by_observation[i];
        lppd += run.lppd[i];
        p_waic += run.p_waic[i];
        out->n_bad += out->pareto_k[i] >= 0.7 && out->pareto_k[i] < INFINITY;
    }
    for (size_t i = 0; i < n; i++)
        squares += pow(out->by_observation[i] - out->elpd / (double)n, 2);
    out->se = n > 1 ? sqrt(squares * (double)n / (double)(n - 1)) : NAN;
    out->p_loo = lppd - out->elpd;
    out->waic = -2 * (lppd - p_waic);
    diagnose_stack(out->by_chain, fit->n_chains, n, out->weights);
    return ERR_OK;
}

// --- replicated data

static int by_year(const void *a, const void *b)
{
    const struct ccm_observation *p = *(const struct ccm_observation *const *)a;
    const struct ccm_observation *q = *(const struct ccm_observation *const *)b;
    if (p->year != q->year)
        return p->year < q->year ? -1 : 1;
    return (p > q) - (p < q);
}

struct tests {
    double squares, largest, neighbours;
};

static struct tests tests_of(const double *z, size_t n)
{
    struct tests t = {0, 0, 0};
    for (size_t i = 0; i < n; i++) {
        t.squares += z[i] * z[i];
        t.largest = fmax(t.largest, fabs(z[i]));
        t.neighbours += i ? z[i] * z[i - 1] : 0;
    }
    return t;
}

enum err ccm_replicate(struct ccm_replicated *out, const struct ccm_fit *fit,
                       const struct ccm_data *data, size_t area, uint64_t seed,
                       struct arena *scratch, struct error *e)
{
    size_t n = 0, draws = fit->n_chains * fit->n_draws, outside = 0;
    const struct ccm_observation **mine =
        ARENA_ARRAY(scratch, const struct ccm_observation *, data->n_observations + 1);
    double *z = ARENA_ARRAY(scratch, double, data->n_observations + 1);
    double *copy = ARENA_ARRAY(scratch, double, data->n_observations + 1);
    double *predicted = ARENA_ARRAY(scratch, double, draws);
    struct rng r = rng_stream(seed, area);
    *out = (struct ccm_replicated){0, NAN, NAN, NAN, NAN};
    if (!mine || !z || !copy || !predicted)
        return error_memory(e);
    for (size_t i = 0; i < data->n_observations; i++)
        if (data->observations[i].area == area)
            mine[n++] = data->observations + i;
    out->n = n;
    if (!n)
        return ERR_OK;
    qsort(mine, n, sizeof *mine, by_year);
    double counts[3] = {0};
    for (size_t s = 0; s < draws; s++) {
        for (size_t i = 0; i < n; i++) {
            double middle = log(ratio_at(fit, s, area, mine[i]->year));
            z[i] = (mine[i]->log_ratio - middle) / spread_of(fit, s, mine[i]);
            copy[i] = rng_normal(&r); // a replicated residual has no other distribution
        }
        struct tests seen = tests_of(z, n), made = tests_of(copy, n);
        counts[0] += made.squares >= seen.squares;
        counts[1] += made.largest >= seen.largest;
        counts[2] += made.neighbours >= seen.neighbours;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t s = 0; s < draws; s++)
            predicted[s] = log(ratio_at(fit, s, area, mine[i]->year)) +
                           spread_of(fit, s, mine[i]) * rng_normal(&r);
        struct ccm_range p = ccm_range_of(predicted, draws, 0.95);
        outside += mine[i]->log_ratio < p.low || mine[i]->log_ratio > p.high;
    }
    out->chi_square = counts[0] / (double)draws;
    out->largest = counts[1] / (double)draws;
    out->runs = n > 2 ? counts[2] / (double)draws : NAN;
    out->outside_95 = (double)outside / (double)n;
    return ERR_OK;
}

// --- validation

int32_t ccm_leave_last(bool *left_out, const struct ccm_data *data, double share)
{
    int32_t first = INT32_MAX, last = INT32_MIN, best = INT32_MAX;
    double nearest = share; // leaving none out
    for (size_t i = 0; i < data->n_observations; i++) {
        int32_t year = data->observations[i].year;
        first = year < first ? year : first;
        last = year > last ? year : last;
    }
    for (int64_t cut = last; cut > first && last - cut < CCM_MAX_YEARS; cut--) {
        size_t n = 0;
        for (size_t i = 0; i < data->n_observations; i++)
            n += data->observations[i].year >= cut;
        double off = fabs((double)n / (double)data->n_observations - share);
        if (off < nearest) {
            nearest = off;
            best = (int32_t)cut;
        }
    }
    for (size_t i = 0; i < data->n_observations; i++)
        left_out[i] = data->observations[i].year >= best;
    return best;
}

void ccm_leave_random(bool *left_out, const struct ccm_data *data, double share,
                      uint64_t seed)
{
    struct rng r = rng_stream(seed, 0x1eaf);
    size_t n = data->n_observations, left = (size_t)(share * (double)n + 0.5);
    for (size_t i = 0; i < n; i++) {
        left_out[i] = left && rng_below(&r, n - i) < left;
        left -= left_out[i];
    }
}

static void judge(struct ccm_validation *v, const struct ccm_fit *fit,
                  const struct ccm_observation *o, double *x, double *error,
                  struct rng *r)
{
    size_t n = fit->n_chains * fit->n_draws;
    for (size_t s = 0; s < n; s++)
        x[s] = ratio_at(fit, s, o->area, o->year) *
               exp(spread_of(fit, s, o) * rng_normal(r));
    double seen = exp(o->log_ratio), count = (double)v->n_left_out;
    struct ccm_range wide = ccm_range_of(x, n, 0.95), narrow = ccm_range_of(x, n, 0.8);
    *error = seen - wide.middle;
    v->mean_absolute_error += fabs(*error) / count;
    v->below_95 += (seen < wide.low) / count;
    v->above_95 += (seen > wide.high) / count;
    v->below_80 += (seen < narrow.low) / count;
    v->above_80 += (seen > narrow.high) / count;
}

enum err ccm_validate(struct ccm_validation *out, const struct ccm_data *data,
                      const struct ccm_model *model, const struct ccm_settings *settings,
                      const bool *left_out_of, struct pool *pool, struct arena *a,
                      struct error *e)
{
    size_t n = data->n_observations, kept = 0;
    struct ccm_observation *rest = ARENA_ARRAY(a, struct ccm_observation, n + 1);
    double *error = ARENA_ARRAY(a, double, n + 1);
    double *x = ARENA_ARRAY(a, double, settings->n_chains * settings->n_draws);
    struct ccm_settings wide = *settings;
    struct ccm_fit fit;
    if (!rest || !error || !x)
        return error_memory(e);
    *out = (struct ccm_validation){.n = n};
    for (size_t i = 0; i < n; i++) {
        const struct ccm_observation *o = data->observations + i;
        wide.first_year = o->year < wide.first_year ? o->year : wide.first_year;
        wide.last_year = o->year > wide.last_year ? o->year : wide.last_year;
        if (!left_out_of[i])
            rest[kept++] = *o;
    }
    out->n_left_out = n - kept;
    if (!out->n_left_out || !kept) {
        error_set(e, ERR_INPUT, "ccm.left_out", NULL,
                  "%zu of %zu observations would be left out; nothing to compare.",
                  out->n_left_out, n);
        return error_cure(e, "Leave out a share between 0 and 1 of more observations.");
    }
    struct ccm_data less = *data;
    less.observations = rest;
    less.n_observations = kept;
    enum err code = ccm_fit(&fit, &less, model, &wide, pool, a, e);
    if (code)
        return code;
    struct rng r = rng_stream(settings->seed, 0x0ff);
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        if (left_out_of[i])
            judge(out, &fit, data->observations + i, x, error + at++, &r);
    out->median_error = ccm_range_of(error, at, 0.5).middle;
    for (size_t i = 0; i < at; i++)
        error[i] = fabs(error[i]);
    out->median_absolute_error = ccm_range_of(error, at, 0.5).middle;
    return ERR_OK;
}
