// SPDX-License-Identifier: AGPL-3.0-or-later
// A file of births smoothed: areas with few births borrow from their neighbours, from
// other times and from the whole (stats/latent.h). What `heng srb --smooth` writes as
// CSV, JSON and a page (smooth_doc.h) is made from it.
//
// Boys of the births of a cell (area, period, order) are binomial; the log odds are an
// intercept, birth orders, covariates, levels of areas (the innermost with its neighbours
// where they are known), a course in time and what areas do against it. Ratios of areas,
// periods and orders over several cells are made from joint draws; of one cell exactly.
//
// Plain data in the caller's arena; the pool is used while it is made. Whatever is judged
// is an area, an order or a period, never a person.
#ifndef STUDY_SMOOTH_STUDY_H
#define STUDY_SMOOTH_STUDY_H

#include "stats/latent.h"
#include "study/srb_study.h"

enum smooth_time {
    SMOOTH_NO_TIME,
    SMOOTH_TIME_IID,
    SMOOTH_TIME_RW1,
    SMOOTH_TIME_RW2,
    SMOOTH_TIME_AR1
};

enum { SMOOTH_MAX_COVARIATES = 20, SMOOTH_MAX_FIXED_ORDERS = 6 };

struct smooth_input {
    const struct srb_input *counts;
    const struct srb_study *raw; // of the same input
    const struct graph *graph;   // of the groups of the innermost level; NULL: none
    size_t n_covariates;
    const double *const *covariates; // by row of the input
    const struct str *covariate_names;
    enum smooth_time time;
    unsigned interaction; // 0: none; 1 to 4: the type
    double spread;        // P(sd of an effect > spread) = 0.01, on the log odds
    uint64_t seed;
};

struct smooth_row { // an area, an order, a period, or all
    struct str name;
    uint32_t group; // its number among the groups of the input
    double boys, girls, raw;
    struct interval raw_interval; // Wilson
    struct latent_marginal ratio; // boys per 100 girls
    double above;                 // probability of being above the reference
    bool enough;                  // births to tell 115 from 105: may be ranked
};

struct smooth_cell {
    uint32_t area, period, order; // groups; UINT32_MAX where there are none
    double boys, girls;
    struct latent_marginal ratio;
    double above, cpo, pit;
};

enum smooth_parameter_kind {
    SMOOTH_INTERCEPT,
    SMOOTH_ORDER,
    SMOOTH_COVARIATE, // for one unit of the covariate
    SMOOTH_TREND,     // of a period, with rw2
    SMOOTH_SIGMA,
    SMOOTH_PHI,
    SMOOTH_RHO
};

struct smooth_parameter {
    enum smooth_parameter_kind kind;
    struct str name; // of the order, covariate or effect
    struct latent_marginal value;
};

struct smooth_study {
    struct srb_reference reference;
    double enough;
    struct smooth_row all;
    struct smooth_row *areas, *orders, *periods; // of the innermost level
    size_t n_areas, n_orders, n_periods;
    struct str area_column;
    // areas are sorted: those with births enough by the chance of being above, then the
    // others by name; row_of[group] finds one
    uint32_t *row_of;
    struct smooth_cell *cells;
    size_t n_cells;
    struct smooth_parameter *parameters;
    size_t n_parameters;
    struct latent_criteria criteria;
    struct latent_account account;
    uint32_t draws;
    enum smooth_time time; // as fitted
    unsigned interaction;
    bool neighbours;
    uint32_t n_edges, islands;
    size_t without_births; // areas
    size_t surprising;     // cells whose births the others do not lead to expect (PIT
                           // below 2.5 % or above 97.5 %)
};

// ERR_INPUT: a covariate that is the same everywhere; type III or IV without neighbours;
// an interaction without areas or periods; and those of latent_estimate.
enum err smooth_study_make(struct smooth_study *out, const struct smooth_input *input,
                           struct pool *pool, struct arena *a,
                           struct error *e) WARN_UNUSED;

#endif
