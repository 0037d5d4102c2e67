// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/fertility_study_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// Model tables end with the open group at 100, the log-quadratic one at 110.
enum { OLDEST_CHILD = 15, FIRST_MOTHER = 15, LAST_MOTHER = 50, MODEL_END = 110 };

enum err fertility_maker_wrong(struct fertility_maker *m, size_t row, size_t column,
                               const char *cure, const char *what, double found)
{
    return frame_error(m->in->f, row, column, cure, m->e, "%s (found %g)", what, found);
}

// Rates --------------------------------------------------------------------------------

static enum err check_cell(struct fertility_maker *m, size_t row)
{
    const struct fertility_input *in = m->in;
    static const char *const gap = "Write 0 where there are none.";
    if (in->married && !(in->married[row] >= 0))
        return fertility_maker_wrong(m, row, in->column_married, gap,
                                     "married women of 0 or more are expected",
                                     in->married[row]);
    if (in->rate && !(in->rate[row] >= 0))
        return fertility_maker_wrong(m, row, in->column_rate, gap,
                                     "a rate of 0 or more is expected", in->rate[row]);
    if (in->rate && in->rate[row] > 1)
        return fertility_maker_wrong(
            m, row, in->column_rate, "Write births to one woman and year: 0.087.",
            "a rate to one woman is expected, not to 1,000", in->rate[row]);
    if (in->rate)
        return ERR_OK;
    if (!(in->births[row] >= 0))
        return fertility_maker_wrong(m, row, in->column_births, gap,
                                     "births of 0 or more are expected", in->births[row]);
    if (!(in->women[row] >= 0))
        return fertility_maker_wrong(m, row, in->column_women, gap,
                                     "women of 0 or more are expected", in->women[row]);
    if (in->births[row] > in->women[row] * in->years)
        return fertility_maker_wrong(
            m, row, in->column_births,
            "Compare the columns; births of several years are said by --years.",
            "there are more births than women", in->births[row]);
    return ERR_OK;
}

static enum err read_ages(struct fertility_maker *m, const struct age_block *b,
                          struct fertility_ages *ages)
{
    ages->from = b->age[0];
    ages->n = b->n;
    ages->width = b->n > 1 ? b->age[1] - b->age[0] : b->end ? b->end - b->age[0] : 5;
    for (size_t i = 1; i < b->n; i++) {
        int32_t next = i + 1 < b->n ? b->age[i + 1] : b->end;
        if (next && next - b->age[i] != ages->width)
            return frame_error(m->in->f, b->row[i], m->in->columns.age,
                               "Give single years or groups of five throughout.", m->e,
                               "groups of age are of different widths, %d and %d years",
                               (int)ages->width, (int)(next - b->age[i]));
    }
    return ERR_OK;
}

// The girls who live to be mothers: a column, or a model table.
static enum err read_lived(struct fertility_maker *m, const struct age_block *b,
                           struct fertility_one *o)
{
    const struct fertility_input *in = m->in;
    enum { MOST = 100 };
    double all[MOST];
    size_t first = (size_t)(o->ages.from / o->ages.width), groups = first + b->n;
    if (in->married) {
        o->married = ARENA_ARRAY(m->arena, double, b->n + 1);
        for (size_t i = 0; o->married && i < b->n; i++)
            o->married[i] = in->married[b->row[i]] * in->years;
        if (!o->married)
            return error_memory(m->e);
    }
    if (!in->lived && !in->mortality)
        return ERR_OK;
    o->lived = ARENA_ARRAY(m->arena, double, b->n + 1);
    if (!o->lived)
        return error_memory(m->e);
    for (size_t i = 0; in->lived && i < b->n; i++) {
        o->lived[i] = in->lived[b->row[i]];
        if (!(o->lived[i] >= 0 && o->lived[i] <= o->ages.width))
            return fertility_maker_wrong(
                m, b->row[i], in->column_lived,
                "Write the L of a life table whose l(0) is 1: 'heng lifetable "
                "--csv' has it.",
                "years lived in the group by one girl born are expected, not "
                "more than its width",
                o->lived[i]);
    }
    if (in->lived)
        return ERR_OK;
    if ((o->ages.width != 1 && o->ages.width != 5) || o->ages.from % o->ages.width ||
        groups > (o->ages.width == 1 ? MOST : MOST / 5))
        return frame_error(in->f, b->row[0], in->columns.age,
                           "Give single years or groups of five, or the years lived by "
                           "--lived COL.",
                           m->e,
                           "the model life table has groups of one year and of five from "
                           "0, and these are of %d from %d",
                           (int)o->ages.width, (int)o->ages.from);
    enum err code =
        fertility_maker_lived(m, LIFETABLE_FEMALE, o->ages.width, groups, all);
    for (size_t i = 0; !code && i < b->n; i++)
        o->lived[i] = all[first + i];
    return code;
}

