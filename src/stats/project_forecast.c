// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/project_forecast.h"

#include <math.h>
#include <string.h>

#include "stats/migration_age.h"
#include "stats/project_survival.h"

enum { USUAL_TRAJECTORIES = 1000 };

const double project_probabilities[PROJECT_QUANTILES] = {.025, .1, .5, .9, .975};

// ---- errors ----

void project_forecast_errors(struct project_error out[PROJECT_SERIES])
{
    memset(out, 0, PROJECT_SERIES * sizeof *out);
    out[PROJECT_TFR] = (struct project_error){
        .sd = .090, .rho = .893, .low = .5, .high = 9, .by_level = true};
    out[PROJECT_E0] = (struct project_error){.sd = .83, .rho = .982, .by_level = true};
    out[PROJECT_GAP] = (struct project_error){.sd = .71, .rho = .9};
    out[PROJECT_BOYS] =
        (struct project_error){.sd = .01, .rho = .8, .low = .95, .high = 1.4};
}

void project_forecast_times(enum project_series series, const double *target,
                            size_t steps, double *times)
{
    enum { LONG_LIFE = 80 };
    const double some = .05, replacement = 2.1;
    double lowest = INFINITY; // of what is still to come
    for (size_t t = steps; t-- > 0;) {
        lowest = fmin(lowest, target[t]);
        double fall = fmax(target[t] - lowest, target[t] - replacement) / some;
        times[t] = series == PROJECT_TFR  ? 1 + fmin(fmax(fall, 0), 1)
                   : series == PROJECT_E0 ? 1 + .05 * fmax(LONG_LIFE - target[t], 0)
                                          : 1;
    }
}

struct project_error project_error_of_width(const struct project_error *five,
                                            int32_t width)
{
    struct project_error out = *five;
    double steps = 5.0 / width, variance = 0;
    out.rho = pow(five->rho, 1 / steps);
    for (int i = 0; i < (int)steps; i++)
        variance = out.rho * out.rho * variance + 1;
    if (variance > 0)
        out.sd = five->sd / sqrt(variance);
    return out;
}

// ---- the area ----

struct making {
    struct arena *a;
    const struct project_input *in;
    const struct project_forecast_choice *choice;
    struct project_forecast *out;
    struct project_survival survival[PROJECT_SEXES];
    struct project_batch_area area;
    struct project_drawn_area drawn;
    double *given[PROJECT_SERIES]; // after the scenario's changes
    struct project_measure *measures;
    size_t n_measures, first_age, first_cohort, first_need;
};

static double *numbers(struct making *m, size_t n)
{
    return ARENA_ARRAY(m->a, double, n + 1);
}

// Targets of the series: what the input has.
static enum err set_targets(struct making *m, struct error *e)
{
    const struct project_shape *s = &m->in->shape;
    double *pattern = numbers(m, s->steps * s->ages);
    for (int i = 0; i < PROJECT_SERIES; i++)
        if (!(m->out->target[i] = numbers(m, s->steps)))
            return error_memory(e);
    if (!pattern)
        return error_memory(e);
    for (size_t t = 0; t < s->steps; t++) {
        const double *f = m->in->fertility + t * s->ages;
        double tfr = 0, e0[PROJECT_SEXES];
        for (size_t a = 0; a < s->ages; a++)
            tfr += f[a] * s->width;
        for (size_t a = 0; a < s->ages; a++)
            pattern[t * s->ages + a] = tfr > 0 ? f[a] * s->width / tfr : 0;
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            e0[sex] = project_survival_expectancy(
                m->in->survival[sex] + t * (s->ages + 1), s->width, s->ages);
        m->out->target[PROJECT_TFR][t] = tfr;
        m->out->target[PROJECT_E0][t] = e0[PROJECT_FEMALE];
        m->out->target[PROJECT_GAP][t] = e0[PROJECT_FEMALE] - e0[PROJECT_MALE];
        m->out->target[PROJECT_BOYS][t] = m->in->boys[t];
    }
    m->area.fertility = pattern;
    for (int i = 0; i < PROJECT_SERIES; i++) { // a scenario changes no error
        double *times = m->out->error[i].by_level ? numbers(m, s->steps) : NULL;
        if (m->out->error[i].by_level && !times)
            return error_memory(e);
        if (times)
            project_forecast_times((enum project_series)i, m->out->target[i], s->steps,
                                   times);
        m->drawn.times[i] = times;
    }
    return project_changes_apply(m->choice->changes,
                                 m->choice->scenario.n ? m->choice->n_changes : 0,
                                 m->choice->scenario, s, m->out->target, e);
}

