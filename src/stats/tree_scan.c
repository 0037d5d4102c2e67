// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/tree_scan.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double part(double k, double expected)
{
    return k > 0 ? k * log(k / expected) : 0;
}

double tree_scan_statistic(double n, double k, double expected)
{
    if (!(n > 0))
        return 0;
    double ratio = part(k, expected) + part(n - k, n - expected);
    return copysign(sqrt(2 * fmax(ratio, 0)), k - expected);
}

// What the maximum is taken of: rises with the statistic, and with the weight.
static double score(double statistic, double weight)
{
    // log of the normal's upper tail; beyond 37 the tail itself is 0 (Mills' ratio)
    double log_p = statistic < 37 ? log(0.5 * erfc(statistic / M_SQRT2))
                                  : -0.5 * statistic * statistic - log(statistic);
    return log(weight > 0 ? weight : 1) - log_p;
}

// Sums over leaves, strata and times below a point: a window is eight of them.
struct sums {
    size_t strata, times; // of the padded cube
    double *at;           // [leaf + 1][stratum + 1][time + 1]
};

static size_t corner(const struct sums *s, size_t leaf, size_t stratum, size_t time)
{
    return (leaf * s->strata + stratum) * s->times + time;
}

static void add_up(const struct tree_scan_data *d, struct sums *s, const double *cells)
{
    size_t cell = 0;
    for (size_t l = 1; l <= d->n_leaves; l++)
        for (size_t m = 1; m <= d->n_strata; m++) {
            double row = 0; // of this leaf and stratum, over times
            for (size_t t = 1; t <= d->n_times; t++) {
                row += cells[cell++];
                s->at[corner(s, l, m, t)] = row + s->at[corner(s, l - 1, m, t)] +
                                            s->at[corner(s, l, m - 1, t)] -
                                            s->at[corner(s, l - 1, m - 1, t)];
            }
        }
}

static double in_window(const struct sums *s, const struct tree_scan_window *w)
{
    size_t l = w->first_leaf, l2 = w->last_leaf + (size_t)1, m = w->first_stratum,
           m2 = w->last_stratum + (size_t)1, t = w->first_time,
           t2 = w->last_time + (size_t)1;
    double upper = s->at[corner(s, l2, m2, t2)] - s->at[corner(s, l, m2, t2)] -
                   s->at[corner(s, l2, m, t2)] + s->at[corner(s, l, m, t2)];
    double lower = s->at[corner(s, l2, m2, t)] - s->at[corner(s, l, m2, t)] -
                   s->at[corner(s, l2, m, t)] + s->at[corner(s, l, m, t)];
    return upper - lower;
}

struct scratch { // of a thread
    double *cells;
    struct sums sums;
};

struct job {
    const struct tree_scan_data *data;
    const struct tree_scan_found *found;
    struct scratch *scratch;
    double *maxima; // [replication][family]
    size_t n_cells;
};

static double shifted(double share, double shift)
{
    double odds = share / (1 - share) * exp(shift);
    return odds / (1 + odds);
}

static void replicate(void *argument, size_t index, unsigned thread)
{
    struct job *j = argument;
    const struct tree_scan_data *d = j->data;
    struct scratch *s = &j->scratch[thread];
    struct rng rng = rng_stream(d->seed, index);
    double shift = d->doubt > 0 ? d->doubt * rng_normal(&rng) : 0;
    for (size_t c = 0; c < j->n_cells; c++)
        s->cells[c] = d->n[c]
                          ? (double)rng_binomial(&rng, d->n[c],
                                                 shift != 0 ? shifted(d->share[c], shift)
                                                            : d->share[c])
                          : 0;
    add_up(d, &s->sums, s->cells);
    double *maximum = j->maxima + index * d->n_families;
    for (size_t f = 0; f < d->n_families; f++)
        maximum[f] = -INFINITY;
    for (size_t w = 0; w < d->n_windows; w++) {
        const struct tree_scan_found *f = &j->found[w];
        if (!f->n)
            continue;
        double statistic = tree_scan_statistic(
            (double)f->n, rint(in_window(&s->sums, &d->windows[w])), f->expected);
        double *m = &maximum[d->windows[w].family];
        *m = fmax(*m, score(statistic, d->windows[w].weight));
    }
}

