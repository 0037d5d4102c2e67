// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/lifetable_study_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_GROUPS = 160, FIT_YEARS = 20, OPEN_AGE = 110 };

#define PEOPLE 1e5 // born into a table of rates, where a fit wants exposures

size_t lifetable_study_at(const struct lifetable *t, int32_t age)
{
    size_t i = 0;
    while (i < t->n && t->age[i] < age)
        i++;
    return i < t->n && t->age[i] == age ? i : t->n;
}

bool lifetable_maker_bind(struct lifetable_maker *m, struct lifetable_one *o, size_t n)
{
    double *block = ARENA_ARRAY(m->arena, double, 8 * n + 1);
    o->age = ARENA_ARRAY(m->arena, int32_t, n + 1);
    if (!block || !o->age)
        return false;
    o->t = (struct lifetable){.n = n,
                              .age = o->age,
                              .m = block,
                              .q = block + n,
                              .a = block + 2 * n,
                              .l = block + 3 * n,
                              .d = block + 4 * n,
                              .L = block + 5 * n,
                              .T = block + 6 * n,
                              .e = block + 7 * n};
    return true;
}

// Reading a block

static enum err wrong(struct lifetable_maker *m, size_t row, size_t column,
                      const char *cure, const char *what, double found)
{
    return frame_error(m->in->f, row, column, cure, m->e, "%s (found %g)", what, found);
}

static enum err check_cell(struct lifetable_maker *m, size_t row)
{
    const struct lifetable_input *in = m->in;
    static const char *const gap = "Write 0 where it is none, or leave out the ages.";
    if (m->s->from == LIFETABLE_FROM_M && !(in->m[row] >= 0))
        return wrong(m, row, in->column_m, gap, "a rate of 0 or more is expected",
                     in->m[row]);
    if (m->s->from == LIFETABLE_FROM_M && in->m[row] > 20)
        return wrong(m, row, in->column_m,
                     "Write deaths for one person and year: 0.0123.",
                     "a rate for one person is expected, not for 1,000", in->m[row]);
    if (m->s->from == LIFETABLE_FROM_Q && !(in->q[row] >= 0 && in->q[row] <= 1))
        return wrong(m, row, in->column_q, gap, "a probability from 0 to 1 is expected",
                     in->q[row]);
    if (m->s->from != LIFETABLE_FROM_COUNTS)
        return ERR_OK;
    double d = in->deaths[row], p = in->population[row];
    if (!(d >= 0))
        return wrong(m, row, in->column_deaths, gap, "deaths of 0 or more are expected",
                     d);
    if (!(p >= 0))
        return wrong(m, row, in->column_population, gap,
                     "a population of 0 or more is expected", p);
    if (p == 0 && d > 0)
        return wrong(m, row, in->column_population,
                     "Give the population in the middle of the year, or leave out the "
                     "deaths.",
                     "people died where nobody lives", p);
    if (d > p * in->years && p > 0)
        return wrong(m, row, in->column_deaths,
                     "Compare the columns; deaths of several years are said by --years.",
                     "more people died than there are", d);
    return ERR_OK;
}

// Deaths and population of the groups, where the file has both.
static enum err read_counts(struct lifetable_maker *m, const struct age_block *b,
                            struct lifetable_one *o)
{
    const struct lifetable_input *in = m->in;
    o->counted = b->n;
    o->all_deaths = o->people = NAN;
    if ((!in->deaths && !in->population) || m->s->from == LIFETABLE_FROM_Q)
        return ERR_OK;
    o->deaths = ARENA_ARRAY(m->arena, double, b->n + 1);
    o->population = ARENA_ARRAY(m->arena, double, b->n + 1);
    if (!o->deaths || !o->population)
        return error_memory(m->e);
    o->all_deaths = o->people = 0;
    for (size_t i = 0; i < b->n; i++) {
        size_t row = b->row[i];
        double rate = in->m ? in->m[row] : NAN;
        double d = in->deaths ? in->deaths[row] : in->population[row] * rate * in->years;
        double p = in->population ? in->population[row] : d / rate / in->years;
        if (!isfinite(d) || !isfinite(p)) { // with a rate of 0, deaths do not say of whom
            o->deaths = o->population = NULL;
            o->all_deaths = o->people = NAN;
            return ERR_OK;
        }
        o->deaths[i] = d;
        o->population[i] = p;
        o->all_deaths += d;
        o->people += p;
    }
    return ERR_OK;
}

