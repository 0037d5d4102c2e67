// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/marriage.h"

#include <math.h>
#include <string.h>

#include "stats/fertility.h"

enum { AGES = MARRIAGE_AGES, WOMEN = MARRIAGE_WOMEN, MEN = MARRIAGE_MEN, ROUNDS = 1000 };

// Mean and spread of Coale and McNeil's curve with a0 = 0 and k = 1.
#define CURVE_MEAN 11.36
#define CURVE_SD 6.58

struct marriage_schedule marriage_schedule_usual(void)
{
    return (struct marriage_schedule){
        .mean = {25, 27}, .sd = {4, 4}, .ever = .98, .gap_sd = 3};
}

double marriage_gap(const struct marriage_schedule *s, int years)
{
    double off = (years - (s->mean[MEN] - s->mean[WOMEN])) / s->gap_sd;
    return exp(-off * off / 2) / (s->gap_sd * sqrt(2 * acos(-1)));
}

static enum err bad(struct error *e, const char *what, double found, const char *expected)
{
    error_set(e, ERR_INPUT, "marriage.schedule", NULL, "%s of %g", what, found);
    return error_cure(e, "Give %s.", expected);
}

static enum err check(const struct marriage_schedule *s, struct error *e)
{
    for (int sex = 0; sex < MARRIAGE_SEXES; sex++) {
        if (!(s->mean[sex] >= 16 && s->mean[sex] <= 45))
            return bad(e, "a mean age at first marriage", s->mean[sex], "16 to 45 years");
        if (!(s->sd[sex] >= .5 && s->sd[sex] <= 10))
            return bad(e, "a spread of ages at first marriage", s->sd[sex],
                       "0.5 to 10 years");
    }
    if (!(s->gap_sd >= .5 && s->gap_sd <= 10))
        return bad(e, "a spread of the difference of ages", s->gap_sd, "0.5 to 10 years");
    if (!(s->ever > 0 && s->ever <= 1))
        return bad(e, "a share ever married", s->ever, "a share above 0, up to 1");
    return ERR_OK;
}

// Margins of the reference; whoever is of completed age x is x + 1/2 on the mean.
static void set_single(struct marriage_model *m, const struct marriage_schedule *s)
{
    for (int sex = 0; sex < MARRIAGE_SEXES; sex++) {
        double k = s->sd[sex] / CURVE_SD, a0 = s->mean[sex] - CURVE_MEAN * k;
        double first = fertility_married(MARRIAGE_FROM + .5, a0, k);
        double all = fertility_married(MARRIAGE_END + .5, a0, k) - first;
        for (int i = 0; i <= AGES; i++)
            m->single[sex][i] =
                1 - s->ever * (fertility_married(MARRIAGE_FROM + i + .5, a0, k) - first) /
                        all;
    }
}

static double married_at(const struct marriage_model *m, int sex, size_t i)
{
    return fmax(m->single[sex][i] - m->single[sex][i + 1], 0);
}

// Iterative proportional fitting: rows are men's ages, columns women's.
static void fit_couples(struct marriage_model *m, const struct marriage_schedule *s)
{
    for (size_t i = 0; i < AGES; i++)
        for (size_t k = 0; k < AGES; k++)
            m->couples[i][k] = marriage_gap(s, (int)i - (int)k);
    for (int round = 0; round < ROUNDS; round++) {
        double worst = 0;
        for (size_t k = 0; k < AGES; k++) {
            double sum = 0, wanted = married_at(m, WOMEN, k);
            for (size_t i = 0; i < AGES; i++)
                sum += m->couples[i][k];
            for (size_t i = 0; i < AGES && sum > 0; i++)
                m->couples[i][k] *= wanted / sum;
        }
        for (size_t i = 0; i < AGES; i++) {
            double sum = 0, wanted = married_at(m, MEN, i);
            for (size_t k = 0; k < AGES; k++)
                sum += m->couples[i][k];
            worst = fmax(worst, fabs(sum - wanted));
            for (size_t k = 0; k < AGES && sum > 0; k++)
                m->couples[i][k] *= wanted / sum;
        }
        if (worst < 1e-13)
            break;
    }
}

enum err marriage_model_make(struct marriage_model *out,
                             const struct marriage_schedule *schedule,
                             enum marriage_rule rule, struct error *e)
{
    enum err code = check(schedule, e);
    if (code)
        return code;
    memset(out, 0, sizeof *out);
    out->rule = rule;
    set_single(out, schedule);
    fit_couples(out, schedule);
    for (size_t i = 0; i < AGES; i++)
        for (size_t k = 0; k < AGES; k++) {
            double man = out->single[MEN][i], woman = out->single[WOMEN][k];
            if (rule == MARRIAGE_HARMONIC) {
                out->force[i][k] = out->couples[i][k] * (man + woman) / (man * woman);
                continue;
            }
            // those left; where everybody marries, next to nobody
            man = fmax(out->single[MEN][i + 1], 1e-9);
            woman = fmax(out->single[WOMEN][k + 1], 1e-9);
            out->force[i][k] = out->couples[i][k] / sqrt(man * woman);
        }
    return ERR_OK;
}

