// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/ccm.h"
#include "stats/ccm_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- models of the papers

struct ccm_model ccm_model_viet_nam(void)
{
    return (struct ccm_model){.form = CCM_REGIONAL,
                              .baseline = 1.063,
                              .rho = 0.9,
                              .sigma = 0.004,
                              .start = 2001,
                              .start_scale = 1,
                              .earliest = -INFINITY,
                              .height = {0.07, 0.007},
                              .length = {{10.1, 1}, {7.7, 0.8}, {16.1, 1.6}},
                              .n_types = 1};
}

struct ccm_model ccm_model_nepal(void)
{
    struct ccm_model m = ccm_model_viet_nam();
    m.baseline = 1.049;
    m.start = NAN;
    m.height = (struct ccm_normal){0.06, 0.006};
    m.length[0] = (struct ccm_normal){11.9, 1.19};
    m.length[1] = (struct ccm_normal){7.6, 0.76};
    m.length[2] = (struct ccm_normal){16.2, 1.62};
    return m;
}

struct ccm_model ccm_model_india(void)
{
    return (struct ccm_model){.form = CCM_LEVEL,
                              .baseline = 1.053,
                              .rho = NAN,
                              .sigma = NAN,
                              .start = NAN,
                              .earliest = -INFINITY,
                              .n_types = 1};
}

struct ccm_model ccm_model_national(void)
{
    return (struct ccm_model){.form = CCM_NATIONAL,
                              .baseline = NAN,
                              .rho = NAN,
                              .sigma = NAN,
                              .start = NAN,
                              .start_scale = NAN,
                              .earliest = 1970,
                              .n_types = 1};
}

struct ccm_settings ccm_settings_default(void)
{
    return (struct ccm_settings){.n_chains = 4,
                                 .n_draws = 2000,
                                 .n_warm_up = 1000,
                                 .thin = 1,
                                 .seed = 1,
                                 .first_year = INT32_MAX,
                                 .last_year = INT32_MIN};
}

// --- what is asked

static enum err wrong(struct error *e, const char *key, const char *what, size_t i,
                      const char *text, const char *cure)
{
    char where[64];
    snprintf(where, sizeof where, "%s %zu", what, i + 1);
    error_set(e, ERR_INPUT, key, where, "%s", text);
    return error_cure(e, "%s", cure);
}

static enum err check_observations(const struct ccm_data *d, const struct ccm_model *m,
                                   struct error *e)
{
    if (!d->n_areas || !d->n_observations) {
        error_set(e, ERR_INPUT, "ccm.empty", NULL, "There are no observations.");
        return error_cure(
            e, "Give one row for each area, year and source: the ratio and its "
               "sampling error.");
    }
    for (size_t i = 0; i < d->n_observations; i++) {
        const struct ccm_observation *o = d->observations + i;
        if (o->area >= d->n_areas || o->type >= m->n_types)
            return wrong(e, "ccm.index", "observation", i,
                         "The number of its area or source type is not below theirs.",
                         "Number areas and types from 0.");
        if (!isfinite(o->log_ratio))
            return wrong(e, "ccm.ratio", "observation", i,
                         "The ratio has no logarithm: it must be above 0.",
                         "Leave a year without boys or without girls out, or join it to "
                         "the next.");
        if (!(o->sd > 0) || !isfinite(o->sd))
            return wrong(e, "ccm.sd", "observation", i,
                         "The sampling error of the log ratio must be above 0.",
                         "From counts it is sqrt(1 / boys + 1 / girls).");
        if (o->year < -100000 || o->year > 100000)
            return wrong(e, "ccm.year", "observation", i, "This is no year.",
                         "Write years as 2014.");
    }
    return ERR_OK;
}

static bool good_normal(struct ccm_normal n)
{
    return isfinite(n.mean) && n.sd > 0 && isfinite(n.sd);
}

static enum err wrong_model(struct error *e, const char *text, const char *cure)
{
    error_set(e, ERR_USAGE, "ccm.model", NULL, "%s", text);
    return error_cure(e, "%s", cure);
}

