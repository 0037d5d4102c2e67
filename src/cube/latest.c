// SPDX-License-Identifier: AGPL-3.0-or-later
// last and as_of: sums over each reporter's latest day. Which rows count is found by all
// threads; the rest runs in the order of rows on one, since a reporter's rows lie
// anywhere.
#include <assert.h>
#include <math.h>
#include <string.h>

#include "cube/cube_private.h"

struct latest {
    struct job *job;
    const struct aggregate *g;
    uint8_t *keep; // 1: a current row of the days and areas; 3: the condition is true too
    int32_t *day;  // by reporter and period: the latest day
    size_t n_facilities, n_reporters, n_periods;
    const struct cube_axis *periods; // NULL: one period, all days
    atomic_bool memory;
};

enum { ROW_STANDS = 1, ROW_COUNTS = 2 };

static void mark_lane(void *argument, size_t index, unsigned thread)
{
    struct latest *t = argument;
    const struct job *j = t->job;
    struct expr_scratch *s = cube_scratch(j->cube, thread);
    if (!s) {
        t->memory = true;
        return;
    }
    size_t end = (index + 1) * j->lane_rows;
    if (end > j->batch.n_rows)
        end = j->batch.n_rows;
    for (size_t from = index * j->lane_rows; from < end; from += EXPR_BLOCK) {
        size_t n = end - from < EXPR_BLOCK ? end - from : EXPR_BLOCK;
        uint8_t stands[EXPR_BLOCK], counts[EXPR_BLOCK], *keep = t->keep + from;
        if (!job_keep(j, from, n, stands))
            continue; // keep is zero
        memcpy(counts, stands, n);
        job_where(j, from, n, counts, s);
        for (size_t i = 0; i < n; i++)
            keep[i] = (uint8_t)(stands[i] | counts[i] << 1);
    }
}

// Where and when the rows of a block are.
struct standing {
    int32_t day[EXPR_BLOCK], facility[EXPR_BLOCK], area[EXPR_BLOCK];
};

static void read_standing(const struct latest *t, size_t from, size_t n,
                          struct standing *out)
{
    cube_days(t->job->day, from, n, out->day);
    cube_days(&t->job->batch.columns[FIELD_FACILITY], from, n, out->facility);
    cube_days(t->job->area, from, n, out->area);
}

// The facility where the row has one, else its area; the rows with neither are one.
static inline size_t reporter_of(const struct latest *t, const struct standing *x,
                                 size_t i)
{
    if (x->facility[i] >= 0)
        return (size_t)x->facility[i];
    return t->n_facilities + (x->area[i] >= 0 ? (size_t)x->area[i] + 1 : 0);
}

static int32_t period_end(const struct latest *t, size_t period)
{
    int32_t last = t->job->last;
    if (!t->periods)
        return last;
    int32_t end = t->periods->buckets[period].period.last;
    return end < last ? end : last;
}

