// SPDX-License-Identifier: AGPL-3.0-or-later
// Editions without a population by age: one of another edition, carried on with what this
// one says of births, deaths and migrants.
#include <math.h>
#include <string.h>

#include "study/project_files_wpp.h"

bool wpp_is_annual(const struct reading *r)
{
    return r->s.change[0] || r->s.change[1];
}

// A figure of a calendar year from the first of two files that has it; NaN: neither.
static enum err of_year(const struct reading *r, const struct wide_file *const files[2],
                        struct str code, int32_t year, double *out)
{
    *out = NAN;
    for (int i = 0; i < 2; i++) {
        const struct wide_column *c = wide_period(files[i], year, year);
        size_t row;
        if (!c || !wide_has_area(files[i], code))
            continue;
        enum err err = wide_row(files[i], code, -1, &row, r->e);
        return err ? err : wide_number(files[i], row, c, out, r->e);
    }
    return ERR_OK;
}

// Five years from the middle of one: halves of the first and the last, and all between.
static enum err of_period(const struct reading *r, const struct wide_file *const files[2],
                          struct str code, int32_t year, int32_t width, double *out)
{
    *out = 0;
    for (int32_t y = year; y <= year + width; y++) {
        double v;
        enum err err = of_year(r, files, code, y, &v);
        if (err)
            return err;
        *out += (y == year || y == year + width ? 0.5 : 1) * v;
    }
    return ERR_OK;
}

// The total at the end of a year.
static enum err end_total(const struct reading *r, struct str code, int32_t year,
                          double *out)
{
    double back = 0;
    for (int32_t y = year; y < year + 200; y++) {
        enum err err = of_year(r, r->s.total, code, y, out);
        if (err)
            return err;
        if (!isnan(*out)) {
            *out -= back;
            return ERR_OK;
        }
        double change;
        err = of_year(r, r->s.change, code, y + 1, &change);
        if (err || isnan(change))
            return err;
        back += change;
    }
    return ERR_OK;
}

enum err wpp_middle_total(const struct reading *r, struct str code, int32_t year,
                          double *out)
{
    double before, after;
    enum err err = end_total(r, code, year - 1, &before);
    if (!err)
        err = end_total(r, code, year, &after);
    *out = err ? NAN : 0.5 * (before + after);
    return err;
}

static enum err scale(const struct reading *r, struct span *p, struct str code, size_t t)
{
    double wanted, all = 0;
    size_t ages = p->shape.ages;
    int32_t year = p->shape.year + (int32_t)t * p->shape.width;
    enum err err = wpp_middle_total(r, code, year, &wanted);
    if (err || isnan(wanted))
        return err;
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t a = 0; a < ages; a++)
            all += p->population[sex][t * ages + a];
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t a = 0; all > 0 && a < ages; a++)
            p->population[sex][t * ages + a] *= wanted / all;
    return ERR_OK;
}

// One step with as many births as were published.
static enum err carry(const struct reading *r, struct span *p, struct str code, size_t t)
{
    size_t ages = p->shape.ages;
    double after[PROJECT_SEXES][2 * PROJECT_MAX_AGES], fertility[PROJECT_MAX_AGES];
    double move[PROJECT_SEXES][PROJECT_MAX_AGES], born[PROJECT_SEXES], births, net;
    struct project_input in = wpp_step(r, p, t, PROJECT_SPREAD);
    enum err err =
        of_period(r, r->s.births, code, in.shape.year, in.shape.width, &births);
    if (!err)
        err = of_period(r, r->s.migration, code, in.shape.year, in.shape.width, &net);
    if (err)
        return err;
    double *const to[PROJECT_SEXES] = {move[0], move[1]};
    const double *const none[PROJECT_SEXES] = {NULL, NULL};
    project_migrants_spread(&in.shape, isnan(net) ? 0 : net, none, 0, to);
    struct project_output out = {.population = {after[0], after[1]},
                                 .births = {&born[0], &born[1]}};
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        in.migration[sex] = move[sex];
    project_run(&in, &out);
    if (!isnan(births) && born[0] + born[1] > 0) {
        for (size_t a = 0; a < ages; a++)
            fertility[a] = in.fertility[a] * births / (born[0] + born[1]);
        in.fertility = fertility;
        project_run(&in, &out);
    }
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        memcpy(p->population[sex] + (t + 1) * ages, after[sex] + ages,
               ages * sizeof(double));
    return ERR_OK;
}

enum err wpp_reconstruct(const struct reading *r, struct span *p, struct str code)
{
    enum err err = scale(r, p, code, 0);
    for (size_t t = 0; !err && t < p->window; t++)
        err = carry(r, p, code, t);
    return err || !p->window ? err : scale(r, p, code, p->window);
}
