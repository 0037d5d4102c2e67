// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/project_survival.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HIGHEST_RATE 4.0 // a year and person
#define LOWEST_RATE 1e-9

enum { MOST_ROUNDS = 200 };

// A family of life tables by one parameter; larger is a longer life.
struct family {
    const struct project_survival_source *from;
    struct lifetable t;   // of the rates last asked for
    const double **table; // [tables] rates in order of life expectancy
    double *expectancy;   // [tables] of each
    double *logit;        // BRASS: [n] of the dead before each age
    double *dying;        // BRASS: [n] the own probabilities of the table
};

static double clamp_rate(double m)
{
    return fmin(fmax(m, LOWEST_RATE), HIGHEST_RATE);
}

// Brass: survivors shifted by x in logits; rates from them with the table's own shape
// within groups, the open group's as the one before it.
static void brass(struct family *f, double x)
{
    const double *m = f->table[0];
    size_t n = f->t.n;
    double alive = 1, ratio = 1;
    for (size_t i = 0; i + 1 < n; i++) {
        double next = 1 / (1 + exp(2 * (f->logit[i + 1] - x)));
        double q = 1 - next / alive;
        // the hazard beside the table's own
        if (f->dying[i] < 1 && q < 1 && q > 0)
            ratio = log1p(-q) / log1p(-f->dying[i]);
        f->t.m[i] = clamp_rate(m[i] * ratio);
        alive = fmax(next, 1e-300);
    }
    f->t.m[n - 1] = clamp_rate(m[n - 1] * ratio);
}

static void between(struct family *f, double x)
{
    size_t tables = f->from->tables, n = f->t.n, i = 0;
    double last = (double)(tables - 1);
    if (x > 0)
        i = x >= last ? tables - 2 : (size_t)x;
    const double *low = f->table[i], *high = f->table[i + 1];
    const double *first = f->table[0], *end = f->table[tables - 1];
    double inside = fmin(fmax(x, 0), last), beyond = x - inside;
    for (size_t k = 0; k < n; k++) {
        double y = log(low[k]) + (inside - (double)i) * log(high[k] / low[k]);
        // the slope of all is steadier than that of the last two; no rate turns back
        double slope = fmin(log(end[k] / first[k]) / last, 0);
        f->t.m[k] = clamp_rate(exp(y + beyond * slope));
    }
}

static void lee_carter(struct family *f, double x)
{
    const double *slope = f->from->slope;
    for (size_t k = 0; k < f->t.n; k++)
        f->t.m[k] = clamp_rate(f->table[0][k] * exp(-x * (slope ? slope[k] : 1)));
}

static enum err expectancy_at(struct family *f, double x, double *e0, struct error *e)
{
    switch (f->from->family) {
    case PROJECT_SURVIVAL_BRASS:
        brass(f, x);
        break;
    case PROJECT_SURVIVAL_LEE_CARTER:
        lee_carter(f, x);
        break;
    case PROJECT_SURVIVAL_BETWEEN:
        between(f, x);
        break;
    }
    enum err code = lifetable_from_rates(&f->t, &f->from->rule, e);
    *e0 = f->t.e[0];
    return code;
}

static enum err no_answer(double e0, double found, struct error *e)
{
    error_set(e, ERR_INPUT, "survival.reach", NULL,
              "these life tables do not reach a life expectancy of %.1f years (%.1f at "
              "the most extreme)",
              e0, found);
    return error_cure(e, "Ask for a narrower range of life expectancies, or give a table "
                         "nearer to it.");
}

// The family's table with this life expectancy: widens from x until it is between two
// parameters, then halves and interpolates (Dowell and Jarratt 1971).
static enum err solve(struct family *f, double e0, double *x, struct error *e)
{
    double low = *x, high = *x, at_low, at_high, step = .05, found;
    enum err code = expectancy_at(f, low, &at_low, e);
    at_low -= e0;
    at_high = at_low;
    for (int i = 0; !code && at_low > 0; i++, step *= 2) {
        if (i > 40)
            return no_answer(e0, at_low + e0, e);
        high = low;
        at_high = at_low;
        code = expectancy_at(f, low -= step, &at_low, e);
        at_low -= e0;
    }
    for (int i = 0; !code && at_high < 0; i++, step *= 2) {
        if (i > 40)
            return no_answer(e0, at_high + e0, e);
        low = high;
        at_low = at_high;
        code = expectancy_at(f, high += step, &at_high, e);
        at_high -= e0;
    }
    int side = 0;
    for (int i = 0; !code && i < MOST_ROUNDS; i++) {
        double d = at_high - at_low;
        *x = d > 0 ? low - at_low * (high - low) / d : low;
        code = expectancy_at(f, *x, &found, e);
        found -= e0;
        if (fabs(found) < 1e-10 || high - low < 1e-14 * (1 + fabs(low)))
            break;
        if (found > 0) {
            high = *x;
            at_high = found;
            at_low *= side == 1 ? .5 : 1;
            side = 1;
        } else {
            low = *x;
            at_low = found;
            at_high *= side == -1 ? .5 : 1;
            side = -1;
        }
    }
    return code;
}

