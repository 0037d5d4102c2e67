// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/lifetable_model.h"

#include <math.h>
#include <string.h>

#include "stats/lifetable_old.h"

enum {
    FAMILY_AGES = 17, // Coale and Demeny: 0, 1, 5 ... 75
    UN_AGES = 18,     // 0, 1, 5 ... 80
    GROUPS = 22,      // with an open group at 100
    QUADRATIC = 23,   // rates of the log-quadratic model, 1-4 apart
    QUADRATIC_GROUPS = 24,
    BISECTIONS = 60,
};

// Coefficients -------------------------------------------------------------------------

enum { FEMALE, MALE, BOTH };
enum { WEST, NORTH, EAST, SOUTH };
enum { LATIN_AMERICAN, CHILEAN, SOUTH_ASIAN, FAR_EASTERN, GENERAL, PATTERNS };

struct regression {
    int family, sex;
    double a, b, log_a, log_b;
};

static const struct regression regressions[] = {
#define AGE_ROW(family, sex, a, b, log_a, log_b) {family, sex, a, b, log_a, log_b},
#include "stats/lifetable_coale_demeny.def"
#undef AGE_ROW
};

static const struct {
    int pattern, sex;
    double y[UN_AGES];
} patterns[] = {
#define PATTERN(pattern, sex, ...) {pattern, sex, {__VA_ARGS__}},
#define COMPONENT(sex, ...)
#include "stats/lifetable_united_nations.def"
#undef PATTERN
#undef COMPONENT
};

static const struct {
    int sex;
    double v[UN_AGES];
} components[] = {
// three of a sex
#define PATTERN(pattern, sex, ...)
#define COMPONENT(sex, ...) {sex, {__VA_ARGS__}},
#include "stats/lifetable_united_nations.def"
#undef PATTERN
#undef COMPONENT
};

static const struct {
    int sex;
    double a, b, c, v;
} quadratics[] = {
#define AGE_ROW(sex, a, b, c, v) {sex, a, b, c, v},
#include "stats/lifetable_log_quadratic.def"
#undef AGE_ROW
};

static const char *const names[LIFETABLE_MODELS] = {
    "west",    "north",       "east",        "south",   "latin-american",
    "chilean", "south-asian", "far-eastern", "general", "log-quadratic"};

const char *lifetable_model_name(enum lifetable_model model)
{
    return model < LIFETABLE_MODELS ? names[model] : NULL;
}

bool lifetable_model_find(struct str name, enum lifetable_model *out)
{
    char plain[32];
    size_t n = 0;
    if (name.n >= sizeof plain)
        return false;
    for (; n < name.n; n++) {
        char ch = name.p[n];
        plain[n] = ch >= 'A' && ch <= 'Z'   ? (char)(ch + 32)
                   : ch == ' ' || ch == '_' ? '-'
                                            : ch;
    }
    plain[n] = 0;
    const char *from = plain;
    if (strncmp(from, "cd-", 3) == 0 || strncmp(from, "un-", 3) == 0)
        from += 3;
    if (strcmp(from, "logquad") == 0 || strcmp(from, "log-quad") == 0)
        from = names[LIFETABLE_MODEL_LOG_QUADRATIC];
    for (int i = 0; i < LIFETABLE_MODELS; i++)
        if (strcmp(from, names[i]) == 0) {
            *out = (enum lifetable_model)i;
            return true;
        }
    return false;
}

// Coale and Demeny

static void family_probabilities(enum lifetable_model family, size_t sex, double e10,
                                 double q[FAMILY_AGES])
{
    size_t from = 0, i = 0;
    while (regressions[from].family != (int)family || regressions[from].sex != (int)sex)
        from++;
    for (; i < FAMILY_AGES; i++) {
        const struct regression *r = &regressions[from + i];
        double line = r->a + r->b * e10,
               curve = 1e-4 * pow(10, r->log_a + r->log_b * e10);
        // the line until it crosses the curve, the mean between their crossings, and the
        // curve where it is the flatter one
        bool steep = r->b / (r->log_b * log(10) * curve) >= 1;
        q[i] = line > curve ? (line + curve) / 2 : steep ? curve : line;
        q[i] = fmin(fmax(q[i], 1e-9), 1 - 1e-9);
    }
}