static enum err check_model(const struct ccm_model *m, struct error *e)
{
    if (!m->n_types || m->n_types > CCM_MAX_TYPES)
        return wrong_model(e, "There must be 1 to 8 source types.", "Join types.");
    for (size_t k = 0; k < m->n_types; k++)
        if (m->omega[k] < 0 || m->omega[k] > 10)
            return wrong_model(e, "The error of a source type is out of range.",
                               "Give 0 to 10, on the log scale, or NaN for unknown.");
    if (m->form == CCM_REGIONAL || !isnan(m->rho) || !isnan(m->sigma))
        if (!(m->rho >= 0) || !(m->rho < 1) || !(m->sigma > 0) || !(m->sigma < 1))
            return wrong_model(e, "rho must be in [0, 1) and sigma above 0.",
                               "The papers take .9 and .004.");
    if (m->form != CCM_REGIONAL)
        return ERR_OK;
    bool good = good_normal(m->height) && m->start_scale > 0 && isfinite(m->start_scale);
    for (int k = 0; k < CCM_LENGTHS; k++)
        good = good && good_normal(m->length[k]) && m->length[k].mean > 0;
    if (!good || !(m->height.mean > 0))
        return wrong_model(e,
                           "Height, lengths and start need a mean above 0 and a "
                           "deviation above 0.",
                           "Begin from ccm_model_viet_nam().");
    return ERR_OK;
}

static enum err check_areas(const struct ccm_data *d, const struct ccm_model *m,
                            struct error *e)
{
    for (size_t i = 0; i < d->n_areas; i++) {
        const struct ccm_area *a = d->areas + i;
        double baseline = isnan(a->baseline) ? m->baseline : a->baseline;
        double start = isnan(a->start) ? m->start : a->start;
        bool national = m->form == CCM_NATIONAL;
        if (national && a->group >= d->n_groups)
            return wrong(e, "ccm.group", "area", i,
                         "The number of its group is not below theirs.",
                         "Number groups from 0.");
        if (!national && !(baseline > 0 && baseline < 10))
            return wrong(e, "ccm.baseline", "area", i,
                         "The ratio without inflation (baseline) must be given, about "
                         "1.03 to 1.07.",
                         "Take that of its region, 1.063 in East and South-East Asia.");
        bool inflated =
            m->form == CCM_REGIONAL || (national && a->at_risk_from < INT32_MAX);
        if (inflated && !isfinite(start))
            return wrong(e, "ccm.start", "area", i,
                         "The year about which its start is looked for must be given.",
                         "Take the year in which fertility fell to 2.9.");
    }
    return ERR_OK;
}

static enum err check_settings(const struct ccm_settings *s, struct error *e)
{
    if (!s->n_chains || s->n_chains > CCM_MAX_CHAINS || s->n_draws < 4 || !s->thin)
        return wrong_model(e, "1 to 64 chains of at least 4 draws, thin at least 1.",
                           "Leave the settings as they are by default.");
    return ERR_OK;
}

// --- areas by year

static int by_year(const void *a, const void *b)
{
    const struct ccm_observation *p = *(const struct ccm_observation *const *)a;
    const struct ccm_observation *q = *(const struct ccm_observation *const *)b;
    if (p->year != q->year)
        return p->year < q->year ? -1 : 1;
    return (p > q) - (p < q);
}

enum err ccm_series_make(struct ccm_series *s, const struct ccm_data *d, uint32_t area,
                         int32_t before, double baseline, struct arena *a,
                         struct error *e)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n_observations; i++)
        n += d->observations[i].area == area && d->observations[i].year < before;
    *s = (struct ccm_series){
        .n_observations = n, .baseline = baseline, .log_baseline = log(baseline)};
    s->observations = ARENA_ARRAY(a, const struct ccm_observation *, n + 1);
    if (!s->observations)
        return error_memory(e);
    n = 0;
    for (size_t i = 0; i < d->n_observations; i++)
        if (d->observations[i].area == area && d->observations[i].year < before)
            s->observations[n++] = d->observations + i;
    qsort(s->observations, n, sizeof *s->observations, by_year);
    if (n) {
        s->first = s->observations[0]->year;
        s->n = (size_t)(s->observations[n - 1]->year - s->first) + 1;
    }
    if (s->n > CCM_MAX_YEARS)
        return wrong(e, "ccm.span", "area", area, "Its years are more than 400 apart.",
                     "Look for a mistyped year.");
    s->mean = ARENA_ARRAY(a, double, s->n + 1);
    s->precision = ARENA_ARRAY(a, double, s->n + 1);
    return s->mean && s->precision ? ERR_OK : error_memory(e);
}