// Trajectories that are given, each with the changes of the scenario.
static enum err set_given(struct making *m, struct error *e)
{
    const struct project_shape *s = &m->in->shape;
    size_t n = m->out->trajectories;
    double *path[PROJECT_SERIES];
    bool any = false;
    for (int i = 0; i < PROJECT_SERIES; i++) {
        m->out->given[i] = m->choice->given[i] != NULL;
        any |= m->out->given[i];
        path[i] = numbers(m, s->steps);
        if (!path[i] || (m->out->given[i] && !(m->given[i] = numbers(m, s->steps * n))))
            return error_memory(e);
    }
    for (size_t k = 0; any && k < n; k++) {
        for (int i = 0; i < PROJECT_SERIES; i++)
            for (size_t t = 0; t < s->steps && m->given[i]; t++)
                path[i][t] = m->choice->given[i][t * n + k];
        enum err code = project_changes_apply(
            m->choice->changes, m->choice->scenario.n ? m->choice->n_changes : 0,
            m->choice->scenario, s, path, e);
        if (code)
            return code;
        for (int i = 0; i < PROJECT_SERIES; i++)
            for (size_t t = 0; t < s->steps && m->given[i]; t++)
                m->given[i][t * n + k] = path[i][t];
    }
    return ERR_OK;
}

// Life expectancies of a sex that are given; men's gap may be drawn about women's.
static void widen(const struct making *m, int sex, double *low, double *high)
{
    size_t n = m->out->trajectories * m->in->shape.steps;
    const double *women = m->given[PROJECT_E0], *gap = m->given[PROJECT_GAP];
    for (size_t i = 0; women && i < n; i++) {
        double e0 = women[i] - (sex == PROJECT_MALE && gap ? gap[i] : 0);
        *low = fmin(*low, e0);
        *high = fmax(*high, e0);
    }
}

// Survival by life expectancy, as far as targets and their errors go. Without errors the
// rows are the steps' own, so that nothing is rounded.
static enum err set_survival(struct making *m, struct error *e)
{
    const struct project_shape *s = &m->in->shape;
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        double low = INFINITY, high = 0;
        for (size_t t = 0; t < s->steps; t++) {
            const double *times = m->drawn.times[PROJECT_E0];
            double e0 = m->out->target[PROJECT_E0][t], wide = 0, most = 1;
            for (size_t k = 0; times && k <= t; k++)
                most = fmax(most, times[k]);
            e0 -= sex == PROJECT_MALE ? m->out->target[PROJECT_GAP][t] : 0;
            wide += most * project_error_sd(&m->out->error[PROJECT_E0], t);
            wide += sex == PROJECT_MALE ? project_error_sd(&m->out->error[PROJECT_GAP], t)
                                        : 0;
            low = fmin(low, e0 - 5 * wide);
            high = fmax(high, e0 + 5 * wide);
        }
        widen(m, sex, &low, &high);
        struct project_survival_grid grid = {fmax(low - .1, 15), fmin(high + .1, 118),
                                             .02, s->width, s->ages};
        enum err code = project_survival_from_ratios(m->a, m->in->survival[sex], s->steps,
                                                     &grid, &m->survival[sex], e);
        if (code)
            return code;
        m->area.survival[sex] = &m->survival[sex];
    }
    return ERR_OK;
}

