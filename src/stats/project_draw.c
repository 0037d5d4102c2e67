// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/project_draw.h"

#include <math.h>
#include <stdio.h>

#include "base/rng.h"
#include "stats/interval.h"

static const char *const series_names[PROJECT_SERIES] = {
    "total fertility", "life expectancy of women", "gap of life expectancies",
    "ratio of boys to girls at birth", "net migration"};

// Streams of random numbers: the common errors, then PROJECT_SERIES for each area.
static struct rng stream_of(const struct project_draws *d, size_t area, int series)
{
    return rng_stream(d->seed, (uint64_t)(area + 1) * PROJECT_SERIES + (uint64_t)series);
}

static struct rng common_stream(const struct project_draws *d, int series)
{
    return rng_stream(d->seed, (uint64_t)series);
}

// ---- checks ----

static enum err bad_series(size_t area, int series, const char *what, double found,
                           const char *cure, struct error *e)
{
    char where[96];
    snprintf(where, sizeof where, "area %zu, %s", area + 1, series_names[series]);
    error_set(e, ERR_INPUT, "draw.series", where, "%s of %g", what, found);
    return error_cure(e, "%s", cure);
}

static enum err check_series(const struct project_draws *d, size_t i, int series,
                             struct error *e)
{
    const struct project_drawn_area *area = &d->area[i];
    const struct project_error *x = &area->error[series];
    if (area->given[series])
        return ERR_OK; // the batch looks at what it is given
    if (!area->target[series]) {
        if (series == PROJECT_NET)
            return ERR_OK;
        return bad_series(i, series, "no target, and no trajectories: a series", NAN,
                          "Give a target for each step, or trajectories.", e);
    }
    if (!(x->sd >= 0) || !isfinite(x->sd) || !(x->start >= 0) || !isfinite(x->start))
        return bad_series(i, series, "an error", x->sd,
                          "Give the standard deviation of a step, 0 or more.", e);
    if (!(x->rho >= 0 && x->rho <= 1))
        return bad_series(i, series, "a rho", x->rho,
                          "Give what remains of an error a step on, from 0 to 1.", e);
    if (!(x->shared >= 0 && x->shared <= 1))
        return bad_series(i, series, "a shared part", x->shared,
                          "Give the correlation between areas, from 0 to 1.", e);
    if (!(x->low <= x->high))
        return bad_series(i, series, "a lower bound above the upper one", x->low,
                          "Exchange the bounds.", e);
    for (size_t t = 0; t < d->steps; t++) {
        if (!isfinite(area->target[series][t]))
            return bad_series(i, series, "a target", area->target[series][t],
                              "Give a number for each step.", e);
        if (area->times[series] &&
            !(area->times[series][t] >= 0 && isfinite(area->times[series][t])))
            return bad_series(i, series, "times an error", area->times[series][t],
                              "Give 0 or more for each step.", e);
    }
    return ERR_OK;
}

// ---- drawing ----

enum err project_draw_begin(struct arena *a, struct project_draws *d, struct error *e)
{
    bool shared[PROJECT_SERIES] = {false};
    for (size_t i = 0; i < d->areas; i++)
        for (int s = 0; s < PROJECT_SERIES; s++) {
            enum err code = check_series(d, i, s, e);
            if (code)
                return code;
            shared[s] = shared[s] || d->area[i].error[s].shared > 0;
        }
    for (int s = 0; s < PROJECT_SERIES; s++) {
        d->common[s] = NULL;
        if (!shared[s])
            continue;
        // one more row than steps: the first is for the error at the start
        d->common[s] = ARENA_ARRAY(a, double, (d->steps + 1) * d->trajectories);
        if (!d->common[s])
            return error_memory(e);
        struct rng r = common_stream(d, s);
        for (size_t k = 0; k < d->trajectories; k++)
            for (size_t t = 0; t <= d->steps; t++)
                d->common[s][t * d->trajectories + k] = rng_normal(&r);
    }
    return ERR_OK;
}

static void draw_series(const struct project_draws *d, size_t i, int series, double *out)
{
    const struct project_drawn_area *area = &d->area[i];
    const struct project_error *x = &area->error[series];
    const double *target = area->target[series], *common = d->common[series];
    const double *times = area->times[series];
    size_t n = d->trajectories;
    bool bounded = x->low != 0 || x->high != 0;
    double of_common = common ? sqrt(x->shared) : 0;
    double of_own = common ? sqrt(1 - x->shared) : 1;
    struct rng r = stream_of(d, i, series);
    for (size_t k = 0; k < n; k++) {
        double error = 0;
        if (x->start > 0)
            error = x->start * (of_own * rng_normal(&r) +
                                (of_common > 0 ? of_common * common[k] : 0));
        for (size_t t = 0; t < d->steps; t++) {
            if (x->sd > 0) {
                double shock = of_own * rng_normal(&r);
                if (of_common > 0)
                    shock += of_common * common[(t + 1) * n + k];
                error += x->sd * (times ? times[t] : 1) * shock;
            }
            double value = (target ? target[t] : 0) + error;
            if (bounded)
                value = fmin(fmax(value, x->low), x->high);
            out[t * n + k] = value;
            error *= x->rho;
        }
    }
}