// From 80 on by Gompertz's law through the rates of 75-79 and of 105 (m = .613, men .551,
// + 1.75 q(75)).
static void family_old_ages(size_t sex, double q75, struct lifetable *t)
{
    double m77 = q75 / (5 * (1 - q75 / 2));
    double m105 = (sex == MALE ? .551 : .613) + 1.75 * q75;
    struct lifetable_law law = {
        .kind = LIFETABLE_GOMPERTZ, .b = log(m105 / m77) / 27.5, .from = 77};
    law.log_a = log(m77) - law.b / 2; // it stands at 77.5
    for (size_t k = 0; k < 4; k++) {
        double age = 80 + 5 * (double)k, step = .05, left = 1, lived = 0;
        for (int i = 0; i < 100; i++) {
            double x = age + step * i;
            double next = left * exp(-step * lifetable_old_hazard(&law, x + step / 2));
            lived += step * (left + next) / 2;
            left = next;
        }
        t->q[17 + k] = 1 - left;
        t->m[17 + k] = (1 - left) / lived;
        t->a[17 + k] = (lived - 5 * left) / (1 - left);
    }
    t->m[21] = 1 / lifetable_old_e(&law, 100);
}

static enum err family_table(enum lifetable_model family, size_t sex, double e10,
                             struct lifetable *t, struct error *e)
{
    static const struct { // female, male
        double infant[2], infant_high[2], child[2], child_high[2];
    } a[4] = {
        {{.050, .0425}, {.350, .330}, {1.524, 1.653}, {1.361, 1.352}},
        {{.050, .0425}, {.350, .330}, {1.733, 1.859}, {1.570, 1.558}},
        {{.010, .0025}, {.310, .290}, {1.487, 1.614}, {1.324, 1.313}},
        {{.050, .0425}, {.350, .330}, {1.402, 1.541}, {1.239, 1.240}},
    };
    static const double infant_slope[2] = {3.000, 2.875}, child_slope[2] = {1.627, 3.013};
    double q[FAMILY_AGES];
    family_probabilities(family, sex, e10, q);
    for (size_t i = 0; i < FAMILY_AGES; i++) {
        double width = i == 0 ? 1 : i == 1 ? 4 : 5;
        bool high = q[0] >= .1;
        t->a[i] = i == 0   ? (high ? a[family].infant_high[sex]
                                   : a[family].infant[sex] + infant_slope[sex] * q[0])
                  : i == 1 ? (high ? a[family].child_high[sex]
                                   : a[family].child[sex] - child_slope[sex] * q[0])
                  : i == 2 ? 2.25
                  : i < 16 ? 2.6
                           : 2.5;
        t->q[i] = q[i];
        t->m[i] = q[i] / (width - (width - t->a[i]) * q[i]);
    }
    family_old_ages(sex, q[FAMILY_AGES - 1], t);
    return lifetable_from_rates(
        t, &(struct lifetable_rule){.separation = LIFETABLE_GIVEN}, e);
}

// United Nations

static enum err nations_table(int pattern, size_t sex, double load, struct lifetable *t,
                              struct error *e)
{
    size_t p = 0, c = 0;
    double exposure[19], deaths[19];
    struct lifetable_rule rule = {.sex = (enum lifetable_sex)sex};
    while (patterns[p].pattern != pattern || patterns[p].sex != (int)sex)
        p++;
    while (components[c].sex != (int)sex)
        c++;
    for (size_t i = 0; i < UN_AGES; i++)
        t->q[i] = 1 / (1 + exp(-2 * (patterns[p].y[i] + load * components[c].v[i])));
    t->n = UN_AGES + 1;
    t->m[UN_AGES] = .3; // until the law says better
    enum err code = lifetable_from_probabilities(t, &rule, e);
    for (size_t i = 0; !code && i < t->n; i++) {
        exposure[i] = fmax(t->L[i], 1e-9);
        deaths[i] = exposure[i] * t->m[i];
    }
    struct lifetable_law law;
    if (!code)
        code = lifetable_old_fit(LIFETABLE_KANNISTO, t->age, t->n, deaths, exposure, 60,
                                 85, &law, e);
    if (code)
        return code;
    for (size_t i = UN_AGES; i + 1 < GROUPS; i++)
        t->m[i] = lifetable_old_hazard(&law, t->age[i] + 2.5);
    t->m[GROUPS - 1] = 1 / lifetable_old_e(&law, 100);
    t->n = GROUPS;
    return lifetable_from_rates(t, &rule, e);
}