// Ages 0-4 in one group: apart by the log-quadratic model, where a(x) is not given and
// not half the group.
static enum err split_infancy(struct lifetable_maker *m, size_t row,
                              struct lifetable_one *o)
{
    struct lifetable_infancy by;
    bool of_q = m->s->from == LIFETABLE_FROM_Q;
    size_t n = o->t.n;
    struct lifetable_one more = *o;
    enum err code = lifetable_model_infancy(o->sex, of_q ? NAN : o->t.m[0],
                                            of_q ? o->t.q[0] : NAN, &by, m->e);
    if (code == ERR_INPUT)
        return frame_error(m->in->f, row, m->in->columns.age,
                           "Correct the cell, or give ages 0 and 1-4 apart.", m->e,
                           "ages 0-4 are one group, with more deaths than any model "
                           "table can tell apart");
    if (!code && !lifetable_maker_bind(m, &more, n + 1))
        code = error_memory(m->e);
    if (!code && o->deaths) {
        more.deaths = ARENA_ARRAY(m->arena, double, n + 2);
        more.population = ARENA_ARRAY(m->arena, double, n + 2);
        if (!more.deaths || !more.population)
            code = error_memory(m->e);
    }
    if (code)
        return code;
    for (size_t i = 0; i <= n; i++) {
        size_t from = i ? i - 1 : 0;
        double deaths = i == 0 ? by.deaths : i == 1 ? 1 - by.deaths : 1;
        double lived = i == 0 ? by.lived : i == 1 ? 1 - by.lived : 1;
        more.age[i] = i == 1 ? 1 : o->age[from];
        more.t.m[i] = i == 0 ? by.m0 : i == 1 ? by.m1 : o->t.m[from];
        more.t.q[i] = i == 0 ? by.q0 : i == 1 ? by.q1 : o->t.q[from];
        if (more.deaths) {
            more.deaths[i] = deaths * o->deaths[from];
            more.population[i] = lived * o->population[from];
        }
    }
    more.counted = n + 1;
    more.split = true;
    m->s->split++;
    *o = more;
    return ERR_OK;
}

static enum err read_block(struct lifetable_maker *m, const struct age_block *b,
                           struct lifetable_one *o)
{
    const struct lifetable_input *in = m->in;
    *o = (struct lifetable_one){.area = b->area, .year = b->year, .sex = b->sex};
    if (b->age[0] != 0)
        return frame_error(in->f, b->row[0], in->columns.age,
                           "Add the younger ages: a life table begins at birth.", m->e,
                           "the youngest group begins at age %d", (int)b->age[0]);
    if (b->n < 2 || b->n > MOST_GROUPS)
        return frame_error(in->f, b->row[0], in->columns.age,
                           "Give groups of one year or five, and the open one.", m->e,
                           "the table has %zu groups of age, and 2 to %d are expected",
                           b->n, (int)MOST_GROUPS);
    if (!lifetable_maker_bind(m, o, b->n))
        return error_memory(m->e);
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < b->n; i++) {
        code = check_cell(m, b->row[i]);
        o->age[i] = b->age[i];
        if (in->a)
            o->t.a[i] = in->a[b->row[i]];
    }
    if (!code)
        code = read_counts(m, b, o);
    for (size_t i = 0; !code && i < b->n; i++) {
        size_t row = b->row[i];
        if (m->s->from == LIFETABLE_FROM_M) {
            o->t.m[i] = in->m[row];
        } else if (m->s->from == LIFETABLE_FROM_Q) {
            o->t.q[i] = in->q[row];
            o->t.m[i] = in->m && in->m[row] >= 0 ? in->m[row] : 0;
        } else {
            o->t.m[i] =
                o->population[i] > 0 ? o->deaths[i] / (o->population[i] * in->years) : 0;
            o->empty += !(o->deaths[i] > 0);
        }
    }
    bool whole = !in->a && in->rule.separation != LIFETABLE_MIDDLE && b->age[0] == 0 &&
                 b->age[1] == 5;
    return code || !whole ? code : split_infancy(m, b->row[0], o);
}

