// SPDX-License-Identifier: AGPL-3.0-or-later
// Own children: rows of people with the age of the mother they live with.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "study/fertility_study_private.h"

enum {
    YEARS = FERTILITY_OWN_YEARS,
    FROM = 15, // mothers' ages at birth
    TO = 50,
    AGES = TO + YEARS + 1,
    LEAST = 10, // years that a mother is older than her child
    MOST = 60,
    SINGLE = TO - FROM
};

struct census { // one area and year
    double children[YEARS][AGES], alone[2][YEARS], with[2][YEARS], women[AGES];
    size_t row; // its first
};

static enum err age_in(struct fertility_maker *m, size_t row, size_t column, bool empty,
                       int32_t *out)
{
    struct age_label age;
    struct str cell = frame_cell(m->in->f, row, column);
    *out = -1;
    if (empty && (!cell.n || str_equal_c(cell, "NA") || str_equal_c(cell, ".")))
        return ERR_OK;
    if (!age_label_read(cell, &age) || age.width > 1)
        return frame_error(m->in->f, row, column,
                           empty ? "Write her age in years, or nothing where she is not "
                                   "in the household."
                                 : "Write completed years of age.",
                           m->e,
                           "a single year of age is expected, and '" STR_FMT "' found",
                           STR_ARG(cell));
    *out = age.from;
    return ERR_OK;
}

static enum err add_row(struct fertility_maker *m, size_t row, struct census *c)
{
    const struct fertility_input *in = m->in;
    int32_t age, mother;
    enum lifetable_sex sex;
    double people = in->people ? in->people[row] : 1;
    enum err code = age_in(m, row, in->columns.age, false, &age);
    if (!code)
        code = age_in(m, row, in->column_mother, true, &mother);
    if (code)
        return code;
    if (!age_sex_read(frame_cell(in->f, row, in->columns.sex), &sex) ||
        sex == LIFETABLE_BOTH)
        return frame_error(in->f, row, in->columns.sex, "Write female or male.", m->e,
                           "a sex is expected, and '" STR_FMT "' found",
                           STR_ARG(frame_cell(in->f, row, in->columns.sex)));
    if (!(people >= 0))
        return fertility_maker_wrong(m, row, in->column_people,
                                     "Write how many such people there are.",
                                     "people of 0 or more are expected", people);
    if (sex == LIFETABLE_FEMALE && age < AGES)
        c->women[age] += people;
    if (age >= YEARS)
        return ERR_OK;
    if (mother >= 0 && (mother - age < LEAST || mother - age >= MOST))
        return fertility_maker_wrong(
            m, row, in->column_mother,
            "Correct the ages; leave the cell empty where she is not the mother.",
            "a mother is 10 to 59 years older than her child", mother);
    if (mother < 0)
        c->alone[sex][age] += people;
    else {
        c->with[sex][age] += people;
        c->children[age][mother < AGES ? mother : AGES - 1] += people;
    }
    return ERR_OK;
}

// Means of some years: rates add up to the mean of the TFRs.
static void put_period(const struct fertility_maker *m, size_t from, size_t to,
                       const struct fertility_own_past *past, const double *rate,
                       struct fertility_own_period *out)
{
    double n = (double)(to - from), variance = 0, by_age = 0, children = 0, exposed = 0;
    double z = normal_quantile((1 + m->in->level) / 2), matched = 0, all = 0;
    *out = (struct fertility_own_period){.from = from, .to = to, .rate = out->rate};
    for (size_t x = from; x < to; x++) {
        out->births += past[x].births / n;
        out->tfr += past[x].tfr / n;
        variance += past[x].tfr_sd * past[x].tfr_sd / (n * n);
        if (past[x].births > 0) {
            by_age += past[x].tfr * past[x].mean_age;
            children += past[x].tfr;
            exposed += past[x].births / past[x].general;
            matched += past[x].matched * past[x].births;
            all += past[x].births;
        }
        for (size_t i = 0; i < SINGLE; i++)
            out->rate[i / 5] += rate[x * SINGLE + i] / (5 * n);
    }
    out->general = exposed > 0 ? all / exposed : NAN;
    out->mean_age = children > 0 ? by_age / children : NAN;
    out->matched = all > 0 ? matched / all : NAN;
    out->interval = (struct interval){fmax(out->tfr - z * sqrt(variance), 0),
                                      out->tfr + z * sqrt(variance)};
}

