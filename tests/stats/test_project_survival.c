// SPDX-License-Identifier: AGPL-3.0-or-later
// Tables of survival by life expectancy: a row is the table it says, the given tables are
// found again, and the same life table comes back through the batch's look-up.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "shared_data.h"
#include "stats/project_survival.h"

enum { N = 22, AGES = 21 };
static const int32_t ages_of[N] = {0,  1,  5,  10, 15, 20, 25, 30, 35, 40, 45,
                                   50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100};

// Women of a country as WPP 2019 has them, by period; false where the data are absent.
static bool women_of(const char *country, double rates[30][N])
{
    FILE *f = shared_data("projection/wpp2019/mxF.csv");
    char line[4096];
    size_t age = 0;
    if (!f)
        return false;
    while (fgets(line, sizeof line, f)) {
        char *p = line, *end;
        if (strncmp(line, country, strlen(country)) || line[strlen(country)] != ',')
            continue;
        for (int comma = 0; comma < 3; p++)
            comma += *p == ',';
        for (size_t t = 0; t < 30 && age < N; t++, p = end + 1)
            rates[t][age] = strtod(p, &end);
        age++;
    }
    fclose(f);
    return age == N;
}

// A table like a real one where no data are needed.
static void invented(double level, double *m)
{
    for (int i = 0; i < N; i++) {
        double age = ages_of[i] + (i ? 2.5 : .3);
        m[i] = level * (i == 0 ? .02 : i == 1 ? .001 : 3e-5 * exp(.095 * age) + 2e-4);
    }
}

static const struct lifetable_rule women = {.sex = LIFETABLE_FEMALE};

static struct project_survival make(struct arena *a, enum project_survival_family family,
                                    size_t tables, const double *rates)
{
    struct error e;
    struct project_survival out;
    struct project_survival_source from = {family, women, N,   ages_of,
                                           tables, rates, NULL};
    struct project_survival_grid grid = {40, 95, .25, 5, AGES};
    assert_ok(project_survival_make(a, &from, &grid, &out, &e));
    return out;
}

// Survival and life expectancy of rates.
static double of_rates(const double *m, double *survival)
{
    double c[8][N];
    struct error e;
    struct lifetable t = {N, ages_of, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]};
    memcpy(c[0], m, sizeof c[0]);
    assert_ok(lifetable_from_rates(&t, &women, &e));
    assert_ok(lifetable_survival(&t, 5, AGES, survival, &e));
    return t.e[0];
}

// Ratios of a row give back the person years and so nearly its life expectancy.
static void rows_live_as_long_as_they_say(void **state)
{
    (void)state;
    struct arena a;
    double m[2][N];
    invented(1, m[0]);
    invented(2.5, m[1]);
    arena_init(&a, 0);
    for (int k = 0; k < 3; k++) {
        struct project_survival s =
            make(&a, (enum project_survival_family)k, k == 2 ? 2 : 1, m[0]);
        double before = 0;
        for (double e0 = 50; e0 <= 95; e0 += 5) {
            double r[AGES + 1], years = 0, group = 5;
            project_survival_at(&s, e0, r);
            for (int i = 0; i <= AGES; i++)
                if (!(r[i] >= 0 && r[i] <= 1))
                    fail_msg("family %d, e0 %g, group %d: %g", k, e0, i, r[i]);
            for (int i = 0; i < AGES - 1; i++)
                years += group *= r[i];
            years += group * r[AGES] / (1 - r[AGES]);
            if (fabs(years - e0) > 1e-6)
                fail_msg("family %d: %g is not %g", k, years, e0);
            assert_true(r[0] > before);
            before = r[0];
        }
    }
    arena_free(&a);
}

static void given_tables_come_back(void **state)
{
    (void)state;
    struct arena a;
    double m[3][N], wanted[AGES + 1], found[AGES + 1];
    invented(2.5, m[0]);
    invented(1, m[1]);
    invented(.6, m[2]);
    arena_init(&a, 0);
    for (int k = 0; k < 5; k++) {
        // one table moved to its own life expectancy is itself; so is each of several
        enum project_survival_family family =
            k < 2 ? (enum project_survival_family)k : PROJECT_SURVIVAL_BETWEEN;
        const double *own = m[k < 2 ? 0 : k - 2];
        struct error e;
        struct project_survival s;
        double e0 = of_rates(own, wanted);
        struct project_survival_source from = {family,        women, N,   ages_of,
                                               k < 2 ? 1 : 3, m[0],  NULL};
        struct project_survival_grid grid = {e0 - 1, e0 + 1, .5, 5, AGES};
        assert_ok(project_survival_make(&a, &from, &grid, &s, &e));
        project_survival_at(&s, e0, found);
        for (int i = 0; i <= AGES; i++)
            if (!(fabs(found[i] - wanted[i]) < 1e-7))
                fail_msg("case %d, group %d: %.9g is not %.9g", k, i, found[i],
                         wanted[i]);
    }
    arena_free(&a);
}

