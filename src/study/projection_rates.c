// SPDX-License-Identifier: AGPL-3.0-or-later
// Fertility and mortality of an area, from what was counted.
#include "study/projection_private.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/lifetable_model.h"
#include "stats/lifetable_old.h"
#include "stats/lifetable_smooth.h"

enum {
    DRAWS = 1000,
    ROUNDS = 2,      // people between counts move by mortality, which is found by them
    BISECTIONS = 12, // of the model's life expectancy: .01 years
    YOUNGEST_MOTHER = 10,
    OLDEST_MOTHER = 59,
    // Births of a single age that weigh as much as the county's pattern: the relative
    // risk of an age varies by a fifth among areas.
    PATTERN = 25,
    MOST_MODEL_AGES = 131,
};

#define FIRST_E0 75.0 // before deaths are known
#define LEAST_E0 45.0
#define MOST_E0 83.0 // the model of men ends at 83.5

typedef double by_age[PROJECTION_AGES];

// --- tables ----------------------------------------------------------------------------

static void bind(struct projection_table *t, size_t n)
{
    double(*c)[PROJECTION_AGES] = t->column;
    t->t = (struct lifetable){n, t->age, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]};
    for (size_t i = 0; i < n; i++)
        t->age[i] = (int32_t)i;
}

enum err projection_table_make(struct projection_table *t, size_t n, enum project_sex sex,
                               struct lifetable_rule rule, struct error *e)
{
    bind(t, n);
    rule.sex = sex == PROJECT_FEMALE ? LIFETABLE_FEMALE : LIFETABLE_MALE;
    rule.radix = 1;
    return lifetable_from_rates(&t->t, &rule, e);
}

// The log-quadratic model of a life expectancy, in single years.
static enum err model_table(struct projection_table *out, size_t n, enum project_sex sex,
                            double e0, struct lifetable_rule rule, struct error *e)
{
    int32_t coarse_age[LIFETABLE_MODEL_MOST], age[MOST_MODEL_AGES];
    double coarse[8][LIFETABLE_MODEL_MOST], fine[8][MOST_MODEL_AGES], l[MOST_MODEL_AGES];
    struct lifetable t = {LIFETABLE_MODEL_MOST,
                          coarse_age,
                          coarse[0],
                          coarse[1],
                          coarse[2],
                          coarse[3],
                          coarse[4],
                          coarse[5],
                          coarse[6],
                          coarse[7]};
    struct lifetable single = {0,       age,     fine[0], fine[1], fine[2],
                               fine[3], fine[4], fine[5], fine[6], fine[7]};
    const struct lifetable_level level = {e0, NAN, NAN};
    rule.sex = sex == PROJECT_FEMALE ? LIFETABLE_FEMALE : LIFETABLE_MALE;
    rule.radix = 1;
    enum err code = lifetable_model_table(LIFETABLE_MODEL_LOG_QUADRATIC, rule.sex, &level,
                                          coarse_age, &t, e);
    if (!code)
        code = lifetable_old_single(&t, l, e);
    if (code)
        return code;
    single.n = (size_t)t.age[t.n - 1] + 1;
    for (size_t i = 0; i < single.n; i++) {
        age[i] = (int32_t)i;
        single.q[i] = i + 1 < single.n ? 1 - l[i + 1] / l[i] : 1;
    }
    single.m[single.n - 1] = t.m[t.n - 1];
    code = lifetable_from_probabilities(&single, &rule, e);
    if (code)
        return code;
    bind(out, n);
    (void)lifetable_regroup(&single, out->age, n, out->t.m); // n is less than single.n
    return projection_table_make(out, n, sex, rule, e);
}

// --- people between counts -------------------------------------------------------------

// Into group x from x - 1; the last two are of the open group and the one before it.
static double survival(const struct lifetable *t, size_t x)
{
    size_t last = t->n - 1;
    if (x < last)
        return t->L[x] / t->L[x - 1];
    return t->T[last] / t->T[last - 1];
}

static void a_year_younger(const struct lifetable *t, const double *in, double *out)
{
    size_t last = t->n - 1;
    double oldest = in[last] / survival(t, last); // of the open group and that before it
    double share = t->L[last - 1] / (t->L[last - 1] + t->L[last]);
    for (size_t x = 0; x + 1 < last; x++)
        out[x] = in[x + 1] / survival(t, x + 1);
    out[last - 1] = share * oldest;
    out[last] = (1 - share) * oldest;
}

