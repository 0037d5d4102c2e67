// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/lifetable.h"

#include <math.h>
#include <stdio.h>

#define GREVILLE_LN_C 0.095 // Greville 1943: the yearly growth of the logarithm of a rate
#define LEAST_SHARE 0.194   // of a group: the UN's .97 of five years
#define BOYS 1.05           // a girl, where a rule for both sexes is asked

enum { MOST_ROUNDS = 200 };

// Ages and rates -----------------------------------------------------------------------

static enum err bad_age(struct error *e, int32_t age, const char *found, const char *cure)
{
    char where[32];
    snprintf(where, sizeof where, "age %d", (int)age);
    error_set(e, ERR_INPUT, "lifetable.age", where, "%s", found);
    return error_cure(e, "%s", cure);
}

static enum err check_ages(const struct lifetable *t, struct error *e)
{
    if (!t->n) {
        error_set(e, ERR_INPUT, "lifetable.empty", NULL, "a life table has no ages");
        return error_cure(e, "Give at least one group of age.");
    }
    if (t->age[0] < 0)
        return bad_age(e, t->age[0], "an age is below 0", "Begin with age 0.");
    for (size_t i = 1; i < t->n; i++)
        if (t->age[i] <= t->age[i - 1])
            return bad_age(e, t->age[i], "ages do not rise",
                           "Give each group of age once, the youngest first.");
    return ERR_OK;
}

static enum err bad_rate(struct error *e, int32_t age, double found, const char *expected,
                         const char *cure)
{
    char where[32];
    snprintf(where, sizeof where, "age %d", (int)age);
    error_set(e, ERR_INPUT, "lifetable.rate", where, "the rate is %g, and %s is expected",
              found, expected);
    return error_cure(e, "%s", cure);
}

static enum err check_rates(const struct lifetable *t, struct error *e)
{
    for (size_t i = 0; i < t->n; i++)
        if (!(t->m[i] >= 0) || !isfinite(t->m[i]))
            return bad_rate(
                e, t->age[i], t->m[i], "a number of 0 or more",
                "Divide the deaths of a year by the population in its middle.");
    if (t->m[t->n - 1] <= 0)
        return bad_rate(e, t->age[t->n - 1], t->m[t->n - 1],
                        "a rate above 0 in the open group",
                        "End the table at an age at which somebody dies, or close it by "
                        "a model of old age.");
    return ERR_OK;
}

static double width_of(const struct lifetable *t, size_t i)
{
    return (double)(t->age[i + 1] - t->age[i]);
}

// Ages 0-4 -----------------------------------------------------------------------------

// Coale and Demeny 1983, by q(0): a = constant + slope q below .1, then `high`. Female,
// male.
static const struct {
    double infant, infant_high, child, child_high;
} by_family[LIFETABLE_FAMILIES][2] = {
    [LIFETABLE_WEST] = {{.050, .350, 1.524, 1.361}, {.0425, .330, 1.653, 1.352}},
    [LIFETABLE_NORTH] = {{.050, .350, 1.733, 1.570}, {.0425, .330, 1.859, 1.558}},
    [LIFETABLE_EAST] = {{.010, .310, 1.487, 1.324}, {.0025, .290, 1.614, 1.313}},
    [LIFETABLE_SOUTH] = {{.050, .350, 1.402, 1.239}, {.0425, .330, 1.541, 1.240}},
};
static const double infant_slope[2] = {3.000, 2.875}, child_slope[2] = {1.627, 3.013};

// The q(0) that goes with m(0) when a = constant + slope q: a root of
// slope m q^2 - (1 + (1 - constant) m) q + m.
static double infant_probability(double m, double constant, double slope)
{
    double b = 1 + (1 - constant) * m, root = b * b - 4 * slope * m * m;
    return root >= 0 ? 2 * m / (b + sqrt(root)) : 1;
}