// Drawn migrants by the standard of Rogers and Castro, beside those given.
static enum err set_migration(struct making *m, struct error *e)
{
    const struct project_shape *s = &m->in->shape;
    bool changed =
        m->out->error[PROJECT_NET].sd > 0 || m->out->error[PROJECT_NET].start > 0;
    for (size_t t = 0; t < s->steps; t++)
        changed = changed || m->out->target[PROJECT_NET][t] != 0;
    for (size_t i = 0; m->given[PROJECT_NET] && i < s->steps * m->out->trajectories; i++)
        changed = changed || m->given[PROJECT_NET][i] != 0;
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        m->area.population[sex] = m->in->population[sex];
        m->area.apart[sex] = m->in->apart[sex];
        m->area.moving[sex] = m->in->migration[sex];
    }
    if (!changed)
        return ERR_OK;
    double *const pattern[PROJECT_SEXES] = {numbers(m, s->ages), numbers(m, s->ages)};
    if (!pattern[0] || !pattern[1])
        return error_memory(e);
    const struct migration_age_pattern *usual =
        migration_age_standard("rogers-castro", e);
    enum err code = usual ? migration_age_spread(usual, 1, s->width, s->ages, pattern, e)
                          : ERR_INTERNAL;
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        m->area.migration[sex] = pattern[sex];
    return code;
}

// ---- measures ----

static struct project_measure people_between(struct making *m, int32_t from, int32_t to,
                                             bool women, bool men)
{
    const struct project_shape *s = &m->in->shape;
    struct project_measure out = {.scale = 1};
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        double *weights = numbers(m, s->ages);
        if (weights && (sex == PROJECT_FEMALE ? women : men))
            project_age_weights(s->width, s->ages, from, to, 1, weights);
        out.people[sex] = weights;
    }
    return out;
}

static void ratio_of(struct project_measure *m, size_t per)
{
    m->ratio = true;
    m->per = per;
    m->scale = 100;
}

// Behind the figures: the parts that ratios are over, the ages of each sex, the needs.
// From EVERYBODY to the births of FIRST_AGE + 2 ages stand the counts of
// project_together.h.
enum { GIRLS = PROJECT_FIGURES, BRIDES, EVERYBODY, DEAD, FIRST_AGE };

static void set_figures(struct making *m)
{
    double year = 1.0 / m->in->shape.width;
    struct project_measure *f = m->measures;
    f[PROJECT_ALL] = people_between(m, 0, -1, true, true);
    f[PROJECT_WOMEN] = people_between(m, 0, -1, true, false);
    f[PROJECT_MEN] = people_between(m, 0, -1, false, true);
    f[PROJECT_YOUNG] = people_between(m, 0, 14, true, true);
    f[PROJECT_WORKING] = people_between(m, 15, 64, true, true);
    f[PROJECT_OLD] = f[PROJECT_OLD_SHARE] = people_between(m, 65, -1, true, true);
    f[PROJECT_OLDEST] = people_between(m, 80, -1, true, true);
    f[PROJECT_DEPENDENT] = people_between(m, 0, 14, true, true);
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        double *w = numbers(m, m->in->shape.ages);
        if (w && f[PROJECT_YOUNG].people[sex] && f[PROJECT_OLD].people[sex])
            for (size_t a = 0; a < m->in->shape.ages; a++)
                w[a] = f[PROJECT_YOUNG].people[sex][a] + f[PROJECT_OLD].people[sex][a];
        f[PROJECT_DEPENDENT].people[sex] = w;
    }
    ratio_of(&f[PROJECT_DEPENDENT], PROJECT_WORKING);
    ratio_of(&f[PROJECT_OLD_SHARE], PROJECT_ALL);
    f[PROJECT_BORN].births[0] = f[PROJECT_BORN].births[1] = year;
    f[PROJECT_DIED].deaths = year;
    f[PROJECT_BOYS_BORN].births[PROJECT_MALE] = 1;
    ratio_of(&f[PROJECT_BOYS_BORN], GIRLS);
    f[PROJECT_MISSING].births[PROJECT_MALE] = 1 / m->out->reference;
    f[PROJECT_MISSING].births[PROJECT_FEMALE] = -1;
    f[PROJECT_SUITORS] = people_between(m, 25, 34, false, true);
    ratio_of(&f[PROJECT_SUITORS], BRIDES);
    f[GIRLS].births[PROJECT_FEMALE] = 1;
    f[BRIDES] = people_between(m, 23, 32, true, false);
    f[EVERYBODY] = people_between(m, 0, -1, true, true);
    f[DEAD].deaths = 1;
}

