// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/ccm_summary.h"

#include <math.h>
#include <string.h>

const char *const ccm_scenario_names[CCM_SCENARIOS] = {"as_modelled", "without",
                                                       "constant", "begins"};

enum { FEWEST_INFLATED = 50 };
static const struct ccm_range nothing = {__builtin_nan(""), __builtin_nan(""),
                                         __builtin_nan("")};

// --- quantiles

// Puts the k-th smallest in its place, smaller ones before it (Hoare's find, as Wirth has
// it).
static double nth(double *x, size_t n, size_t k)
{
    ptrdiff_t low = 0, high = (ptrdiff_t)n - 1, at = (ptrdiff_t)k;
    while (low < high) {
        double cut = x[at];
        ptrdiff_t i = low, j = high;
        while (i <= j) {
            while (x[i] < cut)
                i++;
            while (cut < x[j])
                j--;
            if (i > j)
                break;
            double swap = x[i];
            x[i++] = x[j];
            x[j--] = swap;
        }
        if (j < at)
            low = i;
        if (at < i)
            high = j;
    }
    return x[k];
}

static double quantile(double *x, size_t n, double p)
{
    double place = p * (double)(n - 1);
    size_t k = (size_t)place;
    double below = nth(x, n, k), above = below;
    if (k + 1 < n && place > (double)k) {
        above = INFINITY;
        for (size_t i = k + 1; i < n; i++)
            above = fmin(above, x[i]);
    }
    return below + (place - (double)k) * (above - below);
}

struct ccm_range ccm_range_of(double *x, size_t n, double level)
{
    if (!n)
        return nothing;
    for (size_t i = 0; i < n; i++)
        if (isnan(x[i]))
            return nothing;
    double tail = (1 - level) / 2;
    struct ccm_range r;
    r.low = quantile(x, n, tail);
    r.middle = quantile(x, n, 0.5);
    r.high = quantile(x, n, 1 - tail);
    return r;
}

// --- draws that count

enum err ccm_pick(struct ccm_picks *out, const struct ccm_fit *fit, const double *weights,
                  struct arena *a, struct error *e)
{
    size_t n = fit->n_chains * fit->n_draws;
    *out = (struct ccm_picks){ARENA_ARRAY(a, uint32_t, n), 0};
    if (!out->of)
        return error_memory(e);
    if (!weights) {
        for (size_t i = 0; i < n; i++)
            out->of[out->n++] = (uint32_t)i;
        return ERR_OK;
    }
    double sum = 0;
    for (size_t c = 0; c < fit->n_chains; c++) {
        size_t from = out->n;
        sum += weights[c];
        size_t to = (size_t)fmin(floor(sum * (double)n + 0.5), (double)n);
        for (size_t i = from; i < to;
             i++) // every draw as often as any other, or once more
            out->of[out->n++] =
                (uint32_t)(c * fit->n_draws +
                           (i - from) * fit->n_draws / (to - from) % fit->n_draws);
    }
    return ERR_OK;
}

// --- a draw

static const struct ccm_draw *draw_at(const struct ccm_fit *fit, size_t pick, size_t area)
{
    return fit->draws + pick * fit->n_areas + area;
}

static double reference(const struct ccm_fit *fit, size_t pick, size_t area, int32_t year)
{
    const double *log_eta = fit->log_eta + (pick * fit->n_areas + area) * fit->n_years;
    return draw_at(fit, pick, area)->baseline * exp(log_eta[year - fit->first_year]);
}

static double inflation(const struct ccm_fit *fit, const struct ccm_draw *d, int32_t year,
                        enum ccm_scenario scenario, double begins)
{
    bool ahead = year > fit->last_data_year;
    if (scenario == CCM_BEGINS && ahead && !d->inflated) {
        struct ccm_draw later = *d;
        later.start = begins;
        return ccm_inflation(&later, year); // NaN where the fit has no transitions
    }
    if (!d->inflated || (ahead && scenario == CCM_WITHOUT))
        return 0;
    return ccm_inflation(d,
                         ahead && scenario == CCM_CONSTANT ? fit->last_data_year : year);
}

double ccm_scenario_ratio(const struct ccm_fit *fit, size_t pick, size_t area,
                          int32_t year, enum ccm_scenario scenario, double begins)
{
    return reference(fit, pick, area, year) +
           inflation(fit, draw_at(fit, pick, area), year, scenario, begins);
}

static double missing(double births, double reference_ratio, double extra)
{
    return births / (1 + reference_ratio + extra) * (extra / reference_ratio);
}

// --- an area

struct columns { // of the inflated draws
    double *of[8];
};

enum { START, TOP, FALL, END, HEIGHT, LENGTH0, LENGTH1, LENGTH2 };

