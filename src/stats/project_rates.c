// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/project_rates.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "stats/migration_age.h"

enum {
    LATEST = 3,  // past steps that a pattern is made from
    OLDEST = 85, // age from which what two counts leave is their rounding, not migrants
};

enum err project_survival(const struct project_shape *shape, enum project_sex sex,
                          const struct project_mortality *mortality,
                          struct lifetable_rule rule, double *survival, double *e0,
                          struct error *e)
{
    enum { COLUMNS = 8, MOST = 151 };
    double columns[COLUMNS][MOST];
    if (mortality->n < 3 || mortality->n > MOST) {
        error_set(e, ERR_INPUT, "project.mortality", project_sex_name(sex),
                  "%zu groups of death rates; 3 to %d are expected", mortality->n, MOST);
        return error_cure(e, "give rates of every group of age");
    }
    struct lifetable t = {mortality->n, mortality->age, columns[0], columns[1],
                          columns[2],   columns[3],     columns[4], columns[5],
                          columns[6],   columns[7]};
    rule.sex = sex == PROJECT_FEMALE ? LIFETABLE_FEMALE : LIFETABLE_MALE;
    for (size_t step = 0; step < shape->steps; step++) {
        memcpy(t.m, mortality->m + step * mortality->n, mortality->n * sizeof *t.m);
        enum err err = lifetable_from_rates(&t, &rule, e);
        if (!err)
            err = lifetable_survival(&t, shape->width, shape->ages,
                                     survival + step * (shape->ages + 1), e);
        if (err) {
            char where[sizeof e->where];
            memcpy(where, e->where, sizeof where);
            snprintf(e->where, sizeof e->where, "death rates, %s, year %d, %.150s",
                     project_sex_name(sex), shape->year + (int32_t)step * shape->width,
                     where);
            return err;
        }
        if (e0)
            e0[step] = t.e[0];
    }
    return ERR_OK;
}

void project_fertility(const struct project_shape *shape, double children,
                       const double *share, double *fertility)
{
    double all = 0;
    for (size_t a = 0; a < shape->ages; a++)
        all += share[a];
    for (size_t a = 0; a < shape->ages; a++)
        fertility[a] = all > 0 ? children * share[a] / all / shape->width : 0;
}

double project_children(const struct project_shape *shape, const double *fertility)
{
    double all = 0;
    for (size_t a = 0; a < shape->ages; a++)
        all += fertility[a];
    return all * shape->width;
}

// --- migrants by age

// What one migrant of a group at the end of the step adds to it.
static double weight_of(const struct project_input *in, double survival)
{
    return in->timing == PROJECT_SPREAD ? 0.5 * (1 + survival) : 1;
}

void project_infer(const struct project_input *in, const double *const end[PROJECT_SEXES],
                   double *const migrants[PROJECT_SEXES])
{
    size_t ages = in->shape.ages;
    double after[PROJECT_SEXES][2 * PROJECT_MAX_AGES];
    struct project_input one = *in;
    struct project_output out = {.population = {after[0], after[1]}};
    one.shape.steps = 1;
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        one.migration[sex] = migrants[sex];
        memset(migrants[sex], 0, ages * sizeof(double));
    }
    // first those born before the step, for their daughters decide how many were born
    for (int round = 0; round < 2; round++) {
        project_run(&one, &out);
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            for (size_t a = round ? 0 : 1; a < (round ? 1 : ages); a++)
                migrants[sex][a] = (end[sex][a] - after[sex][ages + a]) /
                                   weight_of(in, in->survival[sex][a]);
    }
}

static size_t moving_ages(const struct project_shape *shape)
{
    size_t ages = (size_t)(OLDEST / shape->width);
    return ages < shape->ages ? ages : shape->ages;
}

void project_migrants_general(const struct project_shape *shape,
                              double *const share[PROJECT_SEXES])
{
    const struct migration_age_pattern *p = migration_age_standard("rogers-castro", NULL);
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        double of_all = sex == PROJECT_FEMALE ? p->women : 1 - p->women;
        enum err err = migration_age_shares(&p->curve[sex], shape->width, shape->ages,
                                            share[sex], NULL);
        assert(!err); // a curve of the program's own
        (void)err;
        double kept = 0; // else more of the oldest would leave than there are
        for (size_t a = 0; a < shape->ages; a++)
            kept += share[sex][a] = a < moving_ages(shape) ? share[sex][a] : 0;
        for (size_t a = 0; a < shape->ages; a++)
            share[sex][a] *= of_all / kept;
    }
}

struct flow {
    double net, gross;
};

static struct flow flow_of(const struct project_shape *shape,
                           const double *const past[PROJECT_SEXES], size_t step)
{
    struct flow f = {0, 0};
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t a = 0; a < moving_ages(shape); a++) {
            double v = past[sex][step * shape->ages + a];
            f.net += v;
            f.gross += fabs(v);
        }
    return f;
}

static bool goes_one_way(struct flow f)
{
    return f.gross > 0 && fabs(f.net) >= 0.8 * f.gross;
}

static void add(const struct project_shape *shape, size_t ages, double factor,
                const double *const from[PROJECT_SEXES], size_t step,
                double *const to[PROJECT_SEXES])
{
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t a = 0; a < ages; a++)
            to[sex][a] += factor * from[sex][step * shape->ages + a];
}

