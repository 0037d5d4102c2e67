// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files of the scan statistic share; nobody else includes it.
//
//   scan_problem.c     the caller's data checked, and in the shape that is scanned
//   scan_likelihood.c  the ratio of a window; how many cases it needs to pass a bound
//   scan_windows.c     circles, ellipses and intervals; the walk over all windows
//   scan_flexible.c    connected sets of neighbours
//   scan_draws.c       data under the null hypothesis
//   scan_sweep.c       all windows over several replications side by side
//   scan_narrow.c      the same for small counts, in 16 bits
//   scan_observe.c     the best window of each centre in the data themselves
//   scan_report.c      which of them are reported, and their p-values
//
// A window is a set of areas and an interval of times. Every model but the ordinal one
// gives a window a measure that no replication changes (Bernoulli: cases and controls;
// Poisson: expected cases; permutation: product of the margins), which is a sum over its
// areas and times, and the ratio depends on the cases and the measure alone.
#ifndef STATS_SCAN_PRIVATE_H
#define STATS_SCAN_PRIVATE_H

#include "base/rng.h"
#include "stats/scan.h"

enum {
    SCAN_MOST_NEIGHBOURS = 30, // flexible: K
    SCAN_MOST_LIMITS = 15,     // of population, for the Gini coefficient
    SCAN_MOST_ELLIPSES = 47,
    SCAN_LANES = 32, // replications side by side
    SCAN_REACH_POINTS = 1024,
    SCAN_MOST_CATEGORIES = 64,
    SCAN_MOST_TABLE = 1 << 20 // x log x from a table up to so many cases
};
#define SCAN_TIE 1e-9
#define SCAN_START UINT32_MAX // a set that begins with this area

// ---- the problem ----

struct scan_likelihood {
    bool bernoulli;
    double cases;   // of all
    double measure; // of all: cases and controls, or cases
    double share;   // cases to measure
};

struct scan_problem {
    const struct scan_data *data;
    const struct scan_options *options;
    // as scanned: one time when purely spatial, one area when purely temporal
    uint32_t n_areas, n_times, n_categories;
    size_t n_cells;       // n_areas x n_times
    int64_t *cases;       // [area][time][category]
    int64_t *trials;      // [area][time]: cases and controls, or all cases
    int64_t *by_category; // [category]
    double *cumulative;   // cases up to and with this time: [area][time][category]
    double *expected;     // Poisson: [area][time], sums to the cases
    double *measure;      // up to and with this time: [area][time]
    double *population;   // [area]
    double total_population;
    int64_t total_cases, total_trials;
    struct scan_likelihood likelihood;
    const double *x_log_x; // ordinal: of 0 to all cases, or NULL
};

enum err scan_problem_make(struct scan_problem *out, const struct scan_data *data,
                           const struct scan_options *options, struct arena *a,
                           struct error *e) WARN_UNUSED;

// ---- the likelihood ----

static inline double scan_expected_cases(const struct scan_likelihood *l, double measure)
{
    return measure * l->share;
}

// Logarithm of the ratio, whether the rate is high or low. Never negative.
double scan_log_ratio(const struct scan_likelihood *l, double cases, double measure);
// Ordinal: in[] and all[] of n categories, lowest first; high: higher categories inside.
double scan_ordinal_ratio(const double *in, const double *all, unsigned n, bool high,
                          const double *x_log_x);

// Cases less expected that a window must have for a statistic above b are at least
// reach x sqrt(b), for every b of a range. With c(b) the cases at which the ratio is b,
// reach is the least (c(b) - expected) / sqrt(b); it stands at an end of the range, since
// b / (c - expected)^2 is a mean of second derivatives of the ratio, each convex in c.
// Over the measure, c(b) borders a convex set (the ratio is a relative entropy), so reach
// is concave: the straight line between two points of the table lies below it, and no
// window that passes is lost.
struct scan_reach {
    double scale; // points: measure = (i / scale)^2
    float inverse_width[SCAN_REACH_POINTS];
    double high[SCAN_REACH_POINTS + 1], low[SCAN_REACH_POINTS + 1];
};
// penalty: the statistic is penalty x ratio. from <= b <= to; to may be INFINITY.
void scan_reach_make(struct scan_reach *out, const struct scan_likelihood *l,
                     enum scan_rates rates, double penalty, double from, double to);

