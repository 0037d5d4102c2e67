// SPDX-License-Identifier: AGPL-3.0-or-later
// Against a naive scan that shares only the draws: every window of small random data,
// each ratio by its textbook formula, for every model, span and shape.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../tap.h"
#include "stats/scan_private.h"

enum { AREAS = 14, TIMES = 6, MOST_CATEGORIES = 4, REPLICATIONS = 160 };

struct random_data {
    struct scan_data data;
    int64_t cases[AREAS * TIMES * MOST_CATEGORIES], controls[AREAS * TIMES];
    double expected[AREAS * TIMES], population[AREAS], x[AREAS], y[AREAS];
    struct graph graph;
};

static void make_data(struct random_data *d, struct rng *r, enum scan_model model,
                      uint32_t times, int64_t most, struct arena *a)
{
    memset(d, 0, sizeof *d);
    uint32_t categories = model == SCAN_ORDINAL ? 2 + (uint32_t)rng_below(r, 3) : 1;
    d->data = (struct scan_data){.n_areas = AREAS,
                                 .n_times = times,
                                 .n_categories = categories,
                                 .cases = d->cases,
                                 .controls = d->controls,
                                 .expected = d->expected,
                                 .x = d->x,
                                 .y = d->y,
                                 .graph = &d->graph};
    bool lattice = rng_chance(r, 0.3); // equal distances, areas at one place
    for (uint32_t i = 0; i < AREAS; i++) {
        d->x[i] = lattice ? (double)rng_below(r, 5) : 10 * rng_uniform(r);
        d->y[i] = lattice ? (double)rng_below(r, 5) : 10 * rng_uniform(r);
        d->population[i] = 1 + 9 * rng_uniform(r);
    }
    if (rng_chance(r, 0.5))
        d->data.population = d->population;
    for (uint32_t i = 0; i < AREAS * times; i++) {
        d->expected[i] = 0.1 + rng_uniform(r);
        d->controls[i] = (int64_t)rng_below(r, (uint64_t)most + 1);
        for (uint32_t k = 0; k < categories; k++)
            d->cases[i * categories + k] = (int64_t)rng_below(r, (uint64_t)most + 1);
    }
    uint32_t pairs[2 * 24];
    for (int i = 0; i < 48; i++)
        pairs[i] = (uint32_t)rng_below(r, AREAS);
    struct error e = {0};
    assert_ok(graph_make(&d->graph, AREAS, pairs, 24, a, &e));
}

// ---- the ratio as in the papers; in long double, for its terms cancel ----

static long double x_log(long double x, long double y)
{
    return x > 0 ? x * logl(y) : 0;
}

static long double two_shares(long double c, long double n, long double all_c,
                              long double all_n)
{
    long double rest_c = all_c - c, rest_n = all_n - n;
    long double own = x_log(c, c / n) + x_log(n - c, 1 - c / n) +
                      x_log(rest_c, rest_c / rest_n) +
                      x_log(rest_n - rest_c, 1 - rest_c / rest_n);
    return own - x_log(all_c, all_c / all_n) - x_log(all_n - all_c, 1 - all_c / all_n);
}

// The order's estimates by Brunk's max-min formula rather than by pooling.
static long double ordered(const double *in, const double *all, unsigned n, bool high)
{
    long double c[MOST_CATEGORIES], t[MOST_CATEGORIES], inside = 0, total = 0, ratio = 0;
    unsigned have = 0;
    for (unsigned k = 0; k < n; k++) {
        unsigned from = high ? k : n - 1 - k;
        inside += in[from];
        total += all[from];
        if (all[from] > 0) {
            c[have] = in[from];
            t[have++] = all[from];
        }
    }
    for (unsigned k = 0; k < have; k++) { // share inside of each category
        long double best = -1;
        for (unsigned first = 0; first <= k; first++) {
            long double least = 2, sum_c = 0, sum_t = 0;
            for (unsigned last = first; last < have; last++) {
                sum_c += c[last];
                sum_t += t[last];
                if (last >= k)
                    least = fminl(least, sum_c / sum_t);
            }
            best = fmaxl(best, least);
        }
        long double p = best * t[k] / inside, q = (1 - best) * t[k] / (total - inside);
        ratio += x_log(c[k], p) + x_log(t[k] - c[k], q) - x_log(t[k], t[k] / total);
    }
    return inside > 0 && inside < total ? ratio : 0;
}

// ---- all windows ----

