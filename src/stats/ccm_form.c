// SPDX-License-Identifier: AGPL-3.0-or-later
// From the data to the stages of each form.
#include "stats/ccm_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const NAMES[CCM_LEVEL_PARAMETERS + CCM_HYPERS] = {
    "rho",          "sigma",      "level_sd",     "start_sd",
    "height_mean",  "height_sd",  "length1_mean", "length1_sd",
    "length2_mean", "length2_sd", "length3_mean", "length3_sd"};

struct source { // what a form is made from
    const struct ccm_data *data;
    const struct ccm_model *model;
    const struct ccm_settings *settings;
    struct pool *pool;
    struct arena *a;
};

static double or_model(double of_area, double of_model)
{
    return isnan(of_area) ? of_model : of_area;
}

static enum err room_for_hypers(struct ccm_fit *out, size_t n, size_t n_groups,
                                struct arena *a, struct error *e)
{
    size_t draws = out->n_chains * out->n_draws;
    out->n_hypers = n;
    out->hyper_names = NAMES;
    out->n_groups = n_groups;
    out->hypers = ARENA_ARRAY(a, double, n *draws);
    out->group_levels = ARENA_ARRAY(a, double, n_groups *draws);
    if (!out->hypers || !out->group_levels)
        return error_memory(e);
    for (size_t i = 0; i < n * draws; i++)
        out->hypers[i] = NAN;
    return ERR_OK;
}

static enum err new_stage(struct ccm_stage *s, size_t n_areas, const struct source *f,
                          struct ccm_series **series, struct ccm_prior **priors,
                          uint32_t **numbers, struct error *e)
{
    *series = ARENA_ARRAY(f->a, struct ccm_series, n_areas + 1);
    *priors = ARENA_ARRAY(f->a, struct ccm_prior, n_areas + 1);
    *numbers = ARENA_ARRAY(f->a, uint32_t, n_areas + 1);
    if (!*series || !*priors || !*numbers)
        return error_memory(e);
    *s = (struct ccm_stage){.n_areas = n_areas,
                            .n_types = f->model->n_types,
                            .series = *series,
                            .priors = *priors,
                            .numbers = *numbers,
                            .always = f->model->always};
    for (size_t k = 0; k < s->n_types; k++) {
        s->unknown[k] = isnan(f->model->omega[k]);
        s->omega[k] = s->unknown[k] ? 0.02 : f->model->omega[k];
    }
    return ERR_OK;
}

// Starts that leave the data untouched.
static void beyond(struct ccm_prior *p, const struct ccm_series *s)
{
    p->late = INFINITY;
    p->early = -INFINITY;
    if (s->n) {
        p->late = s->first + (double)s->n - 1;
        p->early = s->first - p->of[CCM_LENGTH].mean - p->of[CCM_LENGTH + 1].mean -
                   p->of[CCM_LENGTH + 2].mean;
    }
}

static enum err regional(struct ccm_fit *out, const struct source *f, struct error *e)
{
    const struct ccm_model *m = f->model;
    struct ccm_series *series;
    struct ccm_prior *priors;
    struct ccm_stage stage;
    uint32_t *numbers;
    enum err code = new_stage(&stage, f->data->n_areas, f, &series, &priors, &numbers, e);
    if (!code)
        code = room_for_hypers(out, 0, 0, f->a, e);
    if (code)
        return code;
    stage.ar = (struct ccm_ar1){m->rho, m->sigma};
    for (uint32_t i = 0; i < stage.n_areas; i++) {
        const struct ccm_area *area = f->data->areas + i;
        code = ccm_series_make(series + i, f->data, i, INT32_MAX,
                               or_model(area->baseline, m->baseline), f->a, e);
        if (code)
            return code;
        ccm_series_weigh(series + i, stage.omega);
        numbers[i] = i;
        priors[i].start = or_model(area->start, m->start);
        priors[i].scale = m->start_scale;
        priors[i].earliest = or_model(area->earliest, m->earliest);
        priors[i].of[CCM_HEIGHT] = m->height;
        memcpy(priors[i].of + CCM_LENGTH, m->length, sizeof m->length);
        beyond(priors + i, series + i);
        ccm_prior_make(priors + i);
    }
    return ccm_stage_run(&stage, out, f->settings, f->pool, f->a, e);
}

