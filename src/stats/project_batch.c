// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/project_batch.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum {
    BLOCK = 64, // trajectories stepped together: a state of them stays in the cache
    CHUNK = 32, // areas whose values are kept until they are added to their groups
    FEMALE = PROJECT_FEMALE,
    MALE = PROJECT_MALE
};

#define GROUPS_LIMIT ((size_t)8 << 30)

// ---- one block of trajectories ----

// People of one sex by age, and a row of numbers for each trajectory.
struct state {
    double people[PROJECT_SEXES][PROJECT_BATCH_MAX_AGES][BLOCK];
    double start[PROJECT_SEXES][PROJECT_BATCH_MAX_AGES][BLOCK];
    double births[PROJECT_SEXES][BLOCK], deaths[BLOCK];
    double weight[PROJECT_SEXES][BLOCK]; // place between two rows of the table
    int32_t row[PROJECT_SEXES][BLOCK];
    double least[BLOCK]; // fewest people of any group
};

// Where in the table each trajectory's life expectancy is.
static void find_rows(const struct project_survival *s, const double *restrict e0,
                      double *restrict weight, int32_t *restrict row)
{
    double last = (double)(s->rows - 1), low = s->low, per = 1 / s->step;
    int32_t before_last = (int32_t)s->rows - 2;
    for (size_t k = 0; k < BLOCK; k++) {
        double x = (e0[k] - low) * per;
        x = x > 0 ? x : 0; // also of no number
        x = x < last ? x : last;
        int32_t i = (int32_t)x;
        i = i < before_last ? i : before_last;
        row[k] = i;
        weight[k] = x - i;
    }
}

// to = from x survival of one group; the dead are added up.
static void survive(const double *restrict column, const double *restrict weight,
                    const int32_t *restrict row, const double *restrict from,
                    double *restrict to, double *restrict dead)
{
    for (size_t k = 0; k < BLOCK; k++) {
        double low = column[row[k]], high = column[row[k] + 1];
        double alive = from[k] * (low + weight[k] * (high - low));
        to[k] = alive;
        dead[k] += from[k] - alive;
    }
}

// Migrants of one group: a + b x the net total drawn.
struct moves {
    double given, share;
};

// The same with those who come first.
static void survive_with(const double *restrict column, const double *restrict weight,
                         const int32_t *restrict row, const double *restrict from,
                         const double *restrict net, struct moves m, double *restrict to,
                         double *restrict dead)
{
    for (size_t k = 0; k < BLOCK; k++) {
        double low = column[row[k]], high = column[row[k] + 1];
        double all = from[k] + m.given + m.share * net[k];
        double alive = all * (low + weight[k] * (high - low));
        to[k] = alive;
        dead[k] += all - alive;
    }
}

static void add_scaled(double *restrict to, const double *restrict net, double share)
{
    for (size_t k = 0; k < BLOCK; k++)
        to[k] += share * net[k];
}

static void add_moves(double *restrict to, const double *restrict net, struct moves m)
{
    for (size_t k = 0; k < BLOCK; k++)
        to[k] += m.given + m.share * net[k];
}

static void lower(double *restrict least, const double *restrict people)
{
    for (size_t k = 0; k < BLOCK; k++)
        least[k] = people[k] < least[k] ? people[k] : least[k];
}

static bool anybody_moves(const struct project_batch_area *area, int sex)
{
    return area->migration[sex] || area->moving[sex];
}

// Part of a step's migrants of a group.
static struct moves moves_of(const struct project_batch *b,
                             const struct project_batch_area *area, int sex, size_t step,
                             size_t age, double part)
{
    const double *given = area->moving[sex], *pattern = area->migration[sex];
    return (struct moves){given ? part * given[step * b->shape.ages + age] : 0,
                          pattern ? part * pattern[age] : 0};
}

// Who comes at the end of the step, from a group on.
static void come_last(const struct project_batch *b,
                      const struct project_batch_area *area, int sex, size_t step,
                      size_t from, size_t until, const double *net, struct state *s)
{
    double part = b->timing == PROJECT_SPREAD ? 0.5 : 1;
    for (size_t a = from; anybody_moves(area, sex) && a < until; a++) {
        add_moves(s->people[sex][a], net, moves_of(b, area, sex, step, a, part));
        lower(s->least, s->people[sex][a]);
    }
}