struct naive {
    const struct scan_problem *p;
    const struct scan_options *o;
    const struct random_data *d;
    const double *cases; // [area][time][category], as drawn
    double best;
    uint64_t windows;
};

static void window(struct naive *n, const bool *in, uint32_t first, uint32_t last,
                   double penalty)
{
    const struct scan_problem *p = n->p;
    uint32_t K = p->n_categories;
    double c[MOST_CATEGORIES] = {0}, all[MOST_CATEGORIES] = {0};
    double trials = 0, expected = 0, total = 0, mine = 0, then = 0;
    for (uint32_t i = 0; i < p->n_areas; i++)
        for (uint32_t t = 0; t < p->n_times; t++) {
            size_t cell = (size_t)i * p->n_times + t;
            bool here = in[i] && t >= first && t <= last;
            for (uint32_t k = 0; k < K; k++) {
                all[k] += n->cases[cell * K + k];
                c[k] += here ? n->cases[cell * K + k] : 0;
            }
            total += n->cases[cell * K];
            trials += here ? (double)p->trials[cell] : 0;
            expected += here && p->expected ? p->expected[cell] : 0;
            mine += in[i] ? (double)p->trials[cell] : 0;
            then += t >= first && t <= last ? (double)p->trials[cell] : 0;
        }
    double least = n->o->least_cases ? n->o->least_cases : 2;
    long double ratio;
    if (n->o->model == SCAN_ORDINAL) {
        for (int high = 0; high < 2; high++)
            if (n->o->rates != (high ? SCAN_LOW : SCAN_HIGH) && trials >= least)
                n->best = fmax(n->best, penalty * (double)ordered(c, all, K, high));
        return;
    }
    long double mean;
    if (n->o->model == SCAN_BERNOULLI) {
        mean = (long double)trials * total / (double)p->total_trials;
        if (trials == 0 || trials == (double)p->total_trials)
            return;
        ratio = two_shares(c[0], trials, total, (double)p->total_trials);
    } else {
        mean = n->o->model == SCAN_POISSON ? expected : (long double)mine * then / total;
        if (mean <= 0 || mean >= total * (1 - 1e-12))
            return;
        ratio = x_log(c[0], c[0] / mean) +
                x_log(total - c[0], (total - c[0]) / (total - mean));
    }
    bool high = c[0] > mean * (1 + 1e-12), low = c[0] < mean * (1 - 1e-12);
    if ((high && n->o->rates != SCAN_LOW && c[0] >= least) ||
        (low && n->o->rates != SCAN_HIGH))
        n->best = fmax(n->best, penalty * (double)ratio);
}

static void intervals(struct naive *n, const bool *in, double penalty, bool replicated)
{
    const struct scan_options *o = n->o;
    uint32_t times = n->p->n_times, most = times;
    if (o->most_times && o->most_times < most)
        most = o->most_times;
    if (o->most_time_share > 0)
        most = (uint32_t)fmin(most, floor(o->most_time_share * times + 1e-9));
    for (uint32_t first = 0; first < times; first++)
        for (uint32_t last = first; last < times; last++) {
            uint32_t length = last - first + 1, late = times - 1 - last;
            bool whole = length == times;
            bool fits = times == 1 || (length >= o->least_times && length <= most);
            if (o->span == SCAN_PROSPECTIVE && late > (replicated ? o->earlier_looks : 0))
                fits = false;
            if (fits || (o->spatial_too && whole))
                window(n, in, first, last, penalty);
        }
}

static double people(const struct naive *n, const bool *in)
{
    double sum = 0;
    for (uint32_t i = 0; i < n->p->n_areas; i++)
        sum += in[i] ? n->p->population[i] : 0;
    return sum;
}

static double apart(const struct naive *n, uint32_t i, uint32_t k, double s, double angle)
{
    double x = n->d->x[k] - n->d->x[i], y = n->d->y[k] - n->d->y[i];
    double turn = angle * M_PI / 180;
    return hypot((x * cos(turn) + y * sin(turn)) / s, y * cos(turn) - x * sin(turn));
}

