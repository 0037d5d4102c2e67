// SPDX-License-Identifier: AGPL-3.0-or-later
// All windows over 32 replications at once where there are few cases: a count is 16 bits,
// a whole number of units; a unit is 2^-scale_bits of a case, so that what a window needs
// (expected + reach x root) can be held as finely in the same 16 bits, and rounded so
// that no window is lost. The paths of purely spatial circles and ellipses are kept with
// what each window needs; other windows are walked, and what they need is found from
// their measure. Needs AVX2; other processors take the wide sweep.
#include <math.h>

#include "stats/scan_private.h"

enum {
    MOST_CASES = 8191,
    LEAST_SCALE = 2,
    MOST_SCALE = 5,
    ROOT_BITS = 12,    // of a root after the point; reach has 16 - ROOT_BITS
    LANES = SCAN_LANES // as many as a mask of bytes has bits
};

struct entry { // a step of a path
    uint16_t area, reach;
    int16_t
        base; // high: passes above base + reach x root; low: below base - reach x root
    uint16_t unused;
};

struct scan_narrow {
    const struct scan_windows *windows;
    const struct scan_draws *draws;
    unsigned scale_bits;
    bool walks; // no paths are kept
    size_t n_paths;
    size_t *path_start;
    uint32_t *ellipse; // [path]
    double *measure;   // [entry]
    uint32_t *kind;    // [entry]: a window to look at?
    // [rates: high, low][bounds: usual, loose][entry]
    struct entry *entries[2][2];
};

struct narrow { // one thread's
    const struct scan_narrow *n;
    const struct scan_sweep *s;
    const struct scan_reach *reaches;
    double from, to, least;
    int16_t below_least; // the least cases of a high window, in units, less one
    uint16_t *counts;    // [area][time][lane], in units, up to and with this time
    uint16_t *sums;      // [place][time][lane]: of a walk
    double *measures;    // [place][time]
    int64_t *drawn;
    void *draw_scratch;
    double *best;
    uint16_t root[LANES] __attribute__((aligned(32)));
};

// Reach in 16 bits: units, and 16 - ROOT_BITS bits after the point; rounded down.
static int16_t units_of_reach(double reach, double unit)
{
    double units = reach * unit * (1 << (16 - ROOT_BITS));
    return units < INT16_MAX ? (int16_t)units : INT16_MAX;
}

#if defined(__x86_64__)
#include <immintrin.h>

static void set_root(struct narrow *l, unsigned lane)
{
    double root = sqrt(fmin(fmax(l->best[lane], l->from), l->to));
    l->root[lane] = (uint16_t)fmin(root * (1 << ROOT_BITS), 65535);
}

// Lanes whose count passes the coarse test, in sums: the ratio itself.
static void __attribute__((noinline))
look(struct narrow *l, const uint16_t *sums, uint32_t passing, double measure,
     uint32_t ellipse)
{
    const struct scan_problem *p = l->s->windows->problem;
    const struct scan_likelihood *likelihood = &p->likelihood;
    const struct scan_ellipse *shape = &l->s->windows->ellipses[ellipse];
    const struct scan_reach *reach = &l->reaches[shape->reach];
    enum scan_rates rates = p->options->rates;
    double expected = scan_expected_cases(likelihood, measure);
    double high = scan_reach_at(reach->high, reach, measure),
           low = scan_reach_at(reach->low, reach, measure);
    for (; passing; passing &= passing - 1) {
        unsigned lane = (unsigned)__builtin_ctz(passing);
        double n = sums[lane] >> l->n->scale_bits;
        double root = sqrt(fmin(fmax(l->best[lane], l->from), l->to));
        bool above = rates != SCAN_LOW && n > expected && n >= l->least &&
                     n >= expected + high * root,
             below = rates != SCAN_HIGH && n < expected && n <= expected - low * root;
        if (!above && !below)
            continue;
        double statistic = shape->penalty * scan_log_ratio(likelihood, n, measure);
        if (statistic > l->best[lane]) {
            l->best[lane] = statistic;
            set_root(l, lane);
        }
    }
}