static enum err read_block(struct fertility_maker *m, const struct age_block *b,
                           struct fertility_one *o)
{
    const struct fertility_input *in = m->in;
    *o = (struct fertility_one){.area = b->area,
                                .year = b->year,
                                .tempo = NAN,
                                .tfr = {NAN, NAN},
                                .all_births = NAN};
    enum err code = read_ages(m, b, &o->ages);
    o->rate = ARENA_ARRAY(m->arena, double, b->n + 1);
    o->births = in->rate ? NULL : ARENA_ARRAY(m->arena, double, b->n + 1);
    if (!code && (!o->rate || (!in->rate && !o->births)))
        code = error_memory(m->e);
    for (size_t i = 0; !code && i < b->n; i++) {
        size_t row = b->row[i];
        code = check_cell(m, row);
        if (code)
            break;
        if (in->rate) {
            o->rate[i] = in->rate[row];
            continue;
        }
        o->births[i] = in->births[row];
        o->all_births = (isnan(o->all_births) ? 0 : o->all_births) + in->births[row];
        o->rate[i] =
            in->women[row] > 0 ? in->births[row] / (in->women[row] * in->years) : 0;
    }
    if (in->has_order) { // "area / order", or the order alone
        size_t at = b->area.n;
        while (at >= 3 && memcmp(b->area.p + at - 3, " / ", 3) != 0)
            at--;
        bool both = at >= 3 && in->columns.n_areas > 1;
        o->order = both ? (struct str){b->area.p + at, b->area.n - at} : b->area;
        o->area = both ? (struct str){b->area.p, at - 3} : STR("");
    }
    return code ? code : read_lived(m, b, o);
}

static void add_up(struct fertility_maker *m, struct fertility_one *o)
{
    double z = normal_quantile((1 + m->in->level) / 2);
    struct error none;
    o->sum = fertility_sum(&o->ages, o->rate, o->births, o->lived, m->in->boys);
    // too few groups or births: no M and m of this one
    if (o->married && o->births && !o->order.n &&
        fertility_marital_fit(&o->ages, o->births, o->married, &o->marital, &none))
        o->marital.groups = 0;
    if (o->births)
        o->tfr = (struct interval){fmax(o->sum.tfr - z * o->sum.tfr_sd, 0),
                                   o->sum.tfr + z * o->sum.tfr_sd};
}

static bool same(const struct fertility_one *a, const struct fertility_one *b)
{
    return str_equal(a->area, b->area) && str_equal(a->order, b->order);
}

// The mean ages of the years before and after it.
static void set_tempo(struct fertility_maker *m, struct fertility_one *o)
{
    int64_t year, other;
    const struct fertility_one *before = NULL, *after = NULL;
    if (!str_to_int(o->year, &year))
        return;
    for (size_t i = 0; i < m->s->n; i++) {
        const struct fertility_one *x = &m->s->list[i];
        if (!same(x, o) || !str_to_int(x->year, &other))
            continue;
        before = other == year - 1 ? x : before;
        after = other == year + 1 ? x : after;
    }
    if (before && after)
        o->tempo =
            fertility_tempo(o->sum.tfr, before->sum.mean_age, after->sum.mean_age, 2);
}