// The first period whose end is not before the day: the day's own, or, for an earlier
// day, the first of all.
static inline size_t period_at(const struct latest *t, int32_t day)
{
    size_t low = 0, high = t->n_periods - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (period_end(t, middle) < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void find_days_in(struct latest *t, size_t from, size_t n)
{
    struct standing x;
    read_standing(t, from, n, &x);
    for (size_t i = 0; i < n; i++) {
        if (!t->keep[from + i])
            continue;
        int32_t *at =
            t->day + reporter_of(t, &x, i) * t->n_periods + period_at(t, x.day[i]);
        if (x.day[i] > *at)
            *at = x.day[i];
    }
}

static size_t block_at(const struct latest *t, size_t from)
{
    size_t left = t->job->batch.n_rows - from;
    return left < EXPR_BLOCK ? left : EXPR_BLOCK;
}

static void find_days(struct latest *t)
{
    for (size_t i = 0; i < t->n_reporters * t->n_periods; i++)
        t->day[i] = DATE_NONE;
    for (size_t from = 0; from < t->job->batch.n_rows; from += EXPR_BLOCK)
        find_days_in(t, from, block_at(t, from));
    if (t->g->function != AGGREGATE_AS_OF)
        return;
    for (size_t r = 0; r < t->n_reporters; r++) // what stood at an end stands on
        for (size_t p = 1; p < t->n_periods; p++) {
            int32_t *at = t->day + r * t->n_periods + p;
            if (*at < at[-1])
                *at = at[-1];
        }
}

struct sums {
    struct cube_result *out;
    int64_t *ints; // NULL: decimals, added up in out->values
    bool overflow;
};

static void add_row(struct sums *x, size_t group, union number v)
{
    x->out->rows[group]++;
    if (x->ints)
        x->overflow |= !int_add(x->ints[group], v.i, &x->ints[group]);
    else
        x->out->values[group] += v.d;
}

static void add_block(struct latest *t, struct sums *x, size_t from, size_t n,
                      struct expr_scratch *s)
{
    const struct job *j = t->job;
    int32_t group[EXPR_BLOCK];
    struct standing at;
    read_standing(t, from, n, &at);
    grouping_block(j->grouping, from, n, false, group);
    const struct expr_vector *v = expr_eval(t->g->value, &j->batch, from, n, s);
    assert(v->storage == (x->ints ? COLUMN_I64 : COLUMN_F64));
    bool as_of = t->g->function == AGGREGATE_AS_OF;
    for (size_t i = 0; i < n; i++) {
        if (!(t->keep[from + i] & ROW_COUNTS))
            continue;
        const int32_t *latest = t->day + reporter_of(t, &at, i) * t->n_periods;
        bool null = x->ints ? v->i[i] == NULL_INT : isnan(v->f[i]);
        union number value =
            x->ints ? (union number){.i = v->i[i]} : (union number){.d = v->f[i]};
        for (size_t p = period_at(t, at.day[i]);
             p < t->n_periods && latest[p] == at.day[i]; p++) {
            if (group[i] < 0)
                x->out->outside++;
            else if (!null)
                add_row(x, (size_t)group[i] + p * (size_t)j->grouping->period_stride,
                        value);
            if (!as_of)
                break;
        }
    }
}

static enum err sum_latest(struct latest *t, struct cube_result *out, struct error *e)
{
    const struct job *j = t->job;
    find_days(t);
    struct sums x = {.out = out};
    struct expr_scratch *s = expr_scratch_open();
    if (!s)
        return error_memory(e);
    enum err code = ERR_OK;
    if (expr_type(t->g->value) != TYPE_DECIMAL &&
        !(x.ints = mem_alloc(out->n_groups, sizeof *x.ints)))
        code = error_memory(e);
    for (size_t from = 0; !code && from < j->batch.n_rows; from += EXPR_BLOCK) {
        size_t n = block_at(t, from);
        if (memchr(t->keep + from, ROW_STANDS | ROW_COUNTS, n))
            add_block(t, &x, from, n, s);
    }
    if (!code && x.overflow)
        code = sum_too_large(e);
    for (size_t k = 0; !code && k < out->n_groups; k++)
        if (!out->rows[k])
            out->values[k] = NAN;
        else if (x.ints)
            out->values[k] = (double)x.ints[k];
    mem_free(x.ints);
    expr_scratch_close(s);
    return code;
}

enum err aggregate_latest(struct job *j, struct cube_result *out, struct error *e)
{
    const struct grouping *g = j->grouping;
    const struct places *places = j->cube->county->places;
    struct latest t = {.job = j, .g = j->query->aggregate};
    size_t period_axes = 0;
    for (size_t k = 0; k < g->n_axes; k++)
        period_axes += g->maps[k].period;
    if (period_axes > 1) {
        error_set(e, ERR_INPUT, "cube.two_periods", NULL,
                  "last and as_of can be grouped by one kind of period only");
        return error_cure(e, "leave one of the periods out");
    }
    if (j->any_day) {
        error_set(e, ERR_INPUT, "cube.no_date", NULL,
                  "last and as_of need a date, and the register " STR_FMT " names none",
                  STR_ARG(t.g->reg->name));
        return error_cure(e, "give the register a `date:` in the pack");
    }
    t.periods = g->period >= 0 ? &g->axes[g->period] : NULL;
    t.n_periods = t.periods ? t.periods->n : 1;
    if (!t.n_periods)
        return ERR_OK;
    t.n_facilities = places->n_facilities;
    t.n_reporters = t.n_facilities + places->n_areas + 1;
    if (t.g->function == AGGREGATE_AS_OF)
        j->first = DATE_NONE + 1;
    size_t cells;
    if (!size_mul(t.n_reporters, t.n_periods, &cells))
        return error_memory(e);
    t.keep = mem_alloc(j->batch.n_rows, 1);
    t.day = mem_alloc(cells, sizeof *t.day);
    enum err code = t.keep && t.day ? ERR_OK : error_memory(e);
    if (!code)
        pool_run(j->cube->pool, j->n_lanes, mark_lane, &t);
    if (!code && t.memory)
        code = error_memory(e);
    if (!code)
        code = sum_latest(&t, out, e);
    mem_free(t.day);
    mem_free(t.keep);
    return code;
}
