// SPDX-License-Identifier: AGPL-3.0-or-later
// Data under the null hypothesis. Few cases are drawn one by one (an alias table; a
// shuffle of those who have a place), more of them per cell, each given those before, so
// that the cost is bounded by the cells however many cases there are.
#include <assert.h>
#include <math.h>

#include "stats/scan_private.h"

// ---- hypergeometric ----

static double stirling_rest(double k) // log(k!) less Stirling's formula in k + 1
{
    double z = k + 1;
    if (k < 10) {
        int sign;
        return lgamma_r(z, &sign) - (0.91893853320467274178 + (k + 0.5) * log(z) - z);
    }
    double square = z * z;
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / z;
}

// P(0) by the product of few factors, else by Stirling's formula in a form where nothing
// large cancels; then up from 0. good and sample are at most half of all.
static int64_t by_inversion(struct rng *r, double good, double all, double sample)
{
    double few = fmin(good, sample), many = fmax(good, sample), first = 1;
    if (few < 16) {
        for (double i = 0; i < few; i++)
            first *= (all - many - i) / (all - i);
    } else {
        double rest = all - few;
        first = exp((rest - many + 0.5) * log1p(many / (rest - many + 1)) -
                    (all - many + 0.5) * log1p(many / (all - many + 1)) +
                    many * log1p(-few / (all + 1)) + stirling_rest(rest) -
                    stirling_rest(rest - many) - stirling_rest(all) +
                    stirling_rest(all - many));
    }
    for (;;) {
        double u = rng_uniform(r), p = first;
        for (double k = 0; k <= few; k++) {
            if (u < p)
                return (int64_t)k;
            u -= p;
            p *= (few - k) * (many - k) / ((k + 1) * (all - few - many + k + 1));
        }
    }
}

// Ratio of uniforms (Stadlober, J. Comput. Appl. Math. 31, 1990): the hat covers the
// histogram of every hypergeometric distribution.
static int64_t by_ratio(struct rng *r, double good, double all, double sample)
{
    double bad = all - good, mean = sample * (good / all);
    double variance = mean * (bad / all) * ((all - sample) / (all - 1));
    double width = 1.7155277699214135 * sqrt(variance + 0.5) + 0.8989161620588988;
    double centre = mean + 0.5;
    double mode = floor((sample + 1) * ((good + 1) / (all + 2)));
    double rests = stirling_rest(mode) + stirling_rest(good - mode) +
                   stirling_rest(sample - mode) + stirling_rest(bad - sample + mode);
    for (;;) {
        double u = 1 - rng_uniform(r), v = rng_uniform(r);
        double k = floor(centre + width * (v - 0.5) / u), d = k - mode;
        if (!(k >= 0 && k <= fmin(good, sample)))
            continue;
        // log of P(k) / P(mode): four factorials, each as a departure from the mode's
        double spare = bad - sample;
        double t = rests - stirling_rest(k) - stirling_rest(good - k) -
                   stirling_rest(sample - k) - stirling_rest(spare + k);
        t -= (mode + 0.5) * log1p(d / (mode + 1)) +
             (good - mode + 0.5) * log1p(-d / (good - mode + 1)) +
             (sample - mode + 0.5) * log1p(-d / (sample - mode + 1)) +
             (spare + mode + 0.5) * log1p(d / (spare + mode + 1));
        t -= d * log((k + 1) / (good - k + 1) * ((spare + k + 1) / (sample - k + 1)));
        if (u * (4 - u) - 3 <= t)
            return (int64_t)k;
        if (u * (u - t) < 1 && 2 * log(u) <= t)
            return (int64_t)k;
    }
}

int64_t scan_hypergeometric(struct rng *r, int64_t good, int64_t bad, int64_t sample)
{
    int64_t all = good + bad;
    assert(good >= 0 && bad >= 0 && sample >= 0 && sample <= all);
    if (sample > all - sample)
        return good - scan_hypergeometric(r, good, bad, all - sample);
    if (good > bad)
        return sample - scan_hypergeometric(r, bad, good, sample);
    if (!good || !sample)
        return 0;
    double g = (double)good, n = (double)all, s = (double)sample;
    return g * s < 10 * n ? by_inversion(r, g, n, s) : by_ratio(r, g, n, s);
}

// ---- Poisson: a multinomial over cells ----

