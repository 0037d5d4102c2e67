// SPDX-License-Identifier: AGPL-3.0-or-later
// The forms that learn what areas have in common: national (two stages) and level.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/ccm.h"

enum { GROUPS = 3, AREAS = 24, AT_RISK = 8, FIRST = 1950, YEARS = 68, MOST = 8000 };

static struct arena arena;
static struct pool *pool;
static struct ccm_observation observations[MOST];
static struct ccm_area areas[AREAS];

struct truth {
    double rho, sigma, level_sd, omega, group_level[GROUPS];
    struct ccm_draw areas[AREAS];
    double ratio[AREAS][YEARS];
};

static double cut_normal(struct rng *r, double mean, double sd)
{
    double x;
    do
        x = mean + sd * rng_normal(r);
    while (x <= 0);
    return x;
}

// Areas of three groups; the last AT_RISK of them may be inflated from 1970 on. Source 0
// has sampling error only, source 1 an error beside it.
static struct ccm_data simulate(struct truth *t, struct rng *r)
{
    size_t n = 0;
    *t = (struct truth){.rho = 0.6 + 0.35 * rng_uniform(r),
                        .sigma = 0.003 + 0.005 * rng_uniform(r),
                        .level_sd = 0.004 + 0.01 * rng_uniform(r),
                        .omega = 0.01 + 0.04 * rng_uniform(r)};
    for (int g = 0; g < GROUPS; g++)
        t->group_level[g] = 1.03 + 0.04 * rng_uniform(r);
    for (uint32_t i = 0; i < AREAS; i++) {
        struct ccm_draw *d = t->areas + i;
        bool risk = i >= AREAS - AT_RISK;
        areas[i] = (struct ccm_area){.group = i % GROUPS,
                                     .at_risk_from = risk ? 1970 : INT32_MAX,
                                     .baseline = NAN,
                                     .start = risk ? 1985. + i % 5 : (double)NAN,
                                     .earliest = NAN};
        d->baseline = t->group_level[i % GROUPS] * exp(t->level_sd * rng_normal(r));
        d->start = areas[i].start + 3 * rng_normal(r);
        d->height = cut_normal(r, 0.08, 0.03);
        d->length[0] = cut_normal(r, 10, 3);
        d->length[1] = cut_normal(r, 7, 3);
        d->length[2] = cut_normal(r, 14, 4);
        d->inflated = risk && i % 4 != 3;
        double x = t->sigma / sqrt(1 - t->rho * t->rho) * rng_normal(r);
        for (int32_t k = 0; k < YEARS; k++) {
            t->ratio[i][k] =
                d->baseline * exp(x) + (d->inflated ? ccm_inflation(d, FIRST + k) : 0);
            x = t->rho * x + t->sigma * rng_normal(r);
            uint32_t type = rng_chance(r, 0.4);
            if (rng_chance(r, 0.3))
                continue; // a year without a source
            double sd = 0.005 + 0.01 * rng_uniform(r),
                   error = type ? hypot(sd, t->omega) : sd;
            observations[n++] = (struct ccm_observation){
                i, type, FIRST + k, log(t->ratio[i][k]) + error * rng_normal(r), sd};
        }
    }
    return (struct ccm_data){observations, n, areas, AREAS, GROUPS};
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct tally {
    int n, inside;
};

// In the middle 90 % of every step-th value?
static void count(struct tally *t, const struct ccm_fit *f, const double *values,
                  size_t step, double truth)
{
    size_t n = f->n_chains * f->n_draws;
    double *x = ARENA_ARRAY(&arena, double, n);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = values[i * step];
    qsort(x, n, sizeof *x, ascending);
    t->n++;
    t->inside += truth >= x[n / 20] && truth <= x[n - 1 - n / 20];
}

static double r_hat_of(const struct ccm_fit *f, const double *values, size_t step,
                       double *ess)
{
    size_t n = f->n_chains * f->n_draws;
    double *x = ARENA_ARRAY(&arena, double, n);
    struct diagnosis d;
    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = values[i * step];
    assert_true(diagnose(x, f->n_chains, f->n_draws, &d, &arena));
    *ess = d.ess_bulk;
    return d.r_hat;
}

static void count_ratios(struct tally *t, const struct ccm_fit *f, uint32_t area,
                         const double *truth)
{
    size_t n = f->n_chains * f->n_draws;
    double *x = ARENA_ARRAY(&arena, double, n);
    assert_non_null(x);
    for (int32_t k = 0; k < YEARS; k += 5) {
        for (size_t i = 0; i < n; i++)
            x[i] = ccm_ratio(f, i / f->n_draws, i % f->n_draws, area, FIRST + k);
        count(t, f, x, 1, truth[k]);
    }
}

static void both_stages_find_the_truth(void **state)
{
    (void)state;
    enum { SEEDS = 4 };
    static const char *const names[] = {"rho",   "sigma", "level_sd", "omega", "group",
                                        "level", "ratio", "start",    "height"};
    struct tally t[9] = {{0}};
    double sure = 0, inflated = 0, judged = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct truth truth;
        struct rng r = rng_seed(seed);
        struct ccm_data d = simulate(&truth, &r);
        struct ccm_model m = ccm_model_national();
        struct ccm_settings s = ccm_settings_default();
        struct ccm_fit f;
        struct error e;
        double ess[4], worst = 0;
        m.n_types = 2;
        m.omega[1] = NAN;
        s.n_draws = 400;
        s.thin = 5;
        s.n_warm_up = 600;
        s.seed = seed;
        arena_reset(&arena);
        assert_ok(ccm_fit(&f, &d, &m, &s, pool, &arena, &e));
        const double *h = f.hypers;
        count(t, &f, h, f.n_hypers, truth.rho);
        count(t + 1, &f, h + 1, f.n_hypers, truth.sigma);
        count(t + 2, &f, h + 2, f.n_hypers, truth.level_sd);
        count(t + 3, &f, f.omega + 1, 2, truth.omega);
        for (int g = 0; g < GROUPS; g++)
            count(t + 4, &f, f.group_levels + g, GROUPS, truth.group_level[g]);
        size_t step = AREAS * sizeof *f.draws / sizeof(double);
        for (uint32_t i = 0; i < AREAS; i++) {
            if (i < AREAS - AT_RISK)
                count(t + 5, &f, &f.draws[i].baseline, step, truth.areas[i].baseline);
            count_ratios(t + 6, &f, i, truth.ratio[i]);
            if (i < AREAS - AT_RISK)
                continue;
            double p = 0, n = (double)(f.n_chains * f.n_draws);
            for (size_t k = 0; k < f.n_chains * f.n_draws; k++)
                p += f.draws[k * AREAS + i].inflated / n;
            judged++;
            sure += truth.areas[i].inflated ? p : 1 - p;
            inflated += p - truth.areas[i].inflated;
            if (!truth.areas[i].inflated)
                continue;
            count(t + 7, &f, &f.draws[i].start, step, truth.areas[i].start);
            count(t + 8, &f, &f.draws[i].height, step, truth.areas[i].height);
        }
        for (size_t k = 0; k < f.n_hypers; k++) {
            double one;
            worst = fmax(worst, r_hat_of(&f, h + k, f.n_hypers, k < 4 ? ess + k : &one));
        }
        print_message("# seed %d: R-hat of what is common at most %.3f; ESS of rho %.0f, "
                      "sigma %.0f, level_sd %.0f\n",
                      (int)seed, worst, ess[0], ess[1], ess[2]);
        assert_true(worst < 1.07);
    }
    for (int k = 0; k < 9; k++)
        print_message("# %s: %d of %d in 90 %%\n", names[k], t[k].inside, t[k].n);
    print_message(
        "# of %g areas: mean probability of what is true %.2f, of inflation %+.2f off\n",
        judged, sure / judged, inflated / judged);
    for (int k = 0; k < 5; k++) // few of each: 2 of 4 has a probability of 5 %
        assert_true(t[k].inside * 2 >= t[k].n);
    for (int k = 5; k < 9; k++)
        assert_true(t[k].inside > 0.8 * t[k].n);
    assert_true(t[6].inside < 0.97 * t[6].n); // ratios: many enough to tell
    // a low trapezoid looks like none
    assert_true(sure > 0.75 * judged && fabs(inflated) < 0.15 * judged);
}

