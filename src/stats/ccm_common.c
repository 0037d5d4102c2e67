// SPDX-License-Identifier: AGPL-3.0-or-later
// What areas of a chain have in common: means and deviations of transitions, errors of
// sources.
#include "stats/ccm_private.h"

#include <math.h>
#include <string.h>

double ccm_slice(struct rng *r, double x, double low, double high, double width,
                 double (*log_density)(const void *, double), const void *argument)
{
    enum { STEPS = 60 };
    double level = log_density(argument, x) - rng_exponential(r);
    double left = fmax(low, x - width * rng_uniform(r));
    double right = fmin(high, left + width);
    for (int i = 0; i < STEPS && left > low && log_density(argument, left) > level; i++)
        left = fmax(low, left - width);
    for (int i = 0; i < STEPS && right < high && log_density(argument, right) > level;
         i++)
        right = fmin(high, right + width);
    for (;;) {
        double to = left + (right - left) * rng_uniform(r);
        if (log_density(argument, to) > level || right - left < 1e-14 * (1 + fabs(x)))
            return right - left < 1e-14 * (1 + fabs(x)) ? x : to;
        *(to < x ? &left : &right) = to;
    }
}

struct of_normals { // sums of n values from a normal cut at 0
    double n, sum, squares, mean, sd;
};

static double by_mean(const void *argument, double mean)
{
    const struct of_normals *o = argument;
    double off = o->squares - 2 * mean * o->sum + o->n * mean * mean;
    return -o->n * (log(o->sd) + ccm_log_positive(mean, o->sd)) -
           off / (2 * o->sd * o->sd);
}

static double by_sd(const void *argument, double sd)
{
    struct of_normals o = *(const struct of_normals *)argument;
    o.sd = sd;
    return by_mean(&o, o.mean);
}

static double by_scale(const void *argument, double scale)
{
    const struct ccm_chain *c = argument;
    double sum = 0;
    for (size_t i = 0; i < c->stage->n_areas; i++) {
        const struct ccm_area_state *a = c->areas + i;
        if (!a->inflated)
            continue;
        struct ccm_prior p = c->priors[i];
        p.scale = scale;
        sum += ccm_start_constant(&p) + ccm_t3_log((a->x[CCM_START] - p.start) / scale);
    }
    return sum;
}

void ccm_common_turn(struct ccm_chain *c)
{
    enum { SWEEPS = 3 };
    struct ccm_hypers *h = &c->hypers;
    for (int k = CCM_HEIGHT; k < CCM_WIDTH; k++) {
        struct of_normals o = {0, 0, 0, h->of[k].mean, h->of[k].sd};
        for (size_t i = 0; i < c->stage->n_areas; i++)
            if (c->areas[i].inflated) {
                o.n++;
                o.sum += c->areas[i].x[k];
                o.squares += c->areas[i].x[k] * c->areas[i].x[k];
            }
        bool height = k == CCM_HEIGHT;
        for (int i = 0; i < SWEEPS; i++) {
            o.mean = ccm_slice(&c->rng, o.mean, 0, height ? 2 : 40, height ? 0.05 : 5,
                               by_mean, &o);
            o.sd = ccm_slice(&c->rng, o.sd, height ? 1e-6 : 1, height ? 2 : 10,
                             height ? 0.03 : 3, by_sd, &o);
        }
        h->of[k] = (struct ccm_normal){o.mean, o.sd};
    }
    h->of[CCM_START].sd =
        ccm_slice(&c->rng, h->of[CCM_START].sd, 1e-3, 10, 3, by_scale, c);
    for (size_t i = 0; i < c->stage->n_areas; i++) {
        struct ccm_area_state *a = c->areas + i;
        struct ccm_prior *p = c->priors + i;
        memcpy(p->of, h->of, sizeof p->of);
        p->scale = h->of[CCM_START].sd;
        ccm_prior_make(p);
        // what says nothing about the data was integrated out above; it is drawn anew
        if (!a->inflated) {
            ccm_prior_draw(p, &c->rng, a->x);
            a->mixture = ccm_mixture_density(c->stage->mixtures + i, a->x);
        }
        a->log_prior = ccm_prior_log(p, a->x);
    }
}

// --- the same with all areas carried along