// Alias table (Walker 1977; Vose's construction).
static enum err make_alias(struct scan_draws *d, const double *expected, double total,
                           struct arena *a, struct error *e)
{
    size_t n = d->n_cells, n_small = 0, n_large = 0;
    d->alias = ARENA_ARRAY(a, struct scan_alias, n);
    double *weight = ARENA_ARRAY(a, double, n);
    uint32_t *small = ARENA_ARRAY(a, uint32_t, n), *large = ARENA_ARRAY(a, uint32_t, n);
    if (!d->alias || !weight || !small || !large)
        return error_memory(e);
    for (uint32_t i = 0; i < n; i++) {
        weight[i] = expected[i] / total * (double)n;
        d->alias[i] = (struct scan_alias){UINT64_MAX, i};
        if (weight[i] < 1)
            small[n_small++] = i;
        else
            large[n_large++] = i;
    }
    while (n_small && n_large) {
        uint32_t low = small[--n_small], high = large[n_large - 1];
        d->alias[low] = (struct scan_alias){(uint64_t)(weight[low] * 0x1p64), high};
        weight[high] -= 1 - weight[low];
        if (weight[high] < 1) {
            n_large--;
            small[n_small++] = high;
        }
    }
    return ERR_OK;
}

static void draw_cases(const struct scan_draws *d, struct rng *r, int64_t *out)
{
    __extension__ typedef unsigned __int128 wide;
    const struct scan_alias *table = d->alias;
    struct rng state = *r; // a copy that need not be written back each time
    for (int64_t i = 0; i < d->total; i++) {
        wide place = (wide)rng_next(&state) * d->n_cells;
        uint64_t cell = (uint64_t)(place >> 64);
        // without a branch, which would be guessed wrong every third time
        uint64_t stays = -(uint64_t)((uint64_t)place < table[cell].chance);
        out[table[cell].other ^ ((table[cell].other ^ cell) & stays)]++;
    }
    *r = state;
}

static void draw_binomials(const struct scan_draws *d, struct rng *r, int64_t *out)
{
    int64_t rest = d->total;
    for (size_t i = 0; i < d->n_cells && rest; i++) {
        out[i] = rng_binomial(r, rest, d->share[i]);
        rest -= out[i];
    }
}

static enum err make_poisson(struct scan_draws *d, const struct scan_problem *p,
                             struct arena *a, struct error *e)
{
    d->n_cells = d->n_out = p->n_cells;
    if ((uint64_t)d->total <= 12 * (uint64_t)d->n_cells && d->n_cells < UINT32_MAX) {
        d->method = SCAN_DRAW_CASES;
        return make_alias(d, p->expected, p->likelihood.cases, a, e);
    }
    d->method = SCAN_DRAW_BINOMIALS;
    d->share = ARENA_ARRAY(a, double, d->n_cells);
    if (!d->share)
        return error_memory(e);
    double after = 0;
    for (size_t i = d->n_cells; i--;) {
        after += p->expected[i];
        d->share[i] = p->expected[i] > 0 ? fmin(1, p->expected[i] / after) : 0;
    }
    return ERR_OK;
}

// ---- fixed margins ----

// Bernoulli: cells x (cases, controls). Ordinal: cells x categories. Permutation: areas x
// times.
static enum err take_margins(struct scan_draws *d, const struct scan_problem *p,
                             struct arena *a, struct error *e)
{
    enum scan_model model = p->options->model;
    bool permutation = model == SCAN_PERMUTATION;
    d->n_rows = permutation ? p->n_areas : (uint32_t)p->n_cells;
    d->n_columns = permutation ? p->n_times : model == SCAN_ORDINAL ? p->n_categories : 2;
    d->n_kept = model == SCAN_BERNOULLI ? 1 : d->n_columns;
    d->n_out = (size_t)d->n_rows * d->n_kept;
    d->columns = ARENA_ARRAY(a, int64_t, d->n_columns);
    d->order = ARENA_ARRAY(a, uint32_t, d->n_columns);
    int64_t *rows = permutation ? ARENA_ARRAY(a, int64_t, d->n_rows) : p->trials;
    if (!d->columns || !d->order || !rows)
        return error_memory(e);
    d->rows = rows;
    for (size_t cell = 0; permutation && cell < p->n_cells; cell++) {
        rows[cell / p->n_times] += p->cases[cell];
        d->columns[cell % p->n_times] += p->cases[cell];
    }
    for (uint32_t k = 0; model == SCAN_ORDINAL && k < d->n_columns; k++)
        d->columns[k] = p->by_category[k];
    if (model == SCAN_BERNOULLI) {
        d->columns[0] = p->total_cases;
        d->columns[1] = p->total_trials - p->total_cases;
    }
    uint32_t largest = 0;
    for (uint32_t k = 0; k < d->n_columns; k++) {
        d->order[k] = k;
        if (d->columns[k] > d->columns[largest])
            largest = k;
    }
    d->order[largest] = d->n_columns - 1;
    d->order[d->n_columns - 1] = largest;
    return ERR_OK;
}

