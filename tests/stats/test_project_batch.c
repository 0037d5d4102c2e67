// SPDX-License-Identifier: AGPL-3.0-or-later
// Many trajectories at once are what project_run makes of the same rates, one by one;
// sums of areas; quantiles against sorting; any number of threads; bad input; no memory.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/memory.h"
#include "base/rng.h"
#include "stats/project_batch.h"

enum {
    AGES = 18,
    STEPS = 5,
    ROWS = 41,
    AREAS = 7,
    GROUPS = 3,
    PATHS = 150,
    MEASURES = 6
};
enum { MOMENTS = STEPS + 1, NODES = AREAS + GROUPS, QUANTILES = 3 };

// A world of random areas, all of it from one seed.
struct world {
    double people[AREAS][2][AGES], apart[AREAS][2][AGES], moving[AREAS][2][AGES];
    double given[AREAS][2][STEPS * AGES];
    double fertility[STEPS * AGES], ratio[2][(AGES + 1) * ROWS];
    double weights[4][2][AGES];
    struct project_survival survival[2];
    struct project_batch_area area[AREAS];
    struct project_measure measure[MEASURES];
    struct project_batch batch;
    uint64_t seed;
    double worst; // a rate to spoil: no number for this area
};
static const size_t parents[NODES] = {7, 7, 7, 8, 8, SIZE_MAX, 8, 9, 9, SIZE_MAX};
static const double probabilities[QUANTILES] = {.1, .5, .975};

static void draw(void *context, size_t area, const struct project_paths *p)
{
    const struct world *w = context;
    struct rng r = rng_stream(w->seed, area);
    for (size_t i = 0; i < STEPS * w->batch.trajectories; i++) {
        p->fertility[i] = 1 + rng_uniform(&r);
        p->e0[PROJECT_FEMALE][i] = 48 + 40 * rng_uniform(&r); // beyond both ends too
        p->e0[PROJECT_MALE][i] = 45 + 40 * rng_uniform(&r);
        p->boys[i] = 1 + .3 * rng_uniform(&r);
        p->net[i] = 400 * (rng_uniform(&r) - .5);
    }
    if (w->worst == (double)area)
        p->e0[PROJECT_MALE][3] = NAN;
}

static struct world *world_new(uint64_t seed, int32_t width, enum project_timing timing,
                               enum project_mothers mothers)
{
    struct world *w = calloc(1, sizeof *w);
    struct rng r = rng_seed(seed);
    assert_non_null(w);
    w->seed = seed;
    w->worst = -1;
    for (int sex = 0; sex < 2; sex++) {
        w->survival[sex] = (struct project_survival){50, .75, ROWS, AGES, w->ratio[sex]};
        for (size_t i = 0; i < (AGES + 1) * ROWS; i++)
            w->ratio[sex][i] = .5 + .5 * rng_uniform(&r);
    }
    for (size_t i = 0; i < STEPS * AGES; i++)
        w->fertility[i] = i % AGES >= 3 && i % AGES < 10 ? rng_uniform(&r) / 4 : 0;
    for (size_t i = 0; i < AREAS; i++) {
        struct project_batch_area *a = &w->area[i];
        for (int sex = 0; sex < 2; sex++) {
            for (size_t k = 0; k < AGES; k++) {
                w->people[i][sex][k] = 1000 * rng_uniform(&r);
                w->apart[i][sex][k] = w->people[i][sex][k] * rng_uniform(&r) / 5;
                w->moving[i][sex][k] = rng_normal(&r) / AGES;
            }
            a->population[sex] = w->people[i][sex];
            a->apart[sex] = i % 2 ? w->apart[i][sex] : NULL;
            for (size_t k = 0; k < STEPS * AGES; k++)
                w->given[i][sex][k] = 5 * rng_normal(&r);
            a->migration[sex] = i % 3 ? w->moving[i][sex] : NULL;
            a->moving[sex] = i % 3 != 1 && i ? w->given[i][sex] : NULL;
            a->survival[sex] = &w->survival[sex];
        }
        a->fertility = w->fertility;
    }
    for (size_t m = 0; m < 4; m++)
        for (int sex = 0; sex < 2; sex++)
            for (size_t k = 0; k < AGES; k++)
                w->weights[m][sex][k] = m ? (double)(k % (m + 1) == 0) : 1;
    for (size_t m = 0; m < 3; m++)
        w->measure[m].people[0] = w->weights[m][0],
        w->measure[m].people[1] = w->weights[m][1];
    w->measure[3].births[PROJECT_MALE] = 1;
    w->measure[4].deaths = 1;
    w->measure[5] = (struct project_measure){
        .people = {w->weights[3][0], NULL}, .ratio = true, .per = 0, .scale = 100};
    w->batch = (struct project_batch){.shape = {2020, width, AGES, STEPS},
                                      .timing = timing,
                                      .mothers = mothers,
                                      .areas = AREAS,
                                      .trajectories = PATHS,
                                      .area = w->area,
                                      .parent = parents,
                                      .groups = GROUPS,
                                      .draw = draw,
                                      .context = w,
                                      .measure = w->measure,
                                      .measures = MEASURES,
                                      .probability = probabilities,
                                      .probabilities = QUANTILES};
    return w;
}

