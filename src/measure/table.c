// SPDX-License-Identifier: AGPL-3.0-or-later
#include "measure/table.h"

enum err measure_table_begin(struct arena *a, const struct indicator *const *list,
                             size_t n, struct period period, int32_t root,
                             struct measure_table *out, struct error *e)
{
    *out = (struct measure_table){.period = period, .root = root, .list = list, .n = n};
    out->axes = arena_alloc(a, n + 1, sizeof *out->axes);
    out->now = ARENA_ARRAY(a, struct figures, n + 1);
    return out->axes && out->now ? ERR_OK : error_memory(e);
}

// --- axes

static bool same_axis(const struct axis *a, const struct axis *b)
{
    return a->kind == b->kind && (a->kind != AXIS_LEVEL || a->level == b->level) &&
           (a->kind != AXIS_PERIOD || a->period == b->period) &&
           (a->kind != AXIS_FIELD || a->field == b->field);
}

enum err measure_table_by(const struct measure *m, struct measure_table *t,
                          struct str name, struct error *e)
{
    if (t->n_axes == CUBE_MAX_AXES)
        return error_set(e, ERR_LIMIT, "figures.by", "by",
                         "figures can be broken down by %d things at most",
                         CUBE_MAX_AXES);
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < t->n; i++) {
        struct axis *axis = &t->axes[i][t->n_axes], other;
        code = measure_axis(m, t->list[i]->numerator, name, axis, e);
        if (!code && t->list[i]->denominator && axis->kind == AXIS_FIELD)
            code = measure_axis(m, t->list[i]->denominator, name, &other, e);
        for (size_t k = 0; !code && k < t->n_axes; k++)
            if (same_axis(&t->axes[i][k], axis))
                code = error_set(e, ERR_INPUT, "figures.by", "by",
                                 "'" STR_FMT "' was asked for twice", STR_ARG(name));
    }
    t->n_axes += !code;
    return code;
}

// The one axis of time of a span; SIZE_MAX: there is none, or several.
static size_t axis_of_sums(const struct measure_table *t)
{
    size_t found = SIZE_MAX, n = 0;
    for (size_t d = 0; t->n && d < t->n_axes; d++)
        if (t->axes[0][d].kind == AXIS_PERIOD && ++n)
            found = d;
    return n == 1 && period_is_span(&t->period) ? found : SIZE_MAX;
}

// --- counting

static struct measure_scope scope_of(const struct measure_table *t, size_t i)
{
    return (struct measure_scope){t->period, t->root, t->axes[i], t->n_axes};
}

// The bucket of a year ago that b is: the same place or code, the same months.
static size_t same_bucket(const struct cube_axis *then, const struct axis *axis,
                          const struct axis_bucket *b, size_t guess)
{
    struct period past = period_year_before(b->period);
    for (size_t k = 0; k < then->n; k++) {
        size_t i = (guess + k) % then->n;
        const struct axis_bucket *t = &then->buckets[i];
        if (axis->kind == AXIS_PERIOD ? t->period.first == past.first
                                      : t->index == b->index)
            return i;
    }
    return SIZE_MAX;
}

// The figures of a year ago in the order of this year's buckets; places open and close.
static enum err align(struct arena *a, const struct measure_table *t, size_t i,
                      struct figures *then, struct error *e)
{
    const struct figures *now = &t->now[i];
    size_t *same[CUBE_MAX_AXES];
    for (size_t d = 0; d < t->n_axes; d++) {
        same[d] = ARENA_ARRAY(a, size_t, now->axes[d].n + 1);
        if (!same[d])
            return error_memory(e);
        for (size_t k = 0; k < now->axes[d].n; k++)
            same[d][k] = then->axes[d].n ? same_bucket(&then->axes[d], &t->axes[i][d],
                                                       &now->axes[d].buckets[k], k)
                                         : SIZE_MAX;
    }
    struct figure *list = ARENA_ARRAY(a, struct figure, now->n + 1);
    if (!list)
        return error_memory(e);
    for (size_t g = 0; g < now->n; g++) {
        size_t rest = g, at = 0, step = 1;
        for (size_t d = t->n_axes; d-- > 0 && at != SIZE_MAX;) {
            size_t k = same[d][rest % now->axes[d].n];
            rest /= now->axes[d].n;
            at = k == SIZE_MAX ? SIZE_MAX : at + k * step;
            step *= then->axes[d].n;
        }
        list[g] =
            at < then->n ? then->list[at] : (struct figure){.state = FIGURE_NO_DATA};
    }
    then->list = list;
    then->n = now->n;
    return ERR_OK;
}

static enum err count(const struct measure *m, struct arena *a, struct measure_table *t,
                      size_t i, struct error *e)
{
    struct measure_scope scope = scope_of(t, i);
    enum err code = measure_indicator(m, a, t->list[i], &scope, &t->now[i], e);
    if (!code && t->sums)
        code = measure_sums(m, a, t->list[i], &scope, &t->now[i], &t->sums[i], e);
    if (code || !t->before)
        return code;
    scope.period = period_year_before(t->period);
    code = measure_indicator(m, a, t->list[i], &scope, &t->before[i], e);
    return code ? code : align(a, t, i, &t->before[i], e);
}

enum err measure_table_count(const struct measure *m, struct arena *a,
                             struct measure_table *t, bool before, struct error *e)
{
    enum err code = ERR_OK;
    bool sums = axis_of_sums(t) != SIZE_MAX;
    t->before = before ? ARENA_ARRAY(a, struct figures, t->n + 1) : NULL;
    t->sums = sums ? ARENA_ARRAY(a, struct figures, t->n + 1) : NULL;
    if ((before && !t->before) || (sums && !t->sums))
        return error_memory(e);
    for (size_t i = 0; !code && i < t->n; i++)
        code = count(m, a, t, i, e);
    return code;
}

// --- the sums as one more bucket

enum err measure_table_joined(struct arena *a, const struct measure_table *t, size_t i,
                              struct figures *out, struct error *e)
{
    const struct figures *parts = &t->now[i];
    size_t at = axis_of_sums(t), step = 1;
    *out = *parts;
    if (!t->sums || !t->sums[i].n)
        return ERR_OK;
    size_t n = parts->axes[at].n;
    for (size_t d = at + 1; d < t->n_axes; d++)
        step *= parts->axes[d].n;
    struct axis_bucket *buckets = ARENA_ARRAY(a, struct axis_bucket, n + 1);
    out->n = parts->n / n * (n + 1);
    out->list = ARENA_ARRAY(a, struct figure, out->n);
    if (!buckets || !out->list)
        return error_memory(e);
    for (size_t k = 0; k < n; k++)
        buckets[k] = parts->axes[at].buckets[k];
    buckets[n] = (struct axis_bucket){.period = t->period};
    out->axes[at] = (struct cube_axis){buckets, n + 1};
    for (size_t g = 0; g < out->n; g++) {
        size_t inner = g % step, k = g / step % (n + 1), outer = g / step / (n + 1);
        out->list[g] = k < n ? parts->list[(outer * n + k) * step + inner]
                             : t->sums[i].list[outer * step + inner];
    }
    return ERR_OK;
}

const struct axis_bucket *measure_table_bucket(const struct measure_table *t,
                                               const struct figures *f, size_t g,
                                               size_t d)
{
    for (size_t k = t->n_axes; k-- > d + 1;)
        g /= f->axes[k].n;
    return &f->axes[d].buckets[g % f->axes[d].n];
}