// All orders of an area and year together: rates add up, for the women are the same.
static enum err all_orders(struct fertility_maker *m, size_t n)
{
    struct fertility_study *s = m->s;
    for (size_t i = 0; i < n; i++) {
        struct fertility_one *o = &s->list[i], *all = NULL;
        for (size_t k = n; k < s->n && !all; k++)
            if (str_equal(s->list[k].area, o->area) &&
                str_equal(s->list[k].year, o->year))
                all = &s->list[k];
        if (all && (all->ages.n != o->ages.n || all->ages.from != o->ages.from)) {
            error_set(m->e, ERR_INPUT, "fertility.orders", m->in->f->path,
                      "birth orders of " STR_FMT " " STR_FMT
                      " do not have the same groups of age",
                      STR_ARG(o->area), STR_ARG(o->year));
            return error_cure(m->e,
                              "Give every order all ages, with 0 births where there "
                              "are none.");
        }
        if (!all) {
            all = &s->list[s->n++];
            *all = (struct fertility_one){.area = o->area,
                                          .year = o->year,
                                          .ages = o->ages,
                                          .tfr = {NAN, NAN},
                                          .all_births = o->births ? 0 : NAN,
                                          .married = o->married,
                                          .lived = o->lived};
            all->rate = ARENA_ARRAY(m->arena, double, o->ages.n + 1);
            all->births = o->births ? ARENA_ARRAY(m->arena, double, o->ages.n + 1) : NULL;
            if (!all->rate || (o->births && !all->births))
                return error_memory(m->e);
        }
        for (size_t k = 0; k < o->ages.n; k++) {
            all->rate[k] += o->rate[k];
            if (o->births)
                all->births[k] += o->births[k];
        }
        all->all_births += o->all_births;
        all->tempo += o->tempo; // NaN where one is
    }
    for (size_t k = n; k < s->n; k++)
        add_up(m, &s->list[k]);
    return ERR_OK;
}

static enum err make_rates(struct fertility_maker *m)
{
    struct fertility_study *s = m->s;
    size_t n = s->rows.n;
    s->list = ARENA_ARRAY(m->arena, struct fertility_one, 2 * n + 1);
    if (!s->list)
        return error_memory(m->e);
    for (size_t i = 0; i < n; i++) {
        enum err code = read_block(m, &s->rows.list[i], &s->list[i]);
        if (code)
            return code;
        add_up(m, &s->list[i]);
    }
    s->n = n;
    if (!m->in->has_order)
        return ERR_OK;
    for (size_t i = 0; i < n; i++)
        set_tempo(m, &s->list[i]);
    return all_orders(m, n);
}

// Before a census

enum err fertility_maker_lived(struct fertility_maker *m, enum lifetable_sex sex,
                               int32_t width, size_t groups, double *out)
{
    int32_t age[LIFETABLE_MODEL_MOST];
    double columns[8][LIFETABLE_MODEL_MOST], survival[22];
    struct lifetable t = {0,          age,        columns[0], columns[1], columns[2],
                          columns[3], columns[4], columns[5], columns[6], columns[7]};
    struct lifetable_level level = {m->in->e0[sex == LIFETABLE_MALE], NAN, NAN};
    enum err code = lifetable_model_table(m->in->model, sex, &level, age, &t, m->e);
    if (code)
        return code;
    if (width == 1) {
        double l[MODEL_END + 1];
        code = lifetable_old_single(&t, l, m->e);
        for (size_t i = 0; !code && i < groups; i++)
            out[i] = i ? (l[i] + l[i + 1]) / 2 : t.L[0];
        return code;
    }
    code = lifetable_survival(&t, 5, 21, survival, m->e);
    for (size_t i = 0; !code && i < groups; i++)
        out[i] = (i ? out[i - 1] : 5) * survival[i];
    return code;
}

