// SPDX-License-Identifier: AGPL-3.0-or-later
// Effective samples per second of CPU, of this sampler and of what JAGS wrote, by the
// same estimator.
//   bench_ccm fit FILE.csv CHAINS DRAWS always|delta   region,year,logy,s
//   bench_ccm coda SECONDS INDEX.txt CHAIN1.txt CHAIN2.txt ...   SECONDS: of sampling,
//   all chains
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stats/ccm.h"

struct tally {
    double ess[256];
    size_t n;
    double worst_r_hat, seconds;
};

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void add(struct tally *t, const char *name, const double *x, size_t chains,
                size_t draws, struct arena *a)
{
    struct diagnosis d;
    double middle[3] = {NAN, NAN, NAN};
    double *copy = ARENA_ARRAY(a, double, chains *draws);
    if (!copy || !diagnose(x, chains, draws, &d, a))
        exit(70);
    memcpy(copy, x, chains * draws * sizeof *x);
    qsort(copy, chains * draws, sizeof *copy, ascending);
    for (int k = 0; k < 3; k++)
        middle[k] = copy[(size_t)((0.025 + 0.475 * k) * (double)(chains * draws - 1))];
    double ess = fmin(d.ess_bulk, d.ess_tail);
    printf("%s %.6g %.6g %.6g %.6g %.6g %.4f %.0f %.0f\n", name, d.mean, d.sd, middle[0],
           middle[1], middle[2], d.r_hat, d.ess_bulk, d.ess_tail);
    if (!isnan(ess) && t->n < 256) {
        t->ess[t->n++] = ess;
        t->worst_r_hat = fmax(t->worst_r_hat, d.r_hat);
    }
}

static void finish(struct tally *t)
{
    qsort(t->ess, t->n, sizeof *t->ess, ascending);
    printf("# %zu parameters, %.3f s; min ESS %.0f, median ESS %.0f; per second %.1f and "
           "%.1f; "
           "R-hat at most %.4f\n",
           t->n, t->seconds, t->ess[0], t->ess[t->n / 2], t->ess[0] / t->seconds,
           t->ess[t->n / 2] / t->seconds, t->worst_r_hat);
}

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static size_t read_csv(const char *path, struct ccm_observation *o, size_t room)
{
    FILE *f = fopen(path, "r");
    char line[512];
    size_t n = 0;
    if (!f || !fgets(line, sizeof line, f))
        exit(66);
    int region, year;
    while (n < room && fgets(line, sizeof line, f))
        if (sscanf(line, "%d,%d,%lf,%lf", &region, &year, &o[n].log_ratio, &o[n].sd) ==
            4) {
            o[n].area = (uint32_t)region - 1;
            o[n++].year = year;
        }
    fclose(f);
    return n;
}

static double part(const struct ccm_draw *d, int k)
{
    return k == 0 ? d->start : k == 1 ? d->height : d->length[k - 2];
}

static int fit(char **argv)
{
    static struct ccm_observation o[100000];
    static const char *const names[] = {"gamma0", "xi", "lambda1", "lambda2", "lambda3"};
    struct ccm_area areas[64];
    size_t n = read_csv(argv[2], o, 100000), n_areas = 0;
    for (size_t i = 0; i < n; i++)
        n_areas = o[i].area >= n_areas ? o[i].area + 1 : n_areas;
    for (size_t i = 0; i < n_areas; i++)
        areas[i] = (struct ccm_area){.baseline = NAN, .start = NAN, .earliest = NAN};
    struct ccm_data data = {o, n, areas, n_areas, 1};
    struct ccm_model model = ccm_model_viet_nam();
    struct ccm_settings settings = ccm_settings_default();
    struct arena a;
    struct error e;
    struct ccm_fit f;
    struct pool *pool;
    arena_init(&a, (size_t)16 << 30);
    model.always = !strcmp(argv[5], "always");
    settings.n_chains = strtoul(argv[3], NULL, 10);
    settings.n_draws = strtoul(argv[4], NULL, 10);
    settings.n_warm_up = 200;
    double began = cpu();
    if (pool_open(&pool, 1, &e) || ccm_fit(&f, &data, &model, &settings, pool, &a, &e)) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    struct tally t = {.seconds = cpu() - began};
    size_t all = f.n_chains * f.n_draws;
    double *x = ARENA_ARRAY(&a, double, all);
    for (size_t area = 0; x && area < n_areas; area++) {
        for (int k = 0; k < 8; k++) {
            char name[64];
            for (size_t i = 0; i < all; i++) {
                const struct ccm_draw *d = f.draws + i * n_areas + area;
                x[i] = k < 5   ? part(d, k)
                       : k < 7 ? ccm_ratio(&f, i / f.n_draws, i % f.n_draws, area,
                                           k == 5 ? 2000 : 2015)
                               : d->inflated;
            }
            if (k < 5)
                snprintf(name, sizeof name, "%s[%zu]", names[k], area + 1);
            else if (k < 7)
                snprintf(name, sizeof name, "theta[%zu,%d]", area + 1, k == 5 ? 21 : 36);
            else
                snprintf(name, sizeof name, "delta[%zu]", area + 1);
            add(&t, name, x, f.n_chains, f.n_draws, &a);
        }
        fprintf(stderr, "area %zu: accepted %.3f, k %.2f, log BF %.2f\n", area + 1,
                f.acceptance[area], f.pareto_k[area], f.log_evidence[area]);
    }
    finish(&t);
    pool_close(pool);
    return 0;
}

// CODA: an index of "name first last", and a file a chain of "iteration value".
static int coda(int argc, char **argv)
{
    struct tally t = {.seconds = strtod(argv[2], NULL)};
    struct arena a;
    arena_init(&a, (size_t)16 << 30);
    size_t chains = (size_t)argc - 4, total = 0;
    FILE *index = fopen(argv[3], "r");
    char name[128];
    size_t first, last;
    while (index && fscanf(index, "%127s %zu %zu", name, &first, &last) == 3)
        total = last;
    double *all = ARENA_ARRAY(&a, double, total *chains), value;
    if (!index || !all)
        return 1;
    for (size_t c = 0; c < chains; c++) {
        FILE *f = fopen(argv[4 + c], "r");
        for (size_t i = 0; f && i < total && fscanf(f, "%*s %lf", &value) == 1; i++)
            all[c * total + i] = value;
        if (f)
            fclose(f);
    }
    rewind(index);
    while (fscanf(index, "%127s %zu %zu", name, &first, &last) == 3) {
        size_t draws = last - first + 1;
        double *x = ARENA_ARRAY(&a, double, draws *chains);
        if (!x)
            return 1;
        for (size_t c = 0; c < chains; c++)
            memcpy(x + c * draws, all + c * total + first - 1, draws * sizeof *x);
        add(&t, name, x, chains, draws, &a);
    }
    fclose(index);
    finish(&t);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 6 && !strcmp(argv[1], "fit"))
        return fit(argv);
    if (argc > 4 && !strcmp(argv[1], "coda"))
        return coda(argc, argv);
    fprintf(stderr, "bench_ccm fit FILE.csv CHAINS DRAWS always|delta\n"
                    "bench_ccm coda SECONDS INDEX CHAIN...\n");
    return 64;
}