// A country's later mortality from its earlier one: the table of 1950-2020 moved on to
// the published life expectancy of 2095-2100.
static void as_published_later(void **state)
{
    (void)state;
    static double rates[30][N];
    if (!women_of("156", rates))
        skip();
    struct arena a;
    double wanted[AGES + 1], found[AGES + 1], worst = 0;
    arena_init(&a, 0);
    struct project_survival s = make(&a, PROJECT_SURVIVAL_BETWEEN, 26, rates[4]);
    for (int t = 4; t < 30; t++) {
        double e0 = of_rates(rates[t], wanted);
        project_survival_at(&s, e0, found);
        for (int i = 0; i <= AGES; i++)
            worst = fmax(worst, fabs(found[i] - wanted[i]));
    }
    print_message("# all tables given: worst ratio off by %.6f\n", worst);
    assert_true(worst < 1e-3); // .25 years between rows, and a bend at each table
    s = make(&a, PROJECT_SURVIVAL_BETWEEN, 10, rates[4]);
    double e0 = of_rates(rates[29], wanted);
    project_survival_at(&s, e0, found);
    worst = 0;
    for (int i = 0; i < 16; i++)
        worst = fmax(worst, fabs(found[i] - wanted[i]));
    print_message("# 1970-2020 moved on to %.1f: worst ratio under 80 off by %.4f\n", e0,
                  worst);
    assert_true(worst < .05);
    arena_free(&a);
}

// Ratios of steps come back at their own life expectancy, and rows live as they say.
static void from_ratios(void **state)
{
    (void)state;
    struct arena a;
    struct error e;
    struct project_survival s;
    double m[3][N], ratios[3][AGES + 1], found[AGES + 1];
    invented(1, m[0]);
    invented(2.5, m[1]);
    invented(.6, m[2]);
    arena_init(&a, 0);
    for (int k = 0; k < 3; k++) {
        double e0 = of_rates(m[k], ratios[k]);
        assert_true(fabs(project_survival_expectancy(ratios[k], 5, AGES) - e0) < 1e-9);
    }
    for (int k = 0; k < 3; k++) {
        double e0 = project_survival_expectancy(ratios[k], 5, AGES);
        struct project_survival_grid grid = {e0, e0 + 5, 1, 5, AGES};
        assert_ok(project_survival_from_ratios(&a, ratios[0], 3, &grid, &s, &e));
        project_survival_at(&s, e0, found);
        for (int i = 0; i <= AGES; i++)
            assert_true(fabs(found[i] - ratios[k][i]) < 1e-9);
    }
    for (size_t n = 1; n <= 3; n += 2) {
        struct project_survival_grid grid = {40, 95, 5, 5, AGES};
        assert_ok(project_survival_from_ratios(&a, ratios[0], n, &grid, &s, &e));
        for (double e0 = 40; e0 <= 95; e0 += 5) {
            project_survival_at(&s, e0, found);
            double lived = project_survival_expectancy(found, 5, AGES);
            if (fabs(lived - e0) > 1e-6)
                fail_msg("%g is not %g", lived, e0);
        }
    }
    struct project_survival_grid grid = {40, 1e9, 1e8, 5, AGES};
    assert_int_equal(project_survival_from_ratios(&a, ratios[0], 3, &grid, &s, &e),
                     ERR_INPUT);
    arena_free(&a);
}

static void bad_input(void **state)
{
    (void)state;
    struct arena a;
    struct error e;
    struct project_survival out;
    double m[2][N];
    invented(1, m[0]);
    invented(1, m[1]);
    arena_init(&a, 0);
    struct project_survival_source from = {
        PROJECT_SURVIVAL_BETWEEN, women, N, ages_of, 2, m[0], NULL};
    struct project_survival_grid grid = {50, 90, .5, 5, AGES};
    assert_int_equal(project_survival_make(&a, &from, &grid, &out, &e), ERR_INPUT);
    assert_string_equal(e.key, "survival.alike");
    from.tables = 1;
    assert_int_equal(project_survival_make(&a, &from, &grid, &out, &e), ERR_INPUT);
    from.family = PROJECT_SURVIVAL_BRASS;
    m[0][4] = 0;
    assert_int_equal(project_survival_make(&a, &from, &grid, &out, &e), ERR_INPUT);
    assert_string_equal(e.where, "life table 1, age 15");
    m[0][4] = .001;
    grid.high = 40;
    assert_int_equal(project_survival_make(&a, &from, &grid, &out, &e), ERR_USAGE);
    grid.high = 1e5;
    assert_int_equal(project_survival_make(&a, &from, &grid, &out, &e), ERR_USAGE);
    grid.high = 5000;
    grid.step = 10;
    from.family = PROJECT_SURVIVAL_LEE_CARTER;
    static const double still[N];
    from.slope = still;
    assert_int_equal(project_survival_make(&a, &from, &grid, &out, &e), ERR_INPUT);
    assert_string_equal(e.key, "survival.reach");
    from.slope = NULL;
    grid = (struct project_survival_grid){50, 90, .5, 5, AGES};
    for (int64_t n = 0; n < 3; n++) {
        arena_free(&a);
        arena_init(&a, 0);
        mem_fail_after(n);
        enum err code = project_survival_make(&a, &from, &grid, &out, &e);
        mem_fail_after(-1);
        assert_true(code == ERR_MEMORY || code == ERR_OK);
        assert_true(n || code == ERR_MEMORY);
    }
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_live_as_long_as_they_say),
        cmocka_unit_test(given_tables_come_back),
        cmocka_unit_test(as_published_later),
        cmocka_unit_test(from_ratios),
        cmocka_unit_test(bad_input),
    };
    return cmocka_run_group_tests_name("survival by life expectancy", tests, NULL, NULL);
}