void project_draw(void *context, size_t area, const struct project_paths *paths)
{
    const struct project_draws *d = context;
    double *to[PROJECT_SERIES] = {paths->fertility, paths->e0[PROJECT_FEMALE],
                                  paths->e0[PROJECT_MALE], paths->boys, paths->net};
    size_t n = d->steps * d->trajectories;
    for (int s = 0; s < PROJECT_SERIES; s++) {
        const double *given = d->area[area].given[s];
        if (!given)
            draw_series(d, area, s, to[s]);
        for (size_t k = 0; given && k < n; k++)
            to[s][k] = given[k];
    }
    // the place of men held the gap
    const double *restrict women = paths->e0[PROJECT_FEMALE];
    double *restrict men = paths->e0[PROJECT_MALE];
    for (size_t k = 0; k < n; k++)
        men[k] = women[k] - men[k];
}

// ---- errors ----

double project_error_sd(const struct project_error *x, size_t t)
{
    double variance = x->start * x->start + x->sd * x->sd;
    for (size_t i = 0; i < t; i++)
        variance = x->rho * x->rho * variance + x->sd * x->sd;
    return sqrt(variance);
}

// Squared distance of logarithms of widths at the best sd for this rho.
static double misfit(const double *sd, size_t steps, double rho, double *best)
{
    struct project_error unit = {.sd = 1, .rho = rho};
    double sum = 0, squares = 0;
    for (size_t t = 0; t < steps; t++) {
        double off = log(sd[t] / project_error_sd(&unit, t));
        sum += off;
        squares += off * off;
    }
    double mean = sum / (double)steps;
    *best = exp(mean);
    return squares - mean * sum;
}

enum { MOST_STEPS = PROJECT_MAX_STEPS };

enum err project_error_from_bounds(const double *low, const double *high, size_t steps,
                                   double level, struct project_error *error,
                                   double *worst, struct error *e)
{
    double sd[MOST_STEPS], best = INFINITY, scale;
    if (!steps || steps > MOST_STEPS || !(level > 0 && level < 1))
        return error_set(e, ERR_USAGE, "draw.bounds", NULL,
                         "%zu steps of an interval of level %g", steps, level);
    double z = normal_quantile(.5 + level / 2);
    for (size_t t = 0; t < steps; t++) {
        sd[t] = (high[t] - low[t]) / (2 * z);
        if (!(sd[t] > 0) || !isfinite(sd[t])) {
            error_set(e, ERR_INPUT, "draw.bounds", NULL,
                      "step %zu has bounds %g and %g; the second must be above the first",
                      t + 1, low[t], high[t]);
            return error_cure(e, "Give the lower and the upper bound of each step.");
        }
    }
    *error = (struct project_error){0};
    // a hundredth, then a ten-thousandth, about the best
    double middle = .5, half = .5;
    for (int pass = 0; pass < 3; pass++) {
        double at = middle;
        for (int i = -50; i <= 50; i++) {
            double rho = fmin(fmax(middle + half * i / 50, 0), 1);
            double off = misfit(sd, steps, rho, &scale);
            if (off < best) {
                best = off;
                at = rho;
                error->sd = scale;
            }
        }
        middle = error->rho = at;
        half /= 25;
    }
    if (worst) {
        *worst = 0;
        for (size_t t = 0; t < steps; t++)
            *worst = fmax(*worst, fabs(project_error_sd(error, t) / sd[t] - 1));
    }
    return ERR_OK;
}

enum err project_error_from_past(const double *value, size_t n, bool trend,
                                 struct project_error *error, struct error *e)
{
    if (n < 6) {
        error_set(e, ERR_INPUT, "draw.past", NULL,
                  "%zu values of the past are too few to see how it varies", n);
        return error_cure(e, "Give six or more, or declare the error.");
    }
    double sum = 0, slope = 0, centre = (double)(n - 1) / 2, squares = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(value[i]))
            return error_set(e, ERR_INPUT, "draw.past", NULL,
                             "value %zu of the past is no number", i + 1);
        sum += value[i];
        slope += ((double)i - centre) * value[i];
        squares += ((double)i - centre) * ((double)i - centre);
    }
    double mean = sum / (double)n, along = 0, about = 0, left = 0;
    slope = trend ? slope / squares : 0;
    for (size_t i = 1; i < n; i++) {
        double before = value[i - 1] - mean - slope * ((double)i - 1 - centre);
        double now = value[i] - mean - slope * ((double)i - centre);
        along += before * now;
        about += before * before;
    }
    double rho = about > 0 ? along / about : 0;
    rho += (1 + 3 * rho) / (double)n; // Kendall 1954
    rho = fmin(fmax(rho, 0), 1);
    for (size_t i = 1; i < n; i++) {
        double before = value[i - 1] - mean - slope * ((double)i - 1 - centre);
        double now = value[i] - mean - slope * ((double)i - centre);
        left += (now - rho * before) * (now - rho * before);
    }
    *error = (struct project_error){.sd = sqrt(left / (double)(n - (trend ? 4 : 3))),
                                    .rho = rho};
    return ERR_OK;
}
