// SPDX-License-Identifier: AGPL-3.0-or-later
// The cohort-component step: the UN reference program's figures for Canada 1950-69, a
// plain implementation on random inputs, accounts that must close, and inputs that are
// refused.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "base/frame.h"
#include "base/rng.h"
#include "stats/project.h"

enum { AGES = 101, STEPS = 20, FIRST = 1950 };

static double population[2][AGES], survival[2][STEPS][AGES + 1], fertility[STEPS][AGES];
static double boys[STEPS], migration[2][STEPS][AGES], rates[2][STEPS][AGES];
static double after[2][STEPS + 1][AGES], births[2][STEPS], deaths[2][STEPS][AGES + 1];
static double by_age[STEPS][AGES];

static struct project_input input(void)
{
    return (struct project_input){
        .shape = {FIRST, 1, AGES, STEPS},
        .population = {population[0], population[1]},
        .survival = {&survival[0][0][0], &survival[1][0][0]},
        .fertility = &fertility[0][0],
        .boys = boys,
        .migration = {&migration[0][0][0], &migration[1][0][0]},
        .timing = PROJECT_AT_END,
        .mothers = PROJECT_EXPOSED_WOMEN,
    };
}

static struct project_output output(void)
{
    return (struct project_output){
        .population = {&after[0][0][0], &after[1][0][0]},
        .births = {births[0], births[1]},
        .births_by_age = &by_age[0][0],
        .deaths = {&deaths[0][0][0], &deaths[1][0][0]},
    };
}

static void near(double found, double wanted, double within, const char *what, int year)
{
    if (!(fabs(found / wanted - 1) <= within))
        fail_msg("%s %d: %.12g is not within %g of %.12g", what, year, found, within,
                 wanted);
}

// --- Canada ---------------------------------------------------------------------------

static struct arena arena;

static size_t column(const struct frame *f, const char *name)
{
    struct error e = {0};
    size_t c = 0;
    assert_ok(frame_column(f, name, &c, &e));
    return c;
}

static double *numbers(const struct frame *f, const char *name)
{
    struct error e = {0};
    double *v = NULL;
    assert_ok(frame_numbers(f, column(f, name), false, &v, &e));
    return v;
}

