// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/scan.h"

#include <math.h>

#include "stats/scan_private.h"

enum { PILOT_LEAST = 128 }; // fewer replications do without one

struct run {
    struct scan_problem problem;
    struct scan_windows windows;
    struct scan_draws draws;
    struct scan_sweep sweep;
    struct scan_limits limits;
    struct scan_best *best; // [limit][centre]
    struct scan_reach *loose, *usual;
    struct pool *pool;
    char *scratch; // [thread][scratch_size]
    size_t scratch_size;
    uint32_t first; // replication of this block
    double *maxima;
    struct arena arena; // of all that is not the result
};

static void make_reaches(struct run *run, struct scan_reach *out, double from, double to)
{
    const struct scan_windows *w = &run->windows;
    for (uint32_t i = 0; i < w->n_reaches; i++)
        scan_reach_make(&out[i], &run->problem.likelihood, run->problem.options->rates,
                        w->penalties[i], from, to);
}

static enum err look_at_data(struct run *run, struct scan_result *out, struct error *e)
{
    const struct scan_windows *w = &run->windows;
    double population[SCAN_MOST_LIMITS + 1];
    scan_limits_make(&run->limits, run->problem.options);
    for (unsigned i = 0; i < run->limits.n; i++)
        population[i] =
            run->limits.share[i] * run->problem.total_population * (1 + SCAN_TIE);
    run->best =
        ARENA_ARRAY(&run->arena, struct scan_best, (size_t)run->limits.n * w->n_centres);
    run->loose = ARENA_ARRAY(&run->arena, struct scan_reach, w->n_reaches);
    run->usual = ARENA_ARRAY(&run->arena, struct scan_reach, w->n_reaches);
    if (!run->best || !run->loose || !run->usual)
        return error_memory(e);
    make_reaches(run, run->loose, 0, INFINITY);
    return scan_observe(run->best, w, population, run->limits.n, run->loose, run->pool,
                        &out->n_windows, e);
}

// ---- replications ----

static void run_batch(void *argument, size_t task, unsigned thread)
{
    struct run *run = argument;
    uint32_t first = run->first + (uint32_t)task * SCAN_LANES;
    scan_sweep_run(&run->sweep, first, run->scratch + thread * run->scratch_size,
                   run->maxima + first);
}

static enum err prepare(struct run *run, struct scan_result *out, struct arena *a,
                        struct error *e)
{
    const struct scan_options *o = run->problem.options;
    enum err code = scan_draws_make(&run->draws, &run->problem, &run->arena, e);
    if (code)
        return code;
    run->sweep = (struct scan_sweep){.windows = &run->windows,
                                     .draws = &run->draws,
                                     .seed = o->seed,
                                     .reaches = run->loose,
                                     .loose = run->loose,
                                     .to = INFINITY};
    code =
        scan_narrow_make(&run->sweep.narrow, &run->windows, &run->draws, &run->arena, e);
    if (code)
        return code;
    run->scratch_size = (scan_sweep_scratch(&run->sweep) + 63) & ~(size_t)63;
    unsigned threads = run->pool ? pool_threads(run->pool) : 1;
    size_t size;
    if (!size_mul(run->scratch_size, threads, &size))
        return error_memory(e);
    char *scratch = arena_alloc(&run->arena, size + 64, 1);
    // the last batch may go beyond what is asked for
    run->maxima = out->maxima =
        ARENA_ARRAY(a, double, (size_t)o->replications + SCAN_LANES);
    if (!scratch || !out->maxima)
        return error_memory(e);
    run->scratch = scratch + (-(uintptr_t)scratch & 63);
    for (unsigned i = 0; i < threads; i++)
        scan_sweep_scratch_make(&run->sweep, run->scratch + i * run->scratch_size);
    if (run->sweep.narrow)
        scan_narrow_thresholds(run->sweep.narrow, &run->sweep);
    return ERR_OK;
}

