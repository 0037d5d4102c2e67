// SPDX-License-Identifier: AGPL-3.0-or-later
// Rounding that keeps sums (project_constrain.h).
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stats/project_constrain.h"

#define WHOLE 1e-7 // a fraction so near to 0 or 1 is none
#define LARGEST 1e15

static enum err check_values(const double *value, size_t n, struct error *e)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs(value[i]) < LARGEST)) {
            error_set(e, ERR_INPUT, "round.value", NULL, "value %zu of %zu is %g", i + 1,
                      n, value[i]);
            return error_cure(e, "Give numbers below 1e15.");
        }
    return ERR_OK;
}

// ---- a table ----

// Fractions of the table with one more row and column, which hold what is missing to
// whole sums; nodes are the rows and, behind them, the columns.
struct fractions {
    size_t rows, columns;
    double *f;       // [row][column]
    size_t *first;   // [node]: no fraction before this place
    size_t *path;    // cells of a walk, one after another
    size_t *seen_at; // [node]: 1 + place in the walk at which it was passed; 0: not
};

static bool broken(double f)
{
    return f > WHOLE && f < 1 - WHOLE;
}

static double fraction(double x)
{
    double f = x - floor(x);
    return f < WHOLE || f > 1 - WHOLE ? 0 : f;
}

static size_t cell_of(const struct fractions *t, bool row, size_t node, size_t place)
{
    return row ? node * t->columns + place : place * t->columns + node;
}

// A broken cell of a node other than `not` ; SIZE_MAX: none.
static size_t other(struct fractions *t, bool row, size_t node, size_t not )
{
    size_t n = row ? t->columns : t->rows, id = row ? node : t->rows + node;
    while (t->first[id] < n && !broken(t->f[cell_of(t, row, node, t->first[id])]))
        t->first[id]++;
    for (size_t i = t->first[id]; i < n; i++) {
        size_t cell = cell_of(t, row, node, i);
        if (cell != not &&broken(t->f[cell]))
            return cell;
    }
    return SIZE_MAX;
}

// Adds and takes along the cells path[from] ... path[until - 1] in turn, as little as
// makes one of them whole.
static void shift(struct fractions *t, size_t from, size_t until)
{
    double up = 1, down = 1; // how far the first may go up, or down
    for (size_t i = from; i < until; i++) {
        double f = t->f[t->path[i]];
        bool with = (i - from) % 2 == 0;
        up = fmin(up, with ? 1 - f : f);
        down = fmin(down, with ? f : 1 - f);
    }
    double by = up <= down ? up : -down;
    for (size_t i = from; i < until; i++) {
        double *f = &t->f[t->path[i]];
        *f += (i - from) % 2 == 0 ? by : -by;
        if (!broken(*f))
            *f = *f < .5 ? 0 : 1;
    }
}

// From a broken cell along rows and columns until a node comes again: a cycle. (Where
// sums are whole but for rounding errors the walk may end: that cell is rounded.)
static void settle(struct fractions *t, size_t start)
{
    size_t n = 0, cell = start;
    bool row = true; // the node that is left next
    size_t node = start / t->columns;
    for (;;) {
        size_t id = row ? node : t->rows + node;
        if (t->seen_at[id]) {
            shift(t, t->seen_at[id] - 1, n);
            break;
        }
        t->seen_at[id] = n + 1;
        cell = other(t, row, node, n ? t->path[n - 1] : SIZE_MAX);
        if (cell == SIZE_MAX) {
            double *f = &t->f[n ? t->path[n - 1] : start];
            *f = *f < .5 ? 0 : 1;
            break;
        }
        t->path[n++] = cell;
        node = row ? cell % t->columns : cell / t->columns;
        row = !row;
    }
    memset(t->seen_at, 0, (t->rows + t->columns) * sizeof *t->seen_at);
}

static enum err reserve(struct fractions *t, struct error *e)
{
    size_t cells;
    if (!size_mul(t->rows, t->columns, &cells))
        return error_memory(e);
    t->f = mem_alloc(cells, sizeof *t->f);
    t->first = mem_alloc(t->rows + t->columns, sizeof *t->first);
    t->path = mem_alloc(t->rows + t->columns + 1, sizeof *t->path);
    t->seen_at = mem_alloc(t->rows + t->columns, sizeof *t->seen_at);
    return t->f && t->first && t->path && t->seen_at ? ERR_OK : error_memory(e);
}

static void extend(struct fractions *t, const double *value, size_t parts, size_t cells)
{
    for (size_t p = 0; p < parts; p++) {
        double row = 0;
        for (size_t c = 0; c < cells; c++) {
            double f = fraction(value[p * cells + c]);
            t->f[p * t->columns + c] = f;
            t->f[parts * t->columns + c] += f; // sums of columns, for now
            row += f;
        }
        t->f[p * t->columns + cells] = fraction(-row);
    }
    double last = 0;
    for (size_t c = 0; c < cells; c++) {
        double *f = &t->f[parts * t->columns + c];
        *f = fraction(-*f);
        last += *f;
    }
    t->f[parts * t->columns + cells] = fraction(-last);
}

enum err project_round(const double *value, size_t parts, size_t cells, int64_t *out,
                       struct error *e)
{
    struct fractions t = {parts + 1, cells + 1, NULL, NULL, NULL, NULL};
    enum err code = check_values(value, parts * cells, e);
    if (!code)
        code = reserve(&t, e);
    if (!code) {
        extend(&t, value, parts, cells);
        for (size_t i = 0; i < t.rows * t.columns; i++)
            while (broken(t.f[i]))
                settle(&t, i);
        for (size_t p = 0; p < parts; p++)
            for (size_t c = 0; c < cells; c++) {
                double x = value[p * cells + c];
                double base = fraction(x) > 0 ? floor(x) : round(x);
                out[p * cells + c] =
                    (int64_t)base + (t.f[p * t.columns + c] > .5 ? 1 : 0);
            }
    }
    mem_free(t.f);
    mem_free(t.first);
    mem_free(t.path);
    mem_free(t.seen_at);
    return code;
}

// ---- a row ----

struct remainder {
    double fraction;
    size_t at;
};

static int largest_first(const void *a, const void *b)
{
    const struct remainder *x = a, *y = b;
    if (x->fraction != y->fraction)
        return x->fraction < y->fraction ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

enum err project_round_row(const double *value, size_t n, int64_t *out, struct error *e)
{
    enum err code = check_values(value, n, e);
    if (code)
        return code;
    struct remainder *r = mem_alloc(n, sizeof *r);
    if (!r)
        return error_memory(e);
    double sum = 0;
    int64_t whole = 0;
    for (size_t i = 0; i < n; i++) {
        sum += value[i];
        out[i] = (int64_t)floor(value[i]);
        whole += out[i];
        r[i] = (struct remainder){value[i] - floor(value[i]), i};
    }
    qsort(r, n, sizeof *r, largest_first);
    int64_t more = (int64_t)llround(sum) - whole;
    for (size_t i = 0; i < n && (int64_t)i < more; i++)
        out[r[i].at]++;
    mem_free(r);
    return ERR_OK;
}