static inline double scan_reach_at(const double *table, const struct scan_reach *reach,
                                   double measure)
{
    double y = measure * reach->scale * reach->scale;
    int i = (int)__builtin_sqrt(y);
    if (i >= SCAN_REACH_POINTS)
        return table[SCAN_REACH_POINTS];
    double part = (y - (double)i * i) * (double)reach->inverse_width[i];
    return table[i] + part * (table[i + 1] - table[i]);
}

// ---- windows ----

struct scan_interval {
    uint32_t first, last;
};

struct scan_ellipse {
    double axis_ratio, angle, penalty;
    uint32_t reach; // ellipses of one penalty share a table
};

enum { SCAN_ENDS = 1, SCAN_SEEN = 2, SCAN_STEP_BITS = 2 };

struct scan_local { // flexible: the nearest areas of a centre, itself first
    uint32_t n;
    uint32_t areas[SCAN_MOST_NEIGHBOURS];
    uint32_t touches[SCAN_MOST_NEIGHBOURS]; // bits: members that touch this one
    uint32_t has[SCAN_MOST_NEIGHBOURS];     // bits: members that are among this one's
    uint32_t seen_by[SCAN_MOST_NEIGHBOURS]; // bits: members that have this one
    uint32_t earlier;                       // bits: members that are earlier centres
};

struct scan_windows {
    const struct scan_problem *problem;
    uint32_t n_centres, n_ellipses, n_reaches;
    struct scan_ellipse ellipses[SCAN_MOST_ELLIPSES];
    double penalties[8];
    size_t *path_start; // [centre x n_ellipses + ellipse], and the end
    // area << 2 | SCAN_ENDS where a window ends | SCAN_SEEN when it came before
    uint32_t *steps;
    struct scan_local *locals; // flexible
    struct scan_interval *intervals;
    uint32_t n_intervals;    // in replications
    uint32_t n_intervals_at; // the first of them; in the data
    double most_population;
    uint64_t n_windows; // different ones in the data
};

struct scan_step {
    uint32_t area;
    uint32_t from, to; // the set at place `to` is that at `from` and the area
    bool ends;         // it is a window
    bool seen;         // that came before
    uint32_t centre, ellipse;
    uint32_t n;    // areas added from this path, this one too
    uint32_t mask; // flexible: members of the set
    double population;
};
typedef void scan_visit(void *argument, const struct scan_step *step);

enum err scan_windows_make(struct scan_windows *out, const struct scan_problem *p,
                           struct pool *pool, struct arena *a,
                           struct error *e) WARN_UNUSED;
// Every set of a centre, each after the one it grew from. distinct: sets that came before
// may be left out.
void scan_walk(const struct scan_windows *w, uint32_t centre, bool distinct,
               scan_visit *visit, void *argument);
// As pool_run; a pool of NULL is this thread alone.
void scan_for_each(struct pool *pool, size_t n, pool_task *task, void *argument);
// Places that scan_step.to needs.
uint32_t scan_depth(const struct scan_windows *w);

// Squared distance of an area from a centre in the ellipse's measure (its shorter half
// axis); great circles: of the chord, on a sphere of radius 1.
double scan_squared_distance(const struct scan_problem *p, uint32_t centre,
                             uint32_t ellipse, uint32_t area);
// Of any place, as of an area.
double scan_squared_between(const struct scan_problem *p, uint32_t centre,
                            uint32_t ellipse, double x, double y);
double scan_length(const struct scan_problem *p, double squared); // km or units
void scan_ellipses_make(struct scan_windows *w, enum scan_shape shape,
                        enum scan_penalty penalty);

enum err scan_flexible_make(struct scan_windows *w, struct arena *a,
                            struct error *e) WARN_UNUSED;
void scan_flexible_walk(const struct scan_windows *w, uint32_t centre, bool distinct,
                        scan_visit *visit, void *argument);

// ---- draws ----

