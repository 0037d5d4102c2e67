// SPDX-License-Identifier: AGPL-3.0-or-later
// Samples of lots: lot quality assurance sampling (LQAS) with the hypergeometric law, and
// drawing at random by a seed that anyone can check.
//
// A lot of N records has D that are wrong. Of n drawn without putting back, d or fewer
// wrong ones accept the lot: P(accept | D) = sum_{k <= d} C(D,k) C(N-D,n-k) / C(N,n).
// alpha is the chance to refuse a lot that is as good as p0, beta that to accept one that
// is as bad as p1 (Lemeshow & Taber 1991; Valadez 1991; Robertson et al. 1997, WHO
// Bull.).
#ifndef STATS_SAMPLE_H
#define STATS_SAMPLE_H

#include "base/error.h"
#include "base/rng.h"

#define SAMPLE_MOST INT64_C(1000000000000) // records of a lot

// P(X <= k) for X hypergeometric: n drawn of N with D marked (0 <= n, D <= N <=
// SAMPLE_MOST). To about 1e-12 of the value or of 1, also for lots of 1e9: terms by
// Loader's saddle point ("Fast and accurate computation of binomial probabilities",
// 2000), the cdf from its own end, so that it takes some deviations of steps, n at most.
double sample_hypergeometric_cdf(int64_t N, int64_t D, int64_t n, int64_t k);
double sample_hypergeometric_pmf(int64_t N, int64_t D, int64_t n, int64_t k);
double sample_binomial_cdf(int64_t n, double p, int64_t k);

// Records of a lot of N that are wrong when a share of p is: round(N p), halves to the
// even one.
int64_t sample_wrong_in(int64_t N, double p);
// The chance to accept (the operating characteristic) with n and d when a share of p is
// wrong. N 0: a lot without end.
double sample_accepts(int64_t N, double p, int64_t n, int64_t d);

struct sample_plan {
    int64_t n, d;       // draw n; accept at d or fewer wrong
    double alpha, beta; // as they are with this n and d
};
// The smallest n, and of these the smallest d, that keep both errors. N 0: a lot without
// end (binomial). The lot as good as p0 has round(N p0) wrong, as bad as p1 round(N p1).
// ERR_INPUT: probabilities; ERR_NOT_FOUND: not even the whole lot would tell them apart;
// ERR_LIMIT: over twenty million would have to be drawn. O(n).
enum err sample_plan(int64_t N, double p0, double p1, double alpha, double beta,
                     struct sample_plan *out, struct error *e) WARN_UNUSED;

// The usual table of coverage surveys: with n drawn, the least number found good that
// accepts at `upper` coverage against `upper - gap`. Rule: that which minimises alpha +
// beta, the higher of two that are equal; where the lower end would be under
// SAMPLE_LEAST_LOWER, so that nothing is left to tell apart, the middle between the ends:
// round(n (upper - gap / 2)), halves up, at least 1. (n 12, thresholds 20 to 95 % with a
// gap of 30 points: 1 1 2 2 3 4 5 5 6 7 7 8 8 9 10 11; n 19: 1 2 3 ... 16.) alpha: chance
// to refuse at `upper`; beta: to accept at the lower end (0 where it would be negative).
#define SAMPLE_LEAST_LOWER 0.05
int64_t sample_threshold(int64_t n, double upper, double gap, double *alpha,
                         double *beta);

// Shares at which the operating characteristic is shown: from 0 by even steps to twice
// p1, with p0 and p1; each a whole number of records of the lot (size 0: any). At most
// SAMPLE_CURVE_MOST. Returns their number.
enum { SAMPLE_CURVE_MOST = 48 };
size_t sample_curve(int64_t size, double p0, double p1, double shares[SAMPLE_CURVE_MOST]);

struct sample_verdict {
    bool accepted;
    double low, high; // exact interval of the share of wrong ones in the lot, 95 %
    double error;     // beta at p1 when accepted, alpha at p0 when refused
};
// By plan->d, and with the errors of as many as were drawn (n, which may differ from
// plan->n). The interval holds every D with P(X >= wrong) and P(X <= wrong) above 2.5 %
// (Clopper and Pearson's for the hypergeometric law; N 0: theirs). ERR_INPUT: counts.
enum err sample_judge(int64_t N, int64_t n, int64_t wrong, const struct sample_plan *plan,
                      double p0, double p1, struct sample_verdict *out,
                      struct error *e) WARN_UNUSED;

// n different numbers of 0..N-1, rising, each set as likely as any other (Floyd; sorted).
// The same for the same seed on every machine. out has n. For j from N - n to N - 1: x =
// rng_below(j + 1); x is taken, or j where x is taken already (Bentley and Floyd 1987,
// CACM 30(9)). 0 <= n <= N. Up to n^2 / 4 numbers are moved: 100,000 take a second.
void sample_draw(struct rng *rng, int64_t N, int64_t n, int64_t *out);

#endif
