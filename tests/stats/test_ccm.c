// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/ccm.h"

enum { AREAS = 3, YEARS = 40, PER_YEAR = 2, MOST = 4000 };

static struct arena arena;
static struct pool *pool;
static struct ccm_observation observations[MOST];
static struct ccm_area areas[16];

struct truth {
    struct ccm_draw areas[16];
    double ratio[16][64];
};

static double cut_normal(struct rng *r, struct ccm_normal n)
{
    double x;
    do
        x = n.mean + n.sd * rng_normal(r);
    while (x <= 0);
    return x;
}

// Areas from the priors of the model, observations with errors of `low` to 2 `low`.
static struct ccm_data simulate(const struct ccm_model *m, struct truth *t,
                                size_t n_areas, double low, struct rng *r)
{
    size_t n = 0;
    for (uint32_t i = 0; i < n_areas; i++) {
        struct ccm_draw *d = t->areas + i;
        areas[i] = (struct ccm_area){.baseline = NAN, .start = NAN, .earliest = NAN};
        d->inflated = m->always || i % 3 != 2;
        d->baseline = m->baseline;
        d->start =
            m->start + m->start_scale * rng_normal(r) / sqrt(2 * rng_gamma(r, 1.5) / 3);
        d->height = cut_normal(r, m->height);
        for (int k = 0; k < CCM_LENGTHS; k++)
            d->length[k] = cut_normal(r, m->length[k]);
        double x = m->sigma / sqrt(1 - m->rho * m->rho) * rng_normal(r);
        for (int32_t year = 0; year < YEARS; year++) {
            t->ratio[i][year] =
                d->baseline * exp(x) + (d->inflated ? ccm_inflation(d, 1980 + year) : 0);
            for (int k = 0; k < PER_YEAR; k++) {
                double sd = low * (1 + rng_uniform(r));
                observations[n++] = (struct ccm_observation){
                    i, 0, 1980 + year, log(t->ratio[i][year]) + sd * rng_normal(r), sd};
            }
            x = m->rho * x + m->sigma * rng_normal(r);
        }
    }
    return (struct ccm_data){observations, n, areas, n_areas, 1};
}

static struct ccm_settings settings_of(size_t draws, uint64_t seed)
{
    struct ccm_settings s = ccm_settings_default();
    s.n_draws = draws;
    s.n_warm_up = 100;
    s.seed = seed;
    return s;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double part(const struct ccm_draw *d, int k)
{
    return k == 0 ? d->start : k == 1 ? d->height : d->length[k - 2];
}

enum { RATIO = 5, INFLATED = 45 }; // RATIO + year since 1980
static double figure(const struct ccm_fit *f, size_t at, size_t area, int k)
{
    const struct ccm_draw *d = f->draws + at * f->n_areas + area;
    if (k == INFLATED)
        return d->inflated;
    return k < RATIO
               ? part(d, k)
               : ccm_ratio(f, at / f->n_draws, at % f->n_draws, area, 1980 + k - RATIO);
}

static double mean_of(const struct ccm_fit *f, size_t area, int k)
{
    double sum = 0;
    size_t n = f->n_chains * f->n_draws;
    for (size_t i = 0; i < n; i++)
        sum += figure(f, i, area, k) / (double)n;
    return sum;
}

static bool covers(const struct ccm_fit *f, size_t area, int k, double truth,
                   double level)
{
    size_t n = f->n_chains * f->n_draws;
    double *x = ARENA_ARRAY(&arena, double, n);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = figure(f, i, area, k);
    qsort(x, n, sizeof *x, ascending);
    size_t tail = (size_t)((1 - level) / 2 * (double)n);
    return truth >= x[tail] && truth <= x[n - 1 - tail];
}

// --- the truth is found

static void covers_the_truth(void **state)
{
    (void)state;
    enum { SEEDS = 40 };
    struct ccm_model m = ccm_model_viet_nam();
    struct error e;
    int n = 0, hits[3] = {0}, n_ratio = 0, ratio_hits = 0;
    m.start_scale = 3;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct rng r = rng_seed(seed);
        struct truth t;
        struct ccm_data d = simulate(&m, &t, AREAS, 0.02, &r);
        struct ccm_settings s = settings_of(200, seed);
        struct ccm_fit f;
        arena_reset(&arena);
        assert_ok(ccm_fit(&f, &d, &m, &s, pool, &arena, &e));
        for (size_t i = 0; i < AREAS; i++) {
            for (int k = 0; k < RATIO && t.areas[i].inflated; k++, n++) {
                hits[0] += covers(&f, i, k, part(t.areas + i, k), 0.5);
                hits[1] += covers(&f, i, k, part(t.areas + i, k), 0.8);
                hits[2] += covers(&f, i, k, part(t.areas + i, k), 0.95);
            }
            for (int k = 0; k < YEARS; k += 4, n_ratio++)
                ratio_hits += covers(&f, i, RATIO + k, t.ratio[i][k], 0.8);
        }
    }
    print_message("# seeds 1 to %d: of %d parameters %.3f %.3f %.3f in 50, 80, 95 %%; of "
                  "%d ratios %.3f in 80 %%\n",
                  SEEDS, n, (double)hits[0] / n, (double)hits[1] / n, (double)hits[2] / n,
                  n_ratio, (double)ratio_hits / n_ratio);
    // about three binomial deviations; parameters of an area are not independent
    assert_true(fabs((double)hits[0] / n - 0.5) < 0.10);
    assert_true(fabs((double)hits[1] / n - 0.8) < 0.07);
    assert_true(fabs((double)hits[2] / n - 0.95) < 0.04);
    assert_true(fabs((double)ratio_hits / n_ratio - 0.8) < 0.07);
}