// Transitions keep their distance from the mean in deviations while the mean or deviation
// of coordinate k moves (interweaving: Yu and Meng, J. Comput. Graph. Stat. 20, 2011).
// Where the data say little of each area this moves what the turn above cannot.
static void carry(struct ccm_chain *c, int k, struct ccm_normal to)
{
    const struct ccm_stage *s = c->stage;
    struct ccm_normal from = c->hypers.of[k];
    double by = 0;
    bool start = k == CCM_START;
    for (size_t i = 0; i < s->n_areas; i++) {
        struct ccm_area_state *a = c->areas + i;
        if (!a->inflated)
            continue;
        struct ccm_prior p = c->priors[i];
        double x[CCM_WIDTH], middle = start ? p.start : from.mean;
        memcpy(x, a->x, sizeof x);
        x[k] = (start ? p.start : to.mean) + to.sd / from.sd * (x[k] - middle);
        if (start)
            p.scale = to.sd;
        else
            p.of[k] = to;
        ccm_prior_make(&p);
        a->moved.log_prior = ccm_prior_log(&p, x);
        if (!isfinite(a->moved.log_prior))
            return;
        a->moved.x = x[k];
        a->moved.likelihood = ccm_forward(&a->next, c->series + i, s->ar, x);
        by += a->moved.log_prior + a->moved.likelihood - a->log_prior - a->likelihood +
              log(to.sd / from.sd);
    }
    if (by < 0 && rng_uniform(&c->rng) >= exp(by))
        return;
    c->hypers.of[k] = to;
    for (size_t i = 0; i < s->n_areas; i++) {
        struct ccm_area_state *a = c->areas + i;
        if (start)
            c->priors[i].scale = to.sd;
        else
            c->priors[i].of[k] = to;
        ccm_prior_make(c->priors + i);
        if (!a->inflated)
            continue;
        struct ccm_pass pass = a->now;
        a->now = a->next;
        a->next = pass;
        a->x[k] = a->moved.x;
        a->log_prior = a->moved.log_prior;
        a->likelihood = a->moved.likelihood;
    }
}

static void carry_all(struct ccm_chain *c)
{
    double fewer = 1 / sqrt((double)c->n_inflated);
    for (int k = 0; k < CCM_WIDTH; k++) {
        bool start = k == CCM_START, height = k == CCM_HEIGHT;
        double least = start ? 1e-3 : height ? 1e-6 : 1, most = height ? 2 : 10;
        struct ccm_normal to = c->hypers.of[k];
        to.sd *= exp(1.5 * fewer * rng_normal(&c->rng));
        // uniform priors, a step on the log scale
        bool may = to.sd > least && to.sd < most;
        if (may && log(rng_uniform(&c->rng)) < log(to.sd / c->hypers.of[k].sd))
            carry(c, k, to);
        to = c->hypers.of[k];
        to.mean += 1.5 * fewer * to.sd * rng_normal(&c->rng);
        if (!start && to.mean > 0 && to.mean < (height ? 2 : 40))
            carry(c, k, to);
    }
}

void ccm_common_shift(struct ccm_chain *c)
{
    const struct ccm_stage *s = c->stage;
    if (!c->n_inflated)
        return;
    struct ccm_hypers before = c->hypers;
    double by = 0;
    memcpy(c->before, c->areas, s->n_areas * sizeof *c->before);
    carry_all(c);
    for (size_t i = 0; i < s->n_areas; i++) {
        struct ccm_area_state *a = c->areas + i;
        a->spare_correction =
            ccm_backward(&a->now, c->series + i, s->ar, &c->rng, a->spare);
        by += a->spare_correction - a->correction;
    }
    bool kept = by >= 0 || rng_uniform(&c->rng) < exp(by);
    if (!kept)
        c->hypers = before;
    for (size_t i = 0; i < s->n_areas; i++) {
        struct ccm_area_state *a = c->areas + i;
        if (kept) {
            memcpy(a->log_eta, a->spare, c->series[i].n * sizeof *a->spare);
            a->correction = a->spare_correction;
            a->mixture = ccm_mixture_density(s->mixtures + i, a->x);
            continue;
        }
        *a = c->before[i];
        memcpy(c->priors[i].of, before.of, sizeof before.of);
        c->priors[i].scale = before.of[CCM_START].sd;
        ccm_prior_make(c->priors + i);
        ccm_forward(&a->now, c->series + i, s->ar, a->inflated ? a->x : NULL);
    }
}

// --- errors of the sources

struct residuals {
    const struct ccm_chain *c;
    uint32_t type;
};

static double by_omega(const void *argument, double omega)
{
    const struct residuals *r = argument;
    double sum = 0;
    for (size_t i = 0; i < r->c->stage->n_areas; i++) {
        const struct ccm_area_state *a = r->c->areas + i;
        const struct ccm_series *s = r->c->series + i;
        for (size_t k = 0; k < s->n_observations; k++) {
            const struct ccm_observation *o = s->observations[k];
            if (o->type != r->type)
                continue;
            size_t t = (size_t)(o->year - s->first);
            double alpha = a->inflated ? ccm_inflation_at(a->x, o->year) : 0;
            double off = o->log_ratio - log(s->baseline * exp(a->log_eta[t]) + alpha);
            double variance = omega * omega + o->sd * o->sd;
            sum -= (log(variance) + off * off / variance) / 2;
        }
    }
    return sum;
}

void ccm_omega_turn(struct ccm_chain *c)
{
    const struct ccm_stage *s = c->stage;
    bool changed = false;
    for (uint32_t k = 0; k < s->n_types; k++) {
        if (!s->unknown[k])
            continue;
        struct residuals r = {c, k};
        c->omega[k] = ccm_slice(&c->rng, c->omega[k], 0, 0.5, 0.02, by_omega, &r);
        changed = true;
    }
    for (size_t i = 0; changed && i < s->n_areas; i++) {
        struct ccm_area_state *a = c->areas + i;
        ccm_series_weigh(c->series + i, c->omega);
        a->likelihood =
            ccm_forward(&a->now, c->series + i, s->ar, a->inflated ? a->x : NULL);
        a->correction = ccm_correction(&a->now, c->series + i, a->log_eta);
    }
}
