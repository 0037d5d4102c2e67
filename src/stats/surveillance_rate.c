// SPDX-License-Identifier: AGPL-3.0-or-later
// How often a rule rings where nothing happens: run length of a CUSUM by Markov chain,
// false alarms of any method by simulation.
#include <math.h>

#include "base/rng.h"
#include "stats/interval.h"
#include "stats/surveillance_private.h"

enum { STATES = CUSUM_STATES };

static bool sound(double of, double share, double share_out)
{
    return of >= 1 && share > 0 && share < 1 && share_out > 0 && share_out < 1 &&
           share != share_out;
}

// Takes p of the chain's moves from state i to a sum of i * width + step. What falls
// between two states goes to both, so that the mean step is kept.
static void move(double *row, double place, double top, double p)
{
    if (place > top)
        return; // rings
    if (place <= 0) {
        row[0] -= p;
        return;
    }
    size_t low = (size_t)place;
    double part = place - (double)low;
    row[low] -= p * (1 - part);
    if (low + 1 < STATES)
        row[low + 1] -= p * part;
    else
        row[low] -= p * part;
}

// I - R of the moves that do not ring.
static void fill_chain(double *chain, double of, double share, struct cusum_steps step,
                       double limit)
{
    double n = fmax(1, round(of)), mean = n * share, sd = sqrt(mean * (1 - share));
    double low = fmax(0, floor(mean - 8 * sd - 1)),
           high = fmin(n, ceil(mean + 8 * sd + 1));
    double width = limit / (STATES - 0.5), top = STATES - 0.5;
    for (size_t i = 0; i < STATES * STATES; i++)
        chain[i] = i % (STATES + 1) == 0;
    for (double y = low; y <= high; y++) {
        double p = exp(lgamma(n + 1) - lgamma(y + 1) - lgamma(n - y + 1) +
                       y * log(share) + (n - y) * log1p(-share));
        double by = (y * step.with + (n - y) * step.without) / width;
        for (size_t i = 0; i < STATES; i++)
            move(chain + i * STATES, (double)i + by, top, p);
    }
}

// First element of the solution of (I - R) L = 1. Rows of R add up to 1 at most: no
// pivots are needed.
static double mean_steps(double *a, double *b)
{
    for (size_t i = 0; i < STATES; i++)
        b[i] = 1;
    for (size_t k = STATES; k-- > 1;) { // from the last up, so that b[0] comes out
        if (!(a[k * STATES + k] > 0))
            return INFINITY;
        for (size_t i = 0; i < k; i++) {
            double f = a[i * STATES + k] / a[k * STATES + k];
            if (f == 0)
                continue;
            for (size_t j = 0; j < k; j++)
                a[i * STATES + j] -= f * a[k * STATES + j];
            b[i] -= f * b[k];
        }
    }
    return a[0] > 0 ? b[0] / a[0] : INFINITY;
}

double surveillance_cusum_run_length(double of, double share, double share_out,
                                     double limit, double *scratch)
{
    if (!sound(of, share, share_out) || !(limit > 0))
        return NAN;
    fill_chain(scratch, of, share, surveillance_cusum_steps(share, share_out), limit);
    return mean_steps(scratch, scratch + (size_t)STATES * STATES);
}

