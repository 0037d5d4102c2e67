// SPDX-License-Identifier: AGPL-3.0-or-later
// EARS, CUSUM, and the defaults of all methods.
#include "stats/surveillance.h"

#include <math.h>

#include "stats/interval.h"
#include "stats/surveillance_private.h"

struct surveillance_options surveillance_defaults(enum surveillance_method method)
{
    struct surveillance_options o = {.method = method,
                                     .alpha =
                                         method == SURVEILLANCE_EARS_C3 ? 0.025 : 0.001,
                                     .baseline = 7,
                                     .years = 5,
                                     .half_window = 3,
                                     .blocks = 1,
                                     .leave_out = 3,
                                     .reweight_above = 1,
                                     .trend_below = 0.05,
                                     .bound = SURVEILLANCE_DELTA,
                                     .least_cases = 5,
                                     .least_periods = 4};
    if (method == SURVEILLANCE_FARRINGTON)
        o.alpha = 0.01;
    if (method == SURVEILLANCE_FLEXIBLE) {
        o.alpha = 0.05;
        o.blocks = 10;
        o.leave_out = 26;
        o.reweight_above = 2.58;
        o.trend_below = 1;
        o.bound = SURVEILLANCE_MUAN;
    }
    return o;
}

static const struct surveillance_point nothing = {
    .expected = NAN, .bound = NAN, .statistic = NAN, .p = NAN, .dispersion = NAN};

// Mean and spread of `baseline` values that end `lag` before at.
static enum surveillance_state past(const struct surveillance_series *s,
                                    const struct surveillance_options *o, size_t at,
                                    size_t lag, double *mean, double *sigma)
{
    double sum = 0, squares = 0, n = o->baseline;
    if (o->baseline < 3 || at < lag + o->baseline - 1)
        return SURVEILLANCE_SHORT;
    const double *x = s->count + at - lag - o->baseline + 1;
    for (size_t i = 0; i < o->baseline; i++)
        sum += x[i];
    *mean = sum / n;
    for (size_t i = 0; i < o->baseline; i++)
        squares += (x[i] - *mean) * (x[i] - *mean);
    *sigma = fmax(sqrt(squares / (n - 1)), o->least_sigma);
    return isnan(sum) ? SURVEILLANCE_GAP : SURVEILLANCE_JUDGED;
}

// Standard deviations above the past that ends three periods before; without a spread,
// infinite or none.
static enum surveillance_state c2_statistic(const struct surveillance_series *s,
                                            const struct surveillance_options *o,
                                            size_t at, double *out)
{
    double mean, sigma;
    enum surveillance_state state = past(s, o, at, 3, &mean, &sigma);
    if (state == SURVEILLANCE_JUDGED && isnan(s->count[at]))
        state = SURVEILLANCE_GAP;
    if (state != SURVEILLANCE_JUDGED)
        return state;
    double above = s->count[at] - mean;
    *out = above == 0 ? 0 : above / sigma;
    return state;
}

// C3: the two periods before count with what their C2 is above 1.
static enum surveillance_state c3_addition(const struct surveillance_series *s,
                                           const struct surveillance_options *o,
                                           size_t at, double *addition)
{
    *addition = 0;
    for (size_t back = 1; back <= 2; back++) {
        double c2;
        if (at < back)
            return SURVEILLANCE_SHORT;
        enum surveillance_state state = c2_statistic(s, o, at - back, &c2);
        if (state != SURVEILLANCE_JUDGED)
            return state;
        *addition += fmax(0, c2 - 1);
    }
    return SURVEILLANCE_JUDGED;
}

struct surveillance_point surveillance_ears_at(const struct surveillance_series *s,
                                               const struct surveillance_options *o,
                                               size_t at, double z)
{
    struct surveillance_point out = nothing;
    double mean, sigma, x = s->count[at], addition = 0;
    out.state = past(s, o, at, o->method == SURVEILLANCE_EARS_C1 ? 1 : 3, &mean, &sigma);
    if (out.state == SURVEILLANCE_JUDGED && isnan(x))
        out.state = SURVEILLANCE_GAP;
    if (out.state == SURVEILLANCE_JUDGED && o->method == SURVEILLANCE_EARS_C3)
        out.state = c3_addition(s, o, at, &addition);
    if (out.state != SURVEILLANCE_JUDGED)
        return out;
    out.expected = mean;
    out.statistic = x == mean ? 0 : (x - mean) / sigma;
    out.bound = mean + z * sigma;
    if (o->method == SURVEILLANCE_EARS_C3) {
        // R's bound: it rings by what the two periods before were too high
        out.statistic = addition;
        out.bound = sigma > 0 ? fmax(0, x + sigma * (z - addition)) : NAN;
        if (sigma == 0)
            out.state = SURVEILLANCE_NO_FIT;
    }
    out.alarm = x > out.bound;
    return out;
}

struct cusum_steps surveillance_cusum_steps(double share, double share_out)
{
    return (struct cusum_steps){log(share_out / share),
                                log((1 - share_out) / (1 - share))};
}

static void run_cusum(const struct surveillance_series *s,
                      const struct surveillance_options *o, size_t from,
                      struct surveillance_point *out)
{
    struct cusum_steps step = surveillance_cusum_steps(o->share, o->share_out);
    double sum = 0;
    for (size_t i = from; i < s->n; i++) {
        struct surveillance_point *point = &out[i - from];
        *point = nothing;
        double y = s->count[i], n = s->of[i];
        if (!(n > 0) || !(y >= 0) || y > n) {
            point->state = SURVEILLANCE_GAP;
            continue;
        }
        sum = fmax(0, sum + y * step.with + (n - y) * step.without);
        point->expected = n * o->share;
        point->statistic = sum;
        point->bound = o->limit;
        point->alarm = sum > o->limit;
        if (point->alarm)
            sum = 0;
    }
}

size_t surveillance_scratch(const struct surveillance_options *o, size_t n)
{
    size_t chain = (size_t)CUSUM_STATES * (CUSUM_STATES + 1);
    size_t need =
        o->method == SURVEILLANCE_CUSUM ? chain : surveillance_farrington_scratch(o, n);
    size_t wave = n + surveillance_glm_scratch(n, 3);
    return need > wave ? need : wave;
}

void surveillance_run(const struct surveillance_series *s,
                      const struct surveillance_options *o, size_t from,
                      struct surveillance_point *out, double *scratch)
{
    if (o->method == SURVEILLANCE_CUSUM) {
        run_cusum(s, o, from, out);
        return;
    }
    double z = normal_quantile(1 - o->alpha);
    for (size_t i = from; i < s->n; i++)
        out[i - from] = o->method <= SURVEILLANCE_EARS_C3
                            ? surveillance_ears_at(s, o, i, z)
                            : surveillance_farrington_at(s, o, i, scratch);
}