// Every circle or ellipse of a centre: for each area, those at most as far as it, and of
// those as far as it the ones that come before it by their coordinates.
static void round_windows(struct naive *n, uint32_t centre, double s, double angle,
                          double penalty, bool replicated)
{
    const struct random_data *d = n->d;
    for (uint32_t edge = 0; edge < AREAS; edge++) {
        bool in[AREAS];
        double radius = apart(n, centre, edge, s, angle);
        for (uint32_t k = 0; k < AREAS; k++) {
            double far = apart(n, centre, k, s, angle);
            bool tie = fabs(far - radius) < 1e-9;
            in[k] = tie ? d->x[k] < d->x[edge] ||
                              (d->x[k] == d->x[edge] && d->y[k] <= d->y[edge])
                        : far < radius;
        }
        bool near = !(n->o->most_distance > 0) || radius * s <= n->o->most_distance;
        if (near &&
            people(n, in) <= n->o->most_population * n->p->total_population + 1e-9)
            intervals(n, in, penalty, replicated);
    }
}

static void flexible_windows(struct naive *n, uint32_t centre, bool replicated)
{
    uint32_t near[AREAS], have = 0, most = n->o->most_areas;
    for (uint32_t i = 0; i < AREAS; i++) {
        uint32_t nearer = 0;
        double mine = i == centre ? -1 : apart(n, centre, i, 1, 0);
        for (uint32_t k = 0; k < AREAS; k++) {
            double other = k == centre ? -1 : apart(n, centre, k, 1, 0);
            nearer += other < mine || (other == mine && k < i);
        }
        if (nearer < most)
            near[have++] = i;
    }
    for (uint32_t set = 1; set < 1u << have; set++) {
        bool in[AREAS] = {0}, reached[AREAS] = {0};
        uint32_t size = 0, joined = 0;
        for (uint32_t i = 0; i < have; i++)
            if (set >> i & 1) {
                in[near[i]] = true;
                size++;
            }
        if (!in[centre])
            continue;
        reached[centre] = true;
        for (bool more = true; more;) {
            more = false;
            for (uint32_t i = 0; i < AREAS; i++)
                for (uint32_t k = 0; k < AREAS; k++)
                    if (reached[i] && in[k] && !reached[k] &&
                        graph_touches(&n->d->graph, i, k))
                        more = reached[k] = true;
        }
        for (uint32_t i = 0; i < AREAS; i++)
            joined += reached[i];
        if (joined == size &&
            people(n, in) <= n->o->most_population * n->p->total_population + 1e-9)
            intervals(n, in, 1, replicated);
    }
}

static double naive_best(struct naive *n, bool replicated)
{
    static const double ratios[] = {1, 1.5, 2, 3, 4, 5};
    static const unsigned angles[] = {1, 4, 6, 9, 12, 15};
    n->best = 0;
    if (n->o->span == SCAN_TEMPORAL) {
        bool in[1] = {true};
        intervals(n, in, 1, replicated);
        return n->best;
    }
    for (uint32_t c = 0; c < AREAS; c++) {
        if (n->o->shape == SCAN_FLEXIBLE) {
            flexible_windows(n, c, replicated);
            continue;
        }
        for (unsigned i = 0; i < (n->o->shape == SCAN_ELLIPSE ? 6 : 1); i++)
            for (unsigned k = 0; k < angles[i]; k++) {
                double s = ratios[i], base = 4 * s / ((s + 1) * (s + 1));
                double penalty = n->o->penalty == SCAN_PENALTY_NONE     ? 1
                                 : n->o->penalty == SCAN_PENALTY_STRONG ? base
                                                                        : sqrt(base);
                round_windows(n, c, s, 180.0 * k / angles[i], penalty, replicated);
            }
    }
    return n->best;
}

// ---- one trial ----

static void assert_close(double found, double expected, const char *what, uint32_t i)
{
    if (!(fabs(found - expected) <= 1e-8 * (1 + expected)))
        fail_msg("%s %u: %.12g, naive %.12g", what, i, found, expected);
}