// Log-quadratic

static enum err quadratic_table(size_t sex, double h, double k, struct lifetable *t,
                                struct error *e)
{
    struct lifetable_rule rule = {.sex = (enum lifetable_sex)sex};
    size_t from = 0;
    while (quadratics[from].sex != (int)sex)
        from++;
    for (size_t i = 0; i < QUADRATIC; i++) {
        double y = quadratics[from + i].a + quadratics[from + i].b * h +
                   quadratics[from + i].c * h * h + quadratics[from + i].v * k;
        t->m[i ? i + 1 : 0] = exp(fmin(y, 3));
    }
    t->m[1] = 1e-5;
    enum err code = lifetable_from_rates(t, &rule, e);
    if (code)
        return code;
    double left = (1 - exp(h)) / (1 - t->q[0]); // of those who reach 1
    double q = fmin(fmax(1 - left, 1e-7), .999);
    t->m[1] = q / (4 - (4 - t->a[1]) * q);
    return lifetable_from_rates(t, &rule, e);
}

// Levels -------------------------------------------------------------------------------

struct search {
    enum lifetable_model model;
    size_t sex;
    double k; // of the log-quadratic model
    struct lifetable *t;
    struct error *e;
};

// The table at a place between 0 (high mortality) and 1.
static enum err at_place(const struct search *s, double place)
{
    if (s->model <= LIFETABLE_MODEL_SOUTH)
        return family_table(s->model, s->sex, 12 + place * 78, s->t, s->e);
    if (s->model < LIFETABLE_MODEL_LOG_QUADRATIC)
        return nations_table((int)s->model - LIFETABLE_MODEL_LATIN_AMERICAN, s->sex,
                             4 - place * 9, s->t, s->e);
    return quadratic_table(s->sex, log(.65) + place * (log(3e-4) - log(.65)), s->k, s->t,
                           s->e);
}

static double e0_of(const struct lifetable *t)
{
    return t->e[0];
}

static double q5_of(const struct lifetable *t)
{
    return 1 - t->l[2] / t->l[0];
}

static double q45_of(const struct lifetable *t)
{
    return 1 - t->l[13] / t->l[4];
}

static enum err out_of_reach(const struct search *s, const char *what, double wanted,
                             double from, double to)
{
    error_set(s->e, ERR_INPUT, "lifetable.level", NULL,
              "the model '%s' reaches %s from %.4g to %.4g, and %.4g is wanted",
              names[s->model], what, from, to, wanted);
    return error_cure(s->e, "Choose a level between them, or another model.");
}

static enum err find_place(const struct search *s, const char *what,
                           double (*of)(const struct lifetable *), double wanted)
{
    double low = 0, high = 1, first, last;
    enum err code = at_place(s, low);
    first = code ? 0 : of(s->t);
    if (!code)
        code = at_place(s, high);
    if (code)
        return code;
    last = of(s->t);
    if (!(wanted >= fmin(first, last)) || !(wanted <= fmax(first, last)))
        return out_of_reach(s, what, wanted, fmin(first, last), fmax(first, last));
    bool rises = last > first;
    for (int i = 0; !code && i < BISECTIONS; i++) {
        double middle = (low + high) / 2;
        code = at_place(s, middle);
        if ((of(s->t) < wanted) == rises)
            low = middle;
        else
            high = middle;
    }
    return code;
}