// From group to group: all of one sex but those born in the step.
static void step_sex(const struct project_batch *b, const struct project_batch_area *area,
                     int sex, size_t step, const double *net, struct state *s)
{
    size_t ages = b->shape.ages, rows = area->survival[sex]->rows;
    const double *ratio = area->survival[sex]->ratio;
    bool first = anybody_moves(area, sex) && b->timing == PROJECT_SPREAD;
    double(*restrict start)[BLOCK] = s->start[sex];
    double(*restrict to)[BLOCK] = s->people[sex];
    memcpy(start, to, ages * sizeof *start);
    for (size_t a = 1; a < ages; a++)
        if (first)
            survive_with(ratio + a * rows, s->weight[sex], s->row[sex], start[a - 1], net,
                         moves_of(b, area, sex, step, a, 0.5), to[a], s->deaths);
        else
            survive(ratio + a * rows, s->weight[sex], s->row[sex], start[a - 1], to[a],
                    s->deaths);
    double last[BLOCK];
    survive(ratio + ages * rows, s->weight[sex], s->row[sex], start[ages - 1], last,
            s->deaths);
    for (size_t k = 0; k < BLOCK; k++)
        to[ages - 1][k] += last[k];
    if (b->mothers == PROJECT_ALL_WOMEN)
        come_last(b, area, sex, step, 1, ages, net, s);
}

static void bear(const struct project_batch *b, const struct project_batch_area *area,
                 size_t step, const double *restrict fertility,
                 const double *restrict boys, const double *net, struct state *s)
{
    size_t ages = b->shape.ages;
    const double *shares = area->fertility + step * ages;
    bool first = anybody_moves(area, FEMALE) && b->mothers == PROJECT_EXPOSED_WOMEN &&
                 b->timing == PROJECT_SPREAD;
    double women[BLOCK] = {0};
    memset(s->people[FEMALE][0], 0, sizeof s->people[FEMALE][0]);
    for (size_t a = 0; a < ages; a++) {
        if (shares[a] == 0)
            continue;
        add_scaled(women, s->start[FEMALE][a], shares[a]);
        add_scaled(women, s->people[FEMALE][a], shares[a]);
        if (first && a + 1 < ages)
            add_moves(women, net,
                      moves_of(b, area, FEMALE, step, a + 1, 0.5 * shares[a]));
    }
    // the fertility of a year is TFR x share / width, and the step has width years
    for (size_t k = 0; k < BLOCK; k++) {
        double births = 0.5 * fertility[k] * women[k], girls = births / (1 + boys[k]);
        s->births[FEMALE][k] = girls;
        s->births[MALE][k] = births - girls;
    }
}

static void end_step(const struct project_batch *b, const struct project_batch_area *area,
                     int sex, size_t step, const double *net, struct state *s)
{
    const double *ratio = area->survival[sex]->ratio;
    if (anybody_moves(area, sex) && b->timing == PROJECT_SPREAD)
        survive_with(ratio, s->weight[sex], s->row[sex], s->births[sex], net,
                     moves_of(b, area, sex, step, 0, 0.5), s->people[sex][0], s->deaths);
    else
        survive(ratio, s->weight[sex], s->row[sex], s->births[sex], s->people[sex][0],
                s->deaths);
    bool settled = b->mothers == PROJECT_ALL_WOMEN;
    come_last(b, area, sex, step, 0, settled ? 1 : b->shape.ages, net, s);
}

// ---- measures ----

// values[measure][moment][trajectory] of a block: n trajectories from `first`.
static void measure(const struct project_batch *b, const struct project_batch_area *area,
                    const struct state *s, size_t moment, size_t first, size_t n,
                    double *values)
{
    size_t moments = b->shape.steps + 1;
    for (size_t m = 0; m < b->measures; m++) {
        const struct project_measure *what = &b->measure[m];
        double sum[BLOCK], apart = 0;
        for (size_t k = 0; k < BLOCK; k++)
            sum[k] = what->births[FEMALE] * s->births[FEMALE][k] +
                     what->births[MALE] * s->births[MALE][k] +
                     what->deaths * s->deaths[k];
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            for (size_t a = 0; what->people[sex] && a < b->shape.ages; a++) {
                double weight = what->people[sex][a];
                if (weight == 0)
                    continue;
                add_scaled(sum, s->people[sex][a], weight);
                if (area->apart[sex])
                    apart += weight * area->apart[sex][a];
            }
        double *to = values + (m * moments + moment) * b->trajectories + first;
        for (size_t k = 0; k < n; k++)
            to[k] = sum[k] + apart;
    }
}

