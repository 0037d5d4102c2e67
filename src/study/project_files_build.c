// SPDX-License-Identifier: AGPL-3.0-or-later
// Rows of long tables to areas ready to project.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "stats/age_split.h"
#include "stats/lifetable_model.h"
#include "study/project_files_long.h"

enum { MOST_GROUPS = AGE_SPLIT_MOST };

struct groups { // the rows of one area, year and sex as groups of age
    size_t n;
    int32_t age[MOST_GROUPS];
    double value[MOST_GROUPS];
    const struct long_row *rows, *last;
    int32_t end; // behind the last group; 0: it is open
};

struct building {
    const struct long_tables *t;
    const struct project_choice *choice;
    struct arena *arena;
    struct error *e;
    uint32_t area;
    bool *infancy_split; // of project_files
    uint32_t shared;     // area of tables without a column of areas; UINT32_MAX: none
    struct project_shape shape;
};

void project_rates_shock(const struct project_choice *choice, struct project_rates *r)
{
    int32_t groups[PROJECT_MAX_AGES];
    for (size_t a = 0; a < r->shape.ages; a++)
        groups[a] = (int32_t)a * r->shape.width;
    for (size_t i = 0; i < choice->n_shocks; i++)
        for (size_t t = 0; t < r->shape.steps; t++) {
            const struct project_shock *k = &choice->shocks[i];
            double begins = r->shape.year + (int32_t)t * r->shape.width + choice->begins;
            for (int sex = 0; sex < PROJECT_SEXES; sex++) {
                if (k->sex >= 0 && k->sex != sex)
                    continue;
                if (k->kind == PROJECT_SHOCK_DEATHS && r->n_mortality)
                    project_shock_rates(k, begins, r->shape.width, r->mortality_age,
                                        r->n_mortality,
                                        r->mortality[sex] + t * r->n_mortality);
                if (k->kind == PROJECT_SHOCK_MIGRANTS && r->migrants[sex])
                    project_shock_migrants(k, begins, &r->shape,
                                           r->migrants[sex] + t * r->shape.ages);
            }
            if (k->kind == PROJECT_SHOCK_BIRTHS)
                project_shock_rates(k, begins, r->shape.width, groups, r->shape.ages,
                                    r->fertility + t * r->shape.ages);
        }
}

// --- finding

// Rows of the area, else of tables without areas; of the year, else without a year.
static const struct long_row *find(const struct building *b, enum long_measure m,
                                   int32_t year, int32_t sex, size_t *n)
{
    const uint32_t areas[] = {b->area, b->shared};
    const int32_t years[] = {year, LONG_NO_YEAR};
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2 && areas[i] != UINT32_MAX; k++) {
            const struct long_row *r =
                long_find(&b->t->of[m], areas[i], years[k], sex, n);
            if (r)
                return r;
        }
    return NULL;
}

// The first row of an area with a year after this one; NULL: none.
static const struct long_row *row_after(const struct long_rows *r, uint32_t area,
                                        int32_t after)
{
    size_t low = 0, high = r->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct long_row *at = &r->rows[middle];
        if (at->area < area || (at->area == area && at->year <= after))
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->n && r->rows[low].area == area ? &r->rows[low] : NULL;
}

static bool has(const struct building *b, enum long_measure m)
{
    return row_after(&b->t->of[m], b->area, INT32_MIN) ||
           row_after(&b->t->of[m], b->shared, INT32_MIN);
}

// The first year of a measure after `after`; INT32_MAX: none. Periods: *years long.
static int32_t next_year(const struct building *b, enum long_measure m, int32_t after,
                         int32_t *years)
{
    int32_t found = INT32_MAX;
    const uint32_t areas[] = {b->area, b->shared};
    if (after < LONG_NO_YEAR)
        after = LONG_NO_YEAR;
    for (int i = 0; i < 2; i++) {
        const struct long_row *r = row_after(&b->t->of[m], areas[i], after);
        if (!r || r->year >= found)
            continue;
        found = r->year;
        *years = r->years;
    }
    return found;
}

