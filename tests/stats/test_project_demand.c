// SPDX-License-Identifier: AGPL-3.0-or-later
// Demand from ages within groups, tables that are read or refused, scenarios, marriage.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "base/memory.h"
#include "base/rng.h"
#include "stats/project_demand.h"

enum { AGES = 21 };
static const struct project_shape shape = {2020, 5, AGES, 4};

static double weighed(const double *groups, int32_t from, int32_t to)
{
    double w[AGES] = {0}, sum = 0;
    project_age_weights(5, AGES, from, to, 1, w);
    for (int i = 0; i < AGES; i++)
        sum += w[i] * groups[i];
    return sum;
}

static void ages_within_groups(void **state)
{
    (void)state;
    double groups[AGES] = {0}, single[130];
    // Sprague's fifths are exact for a curve of the third degree
    for (int a = 0; a < 130; a++) {
        double low = a, high = a + 1;
        double x[2] = {low, high}, area[2];
        for (int i = 0; i < 2; i++)
            area[i] = 1000 * x[i] - 3 * pow(x[i], 2) + .05 * pow(x[i], 3) -
                      .0003 * pow(x[i], 4);
        single[a] = area[1] - area[0];
        groups[a / 5 < AGES ? a / 5 : AGES - 1] += single[a];
    }
    for (int a = 0; a < 100; a++)
        if (fabs(weighed(groups, a, a) - single[a]) > 1e-6 * fabs(single[a]) + 1e-6)
            fail_msg("age %d: %g is not %g", a, weighed(groups, a, a), single[a]);
    double all = 0, young = 0;
    for (int a = 0; a < AGES; a++)
        all += groups[a];
    for (int a = 0; a <= 6; a++)
        young += single[a];
    assert_true(fabs(weighed(groups, 0, -1) - all) < 1e-6);
    assert_true(fabs(weighed(groups, 0, 6) - young) < 1e-6);
    // five fifths are their group, whatever the groups are
    struct rng r = rng_seed(3);
    for (int i = 0; i < AGES; i++)
        groups[i] = rng_uniform(&r);
    for (int g = 0; g + 1 < AGES; g++) {
        double sum = 0;
        for (int a = 5 * g; a < 5 * g + 5; a++)
            sum += weighed(groups, a, a);
        assert_true(fabs(sum - groups[g]) < 1e-12);
    }
    assert_true(weighed(groups, 100, -1) == groups[20]);
}

static void standard_needs(void **state)
{
    (void)state;
    struct arena a;
    size_t n, *names, measures;
    arena_init(&a, 0);
    const struct project_need *needs = project_needs_standard(&n);
    struct project_measure *m =
        project_needs_measures(&a, &shape, needs, n, &names, &measures);
    assert_non_null(m);
    double doses = 0;
    for (size_t i = 0; i < measures; i++) {
        const struct project_need *need = &needs[names[i]];
        if (!strncmp(need->name.p, "doses", 5)) {
            // of a population with one birth and one person of each age a year
            doses += 5 * m[i].births[0];
            for (int k = 0; k < AGES; k++)
                doses += 5 * m[i].people[0][k];
        }
        assert_true(need->name_zh.n > 0);
    }
    // the schedule of 2021 has 22 doses before school
    assert_true(fabs(doses - 22) < 1e-9);
    assert_true(measures < n);
    // rows of a name add up; a need of women has no men
    const struct project_need own[3] = {
        {STR("x"), STR("x"), PROJECT_OF_WOMEN, 15, 19, 2},
        {STR("y"), STR("y"), PROJECT_OF_MEN, 0, -1, 1},
        {STR("x"), STR("x"), PROJECT_OF_BIRTHS, 0, 0, 10}};
    m = project_needs_measures(&a, &shape, own, 3, &names, &measures);
    assert_int_equal(measures, 2);
    assert_true(m[0].people[PROJECT_FEMALE][3] == 2 && m[0].people[PROJECT_MALE][3] == 0);
    assert_true(m[0].births[0] == 2 && m[1].people[PROJECT_MALE][20] == 1);
    mem_fail_after(0);
    struct arena b;
    arena_init(&b, 0);
    assert_null(project_needs_measures(&b, &shape, own, 3, &names, &measures));
    mem_fail_after(-1);
    arena_free(&b);
    arena_free(&a);
}