static enum err set_measures(struct making *m, struct error *e)
{
    const struct project_shape *s = &m->in->shape;
    struct project_forecast *out = m->out;
    out->needs = m->choice->needs;
    size_t rows = m->choice->n_needs, needs = 0;
    if (!out->needs)
        out->needs = project_needs_standard(&rows);
    struct project_measure *needed =
        project_needs_measures(m->a, s, out->needs, rows, &out->need, &needs);
    m->first_age = FIRST_AGE;
    m->first_cohort = FIRST_AGE + 2 * s->ages;
    m->first_need = m->first_cohort + PROJECT_COHORT_MEASURED;
    m->n_measures = m->first_need + needs;
    m->measures = ARENA_ARRAY(m->a, struct project_measure, m->n_measures);
    if (!needed || !m->measures)
        return error_memory(e);
    out->n_needs = needs;
    set_figures(m);
    for (size_t i = 0; i < 2 * s->ages; i++) {
        double *weights = numbers(m, s->ages);
        if (!weights)
            return error_memory(e);
        weights[i % s->ages] = 1;
        m->measures[m->first_age + i].people[i / s->ages] = weights;
    }
    if (!project_cohort_measures(m->a, s, &out->marriage, out->reference, m->first_cohort,
                                 m->measures + m->first_cohort))
        return error_memory(e);
    memcpy(m->measures + m->first_need, needed, needs * sizeof *needed);
    for (int i = 0; i < FIRST_AGE; i++)
        for (int sex = 0; sex < PROJECT_SEXES; sex++) {
            bool flow = i == PROJECT_BORN || i == PROJECT_DIED ||
                        i == PROJECT_BOYS_BORN || i == PROJECT_MISSING || i == GIRLS ||
                        i == DEAD;
            if (!flow && !m->measures[i].people[sex])
                return error_memory(e);
        }
    return ERR_OK;
}

// ---- answers ----

// Places of the batch's quantiles as the forecast's arrays.
static enum err take_quantiles(struct making *m, double *q, struct error *e)
{
    struct project_forecast *out = m->out;
    size_t row = out->moments * PROJECT_QUANTILES, ages = out->shape.ages;
    for (int i = 0; i < PROJECT_FIGURES; i++) {
        out->figure[i] = q + (size_t)i * row;
        bool flow = i == PROJECT_BORN || i == PROJECT_DIED || i == PROJECT_BOYS_BORN ||
                    i == PROJECT_MISSING;
        for (size_t k = 0; flow && k < PROJECT_QUANTILES; k++)
            out->figure[i][k] = NAN;
    }
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        out->people[sex] = numbers(m, ages * row);
        if (!out->people[sex])
            return error_memory(e);
        for (size_t a = 0; a < ages; a++) {
            const double *from = q + (m->first_age + (size_t)sex * ages + a) * row;
            for (size_t t = 0; t < out->moments; t++)
                memcpy(out->people[sex] + (t * ages + a) * PROJECT_QUANTILES,
                       from + t * PROJECT_QUANTILES, PROJECT_QUANTILES * sizeof *from);
        }
    }
    for (int i = 0; i < PROJECT_COHORT_MEASURED; i++) {
        out->cohort[i] = q + (m->first_cohort + (size_t)i) * row;
        for (size_t k = 0; i < PROJECT_COHORT_MEN && k < PROJECT_QUANTILES; k++)
            out->cohort[i][k] = NAN;
    }
    out->needed = ARENA_ARRAY(m->a, double *, out->n_needs + 1);
    if (!out->needed)
        return error_memory(e);
    for (size_t i = 0; i < out->n_needs; i++) {
        out->needed[i] = q + (m->first_need + i) * row;
        const struct project_measure *of = &m->measures[m->first_need + i];
        for (size_t k = 0; of->births[0] > 0 && k < PROJECT_QUANTILES; k++)
            out->needed[i][k] = NAN; // births before the start are not known here
    }
    return ERR_OK;
}