// ---- quantiles ----

// Puts the values that belong at the places `want` (ascending, of the whole array) there.
static void place(double *v, size_t offset, size_t n, const size_t *want, size_t wants)
{
    while (wants && n > 1) {
        if (n <= 16) {
            for (size_t i = 1; i < n; i++) {
                double x = v[i];
                size_t j = i;
                for (; j && v[j - 1] > x; j--)
                    v[j] = v[j - 1];
                v[j] = x;
            }
            return;
        }
        double a = v[n / 4], b = v[n / 2], c = v[3 * n / 4];
        double low = a < b ? a : b, high = a < b ? b : a;
        double pivot = c < low ? low : c > high ? high : c;
        size_t less = 0;
        for (size_t i = 0; i < n; i++) { // no branch: either exchange is harmless
            double x = v[i];
            v[i] = v[less];
            v[less] = x;
            less += x < pivot;
        }
        size_t equal = less; // those like the pivot are in place when they stand here
        if (less < n / 8)
            for (size_t i = less; i < n; i++) {
                double x = v[i];
                v[i] = v[equal];
                v[equal] = x;
                equal += x <= pivot;
            }
        size_t left = 0;
        while (left < wants && want[left] < offset + less)
            left++;
        place(v, offset, less, want, left);
        while (left < wants && want[left] < offset + equal)
            left++;
        want += left;
        wants -= left;
        v += equal;
        n -= equal;
        offset += equal;
    }
}

void project_quantiles(double *values, size_t n, const double *probability,
                       size_t probabilities, double *quantile)
{
    size_t want[2 * PROJECT_BATCH_MAX_QUANTILES] = {0}, wants = 0;
    assert(n && probabilities <= PROJECT_BATCH_MAX_QUANTILES);
    bool numbers = true;
    for (size_t k = 0; k < n; k++)
        numbers &= !isnan(values[k]);
    if (!numbers) { // has no order: 0 / 0 at a moment without births
        for (size_t i = 0; i < probabilities; i++)
            quantile[i] = NAN;
        return;
    }
    for (size_t i = 0; i < probabilities; i++) {
        size_t below = (size_t)(probability[i] * (double)(n - 1));
        for (size_t k = below; k <= below + 1 && k < n; k++)
            if (!wants || want[wants - 1] < k)
                want[wants++] = k;
    }
    place(values, 0, n, want, wants);
    for (size_t i = 0; i < probabilities; i++) {
        double at = probability[i] * (double)(n - 1);
        size_t below = (size_t)at;
        double low = values[below], high = below + 1 < n ? values[below + 1] : low;
        quantile[i] = low + (at - (double)below) * (high - low);
    }
}

// ---- areas ----

struct worker { // scratch of a thread
    struct state state;
    double *paths; // the arrays of struct project_paths, one behind the other
    double *copy;  // [trajectory]
};

struct run {
    const struct project_batch *b;
    const struct project_batch_result *out;
    struct worker **workers;
    size_t n_workers;
    double *chunk;       // [CHUNK][measure][moment][trajectory]
    double *groups;      // [group] of the same
    size_t first_area;   // of the chunk
    size_t node_size;    // values of a node
    size_t padded;       // trajectories up to a whole block
    _Atomic(size_t) bad; // lowest area whose rates are no numbers; SIZE_MAX: none
};

static struct project_paths paths_of(const struct run *r, const struct worker *w)
{
    size_t n = r->b->shape.steps * r->b->trajectories;
    return (struct project_paths){
        w->paths, {w->paths + n, w->paths + 2 * n}, w->paths + 3 * n, w->paths + 4 * n};
}

// A block's n numbers of a step; what is missing from a whole block repeats the last.
static const double *block_of(const struct run *r, const double *path, size_t step,
                              size_t first, size_t n, double *pad)
{
    const double *from = path + step * r->b->trajectories + first;
    if (n == BLOCK)
        return from;
    for (size_t k = 0; k < BLOCK; k++)
        pad[k] = from[k < n ? k : n - 1];
    return pad;
}

