// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/interval.h"

// What a probability may pass its bound by and still count as equal to it.
static const double SLACK = 1e-12;
enum { MOST_DRAWN = 20000000, EXACT_EVERY = 512 };

// ---- probabilities (Loader 2000) ----

// log n! less Stirling's formula.
static double stirling_rest(double n)
{
    if (n < 16) {
        int sign;
        return n < 1 ? 0
                     : lgamma_r(n + 1, &sign) - (n + 0.5) * log(n) + n -
                           0.91893853320467274178;
    }
    double m = n * n;
    return (1.0 / 12 -
            (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / m) / m) / m) / m) /
           n;
}

// x log(x / mean) + mean - x, without loss where they are near.
static double deviance(double x, double mean)
{
    double v = (x - mean) / (x + mean);
    if (fabs(v) >= 0.1)
        return x * log(x / mean) + mean - x;
    double s = (x - mean) * v, term = 2 * x * v, next;
    for (int i = 1; i < 1000; i++) {
        term *= v * v;
        next = s + term / (2 * i + 1);
        if (next == s)
            break;
        s = next;
    }
    return s;
}

// Log of the binomial probability of x of n; 0 < p < 1.
static double log_binomial(double x, double n, double p)
{
    double q = 1 - p;
    if (x == 0)
        return p < 0.1 ? -deviance(n, n * q) - n * p : n * log(q);
    if (x == n)
        return q < 0.1 ? -deviance(n, n * p) - n * q : n * log(p);
    return stirling_rest(n) - stirling_rest(x) - stirling_rest(n - x) -
           deviance(x, n * p) - deviance(n - x, n * q) +
           0.5 * (log(n) - log(x) - log(n - x)) - 0.91893853320467274178;
}

double sample_hypergeometric_pmf(int64_t N, int64_t D, int64_t n, int64_t k)
{
    if (k < 0 || k > n || k > D || n - k > N - D)
        return 0;
    if (n == 0 || n == N || D == 0 || D == N)
        return 1;
    double p = (double)n / (double)N;
    return exp(log_binomial((double)k, (double)D, p) +
               log_binomial((double)(n - k), (double)(N - D), p) -
               log_binomial((double)n, (double)N, p));
}

static double binomial_pmf(int64_t n, double p, int64_t k)
{
    if (k < 0 || k > n)
        return 0;
    if (p <= 0 || p >= 1)
        return k == (p <= 0 ? 0 : n);
    return n == 0 ? 1 : exp(log_binomial((double)k, (double)n, p));
}

// A law of counts: hypergeometric with D of N, or binomial (N 0) with p.
struct law {
    int64_t N, D;
    double p;
};

static double pmf(struct law l, int64_t n, int64_t k)
{
    return l.N ? sample_hypergeometric_pmf(l.N, l.D, n, k) : binomial_pmf(n, l.p, k);
}

// pmf(k + 1) / pmf(k) with the same n.
static double ratio_next(struct law l, int64_t n, int64_t k)
{
    double up = (double)(n - k) / (double)(k + 1);
    return l.N ? up * (double)(l.D - k) / (double)(l.N - l.D - n + k + 1)
               : up * l.p / (1 - l.p);
}

static double mean_of(struct law l, int64_t n)
{
    return (double)n * (l.N ? (double)l.D / (double)l.N : l.p);
}

// Sums the side of k that is away from the middle, from k on: terms fall from there.
static double cdf(struct law l, int64_t n, int64_t k)
{
    int64_t least = l.N && n - (l.N - l.D) > 0 ? n - (l.N - l.D) : 0;
    int64_t most = l.N && l.D < n ? l.D : n;
    if (k < least)
        return 0;
    if (k >= most)
        return 1;
    if (!l.N && (l.p <= 0 || l.p >= 1))
        return l.p <= 0;
    bool lower = (double)k <= mean_of(l, n);
    double term = pmf(l, n, lower ? k : k + 1), sum = 0;
    for (int64_t i = lower ? k : k + 1; term > 0 && term > 1e-17 * sum;) {
        sum += term;
        if (lower ? i == least : i == most)
            break;
        term = lower ? term / ratio_next(l, n, i - 1) : term * ratio_next(l, n, i);
        i += lower ? -1 : 1;
    }
    double p = lower ? sum : 1 - sum;
    return p < 0 ? 0 : p > 1 ? 1 : p;
}

double sample_hypergeometric_cdf(int64_t N, int64_t D, int64_t n, int64_t k)
{
    return N > 0 ? cdf((struct law){.N = N, .D = D}, n, k) : k >= 0;
}