static enum err check(const struct project_survival_source *from,
                      const struct project_survival_grid *grid, struct error *e)
{
    size_t least = from->family == PROJECT_SURVIVAL_BETWEEN ? 2 : 1;
    if (from->n < 2 || from->tables < least ||
        (from->tables > 1 && from->family != PROJECT_SURVIVAL_BETWEEN)) {
        error_set(e, ERR_INPUT, "survival.tables", NULL,
                  "%zu life tables of %zu ages; this family wants %s", from->tables,
                  from->n, least == 2 ? "two or more" : "one");
        return error_cure(e, "Give one table to move, or several to interpolate.");
    }
    if (!(grid->step > 0) || !(grid->low > 0) || !(grid->high > grid->low) ||
        !((grid->high - grid->low) / grid->step < 100000) || grid->ages < 3 ||
        grid->ages > PROJECT_BATCH_MAX_AGES)
        return error_set(e, ERR_USAGE, "survival.grid", NULL,
                         "life expectancies from %g to %g by %g, and %zu ages", grid->low,
                         grid->high, grid->step, grid->ages);
    for (size_t i = 0; i < from->tables * from->n; i++)
        if (!(from->rates[i] > 0) || !isfinite(from->rates[i])) {
            char where[64];
            snprintf(where, sizeof where, "life table %zu, age %d", i / from->n + 1,
                     (int)from->age[i % from->n]);
            error_set(e, ERR_INPUT, "survival.rate", where,
                      "the death rate is %g; a table that is moved wants rates above 0",
                      from->rates[i]);
            return error_cure(e, "Smooth the table, or join ages without deaths.");
        }
    return ERR_OK;
}

// Orders the tables by life expectancy, and prepares what a family needs.
static enum err prepare(struct arena *a, struct family *f, struct error *e)
{
    const struct project_survival_source *from = f->from;
    size_t n = from->n;
    double *columns = ARENA_ARRAY(a, double, 10 * n);
    f->table = ARENA_ARRAY(a, const double *, from->tables);
    f->expectancy = ARENA_ARRAY(a, double, from->tables);
    if (!columns || !f->table || !f->expectancy)
        return error_memory(e);
    f->t = (struct lifetable){n,
                              from->age,
                              columns,
                              columns + n,
                              columns + 2 * n,
                              columns + 3 * n,
                              columns + 4 * n,
                              columns + 5 * n,
                              columns + 6 * n,
                              columns + 7 * n};
    f->logit = columns + 8 * n;
    f->dying = columns + 9 * n;
    for (size_t i = 0; i < from->tables; i++) {
        const double *m = from->rates + i * n;
        memcpy(f->t.m, m, n * sizeof *m);
        enum err code = lifetable_from_rates(&f->t, &from->rule, e);
        if (code)
            return code;
        size_t k = i;
        for (; k && f->expectancy[k - 1] > f->t.e[0]; k--) {
            f->expectancy[k] = f->expectancy[k - 1];
            f->table[k] = f->table[k - 1];
        }
        f->expectancy[k] = f->t.e[0];
        f->table[k] = m;
    }
    for (size_t k = 0; k < n; k++) { // of the last table read: the only one, for Brass
        double alive = f->t.l[k] / f->t.l[0];
        f->dying[k] = f->t.q[k];
        f->logit[k] = .5 * log(fmax(1 - alive, 1e-12) / fmax(alive, 1e-12));
    }
    if (from->tables > 1 && !(f->expectancy[from->tables - 1] > f->expectancy[0] + .01)) {
        error_set(e, ERR_INPUT, "survival.alike", NULL,
                  "all %zu life tables have a life expectancy of %.2f years",
                  from->tables, f->expectancy[0]);
        return error_cure(e, "Give tables of different years, or move a single one.");
    }
    return ERR_OK;
}

enum err project_survival_make(struct arena *a,
                               const struct project_survival_source *from,
                               const struct project_survival_grid *grid,
                               struct project_survival *out, struct error *e)
{
    struct family f = {.from = from};
    enum err code = check(from, grid, e);
    if (!code)
        code = prepare(a, &f, e);
    if (code)
        return code;
    size_t rows = (size_t)floor((grid->high - grid->low) / grid->step + 1.5);
    rows = rows < 2 ? 2 : rows;
    double ratio[PROJECT_BATCH_MAX_AGES + 1], x = 0;
    *out = (struct project_survival){grid->low, grid->step, rows, grid->ages, NULL};
    out->ratio = ARENA_ARRAY(a, double, (grid->ages + 1) * rows);
    if (!out->ratio)
        return error_memory(e);
    for (size_t i = 0; !code && i < rows; i++) {
        code = solve(&f, grid->low + (double)i * grid->step, &x, e);
        if (!code)
            code = lifetable_survival(&f.t, grid->width, grid->ages, ratio, e);
        for (size_t k = 0; !code && k <= grid->ages; k++)
            out->ratio[k * rows + i] = ratio[k];
    }
    return code;
}

