// SPDX-License-Identifier: AGPL-3.0-or-later
// Drawn trajectories: the moments of an AR(1), correlation between areas, independence of
// series, intervals that cover, and how near a declared error comes to the bounds that
// the United Nations published for China, India and Azerbaijan.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "shared_data.h"
#include "stats/migration_age.h"
#include "stats/project_draw.h"
#include "stats/project_forecast.h"
#include "stats/project_survival.h"

enum { STEPS = 16, PATHS = 4000, AGES = 21 };

static double values[2][PROJECT_SERIES][STEPS * PATHS];

static struct project_paths paths(int i)
{
    return (struct project_paths){
        values[i][0], {values[i][1], values[i][2]}, values[i][3], values[i][4]};
}

static const double flat[STEPS] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};

static struct project_drawn_area plain(void)
{
    struct project_drawn_area a = {0};
    for (int s = 0; s < PROJECT_SERIES; s++) {
        a.target[s] = flat;
        a.error[s] = (struct project_error){.sd = .1, .rho = .9};
    }
    return a;
}

static double mean_of(const double *v)
{
    double sum = 0;
    for (int k = 0; k < PATHS; k++)
        sum += v[k];
    return sum / PATHS;
}

static double covariance(const double *v, const double *w)
{
    double a = mean_of(v), b = mean_of(w), sum = 0;
    for (int k = 0; k < PATHS; k++)
        sum += (v[k] - a) * (w[k] - b);
    return sum / (PATHS - 1);
}

static void moments_of_an_ar1(void **state)
{
    (void)state;
    struct error e;
    struct arena a;
    arena_init(&a, 0);
    struct project_drawn_area area[2] = {plain(), plain()};
    area[0].error[PROJECT_TFR].shared = area[1].error[PROJECT_TFR].shared = .6;
    area[0].error[PROJECT_BOYS].start = .2;
    struct project_draws d = {STEPS, PATHS, 2, area, 7, {NULL}};
    assert_ok(project_draw_begin(&a, &d, &e));
    for (size_t i = 0; i < 2; i++) {
        struct project_paths p = paths((int)i);
        project_draw(&d, i, &p);
    }
    for (int t = 0; t < STEPS; t++)
        for (int s = 0; s < PROJECT_SERIES; s++) {
            if (s == PROJECT_GAP) // holds men: the gap is women less men
                continue;
            const double *v = values[0][s] + t * PATHS;
            double sd = project_error_sd(&area[0].error[s], (size_t)t);
            // five standard errors of a mean and of a standard deviation
            assert_true(fabs(mean_of(v) - 2) < 5 * sd / sqrt(PATHS));
            assert_true(fabs(sqrt(covariance(v, v)) / sd - 1) < 5 / sqrt(2. * PATHS));
        }
    const double *x = values[0][PROJECT_TFR] + 9 * PATHS;
    const double *y = values[1][PROJECT_TFR] + 9 * PATHS;
    double r = covariance(x, y) / sqrt(covariance(x, x) * covariance(y, y));
    assert_true(fabs(r - .6) < .06);
    // a step apart: rho; another series: nothing
    const double *z = values[0][PROJECT_TFR] + 10 * PATHS;
    assert_true(fabs(covariance(x, z) / covariance(x, x) - .9) < .03);
    const double *w = values[0][PROJECT_E0] + 9 * PATHS;
    assert_true(fabs(covariance(x, w) / covariance(x, x)) < .08);
    // men and women stay together: the gap has its own sd, and nothing of women's
    const double *men = values[0][PROJECT_GAP] + 15 * PATHS;
    const double *women = values[0][PROJECT_E0] + 15 * PATHS;
    double both = covariance(men, women), own = covariance(women, women);
    assert_true(fabs(both / own - 1) < .06);
    arena_free(&a);
}

