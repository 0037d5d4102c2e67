// SPDX-License-Identifier: AGPL-3.0-or-later
// Watching a series of counts: is the newest number higher than its own past allows, and
// how often would the same rule have rung where nothing happened?
//
//   EARS C1, C2, C3   against the mean and spread of some periods before (C2 leaves the
//                     last two out, C3 adds up three C2): Hutwagner, Thompson, Seeman and
//                     Treadwell 2003, J. Urban Health 80(S1)
//   Farrington        the same weeks of some years before, quasi-Poisson with trend, past
//                     outbreaks weighed down by Anscombe residuals: Farrington, Andrews,
//                     Beale and Catchpole 1996, JRSS A 159(3)
//   flexible          all weeks of those years, the year cut in blocks; negative binomial
//                     bound: Noufaily et al. 2013, Statistics in Medicine 32(7)
//   CUSUM             binomial log-likelihood ratio (boys of births, late of all), summed
//                     and never below 0: Page 1954; Steiner et al. 2000, Biostatistics 1
// EARS and Farrington give the bounds of R's package surveillance 1.20.3 (earsC,
// farringtonFlexible). That includes its dispersion of a reweighted fit: of the weights
// of reweighting, not of the working weights, which makes the bound too narrow where
// means are above 1; `as_published` takes the working weights.
//
// Pure: no I/O and no allocation; scratch is the caller's (surveillance_scratch doubles,
// one for each thread). Counts that are NaN are gaps: never judged, and left out of a
// past (EARS needs a past without gaps).
#ifndef STATS_SURVEILLANCE_H
#define STATS_SURVEILLANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum surveillance_method {
    SURVEILLANCE_EARS_C1,
    SURVEILLANCE_EARS_C2,
    SURVEILLANCE_EARS_C3,
    SURVEILLANCE_FARRINGTON,
    SURVEILLANCE_FLEXIBLE,
    SURVEILLANCE_CUSUM,
    SURVEILLANCE_METHODS
};

enum surveillance_bound {
    SURVEILLANCE_DELTA,  // normal on the scale of 2/3 powers
    SURVEILLANCE_MUAN,   // negative binomial at the upper quantile of the mean
    SURVEILLANCE_PLUG_IN // negative binomial at the mean
};

enum { SURVEILLANCE_MOST_BLOCKS = 24 };

struct surveillance_options {
    enum surveillance_method method;
    double alpha; // one-sided, of one look
    // EARS
    unsigned baseline;  // periods; 3 or more
    double least_sigma; // the spread is never taken below this
    // Farrington
    unsigned years, half_window;
    unsigned blocks;       // of a year; 1: only the windows
    unsigned leave_out;    // newest periods that the past does not hold
    double reweight_above; // Anscombe residual above which a value weighs less
    double trend_below;    // p-value below which the trend is kept
    enum surveillance_bound bound;
    unsigned least_cases, least_periods; // no alarm when fewer cases in so many periods
    bool as_published;
    // CUSUM: shares that it tells apart, and the decision limit
    double share, share_out, limit;
};

// As in the sources: C1, C2 alpha .001, C3 .025, 7 periods; Farrington 5 years, window 3,
// trend at .05, reweighting above 1, .01, delta; flexible 10 blocks, 26 left out,
// reweighting above 2.58, trend always, .05, muan; CUSUM: shares and limit are the
// caller's.
struct surveillance_options surveillance_defaults(enum surveillance_method method);

struct surveillance_series {
    const double *count; // n; NaN is a gap
    size_t n;
    const double *of; // CUSUM: count is a part of this. Farrington: people at risk, may
                      // be NULL
    const int32_t *days; // first days of the periods, rising, evenly apart; may be NULL
    unsigned season;     // periods in a year: the year before, where days is NULL
};

enum surveillance_state {
    SURVEILLANCE_JUDGED,
    SURVEILLANCE_SHORT, // the history does not reach back
    SURVEILLANCE_GAP,   // no value now, or gaps in the past that is needed
    SURVEILLANCE_FEW,   // fewer cases than least_cases
    SURVEILLANCE_NO_FIT // no model, or no spread to compare with
};

struct surveillance_point {
    enum surveillance_state state;
    bool alarm, trend;
    double expected, bound; // alarm: count (CUSUM: statistic) above bound; NaN: none
    double statistic;  // EARS: standard deviations; CUSUM: the sum; Farrington: score
    double p;          // Farrington: of a count at least as high; else NaN
    double dispersion; // Farrington; else NaN
};

// Doubles that the calls below need.
size_t surveillance_scratch(const struct surveillance_options *o, size_t n);

// Judges from..n-1: out has n - from places. O(n) for EARS and CUSUM; Farrington
// O(past x columns^2) for each. A CUSUM starts at 0 at from and again after an alarm; a
// period without cases at risk leaves it as it is.
void surveillance_run(const struct surveillance_series *s,
                      const struct surveillance_options *o, size_t from,
                      struct surveillance_point *out, double *scratch);

// The limit at which a CUSUM of `of` cases each period rings once in run_length periods
// on the mean while the share is o->share (Markov chain, Brook and Evans 1972, 100
// states). NaN when the shares are not two different numbers in (0, 1), of < 1 or
// run_length <= 1. scratch: surveillance_scratch.
double surveillance_cusum_limit(double of, double share, double share_out,
                                double run_length, double *scratch);
// And the run length that a limit has.
double surveillance_cusum_run_length(double of, double share, double share_out,
                                     double limit, double *scratch);

// What the series would be if nothing happened: yearly wave without trend, quasi-Poisson,
// what was far above weighed down. mean: n. Returns the dispersion, at least 1.
double surveillance_in_control(const struct surveillance_series *s, double *mean,
                               double *scratch);

struct surveillance_rate {
    uint64_t looks, alarms;       // simulated
    double per_period, low, high; // rate, and its 95 % Wilson interval
    double run_length;            // 1 / rate; infinite when it never rang
    double per_year;
};

// Rings the rule on `replications` series drawn from what surveillance_in_control (CUSUM:
// o->share) says, with the gaps of s; each looks at its last `looks` periods. Draws come
// from rng_stream(seed, stream). scratch: surveillance_rate_scratch.
size_t surveillance_rate_scratch(const struct surveillance_options *o, size_t n);
struct surveillance_rate surveillance_false_alarms(const struct surveillance_series *s,
                                                   const struct surveillance_options *o,
                                                   size_t looks, unsigned replications,
                                                   uint64_t seed, uint64_t stream,
                                                   double *scratch);
// Several areas as one: all looks together; per_year is added up.
struct surveillance_rate surveillance_together(const struct surveillance_rate *rates,
                                               size_t n);

#endif