__attribute__((target("avx2"))) static inline uint32_t lanes_of(__m256i a, __m256i b)
{
    // bytes of 16-bit masks; packing puts the 64-bit quarters out of order
    __m256i bytes = _mm256_permute4x64_epi64(_mm256_packs_epi16(a, b), 0xd8);
    return (uint32_t)_mm256_movemask_epi8(bytes);
}

struct sum {
    __m256i a, b;
};

__attribute__((target("avx2"))) static void found(struct narrow *l, struct sum sum,
                                                  uint32_t passing, double measure,
                                                  uint32_t ellipse)
{
    uint16_t sums[LANES] __attribute__((aligned(32)));
    _mm256_store_si256((__m256i *)(void *)sums, sum.a);
    _mm256_store_si256((__m256i *)(void *)(sums + 16), sum.b);
    look(l, sums, passing, measure, ellipse);
}

__attribute__((target("avx2"))) static void sweep_path(struct narrow *l, size_t path,
                                                       unsigned rates, unsigned bounds)
{
    const struct entry *entries = l->n->entries[rates][bounds];
    const __m256i *counts = (const __m256i *)(const void *)l->counts;
    const __m256i *roots = (const __m256i *)(const void *)l->root;
    struct sum sum = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    for (size_t i = l->n->path_start[path]; i < l->n->path_start[path + 1]; i++) {
        const struct entry *e = &entries[i];
        sum.a = _mm256_add_epi16(sum.a, counts[2 * e->area]);
        sum.b = _mm256_add_epi16(sum.b, counts[2 * e->area + 1]);
        __m256i base = _mm256_set1_epi16(e->base),
                reach = _mm256_set1_epi16((int16_t)e->reach);
        __m256i more_a = _mm256_mulhi_epu16(reach, roots[0]),
                more_b = _mm256_mulhi_epu16(reach, roots[1]);
        __m256i a, b;
        if (rates) {
            a = _mm256_cmpgt_epi16(_mm256_sub_epi16(base, more_a), sum.a);
            b = _mm256_cmpgt_epi16(_mm256_sub_epi16(base, more_b), sum.b);
        } else {
            a = _mm256_cmpgt_epi16(sum.a, _mm256_adds_epi16(base, more_a));
            b = _mm256_cmpgt_epi16(sum.b, _mm256_adds_epi16(base, more_b));
        }
        __m256i any = _mm256_or_si256(a, b);
        if (__builtin_expect(!_mm256_testz_si256(any, any), 0))
            found(l, sum, lanes_of(a, b), l->n->measure[i], l->n->ellipse[path]);
    }
}

__attribute__((target("avx2"))) static inline void
test_window(struct narrow *l, struct sum sum, double measure, uint32_t ellipse)
{
    const struct scan_problem *p = l->s->windows->problem;
    const struct scan_reach *reach = &l->reaches[l->s->windows->ellipses[ellipse].reach];
    const __m256i *roots = (const __m256i *)(const void *)l->root;
    enum scan_rates rates = p->options->rates;
    double unit = 1 << l->n->scale_bits;
    double expected = unit * scan_expected_cases(&p->likelihood, measure);
    __m256i a = _mm256_setzero_si256(), b = a;
    if (rates != SCAN_LOW) {
        const __m256i least = _mm256_set1_epi16(l->below_least);
        double high = scan_reach_at(reach->high, reach, measure);
        __m256i need = _mm256_set1_epi16(units_of_reach(high, unit)),
                base = _mm256_set1_epi16((int16_t)((int)expected - 1));
        a = _mm256_cmpgt_epi16(
            sum.a, _mm256_max_epi16(least, _mm256_adds_epi16(base, _mm256_mulhi_epu16(
                                                                       need, roots[0]))));
        b = _mm256_cmpgt_epi16(
            sum.b, _mm256_max_epi16(least, _mm256_adds_epi16(base, _mm256_mulhi_epu16(
                                                                       need, roots[1]))));
    }
    if (rates != SCAN_HIGH) {
        double low = scan_reach_at(reach->low, reach, measure);
        __m256i need = _mm256_set1_epi16(units_of_reach(low, unit)),
                base = _mm256_set1_epi16((int16_t)((int)expected + 2));
        a = _mm256_or_si256(
            a, _mm256_cmpgt_epi16(
                   _mm256_sub_epi16(base, _mm256_mulhi_epu16(need, roots[0])), sum.a));
        b = _mm256_or_si256(
            b, _mm256_cmpgt_epi16(
                   _mm256_sub_epi16(base, _mm256_mulhi_epu16(need, roots[1])), sum.b));
    }
    __m256i any = _mm256_or_si256(a, b);
    if (__builtin_expect(!_mm256_testz_si256(any, any), 0))
        found(l, sum, lanes_of(a, b), measure, ellipse);
}

