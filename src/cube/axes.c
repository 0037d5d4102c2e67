// SPDX-License-Identifier: AGPL-3.0-or-later
// The buckets of an axis, and from a row to its group by one table per axis.
#include <assert.h>
#include <string.h>

#include "cube/cube_private.h"

static bool overlaps(int32_t from, int32_t to, int32_t first, int32_t last)
{
    return (from == DATE_NONE || from <= last) && (to == DATE_NONE || to >= first);
}

static enum err level_buckets(const struct places *p, struct arena *a,
                              const struct cube_query *q, int level,
                              struct cube_axis *out, struct error *e)
{
    size_t from = q->root < 0 ? 0 : (size_t)q->root;
    size_t to = q->root < 0 ? p->n_areas : (size_t)p->areas[q->root].last + 1;
    for (int pass = 0; pass < 2; pass++) {
        size_t n = 0;
        for (size_t i = from; i < to; i++) {
            const struct area *x = &p->areas[i];
            if (x->level != level ||
                !overlaps(x->valid_from, x->valid_to, q->first, q->last))
                continue;
            if (pass)
                out->buckets[n] = (struct axis_bucket){.index = (int32_t)i};
            n++;
        }
        if (pass)
            break;
        out->n = n;
        out->buckets = ARENA_ARRAY(a, struct axis_bucket, n + 1);
        if (!out->buckets)
            return error_memory(e);
    }
    return ERR_OK;
}

static enum err index_buckets(struct arena *a, int64_t first, size_t n, bool unrecorded,
                              struct cube_axis *out, struct error *e)
{
    out->n = n + unrecorded;
    out->buckets = ARENA_ARRAY(a, struct axis_bucket, out->n + 1);
    if (!out->buckets)
        return error_memory(e);
    for (size_t i = 0; i < n; i++)
        out->buckets[i].index = (int32_t)(first + (int64_t)i);
    if (unrecorded)
        out->buckets[n].index = -1;
    return ERR_OK;
}

static enum err period_buckets(struct arena *a, const struct cube_query *q,
                               enum period_kind kind, struct cube_axis *out,
                               struct error *e)
{
    size_t n = 0, capacity = 0;
    *out = (struct cube_axis){0};
    if (q->first > q->last)
        return index_buckets(a, 0, 0, false, out, e);
    for (struct period p = period_of(kind, q->first);
         p.first != DATE_NONE && p.first <= q->last; p = period_step(p, 1)) {
        if (n == MAX_BUCKETS) {
            error_set(e, ERR_LIMIT, "cube.periods", NULL,
                      "there are more than %d periods of kind %s between the two days",
                      MAX_BUCKETS, period_kind_name(kind));
            return error_cure(e, "ask for longer periods or for fewer years");
        }
        if (n == capacity) {
            capacity = capacity ? capacity * 2 : 16;
            struct axis_bucket *grown = ARENA_ARRAY(a, struct axis_bucket, capacity);
            if (!grown)
                return error_memory(e);
            if (n)
                memcpy(grown, out->buckets, n * sizeof *grown);
            out->buckets = grown;
        }
        out->buckets[n++].period = p;
    }
    out->n = n;
    return ERR_OK;
}

// --- fields

static const struct reg *owner_of(const struct pack *p, const struct field *f)
{
    for (size_t i = 0; i < p->n_registers; i++) {
        const struct reg *r = &p->registers[i];
        if (f->index < r->n_fields && f == &r->fields[f->index])
            return r;
    }
    return NULL;
}

static enum err not_an_axis(const struct field *f, struct error *e)
{
    error_set(e, ERR_INPUT, "cube.axis", NULL,
              "cannot group by '" STR_FMT "', which is of type %s", STR_ARG(f->name),
              type_name(f->type));
    return error_cure(e,
                      "group by a field of type code or bool, or an int of few values");
}

static enum err too_many_values(const struct field *f, struct error *e)
{
    error_set(e, ERR_INPUT, "cube.values", NULL,
              "'" STR_FMT "' has more than %d values to group by", STR_ARG(f->name),
              MAX_VALUES);
    return error_cure(e, "give the field a smaller min and max in the pack, or make it "
                         "a code");
}

// The values that an int without min and max has in its own register.
static enum err range_in_use(struct cube *cube, const struct field *f, int64_t *low,
                             int64_t *high, struct error *e)
{
    const struct reg *r = owner_of(cube->county->pack, f);
    if (!r)
        return not_an_axis(f, e);
    struct cube_view v;
    enum err code = cube_view_begin(cube, r, &v, e);
    if (code)
        return code;
    const struct column *c = &v.batch.columns[f->index];
    *low = 0;
    *high = -1;
    if (c->storage == COLUMN_ABSENT)
        code = not_an_axis(f, e);
    bool any = false;
    for (size_t i = 0; !code && i < v.batch.n_rows; i++) {
        int64_t x = cube_int(c, i);
        if (x == NULL_INT)
            continue;
        *low = !any || x < *low ? x : *low;
        *high = !any || x > *high ? x : *high;
        any = true;
    }
    cube_view_end(cube, r);
    return code;
}