static void begin(const struct project_batch *b, const struct project_batch_area *area,
                  struct state *s)
{
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        for (size_t a = 0; a < b->shape.ages; a++) {
            double people =
                area->population[sex][a] - (area->apart[sex] ? area->apart[sex][a] : 0);
            for (size_t k = 0; k < BLOCK; k++)
                s->people[sex][a][k] = people;
        }
        memset(s->births[sex], 0, sizeof s->births[sex]);
    }
    memset(s->deaths, 0, sizeof s->deaths);
    memset(s->least, 0, sizeof s->least);
}

// Steps the trajectories first to first + n.
static uint32_t run_block(const struct run *r, const struct project_batch_area *area,
                          const struct project_paths *paths, struct state *s,
                          size_t first, size_t n, double *values)
{
    const struct project_batch *b = r->b;
    static const double nobody[BLOCK];
    double pad[5][BLOCK], total = 0;
    begin(b, area, s);
    measure(b, area, s, 0, first, n, values);
    for (size_t t = 0; t < b->shape.steps; t++) {
        const double *net = area->migration[FEMALE]
                                ? block_of(r, paths->net, t, first, n, pad[0])
                                : nobody;
        memset(s->deaths, 0, sizeof s->deaths);
        for (int sex = 0; sex < PROJECT_SEXES; sex++) {
            find_rows(area->survival[sex],
                      block_of(r, paths->e0[sex], t, first, n, pad[1]), s->weight[sex],
                      s->row[sex]);
            step_sex(b, area, sex, t, net, s);
        }
        bear(b, area, t, block_of(r, paths->fertility, t, first, n, pad[2]),
             block_of(r, paths->boys, t, first, n, pad[3]), net, s);
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            end_step(b, area, sex, t, net, s);
        measure(b, area, s, t + 1, first, n, values);
    }
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t a = 0; a < b->shape.ages; a++)
            total += area->population[sex][a];
    uint32_t negative = 0;
    for (size_t k = 0; k < n; k++)
        negative += s->least[k] < -1e-9 * total;
    return negative;
}

// Sums to ratios, then means and quantiles of a node. Values are moved about.
static void summarise(const struct run *r, size_t node, double *values, double *copy)
{
    const struct project_batch *b = r->b;
    size_t moments = b->shape.steps + 1, n = b->trajectories;
    for (size_t m = 0; m < b->measures; m++) {
        const struct project_measure *what = &b->measure[m];
        for (size_t t = 0; t < moments; t++) {
            const double *from = values + (m * moments + t) * n;
            const double *per = values + (what->per * moments + t) * n;
            double sum = 0;
            for (size_t k = 0; k < n; k++) {
                copy[k] = what->ratio ? what->scale * from[k] / per[k] : from[k];
                sum += copy[k];
            }
            size_t at = (node * b->measures + m) * moments + t;
            if (r->out->value)
                memcpy(r->out->value + at * n, copy, n * sizeof *copy);
            if (r->out->mean)
                r->out->mean[at] = sum / (double)n;
            if (r->out->quantile)
                project_quantiles(copy, n, b->probability, b->probabilities,
                                  r->out->quantile + at * b->probabilities);
        }
    }
}

static bool rates_are_numbers(const struct run *r, const struct project_batch_area *area,
                              const struct project_paths *p)
{
    size_t n = r->b->shape.steps * r->b->trajectories;
    double sum = 0, lowest = 0; // no number stays none, in a sum or in a product with 0
    for (size_t i = 0; i < n; i++) {
        sum += 0 * (p->fertility[i] + p->e0[FEMALE][i] + p->e0[MALE][i] + p->boys[i]);
        lowest = p->fertility[i] < lowest ? p->fertility[i] : lowest;
        lowest = p->boys[i] < lowest ? p->boys[i] : lowest;
    }
    for (size_t i = 0; area->migration[FEMALE] && i < n; i++)
        sum += 0 * p->net[i];
    return sum == 0 && lowest >= 0;
}