// Years of the draws: those asked for and those of the data.
static enum err span(struct ccm_fit *out, const struct ccm_data *d,
                     const struct ccm_settings *s, struct error *e)
{
    int64_t first = s->first_year, last = s->last_year;
    out->last_data_year = INT32_MIN;
    for (size_t i = 0; i < d->n_observations; i++) {
        int32_t year = d->observations[i].year;
        first = year < first ? year : first;
        last = year > last ? year : last;
        out->last_data_year = year > out->last_data_year ? year : out->last_data_year;
    }
    if (last - first >= CCM_MAX_YEARS) {
        error_set(e, ERR_LIMIT, "ccm.span", NULL, "Years %lld to %lld are more than %d.",
                  (long long)first, (long long)last, CCM_MAX_YEARS);
        return error_cure(e, "Look for a mistyped year, or ask for fewer years ahead.");
    }
    out->first_year = (int32_t)first;
    out->n_years = (size_t)(last - first) + 1;
    return ERR_OK;
}

static enum err room_for_draws(struct ccm_fit *out, struct arena *a, struct error *e)
{
    size_t n = out->n_chains * out->n_draws, cells, values;
    if (!size_mul(n, out->n_areas, &cells) || !size_mul(cells, out->n_years, &values) ||
        values > SIZE_MAX / 64)
        return error_memory(e);
    out->draws = ARENA_ARRAY(a, struct ccm_draw, cells);
    out->log_eta = ARENA_ARRAY(a, double, values);
    out->omega = ARENA_ARRAY(a, double, n * out->n_types);
    out->acceptance = ARENA_ARRAY(a, double, 3 * out->n_areas);
    if (!out->draws || !out->log_eta || !out->omega || !out->acceptance) {
        error_memory(e);
        return error_cure(e, "Keep fewer draws, or one of every few (thin).");
    }
    out->pareto_k = out->acceptance + out->n_areas;
    out->log_evidence = out->pareto_k + out->n_areas;
    for (size_t i = 0; i < 3 * out->n_areas; i++)
        out->acceptance[i] = NAN;
    return ERR_OK;
}

enum err ccm_fit(struct ccm_fit *out, const struct ccm_data *data,
                 const struct ccm_model *model, const struct ccm_settings *settings,
                 struct pool *pool, struct arena *a, struct error *e)
{
    enum err code = check_settings(settings, e);
    if (!code)
        code = check_model(model, e);
    if (!code)
        code = check_observations(data, model, e);
    if (!code)
        code = check_areas(data, model, e);
    *out = (struct ccm_fit){.form = model->form,
                            .n_chains = settings->n_chains,
                            .n_draws = settings->n_draws,
                            .n_areas = data->n_areas,
                            .n_types = model->n_types};
    if (!code)
        code = span(out, data, settings, e);
    if (!code)
        code = room_for_draws(out, a, e);
    return code ? code : ccm_form_run(out, data, model, settings, pool, a, e);
}

// --- reading draws

static size_t place(const struct ccm_fit *fit, size_t chain, size_t draw, size_t area)
{
    return (chain * fit->n_draws + draw) * fit->n_areas + area;
}

const struct ccm_draw *ccm_draw_of(const struct ccm_fit *fit, size_t chain, size_t draw,
                                   size_t area)
{
    return fit->draws + place(fit, chain, draw, area);
}

const double *ccm_log_eta_of(const struct ccm_fit *fit, size_t chain, size_t draw,
                             size_t area)
{
    return fit->log_eta + place(fit, chain, draw, area) * fit->n_years;
}

double ccm_inflation(const struct ccm_draw *draw, double year)
{
    double x[CCM_WIDTH] = {draw->start, draw->height};
    memcpy(x + CCM_LENGTH, draw->length, sizeof draw->length);
    return ccm_inflation_at(x, year);
}

double ccm_ratio(const struct ccm_fit *fit, size_t chain, size_t draw, size_t area,
                 int32_t year)
{
    const struct ccm_draw *d = ccm_draw_of(fit, chain, draw, area);
    double x = ccm_log_eta_of(fit, chain, draw, area)[year - fit->first_year];
    return d->baseline * exp(x) + (d->inflated ? ccm_inflation(d, year) : 0);
}