static void streams_and_bounds(void **state)
{
    (void)state;
    struct error e;
    struct arena a;
    arena_init(&a, 0);
    struct project_drawn_area area = plain();
    struct project_draws d = {STEPS, PATHS, 1, &area, 7, {NULL}};
    struct project_paths p = paths(0), q = paths(1);
    assert_ok(project_draw_begin(&a, &d, &e));
    project_draw(&d, 0, &p);
    // no error of one, bounds of another: the other series are as they were
    area.error[PROJECT_BOYS].sd = 0;
    area.error[PROJECT_NET].low = 1.95;
    area.error[PROJECT_NET].high = 2.05;
    area.given[PROJECT_E0] = flat; // too short for all, but one trajectory of it is read
    d.trajectories = 1;
    project_draw(&d, 0, &q);
    for (int t = 0; t < STEPS; t++) {
        // fewer trajectories are the first of more
        assert_true(q.fertility[t] == p.fertility[t * PATHS]);
        assert_true(q.boys[t] == 2);
        assert_true(q.net[t] >= 1.95 && q.net[t] <= 2.05);
        assert_true(q.e0[PROJECT_FEMALE][t] == 2);
    }
    arena_free(&a);
}

static void errors_found_again(void **state)
{
    (void)state;
    struct error e;
    struct project_error truth = {.sd = .09, .rho = .87}, found;
    double low[STEPS], high[STEPS], worst;
    for (int t = 0; t < STEPS; t++) {
        double half = 1.2815515655446004 * project_error_sd(&truth, (size_t)t);
        low[t] = 2 - half;
        high[t] = 2 + half;
    }
    assert_ok(project_error_from_bounds(low, high, STEPS, .8, &found, &worst, &e));
    assert_true(fabs(found.rho - .87) < 1e-3 && fabs(found.sd - .09) < 1e-4);
    assert_true(worst < 1e-2);
    high[3] = low[3];
    assert_int_equal(project_error_from_bounds(low, high, STEPS, .8, &found, &worst, &e),
                     ERR_INPUT);
    // of many past series of 30 values, the mean rho and sd are nearly the truth
    struct rng r = rng_seed(5);
    double rho = 0, sd = 0;
    for (int turn = 0; turn < 500; turn++) {
        double past[30], x = .09 / sqrt(1 - .7 * .7) * rng_normal(&r);
        for (int i = 0; i < 30; i++, x = .7 * x + .09 * rng_normal(&r))
            past[i] = 1.5 + x;
        assert_ok(project_error_from_past(past, 30, false, &found, &e));
        rho += found.rho / 500;
        sd += found.sd / 500;
    }
    assert_true(fabs(rho - .7) < .05 && fabs(sd - .09) < .005);
    assert_int_equal(project_error_from_past(low, 5, false, &found, &e), ERR_INPUT);
}

// ---- a country of the United Nations ----

struct country {
    const char *code;
    double rates[2][30][22], people[2][AGES], pattern[STEPS * AGES];
    double target[PROJECT_SERIES][STEPS];
    double tfr[4][STEPS], e0[2][4][STEPS], total[5][STEPS]; // 80l 80u 95l 95u, median
};

// Numbers of a row of a file of WPP 2019, from a column on.
static bool row_of(const char *file, const char *code, size_t age, size_t keys,
                   size_t skip, double *out, size_t n)
{
    char name[96], line[4096];
    snprintf(name, sizeof name, "projection/wpp2019/%s.csv", file);
    FILE *f = shared_data(name);
    size_t rows = 0;
    bool found = false;
    while (f && !found && fgets(line, sizeof line, f)) {
        if (strncmp(line, code, strlen(code)) || line[strlen(code)] != ',' ||
            rows++ < age)
            continue;
        char *p = line, *end;
        for (size_t comma = 0; comma < keys + skip; p++)
            comma += *p == ',';
        for (size_t i = 0; i < n; i++, p = end + 1)
            out[i] = strtod(p, &end);
        found = true;
    }
    if (f)
        fclose(f);
    return found;
}