static enum err missing(const struct building *b, enum long_measure m, int32_t year,
                        int32_t sex, const char *cure)
{
    char where[200], when[40] = "";
    const struct long_rows *r = &b->t->of[m];
    snprintf(where, sizeof where, "%.150s", r->n ? r->rows[0].f->path : "the files");
    if (year != LONG_NO_YEAR)
        snprintf(when, sizeof when, " of %d", year);
    struct str area = b->t->areas[b->area];
    error_set(b->e, ERR_INPUT, "project.missing", where, "no %s%s%s%s" STR_FMT,
              long_name(m), when,
              sex == LONG_BOTH        ? ""
              : sex == PROJECT_FEMALE ? " of women"
                                      : " of men",
              area.n ? " for area " : "", STR_ARG(area));
    return error_cure(b->e, "%s", cure);
}

// --- groups of age

static enum err gap(const struct building *b, const struct long_row *r, int32_t from,
                    int32_t to, enum long_measure m)
{
    return frame_error(r->f, r->row, r->column, "add the rows that are missing", b->e,
                       "%s of ages %d to %d are missing before this row (sex %s)",
                       long_name(m), from, to - 1,
                       r->sex == LONG_BOTH ? "both"
                                           : project_sex_name((enum project_sex)r->sex));
}

// Groups side by side. open: from 0, the last open; else wherever they begin.
static enum err to_groups(const struct building *b, enum long_measure m,
                          const struct long_row *rows, size_t n, bool open,
                          struct groups *out)
{
    out->n = n;
    out->rows = rows;
    out->last = &rows[n - 1];
    out->end = 0;
    if (n > MOST_GROUPS)
        return frame_error(rows[0].f, rows[0].row, rows[0].column, "join the oldest",
                           b->e, "%zu groups of age; %d at most", n, MOST_GROUPS);
    for (size_t i = 0; i < n; i++) {
        const struct long_row *r = &rows[i];
        int32_t expected = i == 0 ? 0 : rows[i - 1].age + rows[i - 1].width;
        if (r->age == LONG_NO_AGE)
            return frame_error(r->f, r->row, r->column, "give a column age", b->e,
                               "%s without an age", long_name(m));
        if (i == 0 && open && r->age != 0)
            return gap(b, r, 0, r->age, m);
        if (i > 0 && rows[i - 1].width > 0 && r->age > expected)
            return gap(b, r, expected, r->age, m);
        if (i > 0 && rows[i - 1].width >= 0 && r->age < expected + !rows[i - 1].width)
            return frame_error(r->f, r->row, r->column, "correct the ages", b->e,
                               "ages overlap: %d begins before the group of %d ends",
                               r->age, rows[i - 1].age);
        // single numbers: single ages, or groups that go to the next
        if (i > 1 && rows[i - 1].width < 0 && r->width < 0 &&
            rows[i - 1].age - rows[i - 2].age == 1 && r->age - rows[i - 1].age > 1 &&
            !(r->age == 5 && rows[i - 1].age == 1))
            return gap(b, r, rows[i - 1].age + 1, r->age, m);
        out->age[i] = r->age;
        out->value[i] = r->value;
    }
    const struct long_row *last = &rows[n - 1];
    if (open && last->width > 0)
        return frame_error(last->f, last->row, last->column,
                           "add the oldest group, such as 100+; see whether the file is "
                           "whole",
                           b->e, "%s end with the closed group %d-%d", long_name(m),
                           last->age, last->age + last->width - 1);
    int32_t before = n > 1 ? last->age - rows[n - 2].age : 1;
    out->end = last->age + (last->width > 0 ? last->width : before);
    return ERR_OK;
}

