// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/ccm_private.h"

#include <math.h>
#include <string.h>

// --- one area: its transition

static double log_odds_of(const struct ccm_chain *c, const struct ccm_area_state *a)
{
    return c->stage->always ? 0 : c->stage->log_odds[c->n_inflated - a->inflated];
}

// log of target over proposal.
static double importance(const struct ccm_chain *c, size_t area, double log_odds,
                         bool inflated, double log_prior, double mixture,
                         double likelihood)
{
    double chance = c->stage->chance[area];
    if (!inflated)
        return likelihood - log1p(-chance);
    double proposal = CCM_KEPT_SOURCE * exp(log_prior) + (1 - CCM_KEPT_SOURCE) * mixture;
    return log_odds + log_prior + likelihood - log(chance * proposal);
}

static void take(struct ccm_chain *c, struct ccm_area_state *a, const double *x,
                 bool inflated, double log_prior, double mixture, double likelihood)
{
    memcpy(a->x, x, sizeof a->x);
    c->n_inflated = c->n_inflated - a->inflated + inflated;
    a->inflated = inflated;
    a->log_prior = log_prior;
    a->mixture = mixture;
    a->likelihood = likelihood;
    struct ccm_pass pass = a->now;
    a->now = a->next;
    a->next = pass;
}

// A proposal that does not look at the state.
static bool leap(struct ccm_chain *c, size_t area)
{
    const struct ccm_stage *s = c->stage;
    const struct ccm_mixture *m = s->mixtures + area;
    struct ccm_area_state *a = c->areas + area;
    double x[CCM_WIDTH];
    bool inflated = s->always || rng_uniform(&c->rng) < s->chance[area];
    if (inflated && rng_uniform(&c->rng) >= CCM_KEPT_SOURCE)
        ccm_mixture_draw(m, &c->rng, x);
    else
        ccm_prior_draw(c->priors + area, &c->rng, x);
    double log_prior = ccm_prior_log(c->priors + area, x);
    a->proposed++;
    if (!isfinite(log_prior))
        return false;
    double mixture = ccm_mixture_density(m, x), log_odds = log_odds_of(c, a);
    double likelihood =
        ccm_forward(&a->next, c->series + area, s->ar, inflated ? x : NULL);
    double to = importance(c, area, log_odds, inflated, log_prior, mixture, likelihood);
    double from = importance(c, area, log_odds, a->inflated, a->log_prior, a->mixture,
                             a->likelihood);
    if (to < from && rng_uniform(&c->rng) >= exp(to - from))
        return false;
    a->accepted++;
    take(c, a, x, inflated, log_prior, mixture, likelihood);
    return true;
}

static bool walk(struct ccm_chain *c, size_t area)
{
    static const double lengths[] = {1.0, 0.3, 0.1};
    const struct ccm_mixture *m = c->stage->mixtures + area;
    struct ccm_area_state *a = c->areas + area;
    if (!a->inflated)
        return false;
    double x[CCM_WIDTH], z[CCM_WIDTH], length = lengths[rng_below(&c->rng, 3)];
    for (size_t i = 0; i < CCM_WIDTH; i++) {
        z[i] = length * rng_normal(&c->rng);
        x[i] = a->x[i];
        for (size_t j = 0; j <= i; j++)
            x[i] += m->walk[i * CCM_MAX_DIMENSIONS + j] * z[j];
    }
    double log_prior = ccm_prior_log(c->priors + area, x);
    if (!isfinite(log_prior))
        return false;
    double likelihood = ccm_forward(&a->next, c->series + area, c->stage->ar, x);
    double by = log_prior + likelihood - a->log_prior - a->likelihood;
    if (by < 0 && rng_uniform(&c->rng) >= exp(by))
        return false;
    take(c, a, x, true, log_prior, ccm_mixture_density(m, x), likelihood);
    return true;
}

// Some proposals under the linearised model, then log eta and the exact ratio: the whole
// is one step of a chain for the model itself.
static void area_turn(struct ccm_chain *c, size_t area, double *scratch)
{
    const struct ccm_stage *s = c->stage;
    struct ccm_area_state *a = c->areas + area, old = *a;
    const struct ccm_series *series = c->series + area;
    bool moved = false;
    for (int i = 0; i < s->leaps; i++)
        moved |= leap(c, area);
    for (int i = 0; i < s->walks; i++)
        moved |= walk(c, area);
    if (!series->n)
        return;
    double correction = ccm_backward(&a->now, series, s->ar, &c->rng, scratch);
    double by = correction - a->correction;
    if (by >= 0 || rng_uniform(&c->rng) < exp(by)) {
        memcpy(a->log_eta, scratch, series->n * sizeof *scratch);
        a->correction = correction;
    } else if (moved) {
        take(c, a, old.x, old.inflated, old.log_prior, old.mixture, old.likelihood);
        ccm_forward(&a->now, series, s->ar, a->inflated ? a->x : NULL);
    }
}