void project_survival_at(const struct project_survival *s, double e0, double *ratio)
{
    double x = (e0 - s->low) / s->step;
    x = fmin(x > 0 ? x : 0, (double)(s->rows - 1));
    size_t i = (size_t)x;
    i = i < s->rows - 2 ? i : s->rows - 2;
    for (size_t k = 0; k <= s->ages; k++) {
        const double *column = s->ratio + k * s->rows;
        ratio[k] = column[i] + (x - (double)i) * (column[i + 1] - column[i]);
    }
}

// ---- from ratios ----

double project_survival_expectancy(const double *ratio, int32_t width, size_t ages)
{
    double group = width * ratio[0], years = group;
    for (size_t i = 1; i + 1 < ages; i++)
        years += group *= ratio[i];
    double leave = 1 - ratio[ages];
    return years + group * ratio[ages - 1] / fmax(leave, 1e-9);
}

// Ratios of the steps in order of life expectancy, and of one life expectancy asked for.
struct ladder {
    const double **step;
    double *expectancy;
    size_t n, ages;
    int32_t width;
};

// Between two steps x is 0 to 1 from one to the other; beyond, hazards are times exp(-x).
static double mix(const struct ladder *l, size_t i, double x, double *out)
{
    bool beyond = i + 1 >= l->n;
    const double *low = l->step[i], *high = l->step[beyond ? i : i + 1];
    for (size_t k = 0; k <= l->ages; k++) {
        double h = -log(fmax(low[k], 1e-12)), g = -log(fmax(high[k], 1e-12));
        double hazard = beyond ? h * exp(-x) : h + x * (g - h);
        out[k] = low[k] <= 0 || low[k] >= 1 ? low[k] : exp(-hazard);
    }
    return project_survival_expectancy(out, l->width, l->ages);
}

// The ratios of a life expectancy: halving, for what is beyond may be far from straight.
static enum err climb(const struct ladder *l, double e0, double *out, struct error *e)
{
    size_t i = 0;
    while (i + 1 < l->n && l->expectancy[i + 1] < e0)
        i++;
    bool below = e0<l->expectancy[0], above = e0> l->expectancy[l->n - 1];
    double low = 0, high = 1;
    struct ladder end = *l;
    if (below || above) {
        end.step += below ? 0 : l->n - 1;
        end.n = 1;
        i = 0;
        low = -8;
        high = 12;
        double least = mix(&end, 0, low, out), most = mix(&end, 0, high, out);
        if (least > e0 || most < e0)
            return no_answer(e0, least > e0 ? least : most, e);
    }
    if (!below && !above && l->n == 1)
        low = high = 0;
    for (int round = 0; round < 80 && high - low > 1e-15; round++) {
        double x = (low + high) / 2;
        if (mix(&end, i, x, out) < e0)
            low = x;
        else
            high = x;
    }
    mix(&end, i, (low + high) / 2, out);
    return ERR_OK;
}

enum err project_survival_from_ratios(struct arena *a, const double *ratios, size_t steps,
                                      const struct project_survival_grid *grid,
                                      struct project_survival *out, struct error *e)
{
    size_t rows = (size_t)floor((grid->high - grid->low) / grid->step + 1.5);
    struct ladder l = {ARENA_ARRAY(a, const double *, steps),
                       ARENA_ARRAY(a, double, steps), 0, grid->ages, grid->width};
    rows = rows < 2 ? 2 : rows;
    *out = (struct project_survival){grid->low, grid->step, rows, grid->ages, NULL};
    out->ratio = ARENA_ARRAY(a, double, (grid->ages + 1) * rows);
    if (!l.step || !l.expectancy || !out->ratio)
        return error_memory(e);
    for (size_t t = 0; t < steps; t++) {
        const double *one = ratios + t * (grid->ages + 1);
        double e0 = project_survival_expectancy(one, grid->width, grid->ages);
        size_t k = l.n++;
        for (; k && l.expectancy[k - 1] > e0; k--) {
            l.expectancy[k] = l.expectancy[k - 1];
            l.step[k] = l.step[k - 1];
        }
        l.expectancy[k] = e0;
        l.step[k] = one;
    }
    double one[PROJECT_BATCH_MAX_AGES + 1];
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < rows; i++) {
        code = climb(&l, grid->low + (double)i * grid->step, one, e);
        for (size_t k = 0; !code && k <= grid->ages; k++)
            out->ratio[k * rows + i] = one[k];
    }
    return code;
}