static enum err field_buckets(struct cube *cube, struct arena *a, const struct field *f,
                              struct cube_axis *out, struct error *e)
{
    if (f->identifies)
        return not_an_axis(f, e);
    switch (f->type) {
    case TYPE_CODE:
        return index_buckets(a, 0, f->n_codes, true, out, e);
    case TYPE_BOOL:
        return index_buckets(a, 0, 2, true, out, e);
    case TYPE_INT:
        break;
    default:
        return not_an_axis(f, e);
    }
    int64_t low = 0, high = -1;
    if (f->has_min && f->has_max && f->max - f->min < MAX_VALUES && f->min > INT32_MIN &&
        f->max <= INT32_MAX && f->min <= f->max) {
        low = (int64_t)f->min;
        high = (int64_t)f->max;
    } else {
        enum err code = range_in_use(cube, f, &low, &high, e);
        if (code)
            return code;
    }
    if (low < 0) { // -1 means not recorded
        error_set(e, ERR_INPUT, "cube.negative", NULL,
                  "cannot group by '" STR_FMT "', which may be negative (%lld)",
                  STR_ARG(f->name), (long long)low);
        return error_cure(e, "group by a field whose values are 0 or more");
    }
    if (high > INT32_MAX || high - low >= MAX_VALUES)
        return too_many_values(f, e);
    return index_buckets(a, low, (size_t)(high - low + 1), true, out, e);
}

enum err cube_buckets(struct cube *cube, struct arena *a, const struct cube_query *q,
                      size_t axis, struct cube_axis *out, struct error *e)
{
    assert(axis < q->n_axes);
    const struct axis *x = &q->axes[axis];
    const struct places *p = cube->county->places;
    switch (x->kind) {
    case AXIS_LEVEL:
        return level_buckets(p, a, q, x->level, out, e);
    case AXIS_FACILITY:
        return index_buckets(a, 0, p->n_facilities, false, out, e);
    case AXIS_PERIOD:
        return period_buckets(a, q, x->period, out, e);
    case AXIS_FIELD:
        return field_buckets(cube, a, x->field, out, e);
    }
    return error_set(e, ERR_INTERNAL, "cube.axis_kind", NULL, "no such axis");
}

// --- from a value to its bucket

static enum err map_table(struct axis_map *m, struct arena *a, int64_t base, size_t n,
                          struct error *e)
{
    m->base = base;
    m->n_table = n;
    m->table = ARENA_ARRAY(a, int32_t, n + 1);
    m->null_bucket = OUTSIDE;
    if (!m->table)
        return error_memory(e);
    for (size_t i = 0; i <= n; i++)
        m->table[i] = OUTSIDE;
    return ERR_OK;
}

static enum err map_level(struct axis_map *m, const struct places *p,
                          const struct cube_axis *x, struct arena *a, int32_t stride,
                          struct error *e)
{
    enum err code = map_table(m, a, 0, p->n_areas, e);
    for (size_t k = 0; !code && k < x->n; k++) {
        int32_t at = x->buckets[k].index;
        for (int32_t i = at; i <= p->areas[at].last; i++)
            m->table[i] = (int32_t)k * stride;
    }
    return code;
}

static enum err map_period(struct axis_map *m, const struct cube_query *q,
                           const struct cube_axis *x, struct arena *a, int32_t stride,
                           struct error *e)
{
    m->period = true;
    size_t n = x->n ? (size_t)((int64_t)q->last - q->first) + 1 : 0;
    enum err code = map_table(m, a, q->first, n, e);
    for (size_t k = 0; !code && k < x->n; k++) {
        const struct period *p = &x->buckets[k].period;
        int32_t from = p->first < q->first ? q->first : p->first;
        int32_t to = p->last > q->last ? q->last : p->last;
        for (int32_t day = from; day <= to; day++)
            m->table[day - q->first] = (int32_t)k * stride;
    }
    return code;
}

static enum err map_field(struct axis_map *m, const struct reg *r, const struct field *f,
                          const struct cube_axis *x, struct arena *a, int32_t stride,
                          const struct column *columns, struct error *e)
{
    const struct field *mine =
        f->index < r->n_fields && f == &r->fields[f->index] ? f : reg_field(r, f->name);
    if (!mine || mine->type != f->type || columns[mine->index].storage == COLUMN_ABSENT) {
        error_set(e, ERR_INPUT, "cube.axis_field", NULL,
                  "the register " STR_FMT " has no field '" STR_FMT
                  "' of type %s to group by",
                  STR_ARG(r->name), STR_ARG(f->name), type_name(f->type));
        return error_cure(e, "group by a field that all registers of the measure have");
    }
    m->column = &columns[mine->index];
    size_t n = x->n - 1; // the last bucket is "not recorded"
    int64_t base = n && f->type == TYPE_INT ? x->buckets[0].index : 0;
    enum err code = map_table(m, a, base, mine->type == TYPE_CODE ? mine->n_codes : n, e);
    if (code)
        return code;
    m->null_bucket = (int32_t)n * stride;
    for (size_t i = 0; i < m->n_table; i++) {
        int bucket = (int)i;
        if (mine != f && f->type == TYPE_CODE)
            bucket = field_code(f, mine->codes[i].value);
        if (bucket >= 0)
            m->table[i] = bucket * stride;
    }
    return ERR_OK;
}