struct answer {
    double quantile[NODES * MEASURES * MOMENTS * QUANTILES];
    double mean[NODES * MEASURES * MOMENTS];
    double value[NODES * MEASURES * MOMENTS * PATHS];
    uint32_t negative[AREAS];
};

static struct answer *run(const struct world *w, unsigned threads)
{
    struct error e;
    struct pool *pool;
    struct answer *a = calloc(1, sizeof *a);
    assert_non_null(a);
    assert_ok(pool_open(&pool, threads, &e));
    struct project_batch_result out = {a->quantile, a->mean, a->value, a->negative};
    assert_ok(project_batch_run(pool, &w->batch, &out, &e));
    pool_close(pool);
    return a;
}

// One trajectory of one area by project_run: people by sex and age, births, deaths.
struct single {
    double people[2][MOMENTS * AGES], births[2][STEPS], deaths[2][STEPS * (AGES + 1)];
};

static double looked_up(const struct project_survival *s, size_t age, double e0)
{
    double x = fmin(fmax((e0 - s->low) / s->step, 0), (double)(s->rows - 1));
    size_t i = (size_t)fmin(floor(x), (double)(s->rows - 2));
    const double *column = s->ratio + age * s->rows;
    return column[i] + (x - (double)i) * (column[i + 1] - column[i]);
}

static void one(const struct world *w, size_t i, size_t path,
                const struct project_paths *p, struct single *out)
{
    double survival[2][STEPS * (AGES + 1)], fertility[STEPS * AGES], boys[STEPS];
    double net[2][STEPS * AGES];
    const struct project_batch_area *a = &w->area[i];
    struct project_input in = {w->batch.shape, .timing = w->batch.timing,
                               .mothers = w->batch.mothers};
    struct error e;
    for (size_t t = 0; t < STEPS; t++) {
        size_t at = t * PATHS + path;
        boys[t] = p->boys[at];
        for (size_t k = 0; k < AGES; k++)
            fertility[t * AGES + k] =
                p->fertility[at] * w->fertility[t * AGES + k] / w->batch.shape.width;
        for (int sex = 0; sex < 2; sex++) {
            for (size_t k = 0; k <= AGES; k++)
                survival[sex][t * (AGES + 1) + k] =
                    looked_up(a->survival[sex], k, p->e0[sex][at]);
            for (size_t k = 0; k < AGES; k++)
                net[sex][t * AGES + k] =
                    (a->migration[sex] ? p->net[at] * a->migration[sex][k] : 0) +
                    (a->moving[sex] ? a->moving[sex][t * AGES + k] : 0);
        }
    }
    struct project_output o = {.population = {out->people[0], out->people[1]},
                               .births = {out->births[0], out->births[1]},
                               .deaths = {out->deaths[0], out->deaths[1]}};
    for (int sex = 0; sex < 2; sex++) {
        in.population[sex] = a->population[sex];
        in.apart[sex] = a->apart[sex];
        in.survival[sex] = survival[sex];
        in.migration[sex] = net[sex];
    }
    in.fertility = fertility;
    in.boys = boys;
    assert_ok(project_check(&in, &e));
    project_run(&in, &o);
}

static double measured(const struct world *w, size_t m, size_t moment,
                       const struct single *s)
{
    const struct project_measure *what = &w->measure[m];
    double sum = 0;
    for (int sex = 0; sex < 2; sex++) {
        for (size_t k = 0; what->people[sex] && k < AGES; k++)
            sum += what->people[sex][k] * s->people[sex][moment * AGES + k];
        if (moment)
            sum += what->births[sex] * s->births[sex][moment - 1];
        for (size_t k = 0; moment && k <= AGES; k++)
            sum += what->deaths * s->deaths[sex][(moment - 1) * (AGES + 1) + k];
    }
    return sum;
}