// The first batch tells how high maxima usually are.
static void tighten(struct run *run)
{
    double least = INFINITY, most = 0;
    for (uint32_t i = 0; i < SCAN_LANES; i++) {
        least = fmin(least, run->maxima[i]);
        most = fmax(most, run->maxima[i]);
    }
    if (!(least > 0) || run->problem.options->model == SCAN_ORDINAL)
        return;
    run->sweep.from = 0.75 * least;
    run->sweep.to = 1.2 * most;
    make_reaches(run, run->usual, run->sweep.from, run->sweep.to);
    run->sweep.reaches = run->usual;
    if (run->sweep.narrow)
        scan_narrow_thresholds(run->sweep.narrow, &run->sweep);
}

// Besag and Clifford's rule over replications `from` to `to`, in order.
static bool stop_here(struct run *run, struct scan_result *out, double statistic,
                      uint32_t from, uint32_t to, uint32_t *high)
{
    uint32_t stop_after = run->problem.options->stop_after;
    for (uint32_t i = from; stop_after && i < to; i++) {
        *high += run->maxima[i] >= statistic * (1 - SCAN_TIE);
        if (*high == stop_after) {
            out->replications = i + 1;
            out->stopped = true;
            return true;
        }
    }
    return false;
}

static double best_statistic(const struct run *run)
{
    const struct scan_best *mine =
        run->best + (size_t)(run->limits.n - 1) * run->windows.n_centres;
    double best = 0;
    for (uint32_t i = 0; i < run->windows.n_centres; i++)
        if (mine[i].found)
            best = fmax(best, mine[i].statistic);
    return best;
}

static void replicate(struct run *run, struct scan_result *out, scan_progress *progress,
                      void *argument)
{
    const struct scan_options *o = run->problem.options;
    uint32_t lanes = SCAN_LANES, all = o->replications, high = 0;
    uint32_t n_batches = all / lanes + (all % lanes != 0);
    unsigned threads = run->pool ? pool_threads(run->pool) : 1;
    uint32_t block = o->stop_after || progress ? n_batches / 50 + 1 : n_batches;
    block = (block + threads - 1) / threads * threads;
    double statistic = best_statistic(run);
    out->replications = all;
    for (uint32_t done = 0; done < n_batches;) {
        uint32_t now = n_batches - done < block ? n_batches - done : block;
        if (!done && all >= PILOT_LEAST)
            now = 1;
        run->first = done * lanes;
        scan_for_each(run->pool, now, run_batch, run);
        if (!done && all >= PILOT_LEAST)
            tighten(run);
        done += now;
        uint32_t made = done == n_batches ? all : done * lanes;
        if (progress)
            progress(argument, made, all);
        if (stop_here(run, out, statistic, run->first, made, &high))
            break;
    }
}

enum err scan_run(const struct scan_data *data, const struct scan_options *options,
                  struct pool *pool, scan_progress *progress, void *argument,
                  struct arena *a, struct scan_result *out, struct error *e)
{
    *out = (struct scan_result){0};
    struct run *run = ARENA_NEW(a, struct run);
    if (!run)
        return error_memory(e);
    run->pool = pool;
    arena_init(&run->arena, SIZE_MAX / 2);
    enum err code = scan_problem_make(&run->problem, data, options, &run->arena, e);
    if (!code)
        code = scan_windows_make(&run->windows, &run->problem, pool, &run->arena, e);
    if (!code)
        code = look_at_data(run, out, e);
    if (!code && options->replications && !(code = prepare(run, out, a, e)))
        replicate(run, out, progress, argument);
    if (!code) {
        out->cases = run->problem.total_cases;
        out->total = run->problem.total_trials;
        code = scan_report_make(out, run->best, &run->limits, &run->windows, a, e);
    }
    arena_free(&run->arena);
    if (code)
        *out = (struct scan_result){0};
    return code;
}