static enum err make_margins(struct scan_draws *d, const struct scan_problem *p,
                             struct arena *a, struct error *e)
{
    enum err code = take_margins(d, p, a, e);
    if (code)
        return code;
    uint64_t all = (uint64_t)p->total_trials;
    uint64_t moved = all - (uint64_t)d->columns[d->order[d->n_columns - 1]];
    uint64_t draws = (uint64_t)d->n_rows * (d->n_columns - 1);
    d->total = p->total_trials;
    d->scratch_size = d->n_columns * sizeof(int64_t);
    d->method = SCAN_DRAW_MARGINS;
    if (moved > 12 * draws || all > 64 * draws + 4096 || all >= UINT32_MAX)
        return ERR_OK;
    d->method = SCAN_DRAW_SHUFFLE;
    d->row_of = ARENA_ARRAY(a, uint32_t, all);
    if (!d->row_of)
        return error_memory(e);
    d->scratch_size = (all + moved) * sizeof(uint32_t);
    for (uint32_t row = 0, i = 0; row < d->n_rows; row++)
        for (int64_t k = 0; k < d->rows[row]; k++)
            d->row_of[i++] = row;
    return ERR_OK;
}

// The first columns take individuals from the front of a shuffle; the largest column gets
// those who are left, unmoved. Swaps are undone backwards, so that the next draw does not
// depend on this one.
static void draw_shuffle(const struct scan_draws *d, struct rng *r, uint32_t *row_of,
                         int64_t *out)
{
    uint32_t all = (uint32_t)d->total, taken = 0, *swapped = row_of + all;
    for (uint32_t c = 0; c + 1 < d->n_columns; c++) {
        uint32_t column = d->order[c];
        bool kept = column < d->n_kept;
        for (int64_t i = 0; i < d->columns[column]; i++, taken++) {
            uint32_t other = taken + (uint32_t)rng_below(r, all - taken);
            uint32_t row = row_of[other];
            row_of[other] = row_of[taken];
            row_of[taken] = row;
            swapped[taken] = other;
            if (kept)
                out[(size_t)row * d->n_kept + column]++;
        }
    }
    uint32_t last = d->order[d->n_columns - 1];
    for (uint32_t i = taken; last < d->n_kept && i < all; i++)
        out[(size_t)row_of[i] * d->n_kept + last]++;
    while (taken--) {
        uint32_t row = row_of[taken];
        row_of[taken] = row_of[swapped[taken]];
        row_of[swapped[taken]] = row;
    }
}

static void draw_margins(const struct scan_draws *d, struct rng *r, int64_t *left,
                         int64_t *out)
{
    int64_t all = d->total;
    for (uint32_t c = 0; c < d->n_columns; c++)
        left[c] = d->columns[c];
    for (uint32_t row = 0; row < d->n_rows; row++) {
        int64_t sample = d->rows[row], pool = all;
        all -= sample;
        for (uint32_t c = 0; c < d->n_columns && sample; c++) {
            uint32_t column = d->order[c];
            int64_t good = left[column];
            pool -= good;
            int64_t n = c + 1 == d->n_columns
                            ? sample
                            : scan_hypergeometric(r, good, pool, sample);
            left[column] -= n;
            sample -= n;
            if (column < d->n_kept)
                out[(size_t)row * d->n_kept + column] = n;
        }
    }
}

enum err scan_draws_make(struct scan_draws *out, const struct scan_problem *p,
                         struct arena *a, struct error *e)
{
    *out = (struct scan_draws){.total = p->total_cases};
    return p->options->model == SCAN_POISSON ? make_poisson(out, p, a, e)
                                             : make_margins(out, p, a, e);
}

void scan_scratch_make(const struct scan_draws *d, void *scratch)
{
    uint32_t *row_of = scratch;
    for (int64_t i = 0; d->method == SCAN_DRAW_SHUFFLE && i < d->total; i++)
        row_of[i] = d->row_of[i];
}

void scan_draw(const struct scan_draws *d, struct rng *r, void *scratch, int64_t *out)
{
    for (size_t i = 0; i < d->n_out; i++)
        out[i] = 0;
    switch (d->method) {
    case SCAN_DRAW_CASES:
        draw_cases(d, r, out);
        break;
    case SCAN_DRAW_BINOMIALS:
        draw_binomials(d, r, out);
        break;
    case SCAN_DRAW_SHUFFLE:
        draw_shuffle(d, r, scratch, out);
        break;
    case SCAN_DRAW_MARGINS:
        draw_margins(d, r, scratch, out);
        break;
    }
}