static bool read_country(struct country *c)
{
    static const char *const kind[4] = {"80l", "80u", "95l", "95u"};
    char name[32];
    bool ok = true;
    for (size_t k = 0; k < 4; k++) {
        snprintf(name, sizeof name, "tfrproj%s", kind[k]);
        ok = ok && row_of(name, c->code, 0, 2, 0, c->tfr[k], STEPS);
        for (int sex = 0; sex < 2; sex++) {
            snprintf(name, sizeof name, "e0%cproj%s", "FM"[sex], kind[k]);
            ok = ok && row_of(name, c->code, 0, 2, 0, c->e0[sex][k], STEPS);
        }
        snprintf(name, sizeof name, "popproj%s", kind[k]);
        ok = ok && row_of(name, c->code, 0, 2, 0, c->total[k], STEPS);
    }
    for (size_t i = 0; i < 22; i++)
        for (int sex = 0; sex < 2; sex++) {
            double row[30];
            ok = ok && row_of(sex ? "mxM" : "mxF", c->code, i, 3, 0, row, 30);
            for (int t = 0; t < 30; t++)
                c->rates[sex][t][i] = row[t];
        }
    double row[STEPS], men[STEPS];
    for (size_t i = 0; i < AGES; i++) {
        ok = ok && row_of("popF", c->code, i, 3, 14, &c->people[0][i], 1);
        ok = ok && row_of("popM", c->code, i, 3, 14, &c->people[1][i], 1);
        ok = ok && row_of("popFprojMed", c->code, i, 3, 0, row, STEPS);
        ok = ok && row_of("popMprojMed", c->code, i, 3, 0, men, STEPS);
        for (int t = 0; t < STEPS; t++)
            c->total[4][t] += row[t] + men[t];
    }
    for (size_t i = 0; i < 7; i++) {
        ok = ok && row_of("percentASFR", c->code, i, 3, 14, row, STEPS);
        for (size_t t = 0; t < STEPS; t++)
            c->pattern[t * AGES + 3 + i] = row[t] / 100;
    }
    ok = ok && row_of("tfrprojMed", c->code, 0, 2, 0, c->target[PROJECT_TFR], STEPS);
    ok = ok && row_of("sexRatio", c->code, 0, 2, 14, c->target[PROJECT_BOYS], STEPS);
    ok = ok && row_of("migration", c->code, 0, 2, 14, c->target[PROJECT_NET], STEPS);
    ok = ok && row_of("e0Fproj", c->code, 0, 2, 0, c->target[PROJECT_E0], STEPS);
    ok = ok && row_of("e0Mproj", c->code, 0, 2, 0, men, STEPS);
    for (size_t t = 0; t < STEPS; t++)
        c->target[PROJECT_GAP][t] = c->target[PROJECT_E0][t] - men[t];
    return ok;
}

static const int32_t ages_of[22] = {0,  1,  5,  10, 15, 20, 25, 30, 35, 40, 45,
                                    50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100};

// Everything of a country but its errors, ready to run.
struct ready {
    struct arena arena;
    struct project_survival survival[2];
    double moving[2][AGES], ones[AGES];
    struct project_batch_area area;
    struct project_measure measure;
    struct project_drawn_area drawn;
    struct project_draws draws;
    struct project_batch batch;
};
static const double probabilities[5] = {.025, .1, .5, .9, .975};

