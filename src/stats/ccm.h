// SPDX-License-Identifier: AGPL-3.0-or-later
// The model of Chao, Gerland, Cook and Alkema for sex ratios at birth over time: since
// when a ratio has been high, how high it went, when it falls back, what it may be in
// years ahead.
//
//   log y_i ~ N(log Theta_ct, omega_s^2 + v_i^2)     observation i of area c, year t,
//   source s Theta_ct = beta_c eta_ct + delta_c alpha_ct log eta_ct AR(1): rho, sigma;
//   stationary alpha_ct                                         a trapezoid in t: 0 to
//   `start`, up to
//                                                    `height` over length[0] years, stays
//                                                    length[1], back to 0 over length[2]
//   delta_c ~ Bernoulli(pi_c), logit pi_c ~ N(mu, s^2), logit^-1 mu ~ U(0, 1), s ~ U(0,
//   2)
//
// Forms
//   CCM_REGIONAL  rho, sigma and baseline given; start ~ t_3, height and lengths ~
//   normals cut
//                 at 0, with given means and deviations (Viet Nam, Nepal).
//   CCM_NATIONAL  two stages. One: areas and years without risk, no trapezoid; gives
//   beta_c
//                 (normal about its group's level), rho, sigma and omega_s. Two: areas at
//                 risk with the medians of stage one, and their transitions exchangeable:
//                 means and deviations of height, lengths and start are unknown. Fitted
//                 jointly the start years would be biased (AoAS appendix); so they are
//                 not.
//   CCM_LEVEL     AR(1) around an area's own level b_c ~ t_3, no trapezoid (India's
//   states).
//
// Sampling. Given its transition an area's log eta is Gaussian but for the curvature of
// log(beta e^x + alpha), which is small: linearised at x = 0 it is integrated out by one
// Kalman pass. Transitions are proposed from a mixture of t distributions that population
// Monte Carlo has fitted (all modes of the start year are found at once, no chain has to
// cross between them), with the prior mixed in, and by a local walk; log eta is then
// drawn given the transition, and both are accepted with the exact ratio of the model to
// its linearisation. pi, mu and s are integrated out; in stage one the levels beta_c are
// too. All this is exact Markov chain Monte Carlo for the model above.
//
// The same figures on any number of threads: a chain or an area is a task with its own
// stream of random numbers. All memory in the caller's arena; the functions may be called
// from one thread each with its own arena.
//
// Sources: Chao et al., Ann. Appl. Stat. 15(3):1499, 2021 (appendix A); PNAS
// 116(19):9303, 2019; PLoS ONE 16(7):e0253721, 2021 (Viet Nam). Missing girls: Guilmoto,
// Chao and Kulkarni, Population Studies 74(2), 2020. Population Monte Carlo: Cappe et
// al., Stat. Comput. 18, 2008. Two-step acceptance: Liu, Monte Carlo Strategies,
// 2001, 9.4.3 (surrogate transition).
#ifndef STATS_CCM_H
#define STATS_CCM_H

#include "base/pool.h"
#include "stats/diagnose.h"

enum ccm_form { CCM_REGIONAL, CCM_NATIONAL, CCM_LEVEL };
enum { CCM_MAX_TYPES = 8, CCM_MAX_YEARS = 400, CCM_MAX_CHAINS = 64, CCM_LENGTHS = 3 };

struct ccm_observation {
    uint32_t area, type; // type < n_types
    int32_t year;
    double log_ratio; // log(boys / girls)
    double sd;        // sampling error of log_ratio, > 0
};

struct ccm_area {
    uint32_t group;       // national: whose level it shares
    int32_t at_risk_from; // national: first year that may be inflated; INT32_MAX: never
    double baseline;      // beta_c; NaN: the model's (regional), or from stage one
    double start;         // centre of the prior of the start year; NaN: the model's
    double earliest;      // no start before; NaN: the model's
};

struct ccm_normal {
    double mean, sd;
};

struct ccm_model {
    enum ccm_form form;
    double baseline;   // regional, level: of areas without their own
    double rho, sigma; // of log eta; NaN in national and level form: unknown
    double start, start_scale, earliest; // earliest may be -INFINITY
    struct ccm_normal height, length[CCM_LENGTHS];
    bool always; // delta = 1 for every area
    size_t n_types;
    double omega[CCM_MAX_TYPES]; // error of the source beside sampling, sd; NaN: U(0, .5)
};

// Priors of the papers. No earliest year and one type without error; change what differs.
// Viet Nam: baseline 1.063, start t_3(2001, 1), height N(.07, .007^2), lengths N(10.1,
// 1), N(7.7, .8^2), N(16.1, 1.6^2). Nepal: 1.049, means .06, 11.9, 7.6, 16.2 with
// deviations of a tenth; start must be given. India: level form, 1.053. National: rho and
// sigma unknown.
struct ccm_model ccm_model_viet_nam(void);
struct ccm_model ccm_model_nepal(void);
struct ccm_model ccm_model_india(void);
struct ccm_model ccm_model_national(void);

struct ccm_data {
    const struct ccm_observation *observations;
    size_t n_observations;
    const struct ccm_area *areas;
    size_t n_areas, n_groups;
};

struct ccm_settings {
    size_t n_chains, n_draws; // kept, of each chain
    size_t n_warm_up, thin;   // turns before the first; turns for one kept draw, >= 1
    uint64_t seed;
    int32_t first_year, last_year; // of log eta in the draws; widened to the data
};
struct ccm_settings
ccm_settings_default(void); // 4 chains, 2000 draws, 1000 before, thin 1

struct ccm_draw { // one area in one draw
    double baseline;
    double start, height, length[CCM_LENGTHS]; // also where not inflated: from the prior
    bool inflated;                             // delta
};

struct ccm_fit {
    enum ccm_form form;
    size_t n_chains, n_draws, n_areas, n_years;
    int32_t first_year, last_data_year;
    struct ccm_draw *draws; // [chain][draw][area]
    double *log_eta;        // [chain][draw][area][year]
    // [chain][draw][hyper]: what is common to areas, named by hyper_names
    size_t n_hypers;
    double *hypers;
    const char *const *hyper_names;
    double *acceptance; // by area: of proposals from the mixture (NaN: stage one only)
    double *pareto_k;   // by area: of the mixture as importance sampler, diagnose_pareto
    double
        *log_evidence; // by area: log of Bayes factor of inflation, priors at warm-up's
    double *omega;     // [chain][draw][type]
    size_t n_types;
    double *group_levels; // national: [chain][draw][group]: level of its ratio
    size_t n_groups;
};

// ERR_INPUT with where = "observation 17" or "area 3" and the cure: no data, sd not above
// 0, a ratio that is not finite, an area or type out of range, years too far apart, an
// area without observations is allowed (its draws are from the prior). ERR_LIMIT,
// ERR_MEMORY. O(chains draws areas years).
enum err ccm_fit(struct ccm_fit *out, const struct ccm_data *data,
                 const struct ccm_model *model, const struct ccm_settings *settings,
                 struct pool *pool, struct arena *a, struct error *e) WARN_UNUSED;

// alpha of a draw in a year, delta = 1 or not.
double ccm_inflation(const struct ccm_draw *draw, double year);
const struct ccm_draw *ccm_draw_of(const struct ccm_fit *fit, size_t chain, size_t draw,
                                   size_t area);
const double *ccm_log_eta_of(const struct ccm_fit *fit, size_t chain, size_t draw,
                             size_t area);
// Theta in a year of the fit.
double ccm_ratio(const struct ccm_fit *fit, size_t chain, size_t draw, size_t area,
                 int32_t year);

#endif