// All that stage one would give is given: one area alone.
static void one_area_with_all_given(void **state)
{
    (void)state;
    struct ccm_model m = ccm_model_national();
    struct ccm_settings s = ccm_settings_default();
    struct rng r = rng_seed(4);
    struct ccm_fit f;
    struct error e;
    m.rho = 0.9;
    m.sigma = 0.004;
    areas[0] = (struct ccm_area){
        .at_risk_from = 1970, .baseline = 1.063, .start = 1985, .earliest = NAN};
    struct ccm_draw truth = {1.063, 1986, 0.09, {8, 5, 12}, true};
    for (int32_t k = 0; k < 50; k++)
        observations[k] = (struct ccm_observation){
            0, 0, 1968 + k,
            log(1.063 + ccm_inflation(&truth, 1968 + k)) + 0.01 * rng_normal(&r), 0.01};
    struct ccm_data d = {observations, 50, areas, 1, 1};
    arena_reset(&arena);
    s.n_draws = 1000;
    assert_ok(ccm_fit(&f, &d, &m, &s, pool, &arena, &e));
    double start = 0, inflated = 0, ess;
    size_t step = sizeof *f.draws / sizeof(double);
    for (size_t i = 0; i < 4000; i++) {
        start += f.draws[i].start / 4000;
        inflated += f.draws[i].inflated / 4000.;
    }
    double r_hat = r_hat_of(&f, &f.draws->start, step, &ess);
    print_message("# start %.1f, inflated %.3f, R-hat %.3f, ESS %.0f\n", start, inflated,
                  r_hat, ess);
    assert_true(fabs(start - 1986) < 2.5 && inflated > 0.99);
    assert_true(r_hat < 1.05);
    assert_true(isnan(f.hypers[0])); // rho was not learned
    // and not at all without them
    m.rho = m.sigma = NAN;
    assert_ok(ccm_fit(&f, &d, &m, &s, pool, &arena, &e)); // 1968 and 1969 are before
    d.observations += 2;
    d.n_observations -= 2;
    assert_int_equal(ccm_fit(&f, &d, &m, &s, pool, &arena, &e), ERR_INPUT);
    assert_string_equal(e.key, "ccm.reference");
}