static bool is(const struct frame *f, size_t row, const char *name, const char *text)
{
    struct str s = frame_cell(f, row, column(f, name));
    return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

static struct frame canada(const char *name)
{
    char path[512];
    struct frame f;
    struct error e = {0};
    snprintf(path, sizeof path,
             "%s/../shared/data/projection/canada_1x1/canada1x1_%s.csv",
             getenv("HENG_SOURCE") ? getenv("HENG_SOURCE") : ".", name);
    char *kept = arena_alloc(&arena, sizeof path, 1);
    assert_non_null(kept);
    memcpy(kept, path, sizeof path);
    assert_ok(frame_read(&f, kept, &arena, &e));
    return f;
}

// The life table that the reference makes of the rates: half a year for those who die
// after the first; Coale and Demeny's west for it, by the probability of dying:
// a = c + k q; the open group lives 1 / m.
static void survive(const double *m, double c, double k, double *s)
{
    double b = 1 + (1 - c) * m[0];
    double q = (b - sqrt(b * b - 4 * k * m[0] * m[0])) / (2 * k * m[0]);
    double alive = 1 - q, lived = 1 - (1 - c - k * q) * q;
    s[0] = lived;
    for (int a = 1; a < AGES - 1; a++) {
        q = m[a] / (1 + 0.5 * m[a]);
        double years = alive * (1 - 0.5 * q);
        s[a] = years / lived;
        alive *= 1 - q;
        lived = years;
    }
    double open = alive / m[AGES - 1];
    s[AGES - 1] = s[AGES] = open / (open + lived);
}

static void read_canada(void)
{
    struct frame f = canada("base_pop_1950");
    double *age = numbers(&f, "age_start"), *value = numbers(&f, "value");
    for (size_t i = 0; i < f.n_rows; i++)
        population[is(&f, i, "sex", "male")][(int)age[i]] = value[i];
    f = canada("lt_nMx_Sx_1950_1969");
    age = numbers(&f, "age_start"), value = numbers(&f, "value");
    double *year = numbers(&f, "time_start");
    for (size_t i = 0; i < f.n_rows; i++)
        if (is(&f, i, "indicator", "lt_nMx"))
            rates[is(&f, i, "sex", "male")][(int)year[i] - FIRST][(int)age[i]] = value[i];
    for (int t = 0; t < STEPS; t++) {
        survive(rates[0][t], 0.05, 3, survival[0][t]);
        survive(rates[1][t], 0.0425, 2.875, survival[1][t]);
    }
    f = canada("asfr_1950_1969");
    age = numbers(&f, "age_start"), value = numbers(&f, "value");
    year = numbers(&f, "time_start");
    memset(fertility, 0, sizeof fertility);
    for (size_t i = 0; i < f.n_rows; i++)
        fertility[(int)year[i] - FIRST][(int)age[i]] = value[i];
    f = canada("srb_1950_1969");
    value = numbers(&f, "value"), year = numbers(&f, "time_start");
    for (size_t i = 0; i < f.n_rows; i++)
        boys[(int)year[i] - FIRST] = value[i];
    f = canada("netmig_1950_1969");
    age = numbers(&f, "age_start"), value = numbers(&f, "value");
    year = numbers(&f, "time_start");
    for (size_t i = 0; i < f.n_rows; i++) // the reference took persons for thousands
        migration[is(&f, i, "sex", "male")][(int)year[i] - FIRST][(int)age[i]] =
            value[i] / 1000;
}

static void canada_as_the_reference(void **state)
{
    (void)state;
    if (!getenv("HENG_SOURCE"))
        skip();
    char path[512];
    snprintf(path, sizeof path, "%s/../shared/data/projection/canada_1x1",
             getenv("HENG_SOURCE"));
    if (access(path, R_OK))
        skip();
    arena_init(&arena, 0);
    read_canada();
    struct error e = {0};
    struct project_input in = input();
    struct project_output out = output();
    assert_ok(project_check(&in, &e));
    project_run(&in, &out);
    assert_ok(project_check_result(&in, &out, &e));

    struct frame f = canada("OUTPUT_pop_selected_years");
    double *year = numbers(&f, "year"), *age = numbers(&f, "age"),
           *value = numbers(&f, "value");
    int seen = 0;
    for (size_t i = 0; i < f.n_rows; i++)
        if (year[i] <= FIRST + STEPS && !is(&f, i, "sex", "both")) {
            near(after[is(&f, i, "sex", "male")][(int)year[i] - FIRST][(int)age[i]],
                 value[i], 1e-6, "population", (int)year[i]);
            seen++;
        }
    assert_int_equal(seen, 4 * 2 * AGES);
    f = canada("OUTPUT_births_total");
    year = numbers(&f, "year"), value = numbers(&f, "value");
    seen = 0;
    for (size_t i = 0; i < f.n_rows; i++)
        if (year[i] < FIRST + STEPS && !is(&f, i, "sex", "both")) {
            near(births[is(&f, i, "sex", "male")][(int)year[i] - FIRST], value[i], 1e-6,
                 "births", (int)year[i]);
            seen++;
        }
    assert_int_equal(seen, 2 * STEPS);
    f = canada("OUTPUT_deaths_total");
    year = numbers(&f, "year"), value = numbers(&f, "value");
    seen = 0;
    for (size_t i = 0; i < f.n_rows; i++)
        if (year[i] < FIRST + STEPS && !is(&f, i, "sex", "both")) {
            double sum = 0;
            for (int a = 0; a <= AGES; a++)
                sum += deaths[is(&f, i, "sex", "male")][(int)year[i] - FIRST][a];
            near(sum, value[i], 1e-6, "deaths", (int)year[i]);
            seen++;
        }
    assert_int_equal(seen, 2 * STEPS);
    arena_free(&arena);
}

// --- a plain implementation

static void fill(struct rng *rng)
{
    for (int s = 0; s < 2; s++)
        for (int a = 0; a < AGES; a++) {
            population[s][a] = 1000 * rng_uniform(rng) + 100;
            for (int t = 0; t < STEPS; t++) {
                survival[s][t][a] = 1 - 0.2 * rng_uniform(rng);
                survival[s][t][AGES] = 0.5;
                migration[s][t][a] = 4 * rng_uniform(rng) - 2;
                fertility[t][a] = a > 14 && a < 50 ? 0.1 * rng_uniform(rng) : 0;
                boys[t] = 1.05 + 0.1 * rng_uniform(rng);
            }
        }
}

// The population of 2 sexes a step later, written straight from the rules in the header.
static void plain(const double from[2][AGES], int t, bool spread, bool exposed,
                  double to[2][AGES], double *born, double *dead)
{
    double first = spread ? 0.5 : 0, girls[AGES + 1] = {0}, all = 0;
    *dead = 0;
    for (int s = 0; s < 2; s++) {
        for (int a = 0; a < AGES; a++)
            to[s][a] = 0;
        for (int a = -1; a < AGES; a++) {
            int next = a + 1 < AGES ? a + 1 : a;
            double here = a >= 0 ? from[s][a] : 0;
            if (a + 1 < AGES) // those who will be in the next group
                here += first * migration[s][t][a + 1];
            to[s][next] += here * survival[s][t][a + 1];
            *dead += here * (1 - survival[s][t][a + 1]);
            if (s == PROJECT_FEMALE && a >= 0)
                girls[a] += exposed ? here : from[s][a];
        }
        for (int a = 0; a < AGES; a++) {
            double end = to[s][a] + (1 - first) * migration[s][t][a];
            if (s == PROJECT_FEMALE)
                all += fertility[t][a] * (girls[a] + (exposed ? to[s][a] : end)) / 2;
            to[s][a] = end;
        }
    }
    double daughters = all / (1 + boys[t]), sons = all - daughters;
    to[0][0] += daughters * survival[0][t][0];
    to[1][0] += sons * survival[1][t][0];
    *dead += daughters * (1 - survival[0][t][0]) + sons * (1 - survival[1][t][0]);
    *born = all;
}

static void as_written_plainly(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct rng rng = rng_seed(seed);
        fill(&rng);
        struct error e = {0};
        struct project_input in = input();
        struct project_output out = output();
        in.timing = seed % 2 ? PROJECT_SPREAD : PROJECT_AT_END;
        in.mothers = seed % 3 ? PROJECT_EXPOSED_WOMEN : PROJECT_ALL_WOMEN;
        assert_ok(project_check(&in, &e));
        project_run(&in, &out);
        double now[2][AGES], next[2][AGES], born, dead;
        memcpy(now, population, sizeof now);
        for (int t = 0; t < STEPS; t++) {
            plain(now, t, seed % 2, seed % 3, next, &born, &dead);
            double died = 0, mothers = 0;
            for (int s = 0; s < 2; s++)
                for (int a = 0; a < AGES; a++) {
                    if (fabs(after[s][t + 1][a] - next[s][a]) > 1e-9)
                        fail_msg("seed %d: step %d sex %d age %d: %.12g, plainly %.12g",
                                 (int)seed, t, s, a, after[s][t + 1][a], next[s][a]);
                    now[s][a] = after[s][t + 1][a];
                    died += deaths[s][t][a];
                    mothers += s ? 0 : by_age[t][a];
                }
            died += deaths[0][t][AGES] + deaths[1][t][AGES];
            near(births[0][t] + births[1][t], born, 1e-12, "births", t);
            near(mothers, born, 1e-12, "births by age", t);
            near(died, dead, 1e-12, "deaths", t);
        }
    }
}