// The born of the year are not known here: the youngest stay as many.
static void a_year_older(const struct lifetable *t, const double *in, double *out)
{
    size_t last = t->n - 1;
    out[0] = in[0];
    for (size_t x = 1; x < last; x++)
        out[x] = in[x - 1] * survival(t, x);
    out[last] = (in[last - 1] + in[last]) * survival(t, last);
}

static void move(const struct lifetable *t, const double *from, double years, double *to)
{
    by_age now, next;
    bool back = years < 0;
    memcpy(now, from, sizeof now);
    for (years = fabs(years); years > 0; years--) {
        double part = years < 1 ? years : 1;
        memcpy(next, now, sizeof next);
        if (back)
            a_year_younger(t, now, next);
        else
            a_year_older(t, now, next);
        for (size_t x = 0; x < t->n; x++)
            now[x] = (1 - part) * now[x] + part * next[x];
    }
    memcpy(to, now, sizeof now);
}

enum { SAME_DAYS = 3 }; // 31 December and 1 January are one moment

// The counts on either side of a day, SIZE_MAX: none.
static void neighbours(const struct projection_rows *rows, enum projection_scope scope,
                       int32_t day, size_t *before, size_t *after)
{
    *before = *after = SIZE_MAX;
    for (size_t i = 0; i <= rows->base; i++) {
        if (!rows->counts[i].whole[scope])
            continue;
        if (rows->counts[i].day <= day + SAME_DAYS)
            *before = i;
        if (rows->counts[i].day >= day - SAME_DAYS && *after == SIZE_MAX)
            *after = i;
    }
}

void projection_people_on(const struct projection_rows *rows, enum projection_scope scope,
                          int32_t day, const struct projection_table *tables,
                          double people[PROJECT_SEXES][PROJECTION_AGES])
{
    size_t before, after;
    neighbours(rows, scope, day, &before, &after);
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        const struct lifetable *t = &tables[sex].t;
        by_age older = {0}, younger = {0};
        double since = 0, until = 0;
        if (before != SIZE_MAX) {
            const struct projection_count *c = &rows->counts[before];
            since = (day - c->day) / 365.25;
            since = fabs(since) * 365.25 <= SAME_DAYS ? 0 : since;
            move(t, c->people[scope][sex], since, older);
        }
        if (after != SIZE_MAX) {
            const struct projection_count *c = &rows->counts[after];
            until = (c->day - day) / 365.25;
            until = fabs(until) * 365.25 <= SAME_DAYS ? 0 : until;
            move(t, c->people[scope][sex], -until, younger);
        }
        for (size_t x = 0; x < rows->ages; x++) {
            // who was born after the count before it is not in that one
            bool both = before != SIZE_MAX && after != SIZE_MAX && (double)x >= since;
            double share = both && since + until > 0 ? until / (since + until) : 0;
            if (after == SIZE_MAX)
                share = 1;
            people[sex][x] = share * older[x] + (1 - share) * younger[x];
        }
    }
}

// Person-years of the years, half of each by the people of its beginning and end.
static void live(const struct projection_rows *rows, enum projection_scope scope,
                 const struct projection_table *tables, struct projection_rates *to)
{
    by_age people[PROJECT_SEXES];
    memset(to->lived, 0, sizeof to->lived);
    for (int32_t year = rows->first - 1; year <= rows->last; year++) {
        double weight = year == rows->first - 1 || year == rows->last ? .5 : 1;
        projection_people_on(rows, scope, projection_year_end(year), tables, people);
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            for (size_t x = 0; x < rows->ages; x++)
                to->lived[sex][x] += weight * people[sex][x];
    }
}

// --- events ----------------------------------------------------------------------------

static void add_events(const struct projection_rows *rows, enum projection_scope scope,
                       struct projection_rates *to)
{
    double known_deaths = 0, deaths = 0, known_births = 0;
    for (int32_t i = 0; i <= rows->last - rows->first; i++) {
        const struct projection_year *y = &rows->years[scope][i];
        to->births += y->births;
        deaths += y->unknown_deaths;
        for (size_t x = 0; x < PROJECTION_AGES; x++) {
            if (x >= YOUNGEST_MOTHER && x <= OLDEST_MOTHER)
                to->mothers[x] += y->mothers[x];
            for (int sex = 0; sex < PROJECT_SEXES; sex++)
                to->died[sex][x] += y->deaths[sex][x];
        }
    }
    for (size_t x = 0; x < PROJECTION_AGES; x++) {
        known_births += to->mothers[x];
        known_deaths += to->died[0][x] + to->died[1][x];
    }
    deaths += known_deaths;
    for (size_t x = 0; x < PROJECTION_AGES; x++) {
        to->mothers[x] *= known_births > 0 ? to->births / known_births : 0;
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            to->died[sex][x] *= known_deaths > 0 ? deaths / known_deaths : 0;
    }
}