enum scan_draw_method {
    SCAN_DRAW_CASES,     // Poisson, few cases: each case by an alias table
    SCAN_DRAW_BINOMIALS, // Poisson: area after area, given those before
    SCAN_DRAW_SHUFFLE,   // fixed margins, few cases: each case in a random place
    SCAN_DRAW_MARGINS    // fixed margins: hypergeometric, given those before
};

struct scan_alias {
    uint64_t chance; // of staying, of 2^64
    uint64_t other;
};

struct scan_draws {
    enum scan_draw_method method;
    size_t n_out; // numbers that a draw gives
    int64_t total;
    // Poisson
    size_t n_cells;
    struct scan_alias *alias;
    double *share; // of this cell among it and those after
    // margins: rows x columns
    uint32_t n_rows, n_columns, n_kept; // the first n_kept columns are wanted
    const int64_t *rows;
    int64_t *columns;
    uint32_t *order;     // columns, the largest last
    uint32_t *row_of;    // of each individual
    size_t scratch_size; // bytes that a thread needs
};

enum err scan_draws_make(struct scan_draws *out, const struct scan_problem *p,
                         struct arena *a, struct error *e) WARN_UNUSED;
void scan_scratch_make(const struct scan_draws *d, void *scratch);
// out[n_out]; the scratch is as it was afterwards.
void scan_draw(const struct scan_draws *d, struct rng *r, void *scratch, int64_t *out);
// Good ones in a sample without replacement. All below 2^52.
int64_t scan_hypergeometric(struct rng *r, int64_t good, int64_t bad, int64_t sample);

// ---- sweeps: the maximum of each replication ----

struct scan_sweep {
    const struct scan_windows *windows;
    const struct scan_draws *draws;
    uint64_t seed;
    const struct scan_reach *reaches; // for statistics of the usual size; [penalty]
    const struct scan_reach *loose;   // for any
    double from, to;                  // the usual size
    struct scan_narrow *narrow;       // NULL: counts are too large for it
};

// Bytes of scratch for a thread.
size_t scan_sweep_scratch(const struct scan_sweep *s);
void scan_sweep_scratch_make(const struct scan_sweep *s, void *scratch); // at 64 bytes
// maxima[0..SCAN_LANES) of replications first, first + 1 ...
void scan_sweep_run(const struct scan_sweep *s, uint32_t first, void *scratch,
                    double *maxima);

// NULL in *out where the data or the processor do not fit.
enum err scan_narrow_make(struct scan_narrow **out, const struct scan_windows *w,
                          const struct scan_draws *d, struct arena *a,
                          struct error *e) WARN_UNUSED;
// After the reaches of the sweep have changed.
void scan_narrow_thresholds(struct scan_narrow *n, const struct scan_sweep *s);
size_t scan_narrow_scratch(const struct scan_narrow *n);
void scan_narrow_scratch_make(const struct scan_narrow *n, void *scratch);
// Raises best[] of each lane to the maximum, if that is above what it was.
void scan_narrow_run(const struct scan_sweep *s, uint32_t first, void *scratch,
                     double *best);

// ---- the data ----

struct scan_best { // best window of a centre
    double statistic, log_ratio, cases, measure;
    uint32_t centre, ellipse, n, mask, first, last;
    bool high, found;
};

// best[limit x n_centres + centre]; limits of population rise, the last is the main one.
enum err scan_observe(struct scan_best *best, const struct scan_windows *w,
                      const double *limits, unsigned n_limits,
                      const struct scan_reach *loose, struct pool *pool,
                      uint64_t *n_windows, struct error *e) WARN_UNUSED;

// ---- the report ----

struct scan_limits { // shares of population, rising; the last is the one asked for
    unsigned n;
    double share[SCAN_MOST_LIMITS + 1];
};
void scan_limits_make(struct scan_limits *out, const struct scan_options *options);
// Puts the centres' best in order (ties by areas, then centre), those that found nothing
// last; returns how many found something.
uint32_t scan_rank(struct scan_best *best, uint32_t n);
// out holds the replications; best is [limit][centre].
enum err scan_report_make(struct scan_result *out, struct scan_best *best,
                          const struct scan_limits *limits, const struct scan_windows *w,
                          struct arena *a, struct error *e) WARN_UNUSED;

#endif