static void write_file(char *path, const char *text)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_true(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void refused(const char *text, bool needs, const char *where, const char *what)
{
    struct arena a;
    struct error e;
    struct project_need *list;
    struct project_change *changes;
    size_t n;
    char path[] = "/tmp/heng_demand_XXXXXX";
    write_file(path, text);
    arena_init(&a, 0);
    enum err code = needs ? project_needs_read(&a, path, &list, &n, &e)
                          : project_changes_read(&a, path, &changes, &n, &e);
    unlink(path);
    arena_free(&a);
    if (code != ERR_INPUT || !strstr(e.where, where) || !strstr(e.text, what))
        fail_msg("%s: %d %s %s", text, (int)code, e.where, e.text);
}

static void tables(void **state)
{
    (void)state;
    struct arena a;
    struct error e;
    struct project_need *list;
    size_t n;
    char path[] = "/tmp/heng_demand_XXXXXX";
    write_file(path, "name,who,from,to,each,name_zh\nbeds,people,80,,0.05,床位\n"
                     "\nclass,people,6,6,1,\ncots,births,,,0.1,小床\n");
    arena_init(&a, 0);
    assert_ok(project_needs_read(&a, path, &list, &n, &e));
    unlink(path);
    assert_int_equal(n, 3);
    assert_int_equal(list[0].to, -1);
    assert_true(str_equal_c(list[1].name_zh, "class") && list[0].each == .05);
    assert_int_equal(list[2].who, PROJECT_OF_BIRTHS);
    arena_free(&a);
    refused("name,who,from,to,each\nx,cats,0,1,1\n", true, ":2 who", "cats");
    refused("name,who,from,to,each\nx,men,9,1,1\n", true, ":2 to", "from 9 to 130");
    refused("name,who,from,to,each\nx,men,1.5,,1\n", true, ":2 from", "whole years");
    refused("name,who,from,to\nx,men,1,1\n", true, "", "each");
    refused("name,who,each,from\nx,men,-1,0\n", true, ":2 each", "-1");
    refused("name,who,each,from\n", true, "", "no rows");
    refused("scenario,series,how,from,to,value\na,tfr,step,20,,1\n", false, ":2 from",
            "20");
    refused("scenario,series,how,from,to,value\na,tfr,linear,2030,2020,1\n", false,
            ":2 to", "2020");
    refused("scenario,series,how,from,to,value\na,deaths,step,2030,,1\n", false,
            ":2 series", "deaths");
    refused("scenario,series,how,from,value,kind\na,tfr,step,2030,1,half\n", false,
            ":2 kind", "half");
}

static void scenarios(void **state)
{
    (void)state;
    struct arena a;
    struct error e;
    struct project_change *c;
    size_t n;
    char path[] = "/tmp/heng_demand_XXXXXX";
    write_file(path,
               "scenario,series,how,from,to,value,kind\nlow,tfr,linear,2025,2035,1,\n"
               "low,boys,step,2030,,106,value\nhigh,tfr,step,2020,,0.5,plus\n"
               "low,net,step,2030,,0.5,times\n");
    arena_init(&a, 0);
    assert_ok(project_changes_read(&a, path, &c, &n, &e));
    unlink(path);
    assert_int_equal(n, 4);
    double tfr[4] = {2, 2, 2, 2}, boys[4] = {1.15, 1.15, 1.15, 1.15};
    double net[4] = {10, 10, 10, 10};
    double *const target[PROJECT_SERIES] = {
        [PROJECT_TFR] = tfr, [PROJECT_BOYS] = boys, [PROJECT_NET] = net};
    assert_ok(project_changes_apply(c, n, STR("low"), &shape, target, &e));
    static const double wanted[3][4] = {
        {2, 1.75, 1.25, 1}, {1.15, 1.15, 1.06, 1.06}, {10, 10, 5, 5}};
    for (int t = 0; t < 4; t++) {
        assert_true(fabs(tfr[t] - wanted[0][t]) < 1e-12);
        assert_true(fabs(boys[t] - wanted[1][t]) < 1e-12);
        assert_true(fabs(net[t] - wanted[2][t]) < 1e-12);
    }
    double *const some[PROJECT_SERIES] = {[PROJECT_TFR] = tfr};
    assert_int_equal(project_changes_apply(c, n, STR("low"), &shape, some, &e),
                     ERR_INPUT);
    assert_ok(project_changes_apply(c, n, STR("high"), &shape, some, &e));
    assert_true(fabs(tfr[0] - 2.5) < 1e-12);
    arena_free(&a);
}

static void marriage(void **state)
{
    (void)state;
    // a population that does not change with age: ratios are those of births
    double women[AGES], men[AGES];
    for (int i = 0; i < AGES; i++) {
        women[i] = 1000;
        men[i] = 1120;
    }
    const double *const people[] = {women, men};
    assert_true(fabs(project_marriage_ratio(people, 5, AGES, 25, 34, 2) - 112) < 1e-9);
    assert_true(fabs(project_marriage_weighted(people, 5, AGES, 24, 26, 4) - 112) < 1e-6);
    // cohorts that shrink by 2 % a year: men are older, so there are more of them
    for (int i = 0; i < AGES; i++)
        women[i] = men[i] = 1000 * exp(.1 * i);
    double ratio = project_marriage_ratio(people, 5, AGES, 25, 34, 2);
    assert_true(fabs(ratio - 100 * exp(.04)) < .05);
    double weighted = project_marriage_weighted(people, 5, AGES, 24, 26, 4);
    assert_true(fabs(weighted - 100 * exp(.04)) < .5);
    // 117 boys to 100 girls, of 1,000 births: girls missing to 106
    assert_true(fabs(project_missing_girls(539.17, 460.83, 1.06) - 47.821) < 1e-2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ages_within_groups),
        cmocka_unit_test(standard_needs),
        cmocka_unit_test(tables),
        cmocka_unit_test(scenarios),
        cmocka_unit_test(marriage),
    };
    return cmocka_run_group_tests_name("demand and scenarios", tests, NULL, NULL);
}