static void read_inflated(struct columns *c, size_t *n, const struct ccm_fit *fit,
                          size_t area, const struct ccm_picks *picks)
{
    *n = 0;
    for (size_t i = 0; i < picks->n; i++) {
        const struct ccm_draw *d = draw_at(fit, picks->of[i], area);
        if (!d->inflated)
            continue;
        c->of[START][*n] = d->start;
        c->of[TOP][*n] = d->start + d->length[0];
        c->of[FALL][*n] = d->start + d->length[0] + d->length[1];
        c->of[END][*n] = d->start + d->length[0] + d->length[1] + d->length[2];
        c->of[HEIGHT][*n] = d->height;
        for (int k = 0; k < CCM_LENGTHS; k++)
            c->of[LENGTH0 + k][*n] = d->length[k];
        ++*n;
    }
}

static struct ccm_range ratio_in(const struct ccm_fit *fit, size_t area,
                                 const struct ccm_picks *picks, int32_t year,
                                 double level, double *x)
{
    for (size_t i = 0; i < picks->n; i++)
        x[i] = ccm_scenario_ratio(fit, picks->of[i], area, year, CCM_AS_MODELLED, 0);
    return ccm_range_of(x, picks->n, level);
}

static void find_peak(struct ccm_area_summary *s, const struct ccm_fit *fit, size_t area,
                      const struct ccm_picks *picks, double level, double *x)
{
    double most = -INFINITY;
    s->peak = s->at_start = nothing;
    for (int32_t year = fit->first_year; year <= fit->last_data_year; year++) {
        struct ccm_range r = ratio_in(fit, area, picks, year, level, x);
        if (r.middle > most) {
            most = r.middle;
            s->peak = r;
            s->peak_year = year;
        }
    }
    int64_t at =
        isnan(s->start.middle) ? INT32_MIN : (int64_t)floor(s->start.middle + 0.5);
    if (at >= fit->first_year && at < fit->first_year + (int64_t)fit->n_years)
        s->at_start = ratio_in(fit, area, picks, (int32_t)at, level, x);
}

// Only what is in all draws: the transition is in the model also where delta is 0.
static bool diagnose_area(struct ccm_area_summary *s, const struct ccm_fit *fit,
                          size_t area, double *x)
{
    size_t n = fit->n_chains * fit->n_draws;
    bool transitions = !isnan(draw_at(fit, 0, area)->start);
    s->worst_r_hat = s->least_ess = NAN;
    int n_years = (int)((fit->n_years + 4) / 5);
    for (int k = transitions ? 0 : 6; k < 6 + n_years; k++) {
        struct arena mine;
        struct diagnosis d;
        for (size_t i = 0; i < n; i++) {
            const struct ccm_draw *p = draw_at(fit, i, area);
            x[i] = k == 0   ? p->start
                   : k == 1 ? p->height
                   : k < 5  ? p->length[k - 2]
                   : k == 5
                       ? p->inflated
                       : ccm_scenario_ratio(fit, i, area, fit->first_year + 5 * (k - 6),
                                            CCM_AS_MODELLED, 0);
        }
        arena_init(&mine, 0);
        bool good = diagnose(x, fit->n_chains, fit->n_draws, &d, &mine);
        arena_free(&mine);
        if (!good)
            return false;
        s->worst_r_hat = fmax(s->worst_r_hat, d.r_hat); // fmax and fmin pass over NaN
        s->least_ess = fmin(s->least_ess, fmin(d.ess_bulk, d.ess_tail));
    }
    return true;
}

enum err ccm_summarise(struct ccm_area_summary *out, const struct ccm_fit *fit,
                       size_t area, const struct ccm_picks *picks, double level,
                       struct arena *scratch, struct error *e)
{
    struct columns c;
    size_t n, all = fit->n_chains * fit->n_draws;
    double *x = ARENA_ARRAY(scratch, double, all);
    *out = (struct ccm_area_summary){.acceptance = fit->acceptance[area],
                                     .pareto_k = fit->pareto_k[area],
                                     .log_evidence = fit->log_evidence[area]};
    for (int k = 0; k < 8; k++)
        if (!(c.of[k] = ARENA_ARRAY(scratch, double, picks->n)))
            return error_memory(e);
    if (!x)
        return error_memory(e);
    read_inflated(&c, &n, fit, area, picks);
    out->n_inflated = n;
    out->probability = (double)n / (double)picks->n;
    out->strong = out->probability >= 0.95;
    if (isnan(draw_at(fit, 0, area)->start))
        out->probability = NAN; // no such question was asked
    struct ccm_range *ranges[8] = {&out->start,     &out->top,      &out->fall,
                                   &out->end,       &out->height,   &out->length[0],
                                   &out->length[1], &out->length[2]};
    for (int k = 0; k < 8; k++)
        *ranges[k] = ccm_range_of(c.of[k], n < FEWEST_INFLATED ? 0 : n, level);
    for (size_t i = 0; i < picks->n; i++)
        x[i] = draw_at(fit, picks->of[i], area)->baseline;
    out->baseline = ccm_range_of(x, picks->n, level);
    find_peak(out, fit, area, picks, level, x);
    return diagnose_area(out, fit, area, x) ? ERR_OK : error_memory(e);
}