static void as_one_by_one(uint64_t seed, int32_t width, enum project_timing timing,
                          enum project_mothers mothers)
{
    struct world *w = world_new(seed, width, timing, mothers);
    struct answer *a = run(w, 2);
    static double draws[5][STEPS * PATHS];
    double sums[NODES][MEASURES][MOMENTS];
    struct project_paths p = {draws[0], {draws[1], draws[2]}, draws[3], draws[4]};
    for (size_t path = 0; path < PATHS; path += 37) {
        memset(sums, 0, sizeof sums);
        for (size_t i = 0; i < AREAS; i++) {
            struct single s;
            draw(w, i, &p);
            one(w, i, path, &p, &s);
            for (size_t m = 0; m < MEASURES; m++)
                for (size_t t = 0; t < MOMENTS; t++)
                    for (size_t n = i; n != SIZE_MAX; n = parents[n])
                        sums[n][m][t] += measured(w, m, t, &s);
        }
        for (size_t n = 0; n < NODES; n++)
            for (size_t m = 0; m < MEASURES; m++)
                for (size_t t = 0; t < MOMENTS; t++) {
                    double wanted =
                        m == 5 ? 100 * sums[n][5][t] / sums[n][0][t] : sums[n][m][t];
                    double found =
                        a->value[((n * MEASURES + m) * MOMENTS + t) * PATHS + path];
                    if (!(fabs(found - wanted) <= 1e-9 * (fabs(wanted) + 1e-3)))
                        fail_msg("seed %d node %zu measure %zu moment %zu path %zu: "
                                 "%.12g is not %.12g",
                                 (int)seed, n, m, t, path, found, wanted);
                }
    }
    free(a);
    free(w);
}

