// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/migration_age.h"

#include <math.h>
#include <string.h>

static double hump(double a, double alpha, double mu, double lambda, double age)
{
    return a > 0 ? a * exp(-alpha * (age - mu) - exp(-lambda * (age - mu))) : 0;
}

double migration_age_rate(const struct migration_age *m, double age)
{
    return m->a1 * exp(-m->alpha1 * age) +
           hump(m->a2, m->alpha2, m->mu2, m->lambda2, age) +
           hump(m->a3, m->alpha3, m->mu3, m->lambda3, age) +
           (m->a4 > 0 ? m->a4 * exp(m->lambda4 * age) : 0) + m->c;
}

enum err migration_age_shares(const struct migration_age *curve, int32_t width,
                              size_t ages, double *shares, struct error *e)
{
    double total = 0;
    for (size_t i = 0; i < ages; i++)
        shares[i] = 0;
    if (!ages || width < 1)
        return error_set(e, ERR_USAGE, "migration.shape", NULL,
                         "there are no groups of age to spread migrants over");
    for (int32_t age = 0; age <= MIGRATION_AGE_LAST; age++) {
        double rate = migration_age_rate(curve, age);
        if (!(rate >= 0) || !isfinite(rate)) {
            error_set(e, ERR_INPUT, "migration.curve", NULL,
                      "the curve of migration is %g at age %d; it must not be negative",
                      rate, (int)age);
            return error_cure(e, "Correct its parameters.");
        }
        size_t group = (size_t)(age / width);
        shares[group < ages ? group : ages - 1] += rate;
        total += rate;
    }
    if (!(total > 0)) {
        error_set(e, ERR_INPUT, "migration.zero", NULL,
                  "the curve of migration is zero at every age");
        return error_cure(e, "Give its parameters, or name a standard.");
    }
    for (size_t i = 0; i < ages; i++)
        shares[i] /= total;
    return ERR_OK;
}

// ---- standards ----

#define CURVE(child, fall, labour, decline, peak, rise, constant)                        \
    {                                                                                    \
        .a1 = (child), .alpha1 = (fall), .a2 = (labour), .alpha2 = (decline),            \
        .mu2 = (peak), .lambda2 = (rise), .c = (constant)                                \
    }

static const struct migration_age_pattern standards[] = {
    {"rogers-castro",
     0.5,
     {CURVE(.02, .1, .06, .1, 20, .4, .003), CURVE(.02, .1, .06, .1, 20, .4, .003)}},
    {"family",
     0.5,
     {CURVE(.04239107, .173271, .2255504, .0890768, 19.1046, .219113, 0),
      CURVE(.04239406, .172881, .2072045, .0818806, 19.1583, .217538, 0)}},
    {"male-labour",
     0.344827,
     {CURVE(.02923473, .173274, .1555530, .0890772, 19.1047, .219107, 0),
      CURVE(.02974642, .179055, .2871247, .0818756, 19.1581, .217581, 0)}},
    {"female-labour",
     0.645162,
     {CURVE(.05469725, .173274, .2910347, .0890774, 19.1047, .219109, 0),
      CURVE(.05390887, .169751, .1325585, .0818567, 19.1557, .217628, 0)}},
};

const struct migration_age_pattern *migration_age_standard(const char *name,
                                                           struct error *e)
{
    for (size_t i = 0; i < sizeof standards / sizeof standards[0]; i++)
        if (!strcmp(standards[i].name, name))
            return &standards[i];
    error_set(e, ERR_INPUT, "migration.standard", NULL,
              "there is no standard of migration by age called \"%.40s\"", name);
    error_cure(e, "Take rogers-castro, family, male-labour or female-labour.");
    return NULL;
}

// ---- spread ----

