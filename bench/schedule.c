// SPDX-License-Identifier: AGPL-3.0-or-later
// What rows of a schedule owe, counted over a county's file (bench/schedule.sh makes it).
//   bench_schedule DB [SCHEDULE [TIMES]]
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/init.h"
#include "measure/schedule.h"

static struct error e;

static void must(enum err code)
{
    if (!code)
        return;
    fprintf(stderr, "bench_schedule: %s: %s (%s)\n", e.where, e.text, e.cure);
    exit(1);
}

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    static const struct access_grant grant = {.reads_rows = (1u << PURPOSE_COUNT) - 1,
                                              .functions = 1u << ACCESS_FIGURES};
    const struct access who = {
        .name = STR("bench"), .grants = &grant, .n_grants = 1, .suppress_below = 5};
    struct county *county;
    int times = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 1;
    if (argc < 2) {
        fprintf(stderr, "usage: bench_schedule DB [SCHEDULE [TIMES]]\n");
        return 64;
    }
    must(base_init(&e));
    must(county_open(&county, argv[1], STORE_READ, &e));
    const struct measure m = {county, NULL, &who, date_today()};
    struct owed_query q = {.root = -1};
    q.schedule =
        pack_schedule(county->pack, str_of(argc > 2 ? argv[2] : "newborn_visits"));
    must(date_parse(STR("2010-01-01"), &q.from, &e));
    must(date_parse(STR("2016-12-31"), &q.to, &e));
    for (int i = 0; q.schedule && i < times; i++) {
        struct owed_list list;
        struct arena a;
        arena_init(&a, 0);
        double from = cpu();
        must(schedule_list(&m, &who, &a, &q, &list, &e));
        printf(
            "| %zu points | %zu owed | %zu on time | %zu done late | %zu late | %.2f |\n",
            list.total, list.owed, list.on_time, list.late_done, list.late, cpu() - from);
        arena_free(&a);
    }
    county_close(county);
    return 0;
}
