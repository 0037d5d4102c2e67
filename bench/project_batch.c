// SPDX-License-Identifier: AGPL-3.0-or-later
// How long many areas in many trajectories take (src/stats/project_batch.h).
//   bench_project_batch AREAS TRAJECTORIES THREADS [pyramid] [dump]
// 16 steps of five years, 21 groups; paths are random walks. With `pyramid` every sex and
// group of age has its quantiles too. `dump` prints the medians of the first area, for
// project_batch.py to compare.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/rng.h"
#include "stats/project_batch.h"

enum { AGES = 21, STEPS = 16, ROWS = 601 };

static size_t trajectories;

// The same walk from every seed, so that another program can draw nothing and take it.
static void draw(void *context, size_t area, const struct project_paths *p)
{
    (void)context;
    struct rng r = rng_stream(1, area);
    for (size_t k = 0; k < trajectories; k++) {
        double tfr = 1.4 + .2 * rng_normal(&r), e0 = 76, gap = 5;
        for (size_t t = 0; t < STEPS; t++) {
            size_t at = t * trajectories + k;
            tfr += .1 * rng_normal(&r);
            tfr = tfr < .5 ? .5 : tfr;
            e0 += .5 + .4 * rng_normal(&r);
            gap += .1 * rng_normal(&r);
            p->fertility[at] = tfr;
            p->e0[PROJECT_MALE][at] = e0;
            p->e0[PROJECT_FEMALE][at] = e0 + gap;
            p->boys[at] = 1.08;
            p->net[at] = 2000 * rng_normal(&r);
        }
    }
}

// Gompertz-like ratios: enough for the time they take.
static void survival(struct project_survival *s, double *ratio, double best)
{
    *s = (struct project_survival){
        .low = 40, .step = .1, .rows = ROWS, .ages = AGES, .ratio = ratio};
    for (size_t a = 0; a <= AGES; a++)
        for (size_t i = 0; i < ROWS; i++) {
            double level = exp((best - 40 - .1 * (double)i) / 12);
            double rate = level * (a ? .00002 * exp(.1 * 5 * (double)a) : .01);
            ratio[a * ROWS + i] = exp(-5 * fmin(rate, 2));
        }
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    size_t areas = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
    trajectories = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
    unsigned threads = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 2;
    bool pyramid = argc > 4 && !strcmp(argv[4], "pyramid");
    static double ratio[2][(AGES + 1) * ROWS], people[2][AGES], births[STEPS * AGES];
    static double moving[2][AGES], weights[8 + 2 * AGES][2][AGES];
    static struct project_measure measure[8 + 2 * AGES];
    struct project_survival table[2];
    survival(&table[0], ratio[0], 80);
    survival(&table[1], ratio[1], 76);
    static const double by_age[7] = {.01, .18, .38, .28, .11, .03, .01};
    for (size_t t = 0; t < STEPS; t++)
        memcpy(births + t * AGES + 3, by_age, sizeof by_age);
    for (size_t a = 0; a < AGES; a++)
        for (int sex = 0; sex < 2; sex++) {
            people[sex][a] = 20000 * exp(-.0025 * (double)(a * a));
            moving[sex][a] = a >= 3 && a < 8 ? .1 : 0;
        }
    // everybody, 0-14, 15-64, 65+, 80+, women, births, deaths
    static const size_t from[6] = {0, 0, 3, 13, 16, 0}, to[6] = {21, 3, 13, 21, 21, 21};
    size_t measures = 8;
    for (size_t m = 0; m < 8; m++)
        for (int sex = 0; sex < (m == 5 ? 1 : 2); sex++) {
            for (size_t a = 0; m < 6 && a < AGES; a++)
                weights[m][sex][a] = a >= from[m] && a < to[m];
            measure[m].people[sex] = m < 6 ? weights[m][sex] : NULL;
            measure[m].births[sex] = m == 6;
        }
    measure[7].deaths = 1;
    for (int sex = 0; pyramid && sex < 2; sex++)
        for (size_t a = 0; a < AGES; a++, measures++) {
            weights[measures][sex][a] = 1;
            measure[measures].people[sex] = weights[measures][sex];
        }
    struct project_batch_area *area = calloc(areas, sizeof *area);
    size_t places = areas * measures * (STEPS + 1);
    double *quantile = calloc(places * 5, sizeof *quantile);
    if (!area || !quantile)
        return 1;
    for (size_t i = 0; i < areas; i++)
        area[i] = (struct project_batch_area){.population = {people[0], people[1]},
                                              .survival = {&table[0], &table[1]},
                                              .fertility = births,
                                              .migration = {moving[0], moving[1]}};
    static const double probability[5] = {.025, .1, .5, .9, .975};
    struct project_batch b = {.shape = {2020, 5, AGES, STEPS},
                              .timing = PROJECT_SPREAD,
                              .areas = areas,
                              .trajectories = trajectories,
                              .area = area,
                              .draw = draw,
                              .measure = measure,
                              .measures = measures,
                              .probability = probability,
                              .probabilities = 5};
    struct project_batch_result out = {.quantile = quantile};
    struct pool *pool;
    struct error e;
    double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    if (pool_open(&pool, threads, &e) || project_batch_run(pool, &b, &out, &e)) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    wall = seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    printf("%zu areas x %zu trajectories, %zu measures, %u threads: %.2f s, processor "
           "%.2f s, %ld MB; first area in 2100: %.1f (%.1f-%.1f)\n",
           areas, trajectories, measures, pool_threads(pool), wall, cpu,
           use.ru_maxrss / 1024, quantile[STEPS * 5 + 2], quantile[STEPS * 5],
           quantile[STEPS * 5 + 4]);
    pool_close(pool);
    free(area);
    free(quantile);
    return 0;
}