static enum err read_groups(const struct building *b, enum long_measure m, int32_t year,
                            int32_t sex, bool open, struct groups *out)
{
    size_t n;
    const struct long_row *rows = find(b, m, year, sex, &n);
    if (!rows) {
        int32_t other = sex == PROJECT_FEMALE ? PROJECT_MALE : PROJECT_FEMALE;
        bool one_sex = sex != LONG_BOTH && find(b, m, year, other, &n);
        return missing(b, m, year, sex,
                       one_sex ? "add it: both sexes are needed, for births need women "
                                 "and are split between both"
                               : "add the rows, or end the projection before it with "
                                 "--to; --hold goes on with the last rates");
    }
    return to_groups(b, m, rows, n, open, out);
}

// --- the shape

static enum err set_start(struct building *b, enum long_measure rates)
{
    int32_t years = 0, chosen = b->choice->from;
    int32_t first = next_year(b, LONG_POPULATION, INT32_MIN, &years);
    int32_t first_rate = next_year(b, rates, INT32_MIN, &years);
    b->shape.year = first;
    if (chosen)
        b->shape.year = chosen;
    else if (first == INT32_MAX) // a population without a year
        b->shape.year = first_rate;
    else
        for (int32_t y = first; y != INT32_MAX;
             y = next_year(b, LONG_POPULATION, y, &years)) {
            size_t n;
            if (long_find(&b->t->of[rates], b->area, y, PROJECT_FEMALE, &n) ||
                (b->shared != UINT32_MAX &&
                 long_find(&b->t->of[rates], b->shared, y, PROJECT_FEMALE, &n)))
                b->shape.year = y;
        }
    if (b->shape.year != INT32_MAX)
        return ERR_OK;
    return missing(b, rates, LONG_NO_YEAR, LONG_BOTH,
                   "give a column year with the rates, or --from");
}

static int32_t find_width(const struct building *b, enum long_measure rates,
                          const struct groups *people)
{
    int32_t years = 0, ignored;
    int32_t first = next_year(b, rates, INT32_MIN, &years);
    if (b->choice->width)
        return b->choice->width;
    if (years > 0)
        return years;
    int32_t second = first == INT32_MAX ? first : next_year(b, rates, first, &ignored);
    if (second != INT32_MAX)
        return second - first >= 5 ? 5 : 1;
    return people->n > 1 && people->age[1] == 1 && people->age[2] == 2 ? 1 : 5;
}

static enum err set_steps(struct building *b, enum long_measure rates)
{
    int32_t width = b->shape.width, year = b->shape.year, years;
    size_t n;
    while ((!b->choice->to || year < b->choice->to) &&
           b->shape.steps < PROJECT_MAX_STEPS) {
        int32_t last = next_year(b, rates, year - 1, &years);
        bool none = last == INT32_MAX; // no rates from here on
        bool timeless = find(b, rates, LONG_NO_YEAR, PROJECT_FEMALE, &n) != NULL;
        if (none && !b->choice->to)
            break;
        if ((none || last != year) && !timeless && !(none && b->choice->hold)) {
            if (!none && last - year < width) // years of another rhythm
                return missing(b, rates, year, LONG_BOTH,
                               "give rates for the first year of every step");
            return missing(b, rates, year, LONG_BOTH,
                           none ? "end with --to before it, add the year, or go on with "
                                  "the last rates: --hold"
                                : "the years before and after it are there: add it");
        }
        year += width;
        b->shape.steps++;
    }
    if (b->shape.steps)
        return ERR_OK;
    return missing(b, rates, year, LONG_BOTH,
                   "begin with --from a year that has rates, or end with --to");
}

// The year whose rates serve a step: its own, or the last before.
static int32_t rates_of(const struct building *b, enum long_measure m, int32_t year)
{
    int32_t years, last = year;
    if (!b->choice->hold)
        return year;
    for (int32_t y = next_year(b, m, INT32_MIN, &years); y != INT32_MAX && y <= year;
         y = next_year(b, m, y, &years))
        last = y;
    return last;
}

static int32_t year_of(const struct building *b, size_t step)
{
    return b->shape.year + (int32_t)step * b->shape.width;
}