static void coale_demeny(enum lifetable_family family, size_t sex, double m, double *a0,
                         double *a1)
{
    if (family == LIFETABLE_WEST) { // Preston et al. 2001, table 3.3
        static const double a[2][2] = {{.053, 2.800}, {.045, 2.684}};
        static const double b[2][2] = {{1.522, 1.518}, {1.651, 2.816}};
        bool high = m >= .107;
        *a0 = high ? by_family[family][sex].infant_high : a[sex][0] + a[sex][1] * m;
        *a1 = high ? by_family[family][sex].child_high : b[sex][0] - b[sex][1] * m;
        return;
    }
    double q = infant_probability(m, by_family[family][sex].infant, infant_slope[sex]);
    bool high = q >= .1;
    *a0 = high ? by_family[family][sex].infant_high
               : by_family[family][sex].infant + infant_slope[sex] * q;
    *a1 = high ? by_family[family][sex].child_high
               : by_family[family][sex].child - child_slope[sex] * q;
}

// Andreev and Kingkade 2015, by m(0) and by q(0): up to `until` a = constant + slope x.
static double andreev_kingkade(size_t sex, double m, bool by_q)
{
    static const struct {
        double until, constant, slope;
    } rules[2][2][3] = {
        {{{.01724, .14903, -2.05527}, {.06891, .04667, 3.88089}, {INFINITY, .31411, 0}},
         {{.02300, .14929, -1.99545}, {.08307, .02832, 3.26021}, {INFINITY, .29915, 0}}},
        {{{.0170, .1490, -2.0867}, {.0658, .0438, 4.1075}, {INFINITY, .3141, 0}},
         {{.0226, .1493, -2.0367}, {.0785, .0244, 3.4994}, {INFINITY, .2991, 0}}},
    };
    size_t i = 0;
    while (m >= rules[by_q][sex][i].until)
        i++;
    return rules[by_q][sex][i].constant + rules[by_q][sex][i].slope * m;
}

static void of_children(const struct lifetable_rule *rule, double m, double *a0,
                        double *a1)
{
    double infant[2], child[2];
    for (size_t sex = 0; sex < 2; sex++) {
        coale_demeny(rule->family, sex, m, &infant[sex], &child[sex]);
        if (rule->infant != LIFETABLE_COALE_DEMENY)
            infant[sex] =
                andreev_kingkade(sex, m, rule->infant == LIFETABLE_ANDREEV_KINGKADE_UN);
    }
    bool both = rule->sex == LIFETABLE_BOTH;
    size_t sex = rule->sex == LIFETABLE_MALE;
    *a0 = both ? (infant[0] + BOYS * infant[1]) / (1 + BOYS) : infant[sex];
    *a1 = both ? (child[0] + BOYS * child[1]) / (1 + BOYS) : child[sex];
}

// Other ages ---------------------------------------------------------------------------

// The yearly growth of the logarithm of the rate about a group, by its neighbours; the
// open one counts as one as wide.
static double growth(const struct lifetable *t, size_t i)
{
    double own = width_of(t, i), before = width_of(t, i - 1),
           after = i + 2 < t->n ? width_of(t, i + 1) : own;
    return log(t->m[i + 1] / t->m[i - 1]) / (before / 2 + own + after / 2);
}

static double greville(double m, double width, double growth)
{
    return width / 2 - width * width / 12 * (m - growth);
}

static double separation(const struct lifetable *t, enum lifetable_separation rule,
                         size_t i)
{
    double width = width_of(t, i), a = width / 2;
    if (width <= 1 || i == 0 || rule == LIFETABLE_MIDDLE ||
        rule == LIFETABLE_KEYFITZ_FLIEGER)
        return a;
    if (rule == LIFETABLE_GREVILLE)
        a = greville(t->m[i], width, GREVILLE_LN_C);
    else if (t->age[i] >= 15 && t->m[i - 1] > 0 && t->m[i + 1] > 0)
        a = fmax(greville(t->m[i], width, growth(t, i)), LEAST_SHARE * width);
    return a > 0 && a < width ? a : width / 2;
}

static void fill_deaths(struct lifetable *t)
{
    for (size_t i = 0; i < t->n; i++) {
        if (i + 1 < t->n) {
            double width = width_of(t, i), m = t->m[i];
            if (t->a[i] * m >= 1) { // more would die than live
                t->a[i] = 1 / m;
                t->q[i] = 1;
            } else {
                t->q[i] = width * m / (1 + (width - t->a[i]) * m);
            }
            t->l[i + 1] = t->l[i] * (1 - t->q[i]);
        }
        t->d[i] = t->l[i] * t->q[i];
    }
}