// Closing ------------------------------------------------------------------------------

static enum err of_table(struct lifetable_maker *m, const struct lifetable_one *o,
                         enum err code)
{
    if (code) {
        static const char *const sexes[] = {"female", "male", "both"};
        char where[4 * sizeof m->e->where];
        snprintf(where, sizeof where, "%s " STR_FMT " " STR_FMT " %s: %s", m->in->f->path,
                 STR_ARG(o->area), STR_ARG(o->year), sexes[o->sex], m->e->where);
        memcpy(m->e->where, where, sizeof m->e->where - 1);
    }
    return code;
}

// The rate of the open group from its own q would be 1: from a law, so that a table of q
// has one.
static enum err build(struct lifetable_maker *m, struct lifetable_one *o)
{
    struct lifetable_rule rule = m->in->rule;
    struct lifetable *t = &o->t;
    rule.sex = o->sex;
    if (m->in->a)
        rule.separation = LIFETABLE_GIVEN;
    double *open = &t->m[t->n - 1];
    bool guess = !(*open > 0) && (m->in->close || m->s->from == LIFETABLE_FROM_Q);
    if (guess)
        *open = .3; // until the law says better
    enum err code = m->s->from == LIFETABLE_FROM_Q
                        ? lifetable_from_probabilities(t, &rule, m->e)
                        : lifetable_from_rates(t, &rule, m->e);
    if (code || (!m->in->close && !guess))
        return code;
    int32_t end = t->age[t->n - 1];
    int32_t from = m->in->fit_from ? m->in->fit_from : end - FIT_YEARS;
    int32_t to = m->in->fit_to ? m->in->fit_to : end;
    int32_t at = m->in->close_from ? m->in->close_from : end;
    int32_t last = m->in->close_to ? m->in->close_to : end > OPEN_AGE ? end : OPEN_AGE;
    double *deaths = ARENA_ARRAY(m->arena, double, t->n + 1);
    double *exposure = ARENA_ARRAY(m->arena, double, t->n + 1);
    if (!deaths || !exposure)
        return error_memory(m->e);
    for (size_t i = 0; i < t->n; i++) {
        exposure[i] =
            o->population ? o->population[i] * m->in->years : PEOPLE * t->L[i] / t->l[0];
        deaths[i] = o->population && !o->bend.n ? o->deaths[i] : exposure[i] * t->m[i];
    }
    code = lifetable_old_fit(m->in->law, t->age, t->n, deaths, exposure, from, to,
                             &o->law, m->e);
    if (code)
        return code;
    struct lifetable_one more = *o;
    if (!m->in->close) // of a table of q, only the open group's rate is wanted
        last = at = end;
    if (!lifetable_maker_bind(m, &more, MOST_GROUPS))
        return error_memory(m->e);
    size_t n = lifetable_old_extend(t->age, t->m, t->n, at, last, &o->law, more.age,
                                    more.t.m, MOST_GROUPS);
    if (!n) {
        error_set(
            m->e, ERR_USAGE, "lifetable.close", "--to",
            "a table whose last groups are %d years wide cannot be carried from age "
            "%d to an open age of %d",
            (int)(end - t->age[t->n - 2]), (int)at, (int)last);
        return error_cure(m->e, "Choose ages at which groups begin: --to 110.");
    }
    if (m->in->a)
        for (size_t i = 0; i < n; i++)
            more.t.a[i] = i + 1 < t->n && more.age[i] < at
                              ? t->a[i]
                              : (i + 1 < n ? more.age[i + 1] - more.age[i] : 1) / 2.0;
    more.t.n = n;
    more.law = o->law;
    *o = more;
    return lifetable_from_rates(&o->t, &rule, m->e);
}