static void set_ages(struct building *b, const struct groups *women,
                     const struct groups *men, const struct groups *rates)
{
    int32_t oldest = women->age[women->n - 1];
    if (men->age[men->n - 1] < oldest)
        oldest = men->age[men->n - 1];
    if (rates && rates->age[rates->n - 1] < oldest)
        oldest = rates->age[rates->n - 1];
    if (oldest > (PROJECT_MAX_AGES - 1) * b->shape.width)
        oldest = (PROJECT_MAX_AGES - 1) * b->shape.width;
    b->shape.ages = (size_t)(oldest / b->shape.width) + 1;
}

// --- what a projection takes

// Ages 0-4 in one group: 0 and 1-4 apart by the log-quadratic model.
static enum err split_infancy(struct building *b, int sex, struct groups *g)
{
    struct lifetable_infancy by;
    if (g->n < 3 || g->n >= MOST_GROUPS || g->age[0] != 0 || g->age[1] != 5)
        return ERR_OK;
    enum err err =
        lifetable_model_infancy(sex == PROJECT_FEMALE ? LIFETABLE_FEMALE : LIFETABLE_MALE,
                                g->value[0], NAN, &by, b->e);
    if (err == ERR_INPUT)
        return frame_error(g->rows[0].f, g->rows[0].row, g->rows[0].column,
                           "correct the rate, or give those of 0 and 1-4", b->e,
                           "a death rate of %g at ages 0-4, which no model table has",
                           g->value[0]);
    memmove(g->age + 2, g->age + 1, (g->n - 1) * sizeof *g->age);
    memmove(g->value + 2, g->value + 1, (g->n - 1) * sizeof *g->value);
    g->age[1] = 1;
    g->value[0] = by.m0;
    g->value[1] = by.m1;
    g->n++;
    *b->infancy_split = true;
    return err;
}

static enum err read_mortality(struct building *b, struct project_rates *rates)
{
    struct groups g;
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t t = 0; t < b->shape.steps; t++) {
            int32_t year = rates_of(b, LONG_MORTALITY, year_of(b, t));
            enum err err = read_groups(b, LONG_MORTALITY, year, sex, true, &g);
            if (!err)
                err = split_infancy(b, sex, &g);
            if (err)
                return err;
            bool single = g.n > 2 && g.age[2] == 2;
            bool split = b->shape.width == 1 && !single;
            size_t n = split ? (size_t)g.age[g.n - 1] + 1 : g.n;
            if (!rates->n_mortality) {
                int32_t *age = ARENA_ARRAY(b->arena, int32_t, n);
                rates->n_mortality = n;
                for (int s = 0; s < PROJECT_SEXES; s++)
                    rates->mortality[s] =
                        ARENA_ARRAY(b->arena, double, n * b->shape.steps);
                if (!age || !rates->mortality[0] || !rates->mortality[1])
                    return error_memory(b->e);
                for (size_t i = 0; i < n; i++)
                    age[i] = split ? (int32_t)i : g.age[i];
                rates->mortality_age = age;
            }
            const struct long_row *last = g.last;
            if (n != rates->n_mortality ||
                (!split && memcmp(g.age, rates->mortality_age, n * sizeof *g.age) != 0))
                return frame_error(
                    last->f, last->row, last->column,
                    "give the same ages in every year and of both sexes; "
                    "see whether the file is whole",
                    b->e,
                    "death rates of %d, %s, have %zu ages up to %d, others "
                    "%zu up to %d",
                    year, project_sex_name((enum project_sex)sex), g.n, g.age[g.n - 1],
                    rates->n_mortality, rates->mortality_age[rates->n_mortality - 1]);
            double *to = rates->mortality[sex] + t * n;
            if (split)
                age_split_hazards(g.age, g.value, g.n, to);
            else
                memcpy(to, g.value, n * sizeof *to);
        }
    return ERR_OK;
}