// Start + births - deaths + migrants = end, whatever the timing.
static void accounts_close(void **state)
{
    (void)state;
    struct rng rng = rng_seed(7);
    fill(&rng);
    for (int rule = 0; rule < 4; rule++) {
        struct project_input in = input();
        struct project_output out = output();
        in.timing = (enum project_timing)(rule % 2);
        in.mothers = (enum project_mothers)(rule / 2);
        project_run(&in, &out);
        for (int t = 0; t < STEPS; t++)
            for (int s = 0; s < 2; s++) {
                double sum = births[s][t];
                for (int a = 0; a < AGES; a++)
                    sum += after[s][t][a] - deaths[s][t][a] + migration[s][t][a] -
                           after[s][t + 1][a];
                sum -= deaths[s][t][AGES];
                assert_true(fabs(sum) < 1e-7);
            }
    }
}

// 5-year groups: births of five years; nobody dies or moves: everyone is a group older.
static void groups_of_five(void **state)
{
    (void)state;
    enum { G = 5 };
    double people[2][G] = {{10, 20, 30, 40, 50}, {11, 21, 31, 41, 51}};
    double all_live[G + 1] = {1, 1, 1, 1, 1, 1}, rate[G] = {0, 0, 0.1, 0, 0}, one = 1;
    double to[2][2][G], born[2][1];
    struct project_input in = {
        .shape = {2020, 5, G, 1},
        .population = {people[0], people[1]},
        .survival = {all_live, all_live},
        .fertility = rate,
        .boys = &one,
    };
    struct project_output out = {.population = {&to[0][0][0], &to[1][0][0]},
                                 .births = {born[0], born[1]}};
    struct error e = {0};
    assert_ok(project_check(&in, &e));
    project_run(&in, &out);
    assert_true(born[0][0] == 0.1 * 2.5 * (30 + 20) / 2); // 12.5 births, half girls
    assert_true(to[0][1][0] == born[0][0] && to[0][1][1] == 10 && to[0][1][4] == 90);
    assert_true(to[1][1][4] == 92);
    double apart[G] = {0, 5, 30, 0, 0}; // the 30 are all who could bear children
    in.apart[0] = apart;
    assert_ok(project_check(&in, &e));
    project_run(&in, &out);
    assert_true(born[0][0] == 0.1 * 2.5 * (0 + 15) / 2);
    assert_true(to[0][1][1] == 10 + 5 && to[0][1][2] == 15 + 30 && to[0][1][3] == 0);
}