// Single ages --------------------------------------------------------------------------

static enum err graduate(struct lifetable_maker *m, struct lifetable_one *o)
{
    struct lifetable_one fine = *o;
    int32_t last = o->t.age[o->t.n - 1];
    size_t n = (size_t)last + 1;
    double *l = ARENA_ARRAY(m->arena, double, n + 1);
    if (!lifetable_maker_bind(m, &fine, n) || !l)
        return error_memory(m->e);
    enum err code = lifetable_old_single(&o->t, l, m->e);
    for (size_t i = 0; !code && i < n; i++) {
        fine.age[i] = (int32_t)i;
        if (i + 1 < n)
            fine.t.q[i] = 1 - l[i + 1] / l[i];
    }
    fine.t.m[n - 1] = o->t.m[o->t.n - 1];
    struct lifetable_rule rule = m->in->rule;
    rule.sex = o->sex;
    if (!code)
        code = lifetable_from_probabilities(&fine.t, &rule, m->e);
    if (!code)
        *o = fine;
    return code;
}

// Doubt --------------------------------------------------------------------------------

// By the groups that were counted; ages above them are the law's.
static enum err doubt(struct lifetable_maker *m, struct lifetable_one *o,
                      const struct lifetable *t)
{
    o->e0 = (struct interval){NAN, NAN};
    if (m->in->smooth && !o->standard)
        return lifetable_maker_smooth_doubt(m, o);
    if (o->standard || !o->deaths || !(o->all_deaths > 0)) {
        m->s->without_doubt++;
        return ERR_OK;
    }
    size_t n = o->t.n;
    double *variance = ARENA_ARRAY(m->arena, double, t->n + n + 1);
    double z = normal_quantile((1 + m->in->level) / 2);
    o->low = ARENA_ARRAY(m->arena, double, n + 1);
    o->high = ARENA_ARRAY(m->arena, double, n + 1);
    if (!variance || !o->low || !o->high)
        return error_memory(m->e);
    lifetable_variance(t, o->deaths, true, variance);
    for (size_t i = 0; i < n; i++) {
        size_t k = lifetable_study_at(t, o->t.age[i]);
        bool known = k < t->n && variance[k] > 0;
        o->low[i] = known ? o->t.e[i] - z * sqrt(variance[k]) : NAN;
        o->high[i] = known ? o->t.e[i] + z * sqrt(variance[k]) : NAN;
    }
    o->e0 = (struct interval){o->low[0], o->high[0]};
    if (!m->in->draws)
        return ERR_OK;
    size_t draws = m->in->draws;
    double *drawn = ARENA_ARRAY(m->arena, double, draws + 1);
    double *exposure = ARENA_ARRAY(m->arena, double, t->n + 1);
    if (!drawn || !exposure)
        return error_memory(m->e);
    struct lifetable_rule rule = m->in->rule;
    rule.sex = o->sex;
    if (m->in->a)
        rule.separation = LIFETABLE_GIVEN;
    for (size_t i = 0; i < t->n; i++)
        exposure[i] = o->population[i] * m->in->years;
    enum err code =
        lifetable_draw(t, &rule, o->deaths, exposure, 0, &m->rng, drawn, draws, m->e);
    if (code)
        return code;
    double tail = (1 - m->in->level) / 2, shift = o->t.e[0] - t->e[0];
    o->e0.low = shift + drawn[(size_t)(tail * (double)(draws - 1))];
    o->e0.high = shift + drawn[(size_t)((1 - tail) * (double)(draws - 1))];
    o->low[0] = o->e0.low;
    o->high[0] = o->e0.high;
    return ERR_OK;
}