static void inflation_is_told_from_none(void **state)
{
    (void)state;
    struct ccm_model m = ccm_model_viet_nam();
    struct error e;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct rng r = rng_seed(seed);
        struct truth t;
        struct ccm_data d = simulate(&m, &t, AREAS, 0.015, &r);
        struct ccm_settings s = settings_of(500, seed);
        struct ccm_fit f;
        arena_reset(&arena);
        assert_ok(ccm_fit(&f, &d, &m, &s, pool, &arena, &e));
        for (size_t i = 0; i < AREAS; i++) {
            double p = mean_of(&f, i, INFLATED);
            if (t.areas[i].start < 2008 && (t.areas[i].inflated ? p < 0.95 : p > 0.2))
                fail_msg("seed %d area %zu: inflated %d, probability %.3f", (int)seed, i,
                         t.areas[i].inflated, p);
        }
    }
}

// --- the same answer as another sampler's

// A plain random walk over log eta and the transition together: nothing in common with
// the sampler but the model.
struct plain {
    double x[5], eta[YEARS];
};

static double square(double x)
{
    return x * x;
}

static double plain_density(const struct plain *p, const struct ccm_data *d,
                            const struct ccm_model *m)
{
    double sum = -2 * log1p(square((p->x[0] - m->start) / m->start_scale) / 3);
    if (p->x[1] <= 0 || p->x[2] <= 0 || p->x[3] <= 0 || p->x[4] <= 0)
        return -INFINITY;
    sum -= square((p->x[1] - m->height.mean) / m->height.sd) / 2;
    for (int k = 0; k < CCM_LENGTHS; k++)
        sum -= square((p->x[2 + k] - m->length[k].mean) / m->length[k].sd) / 2;
    sum -= square(p->eta[0] / m->sigma) * (1 - m->rho * m->rho) / 2;
    for (int t = 1; t < YEARS; t++)
        sum -= square((p->eta[t] - m->rho * p->eta[t - 1]) / m->sigma) / 2;
    struct ccm_draw draw = {
        .start = p->x[0], .height = p->x[1], .length = {p->x[2], p->x[3], p->x[4]}};
    for (size_t i = 0; i < d->n_observations; i++) {
        const struct ccm_observation *o = d->observations + i;
        double theta =
            m->baseline * exp(p->eta[o->year - 1980]) + ccm_inflation(&draw, o->year);
        sum -= square((o->log_ratio - log(theta)) / o->sd) / 2;
    }
    return sum;
}