static void refused_with(const struct project_input *in, const char *where,
                         const char *text)
{
    struct error e = {0};
    assert_int_equal(project_check(in, &e), ERR_INPUT);
    if (!strstr(e.where, where) || !strstr(e.text, text) || !e.cure[0])
        fail_msg("'%s: %s (%s)' does not name '%s' and '%s'", e.where, e.text, e.cure,
                 where, text);
}

static void bad_input_is_named(void **state)
{
    (void)state;
    struct rng rng = rng_seed(3);
    fill(&rng);
    struct error e = {0};
    struct project_input in = input();
    survival[1][3][AGES] = 1.01;
    refused_with(&in, "survival, male, year 1953, age 100+", "1.01");
    survival[1][3][AGES] = 0.5;
    survival[0][2][0] = NAN;
    refused_with(&in, "survival, female, year 1952, age birth", "nan");
    survival[0][2][0] = 1;
    population[0][17] = -2;
    refused_with(&in, "population, female, year 1950, age 17", "-2");
    population[0][17] = 2;
    fertility[1][20] = -0.1;
    refused_with(&in, "fertility, year 1951, age 20", "-0.1");
    fertility[1][20] = 0.1;
    boys[4] = 106;
    refused_with(&in, "sex ratio at birth, year 1954", "106");
    boys[4] = 1.06;
    migration[1][5][9] = INFINITY;
    refused_with(&in, "migration, male, year 1955, age 9", "inf");
    migration[1][5][9] = 0;
    in.population[PROJECT_MALE] = NULL;
    refused_with(&in, "population", "male half is absent");
    in = input();
    in.shape.width = 3;
    refused_with(&in, "", "steps of 3 years");
    in = input();
    in.shape.ages = 132;
    refused_with(&in, "", "132 groups");
    in = input();
    double apart[AGES] = {[4] = 1e6};
    in.apart[PROJECT_MALE] = apart;
    refused_with(&in, "apart, male, age 4", "1e+06 people live apart");
    in = input();
    assert_ok(project_check(&in, &e));

    migration[0][2][30] = -1e6;
    struct project_output out = output();
    project_run(&in, &out);
    assert_int_equal(project_check_result(&in, &out, &e), ERR_INPUT);
    assert_non_null(strstr(e.where, "female, year 1953, age 30"));
    assert_non_null(strstr(e.text, "more people leave"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canada_as_the_reference), cmocka_unit_test(as_written_plainly),
        cmocka_unit_test(accounts_close),          cmocka_unit_test(groups_of_five),
        cmocka_unit_test(bad_input_is_named),
    };
    return cmocka_run_group_tests_name("stats/project", tests, NULL, NULL);
}