__attribute__((target("avx2"))) static void visit(void *argument,
                                                  const struct scan_step *step)
{
    struct narrow *l = argument;
    const struct scan_windows *w = l->s->windows;
    size_t times = w->problem->n_times;
    struct sum *sums = (struct sum *)(void *)l->sums + step->to * times;
    const struct sum *more =
        (const struct sum *)(const void *)l->counts + step->area * times;
    double *measures = l->measures + step->to * times;
    const double *measure = w->problem->measure + step->area * times;
    if (step->from == SCAN_START) {
        for (size_t t = 0; t < times; t++) {
            sums[t] = more[t];
            measures[t] = measure[t];
        }
    } else {
        const struct sum *old = (const struct sum *)(void *)l->sums + step->from * times;
        const double *old_measures = l->measures + step->from * times;
        for (size_t t = 0; t < times; t++) {
            sums[t].a = _mm256_add_epi16(old[t].a, more[t].a);
            sums[t].b = _mm256_add_epi16(old[t].b, more[t].b);
            measures[t] = old_measures[t] + measure[t];
        }
    }
    for (uint32_t k = 0; step->ends && !step->seen && k < w->n_intervals; k++) {
        struct scan_interval t = w->intervals[k];
        struct sum between = sums[t.last];
        double inside = measures[t.last];
        if (t.first) {
            between.a = _mm256_sub_epi16(between.a, sums[t.first - 1].a);
            between.b = _mm256_sub_epi16(between.b, sums[t.first - 1].b);
            inside -= measures[t.first - 1];
        }
        test_window(l, between, inside, step->ellipse);
    }
}

static bool processor_fits(void)
{
    return __builtin_cpu_supports("avx2");
}
#else
static void visit(void *argument, const struct scan_step *step)
{
    (void)argument;
    (void)step;
}

static void set_root(struct narrow *l, unsigned lane)
{
    (void)l;
    (void)lane;
}

static void sweep_path(struct narrow *l, size_t path, unsigned rates, unsigned bounds)
{
    (void)l;
    (void)path;
    (void)rates;
    (void)bounds;
}

static bool processor_fits(void)
{
    return false;
}
#endif

// ---- thresholds ----

static void fill(struct scan_narrow *n, const struct scan_reach *reaches, unsigned bounds)
{
    const struct scan_windows *w = n->windows;
    enum scan_rates rates = w->problem->options->rates;
    double unit = 1 << n->scale_bits;
    for (size_t path = 0; path < n->n_paths; path++) {
        const struct scan_reach *reach = &reaches[w->ellipses[n->ellipse[path]].reach];
        for (size_t i = n->path_start[path]; i < n->path_start[path + 1]; i++) {
            double expected =
                unit * scan_expected_cases(&w->problem->likelihood, n->measure[i]);
            for (unsigned low = 0; low < 2; low++) {
                struct entry *e = &n->entries[low][bounds][i];
                if (rates == (low ? SCAN_HIGH : SCAN_LOW))
                    continue;
                e->area = (uint16_t)(n->kind[i] >> 1);
                e->base = low ? INT16_MIN : INT16_MAX;
                e->reach = 0;
                if (!(n->kind[i] & 1))
                    continue;
                double distance =
                    scan_reach_at(low ? reach->low : reach->high, reach, n->measure[i]);
                e->reach =
                    (uint16_t)fmin(distance * unit * (1 << (16 - ROOT_BITS)), 32767);
                e->base = (int16_t)(low ? ceil(expected) + 1 : floor(expected) - 1);
            }
        }
    }
}

