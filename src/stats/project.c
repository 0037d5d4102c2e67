// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/project.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *project_sex_name(enum project_sex sex)
{
    return sex == PROJECT_FEMALE ? "female" : "male";
}

// "5-9", "7", "100+".
static void name_group(const struct project_shape *s, size_t age, char *out, size_t size)
{
    int first = (int)age * s->width;
    if (age + 1 == s->ages)
        snprintf(out, size, "%d+", first);
    else if (s->width == 1)
        snprintf(out, size, "%d", first);
    else
        snprintf(out, size, "%d-%d", first, first + s->width - 1);
}

static int32_t year_of(const struct project_shape *s, size_t step)
{
    return s->year + (int32_t)step * s->width;
}

// One array of rows by age, and what its values must be.
struct bound {
    const char *name, *cure;
    double low, high;
};

static enum err check_values(const struct project_shape *s, const struct bound *b,
                             const char *sex, const double *values, size_t steps,
                             size_t row, bool from_birth, struct error *e)
{
    for (size_t t = 0; t < steps; t++)
        for (size_t i = 0; i < row; i++) {
            double v = values[t * row + i];
            if (v >= b->low && v <= b->high && isfinite(v))
                continue;
            char group[40] = "birth";
            if (!from_birth || i > 0)
                name_group(s, from_birth ? i - 1 : i, group, sizeof group);
            char where[160];
            snprintf(where, sizeof where, "%s%s%s, year %d, age %s", b->name,
                     *sex ? ", " : "", sex, year_of(s, t), group);
            error_set(e, ERR_INPUT, "project.value", where,
                      isfinite(b->high) ? "%s of %g; it must be from %g to %g"
                      : b->low == 0     ? "%s of %g; it must be a number, not below 0"
                                        : "%s of %g; it must be a number",
                      b->name, v, b->low, b->high);
            return error_cure(e, "%s", b->cure);
        }
    return ERR_OK;
}

static const struct bound is_population = {
    "population", "correct the count; an empty group is 0", 0, INFINITY};
static const struct bound is_survival = {
    "survival",
    "survival is the share of a group alive at the end of a step; from per mille divide "
    "by 1,000",
    0, 1};
static const struct bound is_fertility = {
    "fertility", "give births to one woman of the age in a year, as 0.085", 0, INFINITY};
static const struct bound is_boys = {
    "sex ratio at birth", "give boys to one girl, as 1.06 (106 boys to 100 girls)", 0.5,
    2};
static const struct bound is_migration = {
    "migration", "give net persons of the step; who leaves is below 0", -INFINITY,
    INFINITY};

static enum err check_sex(const struct project_input *in, enum project_sex sex,
                          struct error *e)
{
    const struct project_shape *s = &in->shape;
    const char *name = project_sex_name(sex);
    if (!in->population[sex] || !in->survival[sex]) {
        error_set(e, ERR_INPUT, "project.sex",
                  in->population[sex] ? "survival" : "population",
                  "the %s half is absent; both sexes are expected", name);
        return error_cure(e, "give both sexes: births need women, and the sex ratio at "
                             "birth splits them");
    }
    enum err err =
        check_values(s, &is_population, name, in->population[sex], 1, s->ages, false, e);
    if (!err)
        err = check_values(s, &is_survival, name, in->survival[sex], s->steps,
                           s->ages + 1, true, e);
    if (!err && in->migration[sex])
        err = check_values(s, &is_migration, name, in->migration[sex], s->steps, s->ages,
                           false, e);
    for (size_t a = 0; !err && in->apart[sex] && a < s->ages; a++) {
        double v = in->apart[sex][a];
        if (v >= 0 && v <= in->population[sex][a])
            continue;
        char group[40], where[160];
        name_group(s, a, group, sizeof group);
        snprintf(where, sizeof where, "apart, %s, age %s", name, group);
        err = error_set(e, ERR_INPUT, "project.apart", where,
                        "%g people live apart of a population of %g", v,
                        in->population[sex][a]);
        error_cure(e, "those who live apart are part of the population; give a number "
                      "from 0 to it");
    }
    return err;
}