static double sum(const double *v, size_t n)
{
    double all = 0;
    for (size_t i = 0; i < n; i++)
        all += v[i];
    return all;
}

static enum err nothing(const struct projection_rows *rows, const char *what,
                        struct str name, struct error *e)
{
    error_set(e, ERR_INPUT, "projection.nothing", NULL,
              "no %s of " STR_FMT " in %d to %d", what, STR_ARG(name), rows->first,
              rows->last);
    return error_cure(e, "Ask for a larger area, or let the pack look back over more "
                         "years (look_back_years).");
}

// --- mortality -------------------------------------------------------------------------

// The model of which as many die among these people as did.
static enum err fit_model(const struct projection_rows *rows, enum project_sex sex,
                          const struct projection_rates *r, struct lifetable_rule rule,
                          struct projection_table *out, struct error *e)
{
    double low = LEAST_E0, high = MOST_E0, died = sum(r->died[sex], rows->ages);
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = (low + high) / 2, expected = 0;
        enum err code = model_table(out, rows->ages, sex, middle, rule, e);
        if (code)
            return code;
        for (size_t x = 0; x < rows->ages; x++)
            expected += r->lived[sex][x] * out->t.m[x];
        if (expected > died)
            low = middle;
        else
            high = middle;
    }
    return ERR_OK;
}

// Bends a standard to the deaths. draws [DRAWS] of e(0), sorted; NULL: not wanted.
static enum err bend(const struct projection_rows *rows, enum project_sex sex,
                     const struct projection_rates *r, struct lifetable_rule rule,
                     const struct projection_table *standard,
                     struct projection_table *out, struct lifetable_bend *b,
                     struct error *e)
{
    by_age lived;
    for (size_t x = 0; x < rows->ages; x++) // who died had lived half a year of it
        lived[x] = fmax(r->lived[sex][x], r->died[sex][x] / 2);
    enum err code = lifetable_smooth(LIFETABLE_TOPALS, &standard->t, r->died[sex], lived,
                                     &lifetable_penalty_usual, b, e);
    if (code)
        return code;
    bind(out, rows->ages);
    lifetable_smooth_bent(&standard->t, b, out->t.m);
    return projection_table_make(out, rows->ages, sex, rule, e);
}