double surveillance_cusum_limit(double of, double share, double share_out,
                                double run_length, double *scratch)
{
    if (!sound(of, share, share_out) || !(run_length > 1))
        return NAN;
    double low = 0, high = 1;
    while (surveillance_cusum_run_length(of, share, share_out, high, scratch) <
               run_length &&
           high < 1000) {
        low = high;
        high *= 2;
    }
    for (int halving = 0; halving < 24; halving++) {
        double middle = (low + high) / 2;
        if (surveillance_cusum_run_length(of, share, share_out, middle, scratch) <
            run_length)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static void wave(const struct surveillance_series *s, size_t i, size_t columns,
                 double *row)
{
    double turn = 2 * M_PI * (double)i / (s->season ? s->season : 1);
    row[0] = 1;
    if (columns == 3) {
        row[1] = sin(turn);
        row[2] = cos(turn);
    }
}

double surveillance_in_control(const struct surveillance_series *s, double *mean,
                               double *scratch)
{
    struct glm g;
    size_t n = 0, at = 0, columns;
    double total = 0, people = 0, row[3];
    for (size_t i = 0; i < s->n; i++)
        if (!isnan(s->count[i]) && (!s->of || s->of[i] > 0)) {
            n++;
            total += s->count[i];
            people += s->of ? s->of[i] : 1;
        }
    columns = s->season >= 4 && n >= 2 * (size_t)s->season ? 3 : 1;
    surveillance_glm_place(&g, scratch, n, columns);
    for (size_t i = 0; i < s->n; i++)
        if (!isnan(s->count[i]) && (!s->of || s->of[i] > 0)) {
            wave(s, i, columns, g.x + at * columns);
            g.y[at] = s->count[i];
            g.offset[at++] = s->of ? log(s->of[i]) : 0;
        }
    bool fitted = total > 0 && surveillance_glm_fit_reweighted(&g, 2.58);
    for (size_t i = 0; i < s->n; i++) {
        double size = !s->of ? 1 : s->of[i] > 0 ? s->of[i] : 0;
        wave(s, i, columns, row);
        mean[i] = fitted ? size * exp(surveillance_glm_predict(&g, row, 0))
                         : size * (people > 0 ? total / people : 0);
    }
    return fitted ? fmax(1, g.dispersion) : 1;
}

static double draw(struct rng *rng, double mean, double dispersion)
{
    if (mean <= 0)
        return 0;
    if (dispersion > 1)
        mean = (dispersion - 1) * rng_gamma(rng, mean / (dispersion - 1));
    return (double)rng_poisson(rng, fmin(mean, 1e15));
}

size_t surveillance_rate_scratch(const struct surveillance_options *o, size_t n)
{
    return 2 * n + surveillance_scratch(o, n);
}

static struct surveillance_rate rate_of(uint64_t looks, uint64_t alarms, unsigned season)
{
    struct interval i = interval_wilson((double)alarms, (double)looks, 0.95);
    double rate = looks ? (double)alarms / (double)looks : NAN;
    return (struct surveillance_rate){looks,  alarms,   rate,         i.low,
                                      i.high, 1 / rate, rate * season};
}

// A CUSUM goes on from one replication to the next; only after an alarm does it begin
// again.
static struct surveillance_rate cusum_false_alarms(const struct surveillance_series *s,
                                                   const struct surveillance_options *o,
                                                   unsigned replications, struct rng *rng)
{
    struct cusum_steps step = surveillance_cusum_steps(o->share, o->share_out);
    uint64_t looks = 0, alarms = 0;
    double sum = 0;
    for (unsigned r = 0; r < replications; r++)
        for (size_t i = 0; i < s->n; i++) {
            double n = s->of[i];
            if (!(n > 0) || isnan(s->count[i]) || n > 1e12)
                continue;
            double y = (double)rng_binomial(rng, (int64_t)n, o->share);
            sum = fmax(0, sum + y * step.with + (n - y) * step.without);
            looks++;
            if (sum > o->limit) {
                alarms++;
                sum = 0;
            }
        }
    return rate_of(looks, alarms, s->season);
}

struct surveillance_rate surveillance_false_alarms(const struct surveillance_series *s,
                                                   const struct surveillance_options *o,
                                                   size_t looks, unsigned replications,
                                                   uint64_t seed, uint64_t stream,
                                                   double *scratch)
{
    struct rng rng = rng_stream(seed, stream);
    if (o->method == SURVEILLANCE_CUSUM)
        return cusum_false_alarms(s, o, replications, &rng);
    double *mean = scratch, *count = scratch + s->n;
    scratch += 2 * s->n;
    double dispersion = surveillance_in_control(s, mean, scratch);
    struct surveillance_series drawn = *s;
    drawn.count = count;
    double z = normal_quantile(1 - o->alpha);
    uint64_t made = 0, alarms = 0;
    for (unsigned r = 0; r < replications; r++) {
        for (size_t i = 0; i < s->n; i++)
            count[i] = isnan(s->count[i]) ? NAN : draw(&rng, mean[i], dispersion);
        for (size_t i = looks < s->n ? s->n - looks : 0; i < s->n; i++) {
            struct surveillance_point point =
                o->method <= SURVEILLANCE_EARS_C3
                    ? surveillance_ears_at(&drawn, o, i, z)
                    : surveillance_farrington_at(&drawn, o, i, scratch);
            made += point.state == SURVEILLANCE_JUDGED || point.state == SURVEILLANCE_FEW;
            alarms += point.state == SURVEILLANCE_JUDGED && point.alarm;
        }
    }
    return rate_of(made, alarms, s->season);
}

struct surveillance_rate surveillance_together(const struct surveillance_rate *rates,
                                               size_t n)
{
    uint64_t looks = 0, alarms = 0;
    double per_year = 0;
    for (size_t i = 0; i < n; i++) {
        looks += rates[i].looks;
        alarms += rates[i].alarms;
        if (rates[i].looks)
            per_year += rates[i].per_year;
    }
    struct surveillance_rate all = rate_of(looks, alarms, 1);
    all.per_year = looks ? per_year : NAN;
    return all;
}