static enum err one_census(struct fertility_maker *m, struct census *c,
                           struct fertility_before *b)
{
    double lived_women[AGES], lived[2][YEARS], both[YEARS], alone[YEARS];
    double rate[YEARS * SINGLE];
    struct fertility_own_past past[YEARS];
    enum err code = fertility_maker_lived(m, LIFETABLE_FEMALE, 1, AGES, lived_women);
    if (!code)
        code = fertility_maker_lived(m, LIFETABLE_MALE, 1, YEARS, lived[LIFETABLE_MALE]);
    memcpy(lived[LIFETABLE_FEMALE], lived_women, sizeof lived[0]);
    for (size_t x = 0; !code && x < YEARS; x++) {
        double people = 0, births = 0; // girls and boys by their own tables
        alone[x] = 0;
        for (int sex = 0; sex < 2; sex++) {
            double here = c->alone[sex][x] + c->with[sex][x];
            people += here;
            births += here / lived[sex][x];
            alone[x] += c->alone[sex][x];
        }
        both[x] = births > 0 ? people / births : lived[0][x];
        b->children += people;
    }
    struct fertility_own in = {.periods = YEARS,
                               .from = FROM,
                               .to = TO,
                               .groups = AGES,
                               .children = &c->children[0][0],
                               .alone = alone,
                               .women = c->women,
                               .lived_children = both,
                               .lived_women = lived_women};
    if (!code)
        code = fertility_own(&in, past, rate, m->e);
    if (code)
        return code;
    for (size_t k = 0; k < FERTILITY_OWN_PERIODS; k++) {
        size_t from = k < YEARS ? k : 5 * (k - YEARS), to = from + (k < YEARS ? 1 : 5);
        b->own[k].rate = ARENA_ARRAY(m->arena, double, FERTILITY_OWN_GROUPS);
        if (!b->own[k].rate)
            return error_memory(m->e);
        put_period(m, from, to, past, rate, &b->own[k]);
    }
    return ERR_OK;
}

enum err fertility_maker_own(struct fertility_maker *m)
{
    const struct fertility_input *in = m->in;
    struct frame_groups areas = {0}, years = {0};
    size_t columns[AGE_ROWS_LEVELS + 1], n = in->columns.n_areas;
    memcpy(columns, in->columns.area, n * sizeof *columns);
    enum err code = n ? frame_groups(in->f, columns, n, &areas, m->e) : ERR_OK;
    if (!code && in->columns.year != SIZE_MAX)
        code = frame_groups(in->f, &in->columns.year, 1, &years, m->e);
    size_t n_years = years.n ? years.n : 1, all = (areas.n ? areas.n : 1) * n_years;
    struct census *list = code ? NULL : ARENA_ARRAY(m->arena, struct census, all);
    m->s->before = code ? NULL : ARENA_ARRAY(m->arena, struct fertility_before, all);
    if (!code && (!list || !m->s->before))
        code = error_memory(m->e);
    for (size_t i = 0; !code && i < all; i++)
        list[i].row = SIZE_MAX;
    for (size_t row = 0; !code && row < in->f->n_rows; row++) {
        size_t at = (areas.n ? areas.of_row[row] : 0) * n_years +
                    (years.n ? years.of_row[row] : 0);
        list[at].row = list[at].row == SIZE_MAX ? row : list[at].row;
        code = add_row(m, row, &list[at]);
    }
    for (size_t i = 0; !code && i < all; i++) {
        struct fertility_before *b = &m->s->before[m->s->n_before];
        if (list[i].row == SIZE_MAX)
            continue; // an area without this year
        if (areas.n)
            b->area = areas.names[i / n_years];
        if (years.n)
            b->year = years.names[i % n_years];
        b->width = 1;
        b->periods = FERTILITY_OWN_PERIODS;
        b->own =
            ARENA_ARRAY(m->arena, struct fertility_own_period, FERTILITY_OWN_PERIODS);
        code = b->own ? one_census(m, &list[i], b) : error_memory(m->e);
        if (code == ERR_INPUT) { // whose census
            char where[sizeof m->e->where];
            snprintf(where, sizeof where, "%.120s " STR_FMT " " STR_FMT, in->f->path,
                     STR_ARG(b->area), STR_ARG(b->year));
            memcpy(m->e->where, where, sizeof where);
        }
        m->s->n_before++;
    }
    return code;
}
