// SPDX-License-Identifier: AGPL-3.0-or-later
// From the rates of an area and what is supposed to what a projection takes.
#include "study/projection.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "stats/interval.h"
#include "stats/lifetable_smooth.h"
#include "study/project_files_private.h"
#include "study/projection_private.h"

enum { USUAL_YEARS = 40, MOST_YEARS = 200, BISECTIONS = 60 };

struct maker {
    struct arena *a;
    struct error *e;
    const struct projection_choice *choice;
    const struct projection_rows *rows;
    const struct projection_rates *rates;
    const struct project_choice *more;
    struct project_shape shape;
    int32_t by;
};

// --- what is supposed ------------------------------------------------------------------

static enum err out_of_range(struct error *e, const char *what, double found, double low,
                             double high)
{
    error_set(e, ERR_INPUT, "projection.supposed", NULL, "%s of %g", what, found);
    return error_cure(e, "Suppose one from %g to %g.", low, high);
}

static enum err check_choice(const struct projection_choice *c, struct error *e)
{
    const struct {
        const char *what;
        double value, low, high;
    } all[] = {
        {"a total fertility rate", c->children, .1, 10},
        {"a life expectancy of women", c->e0[PROJECT_FEMALE], 20, 110},
        {"a life expectancy of men", c->e0[PROJECT_MALE], 20, 110},
        {"a ratio at birth (boys a girl)", c->boys, .5, 2},
        {"net migrants a year", c->migrants, -1e7, 1e7},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!isnan(all[i].value) &&
            !(all[i].value >= all[i].low && all[i].value <= all[i].high))
            return out_of_range(e, all[i].what, all[i].value, all[i].low, all[i].high);
    if (c->width && c->width != 1 && c->width != 5)
        return out_of_range(e, "a step in years", c->width, 1, 5);
    return ERR_OK;
}

static enum err set_shape(struct maker *k)
{
    struct project_shape *s = &k->shape;
    s->year = k->rows->year;
    s->width = k->choice->width ? k->choice->width : 1;
    s->ages = (k->rows->ages - 1) / (size_t)s->width + 1;
    int32_t to = k->choice->to ? k->choice->to : s->year + USUAL_YEARS;
    if (to <= s->year || to > s->year + MOST_YEARS) {
        error_set(k->e, ERR_INPUT, "projection.to", NULL,
                  "the count stands for the end of %d, and the projection would end in "
                  "%d",
                  s->year, to);
        return error_cure(k->e, "End it in %d to %d.", s->year + 1, s->year + MOST_YEARS);
    }
    s->steps = (size_t)((to - s->year + s->width - 1) / s->width);
    k->by = k->choice->by ? k->choice->by : to;
    if (k->by > s->year)
        return ERR_OK;
    error_set(k->e, ERR_INPUT, "projection.by", NULL,
              "what is supposed is to be reached by %d, and the count stands for the end "
              "of %d",
              k->by, s->year);
    return error_cure(k->e, "Let it be reached later.");
}

// In a straight line from now to what is supposed, then constant.
static double path(const struct maker *k, double now, double supposed, size_t step)
{
    if (isnan(supposed))
        return now;
    double width = k->shape.width, years = width * (double)step + (width + 1) / 2;
    double share = years / (k->by - k->shape.year);
    return now + (supposed - now) * (share < 1 ? share : 1);
}

// --- rates by step ---------------------------------------------------------------------

// The rates of a table moved to a life expectancy: its survivors' logits shifted.
static enum err mortality_at(const struct maker *k, enum project_sex sex,
                             struct lifetable_rule rule, double e0, double *m)
{
    const struct lifetable *standard = &k->rates->begin[sex].t;
    struct projection_table t;
    double low = -5, high = 5; // higher: more die
    for (int i = 0; i < BISECTIONS; i++) {
        const struct lifetable_bend b = {
            .kind = LIFETABLE_BRASS, .n = 2, .coefficient = {(low + high) / 2, 1}};
        lifetable_smooth_bent(standard, &b, t.column[0]);
        enum err code = projection_table_make(&t, standard->n, sex, rule, k->e);
        if (code)
            return code;
        if (t.t.e[0] > e0)
            low = b.coefficient[0];
        else
            high = b.coefficient[0];
    }
    memcpy(m, t.column[0], standard->n * sizeof *m);
    return ERR_OK;
}

static enum err set_mortality(const struct maker *k, enum project_sex sex, double *m)
{
    const struct lifetable *now = &k->rates->begin[sex].t;
    double supposed = k->choice->e0[sex], before = NAN;
    for (size_t step = 0; step < k->shape.steps; step++) {
        double e0 = path(k, now->e[0], supposed, step);
        double *to = m + step * now->n;
        enum err code = ERR_OK;
        if (isnan(supposed))
            memcpy(to, now->m, now->n * sizeof *to);
        else if (e0 == before)
            memcpy(to, to - now->n, now->n * sizeof *to);
        else
            code = mortality_at(k, sex, k->more->rule, e0, to);
        if (code)
            return code;
        before = e0;
    }
    return ERR_OK;
}