static void indices(struct lifetable_one *o)
{
    const struct lifetable *t = &o->t;
    size_t five = lifetable_study_at(t, 5), from = lifetable_study_at(t, 15),
           to = lifetable_study_at(t, 60);
    o->q5 = five < t->n ? 1 - t->l[five] / t->l[0] : NAN;
    o->q45_15 =
        from < t->n && to < t->n && t->l[from] > 0 ? 1 - t->l[to] / t->l[from] : NAN;
}

static enum err finish(struct lifetable_maker *m, struct lifetable_one *o)
{
    struct lifetable counted = {0};
    enum err code = ERR_OK;
    if (o->deaths) { // the counted groups, with their own open one where it has deaths
        struct lifetable_one plain = *o;
        struct lifetable_rule rule = m->in->rule;
        rule.sex = o->sex;
        if (m->in->a)
            rule.separation = LIFETABLE_GIVEN;
        if (!lifetable_maker_bind(m, &plain, o->t.n))
            return error_memory(m->e);
        for (size_t i = 0; i < o->t.n; i++) {
            plain.age[i] = o->age[i];
            plain.t.m[i] = o->t.m[i];
            plain.t.a[i] = o->t.a[i];
        }
        if (!(plain.t.m[o->t.n - 1] > 0))
            plain.t.m[o->t.n - 1] = .3;
        code = lifetable_from_rates(&plain.t, &rule, m->e);
        counted = plain.t;
    }
    if (!code)
        code = build(m, o);
    if (!code && m->in->single)
        code = graduate(m, o);
    if (!code)
        code = doubt(m, o, &counted);
    if (!code)
        indices(o);
    return of_table(m, o, code);
}

// Both sexes, from the women and men of an area and year

static enum err add_both(struct lifetable_maker *m, const struct lifetable_one *women,
                         const struct lifetable_one *men, struct lifetable_one *o)
{
    *o = (struct lifetable_one){.area = women->area,
                                .year = women->year,
                                .sex = LIFETABLE_BOTH,
                                .counted = women->counted,
                                .summed = true,
                                .split = women->split,
                                .all_deaths = women->all_deaths + men->all_deaths,
                                .people = women->people + men->people};
    size_t n = women->counted;
    o->deaths = ARENA_ARRAY(m->arena, double, n + 1);
    o->population = ARENA_ARRAY(m->arena, double, n + 1);
    if (!o->deaths || !o->population || !lifetable_maker_bind(m, o, n))
        return error_memory(m->e);
    for (size_t i = 0; i < n; i++) {
        o->age[i] = women->age[i];
        o->deaths[i] = women->deaths[i] + men->deaths[i];
        o->population[i] = women->population[i] + men->population[i];
        o->t.m[i] =
            o->population[i] > 0 ? o->deaths[i] / (o->population[i] * m->in->years) : 0;
        o->empty += !(o->deaths[i] > 0);
    }
    return ERR_OK;
}

static bool same_ages(const struct lifetable_one *a, const struct lifetable_one *b)
{
    return a->counted == b->counted &&
           memcmp(a->age, b->age, a->counted * sizeof *a->age) == 0;
}

static enum err make_all(struct lifetable_maker *m)
{
    struct lifetable_study *s = m->s;
    struct lifetable_one *list =
        ARENA_ARRAY(m->arena, struct lifetable_one, s->rows.n * 2 + 1);
    if (!list)
        return error_memory(m->e);
    s->list = list;
    for (size_t i = 0; i < s->rows.n; i++) {
        enum err code = read_block(m, &s->rows.list[i], &list[s->n]);
        if (code)
            return code;
        struct lifetable_one *men = &list[s->n++], *women = men - 1;
        bool both = i + 1 < s->rows.n && s->rows.list[i + 1].sex == LIFETABLE_BOTH;
        // a model of women and men has no standard for both
        if (m->in->smooth && m->in->by_model &&
            m->in->model != LIFETABLE_MODEL_LOG_QUADRATIC)
            continue;
        if (m->s->from != LIFETABLE_FROM_COUNTS || men->sex != LIFETABLE_MALE ||
            s->n < 2 || women->sex != LIFETABLE_FEMALE || both || m->in->a ||
            !str_equal(women->area, men->area) || !str_equal(women->year, men->year) ||
            !same_ages(women, men))
            continue;
        code = add_both(m, women, men, &list[s->n++]);
        if (code)
            return code;
    }
    if (m->in->smooth) {
        enum err code = lifetable_maker_smooth(m);
        if (code)
            return code;
    }
    for (size_t i = 0; i < s->n; i++) {
        enum err code = finish(m, &list[i]);
        if (code)
            return code;
    }
    return ERR_OK;
}

