// SPDX-License-Identifier: AGPL-3.0-or-later
// Stage two as tasks of a pool: mixtures by area, warm-up, chains.
#include "stats/ccm_private.h"

#include <math.h>
#include <string.h>

enum { PARTS = 5, STREAM_OF_AREAS = 1 << 20 };

struct ccm_run {
    struct ccm_stage *stage;
    struct ccm_fit *out;
    const struct ccm_settings *settings;
    struct ccm_population *populations;
    struct ccm_chain *chains;
    struct ccm_pass *passes; // by area, for the mixtures
    double *past,
        *past_weight; // warm-up: [area][chain][turn] transitions, 1 where inflated
    size_t n_past;
    enum err *codes; // by area
    struct error *errors;
};

static const double GOOD_SHARE = 0.2; // effective share of a mixture as proposal

// --- mixtures

struct of_area {
    const struct ccm_stage *stage;
    const struct ccm_series *series;
    const struct ccm_prior *prior;
    struct ccm_pass *pass;
};

static double log_target(void *argument, const double *x)
{
    struct of_area *o = argument;
    double prior = ccm_prior_log(o->prior, x);
    return isfinite(prior) ? prior + ccm_forward(o->pass, o->series, o->stage->ar, x)
                           : -INFINITY;
}

static void from_source(void *argument, struct rng *r, double *x)
{
    struct of_area *o = argument;
    ccm_start_source_draw(o->prior, r, x);
}

static double log_source(void *argument, const double *x)
{
    struct of_area *o = argument;
    return ccm_prior_log(o->prior, x) +
           log(ccm_start_source_density(o->prior, x[CCM_START]));
}

// How often to propose inflation: about as often as it is so.
static double chance_of(double log_bayes_factor)
{
    double p = 1 / (1 + exp(-log_bayes_factor));
    return fmin(fmax(p, 0.02), 0.995);
}

static void populate(void *argument, size_t area, unsigned thread)
{
    (void)thread;
    struct ccm_run *run = argument;
    struct ccm_stage *s = run->stage;
    struct ccm_population *p = run->populations + area;
    struct rng r = rng_stream(run->settings->seed, STREAM_OF_AREAS + area);
    struct of_area o = {s, s->series + area, s->priors + area, run->passes + area};
    struct ccm_problem problem = {CCM_WIDTH, log_target, from_source, log_source, &o};
    run->codes[area] = ccm_populate(p, &problem, PARTS, &r, run->errors + area);
    double without = ccm_forward(o.pass, o.series, s->ar, NULL);
    s->mixtures[area] = p->mixture;
    s->chance[area] = s->always ? 1 : chance_of(p->log_evidence - without);
    run->out->log_evidence[s->numbers[area]] = p->log_evidence - without;
    run->out->pareto_k[s->numbers[area]] = p->pareto_k;
}

// Mixtures again, from where the chains have been: the priors move with the hypers.
static void refit(void *argument, size_t area, unsigned thread)
{
    (void)thread;
    struct ccm_run *run = argument;
    struct ccm_stage *s = run->stage;
    size_t n = run->n_past, inflated = 0;
    const double *points = run->past + area * n * CCM_WIDTH;
    double *weights = run->past_weight + area * n;
    for (size_t i = 0; i < n; i++)
        inflated += weights[i] > 0;
    if (!s->always)
        s->chance[area] = fmin(fmax((double)inflated / (double)n, 0.05), 0.98);
    if (inflated < 200)
        return;
    for (size_t i = 0; i < n; i++)
        weights[i] /= (double)inflated;
    struct rng r = rng_stream(run->settings->seed, 2 * STREAM_OF_AREAS + area);
    struct ccm_mixture m;
    struct arena scratch;
    arena_init(&scratch, 0);
    if (ccm_mixture_fit(&m, CCM_WIDTH, PARTS, points, weights, n, &r, &scratch))
        s->mixtures[area] = m;
    arena_free(&scratch);
}

// --- chains

static void warm_up(void *argument, size_t chain, unsigned thread)
{
    (void)thread;
    struct ccm_run *run = argument;
    struct ccm_chain *c = run->chains + chain;
    size_t turns = run->settings->n_warm_up;
    for (size_t i = 0; i < turns; i++) {
        ccm_chain_turn(c);
        if (!run->past || i < turns / 3)
            continue;
        size_t kept = turns - turns / 3, at = chain * kept + i - turns / 3;
        for (size_t k = 0; k < c->stage->n_areas; k++) {
            memcpy(run->past + (k * run->n_past + at) * CCM_WIDTH, c->areas[k].x,
                   sizeof c->areas[k].x);
            run->past_weight[k * run->n_past + at] = c->areas[k].inflated;
        }
    }
}