static void plain_turn(struct plain *p, double *at, const struct ccm_data *d,
                       const struct ccm_model *m, struct rng *r)
{
    static const double steps[5] = {2, 0.02, 1.5, 1, 2};
    for (int k = 0; k < 5 + 12; k++) {
        struct plain next = *p;
        if (k < 5) {
            next.x[k] += steps[k] * rng_normal(r);
        } else { // a few years together
            int from = (int)rng_below(r, YEARS), n = 1 + (int)rng_below(r, YEARS);
            double by = 0.006 * rng_normal(r);
            for (int i = from; i < YEARS && i < from + n; i++)
                next.eta[i] += by;
        }
        double to = plain_density(&next, d, m);
        if (log(rng_uniform(r)) < to - *at) {
            *p = next;
            *at = to;
        }
    }
}

enum { PLAIN_FIGURES = 8, PLAIN_TURNS = 60000 };
static const int plain_figures[PLAIN_FIGURES] = {0, 1,         2,          3,
                                                 4, RATIO + 5, RATIO + 22, RATIO + 35};

static void plain_run(double *kept, const struct ccm_data *d, const struct ccm_model *m,
                      struct rng *r)
{
    struct plain p = {.x = {m->start, 0.07, 10, 8, 16}};
    double at = plain_density(&p, d, m);
    for (int turn = -2000; turn < PLAIN_TURNS; turn++) {
        plain_turn(&p, &at, d, m, r);
        struct ccm_draw draw = {
            .start = p.x[0], .height = p.x[1], .length = {p.x[2], p.x[3], p.x[4]}};
        for (int k = 0; k < PLAIN_FIGURES && turn >= 0; k++) {
            int year = plain_figures[k] - RATIO;
            kept[k * PLAIN_TURNS + turn] = k < 5 ? p.x[k]
                                                 : m->baseline * exp(p.eta[year]) +
                                                       ccm_inflation(&draw, 1980 + year);
        }
    }
}

static void agrees_with_a_plain_walk(void **state)
{
    (void)state;
    struct ccm_model m = ccm_model_viet_nam();
    m.always = true;
    m.start_scale = 3;
    m.height.sd = 0.03; // wide: lets the curvature matter
    struct rng r = rng_seed(3);
    struct truth t;
    struct ccm_data d = simulate(&m, &t, 1, 0.03, &r);
    struct ccm_settings s = settings_of(4000, 9);
    struct ccm_fit f;
    struct error e;
    arena_reset(&arena);
    assert_ok(ccm_fit(&f, &d, &m, &s, pool, &arena, &e));
    double *kept = ARENA_ARRAY(&arena, double, PLAIN_FIGURES *PLAIN_TURNS);
    double *own = ARENA_ARRAY(&arena, double, f.n_chains *f.n_draws);
    assert_true(kept && own);
    plain_run(kept, &d, &m, &r);
    for (int k = 0; k < PLAIN_FIGURES; k++) {
        struct diagnosis theirs, ours;
        for (size_t i = 0; i < f.n_chains * f.n_draws; i++)
            own[i] = figure(&f, i, 0, plain_figures[k]);
        assert_true(diagnose(kept + k * PLAIN_TURNS, 1, PLAIN_TURNS, &theirs, &arena));
        assert_true(diagnose(own, f.n_chains, f.n_draws, &ours, &arena));
        double z = (ours.mean - theirs.mean) / hypot(ours.mcse, theirs.mcse);
        print_message("# %d: %.5f (%.5f) and %.5f (%.5f), ESS %.0f and %.0f, z %.2f\n", k,
                      ours.mean, ours.sd, theirs.mean, theirs.sd, ours.ess_bulk,
                      theirs.ess_bulk, z);
        assert_true(fabs(z) < 4);
        assert_true(fabs(ours.sd / theirs.sd - 1) < 0.15);
        assert_true(ours.r_hat < 1.01);
    }
}

// --- the same on any number of threads

