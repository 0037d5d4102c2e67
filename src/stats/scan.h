// SPDX-License-Identifier: AGPL-3.0-or-later
// Scan statistics: where and when are there more cases than chance gives, with the
// p-value corrected for every window that was looked at.
//
// Models (log-likelihood ratio of a window z against the same rate everywhere):
//   Bernoulli    cases among cases and controls     Kulldorff and Nagarwalla 1995;
//   Kulldorff 1997 Poisson      cases against expected numbers     Kulldorff 1997
//   permutation  cases in space and time only       Kulldorff et al. 2005
//   ordinal      cases in ordered categories        Jung, Kulldorff and Klassen 2007
// Windows: circles and ellipses around centres (Kulldorff et al. 2006; penalty
// (4s / (s+1)^2)^a, a = 1 strong, 1/2 medium, 0 none), connected sets of neighbours
// (Tango and Takahashi 2005), each with every interval of time allowed (cylinders);
// prospective: only intervals that end with the last time.
//
// Areas at the same coordinates are one place and enter a window together. Places equally
// far from a centre enter one by one, by x, then y (each makes a window, as in SaTScan):
// no window depends on the order of the rows.
//
// Pure: no I/O. The draws of replication r come from rng_stream(seed, r) and the data's
// order, so the answer is the same on any number of threads. Replications are drawn per
// area and time (multinomial, multivariate hypergeometric), never per case: the cost does
// not grow with the number of cases.
//
// p-values: (1 + replications at least as high) / (1 + replications). Ties: a window's
// ratio counts as equal within 1e-9 relative, and equal goes against the window, so two
// clusters with the same ratio have the same p (plain Monte Carlo). Among windows of
// equal ratio the one with fewer areas, then the one found from the first centre, is
// kept. Gumbel: moments fit of the replications' maxima (Abrams, Kulldorff and Kleinman
// 2010). Sequential stop (Besag and Clifford 1991): after `stop_after` replications at
// least as high as the first cluster, p = stop_after / replications done.
#ifndef STATS_SCAN_H
#define STATS_SCAN_H

#include "base/pool.h"
#include "stats/graph.h"

enum scan_model { SCAN_BERNOULLI, SCAN_POISSON, SCAN_PERMUTATION, SCAN_ORDINAL };
enum scan_span { SCAN_SPATIAL, SCAN_TEMPORAL, SCAN_SPACE_TIME, SCAN_PROSPECTIVE };
enum scan_shape { SCAN_CIRCLE, SCAN_ELLIPSE, SCAN_FLEXIBLE };
enum scan_metric { SCAN_CARTESIAN, SCAN_GREAT_CIRCLE };
enum scan_rates { SCAN_HIGH, SCAN_LOW, SCAN_HIGH_AND_LOW };
enum scan_penalty { SCAN_PENALTY_NONE, SCAN_PENALTY_MEDIUM, SCAN_PENALTY_STRONG };
// Which windows are reported: no area shared with a better one; no centre inside a better
// one; of the limits 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50 % up to
// most_population the one whose significant windows (p <= 0.05), no area shared, make the
// Gini coefficient largest (Han et al. 2016; the least limit of equal ones; where none is
// significant, gini is 0 and the report is SCAN_NO_OVERLAP); every centre's best. Each
// looks at the best window of each centre, and says nothing of a centre that has none.
enum scan_report {
    SCAN_NO_OVERLAP,
    SCAN_NO_CENTRE_IN_OTHER,
    SCAN_GINI,
    SCAN_EVERY_CENTRE
};

struct scan_data {                           // arrays are the caller's, read only
    uint32_t n_areas, n_times, n_categories; // n_times, n_categories at least 1
    const int64_t *cases;      // [area][time][category]; categories only when ordinal
    const int64_t *controls;   // [area][time], Bernoulli only
    const double *expected;    // [area][time], Poisson only: at risk, on any scale
                               // (standardised over covariates: scan_expected)
    const double *population;  // [area] for the limit of a window's size; NULL: cases +
                               // controls, expected, or cases
    const double *x, *y;       // [area]: plane, or longitude and latitude in degrees; may
                               // be NULL with SCAN_TEMPORAL, and with SCAN_FLEXIBLE
                               // (near is then across few borders)
    const struct graph *graph; // SCAN_FLEXIBLE
    uint32_t n_centres;        // 0: the areas are the centres
    const double *centre_x, *centre_y;
};