// Pairs of an age that would be more than there are of either sex are cut.
static void harmonic(const struct marriage_model *m,
                     const double single[MARRIAGE_SEXES][AGES],
                     double couples[AGES][AGES])
{
    double grooms[AGES] = {0}, brides[AGES] = {0};
    bool cut = false;
    for (size_t i = 0; i < AGES; i++)
        for (size_t k = 0; k < AGES; k++) {
            double man = single[MEN][i], woman = single[WOMEN][k], all = man + woman;
            double n = all > 0 ? m->force[i][k] * man * woman / all : 0;
            couples[i][k] = n;
            grooms[i] += n;
            brides[k] += n;
        }
    for (size_t i = 0; i < AGES; i++)
        cut = cut || grooms[i] > single[MEN][i] || brides[i] > single[WOMEN][i];
    for (size_t i = 0; cut && i < AGES; i++)
        for (size_t k = 0; k < AGES; k++) {
            double most = 1;
            if (grooms[i] > single[MEN][i])
                most = fmin(most, single[MEN][i] / grooms[i]);
            if (brides[k] > single[WOMEN][k])
                most = fmin(most, single[WOMEN][k] / brides[k]);
            couples[i][k] *= most;
        }
}

// The square root of those left: x^2 + x s = n.
static double root_left(double s, double n)
{
    return n > 0 ? 2 * n / (s + sqrt(s * s + 4 * n)) : 0;
}

static void matching(const struct marriage_model *m,
                     const double single[MARRIAGE_SEXES][AGES],
                     double couples[AGES][AGES], double left[MARRIAGE_SEXES][AGES])
{
    double *man = left[MEN], *woman = left[WOMEN];
    for (int round = 0; round < ROUNDS; round++) {
        double sum[AGES] = {0}, worst = 0;
        for (size_t i = 0; i < AGES; i++) {
            double met = 0;
            for (size_t k = 0; k < AGES; k++)
                met += m->force[i][k] * woman[k];
            man[i] = root_left(met, single[MEN][i]);
            for (size_t k = 0; k < AGES; k++)
                sum[k] += m->force[i][k] * man[i];
        }
        for (size_t k = 0; k < AGES; k++) {
            double now = root_left(sum[k], single[WOMEN][k]);
            worst = fmax(worst, fabs(now - woman[k]) / (now + 1e-300));
            woman[k] = now;
        }
        if (worst < 1e-11)
            break;
    }
    for (size_t i = 0; i < AGES; i++)
        for (size_t k = 0; k < AGES; k++)
            couples[i][k] = m->force[i][k] * man[i] * woman[k];
}

void marriage_year(const struct marriage_model *m,
                   const double single[MARRIAGE_SEXES][MARRIAGE_AGES],
                   double couples[MARRIAGE_AGES][MARRIAGE_AGES],
                   double left[MARRIAGE_SEXES][MARRIAGE_AGES])
{
    double own[MARRIAGE_SEXES][AGES];
    if (m->rule == MARRIAGE_HARMONIC) {
        harmonic(m, single, couples);
        return;
    }
    if (!left) {
        for (size_t i = 0; i < AGES; i++)
            for (int sex = 0; sex < MARRIAGE_SEXES; sex++)
                own[sex][i] = sqrt(fmax(single[sex][i], 0));
        left = own;
    }
    matching(m, single, couples, left);
}

// The year's couples leave the never married; everybody gets a year older.
static double one_year(const struct marriage_model *m, size_t year,
                       const double *const people[MARRIAGE_SEXES],
                       double share[MARRIAGE_SEXES][AGES + 1],
                       double left[MARRIAGE_SEXES][AGES])
{
    double single[MARRIAGE_SEXES][AGES], couples[AGES][AGES], all = 0;
    double marry[MARRIAGE_SEXES][AGES] = {{0}};
    for (int sex = 0; sex < MARRIAGE_SEXES; sex++)
        for (size_t i = 0; i < AGES; i++)
            single[sex][i] = fmax(people[sex][year * AGES + i], 0) * share[sex][i];
    marriage_year(m, single, couples, left);
    for (size_t i = 0; i < AGES; i++)
        for (size_t k = 0; k < AGES; k++) {
            marry[MEN][i] += couples[i][k];
            marry[WOMEN][k] += couples[i][k];
            all += couples[i][k];
        }
    for (int sex = 0; sex < MARRIAGE_SEXES; sex++) {
        for (size_t i = AGES; i-- > 0;) {
            double stay = single[sex][i] > 0 ? fmax(1 - marry[sex][i] / single[sex][i], 0)
                                             : m->single[sex][i + 1] / m->single[sex][i];
            share[sex][i + 1] = share[sex][i] * stay;
        }
        share[sex][0] = 1;
    }
    return all;
}

void marriage_run(const struct marriage_model *m, size_t years,
                  const double *const people[MARRIAGE_SEXES],
                  double *const ever[MARRIAGE_SEXES], double *couples)
{
    double share[MARRIAGE_SEXES][AGES + 1], left[MARRIAGE_SEXES][AGES];
    memcpy(share, m->single, sizeof share);
    for (int sex = 0; sex < MARRIAGE_SEXES; sex++)
        for (size_t i = 0; i < AGES; i++)
            left[sex][i] = years ? sqrt(fmax(people[sex][i] * share[sex][i + 1], 0)) : 0;
    for (size_t t = 0; t <= years; t++) {
        for (int sex = 0; sex < MARRIAGE_SEXES; sex++)
            ever[sex][t] = 1 - share[sex][AGES];
        if (t == years)
            break;
        double all = one_year(m, t, people, share, left);
        if (couples)
            couples[t] = all;
    }
}
