// SPDX-License-Identifier: AGPL-3.0-or-later
// Areas without a transition: levels and log eta are integrated out, and what is common
// to all (rho, sigma, spread of levels, errors of sources) is sampled from the exact
// rest.
#include "stats/ccm_private.h"

#include <gsl/gsl_sf_erf.h>
#include <math.h>
#include <string.h>

enum { RHO, SIGMA, SPREAD, OMEGA, PARAMETERS = OMEGA + CCM_MAX_TYPES };
enum { LEVEL_PARTS = 3, STREAM_OF_LEVELS = 3 << 20, LEVEL_WALKS = 2 };
static const double LOG_MOST_LEVEL = 0.0953101798043249; // log 1.1

// What an area says of its level b: exp(constant + toward * b - precision * b^2 / 2).
struct ccm_say {
    double precision, toward, constant;
};

struct ccm_level_chain {
    const struct ccm_levels *levels;
    struct rng rng;
    struct ccm_series *series;
    struct ccm_say *say;
    double *stretch, *level; // by area: w of the t_3 as a mixture of normals; b
    double *group_level;
    double x[CCM_MAX_DIMENSIONS], at[PARAMETERS]; // unbounded; as they are
    double log_target, log_proposal;
    struct ccm_pass pass;
    double weighed_for[CCM_MAX_TYPES];
};

// --- bounds

// All unknowns are uniform between 0 and here.
static double upper(const struct ccm_levels *l, size_t parameter)
{
    if (parameter == RHO)
        return 1;
    if (parameter == SPREAD && l->heavy)
        return 0.2;
    return parameter < OMEGA ? 0.05 : 0.5;
}

static void to_parameters(const struct ccm_levels *l, const double *x, double *at)
{
    memcpy(at, l->given, sizeof l->given);
    for (size_t i = 0; i < l->n_unknown; i++)
        at[l->unknown[i]] = upper(l, l->unknown[i]) / (1 + exp(-x[i]));
}

static void from_bounds(void *argument, struct rng *r, double *x)
{
    const struct ccm_level_chain *c = argument;
    for (size_t i = 0; i < c->levels->n_unknown; i++) {
        double u = (rng_uniform(r) + 0x1p-54) / (1 + 0x1p-53);
        x[i] = log(u / (1 - u));
    }
}

static double log_bounds(void *argument, const double *x)
{
    const struct ccm_level_chain *c = argument;
    double sum = 0;
    for (size_t i = 0; i < c->levels->n_unknown; i++)
        sum -= fabs(x[i]) + 2 * log1p(exp(-fabs(x[i])));
    return sum;
}

// --- what is left when levels and log eta are integrated out

static void hear(const struct ccm_series *s, const double *omega, struct ccm_ar1 ar,
                 struct ccm_say *say)
{
    double rr = ar.rho * ar.rho, ss = ar.sigma * ar.sigma, v = ss / (1 - rr);
    double of_ratio = 0, of_one = 0, product = 1, constant = 0;
    *say = (struct ccm_say){0, 0, 0};
    for (size_t i = 0; i < s->n_observations; i++) {
        const struct ccm_observation *o = s->observations[i];
        double w = 1 / (omega[o->type] * omega[o->type] + o->sd * o->sd);
        double off = o->log_ratio - s->log_baseline - s->mean[o->year - s->first];
        constant += log(w) - w * off * off;
    }
    for (size_t t = 0; t < s->n; t++) {
        double precision = s->precision[t], q = 1 / (1 + precision * v);
        double by_ratio = s->mean[t] - of_ratio, by_one = 1 - of_one, w = precision * q;
        say->precision += w * by_one * by_one;
        say->toward += w * by_one * by_ratio;
        constant -= w * by_ratio * by_ratio;
        product *= q;
        if (product < 1e-250) {
            constant += log(product);
            product = 1;
        }
        of_ratio = ar.rho * (of_ratio + v * w * by_ratio);
        of_one = ar.rho * (of_one + v * w * by_one);
        v = rr * v * q + ss;
    }
    say->constant = (constant + log(product)) / 2;
}

// log of P(low < z < high) for a standard normal.
static double log_between(double low, double high)
{
    if (low > 0) {
        double swap = low;
        low = -high;
        high = -swap;
    }
    double b = gsl_sf_log_erfc(-high * M_SQRT1_2), a = gsl_sf_log_erfc(-low * M_SQRT1_2);
    return b - M_LN2 + log1p(-exp(fmin(a - b, -1e-16)));
}

struct group_sum {
    double precision, toward;
};

static struct group_sum group_sum(const struct ccm_level_chain *c, uint32_t group,
                                  double spread, double *log_density)
{
    const struct ccm_levels *l = c->levels;
    struct group_sum g = {0, 0};
    for (size_t i = 0; i < l->n_areas; i++) {
        if (l->groups[i] != group)
            continue;
        const struct ccm_say *say = c->say + i;
        double ss = spread * spread * c->stretch[i], grow = 1 + say->precision * ss;
        g.precision += say->precision / grow;
        g.toward += say->toward / grow;
        *log_density +=
            say->constant + (ss * say->toward * say->toward / grow - log(grow)) / 2;
    }
    return g;
}

