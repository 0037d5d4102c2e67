// SPDX-License-Identifier: AGPL-3.0-or-later
// Times latent Gaussian models of real sizes: bench_latent FOLDER [THREADS], FOLDER being
// the third-party data. India: boys of children under 7 in 640 districts with neighbours.
// Korea: boys of births in some 3,400 areas over 5 years; no map comes with them, so
// areas lie on a lattice of the same size, which has the same fill-in as a map.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stats/latent.h"

enum { MOST_ROWS = 20000, MOST_AREAS = 4000, YEARS = 5 };

struct rows {
    uint32_t n, n_areas;
    double boys[MOST_ROWS], births[MOST_ROWS];
    uint32_t area[MOST_ROWS], time[MOST_ROWS], cell[MOST_ROWS];
    char *code[MOST_AREAS];
    uint32_t pairs[8 * MOST_AREAS], n_pairs;
};

static FILE *open_file(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "r");
    if (!f)
        fprintf(stderr, "bench_latent: %s: %s\n", path, strerror(errno));
    return f;
}

static uint32_t whole(const char *text)
{
    return (uint32_t)strtoul(text, NULL, 10);
}

static const char *field(char *line, int n)
{
    for (; n && (line = strchr(line, ',')); n--)
        line++;
    return line ? line : "";
}

static bool read_india(const char *folder, struct rows *r)
{
    char line[512];
    FILE *f = open_file(folder, "srb/india2011_districts_scan_ready.csv");
    FILE *g = open_file(folder, "srb/india2011_district_adjacency.csv");
    uint32_t place[2000];
    memset(place, 0xff, sizeof place);
    if (!f || !g || !fgets(line, sizeof line, f) || !fgets(line, sizeof line, g))
        return false;
    while (fgets(line, sizeof line, f)) {
        uint32_t i = r->n++;
        place[whole(line)] = i;
        r->boys[i] = strtod(field(line, 6), NULL);
        r->births[i] = r->boys[i] + strtod(field(line, 7), NULL);
        r->area[i] = r->cell[i] = i;
    }
    r->n_areas = r->n;
    while (fgets(line, sizeof line, g)) {
        uint32_t a = place[whole(line)], b = place[whole(field(line, 1))];
        if (a == UINT32_MAX || b == UINT32_MAX)
            continue;
        r->pairs[2 * r->n_pairs] = a;
        r->pairs[2 * r->n_pairs++ + 1] = b;
    }
    fclose(f);
    fclose(g);
    return true;
}

static bool read_korea(const char *folder, struct rows *r)
{
    char line[512];
    FILE *f = open_file(folder, "srb/korea_dong_births_by_sex_2017_2021.csv");
    if (!f || !fgets(line, sizeof line, f))
        return false;
    while (fgets(line, sizeof line, f)) {
        uint32_t i = r->n++, a = 0;
        char *code = strndup(field(line, 1), strcspn(field(line, 1), ","));
        while (a < r->n_areas && strcmp(r->code[a], code) != 0)
            a++;
        if (a == r->n_areas)
            r->code[r->n_areas++] = code;
        else
            free(code);
        r->area[i] = a;
        r->time[i] = whole(line) - 2017;
        r->cell[i] = a * YEARS + r->time[i];
        r->boys[i] = strtod(field(line, 5), NULL);
        r->births[i] = r->boys[i] + strtod(field(line, 6), NULL);
    }
    fclose(f);
    uint32_t side = (uint32_t)ceil(sqrt(r->n_areas));
    for (uint32_t a = 0; a < r->n_areas; a++) {
        uint32_t to[3] = {a + 1, a + side, a + side + 1};
        for (int k = 0; k < 3; k++)
            if (to[k] < r->n_areas && (k == 1 || a % side + 1 < side)) {
                r->pairs[2 * r->n_pairs] = a;
                r->pairs[2 * r->n_pairs++ + 1] = to[k];
            }
    }
    return true;
}