static enum err check(const struct tree_scan_data *d, size_t n_cells, struct error *e)
{
    for (size_t c = 0; c < n_cells; c++)
        if (d->n[c] < 0 || d->k[c] < 0 || d->k[c] > d->n[c] ||
            (d->n[c] && !(d->share[c] > 0 && d->share[c] < 1)))
            return error_set(e, ERR_INPUT, "tree_scan.cell", NULL,
                             "cell %zu has %lld of %lld at a share of %g; expected a "
                             "part of the whole and a share between 0 and 1",
                             c, (long long)d->k[c], (long long)d->n[c], d->share[c]);
    for (size_t w = 0; w < d->n_windows; w++) {
        const struct tree_scan_window *v = &d->windows[w];
        if (v->first_leaf > v->last_leaf || v->last_leaf >= d->n_leaves ||
            v->first_stratum > v->last_stratum || v->last_stratum >= d->n_strata ||
            v->first_time > v->last_time || v->last_time >= d->n_times ||
            v->family >= d->n_families)
            return error_set(e, ERR_INPUT, "tree_scan.window", NULL,
                             "window %zu is not inside the cells", w);
    }
    if (d->replications < 99)
        return error_set(e, ERR_INPUT, "tree_scan.replications", NULL,
                         "%u replications say nothing; at least 99 are needed",
                         d->replications);
    return ERR_OK;
}

static bool scratch_open(const struct tree_scan_data *d, struct scratch *s,
                         size_t n_cells)
{
    size_t n;
    s->sums.strata = (size_t)d->n_strata + 1;
    s->sums.times = (size_t)d->n_times + 1;
    if (!size_mul(s->sums.strata, s->sums.times, &n) ||
        !size_mul(n, (size_t)d->n_leaves + 1, &n))
        return false;
    s->cells = mem_alloc(n_cells, sizeof *s->cells);
    s->sums.at = mem_alloc(n, sizeof *s->sums.at);
    return s->cells && s->sums.at;
}

static void observe(const struct tree_scan_data *d, struct scratch *s, size_t n_cells,
                    struct tree_scan_found *found)
{
    for (int what = 0; what < 3; what++) {
        for (size_t c = 0; c < n_cells; c++)
            s->cells[c] = what == 0   ? (double)d->n[c]
                          : what == 1 ? (double)d->k[c]
                          : d->n[c]   ? (double)d->n[c] * d->share[c]
                                      : 0;
        add_up(d, &s->sums, s->cells);
        for (size_t w = 0; w < d->n_windows; w++) {
            double sum = in_window(&s->sums, &d->windows[w]);
            if (what == 0)
                found[w].n = (int64_t)llrint(sum);
            else if (what == 1)
                found[w].k = (int64_t)llrint(sum);
            else
                found[w].expected = sum;
        }
    }
    for (size_t w = 0; w < d->n_windows; w++) {
        struct tree_scan_found *f = &found[w];
        f->statistic = tree_scan_statistic((double)f->n, (double)f->k, f->expected);
        f->p = f->n ? 0.5 * erfc(f->statistic / M_SQRT2) : 1;
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// How many of n rising values are at least x.
static size_t at_least(const double *values, size_t n, double x)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (values[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return n - low;
}

static void correct(const struct tree_scan_data *d, const double *maxima, double *column,
                    struct tree_scan_found *found)
{
    for (uint32_t family = 0; family < d->n_families; family++) {
        for (size_t r = 0; r < d->replications; r++)
            column[r] = maxima[r * d->n_families + family];
        qsort(column, d->replications, sizeof *column, by_value);
        for (size_t w = 0; w < d->n_windows; w++) {
            if (d->windows[w].family != family)
                continue;
            // equal counts may differ in the last bits; equal goes against the window
            double x = score(found[w].statistic, d->windows[w].weight) - 1e-9;
            found[w].p_family = found[w].n
                                    ? (double)(1 + at_least(column, d->replications, x)) /
                                          (double)(1 + d->replications)
                                    : 1;
        }
    }
}

enum err tree_scan(const struct tree_scan_data *data, struct pool *pool,
                   struct tree_scan_found *found, struct error *e)
{
    const struct tree_scan_data *d = data;
    unsigned threads = pool_threads(pool);
    struct job j = {.data = d, .found = found};
    size_t n_maxima = 0;
    double *column = NULL;
    if (!size_mul(d->n_leaves, d->n_strata, &j.n_cells) ||
        !size_mul(j.n_cells, d->n_times, &j.n_cells) ||
        !size_mul(d->replications, d->n_families, &n_maxima))
        return error_memory(e);
    enum err code = check(d, j.n_cells, e);
    if (code)
        return code;
    j.scratch = mem_alloc(threads, sizeof *j.scratch);
    j.maxima = mem_alloc(n_maxima, sizeof *j.maxima);
    column = mem_alloc(d->replications, sizeof *column);
    bool ready = j.scratch && j.maxima && column;
    for (unsigned t = 0; ready && t < threads; t++)
        ready = scratch_open(d, &j.scratch[t], j.n_cells);
    if (ready) {
        observe(d, &j.scratch[0], j.n_cells, found);
        pool_run(pool, d->replications, replicate, &j);
        correct(d, j.maxima, column, found);
    }
    for (unsigned t = 0; j.scratch && t < threads; t++) {
        mem_free(j.scratch[t].cells);
        mem_free(j.scratch[t].sums.at);
    }
    mem_free(j.scratch);
    mem_free(j.maxima);
    mem_free(column);
    return ready ? ERR_OK : error_memory(e);
}
