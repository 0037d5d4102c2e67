// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/ccm_study.h"

#include <math.h>
#include <string.h>

enum { MOST_AHEAD = 100 };

struct told { // a task: an area
    struct ccm_study *s;
    enum err *codes;
    struct error *errors;
};

// --- births and data by area and year

static double *row_of_nan(size_t n, struct arena *a)
{
    double *row = ARENA_ARRAY(a, double, n);
    for (size_t i = 0; row && i < n; i++)
        row[i] = NAN;
    return row;
}

static enum err gather_births(struct ccm_study *s, struct arena *a, struct error *e)
{
    const struct ccm_study_input *in = &s->input;
    double **rows = ARENA_ARRAY(a, double *, s->fit.n_areas);
    if (!rows)
        return error_memory(e);
    for (size_t i = 0; i < in->n_births; i++) {
        const struct ccm_births *b = in->births + i;
        int64_t at = (int64_t)b->year - s->fit.first_year;
        if (b->area >= s->fit.n_areas || at < 0 || at >= (int64_t)s->fit.n_years)
            continue;
        if (!rows[b->area] && !(rows[b->area] = row_of_nan(s->fit.n_years, a)))
            return error_memory(e);
        double *to = rows[b->area] + at;
        *to = isnan(*to) ? b->births : *to + b->births;
        s->any_births = true;
    }
    s->births = (const double *const *)rows;
    return ERR_OK;
}

static enum err gather_observed(struct ccm_study *s, struct arena *a, struct error *e)
{
    const struct ccm_data *d = &s->input.data;
    double **means = ARENA_ARRAY(a, double *, s->fit.n_areas);
    double **sds = ARENA_ARRAY(a, double *, s->fit.n_areas);
    if (!means || !sds)
        return error_memory(e);
    for (size_t i = 0; i < s->fit.n_areas; i++) {
        means[i] = row_of_nan(s->fit.n_years, a);
        sds[i] = row_of_nan(s->fit.n_years, a);
        if (!means[i] || !sds[i])
            return error_memory(e);
    }
    for (size_t i = 0; i < d->n_observations; i++) {
        const struct ccm_observation *o = d->observations + i;
        double *mean = means[o->area] + (o->year - s->fit.first_year);
        double *sd = sds[o->area] + (o->year - s->fit.first_year);
        double w = 1 / (o->sd * o->sd), before = isnan(*sd) ? 0 : 1 / (*sd * *sd);
        *mean = ((before > 0 ? before * *mean : 0) + w * o->log_ratio) / (before + w);
        *sd = 1 / sqrt(before + w);
    }
    s->observed = means;
    s->observed_sd = sds;
    return ERR_OK;
}

// --- by area

static enum err tell(struct ccm_study *s, size_t area, struct arena *scratch,
                     struct error *e)
{
    struct ccm_years years;
    enum err code = ccm_summarise(s->areas + area, &s->fit, area, &s->picks,
                                  s->input.level, scratch, e);
    if (!code)
        code = ccm_by_year(&years, &s->fit, area, &s->picks, s->births[area],
                           s->input.begins, s->input.level, scratch, e);
    if (code)
        return code;
    struct ccm_year *kept = s->years[area].of;
    memcpy(kept, years.of, years.n * sizeof *kept);
    s->years[area] = years;
    s->years[area].of = kept;
    return ccm_replicate(s->replicated + area, &s->fit, &s->input.data, area,
                         s->input.settings.seed, scratch, e);
}

static void tell_task(void *argument, size_t area, unsigned thread)
{
    (void)thread;
    struct told *t = argument;
    struct arena scratch;
    arena_init(&scratch, 0);
    t->codes[area] = tell(t->s, area, &scratch, t->errors + area);
    arena_free(&scratch);
}

static enum err tell_all(struct ccm_study *s, struct pool *pool, struct arena *a,
                         struct error *e)
{
    size_t n = s->fit.n_areas;
    struct told t = {s, ARENA_ARRAY(a, enum err, n), ARENA_ARRAY(a, struct error, n)};
    s->areas = ARENA_ARRAY(a, struct ccm_area_summary, n);
    s->years = ARENA_ARRAY(a, struct ccm_years, n);
    s->replicated = ARENA_ARRAY(a, struct ccm_replicated, n);
    if (!t.codes || !t.errors || !s->areas || !s->years || !s->replicated)
        return error_memory(e);
    for (size_t i = 0; i < n; i++)
        if (!(s->years[i].of = ARENA_ARRAY(a, struct ccm_year, s->fit.n_years)))
            return error_memory(e);
    pool_run(pool, n, tell_task, &t);
    for (size_t i = 0; i < n; i++) {
        if (t.codes[i]) {
            *e = t.errors[i];
            return t.codes[i];
        }
        s->worst_r_hat = fmax(s->worst_r_hat, s->areas[i].worst_r_hat);
        s->least_ess = fmin(s->least_ess, s->areas[i].least_ess);
    }
    return ERR_OK;
}