// Levels about the baseline with a heavy tail.
static void levels_of_states(void **state)
{
    (void)state;
    enum { STATES = 12, SPAN = 27 };
    struct ccm_model m = ccm_model_india();
    struct ccm_settings s = ccm_settings_default();
    struct rng r = rng_seed(12);
    struct ccm_fit f;
    struct error e;
    double truth[STATES][SPAN], level[STATES];
    size_t n = 0;
    for (uint32_t i = 0; i < STATES; i++) {
        areas[i] = (struct ccm_area){.baseline = NAN, .start = NAN, .earliest = NAN};
        level[i] = 0.03 * rng_normal(&r) / sqrt(2 * rng_gamma(&r, 1.5) / 3);
        double x = 0.01 / sqrt(1 - 0.64) * rng_normal(&r);
        for (int32_t k = 0; k < SPAN; k++) {
            truth[i][k] = 1.053 * exp(level[i] + x);
            x = 0.8 * x + 0.01 * rng_normal(&r);
            observations[n++] = (struct ccm_observation){
                i, 0, 1990 + k, log(truth[i][k]) + 0.03 * rng_normal(&r), 0.03};
        }
    }
    struct ccm_data d = {observations, n, areas, STATES, 1};
    arena_reset(&arena);
    s.n_draws = 1000;
    assert_ok(ccm_fit(&f, &d, &m, &s, pool, &arena, &e));
    struct tally of_level = {0}, of_ratio = {0}, common = {0};
    double x[4000], ess[3];
    for (uint32_t i = 0; i < STATES; i++) {
        for (size_t k = 0; k < 4000; k++)
            x[k] = log(f.draws[k * STATES + i].baseline / 1.053);
        count(&of_level, &f, x, 1, level[i]);
        for (int32_t year = 0; year < SPAN; year += 3) {
            for (size_t k = 0; k < 4000; k++)
                x[k] = ccm_ratio(&f, k / 1000, k % 1000, i, 1990 + year);
            count(&of_ratio, &f, x, 1, truth[i][year]);
        }
    }
    count(&common, &f, f.hypers, 3, 0.8);
    count(&common, &f, f.hypers + 1, 3, 0.01);
    count(&common, &f, f.hypers + 2, 3, 0.03);
    for (int k = 0; k < 3; k++)
        assert_true(r_hat_of(&f, f.hypers + k, 3, ess + k) < 1.02);
    print_message("# levels %d of %d, ratios %d of %d, common %d of 3 in 90 %%; ESS %.0f "
                  "%.0f %.0f of 4000\n",
                  of_level.inside, of_level.n, of_ratio.inside, of_ratio.n, common.inside,
                  ess[0], ess[1], ess[2]);
    assert_true(of_level.inside >= 9 && common.inside >= 2);
    assert_true(of_ratio.inside > 0.8 * of_ratio.n);
}

static int set_up(void **state)
{
    (void)state;
    struct error e;
    arena_init(&arena, (size_t)4 << 30);
    return pool_open(&pool, 0, &e) != ERR_OK;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    pool_close(pool);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_stages_find_the_truth),
        cmocka_unit_test(one_area_with_all_given),
        cmocka_unit_test(levels_of_states),
    };
    return cmocka_run_group_tests_name("ccm-national", tests, set_up, tear_down);
}
