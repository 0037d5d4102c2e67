// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/diagnose.h"
#include "stats/interval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ranked {
    double x;
    size_t at;
};

static int by_value(const void *a, const void *b)
{
    const struct ranked *p = a, *q = b;
    return p->x != q->x ? (p->x > q->x) - (p->x < q->x)
                        : (p->at > q->at) - (p->at < q->at);
}

// Chains cut into halves, the middle draw of an odd number left out.
static size_t split(const double *x, size_t n_chains, size_t n_draws, double *out)
{
    size_t half = n_draws / 2;
    for (size_t c = 0; c < n_chains; c++) {
        memcpy(out + 2 * c * half, x + c * n_draws, half * sizeof *x);
        memcpy(out + (2 * c + 1) * half, x + (c + 1) * n_draws - half, half * sizeof *x);
    }
    return half;
}

// Ranks, ties sharing theirs, as normal scores (Blom).
static void normal_scores(const double *x, size_t n, double *out, struct ranked *r)
{
    for (size_t i = 0; i < n; i++)
        r[i] = (struct ranked){x[i], i};
    qsort(r, n, sizeof *r, by_value);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && r[end].x == r[i].x; end++)
            ;
        double rank = (double)(i + 1 + end) / 2;
        double z = normal_quantile((rank - 0.375) / ((double)n + 0.25));
        for (size_t k = i; k < end; k++)
            out[r[k].at] = z;
    }
}

struct moments {
    double within, total; // W and var+ of the paper
};

static double mean_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

static double variance_of(const double *x, size_t n, double mean)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sum / (double)(n - 1);
}

static struct moments moments_of(const double *x, size_t n_chains, size_t n)
{
    double within = 0, all = 0, between = 0;
    for (size_t c = 0; c < n_chains; c++)
        all += mean_of(x + c * n, n) / (double)n_chains;
    for (size_t c = 0; c < n_chains; c++) {
        double mean = mean_of(x + c * n, n);
        within += variance_of(x + c * n, n, mean) / (double)n_chains;
        between += (mean - all) * (mean - all);
    }
    double total = within * (double)(n - 1) / (double)n;
    if (n_chains > 1)
        total += between / (double)(n_chains - 1);
    return (struct moments){within, total};
}

static double r_hat_of(const double *x, size_t n_chains, size_t n)
{
    struct moments m = moments_of(x, n_chains, n);
    return m.within > 0 ? sqrt(m.total / m.within) : NAN;
}

// Mean over chains of the autocovariance at a lag, divided by n. Chains are centred.
static double covariance(const double *x, size_t n_chains, size_t n, size_t lag)
{
    double sum = 0;
    for (size_t c = 0; c < n_chains; c++) {
        const double *p = x + c * n, *q = p + lag;
        for (size_t i = 0; i + lag < n; i++)
            sum += p[i] * q[i];
    }
    return sum / (double)(n * n_chains);
}

// x is centred by chain in place.
static double ess_of(double *x, size_t n_chains, size_t n)
{
    struct moments m = moments_of(x, n_chains, n);
    if (n < 4 || !(m.total > 0) || !(m.within > 0))
        return NAN;
    for (size_t c = 0; c < n_chains; c++) {
        double mean = mean_of(x + c * n, n);
        for (size_t i = 0; i < n; i++)
            x[c * n + i] -= mean;
    }
    double draws = (double)(n * n_chains);
    double sum = 0, before = INFINITY, odd = 0;
    for (size_t lag = 0; lag + 1 < n - 2; lag += 2) {
        double even =
            lag ? 1 - (m.within - covariance(x, n_chains, n, lag)) / m.total : 1;
        odd = 1 - (m.within - covariance(x, n_chains, n, lag + 1)) / m.total;
        double pair = even + odd;
        if (lag && (!(pair > 0) || lag + 5 > n)) {
            sum += even > 0 ? even / 2 : 0; // what Stan's estimator adds at the end
            break;
        }
        before = fmin(before, pair);
        sum += before;
    }
    double tau = fmax(2 * sum - 1, 1 / log10(draws));
    return draws / tau;
}