// Couples of every trajectory, from its people by age.
static enum err make_couples(struct making *m, struct pool *pool, const double *value,
                             struct error *e)
{
    struct project_forecast *out = m->out;
    struct marriage_model *model = ARENA_NEW(m->a, struct marriage_model);
    size_t per_sex = out->shape.ages * out->moments * out->trajectories;
    const double *first = value + m->first_age * out->moments * out->trajectories;
    const double *const people[PROJECT_SEXES] = {first, first + per_sex};
    if (!model)
        return error_memory(e);
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        int i =
            sex == PROJECT_MALE ? PROJECT_COHORT_SINGLE_MEN : PROJECT_COHORT_SINGLE_WOMEN;
        out->cohort[i] = numbers(m, out->moments * PROJECT_QUANTILES);
        if (!out->cohort[i])
            return error_memory(e);
    }
    double *const single[PROJECT_SEXES] = {out->cohort[PROJECT_COHORT_SINGLE_WOMEN],
                                           out->cohort[PROJECT_COHORT_SINGLE_MEN]};
    enum err code = marriage_model_make(model, &out->marriage, out->rule, e);
    return code ? code
                : project_cohort_marry(pool, &out->shape, model, out->trajectories,
                                       people, project_probabilities, PROJECT_QUANTILES,
                                       single, e);
}

// Room for every trajectory's measures.
static enum err keep_values(const struct making *m, double **out, struct error *e)
{
    size_t n, most = (size_t)2 << 30;
    if (!size_mul(m->n_measures * m->out->moments, m->out->trajectories, &n) ||
        n > most / sizeof **out) {
        error_set(e, ERR_LIMIT, "forecast.values", NULL,
                  "%zu trajectories of %zu moments are too many to be kept together",
                  m->out->trajectories, m->out->moments);
        return error_cure(e, "Draw fewer trajectories (1,000 are enough for intervals).");
    }
    *out = mem_alloc(n, sizeof **out);
    return *out ? ERR_OK : error_memory(e);
}

// What is wanted beside quantiles, from every trajectory's values.
static enum err use_values(struct making *m, struct pool *pool, double *value, double *q,
                           struct error *e)
{
    const struct project_forecast_choice *choice = m->choice;
    size_t trajectories = m->out->trajectories, n = m->out->moments * trajectories;
    size_t cells = project_together_cells(&m->out->shape);
    double *counts = value + EVERYBODY * n;
    for (size_t i = 0; choice->add_to && i < cells * n; i++)
        choice->add_to[i] += counts[i];
    if (choice->add_to)
        return ERR_OK;
    if (choice->whole) {
        project_together_rake(counts, cells, n, choice->whole, choice->sum);
        project_together_measure(m->measures, m->n_measures, EVERYBODY, &m->out->shape, n,
                                 value);
    }
    if (choice->keep)
        memcpy(choice->keep, counts, cells * n * sizeof *counts);
    enum err code = choice->couples ? make_couples(m, pool, value, e) : ERR_OK;
    // quantiles move values about: last
    for (size_t i = 0; choice->whole && i < m->n_measures * m->out->moments; i++)
        project_quantiles(value + i * trajectories, trajectories, project_probabilities,
                          PROJECT_QUANTILES, q + i * PROJECT_QUANTILES);
    return code;
}