// --- what is common

static enum err tell_common(struct ccm_study *s, struct arena *a, struct error *e)
{
    const struct ccm_fit *f = &s->fit;
    size_t n = f->n_hypers + f->n_types, draws = f->n_chains * f->n_draws;
    double *x = ARENA_ARRAY(a, double, draws), *picked = ARENA_ARRAY(a, double, draws);
    s->common = ARENA_ARRAY(a, struct ccm_range, n + 1);
    s->common_diagnosis = ARENA_ARRAY(a, struct diagnosis, n + 1);
    if (!x || !picked || !s->common || !s->common_diagnosis)
        return error_memory(e);
    for (size_t k = 0; k < n; k++) {
        struct arena scratch;
        for (size_t i = 0; i < draws; i++)
            x[i] = k < f->n_hypers ? f->hypers[i * f->n_hypers + k]
                                   : f->omega[i * f->n_types + k - f->n_hypers];
        for (size_t i = 0; i < s->picks.n; i++)
            picked[i] = x[s->picks.of[i]];
        s->common[k] = ccm_range_of(picked, s->picks.n, s->input.level);
        arena_init(&scratch, 0);
        bool good =
            diagnose(x, f->n_chains, f->n_draws, s->common_diagnosis + k, &scratch);
        arena_free(&scratch);
        if (!good)
            return error_memory(e);
        const struct diagnosis *d = s->common_diagnosis + k;
        s->worst_r_hat = fmax(s->worst_r_hat, d->r_hat);
        s->least_ess = fmin(s->least_ess, fmin(d->ess_bulk, d->ess_tail));
    }
    return ERR_OK;
}

static enum err validate(struct ccm_study *s, struct pool *pool, struct arena *a,
                         struct error *e)
{
    const struct ccm_study_input *in = &s->input;
    bool *out = ARENA_ARRAY(a, bool, in->data.n_observations);
    if (!out)
        return error_memory(e);
    s->validated_from = in->leave_from;
    if (in->leave == CCM_LEAVE_LAST)
        s->validated_from = ccm_leave_last(out, &in->data, in->leave_share);
    else if (in->leave == CCM_LEAVE_RANDOM)
        ccm_leave_random(out, &in->data, in->leave_share, in->settings.seed);
    else
        for (size_t i = 0; i < in->data.n_observations; i++)
            out[i] = in->data.observations[i].year >= in->leave_from;
    return ccm_validate(&s->validation, &in->data, &in->model, &in->settings, out, pool,
                        a, e);
}

// Years of the fit: those of births too, and some ahead.
static void widen(struct ccm_study_input *in)
{
    int32_t last = INT32_MIN;
    for (size_t i = 0; i < in->data.n_observations; i++)
        last =
            in->data.observations[i].year > last ? in->data.observations[i].year : last;
    if (last == INT32_MIN || last > 100000)
        return; // ccm_fit says what is wrong
    if (in->settings.last_year == INT32_MIN) {
        int32_t until = last + in->years_ahead;
        for (size_t i = 0; i < in->n_births; i++)
            if (in->births[i].year > until && in->births[i].year - last < MOST_AHEAD)
                until = in->births[i].year;
        in->settings.last_year = until;
    }
    if (isnan(in->begins))
        in->begins = last + 1;
}

enum err ccm_study_make(struct ccm_study *out, const struct ccm_study_input *input,
                        struct pool *pool, struct arena *a, struct error *e)
{
    *out = (struct ccm_study){.input = *input, .worst_r_hat = NAN, .least_ess = NAN};
    struct ccm_study_input *in = &out->input;
    widen(in);
    enum err code = ccm_fit(&out->fit, &in->data, &in->model, &in->settings, pool, a, e);
    if (!code)
        code = ccm_leave_one_out(&out->loo, &out->fit, &in->data, pool, a, e);
    if (!code)
        code = gather_births(out, a, e);
    if (!code)
        code = gather_observed(out, a, e);
    if (!code)
        code = ccm_pick(&out->picks, &out->fit, NULL, a, e);
    if (!code)
        code = tell_all(out, pool, a, e);
    if (!code)
        code = tell_common(out, a, e);
    out->stacked = out->worst_r_hat > CCM_R_HAT_STACKED && out->fit.n_chains > 1;
    if (!code && out->stacked) { // the same once more with weights of chains
        code = ccm_pick(&out->picks, &out->fit, out->loo.weights, a, e);
        if (!code)
            code = tell_all(out, pool, a, e);
        if (!code)
            code = tell_common(out, a, e);
    }
    if (!code && out->any_births)
        code = ccm_missing_in_all(&out->missing_in_all, &out->fit, &out->picks,
                                  out->births, in->level, a, e);
    if (!code && in->leave != CCM_LEAVE_NONE)
        code = validate(out, pool, a, e);
    return code;
}