static void run(const char *name, const struct rows *r, const struct graph *g,
                const enum latent_kind *kinds, int n_kinds, struct pool *pool)
{
    struct latent_fixed intercept = {"intercept", NULL, 0, 10};
    struct latent_effect effect[4] = {{0}};
    for (int k = 0; k < n_kinds; k++) {
        bool both = kinds[k] >= LATENT_TYPE_1, in_time = kinds[k] == LATENT_RW1;
        effect[k].name = "effect";
        effect[k].kind = kinds[k];
        effect[k].level = both ? r->cell : in_time ? r->time : r->area;
        effect[k].n_levels = both ? r->n_areas * YEARS : in_time ? YEARS : r->n_areas;
        effect[k].graph = g;
        effect[k].n_times = YEARS;
        effect[k].time_order = 1;
        effect[k].sigma = (struct latent_prior){LATENT_PRIOR_PC, 0.2, 0.01};
    }
    struct latent_model m = {.family = LATENT_BINOMIAL,
                             .n_rows = r->n,
                             .y = r->boys,
                             .size = r->births,
                             .n_fixed = 1,
                             .fixed = &intercept,
                             .n_effects = (uint32_t)n_kinds,
                             .effects = effect};
    struct latent_fit *fit;
    struct error e = {0};
    struct timespec from, to;
    clock_t cpu = clock();
    clock_gettime(CLOCK_MONOTONIC, &from);
    if (latent_estimate(&fit, &m, NULL, pool, &e)) {
        printf("%s: %s %s\n", name, e.where, e.text);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    struct latent_account a = latent_account_of(fit);
    struct latent_criteria c = latent_criteria_of(fit);
    printf("%-22s %6u rows %6u unknowns %9zu entries %3u points %4u factorisations "
           "%6.2f s CPU %6.2f s\n",
           name, r->n, a.n_unknowns, a.n_entries, a.n_points, a.n_factorisations,
           (double)(clock() - cpu) / CLOCKS_PER_SEC,
           (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9);
    printf("    DIC %.1f (%.1f) WAIC %.1f log score %.4f shift %.3g, hyper:", c.dic,
           c.dic_parameters, c.waic, c.log_score, a.shift);
    for (uint32_t h = 0; h < latent_n_hyper(fit); h++) {
        struct latent_marginal v = latent_hyper(fit, h, NULL, NULL);
        printf(" %.4f [%.4f-%.4f]", v.mean, v.low, v.high);
    }
    struct latent_marginal odds = latent_odds(fit, 0, 100);
    printf("\n    first row %.0f / %.0f: %.2f [%.2f-%.2f]\n", r->boys[0],
           r->births[0] - r->boys[0], odds.mean, odds.low, odds.high);
    latent_close(fit);
}

int main(int argc, char **argv)
{
    struct error e = {0};
    struct arena a;
    struct pool *pool = NULL;
    struct graph india, korea;
    arena_init(&a, 0);
    struct rows *r = calloc(2, sizeof *r);
    if (argc < 2 || !r || !read_india(argv[1], r) || !read_korea(argv[1], r + 1))
        return 1;
    if (pool_open(&pool, argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1, &e) ||
        graph_make(&india, r->n_areas, r->pairs, r->n_pairs, &a, &e) ||
        graph_make(&korea, r[1].n_areas, r[1].pairs, r[1].n_pairs, &a, &e))
        return 1;
    static const enum latent_kind map[] = {LATENT_BYM2};
    static const enum latent_kind one[] = {LATENT_BYM2, LATENT_RW1, LATENT_TYPE_1};
    static const enum latent_kind two[] = {LATENT_BYM2, LATENT_RW1, LATENT_TYPE_2};
    static const enum latent_kind three[] = {LATENT_BYM2, LATENT_RW1, LATENT_TYPE_3};
    static const enum latent_kind four[] = {LATENT_BYM2, LATENT_RW1, LATENT_TYPE_4};
    if (argc > 3) { // one alone, for a profiler
        run("Korea, BYM2 + RW1 + IV", r + 1, &korea, four, 3, pool);
        return 0;
    }
    run("India, BYM2", r, &india, map, 1, pool);
    run("Korea, BYM2 + RW1 + I", r + 1, &korea, one, 3, pool);
    run("Korea, BYM2 + RW1 + II", r + 1, &korea, two, 3, pool);
    run("Korea, BYM2 + RW1 + III", r + 1, &korea, three, 3, pool);
    run("Korea, BYM2 + RW1 + IV", r + 1, &korea, four, 3, pool);
    pool_close(pool);
    arena_free(&a);
    return 0;
}