static void run_area(void *argument, size_t task, unsigned thread)
{
    struct run *r = argument;
    const struct project_batch *b = r->b;
    struct worker *w = r->workers[thread];
    size_t node = r->first_area + task;
    const struct project_batch_area *area = &b->area[node];
    double *values = r->chunk + task * r->node_size;
    struct project_paths paths = paths_of(r, w);
    uint32_t negative = 0;
    b->draw(b->context, node, &paths);
    if (!rates_are_numbers(r, area, &paths)) {
        size_t bad = atomic_load(&r->bad);
        while (node < bad && !atomic_compare_exchange_weak(&r->bad, &bad, node))
            ;
        return;
    }
    for (size_t first = 0; first < b->trajectories; first += BLOCK) {
        size_t n = b->trajectories - first < BLOCK ? b->trajectories - first : BLOCK;
        negative += run_block(r, area, &paths, &w->state, first, n, values);
    }
    if (r->out->negative)
        r->out->negative[node] = negative;
    summarise(r, node, values, w->copy);
}

static void summarise_group(void *argument, size_t task, unsigned thread)
{
    struct run *r = argument;
    summarise(r, r->b->areas + task, r->groups + task * r->node_size,
              r->workers[thread]->copy);
}

// Adds a stretch of the chunk's values to the groups above them, area by area, so that
// sums do not depend on threads.
enum { STRETCH = 4096 };

static void add_to_groups(void *argument, size_t task, unsigned thread)
{
    (void)thread;
    struct run *r = argument;
    const struct project_batch *b = r->b;
    size_t first = task * STRETCH;
    size_t n = r->node_size - first < STRETCH ? r->node_size - first : STRETCH;
    for (size_t i = 0; i < CHUNK && r->first_area + i < b->areas; i++) {
        const double *restrict from = r->chunk + i * r->node_size + first;
        for (size_t node = b->parent[r->first_area + i]; node != SIZE_MAX;
             node = b->parent[node]) {
            double *restrict to = r->groups + (node - b->areas) * r->node_size + first;
            for (size_t k = 0; k < n; k++)
                to[k] += from[k];
        }
    }
}

// ---- checks, memory ----

static enum err bad_area(size_t area, const char *what, struct error *e)
{
    char where[48];
    snprintf(where, sizeof where, "area %zu", area + 1);
    error_set(e, ERR_INPUT, "project.batch", where, "%s", what);
    return error_cure(e, "Correct the figures of this area.");
}

static enum err check_area(const struct project_batch *b, size_t i, struct error *e)
{
    const struct project_batch_area *area = &b->area[i];
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        const struct project_survival *s = area->survival[sex];
        if (!s || s->rows < 2 || s->ages != b->shape.ages || !(s->step > 0))
            return bad_area(i,
                            "the table of survival has other ages than the people, or "
                            "fewer than two rows",
                            e);
        for (size_t a = 0; a < b->shape.ages; a++) {
            double apart = area->apart[sex] ? area->apart[sex][a] : 0;
            if (!(apart >= 0) || !(area->population[sex][a] >= apart) ||
                !isfinite(area->population[sex][a]))
                return bad_area(i,
                                "a group has fewer than nobody, or fewer people than "
                                "live apart",
                                e);
            if (area->migration[sex] && !isfinite(area->migration[sex][a]))
                return bad_area(i, "the pattern of migration is no number", e);
        }
    }
    if (!area->migration[FEMALE] != !area->migration[MALE])
        return bad_area(i, "one sex has no pattern of migration", e);
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t k = 0; area->moving[sex] && k < b->shape.steps * b->shape.ages; k++)
            if (!isfinite(area->moving[sex][k]))
                return bad_area(i, "a number of migrants is no number", e);
    for (size_t k = 0; k < b->shape.steps * b->shape.ages; k++)
        if (!(area->fertility[k] >= 0) || !isfinite(area->fertility[k]))
            return bad_area(i, "a share of fertility by age is negative or no number", e);
    return ERR_OK;
}