static enum err one_census(struct fertility_maker *m, const struct age_block *women,
                           const struct age_block *men, struct fertility_before *b)
{
    const struct fertility_input *in = m->in;
    int32_t width = women->n > 1 ? women->age[1] - women->age[0] : 0;
    size_t groups = width ? (size_t)((LAST_MOTHER + OLDEST_CHILD) / width) : 0,
           periods = width ? (size_t)(OLDEST_CHILD / width) : 0;
    if (women->age[0] != 0 || (width != 1 && width != 5) || women->n < groups + 1 ||
        men->n < periods || women->age[groups] != LAST_MOTHER + OLDEST_CHILD)
        return frame_error(
            in->f, women->row[0], in->columns.age,
            "Give people by single years or groups of five (0-4, 5-9 ...).", m->e,
            "reverse survival wants ages 0 to %d in groups of one or five "
            "years",
            LAST_MOTHER + OLDEST_CHILD - 1);
    size_t mothers = (size_t)((LAST_MOTHER - FIRST_MOTHER) / width);
    double *block = ARENA_ARRAY(m->arena, double, 4 * groups + mothers + 1);
    b->past = ARENA_ARRAY(m->arena, struct fertility_past, periods + 1);
    if (!block || !b->past)
        return error_memory(m->e);
    double *female = block, *children = block + groups, *lived_f = block + 2 * groups,
           *lived_c = block + 3 * groups, *share = block + 4 * groups;
    enum err code = fertility_maker_lived(m, LIFETABLE_FEMALE, width, groups, lived_f);
    if (!code)
        code = fertility_maker_lived(m, LIFETABLE_MALE, width, periods, lived_c);
    for (size_t i = 0; !code && i < groups; i++) {
        size_t row = women->row[i];
        female[i] = in->people[row];
        if (!(female[i] >= 0))
            return fertility_maker_wrong(m, row, in->column_people,
                                         "Write 0 where there are none.",
                                         "people of 0 or more are expected", female[i]);
    }
    for (size_t i = 0; !code && i < periods; i++) {
        double boys = in->people[men->row[i]];
        if (!(boys >= 0))
            return fertility_maker_wrong(m, men->row[i], in->column_people,
                                         "Write 0 where there are none.",
                                         "people of 0 or more are expected", boys);
        // girls and boys go back by their own tables: together as one
        double births = female[i] / lived_f[i] + boys / lived_c[i];
        children[i] = female[i] + boys;
        lived_c[i] = births > 0 ? children[i] / births : lived_c[i];
    }
    for (size_t i = 0; i < mothers; i++)
        share[i] = width == 5 ? in->share[i] : in->share[i / 5] / 5;
    struct fertility_reverse reverse = {.width = width,
                                        .periods = periods,
                                        .children = children,
                                        .women = female,
                                        .groups = groups,
                                        .lived_children = lived_c,
                                        .lived_women = lived_f,
                                        .from = FIRST_MOTHER,
                                        .mothers = mothers,
                                        .share = share};
    b->area = women->area;
    b->year = women->year;
    b->width = width;
    b->periods = periods;
    return code ? code : fertility_reverse(&reverse, b->past, m->e);
}

static enum err make_before(struct fertility_maker *m)
{
    struct fertility_study *s = m->s;
    s->before = ARENA_ARRAY(m->arena, struct fertility_before, s->rows.n + 1);
    if (!s->before)
        return error_memory(m->e);
    for (size_t i = 0; i + 1 < s->rows.n; i++) {
        const struct age_block *women = &s->rows.list[i], *men = women + 1;
        if (women->sex != LIFETABLE_FEMALE || men->sex != LIFETABLE_MALE ||
            !str_equal(women->area, men->area) || !str_equal(women->year, men->year))
            continue;
        enum err code = one_census(m, women, men, &s->before[s->n_before]);
        if (code)
            return code;
        s->n_before++;
    }
    if (s->n_before)
        return ERR_OK;
    error_set(m->e, ERR_INPUT, "fertility.reverse", m->in->f->path,
              "no area and year has rows of both women and men");
    return error_cure(m->e, "Give people by age and sex (--sex COL).");
}

enum err fertility_study_make(struct fertility_study *out,
                              const struct fertility_input *in, struct error *e)
{
    *out = (struct fertility_study){.level = in->level};
    struct fertility_maker m = {in, out, in->f->arena, e};
    if (in->own)
        return fertility_maker_own(&m);
    enum err code = age_rows_read(in->f, &in->columns, &in->ages, &out->rows, e);
    if (code)
        return code;
    return in->reverse ? make_before(&m) : make_rates(&m);
}
