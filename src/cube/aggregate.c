// SPDX-License-Identifier: AGPL-3.0-or-later
// Count, sum, mean, min and max by group. The rows are cut into lanes, by their number
// and that of the groups alone, and each lane has its own results: lanes are then added
// in their order, so that the answer is the same on any number of threads.
#include <assert.h>
#include <math.h>
#include <string.h>

#include "cube/cube_private.h"

struct lane {
    int64_t *rows; // n_groups, then one slot for outside, one for rows that do not count
    union number *sum; // sum, min or max
    int64_t outside;
    bool overflow, memory;
};

struct run {
    struct job *job;
    const struct aggregate *g;
    struct lane *lanes;
    size_t n_groups;
    bool decimal; // values are doubles
};

// --- which rows count

static bool any_kept(const uint8_t *keep, size_t n)
{
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++)
        any |= keep[i];
    return any;
}

#define KEEP_BETWEEN(type, null)                                                         \
    do {                                                                                 \
        const type *data = (const type *)c->data + from;                                 \
        for (size_t i = 0; i < n; i++)                                                   \
            keep[i] &=                                                                   \
                (uint8_t)((data[i] >= first) & (data[i] <= last) & (data[i] != (null))); \
    } while (0)

static void keep_between(const struct column *c, size_t from, size_t n, int32_t first,
                         int32_t last, uint8_t *restrict keep)
{
    switch (c->storage) {
    case COLUMN_U8:
        KEEP_BETWEEN(uint8_t, UINT8_MAX);
        break;
    case COLUMN_U16:
        KEEP_BETWEEN(uint16_t, UINT16_MAX);
        break;
    default:
        assert(c->storage == COLUMN_I32);
        KEEP_BETWEEN(int32_t, INT32_MIN);
    }
}

bool job_keep(const struct job *j, size_t from, size_t n, uint8_t *restrict keep)
{
    if (j->state->storage == COLUMN_U8) {
        const uint8_t *state = (const uint8_t *)j->state->data + from;
        uint8_t current = (uint8_t)j->current;
        for (size_t i = 0; i < n; i++)
            keep[i] = state[i] == current;
    } else {
        for (size_t i = 0; i < n; i++)
            keep[i] = cube_int(j->state, from + i) == j->current;
    }
    if (!j->any_day)
        keep_between(j->day, from, n, j->first, j->last, keep);
    if (j->root_first >= 0)
        keep_between(j->area, from, n, j->root_first, j->root_last, keep);
    return any_kept(keep, n);
}

bool job_where(const struct job *j, size_t from, size_t n, uint8_t *restrict keep,
               struct expr_scratch *s)
{
    const struct expr *where = j->query->aggregate->where;
    if (!where)
        return true;
    uint8_t yes[EXPR_BLOCK];
    expr_select(where, &j->batch, from, n, yes, s);
    for (size_t i = 0; i < n; i++)
        keep[i] &= yes[i];
    return any_kept(keep, n);
}

// --- one block

static void add_ints(struct lane *l, enum aggregate_function f, const int32_t *slot,
                     const int64_t *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t v = values[i];
        if (v == NULL_INT)
            continue;
        union number *at = &l->sum[slot[i]];
        bool first = l->rows[slot[i]]++ == 0;
        if (f == AGGREGATE_MIN)
            at->i = first || v < at->i ? v : at->i;
        else if (f == AGGREGATE_MAX)
            at->i = first || v > at->i ? v : at->i;
        else
            l->overflow |= !int_add(at->i, v, &at->i);
    }
}

static void add_doubles(struct lane *l, enum aggregate_function f, const int32_t *slot,
                        const double *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double v = values[i];
        if (isnan(v))
            continue;
        union number *at = &l->sum[slot[i]];
        bool first = l->rows[slot[i]]++ == 0;
        if (f == AGGREGATE_MIN)
            at->d = first || v < at->d ? v : at->d;
        else if (f == AGGREGATE_MAX)
            at->d = first || v > at->d ? v : at->d;
        else
            at->d += v;
    }
}

static void run_block(const struct run *r, struct lane *l, size_t from, size_t n,
                      struct expr_scratch *s)
{
    uint8_t keep[EXPR_BLOCK];
    int32_t slot[EXPR_BLOCK];
    const struct job *j = r->job;
    if (!job_keep(j, from, n, keep) || !job_where(j, from, n, keep, s))
        return;
    grouping_block(j->grouping, from, n, true, slot);
    int32_t out = (int32_t)r->n_groups, none = out + 1;
    int32_t outside = 0;
    for (size_t i = 0; i < n; i++) {
        int32_t at = slot[i] < 0 ? out : slot[i];
        at = keep[i] ? at : none;
        outside += at == out;
        slot[i] = at;
    }
    l->outside += outside;
    if (r->g->function == AGGREGATE_COUNT) {
        int64_t *restrict rows = l->rows;
        for (size_t i = 0; i < n; i++)
            rows[slot[i]]++;
        return;
    }
    const struct expr_vector *v = expr_eval(r->g->value, &j->batch, from, n, s);
    assert(v->storage == (r->decimal ? COLUMN_F64 : COLUMN_I64));
    if (r->decimal)
        add_doubles(l, r->g->function, slot, v->f, n);
    else
        add_ints(l, r->g->function, slot, v->i, n);
}