static enum err check(const struct project_batch *b, struct error *e)
{
    if (!b->areas || !b->trajectories || !b->measures || !b->shape.steps ||
        b->shape.ages < 3 || b->shape.ages > PROJECT_BATCH_MAX_AGES ||
        b->trajectories > INT32_MAX || b->probabilities > PROJECT_BATCH_MAX_QUANTILES)
        return error_set(e, ERR_USAGE, "project.batch_shape", NULL,
                         "%zu areas, %zu trajectories, %zu measures, %zu steps, %zu ages "
                         "and %zu quantiles cannot be projected",
                         b->areas, b->trajectories, b->measures, b->shape.steps,
                         b->shape.ages, b->probabilities);
    for (size_t m = 0; m < b->measures; m++)
        if (b->measure[m].ratio && b->measure[m].per >= b->measures)
            return error_set(e, ERR_USAGE, "project.batch_measure", NULL,
                             "measure %zu is over a measure that is not there", m);
    for (size_t i = 0; b->groups && i < b->areas + b->groups; i++)
        if (b->parent[i] != SIZE_MAX && (b->parent[i] <= i || b->parent[i] < b->areas ||
                                         b->parent[i] >= b->areas + b->groups))
            return error_set(e, ERR_USAGE, "project.batch_parent", NULL,
                             "node %zu has node %zu above it; it must be a later group",
                             i, b->parent[i]);
    for (size_t i = 0; i < b->areas; i++) {
        enum err code = check_area(b, i, e);
        if (code)
            return code;
    }
    return ERR_OK;
}

static void release(struct run *r)
{
    for (size_t i = 0; r->workers && i < r->n_workers; i++)
        if (r->workers[i]) {
            mem_free(r->workers[i]->paths);
            mem_free(r->workers[i]->copy);
            mem_free(r->workers[i]);
        }
    mem_free(r->workers);
    mem_free(r->chunk);
    mem_free(r->groups);
}

static enum err reserve(struct run *r, struct error *e)
{
    const struct project_batch *b = r->b;
    size_t moments = b->shape.steps + 1, all;
    if (!size_mul(b->measures * moments, b->trajectories, &r->node_size) ||
        !size_mul(r->node_size, sizeof(double), &all) ||
        !size_mul(all, b->groups, &all) || all > GROUPS_LIMIT) {
        error_set(e, ERR_LIMIT, "project.batch_memory", NULL,
                  "%zu trajectories of %zu measures of %zu groups of areas do not fit "
                  "into memory",
                  b->trajectories, b->measures, b->groups);
        return error_cure(e, "Ask for fewer trajectories, measures or groups.");
    }
    size_t chunk = b->areas < CHUNK ? b->areas : CHUNK;
    r->workers = mem_alloc(r->n_workers, sizeof *r->workers);
    r->chunk = mem_alloc(chunk, r->node_size * sizeof(double));
    r->groups = b->groups ? mem_alloc(b->groups, r->node_size * sizeof(double)) : NULL;
    if (!r->workers || !r->chunk || (b->groups && !r->groups))
        return error_memory(e);
    for (size_t i = 0; i < r->n_workers; i++) {
        struct worker *w = r->workers[i] = mem_alloc(1, sizeof *w);
        if (!w)
            return error_memory(e);
        w->paths = mem_alloc(5 * b->shape.steps, b->trajectories * sizeof(double));
        w->copy = mem_alloc(b->trajectories, sizeof(double));
        if (!w->paths || !w->copy)
            return error_memory(e);
    }
    return ERR_OK;
}

enum err project_batch_run(struct pool *pool, const struct project_batch *batch,
                           const struct project_batch_result *out, struct error *e)
{
    enum err code = check(batch, e);
    if (code)
        return code;
    struct run r = {.b = batch, .out = out, .n_workers = pool_threads(pool)};
    atomic_init(&r.bad, SIZE_MAX);
    code = reserve(&r, e);
    for (; !code && r.first_area < batch->areas; r.first_area += CHUNK) {
        size_t n = batch->areas - r.first_area;
        pool_run(pool, n < CHUNK ? n : CHUNK, run_area, &r);
        if (atomic_load(&r.bad) != SIZE_MAX)
            code =
                bad_area(atomic_load(&r.bad), "a drawn rate is negative or no number", e);
        else if (batch->groups)
            pool_run(pool, (r.node_size + STRETCH - 1) / STRETCH, add_to_groups, &r);
    }
    if (!code && batch->groups)
        pool_run(pool, batch->groups, summarise_group, &r);
    release(&r);
    return code;
}