void scan_narrow_thresholds(struct scan_narrow *n, const struct scan_sweep *s)
{
    if (n->walks)
        return;
    fill(n, s->reaches, 0);
    if (s->reaches == s->loose)
        fill(n, s->loose, 1);
}

// ---- made once ----

// Steps up to the last that ends a window not seen before.
static size_t useful_length(const struct scan_windows *w, size_t path)
{
    size_t end = w->path_start[path + 1];
    while (end > w->path_start[path] &&
           (w->steps[end - 1] & (SCAN_ENDS | SCAN_SEEN)) != SCAN_ENDS)
        end--;
    return end - w->path_start[path];
}

static enum err take_paths(struct scan_narrow *n, struct arena *a, struct error *e)
{
    const struct scan_windows *w = n->windows;
    size_t all = (size_t)w->n_centres * w->n_ellipses, total = 0;
    for (size_t path = 0; path < all; path++) {
        size_t length = useful_length(w, path);
        total += length;
        n->n_paths += length > 0;
    }
    n->path_start = ARENA_ARRAY(a, size_t, n->n_paths + 1);
    n->ellipse = ARENA_ARRAY(a, uint32_t, n->n_paths);
    n->measure = ARENA_ARRAY(a, double, total);
    n->kind = ARENA_ARRAY(a, uint32_t, total);
    if (!n->path_start || !n->ellipse || !n->measure || !n->kind)
        return error_memory(e);
    for (unsigned low = 0; low < 2; low++)
        for (unsigned bounds = 0; bounds < 2; bounds++) {
            bool wanted = w->problem->options->rates != (low ? SCAN_HIGH : SCAN_LOW);
            n->entries[low][bounds] = ARENA_ARRAY(a, struct entry, wanted ? total : 0);
            if (!n->entries[low][bounds])
                return error_memory(e);
        }
    size_t at = 0, mine = 0;
    for (size_t path = 0; path < all; path++) {
        size_t length = useful_length(w, path);
        double measure = 0;
        for (size_t i = 0; i < length; i++, at++) {
            uint32_t step = w->steps[w->path_start[path] + i],
                     area = step >> SCAN_STEP_BITS;
            bool looked = (step & (SCAN_ENDS | SCAN_SEEN)) == SCAN_ENDS;
            n->measure[at] = measure += w->problem->measure[area];
            n->kind[at] = area << 1 | looked;
        }
        if (!length)
            continue;
        n->ellipse[mine] = (uint32_t)(path % w->n_ellipses);
        n->path_start[++mine] = at;
    }
    return ERR_OK;
}

enum err scan_narrow_make(struct scan_narrow **out, const struct scan_windows *w,
                          const struct scan_draws *d, struct arena *a, struct error *e)
{
    const struct scan_problem *p = w->problem;
    *out = NULL;
    if (!processor_fits() || p->options->model == SCAN_ORDINAL ||
        p->total_cases > MOST_CASES || p->n_areas > INT16_MAX)
        return ERR_OK;
    struct scan_narrow *n = ARENA_NEW(a, struct scan_narrow);
    if (!n)
        return error_memory(e);
    n->windows = w;
    n->draws = d;
    n->scale_bits = MOST_SCALE;
    while (p->total_cases << n->scale_bits > INT16_MAX)
        n->scale_bits--;
    n->walks = w->locals || p->n_times > 1;
    enum err code = n->walks ? ERR_OK : take_paths(n, a, e);
    if (!code)
        *out = n;
    return code;
}