static void set_fertility(const struct maker *k, double *fertility)
{
    const struct project_shape *s = &k->shape;
    double share[PROJECT_MAX_AGES] = {0};
    for (size_t x = 0; x < k->rows->ages; x++) {
        size_t group = x / (size_t)s->width;
        share[group] += k->rates->fertility[x];
    }
    for (size_t step = 0; step < s->steps; step++)
        project_fertility(s, path(k, k->rates->children, k->choice->children, step),
                          share, fertility + step * s->ages);
}

static void set_migrants(const struct maker *k, double *const migrants[PROJECT_SEXES])
{
    const struct project_shape *s = &k->shape;
    static const double *const none[PROJECT_SEXES] = {NULL, NULL};
    for (size_t step = 0; step < s->steps; step++) {
        double *const to[PROJECT_SEXES] = {migrants[0] + step * s->ages,
                                           migrants[1] + step * s->ages};
        project_migrants_spread(s, s->width * path(k, 0, k->choice->migrants, step), none,
                                0, to);
    }
}

// --- the area --------------------------------------------------------------------------

static void set_people(const struct maker *k, double *const people[PROJECT_SEXES])
{
    double single[PROJECT_SEXES][PROJECTION_AGES];
    projection_people_on(k->rows, PROJECTION_AREA, projection_year_end(k->rows->year),
                         k->rates->table, single);
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t x = 0; x < k->rows->ages; x++)
            people[sex][x / (size_t)k->shape.width] += single[sex][x];
}

static bool some_move(const struct maker *k)
{
    bool moving = !isnan(k->choice->migrants) && k->choice->migrants != 0;
    for (size_t i = 0; i < k->more->n_shocks; i++)
        moving |= k->more->shocks[i].kind == PROJECT_SHOCK_MIGRANTS;
    return moving;
}

static enum err set_survival(const struct maker *k, const struct project_rates *rates,
                             struct project_area *area,
                             double *const ratio[PROJECT_SEXES])
{
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        const struct project_mortality m = {rates->n_mortality, rates->mortality_age,
                                            rates->mortality[sex]};
        if (!(area->e0[sex] = ARENA_ARRAY(k->a, double, k->shape.steps)))
            return error_memory(k->e);
        enum err code = project_survival(&k->shape, (enum project_sex)sex, &m,
                                         k->more->rule, ratio[sex], area->e0[sex], k->e);
        if (code)
            return code;
    }
    return ERR_OK;
}

static enum err make_area(const struct maker *k, double boys_now,
                          struct project_area *area)
{
    const struct project_shape *s = &k->shape;
    size_t n = k->rows->ages;
    double *people[2], *ratio[2], *migrants[2];
    struct project_rates rates = {.shape = *s, .n_mortality = n};
    double *boys = ARENA_ARRAY(k->a, double, s->steps);
    rates.fertility = ARENA_ARRAY(k->a, double, s->steps * s->ages);
    rates.mortality_age = k->rates->begin[0].age;
    area->children = ARENA_ARRAY(k->a, double, s->steps);
    bool ok = boys && rates.fertility && area->children;
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        ok &= (people[sex] = ARENA_ARRAY(k->a, double, s->ages)) != NULL;
        ok &= (ratio[sex] = ARENA_ARRAY(k->a, double, s->steps *(s->ages + 1))) != NULL;
        ok &= (migrants[sex] = ARENA_ARRAY(k->a, double, s->steps * s->ages)) != NULL;
        rates.migrants[sex] = migrants[sex];
        ok &= (rates.mortality[sex] = ARENA_ARRAY(k->a, double, s->steps *n)) != NULL;
    }
    if (!ok)
        return error_memory(k->e);
    enum err code = ERR_OK;
    for (int sex = 0; !code && sex < PROJECT_SEXES; sex++)
        code = set_mortality(k, (enum project_sex)sex, rates.mortality[sex]);
    if (code)
        return code;
    set_people(k, people);
    set_fertility(k, rates.fertility);
    if (!isnan(k->choice->migrants))
        set_migrants(k, migrants);
    project_rates_shock(k->more, &rates);
    code = set_survival(k, &rates, area, ratio);
    for (size_t step = 0; step < s->steps; step++) {
        boys[step] = path(k, boys_now, k->choice->boys, step);
        area->children[step] = project_children(s, rates.fertility + step * s->ages);
    }
    area->in = (struct project_input){
        .shape = *s,
        .population = {people[0], people[1]},
        .survival = {ratio[0], ratio[1]},
        .fertility = rates.fertility,
        .boys = boys,
        .timing =
            k->more->timing < 0 ? PROJECT_SPREAD : (enum project_timing)k->more->timing,
        .mothers = k->more->mothers < 0 ? PROJECT_ALL_WOMEN
                                        : (enum project_mothers)k->more->mothers};
    for (int sex = 0; some_move(k) && sex < PROJECT_SEXES; sex++)
        area->in.migration[sex] = migrants[sex];
    area->migrants = some_move(k) ? PROJECT_MIGRANTS_GENERAL : PROJECT_MIGRANTS_NONE;
    return code;
}