static void prepare(struct ready *r, const struct country *c, size_t trajectories,
                    uint64_t seed)
{
    struct error e;
    memset(r, 0, sizeof *r);
    arena_init(&r->arena, 0);
    double *const moving[2] = {r->moving[0], r->moving[1]};
    const struct migration_age_pattern *family = migration_age_standard("family", &e);
    assert_non_null(family);
    assert_ok(migration_age_spread(family, 1, 5, AGES, moving, &e));
    for (int sex = 0; sex < 2; sex++) {
        struct project_survival_source from = {
            PROJECT_SURVIVAL_BETWEEN,
            {.sex = sex ? LIFETABLE_MALE : LIFETABLE_FEMALE},
            22,
            ages_of,
            26,
            c->rates[sex][4],
            NULL};
        struct project_survival_grid grid = {45, 105, .1, 5, AGES};
        assert_ok(project_survival_make(&r->arena, &from, &grid, &r->survival[sex], &e));
        r->area.population[sex] = c->people[sex];
        r->area.survival[sex] = &r->survival[sex];
        r->area.migration[sex] = r->moving[sex];
        r->measure.people[sex] = r->ones;
    }
    r->area.fertility = c->pattern;
    for (int i = 0; i < AGES; i++)
        r->ones[i] = 1;
    for (int s = 0; s < PROJECT_SERIES; s++)
        r->drawn.target[s] = c->target[s];
    r->draws = (struct project_draws){STEPS, trajectories, 1, &r->drawn, seed, {NULL}};
    r->batch = (struct project_batch){.shape = {2020, 5, AGES, STEPS},
                                      .timing = PROJECT_AT_END,
                                      .areas = 1,
                                      .trajectories = trajectories,
                                      .area = &r->area,
                                      .draw = project_draw,
                                      .context = &r->draws,
                                      .measure = &r->measure,
                                      .measures = 1,
                                      .probability = probabilities,
                                      .probabilities = 5};
}

static void run(struct ready *r, const struct project_batch_result *out)
{
    struct error e;
    struct pool *pool;
    assert_ok(pool_open(&pool, 1, &e));
    assert_ok(project_draw_begin(&r->arena, &r->draws, &e));
    assert_ok(project_batch_run(pool, &r->batch, out, &e));
    pool_close(pool);
}

// The errors that come nearest to the published bounds.
static void published_errors(const struct country *c, struct project_error *out)
{
    struct error e;
    struct project_error men;
    double worst;
    assert_ok(project_error_from_bounds(c->tfr[0], c->tfr[1], STEPS, .8,
                                        &out[PROJECT_TFR], &worst, &e));
    print_message("# %s TFR: sd %.4f rho %.4f, widths within %.1f %%\n", c->code,
                  out[PROJECT_TFR].sd, out[PROJECT_TFR].rho, 100 * worst);
    assert_true(worst < .2);
    assert_ok(project_error_from_bounds(c->e0[0][0], c->e0[0][1], STEPS, .8,
                                        &out[PROJECT_E0], &worst, &e));
    print_message("# %s e0 women: sd %.3f rho %.4f, within %.1f %%\n", c->code,
                  out[PROJECT_E0].sd, out[PROJECT_E0].rho, 100 * worst);
    assert_true(worst < .15);
    assert_ok(
        project_error_from_bounds(c->e0[1][0], c->e0[1][1], STEPS, .8, &men, &worst, &e));
    print_message("# %s e0 men: sd %.3f rho %.4f, within %.1f %%\n", c->code, men.sd,
                  men.rho, 100 * worst);
    double more = men.sd * men.sd - out[PROJECT_E0].sd * out[PROJECT_E0].sd;
    out[PROJECT_GAP] = (struct project_error){.sd = sqrt(fmax(more, 0)), .rho = .9};
    out[PROJECT_TFR].low = .5;
    out[PROJECT_TFR].high = 9;
}

static void near_the_published_bounds(void **state)
{
    (void)state;
    static const char *const codes[3] = {"156", "356", "31"};
    static struct country c;
    static struct ready r;
    for (int i = 0; i < 3; i++) {
        memset(&c, 0, sizeof c);
        c.code = codes[i];
        if (!read_country(&c))
            skip();
        prepare(&r, &c, 4000, 2019);
        published_errors(&c, r.drawn.error);
        double q[STEPS + 1][5];
        struct project_batch_result out = {.quantile = q[0]};
        run(&r, &out);
        for (int t = 5; t < STEPS; t += 10) { // 2050, 2100
            const double *x = q[t + 1];
            print_message("# %s %d: median %.0f (published %.0f), 80 %% %.0f-%.0f "
                          "(%.0f-%.0f), 95 %% %.0f-%.0f (%.0f-%.0f)\n",
                          c.code, 2025 + 5 * t, x[2], c.total[4][t], x[1], x[3],
                          c.total[0][t], c.total[1][t], x[0], x[4], c.total[2][t],
                          c.total[3][t]);
            double wide = (x[3] - x[1]) / (c.total[1][t] - c.total[0][t]);
            double wider = (x[4] - x[0]) / (c.total[3][t] - c.total[2][t]);
            assert_true(fabs(x[2] / c.total[4][t] - 1) < .01);
            // where fertility still falls the error of the UN is no AR(1)
            double off = i ? .3 : .08;
            assert_true(fabs(wide - 1) < off && fabs(wider - 1) < off);
        }
        arena_free(&r.arena);
    }
}