static void threads_change_nothing(void **state)
{
    (void)state;
    struct ccm_model m = ccm_model_viet_nam();
    struct rng r = rng_seed(8);
    struct truth t;
    struct ccm_data d = simulate(&m, &t, AREAS, 0.02, &r);
    struct ccm_settings s = settings_of(50, 4);
    struct ccm_fit f[2];
    struct error e;
    s.last_year = 2050;
    arena_reset(&arena);
    for (unsigned k = 0; k < 2; k++) {
        struct pool *own;
        assert_ok(pool_open(&own, 1 + 3 * k, &e));
        assert_ok(ccm_fit(f + k, &d, &m, &s, own, &arena, &e));
        pool_close(own);
    }
    assert_int_equal(f[0].n_years, 71);
    size_t n = f[0].n_chains * f[0].n_draws * AREAS;
    assert_memory_equal(f[0].log_eta, f[1].log_eta, n * f[0].n_years * sizeof(double));
    for (size_t i = 0; i < n; i++)
        assert_true(f[0].draws[i].start == f[1].draws[i].start &&
                    f[0].draws[i].inflated == f[1].draws[i].inflated);
    // years ahead spread as the process does
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += square(f[0].log_eta[i * f[0].n_years + 70]) / (double)n;
    assert_true(fabs(sqrt(squares) / (m.sigma / sqrt(1 - m.rho * m.rho)) - 1) < 0.15);
}

// --- a start of two modes

// Two bumps and one trapezoid: it can take either.
static void a_start_of_two_modes(void **state)
{
    (void)state;
    struct ccm_model m = ccm_model_viet_nam();
    m.always = true;
    m.start = 1989.5;
    m.start_scale = 8;
    m.height = (struct ccm_normal){0.08, 0.005};
    m.length[0] = (struct ccm_normal){3, 1};
    m.length[1] = (struct ccm_normal){6, 1};
    m.length[2] = (struct ccm_normal){3, 1};
    size_t n = 0;
    areas[0] = (struct ccm_area){.baseline = NAN, .start = NAN, .earliest = NAN};
    for (int32_t year = 1975; year < 2012; year++) {
        bool bump = (year >= 1983 && year < 1989) || (year >= 1998 && year < 2004);
        observations[n++] =
            (struct ccm_observation){0, 0, year, log(1.063 + (bump ? 0.08 : 0)), 0.04};
    }
    struct ccm_data d = {observations, n, areas, 1, 1};
    struct ccm_settings s = settings_of(1000, 2);
    struct ccm_fit f;
    struct error e;
    struct diagnosis diagnosis;
    double early[4] = {0}, between = 0, x[4000];
    arena_reset(&arena);
    assert_ok(ccm_fit(&f, &d, &m, &s, pool, &arena, &e));
    for (size_t i = 0; i < 4000; i++) {
        x[i] = f.draws[i].start;
        early[i / 1000] += x[i] < 1989;
        between += x[i] > 1987 && x[i] < 1991;
    }
    assert_true(diagnose(x, 4, 1000, &diagnosis, &arena));
    print_message(
        "# early start: %.3f %.3f %.3f %.3f of draws by chain, %.3f between; R-hat "
        "%.4f, ESS %.0f, accepted %.2f\n",
        early[0] / 1000, early[1] / 1000, early[2] / 1000, early[3] / 1000,
        between / 4000, diagnosis.r_hat, diagnosis.ess_bulk, f.acceptance[0]);
    for (int c = 0; c < 4; c++)
        assert_true(early[c] > 150 && early[c] < 850);
    assert_true(between < 400);
    assert_true(diagnosis.r_hat < 1.02 && diagnosis.ess_bulk > 400);
}