// --- what it stands on -----------------------------------------------------------------

static double births_found(const struct projection_rows *rows,
                           const struct projection_rates *rates)
{
    double births = 0, counted = 0;
    if (rows->last != rows->year)
        return NAN;
    for (int32_t i = 0; i <= rows->last - rows->first; i++)
        births += rows->years[PROJECTION_AREA][i].births;
    for (int32_t x = 0; x <= rows->last - rows->first; x++)
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            counted += rows->counts[rows->base].people[PROJECTION_AREA][sex][x] /
                       rates->begin[sex].t.L[x];
    return births / counted;
}

static void set_basis(const struct projection_rows *rows,
                      const struct projection_rates *rates, struct projection_basis *b)
{
    const struct projection_count *base = &rows->counts[rows->base];
    *b = (struct projection_basis){.counted_on = base->day,
                                   .first = rows->first,
                                   .last = rows->last,
                                   .years = rows->last - rows->first + 1,
                                   .children = rates->children,
                                   .children_low = rates->children_low,
                                   .children_high = rates->children_high,
                                   .births_found = births_found(rows, rates),
                                   .left_over = rows->left_over};
    if (rows->earlier != SIZE_MAX)
        b->earlier_on = rows->counts[rows->earlier].day;
    for (int32_t i = 0; i <= rows->last - rows->first; i++) {
        const struct projection_year *y = &rows->years[PROJECTION_AREA][i];
        b->left_out += y->unknown_births + y->unknown_deaths;
        for (int sex = 0; sex < PROJECT_SEXES; sex++) {
            b->births[sex] += y->born[sex];
            for (size_t x = 0; x < rows->ages; x++)
                b->deaths[sex] += y->deaths[sex][x];
        }
    }
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        for (size_t x = 0; x < rows->ages; x++)
            b->people[sex] += base->people[PROJECTION_AREA][sex][x];
        b->e0[sex] = rates->table[sex].t.e[0];
        b->e0_begin[sex] = rates->begin[sex].t.e[0];
        b->e0_low[sex] = rates->e0_low[sex];
        b->e0_high[sex] = rates->e0_high[sex];
    }
    double boys = b->births[PROJECT_MALE], girls = b->births[PROJECT_FEMALE];
    struct interval i = interval_ratio(boys, girls, 1, .95);
    b->boys = boys / girls, b->boys_low = i.low, b->boys_high = i.high;
    double normal = PROJECTION_NORMAL / (1 + PROJECTION_NORMAL_RATIO);
    b->boys_begin = (boys + normal * PROJECTION_NORMAL_RATIO) / (girls + normal);
}

// The area's code; of everywhere that of the one line of tops.
static struct str code_of(const struct places *p, int32_t root)
{
    if (root < 0 && p->n_areas && p->areas[0].last == (int32_t)p->n_areas - 1) {
        root = 0;
        while (root + 1 < (int32_t)p->n_areas &&
               p->areas[root + 1].last == p->areas[root].last)
            root++;
    }
    return root < 0 ? STR("") : p->areas[root].code;
}

enum err projection_make(const struct measure *m, struct arena *a,
                         const struct projection_plan *plan,
                         const struct projection_choice *choice,
                         struct projection_basis *basis, struct project_files *out,
                         struct error *e)
{
    struct project_choice more = {.timing = -1, .mothers = -1};
    struct projection_rows rows;
    struct projection_rates *rates = NULL;
    struct maker k = {.a = a, .e = e, .choice = choice, .rows = &rows, .more = &more};
    if (choice->more)
        more = *choice->more;
    more.begins = 1; // the moment is the end of its year
    *out = (struct project_files){.areas = ARENA_NEW(a, struct project_area)};
    if (!out->areas)
        return error_memory(e);
    enum err code = measure_allows(m, choice->root, e);
    if (!code)
        code = check_choice(choice, e);
    if (!code)
        code = projection_read(m, a, plan, choice, &rows, e);
    if (!code)
        code = set_shape(&k);
    if (!code)
        code = projection_rates_make(
            &rows, a, k.more->rule, measure_root_name(m, choice->root, false), &rates, e);
    if (code)
        return code;
    k.rates = rates;
    set_basis(&rows, rates, basis);
    out->n_areas = 1;
    out->areas[0].code = code_of(m->county->places, choice->root);
    return make_area(&k, basis->boys_begin, &out->areas[0]);
}