enum err migration_age_spread(const struct migration_age_pattern *pattern, double net,
                              int32_t width, size_t ages,
                              double *const persons[PROJECT_SEXES], struct error *e)
{
    if (!isfinite(net) || !(pattern->women >= 0 && pattern->women <= 1))
        return error_set(e, ERR_INPUT, "migration.total", NULL,
                         "net migration of %g with a share of women of %g", net,
                         pattern->women);
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        double part = sex == PROJECT_FEMALE ? pattern->women : 1 - pattern->women;
        enum err code =
            migration_age_shares(&pattern->curve[sex], width, ages, persons[sex], e);
        if (code)
            return code;
        for (size_t i = 0; i < ages; i++)
            persons[sex][i] *= net * part;
    }
    return ERR_OK;
}

// Mean rate of a group, by its single years; the open group by its first ones.
static double group_rate(const struct migration_age *curve, int32_t width, size_t group,
                         bool open)
{
    int32_t first = (int32_t)group * width, n = open && width < 5 ? 5 : width;
    double sum = 0;
    for (int32_t i = 0; i < n; i++)
        sum += migration_age_rate(curve, first + i);
    return sum / n;
}

// Takes `going` from the people by rates; a group that is empty gives no more, and the
// others give what is missing. Returns what could not be taken.
static double take(const struct migration_age_pattern *out, double going,
                   const double *const population[PROJECT_SEXES], int32_t width,
                   size_t ages, double *const persons[PROJECT_SEXES])
{
    for (int round = 0; round < 60 && going > 0; round++) {
        double weight = 0, took = 0;
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            for (size_t i = 0; i < ages; i++)
                weight += fmax(0, population[sex][i] + persons[sex][i]) *
                          fmax(0, group_rate(&out->curve[sex], width, i, i + 1 == ages));
        if (!(weight > 0))
            break;
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            for (size_t i = 0; i < ages; i++) {
                double here = fmax(0, population[sex][i] + persons[sex][i]);
                double rate =
                    fmax(0, group_rate(&out->curve[sex], width, i, i + 1 == ages));
                double leave = fmin(here, going * here * rate / weight);
                persons[sex][i] -= leave;
                took += leave;
            }
        if (!(took > 1e-12 * going))
            break;
        going = going - took > 1e-12 * took ? going - took : 0;
    }
    return going;
}

enum err migration_age_exchange(const struct migration_age_pattern *in, double coming,
                                const struct migration_age_pattern *out, double going,
                                const double *const population[PROJECT_SEXES],
                                int32_t width, size_t ages,
                                double *const persons[PROJECT_SEXES], double *short_of,
                                struct error *e)
{
    if (!(coming >= 0) || !(going >= 0) || !isfinite(coming) || !isfinite(going)) {
        error_set(e, ERR_INPUT, "migration.total", NULL,
                  "%g people come and %g go; neither may be negative", coming, going);
        return error_cure(e, "Give both as persons of the step, or their difference as "
                             "net migration.");
    }
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t i = 0; i < ages; i++)
            if (!(population[sex][i] >= 0))
                return error_set(e, ERR_INPUT, "migration.population", NULL,
                                 "the population of group %zu is %g", i,
                                 population[sex][i]);
    // those who go are taken from those who were here, before anybody comes
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        memset(persons[sex], 0, ages * sizeof *persons[sex]);
    double left = take(out, going, population, width, ages, persons);
    if (short_of)
        *short_of = left;
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        double part = sex == PROJECT_FEMALE ? in->women : 1 - in->women, total = 0;
        for (int32_t age = 0; age <= MIGRATION_AGE_LAST; age++)
            total += migration_age_rate(&in->curve[sex], age);
        if (!(total > 0))
            return error_set(e, ERR_INPUT, "migration.zero", NULL,
                             "the curve of migration is zero at every age");
        for (int32_t age = 0; age <= MIGRATION_AGE_LAST; age++) {
            size_t group = (size_t)(age / width);
            persons[sex][group < ages ? group : ages - 1] +=
                coming * part * migration_age_rate(&in->curve[sex], age) / total;
        }
    }
    return ERR_OK;
}
