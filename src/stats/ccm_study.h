// SPDX-License-Identifier: AGPL-3.0-or-later
// The whole study of a file with the ccm model: fitted, diagnosed, told by area and year,
// checked and validated. What a page or a table is made from. All in the caller's arena;
// the same on any number of threads.
#ifndef STATS_CCM_STUDY_H
#define STATS_CCM_STUDY_H

#include "stats/ccm_check.h"

struct ccm_births { // births of an area in a year, boys and girls together
    uint32_t area;
    int32_t year; // also of years ahead
    double births;
};

enum ccm_leave { CCM_LEAVE_NONE, CCM_LEAVE_LAST, CCM_LEAVE_RANDOM, CCM_LEAVE_FROM };

struct ccm_study_input {
    struct ccm_data data;
    struct ccm_model model;
    struct ccm_settings settings;
    const struct ccm_births *births; // may be empty; a second of the same area and year
    size_t n_births;                 // is added
    double level;                    // of intervals, .95
    double begins;                   // CCM_BEGINS; NaN: the year after the data
    int32_t years_ahead;             // after the data, when settings name no last year
    enum ccm_leave leave;            // validation
    double leave_share;              // last, random
    int32_t leave_from;              // from
};

// R-hat above the first: say so. Above the second: chains are weighed by stacking.
static const double CCM_R_HAT_SAID = 1.01, CCM_R_HAT_STACKED = 1.05;
enum { CCM_ESS_ENOUGH = 400 };

struct ccm_study {
    struct ccm_study_input input;
    struct ccm_fit fit;
    struct ccm_loo loo;
    bool stacked;
    struct ccm_picks picks;
    // by area
    struct ccm_area_summary *areas;
    struct ccm_years *years;
    struct ccm_replicated *replicated;
    const double *const *births; // [area][year of the fit]; NULL or NaN: not known
    // by area and year: the data, joined by precision; NaN where there are none
    double *const *observed, *const *observed_sd; // log ratio, its sd
    bool any_births;
    struct ccm_range missing_in_all;
    // what is common: fit.n_hypers, then omega of the types that were unknown
    struct ccm_range *common;
    struct diagnosis *common_diagnosis;
    double worst_r_hat, least_ess;    // of all
    struct ccm_validation validation; // where input.leave
    int32_t validated_from;           // CCM_LEAVE_LAST and FROM
};

enum err ccm_study_make(struct ccm_study *out, const struct ccm_study_input *input,
                        struct pool *pool, struct arena *a, struct error *e) WARN_UNUSED;

#endif