static double log_density(struct ccm_level_chain *c, const double *x)
{
    const struct ccm_levels *l = c->levels;
    double at[PARAMETERS], sum = log_bounds(c, x);
    to_parameters(l, x, at);
    struct ccm_ar1 ar = {at[RHO], at[SIGMA]};
    if (!(ar.rho < 1) || !(ar.sigma > 0) || !(at[SPREAD] > 0))
        return -INFINITY;
    bool again = memcmp(at + OMEGA, c->weighed_for, l->n_types * sizeof *at) != 0;
    memcpy(c->weighed_for, at + OMEGA, sizeof c->weighed_for);
    for (size_t i = 0; i < l->n_areas; i++) {
        if (again)
            ccm_series_weigh(c->series + i, at + OMEGA);
        hear(c->series + i, at + OMEGA, ar, c->say + i);
    }
    for (uint32_t g = 0; g < l->n_groups; g++) {
        struct group_sum s = group_sum(c, g, at[SPREAD], &sum);
        if (l->heavy)
            continue; // the mean is the baseline itself
        // the group's level is uniform between 1 and 1.1: on the log scale e^m
        double toward = s.toward + 1;
        if (s.precision < 1e-9)
            continue;
        double middle = toward / s.precision, root = sqrt(s.precision);
        sum += toward * middle / 2 - log(root) +
               log_between(-middle * root, (LOG_MOST_LEVEL - middle) * root);
    }
    return isfinite(sum) ? sum : -INFINITY;
}

static double target(void *argument, const double *x)
{
    return log_density(argument, x);
}

// --- levels again, given the rest

static double between_normal(struct rng *r, double mean, double sd, double low,
                             double high)
{
    enum { HALVINGS = 60 };
    double a = (low - mean) / sd, b = (high - mean) / sd;
    double all = log_between(a, b), u = log(1 - rng_uniform(r)), left = a, right = b;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (left + right) / 2;
        *(log_between(a, middle) - all < u ? &left : &right) = middle;
    }
    return mean + sd * (left + right) / 2;
}

static void draw_levels(struct ccm_level_chain *c)
{
    const struct ccm_levels *l = c->levels;
    double spread = c->at[SPREAD], ignored = 0;
    for (uint32_t g = 0; g < l->n_groups; g++) {
        c->group_level[g] = 0;
        if (l->heavy)
            continue;
        struct group_sum s = group_sum(c, g, spread, &ignored);
        double precision = fmax(s.precision, 1e-9);
        c->group_level[g] = between_normal(&c->rng, (s.toward + 1) / precision,
                                           1 / sqrt(precision), 0, LOG_MOST_LEVEL);
    }
    for (size_t i = 0; i < l->n_areas; i++) {
        double ss = spread * spread * c->stretch[i],
               of_group = c->group_level[l->groups[i]];
        double precision = c->say[i].precision + 1 / ss;
        c->level[i] = (c->say[i].toward + of_group / ss) / precision +
                      rng_normal(&c->rng) / sqrt(precision);
        double z = (c->level[i] - of_group) / spread;
        if (l->heavy) // inverse gamma given the level
            c->stretch[i] = (3 + z * z) / 2 / rng_gamma(&c->rng, 2);
    }
}

// --- the chain

static double log_proposal(struct ccm_level_chain *c, const double *x)
{
    return log(CCM_KEPT_SOURCE * exp(log_bounds(c, x)) +
               (1 - CCM_KEPT_SOURCE) * ccm_mixture_density(c->levels->mixture, x));
}

static void turn(struct ccm_level_chain *c)
{
    const struct ccm_levels *l = c->levels;
    const struct ccm_mixture *m = l->mixture;
    if (l->heavy) // stretches are new
        c->log_target = log_density(c, c->x);
    for (int step = 0; l->n_unknown && step <= LEVEL_WALKS; step++) {
        double x[CCM_MAX_DIMENSIONS], z[CCM_MAX_DIMENSIONS];
        bool leap = !step;
        if (leap && rng_uniform(&c->rng) < CCM_KEPT_SOURCE)
            from_bounds(c, &c->rng, x);
        else if (leap)
            ccm_mixture_draw(m, &c->rng, x);
        double length = step == 1 ? 2.4 / sqrt((double)l->n_unknown) : 0.4;
        for (size_t i = 0; !leap && i < l->n_unknown; i++) {
            z[i] = length * rng_normal(&c->rng);
            x[i] = c->x[i];
            for (size_t j = 0; j <= i; j++)
                x[i] += m->walk[i * CCM_MAX_DIMENSIONS + j] * z[j];
        }
        double to = log_density(c, x), proposal = log_proposal(c, x);
        double by = to - c->log_target - (leap ? proposal - c->log_proposal : 0);
        if (by < 0 && rng_uniform(&c->rng) >= exp(by))
            continue;
        memcpy(c->x, x, sizeof x);
        c->log_target = to;
        c->log_proposal = proposal;
    }
    log_density(c, c->x); // what areas say, at the state
    to_parameters(l, c->x, c->at);
    draw_levels(c);
}

