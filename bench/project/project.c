// SPDX-License-Identifier: AGPL-3.0-or-later
// How long one country takes by single years of age and time to 2100: project_run alone,
// and with a life table a step and sex. The country is made by formulas that
// project_numpy.py has too, so that both must end with the same population.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "stats/project_rates.h"

enum { AGES = 101, STEPS = 80, RUNS = 2000 };

static double people[2][AGES], survival[2][STEPS * (AGES + 1)], rates[2][STEPS * AGES];
static double fertility[STEPS * AGES], boys[STEPS], migrants[2][STEPS * AGES];
static double after[2][(STEPS + 1) * AGES], births[2][STEPS],
    deaths[2][STEPS * (AGES + 1)];
static int32_t age[AGES];

static void make(void)
{
    for (int x = 0; x < AGES; x++) {
        age[x] = x;
        for (int sex = 0; sex < 2; sex++) {
            people[sex][x] = 1000 * exp(-0.01 * x) + sex;
            for (int t = 0; t < STEPS; t++) {
                rates[sex][t * AGES + x] =
                    exp(-9.5 + 0.095 * x - 0.01 * t + 0.3 * sex) + (x == 0 ? 0.01 : 0);
                migrants[sex][t * AGES + x] = x > 17 && x < 40 ? -0.5 : 0;
            }
        }
        for (int t = 0; t < STEPS; t++)
            fertility[t * AGES + x] =
                x > 14 && x < 50 ? 0.13 * exp(-0.5 * pow((x - 28) / 5.5, 2)) : 0;
    }
    for (int t = 0; t < STEPS; t++)
        boys[t] = 1.05;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int fail(const struct error *e)
{
    fprintf(stderr, "%s: %s\n", e->where, e->text);
    return 1;
}

int main(void)
{
    const struct project_shape shape = {2020, 1, AGES, STEPS};
    struct error e = {0};
    double tables = 0, all = 0, begun;
    make();
    struct project_input in = {.shape = shape,
                               .population = {people[0], people[1]},
                               .survival = {survival[0], survival[1]},
                               .fertility = fertility,
                               .boys = boys,
                               .migration = {migrants[0], migrants[1]},
                               .timing = PROJECT_AT_END};
    struct project_output out = {.population = {after[0], after[1]},
                                 .births = {births[0], births[1]},
                                 .deaths = {deaths[0], deaths[1]}};
    begun = seconds();
    for (int i = 0; i < RUNS / 20; i++)
        for (int sex = 0; sex < 2; sex++) {
            struct project_mortality m = {AGES, age, rates[sex]};
            if (project_survival(&shape, (enum project_sex)sex, &m,
                                 (struct lifetable_rule){.family = LIFETABLE_NORTH},
                                 survival[sex], NULL, &e))
                return fail(&e);
        }
    tables = (seconds() - begun) / (RUNS / 20);
    if (project_check(&in, &e))
        return fail(&e);
    begun = seconds();
    for (int i = 0; i < RUNS; i++)
        project_run(&in, &out);
    double run = (seconds() - begun) / RUNS;
    for (int x = 0; x < AGES; x++)
        all += after[0][STEPS * AGES + x] + after[1][STEPS * AGES + x];
    printf("1x1, 101 ages, 80 years: %.3f ms of the processor; 160 life tables: %.3f ms; "
           "population at the end %.6f\n",
           1000 * run, 1000 * tables, all);
    return 0;
}