// --- by year

struct yearly {
    const struct ccm_fit *fit;
    const struct ccm_picks *picks;
    size_t area;
    const double *births;
    double begins, level;
    double *x, *girls, *sum, *ahead[CCM_SCENARIOS]; // one for each pick
};

static void one_year(struct ccm_year *out, int32_t year, struct yearly *y)
{
    size_t n = y->picks->n;
    double births = y->births ? y->births[year - y->fit->first_year] : NAN;
    bool ahead = year > y->fit->last_data_year;
    *out = (struct ccm_year){.year = year, .ahead = ahead};
    for (size_t i = 0; i < n; i++)
        y->x[i] = inflation(y->fit, draw_at(y->fit, y->picks->of[i], y->area), year,
                            CCM_AS_MODELLED, 0);
    out->inflation = ccm_range_of(y->x, n, y->level);
    for (int k = 0; k < CCM_SCENARIOS; k++) {
        if (!ahead && k) {
            out->scenario[k] = out->scenario[0];
            out->missing_in[k] = out->missing_in[0];
            continue;
        }
        for (size_t i = 0; i < n; i++) {
            size_t pick = y->picks->of[i];
            double extra = inflation(y->fit, draw_at(y->fit, pick, y->area), year,
                                     (enum ccm_scenario)k, y->begins);
            double without = reference(y->fit, pick, y->area, year);
            y->x[i] = without + extra;
            y->girls[i] = missing(births, without, extra);
            if (!isnan(births))
                (ahead ? y->ahead[k] : y->sum)[i] += y->girls[i];
        }
        out->scenario[k] = ccm_range_of(y->x, n, y->level);
        out->missing_in[k] = ccm_range_of(y->girls, n, y->level);
    }
    out->ratio = out->scenario[CCM_AS_MODELLED];
    out->missing = out->missing_in[CCM_AS_MODELLED];
}

enum err ccm_by_year(struct ccm_years *out, const struct ccm_fit *fit, size_t area,
                     const struct ccm_picks *picks, const double *births, double begins,
                     double level, struct arena *a, struct error *e)
{
    struct yearly y = {fit, picks, area, births, begins, level};
    double **arrays[3 + CCM_SCENARIOS] = {&y.x, &y.girls, &y.sum};
    *out =
        (struct ccm_years){ARENA_ARRAY(a, struct ccm_year, fit->n_years), fit->n_years};
    for (int k = 0; k < CCM_SCENARIOS; k++)
        arrays[3 + k] = &y.ahead[k];
    for (int k = 0; k < 3 + CCM_SCENARIOS; k++)
        if (!(*arrays[k] = ARENA_ARRAY(a, double, picks->n)))
            return error_memory(e);
    if (!out->of)
        return error_memory(e);
    bool any = false, any_ahead = false;
    for (size_t i = 0; i < fit->n_years; i++) {
        one_year(out->of + i, fit->first_year + (int32_t)i, &y);
        bool known = births && !isnan(births[i]);
        any = any || (known && !out->of[i].ahead);
        any_ahead = any_ahead || (known && out->of[i].ahead);
    }
    out->missing = ccm_range_of(y.sum, any ? picks->n : 0, level);
    for (int k = 0; k < CCM_SCENARIOS; k++)
        out->missing_ahead[k] = ccm_range_of(y.ahead[k], any_ahead ? picks->n : 0, level);
    return ERR_OK;
}

enum err ccm_missing_in_all(struct ccm_range *out, const struct ccm_fit *fit,
                            const struct ccm_picks *picks, const double *const *births,
                            double level, struct arena *scratch, struct error *e)
{
    double *sum = ARENA_ARRAY(scratch, double, picks->n);
    bool any = false;
    if (!sum)
        return error_memory(e);
    for (size_t area = 0; area < fit->n_areas; area++) {
        for (size_t k = 0; births[area] && k < fit->n_years; k++) {
            int32_t year = fit->first_year + (int32_t)k;
            if (isnan(births[area][k]) || year > fit->last_data_year)
                continue;
            any = true;
            for (size_t i = 0; i < picks->n; i++) {
                size_t pick = picks->of[i];
                sum[i] += missing(
                    births[area][k], reference(fit, pick, area, year),
                    inflation(fit, draw_at(fit, pick, area), year, CCM_AS_MODELLED, 0));
            }
        }
    }
    *out = ccm_range_of(sum, any ? picks->n : 0, level);
    return ERR_OK;
}