double diagnose_ess(const double *x, size_t n_chains, size_t n_draws,
                    struct arena *scratch)
{
    double *copy = ARENA_ARRAY(scratch, double, n_chains *n_draws);
    if (!copy)
        return NAN;
    memcpy(copy, x, n_chains * n_draws * sizeof *x);
    return ess_of(copy, n_chains, n_draws);
}

// Interpolated between order statistics.
static double quantile(const struct ranked *sorted, size_t n, double p)
{
    double place = p * (double)(n - 1);
    size_t low = (size_t)place;
    double x = sorted[low].x;
    return low + 1 < n ? x + (place - (double)low) * (sorted[low + 1].x - x) : x;
}

static double ess_below(const double *halves, size_t n_chains, size_t n, double cut,
                        double *work)
{
    for (size_t i = 0; i < n_chains * n; i++)
        work[i] = halves[i] <= cut;
    return ess_of(work, n_chains, n);
}

static double smaller(double a, double b)
{
    return isnan(a) ? b : isnan(b) ? a : fmin(a, b);
}

bool diagnose(const double *x, size_t n_chains, size_t n_draws, struct diagnosis *out,
              struct arena *scratch)
{
    *out = (struct diagnosis){NAN, NAN, NAN, NAN, NAN, NAN};
    size_t all = n_chains * n_draws;
    bool finite = all > 0, constant = true;
    for (size_t i = 0; i < all; i++) {
        finite = finite && isfinite(x[i]);
        constant = constant && x[i] == x[0];
    }
    if (!finite)
        return true;
    out->mean = mean_of(x, all);
    out->sd = all > 1 ? sqrt(variance_of(x, all, out->mean)) : NAN;
    if (constant || n_draws < 8)
        return true;
    double *halves = ARENA_ARRAY(scratch, double, all);
    double *work = ARENA_ARRAY(scratch, double, all);
    struct ranked *ranks = ARENA_ARRAY(scratch, struct ranked, all);
    if (!halves || !work || !ranks)
        return false;
    normal_scores(x, all, work, ranks); // for the order alone
    double low = quantile(ranks, all, 0.05), high = quantile(ranks, all, 0.95);
    size_t n = split(x, n_chains, n_draws, halves), chains = 2 * n_chains;
    all = n * chains;
    normal_scores(halves, all, work, ranks);
    out->r_hat = r_hat_of(work, chains, n);
    out->ess_bulk = ess_of(work, chains, n);
    out->ess_tail = smaller(ess_below(halves, chains, n, low, work),
                            ess_below(halves, chains, n, high, work));
    double median = quantile(ranks, all, 0.5);
    memcpy(work, halves, all * sizeof *work);
    out->mcse = out->sd / sqrt(ess_of(work, chains, n));
    for (size_t i = 0; i < all; i++)
        halves[i] = fabs(halves[i] - median);
    normal_scores(halves, all, work, ranks);
    double folded = r_hat_of(work, chains, n);
    if (!(folded <= out->r_hat)) // a NaN stays where only one of the two is
        out->r_hat = isnan(folded) ? out->r_hat : folded;
    return true;
}

// Shape and scale of a generalised Pareto distribution over x > 0, rising; by the
// posterior mean of Zhang and Stephens with the weak prior of the PSIS paper.
static double fit_pareto(const double *x, size_t n, double *scale, double *theta)
{
    size_t m = 30 + (size_t)sqrt((double)n);
    double quartile = x[(size_t)floor((double)n / 4 + 0.5) - 1], most = -INFINITY,
           sum = 0;
    double *profile = theta + m, mean = 0, k = 0;
    for (size_t j = 0; j < m; j++) {
        theta[j] =
            1 / x[n - 1] + (1 - sqrt((double)m / ((double)j + 0.5))) / (3 * quartile);
        double shape = 0;
        for (size_t i = 0; i < n; i++)
            shape += log1p(-theta[j] * x[i]);
        shape /= (double)n;
        profile[j] = (double)n * (log(-theta[j] / shape) - shape - 1);
        most = fmax(most, profile[j]);
    }
    for (size_t j = 0; j < m; j++) {
        double w = exp(profile[j] - most);
        sum += w;
        mean += w * theta[j];
    }
    mean /= sum;
    for (size_t i = 0; i < n; i++)
        k += log1p(-mean * x[i]) / (double)n;
    *scale = -k / mean;
    return (k * (double)n + 5) / ((double)n + 10);
}