static enum err read_survival(struct building *b, double *const survival[PROJECT_SEXES])
{
    struct groups g;
    size_t ages = b->shape.ages;
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t t = 0; t < b->shape.steps; t++) {
            int32_t year = rates_of(b, LONG_SURVIVAL, year_of(b, t));
            enum err err = read_groups(b, LONG_SURVIVAL, year, sex, true, &g);
            if (err)
                return err;
            double *to = survival[sex] + t * (ages + 1);
            if (g.n < ages || g.n > ages + 1)
                return frame_error(g.rows[g.n - 1].f, g.rows[g.n - 1].row,
                                   g.rows[g.n - 1].column,
                                   "give survival from birth to the open group, of the "
                                   "ages of the population",
                                   b->e, "survival of %d has %zu ages; %zu are expected",
                                   year, g.n, ages);
            memcpy(to, g.value, g.n * sizeof *to);
            if (g.n == ages) // of the two oldest groups together
                to[ages] = to[ages - 1];
        }
    return ERR_OK;
}

static enum err read_fertility(struct building *b, double *fertility)
{
    struct groups g;
    bool total = !has(b, LONG_FERTILITY);
    enum long_measure m = total ? LONG_SHARES : LONG_FERTILITY;
    for (size_t t = 0; t < b->shape.steps; t++) {
        double *to = fertility + t * b->shape.ages, all = 0, shares = 0;
        int32_t year = rates_of(b, m, year_of(b, t));
        size_t n;
        int32_t sex = find(b, m, year, LONG_BOTH, &n) ? LONG_BOTH : PROJECT_FEMALE;
        enum err err = read_groups(b, m, year, sex, false, &g);
        if (err)
            return err;
        int32_t past = b->shape.width * (int32_t)b->shape.ages;
        if (g.end > past)
            return frame_error(g.rows[g.n - 1].f, g.rows[g.n - 1].row,
                               g.rows[g.n - 1].column, "give ages the population has",
                               b->e, "fertility up to age %d; the population ends at %d",
                               g.end - 1, past - b->shape.width);
        if (!total) {
            age_split_rates(g.age, g.value, g.n, g.end, b->shape.width, b->shape.ages,
                            to);
            continue;
        }
        year = rates_of(b, LONG_CHILDREN, year_of(b, t));
        const struct long_row *r = find(b, LONG_CHILDREN, year, LONG_BOTH, &n);
        if (!r)
            r = find(b, LONG_CHILDREN, year, PROJECT_FEMALE, &n);
        if (!r)
            return missing(
                b, LONG_CHILDREN, year, LONG_BOTH,
                "give fertility by age (asfr), or tfr with its shares (pasfr)");
        for (size_t i = 0; i < g.n; i++) {
            int32_t next = i + 1 < g.n ? g.age[i + 1] : g.end;
            shares += g.value[i];
            g.value[i] /= next - g.age[i];
        }
        age_split_rates(g.age, g.value, g.n, g.end, b->shape.width, b->shape.ages, to);
        for (size_t a = 0; a < b->shape.ages; a++)
            all += to[a] * b->shape.width;
        for (size_t a = 0; a < b->shape.ages && shares > 0; a++)
            to[a] *= r->value / all;
    }
    return ERR_OK;
}

static enum err read_boys(struct building *b, double *boys)
{
    for (size_t t = 0; t < b->shape.steps; t++) {
        size_t n;
        int32_t year = rates_of(b, LONG_BOYS, year_of(b, t));
        const struct long_row *r = find(b, LONG_BOYS, year, LONG_BOTH, &n);
        if (!r && (b->choice->boys == 0 || has(b, LONG_BOYS)))
            return missing(b, LONG_BOYS, year, LONG_BOTH,
                           "give it by year in a file, or one for all years with --srb "
                           "1.06");
        boys[t] = r ? r->value : b->choice->boys;
    }
    return ERR_OK;
}