static void keep(struct ccm_level_chain *c, struct ccm_fit *out, size_t at)
{
    const struct ccm_levels *l = c->levels;
    struct ccm_ar1 ar = {c->at[RHO], c->at[SIGMA]};
    for (size_t i = 0; i < l->n_areas; i++) {
        struct ccm_series *s = c->series + i;
        double *row = out->log_eta + (at * out->n_areas + i) * out->n_years;
        double off = c->level[i];
        size_t from = s->n ? (size_t)(s->first - out->first_year) : 0;
        for (size_t t = 0; t < s->n; t++)
            s->mean[t] -= off;
        ccm_forward(&c->pass, s, ar, NULL);
        ccm_backward(&c->pass, s, ar, &c->rng, row + from);
        for (size_t t = 0; t < s->n; t++)
            s->mean[t] += off;
        ccm_extend(row, out->n_years, from, s->n, ar, &c->rng);
        out->draws[at * out->n_areas + i] =
            (struct ccm_draw){s->baseline * exp(off), NAN, NAN, {NAN, NAN, NAN}, false};
    }
    memcpy(out->omega + at * out->n_types, c->at + OMEGA, out->n_types * sizeof(double));
    memcpy(out->hypers + at * out->n_hypers, c->at, OMEGA * sizeof(double));
    for (uint32_t g = 0; g < l->n_groups; g++)
        out->group_levels[at * l->n_groups + g] = exp(c->group_level[g]);
}

static bool chain_new(struct ccm_level_chain *c, const struct ccm_levels *l,
                      uint64_t seed, uint64_t stream, struct arena *a)
{
    size_t n = l->n_areas, years = 0;
    *c = (struct ccm_level_chain){.levels = l, .rng = rng_stream(seed, stream)};
    c->series = ARENA_ARRAY(a, struct ccm_series, n);
    c->say = ARENA_ARRAY(a, struct ccm_say, n);
    c->stretch = ARENA_ARRAY(a, double, n);
    c->level = ARENA_ARRAY(a, double, n);
    c->group_level = ARENA_ARRAY(a, double, l->n_groups + 1);
    if (!c->series || !c->say || !c->stretch || !c->level || !c->group_level)
        return false;
    for (size_t i = 0; i < n; i++) {
        c->stretch[i] = 1;
        years = l->series[i].n > years ? l->series[i].n : years;
        if (!ccm_series_copy(c->series + i, l->series + i, a))
            return false;
        ccm_series_weigh(c->series + i, l->given + OMEGA);
    }
    memcpy(c->weighed_for, l->given + OMEGA, sizeof c->weighed_for);
    return ccm_pass_new(&c->pass, years, a);
}

struct level_run {
    struct ccm_level_chain *chains;
    struct ccm_fit *out;
    const struct ccm_settings *settings;
};

static void sample(void *argument, size_t chain, unsigned thread)
{
    (void)thread;
    struct level_run *run = argument;
    struct ccm_level_chain *c = run->chains + chain;
    c->log_target = log_density(c, c->x);
    c->log_proposal = c->levels->n_unknown ? log_proposal(c, c->x) : 0;
    size_t warm = run->settings->n_warm_up < 200 ? run->settings->n_warm_up : 200;
    for (size_t i = 0; i < warm; i++)
        turn(c);
    for (size_t draw = 0; draw < run->out->n_draws; draw++) {
        for (size_t i = 0; i < run->settings->thin; i++)
            turn(c);
        keep(c, run->out, chain * run->out->n_draws + draw);
    }
}

enum err ccm_levels_run(struct ccm_levels *l, struct ccm_fit *out,
                        const struct ccm_settings *settings, struct pool *pool,
                        struct arena *a, struct error *e)
{
    struct ccm_population *p = ARENA_NEW(a, struct ccm_population);
    struct level_run run = {ARENA_ARRAY(a, struct ccm_level_chain, out->n_chains), out,
                            settings};
    struct ccm_level_chain first;
    if (!p || !run.chains || !chain_new(&first, l, settings->seed, STREAM_OF_LEVELS, a))
        return error_memory(e);
    l->mixture = &p->mixture;
    if (l->n_unknown) {
        struct ccm_problem problem = {l->n_unknown, target, from_bounds, log_bounds,
                                      &first};
        enum err code = ccm_populate(p, &problem, LEVEL_PARTS, &first.rng, e);
        if (code)
            return code;
    }
    for (size_t c = 0; c < out->n_chains; c++) {
        if (!chain_new(run.chains + c, l, settings->seed, STREAM_OF_LEVELS + 1 + c, a))
            return error_memory(e);
        memcpy(run.chains[c].x, p->points[c], sizeof p->points[c]);
    }
    pool_run(pool, out->n_chains, sample, &run);
    return ERR_OK;
}
