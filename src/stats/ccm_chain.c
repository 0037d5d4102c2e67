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
                         bool inflated, double start, double log_prior, double mixture,
                         double likelihood)
{
    double chance = c->stage->chance[area];
    if (!inflated)
        return likelihood - log1p(-chance);
    double source = exp(log_prior) * ccm_start_source_density(c->priors + area, start);
    double proposal = CCM_KEPT_SOURCE * source + (1 - CCM_KEPT_SOURCE) * mixture;
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
    else if (inflated)
        ccm_start_source_draw(c->priors + area, &c->rng, x);
    else
        ccm_prior_draw(c->priors + area, &c->rng, x);
    double log_prior = ccm_prior_log(c->priors + area, x);
    a->proposed++;
    if (!isfinite(log_prior))
        return false;
    double mixture = ccm_mixture_density(m, x), log_odds = log_odds_of(c, a);
    double likelihood =
        ccm_forward(&a->next, c->series + area, s->ar, inflated ? x : NULL);
    double to = importance(c, area, log_odds, inflated, x[CCM_START], log_prior, mixture,
                           likelihood);
    double from = importance(c, area, log_odds, a->inflated, a->x[CCM_START],
                             a->log_prior, a->mixture, a->likelihood);
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

// --- the chain

static bool area_new(struct ccm_chain *c, size_t area, const double *x,
                     struct arena *arena)
{
    const struct ccm_stage *s = c->stage;
    struct ccm_area_state *a = c->areas + area;
    struct ccm_series *series = c->series + area;
    a->log_eta = ARENA_ARRAY(arena, double, series->n + 1);
    a->spare = ARENA_ARRAY(arena, double, series->n + 1);
    if (!a->log_eta || !a->spare || !ccm_pass_new(&a->now, series->n, arena) ||
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
    c->before = ARENA_ARRAY(a, struct ccm_area_state, s->n_areas + 1);
    if (!c->series || !c->priors || !c->areas || !c->before)
        return false;
    memcpy(c->priors, s->priors, s->n_areas * sizeof *c->priors);
    memcpy(c->omega, s->omega, sizeof c->omega);
    if (s->n_areas) {
        memcpy(c->hypers.of, s->priors[0].of, sizeof c->hypers.of);
        c->hypers.of[CCM_START].sd = s->priors[0].scale;
    }
    for (size_t i = 0; i < s->n_areas; i++)
        if (!ccm_series_copy(c->series + i, s->series + i, a) ||
            !area_new(c, i, from[i].points[number % CCM_MAX_CHAINS], a))
            return false;
    return true;
}

void ccm_chain_turn(struct ccm_chain *c)
{
    double scratch[CCM_MAX_YEARS + 1];
    for (size_t i = 0; i < c->stage->n_areas; i++)
        area_turn(c, i, scratch);
    if (c->stage->exchangeable) {
        ccm_common_shift(c);
        ccm_common_turn(c);
    }
    ccm_omega_turn(c);
}

void ccm_chain_keep(struct ccm_chain *c, struct ccm_fit *out, size_t at)
{
    const struct ccm_stage *s = c->stage;
    for (size_t i = 0; i < s->n_areas; i++) {
        const struct ccm_area_state *a = c->areas + i;
        const struct ccm_series *series = c->series + i;
        size_t cell = at * out->n_areas + s->numbers[i];
        struct ccm_draw *d = out->draws + cell;
        double *row = out->log_eta + cell * out->n_years;
        size_t from = series->n ? (size_t)(series->first - out->first_year) : 0;
        d->baseline = series->baseline;
        d->start = a->x[CCM_START];
        d->height = a->x[CCM_HEIGHT];
        memcpy(d->length, a->x + CCM_LENGTH, sizeof d->length);
        d->inflated = a->inflated;
        memcpy(row + from, a->log_eta, series->n * sizeof *row);
        ccm_extend(row, out->n_years, from, series->n, s->ar, &c->rng);
    }
    for (size_t k = 0; k < s->n_types; k++)
        if (s->unknown[k] || out->form == CCM_REGIONAL)
            out->omega[at * out->n_types + k] = c->omega[k];
    if (!s->exchangeable)
        return;
    double *hypers = out->hypers + at * out->n_hypers + CCM_LEVEL_PARAMETERS;
    *hypers++ = c->hypers.of[CCM_START].sd;
    for (int k = CCM_HEIGHT; k < CCM_WIDTH; k++) {
        *hypers++ = c->hypers.of[k].mean;
        *hypers++ = c->hypers.of[k].sd;
    }
}