// Taken for certain where there is none, it has begun long after the data or was over
// long before: the tails of the prior must be reached, and left again.
static void certain_where_there_is_none(void **state)
{
    (void)state;
    struct ccm_model m = ccm_model_viet_nam();
    m.always = true;
    struct rng r = rng_seed(31);
    size_t n = 0;
    areas[0] = (struct ccm_area){.baseline = NAN, .start = NAN, .earliest = NAN};
    for (int32_t year = 1980; year < 2020; year++)
        observations[n++] = (struct ccm_observation){
            0, 0, year, log(1.063) + 0.012 * rng_normal(&r), 0.012};
    struct ccm_data d = {observations, n, areas, 1, 1};
    struct ccm_settings s = settings_of(2000, 5);
    struct ccm_fit f;
    struct error e;
    struct diagnosis diagnosis;
    double x[8000], late = 0, early = 0;
    arena_reset(&arena);
    assert_ok(ccm_fit(&f, &d, &m, &s, pool, &arena, &e));
    for (size_t i = 0; i < 8000; i++) {
        x[i] = f.draws[i].start;
        late += x[i] > 2010;
        early += x[i] < 1950;
    }
    assert_true(diagnose(x, 4, 2000, &diagnosis, &arena));
    print_message(
        "# late %.3f, early %.3f; R-hat %.4f, ESS %.0f and %.0f; log Bayes factor "
        "%.2f\n",
        late / 8000, early / 8000, diagnosis.r_hat, diagnosis.ess_bulk,
        diagnosis.ess_tail, f.log_evidence[0]);
    assert_true(diagnosis.r_hat < 1.01 && diagnosis.ess_bulk > 800);
    assert_true(late > 0.8 * 8000 && early > 20 && early < 800);
    // late and early in proportion to the prior: P(t_3 > 20) + P(t_3 < -55) and what
    // comes near the ends
    assert_true(f.log_evidence[0] < -6 && f.log_evidence[0] > -9);
}

// --- bad input

static void what_cannot_be(void **state)
{
    (void)state;
    static const char *const keys[] = {"ccm.sd",    "ccm.sd",    "ccm.ratio", "ccm.ratio",
                                       "ccm.index", "ccm.index", "ccm.year"};
    struct ccm_model m = ccm_model_viet_nam();
    struct ccm_settings s = settings_of(20, 1);
    struct ccm_fit f;
    struct error e;
    areas[0] = (struct ccm_area){.baseline = NAN, .start = NAN, .earliest = NAN};
    observations[0] = (struct ccm_observation){0, 0, 2005, 0.1, 0.03};
    struct ccm_data d = {observations, 0, areas, 1, 1};
    arena_reset(&arena);
    assert_int_equal(ccm_fit(&f, &d, &m, &s, pool, &arena, &e), ERR_INPUT);
    assert_string_equal(e.key, "ccm.empty");
    d.n_observations = 1;
    assert_ok(ccm_fit(&f, &d, &m, &s, pool, &arena, &e)); // one will do
    for (int k = 0; k < 7; k++) {
        struct ccm_observation o = observations[0];
        if (k < 2)
            o.sd = k ? -1 : 0;
        else if (k < 4)
            o.log_ratio = k == 2 ? log(0) : NAN;
        else if (k < 6)
            *(k == 4 ? &o.area : &o.type) = 1;
        else
            o.year = 2000000;
        struct ccm_data one = {&o, 1, areas, 1, 1};
        assert_int_equal(ccm_fit(&f, &one, &m, &s, pool, &arena, &e), ERR_INPUT);
        assert_string_equal(e.key, keys[k]);
        assert_true(e.cure[0] && e.where[0]);
    }
    observations[1] = (struct ccm_observation){0, 0, 1005, 0.1, 0.03};
    d.n_observations = 2;
    assert_int_equal(ccm_fit(&f, &d, &m, &s, pool, &arena, &e), ERR_LIMIT);
}

static void models_that_cannot_be(void **state)
{
    (void)state;
    struct ccm_model bad[5];
    struct ccm_settings s = settings_of(20, 1);
    struct ccm_fit f;
    struct error e;
    areas[0] = (struct ccm_area){.baseline = NAN, .start = NAN, .earliest = NAN};
    observations[0] = (struct ccm_observation){0, 0, 2005, 0.1, 0.03};
    struct ccm_data d = {observations, 1, areas, 1, 1};
    for (int k = 0; k < 5; k++)
        bad[k] = ccm_model_viet_nam();
    bad[0].rho = 1;
    bad[1].height.sd = 0;
    bad[2].n_types = 0;
    bad[3].baseline = NAN;
    bad[4].start = NAN;
    arena_reset(&arena);
    for (int k = 0; k < 5; k++)
        assert_int_equal(ccm_fit(&f, &d, bad + k, &s, pool, &arena, &e),
                         k < 3 ? ERR_USAGE : ERR_INPUT);
    s.n_draws = 2;
    struct ccm_model good = ccm_model_viet_nam();
    assert_int_equal(ccm_fit(&f, &d, &good, &s, pool, &arena, &e), ERR_USAGE);
}