static enum err run(struct making *m, struct pool *pool, struct error *e)
{
    struct project_forecast *out = m->out;
    size_t n = m->n_measures * out->moments * PROJECT_QUANTILES;
    double *q = numbers(m, n), *value = NULL;
    uint32_t negative = 0;
    for (int s = 0; s < PROJECT_SERIES; s++) {
        m->drawn.target[s] = out->target[s];
        m->drawn.error[s] = out->error[s];
        m->drawn.given[s] = m->given[s];
    }
    struct project_draws draws = {.steps = out->shape.steps,
                                  .trajectories = out->trajectories,
                                  .areas = 1,
                                  .area = &m->drawn,
                                  .seed = m->choice->seed};
    struct project_batch batch = {.shape = out->shape,
                                  .timing = m->in->timing,
                                  .mothers = m->in->mothers,
                                  .areas = 1,
                                  .trajectories = out->trajectories,
                                  .area = &m->area,
                                  .draw = project_draw,
                                  .context = &draws,
                                  .measure = m->measures,
                                  .measures = m->n_measures,
                                  .probability = project_probabilities,
                                  .probabilities = PROJECT_QUANTILES};
    struct project_batch_result result = {.quantile = q, .negative = &negative};
    if (!q)
        return error_memory(e);
    const struct project_forecast_choice *choice = m->choice;
    bool kept = choice->couples || choice->add_to || choice->whole || choice->keep;
    enum err code = kept ? keep_values(m, &value, e) : ERR_OK;
    result.value = value;
    if (choice->whole || choice->add_to)
        result.quantile = NULL;
    if (!code)
        code = project_draw_begin(m->a, &draws, e);
    if (!code)
        code = project_batch_run(pool, &batch, &result, e);
    out->negative = (double)negative / (double)out->trajectories;
    if (!code && value)
        code = use_values(m, pool, value, q, e);
    if (!code && !choice->add_to)
        code = take_quantiles(m, q, e);
    mem_free(value);
    return code;
}

enum err project_forecast_make(struct arena *a, struct pool *pool,
                               const struct project_input *in,
                               const struct project_forecast_choice *choice,
                               struct project_forecast **out, struct error *e)
{
    struct making m = {.a = a, .in = in, .choice = choice};
    enum err code = project_check(in, e);
    if (code)
        return code;
    m.out = *out = ARENA_NEW(a, struct project_forecast);
    if (!m.out)
        return error_memory(e);
    m.out->shape = in->shape;
    m.out->moments = in->shape.steps + 1;
    m.out->trajectories = choice->certain        ? 1
                          : choice->trajectories ? choice->trajectories
                                                 : USUAL_TRAJECTORIES;
    m.out->scenario = choice->scenario;
    m.out->reference = choice->reference > 0 ? choice->reference : 1.06;
    m.out->marriage =
        choice->marriage.mean[0] > 0 ? choice->marriage : marriage_schedule_usual();
    m.out->rule = choice->rule;
    for (int s = 0; s < PROJECT_SERIES && !choice->certain; s++)
        m.out->error[s] = project_error_of_width(&choice->error[s], in->shape.width);
    code = set_targets(&m, e);
    if (!code)
        code = set_given(&m, e);
    if (!code)
        code = set_survival(&m, e);
    if (!code)
        code = set_migration(&m, e);
    if (!code)
        code = set_measures(&m, e);
    return code ? code : run(&m, pool, e);
}

const double *project_forecast_cohort(const struct project_forecast *f, int64_t born,
                                      enum project_cohort_figure figure)
{
    int64_t at = born + project_cohort_age(figure) / f->shape.width;
    if (at < 0 || at >= (int64_t)f->moments || !f->cohort[figure])
        return NULL;
    const double *q = f->cohort[figure] + at * PROJECT_QUANTILES;
    return isnan(q[PROJECT_QUANTILES / 2]) ? NULL : q;
}
