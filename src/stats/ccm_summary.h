// SPDX-License-Identifier: AGPL-3.0-or-later
// What the draws of a ccm_fit say: when it began, how high, when it ends; the ratio of
// each year; girls missing; years ahead by scenario. Pure functions, results in the
// caller's arena; several threads may read one fit.
//
// All figures are medians and quantiles over the draws picked. Missing girls of a year
// with B births: boys / reference - girls, the reference being the ratio without
// inflation in the same draw (baseline x log eta); with Theta = boys / girls that is B /
// (1 + Theta) x (Theta / reference - 1). Guilmoto, Chao and Kulkarni, Population Studies
// 74(2), 2020. It is not B / (1 + reference), which gives about half.
#ifndef STATS_CCM_SUMMARY_H
#define STATS_CCM_SUMMARY_H

#include "stats/ccm.h"

struct ccm_picks { // draws that count, as numbers chain * n_draws + draw
    uint32_t *of;
    size_t n;
};
// All draws; or, with weights of chains (sum 1), as many of each chain as its weight
// says, spread over it.
enum err ccm_pick(struct ccm_picks *out, const struct ccm_fit *fit, const double *weights,
                  struct arena *a, struct error *e) WARN_UNUSED;

struct ccm_range {
    double low, middle, high; // NaN where there are too few draws to say
};

enum ccm_scenario {
    CCM_AS_MODELLED, // the transition goes on as it does in each draw
    CCM_WITHOUT,     // no inflation after the last year of data
    CCM_CONSTANT,    // inflation stays as it is in the last year of data
    CCM_BEGINS,      // where there is none, it begins in a given year
    CCM_SCENARIOS
};
extern const char *const ccm_scenario_names[CCM_SCENARIOS]; // "as_modelled", ...

// Theta in a year of the fit; begins is read by CCM_BEGINS only. As modelled up to the
// last year of data. NaN for CCM_BEGINS in a fit without transitions.
double ccm_scenario_ratio(const struct ccm_fit *fit, size_t pick, size_t area,
                          int32_t year, enum ccm_scenario scenario, double begins);

struct ccm_area_summary {
    double probability; // of inflation (delta = 1)
    bool strong;        // probability >= .95: the papers' "strong evidence"
    size_t n_inflated;  // draws behind what follows; below 50 all of it is NaN
    struct ccm_range start, top, fall,
        end; // years: begins, at full height, falls, is over
    struct ccm_range height, length[CCM_LENGTHS];
    struct ccm_range baseline;
    // from all draws: where the median ratio is highest up to the last year of data, and
    // the ratio there and at the (median) start
    int32_t peak_year;
    struct ccm_range peak, at_start;
    double acceptance, pareto_k, log_evidence; // of the fit
    double worst_r_hat,
        least_ess; // over start, height, lengths, ratios of every fifth year
};
// level: .95 gives 2.5 and 97.5 % quantiles.
enum err ccm_summarise(struct ccm_area_summary *out, const struct ccm_fit *fit,
                       size_t area, const struct ccm_picks *picks, double level,
                       struct arena *scratch, struct error *e) WARN_UNUSED;

struct ccm_year {
    int32_t year;
    bool ahead;                               // after the last year of data
    struct ccm_range ratio, inflation;        // Theta; delta x alpha
    struct ccm_range scenario[CCM_SCENARIOS]; // Theta
    struct ccm_range missing;                 // NaN without births
    struct ccm_range missing_in[CCM_SCENARIOS];
};
struct ccm_years {
    struct ccm_year *of;
    size_t n;
    struct ccm_range missing, missing_ahead[CCM_SCENARIOS]; // sums: to the last year of
                                                            // data; after it
};
// births: by year of the fit, NaN where not known; NULL: none.
enum err ccm_by_year(struct ccm_years *out, const struct ccm_fit *fit, size_t area,
                     const struct ccm_picks *picks, const double *births, double begins,
                     double level, struct arena *a, struct error *e) WARN_UNUSED;

// Sum over areas of missing girls up to the last year of data; births[area] as above.
enum err ccm_missing_in_all(struct ccm_range *out, const struct ccm_fit *fit,
                            const struct ccm_picks *picks, const double *const *births,
                            double level, struct arena *scratch,
                            struct error *e) WARN_UNUSED;

// Lowest to highest: low, middle and high quantiles; x is put in another order. NaN for
// 0.
struct ccm_range ccm_range_of(double *x, size_t n, double level);

#endif