// Nothing depends on the order of rows, and gaps of years are nothing special.
static void order_and_gaps(void **state)
{
    (void)state;
    struct ccm_model m = ccm_model_viet_nam();
    struct rng r = rng_seed(21);
    struct truth t;
    struct ccm_data d = simulate(&m, &t, 2, 0.02, &r);
    struct ccm_settings s = settings_of(1500, 6);
    struct ccm_fit f, g;
    struct error e;
    size_t n = 0;
    for (size_t i = 0; i < d.n_observations; i++)
        if (d.observations[i].year % 4 == 0 || d.observations[i].year > 2015)
            observations[n++] = d.observations[i];
    d.n_observations = n;
    arena_reset(&arena);
    assert_ok(ccm_fit(&f, &d, &m, &s, pool, &arena, &e));
    for (size_t i = n - 1; i > 0; i--) {
        size_t k = rng_below(&r, i + 1);
        struct ccm_observation o = observations[i];
        observations[i] = observations[k];
        observations[k] = o;
    }
    assert_ok(ccm_fit(&g, &d, &m, &s, pool, &arena, &e));
    for (size_t i = 0; i < 2; i++)
        for (int k = 0; k < RATIO + YEARS; k += 3) {
            double scale = k == 1 || k >= RATIO ? 0.002 : 0.25;
            assert_true(fabs(mean_of(&f, i, k) - mean_of(&g, i, k)) < scale);
        }
}

// An area of which nothing is known is drawn from the prior.
static void an_area_without_data(void **state)
{
    (void)state;
    struct ccm_model m = ccm_model_viet_nam();
    struct rng r = rng_seed(2);
    struct truth t;
    struct ccm_data d = simulate(&m, &t, 2, 0.02, &r);
    struct ccm_settings s = settings_of(2000, 6);
    struct ccm_fit f;
    struct error e;
    d.n_observations /= 2; // the second has none now
    arena_reset(&arena);
    assert_ok(ccm_fit(&f, &d, &m, &s, pool, &arena, &e));
    assert_true(fabs(mean_of(&f, 1, 1) - m.height.mean) < 0.001);
    assert_true(fabs(mean_of(&f, 1, 2) - m.length[0].mean) < 0.1);
    double p = mean_of(&f, 1, INFLATED);
    assert_true(p > 0.2 && p < 0.95);
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    struct ccm_model m = ccm_model_viet_nam();
    struct rng r = rng_seed(2);
    struct truth t;
    struct ccm_data d = simulate(&m, &t, 2, 0.02, &r);
    struct ccm_settings s = settings_of(4, 6);
    struct ccm_fit f;
    struct error e;
    struct pool *one; // its tasks run in this thread, whose allocations fail
    s.n_chains = 1;
    s.n_warm_up = 1;
    assert_ok(pool_open(&one, 1, &e));
    enum err code = ERR_MEMORY;
    int n = 0;
    for (; code && n < 200; n++) {
        struct arena small;
        arena_init(&small, 0);
        mem_fail_after(n);
        code = ccm_fit(&f, &d, &m, &s, one, &small, &e);
        mem_fail_after(-1);
        arena_free(&small);
        assert_true(!code || code == ERR_MEMORY);
    }
    print_message("# %d blocks\n", n - 1);
    assert_true(!code && n > 2);
    pool_close(one);
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
        cmocka_unit_test(covers_the_truth),
        cmocka_unit_test(inflation_is_told_from_none),
        cmocka_unit_test(agrees_with_a_plain_walk),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(a_start_of_two_modes),
        cmocka_unit_test(certain_where_there_is_none),
        cmocka_unit_test(what_cannot_be),
        cmocka_unit_test(models_that_cannot_be),
        cmocka_unit_test(order_and_gaps),
        cmocka_unit_test(an_area_without_data),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("ccm", tests, set_up, tear_down);
}