static double log_sum(const double *x, size_t n)
{
    double most = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, x[i]);
    for (size_t i = 0; i < n; i++)
        sum += exp(x[i] - most);
    return isfinite(most) ? most + log(sum) : most;
}

double diagnose_pareto(double *log_weight, size_t n, struct arena *scratch)
{
    size_t tail = (size_t)ceil(fmin(0.2 * (double)n, 3 * sqrt((double)n)));
    struct ranked *r = ARENA_ARRAY(scratch, struct ranked, n + 1);
    double *x = ARENA_ARRAY(scratch, double, tail + 1);
    double *work = ARENA_ARRAY(scratch, double, 2 * (31 + (size_t)sqrt((double)n)));
    if (!r || !x || !work)
        return NAN;
    double most = -INFINITY, k = INFINITY;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, log_weight[i]);
    for (size_t i = 0; i < n; i++)
        r[i] = (struct ranked){log_weight[i] -= most, i};
    if (tail >= 5 && tail < n) {
        qsort(r, n, sizeof *r, by_value);
        double cut = exp(r[n - tail - 1].x);
        for (size_t i = 0; i < tail; i++)
            x[i] = exp(r[n - tail + i].x) - cut;
        if (x[0] > 0 && x[tail - 1] > x[0]) {
            double scale;
            k = fit_pareto(x, tail, &scale, work);
            for (size_t i = 0; isfinite(k) && i < tail; i++) {
                double p = ((double)i + 0.5) / (double)tail;
                double q = fabs(k) < 1e-12 ? -scale * log1p(-p)
                                           : scale * expm1(-k * log1p(-p)) / k;
                log_weight[r[n - tail + i].at] = fmin(log(q + cut), 0);
            }
        } else if (x[tail - 1] <= x[0] || x[0] <= 0) {
            k = x[tail - 1] > 0 ? INFINITY : -INFINITY; // all equal: nothing to smooth
        }
    }
    double all = log_sum(log_weight, n);
    for (size_t i = 0; i < n; i++)
        log_weight[i] -= all;
    return k;
}

void diagnose_stack(const double *log_density, size_t n_chains, size_t n_points,
                    double *weights)
{
    enum { STEPS = 20000 };
    for (size_t c = 0; c < n_chains; c++)
        weights[c] = 1 / (double)n_chains;
    double before = -INFINITY;
    for (int step = 0; step < STEPS && n_points && n_chains > 1; step++) {
        double total = 0, fit = 0, next[256] = {0};
        size_t used = n_chains < 256 ? n_chains : 256;
        for (size_t i = 0; i < n_points; i++) {
            double most = -INFINITY, sum = 0;
            for (size_t c = 0; c < used; c++)
                most = fmax(most, log_density[c * n_points + i]);
            if (!isfinite(most))
                continue;
            for (size_t c = 0; c < used; c++)
                sum += weights[c] * exp(log_density[c * n_points + i] - most);
            for (size_t c = 0; c < used; c++)
                next[c] += weights[c] * exp(log_density[c * n_points + i] - most) / sum;
            fit += most + log(sum);
            total++;
        }
        if (!(total > 0))
            return;
        for (size_t c = 0; c < n_chains; c++)
            weights[c] = c < used ? next[c] / total : 0;
        if (fit - before < 1e-10 * fabs(fit))
            return;
        before = fit;
    }
}