static void equals_project_run(void **state)
{
    (void)state;
    as_one_by_one(1, 5, PROJECT_SPREAD, PROJECT_ALL_WOMEN);
    as_one_by_one(2, 5, PROJECT_AT_END, PROJECT_ALL_WOMEN);
    as_one_by_one(3, 1, PROJECT_SPREAD, PROJECT_EXPOSED_WOMEN);
    as_one_by_one(4, 1, PROJECT_AT_END, PROJECT_EXPOSED_WOMEN);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void quantiles_are_those_of_sorting(void **state)
{
    (void)state;
    static const double p[6] = {0, .025, .1, .5, .9, 1};
    struct rng r = rng_seed(99);
    for (int turn = 0; turn < 400; turn++) {
        double v[700], sorted[700], found[6];
        size_t n = 1 + rng_below(&r, 700);
        uint64_t kinds = turn % 3 ? 1 + rng_below(&r, 20) : 0; // many alike, or none
        for (size_t i = 0; i < n; i++)
            v[i] = sorted[i] = turn % 7 == 6 ? (double)i
                               : kinds       ? (double)rng_below(&r, kinds)
                                             : rng_normal(&r);
        qsort(sorted, n, sizeof *sorted, ascending);
        project_quantiles(v, n, p, 6, found);
        for (int i = 0; i < 6; i++) {
            double at = p[i] * (double)(n - 1), low = sorted[(size_t)at];
            double high = sorted[(size_t)ceil(at)];
            double wanted = low + (at - floor(at)) * (high - low);
            if (found[i] != wanted)
                fail_msg("turn %d n %zu quantile %g: %g is not %g", turn, n, p[i],
                         found[i], wanted);
        }
    }
}

static void no_number_has_no_quantile(void **state)
{
    (void)state;
    double v[40] = {[7] = NAN}, q[QUANTILES];
    project_quantiles(v, 40, probabilities, QUANTILES, q);
    assert_true(isnan(q[0]) && isnan(q[2]));
}

static void quantiles_and_means_of_values(void **state)
{
    (void)state;
    struct world *w = world_new(11, 5, PROJECT_SPREAD, PROJECT_ALL_WOMEN);
    struct answer *a = run(w, 1);
    for (size_t at = 0; at < NODES * MEASURES * MOMENTS; at++) {
        double copy[PATHS], q[QUANTILES], sum = 0;
        memcpy(copy, a->value + at * PATHS, sizeof copy);
        for (size_t k = 0; k < PATHS; k++)
            sum += copy[k];
        project_quantiles(copy, PATHS, probabilities, QUANTILES, q);
        assert_memory_equal(q, a->quantile + at * QUANTILES, sizeof q);
        assert_true(fabs(sum / PATHS - a->mean[at]) <= 1e-12 * fabs(sum));
    }
    free(a);
    free(w);
}

static void any_number_of_threads(void **state)
{
    (void)state;
    struct world *w = world_new(5, 5, PROJECT_SPREAD, PROJECT_ALL_WOMEN);
    struct answer *a = run(w, 1), *b = run(w, 3), *c = run(w, 8);
    assert_memory_equal(a, b, sizeof *a);
    assert_memory_equal(a, c, sizeof *a);
    free(a);
    free(b);
    free(c);
    free(w);
}

static void more_leave_than_there_are(void **state)
{
    (void)state;
    struct world *w = world_new(6, 5, PROJECT_AT_END, PROJECT_ALL_WOMEN);
    for (size_t k = 0; k < AGES; k++)
        w->moving[1][0][k] = 100;
    struct answer *a = run(w, 2);
    assert_int_equal(a->negative[0], 0); // nobody moves there
    assert_true(a->negative[1] > PATHS / 2);
    free(a);
    free(w);
}

static enum err fails(const struct world *w, struct error *out_error)
{
    struct error e;
    struct pool *pool;
    struct answer *a = calloc(1, sizeof *a);
    assert_non_null(a);
    assert_ok(pool_open(&pool, 2, &e));
    struct project_batch_result out = {a->quantile, a->mean, a->value, a->negative};
    enum err code = project_batch_run(pool, &w->batch, &out, out_error);
    pool_close(pool);
    free(a);
    return code;
}

static void bad_input(void **state)
{
    (void)state;
    struct error e;
    struct world *w = world_new(7, 5, PROJECT_SPREAD, PROJECT_ALL_WOMEN);
    w->worst = 4;
    assert_int_equal(fails(w, &e), ERR_INPUT);
    assert_string_equal(e.where, "area 5");
    w->worst = -1;
    w->people[2][1][3] = -1;
    assert_int_equal(fails(w, &e), ERR_INPUT);
    assert_string_equal(e.where, "area 3");
    w->people[2][1][3] = 1;
    w->apart[3][0][0] = 1e9;
    assert_int_equal(fails(w, &e), ERR_INPUT);
    w->apart[3][0][0] = 0;
    w->fertility[4] = -.1;
    assert_int_equal(fails(w, &e), ERR_INPUT);
    w->fertility[4] = NAN;
    assert_int_equal(fails(w, &e), ERR_INPUT);
    w->fertility[4] = 0;
    w->survival[1].ages = AGES - 1;
    assert_int_equal(fails(w, &e), ERR_INPUT);
    w->survival[1].ages = AGES;
    w->measure[5].per = MEASURES;
    assert_int_equal(fails(w, &e), ERR_USAGE);
    w->measure[5].per = 0;
    w->batch.trajectories = 0;
    assert_int_equal(fails(w, &e), ERR_USAGE);
    w->batch.trajectories = 1000000000;
    assert_int_equal(fails(w, &e), ERR_LIMIT);
    w->batch.trajectories = PATHS;
    assert_int_equal(fails(w, &e), ERR_OK);
    free(w);
}

static void no_memory(void **state)
{
    (void)state;
    struct error e;
    struct world *w = world_new(8, 5, PROJECT_SPREAD, PROJECT_ALL_WOMEN);
    struct pool *pool;
    struct answer *a = calloc(1, sizeof *a);
    assert_non_null(a);
    assert_ok(pool_open(&pool, 1, &e));
    struct project_batch_result out = {a->quantile, a->mean, a->value, a->negative};
    enum err code = ERR_MEMORY;
    int64_t n = 0;
    for (; code == ERR_MEMORY && n < 100; n++) {
        mem_fail_after(n);
        code = project_batch_run(pool, &w->batch, &out, &e);
        mem_fail_after(-1);
    }
    assert_int_equal(code, ERR_OK);
    assert_true(n > 5);
    pool_close(pool);
    free(a);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_project_run),
        cmocka_unit_test(quantiles_are_those_of_sorting),
        cmocka_unit_test(no_number_has_no_quantile),
        cmocka_unit_test(quantiles_and_means_of_values),
        cmocka_unit_test(any_number_of_threads),
        cmocka_unit_test(more_leave_than_there_are),
        cmocka_unit_test(bad_input),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests_name("projections of many", tests, NULL, NULL);
}