enum err project_check(const struct project_input *in, struct error *e)
{
    const struct project_shape *s = &in->shape;
    if (s->width != 1 && s->width != 5) {
        error_set(e, ERR_INPUT, "project.width", NULL,
                  "steps of %d years; 1 and 5 are what there is", s->width);
        return error_cure(e, "split or join the groups first");
    }
    if (s->ages < 3 || s->ages > PROJECT_MAX_AGES || s->steps < 1 ||
        s->steps > PROJECT_MAX_STEPS) {
        error_set(e, ERR_INPUT, "project.shape", NULL,
                  "%zu groups of age and %zu steps; expected 3 to %d groups and 1 to %d "
                  "steps",
                  s->ages, s->steps, PROJECT_MAX_AGES, PROJECT_MAX_STEPS);
        return error_cure(e, "join the oldest groups into an open one");
    }
    if (!in->fertility || !in->boys) {
        error_set(e, ERR_INPUT, "project.births", in->fertility ? "boys" : "fertility",
                  "births cannot be worked out without it");
        return error_cure(e, "give fertility by age and the sex ratio at birth of each "
                             "step");
    }
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        enum err err = check_sex(in, (enum project_sex)sex, e);
        if (err)
            return err;
    }
    enum err err =
        check_values(s, &is_fertility, "", in->fertility, s->steps, s->ages, false, e);
    for (size_t t = 0; !err && t < s->steps; t++)
        err = check_values(&(struct project_shape){year_of(s, t), s->width, s->ages, 1},
                           &is_boys, "", &in->boys[t], 1, 1, false, e);
    return err;
}

// Of one sex in a step: who is there when it begins, without those who live apart.
static void begin_step(const struct project_input *in, enum project_sex sex,
                       const double *restrict from, double *restrict start)
{
    size_t ages = in->shape.ages;
    memcpy(start, from, ages * sizeof *start);
    const double *apart = in->apart[sex];
    for (size_t a = 0; apart && a < ages; a++)
        start[a] -= apart[a];
}

static void survive(const struct project_input *in, enum project_sex sex, size_t step,
                    const double *restrict start, double *restrict to)
{
    size_t ages = in->shape.ages;
    const double *restrict s = in->survival[sex] + step * (ages + 1);
    to[0] = 0;
    for (size_t a = 1; a < ages; a++)
        to[a] = start[a - 1] * s[a];
    to[ages - 1] += start[ages - 1] * s[ages];
}

// Migrants of a step, NULL where there are none.
static const double *migrants(const struct project_input *in, enum project_sex sex,
                              size_t step)
{
    const double *all = in->migration[sex];
    return all ? all + step * in->shape.ages : NULL;
}

// Adds the half of the migrants that comes at the beginning and has survived; of the
// first group too.
static void come_first(const struct project_input *in, enum project_sex sex, size_t step,
                       double *restrict to)
{
    size_t ages = in->shape.ages;
    const double *restrict m = migrants(in, sex, step);
    const double *restrict s = in->survival[sex] + step * (ages + 1);
    if (!m || in->timing != PROJECT_SPREAD)
        return;
    for (size_t a = 0; a < ages; a++)
        to[a] += 0.5 * m[a] * s[a];
}

static void come_last(const struct project_input *in, enum project_sex sex, size_t step,
                      double *restrict to)
{
    size_t ages = in->shape.ages;
    const double *restrict m = migrants(in, sex, step);
    double share = in->timing == PROJECT_SPREAD ? 0.5 : 1;
    for (size_t a = 0; m && a < ages; a++)
        to[a] += share * m[a];
}

// Births by women of the start, of the end, and of those who came between, by group.
static double give_birth(const struct project_input *in, size_t step,
                         const double *restrict start, const double *restrict end,
                         double *restrict by_age)
{
    size_t ages = in->shape.ages;
    const double *restrict fertility = in->fertility + step * ages;
    const double *restrict m = migrants(in, PROJECT_FEMALE, step);
    bool first =
        m && in->mothers == PROJECT_EXPOSED_WOMEN && in->timing == PROJECT_SPREAD;
    double half = 0.5 * in->shape.width, all = 0;
    for (size_t a = 0; a < ages; a++) {
        double women = start[a] + end[a];
        if (first && a + 1 < ages)
            women += 0.5 * m[a + 1];
        double births = fertility[a] * half * women;
        all += births;
        if (by_age)
            by_age[a] = births;
    }
    return all;
}