// Comparison ---------------------------------------------------------------------------

// What of a table has this name: 0 its area, 1 its year, 2 its sex; 3: nothing.
static int called(const struct lifetable_one *o, struct str name)
{
    enum lifetable_sex sex;
    return str_equal(o->area, name)                    ? 0
           : str_equal(o->year, name)                  ? 1
           : age_sex_read(name, &sex) && sex == o->sex ? 2
                                                       : 3;
}

static bool alike(const struct lifetable_one *a, const struct lifetable_one *b, int but)
{
    return (but == 0 || str_equal(a->area, b->area)) &&
           (but == 1 || str_equal(a->year, b->year)) && (but == 2 || a->sex == b->sex);
}

// The last pair of tables of these names that are alike in all else: both sexes stand
// behind women and men.
static void find_pair(struct lifetable_maker *m, const struct lifetable_one *found[2])
{
    struct lifetable_study *s = m->s;
    for (size_t i = s->n; i-- > 0;) {
        int what = called(&s->list[i], m->in->compare_a);
        for (size_t k = s->n; what < 3 && k-- > 0;)
            if (called(&s->list[k], m->in->compare_b) == what &&
                alike(&s->list[i], &s->list[k], what)) {
                found[0] = &s->list[i];
                found[1] = &s->list[k];
                return;
            }
    }
}

static enum err compare(struct lifetable_maker *m)
{
    struct lifetable_study *s = m->s;
    const struct lifetable_one *found[2] = {NULL, NULL};
    if (!m->in->compare_a.n)
        return ERR_OK;
    find_pair(m, found);
    if (!found[0]) {
        error_set(m->e, ERR_NOT_FOUND, "lifetable.compare", "--compare",
                  "no two tables of the file are called '" STR_FMT "' and '" STR_FMT "'",
                  STR_ARG(m->in->compare_a), STR_ARG(m->in->compare_b));
        return error_cure(m->e, "Write two areas, years or sexes as the file has them: "
                                "--compare 2020:2010.");
    }
    const struct lifetable *a = &found[0]->t, *b = &found[1]->t;
    if (a->n != b->n || memcmp(a->age, b->age, a->n * sizeof *a->age) != 0) {
        error_set(m->e, ERR_INPUT, "lifetable.compare", "--compare",
                  "the two tables do not have the same groups of age");
        return error_cure(m->e, "Add --single, or --close and --to, so that they have.");
    }
    s->parts = ARENA_ARRAY(m->arena, double, a->n + 1);
    if (!s->parts)
        return error_memory(m->e);
    lifetable_arriaga(b, a, s->parts);
    s->a = found[0];
    s->b = found[1];
    return ERR_OK;
}

enum err lifetable_study_make(struct lifetable_study *out,
                              const struct lifetable_input *in, struct error *e)
{
    *out = (struct lifetable_study){.level = in->level, .draws = in->draws};
    out->from = in->q   ? LIFETABLE_FROM_Q
                : in->m ? LIFETABLE_FROM_M
                        : LIFETABLE_FROM_COUNTS;
    struct lifetable_maker m = {in, out, in->f->arena, e, rng_seed(in->seed)};
    enum err code = age_rows_read(in->f, &in->columns, &in->ages, &out->rows, e);
    if (!code)
        code = make_all(&m);
    return code ? code : compare(&m);
}