static void run_lane(void *argument, size_t index, unsigned thread)
{
    struct run *r = argument;
    const struct job *j = r->job;
    struct lane *l = &r->lanes[index];
    struct expr_scratch *s = NULL;
    if ((r->g->where || r->g->value) && !(s = cube_scratch(j->cube, thread))) {
        l->memory = true;
        return;
    }
    size_t from = index * j->lane_rows, end = from + j->lane_rows;
    if (end > j->batch.n_rows)
        end = j->batch.n_rows;
    for (; from < end; from += EXPR_BLOCK)
        run_block(r, l, from, end - from < EXPR_BLOCK ? end - from : EXPR_BLOCK, s);
}

// --- all lanes

static void merge(const struct run *r, struct lane *into, const struct lane *l)
{
    enum aggregate_function f = r->g->function;
    into->outside += l->outside;
    into->overflow |= l->overflow;
    into->memory |= l->memory;
    for (size_t k = 0; k < r->n_groups; k++) {
        if (!l->rows[k])
            continue;
        bool first = into->rows[k] == 0;
        into->rows[k] += l->rows[k];
        if (f == AGGREGATE_COUNT)
            continue;
        union number *at = &into->sum[k], v = l->sum[k];
        bool sums = f == AGGREGATE_SUM || f == AGGREGATE_MEAN;
        bool takes =
            first || (r->decimal ? (f == AGGREGATE_MIN ? v.d < at->d : v.d > at->d)
                                 : (f == AGGREGATE_MIN ? v.i < at->i : v.i > at->i));
        if (!sums)
            *at = takes ? v : *at;
        else if (r->decimal)
            at->d += v.d;
        else
            into->overflow |= !int_add(at->i, v.i, &at->i);
    }
}

static void write_out(const struct run *r, const struct lane *l, struct cube_result *out)
{
    enum aggregate_function f = r->g->function;
    for (size_t k = 0; k < r->n_groups; k++) {
        out->rows[k] = l->rows[k];
        if (f == AGGREGATE_COUNT) {
            out->values[k] = (double)l->rows[k];
            continue;
        }
        double v = r->decimal ? l->sum[k].d : (double)l->sum[k].i;
        if (!l->rows[k])
            v = f == AGGREGATE_SUM ? 0 : NAN;
        else if (f == AGGREGATE_MEAN)
            v /= (double)l->rows[k];
        out->values[k] = v;
    }
    out->outside = l->outside;
}

enum err sum_too_large(struct error *e)
{
    return error_set(e, ERR_LIMIT, "cube.overflow", NULL,
                     "a sum of whole numbers passes 2^63");
}

static enum err aggregate_plain(struct job *j, struct cube_result *out, struct error *e)
{
    struct run r = {.job = j, .g = j->query->aggregate, .n_groups = out->n_groups};
    r.decimal = r.g->value && expr_type(r.g->value) == TYPE_DECIMAL;
    bool sums = r.g->function != AGGREGATE_COUNT;
    size_t slots = out->n_groups + 2, size;
    int64_t *rows = NULL;
    union number *sum = NULL;
    r.lanes = mem_alloc(j->n_lanes, sizeof *r.lanes);
    if (r.lanes && size_mul(slots, j->n_lanes, &size)) {
        rows = mem_alloc(size, sizeof *rows);
        sum = sums ? mem_alloc(size, sizeof *sum) : NULL;
    }
    enum err code = ERR_OK;
    if (!rows || (sums && !sum)) {
        code = error_memory(e);
        goto out;
    }
    for (size_t i = 0; i < j->n_lanes; i++) {
        r.lanes[i].rows = rows + i * slots;
        r.lanes[i].sum = sum ? sum + i * slots : NULL;
    }
    pool_run(j->cube->pool, j->n_lanes, run_lane, &r);
    for (size_t i = 1; i < j->n_lanes; i++)
        merge(&r, &r.lanes[0], &r.lanes[i]);
    if (r.lanes[0].memory)
        code = error_memory(e);
    else if (r.lanes[0].overflow)
        code = sum_too_large(e);
    else
        write_out(&r, &r.lanes[0], out);
out:
    mem_free(sum);
    mem_free(rows);
    mem_free(r.lanes);
    return code;
}

// --- the query

enum { LANE_ROWS = 1 << 16, MAX_LANES = 64, MAX_SLOTS = 1 << 21 };