// One declared error for all three countries, China's, and more where fertility still
// falls or life is short: the widths of the bounds of India and Azerbaijan, which it was
// not taken from, within 8 %; without the rule they are half of them.
static void one_rule_for_all(void **state)
{
    (void)state;
    static const char *const codes[3] = {"156", "356", "31"};
    static struct country c;
    static struct ready r;
    for (int i = 0; i < 3; i++)
        for (int by_level = 0; by_level < 2; by_level++) {
            memset(&c, 0, sizeof c);
            c.code = codes[i];
            if (!read_country(&c))
                skip();
            prepare(&r, &c, 4000, 2019);
            project_forecast_errors(r.drawn.error);
            double q[STEPS + 1][5], times[2][STEPS];
            for (int s = 0; s < 2; s++) {
                project_forecast_times((enum project_series)s, c.target[s], STEPS,
                                       times[s]);
                r.drawn.times[s] = by_level ? times[s] : NULL;
            }
            r.drawn.error[PROJECT_BOYS].sd = 0;
            struct project_batch_result out = {.quantile = q[0]};
            run(&r, &out);
            for (int t = 5; t < STEPS; t += 10) { // 2050, 2100
                const double *x = q[t + 1];
                double wide = (x[3] - x[1]) / (c.total[1][t] - c.total[0][t]);
                double wider = (x[4] - x[0]) / (c.total[3][t] - c.total[2][t]);
                print_message("# %s %d%s: 80 %% %.0f-%.0f, %.3f of the published width; "
                              "95 %% %.0f-%.0f, %.3f\n",
                              c.code, 2025 + 5 * t, by_level ? "" : " without the rule",
                              x[1], x[3], wide, x[0], x[4], wider);
                if (by_level || !i)
                    assert_true(fabs(wide - 1) < .08 && fabs(wider - 1) < .09);
                else
                    assert_true(wide < .7 && wider < .7);
            }
            arena_free(&r.arena);
        }
}

static void times_of_a_step(void **state)
{
    (void)state;
    const double tfr[6] = {2.5, 2.12, 1.70, 1.73, 1.72, 1.76}, e0[2] = {70, 85};
    double times[6];
    project_forecast_times(PROJECT_TFR, tfr, 6, times);
    const double wanted[6] = {2, 2, 1, 1.2, 1, 1};
    for (int t = 0; t < 6; t++)
        assert_true(fabs(times[t] - wanted[t]) < 1e-9);
    const double held[2] = {2.12, 2.12}; // nothing falls, but it is above 2.1
    project_forecast_times(PROJECT_TFR, held, 2, times);
    assert_true(fabs(times[0] - 1.4) < 1e-9 && fabs(times[1] - 1.4) < 1e-9);
    project_forecast_times(PROJECT_E0, e0, 2, times);
    assert_true(fabs(times[0] - 1.5) < 1e-9 && times[1] == 1);
    project_forecast_times(PROJECT_BOYS, e0, 2, times);
    assert_true(times[0] == 1 && times[1] == 1);
}