// Where both neighbours are as wide: a = n/2 + n/24 (d after - d before) / d; the last
// closed group has its neighbour's. How far they moved.
static double keyfitz_flieger(struct lifetable *t)
{
    double change = 0;
    for (size_t i = 1; i + 1 < t->n; i++) {
        double width = width_of(t, i), a = width / 2;
        if (width <= 1 || t->age[i] < 5)
            continue;
        if (i + 2 == t->n) {
            if (width_of(t, i - 1) == width)
                a = t->a[i - 1];
        } else if (width_of(t, i - 1) == width && width_of(t, i + 1) == width &&
                   t->d[i] > 0) {
            a += width / 24 * (t->d[i + 1] - t->d[i - 1]) / t->d[i];
        }
        if (!(a > 0 && a < width))
            a = width / 2;
        change = fmax(change, fabs(a - t->a[i]));
        t->a[i] = a;
    }
    return change;
}

static enum err fill_separation(struct lifetable *t, const struct lifetable_rule *rule,
                                struct error *e)
{
    double infant, child;
    bool given = rule->separation == LIFETABLE_GIVEN;
    bool middle = rule->separation == LIFETABLE_MIDDLE;
    of_children(rule, t->m[0], &infant, &child);
    for (size_t i = 0; i + 1 < t->n; i++) {
        double width = width_of(t, i);
        if (given && !(t->a[i] > 0 && t->a[i] < width))
            return bad_age(e, t->age[i],
                           "the years lived by those who die are not within "
                           "the group",
                           "Give a(x) above 0 and below the width of its group.");
        if (given)
            continue;
        if (t->age[i] == 0 && width > 1 && !middle)
            return bad_age(e, 0, "the first group is wider than a year",
                           "Give age 0 and ages 1-4 apart: most who die under 5 die "
                           "before they are 1.");
        if (t->age[i] == 0 && width == 1)
            t->a[i] = infant;
        else if (t->age[i] == 1 && width == 4 && i == 1)
            t->a[i] = child;
        else
            t->a[i] = separation(t, rule->separation, i);
    }
    t->a[t->n - 1] = 1 / t->m[t->n - 1];
    t->q[t->n - 1] = 1;
    return ERR_OK;
}

// Years lived, from the deaths up; e first, so that it is known where nobody is left.
static void fill_years(struct lifetable *t)
{
    size_t i = t->n - 1;
    t->e[i] = t->a[i];
    t->T[i] = t->L[i] = t->l[i] * t->a[i];
    while (i-- > 0) {
        double width = width_of(t, i), lived = width - t->q[i] * (width - t->a[i]);
        t->e[i] = lived + (1 - t->q[i]) * t->e[i + 1];
        t->L[i] = t->l[i] * lived;
        t->T[i] = t->T[i + 1] + t->L[i];
    }
}

enum err lifetable_from_rates(struct lifetable *t, const struct lifetable_rule *rule,
                              struct error *e)
{
    enum err code = check_ages(t, e);
    if (!code)
        code = check_rates(t, e);
    if (!code)
        code = fill_separation(t, rule, e);
    if (code)
        return code;
    t->l[0] = rule->radix > 0 ? rule->radix : 1;
    fill_deaths(t);
    for (int round = 0;
         round < MOST_ROUNDS && rule->separation == LIFETABLE_KEYFITZ_FLIEGER &&
         keyfitz_flieger(t) > 1e-12;
         round++)
        fill_deaths(t);
    fill_years(t);
    return ERR_OK;
}

// Probabilities ------------------------------------------------------------------------

static enum err check_probabilities(const struct lifetable *t, struct error *e)
{
    for (size_t i = 0; i + 1 < t->n; i++)
        if (!(t->q[i] >= 0 && t->q[i] <= 1)) {
            char where[32];
            snprintf(where, sizeof where, "age %d", (int)t->age[i]);
            error_set(e, ERR_INPUT, "lifetable.probability", where,
                      "the probability of dying is %g, and a number from 0 to 1 is "
                      "expected",
                      t->q[i]);
            return error_cure(e, "Give the share of those alive at the beginning of the "
                                 "group who die in it.");
        }
    return ERR_OK;
}