struct scan_options {
    enum scan_model model;
    enum scan_span span;
    enum scan_shape shape;
    enum scan_metric metric;
    enum scan_rates rates;
    enum scan_penalty penalty; // ellipses
    enum scan_report report;
    double most_population; // share of all, (0, 0.5]
    double most_distance;   // radius (ellipse: longer half axis): unit of the plane, or
                            // km; 0: no limit
    uint32_t most_areas;    // flexible: K, at most 30; 0 means 15
    double most_time_share; // of the study period; 0: no limit by share
    uint32_t most_times, least_times; // length of an interval; 0: no limit, and 1
    uint32_t least_cases;             // of a high cluster; 0 means 2
    bool spatial_too;                 // space-time: also windows over the whole time
    uint32_t replications;            // 0: no p-values
    uint32_t stop_after;              // 0: never stop early
    uint32_t earlier_looks; // prospective: intervals that ended in the last so many times
                            // before the end are in the replications' maximum as well
    uint64_t seed;
};

struct scan_cluster {
    uint32_t centre;       // number of the centre
    const uint32_t *areas; // nearest first
    uint32_t n_areas, first_time, last_time;
    double radius; // to the farthest area; the ellipse's shorter half axis; km or units;
                   // NaN without coordinates
    double axis_ratio, angle;   // ellipse: longer to shorter; degrees from the x axis
    int64_t cases, total;       // total: cases + controls (Bernoulli), else cases
    const int64_t *by_category; // ordinal
    // ratio = cases / expected; relative_risk = inside to outside, may be infinite.
    // Ordinal: cases = total, and these but the population are NaN.
    double population, expected, ratio, relative_risk;
    double log_likelihood_ratio;
    double statistic;        // with the penalty of an ellipse
    double p, p_gumbel;      // NaN without replications
    double recurrence_times; // prospective: 1 / p looks, in times; else NaN
    bool high;
};

struct scan_result {               // in the arena
    struct scan_cluster *clusters; // best first
    uint32_t n_clusters;
    uint64_t n_windows;
    uint32_t replications; // made
    bool stopped;          // by the sequential rule
    double *maxima;        // of the replications, in order of replication
    double critical_05, critical_01, critical_001; // of the statistic; NaN: too few
    double gini;                                   // of the set reported, SCAN_GINI
    double gini_limit; // and the limit of population that gave it
    int64_t cases, total;
};

typedef void scan_progress(void *argument, uint32_t done, uint32_t replications);

// ERR_INPUT names what cannot be scanned and the cure (no cases, no controls, every area
// at the same place, a coordinate that is not a number, a negative count, fewer than two
// areas); ERR_USAGE options that do not go together; ERR_LIMIT where windows would pass
// 2^31; ERR_MEMORY. *out lives in the arena; other memory is given back. pool and
// progress may be NULL; progress is called on the caller's thread. Time: replications x
// steps of all circles (areas^2 at most) x intervals / 32 lanes, and little
// more; memory: 4 bytes a step and, up to 8,191 cases, 28 to 44 more.
enum err scan_run(const struct scan_data *data, const struct scan_options *options,
                  struct pool *pool, scan_progress *progress, void *argument,
                  struct arena *a, struct scan_result *out, struct error *e) WARN_UNUSED;

// Expected numbers standardised over covariates (indirect): cells are area x time x
// stratum; out[area][time] = sum over strata of population x (cases / population of the
// stratum). population [area][time][stratum]; cases the same shape.
enum err scan_expected(double *out, const int64_t *cases, const double *population,
                       uint32_t n_areas, uint32_t n_times, uint32_t n_strata,
                       struct error *e) WARN_UNUSED;

// Great-circle distance in km on a sphere of 6367 km: the radii that SaTScan prints for
// New York (13.01, 7.70 and 5.82 km) allow 6363.8 to 6368.7.
double scan_distance(double longitude_a, double latitude_a, double longitude_b,
                     double latitude_b);

#endif