double sample_binomial_cdf(int64_t n, double p, int64_t k)
{
    return cdf((struct law){.p = p}, n, k);
}

static struct law law_of(int64_t N, double p)
{
    return (struct law){.N = N, .D = N ? sample_wrong_in(N, p) : 0, .p = p};
}

int64_t sample_wrong_in(int64_t N, double p)
{
    return (int64_t)rint((double)N * p);
}

double sample_accepts(int64_t N, double p, int64_t n, int64_t d)
{
    return cdf(law_of(N, p), n, d);
}

// ---- the plan ----

// P(X <= d) for a law while n and d walk up, by recurrence; made anew now and then.
struct walk {
    struct law law;
    int64_t n, d;
    double at, upto; // pmf(d), cdf(d)
    int steps;
};

static void exactly(struct walk *w)
{
    w->at = pmf(w->law, w->n, w->d);
    w->upto = cdf(w->law, w->n, w->d);
    w->steps = 0;
}

static void draw_more(struct walk *w)
{
    struct law l = w->law;
    double n = (double)w->n, d = (double)w->d;
    // of those with d wrong ones so far, the next draw is wrong too
    w->upto -= w->at * (l.N ? ((double)l.D - d) / ((double)l.N - n) : l.p);
    w->at *= (n + 1) / (n + 1 - d) *
             (l.N ? ((double)(l.N - l.D) - n + d) / ((double)l.N - n) : 1 - l.p);
    w->n++;
    if (++w->steps >= EXACT_EVERY || w->at <= 0)
        exactly(w);
}

static void allow_more(struct walk *w)
{
    w->at = w->at > 0 && w->n > w->d ? w->at * ratio_next(w->law, w->n, w->d) : 0;
    w->d++;
    w->upto += w->at;
    if (++w->steps >= EXACT_EVERY || w->at <= 0)
        exactly(w);
}

static enum err check_levels(int64_t N, double p0, double p1, struct error *e)
{
    if (N >= 0 && N <= SAMPLE_MOST && p0 >= 0 && p0 < p1 && p1 <= 1)
        return ERR_OK;
    if (N < 0 || N > SAMPLE_MOST)
        error_set(e, ERR_INPUT, "sample.size", "size",
                  "a lot of %lld records is not one of 1 to %lld", (long long)N,
                  (long long)SAMPLE_MOST);
    else
        error_set(e, ERR_INPUT, "sample.levels", "p0, p1",
                  "p0 = %g and p1 = %g: expected 0 <= p0 < p1 <= 1", p0, p1);
    return error_cure(e, "p0 is the share of wrong records that is still good, p1 the "
                         "share that must not pass, such as 0.05 and 0.20.");
}

enum err sample_plan(int64_t N, double p0, double p1, double alpha, double beta,
                     struct sample_plan *out, struct error *e)
{
    enum err code = check_levels(N, p0, p1, e);
    if (code)
        return code;
    if (!(alpha > 0 && alpha < 1 && beta > 0 && beta < 1)) {
        error_set(e, ERR_INPUT, "sample.errors", "alpha, beta",
                  "errors of %g and %g: both must be above 0 and below 1", alpha, beta);
        return error_cure(e, "0.10 for both is usual.");
    }
    struct walk good = {.law = law_of(N, p0), .at = 1, .upto = 1}, bad = good;
    bad.law = law_of(N, p1);
    if (N && good.law.D == bad.law.D) {
        error_set(e, ERR_NOT_FOUND, "sample.same", "size",
                  "in a lot of %lld both shares are %lld wrong records: no sample tells "
                  "them apart",
                  (long long)N, (long long)good.law.D);
        return error_cure(e, "Check all records, or choose shares further apart.");
    }
    for (;;) {
        // the least n that keeps beta with this d; then alpha is as small as it can be
        while (bad.upto > beta + SLACK && bad.n < MOST_DRAWN) {
            draw_more(&bad);
            draw_more(&good);
        }
        if (bad.n >= MOST_DRAWN)
            break;
        if (1 - good.upto <= alpha + SLACK) {
            exactly(&good);
            exactly(&bad);
            if (1 - good.upto <= alpha + SLACK && bad.upto <= beta + SLACK) {
                *out =
                    (struct sample_plan){bad.n, bad.d, fmax(1 - good.upto, 0), bad.upto};
                return ERR_OK;
            }
            if (bad.upto > beta + SLACK)
                continue;
        }
        allow_more(&bad);
        allow_more(&good);
    }
    error_set(e, ERR_LIMIT, "sample.large", "p0, p1",
              "shares of %g and %g are so near that more than %d would have to be drawn",
              p0, p1, MOST_DRAWN);
    return error_cure(e, "Choose shares further apart, or larger errors.");
}