// ---- a batch ----

static size_t round_up(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

static size_t lay_out(struct narrow *l, const struct scan_narrow *n, char *at)
{
    const struct scan_problem *p = n->windows->problem;
    size_t row = LANES * sizeof(uint16_t), counts = p->n_cells * row;
    size_t places = n->walks ? scan_depth(n->windows) * (size_t)p->n_times : 0;
    size_t sums = places * row, measures = round_up(places * sizeof(double)),
           drawn = round_up(n->draws->n_out * sizeof(int64_t));
    if (l) {
        l->counts = (uint16_t *)(void *)at;
        l->sums = (uint16_t *)(void *)(at + counts);
        l->measures = (double *)(void *)(at + counts + sums);
        l->drawn = (int64_t *)(void *)(at + counts + sums + measures);
        l->draw_scratch = at + counts + sums + measures + drawn;
    }
    return counts + sums + measures + drawn + round_up(n->draws->scratch_size);
}

size_t scan_narrow_scratch(const struct scan_narrow *n)
{
    return lay_out(NULL, n, NULL);
}

void scan_narrow_scratch_make(const struct scan_narrow *n, void *scratch)
{
    struct narrow l = {0};
    (void)lay_out(&l, n, scratch);
    scan_scratch_make(n->draws, l.draw_scratch);
}

static void sweep_all(struct narrow *l, unsigned bounds, double from, double to)
{
    enum scan_rates rates = l->s->windows->problem->options->rates;
    l->reaches = bounds ? l->s->loose : l->s->reaches;
    l->from = from;
    l->to = to;
    for (unsigned lane = 0; lane < LANES; lane++)
        set_root(l, lane);
    for (uint32_t c = 0; l->n->walks && c < l->s->windows->n_centres; c++)
        scan_walk(l->s->windows, c, true, visit, l);
    for (size_t path = 0; path < l->n->n_paths; path++) {
        if (rates != SCAN_LOW)
            sweep_path(l, path, 0, bounds);
        if (rates != SCAN_HIGH)
            sweep_path(l, path, 1, bounds);
    }
}

static void draw_lanes(struct narrow *l, uint32_t first)
{
    const struct scan_problem *p = l->s->windows->problem;
    for (unsigned lane = 0; lane < LANES; lane++) {
        struct rng r = rng_stream(l->s->seed, (uint64_t)first + lane);
        scan_draw(l->n->draws, &r, l->draw_scratch, l->drawn);
        for (size_t i = 0; i < p->n_cells; i++)
            l->counts[i * LANES + lane] = (uint16_t)(l->drawn[i] << l->n->scale_bits);
        l->best[lane] = 0;
    }
    for (size_t i = 0; i < p->n_cells; i++)
        for (unsigned lane = 0; i % p->n_times && lane < LANES; lane++) {
            uint16_t *count = l->counts + i * LANES + lane;
            *count = (uint16_t)(*count + count[-LANES]);
        }
}

void scan_narrow_run(const struct scan_sweep *s, uint32_t first, void *scratch,
                     double *best)
{
    const struct scan_narrow *n = s->narrow;
    const struct scan_problem *p = s->windows->problem;
    struct narrow l = {.n = n,
                       .s = s,
                       .best = best,
                       .least = p->options->least_cases ? p->options->least_cases : 2};
    l.below_least = (int16_t)(fmin(l.least * (1 << n->scale_bits), INT16_MAX) - 1);
    (void)lay_out(&l, n, scratch);
    draw_lanes(&l, first);
    sweep_all(&l, 0, s->from, s->to);
    bool below = false;
    for (unsigned lane = 0; lane < LANES; lane++)
        below |= best[lane] <= s->from;
    if (below && s->reaches != s->loose)
        sweep_all(&l, 1, 0, INFINITY);
}