// Truths drawn anew fall into the intervals as often as these say.
static void intervals_cover(void **state)
{
    (void)state;
    static struct country c;
    static struct ready r, truth;
    memset(&c, 0, sizeof c);
    c.code = "31";
    if (!read_country(&c))
        skip();
    enum { TRUTHS = 2000 };
    static double value[(STEPS + 1) * TRUTHS];
    double q[STEPS + 1][5];
    prepare(&r, &c, 3000, 1);
    r.drawn.error[PROJECT_TFR] = (struct project_error){.sd = .1, .rho = .9};
    r.drawn.error[PROJECT_E0] = (struct project_error){.sd = .8, .rho = .95};
    r.drawn.error[PROJECT_NET] = (struct project_error){.sd = 40, .rho = .5};
    struct project_batch_result out = {.quantile = q[0]};
    run(&r, &out);
    prepare(&truth, &c, TRUTHS, 2);
    memcpy(truth.drawn.error, r.drawn.error, sizeof r.drawn.error);
    struct project_batch_result drawn = {.value = value};
    run(&truth, &drawn);
    for (int t = 1; t <= STEPS; t++) {
        int within[2] = {0, 0};
        for (int k = 0; k < TRUTHS; k++) {
            double x = value[t * TRUTHS + k];
            within[0] += x >= q[t][1] && x <= q[t][3];
            within[1] += x >= q[t][0] && x <= q[t][4];
        }
        double inner = within[0] / (double)TRUTHS, outer = within[1] / (double)TRUTHS;
        if (t % 5 == 0)
            print_message(
                "# step %d: %.1f %% of truths within 80 %%, %.1f %% within 95 %%\n", t,
                100 * inner, 100 * outer);
        // four standard errors of both samples
        assert_true(fabs(inner - .8) < 4 * sqrt(.16 * (1. / TRUTHS + 1. / 3000)));
        assert_true(fabs(outer - .95) < 4 * sqrt(.0475 * (1. / TRUTHS + 1. / 3000)));
    }
    arena_free(&r.arena);
    arena_free(&truth.arena);
}

static void bad_input(void **state)
{
    (void)state;
    struct error e;
    struct arena a;
    arena_init(&a, 0);
    struct project_drawn_area area = plain();
    struct project_draws d = {STEPS, 10, 1, &area, 7, {NULL}};
    area.error[PROJECT_E0].rho = 1.1;
    assert_int_equal(project_draw_begin(&a, &d, &e), ERR_INPUT);
    assert_string_equal(e.where, "area 1, life expectancy of women");
    area.error[PROJECT_E0].rho = 1;
    area.error[PROJECT_E0].sd = -1;
    assert_int_equal(project_draw_begin(&a, &d, &e), ERR_INPUT);
    area.error[PROJECT_E0].sd = 1;
    area.error[PROJECT_E0].shared = 2;
    assert_int_equal(project_draw_begin(&a, &d, &e), ERR_INPUT);
    area.error[PROJECT_E0].shared = .5;
    area.error[PROJECT_E0].low = 3;
    assert_int_equal(project_draw_begin(&a, &d, &e), ERR_INPUT);
    area.error[PROJECT_E0].high = 4;
    double times[STEPS] = {1, NAN};
    area.times[PROJECT_E0] = times;
    assert_int_equal(project_draw_begin(&a, &d, &e), ERR_INPUT);
    area.times[PROJECT_E0] = NULL;
    area.target[PROJECT_NET] = NULL;
    mem_fail_after(0);
    assert_int_equal(project_draw_begin(&a, &d, &e), ERR_MEMORY);
    mem_fail_after(-1);
    assert_ok(project_draw_begin(&a, &d, &e));
    area.target[PROJECT_TFR] = NULL;
    assert_int_equal(project_draw_begin(&a, &d, &e), ERR_INPUT);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_of_an_ar1),  cmocka_unit_test(streams_and_bounds),
        cmocka_unit_test(errors_found_again), cmocka_unit_test(near_the_published_bounds),
        cmocka_unit_test(one_rule_for_all),   cmocka_unit_test(times_of_a_step),
        cmocka_unit_test(intervals_cover),    cmocka_unit_test(bad_input),
    };
    return cmocka_run_group_tests_name("drawn trajectories", tests, NULL, NULL);
}