int64_t sample_threshold(int64_t n, double upper, double gap, double *alpha, double *beta)
{
    double lower = upper - gap, least = INFINITY;
    int64_t best = (int64_t)floor((double)n * (upper - gap / 2) + 0.5 + 1e-9);
    best = best < 1 ? 1 : best > n ? n : best;
    // t - 1 or fewer good refuse: both errors by their running sums
    if (lower >= SAMPLE_LEAST_LOWER - 1e-9)
        for (int64_t t = 0; t <= n; t++) {
            double sum = sample_binomial_cdf(n, upper, t - 1) + 1 -
                         sample_binomial_cdf(n, lower, t - 1);
            if (sum <= least + 1e-9) {
                least = fmin(sum, least);
                best = t;
            }
        }
    *alpha = sample_binomial_cdf(n, upper, best - 1);
    *beta = 1 - sample_binomial_cdf(n, fmax(lower, 0), best - 1);
    return best;
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

size_t sample_curve(int64_t size, double p0, double p1, double shares[SAMPLE_CURVE_MOST])
{
    static const double steps[] = {1e-4, 2e-4, 5e-4,  0.001, 0.002, 0.005,
                                   0.01, 0.02, 0.025, 0.05,  0.1};
    double most = fmin(2 * p1, 1), step = 0.1, all[SAMPLE_CURVE_MOST];
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (most / steps[i] <= 25) {
            step = steps[i];
            break;
        }
    for (int i = 0; i <= 40 && i * step <= most + 1e-9; i++)
        all[n++] = fmin(i * step, 1);
    all[n++] = p0;
    all[n++] = p1;
    for (size_t i = 0; i < n && size; i++)
        all[i] = (double)sample_wrong_in(size, all[i]) / (double)size;
    qsort(all, n, sizeof *all, rising);
    for (size_t i = 0; i < n; i++)
        if (!kept || all[i] > shares[kept - 1] + 1e-12)
            shares[kept++] = all[i];
    return kept;
}

// ---- the verdict ----

// The least (or the most) D of the lot that does not make the sample rarer than 2.5 %.
static int64_t bound(int64_t N, int64_t n, int64_t wrong, bool low)
{
    int64_t from = wrong, to = N - (n - wrong);
    while (from < to) {
        int64_t D = from + (to - from + !low) / 2;
        double p = low ? 1 - sample_hypergeometric_cdf(N, D, n, wrong - 1)
                       : sample_hypergeometric_cdf(N, D, n, wrong);
        bool fits = p > 0.025;
        if (low)
            *(fits ? &to : &from) = fits ? D : D + 1;
        else
            *(fits ? &from : &to) = fits ? D : D - 1;
    }
    return from;
}

enum err sample_judge(int64_t N, int64_t n, int64_t wrong, const struct sample_plan *plan,
                      double p0, double p1, struct sample_verdict *out, struct error *e)
{
    enum err code = check_levels(N, p0, p1, e);
    if (code)
        return code;
    if (n < 1 || (N && n > N) || wrong < 0 || wrong > n) {
        error_set(e, ERR_INPUT, "sample.counts", "n, wrong",
                  "%lld wrong of %lld drawn%s cannot be", (long long)wrong, (long long)n,
                  N && n > N ? " from a smaller lot" : "");
        return error_cure(e, "Count the records that were looked at, and those of them "
                             "with anything wrong.");
    }
    out->accepted = wrong <= plan->d;
    if (N) {
        out->low = (double)bound(N, n, wrong, true) / (double)N;
        out->high = (double)bound(N, n, wrong, false) / (double)N;
    } else {
        struct interval i = interval_exact((double)wrong, (double)n, 0.95);
        out->low = i.low;
        out->high = i.high;
    }
    out->error = out->accepted ? sample_accepts(N, p1, n, plan->d)
                               : 1 - sample_accepts(N, p0, n, plan->d);
    return ERR_OK;
}

// ---- drawing ----

void sample_draw(struct rng *rng, int64_t N, int64_t n, int64_t *out)
{
    size_t have = 0;
    for (int64_t top = N - n; top < N; top++) {
        int64_t x = (int64_t)rng_below(rng, (uint64_t)top + 1);
        size_t low = 0, high = have;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (out[middle] < x)
                low = middle + 1;
            else
                high = middle;
        }
        if (low < have && out[low] == x) {
            x = top; // larger than any so far
            low = have;
        }
        memmove(out + low + 1, out + low, (have - low) * sizeof *out);
        out[low] = x;
        have++;
    }
}