// Groups of any widths to those of the projection, evenly within each.
static void spread_evenly(const struct building *b, const struct groups *g, double *out)
{
    int32_t width = b->shape.width;
    for (size_t i = 0; i < g->n; i++) {
        int32_t from = g->age[i], to = i + 1 < g->n ? g->age[i + 1] : from + 1;
        for (int32_t x = from; x < to; x++) {
            size_t a = (size_t)(x / width);
            out[a < b->shape.ages ? a : b->shape.ages - 1] += g->value[i] / (to - from);
        }
    }
}

static enum err read_migrants(struct building *b, struct project_area *area,
                              double *const migrants[PROJECT_SEXES])
{
    struct groups g;
    area->migrants = PROJECT_MIGRANTS_NONE;
    if (!has(b, LONG_MIGRATION))
        return ERR_OK;
    for (size_t t = 0; t < b->shape.steps; t++) {
        size_t n, ages = b->shape.ages;
        int32_t year = rates_of(b, LONG_MIGRATION, year_of(b, t));
        double *const to[PROJECT_SEXES] = {migrants[0] + t * ages,
                                           migrants[1] + t * ages};
        const struct long_row *all = find(b, LONG_MIGRATION, year, LONG_BOTH, &n);
        if (all && n == 1 && all->age == LONG_NO_AGE) {
            project_migrants_spread(&b->shape, all->value,
                                    (const double *const[]){NULL, NULL}, 0, to);
            area->migrants = PROJECT_MIGRANTS_GENERAL;
            continue;
        }
        area->migrants = PROJECT_MIGRANTS_GIVEN;
        for (int sex = 0; sex < PROJECT_SEXES; sex++) {
            enum err err = read_groups(b, LONG_MIGRATION, year, sex, false, &g);
            if (err)
                return err;
            spread_evenly(b, &g, to[sex]);
        }
    }
    return ERR_OK;
}

static enum err read_people(struct building *b, enum long_measure m, int32_t year,
                            int sex, double *out)
{
    struct groups g;
    enum err err = read_groups(b, m, year, sex, true, &g);
    if (err)
        return err;
    if (!age_split_counts(g.age, g.value, g.n, b->shape.width, b->shape.ages, out))
        return frame_error(g.rows[0].f, g.rows[0].row, g.rows[0].column,
                           "give the same oldest group of both sexes", b->e,
                           "%s of %s cannot be split to groups of %d years", long_name(m),
                           project_sex_name((enum project_sex)sex), b->shape.width);
    return ERR_OK;
}

// Later counts of the same file, to compare with.
static enum err read_published(struct building *b, struct project_area *area)
{
    size_t ages = b->shape.ages, n;
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        double *all = ARENA_ARRAY(b->arena, double, (b->shape.steps + 1) * ages);
        if (!all)
            return error_memory(b->e);
        area->published[sex] = all;
        for (size_t t = 0; t <= b->shape.steps; t++) {
            if (long_find(&b->t->of[LONG_POPULATION], b->area, year_of(b, t), sex, &n)) {
                enum err err =
                    read_people(b, LONG_POPULATION, year_of(b, t), sex, all + t * ages);
                if (err)
                    return err;
                continue;
            }
            for (size_t a = 0; a < ages; a++)
                all[t * ages + a] = NAN;
        }
    }
    return ERR_OK;
}

static enum err set_shape(struct building *b, enum long_measure rates)
{
    struct groups people[PROJECT_SEXES], mortality;
    enum err err = set_start(b, rates);
    for (int sex = 0; !err && sex < PROJECT_SEXES; sex++)
        err = read_groups(b, LONG_POPULATION, b->shape.year, sex, true, &people[sex]);
    if (err)
        return err;
    b->shape.width = find_width(b, rates, &people[0]);
    if (b->shape.width != 1 && b->shape.width != 5) {
        error_set(b->e, ERR_INPUT, "project.width", b->t->of[rates].rows[0].f->path,
                  "periods of %d years; 1 and 5 are what there is", b->shape.width);
        return error_cure(b->e, "give rates by year, or by periods of five years");
    }
    err = set_steps(b, rates);
    if (!err && rates == LONG_MORTALITY)
        err = read_groups(b, rates, rates_of(b, rates, b->shape.year), PROJECT_FEMALE,
                          true, &mortality);
    if (!err)
        set_ages(b, &people[0], &people[1], rates == LONG_MORTALITY ? &mortality : NULL);
    return err;
}