static void compare(const struct random_data *d, const struct scan_options *o, bool all)
{
    struct arena a;
    arena_init(&a, 0);
    struct error e = {0};
    struct scan_result result;
    struct scan_problem p;
    struct scan_draws draws;
    assert_ok(scan_run(&d->data, o, NULL, NULL, NULL, &a, &result, &e));
    assert_ok(scan_problem_make(&p, &d->data, o, &a, &e));
    assert_ok(scan_draws_make(&draws, &p, &a, &e));
    size_t n_out = p.n_cells * p.n_categories;
    assert_int_equal(draws.n_out, n_out);
    double *cases = ARENA_ARRAY(&a, double, n_out);
    int64_t *drawn = ARENA_ARRAY(&a, int64_t, n_out);
    void *scratch = arena_alloc(&a, draws.scratch_size, 1);
    for (size_t i = 0; i < n_out; i++)
        cases[i] = (double)p.cases[i];
    struct naive n = {.p = &p, .o = o, .d = d, .cases = cases};
    double best = naive_best(&n, false);
    assert_close(result.n_clusters ? result.clusters[0].statistic : 0, best, "data", 0);
    scan_scratch_make(&draws, scratch);
    // some of the first batch, and some after it has tightened the bounds
    for (uint32_t r = 0; r < REPLICATIONS; r += all ? 3 : 41) {
        struct rng stream = rng_stream(o->seed, r);
        scan_draw(&draws, &stream, scratch, drawn);
        for (size_t i = 0; i < n_out; i++)
            cases[i] = (double)drawn[i];
        assert_close(result.maxima[r], naive_best(&n, true), "replication", r);
    }
    arena_free(&a);
}

static void against_naive(enum scan_model model, enum scan_shape shape, uint64_t seed,
                          int trials)
{
    printf("# seed %llu\n", (unsigned long long)seed);
    struct rng r = rng_seed(seed);
    for (int i = 0; i < trials; i++) {
        struct arena a;
        arena_init(&a, 0);
        struct scan_options o = {
            .model = model,
            .span = (enum scan_span)rng_below(&r, 4),
            .shape = shape,
            .rates = (enum scan_rates)rng_below(&r, 3),
            .penalty = (enum scan_penalty)rng_below(&r, 3),
            .most_population = rng_chance(&r, 0.5) ? 0.5 : 0.1 + 0.4 * rng_uniform(&r),
            .most_areas = 1 + (uint32_t)rng_below(&r, 8),
            .least_cases = (uint32_t)rng_below(&r, 4),
            .least_times = (uint32_t)rng_below(&r, 3),
            .most_times = rng_chance(&r, 0.5) ? 3 : 0,
            .most_time_share = rng_chance(&r, 0.5) ? 0.5 : 0,
            .spatial_too = rng_chance(&r, 0.5),
            .earlier_looks = (uint32_t)rng_below(&r, 4),
            .replications = REPLICATIONS,
            .seed = rng_next(&r)};
        if (model == SCAN_PERMUTATION && o.span < SCAN_SPACE_TIME)
            o.span = SCAN_SPACE_TIME;
        if (shape == SCAN_CIRCLE && rng_chance(&r, 0.3))
            o.most_distance = 3.3;
        int64_t most = rng_chance(&r, 0.3) ? 1 : rng_chance(&r, 0.5) ? 20 : 1000000;
        struct random_data d;
        make_data(&d, &r, model,
                  o.span == SCAN_SPATIAL ? 1 + (uint32_t)rng_below(&r, 2) : TIMES, most,
                  &a);
        compare(&d, &o, shape == SCAN_CIRCLE && o.span == SCAN_SPATIAL);
        arena_free(&a);
    }
}

static void bernoulli(void **state)
{
    (void)state;
    against_naive(SCAN_BERNOULLI, SCAN_CIRCLE, 21, 24);
    against_naive(SCAN_BERNOULLI, SCAN_ELLIPSE, 22, 8);
    against_naive(SCAN_BERNOULLI, SCAN_FLEXIBLE, 23, 12);
}

static void poisson(void **state)
{
    (void)state;
    against_naive(SCAN_POISSON, SCAN_CIRCLE, 31, 24);
    against_naive(SCAN_POISSON, SCAN_ELLIPSE, 32, 8);
    against_naive(SCAN_POISSON, SCAN_FLEXIBLE, 33, 12);
}

static void permutation(void **state)
{
    (void)state;
    against_naive(SCAN_PERMUTATION, SCAN_CIRCLE, 41, 20);
    against_naive(SCAN_PERMUTATION, SCAN_ELLIPSE, 42, 6);
    against_naive(SCAN_PERMUTATION, SCAN_FLEXIBLE, 43, 10);
}

static void ordinal(void **state)
{
    (void)state;
    against_naive(SCAN_ORDINAL, SCAN_CIRCLE, 51, 20);
    against_naive(SCAN_ORDINAL, SCAN_ELLIPSE, 52, 6);
    against_naive(SCAN_ORDINAL, SCAN_FLEXIBLE, 53, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bernoulli),
        cmocka_unit_test(poisson),
        cmocka_unit_test(permutation),
        cmocka_unit_test(ordinal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