// What the projection begins with: some deaths at the rates of the whole beside its own.
static enum err begin_with(const struct projection_rows *rows, enum project_sex sex,
                           const struct projection_rates *whole,
                           struct lifetable_rule rule, struct projection_rates *area,
                           struct error *e)
{
    const struct projection_table *standard = &whole->table[sex];
    struct lifetable_bend b;
    by_age lived, died;
    double expected = 0;
    for (size_t x = 0; x < rows->ages; x++)
        expected += area->lived[sex][x] * standard->t.m[x];
    double share = expected > 0 ? PROJECTION_USUAL / expected : 0;
    memcpy(lived, area->lived[sex], sizeof lived);
    memcpy(died, area->died[sex], sizeof died);
    for (size_t x = 0; x < rows->ages; x++) {
        area->died[sex][x] += share * lived[x] * standard->t.m[x];
        area->lived[sex][x] += share * lived[x];
    }
    enum err code = bend(rows, sex, area, rule, standard, &area->begin[sex], &b, e);
    memcpy(area->lived[sex], lived, sizeof lived);
    memcpy(area->died[sex], died, sizeof died);
    return code;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum err draw_e0(const struct projection_rows *rows, enum project_sex sex,
                        struct lifetable_rule rule,
                        const struct projection_table *standard,
                        const struct lifetable_bend *b, struct arena *a, double *low,
                        double *high, struct error *e)
{
    struct projection_table drawn;
    struct rng rng = rng_stream(1, (uint64_t)sex); // the same question, the same answer
    double *e0 = ARENA_ARRAY(a, double, DRAWS);
    if (!e0)
        return error_memory(e);
    bind(&drawn, rows->ages);
    for (size_t i = 0; i < DRAWS; i++) {
        struct lifetable_bend one = lifetable_smooth_draw(b, &rng);
        lifetable_smooth_bent(&standard->t, &one, drawn.t.m);
        enum err code = projection_table_make(&drawn, rows->ages, sex, rule, e);
        if (code)
            return code;
        e0[i] = drawn.t.e[0];
    }
    qsort(e0, DRAWS, sizeof *e0, by_value);
    *low = e0[(size_t)(.025 * (DRAWS - 1))];
    *high = e0[(size_t)(.975 * (DRAWS - 1))];
    return ERR_OK;
}

// --- fertility -------------------------------------------------------------------------

// The county's pattern at the area's level, moved to the area's own by as much as its
// births say; as many births as there were stay. own: the county itself, as it is.
static void set_fertility(const struct projection_rows *rows,
                          const struct projection_rates *whole, bool own,
                          struct projection_rates *r)
{
    by_age pattern = {0}, weight = {0};
    double expected = 0, given = 0, variance = 0;
    for (size_t x = YOUNGEST_MOTHER; x <= OLDEST_MOTHER; x++) {
        double women = fmax(whole->lived[PROJECT_FEMALE][x], whole->mothers[x]);
        pattern[x] = women > 0 ? whole->mothers[x] / women : 0;
        expected += pattern[x] * r->lived[PROJECT_FEMALE][x];
    }
    double level = expected > 0 ? r->births / expected : 0;
    for (size_t x = YOUNGEST_MOTHER; x <= OLDEST_MOTHER; x++) {
        double women = fmax(r->lived[PROJECT_FEMALE][x], r->mothers[x]);
        double usual = level * pattern[x] * women;
        if (own || usual <= 0) {
            r->fertility[x] = women > 0 ? r->mothers[x] / women : 0;
            weight[x] = 1;
        } else {
            r->fertility[x] =
                level * pattern[x] * (r->mothers[x] + PATTERN) / (usual + PATTERN);
            weight[x] = usual / (usual + PATTERN);
        }
        given += r->fertility[x] * women;
    }
    for (size_t x = YOUNGEST_MOTHER; x <= OLDEST_MOTHER; x++)
        r->fertility[x] *= given > 0 ? r->births / given : 0;
    r->children = sum(r->fertility, rows->ages);
    // Births are Poisson's; what one more of an age adds to the sum of rates.
    for (size_t x = YOUNGEST_MOTHER; x <= OLDEST_MOTHER; x++) {
        double women = fmax(r->lived[PROJECT_FEMALE][x], r->mothers[x]);
        double adds = (1 - weight[x]) * r->children / r->births +
                      (women > 0 ? weight[x] / women : 0);
        variance += adds * adds * r->mothers[x];
    }
    double n = r->children * r->children / variance; // births that would say as much
    r->children_low = r->children * gsl_cdf_chisq_Pinv(.025, 2 * n) / (2 * n);
    r->children_high = r->children * gsl_cdf_chisq_Qinv(.025, 2 * n + 2) / (2 * n);
}

// --- the whole -------------------------------------------------------------------------

static enum err check_events(const struct projection_rows *rows,
                             const struct projection_rates *r, struct str name,
                             struct error *e)
{
    if (!(r->births > 0))
        return nothing(rows, "births", name, e);
    if (!(sum(r->mothers, PROJECTION_AGES) > 0))
        return nothing(rows, "births with the mother's year of birth", name, e);
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        if (!(sum(r->died[sex], rows->ages) > 0))
            return nothing(rows,
                           sex == PROJECT_FEMALE ? "deaths of women" : "deaths of men",
                           name, e);
    return ERR_OK;
}

// The tables of the whole county: a model bent to its deaths; model [sex] is kept.
static enum err bend_whole(const struct projection_rows *rows, struct lifetable_rule rule,
                           struct projection_rates *whole, struct projection_table *model,
                           struct lifetable_bend *b, struct error *e)
{
    enum err code = ERR_OK;
    for (int sex = 0; !code && sex < PROJECT_SEXES; sex++) {
        enum project_sex s = (enum project_sex)sex;
        code = fit_model(rows, s, whole, rule, &model[sex], e);
        if (!code)
            code =
                bend(rows, s, whole, rule, &model[sex], &whole->table[sex], &b[sex], e);
    }
    return code;
}

struct making {
    const struct projection_rows *rows;
    struct lifetable_rule rule;
    struct arena *a;
    enum projection_scope of_whole;        // what the whole is known by
    struct projection_rates *whole, *area; // one where the area is all that is known
    struct projection_table *model;        // [sex]
    struct error *e;
};

static enum err round_of(struct making *k, struct lifetable_bend *b)
{
    bool same = k->whole == k->area;
    const struct projection_rows *rows = k->rows;
    live(rows, k->of_whole, k->whole->table, k->whole);
    enum err code = bend_whole(rows, k->rule, k->whole, k->model, b, k->e);
    if (code || same)
        return code;
    live(rows, PROJECTION_AREA, k->area->table, k->area);
    for (int sex = 0; !code && sex < PROJECT_SEXES; sex++)
        code = bend(rows, (enum project_sex)sex, k->area, k->rule, &k->whole->table[sex],
                    &k->area->table[sex], &b[sex], k->e);
    return code;
}

static enum err make(struct making *k)
{
    const struct projection_rows *rows = k->rows;
    struct lifetable_bend b[PROJECT_SEXES];
    bool same = k->whole == k->area;
    enum err code = ERR_OK;
    for (int sex = 0; !code && sex < PROJECT_SEXES; sex++) {
        enum project_sex s = (enum project_sex)sex;
        code = model_table(&k->whole->table[sex], rows->ages, s, FIRST_E0, k->rule, k->e);
        if (!code && !same)
            code =
                model_table(&k->area->table[sex], rows->ages, s, FIRST_E0, k->rule, k->e);
    }
    for (int i = 0; !code && i < ROUNDS; i++)
        code = round_of(k, b);
    for (int sex = 0; !code && sex < PROJECT_SEXES; sex++)
        code = draw_e0(rows, (enum project_sex)sex, k->rule,
                       same ? &k->model[sex] : &k->whole->table[sex], &b[sex], k->a,
                       &k->area->e0_low[sex], &k->area->e0_high[sex], k->e);
    for (int sex = 0; !code && sex < PROJECT_SEXES; sex++) {
        enum project_sex one = (enum project_sex)sex;
        struct projection_table *begin = &k->area->begin[sex];
        if (!same) {
            code = begin_with(rows, one, k->whole, k->rule, k->area, k->e);
            continue;
        }
        memcpy(begin->column[0], k->area->table[sex].t.m,
               rows->ages * sizeof *begin->column[0]);
        code = projection_table_make(begin, rows->ages, one, k->rule, k->e);
    }
    if (!code)
        set_fertility(rows, k->whole, same, k->area);
    return code;
}

// The whole county has a count of every area in these years, or the area speaks for
// itself.
static bool whole_is_known(const struct projection_rows *rows)
{
    int32_t begins = projection_year_end(rows->first - 1) - SAME_DAYS;
    for (size_t i = 0; i <= rows->base; i++)
        if (rows->counts[i].whole[PROJECTION_WHOLE] && rows->counts[i].day >= begins)
            return true;
    return false;
}

static bool is_all(const struct projection_rows *rows)
{
    return memcmp(rows->years[PROJECTION_AREA], rows->years[PROJECTION_WHOLE],
                  (size_t)(rows->last - rows->first + 1) * sizeof **rows->years) == 0;
}

enum err projection_rates_make(const struct projection_rows *rows, struct arena *a,
                               struct lifetable_rule rule, struct str name,
                               struct projection_rates **out, struct error *e)
{
    struct making k = {.rows = rows, .rule = rule, .a = a, .e = e};
    k.of_whole =
        whole_is_known(rows) && !is_all(rows) ? PROJECTION_WHOLE : PROJECTION_AREA;
    k.area = ARENA_NEW(a, struct projection_rates);
    k.whole =
        k.of_whole == PROJECTION_AREA ? k.area : ARENA_NEW(a, struct projection_rates);
    k.model = ARENA_ARRAY(a, struct projection_table, PROJECT_SEXES);
    if (!k.area || !k.whole || !k.model)
        return error_memory(e);
    *out = k.area;
    add_events(rows, PROJECTION_AREA, k.area);
    if (k.whole != k.area)
        add_events(rows, k.of_whole, k.whole);
    enum err code = check_events(rows, k.area, name, e);
    return code ? code : make(&k);
}
