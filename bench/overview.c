// SPDX-License-Identifier: AGPL-3.0-or-later
// The page Overview of a county's file: cold (nothing in memory), then with the registers
// in memory, as after each save; and what the checks cost. Prints Markdown.
//   bench_overview DB [PERIOD [TIMES]]
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/init.h"
#include "measure/check.h"
#include "study/overview.h"

static struct error e;

static void must(enum err code)
{
    if (!code)
        return;
    fprintf(stderr, "bench_overview: %s: %s (%s)\n", e.where, e.text, e.cure);
    exit(1);
}

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

struct stopwatch {
    double cpu, wall;
};

static struct stopwatch start(void)
{
    return (struct stopwatch){now(CLOCK_PROCESS_CPUTIME_ID), now(CLOCK_MONOTONIC)};
}

static void stop(struct stopwatch s, const char *what, int times)
{
    printf("| %s | %.1f | %.1f |\n", what,
           (now(CLOCK_PROCESS_CPUTIME_ID) - s.cpu) / times,
           (now(CLOCK_MONOTONIC) - s.wall) / times);
}

int main(int argc, char **argv)
{
    struct county *county;
    struct cube *cube;
    struct arena arena;
    struct access who;
    struct period period;
    struct overview page;
    struct findings found;
    int times = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 20;
    if (argc < 2 || times < 1) {
        fprintf(stderr, "usage: bench_overview DB [PERIOD [TIMES]]\n");
        return 64;
    }
    must(base_init(&e));
    must(period_parse(str_of(argc > 2 ? argv[2] : "2014S1"), &period, &e));
    must(county_open(&county, argv[1], STORE_READ, &e));
    must(cube_open(&cube, county, 0, &e));
    arena_init(&arena, 0);
    must(access_local_administrator(county->store, county->pack->suppress_below, &arena,
                                    &who, &e));
    struct measure m = {county, cube, &who, date_today()};
    printf("| | CPU ms | ms |\n| --- | ---: | ---: |\n");
    struct stopwatch s = start();
    must(overview_make(&m, &arena, period, -1, &page, &e));
    stop(s, "overview, nothing in memory", 1);
    s = start();
    for (int i = 0; i < times; i++) {
        struct arena a;
        arena_init(&a, 0);
        must(overview_make(&m, &a, period, -1, &page, &e));
        arena_free(&a);
    }
    stop(s, "overview", times);
    for (size_t i = 0; i < page.n_cards; i++)
        fprintf(stderr, STR_FMT ": %g; " STR_FMT "; " STR_FMT "\n",
                STR_ARG(page.cards[i].indicator->name), page.cards[i].figure.value,
                STR_ARG(page.cards[i].certainty.en), STR_ARG(page.cards[i].certainty.zh));
    s = start();
    must(check_run(&m, &arena, period, -1, STR(""), &found, &e));
    stop(s, "checks, first time", 1);
    s = start();
    must(check_run(&m, &arena, period, -1, STR(""), &found, &e));
    stop(s, "checks", 1);
    arena_free(&arena);
    cube_close(cube);
    county_close(county);
    return 0;
}