// As the latest steps went, scaled to the total.
static void spread_by_pattern(const struct project_shape *shape, double total,
                              const double *const past[PROJECT_SEXES], size_t n,
                              double *const migrants[PROJECT_SEXES])
{
    double weights = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t back = 0; back < LATEST && back < n; back++) {
            struct flow f = flow_of(shape, past, n - 1 - back);
            double weight = back ? 0.125 : 0.75;
            if (!goes_one_way(f))
                continue;
            if (pass)
                add(shape, moving_ages(shape), total * weight / weights / f.net, past,
                    n - 1 - back, migrants);
            else
                weights += weight;
        }
}

void project_migrants_spread(const struct project_shape *shape, double total,
                             const double *const past[PROJECT_SEXES], size_t n,
                             double *const migrants[PROJECT_SEXES])
{
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        memset(migrants[sex], 0, shape->ages * sizeof(double));
    if (total == 0)
        return;
    struct flow latest = n ? flow_of(shape, past, n - 1) : (struct flow){0, 0};
    if (goes_one_way(latest)) {
        spread_by_pattern(shape, total, past, n, migrants);
        return;
    }
    double kept = latest.net != 0 ? fmin(fmax(total / latest.net, 0), 1) : 0;
    if (kept > 0)
        add(shape, moving_ages(shape), kept, past, n - 1, migrants);
    double general[PROJECT_SEXES][PROJECT_MAX_AGES];
    double *const share[PROJECT_SEXES] = {general[0], general[1]};
    const double *const from[PROJECT_SEXES] = {general[0], general[1]};
    project_migrants_general(shape, share);
    add(shape, shape->ages, total - kept * latest.net, from, 0, migrants);
}

// The most that a line of a slope is from what is given before its end.
static double farthest(const double *ratio, size_t first, size_t end, double slope)
{
    double most = 0;
    for (size_t i = first; i < end; i++)
        most = fmax(most, fabs(ratio[i] - ratio[end] - slope * (double)(end - i)));
    return most;
}

// The slope of the line to ratio[end] that is nearest to the others; how near, *most.
static double nearest_slope(const double *ratio, size_t first, size_t end, double *most)
{
    double low = -1, high = 1;
    for (int i = 0; i < 100; i++) {
        double a = low + (high - low) / 3, b = high - (high - low) / 3;
        if (farthest(ratio, first, end, a) < farthest(ratio, first, end, b))
            high = b;
        else
            low = a;
    }
    *most = farthest(ratio, first, end, 0.5 * (low + high));
    return 0.5 * (low + high);
}

void project_unround_ratio(double *ratio, size_t n, int decimals)
{
    double half = 0.5 * pow(10, -decimals), slope = 0;
    size_t end = n; // where the constant begins that the ratios end with
    while (end > 0 && (end == n || fabs(ratio[end - 1] - ratio[n - 1]) < half))
        end--;
    if (n < 3 || end < 1 || end + 1 >= n)
        return;
    size_t first = end;
    while (first > 0) {
        double most, s = nearest_slope(ratio, first - 1, end, &most);
        if (most > half)
            break;
        slope = s;
        first--;
    }
    if (end - first < 3) // two points are always on a line
        return;
    for (size_t i = first; i < end; i++)
        ratio[i] = ratio[end] + slope * (double)(end - i);
}

// --- shocks

static double overlap(double a, double b, double c, double d)
{
    return fmax(0, fmin(b, d) - fmax(a, c));
}

double project_shock_part(const struct project_shock *shock, double begins, int32_t width)
{
    double year = shock->year, end = begins + width;
    if (!shock->year)
        return width;
    return 2 * (shock->first_half * overlap(begins, end, year, year + 0.5) +
                (1 - shock->first_half) * overlap(begins, end, year + 0.5, year + 1));
}

// The share of a group of age, [first, last], that the shock strikes.
static double struck(const struct project_shock *shock, int32_t first, int32_t next)
{
    return overlap(first, next, shock->from, (double)shock->to + 1) / (next - first);
}

void project_shock_rates(const struct project_shock *shock, double begins, int32_t width,
                         const int32_t *age, size_t n, double *rate)
{
    double part = project_shock_part(shock, begins, width) / width;
    for (size_t i = 0; part > 0 && i < n; i++) {
        int32_t next = i + 1 < n ? age[i + 1] : age[i] + 1;
        double here = part * struck(shock, age[i], next);
        if (i + 1 == n)
            here = shock->to >= age[i] ? part : 0;
        rate[i] =
            fmax(0, rate[i] * (1 + (shock->factor - 1) * here) + shock->more * here);
    }
}

void project_shock_migrants(const struct project_shock *shock, double begins,
                            const struct project_shape *shape, double *migrants)
{
    double part = project_shock_part(shock, begins, shape->width);
    double years = (double)shock->to - shock->from + 1;
    for (size_t a = 0; part > 0 && a < shape->ages; a++) {
        int32_t first = (int32_t)a * shape->width, next = first + shape->width;
        if (a + 1 == shape->ages && shock->to >= next)
            next = shock->to + 1;
        double share = struck(shock, first, next);
        migrants[a] *= 1 + (shock->factor - 1) * share * part / shape->width;
        migrants[a] += shock->more * part * share * (next - first) / years;
    }
}