// --- what areas have in common

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
        ccm_prior_make(&p);
        sum += p.log_constant + ccm_t3_log((a->x[CCM_START] - p.start) / scale);
    }
    return sum;
}

static void hypers_turn(struct ccm_chain *c)
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

static void omega_turn(struct ccm_chain *c)
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

// --- the chain

static bool own_series(struct ccm_series *to, const struct ccm_series *from,
                       struct arena *a)
{
    *to = *from;
    to->mean = ARENA_ARRAY(a, double, from->n + 1);
    to->precision = ARENA_ARRAY(a, double, from->n + 1);
    if (!to->mean || !to->precision)
        return false;
    memcpy(to->mean, from->mean, from->n * sizeof *to->mean);
    memcpy(to->precision, from->precision, from->n * sizeof *to->precision);
    return true;
}

static bool area_new(struct ccm_chain *c, size_t area, const double *x,
                     struct arena *arena)
{
    const struct ccm_stage *s = c->stage;
    struct ccm_area_state *a = c->areas + area;
    struct ccm_series *series = c->series + area;
    a->log_eta = ARENA_ARRAY(arena, double, series->n + 1);
    if (!a->log_eta || !ccm_pass_new(&a->now, series->n, arena) ||
        !ccm_pass_new(&a->next, series->n, arena))
        return false;
    memcpy(a->x, x, sizeof a->x);
    a->log_prior = ccm_prior_log(c->priors + area, a->x);
    a->inflated = true;
    c->n_inflated++;
    a->mixture = ccm_mixture_density(s->mixtures + area, a->x);
    a->likelihood = ccm_forward(&a->now, series, s->ar, a->x);
    a->correction = ccm_backward(&a->now, series, s->ar, &c->rng, a->log_eta);
    return true;
}

bool ccm_chain_new(struct ccm_chain *c, const struct ccm_stage *s, uint64_t seed,
                   size_t number, const struct ccm_population *from, struct arena *a)
{
    *c = (struct ccm_chain){.stage = s, .rng = rng_stream(seed, number)};
    c->series = ARENA_ARRAY(a, struct ccm_series, s->n_areas + 1);
    c->priors = ARENA_ARRAY(a, struct ccm_prior, s->n_areas + 1);
    c->areas = ARENA_ARRAY(a, struct ccm_area_state, s->n_areas + 1);
    if (!c->series || !c->priors || !c->areas)
        return false;
    memcpy(c->priors, s->priors, s->n_areas * sizeof *c->priors);
    memcpy(c->omega, s->omega, sizeof c->omega);
    if (s->n_areas) {
        memcpy(c->hypers.of, s->priors[0].of, sizeof c->hypers.of);
        c->hypers.of[CCM_START].sd = s->priors[0].scale;
    }
    for (size_t i = 0; i < s->n_areas; i++)
        if (!own_series(c->series + i, s->series + i, a) ||
            !area_new(c, i, from[i].points[number % CCM_MAX_CHAINS], a))
            return false;
    return true;
}

void ccm_chain_turn(struct ccm_chain *c)
{
    double scratch[CCM_MAX_YEARS + 1];
    for (size_t i = 0; i < c->stage->n_areas; i++)
        area_turn(c, i, scratch);
    if (c->stage->exchangeable)
        hypers_turn(c);
    omega_turn(c);
}

void ccm_chain_keep(struct ccm_chain *c, struct ccm_draw *draws, double *log_eta,
                    double *omega, double *hypers)
{
    const struct ccm_stage *s = c->stage;
    for (size_t i = 0; i < s->n_areas; i++) {
        const struct ccm_area_state *a = c->areas + i;
        const struct ccm_series *series = c->series + i;
        struct ccm_draw *d = draws + i;
        double *row = log_eta + i * s->n_years;
        size_t at = series->n ? (size_t)(series->first - s->first_year) : 0;
        d->baseline = series->baseline;
        d->start = a->x[CCM_START];
        d->height = a->x[CCM_HEIGHT];
        memcpy(d->length, a->x + CCM_LENGTH, sizeof d->length);
        d->inflated = a->inflated;
        memcpy(row + at, a->log_eta, series->n * sizeof *row);
        ccm_extend(row, s->n_years, at, series->n, s->ar, &c->rng);
    }
    memcpy(omega, c->omega, s->n_types * sizeof *omega);
    if (!hypers)
        return;
    *hypers++ = c->hypers.of[CCM_START].sd;
    for (int k = CCM_HEIGHT; k < CCM_WIDTH; k++) {
        *hypers++ = c->hypers.of[k].mean;
        *hypers++ = c->hypers.of[k].sd;
    }
}