static enum err find_both(struct search *s, const struct lifetable_level *level)
{
    double low = -12, high = 12, first = NAN, last = NAN;
    bool by_e0 = isnan(level->q5);
    enum err code = ERR_OK;
    for (int i = 0; !code && i < BISECTIONS + 2; i++) {
        s->k = i == 0 ? low : i == 1 ? high : (low + high) / 2;
        code = find_place(s, by_e0 ? "e(0)" : "5q0", by_e0 ? e0_of : q5_of,
                          by_e0 ? level->e0 : level->q5);
        if (code)
            return code;
        double q = q45_of(s->t);
        if (i == 0)
            first = q;
        else if (i == 1)
            last = q;
        else if (q < level->q45)
            low = s->k;
        else
            high = s->k;
        if (i == 1 && !(level->q45 >= first && level->q45 <= last))
            return out_of_reach(s, "45q15", level->q45, first, last);
    }
    return code;
}

static void set_ages(bool quadratic, int32_t *age, struct lifetable *t)
{
    t->n = quadratic ? QUADRATIC_GROUPS : GROUPS;
    for (size_t i = 0; i < t->n; i++)
        age[i] = i < 2 ? (int32_t)i : (int32_t)(5 * (i - 1));
    t->age = age;
}

enum err lifetable_model_table(enum lifetable_model model, enum lifetable_sex sex,
                               const struct lifetable_level *level, int32_t *age,
                               struct lifetable *t, struct error *e)
{
    bool quadratic = model == LIFETABLE_MODEL_LOG_QUADRATIC;
    struct search s = {model, (size_t)sex, 0, t, e};
    const char *what = NULL;
    if (model >= LIFETABLE_MODELS)
        what = "there is no such model";
    else if (sex == LIFETABLE_BOTH && !quadratic)
        what = "the model has women and men, and not both sexes together";
    else if (isnan(level->e0) == isnan(level->q5))
        what = "just one of e(0) and 5q0 says which table is wanted";
    else if (!isnan(level->q45) && (!quadratic || isnan(level->q5)))
        what = "45q15 is for the log-quadratic model, beside 5q0";
    if (what) {
        error_set(e, ERR_INPUT, "lifetable.model", NULL, "%s", what);
        return error_cure(e, "Ask for instance for women of 'west' with e(0) 65, or both "
                             "sexes of 'log-quadratic'.");
    }
    set_ages(quadratic, age, t);
    if (!isnan(level->q45))
        return find_both(&s, level);
    return isnan(level->e0) ? find_place(&s, "5q0", q5_of, level->q5)
                            : find_place(&s, "e(0)", e0_of, level->e0);
}

// Ages 0-4 of one group -----------------------------------------------------------------

static double rate_of_five(const struct lifetable *t)
{
    return (t->d[0] + t->d[1]) / (t->L[0] + t->L[1]);
}

enum err lifetable_model_infancy(enum lifetable_sex sex, double rate, double q5,
                                 struct lifetable_infancy *out, struct error *e)
{
    int32_t age[LIFETABLE_MODEL_MOST];
    double columns[8][LIFETABLE_MODEL_MOST], place = 1;
    struct lifetable t = {0,          age,        columns[0], columns[1], columns[2],
                          columns[3], columns[4], columns[5], columns[6], columns[7]};
    struct search s = {LIFETABLE_MODEL_LOG_QUADRATIC, (size_t)sex, 0, &t, e};
    bool by_rate = !isnan(rate);
    double wanted = by_rate ? rate : q5, found;
    set_ages(true, age, &t);
    enum err code = at_place(&s, place);
    found = code ? 0 : by_rate ? rate_of_five(&t) : q5_of(&t);
    if (!code && !(wanted >= 0))
        code = out_of_reach(&s, by_rate ? "5m0" : "5q0", wanted, 0, .65);
    if (!code && wanted > found)
        code = find_place(&s, by_rate ? "5m0" : "5q0", by_rate ? rate_of_five : q5_of,
                          wanted);
    if (code)
        return code;
    found = by_rate ? rate_of_five(&t) : q5_of(&t);
    double part = wanted < found ? wanted / found : 1;
    *out = (struct lifetable_infancy){.m0 = part * t.m[0],
                                      .m1 = part * t.m[1],
                                      .q0 = part * t.q[0],
                                      .deaths = t.d[0] / (t.d[0] + t.d[1]),
                                      .lived = t.L[0] / (t.L[0] + t.L[1])};
    out->q1 = 1 - (1 - (by_rate ? part * q5_of(&t) : q5)) / (1 - out->q0);
    return ERR_OK;
}