static void count_deaths(const struct project_input *in, enum project_sex sex,
                         size_t step, double born, const double *restrict start,
                         double *restrict deaths)
{
    size_t ages = in->shape.ages;
    const double *restrict s = in->survival[sex] + step * (ages + 1);
    const double *restrict m = migrants(in, sex, step);
    deaths[0] = born * (1 - s[0]);
    for (size_t a = 1; a <= ages; a++)
        deaths[a] = start[a - 1] * (1 - s[a]);
    if (!m || in->timing != PROJECT_SPREAD)
        return;
    for (size_t a = 0; a < ages; a++)
        deaths[a] += 0.5 * m[a] * (1 - s[a]);
}

// One sex from its births to the end of the step.
static void end_step(const struct project_input *in, const struct project_output *out,
                     enum project_sex sex, size_t step, double born, bool settled,
                     const double *restrict start, double *restrict to)
{
    size_t ages = in->shape.ages;
    to[0] += born * in->survival[sex][step * (ages + 1)];
    if (!settled)
        come_last(in, sex, step, to);
    const double *apart = in->apart[sex];
    for (size_t a = 0; apart && a < ages; a++)
        to[a] += apart[a];
    if (out->births[sex])
        out->births[sex][step] = born;
    if (out->deaths[sex])
        count_deaths(in, sex, step, born, start, out->deaths[sex] + step * (ages + 1));
}

void project_run(const struct project_input *in, const struct project_output *out)
{
    size_t ages = in->shape.ages;
    double start[PROJECT_SEXES][PROJECT_MAX_AGES];
    bool settled = in->mothers == PROJECT_ALL_WOMEN; // who comes last is there at births
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        memcpy(out->population[sex], in->population[sex], ages * sizeof(double));
    for (size_t t = 0; t < in->shape.steps; t++) {
        double *to[PROJECT_SEXES];
        for (int i = 0; i < PROJECT_SEXES; i++) {
            enum project_sex sex = (enum project_sex)i;
            to[i] = out->population[i] + (t + 1) * ages;
            begin_step(in, sex, out->population[i] + t * ages, start[i]);
            survive(in, sex, t, start[i], to[i]);
            come_first(in, sex, t, to[i]);
            if (settled)
                come_last(in, sex, t, to[i]);
        }
        double all =
            give_birth(in, t, start[PROJECT_FEMALE], to[PROJECT_FEMALE],
                       out->births_by_age ? out->births_by_age + t * ages : NULL);
        double girls = all / (1 + in->boys[t]);
        end_step(in, out, PROJECT_FEMALE, t, girls, settled, start[PROJECT_FEMALE],
                 to[PROJECT_FEMALE]);
        end_step(in, out, PROJECT_MALE, t, all - girls, settled, start[PROJECT_MALE],
                 to[PROJECT_MALE]);
    }
}

enum err project_check_result(const struct project_input *in,
                              const struct project_output *out, struct error *e)
{
    const struct project_shape *s = &in->shape;
    double all = 0;
    for (size_t a = 0; a < s->ages; a++)
        all += in->population[PROJECT_FEMALE][a] + in->population[PROJECT_MALE][a];
    for (size_t t = 0; t <= s->steps; t++)
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            for (size_t a = 0; a < s->ages; a++) {
                double v = out->population[sex][t * s->ages + a];
                if (v >= -1e-9 * all && isfinite(v))
                    continue;
                char group[40], where[160];
                name_group(s, a, group, sizeof group);
                snprintf(where, sizeof where, "%s, year %d, age %s",
                         project_sex_name((enum project_sex)sex), year_of(s, t), group);
                error_set(e, ERR_INPUT, "project.negative", where,
                          "the projected population is %g: more people leave than there "
                          "are",
                          v);
                return error_cure(e, "give fewer net migrants at this age before %d",
                                  year_of(s, t));
            }
    return ERR_OK;
}