// The rates that go with q and a. How far they moved.
static double rates_of_probabilities(struct lifetable *t)
{
    double change = 0;
    for (size_t i = 0; i + 1 < t->n; i++) {
        double width = width_of(t, i), q = t->q[i], a = t->a[i];
        double m = q < 1 ? q / (width - (width - a) * q) : 1 / a;
        change = fmax(change, fabs(m - t->m[i]));
        t->m[i] = m;
    }
    return change;
}

// a is of the rates, and the rates of a, until both stand still.
enum err lifetable_from_probabilities(struct lifetable *t,
                                      const struct lifetable_rule *rule, struct error *e)
{
    struct lifetable_rule given = *rule;
    enum err code = check_ages(t, e);
    if (!code)
        code = check_probabilities(t, e);
    for (size_t i = 0; !code && i + 1 < t->n; i++)
        t->m[i] = t->q[i] / (width_of(t, i) * (1 - t->q[i] / 2));
    if (!code)
        code = check_rates(t, e);
    for (int round = 0; !code && round < MOST_ROUNDS; round++) {
        code = fill_separation(t, rule, e);
        if (!code && rule->separation == LIFETABLE_KEYFITZ_FLIEGER) {
            t->l[0] = 1;
            for (size_t i = 0; i < t->n; i++) {
                t->d[i] = t->l[i] * t->q[i];
                if (i + 1 < t->n)
                    t->l[i + 1] = t->l[i] - t->d[i];
            }
            keyfitz_flieger(t);
            keyfitz_flieger(t); // the last closed group follows its neighbour
        }
        if (!code && rates_of_probabilities(t) < 1e-15)
            break;
    }
    given.separation = LIFETABLE_GIVEN;
    return code ? code : lifetable_from_rates(t, &given, e);
}

// Survival -----------------------------------------------------------------------------

// The row that begins at an age; n when there is none. Rows are looked at from `from` on.
static size_t row_at(const struct lifetable *t, size_t from, int64_t age)
{
    while (from < t->n && t->age[from] < age)
        from++;
    return from < t->n && t->age[from] == age ? from : t->n;
}

enum err lifetable_survival(const struct lifetable *t, int32_t width, size_t ages,
                            double *survival, struct error *e)
{
    if (width < 1 || ages < 2 || t->n < 2 || t->l[0] <= 0) {
        error_set(e, ERR_INPUT, "lifetable.survival", NULL,
                  "ratios of survival were asked of %zu groups of %d years", ages,
                  (int)width);
        return error_cure(e, "Ask for at least two groups, of 1 or 5 years.");
    }
    double before = (double)width * t->l[0], before_all = t->T[0];
    size_t from = 0;
    for (size_t group = 0; group < ages; group++) {
        int64_t age = (int64_t)group * width;
        size_t at = row_at(t, from, age), next = row_at(t, at, age + width);
        if (at == t->n || (group + 1 < ages && next == t->n))
            return bad_age(e, (int32_t)(at == t->n ? age : age + width),
                           "no group of the table begins here",
                           "Extend the table to the open age, or graduate it to single "
                           "ages.");
        if (group + 1 == ages) {
            survival[group] = survival[group + 1] =
                before_all > 0 ? t->T[at] / before_all : 0;
            break;
        }
        double lived = 0;
        for (size_t i = at; i < next; i++)
            lived += t->L[i];
        survival[group] = before > 0 ? fmin(lived / before, 1) : 0;
        before = lived;
        before_all = t->T[at];
        from = next;
    }
    return ERR_OK;
}

bool lifetable_regroup(const struct lifetable *t, const int32_t *age, size_t n, double *m)
{
    size_t at = row_at(t, 0, n ? age[0] : -1);
    for (size_t i = 0; i < n; i++) {
        bool last = i + 1 == n;
        size_t next = last ? t->n : row_at(t, at, age[i + 1]);
        if (at == t->n || (!last && next == t->n))
            return false;
        double died = 0, lived = 0;
        for (size_t k = at; k < next; k++) {
            died += t->d[k];
            lived += t->L[k];
        }
        m[i] = lived > 0 ? died / lived : t->m[at];
        at = next;
    }
    return n > 0;
}