// National: observations that may not be inflated. Else all of them.
static enum err levels(struct ccm_fit *out, const struct source *f, struct error *e)
{
    const struct ccm_model *m = f->model;
    bool national = m->form == CCM_NATIONAL;
    size_t n = f->data->n_areas, n_seen = 0;
    struct ccm_series *series = ARENA_ARRAY(f->a, struct ccm_series, n);
    uint32_t *groups = ARENA_ARRAY(f->a, uint32_t, n);
    if (!series || !groups)
        return error_memory(e);
    struct ccm_levels l = {.n_areas = n,
                           .n_groups = national ? f->data->n_groups : 1,
                           .n_types = m->n_types,
                           .series = series,
                           .groups = groups,
                           .heavy = !national,
                           .given = {m->rho, m->sigma, NAN}};
    for (uint32_t i = 0; i < n; i++) {
        const struct ccm_area *area = f->data->areas + i;
        double baseline = national ? 1 : or_model(area->baseline, m->baseline);
        enum err code =
            ccm_series_make(series + i, f->data, i,
                            national ? area->at_risk_from : INT32_MAX, baseline, f->a, e);
        if (code)
            return code;
        groups[i] = national ? area->group : 0;
        n_seen += series[i].n_observations;
    }
    if (!n_seen) {
        error_set(e, ERR_INPUT, "ccm.reference", NULL,
                  "No observation is from an area or time without risk, so the level and "
                  "rho and sigma cannot be learned.");
        return error_cure(e, "Add areas without risk or years before it, or give the "
                             "baseline of each area and rho and sigma (.9 and .004).");
    }
    for (size_t k = 0; k < CCM_LEVEL_PARAMETERS + m->n_types; k++) {
        if (k >= CCM_LEVEL_PARAMETERS)
            l.given[k] = m->omega[k - CCM_LEVEL_PARAMETERS];
        if (isnan(l.given[k])) {
            l.unknown[l.n_unknown++] = k;
            l.given[k] = 0.02;
        }
    }
    return ccm_levels_run(&l, out, f->settings, f->pool, f->a, e);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Median over all draws of every step-th value.
static double median_of(const double *values, size_t n, size_t step, double *scratch)
{
    for (size_t i = 0; i < n; i++)
        scratch[i] = values[i * step];
    qsort(scratch, n, sizeof *scratch, ascending);
    return n % 2 ? scratch[n / 2] : (scratch[n / 2 - 1] + scratch[n / 2]) / 2;
}

// Priors of stage two begin at the middle of what the papers found.
static void begin_prior(struct ccm_prior *p, const struct ccm_area *area,
                        const struct ccm_model *m, const struct ccm_series *s)
{
    p->start = or_model(area->start, m->start);
    p->scale = 5;
    p->earliest = or_model(area->earliest, m->earliest);
    p->of[CCM_HEIGHT] = (struct ccm_normal){0.07, 0.04};
    p->of[CCM_LENGTH] = (struct ccm_normal){10, 5};
    p->of[CCM_LENGTH + 1] = (struct ccm_normal){8, 5};
    p->of[CCM_LENGTH + 2] = (struct ccm_normal){16, 7};
    beyond(p, s);
    ccm_prior_make(p);
}

static enum err stage_two(struct ccm_fit *out, const struct source *f, double *scratch,
                          struct error *e)
{
    const struct ccm_data *d = f->data;
    const struct ccm_model *m = f->model;
    size_t n = out->n_chains * out->n_draws, n_at_risk = 0, seen[CCM_MAX_TYPES] = {0};
    for (size_t i = 0; i < d->n_areas; i++)
        n_at_risk += d->areas[i].at_risk_from < INT32_MAX;
    for (size_t i = 0; i < d->n_observations; i++) {
        const struct ccm_observation *o = d->observations + i;
        seen[o->type] += o->year < d->areas[o->area].at_risk_from;
    }
    struct ccm_series *series;
    struct ccm_prior *priors;
    struct ccm_stage stage;
    uint32_t *numbers;
    enum err code = new_stage(&stage, n_at_risk, f, &series, &priors, &numbers, e);
    if (code || !n_at_risk)
        return code;
    stage.exchangeable = true;
    stage.ar.rho =
        isnan(m->rho) ? median_of(out->hypers, n, out->n_hypers, scratch) : m->rho;
    stage.ar.sigma = isnan(m->sigma)
                         ? median_of(out->hypers + 1, n, out->n_hypers, scratch)
                         : m->sigma;
    for (size_t k = 0; k < m->n_types; k++)
        if (stage.unknown[k] && seen[k]) { // learned where there is no risk
            stage.omega[k] = median_of(out->omega + k, n, m->n_types, scratch);
            stage.unknown[k] = false;
        }
    size_t at = 0;
    for (uint32_t i = 0; i < d->n_areas; i++) {
        const struct ccm_area *area = d->areas + i;
        if (area->at_risk_from == INT32_MAX)
            continue;
        double baseline = area->baseline;
        if (isnan(baseline))
            baseline =
                median_of(&out->draws[i].baseline, n,
                          d->n_areas * sizeof *out->draws / sizeof(double), scratch);
        code = ccm_series_make(series + at, d, i, INT32_MAX, baseline, f->a, e);
        if (code)
            return code;
        ccm_series_weigh(series + at, stage.omega);
        begin_prior(priors + at, area, m, series + at);
        numbers[at++] = i;
    }
    return ccm_stage_run(&stage, out, f->settings, f->pool, f->a, e);
}

// Stage one is left out where everything it would give is given.
static bool needs_levels(const struct source *f)
{
    bool needs = isnan(f->model->rho) || isnan(f->model->sigma);
    for (size_t i = 0; i < f->data->n_areas; i++) {
        const struct ccm_area *a = f->data->areas + i;
        needs = needs || a->at_risk_from == INT32_MAX || isnan(a->baseline);
    }
    return needs;
}

static enum err national(struct ccm_fit *out, const struct source *f, struct error *e)
{
    size_t n = out->n_chains * out->n_draws;
    double *scratch = ARENA_ARRAY(f->a, double, n);
    enum err code = room_for_hypers(out, CCM_LEVEL_PARAMETERS + CCM_HYPERS,
                                    f->data->n_groups, f->a, e);
    if (code || !scratch)
        return code ? code : error_memory(e);
    if (needs_levels(f))
        code = levels(out, f, e);
    return code ? code : stage_two(out, f, scratch, e);
}

static enum err level(struct ccm_fit *out, const struct source *f, struct error *e)
{
    enum err code = room_for_hypers(out, CCM_LEVEL_PARAMETERS, 1, f->a, e);
    return code ? code : levels(out, f, e);
}

enum err ccm_form_run(struct ccm_fit *out, const struct ccm_data *data,
                      const struct ccm_model *model, const struct ccm_settings *settings,
                      struct pool *pool, struct arena *a, struct error *e)
{
    struct source f = {data, model, settings, pool, a};
    if (model->form == CCM_REGIONAL)
        return regional(out, &f, e);
    return model->form == CCM_NATIONAL ? national(out, &f, e) : level(out, &f, e);
}