static void cut_lanes(struct job *j, size_t n_groups)
{
    size_t lanes = (j->batch.n_rows + LANE_ROWS - 1) / LANE_ROWS;
    size_t most = MAX_SLOTS / (n_groups + 2);
    if (lanes > MAX_LANES)
        lanes = MAX_LANES;
    if (lanes > most)
        lanes = most;
    j->n_lanes = lanes ? lanes : 1;
    size_t rows = (j->batch.n_rows + j->n_lanes - 1) / j->n_lanes;
    j->lane_rows = (rows + EXPR_BLOCK - 1) / EXPR_BLOCK * EXPR_BLOCK;
}

static enum err check_fields(const struct expr *x, const struct cube_view *v, bool *used,
                             struct error *e)
{
    if (!x)
        return ERR_OK;
    const struct reg *r = v->reg;
    memset(used, 0, r->n_fields * sizeof *used);
    expr_fields(x, used);
    for (size_t i = 0; i < r->n_fields; i++) {
        if (!used[i] || v->batch.columns[i].storage != COLUMN_ABSENT)
            continue;
        error_set(e, ERR_INPUT, "cube.field", NULL,
                  "the field '" STR_FMT "' of " STR_FMT " (%s%s) cannot be counted over",
                  STR_ARG(r->fields[i].name), STR_ARG(r->name),
                  type_name(r->fields[i].type),
                  r->fields[i].identifies ? ", it identifies a person" : "");
        return error_cure(e, "use fields of type code, bool, int, decimal, date, area or "
                             "facility that do not identify");
    }
    return ERR_OK;
}

static enum err job_make(struct job *j, struct cube *cube, const struct cube_query *q,
                         const struct cube_view *v, struct error *e)
{
    const struct reg *r = v->reg;
    const struct places *p = cube->county->places;
    *j = (struct job){.cube = cube,
                      .query = q,
                      .batch = v->batch,
                      .state = &v->batch.columns[FIELD_STATE],
                      .day = &v->batch.columns[FIELD_DATE],
                      .area = &v->batch.columns[FIELD_AREA],
                      .first = q->first,
                      .last = q->last,
                      .root_first = q->root,
                      .root_last = q->root < 0 ? -1 : p->areas[q->root].last};
    j->batch.today = q->today;
    j->current = field_code(&r->fields[FIELD_STATE], STR("current"));
    // A register of kind areas or facilities, say: its rows have no day to be counted by.
    j->any_day = !r->date || j->day->storage == COLUMN_ABSENT;
    if (j->first < DATE_NONE + 1)
        j->first = DATE_NONE + 1;
    if (j->current < 0 || j->area->storage == COLUMN_ABSENT)
        return error_set(e, ERR_INTERNAL, "cube.register", NULL,
                         "the register " STR_FMT " lacks a system field",
                         STR_ARG(r->name));
    return ERR_OK;
}

static enum err aggregate_view(struct cube *cube, struct arena *a,
                               const struct cube_query *q, const struct cube_view *v,
                               struct cube_result *out, struct error *e)
{
    struct job j;
    struct grouping grouping;
    bool *used = ARENA_ARRAY(a, bool, v->reg->n_fields);
    enum err code =
        used ? check_fields(q->aggregate->where, v, used, e) : error_memory(e);
    if (!code)
        code = check_fields(q->aggregate->value, v, used, e);
    if (!code)
        code = job_make(&j, cube, q, v, e);
    if (!code)
        code = grouping_make(q, v, cube->county->places, out->axes, a, &grouping, e);
    if (code)
        return code;
    j.grouping = &grouping;
    out->n_groups = grouping.n_groups;
    out->values = ARENA_ARRAY(a, double, out->n_groups);
    out->rows = ARENA_ARRAY(a, int64_t, out->n_groups);
    if (!out->values || !out->rows)
        return error_memory(e);
    cut_lanes(&j, out->n_groups);
    bool latest = q->aggregate->function == AGGREGATE_LAST ||
                  q->aggregate->function == AGGREGATE_AS_OF;
    return latest ? aggregate_latest(&j, out, e) : aggregate_plain(&j, out, e);
}

enum err cube_aggregate(struct cube *cube, struct arena *a, const struct cube_query *q,
                        struct cube_result *out, struct error *e)
{
    assert(q->n_axes <= CUBE_MAX_AXES);
    assert((q->aggregate->function == AGGREGATE_COUNT) == !q->aggregate->value);
    *out = (struct cube_result){0};
    enum err code = ERR_OK;
    for (size_t i = 0; i < q->n_axes && !code; i++)
        code = cube_buckets(cube, a, q, i, &out->axes[i], e);
    if (code)
        return code;
    struct cube_view v;
    code = cube_view_begin(cube, q->aggregate->reg, &v, e);
    if (code)
        return code;
    code = aggregate_view(cube, a, q, &v, out, e);
    cube_view_end(cube, q->aggregate->reg);
    return code;
}