static enum err survive(struct building *b, const struct project_rates *rates,
                        struct project_area *area, double *const survival[PROJECT_SEXES])
{
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        struct project_mortality m = {rates->n_mortality, rates->mortality_age,
                                      rates->mortality[sex]};
        area->e0[sex] = ARENA_ARRAY(b->arena, double, b->shape.steps);
        if (!area->e0[sex])
            return error_memory(b->e);
        enum err err =
            project_survival(&b->shape, (enum project_sex)sex, &m, b->choice->rule,
                             survival[sex], area->e0[sex], b->e);
        if (err)
            return err;
    }
    return ERR_OK;
}

static enum err build(struct building *b, struct project_area *area)
{
    bool rates_given = has(b, LONG_MORTALITY);
    if (!rates_given && !has(b, LONG_SURVIVAL))
        return missing(b, LONG_MORTALITY, LONG_NO_YEAR, LONG_BOTH,
                       "give death rates (mx) or survival ratios (sx) by year, sex, age");
    if (!has(b, LONG_FERTILITY) && !has(b, LONG_SHARES))
        return missing(b, LONG_FERTILITY, LONG_NO_YEAR, LONG_BOTH,
                       "give fertility by age (asfr), or tfr with its shares (pasfr)");
    enum err err = set_shape(b, rates_given ? LONG_MORTALITY : LONG_SURVIVAL);
    if (err)
        return err;
    size_t ages = b->shape.ages, steps = b->shape.steps;
    double *people[2], *apart[2], *survival[2], *migrants[2];
    double *fertility = ARENA_ARRAY(b->arena, double, steps *ages);
    double *boys = ARENA_ARRAY(b->arena, double, steps);
    area->children = ARENA_ARRAY(b->arena, double, steps);
    bool ok = fertility && boys && area->children;
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        ok &= (people[sex] = ARENA_ARRAY(b->arena, double, ages)) != NULL;
        ok &= (apart[sex] = ARENA_ARRAY(b->arena, double, ages)) != NULL;
        ok &= (survival[sex] = ARENA_ARRAY(b->arena, double, steps *(ages + 1))) != NULL;
        ok &= (migrants[sex] = ARENA_ARRAY(b->arena, double, steps *ages)) != NULL;
    }
    if (!ok)
        return error_memory(b->e);
    struct project_rates rates = {.shape = b->shape, .fertility = fertility};
    for (int sex = 0; !err && sex < PROJECT_SEXES; sex++) {
        err = read_people(b, LONG_POPULATION, b->shape.year, sex, people[sex]);
        if (!err && has(b, LONG_APART))
            err = read_people(b, LONG_APART, b->shape.year, sex, apart[sex]);
    }
    if (!err)
        err = rates_given ? read_mortality(b, &rates) : read_survival(b, survival);
    if (!err)
        err = read_fertility(b, fertility);
    if (!err)
        err = read_boys(b, boys);
    if (!err)
        err = read_migrants(b, area, migrants);
    if (err)
        return err;
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        rates.migrants[sex] = migrants[sex];
    project_rates_shock(b->choice, &rates);
    if (rates_given)
        err = survive(b, &rates, area, survival);
    for (size_t t = 0; t < steps; t++)
        area->children[t] = project_children(&b->shape, fertility + t * ages);
    area->in = (struct project_input){
        .shape = b->shape,
        .population = {people[0], people[1]},
        .survival = {survival[0], survival[1]},
        .fertility = fertility,
        .boys = boys,
        .timing = b->choice->timing < 0 ? PROJECT_SPREAD
                                        : (enum project_timing)b->choice->timing,
        .mothers = b->choice->mothers < 0 ? PROJECT_ALL_WOMEN
                                          : (enum project_mothers)b->choice->mothers,
    };
    bool moving = area->migrants != PROJECT_MIGRANTS_NONE;
    for (size_t i = 0; i < b->choice->n_shocks; i++)
        moving |= b->choice->shocks[i].kind == PROJECT_SHOCK_MIGRANTS;
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        if (moving)
            area->in.migration[sex] = migrants[sex];
        if (has(b, LONG_APART))
            area->in.apart[sex] = apart[sex];
    }
    return err ? err : read_published(b, area);
}