// The mixture of an area changed: its density at the state too.
static void after_refit(struct ccm_chain *c)
{
    for (size_t i = 0; i < c->stage->n_areas; i++)
        c->areas[i].mixture = ccm_mixture_density(c->stage->mixtures + i, c->areas[i].x);
}

static void sample(void *argument, size_t chain, unsigned thread)
{
    (void)thread;
    struct ccm_run *run = argument;
    struct ccm_chain *c = run->chains + chain;
    struct ccm_fit *out = run->out;
    size_t n_areas = c->stage->n_areas;
    if (run->past) {
        after_refit(c);
        for (size_t i = 0; i < run->settings->n_warm_up / 3; i++)
            ccm_chain_turn(c);
    }
    for (size_t i = 0; i < n_areas; i++)
        c->areas[i].proposed = c->areas[i].accepted = 0;
    for (size_t draw = 0; draw < out->n_draws; draw++) {
        for (size_t i = 0; i < run->settings->thin; i++)
            ccm_chain_turn(c);
        ccm_chain_keep(c, out, chain * out->n_draws + draw);
    }
}

static bool room(struct ccm_run *run, struct arena *a)
{
    struct ccm_stage *s = run->stage;
    struct ccm_fit *out = run->out;
    size_t n = s->n_areas;
    double *log_odds = ARENA_ARRAY(a, double, n + 1);
    run->populations = ARENA_ARRAY(a, struct ccm_population, n);
    run->chains = ARENA_ARRAY(a, struct ccm_chain, out->n_chains);
    run->passes = ARENA_ARRAY(a, struct ccm_pass, n);
    run->codes = ARENA_ARRAY(a, enum err, n);
    run->errors = ARENA_ARRAY(a, struct error, n);
    s->mixtures = ARENA_ARRAY(a, struct ccm_mixture, n);
    s->chance = ARENA_ARRAY(a, double, n);
    if (!log_odds || !run->populations || !run->chains || !run->passes || !run->codes ||
        !run->errors || !s->mixtures || !s->chance)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!ccm_pass_new(run->passes + i, s->series[i].n, a))
            return false;
    ccm_exchangeable_odds(n, log_odds);
    s->log_odds = log_odds;
    return true;
}

// Proposals that do not look at the state are enough where the mixtures are good and the
// priors stay as they are. Else transitions also walk, and the mixtures are fitted again
// to where the chains have been.
static bool prepare(struct ccm_run *run, struct arena *a)
{
    struct ccm_stage *s = run->stage;
    bool learns = s->exchangeable;
    for (size_t k = 0; k < s->n_types; k++)
        learns = learns || s->unknown[k];
    for (size_t i = 0; i < s->n_areas; i++)
        learns = learns || run->populations[i].effective < GOOD_SHARE;
    size_t turns = run->settings->n_warm_up;
    s->leaps = 1;
    s->walks = learns ? 6 : 0;
    if (!learns || turns < 300)
        return true;
    run->n_past = run->out->n_chains * (turns - turns / 3);
    run->past = ARENA_ARRAY(a, double, s->n_areas * run->n_past * CCM_WIDTH);
    run->past_weight = ARENA_ARRAY(a, double, s->n_areas * run->n_past);
    return run->past && run->past_weight;
}

enum err ccm_stage_run(struct ccm_stage *s, struct ccm_fit *out,
                       const struct ccm_settings *settings, struct pool *pool,
                       struct arena *a, struct error *e)
{
    struct ccm_run run = {.stage = s, .out = out, .settings = settings};
    if (!room(&run, a))
        return error_memory(e);
    pool_run(pool, s->n_areas, populate, &run);
    for (size_t i = 0; i < s->n_areas; i++)
        if (run.codes[i]) {
            *e = run.errors[i];
            return run.codes[i];
        }
    if (!prepare(&run, a))
        return error_memory(e);
    for (size_t c = 0; c < out->n_chains; c++)
        if (!ccm_chain_new(run.chains + c, s, settings->seed, c, run.populations, a))
            return error_memory(e);
    pool_run(pool, out->n_chains, warm_up, &run);
    if (run.past)
        pool_run(pool, s->n_areas, refit, &run);
    pool_run(pool, out->n_chains, sample, &run);
    for (size_t i = 0; i < s->n_areas; i++) {
        uint64_t proposed = 0, accepted = 0;
        for (size_t c = 0; c < out->n_chains; c++) {
            proposed += run.chains[c].areas[i].proposed;
            accepted += run.chains[c].areas[i].accepted;
        }
        out->acceptance[s->numbers[i]] = (double)accepted / (double)proposed;
    }
    return ERR_OK;
}