// A column of bytes needs no bounds.
static void map_bytes(struct axis_map *m)
{
    for (int64_t v = 0; v < UINT8_MAX; v++)
        m->bytes[v] = v >= m->base && (size_t)(v - m->base) < m->n_table
                          ? m->table[v - m->base]
                          : OUTSIDE;
    m->bytes[UINT8_MAX] = m->null_bucket;
}

enum err grouping_make(const struct cube_query *q, const struct cube_view *v,
                       const struct places *places, const struct cube_axis *axes,
                       struct arena *a, struct grouping *out, struct error *e)
{
    *out =
        (struct grouping){.axes = axes, .n_axes = q->n_axes, .n_groups = 1, .period = -1};
    for (size_t k = 0; k < q->n_axes; k++)
        if (!size_mul(out->n_groups, axes[k].n, &out->n_groups) ||
            out->n_groups > MAX_GROUPS) {
            error_set(e, ERR_LIMIT, "cube.groups", NULL,
                      "the axes make more than %d groups", MAX_GROUPS);
            return error_cure(e, "leave an axis out, or use longer periods or larger "
                                 "areas");
        }
    const struct column *columns = v->batch.columns;
    size_t stride = 1;
    for (size_t k = q->n_axes; k-- > 0;) {
        const struct axis *x = &q->axes[k];
        struct axis_map *m = &out->maps[k];
        enum err code = ERR_OK;
        int32_t step = (int32_t)stride;
        switch (x->kind) {
        case AXIS_LEVEL:
            m->column = &columns[FIELD_AREA];
            code = map_level(m, places, &axes[k], a, step, e);
            break;
        case AXIS_FACILITY:
            m->column = &columns[FIELD_FACILITY];
            code = map_table(m, a, 0, places->n_facilities, e);
            for (size_t i = 0; !code && i < axes[k].n; i++)
                m->table[i] = (int32_t)i * step;
            break;
        case AXIS_PERIOD:
            m->column = &columns[FIELD_DATE];
            code = map_period(m, q, &axes[k], a, step, e);
            out->period = (int)k;
            out->period_stride = step;
            break;
        case AXIS_FIELD:
            code = map_field(m, v->reg, x->field, &axes[k], a, step, columns, e);
            break;
        }
        if (code)
            return code;
        map_bytes(m);
        stride *= axes[k].n;
    }
    return ERR_OK;
}

// Adds the axis to out[]; the table has OUTSIDE at n_table, for all that lies beyond.
#define ADD_BUCKETS(type, unsigned_type, null)                                           \
    do {                                                                                 \
        const type *restrict data = (const type *)m->column->data + from;                \
        const unsigned_type base = (unsigned_type)m->base,                               \
                            beyond = (unsigned_type)m->n_table;                          \
        /* A narrow null could be a place or a day of the table. */                      \
        if (m->null_bucket == OUTSIDE && sizeof(type) >= sizeof(int32_t)) {              \
            for (size_t i = 0; i < n; i++) {                                             \
                unsigned_type at = (unsigned_type)data[i] - base;                        \
                out[i] += table[at < beyond ? at : beyond];                              \
            }                                                                            \
        } else {                                                                         \
            for (size_t i = 0; i < n; i++) {                                             \
                unsigned_type at = (unsigned_type)data[i] - base;                        \
                int32_t bucket = table[at < beyond ? at : beyond];                       \
                out[i] += data[i] == (null) ? m->null_bucket : bucket;                   \
            }                                                                            \
        }                                                                                \
    } while (0)

static void add_bytes(const struct axis_map *m, size_t from, size_t n,
                      int32_t *restrict out)
{
    const uint8_t *restrict data = (const uint8_t *)m->column->data + from;
    for (size_t i = 0; i < n; i++)
        out[i] += m->bytes[data[i]];
}

void grouping_block(const struct grouping *g, size_t from, size_t n, bool with_period,
                    int32_t *restrict out)
{
    memset(out, 0, n * sizeof *out);
    for (size_t k = 0; k < g->n_axes; k++) {
        const struct axis_map *m = &g->maps[k];
        const int32_t *restrict table = m->table;
        if (m->period && !with_period)
            continue;
        switch (m->column->storage) {
        case COLUMN_U8:
            add_bytes(m, from, n, out);
            break;
        case COLUMN_U16:
            ADD_BUCKETS(uint16_t, uint32_t, UINT16_MAX);
            break;
        case COLUMN_I32:
            ADD_BUCKETS(int32_t, uint32_t, INT32_MIN);
            break;
        case COLUMN_I64:
            ADD_BUCKETS(int64_t, uint64_t, INT64_MIN);
            break;
        default:
            assert(false && "a column to group by");
        }
    }
}