static bool chosen(const struct project_choice *c, struct str area)
{
    for (size_t i = 0; i < c->n_areas; i++)
        if (str_equal(c->areas[i], area))
            return true;
    return c->n_areas == 0;
}

// Each area's whole, by its name among the areas that are projected.
static enum err find_wholes(const struct long_tables *t, struct project_files *files,
                            const uint32_t *numbers, struct error *e)
{
    for (size_t i = 0; i < files->n_areas; i++) {
        const struct long_row *cell = &t->within[numbers[i]];
        if (!cell->f)
            continue;
        struct str name = frame_cell(cell->f, cell->row, cell->column);
        struct project_area *area = &files->areas[i];
        for (size_t k = 0; k < files->n_areas && !area->within; k++)
            if (str_equal(files->areas[k].code, name))
                area->within = &files->areas[k];
        if (!area->within || area->within == area)
            return frame_error(
                cell->f, cell->row, cell->column,
                "add rows with the population of this parent, or leave the cell empty", e,
                area->within ? "area '" STR_FMT "' is within itself"
                             : "no file has a population of '" STR_FMT "'",
                STR_ARG(name));
    }
    return ERR_OK;
}

enum err project_files_long(struct project_files *out, const char *const *paths, size_t n,
                            const struct project_choice *choice, struct arena *a,
                            struct error *e)
{
    struct long_tables t = {.arena = a};
    enum err err = long_read(&t, paths, n, e);
    if (err)
        return err;
    uint32_t shared = UINT32_MAX;
    for (size_t i = 0; i < t.n_areas; i++)
        if (!t.areas[i].n)
            shared = (uint32_t)i;
    *out = (struct project_files){.areas =
                                      ARENA_ARRAY(a, struct project_area, t.n_areas + 1)};
    uint32_t *numbers = ARENA_ARRAY(a, uint32_t, t.n_areas + 1);
    if (!out->areas || !numbers)
        return error_memory(e);
    const struct long_rows *people = &t.of[LONG_POPULATION];
    uint32_t before = UINT32_MAX;
    bool any = false;
    for (size_t i = 0; i < t.n_areas; i++)
        out->nested |= t.within[i].f != NULL;
    for (size_t i = 0; !err && i < people->n; i++) {
        uint32_t area = people->rows[i].area;
        if (area == before)
            continue;
        before = area;
        bool wanted = chosen(choice, t.areas[area]);
        any |= wanted;
        if (!wanted && !out->nested)
            continue;
        numbers[out->n_areas] = area;
        struct building b = {.t = &t,
                             .choice = choice,
                             .arena = a,
                             .e = e,
                             .area = area,
                             .infancy_split = &out->infancy_split,
                             .shared = shared};
        out->areas[out->n_areas].code = t.areas[area];
        err = build(&b, &out->areas[out->n_areas++]);
    }
    if (!err && out->nested)
        err = find_wholes(&t, out, numbers, e);
    if (err || any)
        return err;
    if (people->n) {
        error_set(e, ERR_NOT_FOUND, "project.area", people->rows[0].f->path,
                  "no area '" STR_FMT "'", STR_ARG(choice->areas[0]));
        return error_cure(e, "give an area of this file, such as " STR_FMT,
                          STR_ARG(t.areas[people->rows[0].area]));
    }
    error_set(e, ERR_INPUT, "project.missing", paths[0], "no file has a population");
    return error_cure(e, "give a table with columns sex, age, population");
}
